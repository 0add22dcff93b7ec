#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# bench.sh: what stella costs, each figure beside what it is compared with, in one run on one machine.
# $builddir holds the build.  BENCH_SIZES, BENCH_STORE, BENCH_RECORDED and BENCH_BUNDLES choose other sizes; BENCH_ONLY=bundles
# stops early.
set -eu
builddir=${builddir:-.}
bare=$builddir/tests/bench/bare
stella=$builddir/stella
sizes=${BENCH_SIZES:-100 1000 10000}
stores=${BENCH_STORE:-1000 100000}
recorded=${BENCH_RECORDED:-10000}
dir=$(mktemp -d "${TMPDIR:-/tmp}/stella-bench.XXXXXX")
trap 'rm -rf "$dir"' EXIT
trap 'exit 130' INT TERM
export HOME="$dir/home" XDG_STATE_HOME="$dir/state" GIT_CONFIG_NOSYSTEM=1
mkdir -p "$HOME"
git config --global gpg.format ssh
git config --global user.name bench
git config --global user.email bench@example.org
threads=$(nproc)

# median N COMMAND...: milliseconds.
median()
{
	"$bare" time "$@" | cut -d' ' -f1
}

# row WHAT MS BASE MS [CPU-MS BASE-CPU-MS]: one line with the ratio, and that of what the processor did.
row()
{
	awk -v a="$2" -v b="$4" -v what="$1" -v base="$3" -v c="${5:-}" -v d="${6:-}" 'BEGIN {
		printf "%-48s %9.1f ms   %-39s %9.1f ms   ratio %6.2f   difference %8.1f ms", what, a, base, b, a / b, a - b
		printf c == "" ? "\n" : "   cpu ratio %6.2f\n", c == "" ? 0 : c / d }'
}

start=$(median 30 "$bare" start)
srcdir=${srcdir:-$(dirname "$0")/../..}
if [ "${BENCH_ONLY:-bundles}" = bundles ]; then
	. "$srcdir/tests/bench/bundles.sh"
	[ "${BENCH_ONLY:-}" != bundles ] || exit 0
fi

echo "# histories: cold (no memory) and warm, against git and against bare Ed25519 checks on $threads threads"
for n in $sizes; do
	repo=$dir/history-$n
	"$builddir/tests/bench/make-history" "$repo" "$n" > /dev/null
	rounds=$((n < 5000 ? 15 : 5))
	checks=$("$bare" verify ed25519 "$n" "$threads" | cut -d' ' -f1)
	cold=$(median "$rounds" "$stella" policy show --no-memory -C "$repo")
	"$stella" policy show -C "$repo" > /dev/null
	warm=$(median 30 "$stella" policy show -C "$repo")
	"$stella" export allowed-signers -C "$repo" > "$dir/signers"
	git=$(median 1 git -c gpg.ssh.allowedSignersFile="$dir/signers" -C "$repo" log --format=%G?)
	floor=$(awk -v a="$checks" -v b="$start" 'BEGIN { print a + b }')
	row "cold, $n approvals" "$cold" "bare checks and start" "$floor"
	row "cold, $n approvals" "$cold" "git log --format=%G?" "$git"
	row "warm, $n approvals" "$warm" "bare start" "$start"
	tip=$(git -C "$repo" rev-parse HEAD) root=$(git -C "$repo" config stella.trustRoot)
	branch=$(git -C "$repo" symbolic-ref HEAD)
	set -- "$stella" -C "$repo" hook update --trust-root "$root" --trust-ref "$branch"
	new=$(git -C "$repo" commit-tree -p "$tip" -m noise "$tip^{tree}")
	hook=$(median 30 "$@" "$branch" "$tip" "$new")
	cold=$(median "$rounds" "$@" --no-memory "$branch" "$tip" "$new")
	row "hook, one commit on $n approvals" "$hook" "without memory" "$cold"
done

echo "# one verification by key, warm, over 10, 1,000 and 10,000 records"
ssh-keygen -q -t ed25519 -N '' -f "$HOME/alice"
git config --global user.signingkey "$HOME/alice"
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$dir/build.key" 2> /dev/null
openssl pkey -in "$dir/build.key" -pubout -out "$dir/build.pub"
"$stella" init "$dir/trust" --member "alice=$HOME/alice.pub" > /dev/null 2>&1
cd "$dir/trust"
"$stella" issuer add ci --reason bench > /dev/null
"$stella" trust-anchors add-key --key "$dir/build.pub" --issuer ci --reason bench > /dev/null
"$stella" issuer trust ci --reason bench > /dev/null
digest=$(printf x | sha256sum | cut -d' ' -f1)
"$stella" attest create --subject "sha256:$digest" --type custom --key "$dir/build.key" --out "$dir/a.json" > /dev/null
"$stella" verify attestation --attestation "$dir/a.json" > /dev/null
verify=$(median 50 "$stella" verify attestation --attestation "$dir/a.json")
commit=$(git rev-parse HEAD)
"$stella" export allowed-signers > "$dir/signers"
git=$(median 20 git -c gpg.ssh.allowedSignersFile="$dir/signers" verify-commit "$commit" 2> /dev/null)
one=$("$bare" verify p256 1000 1 | awk '{ print $1 / 1000 }')
row "verify attestation" "$verify" "git verify-commit" "$git"
row "verify attestation" "$verify" "bare start and one P-256 check" "$(awk -v a="$start" -v b="$one" 'BEGIN { print a + b }')"

echo "# the same where times are recorded, one attestation a commit"
"$builddir/tests/bench/make-recordings" key > "$dir/robot.pub"
"$stella" member add robot --key "$dir/robot.pub" --role recorder --reason bench > /dev/null
for n in $recorded; do
	git update-ref -d refs/heads/attestations
	"$builddir/tests/bench/make-recordings" . "$n" "$(date +%s -d '-1 day')" # the last of so many seconds is past
	checks=$("$bare" verify ed25519 "$n" "$threads" | cut -d' ' -f1)
	cold=$(median 5 "$stella" verify attestation --attestation "$dir/a.json" --no-memory)
	"$stella" verify attestation --attestation "$dir/a.json" > /dev/null
	warm=$(median 50 "$stella" verify attestation --attestation "$dir/a.json")
	kept=$(find "$XDG_STATE_HOME" -name 'recorded-?')
	cp -p "$kept" "$dir/kept"
	"$builddir/tests/bench/make-recordings" . 1
	one=$(median 9 sh -c "cp -p '$dir/kept' '$kept'; exec '$stella' verify attestation --attestation '$dir/a.json'")
	row "verify, $n recordings, cold" "$cold" "bare checks and start" "$(awk -v a="$checks" -v b="$start" 'BEGIN { print a + b }')"
	row "verify, $n recordings, warm" "$warm" "verify without recorded times" "$verify"
	row "verify, $n recordings, one of them new" "$one" "verify without recorded times" "$verify"
done

echo "# stored attestations: import and lookup"
for n in $stores; do
	store=$dir/store-$n
	git init -q --bare "$store"
	"$bare" envelopes "$n" > "$dir/many.jsonl"
	"$bare" envelopes "$((n + 1))" | tail -n 1 > "$dir/one.json"
	many=$(median 1 "$stella" attest import "$dir/many.jsonl" -C "$store")
	one=$(median 1 "$stella" attest import "$dir/one.json" -C "$store")
	id=$(sha256sum < "$dir/one.json" | cut -d' ' -f1)
	show=$(median 20 "$stella" attest show "$id" -C "$store")
	row "import $n at once" "$many" "one more" "$one"
	row "lookup by id among $n" "$show" "bare start" "$start"
done
