/* SPDX-License-Identifier: Apache-2.0 */
#include "sys.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define PIECE 65536
#define PROGRESS_STEP (16 << 20)

/* A signal that came in between is no failure. */
#define RETRY(call) \
	__extension__({ \
		int result_; \
		do \
			result_ = (call); \
		while (result_ < 0 && errno == EINTR); \
		result_; \
	})

void (*stella_progress)(const char *what, uint64_t done);

int64_t stella_sys_now(void)
{
	struct timespec now = { 0 };

	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec;
}

int64_t stella_sys_ticks(void)
{
	struct timespec now = { 0 };

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void close_fd(int fd)
{
	if (fd >= 0)
		close(fd); /* nothing depends on it: what is written has been synced */
}

/* ---------------------------------------------------------------- reading */

static const struct stella_error *missing_or_errno(const char *path)
{
	if (errno == ENOENT || errno == ENOTDIR)
		return stella_error(STELLA_NOT_FOUND, "%s: %s", path, strerror(errno));
	return stella_error_errno("%s", path);
}

/* Opening a FIFO must not wait for a writer, hence O_NONBLOCK before we know what it is. */
static const struct stella_error *open_regular(int *fd, struct stat *st, const char *path)
{
	bool input = strcmp(path, "-") == 0;

	*fd = input ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
		    : RETRY(open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
	if (*fd < 0 || RETRY(fstat(*fd, st)) != 0)
		return missing_or_errno(input ? "standard input" : path);
	if (!input && !S_ISREG(st->st_mode))
		return stella_error(STELLA_SYSTEM, "%s: not a regular file", path);
	return NULL;
}

const struct stella_error *stella_sys_fd_read(int fd, void *data, size_t size, size_t *got)
{
	for (;;) {
		struct pollfd wait = { fd, POLLIN, 0 };
		ssize_t n = read(fd, data, size);

		if (n >= 0) {
			*got = (size_t)n;
			return NULL;
		}
		if (errno == EAGAIN)
			(void)poll(&wait, 1, -1); /* standard input that somebody made non-blocking */
		else if (errno != EINTR)
			return stella_error_errno("read");
	}
}

static const struct stella_error *too_large(uint64_t max)
{
	return stella_error(STELLA_LIMIT, "more than %llu bytes", (unsigned long long)max);
}

static const struct stella_error *read_whole(
	struct stella_buf *out, int fd, const struct stat *st, size_t max)
{
	const struct stella_error *err = NULL;
	size_t before = out->size, got = 1, room;

	if (S_ISREG(st->st_mode) && st->st_size > 0) {
		if ((uint64_t)st->st_size > max)
			return too_large(max);
		stella_buf_reserve(out, (size_t)st->st_size + 1);
	}
	while (!err && got > 0) {
		if (out->cap - out->size < 2)
			stella_buf_reserve(out, PIECE);
		room = out->cap - out->size - 1;
		if (room > max - (out->size - before) && max < SIZE_MAX)
			room = max - (out->size - before) + 1;
		err = stella_sys_fd_read(fd, out->data + out->size, room, &got);
		if (!err)
			out->size += got;
		if (!err && out->size - before > max)
			err = too_large(max);
	}
	if (err)
		out->size = before;
	if (out->data)
		out->data[out->size] = 0;
	return err;
}

static const struct stella_error *read_file(
	struct stella_buf *out, const char *path, size_t max, bool private)
{
	const struct stella_error *err;
	struct stat st;
	int fd;

	err = open_regular(&fd, &st, path);
	if (err)
		goto done;
	if (private && st.st_uid != geteuid())
		err = stella_error(STELLA_OWNER, "%s: owned by user %u, not %u", path, st.st_uid, geteuid());
	else if (private && (st.st_mode & 077))
		err = stella_error(STELLA_OWNER, "%s: mode %04o is open to others; it must be 0600", path,
			st.st_mode & 07777);
	if (err)
		goto done;
	err = read_whole(out, fd, &st, max);
	if (err)
		err = stella_error_prefix(err, "%s", path);
done:
	close_fd(fd);
	return err;
}

const struct stella_error *stella_sys_read(struct stella_buf *out, const char *path, size_t max)
{
	return read_file(out, path, max, false);
}

const struct stella_error *stella_sys_read_private(struct stella_buf *out, const char *path, size_t max)
{
	return read_file(out, path, max, true);
}

void stella_sys_tell(const char *what, uint64_t total, size_t got)
{
	if (stella_progress && total / PROGRESS_STEP > (total - got) / PROGRESS_STEP)
		stella_progress(what, total >> 20);
}

const struct stella_error *stella_sys_feed(const char *path, uint64_t max,
	void (*take)(void *context, struct stella_span piece), void *context)
{
	const struct stella_error *err;
	struct stat st;
	uint8_t *piece = stella_alloc(PIECE);
	uint64_t total = 0;
	size_t got = 1;
	int fd;

	err = open_regular(&fd, &st, path);
	if (err)
		goto done;
	if (S_ISREG(st.st_mode) && st.st_size > 0 && (uint64_t)st.st_size > max)
		err = too_large(max);
	while (!err && got > 0) {
		err = stella_sys_fd_read(fd, piece, PIECE, &got);
		if (!err && got > max - total)
			err = too_large(max);
		if (!err && got > 0)
			take(context, stella_span(piece, got));
		total += got;
		stella_sys_tell("reading, in MiB", total, got);
	}
	if (err)
		err = stella_error_prefix(err, "%s", path);
done:
	close_fd(fd);
	free(piece);
	return err;
}

/* ---------------------------------------------------------------- writing */

const struct stella_error *stella_sys_fd_write(int fd, struct stella_span content)
{
	while (content.size > 0) {
		ssize_t n = write(fd, content.data, content.size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return stella_error_errno("write");
		content.data += n;
		content.size -= (size_t)n;
	}
	return NULL;
}

/* The directory of path, and the name in it. */
static const struct stella_error *open_parent(int *dir, const char **name, const char *path)
{
	const char *slash = strrchr(path, '/');
	char *parent;

	*name = slash ? slash + 1 : path;
	parent = slash ? stella_span_strdup(stella_span(path, slash == path ? 1 : (size_t)(slash - path)))
		       : stella_strdup(".");
	*dir = RETRY(open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	free(parent);
	return *dir < 0 ? stella_error_errno("%s: its directory", path) : NULL;
}

static const struct stella_error *sync_directory(int fd)
{
	/* EINVAL: a file system that has no such thing. */
	return RETRY(fsync(fd)) == 0 || errno == EINVAL ? NULL : stella_error_errno("sync of the directory");
}

/* A new file in dir under a name that nobody can foresee. */
static const struct stella_error *open_beside(int *fd, char name[32], int dir, unsigned mode)
{
	uint64_t random;

	do {
		if (RETRY((int)getrandom(&random, sizeof random, 0)) != sizeof random)
			return stella_error_errno("random numbers");
		snprintf(name, 32, ".stella-%016llx", (unsigned long long)random);
		*fd = RETRY(openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode));
	} while (*fd < 0 && errno == EEXIST);
	return *fd < 0 ? stella_error_errno("create") : NULL;
}

/* /dev/null, a pipe: to be written into perhaps, and never to give way to a file, which root's rename would do. */
static const struct stella_error *check_replaceable(int dir, const char *name)
{
	struct stat st;

	if (fstatat(dir, name, &st, 0) != 0)
		return errno == ENOENT || errno == ELOOP ? NULL : stella_error_errno("stat");
	return S_ISREG(st.st_mode) ? NULL : stella_error(STELLA_SYSTEM, "not a regular file");
}

const struct stella_error *stella_sys_replace(const char *path, struct stella_span content, unsigned mode)
{
	const struct stella_error *err;
	const char *name;
	char beside[32] = "";
	int dir = -1, fd = -1, closed;

	err = open_parent(&dir, &name, path);
	if (err)
		return err;
	err = check_replaceable(dir, name);
	if (!err)
		err = open_beside(&fd, beside, dir, mode);
	if (err)
		goto done;
	err = stella_sys_fd_write(fd, content);
	if (!err && RETRY(fsync(fd)) != 0) /* final: another one may succeed without the data */
		err = stella_error_errno("sync");
	closed = close(fd);
	fd = -1;
	if (!err && closed != 0 && errno != EINTR)
		err = stella_error_errno("close");
	if (!err && RETRY(renameat(dir, beside, dir, name)) != 0)
		err = stella_error_errno("rename");
	if (err)
		(void)RETRY(unlinkat(dir, beside, 0));
	else
		err = sync_directory(dir);
done:
	close_fd(fd);
	close_fd(dir);
	return err ? stella_error_prefix(err, "%s", path) : NULL;
}

static const struct stella_error *make_directory(const char *path, unsigned mode)
{
	const struct stella_error *err;
	const char *name;
	struct stat st;
	int dir;

	if (RETRY(mkdir(path, mode)) != 0) {
		if (errno != EEXIST)
			return stella_error_errno("%s", path);
		if (stat(path, &st) != 0 || !S_ISDIR(st.st_mode))
			return stella_error(STELLA_SYSTEM, "%s: not a directory", path);
		return NULL;
	}
	err = open_parent(&dir, &name, path);
	if (err)
		return err;
	err = sync_directory(dir);
	close_fd(dir);
	return err ? stella_error_prefix(err, "%s", path) : NULL;
}

const struct stella_error *stella_sys_mkdirs(const char *path, unsigned mode)
{
	const struct stella_error *err = NULL;
	char *copy = stella_strdup(path);

	for (char *at = copy; !err && *at; ) {
		at += strspn(at, "/");
		if (!*at)
			break;
		at += strcspn(at, "/");
		if (*at) {
			*at = 0;
			err = make_directory(copy, mode);
			*at = '/';
		} else {
			err = make_directory(copy, mode);
		}
	}
	free(copy);
	return err;
}

const struct stella_error *stella_sys_sync_dir(const char *path)
{
	const struct stella_error *err;
	int fd = RETRY(open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));

	if (fd < 0)
		return missing_or_errno(path);
	err = sync_directory(fd);
	close_fd(fd);
	return err ? stella_error_prefix(err, "%s", path) : NULL;
}

bool stella_sys_exists(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

/* ---------------------------------------------------------------- locks */

struct stella_lock {
	int fd;
};

const struct stella_error *stella_sys_lock(struct stella_lock **out, const char *path, unsigned seconds)
{
	struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int64_t end = stella_sys_ticks() + (int64_t)seconds * 1000000;
	long pause_ns = 100000; /* most are held for less than that */
	const struct stella_error *err = NULL;
	struct stat st;
	int fd;

	*out = NULL;
	fd = RETRY(open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0666));
	if (fd < 0 || RETRY(fstat(fd, &st)) != 0) {
		err = stella_error_errno("%s", path);
		goto done;
	}
	if (!S_ISREG(st.st_mode)) {
		err = stella_error(STELLA_SYSTEM, "%s: not a regular file", path);
		goto done;
	}
	while (fcntl(fd, F_OFD_SETLK, &whole) != 0) {
		/* Asking again after a while costs little; waiting in the kernel has no end. */
		struct timespec pause = { 0, pause_ns };

		if (errno != EAGAIN && errno != EACCES && errno != EINTR) {
			err = stella_error_errno("%s: lock", path);
			goto done;
		}
		if (stella_sys_ticks() >= end) {
			err = stella_error(
				STELLA_SYSTEM, "%s: locked by another process for %u seconds", path, seconds);
			goto done;
		}
		nanosleep(&pause, NULL);
		if (pause_ns < 10000000)
			pause_ns += pause_ns / 2 + 1000 * (getpid() % 16);
	}
	*out = stella_alloc(sizeof **out);
	(*out)->fd = fd;
	return NULL;
done:
	close_fd(fd);
	return err;
}

void stella_sys_unlock(struct stella_lock *lock)
{
	if (lock) {
		close_fd(lock->fd);
		free(lock);
	}
}

/* ---------------------------------------------------------------- places */

static char *join(const char *directory, const char *name)
{
	struct stella_buf path = { 0 };

	stella_buf_printf(&path, "%s/%s", directory, name);
	return stella_buf_take_str(&path);
}

/* The value of a variable that names a place; what is not absolute is as good as unset (XDG). */
static const char *place(const char *variable)
{
	const char *value = getenv(variable);

	return value && value[0] == '/' ? value : NULL;
}

const struct stella_error *stella_sys_state_dir(char **out)
{
	*out = NULL;
	if (place("XDG_STATE_HOME"))
		*out = join(place("XDG_STATE_HOME"), "stella");
	else if (place("HOME"))
		*out = join(place("HOME"), ".local/state/stella");
	else
		return stella_error(STELLA_SYSTEM,
			"no place for remembered state: neither XDG_STATE_HOME nor HOME is set");
	return NULL;
}

const struct stella_error *stella_sys_tempdir(char **out)
{
	char *path = join(place("TMPDIR") ? place("TMPDIR") : "/tmp", "stella-XXXXXX");
	const struct stella_error *err = NULL;

	*out = NULL;
	if (mkdtemp(path)) {
		*out = path;
		path = NULL;
	} else {
		err = stella_error_errno("%s", path);
	}
	free(path);
	return err;
}

const struct stella_error *stella_sys_beside(char **out, const char *path)
{
	struct stella_buf name = { 0 };
	const struct stella_error *err = NULL;
	size_t size = strlen(path);

	*out = NULL;
	while (size > 1 && path[size - 1] == '/')
		size--;
	stella_buf_put(&name, path, size);
	stella_buf_put_str(&name, ".stella-XXXXXX");
	if (!mkdtemp((char *)name.data)) {
		err = stella_error_errno("%s", path);
	} else if (chmod((char *)name.data, 0755) != 0) {
		err = stella_error_errno("%s", path);
		(void)rmdir((char *)name.data);
	} else {
		*out = stella_buf_take_str(&name);
	}
	stella_buf_free(&name);
	return err;
}

const struct stella_error *stella_sys_rename_new(const char *from, const char *to)
{
	const struct stella_error *err = stella_sys_sync_dir(from);
	const char *name;
	int dir = -1;

	if (err)
		return err;
	if (RETRY(renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE)) != 0)
		return errno == EEXIST ? stella_error(STELLA_CONFLICT, "%s: is there already", to) : stella_error_errno("%s", to);
	err = open_parent(&dir, &name, from); /* the same for both: it was made beside */
	if (!err)
		err = sync_directory(dir);
	close_fd(dir);
	return err;
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *where)
{
	(void)remove(path);
	return 0;
}

void stella_sys_tempdir_remove(const char *path)
{
	if (path)
		(void)nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}
