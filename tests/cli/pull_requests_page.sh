#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# docs/operations/pull-requests.md: each of its commands, in the order of the page, by whom it says.
# shellcheck source=tests/cli/lib.sh
. "${srcdir:-$(dirname "$0")/../..}/tests/cli/lib.sh"
page=$srcdir/docs/operations/pull-requests.md
people alice bob carol
trust_repo alice bob carol
signing_key build
both stella issuer add acme --reason "a supplier"
both stella issuer add ci --reason "builds"
both stella trust-anchors add-key --key "$HOME/build.pem" --issuer ci --reason "its key"
both stella issuer trust ci --reason "audited"
ROOT=$root
export ROOT

git clone -q --bare "$T/trust" "$T/server.git"
for who in alice bob carol forge; do
	git clone -q "$T/server.git" "$T/$who"
	git -C "$T/$who" config stella.trustRoot "$root"
done
git init -q "$T/project"
(cd "$T/trust" && stella attest create --subject "sha256:$(printf '%064d' 1)" --type custom --key "$HOME/build.key" \
	--out "$T/project/attestation.json" > /dev/null)
mkdir "$T/bin"
ln -s "$builddir/stella" "$T/bin/stella"
PATH=$T/bin:$PATH
export PATH

# The page's blocks "```sh WHO [exit=N]" as files, by number.
mkdir "$T/blocks"
awk -v dir="$T/blocks" '
	/^```sh / { n++; file = sprintf("%s/%03d", dir, n); print $2, $3 > (file ".who"); printf "set -e\n" > (file ".sh"); next }
	/^```/ { file = ""; next }
	file { print > (file ".sh") }' "$page"
same "every block says who" "$(grep -c '^```sh' "$page")" "$(find "$T/blocks" -name '*.sh' | wc -l | tr -d ' ')"
for block in "$T"/blocks/*.sh; do
	read -r who rest < "${block%.sh}.who"
	case $who in
	forge) git config --global user.name forge && git config --global user.email forge@example.org ;;
	server | project) ;;
	*) be "$who" ;;
	esac
	dir=$T/$who
	[ "$who" != server ] || dir=$T/server.git
	cd "$dir" || exit 1
	# A state of its own for each: they are different people's machines.
	XDG_STATE_HOME=$T/state-$who
	export XDG_STATE_HOME
	wanted=${rest#exit=}
	expect "${wanted:-0}" "$who: $(sed -n '/^set -e$/!p' "$block" | tail -n 1)" sh "$block"
	cp "$T/out" "${block%.sh}.out"
	cp "$T/err" "${block%.sh}.err"
done

# ---- what the page says of some of them
said()
{
	block=$(grep -lF -- "$1" "$T"/blocks/*.sh | tail -n 1)
	cp "${block%.sh}.out" "$T/out"
	cp "${block%.sh}.err" "$T/err"
	match "$2"
}
said "read the report, agree" "may be merged, and takes effect then"
said "stella history why" "audited in November"
said "suspend acme --reason" "1 of 2"
said 'agreed, again' "takes effect then"
said "stella verify attestation" "VERIFIED"
same "the report of CI is a comment" "$(head -c 11 "$T/carol/report.md")" "### Trust: "
cd "$T/carol" || exit 1
XDG_STATE_HOME=$T/state-carol
expect 0 "in the end everything is in force" sh -c 'git pull -q && stella check'
expect 0 "both issuers are there" stella issuer list
match first
match second
cp "$T/out" "$T/list"
expect 1 "and acme is suspended" stella issuer trust-status acme
done_testing
