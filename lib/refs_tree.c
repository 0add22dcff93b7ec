/* SPDX-License-Identifier: Apache-2.0 */
/* Trees with changes: only the directories on the way to a changed path are read and written again. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "refs.h"

#define DEPTH_MAX 64

struct listing {
	struct stella_buf raw; /* that the names of entries are borrowed from */
	struct stella_tree_entry *items; /* those that were read stand first, by name; mode 0: removed */
	size_t count, cap, read, removed;
};

static void listing_free(struct listing *list)
{
	stella_buf_free(&list->raw);
	free(list->items);
}

static int compare_names(const void *a, const void *b)
{
	const struct stella_tree_entry *x = a, *y = b;

	return stella_span_compare(x->name, y->name);
}

static const struct stella_error *listing_load(struct listing *out, struct stella_repo *repo,
	const struct stella_oid *tree)
{
	const struct stella_error *err = stella_repo_read(&out->raw, repo, tree, STELLA_OBJECT_TREE, STELLA_TREE_RAW_MAX);
	struct stella_tree_entry entry;
	struct stella_cursor c;
	char hex[STELLA_OID_HEX];
	bool bad = false;

	if (err)
		return err;
	c = stella_cursor(stella_buf_span(&out->raw));
	while (stella_tree_next(&entry, &c, &bad)) {
		STELLA_GROW(out->items, out->count, out->cap);
		out->items[out->count++] = entry;
	}
	if (!bad) {
		if (out->count)
			qsort(out->items, out->count, sizeof *out->items, compare_names);
		out->read = out->count;
		return NULL;
	}
	stella_oid_hex(hex, tree);
	return stella_error(STELLA_MALFORMED, "tree %s: not an entry at byte %zu", hex, out->raw.size - c.left);
}

/* Only what was read need be found: each name is changed once. */
static struct stella_tree_entry *listing_find(struct listing *list, struct stella_span name)
{
	struct stella_tree_entry wanted = { .name = name };

	return list->read ? bsearch(&wanted, list->items, list->read, sizeof wanted, compare_names) : NULL;
}

static void listing_remove(struct listing *list, struct stella_tree_entry *entry)
{
	if (entry) {
		entry->mode = 0;
		list->removed++;
	}
}

static void listing_set(struct listing *list, struct stella_span name, uint32_t mode, const struct stella_oid *id)
{
	struct stella_tree_entry *entry = listing_find(list, name);

	if (!entry) {
		STELLA_GROW(list->items, list->count, list->cap);
		entry = &list->items[list->count++];
	}
	*entry = (struct stella_tree_entry){ .mode = mode, .mode_exact = true, .name = name, .id = *id };
}

static int compare_entries(const void *a, const void *b)
{
	return stella_tree_compare(a, b);
}

static void listing_print(struct stella_buf *out, struct listing *list)
{
	if (list->count)
		qsort(list->items, list->count, sizeof *list->items, compare_entries);
	for (size_t i = 0; i < list->count; i++)
		if (list->items[i].mode)
			stella_tree_put(out, &list->items[i]);
}

/* ---------------------------------------------------------------- changes */

/* The first component of a path, and what is behind it (NULL: nothing). */
static struct stella_span first_component(const char *path, const char **rest)
{
	size_t size = strcspn(path, "/");

	*rest = path[size] ? path + size + 1 : NULL;
	return stella_span(path, size);
}

static const struct stella_error *check_path(const char *path)
{
	const char *rest = path;
	struct stella_span name;
	unsigned depth = 0;

	while (rest) {
		name = first_component(rest, &rest);
		if (name.size == 0 || stella_span_is(name, ".") || stella_span_is(name, "..") ||
		    (name.size == 4 && strncasecmp((const char *)name.data, ".git", 4) == 0) || ++depth > DEPTH_MAX)
			return stella_error(STELLA_USAGE, "\"%s\" is not a path that a tree can hold", path);
	}
	return NULL;
}

/* Paths below one directory stand together: "/" sorts before every other character. */
static int compare_changes(const void *a, const void *b)
{
	const char *x = (*(const struct stella_change *const *)a)->path;
	const char *y = (*(const struct stella_change *const *)b)->path;

	while (*x && *x == *y) {
		x++;
		y++;
	}
	return (*x == '/' ? 1 : (unsigned char)*x + (*x != 0)) - (*y == '/' ? 1 : (unsigned char)*y + (*y != 0));
}

static const struct stella_error *write_level(struct stella_oid *out, bool *empty, struct stella_repo *repo,
	const struct stella_oid *base, const struct stella_change *const *changes, size_t count, size_t at);

/* changes[0..count) all begin with this component, whose name starts at byte `at` of their paths. */
static const struct stella_error *apply(struct listing *list, struct stella_repo *repo, struct stella_span name,
	const struct stella_change *const *changes, size_t count, size_t at)
{
	const struct stella_error *err = NULL;
	struct stella_tree_entry *entry = listing_find(list, name);
	struct stella_oid id;
	bool empty = false;

	if (changes[0]->path[at + name.size] == 0) {
		if (count > 1)
			return stella_error(STELLA_USAGE, "\"%s\" and \"%s\" cannot be changed together",
				changes[0]->path, changes[1]->path);
		if (!changes[0]->content.data) {
			listing_remove(list, entry);
			return NULL;
		}
		err = stella_refs_write(&id, repo, STELLA_OBJECT_BLOB, changes[0]->content);
		if (!err)
			listing_set(list, name, STELLA_MODE_FILE, &id);
		return err;
	}
	err = write_level(&id, &empty, repo, entry && entry->mode == STELLA_MODE_DIR ? &entry->id : NULL, changes, count,
		at + name.size + 1);
	if (err)
		return err;
	if (!empty)
		listing_set(list, name, STELLA_MODE_DIR, &id);
	else if (entry && entry->mode == STELLA_MODE_DIR)
		listing_remove(list, entry);
	return NULL;
}

/* Depth is bounded by check_path. */
static const struct stella_error *write_level(struct stella_oid *out, bool *empty, struct stella_repo *repo,
	const struct stella_oid *base, const struct stella_change *const *changes, size_t count, size_t at)
{
	const struct stella_error *err = NULL;
	struct listing list = { 0 };
	struct stella_buf raw = { 0 };
	struct stella_span name;
	const char *rest;
	size_t i, same;

	if (base)
		err = listing_load(&list, repo, base);
	for (i = 0; !err && i < count; i += same) {
		name = first_component(changes[i]->path + at, &rest);
		for (same = 1; i + same < count; same++)
			if (strncmp(changes[i + same]->path + at, (const char *)name.data, name.size) != 0 ||
			    (changes[i + same]->path[at + name.size] != '/' && changes[i + same]->path[at + name.size] != 0))
				break;
		err = apply(&list, repo, name, changes + i, same, at);
	}
	if (err)
		goto done;
	listing_print(&raw, &list);
	*empty = list.count == list.removed;
	if (base && stella_span_equal(stella_buf_span(&raw), stella_buf_span(&list.raw)))
		*out = *base;
	else if (!*empty || at == 0)
		err = stella_refs_write(out, repo, STELLA_OBJECT_TREE, stella_buf_span(&raw));
done:
	listing_free(&list);
	stella_buf_free(&raw);
	return err;
}

const struct stella_error *stella_refs_write_tree(struct stella_oid *out, struct stella_repo *repo,
	const struct stella_oid *base, const struct stella_change *changes, size_t count)
{
	const struct stella_error *err = NULL;
	const struct stella_change **sorted = stella_alloc_array(count, sizeof *sorted);
	bool empty;

	for (size_t i = 0; i < count && !err; i++) {
		sorted[i] = &changes[i];
		err = check_path(changes[i].path);
	}
	if (!err && count)
		qsort(sorted, count, sizeof *sorted, compare_changes);
	if (!err)
		err = write_level(out, &empty, repo, base, sorted, count, 0);
	free(sorted);
	return err;
}
