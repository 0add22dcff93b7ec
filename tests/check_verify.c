/* SPDX-License-Identifier: Apache-2.0 */
#include "verdict.h"

START_TEST(a_good_envelope_is_trusted_and_every_step_is_named)
{
	static const char *const names[] = { "policy", "envelope", "signature", "key", "issuer", "predicate", "subject",
		"time" };
	const struct stella_signature_report *signature;
	char path[128];

	assert_ok(verify(good()));
	ck_assert_uint_eq(report->step_count, sizeof names / sizeof *names);
	for (size_t i = 0; i < report->step_count; i++) {
		ck_assert_str_eq(report->steps[i].name, names[i]);
		ck_assert_int_eq(report->steps[i].result, STELLA_STEP_OK);
	}
	signature = &report->signatures[0];
	ck_assert(signature->trusted && signature->intact);
	ck_assert_str_eq(signature->keyid, acme.id);
	ck_assert_str_eq(signature->hint, acme.id);
	ck_assert_str_eq(signature->algorithm, "ed25519");
	ck_assert_str_eq(signature->issuer, "acme");
	ck_assert_ptr_null(signature->identity);
	snprintf(path, sizeof path, "keys/%s.json", acme.id);
	ck_assert_uint_eq(signature->record_count, 2);
	ck_assert_str_eq(signature->records[0], path);
	ck_assert_str_eq(signature->records[1], "issuers/acme.json");
	ck_assert_uint_eq(report->issuer_count, 1);
	ck_assert_str_eq(report->time_source, "now");
	ck_assert_int_eq(report->time, NOW);
}
END_TEST

/* ---------------------------------------------------------------- what is asked for */

START_TEST(the_answer_is_about_what_was_asked)
{
	struct stella_digest a, b;

	assert_ok(stella_digest_parse(&a, A64));
	assert_ok(stella_digest_parse(&b, B64));
	asked.predicate_type = SLSA;
	asked.artifact = &a;
	asked.artifact_count = 1;
	asked.issuer = "acme";
	assert_ok(verify(good()));
	ck_assert_int_eq(find_step("asked", 1)->result, STELLA_STEP_OK);
	asked.predicate_type = "https://spdx.dev/Document";
	assert_code(verify(good()), STELLA_NO_ATTESTATION);
	ck_assert(strncmp(report->verdict.message, "no attestation of type ", 23) == 0);
	ck_assert_int_eq(find_step("asked", 0)->result, STELLA_STEP_FAIL);
	asked.predicate_type = NULL;
	asked.artifact = &b;
	assert_code(verify(good()), STELLA_SUBJECT_MISMATCH);
	asked.artifact = &a;
	asked.issuer = "beta";
	assert_code(verify(good()), STELLA_ISSUER_UNTRUSTED);
	asked.issuer = "nobody";
	assert_code(verify(good()), STELLA_ISSUER_UNTRUSTED);
	stella_digest_free(&a);
	stella_digest_free(&b);
}
END_TEST

START_TEST(an_issuer_that_is_no_id_is_an_error_of_use)
{
	struct stella_report *none;
	char *text = good();

	evidence = kit_evidence(text);
	free(text);
	asked.issuer = "../acme";
	assert_code(stella_verify(&none, evidence, world_open(), &asked), STELLA_USAGE);
	ck_assert_ptr_null(none);
}
END_TEST

/* ---------------------------------------------------------------- several signatures */

START_TEST(one_good_signature_is_enough_and_the_bad_ones_are_named)
{
	struct kit_sigs sigs = { 0 };

	kit_add(&sigs, "AAAA", acme.id, NULL);
	sign_type(&sigs, &stranger, stranger.id, TYPE, PAYLOAD);
	sign_type(&sigs, &beta, beta.id, TYPE, PAYLOAD);
	assert_ok(verify(kit_envelope(&sigs, TYPE, PAYLOAD)));
	ck_assert_int_eq(report->signatures[0].code, STELLA_SIGNATURE_MISMATCH);
	ck_assert_int_eq(report->signatures[1].code, STELLA_KEY_UNKNOWN);
	ck_assert(!report->signatures[0].trusted && !report->signatures[1].trusted && report->signatures[2].trusted);
	ck_assert_uint_eq(report->issuer_count, 1);
	ck_assert_str_eq(report->issuers[0], "beta");
	ck_assert_uint_eq(find_step("signature", 2)->signature, 3);
}
END_TEST

START_TEST(issuers_are_counted_not_keys_and_not_signatures)
{
	struct kit_sigs sigs = { 0 };

	sign_type(&sigs, &acme, acme.id, TYPE, PAYLOAD);
	sign_type(&sigs, &acme, "other", TYPE, PAYLOAD);
	sign_type(&sigs, &acme_too, NULL, TYPE, PAYLOAD);
	assert_ok(verify(kit_envelope(&sigs, TYPE, PAYLOAD)));
	ck_assert_uint_eq(report->issuer_count, 1);
	sign_type(&sigs, &beta, NULL, TYPE, PAYLOAD);
	sign_type(&sigs, &acme, acme.id, TYPE, PAYLOAD);
	assert_ok(verify(kit_envelope(&sigs, TYPE, PAYLOAD)));
	ck_assert_uint_eq(report->issuer_count, 2);
}
END_TEST

START_TEST(where_none_counts_the_most_telling_reason_is_given)
{
	struct kit_sigs sigs = { 0 };

	world_put_key(&acme, "acme", expire);
	world_put("issuers/beta.json", kit_issuer_record("suspended", NULL));
	sign_type(&sigs, &stranger, stranger.id, TYPE, PAYLOAD);
	sign_type(&sigs, &acme, NULL, TYPE, PAYLOAD);
	assert_code(verify(kit_envelope(&sigs, TYPE, PAYLOAD)), STELLA_KEY_EXPIRED);
	ck_assert_ptr_nonnull(strstr(report->verdict.message, "(signature 2 of 2; none counts)"));
	sign_type(&sigs, &beta, NULL, TYPE, PAYLOAD);
	sign_type(&sigs, &acme, NULL, TYPE, PAYLOAD);
	assert_code(verify(kit_envelope(&sigs, TYPE, PAYLOAD)), STELLA_ISSUER_UNTRUSTED);
	kit_add(&sigs, "AAAA", acme_too.id, NULL);
	sign_type(&sigs, &stranger, NULL, TYPE, PAYLOAD);
	assert_code(verify(kit_envelope(&sigs, TYPE, PAYLOAD)), STELLA_SIGNATURE_MISMATCH);
}
END_TEST

/* ---------------------------------------------------------------- records that cannot be used */

START_TEST(a_record_for_a_newer_stella_is_an_answer_only_where_nobody_else_is_known)
{
	char path[128];

	snprintf(path, sizeof path, "keys/%s.json", acme.id);
	world_put(path, stella_strdup("{\"version\":2}"));
	assert_code(verify(good()), STELLA_POLICY_UNSUPPORTED);
	assert_ok(verify(envelope_of(&beta, beta.id, PAYLOAD)));
	ck_assert_ptr_null(find_step("record", 0)); /* its own record was all that had to be read */
	assert_ok(verify(envelope_of(&beta, NULL, PAYLOAD)));
	ck_assert_str_eq(find_step("record", 0)->object, path);
	ck_assert_int_eq(find_step("record", 0)->result, STELLA_STEP_NOT_CHECKED);
	assert_code(verify(envelope_of(&stranger, beta.id, PAYLOAD)), STELLA_SIGNATURE_MISMATCH);
	assert_code(verify(envelope_of(&stranger, stranger.id, PAYLOAD)), STELLA_POLICY_UNSUPPORTED);
}
END_TEST

START_TEST(an_issuer_record_that_cannot_be_used_trusts_nobody)
{
	world_put("issuers/acme.json", stella_strdup("{\"version\":2}"));
	assert_code(verify(good()), STELLA_POLICY_UNSUPPORTED);
	world_put("issuers/acme.json", stella_strdup("{"));
	assert_code(verify(good()), STELLA_MALFORMED);
	ck_assert_ptr_nonnull(strstr(report->verdict.message, "issuers/acme.json"));
	ck_assert_int_eq(find_step("record", 0)->result, STELLA_STEP_NOT_CHECKED);
}
END_TEST

/* ---------------------------------------------------------------- bundles */

static char *bundle_of(const char *version, const char *material, const struct kit_key *key, const char *keyid)
{
	struct stella_buf text = { 0 };
	char *envelope = envelope_of(key, keyid, PAYLOAD);

	stella_buf_printf(&text, "{\"mediaType\":\"application/vnd.dev.sigstore.bundle+json;version=%s\","
		"\"verificationMaterial\":{%s},\"dsseEnvelope\":%s}", version, material, envelope);
	free(envelope);
	return stella_buf_take_str(&text);
}

START_TEST(a_bundle_with_a_key_is_found_by_its_hint_and_its_log_entries_are_not_checked)
{
	struct stella_buf material = { 0 }, hint = { 0 };

	stella_base64_print(&hint, stella_span(stella_pubkey_id(acme_too.public_key)->bytes, 32));
	stella_buf_printf(&material, "\"publicKey\":{\"hint\":\"%s\"},\"tlogEntries\":[{}],"
		"\"timestampVerificationData\":{\"rfc3161Timestamps\":[{}]}", (char *)hint.data);
	assert_ok(verify(bundle_of("0.3", (char *)material.data, &acme_too, NULL)));
	ck_assert_str_eq(report->signatures[0].hint, (char *)hint.data);
	ck_assert_int_eq(find_step("log", 0)->result, STELLA_STEP_NOT_CHECKED);
	ck_assert_int_eq(find_step("timestamp", 0)->result, STELLA_STEP_NOT_CHECKED);
	ck_assert_ptr_nonnull(strstr(find_step("log", 0)->text, "NOT CHECKED"));
	assert_code(verify(bundle_of("0.3", (char *)material.data, &stranger, NULL)), STELLA_SIGNATURE_MISMATCH);
	assert_ok(verify(bundle_of("0.2", "\"publicKey\":{}", &beta, NULL)));
	stella_buf_free(&material);
	stella_buf_free(&hint);
}
END_TEST

START_TEST(a_bundle_with_certificates_is_judged_like_any_other)
{
	struct stella_buf material = { 0 };
	struct authority a;
	char *leaf, *inter;

	authority_init(&a);
	leaf = kit_raw(a.leaf.pem);
	inter = kit_raw(a.inter.pem);
	stella_buf_printf(&material, "\"x509CertificateChain\":{\"certificates\":[{\"rawBytes\":\"%s\"},{\"rawBytes\":\"%s\"}]}",
		leaf, inter);
	assert_ok(verify(bundle_of("0.1", (char *)material.data, &a.leaf_key, NULL)));
	assert_code(verify(bundle_of("0.1", (char *)material.data, &beta, beta.id)), STELLA_SIGNATURE_MISMATCH);
	stella_buf_free(&material);
	stella_buf_printf(&material, "\"certificate\":{\"rawBytes\":\"%s\"}", leaf);
	assert_code(verify(bundle_of("0.3", (char *)material.data, &a.leaf_key, NULL)), STELLA_CHAIN_INVALID);
	world_put_anchor("inter", &a.inter, true, STELLA_TIME_NONE, STELLA_TIME_NONE);
	assert_ok(verify(bundle_of("0.3", (char *)material.data, &a.leaf_key, NULL)));
	ck_assert_uint_eq(report->signatures[0].record_count, 3);
	stella_buf_free(&material);
	free(leaf);
	free(inter);
	authority_free(&a);
}
END_TEST

START_TEST(a_state_that_does_not_stand_gives_no_verdict)
{
	struct stella_trust_options options = { .now = INT64_C(1830000000), .no_memory = true, .judge_only = true };
	char root[STELLA_OID_HEX], *text = good();
	struct stella_report *none;
	struct stella_trust *trust;

	evidence = kit_evidence(text);
	free(text);
	stella_oid_hex(root, &world.root);
	options.root = root;
	assert_ok(stella_trust_load(&trust, world.repo, &options));
	assert_code(stella_verify(&none, evidence, trust, &asked), STELLA_POLICY_EXPIRED);
	ck_assert_ptr_null(none);
	stella_trust_free(trust);
}
END_TEST

START_TEST(a_record_that_cannot_be_read_ends_the_run)
{
	struct stella_buf objects = { 0 };

	world_open();
	stella_buf_printf(&objects, "rm -rf %s/repo.git/objects/??", world.dir);
	ck_assert_int_eq(system((char *)objects.data), 0);
	assert_code(verify(good()), STELLA_INCOMPLETE);
	ck_assert(!report->trusted);
	stella_buf_free(&objects);
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_checked_fixture(t, enter, leave);
	tcase_add_test(t, a_good_envelope_is_trusted_and_every_step_is_named);
	tcase_add_test(t, the_answer_is_about_what_was_asked);
	tcase_add_test(t, an_issuer_that_is_no_id_is_an_error_of_use);
	tcase_add_test(t, one_good_signature_is_enough_and_the_bad_ones_are_named);
	tcase_add_test(t, issuers_are_counted_not_keys_and_not_signatures);
	tcase_add_test(t, where_none_counts_the_most_telling_reason_is_given);
	tcase_add_test(t, a_record_for_a_newer_stella_is_an_answer_only_where_nobody_else_is_known);
	tcase_add_test(t, an_issuer_record_that_cannot_be_used_trusts_nobody);
	tcase_add_test(t, a_bundle_with_a_key_is_found_by_its_hint_and_its_log_entries_are_not_checked);
	tcase_add_test(t, a_bundle_with_certificates_is_judged_like_any_other);
	tcase_add_test(t, a_state_that_does_not_stand_gives_no_verdict);
	tcase_add_test(t, a_record_that_cannot_be_read_ends_the_run);
}

CHECK_MAIN("verify", fill)
