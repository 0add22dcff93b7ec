/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "pushline.h"

#define A "0123456789abcdef0123456789abcdef01234567"
#define B "89abcdef0123456789abcdef0123456789abcdef"
#define ZERO "0000000000000000000000000000000000000000"

static struct stella_pushline line;

START_TEST(both_forms_say_the_same_in_their_order)
{
	struct stella_oid a, b;

	ck_assert(stella_oid_parse(&a, stella_span_str(A)) && stella_oid_parse(&b, stella_span_str(B)));
	assert_ok(stella_pushline_parse(&line, stella_span_str(A " " B " refs/heads/main"), STELLA_PUSHLINE_RECEIVE));
	ck_assert(stella_oid_equal(&line.old, &a) && stella_oid_equal(&line.new_id, &b));
	assert_span_is(line.ref, "refs/heads/main");
	assert_ok(stella_pushline_parse(&line, stella_span_str("refs/heads/x " B " refs/heads/main " A), STELLA_PUSHLINE_PUSH));
	ck_assert(stella_oid_equal(&line.old, &a) && stella_oid_equal(&line.new_id, &b));
	assert_span_is(line.ref, "refs/heads/main");
	assert_ok(stella_pushline_parse(&line, stella_span_str("(delete) " ZERO " refs/heads/main " A), STELLA_PUSHLINE_PUSH));
	ck_assert(stella_oid_is_zero(&line.new_id));
}
END_TEST

START_TEST(anything_else_is_refused)
{
	static const char *const bad[] = {
		"", " ", A, A " " B, A " " B " ", " " A " " B " r", A "  " B " r", A " " B " r ", A " " B " r s", A " " B " r s t",
		A "0 " B " r", "main " B " r", A " HEAD r", "0123456789ABCDEF0123456789ABCDEF01234567 " B " r", A "\t" B "\tr",
	};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_code(stella_pushline_parse(&line, stella_span_str(bad[i]), STELLA_PUSHLINE_RECEIVE), STELLA_MALFORMED);
	assert_code(stella_pushline_parse(&line, stella_span(A " " B " r\0s", sizeof A + sizeof B + 3), STELLA_PUSHLINE_RECEIVE),
		STELLA_MALFORMED);
	assert_code(stella_pushline_parse(&line, stella_span_str(A " " B " r"), STELLA_PUSHLINE_PUSH), STELLA_MALFORMED);
	assert_code(stella_pushline_parse(&line, stella_span_str(" " B " r " A), STELLA_PUSHLINE_PUSH), STELLA_MALFORMED);
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_test(t, both_forms_say_the_same_in_their_order);
	tcase_add_test(t, anything_else_is_refused);
}

CHECK_MAIN("pushline", fill)
