/* SPDX-License-Identifier: Apache-2.0 */
#include "below.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys.h"

#define PIECE 65536

static const struct stella_error *failed(const char *dir, const char *name)
{
	switch (errno) {
	case ENOENT:
		return stella_error(STELLA_NOT_FOUND, "%s/%s: %s", dir, name, strerror(errno));
	case ELOOP:
	case ENOTDIR:
	case ENXIO: /* a socket */
		return stella_error(STELLA_MALFORMED, "%s/%s: a link, or no regular file", dir, name);
	default:
		return stella_error_errno("%s/%s", dir, name);
	}
}

/* Component by component, so that a link on the way is refused, too. */
static const struct stella_error *open_below(int *out, const char *dir, const char *name, bool directory)
{
	int at = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), next;
	char *copy = stella_strdup(name), *save = NULL;
	const struct stella_error *err = at < 0 ? failed(dir, name) : NULL;

	for (char *part = strtok_r(copy, "/", &save); part && !err;) {
		char *rest = strtok_r(NULL, "/", &save);

		assert(strcmp(part, "..") != 0);
		next = openat(at, part, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC |
			(rest || directory ? O_DIRECTORY : 0));
		if (next < 0)
			err = failed(dir, name);
		close(at);
		at = next;
		part = rest;
	}
	free(copy);
	*out = at;
	return err;
}

static const struct stella_error *open_regular(int *out, const char *dir, const char *name, uint64_t max)
{
	const struct stella_error *err = open_below(out, dir, name, false);
	struct stat st;

	if (!err && fstat(*out, &st) != 0)
		err = failed(dir, name);
	if (!err && !S_ISREG(st.st_mode))
		err = stella_error(STELLA_MALFORMED, "%s/%s: a link, or no regular file", dir, name);
	if (!err && (uint64_t)st.st_size > max)
		err = stella_error(STELLA_LIMIT, "%s/%s: more than %llu bytes", dir, name, (unsigned long long)max);
	return err;
}

/* One piece; *got 0 at the end.  The file may have grown since it was opened. */
static const struct stella_error *read_piece(size_t *got, int fd, uint8_t *piece, const char *dir, const char *name,
	uint64_t *room)
{
	const struct stella_error *err = stella_sys_fd_read(fd, piece, PIECE, got);

	if (err)
		return stella_error_prefix(err, "%s/%s", dir, name);
	if (*got > *room)
		return stella_error(STELLA_LIMIT, "%s/%s: too many bytes", dir, name);
	*room -= *got;
	return NULL;
}

const struct stella_error *stella_below_read(struct stella_buf *out, const char *dir, const char *name, size_t max)
{
	uint64_t room = max;
	size_t got = 1;
	int fd;
	const struct stella_error *err = open_regular(&fd, dir, name, max);

	while (!err && got) {
		stella_buf_reserve(out, PIECE);
		err = read_piece(&got, fd, out->data + out->size, dir, name, &room);
		if (!err)
			out->size += got;
	}
	if (out->data)
		out->data[out->size] = 0;
	if (fd >= 0)
		close(fd);
	return err;
}

const struct stella_error *stella_below_copy(const char *dir, const char *name, const char *to, uint64_t *room)
{
	uint8_t *piece = stella_alloc(PIECE);
	uint64_t total = 0;
	size_t got = 1;
	int fd, copy = -1;
	const struct stella_error *err = open_regular(&fd, dir, name, *room);

	if (!err) {
		copy = open(to, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (copy < 0)
			err = stella_error_errno("%s", to);
	}
	while (!err && got) {
		err = read_piece(&got, fd, piece, dir, name, room);
		if (err)
			break;
		err = stella_sys_fd_write(copy, stella_span(piece, got));
		if (err)
			err = stella_error_prefix(err, "%s", to);
		total += got;
		stella_sys_tell("copying, in MiB", total, got);
	}
	if (copy >= 0)
		close(copy);
	if (fd >= 0)
		close(fd);
	free(piece);
	return err;
}

/* ---------------------------------------------------------------- directories */

void stella_below_names_free(struct stella_below_names *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->items[i]);
	free(names->items);
	*names = (struct stella_below_names){ 0 };
}

const struct stella_error *stella_below_list(struct stella_below_names *out, const char *dir, const char *name, size_t max)
{
	struct dirent *entry;
	DIR *stream = NULL;
	int fd;
	const struct stella_error *err = open_below(&fd, dir, name, true);

	if (!err) {
		stream = fdopendir(fd);
		if (!stream)
			err = failed(dir, name);
	}
	while (!err && (errno = 0, entry = readdir(stream))) {
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		if (out->count == max) {
			err = stella_error(STELLA_LIMIT, "%s/%s: more than %zu entries", dir, name, max);
			break;
		}
		STELLA_GROW(out->items, out->count, out->cap);
		out->items[out->count++] = stella_strdup(entry->d_name);
	}
	if (!err && errno)
		err = failed(dir, name);
	if (stream)
		closedir(stream);
	else if (fd >= 0)
		close(fd);
	return err;
}
