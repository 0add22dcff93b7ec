/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which files objects are read from: loose objects and packs of the repository and its alternates.
 * libgit2's own choice is not used: it believes every offset of a pack index and multi-pack-index, so
 * that a damaged one ends the process; here an index is checked before libgit2 sees it.
 */
#include "repo_internal.h"

#include <dirent.h>
#include <endian.h>
#include <fcntl.h>
#include <git2/odb_backend.h>
#include <git2/sys/odb_backend.h>
#include <git2/sys/repository.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ALTERNATES_DEPTH 5      /* as git */
#define ALTERNATES_MAX 65536    /* bytes of the file */
#define LOOSE_PRIORITY 1
#define PACK_PRIORITY 2         /* packs first */
#define FANOUT_SIZE (256 * 4)
#define ID_SIZE STELLA_OID_SIZE

/* ---------------------------------------------------------------- pack index */

static bool read_at(int fd, void *out, size_t size, uint64_t at)
{
	return pread(fd, out, size, (off_t)at) == (ssize_t)size;
}

/* Every offset of an index leads into its pack (gitformat-pack(5)).  NULL, or what is wrong. */
static const char *check_offsets(int fd, uint64_t index_size, uint64_t pack_size)
{
	uint32_t head[2], last, chunk[1536];
	uint64_t count, at, step = 4, large = 0, wide;
	size_t i, part;
	bool v2;

	if (pack_size < 32 || !read_at(fd, head, sizeof head, 0))
		return "too short";
	v2 = be32toh(head[0]) == 0xff744f63;
	if (v2 && be32toh(head[1]) != 2)
		return "unknown version";
	if (!read_at(fd, &last, 4, (v2 ? 8 : 0) + FANOUT_SIZE - 4))
		return "too short";
	count = be32toh(last);
	if (v2) {
		at = 8 + FANOUT_SIZE + count * (ID_SIZE + 4);
		large = at + count * 4;
	} else {
		at = FANOUT_SIZE;
		step = 4 + ID_SIZE;
	}
	if (at + count * step + 2 * ID_SIZE > index_size)
		return "too short";
	while (count > 0) {
		part = count < 256 ? count : 256;
		if (!read_at(fd, chunk, part * step, at))
			return "too short";
		for (i = 0; i < part; i++) {
			wide = be32toh(chunk[i * step / 4]);
			if (v2 && wide & 0x80000000u) {
				if (!read_at(fd, head, 8, large + (wide & 0x7fffffff) * 8))
					return "too short";
				wide = (uint64_t)be32toh(head[0]) << 32 | be32toh(head[1]);
			}
			if (wide < 12 || wide > pack_size - ID_SIZE)
				return "an offset outside of its pack";
		}
		at += part * step;
		count -= part;
	}
	return NULL;
}

static bool has_pack(struct stella_repo *repo, const char *path)
{
	for (size_t i = 0; i < repo->pack_count; i++)
		if (strcmp(repo->packs[i], path) == 0)
			return true;
	return false;
}

/* An index that cannot be used is remembered for the error about an object that is missing then. */
static void add_pack(struct stella_repo *repo, const char *path)
{
	char pack[PATH_MAX];
	git_odb_backend *backend = NULL;
	const char *wrong = NULL;
	struct stat index, data;
	size_t size = strlen(path);
	int fd;

	if (has_pack(repo, path))
		return;
	snprintf(pack, sizeof pack, "%.*s.pack", (int)(size - 4), path);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &index) != 0 || !S_ISREG(index.st_mode))
		wrong = "cannot be read";
	else if (stat(pack, &data) != 0 || !S_ISREG(data.st_mode))
		goto done; /* being written or deleted just now */
	else
		wrong = check_offsets(fd, (uint64_t)index.st_size, (uint64_t)data.st_size);
	if (!wrong && git_odb_backend_one_pack(&backend, path) != 0)
		wrong = stella_repo_git_text();
	if (!wrong && git_odb_add_alternate(repo->odb, backend, PACK_PRIORITY) != 0)
		wrong = stella_repo_git_text();
	if (wrong && !repo->bad_pack) {
		struct stella_buf text = { 0 };

		stella_buf_printf(&text, "pack index %s is damaged: %s", path, wrong);
		repo->bad_pack = stella_buf_take_str(&text);
	}
	if (!wrong) {
		STELLA_GROW(repo->packs, repo->pack_count, repo->pack_cap);
		repo->packs[repo->pack_count++] = stella_strdup(path);
	}
done:
	if (fd >= 0)
		close(fd);
}

static void add_packs(struct stella_repo *repo, const char *objects)
{
	char path[PATH_MAX];
	struct dirent *entry;
	size_t size;
	DIR *dir;

	if (snprintf(path, sizeof path, "%s/pack", objects) >= (int)sizeof path)
		return;
	dir = opendir(path);
	while (dir && (entry = readdir(dir))) {
		size = strlen(entry->d_name);
		if (size > 4 && strcmp(entry->d_name + size - 4, ".idx") == 0 &&
		    snprintf(path, sizeof path, "%s/pack/%s", objects, entry->d_name) < (int)sizeof path)
			add_pack(repo, path);
	}
	if (dir)
		closedir(dir);
}

/* ---------------------------------------------------------------- object directories */

static const struct stella_error *add_alternates(struct stella_repo *repo, const char *objects, unsigned depth);

static bool has_dir(struct stella_repo *repo, const char *real)
{
	for (size_t i = 0; i < repo->dir_count; i++)
		if (strcmp(repo->dirs[i], real) == 0)
			return true;
	return false;
}

/* As git, an alternate that does not exist is passed over. */
static const struct stella_error *add_dir(struct stella_repo *repo, const char *objects, unsigned depth)
{
	git_odb_backend *backend = NULL;
	char real[PATH_MAX];
	int code;

	if (!realpath(objects, real))
		return depth ? NULL : stella_error_errno("%s", objects);
	if (has_dir(repo, real))
		return NULL;
	code = git_odb_backend_loose(&backend, real, -1, 1, 0, 0);
	if (code == 0 && depth)
		code = git_odb_add_alternate(repo->odb, backend, LOOSE_PRIORITY);
	else if (code == 0)
		code = git_odb_add_backend(repo->odb, backend, LOOSE_PRIORITY);
	if (code != 0)
		return stella_error(STELLA_REPOSITORY, "%s: %s", objects, stella_repo_git_text());
	STELLA_GROW(repo->dirs, repo->dir_count, repo->dir_cap);
	repo->dirs[repo->dir_count++] = stella_strdup(real);
	add_packs(repo, real);
	return depth < ALTERNATES_DEPTH ? add_alternates(repo, real, depth + 1) : NULL;
}

static const struct stella_error *add_alternates(struct stella_repo *repo, const char *objects, unsigned depth)
{
	const struct stella_error *err = NULL;
	char path[PATH_MAX], *text = NULL, *line, *save = NULL;
	ssize_t size;
	int fd;

	if (snprintf(path, sizeof path, "%s/info/alternates", objects) >= (int)sizeof path)
		return NULL;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return NULL;
	text = stella_alloc(ALTERNATES_MAX + 1);
	size = read(fd, text, ALTERNATES_MAX);
	close(fd);
	if (size < 0)
		err = stella_error_errno("%s", path);
	else if (size == ALTERNATES_MAX)
		err = stella_error(STELLA_LIMIT, "%s: more than %d bytes", path, ALTERNATES_MAX);
	for (line = err ? NULL : strtok_r(text, "\r\n", &save); line && !err; line = strtok_r(NULL, "\r\n", &save)) {
		if (*line == '#')
			continue;
		if (snprintf(path, sizeof path, "%s%s%s", *line == '/' ? "" : objects,
			     *line == '/' ? "" : "/", line) < (int)sizeof path)
			err = add_dir(repo, path, depth);
	}
	free(text);
	return err;
}

const struct stella_error *stella_repo_odb_open(struct stella_repo *repo)
{
	const struct stella_error *err = NULL;
	char path[PATH_MAX];

	if (git_odb_new(&repo->odb) != 0)
		return stella_error(STELLA_SYSTEM, "libgit2: %s", stella_repo_git_text());
	snprintf(path, sizeof path, "%s/objects", repo->gitdir);
	err = add_dir(repo, path, 0);
	if (!err && git_repository_set_odb(repo->git, repo->odb) != 0)
		err = stella_error(STELLA_SYSTEM, "libgit2: %s", stella_repo_git_text());
	return err;
}

const struct stella_error *stella_repo_odb_add(struct stella_repo *repo, const char *objects)
{
	return add_dir(repo, objects, 1);
}

/* Packs that came since; a fetch or gc beside us is nothing unusual. */
void stella_repo_odb_refresh(struct stella_repo *repo)
{
	pthread_mutex_lock(&repo->odb_mutex);
	for (size_t i = 0; i < repo->dir_count; i++)
		add_packs(repo, repo->dirs[i]);
	pthread_mutex_unlock(&repo->odb_mutex);
}

void stella_repo_odb_close(struct stella_repo *repo)
{
	git_odb_free(repo->odb);
	for (size_t i = 0; i < repo->pack_count; i++)
		free(repo->packs[i]);
	for (size_t i = 0; i < repo->dir_count; i++)
		free(repo->dirs[i]);
	free(repo->packs);
	free(repo->dirs);
	free(repo->bad_pack);
	pthread_mutex_destroy(&repo->odb_mutex);
}
