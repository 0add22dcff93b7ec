/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "report.h"

static struct stella_report *new_report(struct stella_evidence *evidence, struct stella_dsse *dsse)
{
	dsse->signature_count = 2;
	evidence->dsse = dsse;
	return stella_report_new(evidence, 1790000000);
}

START_TEST(steps_stand_in_their_order_and_keep_their_texts)
{
	struct stella_evidence evidence = { 0 };
	struct stella_dsse dsse = { 0 };
	struct stella_report *report = new_report(&evidence, &dsse);

	for (int i = 0; i < 20; i++)
		stella_report_step(report, "key", STELLA_STEP_OK, 1, "keys/a.json", "step %d", i);
	stella_report_failure(report, "chain", 2, NULL, stella_error(STELLA_CHAIN_INVALID, "no link"));
	ck_assert_uint_eq(report->step_count, 21);
	ck_assert_str_eq(report->steps[19].text, "step 19");
	ck_assert_str_eq(report->steps[19].object, "keys/a.json");
	ck_assert_int_eq(report->steps[20].result, STELLA_STEP_FAIL);
	ck_assert_int_eq(report->steps[20].code, STELLA_CHAIN_INVALID);
	ck_assert_uint_eq(report->steps[20].signature, 2);
	ck_assert_ptr_null(report->steps[20].object);
	ck_assert_uint_eq(report->signature_count, 2);
	ck_assert_uint_eq(report->signatures[1].index, 1);
	stella_report_free(report);
	stella_report_free(NULL);
}
END_TEST

START_TEST(issuers_and_records_are_named_once)
{
	struct stella_evidence evidence = { 0 };
	struct stella_dsse dsse = { 0 };
	struct stella_report *report = new_report(&evidence, &dsse);
	struct stella_signature_report *signature = &report->signatures[0];

	stella_report_issuer(report, "acme");
	stella_report_issuer(report, "beta");
	stella_report_issuer(report, "acme");
	ck_assert_uint_eq(report->issuer_count, 2);
	stella_report_record(signature, "keys/a.json");
	stella_report_record(signature, "issuers/acme.json");
	stella_report_record(signature, "keys/a.json");
	ck_assert_uint_eq(signature->record_count, 2);
	stella_report_refuse(signature, stella_error(STELLA_KEY_EXPIRED, "key expired"));
	stella_report_refuse(signature, stella_error(STELLA_KEY_REVOKED, "key revoked"));
	ck_assert_int_eq(signature->code, STELLA_KEY_REVOKED);
	ck_assert_str_eq(signature->message, "key revoked");
	stella_report_forget(signature);
	ck_assert_uint_eq(signature->record_count, 0);
	stella_report_free(report);
}
END_TEST

START_TEST(the_first_record_that_cannot_be_used_is_kept_and_all_are_named)
{
	struct stella_evidence evidence = { 0 };
	struct stella_dsse dsse = { 0 };
	struct stella_report *report = new_report(&evidence, &dsse);

	stella_report_trouble(report, "keys/a.json", stella_error(STELLA_POLICY_UNSUPPORTED, "newer"));
	stella_report_trouble(report, "keys/b.json", stella_error(STELLA_MALFORMED, "broken"));
	ck_assert_int_eq(report->trouble.code, STELLA_POLICY_UNSUPPORTED);
	ck_assert_uint_eq(report->step_count, 2);
	ck_assert_int_eq(report->steps[1].result, STELLA_STEP_NOT_CHECKED);
	ck_assert_str_eq(report->steps[1].text, "NOT CHECKED: broken");
	stella_report_free(report);
}
END_TEST

START_TEST(a_refusal_that_came_further_is_more_telling)
{
	static const enum stella_code order[] = { STELLA_REFUSED, STELLA_KEY_UNKNOWN, STELLA_SIGNATURE_MISMATCH,
		STELLA_ANCHOR_MISSING, STELLA_CERT_EXPIRED, STELLA_KEY_EXPIRED, STELLA_KEY_REVOKED, STELLA_ISSUER_UNTRUSTED,
		STELLA_PREDICATE_NOT_ALLOWED, STELLA_SUBJECT_MISMATCH };

	for (size_t i = 1; i < sizeof order / sizeof *order; i++)
		ck_assert_uint_gt(stella_report_rank(order[i]), stella_report_rank(order[i - 1]));
}
END_TEST

START_TEST(every_refusal_has_a_next_command)
{
	for (unsigned code = 0; code < STELLA_CODE_COUNT; code++) {
		const char *hint = stella_code_hint((enum stella_code)code);

		ck_assert_ptr_nonnull(hint);
		if (stella_code_exit((enum stella_code)code) == STELLA_EXIT_REFUSED && code != STELLA_REFUSED)
			ck_assert_msg(strncmp(hint, "stella ", 7) == 0, "%s", stella_code_word((enum stella_code)code));
	}
	ck_assert_str_eq(stella_code_hint(STELLA_INTERNAL), "");
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_test(t, steps_stand_in_their_order_and_keep_their_texts);
	tcase_add_test(t, issuers_and_records_are_named_once);
	tcase_add_test(t, the_first_record_that_cannot_be_used_is_kept_and_all_are_named);
	tcase_add_test(t, a_refusal_that_came_further_is_more_telling);
	tcase_add_test(t, every_refusal_has_a_next_command);
}

CHECK_MAIN("report", fill)
