#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# summary.sh BUILDDIR: adds up what every test program of the last `make check` said, and ends with
# "N passed, N failed".  A program that failed without saying what is one failure.  What failed is shown, for
# where only this output is kept.
set -eu
cd "$1"
find . -name '*.trs' -path './tests/*' | LC_ALL=C sort | while IFS= read -r trs; do
	log=${trs%.trs}.log
	result=$(sed -n 's/^:test-result: *//p' "$trs" | head -n 1)
	# Check: "97%: Checks: 40, Failures: 1, Errors: 0".  Ours: "N passed, N failed".  Scripts: TAP.
	LC_ALL=C awk -v name="${trs#./}" -v result="$result" '
		/^[0-9]+%: Checks: / { gsub(/[^0-9 ]/, ""); split($0, n, " "); p += n[2] - n[3] - n[4]; f += n[3] + n[4]; last = 0 }
		/^ok / { tp++ }
		/^not ok / { tf++ }
		/^([a-z-]+: )?[0-9]+ passed, [0-9]+ failed/ { l = $0; sub(/^[a-z-]+: /, "", l); split(l, n, /[^0-9]+/); sp = n[1]; sf = n[2]; last = 1 }
		END {
			p += tp; f += tf
			if (last) { p += sp; f += sf }
			if (result != "PASS" && f == 0) f = 1
			if (result == "PASS" && p == 0) p = 1
			print p, f
			if (f) printf "FAILED %s (%s)\n", name, result > "/dev/stderr"
		}' "$log"
	[ "$result" = PASS ] || grep -v '^ok ' "$log" | tail -n 120 >&2
done | awk '{ p += $1; f += $2 } END { printf "%d passed, %d failed\n", p, f; exit f > 0 || p == 0 }'
