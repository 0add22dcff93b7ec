#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Recorded time: a recorder's signed commit on the attestations branch says that an attestation exists, and
# what it proves stays when the key that signed is rotated or revoked.  Then the ways to back-date it.
# shellcheck source=tests/cli/lib.sh
. "${srcdir:-$(dirname "$0")/../..}/tests/cli/lib.sh"
if ! can_fake_time; then
	echo "1..0 # SKIP NOT RUN: no faketime for this build"
	exit 0
fi


tip()
{
	git rev-parse refs/heads/attestations
}

people alice bob carol dave eve
be alice
try 0 on -100 "$builddir/stella" init "$T/trust" --member alice="$HOME/alice.pub" --member bob="$HOME/bob.pub" --no-memory \
	--expires "$(date_of 100)"
cd trust || exit 1
root=$(git rev-parse HEAD)
export root
signing_key build
signing_key next
both_on -99 issuer add ci --reason "runs our builds"
both_on -98 trust-anchors add-key --key "$HOME/build.pem" --issuer ci --reason "its key"
both_on -97 issuer trust ci --reason "audited"
plain=$(attest_on -80 build plain)

# ---- who may record
be carol
expect 4 "nobody records yet" on -79 "$builddir/stella" attest record --no-memory
match "the policy has no role recorder"
be alice
expect 2 "a role of another name is not made" on -79 "$builddir/stella" member add carol --key "$HOME/carol.pub" --role recoder --no-memory
both_on -78 member add carol --key "$HOME/carol.pub" --role recorder --reason "the CI's clock"
both_on -77 member add dave --key "$HOME/dave.pub" --role recorder --reason "a second one"
recorded=$(attest_on -60 build recorded)
before=$(tip)
expect 4 "alice is no recorder" on -60 "$builddir/stella" attest record --no-memory
match "no recorder's"
same "and nothing was written" "$(tip)" "$before"
be carol
expect 5 "an attestation that is not stored" on -60 "$builddir/stella" attest record 0123456789abcdef --no-memory
expect 0 "carol records" on -60 "$builddir/stella" attest record "$recorded" --no-memory
match "recorded  1 attestation at $(date_of -60)"
match "state #5"
same "a signed commit names it" "$(git log -1 --format=%B attestations | grep -c "^Stella-Attestation: $recorded")" 1
same "and the state" "$(git log -1 --format=%B attestations | grep -c "^Stella-Recorded: [0-9a-f]\{64\} $(date_of -60)T")" 1
same "with one parent, and no change of the tree" "$(git rev-parse "attestations^{tree}")" "$(git rev-parse "$before^{tree}")"
expect 0 "attest create --record" on -50 "$builddir/stella" attest create --subject "$T/recorded" --type https://example.org/other \
	--key "$HOME/build.key" --record --no-memory -o json
json '.recordedTime | startswith("'"$(date_of -50)"'")' true
both_at_once=$(jq -r .id "$T/out")
same "is one commit" "$(git log -1 --format=%B attestations | grep -c "^Stella-Attestation: $both_at_once")" 1
be alice

# ---- it is the time that counts
expect 0 "the verdict says which evidence it used" stella verify attestation "$recorded"
match "(recorded by carol in commit"
match "$(date_of -60)T"
expect 0 "in JSON" stella verify attestation "$recorded" -o json
json .attestation.timeSource recorded
json '.attestation.timeBy | startswith("carol in commit ")' true
expect 0 "what nobody recorded is judged now" stella verify attestation "$plain"
match "(now)"
expect 0 "trusted when signed is known then" stella verify attestation "$recorded" -v
match "when signed yes, $(date_of -60)"

# ---- rotation, retirement and revocation: what is recorded before stays, everything else falls
be alice
both_on -30 keys rotate "$(keyid build)" --new "$HOME/next.pem" --overlap 5d --reason "yearly"
expect 0 "the old key is over; what was recorded in its time stays" stella verify attestation "$recorded"
match "(recorded by carol"
expect 1 "what was not, falls" stella verify attestation "$plain"
match "REFUSED key-expired"
expect 0 "expiry knows" stella expiry --within 5d
both_on -20 keys revoke "$(keyid build)" --kind compromised --since "$(date_of -55)" --reason "laptop stolen"
expect 0 "compromised since: what was recorded before stays" stella verify attestation "$recorded"
expect 1 "what was recorded later falls" stella verify attestation "$both_at_once"
match "REFUSED key-revoked"
expect 1 "what was not recorded falls" stella verify attestation "$plain"
expect 0 "verify artifact counts it, too" stella verify artifact "$T/recorded" --type https://example.org/test
expect 1 "when signed yes, now no" stella verify attestation "$both_at_once" -v
match "when signed yes"
match "now         no"
touch "$T/stamp"
expect 0 "as of then" stella verify attestation "$recorded" --at "$(date_of -22)"
match "(recorded by carol"
expect 0 "and its claims" stella attest show "$recorded" --at "$(date_of -22)" --details
expect 0 "and the artifact" stella verify artifact "$T/recorded" --at "$(date_of -22)"
same "a look back keeps nothing of what was recorded" "$(find "$XDG_STATE_HOME" -type f -newer "$T/stamp" 2> /dev/null)" ""

# ---- recording too late proves only then
be dave
expect 0 "dave records the rest" on -19 "$builddir/stella" attest record --no-memory -o json
json '.recorded[0].attestations' 1
expect 1 "after the key was lost" stella verify attestation "$plain"
match "REFUSED key-revoked"
be alice
good=$(tip)
state5=$(stella history list -o json --no-memory | jq -r '.states[] | select(.number == 5) | .id')

# ---- back-dating.  Whatever is forged, plain must stay refused, and recorded accepted.
refused()
{
	expect 1 "$1: proves nothing" stella verify attestation "$plain"
	expect 0 "$1: takes nothing away" stella verify attestation "$recorded"
	git update-ref refs/heads/attestations "$good"
}

git update-ref refs/heads/attestations "$(forge_recording carol "$(date_of -59)T00:00:00Z" "$state5" "$good" "$plain")"
refused "a time before its parent's"
git update-ref refs/heads/attestations "$(forge_recording alice "$(date_of -18)T00:00:00Z" "$state5" "$good" "$plain")"
refused "a key that is no recorder's"
git update-ref refs/heads/attestations "$(forge_recording eve "$(date_of -18)T00:00:00Z" "$state5" "$good" "$plain")"
refused "a stranger"
git update-ref refs/heads/attestations "$(forge_recording carol "$(date_of -90)T00:00:00Z" "$state5" "$before" "$plain")"
expect 1 "a time before the state that it names: proves nothing" stella verify attestation "$plain"
git update-ref refs/heads/attestations "$good"
git update-ref refs/heads/attestations "$(forge_recording carol "$(date_of -58)T00:00:00Z" "$(printf '%064d' 5)" "$before" "$plain")"
expect 1 "a state that is not on the chain: proves nothing" stella verify attestation "$plain"
git update-ref refs/heads/attestations "$good"
git update-ref refs/heads/attestations "$(forge_recording carol 2999-01-01T00:00:00Z "$state5" "$good" "$plain")"
refused "a time in the future"

# A side branch from long ago, merged: its time is raised to what the other side had.
side=$(forge_recording carol "$(date_of -70)T00:00:00Z" "$state5" "$before" "$plain")
for order in "$good $side" "$side $good"; do
	# shellcheck disable=SC2086 # two words
	set -- $order
	git update-ref refs/heads/attestations "$(git commit-tree -p "$1" -p "$2" -m merge "$good^{tree}")"
	refused "a side branch from long ago, merged"
done
expect 0 "the same commit on a branch by itself is believed: it is a recorder's word" sh -c "git update-ref refs/heads/attestations $side && \"$builddir/stella\" verify attestation $plain"
git update-ref refs/heads/attestations "$good"

# A text that only looks like one.
git update-ref refs/heads/attestations "$(be carol; printf 'x\n\nStella-Attestation: %s\nStella-Recorded: %s %s\nSigned-off-by: x\n' "$plain" "$state5" "$(date_of -58)T00:00:00Z" > "$T/m"; git commit-tree -S -p "$before" -F "$T/m" "$before^{tree}")"
expect 1 "another line beside it: proves nothing" stella verify attestation "$plain"
git update-ref refs/heads/attestations "$(be carol; printf 'x\n\nStella-Attestation: %s\nStella-Recorded: %s %s\n' "$plain" "$state5" "$(date_of -58)T00:00:00Z" > "$T/m"; git commit-tree -p "$before" -F "$T/m" "$before^{tree}")"
expect 1 "without a signature: proves nothing" stella verify attestation "$plain"
git update-ref refs/heads/attestations "$(be carol; GIT_AUTHOR_NAME=other git commit-tree -S -p "$before" -F "$T/m" "$before^{tree}")"
expect 1 "signed again by a cherry-pick: proves nothing" stella verify attestation "$plain"
git update-ref refs/heads/attestations "$good"
be alice

# ---- a stolen recorder's key: carol's, since 62 days
both_on -10 member remove carol --compromised-since "$(date_of -62)" --reason "CI runner broken into"
same "a record says so" "$(jq -r .member recorders/*.json)" carol
expect 0 "the check of the branch" stella check
expect 1 "what carol recorded since then is void" stella verify attestation "$recorded"
match "REFUSED key-revoked"
git update-ref refs/heads/attestations "$(forge_recording carol "$(date_of -65)T00:00:00Z" "$state5" "$before" "$plain")"
expect 1 "a rewritten branch: no other recorder saw it before the key was lost" stella verify attestation "$plain"
git update-ref refs/heads/attestations "$good"
be carol
expect 4 "carol is no recorder any more" stella attest record --no-memory
be dave
late=$(attest_on -9 next late --record)
expect 0 "dave's go on to count" stella verify attestation "$late"
match "(recorded by dave"
expect 2 "in the future nobody knows" stella member remove dave --compromised-since 2999-01-01
be alice

# ---- a recorder that another one followed: what was seen before the key was lost stays
people frank grace
both_on -8 member add frank --key "$HOME/frank.pub" --role recorder --reason "new runner"
be frank
sealed=$(attest_on -7 next sealed --record)
be dave
try 0 on -6 "$builddir/stella" attest record --no-memory
be frank
unsealed=$(attest_on -4 next unsealed --record)
be alice
both_on -3 member remove frank --compromised-since "$(date_of -3)" --reason "lost"
both_on -1 keys revoke "$(keyid next)" --kind retired --reason "replaced"
expect 0 "dave's commit from before has it" stella verify attestation "$sealed"
match "(recorded by frank"
expect 1 "this one no other recorder has seen" stella verify attestation "$unsealed"

# ---- a recorder who left: no word after that
people heidi
signing_key third
be alice
both_on 1 trust-anchors add-key --key "$HOME/third.pem" --issuer ci --reason "the next key"
both_on 2 member add heidi --key "$HOME/heidi.pub" --role recorder --reason "for a while"
be heidi
peace=$(attest_on 3 third peace --record)
be alice
both_on 4 member remove heidi --reason "left us"
expect 0 "what she recorded stays" on 5 "$builddir/stella" verify attestation "$peace" --no-memory
match "(recorded by heidi"
third=$(attest_on 5 third after)
named=$(on 5 "$builddir/stella" history list -o json --no-memory | jq -r '.states[1].id')
git update-ref refs/heads/attestations "$(forge_recording heidi "$(date_of 5)T00:00:01Z" "$named" "$(tip)" "$third")"
expect 0 "what she says after that is nobody's word" on 6 "$builddir/stella" verify attestation "$third" --no-memory
match "(now)"

# ---- the same, removed by a commit that is dated far ahead: silent from the next policy on
people ivan judy
both_on 5 member add ivan --key "$HOME/ivan.pub" --role recorder --reason "for a while"
be ivan
ahead=$(attest_on 5 third ahead --record)
be alice
both_on 50 member remove ivan --reason "left us"
later=$(attest_on 6 third later)
named=$(on 8 "$builddir/stella" history list -o json --no-memory | jq -r '.states[1].id')
git update-ref refs/heads/attestations "$(forge_recording ivan "$(date_of 7)T00:00:00Z" "$named" "$(tip)" "$later")"
expect 0 "as long as no other policy says otherwise" on 8 "$builddir/stella" verify attestation "$later" --no-memory
match "(recorded by ivan"
both_on 6 member add judy --key "$HOME/judy.pub" --role recorder --reason "any change of the policy"
expect 0 "then he left before that" on 8 "$builddir/stella" verify attestation "$later" --no-memory
match "(now)"
expect 0 "what he recorded before stays" on 8 "$builddir/stella" verify attestation "$ahead" --no-memory
match "(recorded by ivan"

# ---- a certificate that was good when it was recorded, and has ended since
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=Root -days 400 -keyout "$HOME/ca.key" \
	-out "$HOME/ca.crt" -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign 2> /dev/null
openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$HOME/leaf.key" -subj /CN=ci -out "$HOME/leaf.csr" 2> /dev/null
printf 'basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=codeSigning\nsubjectAltName=email:ci@example.org\n' > "$HOME/ext"
openssl x509 -req -in "$HOME/leaf.csr" -CA "$HOME/ca.crt" -CAkey "$HOME/ca.key" -days 8 -set_serial 8 \
	-extfile "$HOME/ext" -out "$HOME/leaf.crt" 2> /dev/null
both_on 6 trust-anchors add --cert "$HOME/ca.crt" --reason "the root"
both_on 6 issuer add robot --identity email:ci@example.org --identity-anchor root --reason "by certificate"
both_on 6 issuer trust robot --reason "audited"
payload='{"_type":"https://in-toto.io/Statement/v1","subject":[{"name":"d","digest":{"sha256":"c7c5c1d70c5dec4416ab6158afd0b223ef40c29b1dc1f97ed9428b94d4cadb1c"}}],"predicateType":"https://example.org/test","predicate":{}}'
printf 'DSSEv1 28 application/vnd.in-toto+json %d %s' "${#payload}" "$payload" > "$T/pae"
jq -n --arg payload "$(printf %s "$payload" | base64 -w0)" \
	--arg sig "$(openssl dgst -sha256 -sign "$HOME/leaf.key" "$T/pae" | base64 -w0)" --arg cert "$(cat "$HOME/leaf.crt")" \
	'{payloadType:"application/vnd.in-toto+json",payload:$payload,signatures:[{sig:$sig,cert:$cert}]}' > "$T/leaf.json"
try 0 on 7 "$builddir/stella" attest import "$T/leaf.json"
leaf=$(sha256sum < "$T/leaf.json" | cut -d' ' -f1)
expect 1 "ended, and nobody recorded it" on 9 "$builddir/stella" verify attestation "$leaf" --no-memory
match "cert-expired"
be dave
before=$(tip)
try 0 on 7 "$builddir/stella" attest record "$leaf" --no-memory
expect 0 "ended, and recorded while it was good" on 9 "$builddir/stella" verify attestation "$leaf" --no-memory
match "(recorded by dave"
git update-ref refs/heads/attestations "$before"
try 0 on 9 "$builddir/stella" attest record "$leaf" --no-memory
expect 1 "recorded when it had ended" on 9 "$builddir/stella" verify attestation "$leaf" --no-memory
match "cert-expired"

done_testing
