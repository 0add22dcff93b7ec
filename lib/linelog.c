/* SPDX-License-Identifier: Apache-2.0 */
#include "linelog.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "private.h"
#include "sys.h"

#define ENDING ".jsonl"
#define DIGITS 8
#define PIECES_MAX 10000
#define LOCK_SECONDS 2

/* ---------------------------------------------------------------- pieces */

static char *piece_path(const char *dir, uint64_t number)
{
	struct stella_buf path = { 0 };

	stella_buf_printf(&path, "%s/%0*llu%s", dir, DIGITS, (unsigned long long)number, ENDING);
	return stella_buf_take_str(&path);
}

/* One text per number: eight digits, more only where they are needed. */
static bool parse_name(uint64_t *out, const char *name)
{
	size_t digits = strspn(name, "0123456789");

	if (digits < DIGITS || digits > 18 || strcmp(name + digits, ENDING) != 0 || (digits > DIGITS && *name == '0'))
		return false;
	*out = strtoull(name, NULL, 10);
	return *out > 0;
}

static int compare_numbers(const void *left, const void *right)
{
	const uint64_t *a = left, *b = right;

	return *a < *b ? -1 : *a > *b;
}

const struct stella_error *stella_linelog_pieces(uint64_t **out, size_t *count, const char *dir)
{
	const struct stella_error *err = NULL;
	struct dirent *entry;
	DIR *stream = opendir(dir);
	uint64_t *numbers = NULL, number;
	size_t cap = 0;

	*out = NULL;
	*count = 0;
	if (!stream)
		return errno == ENOENT || errno == ENOTDIR ? NULL : stella_error_errno("%s", dir);
	for (errno = 0; !err && (entry = readdir(stream)); errno = 0) {
		if (!parse_name(&number, entry->d_name))
			continue;
		if (*count >= PIECES_MAX)
			err = stella_error(STELLA_LIMIT, "%s: more than %d pieces of a log", dir, PIECES_MAX);
		STELLA_GROW(numbers, *count, cap);
		numbers[(*count)++] = number;
	}
	if (!err && errno)
		err = stella_error_errno("%s", dir);
	closedir(stream);
	if (err) {
		free(numbers);
		*count = 0;
		return err;
	}
	if (*count)
		qsort(numbers, *count, sizeof *numbers, compare_numbers);
	*out = numbers;
	return NULL;
}

const struct stella_error *stella_linelog_read(struct stella_buf *out, const char *dir, uint64_t number,
	size_t max)
{
	char *path = piece_path(dir, number);
	const struct stella_error *err = stella_sys_read_private(out, path, max);

	free(path);
	return err;
}

/* ---------------------------------------------------------------- appending */

struct appending {
	const struct stella_linelog *log;
	uint64_t *pieces; /* sorted; the last one is written to */
	size_t count;
	uint64_t number;
	char *path;
	int fd;
	size_t size;      /* of its whole lines */
	size_t torn;      /* bytes that were cut off behind them */
};

/* To be written to; flags: O_CREAT or none. */
static const struct stella_error *open_own(int *fd, struct stat *st, const char *path, int flags)
{
	do
		*fd = open(path, O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | flags, 0600);
	while (*fd < 0 && errno == EINTR);
	if (*fd < 0 || fstat(*fd, st) != 0)
		return stella_error_errno("%s", path);
	if (!S_ISREG(st->st_mode) || st->st_uid != geteuid() || st->st_mode & 077)
		return stella_error(STELLA_OWNER, "%s: not a file of this user alone (mode 0600)", path);
	return NULL;
}

static const struct stella_error *open_piece(struct appending *a, uint64_t number)
{
	const struct stella_error *err;
	struct stat st;

	if (a->fd >= 0)
		close(a->fd);
	free(a->path);
	a->path = piece_path(a->log->dir, number);
	a->number = number;
	err = open_own(&a->fd, &st, a->path, O_CREAT);
	if (!err)
		a->size = (size_t)st.st_size;
	return err;
}

static const struct stella_error *cut(struct appending *a, size_t size)
{
	int result;

	do
		result = ftruncate(a->fd, (off_t)size);
	while (result != 0 && errno == EINTR);
	return result == 0 ? NULL : stella_error_errno("%s", a->path);
}

/* The place behind the last newline, found from the end. */
static const struct stella_error *find_end(size_t *out, const struct appending *a)
{
	char block[4096];
	size_t at = a->size;

	while (at > 0) {
		size_t want = at < sizeof block ? at : sizeof block;
		ssize_t got = pread(a->fd, block, want, (off_t)(at - want));
		const char *newline;

		if (got < 0 && errno == EINTR)
			continue;
		if (got != (ssize_t)want)
			return got < 0 ? stella_error_errno("%s", a->path) :
				stella_error(STELLA_SYSTEM, "%s: it became shorter meanwhile", a->path);
		newline = memrchr(block, '\n', want);
		if (newline) {
			*out = at - want + (size_t)(newline - block) + 1;
			return NULL;
		}
		at -= want;
	}
	*out = 0;
	return NULL;
}

/* Every line is written whole under the lock, so that one without its end is of a process that died. */
static const struct stella_error *mend_tail(struct appending *a)
{
	size_t end;
	const struct stella_error *err = find_end(&end, a);

	if (err || end == a->size)
		return err;
	err = cut(a, end);
	if (!err) {
		a->torn = a->size - end;
		a->size = end;
	}
	return err;
}

static const struct stella_error *write_lines(struct appending *a, struct stella_span lines)
{
	const struct stella_error *err = NULL;

	while (lines.size && !err) {
		ssize_t n = write(a->fd, lines.data, lines.size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			err = stella_error_errno("%s", a->path);
			break;
		}
		lines.data += n;
		lines.size -= (size_t)n;
	}
	if (err && ftruncate(a->fd, (off_t)a->size) != 0) /* a full disk: not even half a line stays */
		return stella_error_prefix(err, "half a line is left for the next one to mend");
	return err;
}

static void remove_old(const struct appending *a)
{
	size_t keep = a->log->keep;

	for (size_t i = 0; i < a->count && a->number - a->pieces[i] >= keep; i++) {
		char *path = piece_path(a->log->dir, a->pieces[i]);

		(void)unlink(path); /* the next new piece tries again */
		free(path);
	}
}

static const struct stella_error *append(struct appending *a, struct stella_span line)
{
	const struct stella_linelog *log = a->log;
	struct stella_buf text = { 0 };
	uint64_t last;
	bool fresh;
	const struct stella_error *err = stella_linelog_pieces(&a->pieces, &a->count, log->dir);

	if (err)
		return err;
	last = a->count ? a->pieces[a->count - 1] : 0;
	err = open_piece(a, last ? last : 1);
	if (!err)
		err = mend_tail(a);
	if (!err && a->size && a->size + line.size >= log->piece_max)
		err = open_piece(a, last + 1);
	if (err)
		return err;
	fresh = !a->size;
	if (fresh) {
		uint64_t before = 0;

		for (size_t i = 0; i < a->count && a->pieces[i] < a->number; i++)
			before = a->pieces[i];
		log->head(log->context, &text, before);
		stella_buf_put_u8(&text, '\n');
	}
	if (a->torn) {
		log->torn(log->context, &text, a->torn);
		stella_buf_put_u8(&text, '\n');
	}
	stella_buf_put_span(&text, line);
	stella_buf_put_u8(&text, '\n');
	err = write_lines(a, stella_buf_span(&text));
	stella_buf_free(&text);
	if (!err && fresh)
		remove_old(a);
	return err;
}

const struct stella_error *stella_linelog_append(const struct stella_linelog *log, struct stella_span line)
{
	struct appending a = { .log = log, .fd = -1 };
	struct stella_lock *lock = NULL;
	struct stella_buf path = { 0 };
	const struct stella_error *err;

	if (line.size > STELLA_LINELOG_LINE_MAX)
		return stella_error(STELLA_LIMIT, "a line of more than %d bytes", STELLA_LINELOG_LINE_MAX);
	err = stella_private_check_dir(log->dir);
	if (stella_error_is(err, STELLA_NOT_FOUND)) {
		err = stella_sys_mkdirs(log->dir, 0700);
		if (!err)
			err = stella_private_check_dir(log->dir);
	}
	if (err)
		goto done;
	stella_buf_printf(&path, "%s/lock", log->dir);
	err = stella_sys_lock(&lock, (const char *)path.data, LOCK_SECONDS);
	if (!err)
		err = append(&a, line);
done:
	if (a.fd >= 0)
		close(a.fd);
	stella_sys_unlock(lock);
	stella_buf_free(&path);
	free(a.pieces);
	free(a.path);
	return err;
}

/* ---------------------------------------------------------------- looking */

static const struct stella_error *check_piece(const char *dir)
{
	uint64_t *pieces;
	size_t count;
	const struct stella_error *err = stella_linelog_pieces(&pieces, &count, dir);
	struct stat st;
	int fd = -1;

	if (!err && count) {
		char *path = piece_path(dir, pieces[count - 1]);

		err = open_own(&fd, &st, path, 0);
		free(path);
	}
	if (fd >= 0)
		close(fd);
	free(pieces);
	return err;
}

const struct stella_error *stella_linelog_check(const char *dir)
{
	const struct stella_error *err = stella_private_check_dir(dir);
	struct stella_lock *lock = NULL;
	struct stella_buf path = { 0 };

	if (!err && access(dir, W_OK) != 0)
		err = stella_error_errno("%s", dir);
	if (err)
		return err;
	stella_buf_printf(&path, "%s/lock", dir);
	if (stella_sys_exists((const char *)path.data)) /* else it would be made */
		err = stella_sys_lock(&lock, (const char *)path.data, LOCK_SECONDS);
	if (!err)
		err = check_piece(dir);
	stella_sys_unlock(lock);
	stella_buf_free(&path);
	return err;
}
