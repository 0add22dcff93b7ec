/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

START_TEST(a_buffer_is_always_followed_by_a_nul)
{
	struct stella_buf buf = { 0 };

	for (int i = 0; i < 300; i++) {
		stella_buf_put_u8(&buf, 'a');
		ck_assert_uint_eq(buf.data[buf.size], 0);
	}
	stella_buf_printf(&buf, "%s-%d", "b", 7);
	ck_assert_uint_eq(buf.size, 303);
	ck_assert_str_eq((char *)buf.data + 300, "b-7");
	stella_buf_free(&buf);
	ck_assert_ptr_null(buf.data);
	stella_buf_free(&buf);
	stella_buf_free(NULL);
}
END_TEST

START_TEST(an_empty_buffer_gives_empty_text)
{
	struct stella_buf buf = { 0 };
	char *text = stella_buf_take_str(&buf);

	ck_assert_str_eq(text, "");
	free(text);
}
END_TEST

START_TEST(integers_are_big_endian)
{
	struct stella_buf buf = { 0 };
	struct stella_cursor c;
	uint32_t small;
	uint64_t large;
	struct stella_span text;

	stella_buf_put_u32(&buf, 0x01020304);
	stella_buf_put_u64(&buf, 0x05060708090a0b0cULL);
	stella_buf_put_string(&buf, stella_span_str("hey"));
	ck_assert_uint_eq(buf.size, 4 + 8 + 4 + 3);
	ck_assert_uint_eq(buf.data[0], 1);
	ck_assert_uint_eq(buf.data[11], 0x0c);
	c = stella_cursor(stella_buf_span(&buf));
	ck_assert(stella_cursor_u32(&c, &small) && small == 0x01020304);
	ck_assert(stella_cursor_u64(&c, &large) && large == 0x05060708090a0b0cULL);
	ck_assert(stella_cursor_string(&c, &text));
	assert_span_is(text, "hey");
	ck_assert_uint_eq(c.left, 0);
	stella_buf_free(&buf);
}
END_TEST

START_TEST(a_read_that_does_not_fit_takes_nothing)
{
	static const uint8_t bytes[] = { 0, 0, 0, 9, 'x', 'y' };
	struct stella_cursor c = stella_cursor(stella_span(bytes, sizeof bytes));
	uint8_t copy[7] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
	struct stella_span s;
	uint64_t n;

	ck_assert(!stella_cursor_string(&c, &s));
	ck_assert(!stella_cursor_u64(&c, &n));
	ck_assert(!stella_cursor_take(&c, 7, &s));
	ck_assert(!stella_cursor_line(&c, &s));
	ck_assert(!stella_cursor_copy(&c, copy, 7));
	ck_assert_uint_eq(copy[0], 0xff);
	ck_assert_uint_eq(c.left, sizeof bytes);
	ck_assert(stella_cursor_copy(&c, copy, 6));
	ck_assert_mem_eq(copy, bytes, 6);
	ck_assert_uint_eq(copy[6], 0xff);
}
END_TEST

START_TEST(lines_end_at_their_newline)
{
	struct stella_cursor c = stella_cursor(stella_span_str("a\n\nbc"));
	struct stella_span line;

	ck_assert(stella_cursor_line(&c, &line));
	assert_span_is(line, "a");
	ck_assert(stella_cursor_line(&c, &line));
	assert_span_is(line, "");
	ck_assert(!stella_cursor_line(&c, &line));
	ck_assert_uint_eq(c.left, 2);
}
END_TEST

START_TEST(spans_compare_by_bytes_then_size)
{
	ck_assert_int_lt(stella_span_compare(stella_span_str("ab"), stella_span_str("abc")), 0);
	ck_assert_int_gt(stella_span_compare(stella_span_str("b"), stella_span_str("abc")), 0);
	ck_assert_int_eq(stella_span_compare(stella_span(NULL, 0), stella_span_str("")), 0);
	ck_assert(stella_span_starts(stella_span_str("abc"), "ab"));
	ck_assert(!stella_span_starts(stella_span_str("a"), "ab"));
	ck_assert(stella_span_has_nul(stella_span("a\0b", 3)));
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_test(t, a_buffer_is_always_followed_by_a_nul);
	tcase_add_test(t, an_empty_buffer_gives_empty_text);
	tcase_add_test(t, integers_are_big_endian);
	tcase_add_test(t, a_read_that_does_not_fit_takes_nothing);
	tcase_add_test(t, lines_end_at_their_newline);
	tcase_add_test(t, spans_compare_by_bytes_then_size);
}

CHECK_MAIN("buf", fill)
