#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# evidence packs: checked again without the repository, by a root that the checker names; refused once altered.
# shellcheck source=tests/cli/lib.sh
. "${srcdir:-$(dirname "$0")/../..}/tests/cli/lib.sh"

people alice bob
trust_repo alice bob
signing_key build
signing_key other
both stella issuer add ci --reason "runs our builds"
both stella trust-anchors add-key --key "$HOME/build.pem" --issuer ci --reason "read over the phone"
both stella issuer trust ci --reason "Approved by security team"
printf 'noise\n' > noise.txt
git add noise.txt
git commit -q -m "work in progress that nobody approved"
printf 'the program\n' > "$HOME/program"
hex=$(sha256sum "$HOME/program" | cut -d' ' -f1)
stella attest create --subject "$HOME/program" --type slsaprovenance1 --key "$HOME/build.key" > "$T/id" 2> "$T/err"
id=$(head -n 1 "$T/id")
stella attest create --subject "$HOME/program" --type spdxjson --key "$HOME/other.key" > "$T/id" 2> "$T/err"
bad=$(head -n 1 "$T/id")
big=$(head -c 100000 /dev/urandom | base64 -w0 | git hash-object -w --stdin)

# ---- writing
expect 0 "a pack of a yes" stella verify attestation --attestation "$id" --subject "$HOME/program" --type slsaprovenance1 \
	--evidence "$T/pack"
match "evidence     $T/pack"
same "its files" "$(cd "$T/pack" && echo *)" "README attestations pack.json trust.git verdict.json"
same "the attestation, exactly" "$(sha256sum "$T/pack/attestations/$id.json" | cut -d" " -f1)" "$id"
same "what was asked" "$(jq -r '[.question, .attestations[0], .root, .predicate_type, .artifact[0]] | join(" ")' "$T/pack/pack.json")" \
	"attestation $id $root https://slsa.dev/provenance/v1 sha256:$hex"
if git --git-dir="$T/pack/trust.git" cat-file -e "$big" 2> /dev/null; then fail "more than was read"; else pass "only what was read"; fi
same "every commit of the branch" "$(git --git-dir="$T/pack/trust.git" rev-list --count refs/heads/trust)" "$(git rev-list --count main)"
same "no attestation of others" "$(git --git-dir="$T/pack/trust.git" for-each-ref --format='%(refname)')" refs/heads/trust
expect 2 "one that is there already" stella verify attestation --attestation "$id" --evidence "$T/pack"
same "and nothing else was left" "$(cd "$T" && echo pack*)" pack
expect 7 "a place that is none" stella verify attestation --attestation "$id" --evidence "$T/no/pack"
expect 3 "what cannot be judged has no evidence" stella verify attestation --attestation "$HOME/program" --evidence "$T/none"
if [ -e "$T/none" ]; then fail "a pack of nothing"; else pass "no pack"; fi
expect 1 "a pack of a no" stella verify attestation --attestation "$bad" --evidence "$T/no-pack"

# ---- checking, where the repository is not
mv "$T/trust" "$T/away"
mkdir "$T/auditor"
cd "$T/auditor" || exit 1
export XDG_STATE_HOME="$T/auditor-state"
expect 0 "by the root that the auditor names" stella verify evidence "$T/pack" --trust-root "$root"
same "the first line says so" "$(head -n 1 "$T/out")" VERIFIED
match "root $root by --trust-root"
match "then         VERIFIED"
match "which the pack claims"
match "now          VERIFIED"
match "approved by bob in commit"
match "Approved by security team"
same "nothing is remembered" "$(ls "$T/auditor-state" 2>&1 | wc -l | tr -d ' ')" 1
expect 0 "under its other name" stella verify --evidence "$T/pack" --trust-root "$root"
expect 4 "which is not weaker" stella verify --evidence "$T/pack"
expect 0 "as JSON" stella verify evidence "$T/pack" --trust-root "$root" -o json
json .schema stella.verify-evidence/1
json .verified true
json .verifiedThen true
json .verifiedNow true
json .trust.rootSource --trust-root
json '[.trust.why[].what] | join(" ")' "verdict signature key issuer policy root"
expect 4 "without a root" stella verify evidence "$T/pack"
match "a pack is not believed for its own: it claims $root"
same "and no verdict" "$(cat "$T/out")" ""
expect 4 "another root" stella verify evidence "$T/pack" --trust-root "$(printf '%040d' 1)"
expect 2 "half a root" stella verify evidence "$T/pack" --trust-root "$(printf %s "$root" | cut -c1-12)"
git --git-dir="$T/pack/trust.git" config stella.trustRoot "$root"
expect 4 "the pack's own pin is none" stella verify evidence "$T/pack"
git init -q .
git config stella.trustRoot "$root"
expect 0 "the pin of the repository here" stella verify evidence "$T/pack"
match "by git config (local) of $T/auditor/.git"
git config stella.trustRoot "$(printf '%040d' 1)"
expect 4 "which is another" stella verify evidence "$T/pack"
expect 0 "what is asked for at least" stella verify evidence "$T/pack" --trust-root "$root" --at-least "$(jq -r .state "$T/pack/pack.json")"
expect 4 "a state that it lacks" stella verify evidence "$T/pack" --trust-root "$root" --at-least "$(printf '%064d' 1)"
expect 0 "about this artifact" stella verify evidence "$T/pack" --trust-root "$root" --subject "$HOME/program"
expect 1 "not about another" stella verify evidence "$T/pack" --trust-root "$root" --subject "sha256:$(printf '%064d' 1)"
match "REFUSED subject-mismatch"
expect 2 "a gate is for artifacts" stella verify evidence "$T/pack" --trust-root "$root" --gate release
expect 1 "a no stays a no" stella verify evidence "$T/no-pack" --trust-root "$root"
match "REFUSED key-unknown"
match "then         REFUSED"
expect 5 "no such pack" stella verify evidence "$T/nothing" --trust-root "$root"
expect 5 "a directory that is none" stella verify evidence "$T/auditor" --trust-root "$root"
cp -r "$T/pack" "$T/moved"
expect 0 "it can be moved" stella verify evidence "$T/moved" --trust-root "$root"
if can_fake_time; then
	expect 4 "long after, the policy has expired" faketime '+120 days' "$builddir/stella" verify evidence "$T/pack" --trust-root "$root"
	match "next: --then"
	expect 0 "then it was true" faketime '+120 days' "$builddir/stella" verify evidence "$T/pack" --trust-root "$root" --then
	match "now          NOT CHECKED"
	expect 3 "a verdict from the future" faketime '-1 day' "$builddir/stella" verify evidence "$T/pack" --trust-root "$root"
else
	echo "# faketime is not here: NOT RUN"
fi

# ---- altered packs: each alteration is refused, and none is taken for a yes
fresh()
{
	cp -r "$T/pack" "$T/bad"
	chmod -R u+w "$T/bad"
}
alter_json() # FILE FILTER
{
	fresh
	jq "$2" "$T/pack/$1" > "$T/bad/$1"
}
for file in "attestations/$id.json" verdict.json pack.json; do
	fresh; rm "$T/bad/$file"; refused_pack "without $file"
	fresh; head -c 100 "$T/pack/$file" > "$T/bad/$file"; refused_pack "$file cut short"
	fresh; rm "$T/bad/$file"; mkfifo "$T/bad/$file"; refused_pack "$file as a pipe"
done
alter_json verdict.json '.verified = false'; refused_pack "the verdict turned around"
alter_json verdict.json '.why[3].approvals[0].member = "mallory"'; refused_pack "another member"
alter_json verdict.json '.why[3].approvals[0].reason = "because"'; refused_pack "another reason"
alter_json verdict.json '.trust.state.number = 9'; refused_pack "another state"
alter_json verdict.json '.signatures[0].issuer = "other"'; refused_pack "another issuer"
alter_json verdict.json '.verificationResult.statement.predicate = {"x":1}'; refused_pack "another statement"
alter_json verdict.json '.trust.rootSource = "--trust-root"'; refused_pack "more than the verdict"
alter_json verdict.json '[]'; refused_pack "a verdict that is none"
alter_json pack.json '.version = 3'; refused_pack "a newer pack"
alter_json pack.json '.version = 1'; refused_pack "an older pack"
alter_json pack.json '.question = "artifact"'; refused_pack "another kind of question"
alter_json pack.json '.more = 1'; refused_pack "an unknown key"
alter_json pack.json 'del(.time)'; refused_pack "without a time"
alter_json pack.json '.time = "2020-01-01T00:00:00Z"'; refused_pack "another time"
alter_json pack.json ".state = \"$(printf '%064d' 1)\""; refused_pack "another state in pack.json"
alter_json pack.json ".tip = \"$root\""; refused_pack "another tip in pack.json"
alter_json pack.json ".attestations = [\"$bad\"]"; refused_pack "another attestation in pack.json"
alter_json pack.json '.artifact[0] = "sha256:'"$(printf '%064d' 1)"'"'; refused_pack "another question"
fresh; cp "$T/no-pack/attestations/$bad.json" "$T/bad/attestations/$id.json"; refused_pack "another attestation"
fresh; git --git-dir="$T/bad/trust.git" update-ref refs/heads/trust "$root"
expect 0 "its refs are for people: pack.json names the tip" stella verify evidence "$T/bad" --trust-root "$root"
rm -rf "$T/bad"
fresh; jq --arg tip "$root" '.tip = $tip' "$T/pack/pack.json" > "$T/bad/pack.json"
git --git-dir="$T/bad/trust.git" update-ref refs/heads/trust "$root"; refused_pack "an older tip in both places"
fresh; rm -rf "$T/bad/trust.git"; refused_pack "no objects"
fresh; rm -rf "$T/bad/trust.git/objects"; mkdir "$T/bad/trust.git/objects"; refused_pack "no object"
# one object after the other away, all of them unpacked first
fresh
for pack in "$T"/bad/trust.git/objects/pack/*.pack; do
	[ -f "$pack" ] || continue
	mv "$pack" "$T/loose.pack"
	rm -f "${pack%.pack}".*
	git --git-dir="$T/bad/trust.git" unpack-objects -q < "$T/loose.pack"
done
rm -rf "$T/loose"
mv "$T/bad" "$T/loose"
expect 0 "unpacked it is the same" stella verify evidence "$T/loose" --trust-root "$root"
gone=0 kept=0
for object in "$T"/loose/trust.git/objects/??/*; do
	cp "$object" "$T/object"
	rm -f "$object"
	if stella verify evidence "$T/loose" --trust-root "$root" > "$T/out" 2> "$T/err"; then
		kept=$((kept + 1))
		fail "not needed: $(basename "$(dirname "$object")")$(basename "$object")"
	else
		gone=$((gone + 1))
	fi
	cp "$T/object" "$object"
done
same "each of $gone objects is needed" "$kept" 0
if [ "$gone" -gt 20 ]; then pass "$gone objects"; else fail "only $gone objects"; fi
for object in $(find "$T/loose/trust.git/objects" -type f | sort | head -n 5); do
	cp "$object" "$T/object"
	chmod u+w "$object"
	printf 'x' | dd of="$object" bs=1 seek=10 conv=notrunc 2> /dev/null
	if stella verify evidence "$T/loose" --trust-root "$root" > "$T/out" 2> "$T/err"; then fail "a damaged object"; else pass "a damaged object: refused"; fi
	cp "$T/object" "$object"
done
cd "$T" || exit 1
mv "$T/away" "$T/trust"
rm -rf "$T/auditor/.git" "$T/loose"
done_testing
