# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# lib.sh: what the end-to-end tests share; sourced.  A test is a list of assertions, each a TAP line:
#
#	. "$srcdir/tests/cli/lib.sh"
#	people alice bob
#	trust_repo alice bob             # ./trust, pinned, two members; we stand in it as alice
#	expect 0 "status is fine" stella status
#	match "in force"                 # the text stands in what the last command printed
#	expect 4 "no pin" stella --trust-root ...
#	done_testing                     # git fsck of every repository, the plan, the exit status
#
# Everything happens in one temporary directory with a home of its own; no network, no agent, no
# configuration of the user's.

set -u
srcdir=${srcdir:-$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)}
builddir=${builddir:-$srcdir/build}
LC_ALL=C TZ=UTC
export LC_ALL TZ
T=$(mktemp -d "${TMPDIR:-/tmp}/stella-test.XXXXXX")
trap 'chmod -R u+rwX "$T"; rm -rf "$T"' EXIT
trap 'exit 130' INT TERM
for name in $(env | sed -n 's/^\(GIT_[A-Z_]*\|XDG_[A-Z_]*\|STELLA_[A-Z_]*\|SSH_[A-Z_]*\|COSIGN_[A-Z_]*\)=.*/\1/p'); do
	[ "$name" = STELLA_SHARED ] || unset "$name"
done
HOME=$T/home XDG_STATE_HOME=$T/state GIT_CONFIG_NOSYSTEM=1
export HOME XDG_STATE_HOME GIT_CONFIG_NOSYSTEM
mkdir -p "$HOME"
cd "$T" || exit 1
git config --global init.defaultBranch main
git config --global gpg.format ssh
git config --global advice.detachedHead false
test_count=0
test_failed=0

stella()
{
	"$builddir/stella" "$@"
}

# ---- assertions

pass()
{
	test_count=$((test_count + 1))
	printf 'ok %d - %s\n' "$test_count" "$1"
}

fail()
{
	test_count=$((test_count + 1))
	test_failed=$((test_failed + 1))
	printf 'not ok %d - %s\n' "$test_count" "$1"
	[ ! -s "$T/out" ] || sed 's/^/# out: /' "$T/out" | head -n 40
	[ ! -s "$T/err" ] || sed 's/^/# err: /' "$T/err" | head -n 40
}

# expect STATUS TEXT COMMAND...: runs it; its output is in $T/out and $T/err.
expect()
{
	wanted=$1 text=$2
	shift 2
	"$@" > "$T/out" 2> "$T/err" < /dev/null
	status=$?
	if [ "$status" -eq "$wanted" ]; then
		pass "$text"
	else
		fail "$text: exit $status, not $wanted: $*"
	fi
}

# try STATUS COMMAND...: the same, counted only when it fails (for setting the stage).
try()
{
	wanted=$1
	shift
	"$@" > "$T/out" 2> "$T/err" < /dev/null
	status=$?
	[ "$status" -eq "$wanted" ] || fail "exit $status, not $wanted: $*"
}

# match/no_match TEXT: a fixed string in the output (standard output and error) of the last command.
match()
{
	if cat "$T/out" "$T/err" | grep -qF -- "$1"; then
		pass "says: $1"
	else
		fail "does not say: $1"
	fi
}

no_match()
{
	if cat "$T/out" "$T/err" | grep -qF -- "$1"; then
		fail "says, and must not: $1"
	else
		pass "does not say: $1"
	fi
}

# json FILTER VALUE: what jq makes of standard output.
json()
{
	got=$(jq -r "$1" "$T/out" 2>&1)
	if [ "$got" = "$2" ]; then
		pass "json $1 is $2"
	else
		fail "json $1 is \"$got\", not \"$2\""
	fi
}

same()
{
	if [ "$2" = "$3" ]; then
		pass "$1"
	else
		fail "$1: \"$2\" is not \"$3\""
	fi
}

# ---- the stage

# Is there a faketime, and does this build stand it (a sanitizer's does not)?  If not, that is told here.
can_fake_time()
{
	faketime '+1 day' "$builddir/stella" --version > /dev/null 2>&1 && return
	echo "# NOT RUN: what comes at another time, as faketime is not there (Debian: faketime) or this build does not stand it"
	return 1
}

can_trace()
{
	strace -f -o "$T/trace" true 2> /dev/null && return
	echo "# NOT RUN: which system calls are made, as strace is not there or may not trace"
	return 1
}

# traced OPTION... COMMAND: under strace, to $T/trace.  A sanitizer cannot look for leaks while it is traced.
traced()
{
	ASAN_OPTIONS=detect_leaks=0 strace -f -o "$T/trace" "$@"
}

# people NAME...: an Ed25519 key each, $HOME/NAME and $HOME/NAME.pub.
people()
{
	for name in "$@"; do
		ssh-keygen -q -t ed25519 -N '' -C "$name" -f "$HOME/$name" || exit 1
	done
}

# be NAME: from here on git signs as this person.
be()
{
	git config --global user.name "$1"
	git config --global user.email "$1@example.org"
	git config --global user.signingkey "$HOME/$1"
}

# trust_repo NAME...: members with thresholds as init sets them; in $T/trust, as the first one.
trust_repo()
{
	be "$1"
	# shellcheck disable=SC2046 # one option a word
	set -- $(for name in "$@"; do echo "--member $name=$HOME/$name.pub"; done)
	try 0 stella init "$T/trust" "$@"
	cd "$T/trust" || exit 1
	root=$(git rev-parse HEAD) # for the tests
	export root
}

# both COMMAND...: run as alice, then approved by bob.
both()
{
	be alice
	try 0 "$@"
	be bob
	try 0 stella approve --yes --reason "seen by bob"
	be alice
}

# signing_key NAME [ALGORITHM]: an issuer's key, $HOME/NAME.key and $HOME/NAME.pem.
signing_key()
{
	case ${2:-p256} in
	p256) set -- "$1" -algorithm EC -pkeyopt ec_paramgen_curve:P-256 ;;
	p384) set -- "$1" -algorithm EC -pkeyopt ec_paramgen_curve:P-384 ;;
	ed25519) set -- "$1" -algorithm ED25519 ;;
	rsa) set -- "$1" -algorithm RSA -pkeyopt rsa_keygen_bits:2048 ;;
	esac
	key=$1
	shift
	openssl genpkey "$@" -out "$HOME/$key.key" 2> /dev/null
	openssl pkey -in "$HOME/$key.key" -pubout -out "$HOME/$key.pem"
}

# issuer_with_key ISSUER KEY: trusted, by both, with the public half of a signing_key.
issuer_with_key()
{
	both stella issuer add "$1" --reason "runs our builds"
	both stella trust-anchors add-key --key "$HOME/$2.pem" --issuer "$1" --reason "read over the phone"
	both stella issuer trust "$1" --reason "audited"
}

# on DAYS COMMAND...: as if it were so many days from now.
on()
{
	day=$1
	shift
	faketime "$day days" "$@"
}

# both_on DAYS ARGUMENT...: a change by alice, approved by bob, on that day.
both_on()
{
	day=$1
	shift
	be alice
	try 0 faketime "$day days" "$builddir/stella" "$@" --no-memory
	be bob
	try 0 faketime "$day days" "$builddir/stella" approve --yes --reason "seen by bob" --no-memory
	be alice
}

# attest_on DAYS KEY SUBJECT [OPTION...]: signs about it and prints the id.
attest_on()
{
	echo "$3" > "$T/$3"
	day=$1 key=$2 subject=$3
	shift 3
	faketime "$day days" "$builddir/stella" attest create --subject "$T/$subject" --type https://example.org/test \
		--key "$HOME/$key.key" --no-memory "$@" 2> /dev/null | head -n 1
}

# date_of DAYS: that many days from now.
date_of()
{
	date -u -d "$1 days" +%Y-%m-%d
}

# keyid NAME: the id of the key in $HOME/NAME.pem.
keyid()
{
	openssl pkey -pubin -in "$HOME/$1.pem" -outform DER | sha256sum | cut -d' ' -f1
}

# forge_commit PARENT TREE MESSAGE [NAME]: an ordinary commit made by git; signed if NAME is given.
forge_commit()
{
	sign=
	if [ $# -gt 3 ]; then
		be "$4"
		sign=-S
	fi
	# shellcheck disable=SC2086 # nothing or one word
	git commit-tree $sign -p "$1" -m "$3" "$2"
}

# forge_recording KEY TIME STATE PARENT ID: a recording made by hand, signed with git unless KEY is none; prints the commit.
forge_recording()
{
	sign=-S
	if [ "$1" = none ]; then sign=; else be "$1"; fi
	printf 'attest record\n\nStella-Attestation: %s\nStella-Recorded: %s %s\n' "$5" "$3" "$2" > "$T/message"
	# shellcheck disable=SC2086 # nothing or one word
	GIT_AUTHOR_DATE="$(date +%s) +0000" GIT_COMMITTER_DATE="$(date +%s) +0000" \
		git commit-tree $sign -p "$4" -F "$T/message" "$4^{tree}"
	be alice
}

# refused_pack TEXT: the evidence pack $T/bad, whatever was done to it, is no yes; it is removed.
refused_pack()
{
	stella verify evidence "$T/bad" --trust-root "$root" > "$T/out" 2> "$T/err"
	status=$?
	if [ "$status" -eq 0 ] || grep -q '^VERIFIED' "$T/out" || [ "$status" -ge 128 ]; then
		fail "$1: exit $status"
	else
		pass "$1: exit $status"
	fi
	chmod -R u+w "$T/bad"
	rm -rf "$T/bad"
}

done_testing()
{
	for repo in "$T"/*/.git "$T"/*.git; do
		[ -d "$repo" ] || continue
		if git --git-dir="$repo" fsck --strict > "$T/out" 2> "$T/err"; then
			pass "git fsck of $(basename "${repo%/.git}")"
		else
			fail "git fsck of $(basename "${repo%/.git}")"
		fi
	done
	echo "1..$test_count"
	[ "$test_failed" -eq 0 ]
	exit
}
