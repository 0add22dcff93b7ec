#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Makes the certificates of tests/check_x509.c and tests/check_x509_chain.c anew: certificates only, the
# keys are thrown away.  Needs openssl and faketime.  Valid 2020 to 2049 where nothing else is said.
set -eu
cd "$(dirname "$0")"
keys=$(mktemp -d)
trap 'rm -rf "$keys"' EXIT
rm -f ./*.pem
export OPENSSL_CONF=/dev/null

CA='basicConstraints=critical,CA:TRUE
keyUsage=critical,keyCertSign,cRLSign'
SIGNER='keyUsage=critical,digitalSignature
extendedKeyUsage=codeSigning'
NAMES='subjectAltName=email:builder@example.org,URI:https://ci.example.org/build@refs/heads/main,DNS:ci.example.org'

# key NAME KIND
key() {
	case $2 in
	ed25519) openssl genpkey -algorithm ed25519 ;;
	rsa*) openssl genpkey -algorithm rsa -pkeyopt "rsa_keygen_bits:${2#rsa}" ;;
	*) openssl genpkey -algorithm ec -pkeyopt "ec_paramgen_curve:$2" -pkeyopt ec_param_enc:named_curve ;;
	esac >"$keys/$1.key" 2>/dev/null
}

# sign NAME KEY ISSUER SUBJECT EXTENSIONS [openssl x509 options]: NAME.pem for KEY; ISSUER may be NAME itself
begin='2020-01-01 00:00:00' days=10957
sign() {
	name=$1 key=$2 issuer=$3 subject=$4 extensions=$5
	shift 5
	openssl req -new -key "$keys/$key.key" -subj "$subject" -config /dev/stdin -out "$keys/csr" <<-EOF
		[req]
		distinguished_name=none
		[none]
	EOF
	printf '%s\n' "$extensions" >"$keys/ext"
	if [ "$name" = "$issuer" ]; then
		set -- -signkey "$keys/$key.key" "$@"
	else
		set -- -CA "$issuer.pem" -CAkey "$keys/${issuer_key:-$issuer}.key" "$@"
	fi
	case $extensions in '') ;; *) set -- -extfile "$keys/ext" "$@" ;; esac
	TZ=UTC faketime -f "$begin" openssl x509 -req -in "$keys/csr" -out "$name.pem" -days "$days" \
		-set_serial "0x$(openssl rand -hex 8 | sed 's/^./5/')" "$@" 2>/dev/null
}
# one NAME ISSUER SUBJECT EXTENSIONS [options]: with a P-256 key of its own
one() {
	[ -e "$keys/$1.key" ] || key "$1" P-256
	name=$1
	shift
	sign "$name" "$name" "$@"
}

# ---- the usual chain, and leaves under it
key root P-384
one root root '/CN=Test Root' "$CA"
one inter root '/CN=Test Intermediate' "basicConstraints=critical,CA:TRUE,pathlen:0
keyUsage=critical,keyCertSign
extendedKeyUsage=codeSigning"
one leaf inter '/CN=Test Signer' "$SIGNER
$NAMES"
one leaf-keyless inter / "$SIGNER
subjectAltName=critical,URI:https://ci.example.org/keyless"
one leaf-no-eku inter '/CN=No EKU' 'keyUsage=critical,digitalSignature'
one leaf-no-eku-no-ku inter '/CN=No usage at all' "$NAMES"
one leaf-wrong-eku inter '/CN=Wrong EKU' 'extendedKeyUsage=serverAuth'
one leaf-any-eku inter '/CN=Any EKU' 'extendedKeyUsage=anyExtendedKeyUsage'
one leaf-wrong-ku inter '/CN=Wrong KU' 'keyUsage=keyEncipherment
extendedKeyUsage=codeSigning'
one leaf-cert-sign inter '/CN=Signs certificates' 'keyUsage=digitalSignature,keyCertSign
extendedKeyUsage=codeSigning'
one leaf-ca root '/CN=Leaf that is a CA' "$CA
extendedKeyUsage=codeSigning"
one leaf-critical inter '/CN=Unknown critical' "$SIGNER
1.2.3.4=critical,ASN1:NULL"
one leaf-unknown inter '/CN=Unknown' "$SIGNER
1.2.3.4=ASN1:NULL"
one leaf-constraints inter '/CN=Constraints in a leaf' "$SIGNER
nameConstraints=permitted;DNS:example.org"
one leaf-sha1 inter '/CN=SHA-1' "$SIGNER" -sha1
key leaf-rsa1024 rsa1024
one leaf-rsa1024 inter '/CN=Short key' "$SIGNER"
one leaf-v1 inter '/CN=Version 1' ''
one leaf-noncritical-san inter / "$SIGNER
subjectAltName=URI:https://ci.example.org/keyless"
one leaf-no-name inter / "$SIGNER"
one leaf-othername leaf-othername '/CN=Other Names' "$SIGNER
subjectAltName=otherName:1.3.6.1.4.1.57264.1.7;UTF8:jane!example.org,\
otherName:1.3.6.1.4.1.57264.1.7;IA5:ia5!example.org,otherName:1.3.6.1.4.1.57264.1.8;UTF8:joe!example.org"

# ---- a root as openssl makes them by default, and one without keyCertSign
one root-bare root-bare '/CN=Bare Root' 'basicConstraints=critical,CA:TRUE'
one leaf-of-root-bare root-bare '/CN=Below a bare root' "$SIGNER"
one root-no-key-cert-sign root-no-key-cert-sign '/CN=Root without keyCertSign' 'basicConstraints=critical,CA:TRUE
keyUsage=critical,cRLSign'
one leaf-of-root-no-key-cert-sign root-no-key-cert-sign '/CN=Below it' "$SIGNER"
one leaf-two-critical inter '/CN=Two critical' "$SIGNER
1.2.3.4=critical,ASN1:NULL
1.2.3.5=critical,ASN1:NULL"

# ---- times
begin='2020-01-01 00:00:00' days=366
one leaf-expired inter '/CN=Expired leaf' "$SIGNER"
one inter-expired root '/CN=Expired Intermediate' "$CA"
one root-expired root-expired '/CN=Expired Root' "$CA"
begin='2040-01-01 00:00:00' days=100
one leaf-future inter '/CN=Future leaf' "$SIGNER"
begin='2020-01-01 00:00:00' days=20000
one leaf-2074 inter '/CN=Beyond 2049' "$SIGNER"
days=10957
one leaf-of-expired-inter inter-expired '/CN=Below an expired intermediate' "$SIGNER"
one leaf-of-expired-root root-expired '/CN=Below an expired root' "$SIGNER"
# the key of inter again, under the expired root
issuer_key=root-expired sign inter-crossed inter root-expired '/CN=Test Intermediate' "$CA"

# ---- intermediates that are not fit
for bad in not-ca:CA:FALSE no-key-cert-sign:key no-basic:none basic-not-critical:plain critical:unknown eku:server eku-any:any; do
	name=inter-${bad%%:*}
	case ${bad%%:*} in
	not-ca) ext='basicConstraints=critical,CA:FALSE' ;;
	no-key-cert-sign) ext='basicConstraints=critical,CA:TRUE
keyUsage=critical,digitalSignature' ;;
	no-basic) ext='keyUsage=critical,keyCertSign' ;;
	basic-not-critical) ext='basicConstraints=CA:TRUE
keyUsage=critical,keyCertSign' ;;
	critical) ext="$CA
1.2.3.4=critical,ASN1:NULL" ;;
	eku) ext="$CA
extendedKeyUsage=serverAuth" ;;
	eku-any) ext="$CA
extendedKeyUsage=anyExtendedKeyUsage" ;;
	esac
	one "$name" root "/CN=Intermediate ${bad%%:*}" "$ext"
	one "leaf-of-$name" "$name" "/CN=Below ${bad%%:*}" "$SIGNER"
done
one root-v1 root-v1 '/CN=Version 1 Root' ''
one leaf-of-root-v1 root-v1 '/CN=Below version 1' "$SIGNER"
one root-critical root-critical '/CN=Critical Root' "$CA
1.2.3.4=critical,ASN1:NULL"
one leaf-of-root-critical root-critical '/CN=Below critical' "$SIGNER"
one self-signed self-signed '/CN=Self-signed' "$SIGNER"
key inter-rsa1024 rsa1024
one inter-rsa1024 root '/CN=Intermediate with a short key' "$CA"
one leaf-of-inter-rsa1024 inter-rsa1024 '/CN=Below a short key' "$SIGNER"

# ---- path length; a self-issued certificate (a new key) does not count
one inter-sub inter '/CN=Below path length 0' "$CA"
one leaf-of-inter-sub inter-sub '/CN=Too far below' "$SIGNER"
one inter-new inter '/CN=Test Intermediate' "$CA"
one leaf-of-inter-new inter-new '/CN=Below the new key' "$SIGNER"

one path-1 root '/CN=Path length 1' "basicConstraints=critical,CA:TRUE,pathlen:1"
one path-1-a path-1 '/CN=First below' "$CA"
one path-1-b path-1-a '/CN=Second below' "$CA"
one leaf-of-path-1-a path-1-a '/CN=Leaf below the first' "$SIGNER"
one leaf-of-path-1-b path-1-b '/CN=Leaf below the second' "$SIGNER"

# ---- two CAs of one name
key root-twin P-384
one root-twin root-twin '/CN=Test Root' "$CA"
one inter-twin root-twin '/CN=Test Intermediate' "$CA"
one leaf-of-twin inter-twin '/CN=Signer of the twin' "$SIGNER"

# ---- kinds of keys
key ed-root ed25519
one ed-root ed-root '/CN=Ed25519 Root' "$CA"
key ed-inter ed25519
one ed-inter ed-root '/CN=Ed25519 Intermediate' "$CA"
key ed-leaf ed25519
one ed-leaf ed-inter '/CN=Ed25519 Signer' "$SIGNER"
key rsa-root rsa3072
one rsa-root rsa-root '/CN=RSA Root' "$CA" -sha384
key rsa-inter rsa2048
one rsa-inter rsa-root '/CN=RSA Intermediate' "$CA" -sha512
key rsa-leaf rsa2048
one rsa-leaf rsa-inter '/CN=RSA Signer' "$SIGNER"
one pss-leaf rsa-inter '/CN=PSS Signer' "$SIGNER" -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest
one pss384-leaf rsa-inter '/CN=PSS Signer' "$SIGNER" -sha384 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest
one pss512-leaf rsa-inter '/CN=PSS Signer' "$SIGNER" -sha512 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest
one pss-odd-leaf rsa-inter '/CN=PSS with an odd salt' "$SIGNER" -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:20
key p521-inter P-521
one p521-inter root '/CN=P-521 Intermediate' "$CA" -sha384
one p521-leaf p521-inter '/CN=P-521 Signer' "$SIGNER" -sha512

# ---- name constraints
one nc-permit root '/CN=Permits' "$CA
nameConstraints=critical,permitted;email:example.org,permitted;URI:.example.org,permitted;DNS:example.org"
one leaf-of-nc-permit nc-permit '/CN=Inside' "$SIGNER
$NAMES"
one leaf-outside-nc-permit nc-permit '/CN=Outside' "$SIGNER
subjectAltName=URI:https://ci.example.com/"
one leaf-of-nc-permit-subject nc-permit '/CN=Outside by subject/emailAddress=builder@example.com' "$SIGNER"
one leaf-self-issued-nc-permit nc-permit '/CN=Permits' "$SIGNER
subjectAltName=email:builder@example.com"
one nc-below nc-permit '/CN=Below Permits' "$CA"
one leaf-of-nc-below nc-below '/CN=Outside, one further' "$SIGNER
subjectAltName=email:builder@example.com"
one nc-exclude root '/CN=Excludes' "$CA
nameConstraints=critical,excluded;email:evil@example.org"
one leaf-of-nc-exclude nc-exclude '/CN=Not excluded' "$SIGNER
$NAMES"
one leaf-outside-nc-exclude nc-exclude '/CN=Excluded' "$SIGNER
subjectAltName=email:EVIL@Example.org"

# ---- lengths: 17 certificates leaf first (16 are the most), and 12 of one name and key that sign each other
one deep root '/CN=Deep 15' "$CA"
key deep-leaf P-256
previous=deep
for i in 14 13 12 11 10 9 8 7 6 5 4 3 2 1; do
	one "deep-$i" "$previous" "/CN=Deep $i" "$CA"
	previous=deep-$i
done
one deep-leaf deep-1 '/CN=Deep Signer' "$SIGNER"
one deep-leaf-2 deep-2 '/CN=Deep Signer, one less' "$SIGNER"
cat deep-1.pem deep-2.pem deep-3.pem deep-4.pem deep-5.pem deep-6.pem deep-7.pem deep-8.pem deep-9.pem \
	deep-10.pem deep-11.pem deep-12.pem deep-13.pem deep-14.pem deep.pem >"$keys/bundle"
rm deep-[1-9].pem deep-1[0-4].pem deep.pem
mv "$keys/bundle" deep-cas.pem
key loop P-256
for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
	sign loop loop loop '/CN=Loop' "$CA"
	cat loop.pem >>"$keys/bundle"
done
sign leaf-of-loop loop loop '/CN=Below a loop' "$SIGNER"
mv "$keys/bundle" loop.pem

# ---- for the fuzz target cert: certificates as DER, one after the other, leaf first, anchor last
corpus=../../fuzz/corpus/cert
mkdir -p $corpus
rm -f $corpus/*
# seed NAME CERTIFICATE...
seed() {
	seed=$corpus/$1
	shift
	for cert; do openssl x509 -in "$cert.pem" -outform der >>"$seed"; done
}
seed chain leaf inter root
seed chain-ed25519 ed-leaf ed-inter ed-root
seed chain-pss pss-leaf rsa-inter rsa-root
seed chain-permitted leaf-of-nc-permit nc-permit root
seed chain-excluded leaf-outside-nc-exclude nc-exclude root
seed keyless leaf-keyless
seed beyond-2049 leaf-2074
seed critical leaf-critical
seed version-1 root-v1
seed othername leaf-othername
