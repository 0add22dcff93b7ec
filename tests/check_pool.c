/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "pool.h"

struct item {
	uint8_t id[20];
	unsigned value;
};

START_TEST(what_comes_from_a_pool_is_zeroed_aligned_and_apart)
{
	struct stella_pool pool = { 0 };
	uint8_t *last = NULL;

	for (size_t size = 1; size < 3000; size += 7) {
		uint8_t *at = stella_pool_alloc(&pool, size);

		ck_assert_uint_eq((uintptr_t)at % 16, 0);
		for (size_t i = 0; i < size; i++)
			ck_assert_uint_eq(at[i], 0);
		memset(at, 0xff, size);
		ck_assert_ptr_ne(at, last);
		last = at;
	}
	memset(stella_pool_alloc(&pool, 1 << 20), 1, 1 << 20);
	stella_pool_free(&pool);
	ck_assert_ptr_null(pool.chunks);
	stella_pool_free(&pool);
}
END_TEST

START_TEST(a_map_finds_what_was_added_and_nothing_else)
{
	enum { COUNT = 5000 };
	struct item *items = stella_alloc_array(2 * COUNT, sizeof *items);
	struct stella_idmap map = { .id_size = sizeof items->id };

	ck_assert_ptr_null(stella_idmap_find(&map, items[0].id));
	for (unsigned i = 0; i < 2 * COUNT; i++) {
		items[i].value = i;
		memcpy(items[i].id, &i, sizeof i);               /* the last bytes count too */
		memcpy(items[i].id + 16, &i, sizeof i);
	}
	for (unsigned i = 0; i < COUNT; i++)
		stella_idmap_add(&map, &items[i]);
	ck_assert_uint_eq(map.count, COUNT);
	for (unsigned i = 0; i < 2 * COUNT; i++)
		ck_assert_ptr_eq(stella_idmap_find(&map, items[i].id), i < COUNT ? &items[i] : NULL);
	stella_idmap_free(&map);
	ck_assert_ptr_null(stella_idmap_find(&map, items[0].id));
	free(items);
}
END_TEST

START_TEST(ids_that_begin_alike_are_told_apart)
{
	struct item items[200] = { { { 0 }, 0 } };
	struct stella_idmap map = { .id_size = sizeof items->id };

	for (unsigned i = 0; i < 200; i++) {
		items[i].id[19] = (uint8_t)i;
		stella_idmap_add(&map, &items[i]);
	}
	for (unsigned i = 0; i < 200; i++)
		ck_assert_ptr_eq(stella_idmap_find(&map, items[i].id), &items[i]);
	stella_idmap_free(&map);
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_test(t, what_comes_from_a_pool_is_zeroed_aligned_and_apart);
	tcase_add_test(t, a_map_finds_what_was_added_and_nothing_else);
	tcase_add_test(t, ids_that_begin_alike_are_told_apart);
}

CHECK_MAIN("pool", fill)
