/* SPDX-License-Identifier: Apache-2.0 */
/* What an entry records: each of its parts another one, in every kind (threats: A1 to A3, A8). */
#include "tlog.h"

#include "check.h"
#include "encode.h"
#include "tlogkit.h"

static const struct stella_error *verify(const struct tlogkit *kit)
{
	return stella_tlog_verify_body(kit->entry, &kit->expected);
}

START_TEST(each_part_of_the_bundle_is_compared_in_every_kind)
{
	struct tlogkit *other = tlogkit_open(&tlogrows[0]);

	for (size_t i = 0; i < TLOGROWS; i++) {
		struct tlogkit *kit = tlogkit_open(&tlogrows[i]);
		struct stella_tlog_expected good = kit->expected;
		uint8_t flipped[STELLA_SHA256_SIZE];

		assert_ok(verify(kit));
		kit->expected.signature = stella_span("another", 7);
		assert_code(verify(kit), STELLA_LOG_ENTRY_MISMATCH);
		kit->expected = good;
		kit->expected.signature.size--;
		assert_code(verify(kit), STELLA_LOG_ENTRY_MISMATCH);
		kit->expected = good;
		if (strcmp(kit->entry->kind, "hashedrekord") == 0) {
			memcpy(flipped, good.digests[STELLA_HASH_SHA256].data, sizeof flipped);
			flipped[31] ^= 1;
			kit->expected.digests[STELLA_HASH_SHA256].data = flipped;
			assert_code(verify(kit), STELLA_LOG_ENTRY_MISMATCH);
			kit->expected.digests[STELLA_HASH_SHA256].size = 0;
			assert_code(verify(kit), STELLA_LOG_ENTRY_MISMATCH);
		} else {
			kit->expected.payload.size--;
			assert_code(verify(kit), STELLA_LOG_ENTRY_MISMATCH);
			kit->expected = good;
			kit->expected.payload_type = NULL; /* a message signature */
			assert_code(verify(kit), STELLA_LOG_ENTRY_MISMATCH);
		}
		kit->expected = good;
		if (kit->cert) {
			kit->expected.cert = i ? stella_cert_der(other->cert) : stella_span(good.cert.data, good.cert.size - 1);
			assert_code(verify(kit), STELLA_LOG_ENTRY_MISMATCH);
			kit->expected.cert.size = 0; /* its key alone */
			assert_code(verify(kit), STELLA_LOG_ENTRY_MISMATCH);
		} else {
			kit->expected.key = stella_cert_key(other->cert);
			assert_code(verify(kit), STELLA_LOG_ENTRY_MISMATCH);
			kit->expected.cert = stella_cert_der(other->cert);
			assert_code(verify(kit), STELLA_LOG_ENTRY_MISMATCH);
		}
		tlogkit_close(kit);
	}
	tlogkit_close(other);
}
END_TEST

START_TEST(the_entry_of_another_bundle_is_refused)
{
	for (size_t i = 0; i < TLOGROWS; i++) {
		for (size_t k = 0; k < TLOGROWS; k++) {
			struct tlogkit *a = tlogkit_open(&tlogrows[i]), *b = tlogkit_open(&tlogrows[k]);
			const struct stella_error *err = stella_tlog_verify_body(a->entry, &b->expected);

			ck_assert_msg(!err == stella_span_equal(stella_buf_span(&a->entry->body), stella_buf_span(&b->entry->body)),
				"%s with %s", tlogrows[i].name, tlogrows[k].name);
			tlogkit_close(a);
			tlogkit_close(b);
		}
	}
}
END_TEST

static void set_body(struct tlogkit *kit, const char *text)
{
	kit->entry->body.size = 0;
	stella_buf_put_str(&kit->entry->body, text);
}

START_TEST(kind_and_version_must_be_known_and_those_that_the_bundle_says)
{
	struct tlogkit *kit = tlogkit_open(&tlogrows[0]);

	free(kit->entry->version);
	kit->entry->version = stella_strdup("0.0.2");
	assert_code(verify(kit), STELLA_LOG_ENTRY_MISMATCH);
	free(kit->entry->kind);
	kit->entry->kind = stella_strdup("rekord");
	set_body(kit, "{\"kind\":\"rekord\",\"apiVersion\":\"0.0.2\",\"spec\":{}}");
	assert_code(verify(kit), STELLA_LOG_ENTRY_MISMATCH);
	set_body(kit, "{\"kind\":\"rekord\",\"apiVersion\":\"0.0.2\"}");
	assert_code(verify(kit), STELLA_MALFORMED);
	set_body(kit, "[]");
	assert_code(verify(kit), STELLA_MALFORMED);
	set_body(kit, "");
	assert_code(verify(kit), STELLA_MALFORMED);
	tlogkit_close(kit);
}
END_TEST

/* Not compared: what no bundle keeps, and hints. */
static bool is_spare(const char *what)
{
	static const char *const spare[] = { "\"algorithm\" with", "\"keyDetails\"", "\"keyid\"" };

	for (size_t i = 0; i < sizeof spare / sizeof *spare; i++)
		if (strncmp(what, spare[i], strlen(spare[i])) == 0)
			return true;
	return false;
}

struct hostile {
	struct tlogkit *kit;
	unsigned accepted, refused;
};

static void try_hostile(const struct stella_json *json, const char *what, void *context)
{
	struct hostile *h = context;
	const struct stella_error *err;

	h->kit->entry->body.size = 0;
	stella_json_print(&h->kit->entry->body, json, STELLA_JSON_LINE);
	err = verify(h->kit);
	ck_assert_msg(!err || err->code == STELLA_MALFORMED || err->code == STELLA_LIMIT ||
		err->code == STELLA_LOG_ENTRY_MISMATCH, "%s: %s", what, err ? err->message : "");
	if (err)
		h->refused++;
	else if (!is_spare(what))
		h->accepted++;
}

START_TEST(no_value_in_any_field_does_harm)
{
	for (size_t i = 0; i < TLOGROWS; i++) {
		struct hostile h = { .kit = tlogkit_open(&tlogrows[i]) };
		struct stella_json *json;

		assert_ok(stella_json_parse(&json, stella_buf_span(&h.kit->entry->body)));
		each_hostile(json, json, try_hostile, &h);
		ck_assert_uint_gt(h.refused, 100);
		if (strcmp(tlogrows[i].kind, "hashedrekord") == 0)
			ck_assert_msg(h.accepted == 0, "%s: %u accepted", tlogrows[i].name, h.accepted);
		stella_json_free(json);
		tlogkit_close(h.kit);
	}
}
END_TEST

/* {"hash": ...} of Rekor v2's dsse 0.0.2, for which there is no real entry at hand. */
static void make_dsse_v2(struct tlogkit *kit, const char *change)
{
	struct stella_buf text = { 0 };
	uint8_t digest[STELLA_DIGEST_MAX];

	stella_hash(STELLA_HASH_SHA256, kit->expected.payload, digest);
	digest[0] ^= strcmp(change, "payload") == 0;
	stella_buf_put_str(&text, "{\"apiVersion\":\"0.0.2\",\"kind\":\"dsse\",\"spec\":{\"dsseV002\":{\"payloadHash\":{"
		"\"algorithm\":\"SHA2_256\",\"digest\":\"");
	stella_base64_print(&text, stella_span(digest, 32));
	stella_buf_put_str(&text, "\"},\"signatures\":[{\"content\":\"");
	stella_base64_print(&text, strcmp(change, "signature") ? kit->expected.signature : stella_span("x", 1));
	stella_buf_put_str(&text, "\",\"verifier\":{\"keyDetails\":\"PKIX_ECDSA_P256_SHA_256\",\"");
	stella_buf_put_str(&text, strcmp(change, "key") ? "x509Certificate" : "publicKey");
	stella_buf_put_str(&text, "\":{\"rawBytes\":\"");
	stella_base64_print(&text, strcmp(change, "key") ? kit->expected.cert : stella_pubkey_spki(kit->expected.key));
	stella_buf_put_str(&text, strcmp(change, "two") ? "\"}}}]}}}" : "\"}}},{}]}}}");
	set_body(kit, (const char *)text.data);
	stella_buf_free(&text);
	free(kit->entry->kind);
	kit->entry->kind = stella_strdup("dsse");
}

START_TEST(an_entry_of_dsse_of_rekor_v2_is_compared_too)
{
	static const char *const changes[] = { "payload", "signature", "key", "two" };
	struct tlogkit *kit = tlogkit_open(&tlogrows[6]);

	ck_assert_ptr_nonnull(kit->bundle->dsse);
	make_dsse_v2(kit, "");
	assert_ok(verify(kit));
	for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
		make_dsse_v2(kit, changes[i]);
		assert_code(verify(kit), STELLA_LOG_ENTRY_MISMATCH);
	}
	tlogkit_close(kit);
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_test(t, each_part_of_the_bundle_is_compared_in_every_kind);
	tcase_add_test(t, the_entry_of_another_bundle_is_refused);
	tcase_add_test(t, kind_and_version_must_be_known_and_those_that_the_bundle_says);
	tcase_add_test(t, no_value_in_any_field_does_harm);
	tcase_add_test(t, an_entry_of_dsse_of_rekor_v2_is_compared_too);
}
CHECK_MAIN("tlog_body", fill)
