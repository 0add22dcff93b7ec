#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# export and limits: what other tools read.
# shellcheck source=tests/cli/lib.sh
. "${srcdir:-$(dirname "$0")/../..}/tests/cli/lib.sh"

people alice bob mallory
trust_repo alice bob
both stella issuer add ci --reason "something to sign"

expect 0 "allowed-signers" stella export allowed-signers
same "one line a key" "$(wc -l < "$T/out" | tr -d ' ')" 2
same "principal, namespace, key" "$(head -n 1 "$T/out")" "alice namespaces=\"git\" $(cut -d' ' -f1,2 "$HOME/alice.pub")"
expect 0 "into a file" stella export allowed-signers --out "$T/allowed"
match "gpg.ssh.allowedSignersFile"
git config gpg.ssh.allowedSignersFile "$T/allowed"
expect 0 "git verifies alice's commit by it" git verify-commit HEAD~1
match 'Good "git" signature for alice'
expect 0 "and bob's" git verify-commit HEAD
match 'Good "git" signature for bob'
expect 0 "git log agrees" git log --show-signature
no_match "No principal matched"
no_match "BAD"
no_match "No signature"
be mallory
git commit -q -S --allow-empty -m "not a member"
expect 1 "a stranger's commit is not verified" git verify-commit HEAD
git reset -q --hard HEAD~1
be alice
echo text > "$T/text"
ssh-keygen -q -Y sign -f "$HOME/alice" -n file "$T/text" 2> /dev/null
ssh-keygen -Y verify -f "$T/allowed" -I alice -n git -s "$T/text.sig" < "$T/text" > "$T/out" 2> "$T/err" &&
	echo accepted > "$T/out"
no_match accepted
ssh-keygen -Y verify -f "$T/allowed" -I alice -n file -s "$T/text.sig" < "$T/text" > "$T/out" 2> "$T/err" &&
	echo accepted > "$T/out"
no_match accepted
expect 0 "as JSON" stella export allowed-signers -o json
json '.signers | length' 2
json '.signers[1].principal' bob

git clone -q "$T/trust" "$T/clone"
expect 4 "without a pin nothing is exported" stella -C "$T/clone" export allowed-signers
same "nothing" "$(cat "$T/out")" ""

expect 0 "limits" stella limits
match "attestation"
match "16777216"
expect 0 "as JSON" stella limits -o json
json '.limits[] | select(.name == "json-depth") | .value' 64
expect 2 "limits takes no argument" stella limits x

done_testing
