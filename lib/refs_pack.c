/* SPDX-License-Identifier: Apache-2.0 */
/* Batches: objects are gathered in memory and become one pack, or loose objects where they are few. */
#include <errno.h>
#include <fcntl.h>
#include <git2/odb_backend.h>
#include <git2/sys/mempack.h>
#include <git2/sys/repository.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "refs.h"
#include "repo_internal.h"
#include "sys.h"

#define THREADS 16
#define LOOSE_MAX 32 /* so many objects make no pack of their own: packs are searched one by one */

static const struct stella_error *failed(const char *what)
{
	return stella_error(STELLA_SYSTEM, "%s: %s", what, stella_repo_git_text());
}

const struct stella_error *stella_refs_batch_start(struct stella_repo *repo)
{
	git_odb_backend *memory = NULL;

	stella_refs_batch_abort(repo);
	if (git_odb_new(&repo->batch) != 0)
		return failed("batch");
	if (git_mempack_new(&memory) != 0 || git_odb_add_backend(repo->batch, memory, 1) != 0) {
		stella_refs_batch_abort(repo);
		return failed("batch");
	}
	return NULL;
}

void stella_refs_batch_abort(struct stella_repo *repo)
{
	git_odb_free(repo->batch);
	repo->batch = NULL;
	repo->batch_count = 0;
}

const struct stella_error *stella_refs_pack_write(struct stella_oid *out, struct stella_repo *repo,
	enum stella_object type, struct stella_span content)
{
	const void *data = content.size ? (const void *)content.data : "";
	git_oid id;

	if (git_odb_hash(&id, data, content.size, stella_repo_git_type(type)) != 0)
		return failed("batch");
	*out = stella_repo_own_id(&id);
	if (git_odb_exists(repo->batch, &id) || git_odb_exists(repo->odb, &id))
		return NULL;
	if (git_odb_write(&id, repo->batch, data, content.size, stella_repo_git_type(type)) != 0)
		return failed("batch");
	STELLA_GROW(repo->batch_ids, repo->batch_count, repo->batch_cap);
	repo->batch_ids[repo->batch_count++] = *out;
	return NULL;
}

/* ---------------------------------------------------------------- syncing many files */

struct syncing {
	char *const *paths;
	size_t count;
	atomic_size_t next;
	atomic_int failed;   /* an errno */
};

static void *sync_some(void *context)
{
	struct syncing *work = context;
	size_t i;
	int fd;

	while ((i = atomic_fetch_add(&work->next, 1)) < work->count) {
		fd = open(work->paths[i], O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
		if (fd < 0 || fsync(fd) != 0)
			work->failed = errno;
		if (fd >= 0)
			close(fd);
	}
	return NULL;
}

/* A file system writes its journal once for all that wait at the same time, so they wait together. */
static const struct stella_error *sync_all(char *const *paths, size_t count, const char *where)
{
	struct syncing work = { .paths = paths, .count = count };
	pthread_t threads[THREADS];
	size_t started = 0;

	while (started < THREADS && started + 1 < count &&
	       pthread_create(&threads[started], NULL, sync_some, &work) == 0)
		started++;
	sync_some(&work);
	while (started > 0)
		pthread_join(threads[--started], NULL);
	if (!work.failed)
		return NULL;
	errno = work.failed;
	return stella_error_errno("%s: sync", where);
}

/* ---------------------------------------------------------------- loose */

struct moves {
	char *from[LOOSE_MAX], *to[LOOSE_MAX];
	char *dirs[LOOSE_MAX + 1]; /* those of to, and objects/ */
	size_t count;
};

static char *object_path(const char *objects, const char *hex)
{
	struct stella_buf out = { 0 };

	stella_buf_printf(&out, "%s/%.2s%s%s", objects, hex, hex[2] ? "/" : "", hex + 2);
	return stella_buf_take_str(&out);
}

/* Objects as files in a directory of their own; libgit2 writes them there. */
static const struct stella_error *write_aside(struct moves *moves, struct stella_repo *repo, git_odb *memory,
	const char *dir, const char *objects)
{
	const struct stella_error *err = NULL;
	git_odb_backend *backend = NULL;
	git_odb *aside = NULL;

	if (git_odb_new(&aside) != 0 || git_odb_backend_loose(&backend, dir, -1, 0, 0, 0) != 0 ||
	    git_odb_add_backend(aside, backend, 1) != 0)
		err = failed("batch");
	for (size_t i = 0; i < repo->batch_count && !err; i++) {
		git_oid id = stella_repo_git_id(&repo->batch_ids[i]);
		git_odb_object *object = NULL;
		char hex[STELLA_OID_HEX];

		stella_oid_hex(hex, &repo->batch_ids[i]);
		if (git_odb_read(&object, memory, &id) != 0 || git_odb_write(&id, aside, git_odb_object_data(object),
				git_odb_object_size(object), git_odb_object_type(object)) != 0)
			err = failed("batch");
		git_odb_object_free(object);
		moves->from[i] = object_path(dir, hex);
		moves->to[i] = object_path(objects, hex);
		hex[2] = 0;
		moves->dirs[i] = object_path(objects, hex);
		moves->count++;
	}
	git_odb_free(aside);
	return err;
}

/* A file comes to its name only once its content is safe: libgit2 and git trust a name that is there. */
static const struct stella_error *move_objects(struct moves *moves, const char *objects)
{
	const struct stella_error *err = sync_all(moves->from, moves->count, objects);

	for (size_t i = 0; i < moves->count && !err; i++) {
		if (mkdir(moves->dirs[i], 0777) != 0 && errno != EEXIST)
			err = stella_error_errno("%s", moves->dirs[i]);
		else if (rename(moves->from[i], moves->to[i]) != 0)
			err = stella_error_errno("%s", moves->to[i]);
	}
	moves->dirs[moves->count] = stella_strdup(objects);
	return err ? err : sync_all(moves->dirs, moves->count + 1, objects);
}

static const struct stella_error *write_loose(struct stella_repo *repo, git_odb *memory, const char *dir, const char *objects)
{
	struct moves moves = { .count = 0 };
	const struct stella_error *err = write_aside(&moves, repo, memory, dir, objects);

	if (!err)
		err = move_objects(&moves, objects);
	for (size_t i = 0; i < moves.count; i++) {
		free(moves.from[i]);
		free(moves.to[i]);
		free(moves.dirs[i]);
	}
	free(moves.dirs[moves.count]);
	return err;
}

/* ---------------------------------------------------------------- pack */

/* libgit2 packs what a repository has: one that has nothing but the memory. */
static const struct stella_error *build_pack(char **name, struct stella_repo *repo, git_odb *memory, const char *dir)
{
	const struct stella_error *err = NULL;
	git_repository *wrapped = NULL;
	git_packbuilder *builder = NULL;
	git_config *config = NULL;
	git_oid id;

	if (git_repository_wrap_odb(&wrapped, memory) != 0 || git_config_new(&config) != 0 ||
	    git_repository_set_config(wrapped, config) != 0 || git_packbuilder_new(&builder, wrapped) != 0)
		err = failed("pack");
	for (size_t i = 0; i < repo->batch_count && !err; i++) {
		id = stella_repo_git_id(&repo->batch_ids[i]);
		if (git_packbuilder_insert(builder, &id, NULL) != 0)
			err = failed("pack");
	}
	if (!err && git_packbuilder_write(builder, dir, 0444, NULL, NULL) != 0)
		err = failed("pack");
	if (!err)
		*name = stella_strdup(git_packbuilder_name(builder));
	git_packbuilder_free(builder);
	git_config_free(config);
	git_repository_free(wrapped);
	return err;
}

/* pack-<name>.pack before its index: what has an index counts. */
static const struct stella_error *write_pack(struct stella_repo *repo, git_odb *memory, const char *dir, const char *objects)
{
	static const char *const suffixes[] = { "pack", "idx" };
	const struct stella_error *err = NULL;
	struct stella_buf packs = { 0 };
	char *name = NULL, *from[2] = { NULL }, *to[2] = { NULL };

	stella_buf_printf(&packs, "%s/pack", objects);
	err = stella_sys_mkdirs((char *)packs.data, 0777);
	if (!err)
		err = build_pack(&name, repo, memory, dir);
	for (size_t i = 0; i < 2 && !err; i++) {
		struct stella_buf path = { 0 };

		stella_buf_printf(&path, "%s/pack-%s.%s", dir, name, suffixes[i]);
		from[i] = stella_buf_take_str(&path);
		stella_buf_printf(&path, "%s/pack-%s.%s", (char *)packs.data, name, suffixes[i]);
		to[i] = stella_buf_take_str(&path);
	}
	if (!err)
		err = sync_all(from, 2, objects);
	for (size_t i = 0; i < 2 && !err; i++)
		if (rename(from[i], to[i]) != 0)
			err = stella_error_errno("%s", to[i]);
	if (!err)
		err = stella_sys_sync_dir((char *)packs.data);
	if (!err)
		err = stella_sys_sync_dir(objects);
	stella_repo_odb_refresh(repo);
	for (size_t i = 0; i < 2; i++) {
		free(from[i]);
		free(to[i]);
	}
	free(name);
	stella_buf_free(&packs);
	return err;
}

/* In a directory of its own first, that git gc removes should we die (git's tmp-objdir.c). */
static const struct stella_error *write_batch(struct stella_repo *repo, git_odb *memory)
{
	const struct stella_error *err = NULL;
	struct stella_buf objects = { 0 }, dir = { 0 };

	stella_buf_printf(&objects, "%s/objects", repo->gitdir);
	stella_buf_printf(&dir, "%s/tmp_objdir-stella-XXXXXX", (char *)objects.data);
	if (!mkdtemp((char *)dir.data)) {
		err = stella_error_errno("%s", (char *)dir.data);
	} else {
		if (repo->batch_count <= LOOSE_MAX)
			err = write_loose(repo, memory, (char *)dir.data, (char *)objects.data);
		else
			err = write_pack(repo, memory, (char *)dir.data, (char *)objects.data);
		stella_sys_tempdir_remove((char *)dir.data);
	}
	stella_buf_free(&objects);
	stella_buf_free(&dir);
	return err;
}

const struct stella_error *stella_refs_batch_commit(struct stella_repo *repo)
{
	const struct stella_error *err = NULL;
	git_odb *memory = repo->batch;

	if (!memory)
		return NULL;
	repo->batch = NULL; /* from here on writing means writing */
	if (repo->batch_count)
		err = write_batch(repo, memory);
	repo->batch_count = 0;
	git_odb_free(memory);
	return err;
}
