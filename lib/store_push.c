/* SPDX-License-Identifier: Apache-2.0 */
#include "store_push.h"

#include <stdlib.h>
#include <string.h>

#include "repo_walk.h"
#include "store_path.h"
#include "sys.h"

#define COMMITS_MAX 1000000
#define ENTRIES_MAX 1000000  /* new files in one push */
#define DEPTH_MAX 5          /* directories above a file: subjects/sha256/12/34/<rest> */

/* ---------------------------------------------------------------- what is new */

struct item {
	struct stella_sha256 id;    /* of the attestation that it is, or stands for */
	char *path;                 /* of an entry of the index; NULL: the attestation itself */
	struct stella_oid blob;
};

struct items {
	struct item *list;
	size_t count, cap;
};

struct push {
	struct stella_repo *repo;
	struct stella_oid tree;     /* of the new tip */
	struct items attestations, entries;
	struct items expected;      /* paths that the new attestations ask for */
	uint64_t read;              /* attestations */
};

static void items_free(struct items *items)
{
	for (size_t i = 0; i < items->count; i++)
		free(items->list[i].path);
	free(items->list);
}

static const struct stella_error *out_of_place(const char *path)
{
	return stella_error(STELLA_REFUSED, "%s has no place on the attestations branch (stella-attestations(5))", path);
}

static void put_item(struct items *items, const struct stella_sha256 *id, char *path, const struct stella_oid *blob)
{
	STELLA_GROW(items->list, items->count, items->cap);
	items->list[items->count++] = (struct item){ *id, path, *blob };
}

/* A file is where an attestation or an entry of the index can be; the rest is checked when all are known. */
static const struct stella_error *add_file(struct push *push, const char *path, const struct stella_tree_entry *entry)
{
	struct stella_sha256 id;
	const char *name = strrchr(path, '/');
	struct stella_buf own = { 0 };
	bool right;

	if (entry->mode != STELLA_MODE_FILE || !entry->mode_exact || !name)
		return out_of_place(path);
	if (push->attestations.count + push->entries.count >= ENTRIES_MAX)
		return stella_error(STELLA_LIMIT, "more than %d new files at once", ENTRIES_MAX);
	name++;
	if (strncmp(path, "subjects/", 9) == 0) {
		if (!stella_sha256_parse(&id, stella_span_str(name)))
			return out_of_place(path);
		put_item(&push->entries, &id, stella_strdup(path), &entry->id);
		return NULL;
	}
	right = strncmp(path, "attestations/", 13) == 0 && strlen(path) > 19 && path[15] == '/' &&
		stella_store_path_id(&id, (const char[]){ path[13], path[14], path[16], path[17] }, stella_span_str(name));
	if (right)
		stella_store_path_put(&own, &id);
	right = right && strcmp((char *)own.data, path) == 0;
	stella_buf_free(&own);
	if (!right)
		return out_of_place(path);
	put_item(&push->attestations, &id, NULL, &entry->id);
	return NULL;
}

static const struct stella_error *read_attestation(struct stella_buf *out, bool *right, struct push *push, const struct item *item)
{
	const struct stella_error *err = stella_repo_read(out, push->repo, &item->blob, STELLA_OBJECT_BLOB, STELLA_BUNDLE_MAX);
	struct stella_sha256 now;

	if (err)
		return err;
	now = stella_sha256(stella_buf_span(out));
	*right = stella_sha256_equal(&now, &item->id);
	return NULL;
}

/* The bytes of an attestation never change; a file that never held what its name says may be mended. */
static const struct stella_error *alter_file(struct push *push, const char *path, const struct stella_tree_entry *old,
	const struct stella_tree_entry *entry)
{
	const struct stella_error *err;
	struct stella_buf bytes = { 0 };
	struct item before;
	bool right = true;

	if (strncmp(path, "attestations/", 13) != 0)
		return stella_error(STELLA_REFUSED, "%s is altered; the attestations branch only grows", path);
	err = add_file(push, path, entry);
	if (err)
		return err;
	before = push->attestations.list[push->attestations.count - 1];
	before.blob = old->id;
	err = read_attestation(&bytes, &right, push, &before);
	stella_buf_free(&bytes);
	if (stella_error_is(err, STELLA_LIMIT) || stella_error_is(err, STELLA_MALFORMED))
		return NULL; /* it was no attestation */
	if (!err && right)
		err = stella_error(STELLA_REFUSED, "%s is altered; the attestations branch only grows", path);
	return err;
}

/* ---------------------------------------------------------------- the difference of two trees */

struct side {
	struct stella_buf raw;
	struct stella_cursor at;
	struct stella_tree_entry entry;
	bool has;
};

static const struct stella_error *next(struct side *side, const char *path)
{
	struct stella_tree_entry before = side->entry;
	bool had = side->has, bad = false;

	side->has = stella_tree_next(&side->entry, &side->at, &bad);
	if (bad || (had && side->has && stella_tree_compare(&before, &side->entry) >= 0))
		return stella_error(STELLA_REFUSED, "%s: a directory that is out of order or damaged", *path ? path : "the top");
	return NULL;
}

static const struct stella_error *open_side(struct side *side, struct stella_repo *repo, const struct stella_oid *tree,
	const char *path)
{
	const struct stella_error *err;

	if (!tree)
		return NULL;
	err = stella_repo_read(&side->raw, repo, tree, STELLA_OBJECT_TREE, STELLA_TREE_RAW_MAX);
	if (err)
		return err;
	side->at = stella_cursor(stella_buf_span(&side->raw));
	return next(side, path);
}

static const struct stella_error *compare_dirs(struct push *push, struct stella_buf *path, const struct stella_oid *old,
	const struct stella_oid *new_tree, unsigned depth);

static const struct stella_error *compare_entry(struct push *push, struct stella_buf *path, const struct stella_tree_entry *old,
	const struct stella_tree_entry *entry, unsigned depth)
{
	const struct stella_error *err = NULL;
	const struct stella_tree_entry *any = entry ? entry : old;
	size_t before = path->size;

	if (old && entry && old->mode == entry->mode && stella_oid_equal(&old->id, &entry->id))
		return NULL;
	if (stella_span_has_nul(any->name) || any->name.size > 200)
		return out_of_place((char *)path->data);
	stella_buf_printf(path, "%s%.*s", before ? "/" : "", (int)any->name.size, (const char *)any->name.data);
	if (!entry)
		err = stella_error(STELLA_REFUSED, "%s is removed; the attestations branch only grows", (char *)path->data);
	else if (entry->mode == STELLA_MODE_DIR && depth < DEPTH_MAX && entry->mode_exact)
		err = compare_dirs(push, path, old ? &old->id : NULL, &entry->id, depth + 1);
	else if (old)
		err = alter_file(push, (char *)path->data, old, entry);
	else
		err = add_file(push, (char *)path->data, entry);
	path->size = before;
	path->data[before] = 0;
	return err;
}

static const struct stella_error *compare_dirs(struct push *push, struct stella_buf *path, const struct stella_oid *old,
	const struct stella_oid *new_tree, unsigned depth)
{
	struct side from = { 0 }, to = { 0 };
	const struct stella_error *err;

	err = open_side(&from, push->repo, old, (char *)path->data);
	if (!err)
		err = open_side(&to, push->repo, new_tree, (char *)path->data);
	if (!err && !to.has && depth)
		err = stella_error(STELLA_REFUSED, "%s is an empty directory", (char *)path->data);
	while (!err && (from.has || to.has)) {
		int order = !from.has ? 1 : !to.has ? -1 : stella_tree_compare(&from.entry, &to.entry);

		err = compare_entry(push, path, order <= 0 ? &from.entry : NULL, order >= 0 ? &to.entry : NULL, depth);
		if (!err && order <= 0)
			err = next(&from, (char *)path->data);
		if (!err && order >= 0)
			err = next(&to, (char *)path->data);
	}
	stella_buf_free(&from.raw);
	stella_buf_free(&to.raw);
	return err;
}

/* ---------------------------------------------------------------- is it what it should be */

static void expect_entries(struct items *out, const struct stella_evidence *evidence)
{
	static const struct stella_oid none;
	char hex[STELLA_SHA256_HEX];

	stella_sha256_hex(hex, &evidence->id);
	for (size_t i = 0; i < evidence->statement->subject_count; i++) {
		const struct stella_subject *subject = &evidence->statement->subjects[i];

		for (size_t k = 0; k < subject->digest_count; k++) {
			struct stella_buf path = { 0 };

			if (!stella_store_path_put_subject(&path, &subject->digests[k]))
				continue;
			stella_buf_printf(&path, "/%s", hex);
			put_item(out, &evidence->id, stella_buf_take_str(&path), &none);
		}
	}
}

static const struct stella_error *check_attestation(struct items *expected, struct push *push, const struct item *item)
{
	struct stella_evidence *evidence = NULL;
	struct stella_buf bytes = { 0 };
	const struct stella_error *err;
	char hex[STELLA_SHA256_HEX];
	bool right = false;

	if (stella_progress)
		stella_progress("reading attestations", ++push->read);
	stella_sha256_hex(hex, &item->id);
	err = read_attestation(&bytes, &right, push, item);
	if (!err && !right)
		err = stella_error(STELLA_REFUSED, "its file holds other bytes than its name says");
	if (!err)
		err = stella_evidence_parse(&evidence, &bytes);
	if (!err)
		expect_entries(expected, evidence);
	stella_evidence_free(evidence);
	stella_buf_free(&bytes);
	return err ? stella_error_prefix(err, "attestation %s", hex) : NULL;
}

static int compare_paths(const void *a, const void *b)
{
	return strcmp(((const struct item *)a)->path, ((const struct item *)b)->path);
}

static int compare_ids(const void *a, const void *b)
{
	return memcmp(&((const struct item *)a)->id, &((const struct item *)b)->id, sizeof(struct stella_sha256));
}

static bool has_path(const struct items *items, const struct item *item)
{
	return items->count && bsearch(item, items->list, items->count, sizeof *item, compare_paths);
}

static void sort(struct items *items, int (*compare)(const void *, const void *))
{
	if (items->count)
		qsort(items->list, items->count, sizeof *items->list, compare);
}

static const struct stella_error *check_expected(struct push *push)
{
	struct stella_tree_entry entry;
	const struct stella_error *err = NULL;

	for (size_t i = 0; i < push->expected.count && !err; i++) {
		const struct item *item = &push->expected.list[i];

		if (has_path(&push->entries, item))
			continue;
		err = stella_repo_find_path(&entry, push->repo, &push->tree, item->path);
		if (stella_error_is(err, STELLA_NOT_FOUND))
			err = stella_error(STELLA_REFUSED, "%s is missing: an attestation is added with its index (stella attest "
				"import)", item->path);
	}
	return err;
}

/* An entry for an attestation that was there before. */
static const struct stella_error *find_old(struct item *out, struct push *push, const struct stella_sha256 *id)
{
	struct stella_tree_entry entry;
	struct stella_buf path = { 0 };
	const struct stella_error *err;

	stella_store_path_put(&path, id);
	err = stella_repo_find_path(&entry, push->repo, &push->tree, (char *)path.data);
	stella_buf_free(&path);
	*out = (struct item){ *id, NULL, entry.id };
	return err;
}

/* Ordered by attestation, so that each is read once, however many entries it has. */
static const struct stella_error *check_entries(struct push *push)
{
	static const char empty_blob[] = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391";
	struct items named = { 0 };
	const struct stella_error *err = NULL;
	struct stella_oid empty;
	struct item item;

	stella_oid_parse(&empty, stella_span_str(empty_blob));
	sort(&push->entries, compare_ids);
	for (size_t i = 0; i < push->entries.count && !err; i++) {
		const struct item *entry = &push->entries.list[i];

		if (!i || compare_ids(entry, entry - 1)) {
			items_free(&named);
			named = (struct items){ 0 };
			err = find_old(&item, push, &entry->id);
			if (stella_error_is(err, STELLA_NOT_FOUND))
				err = stella_error(STELLA_REFUSED, "%s: no such attestation on the branch", entry->path);
			if (!err)
				err = check_attestation(&named, push, &item);
			sort(&named, compare_paths);
		}
		if (!err && !stella_oid_equal(&entry->blob, &empty))
			err = stella_error(STELLA_REFUSED, "%s is not empty", entry->path);
		if (!err && !has_path(&named, entry))
			err = stella_error(STELLA_REFUSED, "%s: the attestation is not about this subject", entry->path);
	}
	items_free(&named);
	return err;
}

const struct stella_error *stella_store_push_verify(struct stella_store_push *out, struct stella_repo *repo,
	const struct stella_oid *old, const struct stella_oid *new_tip)
{
	struct push push = { .repo = repo };
	struct stella_buf path = { 0 };
	const struct stella_error *err = NULL;
	struct stella_oid old_tree;
	bool grows = true;

	*out = (struct stella_store_push){ 0 };
	stella_buf_put_str(&path, "");
	if (old)
		err = stella_repo_walk_descends(&grows, repo, new_tip, old, COMMITS_MAX);
	if (!err && !grows)
		err = stella_error(STELLA_REFUSED, "not a fast-forward: commits of the attestations branch would be lost; fetch "
			"and merge it first");
	if (!err && old)
		err = stella_repo_walk_tree(&old_tree, repo, old);
	if (!err)
		err = stella_repo_walk_tree(&push.tree, repo, new_tip);
	if (!err)
		err = compare_dirs(&push, &path, old ? &old_tree : NULL, &push.tree, 0);
	for (size_t i = 0; i < push.attestations.count && !err; i++)
		err = check_attestation(&push.expected, &push, &push.attestations.list[i]);
	sort(&push.entries, compare_paths);
	if (!err)
		err = check_expected(&push);
	if (!err)
		err = check_entries(&push);
	out->attestations = push.attestations.count;
	out->entries = push.entries.count;
	items_free(&push.attestations);
	items_free(&push.entries);
	items_free(&push.expected);
	stella_buf_free(&path);
	return err;
}
