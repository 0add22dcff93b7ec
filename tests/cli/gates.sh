#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# gates: each requirement met and unmet, named in text and JSON; records that change trust like any other.
# shellcheck source=tests/cli/lib.sh
. "${srcdir:-$(dirname "$0")/../..}/tests/cli/lib.sh"

people alice bob
trust_repo alice bob
be alice
# One approval is enough here: what is tested is the gate, not the quorum.
both stella policy renew --expires 60d --threshold issuers=1 --threshold root=1 --reason "a small team"
for key in ci scan-a scan-b rel-a rel-b stranger; do
	signing_key $key
done
for issuer in ci scan-a scan-b rel-a rel-b; do
	try 0 stella issuer add $issuer --reason "for the test"
	try 0 stella trust-anchors add-key --key "$HOME/$issuer.pem" --issuer $issuer --reason "its key"
	try 0 stella issuer trust $issuer --reason "for the test"
done
printf 'the program\n' > "$HOME/program"
subject=registry.example/app@sha256:$(sha256sum "$HOME/program" | cut -d' ' -f1)

# refused CODE TEXT COMMAND...: the first line says so, nothing looks like success.
refused()
{
	code=$1
	shift
	expect 1 "$@"
	same "first line: REFUSED $code" "$(head -n 1 "$T/out" | cut -d: -f1)" "REFUSED $code"
	if grep -q '^VERIFIED\|"verified": true' "$T/out"; then fail "looks like success"; fi
}
attest() # KEY TYPE [PREDICATE]
{
	if [ $# -gt 2 ]; then printf '%s' "$3" > "$T/predicate"; else printf '{}' > "$T/predicate"; fi
	stella attest create --subject "$subject" --type "$2" --predicate "$T/predicate" --key "$HOME/$1.key" --force \
		> "$T/id" 2> "$T/err"
	head -n 1 "$T/id"
}
verify()
{
	stella verify artifact "$HOME/program" "$@"
}
gate() # NAME OPTION...: the gate anew
{
	if [ -f "gates/$1.json" ]; then try 0 stella gate remove "$1" --reason "made anew"; fi
	try 0 stella gate add "$@" --reason "for the test"
}

# ---- the records
expect 0 "no gate" stella gate list
match "one trusted attestation is enough"
expect 0 "add" stella gate add release --require provenance --type slsaprovenance1 --issuer ci --reason "what we ship"
match "in force"
expect 0 "a second requirement" stella gate add release --require scanned --type vuln \
	--signers "scanners=2:scan-a,scan-b" --reason "what we ship, scanned"
expect 0 "list" stella gate list
match "release          2 requirements  what we ship, scanned"
expect 0 "show" stella gate show release
match "2 of team scanners: scan-a, scan-b"
match "alice  commit"
expect 0 "as JSON" stella gate show release -o json
json .schema stella.gate/1
json '.requirements | map(.name) | join(" ")' "provenance scanned"
json '.requirements[1].signers[0].count' 2
expect 0 "the same name takes its place" stella gate add release --require scanned --type vuln \
	--signers "scanners=1:scan-a,scan-b" --reason "one is enough"
same "in place" "$(jq -c '[.requirements[] | [.name, (.signers[0].count)]]' gates/release.json)" '[["provenance",1],["scanned",1]]'
expect 0 "check knows them" stella check
expect 0 "history, too" stella history why release
match "one is enough"
cp gates/release.json "$T/release.json"
expect 0 "from a file" stella gate add copy --file "$T/release.json" --reason "the same"
same "the same requirements" "$(jq -S .requirements gates/copy.json)" "$(jq -S .requirements gates/release.json)"
expect 2 "a removal needs its reason" stella gate remove copy
expect 0 "remove" stella gate remove copy --reason "was a copy"
expect 5 "gone" stella gate show copy
expect 5 "twice" stella gate remove copy --reason "was a copy"
expect 2 "nothing asked for" stella gate add empty --reason "x"
expect 2 "a name that is none" stella gate add ../x --type vuln --reason "x"
expect 2 "a type that is none" stella gate add x --type nonsense --reason "x"
expect 2 "more than there are" stella gate add x --signers "3:ci,scan-a" --reason "x"
expect 2 "nobody" stella gate add x --signers "0:ci" --reason "x"
expect 2 "counted twice" stella gate add x --signers "1:ci,scan-a" --signers "1:scan-a,scan-b" --reason "x"
expect 2 "no such form" stella gate add x --signers "ci" --reason "x"
expect 2 "an age that is none" stella gate add x --max-age "1 week" --reason "x"
expect 2 "an age with two names" stella gate add x --max-age 24h --reason "x"
expect 2 "both kinds" stella gate add x --builder-id b --verifier-id v --reason "x"
expect 2 "a file and more" stella gate add x --file "$T/release.json" --type vuln --reason "x"
for bad in '.version = 2' '.extra = 1' 'del(.requirements)' '.requirements = []' '.requirements[0].signers[0].count = 0' \
	'.requirements[0].name = "UPPER"' '.requirements[1].name = .requirements[0].name' '.requirements[0].predicate_types = ["x"]' \
	'.requirements[0].slsa = {"builder": ["x"]}' '.requirements[0].max_age = 5' '.requirements[0].issuers = ["ci"]'; do
	jq "$bad" "$T/release.json" > "$T/bad.json"
	status=3
	[ "$bad" != '.version = 2' ] || status=4
	expect $status "refused: $bad" stella gate add x --file "$T/bad.json" --reason "x"
done
same "nothing was written" "$(git status --porcelain; ls gates)" "release.json"
expect 0 "an unknown issuer is warned of" stella gate add odd --issuer nobody --reason "x"
match "no issuer nobody is in force"

# ---- types and issuers
refused gate-unmet "nothing is stored" verify --gate release
match "does not exist here"
provenance=$(attest ci slsaprovenance1)
refused gate-unmet "half of it" verify --gate release
match "gate release: 1 of 2 requirements not met: scanned"
match "met          provenance"
match "NOT MET      scanned"
match "0 of 1  team scanners: scan-a, scan-b"
match "not by   $provenance: its type is https://slsa.dev/provenance/v1, asked for is vuln"
match "next         stella gate show release"
expect 1 "as JSON" verify --gate release -o json
json .verified false
json .error.code gate-unmet
json .gate.name release
json '.gate.requirements | map([.name, (.met | tostring)] | join(" ")) | join(",")' "provenance true,scanned false"
json ".gate.requirements[0].by[0]" "$provenance"
json ".gate.requirements[1].notBy[0].id" "$provenance"
json ".gate.requirements[1].signers[0].there | length" 0
attest rel-a vuln > /dev/null
refused gate-unmet "by somebody else" verify --gate release
match "it is signed by rel-a, who is not asked for"
stranger=$(attest stranger vuln)
refused gate-unmet "by a stranger" verify --gate release
match "does not   key-unknown"
match "next       stella trust-anchors add-key --key <key.pem> --expires <date>"
expect 1 "as JSON" verify --gate release -o json
json ".attestations[] | select(.id == \"$stranger\").hint | startswith(\"stella trust-anchors add-key --key\")" true
json '[.attestations[] | select(.counts) | .hint] | unique | length' 1
scan=$(attest scan-a vuln)
expect 0 "all of it" verify --gate release
match "met          scanned"
match "by       $scan"
match "1 of 1  team scanners: scan-a, scan-b; there: scan-a"
expect 0 "as JSON" verify --gate release -o json
json '[.gate.requirements[].met] | all' true
expect 0 "without a gate one is enough" verify
expect 5 "a gate that is not there" verify --gate nothing
match "stella gate list"
same "and no verdict" "$(cat "$T/out")" ""
expect 1 "less is asked for, less counts" verify --gate release --issuer ci
gate default --type spdxjson
refused gate-unmet "default applies" verify
match "gate default"
expect 0 "unless another is named" verify --gate release
try 0 stella gate remove default --reason "test"

# ---- k of team A and m of team B: issuers are counted, not signatures
gate teams --type https://example.org/ok --signers "scanners=2:scan-a,scan-b" --signers "release=1:rel-a,rel-b"
attest scan-a https://example.org/ok > /dev/null
attest scan-a https://example.org/ok > /dev/null
attest rel-a https://example.org/ok > /dev/null
refused gate-unmet "one issuer twice is one" verify --gate teams
match "1 of 2  team scanners"
attest rel-b https://example.org/ok > /dev/null
refused gate-unmet "the other team does not help" verify --gate teams
attest scan-b https://example.org/ok > /dev/null
expect 0 "both teams" verify --gate teams
match "2 of 2  team scanners: scan-a, scan-b; there: "
match "2 of 1  team release"
try 0 stella issuer suspend scan-b --reason "test"
refused gate-unmet "who is not trusted does not count" verify --gate teams
try 0 stella issuer trust scan-b --reason "test"

# ---- names
gate named --type vuln --subject "registry.example/*"
expect 0 "called so" verify --gate named
gate named --type vuln --subject "registry.example/*/app"
refused gate-unmet "not called so" verify --gate named
match "its subject is registry.example/app"

# ---- SLSA provenance
gate slsa --builder-id "https://builder.example/*@refs/tags/v*" --source-uri "https://github.com/org/*" --source-ref refs/heads/main
refused gate-unmet "an empty provenance" verify --gate slsa
v1() # BUILDER REPOSITORY REF
{
	attest ci slsaprovenance1 "{\"buildDefinition\":{\"buildType\":\"https://actions.github.io/buildtypes/workflow/v1\",
		\"externalParameters\":{\"workflow\":{\"repository\":\"$2\",\"ref\":\"$3\",\"path\":\"x\"}},
		\"resolvedDependencies\":[{\"uri\":\"git+$2@$3\"}]},\"runDetails\":{\"builder\":{\"id\":\"$1\"}}}" > /dev/null
}
v02() # BUILDER URI
{
	attest ci slsaprovenance02 "{\"builder\":{\"id\":\"$1\"},\"buildType\":\"https://example.org/b\",
		\"invocation\":{\"configSource\":{\"uri\":\"$2\"}},\"materials\":[{\"uri\":\"$2\"}]}" > /dev/null
}
v1 https://builder.example/evil/x@refs/tags/v1 https://github.com/org/app refs/heads/main
refused gate-unmet "another builder" verify --gate slsa
match "its builder is https://builder.example/evil/x@refs/tags/v1"
v1 https://builder.example/b@refs/tags/v1 https://github.com/other/app refs/heads/main
refused gate-unmet "another source" verify --gate slsa
match "its source repository is https://github.com/other/app"
v1 https://builder.example/b@refs/tags/v1 https://github.com/org/app refs/heads/dev
refused gate-unmet "another branch" verify --gate slsa
match "its source ref is refs/heads/dev"
v1 https://builder.example/b@refs/tags/v1 https://github.com/org/app refs/heads/main
expect 0 "v1" verify --gate slsa
gate slsa --builder-id https://builder02.example --source-uri "https://github.com/org/app" --source-ref "refs/tags/v*"
v02 https://builder02.example git+https://github.com/org/app@refs/heads/v1
refused gate-unmet "a branch is no tag" verify --gate slsa
v02 https://builder02.example git+https://github.com/org/app
refused gate-unmet "no ref" verify --gate slsa
match "it names no source ref"
v02 https://builder02.example git+https://github.com/org/app@refs/tags/v1
expect 0 "v0.2" verify --gate slsa

# ---- negative results satisfy no gate
gate tests --type testresult
failed=$(attest ci testresult '{"result":"FAILED","configuration":[]}')
refused gate-unmet "a test that failed" verify --gate tests
match "its result is FAILED"
attest scan-a testresult '{"result":"PASSED","configuration":[]}' > /dev/null
expect 0 "one that passed, by another issuer" verify --gate tests

# ---- and take back what their issuer said, unless that is later by verified times of both
gate ci-tests --type testresult --issuer ci
passed=$(attest ci testresult '{"result":"PASSED","configuration":[]}')
refused gate-unmet "one that passed, whose time nobody verified" verify --gate ci-tests
match "taken back by issuer ci, or not known to be later: attestation $failed: its result is FAILED"
people carol
be alice
try 0 stella member add carol --key "$HOME/carol.pub" --role recorder --reason "a clock"
be carol
try 0 stella attest record "$failed"
refused gate-unmet "a failure whose time is verified, and it is not" verify --gate ci-tests
sleep 1.1
try 0 stella attest record "$passed"
be alice
expect 0 "later by recorded times" verify --gate ci-tests
match "by       $passed"
again=$(attest ci testresult '{"result":"FAILED","configuration":[],"again":true}')
refused gate-unmet "a failure after it, without a time" verify --gate ci-tests
be carol
sleep 1.1
try 0 stella attest record "$again"
be alice
refused gate-unmet "and with one" verify --gate ci-tests
match "attestation $again"
expect 0 "others stand by their word" verify --gate tests
better=$(attest ci testresult '{"result":"PASSED","configuration":[],"again":true}')
be carol
sleep 1.1
try 0 stella attest record "$better"
be alice
expect 0 "until it passes again" verify --gate ci-tests -o json
json '[.attestations[] | select(.counts == false and (.message | contains("taken back")))] | length' 1

# ---- verification summaries
vsa() # RESULT LEVELS RESOURCE VERIFIER
{
	attest ci vsa "{\"verifier\":{\"id\":\"$4\"},\"timeVerified\":\"2026-01-01T00:00:00Z\",\"resourceUri\":\"$3\",
		\"policy\":{\"uri\":\"https://example.org/policy\"},\"verificationResult\":\"$1\",\"verifiedLevels\":[$2]}" > /dev/null
}
gate summary --verifier-id https://v.example --resource-uri "pkg:oci/app*" --verified-level SLSA_BUILD_LEVEL_2
vsa FAILED '"SLSA_BUILD_LEVEL_3"' pkg:oci/app@0 https://v.example
refused gate-unmet "FAILED" verify --gate summary
vsa PASSED '"SLSA_BUILD_LEVEL_1","SLSA_SOURCE_LEVEL_3"' pkg:oci/app@1 https://v.example
refused gate-unmet "a lower level" verify --gate summary
match "it verifies no SLSA_BUILD_LEVEL_2"
vsa PASSED '"SLSA_BUILD_LEVEL_3"' pkg:oci/other@1 https://v.example
refused gate-unmet "another resource" verify --gate summary
vsa PASSED '"SLSA_BUILD_LEVEL_3"' pkg:oci/app@1 https://w.example
refused gate-unmet "another verifier" verify --gate summary
vsa PASSED '"SLSA_BUILD_LEVEL_3"' pkg:oci/app@1 https://v.example
expect 0 "a higher level, and what failed is another resource" verify --gate summary
vsa FAILED '"SLSA_BUILD_LEVEL_3"' pkg:oci/app@1 https://v.example
refused gate-unmet "FAILED for this one" verify --gate summary
match "taken back by issuer ci"
old=https://slsa.dev/verification_summary/v0.1
gate old --type $old --verifier-id https://v.example
for result in PASSED FAILED; do
	attest ci $old "{\"verifier\":{\"id\":\"https://v.example\"},\"policy\":{\"uri\":\"https://example.org/policy\"},
		\"verification_result\":\"$result\",\"policy_level\":\"SLSA_LEVEL_3\"}" > /dev/null
	[ $result = FAILED ] || expect 0 "the first version, PASSED" verify --gate old
done
refused gate-unmet "the first version, FAILED" verify --gate old
match "its result is FAILED"
match "taken back by issuer ci"

# ---- writing one
payload()
{
	jq -r '.dsseEnvelope.payload | @base64d | fromjson | '"$1" "$T/vsa.json"
}
gate release --type slsaprovenance1 --builder-id "https://builder.example/*@refs/tags/v*"
expect 0 "a summary of a yes" verify --gate release --vsa "$T/vsa.json" --key "$HOME/ci.key" --verifier-id https://v.example \
	--resource-uri pkg:oci/app@2
match "vsa          $T/vsa.json: PASSED $(sha256sum "$T/vsa.json" | cut -d' ' -f1)"
same "type" "$(payload .predicateType)" https://slsa.dev/verification_summary/v1
same "result" "$(payload .predicate.verificationResult)" PASSED
same "verifier" "$(payload .predicate.verifier.id)" https://v.example
same "resource" "$(payload .predicate.resourceUri)" pkg:oci/app@2
same "policy" "$(payload .predicate.policy.uri)" "stella:$root/gates/release.json"
same "policy by its digest" "$(payload .predicate.policy.digest.sha256)" "$(sha256sum gates/release.json | cut -d' ' -f1)"
same "levels" "$(payload '.predicate.verifiedLevels | join(",")')" SLSA_BUILD_LEVEL_1
same "the artifact" "$(payload '.subject[0].digest.sha256')" "$(sha256sum "$HOME/program" | cut -d' ' -f1)"
verify --gate release -o json > "$T/answer.json"
same "inputs are what met it" "$(payload '[.predicate.inputAttestations[].digest.sha256] | sort | join(",")')" \
	"$(jq -r '[.gate.requirements[].by[]] | sort | join(",")' "$T/answer.json")"
expect 0 "it verifies" stella verify attestation --attestation "$T/vsa.json"
gate promoted --verifier-id https://v.example --resource-uri "pkg:oci/app@2" --verified-level SLSA_BUILD_LEVEL_1
refused gate-unmet "a gate that asks for one" verify --gate promoted
expect 0 "and is given it" verify --gate promoted --bundle "$T/vsa.json"
expect 0 "or finds it" stella attest import "$T/vsa.json"
expect 0 "in the store" verify --gate promoted -o json
json .vsa null
gate release --type spdxjson
before=$(sha256sum "$T/vsa.json")
expect 2 "a key that is missing is told first" verify --gate release --vsa "$T/vsa.json"
expect 5 "no such key" verify --gate release --vsa "$T/vsa.json" --key "$HOME/nothing.key"
expect 5 "what could not be decided is no summary" verify --gate nothing --vsa "$T/vsa.json" --key "$HOME/ci.key"
same "the old file stands" "$(sha256sum "$T/vsa.json")" "$before"
refused gate-unmet "a summary of a no" verify --gate release --vsa "$T/vsa.json" --key "$HOME/ci.key"
match "FAILED"
same "result" "$(payload .predicate.verificationResult)" FAILED
same "levels" "$(payload '.predicate.verifiedLevels | join(",")')" FAILED
same "verifier by its key" "$(payload .predicate.verifier.id | cut -c1-11)" stella:key:
gate promoted --type vsa --verifier-id "stella:key:*"
refused gate-unmet "satisfies no gate" verify --gate promoted --bundle "$T/vsa.json"
match "its result is FAILED"
expect 7 "a place that is none" verify --gate teams --vsa "$T/no/vsa.json" --key "$HOME/ci.key"
same "and no verdict" "$(cat "$T/out")" ""
expect 2 "its options alone" verify --gate teams --key "$HOME/ci.key"

# ---- freshness counts verified times only
gate fresh --type vuln --max-age 30d
refused gate-unmet "a time that nobody verified is none" verify --gate fresh
match "it has no verified time, asked for is at most 30d"

# ---- a gate for a newer stella, in force, is no reason to let anything pass
jq '.version = 2' gates/release.json > "$T/newer.json"
cp "$T/newer.json" gates/default.json
git add gates/default.json
git commit -q -m "a newer gate"
try 0 stella approve --yes --reason "test"
expect 4 "needs a newer stella" verify
match "needs a newer stella"
same "and no verdict" "$(cat "$T/out")" ""
expect 0 "another gate is another matter" verify --gate teams
done_testing
