#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# metrics: what is exported, that promtool takes it, that counters never go back; alert rules and dashboard.
# shellcheck source=tests/cli/lib.sh
. "${srcdir:-$(dirname "$0")/../..}/tests/cli/lib.sh"
srcdir=$(CDPATH='' cd -- "$srcdir" && pwd) 2> /dev/null || exit 1
operations=$srcdir/docs/operations

# value METRIC: of the line that begins with it and a space.
value()
{
	stella metrics 2> /dev/null | awk -v metric="$1" 'index($0, metric " ") == 1 { print substr($0, length(metric) + 2) }'
}

people alice bob
trust_repo alice bob
signing_key build
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$HOME/root.key" -subj "/CN=Own Root" -days 400 \
	-addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign -out "$HOME/root.pem" 2> /dev/null
both stella trust-anchors add --cert "$HOME/root.pem" --name own-root --reason "our CA"
both stella issuer add ci --reason "runs our builds"
both stella issuer trust ci --reason "yes"
both stella trust-anchors add-key --key "$HOME/build.pem" --issuer ci --expires 30d --reason "its key"
build=$(keyid build)
echo artifact > "$HOME/artifact"
try 0 stella attest create --subject "$HOME/artifact" --type slsaprovenance1 --key "$HOME/build.key" --out "$T/good.json"
jq -c '.dsseEnvelope.signatures[0].sig = "MEUCIQDx"' "$T/good.json" > "$T/bad.json"

# ---- before anything was verified
expect 0 "a state in force" stella metrics
match 'attestor_trust_in_force 1'
match 'attestor_trust_state_number 4'
no_match 'attestor_verifications_total{'
same "the policy's end" "$(value 'attestor_expiry_timestamp_seconds{kind="policy",name="policy"}')" \
	"$(date -d "$(jq -r .expires policy.json)" +%s)"
same "the anchor's end" "$(value 'attestor_expiry_timestamp_seconds{kind="anchor",name="own-root"}')" \
	"$(date -d "$(openssl x509 -in "$HOME/root.pem" -noout -enddate | cut -d= -f2)" +%s)"
same "the key's end" "$(value "attestor_expiry_timestamp_seconds{kind=\"key\",name=\"$build\",issuer=\"ci\"}")" \
	"$(date -d "$(jq -r .expires "keys/$build.json")" +%s)"

# ---- what is planned, and the windows of Sigstore roots
signing_key leaving
leaving=$(keyid leaving)
both stella issuer add guests --reason "for a while"
both stella trust-anchors add-key --key "$HOME/leaving.pem" --issuer guests --reason "its key"
both stella issuer trust guests --reason "yes"
both stella keys revoke "$leaving" --kind retired --since "$(date_of +5)" --reason "contract ends"
both stella issuer suspend guests --since "$(date_of +6)" --reason "contract ends"
soon=$(date_of +12)T00:00:00Z
jq --arg soon "$soon" '.tlogs[0].publicKey.validFor.end = $soon | .timestampAuthorities[0].validFor.end = $soon |
	.ctlogs[1].baseUrl = .ctlogs[0].baseUrl | .ctlogs[0].publicKey.validFor = {start: "2021-01-01T00:00:00Z", end: $soon} |
	.ctlogs[1].publicKey.validFor = {start: "2090-01-01T00:00:00Z", end: "2091-01-01T00:00:00Z"}' \
	"$srcdir/tests/data/sigstore/public-good.root.json" > "$T/root.json"
both stella trust-anchors add --trusted-root "$T/root.json" --name public --reason "two ends"
stella metrics > "$T/metrics" 2> /dev/null
same "a key that retires" "$(value "attestor_expiry_timestamp_seconds{kind=\"key\",name=\"$leaving\",issuer=\"guests\",planned=\"true\"}")" \
	"$(date -ud "$(date_of +5)" +%s)"
same "an issuer that stops" "$(value 'attestor_expiry_timestamp_seconds{kind="issuer",name="guests",planned="true"}')" "$(date -ud "$(date_of +6)" +%s)"
same "a log that another goes on for" "$(value 'attestor_expiry_timestamp_seconds{kind="sigstore",name="public log https://rekor.sigstore.dev",root="public",planned="true"}')" \
	"$(date -ud "$soon" +%s)"
same "the only timestamp authority" "$(value 'attestor_expiry_timestamp_seconds{kind="sigstore",name="public TSA https://timestamp.sigstore.dev/api/v1/timestamp",root="public"}')" \
	"$(date -ud "$soon" +%s)"
same "two instances of one name are one series: the first to end" \
	"$(value 'attestor_expiry_timestamp_seconds{kind="sigstore",name="public CT log https://ctfe.sigstore.dev/test",root="public"}')" \
	"$(date -ud "$soon" +%s)"
same "and no series is there twice" "$(grep -v '^#' "$T/metrics" | sed 's/ [^ ]*$//' | sort | uniq -d)" ""
cp "$T/metrics" "$T/out"
no_match "2022" # an authority that was followed by another, long ago
if can_fake_time; then
	expect 0 "planned ends that are over are no news" faketime '+7 days' "$builddir/stella" metrics --no-memory
	no_match "guests"
	expect 0 "a timestamp authority that is over, and no other" faketime '+13 days' "$builddir/stella" metrics --no-memory
	match 'name="public TSA https://timestamp.sigstore.dev/api/v1/timestamp",root="public"} '
	no_match "https://rekor.sigstore.dev"
fi
both stella trust-anchors remove public --reason "no more"

# ---- counters
try 0 stella verify attestation --attestation "$T/good.json"
try 0 stella verify attestation --attestation "$T/good.json"
try 1 stella verify attestation --attestation "$T/bad.json"
try 5 stella verify attestation --attestation "$T/none.json"
try 0 stella check
try 5 stella keys show 0123456
same "verified" "$(value 'attestor_verifications_total{command="verify attestation",result="ok",code="ok"}')" 2
same "refused" "$(value 'attestor_verifications_total{command="verify attestation",result="refused",code="signature-mismatch"}')" 1
same "could not be decided" "$(value 'attestor_verifications_total{command="verify attestation",result="error",code="not-found"}')" 1
same "checked" "$(value 'attestor_checks_total{command="check",result="ok",code="ok"}')" 1
same "signed" "$(value 'attestor_signings_total{command="attest create",result="ok",code="ok"}')" 1
same "failed" "$(value 'attestor_failures_total{command="keys show",result="error",code="not-found"}')" 1
same "durations" "$(value attestor_verification_duration_seconds_count)" 4
same "the last bound has all" "$(value 'attestor_verification_duration_seconds_bucket{le="+Inf"}')" 4
same "the last refusal is now" "$(now=$(date +%s); last=$(value 'attestor_verification_last_timestamp_seconds{result="refused"}')
	[ "$last" -le "$now" ] && [ "$last" -gt $((now - 60)) ] && echo yes)" yes
try 0 stella metrics
try 0 stella metrics
same "metrics leave no trace in the counters" "$(value attestor_verification_duration_seconds_count)" 4
expect 0 "as JSON" stella metrics -o json
json .schema stella.metrics/1
json '.families[] | select(.name == "attestor_verifications_total") | .samples[] | select(.labels.result == "refused") | .value' 1

# ---- counters over rotation: records are put in until the first file of the log is gone
log=$XDG_STATE_HOME/stella/$root/log
record=$(jq -c 'select(.code == "signature-mismatch")' "$log/00000001.jsonl")
python3 - "$log" "$record" << 'END'
import sys
log, record = sys.argv[1:]
number = 2400
with open(log + "/00000001.jsonl", "a") as f:
    f.write((record + "\n") * number)
END
total=$(value 'attestor_verifications_total{command="verify attestation",result="refused",code="signature-mismatch"}')
same "as many as there are lines" "$total" 2401
try 0 stella verify attestation --attestation "$T/good.json"
same "a new file has begun" "$(find "$log" -name '*.jsonl' | wc -l)" 2
rm "$log/00000001.jsonl"
same "and knows of those before" "$(value 'attestor_verifications_total{command="verify attestation",result="refused",code="signature-mismatch"}')" "$total"
same "of every kind" "$(value attestor_verification_duration_seconds_count)" 2405

# ---- pending and forks are told, and the exit status says what does not stand
be alice
try 0 stella trust-anchors remove own-root --reason "no more"
expect 0 "a change that waits" stella metrics
match 'attestor_pending_approvals 1'
match 'attestor_tip_unapproved 1'
be bob
try 0 stella approve --yes --reason "gone"
be alice
expect 0 "it is approved" stella metrics
match 'attestor_tip_unapproved 0'
no_match 'own-root'
if can_fake_time; then
	expect 4 "an expired policy" faketime '+200 days' "$builddir/stella" metrics --no-memory
	match 'attestor_trust_in_force 0'
	match 'attestor_trust_error{code="policy-expired"} 1'
fi
expect 4 "no pin" sh -c "cd '$HOME' && git init -q other && cd other && '$builddir/stella' metrics"
match 'attestor_trust_in_force 0'
match 'attestor_trust_error{code="no-pin"} 1'

# ---- the file of the node exporter
expect 2 "a name that it would not read" stella metrics --textfile "$T/attestor.txt"
match ".prom"
expect 0 "a name that it reads" stella metrics --textfile "$T/attestor.prom"
same "holds the metrics" "$(grep -c '^attestor_trust_in_force 1$' "$T/attestor.prom")" 1
same "may be read by others" "$(stat -c %a "$T/attestor.prom")" 644
printf old > "$T/attestor.prom"
(ulimit -f 0; exec "$builddir/stella" metrics --textfile "$T/attestor.prom") > /dev/null 2>&1
same "a disk that is full: exit" "$?" 7
same "leaves the old file" "$(cat "$T/attestor.prom")" old
same "and nothing beside it" "$(find "$T" -maxdepth 1 -name '.stella-*')" ""
if can_fake_time; then
	expect 4 "the file is written where nothing stands" faketime '+200 days' "$builddir/stella" metrics --no-memory --textfile "$T/attestor.prom"
	same "and says so" "$(grep -c '^attestor_trust_in_force 0$' "$T/attestor.prom")" 1
fi

# ---- as Prometheus sees it
stella metrics > "$T/metrics" 2> /dev/null
printf '# HELP attestor_trust_error Why not, by code.\n# TYPE attestor_trust_error gauge\nattestor_trust_error{code="fork"} 1\n' >> "$T/metrics"
names=$(sed -n 's/^\(attestor_[a-z_]*\).*/\1/p' "$T/metrics" | sort -u)

# known TEXT FILE: every metric of ours that FILE names is one that is exported.
known()
{
	unknown=$(grep -o 'attestor_[a-z_]*' "$2" | sort -u | while IFS= read -r name; do
		echo "$names" | grep -qx "$name" || echo "$name"
	done)
	same "$1 asks only for what there is" "$unknown" ""
}
known "alerts.yml" "$operations/alerts.yml"
jq -r '.panels[].targets[].expr, .templating.list[1].query.query' "$operations/grafana-dashboard.json" > "$T/exprs"
same "the dashboard has its panels" "$(jq '.panels | length > 10' "$operations/grafana-dashboard.json")" true
known "the dashboard" "$T/exprs"
same "each panel has a place of its own" "$(jq '[.panels[].gridPos | "\(.x) \(.y)"] | length == (unique | length)' "$operations/grafana-dashboard.json")" true
if command -v promtool > /dev/null 2>&1; then
	expect 0 "promtool takes the metrics" sh -c "promtool check metrics < '$T/metrics'"
	same "without a remark" "$(cat "$T/out" "$T/err")" ""
	expect 0 "promtool takes the rules" promtool check rules "$operations/alerts.yml"
	expect 0 "the rules fire when they should, and only then" promtool test rules "$operations/alerts_test.yml"
	untested=$(sed -n 's/^ *- alert: //p' "$operations/alerts.yml" | while IFS= read -r alert; do
		grep -q "alertname: $alert\$" "$operations/alerts_test.yml" || echo "$alert"
	done)
	same "each rule has its test" "$untested" ""
	sed "s/result!=\"ok\"/result=\"ok\"/g; s|- alerts.yml|- $T/alerts.yml|" "$operations/alerts_test.yml" > "$T/alerts_test.yml"
	sed "s/< 900/< 9000/" "$operations/alerts.yml" > "$T/alerts.yml"
	expect 1 "a rule that is changed does not pass" promtool test rules "$T/alerts_test.yml"
	{
		echo 'groups: [{name: dashboard, rules: ['
		jq -c '[.panels[].targets[].expr | gsub("\\$__rate_interval"; "5m") | gsub("\\$instance"; ".*")] | to_entries[] |
			{record: "panel:\(.key)", expr: .value}' "$operations/grafana-dashboard.json" | sed 's/$/,/'
		echo ']}]'
	} > "$T/dashboard.yml"
	expect 0 "promtool takes every expression of the dashboard" promtool check rules "$T/dashboard.yml"
else
	echo "# NOT RUN: promtool is not there (Debian: prometheus): rules, dashboard and metrics are not checked by Prometheus"
fi

done_testing
