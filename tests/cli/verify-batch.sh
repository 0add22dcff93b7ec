#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# verify attestation of many: every kind of answer mixed, each the same as alone, in the order of the list.
# shellcheck disable=SC2317 # expect calls the functions
# shellcheck source=tests/cli/lib.sh
. "${srcdir:-$(dirname "$0")/../..}/tests/cli/lib.sh"

people alice bob
trust_repo alice bob
for key in build other late gone; do
	signing_key $key
done
at=$T/at
mkdir "$at" "$T/strange"
said=$("$builddir/tests/make-bundles" "$at" 300 "Rekor v2 dsse certificate")
"$builddir/tests/make-bundles" "$T/strange" 1 "Rekor v2 dsse certificate" > "$T/out"
both stella trust-anchors add --trusted-root "$at/root.json" --name own --reason "our own"
both stella issuer add flow --certificate-identity "${said% *}" --certificate-oidc-issuer "${said#* }" --sigstore own \
	--reason "our workflow"
both stella issuer trust flow --reason "audited"
both stella issuer add proposed --reason "runs our builds"
both stella issuer add ci --predicate-type custom --predicate-type spdxjson --reason "runs our builds"
both stella issuer trust ci --reason "audited"
both stella trust-anchors add-key --key "$HOME/build.pem" --issuer ci --reason "its key"
both stella trust-anchors add-key --key "$HOME/gone.pem" --issuer ci --reason "its key"
both stella trust-anchors add-key --key "$HOME/late.pem" --issuer proposed --reason "its key"

# ---- good ones and what can be wrong with one
create()
{
	stella attest create --force --subject "$at/1.txt" --type "$2" --key "$HOME/$1.key" --out "$at/$1-$2.json" > "$T/out" 2> "$T/err"
	head -n 1 "$T/out"
}
stored=$(create build custom)
create other custom > "$T/id"
create late custom > "$T/id"
create build spdxjson > "$T/id"
create build slsaprovenance1 > "$T/id"
create gone custom > "$T/id"
both stella keys revoke "$(keyid gone)" --kind compromised --reason "in other hands"
cd "$at" || exit 1
jq -c '.dsseEnvelope.payload |= (@base64d | sub("predicate\":{}"; "predicate\":{\"x\":1}") | @base64)' 2.json > payload.json
jq -c --slurpfile o 3.json '.dsseEnvelope.signatures[0].sig = $o[0].dsseEnvelope.signatures[0].sig' 2.json > signature.json
jq -c --slurpfile o 3.json '.verificationMaterial.certificate = $o[0].verificationMaterial.certificate' 2.json > certificate.json
jq -c --slurpfile o 3.json '.verificationMaterial.tlogEntries = $o[0].verificationMaterial.tlogEntries' 2.json > entry.json
jq -c --slurpfile o 3.json '.verificationMaterial.timestampVerificationData = $o[0].verificationMaterial.timestampVerificationData' \
	2.json > stamp.json
cp "$T/strange/1.json" strange.json
echo '{' > broken.json
: > empty.json
printf 'a\0b' > nul.json
head -c 17000000 /dev/zero | tr '\0' ' ' > big.json
mkdir folder
bad="payload.json signature.json certificate.json entry.json stamp.json strange.json broken.json empty.json nul.json big.json
	folder absent.json other-custom.json late-custom.json
	gone-custom.json build-slsaprovenance1.json 0000000 $(printf '%064d' 0)"
good="1.json ./2.json $stored $(printf %.12s "$stored") build-custom.json build-spdxjson.json"

alone()
{
	stella verify attestation "$@" -C "$T/trust"
}
# codes FILE: a line for each item, "name verified code exit message id".
codes()
{
	jq -r 'select(.schema == "stella.verify-item/1") |
		[.name, .verified, .error.code, .error.exit, .error.message, .attestation.id] | @tsv' "$1"
}

# ---- the same verdict as alone
# shellcheck disable=SC2086 # a word each
set -- $good $bad 7.json
for name in "$@"; do
	alone "$name" -o json > "$T/one" 2> "$T/err"
	status=$?
	[ "$(jq -r '.error.exit // 0' "$T/one")" = "$status" ] || fail "$name alone: exit $status is not what its JSON says"
	jq -r --arg name "$name" '[$name, .verified // false, .error.code, .error.exit, .error.message, .attestation.id] | @tsv' "$T/one"
done > "$T/singly"
same "all kinds of answers are in it" "$(cut -f3 "$T/singly" | sort -u | tr '\n' ' ')" \
	" issuer-untrusted key-revoked key-unknown limit log-entry-mismatch malformed not-found predicate-not-allowed \
signature-mismatch system timestamp-invalid "
expect 1 "good and bad as arguments" alone "$@" -o json
codes "$T/out" > "$T/together"
expect 0 "each answered as alone" cmp "$T/singly" "$T/together"
printf '%s\n' "$@" > list
for threads in 1 2 8; do
	alone --batch list --threads "$threads" -o json > "$T/out.$threads" 2> "$T/err"
	same "a list on $threads threads: the status of the first that is refused" "$?" 1
	codes "$T/out.$threads" > "$T/together"
	expect 0 "each answered as alone" cmp "$T/singly" "$T/together"
done
for threads in 1 8; do # but for those judged now, and now goes on
	sed -i 's/"time":"[^"]*","timeSource":"now"/"timeSource":"now"/' "$T/out.$threads"
done
expect 0 "told alike by one thread and by eight" cmp "$T/out.1" "$T/out.8"

# ---- what is told
# shellcheck disable=SC2086
expect 0 "all good" alone $good
match "VERIFIED  1.json: "
match "VERIFIED  $stored, issuer ci"
match "VERIFIED  build-custom.json: $stored, issuer ci"
match "VERIFIED  6 of 6 attestations"
same "a line each, and one for all" "$(wc -l < "$T/out")" 7
expect 0 "quietly" alone 1.json 2.json -q
same "nothing is said" "$(cat "$T/out" "$T/err")" ""
expect 1 "quietly, but not when refused" alone 1.json payload.json -q
match "1 of 2 attestations refused; the first is number 2: signature verification failed"
match "next: stella verify attestation payload.json"
expect 1 "refused" alone 1.json payload.json
match "REFUSED   payload.json: signature verification failed"
match "REFUSED  1 of 2 attestations"
match "next         stella verify attestation payload.json"
same "standard error is silent" "$(cat "$T/err")" ""
expect 5 "the status is that of the first that is refused" alone 1.json absent.json payload.json
match "REFUSED   absent.json: "
expect 5 "an empty name is none" alone 1.json "" 2.json
match "REFUSED  1 of 3 attestations"
expect 2 "standard input among others" alone 1.json -
expect 1 "of another type" alone 1.json build-spdxjson.json --type custom
match "REFUSED  2 of 2 attestations"
expect 1 "of another issuer" alone 1.json build-custom.json --issuer ci
match "identity not known: not issuer ci"
jq -c --slurpfile o strange.json '.verificationMaterial.tlogEntries = $o[0].verificationMaterial.tlogEntries' build-custom.json \
	> unchecked.json
expect 0 "what nobody looks at" alone 1.json unchecked.json
match "number 2, NOT CHECKED"
expect 0 "as JSON" alone 1.json unchecked.json -o json
same "is said there, too" "$(jq -r '.notChecked | length' "$T/out" | tr '\n' ' ')" "0 1 0 "
same "lines of JSON" "$(wc -l < "$T/out")" 3
same "the last one is for all" "$(tail -n 1 "$T/out" | jq -r '[.schema, .verified, .refused] | @tsv' | tr '\t' ' ')" \
	"stella.verify-batch/1 2 0"
same "issuer and type" "$(head -n 1 "$T/out" | jq -r '.issuer + " " + .predicateType + " " + .attestation.timeSource')" \
	"flow https://example.org/p rfc3161"

# ---- lists
expect 0 "the list that verify bundle reads, each with its artifact" alone --batch batch.jsonl
match "VERIFIED  300 of 300 attestations"
sed -e '7s/7.txt/8.txt/' -e '257s/257.json/signature.json/' batch.jsonl > wrong.jsonl
expect 1 "one of another artifact, one altered" alone --batch wrong.jsonl
match "REFUSED   line 7: 7.json: subject mismatch"
match "REFUSED   line 257: signature.json: signature verification failed"
match "REFUSED  2 of 300 attestations"
{ cat 5.json; echo; echo; cat payload.json; echo; cat build-custom.json; } > inline.jsonl
expect 1 "the attestations themselves" alone --batch inline.jsonl -o json
same "their ids are those of their lines" "$(jq -r 'select(.line == 1).attestation.id' "$T/out")" "$(sha256sum < 5.json | cut -d' ' -f1)"
same "the altered one is refused" "$(jq -r 'select(.line == 3).error.code' "$T/out")" signature-mismatch
same "by their own words" "$(jq -c 'select(.line) | .verified' "$T/out" | tr '\n' ' ')" "true false true "
from_stdin()
{
	alone --batch - < list
}
expect 1 "from standard input" from_stdin
match "REFUSED  18 of 25 attestations"
echo '{"bundle":"1.json","artifact":"1.txt","skip":true}' > unknown.jsonl
expect 3 "a field that is not known" alone --batch unknown.jsonl
printf '{"bundle":%s,"artifact":"5.txt"}\n' "$(cat 5.json)" > embedded.jsonl
expect 3 "an attestation within a line has no bytes of its own" alone --batch embedded.jsonl
printf '1.json\0x\n' > nul.list
expect 3 "a NUL in a name" alone --batch nul.list
echo - > dash.list
expect 2 "standard input in a list" alone --batch dash.list
echo > empty.list
expect 1 "no attestation at all" alone --batch empty.list
expect 5 "no list" alone --batch absent.list
head -c 17000000 /dev/zero | tr '\0' x > long.list
expect 6 "a line without an end" alone --batch long.list
match "line 1: a line of more than"

# ---- what is about one only
expect 2 "a list and arguments" alone --batch list 1.json
expect 2 "--attestation and arguments" alone --attestation 1.json 2.json 3.json
expect 2 "an artifact for all of them" alone 1.json 2.json --subject 1.txt
match "in the list of --batch"
expect 2 "a pack" alone 1.json 2.json --evidence "$T/pack"
expect 2 "git commands" alone 1.json 2.json --explain
expect 2 "every step" alone 1.json 2.json --verbose
expect 2 "threads for one" alone 1.json --threads 2
expect 2 "no thread" alone 1.json 2.json --threads 0
[ ! -e "$T/pack" ] || fail "a pack was written"
expect 0 "one alone is told as ever" alone 1.json
same "the first line says so" "$(head -n 1 "$T/out")" VERIFIED

# ---- the trust state, the log, standard output
expect 4 "no state that stands, no answer" alone 1.json 2.json --trust-root "$root" --at-least "$(printf '%064d' 1)"
same "not one" "$(cat "$T/out")" ""
expect 0 "as trust was then" alone build-custom.json build-spdxjson.json --at "$(date -u -d '+1 day' +%Y-%m-%d)"
lines()
{
	cat "$XDG_STATE_HOME/stella/$root/log/"*.jsonl | grep -c '"command":"verify attestation"'
}
before=$(lines)
expect 1 "logged" alone 1.json payload.json build-custom.json
same "a record each" "$(($(lines) - before))" 3
same "with what it was about" "$(cat "$XDG_STATE_HOME/stella/$root/log/"*.jsonl | tail -n 3 |
	jq -r '[.code, .attestation, .issuer] | join(" ")')" \
	"ok $(sha256sum < 1.json | cut -d' ' -f1) flow
signature-mismatch $(sha256sum < payload.json | cut -d' ' -f1) 
ok $(sha256sum < build-custom.json | cut -d' ' -f1) ci"
before=$(lines)
expect 0 "not logged" alone 1.json 2.json --no-log
same "no record" "$(lines)" "$before"
full()
{
	alone 1.json 2.json > /dev/full
}
expect 7 "an answer that cannot be written is none" full

# ---- memory does not grow with the list
peak() # a sanitizer must not keep what is freed
{
	yes broken.json | head -n "$1" > peak.list
	ASAN_OPTIONS=quarantine_size_mb=1 python3 -c 'import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)' "$builddir/stella" verify attestation --batch peak.list \
		-C "$T/trust" --no-log "$2" "$3"
}
if python3 -c 'import resource' 2> "$T/err"; then
	for form in text json; do
		small=$(peak 1000 -o $form) large=$(peak 100000 -o $form)
		if [ "$large" -lt "$((small + 8192))" ]; then
			pass "$form: $large KiB for a hundred times what took $small KiB"
		else
			fail "$form: $large KiB for a hundred times what took $small KiB"
		fi
	done
else
	echo "# NOT RUN: memory, as python3 is not there"
fi

# ---- CA certificates of the system are read by a libgit2 with OpenSSL, and by no other of ours
if ! ldd "$builddir/stella" | grep -q libmbedx509; then
	echo "# NOT RUN: which certificates are read, as libgit2 is not built with Mbed TLS"
elif can_trace; then
	expect 0 "traced" traced -e trace=open,openat "$builddir/stella" verify attestation 1.json -C "$T/trust"
	same "no certificate of the system is read" "$(grep -c '/etc/ssl\|ca-certificates' "$T/trace")" 0
fi
cd "$T/trust" || exit 1
done_testing
