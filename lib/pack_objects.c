/* SPDX-License-Identifier: Apache-2.0 */
/* The objects of a pack: noted while they are read, written, and read again from wherever they come. */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "below.h"
#include "pack.h"
#include "refs.h"
#include "sys.h"

#define PROGRESS_STEP 100
#define BATCH_BYTES (64u << 20) /* held in memory before it is written */

/* ---------------------------------------------------------------- what was read */

struct object {
	struct stella_oid id;
	enum stella_object type;
	struct stella_repo *repo;    /* borrowed */
};

struct watched {
	struct stella_pack_objects *objects;
	struct stella_repo *repo;
};
struct stella_pack_objects {
	struct watched repos[STELLA_PACK_REPOS_MAX]; size_t repo_count;
	struct object *items; size_t count, cap;
};

static void note(void *context, const struct stella_oid *id, enum stella_object type)
{
	struct watched *watched = context;
	struct stella_pack_objects *objects = watched->objects;

	STELLA_GROW(objects->items, objects->count, objects->cap);
	objects->items[objects->count++] = (struct object){ *id, type, watched->repo };
}

struct stella_pack_objects *stella_pack_objects_new(void)
{
	return stella_alloc(sizeof(struct stella_pack_objects));
}

void stella_pack_watch(struct stella_pack_objects *objects, struct stella_repo *repo)
{
	struct watched *watched;

	for (size_t i = 0; i < objects->repo_count; i++)
		if (objects->repos[i].repo == repo)
			return;
	assert(objects->repo_count < STELLA_PACK_REPOS_MAX);
	watched = &objects->repos[objects->repo_count++];
	*watched = (struct watched){ objects, repo };
	stella_repo_watch(repo, note, watched);
}

static int compare(const void *a, const void *b)
{
	return stella_oid_compare(&((const struct object *)a)->id, &((const struct object *)b)->id);
}

void stella_pack_unwatch(struct stella_pack_objects *objects)
{
	size_t kept = 0;

	while (objects->repo_count)
		stella_repo_watch(objects->repos[--objects->repo_count].repo, NULL, NULL);
	if (objects->count)
		qsort(objects->items, objects->count, sizeof *objects->items, compare);
	for (size_t i = 0; i < objects->count; i++)
		if (!kept || !stella_oid_equal(&objects->items[kept - 1].id, &objects->items[i].id))
			objects->items[kept++] = objects->items[i];
	objects->count = kept;
}

size_t stella_pack_count(struct stella_pack_objects *objects)
{
	return objects->count;
}

void stella_pack_objects_free(struct stella_pack_objects *objects)
{
	if (!objects)
		return;
	stella_pack_unwatch(objects);
	free(objects->items);
	free(objects);
}

/* ---------------------------------------------------------------- the repository of the pack */

static const struct stella_error *copy_objects(struct stella_repo *to, const struct stella_pack_objects *objects)
{
	const struct stella_error *err = stella_refs_batch_start(to);
	size_t bytes = 0;

	for (size_t i = 0; i < objects->count && !err; i++) {
		const struct object *object = &objects->items[i];
		struct stella_buf raw = { 0 };
		struct stella_oid id;

		err = stella_repo_read(&raw, object->repo, &object->id, object->type, SIZE_MAX);
		if (!err)
			err = stella_refs_write(&id, to, object->type, stella_buf_span(&raw));
		if (!err && !stella_oid_equal(&id, &object->id))
			err = stella_error(STELLA_INTERNAL, "an object that is written is another one than was read");
		bytes += raw.size;
		stella_buf_free(&raw);
		if (err || bytes < BATCH_BYTES)
			continue;
		err = stella_refs_batch_commit(to);
		if (!err)
			err = stella_refs_batch_start(to);
		bytes = 0;
	}
	if (!err)
		err = stella_refs_batch_commit(to);
	stella_refs_batch_abort(to);
	return err;
}

const struct stella_error *stella_pack_write(const char *path, struct stella_pack_objects *objects, const struct stella_pack *pack)
{
	struct stella_repo *repo = NULL;
	const struct stella_error *err = stella_refs_init(&repo, path, STELLA_PACK_REF + strlen("refs/heads/"), true);

	if (!err)
		err = copy_objects(repo, objects);
	if (!err)
		err = stella_refs_update(repo, STELLA_PACK_REF, NULL, &pack->tip, "evidence");
	if (!err && pack->has_recordings)
		err = stella_refs_update(repo, STELLA_PACK_RECORDINGS_REF, NULL, &pack->recordings, "evidence");
	stella_repo_free(repo);
	return err;
}

/* ---------------------------------------------------------------- read again */

struct copying {
	const char *from;            /* the pack */
	char *to;                    /* a git directory of our own */
	size_t files;                /* that may still come */
	uint64_t bytes;
};

static bool is_hex(const char *text, size_t size)
{
	return strlen(text) == size && strspn(text, "0123456789abcdef") == size;
}

static bool is_loose(const char *name)
{
	return is_hex(name, STELLA_OID_HEX - 1 - 2);
}

static bool is_pack(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot && (!strcmp(dot, ".pack") || !strcmp(dot, ".idx"));
}

/* Of one directory of objects what is one; alternates, and what else lies there, are nobody's. */
static const struct stella_error *copy_files(struct copying *c, const char *dir, size_t max,
	bool (*is_wanted)(const char *name))
{
	struct stella_below_names names = { 0 };
	struct stella_buf path = { 0 }, from = { 0 }, to = { 0 };
	const struct stella_error *err;

	stella_buf_printf(&path, "trust.git/objects/%s", dir);
	err = stella_below_list(&names, c->from, (char *)path.data, max < c->files ? max : c->files);
	c->files -= names.count;
	stella_buf_printf(&to, "%s/objects/%s", c->to, dir);
	if (!err && mkdir((char *)to.data, 0700) != 0 && errno != EEXIST)
		err = stella_error_errno("%s", (char *)to.data);
	for (size_t i = 0; i < names.count && !err; i++) {
		if (!is_wanted(names.items[i]))
			continue;
		stella_buf_free(&from);
		stella_buf_free(&to);
		stella_buf_printf(&from, "%s/%s", (char *)path.data, names.items[i]);
		stella_buf_printf(&to, "%s/objects/%s/%s", c->to, dir, names.items[i]);
		err = stella_below_copy(c->from, (char *)from.data, (char *)to.data, &c->bytes);
		if (stella_progress && i % PROGRESS_STEP == 0)
			stella_progress("reading files of the pack", STELLA_PACK_FILES_MAX - c->files - names.count + i);
	}
	stella_buf_free(&path);
	stella_buf_free(&from);
	stella_buf_free(&to);
	stella_below_names_free(&names);
	return err;
}

static const struct stella_error *copy_directories(struct copying *c)
{
	struct stella_below_names names = { 0 };
	const struct stella_error *err = stella_below_list(&names, c->from, "trust.git/objects", c->files);

	for (size_t i = 0; i < names.count && !err; i++) {
		if (is_hex(names.items[i], 2))
			err = copy_files(c, names.items[i], STELLA_PACK_FILES_MAX, is_loose);
		else if (!strcmp(names.items[i], "pack"))
			err = copy_files(c, names.items[i], STELLA_PACK_PACKS_MAX, is_pack);
	}
	stella_below_names_free(&names);
	return err;
}

const struct stella_error *stella_pack_copy_objects(struct stella_pack_copy *out, const char *dir)
{
	struct copying c = { .from = dir, .files = STELLA_PACK_FILES_MAX, .bytes = STELLA_PACK_BYTES_MAX };
	struct stella_buf path = { 0 };
	const struct stella_error *err = stella_sys_tempdir(&out->dir);

	if (err)
		return err;
	stella_buf_printf(&path, "%s/git", out->dir);
	c.to = (char *)path.data;
	err = stella_refs_init(&out->repo, c.to, STELLA_PACK_REF + strlen("refs/heads/"), true);
	if (!err)
		err = copy_directories(&c);
	stella_repo_free(out->repo); /* opened anew, with what came since */
	out->repo = NULL;
	if (!err)
		err = stella_repo_open(&out->repo, c.to);
	if (err)
		stella_pack_copy_free(out);
	stella_buf_free(&path);
	return err;
}

void stella_pack_copy_free(struct stella_pack_copy *copy)
{
	stella_repo_free(copy->repo);
	stella_sys_tempdir_remove(copy->dir);
	free(copy->dir);
	*copy = (struct stella_pack_copy){ 0 };
}
