/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Digests: SHA-2 (FIPS 180-4) by name, whole or in pieces.  A wall around nettle's hashes.
 */
#ifndef STELLA_DIGEST_H
#define STELLA_DIGEST_H

#include "buf.h"

#define STELLA_SHA256_SIZE 32
#define STELLA_DIGEST_MAX 64

struct stella_sha256 {
	uint8_t bytes[STELLA_SHA256_SIZE];
};
#define STELLA_SHA256_HEX 65 /* room for its hex with the NUL */

enum stella_hash {
	STELLA_HASH_SHA256, STELLA_HASH_SHA384, STELLA_HASH_SHA512, STELLA_HASH_COUNT
};
const char *stella_hash_name(enum stella_hash hash);               /* "sha256" */
bool stella_hash_find(enum stella_hash *out, struct stella_span name); /* exact, lower case */
size_t stella_hash_size(enum stella_hash hash);

struct stella_sha256 stella_sha256(struct stella_span data);
void stella_hash(enum stella_hash hash, struct stella_span data, uint8_t out[STELLA_DIGEST_MAX]);
bool stella_sha256_equal(const struct stella_sha256 *a, const struct stella_sha256 *b);
int stella_sha256_compare(const void *a, const void *b); /* of two struct stella_sha256, as qsort wants it */
void stella_sha256_hex(char out[STELLA_SHA256_HEX], const struct stella_sha256 *digest);
bool stella_sha256_parse(struct stella_sha256 *out, struct stella_span hex); /* 64 lower-case digits */

/* In pieces; on the caller's stack. */
struct stella_sha256_ctx {
	_Alignas(16) uint8_t opaque[128];
};
void stella_sha256_start(struct stella_sha256_ctx *ctx);
void stella_sha256_add(struct stella_sha256_ctx *ctx, struct stella_span data);
struct stella_sha256 stella_sha256_end(struct stella_sha256_ctx *ctx);

/* The same for any of them. */
struct stella_hash_ctx {
	_Alignas(16) uint8_t opaque[256];
	enum stella_hash hash;
};
void stella_hash_start(struct stella_hash_ctx *ctx, enum stella_hash hash);
void stella_hash_add(struct stella_hash_ctx *ctx, struct stella_span data);
void stella_hash_end(struct stella_hash_ctx *ctx, uint8_t out[STELLA_DIGEST_MAX]);

#endif
