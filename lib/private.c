/* SPDX-License-Identifier: Apache-2.0 */
#include "private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct stella_map {
	struct stella_span content;
};

static const struct stella_error *check(const struct stat *st, const char *path)
{
	if (st->st_uid != geteuid())
		return stella_error(STELLA_OWNER, "%s belongs to another user", path);
	if (st->st_mode & (S_IRWXG | S_IRWXO))
		return stella_error(STELLA_OWNER, "%s is open to others (mode %04o)", path,
			(unsigned)st->st_mode & 07777);
	return NULL;
}

const struct stella_error *stella_private_check_dir(const char *path)
{
	struct stat st;

	if (lstat(path, &st) != 0)
		return errno == ENOENT ? stella_error(STELLA_NOT_FOUND, "%s does not exist", path) :
			stella_error_errno("%s", path);
	if (!S_ISDIR(st.st_mode))
		return stella_error(STELLA_OWNER, "%s is not a directory", path);
	return check(&st, path);
}

static const struct stella_error *map_file(struct stella_span *out, int fd, const char *path, size_t max)
{
	const struct stella_error *err;
	struct stat st;
	void *at;

	if (fstat(fd, &st) != 0)
		return stella_error_errno("%s", path);
	if (!S_ISREG(st.st_mode))
		return stella_error(STELLA_OWNER, "%s is not a regular file", path);
	err = check(&st, path);
	if (err)
		return err;
	if ((uint64_t)st.st_size > max)
		return stella_error(STELLA_LIMIT, "%s: larger than %zu bytes", path, max);
	if (st.st_size == 0)
		return NULL;
	at = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (at == MAP_FAILED)
		return stella_error_errno("%s", path);
	*out = stella_span(at, (size_t)st.st_size);
	return NULL;
}

const struct stella_error *stella_private_map(struct stella_map **out, const char *path, size_t max)
{
	const struct stella_error *err;
	struct stella_map map = { { NULL, 0 } };
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

	*out = NULL;
	if (fd < 0 && errno == ELOOP)
		return stella_error(STELLA_OWNER, "%s is a symbolic link", path);
	if (fd < 0)
		return errno == ENOENT ? stella_error(STELLA_NOT_FOUND, "%s does not exist", path) :
			stella_error_errno("%s", path);
	err = map_file(&map.content, fd, path, max);
	close(fd);
	if (err)
		return err;
	*out = stella_alloc(sizeof **out);
	**out = map;
	return NULL;
}

struct stella_span stella_private_span(const struct stella_map *map)
{
	return map->content;
}

void stella_private_unmap(struct stella_map *map)
{
	if (map && map->content.size)
		munmap((void *)(uintptr_t)map->content.data, map->content.size);
	free(map);
}
