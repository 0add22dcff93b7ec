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
exec python3 "$corpora/run-sigstore.py" --client "$here/tests/conformance-client" "$@"
