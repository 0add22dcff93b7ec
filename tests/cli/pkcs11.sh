#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Keys on PKCS#11 tokens: attest create and resign, PINs, certificates, what goes wrong, and that verify loads no module.
# shellcheck source=tests/cli/lib.sh
. "${srcdir:-.}/tests/cli/lib.sh"
# shellcheck source=tests/cli/tokens.sh
. "$srcdir/tests/cli/tokens.sh"

if ! have_softhsm; then
	echo "1..0 # SKIP NOT RUN: SoftHSM, p11tool or pkcs11-tool is absent"
	exit 77
fi
people alice
trust_repo alice
softhsm_token play 1234
for kind in p256 p384 rsa; do
	signing_key $kind $kind
done
id=10
for kind in p256 p384 rsa ed; do
	id=$((id + 1))
	softhsm_key play 1234 $kind $id
done
printf '1234\n' > "$T/pin"
printf '9999\n' > "$T/wrong"
hex=$(printf program | sha256sum | cut -d' ' -f1)
uri()
{
	echo "pkcs11:token=play;object=$1"
}
create() # KEY OPTIONS...
{
	key=$1
	shift
	stella attest create --subject "sha256:$hex" --type custom --key "$key" --out "$T/made.json" "$@"
}

# ---- every kind of key: the public half from the token, the signature by it, verified by us and by openssl
try 0 stella issuer add ci --reason "builds"
try 0 stella issuer trust ci --reason "audited"
for kind in p256 p384 rsa ed; do
	expect 0 "add-key from the token: $kind" stella trust-anchors add-key --key "$(uri $kind)" --issuer ci --reason r
	expect 0 "attest create with $kind" create "$(uri $kind)" --pin-file "$T/pin" --force
	made=$(cat "$T/out")
	same "nothing is warned about" "$(cat "$T/err")" ""
	expect 0 "it verifies" stella verify attestation --attestation "$made"
done
expect 0 "the same key in a file" create "$HOME/p256.key" --force
expect 0 "it verifies under the same record" stella verify attestation --attestation "$(cat "$T/out")"
create "$(uri p256)" --pin-file "$T/pin" --force > /dev/null
jq -r .dsseEnvelope.payload "$T/made.json" | base64 -d > "$T/payload"
jq -r '.dsseEnvelope.signatures[0].sig' "$T/made.json" | base64 -d > "$T/sig"
{ printf 'DSSEv1 28 application/vnd.in-toto+json %d ' "$(wc -c < "$T/payload")"; cat "$T/payload"; } > "$T/pae"
expect 0 "openssl agrees" openssl dgst -sha256 -verify "$HOME/p256.pem" -signature "$T/sig" "$T/pae"
stella trust-anchors add-key --key "$HOME/rsa.pem" --algorithm rsa-pss-sha256 --issuer ci --reason r > "$T/out" 2>&1
expect 0 "RSA-PSS where the record says so" create "$(uri rsa)" --pin-file "$T/pin" --force
expect 0 "and it verifies" stella verify attestation --attestation "$(cat "$T/out")"

# ---- where the PIN comes from
expect 0 "the environment" env STELLA_PKCS11_PIN=1234 "$builddir/stella" attest create --subject "sha256:$hex" --type custom --force --key "$(uri p256)"
expect 0 "cosign's variable" env COSIGN_PKCS11_PIN=1234 "$builddir/stella" attest create --subject "sha256:$hex" --type custom --force --key "$(uri p256)"
expect 0 "the URI's pin-source" create "$(uri p256)?pin-source=file:$T/pin" --force
expect 7 "--pin-file is before the environment" env STELLA_PKCS11_PIN=1234 "$builddir/stella" attest create --subject "sha256:$hex" --type custom --force --key "$(uri p256)" --pin-file "$T/wrong"
expect 2 "no PIN in the URI" create "$(uri p256)?pin-value=1234" --force
match "a PIN in a URI is seen by everybody"
no_match "1234"
expect 2 "no program as its source" create "$(uri p256)?pin-source=%7C/bin/echo" --force
git config stella.attestKey "$(uri p384)"
expect 0 "git config names the key" stella attest create --subject "sha256:$hex" --type custom --force --pin-file "$T/pin"
expect 2 "no terminal to ask at" setsid "$builddir/stella" attest create --subject "sha256:$hex" --type custom --force
match "--pin-file FILE, or STELLA_PKCS11_PIN"
export builddir
expect 0 "asked for at the terminal" at_terminal "1234" "$builddir/stella" attest create --subject "sha256:$hex" --type custom --force
match "PIN of token play: "
no_match "1234"
expect 0 "a wrong one is asked for again" at_terminal "9
1234" "$builddir/stella" attest create --subject "sha256:$hex" --type custom --force
match "WRONG PIN; PIN of token play: "
expect 7 "three times" at_terminal "9
8
7" "$builddir/stella" attest create --subject "sha256:$hex" --type custom --force
match 'token "play": wrong PIN, 3 times'

# ---- what goes wrong is told in one line, and nothing is stored
before=$(git rev-parse refs/heads/attestations)
one_line()
{
	same "one line" "$(grep -vc '^  next: ' "$T/err")" 1
}
expect 7 "a wrong PIN" create "$(uri p256)" --pin-file "$T/wrong" --force
match 'token "play": wrong PIN'
one_line
expect 0 "was tried once: the right one still works" create "$(uri p256)" --pin-file "$T/pin" --force
before=$(git rev-parse refs/heads/attestations)
expect 5 "no such token" create "pkcs11:token=other;object=p256" --pin-file "$T/pin" --force
one_line
expect 5 "no such key" create "$(uri nothing)" --pin-file "$T/pin" --force
match "no such token, or nothing like this on it"
one_line
expect 2 "several keys match" create "pkcs11:token=play" --pin-file "$T/pin" --force
match "4 objects match"
one_line
expect 2 "a certificate signs nothing" create "$(uri p256);type=cert" --pin-file "$T/pin" --force
expect 2 "an attribute that is not known" create "pkcs11:tokn=play" --pin-file "$T/pin" --force
expect 5 "a PIN file that is not there" create "$(uri p256)" --pin-file "$T/nothing" --force
: > "$T/empty"
expect 2 "an empty PIN" create "$(uri p256)" --pin-file "$T/empty" --force
expect 7 "a module that is none" create "$(uri p256)?module-path=$T/empty" --pin-file "$T/pin" --force
match "the PKCS#11 module $T/empty cannot be loaded"
one_line
pkcs11-tool --module "$softhsm_module" --token-label play --login --pin 1234 --delete-object --type privkey --label p384 > "$T/softhsm" 2>&1
expect 5 "a key that was removed" create "$(uri p384)" --pin-file "$T/pin" --force
one_line
git config stella.attestKey "$(uri p256)?module-path=$softhsm_module"
expect 2 "the repository does not choose what is loaded" stella attest create --subject "sha256:$hex" --type custom --force --pin-file "$T/pin"
match "the repository's own configuration names a PKCS#11 module"
git config --unset stella.attestKey
shim=$builddir/tests/.libs/pkcs11-shim.so
if [ -f "$shim" ]; then
	SHIM_MODULE=$softhsm_module
	export SHIM_MODULE
	through="$(uri p256)?module-path=$shim"
	expect 0 "another module by its path" create "$through" --pin-file "$T/pin" --force
	before=$(git rev-parse refs/heads/attestations)
	trouble() # KIND STATUS WORDS
	{
		expect "$2" "a token with trouble: $1" env SHIM_TROUBLE="$1" "$builddir/stella" attest create --subject "sha256:$hex" \
			--type custom --force --key "$through" --pin-file "$T/pin"
		match "$3"
		one_line
	}
	trouble locked 7 "LOCKED after too many wrong ones"
	trouble expired 7 "the PIN has expired"
	trouble last 7 "one more wrong PIN LOCKS it, so the one from $T/pin is not tried"
	trouble gone 7 "signing: "
	trouble lies 7 "the signature just made does not verify with its own key"
else
	echo "# NOT RUN: trouble that SoftHSM never has, p11-kit's headers are absent"
fi
same "nothing of this was stored" "$(git rev-parse refs/heads/attestations)" "$before"

# ---- certificates: an anchor from a token, and one beside the signature
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$T/ca.key" -out "$T/ca.pem" -days 30 \
	-subj "/CN=Token CA" -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign 2> /dev/null
printf 'subjectAltName=email:ci@example.org\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=codeSigning\nbasicConstraints=critical,CA:FALSE\n' > "$T/ext"
for days in 20 1; do
	openssl req -new -key "$HOME/p256.key" -subj "/CN=ci" -out "$T/ci.csr" 2> /dev/null
	openssl x509 -req -in "$T/ci.csr" -CA "$T/ca.pem" -CAkey "$T/ca.key" -CAcreateserial -days $days -extfile "$T/ext" -out "$T/ci$days.pem" 2> /dev/null
done
softhsm_cert play 1234 "$T/ca.pem" ca
softhsm_cert play 1234 "$T/ci20.pem" ci-cert
expect 0 "an anchor from a token" stella trust-anchors add --cert "$(uri ca)" --name token-ca --reason "on our token"
expect 5 "one that is not on it" stella trust-anchors add --cert "$(uri p384)" --name other --reason r
try 0 stella issuer add people --identity email:ci@example.org --identity-anchor token-ca --reason "by certificate"
try 0 stella issuer trust people --reason "audited"
expect 0 "attest create with a certificate of the token" create "$(uri p256)" --cert "$(uri ci-cert)" --pin-file "$T/pin" --force
made=$(cat "$T/out")
same "it stands in the bundle, alone" "$(jq -r '.verificationMaterial | keys | join(",")' "$T/made.json")" certificate
same "as it is" "$(jq -r .verificationMaterial.certificate.rawBytes "$T/made.json")" "$(openssl x509 -in "$T/ci20.pem" -outform DER | base64 -w0)"
expect 0 "it verifies by its chain" stella verify attestation --attestation "$made"
match "people"
expect 0 "the chain" stella verify cert-chain --attestation "$made"
expect 0 "resign with the certificate in a file" stella attest resign "$made" --key "$(uri p256)" --cert "$T/ci20.pem" --pin-file "$T/pin"
expect 0 "it verifies" stella verify attestation --attestation "$(cat "$T/out")"
expect 2 "another key's certificate" create "$(uri rsa)" --cert "$T/ci20.pem" --pin-file "$T/pin" --force
match "is the certificate of another key"
if can_fake_time; then
	expect 1 "an expired certificate" faketime '+10 days' "$builddir/stella" attest create --subject "sha256:$hex" --type custom \
		--key "$(uri p256)" --cert "$T/ci1.pem" --pin-file "$T/pin" --force
	match "certificate expired"
else
	echo "# NOT RUN: an expired certificate, without faketime"
fi

# ---- verify loads no module and opens no connection, whatever is configured
git config stella.attestKey "$(uri p256)"
if can_trace; then
	expect 0 "verify, traced" traced "$builddir/stella" verify attestation --attestation "$made"
	same "no PKCS#11 module, no configuration of p11-kit" "$(grep -cE 'softhsm|pkcs11|opensc|p11-kit-(trust|proxy)|/modules/' "$T/trace")" 0
	same "no socket" "$(grep -cE 'socket\(|connect\(' "$T/trace")" 0
	same "no other program" "$(grep -c 'execve(' "$T/trace")" 1
	expect 0 "signing, traced" traced "$builddir/stella" attest create --subject "sha256:$hex" --type custom --pin-file "$T/pin" --force
	if grep -q softhsm "$T/trace"; then
		pass "does load it: so the trace would have shown it"
	else
		fail "signing loaded no module"
	fi
fi

done_testing
