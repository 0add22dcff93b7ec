/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "fields.h"

static const char *const names[] = { "version", "text", "word", "valid_from", "expires", "list", NULL };
static struct stella_json *doc;

static const struct stella_error *open_text(const char *text)
{
	stella_json_free(doc);
	return stella_fields_open(&doc, stella_span_str(text), 1, names);
}

static void leave(void)
{
	stella_json_free(doc);
	doc = NULL;
}

START_TEST(a_record_has_the_one_known_version)
{
	static const char *const bad[] = {
		"{}", "{\"version\": \"1\"}", "{\"version\": 0}", "{\"version\": -1}", "{\"version\": 1.0}",
		"{\"version\": 1e0}", "{\"version\": null}", "{\"version\": 2.5}", "[]", "1", "",
	};

	assert_ok(open_text("{\"version\": 1}"));
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_code(open_text(bad[i]), STELLA_MALFORMED);
}
END_TEST

START_TEST(a_newer_version_is_named_and_nothing_else_looked_at)
{
	const struct stella_error *err = open_text("{\"version\": 2, \"anything\": []}");

	assert_code(err, STELLA_POLICY_UNSUPPORTED);
	ck_assert_ptr_nonnull(strstr(err->message, "version 2 needs a newer stella"));
	assert_code(open_text("{\"version\": 99999999999999999999}"), STELLA_POLICY_UNSUPPORTED);
}
END_TEST

START_TEST(an_unknown_key_is_refused)
{
	assert_code(open_text("{\"version\": 1, \"Text\": \"a\"}"), STELLA_MALFORMED);
	assert_code(open_text("{\"version\": 1, \"text\": \"a\", \"text\": \"a\"}"), STELLA_MALFORMED);
}
END_TEST

START_TEST(what_is_not_given_is_absent_not_empty)
{
	char *text = NULL;

	assert_ok(open_text("{\"version\": 1}"));
	assert_ok(stella_fields_want_text(&text, doc, "text", 3));
	ck_assert_ptr_null(text);
	assert_code(stella_fields_need_text(&text, doc, "text", 3), STELLA_MALFORMED);
	assert_ok(open_text("{\"version\": 1, \"text\": \"abc\"}"));
	assert_ok(stella_fields_need_text(&text, doc, "text", 3));
	ck_assert_str_eq(text, "abc");
	free(text);
	assert_code(stella_fields_want_text(&text, doc, "text", 2), STELLA_LIMIT);
	assert_ok(open_text("{\"version\": 1, \"text\": \"\"}"));
	assert_code(stella_fields_want_text(&text, doc, "text", 2), STELLA_MALFORMED);
	assert_ok(open_text("{\"version\": 1, \"text\": null}"));
	assert_code(stella_fields_want_text(&text, doc, "text", 2), STELLA_MALFORMED);
}
END_TEST

START_TEST(words_come_from_a_closed_list)
{
	static const char *const words[] = { "one", "two" };
	unsigned place;

	assert_ok(open_text("{\"version\": 1, \"word\": \"two\"}"));
	assert_ok(stella_fields_need_word(&place, doc, "word", words, 2));
	ck_assert_uint_eq(place, 1);
	assert_code(stella_fields_need_word(&place, doc, "word", words, 1), STELLA_MALFORMED);
	assert_ok(open_text("{\"version\": 1, \"word\": \"Two\"}"));
	assert_code(stella_fields_need_word(&place, doc, "word", words, 2), STELLA_MALFORMED);
	assert_code(stella_fields_need_word(&place, doc, "text", words, 2), STELLA_MALFORMED);
}
END_TEST

START_TEST(a_window_does_not_end_before_it_begins)
{
	int64_t from, until;

	assert_ok(open_text("{\"version\": 1, \"valid_from\": \"2026-01-02T00:00:00Z\", "
		"\"expires\": \"2026-01-02T00:00:00Z\"}"));
	assert_ok(stella_fields_want_window(&from, &until, doc));
	ck_assert_int_eq(from, 1767312000);
	ck_assert_int_eq(until, from);
	assert_ok(open_text("{\"version\": 1, \"valid_from\": \"2026-01-02T00:00:00Z\", "
		"\"expires\": \"2026-01-01T23:59:59Z\"}"));
	assert_code(stella_fields_want_window(&from, &until, doc), STELLA_MALFORMED);
	assert_ok(open_text("{\"version\": 1, \"expires\": \"2026-01-01\"}"));
	assert_code(stella_fields_want_window(&from, &until, doc), STELLA_MALFORMED);
	assert_ok(open_text("{\"version\": 1}"));
	assert_ok(stella_fields_want_window(&from, &until, doc));
	ck_assert(from == STELLA_TIME_NONE && until == STELLA_TIME_NONE);
}
END_TEST

static bool starts_with_a(struct stella_span text)
{
	return stella_span_starts(text, "a");
}

static const struct stella_error *list_of(const char *text, size_t *count)
{
	const struct stella_error *err;
	char **texts = NULL;

	*count = 0;
	assert_ok(open_text(text));
	err = stella_fields_want_texts(&texts, count, doc, "list", starts_with_a);
	stella_fields_free_texts(texts, *count);
	return err;
}

START_TEST(a_list_holds_no_text_twice_and_none_that_is_not_valid)
{
	size_t count;

	assert_ok(list_of("{\"version\": 1}", &count));
	ck_assert_uint_eq(count, 0);
	assert_ok(list_of("{\"version\": 1, \"list\": []}", &count));
	ck_assert_uint_eq(count, 0);
	assert_ok(list_of("{\"version\": 1, \"list\": [\"ab\", \"aa\"]}", &count));
	ck_assert_uint_eq(count, 2);
	assert_code(list_of("{\"version\": 1, \"list\": [\"ab\", \"aa\", \"ab\"]}", &count),
		STELLA_MALFORMED);
	assert_code(list_of("{\"version\": 1, \"list\": [\"ab\", \"b\"]}", &count), STELLA_MALFORMED);
	assert_code(list_of("{\"version\": 1, \"list\": [\"ab\", 1]}", &count), STELLA_MALFORMED);
	assert_code(list_of("{\"version\": 1, \"list\": [\"\"]}", &count), STELLA_MALFORMED);
	assert_code(list_of("{\"version\": 1, \"list\": {}}", &count), STELLA_MALFORMED);
}
END_TEST

START_TEST(a_list_has_a_limit)
{
	for (unsigned n = STELLA_FIELDS_LIST_MAX; n <= STELLA_FIELDS_LIST_MAX + 1; n++) {
		struct stella_buf text = { 0 };
		size_t count;

		stella_buf_put_str(&text, "{\"version\": 1, \"list\": [");
		for (unsigned i = 0; i < n; i++)
			stella_buf_printf(&text, "%s\"a%u\"", i ? "," : "", i);
		stella_buf_put_str(&text, "]}");
		if (n == STELLA_FIELDS_LIST_MAX)
			assert_ok(list_of((const char *)text.data, &count));
		else
			assert_code(list_of((const char *)text.data, &count), STELLA_LIMIT);
		stella_buf_free(&text);
	}
}
END_TEST

START_TEST(an_entry_has_a_limit)
{
	for (unsigned size = STELLA_FIELDS_TEXT_MAX; size <= STELLA_FIELDS_TEXT_MAX + 1; size++) {
		struct stella_buf text = { 0 };
		size_t count;

		stella_buf_put_str(&text, "{\"version\": 1, \"list\": [\"");
		for (unsigned i = 0; i < size; i++)
			stella_buf_put_str(&text, "a");
		stella_buf_put_str(&text, "\"]}");
		if (size == STELLA_FIELDS_TEXT_MAX)
			assert_ok(list_of((const char *)text.data, &count));
		else
			assert_code(list_of((const char *)text.data, &count), STELLA_MALFORMED);
		stella_buf_free(&text);
	}
}
END_TEST

START_TEST(what_is_none_is_not_written)
{
	struct stella_json *object = stella_json_new_object();
	struct stella_buf out = { 0 };
	char text[] = "b", *list[] = { text };

	stella_fields_set_text(object, "text", NULL);
	stella_fields_set_time(object, "time", STELLA_TIME_NONE);
	stella_fields_set_texts(object, "list", list, 0);
	stella_fields_set_text(object, "text2", "a");
	stella_fields_set_time(object, "time2", 0);
	stella_fields_set_texts(object, "list2", list, 1);
	stella_json_print(&out, object, STELLA_JSON_LINE);
	assert_span_is(stella_buf_span(&out),
		"{\"text2\":\"a\",\"time2\":\"1970-01-01T00:00:00Z\",\"list2\":[\"b\"]}");
	stella_buf_free(&out);
	stella_json_free(object);
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_checked_fixture(t, NULL, leave);
	tcase_add_test(t, a_record_has_the_one_known_version);
	tcase_add_test(t, a_newer_version_is_named_and_nothing_else_looked_at);
	tcase_add_test(t, an_unknown_key_is_refused);
	tcase_add_test(t, what_is_not_given_is_absent_not_empty);
	tcase_add_test(t, words_come_from_a_closed_list);
	tcase_add_test(t, a_window_does_not_end_before_it_begins);
	tcase_add_test(t, a_list_holds_no_text_twice_and_none_that_is_not_valid);
	tcase_add_test(t, a_list_has_a_limit);
	tcase_add_test(t, an_entry_has_a_limit);
	tcase_add_test(t, what_is_none_is_not_written);
}

CHECK_MAIN("fields", fill)
