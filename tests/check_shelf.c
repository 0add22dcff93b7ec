/* SPDX-License-Identifier: Apache-2.0 */
#include "parallel.h"
#include "world.h"

static struct kit_key ed, ec;

static void enter(void)
{
	world_enter();
	ed = KIT_ED25519;
	ec = KIT_P256;
}

static void leave(void)
{
	kit_key_free(&ed);
	kit_key_free(&ec);
	world_leave();
}

static const struct stella_shelved *find(enum stella_shelf_kind kind, const char *name)
{
	const struct stella_shelved *entry;

	assert_ok(stella_shelf_find(&entry, world_shelf(), kind, name));
	return entry;
}

START_TEST(a_record_is_parsed_once)
{
	const struct stella_shelved *const *all, *one;
	size_t count;

	world_put_key(&ed, "acme", NULL);
	world_put_key(&ec, "acme", NULL);
	world_put("issuers/acme.json", kit_issuer_record("trusted", ""));
	one = find(STELLA_SHELF_KEY, ec.id);
	ck_assert_str_eq(one->name, ec.id);
	ck_assert_str_eq(one->record.key->issuer, "acme");
	ck_assert_ptr_null(one->why);
	ck_assert_ptr_eq(find(STELLA_SHELF_KEY, ec.id), one);
	assert_ok(stella_shelf_all(&all, &count, world_shelf(), STELLA_SHELF_KEY));
	ck_assert_uint_eq(count, 2);
	ck_assert_int_lt(strcmp(all[0]->path, all[1]->path), 0);
	ck_assert(all[0] == one || all[1] == one);
	ck_assert_ptr_eq(find(STELLA_SHELF_KEY, ed.id), all[0] == one ? all[1] : all[0]);
	ck_assert_str_eq(find(STELLA_SHELF_ISSUER, "acme")->record.issuer->id, "acme");
	ck_assert_ptr_eq(stella_shelf_trust(world_shelf()), world_open());
}
END_TEST

START_TEST(what_is_not_there_is_none)
{
	static const char *const names[] = { "acme", "", "../acme", "ACME", "acme.json" };
	const struct stella_shelved *const *all;
	size_t count;

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		for (int kind = 0; kind < STELLA_SHELF_COUNT; kind++)
			ck_assert_ptr_null(find((enum stella_shelf_kind)kind, names[i]));
	ck_assert_ptr_null(find(STELLA_SHELF_KEY, ed.id));
	for (int kind = 0; kind < STELLA_SHELF_COUNT; kind++) {
		assert_ok(stella_shelf_all(&all, &count, world_shelf(), (enum stella_shelf_kind)kind));
		ck_assert_uint_eq(count, 0);
	}
}
END_TEST

START_TEST(a_record_that_is_broken_says_why_each_time)
{
	const struct stella_shelved *const *all, *one;
	size_t count;

	world_put("issuers/acme.json", strdup("{}"));
	world_put("issuers/beta.json", kit_issuer_record("trusted", ""));
	for (int i = 0; i < 2; i++) {
		one = find(STELLA_SHELF_ISSUER, "acme");
		ck_assert_ptr_null(one->record.issuer);
		ck_assert_int_eq(one->why->code, STELLA_MALFORMED);
	}
	assert_ok(stella_shelf_all(&all, &count, world_shelf(), STELLA_SHELF_ISSUER));
	ck_assert_uint_eq(count, 2);
	ck_assert_ptr_eq(all[0], one);
	ck_assert_str_eq(all[1]->record.issuer->id, "beta");
}
END_TEST

static void mend(const char *command)
{
	struct stella_buf text = { 0 };

	stella_buf_printf(&text, "cd %s/repo.git && %s", world.dir, command);
	ck_assert_int_eq(system((char *)text.data), 0);
	stella_buf_free(&text);
}

START_TEST(what_could_not_be_read_is_not_remembered_as_absent)
{
	const struct stella_shelved *const *all, *one;
	size_t count;

	world_put_key(&ed, "acme", NULL);
	world_put_key(&ec, "acme", NULL);
	world_shelf();
	mend("mv objects away && mkdir objects && cp -r away/info away/pack objects");
	assert_code(stella_shelf_find(&one, world_shelf(), STELLA_SHELF_KEY, ed.id), STELLA_INCOMPLETE);
	ck_assert_ptr_null(one);
	assert_code(stella_shelf_all(&all, &count, world_shelf(), STELLA_SHELF_KEY), STELLA_INCOMPLETE);
	ck_assert_uint_eq(count, 0);
	mend("rm -r objects && mv away objects");
	assert_ok(stella_shelf_all(&all, &count, world_shelf(), STELLA_SHELF_KEY));
	ck_assert_uint_eq(count, 2);
	ck_assert_ptr_nonnull(find(STELLA_SHELF_KEY, ed.id));
}
END_TEST

static const struct stella_shelved *seen[64];

static void ask(void *context, size_t i)
{
	const struct stella_shelved *const *all;
	const char *id = context;
	size_t count;

	if (i % 2 && stella_shelf_all(&all, &count, world_records, STELLA_SHELF_KEY))
		return;
	if (stella_shelf_find(&seen[i], world_records, STELLA_SHELF_KEY, id))
		seen[i] = NULL;
}

START_TEST(threads_see_the_same_record)
{
	world_put_key(&ed, "acme", NULL);
	world_put_key(&ec, "acme", NULL);
	world_shelf();
	stella_parallel_each(64, 8, ask, ed.id);
	for (size_t i = 0; i < 64; i++) {
		ck_assert_ptr_nonnull(seen[i]);
		ck_assert_ptr_eq(seen[i], seen[0]);
	}
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_checked_fixture(t, enter, leave);
	tcase_add_test(t, a_record_is_parsed_once);
	tcase_add_test(t, what_is_not_there_is_none);
	tcase_add_test(t, a_record_that_is_broken_says_why_each_time);
	tcase_add_test(t, what_could_not_be_read_is_not_remembered_as_absent);
	tcase_add_test(t, threads_see_the_same_record);
}

CHECK_MAIN("shelf", fill)
