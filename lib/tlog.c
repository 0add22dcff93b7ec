/* SPDX-License-Identifier: Apache-2.0 */
#include "tlog.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "encode.h"

#define ENTRY "log entry: "

static const struct stella_error *within(const struct stella_error *err, const char *name)
{
	return err ? stella_error_prefix(err, "\"%s\"", name) : NULL;
}

static const struct stella_error *mismatch(const char *why)
{
	return stella_error(STELLA_LOG_ENTRY_MISMATCH, ENTRY "%s", why);
}

/* ---------------------------------------------------------------- parse */

static const struct stella_error *parse_bytes(struct stella_buf *out, const struct stella_json *v, const char *name,
	size_t max)
{
	const char *text;
	const struct stella_error *err = stella_json_need_text(&text, v, name);

	if (err)
		return err;
	if (strlen(text) / 4 * 3 > max)
		return stella_error(STELLA_LIMIT, "\"%s\": more than %zu bytes", name, max);
	err = stella_base64_parse(out, stella_span_str(text), STELLA_BASE64_ANY);
	if (err)
		return within(err, name);
	return out->size ? NULL : stella_error(STELLA_MALFORMED, "\"%s\": empty", name);
}

/* Protobuf's JSON mapping of int64: a string or a number, absent for 0.  None that is negative has a meaning here. */
static const struct stella_error *parse_int(int64_t *out, const struct stella_json *v, const char *name)
{
	const struct stella_json *number = stella_json_find(v, name);
	const struct stella_error *err;
	const char *text;
	uint64_t value = 0;

	*out = 0;
	if (!number)
		return NULL;
	if (stella_json_type(number) == STELLA_JSON_NUMBER)
		return within(stella_json_int(out, number, 0, INT64_MAX), name);
	err = stella_json_need_text(&text, v, name);
	if (err)
		return err;
	if (!*text || (text[0] == '0' && text[1]))
		return stella_error(STELLA_MALFORMED, "\"%s\": not a number", name);
	for (; *text; text++) {
		if (*text < '0' || *text > '9' || value > (uint64_t)(INT64_MAX - (*text - '0')) / 10)
			return stella_error(STELLA_MALFORMED, "\"%s\": not a number from 0 to 2^63-1", name);
		value = 10 * value + (uint64_t)(*text - '0');
	}
	*out = (int64_t)value;
	return NULL;
}

static const struct stella_error *parse_hash(struct stella_sha256 *out, const struct stella_json *v)
{
	struct stella_buf bytes = { 0 };
	const struct stella_error *err;

	if (stella_json_type(v) != STELLA_JSON_STRING)
		return stella_error(STELLA_MALFORMED, "not a string");
	err = stella_base64_parse(&bytes, stella_span_str(stella_json_text(v)), STELLA_BASE64_ANY);
	if (!err && bytes.size != sizeof out->bytes)
		err = stella_error(STELLA_MALFORMED, "%zu bytes, expected %zu", bytes.size, sizeof out->bytes);
	if (!err)
		memcpy(out->bytes, bytes.data, bytes.size);
	stella_buf_free(&bytes);
	return err;
}

static const struct stella_error *parse_hashes(struct stella_tlog_entry *out, const struct stella_json *proof)
{
	const struct stella_json *list;
	size_t count;
	const struct stella_error *err = stella_json_want(&list, proof, "hashes", STELLA_JSON_ARRAY);

	if (err || !list)
		return err;
	count = stella_json_count(list);
	if (count > STELLA_PROOF_MAX)
		return stella_error(STELLA_LIMIT, "\"hashes\": %zu, at most %d are allowed", count, STELLA_PROOF_MAX);
	out->proof_hashes = stella_alloc_array(count ? count : 1, sizeof *out->proof_hashes);
	for (; !err && out->proof_count < count; out->proof_count++)
		err = parse_hash(&out->proof_hashes[out->proof_count], stella_json_at(list, out->proof_count));
	return err ? stella_error_prefix(err, "\"hashes\": hash %zu", out->proof_count) : NULL;
}

static const struct stella_error *parse_proof(struct stella_tlog_entry *out, const struct stella_json *v)
{
	static const char *const names[] = { "checkpoint", "hashes", "logIndex", "rootHash", "treeSize", NULL };
	static const char *const checkpoint_names[] = { "envelope", NULL };
	const struct stella_json *root, *checkpoint;
	const char *text = NULL;
	const struct stella_error *err = stella_json_closed(v, names);

	if (!err)
		err = parse_int(&out->proof_index, v, "logIndex");
	if (!err)
		err = parse_int(&out->proof_size, v, "treeSize");
	if (!err)
		err = stella_json_need(&root, v, "rootHash", STELLA_JSON_STRING);
	if (!err)
		err = within(parse_hash(&out->proof_root, root), "rootHash");
	if (!err)
		err = parse_hashes(out, v);
	if (!err)
		err = stella_json_want(&checkpoint, v, "checkpoint", STELLA_JSON_OBJECT);
	if (err || !checkpoint)
		return err;
	err = stella_json_closed(checkpoint, checkpoint_names);
	if (!err)
		err = stella_json_want_text(&text, checkpoint, "envelope");
	if (!err && text)
		stella_buf_put_str(&out->checkpoint, text);
	return within(err, "checkpoint");
}

static const struct stella_error *parse_kind(struct stella_tlog_entry *out, const struct stella_json *v)
{
	static const char *const names[] = { "kind", "version", NULL };
	const char *kind, *version;
	const struct stella_error *err = stella_json_closed(v, names);

	if (!err)
		err = stella_json_need_text(&kind, v, "kind");
	if (!err)
		err = stella_json_need_text(&version, v, "version");
	if (err)
		return within(err, "kindVersion");
	out->kind = stella_strdup(kind);
	out->version = stella_strdup(version);
	return NULL;
}

static const struct stella_error *parse_promise(struct stella_tlog_entry *out, const struct stella_json *v)
{
	static const char *const names[] = { "signedEntryTimestamp", NULL };
	const struct stella_error *err = stella_json_closed(v, names);

	if (!err)
		err = parse_bytes(&out->set, v, "signedEntryTimestamp", 4096);
	return within(err, "inclusionPromise");
}

static const struct stella_error *parse_entry(struct stella_tlog_entry *out, const struct stella_json *v)
{
	static const char *const names[] = { "canonicalizedBody", "inclusionPromise", "inclusionProof", "integratedTime",
		"kindVersion", "logId", "logIndex", NULL };
	static const char *const id_names[] = { "keyId", NULL };
	const struct stella_json *id, *kind, *promise, *proof;
	const struct stella_error *err = stella_json_closed(v, names);

	if (!err)
		err = parse_int(&out->log_index, v, "logIndex");
	if (!err)
		err = parse_int(&out->integrated_time, v, "integratedTime");
	if (!err)
		err = stella_json_need(&id, v, "logId", STELLA_JSON_OBJECT);
	if (!err)
		err = within(stella_json_closed(id, id_names), "logId");
	if (!err)
		err = within(parse_bytes(&out->log_id, id, "keyId", 4096), "logId");
	if (!err)
		err = stella_json_need(&kind, v, "kindVersion", STELLA_JSON_OBJECT);
	if (!err)
		err = parse_kind(out, kind);
	if (!err)
		err = stella_json_want(&promise, v, "inclusionPromise", STELLA_JSON_OBJECT);
	if (!err && promise)
		err = parse_promise(out, promise);
	if (!err)
		err = stella_json_want(&proof, v, "inclusionProof", STELLA_JSON_OBJECT);
	out->has_proof = !err && proof;
	if (out->has_proof)
		err = within(parse_proof(out, proof), "inclusionProof");
	return err ? err : parse_bytes(&out->body, v, "canonicalizedBody", STELLA_TLOG_BODY_MAX);
}

const struct stella_error *stella_tlog_parse(struct stella_tlog_entry **out, const struct stella_json *entry)
{
	struct stella_tlog_entry *made;
	const struct stella_error *err;

	*out = NULL;
	if (stella_json_type(entry) != STELLA_JSON_OBJECT)
		return stella_error(STELLA_MALFORMED, ENTRY "not a JSON object");
	made = stella_alloc(sizeof *made);
	err = parse_entry(made, entry);
	if (err) {
		stella_tlog_free(made);
		return stella_error_prefix(err, "log entry");
	}
	*out = made;
	return NULL;
}

void stella_tlog_free(struct stella_tlog_entry *entry)
{
	if (!entry)
		return;
	stella_buf_free(&entry->log_id);
	free(entry->kind);
	free(entry->version);
	stella_buf_free(&entry->set);
	free(entry->proof_hashes);
	stella_buf_free(&entry->checkpoint);
	stella_buf_free(&entry->body);
	free(entry);
}

/* ---------------------------------------------------------------- verify */

/* Rekor's signed entry timestamp: over the canonical JSON (RFC 8785) of these four. */
static const struct stella_error *verify_set(const struct stella_tlog_entry *entry, const struct stella_log *log)
{
	struct stella_buf text = { 0 };
	const struct stella_error *err;

	if (entry->integrated_time == 0)
		return mismatch("a signed entry timestamp without an integrated time");
	stella_buf_put_str(&text, "{\"body\":\"");
	stella_base64_print(&text, stella_buf_span(&entry->body));
	stella_buf_printf(&text, "\",\"integratedTime\":%" PRId64 ",\"logID\":\"", entry->integrated_time);
	stella_hex_print(&text, stella_buf_span(&entry->log_id));
	stella_buf_printf(&text, "\",\"logIndex\":%" PRId64 "}", entry->log_index);
	err = stella_pubkey_verify(log->key, log->alg, stella_buf_span(&text), stella_buf_span(&entry->set));
	stella_buf_free(&text);
	return err ? mismatch("the signed entry timestamp does not hold by the log's key") : NULL;
}

static const struct stella_error *verify_checkpoint(const struct stella_tlog_entry *entry, const struct stella_log *log)
{
	struct stella_checkpoint *checkpoint;
	const struct stella_error *err = stella_checkpoint_parse(&checkpoint, stella_buf_span(&entry->checkpoint));

	if (err)
		return stella_error_prefix(err, "log entry");
	if (checkpoint->size != (uint64_t)entry->proof_size)
		err = stella_error(STELLA_LOG_ENTRY_MISMATCH, ENTRY "proof in a tree of %" PRId64
			", the checkpoint is of one of %" PRIu64, entry->proof_size, checkpoint->size);
	else if (!stella_sha256_equal(&checkpoint->root, &entry->proof_root))
		err = mismatch("the proof's root hash is not the checkpoint's");
	if (!err)
		err = stella_checkpoint_verify(checkpoint, log->key);
	stella_checkpoint_free(checkpoint);
	return err;
}

/* Has one tree, so that an index of the log is one of the tree; Rekor v1 counts over all of its trees. */
static bool is_rekor2(const struct stella_tlog_entry *entry)
{
	return strcmp(entry->version, "0.0.2") == 0 && strcmp(entry->kind, "intoto") != 0;
}

static const struct stella_error *verify_proof(const struct stella_tlog_entry *entry)
{
	struct stella_sha256 leaf = stella_merkle_leaf(stella_buf_span(&entry->body));
	const struct stella_error *err = stella_merkle_verify_inclusion((uint64_t)entry->proof_index,
		(uint64_t)entry->proof_size, &leaf, entry->proof_hashes, entry->proof_count, &entry->proof_root);

	if (err)
		return stella_error_prefix(err, "log entry");
	if (is_rekor2(entry) && entry->log_index != entry->proof_index)
		return stella_error(STELLA_LOG_ENTRY_MISMATCH, ENTRY "index %" PRId64 ", the proof is of index %" PRId64,
			entry->log_index, entry->proof_index);
	return NULL;
}

static const struct stella_error *verify_log(struct stella_tlog_result *out, const struct stella_tlog_entry *entry,
	const struct stella_log *log)
{
	const struct stella_error *err = NULL;

	*out = (struct stella_tlog_result){ .log = log };
	if (entry->set.size > 0) {
		err = verify_set(entry, log);
		out->has_time = !err;
		out->time = entry->integrated_time;
	}
	if (!err && out->has_time && !stella_window_holds(&log->window, out->time))
		err = mismatch("integrated at a time when its log was not valid");
	if (!err && entry->has_proof) {
		err = verify_checkpoint(entry, log);
		out->proven = !err;
	}
	return err;
}

static const struct stella_error *find_log(struct stella_tlog_result *out, const struct stella_tlog_entry *entry,
	const struct stella_trustroot *root)
{
	const struct stella_error *err = NULL;
	bool unusable = false;

	for (size_t i = 0; i < root->tlog_count; i++) {
		const struct stella_log *log = &root->tlogs[i];

		if (!stella_span_equal(stella_buf_span(&log->id), stella_buf_span(&entry->log_id)))
			continue;
		if (!log->key) {
			unusable = true;
			continue;
		}
		err = verify_log(out, entry, log);
		if (!err)
			return NULL;
	}
	*out = (struct stella_tlog_result){ 0 };
	if (err)
		return err;
	return mismatch(unusable ? "the key of its log is of a kind that is not supported"
		: "of a log that the trusted root does not have");
}

/* sigstore_bundle.proto: 0.1 has the log's promise, later ones a proof with a checkpoint. */
static const struct stella_error *check_parts(const struct stella_tlog_entry *entry, unsigned minor)
{
	if (entry->has_proof && entry->checkpoint.size == 0)
		return mismatch("an inclusion proof without a checkpoint");
	if (minor < 2)
		return entry->set.size ? NULL : mismatch("no signed entry timestamp, which bundle 0.1 must have");
	return entry->has_proof ? NULL : mismatch("no inclusion proof");
}

const struct stella_error *stella_tlog_verify(struct stella_tlog_result *out, const struct stella_tlog_entry *entry,
	const struct stella_trustroot *root, const struct stella_tlog_expected *expected)
{
	const struct stella_error *err = check_parts(entry, expected->minor);

	*out = (struct stella_tlog_result){ 0 };
	if (!err)
		err = stella_tlog_verify_body(entry, expected);
	if (!err && entry->has_proof)
		err = verify_proof(entry);
	return err ? err : find_log(out, entry, root);
}
