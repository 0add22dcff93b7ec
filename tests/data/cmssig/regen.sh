#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Makes tests/data/cmssig anew: one message, signed as gpgsm, smimesign and gitsign sign commits, in ways that are good
# and ways that are not.  Needs openssl 3 and gpgsm.  gitsign.commit and gitsign-nolog.commit are real commits of
# https://github.com/sigstore/gitsign (Apache-2.0): 200ca8647599a02ce268818bb428eeb686e8d99f, 8b001904ecb7ad9d830ec8b34597869aaa49c0d5.
set -eu
cd "$(dirname "$0")"
tmp=$(mktemp -d)
trap 'gpgconf --homedir "$tmp/gnupg" --kill all 2> /dev/null; rm -rf "$tmp"' EXIT
printf 'what was signed\n' > message

# cert NAME NEWKEY...: a self-signed certificate for mail
cert()
{
	name=$1
	shift
	openssl req -x509 -newkey "$@" -nodes -keyout "$tmp/$name.key" -out "$tmp/$name.pem" -subj "/CN=$name" -days 3650 \
		-addext "subjectAltName=email:$name@example.org" -addext "keyUsage=critical,digitalSignature" \
		-addext "extendedKeyUsage=emailProtection" -addext "basicConstraints=critical,CA:FALSE" 2> /dev/null
}
cert rsa rsa:2048
cert p256 ec -pkeyopt ec_paramgen_curve:P-256
cert p384 ec -pkeyopt ec_paramgen_curve:P-384
cert weak rsa:1024
cp "$tmp/rsa.pem" rsa.pem

# sign FILE SIGNER OPTION...: detached unless -nodetach
sign()
{
	file=$1 signer=$2
	shift 2
	openssl cms -sign -binary -in message -outform PEM -signer "$tmp/$signer.pem" -inkey "$tmp/$signer.key" "$@" |
		sed 's/ CMS-----/ SIGNED MESSAGE-----/' > "$file.sig"
}
mkdir -p good bad
sign good/rsa rsa -md sha256
sign good/rsa-sha512 rsa -md sha512
sign good/rsa-pss rsa -md sha256 -keyopt rsa_padding_mode:pss -keyopt rsa_pss_saltlen:digest
sign bad/pss-salt rsa -md sha256 -keyopt rsa_padding_mode:pss -keyopt rsa_pss_saltlen:20
sign good/p256 p256 -md sha256
sign good/p384 p384 -md sha384
sign good/key-identifier p256 -md sha256 -keyid
sign good/cades p256 -md sha256 -cades
sign good/other-certificates p256 -md sha256 -certfile "$tmp/rsa.pem"
sign bad/no-certificate p256 -md sha256 -nocerts
sign bad/sha1 rsa -md sha1
sign bad/md5 rsa -md md5
sign bad/attached p256 -md sha256 -nodetach
sign bad/no-attributes p256 -md sha256 -noattr
sign bad/two-signers p256 -md sha256 -signer "$tmp/rsa.pem" -inkey "$tmp/rsa.key"
sign bad/weak-key weak -md sha256
printf 'another message\n' > "$tmp/other"
cp message "$tmp/message"
cp "$tmp/other" message
sign bad/other-message p256 -md sha256
cp "$tmp/message" message

# what gpgsm writes: BER with indefinite lengths, a self-signed certificate only if asked for
mkdir -m 700 "$tmp/gnupg"
export GNUPGHOME="$tmp/gnupg"
printf 'disable-crl-checks\ndisable-dirmngr\n' > "$GNUPGHOME/gpgsm.conf"
openssl pkcs12 -export -legacy -inkey "$tmp/rsa.key" -in "$tmp/rsa.pem" -out "$tmp/rsa.p12" -passout pass:
gpgsm --batch --quiet --pinentry-mode loopback --passphrase-fd 0 --import "$tmp/rsa.p12" < /dev/null
id=$(gpgsm --list-secret-keys --with-colons | sed -n 's/^fpr:*\([0-9A-F]*\):.*/\1/p' | head -n 1)
echo "$id S relax" > "$GNUPGHOME/trustlist.txt"
gpgsm --batch --quiet --armor --detach-sign --include-certs 1 -u "$id" < message > good/gpgsm.sig
gpgsm --batch --quiet --armor --detach-sign --include-certs 0 -u "$id" < message > bad/gpgsm-no-certificate.sig
