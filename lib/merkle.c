/* SPDX-License-Identifier: Apache-2.0 */
#include "merkle.h"

#include <string.h>

#define INCLUSION "inclusion proof"
#define CONSISTENCY "consistency proof"

struct stella_sha256 stella_merkle_leaf(struct stella_span data)
{
	static const uint8_t prefix[1] = { 0x00 };
	struct stella_sha256_ctx ctx;

	stella_sha256_start(&ctx);
	stella_sha256_add(&ctx, stella_span(prefix, sizeof prefix));
	stella_sha256_add(&ctx, data);
	return stella_sha256_end(&ctx);
}

/* RFC 9162 2.1.1: SHA-256(0x01 || left || right) */
static struct stella_sha256 node(const struct stella_sha256 *left, const struct stella_sha256 *right)
{
	uint8_t bytes[1 + 2 * STELLA_SHA256_SIZE] = { 0x01 };

	memcpy(bytes + 1, left->bytes, STELLA_SHA256_SIZE);
	memcpy(bytes + 1 + STELLA_SHA256_SIZE, right->bytes, STELLA_SHA256_SIZE);
	return stella_sha256(stella_span(bytes, sizeof bytes));
}

static const struct stella_error *check_root(const char *what, const struct stella_sha256 *expected,
	const struct stella_sha256 *found)
{
	char expected_hex[STELLA_SHA256_HEX], found_hex[STELLA_SHA256_HEX];

	if (stella_sha256_equal(expected, found))
		return NULL;
	stella_sha256_hex(expected_hex, expected);
	stella_sha256_hex(found_hex, found);
	return stella_error(STELLA_LOG_ENTRY_MISMATCH, "%s: leads to root %s, expected %s", what, found_hex,
		expected_hex);
}

static const struct stella_error *wrong_length(const char *what, const char *how)
{
	return stella_error(STELLA_MALFORMED, "%s: too %s for this tree", what, how);
}

/* RFC 9162 2.1.3.2 */
const struct stella_error *stella_merkle_verify_inclusion(uint64_t index, uint64_t size,
	const struct stella_sha256 *leaf, const struct stella_sha256 *proof, size_t proof_count,
	const struct stella_sha256 *root)
{
	struct stella_sha256 r = *leaf;
	uint64_t fn = index, sn = size - 1;

	if (index >= size)
		return stella_error(STELLA_MALFORMED, INCLUSION ": index %llu in a tree of %llu",
			(unsigned long long)index, (unsigned long long)size);
	for (size_t i = 0; i < proof_count; i++) {
		if (sn == 0)
			return wrong_length(INCLUSION, "long");
		if (fn & 1 || fn == sn) {
			r = node(&proof[i], &r);
			while (!(fn & 1) && fn) {
				fn >>= 1;
				sn >>= 1;
			}
		} else {
			r = node(&r, &proof[i]);
		}
		fn >>= 1;
		sn >>= 1;
	}
	if (sn != 0)
		return wrong_length(INCLUSION, "short");
	return check_root(INCLUSION, root, &r);
}

/* RFC 9162 2.1.4.2, of two trees of different size */
static const struct stella_error *climb(uint64_t fn, uint64_t sn, struct stella_sha256 *fr,
	struct stella_sha256 *sr, const struct stella_sha256 *proof, size_t proof_count)
{
	while (fn & 1) {
		fn >>= 1;
		sn >>= 1;
	}
	for (size_t i = 0; i < proof_count; i++) {
		if (sn == 0)
			return wrong_length(CONSISTENCY, "long");
		if (fn & 1 || fn == sn) {
			*fr = node(&proof[i], fr);
			*sr = node(&proof[i], sr);
			while (!(fn & 1) && fn) {
				fn >>= 1;
				sn >>= 1;
			}
		} else {
			*sr = node(sr, &proof[i]);
		}
		fn >>= 1;
		sn >>= 1;
	}
	return sn == 0 ? NULL : wrong_length(CONSISTENCY, "short");
}

const struct stella_error *stella_merkle_verify_consistency(uint64_t old_size, uint64_t new_size,
	const struct stella_sha256 *old_root, const struct stella_sha256 *new_root,
	const struct stella_sha256 *proof, size_t proof_count)
{
	struct stella_sha256 fr = *old_root, sr = *old_root;
	const struct stella_error *err;

	if (old_size == 0 || old_size > new_size)
		return stella_error(STELLA_MALFORMED, CONSISTENCY ": from a tree of %llu to one of %llu",
			(unsigned long long)old_size, (unsigned long long)new_size);
	if (old_size == new_size)
		return proof_count ? wrong_length(CONSISTENCY, "long")
			: check_root(CONSISTENCY, new_root, old_root);
	if (old_size & (old_size - 1)) { /* no power of two: the first hash is where to begin */
		if (proof_count == 0)
			return wrong_length(CONSISTENCY, "short");
		fr = sr = *proof++;
		proof_count--;
	}
	err = climb(old_size - 1, new_size - 1, &fr, &sr, proof, proof_count);
	if (!err)
		err = check_root(CONSISTENCY " (old tree)", old_root, &fr);
	return err ? err : check_root(CONSISTENCY " (new tree)", new_root, &sr);
}
