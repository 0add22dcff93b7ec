#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Keys, issuers and certificates that do not count any more: of which kind, since when, and what stays.
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
for key in stolen tired planned spare; do
	signing_key "$key"
done
both stella issuer add ci --reason "runs our builds"
for key in stolen tired planned; do
	both stella trust-anchors add-key --key "$HOME/$key.pem" --issuer ci --reason "the key $key"
done
both stella issuer trust ci --reason "audited"
stolen=$(keyid stolen) tired=$(keyid tired) planned=$(keyid planned)
by_stolen=$(attest stolen a) by_tired=$(attest tired b) by_planned=$(attest planned c)
expect 0 "it verifies" stella verify attestation "$by_stolen"

# ---- what is refused changes nothing
head=$(git rev-parse HEAD)
expect 2 "without a reason" stella keys revoke "$stolen" --kind compromised
match "a reason is needed"
expect 2 "without a kind" stella keys revoke "$stolen" --reason "gone"
match "--kind is compromised"
expect 2 "of another kind" stella keys revoke "$stolen" --kind lost --reason "gone"
expect 2 "compromised in the future" stella keys revoke "$stolen" --kind compromised --since 2999-01-01 --reason "gone"
expect 2 "since no date" stella keys revoke "$stolen" --kind compromised --since yesterday --reason "gone"
expect 2 "a number of days is no date" stella keys revoke "$stolen" --kind retired --since 5d --reason "gone"
expect 5 "a key that is not there" stella keys revoke "$(keyid spare)" --kind retired --reason "gone"
same "no commit" "$(git rev-parse HEAD)" "$head"

# ---- compromised
expect 0 "revoke" stella keys revoke "$stolen" --kind compromised --since 2026-01-05T10:00:00Z --reason "laptop stolen"
match "recorded, not in force"
match "stella impact"
expect 0 "one approval of two: it still counts" stella verify attestation "$by_stolen"
be bob
try 0 stella approve --yes --reason "police report seen"
be alice
expect 1 "then not" stella verify attestation "$by_stolen"
match "REFUSED key-revoked: key revoked"
match "since 2026-01-05T10:00:00Z"
match "laptop stolen"
expect 0 "the others do" stella verify attestation "$by_tired"
expect 0 "keys list shows it" stella keys list
match "revoked (compromised) since 2026-01-05T10:00:00Z"
match "laptop stolen"
expect 0 "in JSON" stella keys list -o json
json ".keys[] | select(.id == \"$stolen\") | .status" revoked
json ".keys[] | select(.id == \"$stolen\") | .revocation" compromised
json ".keys[] | select(.id == \"$stolen\") | .revokedSince" 2026-01-05T10:00:00Z
expect 0 "keys show has who and why" stella keys show "$stolen"
match "police report seen"
expect 2 "later than that it cannot be" stella keys revoke "$stolen" --kind compromised --since 2026-02-01 --reason "later"
match "already"
expect 1 "nor is it retired" stella keys revoke "$stolen" --kind retired --reason "tidy"
expect 1 "it does not come back" stella trust-anchors add-key --key "$HOME/stolen.pem" --reason "found it"
expect 2 "and is not rotated" stella keys rotate "$stolen" --new "$HOME/spare.pem"
both stella keys revoke "$stolen" --kind compromised --since 2025-12-01 --reason "it was earlier"
expect 0 "earlier it can" stella keys show "$stolen" -o json
json .revokedSince 2025-12-01T00:00:00Z
both stella keys revoke "$stolen" --kind compromised --reason "nobody knows since when"
expect 0 "without a time: from the beginning" stella keys show "$stolen"
match "from the beginning"
expect 1 "nothing of it counts" stella verify attestation "$by_stolen"

# ---- retired
both stella keys revoke "$tired" --kind retired --reason "left the team"
expect 1 "a retired key does not count now" stella verify attestation "$by_tired"
match "REFUSED key-expired: key retired"
expect 2 "it is already" stella keys revoke "$tired" --kind retired --reason "again"
both stella trust-anchors add-key --key "$HOME/tired.pem" --reason "came back"
expect 0 "it may come back" stella verify attestation "$by_tired"
both stella keys revoke "$tired" --kind retired --since 2026-04-01 --reason "left again"
expect 2 "stolen later than it was retired would widen it" stella keys revoke "$tired" --kind compromised --since 2026-05-01 \
	--reason "and was stolen"
match "key $tired is retired already, since 2026-04-01T00:00:00Z"
both stella keys revoke "$tired" --kind compromised --since 2026-03-01 --reason "and was stolen"
expect 1 "a retired key can turn out stolen" stella verify attestation "$by_tired"
match "key revoked"
both stella keys revoke "$planned" --kind retired --since "$(date -u -d '+10 days' +%Y-%m-%d)" --reason "contract ends"
expect 0 "retirement can be planned" stella verify attestation "$by_planned"
if can_fake_time; then
	expect 1 "then it is over" faketime '+11 days' "$builddir/stella" verify attestation "$by_planned" --no-memory
fi

# ---- issuers
expect 2 "suspend without reason" stella issuer suspend ci
expect 2 "since no date" stella issuer suspend ci --since soon --reason "x"
both stella issuer suspend ci --since 2026-05-01 --reason "under investigation"
expect 1 "suspended since" stella verify attestation "$by_planned"
match "REFUSED issuer-untrusted: issuer not trusted: issuers/ci.json: suspended since 2026-05-01T00:00:00Z"
expect 0 "issuer show says since when" stella issuer show ci
match "suspended since 2026-05-01T00:00:00Z"
expect 1 "trust-status says no" stella issuer trust-status ci
expect 2 "a later time widens nothing" stella issuer suspend ci --since 2026-06-01 --reason "later"
expect 2 "nor by revoking" stella issuer revoke ci --since 2026-06-01 --reason "later"
both stella issuer revoke ci --since 2026-04-01 --reason "it was worse"
expect 0 "revoked since" stella issuer show ci -o json
json .status revoked
json .statusSince 2026-04-01T00:00:00Z
both stella issuer trust ci --reason "rebuilt from scratch"
expect 0 "trusted again" stella verify attestation "$by_planned"
both stella issuer revoke ci --reason "sold"
expect 1 "revoked altogether" stella verify attestation "$by_planned"
match "issuers/ci.json: revoked: sold"
both stella issuer add fresh --reason "asked for"
expect 2 "what was never trusted has nothing that stays" stella issuer revoke fresh --since 2026-01-01 --reason "no"

# ---- certificates
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=Root -days 400 -keyout "$HOME/ca.key" \
	-out "$HOME/ca.crt" -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign 2> /dev/null
both stella trust-anchors add --cert "$HOME/ca.crt" --reason "the root"
expect 2 "remove since a time before it began" stella trust-anchors remove root --since 2001-01-01
expect 2 "remove since no date" stella trust-anchors remove root --since x
soon=$(date -u -d '+5 days' +%Y-%m-%d)
both stella trust-anchors remove root --since "$soon" --reason "ceremony went wrong"
expect 0 "it stays for what was before" stella trust-anchors show root
match "ceremony went wrong"
match "until $(date -u -d '+4 days' +%Y-%m-%d)T23:59:59Z"
expect 2 "not longer" stella trust-anchors remove root --since "$(date -u -d '+9 days' +%Y-%m-%d)"
both stella trust-anchors remove root --reason "altogether"
expect 5 "or goes altogether" stella trust-anchors show root
expect 0 "the check of the branch" stella check

done_testing
