/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "check.h"
#include "bundle.h"

#define ENVELOPE "{\"payload\":\"aGV5\",\"payloadType\":\"a\",\"signatures\":[{\"sig\":\"AAE=\",\"keyid\":\"\"}]}"
#define MESSAGE "{\"messageDigest\":{\"algorithm\":\"SHA2_256\"," \
	"\"digest\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"},\"signature\":\"AAE=\"}"
#define V03 "application/vnd.dev.sigstore.bundle.v0.3+json"
#define KEY "{\"publicKey\":{\"hint\":\"h\"}}"
#define CERT "{\"certificate\":{\"rawBytes\":\"TUlJQg==\"}}"
#define CHAIN "{\"x509CertificateChain\":{\"certificates\":[{\"rawBytes\":\"TUlJQg==\"},{\"rawBytes\":\"TUlJQw==\"}]}}"
#define BUNDLE(type, material, rest) "{\"mediaType\":\"" type "\",\"verificationMaterial\":" material "," rest "}"
#define DSSE(material) BUNDLE(V03, material, "\"dsseEnvelope\":" ENVELOPE)

static const struct stella_error *parse(struct stella_bundle **out, const char *text)
{
	const struct stella_error *err;
	struct stella_json *json = NULL;

	*out = NULL;
	err = stella_json_parse(&json, stella_span_str(text));
	return err ? err : stella_bundle_parse(out, json);
}

static void refused(const char *text, enum stella_code code)
{
	struct stella_bundle *bundle;

	assert_code(parse(&bundle, text), code);
	ck_assert_ptr_null(bundle);
}

START_TEST(a_bundle_with_a_key_gives_its_parts)
{
	struct stella_bundle *bundle;

	assert_ok(parse(&bundle, DSSE(KEY)));
	ck_assert_str_eq(bundle->media_type, V03);
	ck_assert_uint_eq(bundle->minor, 3);
	ck_assert_str_eq(bundle->key_hint, "h");
	ck_assert_uint_eq(bundle->cert_count, 0);
	ck_assert_uint_eq(bundle->log_entry_count, 0);
	assert_span_is(stella_buf_span(&bundle->dsse->payload), "hey");
	ck_assert_ptr_nonnull(stella_json_find(bundle->document, "verificationMaterial"));
	stella_bundle_free(bundle);
	stella_bundle_free(NULL);
	assert_ok(parse(&bundle, DSSE("{\"publicKey\":{}}")));
	ck_assert_ptr_null(bundle->key_hint);
	stella_bundle_free(bundle);
}
END_TEST

START_TEST(every_version_has_its_certificates)
{
	static const char *const chains[] = { "application/vnd.dev.sigstore.bundle+json;version=0.1",
		"application/vnd.dev.sigstore.bundle+json;version=0.2" };
	struct stella_bundle *bundle;
	char text[1000];

	for (size_t i = 0; i < 2; i++) {
		snprintf(text, sizeof text, BUNDLE("%s", CHAIN, "\"dsseEnvelope\":" ENVELOPE), chains[i]);
		assert_ok(parse(&bundle, text));
		ck_assert_uint_eq(bundle->minor, i + 1);
		ck_assert_uint_eq(bundle->cert_count, 2);
		assert_span_is(stella_buf_span(&bundle->certs[1]), "MIIC");
		ck_assert_uint_eq(bundle->dsse->signatures[0].cert_count, 2);
		assert_span_is(stella_buf_span(&bundle->dsse->signatures[0].certs[0]), "MIIB");
		stella_bundle_free(bundle);
		snprintf(text, sizeof text, BUNDLE("%s", CERT, "\"dsseEnvelope\":" ENVELOPE), chains[i]);
		refused(text, STELLA_MALFORMED);
	}
	assert_ok(parse(&bundle, DSSE(CERT)));
	ck_assert_uint_eq(bundle->dsse->signatures[0].cert_count, 1);
	stella_bundle_free(bundle);
	assert_ok(parse(&bundle, BUNDLE("application/vnd.dev.sigstore.bundle+json;version=0.3", CERT,
		"\"dsseEnvelope\":" ENVELOPE)));
	stella_bundle_free(bundle);
	refused(DSSE(CHAIN), STELLA_MALFORMED);
}
END_TEST

START_TEST(a_message_signature_is_kept_apart)
{
	struct stella_bundle *bundle;

	assert_ok(parse(&bundle, BUNDLE(V03, KEY, "\"messageSignature\":" MESSAGE)));
	ck_assert_ptr_null(bundle->dsse);
	ck_assert_int_eq(bundle->message_hash, STELLA_HASH_SHA256);
	ck_assert_uint_eq(bundle->message_digest.size, 32);
	ck_assert_uint_eq(bundle->message_signature.size, 2);
	stella_bundle_free(bundle);
	refused(BUNDLE(V03, KEY, "\"messageSignature\":" MESSAGE ",\"dsseEnvelope\":" ENVELOPE), STELLA_MALFORMED);
	refused("{\"mediaType\":\"" V03 "\",\"verificationMaterial\":" KEY "}", STELLA_MALFORMED);
	refused(BUNDLE(V03, KEY, "\"messageSignature\":{\"signature\":\"AAE=\"}"), STELLA_MALFORMED);
	refused(BUNDLE(V03, KEY, "\"messageSignature\":{\"messageDigest\":{\"algorithm\":\"MD5\","
		"\"digest\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"},\"signature\":\"AAE=\"}"), STELLA_MALFORMED);
	refused(BUNDLE(V03, KEY, "\"messageSignature\":{\"messageDigest\":{\"algorithm\":\"SHA2_512\","
		"\"digest\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"},\"signature\":\"AAE=\"}"), STELLA_MALFORMED);
	refused(BUNDLE(V03, KEY, "\"messageSignature\":{\"messageDigest\":{\"algorithm\":\"SHA2_256\","
		"\"digest\":\"AAAA\"},\"signature\":\"AAE=\"}"), STELLA_MALFORMED);
}
END_TEST

START_TEST(field_names_of_protobuf_and_null_for_not_set_are_read)
{
	struct stella_bundle *bundle;

	assert_ok(parse(&bundle, "{\"media_type\":\"" V03 "\",\"verification_material\":{\"certificate\":null,"
		"\"public_key\":{\"hint\":null},\"tlog_entries\":[{\"log_index\":\"5\",\"inclusion_proof\":null}],"
		"\"timestamp_verification_data\":null},\"message_signature\":null,\"dsse_envelope\":"
		"{\"payload\":\"aGV5\",\"payload_type\":\"a\",\"signatures\":[{\"sig\":\"AAE=\",\"keyid\":null}]}}"));
	ck_assert_str_eq(bundle->dsse->payload_type, "a");
	ck_assert_uint_eq(bundle->log_entry_count, 1);
	ck_assert_ptr_nonnull(stella_json_find(stella_json_at(stella_json_find(stella_json_find(bundle->document,
		"verificationMaterial"), "tlogEntries"), 0), "logIndex"));
	stella_bundle_free(bundle);
	refused("{\"media_type\":\"" V03 "\",\"mediaType\":\"" V03 "\",\"verificationMaterial\":" KEY ",\"dsseEnvelope\":"
		ENVELOPE "}", STELLA_MALFORMED);
	refused("{\"mediaType\":\"" V03 "\",\"media_type\":\"" V03 "\",\"verificationMaterial\":" KEY ",\"dsseEnvelope\":"
		ENVELOPE "}", STELLA_MALFORMED);
	refused(BUNDLE(V03, "{\"publicKey\":{},\"tlogEntries\":[null]}", "\"dsseEnvelope\":" ENVELOPE), STELLA_MALFORMED);
}
END_TEST

START_TEST(what_is_absent_wrong_or_unknown_is_refused)
{
	static const char *const bad[] = {
		"[]", "{}", "null", "[" DSSE(KEY) "]",
		BUNDLE("", KEY, "\"dsseEnvelope\":" ENVELOPE),
		BUNDLE("application/vnd.dev.sigstore.bundle.v0.4+json", KEY, "\"dsseEnvelope\":" ENVELOPE),
		BUNDLE("application/vnd.dev.sigstore.bundle+json;version=0.4", KEY, "\"dsseEnvelope\":" ENVELOPE),
		BUNDLE("Application/vnd.dev.sigstore.bundle.v0.3+json", KEY, "\"dsseEnvelope\":" ENVELOPE),
		"{\"mediaType\":3,\"verificationMaterial\":" KEY ",\"dsseEnvelope\":" ENVELOPE "}",
		"{\"verificationMaterial\":" KEY ",\"dsseEnvelope\":" ENVELOPE "}",
		"{\"mediaType\":\"" V03 "\",\"dsseEnvelope\":" ENVELOPE "}",
		BUNDLE(V03, "null", "\"dsseEnvelope\":" ENVELOPE), BUNDLE(V03, "[]", "\"dsseEnvelope\":" ENVELOPE),
		BUNDLE(V03, KEY, "\"dsseEnvelope\":null"), BUNDLE(V03, KEY, "\"dsseEnvelope\":[]"),
		BUNDLE(V03, KEY, "\"dsseEnvelope\":" ENVELOPE ",\"more\":1"),
		BUNDLE(V03, KEY, "\"dsseEnvelope\":" ENVELOPE ",\"MediaType\":1"),
		DSSE("{}"), DSSE("{\"publicKey\":{\"hint\":\"h\"},\"more\":1}"), DSSE("{\"publicKey\":{\"hint\":5}}"),
		DSSE("{\"publicKey\":{\"rawBytes\":\"AA==\"}}"), DSSE("{\"publicKey\":[]}"),
		DSSE("{\"publicKey\":{},\"certificate\":{\"rawBytes\":\"TUlJQg==\"}}"),
		DSSE("{\"certificate\":{}}"), DSSE("{\"certificate\":{\"rawBytes\":\"\"}}"),
		DSSE("{\"certificate\":{\"rawBytes\":\"*\"}}"), DSSE("{\"certificate\":\"TUlJQg==\"}"),
		DSSE("{\"certificate\":{\"rawBytes\":\"TUlJQg==\",\"x\":1}}"),
		DSSE("{\"publicKey\":{},\"tlogEntries\":{}}"), DSSE("{\"publicKey\":{},\"tlogEntries\":[5]}"),
		DSSE("{\"publicKey\":{},\"timestampVerificationData\":[]}"),
		DSSE("{\"publicKey\":{},\"timestampVerificationData\":{\"rfc3161Timestamps\":5}}"),
		BUNDLE("application/vnd.dev.sigstore.bundle+json;version=0.1",
			"{\"x509CertificateChain\":{\"certificates\":[]}}", "\"dsseEnvelope\":" ENVELOPE),
		BUNDLE("application/vnd.dev.sigstore.bundle+json;version=0.1",
			"{\"x509CertificateChain\":{\"certificates\":[5]}}", "\"dsseEnvelope\":" ENVELOPE),
		BUNDLE("application/vnd.dev.sigstore.bundle+json;version=0.1",
			"{\"x509CertificateChain\":{}}", "\"dsseEnvelope\":" ENVELOPE),
		BUNDLE(V03, KEY, "\"dsseEnvelope\":{\"payload\":\"aGV5\",\"payloadType\":\"a\",\"signatures\":[]}"),
		BUNDLE(V03, KEY, "\"dsseEnvelope\":{\"payload\":\"aGV5\",\"payloadType\":\"a\",\"signatures\":["
			"{\"sig\":\"AAE=\"},{\"sig\":\"AAE=\"}]}"),
		BUNDLE(V03, KEY, "\"dsseEnvelope\":{\"payload\":\"aGV5\",\"payloadType\":\"a\",\"signatures\":["
			"{\"sig\":\"AAE=\",\"cert\":\"x\"}]}"),
		BUNDLE(V03, KEY, "\"dsseEnvelope\":{\"payload\":\"aGV5\",\"payloadType\":\"a\",\"signatures\":[5]}"),
		BUNDLE(V03, KEY, "\"dsseEnvelope\":{\"payload\":\"aGV5\",\"payloadType\":\"a\",\"signatures\":["
			"{\"sig\":\"AAE=\"}],\"more\":1}"),
	};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		refused(bad[i], STELLA_MALFORMED);
}
END_TEST

static void repeated(struct stella_buf *out, const char *before, const char *item, int count, const char *after)
{
	stella_buf_put_str(out, before);
	for (int i = 0; i < count; i++)
		stella_buf_printf(out, "%s%s", i ? "," : "", item);
	stella_buf_put_str(out, after);
}

START_TEST(entries_timestamps_and_certificates_have_limits)
{
	static const struct {
		const char *before, *item, *after;
		int max;
	} rows[] = {
		{ "{\"mediaType\":\"" V03 "\",\"verificationMaterial\":{\"publicKey\":{},\"tlogEntries\":[", "{}",
			"]},\"dsseEnvelope\":" ENVELOPE "}", STELLA_LOG_ENTRIES_MAX },
		{ "{\"mediaType\":\"" V03 "\",\"verificationMaterial\":{\"publicKey\":{},\"timestampVerificationData\":"
			"{\"rfc3161Timestamps\":[", "{\"signedTimestamp\":\"AA==\"}", "]}},\"dsseEnvelope\":" ENVELOPE "}",
			STELLA_TIMESTAMPS_MAX },
		{ "{\"mediaType\":\"application/vnd.dev.sigstore.bundle+json;version=0.2\",\"verificationMaterial\":"
			"{\"x509CertificateChain\":{\"certificates\":[", "{\"rawBytes\":\"AA==\"}",
			"]}},\"dsseEnvelope\":" ENVELOPE "}", STELLA_CERTIFICATES_MAX },
	};
	struct stella_buf text = { 0 };
	struct stella_bundle *bundle;

	for (size_t i = 0; i < 3; i++) {
		repeated(&text, rows[i].before, rows[i].item, rows[i].max, rows[i].after);
		assert_ok(parse(&bundle, (char *)text.data));
		ck_assert_uint_eq(bundle->log_entry_count + bundle->timestamp_count + bundle->cert_count, rows[i].max);
		stella_bundle_free(bundle);
		stella_buf_free(&text);
		repeated(&text, rows[i].before, rows[i].item, rows[i].max + 1, rows[i].after);
		refused((char *)text.data, STELLA_LIMIT);
		stella_buf_free(&text);
	}
}
END_TEST

#define DIGEST "\"digest\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\""

START_TEST(a_certificate_has_a_limit_and_a_message_all_its_parts)
{
	static const char *const messages[] = {
		"{\"messageDigest\":{\"algorithm\":\"SHA2_256\"," DIGEST "}}",
		"{\"messageDigest\":{\"algorithm\":\"SHA2_256\"," DIGEST "},\"signature\":\"\"}",
		"{\"messageDigest\":{\"algorithm\":\"SHA2_256\"," DIGEST "},\"signature\":\"AAE=\",\"more\":1}",
		"{\"messageDigest\":{" DIGEST "},\"signature\":\"AAE=\"}",
		"{\"messageDigest\":{\"algorithm\":5," DIGEST "},\"signature\":\"AAE=\"}",
		"{\"messageDigest\":{\"algorithm\":\"SHA2_256\",\"more\":1," DIGEST "},\"signature\":\"AAE=\"}",
		"{\"messageDigest\":[],\"signature\":\"AAE=\"}",
	};
	struct stella_buf text = { 0 };
	char whole[1000];

	for (size_t i = 0; i < sizeof messages / sizeof *messages; i++) {
		snprintf(whole, sizeof whole, BUNDLE(V03, KEY, "\"messageSignature\":%s"), messages[i]);
		refused(whole, STELLA_MALFORMED);
	}
	refused(BUNDLE(V03, KEY, "\"messageSignature\":{\"messageDigest\":{\"algorithm\":\"SHA2_256\"},"
		"\"signature\":\"AAE=\"}"), STELLA_MALFORMED);
	refused(BUNDLE(V03, KEY, "\"messageSignature\":[]"), STELLA_MALFORMED);
	refused(BUNDLE(V03, KEY, "\"dsseEnvelope\":{\"payload\":\"aGV5\",\"payloadType\":\"a\"}"), STELLA_MALFORMED);
	repeated(&text, "{\"mediaType\":\"" V03 "\",\"verificationMaterial\":{\"certificate\":{\"rawBytes\":\"", "AAA",
		STELLA_CERTIFICATE_MAX / 3 + 1, "\"}},\"dsseEnvelope\":" ENVELOPE "}");
	for (size_t i = 0; i < text.size; i++) /* four letters for three bytes */
		text.data[i] = text.data[i] == ',' && i && text.data[i - 1] == 'A' ? 'A' : text.data[i];
	refused((char *)text.data, STELLA_LIMIT);
	stella_buf_free(&text);
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_test(t, a_bundle_with_a_key_gives_its_parts);
	tcase_add_test(t, every_version_has_its_certificates);
	tcase_add_test(t, a_message_signature_is_kept_apart);
	tcase_add_test(t, field_names_of_protobuf_and_null_for_not_set_are_read);
	tcase_add_test(t, what_is_absent_wrong_or_unknown_is_refused);
	tcase_add_test(t, entries_timestamps_and_certificates_have_limits);
	tcase_add_test(t, a_certificate_has_a_limit_and_a_message_all_its_parts);
}

CHECK_MAIN("bundle", fill)
