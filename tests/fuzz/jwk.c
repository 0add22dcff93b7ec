/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists of keys as directories serve them.  What is taken holds keys that sign so, each once, and is
 * found by its id; a JWK set is taken by both parsers or by none, with the same keys.
 */
#include "fuzz.h"

#include "jwk.h"
#include "keydir.h"

static void check_code(const struct stella_error *err)
{
	must(err->code == STELLA_MALFORMED || err->code == STELLA_ALGORITHM_UNSUPPORTED || err->code == STELLA_LIMIT);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct stella_span in = stella_span(data, size);
	struct stella_keydir dir;
	struct stella_jwks jwks;
	const struct stella_error *err = stella_keydir_parse(&dir, in);

	if (err) {
		check_code(err);
		must(!dir.items && !dir.count);
		err = stella_jwks_parse(&jwks, in);
		must(err != NULL);
		return 0;
	}
	must(dir.count <= STELLA_KEYDIR_KEYS_MAX);
	for (size_t i = 0; i < dir.count; i++) {
		must(stella_pubkey_allows(dir.items[i].key, dir.items[i].alg));
		must(stella_keydir_find(&dir, stella_pubkey_id(dir.items[i].key)) == &dir.items[i]);
	}
	err = stella_jwks_parse(&jwks, in);
	must(!err == (dir.form == STELLA_KEYDIR_JWKS));
	if (!err) {
		must(jwks.count == dir.count && jwks.encryption_count == dir.left_out);
		for (size_t i = 0; i < jwks.count; i++)
			must(stella_pubkey_equal(jwks.items[i].key, dir.items[i].key));
		stella_jwks_free(&jwks);
	}
	stella_keydir_free(&dir);
	return 0;
}
