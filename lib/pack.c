/* SPDX-License-Identifier: Apache-2.0 */
#include "pack.h"

#include <stdlib.h>
#include <string.h>

#include "fields.h"
#include "refs.h"

#define VERSION 1
#define BATCH_BYTES (64u << 20) /* held in memory before it is written */

/* ---------------------------------------------------------------- pack.json */

void stella_pack_free(struct stella_pack *pack)
{
	if (!pack)
		return;
	for (size_t i = 0; i < pack->artifact_count; i++)
		stella_digest_free(&pack->artifact[i]);
	free(pack->artifact);
	free(pack->predicate_type);
	free(pack->issuer);
	free(pack);
}

static const struct stella_error *need_sha256(struct stella_sha256 *out, const struct stella_json *v, const char *name)
{
	const char *text;
	const struct stella_error *err = stella_json_need_text(&text, v, name);

	if (!err && !stella_sha256_parse(out, stella_span_str(text)))
		err = stella_error(STELLA_MALFORMED, "\"%s\": expected 64 lower-case hex digits", name);
	return err;
}

static const struct stella_error *need_oid(struct stella_oid *out, const struct stella_json *v, const char *name)
{
	const char *text;
	const struct stella_error *err = stella_json_need_text(&text, v, name);

	if (!err && !stella_oid_parse(out, stella_span_str(text)))
		err = stella_error(STELLA_MALFORMED, "\"%s\": expected 40 lower-case hex digits", name);
	return err;
}

static const struct stella_error *want_artifact(struct stella_pack *pack, const struct stella_json *v)
{
	const struct stella_json *list;
	const struct stella_error *err = stella_json_want(&list, v, "artifact", STELLA_JSON_ARRAY);
	size_t count = !err && list ? stella_json_count(list) : 0;

	if (err || !list)
		return err;
	if (!count || count > STELLA_DIGESTS_MAX)
		return stella_error(STELLA_MALFORMED, "\"artifact\": %zu digests, expected 1 to %d", count, STELLA_DIGESTS_MAX);
	pack->artifact = stella_alloc_array(count, sizeof *pack->artifact);
	for (size_t i = 0; i < count; i++) {
		struct stella_digest *digest = &pack->artifact[i];

		if (stella_json_type(stella_json_at(list, i)) != STELLA_JSON_STRING)
			return stella_error(STELLA_MALFORMED, "\"artifact\": entry %zu is no text", i);
		err = stella_digest_parse(digest, stella_json_text(stella_json_at(list, i)));
		if (err)
			return stella_error(STELLA_MALFORMED, "\"artifact\": entry %zu is no digest", i);
		pack->artifact_count++;
		if (!stella_digest_strong(digest))
			return stella_error(STELLA_MALFORMED, "\"artifact\": entry %zu is no strong digest", i);
	}
	return NULL;
}

static const struct stella_error *parse_pack(struct stella_pack *pack, const struct stella_json *doc)
{
	const struct stella_error *err = need_sha256(&pack->attestation, doc, "attestation");

	if (!err)
		err = need_sha256(&pack->state, doc, "state");
	if (!err)
		err = need_oid(&pack->root, doc, "root");
	if (!err)
		err = need_oid(&pack->tip, doc, "tip");
	if (!err)
		err = stella_fields_want_time(&pack->time, doc, "time");
	if (!err && pack->time == STELLA_TIME_NONE)
		err = stella_error(STELLA_MALFORMED, "\"time\": missing");
	if (!err)
		err = stella_fields_want_text(&pack->predicate_type, doc, "predicate_type", STELLA_FIELDS_TEXT_MAX);
	if (!err)
		err = stella_fields_want_text(&pack->issuer, doc, "issuer", STELLA_ID_MAX);
	if (!err && pack->issuer && !stella_id_valid(stella_span_str(pack->issuer)))
		err = stella_error(STELLA_MALFORMED, "\"issuer\": not an id");
	return err ? err : want_artifact(pack, doc);
}

const struct stella_error *stella_pack_parse(struct stella_pack **out, struct stella_span text)
{
	static const char *const names[] = { "version", "attestation", "state", "root", "tip", "time", "predicate_type", "issuer",
		"artifact", NULL };
	struct stella_pack *pack = stella_alloc(sizeof *pack);
	struct stella_json *doc = NULL;
	const struct stella_error *err = stella_fields_open(&doc, text, VERSION, names);

	*out = NULL;
	if (!err)
		err = parse_pack(pack, doc);
	if (!err) {
		*out = pack;
		pack = NULL;
	}
	stella_json_free(doc);
	stella_pack_free(pack);
	return err;
}

static void set_sha256(struct stella_json *doc, const char *name, const struct stella_sha256 *value)
{
	char hex[STELLA_SHA256_HEX];

	stella_sha256_hex(hex, value);
	stella_json_set_text(doc, name, hex);
}

static void set_oid(struct stella_json *doc, const char *name, const struct stella_oid *value)
{
	char hex[STELLA_OID_HEX];

	stella_oid_hex(hex, value);
	stella_json_set_text(doc, name, hex);
}

void stella_pack_print(struct stella_buf *out, const struct stella_pack *pack)
{
	struct stella_json *doc = stella_json_new_object(), *list;

	stella_json_set_int(doc, "version", VERSION);
	set_sha256(doc, "attestation", &pack->attestation);
	set_sha256(doc, "state", &pack->state);
	set_oid(doc, "root", &pack->root);
	set_oid(doc, "tip", &pack->tip);
	stella_fields_set_time(doc, "time", pack->time);
	stella_fields_set_text(doc, "predicate_type", pack->predicate_type);
	stella_fields_set_text(doc, "issuer", pack->issuer);
	list = pack->artifact_count ? stella_json_set(doc, "artifact", stella_json_new_array()) : NULL;
	for (size_t i = 0; i < pack->artifact_count; i++) {
		struct stella_buf text = { 0 };

		stella_buf_printf(&text, "%s:%s", pack->artifact[i].algorithm, pack->artifact[i].hex);
		stella_json_add(list, stella_json_new_text((char *)text.data));
		stella_buf_free(&text);
	}
	stella_json_print(out, doc, STELLA_JSON_RECORD);
	stella_json_free(doc);
}

/* ---------------------------------------------------------------- what was read */

struct object {
	struct stella_oid id;
	enum stella_object type;
};

struct stella_pack_objects {
	struct stella_repo *repo;    /* borrowed */
	bool watching;
	struct object *items; size_t count, cap;
};

static void note(void *context, const struct stella_oid *id, enum stella_object type)
{
	struct stella_pack_objects *objects = context;

	STELLA_GROW(objects->items, objects->count, objects->cap);
	objects->items[objects->count++] = (struct object){ *id, type };
}

struct stella_pack_objects *stella_pack_watch(struct stella_repo *repo)
{
	struct stella_pack_objects *objects = stella_alloc(sizeof *objects);

	objects->repo = repo;
	objects->watching = true;
	stella_repo_watch(repo, note, objects);
	return objects;
}

static int compare(const void *a, const void *b)
{
	return stella_oid_compare(&((const struct object *)a)->id, &((const struct object *)b)->id);
}

void stella_pack_unwatch(struct stella_pack_objects *objects)
{
	size_t kept = 0;

	if (objects->watching)
		stella_repo_watch(objects->repo, NULL, NULL);
	objects->watching = false;
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
	if (objects->watching)
		stella_repo_watch(objects->repo, NULL, NULL);
	free(objects->items);
	free(objects);
}

/* ---------------------------------------------------------------- the repository of the pack */

static const struct stella_error *copy_objects(struct stella_repo *to, const struct stella_pack_objects *objects)
{
	const struct stella_error *err = stella_refs_batch_start(to);
	size_t bytes = 0;

	for (size_t i = 0; i < objects->count && !err; i++) {
		struct stella_buf raw = { 0 };
		struct stella_oid id;

		err = stella_repo_read(&raw, objects->repo, &objects->items[i].id, objects->items[i].type, SIZE_MAX);
		if (!err)
			err = stella_refs_write(&id, to, objects->items[i].type, stella_buf_span(&raw));
		if (!err && !stella_oid_equal(&id, &objects->items[i].id))
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

const struct stella_error *stella_pack_write(const char *path, struct stella_pack_objects *objects, const struct stella_oid *tip)
{
	struct stella_repo *repo = NULL;
	const struct stella_error *err = stella_refs_init(&repo, path, STELLA_PACK_REF + strlen("refs/heads/"), true);

	if (!err)
		err = copy_objects(repo, objects);
	if (!err)
		err = stella_refs_update(repo, STELLA_PACK_REF, NULL, tip, "evidence");
	stella_repo_free(repo);
	return err;
}
