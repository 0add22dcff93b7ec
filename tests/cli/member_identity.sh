#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Members by identity, as gitsign's: certificates of a few minutes from an authority of our own, timestamps inside the
# signature, both of a root that stands in the policy.  Each yes has its no.
# shellcheck source=tests/cli/lib.sh
. "${srcdir:-$(dirname "$0")/../..}/tests/cli/lib.sh"
people alice bob
STAGE=$T/stage
export STAGE
mkdir "$STAGE"
issuer=https://accounts.example.org

# ---- the authorities: openssl only
ca()
{
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$STAGE/$1.key" -out "$STAGE/$1.crt" -subj "/O=$1" \
		-days 3650 -addext "basicConstraints=critical,CA:TRUE" -addext "keyUsage=critical,keyCertSign" 2> /dev/null
}
# issue FILE CA EXTENSIONS [FROM UNTIL]: a certificate for a new key
issue()
{
	printf '%s\n' "$3" > "$STAGE/ext"
	openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$STAGE/$1.key" -out "$STAGE/csr" -subj "/O=$1" 2> /dev/null
	rm -rf "$STAGE/db" && mkdir "$STAGE/db" && : > "$STAGE/db/index" && openssl rand -hex 16 > "$STAGE/db/serial"
	printf '[ca]\ndefault_ca=d\n[d]\ndatabase=%s\nserial=%s\nnew_certs_dir=%s\ndefault_md=sha256\npolicy=p\n[p]\norganizationName=optional\n' \
		"$STAGE/db/index" "$STAGE/db/serial" "$STAGE/db" > "$STAGE/ca.cnf"
	openssl ca -batch -notext -config "$STAGE/ca.cnf" -cert "$STAGE/$2.crt" -keyfile "$STAGE/$2.key" -in "$STAGE/csr" \
		-out "$STAGE/$1.crt" -extfile "$STAGE/ext" -startdate "${4:-$(date -u -d '-1 min' +%Y%m%d%H%M%SZ)}" \
		-enddate "${5:-$(date -u -d '+10 min' +%Y%m%d%H%M%SZ)}" 2> /dev/null || fail "openssl ca: $1"
}
leaf()
{
	printf 'basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=%s\nsubjectAltName=%s\n' \
		"${2:-codeSigning}" "$1"
	[ "${3:-$issuer}" = none ] || printf '1.3.6.1.4.1.57264.1.8=ASN1:UTF8String:%s\n' "${3:-$issuer}"
}
ca fulcio
ca other
ca tsaca
issue tsa tsaca "basicConstraints=critical,CA:FALSE
keyUsage=critical,digitalSignature
extendedKeyUsage=critical,timeStamping" "$(date -u -d '-1 day' +%Y%m%d%H%M%SZ)" "$(date -u -d '+1 year' +%Y%m%d%H%M%SZ)"
cat > "$STAGE/tsa.cnf" <<EOF
[tsa]
serial = $STAGE/tsa.serial
signer_cert = $STAGE/tsa.crt
signer_key = $STAGE/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4
digests = sha256, sha384, sha512
ess_cert_id_alg = sha256
EOF
echo 01 > "$STAGE/tsa.serial"
der()
{
	openssl x509 -in "$STAGE/$1.crt" -outform DER | openssl base64 -A
}
root_json()
{
	jq -n --arg ca "$(der "$1")" --arg tsa "$(der tsa)" --arg tsaca "$(der tsaca)" '
	{ mediaType: "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
	  certificateAuthorities: [{ uri: "https://ca.example.org", certChain: { certificates: [{ rawBytes: $ca }] },
	    validFor: { start: "2020-01-01T00:00:00Z" } }],
	  timestampAuthorities: [{ uri: "https://tsa.example.org", certChain: { certificates: [{ rawBytes: $tsa }, { rawBytes: $tsaca }] },
	    validFor: { start: "2020-01-01T00:00:00Z" } }] }'
}
root_json fulcio > "$STAGE/root.json"
root_json other > "$STAGE/other.json"

be_ssh()
{
	be "$1"
	git config --global gpg.format ssh
}
be_carol()
{
	be carol
	git config --global gpg.format x509
	git config --global gpg.x509.program "$srcdir/tests/cli/gitsign.py"
	git config --global user.signingkey carol
}
# use EXTENSIONS [CA [FROM UNTIL]]: what the program signs with from here on
use()
{
	issue sign "${2:-fulcio}" "$1" "${3:-}" "${4:-}"
}

trust_repo alice bob
expect 2 "an identity needs a root" stella member add carol --certificate-identity carol@example.org --certificate-oidc-issuer $issuer \
	--role root --reason "carol"
match "--trusted-root FILE"
expect 0 "an identity and its root" stella member add carol --certificate-identity carol@example.org --certificate-oidc-issuer $issuer \
	--trusted-root "$STAGE/root.json" --root own --role root --reason "carol signs with gitsign"
be_ssh bob
expect 0 "what bob is asked" stella approve --yes --reason yes
match "+ member carol: email carol@example.org by issuer $issuer under root own"
match "+ root own: sha256"
match "authority O=fulcio"
match "timestamp authority https://tsa.example.org"
match "in force"
be_ssh alice
try 0 stella policy renew --expires 60d --reason "short"

# ---- the yes
be_carol
use "$(leaf email:carol@example.org)"
before=$(git rev-parse HEAD)
expect 0 "carol approves" stella approve --yes --reason "seen by carol"
match "in force"
expect 0 "status, warm" stella status
match "in force"
expect 0 "status, cold" stella status --no-memory
match "in force"
expect 0 "check" stella check
if can_fake_time; then
	# shellcheck disable=SC2154 # builddir is of lib.sh
	expect 0 "and when her certificate is long gone" faketime '+20 days' "$builddir/stella" status --no-memory
	match "in force"
fi
git cat-file commit HEAD > "$T/good"

# ---- the noes: nothing is written, and the same made by hand is no approval
no()
{
	text=$1 why=$2
	rm -rf "$T/state" # what it remembers of the yes above
	git reset -q --hard "$before"
	expect 4 "$text" stella approve --yes --reason "seen by carol"
	match "knows no member"
	match "$why"
	same "nothing was written" "$(git rev-parse HEAD)" "$before"
}
STAMP=no
export STAMP
no "no verified time" "no signed time"
STAMP=other
no "a timestamp of other bytes" "of other bytes"
STAMP=yes
use "$(leaf email:carol@example.org)" fulcio "$(date -u -d '-30 min' +%Y%m%d%H%M%SZ)" "$(date -u -d '-20 min' +%Y%m%d%H%M%SZ)"
no "a certificate that had expired at the verified time" "certificate expired"
use "$(leaf email:carol@example.org)" fulcio "$(date -u -d '+20 min' +%Y%m%d%H%M%SZ)" "$(date -u -d '+30 min' +%Y%m%d%H%M%SZ)"
no "one that was not yet valid" "certificate expired or not yet valid"
use "$(leaf email:carol@example.org)" other
no "another authority" "certificate chain invalid"
use "$(leaf email:mallory@example.org)"
no "another name" "a key of no member"
use "$(leaf email:carol@example.org,email:mallory@example.org)"
no "two names" "a key of no member"
# names of kinds that nobody is called by are names, too
for other in IP:192.0.2.1 RID:1.2.3.4 "otherName:1.2.3.4;UTF8:mallory" dirName:mallory; do
	use "$(leaf "email:carol@example.org,$other")
[mallory]
CN=mallory"
	no "and a name of another kind: $other" "a key of no member"
	use "$(leaf "$other,email:carol@example.org")
[mallory]
CN=mallory"
	no "before hers: $other" "a key of no member"
done
use "$(leaf dirName:carol)
[carol]
CN=carol@example.org"
no "a directory name alone" "a key of no member"
use "$(leaf email:carol@example.org codeSigning https://elsewhere.example.org)"
no "another issuer" "a key of no member"
use "$(leaf email:carol@example.org codeSigning none)"
no "no issuer" "a key of no member"
use "$(leaf URI:carol@example.org)"
no "another kind of name" "a key of no member"
use "$(leaf email:carol@example.org serverAuth)"
no "another use" "codeSigning"
use "$(leaf email:carol@example.org)
1.2.3.4=critical,ASN1:NULL"
no "a critical extension that is not known" "critical extension"
use "$(leaf email:carol@example.org)"
ATTACHED=1
export ATTACHED
git reset -q --hard "$before"
expect 7 "content inside" stella approve --yes --reason "seen by carol"
match "content inside"
unset ATTACHED

# The good one with its timestamp taken out is another commit, and no approval.
python3 - "$T/good" "$T/stripped" <<'EOF'
import re, subprocess, sys
text = open(sys.argv[1]).read()
block = re.search(r"gpgsig (-----BEGIN.*?-----END SIGNED MESSAGE-----)", text, re.S)
der = subprocess.run(["openssl", "base64", "-d"], input="\n".join(l.strip() for l in block[1].split("\n")[1:-1]) .encode() + b"\n",
                     stdout=subprocess.PIPE, check=True).stdout
def read(d, at=0):
    size, start = d[at + 1], at + 2
    if size & 0x80:
        n = size & 0x7f
        size, start = int.from_bytes(d[start:start + n], "big"), start + n
    return start, start + size
def children(d):
    out, (at, end) = [], read(d)
    while at < end:
        stop = read(d, at)[1]
        out.append(d[at:stop])
        at = stop
    return out
def put(tag, c):
    n = len(c)
    if n < 128:
        return bytes([tag, n]) + c
    b = n.to_bytes((n.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(b)]) + b + c
kind, explicit = children(der)
fields = children(children(explicit)[0])
signer = [f for f in children(children(fields[-1])[0]) if f[0] != 0xa1]
fields[-1] = put(0x31, put(0x30, b"".join(signer)))
der = put(0x30, kind + put(0xa0, put(0x30, b"".join(fields))))
body = subprocess.run(["openssl", "base64"], input=der, stdout=subprocess.PIPE, check=True).stdout.decode().strip()
armor = "-----BEGIN SIGNED MESSAGE-----\n" + body + "\n-----END SIGNED MESSAGE-----"
open(sys.argv[2], "w").write(text.replace(block[1], armor.replace("\n", "\n ")))
EOF
git reset -q --hard "$before"
stripped=$(git hash-object -t commit -w "$T/stripped")
git reset -q --hard "$stripped"
expect 0 "without the timestamp it is no approval" stella status --no-memory
match "root: 1 of"
good=$(git hash-object -t commit -w "$T/good")
git reset -q --hard "$good"
expect 0 "with it, it is one" stella status --no-memory
match "holds exactly what is in force"

# ---- another root, or name, or issuer for somebody else
be_ssh alice
expect 2 "one identity for two members" stella member add dave --certificate-identity carol@example.org \
	--certificate-oidc-issuer $issuer --trusted-root "$STAGE/other.json" --root other --role root --reason "dave"
match "one identity is bound to two members, carol and dave"
expect 2 "another root by the same name" stella member add dave --certificate-identity dave@example.org \
	--certificate-oidc-issuer $issuer --trusted-root "$STAGE/other.json" --root own --role root --reason "dave"
match "another root"
expect 0 "policy show" stella policy show
match "root      own  sha256"

done_testing
