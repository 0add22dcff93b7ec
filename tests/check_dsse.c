/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "check.h"
#include "dsse.h"

static const struct stella_error *parse(struct stella_dsse **out, const char *text)
{
	const struct stella_error *err;
	struct stella_json *json = NULL;

	*out = NULL;
	err = stella_json_parse(&json, stella_span_str(text));
	if (err)
		return err;
	err = stella_dsse_parse(out, json);
	stella_json_free(json);
	return err;
}

static void refused(const char *text, enum stella_code code)
{
	struct stella_dsse *dsse;

	assert_code(parse(&dsse, text), code);
	ck_assert_ptr_null(dsse);
}

#define CERT "-----BEGIN CERTIFICATE-----\\nTUlJQg==\\n-----END CERTIFICATE-----\\n"

START_TEST(an_envelope_gives_its_parts)
{
	struct stella_dsse *dsse;

	assert_ok(parse(&dsse, "{\"payloadType\":\"a/b\",\"payload\":\"aGV5\",\"signatures\":["
		"{\"sig\":\"AAE=\",\"keyid\":\"k\"},{\"sig\":\"Ag==\"}]}"));
	ck_assert_str_eq(dsse->payload_type, "a/b");
	assert_span_is(stella_buf_span(&dsse->payload), "hey");
	ck_assert_uint_eq(dsse->signature_count, 2);
	ck_assert_str_eq(dsse->signatures[0].keyid, "k");
	ck_assert_uint_eq(dsse->signatures[0].sig.size, 2);
	ck_assert_uint_eq(dsse->signatures[0].cert_count, 0);
	ck_assert_ptr_null(dsse->signatures[1].keyid);
	ck_assert_uint_eq(dsse->signatures[1].sig.data[0], 2);
	stella_dsse_free(dsse);
	stella_dsse_free(NULL);
}
END_TEST

START_TEST(a_key_id_that_is_null_or_empty_is_none)
{
	struct stella_dsse *dsse;

	assert_ok(parse(&dsse, "{\"payloadType\":\"a\",\"payload\":\"\",\"signatures\":["
		"{\"sig\":\"AA==\",\"keyid\":null},{\"sig\":\"AA==\",\"keyid\":\"\"}]}"));
	ck_assert_ptr_null(dsse->signatures[0].keyid);
	ck_assert_ptr_null(dsse->signatures[1].keyid);
	ck_assert_uint_eq(dsse->payload.size, 0);
	stella_dsse_free(dsse);
}
END_TEST

START_TEST(both_base64_alphabets_are_read_and_unknown_fields_passed_over)
{
	struct stella_dsse *dsse;

	assert_ok(parse(&dsse, "{\"payloadType\":\"a\",\"payload\":\"-_8\",\"x\":{\"y\":1},\"signatures\":["
		"{\"sig\":\"+/8=\",\"more\":[]}]}"));
	ck_assert(stella_span_equal(stella_buf_span(&dsse->payload), stella_buf_span(&dsse->signatures[0].sig)));
	stella_dsse_free(dsse);
}
END_TEST

START_TEST(certificates_beside_a_signature_are_read_in_order)
{
	struct stella_dsse *dsse;

	assert_ok(parse(&dsse, "{\"payloadType\":\"a\",\"payload\":\"\",\"signatures\":[{\"sig\":\"AA==\",\"cert\":\""
		CERT "-----BEGIN CERTIFICATE-----\\nTUlJQw==\\n-----END CERTIFICATE-----\\n\"}]}"));
	ck_assert_uint_eq(dsse->signatures[0].cert_count, 2);
	assert_span_is(stella_buf_span(&dsse->signatures[0].certs[0]), "MIIB");
	assert_span_is(stella_buf_span(&dsse->signatures[0].certs[1]), "MIIC");
	stella_dsse_free(dsse);
}
END_TEST

START_TEST(each_field_that_is_absent_or_wrong_is_refused)
{
	static const char *const bad[] = {
		"[]", "\"text\"", "{}",
		"{\"payload\":\"\",\"signatures\":[{\"sig\":\"AA==\"}]}",
		"{\"payloadType\":\"\",\"payload\":\"\",\"signatures\":[{\"sig\":\"AA==\"}]}",
		"{\"payloadType\":null,\"payload\":\"\",\"signatures\":[{\"sig\":\"AA==\"}]}",
		"{\"payloadType\":1,\"payload\":\"\",\"signatures\":[{\"sig\":\"AA==\"}]}",
		"{\"payload_type\":\"a\",\"payload\":\"\",\"signatures\":[{\"sig\":\"AA==\"}]}",
		"{\"PayloadType\":\"a\",\"payload\":\"\",\"signatures\":[{\"sig\":\"AA==\"}]}",
		"{\"payloadType\":\"a\",\"signatures\":[{\"sig\":\"AA==\"}]}",
		"{\"payloadType\":\"a\",\"payload\":null,\"signatures\":[{\"sig\":\"AA==\"}]}",
		"{\"payloadType\":\"a\",\"payload\":{},\"signatures\":[{\"sig\":\"AA==\"}]}",
		"{\"payloadType\":\"a\",\"payload\":\"\"}",
		"{\"payloadType\":\"a\",\"payload\":\"\",\"signatures\":null}",
		"{\"payloadType\":\"a\",\"payload\":\"\",\"signatures\":{}}",
		"{\"payloadType\":\"a\",\"payload\":\"\",\"signatures\":[]}",
		"{\"payloadType\":\"a\",\"payload\":\"\",\"signatures\":[null]}",
		"{\"payloadType\":\"a\",\"payload\":\"\",\"signatures\":[{}]}",
		"{\"payloadType\":\"a\",\"payload\":\"\",\"signatures\":[{\"sig\":null}]}",
		"{\"payloadType\":\"a\",\"payload\":\"\",\"signatures\":[{\"sig\":\"\"}]}",
		"{\"payloadType\":\"a\",\"payload\":\"\",\"signatures\":[{\"sig\":5}]}",
		"{\"payloadType\":\"a\",\"payload\":\"\",\"signatures\":[{\"sig\":\"AA==\",\"keyid\":5}]}",
		"{\"payloadType\":\"a\",\"payload\":\"\",\"signatures\":[{\"sig\":\"AA==\",\"cert\":5}]}",
		"{\"payloadType\":\"a\",\"payload\":\"\",\"signatures\":[{\"sig\":\"AA==\",\"cert\":\"\"}]}",
		"{\"payloadType\":\"a\",\"payload\":\"\",\"signatures\":[{\"sig\":\"AA==\",\"cert\":\"" CERT "-x\"}]}",
		("{\"payloadType\":\"a\",\"payload\":\"\",\"signatures\":[{\"sig\":\"AA==\",\"cert\":"
		"\"-----BEGIN PUBLIC KEY-----\\nTUlJQg==\\n-----END PUBLIC KEY-----\\n\"}]}"),
		"{\"payloadType\":\"a\",\"payload\":\"\",\"payload\":\"\",\"signatures\":[{\"sig\":\"AA==\"}]}",
		"{\"payloadType\":\"a\",\"payload\":\"\",\"signatures\":[{\"sig\":\"AA==\",\"s\\u0069g\":\"AA==\"}]}",
	};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		refused(bad[i], STELLA_MALFORMED);
}
END_TEST

START_TEST(base64_that_has_another_text_is_refused)
{
	static const char *const bad[] = { "-/8=", "+_8=", "AA=", "AB==", "AA==\\n", "A A=", "AAA=A", "AAA==", "A", "!!!!",
		"AA==AA==" };
	char text[200];

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		snprintf(text, sizeof text, "{\"payloadType\":\"a\",\"payload\":\"%s\",\"signatures\":[{\"sig\":\"AA==\"}]}",
			bad[i]);
		refused(text, STELLA_MALFORMED);
		snprintf(text, sizeof text, "{\"payloadType\":\"a\",\"payload\":\"\",\"signatures\":[{\"sig\":\"%s\"}]}",
			bad[i]);
		refused(text, STELLA_MALFORMED);
	}
}
END_TEST

START_TEST(the_33rd_signature_and_the_17th_certificate_are_too_many)
{
	struct stella_buf text = { 0 };
	struct stella_dsse *dsse;

	for (int count = STELLA_SIGNATURES_MAX; count <= STELLA_SIGNATURES_MAX + 1; count++) {
		stella_buf_put_str(&text, "{\"payloadType\":\"a\",\"payload\":\"\",\"signatures\":[");
		for (int i = 0; i < count; i++)
			stella_buf_printf(&text, "%s{\"sig\":\"AA==\"}", i ? "," : "");
		stella_buf_put_str(&text, "]}");
		if (count <= STELLA_SIGNATURES_MAX) {
			assert_ok(parse(&dsse, (char *)text.data));
			stella_dsse_free(dsse);
		} else {
			refused((char *)text.data, STELLA_LIMIT);
		}
		stella_buf_free(&text);
	}
	for (int count = STELLA_CERTIFICATES_MAX; count <= STELLA_CERTIFICATES_MAX + 1; count++) {
		stella_buf_put_str(&text, "{\"payloadType\":\"a\",\"payload\":\"\",\"signatures\":[{\"sig\":\"AA==\",\"cert\":\"");
		for (int i = 0; i < count; i++)
			stella_buf_put_str(&text, CERT);
		stella_buf_put_str(&text, "\"}]}");
		if (count <= STELLA_CERTIFICATES_MAX) {
			assert_ok(parse(&dsse, (char *)text.data));
			ck_assert_uint_eq(dsse->signatures[0].cert_count, count);
			stella_dsse_free(dsse);
		} else {
			refused((char *)text.data, STELLA_LIMIT);
		}
		stella_buf_free(&text);
	}
}
END_TEST

START_TEST(the_pae_is_that_of_the_specification)
{
	struct stella_buf pae = { 0 };

	stella_dsse_pae(&pae, "http://example.com/HelloWorld", stella_span_str("hello world"));
	assert_span_is(stella_buf_span(&pae), "DSSEv1 29 http://example.com/HelloWorld 11 hello world");
	stella_buf_free(&pae);
	stella_dsse_pae(&pae, "pr\xc3\xbc", stella_span("\0", 1)); /* lengths are of bytes */
	ck_assert(stella_span_equal(stella_buf_span(&pae), stella_span("DSSEv1 4 pr\xc3\xbc 1 \0", 17)));
	stella_buf_free(&pae);
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_test(t, an_envelope_gives_its_parts);
	tcase_add_test(t, a_key_id_that_is_null_or_empty_is_none);
	tcase_add_test(t, both_base64_alphabets_are_read_and_unknown_fields_passed_over);
	tcase_add_test(t, certificates_beside_a_signature_are_read_in_order);
	tcase_add_test(t, each_field_that_is_absent_or_wrong_is_refused);
	tcase_add_test(t, base64_that_has_another_text_is_refused);
	tcase_add_test(t, the_33rd_signature_and_the_17th_certificate_are_too_many);
	tcase_add_test(t, the_pae_is_that_of_the_specification);
}

CHECK_MAIN("dsse", fill)
