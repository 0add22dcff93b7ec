/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "sys.h"

#define ARGV(...) ((const char *const[]){ __VA_ARGS__, NULL })
#define SHELL(script) ARGV("sh", "-c", script)

static const struct stella_error *run(struct stella_buf *out, const char *const *argv, const char *input)
{
	return stella_sys_run(out, argv, stella_span_str(input), 1 << 20);
}

static void check_helper(const char *const *argv, const char *message)
{
	struct stella_buf out = { 0 };
	const struct stella_error *err;

	stella_buf_put_str(&out, "kept");
	err = run(&out, argv, "input");
	ck_assert_msg(stella_error_is(err, STELLA_HELPER), "not a helper's error");
	ck_assert_str_eq(err->message, message);
	assert_span_is(stella_buf_span(&out), "kept");
	stella_buf_free(&out);
}

static void no_child_is_left(void)
{
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
	ck_assert_int_eq(errno, ECHILD);
}

START_TEST(a_helper_gets_input_and_gives_output)
{
	struct stella_buf out = { 0 };

	assert_ok(run(&out, ARGV("cat"), "hello"));
	assert_ok(run(&out, ARGV("cat"), ""));
	assert_ok(run(&out, ARGV("echo", "a b", "*", "$HOME", "; false"), ""));
	assert_span_is(stella_buf_span(&out), "helloa b * $HOME ; false\n");
	stella_buf_free(&out);
	no_child_is_left();
}
END_TEST

START_TEST(much_goes_both_ways_at_once)
{
	struct stella_buf in = { 0 }, out = { 0 };

	for (int i = 0; i < 1 << 20; i++)
		stella_buf_printf(&in, "%07d\n", i);
	assert_ok(stella_sys_run(&out, ARGV("cat"), stella_buf_span(&in), in.size));
	ck_assert(stella_span_equal(stella_buf_span(&in), stella_buf_span(&out)));
	out.size = 0;
	assert_ok(stella_sys_run(&out, ARGV("wc", "-c"), stella_buf_span(&in), 100));
	assert_span_is(stella_buf_span(&out), "8388608\n");
	stella_buf_free(&in);
	stella_buf_free(&out);
}
END_TEST

START_TEST(a_helper_need_not_read_its_input)
{
	struct stella_buf in = { 0 }, out = { 0 };
	sigset_t pending;

	for (int i = 0; i < 1 << 20; i++)
		stella_buf_put_u8(&in, 'x');
	assert_ok(stella_sys_run(&out, ARGV("true"), stella_buf_span(&in), 0));
	assert_ok(stella_sys_run(&out, ARGV("head", "-c", "3"), stella_buf_span(&in), 3));
	assert_span_is(stella_buf_span(&out), "xxx");
	sigpending(&pending);
	ck_assert(!sigismember(&pending, SIGPIPE));
	pthread_sigmask(SIG_SETMASK, NULL, &pending);
	ck_assert(!sigismember(&pending, SIGPIPE));
	stella_buf_free(&in);
	stella_buf_free(&out);
	no_child_is_left();
}
END_TEST

START_TEST(a_helper_may_close_its_output_and_read_on)
{
	struct stella_buf in = { 0 }, out = { 0 };

	for (int i = 0; i < 1 << 20; i++)
		stella_buf_put_u8(&in, 'x');
	assert_ok(stella_sys_run(
		&out, SHELL("exec >&-; sleep 0.1; test $(wc -c) = 1048576"), stella_buf_span(&in), 0));
	stella_buf_free(&in);
	stella_buf_free(&out);
}
END_TEST

START_TEST(a_helper_that_fails_is_named)
{
	check_helper(ARGV("false"), "false: ended with status 1");
	check_helper(SHELL("echo partial; exit 77"), "sh: ended with status 77");
	check_helper(SHELL("kill -9 $$"), "sh: ended by signal 9 (Killed)");
	check_helper(SHELL("kill -SEGV $$"), "sh: ended by signal 11 (Segmentation fault)");
	check_helper(ARGV("no-such-program-4711"), "no-such-program-4711: No such file or directory");
	check_helper(ARGV("/etc/passwd"), "/etc/passwd: Permission denied");
	no_child_is_left();
}
END_TEST

START_TEST(a_helper_whose_end_is_not_known_has_failed)
{
	signal(SIGCHLD, SIG_IGN);
	check_helper(ARGV("true"), "true: how it ended is not known");
}
END_TEST

START_TEST(output_ends_at_its_cap)
{
	struct stella_buf out = { 0 };

	stella_buf_put_str(&out, "kept");
	assert_ok(stella_sys_run(&out, ARGV("printf", "12345"), stella_span_str(""), 5));
	ck_assert_str_eq(stella_sys_run(&out, ARGV("printf", "12345"), stella_span_str(""), 4)->message,
		"printf: more output than is allowed");
	assert_code(stella_sys_run(&out, ARGV("yes"), stella_span_str("input"), 1 << 20), STELLA_LIMIT);
	assert_span_is(stella_buf_span(&out), "kept12345");
	stella_buf_free(&out);
	no_child_is_left();
}
END_TEST

START_TEST(a_helper_starts_clean)
{
	struct stella_buf out = { 0 };
	sigset_t all;
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC), inherited = 0;

	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	assert_ok(run(&out, SHELL("grep '^SigBlk' /proc/self/status | cut -f 2"), ""));
	assert_span_is(stella_buf_span(&out), "0000000000000000\n");
	check_helper(SHELL("kill -PIPE $$"), "sh: ended by signal 13 (Broken pipe)");
	check_helper(SHELL("kill -XFSZ $$"), "sh: ended by signal 25 (File size limit exceeded)");
	out.size = 0;
	for (int other = 3; other < 256; other++)
		inherited += fcntl(other, F_GETFD) == 0; /* libcheck's */
	assert_ok(run(&out, SHELL("ls /proc/self/fd | wc -l"), ""));
	ck_assert_int_eq(atoi((char *)out.data), inherited + 4); /* the fourth is ls reading it */
	close(fd);
	stella_buf_free(&out);
}
END_TEST

START_TEST(closed_standard_files_do_not_mislead_a_helper)
{
	int saved = dup(2);

	for (int closed = 1; closed < 8; closed++) {
		pid_t child = fork();
		int status;

		if (child == 0) {
			struct stella_buf out = { 0 };

			for (int fd = 0; fd < 3; fd++)
				if (closed & 1 << fd)
					close(fd);
			if (run(&out, ARGV("cat"), "hello") ||
				!stella_span_is(stella_buf_span(&out), "hello"))
				_exit(1);
			stella_buf_free(&out);
			_exit(0);
		}
		ck_assert_int_eq(waitpid(child, &status, 0), child);
		ck_assert_int_eq(status, 0);
	}
	close(saved);
}
END_TEST

static int open_files(void)
{
	int n = 0;

	for (int fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

START_TEST(no_file_stays_open)
{
	struct stella_buf out = { 0 };
	int before = open_files();

	assert_ok(run(&out, ARGV("cat"), "x"));
	assert_code(run(&out, ARGV("false"), "x"), STELLA_HELPER);
	assert_code(run(&out, ARGV("no-such-program-4711"), "x"), STELLA_HELPER);
	assert_code(stella_sys_run(&out, ARGV("cat"), stella_span_str("xx"), 1), STELLA_LIMIT);
	ck_assert_int_eq(open_files(), before);
	stella_buf_free(&out);
}
END_TEST

static void tick(int number)
{
}

START_TEST(signals_do_not_disturb_a_helper)
{
	struct sigaction action = { .sa_handler = tick };
	struct itimerval often = { { 0, 1000 }, { 0, 1000 } }, never = { { 0, 0 }, { 0, 0 } };
	struct stella_buf in = { 0 }, out = { 0 };

	for (int i = 0; i < 1 << 18; i++)
		stella_buf_put_u8(&in, (uint8_t)i);
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	assert_ok(stella_sys_run(&out, SHELL("sleep 0.2; cat; sleep 0.2"), stella_buf_span(&in), in.size));
	setitimer(ITIMER_REAL, &never, NULL);
	ck_assert(stella_span_equal(stella_buf_span(&in), stella_buf_span(&out)));
	stella_buf_free(&in);
	stella_buf_free(&out);
}
END_TEST

/* ---------------------------------------------------------------- the terminal */

static int leave = -1; /* closed, it lets the child end; its end hangs up the terminal */

/* A child with a terminal of its own that asks, and tells how it went by its status. */
static pid_t asker(int *terminal, const char *wanted, enum stella_code code)
{
	int ends[2];
	pid_t child;

	*terminal = posix_openpt(O_RDWR | O_NOCTTY);
	ck_assert_int_ge(*terminal, 0);
	ck_assert(grantpt(*terminal) == 0 && unlockpt(*terminal) == 0);
	ck_assert_int_eq(pipe(ends), 0);
	leave = ends[1];
	child = fork();
	if (child == 0) {
		struct stella_buf out = { 0 };
		const struct stella_error *err;
		int tty;

		close(ends[1]);
		for (int number = SIGHUP; number <= SIGTERM; number++)
			signal(number, SIG_DFL); /* libcheck has its own */
		setsid();
		tty = open(ptsname(*terminal), O_RDWR);
		ioctl(tty, TIOCSCTTY, 0);
		err = stella_sys_ask_secret(&out, "Passphrase for key\x1b.pem");
		while (read(ends[0], &tty, 1) > 0)
			;
		_exit(wanted ? err || !stella_span_is(stella_buf_span(&out), wanted)
			     : !stella_error_is(err, code));
	}
	close(ends[0]);
	return child;
}

/* What the terminal shows until it has shown text, within five seconds. */
static void expect(int terminal, struct stella_buf *shown, const char *text)
{
	char piece[256];
	ssize_t n;

	while (!stella_span_find(stella_buf_span(shown), text)) {
		n = read(terminal, piece, sizeof piece);
		ck_assert_msg(n > 0, "the terminal shows \"%s\", not \"%s\"",
			shown->data ? (char *)shown->data : "", text);
		stella_buf_put(shown, piece, (size_t)n);
	}
}

static int end_of(pid_t child)
{
	int status;

	if (leave >= 0)
		close(leave);
	leave = -1;
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	return status;
}

START_TEST(a_secret_is_asked_for_without_echo)
{
	struct stella_buf shown = { 0 };
	struct termios mode;
	int terminal;
	pid_t child = asker(&terminal, "s3cret word", 0);

	expect(terminal, &shown, "Passphrase for key\\x1B.pem: ");
	ck_assert(tcgetattr(terminal, &mode) == 0 && !(mode.c_lflag & ECHO));
	ck_assert_int_eq(write(terminal, "s3cret word\n", 12), 12);
	expect(terminal, &shown, "\n");
	ck_assert_ptr_null(stella_span_find(stella_buf_span(&shown), "s3cret"));
	ck_assert_int_eq(end_of(child), 0);
	stella_buf_free(&shown);
	close(terminal);
}
END_TEST

START_TEST(no_line_and_an_endless_one_are_refused)
{
	struct stella_buf shown = { 0 };
	char line[1200];
	int terminal;
	pid_t child = asker(&terminal, NULL, STELLA_USAGE);

	expect(terminal, &shown, ": ");
	ck_assert_int_eq(write(terminal, "\x04", 1), 1); /* the end of input */
	ck_assert_int_eq(end_of(child), 0);
	close(terminal);
	shown.size = 0;
	child = asker(&terminal, NULL, STELLA_LIMIT);
	expect(terminal, &shown, ": ");
	memset(line, 'x', sizeof line);
	line[sizeof line - 1] = '\n';
	ck_assert_int_eq(write(terminal, line, sizeof line), sizeof line);
	ck_assert_int_eq(end_of(child), 0);
	close(terminal);
	stella_buf_free(&shown);
}
END_TEST

START_TEST(a_signal_restores_the_echo_before_it_ends_us)
{
	static const int numbers[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };

	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		struct stella_buf shown = { 0 };
		struct termios mode;
		int terminal, status;
		pid_t child = asker(&terminal, "never", 0);

		expect(terminal, &shown, ": ");
		kill(child, numbers[i]);
		status = end_of(child);
		ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == numbers[i]);
		ck_assert(tcgetattr(terminal, &mode) == 0 && (mode.c_lflag & ECHO));
		close(terminal);
		stella_buf_free(&shown);
	}
}
END_TEST

START_TEST(without_a_terminal_nobody_is_asked)
{
	pid_t child = fork();

	if (child == 0) {
		struct stella_buf out = { 0 };
		const struct stella_error *err;

		setsid();
		err = stella_sys_ask_secret(&out, "k");
		_exit(!stella_error_is(err, STELLA_USAGE) ||
			strcmp(err->message, "no terminal to ask for it: k") != 0);
	}
	ck_assert_int_eq(end_of(child), 0);
}
END_TEST

/* The test may itself have a terminal: a session of its own has none. */
static void check_ends(const char *script, bool is_killed)
{
	pid_t child = fork();

	if (child == 0) {
		struct stella_buf out = { 0 };
		const struct stella_error *err;
		time_t start = time(NULL);

		setsid();
		stella_sys_run_seconds = 1;
		err = run(&out, SHELL(script), "");
		if (!is_killed)
			_exit(err != NULL);
		_exit(!stella_error_is(err, STELLA_HELPER) || !strstr(err->message, "no end after 1 seconds") ||
			time(NULL) - start > 5 || waitpid(-1, NULL, WNOHANG) != -1);
	}
	ck_assert_int_eq(end_of(child), 0);
}

START_TEST(without_a_terminal_a_helper_that_hangs_is_ended)
{
	check_ends("exec sleep 30", true);
	check_ends("exec sleep 30 >&-", true);
	check_ends("exec >&-; sleep 0.2", false);
	check_ends("sleep 0.2", false);
}
END_TEST

START_TEST(at_a_terminal_a_helper_may_take_its_time)
{
	int status, master = posix_openpt(O_RDWR | O_NOCTTY);
	pid_t child;

	ck_assert_int_eq(grantpt(master), 0);
	ck_assert_int_eq(unlockpt(master), 0);
	child = fork();
	if (child == 0) {
		struct stella_buf out = { 0 };

		setsid();
		if (open(ptsname(master), O_RDWR) < 0) /* becomes the terminal of the session */
			_exit(9);
		stella_sys_run_seconds = 1;
		_exit(run(&out, SHELL("sleep 1.5"), "") != NULL);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	close(master);
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_test(t, a_helper_gets_input_and_gives_output);
	tcase_add_test(t, much_goes_both_ways_at_once);
	tcase_add_test(t, a_helper_need_not_read_its_input);
	tcase_add_test(t, a_helper_may_close_its_output_and_read_on);
	tcase_add_test(t, a_helper_that_fails_is_named);
	tcase_add_test(t, a_helper_whose_end_is_not_known_has_failed);
	tcase_add_test(t, output_ends_at_its_cap);
	tcase_add_test(t, a_helper_starts_clean);
	tcase_add_test(t, closed_standard_files_do_not_mislead_a_helper);
	tcase_add_test(t, no_file_stays_open);
	tcase_add_test(t, signals_do_not_disturb_a_helper);
	tcase_add_test(t, a_secret_is_asked_for_without_echo);
	tcase_add_test(t, no_line_and_an_endless_one_are_refused);
	tcase_add_test(t, a_signal_restores_the_echo_before_it_ends_us);
	tcase_add_test(t, without_a_terminal_nobody_is_asked);
	tcase_add_test(t, without_a_terminal_a_helper_that_hangs_is_ended);
	tcase_add_test(t, at_a_terminal_a_helper_may_take_its_time);
}

CHECK_MAIN("sys_run", fill)
