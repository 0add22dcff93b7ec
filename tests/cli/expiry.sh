#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# expiry: what ends within a time, which attestations fall with it, and an exit status for scripts.
# shellcheck source=tests/cli/lib.sh
. "${srcdir:-$(dirname "$0")/../..}/tests/cli/lib.sh"

attest()
{
	echo "$2" > "$T/$2"
	stella attest create --subject "$T/$2" --type https://example.org/test --key "$HOME/$1.key" 2> /dev/null | head -n 1
}

people alice bob
trust_repo alice bob
for key in short long retiring; do
	signing_key "$key"
done

expect 0 "nothing ends" stella expiry
match "nothing ends until"
match "attestations: NOT CHECKED: refs/heads/attestations does not exist here"
expect 1 "the policy within 100 days" stella expiry --within 100d
match "policy      policy.json"
match "then nothing verifies"
match "stella policy renew"
expect 1 "as JSON" stella expiry --within 100d -o json
json .schema stella.expiry/1
json '.endings[0].kind' policy
json '.endings | length' 1

both stella issuer add ci --reason "runs our builds"
both stella trust-anchors add-key --key "$HOME/short.pem" --issuer ci --expires 10d --reason "short"
both stella trust-anchors add-key --key "$HOME/long.pem" --issuer ci --expires 80d --reason "long"
both stella trust-anchors add-key --key "$HOME/retiring.pem" --issuer ci --reason "no end"
both stella issuer trust ci --reason "audited"
a=$(attest short a) b=$(attest long b) c=$(attest retiring c)
expect 0 "nothing within five days" stella expiry --within 5d
match "0 of 3 trusted attestations fall"
no_match "policy is renewed"
expect 1 "the short key within 30" stella expiry
match "key         $(keyid short)"
match "falls: $a"
no_match "$b"
no_match "$c"
match "next: stella keys rotate $(keyid short) --new FILE"
expect 0 "a key without an end" stella verify cert "$c" --show-expiry
match "ends      nothing that it rests on has an end"
expect 1 "beyond the policy" stella expiry --within 100d
match "then nothing verifies"
match "2 of 3 trusted attestations fall until"
match ", even if the policy is renewed"
expect 1 "the short key within 30" stella expiry
match "1 of 3 trusted attestations fall"
expect 1 "as JSON" stella expiry -o json
json '.endings[0].name' "$(keyid short)"
json '.endings[0].falls[0].attestation' "$a"
json '.endings[0].falls[0].code' key-expired
json '.endings[0].falls[0].issuer' ci
json .trusted 3
json .trustedThen 2
expect 1 "both within 85" stella expiry --within 85d -o json
json '.endings | map(.daysLeft < 81) | all' true
json '.endings | length' 2
json .trustedThen 1
expect 1 "without attestations" stella expiry --no-attestations
match "attestations: NOT CHECKED"
no_match "$a"
attestations=$(git rev-parse attestations)
git update-ref -d refs/heads/attestations
expect 1 "they are not here" stella expiry
match "attestations: NOT CHECKED: refs/heads/attestations does not exist here: git fetch origin attestations:attestations"
no_match "0 of 0"
expect 1 "as JSON" stella expiry -o json
json .notChecked "NOT CHECKED: refs/heads/attestations does not exist here"
json .trusted null
git update-ref refs/heads/attestations "$attestations"
expect 1 "by date" stella expiry --within "$(date -u -d '+20 days' +%Y-%m-%d)"
expect 1 "quiet: the status alone" stella expiry -q
both stella keys revoke "$(keyid retiring)" --kind retired --since "$(date -u -d '+5 days' +%Y-%m-%d)" --reason "contract ends"
expect 1 "a retirement that is planned" stella expiry --within 7d
match "key         $(keyid retiring)"
match "falls: $c"
both stella issuer suspend ci --since "$(date -u -d '+3 days' +%Y-%m-%d)" --reason "contract ends"
expect 1 "and that of an issuer" stella expiry --within 4d
match "issuer      ci"
match "3 of 3 trusted attestations fall"
both stella issuer trust ci --reason "prolonged"

# ---- certificates: the anchor's end, and that of the leaf
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=Root -days 40 -keyout "$HOME/ca.key" \
	-out "$HOME/ca.crt" -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign 2> /dev/null
both stella trust-anchors add --cert "$HOME/ca.crt" --reason "the root"
expect 1 "an anchor" stella expiry --within 45d
match "anchor      root"
match "stella trust-anchors replace root --cert FILE"
both stella issuer add robot --identity email:ci@example.org --identity-anchor root --reason "by certificate"
both stella issuer trust robot --reason "audited"
openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$HOME/leaf.key" -subj /CN=ci -out "$HOME/leaf.csr" 2> /dev/null
printf 'basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=codeSigning\nsubjectAltName=email:ci@example.org\n' > "$HOME/ext"
openssl x509 -req -in "$HOME/leaf.csr" -CA "$HOME/ca.crt" -CAkey "$HOME/ca.key" -days 12 -set_serial 8 \
	-extfile "$HOME/ext" -out "$HOME/leaf.crt" 2> /dev/null
payload='{"_type":"https://in-toto.io/Statement/v1","subject":[{"name":"d","digest":{"sha256":"c7c5c1d70c5dec4416ab6158afd0b223ef40c29b1dc1f97ed9428b94d4cadb1c"}}],"predicateType":"https://example.org/test","predicate":{}}'
printf 'DSSEv1 28 application/vnd.in-toto+json %d %s' "${#payload}" "$payload" > "$T/pae"
jq -n --arg payload "$(printf %s "$payload" | base64 -w0)" \
	--arg sig "$(openssl dgst -sha256 -sign "$HOME/leaf.key" "$T/pae" | base64 -w0)" --arg cert "$(cat "$HOME/leaf.crt")" \
	'{payloadType:"application/vnd.in-toto+json",payload:$payload,signatures:[{sig:$sig,cert:$cert}]}' > "$T/leaf.json"
try 0 stella attest import "$T/leaf.json"
d=$(sha256sum < "$T/leaf.json" | cut -d' ' -f1)
expect 0 "signed by certificate" stella verify attestation "$d"
expect 1 "a leaf that ends" stella expiry --within 13d -o json
json ".endings[] | select(.kind == \"certificate\") | .name" "$d"
json ".endings[] | select(.kind == \"certificate\") | .falls | length" 1
json ".endings[] | select(.kind == \"certificate\") | .next" "stella attest resign $d"

# ---- a Sigstore root: a log that ends while another goes on, an instance that is over, and what ends for good
soon=$(date_of +12)T00:00:00Z
jq --arg soon "$soon" '.tlogs[0].publicKey.validFor.end = $soon | .ctlogs[0].publicKey.validFor.end = "2022-10-31T23:59:59Z"' \
	"$srcdir/tests/data/sigstore/public-good.root.json" > "$T/root.json"
both stella trust-anchors add --trusted-root "$T/root.json" --name public --reason "a log that ends"
expect 1 "a log that ends" stella expiry --within 13d -o json
json '.endings[] | select(.kind == "sigstore") | .name' "public log https://rekor.sigstore.dev"
json '[.endings[] | select(.kind == "sigstore")] | length' 1
json '.endings[] | select(.kind == "sigstore") | .next' "stella trust-anchors add --trusted-root FILE --update --name public"
json '.endings[] | select(.kind == "sigstore") | .planned' true
json '.endings[] | select(.kind == "key" and .name == "'"$(keyid short)"'") | .planned' false
json '.endings[] | select(.kind == "key" and .name == "'"$(keyid retiring)"'") | .planned' true
expect 1 "in words" stella expiry --within 13d
match "days left), as planned"
match "others of the root go on"
expect 1 "but not before" stella expiry --within 11d -o json
json '[.endings[] | select(.kind == "sigstore")] | length' 0

# ends JQ: a root that JQ makes, as the only one; which of its windows end within 30 days, and whether as planned.
ends()
{
	jq --arg soon "$soon" --arg later "$(date_of +20)T00:00:00Z" "$1" "$srcdir/tests/data/sigstore/public-good.root.json" > "$T/root.json"
	both stella trust-anchors add --trusted-root "$T/root.json" --update --name public --reason "another" > /dev/null
	stella expiry --within 30d -o json | jq -r '[.endings[] | select(.kind == "sigstore") | "\(.name) \(.planned)"] | join(", ")'
}
same "with both logs nothing new verifies from the later end on" "$(ends '.tlogs[0].publicKey.validFor.end = $soon |
	.tlogs[1].publicKey.validFor.end = $later')" \
	"public log https://rekor.sigstore.dev true, public log https://log2025-1.rekor.sigstore.dev false"
same "one that begins only later does not go on" "$(ends '.tlogs[0].publicKey.validFor.end = $soon |
	.tlogs[1].publicKey.validFor.start = $later')" "public log https://rekor.sigstore.dev false"
same "one that begins when it ends does" "$(ends '.tlogs[0].publicKey.validFor.end = $soon |
	.tlogs[1].publicKey.validFor.start = $soon')" "public log https://rekor.sigstore.dev true"
same "of two that end together one matters" "$(ends '.tlogs[].publicKey.validFor.end = $soon')" \
	"public log https://log2025-1.rekor.sigstore.dev false, public log https://rekor.sigstore.dev true"
same "a log whose key is of no use does not go on" "$(ends '.tlogs[0].publicKey.validFor.end = $soon |
	.tlogs[1].publicKey.keyDetails = "PKIX_ED25519_PH"')" "public log https://rekor.sigstore.dev false"
same "a CT log is no log" "$(ends '.ctlogs[1].publicKey.validFor.end = $soon')" "public CT log https://ctfe.sigstore.dev/2022 false"
same "the only timestamp authority" "$(ends '.timestampAuthorities[0].validFor.end = $soon')" \
	"public TSA https://timestamp.sigstore.dev/api/v1/timestamp false"

# ---- what is over is no news
if can_fake_time; then
	expect 0 "a day after" faketime '+13 days' "$builddir/stella" expiry --within 1d --no-memory
	match "ended before now"
	expect 4 "an expired policy is no forecast" faketime '+100 days' "$builddir/stella" expiry --no-memory
fi
expect 2 "no time" stella expiry --within soon
expect 2 "a day before now" stella expiry --within 2001-01-01
expect 2 "no argument" stella expiry 30d
expect 4 "no pin" stella expiry --trust-root "$(printf '%040d' 1)"

# ---- what cannot be read is not passed over
blob=$(git rev-parse "refs/heads/attestations:attestations/$(echo "$b" | sed 's|^\(..\)\(..\)|\1/\2/|').json")
mv ".git/objects/$(echo "$blob" | cut -c1-2)/$(echo "$blob" | cut -c3-)" "$T/lost"
expect 5 "a lost attestation" stella expiry --within 1d
match "could not be read"
mv "$T/lost" ".git/objects/$(echo "$blob" | cut -c1-2)/$(echo "$blob" | cut -c3-)"


# ---- a record that cannot be used hides no others, and is not passed over
mkdir -p gates
echo '{"version": 99}' > gates/strange.json
git add gates && git commit -q -m "a gate of the future"
both stella approve --yes --include-unapproved --reason "written by hand"
expect 4 "a record of a newer version" stella expiry --within 13d -o json
json '.unusable | join(" ")' gates/strange.json
json '[.endings[] | select(.kind == "key")] | length > 1' true
expect 4 "in words" stella expiry --within 13d
match "unusable    gates/strange.json"
match "1 records cannot be used, so nothing is known of them"
match "key         $(keyid short)"

done_testing
