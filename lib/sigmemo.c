/* SPDX-License-Identifier: Apache-2.0 */
#include "sigmemo.h"

#include <stdlib.h>

#include "pool.h"

#define KEPT_MAX 4000000 /* 32 bytes each and their place; beyond that it is computed again */

struct stella_sigmemo {
	struct stella_pool pool;
	struct stella_idmap good;
	size_t computed;
};

struct stella_sigmemo *stella_sigmemo_new(void)
{
	struct stella_sigmemo *memo = stella_alloc(sizeof *memo);

	memo->good.id_size = sizeof(struct stella_sha256);
	return memo;
}

void stella_sigmemo_free(struct stella_sigmemo *memo)
{
	if (!memo)
		return;
	stella_idmap_free(&memo->good);
	stella_pool_free(&memo->pool);
	free(memo);
}

size_t stella_sigmemo_computed(const struct stella_sigmemo *memo)
{
	return memo->computed;
}

/* Everything that the answer depends on; each part has a fixed size, so that none can stand for another. */
static struct stella_sha256 name_of(const struct stella_pubkey *key, enum stella_sigalg alg, struct stella_span message,
	struct stella_span sig)
{
	struct stella_sha256 parts[3] = { *stella_pubkey_id(key), stella_sha256(message), stella_sha256(sig) }, name;
	struct stella_buf all = { 0 };

	for (size_t i = 0; i < 3; i++)
		stella_buf_put(&all, parts[i].bytes, sizeof parts[i].bytes);
	stella_buf_put_u8(&all, (uint8_t)alg);
	name = stella_sha256(stella_buf_span(&all));
	stella_buf_free(&all);
	return name;
}

const struct stella_error *stella_sigmemo_verify(struct stella_sigmemo *memo, const struct stella_pubkey *key,
	enum stella_sigalg alg, struct stella_span message, struct stella_span sig)
{
	const struct stella_error *err;
	struct stella_sha256 name, *kept;

	if (!memo)
		return stella_pubkey_verify(key, alg, message, sig);
	name = name_of(key, alg, message, sig);
	if (stella_idmap_find(&memo->good, &name))
		return NULL;
	memo->computed++;
	err = stella_pubkey_verify(key, alg, message, sig);
	if (!err && memo->good.count < KEPT_MAX) {
		kept = stella_pool_alloc(&memo->pool, sizeof *kept);
		*kept = name;
		stella_idmap_add(&memo->good, kept);
	}
	return err;
}
