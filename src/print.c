/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "records.h"
#include "session.h"
#include "sys.h"

static void *keep_pointer(struct cmd *cmd, void *pointer)
{
	struct cmd_private *p = cmd->private_;

	STELLA_GROW(p->kept, p->kept_count, p->kept_cap);
	return p->kept[p->kept_count++] = pointer;
}

const char *keep(struct cmd *cmd, char *text)
{
	return keep_pointer(cmd, text);
}

void say(struct cmd *cmd, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	stella_buf_vprintf(&cmd->out, format, args);
	va_end(args);
}

const char *show_span(struct cmd *cmd, struct stella_span text)
{
	struct stella_buf out = { 0 };

	stella_escape_print(&out, text);
	return keep_pointer(cmd, stella_buf_take_str(&out));
}

const char *show(struct cmd *cmd, const char *text)
{
	return text ? show_span(cmd, stella_span_str(text)) : "-";
}

const char *show_id(struct cmd *cmd, const struct stella_sha256 *id)
{
	char *text = keep_pointer(cmd, stella_alloc(STELLA_SHA256_HEX));

	stella_sha256_hex(text, id);
	return text;
}

const char *show_short(struct cmd *cmd, const struct stella_sha256 *id)
{
	char *text = keep_pointer(cmd, stella_alloc(STELLA_SHA256_HEX));

	stella_sha256_hex(text, id);
	text[12] = 0;
	return text;
}

const char *show_oid(struct cmd *cmd, const struct stella_oid *id)
{
	char *text = keep_pointer(cmd, stella_alloc(STELLA_OID_HEX));

	stella_oid_hex(text, id);
	return text;
}

const char *show_time(struct cmd *cmd, int64_t time)
{
	char *text;

	if (time == STELLA_TIME_NONE)
		return "-";
	text = keep_pointer(cmd, stella_alloc(STELLA_TIME_TEXT));
	stella_time_print(text, time);
	return text;
}

void say_lines(struct cmd *cmd, unsigned indent, const char *text)
{
	say_span_lines(cmd, indent, stella_span_str(text));
}

void say_span_lines(struct cmd *cmd, unsigned indent, struct stella_span text)
{
	struct stella_cursor in = stella_cursor(text);
	struct stella_span line;

	while (in.left) {
		const uint8_t *end = memchr(in.at, '\n', in.left);

		if (!stella_cursor_take(&in, end ? (size_t)(end - in.at) : in.left, &line))
			break;
		if (line.size)
			say(cmd, "%*s%s\n", (int)indent, "", show_span(cmd, line));
		if (end && !stella_cursor_take(&in, 1, &line))
			break;
	}
}

static void say_styled(struct cmd *cmd, const char *name, struct stella_json *object, enum stella_json_style style)
{
	struct stella_json *whole = stella_json_new_object();
	char schema[80];

	snprintf(schema, sizeof schema, "stella.%s/1", name);
	stella_json_set_text(whole, "schema", schema);
	if (cmd->as_of)
		stella_json_set(whole, "asOf", json_as_of(cmd->as_of));
	for (size_t i = 0; i < stella_json_count(object); i++) {
		const char *key;
		const struct stella_json *value;

		stella_json_member(object, i, &key, &value);
		stella_json_set(whole, key, stella_json_copy(value));
	}
	stella_json_print(&cmd->out, whole, style);
	stella_json_free(object);
	stella_json_free(whole);
}

void say_json(struct cmd *cmd, const char *name, struct stella_json *object)
{
	say_styled(cmd, name, object, STELLA_JSON_PRETTY);
}

void say_json_line(struct cmd *cmd, const char *name, struct stella_json *object)
{
	say_styled(cmd, name, object, STELLA_JSON_LOG);
	stella_buf_put_u8(&cmd->out, '\n');
}

struct stella_json *json_text(const char *text)
{
	return text ? stella_json_new_text_span(stella_span_str(text)) : stella_json_new_text(NULL);
}

struct stella_json *json_id(const struct stella_sha256 *id)
{
	char hex[STELLA_SHA256_HEX];

	stella_sha256_hex(hex, id);
	return stella_json_new_text(hex);
}

struct stella_json *json_oid(const struct stella_oid *id)
{
	char hex[STELLA_OID_HEX];

	stella_oid_hex(hex, id);
	return stella_json_new_text(hex);
}

struct stella_json *json_time(int64_t time)
{
	char text[STELLA_TIME_TEXT];

	if (time == STELLA_TIME_NONE)
		return stella_json_new_text(NULL);
	stella_time_print(text, time);
	return stella_json_new_text(text);
}

struct stella_json *json_error(const struct stella_error *err, const char *hint)
{
	struct stella_json *object = stella_json_new_object();

	stella_json_set_text(object, "code", stella_code_word(err->code));
	stella_json_set(object, "message", json_text(err->message));
	stella_json_set_int(object, "exit", stella_code_exit(err->code));
	if (hint)
		stella_json_set(object, "hint", json_text(hint));
	return object;
}

bool write_out(struct stella_buf *buf)
{
	bool good = true;

	for (size_t done = 0; done < buf->size && good;) {
		ssize_t n = write(STDOUT_FILENO, buf->data + done, buf->size - done);

		if (n < 0 && errno == EINTR)
			continue;
		good = n > 0;
		done += good ? (size_t)n : 0;
	}
	stella_buf_free(buf);
	return good;
}

const struct stella_error *say_now(struct cmd *cmd)
{
	return write_out(&cmd->out) ? NULL : stella_error_errno("cannot write to standard output");
}

bool confirm(struct cmd *cmd, const char *question)
{
	char line[16] = "";

	if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
		return false;
	progress_stop();
	if (cmd->out.size)
		fprintf(stderr, "%s", (const char *)cmd->out.data);
	stella_buf_free(&cmd->out); /* shown now, since the question is about it */
	fprintf(stderr, "%s [y/N] ", question);
	if (!fgets(line, sizeof line, stdin))
		return false;
	return !strcmp(line, "y\n") || !strcmp(line, "yes\n") || !strcmp(line, "Y\n");
}

/* ---------------------------------------------------------------- for eyes */

const char *paint(struct cmd *cmd, enum paint paint, const char *text)
{
	static const char *const codes[] = { "32", "31", "33" };
	const char *term = getenv("TERM"), *no = getenv("NO_COLOR"); /* https://no-color.org: any value but none */
	struct stella_buf out = { 0 };

	if (cmd->json || !isatty(STDOUT_FILENO) || (no && *no) || !term || !strcmp(term, "dumb"))
		return text;
	stella_buf_printf(&out, "\033[%sm%s\033[0m", codes[paint], text);
	return keep_pointer(cmd, stella_buf_take_str(&out));
}

#define PROGRESS_AFTER 1000 /* milliseconds without an answer */
#define PROGRESS_EVERY 200

static struct {
	bool shown;
	struct timespec start, last;
	pthread_mutex_t mutex;       /* artifacts of a batch are read by threads */
} progress_state = { .mutex = PTHREAD_MUTEX_INITIALIZER };

static long since(const struct timespec *then)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - then->tv_sec) * 1000 + (now.tv_nsec - then->tv_nsec) / 1000000;
}

/* One line that is written over, and gone before anything else is said. */
static void show_progress(const char *what, uint64_t done)
{
	pthread_mutex_lock(&progress_state.mutex);
	if (since(&progress_state.start) >= PROGRESS_AFTER && since(&progress_state.last) >= PROGRESS_EVERY) {
		clock_gettime(CLOCK_MONOTONIC, &progress_state.last);
		progress_state.shown = true;
		fprintf(stderr, "\r\033[K%s: %llu", what, (unsigned long long)done);
		fflush(stderr);
	}
	pthread_mutex_unlock(&progress_state.mutex);
}

void progress_start(const struct cmd *cmd)
{
	const char *term = getenv("TERM");

	if (cmd->quiet || !isatty(STDERR_FILENO) || !term || !strcmp(term, "dumb"))
		return;
	clock_gettime(CLOCK_MONOTONIC, &progress_state.start);
	stella_progress = show_progress;
}

void progress_stop(void)
{
	if (progress_state.shown)
		fputs("\r\033[K", stderr);
	progress_state.shown = false;
}

static void tell(const char *kind, const char *format, va_list args)
{
	struct stella_buf escaped = { 0 }, text = { 0 };

	stella_buf_vprintf(&text, format, args);
	stella_escape_print(&escaped, stella_buf_span(&text));
	progress_stop();
	fprintf(stderr, "stella: %s%s\n", kind, (const char *)escaped.data);
	stella_buf_free(&escaped);
	stella_buf_free(&text);
}

void warn(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	tell("warning: ", format, args);
	va_end(args);
}

void note(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	tell("", format, args);
	va_end(args);
}
