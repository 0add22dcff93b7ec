#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The corpora of Sigstore bundles beside the checkout, where they are, through the command.
corpora=${STELLA_SHARED:-}/corpora
here=${srcdir:-$(dirname "$0")/..}
set --
for name in sigstore-conformance sigstore-extra slsa-verifier cpython-releases sigstore-mutations; do
	if [ -d "$corpora/$name" ]; then
		set -- "$@" "$corpora/$name"
	else
		echo "$name: folder absent, NOT RUN"
	fi
done
[ $# -gt 0 ] || exit 0
if ! command -v python3 > /dev/null 2>&1; then
	echo "sigstore: python3 absent, NOT RUN"
	exit 0
fi
STELLA=${STELLA:-${builddir:-.}/stella}
export STELLA
out=$(mktemp)
trap 'rm -f "$out"' EXIT
{
	python3 "$corpora/run-sigstore.py" --client "$here/tests/conformance-client" "$@"
	python3 "$here/tests/sigstore-disputed.py" "$here/tests/conformance-client" "$@"
} > "$out" 2>&1
grep -v '^[0-9]* passed' "$out"
awk '/^[0-9]+ passed, [0-9]+ failed$/ { n++; p += $1; f += $3 }
	END { printf "%d passed, %d failed\n", p, f + (n != 2); exit f > 0 || n != 2 }' "$out"
