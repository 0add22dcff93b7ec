/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "json_scan.h"

static void check_refused(struct stella_span text, enum stella_code code, const char *message)
{
	struct stella_json_scan scan;
	const struct stella_error *err = stella_json_scan(&scan, text);

	ck_assert_msg(err != NULL, "accepted: %.*s", (int)(text.size < 200 ? text.size : 200),
		(const char *)text.data);
	ck_assert_msg(err->code == code && strcmp(err->message, message) == 0, "%s: %s, not %s",
		stella_code_word(err->code), err->message, message);
	ck_assert_ptr_null(scan.numbers);
}

static void check_taken(const char *text)
{
	struct stella_json_scan scan;

	assert_ok(stella_json_scan(&scan, stella_span_str(text)));
	stella_json_scan_free(&scan);
}

static char *repeat(const char *head, const char *text, size_t count, const char *tail)
{
	struct stella_buf out = { 0 };

	stella_buf_put_str(&out, head);
	for (size_t i = 0; i < count; i++)
		stella_buf_put_str(&out, text);
	stella_buf_put_str(&out, tail);
	return stella_buf_take_str(&out);
}

static void check_limit(char *text, const char *message)
{
	if (message)
		check_refused(stella_span_str(text), STELLA_LIMIT, message);
	else
		check_taken(text);
	free(text);
}

START_TEST(what_is_not_json_is_refused_at_its_byte)
{
	static const struct {
		const char *text, *message;
	} bad[] = {
		{ "", "byte 0: the text ends where a value was expected" },
		{ " \n", "byte 2: the text ends where a value was expected" },
		{ "[", "byte 1: the text ends where a value was expected" },
		{ "{", "byte 1: a name in double quotes was expected" },
		{ "[1", "byte 2: a comma or ] was expected" },
		{ "{\"a\"", "byte 4: a colon was expected" },
		{ "{\"a\":", "byte 5: the text ends where a value was expected" },
		{ "{\"a\":1", "byte 6: a comma or } was expected" },
		{ "{\"a\":1,}", "byte 7: a name in double quotes was expected" },
		{ "[1,]", "byte 3: a value was expected" },
		{ "[,1]", "byte 1: a value was expected" },
		{ "{,}", "byte 1: a name in double quotes was expected" },
		{ "[1 2]", "byte 3: a comma or ] was expected" },
		{ "[1}", "byte 2: a comma or ] was expected" },
		{ "{\"a\":1]", "byte 6: a comma or } was expected" },
		{ "{\"a\" 1}", "byte 5: a colon was expected" },
		{ "{\"a\":1:2}", "byte 6: a comma or } was expected" },
		{ "{'a':1}", "byte 1: a name in double quotes was expected" },
		{ "{a:1}", "byte 1: a name in double quotes was expected" },
		{ "{1:1}", "byte 1: a name in double quotes was expected" },
		{ "['a']", "byte 1: a value was expected" },
		{ "]", "byte 0: a value was expected" },
		{ "{}}", "byte 2: text after the value" },
		{ "{}{}", "byte 2: text after the value" },
		{ "1 2", "byte 2: text after the value" },
		{ "nullx", "byte 4: text after the value" },
		{ "{} x", "byte 3: text after the value" },
		{ "// c\n{}", "byte 0: a value was expected" },
		{ "{}/* c */", "byte 2: text after the value" },
		{ "[1,/**/2]", "byte 3: a value was expected" },
		{ "# c", "byte 0: a value was expected" },
		{ "\xef\xbb\xbf{}", "byte 0: a value was expected" },
		{ "NaN", "byte 0: a value was expected" },
		{ "nan", "byte 0: a value was expected" },
		{ "Infinity", "byte 0: a value was expected" },
		{ "-Infinity", "byte 0: a value was expected" },
		{ "-", "byte 0: a value was expected" },
		{ "--1", "byte 0: a value was expected" },
		{ "+1", "byte 0: a value was expected" },
		{ "True", "byte 0: a value was expected" },
		{ "NULL", "byte 0: a value was expected" },
		{ "tru", "byte 0: a value was expected" },
		{ "01", "byte 1: text after the value" },
		{ "[01]", "byte 2: a comma or ] was expected" },
		{ "-01", "byte 2: text after the value" },
		{ "00", "byte 1: text after the value" },
		{ "0x10", "byte 1: text after the value" },
		{ ".5", "byte 0: a value was expected" },
		{ "1.", "byte 2: a digit was expected" },
		{ "1.e2", "byte 2: a digit was expected" },
		{ "1e", "byte 2: a digit was expected" },
		{ "1e+", "byte 3: a digit was expected" },
		{ "1E-x", "byte 3: a digit was expected" },
		{ "1_000", "byte 1: text after the value" },
		{ "\"", "byte 1: the text ends inside a string" },
		{ "\"abc", "byte 4: the text ends inside a string" },
		{ "\"\\", "byte 1: no escape of JSON" },
		{ "\"\\\"", "byte 3: the text ends inside a string" },
		{ "\"a\nb\"", "byte 2: control character in a string" },
		{ "\"a\tb\"", "byte 2: control character in a string" },
		{ "\"\x1f\"", "byte 1: control character in a string" },
		{ "\"\\a\"", "byte 1: no escape of JSON" },
		{ "\"\\'\"", "byte 1: no escape of JSON" },
		{ "\"\\x41\"", "byte 1: no escape of JSON" },
		{ "\"\\U0041\"", "byte 1: no escape of JSON" },
		{ "\"\\u004\"", "byte 1: no escape of JSON" },
		{ "\"\\u004g\"", "byte 1: no escape of JSON" },
		{ "\"\\u 041\"", "byte 1: no escape of JSON" },
		{ "\"\\u", "byte 1: no escape of JSON" },
		{ "\"a\\u0000b\"", "byte 2: NUL in a string" },
		{ "{\"a\\u0000b\":1}", "byte 3: NUL in a string" },
		{ "\"\\ud800\"", "byte 1: lone surrogate" },
		{ "\"\\udc00\"", "byte 1: lone surrogate" },
		{ "\"\\ud800\\ud800\"", "byte 1: lone surrogate" },
		{ "\"\\ud800\\u0041\"", "byte 1: lone surrogate" },
		{ "\"\\ud800x\"", "byte 1: lone surrogate" },
		{ "\"\\ud800\\n\"", "byte 1: lone surrogate" },
		{ "\"\\udc00\\ud800\"", "byte 1: lone surrogate" },
		{ "{\"\\ud800\":1}", "byte 2: lone surrogate" },
		{ "\"\x80\"", "byte 1: invalid UTF-8" },
		{ "\"\xc0\x80\"", "byte 1: invalid UTF-8" },
		{ "\"\xed\xa0\x80\"", "byte 1: invalid UTF-8" },
		{ "\"\xf4\x90\x80\x80\"", "byte 1: invalid UTF-8" },
		{ "\"a\xc3\"", "byte 2: invalid UTF-8" },
		{ "{\"\xff\":1}", "byte 2: invalid UTF-8" },
		{ "\"a\xe2\x82", "byte 2: invalid UTF-8" },
		{ "[1\xc2\xa0]", "byte 2: a comma or ] was expected" },
		{ "[1,\f2]", "byte 3: a value was expected" },
	};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		check_refused(stella_span_str(bad[i].text), STELLA_MALFORMED, bad[i].message);
	check_refused(stella_span("\"a\0b\"", 5), STELLA_MALFORMED, "byte 2: NUL in a string");
	check_refused(stella_span("{\"a\0\":1}", 8), STELLA_MALFORMED, "byte 3: NUL in a string");
	check_refused(stella_span("{}\0", 3), STELLA_MALFORMED, "byte 2: text after the value");
	check_refused(stella_span("1\0", 2), STELLA_MALFORMED, "byte 1: text after the value");
	check_refused(stella_span("\0", 1), STELLA_MALFORMED, "byte 0: a value was expected");
	check_refused(
		stella_span(NULL, 0), STELLA_MALFORMED, "byte 0: the text ends where a value was expected");
}
END_TEST

START_TEST(a_name_stands_once_in_its_object)
{
	static const struct {
		const char *text, *message;
	} bad[] = {
		{ "{\"a\":1,\"a\":1}", "byte 7: duplicate name \"a\"" },
		{ "{\"a\":1,\"\\u0061\":2}", "byte 7: duplicate name \"a\"" },
		{ "{\"\\u0061b\":1,\"a\\u0062\":2}", "byte 13: duplicate name \"ab\"" },
		{ "{\"\":1,\"b\":2,\"\":3}", "byte 12: duplicate name \"\"" },
		{ "[{\"x\":{\"y\":1,\"z\":2,\"y\":3}}]", "byte 19: duplicate name \"y\"" },
		{ "{\"z\":1,\"a\":{},\"a\":1,\"z\":2}", "byte 14: duplicate name \"a\"" },
		{ "{\"a\":1,\"a\":2,\"a\":3}", "byte 7: duplicate name \"a\"" },
		{ "{\"/\":1,\"\\/\":2}", "byte 7: duplicate name \"/\"" },
		{ "{\"\\ud83d\\ude00\":1,\"😀\":2}", "byte 18: duplicate name \"😀\"" },
		{ "{\"a\":{\"b\":1},\"c\":2,\"a\":{\"b\":1}}", "byte 19: duplicate name \"a\"" },
	};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		check_refused(stella_span_str(bad[i].text), STELLA_MALFORMED, bad[i].message);
	check_taken("{\"a\":{\"a\":[{\"a\":1},{\"a\":2}]},\"A\":1,\"aa\":2}");
}
END_TEST

START_TEST(numbers_that_json_c_would_lose_are_told)
{
	static const char text[] = "{\"a\":[1,-0,0,-1],\"b\":9223372036854775808,\"c\":{},\"d\":-0.0,"
		"\"e\":-9223372036854775809,\"f\":9223372036854775807,\"g\":-9223372036854775808,"
		"\"h\":12345678901234567890123456789012345}";
	static const struct {
		size_t value;
		const char *text;
	} wanted[] = {
		{ 3, "-0" }, { 6, "9223372036854775808" }, { 9, "-9223372036854775809" },
		{ 12, "12345678901234567890123456789012345" },
	};
	struct stella_json_scan scan;

	assert_ok(stella_json_scan(&scan, stella_span_str(text)));
	ck_assert_uint_eq(scan.number_count, sizeof wanted / sizeof *wanted);
	for (size_t i = 0; i < scan.number_count; i++) {
		ck_assert_uint_eq(scan.numbers[i].value, wanted[i].value);
		assert_span_is(scan.numbers[i].text, wanted[i].text);
	}
	stella_json_scan_free(&scan);
	stella_json_scan_free(&scan);
	stella_json_scan_free(NULL);
}
END_TEST

START_TEST(nesting_ends_at_64_levels)
{
	char *open = repeat("", "[", 64, ""), *close = repeat("1", "]", 64, ""), *both;

	both = repeat(open, "", 0, close);
	check_limit(both, NULL);
	free(open);
	free(close);
	open = repeat("", "{\"a\":", 64, ""), close = repeat("1", "}", 64, "");
	both = repeat(open, "", 0, close);
	check_limit(both, NULL);
	free(open);
	free(close);
	check_limit(repeat("", "[", 65, ""), "byte 64: more than 64 levels deep");
	check_limit(repeat("", "{\"a\":", 65, ""), "byte 320: more than 64 levels deep");
	check_limit(repeat("", "[", 100000, ""), "byte 64: more than 64 levels deep");
	check_limit(repeat("[", "[],", 99998, "[]]"), NULL);
}
END_TEST

START_TEST(values_end_at_100000)
{
	check_limit(repeat("[0", ",0", 99998, "]"), NULL);
	check_limit(repeat("[0", ",0", 99999, "]"), "byte 199999: more than 100000 values");
}
END_TEST

START_TEST(a_number_ends_at_4300_bytes)
{
	check_limit(repeat("", "1", 4300, ""), NULL);
	check_limit(repeat("0.", "1", 4298, ""), NULL);
	check_limit(repeat("[", "1", 4301, "]"), "byte 1: a number of more than 4300 bytes");
	check_limit(repeat("", "1", 1000000, ""), "byte 0: a number of more than 4300 bytes");
	check_limit(repeat("1e", "0", 1000000, ""), "byte 0: a number of more than 4300 bytes");
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_test(t, what_is_not_json_is_refused_at_its_byte);
	tcase_add_test(t, a_name_stands_once_in_its_object);
	tcase_add_test(t, numbers_that_json_c_would_lose_are_told);
	tcase_add_test(t, nesting_ends_at_64_levels);
	tcase_add_test(t, values_end_at_100000);
	tcase_add_test(t, a_number_ends_at_4300_bytes);
}

CHECK_MAIN("json_scan", fill)
