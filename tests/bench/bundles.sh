# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh disable=SC2154 # $builddir, $bare, $stella, $dir, median and row are bench.sh's
# bundles.sh: keyless bundles, one and a thousand, beside the bare signature checks that they need.  Read by bench.sh.

# checks ALG COUNT...: milliseconds of so many checks on $on threads, and of the processor.
checks()
{
	while [ $# -gt 0 ]; do
		"$bare" verify "$1" "$2" "$on"
		shift 2
	done | awk '{ s += $1; c += $2 } END { print s, c }'
}

# lesser A B: of two pairs of figures, each.
lesser()
{
	echo "$1 $2" | awk '{ print NF < 4 || $3 < $1 ? $(NF - 1) : $1, NF < 4 || $4 < $2 ? $NF : $2 }'
}

# pair WHAT PAIR BASE PAIR: a row.
pair()
{
	row "$1" "${2% *}" "$3" "${4% *}" "${2#* }" "${4#* }"
}

many=${BENCH_BUNDLES:-1000}

# trust_in DIR IDENTITY ISSUER: a trust repository, DIR/trust, in which what comes of this instance counts.
trust_in()
{
	ssh-keygen -q -t ed25519 -N '' -f "$1/alice"
	git config --global user.signingkey "$1/alice"
	"$stella" init "$1/trust" --member "alice=$1/alice.pub" > /dev/null 2>&1
	for change in "trust-anchors add --trusted-root $1/root.json --name own" \
		"issuer add ci --certificate-identity $2 --certificate-oidc-issuer $3 --sigstore own" "issuer trust ci"; do
		# shellcheck disable=SC2086 # words
		"$stella" $change --reason bench -C "$1/trust" > /dev/null
	done
}

# compare WHAT START ONE MANY...: ONE is what verifies 1.json, MANY what verifies them all, START what begins and ends.
compare()
{
	what=$1 idle=$2 single=$3
	shift 3
	begin='' took=''
	for round in 1 2 3; do # side by side
		# shellcheck disable=SC2086 # words
		begin=$(lesser "$begin" "$("$bare" time 30 $idle | cut -d' ' -f1,3)")
		# shellcheck disable=SC2086 # words
		took=$(lesser "$took" "$("$bare" time 30 "$stella" $single | cut -d' ' -f1,3)")
	done
	pair "$what, one" "$took" "bare checks and start" "$(echo "$begin $one" | awk '{ print $1 + $3 / 100, $2 + $4 / 100 }')"
	for on in 1 2; do
		floor='' took=''
		for round in 1 2 3; do
			floor=$(lesser "$floor" "$(checks p256 $((many * p256)) p384 $((many * p384)))")
			took=$(lesser "$took" "$("$bare" time 1 "$stella" "$@" --threads "$on" | cut -d' ' -f2,4)")
		done
		pair "$what, $many, $on thread(s)" "$took" "bare checks of signers, logs and times" "$floor"
	done
}

# bundles SHAPE P256 P384: one needs so many checks, with the chains above the signers; in a batch all but those.
bundles()
{
	shape=$1 p256=$2 p384=$3 chain256=$4 chain384=$5
	at=$dir/bundles
	mkdir -p "$at"
	said=$("$builddir/tests/make-bundles" "$at" "$many" "$shape")
	cd "$at"
	asked="--trusted-root root.json --certificate-identity ${said% *} --certificate-oidc-issuer ${said#* }"
	on=1
	one=$(checks p256 $((100 * (p256 + chain256))) p384 $((100 * (p384 + chain384)))) # a hundred times
	# shellcheck disable=SC2086 # words
	compare "$shape" "$stella --version" "verify bundle --bundle 1.json $asked 1.txt" verify bundle --batch batch.jsonl $asked
	case $shape in *dsse*)
		trust_in "$at" "${said% *}" "${said#* }"
		compare "the same, under a trust repository" "$bare start" "verify attestation 1.json -C trust" \
			verify attestation --batch batch.jsonl -C trust ;;
	esac
	cd "$dir"
	rm -r "$at"
}

echo "# keyless bundles (own instance: signers and logs P-256, authority P-384), against bare checks"
# artifact, SCT, SET, checkpoint; signer's certificate; the chain above it
bundles "0.3 message certificate" 4 1 0 1
# artifact, SCT, checkpoint, timestamp; signer's certificate; the authority's certificate, the chain above the signer
bundles "Rekor v2 dsse certificate" 4 1 1 1
