/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "suppose.h"
#include "trustkit.h"

static bool count_path(void *context, const char *path)
{
	ck_assert_int_eq(strncmp(path, "issuers/", 8), 0);
	++*(size_t *)context;
	return true;
}

static struct stella_trust *present, *supposed;

static void set_up(void)
{
	enter();
	assert_ok(load(&present));
}

static void tear_down(void)
{
	stella_trust_free(supposed);
	stella_trust_free(present);
	supposed = present = NULL;
	leave();
}

START_TEST(a_tree_is_read_as_if_it_were_in_force)
{
	struct stella_oid tree = testrepo_tree(&t, &t.tip, "issuers/ci.json", "ci 1", "issuers/new.json", "n", "keys/a.json",
		NULL, NULL);
	struct stella_sha256 id = testrepo_successor(&t, &t.tip, &tree);
	struct stella_buf text = { 0 };
	size_t count = 0;

	assert_ok(stella_trust_suppose(&supposed, present, &tree));
	ck_assert(stella_sha256_equal(&supposed->state->id, &id));
	ck_assert_uint_eq(supposed->state->number, present->state->number + 1);
	assert_ok(stella_trust_read(&text, supposed, "issuers/ci.json"));
	assert_span_is(stella_buf_span(&text), "ci 1");
	stella_buf_free(&text);
	assert_code(stella_trust_read(&text, supposed, "keys/a.json"), STELLA_NOT_FOUND);
	ck_assert(stella_trust_has(supposed, "issuers/new.json"));
	ck_assert(!stella_trust_has(supposed, "keys/a.json"));
	assert_ok(stella_trust_each(supposed, "issuers/", count_path, &count));
	ck_assert_uint_eq(count, 2);
	/* What is in force stays as it is. */
	assert_ok(stella_trust_read(&text, present, "issuers/ci.json"));
	assert_span_is(stella_buf_span(&text), "ci 0");
	stella_buf_free(&text);
	ck_assert(stella_trust_has(present, "keys/a.json"));
}
END_TEST

START_TEST(nothing_of_it_is_believed_or_remembered)
{
	struct stella_oid tree = testrepo_tree(&t, &t.tip, "issuers/ci.json", "ci 1", NULL);
	const struct stella_state *since;

	assert_ok(stella_trust_suppose(&supposed, present, &tree));
	ck_assert(supposed->supposed);
	ck_assert(!present->supposed);
	ck_assert(!supposed->remembers);
	ck_assert(!stella_trust_on_chain(supposed, &supposed->state->id));
	assert_code(stella_trust_since(&since, supposed, "issuers/ci.json"), STELLA_INTERNAL);
}
END_TEST

START_TEST(a_tree_that_can_never_be_in_force_is_refused)
{
	struct stella_oid tree = testrepo_tree(&t, &t.tip, "policy.json", NULL, NULL), none = { { 7 } };

	assert_code(stella_trust_suppose(&supposed, present, &tree), STELLA_MALFORMED);
	tree = testrepo_tree(&t, &t.tip, "policy.json", "{}", NULL);
	assert_code(stella_trust_suppose(&supposed, present, &tree), STELLA_MALFORMED);
	assert_code(stella_trust_suppose(&supposed, present, &none), STELLA_INCOMPLETE);
	ck_assert_ptr_null(supposed);
}
END_TEST

static void fill(TCase *tc)
{
	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, a_tree_is_read_as_if_it_were_in_force);
	tcase_add_test(tc, nothing_of_it_is_believed_or_remembered);
	tcase_add_test(tc, a_tree_that_can_never_be_in_force_is_refused);
}

CHECK_MAIN("suppose", fill)
