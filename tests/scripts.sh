#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every script is clean for shellcheck.
set -u
cd "${srcdir:-$(dirname "$0")/..}" || exit 1
if ! command -v shellcheck > /dev/null 2>&1; then
	echo "1..0 # SKIP shellcheck is absent: NOT CHECKED"
	exit 77
fi
# All at once: a script is read together with those that it sources.
if told=$(shellcheck -S warning -s sh bootstrap .ci/run docs/*.sh src/*.sh tests/*.sh tests/cli/*.sh 2>&1); then
	echo "ok 1 - the scripts are clean"
else
	echo "not ok 1 - the scripts are clean"
	echo "$told" | sed 's/^/# /'
fi
echo "1..1"
[ -z "$told" ]
