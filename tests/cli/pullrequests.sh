#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# check --base --head: pull requests as a forge merges them - merge commit, fast-forward, squash, rebase - and
# what check said of each before is what status says after.
# shellcheck source=tests/cli/lib.sh
. "${srcdir:-$(dirname "$0")/../..}/tests/cli/lib.sh"
people alice bob carol mallory
trust_repo alice bob carol
both stella issuer add acme --reason "first"
start=$(git rev-parse HEAD)

number()
{
	stella status --no-memory --trust-ref "$1" -o json 2> /dev/null | jq -r '.heads[0].number'
}
check()
{
	stella check --base refs/heads/main --head "$@"
}
# The forge merges with a name of its own, and signs nothing.
forge()
{
	git -c user.name=forge -c user.email=forge@example.org -c commit.gpgSign=false "$@"
}
# merged HOW BRANCH: a branch "merged" that is main after the forge merged BRANCH so.
merged()
{
	git switch -qC merged main
	case $1 in
	merge) forge merge -q --no-ff --no-edit "$2" ;;
	ff) forge merge -q --ff-only "$2" ;;
	squash) # with the texts of all its commits, as forges write it
		forge merge -q --squash "$2" > /dev/null &&
			(echo "Trust acme (#1)"; echo; git log --reverse --format='* %B' "main..$2") | forge commit -q -F - ;;
	rebase)
		git switch -qC rebased "$2"
		forge rebase -q --force-rebase main > /dev/null 2>&1
		git switch -q merged
		forge merge -q --ff-only rebased ;;
	esac || fail "the forge could not merge by $1"
	git switch -q main
}

# ---- half approved
git switch -qc proposal
be alice
try 0 stella issuer trust acme --reason "audited"
git switch -q main
expect 4 "one of two" check refs/heads/proposal
match "must not be merged yet"
match "role issuers: 1 of 2 approvals (alice); can approve: bob, carol"
match "+  \"status\": \"trusted\""
match "stella approve"
match "$root"
expect 4 "in JSON" check refs/heads/proposal -o json
json .schema stella.pull-request/1
json .outcome not-in-force
json .mayBeMerged false
json .error.code approval-missing
json '.proposal.needed[0].canApprove | join(",")' bob,carol
json '.changes | map(.path + " " + .change) | join(",")' "issuers/acme.json altered"
json .upToDate true
expect 4 "as a comment" check refs/heads/proposal --markdown
match '### Trust: must not be merged yet: approvals are missing'
match '| `issuers` | 1 of 2 | `alice` | `bob`, `carol` |'
match '<details>'
cp "$T/out" "$T/comment"
expect 4 "the same by -o" check refs/heads/proposal -o markdown
same "one comment" "$(cat "$T/out")" "$(cat "$T/comment")"
merged merge proposal
same "merged all the same, nothing takes effect" "$(number refs/heads/merged)" 1
expect 4 "and check of the branch says so" stella check --head refs/heads/merged

# ---- approved: four ways to merge
be bob
git switch -q proposal
try 0 stella approve --yes --reason "seen"
git switch -q main
expect 0 "two of two" check refs/heads/proposal
match "may be merged, and takes effect then"
match "#2"
match "approved by alice, bob"
match "merge commit   takes effect"
match "fast-forward   takes effect"
match "squash, rebase no effect: loses the approvals"
expect 0 "by commit ids, as CI has them" stella check --base "$(git rev-parse main)" --head "$(git rev-parse proposal)" -o json
json .outcome takes-effect
json .brings[0].number 2
json .methods.mergeCommit "takes effect"
expect 0 "as a comment" check refs/heads/proposal --markdown
match "approved by \`alice, bob\`"
merged merge proposal
same "a merge commit takes effect" "$(number refs/heads/merged)" 2
expect 0 "and is in force" stella check --head refs/heads/merged
git switch -q --detach main
merged merge proposal
expect 0 "a forge's own test merge is judged alike" check "$(git rev-parse merged)"
merged ff proposal
same "a fast-forward takes effect" "$(number refs/heads/merged)" 2
for how in squash rebase; do
	merged $how proposal
	same "$how: no effect" "$(number refs/heads/merged)" 1
	expect 0 "$how: status explains" stella status --no-memory --trust-ref refs/heads/merged
	match "no effect commit"
	match "0 of 2 approvals"
	match "loses the approvals of its branch"
	match "stella approve"
	expect 4 "$how: check refuses" stella check --head refs/heads/merged
	git switch -q merged
	both stella approve --yes --reason "approved on top" --no-memory
	git switch -q main
	same "$how: mended by approving on top" "$(number refs/heads/merged)" 2
	expect 0 "$how: and check is content" stella check --head refs/heads/merged
done

# ---- the same with a squash already on the base: the mending pull request
merged squash proposal
git switch -qc mend merged
both stella approve --yes --reason "on top" --no-memory
expect 0 "mending is a pull request like any other" stella check --base refs/heads/merged --head refs/heads/mend
match "takes effect"
git switch -q main

# ---- two pull requests from one state
git switch -qc rival
both stella issuer add rival --reason "the other one"
git switch -q main
forge merge -q --no-ff --no-edit proposal
expect 4 "the loser of two" check refs/heads/rival
match "its approvals are about a state that the base has left"
match "fast-forward   not possible: the base has moved on"
match "begin a branch at the base, merge this one into it"
expect 4 "in JSON" check refs/heads/rival -o json
json .outcome lost
json .upToDate false
merged merge rival
same "merged all the same, the winner stays" "$(number refs/heads/merged)" 2
git switch -qc wrong rival
git merge -q --no-edit main
both stella approve --yes --reason "together" --no-memory
expect 4 "the base merged into it is no remedy: its own chain stays" check refs/heads/wrong
git switch -qc again main
git merge -q --no-edit rival
both stella approve --yes --reason "together" --no-memory
git switch -q main
expect 0 "merged into a branch of the base and approved again it is" check refs/heads/again
merged merge again
same "and takes effect" "$(number refs/heads/merged)" 3

# ---- two policies: a fork
git switch -qc left
both stella policy renew --expires 101d --reason "left"
git switch -qc right main
both stella policy renew --expires 102d --reason "right"
git switch -q main
forge merge -q --ff-only left
expect 4 "a stale policy change" check refs/heads/right
match "would be a fork"
expect 4 "in JSON" check refs/heads/right -o json
json .outcome fork
json .error.code fork
git switch -q right
git merge -q -s ours --no-edit main > /dev/null 2>&1
both stella approve --yes --reason "right after all" --no-memory
git switch -q main
expect 0 "resolved on the branch" check refs/heads/right
match "takes effect"

# ---- what changes nothing, what is contained, what can never take effect
expect 0 "contained" stella check --base refs/heads/main --head "$start"
match "nothing to merge"
git switch -qc empty
git commit -q --allow-empty -m "nothing"
git switch -q main
expect 0 "an empty commit" check refs/heads/empty
match "changes nothing that is in force"
git switch -qc link
git update-index --add --cacheinfo "120000,$(git rev-parse HEAD:README.md),issuers/link"
git commit -q -m "a link"
git switch -qf main
expect 3 "a link" check refs/heads/link
match "can never take effect"
expect 3 "in JSON" check refs/heads/link -o json
json .outcome invalid
git switch -qc record
printf '{"version":1}\n' > issuers/broken.json
git add . && git commit -qm "a record that is none"
git switch -q main
expect 3 "a malformed record, before anybody approves it" check refs/heads/record
match "issuers/broken"
match "mend the record"
git branch -q alone "$(git commit-tree -m alone 'main^{tree}')"
expect 4 "a branch from elsewhere" check refs/heads/alone

# ---- names, pins, clones, time
expect 2 "a short name" stella check --base main --head refs/heads/rival
expect 2 "an expression" stella check --base refs/heads/main~1 --head refs/heads/rival
expect 5 "a branch that is not there" check refs/heads/none
match "stella: --head: refs/heads/none does not exist"
match "  next: git fetch"
expect 5 "nor a base" stella check --base refs/heads/none --head refs/heads/rival
match "stella: --base: refs/heads/none does not exist"
expect 5 "a commit that is not there" check "$(printf '%040d' 1)"
expect 2 "a comment about nothing" stella check --markdown
expect 2 "two answers" check refs/heads/rival --markdown -o json
expect 2 "no comment where there is none" stella status -o markdown
expect 0 "the branch checked out" sh -c "git switch -q right && '$builddir/stella' check --base refs/heads/left"
match "refs/heads/right"
git switch -q main
state=$(stella status -o json | jq -r '.heads[0].id')
expect 0 "a state that the base has" check refs/heads/right --at-least "$state"
expect 4 "a state that nobody has" check refs/heads/right --at-least "$(printf '%064d' 1)"
git config --unset stella.trustRoot
expect 4 "no pin" check refs/heads/right
git config stella.trustRoot "$root"
git clone -q --depth 1 "file://$T/trust" "$T/shallow" 2> /dev/null
expect 5 "a shallow clone" stella -C "$T/shallow" check --trust-root "$root" --base refs/remotes/origin/main --head refs/heads/main
match "fetch-depth: 0"
if can_fake_time; then
	expect 4 "an expired policy" faketime '+200 days' "$builddir/stella" check --base refs/heads/main --head refs/heads/empty
	match "expired"
	git switch -qc renewed
	both stella policy renew --expires 350d --reason "longer" --no-memory
	git switch -q main
	expect 0 "but its renewal" faketime '+200 days' "$builddir/stella" check --base refs/heads/main --head refs/heads/renewed
else
	echo "# NOT RUN: expired policies, faketime does not work here"
fi

# ---- nothing is remembered, nothing is written
rm -rf "$T/state"
find .git/objects -type f | sort > "$T/before"
expect 0 "once more" check refs/heads/right
same "no memory" "$(find "$T/state" -name memory.json -o -name snapshot -o -name cache 2> /dev/null)" "" # the event log is another thing
find .git/objects -type f | sort > "$T/after"
same "no object" "$(cat "$T/after")" "$(cat "$T/before")"

# ---- a comment cannot be taken over by what it shows
git switch -qc evil
be mallory
printf '{"a":"``` <script> @alice ```"}\n' > 'issuers/x.json'
printf '````\n</details>\n# Approved\n' > notes.md
git add . && git commit -q -m '@alice | approve | `this`

Stella-Approve: 0000'
git switch -q main
expect 3 "markup in what is shown" check refs/heads/evil --markdown
same "the fence is longer than any in it" "$(grep -c '^`````$' "$T/out")" 2
same "nothing of it stands outside" "$(sed '/^`````$/,/^`````$/d' "$T/out" | grep -c -e '<script>' -e '^# Approved')" 0
done_testing
