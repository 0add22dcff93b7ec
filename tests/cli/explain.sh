#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# why: the chain from a verdict to the pinned root in text and JSON, and git commands that are run here and show it.
# shellcheck source=tests/cli/lib.sh
. "${srcdir:-$(dirname "$0")/../..}/tests/cli/lib.sh"

people alice bob
trust_repo alice bob
signing_key build
signing_key other
both stella issuer add ci --reason "runs our builds"
both stella trust-anchors add-key --key "$HOME/build.pem" --issuer ci --reason "read over the phone"
both stella issuer trust ci --reason "Approved by security team; it's \$(touch pwned) theirs"
both stella gate add release --type slsaprovenance1 --issuer ci --reason "what we ship"
printf 'the program\n' > "$HOME/program"
stella attest create --subject "$HOME/program" --type slsaprovenance1 --key "$HOME/build.key" > "$T/id" 2> "$T/err"
id=$(head -n 1 "$T/id")
stella attest create --subject "$HOME/program" --type spdxjson --key "$HOME/other.key" > "$T/id" 2> "$T/err"
bad=$(head -n 1 "$T/id")
key=$(openssl pkey -pubin -in "$HOME/build.pem" -outform DER | sha256sum | cut -d' ' -f1)
fingerprint=$(ssh-keygen -lf "$HOME/bob.pub" | cut -d' ' -f2)

# run_git [DIR]: each git command of the last -o json answer runs here and prints what it says.
run_git()
{
	cp "$T/out" "$T/answer"
	count=$(jq '.git | length' "$T/answer")
	n=0
	while [ "$n" -lt "$count" ]; do
		run=$(jq -r ".git[$n].run" "$T/answer")
		prints=$(jq -r ".git[$n].prints // \"\"" "$T/answer")
		if (cd "${1:-.}" && sh -c "$run") > "$T/git.out" 2> "$T/git.err" && [ -n "$(jq -r ".git[$n].shows" "$T/answer")" ]; then
			if [ -z "$prints" ] || grep -qF -- "$prints" "$T/git.out"; then
				test_count=$((test_count + 1))
				echo "ok $test_count - $run"
			else
				fail "does not print $prints: $run"
			fi
		else
			fail "fails: $run: $(cat "$T/git.err")"
		fi
		n=$((n + 1))
	done
}

# ---- an attestation
expect 0 "explain" stella verify attestation --attestation "$id" --explain
match "issuer    issuers/ci.json  as it is since state"
match "approved by bob in commit"
match "Approved by security team"
match "root      $root  believed because it is pinned by git config (local)"
match "shown by git"
match "  git show 'refs/heads/attestations:attestations/"
match "  git log -1 --format=fuller $root"
expect 0 "not asked for, not said" stella verify attestation --attestation "$id"
no_match "shown by git"
expect 0 "as JSON" stella verify attestation --attestation "$id" --explain -o json
json '[.trust.why[].what] | join(" ")' "verdict signature key issuer policy root"
json '[.trust.why[] | select(.what == "issuer") | .approvals[].reason] | map(split("\n")[0]) | sort | join(", ")' "approve state 3, issuer trust ci"
json '[.git[].run | select(startswith("git show refs") or startswith("git show '"'"'refs"))] | length' 1
json '[.git[].prints | select(. != null and startswith("SHA256:"))] | unique | length' 2
run_git
cp "$T/answer" "$T/out"
if jq -r '.git[].prints // ""' "$T/out" | grep -qF "$fingerprint"; then pass "bob's key is named"; else fail "bob's key is not named"; fi
if [ "$count" -ge 12 ]; then pass "$count commands"; else fail "only $count commands"; fi
if [ -e pwned ]; then fail "a reason was run"; else pass "a reason is no command"; fi
expect 0 "elsewhere" stella -C "$T/trust" verify attestation --attestation "$id" --explain -o json
( cd "$T" && jq -e '[.git[].run | select(startswith("git -C '"'$T/trust'"'") | not)] | length == 0' out > /dev/null ) || fail "-C is lost"
run_git "$T"
expect 1 "a no has its chain, too" stella verify attestation --attestation "$bad" --explain -o json
json .verified false
json '[.trust.why[].what] | join(" ")' "verdict policy root"
run_git
expect 0 "from a file nothing is stored" stella attest export "$id" --out "$T/a.json"
git update-ref refs/heads/kept attestations
git update-ref -d refs/heads/attestations
expect 0 "so that is not shown" stella verify attestation --bundle "$T/a.json" --explain -o json
json '[.git[].run | select(contains("sha256sum"))] | length' 0
run_git
git update-ref refs/heads/attestations kept

# ---- a record changed later is shown as it was brought, and from there on
both stella issuer suspend ci --reason "on holiday"
both stella issuer trust ci --reason "back again"
expect 0 "after two more states" stella verify attestation --attestation "$id" --explain -o json
json '[.trust.why[] | select(.what == "issuer") | .number] | .[0]' 6
run_git

# ---- proposals beyond what is in force are not shown as in force
be alice
try 0 stella issuer suspend ci --reason "only proposed"
expect 0 "half a change" stella verify attestation --attestation "$id" --explain -o json
run_git
be bob
try 0 stella approve --yes --reason "yes"
be alice
both stella issuer trust ci --reason "once more"

# ---- an artifact
expect 0 "explain" stella verify artifact "$HOME/program" --explain
match "approved by alice in commit"
match "shown by git"
expect 0 "with its gate" stella verify artifact "$HOME/program" --gate release --explain -o json
json '[.why[][].what] | unique | join(" ")' "gate issuer key policy root signature verdict"
run_git
expect 1 "a no" stella verify artifact "$HOME/program" --type spdxjson --explain -o json
run_git

# ---- history why
for name in ci issuers/ci issuers/ci.json "$key" "$(printf %s "$key" | cut -c1-10)" release policy.json; do
	expect 0 "why $name" stella history why "$name" -o json
	json .schema stella.why/1
	json .root "$root"
	run_git
done
expect 0 "every state of it, newest first" stella history why ci -o json
json '[.states[].number] | join(" ")' "8 7 6 5 3 1"
expect 0 "in words" stella history why ci
match "back again"
match "git show "
expect 0 "an attestation" stella history why "$id" -o json
json .schema stella.why-attestation/1
json .verified true
run_git
expect 0 "by the begin of its id" stella history why "$(printf %s "$id" | cut -c1-12)"
same "the first line says so" "$(head -n 1 "$T/out")" VERIFIED
expect 1 "one that is refused" stella history why "$bad"
match "REFUSED key-unknown"
expect 0 "a file" stella history why "$T/a.json"
expect 5 "nothing of that name" stella history why nothing
match 'the state in force holds no record "nothing", and it is no attestation'
expect 5 "no such id" stella history why 0000000000
done_testing
