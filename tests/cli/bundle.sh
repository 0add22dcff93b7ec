#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# verify bundle: real bundles, by identity and by key, without a repository.
# shellcheck disable=SC2317 # expect calls the functions
# shellcheck source=tests/cli/lib.sh
. "${srcdir:-$(dirname "$0")/../..}/tests/cli/lib.sh"

data=$srcdir/tests/data/sigstore
root=$data/public-good.root.json
beacon=https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon
identity=$beacon/.github/workflows/extremely-dangerous-oidc-beacon.yml@refs/heads/main
issuer=https://token.actions.githubusercontent.com
digest=sha256:$(sha256sum < "$data/a.txt" | cut -d' ' -f1)

# verify BUNDLE ARTIFACT [OPTION...]: by that identity and root.
verify()
{
	bundle=$1 artifact=$2
	shift 2
	stella verify bundle --bundle "$data/$bundle.bundle.json" --trusted-root "$root" "$@" "$artifact"
}
by_name()
{
	bundle=$1 artifact=$2
	shift 2
	verify "$bundle" "$artifact" --certificate-identity "$identity" --certificate-oidc-issuer "$issuer" "$@"
}

for bundle in v01 v03 dsse; do
	expect 0 "$bundle: a file" by_name "$bundle" "$data/a.txt"
	match VERIFIED
	match "$identity"
	match "by https://rekor.sigstore.dev"
	expect 0 "$bundle: a digest" by_name "$bundle" "$digest"
	expect 1 "$bundle: another file" by_name "$bundle" "$root"
	expect 1 "$bundle: another digest" by_name "$bundle" "sha256:$(printf x | sha256sum | cut -d' ' -f1)"
done
expect 0 "as JSON" by_name v03 "$digest" -o json
json .schema stella.bundle/1
json .verified true
json .identity "$identity"
json .oidc_issuer "$issuer"
json '.verified_timestamps[0].type' rekor
json .logs 1

expect 1 "another identity" verify v03 "$digest" --certificate-identity "$identity/" --certificate-oidc-issuer "$issuer"
match "the signer is"
match "next: compare the artifact, the identity and --trusted-root"
expect 1 "a part of the identity" verify v03 "$digest" --certificate-identity "$beacon" --certificate-oidc-issuer "$issuer"
expect 1 "another issuer" verify v03 "$digest" --certificate-identity "$identity" --certificate-oidc-issuer "$issuer/"
match "the OIDC issuer is"
expect 0 "an expression for all of it" verify v03 "$digest" --certificate-identity-regexp "https://github\\.com/.*" \
	--certificate-oidc-issuer-regexp "https://[a-z.]+"
expect 1 "an expression for a part of it" verify v03 "$digest" --certificate-identity-regexp "github" \
	--certificate-oidc-issuer "$issuer"
expect 1 "an alternative does not undo the anchors" verify v03 "$digest" --certificate-identity-regexp "https|x" \
	--certificate-oidc-issuer "$issuer"
expect 2 "no expression" verify v03 "$digest" --certificate-identity-regexp "(" --certificate-oidc-issuer "$issuer"
expect 0 "names of other tools" stella verify bundle -b "$data/v03.bundle.json" --custom-trusted-root "$root" \
	--cert-identity "$identity" --cert-oidc-issuer "$issuer" "$digest"

root=$data/rekor2.root.json
expect 0 "Rekor v2, with a timestamp" by_name rekor2 "$digest"
match "by https://timestamp.sigstage.dev"
expect 0 "the same as JSON" by_name rekor2 "$digest" -o json
json '.verified_timestamps[0].type' rfc3161
sed 's/"rfc3161Timestamps": *\[[^]]*\]/"rfc3161Timestamps":[]/' "$data/rekor2.bundle.json" > "$HOME/untimed.json"
expect 1 "Rekor v2 without one" stella verify bundle --bundle "$HOME/untimed.json" --trusted-root "$root" \
	--certificate-identity "$identity" --certificate-oidc-issuer "$issuer" "$digest"
match "no signed time"

root=$data/key.root.json
expect 0 "by a key" verify key "$digest" --key "$data/key.pub"
expect 1 "by a key, another file" verify key "$root" --key "$data/key.pub"
{
	echo "text before"
	sed 's/$/\r/' "$data/key.pub"
} > "$HOME/key.pub"
expect 0 "text around a key" verify key "$digest" --key "$HOME/key.pub"
cat "$data/key.pub" "$data/key.pub" > "$HOME/two.pub"
expect 3 "two keys" verify key "$digest" --key "$HOME/two.pub"
expect 3 "no key" verify key "$digest" --key "$data/a.txt"
expect 1 "a key for a certificate's bundle" verify v03 "$digest" --key "$data/key.pub"
expect 1 "an identity for a key's bundle" by_name key "$digest"
root=$data/intoto.root.json
expect 1 "the logs of another root" by_name v03 "$digest"
match "next: --trusted-root with the root that has its authorities and logs"
match "stella verify attestation --attestation $data/v03.bundle.json"
expect 1 "the hint as JSON" by_name v03 "$digest" -o json
json '.error.hint | startswith("--trusted-root with")' true

root=$data/public-good.root.json
expect 2 "nobody" verify v03 "$digest"
expect 2 "an identity without its issuer" verify v03 "$digest" --certificate-identity "$identity"
expect 2 "both" by_name v03 "$digest" --key "$data/key.pub"
expect 2 "no root" stella verify bundle --bundle "$data/v03.bundle.json" --key "$data/key.pub" "$digest"
expect 2 "no bundle" stella verify bundle --trusted-root "$root" --key "$data/key.pub" "$digest"
expect 2 "no digest" by_name v03 sha256:abc
expect 5 "no file" by_name v03 "$HOME/absent"
root=$data/v03.bundle.json
expect 4 "a root that is none" by_name v03 "$digest"
root=$data/public-good.root.json
expect 3 "a bundle that is none" stella verify bundle --bundle "$data/a.txt" --trusted-root "$root" --key "$data/key.pub" "$digest"
expect 2 "the client of the conformance suite: another command" "$srcdir/tests/conformance-client" sign-bundle
done_testing
