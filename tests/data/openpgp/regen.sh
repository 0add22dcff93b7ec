#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Makes tests/data/openpgp anew with gpg: certificates, and signatures of "message" by their keys; good ones, and those that
# must not count.  NAME.asc is a certificate, NAME.sig a signature in binary.
set -eu
cd "$(dirname "$0")"
tmp=$(mktemp -d)
trap 'gpgconf --homedir "$tmp" --kill all 2> /dev/null; rm -rf "$tmp"' EXIT
export GNUPGHOME="$tmp"
now=20260901T000000
gpg()
{
	command gpg --batch --quiet --no-tty --pinentry-mode loopback --passphrase '' --faked-system-time "$now!" "$@" 2> /dev/null
}
printf 'what was signed\n' > message

# key NAME ALGORITHM [EXPIRY]
key()
{
	gpg --quick-generate-key "$1 <$1@example.org>" "$2" sign,cert "${3:-never}"
}
fingerprint()
{
	gpg --list-keys --with-colons "$1" | sed -n 's/^fpr:*\([0-9A-F]*\):.*/\1/p' | sed -n "${2:-1}p"
}
# sign FILE KEY OPTION...
sign()
{
	file=$1 by=$2
	shift 2
	gpg --detach-sign --output - --local-user "$by" "$@" message > "$file.sig"
}
certificate()
{
	gpg --armor --export "$1" > "$1.asc"
}

key ed25519 ed25519
key rsa rsa2048
key p256 nistp256
key other ed25519
for name in ed25519 rsa p256 other; do
	certificate $name
	sign $name $name
done
sign sha512 rsa --digest-algo SHA512
sign sha1 rsa --digest-algo SHA1
sign ripemd160 rsa --digest-algo RIPEMD160
sign text ed25519 --textmode
sign expires ed25519 --default-sig-expire 1d
sign notation ed25519 --sig-notation x@example.org=y
sign critical-notation ed25519 --sig-notation '!x@example.org=y'
cat ed25519.sig rsa.sig > two.sig
gpg --armor --detach-sign --output ed25519.armored --local-user ed25519 --yes message

# a primary key that certifies, and subkeys that sign: one good, one that has expired, one revoked
gpg --quick-generate-key "subkeys <subkeys@example.org>" ed25519 cert never
primary=$(fingerprint subkeys)
gpg --quick-add-key "$primary" ed25519 sign never
gpg --quick-add-key "$primary" ed25519 sign 10d
gpg --quick-add-key "$primary" ed25519 sign never
gpg --quick-add-key "$primary" cv25519 encr never
sign subkey "$(fingerprint subkeys 2)!"
sign subkey-in-time "$(fingerprint subkeys 3)!"
sign subkey-revoked "$(fingerprint subkeys 4)!"
now=20261001T000000
printf 'key 3\nrevkey\ny\n0\n\ny\nsave\n' | command gpg --quiet --no-tty --pinentry-mode loopback --passphrase '' --command-fd 0 \
	--faked-system-time "$now!" --edit-key "$primary" > /dev/null 2>&1
certificate subkeys
gpg --export-options export-minimal --export subkeys > subkeys.gpg

# a primary key that has expired before it signs, and one that is revoked
now=20260901T000000
key short ed25519 10d
certificate short
sign short-in-time short
key late ed25519
now=20261101T000000
sign late late
now=20260902T000000
gpg --quick-set-expire "$(fingerprint late)" 10d
certificate late
key revoked ed25519
sign revoked revoked
sed 's/^:-----BEGIN/-----BEGIN/' "$tmp/openpgp-revocs.d/$(fingerprint revoked).rev" | command gpg --quiet --batch --no-tty --import 2> /dev/null
certificate revoked

# keys that are too weak, or of another kind
command gpg --batch --quiet --no-tty --pinentry-mode loopback --passphrase '' --faked-system-time "$now!" --enable-large-rsa \
	--quick-generate-key "weak <weak@example.org>" rsa1024 sign,cert never 2> /dev/null && certificate weak || true
key dsa dsa2048 && certificate dsa
sign dsa dsa
# self-signatures by SHA-1
command gpg --batch --quiet --no-tty --pinentry-mode loopback --passphrase '' --faked-system-time "$now!" --cert-digest-algo SHA1 \
	--quick-generate-key "sha1cert <sha1cert@example.org>" rsa2048 sign,cert never 2> /dev/null
certificate sha1cert
