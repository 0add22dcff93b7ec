#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# --at: what was trusted on a day, in a state, at a commit; and the three answers of verify attestation.
# shellcheck source=tests/cli/lib.sh
. "${srcdir:-$(dirname "$0")/../..}/tests/cli/lib.sh"
if ! can_fake_time; then
	echo "1..0 # SKIP NOT RUN: no faketime for this build"
	exit 0
fi

people alice bob carol
be alice
try 0 on -60 "$builddir/stella" init "$T/trust" --member alice="$HOME/alice.pub" --member bob="$HOME/bob.pub" --no-memory
cd trust || exit 1
root=$(git rev-parse HEAD)
signing_key build
id=$(openssl pkey -pubin -in "$HOME/build.pem" -outform DER | sha256sum | cut -d' ' -f1)
both_on -50 issuer add ci --reason "runs our builds"
both_on -49 trust-anchors add-key --key "$HOME/build.pem" --issuer ci --reason "its key"
both_on -40 issuer trust ci --reason "audited"
trusted=$(git rev-parse HEAD)
both_on -20 issuer suspend ci --reason "investigation"
both_on -10 member add carol --key "$HOME/carol.pub" --role root --reason "new colleague"
both_on -5 issuer revoke ci --reason "sold"
echo program > "$T/program"
attestation=$(stella attest create --subject "$T/program" --type https://example.org/test --key "$HOME/build.key" 2> /dev/null | head -n 1)

# ---- verify: the exit status is for the point asked about
expect 1 "now it is refused" stella verify attestation "$attestation"
match "REFUSED issuer-untrusted"
expect 0 "on a day when the issuer was trusted" stella verify attestation "$attestation" --at "$(date_of -30)"
match "VERIFIED"
match "then        yes, $(date_of -30)T00:00:00Z, state #3"
match "now         no"
match "when signed unknown: not-found: no evidence of the time"
match "as of $(date_of -30)"
expect 1 "on a day when it was suspended" stella verify attestation "$attestation" --at "$(date_of -15)"
match "suspended: investigation"
expect 1 "before its key was there" stella verify attestation "$attestation" --at "$(date_of -49)T00:00:00Z"
match "REFUSED key-unknown"
expect 0 "by state number" stella verify attestation "$attestation" --at '#3' -o json
json .verified true
json .asOf.kind state
json .asOf.state.number 3
json .asOf.timeClaimed true
json .trusted.atPoint.trusted yes
json .trusted.now.trusted no
json .trusted.now.error.code issuer-untrusted
json .trusted.whenSigned.trusted unknown
state=$(jq -r .asOf.state.id "$T/out")
expect 0 "by the state's id" stella verify attestation "$attestation" --at "$state"
expect 0 "by the first digits of it" stella verify attestation "$attestation" --at "${state%????????????????????????????????????????????????????????}"
expect 0 "by commit" stella verify attestation "$attestation" --at "$trusted" -o json
json .asOf.kind commit
json .asOf.commit "$trusted"
expect 1 "before the second approval it was not in force" stella verify attestation "$attestation" --at "$(git rev-parse "$trusted^")"
match "proposed"
expect 0 "verify cert, too" stella verify cert "$attestation" --at '#3'
expect 0 "verify cert-chain, too" stella verify cert-chain "$attestation" --at '#3'
expect 1 "-v has the answers without --at" stella verify attestation "$attestation" -v
match "when signed unknown"
no_match "then  "

expect 0 "verify artifact then" stella verify artifact "$T/program" --at '#3'
expect 1 "verify artifact now" stella verify artifact "$T/program"
expect 1 "verify artifact before its key was there" stella verify artifact "$T/program" --at "$(date_of -49)T00:00:00Z"

# ---- the point's own time is not called now
for command in "verify attestation $attestation" "verify cert $attestation" "verify cert-chain $attestation" \
	"verify artifact $T/program"; do
	# shellcheck disable=SC2086 # words
	expect 0 "$command: the time" stella $command --at "$(date_of -30)"
	match "$(date_of -30)T00:00:00Z (then)"
	no_match "(now)"
done
expect 0 "as JSON" stella verify attestation "$attestation" --at "$(date_of -30)" -o json
json .attestation.timeSource "then"
json .attestation.time "$(date_of -30)T00:00:00Z"
expect 0 "of each attestation, too" stella verify artifact "$T/program" --at "$(date_of -30)" -o json
json '.attestations[0].timeSource' "then"
expect 1 "without --at it is now" stella verify attestation "$attestation"
match "(now)"
expect 0 "evidence of then" stella verify attestation "$attestation" --at "$(date_of -30)" --evidence "$T/pack"
same "and not that word" "$(jq -r .attestation.timeSource "$T/pack/verdict.json")" now
expect 0 "has a time of its own" stella verify evidence "$T/pack" --trust-root "$root" --then
match "$(date_of -30)T00:00:00Z (then)"
no_match "(now)"
expect 0 "as JSON" stella verify evidence "$T/pack" --trust-root "$root" --then -o json
json .attestation.timeSource "then"
expect 0 "of an artifact" stella verify artifact "$T/program" --at "$(date_of -30)" --evidence "$T/packed"
expect 0 "then" stella verify evidence "$T/packed" --trust-root "$root" --then
match "(then)"
no_match "(now)"
printf '%s\n' "$attestation" > "$T/list"
expect 0 "each of many" stella verify attestation --batch "$T/list" --at "$(date_of -30)" -o json
json 'select(.attestation).attestation.timeSource' "then"

# ---- every command that only reads
expect 0 "attest show before its key was there" stella attest show "$attestation" --at '#1'
match "algorithm   unknown"
match "as of #1: trust state #1"
expect 0 "attest show" stella attest show "$attestation" --at '#2'
match "the signature verifies so"
expect 0 "attest show --details then" stella attest show "$attestation" --at '#3' --details -o json
json .asOf.state.number 3
json .refused null
expect 0 "attest show --details now" stella attest show "$attestation" --details -o json
json .asOf null
json .refused.code issuer-untrusted
expect 5 "attest show can be read without trust, but not of a point that is none" stella attest show "$attestation" --at '#99'
expect 1 "integrity-check before its key was there" stella attest integrity-check "$attestation" --at '#1'
match "NOT CHECKED"
expect 0 "integrity-check" stella attest integrity-check "$attestation" --at '#2' -o json
json .intact true
json .asOf.state.number 2
expect 0 "check at a state" stella check --at '#2'
match "records   2 in force"
expect 4 "check at a commit that waited for an approval" stella check --at "$(git rev-parse "$trusted^")"
match "holds changes that are not approved"
expect 4 "check on a day when the policy was over" stella check --at "$(date_of 400)"
expect 2 "check of two commits" stella check --at '#2' --head HEAD
expect 2 "check of a pull request" stella check --at '#2' --base main --head HEAD
expect 0 "impact of a change in hindsight" stella impact "$trusted" --at '#2' -o json
json '.starts[0].attestation' "$attestation"
json .asOf.state.number 2
expect 0 "impact of it now" stella impact "$trusted"
match "1 start"
expect 0 "status" stella status --at '#3'
match "state     #3"
expect 0 "trust-status" stella issuer trust-status ci --at "$(date_of -30)"
match "ci: trusted"
expect 1 "trust-status now" stella issuer trust-status ci
expect 0 "issuer list" stella issuer list --at '#4'
match "suspended"
expect 0 "issuer show" stella issuer show ci --at '#1'
match "proposed"
expect 5 "issuer show before it was there" stella issuer show ci --at '#0'
expect 0 "keys list before there was one" stella keys list --at '#1'
no_match "$id"
expect 0 "keys list" stella keys list --at '#2' -o json
json '.keys[0].id' "$id"
json .asOf.asked '#2'
expect 0 "keys show --public: standard output is the key alone" stella keys show "$id" --public --at '#2'
same "byte for byte" "$(cat "$T/out")" "$(cat "$HOME/build.pem")"
expect 0 "trust-anchors list" stella trust-anchors list --at '#2'
match "$id"
expect 0 "member list now" stella member list
match carol
expect 0 "member list then" stella member list --at "$(date_of -15)"
no_match carol
expect 0 "policy show then" stella policy show --at '#1'
no_match carol
expect 0 "history list" stella history list --at '#2' -o json
json '.states | length' 3
expect 0 "history why" stella history why issuers/ci.json --at '#3'
match audited
no_match sold
expect 5 "history show of a later state" stella history show '#5' --at '#3'
expect 0 "allowed signers of then" stella export allowed-signers --at '#3'
no_match carol

expect 2 "no summary is signed of then, as if it were of now" stella verify artifact "$T/program" --at '#3' \
	--vsa "$T/vsa.json" --key "$HOME/build.key"
match "not with --at"
same "nothing is written" "$(ls "$T/vsa.json" 2> /dev/null)" ""

# ---- what is no point
expect 2 "a word" stella status --at yesterday
expect 2 "a day that does not exist" stella status --at 2026-02-30
expect 2 "nothing" stella status --at ""
expect 2 "a number without #" stella status --at 3
expect 5 "a state that is not there" stella status --at '#99'
expect 5 "a day before the root" stella status --at 2001-01-01
match "the root claims"
expect 5 "a prefix of nothing" stella status --at 0000000
git branch side "$root"
git checkout -q side
git commit -q --allow-empty -m "elsewhere"
side=$(git rev-parse HEAD)
git checkout -q main
expect 4 "a commit of another branch" stella status --at "$side"
match "is not on the way from the root"
expect 4 "a commit that is not there" stella verify attestation "$attestation" --at "$(printf '%040d' 7)"
expect 2 "commands that write have no --at" stella issuer trust ci --reason x --at '#3'
match "unknown option --at"
expect 4 "what --at-least demands is asked of the present" stella status --at '#3' --at-least "$(printf '%064d' 1)"
expect 0 "and found there, though it came later" stella status --at '#3' \
	--at-least "$(stella status -o json --no-memory | jq -r '.heads[0].id')"

# ---- without memory
rm -rf "$XDG_STATE_HOME/stella"
expect 0 "a look back" stella status --at '#3'
expect 0 "a verification of then" stella verify attestation "$attestation" --at '#3'
touch "$T/stamp"
# every command that has the option, by the table
stella help --all | sed -n 's/^  \([a-z][a-z -]*[a-z]\)  .*/\1/p' > "$T/commands"
while IFS= read -r command; do
	# shellcheck disable=SC2086 # words
	stella $command --help | grep -q -e ' --at ' || continue
	case $command in
	"history show") set -- '#1' ;;
	"history report") set -- --html "$T/report.html" ;;
	"history why") set -- issuers/ci.json ;;
	"trust-anchors show") set -- none ;;
	"keys show") set -- "$id" ;;
	"issuer show" | "issuer trust-status") set -- ci ;;
	"gate show") set -- none ;;
	"verify artifact") set -- "$T/program" ;;
	verify*) set -- "$attestation" ;;
	"attest show" | "attest integrity-check") set -- "$attestation" ;;
	*) set -- ;;
	esac
	# shellcheck disable=SC2086 # words
	stella $command "$@" --at '#3' > "$T/out" 2> "$T/err"
	status=$?
	case $command:$status in
	*" show:5" | *:0) pass "$command --at" ;;
	*) fail "$command --at: exit $status" ;;
	esac
done < "$T/commands"
same "nothing is written to the repository" "$(find "$T/trust" -type f -newer "$T/stamp")" ""
same "neither remembers anything, nor logs a yes" "$(find "$XDG_STATE_HOME" -type f 2> /dev/null | wc -l | tr -d ' ')" 0
expect 0 "a look at the present" stella status
rewound=$(git rev-parse HEAD)
git reset -q --hard "$trusted"
expect 4 "memory refuses a rewound branch" stella status
git reset -q --hard "$rewound"
expect 0 "a future day" stella status --at "$(date_of 5)"
expect 4 "on which the policy is over" stella verify attestation "$attestation" --at "$(date_of 400)"
match "expired"
expect 4 "a past day on which the policy was over by then" on 200 "$builddir/stella" status --at "$(date_of 190)" --no-memory
expect 0 "an old state does not mind that its policy is over now" on 200 "$builddir/stella" keys list --at '#3' --no-memory

# ---- a branch that was merged, whose state had to give way: it never was in force here
git checkout -q -b aside
both_on -4 issuer trust ci --reason "aside"
aside=$(git rev-parse HEAD)
git checkout -q main
both_on -4 issuer suspend ci --reason "first"
git merge -q -s ours -m "takes in what is aside" aside
expect 4 "a state that gave way" stella verify attestation "$attestation" --at "$aside"
match "lies on a side branch"
expect 4 "status knows it no better" stella status --at "$aside"
expect 0 "a commit before the state parted" stella status --at "$(git rev-parse "$aside~2")"

# ---- back-dated: the last state that claims no later date, not the first one that claims a later
both_on -45 issuer trust ci --reason "back-dated"
expect 0 "shown as claimed" stella verify attestation "$attestation" --at "$(date_of -30)"
match "by the dates that commits claim"
match "state #8"

done_testing
