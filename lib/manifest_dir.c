/* SPDX-License-Identifier: Apache-2.0 */
/* What is in a directory that was judged: its files, by path or all, and the difference of two. */
#include "manifest_internal.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* The place of a name in git's order. */
static struct stella_tree_entry place(struct stella_span name, bool is_dir)
{
	return (struct stella_tree_entry){ .mode = is_dir ? STELLA_MODE_DIR : STELLA_MODE_FILE, .name = name };
}

static struct stella_tree_entry place_of(const struct stella_entry *entry)
{
	return place(stella_span_str(entry->name), entry->dir != NULL);
}

const struct stella_error *stella_trees_find(const struct stella_dir **out, struct stella_trees *trees,
	const struct stella_oid *tree)
{
	const struct stella_error *err;
	const struct stella_dir **open = NULL, *top;
	size_t count = 0, cap = 0;

	*out = NULL;
	err = stella_trees_judge(&top, trees, tree);
	if (err)
		return err;
	STELLA_GROW(open, count, cap);
	open[count++] = top;
	while (!err && count) {
		struct stella_dir *dir = stella_trees_dir(trees, &open[--count]->id);

		if (dir->pinned)
			continue;
		err = stella_dir_load(trees, dir);
		if (err)
			break;
		stella_trees_pin(trees, dir);
		for (size_t i = 0; i < dir->entry_count; i++) {
			if (!dir->entries[i].dir)
				continue;
			STELLA_GROW(open, count, cap);
			open[count++] = dir->entries[i].dir;
		}
	}
	free(open);
	if (!err)
		*out = top;
	return err;
}

const struct stella_sha256 *stella_dir_manifest(const struct stella_dir *dir)
{
	return &dir->manifest;
}

const struct stella_file *stella_dir_policy(const struct stella_dir *dir)
{
	return dir->policy;
}

const struct stella_entry *stella_dir_entry(const struct stella_dir *dir, struct stella_span name, bool want_dir)
{
	struct stella_tree_entry wanted = place(name, want_dir), there;
	size_t low = 0, high = dir->entry_count;

	while (low < high) {
		size_t middle = (low + high) / 2;
		int order;

		there = place_of(&dir->entries[middle]);
		order = stella_tree_compare(&wanted, &there);
		if (order == 0)
			return &dir->entries[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

/* The file at path, or NULL; where one has to be, directories are loaded on the way. */
static const struct stella_error *find_file(const struct stella_file **out, struct stella_trees *trees,
	const struct stella_dir *dir, struct stella_span path)
{
	*out = NULL;
	for (;;) {
		const uint8_t *slash = path.size ? memchr(path.data, '/', path.size) : NULL;
		size_t size = slash ? (size_t)(slash - path.data) : path.size;
		const struct stella_entry *entry;

		if (!dir->entries) {
			const struct stella_error *err = stella_dir_load(trees, dir);

			if (err)
				return err;
		}
		entry = stella_dir_entry(dir, stella_span(path.data, size), slash != NULL);
		if (!entry)
			return NULL;
		if (!slash) {
			*out = entry->file;
			return NULL;
		}
		dir = entry->dir;
		path = stella_span(slash + 1, path.size - size - 1);
	}
}

bool stella_dir_file(struct stella_file *out, const struct stella_dir *dir, struct stella_span path)
{
	const struct stella_file *file;
	const struct stella_error *err = find_file(&file, NULL, dir, path);

	assert(!err && dir->entries);
	if (file)
		*out = *file;
	return file != NULL;
}

const struct stella_error *stella_trees_file(const struct stella_file **out, struct stella_trees *trees,
	const struct stella_dir *dir, struct stella_span path)
{
	return find_file(out, trees, dir, path);
}

/* ---------------------------------------------------------------- all files, and the difference */

/* Two directories at one path, side by side; one of them may be NULL. */
struct pair {
	const struct stella_dir *from, *to;
	size_t i, k;
	size_t path_size;            /* of the path to here, with its "/" */
};

struct pairs {
	struct stella_trees *trees;
	struct pair *items;
	size_t count, cap;
	struct stella_buf path;
};

static const struct stella_error *open_pair(struct pairs *pairs, const struct stella_dir *from,
	const struct stella_dir *to, const char *name)
{
	const struct stella_error *err = NULL;

	if (from && to && (from == to || stella_sha256_equal(&from->manifest, &to->manifest)))
		return NULL;
	if (from && !from->entries)
		err = stella_dir_load(pairs->trees, from);
	if (!err && to && !to->entries)
		err = stella_dir_load(pairs->trees, to);
	if (err)
		return err;
	if (name) {
		stella_buf_put_str(&pairs->path, name);
		stella_buf_put_str(&pairs->path, "/");
	}
	STELLA_GROW(pairs->items, pairs->count, pairs->cap);
	pairs->items[pairs->count++] = (struct pair){ .from = from, .to = to, .path_size = pairs->path.size };
	return NULL;
}

static int compare_entries(const struct stella_entry *a, const struct stella_entry *b)
{
	struct stella_tree_entry from, to;

	if (!a->dir == !b->dir && strcmp(a->name, b->name) == 0)
		return 0; /* as nearly always */
	from = place_of(a);
	to = place_of(b);
	return stella_tree_compare(&from, &to);
}

/* The next entries of a pair: those of one name, or the one that comes first and NULL. */
static bool next_entries(struct pair *pair, const struct stella_entry **a, const struct stella_entry **b)
{
	int order = 0;

	*a = pair->from && pair->i < pair->from->entry_count ? &pair->from->entries[pair->i] : NULL;
	*b = pair->to && pair->k < pair->to->entry_count ? &pair->to->entries[pair->k] : NULL;
	if (!*a && !*b)
		return false;
	if (*a && *b)
		order = compare_entries(*a, *b);
	if (order > 0)
		*a = NULL;
	if (order < 0)
		*b = NULL;
	pair->i += *a != NULL;
	pair->k += *b != NULL;
	return true;
}

static bool same_file(const struct stella_file *a, const struct stella_file *b)
{
	return a == b || (a->size == b->size && stella_sha256_equal(&a->sha256, &b->sha256));
}

const struct stella_error *stella_trees_diff(struct stella_trees *trees, const struct stella_dir *from,
	const struct stella_dir *to, bool (*each)(void *context, const char *path,
	const struct stella_file *from_file, const struct stella_file *to_file), void *context)
{
	struct pairs pairs = { .trees = trees };
	const struct stella_error *err = open_pair(&pairs, from, to, NULL);

	while (!err && pairs.count) {
		struct pair *pair = &pairs.items[pairs.count - 1];
		const struct stella_entry *a, *b, *any;

		pairs.path.size = pair->path_size;
		if (!next_entries(pair, &a, &b)) {
			pairs.count--;
			continue;
		}
		any = a ? a : b;
		if (any->dir) {
			err = open_pair(&pairs, a ? a->dir : NULL, b ? b->dir : NULL, any->name);
			continue;
		}
		if (a && b && same_file(a->file, b->file))
			continue;
		stella_buf_put_str(&pairs.path, any->name);
		if (!each(context, (const char *)pairs.path.data, a ? a->file : NULL, b ? b->file : NULL))
			break;
	}
	stella_buf_free(&pairs.path);
	free(pairs.items);
	return err;
}

struct each_context {
	bool (*each)(void *context, const char *path, const struct stella_file *file);
	void *context;
};

static bool each_of(void *context, const char *path, const struct stella_file *from, const struct stella_file *to)
{
	const struct each_context *of = context;

	return of->each(of->context, path, to);
}

void stella_dir_each(const struct stella_dir *dir,
	bool (*each)(void *context, const char *path, const struct stella_file *file), void *context)
{
	struct each_context of = { each, context };
	const struct stella_error *err = stella_trees_diff(NULL, NULL, dir, each_of, &of);

	assert(!err);
	(void)err;
}

static bool collect(void *context, const char *path, const struct stella_file *from, const struct stella_file *to)
{
	struct stella_tree_diff *diff = context;

	if ((diff->count & (diff->count - 1)) == 0)
		diff->paths = stella_realloc_array(diff->paths, diff->count ? 2 * diff->count : 1, sizeof *diff->paths);
	diff->paths[diff->count].path = stella_strdup(path);
	diff->paths[diff->count++].kind = !from ? STELLA_DIFF_ADDED : !to ? STELLA_DIFF_REMOVED : STELLA_DIFF_ALTERED;
	return true;
}

struct stella_tree_diff *stella_tree_diff(const struct stella_dir *from, const struct stella_dir *to)
{
	struct stella_tree_diff *diff = stella_alloc(sizeof *diff);
	const struct stella_error *err = stella_trees_diff(NULL, from, to, collect, diff);

	assert(!err);
	(void)err;
	return diff;
}

void stella_tree_diff_free(struct stella_tree_diff *diff)
{
	if (!diff)
		return;
	for (size_t i = 0; i < diff->count; i++)
		free(diff->paths[i].path);
	free(diff->paths);
	free(diff);
}
