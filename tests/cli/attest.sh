#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# attest: create, show, list, import, export, integrity-check, resign.
# shellcheck source=tests/cli/lib.sh
. "${srcdir:-$(dirname "$0")/../..}/tests/cli/lib.sh"

people alice bob
trust_repo alice bob
for key in build next stranger; do
	signing_key $key
done
signing_key ed ed25519
build=$(keyid build)
printf 'the program\n' > "$HOME/program"
printf 'another\n' > "$HOME/another"
hex=$(sha256sum "$HOME/program" | cut -d' ' -f1)
both stella issuer add ci --reason "builds"
both stella trust-anchors add-key --key "$HOME/build.pem" --issuer ci --reason "its key"
both stella issuer trust ci --reason "audited"

# ---- create
expect 2 "a subject is needed" stella attest create --type slsaprovenance1 --key "$HOME/build.key"
expect 2 "a type is needed" stella attest create --subject "sha256:$hex" --key "$HOME/build.key"
expect 2 "a key is needed" stella attest create --subject "sha256:$hex" --type slsaprovenance1
match "stella.attestKey"
expect 2 "a type that is neither name nor URI" stella attest create --subject "sha256:$hex" --type nonsense --key "$HOME/build.key"
expect 2 "a subject that is neither digest nor file" stella attest create --subject nothing --type custom --key "$HOME/build.key"
expect 2 "a digest in capitals" stella attest create --subject "sha256:$(echo "$hex" | tr a-f A-F)" --type custom --key "$HOME/build.key"
expect 2 "a digest cut short" stella attest create --subject sha256:abcdef --type custom --key "$HOME/build.key"
expect 2 "a digest that anybody can collide" stella attest create --subject "sha1:$(printf %.40s "$hex")" --type custom --key "$HOME/build.key"
expect 2 "a folder is no artifact" stella attest create --subject "$HOME" --type custom --key "$HOME/build.key"
expect 2 "a public key signs nothing" stella attest create --subject "sha256:$hex" --type custom --key "$HOME/build.pem"
expect 5 "a key that is not there" stella attest create --subject "sha256:$hex" --type custom --key "$HOME/nothing"
match "stella: the key to sign with (--key): $HOME/nothing: No such file"
echo '[]' > "$HOME/array.json"
echo '{"a":1,"a":2}' > "$HOME/twice.json"
expect 3 "a predicate that is no object" stella attest create --subject "sha256:$hex" --type custom --key "$HOME/build.key" --predicate "$HOME/array.json"
expect 3 "a predicate with a key twice" stella attest create --subject "sha256:$hex" --type custom --key "$HOME/build.key" --predicate "$HOME/twice.json"
expect 0 "nothing of this was stored" stella attest list
match "no attestation is stored: refs/heads/attestations does not exist here"
match "git fetch origin attestations:attestations"
expect 0 "in JSON" stella attest list -o json
json .notChecked "NOT CHECKED: refs/heads/attestations does not exist here"

git config stella.attestKey "$HOME/build.key"
expect 0 "create, as the runbook has it" stella attest create --subject "sha256:$hex" --type slsaprovenance1 --out "$T/one.json"
id=$(cat "$T/out")
same "the answer is the id alone" "${#id}" 64
same "nothing is warned about" "$(cat "$T/err")" ""
same "the id is the SHA-256 of the file" "$(sha256sum "$T/one.json" | cut -d' ' -f1)" "$id"
expect 0 "it verifies" stella verify attestation --attestation "$id"

# The shape is cosign's: the same keys in the same order, on one line.
same "keys in cosign's order" "$(jq -c '[paths | map(tostring) | join(".")]' "$T/one.json")" \
	'["mediaType","verificationMaterial","verificationMaterial.publicKey","verificationMaterial.publicKey.hint","dsseEnvelope","dsseEnvelope.payload","dsseEnvelope.payloadType","dsseEnvelope.signatures","dsseEnvelope.signatures.0","dsseEnvelope.signatures.0.sig"]'
same "one line, no end" "$(wc -l < "$T/one.json" | tr -d ' ')" 0
same "no blank outside" "$(tr -d '[:space:]' < "$T/one.json" | wc -c)" "$(wc -c < "$T/one.json")"
same "the hint is cosign's" "$(jq -r .verificationMaterial.publicKey.hint "$T/one.json")" \
	"$(openssl pkey -pubin -in "$HOME/build.pem" -outform DER | openssl dgst -sha256 -binary | base64)"
jq -r .dsseEnvelope.payload "$T/one.json" | base64 -d > "$T/payload"
same "the statement" "$(cat "$T/payload")" \
	"{\"_type\":\"https://in-toto.io/Statement/v0.1\",\"subject\":[{\"name\":\"_\",\"digest\":{\"sha256\":\"$hex\"}}],\"predicateType\":\"https://slsa.dev/provenance/v1\",\"predicate\":{}}"
# Another implementation agrees on the signature.
jq -r '.dsseEnvelope.signatures[0].sig' "$T/one.json" | base64 -d > "$T/sig"
{ printf 'DSSEv1 28 application/vnd.in-toto+json %d ' "$(wc -c < "$T/payload")"; cat "$T/payload"; } > "$T/pae"
expect 0 "openssl verifies it" openssl dgst -sha256 -verify "$HOME/build.pem" -signature "$T/sig" "$T/pae"

expect 2 "a second one of the same subject, type and issuer" stella attest create --subject "$HOME/program" --type slsaprovenance1
match "already attested"
match "--force"
expect 0 "another type is another statement" stella attest create --subject "$HOME/program" --type spdxjson
expect 0 "so is another subject" stella attest create --subject "$HOME/another" --type slsaprovenance1
expect 0 "--force adds one beside it" stella attest create --subject "$HOME/program" --type slsaprovenance1 --force
expect 0 "another signer may say the same" stella attest create --subject "$HOME/program" --type slsaprovenance1 --key "$HOME/stranger.key"
match "not trusted yet"
match "add-key"
stranger=$(head -n 1 "$T/out")
expect 2 "but not twice" stella attest create --subject "$HOME/program" --type slsaprovenance1 --key "$HOME/stranger.key"
expect 1 "and nobody believes it" stella verify attestation --attestation "$stranger"
match "REFUSED key-unknown"
echo '{"b":[1,2.50,1e2],"a":"\u00fc/<>"}' > "$HOME/predicate.json"
expect 0 "name, several subjects and a predicate" stella attest create --subject "registry.example/app@sha256:$hex" \
	--subject "$HOME/another" --type https://example.org/own/v1 --predicate "$HOME/predicate.json" -o json
json .schema stella.attestation-created/1
own=$(jq -r .id "$T/out")
expect 0 "show --details" stella attest show "$own" --details
match "registry.example/app"
match "another sha256:"
match "2.50"
openssl pkcs8 -topk8 -in "$HOME/build.key" -v2 aes-256-cbc -passout pass:secret -out "$HOME/locked.key"
printf 'secret\n' > "$HOME/pass"
printf 'wrong\n' > "$HOME/wrong"
expect 2 "a locked key without terminal" stella attest create --subject "$HOME/program" --type vuln --key "$HOME/locked.key"
expect 0 "with a passphrase file" stella attest create --subject "$HOME/program" --type vuln --key "$HOME/locked.key" --passphrase-file "$HOME/pass"
stella attest create --subject "$HOME/program" --type openvex --key "$HOME/locked.key" --passphrase-file "$HOME/wrong" > "$T/out" 2> "$T/err" &&
	echo accepted > "$T/out"
same "not with a wrong one" "$(cat "$T/out")" ""
expect 0 "Ed25519 keys sign" stella attest create --subject "$HOME/program" --type custom --key "$HOME/ed.key"
( cd "$T" && git init -q plain && cd plain && git config user.name x && "$builddir/stella" attest create \
	--subject "$HOME/program" --type custom --key "$HOME/build.key" ) > "$T/out" 2> "$T/err"
same "without any trust it still signs, and says so" "$(grep -c 'NOT CHECKED' "$T/err")" 1

# ---- show and list
expect 0 "show" stella attest show "$id"
match "UNVERIFIED"
match "algorithm   ecdsa-sha256"
match "sha256:$hex"
match "key id $build"
match "timestamp   none"
"$builddir/stella" attest show "$id" > "$T/piped"
same "show | grep algorithm, as the runbook has it" "$(grep -c algorithm "$T/piped")" 1
expect 0 "show of a stranger's, too, has an algorithm line" stella attest show "$stranger"
match "algorithm   unknown"
expect 0 "show as JSON says that nothing is verified" stella attest show "$id" -o json
json .verified false
json '.signatures[0].algorithm' ecdsa-sha256
json '.signatures[0].keyId' "$build"
expect 0 "by a prefix" stella attest show "$(printf %.8s "$id")"
expect 0 "from a file" stella attest show "$T/one.json"
expect 5 "of nothing" stella attest show 0000000
expect 2 "without a name" stella attest show
expect 2 "with two" stella attest show "$id" --attestation "$id"
cp "$T/one.json" "$T/in"
"$builddir/stella" attest show - < "$T/in" > "$T/out" 2> "$T/err"
match "sha256:$hex"
expect 0 "list" stella attest list
match "UNVERIFIED"
match "$id"
expect 0 "list of a subject" stella attest list --subject "$HOME/another"
match "$own"
no_match "$id"
echo long > "$HOME/long"
long=$(stella attest create --subject "sha512:$(sha512sum < "$HOME/long" | cut -d' ' -f1)" --type custom 2> "$T/err" | head -n 1)
expect 0 "by any of its digests" stella attest list --subject "$HOME/long"
match "$long"
expect 0 "each once" stella attest list --subject "$HOME/another" -o json
json '[.attestations[].id] | length == (unique | length) and length > 0' true
expect 0 "list of a type" stella attest list --type spdxjson -o json
json '.attestations | length' 1
expect 2 "list of a type that is none" stella attest list --type nonsense

# ---- export and import
expect 0 "export" stella attest export "$id"
same "gives the exact bytes" "$(sha256sum < "$T/out" | cut -d' ' -f1)" "$id"
expect 0 "export to a file" stella attest export "$id" --out "$T/exported.json"
same "the same" "$(sha256sum < "$T/exported.json" | cut -d' ' -f1)" "$id"
count=$(git rev-list --count attestations)
expect 0 "import of what is there" stella attest import "$T/exported.json"
match "0 imported, 1 were there already"
same "makes no commit" "$(git rev-list --count attestations)" "$count"
jq -c .dsseEnvelope "$T/one.json" > "$T/raw.json"
expect 0 "import of a raw envelope" stella attest import "$T/raw.json"
raw=$(sha256sum < "$T/raw.json" | cut -d' ' -f1)
expect 0 "which verifies" stella verify attestation --attestation "$raw"
{ cat "$T/one.json"; echo; jq -c '.dsseEnvelope' "$T/one.json"; echo; } > "$T/two.jsonl"
expect 0 "import of lines" stella attest import "$T/two.jsonl" -o json
json '.ids | length' 2
json '.ids[0]' "$id"
{ cat "$T/two.jsonl"; echo '{"payload":1}'; cat "$T/two.jsonl"; echo nonsense; } > "$T/bad.jsonl"
count=$(git rev-list --count attestations)
expect 3 "one bad line and nothing is imported" stella attest import "$T/raw.json" "$T/bad.jsonl"
match "nothing was imported"
match "bad.jsonl line 4"
match "bad.jsonl line 8"
same "nothing" "$(git rev-list --count attestations)" "$count"
expect 3 "import of an artifact" stella attest import "$HOME/program"
: > "$T/empty.jsonl"
expect 3 "import of an empty file" stella attest import "$T/empty.jsonl"
expect 2 "import of nothing" stella attest import
expect 5 "import of what is not there" stella attest import "$T/nothing"

# ---- integrity
expect 0 "integrity-check, as the runbook has it" stella attest integrity-check "$id"
match "INTACT"
match "key $build of issuer ci"
expect 0 "the same with --attestation" stella attest integrity-check --attestation "$T/one.json" -o json
json .intact true
payload=$(sed 's/provenance.v1/provenance\/v9/' "$T/payload" | base64 -w0)
jq -c --arg p "$payload" '.dsseEnvelope.payload = $p' "$T/one.json" > "$T/altered.json"
expect 1 "an altered payload" stella attest integrity-check "$T/altered.json"
match "NOT INTACT"
match "signature verification failed"
match "stella attest create"
sig=$(jq -r '.dsseEnvelope.signatures[0].sig' "$T/one.json" | sed 's/^\(.\{20\}\)A/\1B/;t;s/^\(.\{20\}\)./\1A/')
jq -c --arg s "$sig" '.dsseEnvelope.signatures[0].sig = $s' "$T/one.json" > "$T/altered2.json"
expect 1 "an altered signature" stella attest integrity-check "$T/altered2.json" -o json
json .intact false
json .error.code signature-mismatch
jq -c 'del(.dsseEnvelope.payloadType)' "$T/one.json" > "$T/none.json"
expect 3 "an envelope without payload type" stella attest integrity-check "$T/none.json"
jq -c '.dsseEnvelope.payloadType = "application/vnd.in-toto+JSON"' "$T/one.json" > "$T/type.json"
expect 1 "another payload type is not what was signed" stella attest integrity-check "$T/type.json"
jq -c '.dsseEnvelope.signatures += .dsseEnvelope.signatures' "$T/one.json" > "$T/double.json"
expect 3 "a bundle has one signature" stella attest integrity-check "$T/double.json"
expect 1 "a key that is not known is not checked" stella attest integrity-check "$stranger"
match "NOT CHECKED"
no_match "  INTACT"
expect 5 "of nothing" stella attest integrity-check 0000000

# What lies on the branch under a name that its bytes do not give is never read as that.
first=$(printf %.2s "$id") second=$(printf %s "$id" | cut -c3-4) rest=$(printf %s "$id" | cut -c5-)
git worktree add -q "$T/att" attestations
cp "$T/altered.json" "$T/att/attestations/$first/$second/$rest.json"
git -C "$T/att" commit -qam "alter"
git worktree remove --force "$T/att"
expect 5 "altered on the branch" stella attest integrity-check "$id"
no_match " INTACT"
expect 5 "and never verified" stella verify attestation --attestation "$id"
no_match VERIFIED
git update-ref refs/heads/attestations attestations^

# ---- resign
expect 1 "what was altered is not signed again" stella attest resign "$T/altered.json"
match "signature verification failed"
expect 1 "nor what nobody known here signed" stella attest resign "$stranger"
match "NOT CHECKED"
expect 0 "resign, as the runbook has it" stella attest resign "$id"
again=$(cat "$T/out")
same "a new one" "$([ "$again" != "$id" ] && echo yes)" yes
expect 0 "which verifies" stella verify attestation --attestation "$again"
expect 0 "the old one is still there" stella attest export "$id"
expect 0 "with another key" stella attest resign "$id" --key "$HOME/next.key" --out "$T/resigned.json"
match "not trusted yet"
same "over the same payload" "$(jq -r .dsseEnvelope.payload "$T/resigned.json")" "$(jq -r .dsseEnvelope.payload "$T/one.json")"
sed -i 's/"status": "active"/"status": "revoked"/' "keys/$build.json"
git commit -qam "revoke by hand"
try 0 stella approve --yes --reason "stolen"
be bob
try 0 stella approve --yes --reason "stolen"
be alice
expect 1 "what a revoked key signed is not vouched for again" stella attest resign "$id" --key "$HOME/next.key"
match "revoked"

# Text from outside.
esc=$(printf '\033')
expect 0 "a subject with an escape" stella attest create --subject "x${esc}[2J@sha256:$hex" --type link --key "$HOME/next.key"
evil=$(head -n 1 "$T/out")
expect 0 "is shown escaped" stella attest show "$evil" --details
no_match "$esc"
match 'x\x1B[2J'
expect 0 "in lists, too" stella attest list
no_match "$esc"

done_testing
