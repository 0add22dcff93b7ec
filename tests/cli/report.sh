#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# history report: the page for auditors, read as text and rendered by a browser.
# shellcheck source=tests/cli/lib.sh
. "${srcdir:-$(dirname "$0")/../..}/tests/cli/lib.sh"

people alice bob
trust_repo alice bob
evil='<script>document.title="pwned"</script><img src=x onerror=alert(1)>"&'
both stella issuer add acme --name "$evil" --reason "builds our releases $evil"
signing_key build
both stella trust-anchors add-key --key "$HOME/build.pem" --issuer acme --expires 20d --reason "the build machine's key"
both stella issuer trust acme --reason "Approved by security team"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$T/ca.key" -out "$T/ca.pem" -days 400 \
	-subj "/CN=Example & Sons <CA>" -addext "basicConstraints=critical,CA:TRUE" -addext "keyUsage=critical,keyCertSign" 2> /dev/null
both stella trust-anchors add --cert "$T/ca.pem" --name example --reason "our own CA"
key=$(stella keys list -o json | jq -r '.keys[0].id')

both stella trust-anchors add --trusted-root "$srcdir/tests/data/sigstore/public-good.root.json" --name public-good \
	--reason "the public instance"
both stella issuer add keyless --sigstore public-good --certificate-oidc-issuer https://accounts.example.org \
	--certificate-identity robot@example.org --reason "signs without keys"

expect 2 "where to" stella history report
match "--html"
expect 0 "the page" stella history report --html "$T/report.html"
match "report.html: 7 states"
cp "$T/report.html" "$T/out"
for text in acme "$key" "the build machine&#39;s key" "Approved by security team" "<b>alice</b>" "<b>bob</b>" "Example &amp; Sons" \
	"$root" "$(stella status -o json | jq -r '.heads[0].id')" "Content-Security-Policy" 'id="state-4"' 'href="#state-2"' "<svg" "no end\|days" "rekor.sigstore.dev" robot@example.org https://accounts.example.org sigstore/public-good; do
	if grep -q -e "$text" "$T/report.html"; then pass "says $text"; else fail "does not say $text"; fi
done
# Every approving commit of the history stands in it.
missing=
for commit in $(stella history list -o json | jq -r '.states[].approvals[].commit'); do
	grep -q "$commit" "$T/report.html" || missing="$missing $commit"
done
same "every approval has its commit" "$missing" ""
cp "$T/report.html" "$T/out"
no_match "<script"
no_match "<img"
same "nothing from elsewhere" "$(grep -c '\(src\|href\)="[^#]' "$T/report.html")" 0

expect 0 "to standard output" stella history report --html -
sed 's/As of [^,]*,//; s/[0-9]* days//g' "$T/out" > "$T/a" # a second later a day less may be left
sed 's/As of [^,]*,//; s/[0-9]* days//g' "$T/report.html" > "$T/b"
same "the same page" "$(sha256sum < "$T/a")" "$(sha256sum < "$T/b")"
expect 0 "the newest states alone" stella history report --html "$T/short.html" -n 2 -o json
json .schema stella.report/1
json .states 7
json .listed 2
grep -q "NOT LISTED" "$T/short.html" && pass "and says so" || fail "does not say so"
expect 2 "no number" stella history report --html "$T/x" --limit none
[ ! -e "$T/x" ] && pass "nothing written" || fail "written"
expect 7 "no such directory" stella history report --html "$T/nowhere/x.html"

be alice
try 0 stella issuer suspend acme --reason "waiting for bob"
expect 0 "with a proposal" stella history report --html "$T/pending.html"
grep -q "Not in force" "$T/pending.html" && pass "shows it" || fail "does not show it"
expect 4 "a rollback has no report" stella history report --html "$T/no.html" --at-least "$(printf '%064d' 0)"
[ ! -e "$T/no.html" ] && pass "nothing written" || fail "written"

# ---- dates of commits are claims: as far ahead as git can write them
for kind in fifo device; do
	[ "$kind" = fifo ] && mkfifo "$T/place" || ln -sf /dev/null "$T/place"
	expect 7 "where the page goes is no file: $kind" stella history report --html "$T/place"
	match "not a regular file"
	[ -f "$T/place" ] && fail "it was replaced" || pass "it is as it was"
	rm "$T/place"
done
(
	export GIT_AUTHOR_DATE="@9223372036854775807 +0000" GIT_COMMITTER_DATE="@9223372036854775807 +0000"
	forge_commit HEAD "HEAD^{tree}" "seen

Stella-Approve: $(stella status -o json | jq -r .proposal.id)" bob
) > "$T/commit"
git update-ref refs/heads/main "$(cat "$T/commit")"
be alice
expect 0 "a state of that time alone" stella history report --html "$T/far.html" -n 1
cp "$T/far.html" "$T/out"
match "292277026596-12-04"
no_match "\"middle\">-"
no_match "\"end\">-"

# A browser: it renders, no script ran, nothing was asked of the network.
browser=$(command -v chromium || command -v chromium-browser || true)
if [ -n "$browser" ]; then
	render()
	{
		timeout 120 "$browser" --headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking \
			--disable-component-update --disable-sync --user-data-dir="$T/chromium" "$@" "file://$T/pending.html" 2> "$T/err"
	}
	render --dump-dom > "$T/out"
	match "<title>Trust report</title>"
	match "</svg>"
	match "Approved by security team"
	no_match "pwned</title>"
	render --window-size=1200,2400 --screenshot="$T/page.png" > /dev/null
	# A page that is one colour would be a few kilobytes.
	[ "$(wc -c < "$T/page.png" 2> /dev/null || echo 0)" -gt 40000 ] && pass "a picture of it" || fail "no picture of it"
	[ -z "${KEEP_PICTURE:-}" ] || cp "$T/page.png" "$KEEP_PICTURE"
else
	echo "# chromium is absent: the page was NOT RENDERED"
fi

if grep -q 'acme\\n' "$T/pending.html"; then fail "line ends are escaped"; else pass "line ends are line ends"; fi

done_testing
