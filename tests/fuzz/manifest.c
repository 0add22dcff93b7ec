/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Trees: the raw bytes of one, whose entries are led to a file, a directory or nothing that is there.  What
 * is accepted has every property of rule 2, by plainer means.  The repository is in memory.
 */
#include "fuzz.h"

#include <string.h>
#include <strings.h>

#include "manifest.h"
#include "refs.h"
#include "sys.h"

static struct stella_repo *repo;

static void clean_up(void)
{
	stella_repo_free(repo);
}

static void start(void)
{
	char *dir;

	must(!stella_sys_tempdir(&dir));
	must(!stella_refs_init(&repo, dir, "main", true));
	stella_sys_tempdir_remove(dir); /* nothing is written to it */
	free(dir);
	atexit(clean_up);
}

static struct stella_oid write_object(enum stella_object type, const void *data, size_t size)
{
	struct stella_oid id;

	must(!stella_refs_write(&id, repo, type, stella_span(data, size)));
	return id;
}

/* The same bytes, with ids that mean something: by the lowest bits of their last byte. */
static struct stella_oid write_tree(const uint8_t *data, size_t size)
{
	struct stella_oid ids[4] = { write_object(STELLA_OBJECT_BLOB, "x", 1), write_object(STELLA_OBJECT_BLOB, "yz", 2) };
	struct stella_cursor c = stella_cursor(stella_span(data, size));
	uint8_t *copy = stella_alloc(size + 1), below[64] = "100644 file";
	struct stella_tree_entry entry;
	bool bad;

	memcpy(below + 12, ids[0].bytes, sizeof ids[0].bytes);
	ids[2] = write_object(STELLA_OBJECT_TREE, below, 12 + sizeof ids[0].bytes);
	if (size)
		memcpy(copy, data, size);
	while (stella_tree_next(&entry, &c, &bad))
		memcpy(copy + (size - c.left) - STELLA_OID_SIZE, ids[entry.id.bytes[STELLA_OID_SIZE - 1] % 4].bytes, STELLA_OID_SIZE);
	ids[0] = write_object(STELLA_OBJECT_TREE, copy, size);
	free(copy);
	return ids[0];
}

struct seen {
	const struct stella_dir *dir;
	char *last[400];
	size_t count;
};

static bool each_file(void *context, const char *path, const struct stella_file *file)
{
	struct seen *seen = context;
	struct stella_file found;

	must(stella_dir_file(&found, seen->dir, stella_span_str(path)) && memcmp(&found, file, sizeof found) == 0);
	must(*path && strlen(path) <= STELLA_PATH_MAX && strspn(path,
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-+@/") == strlen(path));
	must(strcasecmp(path, ".git") != 0 && strcmp(path, ".") != 0 && strcmp(path, "..") != 0);
	for (size_t i = 0; i < seen->count; i++)
		must(strcasecmp(seen->last[i], path) != 0);
	if (seen->count < 400)
		seen->last[seen->count++] = stella_strdup(path);
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct stella_trees *trees;
	struct stella_tree_diff *diff;
	struct seen seen = { 0 };
	struct stella_oid id;

	if (!repo)
		start();
	must(!stella_refs_batch_start(repo));
	id = write_tree(data, size);
	trees = stella_trees_new(repo);
	if (!stella_trees_find(&seen.dir, trees, &id)) {
		stella_dir_each(seen.dir, each_file, &seen);
		must(seen.count > 0);
		diff = stella_tree_diff(seen.dir, seen.dir);
		must(diff->count == 0);
		stella_tree_diff_free(diff);
		diff = stella_tree_diff(NULL, seen.dir);
		must(diff->count == seen.count || seen.count == 400);
		stella_tree_diff_free(diff);
	}
	for (size_t i = 0; i < seen.count; i++)
		free(seen.last[i]);
	stella_trees_free(trees);
	stella_refs_batch_abort(repo);
	return 0;
}
