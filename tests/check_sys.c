/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys.h"

static char *scratch; /* a directory of this test, and the working directory */

static void enter(void)
{
	assert_ok(stella_sys_tempdir(&scratch));
	ck_assert_int_eq(chdir(scratch), 0);
}

static void leave(void)
{
	ck_assert_int_eq(chdir("/"), 0);
	stella_sys_tempdir_remove(scratch);
	ck_assert(!stella_sys_exists(scratch));
	free(scratch);
}

static void put(const char *path, const char *text)
{
	assert_ok(stella_sys_replace(path, stella_span_str(text), 0644));
}

static void check_file(const char *path, const char *wanted)
{
	struct stella_buf out = { 0 };

	assert_ok(stella_sys_read(&out, path, 1 << 20));
	assert_span_is(stella_buf_span(&out), wanted);
	stella_buf_free(&out);
}

/* How many entries the directory has. */
static int entries(const char *path)
{
	char command[256];
	FILE *f;
	int n;

	snprintf(command, sizeof command, "ls -A '%s' | wc -l", path);
	f = popen(command, "r");
	ck_assert_int_eq(fscanf(f, "%d", &n), 1);
	pclose(f);
	return n;
}

/* ---------------------------------------------------------------- reading */

START_TEST(a_file_is_read_up_to_its_cap)
{
	struct stella_buf out = { 0 };

	put("f", "0123456789");
	stella_buf_put_str(&out, "kept ");
	assert_ok(stella_sys_read(&out, "f", 10));
	assert_span_is(stella_buf_span(&out), "kept 0123456789");
	ck_assert_str_eq((char *)out.data, "kept 0123456789");
	assert_code(stella_sys_read(&out, "f", 9), STELLA_LIMIT);
	ck_assert_str_eq(stella_sys_read(&out, "f", 9)->message, "f: more than 9 bytes");
	assert_code(stella_sys_read(&out, "f", 0), STELLA_LIMIT);
	assert_span_is(stella_buf_span(&out), "kept 0123456789");
	assert_ok(stella_sys_read(&out, "f", SIZE_MAX));
	put("empty", "");
	assert_ok(stella_sys_read(&out, "empty", 0));
	assert_span_is(stella_buf_span(&out), "kept 01234567890123456789");
	stella_buf_free(&out);
	assert_ok(stella_sys_read(&out, "/proc/self/status", 1 << 16)); /* a file without a size */
	ck_assert(stella_span_starts(stella_buf_span(&out), "Name:"));
	stella_buf_free(&out);
	assert_code(stella_sys_read(&out, "/proc/self/status", 10), STELLA_LIMIT);
	stella_buf_free(&out);
}
END_TEST

START_TEST(what_is_not_there_is_not_found)
{
	struct stella_buf out = { 0 };

	put("f", "x");
	assert_code(stella_sys_read(&out, "none", 9), STELLA_NOT_FOUND);
	assert_code(stella_sys_read(&out, "none/f", 9), STELLA_NOT_FOUND);
	assert_code(stella_sys_read(&out, "f/none", 9), STELLA_NOT_FOUND);
	ck_assert_str_eq(stella_sys_read(&out, "none", 9)->message, "none: No such file or directory");
	ck_assert_int_eq(symlink("nowhere", "link"), 0);
	assert_code(stella_sys_read(&out, "link", 9), STELLA_NOT_FOUND);
	ck_assert(stella_sys_exists("link"));
	ck_assert(!stella_sys_exists("none"));
	ck_assert_int_eq(symlink("loop", "loop"), 0);
	assert_code(stella_sys_read(&out, "loop", 9), STELLA_SYSTEM);
}
END_TEST

START_TEST(what_is_no_file_is_refused_at_once)
{
	static const char *const paths[] = { "fifo", ".", "/dev/zero", "/dev/null" };
	struct stella_buf out = { 0 };
	struct stella_lock *lock;
	char wanted[64];

	ck_assert_int_eq(mkfifo("fifo", 0600), 0);
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
		snprintf(wanted, sizeof wanted, "%s: not a regular file", paths[i]);
		ck_assert_str_eq(stella_sys_read(&out, paths[i], 9)->message, wanted);
		assert_code(stella_sys_read_private(&out, paths[i], 9), STELLA_SYSTEM);
	}
	assert_code(stella_sys_lock(&lock, "fifo", 0), STELLA_SYSTEM);
	assert_code(stella_sys_lock(&lock, ".", 0), STELLA_SYSTEM);
	ck_assert_ptr_null(lock);
}
END_TEST

static void feed_input(const char *text)
{
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(write(ends[1], text, strlen(text)), (ssize_t)strlen(text));
	dup2(ends[0], 0);
	close(ends[0]);
	close(ends[1]);
}

START_TEST(a_dash_is_standard_input)
{
	struct stella_buf out = { 0 };
	int fd;

	feed_input("from a pipe");
	assert_ok(stella_sys_read(&out, "-", 11));
	assert_span_is(stella_buf_span(&out), "from a pipe");
	feed_input("from a pipe");
	ck_assert_str_eq(stella_sys_read(&out, "-", 10)->message, "-: more than 10 bytes");
	assert_span_is(stella_buf_span(&out), "from a pipe");
	stella_buf_free(&out);
	fd = open("/dev/zero", O_RDONLY);
	dup2(fd, 0);
	assert_code(stella_sys_read(&out, "-", 1 << 20), STELLA_LIMIT);
	close(0);
	assert_code(stella_sys_read(&out, "-", 9), STELLA_SYSTEM);
	stella_buf_free(&out);
}
END_TEST

static void tick(int number)
{
}

START_TEST(a_signal_does_not_cut_a_read_short)
{
	struct sigaction action = { .sa_handler = tick };
	struct itimerval often = { { 0, 2000 }, { 0, 2000 } }, never = { { 0, 0 }, { 0, 0 } };
	struct stella_buf out = { 0 };
	int ends[2], status;
	pid_t child;

	ck_assert_int_eq(pipe(ends), 0);
	child = fork();
	if (child == 0) {
		for (int i = 0; i < 20; i++) {
			usleep(5000);
			if (write(ends[1], "0123456789", 10) != 10)
				_exit(1);
		}
		_exit(0);
	}
	dup2(ends[0], 0);
	close(ends[0]);
	close(ends[1]);
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	assert_ok(stella_sys_read(&out, "-", 200));
	setitimer(ITIMER_REAL, &never, NULL);
	ck_assert_uint_eq(out.size, 200);
	stella_buf_free(&out);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
}
END_TEST

START_TEST(a_private_file_is_of_this_user_alone)
{
	static const mode_t open_modes[] = { 0644, 0640, 0604, 0620, 0602, 0610, 0601, 0777 };
	struct stella_buf out = { 0 };
	char wanted[96];

	put("f", "secret");
	for (size_t i = 0; i < sizeof open_modes / sizeof *open_modes; i++) {
		chmod("f", open_modes[i]);
		snprintf(wanted, sizeof wanted, "f: mode %04o is open to others; it must be 0600",
			open_modes[i]);
		ck_assert_str_eq(stella_sys_read_private(&out, "f", 9)->message, wanted);
		assert_code(stella_sys_read_private(&out, "f", 9), STELLA_OWNER);
	}
	chmod("f", 0600);
	assert_ok(stella_sys_read_private(&out, "f", 9));
	chmod("f", 0400);
	assert_ok(stella_sys_read_private(&out, "f", 9));
	assert_span_is(stella_buf_span(&out), "secretsecret");
	stella_buf_free(&out);
	if (geteuid() == 0) {
		ck_assert_int_eq(chown("f", 4711, (gid_t)-1), 0);
		assert_code(stella_sys_read_private(&out, "f", 9), STELLA_OWNER);
	}
	assert_code(stella_sys_read_private(&out, "none", 9), STELLA_NOT_FOUND);
}
END_TEST

static void add_size(void *context, struct stella_span piece)
{
	ck_assert_uint_gt(piece.size, 0);
	ck_assert_uint_eq(piece.data[piece.size - 1], 'x');
	*(uint64_t *)context += piece.size;
}

START_TEST(a_large_file_is_fed_in_pieces)
{
	struct stella_buf text = { 0 };
	uint64_t size = 0;

	for (int i = 0; i < 300000; i++)
		stella_buf_put_u8(&text, 'x');
	assert_ok(stella_sys_replace("f", stella_buf_span(&text), 0600));
	assert_ok(stella_sys_feed("f", 300000, add_size, &size));
	ck_assert_uint_eq(size, 300000);
	size = 0;
	ck_assert_str_eq(stella_sys_feed("f", 299999, add_size, &size)->message, "f: more than 299999 bytes");
	ck_assert_uint_eq(size, 0);
	feed_input("xxxxxx");
	assert_code(stella_sys_feed("-", 5, add_size, &size), STELLA_LIMIT);
	assert_code(stella_sys_feed("none", 5, add_size, &size), STELLA_NOT_FOUND);
	stella_buf_free(&text);
}
END_TEST

/* ---------------------------------------------------------------- writing */

static unsigned mode_of(const char *path)
{
	struct stat st;

	ck_assert_int_eq(lstat(path, &st), 0);
	return st.st_mode & 07777;
}

START_TEST(a_file_is_replaced_whole)
{
	struct stat st;

	umask(022);
	put("f", "old");
	check_file("f", "old");
	ck_assert_int_eq(link("f", "other"), 0);
	assert_ok(stella_sys_replace("f", stella_span_str("new"), 0666));
	check_file("f", "new");
	check_file("other", "old");
	ck_assert_uint_eq(mode_of("f"), 0644);
	umask(077);
	assert_ok(stella_sys_replace("./f", stella_span("a\0b", 3), 0644));
	ck_assert_uint_eq(mode_of("f"), 0600);
	umask(0);
	assert_ok(stella_sys_replace("f", stella_span_str(""), 0600));
	ck_assert_uint_eq(mode_of("f"), 0600);
	check_file("f", "");
	ck_assert_int_eq(symlink("other", "link"), 0);
	put("link", "no longer a link");
	check_file("other", "old");
	ck_assert(lstat("link", &st) == 0 && S_ISREG(st.st_mode));
	ck_assert_int_eq(entries("."), 3);
}
END_TEST

START_TEST(a_file_that_cannot_be_replaced_stays_and_nothing_is_left_beside)
{
	struct rlimit small = { 1000, 1000 };
	struct stat st;
	char big[4096];
	const struct stella_error *err;
	pid_t child;
	int status;

	put("f", "old");
	ck_assert_int_eq(mkdir("d", 0700), 0);
	put("d/x", "1");
	assert_code(stella_sys_replace("d", stella_span_str("new"), 0644), STELLA_SYSTEM);
	assert_code(stella_sys_replace("none/f", stella_span_str("new"), 0644), STELLA_SYSTEM);
	assert_code(stella_sys_replace("f/f", stella_span_str("new"), 0644), STELLA_SYSTEM);
	ck_assert_int_eq(mkfifo("d/fifo", 0600), 0);
	ck_assert_int_eq(symlink("/dev/null", "d/null"), 0);
	assert_code(stella_sys_replace("d/fifo", stella_span_str("new"), 0644), STELLA_SYSTEM);
	assert_code(stella_sys_replace("d/null", stella_span_str("new"), 0644), STELLA_SYSTEM);
	ck_assert(lstat("d/fifo", &st) == 0 && S_ISFIFO(st.st_mode));
	ck_assert(lstat("d/null", &st) == 0 && S_ISLNK(st.st_mode));
	ck_assert_int_eq(unlink("d/fifo"), 0);
	ck_assert_int_eq(unlink("d/null"), 0);
	assert_code(stella_sys_replace("d/", stella_span_str("new"), 0644), STELLA_SYSTEM);
	assert_code(stella_sys_replace("", stella_span_str("new"), 0644), STELLA_SYSTEM);
	assert_code(stella_sys_replace("/proc/f", stella_span_str("new"), 0644), STELLA_SYSTEM);
	child = fork();
	if (child == 0) {
		memset(big, 'x', sizeof big);
		signal(SIGXFSZ, SIG_IGN);
		if (setrlimit(RLIMIT_FSIZE, &small) != 0)
			_exit(2);
		err = stella_sys_replace("f", stella_span(big, sizeof big), 0644);
		_exit(!err || strcmp(err->message, "f: write: File too large") != 0);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	check_file("f", "old");
	ck_assert_int_eq(entries("."), 2);
	ck_assert_int_eq(entries("d"), 1);
}
END_TEST

START_TEST(directories_are_made_with_their_parents)
{
	umask(022);
	assert_ok(stella_sys_mkdirs("a/b//c/", 0700));
	ck_assert_uint_eq(mode_of("a"), 0700);
	ck_assert_uint_eq(mode_of("a/b/c"), 0700);
	assert_ok(stella_sys_mkdirs("a/b/c", 0777));
	ck_assert_uint_eq(mode_of("a/b/c"), 0700);
	assert_ok(stella_sys_mkdirs("a/b/d", 0777));
	ck_assert_uint_eq(mode_of("a/b/d"), 0755);
	assert_ok(stella_sys_mkdirs(scratch, 0700));
	assert_ok(stella_sys_mkdirs("/", 0700));
	assert_ok(stella_sys_mkdirs(".", 0700));
	put("f", "x");
	ck_assert_str_eq(stella_sys_mkdirs("f", 0700)->message, "f: not a directory");
	assert_code(stella_sys_mkdirs("f/g", 0700), STELLA_SYSTEM);
	assert_code(stella_sys_mkdirs("/proc/none/x", 0700), STELLA_SYSTEM);
	assert_ok(stella_sys_sync_dir("a/b"));
	assert_code(stella_sys_sync_dir("none"), STELLA_NOT_FOUND);
	assert_code(stella_sys_sync_dir("f"), STELLA_NOT_FOUND);
}
END_TEST

START_TEST(a_temporary_directory_goes_with_all_that_is_in_it_and_nothing_else)
{
	char *made, *again;

	assert_ok(stella_sys_mkdirs("keep", 0700));
	put("keep/f", "x");
	setenv("TMPDIR", scratch, 1);
	assert_ok(stella_sys_tempdir(&made));
	assert_ok(stella_sys_tempdir(&again));
	ck_assert_str_ne(made, again);
	ck_assert(stella_span_starts(stella_span_str(made), scratch));
	ck_assert_uint_eq(mode_of(made), 0700);
	ck_assert_int_eq(chdir(made), 0);
	assert_ok(stella_sys_mkdirs("a/b", 0700));
	put("a/b/f", "x");
	ck_assert_int_eq(symlink("../keep", "link"), 0);
	ck_assert_int_eq(chdir(scratch), 0);
	stella_sys_tempdir_remove(made);
	stella_sys_tempdir_remove(again);
	stella_sys_tempdir_remove(NULL);
	ck_assert_int_eq(entries("."), 1);
	check_file("keep/f", "x");
	free(made);
	free(again);
	setenv("TMPDIR", "/none", 1);
	assert_code(stella_sys_tempdir(&made), STELLA_SYSTEM);
	ck_assert_ptr_null(made);
	setenv("TMPDIR", "relative", 1);
	assert_ok(stella_sys_tempdir(&made));
	ck_assert(stella_span_starts(stella_span_str(made), "/tmp/"));
	stella_sys_tempdir_remove(made);
	free(made);
}
END_TEST

START_TEST(state_lives_where_xdg_says)
{
	char *path;

	setenv("XDG_STATE_HOME", "/x/state", 1);
	setenv("HOME", "/home/u", 1);
	assert_ok(stella_sys_state_dir(&path));
	ck_assert_str_eq(path, "/x/state/stella");
	free(path);
	setenv("XDG_STATE_HOME", "relative", 1);
	assert_ok(stella_sys_state_dir(&path));
	ck_assert_str_eq(path, "/home/u/.local/state/stella");
	free(path);
	setenv("XDG_STATE_HOME", "", 1);
	setenv("HOME", "here", 1);
	assert_code(stella_sys_state_dir(&path), STELLA_SYSTEM);
	ck_assert_ptr_null(path);
	unsetenv("XDG_STATE_HOME");
	unsetenv("HOME");
	assert_code(stella_sys_state_dir(&path), STELLA_SYSTEM);
}
END_TEST

/* ---------------------------------------------------------------- locks */

/* A child that takes the lock, says so, and sleeps. */
static pid_t hold(const char *path)
{
	int ends[2];
	pid_t child;
	char c;

	ck_assert_int_eq(pipe(ends), 0);
	child = fork();
	if (child == 0) {
		struct stella_lock *lock;

		if (stella_sys_lock(&lock, path, 5) || write(ends[1], "x", 1) != 1)
			_exit(1);
		sleep(60);
		_exit(0);
	}
	ck_assert_int_eq(read(ends[0], &c, 1), 1);
	close(ends[0]);
	close(ends[1]);
	return child;
}

START_TEST(a_lock_is_held_by_one_and_ends_with_its_process)
{
	struct stella_lock *lock;
	pid_t child = hold("l");

	assert_code(stella_sys_lock(&lock, "l", 0), STELLA_SYSTEM);
	ck_assert_ptr_null(lock);
	ck_assert_str_eq(
		stella_sys_lock(&lock, "l", 1)->message, "l: locked by another process for 1 seconds");
	kill(child, SIGKILL);
	assert_ok(stella_sys_lock(&lock, "l", 5));
	ck_assert_int_eq(waitpid(child, NULL, 0), child);
	stella_sys_unlock(lock);
	assert_ok(stella_sys_lock(&lock, "l", 0));
	stella_sys_unlock(lock);
	stella_sys_unlock(NULL);
	assert_code(stella_sys_lock(&lock, "none/l", 0), STELLA_SYSTEM);
	ck_assert_int_eq(symlink("elsewhere", "link"), 0);
	assert_code(stella_sys_lock(&lock, "link", 0), STELLA_SYSTEM);
	ck_assert(!stella_sys_exists("elsewhere"));
}
END_TEST

START_TEST(two_locks_of_one_process_exclude_each_other)
{
	struct stella_lock *one, *two;

	assert_ok(stella_sys_lock(&one, "l", 0));
	assert_code(stella_sys_lock(&two, "l", 0), STELLA_SYSTEM);
	stella_sys_unlock(one);
	assert_ok(stella_sys_lock(&two, "l", 0));
	stella_sys_unlock(two);
}
END_TEST

START_TEST(under_a_lock_no_change_is_lost)
{
	struct stella_buf text = { 0 };

	put("n", "0");
	for (int i = 0; i < 8; i++) {
		if (fork() != 0)
			continue;
		for (int j = 0; j < 25; j++) {
			struct stella_lock *lock;
			char number[16];

			text.size = 0;
			if (stella_sys_lock(&lock, "l", 60) || stella_sys_read(&text, "n", 10))
				_exit(1);
			snprintf(number, sizeof number, "%d", atoi((char *)text.data) + 1);
			if (stella_sys_replace("n", stella_span_str(number), 0600))
				_exit(1);
			stella_sys_unlock(lock);
		}
		_exit(0);
	}
	for (int i = 0; i < 8; i++) {
		int status;

		ck_assert_int_gt(wait(&status), 0);
		ck_assert_int_eq(status, 0);
	}
	check_file("n", "200");
}
END_TEST

START_TEST(the_clock_runs)
{
	ck_assert_int_gt(stella_sys_now(), 1700000000);
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_checked_fixture(t, enter, leave);
	tcase_add_test(t, a_file_is_read_up_to_its_cap);
	tcase_add_test(t, what_is_not_there_is_not_found);
	tcase_add_test(t, what_is_no_file_is_refused_at_once);
	tcase_add_test(t, a_dash_is_standard_input);
	tcase_add_test(t, a_signal_does_not_cut_a_read_short);
	tcase_add_test(t, a_private_file_is_of_this_user_alone);
	tcase_add_test(t, a_large_file_is_fed_in_pieces);
	tcase_add_test(t, a_file_is_replaced_whole);
	tcase_add_test(t, a_file_that_cannot_be_replaced_stays_and_nothing_is_left_beside);
	tcase_add_test(t, directories_are_made_with_their_parents);
	tcase_add_test(t, a_temporary_directory_goes_with_all_that_is_in_it_and_nothing_else);
	tcase_add_test(t, state_lives_where_xdg_says);
	tcase_add_test(t, a_lock_is_held_by_one_and_ends_with_its_process);
	tcase_add_test(t, two_locks_of_one_process_exclude_each_other);
	tcase_add_test(t, under_a_lock_no_change_is_lost);
	tcase_add_test(t, the_clock_runs);
}

CHECK_MAIN("sys", fill)
