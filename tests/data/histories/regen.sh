#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# regen.sh MODEL REPLAY-HISTORIES: writes these files again with the trust model and the test keys.
set -eu
cd "$(dirname "$0")"
keys=$(mktemp)
trap 'rm -f "$keys"' EXIT
"$2" --print-keys > "$keys"
(cd "$1" && python3 scenarios.py | python3 histories.py --judge --keys "$keys") | xz -9e > scenarios.jsonl.xz
(cd "$1" && python3 histories.py --seed 1 --count 300 --keys "$keys") | xz -9e > random-1.jsonl.xz
