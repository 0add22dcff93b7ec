#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# logs: what is in the event log, whatever happens to it, and that it never changes an answer.
# shellcheck source=tests/cli/lib.sh
. "${srcdir:-$(dirname "$0")/../..}/tests/cli/lib.sh"

people alice bob
trust_repo alice bob
log=$XDG_STATE_HOME/stella/$root/log

# records FILTER: the records of the log that jq selects, one a line.
records()
{
	cat "$log"/*.jsonl | jq -R -c "fromjson? | select(.event != \"totals\" and ($1))"
}

# ---- what is logged
same "init is a change" "$(records '.command == "init" and .event == "change" and .code == "ok" and .number == 0' | wc -l)" 1
signing_key build
both stella issuer add ci --reason "runs our builds"
both stella issuer trust ci --reason "yes"
both stella trust-anchors add-key --key "$HOME/build.pem" --issuer ci --reason "its key"
echo artifact > "$HOME/artifact"
try 0 stella attest create --subject "$HOME/artifact" --type slsaprovenance1 --key "$HOME/build.key" --out "$T/good.json"
id=$(head -n 1 "$T/out")
expect 0 "a verification" stella verify attestation --attestation "$id"
state=$(stella status -o json | jq -r '.heads[0].id')
expect 0 "it is in the log" stella attest logs -o json --filter verification
json .schema stella.logs/1
json '.events | length' 1
json '.events[0].attestation' "$id"
json '.events[0].code' ok
json '.events[0].exit' 0
json '.events[0].level' info
json '.events[0].issuer' ci
json '.events[0].state' "$state"
json '.events[0].root' "$root"
json '.events[0].durationUs > 0' true
same "a change has its commit and what it came to" "$(records '.command == "issuer trust"' | jq -r '.commit + .message' | cut -c41-)" \
	"stella issuer trust ci: recorded, not in force"
same "the approval says in force" "$(records '.command == "approve"' | tail -n 1 | jq -r '.message | .[-10:]')" ": in force"
same "a signing has its event" "$(records '.event == "signing"' | wc -l)" 1
sed 's/"payload":"\(.\)/"payload":"\1AAAA/' "$T/good.json" > "$T/bad.json"
expect 3 "a broken one" stella verify attestation --attestation "$T/bad.json"
same "is logged by the digest of its bytes" "$(records '.code == "malformed"' | jq -r .attestation)" \
	"$(sha256sum "$T/bad.json" | cut -d' ' -f1)"
jq -c '.dsseEnvelope.signatures[0].sig = "MEUCIQDx"' "$T/good.json" > "$T/bad.json"
expect 1 "a forged one" stella verify attestation --attestation "$T/bad.json"
expect 0 "the runbook's question" stella attest logs --filter "verification" --level error --last 30m
match "signature verification failed"
match "exit 1"
match "$(sha256sum "$T/bad.json" | cut -d' ' -f1)"
no_match "$id"
expect 5 "a question about what is not there" stella issuer trust-status nobody
same "is a warning" "$(records '.command == "issuer trust-status"' | jq -r '.level + .event')" warningfailure
expect 2 "a slip of the keyboard" stella verify attestation --no-such-option
same "is not logged" "$(records '.exit == 2' | wc -l)" 0
expect 0 "reading the log" stella attest logs
before=$(records true | wc -l)
try 0 stella attest logs
try 0 stella status
same "leaves nothing in it, nor does what only looks" "$(records true | wc -l)" "$before"

# ---- what is left out
try 0 stella verify attestation --attestation "$id" --no-log
try 0 stella verify attestation --attestation "$id" --no-memory
same "--no-log and --no-memory" "$(records true | wc -l)" "$before"

# ---- filters
expect 0 "a level and above" stella attest logs --level warning -o json
json '[.events[].level] | unique | join(" ")' "error warning"
expect 0 "two texts" stella attest logs --filter verification --filter forged -o json
json '.events | length' 0
expect 0 "any case" stella attest logs --filter "SIGNATURE Verification" -o json
json '.events | length' 1
expect 0 "nothing is said as that" stella attest logs --filter no-such-text --last 30m
match "no such event since 20"
expect 0 "from a day that is to come" stella attest logs --since 2999-01-01 -o json
json '.events | length' 0
expect 0 "until a day long gone" stella attest logs --until 2001-01-01T00:00:00Z -o json
json '.events | length' 0
json '.lookedAt > 5' true
expect 0 "since an hour" stella attest logs --since 1h30m -o json
json '.events | length > 5' true
expect 2 "a level that is none" stella attest logs --level fatal
match "info, warning or error"
expect 2 "a time that is none" stella attest logs --last yesterday
match "30m"
expect 2 "two beginnings" stella attest logs --last 30m --since 2026-01-01
expect 2 "follow until" stella attest logs --follow --until 2026-01-01
if can_fake_time; then
	expect 0 "two hours later" faketime '+2 hours' "$builddir/stella" attest logs --filter "verification" --level error --last 30m
	match "no such event"
fi

# ---- log injection (threats, I11)
hostile=$(printf 'x\n{"version":1,"level":"info"}\r\t"\\\033[31m\342\200\256\342\200\250')
expect 5 "hostile text in the name of a file" stella verify attestation --attestation "./$hostile"
lines=$(cat "$log"/*.jsonl | wc -l)
same "each record is one line" "$(cat "$log"/*.jsonl | jq -c . | wc -l)" "$lines"
same "to whatever splits lines" "$(cat "$log"/*.jsonl | python3 -c 'import sys; print(len(sys.stdin.read().splitlines()))')" "$lines"
same "without any control byte" "$(cat "$log"/*.jsonl | tr -d '\n' | LC_ALL=C tr -d ' -~' | wc -c)" 0
expect 0 "it is shown escaped" stella attest logs --filter 31m
match '\x1B[31m'
no_match "$(printf '\033')"

# ---- damage is told and mended
printf 'this is no record\n' >> "$log/00000001.jsonl"
printf '{"version":1,"time":"2026-' >> "$log/00000001.jsonl"
expect 0 "a line that is no record, and a torn tail" stella attest logs -o json
match "event log: piece 1"
json '.damaged | length' 2
json '.events | length > 5' true
expect 0 "the next run mends it" stella verify attestation --attestation "$id"
expect 0 "and says so" stella attest logs --filter "never finished" --level warning
match "26 bytes of a record that was never finished were removed"
expect 0 "the bad line stays" stella attest logs -o json
json '.damaged | length' 1

# ---- what cannot be written changes no answer
as_nobody=
[ "$(id -u)" -ne 0 ] || as_nobody="setpriv --bounding-set -all --inh-caps -all" # root reads and writes what it likes
same_answer()
{
	expect 0 "$1" "$builddir/stella" verify attestation --attestation "$id"
	match "VERIFIED"
	match "warning: not logged"
	expect 1 "$1, refused" "$builddir/stella" verify attestation --attestation "$T/bad.json"
	match "REFUSED signature-mismatch"
	match "warning: not logged"
}
chmod 0770 "$log"
same_answer "a log that others can write"
chmod 0700 "$log"
mv "$log" "$T/kept"
echo > "$log"
same_answer "a file in its place"
rm "$log"
ln -s "$T/kept" "$log"
same_answer "a link in its place"
rm "$log"
mv "$T/kept" "$log"
mkdir "$T/away"
mv "$log/lock" "$T/away/"
mkdir "$log/lock"
same_answer "a lock that is none"
rmdir "$log/lock"
(ulimit -f 0; "$builddir/stella" verify attestation --attestation "$id" 2>&1; echo "exit $?") | cat > "$T/out"
match "VERIFIED"
match "exit 0"
match "warning: not logged"
if [ -z "$as_nobody" ] || $as_nobody true 2> /dev/null; then
	chmod 0500 "$log"
	chmod 0400 "$log"/*.jsonl
	# shellcheck disable=SC2086 # words
	expect 0 "a home that cannot be written" $as_nobody "$builddir/stella" verify attestation --attestation "$id"
	match "VERIFIED"
	match "warning: not logged"
	chmod 0700 "$log"
	chmod 0600 "$log"/*.jsonl
else
	echo "# NOT RUN: a home that cannot be written (no setpriv)"
fi
expect 0 "and --no-memory has no need of one" env -u HOME -u XDG_STATE_HOME GIT_CONFIG_GLOBAL="$HOME/.gitconfig" \
	"$builddir/stella" verify attestation --attestation "$T/good.json" --no-memory
no_match "warning"
same "nothing is damaged" "$(records true > /dev/null; stella attest logs -o json | jq '.damaged | length')" 1

# ---- standard output that cannot be written is in the log as what it was
"$builddir/stella" verify attestation --attestation "$id" > /dev/full 2> /dev/null
same "a full standard output" "$?" 7
same "is logged as 7" "$(records '.exit == 7' | jq -r .code)" system

# ---- many at once
i=0
before=$(records true | wc -l)
while [ $i -lt 32 ]; do
	"$builddir/stella" verify attestation --attestation "$id" > /dev/null 2> "$T/many.$i" &
	i=$((i + 1))
done
wait
same "32 writers: nothing to say" "$(cat "$T"/many.*)" ""
same "32 writers: 32 records" "$(records true | wc -l)" "$((before + 32))"

# ---- killed at any moment: whole records, and no step by hand
i=0
while [ $i -lt 20 ]; do
	"$builddir/stella" verify attestation --attestation "$id" > /dev/null 2>&1 &
	pid=$!
	sleep "0.00$i"
	kill -9 $pid 2> /dev/null
	wait $pid 2> /dev/null
	i=$((i + 1))
done
expect 0 "after kill -9" stella verify attestation --attestation "$id"
no_match "warning"
expect 0 "the log is whole" stella attest logs -o json
json '.damaged | length' 1

# ---- follow
(
	cd "$T/trust" || exit
	timeout 20 "$builddir/stella" attest logs --follow --since 0s -o json --filter "signature verification" > "$T/followed" 2> "$T/follow.err"
) &
follower=$!
sleep 0.5
try 1 stella verify attestation --attestation "$T/bad.json"
i=0
while [ ! -s "$T/followed" ] && [ $i -lt 50 ]; do
	sleep 0.1
	i=$((i + 1))
done
same "what comes is followed" "$(jq -r .code "$T/followed" | sort -u)" signature-mismatch
kill $follower 2> /dev/null
wait $follower 2> /dev/null
start=$(date +%s)
timeout 20 "$builddir/stella" attest logs --follow | head -n 1 > "$T/out"
same "a reader that goes ends it" "$([ $(($(date +%s) - start)) -lt 15 ] && [ -s "$T/out" ] && echo yes)" yes

# ---- without a pin
cd "$T" || exit 1
expect 5 "no repository" stella verify attestation --attestation "$T/good.json"
expect 0 "that has a log, too" stella attest logs
match "no root is pinned here"
match "no git repository"
expect 0 "any root's log can be named" stella attest logs --trust-root "$root" --filter verification
match "$id"

done_testing
