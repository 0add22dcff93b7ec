#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Appending to a log, with each of its system calls failing in turn, and with the process killed there: it says 7 or
# its line is there; the next one needs no step by hand; and then every line is whole.
set -u
ops=$(cd "${builddir:-.}" && pwd)/tests/sys_ops
T=$(mktemp -d "${TMPDIR:-/tmp}/stella-log-faults.XXXXXX")
trap 'rm -rf "$T"' EXIT
trap 'exit 130' INT TERM
cd "$T" || exit 1
LC_ALL=C ASAN_OPTIONS=detect_leaks=0
export LC_ALL ASAN_OPTIONS
if ! strace -o trace true 2> /dev/null; then
	echo "NOT RUN: strace is not there or may not trace"
	exit 0
fi
line="a line of the log that is written whole or not at all"
passed=0 failed=0

fail()
{
	failed=$((failed + 1))
	echo "# $state: $how at $call $k: $1 (exit $status)"
	sed 's/^/#	/' said
}

# prepare STATE: the log before: none, one with lines, one with a torn tail, one whose piece is full.
prepare()
{
	rm -rf work
	mkdir work
	case $1 in
	none) return ;;
	esac
	(cd work && "$ops" append && "$ops" append) || exit 1
	case $1 in
	torn) printf 'half a li' >> work/log/00000001.jsonl ;;
	full) (cd work && for _ in 1 2 3 4 5; do "$ops" append || exit 1; done) ;;
	esac
}

lines()
{
	cat work/log/*.jsonl 2> /dev/null | grep -cxF "$line"
}

judge()
{
	after=$(lines)
	case $status in
	0) [ "$after" -eq $((before + 1)) ] || fail "it said done and was not" ;;
	7) [ "$after" -eq "$before" ] || fail "it said that it failed, and the line is there" ;;
	137) [ "$after" -eq "$before" ] || [ "$after" -eq $((before + 1)) ] || fail "lines were lost" ;;
	*) fail "another exit status" ;;
	esac
	if ! (cd work && "$ops" append) > said 2>&1; then
		fail "the next one fails"
	elif [ "$(lines)" -ne $((after + 1)) ]; then
		fail "the next one is not there"
	elif [ "$(cat work/log/*.jsonl | grep -cvxF -e "$line" -e head -e torn)" -ne 0 ]; then
		fail "a line is not whole"
	fi
	passed=$((passed + 1))
}

for state in none lines torn full; do
	prepare $state
	before=$(lines)
	(cd work && strace -o ../trace "$ops" append > /dev/null 2>&1)
	sed '1,/stella-begins-here/d' trace > calls
	for call in mkdir openat fcntl getdents64 pread64 ftruncate write fsync unlink; do
		skip=$(sed '/stella-begins-here/,$d' trace | grep -c "^$call(")
		made=$(grep -c "^$call(" calls)
		for how in error=EIO error=ENOSPC signal=KILL; do
			k=0
			while [ $k -lt "$made" ]; do
				k=$((k + 1))
				prepare $state
				{
					(cd work && exec strace -o ../trace -e "inject=$call:$how:when=$((skip + k))" "$ops" append) > said 2>&1
					status=$?
				} 2> /dev/null # or the shell tells of each kill
				judge
			done
		done
	done
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
