#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Each operation of sys, with each of its system calls failing in turn, and with the process killed
# there: it says 7 or has done what it says, a file is old or new, nothing is left beside it, and an
# interrupted call is no failure.
set -u
ops=$(cd "${builddir:-.}" && pwd)/tests/sys_ops
T=$(mktemp -d "${TMPDIR:-/tmp}/stella-faults.XXXXXX")
trap 'rm -rf "$T"' EXIT
trap 'exit 130' INT TERM
cd "$T" || exit 1
LC_ALL=C ASAN_OPTIONS=detect_leaks=0
export LC_ALL ASAN_OPTIONS
if ! strace -o trace true 2> /dev/null; then
	echo "not run: strace is not there or may not trace"
	exit 0
fi
head -c 200000 /dev/zero | tr '\0' n > new
passed=0 failed=0

fail()
{
	failed=$((failed + 1))
	echo "# $1: $2 (exit $status, file $state)"
	sed 's/^/#	/' said
}

# prepare: the state before.
prepare()
{
	rm -rf work
	mkdir work
	printf old > work/file
	cp new work/input
}

# How many of these calls are made before main marks its beginning.
before_main()
{
	prepare
	(cd work && strace -o ../trace "$ops" "$1" > /dev/null 2>&1)
	sed '/stella-begins-here/,$d' trace | grep -c "^$2("
}

judge()
{
	if cmp -s work/file new; then
		state=new
	elif [ "$(cat work/file)" = old ]; then
		state=old
	else
		state=broken
	fi
	left=$(find work -name '.stella-*')
	case $operation/$status in
	replace/0) [ $state = new ] || return 1 ;;
	replace/7) [ $state != broken ] && { [ -z "$left" ] || [ "$call" = unlinkat ]; } || return 1 ;;
	mkdirs/0) [ -d work/a/b ] || return 1 ;;
	*/0 | */7) [ $state = old ] || return 1 ;;
	replace/137) [ $state != broken ] || return 1 ;;
	*/137) [ $state = old ] || return 1 ;;
	*) return 1 ;;
	esac
	case $how/$call in
	*/pipe2 | EIO/close | ENOSPC/close) ;; # nothing interrupts the one; a closed directory loses nothing
	EINTR/*) [ $status = 0 ] ;;
	EIO/* | ENOSPC/*) [ $status = 7 ] ;;
	esac
}

# try OPERATION CALL HOW: with the first, the second, ... of these calls of the program.
try()
{
	operation=$1 call=$2 how=$3
	case $how in
	KILL) what=signal=KILL ;;
	*) what=error=$how ;;
	esac
	k=$4
	while :; do
		k=$((k + 1))
		prepare
		{
			(cd work && exec strace -o ../trace -e "inject=$call:$what:when=$k" "$ops" "$operation") > said 2>&1
			status=$?
		} 2> /dev/null # or the shell tells of each kill
		grep -q 'INJECTED\|killed by SIGKILL' trace || break
		if judge; then
			passed=$((passed + 1))
		else
			fail "$operation" "$how at $call $k"
		fi
	done
}

for pair in replace:openat replace:getrandom replace:write replace:fsync replace:close replace:renameat \
	mkdirs:mkdir mkdirs:openat mkdirs:fsync lock:openat lock:fcntl read:openat read:read \
	run:pipe2 run:read run:write run:poll run:wait4; do
	operation=${pair%:*} call=${pair#*:}
	skip=$(before_main "$operation" "$call")
	for how in EIO ENOSPC EINTR KILL; do
		try "$operation" "$call" "$how" "$skip"
	done
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
