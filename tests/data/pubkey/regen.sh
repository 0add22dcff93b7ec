#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Makes the keys and signatures of this folder anew, with openssl and ssh-keygen; private keys are
# thrown away.  Run it in this folder.
#   <key>.pem              a SubjectPublicKeyInfo
#   <key>.<algorithm>.sig  a signature of `message`; <algorithm>-max: PSS with the longest salt, -20: of 20 bytes
#   good                   per key: name, key id, fingerprint by ssh-keygen -l, OpenSSH key line
#   unsupported            per key, that must be refused: name, words of the refusal
set -eu
private=$(mktemp -d)
trap 'rm -rf "$private"' EXIT
rm -f ./*.pem ./*.sig good unsupported
printf 'What was signed.\n' >message

new() { # name, arguments for openssl genpkey
	name=$1
	shift
	openssl genpkey "$@" -out "$private/$name" 2>/dev/null
	openssl pkey -in "$private/$name" -pubout -out "$name.pem"
}
sign() { # name, algorithm, arguments for openssl pkeyutl
	name=$1 algorithm=$2
	shift 2
	openssl pkeyutl -sign -rawin -inkey "$private/$name" -in message -out "$name.$algorithm.sig" "$@"
}
ssh_line() {
	case $1 in
	ed25519) # 9.2 reads no Ed25519 key from PKCS8
		{
			printf '\000\000\000\013ssh-ed25519\000\000\000\040'
			openssl pkey -pubin -in "$1.pem" -outform DER | tail -c 32
		} | base64 -w0 | sed 's/^/ssh-ed25519 /' ;;
	*) ssh-keygen -i -m PKCS8 -f "$1.pem" ;;
	esac
}
good() {
	line=$(ssh_line "$1")
	printf '%s\n' "$line" >"$private/line"
	printf '%s\t%s\t%s\t%s\n' "$1" \
		"$(openssl pkey -pubin -in "$1.pem" -outform DER | sha256sum | cut -d' ' -f1)" \
		"$(ssh-keygen -l -f "$private/line" | cut -d' ' -f2)" "$line" >>good
}
unsupported() {
	printf '%s\t%s\n' "$1" "$2" >>unsupported
}

new ed25519 -algorithm ED25519
sign ed25519 ed25519
for bits in 256 384 521; do
	new "p$bits" -algorithm EC -pkeyopt "ec_paramgen_curve:P-$bits"
	for hash in sha256 sha384 sha512; do
		sign "p$bits" "ecdsa-$hash" -digest "$hash"
	done
done
for bits in 2048 2056 3072; do
	new "rsa$bits" -algorithm RSA -pkeyopt "rsa_keygen_bits:$bits"
done
new rsa2048e3 -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -pkeyopt rsa_keygen_pubexp:3
new rsa2049 -algorithm RSA -pkeyopt rsa_keygen_bits:2049
for key in rsa2048 rsa2049 rsa3072 rsa2048e3; do
	for hash in sha256 sha384 sha512; do
		sign "$key" "rsa-$hash" -digest "$hash"
		sign "$key" "rsa-pss-$hash" -digest "$hash" -pkeyopt rsa_padding_mode:pss \
			-pkeyopt rsa_pss_saltlen:digest
	done
	sign "$key" rsa-pss-sha256-max -digest sha256 -pkeyopt rsa_padding_mode:pss -pkeyopt rsa_pss_saltlen:max
	sign "$key" rsa-pss-sha256-20 -digest sha256 -pkeyopt rsa_padding_mode:pss -pkeyopt rsa_pss_saltlen:20
	sign "$key" rsa-pss-sha256-mgf1sha512 -digest sha256 -pkeyopt rsa_padding_mode:pss \
		-pkeyopt rsa_pss_saltlen:digest -pkeyopt rsa_mgf1_md:sha512
	sign "$key" rsa-sha1 -digest sha1
done
for key in ed25519 p256 p384 p521 rsa2048 rsa2049 rsa2056 rsa3072 rsa2048e3; do
	good "$key"
done

new rsa1024 -algorithm RSA -pkeyopt rsa_keygen_bits:1024
unsupported rsa1024 'RSA key of 1024 bits'
new rsa2047 -algorithm RSA -pkeyopt rsa_keygen_bits:2047
unsupported rsa2047 'RSA key of 2047 bits'
new rsae65 -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -pkeyopt rsa_keygen_pubexp:18446744073709551629
unsupported rsae65 'exponent of 65 bits'
new rsapss -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048
unsupported rsapss 'key of type 1.2.840.113549.1.1.10'
new p224 -algorithm EC -pkeyopt ec_paramgen_curve:P-224
unsupported p224 'EC key on curve 1.3.132.0.33'
new secp256k1 -algorithm EC -pkeyopt ec_paramgen_curve:secp256k1
unsupported secp256k1 'EC key on curve 1.3.132.0.10'
new ed448 -algorithm ED448
unsupported ed448 'key of type 1.3.101.113'
new x25519 -algorithm X25519
unsupported x25519 'key of type 1.3.101.110'
new p256explicit -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -pkeyopt ec_param_enc:explicit
unsupported p256explicit 'an EC key without a named curve'
new p256compressed -algorithm EC -pkeyopt ec_paramgen_curve:P-256
openssl ec -in "$private/p256compressed" -pubout -conv_form compressed -out p256compressed.pem 2>/dev/null
unsupported p256compressed 'not an uncompressed point'
