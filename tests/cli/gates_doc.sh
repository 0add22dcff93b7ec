#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# gates_doc: docs/gates.md does what it says: each command runs with its status, and prints what stands below it.
# shellcheck source=tests/cli/lib.sh
. "${srcdir:-$(dirname "$0")/../..}/tests/cli/lib.sh"

people alice
trust_repo alice
for issuer in ci scan-a scan-b scan-c; do
	signing_key $issuer
	cp "$HOME/$issuer.key" .
	try 0 stella issuer add $issuer --reason "for the page"
	try 0 stella trust-anchors add-key --key "$HOME/$issuer.pem" --issuer $issuer --reason "its key"
	try 0 stella issuer trust $issuer --reason "for the page"
done
printf 'the program\n' > app.tar

sed -n '/^```sh$/,/^```$/p' "$srcdir/docs/gates.md" | grep -v '^```' > "$T/lines"
commands=0
run=
while IFS= read -r line; do
	case $line in
	'$ '*)
		run=${line#\$ }
		wanted=0
		case $run in *' # exit '*) wanted=${run##* # exit } ;; esac
		printf 'stella() { "%s" "$@"; }\n%s\n' "$builddir/stella" "${run%% # exit *}" > "$T/command"
		expect "$wanted" "$run" sh "$T/command"
		commands=$((commands + 1))
		;;
	*) match "$line" ;;
	esac
done < "$T/lines"
if [ "$commands" -ge 14 ]; then pass "$commands commands"; else fail "only $commands commands"; fi
done_testing
