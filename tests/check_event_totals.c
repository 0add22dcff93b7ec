/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "event_totals.h"

static struct stella_event an_event(const char *event, const char *code, int64_t duration, int64_t time)
{
	return (struct stella_event){ .time = time, .event = event, .command = "verify attestation", .code = code,
		.duration = duration };
}

static void add(struct stella_totals *totals, const char *name, const char *code, int64_t duration, int64_t time)
{
	struct stella_event event = an_event(name, code, duration, time);

	stella_totals_add(totals, &event);
}

START_TEST(events_are_counted_by_kind_command_and_code)
{
	struct stella_totals totals = { 0 };

	add(&totals, "verification", "ok", 900, 2000);
	add(&totals, "verification", "ok", 1001, 1000);
	add(&totals, "verification", "key-unknown", 99000000, 1000);
	add(&totals, "check", "ok", 5, 1000);
	ck_assert_uint_eq(totals.count, 3);
	ck_assert_int_eq(totals.items[0].count, 2);
	ck_assert_int_eq(totals.items[0].last, 2000);
	ck_assert_int_eq(totals.buckets[0], 1);
	ck_assert_int_eq(totals.buckets[1], 1);
	ck_assert_int_eq(totals.buckets[STELLA_TOTALS_BUCKETS], 1);
	ck_assert_int_eq(totals.microseconds, 900 + 1001 + 99000000);
	stella_totals_free(&totals);
}
END_TEST

START_TEST(the_line_says_the_same)
{
	struct stella_totals totals = { 0 }, again = { 0 };
	struct stella_buf line = { 0 }, second = { 0 };

	add(&totals, "verification", "ok", 900, 2000);
	add(&totals, "change", "conflict", 30, 2000);
	stella_totals_print(&line, &totals, 5000);
	assert_ok(stella_totals_parse(&again, stella_buf_span(&line)));
	stella_totals_print(&second, &again, 5000);
	ck_assert(stella_span_equal(stella_buf_span(&line), stella_buf_span(&second)));
	stella_buf_free(&line);
	stella_buf_free(&second);
	stella_totals_free(&totals);
	stella_totals_free(&again);
}
END_TEST

START_TEST(counters_stop_at_their_end)
{
	struct stella_totals totals = { 0 };

	add(&totals, "verification", "ok", 900, 2000);
	totals.items[0].count = totals.microseconds = INT64_MAX;
	add(&totals, "verification", "ok", 900, 2000);
	ck_assert_int_eq(totals.items[0].count, INT64_MAX);
	ck_assert_int_eq(totals.microseconds, INT64_MAX);
	stella_totals_free(&totals);
}
END_TEST

START_TEST(what_is_no_line_of_totals_is_refused)
{
#define BEGIN "{\"version\":1,\"time\":\"2023-11-14T22:13:20Z\",\"event\":\"totals\",\"counts\":"
#define END ",\"buckets\":[0,0,0,0,0,0,0,0,0,0,0,0,0],\"durationUs\":0}"
	static const char *const bad[] = {
		"", "{}", "[]",
		"{\"version\":1,\"time\":\"2023-11-14T22:13:20Z\",\"event\":\"check\",\"counts\":[]" END,
		BEGIN "{}" END,
		BEGIN "[1]" END,
		BEGIN "[{\"event\":\"a\",\"command\":\"b\",\"code\":\"c\"}]" END,
		BEGIN "[{\"event\":\"a\",\"command\":\"b\",\"code\":\"c\",\"count\":-1}]" END,
		BEGIN "[{\"event\":\"a\\n\",\"command\":\"b\",\"code\":\"c\",\"count\":1}]" END,
		BEGIN "[{\"event\":\"a\",\"command\":\"b\",\"code\":\"c\",\"count\":1},{\"event\":\"a\",\"command\":\"b\","
			"\"code\":\"c\",\"count\":1}]" END,
		BEGIN "[],\"buckets\":[0],\"durationUs\":0}",
		BEGIN "[],\"buckets\":[0,0,0,0,0,0,0,0,0,0,0,0,\"0\"],\"durationUs\":0}",
		BEGIN "[],\"buckets\":[0,0,0,0,0,0,0,0,0,0,0,0,0]}",
	};
	struct stella_totals totals = { 0 };

	assert_ok(stella_totals_parse(&totals, stella_span_str(BEGIN "[{\"event\":\"a\",\"command\":\"b\",\"code\":\"c\","
		"\"count\":7}]" END)));
	ck_assert_int_eq(totals.items[0].count, 7);
	stella_totals_free(&totals);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		assert_code(stella_totals_parse(&totals, stella_span_str(bad[i])), STELLA_MALFORMED);
		ck_assert_uint_eq(totals.count, 0);
	}
	assert_code(stella_totals_parse(&totals, stella_span_str("{\"version\":2}")), STELLA_POLICY_UNSUPPORTED);
}
END_TEST

static void fill(TCase *tcase)
{
	tcase_add_test(tcase, events_are_counted_by_kind_command_and_code);
	tcase_add_test(tcase, the_line_says_the_same);
	tcase_add_test(tcase, counters_stop_at_their_end);
	tcase_add_test(tcase, what_is_no_line_of_totals_is_refused);
}

CHECK_MAIN("event_totals", fill)
