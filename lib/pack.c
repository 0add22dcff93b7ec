/* SPDX-License-Identifier: Apache-2.0 */
#include "pack.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "below.h"
#include "fields.h"

#define VERSION 2

static const char *const questions[] = { "attestation", "artifact" };

/* ---------------------------------------------------------------- pack.json */

void stella_pack_free(struct stella_pack *pack)
{
	if (!pack)
		return;
	for (size_t i = 0; i < pack->artifact_count; i++)
		stella_digest_free(&pack->artifact[i]);
	free(pack->artifact);
	free(pack->attestations);
	free(pack->gate);
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

/* *found false: absent. */
static const struct stella_error *want_oid(struct stella_oid *out, bool *found, const struct stella_json *v, const char *name)
{
	const char *text;
	const struct stella_error *err = stella_json_want_text(&text, v, name);

	*found = !err && text;
	if (*found && !stella_oid_parse(out, stella_span_str(text)))
		err = stella_error(STELLA_MALFORMED, "\"%s\": expected 40 lower-case hex digits", name);
	return err;
}

static const struct stella_error *need_oid(struct stella_oid *out, const struct stella_json *v, const char *name)
{
	bool found;
	const struct stella_error *err = want_oid(out, &found, v, name);

	return !err && !found ? stella_error(STELLA_MALFORMED, "\"%s\": missing", name) : err;
}

/* In the order of their ids, so that none can be there twice. */
static const struct stella_error *need_attestations(struct stella_pack *pack, const struct stella_json *v)
{
	const struct stella_json *list;
	const struct stella_error *err = stella_json_need(&list, v, "attestations", STELLA_JSON_ARRAY);
	size_t count = err ? 0 : stella_json_count(list);

	if (err)
		return err;
	if (count > STELLA_JUDGED_MAX)
		return stella_error(STELLA_LIMIT, "\"attestations\": more than %d", STELLA_JUDGED_MAX);
	pack->attestations = stella_alloc_array(count + 1, sizeof *pack->attestations);
	for (size_t i = 0; i < count; i++) {
		const struct stella_json *id = stella_json_at(list, i);

		if (stella_json_type(id) != STELLA_JSON_STRING ||
		    !stella_sha256_parse(&pack->attestations[i], stella_span_str(stella_json_text(id))))
			return stella_error(STELLA_MALFORMED, "\"attestations\": entry %zu: expected 64 lower-case hex digits", i);
		if (i && stella_sha256_compare(&pack->attestations[i - 1], &pack->attestations[i]) >= 0)
			return stella_error(STELLA_MALFORMED, "\"attestations\": entry %zu is not in order", i);
		pack->attestation_count++;
	}
	return NULL;
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

static const struct stella_error *want_id(char **out, const struct stella_json *doc, const char *name)
{
	const struct stella_error *err = stella_fields_want_text(out, doc, name, STELLA_ID_MAX);

	if (!err && *out && !stella_id_valid(stella_span_str(*out)))
		err = stella_error(STELLA_MALFORMED, "\"%s\": not an id", name);
	return err;
}

/* What was asked. */
static const struct stella_error *parse_question(struct stella_pack *pack, const struct stella_json *doc)
{
	unsigned question = 0;
	const struct stella_error *err = stella_fields_need_word(&question, doc, "question", questions, 2);

	pack->about_artifact = question == 1;
	if (!err)
		err = stella_fields_want_text(&pack->predicate_type, doc, "predicate_type", STELLA_FIELDS_TEXT_MAX);
	if (!err)
		err = want_id(&pack->issuer, doc, "issuer");
	if (!err)
		err = want_id(&pack->gate, doc, "gate");
	if (!err)
		err = want_artifact(pack, doc);
	if (!err && pack->about_artifact && !pack->artifact_count)
		err = stella_error(STELLA_MALFORMED, "\"artifact\": missing");
	if (!err && !pack->about_artifact && pack->gate)
		err = stella_error(STELLA_MALFORMED, "\"gate\": of an attestation");
	return err;
}

static const struct stella_error *parse_pack(struct stella_pack *pack, const struct stella_json *doc)
{
	const struct stella_error *err = parse_question(pack, doc);

	if (!err)
		err = need_attestations(pack, doc);
	if (!err && !pack->about_artifact && pack->attestation_count != 1)
		err = stella_error(STELLA_MALFORMED, "\"attestations\": %zu, expected one", pack->attestation_count);
	if (!err)
		err = need_sha256(&pack->state, doc, "state");
	if (!err)
		err = need_oid(&pack->root, doc, "root");
	if (!err)
		err = need_oid(&pack->tip, doc, "tip");
	if (!err)
		err = want_oid(&pack->recordings, &pack->has_recordings, doc, "recordings");
	if (!err)
		err = stella_fields_want_time(&pack->time, doc, "time");
	if (!err && pack->time == STELLA_TIME_NONE)
		err = stella_error(STELLA_MALFORMED, "\"time\": missing");
	return err;
}

const struct stella_error *stella_pack_parse(struct stella_pack **out, struct stella_span text)
{
	static const char *const names[] = { "version", "question", "attestations", "state", "root", "tip", "recordings", "time",
		"predicate_type", "issuer", "gate", "artifact", NULL };
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
	stella_json_set_text(doc, "question", questions[pack->about_artifact]);
	list = stella_json_set(doc, "attestations", stella_json_new_array());
	for (size_t i = 0; i < pack->attestation_count; i++) {
		char hex[STELLA_SHA256_HEX];

		stella_sha256_hex(hex, &pack->attestations[i]);
		stella_json_add(list, stella_json_new_text(hex));
	}
	set_sha256(doc, "state", &pack->state);
	set_oid(doc, "root", &pack->root);
	set_oid(doc, "tip", &pack->tip);
	if (pack->has_recordings)
		set_oid(doc, "recordings", &pack->recordings);
	stella_fields_set_time(doc, "time", pack->time);
	stella_fields_set_text(doc, "predicate_type", pack->predicate_type);
	stella_fields_set_text(doc, "issuer", pack->issuer);
	stella_fields_set_text(doc, "gate", pack->gate);
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

/* ---------------------------------------------------------------- its attestations */

void stella_pack_name(char out[STELLA_PACK_NAME], const struct stella_sha256 *id)
{
	char hex[STELLA_SHA256_HEX];

	stella_sha256_hex(hex, id);
	snprintf(out, STELLA_PACK_NAME, "attestations/%s.json", hex);
}

const struct stella_error *stella_pack_load(struct stella_evidence **out, const char *dir, const struct stella_sha256 *id)
{
	char name[STELLA_PACK_NAME];
	struct stella_buf bytes = { 0 };
	struct stella_evidence *evidence = NULL;
	const struct stella_error *err;

	*out = NULL;
	stella_pack_name(name, id);
	err = stella_below_read(&bytes, dir, name, STELLA_BUNDLE_MAX);
	if (!err)
		err = stella_evidence_parse(&evidence, &bytes);
	stella_buf_free(&bytes);
	if (err)
		return err;
	if (!stella_sha256_equal(&evidence->id, id)) {
		stella_evidence_free(evidence);
		return stella_error(STELLA_MALFORMED, "%s/%s: not the attestation that it is called", dir, name);
	}
	*out = evidence;
	return NULL;
}
