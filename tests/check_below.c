/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "below.h"
#include "sys.h"

static char *scratch; /* a directory of this test, and the working directory */

static void enter(void)
{
	assert_ok(stella_sys_tempdir(&scratch));
	ck_assert_int_eq(chdir(scratch), 0);
	assert_ok(stella_sys_mkdirs("pack/a/b", 0755));
	assert_ok(stella_sys_replace("pack/a/b/file", stella_span_str("0123456789"), 0644));
	assert_ok(stella_sys_replace("outside", stella_span_str("a secret"), 0644));
}

static void leave(void)
{
	ck_assert_int_eq(chdir("/"), 0);
	stella_sys_tempdir_remove(scratch);
	free(scratch);
}

START_TEST(a_file_is_read_up_to_its_cap)
{
	struct stella_buf out = { 0 };

	stella_buf_put_str(&out, "kept ");
	assert_ok(stella_below_read(&out, "pack", "a/b/file", 10));
	assert_span_is(stella_buf_span(&out), "kept 0123456789");
	ck_assert_str_eq((char *)out.data, "kept 0123456789");
	assert_code(stella_below_read(&out, "pack", "a/b/file", 9), STELLA_LIMIT);
	assert_code(stella_below_read(&out, "pack", "a/b/other", 9), STELLA_NOT_FOUND);
	assert_code(stella_below_read(&out, "nothing", "a/b/file", 9), STELLA_NOT_FOUND);
	stella_buf_free(&out);
}
END_TEST

/* /proc says size 0 of what has bytes all the same. */
START_TEST(a_size_that_is_not_true_changes_nothing)
{
	struct stella_buf out = { 0 };
	uint64_t room = 3;

	assert_code(stella_below_read(&out, "/proc/self", "status", 3), STELLA_LIMIT);
	assert_code(stella_below_copy("/proc/self", "status", "copy", &room), STELLA_LIMIT);
	stella_buf_free(&out);
}
END_TEST

START_TEST(the_directory_itself_may_be_a_link)
{
	struct stella_buf out = { 0 };

	ck_assert_int_eq(symlink("pack", "link"), 0);
	assert_ok(stella_below_read(&out, "link", "a/b/file", 10));
	assert_ok(stella_below_read(&out, "link/", "a/b/file", 10));
	stella_buf_free(&out);
}
END_TEST

/* Each of them would wait, do something, or lead away. */
START_TEST(nothing_but_a_regular_file_is_read)
{
	static const char *const names[] = { "fifo", "link", "dir", "socket", "a/link/file", "gone/file", "loop", "a/b/file/more" };
	struct sockaddr_un name = { .sun_family = AF_UNIX, .sun_path = "pack/socket" };
	struct stella_buf out = { 0 };
	struct stella_below_names list = { 0 };
	uint64_t room = 100;
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	ck_assert_int_eq(bind(fd, (struct sockaddr *)&name, sizeof name), 0);
	ck_assert_int_eq(mkfifo("pack/fifo", 0600), 0);
	ck_assert_int_eq(mkdir("pack/dir", 0700), 0);
	ck_assert_int_eq(symlink("../outside", "pack/link"), 0);
	ck_assert_int_eq(symlink("b", "pack/a/link"), 0);
	ck_assert_int_eq(symlink("nowhere", "pack/gone"), 0);
	ck_assert_int_eq(symlink("loop", "pack/loop"), 0);
	alarm(20);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		assert_code(stella_below_read(&out, "pack", names[i], 100), STELLA_MALFORMED);
		assert_code(stella_below_copy("pack", names[i], "copy", &room), STELLA_MALFORMED);
	}
	assert_code(stella_below_list(&list, "pack", "fifo", 9), STELLA_MALFORMED);
	assert_code(stella_below_list(&list, "pack", "a/link", 9), STELLA_MALFORMED);
	assert_code(stella_below_list(&list, "pack", "a/b/file", 9), STELLA_MALFORMED);
	ck_assert_uint_eq(out.size, 0);
	ck_assert_uint_eq(room, 100);
	ck_assert(!stella_sys_exists("copy"));
	close(fd);
	stella_buf_free(&out);
}
END_TEST

START_TEST(a_copy_takes_from_the_room_and_never_writes_over)
{
	struct stella_buf out = { 0 };
	uint64_t room = 25;

	assert_ok(stella_below_copy("pack", "a/b/file", "one", &room));
	ck_assert_uint_eq(room, 15);
	assert_ok(stella_sys_read(&out, "one", 100));
	assert_span_is(stella_buf_span(&out), "0123456789");
	assert_code(stella_below_copy("pack", "a/b/file", "one", &room), STELLA_SYSTEM);
	assert_ok(stella_below_copy("pack", "a/b/file", "two", &room));
	assert_code(stella_below_copy("pack", "a/b/file", "three", &room), STELLA_LIMIT);
	ck_assert_int_eq(truncate("pack/a/b/file", (off_t)1 << 40), 0);
	room = 1u << 30;
	assert_code(stella_below_copy("pack", "a/b/file", "four", &room), STELLA_LIMIT);
	ck_assert(!stella_sys_exists("four"));
	stella_buf_free(&out);
}
END_TEST

START_TEST(entries_are_listed_up_to_a_number)
{
	struct stella_below_names names = { 0 };

	assert_ok(stella_below_list(&names, "pack", "a", 1));
	ck_assert_uint_eq(names.count, 1);
	ck_assert_str_eq(names.items[0], "b");
	stella_below_names_free(&names);
	assert_ok(stella_sys_replace("pack/a/c", stella_span_str(""), 0644));
	assert_code(stella_below_list(&names, "pack", "a", 1), STELLA_LIMIT);
	stella_below_names_free(&names);
	assert_code(stella_below_list(&names, "pack", "d", 1), STELLA_NOT_FOUND);
	ck_assert_uint_eq(names.count, 0);
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_checked_fixture(t, enter, leave);
	tcase_add_test(t, a_file_is_read_up_to_its_cap);
	tcase_add_test(t, a_size_that_is_not_true_changes_nothing);
	tcase_add_test(t, the_directory_itself_may_be_a_link);
	tcase_add_test(t, nothing_but_a_regular_file_is_read);
	tcase_add_test(t, a_copy_takes_from_the_room_and_never_writes_over);
	tcase_add_test(t, entries_are_listed_up_to_a_number);
}

CHECK_MAIN("below", fill)
