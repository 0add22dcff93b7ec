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

	ck_assert_msg(err != NULL, "accepted: %.*s", (int)(text.size < 200 ? text.size : 200),
		(const char *)text.data);
	ck_assert_ptr_null(v);
	ck_assert_msg(err->code == code && strcmp(err->message, message) == 0, "%s: %s, not %s",
		stella_code_word(err->code), err->message, message);
}

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

START_TEST(what_the_scan_refuses_is_refused)
{
	check_refused(
		stella_span_str("{\"a\":1,\"\\u0061\":2}"), STELLA_MALFORMED, "byte 7: duplicate name \"a\"");
	check_refused(stella_span_str("[1,]"), STELLA_MALFORMED, "byte 3: a value was expected");
	check_refused(stella_span_str("{} x"), STELLA_MALFORMED, "byte 3: text after the value");
	check_refused(
		stella_span(NULL, 0), STELLA_MALFORMED, "byte 0: the text ends where a value was expected");
}
END_TEST

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
	static const char *const articles[] = {
		"null", "a boolean", "a number", "a string", "an array", "an object"};
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
	tcase_add_test(t, a_large_object_is_read_and_visited_in_order);
	tcase_add_test(t, what_the_scan_refuses_is_refused);
	tcase_add_test(t, members_are_found_by_name_and_type);
	tcase_add_test(t, a_missing_or_mistyped_member_is_named);
	tcase_add_test(t, a_closed_object_names_the_unknown_key);
	tcase_add_test(t, integers_are_plain_and_in_range);
	tcase_add_test(t, integers_beyond_range_saturate_where_asked);
	tcase_add_test(t, a_document_can_be_changed);
}

CHECK_MAIN("json", fill)
