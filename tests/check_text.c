/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include <stdio.h>
#include <time.h>

#include "text.h"

/* ---------------------------------------------------------------- UTF-8 */

START_TEST(every_character_survives_utf8)
{
	for (uint32_t u = 0; u <= 0x110000; u++) {
		struct stella_buf buf = { 0 };
		struct stella_cursor c;
		uint32_t back = 0;
		bool good = u <= 0x10ffff && (u < 0xd800 || u > 0xdfff);

		stella_utf8_put(&buf, u);
		c = stella_cursor(stella_buf_span(&buf));
		ck_assert_msg(stella_utf8_next(&c, &back) == good, "U+%X", u);
		ck_assert_uint_eq(c.left, good ? 0 : buf.size);
		ck_assert(!good || back == u);
		stella_buf_free(&buf);
	}
}
END_TEST

START_TEST(utf8_has_one_form_per_character)
{
	static const char *const bad[] = {
		"\x80",
		"\xbf",
		"\xc0\x80",
		"\xc1\xbf",
		"\xe0\x80\x80",
		"\xe0\x9f\xbf",
		"\xf0\x80\x80\x80",
		"\xf0\x8f\xbf\xbf",
		"\xf4\x90\x80\x80",
		"\xf5\x80\x80\x80",
		"\xf8\x88\x80\x80\x80",
		"\xfe",
		"\xff",
		"\xed\xa0\x80",
		"\xed\xbf\xbf",
		"\xc3",
		"\xe2\x82",
		"\xf0\x9f\x98",
		"\xc3(",
		"\xe2(\xa1",
		"\xe2\x82(",
		"\xf0\x9f\x98(",
		"",
	};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct stella_cursor c = stella_cursor(stella_span_str(bad[i]));
		uint32_t u;

		ck_assert_msg(!stella_utf8_next(&c, &u), "%zu", i);
		ck_assert_uint_eq(c.left, strlen(bad[i]));
	}
}
END_TEST

/* ---------------------------------------------------------------- escape */

static void check_escape(struct stella_span in, const char *wanted)
{
	struct stella_buf out = { 0 };

	stella_escape_print(&out, in);
	assert_span_is(stella_buf_span(&out), wanted);
	stella_buf_free(&out);
}

START_TEST(printable_text_stays_as_it_is)
{
	static const char *const texts[] = {
		"", "plain text ~!\"'", "é ß 漢字 кириллица עברית", "😀 emoji", "a b"};

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		check_escape(stella_span_str(texts[i]), texts[i]);
}
END_TEST

START_TEST(what_a_terminal_obeys_or_hides_is_shown)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{"a\nb\tc", "a\\nb\\tc"},
		{"back\\slash", "back\\\\slash"},
		{"\x1b[2J", "\\x1B[2J"},
		{"\x1b]8;;http://x\x07", "\\x1B]8;;http://x\\x07"},
		{"a\rb\bc", "a\\x0Db\\x08c"},
		{"\x7f", "\\x7F"},
		{"\xc2\x9b"
		 "31m",
			"\\u{9B}31m"},
		{"\xc2\x80\xc2\x9f", "\\u{80}\\u{9F}"},
		{"\xe2\x80\xae"
		 "exe",
			"\\u{202E}exe"},
		{"\xe2\x80\xaa\xe2\x80\xab\xe2\x80\xac\xe2\x80\xad", "\\u{202A}\\u{202B}\\u{202C}\\u{202D}"},
		{"\xe2\x81\xa6\xe2\x81\xa7\xe2\x81\xa8\xe2\x81\xa9", "\\u{2066}\\u{2067}\\u{2068}\\u{2069}"},
		{"\xe2\x80\x8e\xe2\x80\x8f\xd8\x9c", "\\u{200E}\\u{200F}\\u{61C}"},
		{"a\xe2\x80\x8b\xe2\x80\x8c\xe2\x80\x8d\xe2\x81\xa0\xef\xbb\xbf",
			"a\\u{200B}\\u{200C}\\u{200D}\\u{2060}\\u{FEFF}"},
		{"\xe2\x80\xa8\xe2\x80\xa9", "\\u{2028}\\u{2029}"},
		{"\xf3\xa0\x80\x81\xf3\xa0\x81\xbf", "\\u{E0001}\\u{E007F}"},
		{"\xc2\xad", "\\u{AD}"},
		{"\xef\xb8\x8f", "\\u{FE0F}"},
		{"\xef\xbf\xbe\xf0\x9f\xbf\xbf", "\\u{FFFE}\\u{1FFFF}"},
		{"\xe3\x85\xa4", "\\u{3164}"},
		{"\xff\xfe", "\\xFF\\xFE"},
		{"\xc3", "\\xC3"},
		{"\xc3(", "\\xC3("},
		{"\xed\xa0\x80", "\\xED\\xA0\\x80"},
		{"\xc0\xaf", "\\xC0\\xAF"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		check_escape(stella_span_str(cases[i].in), cases[i].out);
	check_escape(stella_span("a\0b", 3), "a\\x00b");
}
END_TEST

START_TEST(what_is_escaped_needs_no_more_escaping_but_of_backslashes)
{
	for (uint32_t u = 0; u <= 0x10ffff; u++) {
		struct stella_buf in = { 0 }, out = { 0 };

		stella_utf8_put(&in, u);
		stella_escape_print(&out, stella_buf_span(&in));
		ck_assert(out.data[0] == '\\' ||
			  stella_span_equal(stella_buf_span(&in), stella_buf_span(&out)));
		ck_assert(out.data[0] != '\\' || out.size > 1);
		for (size_t i = 0; i < out.size; i++)
			ck_assert(out.data[i] >= ' ' && out.data[i] != 0x7f);
		stella_buf_free(&in);
		stella_buf_free(&out);
	}
}
END_TEST

/* ---------------------------------------------------------------- times */

START_TEST(times_print_as_in_rfc_3339)
{
	static const struct {
		int64_t time;
		const char *text;
	} cases[] = {
		{0, "1970-01-01T00:00:00Z"},
		{-1, "1969-12-31T23:59:59Z"},
		{951782400, "2000-02-29T00:00:00Z"},
		{1768651200, "2026-01-17T12:00:00Z"},
		{2147483648, "2038-01-19T03:14:08Z"},
		{4107542400, "2100-03-01T00:00:00Z"},
		{253402300799, "9999-12-31T23:59:59Z"},
		{-62135596800, "0001-01-01T00:00:00Z"},
		{-2208988800, "1900-01-01T00:00:00Z"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char text[STELLA_TIME_TEXT];
		int64_t back;

		stella_time_print(text, cases[i].time);
		ck_assert_str_eq(text, cases[i].text);
		assert_ok(stella_time_parse(&back, stella_span_str(text)));
		ck_assert_int_eq(back, cases[i].time);
	}
}
END_TEST

START_TEST(any_time_can_be_printed)
{
	char text[STELLA_TIME_TEXT];

	stella_time_print(text, INT64_MAX);
	ck_assert_str_eq(text, "292277026596-12-04T15:30:07Z");
	stella_time_print(text, INT64_MIN);
	ck_assert_str_eq(text, "-292277022657-01-27T08:29:52Z");
	stella_time_print(text, 253402300800);
	ck_assert_str_eq(text, "10000-01-01T00:00:00Z");
}
END_TEST

START_TEST(times_agree_with_the_c_library)
{
	for (int64_t time = -62135596800; time <= 253402300799; time += 86400 * 11 + 4321) {
		char text[STELLA_TIME_TEXT], wanted[64];
		time_t t = time;
		struct tm tm;
		int64_t back;

		gmtime_r(&t, &tm);
		snprintf(wanted, sizeof wanted, "%04d-%02d-%02dT%02d:%02d:%02dZ", tm.tm_year + 1900,
			tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
		stella_time_print(text, time);
		ck_assert_str_eq(text, wanted);
		assert_ok(stella_time_parse(&back, stella_span_str(text)));
		ck_assert_int_eq(back, time);
	}
}
END_TEST

START_TEST(a_time_has_one_text)
{
	static const char *const bad[] = {
		"",
		"2026-01-17",
		"2026-01-17T12:00:00",
		"2026-01-17t12:00:00Z",
		"2026-01-17T12:00:00z",
		"2026-01-17 12:00:00Z",
		"2026-01-17T12:00:00.0Z",
		"2026-01-17T12:00:00+00:00",
		"2026-01-17T12:00:00Z ",
		" 2026-01-17T12:00:00Z",
		"26-01-17T12:00:00Z",
		"+2026-01-17T12:00:0Z",
		"2026-1-17T12:00:00Z",
		"2026-01-17T12:00:60Z",
		"2026-01-17T24:00:00Z",
		"2026-01-17T12:60:00Z",
		"2026-00-17T12:00:00Z",
		"2026-13-17T12:00:00Z",
		"2026-01-00T12:00:00Z",
		"2026-01-32T12:00:00Z",
		"2026-04-31T12:00:00Z",
		"2026-02-29T12:00:00Z",
		"2100-02-29T12:00:00Z",
		"0000-01-01T00:00:00Z",
		"10000-01-01T00:00:00Z",
		"-001-01-01T00:00:00Z",
		"2026-01-17T12:00:00Z\n",
	};
	int64_t time;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_code(stella_time_parse(&time, stella_span_str(bad[i])), STELLA_MALFORMED);
	assert_code(stella_time_parse(&time, stella_span("2026-01-17T12:00:00Z", 21)), STELLA_MALFORMED);
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_test(t, every_character_survives_utf8);
	tcase_add_test(t, utf8_has_one_form_per_character);
	tcase_add_test(t, printable_text_stays_as_it_is);
	tcase_add_test(t, what_a_terminal_obeys_or_hides_is_shown);
	tcase_add_test(t, what_is_escaped_needs_no_more_escaping_but_of_backslashes);
	tcase_add_test(t, times_print_as_in_rfc_3339);
	tcase_add_test(t, any_time_can_be_printed);
	tcase_add_test(t, times_agree_with_the_c_library);
	tcase_add_test(t, a_time_has_one_text);
}

CHECK_MAIN("text", fill)
