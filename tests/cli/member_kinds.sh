#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Members that sign with X.509 (gpgsm, a gitsign-like program with an authority of its own) and OpenPGP (gpg): policy
# version 2, made by stella, read by stella, and what git itself says of the same commits.
# shellcheck source=tests/cli/lib.sh
. "${srcdir:-$(dirname "$0")/../..}/tests/cli/lib.sh"
people alice bob
GNUPGHOME=$T/gnupg
export GNUPGHOME
mkdir -m 700 "$GNUPGHOME"
printf 'disable-crl-checks\ndisable-dirmngr\n' > "$GNUPGHOME/gpgsm.conf"
trap 'gpgconf --kill all > /dev/null 2>&1; chmod -R u+rwX "$T"; rm -rf "$T"' EXIT

# be_x509 NAME, be_openpgp NAME: from here on git signs as this person, with gpgsm or gpg.
be_x509()
{
	be "$1"
	git config --global gpg.format x509
	git config --global user.signingkey "$(cat "$HOME/$1.gpgsm")"
}
be_openpgp()
{
	be "$1"
	git config --global gpg.format openpgp
	git config --global user.signingkey "$1@example.org"
}
be_ssh()
{
	be "$1"
	git config --global gpg.format ssh
}

# certificate NAME [OPTION...]: a self-signed certificate for mail, $HOME/NAME.crt, its key known to gpgsm
certificate()
{
	name=$1
	shift
	openssl req -x509 -newkey rsa:2048 -nodes -keyout "$HOME/$name.key" -out "$HOME/$name.crt" -subj "/CN=$name" -days 30 \
		-addext "subjectAltName=email:$name@example.org" -addext "keyUsage=critical,digitalSignature" \
		-addext "extendedKeyUsage=emailProtection" -addext "basicConstraints=critical,CA:FALSE" "$@" 2> /dev/null
}
# One import in two hundred fails: gpgsm 2.2 takes some encryptions under the empty passphrase for undecipherable.  Each
# export is encrypted anew.
to_gpgsm()
{
	fpr=
	for _ in 1 2 3 4 5; do
		openssl pkcs12 -export -legacy -inkey "$HOME/$1.key" -in "$HOME/$1.crt" -out "$HOME/$1.p12" -passout pass:
		gpgsm --batch --quiet --pinentry-mode loopback --passphrase-fd 0 --import "$HOME/$1.p12" < /dev/null 2> "$T/err" || continue
		fpr=$(gpgsm --list-secret-keys --with-colons "$1@example.org" 2> "$T/err" | sed -n 's/^fpr:*\([0-9A-F]*\):.*/\1/p' | head -n 1)
		[ -z "$fpr" ] || break
	done
	[ -n "$fpr" ] || fail "gpgsm has the key of $1"
	echo "$fpr S relax" >> "$GNUPGHOME/trustlist.txt"
	gpgconf --kill gpg-agent # which reads that file once
	echo "$fpr" > "$HOME/$1.gpgsm"
}
openpgp_key()
{
	gpg --batch --quiet --passphrase '' --quick-generate-key "$1 <$1@example.org>" "${2:-ed25519}" sign never 2> /dev/null
	gpg --export "$1@example.org" > "$HOME/$1.gpg"
	gpg --armor --export "$1@example.org" > "$HOME/$1.asc"
}

trust_repo alice bob
same "a new trust repository is one that every stella reads" "$(jq .version policy.json)" 1

# ---- X.509: the key of a certificate
certificate carol
to_gpgsm carol
openssl x509 -in "$HOME/carol.crt" -outform DER -out "$HOME/carol.der"
expect 0 "a certificate in PEM" stella member add carol --certificate "$HOME/carol.crt" --role root --reason "carol has a smart card"
match "recorded, not in force"
be_ssh bob
expect 0 "what bob is asked" stella approve --yes --reason "yes"
match "+ member carol: X.509 RSA 2048 SHA256:"
match "policy version 2"
match "in force"
expect 0 "policy show names it" stella policy show
match "member    carol  X.509 RSA 2048 SHA256:"
expect 0 "member list counts it" stella member list
match "carol                1 key , roles: root"
expect 0 "and in JSON" stella member list -o json
json '.members[] | select(.name == "carol") | .credentials[0].kind' x509-key
expect 0 "allowed signers has it as a remark" stella export allowed-signers
match "# carol: X.509 RSA 2048"
git -c gpg.ssh.allowedSignersFile="$T/out" log --format=%G? -1 > "$T/git" 2> /dev/null
same "and ssh-keygen reads over that" "$(cat "$T/git")" G

be_ssh alice
expect 0 "a change" stella policy renew --expires 60d --reason "short"
be_x509 carol
expect 0 "approved with gpgsm" stella approve --yes --reason "seen by carol"
match "in force"
expect 0 "git agrees with the signature" git verify-commit HEAD
match 'Good signature from "/CN=carol"'
expect 0 "history names her" stella history show "#2"
match "carol"
expect 0 "status, warm" stella status
match "in force"
expect 0 "status, cold" stella status --no-memory
match "in force"

# Unsigned parts are anybody's: the same approval with its certificate inside is another commit and the same state.
state=$(stella status -o json --no-memory | jq -r '.heads[0].id')
git cat-file commit HEAD > "$T/commit"
printf 'include-certs 1\n' >> "$GNUPGHOME/gpgsm.conf"
sed '/^gpgsig /,/END SIGNED MESSAGE/d' "$T/commit" > "$T/payload"
gpgsm --batch --quiet --armor --detach-sign -u "$(cat "$HOME/carol.gpgsm")" < "$T/payload" > "$T/armor" 2> /dev/null
{
	sed '/^$/,$d' "$T/payload"
	sed '1s/^/gpgsig /; 2,$s/^/ /' "$T/armor"
	sed -n '/^$/,$p' "$T/payload"
} > "$T/again"
again=$(git hash-object -t commit -w "$T/again")
no_same=$([ "$again" = "$(git rev-parse HEAD)" ] || echo other)
same "another commit" "$no_same" other
git update-ref refs/heads/again "$again"
same "and the same state" "$(stella status --trust-ref refs/heads/again -o json --no-memory | jq -r '.heads[0].id')" "$state"
git update-ref -d refs/heads/again
sed -i '/include-certs/d' "$GNUPGHOME/gpgsm.conf"

# a signature that is not carol's
certificate mallory
to_gpgsm mallory
be_ssh alice
try 0 stella policy renew --expires 61d --reason "longer"
be_x509 mallory
expect 4 "a certificate of nobody" stella approve --yes --reason "mine"
match "knows no member"
be_x509 carol

# ---- what member add refuses
be_ssh alice
git reset -q --hard "HEAD~1"
expect 2 "nothing to add" stella member add dave
match "--certificate"
expect 5 "a file that is not there" stella member add dave --certificate "$HOME/nobody.crt" --role root
openssl req -x509 -newkey rsa:1024 -nodes -keyout "$HOME/weak.key" -out "$HOME/weak.crt" -subj /CN=weak -days 3 2> /dev/null
expect 1 "a weak key" stella member add dave --certificate "$HOME/weak.crt" --role root
match "RSA"
openssl req -x509 -newkey rsa:2048 -nodes -keyout "$HOME/ca.key" -out "$HOME/ca.crt" -subj /CN=ca -days 3 2> /dev/null
expect 1 "a CA" stella member add dave --certificate "$HOME/ca.crt" --role root
match "is a CA"
expect 2 "one key for two members" stella member add dave --certificate "$HOME/carol.der" --role root
match "bound to two members, carol and dave"

# ---- OpenPGP
be_ssh alice
openpgp_key dave
if ! stella member add dave --openpgp "$HOME/dave.gpg" --role none 2>&1 | grep -q "needs a stella built"; then
	openpgp_key erin rsa3072
	expect 0 "an OpenPGP certificate" stella member add dave --openpgp "$HOME/dave.asc" --role root --reason "dave has a card"
	be_ssh bob
	expect 0 "approved" stella approve --yes --reason yes
	match "+ member dave: OpenPGP "
	match "in force"
	be_ssh alice
	try 0 stella member add erin --openpgp "$HOME/erin.gpg" --role root --reason "erin, too"
	be_openpgp dave
	expect 0 "approved with gpg" stella approve --yes --reason "seen by dave"
	match "in force"
	expect 0 "git agrees with the signature" git verify-commit HEAD
	match 'Good signature from "dave <dave@example.org>"'
	be_ssh alice
	try 0 stella policy renew --expires 62d --reason "again"
	be_openpgp erin
	expect 0 "with RSA" stella approve --yes --reason "seen by erin"
	match "in force"
	expect 0 "git agrees" git verify-commit HEAD
	be_ssh alice
	try 0 stella policy renew --expires 63d --reason "again"
	be_openpgp erin
	git config --global gpg.program "$T/gpg-sha1"
	printf '#!/bin/sh\nexec gpg --digest-algo SHA1 "$@"\n' > "$T/gpg-sha1"
	chmod +x "$T/gpg-sha1"
	expect 7 "SHA-1 is refused before anything is written" stella approve --yes --reason "weak"
	match "OpenPGP hash 2"
	printf '#!/bin/sh\nexec gpg --textmode "$@"\n' > "$T/gpg-sha1"
	expect 7 "so is a signature of text" stella approve --yes --reason "text"
	match "signature of type 1"
	git config --global --unset gpg.program
	openpgp_key frank
	be_openpgp frank
	expect 4 "a key of nobody" stella approve --yes --reason "mine"
	match "knows no member"
	expect 0 "policy show" stella policy show
	match "member    dave  OpenPGP "
	expect 0 "status, cold" stella status --no-memory
	same "librnp itself says nothing" "$(cat "$T/err")" ""
else
	expect 4 "an OpenPGP certificate is refused" stella member add dave --openpgp "$HOME/dave.asc" --role root --reason "dave"
	match "needs a stella built with OpenPGP"
	jq --arg key "$(openssl base64 -A -in "$HOME/dave.gpg")" '.members.dave = [{ openpgp: $key, fingerprint: "0" }]' policy.json > "$T/p.json"
	expect 4 "and so is a policy with one" stella policy check "$T/p.json"
	match "needs a stella built with OpenPGP"
	echo "# OpenPGP: NOT RUN but for the refusal, this stella is built without"
fi

# ---- an older stella
same "an older stella is told to become newer" "$(git show HEAD:policy.json | jq .version)" 2

done_testing
