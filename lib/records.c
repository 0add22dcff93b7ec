/* SPDX-License-Identifier: Apache-2.0 */
#include "records.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gitsig.h"

#define VERSION 1

static const char *const issuer_statuses[] = { "proposed", "trusted", "suspended", "revoked" };
static const char *const key_statuses[] = { "active", "retired", "revoked" };
static const char *const anchor_kinds[] = { "root", "intermediate" };
#define COUNT(names) (sizeof (names) / sizeof *(names))

const char *stella_issuer_status_name(enum stella_issuer_status status)
{
	return issuer_statuses[status];
}

const char *stella_key_status_name(enum stella_key_status status)
{
	return key_statuses[status];
}

/* ---------------------------------------------------------------- what all share */

/* "sha256" must be that of what lies beside the record: a reviewer reads it, not base64. */
static const struct stella_error *check_sha256(const struct stella_json *v, const struct stella_sha256 *found)
{
	const struct stella_error *err;
	char hex[STELLA_SHA256_HEX];
	const char *text;

	err = stella_json_need_text(&text, v, "sha256");
	if (err)
		return err;
	stella_sha256_hex(hex, found);
	if (strcmp(text, hex) != 0)
		return stella_error(STELLA_MALFORMED, "\"sha256\" is %s, the PEM beside it has %s", text,
			hex);
	return NULL;
}

static const struct stella_error *check_text(const struct stella_json *v, const char *name, const char *found)
{
	const struct stella_error *err;
	const char *text;

	err = stella_json_need_text(&text, v, name);
	if (!err && strcmp(text, found) != 0)
		err = stella_error(STELLA_MALFORMED, "\"%s\" is \"%s\", the PEM beside it has \"%s\"",
			name, text, found);
	return err;
}

static struct stella_json *new_record(void)
{
	struct stella_json *doc = stella_json_new_object();

	stella_json_set_int(doc, "version", VERSION);
	return doc;
}

static void set_sha256(struct stella_json *v, const struct stella_sha256 *digest)
{
	char hex[STELLA_SHA256_HEX];

	stella_sha256_hex(hex, digest);
	stella_json_set_text(v, "sha256", hex);
}

static void print_record(struct stella_buf *out, struct stella_json *doc)
{
	stella_json_print(out, doc, STELLA_JSON_RECORD);
	stella_json_free(doc);
}

/* The two files of a record; the PEM is as much part of it as the text. */
static const struct stella_error *read_record(struct stella_buf *text, struct stella_buf *pem,
	struct stella_trust *trust, const char *dir, const char *name)
{
	char path[STELLA_PATH_MAX];
	const struct stella_error *err;

	snprintf(path, sizeof path, "%s/%s.json", dir, name);
	err = stella_trust_read(text, trust, path);
	if (err || !pem)
		return err;
	snprintf(path, sizeof path, "%s/%s.pem", dir, name);
	err = stella_trust_read(pem, trust, path);
	return stella_error_is(err, STELLA_NOT_FOUND) ? stella_error_recode(err, STELLA_MALFORMED) : err;
}

/* ---------------------------------------------------------------- anchors */

static const struct stella_error *parse_anchor(struct stella_anchor *anchor, struct stella_span text,
	struct stella_span pem)
{
	static const char *const names[] = { "version", "kind", "sha256", "subject", "valid_from", "expires",
		"reason", NULL };
	const struct stella_error *err;
	struct stella_json *doc = NULL;
	unsigned kind;

	err = stella_fields_open(&doc, text, VERSION, names);
	if (err)
		goto done;
	err = stella_fields_need_word(&kind, doc, "kind", anchor_kinds, COUNT(anchor_kinds));
	if (err)
		goto done;
	anchor->intermediate = kind == 1;
	err = stella_fields_want_window(&anchor->valid_from, &anchor->expires, doc);
	if (err)
		goto done;
	err = stella_fields_need_text(&anchor->reason, doc, "reason", STELLA_REASON_MAX);
	if (err)
		goto done;
	err = stella_cert_parse_pem(&anchor->cert, pem);
	if (err) {
		err = stella_error_prefix(err, "the PEM beside it");
		goto done;
	}
	err = check_sha256(doc, stella_cert_fingerprint(anchor->cert));
	if (!err)
		err = check_text(doc, "subject", stella_cert_subject(anchor->cert));
done:
	stella_json_free(doc);
	return err;
}

const struct stella_error *stella_anchor_parse(struct stella_anchor **out, const char *name,
	struct stella_span text, struct stella_span pem)
{
	struct stella_anchor *anchor = stella_alloc(sizeof *anchor);
	const struct stella_error *err;

	*out = NULL;
	anchor->name = stella_strdup(name);
	if (stella_id_valid(stella_span_str(name)))
		err = parse_anchor(anchor, text, pem);
	else
		err = stella_error(STELLA_MALFORMED, "not a name");
	if (err) {
		err = stella_error_prefix(err, "anchors/%s.json", name);
		goto done;
	}
	*out = anchor;
	anchor = NULL;
done:
	stella_anchor_free(anchor);
	return err;
}

const struct stella_error *stella_anchor_load(struct stella_anchor **out, struct stella_trust *trust,
	const char *name)
{
	struct stella_buf text = { 0 }, pem = { 0 };
	const struct stella_error *err;

	*out = NULL;
	if (!stella_id_valid(stella_span_str(name)))
		return stella_error(STELLA_USAGE, "\"%s\" is not the name of a trust anchor", name);
	err = read_record(&text, &pem, trust, "anchors", name);
	if (!err)
		err = stella_anchor_parse(out, name, stella_buf_span(&text), stella_buf_span(&pem));
	stella_buf_free(&text);
	stella_buf_free(&pem);
	return err;
}

void stella_anchor_print(struct stella_buf *out, const struct stella_anchor *anchor)
{
	struct stella_json *doc = new_record();

	stella_json_set_text(doc, "kind", anchor_kinds[anchor->intermediate]);
	set_sha256(doc, stella_cert_fingerprint(anchor->cert));
	stella_json_set_text(doc, "subject", stella_cert_subject(anchor->cert));
	stella_fields_set_time(doc, "valid_from", anchor->valid_from);
	stella_fields_set_time(doc, "expires", anchor->expires);
	stella_json_set_text(doc, "reason", anchor->reason);
	print_record(out, doc);
}

void stella_anchor_free(struct stella_anchor *anchor)
{
	if (!anchor)
		return;
	free(anchor->name);
	free(anchor->reason);
	stella_cert_free(anchor->cert);
	free(anchor);
}

/* ---------------------------------------------------------------- issuers */

static const struct stella_error *parse_identity(struct stella_identity *identity,
	const struct stella_json *v)
{
	static const char *const names[] = { "anchors", "san", NULL };
	static const char *const san_names[] = { "type", "value", NULL };
	const struct stella_error *err;
	const struct stella_json *san;
	const char *type;

	if (stella_json_type(v) != STELLA_JSON_OBJECT)
		return stella_error(STELLA_MALFORMED, "not an object");
	err = stella_json_closed(v, names);
	if (err)
		return err;
	err = stella_fields_want_texts(&identity->anchors, &identity->anchor_count, v, "anchors",
		stella_id_valid);
	if (err)
		return err;
	if (!identity->anchor_count)
		return stella_error(STELLA_MALFORMED, "\"anchors\": names no anchor that may assert it");
	err = stella_json_need(&san, v, "san", STELLA_JSON_OBJECT);
	if (err)
		return err;
	err = stella_json_closed(san, san_names);
	if (err)
		return err;
	err = stella_json_need_text(&type, san, "type");
	if (err)
		return err;
	if (!stella_san_find(&identity->type, type))
		return stella_error(STELLA_MALFORMED, "\"type\": \"%s\" is not known", type);
	return stella_fields_need_text(&identity->value, san, "value", STELLA_FIELDS_TEXT_MAX);
}

static const struct stella_error *parse_identities(struct stella_issuer *issuer,
	const struct stella_json *doc)
{
	const struct stella_error *err;
	const struct stella_json *list;
	size_t count;

	err = stella_json_want(&list, doc, "identities", STELLA_JSON_ARRAY);
	if (err || !list)
		return err;
	count = stella_json_count(list);
	if (count > STELLA_FIELDS_LIST_MAX)
		return stella_error(STELLA_LIMIT, "\"identities\": more than %d entries",
			STELLA_FIELDS_LIST_MAX);
	issuer->identities = stella_alloc_array(count, sizeof *issuer->identities);
	issuer->identity_count = count;
	for (size_t i = 0; i < count; i++) {
		err = parse_identity(&issuer->identities[i], stella_json_at(list, i));
		if (err)
			return stella_error_prefix(err, "\"identities\": entry %zu", i);
	}
	return NULL;
}

static const struct stella_error *parse_issuer(struct stella_issuer *issuer, struct stella_span text)
{
	static const char *const names[] = { "version", "name", "status", "reason", "identities",
		"key_directory", "predicate_types", "subjects", NULL };
	const struct stella_error *err;
	struct stella_json *doc = NULL;
	unsigned status;

	err = stella_fields_open(&doc, text, VERSION, names);
	if (err)
		goto done;
	err = stella_fields_need_word(&status, doc, "status", issuer_statuses, COUNT(issuer_statuses));
	if (err)
		goto done;
	issuer->status = (enum stella_issuer_status)status;
	err = stella_fields_want_text(&issuer->name, doc, "name", STELLA_FIELDS_TEXT_MAX);
	if (err)
		goto done;
	err = stella_fields_need_text(&issuer->reason, doc, "reason", STELLA_REASON_MAX);
	if (err)
		goto done;
	err = stella_fields_want_text(&issuer->key_directory, doc, "key_directory", STELLA_FIELDS_TEXT_MAX);
	if (err)
		goto done;
	err = parse_identities(issuer, doc);
	if (err)
		goto done;
	err = stella_fields_want_texts(&issuer->predicate_types, &issuer->predicate_type_count, doc,
		"predicate_types", NULL);
	if (!err)
		err = stella_fields_want_texts(&issuer->subjects, &issuer->subject_count, doc, "subjects",
			NULL);
done:
	stella_json_free(doc);
	return err;
}

const struct stella_error *stella_issuer_parse(struct stella_issuer **out, const char *id,
	struct stella_span text)
{
	struct stella_issuer *issuer = stella_alloc(sizeof *issuer);
	const struct stella_error *err;

	*out = NULL;
	issuer->id = stella_strdup(id);
	if (stella_id_valid(stella_span_str(id)))
		err = parse_issuer(issuer, text);
	else
		err = stella_error(STELLA_MALFORMED, "not an id");
	if (err) {
		err = stella_error_prefix(err, "issuers/%s.json", id);
		goto done;
	}
	*out = issuer;
	issuer = NULL;
done:
	stella_issuer_free(issuer);
	return err;
}

const struct stella_error *stella_issuer_load(struct stella_issuer **out, struct stella_trust *trust,
	const char *id)
{
	struct stella_buf text = { 0 };
	const struct stella_error *err;

	*out = NULL;
	if (!stella_id_valid(stella_span_str(id)))
		return stella_error(STELLA_USAGE, "\"%s\" is not the id of an issuer", id);
	err = read_record(&text, NULL, trust, "issuers", id);
	if (!err)
		err = stella_issuer_parse(out, id, stella_buf_span(&text));
	stella_buf_free(&text);
	return err;
}

void stella_issuer_print(struct stella_buf *out, const struct stella_issuer *issuer)
{
	struct stella_json *doc = new_record(), *list, *item, *san;

	stella_fields_set_text(doc, "name", issuer->name);
	stella_json_set_text(doc, "status", stella_issuer_status_name(issuer->status));
	stella_json_set_text(doc, "reason", issuer->reason);
	stella_fields_set_text(doc, "key_directory", issuer->key_directory);
	stella_fields_set_texts(doc, "predicate_types", issuer->predicate_types,
		issuer->predicate_type_count);
	stella_fields_set_texts(doc, "subjects", issuer->subjects, issuer->subject_count);
	list = issuer->identity_count ? stella_json_set(doc, "identities", stella_json_new_array()) : NULL;
	for (size_t i = 0; i < issuer->identity_count; i++) {
		const struct stella_identity *identity = &issuer->identities[i];

		item = stella_json_add(list, stella_json_new_object());
		stella_fields_set_texts(item, "anchors", identity->anchors, identity->anchor_count);
		san = stella_json_set(item, "san", stella_json_new_object());
		stella_json_set_text(san, "type", stella_san_name(identity->type));
		stella_json_set_text(san, "value", identity->value);
	}
	print_record(out, doc);
}

void stella_issuer_free(struct stella_issuer *issuer)
{
	if (!issuer)
		return;
	for (size_t i = 0; i < issuer->identity_count; i++) {
		stella_fields_free_texts(issuer->identities[i].anchors, issuer->identities[i].anchor_count);
		free(issuer->identities[i].value);
	}
	free(issuer->identities);
	stella_fields_free_texts(issuer->predicate_types, issuer->predicate_type_count);
	stella_fields_free_texts(issuer->subjects, issuer->subject_count);
	free(issuer->id);
	free(issuer->name);
	free(issuer->reason);
	free(issuer->key_directory);
	free(issuer);
}

bool stella_issuer_may_attest_type(const struct stella_issuer *issuer, const char *predicate_type)
{
	for (size_t i = 0; i < issuer->predicate_type_count; i++)
		if (strcmp(issuer->predicate_types[i], predicate_type) == 0)
			return true;
	return issuer->predicate_type_count == 0;
}

/*
 * '*' stands for any characters but '/'.  To go back to the last '*' alone is enough: within a
 * component a later one can take whatever an earlier one leaves, and '/' matches only itself.
 */
static bool subject_matches(const char *pattern, const char *name)
{
	const char *star = NULL, *mark = NULL;

	while (*name) {
		if (*pattern == '*') {
			star = ++pattern;
			mark = name;
		} else if (*pattern == *name) {
			pattern++;
			name++;
		} else if (star && *mark != '/') {
			pattern = star;
			name = ++mark;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return !*pattern;
}

bool stella_issuer_may_attest_subject(const struct stella_issuer *issuer, const char *subject_name)
{
	for (size_t i = 0; subject_name && i < issuer->subject_count; i++)
		if (subject_matches(issuer->subjects[i], subject_name))
			return true;
	return issuer->subject_count == 0;
}

/* ---------------------------------------------------------------- keys */

static bool keyid_valid(const char *keyid)
{
	struct stella_sha256 digest;

	return stella_sha256_parse(&digest, stella_span_str(keyid));
}

static const struct stella_error *parse_key_fields(struct stella_key *key, const struct stella_json *doc)
{
	const struct stella_error *err;
	const char *algorithm;
	unsigned status;

	err = stella_fields_need_text(&key->issuer, doc, "issuer", STELLA_ID_MAX);
	if (err)
		return err;
	if (!stella_id_valid(stella_span_str(key->issuer)))
		return stella_error(STELLA_MALFORMED, "\"issuer\": not an id");
	err = stella_json_need_text(&algorithm, doc, "algorithm");
	if (err)
		return err;
	if (!stella_sigalg_find(&key->algorithm, stella_span_str(algorithm)))
		return stella_error(STELLA_MALFORMED, "\"algorithm\": \"%s\" is not known", algorithm);
	err = stella_fields_need_word(&status, doc, "status", key_statuses, COUNT(key_statuses));
	if (err)
		return err;
	key->status = (enum stella_key_status)status;
	err = stella_fields_want_window(&key->valid_from, &key->expires, doc);
	if (err)
		return err;
	err = stella_fields_want_time(&key->revoked_since, doc, "revoked_since");
	if (err)
		return err;
	if (key->revoked_since != STELLA_TIME_NONE && key->status != STELLA_KEY_REVOKED_STATUS)
		return stella_error(STELLA_MALFORMED, "\"revoked_since\" on a key that is not revoked");
	err = stella_fields_want_text(&key->replaces, doc, "replaces", STELLA_SHA256_HEX);
	if (err)
		return err;
	if (key->replaces && (!keyid_valid(key->replaces) || strcmp(key->replaces, key->id) == 0))
		return stella_error(STELLA_MALFORMED, "\"replaces\": not the id of another key");
	return stella_fields_need_text(&key->reason, doc, "reason", STELLA_REASON_MAX);
}

static const struct stella_error *parse_key(struct stella_key *key, struct stella_span text,
	struct stella_span pem)
{
	static const char *const names[] = { "version", "issuer", "algorithm", "sha256", "type", "valid_from",
		"expires", "status", "replaces", "revoked_since", "reason", NULL };
	const struct stella_error *err;
	struct stella_json *doc = NULL;
	char hex[STELLA_SHA256_HEX];

	err = stella_fields_open(&doc, text, VERSION, names);
	if (err)
		goto done;
	err = parse_key_fields(key, doc);
	if (err)
		goto done;
	err = stella_pubkey_parse_pem(&key->key, pem);
	if (err) {
		err = stella_error_prefix(err, "the PEM beside it");
		goto done;
	}
	err = check_sha256(doc, stella_pubkey_id(key->key));
	if (err)
		goto done;
	stella_sha256_hex(hex, stella_pubkey_id(key->key));
	if (strcmp(hex, key->id) != 0) {
		err = stella_error(STELLA_MALFORMED, "the file name is not the key's id %s", hex);
		goto done;
	}
	err = check_text(doc, "type", stella_pubkey_type_name(key->key));
	if (!err && !stella_pubkey_allows(key->key, key->algorithm))
		err = stella_error(STELLA_MALFORMED, "\"algorithm\": a key of type %s cannot sign %s",
			stella_pubkey_type_name(key->key), stella_sigalg_name(key->algorithm));
done:
	stella_json_free(doc);
	return err;
}

const struct stella_error *stella_key_parse(struct stella_key **out, const char *keyid,
	struct stella_span text, struct stella_span pem)
{
	struct stella_key *key = stella_alloc(sizeof *key);
	const struct stella_error *err;

	*out = NULL;
	key->id = stella_strdup(keyid);
	err = parse_key(key, text, pem);
	if (err) {
		err = stella_error_prefix(err, "keys/%s.json", keyid);
		goto done;
	}
	*out = key;
	key = NULL;
done:
	stella_key_free(key);
	return err;
}

const struct stella_error *stella_key_load(struct stella_key **out, struct stella_trust *trust,
	const char *keyid)
{
	struct stella_buf text = { 0 }, pem = { 0 };
	const struct stella_error *err;

	*out = NULL;
	if (!keyid_valid(keyid))
		return stella_error(STELLA_USAGE, "\"%s\" is not a key id (64 lower-case hex digits)", keyid);
	err = read_record(&text, &pem, trust, "keys", keyid);
	if (!err)
		err = stella_key_parse(out, keyid, stella_buf_span(&text), stella_buf_span(&pem));
	stella_buf_free(&text);
	stella_buf_free(&pem);
	return err;
}

void stella_key_print(struct stella_buf *out, const struct stella_key *key)
{
	struct stella_json *doc = new_record();

	stella_json_set_text(doc, "issuer", key->issuer);
	stella_json_set_text(doc, "algorithm", stella_sigalg_name(key->algorithm));
	set_sha256(doc, stella_pubkey_id(key->key));
	stella_json_set_text(doc, "type", stella_pubkey_type_name(key->key));
	stella_json_set_text(doc, "status", stella_key_status_name(key->status));
	stella_fields_set_time(doc, "valid_from", key->valid_from);
	stella_fields_set_time(doc, "expires", key->expires);
	stella_fields_set_time(doc, "revoked_since", key->revoked_since);
	stella_fields_set_text(doc, "replaces", key->replaces);
	stella_json_set_text(doc, "reason", key->reason);
	print_record(out, doc);
}

void stella_key_free(struct stella_key *key)
{
	if (!key)
		return;
	free(key->id);
	free(key->issuer);
	free(key->reason);
	free(key->replaces);
	stella_pubkey_free(key->key);
	free(key);
}
