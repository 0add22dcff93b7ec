#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The demonstration in docs/ does what it says, twice.
# shellcheck source=tests/cli/lib.sh
. "${srcdir:-$(dirname "$0")/../..}/tests/cli/lib.sh"
STELLA=$builddir/stella
export STELLA
expect 0 "the demonstration" sh "$srcdir/docs/demo.sh"
match "VERIFIED"
match "REFUSED signature-mismatch"
match "approved by alice"
match "Audited the runner on Tuesday"
expect 0 "and again" sh "$srcdir/docs/demo.sh"
same "nothing is left behind" "$(find "${TMPDIR:-/tmp}" -maxdepth 1 -name 'stella-demo.*' -newer "$T/home/.gitconfig" | wc -l | tr -d ' ')" 0
done_testing
