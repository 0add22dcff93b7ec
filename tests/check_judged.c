/* SPDX-License-Identifier: Apache-2.0 */
#include "judged.h"
#include "verdict.h"

#define TEST_RESULT(result) "{\"_type\":\"https://in-toto.io/Statement/v1\",\"subject\":[" SUBJECT("app/one", A64) "]," \
	"\"predicateType\":\"https://in-toto.io/attestation/test-result/v0.1\",\"predicate\":{\"result\":\"" result "\"}}"

#define SUMMARY(version, result, policy, resource, more) "{\"_type\":\"https://in-toto.io/Statement/v1\",\"subject\":[" \
	SUBJECT("app/one", A64) "],\"predicateType\":\"https://slsa.dev/verification_summary/" version "\",\"predicate\":{" \
	"\"verifier\":{\"id\":\"https://v.example\"},\"resourceUri\":\"" resource "\",\"policy\":{\"uri\":\"" policy "\"}," \
	"\"verificationResult\":\"" result "\",\"verifiedLevels\":[\"SLSA_BUILD_LEVEL_1\"]" more "}}"

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
	ck_assert(list.items[0].report->trusted && !list.items[0].counts && list.items[0].negative);
	assert_code(stella_judged_verify(&list, &which), STELLA_REFUSED);
	add(envelope_of(&beta, NULL, TEST_RESULT("PASSED")));
	assert_ok(stella_judged_verify(&list, &which)); /* another issuer's word is its own */
}
END_TEST

/* source NULL: no verified time. */
static void set_time(size_t i, int64_t time, const char *source)
{
	list.items[i].report->time = time;
	list.items[i].report->time_source = source ? source : "now";
}

START_TEST(a_failure_stands_unless_what_passed_is_later_by_verified_times_of_both)
{
	static const struct {
		const char *passed, *failed; /* sources of their times */
		int64_t after;               /* passed after failed, seconds */
		bool stands;                 /* what passed */
	} rows[] = {
		{ NULL, NULL, 10, false }, { NULL, "rekor", 10, false }, { "rekor", NULL, 10, false },
		{ "rekor", "rekor", 10, true }, { "rekor", "rekor", 1, true }, { "rekor", "rekor", 0, false },
		{ "rekor", "rekor", -1, false }, { "rfc3161", "recorded", 10, true }, { "recorded", "rfc3161", 10, true },
		{ "recorded", "rfc3161", -10, false }, { "asked", "rekor", 10, false }, { "rekor", "asked", 10, false },
	};
	size_t which;

	add(envelope_of(&acme, NULL, TEST_RESULT("PASSED")));
	add(envelope_of(&acme_too, NULL, TEST_RESULT("FAILED"))); /* by the issuer's other key */
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		set_time(0, NOW - 100 + rows[i].after, rows[i].passed);
		set_time(1, NOW - 100, rows[i].failed);
		if (rows[i].stands) {
			assert_ok(stella_judged_verify(&list, &which));
			ck_assert(!list.items[0].taken_back && !*list.items[0].why.message);
			continue;
		}
		assert_code(stella_judged_verify(&list, &which), STELLA_REFUSED);
		ck_assert(list.items[0].taken_back && !list.items[0].counts);
		ck_assert_ptr_nonnull(strstr(list.items[0].why.message, "taken back by issuer acme"));
	}
}
END_TEST

START_TEST(the_last_of_many_decides_and_any_failure_that_is_not_before_it_stands)
{
	size_t which;

	add(envelope_of(&acme, NULL, TEST_RESULT("PASSED")));
	add(envelope_of(&acme, NULL, TEST_RESULT("FAILED")));
	add(envelope_of(&acme, NULL, TEST_RESULT("WARNED")));
	set_time(0, NOW - 10, "rekor");
	set_time(1, NOW - 30, "rekor");
	set_time(2, NOW - 20, "rekor");
	assert_ok(stella_judged_verify(&list, &which));
	set_time(2, NOW - 5, "rekor");
	assert_code(stella_judged_verify(&list, &which), STELLA_REFUSED);
	ck_assert_ptr_nonnull(strstr(list.items[0].why.message, "WARNED"));
	set_time(2, NOW - 20, NULL);
	assert_code(stella_judged_verify(&list, &which), STELLA_REFUSED);
}
END_TEST

START_TEST(a_copy_of_what_passed_that_is_stamped_anew_is_not_later)
{
	struct kit_sigs sigs = { 0 };
	size_t which;

	add(envelope_of(&acme, NULL, TEST_RESULT("PASSED")));
	add(envelope_of(&acme, NULL, TEST_RESULT("FAILED")));
	set_time(0, NOW - 100, "rekor");
	set_time(1, NOW - 50, "rekor");
	/* the same statement by the same issuer in another envelope, which anybody could have made of the first */
	sign_type(&sigs, &acme, NULL, TYPE, TEST_RESULT("PASSED"));
	sign_type(&sigs, &stranger, NULL, TYPE, TEST_RESULT("PASSED"));
	add(kit_envelope(&sigs, TYPE, TEST_RESULT("PASSED")));
	ck_assert_uint_eq(list.count, 3);
	set_time(2, NOW - 10, "rekor");
	assert_code(stella_judged_verify(&list, &which), STELLA_REFUSED);
	ck_assert(!list.items[2].counts);
	/* nor is a failure: it was said when it was first said */
	set_time(0, NOW - 20, "rekor");
	add(envelope_of(&acme_too, NULL, TEST_RESULT("FAILED")));
	set_time(3, NOW - 5, "rekor");
	assert_ok(stella_judged_verify(&list, &which));
}
END_TEST

START_TEST(who_is_not_trusted_takes_nothing_back)
{
	size_t which;

	add(envelope_of(&acme, NULL, TEST_RESULT("PASSED")));
	add(envelope_of(&stranger, NULL, TEST_RESULT("FAILED")));
	add(envelope_of(&beta, NULL, TEST_RESULT("FAILED")));
	add(envelope_of(&acme, NULL, "{\"_type\":\"https://in-toto.io/Statement/v1\",\"subject\":[" SUBJECT("app/one", B64) "],"
		"\"predicateType\":\"https://in-toto.io/attestation/test-result/v0.1\",\"predicate\":{\"result\":\"FAILED\"}}"));
	add(envelope_of(&acme, NULL, "{\"_type\":\"https://in-toto.io/Statement/v1\",\"subject\":[" SUBJECT("app/one", A64) "],"
		"\"predicateType\":\"https://in-toto.io/attestation/test-result/v0.1\",\"predicate\":{}}"));
	assert_ok(stella_judged_verify(&list, &which));
	ck_assert(list.items[0].counts && !list.items[0].taken_back);
}
END_TEST

START_TEST(whoever_signed_beside_stands_by_it)
{
	struct kit_sigs sigs = { 0 };
	size_t which;

	sign_type(&sigs, &acme, NULL, TYPE, TEST_RESULT("PASSED"));
	sign_type(&sigs, &beta, NULL, TYPE, TEST_RESULT("PASSED"));
	add(kit_envelope(&sigs, TYPE, TEST_RESULT("PASSED")));
	stella_judged_settle(&list);
	ck_assert_uint_eq(list.items[0].issuer_count, 2);
	add(envelope_of(&acme, NULL, TEST_RESULT("FAILED")));
	assert_ok(stella_judged_verify(&list, &which));
	ck_assert_uint_eq(list.items[0].issuer_count, 1);
	ck_assert_str_eq(list.items[0].issuers[0], "beta");
	add(envelope_of(&beta, NULL, TEST_RESULT("FAILED")));
	assert_code(stella_judged_verify(&list, &which), STELLA_REFUSED);
}
END_TEST

START_TEST(a_summary_takes_back_one_for_the_same_policy_and_resource)
{
	size_t which;

	add(envelope_of(&acme, NULL, SUMMARY("v1", "PASSED", "https://p", "pkg:a", "")));
	add(envelope_of(&acme, NULL, SUMMARY("v1", "FAILED", "https://q", "pkg:a", "")));
	add(envelope_of(&acme, NULL, SUMMARY("v1", "FAILED", "https://p", "pkg:b", "")));
	add(envelope_of(&acme, NULL, TEST_RESULT("FAILED")));
	assert_ok(stella_judged_verify(&list, &which));
	add(envelope_of(&acme, NULL, SUMMARY("v1", "FAILED", "https://p", "pkg:a", "")));
	assert_code(stella_judged_verify(&list, &which), STELLA_REFUSED);
	add(envelope_of(&acme, NULL, SUMMARY("v1", "PASSED", "https://p", "pkg:a", ",\"x\":1")));
	assert_code(stella_judged_verify(&list, &which), STELLA_REFUSED);
	set_time(4, NOW - 50, "rekor");
	set_time(5, NOW - 40, "rekor");
	assert_ok(stella_judged_verify(&list, &which));
	ck_assert(!list.items[0].counts && list.items[5].counts);
	/* one that does not say of what speaks of any */
	add(envelope_of(&acme, NULL, SUMMARY("v1", "FAILED", "", "pkg:c", "")));
	assert_code(stella_judged_verify(&list, &which), STELLA_REFUSED);
	set_time(6, NOW - 45, "rekor");
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
	tcase_add_test(t, a_failure_stands_unless_what_passed_is_later_by_verified_times_of_both);
	tcase_add_test(t, the_last_of_many_decides_and_any_failure_that_is_not_before_it_stands);
	tcase_add_test(t, a_copy_of_what_passed_that_is_stamped_anew_is_not_later);
	tcase_add_test(t, who_is_not_trusted_takes_nothing_back);
	tcase_add_test(t, whoever_signed_beside_stands_by_it);
	tcase_add_test(t, a_summary_takes_back_one_for_the_same_policy_and_resource);
	tcase_add_test(t, nothing_and_what_could_not_be_read_are_no_yes);
	tcase_add_test(t, there_is_a_limit);
}

CHECK_MAIN("judged", fill)
