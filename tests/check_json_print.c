/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

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

static char *repeat(const char *head, const char *text, size_t count, const char *tail)
{
	struct stella_buf out = { 0 };

	stella_buf_put_str(&out, head);
	for (size_t i = 0; i < count; i++)
		stella_buf_put_str(&out, text);
	stella_buf_put_str(&out, tail);
	return stella_buf_take_str(&out);
}

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

START_TEST(numbers_are_kept_as_they_are_written)
{
	static const char *const numbers[] = {
		"0",
		"-0",
		"1",
		"-1",
		"10",
		"9007199254740993",
		"9223372036854775807",
		"-9223372036854775808",
		"9223372036854775808",
		"-9223372036854775809",
		"18446744073709551615",
		"18446744073709551616",
		"12345678901234567890123456789",
		"-12345678901234567890123456789",
		"1.0",
		"1.50",
		"-0.0",
		"1e400",
		"1E2",
		"1e+2",
		"1E-2",
		"0e0",
		"0.1",
		"123456789.123456789123456789",
	};
	struct stella_buf text = { 0 };
	struct stella_json *v, *copy;

	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		check_line(numbers[i], numbers[i]);
	stella_buf_put_str(&text, "[{\"a\":-0},[]");
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		stella_buf_printf(
			&text, ",%s,{\"n\":%s,\"m\":[null,%s]}", numbers[i], numbers[i], numbers[i]);
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

START_TEST(the_three_styles_are_as_written_down)
{
	struct stella_json *v = example();

	check_print(v, STELLA_JSON_LINE,
		"{\"b\":\"text \\\"\\\\/\\n\\u0001 é <&>\",\"a\":-9223372036854775808,"
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
	struct stella_json *v =
		stella_json_new_text("a\x7f\xc2\x9b\xe2\x80\xae\xe2\x81\xa6\xf3\xa0\x80\x81 é漢😀");

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
	assert_span_is(stella_buf_span(&out), "{\"\xef\xbf\xbd"
					      "a\":\"x\xef\xbf\xbdy\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"
					      "\xef\xbf\xbd\"}");
	assert_ok(stella_json_parse(&back, stella_buf_span(&out)));
	stella_json_free(back);
	stella_json_free(v);
	stella_buf_free(&out);
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_test(t, numbers_are_kept_as_they_are_written);
	tcase_add_test(t, text_may_be_of_any_size);
	tcase_add_test(t, the_three_styles_are_as_written_down);
	tcase_add_test(t, pretty_shows_what_could_deceive);
	tcase_add_test(t, records_sort_their_keys_by_bytes);
	tcase_add_test(t, what_is_built_is_always_valid);
}

CHECK_MAIN("json_print", fill)
