/* SPDX-License-Identifier: Apache-2.0 */
#include "ber.h"
#include "check.h"
#include "der.h"

#include <string.h>

static const struct stella_error *convert(struct stella_buf *out, const void *ber, size_t size)
{
	*out = (struct stella_buf){ 0 };
	return stella_ber_to_der(out, stella_span(ber, size));
}

static void assert_becomes(const char *ber, size_t size, const char *der, size_t der_size)
{
	struct stella_buf out;

	assert_ok(convert(&out, ber, size));
	ck_assert_uint_eq(out.size, der_size);
	ck_assert_mem_eq(out.data, der, der_size);
	stella_buf_free(&out);
}
#define BECOMES(ber, der) assert_becomes(ber, sizeof(ber) - 1, der, sizeof(der) - 1)

static void assert_refused(const char *ber, size_t size, enum stella_code code)
{
	struct stella_buf out;

	assert_code(convert(&out, ber, size), code);
	ck_assert_uint_eq(out.size, 0);
	stella_buf_free(&out);
}
#define REFUSED(ber) assert_refused(ber, sizeof(ber) - 1, STELLA_MALFORMED)

START_TEST(der_stays_as_it_is)
{
	BECOMES("\x30\x00", "\x30\x00");
	BECOMES("\x30\x05\x02\x01\x07\x05\x00", "\x30\x05\x02\x01\x07\x05\x00");
	BECOMES("\x04\x02\x00\x00", "\x04\x02\x00\x00");
}
END_TEST

START_TEST(an_indefinite_length_becomes_one)
{
	BECOMES("\x30\x80\x02\x01\x07\x00\x00", "\x30\x03\x02\x01\x07");
	BECOMES("\x30\x80\xa0\x80\x31\x80\x00\x00\x00\x00\x05\x00\x00\x00", "\x30\x06\xa0\x02\x31\x00\x05\x00");
	BECOMES("\x30\x06\x30\x80\x05\x00\x00\x00", "\x30\x04\x30\x02\x05\x00"); /* and of what holds it */
}
END_TEST

START_TEST(an_indefinite_length_without_end_is_refused)
{
	REFUSED("\x30\x80");
	REFUSED("\x30\x80\x05\x00");
	REFUSED("\x30\x80\x05\x00\x00");
	REFUSED("\x30\x04\x30\x80\x05\x00\x00\x00"); /* its end is outside of what holds it */
	REFUSED("\x04\x80\x00\x00"); /* of what is not constructed */
}
END_TEST

START_TEST(what_is_cut_off_or_followed_by_more_is_refused)
{
	REFUSED("");
	REFUSED("\x30");
	REFUSED("\x30\x01");
	REFUSED("\x30\x82\x01");
	REFUSED("\x30\x00\x00");
	REFUSED("\x30\x80\x00\x00\x00\x00");
	REFUSED("\x1f\x01\x00");
	REFUSED("\x30\x85\x00\x00\x00\x00\x00");
}
END_TEST

START_TEST(a_length_in_more_octets_than_it_needs_is_refused)
{
	char ber[4 + 128] = "\x04\x81\x80", bad[4 + 128] = "\x04\x82\x00\x80";

	assert_becomes(ber, 3 + 128, ber, 3 + 128);
	assert_refused(bad, 4 + 128, STELLA_MALFORMED);
	REFUSED("\x04\x81\x02\x07\x07");
	REFUSED("\x04\x81\x00");
	REFUSED("\x30\x82\x00\x03\x02\x01\x07");
	REFUSED("\x30\x84\x00\x00\x00\x03\x02\x01\x07");
	REFUSED("\x30\x80\x02\x81\x01\x07\x00\x00"); /* inside of what has none */
	REFUSED("\x30\x04\x02\x81\x01\x07");
}
END_TEST

/* What is wrong otherwise is left for DER to refuse, strings in pieces too. */
START_TEST(what_der_forbids_is_not_mended)
{
	struct stella_buf out;

	assert_ok(convert(&out, "\x24\x80\x04\x01\x61\x04\x01\x62\x00\x00", 10));
	assert_code(stella_der_check(stella_buf_span(&out)), STELLA_MALFORMED);
	stella_buf_free(&out);
	assert_ok(convert(&out, "\x30\x02\x00\x00", 4));
	assert_code(stella_der_check(stella_buf_span(&out)), STELLA_MALFORMED);
	stella_buf_free(&out);
}
END_TEST

START_TEST(depth_is_bounded)
{
	char deep[4 * 100];

	for (size_t i = 0; i < 100; i++) {
		memcpy(deep + 2 * i, "\x30\x80", 2);
		memcpy(deep + 200 + 2 * i, "\0", 2);
	}
	assert_refused(deep, sizeof deep, STELLA_LIMIT);
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_test(t, der_stays_as_it_is);
	tcase_add_test(t, an_indefinite_length_becomes_one);
	tcase_add_test(t, an_indefinite_length_without_end_is_refused);
	tcase_add_test(t, what_is_cut_off_or_followed_by_more_is_refused);
	tcase_add_test(t, a_length_in_more_octets_than_it_needs_is_refused);
	tcase_add_test(t, what_der_forbids_is_not_mended);
	tcase_add_test(t, depth_is_bounded);
}

CHECK_MAIN("ber", fill)
