/* SPDX-License-Identifier: Apache-2.0 */
#include "verdict.h"

/* ---------------------------------------------------------------- every yes has its no: the envelope */

static char *altered_payload(void)
{
	struct kit_sigs sigs = { 0 };

	sign_type(&sigs, &acme, acme.id, TYPE, PAYLOAD);
	return kit_envelope(&sigs, TYPE, STATEMENT(SLSA, SUBJECT("app/two", A64)));
}

static char *appended_payload(void)
{
	struct kit_sigs sigs = { 0 };

	sign_type(&sigs, &acme, acme.id, TYPE, PAYLOAD);
	return kit_envelope(&sigs, TYPE, PAYLOAD " ");
}

static char *altered_without_hint(void)
{
	struct kit_sigs sigs = { 0 };

	sign_type(&sigs, &acme, NULL, TYPE, PAYLOAD);
	return kit_envelope(&sigs, TYPE, PAYLOAD " ");
}

static char *another_type(void)
{
	struct kit_sigs sigs = { 0 };

	sign_type(&sigs, &acme, acme.id, "application/vnd.in-toto.provenance+json", PAYLOAD);
	return kit_envelope(&sigs, TYPE, PAYLOAD);
}

static char *bare_payload(void)
{
	struct kit_sigs sigs = { 0 };
	char *sig = kit_sign(&acme, GNUTLS_SIGN_EDDSA_ED25519, stella_span_str(PAYLOAD));

	kit_add(&sigs, sig, acme.id, NULL);
	free(sig);
	return kit_envelope(&sigs, TYPE, PAYLOAD);
}

static char *by_stranger(void)
{
	return envelope_of(&stranger, stranger.id, PAYLOAD);
}

static char *by_stranger_without_hint(void)
{
	return envelope_of(&stranger, NULL, PAYLOAD);
}

static char *by_stranger_with_known_hint(void)
{
	return envelope_of(&stranger, acme.id, PAYLOAD);
}

static char *by_other_known_key_with_wrong_hint(void)
{
	return envelope_of(&beta, acme.id, PAYLOAD);
}

static char *with_foreign_hint(void)
{
	return envelope_of(&acme, "https://kms.example/key/1", PAYLOAD);
}

static char *predicate_named_type(void)
{
	struct kit_sigs sigs = { 0 };

	sign_type(&sigs, &acme, NULL, "application/vnd.in-toto.provenance+json", PAYLOAD);
	return kit_envelope(&sigs, "application/vnd.in-toto.provenance+json", PAYLOAD);
}

#define YES STELLA_CODE_COUNT
static const struct {
	char *(*make)(void);
	enum stella_code code;
	const char *begins;
} envelopes[] = {
	{ good, YES, NULL },
	{ with_foreign_hint, YES, NULL },
	{ by_other_known_key_with_wrong_hint, YES, NULL },
	{ predicate_named_type, YES, NULL },
	{ altered_payload, STELLA_SIGNATURE_MISMATCH, "signature verification failed: " },
	{ appended_payload, STELLA_SIGNATURE_MISMATCH, "signature verification failed: " },
	{ another_type, STELLA_SIGNATURE_MISMATCH, "signature verification failed: " },
	{ bare_payload, STELLA_SIGNATURE_MISMATCH, "signature verification failed: " },
	{ by_stranger_with_known_hint, STELLA_SIGNATURE_MISMATCH, "signature verification failed: " },
	{ altered_without_hint, STELLA_KEY_UNKNOWN, "key not known: " },
	{ by_stranger, STELLA_KEY_UNKNOWN, "key not known: " },
	{ by_stranger_without_hint, STELLA_KEY_UNKNOWN, "key not known: " },
};

START_TEST(every_change_of_the_envelope_is_refused)
{
	for (size_t i = 0; i < sizeof envelopes / sizeof *envelopes; i++) {
		const struct stella_error *err = verify(envelopes[i].make());

		if (envelopes[i].code == YES) {
			ck_assert_msg(!err, "row %zu: %s", i, err ? err->message : "");
			continue;
		}
		ck_assert_msg(err && err->code == envelopes[i].code, "row %zu: %s", i, err ? err->message : "accepted");
		ck_assert_msg(strncmp(err->message, envelopes[i].begins, strlen(envelopes[i].begins)) == 0, "%s", err->message);
		ck_assert_uint_eq(report->issuer_count, 0);
		ck_assert_int_eq(find_step("signature", 0)->result, STELLA_STEP_FAIL);
		ck_assert_ptr_null(find_step("key", 0));
		ck_assert_int_eq(find_step("asked", 0)->result, STELLA_STEP_SKIPPED);
	}
}
END_TEST

/* ---------------------------------------------------------------- every yes has its no: the records */

static void begin_later(struct stella_key *key)
{
	key->valid_from = NOW + 1;
}

static void revoke(struct stella_key *key)
{
	key->status = STELLA_KEY_REVOKED_STATUS;
	key->revoked_since = NOW - 100;
}

static void retire(struct stella_key *key)
{
	key->status = STELLA_KEY_RETIRED;
	key->expires = NOW;
	key->revoked_since = NOW + 1;
}

static void retire_now(struct stella_key *key)
{
	key->status = STELLA_KEY_RETIRED;
	key->revoked_since = NOW;
}

START_TEST(a_key_counts_only_while_its_record_says_so)
{
	char path[128];

	world_put_key(&acme, "acme", retire);
	assert_ok(verify(good()));
	world_put_key(&acme, "acme", retire_now);
	assert_code(verify(good()), STELLA_KEY_EXPIRED);
	ck_assert(strncmp(report->verdict.message, "key retired: ", 13) == 0);
	world_put_key(&acme, "acme", expire);
	assert_code(verify(good()), STELLA_KEY_EXPIRED);
	ck_assert(strncmp(report->verdict.message, "key expired: ", 13) == 0);
	ck_assert(report->signatures[0].intact && !report->signatures[0].trusted);
	world_put_key(&acme, "acme", begin_later);
	assert_code(verify(good()), STELLA_KEY_EXPIRED);
	world_put_key(&acme, "acme", revoke);
	assert_code(verify(good()), STELLA_KEY_REVOKED);
	ck_assert(strncmp(report->verdict.message, "key revoked: ", 13) == 0);
	world_put_key(&acme, "gamma", NULL);
	assert_code(verify(good()), STELLA_ISSUER_UNTRUSTED);
	snprintf(path, sizeof path, "keys/%s.json", acme.id);
	world_put(path, NULL);
	assert_code(verify(good()), STELLA_KEY_UNKNOWN);
}
END_TEST

START_TEST(an_issuer_counts_only_while_it_is_trusted)
{
	static const char *const statuses[] = { "proposed", "suspended", "revoked" };

	for (size_t i = 0; i < 3; i++) {
		world_put("issuers/acme.json", kit_issuer_record(statuses[i], NULL));
		assert_code(verify(good()), STELLA_ISSUER_UNTRUSTED);
		ck_assert(strncmp(report->verdict.message, "issuer not trusted: ", 20) == 0);
		ck_assert_ptr_nonnull(strstr(report->verdict.message, statuses[i]));
		ck_assert_str_eq(report->signatures[0].issuer, "acme");
	}
	world_put("issuers/acme.json", NULL);
	assert_code(verify(good()), STELLA_ISSUER_UNTRUSTED);
}
END_TEST

START_TEST(an_issuer_that_is_stopped_since_a_time_was_trusted_until_then)
{
	static const char *const statuses[] = { "suspended", "revoked" };
	char more[64], time[STELLA_TIME_TEXT];

	for (size_t i = 0; i < 2; i++) {
		for (int64_t since = NOW - 1; since <= NOW + 1; since++) {
			stella_time_print(time, since);
			snprintf(more, sizeof more, ",\"since\":\"%s\"", time);
			world_put("issuers/acme.json", kit_issuer_record(statuses[i], more));
			if (since > NOW) {
				assert_ok(verify(good()));
				continue;
			}
			assert_code(verify(good()), STELLA_ISSUER_UNTRUSTED);
			ck_assert_ptr_nonnull(strstr(report->verdict.message, time));
		}
	}
}
END_TEST

START_TEST(an_issuer_may_attest_what_its_record_says_and_no_more)
{
	world_put("issuers/acme.json", kit_issuer_record("trusted", NAMES("predicate_types", SLSA)));
	assert_ok(verify(good()));
	world_put("issuers/acme.json", kit_issuer_record("trusted", NAMES("predicate_types", SLSA ".1")));
	assert_code(verify(good()), STELLA_PREDICATE_NOT_ALLOWED);
	ck_assert(strncmp(report->verdict.message, "predicate type not allowed: ", 28) == 0);
	world_put("issuers/acme.json", kit_issuer_record("trusted", NAMES("subjects", "app/*")));
	assert_ok(verify(good()));
	world_put("issuers/acme.json", kit_issuer_record("trusted", NAMES("subjects", "lib/*")));
	assert_code(verify(good()), STELLA_SUBJECT_MISMATCH);
	ck_assert(strncmp(report->verdict.message, "subject mismatch: ", 18) == 0);
}
END_TEST

START_TEST(all_subjects_must_be_allowed_unless_one_artifact_is_asked_for)
{
	static const char payload[] = STATEMENT(SLSA, SUBJECT("lib/x", A64) "," SUBJECT("app/x", A64) "," SUBJECT("lib/y", B64));
	struct stella_digest a, b;

	assert_ok(stella_digest_parse(&a, A64));
	assert_ok(stella_digest_parse(&b, B64));
	world_put("issuers/acme.json", kit_issuer_record("trusted", NAMES("subjects", "app/*")));
	assert_code(verify(envelope_of(&acme, NULL, payload)), STELLA_SUBJECT_MISMATCH);
	asked.artifact_count = 1;
	asked.artifact = &a;
	assert_ok(verify(envelope_of(&acme, NULL, payload)));
	asked.artifact = &b;
	assert_code(verify(envelope_of(&acme, NULL, payload)), STELLA_SUBJECT_MISMATCH);
	stella_digest_free(&a);
	stella_digest_free(&b);
}
END_TEST

/* ---------------------------------------------------------------- certificates */

START_TEST(a_certificate_that_chains_to_the_anchor_of_its_identity_is_trusted)
{
	const struct stella_signature_report *signature;
	struct authority a;

	authority_init(&a);
	assert_ok(verify(by_certificate(&a.leaf_key, &a.leaf, &a.inter, PAYLOAD)));
	signature = &report->signatures[0];
	ck_assert_str_eq(signature->identity, "email:ci@acme.example");
	ck_assert_str_eq(signature->issuer, "acme");
	ck_assert_str_eq(signature->algorithm, "ecdsa-sha256");
	ck_assert_ptr_null(signature->keyid);
	ck_assert_uint_eq(signature->chain.count, 3);
	world_close(); /* the report stands by itself */
	ck_assert_str_eq(stella_cert_subject(signature->chain.certs[2]), "CN=Root");
	ck_assert_uint_eq(signature->record_count, 2);
	ck_assert_str_eq(signature->records[0], "issuers/acme.json");
	ck_assert_str_eq(signature->records[1], "anchors/root.json");
	asked.issuer = "acme";
	assert_ok(verify(by_certificate(&a.leaf_key, &a.leaf, &a.inter, PAYLOAD)));
	authority_free(&a);
}
END_TEST

START_TEST(every_change_of_a_certificate_signature_is_refused)
{
	struct authority a;

	authority_init(&a);
	assert_code(verify(by_certificate(&a.leaf_key, &a.leaf, NULL, PAYLOAD)), STELLA_CHAIN_INVALID);
	ck_assert(strncmp(report->verdict.message, "certificate chain invalid: ", 27) == 0);
	ck_assert_ptr_eq(report->signatures[0].leaf, report->certs[0]);
	assert_code(verify(by_certificate(&a.leaf_key, &a.leaf, &a.inter, PAYLOAD " ")), STELLA_SIGNATURE_MISMATCH);
	assert_code(verify(by_certificate(&a.inter_key, &a.leaf, &a.inter, PAYLOAD)), STELLA_SIGNATURE_MISMATCH);
	asked.now = NOW + DAY + 1;
	assert_code(verify(by_certificate(&a.leaf_key, &a.leaf, &a.inter, PAYLOAD)), STELLA_CERT_EXPIRED);
	ck_assert(strncmp(report->verdict.message, "certificate expired", 19) == 0);
	asked.now = NOW;
	asked.issuer = "beta";
	assert_code(verify(by_certificate(&a.leaf_key, &a.leaf, &a.inter, PAYLOAD)), STELLA_IDENTITY_MISMATCH);
	asked.issuer = NULL;
	world_put("issuers/acme.json", kit_issuer_record("suspended", IDENTITY));
	assert_code(verify(by_certificate(&a.leaf_key, &a.leaf, &a.inter, PAYLOAD)), STELLA_ISSUER_UNTRUSTED);
	world_put("issuers/acme.json", kit_issuer_record("trusted", IDENTITY NAMES("predicate_types", "x:y")));
	assert_code(verify(by_certificate(&a.leaf_key, &a.leaf, &a.inter, PAYLOAD)), STELLA_PREDICATE_NOT_ALLOWED);
	world_put("issuers/acme.json", kit_issuer_record("trusted", NULL));
	assert_code(verify(by_certificate(&a.leaf_key, &a.leaf, &a.inter, PAYLOAD)), STELLA_IDENTITY_MISMATCH);
	world_put("anchors/root.json", NULL);
	world_put("issuers/acme.json", kit_issuer_record("trusted", IDENTITY));
	assert_code(verify(by_certificate(&a.leaf_key, &a.leaf, &a.inter, PAYLOAD)), STELLA_ANCHOR_MISSING);
	ck_assert(strncmp(report->verdict.message, "trust anchor not found: ", 24) == 0);
	authority_free(&a);
}
END_TEST

START_TEST(a_known_key_does_not_help_a_certificate)
{
	struct authority a;

	authority_init(&a);
	world_put_key(&a.leaf_key, "acme", NULL);
	world_put("issuers/acme.json", kit_issuer_record("trusted", NULL));
	assert_code(verify(by_certificate(&a.leaf_key, &a.leaf, &a.inter, PAYLOAD)), STELLA_IDENTITY_MISMATCH);
	assert_ok(verify(envelope_of(&a.leaf_key, NULL, PAYLOAD)));
	authority_free(&a);
}
END_TEST

START_TEST(of_issuers_with_the_same_identity_one_that_may_is_enough)
{
	struct authority a;

	authority_init(&a);
	world_put("issuers/acme.json", kit_issuer_record("suspended", IDENTITY));
	world_put("issuers/beta.json", kit_issuer_record("trusted", IDENTITY));
	assert_ok(verify(by_certificate(&a.leaf_key, &a.leaf, &a.inter, PAYLOAD)));
	ck_assert_uint_eq(report->issuer_count, 1);
	ck_assert_str_eq(report->issuers[0], "beta");
	ck_assert_str_eq(report->signatures[0].records[0], "issuers/beta.json");
	world_put("issuers/beta.json", kit_issuer_record("trusted", IDENTITY NAMES("predicate_types", "x:y")));
	assert_code(verify(by_certificate(&a.leaf_key, &a.leaf, &a.inter, PAYLOAD)), STELLA_PREDICATE_NOT_ALLOWED);
	authority_free(&a);
}
END_TEST

START_TEST(a_certificate_that_is_none_is_malformed_and_a_good_signature_beside_it_counts)
{
	struct kit_sigs sigs = { 0 };
	const char *junk = "-----BEGIN CERTIFICATE-----\nTUlJQg==\n-----END CERTIFICATE-----\n";

	kit_add(&sigs, "AAAA", NULL, junk);
	assert_code(verify(kit_envelope(&sigs, TYPE, PAYLOAD)), STELLA_MALFORMED);
	ck_assert(strncmp(report->verdict.message, "invalid attestation: ", 21) == 0);
	kit_add(&sigs, "AAAA", NULL, junk);
	sign_type(&sigs, &acme, NULL, TYPE, PAYLOAD);
	assert_ok(verify(kit_envelope(&sigs, TYPE, PAYLOAD)));
}
END_TEST

START_TEST(a_certificate_whose_key_is_of_another_kind_is_not_supported)
{
	struct kit_key key = { 0 }, root_key = KIT_P256;
	struct kit_cert root, cert;
	struct kit_sigs sigs = { 0 };

	kit_gnutls(gnutls_x509_privkey_init(&key.key));
	kit_gnutls(gnutls_x509_privkey_generate(key.key, GNUTLS_PK_EDDSA_ED448,
		GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_ED448), 0));
	root = kit_cert("Root", &root_key, NULL, NULL, NULL, NOW - DAY, NOW + DAY);
	cert = kit_cert("Leaf", &key, "email:ci@acme.example", &root, &root_key, NOW - DAY, NOW + DAY);
	kit_add(&sigs, "AAAA", NULL, cert.pem);
	assert_code(verify(kit_envelope(&sigs, TYPE, PAYLOAD)), STELLA_ALGORITHM_UNSUPPORTED);
	ck_assert(strncmp(report->verdict.message, "algorithm not supported: ", 25) == 0);
	kit_cert_free(&cert);
	kit_cert_free(&root);
	kit_key_free(&root_key);
	gnutls_x509_privkey_deinit(key.key);
}
END_TEST

START_TEST(several_signatures_may_have_certificates)
{
	struct kit_sigs sigs = { 0 };
	struct authority a;
	char *sig;

	authority_init(&a);
	sig = kit_sign_pae(&a.leaf_key, GNUTLS_SIGN_ECDSA_SHA256, TYPE, PAYLOAD);
	kit_add(&sigs, sig, NULL, a.leaf.pem);
	kit_add(&sigs, "AAAA", NULL, a.leaf.pem);
	world_put_anchor("inter", &a.inter, true, STELLA_TIME_NONE, STELLA_TIME_NONE);
	kit_add(&sigs, sig, NULL, a.leaf.pem);
	free(sig);
	assert_ok(verify(kit_envelope(&sigs, TYPE, PAYLOAD)));
	ck_assert(report->signatures[0].trusted && !report->signatures[1].trusted && report->signatures[2].trusted);
	ck_assert_uint_eq(report->issuer_count, 1);
	ck_assert_uint_eq(report->signatures[2].record_count, 3);
	authority_free(&a);
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_checked_fixture(t, enter, leave);
	tcase_add_test(t, every_change_of_the_envelope_is_refused);
	tcase_add_test(t, a_key_counts_only_while_its_record_says_so);
	tcase_add_test(t, an_issuer_counts_only_while_it_is_trusted);
	tcase_add_test(t, an_issuer_that_is_stopped_since_a_time_was_trusted_until_then);
	tcase_add_test(t, an_issuer_may_attest_what_its_record_says_and_no_more);
	tcase_add_test(t, all_subjects_must_be_allowed_unless_one_artifact_is_asked_for);
	tcase_add_test(t, a_certificate_that_chains_to_the_anchor_of_its_identity_is_trusted);
	tcase_add_test(t, every_change_of_a_certificate_signature_is_refused);
	tcase_add_test(t, a_known_key_does_not_help_a_certificate);
	tcase_add_test(t, of_issuers_with_the_same_identity_one_that_may_is_enough);
	tcase_add_test(t, a_certificate_that_is_none_is_malformed_and_a_good_signature_beside_it_counts);
	tcase_add_test(t, a_certificate_whose_key_is_of_another_kind_is_not_supported);
	tcase_add_test(t, several_signatures_may_have_certificates);
}

CHECK_MAIN("verify_signature", fill)
