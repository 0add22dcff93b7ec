#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A new key or certificate takes over from an old one, both count for a while, then the new one alone.
# shellcheck source=tests/cli/lib.sh
. "${srcdir:-$(dirname "$0")/../..}/tests/cli/lib.sh"

# attest KEY SUBJECT: signs about it and prints the id.
attest()
{
	echo "$2" > "$T/$2"
	stella attest create --subject "$T/$2" --type https://example.org/test --key "$HOME/$1.key" --force --no-memory 2> /dev/null | head -n 1
}

people alice bob
trust_repo alice bob
signing_key old
signing_key new
signing_key other ed25519
signing_key third
old=$(keyid old) new=$(keyid new)
both stella issuer add ci --reason "runs our builds"
both stella trust-anchors add-key --key "$HOME/old.pem" --issuer ci --reason "first key"
both stella issuer trust ci --reason "audited"
before=$(attest old before)
expect 0 "the old key signs" stella verify attestation "$before"

# ---- what is refused changes nothing
head=$(git rev-parse HEAD)
expect 5 "rotate a key that is not there" stella keys rotate "$new" --new "$HOME/new.pem"
expect 2 "rotate what is no id" stella keys rotate zzzzzzz --new "$HOME/new.pem"
expect 2 "without a new key" stella keys rotate "$old"
match "--new FILE"
expect 2 "to itself" stella keys rotate "$old" --new "$HOME/old.pem"
match "the old key again"
expect 2 "to a private key" stella keys rotate "$old" --new "$HOME/new.key"
expect 5 "to no file" stella keys rotate "$old" --new "$HOME/nothing"
for overlap in 30 d -1d 30days 99999d "" 1.5d; do
	expect 2 "an overlap of \"$overlap\"" stella keys rotate "$old" --new "$HOME/new.pem" --overlap "$overlap"
done
expect 2 "a new key that is over" stella keys rotate "$old" --new "$HOME/new.pem" --expires 2001-01-01
expect 2 "an algorithm of another kind of key" stella keys rotate "$old" --new "$HOME/new.pem" --algorithm ed25519
same "none of this made a commit" "$(git rev-parse HEAD)" "$head"
same "none of this left a file" "$(git status --porcelain)" ""

# ---- rotation
expect 0 "rotate" stella keys rotate "${old%??????????}" --new "$HOME/new.pem" --overlap 30d --reason "yearly rotation"
match "recorded, not in force"
match "stella expiry"
expect 0 "one approval of two: the old key alone" stella keys list
no_match "$new"
be bob
try 0 stella approve --yes --reason "asked the build team"
be alice
expect 0 "in force" stella keys list -o json
json '[.keys[] | select(.status == "active")] | length' 2
json ".keys[] | select(.id == \"$new\") | .replaces" "$old"
json ".keys[] | select(.id == \"$new\") | .issuer" ci
json ".keys[] | select(.id == \"$old\") | .daysLeft >= 29 and .daysLeft <= 30" true
expect 0 "keys list names what it replaces" stella keys list
match "replaces $old"
expect 0 "who and why" stella keys show "$new"
match "yearly rotation"
match "asked the build team"
same "by one commit for both keys" "$(git log -2 --format= --name-only | sort -u | wc -l | tr -d ' ')" 3
after=$(attest new after)
during=$(attest old during)
expect 0 "the new key counts at once" stella verify attestation "$after"
expect 0 "the old one still does" stella verify attestation "$during"
expect 0 "and what it signed before" stella verify attestation "$before"
expect 2 "the new key cannot be rotated to twice" stella keys rotate "$old" --new "$HOME/new.pem"
match "was here before"
if can_fake_time; then
	expect 0 "a day before the end of the overlap" faketime '+29 days' "$builddir/stella" verify attestation "$during" --no-memory
	expect 1 "after it the old key does not count" faketime '+31 days' "$builddir/stella" verify attestation "$during" --no-memory
	match "REFUSED key-expired"
	expect 1 "nor what it signed before, without evidence of the time" \
		faketime '+31 days' "$builddir/stella" verify attestation "$before" --no-memory
	expect 0 "the new one does" faketime '+31 days' "$builddir/stella" verify attestation "$after" --no-memory
	expect 2 "what is over cannot be rotated" faketime '+31 days' "$builddir/stella" keys rotate "$old" --new "$HOME/third.pem" --no-memory
	match "nothing to overlap"
	# the runbook's case: the old key is wanted again
	expect 0 "add-key brings it back until a date" faketime '+31 days' "$builddir/stella" trust-anchors add-key \
		--key "$HOME/old.pem" --expires 20d --reason "one release still needs it" --no-memory
	be bob
	try 0 faketime '+31 days' "$builddir/stella" approve --yes --reason "for a week" --no-memory
	be alice
	expect 0 "it counts again" faketime '+32 days' "$builddir/stella" verify attestation "$during" --no-memory
	expect 1 "until then" faketime '+52 days' "$builddir/stella" verify attestation "$during" --no-memory
fi

# ---- an end that is nearer than the overlap stays; another kind of key brings its own algorithm
both stella trust-anchors add-key --key "$HOME/new.pem" --expires 10d --reason "short"
both stella keys rotate "$new" --new "$HOME/other.pem" --overlap 30d --reason "to Ed25519"
expect 0 "keys" stella keys list -o json
json ".keys[] | select(.id == \"$new\") | .daysLeft <= 10" true
json ".keys[] | select(.id == \"$(keyid other)\") | .algorithm" ed25519
expect 0 "an overlap of nothing" stella keys rotate "$(keyid other)" --new "$HOME/third.pem" --overlap 0d --reason "at once"
be bob
try 0 stella approve --yes --reason "at once"
be alice
expect 1 "the old one ends now" faketime '+1 minute' "$builddir/stella" verify attestation "$(attest other now)" --no-memory

# ---- certificates
# ca NAME SUBJECT [ISSUER]: a CA certificate.
ca()
{
	openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$HOME/$1.key" 2> /dev/null
	if [ $# -gt 2 ]; then
		openssl req -new -key "$HOME/$1.key" -subj "$2" -out "$HOME/$1.csr" 2> /dev/null
		printf 'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n' > "$HOME/ext"
		openssl x509 -req -in "$HOME/$1.csr" -CA "$HOME/$3.crt" -CAkey "$HOME/$3.key" -days 300 \
			-set_serial 7 -extfile "$HOME/ext" -out "$HOME/$1.crt" 2> /dev/null
	else
		openssl req -x509 -new -key "$HOME/$1.key" -subj "$2" -days 400 -out "$HOME/$1.crt" \
			-addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign 2> /dev/null
	fi
}
ca one "/CN=One"
ca two "/CN=Two"
ca below "/CN=Below" one
both stella trust-anchors add --cert "$HOME/one.crt" --reason "the first root"
both stella issuer add robots --identity email:ci@example.org --identity-anchor one --reason "by certificate"
head=$(git rev-parse HEAD)
expect 5 "replace what is not there" stella trust-anchors replace nothing --cert "$HOME/two.crt"
expect 2 "replace by the same certificate" stella trust-anchors replace one --cert "$HOME/one.crt" --name again
match "already there"
expect 2 "replace under the same name" stella trust-anchors replace one --cert "$HOME/two.crt" --name one
expect 2 "a root by an intermediate" stella trust-anchors replace one --cert "$HOME/below.crt"
expect 2 "an overlap that is none" stella trust-anchors replace one --cert "$HOME/two.crt" --overlap soon
same "no commit" "$(git rev-parse HEAD)" "$head"
expect 0 "replace" stella trust-anchors replace one --cert "$HOME/two.crt" --overlap 14d --reason "new root ceremony"
match "issuer    robots"
be bob
try 0 stella approve --yes --reason "was there"
be alice
expect 0 "both are in force" stella trust-anchors list -o json
json '.anchors | map(.name) | join(",")' one,two
json '.anchors[] | select(.name == "one") | .daysLeft >= 13 and .daysLeft <= 14' true
same "the issuer names both" "$(jq -r '.identities[0].anchors | join(",")' issuers/robots.json)" one,two
expect 0 "the check of the branch" stella check

done_testing
