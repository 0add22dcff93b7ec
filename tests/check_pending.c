/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of approvals against plain bitmaps of 200 items. */
#include "check.h"
#include "pending.h"

#define ITEMS 200
#define SETS 400

static struct stella_pending_item items[ITEMS];
static struct stella_pool memory;
static struct stella_pending_pool pool;
static uint64_t state;

static unsigned pick(unsigned below)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(state >> 33) % below;
}

/* Few targets, keys that share long prefixes. */
static void set_up(void)
{
	state = 1;
	pool.pool = &memory;
	for (unsigned i = 0; i < ITEMS; i++) {
		memset(items[i].key, 0x55, sizeof items[i].key);
		items[i].key[31] = (uint8_t)(i % 7);
		items[i].key[pick(2) ? 63 : 32] = (uint8_t)i;
		memcpy(items[i].approval.target.bytes, items[i].key, 32);
		items[i].index = i;
	}
}

static void tear_down(void)
{
	stella_pool_free(&memory);
	free(pool.list);
	pool = (struct stella_pending_pool){ 0 };
}

static int compare_items(const void *a, const void *b)
{
	return memcmp((*(const struct stella_pending_item *const *)a)->key,
		(*(const struct stella_pending_item *const *)b)->key, STELLA_PENDING_KEY);
}

/* The items of a bitmap in order, and the set's, are the same. */
static void assert_same(const struct stella_pending *set, const bool *has)
{
	const struct stella_pending_item *wanted[ITEMS], *found[ITEMS];
	size_t count = 0;

	for (unsigned i = 0; i < ITEMS; i++) {
		if (has[i])
			wanted[count++] = &items[i];
		ck_assert_ptr_eq(stella_pending_find(set, items[i].key), has[i] ? &items[i] : NULL);
	}
	qsort(wanted, count, sizeof *wanted, compare_items);
	ck_assert_uint_eq(stella_pending_count(set), count);
	stella_pending_list(set, found);
	for (size_t i = 0; i < count; i++)
		ck_assert_ptr_eq(found[i], wanted[i]);
}

static void assert_same_of_targets(const struct stella_pending *set, const bool *has)
{
	for (unsigned target = 0; target < 8; target++) {
		struct stella_sha256 id;
		const struct stella_pending *of;
		size_t count = 0;

		memset(id.bytes, 0x55, sizeof id.bytes);
		id.bytes[31] = (uint8_t)target;
		for (unsigned i = 0; i < ITEMS; i++)
			count += has[i] && i % 7 == target;
		of = stella_pending_of(set, &id);
		ck_assert_uint_eq(stella_pending_count(of), count);
		if (of)
			ck_assert_mem_eq(of->item->key, id.bytes, 32);
	}
}

START_TEST(sets_are_as_plain_ones)
{
	static const struct stella_pending *sets[SETS];
	static bool has[SETS][ITEMS];

	for (unsigned n = 1; n < SETS; n++) {
		unsigned a = pick(n), b = pick(n), i = pick(ITEMS);

		if (pick(3)) {
			sets[n] = stella_pending_add(&pool, sets[a], &items[i]);
			memcpy(has[n], has[a], sizeof has[n]);
			has[n][i] = true;
		} else {
			sets[n] = stella_pending_union(&pool, sets[a], sets[b]);
			for (i = 0; i < ITEMS; i++)
				has[n][i] = has[a][i] || has[b][i];
		}
	}
	for (unsigned n = 0; n < SETS; n++) { /* older ones have not changed */
		assert_same(sets[n], has[n]);
		assert_same_of_targets(sets[n], has[n]);
	}
}
END_TEST

START_TEST(what_adds_nothing_gives_the_same_set)
{
	const struct stella_pending *a = NULL, *b;

	for (unsigned i = 0; i < 50; i++)
		a = stella_pending_add(&pool, a, &items[i]);
	b = stella_pending_add(&pool, NULL, &items[7]);
	ck_assert_ptr_eq(stella_pending_add(&pool, a, &items[7]), a);
	ck_assert_ptr_eq(stella_pending_union(&pool, a, b), a);
	ck_assert_ptr_eq(stella_pending_union(&pool, a, a), a);
	ck_assert_ptr_eq(stella_pending_union(&pool, a, NULL), a);
	ck_assert_ptr_eq(stella_pending_union(&pool, NULL, a), a);
	ck_assert_ptr_null(stella_pending_union(&pool, NULL, NULL));
}
END_TEST

START_TEST(of_two_with_one_key_the_first_set_keeps_its_own)
{
	struct stella_pending_item twin = items[7];
	const struct stella_pending *a = NULL, *b = stella_pending_add(&pool, NULL, &twin);

	for (unsigned i = 0; i < 50; i++)
		a = stella_pending_add(&pool, a, &items[i]);
	b = stella_pending_add(&pool, b, &items[100]);
	ck_assert_ptr_eq(stella_pending_find(stella_pending_union(&pool, a, b), twin.key), &items[7]);
	ck_assert_ptr_eq(stella_pending_find(stella_pending_union(&pool, b, a), twin.key), &twin);
	ck_assert_uint_eq(stella_pending_count(stella_pending_union(&pool, b, a)), 51);
}
END_TEST

START_TEST(ten_thousand_sets_share_what_they_can)
{
	struct stella_pending_item *many = stella_alloc_array(10000, sizeof *many);
	const struct stella_pending *set = NULL;

	for (unsigned i = 0; i < 10000; i++) {
		struct stella_sha256 digest = stella_sha256(stella_span(&i, sizeof i));

		memcpy(many[i].key + 32, digest.bytes, sizeof digest.bytes);
		set = stella_pending_add(&pool, set, &many[i]);
	}
	ck_assert_uint_eq(stella_pending_count(set), 10000);
	ck_assert_uint_lt(pool.count, 10000 * 25);
	free(many);
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, sets_are_as_plain_ones);
	tcase_add_test(t, what_adds_nothing_gives_the_same_set);
	tcase_add_test(t, of_two_with_one_key_the_first_set_keeps_its_own);
	tcase_add_test(t, ten_thousand_sets_share_what_they_can);
}

CHECK_MAIN("pending", fill)
