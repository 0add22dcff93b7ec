/* SPDX-License-Identifier: Apache-2.0 */
#include "records_internal.h"

#include <stdlib.h>
#include <string.h>

#include "commit.h"

static const char *const issuer_statuses[] = { "proposed", "trusted", "suspended", "revoked" };

const char *stella_issuer_status_name(enum stella_issuer_status status)
{
	return issuer_statuses[status];
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
		err = stella_identity_parse(&issuer->identities[i], stella_json_at(list, i));
		if (err)
			return stella_error_prefix(err, "\"identities\": entry %zu", i);
	}
	return NULL;
}

static const struct stella_error *check_pin(const struct stella_issuer *issuer)
{
	uint8_t digest[STELLA_SHA256_SIZE];

	if (!issuer->key_directory_pin)
		return NULL;
	if (!issuer->key_directory)
		return stella_error(STELLA_MALFORMED, "\"key_directory_pin\" without \"key_directory\"");
	return stella_hex_fixed(digest, sizeof digest, stella_span_str(issuer->key_directory_pin)) ? NULL :
		stella_error(STELLA_MALFORMED, "\"key_directory_pin\": not 64 lower-case hex digits");
}

static const struct stella_error *parse_issuer(struct stella_issuer *issuer, struct stella_span text)
{
	static const char *const names[] = { "version", "name", "status", "reason", "identities",
		"key_directory", "key_directory_pin", "predicate_types", "subjects", "since", NULL };
	const struct stella_error *err;
	struct stella_json *doc = NULL;
	unsigned status;

	err = stella_fields_open(&doc, text, STELLA_RECORDS_VERSION, names);
	if (err)
		goto done;
	err = stella_fields_need_word(&status, doc, "status", issuer_statuses,
		STELLA_RECORDS_COUNT(issuer_statuses));
	if (err)
		goto done;
	issuer->status = (enum stella_issuer_status)status;
	err = stella_fields_want_time(&issuer->since, doc, "since");
	if (err)
		goto done;
	if (issuer->since != STELLA_TIME_NONE && issuer->status != STELLA_ISSUER_SUSPENDED
		&& issuer->status != STELLA_ISSUER_REVOKED) {
		err = stella_error(STELLA_MALFORMED, "\"since\" on an issuer that is neither suspended nor revoked");
		goto done;
	}
	err = stella_fields_want_text(&issuer->name, doc, "name", STELLA_FIELDS_TEXT_MAX);
	if (err)
		goto done;
	err = stella_fields_need_text(&issuer->reason, doc, "reason", STELLA_REASON_MAX);
	if (err)
		goto done;
	err = stella_fields_want_text(&issuer->key_directory, doc, "key_directory", STELLA_FIELDS_TEXT_MAX);
	if (err)
		goto done;
	err = stella_fields_want_text(&issuer->key_directory_pin, doc, "key_directory_pin", STELLA_FIELDS_TEXT_MAX);
	if (!err)
		err = check_pin(issuer);
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
	err = stella_records_read(&text, NULL, trust, "issuers", id, NULL);
	if (!err)
		err = stella_issuer_parse(out, id, stella_buf_span(&text));
	stella_buf_free(&text);
	return err;
}

void stella_issuer_print(struct stella_buf *out, const struct stella_issuer *issuer)
{
	struct stella_json *doc = stella_records_new(), *list;

	stella_fields_set_text(doc, "name", issuer->name);
	stella_json_set_text(doc, "status", stella_issuer_status_name(issuer->status));
	if (issuer->status == STELLA_ISSUER_SUSPENDED || issuer->status == STELLA_ISSUER_REVOKED)
		stella_fields_set_time(doc, "since", issuer->since);
	stella_json_set_text(doc, "reason", issuer->reason);
	stella_fields_set_text(doc, "key_directory", issuer->key_directory);
	stella_fields_set_text(doc, "key_directory_pin", issuer->key_directory_pin);
	stella_fields_set_texts(doc, "predicate_types", issuer->predicate_types,
		issuer->predicate_type_count);
	stella_fields_set_texts(doc, "subjects", issuer->subjects, issuer->subject_count);
	list = issuer->identity_count ? stella_json_set(doc, "identities", stella_json_new_array()) : NULL;
	for (size_t i = 0; i < issuer->identity_count; i++)
		stella_identity_print(stella_json_add(list, stella_json_new_object()), &issuer->identities[i]);
	stella_records_print(out, doc);
}

void stella_issuer_free(struct stella_issuer *issuer)
{
	if (!issuer)
		return;
	for (size_t i = 0; i < issuer->identity_count; i++)
		stella_identity_free(&issuer->identities[i]);
	free(issuer->identities);
	stella_fields_free_texts(issuer->predicate_types, issuer->predicate_type_count);
	stella_fields_free_texts(issuer->subjects, issuer->subject_count);
	free(issuer->id);
	free(issuer->name);
	free(issuer->reason);
	free(issuer->key_directory);
	free(issuer->key_directory_pin);
	free(issuer);
}

bool stella_issuer_may_attest_type(const struct stella_issuer *issuer, const char *predicate_type)
{
	for (size_t i = 0; i < issuer->predicate_type_count; i++)
		if (strcmp(issuer->predicate_types[i], predicate_type) == 0)
			return true;
	return issuer->predicate_type_count == 0;
}

bool stella_pattern_matches(const char *pattern, const char *text)
{
	return stella_records_match(pattern, text, "/");
}

bool stella_issuer_may_attest_subject(const struct stella_issuer *issuer, const char *subject_name)
{
	for (size_t i = 0; subject_name && i < issuer->subject_count; i++)
		if (stella_pattern_matches(issuer->subjects[i], subject_name))
			return true;
	return issuer->subject_count == 0;
}
