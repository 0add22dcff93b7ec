/* SPDX-License-Identifier: Apache-2.0 */
/* Real bundles as a whole, and what must not pass for one (threats: section 2 A). */
#include "bundlekit.h"

START_TEST(a_bundle_of_every_kind_verifies)
{
	for (size_t i = 0; i < ROWS; i++) {
		struct kit *kit = open_kit(i);
		const struct stella_error *err = verify(kit);

		ck_assert_msg(!err, "%s: %s", kit->row->name, err ? err->message : "");
		ck_assert_uint_eq(kit->result.time_count, kit->row->times);
		ck_assert_uint_eq(kit->result.authority_count, kit->row->authorities);
		ck_assert_uint_eq(kit->result.log_count, 1);
		ck_assert(!kit->result.cert == kit->row->key);
		ck_assert_uint_eq(kit->result.sct_count, !kit->row->key);
		ck_assert(kit->row->key || kit->result.chain.count >= 2);
		close_kit(kit);
	}
}
END_TEST

START_TEST(it_must_be_about_the_artifact)
{
	for (size_t i = 0; i < ROWS; i++) {
		struct kit *kit = open_kit(i);

		kit->digest.hex[0] = kit->digest.hex[0] == '0' ? '1' : '0';
		assert_code(verify(kit), STELLA_SUBJECT_MISMATCH);
		kit->artifact.count = 0;
		assert_code(verify(kit), STELLA_SUBJECT_MISMATCH);
		close_kit(kit);
	}
}
END_TEST

START_TEST(the_content_itself_counts_more_than_a_digest_that_was_given)
{
	struct kit *kit = open_kit(V03);
	struct stella_buf text = read_data("sigstore", "a.txt");

	kit->artifact.bytes = stella_buf_span(&text);
	assert_ok(verify(kit));
	text.data[0] ^= 1;
	assert_code(verify(kit), STELLA_SUBJECT_MISMATCH);
	stella_buf_free(&text);
	close_kit(kit);
}
END_TEST

START_TEST(the_signature_must_hold)
{
	for (size_t i = 0; i < ROWS; i++) {
		struct kit *kit = open_kit(i);
		struct stella_json *envelope = stella_json_edit(kit->document, "dsseEnvelope");
		const struct stella_json *signatures = stella_json_find(envelope, "signatures");

		if (envelope)
			flip((struct stella_json *)(uintptr_t)stella_json_at(signatures, 0), "sig");
		else
			flip(stella_json_edit(kit->document, "messageSignature"), "signature");
		assert_code(verify(kit), STELLA_SIGNATURE_MISMATCH);
		close_kit(kit);
	}
}
END_TEST

START_TEST(thresholds_count_independent_logs_and_authorities)
{
	for (size_t i = 0; i < ROWS; i++) {
		struct kit *kit = open_kit(i);

		kit->thresholds.logs = 2;
		assert_code(verify(kit), STELLA_LOG_ENTRY_MISMATCH);
		kit->thresholds.logs = 1;
		kit->thresholds.times = (unsigned)kit->row->authorities + 1;
		assert_code(verify(kit), STELLA_TIMESTAMP_INVALID);
		kit->thresholds.times = 1;
		if (!kit->row->key) {
			kit->thresholds.scts = 2;
			assert_code(verify(kit), STELLA_CHAIN_INVALID);
		}
		close_kit(kit);
	}
}
END_TEST

START_TEST(no_log_entry_is_enough_only_where_none_is_asked_for)
{
	struct kit *kit = open_kit(KEY);

	stella_json_unset(material(kit), "tlogEntries");
	assert_code(verify(kit), STELLA_LOG_ENTRY_MISMATCH);
	kit->thresholds.logs = 0;
	assert_code(verify(kit), STELLA_TIMESTAMP_INVALID);
	kit->thresholds.times = 0;
	assert_ok(verify(kit));
	close_kit(kit);
	kit = open_kit(V03);
	stella_json_unset(material(kit), "tlogEntries");
	kit->thresholds.logs = 0;
	assert_code(verify(kit), STELLA_TIMESTAMP_INVALID); /* nobody says when */
	kit->thresholds.times = 0;
	assert_code(verify(kit), STELLA_TIMESTAMP_INVALID);
	close_kit(kit);
}
END_TEST

START_TEST(an_integrated_time_that_nobody_signed_is_no_time)
{
	struct kit *kit = open_kit(V03);

	stella_json_unset(entry(kit), "inclusionPromise");
	assert_code(verify(kit), STELLA_TIMESTAMP_INVALID);
	close_kit(kit);
}
END_TEST

START_TEST(an_entry_that_does_not_hold_is_not_made_good_by_another)
{
	struct kit *kit = open_kit(V03), *other = open_kit(DSSE);

	stella_json_add(stella_json_edit(material(kit), "tlogEntries"), stella_json_copy(entry(other)));
	assert_code(verify(kit), STELLA_LOG_ENTRY_MISMATCH);
	close_kit(kit);
	close_kit(other);
}
END_TEST

START_TEST(the_certificate_authority_must_be_known_and_valid_then)
{
	struct kit *kit = open_kit(V03);
	size_t count = kit->root->ca_count, ctlogs = kit->root->ctlog_count;
	int64_t at;

	assert_ok(verify(kit));
	at = kit->result.times[0].time;
	kit->root->ca_count = 0;
	assert_code(verify(kit), STELLA_ANCHOR_MISSING);
	kit->root->ca_count = 1;
	assert_code(verify(kit), STELLA_ANCHOR_MISSING);
	kit->root->ca_count = count;
	kit->root->cas[1].window.end = at - 1;
	assert_code(verify(kit), STELLA_ANCHOR_MISSING);
	kit->root->cas[1].window = (struct stella_window){ at, at };
	assert_ok(verify(kit));
	kit->root->ctlog_count = 0;
	assert_code(verify(kit), STELLA_CHAIN_INVALID);
	kit->thresholds.scts = 0;
	assert_ok(verify(kit));
	kit->root->ctlog_count = ctlogs;
	close_kit(kit);
}
END_TEST

START_TEST(the_certificate_must_be_good_at_every_proven_time)
{
	struct kit *kit = open_kit(V03), *early = open_kit(V03);

	/* A log whose key would sign another time is not to be had: the chain is asked at the time of the entry. */
	assert_ok(verify(kit));
	ck_assert_int_ge(kit->result.times[0].time, stella_cert_not_before(kit->result.cert));
	ck_assert_int_le(kit->result.times[0].time, stella_cert_not_after(kit->result.cert));
	stella_json_set_text(entry(early), "integratedTime", "1600000000");
	assert_code(verify(early), STELLA_LOG_ENTRY_MISMATCH);
	close_kit(kit);
	close_kit(early);
}
END_TEST

START_TEST(a_key_is_no_certificate_and_a_certificate_no_key)
{
	struct kit *kit = open_kit(KEY), *cert = open_kit(V03);
	struct stella_pubkey *key = kit->key;
	struct stella_buf pem = read_data("pubkey", "p256.pem");

	kit->key = NULL;
	assert_code(verify(kit), STELLA_KEY_UNKNOWN);
	assert_ok(stella_pubkey_parse_pem(&kit->key, stella_buf_span(&pem)));
	assert_code(verify(kit), STELLA_SIGNATURE_MISMATCH);
	cert->key = key;
	assert_code(verify(cert), STELLA_KEY_UNKNOWN);
	stella_buf_free(&pem);
	close_kit(kit);
	close_kit(cert);
}
END_TEST

START_TEST(another_media_type_does_not_ask_for_less)
{
	struct kit *kit = open_kit(V03);

	stella_json_set_text(kit->document, "mediaType", "application/vnd.dev.sigstore.bundle+json;version=0.1");
	stella_json_unset(entry(kit), "inclusionProof");
	assert_code(verify(kit), STELLA_MALFORMED);
	close_kit(kit);
	kit = open_kit(KEY);
	stella_json_unset(entry(kit), "inclusionProof");
	assert_code(verify(kit), STELLA_LOG_ENTRY_MISMATCH);
	close_kit(kit);
}
END_TEST

struct hostile {
	struct kit *kit;
	unsigned accepted, refused;
};

static void try_hostile(const struct stella_json *document, const char *what, void *context)
{
	/* What may be missing, or be anything, without that anybody is deceived. */
	static const char *const spare[] = {
		"\"timestampVerificationData\"", "\"signedTimestamp\"", "\"rfc3161Timestamps\"", "\"hint\"", "\"publicKey\"", "\"keyid\"", "\"inclusionPromise\"",
		"\"inclusionProof\"", "\"hashes\"", "\"logIndex\"", "\"integratedTime\"", "\"x509CertificateChain\"",
	};
	struct hostile *h = context;
	const struct stella_error *err = verify(h->kit);

	(void)document;
	ck_assert_msg(!err || stella_code_exit(err->code) == STELLA_EXIT_REFUSED ||
		stella_code_exit(err->code) == STELLA_EXIT_MALFORMED || stella_code_exit(err->code) == STELLA_EXIT_LIMIT,
		"%s: %s: %s", h->kit->row->name, what, err ? err->message : "");
	h->refused += err != NULL;
	if (err)
		return;
	for (size_t i = 0; i < sizeof spare / sizeof *spare; i++)
		if (strncmp(what, spare[i], strlen(spare[i])) == 0)
			return;
	ck_abort_msg("%s: %s: accepted", h->kit->row->name, what);
}

START_TEST(no_value_in_any_field_does_harm)
{
	for (size_t i = 0; i < ROWS; i++) {
		struct hostile h = { .kit = open_kit(i) };

		each_hostile(h.kit->document, h.kit->document, try_hostile, &h);
		ck_assert_uint_gt(h.refused, 220);
		assert_ok(verify(h.kit));
		close_kit(h.kit);
	}
}
END_TEST

static const struct stella_error *verify_named(struct kit *kit, const char *keyid)
{
	const struct stella_json *signatures = stella_json_find(stella_json_find(kit->document, "dsseEnvelope"), "signatures");

	stella_json_set_text((struct stella_json *)(uintptr_t)stella_json_at(signatures, 0), "keyid", keyid);
	return verify(kit);
}

START_TEST(a_key_id_does_not_name_another_key)
{
	struct kit *kit = open_kit(DSSE);
	const struct stella_pubkey *key;
	char hex[STELLA_SHA256_HEX];
	struct stella_buf text = { 0 };
	struct stella_cert *cert;
	struct stella_bundle *bundle;

	assert_ok(stella_bundle_parse(&bundle, stella_json_copy(kit->document)));
	assert_ok(stella_cert_parse(&cert, stella_buf_span(&bundle->certs[0])));
	key = stella_cert_key(cert);
	assert_ok(verify_named(kit, ""));
	stella_pubkey_print_fingerprint(&text, key);
	assert_ok(verify_named(kit, (const char *)text.data));
	text.data[text.size - 1] ^= 1;
	assert_code(verify_named(kit, (const char *)text.data), STELLA_SIGNATURE_MISMATCH);
	stella_sha256_hex(hex, stella_pubkey_id(key));
	assert_ok(verify_named(kit, hex));
	hex[0] = hex[0] == '0' ? '1' : '0';
	assert_code(verify_named(kit, hex), STELLA_SIGNATURE_MISMATCH);
	assert_code(verify_named(kit, "key"), STELLA_SIGNATURE_MISMATCH);
	stella_buf_free(&text);
	stella_cert_free(cert);
	stella_bundle_free(bundle);
	close_kit(kit);
}
END_TEST

/* ---------------------------------------------------------------- a signature that was verified before */

/* A bundle whose signature is broken, and what is said to be verified of it: everything, as long as nothing is changed. */
struct lie {
	struct stella_bundle *bundle;
	struct stella_cert *cert, *other_cert;
	struct stella_buf pae;
	struct stella_sigstore_signed verified;
};

static void open_lie(struct lie *lie, struct kit *kit, bool is_broken)
{
	const struct stella_json *envelope = stella_json_find(kit->document, "dsseEnvelope");
	const struct stella_json *signatures = stella_json_find(envelope, "signatures");
	struct kit *other = open_kit(INTOTO);
	struct stella_bundle *bundle;

	*lie = (struct lie){ 0 };
	if (is_broken)
		flip((struct stella_json *)(uintptr_t)stella_json_at(signatures, 0), "sig");
	assert_ok(stella_bundle_parse(&lie->bundle, stella_json_copy(kit->document)));
	assert_ok(stella_cert_parse(&lie->cert, stella_buf_span(&lie->bundle->certs[0])));
	assert_ok(stella_bundle_parse(&bundle, stella_json_copy(other->document)));
	assert_ok(stella_cert_parse(&lie->other_cert, stella_buf_span(&bundle->certs[0])));
	stella_bundle_free(bundle);
	close_kit(other);
	stella_dsse_pae(&lie->pae, lie->bundle->dsse->payload_type, stella_buf_span(&lie->bundle->dsse->payload));
	lie->verified = (struct stella_sigstore_signed){ lie->cert, stella_buf_span(&lie->pae),
		stella_buf_span(&lie->bundle->dsse->signatures[0].sig) };
}

static void close_lie(struct lie *lie)
{
	stella_cert_free(lie->cert);
	stella_cert_free(lie->other_cert);
	stella_buf_free(&lie->pae);
	stella_bundle_free(lie->bundle);
}

static const struct stella_error *verify_signed(struct kit *kit, const struct lie *lie)
{
	stella_sigstore_result_free(&kit->result);
	return stella_sigstore_verify_signed(&kit->result, lie->bundle, kit->root, &lie->verified, &kit->thresholds);
}

static const size_t envelopes[] = { DSSE, INTOTO, REKOR2_DSSE };

START_TEST(what_was_verified_is_not_computed_again)
{
	for (size_t i = 0; i < sizeof envelopes / sizeof *envelopes; i++) {
		struct kit *kit = open_kit(envelopes[i]);
		struct lie lie;

		open_lie(&lie, kit, false);
		assert_ok(verify_signed(kit, &lie));
		ck_assert_ptr_eq(kit->result.cert, lie.cert);
		ck_assert_uint_eq(kit->result.time_count, kit->row->times);
		ck_assert_uint_eq(kit->result.sct_count, 1);
		close_lie(&lie);
		/* Who says so of what is broken is believed: no arithmetic; but no log has seen it. */
		open_lie(&lie, kit, true);
		assert_code(verify_signed(kit, &lie), STELLA_LOG_ENTRY_MISMATCH);
		assert_code(verify(kit), STELLA_SIGNATURE_MISMATCH);
		close_lie(&lie);
		close_kit(kit);
	}
}
END_TEST

START_TEST(what_was_verified_of_something_else_is_nothing)
{
	for (size_t i = 0; i < sizeof envelopes / sizeof *envelopes; i++) {
		struct kit *kit = open_kit(envelopes[i]);
		struct stella_buf copy = { 0 };
		struct lie lie, saved;

		open_lie(&lie, kit, true);
		saved = lie;
		if (envelopes[i] != INTOTO) { /* another certificate */
			lie.verified.cert = lie.other_cert;
			assert_code(verify_signed(kit, &lie), STELLA_SIGNATURE_MISMATCH);
			ck_assert_ptr_ne(kit->result.cert, lie.other_cert);
		}
		lie = saved; /* another payload: a byte more, less, changed; none */
		lie.verified.message.size--;
		assert_code(verify_signed(kit, &lie), STELLA_SIGNATURE_MISMATCH);
		stella_buf_put_span(&copy, saved.verified.message);
		copy.data[copy.size - 1] ^= 1;
		lie.verified.message = stella_buf_span(&copy);
		assert_code(verify_signed(kit, &lie), STELLA_SIGNATURE_MISMATCH);
		lie.verified.message = stella_span(NULL, 0);
		assert_code(verify_signed(kit, &lie), STELLA_SIGNATURE_MISMATCH);
		lie = saved; /* another signature, such as the one that is good */
		copy.size = 0;
		stella_buf_put_span(&copy, saved.verified.signature);
		copy.data[copy.size - 1] ^= 1;
		lie.verified.signature = stella_buf_span(&copy);
		assert_code(verify_signed(kit, &lie), STELLA_SIGNATURE_MISMATCH);
		lie.verified.signature = stella_span(NULL, 0);
		assert_code(verify_signed(kit, &lie), STELLA_SIGNATURE_MISMATCH);
		lie = saved; /* the one in the place of the other */
		lie.verified.message = saved.verified.signature;
		lie.verified.signature = saved.verified.message;
		assert_code(verify_signed(kit, &lie), STELLA_SIGNATURE_MISMATCH);
		stella_buf_free(&copy);
		close_lie(&saved);
		close_kit(kit);
	}
}
END_TEST

START_TEST(what_was_verified_is_no_artifact_and_no_bare_key)
{
	static const size_t others[] = { V03, REKOR2, KEY };

	for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
		struct kit *kit = open_kit(others[i]), *envelope = open_kit(DSSE);
		struct stella_bundle *bundle;
		struct lie lie;

		open_lie(&lie, envelope, false);
		assert_ok(stella_bundle_parse(&bundle, stella_json_copy(kit->document)));
		assert_code(stella_sigstore_verify_signed(&kit->result, bundle, kit->root, &lie.verified, &kit->thresholds),
			others[i] == KEY ? STELLA_KEY_UNKNOWN : STELLA_SUBJECT_MISMATCH);
		stella_bundle_free(bundle);
		close_lie(&lie);
		close_kit(envelope);
		close_kit(kit);
	}
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_test(t, what_was_verified_is_not_computed_again);
	tcase_add_test(t, what_was_verified_of_something_else_is_nothing);
	tcase_add_test(t, what_was_verified_is_no_artifact_and_no_bare_key);
	tcase_add_test(t, a_key_id_does_not_name_another_key);
	tcase_add_test(t, a_bundle_of_every_kind_verifies);
	tcase_add_test(t, it_must_be_about_the_artifact);
	tcase_add_test(t, the_content_itself_counts_more_than_a_digest_that_was_given);
	tcase_add_test(t, the_signature_must_hold);
	tcase_add_test(t, thresholds_count_independent_logs_and_authorities);
	tcase_add_test(t, no_log_entry_is_enough_only_where_none_is_asked_for);
	tcase_add_test(t, an_integrated_time_that_nobody_signed_is_no_time);
	tcase_add_test(t, an_entry_that_does_not_hold_is_not_made_good_by_another);
	tcase_add_test(t, the_certificate_authority_must_be_known_and_valid_then);
	tcase_add_test(t, the_certificate_must_be_good_at_every_proven_time);
	tcase_add_test(t, a_key_is_no_certificate_and_a_certificate_no_key);
	tcase_add_test(t, another_media_type_does_not_ask_for_less);
	tcase_add_test(t, no_value_in_any_field_does_harm);
}
CHECK_MAIN("sigstore", fill)
