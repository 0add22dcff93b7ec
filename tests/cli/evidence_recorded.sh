#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# evidence packs of a verdict that rests on recorded time: judged again by the recordings in the pack alone; and
# what whoever makes a pack can do with them.
# shellcheck source=tests/cli/lib.sh
. "${srcdir:-$(dirname "$0")/../..}/tests/cli/lib.sh"
if ! can_fake_time; then
	echo "1..0 # SKIP NOT RUN: no faketime for this build"
	exit 0
fi


people alice bob carol dave eve
be alice
try 0 on -100 "$builddir/stella" init "$T/trust" --member alice="$HOME/alice.pub" --member bob="$HOME/bob.pub" --no-memory \
	--expires "$(date_of 100)"
cd trust || exit 1
root=$(git rev-parse HEAD)
signing_key build
both_on -99 issuer add ci --reason "runs our builds"
both_on -98 trust-anchors add-key --key "$HOME/build.pem" --issuer ci --reason "its key"
both_on -97 issuer trust ci --reason "audited"
both_on -78 member add carol --key "$HOME/carol.pub" --role recorder --reason "the CI's clock"
both_on -77 member add dave --key "$HOME/dave.pub" --role recorder --reason "a second one"
state=$(stella history list -o json --no-memory | jq -r '.states[] | select(.number == 5) | .id')
plain=$(attest_on -70 build plain)
before=$(git rev-parse attestations)
be carol
recorded=$(attest_on -60 build recorded --record)
by=$(git rev-parse attestations)
result_on() # DAYS RESULT
{
	printf '{"result":"%s","configuration":[]}' "$2" > "$T/result.json"
	faketime "$1 days" "$builddir/stella" attest create --subject "$T/recorded" --type testresult --predicate "$T/result.json" \
		--key "$HOME/build.key" --force --record --no-memory 2> /dev/null | head -n 1
}
failed=$(result_on -58 FAILED)
passed=$(result_on -57 PASSED)
be dave
attest_on -50 build another --record > /dev/null
be alice
attest_on -49 build more > /dev/null
both_on -40 keys revoke "$(keyid build)" --kind compromised --since "$(date_of -55)" --reason "CI broken into"
revoked=$(stella history list -o json --no-memory | jq -r '.states[] | select(.number == 6) | .id')
tip=$(git rev-parse attestations)

# ---- writing and checking
expect 0 "what was recorded before the key was lost" stella verify attestation "$recorded" --evidence "$T/pack"
expect 1 "what nobody recorded in time" stella verify attestation "$plain" --evidence "$T/late"
same "the tip that was judged" "$(jq -r .recordings "$T/pack/pack.json")" "$tip"
git_pack="git --git-dir=$T/pack/trust.git"
same "every commit of that branch" "$($git_pack rev-list --count "$tip")" "$(git rev-list --count "$tip")"
same "and not what it stores" "$($git_pack cat-file -e "$tip^{tree}" 2> /dev/null && echo there)" ""
expect 0 "an artifact whose failure was mended" stella verify artifact "$T/recorded" --type testresult --evidence "$T/mended"
same "with the failure" "$(cd "$T/mended/attestations" && echo *)" "$(printf '%s.json\n' "$failed" "$passed" | sort | paste -s -d' ')"
expect 0 "as of a day when nobody knew" stella verify attestation "$plain" --at "$(date_of -60)" --evidence "$T/then"
same "by the commit of that day" "$(jq -r .tip "$T/then/pack.json")" "$(stella history list -o json --no-memory | jq -r '.states[] | select(.number == 5) | .commit')"
mkdir "$T/project"
git -C "$T/project" init -q
git -C "$T/project" fetch -q "$T/trust" attestations:attestations
git -C "$T/project" config stella.trustRoot "$root"
git -C "$T/trust" branch -q -m attestations elsewhere
cd "$T/project" || exit 1
expect 0 "attestations of a project, trust from another repository" \
	stella verify attestation "$recorded" --trust-repo "$T/trust" --evidence "$T/two"
git -C "$T/trust" branch -q -m elsewhere attestations
mv "$T/trust" "$T/away"
mv "$T/project" "$T/away-too"
mkdir "$T/auditor"
cd "$T/auditor" || exit 1
expect 0 "by the pack alone" stella verify evidence "$T/pack" --trust-root "$root"
match "(recorded by carol in commit $by"
match "recordings   as the pack has them, up to commit $tip of the attestations branch: 4 count, 0 do not"
match "now          VERIFIED"
expect 0 "as JSON" stella verify evidence "$T/pack" --trust-root "$root" -o json
json .attestation.timeSource recorded
json '.attestation.timeBy | startswith("carol in commit '"$by"'")' true
json .recordings.tip "$tip"
json .recordings.count 4
expect 0 "from two repositories" stella verify evidence "$T/two" --trust-root "$root"
match "(recorded by carol in commit $by"
expect 0 "a year of that" faketime '+50 days' "$builddir/stella" verify evidence "$T/pack" --trust-root "$root"
expect 0 "of an artifact" stella verify evidence "$T/mended" --trust-root "$root" --subject "$T/recorded"
match "(recorded by carol in commit"
expect 0 "in JSON" stella verify evidence "$T/mended" --trust-root "$root" -o json
json '[.attestations[] | select(.counts) | .id] | join(" ")' "$passed"
json '[.attestations[] | select(.counts) | .timeSource] | join(" ")' recorded
expect 1 "a no" stella verify evidence "$T/late" --trust-root "$root"

expect 0 "as of that day" stella verify evidence "$T/then" --trust-root "$root" --then
match "then         VERIFIED at $(date_of -60)"
expect 0 "which knows of nothing later" stella verify evidence "$T/then" --trust-root "$root"
expect 4 "unless it must" stella verify evidence "$T/then" --trust-root "$root" --at-least "$revoked"

# ---- who knows a later tip says so
expect 0 "the tip that is known" stella verify evidence "$T/pack" --trust-root "$root" --recorded-tip "$tip"
expect 0 "an earlier one" stella verify evidence "$T/pack" --trust-root "$root" --recorded-tip "$before"
expect 4 "one that the pack lacks" stella verify evidence "$T/pack" --trust-root "$root" --recorded-tip "$root"
match "its recordings do not include commit $root"
expect 2 "half a commit" stella verify evidence "$T/pack" --trust-root "$root" --recorded-tip "$(printf %s "$tip" | cut -c1-12)"

# ---- altered packs
alter() # FILTER: of pack.json
{
	cp -r "$T/pack" "$T/bad"
	jq "$1" "$T/pack/pack.json" > "$T/bad/pack.json"
}
alter 'del(.recordings)'; refused_pack "without recordings"
alter ".recordings = \"$before\""; refused_pack "a branch cut before it"
alter ".recordings = \"$by\""; expect 0 "a branch cut after it is one that was" stella verify evidence "$T/bad" --trust-root "$root"
expect 4 "which whoever knows more refuses" stella verify evidence "$T/bad" --trust-root "$root" --recorded-tip "$tip"
rm -rf "$T/bad"
alter ".recordings = \"$root\""; refused_pack "the trust branch in its place"
alter ".recordings = \"$(printf '%040d' 1)\""; refused_pack "a commit that is not there"
alter ".recordings = \"refs/heads/attestations\""; refused_pack "a name in its place"
cp -r "$T/mended" "$T/bad"
jq ".recordings = \"$before\"" "$T/mended/pack.json" > "$T/bad/pack.json"
refused_pack "a failure whose mending was not recorded"
cp -r "$T/pack" "$T/loose"
for pack in "$T"/loose/trust.git/objects/pack/*.pack; do
	[ -f "$pack" ] || continue
	mv "$pack" "$T/loose.pack"
	rm -f "${pack%.pack}".*
	git --git-dir="$T/loose/trust.git" unpack-objects -q < "$T/loose.pack"
done
for commit in $(git --git-dir="$T/loose/trust.git" rev-list "$tip"); do
	cp -r "$T/loose" "$T/bad"
	rm -f "$T/bad/trust.git/objects/$(printf %s "$commit" | cut -c1-2)/$(printf %s "$commit" | cut -c3-)"
	refused_pack "without commit $commit of the branch"
done

# ---- a maker of packs who has the repository and writes what he likes on its attestations branch
mv "$T/away" "$T/trust"
cd "$T/trust" || exit 1
forged()
{
	git update-ref refs/heads/attestations "$2"
	expect 1 "$1: the pack is one of a no" stella verify attestation "$plain" --evidence "$T/bad"
	expect 1 "$1: which stays one" stella verify evidence "$T/bad" --trust-root "$root"
	for filter in '.verified = true' 'del(.error)' '.signatures[0].trusted = true'; do
		jq "$filter" "$T/bad/verdict.json" > "$T/verdict" && cp "$T/verdict" "$T/bad/verdict.json"
	done
	jq ".recordings = \"$2\"" "$T/bad/pack.json" > "$T/pack.json" && cp "$T/pack.json" "$T/bad/pack.json"
	git bundle create -q "$T/bundle" refs/heads/attestations
	git --git-dir="$T/bad/trust.git" fetch -q "$T/bundle" refs/heads/attestations
	refused_pack "$1: and a verdict written by hand"
	git update-ref refs/heads/attestations "$tip"
}
forged "a stranger records" "$(forge_recording eve "$(date_of -69)T00:00:00Z" "$state" "$tip" "$plain")"
forged "a member without the role" "$(forge_recording alice "$(date_of -69)T00:00:00Z" "$state" "$tip" "$plain")"
forged "without a signature" "$(forge_recording none "$(date_of -69)T00:00:00Z" "$state" "$tip" "$plain")"
forged "a recorder, a time before the one before" "$(forge_recording carol "$(date_of -69)T00:00:00Z" "$state" "$tip" "$plain")"
forged "a recorder, too late" "$(forge_recording dave "$(date_of -30)T00:00:00Z" "$state" "$tip" "$plain")"
side=$(forge_recording carol "$(date_of -69)T00:00:00Z" "$state" "$before" "$plain")
forged "a recorder, a side branch merged" "$(git commit-tree -p "$tip" -p "$side" -m merge "$tip^{tree}")"

# The limit: a recorder's key that nobody has revoked lies on a branch of its own; with the tip, it does not.
git update-ref refs/heads/attestations "$side"
expect 0 "a recorder's key and a branch written anew are believed" stella verify attestation "$plain" --evidence "$T/alone"
expect 0 "in a pack, too" stella verify evidence "$T/alone" --trust-root "$root"
expect 4 "but not by whoever knows the branch" stella verify evidence "$T/alone" --trust-root "$root" --recorded-tip "$tip"
git update-ref refs/heads/attestations "$tip"
both_on -1 member remove carol --compromised-since "$(date_of -69)" --reason "her key was stolen"
expect 0 "an old pack does not know that" stella verify evidence "$T/alone" --trust-root "$root"
now=$(stella history list -o json --no-memory | jq -r '.states[] | select(.number == 7) | .id')
expect 4 "which --at-least says" stella verify evidence "$T/alone" --trust-root "$root" --at-least "$now"
git update-ref refs/heads/attestations "$side"
expect 1 "a new one" stella verify attestation "$plain" --evidence "$T/alone-now"
expect 1 "does" stella verify evidence "$T/alone-now" --trust-root "$root" --at-least "$now"
git update-ref refs/heads/attestations "$tip"
rm -rf "$T/away-too" "$T/auditor" "$T/loose"
done_testing
