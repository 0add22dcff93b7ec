#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The time that counts: keys and certificates of our own that were good when a log or a timestamp authority saw their
# signature, and are not any more; each with what must not pass.  All was signed at 2025-10-09T08:53:20Z.
# shellcheck disable=SC2317 # expect calls the functions
# shellcheck source=tests/cli/lib.sh
. "${srcdir:-$(dirname "$0")/../..}/tests/cli/lib.sh"

make=$builddir/tests/make-bundles
people alice bob
trust_repo alice bob

# instance NAME COUNT SHAPE: bundles in $HOME/NAME, their root as sigstore/NAME.
instance()
{
	mkdir "$HOME/$1"
	said=$("$make" "$HOME/$1" "$2" "$3")
	identity=${said% *}
	both stella trust-anchors add --trusted-root "$HOME/$1/root.json" --name "$1" --reason "our own log and authority"
}

keyid()
{
	openssl pkey -pubin -in "$1" -outform DER | sha256sum | cut -d' ' -f1
}

judge()
{
	stella verify attestation --attestation "$@"
}

# refused CODE TEXT FILE: for this reason.
refused()
{
	expect 1 "$2" judge "$3"
	match "REFUSED $1"
}

# with FILE FILTER: as jq changes it, in $T/with.json.  swap FILE PATH OTHER: with this value of the other.
with()
{
	jq "$2" "$1" > "$T/with.json"
}

swap()
{
	jq --slurpfile other "$3" "$2 = (\$other[0] | $2)" "$1" > "$T/with.json"
}

both stella issuer add ci --reason "our builds"
both stella issuer trust ci --reason "audited"

# ---- keys, by a log entry with a signed promise (rekor) and by a timestamp (tsa)
instance rekor 8 "0.3 intoto key"
instance tsa 8 "Rekor v2 dsse key"
for kind in rekor tsa; do
	case $kind in
	rekor) second=20 ;;
	tsa) second=25 ;;
	esac
	at=2025-10-09T08:53:$second before=2025-10-09T08:53:$((second - 1)) after=2025-10-09T08:53:$((second + 1))
	dir=$HOME/$kind
	key()
	{
		n=$1
		shift
		both stella trust-anchors add-key --key "$dir/$n.pub" --issuer ci --reason "key $n" "$@"
	}

	# expired
	key 1 --expires "${at}Z"
	expect 0 "$kind: an expired key, for what it signed until its last second" judge "$dir/1.json" -v
	match "time         ${at}Z ("
	match "sigstore/$kind.json"
	match "our own log and authority"
	key 2 --expires ${before}Z
	refused key-expired "$kind: a second later it does not count" "$dir/2.json"
	match "until ${before}Z, judged at ${at}Z"
	key 3 --valid-from ${after}Z
	refused key-expired "$kind: nor before it was good" "$dir/3.json"
	expect 0 "$kind: as JSON" judge "$dir/1.json" -o json
	json '.attestation.time' "${at}Z"
	json '.attestation.timeSource' "$(test $kind = rekor && echo rekor || echo rfc3161)"

	# retired, compromised
	key 4
	both stella keys revoke "$(keyid "$dir/4.pub")" --kind retired --reason "as planned"
	expect 0 "$kind: a key retired now, for what it signed before" judge "$dir/4.json"
	both stella keys revoke "$(keyid "$dir/4.pub")" --kind compromised --since ${after}Z --reason "stolen a second later"
	expect 0 "$kind: stolen later: what was signed before stays" judge "$dir/4.json"
	both stella keys revoke "$(keyid "$dir/4.pub")" --kind compromised --since "${at}Z" --reason "stolen in that second"
	refused key-revoked "$kind: stolen since that second" "$dir/4.json"
	match "since ${at}Z, judged at ${at}Z"
	key 5
	both stella keys revoke "$(keyid "$dir/5.pub")" --kind retired --since "${at}Z" --reason "out of use"
	refused key-expired "$kind: retired since that second" "$dir/5.json"
	key 6
	both stella keys revoke "$(keyid "$dir/6.pub")" --kind compromised --reason "nobody knows since when"
	refused key-revoked "$kind: compromised without a time: nothing stays" "$dir/6.json"

	# no time, or another's: judged now, or refused
	with "$dir/1.json" 'del(.verificationMaterial.tlogEntries, .verificationMaterial.timestampVerificationData)'
	refused key-expired "$kind: without its time it is judged now" "$T/with.json"
	swap "$dir/1.json" .verificationMaterial.tlogEntries "$dir/2.json"
	refused log-entry-mismatch "$kind: with the log entry of another" "$T/with.json"
	jq '{payload: .dsseEnvelope.payload, payloadType: .dsseEnvelope.payloadType, signatures: .dsseEnvelope.signatures}' \
		"$dir/1.json" > "$T/with.json"
	refused key-expired "$kind: the envelope alone is judged now" "$T/with.json"
done
swap "$HOME/tsa/1.json" .verificationMaterial.timestampVerificationData "$HOME/tsa/2.json"
refused key-expired "the timestamp of another says nothing" "$T/with.json"
expect 1 "and it is said that it does not" judge "$T/with.json" -v
match "timestamp: NOT CHECKED (1): "
with "$HOME/tsa/1.json" 'del(.verificationMaterial.timestampVerificationData)'
refused key-expired "a Rekor v2 entry has no time of its own" "$T/with.json"
with "$HOME/rekor/1.json" '.verificationMaterial.tlogEntries[0].integratedTime = "1759999999"'
refused log-entry-mismatch "another time than the log promised" "$T/with.json"
with "$HOME/rekor/1.json" '.verificationMaterial.tlogEntries[0].integratedTime = "0"'
refused log-entry-mismatch "no time" "$T/with.json"
with "$HOME/rekor/1.json" 'del(.verificationMaterial.tlogEntries[0].inclusionPromise)'
expect 1 "a time that nobody promised" judge "$T/with.json"
swap "$HOME/rekor/1.json" .verificationMaterial.tlogEntries "$HOME/tsa/2.json"
refused log-entry-mismatch "with an entry of another log" "$T/with.json"

# ---- the issuer, too
both stella trust-anchors add-key --key "$HOME/rekor/7.pub" --issuer ci --reason "key 7"
both stella issuer suspend ci --since 2025-10-09T08:53:21Z --reason "an incident"
expect 0 "an issuer suspended later, for what was signed before" judge "$HOME/rekor/7.json"
both stella issuer revoke ci --since 2025-10-09T08:53:20Z --reason "it was earlier"
refused issuer-untrusted "revoked since that second" "$HOME/rekor/7.json"
both stella issuer trust ci --reason "cleared"

# ---- a certificate authority of our own, that is over
instance ca 2 "0.3 dsse certificate"
instance ca2 2 "Rekor v2 dsse certificate"
for name in ca ca2; do
	dir=$HOME/$name
	for k in 0 1; do
		jq -r ".certificateAuthorities[0].certChain.certificates[$k].rawBytes" "$dir/root.json" | base64 -d > "$dir/$k.der"
	done
	both stella trust-anchors add --cert "$dir/1.der" --name "$name-root" --reason "our own CA"
	both stella trust-anchors add-intermediate --cert "$dir/0.der" --name "$name-between" --reason "below it"
	both stella issuer add "$name" --identity "uri:$identity" --identity-anchor "$name-root" --reason "builds"
	both stella issuer trust "$name" --reason "audited"
	expect 0 "$name: a certificate that has expired, good when it signed" judge "$dir/1.json" --issuer "$name" -v
	match "3 certificates to anchors/$name-root.json"
	match "sigstore/$name.json"
	expect 0 "$name: each link with its record" stella verify cert-chain --attestation "$dir/1.json"
	match "            anchors/$name-root.json"
	match "            anchors/$name-between.json"
	match "time         2025-10-09T08:53:2"
	with "$dir/1.json" 'del(.verificationMaterial.tlogEntries, .verificationMaterial.timestampVerificationData)'
	refused cert-expired "$name: without its time it is judged now" "$T/with.json"
	swap "$dir/1.json" .verificationMaterial.tlogEntries "$dir/2.json"
	refused log-entry-mismatch "$name: with the log entry of another" "$T/with.json"
	swap "$dir/1.json" .verificationMaterial.certificate "$dir/2.json"
	refused signature-mismatch "$name: with the certificate of another" "$T/with.json"
	swap "$dir/1.json" .dsseEnvelope.signatures "$dir/2.json"
	refused signature-mismatch "$name: with the signature of another" "$T/with.json"
done
swap "$HOME/ca2/1.json" .verificationMaterial.timestampVerificationData "$HOME/ca2/2.json"
refused cert-expired "the timestamp of another says nothing" "$T/with.json"

# the log's window, and who is in force
jq '.tlogs[0].publicKey.validFor.end = "2025-10-09T08:53:19Z"' "$HOME/ca/root.json" > "$HOME/ended.json"
both stella trust-anchors add --trusted-root "$HOME/ended.json" --name ca --update --reason "the log had ended"
refused log-entry-mismatch "a log that had ended" "$HOME/ca/1.json"
jq 'del(.certificateAuthorities, .ctlogs) | .tlogs[0].publicKey.validFor.end = "2025-10-09T08:53:20Z"' "$HOME/ca/root.json" \
	> "$HOME/ends.json"
both stella trust-anchors add --trusted-root "$HOME/ends.json" --name ca --update --reason "logs only, until that second"
expect 0 "the log's last second counts" judge "$HOME/ca/1.json"
both stella trust-anchors remove ca --reason "shut down"
expect 1 "cert-chain of what is over now: it reaches the anchor" stella verify cert --attestation "$HOME/ca/1.json" --show-expiry -o json
json '.error.code' cert-expired
json '.chains[0].missing' null
json '.chains[0].certificates[0].expired' true
json '[.chains[0].certificates[].record] | join(" ")' " anchors/ca-between.json anchors/ca-root.json"
expect 1 "no root in force knows the log: the time is not proven" judge "$HOME/ca/1.json" -v
match "REFUSED cert-expired"
match "no Sigstore root in force knows its log"
both stella trust-anchors remove tsa --reason "shut down"
refused key-expired "nor for a key" "$HOME/tsa/1.json"
expect 0 "the other root still speaks" judge "$HOME/rekor/1.json"

# the end that the anchor's record sets
for second in 24 25; do
	both stella trust-anchors remove ca2-root --reason "to be set anew"
	both stella trust-anchors add --cert "$HOME/ca2/1.der" --name ca2-root --expires 2025-10-09T08:53:${second}Z --reason "our own CA"
	if [ $second = 24 ]; then
		refused cert-expired "an anchor that had ended" "$HOME/ca2/1.json"
		match "anchors/ca2-root.json"
	else
		expect 0 "its last second counts" judge "$HOME/ca2/1.json"
	fi
done
done_testing
