/* SPDX-License-Identifier: Apache-2.0 */
/* Trees are built here by the recursive definition of RFC 9162 2.1.1, proofs by 2.1.3.1 and 2.1.4.1. */
#include "merkle.h"

#include "check.h"

#define LEAVES 40

static struct stella_sha256 leaves[LEAVES];

static struct stella_sha256 join(struct stella_sha256 left, struct stella_sha256 right)
{
	uint8_t bytes[65] = { 1 };

	memcpy(bytes + 1, left.bytes, 32);
	memcpy(bytes + 33, right.bytes, 32);
	return stella_sha256(stella_span(bytes, sizeof bytes));
}

static size_t split(size_t n)
{
	size_t k = 1;

	while (2 * k < n)
		k *= 2;
	return k;
}

static struct stella_sha256 tree(size_t from, size_t n)
{
	size_t k = split(n);

	return n == 1 ? leaves[from] : join(tree(from, k), tree(from + k, n - k));
}

static size_t path(struct stella_sha256 *out, size_t index, size_t from, size_t n)
{
	size_t k = split(n), count;

	if (n == 1)
		return 0;
	if (index < k) {
		count = path(out, index, from, k);
		out[count] = tree(from + k, n - k);
	} else {
		count = path(out, index - k, from + k, n - k);
		out[count] = tree(from, k);
	}
	return count + 1;
}

static size_t subproof(struct stella_sha256 *out, size_t m, size_t from, size_t n, bool whole)
{
	size_t k = split(n), count;

	if (m == n) {
		if (whole)
			return 0;
		out[0] = tree(from, n);
		return 1;
	}
	if (m <= k) {
		count = subproof(out, m, from, k, whole);
		out[count] = tree(from + k, n - k);
	} else {
		count = subproof(out, m - k, from + k, n - k, false);
		out[count] = tree(from, k);
	}
	return count + 1;
}

static void setup(void)
{
	for (uint8_t i = 0; i < LEAVES; i++)
		leaves[i] = stella_merkle_leaf(stella_span(&i, 1));
}

START_TEST(the_leaf_hash_of_nothing_is_that_of_rfc_6962)
{
	struct stella_sha256 leaf = stella_merkle_leaf(stella_span("", 0));
	char hex[STELLA_SHA256_HEX];

	stella_sha256_hex(hex, &leaf);
	ck_assert_str_eq(hex, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
}
END_TEST

START_TEST(every_leaf_of_every_tree_is_included)
{
	struct stella_sha256 proof[STELLA_PROOF_MAX], root;

	for (size_t n = 1; n <= LEAVES; n++) {
		root = tree(0, n);
		for (size_t i = 0; i < n; i++)
			assert_ok(stella_merkle_verify_inclusion(i, n, &leaves[i], proof,
				path(proof, i, 0, n), &root));
	}
}
END_TEST

START_TEST(an_inclusion_proof_with_any_change_is_refused)
{
	struct stella_sha256 proof[STELLA_PROOF_MAX], root;

	for (size_t n = 1; n <= LEAVES; n++) {
		root = tree(0, n);
		for (size_t i = 0; i < n; i++) {
			size_t count = path(proof, i, 0, n);

			for (size_t k = 0; k < count; k++) {
				proof[k].bytes[k % 32] ^= 1;
				assert_code(stella_merkle_verify_inclusion(i, n, &leaves[i], proof, count, &root),
					STELLA_LOG_ENTRY_MISMATCH);
				proof[k].bytes[k % 32] ^= 1;
			}
			proof[count] = root;
			assert_code(stella_merkle_verify_inclusion(i, n, &leaves[i], proof, count + 1, &root),
				STELLA_MALFORMED);
			if (count)
				assert_code(stella_merkle_verify_inclusion(i, n, &leaves[i], proof, count - 1,
					&root), STELLA_MALFORMED);
			ck_assert_ptr_nonnull(stella_merkle_verify_inclusion((i + 1) % n, n, &leaves[i],
				proof, n == 1 ? 1 : count, &root));
			assert_code(stella_merkle_verify_inclusion(i, n, &leaves[(i + 1) % LEAVES], proof, count,
				&root), STELLA_LOG_ENTRY_MISMATCH);
		}
	}
}
END_TEST

START_TEST(an_index_outside_of_the_tree_is_malformed)
{
	struct stella_sha256 root = leaves[0];

	assert_code(stella_merkle_verify_inclusion(0, 0, &leaves[0], NULL, 0, &root), STELLA_MALFORMED);
	assert_code(stella_merkle_verify_inclusion(1, 1, &leaves[0], NULL, 0, &root), STELLA_MALFORMED);
	assert_code(stella_merkle_verify_inclusion(UINT64_MAX, UINT64_MAX, &leaves[0], NULL, 0, &root),
		STELLA_MALFORMED);
	assert_code(stella_merkle_verify_inclusion(0, UINT64_MAX, &leaves[0], NULL, 0, &root), STELLA_MALFORMED);
}
END_TEST

START_TEST(every_tree_is_consistent_with_every_older_one)
{
	struct stella_sha256 proof[STELLA_PROOF_MAX], old, new;

	for (size_t n = 1; n <= LEAVES; n++) {
		new = tree(0, n);
		for (size_t m = 1; m <= n; m++) {
			old = tree(0, m);
			assert_ok(stella_merkle_verify_consistency(m, n, &old, &new, proof,
				subproof(proof, m, 0, n, true)));
		}
	}
}
END_TEST

START_TEST(a_consistency_proof_with_any_change_is_refused)
{
	struct stella_sha256 proof[STELLA_PROOF_MAX], old, new;

	for (size_t n = 1; n <= LEAVES; n++) {
		for (size_t m = 1; m <= n; m++) {
			size_t count = subproof(proof, m, 0, n, true);

			old = tree(0, m);
			new = tree(0, n);
			for (size_t k = 0; k < count; k++) {
				proof[k].bytes[0] ^= 0x80;
				assert_code(stella_merkle_verify_consistency(m, n, &old, &new, proof, count),
					STELLA_LOG_ENTRY_MISMATCH);
				proof[k].bytes[0] ^= 0x80;
			}
			proof[count] = new;
			assert_code(stella_merkle_verify_consistency(m, n, &old, &new, proof, count + 1),
				STELLA_MALFORMED);
			if (count)
				assert_code(stella_merkle_verify_consistency(m, n, &old, &new, proof, count - 1),
					STELLA_MALFORMED);
			old.bytes[31] ^= 1;
			assert_code(stella_merkle_verify_consistency(m, n, &old, &new, proof, count),
				STELLA_LOG_ENTRY_MISMATCH);
			old.bytes[31] ^= 1;
			new.bytes[31] ^= 1;
			assert_code(stella_merkle_verify_consistency(m, n, &old, &new, proof, count),
				STELLA_LOG_ENTRY_MISMATCH);
		}
	}
}
END_TEST

START_TEST(an_empty_or_larger_old_tree_is_malformed)
{
	assert_code(stella_merkle_verify_consistency(0, 1, &leaves[0], &leaves[0], NULL, 0), STELLA_MALFORMED);
	assert_code(stella_merkle_verify_consistency(2, 1, &leaves[0], &leaves[0], NULL, 0), STELLA_MALFORMED);
	assert_code(stella_merkle_verify_consistency(3, 4, &leaves[0], &leaves[0], NULL, 0), STELLA_MALFORMED); /* reads nothing */
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_checked_fixture(t, setup, NULL);
	tcase_add_test(t, the_leaf_hash_of_nothing_is_that_of_rfc_6962);
	tcase_add_test(t, every_leaf_of_every_tree_is_included);
	tcase_add_test(t, an_inclusion_proof_with_any_change_is_refused);
	tcase_add_test(t, an_index_outside_of_the_tree_is_malformed);
	tcase_add_test(t, every_tree_is_consistent_with_every_older_one);
	tcase_add_test(t, a_consistency_proof_with_any_change_is_refused);
	tcase_add_test(t, an_empty_or_larger_old_tree_is_malformed);
}
CHECK_MAIN("merkle", fill)
