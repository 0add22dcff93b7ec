#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# verify: every yes and its no, with code, words, exit status and next command; the runbook word for word.
# shellcheck source=tests/cli/lib.sh
. "${srcdir:-$(dirname "$0")/../..}/tests/cli/lib.sh"

people alice bob
trust_repo alice bob
for key in build other; do
	signing_key $key
done
build=$(keyid build)
printf 'the program\n' > "$HOME/program"
hex=$(sha256sum "$HOME/program" | cut -d' ' -f1)
no=$(printf 'x' | sha256sum | cut -d' ' -f1)

# refused STATUS CODE TEXT COMMAND...: the first line says so, nothing looks like success.
refused()
{
	status_wanted=$1 code=$2
	shift 2
	expect "$status_wanted" "$@"
	same "first line: REFUSED $code" "$(head -n 1 "$T/out" | cut -d: -f1)" "REFUSED $code"
	same "standard error is silent" "$(cat "$T/err")" ""
	if grep -q '^VERIFIED\|"verified": true' "$T/out"; then fail "looks like success"; fi
}

stella attest create --subject "$HOME/program" --type slsaprovenance1 --key "$HOME/build.key" --out "$T/a.json" \
	> "$T/out" 2> "$T/err"
id=$(head -n 1 "$T/out")

refused 1 key-unknown "a key that nobody approved" stella verify attestation --attestation "$id"
match "add-key"
both stella issuer add ci --reason "runs our builds"
both stella trust-anchors add-key --key "$HOME/build.pem" --issuer ci --expires 30d --reason "its key"
refused 1 issuer-untrusted "an issuer that is only proposed" stella verify attestation --attestation "$id"
match "issuer not trusted"
be alice
try 0 stella issuer trust ci --reason "Approved by security team"
refused 1 issuer-untrusted "one approval of two" stella verify attestation --attestation "$id"
match "holds changes that are not in force: stella status, stella approve"
match "CLAIMED"
be bob
try 0 stella approve --yes --reason "Audited the runner"
be alice

# ---- yes
expect 0 "verified" stella verify attestation --attestation "$id"
same "the first line says so" "$(head -n 1 "$T/out")" VERIFIED
match "issuer ci"
match "$build"
match "approved by alice in commit"
match "Approved by security team"
match "approved by bob in commit"
match "Audited the runner"
match "$root"
match "pinned by git config (local)"
expect 0 "with every step" stella verify attestation --attestation "$id" --verbose
match "steps"
match "ok          signature"
match "ok          issuer"
expect 0 "as argument" stella verify attestation "$id"
expect 0 "from a file, with gh's name" stella verify attestation --bundle "$T/a.json"
"$builddir/stella" verify attestation --attestation - < "$T/a.json" > "$T/out" 2> "$T/err"
same "from standard input" "$(head -n 1 "$T/out")" VERIFIED
expect 0 "of the type asked for" stella verify attestation --attestation "$id" --type slsaprovenance1
expect 0 "about the artifact asked for" stella verify attestation --attestation "$id" --subject "$HOME/program"
expect 0 "by its digest, with cosign's name" stella verify attestation --attestation "$id" --digest "sha256:$hex"
expect 0 "of the issuer asked for" stella verify attestation --attestation "$id" --issuer ci
expect 0 "as JSON" stella verify attestation --attestation "$id" -o json
json .schema stella.verify/1
json .verified true
json '.verificationResult.statement.predicateType' https://slsa.dev/provenance/v1
json ".verificationResult.statement.subject[0].digest.sha256" "$hex"
json '.verificationResult.verifiedTimestamps | length' 0
json .trust.root "$root"
json '.signatures[0].issuer' ci
json '[.checks[] | select(.result == "fail")] | length' 0
json '[.trust.why[] | select(.what == "issuer") | .approvals[].member] | sort | join(",")' alice,bob
expect 0 "quiet" stella verify attestation --attestation "$id" -q
same "says nothing" "$(cat "$T/out" "$T/err")" ""

# ---- no
refused 1 no-attestation "of another type" stella verify attestation --attestation "$id" --type spdxjson
refused 1 subject-mismatch "about another artifact" stella verify attestation --attestation "$id" --subject "sha256:$no"
match "$no"
refused 1 subject-mismatch "one digest right and one wrong is wrong" stella verify attestation --attestation "$id" \
	--subject "sha256:$hex" --subject "sha256:$no"
refused 1 issuer-untrusted "of another issuer" stella verify attestation --attestation "$id" --issuer somebody
expect 2 "an issuer that is no id" stella verify attestation --attestation "$id" --issuer ../x
expect 2 "a type that is none" stella verify attestation --attestation "$id" --type nonsense
expect 2 "no attestation" stella verify attestation
expect 2 "an option that does not exist" stella verify attestation --attestation "$id" --skip
expect 2 "an option twice" stella verify attestation --attestation "$id" --type custom --type custom
expect 5 "nothing of this id" stella verify attestation --attestation 00000000
same "and no verdict" "$(cat "$T/out")" ""
expect 5 "no such file" stella verify attestation --attestation ./nothing.json
refused 3 malformed "a file that is none" stella verify attestation --attestation "$HOME/program"
match "invalid attestation"
expect 1 "quiet, but not when refused" stella verify attestation --attestation "$id" --type spdxjson -q
match "no attestation"

jq -r .dsseEnvelope.payload "$T/a.json" | base64 -d > "$T/payload"
alter()
{
	jq -c --arg p "$(sed "$1" "$T/payload" | base64 -w0)" '.dsseEnvelope.payload = $p' "$T/a.json" > "$T/altered.json"
}
alter 's/predicate":{}/predicate":{"x":1}/'
refused 1 signature-mismatch "an altered payload" stella verify attestation --attestation "$T/altered.json"
match "signature verification failed"
match "stella attest integrity-check"
expect 1 "the same as JSON" stella verify attestation --attestation "$T/altered.json" -o json
json .verified false
json .error.code signature-mismatch
json .error.exit 1
json '.verificationResult' null
jq -c '.dsseEnvelope.signatures[0].sig = "MEQCIA=="' "$T/a.json" > "$T/altered.json"
refused 1 signature-mismatch "a broken signature" stella verify attestation --attestation "$T/altered.json"
jq -c '.dsseEnvelope.signatures = []' "$T/a.json" > "$T/altered.json"
refused 3 malformed "no signature" stella verify attestation --attestation "$T/altered.json"
jq -c '.dsseEnvelope.payloadType = "text/plain"' "$T/a.json" > "$T/altered.json"
refused 1 no-attestation "another payload type" stella verify attestation --attestation "$T/altered.json"
alter 's/"subject":\[[^]]*\]/"subject":[]/'
refused 3 malformed "no subject" stella verify attestation --attestation "$T/altered.json"
sed 's/"payload":/"payload":"","payload":/' "$T/a.json" > "$T/altered.json"
refused 3 malformed "a key twice" stella verify attestation --attestation "$T/altered.json"
head -c 17000000 /dev/zero | tr '\0' ' ' > "$T/big.json"
refused 6 limit "beyond the limit" stella verify attestation --attestation "$T/big.json"
printf '{"a":%s1%s}' "$(printf '[%.0s' $(seq 70))" "$(printf ']%.0s' $(seq 70))" > "$T/deep.json"
refused 6 limit "too deep" stella verify attestation --attestation "$T/deep.json"
rm -f "$T/big.json"

# The hint decides nothing.
jq -c '.verificationMaterial.publicKey.hint = "nobody"' "$T/a.json" > "$T/hint.json"
expect 0 "a wrong hint does no harm" stella verify attestation --attestation "$T/hint.json"
stella attest create --subject "$HOME/program" --type slsaprovenance1 --key "$HOME/other.key" --out "$T/b.json" > /dev/null 2>&1
jq -c --arg h "$(jq -r .verificationMaterial.publicKey.hint "$T/a.json")" \
	'.verificationMaterial.publicKey.hint = $h' "$T/b.json" > "$T/hint.json"
expect 1 "and no good" stella verify attestation --attestation "$T/hint.json"
no_match VERIFIED

# Several signatures: one good one is enough, bad ones are named.
jq -c --slurpfile b "$T/b.json" '.dsseEnvelope | .signatures = [$b[0].dsseEnvelope.signatures[0], .signatures[0]]' \
	"$T/a.json" > "$T/many.json"
expect 0 "one good signature of two" stella verify attestation --attestation "$T/many.json"
match "signature    1: refused"
match "signature    2: trusted"

# What nobody looks at is said, in both answers.
jq -c '.verificationMaterial.timestampVerificationData = {rfc3161Timestamps: [{signedTimestamp: "MAMCAQA="}]}' "$T/a.json" > "$T/stamped.json"
expect 0 "a timestamp is no obstacle" stella verify attestation --attestation "$T/stamped.json"
same "and not counted" "$(grep -c 'NOT CHECKED' "$T/err")" 1
expect 0 "in JSON, too" stella verify attestation --attestation "$T/stamped.json" -o json
json '[.checks[] | select(.result == "notChecked") | .name] | join(",")' timestamp

# What peers made, where their files are.
peers=${STELLA_SHARED:-}/corpora/made-by-peers
if [ -d "$peers" ]; then
	both stella issuer add peers --reason "cosign and witness"
	for pub in "$peers"/*.pub; do
		both stella trust-anchors add-key --key "$pub" --issuer peers --reason "made for tests"
	done
	both stella issuer trust peers --reason "test data"
	# A key's record says how it signs; cosign's Ed25519 and witness' RSA are of the other kind.
	for file in "$peers"/cosign-[!b]*.json "$peers"/witness*.json; do
		wanted=0
		case $file in *cosign-ed25519* | *witness-rsa*) wanted=1 ;; esac
		expect "$wanted" "$(basename "$file")" stella verify attestation --attestation "$file" --subject "$peers/artifact.txt"
	done
	both stella trust-anchors add-key --key "$peers/ed25519.pub" --algorithm ed25519ph --reason "as cosign signs"
	both stella trust-anchors add-key --key "$peers/rsa-2048.pub" --algorithm rsa-pss-sha256 --reason "as witness signs"
	for file in cosign-ed25519.sigstore.json witness-rsa-2048.json; do
		expect 0 "$file, by the algorithm of the record" stella verify attestation --attestation "$peers/$file"
	done
	expect 3 "a message signature is no attestation" stella verify attestation --attestation "$peers/cosign-blob.sigstore.json"
	same "our bundle has the shape of cosign's" "$(jq -c '[paths]' "$T/a.json")" "$(jq -c '[paths]' "$peers/cosign-spdx.sigstore.json")"
else
	echo "# made-by-peers is not here: not run"
fi

# ---- the trust state
expect 4 "another root" stella verify attestation --attestation "$id" --trust-root "$(printf '%040d' 1)"
same "and no verdict" "$(cat "$T/out")" ""
git clone -q "$T/trust" "$T/clone" 2> /dev/null
( cd "$T/clone" && git branch -q attestations origin/attestations ) 2> /dev/null
expect 4 "a clone without pin" stella -C "$T/clone" verify attestation --attestation "$id"
match "stella pin"
expect 0 "named outright" stella -C "$T/clone" verify attestation --attestation "$id" --trust-root "$root"
match "pinned by --trust-root"
expect 4 "a state that is not there" stella verify attestation --attestation "$id" --at-least "$(printf '%064d' 1)"

# ---- limits of an issuer
both stella issuer add narrow --predicate-type spdxjson --subject 'lib/*' --reason "libraries only"
both stella trust-anchors add-key --key "$HOME/other.pem" --issuer narrow --reason "its key"
both stella issuer trust narrow --reason "yes"
refused 1 predicate-not-allowed "a type that the issuer may not attest" stella verify attestation --attestation "$T/b.json"
stella attest create --subject "$HOME/program" --type spdxjson --key "$HOME/other.key" --out "$T/c.json" > "$T/out" 2> "$T/err"
match "not trusted yet: subject-mismatch"
refused 1 subject-mismatch "a subject that the issuer may not attest" stella verify attestation --attestation "$T/c.json"
stella attest create --subject "lib/x@sha256:$hex" --type spdxjson --key "$HOME/other.key" --force --out "$T/d.json" > "$T/out" 2> "$T/err"
expect 0 "what it may" stella verify attestation --attestation "$T/d.json"
stella attest create --subject "lib/x/y@sha256:$hex" --type spdxjson --key "$HOME/other.key" --force --out "$T/e.json" > "$T/out" 2> "$T/err"
refused 1 subject-mismatch "a star ends at a slash" stella verify attestation --attestation "$T/e.json"

# ---- time
if can_fake_time; then
	expect 1 "an expired key" faketime '+40 days' "$builddir/stella" verify attestation --attestation "$id" --no-memory
	match "REFUSED key-expired"
	match "stella trust-anchors add-key"
	expect 4 "an expired policy" faketime '+100 days' "$builddir/stella" verify attestation --attestation "$id" --no-memory
	match "stella policy renew"
fi

# ---- certificates: the runbook's two commands, for an attestation signed with a key
expect 0 "verify cert-chain" stella verify cert-chain --attestation "$id"
same "first line" "$(head -n 1 "$T/out")" VERIFIED
match "no certificate: signed with a key of issuer ci"
match "$root"
expect 0 "verify cert" stella verify cert --attestation "$id"
match "days left"
no_match "ends      first"
expect 0 "verify cert --show-expiry" stella verify cert --attestation "$id" --show-expiry
match "ends      first $build: until"
match "days left"
match "and what it signed ends with it, for nothing proves when that was"
expect 1 "of what is refused nothing is proven" stella verify cert --attestation "$T/e.json" --show-expiry
no_match "proven to be signed"
expect 0 "for this issuer" stella verify cert --attestation "$id" --issuer ci
expect 0 "and the chain" stella verify cert-chain --attestation "$id" --issuer ci
expect 1 "for another issuer" stella verify cert --attestation "$id" --issuer other
match "REFUSED"
expect 1 "nor the chain" stella verify cert-chain --attestation "$id" -i other
expect 2 "for what is no issuer's id" stella verify cert --attestation "$id" --issuer ../ci
expect 1 "cert-chain of what is not trusted" stella verify cert-chain --attestation "$T/e.json"
no_match VERIFIED

# Certificates of one's own: root, intermediate, leaf with a mail address.
ext()
{
	printf '%s\n' "$@" > "$HOME/ext"
}
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$HOME/root.key" -subj "/CN=Own Root" -days 400 \
	-addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign -out "$HOME/root.crt" 2> /dev/null
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$HOME/mid.key" -subj "/CN=Own Mid" -out "$HOME/mid.csr" 2> /dev/null
ext basicConstraints=critical,CA:TRUE,pathlen:0 keyUsage=critical,keyCertSign subjectKeyIdentifier=hash
openssl x509 -req -in "$HOME/mid.csr" -CA "$HOME/root.crt" -CAkey "$HOME/root.key" -set_serial 2 -days 300 -extfile "$HOME/ext" -out "$HOME/mid.crt" 2> /dev/null
openssl req -new -key "$HOME/build.key" -subj "/CN=builder" -out "$HOME/leaf.csr" 2> /dev/null
ext basicConstraints=critical,CA:FALSE keyUsage=critical,digitalSignature extendedKeyUsage=codeSigning subjectAltName=email:ci@example.org \
	authorityKeyIdentifier=keyid:always
openssl x509 -req -in "$HOME/leaf.csr" -CA "$HOME/mid.crt" -CAkey "$HOME/mid.key" -set_serial 3 -days 30 -extfile "$HOME/ext" -out "$HOME/leaf.crt" 2> /dev/null
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$HOME/twin.key" -subj "/CN=Own Mid" -out "$HOME/twin.csr" 2> /dev/null
ext basicConstraints=critical,CA:TRUE,pathlen:0 keyUsage=critical,keyCertSign
openssl x509 -req -in "$HOME/twin.csr" -CA "$HOME/root.crt" -CAkey "$HOME/root.key" -set_serial 4 -days 300 -extfile "$HOME/ext" -out "$HOME/twin.crt" 2> /dev/null
openssl req -x509 -key "$HOME/build.key" -subj "/CN=alone" -days 30 -out "$HOME/alone.crt" 2> /dev/null
mid_id=$(openssl x509 -in "$HOME/mid.crt" -noout -ext subjectKeyIdentifier | tail -n 1 | tr -d ' :\n' | tr A-F a-f)
# certified CERT...: the attestation with these certificates instead of the key hint.
certified()
{
	certs=
	for cert in "$@"; do
		certs="$certs\"$(openssl x509 -in "$HOME/$cert.crt" -outform DER | base64 -w0)\","
	done
	jq -c "{payload: .dsseEnvelope.payload, payloadType: .dsseEnvelope.payloadType, signatures: [{sig: .dsseEnvelope.signatures[0].sig}]} |
		{mediaType: \"application/vnd.dev.sigstore.bundle+json;version=0.2\",
		verificationMaterial: {x509CertificateChain: {certificates: [[${certs%,}] | .[] | {rawBytes: .}]}, tlogEntries: []}, dsseEnvelope: .}" \
		"$T/a.json" > "$T/cert.json"
}
certified leaf mid
expect 1 "a certificate that nobody knows" stella verify attestation --attestation "$T/cert.json"
no_match VERIFIED
expect 1 "cert-chain says what is missing: a root" stella verify cert-chain --attestation "$T/cert.json"
match "missing   the certificate of CN=Own Root"
match "came with the attestation"
no_match "  anchor "
expect 1 "its integrity proves nothing" stella attest integrity-check "$T/cert.json"
match "NOT CHECKED"
expect 1 "nor may it be signed again" stella attest resign "$T/cert.json" --key "$HOME/build.key"
both stella trust-anchors add --cert "$HOME/root.crt" --reason "our own CA"
both stella issuer add certs --identity email:ci@example.org --identity-anchor own-root --reason "by certificate"
both stella issuer trust certs --reason "our own CA vouches"
expect 0 "a chain to an anchor" stella verify attestation --attestation "$T/cert.json"
match "certificate of email:ci@example.org"
match "anchors/own-root.json"
expect 0 "verify cert-chain" stella verify cert-chain --attestation "$T/cert.json"
match "CN=Own Root"
match "CN=Own Mid"
expect 0 "verify cert --show-expiry" stella verify cert --attestation "$T/cert.json" --show-expiry -o json
json '.chains[0].certificates | length' 3
json '.chains[0].ends.what' "CN=builder"
json '.chains[0].ends.expires == .chains[0].certificates[0].expires' true
json '.chains[0].ends.provenTime' null
json '.chains[0].certificates[0].expired' false
json '.chains[0].certificates[0].record' null
json '.chains[0].certificates[0].issuer' "CN=Own Mid"
json '.chains[0].certificates[2].record' anchors/own-root.json
json '.chains[0].missing' null
certified leaf mid root
jq '.dsseEnvelope.payload |= (@base64d + "\n" | @base64)' "$T/cert.json" > "$T/altered.json"
expect 1 "a chain that reaches, of what is refused all the same" stella verify cert-chain --attestation "$T/altered.json"
match "REFUSED signature-mismatch"
match "signature 1: refused"
match "  anchor    CN=Own Root"
no_match "missing "
certified leaf mid
expect 0 "integrity" stella attest integrity-check "$T/cert.json"
match "certificate of email:ci@example.org"
expect 0 "show" stella attest show "$T/cert.json" --details
match "certificate of email:ci@example.org"
match "algorithm   ecdsa-sha256"
certified leaf
expect 1 "without the intermediate" stella verify cert-chain --attestation "$T/cert.json"
match "REFUSED chain-invalid"
match "add-intermediate"
match "trust-anchors add --trusted-root"
match "missing   the certificate of CN=Own Mid"
match "key id $mid_id"
expect 1 "the same as JSON" stella verify cert --attestation "$T/cert.json" -o json
json '.chains[0].chainVerified' false
json '.chains[0].certificates | length' 1
json '.chains[0].missing.what' certificate
json '.chains[0].missing.subject' "CN=Own Mid"
json '.chains[0].missing.keyId' "$mid_id"
json '.chains[0].missing.otherKeyKnown' false
certified leaf twin
expect 1 "another of the same name" stella verify cert-chain --attestation "$T/cert.json"
match "those of this name that are known did not sign the one above"
match "key id $mid_id"
certified alone
expect 1 "one that issued itself" stella verify cert-chain --attestation "$T/cert.json"
match "missing   a record: this one issued itself"
certified leaf
both stella trust-anchors add-intermediate --cert "$HOME/mid.crt" --reason "completes the chain"
expect 0 "which an anchor completes, as the runbook has it" stella verify cert-chain --attestation "$T/cert.json"
if can_fake_time; then
	expect 1 "an expired certificate" faketime '+40 days' "$builddir/stella" verify attestation --attestation "$T/cert.json" --no-memory
	match "REFUSED cert-expired"
	expect 0 "resign, as the runbook has it" faketime '+40 days' "$builddir/stella" attest resign "$T/cert.json" --key "$HOME/build.key" --no-memory
fi

# ---- what is printed, where it cannot be
if [ -c /dev/full ]; then
	"$builddir/stella" verify attestation --attestation "$id" > /dev/full 2> "$T/err"
	same "a verdict that cannot be written is none" "$?" 7
fi
"$builddir/stella" verify attestation --attestation "$id" >&- 2> "$T/err"
same "nor into a closed output" "$?" 7

done_testing
