/* SPDX-License-Identifier: Apache-2.0 */
#include "digest.h"

#include <assert.h>
#include <string.h>

#include <nettle/sha2.h>

#include "encode.h"

static const struct {
	const char *name;
	size_t size;
} hashes[STELLA_HASH_COUNT] = {
	[STELLA_HASH_SHA256] = { "sha256", SHA256_DIGEST_SIZE },
	[STELLA_HASH_SHA384] = { "sha384", SHA384_DIGEST_SIZE },
	[STELLA_HASH_SHA512] = { "sha512", SHA512_DIGEST_SIZE },
};

const char *stella_hash_name(enum stella_hash hash)
{
	assert(hash < STELLA_HASH_COUNT);
	return hashes[hash].name;
}

bool stella_hash_find(enum stella_hash *out, struct stella_span name)
{
	for (unsigned i = 0; i < STELLA_HASH_COUNT; i++) {
		if (stella_span_is(name, hashes[i].name)) {
			*out = (enum stella_hash)i;
			return true;
		}
	}
	return false;
}

size_t stella_hash_size(enum stella_hash hash)
{
	assert(hash < STELLA_HASH_COUNT);
	return hashes[hash].size;
}

/* ---------------------------------------------------------------- any of them, in pieces */

_Static_assert(sizeof(struct sha256_ctx) <= sizeof(((struct stella_hash_ctx *)0)->opaque) &&
	sizeof(struct sha512_ctx) <= sizeof(((struct stella_hash_ctx *)0)->opaque), "nettle's contexts have grown");

void stella_hash_start(struct stella_hash_ctx *ctx, enum stella_hash hash)
{
	assert(hash < STELLA_HASH_COUNT);
	ctx->hash = hash;
	if (hash == STELLA_HASH_SHA256)
		sha256_init((struct sha256_ctx *)(void *)ctx->opaque);
	else if (hash == STELLA_HASH_SHA384)
		sha384_init((struct sha512_ctx *)(void *)ctx->opaque);
	else
		sha512_init((struct sha512_ctx *)(void *)ctx->opaque);
}

void stella_hash_add(struct stella_hash_ctx *ctx, struct stella_span data)
{
	if (ctx->hash == STELLA_HASH_SHA256)
		sha256_update((struct sha256_ctx *)(void *)ctx->opaque, data.size, data.data);
	else
		sha512_update((struct sha512_ctx *)(void *)ctx->opaque, data.size, data.data);
}

void stella_hash_end(struct stella_hash_ctx *ctx, uint8_t out[STELLA_DIGEST_MAX])
{
	if (ctx->hash == STELLA_HASH_SHA256)
		sha256_digest((struct sha256_ctx *)(void *)ctx->opaque, SHA256_DIGEST_SIZE, out);
	else if (ctx->hash == STELLA_HASH_SHA384)
		sha384_digest((struct sha512_ctx *)(void *)ctx->opaque, SHA384_DIGEST_SIZE, out);
	else
		sha512_digest((struct sha512_ctx *)(void *)ctx->opaque, SHA512_DIGEST_SIZE, out);
}

void stella_hash(enum stella_hash hash, struct stella_span data, uint8_t out[STELLA_DIGEST_MAX])
{
	struct stella_hash_ctx ctx;

	stella_hash_start(&ctx, hash);
	stella_hash_add(&ctx, data);
	stella_hash_end(&ctx, out);
}

/* ---------------------------------------------------------------- SHA-256 */

_Static_assert(sizeof(struct sha256_ctx) <= sizeof(struct stella_sha256_ctx), "nettle's context has grown");

void stella_sha256_start(struct stella_sha256_ctx *ctx)
{
	sha256_init((struct sha256_ctx *)(void *)ctx->opaque);
}

void stella_sha256_add(struct stella_sha256_ctx *ctx, struct stella_span data)
{
	sha256_update((struct sha256_ctx *)(void *)ctx->opaque, data.size, data.data);
}

struct stella_sha256 stella_sha256_end(struct stella_sha256_ctx *ctx)
{
	struct stella_sha256 out;

	sha256_digest((struct sha256_ctx *)(void *)ctx->opaque, sizeof out.bytes, out.bytes);
	return out;
}

struct stella_sha256 stella_sha256(struct stella_span data)
{
	struct stella_sha256_ctx ctx;

	stella_sha256_start(&ctx);
	stella_sha256_add(&ctx, data);
	return stella_sha256_end(&ctx);
}

bool stella_sha256_equal(const struct stella_sha256 *a, const struct stella_sha256 *b)
{
	return memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

int stella_sha256_compare(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct stella_sha256));
}

void stella_sha256_hex(char out[STELLA_SHA256_HEX], const struct stella_sha256 *digest)
{
	stella_hex_text(out, stella_span(digest->bytes, sizeof digest->bytes));
}

bool stella_sha256_parse(struct stella_sha256 *out, struct stella_span hex)
{
	return stella_hex_fixed(out->bytes, sizeof out->bytes, hex);
}
