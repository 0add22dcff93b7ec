/* SPDX-License-Identifier: Apache-2.0 */
/* Inclusion and consistency proofs of transparency-dev/merkle. */
#include "corpora.h"
#include "encode.h"
#include "merkle.h"

#include <stdlib.h>
#include <string.h>

/* A hash that has not the size of one cannot be handed to the library: whoever parses refuses it. */
static bool read_hash(struct stella_sha256 *out, const struct stella_json *v)
{
	struct stella_buf bytes = { 0 };
	bool fits = false;

	if (v && stella_json_type(v) == STELLA_JSON_STRING &&
	    !stella_base64_parse(&bytes, stella_span_str(stella_json_text(v)), STELLA_BASE64_STRICT) &&
	    bytes.size == sizeof out->bytes) {
		memcpy(out->bytes, bytes.data, bytes.size);
		fits = true;
	}
	stella_buf_free(&bytes);
	return fits;
}

static uint64_t read_number(const struct stella_json *v, const char *name)
{
	char scratch[STELLA_JSON_INT_TEXT];

	return strtoull(stella_json_digits(stella_json_find(v, name), scratch), NULL, 10);
}

static const struct stella_error *judge(const struct stella_json *v, bool inclusion)
{
	const struct stella_json *hashes = stella_json_find(v, "proof");
	struct stella_sha256 proof[STELLA_PROOF_MAX], a, b;
	size_t count = stella_json_count(hashes);
	bool fits = count <= STELLA_PROOF_MAX;

	for (size_t i = 0; fits && i < count; i++)
		fits = read_hash(&proof[i], stella_json_at(hashes, i));
	fits = fits && read_hash(&a, stella_json_find(v, inclusion ? "leafHash" : "root1")) &&
		read_hash(&b, stella_json_find(v, inclusion ? "root" : "root2"));
	if (!fits)
		return stella_error(STELLA_MALFORMED, "a hash of the wrong size");
	return inclusion
		? stella_merkle_verify_inclusion(read_number(v, "leafIdx"), read_number(v, "treeSize"), &a,
			proof, count, &b)
		: stella_merkle_verify_consistency(read_number(v, "size1"), read_number(v, "size2"), &a, &b,
			proof, count);
}

static void run_file(struct corpus *c, const char *file, bool inclusion)
{
	struct stella_json *list = corpus_json(c, file);

	for (size_t i = 0; i < stella_json_count(list); i++) {
		const struct stella_json *v = stella_json_at(list, i);
		bool wrong = stella_json_bool(stella_json_find(v, "wantErr"));

		corpus_judge(c, corpus_text(c, v, "id"), !wrong, judge(v, inclusion));
	}
	stella_json_free(list);
}

void corpus_merkle(struct corpus *c)
{
	run_file(c, "inclusion.json", true);
	run_file(c, "consistency.json", false);
}
