/* SPDX-License-Identifier: Apache-2.0 */
#include "gitlock.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "sys.h"

#define PAUSE 5000000L /* nanoseconds */
#define TRIES (STELLA_GITLOCK_SECONDS * (1000000000L / PAUSE))

struct stella_gitlock {
	struct stella_lock *own;
	char *common_dir, *own_path, *temp;
	char *lock_paths[2]; /* git's, as far as they are taken */
	unsigned count;
};

static char *join(const char *directory, const char *name)
{
	struct stella_buf out = { 0 };

	stella_buf_printf(&out, "%s%s", directory, name);
	return stella_buf_take_str(&out);
}

void stella_gitlock_release(struct stella_gitlock *lock)
{
	if (!lock)
		return;
	for (unsigned i = 0; i < lock->count; i++) {
		unlink(lock->lock_paths[i]);
		free(lock->lock_paths[i]);
	}
	stella_sys_unlock(lock->own);
	free(lock->common_dir);
	free(lock->own_path);
	free(lock->temp);
	free(lock);
}

/* A link to stella.lock that was left: whoever made it is dead, because we hold what it held. */
static bool take_over(const char *own_path, const char *lock_path)
{
	struct stat own, left;

	return lstat(own_path, &own) == 0 && lstat(lock_path, &left) == 0 && own.st_ino == left.st_ino &&
	       own.st_dev == left.st_dev && unlink(lock_path) == 0;
}

/* Where there are no hard links, a lock that a killed process leaves must be removed by hand. */
static int make_link(const char *own_path, const char *lock_path)
{
	int fd;

	if (link(own_path, lock_path) == 0)
		return 0;
	if (errno != EPERM && errno != EOPNOTSUPP && errno != EMLINK && errno != EXDEV)
		return -1;
	fd = open(lock_path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	return fd < 0 ? -1 : close(fd);
}

static const struct stella_error *take_git_lock(const char *own_path, const char *lock_path)
{
	struct timespec pause = { 0, PAUSE };

	for (long tries = 0; tries < TRIES; tries++) {
		if (make_link(own_path, lock_path) == 0)
			return NULL;
		if (errno == ENOENT)
			return stella_error(STELLA_NOT_FOUND, "%s: no such directory", lock_path);
		if (errno != EEXIST)
			return stella_error_errno("%s", lock_path);
		if (!take_over(own_path, lock_path))
			nanosleep(&pause, NULL);
	}
	return stella_error(STELLA_SYSTEM, "%s is in the way for %d seconds: git is at work here, or died and left it; "
		"if no git process runs in this repository, remove that file", lock_path, STELLA_GITLOCK_SECONDS);
}

const struct stella_error *stella_gitlock_also(struct stella_gitlock *lock, const char *path)
{
	char *lock_path = join(path, ".lock");
	const struct stella_error *err = take_git_lock(lock->own_path, lock_path);

	assert(lock->count < 2);
	if (err)
		free(lock_path);
	else
		lock->lock_paths[lock->count++] = lock_path;
	return err;
}

const struct stella_error *stella_gitlock_take(struct stella_gitlock **out, const char *common_dir, const char *path)
{
	struct stella_gitlock *lock = stella_alloc(sizeof *lock);
	const struct stella_error *err = NULL;
	char *left = NULL;

	*out = NULL;
	lock->common_dir = stella_strdup(common_dir);
	lock->own_path = join(common_dir, "/stella.lock");
	lock->temp = join(common_dir, "/stella.tmp");
	err = stella_sys_lock(&lock->own, lock->own_path, STELLA_GITLOCK_SECONDS);
	if (err)
		goto done;
	left = join(lock->temp, ".lock"); /* libgit2's, when it was killed while it wrote our copy */
	unlink(left);
	unlink(lock->temp);
	err = stella_gitlock_also(lock, path);
	if (err)
		goto done;
	*out = lock;
	lock = NULL;
done:
	stella_gitlock_release(lock);
	free(left);
	return err;
}

/* ---------------------------------------------------------------- replacing */

const char *stella_gitlock_temp(const struct stella_gitlock *lock)
{
	return lock->temp;
}

const struct stella_error *stella_gitlock_write(struct stella_gitlock *lock, struct stella_span content, unsigned mode)
{
	const struct stella_error *err = NULL;
	int fd = open(lock->temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode);
	ssize_t written;

	if (fd < 0)
		return stella_error_errno("%s", lock->temp);
	while (content.size && !err) {
		written = write(fd, content.data, content.size);
		if (written < 0 && errno != EINTR)
			err = stella_error_errno("%s", lock->temp);
		else if (written > 0)
			content = stella_span(content.data + written, content.size - (size_t)written);
	}
	if (close(fd) != 0 && !err)
		err = stella_error_errno("%s", lock->temp);
	return err;
}

static const struct stella_error *sync_file(const char *path)
{
	const struct stella_error *err = NULL;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0 || fsync(fd) != 0)
		err = stella_error_errno("%s: sync", path);
	if (fd >= 0)
		close(fd);
	return err;
}

/* The directories from that of path up to common_dir; path may lie outside of it. */
static const struct stella_error *sync_dirs(const char *path, const char *common_dir)
{
	const struct stella_error *err = NULL;
	char *dir = stella_strdup(path), *slash;
	size_t size = strlen(common_dir);

	while (!err && (slash = strrchr(dir, '/')) && slash != dir) {
		*slash = 0;
		err = stella_sys_sync_dir(dir);
		if (strncmp(dir, common_dir, size) != 0 || dir[size] != '/')
			break;
	}
	free(dir);
	return err;
}

const struct stella_error *stella_gitlock_commit(struct stella_gitlock *lock, const char *path)
{
	const struct stella_error *err = sync_file(lock->temp);

	if (!err && rename(lock->temp, path) != 0)
		err = stella_error_errno("%s", path);
	if (err)
		unlink(lock->temp);
	return err ? err : sync_dirs(path, lock->common_dir);
}
