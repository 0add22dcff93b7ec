#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# issuer keys fetch: against a real HTTPS server with a CA of its own, and against servers nobody should believe.
# shellcheck source=tests/cli/lib.sh
. "${srcdir:-.}/tests/cli/lib.sh"

if ! python3 -c 'import ssl' 2> /dev/null; then
	echo "1..0 # SKIP NOT RUN: python3 with ssl is absent"
	exit 77
fi
people alice bob
trust_repo alice bob
web=$T/web
mkdir "$web"

# ---- a CA, servers' certificates, and what they serve
ca() # NAME
{
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$web/$1.key" -out "$web/$1.pem" -days 30 \
		-subj "/CN=$1" -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign 2> /dev/null
}
server_cert() # NAME CA SAN [COMMAND...]
{
	name=$1 by=$2
	printf 'subjectAltName=%s\nextendedKeyUsage=serverAuth\n' "$3" > "$T/ext"
	shift 3
	openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$web/$name.key" -subj "/CN=$name" -out "$T/csr" 2> /dev/null
	"$@" openssl x509 -req -in "$T/csr" -CA "$web/$by.pem" -CAkey "$web/$by.key" -CAcreateserial -days 5 -extfile "$T/ext" \
		-out "$web/$name.pem" 2> /dev/null
}
ca ca
ca foreign
server_cert good ca DNS:localhost env
server_cert host ca DNS:elsewhere.example env
server_cert other foreign DNS:localhost env
if command -v faketime > /dev/null; then
	ca_old=$T/old
	faketime '-30 days' openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$ca_old.key" -out "$ca_old.pem" \
		-days 300 -subj /CN=old -addext basicConstraints=critical,CA:TRUE 2> /dev/null
	cp "$ca_old.key" "$web/old.key"
	cp "$ca_old.pem" "$web/old.pem"
	server_cert expired old DNS:localhost faketime '-20 days'
fi
signing_key one
signing_key two p384
signing_key three ed25519
signing_key four rsa
jwk() # NAME
{
	python3 - "$HOME/$1.pem" "$1" <<'PYTHON'
import base64, json, subprocess, sys
def b64(b): return base64.urlsafe_b64encode(b).rstrip(b"=").decode()
der = subprocess.run(["openssl", "pkey", "-pubin", "-in", sys.argv[1], "-outform", "DER"], stdout=subprocess.PIPE, check=True).stdout
if sys.argv[2] == "three":
    key = {"kty": "OKP", "crv": "Ed25519", "x": b64(der[-32:])}
elif sys.argv[2] == "four":
    text = subprocess.run(["openssl", "rsa", "-pubin", "-in", sys.argv[1], "-noout", "-modulus"], stdout=subprocess.PIPE, check=True).stdout
    key = {"kty": "RSA", "n": b64(bytes.fromhex(text.decode().strip().split("=")[1])), "e": "AQAB", "alg": "PS256"}
else:
    size = 48 if sys.argv[2] == "two" else 32
    key = {"kty": "EC", "crv": {32: "P-256", 48: "P-384"}[size], "x": b64(der[-2 * size:-size]), "y": b64(der[-size:])}
key["kid"] = "kid-" + sys.argv[2]
print(json.dumps(key))
PYTHON
}
jwks() # NAME...
{
	list=
	for member in "$@"; do
		list="$list${list:+,}$(jwk "$member")"
	done
	printf '{"keys":[%s]}\n' "$list"
}
id()
{
	openssl pkey -pubin -in "$HOME/$1.pem" -outform DER | sha256sum | cut -d' ' -f1
}
jwks one two > "$web/jwks.json"
cat "$HOME/one.pem" "$HOME/three.pem" "$web/good.pem" > "$web/keys.pem"
ssh-keygen -i -m PKCS8 -f "$HOME/four.pem" > "$web/authorized_keys"
sed 's/$/ build@ci/' "$HOME/alice.pub" | cut -d' ' -f1,2,4 >> "$web/authorized_keys"
echo '<!DOCTYPE html><html><body>Sign in</body></html>' > "$web/page.html"
python3 -c 'import gzip; open("'"$web"'/bomb.gz", "wb").write(gzip.compress(b" " * (64 << 20)))'
python3 -c 'print("{\"keys\":[" + ",".join(["{}"] * 5000) + "]}")' > "$web/thousands.json"
python3 "$srcdir/tests/cli/https_server.py" "$web" > "$T/server" 2>&1 &
server=$!
trap 'kill $server 2> /dev/null; chmod -R u+rwX "$T"; rm -rf "$T"' EXIT
for _ in $(seq 100); do
	[ -f "$web/ports" ] && break
	sleep 0.1
done
port()
{
	sed -n "s/^$1 //p" "$web/ports"
}
good=$(port good)
[ -n "$good" ] || fail "the server does not listen: $(cat "$T/server")"

issuer() # ID URL OPTIONS...
{
	issuer=$1 url=$2
	shift 2
	both stella issuer add "$issuer" --key-directory "$url" --reason "publishes its keys" "$@"
}
fetch() # ID OPTIONS...
{
	issuer=$1
	shift
	stella issuer keys fetch "$issuer" --cacert "${believe:-$web/ca.pem}" --timeout "${seconds:-5}" "$@"
}

# ---- what a key directory may be
expect 2 "http" stella issuer add x --key-directory "http://localhost/" --reason r
expect 2 "a user in it" stella issuer add x --key-directory "https://a:b@localhost/" --reason r
expect 2 "another protocol" stella issuer add x --key-directory "ftp://localhost/" --reason r
expect 2 "a pin that is none" stella issuer add x --key-directory "https://localhost/" --key-directory-pin abc --reason r
expect 2 "a pin of nothing" stella issuer add x --key-directory-pin "$(id one)" --reason r
expect 5 "no such issuer" stella issuer keys fetch nobody
both stella issuer add bare --reason "no directory"
expect 2 "an issuer without one" stella issuer keys fetch bare
match "has no key directory in its record"
try 0 stella issuer add proposed --key-directory "https://localhost:$good/jwks.json" --reason r
: > "$web/requests"
expect 5 "what is not approved is not asked" fetch proposed --include-unapproved
same "no request was made" "$(cat "$web/requests")" ""
be bob
try 0 stella approve --yes --reason "seen"
be alice

# ---- the difference, and what becomes of it
issuer ci "https://localhost:$good/jwks.json"
before=$(git rev-parse HEAD)
expect 0 "a dry run" fetch ci --dry-run
match "JWK set, 2 keys, SHA-256 $(sha256sum "$web/jwks.json" | cut -d' ' -f1)"
match "new        $(id one)"
match "ECDSA P-256, ecdsa-sha256"
match '"kid-one"'
match "new        $(id two)"
match "nothing is recorded (--dry-run)"
same "it changes nothing" "$(git rev-parse HEAD)" "$before"
expect 0 "a fetch" fetch ci
match "recorded, not in force"
match "then stella approve"
same "one commit" "$(git rev-parse HEAD~1)" "$before"
same "it approves nothing" "$(git log -1 --format=%B | grep -c Stella-Approve)" 0
same "it is signed by its author" "$(git cat-file commit HEAD | grep -c '^gpgsig ')" 1
expect 0 "its keys are not in force" stella keys list
match "no keys are in force"
expect 4 "another fetch waits for the first" fetch ci
match "not in force"
try 0 stella approve --yes --reason "compared by telephone"
expect 0 "one approval is not enough" stella keys list
match "no keys are in force"
be bob
try 0 stella approve --yes --reason "compared, too"
be alice
expect 0 "approved by both they are" stella keys list --issuer ci -o json
json '.keys | map(.id) | sort | join(" ")' "$(printf '%s\n' "$(id one)" "$(id two)" | sort | paste -sd' ')"
json '.keys[0].reason | startswith("Published at https://localhost:")' true
expect 0 "again: unchanged" fetch ci
match "unchanged  $(id one)"
match "nothing to record"
expect 0 "the same as JSON" fetch ci -o json
json .schema stella.issuer-keys-fetch/1
json '.keys | map(.standing) | unique | join(",")' unchanged

# ---- gone keys
jwks two three > "$web/jwks.json"
expect 0 "one new, one gone" fetch ci --expires 90d -o json
json '[.keys[] | "\(.standing) \(.label)"] | sort | join(", ")' "gone null, new kid-three, unchanged kid-two"
json .inForce false
json '.commit | length' 40
for who in alice bob; do
	be $who
	try 0 stella approve --yes --reason "seen"
done
be alice
expect 0 "a key that is gone stays until somebody says so" fetch ci
match "gone       $(id one)"
match "still trusted: --retire-missing retires it"
match "nothing to record"
expect 0 "--retire-missing" fetch ci --retire-missing --reason "out of use"
for who in alice bob; do
	be $who
	try 0 stella approve --yes --reason "seen"
done
be alice
expect 0 "it is retired" stella keys show "$(id one)"
match "retired"
jwks one two three > "$web/jwks.json"
expect 0 "a directory does not bring it back" fetch ci
match "held back  $(id one)"
match "retired here, and still published"
match "nothing to record"
echo '{"keys":[]}' > "$web/jwks.json"
expect 2 "an empty directory retires nothing" fetch ci --retire-missing
match "would retire every one"
issuer thief "https://localhost:$good/jwks.json"
jwks two > "$web/jwks.json"
expect 7 "another issuer's key" fetch thief
match "in force for issuer ci"
both stella keys revoke "$(id two)" --kind compromised --reason "stolen"
expect 0 "a revoked key" fetch ci
match "REVOKED here, and still published"
match "nothing to record"
both stella issuer trust ci --reason "audited"
printf x > "$T/program"
expect 0 "an attestation by a fetched key" stella attest create --subject "$T/program" --type custom --key "$HOME/three.key"
expect 0 "verifies" stella verify attestation --attestation "$(cat "$T/out")"

# ---- other forms, whatever Content-Type says (here always text/html)
issuer pem "https://localhost:$good/keys.pem"
sed -i '/BEGIN PUBLIC KEY/,/END PUBLIC KEY/d' "$web/keys.pem"
signing_key five
cat "$HOME/five.pem" >> "$web/keys.pem"
expect 0 "PEM: keys and certificates" fetch pem --dry-run
match "PEM, 2 keys"
match '"CN=good"'
match "until "
issuer ssh "https://localhost:$good/authorized_keys"
expect 0 "OpenSSH keys" fetch ssh --dry-run
match "OpenSSH keys, 2 keys"
match "new        $(id four)"
issuer file "file://$web/file.json"
jwks four > "$web/file.json"
expect 0 "a file" stella issuer keys fetch file --dry-run
match "RSA 2048, rsa-pss-sha256"
expect 2 "a file has no server" stella issuer keys fetch file --dry-run --cacert "$web/ca.pem"
issuer nofile "file:///nonexistent/keys"
expect 5 "a file that is not there" stella issuer keys fetch nofile
mkfifo "$web/fifo"
issuer fifo "file://$web/fifo"
expect 7 "a FIFO" stella issuer keys fetch fifo

# ---- who answers
pin=$(openssl x509 -in "$web/good.pem" -pubkey -noout | openssl pkey -pubin -outform DER | sha256sum | cut -d' ' -f1)
signing_key six
jwks six > "$web/plain.json"
issuer web "https://localhost:$good/plain.json" --key-directory-pin "$pin"
expect 0 "the key that the record pins" fetch web --dry-run
expect 0 "the pin is shown" stella issuer show web
match "pinned to the server's key $pin"
expect 7 "another key" fetch web --dry-run --pin "$(id one)"
match "another key than the one that is pinned"
expect 2 "a pin that is none" fetch web --dry-run --pin "${pin}0"
expect 7 "authorities that do not know it" stella issuer keys fetch web --dry-run --cacert "$web/foreign.pem"
expect 7 "the system's authorities do not either" stella issuer keys fetch web --dry-run
expect 7 "authorities that are not there" stella issuer keys fetch web --dry-run --cacert "$web/nothing"
expect 0 "no proxy of the environment" env https_proxy=http://127.0.0.1:1 HTTPS_PROXY=http://127.0.0.1:1 ALL_PROXY=http://127.0.0.1:1 \
	"$builddir/stella" issuer keys fetch web --cacert "$web/ca.pem" --dry-run
expect 7 "one that is named is used" fetch web --dry-run --proxy http://127.0.0.1:1
printf 'machine localhost login user password secret\n' > "$HOME/.netrc"
: > "$web/requests"
expect 0 "no netrc" fetch web --dry-run
same "no header that tells or asks for more" "$(cat "$web/requests")" "/plain.json "
hostile() # NAME PORT PATH STATUS WORDS
{
	name=$1 on=$(port "$2") path=$3 exit=$4 words=$5
	if [ -z "$on" ]; then
		echo "# NOT RUN: $name (no such server here)"
		return
	fi
	sed "s|\"key_directory\": .*|\"key_directory\": \"https://localhost:$on/$path\",|" issuers/hostile.json > "$T/hostile.json"
	cp "$T/hostile.json" issuers/hostile.json
	git commit -q -a -m "another directory" && both_approve
	before=$(git rev-parse HEAD)
	expect "$exit" "$name" fetch hostile
	match "$words"
	match "  next: stella issuer show hostile"
	same "one line" "$(grep -vc '^  next: ' "$T/err")" 1
	same "nothing on standard output" "$(cat "$T/out")" ""
	same "nothing recorded" "$(git rev-parse HEAD)" "$before"
}
both_approve()
{
	for who in alice bob; do
		be $who
		try 0 stella approve --yes --reason "a test" --include-unapproved
	done
	be alice
}
issuer hostile "https://localhost:$good/jwks.json"
hostile "a certificate for another host" host jwks.json 7 "https://localhost:"
hostile "a certificate of another authority" other jwks.json 7 "https://localhost:"
believe=$web/old.pem
hostile "an expired certificate" expired jwks.json 7 "https://localhost:"
believe=
hostile "TLS 1.0" tls10 jwks.json 7 "https://localhost:"
hostile "no TLS" plain jwks.json 7 "https://localhost:"

# ---- what it answers
hostile "a huge answer" good huge 6 "longer than 1048576 bytes"
hostile "one that does not say how long it is" good huge-unsaid 6 "longer than 1048576 bytes"
hostile "endless headers" good headers 6 "longer than"
seconds=2
hostile "a drip" good drip 7 "no whole answer in time"
hostile "silence" good silent 7 "no whole answer in time"
hostile "redirects that take their time" good slow-3 7 "no whole answer in time"
seconds=
hostile "a redirect in a circle" good loop 7 "redirected more than 3 times"
hostile "a redirect to another host" good other-host 7 "which is another origin and not followed"
hostile "a redirect to another port" good other-port 7 "another origin"
hostile "a redirect to http" good to-http 7 "another origin"
hostile "a redirect to a file" good to-file 7 "another origin"
hostile "a redirect to a user" good to-user 7 "another origin"
hostile "a redirect to nowhere" good to-nowhere 7 "without a place to go"
hostile "an answer cut short" good truncated 7 "https://localhost:"
hostile "a gzip bomb" good gzip 7 "compressed its answer"
hostile "one that does not say so" good gzip-unsaid 3 "no list of keys"
hostile "404" good 404 5 "HTTP status 404"
hostile "410" good 410 5 "HTTP status 410"
hostile "403" good 403 7 "HTTP status 403, expected 200"
hostile "500" good 500 7 "HTTP status 500, expected 200"
hostile "204" good 204 7 "HTTP status 204, expected 200"
hostile "a page" good page.html 3 "no list of keys (it begins with"
hostile "thousands of keys" good thousands.json 6 "5000 keys, at most 1000"
python3 -c 'print("{\"keys\":[" + "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\",\"d\":\"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A\"}" + "]}")' > "$web/private.json"
hostile "a private key" good private.json 3 "a PRIVATE key is published here"
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024 2> /dev/null | openssl pkey -pubout > "$web/weak.pem"
hostile "a weak key" good weak.pem 1 "RSA key of 1024 bits"
openssl genpkey -algorithm ED448 2> /dev/null | openssl pkey -pubout > "$web/ed448.pem"
hostile "a key of a kind that is not taken" good ed448.pem 1 "algorithm not supported"
printf '{"keys":[],"keys":[]}' > "$web/twice.json"
hostile "names twice" good twice.json 3 "JWK set"
printf '{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","kid":"\\u001b[31mevil"}]}' > "$web/evil.json"
sed -i "s|/twice.json|/evil.json|" issuers/hostile.json
git commit -q -a -m "evil" && both_approve
expect 0 "a label that a terminal would obey" fetch hostile --dry-run
match '\x1B[31mevil'
sed -i "s|/evil.json|/moved|" issuers/hostile.json
git commit -q -a -m "moved" && both_approve
jwks five > "$web/jwks.json"
: > "$web/requests"
expect 0 "a redirect within the origin" fetch hostile --dry-run
match "new        $(id five)"
same "two requests, no cookie" "$(cat "$web/requests")" "/moved 
/jwks.json "

# ---- no other command can open a connection: libcurl is not even in its process
if ldd "$builddir/.libs/stella" "$builddir/stella" 2> /dev/null | grep -q libcurl; then
	fail "stella is linked with libcurl"
else
	pass "stella is not linked with libcurl"
fi
if can_trace; then
	try 0 stella attest create --subject "$T/program" --type custom --key "$HOME/three.key" --force
	made=$(cat "$T/out")
	expect 0 "verify, traced" traced "$builddir/stella" verify attestation --attestation "$made"
	same "it opens no socket and no libcurl" "$(grep -cE 'socket\(|connect\(|libcurl' "$T/trace")" 0
	expect 0 "fetch, traced" traced "$builddir/stella" issuer keys fetch web --dry-run --cacert "$web/ca.pem"
	if grep -q 'connect(' "$T/trace" && grep -q libcurl "$T/trace"; then
		pass "which the trace would have shown"
	else
		fail "the trace of a fetch shows no connection"
	fi
fi

done_testing
