#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# interrupt.sh [STEP] [OPERATION...]: kills a writing process at every STEPth system call, and lets every
# STEPth fail, one at a time; attest record, whose signing is another process, at every call that writes.
# After each: the repository is well, its refs are as before or as after, and the next write succeeds at
# once, with nothing to be mended by hand.  STEP 1 takes minutes.
set -eu
step=${1:-97}
[ $# -eq 0 ] || shift
operations=${*:-init config change add import record}
writer=${builddir:-.}/tests/writer
stella=${builddir:-.}/stella
writes='write|pwrite64|rename|renameat|renameat2|link|linkat|unlink|unlinkat|mkdir|ftruncate|fsync|fdatasync'
faults='openat:EMFILE openat:EACCES write:ENOSPC fsync:EIO rename:EIO link:EACCES mkdir:EDQUOT fcntl:EINTR close:EIO unlink:EROFS'
if ! command -v strace > /dev/null 2>&1 || ! strace -o /dev/null true 2> /dev/null; then
	echo "interrupt: no strace, NOT RUN"
	exit 0
fi
top=$(mktemp -d)
trap 'chmod -R u+rwX "$top"; rm -rf "$top"' EXIT
HOME=$top/home GIT_CONFIG_NOSYSTEM=1 ASAN_OPTIONS=detect_leaks=0 # no leak check under strace
export HOME GIT_CONFIG_NOSYSTEM ASAN_OPTIONS
mkdir "$HOME"
git config --global user.name Ann
git config --global user.email ann@example.org

# What the operation leads from and to: the refs, what their commits say (of a recording not when), and the setting.
state()
{
	refs=$(git -C "$top/r" for-each-ref --format='%(refname) %(tree) %(contents)' 2> /dev/null) || refs=none
	printf '%s\n' "$refs" | sed 's/^\(Stella-Recorded: [0-9a-f]*\) .*/\1/'
	git -C "$top/r" config stella.trustRoot 2> /dev/null || true
}

# run [WRAPPER...]: the operation, perhaps under strace.
run()
{
	case $operation in
	record) "$@" "$stella" -C "$top/r" attest record "$attestation" ;;
	*) "$@" "$writer" "$top/r" "$operation" "$(argument "$operation")" ;;
	esac
}

argument()
{
	case $1 in
	change) echo dir/b ;;
	*) echo 500 ;;
	esac
}

prepare()
{
	chmod -R u+rwX "$top/r" 2> /dev/null || true
	rm -rf "$top/r"
	case $1 in
	init) ;;
	record) cp -a "$top/trust" "$top/r" ;;
	*) cp -a "$top/base" "$top/r" ;;
	esac
}

# after OPERATION WHAT STATUS: judges what an interruption left.
after()
{
	now=$(state)
	if [ "$now" != "$old" ] && [ "$now" != "$new" ]; then
		echo "not ok - $1, $2: neither the old nor the new state: $now"
		exit 1
	fi
	if [ "$3" = 0 ] && [ "$now" != "$new" ]; then
		echo "not ok - $1, $2: success without the change"
		exit 1
	fi
	if [ -e "$top/r/.git/HEAD" ] && ! git -C "$top/r" fsck --strict --no-dangling > "$top/fsck" 2>&1 &&
	   [ "$1" != init ]; then
		echo "not ok - $1, $2: $(cat "$top/fsck")"
		exit 1
	fi
	if ! run timeout 10 > "$top/again" 2>&1; then
		echo "not ok - $1, $2: afterwards: $(cat "$top/again")"
		exit 1
	fi
	now=$(state)
	if [ "$now" != "$new" ] || ! git -C "$top/r" fsck --strict --no-dangling > "$top/fsck" 2>&1; then
		echo "not ok - $1, $2: the next run: $now: $(cat "$top/fsck")"
		exit 1
	fi
}

# points: each system call of the trace as "CALL K", the Kth of its name in its process: so strace counts, too.
points()
{
	sed -n 's/^\([0-9]*\) *\([a-z0-9_]*\)(.*/\1 \2/p' "$top/trace" | awk '{ print $2, ++n[$0] }'
}

# kill_each FIRST STEP: at each STEPth line of $top/points.
kill_each()
{
	sed -n "$1~$2p" "$top/points" > "$top/chosen"
	while read -r call k; do
		prepare "$operation"
		status=0
		run strace -f -qq -o /dev/null -e "inject=$call:signal=KILL:when=$k" > /dev/null 2>&1 < /dev/null || status=$?
		after "$operation" "killed at $call $k" "$status"
		[ "$status" -lt 128 ] || killed=$((killed + 1))
		n=$((n + 1))
		asked=$((asked + 1))
	done < "$top/chosen"
}

"$writer" "$top/base" init
"$writer" "$top/base" change dir/a
"$writer" "$top/base" add 1
case $operations in
*record*)
	ssh-keygen -q -t ed25519 -N '' -f "$top/key"
	git config --global gpg.format ssh
	git config --global user.signingkey "$top/key"
	{
		"$stella" init "$top/trust" --member ann="$top/key.pub"
		"$stella" -C "$top/trust" member add ann --role recorder --reason "her clock"
		"$writer" "$top/trust" add 1
	} > "$top/setup" 2>&1 || { cat "$top/setup"; exit 1; }
	attestation=$("$stella" -C "$top/trust" attest list | sed -n 's/^\([0-9a-f]\{64\}\) .*/\1/p')
	;;
esac
n=0 killed=0 asked=0
for operation in $operations; do
	prepare "$operation"
	old=$(state)
	run strace -f -qq -o "$top/trace" > /dev/null
	new=$(state)
	if [ "$old" = "$new" ]; then
		echo "not ok - $operation changes nothing"
		exit 1
	fi
	points > "$top/points"
	if [ "$operation" = record ]; then
		grep -E "^($writes) " "$top/points" > "$top/writes" || true
		mv "$top/writes" "$top/points"
		kill_each 1 1
	else
		kill_each $((1 + step / 2)) "$step"
	fi
	for fault in $faults; do
		call=${fault%:*}
		[ "$operation:$call" != record:close ] || continue # a pipe that stays open, which no kernel does
		count=$(grep -c " $call(" "$top/trace" || true)
		k=$((1 + step / 8))
		while [ "$k" -le "$count" ]; do
			prepare "$operation"
			status=0
			run strace -f -qq -o /dev/null -e "inject=$call:error=${fault#*:}:when=$k" > /dev/null 2>&1 || status=$?
			if [ "$status" -gt 7 ] && [ "$status" != 127 ]; then # 127: not even loaded
				echo "not ok - $operation, $fault at $k: status $status"
				exit 1
			fi
			after "$operation" "$fault at $k" "$status"
			k=$((k + 1 + step / 8))
			n=$((n + 1))
		done
	done
done
# With threads, a call may come in another order than in the trace; most come where they did.
if [ "$killed" -lt $((asked / 2)) ]; then
	echo "not ok - only $killed of $asked kills came"
	exit 1
fi
echo "ok - $n interruptions, $killed of them kills"
