/* SPDX-License-Identifier: Apache-2.0 */
#include "records_internal.h"

#include <stdlib.h>
#include <string.h>

#include "commit.h"

static const char *const key_statuses[] = { "active", "retired", "revoked" };

const char *stella_key_status_name(enum stella_key_status status)
{
	return key_statuses[status];
}

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
	err = stella_fields_need_word(&status, doc, "status", key_statuses, STELLA_RECORDS_COUNT(key_statuses));
	if (err)
		return err;
	key->status = (enum stella_key_status)status;
	err = stella_fields_want_window(&key->valid_from, &key->expires, doc);
	if (err)
		return err;
	err = stella_fields_want_time(&key->revoked_since, doc, "revoked_since");
	if (err)
		return err;
	if (key->revoked_since != STELLA_TIME_NONE && key->status == STELLA_KEY_ACTIVE)
		return stella_error(STELLA_MALFORMED, "\"revoked_since\" on a key that is active");
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

	err = stella_fields_open(&doc, text, STELLA_RECORDS_VERSION, names);
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
	err = stella_records_check_sha256(doc, "the PEM", stella_pubkey_id(key->key));
	if (err)
		goto done;
	stella_sha256_hex(hex, stella_pubkey_id(key->key));
	if (strcmp(hex, key->id) != 0) {
		err = stella_error(STELLA_MALFORMED, "the file name is not the key's id %s", hex);
		goto done;
	}
	err = stella_records_check_text(doc, "type", stella_pubkey_type_name(key->key));
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
	err = stella_records_read(&text, &pem, trust, "keys", keyid, ".pem");
	if (!err)
		err = stella_key_parse(out, keyid, stella_buf_span(&text), stella_buf_span(&pem));
	stella_buf_free(&text);
	stella_buf_free(&pem);
	return err;
}

void stella_key_print(struct stella_buf *out, const struct stella_key *key)
{
	struct stella_json *doc = stella_records_new();

	stella_json_set_text(doc, "issuer", key->issuer);
	stella_json_set_text(doc, "algorithm", stella_sigalg_name(key->algorithm));
	stella_records_set_sha256(doc, stella_pubkey_id(key->key));
	stella_json_set_text(doc, "type", stella_pubkey_type_name(key->key));
	stella_json_set_text(doc, "status", stella_key_status_name(key->status));
	stella_fields_set_time(doc, "valid_from", key->valid_from);
	stella_fields_set_time(doc, "expires", key->expires);
	stella_fields_set_time(doc, "revoked_since", key->revoked_since);
	stella_fields_set_text(doc, "replaces", key->replaces);
	stella_json_set_text(doc, "reason", key->reason);
	stella_records_print(out, doc);
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
