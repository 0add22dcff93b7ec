#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# docs: the pages for operators: every command in a ```bash block is run, in order, and ends as the page says
# ("# exit status N" before it, else 0; "# by another member" changes who approves); links and alerts lead somewhere.
# shellcheck source=tests/cli/lib.sh
. "${srcdir:-$(dirname "$0")/../..}/tests/cli/lib.sh"
docs=$srcdir/docs
case $docs in /*) ;; *) docs=$OLDPWD/$docs ;; esac
mkdir "$T/bin"
ln -s "$(cd "$OLDPWD" && cd "$builddir" && pwd)/stella" "$T/bin/stella"

fill()
{
	printf '%s\n' "$1" | sed -e "s|<attestation-id>|$attestation|g" -e "s|<key-id>|$keyid|g" -e "s|<issuer-id>|builder|g" \
		-e "s|<issuer-cert.pem>|$HOME/root.pem|g" -e "s|<intermediate.pem>|$HOME/mid.pem|g" -e "s|<digest>|$digest|g" \
		-e "s|<type>|slsaprovenance1|g" -e "s|<old-key.pem>|$HOME/old.pem|g" -e "s|<new-key.pem>|$HOME/new.pem|g" \
		-e "s|<key.pem>|$HOME/another.pem|g" -e "s|<attestor.prom>|$T/attestor.prom|g" -e "s|<date>|$(date -u -d '+60 days' +%F)|g" \
		-e "s|<recorder.pub>|$HOME/recorder.pub|g" -e "s|<after>|$(date -u +%FT%TZ)|g" -e "s|<trusted_root.json>|$T/next.root.json|g" \
		-e "s|<root>|public|g" -e "s|<today>|$(date -u +%FT%TZ)|g"
}

# page FILE: runs what it says.
page()
{
	awk '/^```bash/ { on = 1; next } /^```/ { on = 0 } on && NF' "$docs/$1" > "$T/page"
	same "$1 has commands" "$([ "$(wc -l < "$T/page")" -ge 5 ] && echo yes)" yes
	wanted_status=0
	while IFS= read -r line <&3; do
		case $line in
		"# exit status "*) wanted_status=$(printf '%s\n' "$line" | tr -dc 0-9) && continue ;;
		"# by another member"*) be bob && continue ;;
		"#"*) continue ;;
		esac
		case $line in
		*"<after>"*) sleep 1 ;; # later than what was done before, by a whole second
		esac
		filled=$(fill "$line")
		case $filled in
		*"<"*) fail "$1: a placeholder that the test does not know: $line" ;;
		esac
		expect "$wanted_status" "$1: $line" env PATH="$T/bin:$PATH" sh -c "$filled"
		wanted_status=0
		case $line in
		"stella approve"*) be alice ;;
		esac
	done 3< "$T/page"
}

# ---- a house that is in order
people alice bob
trust_repo alice bob
for name in build old new another; do
	signing_key $name
done
ec="-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
# shellcheck disable=SC2086 # words
openssl req -x509 $ec -keyout "$HOME/root.key" -subj "/CN=Own Root" -days 400 \
	-addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign -out "$HOME/root.pem" 2> /dev/null
# shellcheck disable=SC2086
openssl req $ec -keyout "$HOME/mid.key" -subj "/CN=Own Mid" -out "$HOME/mid.csr" 2> /dev/null
printf '%s\n' basicConstraints=critical,CA:TRUE,pathlen:0 keyUsage=critical,keyCertSign > "$HOME/ext"
openssl x509 -req -in "$HOME/mid.csr" -CA "$HOME/root.pem" -CAkey "$HOME/root.key" -set_serial 2 -days 300 \
	-extfile "$HOME/ext" -out "$HOME/mid.pem" 2> /dev/null
both stella issuer add builder --reason "signs with a key"
both stella issuer trust builder --reason "Approved by security team"
both stella trust-anchors add-key --key "$HOME/build.pem" --issuer builder --reason "its key"
keyid=$(openssl pkey -pubin -in "$HOME/build.pem" -outform DER | sha256sum | cut -d' ' -f1)
git config stella.attestKey "$HOME/build.key"
echo artifact > "$HOME/artifact"
digest=sha256:$(sha256sum "$HOME/artifact" | cut -d' ' -f1)
try 0 stella attest create --subject "$digest" --type slsaprovenance1 --out "$T/good.json"
attestation=$(head -n 1 "$T/out")
page modules/attestor/verification.md
same "the file for the node exporter is there" "$(grep -c '^attestor_trust_in_force 1$' "$T/attestor.prom")" 1
page operations/runbooks/attestor-signing-failed.md

# ---- an attestation that was altered
payload=$(jq -r .dsseEnvelope.payload "$T/good.json" | base64 -d | sed 's/}$/,"x":1}/' | base64 -w0)
jq -c --arg p "$payload" '.dsseEnvelope.payload = $p' "$T/good.json" > "$T/altered.json"
try 0 stella attest import "$T/altered.json"
attestation=$(head -n 1 "$T/out")
try 1 stella verify attestation --attestation "$attestation"
page operations/runbooks/attestor-verification-failed.md

# ---- a key that has gone, and one that ends soon
both stella trust-anchors add-key --key "$HOME/old.pem" --issuer builder --reason "its old key"
try 0 stella attest create --subject "$digest" --type spdxjson --key "$HOME/old.key"
attestation=$(head -n 1 "$T/out")
old=$(openssl pkey -pubin -in "$HOME/old.pem" -outform DER | sha256sum | cut -d' ' -f1)
git rm -q "keys/$old.json" "keys/$old.pem"
git commit -q -m "rotated without an overlap"
try 0 stella approve --yes --reason "rotated"
be bob
try 0 stella approve --yes --reason "rotated"
be alice
both stella trust-anchors add --trusted-root "$srcdir/tests/data/sigstore/public-good.root.json" --name public --reason "the public one"
jq 'del(.tlogs[1])' "$srcdir/tests/data/sigstore/public-good.root.json" > "$T/next.root.json"
page operations/runbooks/attestor-key-expired.md

# ---- changes of trust
keyid=$(openssl pkey -pubin -in "$HOME/another.pem" -outform DER | sha256sum | cut -d' ' -f1)
signing_key new
page operations/trust-anchors.md

# ---- a key's whole life
keyid=$(openssl pkey -pubin -in "$HOME/build.pem" -outform DER | sha256sum | cut -d' ' -f1)
signing_key new
echo another > "$HOME/artifact2"
git config stella.attestKey "$HOME/build.key"
try 0 stella attest create --subject "$HOME/artifact2" --type slsaprovenance1
attestation=$(head -n 1 "$T/out")
people recorder
page operations/rotation-and-revocation.md

# ---- links and alerts lead somewhere
for page in modules/attestor/verification.md operations/trust-anchors.md operations/rotation-and-revocation.md $(cd "$docs" && echo operations/runbooks/*.md); do
	broken=$(grep -o '](\([^)#]*\)' "$docs/$page" | sed 's/](//' | while IFS= read -r link; do
		[ -e "$docs/$(dirname "$page")/$link" ] || echo "$link"
	done)
	same "$page: its links" "$broken" ""
done
for page in $(sed -n 's/^ *runbook: //p' "$docs/operations/alerts.yml" | sort -u); do
	same "$page, which an alert names, is there" "$([ -f "$docs/../$page" ] && echo yes)" yes
done
for alert in $(sed -n 's/^ *- alert: //p' "$docs/operations/alerts.yml"); do
	same "$alert is explained" "$(grep -rlF "\`$alert\`" "$docs" | head -n 1 | wc -l)" 1
done

done_testing
