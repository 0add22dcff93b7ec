#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What only reads and judges gives up programs and sockets before it reads anything, and does not wait for ever.
# shellcheck source=tests/cli/lib.sh
. "${srcdir:-$(dirname "$0")/../..}/tests/cli/lib.sh"
people alice bob
trust_repo alice bob
signing_key build
issuer_with_key ci build
be alice
printf 'the program\n' > "$HOME/program"
id=$(stella attest create --subject "$HOME/program" --type slsaprovenance1 --key "$HOME/build.key")
stella verify attestation --attestation "$id" --evidence "$T/pack" > /dev/null
same "a pack" "$(ls "$T/pack" | head -n 1 | wc -l)" 1

calls()
{
	traced -qq -e trace=execve,execveat,socket,connect,prctl,seccomp,open,openat,openat2 "$builddir/stella" "$@" > "$T/out" 2> "$T/err"
}

# ---- the kernel was asked before anything of ours is read, and nothing was tried after
confined()
{
	calls "$@" || :
	grep -n 'PR_SET_SECCOMP, SECCOMP_MODE_FILTER.* = 0$' "$T/trace" > "$T/filter"
	grep -n "$T" "$T/trace" | grep open | head -n 1 | cut -d: -f1 > "$T/first"
	filter=$(head -n 1 "$T/filter" | cut -d: -f1)
	first=$(cat "$T/first")
	if [ -n "$filter" ] && [ -n "$first" ] && [ "$filter" -lt "$first" ]; then
		pass "confined before it reads: $*"
	else
		fail "confined before it reads: $* (filter at ${filter:-none}, first file at ${first:-none})"
	fi
	same "no program but itself: $*" "$(grep -c 'execve' "$T/trace")" "$(grep -c 'execve(.*stella' "$T/trace")"
	same "no socket: $*" "$(grep -c 'socket(\|connect(' "$T/trace")" 0
}
if stella doctor --check confinement | grep -q "NOT CHECKED"; then
	echo "# NOT CHECKED: this kernel has no filter of system calls"
elif can_trace; then
	for command in "verify attestation $id" "verify artifact $HOME/program" "verify cert $id" "verify cert-chain $id" \
		"verify evidence $T/pack --trust-root $root" "status" "check" "check --base main --head HEAD" "impact" "expiry" \
		"history list" "history why issuers/ci" "history report --html $T/report.html" "policy show" "keys list" \
		"issuer trust-status ci" "attest show $id --details" "attest list" "attest integrity-check $id" "attest export $id" \
		"hook update refs/heads/other $(git rev-parse HEAD~1) $(git rev-parse HEAD)" \
		"verify bundle --bundle $HOME/program --key $HOME/build.pem --trusted-root $HOME/program $HOME/program"; do
		# shellcheck disable=SC2086 # a command's words
		confined $command
	done
	expect 0 "doctor says so" stella doctor --check confinement
	match "can start no program"
	# What signs may need an agent, a token or ssh-keygen.
	calls attest create --subject "$HOME/program" --type slsaprovenance1 --key "$HOME/build.key" --force
	same "what signs is not" "$(grep -c SECCOMP_MODE_FILTER "$T/trace")" 0
	calls verify artifact "$HOME/program" --vsa "$T/vsa.json" --key "$HOME/build.key"
	same "nor what signs a summary" "$(grep -c SECCOMP_MODE_FILTER "$T/trace")" 0
fi

# ---- a standstill ends
fifo()
{
	mv "$1" "$T/away"
	mkfifo "$1"
}
back()
{
	rm "$1"
	mv "$T/away" "$1"
}
object=.git/objects/$(git rev-parse HEAD | sed 's,^..,&/,')
fifo "$object"
expect 7 "a FIFO as an object" timeout 60 "$builddir/stella" verify attestation "$id" --no-memory --timeout 1
match "verify attestation: nothing moved for 1 seconds"
match "next: "
back "$object"
expect 0 "and all is as it was" stella verify attestation "$id"
mkfifo "$T/pipe"
expect 7 "an attestation that never comes" sh -c "sleep 5 > '$T/pipe' & exec timeout 60 '$builddir/stella' attest show --attestation - --timeout 1 < '$T/pipe'"
match "nothing moved"
truncate -s 600M "$T/large"
expect 1 "long work that moves on is let go on" stella verify artifact "$T/large" --timeout 1
match "REFUSED"
for bad in x -1 1.5 86401 ""; do
	expect 2 "--timeout \"$bad\"" stella status --timeout "$bad"
	match "--timeout"
done
expect 0 "waiting for ever, where nothing needs it" stella status --timeout 0
expect 2 "what changes trust has no such option" stella approve --timeout 5

done_testing
