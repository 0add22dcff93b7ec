#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The life of a trust repository: init, pin, status, approve, check, history, policy, member.
# shellcheck source=tests/cli/lib.sh
. "${srcdir:-$(dirname "$0")/../..}/tests/cli/lib.sh"
people alice bob carol mallory

# ---- init
be alice
expect 2 "init without members" stella init "$T/none"
match "--member"
expect 4 "init by somebody who is no member" stella init "$T/none" --member "bob=$HOME/bob.pub"
expect 2 "a member's name is an id" stella init "$T/none" --member "Bob=$HOME/bob.pub"
expect 5 "a key file that is not there" stella init "$T/none" --member "alice=$HOME/nobody.pub"
expect 3 "a key that is none" stella init "$T/none" --member "alice=ssh-ed25519 AAAA"
expect 2 "an expiry that is none" stella init "$T/none" --member "alice=$HOME/alice.pub" --expires soon
expect 2 "a threshold of nobody" stella init "$T/none" --member "alice=$HOME/alice.pub" --threshold issuers=0
expect 2 "an unknown role" stella init "$T/none" --member "alice=$HOME/alice.pub" --threshold chiefs=1
same "nothing was left behind" "$(find "$T/none" -name policy.json 2> /dev/null)" ""
expect 0 "one member alone" stella init "$T/lonely" --member "alice=$HOME/alice.pub"
match "warning: one member"
trust_repo alice bob carol
expect 2 "init over an existing history" stella init "$T/trust" --member "alice=$HOME/alice.pub"
same "the root is pinned" "$(git config stella.trustRoot)" "$root"
same "the work tree is clean" "$(git status --porcelain)" ""
same "the template is there" "$(git show HEAD:README.md | head -n 1)" "# Trust repository"
same "git agrees with the root's signature" "$(stella export allowed-signers > "$T/signers" &&
	git -c gpg.ssh.allowedSignersFile="$T/signers" log -1 --format=%G?)" G

# ---- pin
expect 0 "pin shows itself" stella pin
match "$root"
match "git config (local)"
git config --unset stella.trustRoot
expect 4 "no pin, no verdict" stella status
match "stella pin"
expect 0 "a pin on the command line" stella status --trust-root "$root"
match "--trust-root"
expect 2 "a pin is a whole id" stella pin "$(echo "$root" | cut -c1-12)"
expect 2 "a trusted root file is no commit" stella status --trust-root trusted_root.json
match "--trusted-root"
try 0 stella init "$T/other" --member "alice=$HOME/alice.pub"
other=$(git -C "$T/other" rev-parse HEAD)
git fetch -q "$T/other" main
expect 4 "a pin that the branch does not come from" stella pin "$other"
same "and nothing was pinned" "$(git config stella.trustRoot)" ""
expect 0 "pin it again" stella pin "$root"

# ---- status, approve, check
expect 0 "status of a new repository" stella status
match "holds exactly what is in force"
expect 0 "in JSON" stella status -o json
json .schema stella.status/1
json .tipInForce true
json '.heads[0].number' 0
expect 0 "check" stella check
expect 2 "nothing to approve" stella approve --yes
expect 0 "the first of two" stella policy renew --expires 100d --reason "longer"
match "recorded, not in force"
match "1 of 2"
match "can approve: bob, carol"
match "stella approve"
expect 4 "check says no" stella check
match "not in force"
expect 0 "status tells" stella status
match "alice approved"
expect 4 "one change at a time" stella member add mallory --key "$HOME/mallory.pub" --role issuers
match "--include-unapproved"
expect 2 "no approval without a yes" stella approve
be mallory
expect 4 "a stranger cannot approve" stella approve --yes
match "the policy knows no member"
be bob
expect 0 "the second of two" stella approve --yes --reason "fine with me"
match "in force"
match "expires"
expect 0 "check says yes" stella check
expect 0 "state 1" stella status -o json
json '.heads[0].number' 1
json '.heads[0].approvals | map(.member) | join(",")' alice,bob

# ---- members
be alice
expect 2 "a new member needs a role" stella member add mallory --key "$HOME/mallory.pub"
expect 2 "a role that exists" stella member add mallory --key "$HOME/mallory.pub" --role chiefs
expect 2 "one key, one member" stella member add mallory --key "$HOME/bob.pub" --role issuers
match "bob"
expect 5 "removing nobody" stella member remove nobody
both stella member add mallory --key "$HOME/mallory.pub" --role issuers --reason "helps out"
expect 0 "the list" stella member list
match mallory
both stella member remove mallory --reason "left"
expect 0 "the list" stella member list
no_match mallory
expect 2 "a threshold that cannot be met" stella member remove carol --threshold root=3
expect 6 "a policy for ever" stella policy renew --expires 500d
expect 0 "propose only" stella policy renew --expires 120d --propose --reason "maybe"
match "0 of 2"
git reset -q --hard HEAD~1

# ---- history
expect 0 "history" stella history list
match "#3"
match "member add mallory"
expect 0 "newest only" stella history list -n 1 -o json
json '.states | length' 1
expect 0 "one state" stella history show '#2'
match "helps out"
match "seen by bob"
match "+ member mallory"
expect 5 "no such state" stella history show '#99'
expect 0 "why is the policy so" stella history why policy.json
match "fine with me"
match "$root"
expect 5 "why not" stella history why nothing

# ---- policy check
expect 0 "the policy in the work tree" stella policy check
git show HEAD:policy.json | sed 's/"threshold": 2/"threshold": 9/' > "$T/bad.json"
expect 3 "a threshold above the members" stella policy check "$T/bad.json"
git show HEAD:policy.json | sed 's/"version": 1/"version": 3/' > "$T/new.json"
expect 4 "a newer version" stella policy check "$T/new.json"
printf '{' > "$T/cut.json"
expect 3 "half a file" stella policy check "$T/cut.json"

# ---- memory
expect 0 "remember" stella status
before=$(git rev-parse HEAD)
git update-ref refs/heads/main "$before~2"
expect 4 "a rewound branch" stella status
match "rollback"
expect 0 "unless nothing is remembered" stella status --no-memory
state=$(git update-ref refs/heads/main "$before" && stella status -o json | jq -r '.heads[0].id')
expect 0 "a state that is there" stella status --no-memory --at-least "$state"
git update-ref refs/heads/main "$before~2"
expect 4 "a state that is not" stella status --no-memory --at-least "$state"
git update-ref refs/heads/main "$before"
expect 0 "all is well again" stella status
memory=$XDG_STATE_HOME/stella/$root/memory.json
cp "$memory" "$T/saved"
printf '{' > "$memory"
expect 4 "a damaged memory is no memory to ignore" stella status
match "memory"
cp "$T/saved" "$memory"
chmod 644 "$memory"
expect 4 "a memory that others can write or read" stella status
chmod 600 "$memory"
expect 0 "mended" stella status

git branch other
expect 0 "another branch than the configured one" stella status --trust-ref refs/heads/other
match "a rollback would go unnoticed"
match "--at-least"
expect 0 "and in JSON" stella status --trust-ref refs/heads/other -o json
json .remembers false
expect 0 "the configured one by its name" stella status --trust-ref refs/heads/main -o json
json .remembers true
no_match "unnoticed"
git branch -q -D other

# ---- two changes at once: the loser is told what happened, and finds everything as the winner left it
cat > "$T/slow-keygen" <<X
#!/bin/sh
touch "$T/signing"
while [ ! -e "$T/go" ]; do sleep 0.05; done
exec ssh-keygen "\$@"
X
chmod +x "$T/slow-keygen"
be alice
git config --global gpg.ssh.program "$T/slow-keygen"
stella issuer add slow --reason "late" > "$T/slow.out" 2> "$T/slow.err" < /dev/null &
while [ ! -e "$T/signing" ]; do sleep 0.05; done
git config --global --unset gpg.ssh.program
both stella issuer add slow --reason "the same record, faster"
touch "$T/go"
wait $!
same "the loser's exit status" "$?" 7
cp "$T/slow.err" "$T/err"
match "somebody else was faster"
no_match "working tree"
same "nothing of it was written" "$(git status --porcelain)" ""
# ---- a FIFO in the place of a file
mv .git/config "$T/config"
mkfifo .git/config
expect 5 "a FIFO for a configuration is not waited for" timeout 20 "$builddir/stella" status
match "not a regular file"
rm .git/config
mv "$T/config" .git/config

# ---- usage
expect 2 "no such command" stella frobnicate
expect 2 "no such option" stella status --frobnicate
expect 2 "an option twice" stella status --trust-root "$root" --trust-root "$root"
expect 2 "an argument too many" stella status now
expect 2 "an output that is none" stella status -o yaml
expect 0 "help" stella status --help
expect 0 "help by word" stella help history list
expect 7 "a full disk under standard output" sh -c "'$builddir/stella' status > /dev/full"
expect 7 "a closed standard output" sh -c "'$builddir/stella' status >&-"
done_testing
