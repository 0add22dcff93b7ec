#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# evidence_faults.sh [STEP]: --evidence with every STEPth of its system calls failing, one at a time, and killed there (STEP 1 takes minutes).
# There is a whole pack or none, success means that there is one, and the next run needs no step by hand.
# shellcheck source=tests/cli/lib.sh
. "${srcdir:-$(dirname "$0")/../..}/tests/cli/lib.sh"
step=${1:-9}
if ! traced true 2> /dev/null; then
	echo "1..0 # SKIP NOT RUN: strace is not there or may not trace"
	exit 0
fi
people alice bob
trust_repo alice bob
signing_key build
issuer_with_key ci build
printf 'the program\n' > "$HOME/program"
stella attest create --subject "$HOME/program" --type slsaprovenance1 --key "$HOME/build.key" > "$T/id" 2> "$T/err"
mkdir "$T/out.d"
pack=$T/out.d/pack

write()
{
	"$builddir/stella" verify artifact "$HOME/program" --no-memory --evidence "$pack"
}
interrupted=0 killed=0 whole=0 none=0
# after WHAT STATUS: judges what was left.
after()
{
	interrupted=$((interrupted + 1))
	[ "$2" -ne 137 ] || killed=$((killed + 1))
	if [ "$2" -gt 7 ] && [ "$2" -ne 137 ] && [ "$2" -ne 127 ]; then # 127: not even loaded
		fail "$1: status $2"
	fi
	if [ -e "$pack" ]; then
		whole=$((whole + 1))
		stella verify evidence "$pack" --trust-root "$root" > "$T/out" 2> "$T/err" || fail "$1: a pack that is none (exit $2)"
	else
		none=$((none + 1))
		[ "$2" -ne 0 ] || fail "$1: it said done and was not"
	fi
	if [ "$2" -le 7 ] && [ -n "$(find "$T/out.d" -name 'pack.stella-*')" ]; then
		fail "$1: it ended by itself and left something (exit $2)"
	fi
	rm -rf "$pack" "$pack".stella-*
}
try 0 write
rm -rf "$pack"
traced -qq "$builddir/stella" verify artifact "$HOME/program" --no-memory --evidence "$pack" > "$T/out" 2> "$T/err"
rm -rf "$pack"
main=$(head -n 1 "$T/trace" | cut -d' ' -f1) # strace counts the calls of each thread by itself
sed -n "s/^$main *\([a-z_0-9]*(.*\)/\1/p" "$T/trace" > "$T/calls"
count=$(wc -l < "$T/calls" | tr -d ' ')
# What comes before the pack is begun is reading, which other tests interrupt.
begin=$(grep -n 'mkdir("[^"]*pack\.stella-' "$T/calls" | head -n 1 | cut -d: -f1)
if [ "${begin:-0}" -gt 0 ]; then pass "calls $begin to $count write"; else fail "no call that writes"; fi
for fault in openat:ENOSPC write:ENOSPC fsync:EIO rename:EIO renameat:EIO renameat2:EIO mkdir:EDQUOT link:EACCES close:EIO \
	chmod:EPERM getrandom:EIO ftruncate:EIO; do
	call=${fault%:*}
	made=$(grep -c "^$call(" "$T/calls")
	k=$(($(head -n "$((begin - 1))" "$T/calls" | grep -c "^$call(") + 1))
	while [ "$k" -le "$made" ]; do
		for how in "error=${fault#*:}" signal=KILL; do
			{
				traced -qq -e "inject=$call:$how:when=$k" "$builddir/stella" verify artifact "$HOME/program" --no-memory \
					--evidence "$pack" > "$T/out" 2> "$T/err"
				status=$?
			} 2> /dev/null # or the shell tells of each kill
			after "$call at $k of $made, $how" "$status"
		done
		k=$((k + step))
	done
done
if [ "$whole" -gt 0 ] && [ "$none" -gt 20 ] && [ "$killed" -gt 20 ]; then
	pass "$interrupted interruptions, $killed by a kill: $whole times a whole pack, $none times none"
else
	fail "$interrupted interruptions, $killed by a kill: $whole times a whole pack, $none times none"
fi
expect 0 "and then it is written" write
expect 0 "and is one" stella verify evidence "$pack" --trust-root "$root"
expect 2 "which nobody writes over" write
rm -rf "$pack"
mkdir "$pack"
expect 2 "nor over an empty directory" write
rmdir "$pack"
ln -s nowhere "$pack"
expect 2 "nor over a link that leads nowhere" write
rm "$pack"
printf 'a file\n' > "$pack"
expect 2 "nor over a file" write
rm "$pack"
expect 2 "a name is needed" stella verify artifact "$HOME/program" --evidence ""
expect 0 "a slash at the end is none of it" stella verify artifact "$HOME/program" --evidence "$pack/"
expect 0 "and is one, too" stella verify evidence "$pack/" --trust-root "$root"
if [ "$(id -u)" -ne 0 ]; then
	chmod 500 "$T/out.d"
	expect 7 "where nothing may be written" stella verify artifact "$HOME/program" --evidence "$T/out.d/other"
	chmod 700 "$T/out.d"
fi
# two at a time: one wins, the other says so
rm -rf "$pack"
write > "$T/one" 2>&1 & first=$!
write > "$T/two" 2>&1 & second=$!
wait $first; one=$?
wait $second; two=$?
case $one.$two in
0.2 | 0.7 | 2.0 | 7.0 | 0.0) pass "two at a time: $one and $two" ;;
*) fail "two at a time: $one and $two" ;;
esac
expect 0 "and one pack" stella verify evidence "$pack" --trust-root "$root"
same "nothing else" "$(cd "$T/out.d" && echo *)" pack
done_testing
