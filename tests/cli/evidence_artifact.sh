#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# evidence packs of verify artifact: the gate judged again from the pack alone, and an artifact or a gate of the
# checker's own asked of the same evidence.
# shellcheck source=tests/cli/lib.sh
. "${srcdir:-$(dirname "$0")/../..}/tests/cli/lib.sh"

people alice bob
trust_repo alice bob
for who in ci scanner other; do
	signing_key $who
	both stella issuer add $who --reason "one of ours"
	both stella trust-anchors add-key --key "$HOME/$who.pem" --issuer $who --reason "read over the phone"
	both stella issuer trust $who --reason "audited"
done
both stella gate add release --type slsaprovenance1 --issuer ci --reason "what we ship comes from CI"
both stella gate add strict --type slsaprovenance1 --issuer scanner --reason "and somebody else saw it"
printf 'the program\n' > "$HOME/program"
printf 'another one\n' > "$HOME/else"
hex=$(sha256sum "$HOME/program" | cut -d' ' -f1)
attest() # KEY TYPE
{
	stella attest create --subject "$HOME/program" --type "$2" --key "$HOME/$1.key" 2> /dev/null | head -n 1
}
ci=$(attest ci slsaprovenance1)
scan=$(attest scanner spdxjson)
other=$(attest other spdxjson)

# ---- writing
expect 0 "a pack of a gate that is met" stella verify artifact "$HOME/program" --gate release --evidence "$T/pack"
match "evidence     $T/pack: stella verify evidence"
same "its files" "$(cd "$T/pack" && echo *)" "README attestations pack.json trust.git verdict.json"
same "what met the gate, and nothing else" "$(cd "$T/pack/attestations" && echo *)" "$ci.json"
same "what was asked" "$(jq -r '[.question, .gate, .attestations[0], .artifact[0]] | join(" ")' "$T/pack/pack.json")" \
	"artifact release $ci sha256:$hex"
expect 0 "without a gate all that counts" stella verify artifact --digest "sha256:$hex" --evidence "$T/any"
same "is there" "$(find "$T/any/attestations" -type f | wc -l | tr -d ' ')" 3
expect 0 "of one issuer" stella verify artifact --digest "sha256:$hex" --issuer scanner --type spdxjson --evidence "$T/one"
same "only its own" "$(cd "$T/one/attestations" && echo *)" "$scan.json"
expect 1 "a pack of a no" stella verify artifact "$HOME/program" --gate strict --evidence "$T/no"
same "all that there was" "$(find "$T/no/attestations" -type f | wc -l | tr -d ' ')" 3
expect 1 "a pack about what nobody attested" stella verify artifact "$HOME/else" --gate release --evidence "$T/none"
expect 5 "no gate, no pack" stella verify artifact "$HOME/program" --gate nothing --evidence "$T/missing"
same "nothing is left" "$(cd "$T" && echo missing*)" "missing*"
expect 2 "one that is there already" stella verify artifact "$HOME/program" --evidence "$T/pack"
expect 0 "a file that is not stored" sh -c "\"$builddir/stella\" attest create --subject '$HOME/else' --type slsaprovenance1 --key '$HOME/ci.key' --out '$T/given.json' > '$T/id'"
git update-ref -d refs/heads/attestations
expect 0 "and its pack" stella verify artifact "$HOME/else" --gate release --attestation "$T/given.json" --evidence "$T/given"

# ---- checking, where the repository is not
mv "$T/trust" "$T/away"
mkdir "$T/auditor"
cd "$T/auditor" || exit 1
expect 0 "by the pack alone" stella verify evidence "$T/pack" --trust-root "$root"
same "the first line says so" "$(head -n 1 "$T/out")" VERIFIED
match "then         VERIFIED"
match "now          VERIFIED"
match "artifact     sha256:$hex"
match "gate         release: what we ship comes from CI"
match "by       $ci"
match "approved by bob in commit"
match "gates/release.json"
expect 0 "as JSON" stella verify evidence "$T/pack" --trust-root "$root" -o json
json .schema stella.verify-evidence/1
json '[.verified, .verifiedThen, .verifiedNow] | map(tostring) | join(" ")' "true true true"
json .gate.name release
json .gate.requirements[0].by[0] "$ci"
json .artifact.sha256 "$hex"
json '.why | length' 2
expect 0 "without a gate" stella verify evidence "$T/any" --trust-root "$root"
match "needs        at least one trusted attestation"
expect 0 "of one issuer" stella verify evidence "$T/one" --trust-root "$root"
expect 0 "of a file that was given" stella verify evidence "$T/given" --trust-root "$root"
expect 1 "a no stays a no" stella verify evidence "$T/no" --trust-root "$root"
match "REFUSED gate-unmet"
expect 1 "of nothing" stella verify evidence "$T/none" --trust-root "$root"
expect 4 "without a root" stella verify evidence "$T/pack"
expect 4 "another root" stella verify evidence "$T/pack" --trust-root "$(printf '%040d' 1)"

# ---- the checker's own question
expect 0 "the artifact itself" stella verify evidence "$T/pack" --trust-root "$root" --subject "$HOME/program"
expect 1 "another one" stella verify evidence "$T/pack" --trust-root "$root" --subject "$HOME/else"
match "then         VERIFIED"
match "now          REFUSED"
expect 1 "another digest" stella verify evidence "$T/pack" --trust-root "$root" --digest "sha256:$(printf '%064d' 1)"
expect 1 "another one, for the time of the pack" stella verify evidence "$T/pack" --trust-root "$root" --subject "$HOME/else" --then
same "the first line is the answer" "$(head -n 1 "$T/out" | cut -c1-7)" REFUSED
expect 2 "no such file" stella verify evidence "$T/pack" --trust-root "$root" --subject "$T/nothing"
expect 0 "the gate that it is about" stella verify evidence "$T/pack" --trust-root "$root" --gate release
expect 1 "another gate, which its attestations do not meet" stella verify evidence "$T/pack" --trust-root "$root" --gate strict
expect 5 "a gate that is none" stella verify evidence "$T/pack" --trust-root "$root" --gate nothing
expect 1 "attestations without a gate say nothing of one" stella verify evidence "$T/no" --trust-root "$root" --gate strict
if can_fake_time; then
	expect 4 "long after, the policy has expired" faketime '+120 days' "$builddir/stella" verify evidence "$T/pack" --trust-root "$root"
	expect 0 "then it was true" faketime '+120 days' "$builddir/stella" verify evidence "$T/pack" --trust-root "$root" --then
fi

# ---- altered packs
alter() # FILE FILTER
{
	cp -r "$T/pack" "$T/bad"
	jq "$2" "$T/pack/$1" > "$T/bad/$1"
}
alter pack.json '.gate = "strict"'; refused_pack "another gate"
alter pack.json 'del(.gate)'; refused_pack "no gate"
alter pack.json '.gate = "../issuers/ci"'; refused_pack "a gate that is none"
alter pack.json '.artifact[0] = "sha256:'"$(printf '%064d' 1)"'"'; refused_pack "another artifact"
alter pack.json 'del(.artifact)'; refused_pack "no artifact"
alter pack.json '.attestations = []'; refused_pack "no attestations"
alter pack.json ".attestations = [\"$scan\"]"; refused_pack "an attestation that is not there"
alter pack.json '.question = "attestation"'; refused_pack "a question about an attestation"
alter pack.json '.issuer = "scanner"'; refused_pack "of another issuer"
alter verdict.json '.verified = false'; refused_pack "the verdict turned around"
alter verdict.json '.gate.requirements = []'; refused_pack "fewer requirements"
alter verdict.json '.gate.name = "strict"'; refused_pack "another gate in the verdict"
alter verdict.json '.attestations[0].issuers = ["scanner"]'; refused_pack "another signer in the verdict"
alter verdict.json '.artifact.sha256 = "'"$(printf '%064d' 1)"'"'; refused_pack "another artifact in the verdict"
alter verdict.json '.why[1][0].approvals[0].member = "mallory"'; refused_pack "another approver of the gate"
cp -r "$T/pack" "$T/bad"; cp "$T/any/attestations/$other.json" "$T/bad/attestations/$ci.json"; refused_pack "another attestation"
cp -r "$T/pack" "$T/bad"; rm "$T/bad/attestations/$ci.json"; refused_pack "an attestation less"
cp -r "$T/pack" "$T/bad"; cp "$T/any/attestations/$other.json" "$T/bad/attestations/"
expect 0 "a file that nobody names is not read" stella verify evidence "$T/bad" --trust-root "$root"
rm -rf "$T/bad"
cp -r "$T/no" "$T/bad"; jq '.gate = "release"' "$T/no/pack.json" > "$T/bad/pack.json"; refused_pack "a no, told to be about another gate"
cp -r "$T/no" "$T/bad"; cp "$T/pack/verdict.json" "$T/bad/verdict.json"; refused_pack "a no with the verdict of a yes"
cp -r "$T/pack" "$T/loose"
for pack in "$T"/loose/trust.git/objects/pack/*.pack; do
	[ -f "$pack" ] || continue
	mv "$pack" "$T/loose.pack"
	rm -f "${pack%.pack}".*
	git --git-dir="$T/loose/trust.git" unpack-objects -q < "$T/loose.pack"
done
gone=0 kept=0
for object in "$T"/loose/trust.git/objects/??/*; do
	mv "$object" "$T/object"
	if stella verify evidence "$T/loose" --trust-root "$root" > "$T/out" 2> "$T/err"; then
		kept=$((kept + 1))
		fail "not needed: $object"
	else
		gone=$((gone + 1))
	fi
	mv "$T/object" "$object"
done
same "each of $gone objects is needed" "$kept" 0
if [ "$gone" -gt 20 ]; then pass "$gone objects"; else fail "only $gone objects"; fi

# ---- a gate called default is asked without being named, by whoever checks, too
mv "$T/away" "$T/trust"
cd "$T/trust" || exit 1
both stella gate add default --type slsaprovenance1 --issuer ci --reason "unless another one is named"
expect 0 "its name stands in the pack" stella verify artifact "$HOME/else" --attestation "$T/given.json" --evidence "$T/default"
same "as it was asked" "$(jq -r .gate "$T/default/pack.json")" default
cp -r "$T/default" "$T/bad"
jq 'del(.gate)' "$T/default/pack.json" > "$T/bad/pack.json"
expect 0 "a pack that leaves it out is asked for it" stella verify evidence "$T/bad" --trust-root "$root"
match "gate         default"
rm -rf "$T/auditor" "$T/loose"
done_testing
