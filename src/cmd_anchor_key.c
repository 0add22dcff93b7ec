/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trust-anchors add-key: a public key for an issuer, new or known from before: a key that was retired,
 * has expired or was removed comes back to the issuer that held it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "encode.h"
#include "p11uri.h"
#include "records.h"
#include "sys.h"

#define KEY_FILE_MAX 65536

const struct opt anchor_key_opts[] = {
	{ "key", 'k', "FILE|URI", "the public key, PEM, OpenSSH or pkcs11:...", NULL, false },
	{ "issuer", 'i', "ID", "whose key it is (default: the issuer that held it before)", NULL, false },
	{ "expires", 0, "DATE|DAYSd", "trust it no longer than this", NULL, false },
	{ "valid-from", 0, "DATE", "trust nothing that it signed before this", NULL, false },
	{ "algorithm", 0, "NAME", "how it signs, e.g. rsa-pss-sha256 (default: by its kind)", NULL, false },
	{ "replaces", 0, "KEYID", "the key that it takes over from", NULL, false },
	{ 0 }
};

/* ---------------------------------------------------------------- the key file */

static struct stella_span trimmed(struct stella_span text)
{
	while (text.size && strchr(" \t\r\n", text.data[text.size - 1]) && text.data[text.size - 1])
		text.size--;
	return text;
}

static const struct stella_error *parse_public(struct stella_pubkey **out, struct stella_span text)
{
	const struct stella_error *err;

	if (stella_span_find(text, "PRIVATE KEY-----"))
		return stella_error(STELLA_USAGE, "a private key: give its public half "
			"(openssl pkey -in FILE -pubout, or the .pub file beside it)");
	if (stella_span_find(text, "-----BEGIN CERTIFICATE-----"))
		return stella_error(STELLA_USAGE, "a certificate, not a key: stella trust-anchors add --cert FILE");
	if (stella_span_starts(text, "-----BEGIN"))
		return stella_pubkey_parse_pem(out, text);
	err = stella_pubkey_parse_ssh_line(out, trimmed(text));
	if (!err && !stella_pubkey_spki(*out).size) {
		stella_pubkey_free(*out);
		*out = NULL;
		return stella_error(STELLA_ALGORITHM_UNSUPPORTED, "a FIDO key signs commits, not attestations");
	}
	return err;
}

const struct stella_error *key_read_public(struct stella_pubkey **out, const char *path)
{
	struct stella_buf text = { 0 };
	const struct stella_error *err;

	*out = NULL;
	if (stella_p11uri_is(path))
		return read_token_public(out, path);
	err = stella_sys_read(&text, path, KEY_FILE_MAX);
	if (!err) {
		err = parse_public(out, stella_buf_span(&text));
		if (err)
			err = stella_error_prefix(err, "%s", path);
	}
	stella_buf_wipe(&text);
	return err;
}

/* ---------------------------------------------------------------- the record before */

/* A file of a state, checked against that state's manifest.  *found false: it has none. */
static const struct stella_error *read_of_state(struct stella_buf *out, bool *found, struct stella_trust *trust,
	struct stella_trees *trees, const struct stella_state *state, const char *path)
{
	const struct stella_dir *dir;
	struct stella_file file;
	struct stella_sha256 digest;
	const struct stella_error *err = stella_trees_find(&dir, trees, &state->tree);

	*found = false;
	if (!err && !stella_sha256_equal(stella_dir_manifest(dir), &state->manifest))
		err = stella_error(STELLA_INCOMPLETE, "damaged: the tree of state %llu", (unsigned long long)state->number);
	if (err || !stella_dir_file(&file, dir, stella_span_str(path)))
		return err;
	err = stella_repo_read(out, trust->repo, &file.blob, STELLA_OBJECT_BLOB, STELLA_TREE_FILE_MAX);
	if (err)
		return err;
	digest = stella_sha256(stella_buf_span(out));
	if (!stella_sha256_equal(&digest, &file.sha256))
		return stella_error(STELLA_INCOMPLETE, "damaged: %s of state %llu", path, (unsigned long long)state->number);
	*found = true;
	return NULL;
}

const struct stella_error *key_find_before(struct stella_key **out, struct cmd *cmd, struct stella_trust *trust,
	const char *id)
{
	const char *json = record_path(cmd, "keys/", id, ".json"), *pem = record_path(cmd, "keys/", id, ".pem");
	const struct stella_state **chain;
	struct stella_history *history;
	bool found = false;
	size_t count;
	const struct stella_error *err = stella_trust_history(&history, trust);

	*out = NULL;
	if (err)
		return err;
	chain = stella_history_chain(&count, trust->view.heads[0]);
	for (size_t i = count; i-- > 0 && !err && !found;) {
		struct stella_trees *trees = stella_history_trees(history);
		struct stella_buf text = { 0 }, beside = { 0 };
		bool has_pem;

		err = read_of_state(&text, &found, trust, trees, chain[i], json);
		if (!err && found)
			err = read_of_state(&beside, &has_pem, trust, trees, chain[i], pem);
		if (!err && found)
			err = stella_key_parse(out, id, stella_buf_span(&text), stella_buf_span(&beside));
		stella_buf_free(&text);
		stella_buf_free(&beside);
	}
	free(chain);
	return err;
}

/* ---------------------------------------------------------------- the new record */

static const struct stella_error *set_issuer(struct cmd *cmd, struct stella_key *key, const struct stella_key *before)
{
	const char *issuer = opts_get(cmd, "issuer");
	struct stella_buf text = { 0 };
	const struct stella_error *err;

	if (!issuer && !before)
		return stella_error(STELLA_USAGE, "no issuer held the key %s before: name one with --issuer ID "
			"(stella issuer list)", key->id);
	if (issuer && !stella_id_valid(stella_span_str(issuer)))
		return stella_error(STELLA_USAGE, "--issuer %s: not the id of an issuer", issuer);
	key->issuer = stella_strdup(issuer ? issuer : before->issuer);
	err = change_read(&text, cmd, record_path(cmd, "issuers/", key->issuer, ".json"));
	stella_buf_free(&text);
	if (stella_error_is(err, STELLA_NOT_FOUND)) {
		cmd->hint = "stella issuer add";
		return stella_error(STELLA_NOT_FOUND, "no issuer \"%s\": stella issuer add %s comes first", key->issuer, key->issuer);
	}
	return err;
}

static const struct stella_error *set_algorithm(struct cmd *cmd, struct stella_key *key, const struct stella_key *before)
{
	const char *name = opts_get(cmd, "algorithm");

	key->algorithm = before ? before->algorithm : stella_pubkey_default_alg(key->key);
	if (!name)
		return NULL;
	if (!stella_sigalg_find(&key->algorithm, stella_span_str(name)))
		return stella_error(STELLA_USAGE, "--algorithm %s: not known", name);
	if (!stella_pubkey_allows(key->key, key->algorithm))
		return stella_error(STELLA_USAGE, "--algorithm %s: not what a key of type %s signs", name,
			stella_pubkey_type_name(key->key));
	return NULL;
}

static const struct stella_error *set_times(struct cmd *cmd, struct stella_key *key, const struct stella_key *before)
{
	const char *from = opts_get(cmd, "valid-from"), *expires = opts_get(cmd, "expires");
	const struct stella_error *err = NULL;

	key->valid_from = before ? before->valid_from : STELLA_TIME_NONE;
	key->revoked_since = STELLA_TIME_NONE;
	key->expires = before ? before->expires : STELLA_TIME_NONE;
	if (!expires && key->expires != STELLA_TIME_NONE && key->expires < cmd->now)
		return stella_error(STELLA_USAGE, "this key expired on %s: say with --expires DATE until when to trust it now",
			show_time(cmd, key->expires));
	if (from)
		err = parse_expiry(&key->valid_from, from, cmd->now);
	if (!err && expires)
		err = parse_expiry(&key->expires, expires, cmd->now);
	if (err)
		return err;
	if (key->expires != STELLA_TIME_NONE && key->expires < key->valid_from)
		return stella_error(STELLA_USAGE, "--expires %s: before the key is valid (%s)", expires,
			show_time(cmd, key->valid_from));
	if (key->expires != STELLA_TIME_NONE && key->expires < cmd->now)
		warn("the key EXPIRED on %s: nothing verifies under it from then on", show_time(cmd, key->expires));
	return NULL;
}

static const struct stella_error *set_replaces(struct cmd *cmd, struct stella_trust *trust, struct stella_key *key,
	const struct stella_key *before)
{
	const char *given = opts_get(cmd, "replaces");
	char id[STELLA_SHA256_HEX];
	struct stella_buf text = { 0 };
	const struct stella_error *err;

	if (!given) {
		key->replaces = before ? stella_strdup(before->replaces) : NULL;
		return NULL;
	}
	err = find_key_id(id, trust, given);
	if (!err)
		err = change_read(&text, cmd, record_path(cmd, "keys/", id, ".json"));
	stella_buf_free(&text);
	if (err)
		return stella_error_is(err, STELLA_NOT_FOUND) ?
			stella_error(STELLA_NOT_FOUND, "--replaces %s: no such key: see stella keys list", given) : err;
	if (!strcmp(id, key->id))
		return stella_error(STELLA_USAGE, "--replaces %s: that is this very key", given);
	key->replaces = stella_strdup(id);
	return NULL;
}

/* What was revoked stays revoked, and what would change nothing is told before anybody signs. */
static const struct stella_error *check_before(struct cmd *cmd, struct stella_trust *trust, const struct stella_key *key,
	const struct stella_key *before)
{
	bool in_force = stella_trust_has(trust, record_path(cmd, "keys/", key->id, ".json"));

	if (!before)
		return NULL;
	if (before->status == STELLA_KEY_REVOKED_STATUS) {
		cmd->hint = "stella keys show, stella trust-anchors add-key --key <new-key.pem> --issuer <issuer-id>";
		return stella_error(STELLA_KEY_REVOKED, "key %s was revoked (%s) and does not come back: make a new one",
			key->id, before->reason);
	}
	if (in_force && strcmp(key->issuer, before->issuer) != 0)
		return stella_error(STELLA_USAGE, "key %s is in force for issuer %s, not %s", key->id, before->issuer, key->issuer);
	if (in_force && before->status == STELLA_KEY_ACTIVE && key->expires == before->expires &&
	    key->valid_from == before->valid_from && key->algorithm == before->algorithm &&
	    !strcmp(key->replaces ? key->replaces : "", before->replaces ? before->replaces : ""))
		return stella_error(STELLA_USAGE, "already there: key %s of issuer %s, %s", key->id, before->issuer,
			show_window(cmd, before->valid_from, before->expires));
	return NULL;
}

const struct stella_error *key_put(struct change *change, struct cmd *cmd, const struct stella_key *key)
{
	struct stella_buf text = { 0 }, pem = { 0 };
	struct stella_key *parsed = NULL;
	const struct stella_error *err;

	stella_key_print(&text, key);
	stella_pem_print(&pem, "PUBLIC KEY", stella_pubkey_spki(key->key));
	err = stella_key_parse(&parsed, key->id, stella_buf_span(&text), stella_buf_span(&pem));
	if (!err) {
		if (!cmd->json)
			say_key_line(cmd, key);
		change_put(change, record_path(cmd, "keys/", key->id, ".json"), &text);
		change_put(change, record_path(cmd, "keys/", key->id, ".pem"), &pem);
	}
	stella_key_free(parsed);
	stella_buf_free(&text);
	stella_buf_free(&pem);
	return err;
}

static const struct stella_error *commit_key(struct cmd *cmd, const struct stella_key *key)
{
	struct change change = { 0 };
	char subject[128];
	const struct stella_error *err = key_put(&change, cmd, key);

	snprintf(subject, sizeof subject, "trust-anchors add-key %.12s for %s", key->id, key->issuer);
	if (!err)
		err = change_commit(cmd, &change, subject, key->reason);
	change_free(&change);
	return err;
}

static const struct stella_error *fill_key(struct cmd *cmd, struct stella_trust *trust, struct stella_key *key)
{
	struct stella_key *before;
	char hex[STELLA_SHA256_HEX];
	const struct stella_error *err;

	stella_sha256_hex(hex, stella_pubkey_id(key->key));
	key->id = stella_strdup(hex);
	key->status = STELLA_KEY_ACTIVE;
	err = key_find_before(&before, cmd, trust, key->id);
	if (!err)
		err = set_issuer(cmd, key, before);
	if (!err)
		err = set_algorithm(cmd, key, before);
	if (!err)
		err = set_times(cmd, key, before);
	if (!err)
		err = set_replaces(cmd, trust, key, before);
	if (!err)
		err = check_before(cmd, trust, key, before);
	stella_key_free(before);
	return err;
}

const struct stella_error *cmd_anchor_add_key(struct cmd *cmd)
{
	const char *path = opts_get(cmd, "key");
	struct stella_key *key = stella_alloc(sizeof *key);
	struct stella_trust *trust;
	const struct stella_error *err;

	err = path ? key_read_public(&key->key, path) :
		stella_error(STELLA_USAGE, "which key: stella trust-anchors add-key --key FILE");
	if (!err)
		err = change_start(&trust, cmd);
	if (!err)
		err = fill_key(cmd, trust, key);
	if (!err)
		err = session_reason(&key->reason, cmd, false);
	if (!err)
		err = commit_key(cmd, key);
	stella_key_free(key);
	return err;
}
