#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# hostile: what somebody hands in to mislead, and what must not look like a success.
# shellcheck source=tests/cli/lib.sh
. "${srcdir:-$(dirname "$0")/../..}/tests/cli/lib.sh"

people alice bob
trust_repo alice bob
start=$(git rev-parse HEAD)

# ---- an approver sees every byte
printf 'harmless\0\nhidden\n' > notes.txt
git add notes.txt
git commit -q -m "notes"
expect 2 "approve shows, and asks" stella approve --reason "read"
match '+harmless\x00'
match "+hidden"
git reset -q --hard "$start"
done_testing
