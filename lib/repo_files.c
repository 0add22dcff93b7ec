/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Before libgit2 opens a repository: the files that it is going to read there are regular ones.  A FIFO
 * among them would be waited for without an end.  Only looks, and decides nothing else.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "repo_internal.h"

#define LINK_MAX_BYTES 65536 /* of .git and commondir files */

const struct stella_error *stella_repo_check_file(const char *dir, const char *name)
{
	char path[PATH_MAX];
	struct stat st;

	if (snprintf(path, sizeof path, "%s/%s", dir, name) >= (int)sizeof path || stat(path, &st) != 0)
		return NULL; /* whether it has to be there is not for us to say */
	if (S_ISREG(st.st_mode) || S_ISDIR(st.st_mode))
		return NULL;
	return stella_error(STELLA_REPOSITORY, "%s is not a regular file", path);
}

/* The text of a small regular file, without its last line ends; false where there is none. */
static bool read_link(char out[PATH_MAX], const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;
	ssize_t size = -1;

	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size < LINK_MAX_BYTES)
		size = read(fd, out, PATH_MAX - 1);
	if (fd >= 0)
		close(fd);
	while (size > 0 && strchr("\r\n", out[size - 1]))
		size--;
	out[size > 0 ? size : 0] = 0;
	return size > 0;
}

static void lead(char out[PATH_MAX], const char *dir, const char *target)
{
	if (snprintf(out, PATH_MAX, "%s%s%s", *target == '/' ? "" : dir, *target == '/' ? "" : "/", target) >= PATH_MAX)
		*out = 0;
}

/* What may be a git directory: its own files, and those of the directory that it shares with others. */
static const struct stella_error *check_gitdir(const char *dir)
{
	static const char *const files[] = {
		"HEAD", "config", "config.worktree", "commondir", "packed-refs", "shallow", "index",
	};
	char path[PATH_MAX], text[PATH_MAX], common[PATH_MAX];
	const struct stella_error *err = NULL;
	struct stat st;

	if (snprintf(path, sizeof path, "%s/HEAD", dir) >= (int)sizeof path || lstat(path, &st) != 0)
		return NULL;
	for (size_t i = 0; i < sizeof files / sizeof *files && !err; i++)
		err = stella_repo_check_file(dir, files[i]);
	snprintf(path, sizeof path, "%s/commondir", dir);
	if (err || !read_link(text, path))
		return err;
	lead(common, dir, text);
	for (size_t i = 0; i < sizeof files / sizeof *files && !err; i++)
		err = stella_repo_check_file(common, files[i]);
	return err;
}

static const struct stella_error *check_level(const char *dir)
{
	char path[PATH_MAX], text[PATH_MAX], gitdir[PATH_MAX];
	const struct stella_error *err = check_gitdir(dir);
	struct stat st;

	if (err || snprintf(path, sizeof path, "%s/.git", dir) >= (int)sizeof path || stat(path, &st) != 0)
		return err;
	if (S_ISDIR(st.st_mode))
		return check_gitdir(path);
	if (!S_ISREG(st.st_mode))
		return stella_error(STELLA_REPOSITORY, "%s is not a regular file", path);
	if (!read_link(text, path) || strncmp(text, "gitdir: ", 8) != 0)
		return NULL; /* libgit2 says what is wrong with it */
	lead(gitdir, dir, text + 8);
	return check_gitdir(gitdir);
}

const struct stella_error *stella_repo_check_files(const char *start, bool upwards)
{
	char dir[PATH_MAX], *slash;
	const struct stella_error *err;

	if (!realpath(start, dir))
		return NULL; /* opening says what is wrong with it */
	for (;;) {
		err = check_level(dir);
		slash = strrchr(dir, '/');
		if (err || !upwards || !slash || !slash[1])
			return err;
		slash[slash == dir] = 0;
	}
}

/* ---------------------------------------------------------------- refs */

static int stop_at_special(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)ftw;
	(void)path;
	if (kind != FTW_F || S_ISREG(st->st_mode))
		return 0;
	errno = EINVAL;
	return 1;
}

const struct stella_error *stella_repo_check_refs(const char *gitdir)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof path, "%s/refs", gitdir) >= (int)sizeof path)
		return NULL;
	if (nftw(path, stop_at_special, 16, 0) == 1)
		return stella_error(STELLA_REPOSITORY, "%s: a ref that is not a regular file", path);
	return NULL;
}
