#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# verify artifact: by file or digest, from the index of the store, each attestation named and why it counts or not.
# shellcheck source=tests/cli/lib.sh
. "${srcdir:-$(dirname "$0")/../..}/tests/cli/lib.sh"

people alice bob
trust_repo alice bob
for key in build other; do
	signing_key $key
done
printf 'the program\n' > "$HOME/program"
printf 'another program\n' > "$HOME/elsewhere"
hex=$(sha256sum "$HOME/program" | cut -d' ' -f1)
hex512=$(sha512sum "$HOME/program" | cut -d' ' -f1)
no=$(printf 'x' | sha256sum | cut -d' ' -f1)

# refused STATUS CODE TEXT COMMAND...: the first line says so, nothing looks like success.
refused()
{
	status_wanted=$1 code=$2
	shift 2
	expect "$status_wanted" "$@"
	same "first line: REFUSED $code" "$(head -n 1 "$T/out" | cut -d: -f1)" "REFUSED $code"
	same "standard error is silent" "$(cat "$T/err")" ""
	if grep -q '^VERIFIED\|"verified": true\|  counts ' "$T/out"; then fail "looks like success"; fi
}
attest()
{
	stella attest create "$@" > "$T/out" 2> "$T/err"
	head -n 1 "$T/out"
}

# ---- nothing there
refused 1 no-attestation "no branch of attestations" stella verify artifact "$HOME/program"
match "refs/heads/attestations does not exist here"
match "git fetch origin attestations:attestations"
id=$(attest --subject "$HOME/program" --type slsaprovenance1 --key "$HOME/build.key")
refused 1 no-attestation "nothing about this artifact" stella verify artifact "$HOME/elsewhere"
no_match "does not exist"
match "stella attest create"

# ---- not trusted yet: the reason of the attestation is that of the artifact
refused 1 key-unknown "nobody's key" stella verify artifact --digest "sha256:$hex"
match "$id"
match "add-key"
both stella issuer add ci --reason "runs our builds"
both stella trust-anchors add-key --key "$HOME/build.pem" --issuer ci --reason "its key"
refused 1 issuer-untrusted "an issuer that is only proposed" stella verify artifact --digest "sha256:$hex"
match "stella issuer trust ci"
both stella issuer trust ci --reason "Approved by security team"

# ---- yes
expect 0 "the runbook's command" stella verify artifact --digest "$hex"
same "the first line says so" "$(head -n 1 "$T/out")" VERIFIED
match "artifact     sha256:$hex"
match "counts     slsaprovenance1, signed by ci"
match "root         $root, pinned by git config (local)"
same "standard error is silent" "$(cat "$T/err")" ""
expect 0 "a file" stella verify artifact "$HOME/program"
expect 0 "with the algorithm" stella verify artifact "sha256:$hex"
expect 0 "with a name" stella verify artifact "registry.example/app@sha256:$hex"
expect 0 "gh's name of the option" stella verify artifact --predicate-type slsaprovenance1 "$HOME/program"
expect 0 "of the issuer asked for" stella verify artifact "$HOME/program" --issuer ci
expect 0 "as JSON" stella verify artifact "$HOME/program" -o json
json .schema stella.verify-artifact/1
json .verified true
json .artifact.sha256 "$hex"
json .artifact.sha512 "$hex512"
json '.attestations | length' 1
json '.attestations[0].id' "$id"
json '.attestations[0].counts' true
json '.attestations[0].issuers | join(",")' ci
json '.attestations[0].verificationResult.statement.predicateType' https://slsa.dev/provenance/v1
json .trust.root "$root"
json .trust.state.number 3
expect 0 "quiet" stella verify artifact "$HOME/program" -q
same "says nothing" "$(cat "$T/out" "$T/err")" ""
cp "$HOME/program" "$T/a file with spaces"
expect 0 "the name decides nothing" stella verify artifact "$T/a file with spaces"

# ---- no
refused 1 no-attestation "of another type" stella verify artifact "$HOME/program" --type spdxjson
refused 1 issuer-untrusted "of another issuer" stella verify artifact "$HOME/program" --issuer somebody
refused 1 no-attestation "another digest" stella verify artifact --digest "sha256:$no"
refused 1 subject-mismatch "two digests that contradict each other" stella verify artifact "$HOME/program" --digest "sha256:$no"
cp "$HOME/program" "$T/longer"
echo >> "$T/longer"
refused 1 no-attestation "a byte more" stella verify artifact "$T/longer"
expect 1 "as JSON" stella verify artifact "$HOME/program" --type spdxjson -o json
json .verified false
json .error.code no-attestation
json '.attestations[0].counts' false
json '[.. | .verificationResult? | select(. != null)] | length' 0
expect 1 "quiet, but not when refused" stella verify artifact "$HOME/elsewhere" -q
match "no attestation"
expect 2 "no artifact" stella verify artifact
expect 2 "no such file" stella verify artifact "$HOME/nothing"
expect 2 "a weak digest" stella verify artifact --digest "sha1:da39a3ee5e6b4b0d3255bfef95601890afd80709"
expect 2 "half a digest" stella verify artifact --digest "sha256:abcd"
expect 2 "an issuer that is no id" stella verify artifact "$HOME/program" --issuer ../x
mkfifo "$T/fifo"
expect 2 "a pipe" timeout 10 "$builddir/stella" verify artifact "$T/fifo"
match "not a regular file"
expect 2 "a device" stella verify artifact /dev/zero
expect 2 "a directory" stella verify artifact "$HOME"
truncate -s 1500G "$T/huge" 2> /dev/null
if [ -s "$T/huge" ]; then
	expect 6 "larger than is ever read" timeout 10 "$builddir/stella" verify artifact "$T/huge"
else
	echo "# no sparse file of this size here: NOT RUN"
fi
rm -f "$T/huge"
chmod 000 "$T/longer"
if [ "$(id -u)" -ne 0 ]; then expect 7 "not readable" stella verify artifact "$T/longer"; fi
chmod 600 "$T/longer"

# ---- several: each is named, one is enough
bad=$(attest --subject "$HOME/program" --type spdxjson --key "$HOME/other.key")
expect 0 "one that counts is enough" stella verify artifact "$HOME/program"
match "$bad"
match "does not   key-unknown"
refused 1 key-unknown "not by the other" stella verify artifact "$HOME/program" --type spdxjson
match "does not   no-attestation"
match "the nearest of 2; none counts"

# ---- what is not stored
stella attest export "$id" > "$T/a.json"
git branch -q keep attestations
git update-ref -d refs/heads/attestations
expect 0 "from a file" stella verify artifact "$HOME/program" --bundle "$T/a.json"
match "$T/a.json"
"$builddir/stella" verify artifact "$HOME/program" --attestation - < "$T/a.json" > "$T/out" 2> "$T/err"
same "from standard input" "$(head -n 1 "$T/out")" VERIFIED
refused 1 subject-mismatch "of another artifact" stella verify artifact "$HOME/elsewhere" --bundle "$T/a.json"
expect 3 "a file that is none" stella verify artifact "$HOME/program" --bundle "$HOME/program"
expect 5 "a file that is not there" stella verify artifact "$HOME/program" --bundle "$T/nothing.json"
jq -c '.dsseEnvelope.payload |= (@base64d | sub("predicate\":\\{"; "predicate\":{\"x\":1") | @base64)' "$T/a.json" > "$T/b.json"
refused 1 signature-mismatch "altered" stella verify artifact "$HOME/program" --bundle "$T/b.json"
match "stella attest integrity-check $T/b.json"
git branch -q attestations keep
expect 0 "a stored one once more, once" stella verify artifact "$HOME/program" --bundle "$T/a.json" -o json
json '.attestations | length' 2

# ---- an index that lies: what is listed is judged by its own words
index="subjects/sha256/$(printf %s "$hex" | cut -c1-2)/$(printf %s "$hex" | cut -c3-4)/$(printf %s "$hex" | cut -c5-)"
plant() # ID: adds it to the index of the program
{
	GIT_INDEX_FILE=$T/index git read-tree attestations
	GIT_INDEX_FILE=$T/index git update-index --add --cacheinfo "100644,$(git hash-object -w --stdin < /dev/null),$index/$1"
	git update-ref refs/heads/attestations \
		"$(GIT_INDEX_FILE=$T/index git write-tree | xargs -I{} git commit-tree {} -p attestations -m x)"
}
elsewhere=$(attest --subject "$HOME/elsewhere" --type slsaprovenance1 --key "$HOME/build.key")
plant "$elsewhere"
expect 0 "the honest one counts" stella verify artifact "$HOME/program"
match "does not   subject-mismatch"
expect 0 "the planted one is named" stella verify artifact "$HOME/program" -o json
json ".attestations[] | select(.id == \"$elsewhere\") | .code" subject-mismatch
plant "$no"
expect 0 "one that is not there" stella verify artifact "$HOME/program"
match "does not   not-found"
expect 5 "and a no that rests on it is no answer" stella verify artifact "$HOME/program" --type spdxjson
same "and no verdict" "$(cat "$T/out")" ""
git update-ref refs/heads/attestations keep

# ---- SHA-512 alone, as npm has it
expect 0 "by SHA-512" stella attest create --subject "sha512:$hex512" --type https://example.org/npm --key "$HOME/build.key"
expect 0 "a file is known by any of its digests" stella verify artifact "$HOME/program" --type https://example.org/npm
expect 0 "by the digest itself" stella verify artifact --digest "sha512:$hex512"
refused 1 subject-mismatch "but not against another digest" stella verify artifact "$HOME/program" --digest "sha256:$no"

# ---- a result that is no good speaks for nothing
printf 'failing\n' > "$HOME/failing"
printf '{"result":"FAILED","configuration":[]}' > "$T/failed.json"
printf '{"result":"PASSED","configuration":[]}' > "$T/passed.json"
printf '{"result":"passed","configuration":[]}' > "$T/lower.json"
attest --subject "$HOME/failing" --type testresult --predicate "$T/failed.json" --key "$HOME/build.key" > /dev/null
refused 1 refused "a test that failed" stella verify artifact "$HOME/failing"
match "its result is FAILED"
attest --subject "$HOME/failing" --type testresult --predicate "$T/lower.json" --key "$HOME/build.key" --force > /dev/null
refused 1 refused "a word like PASSED" stella verify artifact "$HOME/failing"
printf 'untold\n' > "$HOME/untold"
attest --subject "$HOME/untold" --type testresult --key "$HOME/build.key" > /dev/null
refused 3 malformed "a test without a result" stella verify artifact "$HOME/untold"
attest --subject "$HOME/failing" --type testresult --predicate "$T/passed.json" --key "$HOME/build.key" --force > /dev/null
refused 1 refused "a test that passed, nobody knows when" stella verify artifact "$HOME/failing"
match "taken back by issuer"
printf 'passing\n' > "$HOME/passing"
attest --subject "$HOME/passing" --type testresult --predicate "$T/passed.json" --key "$HOME/build.key" > /dev/null
expect 0 "a test that passed" stella verify artifact "$HOME/passing"

# ---- the trust state comes first
expect 4 "another root" stella verify artifact "$HOME/program" --trust-root "$(printf '%040d' 1)"
same "and no verdict" "$(cat "$T/out")" ""
both stella issuer suspend ci --reason "leaked"
refused 1 issuer-untrusted "an issuer that was suspended" stella verify artifact "$HOME/program"
if can_fake_time; then
	expect 4 "a policy that has expired" faketime '+100 days' "$builddir/stella" verify artifact "$HOME/program" --no-memory
else
	echo "# faketime is not here: NOT RUN"
fi
done_testing
