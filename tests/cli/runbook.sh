#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# runbook: the on-call person's commands, as the runbook writes them, in the incidents that it is for.
# shellcheck source=tests/cli/lib.sh
. "${srcdir:-$(dirname "$0")/../..}/tests/cli/lib.sh"

people alice bob
trust_repo alice bob
approve()
{
	be bob
	try 0 stella approve --yes --reason "$1"
	be alice
}

# ---- before the incident: a build service with a certificate of the company's own CA, and one with a key
ext()
{
	printf '%s\n' "$@" > "$HOME/ext"
}
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$HOME/root.key" -subj "/CN=Own Root" -days 400 \
	-addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign -out "$HOME/issuer-cert.pem" 2> /dev/null
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$HOME/mid.key" -subj "/CN=Own Mid" -out "$HOME/mid.csr" 2> /dev/null
ext basicConstraints=critical,CA:TRUE,pathlen:0 keyUsage=critical,keyCertSign
openssl x509 -req -in "$HOME/mid.csr" -CA "$HOME/issuer-cert.pem" -CAkey "$HOME/root.key" -set_serial 2 -days 300 \
	-extfile "$HOME/ext" -out "$HOME/intermediate.pem" 2> /dev/null
signing_key build
openssl req -new -key "$HOME/build.key" -subj "/CN=builder" -out "$HOME/leaf.csr" 2> /dev/null
ext basicConstraints=critical,CA:FALSE keyUsage=critical,digitalSignature extendedKeyUsage=codeSigning subjectAltName=email:ci@example.org
openssl x509 -req -in "$HOME/leaf.csr" -CA "$HOME/intermediate.pem" -CAkey "$HOME/mid.key" -set_serial 3 -days 30 \
	-extfile "$HOME/ext" -out "$HOME/leaf.pem" 2> /dev/null
echo artifact > "$HOME/artifact"
digest=sha256:$(sha256sum "$HOME/artifact" | cut -d' ' -f1)
stella attest create --subject "$digest" --type slsaprovenance1 --key "$HOME/build.key" --out "$T/key.json" > "$T/out" 2> "$T/err"
der=$(openssl x509 -in "$HOME/leaf.pem" -outform DER | base64 -w0)
jq -c --arg der "$der" '.verificationMaterial = {certificate: {rawBytes: $der}, tlogEntries: []}' "$T/key.json" > "$T/cert.json"
try 0 stella attest import "$T/cert.json"
attestation=$(head -n 1 "$T/out")
both stella trust-anchors add --cert "$HOME/issuer-cert.pem" --name own-root --reason "our CA"
both stella issuer add builder --identity email:ci@example.org --identity-anchor own-root --reason "by certificate"
both stella trust-anchors remove own-root --reason "somebody was too eager"

# ---- diagnosis
expect 1 "verify specific attestation" stella verify attestation --attestation "$attestation" --verbose
match "trust anchor not found"
match "stella trust-anchors add --cert"
expect 0 "check trust anchors" stella trust-anchors list
no_match "own-root"
expect 0 "check attestation details" stella attest show "$attestation" --details
match "signer      certificate of email:ci@example.org"
match "timestamp"
match "subject"
expect 1 "verify certificate chain" stella verify cert-chain --attestation "$attestation"
match "REFUSED anchor-missing"
expect 1 "check if issuer is trusted" stella issuer trust-status builder
match "builder: proposed"

# ---- immediate mitigation
expect 0 "if trust anchor missing, add it" stella trust-anchors add --cert "$HOME/issuer-cert.pem"
match "recorded, not in force"
approve "fingerprint read over the phone"
expect 1 "still an intermediate is missing" stella verify cert-chain --attestation "$attestation"
match "certificate chain invalid"
match "stella trust-anchors add-intermediate --cert"
expect 0 "if intermediate cert missing" stella trust-anchors add-intermediate --cert "$HOME/intermediate.pem"
approve "fingerprint read over the phone"
expect 1 "re-verify with verbose output" stella verify attestation --attestation "$attestation" --verbose
match "issuer not trusted"
match "stella issuer trust builder"

# ---- if issuer not trusted
expect 0 "verify issuer identity" stella issuer show builder
match "email:ci@example.org"
expect 0 "add to trusted issuers (requires approval)" stella issuer trust builder --reason "Approved by security team"
match "1 of 2"
approve "Audited"
expect 0 "verify attestation" stella verify attestation --attestation "$attestation"
match "Approved by security team"
expect 0 "verify trust chain" stella verify cert-chain --attestation "$attestation"
match "CN=Own Root"
expect 0 "test end-to-end verification" stella verify artifact --digest "${digest#sha256:}"
match "counts     slsaprovenance1, signed by builder"

# ---- if key rotated and old key not trusted
both stella issuer add keyed --reason "by key"
both stella issuer trust keyed --reason "yes"
both stella trust-anchors add-key --key "$HOME/build.pem" --issuer keyed --reason "its first key"
id=$(openssl pkey -pubin -in "$HOME/build.pem" -outform DER | sha256sum | cut -d' ' -f1)
expect 0 "check public key availability" stella keys show "$id" --public
match "BEGIN PUBLIC KEY"
git rm -q "keys/$id.json" "keys/$id.pem"
git commit -q -m "rotated"
try 0 stella approve --yes --reason "rotated"
approve "rotated"
expect 1 "old attestations fail" stella verify attestation --attestation "$T/key.json"
match "REFUSED key-unknown"
match "stella trust-anchors add-key --key"
expect 5 "the key is not there" stella keys show "$id" --public
expect 0 "add old public key to trust anchors" stella trust-anchors add-key --key "$HOME/build.pem" --expires "$(date -u -d '+60 days' +%F)"
match "issuer keyed"
approve "for the old attestations"
expect 0 "and they verify" stella verify attestation --attestation "$T/key.json"

# ---- if signature mismatch
payload=$(jq -r .dsseEnvelope.payload "$T/key.json" | base64 -d | sed 's/}$/,"x":1}/' | base64 -w0)
jq -c --arg p "$payload" '.dsseEnvelope.payload = $p' "$T/key.json" > "$T/modified.json"
try 0 stella attest import "$T/modified.json"
modified=$(head -n 1 "$T/out")
expect 1 "a modified one" stella verify attestation --attestation "$modified"
match "signature verification failed"
match "stella attest integrity-check $modified"
expect 1 "check attestation wasn't modified" stella attest integrity-check "$modified"
match "stella attest create"
git config stella.attestKey "$HOME/build.key"
expect 0 "if modified, regenerate attestation" stella attest create --subject "$digest" --type slsaprovenance1 --force
expect 0 "which verifies" stella verify attestation --attestation "$(head -n 1 "$T/out")"

# ---- if certificate expired
expect 0 "check certificate validity" stella verify cert --attestation "$attestation" --show-expiry
match "days left"
if can_fake_time; then
	expect 1 "an expired one" faketime '+40 days' "$builddir/stella" verify cert --attestation "$attestation" --show-expiry --no-memory
	match "certificate expired"
	match "EXPIRED"
	match "stella attest resign $attestation"
	expect 0 "re-sign" faketime '+40 days' "$builddir/stella" attest resign "$attestation" --no-memory
	again=$(head -n 1 "$T/out")
	expect 0 "which verifies" faketime '+40 days' "$builddir/stella" verify attestation --attestation "$again" --no-memory
fi

# ---- if algorithm not supported
stella attest show "$attestation" > "$T/shown"
same "check algorithm" "$(grep algorithm "$T/shown" | cut -c1-24)" "algorithm   ecdsa-sha256"

done_testing
