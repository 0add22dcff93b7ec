#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# hook: what a server verified once is not verified again at the next push; what is refused leaves nothing behind.
# shellcheck source=tests/cli/lib.sh
. "${srcdir:-$(dirname "$0")/../..}/tests/cli/lib.sh"
people alice bob
trust_repo alice bob
git init -q --bare "$T/forge.git"
git remote add origin "$T/forge.git"
try 0 stella hook install --server --repo "$T/forge.git" --trust-root "$root"
kept=$T/server/stella/$root/cache

# push REF: as over a network, where the server's user and state directory are others.
push()
{
	XDG_STATE_HOME=$T/server git push -q origin "$@"
}
# knows COMMIT: does the server's memory name it?
knows()
{
	[ -e "$kept" ] && od -An -v -tx1 "$kept" | tr -d ' \n' | grep -q "$1" && echo yes
}
# judge NEW [OPTION...]: the hook by hand, as JSON.
judge()
{
	new=$1
	shift
	XDG_STATE_HOME=$T/server "$builddir/stella" -C "$T/forge.git" hook update --trust-root "$root" -o json "$@" \
		refs/heads/main "$(git --git-dir="$T/forge.git" rev-parse refs/heads/main)" "$new"
}

expect 0 "the first push: the branch held nothing" push main
same "and nothing is remembered" "$(ls "$kept" 2> /dev/null)" ""
i=0
while [ $i -lt 12 ]; do
	both stella issuer add "acme$i" --reason "one of many"
	i=$((i + 1))
done
before=$(git rev-parse HEAD)
expect 0 "a push of two dozen approvals" push main
match "state #12"
both stella issuer add late --reason "one more"
after=$(git rev-parse HEAD)
expect 0 "the next" push main
same "what the branch held is remembered" "$(knows "$before")" yes
same "what came with the push is not yet" "$(knows "$after")" ""
same "by nobody else" "$(stat -c %a "$(dirname "$kept")" "$kept" | tr '\n' ' ')" "700 600 "

# ---- the next push reads what is new, and needs nothing else
both stella issuer add later --reason "and another"
git push -q "$T/forge.git" HEAD:refs/heads/other > /dev/null 2>&1
tip=$(git rev-parse HEAD)
expect 0 "two approvals on top" judge "$tip"
json '.updates[0].move' takes-effect
json '.updates[0].commitsRead' 2
expect 0 "without memory" judge "$tip" --no-memory
json '.updates[0].commitsRead' 29
old=$(git rev-parse HEAD~20)
object=$T/forge.git/objects/$(echo "$old" | cut -c1-2)/$(echo "$old" | cut -c3-)
mv "$object" "$T/object"
expect 0 "what was verified is not read again" push main
match "state #14"
expect 5 "without memory it is missed" judge "$tip" --no-memory
match "$old"
mv "$T/object" "$object"

# ---- a push that is refused, by us or by others, leaves nothing behind
be alice
try 0 stella issuer suspend late --reason "half"
half=$(git rev-parse HEAD)
expect 1 "half an approval" push main
match "1 of 2"
same "is not remembered" "$(knows "$half")" ""
same "but what the branch holds is" "$(knows "$tip")" yes
sum=$(sha256sum < "$kept")
be bob
try 0 stella approve --yes --reason "seen"
be alice
whole=$(git rev-parse HEAD)
cp "$T/forge.git/hooks/pre-receive" "$T/ours"
sed 's/^exec \(.*\)$/\1 || exit 1; echo "another hook refuses" >\&2; exit 1/' "$T/ours" > "$T/forge.git/hooks/pre-receive"
expect 1 "what we accept and another hook refuses" push main
match "takes effect"
match "another hook refuses"
same "nothing of it is remembered" "$(knows "$whole")$(knows "$half")" ""
same "not a byte" "$(sha256sum < "$kept")" "$sum"
cp "$T/ours" "$T/forge.git/hooks/pre-receive"

# ---- what is missing in the branch is not made good by what comes with a push
mkdir -p "$T/quarantine/$(echo "$tip" | cut -c1-2)"
object=$(echo "$tip" | cut -c1-2)/$(echo "$tip" | cut -c3-)
mv "$T/forge.git/objects/$object" "$T/quarantine/$object"
rm "$kept"
GIT_QUARANTINE_PATH=$T/quarantine GIT_OBJECT_DIRECTORY=$T/quarantine expect 0 "judged with the quarantine" judge "$tip"
same "remembered without" "$(ls "$kept" 2> /dev/null)" ""
mv "$T/quarantine/$object" "$T/forge.git/objects/$object"

# ---- a memory that is damaged, foreign or cannot be kept changes no answer
expect 0 "it is made again" judge "$tip"
same "with what the branch holds" "$(knows "$tip")" yes
printf 'rubbish' | dd of="$kept" bs=1 seek=2000 conv=notrunc 2> /dev/null
expect 1 "damaged: half an approval" push "$half:main"
match "1 of 2"
expect 0 "and made again" judge "$tip"
json '.updates[0].commitsRead' 0
rm "$kept"
chmod 0755 "$(dirname "$kept")"
expect 0 "a directory that others can read" push "$whole:main"
match "cannot be kept"
same "nothing is kept there" "$(ls "$kept" 2> /dev/null)" ""
chmod 0700 "$(dirname "$kept")"
expect 0 "--no-memory" judge "$whole" --no-memory
same "keeps nothing" "$(ls "$kept" 2> /dev/null)" ""
no_match "cannot be kept"
expect 0 "a state directory that cannot be" env XDG_STATE_HOME=/dev/null "$builddir/stella" -C "$T/forge.git" hook update \
	--trust-root "$root" refs/heads/main "$whole" "$whole"
match "cannot be kept"

# ---- a rewind is one, warm as cold
expect 0 "all of it known" judge "$whole"
same "known" "$(knows "$whole")" yes
expect 4 "a rewind" judge "$tip"
match "would be lost"
noise=$(git commit-tree -p "$whole" -m noise "$whole^{tree}")
expect 0 "noise" push "$noise:main"
expect 0 "known, too" judge "$noise"
same "known" "$(knows "$noise")" yes
expect 1 "noise is not taken away unasked" judge "$whole"
match "not a fast-forward"
done_testing
