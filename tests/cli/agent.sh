#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Keys in ssh-agent: attestations by them, approvals by them, and what FIDO keys do and do not.
# shellcheck source=tests/cli/lib.sh
. "${srcdir:-.}/tests/cli/lib.sh"
# shellcheck source=tests/cli/tokens.sh
. "$srcdir/tests/cli/tokens.sh"

people alice bob
hex=$(printf program | sha256sum | cut -d' ' -f1)
printf '#!/bin/sh\nexit 1\n' > "$T/askpass" # whoever is asked to confirm says no
chmod +x "$T/askpass"
SSH_ASKPASS=$T/askpass SSH_ASKPASS_REQUIRE=force
export SSH_ASKPASS SSH_ASKPASS_REQUIRE
if ! start_agent; then
	echo "1..0 # SKIP NOT RUN: ssh-agent is absent"
	exit 77
fi
for kind in "ed25519 256" "ecdsa 256" "ecdsa 384" "ecdsa 521" "rsa 2048"; do
	# shellcheck disable=SC2086 # two words
	set -- $kind
	ssh-keygen -q -t "$1" -b "$2" -N '' -C "$1-$2" -f "$HOME/$1-$2" || fail "ssh-keygen $kind"
done
trust_repo alice
try 0 stella issuer add ci --reason "builds"
try 0 stella issuer trust ci --reason "audited"
fingerprint()
{
	ssh-keygen -lf "$1" | cut -d' ' -f2
}
create() # KEY OPTIONS...
{
	key=$1
	shift
	stella attest create --subject "sha256:$hex" --type custom --force --key "$key" "$@"
}

# ---- attestations
for name in ed25519-256 ecdsa-256 ecdsa-384 ecdsa-521 rsa-2048; do
	ssh-add -q "$HOME/$name" 2> /dev/null
	try 0 stella trust-anchors add-key --key "$HOME/$name.pub" --issuer ci --reason r
	mv "$HOME/$name" "$HOME/$name.away" # the private half is in the agent alone
	for _ in 1 2 3; do # r and s of ECDSA differ in length
		expect 0 "$name by its fingerprint" create "ssh-agent:$(fingerprint "$HOME/$name.pub")"
		expect 0 "it verifies" stella verify attestation --attestation "$(cat "$T/out")"
	done
	expect 0 "$name by its public half" create "$HOME/$name.pub"
	expect 0 "it verifies too" stella verify attestation --attestation "$(cat "$T/out")"
	mv "$HOME/$name.away" "$HOME/$name"
done
# shellcheck disable=SC2088 # it is stella that expands it
git config stella.attestKey "~/ed25519-256.pub"
expect 0 "git config names it" stella attest create --subject "sha256:$hex" --type custom --force
made=$(cat "$T/out")
expect 0 "resign by another one" stella attest resign "$made" --key "$HOME/ecdsa-256.pub"
expect 0 "it verifies" stella verify attestation --attestation "$(cat "$T/out")"
try 0 stella trust-anchors add-key --key "$HOME/rsa-2048.pub" --algorithm rsa-sha512 --issuer ci --reason r
expect 0 "rsa-sha512 where the record says so" create "$HOME/rsa-2048.pub"
expect 0 "it verifies" stella verify attestation --attestation "$(cat "$T/out")"
try 0 stella trust-anchors add-key --key "$HOME/rsa-2048.pub" --algorithm rsa-pss-sha256 --issuer ci --reason r
expect 1 "an agent makes no RSA-PSS" create "$HOME/rsa-2048.pub"
match "algorithm not supported: rsa-pss-sha256 with a key of type RSA 2048 by ssh-agent"

# ---- what goes wrong
before=$(git rev-parse refs/heads/attestations)
expect 5 "a key that it has not" create "$HOME/bob.pub"
match "ssh-agent: has no key SHA256:"
expect 2 "no fingerprint" create "ssh-agent:alice"
match "expected ssh-agent:SHA256:..."
head -c 300000 /dev/urandom | base64 -w0 | sed 's/.*/{"x":"&"}/' > "$T/large.json"
expect 6 "more than an agent takes" create "$HOME/ecdsa-256.pub" --predicate "$T/large.json"
unset SSH_ASKPASS SSH_ASKPASS_REQUIRE
if at_terminal "secret
secret" ssh-add -x > "$T/out" 2>&1; then
	expect 5 "a locked agent" create "$HOME/ecdsa-256.pub"
	match "a locked agent shows none"
	at_terminal "secret" ssh-add -X > "$T/out" 2>&1
	expect 0 "unlocked" create "$HOME/ecdsa-256.pub"
	before=$(git rev-parse refs/heads/attestations)
else
	echo "# NOT RUN: a locked agent, ssh-add -x does not take a passphrase here"
fi
ssh-add -q -d "$HOME/ecdsa-384.pub" 2> /dev/null
expect 5 "a key that was taken out of it" create "$HOME/ecdsa-384.pub"
ssh-add -q -c "$HOME/ecdsa-384" 2> /dev/null
expect 7 "a signature that was not confirmed" create "$HOME/ecdsa-384.pub"
match "ssh-agent: refused to sign"
stop_agent
expect 7 "an agent that is gone" create "$HOME/ecdsa-256.pub"
match "ssh-agent at "
unset SSH_AUTH_SOCK
expect 5 "no agent at all" create "$HOME/ecdsa-256.pub"
match "SSH_AUTH_SOCK is not set"
same "nothing of this was stored" "$(git rev-parse refs/heads/attestations)" "$before"

# ---- approvals by a key in an agent
start_agent
ssh-add -q "$HOME/bob" 2> /dev/null
mv "$HOME/bob" "$HOME/bob.away"
try 0 stella member add bob --key "$HOME/bob.pub" --role root --reason "joins"
git config --global user.name bob
git config --global user.signingkey "key::$(cat "$HOME/bob.pub")"
expect 0 "an approval by a key in the agent" stella policy renew --expires 60d --reason "bob's own"
match "in force"
stop_agent

# ---- FIDO keys: no DSSE signature; an approval of one is verified (vectors: tests/data/sshsig, check_sshsig)
be alice
echo "sk-ssh-ed25519@openssh.com AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29t fido" > "$T/broken-sk.pub" # no key in it
python3 - "$HOME/alice.pub" > "$T/sk.pub" <<'PYTHON'
import base64, struct, sys
blob = base64.b64decode(open(sys.argv[1]).read().split()[1])
s = lambda b: struct.pack(">I", len(b)) + b
kind = b"sk-ssh-ed25519@openssh.com"
print(kind.decode(), base64.b64encode(s(kind) + s(blob[-32:]) + s(b"ssh:")).decode(), "fido")
PYTHON
expect 1 "a FIDO key makes no attestation" create "$T/sk.pub"
match "a FIDO key signs commits and approvals, no attestations"
expect 1 "and is no issuer's key" stella trust-anchors add-key --key "$T/sk.pub" --issuer ci --reason r
expect 3 "a broken one" create "$T/broken-sk.pub"
expect 0 "but a member may have one" stella member add carol --key "$T/sk.pub" --role root --reason "has a security key"
provider=
for candidate in /usr/lib/openssh/sk-dummy.so /usr/lib/*/openssh/sk-dummy.so; do
	[ -f "$candidate" ] && provider=$candidate
done
if [ -n "$provider" ]; then
	expect 0 "a software security key" ssh-keygen -q -t ed25519-sk -w "$provider" -N '' -f "$HOME/sk"
else
	echo "# NOT RUN: an approval by a FIDO key, openssh ships no software provider here (check_sshsig has vectors)"
fi

done_testing
