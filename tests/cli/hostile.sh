#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# hostile: what somebody hands in to mislead, and what must not look like a success.
# shellcheck source=tests/cli/lib.sh
. "${srcdir:-$(dirname "$0")/../..}/tests/cli/lib.sh"

people alice bob
trust_repo alice bob
start=$(git rev-parse HEAD)

# ---- an approver sees every byte
printf 'harmless\0\nhidden\n' > notes.txt
git add notes.txt
git commit -q -m "notes"
expect 2 "approve shows, and asks" stella approve --reason "read"
match '+harmless\x00'
match "+hidden"
git reset -q --hard "$start"

# ---- a limit on files is an error that is told, not a death
expect 7 "a change that is too large for the limit" sh -c "ulimit -f 0; exec '$builddir/stella' issuer add ci --reason x"
same "nothing was recorded" "$(git rev-parse HEAD)" "$start"
expect 7 "an answer that is too large for the limit" \
	sh -c "ulimit -f 0; exec '$builddir/stella' policy show --no-memory > '$T/limited'"
expect 0 "and without the limit" stella issuer add ci --reason x
git reset -q --hard "$start"

# ---- what is refused does not stand on standard output as if it were done
both stella issuer add ci --reason x
in_force=$(git rev-parse HEAD)
expect 2 "a reason that would forge a trailer" stella issuer suspend ci --reason "x
Stella-Approve: y"
same "standard output is silent" "$(cat "$T/out")" ""
echo '{}' > issuers/ci.json
expect 7 "a record that was altered by hand" stella issuer suspend ci --reason x
same "standard output is silent" "$(cat "$T/out")" ""
git reset -q --hard "$in_force"

# ---- a policy that cannot be read is named
: > policy.json
git commit -q -a -m "empty"
expect 3 "a branch with an empty policy" stella approve --yes --reason x
match "the tree is not valid: policy.json: "
expect 0 "status names it too" stella status --no-memory
match "policy.json: "
git reset -q --hard "$in_force"

# ---- the command line
expect 2 "an empty command" stella ""
match 'unknown command ""'
expect 2 "help for what is no command" stella help bogus
match 'unknown command "bogus"'
expect 0 "help for a group" stella help issuer
match "stella issuer <command>"
for words in "-o json --bogus" "--bogus -o json" "--output=json --bogus" "--format json -x" "-ojson --reason" \
	"-o json -o json"; do
	# shellcheck disable=SC2086 # words
	expect 2 "a wrong option: $words" stella status $words
	json .error.code usage
done
expect 2 "a format that is none" stella status -o xml
same "has no answer" "$(cat "$T/out")" ""

# ---- what is missing is named: the branch, not the issuer
git symbolic-ref HEAD refs/heads/unborn
expect 5 "on a branch without a commit" stella issuer suspend ci --reason x
match "refs/heads/unborn"
no_match "no issuer"
git symbolic-ref HEAD refs/heads/main

# ---- an identity under an anchor that can never assert it
printf 'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n' > "$HOME/ca.ext"
signing_key top
signing_key middle
openssl req -new -key "$HOME/top.key" -subj "/CN=top" |
	openssl x509 -req -days 30 -signkey "$HOME/top.key" -extfile "$HOME/ca.ext" -out "$HOME/top.crt" 2> /dev/null
openssl req -new -key "$HOME/middle.key" -subj "/CN=middle" |
	openssl x509 -req -days 30 -CA "$HOME/top.crt" -CAkey "$HOME/top.key" -set_serial 7 \
		-extfile "$HOME/ca.ext" -out "$HOME/middle.crt" 2> /dev/null
both stella trust-anchors add-intermediate --cert "$HOME/middle.crt" --name middle --reason x
expect 2 "an intermediate is no anchor" stella issuer add dev --reason x \
	--identity email:dev@example.org --identity-anchor middle
match "middle is an intermediate"
done_testing
