/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "linelog.h"
#include "sys.h"

static char *top, *dir;

static void enter(void)
{
	struct stella_buf path = { 0 };

	assert_ok(stella_sys_tempdir(&top));
	stella_buf_printf(&path, "%s/a/log", top);
	dir = stella_buf_take_str(&path);
	signal(SIGXFSZ, SIG_IGN);
}

static void leave(void)
{
	stella_sys_tempdir_remove(top);
	free(top);
	free(dir);
}

static void head(const void *context, struct stella_buf *line, uint64_t before)
{
	stella_buf_printf(line, "head after %llu", (unsigned long long)before);
}

static void torn(const void *context, struct stella_buf *line, size_t size)
{
	stella_buf_printf(line, "torn %zu", size);
}

static struct stella_linelog a_log(size_t piece_max)
{
	return (struct stella_linelog){ dir, piece_max, 3, head, torn, NULL };
}

static const struct stella_error *put(const char *line)
{
	struct stella_linelog log = a_log(100000);

	return stella_linelog_append(&log, stella_span_str(line));
}

static void put_small(const char *line)
{
	struct stella_linelog log = a_log(40);

	assert_ok(stella_linelog_append(&log, stella_span_str(line)));
}

static char *path_of(const char *name)
{
	struct stella_buf path = { 0 };

	stella_buf_printf(&path, "%s/%s", dir, name);
	return stella_buf_take_str(&path);
}

static void assert_piece(uint64_t number, const char *text)
{
	struct stella_buf bytes = { 0 };

	assert_ok(stella_linelog_read(&bytes, dir, number, 1 << 20));
	assert_span_is(stella_buf_span(&bytes), text);
	stella_buf_free(&bytes);
}

static void assert_pieces(uint64_t first, size_t wanted)
{
	uint64_t *pieces;
	size_t count;

	assert_ok(stella_linelog_pieces(&pieces, &count, dir));
	ck_assert_uint_eq(count, wanted);
	for (size_t i = 0; i < count; i++)
		ck_assert_uint_eq(pieces[i], first + i);
	free(pieces);
}

static void append_raw(const char *name, const char *text)
{
	char *path = path_of(name);
	FILE *file = fopen(path, "a");

	ck_assert_ptr_nonnull(file);
	ck_assert_int_ge(fputs(text, file), 0);
	ck_assert_int_eq(fclose(file), 0);
	free(path);
}

static void make_private(const char *name)
{
	char *path = path_of(name);

	ck_assert_int_eq(chmod(path, 0600), 0);
	free(path);
}

START_TEST(there_is_no_log_before_the_first_line)
{
	struct stella_buf bytes = { 0 };

	assert_pieces(0, 0);
	assert_code(stella_linelog_read(&bytes, dir, 1, 100), STELLA_NOT_FOUND);
}
END_TEST

START_TEST(lines_stand_in_order_behind_a_head_for_this_user_alone)
{
	struct stat st;
	char *path = path_of("00000001.jsonl");

	assert_ok(put("one"));
	assert_ok(put("two"));
	assert_piece(1, "head after 0\none\ntwo\n");
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	ck_assert_int_eq(stat(dir, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0700);
	free(path);
}
END_TEST

START_TEST(a_full_piece_is_followed_by_another_and_old_ones_go)
{
	for (int i = 0; i < 5; i++)
		put_small("a line of twenty bytes");
	assert_pieces(3, 3);
	assert_piece(5, "head after 4\na line of twenty bytes\n");
}
END_TEST

START_TEST(what_is_no_piece_is_left_alone)
{
	char *path;

	assert_ok(put("one"));
	append_raw("00000000.jsonl", "zero\n");
	append_raw("2.jsonl", "short\n");
	append_raw("000000003.jsonl", "long\n");
	append_raw("00000004.jsonl~", "other\n");
	for (int i = 0; i < 5; i++)
		put_small("a line of twenty bytes");
	assert_pieces(3, 3);
	path = path_of("2.jsonl");
	ck_assert(stella_sys_exists(path));
	free(path);
}
END_TEST

START_TEST(a_torn_tail_is_cut_off_and_told)
{
	assert_ok(put("one"));
	append_raw("00000001.jsonl", "half a li");
	assert_ok(put("two"));
	assert_piece(1, "head after 0\none\ntorn 9\ntwo\n");
}
END_TEST

START_TEST(a_torn_tail_longer_than_a_block_and_one_without_any_line_are_cut_off)
{
	struct stella_buf tail = { 0 };

	assert_ok(put("one"));
	for (int i = 0; i < 10000; i++)
		stella_buf_put_u8(&tail, 'x');
	append_raw("00000001.jsonl", (const char *)tail.data);
	assert_ok(put("two"));
	assert_piece(1, "head after 0\none\ntorn 10000\ntwo\n");
	append_raw("00000002.jsonl", (const char *)tail.data);
	make_private("00000002.jsonl");
	assert_ok(put("three"));
	assert_piece(2, "head after 1\ntorn 10000\nthree\n");
	stella_buf_free(&tail);
}
END_TEST

START_TEST(a_piece_that_died_before_its_head_gets_one)
{
	put_small("a line of twenty bytes");
	append_raw("00000002.jsonl", "");
	make_private("00000002.jsonl");
	put_small("b");
	assert_piece(2, "head after 1\nb\n");
}
END_TEST

START_TEST(a_directory_or_piece_that_others_can_write_is_refused)
{
	char *path = path_of("00000001.jsonl"), *other = path_of("other");

	assert_ok(put("one"));
	ck_assert_int_eq(chmod(dir, 0770), 0);
	assert_code(put("two"), STELLA_OWNER);
	ck_assert_int_eq(chmod(dir, 0700), 0);
	ck_assert_int_eq(chmod(path, 0660), 0);
	assert_code(put("two"), STELLA_OWNER);
	ck_assert_int_eq(chmod(path, 0600), 0);
	assert_piece(1, "head after 0\none\n");
	ck_assert_int_eq(rename(path, other), 0);
	ck_assert_int_eq(symlink("other", path), 0);
	assert_code(put("two"), STELLA_SYSTEM);
	free(path);
	free(other);
}
END_TEST

static char *list(void)
{
	struct stella_buf out = { 0 }, command = { 0 };
	char line[512];
	FILE *in;

	stella_buf_printf(&command, "find '%s' -printf '%%p %%m %%s %%T@\\n' | sort", top);
	in = popen((char *)command.data, "r");
	while (fgets(line, sizeof line, in))
		stella_buf_put_str(&out, line);
	pclose(in);
	stella_buf_free(&command);
	return stella_buf_take_str(&out);
}

START_TEST(whether_a_line_could_be_appended_is_found_without_a_change)
{
	char *path = path_of("00000001.jsonl"), *lock = path_of("lock"), *other = path_of("other"), *before, *after;

	assert_code(stella_linelog_check(dir), STELLA_NOT_FOUND);
	ck_assert_int_ne(access(dir, F_OK), 0);
	assert_ok(put("one"));
	before = list();
	assert_ok(stella_linelog_check(dir));
	after = list();
	ck_assert_str_eq(before, after);
	ck_assert_int_eq(chmod(path, 0640), 0);
	assert_code(stella_linelog_check(dir), STELLA_OWNER);
	ck_assert_int_eq(chmod(path, 0600), 0);
	ck_assert_int_eq(rename(path, other), 0);
	assert_ok(stella_linelog_check(dir)); /* the next line begins a piece */
	ck_assert_int_ne(access(path, F_OK), 0);
	ck_assert_int_eq(symlink("other", path), 0);
	assert_code(stella_linelog_check(dir), STELLA_SYSTEM);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	assert_code(stella_linelog_check(dir), STELLA_OWNER);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(rename(other, path), 0);
	ck_assert_int_eq(unlink(lock), 0);
	assert_ok(stella_linelog_check(dir));
	ck_assert_int_ne(access(lock, F_OK), 0);
	ck_assert_int_eq(mkdir(lock, 0700), 0);
	assert_code(stella_linelog_check(dir), STELLA_SYSTEM);
	ck_assert_int_eq(rmdir(lock), 0);
	ck_assert_int_eq(chmod(dir, 0750), 0);
	assert_code(stella_linelog_check(dir), STELLA_OWNER);
	free(before);
	free(after);
	free(path);
	free(lock);
	free(other);
}
END_TEST

START_TEST(a_file_that_may_not_grow_keeps_its_whole_lines)
{
	struct rlimit old, small;

	assert_ok(put("one"));
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &old), 0);
	small = old;
	small.rlim_cur = 20; /* half of the next line would fit */
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
	assert_code(put("two and more than what fits"), STELLA_SYSTEM);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_piece(1, "head after 0\none\n");
	assert_ok(put("three"));
	assert_piece(1, "head after 0\none\nthree\n");
}
END_TEST

START_TEST(a_line_that_is_too_long_is_refused)
{
	struct stella_linelog log = a_log(100000);
	struct stella_buf line = { 0 };

	for (int i = 0; i <= STELLA_LINELOG_LINE_MAX; i++)
		stella_buf_put_u8(&line, 'x');
	assert_code(stella_linelog_append(&log, stella_buf_span(&line)), STELLA_LIMIT);
	stella_buf_free(&line);
	assert_pieces(0, 0);
}
END_TEST

START_TEST(a_place_that_cannot_be_made_is_an_error)
{
	struct stella_buf path = { 0 };

	stella_buf_printf(&path, "%s/a", top);
	assert_ok(stella_sys_replace((const char *)path.data, stella_span_str("a file"), 0600));
	stella_buf_free(&path);
	assert_code(put("one"), STELLA_SYSTEM);
}
END_TEST

/* ---------------------------------------------------------------- many writers */

#define WRITERS 32
#define LINES 40

static void write_many(int writer, size_t piece_max)
{
	struct stella_linelog log = { dir, piece_max, 10000, head, torn, NULL };

	for (int i = 0; i < LINES; i++) {
		struct stella_buf line = { 0 };

		stella_buf_printf(&line, "writer %02d line %02d %0*d", writer, i, 50 + writer, 0);
		if (stella_linelog_append(&log, stella_buf_span(&line)))
			_exit(1);
		stella_buf_free(&line);
	}
	_exit(0);
}

/* How many lines there are of the writers, each whole and in its writer's order. */
static int count_lines(void)
{
	int next[WRITERS] = { 0 }, total = 0;
	uint64_t *pieces;
	size_t count;

	assert_ok(stella_linelog_pieces(&pieces, &count, dir));
	for (size_t i = 0; i < count; i++) {
		struct stella_buf bytes = { 0 };
		struct stella_cursor in;
		struct stella_span line;

		assert_ok(stella_linelog_read(&bytes, dir, pieces[i], 1 << 20));
		in = stella_cursor(stella_buf_span(&bytes));
		while (stella_cursor_line(&in, &line)) {
			int writer, number;

			if (stella_span_starts(line, "head after ") || stella_span_starts(line, "torn "))
				continue;
			ck_assert_int_eq(sscanf((const char *)line.data, "writer %d line %d ", &writer, &number), 2);
			ck_assert(writer >= 0 && writer < WRITERS);
			ck_assert_uint_eq(line.size, 18 + 50 + (size_t)writer);
			ck_assert_int_ge(number, next[writer]);
			next[writer] = number + 1;
			total++;
		}
		ck_assert_uint_eq(in.left, 0);
		stella_buf_free(&bytes);
	}
	free(pieces);
	return total;
}

START_TEST(thirty_two_writers_lose_nothing)
{
	int status;

	for (int i = 0; i < WRITERS; i++)
		if (fork() == 0)
			write_many(i, 10000); /* a new piece every hundred lines or so */
	for (int i = 0; i < WRITERS; i++) {
		ck_assert_int_gt(wait(&status), 0);
		ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	}
	ck_assert_int_eq(count_lines(), WRITERS * LINES);
}
END_TEST

START_TEST(writers_that_are_killed_leave_whole_lines_and_no_lock)
{
	pid_t pids[WRITERS];
	int status;

	for (int round = 0; round < 10; round++) {
		for (int i = 0; i < 8; i++) {
			pids[i] = fork();
			if (pids[i] == 0)
				write_many(i, 3000);
		}
		usleep(2000 + (useconds_t)round * 1500);
		for (int i = 0; i < 8; i++)
			kill(pids[i], SIGKILL);
		for (int i = 0; i < 8; i++)
			ck_assert_int_gt(waitpid(pids[i], &status, 0), 0);
		assert_ok(put("writer 31 line 00 000000000000000000000000000000000000000000000000000000000000000000000000000000000"));
		stella_sys_tempdir_remove(dir);
	}
}
END_TEST

static void fill(TCase *tcase)
{
	tcase_add_checked_fixture(tcase, enter, leave);
	tcase_add_test(tcase, there_is_no_log_before_the_first_line);
	tcase_add_test(tcase, lines_stand_in_order_behind_a_head_for_this_user_alone);
	tcase_add_test(tcase, a_full_piece_is_followed_by_another_and_old_ones_go);
	tcase_add_test(tcase, what_is_no_piece_is_left_alone);
	tcase_add_test(tcase, a_torn_tail_is_cut_off_and_told);
	tcase_add_test(tcase, a_torn_tail_longer_than_a_block_and_one_without_any_line_are_cut_off);
	tcase_add_test(tcase, a_piece_that_died_before_its_head_gets_one);
	tcase_add_test(tcase, a_directory_or_piece_that_others_can_write_is_refused);
	tcase_add_test(tcase, whether_a_line_could_be_appended_is_found_without_a_change);
	tcase_add_test(tcase, a_file_that_may_not_grow_keeps_its_whole_lines);
	tcase_add_test(tcase, a_line_that_is_too_long_is_refused);
	tcase_add_test(tcase, a_place_that_cannot_be_made_is_an_error);
	tcase_add_test(tcase, thirty_two_writers_lose_nothing);
	tcase_add_test(tcase, writers_that_are_killed_leave_whole_lines_and_no_lock);
}

CHECK_MAIN("linelog", fill)
