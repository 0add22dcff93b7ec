/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "sys.h"
#include "text.h"

#define HELPER_SECONDS 600 /* a pinentry with its own window, a touch of a key: no person needs longer */
#define PAUSE_MS 20

unsigned stella_sys_run_seconds = HELPER_SECONDS;

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* ---------------------------------------------------------------- helper programs */

/* Both ends above standard error, whatever of the standard three is closed. */
static const struct stella_error *open_pipe(int ends[2])
{
	int low[2];

	if (pipe2(low, O_CLOEXEC) != 0)
		return stella_error_errno("pipe");
	for (int i = 0; i < 2; i++) {
		ends[i] = low[i];
		if (low[i] <= STDERR_FILENO) {
			ends[i] = fcntl(low[i], F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
			close(low[i]);
		}
	}
	return ends[0] < 0 || ends[1] < 0 ? stella_error_errno("pipe") : NULL;
}

/* The helper starts with usual signals, whatever this process blocks or ignores. */
static const struct stella_error *spawn(pid_t *child, const char *const *argv, int in, int out)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none, defaults;

	sigemptyset(&none);
	sigemptyset(&defaults);
	sigaddset(&defaults, SIGPIPE);
	sigaddset(&defaults, SIGXFSZ);
	sigaddset(&defaults, SIGCHLD);
	errno = posix_spawn_file_actions_init(&actions);
	if (errno)
		return stella_error_errno("start %s", argv[0]);
	errno = posix_spawnattr_init(&attributes);
	if (!errno) {
		errno = posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
		if (!errno)
			errno = posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
		if (!errno)
			errno = posix_spawnattr_setflags(
				&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
		if (!errno)
			errno = posix_spawnattr_setsigmask(&attributes, &none);
		if (!errno)
			errno = posix_spawnattr_setsigdefault(&attributes, &defaults);
		if (!errno)
			errno = posix_spawnp(child, argv[0], &actions, &attributes,
				(char *const *)(uintptr_t)argv, environ);
		posix_spawnattr_destroy(&attributes);
	}
	posix_spawn_file_actions_destroy(&actions);
	return errno ? stella_error(STELLA_HELPER, "%s: %s", argv[0], strerror(errno)) : NULL;
}

/* Writing to a helper that has stopped reading must not end us: EPIPE is enough. */
struct pipe_signal {
	sigset_t old;
	bool pending; /* before, so not ours */
};

static void block_pipe_signal(struct pipe_signal *s)
{
	sigset_t pipe, pending;

	sigemptyset(&pipe);
	sigaddset(&pipe, SIGPIPE);
	sigpending(&pending);
	s->pending = sigismember(&pending, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &pipe, &s->old);
}

static void restore_pipe_signal(const struct pipe_signal *s)
{
	static const struct timespec now = { 0, 0 };
	sigset_t pipe;

	sigemptyset(&pipe);
	sigaddset(&pipe, SIGPIPE);
	while (!s->pending && sigtimedwait(&pipe, NULL, &now) < 0 && errno == EINTR)
		;
	pthread_sigmask(SIG_SETMASK, &s->old, NULL);
}

static const struct stella_error *push(int *fd, struct stella_span *input)
{
	ssize_t n = input->size ? write(*fd, input->data, input->size) : 0;

	if (n > 0) {
		input->data += n;
		input->size -= (size_t)n;
	} else if (n < 0 && errno == EPIPE) {
		input->size = 0;
	} else if (n < 0 && errno != EINTR && errno != EAGAIN) {
		return stella_error_errno("write");
	}
	if (input->size == 0)
		close_fd(fd);
	return NULL;
}

static const struct stella_error *pull(int *fd, struct stella_buf *out, size_t *left)
{
	uint8_t piece[16384];
	ssize_t n = read(*fd, piece, sizeof piece);

	if (n < 0 && errno != EINTR && errno != EAGAIN)
		return stella_error_errno("read");
	if (n > 0 && (size_t)n > *left)
		return stella_error(STELLA_LIMIT, "more output than is allowed");
	if (n > 0) {
		stella_buf_put(out, piece, (size_t)n);
		*left -= (size_t)n;
	}
	explicit_bzero(piece, sizeof piece);
	if (n == 0)
		close_fd(fd);
	return NULL;
}

/* ---- how long it may take */

static int64_t now_ms(void)
{
	struct timespec now = { 0 };

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool has_terminal(void)
{
	int tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	bool found = tty >= 0;

	close_fd(&tty);
	return found;
}

/* When it is over, in milliseconds; -1: never. */
static int64_t find_end(void)
{
	return !stella_sys_run_seconds || has_terminal() ? -1 : now_ms() + (int64_t)stella_sys_run_seconds * 1000;
}

/* For poll: -1 for ever, 0 when it is over. */
static int time_left(int64_t end)
{
	int64_t left = end - now_ms();

	return end < 0 ? -1 : left < 0 ? 0 : left > 3600000 ? 3600000 : (int)left;
}

static const struct stella_error *too_long(void)
{
	return stella_error(STELLA_HELPER, "no end after %u seconds, and no terminal at which somebody could be "
		"asked", stella_sys_run_seconds);
}

/* Both ways at once: a helper may answer before it has read all. */
static const struct stella_error *exchange(
	struct stella_buf *out, int *to, int *from, struct stella_span input, size_t max, int64_t end)
{
	int ready;

	const struct stella_error *err = NULL;

	if (fcntl(*to, F_SETFL, O_NONBLOCK) != 0 || fcntl(*from, F_SETFL, O_NONBLOCK) != 0)
		return stella_error_errno("pipe");
	if (input.size == 0)
		close_fd(to);
	while (!err && (*from >= 0 || *to >= 0)) {
		struct pollfd ends[2] = { { *from, POLLIN, 0 }, { *to, POLLOUT, 0 } };

		ready = poll(ends, 2, time_left(end));
		if (ready < 0 && errno != EINTR)
			err = stella_error_errno("poll");
		else if (ready == 0 && time_left(end) == 0)
			err = too_long();
		if (ready <= 0)
			continue;
		if (ends[1].revents)
			err = push(to, &input);
		if (!err && ends[0].revents)
			err = pull(from, out, &max);
	}
	return err;
}

/* It may have closed its output and stay. */
static bool outstays(pid_t child, int64_t end)
{
	static const struct timespec pause = { 0, PAUSE_MS * 1000000L };
	siginfo_t info;

	while (end >= 0) {
		info.si_pid = 0;
		if (waitid(P_PID, (id_t)child, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid)
			return false;
		if (time_left(end) == 0)
			return true;
		nanosleep(&pause, NULL);
	}
	return false;
}

static const struct stella_error *collect(pid_t child, const char *name)
{
	int status;
	pid_t got;

	do
		got = waitpid(child, &status, 0);
	while (got < 0 && errno == EINTR);
	if (got != child)
		return stella_error(STELLA_HELPER, "%s: how it ended is not known", name);
	if (WIFSIGNALED(status))
		return stella_error(STELLA_HELPER, "%s: ended by signal %d (%s)", name, WTERMSIG(status),
			strsignal(WTERMSIG(status)));
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return stella_error(STELLA_HELPER, "%s: ended with status %d", name, WEXITSTATUS(status));
	return NULL;
}

const struct stella_error *stella_sys_run(struct stella_buf *out, const char *const *argv,
	struct stella_span input, size_t max)
{
	int in[2] = { -1, -1 }, from[2] = { -1, -1 };
	const struct stella_error *err, *ended;
	struct pipe_signal saved;
	size_t before = out->size;
	int64_t end = find_end();
	pid_t child;

	err = open_pipe(in);
	if (!err)
		err = open_pipe(from);
	if (!err)
		err = spawn(&child, argv, in[0], from[1]);
	if (err)
		goto done;
	close_fd(&in[0]);
	close_fd(&from[1]);
	block_pipe_signal(&saved);
	err = exchange(out, &in[1], &from[0], input, max, end);
	restore_pipe_signal(&saved);
	if (!err && outstays(child, end))
		err = too_long();
	if (err)
		kill(child, SIGKILL);
	close_fd(&in[1]);
	close_fd(&from[0]);
	ended = collect(child, argv[0]);
	err = err ? stella_error_prefix(err, "%s", argv[0]) : ended;
done:
	for (int i = 0; i < 2; i++) {
		close_fd(&in[i]);
		close_fd(&from[i]);
	}
	if (err && out->data) {
		out->size = before;
		out->data[before] = 0;
	}
	return err;
}

/* ---------------------------------------------------------------- the terminal */

static const int ending[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP };
#define ENDING (sizeof ending / sizeof *ending)

static volatile sig_atomic_t caught;

static void catch(int number)
{
	caught = number;
}

/* One line of at most STELLA_SECRET_MAX bytes.  unblocked: the signals to let through while waiting. */
static const struct stella_error *read_secret(struct stella_buf *out, int tty, const sigset_t *unblocked)
{
	for (;;) {
		struct pollfd wait = { tty, POLLIN, 0 };
		uint8_t c = 0;
		ssize_t n;

		if (ppoll(&wait, 1, NULL, unblocked) < 0) {
			if (errno != EINTR)
				return stella_error_errno("terminal");
			if (caught)
				return stella_error(STELLA_USAGE, "interrupted");
			continue;
		}
		n = read(tty, &c, 1);
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			return stella_error_errno("terminal");
		if (n == 0)
			return stella_error(STELLA_USAGE, "the terminal gave no line");
		if (n > 0 && c == '\n')
			return NULL;
		if (n > 0 && out->size == STELLA_SECRET_MAX)
			return stella_error(STELLA_LIMIT, "more than %d bytes", STELLA_SECRET_MAX);
		if (n > 0)
			stella_buf_put_u8(out, c);
	}
}

static void tell(int tty, struct stella_span text)
{
	while (text.size > 0) {
		ssize_t n = write(tty, text.data, text.size);

		if (n <= 0 && errno != EINTR)
			return;
		text.data += n > 0 ? n : 0;
		text.size -= n > 0 ? (size_t)n : 0;
	}
}

/* With echo off and the ending signals held back but while waiting. */
static const struct stella_error *ask_quietly(struct stella_buf *out, int tty, struct stella_span prompt)
{
	struct sigaction action = { .sa_handler = catch }, saved[ENDING];
	struct termios old, quiet;
	const struct stella_error *err;
	sigset_t held, before;

	if (tcgetattr(tty, &old) != 0)
		return stella_error_errno("terminal");
	sigemptyset(&held);
	for (size_t i = 0; i < ENDING; i++)
		sigaddset(&held, ending[i]);
	pthread_sigmask(SIG_BLOCK, &held, &before);
	for (size_t i = 0; i < ENDING; i++) {
		sigaction(ending[i], NULL, &saved[i]);
		if (saved[i].sa_handler != SIG_IGN)
			sigaction(ending[i], &action, NULL);
	}
	caught = 0;
	quiet = old;
	quiet.c_lflag &= (tcflag_t)~(ECHO | ECHONL);
	quiet.c_lflag |= ICANON;
	if (tcsetattr(tty, TCSAFLUSH, &quiet) == 0) {
		tell(tty, prompt);
		err = read_secret(out, tty, &before);
		tell(tty, stella_span_str("\n"));
	} else {
		err = stella_error_errno("terminal");
	}
	(void)tcsetattr(tty, TCSAFLUSH, &old);
	for (size_t i = 0; i < ENDING; i++)
		sigaction(ending[i], &saved[i], NULL);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (caught)
		raise(caught); /* now with the handling that it had */
	return err;
}

const struct stella_error *stella_sys_ask_secret(struct stella_buf *out, const char *what)
{
	struct stella_buf secret = { 0 }, prompt = { 0 };
	const struct stella_error *err;
	int tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);

	if (tty < 0)
		return stella_error(STELLA_USAGE, "no terminal to ask for it: %s", what);
	stella_escape_print(&prompt, stella_span_str(what));
	stella_buf_put_str(&prompt, ": ");
	stella_buf_reserve(&secret, STELLA_SECRET_MAX); /* so that no copy of it stays behind */
	do {
		secret.size = 0;
		err = ask_quietly(&secret, tty, stella_buf_span(&prompt));
	} while (err && caught == SIGTSTP); /* back from the background */
	if (err)
		err = stella_error_prefix(err, "%s", what);
	else
		stella_buf_put_span(out, stella_buf_span(&secret));
	stella_buf_wipe(&secret);
	stella_buf_free(&prompt);
	close_fd(&tty);
	return err;
}
