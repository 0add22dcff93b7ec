/* SPDX-License-Identifier: Apache-2.0 */
#include "shelf.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pool.h"

#define ENDING ".json"

struct kind {
	struct stella_idmap known;   /* by id of their path */
	const struct stella_shelved **all; size_t count, cap;
	bool complete;               /* all holds all */
};

struct stella_shelf {
	struct stella_trust *trust;
	pthread_mutex_t mutex;
	struct stella_pool pool;
	struct stella_shelved **entries; size_t count, cap; /* of every kind */
	struct kind kinds[STELLA_SHELF_COUNT];
};

/* ---------------------------------------------------------------- what differs by kind */

static const char *const folders[STELLA_SHELF_COUNT] = { "anchors/", "issuers/", "keys/", "sigstore/" };

static bool is_name(enum stella_shelf_kind kind, struct stella_span name)
{
	struct stella_sha256 digest;

	return kind == STELLA_SHELF_KEY ? stella_sha256_parse(&digest, name) : stella_id_valid(name);
}

static const struct stella_error *load(const void **out, struct stella_trust *trust, enum stella_shelf_kind kind,
	const char *name)
{
	struct stella_sigstore_root *root = NULL;
	struct stella_anchor *anchor = NULL;
	struct stella_issuer *issuer = NULL;
	struct stella_key *key = NULL;
	const struct stella_error *err = NULL;

	switch (kind) {
	case STELLA_SHELF_ANCHOR:
		err = stella_anchor_load(&anchor, trust, name);
		*out = anchor;
		break;
	case STELLA_SHELF_ISSUER:
		err = stella_issuer_load(&issuer, trust, name);
		*out = issuer;
		break;
	case STELLA_SHELF_KEY:
		err = stella_key_load(&key, trust, name);
		*out = key;
		break;
	default:
		err = stella_sigstore_root_load(&root, trust, name);
		*out = root;
	}
	return err;
}

static void unload(enum stella_shelf_kind kind, const void *record)
{
	void *owned = (void *)(uintptr_t)record;

	switch (kind) {
	case STELLA_SHELF_ANCHOR:
		stella_anchor_free(owned);
		break;
	case STELLA_SHELF_ISSUER:
		stella_issuer_free(owned);
		break;
	case STELLA_SHELF_KEY:
		stella_key_free(owned);
		break;
	default:
		stella_sigstore_root_free(owned);
	}
}

/* ---------------------------------------------------------------- the shelf */

struct stella_shelf *stella_shelf_new(struct stella_trust *trust)
{
	struct stella_shelf *shelf = stella_alloc(sizeof *shelf);

	shelf->trust = trust;
	pthread_mutex_init(&shelf->mutex, NULL);
	for (unsigned i = 0; i < STELLA_SHELF_COUNT; i++)
		shelf->kinds[i].known.id_size = sizeof(struct stella_sha256);
	return shelf;
}

static void free_kind(struct kind *kind)
{
	free(kind->all);
	stella_idmap_free(&kind->known);
}

void stella_shelf_free(struct stella_shelf *shelf)
{
	if (!shelf)
		return;
	for (size_t i = 0; i < shelf->count; i++) {
		struct stella_shelved *entry = shelf->entries[i];

		unload(entry->kind, entry->record.any);
		free(entry->path);
		free(entry->name);
	}
	free(shelf->entries);
	for (unsigned i = 0; i < STELLA_SHELF_COUNT; i++)
		free_kind(&shelf->kinds[i]);
	stella_pool_free(&shelf->pool);
	pthread_mutex_destroy(&shelf->mutex);
	free(shelf);
}

struct stella_trust *stella_shelf_trust(const struct stella_shelf *shelf)
{
	return shelf->trust;
}

/* Takes path over.  What is not there, or could not be read, is not put on the shelf. */
static const struct stella_error *put(const struct stella_shelved **out, struct stella_shelf *shelf,
	enum stella_shelf_kind kind, const struct stella_sha256 *id, const char *name, char *path)
{
	const void *record = NULL;
	const struct stella_error *err = load(&record, shelf->trust, kind, name);
	struct stella_error *why = NULL;
	struct stella_shelved *entry;

	if (err && !stella_record_is_at_fault(err)) {
		free(path);
		return stella_error_is(err, STELLA_NOT_FOUND) ? NULL : err;
	}
	if (err) {
		why = stella_pool_alloc(&shelf->pool, sizeof *why);
		*why = *err;
	}
	entry = stella_pool_alloc(&shelf->pool, sizeof *entry);
	*entry = (struct stella_shelved){ .id = *id, .kind = kind, .path = path, .name = stella_strdup(name),
		.record.any = record, .why = why };
	STELLA_GROW(shelf->entries, shelf->count, shelf->cap);
	shelf->entries[shelf->count++] = entry;
	stella_idmap_add(&shelf->kinds[kind].known, entry);
	*out = entry;
	return NULL;
}

static const struct stella_error *find(const struct stella_shelved **out, struct stella_shelf *shelf,
	enum stella_shelf_kind kind, const char *name)
{
	struct stella_buf path = { 0 };
	struct stella_sha256 id;

	*out = NULL;
	if (!is_name(kind, stella_span_str(name)))
		return NULL;
	stella_buf_printf(&path, "%s%s" ENDING, folders[kind], name);
	id = stella_sha256(stella_buf_span(&path));
	*out = stella_idmap_find(&shelf->kinds[kind].known, &id);
	if (!*out)
		return put(out, shelf, kind, &id, name, stella_buf_take_str(&path));
	stella_buf_free(&path);
	return NULL;
}

struct names {
	enum stella_shelf_kind kind;
	struct stella_buf text;      /* NUL after each */
};

static bool collect(void *context, const char *path)
{
	struct names *names = context;
	struct stella_span name = stella_span_str(path + strlen(folders[names->kind]));

	if (name.size <= sizeof ENDING - 1 || strcmp((const char *)name.data + name.size - (sizeof ENDING - 1), ENDING) != 0)
		return true;
	name.size -= sizeof ENDING - 1;
	if (is_name(names->kind, name)) {
		stella_buf_put_span(&names->text, name);
		stella_buf_put_u8(&names->text, 0);
	}
	return true;
}

static const struct stella_error *fill(struct stella_shelf *shelf, enum stella_shelf_kind which)
{
	struct kind *kind = &shelf->kinds[which];
	struct names names = { .kind = which };
	const struct stella_shelved *entry;
	const struct stella_error *err = stella_trust_each(shelf->trust, folders[which], collect, &names);

	kind->count = 0; /* of a try that failed */
	for (size_t at = 0; !err && at < names.text.size; at += strlen((char *)names.text.data + at) + 1) {
		err = find(&entry, shelf, which, (char *)names.text.data + at);
		if (err || !entry)
			continue;
		STELLA_GROW(kind->all, kind->count, kind->cap);
		kind->all[kind->count++] = entry;
	}
	kind->complete = !err;
	stella_buf_free(&names.text);
	return err;
}

const struct stella_error *stella_shelf_find(const struct stella_shelved **out, struct stella_shelf *shelf,
	enum stella_shelf_kind kind, const char *name)
{
	const struct stella_error *err;

	pthread_mutex_lock(&shelf->mutex);
	err = find(out, shelf, kind, name);
	pthread_mutex_unlock(&shelf->mutex);
	return err;
}

const struct stella_error *stella_shelf_all(const struct stella_shelved *const **out, size_t *count,
	struct stella_shelf *shelf, enum stella_shelf_kind kind)
{
	const struct stella_error *err;

	pthread_mutex_lock(&shelf->mutex);
	err = shelf->kinds[kind].complete ? NULL : fill(shelf, kind);
	*out = err ? NULL : shelf->kinds[kind].all;
	*count = err ? 0 : shelf->kinds[kind].count;
	pthread_mutex_unlock(&shelf->mutex);
	return err;
}
