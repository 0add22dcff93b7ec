/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "oid.h"

#define HEX "0123456789abcdef0123456789abcdef01234567"

START_TEST(an_id_reads_back_as_written)
{
	struct stella_oid id;
	char hex[STELLA_OID_HEX];

	ck_assert(stella_oid_parse(&id, stella_span_str(HEX)));
	ck_assert_uint_eq(id.bytes[0], 0x01);
	ck_assert_uint_eq(id.bytes[19], 0x67);
	stella_oid_hex(hex, &id);
	ck_assert_str_eq(hex, HEX);
}
END_TEST

START_TEST(only_forty_lower_case_digits_are_an_id)
{
	static const char *const bad[] = {
		"", "0", "0123456789abcdef0123456789abcdef0123456", HEX "0", HEX "00",
		"0123456789ABCDEF0123456789abcdef01234567", " 123456789abcdef0123456789abcdef01234567",
		"0x23456789abcdef0123456789abcdef01234567", "g123456789abcdef0123456789abcdef01234567",
	};
	struct stella_oid id;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		ck_assert_msg(!stella_oid_parse(&id, stella_span_str(bad[i])), "%s", bad[i]);
}
END_TEST

START_TEST(ids_compare_by_their_bytes)
{
	struct stella_oid a = { { 0 } }, b = { { 0 } };

	ck_assert(stella_oid_is_zero(&a));
	ck_assert(stella_oid_equal(&a, &b));
	b.bytes[19] = 1;
	ck_assert(!stella_oid_is_zero(&b));
	ck_assert(!stella_oid_equal(&a, &b));
	ck_assert_int_lt(stella_oid_compare(&a, &b), 0);
	a.bytes[0] = 0x80;
	ck_assert_int_gt(stella_oid_compare(&a, &b), 0);
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_test(t, an_id_reads_back_as_written);
	tcase_add_test(t, only_forty_lower_case_digits_are_an_id);
	tcase_add_test(t, ids_compare_by_their_bytes);
}

CHECK_MAIN("oid", fill)
