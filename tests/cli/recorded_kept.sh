#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Recorded times on the branch of a project whose trust is in a repository of its own; and what is kept of them from
# run to run: found without the branch, made again where it does not fit, old or new when the run is killed.
# shellcheck source=tests/cli/lib.sh
. "${srcdir:-$(dirname "$0")/../..}/tests/cli/lib.sh"
people alice bob carol
trust_repo alice bob
signing_key build
both stella issuer add ci --reason "builds"
both stella trust-anchors add-key --key "$HOME/build.pem" --issuer ci --reason "its key"
both stella issuer trust ci --reason "audited"
both stella member add carol --key "$HOME/carol.pub" --role recorder --reason "the CI's clock"
git config --global stella.trustRepo "$T/trust"

# attest_in PROJECT SUBJECT [OPTION...]: about it, in the project, as carol; leaves it as PROJECT-SUBJECT.json and prints the id.
attest_in()
{
	echo "$2" > "$T/$2"
	be carol
	name=$1-$2 subject=$T/$2 project=$T/$1
	shift 2
	id=$(stella -C "$project" attest create --subject "$subject" --type custom --key "$HOME/build.key" "$@" 2> "$T/err" | head -n 1)
	be alice
	git -C "$project" show "attestations:attestations/$(echo "$id" | sed 's|^\(..\)\(..\)|\1/\2/|').json" > "$T/$name.json"
	echo "$id"
}

kept()
{
	find "$XDG_STATE_HOME/stella/$root" -name 'recorded-?'
}

verify()
{
	name=$1
	shift
	stella verify attestation --attestation "$T/$name.json" "$@"
}

for project in one two; do
	git init -q "$T/$project"
	git -C "$T/$project" commit -q --allow-empty -m "a program"
done
recorded=$(attest_in one recorded --record)
attest_in one plain > /dev/null
attest_in two other > /dev/null
cd "$T/one" || exit 1

# ---- a project's own branch, the trust of another repository
same "the recording is in the project" "$(git log --format=%B attestations | grep -c "^Stella-Attestation: $recorded")" 1
same "and not where trust is" "$(git -C "$T/trust" rev-parse -q --verify attestations)" ""
expect 0 "it counts there" stella verify attestation "$recorded"
match "(recorded by carol in commit"
expect 0 "what nobody recorded is judged now" verify one-plain
match "(now)"
expect 0 "in another project nobody recorded it" stella -C "$T/two" verify attestation --attestation "$T/one-recorded.json"
match "(now)"
sleep 2
since=$(date -u +%Y-%m-%dT%H:%M:%SZ)
cd "$T/trust" || exit 1
both stella keys revoke "$(keyid build)" --kind compromised --since "$since" --reason "stolen"
cd "$T/one" || exit 1
expect 0 "after the key was stolen: what was recorded before stays" verify one-recorded
match "(recorded by carol in commit"
expect 1 "what was not falls" verify one-plain
match "REFUSED key-revoked"
expect 1 "and so does the same in another project" stella -C "$T/two" verify attestation --attestation "$T/one-recorded.json"
match "REFUSED key-revoked"
be carol
try 0 stella attest record
be alice
expect 1 "recorded afterwards proves only afterwards" verify one-plain
match "REFUSED key-revoked"

# ---- what is kept
expect 0 "once more" verify one-recorded
file=$(kept | head -n 1)
same "is of this user alone" "$(stat -c %a "$file")" 600
if [ "$(kept | wc -l)" -gt 2 ]; then
	fail "more than one file a project: $(kept)"
fi
inode=$(stat -c %i "$file")
mkdir "$T/away"
git rev-list attestations~1 | while IFS= read -r commit; do
	mv ".git/objects/$(echo "$commit" | cut -c1-2)/$(echo "$commit" | cut -c3-)" "$T/away/$commit"
done
expect 0 "no commit below the tip is needed" verify one-recorded
match "(recorded by carol in commit"
expect 1 "nor to say no" verify one-plain
same "and nothing is written" "$(stat -c %i "$XDG_STATE_HOME/stella/$root"/recorded-* | grep -c "^$inode\$")" 1
expect 5 "without memory they are" verify one-recorded --no-memory
expect 0 "nor when it is asked for what was when it was signed" verify one-recorded -v
match "when signed yes"
expect 0 "nor as of then" verify one-recorded --at "$since"
match "(recorded by carol in commit"
expect 5 "but without memory" stella verify attestation --attestation "$T/one-recorded.json" --at "$since" --no-memory
mkdir "$T/kept"
mv "$XDG_STATE_HOME/stella/$root"/recorded-* "$T/kept"
expect 5 "and where nothing is kept" verify one-recorded
same "of which nothing is kept either" "$(kept)" ""
mv "$T/kept"/recorded-* "$XDG_STATE_HOME/stella/$root"
for commit in "$T"/away/*; do
	name=${commit##*/}
	mv "$commit" ".git/objects/$(echo "$name" | cut -c1-2)/$(echo "$name" | cut -c3-)"
done

# ---- a file that does not fit
for damage in 'truncate -s 1000' 'truncate -s 0' 'cp /etc/passwd' 'chmod 640' 'ln -sf /etc/passwd'; do
	for one in "$XDG_STATE_HOME/stella/$root"/recorded-*; do
		$damage "$one" || fail "$damage"
	done
	expect 0 "$damage: as none" verify one-recorded
	match "(recorded by carol in commit"
	expect 1 "$damage: and no more is trusted" verify one-plain
done
for one in "$XDG_STATE_HOME/stella/$root"/recorded-*; do
	printf '\377\377\377\377' | dd of="$one" bs=1 seek=280 conv=notrunc 2> /dev/null # of the first row
done
expect 5 "a row of which a byte has changed is told" verify one-recorded
match "is damaged, and can be removed"
rm "$XDG_STATE_HOME/stella/$root"/recorded-*
expect 0 "and removed it is made again" verify one-recorded

# ---- killed, or without room, at every call by which it is written
if strace -o /dev/null true 2> /dev/null; then
	good=$(git rev-parse attestations)
	rm "$XDG_STATE_HOME/stella/$root"/recorded-*
	try 0 verify one-recorded
	cp -a "$XDG_STATE_HOME/stella/$root" "$T/state-before"
	be carol
	try 0 stella attest record --no-memory
	be alice
	# again: as before that last recording, so that one commit is new.
	again()
	{
		rm -rf "${XDG_STATE_HOME:?}/stella/$root"
		cp -a "$T/state-before" "$XDG_STATE_HOME/stella/$root"
	}
	again
	try 0 traced "$builddir/stella" verify attestation --attestation "$T/one-recorded.json"
	mv "$T/trace" "$T/whole"
	n=0
	for what in signal=KILL error=ENOSPC; do
		for call in openat fsync write renameat; do
			calls=$(grep -c " $call(" "$T/whole")
			# of what is opened, what comes before is of no interest here
			k=$([ $call = openat ] && sed '/recorded-/q' "$T/whole" | grep -c " $call(" || echo 1)
			while [ "$k" -le "$calls" ]; do
				again
				traced -e "inject=$call:$what:when=$k" "$builddir/stella" verify attestation --attestation "$T/one-recorded.json" \
					> "$T/out" 2> "$T/err"
				status=$?
				[ "$what" = signal=KILL ] || [ "$status" -eq 7 ] || [ "$call" = write ] || [ "$call" = openat ] || fail "$call $k, $what: exit $status"
				verify one-recorded > "$T/out" 2> "$T/err" || fail "$call $k, $what: the next run"
				grep -q "(recorded by carol" "$T/out" || fail "$call $k, $what: another answer"
				verify one-plain > "$T/out" 2> "$T/err" && fail "$call $k, $what: trusts more"
				n=$((n + 1))
				k=$((k + 1))
			done
		done
	done
	if [ "$n" -ge 20 ]; then
		pass "killed or failed at $n calls, the next run is right"
	else
		fail "only $n calls were interrupted"
	fi
	again
	traced -e inject=renameat:error=ENOSPC "$builddir/stella" verify attestation --attestation "$T/one-recorded.json" > "$T/out" 2> "$T/err"
	same "what cannot be kept is told" $? 7
	match "(to do without, say --no-memory)"
	expect 0 "and is not needed" verify one-recorded --no-memory
	git update-ref refs/heads/attestations "$good"
	expect 0 "a branch that was set back is judged as it is" verify one-recorded
else
	echo "# NOT RUN: interruptions, without strace"
fi

# ---- several at once, in both projects
for i in 1 2 3 4 5 6; do
	(
		cd "$T/$([ $((i % 2)) = 0 ] && echo one || echo two)" || exit 1
		stella verify attestation --attestation "$T/one-recorded.json" > "$T/at-once-$i" 2>&1
		echo $? >> "$T/at-once-$i"
	) &
done
wait
same "each says what is so" "$(tail -qn 1 "$T"/at-once-? | tr '\n' ' ')" "1 0 1 0 1 0 "

done_testing
