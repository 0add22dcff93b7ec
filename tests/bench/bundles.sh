# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh disable=SC2154 # $builddir, $bare, $stella, $dir, median and row are bench.sh's
# bundles.sh: keyless bundles, one and a thousand, beside the bare signature checks that they need.  Read by bench.sh.

# least N COMMAND...: the least milliseconds, for what is long and must not be measured against what others do meanwhile.
least()
{
	"$bare" time "$@" | cut -d' ' -f2
}

# sum ALG COUNT...: milliseconds of so many checks, on $on threads.
checks()
{
	while [ $# -gt 0 ]; do
		"$bare" verify "$1" "$2" "$on"
		shift 2
	done | awk '{ s += $1 } END { print s }'
}

# lesser A B: of two figures.
lesser()
{
	awk -v a="$1" -v b="$2" 'BEGIN { print a == "" || b < a ? b : a }'
}

begin=$(median 30 "$stella" --version)
many=${BENCH_BUNDLES:-1000}

# bundles SHAPE P256 P384: one needs so many checks, with the chains above the signers; in a batch all but those.
bundles()
{
	shape=$1 p256=$2 p384=$3 chain256=$4 chain384=$5
	at=$dir/bundles
	mkdir -p "$at"
	said=$("$builddir/tests/make-bundles" "$at" "$many" "$shape")
	cd "$at"
	set -- --trusted-root root.json --certificate-identity "${said% *}" --certificate-oidc-issuer "${said#* }"
	on=1
	one=$(checks p256 $((100 * (p256 + chain256))) p384 $((100 * (p384 + chain384))) | awk '{ print $1 / 100 }')
	row "$shape, one" "$(median 30 "$stella" verify bundle --bundle 1.json "$@" 1.txt)" "bare checks and start" \
		"$(awk -v a="$begin" -v b="$one" 'BEGIN { print a + b }')"
	for on in 1 2; do
		floor='' took=''
		for round in 1 2 3; do # side by side
			floor=$(lesser "$floor" "$(checks p256 $((many * p256)) p384 $((many * p384)))")
			took=$(lesser "$took" "$(least 1 "$stella" verify bundle --batch batch.jsonl --threads "$on" "$@")")
		done
		row "$shape, $many, $on thread(s)" "$took" "bare checks of signers, logs and times" "$floor"
	done
	cd "$dir"
	rm -r "$at"
}

echo "# keyless bundles (own instance: signers and logs P-256, authority P-384), against bare checks"
# artifact, SCT, SET, checkpoint; signer's certificate; the chain above it
bundles "0.3 message certificate" 4 1 0 1
# artifact, SCT, checkpoint, timestamp; signer's certificate; the authority's certificate, the chain above the signer
bundles "Rekor v2 dsse certificate" 4 1 1 1
