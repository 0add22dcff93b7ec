/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "der.h"

#define SPAN(text) stella_span((text), sizeof(text) - 1)

START_TEST(well_formed_values_are_accepted)
{
	static const struct { const char *der; size_t size; } good[] = {
#define GOOD(text) { text, sizeof(text) - 1 }
		GOOD("\x01\x01\x00"), GOOD("\x01\x01\xff"),
		GOOD("\x02\x01\x00"), GOOD("\x02\x01\xff"), GOOD("\x02\x02\x00\x80"), GOOD("\x02\x02\xff\x7f"),
		GOOD("\x03\x01\x00"), GOOD("\x03\x02\x07\x80"), GOOD("\x04\x00"), GOOD("\x05\x00"),
		GOOD("\x06\x01\x2a"), GOOD("\x06\x05\x8f\xff\xff\xff\x7f"), GOOD("\x30\x00"), GOOD("\x31\x02\x05\x00"),
		GOOD("\xa0\x03\x02\x01\x05"), GOOD("\x82\x03" "abc"), GOOD("\x16\x01" "a"),
		GOOD("\x30\x09\x30\x00\x02\x01\x01\x30\x02\x05\x00"),
	};

	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		assert_ok(stella_der_check(stella_span(good[i].der, good[i].size)));
}
END_TEST

START_TEST(what_is_not_der_is_refused_with_its_reason)
{
	static const struct { const char *der; size_t size; const char *why; } bad[] = {
#define BAD(text, reason) { text, sizeof(text) - 1, reason }
		BAD("", "cut off at byte 0"),
		BAD("\x30", "cut off at byte 0"),
		BAD("\x30\x01", "longer than what holds it at byte 0"),
		BAD("\x30\x82\x01", "cut off at byte 0"),
		BAD("\x05\x00\x00", "bytes after its end at byte 0"),
		BAD("\x30\x02\x05\x00\x05\x00", "bytes after its end at byte 0"),
		BAD("\x30\x80\x00\x00", "indefinite length at byte 0"),
		BAD("\x30\x81\x02\x05\x00", "length is not minimal at byte 0"),
		BAD("\x30\x82\x00\x02\x05\x00", "length is not minimal at byte 0"),
		BAD("\x30\x85\x00\x00\x00\x00\x02\x05\x00", "length of more than four bytes at byte 0"),
		BAD("\x30\xff\x05\x00", "length of more than four bytes at byte 0"),
		BAD("\x1f\x81\x01\x00", "tag number above 30 at byte 0"),
		BAD("\xbf\x20\x00", "tag number above 30 at byte 0"),
		BAD("\x00\x00", "tag that DER does not have at byte 0"),
		BAD("\x10\x00", "tag that DER does not have at byte 0"),
		BAD("\x11\x00", "tag that DER does not have at byte 0"),
		BAD("\x24\x04\x04\x02\x61\x62", "tag that DER does not have at byte 0"),
		BAD("\x30\x03\x01\x01\x01", "boolean that is neither 0 nor 255 at byte 2"),
		BAD("\x01\x00", "boolean that is neither 0 nor 255 at byte 0"),
		BAD("\x01\x02\x00\x00", "boolean that is neither 0 nor 255 at byte 0"),
		BAD("\x02\x00", "empty integer at byte 0"),
		BAD("\x02\x02\x00\x7f", "integer is not minimal at byte 0"),
		BAD("\x02\x02\xff\x80", "integer is not minimal at byte 0"),
		BAD("\x0a\x02\x00\x01", "integer is not minimal at byte 0"),
		BAD("\x03\x00", "impossible number of unused bits at byte 0"),
		BAD("\x03\x02\x08\x00", "impossible number of unused bits at byte 0"),
		BAD("\x03\x01\x01", "impossible number of unused bits at byte 0"),
		BAD("\x03\x02\x01\x01", "unused bits are not zero at byte 0"),
		BAD("\x05\x01\x00", "null that is not empty at byte 0"),
		BAD("\x06\x00", "object identifier is cut off at byte 0"),
		BAD("\x06\x02\x2a\x86", "object identifier is cut off at byte 0"),
		BAD("\x06\x03\x2a\x80\x01", "object identifier is not minimal at byte 0"),
		BAD("\x06\x06\x2a\x90\x80\x80\x80\x00", "object identifier arc above 2^32 at byte 0"),
		BAD("\x16\x01\xe9", "IA5 text that is not ASCII at byte 0"),
		BAD("\x30\x05\x30\x03\x02\x01", "longer than what holds it at byte 0"),
		BAD("\x30\x04\x30\x03\x05\x00", "longer than what holds it at byte 2"),
		BAD("\xa0\x01\x05", "cut off at byte 2"),
	};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		const struct stella_error *err = stella_der_check(stella_span(bad[i].der, bad[i].size));

		ck_assert_msg(stella_error_is(err, STELLA_MALFORMED), "%zu was accepted (%s)", i, bad[i].why);
		ck_assert_msg(strstr(err->message, bad[i].why), "%zu: \"%s\", not \"%s\"", i, err->message, bad[i].why);
	}
}
END_TEST

/* depth constructed values around a null */
static void nest(uint8_t *out, unsigned depth, struct stella_span *span)
{
	*span = stella_span(out, 2 * (depth + 1));
	for (unsigned i = 0; i <= depth; i++) {
		out[2 * i] = i == depth ? STELLA_DER_NULL : STELLA_DER_SEQUENCE;
		out[2 * i + 1] = (uint8_t)(2 * (depth - i));
	}
}

START_TEST(depth_32_is_accepted_and_33_is_not)
{
	uint8_t bytes[200] = { 0 };
	struct stella_span der;

	nest(bytes, 31, &der);
	assert_ok(stella_der_check(der));
	nest(bytes, 32, &der);
	assert_ok(stella_der_check(der));
	nest(bytes, 33, &der);
	assert_code(stella_der_check(der), STELLA_MALFORMED);
}
END_TEST

START_TEST(every_cut_is_refused)
{
	static const char der[] = "\x30\x0d\x06\x03\x55\x1d\x13\x01\x01\xff\x04\x03\x30\x01\x00";

	assert_ok(stella_der_check(SPAN(der)));
	for (size_t size = 0; size < sizeof der - 1; size++)
		assert_code(stella_der_check(stella_span(der, size)), STELLA_MALFORMED);
}
END_TEST

START_TEST(a_reader_takes_only_the_tag_it_wants)
{
	struct stella_cursor in = stella_cursor(SPAN("\x30\x05\x02\x01\x07\x05\x00\x04\x01x")), inside;
	struct stella_span content, whole;
	uint8_t tag;

	ck_assert(!stella_der_take(&in, STELLA_DER_SET, &content));
	ck_assert(stella_der_enter(&in, STELLA_DER_SEQUENCE, &inside));
	ck_assert(!stella_der_take(&inside, STELLA_DER_NULL, &content));
	ck_assert(stella_der_take_whole(&inside, STELLA_DER_INTEGER, &whole));
	ck_assert(stella_span_equal(whole, SPAN("\x02\x01\x07")));
	ck_assert(stella_der_take(&inside, STELLA_DER_NULL, &content));
	ck_assert_uint_eq(content.size, 0);
	ck_assert(!stella_der_next(&inside, &tag, &content));
	ck_assert(stella_der_next(&in, &tag, &content));
	ck_assert_uint_eq(tag, STELLA_DER_OCTET_STRING);
	assert_span_is(content, "x");
	ck_assert_uint_eq(in.left, 0);
}
END_TEST

START_TEST(object_identifiers_print_in_dots)
{
	static const struct { const char *der; size_t size; const char *text; } known[] = {
		{ "\x2a\x86\x48\xce\x3d\x04\x03\x02", 8, "1.2.840.10045.4.3.2" },
		{ "\x55\x1d\x13", 3, "2.5.29.19" },
		{ "\x88\x37\x03", 3, "2.999.3" },
		{ "\x00", 1, "0.0" },
	};

	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		struct stella_buf text = { 0 };

		stella_der_print_oid(&text, stella_span(known[i].der, known[i].size));
		assert_span_is(stella_buf_span(&text), known[i].text);
		stella_buf_free(&text);
	}
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_test(t, well_formed_values_are_accepted);
	tcase_add_test(t, what_is_not_der_is_refused_with_its_reason);
	tcase_add_test(t, depth_32_is_accepted_and_33_is_not);
	tcase_add_test(t, every_cut_is_refused);
	tcase_add_test(t, a_reader_takes_only_the_tag_it_wants);
	tcase_add_test(t, object_identifiers_print_in_dots);
}

CHECK_MAIN("der", fill)
