/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include <stdio.h>
#include <unistd.h>

#include "eventlog.h"
#include "sys.h"

static char *top, *dir;
static const struct stella_oid root = { { 0xab } };

static void enter(void)
{
	assert_ok(stella_sys_tempdir(&top));
	dir = stella_eventlog_dir(top, &root);
}

static void leave(void)
{
	stella_sys_tempdir_remove(top);
	free(top);
	free(dir);
}

static void put(const char *code, const char *message)
{
	struct stella_event event = { .time = 1700000000, .event = "verification", .command = "verify attestation",
		.code = code, .exit = 0, .duration = 1500, .number = -1, .pid = 1, .message = message };

	assert_ok(stella_eventlog_append(dir, &event));
}

struct seen {
	size_t events, damaged, unfinished;
	char last[STELLA_EVENT_TEXT_MAX + 1];
};

static void take_event(void *context, const struct stella_event *event)
{
	struct seen *seen = context;

	seen->events++;
	snprintf(seen->last, sizeof seen->last, "%s", event->message ? event->message : "");
}

static void take_damage(void *context, const struct stella_eventlog_place *place, size_t size,
	const struct stella_error *why)
{
	struct seen *seen = context;

	seen->damaged += why != NULL;
	seen->unfinished += why == NULL;
}

static struct seen look(struct stella_eventlog_place *place)
{
	struct seen seen = { 0 };
	const struct stella_eventlog_reader reader = { take_event, take_damage, &seen };

	assert_ok(stella_eventlog_read(dir, place, &reader));
	return seen;
}

static void append_raw(unsigned piece, const char *text)
{
	char path[4096];
	FILE *file;

	snprintf(path, sizeof path, "%s/%08u.jsonl", dir, piece);
	file = fopen(path, "a");
	ck_assert_ptr_nonnull(file);
	ck_assert_int_ge(fputs(text, file), 0);
	ck_assert_int_eq(fclose(file), 0);
}

static int64_t count_of(const char *code, size_t *damaged)
{
	struct stella_totals totals;
	int64_t count = 0;

	assert_ok(stella_eventlog_totals(&totals, damaged, dir));
	for (size_t i = 0; i < totals.count; i++)
		if (!strcmp(totals.items[i].code, code) && !strcmp(totals.items[i].event, "verification"))
			count += totals.items[i].count;
	stella_totals_free(&totals);
	return count;
}

START_TEST(each_root_has_its_log_and_no_root_has_one_too)
{
	char *other = stella_eventlog_dir("/s", NULL);

	ck_assert_str_eq(other, "/s/unpinned/log");
	ck_assert_ptr_nonnull(strstr(dir, "/ab00000000000000000000000000000000000000/log"));
	free(other);
	ck_assert_uint_eq(look(NULL).events, 0);
}
END_TEST

START_TEST(a_reader_goes_on_where_it_stood)
{
	struct stella_eventlog_place place = { 0, 0 };

	put("ok", "one");
	ck_assert_uint_eq(look(&place).events, 1);
	ck_assert_uint_eq(look(&place).events, 0);
	put("ok", "two");
	put("ok", "three");
	ck_assert_uint_eq(look(&place).events, 2);
	ck_assert_uint_eq(look(NULL).events, 3);
}
END_TEST

START_TEST(bad_lines_are_told_and_passed_over)
{
	struct seen seen;
	size_t damaged;

	put("ok", "one");
	append_raw(1, "not a record\n{\"version\":9}\n\n");
	put("ok", "two");
	seen = look(NULL);
	ck_assert_uint_eq(seen.events, 2);
	ck_assert_uint_eq(seen.damaged, 3);
	ck_assert_int_eq(count_of("ok", &damaged), 2);
	ck_assert_uint_eq(damaged, 3);
}
END_TEST

START_TEST(a_torn_tail_is_told_by_a_reader_and_mended_by_a_writer)
{
	struct stella_eventlog_place place = { 0, 0 };
	struct seen seen;

	put("ok", "one");
	append_raw(1, "{\"version\":1,\"time\":\"2023");
	seen = look(&place);
	ck_assert_uint_eq(seen.events, 1);
	ck_assert_uint_eq(seen.unfinished, 1);
	put("ok", "two");
	seen = look(&place);
	ck_assert_uint_eq(seen.events, 2); /* the repair, and what was put */
	ck_assert_uint_eq(seen.damaged + seen.unfinished, 0);
	ck_assert_str_eq(seen.last, "two");
}
END_TEST

/* As many as fill the pieces that are kept and some more. */
static int64_t fill_pieces(unsigned pieces)
{
	char message[STELLA_EVENT_TEXT_MAX];
	int64_t count = 0;
	size_t bytes = 0;

	memset(message, 'm', sizeof message - 1);
	message[sizeof message - 1] = 0;
	for (; bytes < (size_t)pieces * STELLA_EVENTLOG_PIECE_MAX; bytes += sizeof message + 180, count++)
		put("ok", message);
	return count;
}

START_TEST(counters_do_not_go_back_when_old_pieces_go)
{
	size_t damaged;
	int64_t count = fill_pieces(STELLA_EVENTLOG_PIECES + 2);
	struct seen seen = look(NULL);

	ck_assert_int_lt((int64_t)seen.events, count);
	ck_assert_uint_eq(seen.damaged, 0);
	ck_assert_int_eq(count_of("ok", &damaged), count);
	put("key-unknown", NULL);
	ck_assert_int_eq(count_of("ok", &damaged), count);
	ck_assert_int_eq(count_of("key-unknown", &damaged), 1);
}
END_TEST

START_TEST(a_piece_whose_first_line_is_lost_is_counted_from_the_one_before)
{
	int64_t count = fill_pieces(3);
	char path[4096];
	size_t damaged;
	FILE *file;

	for (unsigned piece = 3; piece <= 4; piece++) {
		snprintf(path, sizeof path, "%s/%08u.jsonl", dir, piece);
		file = fopen(path, "r+");
		if (!file)
			continue;
		ck_assert_int_ge(fputs("{\"version\":x", file), 0);
		ck_assert_int_eq(fclose(file), 0);
	}
	ck_assert_int_eq(count_of("ok", &damaged), count);
	ck_assert_uint_ge(damaged, 1);
}
END_TEST

START_TEST(a_piece_that_is_too_large_is_told_and_passed_over)
{
	char path[4096];
	struct seen seen;

	put("ok", "one");
	snprintf(path, sizeof path, "%s/00000001.jsonl", dir);
	ck_assert_int_eq(truncate(path, 1 << 28), 0);
	seen = look(NULL);
	ck_assert_uint_eq(seen.events, 0);
	ck_assert_uint_eq(seen.damaged, 1);
	put("ok", "two"); /* zeros without an end are a torn tail */
	seen = look(NULL);
	ck_assert_uint_eq(seen.events, 3);
	ck_assert_uint_eq(seen.damaged, 0);
}
END_TEST

static void fill(TCase *tcase)
{
	tcase_add_checked_fixture(tcase, enter, leave);
	tcase_add_test(tcase, each_root_has_its_log_and_no_root_has_one_too);
	tcase_add_test(tcase, a_reader_goes_on_where_it_stood);
	tcase_add_test(tcase, bad_lines_are_told_and_passed_over);
	tcase_add_test(tcase, a_torn_tail_is_told_by_a_reader_and_mended_by_a_writer);
	tcase_add_test(tcase, counters_do_not_go_back_when_old_pieces_go);
	tcase_add_test(tcase, a_piece_whose_first_line_is_lost_is_counted_from_the_one_before);
	tcase_add_test(tcase, a_piece_that_is_too_large_is_told_and_passed_over);
}

CHECK_MAIN("eventlog", fill)
