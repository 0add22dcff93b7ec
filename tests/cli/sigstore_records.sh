#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Sigstore roots as records, issuers that name them, and verify attestation with real keyless bundles.
# shellcheck disable=SC2317 # expect calls the functions
# shellcheck source=tests/cli/lib.sh
. "${srcdir:-$(dirname "$0")/../..}/tests/cli/lib.sh"

data=$srcdir/tests/data/sigstore
beacon=https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon
identity=$beacon/.github/workflows/extremely-dangerous-oidc-beacon.yml@refs/heads/main
oidc=https://token.actions.githubusercontent.com
people alice bob
trust_repo alice bob

# ---- the record
expect 2 "a root that cannot vouch as often as asked" stella trust-anchors add --trusted-root "$data/intoto.root.json" \
	--name private --threshold logs=9 --reason "too many"
match "--threshold logs=1"
expect 2 "no time at all" stella trust-anchors add --trusted-root "$data/public-good.root.json" --threshold times=0
expect 2 "no threshold" stella trust-anchors add --trusted-root "$data/public-good.root.json" --threshold witnesses=1
expect 2 "a name that is none" stella trust-anchors add --trusted-root "$data/public-good.root.json" --name "Public Good"
expect 2 "a certificate and a root" stella trust-anchors add --trusted-root "$data/public-good.root.json" --cert x.pem
expect 2 "--update without a root" stella trust-anchors add --cert x.pem --update
expect 3 "what is no trusted root" stella trust-anchors add --trusted-root "$data/dsse.bundle.json" --name x
expect 3 "what is no JSON" stella trust-anchors add --trusted-root "$data/a.txt" --name x
head -c 2000 "$data/public-good.root.json" > "$HOME/cut.json"
expect 3 "half a file" stella trust-anchors add --trusted-root "$HOME/cut.json" --name x
expect 5 "no file" stella trust-anchors add --trusted-root "$HOME/absent.json" --name x
same "nothing was written" "$(git status --porcelain)$(git rev-parse HEAD)" "$root"

expect 0 "a root is proposed" stella trust-anchors add --trusted-root "$data/public-good.root.json" --name public-good \
	--reason "the public instance, checked against its TUF repository"
match "CA      https://fulcio.sigstore.dev, from 2022-04-13T20:06:15Z without end"
match "log     https://rekor.sigstore.dev"
match "1 of 2"
expect 0 "not in force yet" stella trust-anchors list
no_match public-good
be bob
expect 0 "a reviewer sees fingerprints and windows" stella approve --yes --reason "fingerprints compared"
match "+ file of $(wc -c < "$data/public-good.root.json") bytes, sha256 $(sha256sum < "$data/public-good.root.json" | cut -d' ' -f1)"
match "+ CA      https://fulcio.sigstore.dev, from 2022-04-13T20:06:15Z without end"
match "+         sha256 "
match "+ TSA     "
match "+ CT log  https://ctfe.sigstore.dev/2022"
match '"logs": 1'
no_match rawBytes
be alice
same "the file lies there as it was published" "$(git cat-file blob HEAD:sigstore/public-good.trusted_root | sha256sum)" \
	"$(sha256sum < "$data/public-good.root.json")"
expect 0 "it is listed with what it holds" stella trust-anchors list
match "sigstore  public-good"
match "TSA     "
expect 0 "as JSON" stella trust-anchors list -o json
json '.sigstore[0].name' public-good
json '.sigstore[0].thresholds.times' 1
json '.sigstore[0].certificateAuthorities[0].expired' true
json '.sigstore[0].transparencyLogs[0].supported' true
expect 0 "shown, with who approved it" stella trust-anchors show public-good
match "checked against its TUF repository"
match "bob  commit"
expect 0 "by its folder" stella trust-anchors show sigstore/public-good -o json
json .schema stella.sigstore-root/1
json '.since.approvals | length' 2
expect 2 "the same file under another name" stella trust-anchors add --trusted-root "$data/public-good.root.json" --name again
match "already there"
expect 2 "another file under this name" stella trust-anchors add --trusted-root "$data/intoto.root.json" --name public-good
match "--update"
expect 0 "why" stella history why sigstore/public-good.json
match "fingerprints compared"
both stella trust-anchors add --trusted-root "$data/intoto.root.json" --name private --reason "our own instance"
expect 0 "several side by side" stella trust-anchors list
match "sigstore  private"
match "sigstore  public-good"

expect 0 "check reads them" stella check
git checkout -q -b broken
git mv sigstore/private.trusted_root sigstore/private.pem && git commit -q -m broken
expect 4 "and a file that is missing is not in force" stella check --head refs/heads/broken
git checkout -q main
git branch -q -D broken

# ---- issuers that name them
gha()
{
	id=$1
	shift
	stella issuer add "$id" --certificate-identity "$identity" --certificate-oidc-issuer "$oidc" --reason "our workflow" "$@"
}
expect 2 "nobody asserts it" gha ci
match "--sigstore NAME"
expect 2 "no OIDC issuer" stella issuer add ci --certificate-identity "$identity" --sigstore public-good
match "--certificate-oidc-issuer"
expect 5 "a root that is not there" gha ci --sigstore github
expect 2 "an extension of no known name" gha ci --sigstore public-good --extension repository=x
expect 2 "an extension without value" gha ci --sigstore public-good --extension source_repository_uri=
expect 2 "an extension twice" gha ci --sigstore public-good --extension build_trigger=push --extension build-trigger=push
expect 2 "the issuer as an extension" gha ci --sigstore public-good --extension "issuer=$oidc"
expect 2 "a regular expression" stella issuer add ci --certificate-identity-regexp "https://.*" --sigstore public-good \
	--certificate-oidc-issuer "$oidc"
match "--certificate-identity-pattern"
expect 2 "a pattern for the host" stella issuer add ci --certificate-identity-pattern "https://*/x" --sigstore public-good \
	--certificate-oidc-issuer "$oidc"
expect 2 "a root without an identity" stella issuer add ci --sigstore public-good

both gha ci --sigstore public-good --extension "sourceRepositoryURI=$beacon" --extension runner-environment=github-hosted
expect 1 "not trusted yet" stella verify attestation --attestation "$data/dsse.bundle.json"
match "issuer not trusted: issuers/ci.json: proposed"
both stella issuer trust ci --reason "reviewed the workflow"
expect 0 "the issuer is shown with all that it asks for" stella issuer show ci
match "asserted by sigstore/public-good"
match "OIDC issuer $oidc"
match "source_repository_uri $beacon"

# ---- yes
expect 0 "a keyless attestation of 2024: its certificate was good when it signed" stella verify attestation \
	--attestation "$data/dsse.bundle.json" --subject "$data/a.txt" -v
match VERIFIED
match "trusted, issuer ci, certificate of uri:$identity"
match "time         2024-12-16T18:42:56Z (rekor by https://rekor.sigstore.dev, sigstore/public-good.json)"
match "3 certificates to sigstore/public-good.json"
match "sigstore  sigstore/public-good.json"
match "fingerprints compared"
no_match "NOT CHECKED"
expect 0 "as gh prints it" stella verify attestation --attestation "$data/dsse.bundle.json" -o json
json .verified true
json '.verificationResult.verifiedTimestamps[0].type' Tlog
json '.verificationResult.verifiedTimestamps[0].timestamp' 2024-12-16T18:42:56Z
json '.verificationResult.verifiedIdentity.subjectAlternativeName.subjectAlternativeName' "$identity"
json '.verificationResult.verifiedIdentity.issuer.issuer' "$oidc"
json '.verificationResult.verifiedIdentity.sourceRepositoryURI' "$beacon"
json '.verificationResult.verifiedIdentity.buildTrigger' null
json '.verificationResult.signature.certificate.buildTrigger' workflow_dispatch
json '.verificationResult.signature.certificate.issuer' "$oidc"
json '.attestation.timeSource' rekor

expect 0 "each link of a Fulcio chain is of the root's record" stella verify cert-chain --attestation "$data/dsse.bundle.json"
match "  leaf      uri:$identity"
match "  anchor    CN=sigstore,O=sigstore.dev"
match "            sigstore/public-good.json"
match "            came with the attestation"
expect 0 "a certificate of ten minutes, judged by its time" stella verify cert "$data/dsse.bundle.json" --show-expiry
match "ends      first "
match "EXPIRED"
match "but proven to be signed at "
match "(rekor), and judged by that time"
expect 0 "as JSON" stella verify cert --attestation "$data/dsse.bundle.json" --show-expiry -o json
json '.chains[0].ends.expired' true
json '.chains[0].ends.provenTime == .attestation.time' true
json '[.chains[0].certificates[].record] | join(" ")' " sigstore/public-good.json sigstore/public-good.json"
json '.chains[0].missing' null
expect 0 "what it claims, in detail, and what of it is verified" stella attest show "$data/dsse.bundle.json" --details
match "UNVERIFIED  what follows"
match "            source_repository_uri $beacon"
match "log         2024-12-16T18:42:56Z entry "
match "(verified by sigstore/public-good.json)"
expect 0 "a root that is not in force verifies nothing" stella attest show "$data/rekor2-dsse.bundle.json" --details
match "            build_trigger workflow_dispatch (UNVERIFIED)"
match " RFC 3161 (UNVERIFIED)"
no_match "verified by"
expect 0 "in detail as JSON" stella attest show "$data/dsse.bundle.json" --details -o json
json '.signatures[0].certificate.extensions.runnerEnvironment' github-hosted
json '.times[0].record' sigstore/public-good.json

# ---- no
expect 1 "a root that was not named: Rekor v2 of another root" stella verify attestation --attestation "$data/rekor2-dsse.bundle.json"
expect 1 "another artifact" stella verify attestation --attestation "$data/dsse.bundle.json" --subject "$data/README"
match "subject-mismatch"
jq '.verificationMaterial.tlogEntries = []' "$data/dsse.bundle.json" > "$HOME/untimed.json"
expect 1 "without its log entry the time is unknown, and the certificate worth nothing" stella verify attestation \
	--attestation "$HOME/untimed.json"
match "log-entry-mismatch"
jq '.verificationMaterial.tlogEntries[0].integratedTime = "1734374600"' "$data/dsse.bundle.json" > "$HOME/later.json"
expect 1 "another time than the log signed" stella verify attestation --attestation "$HOME/later.json"
match "log-entry-mismatch"
jq '.dsseEnvelope + {signatures: [.dsseEnvelope.signatures[0] + {cert: ""}]} | del(.signatures[0].cert)' "$data/dsse.bundle.json" \
	> "$HOME/raw.json"
expect 1 "a refused one has its chain all the same" stella verify cert-chain --attestation "$HOME/untimed.json"
match "signature 1: refused"
match "            sigstore/public-good.json"
no_match "missing "
expect 1 "the envelope alone" stella verify attestation --attestation "$HOME/raw.json"

# refuse TEXT CODE ISSUER-OPTION...: an issuer that asks for something else
refuse()
{
	text=$1 code=$2
	shift 2
	number=$((${number:-0} + 1))
	both stella issuer add "other$number" --certificate-identity "$identity" --reason r "$@"
	both stella issuer trust "other$number" --reason r
	expect 1 "$text" stella verify attestation --attestation "$data/dsse.bundle.json" --issuer "other$number"
	match "$code"
}
refuse "another OIDC issuer" "identity-mismatch" --certificate-oidc-issuer "$oidc/" --sigstore public-good
match "oidc_issuer is \"$oidc\", expected \"$oidc/\""
refuse "another repository" "identity-mismatch" --certificate-oidc-issuer "$oidc" --sigstore public-good \
	--extension "source_repository_uri=$beacon-evil"
refuse "an extension that is not there" "identity-mismatch" --certificate-oidc-issuer "$oidc" --sigstore public-good \
	--extension "deployment_environment=production"
match "says nothing of deployment_environment"
refuse "the root that does not know this CA" "sigstore/private.json" --certificate-oidc-issuer "$oidc" --sigstore private
expect 0 "the first issuer counts all the same" stella verify attestation --attestation "$data/dsse.bundle.json"

# by type: the same text as an email, and a longer one
both stella issuer add mail --identity "email:$identity" --identity "uri:${identity%main}mai" --certificate-oidc-issuer "$oidc" \
	--sigstore public-good --reason r
both stella issuer trust mail --reason r
expect 1 "another type or a part of the name" stella verify attestation --attestation "$data/dsse.bundle.json" --issuer mail
match "identity not known"
both stella issuer add tags --certificate-identity-pattern "$beacon/.github/workflows/*@refs/heads/*" \
	--certificate-oidc-issuer "$oidc" --sigstore public-good --reason r
both stella issuer trust tags --reason r
expect 0 "a pattern" stella verify attestation --attestation "$data/dsse.bundle.json" --issuer tags
match "certificate of uri:$identity"

# ---- thresholds
both stella trust-anchors add --trusted-root "$data/public-good.root.json" --name public-good --update --threshold times=2 \
	--reason "two witnesses from now on"
expect 1 "one time where two are asked for" stella verify attestation --attestation "$data/dsse.bundle.json"
match "timestamp-invalid"
both stella trust-anchors add --trusted-root "$data/public-good.root.json" --name public-good --update --threshold scts=2 \
	--reason "two certificate logs"
expect 1 "one certificate log where two are asked for" stella verify attestation --attestation "$data/dsse.bundle.json"
match "chain-invalid"

# ---- windows: the same root, with an authority or log that ended before
jq '(.tlogs[] | select(.baseUrl == "https://rekor.sigstore.dev").publicKey.validFor) |= . + {end: "2024-12-16T18:42:55Z"}' \
	"$data/public-good.root.json" > "$HOME/log-ended.json"
stella trust-anchors add --trusted-root "$HOME/log-ended.json" --name public-good --update --reason "the log ended" > "$T/add"
be bob
expect 0 "the difference is what a reviewer sees" stella approve --yes --reason ok
match "- log     https://rekor.sigstore.dev, from 2021-01-12T11:53:27Z without end"
match "+ log     https://rekor.sigstore.dev, from 2021-01-12T11:53:27Z until 2024-12-16T18:42:55Z"
no_match "TSA     "
be alice
expect 1 "a log that had ended" stella verify attestation --attestation "$data/dsse.bundle.json"
match "log-entry-mismatch"
jq '(.tlogs[] | select(.baseUrl == "https://rekor.sigstore.dev").publicKey.validFor) |= . + {end: "2024-12-16T18:42:56Z"}' \
	"$data/public-good.root.json" > "$HOME/log-ends.json"
both stella trust-anchors add --trusted-root "$HOME/log-ends.json" --name public-good --update --reason "the last second"
expect 0 "the last second of a window counts" stella verify attestation --attestation "$data/dsse.bundle.json"
jq '.certificateAuthorities |= map(.validFor.end = "2024-12-16T18:42:55Z")' "$data/public-good.root.json" > "$HOME/ca-ended.json"
both stella trust-anchors add --trusted-root "$HOME/ca-ended.json" --name public-good --update --reason "the CA ended"
expect 1 "a certificate authority that had ended" stella verify attestation --attestation "$data/dsse.bundle.json"
match "anchor-missing"

# ---- timestamps: a root with a TSA of its own
both stella issuer add old --certificate-identity "$identity" --certificate-oidc-issuer "$oidc" --sigstore private --reason r
both stella issuer trust old --reason r
expect 0 "a timestamp and a log entry" stella verify attestation --attestation "$data/intoto.bundle.json" -v
match "(rfc3161"
match "(rekor"
jq '.timestampAuthorities = []' "$data/intoto.root.json" > "$HOME/no-tsa.json"
both stella trust-anchors add --trusted-root "$HOME/no-tsa.json" --name private --update --reason "no authority"
expect 0 "an authority that is not known is not counted, the log's time is" stella verify attestation \
	--attestation "$data/intoto.bundle.json"
match "NOT COUNTED"
both stella trust-anchors add --trusted-root "$HOME/no-tsa.json" --name private --update --threshold logs=0 --reason "no log"
jq '.verificationMaterial.tlogEntries = []' "$data/intoto.bundle.json" > "$HOME/stamp-only.json"
expect 1 "a timestamp of an unknown authority alone" stella verify attestation --attestation "$HOME/stamp-only.json"
match "timestamp-invalid"
both stella trust-anchors add --trusted-root "$data/intoto.root.json" --name private --update --threshold logs=0 --reason "with it"
expect 0 "a timestamp alone, where no log is asked for" stella verify attestation --attestation "$HOME/stamp-only.json"
match "(rfc3161"

# ---- taken out
be alice
expect 0 "removal is proposed" stella trust-anchors remove private --reason "shut down"
match "issuer old names this Sigstore root"
expect 0 "it stands until that is approved" stella verify attestation --attestation "$HOME/stamp-only.json"
be bob
try 0 stella approve --yes --reason "shut down"
be alice
expect 1 "removed" stella verify attestation --attestation "$HOME/stamp-only.json"
match "trust anchor not found: sigstore/private.json, which issuers/old.json names"
expect 5 "there is none any more" stella trust-anchors remove sigstore/private --reason again
expect 2 "no end for a whole root" stella trust-anchors remove public-good --since 2026-01-01 --reason r
done_testing
