#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Makes the private keys of tests/check_signer.c anew, in every form that people have.  They protect
# nothing.  Needs openssl and ssh-keygen.
set -eu
cd "$(dirname "$0")"
rm -f ./*.pem
export OPENSSL_CONF=/dev/null

openssl genpkey -algorithm ed25519 -out ed25519.pem
for curve in 256 384 521; do
	openssl genpkey -algorithm ec -pkeyopt "ec_paramgen_curve:P-$curve" -out "p$curve.pem"
done
openssl genpkey -algorithm rsa -pkeyopt rsa_keygen_bits:2048 -out rsa2048.pem 2>/dev/null
openssl genpkey -algorithm rsa -pkeyopt rsa_keygen_bits:3072 -out rsa3072.pem 2>/dev/null

# encrypted, passphrase "correct horse": PBKDF2 with AES, the default of openssl; the empty passphrase
openssl pkcs8 -topk8 -in p256.pem -passout 'pass:correct horse' -out encrypted-p256.pem
openssl pkcs8 -topk8 -in ed25519.pem -v2 aes-128-cbc -passout 'pass:correct horse' -out encrypted-ed25519.pem
openssl pkcs8 -topk8 -in rsa2048.pem -v2 aes-256-cbc -iter 10000 -passout 'pass:correct horse' -out encrypted-rsa2048.pem
openssl pkcs8 -topk8 -in p256.pem -passout pass: -out encrypted-empty.pem

# not taken: another key derivation, an old scheme, other forms, weak and other keys, the public half
openssl pkcs8 -topk8 -in p256.pem -scrypt -passout 'pass:correct horse' -out scrypt.pem
openssl pkcs8 -topk8 -in p256.pem -v1 PBE-SHA1-3DES -passout 'pass:correct horse' -out pbe.pem
openssl ec -in p256.pem -out ec.pem 2>/dev/null
openssl rsa -in rsa2048.pem -traditional -out rsa.pem 2>/dev/null
openssl ecparam -name prime256v1 -genkey -out ec-parameters.pem
ssh-keygen -q -t ed25519 -N '' -C test -f openssh.pem
rm openssh.pem.pub
openssl genpkey -algorithm rsa -pkeyopt rsa_keygen_bits:1024 -out rsa1024.pem 2>/dev/null
openssl genpkey -algorithm ec -pkeyopt ec_paramgen_curve:secp256k1 -out secp256k1.pem
openssl genpkey -algorithm ed448 -out ed448.pem
openssl pkey -in p256.pem -pubout -out public.pem
