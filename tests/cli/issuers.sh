#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# issuer and trust-anchors add-key, keys: who may attest, with which keys, and what each refusal says.
# shellcheck source=tests/cli/lib.sh
. "${srcdir:-$(dirname "$0")/../..}/tests/cli/lib.sh"

people alice bob
trust_repo alice bob
signing_key build
signing_key next ed25519
signing_key rsa rsa
build=$(keyid build) next=$(keyid next)

# ---- add
expect 5 "trust of an issuer that is not there" stella issuer trust ci --reason "no"
match "stella issuer add ci"
expect 5 "trust-status of nobody" stella issuer trust-status ci
match "not in the state in force"
for id in ../x /x -- "a b" CON "$(printf 'x%.0s' $(seq 65))" .x; do
	expect 2 "no id: $id" stella issuer add -- "$id"
done
expect 2 "a predicate type that is neither name nor URI" stella issuer add ci --predicate-type nonsense
expect 2 "an identity without anchor" stella issuer add ci --identity email:a@example.org
match "--identity-anchor"
expect 2 "an identity of unknown type" stella issuer add ci --identity ip:1.2.3.4 --identity-anchor x
expect 5 "an identity of an anchor that is not there" stella issuer add ci --identity email:a@b --identity-anchor x
expect 2 "a key directory without TLS" stella issuer add ci --key-directory http://example.org
same "none of this left a file" "$(git status --porcelain)" ""
same "nor a commit" "$(git rev-parse HEAD)" "$root"

both stella issuer add ci --name "The build service" --predicate-type slsaprovenance1 --subject 'app/*' --reason "runs our builds"
expect 0 "list" stella issuer list
match "ci"
match "proposed"
expect 1 "proposed is not trusted" stella issuer trust-status ci
match "issuer not trusted"
match "stella issuer trust ci"
expect 1 "nor in JSON" stella issuer trust-status ci -o json
json .trusted false
json .status proposed
expect 2 "the same issuer again" stella issuer add ci
match "already there"

# ---- the runbook's command
expect 2 "a reason is needed in scripts" stella issuer trust ci
match "--reason"
expect 2 "an empty one is none" stella issuer trust ci --reason " "
expect 2 "a reason cannot speak for the machine" stella issuer trust ci --reason "ok
Stella-Approve: 00"
expect 6 "a reason has a limit" stella issuer trust ci --reason "$(head -c 9000 /dev/zero | tr '\0' x)"
expect 0 "issuer trust, as the runbook has it" stella issuer trust ci --reason "Approved by security team"
match "recorded, not in force"
match "1 of 2"
match "neither a key in force nor an identity"
expect 1 "one approval: still not trusted, and it says what is pending" stella issuer trust-status ci
match "NOT IN FORCE"
match "altered issuers/ci.json"
match "can approve: bob"
match "stella approve"
be bob
try 0 stella approve --yes --reason "Audited the runner"
be alice
expect 0 "two: trusted" stella issuer trust-status ci
match "ci: trusted"
match "Approved by security team"
match "Audited the runner"
match "pinned root $root"
expect 0 "as JSON" stella issuer trust-status ci -o json
json .trusted true
json '.since.approvals | map(.member) | sort | join(",")' alice,bob
json .root "$root"
expect 2 "trusted already" stella issuer trust ci --reason "again"
expect 0 "show" stella issuer show ci
match "https://slsa.dev/provenance/v1"
match "app/*"
expect 5 "show of nobody" stella issuer show nobody

# ---- keys
expect 2 "a key that nobody held needs an issuer" stella trust-anchors add-key --key "$HOME/build.pem"
match "--issuer"
expect 5 "of an issuer that is not there" stella trust-anchors add-key --key "$HOME/build.pem" --issuer nobody
expect 2 "a private key is none" stella trust-anchors add-key --key "$HOME/build.key" --issuer ci
match "a private key"
expect 2 "no key" stella trust-anchors add-key
expect 2 "an algorithm that the key cannot" stella trust-anchors add-key --key "$HOME/build.pem" --issuer ci --algorithm ed25519
expect 2 "an algorithm that nobody knows" stella trust-anchors add-key --key "$HOME/build.pem" --issuer ci --algorithm rot13
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024 -out "$HOME/weak.key" 2> /dev/null
openssl pkey -in "$HOME/weak.key" -pubout -out "$HOME/weak.pem"
expect 1 "a weak key" stella trust-anchors add-key --key "$HOME/weak.pem" --issuer ci
same "none of this left a file" "$(git status --porcelain)" ""

both stella trust-anchors add-key --key "$HOME/build.pem" --issuer ci --expires 30d --reason "first key"
expect 0 "keys list" stella keys list
match "$build  active"
match "ECDSA P-256, ecdsa-sha256"
match "days left"
expect 0 "of one issuer" stella keys list --issuer nobody
no_match "$build"
expect 0 "trust-anchors list has keys, too" stella trust-anchors list
match "key     $build"
expect 0 "keys show --public, as the runbook has it" stella keys show "$build" --public
cp "$T/out" "$T/public"
same "it is the key" "$(cat "$T/public")" "$(cat "$HOME/build.pem")"
expect 0 "by a prefix" stella keys show "$(printf %.10s "$build")"
match "issuer      ci (trusted)"
match "first key"
hint=$(openssl pkey -pubin -in "$HOME/build.pem" -outform DER | openssl dgst -sha256 -binary | base64)
expect 0 "by the hint of a bundle" stella keys show "$hint" -o json
json .id "$build"
expect 5 "a key that is not there" stella keys show "$next"
match "trust-anchors add-key"
expect 2 "a word that is no key id" stella keys show Nonsense
expect 2 "the same key again" stella trust-anchors add-key --key "$HOME/build.pem" --issuer ci
match "already there"
both stella issuer add other --reason "another one"
expect 2 "a key cannot go to another issuer" stella trust-anchors add-key --key "$HOME/build.pem" --issuer other
match "in force for issuer ci"

# An OpenSSH public key is the same key.
ssh-keygen -q -t ed25519 -N '' -C x -f "$HOME/sshkey"
both stella trust-anchors add-key --key "$HOME/sshkey.pub" --issuer ci --replaces "$build" --reason "OpenSSH form"
expect 0 "an OpenSSH key" stella keys list -o json
json '.keys | length' 2
json ".keys[] | select(.replaces != null) | .replaces" "$build"
both stella trust-anchors add-key --key "$HOME/rsa.pem" --issuer ci --algorithm rsa-pss-sha256 --reason "PSS"
expect 0 "an RSA key for PSS" stella keys list -o json
json '.keys[] | select(.algorithm == "rsa-pss-sha256") | .type' "RSA 2048"
expect 2 "a key cannot replace itself" stella trust-anchors add-key --key "$HOME/build.pem" --issuer ci --expires 60d --replaces "$build"
expect 5 "nor one that is not there" stella trust-anchors add-key --key "$HOME/next.pem" --issuer ci --replaces "$next"

# ---- rotated: the old key comes back, as the runbook has it
git rm -q "keys/$build.json" "keys/$build.pem" "keys"/*.json "keys"/*.pem
git commit -q -m "rotate by hand"
try 0 stella approve --yes --reason "rotated"
be bob
try 0 stella approve --yes --reason "rotated"
be alice
expect 5 "the old key is gone" stella keys show "$build"
date=$(date -u -d '+20 days' +%Y-%m-%d)
expect 0 "add-key finds its issuer in the history" stella trust-anchors add-key --key "$HOME/build.pem" --expires "$date"
match "issuer ci"
be bob
try 0 stella approve --yes --reason "for the old attestations"
be alice
expect 0 "it is back" stella keys show "$build" -o json
json .issuer ci
json .expires "${date}T00:00:00Z"
expect 2 "a key that no state ever had" stella trust-anchors add-key --key "$HOME/next.pem" --expires "$date"
match "no issuer held the key"

# An expired key is renewed, with a new end.
if can_fake_time; then
	expect 0 "an expired key is marked" faketime '+25 days' "$builddir/stella" keys show "$build" --no-memory
	match "EXPIRED"
	expect 2 "its end must be said anew" faketime '+25 days' "$builddir/stella" trust-anchors add-key --key "$HOME/build.pem" --no-memory
	match "--expires"
fi
both stella trust-anchors add-key --key "$HOME/build.pem" --expires 90d --reason "longer"
expect 0 "a new end" stella keys show "$build" -o json
json '.daysLeft > 80' true

# A revoked key does not come back.
sed -i 's/"status": "active"/"status": "revoked"/' "keys/$build.json"
git commit -qam "revoke by hand"
try 0 stella approve --yes --reason "stolen"
be bob
try 0 stella approve --yes --reason "stolen"
be alice
expect 0 "revoked" stella keys show "$build" -o json
json .status revoked
expect 1 "a revoked key does not come back" stella trust-anchors add-key --key "$HOME/build.pem" --expires 90d
match "was revoked"

# ---- suspend and revoke
expect 2 "suspend needs a reason" stella issuer suspend ci
both stella issuer suspend ci --reason "runner under audit"
expect 1 "suspended" stella issuer trust-status ci
match "ci is suspended"
both stella issuer revoke ci --reason "gone"
expect 1 "revoked" stella issuer trust-status ci
match "ci is revoked"
expect 0 "trusting it again says what it was" stella issuer trust ci --reason "back" --propose
match "was revoked: gone"

# ---- text from outside
both stella issuer add evil --include-unapproved --name "$(printf 'a\033[31mb\nSTATUS trusted\342\200\256')" --reason "$(printf 'x\033]8;;http://e\007')"
expect 0 "escapes, line ends and direction marks are shown, not sent" stella issuer show evil
no_match "$(printf '\033')"
no_match "$(printf '\007')"
no_match "$(printf '\342\200\256')"
match 'a\x1B[31mb\nSTATUS trusted\u{202E}'

done_testing
