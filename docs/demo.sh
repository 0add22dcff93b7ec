#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# demo.sh: the main job, from an empty directory to a verdict that names the people behind it.
# $STELLA names the command.  Everything happens in a temporary directory that is removed at the end.
set -eu

stella=${STELLA:-stella}
dir=$(mktemp -d "${TMPDIR:-/tmp}/stella-demo.XXXXXX")
trap 'rm -rf "$dir"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Nobody's own configuration, keys or remembered states are touched.
export HOME="$dir/home" XDG_STATE_HOME="$dir/home/state" GIT_CONFIG_NOSYSTEM=1
unset XDG_CONFIG_HOME GIT_DIR GIT_WORK_TREE SSH_AUTH_SOCK || true
mkdir -p "$HOME"

step()
{
	printf '\n# %s\n' "$*"
}

run()
{
	printf '$'
	for word in "$@"; do
		case $word in
		"$stella") printf ' stella' ;;
		*[!A-Za-z0-9._/:=@+-]*) printf " '%s'" "$word" ;;
		*) printf ' %s' "$word" ;;
		esac
	done
	printf '\n'
	"$@"
}

refused()
{
	status=0
	run "$@" || status=$?
	printf '(exit status %d)\n' "$status"
	[ "$status" -ne 0 ]
}

# be PERSON: from here on git signs as this person.
be()
{
	git config --global user.name "$1"
	git config --global user.email "$1@example.org"
	git config --global gpg.format ssh
	git config --global user.signingkey "$HOME/$1"
}

for person in alice bob; do
	ssh-keygen -q -t ed25519 -N '' -C "$person" -f "$HOME/$person"
done
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$HOME/build.key" 2>/dev/null
openssl pkey -in "$HOME/build.key" -pubout -out "$HOME/build.pub" 2>/dev/null
printf 'the program\n' > "$HOME/program"
digest=sha256:$(sha256sum "$HOME/program" | cut -d' ' -f1)
cd "$dir"

step "Alice and Bob make a trust repository; every change needs both."
be alice
run "$stella" init trust --member alice=home/alice.pub --member bob=home/bob.pub
cd trust

step "Alice adds the build service and its key, and trusts it."
run "$stella" issuer add ci --name 'The build service' --reason 'Runs our release builds'
be bob
run "$stella" approve --yes --reason 'Yes, that is our build service'
be alice
run "$stella" trust-anchors add-key --key ../home/build.pub --issuer ci --reason 'Fingerprint read over the phone'
be bob
run "$stella" approve --yes --reason 'Same fingerprint on the console'
be alice
run "$stella" issuer trust ci --reason 'Approved by the security team'

step "One approval of two: it is not trusted yet."
run "$stella" attest create --subject "$digest" --type slsaprovenance1 --key ../home/build.key --out ../program.sigstore.json
refused "$stella" verify attestation --attestation ../program.sigstore.json

step "Bob approves, with his reason."
be bob
run "$stella" approve --yes --reason 'Audited the runner on Tuesday'

step "Now it verifies, and says who made it so."
run "$stella" verify attestation --attestation ../program.sigstore.json --verbose
run "$stella" history why issuers/ci

step "A tampered attestation is refused."
payload=$(sed 's/.*"payload":"\([^"]*\)".*/\1/' ../program.sigstore.json | base64 -d | sed 's/slsa.dev/evil.dev/' | base64 -w0)
sed "s|\"payload\":\"[^\"]*\"|\"payload\":\"$payload\"|" ../program.sigstore.json > ../tampered.sigstore.json
refused "$stella" verify attestation --attestation ../tampered.sigstore.json

step "It is all ordinary git."
run "$stella" status
run git log --oneline
run git fsck --strict
printf '\nDone.\n'
