/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "check.h"
#include "summary.h"

#define SHA "\"c7c5c1d70c5dec4416ab6158afd0b223ef40c29b1dc1f97ed9428b94d4cadb1c\""

static struct stella_statement *statement;

static void forget(void)
{
	stella_statement_free(statement);
	statement = NULL;
}

static const struct stella_statement *say(const char *type, const char *predicate)
{
	struct stella_buf text = { 0 };

	forget();
	stella_buf_printf(&text, "{\"_type\":\"https://in-toto.io/Statement/v1\",\"subject\":[{\"digest\":{\"sha256\":" SHA
		"}}],\"predicateType\":\"%s\"%s%s}", type, *predicate ? ",\"predicate\":" : "", predicate);
	assert_ok(stella_statement_parse(&statement, stella_buf_span(&text)));
	stella_buf_free(&text);
	return statement;
}

START_TEST(a_type_without_a_result_speaks_for_its_subject)
{
	assert_ok(stella_summary_verify_positive(say("https://slsa.dev/provenance/v1", "{}")));
	assert_ok(stella_summary_verify_positive(say("https://slsa.dev/provenance/v1", "")));
	assert_ok(stella_summary_verify_positive(say("https://example.org/p", "{\"result\":\"FAILED\"}")));
}
END_TEST

START_TEST(a_result_is_exactly_passed_or_no_good)
{
	static const char *const types[][2] = {
		{ STELLA_SUMMARY_V1, "verificationResult" },
		{ STELLA_SUMMARY_V02, "verification_result" },
		{ STELLA_SUMMARY_V01, "verification_result" },
		{ STELLA_TEST_RESULT, "result" },
	};
	static const struct { const char *value; enum stella_code code; } bad[] = {
		{ "\"FAILED\"", STELLA_REFUSED }, { "\"WARNED\"", STELLA_REFUSED }, { "\"passed\"", STELLA_REFUSED },
		{ "\"PASSED \"", STELLA_REFUSED }, { "\"\"", STELLA_REFUSED }, { "true", STELLA_MALFORMED },
		{ "null", STELLA_MALFORMED }, { "[\"PASSED\"]", STELLA_MALFORMED }, { "{}", STELLA_MALFORMED },
	};
	char predicate[200];

	for (size_t t = 0; t < sizeof types / sizeof *types; t++) {
		snprintf(predicate, sizeof predicate, "{\"%s\":\"PASSED\"}", types[t][1]);
		assert_ok(stella_summary_verify_positive(say(types[t][0], predicate)));
		for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
			snprintf(predicate, sizeof predicate, "{\"%s\":%s}", types[t][1], bad[i].value);
			assert_code(stella_summary_verify_positive(say(types[t][0], predicate)), bad[i].code);
		}
		assert_code(stella_summary_verify_positive(say(types[t][0], "{\"other\":\"PASSED\"}")), STELLA_MALFORMED);
		assert_code(stella_summary_verify_positive(say(types[t][0], "")), STELLA_MALFORMED);
	}
}
END_TEST

START_TEST(a_level_can_say_that_it_failed)
{
	static const char *const old[] = { STELLA_SUMMARY_V01, STELLA_SUMMARY_V02 };

	for (size_t i = 0; i < 2; i++) {
		assert_ok(stella_summary_verify_positive(say(old[i], "{\"verification_result\":\"PASSED\",\"policy_level\":\"SLSA_LEVEL_3\"}")));
		assert_code(stella_summary_verify_positive(say(old[i], "{\"verification_result\":\"PASSED\",\"policy_level\":\"FAILED\"}")),
			STELLA_REFUSED);
		/* of another version's names nobody knows who reads them */
		assert_code(stella_summary_verify_positive(say(old[i], "{\"verificationResult\":\"PASSED\"}")), STELLA_MALFORMED);
	}
	assert_ok(stella_summary_verify_positive(say(STELLA_SUMMARY_V1, "{\"verificationResult\":\"PASSED\",\"verifiedLevels\":"
		"[\"SLSA_BUILD_LEVEL_1\",\"FAILED_BEFORE\",[\"FAILED\"],5]}")));
	assert_code(stella_summary_verify_positive(say(STELLA_SUMMARY_V1, "{\"verificationResult\":\"PASSED\",\"verifiedLevels\":"
		"[\"SLSA_BUILD_LEVEL_1\",\"FAILED\"]}")), STELLA_REFUSED);
}
END_TEST

START_TEST(a_version_that_is_not_known_speaks_for_nothing)
{
	static const char *const unknown[] = { "https://slsa.dev/verification_summary/v0.3", "https://slsa.dev/verification_summary/v1-rc1",
		"https://slsa.dev/verification_summary/v1.0", "https://slsa.dev/verification_summary/v2", "https://slsa.dev/verification_summary",
		"https://slsa.dev/verification_summary/", "https://in-toto.io/attestation/test-result/v0.2" };

	for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++)
		assert_code(stella_summary_verify_positive(say(unknown[i], "{\"verificationResult\":\"PASSED\",\"verification_result\":"
			"\"PASSED\",\"result\":\"PASSED\"}")), STELLA_REFUSED);
	assert_ok(stella_summary_verify_positive(say("https://slsa.dev/verification_summary_of_mine/v1", "{}")));
}
END_TEST

#define V1(resource, levels) "{\"verifier\":{\"id\":\"https://v.example\"},\"resourceUri\":" resource ",\"policy\":{\"uri\":" \
	"\"https://p.example\"},\"verifiedLevels\":" levels ",\"verificationResult\":\"PASSED\"}"

START_TEST(a_summary_names_verifier_resource_policy_and_levels)
{
	static const char *const bad[] = { "{}", V1("5", "[]"), V1("\"r\"", "\"SLSA_BUILD_LEVEL_1\""), V1("\"r\"", "[5]"),
		"{\"verifier\":{\"id\":\"\"}}", "{\"verifier\":\"v\"}" };
	struct stella_summary *s;

	assert_ok(stella_summary_parse(&s, say(STELLA_SUMMARY_V1, V1("\"pkg:oci/a\"", "[\"SLSA_BUILD_LEVEL_2\",\"OWN\"]"))));
	ck_assert_str_eq(s->verifier, "https://v.example");
	ck_assert_str_eq(s->resource, "pkg:oci/a");
	ck_assert_str_eq(s->policy, "https://p.example");
	ck_assert(stella_summary_has_level(s, "SLSA_BUILD_LEVEL_2"));
	ck_assert(stella_summary_has_level(s, "SLSA_BUILD_LEVEL_1"));
	ck_assert(stella_summary_has_level(s, "OWN"));
	ck_assert(!stella_summary_has_level(s, "SLSA_BUILD_LEVEL_3"));
	ck_assert(!stella_summary_has_level(s, "SLSA_SOURCE_LEVEL_1"));
	ck_assert(!stella_summary_has_level(s, "OW"));
	ck_assert(!stella_summary_has_level(s, ""));
	stella_summary_free(s);
	assert_ok(stella_summary_parse(&s, say(STELLA_SUMMARY_V02, "{\"verifier\":{\"id\":\"v\"},\"resource_uri\":\"r\","
		"\"policy\":{\"uri\":\"p\"},\"policy_level\":\"SLSA_LEVEL_3\"}")));
	ck_assert(stella_summary_has_level(s, "SLSA_LEVEL_3") && !stella_summary_has_level(s, "SLSA_BUILD_LEVEL_1"));
	stella_summary_free(s);
	assert_ok(stella_summary_parse(&s, say(STELLA_SUMMARY_V01, "{\"verifier\":{\"id\":\"v\"},\"policy\":{\"uri\":\"p\"},"
		"\"resource_uri\":\"r\",\"policy_level\":\"SLSA_LEVEL_2\"}")));
	ck_assert(!s->resource && stella_summary_has_level(s, "SLSA_LEVEL_2") && !stella_summary_has_level(s, "SLSA_LEVEL_3"));
	stella_summary_free(s);
	assert_code(stella_summary_parse(&s, say(STELLA_SUMMARY_V01, "{\"verifier\":{\"id\":\"v\"}}")), STELLA_MALFORMED);
	assert_code(stella_summary_parse(&s, say("https://slsa.dev/verification_summary/v2", "{}")), STELLA_REFUSED);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_code(stella_summary_parse(&s, say(STELLA_SUMMARY_V1, bad[i])), STELLA_MALFORMED);
	assert_code(stella_summary_parse(&s, say(STELLA_SUMMARY_V1, "")), STELLA_MALFORMED);
	assert_code(stella_summary_parse(&s, say(STELLA_TEST_RESULT, "{}")), STELLA_REFUSED);
	ck_assert_ptr_null(s);
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_checked_fixture(t, NULL, forget);
	tcase_add_test(t, a_type_without_a_result_speaks_for_its_subject);
	tcase_add_test(t, a_summary_names_verifier_resource_policy_and_levels);
	tcase_add_test(t, a_level_can_say_that_it_failed);
	tcase_add_test(t, a_version_that_is_not_known_speaks_for_nothing);
	tcase_add_test(t, a_result_is_exactly_passed_or_no_good);
}

CHECK_MAIN("summary", fill)
