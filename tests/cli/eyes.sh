#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Colour is for terminals that want it; a pipe, a file and JSON get none.
# shellcheck source=tests/cli/lib.sh
. "${srcdir:-$(dirname "$0")/../..}/tests/cli/lib.sh"

people alice
trust_repo alice
signing_key build
try 0 stella issuer add acme --reason "a builder"
try 0 stella trust-anchors add-key --key "$HOME/build.pem" --issuer acme --reason "its key"
try 0 stella issuer trust acme --reason "approved"
digest=sha256:$(echo artifact | sha256sum | cut -d' ' -f1)
try 0 stella attest create --subject "$digest" --type https://example.org/test --key "$HOME/build.key"
id=$(stella attest list -o json | jq -r '.attestations[0].id')
escape=$(printf '\033')

verify="'$builddir/stella' verify attestation $id"
expect 0 "on a terminal" env TERM=xterm script -qec "$verify" /dev/null
match "${escape}[32mVERIFIED${escape}[0m"
expect 1 "a refusal" env TERM=xterm script -qec "$verify --issuer nobody" /dev/null
match "${escape}[31mREFUSED${escape}[0m"
expect 0 "NO_COLOR" env TERM=xterm NO_COLOR=1 script -qec "$verify" /dev/null
match "VERIFIED"
no_match "$escape"
expect 0 "an empty NO_COLOR says nothing" env TERM=xterm NO_COLOR= script -qec "$verify" /dev/null
match "${escape}[32mVERIFIED"
expect 0 "a dumb terminal" env TERM=dumb script -qec "$verify" /dev/null
match "VERIFIED"
no_match "$escape"
expect 0 "no TERM" env -u TERM script -qec "unset TERM; $verify" /dev/null
no_match "$escape"
expect 0 "JSON" env TERM=xterm script -qec "$verify -o json" /dev/null
no_match "$escape"
expect 5 "several" env TERM=xterm script -qec "$verify absent" /dev/null
match "${escape}[32mVERIFIED${escape}[0m  $id, issuer acme"
match "${escape}[31mREFUSED${escape}[0m   "
many="(sleep 1.5; yes $id | head -n 300) | '$builddir/stella' verify attestation --batch -"
expect 0 "many, slowly" env TERM=xterm script -qec "$many > /dev/null" /dev/null
match "attestations: 256"
expect 0 "many, slowly, and quiet" env TERM=xterm script -qec "$many -q" /dev/null
no_match "attestations: "
expect 0 "a file" env TERM=xterm "$builddir/stella" verify attestation "$id"
match "VERIFIED"
no_match "$escape"
expect 0 "quiet" env TERM=xterm "$builddir/stella" verify attestation "$id" -q
same "says nothing" "$(cat "$T/out" "$T/err")" ""

done_testing
