/* SPDX-License-Identifier: Apache-2.0 */
#include "gate.h"
#include "verdict.h"

#define REQUIRE(text) "{\"version\":1,\"reason\":\"test\",\"requirements\":[{\"name\":\"one\"" text "}]}"
#define SAYING(type, predicate) "{\"_type\":\"https://in-toto.io/Statement/v1\",\"subject\":[" SUBJECT("app/one", A64) "]," \
	"\"predicateType\":\"" type "\",\"predicate\":" predicate "}"
#define BUILT(builder, repository, ref) SAYING(SLSA, "{\"buildDefinition\":{\"buildType\":\"https://b.example/t\"," \
	"\"externalParameters\":{\"source\":\"git+" repository "@" ref "\"}},\"runDetails\":{\"builder\":{\"id\":\"" builder "\"}}}")
#define SUMMARY(result, level, resource) SAYING("https://slsa.dev/verification_summary/v1", "{\"verifier\":{\"id\":\"https://v.example\"}," \
	"\"resourceUri\":\"" resource "\",\"policy\":{\"uri\":\"https://p.example\"},\"verificationResult\":\"" result "\"," \
	"\"verifiedLevels\":[\"" level "\"]}")

#define OLD_SUMMARY(result, level) SAYING("https://slsa.dev/verification_summary/v0.1", "{\"verifier\":{\"id\":\"https://v.example\"}," \
	"\"policy\":{\"uri\":\"https://p.example\"},\"verification_result\":\"" result "\",\"policy_level\":\"" level "\"}")

static struct stella_judged_list list;
static struct stella_digest wanted;
static struct stella_gate *gate;
static struct stella_gate_result *result;

static void start(void)
{
	enter();
	assert_ok(stella_digest_parse(&wanted, A64));
	asked.artifact = &wanted;
	asked.artifact_count = 1;
}

static void stop(void)
{
	stella_gate_result_free(result);
	stella_gate_free(gate);
	stella_judged_free(&list);
	stella_digest_free(&wanted);
	result = NULL;
	gate = NULL;
	leave();
}

static void add(char *text)
{
	struct stella_evidence *one = kit_evidence(text);

	free(text);
	assert_ok(stella_judged_add(&list, one, NULL, world_open(), &asked));
}

static const struct stella_error *ask(const char *text)
{
	stella_gate_result_free(result);
	stella_gate_free(gate);
	assert_ok(stella_gate_parse(&gate, "g", stella_span_str(text)));
	return stella_gate_verify(&result, gate, &list, &asked);
}

#define assert_met(text) assert_ok(ask(REQUIRE(text)))
#define assert_unmet(text) assert_code(ask(REQUIRE(text)), STELLA_GATE_UNMET)

START_TEST(nothing_meets_nothing)
{
	assert_unmet("");
	ck_assert_uint_eq(result->requirement_count, 1);
	ck_assert(!result->requirements[0].met);
	add(envelope_of(&stranger, NULL, PAYLOAD));
	assert_unmet("");
	ck_assert_int_eq(result->requirements[0].why[0].code, STELLA_KEY_UNKNOWN);
	add(good());
	assert_met("");
	ck_assert(result->requirements[0].met);
	ck_assert_str_eq(result->requirements[0].why[1].message, "");
}
END_TEST

START_TEST(all_requirements_must_be_met)
{
	add(good());
	assert_code(ask("{\"version\":1,\"reason\":\"test\",\"requirements\":[{\"name\":\"one\"},{\"name\":\"two\","
		"\"predicate_types\":[\"spdxjson\"]}]}"), STELLA_GATE_UNMET);
	ck_assert(result->requirements[0].met && !result->requirements[1].met);
	add(envelope_of(&beta, NULL, SAYING("https://spdx.dev/Document", "{}")));
	stella_gate_result_free(result);
	assert_ok(stella_gate_verify(&result, gate, &list, &asked));
}
END_TEST

START_TEST(types_are_names_or_uris)
{
	add(good());
	assert_met(",\"predicate_types\":[\"slsaprovenance1\"]");
	assert_met(",\"predicate_types\":[\"spdxjson\",\"" SLSA "\"]");
	assert_unmet(",\"predicate_types\":[\"slsaprovenance02\"]");
}
END_TEST

START_TEST(issuers_are_counted_and_neither_keys_nor_attestations)
{
	add(good());
	add(envelope_of(&acme_too, NULL, PAYLOAD));
	assert_met(",\"signers\":[{\"count\":1,\"issuers\":[\"acme\",\"beta\"]}]");
	assert_unmet(",\"signers\":[{\"count\":2,\"issuers\":[\"acme\",\"beta\"]}]");
	assert_unmet(",\"signers\":[{\"count\":2}]");
	assert_unmet(",\"signers\":[{\"count\":1,\"issuers\":[\"beta\"]}]");
	assert_unmet(",\"signers\":[{\"count\":1,\"issuers\":[\"acme\"]},{\"count\":1,\"issuers\":[\"beta\"]}]");
	add(envelope_of(&beta, NULL, PAYLOAD));
	assert_met(",\"signers\":[{\"count\":2,\"issuers\":[\"acme\",\"beta\"]}]");
	assert_met(",\"signers\":[{\"count\":2}]");
	assert_met(",\"signers\":[{\"count\":1,\"issuers\":[\"acme\"]},{\"count\":1,\"issuers\":[\"beta\"]}]");
	ck_assert_uint_eq(result->requirements[0].counts[0].issuer_count, 1);
}
END_TEST

START_TEST(two_signatures_of_one_attestation_are_two_issuers)
{
	struct kit_sigs sigs = { 0 };

	sign_type(&sigs, &acme, NULL, TYPE, PAYLOAD);
	sign_type(&sigs, &beta, NULL, TYPE, PAYLOAD);
	add(kit_envelope(&sigs, TYPE, PAYLOAD));
	assert_met(",\"signers\":[{\"count\":1,\"issuers\":[\"acme\"]},{\"count\":1,\"issuers\":[\"beta\"]}]");
}
END_TEST

START_TEST(only_the_subject_asked_about_has_a_name_that_counts)
{
	add(envelope_of(&acme, NULL, STATEMENT(SLSA, SUBJECT("app/one", A64) "," SUBJECT("lib/two", B64))));
	assert_met(",\"subjects\":[\"app/*\"]");
	assert_unmet(",\"subjects\":[\"lib/*\"]");
}
END_TEST

START_TEST(a_name_counts_only_where_the_issuer_may_give_it)
{
	static const char payload[] = STATEMENT(SLSA, SUBJECT("app/one", A64) "," SUBJECT("lib/two", A64));
	struct kit_sigs sigs = { 0 };

	world_put("issuers/acme.json", kit_issuer_record("trusted", NAMES("subjects", "app/*")));
	add(envelope_of(&acme, NULL, payload));
	assert_met(",\"subjects\":[\"app/*\"]");
	assert_unmet(",\"subjects\":[\"lib/*\"]");
	ck_assert_ptr_nonnull(strstr(result->requirements[0].why[0].message, "acme may not attest under the name"));
	sign_type(&sigs, &acme, NULL, TYPE, payload);
	sign_type(&sigs, &beta, NULL, TYPE, payload);
	add(kit_envelope(&sigs, TYPE, payload));
	assert_met(",\"subjects\":[\"lib/*\"]"); /* by beta */
	ck_assert_uint_eq(result->requirements[0].counts[0].issuer_count, 1);
	assert_unmet(",\"subjects\":[\"lib/*\"],\"signers\":[{\"count\":2}]");
	assert_met(",\"subjects\":[\"app/*\"],\"signers\":[{\"count\":2}]");
}
END_TEST

START_TEST(a_build_is_by_its_builder_from_its_source)
{
	add(good());
	assert_unmet(",\"slsa\":{}");
	add(envelope_of(&acme, NULL, BUILT("https://b.example/x", "https://s.example/r", "refs/heads/main")));
	assert_met(",\"slsa\":{}");
	assert_met(",\"slsa\":{\"builders\":[\"https://b.example/*\"],\"repositories\":[\"https://s.example/r\"],\"refs\":[\"refs/heads/main\"]}");
	assert_unmet(",\"slsa\":{\"builders\":[\"https://b.example\"]}");
	assert_unmet(",\"slsa\":{\"repositories\":[\"https://s.example/\"]}");
	assert_unmet(",\"slsa\":{\"refs\":[\"refs/tags/*\"]}");
}
END_TEST

START_TEST(a_summary_that_passed_is_of_its_level_and_resource)
{
	add(envelope_of(&acme, NULL, SUMMARY("FAILED", "SLSA_BUILD_LEVEL_3", "pkg:oci/a")));
	assert_unmet(",\"vsa\":{}");
	assert_unmet("");
	ck_assert_int_eq(result->requirements[0].why[0].code, STELLA_REFUSED);
	add(envelope_of(&acme, NULL, SUMMARY("PASSED", "SLSA_BUILD_LEVEL_2", "pkg:oci/b")));
	assert_met(",\"vsa\":{\"levels\":[\"SLSA_BUILD_LEVEL_1\"],\"resources\":[\"pkg:oci/b\"],\"verifiers\":[\"https://v.example\"],"
		"\"policies\":[\"https://p.example\"]}");
	assert_unmet(",\"vsa\":{\"levels\":[\"SLSA_BUILD_LEVEL_3\"]}");
	assert_unmet(",\"vsa\":{\"levels\":[\"SLSA_BUILD_LEVEL_2\",\"SLSA_SOURCE_LEVEL_1\"]}");
	assert_unmet(",\"vsa\":{\"resources\":[\"pkg:oci/a\"]}");
	assert_unmet(",\"vsa\":{\"verifiers\":[\"https://w.example\"]}");
	assert_unmet(",\"vsa\":{\"policies\":[\"https://q.example\"]}");
}
END_TEST

START_TEST(a_summary_of_the_first_version_is_one_too)
{
	add(envelope_of(&acme, NULL, OLD_SUMMARY("FAILED", "SLSA_LEVEL_3")));
	add(envelope_of(&acme, NULL, OLD_SUMMARY("PASSED", "FAILED")));
	add(envelope_of(&acme, NULL, SAYING("https://slsa.dev/verification_summary/v3", "{\"verificationResult\":\"PASSED\"}")));
	assert_unmet("");
	assert_unmet(",\"vsa\":{}");
	for (size_t i = 0; i < 3; i++)
		ck_assert_int_eq(result->requirements[0].why[i].code, STELLA_REFUSED);
	add(envelope_of(&beta, NULL, OLD_SUMMARY("PASSED", "SLSA_LEVEL_3")));
	assert_met("");
	assert_met(",\"vsa\":{\"levels\":[\"SLSA_LEVEL_2\"],\"verifiers\":[\"https://v.example\"],\"policies\":[\"https://p.example\"]}");
	assert_unmet(",\"vsa\":{\"levels\":[\"SLSA_LEVEL_4\"]}");
	assert_unmet(",\"vsa\":{\"resources\":[\"*\"]}"); /* it names none */
}
END_TEST

START_TEST(freshness_counts_verified_times_only)
{
	add(good());
	assert_unmet(",\"max_age\":\"1d\"");
	ck_assert(strstr(result->requirements[0].why[0].message, "no verified time"));
	list.items[0].report->time = NOW - DAY;
	list.items[0].report->time_source = "asked";
	assert_unmet(",\"max_age\":\"1d\"");
	list.items[0].report->time_source = "rfc3161";
	assert_met(",\"max_age\":\"1d\"");
	list.items[0].report->time = NOW - DAY - 1;
	assert_unmet(",\"max_age\":\"1d\"");
	list.items[0].report->time = NOW + 300;
	assert_met(",\"max_age\":\"1d\"");
	list.items[0].report->time = NOW + 301;
	assert_unmet(",\"max_age\":\"1d\"");
}
END_TEST

START_TEST(what_an_issuer_took_back_is_not_its_word_any_more)
{
	struct kit_sigs sigs = { 0 };

	sign_type(&sigs, &acme, NULL, TYPE, SUMMARY("PASSED", "SLSA_BUILD_LEVEL_2", "pkg:a"));
	sign_type(&sigs, &beta, NULL, TYPE, SUMMARY("PASSED", "SLSA_BUILD_LEVEL_2", "pkg:a"));
	add(kit_envelope(&sigs, TYPE, SUMMARY("PASSED", "SLSA_BUILD_LEVEL_2", "pkg:a")));
	add(good());
	add(envelope_of(&acme, NULL, SUMMARY("FAILED", "SLSA_BUILD_LEVEL_2", "pkg:b")));
	assert_met(",\"predicate_types\":[\"vsa\"],\"signers\":[{\"count\":1,\"issuers\":[\"acme\"]}]");
	add(envelope_of(&acme, NULL, SUMMARY("FAILED", "SLSA_BUILD_LEVEL_2", "pkg:a")));
	assert_unmet(",\"predicate_types\":[\"vsa\"],\"signers\":[{\"count\":1,\"issuers\":[\"acme\"]}]");
	ck_assert_ptr_nonnull(strstr(result->requirements[0].why[0].message, "taken back by issuer acme"));
	assert_met(",\"predicate_types\":[\"vsa\"],\"signers\":[{\"count\":1,\"issuers\":[\"beta\"]}]");
	assert_met(",\"predicate_types\":[\"slsaprovenance1\"],\"signers\":[{\"count\":1,\"issuers\":[\"acme\"]}]");
	list.items[0].report->time = NOW - 5;
	list.items[3].report->time = NOW - 6;
	list.items[0].report->time_source = list.items[3].report->time_source = "rfc3161";
	assert_met(",\"predicate_types\":[\"vsa\"],\"signers\":[{\"count\":1,\"issuers\":[\"acme\"]}]");
	list.items[0].report->time = NOW - 6;
	assert_unmet(",\"predicate_types\":[\"vsa\"],\"signers\":[{\"count\":1,\"issuers\":[\"acme\"]}]");
}
END_TEST

START_TEST(what_could_not_be_read_makes_a_no_incomplete_and_a_yes_no_less)
{
	struct stella_sha256 id = stella_sha256(stella_span_str("x"));

	stella_judged_add_unread(&list, &id, NULL, stella_error(STELLA_INCOMPLETE, "gone"));
	assert_code(ask(REQUIRE("")), STELLA_INCOMPLETE);
	add(good());
	assert_met("");
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_checked_fixture(t, start, stop);
	tcase_add_test(t, nothing_meets_nothing);
	tcase_add_test(t, all_requirements_must_be_met);
	tcase_add_test(t, types_are_names_or_uris);
	tcase_add_test(t, issuers_are_counted_and_neither_keys_nor_attestations);
	tcase_add_test(t, two_signatures_of_one_attestation_are_two_issuers);
	tcase_add_test(t, only_the_subject_asked_about_has_a_name_that_counts);
	tcase_add_test(t, a_name_counts_only_where_the_issuer_may_give_it);
	tcase_add_test(t, a_build_is_by_its_builder_from_its_source);
	tcase_add_test(t, a_summary_that_passed_is_of_its_level_and_resource);
	tcase_add_test(t, a_summary_of_the_first_version_is_one_too);
	tcase_add_test(t, freshness_counts_verified_times_only);
	tcase_add_test(t, what_an_issuer_took_back_is_not_its_word_any_more);
	tcase_add_test(t, what_could_not_be_read_makes_a_no_incomplete_and_a_yes_no_less);
}

CHECK_MAIN("gate", fill)
