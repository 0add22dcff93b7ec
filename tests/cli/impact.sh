#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# impact: what a trust change would make start or stop being true, before anybody else approves it.
# shellcheck source=tests/cli/lib.sh
. "${srcdir:-$(dirname "$0")/../..}/tests/cli/lib.sh"

attest()
{
	echo "$2" > "$T/$2"
	stella attest create --subject "$T/$2" --type https://example.org/test --key "$HOME/$1.key" 2> /dev/null | head -n 1
}

people alice bob
trust_repo alice bob
signing_key one
signing_key two
for issuer in ci robots; do
	both stella issuer add "$issuer" --reason "runs our builds"
	both stella issuer trust "$issuer" --reason "audited"
done
both stella trust-anchors add-key --key "$HOME/one.pem" --issuer ci --reason "its key"
both stella trust-anchors add-key --key "$HOME/two.pem" --issuer robots --reason "its key"
both stella issuer suspend robots --reason "under investigation"
both stella gate add default --type https://example.org/test --reason "at least a test"
a=$(attest one a) b=$(attest two b)
expect 0 "trusted" stella verify attestation "$a"
expect 1 "not trusted" stella verify attestation "$b"

expect 0 "nothing proposed" stella impact
match "0 of 1 trusted attestations stop being trusted, 0 start; 0 gate answers change"
match "holds exactly what is in force"

# ---- a revocation, proposed and not yet in force
base=$(git rev-parse HEAD)
try 0 stella keys revoke "$(keyid one)" --kind compromised --reason "stolen"
expect 0 "what it would make of what is stored" stella impact
match "1 of 1 trusted attestations stop being trusted, 0 start; 1 gate answers change"
match "stops"
match "$a"
match "key-revoked"
match "gate default: sha256:$(sha256sum < "$T/a" | cut -d' ' -f1) passes no more"
match "can approve: bob"
no_match "counted "
no_match "$b"
expect 0 "nothing is in force by that" stella verify attestation "$a"
expect 1 "--exit-code" stella impact --exit-code
match "1 of 1 trusted attestations stop"
expect 0 "as JSON" stella impact -o json
json .schema stella.impact/1
json '.stops[0].attestation' "$a"
json '.stops[0].code' key-revoked
json '.starts | length' 0
json '.gates[0].met' true
json '.gates[0].metThen' false
json '.proposal.complete' false
json .trusted 1
json .trustedThen 0
expect 0 "for a pull request" stella impact --markdown
match "### Impact of this trust change"
match "- stops:  $a"
proposal=$(git log -1 --format=%B | sed -n 's/^Stella-Approve: //p')
expect 0 "by branch" stella impact main
expect 0 "by full ref" stella impact refs/heads/main
expect 0 "by commit" stella impact "$(git rev-parse HEAD)"
expect 0 "by proposal" stella impact "$proposal" -o json
json '.stops | length' 1
expect 0 "by its first digits" stella impact "$(echo "$proposal" | cut -c1-12)"
expect 0 "the commit before changes nothing" stella impact "$base"
match "0 of 1 trusted"

# ---- a rival proposal: its approvals are void once the other is in force
git branch rival "$base"
git checkout -q rival
try 0 stella issuer trust robots --reason "cleared" --no-memory
expect 0 "what starts" stella impact -o json
json '.starts[0].attestation' "$b"
json '.starts[0].issuer' robots
json '.starts[0].code' issuer-untrusted
json '.gates[0].met' false
json '.gates[0].metThen' true
json '.voidApprovals[0].member' alice
expect 0 "in text" stella impact rival
match "starts"
match "until now issuer-untrusted"
match "approval  alice approved"
match "void once this is in force"
match "counted   the approvals on refs/heads/main; those on its own branch: stella check --base refs/heads/main --head $(git rev-parse rival)"
expect 4 "they are there" stella check --base refs/heads/main --head "$(git rev-parse rival)"
match "1 of 2 approvals (alice)"
git checkout -q main

# ---- in force: the forecast was true
be bob
try 0 stella approve --yes --reason "seen the report"
be alice
expect 1 "as was said" stella verify attestation "$a"
expect 0 "and nothing is left to say" stella impact
match "0 of 0 trusted"

# ---- a gate alone: asked of every artifact
both stella trust-anchors add-key --key "$HOME/two.pem" --issuer robots --expires 30d --reason "known again"
try 0 stella issuer trust robots --reason "cleared"
be bob
try 0 stella approve --yes --reason "cleared"
be alice
try 0 stella gate add strict --type https://example.org/other --reason "more than a test"
expect 0 "a gate that nothing passes changes no answer" stella impact -o json
json '.gates | length' 0
git reset -q --hard HEAD~1
try 0 stella gate remove default --reason "not needed"
expect 0 "the default gate gone: what passes it passes without it, too" stella impact -o json
json '.gates | length' 0
git reset -q --hard HEAD~1

# ---- the gate "default": where there is none, one that is trusted is enough
both stella gate remove default --reason "to be stricter"
both stella gate add default --type https://example.org/other --reason "more than a test"
expect 1 "not enough" stella verify artifact "$T/b"
try 0 stella gate remove default --reason "in the way"
expect 1 "a gate that is removed" stella impact --exit-code
match "0 start; 1 gate answers change"
match "gate default: sha256:$(sha256sum < "$T/b" | cut -d' ' -f1) passes, for there is no such gate any more"
be bob
try 0 stella approve --yes --reason "not seen"
be alice
expect 0 "as was said" stella verify artifact "$T/b"
try 0 stella gate add default --type https://example.org/other --reason "back again"
expect 1 "a gate that is added" stella impact --exit-code -o json
json '.gates[0].gate' default
json '.gates[0].met' true
json '.gates[0].metThen' false
json '.gates | length' 1
git reset -q --hard HEAD~1

# ---- a subject may be named by several digests, a weak one first
printf '{"_type":"https://in-toto.io/Statement/v1","subject":[{"name":"w","digest":{"sha1":"%s","sha256":"%s","sha512":"%s"}}],
"predicateType":"https://example.org/test","predicate":{}}' "$(echo w | sha1sum | cut -d' ' -f1)" \
	"$(echo w | sha256sum | cut -d' ' -f1)" "$(echo w | sha512sum | cut -d' ' -f1)" > "$T/payload"
{ printf 'DSSEv1 28 application/vnd.in-toto+json %d ' "$(wc -c < "$T/payload")"; cat "$T/payload"; } > "$T/pae"
openssl dgst -sha256 -sign "$HOME/two.key" -out "$T/sig" "$T/pae"
printf '{"payloadType":"application/vnd.in-toto+json","payload":"%s","signatures":[{"sig":"%s"}]}' \
	"$(base64 -w0 < "$T/payload")" "$(base64 -w0 < "$T/sig")" > "$T/w.json"
try 0 stella attest import "$T/w.json"
both stella gate add tested --type https://example.org/test --reason "at least a test"
echo w > "$T/w"
expect 0 "it passes" stella verify artifact "$T/w" --gate tested
try 0 stella issuer suspend robots --reason "again"
expect 1 "what a gate says of it is asked by every digest that tells it from others" stella impact --exit-code
match "gate tested: sha256:$(sha256sum < "$T/w" | cut -d' ' -f1) passes no more"
match "gate tested: sha512:$(sha512sum < "$T/w" | cut -d' ' -f1) passes no more"
no_match "gate tested: sha1:"
git reset -q --hard HEAD~1

# ---- trusted before and after, but by another issuer's word: a gate may ask whose
both stella gate add whose --type https://example.org/test --issuer robots --reason "robots only"
expect 0 "trusted" stella verify attestation "$b"
expect 0 "by the issuer that the gate asks for" stella verify artifact "$T/b" --gate whose
git mv "keys/$(keyid two).json" x && sed 's/"robots"/"carpenters"/' x > "keys/$(keyid two).json" && git rm -qf x
sed 's/audited\|cleared/known/' issuers/robots.json > issuers/carpenters.json
git add keys issuers
git commit -q -m "another issuer's key"
expect 1 "a gate that changes its answer where no attestation does" stella impact --exit-code
match "0 of 2 trusted attestations stop being trusted, 0 start; 3 gate answers change"
match "gate whose: sha256:$(sha256sum < "$T/b" | cut -d' ' -f1) passes no more"
git reset -q --hard HEAD~1

# ---- a record that could not be used, though nothing that is stored asks for it
printf '{}\n' > issuers/nobody.json
git add issuers
git commit -q -m "no record"
expect 0 "is named" stella impact
match "unusable  issuers/nobody.json: "
expect 0 "in JSON" stella impact -o json
json '.unusable | startswith("issuers/nobody.json: ")' true
expect 0 "for a pull request" stella impact --markdown
match "! unusable: issuers/nobody.json: "
no_match "nothing that is stored changes"
expect 3 "and is no yes" stella impact --exit-code
match "next: mend the record"
git reset -q --hard HEAD~1
expect 0 "without it" stella impact --exit-code -o json
json .unusable null

# ---- without the attestations there is nothing to be asked
try 0 stella issuer suspend robots --reason "again"
attestations=$(git rev-parse attestations)
git update-ref -d refs/heads/attestations
expect 0 "nothing is here" stella impact
match "NOT CHECKED: refs/heads/attestations does not exist here"
no_match "0 of 0"
expect 0 "as JSON" stella impact -o json
json '.notChecked | startswith("NOT CHECKED: refs/heads/attestations")' true
expect 0 "for a pull request" stella impact --markdown
match "NOT CHECKED: refs/heads/attestations does not exist here"
no_match "nothing that is stored changes"
expect 5 "and that is no yes" stella impact --exit-code
match "git fetch origin attestations:attestations"
git update-ref refs/heads/attestations "$attestations"
expect 1 "here again" stella impact --exit-code -o json
json .notChecked null
git reset -q --hard HEAD~1

# ---- what is no proposal
expect 5 "no such branch" stella impact nothing
expect 5 "no such commit" stella impact "$(printf '%040d' 1)"
git checkout -q --detach
expect 2 "a detached HEAD" stella impact
git checkout -q main
echo '{}' > policy.json
git add policy.json
git commit -q -m "broken"
expect 3 "a tree that can never be in force" stella impact
git reset -q --hard HEAD~1
expect 2 "markdown and JSON" stella impact --markdown -o json

done_testing
