/* SPDX-License-Identifier: Apache-2.0 */
#include "manifest_internal.h"

#include <stdlib.h>
#include <string.h>

#define KEEP_MAX (32u << 20)

struct stella_trees *stella_trees_new(struct stella_repo *repo)
{
	struct stella_trees *trees = stella_alloc(sizeof *trees);

	trees->repo = repo;
	trees->limits = (struct stella_tree_limits){
		.files = STELLA_TREE_FILES_MAX, .bytes = STELLA_TREE_BYTES_MAX,
		.file = STELLA_TREE_FILE_MAX, .depth = STELLA_TREE_DEPTH_MAX,
		.path = STELLA_PATH_MAX, .component = STELLA_COMPONENT_MAX,
	};
	trees->dirs.id_size = trees->blobs.id_size = STELLA_OID_SIZE;
	trees->keep_max = KEEP_MAX;
	pthread_mutex_init(&trees->lock, NULL);
	return trees;
}

void stella_trees_free(struct stella_trees *trees)
{
	if (!trees)
		return;
	for (size_t i = 0; i < trees->dirs.cap; i++) {
		struct stella_dir *dir = trees->dirs.slots[i];

		if (dir)
			free(dir->entries);
	}
	stella_idmap_free(&trees->dirs);
	stella_idmap_free(&trees->blobs);
	stella_pool_free(&trees->pool);
	pthread_mutex_destroy(&trees->lock);
	free(trees);
}

static struct stella_dir *keep_dir(struct stella_trees *trees, const struct stella_dir *dir)
{
	struct stella_dir *kept = stella_pool_alloc(&trees->pool, sizeof *kept);

	*kept = *dir;
	kept->entries = NULL;
	kept->entry_count = kept->entries_size = 0;
	stella_idmap_add(&trees->dirs, kept);
	return kept;
}

static const struct stella_file *keep_blob(struct stella_trees *trees, const struct stella_file *file, bool cached)
{
	struct stella_blob *kept = stella_pool_alloc(&trees->pool, sizeof *kept);

	kept->id = file->blob;
	kept->file = *file;
	kept->cached = cached;
	stella_idmap_add(&trees->blobs, kept);
	return &kept->file;
}

struct stella_dir *stella_trees_known_dir(struct stella_trees *trees, const struct stella_oid *id)
{
	struct stella_dir known = { 0 }, *dir = stella_idmap_find(&trees->dirs, id);

	if (dir || !trees->source.dir || !trees->source.dir(trees->source.context, id, &known))
		return dir;
	known.cached = true;
	return keep_dir(trees, &known);
}

const struct stella_file *stella_trees_known_file(struct stella_trees *trees, const struct stella_oid *id)
{
	const struct stella_blob *blob = stella_idmap_find(&trees->blobs, id);
	struct stella_file known;

	if (blob)
		return &blob->file;
	if (!trees->source.file || !trees->source.file(trees->source.context, id, &known))
		return NULL;
	return keep_blob(trees, &known, true);
}

struct stella_dir *stella_trees_dir(struct stella_trees *trees, const struct stella_oid *id)
{
	struct stella_dir *dir;

	pthread_mutex_lock(&trees->lock);
	dir = stella_trees_known_dir(trees, id);
	pthread_mutex_unlock(&trees->lock);
	return dir;
}

const struct stella_file *stella_trees_add_blob(struct stella_trees *trees, const struct stella_file *file)
{
	const struct stella_blob *blob;
	const struct stella_file *kept;

	pthread_mutex_lock(&trees->lock);
	blob = stella_idmap_find(&trees->blobs, &file->blob);
	kept = blob ? &blob->file : keep_blob(trees, file, false);
	pthread_mutex_unlock(&trees->lock);
	return kept;
}

struct stella_dir *stella_trees_add_dir(struct stella_trees *trees, const struct stella_dir *add, bool needed)
{
	struct stella_dir *dir;

	pthread_mutex_lock(&trees->lock);
	dir = stella_idmap_find(&trees->dirs, &add->id);
	if (!dir)
		dir = keep_dir(trees, add);
	if (dir->entries || (!needed && trees->kept > trees->keep_max)) {
		free(add->entries);
	} else {
		dir->entries = add->entries;
		dir->entry_count = add->entry_count;
		dir->entries_size = add->entries_size;
		trees->kept += dir->entries_size;
	}
	pthread_mutex_unlock(&trees->lock);
	return dir;
}

void stella_trees_pin(struct stella_trees *trees, struct stella_dir *dir)
{
	if (!dir->pinned)
		trees->kept -= dir->entries_size;
	dir->pinned = true;
}

const char *stella_trees_text(struct stella_trees *trees, const char *text)
{
	size_t size = strlen(text) + 1;
	char *copy;

	pthread_mutex_lock(&trees->lock);
	copy = stella_pool_alloc(&trees->pool, size);
	pthread_mutex_unlock(&trees->lock);
	return memcpy(copy, text, size);
}

/* Where too much is at hand, all goes but what is pinned. */
void stella_trees_begin(struct stella_trees *trees)
{
	if (trees->kept <= trees->keep_max)
		return;
	for (size_t i = 0; i < trees->dirs.cap; i++) {
		struct stella_dir *dir = trees->dirs.slots[i];

		if (!dir || !dir->entries || dir->pinned)
			continue;
		free(dir->entries);
		trees->kept -= dir->entries_size;
		dir->entries = NULL;
		dir->entry_count = dir->entries_size = 0;
	}
}
