#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# trust-anchors: certificates added, listed, refused, removed.
# shellcheck source=tests/cli/lib.sh
. "${srcdir:-$(dirname "$0")/../..}/tests/cli/lib.sh"

# ca NAME SUBJECT DAYS [ISSUER]: a CA certificate, $HOME/NAME.crt and NAME.key.
ca()
{
	openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$HOME/$1.key" 2> /dev/null
	if [ $# -gt 3 ]; then
		openssl req -new -key "$HOME/$1.key" -subj "$2" -out "$HOME/$1.csr" 2> /dev/null
		printf 'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n' > "$HOME/ext"
		openssl x509 -req -in "$HOME/$1.csr" -CA "$HOME/$4.crt" -CAkey "$HOME/$4.key" -days "$3" \
			-set_serial 7 -extfile "$HOME/ext" -out "$HOME/$1.crt" 2> /dev/null
	else
		openssl req -x509 -new -key "$HOME/$1.key" -subj "$2" -days "$3" -out "$HOME/$1.crt" \
			-addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign 2> /dev/null
	fi
}

leaf()
{
	openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$HOME/$1.key" 2> /dev/null
	openssl req -new -key "$HOME/$1.key" -subj "$2" -out "$HOME/$1.csr" 2> /dev/null
	printf 'basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n' > "$HOME/ext"
	openssl x509 -req -in "$HOME/$1.csr" -CA "$HOME/$3.crt" -CAkey "$HOME/$3.key" -days 30 -set_serial 8 \
		-extfile "$HOME/ext" -out "$HOME/$1.crt" 2> /dev/null
}

people alice bob
ca root "/O=Example/CN=Example Root CA" 400
ca below "/O=Example/CN=Example Build CA" 300 root
ca other "/CN=Other" 400
leaf leaf "/CN=build" below
trust_repo alice bob

expect 0 "an empty list says what to do" stella trust-anchors list
match "trust-anchors add --cert"

# The runbook's command, as it stands.
expect 0 "a root is added" stella trust-anchors add --cert "$HOME/root.crt"
match "recorded, not in force"
match "1 of 2"
match "bob"
expect 0 "one approval of two puts nothing in force" stella trust-anchors list
no_match "example-root-ca"
same "the reason of a script is the command" \
	"$(git log -1 --format=%B | grep -c "^stella trust-anchors add --cert $HOME/root.crt")" 1
be bob
try 0 stella approve --yes --reason "fingerprint read aloud"
be alice
expect 0 "two approvals do" stella trust-anchors list
match "anchor  example-root-ca  root"
match "$(openssl x509 -in "$HOME/root.crt" -outform DER | sha256sum | cut -d' ' -f1)"
match "days left"
expect 0 "as JSON" stella trust-anchors list -o json
json .schema stella.trust-anchors/1
json '.anchors[0].name' example-root-ca
json '.anchors[0].expired' false
same "the record is what a reviewer reads" "$(jq -r .sha256 anchors/example-root-ca.json)" \
	"$(openssl x509 -in anchors/example-root-ca.pem -outform DER | sha256sum | cut -d' ' -f1)"
expect 0 "show names who approved it and why" stella trust-anchors show example-root-ca
match "fingerprint read aloud"
match "alice  commit"
match "bob  commit"
expect 0 "show as JSON" stella trust-anchors show example-root-ca -o json
json '.since.approvals | length' 2
json '[.since.approvals[].reason | test("fingerprint read aloud")] | any' true
expect 0 "-v shows the certificate" stella trust-anchors show example-root-ca -v
match "-----BEGIN CERTIFICATE-----"
expect 5 "show of nothing" stella trust-anchors show nothing
expect 2 "show of no name" stella trust-anchors show ../policy

before=$(git rev-parse HEAD)
expect 2 "the same certificate again" stella trust-anchors add --cert "$HOME/root.crt"
match "already there"
expect 2 "and under another name" stella trust-anchors add --cert "$HOME/root.crt" --name again
match "already there: this certificate is the trust anchor \"example-root-ca\""
expect 2 "another certificate under the same name" stella trust-anchors add --cert "$HOME/other.crt" --name example-root-ca
match "choose one with --name"
expect 2 "a leaf is no anchor" stella trust-anchors add --cert "$HOME/leaf.crt"
match "not a CA certificate"
expect 2 "nor an intermediate" stella trust-anchors add-intermediate --cert "$HOME/leaf.crt"
match "not a CA certificate"
expect 2 "an intermediate is no root" stella trust-anchors add --cert "$HOME/below.crt"
match "stella trust-anchors add-intermediate --cert"
expect 2 "a root is no intermediate" stella trust-anchors add-intermediate --cert "$HOME/other.crt"
match "stella trust-anchors add --cert"
cat "$HOME/root.crt" "$HOME/below.crt" > "$HOME/two.crt"
expect 2 "two certificates in one file" stella trust-anchors add --cert "$HOME/two.crt"
match "holds 2 certificates"
expect 2 "a private key" stella trust-anchors add --cert "$HOME/root.key"
match "holds a PRIVATE KEY"
expect 3 "a file without certificate" stella trust-anchors add --cert "$HOME/ext"
expect 5 "a file that is not there" stella trust-anchors add --cert "$HOME/nothing"
expect 2 "no file" stella trust-anchors add
expect 2 "an id that would leave the folder" stella trust-anchors add --cert "$HOME/other.crt" --name ../x
expect 2 "an id in capitals" stella trust-anchors add --cert "$HOME/other.crt" --name CON
expect 2 "an end before the beginning" stella trust-anchors add --cert "$HOME/other.crt" --expires 2001-01-01
expect 2 "an end that is no date" stella trust-anchors add --cert "$HOME/other.crt" --expires soon
dd if=/dev/zero of="$HOME/huge" bs=1024 count=1100 2> /dev/null
expect 6 "a file beyond the limit" stella trust-anchors add --cert "$HOME/huge"
same "none of this made a commit" "$(git rev-parse HEAD)" "$before"
same "none of this left a file" "$(git status --porcelain)" ""

expect 0 "an intermediate is added" stella trust-anchors add-intermediate --cert "$HOME/below.crt" --expires 30d --reason "for CI"
expect 4 "another change while one is open" stella trust-anchors add --cert "$HOME/other.crt"
match "--include-unapproved"
be bob
try 0 stella approve --yes --reason "yes"
be alice
expect 0 "its window is narrowed" stella trust-anchors list -o json
json '.anchors[] | select(.kind == "intermediate") | .daysLeft <= 30' true

openssl x509 -in "$HOME/other.crt" -outform DER -out "$HOME/other.der"
both stella trust-anchors add --cert "$HOME/other.der" --name der-form --reason "DER works too"
expect 0 "a DER file" stella trust-anchors show der-form

expect 5 "remove what is not there" stella trust-anchors remove nothing
both stella trust-anchors remove der-form --reason "not needed"
expect 5 "removed" stella trust-anchors show der-form
same "with its certificate" "$(find anchors -name 'der-form*')" ""

# Expiry: seen from a day on which the intermediate is over.
if can_fake_time; then
	expect 0 "an expired anchor is marked" faketime '+40 days' "$builddir/stella" trust-anchors list --no-memory
	match "EXPIRED"
fi

# Hostile text: the subject of a certificate is data.
esc=$(printf '\033')
ca evil "/CN=Evil ${esc}[31mRoot" 400
both stella trust-anchors add --cert "$HOME/evil.crt" --name evil --reason "escape test"
expect 0 "an escape in a subject is shown, not sent" stella trust-anchors list
no_match "$esc"

done_testing
