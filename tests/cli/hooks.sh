#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# hook: real git pushes to a real bare repository over which stella's hooks keep watch.
# shellcheck source=tests/cli/lib.sh
. "${srcdir:-$(dirname "$0")/../..}/tests/cli/lib.sh"
people alice bob carol mallory
trust_repo alice bob carol

# refuses COMMAND TEXT: git says no, and what stella said is in its output.
refuses()
{
	expect 1 "$1: refused" git push -q "$2" "$3"
	match "$4"
}
at()
{
	git --git-dir="$T/forge.git" rev-parse -q --verify "refs/heads/$1" 2> /dev/null
}

# ---- install
git init -q --bare "$T/forge.git"
expect 4 "no pin, no hook" stella -C "$T/forge.git" hook install --server
match "--trust-root"
expect 0 "install on a server, before anything was pushed" stella hook install --server --repo "$T/forge.git" --trust-root "$root"
match "$root"
match "written into the hook"
match "--trust-root"
same "git will check what it receives" "$(git --git-dir="$T/forge.git" config receive.fsckObjects)" true
same "the hook names the pin" "$(grep -c -- "--trust-root $root" "$T/forge.git/hooks/pre-receive")" 1
expect 0 "install again" stella hook install --server --repo "$T/forge.git" --trust-root "$root" -o json
json .schema stella.hook-install/1
json .trustRoot "$root"
echo 'echo mine' > "$T/forge.git/hooks/pre-receive"
expect 7 "a hook that is not ours stays" stella hook install --server --repo "$T/forge.git" --trust-root "$root"
match "put this line into it"
same "as it was" "$(cat "$T/forge.git/hooks/pre-receive")" "echo mine"
expect 0 "unless it is forced" stella hook install --server --force --repo "$T/forge.git" --trust-root "$root"
git config core.hooksPath /nonexistent
expect 2 "hooks that are shared are left alone" stella hook install
match "put this line into its pre-push"
git config --unset core.hooksPath
expect 4 "a pin that leads nowhere" stella hook install --trust-root "$(git commit-tree -m other 'HEAD^{tree}')"
same "is not installed" "$(ls .git/hooks/pre-push 2> /dev/null)" ""

# ---- a server accepts what is in force, over a path and over file://
git remote add origin "$T/forge.git"
git remote add filed "file://$T/forge.git"
expect 0 "the first push" git push -q origin main
match "state #0"
both stella issuer add acme --reason "first"
expect 0 "a state that two approved" git push -q filed main
match "state #1"
match "takes effect"
one=$(git rev-parse HEAD)
expect 0 "nothing new" git push -q origin main

# ---- and nothing else
git switch -qc half
be alice
try 0 stella issuer suspend acme --reason "half"
refuses "half an approval" origin half:main "1 of 2"
match "can approve: bob, carol"
same "the branch is where it was" "$(at main)" "$one"
expect 0 "on a branch of its own it may be" git push -q origin half
git switch -qc squashed "$one"
git merge -q --squash half > /dev/null && git -c user.name=forge commit -qm squashed
refuses "a squash" origin squashed:main "0 of 2"
refuses "a rewind" origin "+$one~2:main" "would be lost"
refuses "another history" origin "+$(git commit-tree -m other "$one^{tree}"):main" "push refused"
refuses "a deletion" origin ":main" "deleted"
git switch -qc broken "$one"
git update-index --add --cacheinfo "120000,$(git rev-parse HEAD:README.md),issuers/link"
git commit -qm "a link"
refuses "a tree that can never take effect" origin broken:main "can never take effect"
same "the branch is where it was" "$(at main)" "$one"
# git writes through a symbolic ref, and tells the hook its name only
git --git-dir="$T/forge.git" symbolic-ref refs/heads/master refs/heads/main
refuses "half an approval through an alias" origin half:master "1 of 2"
refuses "a deletion through an alias" origin ":master" "deleted"
same "the branch is where it was" "$(at main)" "$one"
expect 0 "what is in force goes through it" git push -q origin "$one:master"
git --git-dir="$T/forge.git" symbolic-ref --delete refs/heads/master
git switch -qf main

# ---- forks
git switch -qc left "$one"
both stella policy renew --expires 101d --reason "left"
left=$(git rev-parse HEAD)
git switch -qc right "$one"
both stella policy renew --expires 102d --reason "right"
expect 0 "one side" git push -q origin left:main
refuses "the other side by force" origin +right:main "would be lost"
git switch -qc forked "$left"
git merge -q -s ours --no-edit right
refuses "a fork" origin forked:main "fork"
both stella approve --yes --reason "left it is" --no-memory
expect 0 "its resolution" git push -q origin forked:main
match "takes effect"
git switch -q main
git reset -q --hard forked
two=$(git rev-parse HEAD)

# ---- pending changes, where a server wants them; noise and how it goes
git config --file "$T/forge.git/config" stella.hookAllowPending maybe
expect 1 "a switch that is none" git push -q origin half:main -f
match "neither true nor false"
git config --file "$T/forge.git/config" stella.hookAllowPending true
be alice
try 0 stella issuer trust acme --reason "waits for bob"
expect 0 "a change that waits for approvals" git push -q origin main
match "pending"
git update-ref refs/heads/dead "$(git commit-tree -p main -m "a link" 'broken^{tree}')"
refuses "a dead tree all the same" origin dead:main "can never take effect"
git config --file "$T/forge.git/config" stella.hookAllowPending false
refuses "noise goes only by force" origin "+$two:main" "hookAllowForce"
git config --file "$T/forge.git/config" stella.hookAllowForce true
expect 0 "and where that is allowed" git push -q origin "+$two:main"
refuses "but never a state" origin "+$one:main" "would be lost"
git config --file "$T/forge.git/config" stella.hookAllowForce false
git reset -q --hard "$two"

# ---- pre-push: the same before anything leaves
expect 0 "install in a clone" stella hook install
match "pre-push"
match "git config (local)"
rm "$T/forge.git/hooks/pre-receive" # so that only this one speaks
be alice
try 0 stella issuer trust acme --reason "again"
refuses "half an approval" origin main "1 of 2"
same "nothing left" "$(at main)" "$two"
expect 0 "another branch is nobody's business" git push -q origin main:topic
be bob
try 0 stella approve --yes --reason "fine"
expect 0 "and in force" git push -q origin main
refuses "a rewind" origin "+$two:main" "would be lost"
refuses "a deletion" origin :main "deleted"
git clone -q "$T/forge.git" "$T/second"
git -C "$T/second" config stella.trustRoot "$root"
(cd "$T/second" && both stella issuer suspend acme --reason "elsewhere" && git push -q origin main) || fail "second clone"
be alice
try 0 stella issuer revoke acme --reason "here" --no-memory
be bob
try 0 stella approve --yes --reason "here" --no-memory
refuses "the other side has what is not here" origin +main "not here"
match "git fetch"
git fetch -q origin
refuses "a state there would be lost" origin +main "would be lost"
git reset -q --hard origin/main
expect 0 "a verifier that follows a remote branch" stella hook install --trust-ref refs/remotes/origin/main
same "guards the branch there" "$(grep -c "'refs/heads/main'" .git/hooks/pre-push)" 1
expect 0 "pushing nothing" git push -q origin main

# ---- attestations
try 0 stella hook install --server --force --repo "$T/forge.git" --trust-root "$root"
rm .git/hooks/pre-push
signing_key build
for n in 1 2 3; do
	stella attest create --subject "sha256:$(printf '%064d' "$n")" --type custom --key "$HOME/build.key" > /dev/null 2>&1 || fail "create $n"
done
expect 0 "attestations" git push -q origin attestations
match "3 new attestations"
git switch -q attestations
cp "$(find attestations -type f | head -n 1)" readme.json
git add . && git commit -qm "out of place"
refuses "a file out of place" origin attestations "no place"
git reset -q --hard HEAD~1
git rm -q "$(find attestations -type f | head -n 1)" && git commit -qm "one less"
refuses "a removal" origin attestations "only grows"
git reset -q --hard HEAD~1
file=$(find attestations -type f | head -n 1)
echo >> "$file" && git commit -qam "altered"
refuses "an alteration" origin attestations "is altered"
git reset -q --hard HEAD~1
new=attestations/00/00/$(printf '%060d' 0).json
mkdir -p attestations/00/00 && cp "$file" "$new" && git add . && git commit -qm "misnamed"
refuses "a name that is not its content's" origin attestations "other bytes"
git reset -q --hard HEAD~1
git commit -q --amend -m "another commit"
refuses "another history" origin +attestations "fast-forward"
git reset -q --hard 'HEAD@{1}'
refuses "a deletion" origin :attestations "deleted"
git switch -q main

# ---- all or nothing
be alice
try 0 stella issuer trust acme --reason "half again"
stella attest create --subject "sha256:$(printf '%064d' 4)" --type custom --key "$HOME/build.key" > /dev/null 2>&1
before=$(at attestations)
expect 1 "one ref refused" git push -q origin main attestations
same "no ref moves" "$(at attestations)" "$before"
git reset -q --hard HEAD~1
expect 0 "the good one alone" git push -q origin attestations

# ---- pushes at once: one is the winner, the other is told, nothing is lost
git clone -q "$T/forge.git" "$T/third"
git -C "$T/third" config stella.trustRoot "$root"
git -C "$T/third" fetch -q origin attestations:attestations
for n in 1 2 3 4 5; do
	stella attest create --subject "sha256:$(printf '%064d' "1$n")" --type custom --key "$HOME/build.key" > /dev/null 2>&1
	stella -C "$T/third" attest create --subject "sha256:$(printf '%064d' "2$n")" --type custom --key "$HOME/build.key" > /dev/null 2>&1
	git push -q origin attestations > "$T/a.out" 2>&1 &
	a=$!
	git -C "$T/third" push -q origin attestations > "$T/b.out" 2>&1 &
	b=$!
	wait "$a"; a=$?
	wait "$b"; b=$?
	[ "$a" -eq 0 ] || [ "$b" -eq 0 ] || fail "round $n: nobody won"
	for side in "$T/trust" "$T/third"; do
		(cd "$side" && git fetch -q origin && git switch -q attestations && git merge -q --no-edit origin/attestations &&
			git push -q origin attestations && git switch -q main) > "$T/out" 2> "$T/err" || fail "round $n: $side"
	done
done
same "every attestation arrived" "$(git --git-dir="$T/forge.git" ls-tree -r attestations attestations/ | wc -l | tr -d ' ')" 14

# ---- two states from one, pushed at once: one takes effect, the other is refused, and the branch is no fork
git switch -q main
try 0 git fetch -q origin
git reset -q --hard origin/main
for side in left right; do
	git clone -q "$T/forge.git" "$T/race-$side"
	git -C "$T/race-$side" config stella.trustRoot "$root"
	(cd "$T/race-$side" && both stella issuer add "race-$side" --reason "$side" --no-memory) > /dev/null || fail "race: $side"
done
git -C "$T/race-left" push -q origin main > "$T/left.out" 2>&1 &
left_push=$!
git -C "$T/race-right" push -q origin main > "$T/right.out" 2>&1 &
right_push=$!
wait "$left_push"; left_push=$?
wait "$right_push"; right_push=$?
same "one of two won" "$((left_push + right_push))" 1
try 0 git fetch -q origin
git reset -q --hard origin/main
expect 0 "and the branch is in force" stella check --no-memory
[ "$left_push" -eq 0 ] && loser=right || loser=left
cd "$T/race-$loser" || exit 1
expect 1 "the other one cannot be forced in" git push -q origin +main
match "would be lost"
be alice
try 0 git fetch -q origin
try 0 git switch -qc again origin/main
try 0 git merge -q --no-edit main
both stella approve --yes --reason "on top of the winner" --no-memory
expect 0 "but begun again it goes in" git push -q origin again:main
match "takes effect"
cd "$T/trust" || exit 1
try 0 git fetch -q origin
git reset -q --hard origin/main

# ---- large and noisy pushes
git switch -q main
base=$(git rev-parse main)
i=0
tip=$base
while [ "$i" -lt 300 ]; do
	tip=$(git commit-tree -p "$tip" -m "noise $i" "$base^{tree}")
	i=$((i + 1))
done
expect 0 "noise that changes nothing" timeout 60 git push -q origin "$tip:main"
match "stays in force"
for n in $(seq 100 400); do
	printf '{"_type":"https://in-toto.io/Statement/v1","subject":[{"name":"a","digest":{"sha256":"%064d"}}],"predicateType":"https://example.org/p","predicate":{}}' "$n" |
		base64 -w0 | sed 's/.*/{"payloadType":"application\/vnd.in-toto+json","payload":"&","signatures":[{"sig":"c2ln"}]}/'
	echo
done > "$T/many.jsonl"
try 0 git fetch -q origin
git update-ref refs/heads/attestations origin/attestations
try 0 stella attest import "$T/many.jsonl"
expect 0 "hundreds of attestations" timeout 60 git push -q origin attestations
match "301 new attestations"
for n in $(seq 1 200); do echo "create refs/heads/x/$n $base"; done | git update-ref --stdin
expect 0 "hundreds of refs" timeout 60 git push -q origin 'refs/heads/x/*:refs/heads/x/*'

# ---- the hooks by hand: what they read is checked, and the environment does not mislead them
zero=$(printf '%040d' 0)
feed()
{
	printf "$1" > "$T/in"
	shift
	"$builddir/stella" -C "$T/forge.git" hook "$@" < "$T/in"
}
expect 4 "a hook without a pin" feed "" pre-receive
match "outright"
expect 0 "no line" feed "" pre-receive --trust-root "$root"
expect 3 "half a line" feed "$zero $base refs/heads/main" pre-receive --trust-root "$root"
expect 3 "a word too many" feed "$zero $base refs/heads/main x\n" pre-receive --trust-root "$root"
expect 3 "no ids" feed "0 1 refs/heads/main\n" pre-receive --trust-root "$root"
expect 3 "pre-push has four" feed "$zero $base refs/heads/main\n" pre-push --trust-root "$root"
expect 2 "a pin that is none" feed "" pre-receive --trust-root abc
expect 2 "a branch by its short name" feed "" pre-receive --trust-root "$root" --trust-ref main
expect 0 "update accepts" stella -C "$T/forge.git" hook update --trust-root "$root" refs/heads/main "$base" "$base"
expect 4 "update refuses" stella -C "$T/forge.git" hook update --trust-root "$root" refs/heads/main "$base" "$root"
expect 0 "in JSON" stella -C "$T/forge.git" hook update --trust-root "$root" refs/heads/main "$base" "$base" -o json
json .schema stella.hook/1
json '.updates[0].move' unchanged
expect 2 "update wants ids" stella -C "$T/forge.git" hook update --trust-root "$root" refs/heads/main main main
expect 0 "other refs are not ours" stella -C "$T/forge.git" hook update --trust-root "$root" refs/heads/x/1 "$base" "$zero"
git clone -q --bare "$T/trust" "$T/elsewhere.git"
be mallory
loose=$(git --git-dir="$T/elsewhere.git" commit-tree -p "$base" -m hidden "$base^{tree}")
git -C "$T/forge.git" -c user.name=x -c user.email=x tag -a -m "no commit" tagged "$base"
for what in "tag tagged" "tree $base^{tree}" "blob $base:policy.json"; do
	for ref in refs/heads/main refs/heads/attestations; do
		expect 3 "what is no commit: ${what%% *}, $ref" stella -C "$T/forge.git" hook update --trust-root "$root" "$ref" "$zero" \
			"$(git -C "$T/forge.git" rev-parse "${what#* }")"
		match "push refused: $ref: object $(git -C "$T/forge.git" rev-parse "${what#* }") is a ${what%% *}, not a commit"
		match "next: push the commit itself"
	done
done
git -C "$T/forge.git" tag -d tagged > "$T/out"
expect 5 "objects that are not there" stella -C "$T/forge.git" hook update --trust-root "$root" refs/heads/main "$base" "$loose"
GIT_OBJECT_DIRECTORY=$T/elsewhere.git/objects GIT_ALTERNATE_OBJECT_DIRECTORIES=$T/elsewhere.git/objects \
	expect 5 "nor by the environment, outside of a quarantine" \
	stella -C "$T/forge.git" hook update --trust-root "$root" refs/heads/main "$base" "$loose"
GIT_QUARANTINE_PATH=$T/elsewhere.git/objects GIT_OBJECT_DIRECTORY=$T/elsewhere.git/objects \
	expect 0 "in a quarantine they count" \
	stella -C "$T/forge.git" hook update --trust-root "$root" refs/heads/main "$base" "$loose"
GIT_QUARANTINE_PATH=$T/elsewhere.git/objects GIT_OBJECT_DIRECTORY=$T/elsewhere.git/objects \
	expect 5 "but for pre-push there is none" \
	feed "refs/heads/x $loose refs/heads/main $base\n" pre-push --trust-root "$root"

# ---- the hook of git's other kind, and a stella that is gone: nothing is let through
printf '#!/bin/sh\nexec %s hook update --trust-root %s -- "$@"\n' "'$builddir/stella'" "$root" > "$T/forge.git/hooks/update"
chmod +x "$T/forge.git/hooks/update"
mv "$T/forge.git/hooks/pre-receive" "$T/pre-receive"
be alice
git reset -q --hard "$tip"
try 0 stella issuer trust acme --reason "half"
refuses "half an approval, to the update hook" origin main "1 of 2"
rm "$T/forge.git/hooks/update"
sed 's,^exec [^ ]*,exec /nonexistent/stella,' "$T/pre-receive" > "$T/forge.git/hooks/pre-receive"
chmod +x "$T/forge.git/hooks/pre-receive"
git reset -q --hard "$tip"
expect 1 "no stella, no push" git push -q origin "+$base:refs/heads/any"

# ---- what the pushed repository configures has no say
cp "$T/pre-receive" "$T/forge.git/hooks/pre-receive"
for setting in stella.trustRoot="$loose" stella.trustRef=refs/heads/any; do
	git --git-dir="$T/forge.git" config "${setting%%=*}" "${setting#*=}"
done
for name in gpg.ssh.program gpg.program core.fsmonitor core.sshCommand core.pager diff.external; do
	git --git-dir="$T/forge.git" config "$name" "touch $T/marker"
done
expect 4 "no program of the repository runs" stella -C "$T/forge.git" hook update --trust-root "$root" --trust-ref refs/heads/main \
	refs/heads/main "$base" "$one"
same "none did" "$(ls "$T/marker" 2> /dev/null)" ""
refuses "the hook's pin counts, not the configuration's" origin "+$one:main" "would be lost"
done_testing
