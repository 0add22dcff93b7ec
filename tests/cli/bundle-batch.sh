#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# verify bundle --batch: many bundles of our own instance, good ones, bad ones, and lists that are none.
# shellcheck disable=SC2317 # expect calls the functions
# shellcheck source=tests/cli/lib.sh
. "${srcdir:-$(dirname "$0")/../..}/tests/cli/lib.sh"

make=$builddir/tests/make-bundles
cd "$HOME" || exit 1

# batch FILE [OPTION...]: by the identity of our instance.
batch()
{
	file=$1
	shift
	stella verify bundle --batch "$file" --trusted-root root.json --certificate-identity "$identity" \
		--certificate-oidc-issuer "$issuer" "$@"
}

for shape in "0.1 message certificate" "0.2 intoto certificate" "0.3 dsse certificate" "Rekor v2 message certificate" \
	"Rekor v2 dsse certificate"; do
	said=$("$make" "$HOME" 20 "$shape")
	identity=${said% *} issuer=${said#* }
	expect 0 "$shape: twenty" batch batch.jsonl
	match "VERIFIED  20 of 20 bundles"
	expect 0 "$shape: one" stella verify bundle --bundle 1.json --trusted-root root.json \
		--certificate-identity "$identity" --certificate-oidc-issuer "$issuer" 1.txt
	expect 1 "$shape: of another artifact" stella verify bundle --bundle 1.json --trusted-root root.json \
		--certificate-identity "$identity" --certificate-oidc-issuer "$issuer" 2.txt
done
"$make" "$HOME" 1 "0.3 message certificate" email > "$HOME/said"
expect 1 "the identity as another kind of name" batch batch.jsonl
match '" (email), expected "'
"$make" "$HOME" 1 "0.3 message key" > "$HOME/said"
expect 0 "by a key" stella verify bundle --batch batch.jsonl --trusted-root root.json --key key.pub
match "VERIFIED  1 of 1 bundles"

"$make" "$HOME" 600 "0.3 message certificate" > "$HOME/said"
for threads in 1 2 64; do
	expect 0 "more than a window, $threads threads" batch batch.jsonl --threads "$threads"
	match "VERIFIED  600 of 600 bundles"
done
from_stdin()
{
	batch - < batch.jsonl
}
expect 0 "from standard input" from_stdin
expect 0 "as JSON" batch batch.jsonl -o json
json .schema stella.bundle-batch/1
json .verified 600
json .refused 0

# The same verdicts in the same order, whatever the number of threads.
sed -e '7s/7.txt/8.txt/' -e '300s/300.json/absent.json/' -e '599s/.*/{/' -e '20s/$/\n/' batch.jsonl > bad.jsonl
expect 1 "three of them bad" batch bad.jsonl --threads 1
match "REFUSED   line 7: the bundle is about another artifact"
match "REFUSED   line 301: absent.json"
match "REFUSED   line 600:"
match "REFUSED  3 of 600 bundles"
batch bad.jsonl --threads 1 > one.out 2>&1
batch bad.jsonl --threads 8 > eight.out 2>&1
expect 0 "told alike by one thread and by eight" cmp one.out eight.out
expect 1 "as JSON" batch bad.jsonl -o json
json .verified 597
json '.refusals[0].line' 7
json '.refusals[0].code' subject-mismatch
json '.refusals[2].code' malformed

# Bundles in the list itself, all about one artifact.
{ cat 5.json; echo; cat 5.json; } > inline.jsonl
expect 0 "bundles themselves" batch inline.jsonl 5.txt
expect 1 "about another" batch inline.jsonl 6.txt
expect 2 "about nothing" batch inline.jsonl
printf '{"bundle":%s,"artifact":"5.txt"}' "$(cat 5.json)" > embedded.jsonl
expect 0 "a bundle in its line, without newline at the end" batch embedded.jsonl

echo > empty.jsonl
expect 1 "no bundle at all" batch empty.jsonl
echo '{"bundle":"1.json","artifact":"1.txt","skip":true}' > unknown.jsonl
expect 3 "a field that is not known" batch unknown.jsonl
echo '{"bundle":5,"artifact":"1.txt"}' > number.jsonl
expect 3 "a bundle that is a number" batch number.jsonl
expect 5 "no list" batch absent.jsonl
expect 2 "a list and a bundle" batch batch.jsonl --bundle 1.json
expect 2 "no thread" batch batch.jsonl --threads 0
expect 2 "threads that are no number" batch batch.jsonl --threads 2x
expect 2 "nobody" stella verify bundle --batch batch.jsonl --trusted-root root.json
head -c 17000000 /dev/zero | tr '\0' x > long.jsonl
expect 6 "a line without an end" batch long.jsonl
done_testing
