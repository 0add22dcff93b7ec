/* SPDX-License-Identifier: Apache-2.0 */
#include "store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "commit.h"
#include "store_path.h"
#include "sys.h"

#define ID_HEX 64
#define PREFIX_MIN 7
#define NAMED_MAX 4      /* ids that an ambiguous prefix is answered with */
#define TRIES 100
#define TURN_SECONDS 10

struct stella_store {
	struct stella_repo *repo; /* borrowed */
	char *ref;
	bool exists;
	struct stella_oid tip, tree; /* where it exists */
};

/* ---------------------------------------------------------------- open */

static const struct stella_error *load_tip(struct stella_store *store)
{
	const struct stella_error *err = NULL;
	struct stella_commit_links links;
	struct stella_buf raw = { 0 };

	store->exists = false;
	err = stella_repo_resolve(&store->tip, store->repo, store->ref);
	if (stella_error_is(err, STELLA_NOT_FOUND))
		return NULL;
	if (!err)
		err = stella_repo_read(&raw, store->repo, &store->tip, STELLA_OBJECT_COMMIT, STELLA_COMMIT_MAX);
	if (!err)
		err = stella_commit_links_parse(&links, stella_buf_span(&raw));
	stella_buf_free(&raw);
	if (err)
		return stella_error_prefix(err, "%s", store->ref);
	store->tree = links.tree;
	store->exists = true;
	return NULL;
}

const struct stella_error *stella_store_open(struct stella_store **out, struct stella_repo *repo, const char *ref)
{
	struct stella_store *store = stella_alloc(sizeof *store);
	const struct stella_error *err = NULL;

	*out = NULL;
	store->repo = repo;
	if (ref)
		store->ref = stella_strdup(ref);
	else
		err = stella_repo_config(&store->ref, NULL, repo, "stella.attestationsRef");
	if (!err && !store->ref)
		store->ref = stella_strdup(STELLA_STORE_REF);
	if (!err)
		err = load_tip(store);
	if (!err) {
		*out = store;
		store = NULL;
	}
	stella_store_free(store);
	return err;
}

void stella_store_free(struct stella_store *store)
{
	if (!store)
		return;
	free(store->ref);
	free(store);
}

const char *stella_store_ref(const struct stella_store *store)
{
	return store->ref;
}

bool stella_store_exists(const struct stella_store *store)
{
	return store->exists;
}

struct stella_repo *stella_store_repo(const struct stella_store *store)
{
	return store->repo;
}

const struct stella_oid *stella_store_tip(const struct stella_store *store)
{
	return store->exists ? &store->tip : NULL;
}

/* ---------------------------------------------------------------- paths */

/* The entries of a directory; none where there is no such directory. */
static const struct stella_error *read_dir(struct stella_buf *out, struct stella_store *store, const char *path)
{
	const struct stella_error *err = NULL;
	struct stella_tree_entry entry;

	*out = (struct stella_buf){ 0 };
	if (!store->exists)
		return NULL;
	err = stella_repo_find_path(&entry, store->repo, &store->tree, path);
	if (stella_error_is(err, STELLA_NOT_FOUND) || (!err && entry.mode != STELLA_MODE_DIR))
		return NULL;
	return err ? err : stella_repo_read(out, store->repo, &entry.id, STELLA_OBJECT_TREE, STELLA_TREE_RAW_MAX);
}

/* ---------------------------------------------------------------- reading */

static const struct stella_error *find_entry(struct stella_tree_entry *out, bool *found, struct stella_store *store,
	const struct stella_sha256 *id)
{
	const struct stella_error *err = NULL;
	struct stella_buf path = { 0 };

	*found = false;
	if (!store->exists)
		return NULL;
	stella_store_path_put(&path, id);
	err = stella_repo_find_path(out, store->repo, &store->tree, (char *)path.data);
	stella_buf_free(&path);
	if (stella_error_is(err, STELLA_NOT_FOUND))
		return NULL;
	*found = !err;
	return err;
}

static const struct stella_error *not_found(struct stella_store *store, const char *what)
{
	return stella_error(STELLA_NOT_FOUND, "attestation %s: not on %s%s", what, store->ref,
		store->exists ? "" : ", which does not exist here");
}

/* Two levels of directories narrow a prefix down to a few files. */
static const struct stella_error *find_prefix(struct stella_sha256 *out, struct stella_store *store, const char *prefix)
{
	const struct stella_error *err = NULL;
	struct stella_buf raw = { 0 }, names = { 0 };
	struct stella_tree_entry entry;
	struct stella_cursor c;
	struct stella_sha256 id;
	char path[32], hex[STELLA_SHA256_HEX];
	size_t count = 0;
	bool bad = false;

	snprintf(path, sizeof path, "attestations/%.2s/%.2s", prefix, prefix + 2);
	err = read_dir(&raw, store, path);
	if (err)
		return err;
	c = stella_cursor(stella_buf_span(&raw));
	while (stella_tree_next(&entry, &c, &bad)) {
		if (!stella_store_path_id(&id, prefix, entry.name))
			continue;
		stella_sha256_hex(hex, &id);
		if (strncmp(hex, prefix, strlen(prefix)) != 0)
			continue;
		*out = id;
		if (count++ < NAMED_MAX)
			stella_buf_printf(&names, "%s%.16s", count > 1 ? ", " : "", hex);
	}
	if (count > 1)
		err = stella_error(STELLA_USAGE, "attestation %s: %zu begin so: %s%s", prefix, count, (char *)names.data,
			count > NAMED_MAX ? ", ..." : "");
	else if (count == 0)
		err = not_found(store, prefix);
	stella_buf_free(&raw);
	stella_buf_free(&names);
	return err;
}

const struct stella_error *stella_store_find(struct stella_sha256 *out, struct stella_store *store, const char *prefix)
{
	const struct stella_error *err = NULL;
	size_t size = strlen(prefix);
	struct stella_tree_entry entry;
	bool found;

	if (size < PREFIX_MIN || size > ID_HEX || strspn(prefix, "0123456789abcdef") != size)
		return stella_error(STELLA_NOT_FOUND, "\"%s\" is not an attestation id: %d lower-case hex digits, or the first %d "
			"or more of them", prefix, ID_HEX, PREFIX_MIN);
	if (size < ID_HEX)
		return find_prefix(out, store, prefix);
	stella_sha256_parse(out, stella_span(prefix, size));
	err = find_entry(&entry, &found, store, out);
	return err || found ? err : not_found(store, prefix);
}

const struct stella_error *stella_store_load(struct stella_buf *out, struct stella_store *store, const struct stella_sha256 *id)
{
	const struct stella_error *err = NULL;
	struct stella_tree_entry entry;
	struct stella_sha256 now;
	char hex[STELLA_SHA256_HEX];
	bool found;

	*out = (struct stella_buf){ 0 };
	stella_sha256_hex(hex, id);
	err = find_entry(&entry, &found, store, id);
	if (!err && !found)
		return not_found(store, hex);
	if (!err)
		err = stella_repo_read(out, store->repo, &entry.id, STELLA_OBJECT_BLOB, STELLA_BUNDLE_MAX);
	if (err)
		return stella_error_prefix(err, "attestation %s", hex);
	now = stella_sha256(stella_buf_span(out));
	if (stella_sha256_equal(&now, id))
		return NULL;
	stella_buf_free(out);
	return stella_error(STELLA_INCOMPLETE, "attestation %s: its file on %s holds something else; add it again", hex, store->ref);
}

const struct stella_error *stella_store_each_of(struct stella_store *store, const struct stella_digest *subject,
	bool (*each)(void *context, const struct stella_sha256 *id), void *context)
{
	const struct stella_error *err = NULL;
	struct stella_buf path = { 0 }, raw = { 0 };
	struct stella_tree_entry entry;
	struct stella_sha256 id;
	struct stella_cursor c;
	bool bad = false, on = true;

	if (stella_store_path_put_subject(&path, subject))
		err = read_dir(&raw, store, (char *)path.data);
	c = stella_cursor(stella_buf_span(&raw));
	while (!err && on && stella_tree_next(&entry, &c, &bad))
		if (stella_sha256_parse(&id, entry.name)) /* what else lies there is no index of ours */
			on = each(context, &id);
	if (bad)
		err = stella_error(STELLA_INCOMPLETE, "%s: %s is not a directory", store->ref, (char *)path.data);
	stella_buf_free(&path);
	stella_buf_free(&raw);
	return err;
}

/* ---------------------------------------------------------------- reading all */

struct walk {
	struct stella_store *store;
	bool (*each)(void *context, const struct stella_sha256 *id);
	void *context;
	bool on;
};

/* depth 0: attestations, 1: ab, 2: cd; first collects the four digits. */
static const struct stella_error *walk_dir(struct walk *walk, const struct stella_oid *tree, unsigned depth, char first[4])
{
	const struct stella_error *err = NULL;
	struct stella_buf raw = { 0 };
	struct stella_tree_entry entry;
	struct stella_sha256 id;
	struct stella_cursor c;
	bool bad = false;

	err = stella_repo_read(&raw, walk->store->repo, tree, STELLA_OBJECT_TREE, STELLA_TREE_RAW_MAX);
	c = stella_cursor(stella_buf_span(&raw));
	while (!err && walk->on && stella_tree_next(&entry, &c, &bad)) {
		if (depth == 2) {
			if (stella_store_path_id(&id, first, entry.name))
				walk->on = walk->each(walk->context, &id);
		} else if (entry.mode == STELLA_MODE_DIR && entry.name.size == 2) {
			memcpy(first + 2 * depth, entry.name.data, 2);
			err = walk_dir(walk, &entry.id, depth + 1, first);
		}
	}
	if (bad)
		err = stella_error(STELLA_INCOMPLETE, "%s: a directory is damaged", walk->store->ref);
	stella_buf_free(&raw);
	return err;
}

const struct stella_error *stella_store_each(struct stella_store *store,
	bool (*each)(void *context, const struct stella_sha256 *id), void *context)
{
	struct walk walk = { store, each, context, true };
	const struct stella_error *err = NULL;
	struct stella_tree_entry entry;
	char first[4];

	if (!store->exists)
		return NULL;
	err = stella_repo_find_path(&entry, store->repo, &store->tree, "attestations");
	if (stella_error_is(err, STELLA_NOT_FOUND) || (!err && entry.mode != STELLA_MODE_DIR))
		return NULL;
	return err ? err : walk_dir(&walk, &entry.id, 0, first);
}

/* ---------------------------------------------------------------- adding */

struct plan {
	struct stella_change *changes; /* the paths are owned */
	size_t count, cap;
	size_t added;
};

static void plan_free(struct plan *plan)
{
	for (size_t i = 0; i < plan->count; i++)
		free((char *)(uintptr_t)plan->changes[i].path);
	free(plan->changes);
	*plan = (struct plan){ 0 };
}

static void plan_put(struct plan *plan, struct stella_buf *path, struct stella_span content)
{
	STELLA_GROW(plan->changes, plan->count, plan->cap);
	plan->changes[plan->count++] = (struct stella_change){ stella_buf_take_str(path), content };
}

static void plan_item(struct plan *plan, const struct stella_evidence *item)
{
	struct stella_buf path = { 0 };
	char hex[STELLA_SHA256_HEX];

	stella_sha256_hex(hex, &item->id);
	stella_store_path_put(&path, &item->id);
	plan_put(plan, &path, stella_buf_span(&item->bytes));
	for (size_t i = 0; i < item->statement->subject_count; i++) {
		const struct stella_subject *subject = &item->statement->subjects[i];

		for (size_t k = 0; k < subject->digest_count; k++) {
			if (!stella_store_path_put_subject(&path, &subject->digests[k]))
				continue;
			stella_buf_printf(&path, "/%s", hex);
			plan_put(plan, &path, stella_span("", 0));
		}
	}
	plan->added++;
}

static int compare_paths(const void *a, const void *b)
{
	return strcmp(((const struct stella_change *)a)->path, ((const struct stella_change *)b)->path);
}

/* The same item twice, or two subjects with one digest, give the same path twice. */
static void plan_unique(struct plan *plan)
{
	size_t kept = 0;

	if (plan->count)
		qsort(plan->changes, plan->count, sizeof *plan->changes, compare_paths);
	for (size_t i = 0; i < plan->count; i++) {
		if (kept && strcmp(plan->changes[kept - 1].path, plan->changes[i].path) == 0)
			free((char *)(uintptr_t)plan->changes[i].path);
		else
			plan->changes[kept++] = plan->changes[i];
	}
	plan->count = kept;
}

static int compare_items(const void *a, const void *b)
{
	return memcmp(&(*(struct stella_evidence *const *)a)->id, &(*(struct stella_evidence *const *)b)->id,
		sizeof(struct stella_sha256));
}

/* What is there already stays out, unless its file holds something else than its name says. */
static const struct stella_error *make_plan(struct plan *plan, struct stella_store *store,
	struct stella_evidence *const *items, size_t count)
{
	struct stella_evidence **sorted = stella_alloc_array(count, sizeof *sorted);
	const struct stella_error *err = NULL;
	struct stella_tree_entry entry;
	struct stella_oid blob;
	bool found;

	for (size_t i = 0; i < count; i++)
		sorted[i] = items[i];
	if (count)
		qsort(sorted, count, sizeof *sorted, compare_items);
	for (size_t i = 0; i < count && !err; i++) {
		if (i && stella_sha256_equal(&sorted[i]->id, &sorted[i - 1]->id))
			continue;
		err = find_entry(&entry, &found, store, &sorted[i]->id);
		if (!err && found)
			err = stella_refs_write(&blob, store->repo, STELLA_OBJECT_BLOB, stella_buf_span(&sorted[i]->bytes));
		if (!err && !(found && stella_oid_equal(&blob, &entry.id)))
			plan_item(plan, sorted[i]);
	}
	plan_unique(plan);
	free(sorted);
	return err;
}

static const struct stella_error *write_commit(struct stella_oid *out, struct stella_store *store, const struct plan *plan,
	const struct stella_store_maker *maker)
{
	struct stella_commit_links links = { 0 };
	struct stella_buf raw = { 0 };
	const struct stella_error *err = NULL;

	if (plan->count)
		err = stella_refs_write_tree(&links.tree, store->repo, store->exists ? &store->tree : NULL, plan->changes,
			plan->count);
	else
		links.tree = store->tree;
	if (err)
		return err;
	if (store->exists)
		links.parents[links.parent_count++] = store->tip;
	err = maker->make(maker->context, &raw, &links);
	if (!err)
		err = stella_refs_write(out, store->repo, STELLA_OBJECT_COMMIT, stella_buf_span(&raw));
	stella_buf_free(&raw);
	return err;
}

static const struct stella_error *try_add(struct stella_store *store, struct stella_evidence *const *items, size_t count,
	const struct stella_store_maker *maker, bool always, size_t *added)
{
	const struct stella_error *err = NULL;
	struct stella_ref_change change = { .ref = store->ref, .message = maker->message };
	struct plan plan = { 0 };
	struct stella_oid id;
	bool writes = false;

	change.new_id = &id;
	err = load_tip(store);
	if (!err)
		err = stella_refs_batch_start(store->repo);
	if (err)
		return err;
	err = make_plan(&plan, store, items, count);
	writes = plan.count || (always && store->exists);
	if (!err && writes)
		err = write_commit(&id, store, &plan, maker);
	if (!err && writes)
		err = stella_refs_batch_commit(store->repo);
	stella_refs_batch_abort(store->repo);
	change.old = store->exists ? &store->tip : NULL;
	if (!err && writes)
		err = stella_refs_publish(store->repo, &change, store->exists ? &store->tree : NULL, plan.changes, plan.count);
	if (!err)
		*added = plan.added;
	plan_free(&plan);
	return err;
}

/*
 * Writers of ours take turns, so that none works in vain; whoever waited too long, and git, are
 * kept apart by the compare-and-swap alone.
 */
static const struct stella_error *add(struct stella_store *store, struct stella_evidence *const *items, size_t count,
	const struct stella_store_maker *maker, bool always, size_t *added)
{
	const struct stella_error *err = NULL;
	struct stella_lock *turn = NULL;
	struct stella_buf path = { 0 };

	*added = 0;
	stella_buf_printf(&path, "%s/stella-store.lock", stella_repo_gitdir(store->repo));
	if (stella_sys_lock(&turn, (char *)path.data, TURN_SECONDS))
		turn = NULL;
	for (unsigned tries = 0; tries < TRIES; tries++) {
		struct timespec pause = { 0, 1000000L * (1 + (getpid() * 7 + (long)tries * 13) % 50) };

		err = try_add(store, items, count, maker, always, added);
		if (!stella_error_is(err, STELLA_CONFLICT))
			break;
		nanosleep(&pause, NULL);
	}
	stella_sys_unlock(turn);
	stella_buf_free(&path);
	return err ? err : load_tip(store);
}

static const struct stella_error *make_plain(void *context, struct stella_buf *raw, const struct stella_commit_links *links)
{
	const struct stella_store_commit *commit = context;
	struct stella_buf who = { 0 };

	stella_buf_printf(&who, "%s %lld +0000", commit->who, (long long)commit->time);
	stella_commit_print(raw, links, stella_buf_span(&who), stella_span_str(commit->message), NULL, NULL);
	stella_buf_free(&who);
	return NULL;
}

const struct stella_error *stella_store_add(struct stella_store *store, struct stella_evidence *const *items, size_t count,
	const struct stella_store_commit *commit, size_t *added)
{
	struct stella_store_maker maker = { make_plain, (void *)(uintptr_t)commit, commit->message };

	return add(store, items, count, &maker, false, added);
}

const struct stella_error *stella_store_add_made(struct stella_store *store, struct stella_evidence *const *items,
	size_t count, const struct stella_store_maker *maker, size_t *added)
{
	return add(store, items, count, maker, true, added);
}
