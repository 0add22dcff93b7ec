#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# docs/operations/keys.md: every command in it is run as it stands there, where somebody stands who follows it.
# shellcheck source=tests/cli/lib.sh
. "${srcdir:-.}/tests/cli/lib.sh"
# shellcheck source=tests/cli/tokens.sh
. "$srcdir/tests/cli/tokens.sh"

if ! have_softhsm || ! start_agent; then
	echo "1..0 # SKIP NOT RUN: SoftHSM, p11tool, pkcs11-tool or ssh-agent is absent"
	exit 77
fi
people alice
trust_repo alice
printf program > program
echo program >> .git/info/exclude
echo ca.pem >> .git/info/exclude
mkdir -p "$HOME/.ssh" "$T/bin"
ssh-keygen -q -t ed25519 -N '' -f "$HOME/.ssh/id_ed25519"
ssh-add -q "$HOME/.ssh/id_ed25519" 2> /dev/null
softhsm_token build 1234
signing_key ci
softhsm_key build 1234 ci 01
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$T/ca.key" -out ca.pem -days 30 \
	-subj "/CN=Build CA" -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign 2> /dev/null
issue() # NAME KEY EXTENSIONS
{
	openssl req -new -key "$2" -subj "/CN=$1" -out "$T/csr" 2> /dev/null
	printf '%b' "$3" > "$T/ext"
	openssl x509 -req -in "$T/csr" -CA ca.pem -CAkey "$T/ca.key" -CAcreateserial -days 20 -extfile "$T/ext" -out "$T/$1.pem" 2> /dev/null
}
issue ci-cert "$HOME/ci.key" 'subjectAltName=email:ci@example.org\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=codeSigning\n'
softhsm_cert build 1234 ca.pem ca
softhsm_cert build 1234 "$T/ci-cert.pem" ci-cert
try 0 stella issuer add ci --reason "builds"

# The server of the document, at a port that is free; the paths and the port are the only words that are replaced.
mkdir "$T/web"
signing_key good
cp "$HOME/good.key" "$T/web/good.key"
issue good "$HOME/good.key" 'subjectAltName=DNS:localhost\nextendedKeyUsage=serverAuth\n'
for name in good host other; do
	cp "$HOME/good.key" "$T/web/$name.key"
	cp "$T/good.pem" "$T/web/$name.pem"
done
signing_key partner
cp "$HOME/partner.pem" "$T/web/jwks.json"
python3 "$srcdir/tests/cli/https_server.py" "$T/web" > "$T/server" 2>&1 &
server=$!
trap 'kill $server 2> /dev/null; stop_agent; chmod -R u+rwX "$T"; rm -rf "$T"' EXIT
for _ in $(seq 100); do
	[ -f "$T/web/ports" ] && break
	sleep 0.1
done
port=$(sed -n 's/^good //p' "$T/web/ports")
printf '1234\n' > "$T/pin"
ln -s "$builddir/stella" "$T/bin/stella"
awk '/^```sh$/ { on = 1; next } /^```$/ { on = 0 } on' "$srcdir/docs/operations/keys.md" > "$T/commands"
same "the document has commands" "$(grep -c '^stella ' "$T/commands")" 11
while IFS= read -r line; do
	line=$(printf '%s\n' "$line" | sed "s|/run/secrets/pin|$T/pin|; s|localhost:8443|localhost:$port|; s|^stella approve\$|& --yes --reason seen|")
	expect 0 "$line" env PATH="$T/bin:$PATH" sh -c "$line"
	case $line in
	*'add-key --key'*) match "in force" ;;
	*'fetch partner --dry-run'*) match "nothing is recorded" ;;
	*'fetch partner'*) match "recorded, not in force" ;;
	*'stella approve'*) match "in force" ;;
	esac
done < "$T/commands"
expect 0 "the partner's key is trusted now" stella keys list --issuer partner
match "$(openssl pkey -pubin -in "$HOME/partner.pem" -outform DER | sha256sum | cut -d' ' -f1)"

# What the table of failures says is what happens.
expect 5 "no such token" stella attest create --subject program --type custom --key 'pkcs11:token=other;object=ci' --pin-file "$T/pin"
match "no such token, or nothing like this on it"
softhsm_key build 1234 good 02
expect 2 "several keys" stella attest create --subject program --type custom --key 'pkcs11:token=build' --pin-file "$T/pin"
match "objects match"
printf 9 > "$T/pin"
expect 7 "wrong PIN" stella attest create --subject program --type custom --key 'pkcs11:token=build;object=ci' --pin-file "$T/pin"
match "wrong PIN"

done_testing
