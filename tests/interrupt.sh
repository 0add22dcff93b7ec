#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# interrupt.sh [STEP] [OPERATION...]: kills a writing process at every STEPth system call, and lets every
# STEPth fail, one at a time.  After each: the repository is well, its refs are as before or as after,
# and the next write succeeds at once, with nothing to be mended by hand.  STEP 1 takes minutes.
set -eu
step=${1:-97}
[ $# -eq 0 ] || shift
operations=${*:-init config change add import}
writer=${builddir:-.}/tests/writer
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

# What the operation leads from and to: the refs, and the setting.
state()
{
	git -C "$top/r" for-each-ref --format='%(refname) %(tree)' 2> /dev/null || echo none
	git -C "$top/r" config stella.trustRoot 2> /dev/null || true
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
	[ "$1" = init ] || cp -a "$top/base" "$top/r"
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
	if ! timeout 5 "$writer" "$top/r" "$1" "$(argument "$1")" 2> "$top/again"; then
		echo "not ok - $1, $2: afterwards: $(cat "$top/again")"
		exit 1
	fi
	now=$(state)
	if [ "$now" != "$new" ] || ! git -C "$top/r" fsck --strict --no-dangling > "$top/fsck" 2>&1; then
		echo "not ok - $1, $2: the next run: $now: $(cat "$top/fsck")"
		exit 1
	fi
}

"$writer" "$top/base" init
"$writer" "$top/base" change dir/a
"$writer" "$top/base" add 1
n=0
for operation in $operations; do
	value=$(argument "$operation")
	prepare "$operation"
	old=$(state)
	strace -f -qq -o "$top/trace" "$writer" "$top/r" "$operation" "$value"
	new=$(state)
	count=$(grep -c '(' "$top/trace")
	k=$((1 + step / 2))
	while [ "$k" -le "$count" ]; do
		prepare "$operation"
		status=0
		strace -f -qq -o /dev/null -e "inject=all:signal=KILL:when=$k" "$writer" "$top/r" "$operation" "$value" \
			> /dev/null 2>&1 || status=$?
		after "$operation" "killed at call $k" "$status"
		k=$((k + step))
		n=$((n + 1))
	done
	for fault in $faults; do
		call=${fault%:*}
		count=$(grep -c " $call(" "$top/trace" || true)
		k=$((1 + step / 8))
		while [ "$k" -le "$count" ]; do
			prepare "$operation"
			status=0
			strace -f -qq -o /dev/null -e "inject=$call:error=${fault#*:}:when=$k" "$writer" "$top/r" "$operation" "$value" \
				> /dev/null 2>&1 || status=$?
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
echo "ok - $n interruptions"
