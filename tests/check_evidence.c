/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "encode.h"
#include "evidence.h"

#define A64 "c7c5c1d70c5dec4416ab6158afd0b223ef40c29b1dc1f97ed9428b94d4cadb1c"
#define STATEMENT "{\"_type\":\"https://in-toto.io/Statement/v1\",\"subject\":[{\"digest\":{\"sha256\":\"" A64 "\"}}]," \
	"\"predicateType\":\"https://example.com/p\"}"

static void envelope(struct stella_buf *out, const char *type, const char *payload)
{
	stella_buf_printf(out, "{\"payloadType\":\"%s\",\"payload\":\"", type);
	stella_base64_print(out, stella_span_str(payload));
	stella_buf_put_str(out, "\",\"signatures\":[{\"sig\":\"AAE=\"}]}");
}

static const struct stella_error *parse(struct stella_evidence **out, const char *text)
{
	struct stella_buf bytes = { 0 };
	const struct stella_error *err;

	stella_buf_put_str(&bytes, text);
	err = stella_evidence_parse(out, &bytes);
	ck_assert_ptr_null(bytes.data);
	return err;
}

static void refused(const char *text, enum stella_code code, const char *says)
{
	struct stella_evidence *evidence;
	const struct stella_error *err = parse(&evidence, text);

	ck_assert_ptr_null(evidence);
	ck_assert_msg(err != NULL, "accepted: %s", text);
	ck_assert_msg(err->code == code, "%s: %s", stella_code_word(err->code), err->message);
	ck_assert_msg(strncmp(err->message, "invalid attestation: ", 21) == 0, "%s", err->message);
	ck_assert_msg(strstr(err->message, says) != NULL, "\"%s\" does not say \"%s\"", err->message, says);
}

START_TEST(a_raw_envelope_and_a_bundle_are_told_apart)
{
	struct stella_buf text = { 0 }, bundle = { 0 };
	struct stella_evidence *evidence;
	struct stella_sha256 id;

	envelope(&text, STELLA_PAYLOAD_TYPE, STATEMENT);
	stella_buf_printf(&bundle, "{\"mediaType\":\"application/vnd.dev.sigstore.bundle.v0.3+json\",\"verificationMaterial\":"
		"{\"publicKey\":{}},\"dsseEnvelope\":%s}", (char *)text.data);
	stella_buf_put_str(&text, "\n"); /* a newline at the end is part of the id, and does not matter else */
	id = stella_sha256(stella_buf_span(&text));
	assert_ok(parse(&evidence, (char *)text.data));
	ck_assert_ptr_null(evidence->bundle);
	ck_assert(stella_sha256_equal(&evidence->id, &id));
	ck_assert(stella_span_equal(stella_buf_span(&evidence->bytes), stella_buf_span(&text)));
	assert_span_is(stella_buf_span(&evidence->dsse->payload), STATEMENT);
	ck_assert_str_eq(evidence->statement->predicate_type, "https://example.com/p");
	stella_evidence_free(evidence);
	assert_ok(parse(&evidence, (char *)bundle.data));
	ck_assert_ptr_eq(evidence->dsse, evidence->bundle->dsse);
	ck_assert_str_eq(evidence->statement->predicate_type, "https://example.com/p");
	stella_evidence_free(evidence);
	stella_evidence_free(NULL);
	stella_buf_free(&text);
	stella_buf_free(&bundle);
}
END_TEST

START_TEST(what_else_people_hand_in_is_named)
{
	struct stella_buf text = { 0 };

	refused("", STELLA_MALFORMED, "empty");
	refused(" \n", STELLA_MALFORMED, "empty");
	refused("-----BEGIN PUBLIC KEY-----\n", STELLA_MALFORMED, "PEM");
	refused("<!DOCTYPE html>", STELLA_MALFORMED, "HTML");
	refused("\x1f\x8b\x08", STELLA_MALFORMED, "gzip");
	refused("sha256:abc", STELLA_MALFORMED, "not JSON");
	refused("[]", STELLA_MALFORMED, "array");
	refused("{}", STELLA_MALFORMED, "neither");
	refused("5", STELLA_MALFORMED, "not a JSON object");
	refused("\"x\"", STELLA_MALFORMED, "not a JSON object");
	refused("{\"attestations\":[]}", STELLA_MALFORMED, "a list");
	refused(STATEMENT, STELLA_MALFORMED, "not signed");
	refused("{\"signed\":{},\"signatures\":[]}", STELLA_MALFORMED, "TUF");
	refused("{\"base64Signature\":\"\"}", STELLA_MALFORMED, "old cosign");
	refused("{\"verificationMaterial\":{},\"dsseEnvelope\":{}}", STELLA_MALFORMED, "without \"mediaType\"");
	envelope(&text, STELLA_PAYLOAD_TYPE, STATEMENT);
	stella_buf_put_str(&text, "\n");
	envelope(&text, STELLA_PAYLOAD_TYPE, STATEMENT);
	refused((char *)text.data, STELLA_MALFORMED, "one a line");
	stella_buf_free(&text);
	envelope(&text, STELLA_PAYLOAD_TYPE, STATEMENT);
	stella_buf_put_str(&text, "x");
	refused((char *)text.data, STELLA_MALFORMED, "");
	stella_buf_free(&text);
	refused("{\"mediaType\":\"application/vnd.dev.sigstore.bundle.v0.3+json\",\"verificationMaterial\":{\"publicKey\":{}},"
		"\"messageSignature\":{\"messageDigest\":{\"algorithm\":\"SHA2_256\","
		"\"digest\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"},\"signature\":\"AAE=\"}}", STELLA_MALFORMED,
		"no attestation inside: a message signature over an artifact");
}
END_TEST

START_TEST(a_payload_of_another_type_is_no_attestation_and_a_broken_one_is_malformed)
{
	struct stella_buf text = { 0 };

	envelope(&text, "text/plain", STATEMENT);
	refused((char *)text.data, STELLA_NO_ATTESTATION, "payload type \"text/plain\"");
	stella_buf_free(&text);
	envelope(&text, "application/vnd.in-toto+json; charset=utf-8", STATEMENT);
	refused((char *)text.data, STELLA_NO_ATTESTATION, "payload type");
	stella_buf_free(&text);
	envelope(&text, STELLA_PAYLOAD_TYPE, "{");
	refused((char *)text.data, STELLA_MALFORMED, "in-toto statement");
	stella_buf_free(&text);
	envelope(&text, STELLA_PAYLOAD_TYPE, "");
	refused((char *)text.data, STELLA_MALFORMED, "in-toto statement");
	stella_buf_free(&text);
}
END_TEST

START_TEST(more_bytes_than_allowed_are_a_limit_before_anything_is_read)
{
	struct stella_buf bytes = { 0 };
	struct stella_evidence *evidence;

	bytes.size = bytes.cap = STELLA_BUNDLE_MAX + 1;
	bytes.data = stella_alloc(bytes.cap + 1);
	memset(bytes.data, '[', bytes.size);
	assert_code(stella_evidence_parse(&evidence, &bytes), STELLA_LIMIT);
	ck_assert_ptr_null(bytes.data);
}
END_TEST

/* ---------------------------------------------------------------- each field of a bundle, absent or another */

/* Copies v, but the value that is number *at (counted down) becomes other, or goes where other is NULL. */
static struct stella_json *changed(const struct stella_json *v, int *at, const struct stella_json *other)
{
	enum stella_json_type type = stella_json_type(v);
	struct stella_json *out;
	const struct stella_json *value;
	const char *name = NULL;

	if (type != STELLA_JSON_OBJECT && type != STELLA_JSON_ARRAY)
		return stella_json_copy(v);
	out = type == STELLA_JSON_OBJECT ? stella_json_new_object() : stella_json_new_array();
	for (size_t i = 0; i < stella_json_count(v); i++) {
		struct stella_json *item = NULL;
		bool hit = (*at)-- == 0;

		if (type == STELLA_JSON_OBJECT)
			stella_json_member(v, i, &name, &value);
		else
			value = stella_json_at(v, i);
		if (!hit)
			item = changed(value, at, other);
		else if (other)
			item = stella_json_copy(other);
		if (item && type == STELLA_JSON_OBJECT)
			stella_json_set(out, name, item);
		else if (item)
			stella_json_add(out, item);
	}
	return out;
}

static struct stella_json *read_json(const char *text)
{
	struct stella_json *json;

	assert_ok(stella_json_parse(&json, stella_span_str(text)));
	return json;
}

START_TEST(each_field_that_is_absent_or_another_is_refused_or_does_not_matter)
{
	static const char *const others[] = { "null", "\"\"", "5", "-1", "true", "[]", "{}", "[null]", "{\"a\":[]}",
		"\"AAAA\"", "\"99999999999999999999999999\"" };
	struct stella_buf text = { 0 }, bundle = { 0 };
	struct stella_json *good, *other, *bad;
	struct stella_evidence *evidence;
	const struct stella_error *err;
	unsigned refusals = 0;
	int left;

	envelope(&text, STELLA_PAYLOAD_TYPE, STATEMENT);
	stella_buf_printf(&bundle, "{\"mediaType\":\"application/vnd.dev.sigstore.bundle+json;version=0.2\","
		"\"verificationMaterial\":{\"x509CertificateChain\":{\"certificates\":[{\"rawBytes\":\"TUlJQg==\"}]},"
		"\"tlogEntries\":[{\"logIndex\":\"1\",\"logId\":{\"keyId\":\"AA==\"},\"inclusionProof\":{\"hashes\":[\"AA==\"]}}],"
		"\"timestampVerificationData\":{\"rfc3161Timestamps\":[{\"signedTimestamp\":\"AA==\"}]}},"
		"\"dsseEnvelope\":%s}", (char *)text.data);
	good = read_json((char *)bundle.data);
	for (size_t i = 0; i <= sizeof others / sizeof *others; i++) {
		other = i ? read_json(others[i - 1]) : NULL;
		for (int at = 0; ; at++) {
			left = at;
			bad = changed(good, &left, other);
			if (left >= 0) {
				stella_json_free(bad);
				break;
			}
			bundle.size = 0;
			stella_json_print(&bundle, bad, STELLA_JSON_LINE);
			stella_json_free(bad);
			err = parse(&evidence, (char *)bundle.data);
			ck_assert(!err || err->code == STELLA_MALFORMED || err->code == STELLA_NO_ATTESTATION);
			refusals += err != NULL;
			stella_evidence_free(evidence);
		}
		stella_json_free(other);
	}
	ck_assert_uint_gt(refusals, 100);
	stella_json_free(good);
	stella_buf_free(&text);
	stella_buf_free(&bundle);
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_test(t, a_raw_envelope_and_a_bundle_are_told_apart);
	tcase_add_test(t, what_else_people_hand_in_is_named);
	tcase_add_test(t, a_payload_of_another_type_is_no_attestation_and_a_broken_one_is_malformed);
	tcase_add_test(t, more_bytes_than_allowed_are_a_limit_before_anything_is_read);
	tcase_add_test(t, each_field_that_is_absent_or_another_is_refused_or_does_not_matter);
}

CHECK_MAIN("evidence", fill)
