/* SPDX-License-Identifier: Apache-2.0 */
/* Which times count: of log entries and of timestamps, by authorities in their windows (threats: A5 to A7, A10, D3). */
#include "bundlekit.h"
#include "tokens.h"

#define STAMPED 1735732800 /* the tokens of tests/data/tsp */

/* Roots of one or two authorities, from the certificates of a kit. */
struct authorities {
	struct token_kit kit;
	struct stella_cert *certs[2][3];
	struct stella_authority tsas[2];
	struct stella_trustroot root;
};

static void open_authorities(struct authorities *a, size_t count)
{
	*a = (struct authorities){ .kit = load_token_kit() };
	for (size_t i = 0; i < 2; i++) {
		a->certs[i][0] = i ? a->kit.twin : a->kit.tsa;
		a->certs[i][1] = a->kit.inter;
		a->certs[i][2] = a->kit.root;
		a->tsas[i] = (struct stella_authority){
			.certs = a->certs[i], .cert_count = 3, .window = { INT64_MIN, INT64_MAX },
		};
	}
	a->root = (struct stella_trustroot){ .tsas = a->tsas, .tsa_count = count };
}

static const struct stella_error *stamp(struct authorities *a, const char *token, struct stella_sigstore_time *out)
{
	struct stella_buf der = find_token(token);
	const struct stella_error *err = stella_sigstore_verify_stamp(out, &a->root, TOKEN_MESSAGE, stella_buf_span(&der));

	ck_assert(!err == (out->source != NULL));
	stella_buf_free(&der);
	return err;
}

START_TEST(a_stamp_is_by_an_authority_of_the_root_in_its_window)
{
	struct stella_sigstore_time time;
	struct authorities a;
	char uri[] = "https://tsa.example";

	open_authorities(&a, 1);
	a.tsas[0].uri = uri;
	assert_ok(stamp(&a, "plain", &time));
	ck_assert_int_eq(time.time, STAMPED);
	ck_assert_str_eq(time.source, "rfc3161");
	ck_assert_str_eq(time.authority, uri);
	assert_ok(stamp(&a, "no-certs", &time));
	a.tsas[0].window = (struct stella_window){ STAMPED, STAMPED };
	assert_ok(stamp(&a, "plain", &time));
	a.tsas[0].window = (struct stella_window){ STAMPED + 1, INT64_MAX };
	assert_code(stamp(&a, "plain", &time), STELLA_TIMESTAMP_INVALID);
	a.tsas[0].window = (struct stella_window){ INT64_MIN, STAMPED - 1 };
	assert_code(stamp(&a, "plain", &time), STELLA_TIMESTAMP_INVALID);
	a.root.tsa_count = 0;
	assert_code(stamp(&a, "plain", &time), STELLA_TIMESTAMP_INVALID);
	free_token_kit(&a.kit);
}
END_TEST

START_TEST(a_retired_authority_does_not_borrow_the_window_of_another_under_its_root)
{
	struct stella_sigstore_time time;
	struct authorities a;

	open_authorities(&a, 2);
	assert_ok(stamp(&a, "plain", &time));
	a.tsas[0].window.end = STAMPED - 1;
	assert_code(stamp(&a, "plain", &time), STELLA_TIMESTAMP_INVALID);
	assert_ok(stamp(&a, "twin-signs", &time)); /* with the issuer and serial of the retired one, by the other's key */
	a.certs[1][0] = a.kit.inter; /* the other names no signer: whoever its intermediate certifies */
	assert_ok(stamp(&a, "plain", &time));
	a.tsas[1].cert_count = 0;
	free_token_kit(&a.kit);
}
END_TEST

START_TEST(a_lone_root_vouches_for_embedded_certificates_only)
{
	struct stella_sigstore_time time;
	struct authorities a;

	open_authorities(&a, 1);
	a.tsas[0].certs = &a.certs[0][2];
	a.tsas[0].cert_count = 1;
	assert_code(stamp(&a, "no-certs", &time), STELLA_TIMESTAMP_INVALID);
	assert_ok(stamp(&a, "decoy-first", &time));
	a.tsas[0].certs = &a.kit.other_root;
	assert_code(stamp(&a, "decoy-first", &time), STELLA_TIMESTAMP_INVALID);
	free_token_kit(&a.kit);
}
END_TEST

START_TEST(what_cannot_be_read_is_malformed)
{
	struct stella_sigstore_time time;
	struct authorities a;

	open_authorities(&a, 1);
	assert_code(stella_sigstore_verify_stamp(&time, &a.root, TOKEN_MESSAGE, stella_span_str("0")), STELLA_MALFORMED);
	assert_code(stella_sigstore_verify_stamp(&time, &a.root, stella_span_str("x"), stella_span_str("")), STELLA_MALFORMED);
	free_token_kit(&a.kit);
}
END_TEST

static struct stella_json *stamps(struct kit *kit)
{
	return stella_json_edit(stella_json_edit(material(kit), "timestampVerificationData"), "rfc3161Timestamps");
}

START_TEST(a_stamp_that_does_not_verify_counts_for_nothing_and_is_told)
{
	struct kit *kit = open_kit(INTOTO), *other = open_kit(REKOR2);

	assert_ok(verify(kit));
	ck_assert_uint_eq(kit->result.time_count, 2);
	ck_assert_uint_eq(kit->result.stamps_not_counted, 0);
	stella_json_add(stamps(kit), stella_json_copy(stella_json_at(stamps(other), 0)));
	assert_ok(verify(kit));
	ck_assert_uint_eq(kit->result.time_count, 2);
	ck_assert_uint_eq(kit->result.stamps_not_counted, 1);
	ck_assert_ptr_nonnull(strstr(kit->result.stamp_failure.message, "timestamp invalid: "));
	stella_json_add(stamps(other), stella_json_copy(stella_json_at(stamps(kit), 0)));
	assert_ok(verify(other));
	other->thresholds.times = 2;
	assert_code(verify(other), STELLA_TIMESTAMP_INVALID);
	close_kit(kit);
	close_kit(other);
}
END_TEST

START_TEST(a_stamp_or_an_entry_that_stands_there_twice_is_refused)
{
	struct kit *kit = open_kit(INTOTO);

	stella_json_add(stamps(kit), stella_json_copy(stella_json_at(stamps(kit), 0)));
	assert_code(verify(kit), STELLA_TIMESTAMP_INVALID);
	close_kit(kit);
	for (size_t i = 0; i < ROWS; i++) {
		kit = open_kit(i);
		stella_json_add(stella_json_edit(material(kit), "tlogEntries"), stella_json_copy(entry(kit)));
		assert_code(verify(kit), STELLA_LOG_ENTRY_MISMATCH);
		close_kit(kit);
	}
}
END_TEST

START_TEST(without_a_stamp_an_entry_of_rekor_2_says_no_time)
{
	for (size_t i = REKOR2; i <= REKOR2_DSSE; i++) {
		struct kit *kit = open_kit(i);

		stella_json_unset(material(kit), "timestampVerificationData");
		assert_code(verify(kit), STELLA_TIMESTAMP_INVALID);
		stella_json_set_text(entry(kit), "integratedTime", "1760000000"); /* which nobody signed */
		assert_code(verify(kit), STELLA_TIMESTAMP_INVALID);
		close_kit(kit);
	}
}
END_TEST

START_TEST(its_log_must_be_valid_at_the_time_of_the_stamp)
{
	struct kit *kit = open_kit(REKOR2);
	struct stella_window *window = NULL;
	int64_t at;

	assert_ok(verify(kit));
	at = kit->result.times[0].time;
	for (size_t i = 0; i < kit->root->tlog_count; i++)
		if (strstr(kit->root->tlogs[i].base_url, "log2025"))
			window = &kit->root->tlogs[i].window;
	ck_assert_ptr_nonnull(window);
	window->end = at;
	assert_ok(verify(kit));
	window->end = at - 1;
	assert_code(verify(kit), STELLA_LOG_ENTRY_MISMATCH);
	close_kit(kit);
}
END_TEST

START_TEST(no_time_is_later_than_now)
{
	for (size_t i = 0; i < ROWS; i++) {
		struct kit *kit = open_kit(i);
		int64_t last = INT64_MIN;

		assert_ok(verify(kit));
		for (size_t k = 0; k < kit->result.time_count; k++)
			last = kit->result.times[k].time > last ? kit->result.times[k].time : last;
		kit->thresholds.now = last;
		assert_ok(verify(kit));
		kit->thresholds.now = last - 1;
		assert_code(verify(kit), STELLA_TIMESTAMP_INVALID);
		close_kit(kit);
	}
}
END_TEST

START_TEST(times_alone_are_bound_to_the_signature_and_its_key)
{
	for (size_t i = 0; i < ROWS; i++) {
		struct kit *kit = open_kit(i);
		struct stella_sigstore_result result;
		struct stella_bundle *bundle;
		struct stella_buf *sig;

		assert_ok(stella_bundle_parse(&bundle, stella_json_copy(kit->document)));
		if (bundle->dsse) /* the subjects are the caller's */
			assert_ok(stella_sigstore_verify_times(&result, bundle, kit->root, kit->key, NULL, &kit->thresholds));
		else
			assert_ok(stella_sigstore_verify_times(&result, bundle, kit->root, kit->key, &kit->artifact,
				&kit->thresholds));
		ck_assert_uint_eq(result.time_count, kit->row->times);
		ck_assert_uint_eq(result.entry_count, 1);
		ck_assert_uint_eq(result.chain.count, 0);
		stella_sigstore_result_free(&result);
		sig = bundle->dsse ? &bundle->dsse->signatures[0].sig : &bundle->message_signature;
		sig->data[sig->size - 1] ^= 1;
		assert_code(stella_sigstore_verify_times(&result, bundle, kit->root, kit->key, &kit->artifact,
			&kit->thresholds), STELLA_LOG_ENTRY_MISMATCH);
		stella_sigstore_result_free(&result);
		stella_bundle_free(bundle);
		close_kit(kit);
	}
}
END_TEST

START_TEST(a_message_signature_needs_its_artifact)
{
	struct kit *kit = open_kit(V03);
	struct stella_sigstore_result result;
	struct stella_bundle *bundle;

	assert_ok(stella_bundle_parse(&bundle, stella_json_copy(kit->document)));
	assert_code(stella_sigstore_verify_times(&result, bundle, kit->root, NULL, NULL, &kit->thresholds),
		STELLA_SUBJECT_MISMATCH);
	stella_sigstore_result_free(&result);
	stella_bundle_free(bundle);
	close_kit(kit);
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_test(t, a_stamp_is_by_an_authority_of_the_root_in_its_window);
	tcase_add_test(t, a_retired_authority_does_not_borrow_the_window_of_another_under_its_root);
	tcase_add_test(t, a_lone_root_vouches_for_embedded_certificates_only);
	tcase_add_test(t, what_cannot_be_read_is_malformed);
	tcase_add_test(t, a_stamp_that_does_not_verify_counts_for_nothing_and_is_told);
	tcase_add_test(t, a_stamp_or_an_entry_that_stands_there_twice_is_refused);
	tcase_add_test(t, without_a_stamp_an_entry_of_rekor_2_says_no_time);
	tcase_add_test(t, its_log_must_be_valid_at_the_time_of_the_stamp);
	tcase_add_test(t, no_time_is_later_than_now);
	tcase_add_test(t, times_alone_are_bound_to_the_signature_and_its_key);
	tcase_add_test(t, a_message_signature_needs_its_artifact);
}
CHECK_MAIN("sigstore_times", fill)
