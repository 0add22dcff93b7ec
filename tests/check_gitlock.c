/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#include "check.h"
#include "gitkit.h"
#include "gitlock.h"
#include "sys.h"

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

START_TEST(a_lock_file_stands_while_it_is_held)
{
	struct stella_gitlock *lock;

	assert_ok(stella_gitlock_take(&lock, ".", "x"));
	ck_assert(stella_sys_exists("x.lock"));
	stella_gitlock_release(lock);
	ck_assert(!stella_sys_exists("x.lock"));
	ck_assert(stella_sys_exists("stella.lock"));
	stella_gitlock_release(NULL);
}
END_TEST

START_TEST(a_second_file_is_locked_with_the_first)
{
	struct stella_gitlock *lock;

	run("touch held.lock");
	assert_ok(stella_gitlock_take(&lock, ".", "x"));
	assert_ok(stella_gitlock_also(lock, "y"));
	ck_assert(stella_sys_exists("x.lock") && stella_sys_exists("y.lock"));
	stella_gitlock_release(lock);
	ck_assert(!stella_sys_exists("x.lock") && !stella_sys_exists("y.lock"));
	assert_ok(stella_gitlock_take(&lock, ".", "x"));
	assert_code(stella_gitlock_also(lock, "held"), STELLA_SYSTEM);
	stella_gitlock_release(lock);
	ck_assert(!stella_sys_exists("x.lock") && stella_sys_exists("held.lock"));
}
END_TEST

START_TEST(what_is_written_appears_whole)
{
	struct stella_gitlock *lock;
	struct stella_buf got = { 0 };

	run("echo old > x");
	assert_ok(stella_gitlock_take(&lock, ".", "x"));
	assert_ok(stella_gitlock_write(lock, stella_span_str("new\n"), 0666));
	assert_ok(stella_sys_read(&got, "x", 99));
	assert_span_is(stella_buf_span(&got), "old\n");
	stella_buf_free(&got);
	assert_ok(stella_gitlock_commit(lock, "x"));
	assert_ok(stella_sys_read(&got, "x", 99));
	assert_span_is(stella_buf_span(&got), "new\n");
	stella_buf_free(&got);
	stella_gitlock_release(lock);
	ck_assert(!stella_sys_exists("stella.tmp"));
}
END_TEST

START_TEST(a_process_that_was_killed_leaves_nothing_to_mend)
{
	struct stella_gitlock *lock;
	double start;
	pid_t child = fork();
	int status;

	if (child == 0) {
		if (stella_gitlock_take(&lock, ".", "x") || stella_gitlock_write(lock, stella_span_str("half"), 0666))
			_exit(1);
		raise(SIGKILL);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFSIGNALED(status));
	ck_assert(stella_sys_exists("x.lock"));
	ck_assert(stella_sys_exists("stella.tmp"));
	start = seconds();
	assert_ok(stella_gitlock_take(&lock, ".", "x"));
	ck_assert(seconds() - start < 1);
	ck_assert(!stella_sys_exists("stella.tmp"));
	stella_gitlock_release(lock);
	ck_assert(!stella_sys_exists("x.lock"));
}
END_TEST

START_TEST(the_lock_of_git_is_never_taken_over)
{
	const struct stella_error *err;
	struct stella_gitlock *lock;
	double start = seconds();

	run("touch x.lock");
	err = stella_gitlock_take(&lock, ".", "x");
	assert_code(err, STELLA_SYSTEM);
	ck_assert_ptr_nonnull(strstr(err->message, "x.lock"));
	ck_assert(seconds() - start > STELLA_GITLOCK_SECONDS - 1);
	ck_assert(stella_sys_exists("x.lock"));
}
END_TEST

START_TEST(the_lock_of_git_is_waited_for)
{
	struct stella_gitlock *lock;

	run("touch x.lock; (sleep 1; rm x.lock) &");
	assert_ok(stella_gitlock_take(&lock, ".", "x"));
	stella_gitlock_release(lock);
}
END_TEST

START_TEST(where_there_is_no_directory_there_is_no_lock)
{
	struct stella_gitlock *lock;

	assert_code(stella_gitlock_take(&lock, ".", "none/x"), STELLA_NOT_FOUND);
	assert_code(stella_gitlock_take(&lock, "none", "x"), STELLA_SYSTEM);
	assert_ok(stella_gitlock_take(&lock, ".", "x")); /* nothing was left locked */
	stella_gitlock_release(lock);
}
END_TEST

/* Many processes count upwards in one file; half of them are killed somewhere. */
START_TEST(no_count_is_lost_between_processes)
{
	enum { PROCESSES = 6, TIMES = 20 };
	struct stella_buf got = { 0 };
	pid_t children[PROCESSES];
	char text[32];

	run("echo 0 > x");
	for (int i = 0; i < PROCESSES; i++) {
		children[i] = fork();
		for (int k = 0; children[i] == 0 && k < TIMES; k++) {
			struct stella_gitlock *lock;

			if (stella_gitlock_take(&lock, ".", "x") || stella_sys_read(&got, "x", 99))
				_exit(1);
			snprintf(text, sizeof text, "%d\n", atoi((char *)got.data) + 1);
			if (stella_gitlock_write(lock, stella_span_str(text), 0666) || stella_gitlock_commit(lock, "x"))
				_exit(1);
			stella_buf_free(&got);
			if (k == TIMES - 1 && i % 2)
				raise(SIGKILL); /* while it is locked */
			stella_gitlock_release(lock);
		}
		if (children[i] == 0)
			_exit(0);
	}
	for (int i = 0; i < PROCESSES; i++) {
		int status;

		ck_assert_int_eq(waitpid(children[i], &status, 0), children[i]);
		ck_assert(i % 2 ? WIFSIGNALED(status) : WIFEXITED(status) && WEXITSTATUS(status) == 0);
	}
	assert_ok(stella_sys_read(&got, "x", 99));
	snprintf(text, sizeof text, "%d\n", PROCESSES * TIMES);
	assert_span_is(stella_buf_span(&got), text);
	stella_buf_free(&got);
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_checked_fixture(t, gitkit_enter, gitkit_leave);
	tcase_add_test(t, a_lock_file_stands_while_it_is_held);
	tcase_add_test(t, a_second_file_is_locked_with_the_first);
	tcase_add_test(t, what_is_written_appears_whole);
	tcase_add_test(t, a_process_that_was_killed_leaves_nothing_to_mend);
	tcase_add_test(t, the_lock_of_git_is_never_taken_over);
	tcase_add_test(t, the_lock_of_git_is_waited_for);
	tcase_add_test(t, where_there_is_no_directory_there_is_no_lock);
	tcase_add_test(t, no_count_is_lost_between_processes);
}

CHECK_MAIN("gitlock", fill)
