/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "event.h"
#include "fields.h"

static struct stella_event an_event(void)
{
	return (struct stella_event){ .time = 1700000000, .level = STELLA_LEVEL_ERROR, .event = "verification",
		.command = "verify attestation", .code = "key-unknown", .exit = 1, .duration = 1234, .attestation = "ab",
		.number = 3, .pid = 77, .message = "key not known" };
}

static struct stella_event *round_trip(const struct stella_event *event, struct stella_buf *line)
{
	struct stella_event *again;

	stella_event_print(line, event);
	assert_ok(stella_event_parse(&again, stella_buf_span(line)));
	return again;
}

START_TEST(what_is_printed_is_parsed_to_the_same)
{
	struct stella_event event = an_event(), *again;
	struct stella_buf line = { 0 };

	again = round_trip(&event, &line);
	assert_span_is(stella_buf_span(&line), "{\"version\":1,\"time\":\"2023-11-14T22:13:20Z\",\"level\":\"error\","
		"\"event\":\"verification\",\"command\":\"verify attestation\",\"code\":\"key-unknown\",\"attestation\":\"ab\","
		"\"message\":\"key not known\",\"exit\":1,\"durationUs\":1234,\"number\":3,\"pid\":77}");
	ck_assert_int_eq(again->time, 1700000000);
	ck_assert_int_eq(again->level, STELLA_LEVEL_ERROR);
	ck_assert_str_eq(again->message, "key not known");
	ck_assert_int_eq(again->duration, 1234);
	ck_assert_ptr_null(again->issuer);
	stella_event_free(again);
	stella_buf_free(&line);
}
END_TEST

START_TEST(whatever_is_in_a_field_is_one_line_and_comes_back)
{
	static const char *const texts[] = {
		"a\nb", "a\r\nb", "\",\"level\":\"info\",\"x\":\"", "a\tb\\n", "\x1b[31mred", "\xc2\x85 next line", "\xe2\x80\xa8 separator",
		"\xe2\x80\xa9", "\xe2\x80\xae" "bidi", "{\"event\":\"totals\"}", "\v\f\b\x01\x7f",
	};

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct stella_event event = an_event(), *again;
		struct stella_buf line = { 0 };

		event.message = event.issuer = event.attestation = event.commit = event.tool = event.root = texts[i];
		again = round_trip(&event, &line);
		ck_assert_str_eq(again->message, texts[i]);
		ck_assert_str_eq(again->issuer, texts[i]);
		ck_assert_int_eq(again->level, STELLA_LEVEL_ERROR);
		for (size_t at = 0; at < line.size; at++)
			ck_assert(line.data[at] >= ' ' && line.data[at] != 127);
		ck_assert_ptr_null(stella_span_find(stella_buf_span(&line), "\xc2\x85"));
		ck_assert_ptr_null(stella_span_find(stella_buf_span(&line), "\xe2\x80"));
		ck_assert_ptr_null(stella_span_find(stella_buf_span(&line), "\"event\":\"totals\""));
		stella_event_free(again);
		stella_buf_free(&line);
	}
}
END_TEST

START_TEST(bytes_that_are_no_utf8_become_something_that_is)
{
	struct stella_event event = an_event(), *again;
	struct stella_buf line = { 0 };

	event.message = "a\xff\xfe" "b";
	again = round_trip(&event, &line);
	ck_assert_str_eq(again->message, "a\xef\xbf\xbd\xef\xbf\xbd" "b");
	stella_event_free(again);
	stella_buf_free(&line);
}
END_TEST

START_TEST(long_texts_are_cut_between_characters)
{
	struct stella_event event = an_event(), *again;
	struct stella_buf line = { 0 }, text = { 0 };

	stella_buf_put_str(&text, "a");
	while (text.size < 3 * STELLA_EVENT_TEXT_MAX)
		stella_buf_put_str(&text, "\xc3\xa4");
	event.message = (const char *)text.data;
	again = round_trip(&event, &line);
	ck_assert_uint_eq(strlen(again->message), STELLA_EVENT_TEXT_MAX - 1);
	ck_assert(memcmp(again->message, text.data, STELLA_EVENT_TEXT_MAX - 1) == 0);
	stella_event_free(again);
	stella_buf_free(&line);
	stella_buf_free(&text);
}
END_TEST

START_TEST(what_is_no_record_is_refused)
{
	static const char good[] = "{\"version\":1,\"time\":\"2023-11-14T22:13:20Z\",\"level\":\"error\",\"event\":\"check\","
		"\"command\":\"check\",\"code\":\"ok\"}";
	static const struct {
		const char *line;
		enum stella_code code;
	} bad[] = {
		{ "", STELLA_MALFORMED },
		{ "{", STELLA_MALFORMED },
		{ "[]", STELLA_MALFORMED },
		{ "{\"version\":2,\"anything\":1}", STELLA_POLICY_UNSUPPORTED },
		{ "{\"version\":1,\"level\":\"error\",\"event\":\"check\",\"command\":\"check\",\"code\":\"ok\"}", STELLA_MALFORMED },
		{ "{\"version\":1,\"time\":\"2023-11-14\",\"level\":\"error\",\"event\":\"check\",\"command\":\"check\",\"code\":\"ok\"}",
			STELLA_MALFORMED },
		{ "{\"version\":1,\"time\":\"2023-11-14T22:13:20Z\",\"level\":\"fatal\",\"event\":\"check\",\"command\":\"check\","
			"\"code\":\"ok\"}", STELLA_MALFORMED },
		{ "{\"version\":1,\"time\":\"2023-11-14T22:13:20Z\",\"level\":\"error\",\"event\":\"Check\",\"command\":\"check\","
			"\"code\":\"ok\"}", STELLA_MALFORMED },
		{ "{\"version\":1,\"time\":\"2023-11-14T22:13:20Z\",\"level\":\"error\",\"event\":\"check\",\"command\":\"che\\\"ck\","
			"\"code\":\"ok\"}", STELLA_MALFORMED },
		{ "{\"version\":1,\"time\":\"2023-11-14T22:13:20Z\",\"level\":\"error\",\"event\":\"check\",\"command\":\"check\","
			"\"code\":\"ok\",\"exit\":256}", STELLA_MALFORMED },
		{ "{\"version\":1,\"time\":\"2023-11-14T22:13:20Z\",\"level\":\"error\",\"event\":\"check\",\"command\":\"check\","
			"\"code\":\"ok\",\"durationUs\":-1}", STELLA_MALFORMED },
		{ "{\"version\":1,\"time\":\"2023-11-14T22:13:20Z\",\"level\":\"error\",\"event\":\"check\",\"command\":\"check\","
			"\"code\":\"ok\",\"colour\":\"red\"}", STELLA_MALFORMED },
	};
	struct stella_event *event;

	assert_ok(stella_event_parse(&event, stella_span_str(good)));
	ck_assert_int_eq(event->exit, -1);
	ck_assert_int_eq(event->number, -1);
	stella_event_free(event);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		assert_code(stella_event_parse(&event, stella_span_str(bad[i].line)), bad[i].code);
		ck_assert_ptr_null(event);
	}
}
END_TEST

START_TEST(words_are_words)
{
	ck_assert(stella_event_word("verify cert-chain"));
	ck_assert(stella_event_word("x509"));
	ck_assert(!stella_event_word(""));
	ck_assert(!stella_event_word(" a"));
	ck_assert(!stella_event_word("a "));
	ck_assert(!stella_event_word("a  b"));
	ck_assert(!stella_event_word("a\"b"));
	ck_assert(!stella_event_word("A"));
	ck_assert(!stella_event_word("a\n"));
	ck_assert(!stella_event_word("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"));
}
END_TEST

START_TEST(a_text_is_found_in_any_text_in_any_case)
{
	struct stella_event event = an_event();

	ck_assert(stella_event_holds(&event, "VERIFICATION"));
	ck_assert(stella_event_holds(&event, "not Known"));
	ck_assert(stella_event_holds(&event, "key-unk"));
	ck_assert(!stella_event_holds(&event, "1234"));
	ck_assert(!stella_event_holds(&event, "verifications"));
}
END_TEST

static void fill(TCase *tcase)
{
	tcase_add_test(tcase, what_is_printed_is_parsed_to_the_same);
	tcase_add_test(tcase, whatever_is_in_a_field_is_one_line_and_comes_back);
	tcase_add_test(tcase, bytes_that_are_no_utf8_become_something_that_is);
	tcase_add_test(tcase, long_texts_are_cut_between_characters);
	tcase_add_test(tcase, what_is_no_record_is_refused);
	tcase_add_test(tcase, words_are_words);
	tcase_add_test(tcase, a_text_is_found_in_any_text_in_any_case);
}

CHECK_MAIN("event", fill)
