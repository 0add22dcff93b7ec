#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# replay.sh [--long]: histories of the trust model as real repositories.  Those beside this file always;
# where the model is, all scenarios anew and 2,000 random ones; --long: 20,000 of a random seed.
set -eu
replay=${builddir:-.}/tests/replay-histories
data=${srcdir:-.}/tests/data/histories
model=${STELLA_SHARED:-}/model
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0
failed=0

# run WHAT FILE [--warm]: replays a file, and adds up.
run()
{
	what=$1 file=$2
	shift 2
	"$replay" "$@" < "$file" > "$work/log" || echo "exit status $?" >> "$work/log"
	sed -n "s/^\\([0-9]* passed, [0-9]* failed\\)\$/$what: \\1/p" "$work/log"
	line=$(grep -E '^[0-9]+ passed, [0-9]+ failed$' "$work/log" || echo "0 passed, 1 failed")
	passed=$((passed + ${line%% *}))
	line=${line#* passed, }
	failed=$((failed + ${line% failed}))
	[ "${line% failed}" = 0 ] || sed 's/^/# /' "$work/log"
}

if command -v xz > /dev/null 2>&1; then
	for file in "$data"/*.jsonl.xz; do
		xz -dc "$file" > "$work/histories"
		[ -s "$work/histories" ] || { echo "$file is empty"; exit 1; }
		run "$(basename "$file" .jsonl.xz)" "$work/histories" --warm
	done
else
	echo "replay: xz is not installed, the histories beside this file were NOT RUN"
fi

seed=7 count=2000
if [ "${1:-}" = --long ]; then
	seed=$(od -An -N4 -tu4 /dev/urandom | tr -d ' ') count=20000
	echo "seed $seed"
fi
if [ ! -d "$model" ]; then
	echo "replay: the trust model is absent, fresh histories NOT RUN"
elif ! command -v python3 > /dev/null 2>&1; then
	echo "replay: python3 is not installed, fresh histories NOT RUN"
else
	"$replay" --print-keys > "$work/keys"
	export PYTHONDONTWRITEBYTECODE=1
	(cd "$model" && python3 scenarios.py) > "$work/plain"
	(cd "$model" && python3 histories.py --judge --keys "$work/keys") < "$work/plain" > "$work/histories"
	run "model scenarios" "$work/histories" --warm
	(cd "$model" && python3 histories.py --seed "$seed" --count "$count" --keys "$work/keys") > "$work/histories"
	run "model random, seed $seed" "$work/histories"
	[ "$(wc -l < "$work/histories")" = "$count" ] || failed=$((failed + 1))
fi
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
