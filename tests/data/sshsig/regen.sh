#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Makes the signatures of this folder anew over `message` in the namespace "git": with ssh-keygen, and with
# made.py what ssh-keygen cannot make (security keys, rsa-sha2-256, SHA-1).  Private keys are thrown
# away.  Run it in this folder.
#   good  per signature that must verify: name, fingerprint of its key
#   bad   per signature that must not: name, code of the error, words of its message
set -eu
private=$(mktemp -d)
trap 'rm -rf "$private"' EXIT
rm -f ./*.sig good bad
printf 'What was signed.\n' >message

new() { # name, arguments for ssh-keygen
	name=$1
	shift
	ssh-keygen -q -N '' -C '' -f "$private/$name" "$@"
}
sign() { # name of the file, key, arguments for ssh-keygen
	name=$1 key=$2
	shift 2
	ssh-keygen -q -Y sign -n git -f "$private/$key" "$@" <message >"$name.sig" 2>/dev/null
	ssh-keygen -q -Y check-novalidate -n git -s "$name.sig" <message >/dev/null
}
good() {
	sign "$@"
	printf '%s\t%s\n' "$1" "$(ssh-keygen -l -f "$private/$2.pub" | cut -d' ' -f2)" >>good
}

new ed25519 -t ed25519
good ed25519 ed25519
good ed25519-sha256 ed25519 -O hashalg=sha256
for bits in 256 384 521; do
	new "ecdsa$bits" -t ecdsa -b "$bits"
	good "ecdsa$bits" "ecdsa$bits"
	good "ecdsa$bits-sha256" "ecdsa$bits" -O hashalg=sha256
done
for bits in 2048 3072; do
	new "rsa$bits" -t rsa -b "$bits" -m PEM
	good "rsa$bits" "rsa$bits"
	good "rsa$bits-sha256" "rsa$bits" -O hashalg=sha256
done

new rsa1024 -t rsa -b 1024
sign rsa1024 rsa1024 -O hashalg=sha512
printf 'rsa1024\talgorithm-unsupported\tRSA key of 1024 bits\n' >>bad
new authority -t ed25519
ssh-keygen -q -s "$private/authority" -I dev -n dev "$private/ed25519.pub"
sign certificate ed25519-cert.pub
printf 'certificate\talgorithm-unsupported\tSSH key of type "ssh-ed25519-cert-v01@openssh.com"\n' >>bad

python3 made.py "$private"
