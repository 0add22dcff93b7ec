/* SPDX-License-Identifier: Apache-2.0 */
#include "judged.h"
#include "verdict.h"

#define TEST_RESULT(result) "{\"_type\":\"https://in-toto.io/Statement/v1\",\"subject\":[" SUBJECT("app/one", A64) "]," \
	"\"predicateType\":\"https://in-toto.io/attestation/test-result/v0.1\",\"predicate\":{\"result\":\"" result "\"}}"

static struct stella_judged_list list;
static struct stella_digest wanted;

static void start(void)
{
	enter();
	assert_ok(stella_digest_parse(&wanted, A64));
	asked.artifact = &wanted;
	asked.artifact_count = 1;
}

static void stop(void)
{
	stella_judged_free(&list);
	stella_digest_free(&wanted);
	leave();
}

static void add(char *text)
{
	struct stella_evidence *one = kit_evidence(text);

	free(text);
	assert_ok(stella_judged_add(&list, one, NULL, world_open(), &asked));
}

START_TEST(one_that_counts_is_enough_whatever_else_there_is)
{
	size_t which;

	add(envelope_of(&stranger, NULL, PAYLOAD));
	assert_code(stella_judged_verify(&list, &which), STELLA_KEY_UNKNOWN);
	ck_assert_uint_eq(which, 0);
	add(good());
	assert_ok(stella_judged_verify(&list, &which));
	ck_assert_uint_eq(list.count, 2);
	ck_assert(!list.items[0].counts && list.items[1].counts);
	ck_assert_str_eq(list.items[1].report->issuers[0], "acme");
}
END_TEST

START_TEST(the_same_one_is_judged_once)
{
	struct stella_evidence *one;
	char *text = good();

	for (int i = 0; i < 3; i++) {
		one = kit_evidence(text);
		assert_ok(stella_judged_add(&list, one, "file", world_open(), &asked));
	}
	free(text);
	ck_assert_uint_eq(list.count, 1);
	ck_assert(stella_judged_has(&list, &list.items[0].id));
	ck_assert_str_eq(list.items[0].source, "file");
}
END_TEST

START_TEST(the_nearest_reason_is_given_and_its_item)
{
	size_t which;

	add(envelope_of(&stranger, NULL, PAYLOAD));
	add(envelope_of(&acme, NULL, STATEMENT(SLSA, SUBJECT("app/one", B64))));
	add(envelope_of(&stranger, NULL, STATEMENT("https://example.org/x", SUBJECT("app/one", A64))));
	assert_code(stella_judged_verify(&list, &which), STELLA_SUBJECT_MISMATCH);
	ck_assert_uint_eq(which, 1);
	ck_assert(strstr(stella_judged_verify(&list, &which)->message, "the nearest of 3; none counts"));
}
END_TEST

START_TEST(a_negative_result_does_not_count_though_it_is_trusted)
{
	size_t which;

	add(envelope_of(&acme, NULL, TEST_RESULT("FAILED")));
	ck_assert(list.items[0].report->trusted && !list.items[0].counts);
	assert_code(stella_judged_verify(&list, &which), STELLA_REFUSED);
	add(envelope_of(&acme, NULL, TEST_RESULT("PASSED")));
	assert_ok(stella_judged_verify(&list, &which));
}
END_TEST

START_TEST(nothing_and_what_could_not_be_read_are_no_yes)
{
	struct stella_sha256 id = stella_sha256(stella_span_str("x"));
	const struct stella_error *err;
	size_t which;

	assert_code(stella_judged_verify(&list, &which), STELLA_NO_ATTESTATION);
	ck_assert_uint_eq(which, 0);
	add(envelope_of(&stranger, NULL, PAYLOAD));
	err = stella_error(STELLA_INCOMPLETE, "gone");
	stella_judged_add_unread(&list, &id, NULL, err);
	assert_code(stella_judged_verify(&list, &which), STELLA_INCOMPLETE);
	ck_assert_uint_eq(which, 1);
	add(good());
	assert_ok(stella_judged_verify(&list, &which));
}
END_TEST

START_TEST(there_is_a_limit)
{
	struct stella_sha256 id = { { 0 } };
	struct stella_evidence *one;
	char *text = good();

	for (uint32_t i = 0; i < STELLA_JUDGED_MAX; i++) {
		memcpy(id.bytes, &i, sizeof i);
		stella_judged_add_unread(&list, &id, NULL, stella_error(STELLA_MALFORMED, "x"));
	}
	one = kit_evidence(text);
	assert_code(stella_judged_add(&list, one, NULL, world_open(), &asked), STELLA_LIMIT);
	stella_judged_free(&list);
	list.bytes = STELLA_JUDGED_BYTES_MAX - 1;
	one = kit_evidence(text);
	assert_code(stella_judged_add(&list, one, NULL, world_open(), &asked), STELLA_LIMIT);
	free(text);
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_checked_fixture(t, start, stop);
	tcase_add_test(t, one_that_counts_is_enough_whatever_else_there_is);
	tcase_add_test(t, the_same_one_is_judged_once);
	tcase_add_test(t, the_nearest_reason_is_given_and_its_item);
	tcase_add_test(t, a_negative_result_does_not_count_though_it_is_trusted);
	tcase_add_test(t, nothing_and_what_could_not_be_read_are_no_yes);
	tcase_add_test(t, there_is_a_limit);
}

CHECK_MAIN("judged", fill)
