/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include <stdio.h>

#include "json.h"

static struct stella_json *parse(const char *text)
{
	struct stella_json *v;

	assert_ok(stella_json_parse(&v, stella_span_str(text)));
	return v;
}

static void check_print(const struct stella_json *v, enum stella_json_style style, const char *wanted)
{
	struct stella_buf out = { 0 };

	stella_json_print(&out, v, style);
	assert_span_is(stella_buf_span(&out), wanted);
	stella_buf_free(&out);
}

static void check_line(const char *text, const char *wanted)
{
	struct stella_json *v = parse(text);

	check_print(v, STELLA_JSON_LINE, wanted);
	stella_json_free(v);
}

static void check_refused(struct stella_span text, enum stella_code code, const char *message)
{
	struct stella_json *v = (struct stella_json *)&v;
	const struct stella_error *err = stella_json_parse(&v, text);

	ck_assert_msg(err != NULL, "accepted: %.*s", (int)(text.size < 200 ? text.size : 200), (const char *)text.data);
	ck_assert_ptr_null(v);
	ck_assert_msg(err->code == code && strcmp(err->message, message) == 0, "%s: %s, not %s",
		stella_code_word(err->code), err->message, message);
}

/* ---------------------------------------------------------------- the text */

START_TEST(every_kind_of_value_is_read)
{
	check_line("{}", "{}");
	check_line("[]", "[]");
	check_line(" \t\r\n[ 1 , 2 ] \n", "[1,2]");
	check_line("null", "null");
	check_line("true", "true");
	check_line("false", "false");
	check_line("\"x\"", "\"x\"");
	check_line("{\"b\":{\"c\":[{}, [], null]},\"a\":\"\"}", "{\"b\":{\"c\":[{},[],null]},\"a\":\"\"}");
	check_line("{\"\":1}", "{\"\":1}");
	check_line("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\u00e9\\u6f22\\ud83d\\uDE00\"",
		"\"\\\"\\\\/\\b\\f\\n\\r\\tAé漢😀\"");
	check_line("\"\\u001F\\u007f\\u2028\"", "\"\\u001f\x7f\xe2\x80\xa8\"");
}
END_TEST

START_TEST(numbers_are_kept_as_they_are_written)
{
	static const char *const numbers[] = {
		"0", "-0", "1", "-1", "10", "9007199254740993", "9223372036854775807", "-9223372036854775808",
		"9223372036854775808", "-9223372036854775809", "18446744073709551615", "18446744073709551616",
		"12345678901234567890123456789", "-12345678901234567890123456789", "1.0", "1.50", "-0.0", "1e400",
		"1E2", "1e+2", "1E-2", "0e0", "0.1", "123456789.123456789123456789",
	};
	struct stella_buf text = { 0 };
	struct stella_json *v, *copy;

	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		check_line(numbers[i], numbers[i]);
	stella_buf_put_str(&text, "[{\"a\":-0},[]");
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		stella_buf_printf(&text, ",%s,{\"n\":%s,\"m\":[null,%s]}", numbers[i], numbers[i], numbers[i]);
	stella_buf_put_str(&text, "]");
	v = parse((char *)text.data);
	check_print(v, STELLA_JSON_LINE, (char *)text.data);
	copy = stella_json_copy(v);
	stella_json_free(v);
	check_print(copy, STELLA_JSON_LINE, (char *)text.data);
	stella_json_free(copy);
	stella_buf_free(&text);
}
END_TEST

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
	check_refused(stella_span(NULL, 0), STELLA_MALFORMED, "byte 0: the text ends where a value was expected");
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
	check_line("{\"a\":{\"a\":[{\"a\":1},{\"a\":2}]},\"A\":1,\"aa\":2}",
		"{\"a\":{\"a\":[{\"a\":1},{\"a\":2}]},\"A\":1,\"aa\":2}");
}
END_TEST

/* ---------------------------------------------------------------- limits */

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
	struct stella_json *v;

	if (message) {
		check_refused(stella_span_str(text), STELLA_LIMIT, message);
	} else {
		assert_ok(stella_json_parse(&v, stella_span_str(text)));
		stella_json_free(v);
	}
	free(text);
}

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

START_TEST(a_large_object_is_read_and_visited_in_order)
{
	struct stella_buf text = { 0 };
	struct stella_json *v;
	char name[16], wanted[64];

	for (int i = 0; i < 90000; i++)
		stella_buf_printf(&text, "%s\"n%d\":%d", i ? "," : "{", i, i);
	stella_buf_put_str(&text, "}");
	v = parse((char *)text.data);
	ck_assert_uint_eq(stella_json_count(v), 90000);
	for (size_t i = 0; i < 90000; i++) {
		const struct stella_json *value;
		const char *found;
		int64_t n;

		snprintf(name, sizeof name, "n%zu", i);
		stella_json_member(v, i, &found, &value);
		ck_assert_str_eq(found, name);
		assert_ok(stella_json_int(&n, value, 0, 90000));
		ck_assert_int_eq(n, (int64_t)i);
	}
	check_print(v, STELLA_JSON_LINE, (char *)text.data);
	stella_json_free(v);
	text.data[text.size - 1] = ',';
	snprintf(wanted, sizeof wanted, "byte %zu: duplicate name \"n4711\"", text.size);
	stella_buf_put_str(&text, "\"n4711\":0}");
	check_refused(stella_buf_span(&text), STELLA_MALFORMED, wanted);
	stella_buf_free(&text);
}
END_TEST

/* ---------------------------------------------------------------- reading */

START_TEST(members_are_found_by_name_and_type)
{
	struct stella_json *v = parse("{\"s\":\"x\",\"n\":1,\"o\":{},\"a\":[1],\"b\":true,\"z\":null}");
	const struct stella_json *found;
	const char *text;

	ck_assert_ptr_null(stella_json_find(v, "S"));
	ck_assert_ptr_null(stella_json_find(stella_json_find(v, "s"), "s"));
	ck_assert_ptr_null(stella_json_find(stella_json_find(v, "z"), "s"));
	ck_assert_int_eq(stella_json_type(stella_json_find(v, "z")), STELLA_JSON_NULL);
	assert_ok(stella_json_need(&found, v, "z", STELLA_JSON_NULL));
	ck_assert_ptr_nonnull(found);
	assert_ok(stella_json_need(&found, v, "a", STELLA_JSON_ARRAY));
	ck_assert_uint_eq(stella_json_count(found), 1);
	ck_assert_int_eq(stella_json_type(stella_json_at(found, 0)), STELLA_JSON_NUMBER);
	assert_ok(stella_json_need(&found, v, "o", STELLA_JSON_OBJECT));
	assert_ok(stella_json_need(&found, v, "b", STELLA_JSON_BOOL));
	ck_assert(stella_json_bool(found));
	assert_ok(stella_json_want(&found, v, "none", STELLA_JSON_BOOL));
	ck_assert_ptr_null(found);
	assert_ok(stella_json_need_text(&text, v, "s"));
	ck_assert_str_eq(text, "x");
	assert_ok(stella_json_want_text(&text, v, "none"));
	ck_assert_ptr_null(text);
	stella_json_free(v);
}
END_TEST

START_TEST(a_missing_or_mistyped_member_is_named)
{
	static const char *const articles[] = { "null", "a boolean", "a number", "a string", "an array", "an object" };
	struct stella_json *v = parse("{\"s\":\"x\",\"o\":{}, \"z\":null}");
	const struct stella_json *found;
	const char *text;
	char wanted[64];

	for (int type = STELLA_JSON_NULL; type <= STELLA_JSON_OBJECT; type++) {
		const char *name = type == STELLA_JSON_STRING ? "o" : "s";

		snprintf(wanted, sizeof wanted, "\"%s\": not %s", name, articles[type]);
		ck_assert_str_eq(stella_json_want(&found, v, name, type)->message, wanted);
		ck_assert_ptr_null(found);
		ck_assert_str_eq(stella_json_need(&found, v, name, type)->message, wanted);
		ck_assert_str_eq(stella_json_need(&found, v, "m", type)->message, "\"m\": missing");
	}
	ck_assert_str_eq(stella_json_need_text(&text, v, "o")->message, "\"o\": not a string");
	ck_assert_ptr_null(text);
	ck_assert_str_eq(stella_json_want_text(&text, v, "z")->message, "\"z\": not a string");
	ck_assert_str_eq(stella_json_need_text(&text, v, "m")->message, "\"m\": missing");
	stella_json_free(v);
}
END_TEST

START_TEST(a_closed_object_names_the_unknown_key)
{
	static const char *const names[] = { "payload", "payloadType", NULL };
	struct stella_json *v = parse("{\"payload\":1}");

	assert_ok(stella_json_closed(v, names));
	stella_json_set_int(v, "PayloadType", 1);
	ck_assert_str_eq(stella_json_closed(v, names)->message, "unknown key \"PayloadType\"");
	stella_json_free(v);
	v = parse("{}");
	assert_ok(stella_json_closed(v, names));
	stella_json_free(v);
}
END_TEST

START_TEST(integers_are_plain_and_in_range)
{
	static const struct {
		const char *text;
		int64_t min, max;
		const char *message;
	} cases[] = {
		{ "0", 0, 0, NULL }, { "7", 0, 7, NULL }, { "-7", -7, 0, NULL },
		{ "9223372036854775807", INT64_MIN, INT64_MAX, NULL },
		{ "-9223372036854775808", INT64_MIN, INT64_MAX, NULL },
		{ "9007199254740993", 9007199254740993, 9007199254740993, NULL },
		{ "8", 0, 7, "8 is not an integer from 0 to 7" },
		{ "-1", 0, 7, "-1 is not an integer from 0 to 7" },
		{ "-0", 0, 7, "-0 is not an integer from 0 to 7" },
		{ "1.0", 0, 7, "1.0 is not an integer from 0 to 7" },
		{ "1E2", 0, 700, "1E2 is not an integer from 0 to 700" },
		{ "1e0", 0, 7, "1e0 is not an integer from 0 to 7" },
		{ "1e400", 0, 7, "1e400 is not an integer from 0 to 7" },
		{ "9223372036854775808", INT64_MIN, INT64_MAX,
		"9223372036854775808 is not an integer from -9223372036854775808 to 9223372036854775807" },
		{ "12345678901234567890", 0, INT64_MAX,
		"12345678901234567890 is not an integer from 0 to 9223372036854775807" },
		{ "-9223372036854775809", INT64_MIN, 0,
		"-9223372036854775809 is not an integer from -9223372036854775808 to 0" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct stella_json *v = parse(cases[i].text);
		int64_t value = 4711;
		const struct stella_error *err = stella_json_int(&value, v, cases[i].min, cases[i].max);

		if (cases[i].message) {
			ck_assert(stella_error_is(err, STELLA_MALFORMED));
			ck_assert_str_eq(err->message, cases[i].message);
			ck_assert_int_eq(value, 4711);
		} else {
			assert_ok(err);
			ck_assert_int_eq(value, strtoll(cases[i].text, NULL, 10));
		}
		stella_json_free(v);
	}
}
END_TEST

START_TEST(integers_beyond_range_saturate_where_asked)
{
	static const struct {
		const char *text;
		bool integer;
		int64_t clamped;
	} cases[] = {
		{ "5", true, 5 }, { "-0", true, 0 }, { "9223372036854775807", true, INT64_MAX },
		{ "9223372036854775808", true, INT64_MAX }, { "12345678901234567890123", true, INT64_MAX },
		{ "-9223372036854775809", true, INT64_MIN }, { "-12345678901234567890123", true, INT64_MIN },
		{ "1.0", false, 0 }, { "1e2", false, 0 }, { "1E2", false, 0 }, { "\"1\"", false, 0 },
		{ "true", false, 0 }, { "null", false, 0 }, { "[1]", false, 0 }, { "{}", false, 0 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct stella_json *v = parse(cases[i].text);
		int64_t clamped = 4711;

		ck_assert(stella_json_is_int(v, &clamped) == cases[i].integer);
		ck_assert(stella_json_is_int(v, NULL) == cases[i].integer);
		ck_assert_int_eq(clamped, cases[i].integer ? cases[i].clamped : 4711);
		stella_json_free(v);
	}
}
END_TEST

START_TEST(text_may_be_of_any_size)
{
	char *text = repeat("{\"payload\":\"", "QUJD", 1 << 22, "\"}"); /* 16 MiB */
	struct stella_json *v = parse(text);

	ck_assert_uint_eq(strlen(stella_json_text(stella_json_find(v, "payload"))), 1 << 24);
	check_print(v, STELLA_JSON_LINE, text);
	stella_json_free(v);
	free(text);
}
END_TEST

/* ---------------------------------------------------------------- building and printing */

static struct stella_json *example(void)
{
	struct stella_json *v = stella_json_new_object(), *list;

	stella_json_set_text(v, "b", "text \"\\/\n\x01 é <&>");
	stella_json_set_int(v, "a", INT64_MIN);
	stella_json_set_bool(v, "Z", true);
	list = stella_json_set(v, "list", stella_json_new_array());
	stella_json_add(list, stella_json_new_text(NULL));
	stella_json_set_text(stella_json_add(list, stella_json_new_object()), "x", "");
	stella_json_add(list, stella_json_new_array());
	stella_json_set(v, "empty", stella_json_new_object());
	stella_json_set_text(v, "nothing", NULL);
	return v;
}

START_TEST(the_three_styles_are_as_written_down)
{
	struct stella_json *v = example();

	check_print(v, STELLA_JSON_LINE, "{\"b\":\"text \\\"\\\\/\\n\\u0001 é <&>\",\"a\":-9223372036854775808,"
		"\"Z\":true,\"list\":[null,{\"x\":\"\"},[]],\"empty\":{},\"nothing\":null}");
	check_print(v, STELLA_JSON_RECORD,
		"{\n"
		"  \"Z\": true,\n"
		"  \"a\": -9223372036854775808,\n"
		"  \"b\": \"text \\\"\\\\/\\n\\u0001 é <&>\",\n"
		"  \"empty\": {},\n"
		"  \"list\": [\n"
		"    null,\n"
		"    {\n"
		"      \"x\": \"\"\n"
		"    },\n"
		"    []\n"
		"  ],\n"
		"  \"nothing\": null\n"
		"}\n");
	check_print(stella_json_find(v, "list"), STELLA_JSON_PRETTY,
		"[\n  null,\n  {\n    \"x\": \"\"\n  },\n  []\n]\n");
	stella_json_free(v);
	v = parse("{\"b\":1,\"a\":2}");
	check_print(v, STELLA_JSON_PRETTY, "{\n  \"b\": 1,\n  \"a\": 2\n}\n");
	check_print(v, STELLA_JSON_RECORD, "{\n  \"a\": 2,\n  \"b\": 1\n}\n");
	stella_json_free(v);
}
END_TEST

START_TEST(pretty_shows_what_could_deceive)
{
	struct stella_json *v = stella_json_new_text("a\x7f\xc2\x9b\xe2\x80\xae\xe2\x81\xa6\xf3\xa0\x80\x81 é漢😀");

	check_print(v, STELLA_JSON_PRETTY, "\"a\\u007f\\u009b\\u202e\\u2066\\udb40\\udc01 é漢😀\"\n");
	check_print(v, STELLA_JSON_RECORD, "\"a\x7f\xc2\x9b\xe2\x80\xae\xe2\x81\xa6\xf3\xa0\x80\x81 é漢😀\"\n");
	stella_json_free(v);
}
END_TEST

START_TEST(records_sort_their_keys_by_bytes)
{
	struct stella_json *v = stella_json_new_object();

	stella_json_set_int(v, "\xef\xbf\xbd", 1);
	stella_json_set_int(v, "\xf0\x9f\x98\x80", 2);
	stella_json_set_int(v, "ab", 3);
	stella_json_set_int(v, "a", 4);
	stella_json_set_int(v, "", 5);
	stella_json_set_int(v, "B", 6);
	check_print(v, STELLA_JSON_RECORD, "{\n  \"\": 5,\n  \"B\": 6,\n  \"a\": 4,\n  \"ab\": 3,\n"
		"  \"\xef\xbf\xbd\": 1,\n  \"\xf0\x9f\x98\x80\": 2\n}\n");
	stella_json_free(v);
}
END_TEST

START_TEST(what_is_built_is_always_valid)
{
	struct stella_json *v = stella_json_new_object(), *back;
	struct stella_buf out = { 0 };

	stella_json_set(v, "\xff" "a", stella_json_new_text_span(stella_span("x\0y\xc3\xed\xa0\x80", 7)));
	stella_json_print(&out, v, STELLA_JSON_LINE);
	assert_span_is(stella_buf_span(&out), "{\"\xef\xbf\xbd" "a\":\"x\xef\xbf\xbdy\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"
		"\xef\xbf\xbd\"}");
	assert_ok(stella_json_parse(&back, stella_buf_span(&out)));
	stella_json_free(back);
	stella_json_free(v);
	stella_buf_free(&out);
}
END_TEST

START_TEST(a_document_can_be_changed)
{
	struct stella_json *v = parse("{\"a\":{\"x\":1},\"b\":2,\"c\":3}"), *copy;
	const struct stella_json *value;
	const char *name;

	stella_json_member(v, 2, &name, &value);
	ck_assert_str_eq(name, "c");
	copy = stella_json_copy(v);
	stella_json_set_int(stella_json_edit(v, "a"), "y", 2);
	stella_json_set_text(v, "b", "two");
	stella_json_unset(v, "c");
	stella_json_unset(v, "none");
	stella_json_set_bool(v, "d", false);
	check_print(v, STELLA_JSON_LINE, "{\"a\":{\"x\":1,\"y\":2},\"b\":\"two\",\"d\":false}");
	stella_json_member(v, 2, &name, &value);
	ck_assert_str_eq(name, "d");
	check_print(copy, STELLA_JSON_LINE, "{\"a\":{\"x\":1},\"b\":2,\"c\":3}");
	ck_assert_ptr_null(stella_json_edit(v, "c"));
	stella_json_free(v);
	stella_json_free(copy);
	stella_json_free(NULL);
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_test(t, every_kind_of_value_is_read);
	tcase_add_test(t, numbers_are_kept_as_they_are_written);
	tcase_add_test(t, what_is_not_json_is_refused_at_its_byte);
	tcase_add_test(t, a_name_stands_once_in_its_object);
	tcase_add_test(t, nesting_ends_at_64_levels);
	tcase_add_test(t, values_end_at_100000);
	tcase_add_test(t, a_number_ends_at_4300_bytes);
	tcase_add_test(t, a_large_object_is_read_and_visited_in_order);
	tcase_add_test(t, members_are_found_by_name_and_type);
	tcase_add_test(t, a_missing_or_mistyped_member_is_named);
	tcase_add_test(t, a_closed_object_names_the_unknown_key);
	tcase_add_test(t, integers_are_plain_and_in_range);
	tcase_add_test(t, integers_beyond_range_saturate_where_asked);
	tcase_add_test(t, text_may_be_of_any_size);
	tcase_add_test(t, the_three_styles_are_as_written_down);
	tcase_add_test(t, pretty_shows_what_could_deceive);
	tcase_add_test(t, records_sort_their_keys_by_bytes);
	tcase_add_test(t, what_is_built_is_always_valid);
	tcase_add_test(t, a_document_can_be_changed);
}

CHECK_MAIN("json", fill)
