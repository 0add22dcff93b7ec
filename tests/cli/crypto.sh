#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# crypto providers list: libraries, tokens (SoftHSM), an agent's keys, and each algorithm.
# shellcheck source=tests/cli/lib.sh
. "${srcdir:-.}/tests/cli/lib.sh"
# shellcheck source=tests/cli/tokens.sh
. "$srcdir/tests/cli/tokens.sh"

expect 0 "it needs no repository, no token and no agent" stella crypto providers list
match "nettle"
match "GnuTLS"
match "FIPS mode   "
match "ssh-agent   NOT LISTED: ssh-agent: none is running here"
match "stella crypto providers list --algorithms"
expect 0 "the same as JSON" stella crypto providers list -o json
json .schema stella.crypto-providers/1
json '.libraries | map(.name) | join(" ")' "nettle GnuTLS"
json '.libraries[1].version' "$(pkg-config --modversion gnutls 2> /dev/null || gnutls-cli --version | sed -n 's/^gnutls-cli //p')"
json '.fips | type' boolean
json .algorithms null
json '.agentError.code' not-found
expect 2 "no argument" stella crypto providers list more

# ---- algorithms: what the table says is what happens
expect 0 "algorithms" stella crypto providers list --algorithms
match "attestation  ed25519 "
match "REFUSED: algorithm not supported: RSA key of 1024 bits, expected 2048 to 16384"
match 'REFUSED: algorithm not supported: SSH signature algorithm "ssh-rsa"'
match "sign: no, another tool does"
expect 0 "algorithms as JSON" stella crypto providers list --algorithms -o json
json '[.algorithms[] | select(.name == "ed25519ph")] | map("\(.verify) \(.sign)") | join(",")' "true false"
json '[.algorithms[] | select(.name == "rsa-pss-sha384") | .signers[]] | join(",")' "key file,PKCS#11 token"
json '[.algorithms[] | select(.name == "ecdsa-sha256") | .keys[]] | join(",")' "ECDSA P-256,ECDSA P-384,ECDSA P-521"
json '[.algorithms[] | select(.use == "commit" and .name == "sk-ssh-ed25519@openssh.com") | .verify] | join(",")' true
json '[.algorithms[] | select(.verify == false and (.reason | length) == 0)] | length' 0
json '[.algorithms[] | select(.use == "attestation" and .verify == false)] | length' 0
cp "$T/out" "$T/table"

# A key of each kind that openssl can make, offered to the command that takes keys: taken or refused as the table says.
people alice
trust_repo alice
try 0 stella issuer add ci --reason "builds"
offer() # NAME OPTIONS...
{
	name=$1
	shift
	openssl genpkey "$@" -out "$T/k.key" 2> /dev/null && openssl pkey -in "$T/k.key" -pubout -out "$T/k.pem" || return 0
	told=$(jq -r --arg n "$name" '[.algorithms[] | select(.use == "key" and .name == $n) | .reason] | .[0]' "$T/table")
	stella trust-anchors add-key --key "$T/k.pem" --issuer ci --reason r > "$T/out" 2> "$T/err"
	status=$?
	same "a key of kind $name: exit status" "$status" 1
	match "$told"
}
offer "RSA 1024" -algorithm RSA -pkeyopt rsa_keygen_bits:1024
offer Ed448 -algorithm ED448
offer secp256k1 -algorithm EC -pkeyopt ec_paramgen_curve:secp256k1 -pkeyopt ec_param_enc:named_curve
offer P-224 -algorithm EC -pkeyopt ec_paramgen_curve:P-224 -pkeyopt ec_param_enc:named_curve
offer brainpoolP256r1 -algorithm EC -pkeyopt ec_paramgen_curve:brainpoolP256r1 -pkeyopt ec_param_enc:named_curve

# ---- tokens
if have_softhsm; then
	softhsm_token play 1234
	expect 0 "a token" stella crypto providers list
	match '"play", software, asks for a PIN'
	match "pkcs11:model=SoftHSM%20v2"
	expect 0 "a token as JSON" stella crypto providers list -o json
	json '[.tokens[] | select(.label == "play") | "\(.kind) \(.loginRequired) \(.locked)"] | join(",")' "software true false"
	# shellcheck disable=SC2016 # a label that a terminal would obey
	softhsm_token "$(printf 'evil\033[31m')" 1234
	expect 0 "a hostile label" stella crypto providers list
	match 'evil\x1B[31m'
else
	echo "# NOT RUN: tokens, softhsm2-util is absent"
fi

# ---- an agent
if start_agent; then
	expect 0 "an agent without keys" stella crypto providers list
	match "ssh-agent   offers no key"
	ssh-add -q "$HOME/alice" 2> /dev/null
	expect 0 "an agent with a key" stella crypto providers list
	match "$(ssh-keygen -lf "$HOME/alice.pub" | cut -d' ' -f2)  Ed25519, commits, attestations  alice"
	expect 0 "the same as JSON" stella crypto providers list -o json
	json '.agentKeys[0].comment' alice
	stop_agent
	expect 0 "an agent that is gone" stella crypto providers list
	match "ssh-agent   NOT LISTED: ssh-agent at"
fi

done_testing
