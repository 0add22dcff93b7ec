#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# runbook_incidents: the runbook of the person on call, command by command as it is written, in an incident for each
# symptom and each root cause that it names.  What fails must name the cause, its hint must be the runbook's next
# step, and after that step and the approvals that the policy asks for, verification succeeds.
# shellcheck source=tests/cli/lib.sh
. "${srcdir:-$(dirname "$0")/../..}/tests/cli/lib.sh"

# ---- the runbook: its commands, and the copy of them for where it is not at hand
copy=$srcdir/tests/data/runbook/commands
case $copy in /*) ;; *) copy=$OLDPWD/$copy ;; esac
commands_of()
{
	awk '/^```bash/ { on = 1; next } /^```/ { on = 0 } on && NF && !/^#/' "$1"
}
if [ -f "${STELLA_SHARED:-/nowhere}/runbook.md" ]; then
	commands_of "$STELLA_SHARED/runbook.md" > "$T/runbook"
	same "the copy is what the runbook says" "$(cat "$copy")" "$(cat "$T/runbook")"
else
	echo "# the runbook itself is not at hand (STELLA_SHARED): its copied commands are run, NOT CHECKED against it"
	cp "$copy" "$T/runbook"
fi
same "it has commands" "$([ "$(wc -l < "$T/runbook")" -ge 24 ] && echo yes)" yes
mkdir "$T/bin"
ln -s "$(cd "$builddir" && pwd)/stella" "$T/bin/stella"
: > "$T/used"

# fill LINE: its placeholders, from the incident's variables.
fill()
{
	printf '%s\n' "$1" | sed -e "s|<attestation-id>|${attestation:-}|g" -e "s|<key-id>|${keyid:-}|g" -e "s|<issuer-id>|${issuer:-}|g" \
		-e "s|<issuer-cert.pem>|$HOME/issuer-cert.pem|g" -e "s|<intermediate.pem>|$HOME/intermediate.pem|g" \
		-e "s|<digest>|${digest:-}|g" -e "s|<type>|slsaprovenance1|g" -e "s|<old-key.pem>|${old_key:-}|g" -e "s|<date>|${date:-}|g"
}

# run STATUS LINE: a line of the runbook, exactly as it stands there but for its placeholders.
run()
{
	if ! grep -qxF -- "$2" "$T/runbook"; then
		fail "the runbook has no such command: $2"
		return
	fi
	printf '%s\n' "$2" >> "$T/used"
	filled=$(fill "$2")
	case $filled in
	*"<"*) fail "a placeholder is left: $filled" ;;
	esac
	expect "$1" "$2" env PATH="$T/bin:$PATH" sh -c "$filled"
}

# next_is LINE [UNKNOWN]: the hint of the last command begins one of its steps with this line of the runbook, filled in as far as
# the machine can know it; what only people know (a file, a date) stays a placeholder.
next_is()
{
	grep -qxF -- "$1" "$T/runbook" || fail "the runbook has no such command: $1"
	hint=$(sed -n 's/^next  *//p; s/^  next: //p; s/^        do: //p' "$T/out" "$T/err")
	known=$(fill "$(printf '%s\n' "$1" | sed 's/ <[a-z-]*\.pem>.*//; s/ <digest>.*//; s/ <date>.*//; s/ "Approved by.*//')")
	[ $# -eq 1 ] || known=$(printf '%s\n' "$1" | sed "s/ <$2>.*//") # this one the machine cannot know
	case ", $hint" in
	*", $known"* | *", then $known"* | *", or $known"*) pass "its hint leads to: $known" ;;
	*) fail "its hint is \"$hint\", not: $known" ;;
	esac
}

# approved REASON: by the other member, as the policy asks.
approved()
{
	match "1 of 2"
	be bob
	try 0 stella approve --yes --reason "$1"
	be alice
}

# healed: the runbook's last block, after each incident.
healed()
{
	run 0 "stella verify attestation --attestation <attestation-id>"
	match "VERIFIED"
	run 0 "stella verify cert-chain --attestation <attestation-id>"
	match "VERIFIED"
	run 0 "stella verify artifact --digest <digest>"
	run 0 'stella attest logs --filter "verification" --level error --last 30m'
	[ $# -eq 0 ] || match "$1" # what failed is still told; nothing newer than that is
	same "the last thing in the log is a success" "$(stella attest logs --filter verification -o json | jq -r '.events[-1].code')" ok
}

# incident NAME: an artifact and a log of its own, as on another day; sets digest.
incident()
{
	XDG_STATE_HOME=$T/state.$1
	export XDG_STATE_HOME
	echo "$1" > "$HOME/$1.artifact"
	digest=sha256:$(sha256sum "$HOME/$1.artifact" | cut -d' ' -f1)
}

# alerted CODE: what the alert and the doctor say at the beginning of an incident.
alerted()
{
	run 1 "stella doctor --check check.attestor.verification-health"
	match "failed in the last 30 minutes with $1"
	next_is "stella verify attestation --attestation <attestation-id> --verbose"
	same "the alert's metric" "$(stella metrics | grep -c "^attestor_verifications_total{.*result=\"refused\",code=\"$1\"} [1-9]")" 1
}

# calm: the doctor, when it is over.
calm()
{
	run 0 "stella doctor --check check.attestor.verification-health"
	no_match "ERROR"
}

# ---- before: a builder with a key, and a service with a certificate of the company's own CA
people alice bob
trust_repo alice bob
ext()
{
	printf '%s\n' "$@" > "$HOME/ext"
}
# ago DAYS COMMAND...: as it would have been then, where that can be had.
ago()
{
	if command -v faketime > /dev/null 2>&1; then
		days=$1
		shift
		faketime "-$days days" "$@"
	else
		shift
		"$@"
	fi
}
ec="-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
# shellcheck disable=SC2086 # words
ago 50 openssl req -x509 $ec -keyout "$HOME/root.key" -subj "/CN=Own Root" -days 400 \
	-addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign -out "$HOME/issuer-cert.pem" 2> /dev/null
# shellcheck disable=SC2086
openssl req $ec -keyout "$HOME/mid.key" -subj "/CN=Own Mid" -out "$HOME/mid.csr" 2> /dev/null
ext basicConstraints=critical,CA:TRUE,pathlen:0 keyUsage=critical,keyCertSign
ago 50 openssl x509 -req -in "$HOME/mid.csr" -CA "$HOME/issuer-cert.pem" -CAkey "$HOME/root.key" -set_serial 2 -days 300 \
	-extfile "$HOME/ext" -out "$HOME/intermediate.pem" 2> /dev/null
signing_key service
signing_key build
openssl req -new -key "$HOME/service.key" -subj "/CN=service" -out "$HOME/leaf.csr" 2> /dev/null
ext basicConstraints=critical,CA:FALSE keyUsage=critical,digitalSignature extendedKeyUsage=codeSigning subjectAltName=email:ci@example.org
openssl x509 -req -in "$HOME/leaf.csr" -CA "$HOME/intermediate.pem" -CAkey "$HOME/mid.key" -set_serial 3 -days 30 \
	-extfile "$HOME/ext" -out "$HOME/leaf.pem" 2> /dev/null
both stella issuer add builder --reason "signs with a key"
both stella issuer trust builder --reason "Approved by security team"
both stella trust-anchors add-key --key "$HOME/build.pem" --issuer builder --reason "its key"
git config stella.attestKey "$HOME/build.key"

# by_certificate CERT NAME: an attestation about $digest, signed by the service with this certificate; sets attestation.
by_certificate()
{
	try 0 stella attest create --subject "$digest" --type slsaprovenance1 --key "$HOME/service.key" --force --out "$T/$2.key.json"
	der=$(openssl x509 -in "$1" -outform DER | base64 -w0)
	jq -c --arg der "$der" '.verificationMaterial = {certificate: {rawBytes: $der}, tlogEntries: []}' "$T/$2.key.json" > "$T/$2.json"
	try 0 stella attest import "$T/$2.json"
	attestation=$(head -n 1 "$T/out")
}

# ==== "trust anchor not found": the root was removed; then the intermediate is missing; then the issuer is not trusted
incident anchor
both stella trust-anchors add --cert "$HOME/issuer-cert.pem" --name own-root --reason "our CA"
both stella issuer add service --identity email:ci@example.org --identity-anchor own-root --reason "signs with a certificate"
by_certificate "$HOME/leaf.pem" anchor
both stella trust-anchors remove own-root --reason "somebody was too eager"
issuer=service
run 1 "stella verify attestation --attestation <attestation-id>"
match "trust anchor not found"
alerted anchor-missing
run 1 "stella verify attestation --attestation <attestation-id> --verbose"
match "trust anchor not found"
next_is "stella trust-anchors add --cert <issuer-cert.pem>"
run 0 "stella trust-anchors list"
no_match "own-root"
run 0 "stella attest show <attestation-id> --details"
match "signer      certificate of email:ci@example.org"
match "timestamp"
match "subject"
run 1 "stella verify cert-chain --attestation <attestation-id>"
match "REFUSED anchor-missing"
next_is "stella trust-anchors add --cert <issuer-cert.pem>"
run 0 "stella attest show <attestation-id> --details"
match "refused     anchor-missing"
next_is "stella trust-anchors add --cert <issuer-cert.pem>"
for command in "stella verify cert --attestation <attestation-id> --show-expiry" "stella verify artifact --digest <digest>" \
	"stella attest integrity-check <attestation-id>"; do
	run 1 "$command"
	next_is "stella trust-anchors add --cert <issuer-cert.pem>"
done
run 1 "stella issuer trust-status <issuer-id>"
match "service: proposed"
next_is 'stella issuer trust <issuer-id> --reason "Approved by security team"'
run 0 "stella trust-anchors add --cert <issuer-cert.pem>"
match "recorded, not in force"
expect 1 "before it is approved nothing has changed" stella verify attestation --attestation "$attestation"
match "trust anchor not found"
match "stella approve"
try 0 stella status
approved "fingerprint read over the phone"

# ==== "certificate chain invalid"
run 1 "stella verify attestation --attestation <attestation-id> --verbose"
match "certificate chain invalid"
next_is "stella verify cert-chain --attestation <attestation-id>"
next_is "stella trust-anchors add-intermediate --cert <intermediate.pem>"
run 1 "stella verify cert-chain --attestation <attestation-id>"
match "certificate chain invalid"
next_is "stella trust-anchors add-intermediate --cert <intermediate.pem>"
for command in "stella verify cert --attestation <attestation-id> --show-expiry" "stella verify artifact --digest <digest>"; do
	run 1 "$command"
	next_is "stella trust-anchors add-intermediate --cert <intermediate.pem>"
done
run 0 "stella attest show <attestation-id> --details"
next_is "stella trust-anchors add-intermediate --cert <intermediate.pem>"
run 0 "stella trust-anchors add-intermediate --cert <intermediate.pem>"
approved "fingerprint read over the phone"

# ==== "issuer not trusted"
run 1 "stella verify attestation --attestation <attestation-id> --verbose"
match "issuer not trusted"
next_is "stella issuer show <issuer-id>"
next_is 'stella issuer trust <issuer-id> --reason "Approved by security team"'
for command in "stella verify cert-chain --attestation <attestation-id>" "stella verify artifact --digest <digest>"; do
	run 1 "$command"
	next_is 'stella issuer trust <issuer-id> --reason "Approved by security team"'
done
run 0 "stella attest show <attestation-id> --details"
match "refused     issuer-untrusted"
next_is 'stella issuer trust <issuer-id> --reason "Approved by security team"'
run 0 "stella issuer show <issuer-id>"
match "email:ci@example.org"
run 0 'stella issuer trust <issuer-id> --reason "Approved by security team"'
approved "Audited"
run 0 "stella issuer trust-status <issuer-id>"
match "Approved by security team"
healed "trust anchor not found"
match "certificate chain invalid"
match "issuer not trusted"
calm

# ==== "signature verification failed": the attestation was altered
incident tampered
try 0 stella attest create --subject "$digest" --type slsaprovenance1 --out "$T/good.json"
payload=$(jq -r .dsseEnvelope.payload "$T/good.json" | base64 -d | sed 's/}$/,"x":1}/' | base64 -w0)
jq -c --arg p "$payload" '.dsseEnvelope.payload = $p' "$T/good.json" > "$T/modified.json"
try 0 stella attest import "$T/modified.json"
attestation=$(head -n 1 "$T/out")
run 1 "stella verify attestation --attestation <attestation-id>"
match "signature verification failed"
alerted signature-mismatch
run 1 "stella verify attestation --attestation <attestation-id> --verbose"
match "signature verification failed"
next_is "stella attest integrity-check <attestation-id>"
run 1 "stella attest integrity-check <attestation-id>"
match "NOT INTACT"
next_is "stella attest create --subject <digest> --type <type> --force"
tampered=$attestation
run 0 "stella attest create --subject <digest> --type <type> --force"
attestation=$(head -n 1 "$T/out")
same "another attestation" "$([ "$attestation" != "$tampered" ] && echo yes)" yes
healed "signature verification failed"
run 0 "stella attest integrity-check <attestation-id>"
match "INTACT"
expect 1 "the altered one stays refused" stella verify attestation --attestation "$tampered"

# ==== "invalid attestation": it is none any more
incident malformed
head -c 300 "$T/good.json" > "$T/cut.json"
attestation=$T/cut.json
run 3 "stella verify attestation --attestation <attestation-id> --verbose"
match "invalid attestation"
next_is "stella attest show <attestation-id> --details"
next_is "stella attest create --subject <digest> --type <type> --force"
run 3 "stella attest show <attestation-id> --details"
run 3 "stella attest integrity-check <attestation-id>"
run 0 "stella attest create --subject <digest> --type <type> --force"
attestation=$(head -n 1 "$T/out")
healed "invalid attestation"

# ==== key rotated and old key not trusted
incident rotated
try 0 stella attest create --subject "$digest" --type slsaprovenance1
attestation=$(head -n 1 "$T/out")
issuer=builder
keyid=$(openssl pkey -pubin -in "$HOME/build.pem" -outform DER | sha256sum | cut -d' ' -f1)
old_key=$HOME/build.pem
date=$(date -u -d '+60 days' +%F)
signing_key build2
both stella trust-anchors add-key --key "$HOME/build2.pem" --issuer builder --reason "its new key"
git rm -q "keys/$keyid.json" "keys/$keyid.pem"
git commit -q -m "rotated"
try 0 stella approve --yes --reason "rotated without an overlap"
match "1 of 2"
be bob
try 0 stella approve --yes --reason "rotated"
be alice
run 1 "stella verify attestation --attestation <attestation-id>"
match "REFUSED key-unknown"
alerted key-unknown
next_is "stella verify attestation --attestation <attestation-id> --verbose"
run 1 "stella verify attestation --attestation <attestation-id> --verbose"
next_is "stella trust-anchors add-key --key <old-key.pem> --expires <date>"
next_is "stella issuer keys fetch <issuer-id>" issuer-id
run 5 "stella keys show <key-id> --public"
match "$keyid"
run 0 "stella trust-anchors add-key --key <old-key.pem> --expires <date>"
match "issuer builder"
approved "for what was signed with it"
run 0 "stella keys show <key-id> --public"
match "BEGIN PUBLIC KEY"
healed "key not known"
calm

# ==== key rotated, and the issuer publishes its keys
incident published
issuer=publisher
signing_key first
signing_key second
cp "$HOME/first.pem" "$HOME/published.pem"
both stella issuer add publisher --key-directory "file://$HOME/published.pem" --reason "publishes its keys"
both stella issuer trust publisher --reason "Approved by security team"
both stella trust-anchors add-key --key "$HOME/first.pem" --issuer publisher --reason "its first key"
cat "$HOME/second.pem" >> "$HOME/published.pem"
try 0 stella attest create --subject "$digest" --type slsaprovenance1 --key "$HOME/second.key"
attestation=$(head -n 1 "$T/out")
run 1 "stella verify attestation --attestation <attestation-id>"
alerted key-unknown
run 1 "stella verify attestation --attestation <attestation-id> --verbose"
next_is "stella issuer keys fetch <issuer-id>" issuer-id
run 0 "stella issuer keys fetch <issuer-id>"
match "new"
expect 1 "what is published is no trust" stella verify attestation --attestation "$attestation"
try 0 stella approve --yes --reason "compared with what they told us"
approved "compared, too"
healed "key not known"
calm

# ==== certificate expired
incident expired
if command -v faketime > /dev/null 2>&1; then
	ext basicConstraints=critical,CA:FALSE keyUsage=critical,digitalSignature extendedKeyUsage=codeSigning subjectAltName=email:ci@example.org
	ago 40 openssl x509 -req -in "$HOME/leaf.csr" -CA "$HOME/intermediate.pem" -CAkey "$HOME/mid.key" -set_serial 4 -days 30 \
		-extfile "$HOME/ext" -out "$HOME/old-leaf.pem" 2> /dev/null
	by_certificate "$HOME/old-leaf.pem" expired
	issuer=service
	run 1 "stella verify attestation --attestation <attestation-id>"
	match "certificate expired"
	alerted cert-expired
	run 1 "stella verify attestation --attestation <attestation-id> --verbose"
	next_is "stella verify cert --attestation <attestation-id> --show-expiry"
	next_is "stella attest resign <attestation-id>"
	run 1 "stella verify cert --attestation <attestation-id> --show-expiry"
	match "EXPIRED"
	next_is "stella attest resign <attestation-id>"
	run 0 "stella attest resign <attestation-id>"
	attestation=$(head -n 1 "$T/out")
	healed "certificate expired"
else
	echo "# NOT RUN: a certificate that has expired (no faketime)"
fi
run 0 "stella verify cert --attestation <attestation-id> --show-expiry"

# ==== "algorithm not supported"
incident algorithm
openssl ecparam -name secp256k1 -genkey -noout -out "$HOME/odd.key" 2> /dev/null
openssl req -x509 -key "$HOME/odd.key" -subj "/CN=odd" -days 30 -addext subjectAltName=email:ci@example.org -out "$HOME/odd.pem" 2> /dev/null
by_certificate "$HOME/odd.pem" odd
run 1 "stella verify attestation --attestation <attestation-id>"
match "algorithm not supported"
alerted algorithm-unsupported
run 1 "stella verify attestation --attestation <attestation-id> --verbose"
match "algorithm not supported"
next_is "stella crypto providers list --algorithms"
run 0 "stella attest show <attestation-id> | grep algorithm"
match "algorithm"
match "not supported: "
run 0 "stella crypto providers list --algorithms"
run 0 "stella attest create --subject <digest> --type <type> --force"
attestation=$(head -n 1 "$T/out")
healed "algorithm not supported"

# ==== nothing of the runbook was left out
same "every command of the runbook was run" "$(sort -u "$T/runbook" | comm -23 - "$(sort -u "$T/used" > "$T/used.sorted"; echo "$T/used.sorted")")" ""

done_testing
