/* SPDX-License-Identifier: Apache-2.0 */
/* keys rotate and revoke: one key takes over from another, or a key does not count any more. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "records.h"

const struct opt keys_rotate_opts[] = {
	{ "new", 0, "FILE", "the public key that takes over, PEM or OpenSSH", NULL, false },
	{ "key", 'k', "FILE", NULL, "new", false },
	{ "overlap", 0, "DAYSd", "how long the old one goes on to count (default 30d)", NULL, false },
	{ "expires", 0, "DATE|DAYSd", "trust the new one no longer than this", NULL, false },
	{ "algorithm", 0, "NAME", "how it signs (default: as the old one, where it can)", NULL, false },
	{ 0 }
};
const struct opt keys_revoke_opts[] = {
	{ "kind", 0, "compromised|retired", "in other hands, or out of use as planned", NULL, false },
	{ "since", 0, "DATE", "what is proven to be signed before this stays (compromised: nothing does by default; "
		"retired: now)", NULL, false },
	{ 0 }
};

/* The record as it stands on the branch. */
static const struct stella_error *read_old(struct stella_key **out, struct cmd *cmd, struct stella_trust *trust)
{
	struct stella_buf text = { 0 }, pem = { 0 };
	char id[STELLA_SHA256_HEX];
	const struct stella_error *err = find_key_id(id, trust, cmd->args[0]);

	*out = NULL;
	if (!err)
		err = change_read(&text, cmd, record_path(cmd, "keys/", id, ".json"));
	if (!err)
		err = change_read(&pem, cmd, record_path(cmd, "keys/", id, ".pem"));
	if (stella_error_is(err, STELLA_NOT_FOUND))
		err = stella_error(STELLA_NOT_FOUND, "no key %s: see stella keys list", cmd->args[0]);
	if (!err)
		err = stella_key_parse(out, id, stella_buf_span(&text), stella_buf_span(&pem));
	stella_buf_free(&text);
	stella_buf_free(&pem);
	return err;
}

/* ---------------------------------------------------------------- rotate */

static const struct stella_error *narrow(struct cmd *cmd, struct stella_key *old)
{
	int64_t end;
	const struct stella_error *err = parse_overlap(&end, cmd);

	if (err)
		return err;
	if (old->status != STELLA_KEY_ACTIVE)
		return stella_error(STELLA_USAGE, "key %s is %s: nothing to overlap; stella trust-anchors add-key --key FILE "
			"--issuer %s", old->id, stella_key_status_name(old->status), old->issuer);
	if (old->expires != STELLA_TIME_NONE && old->expires <= cmd->now)
		return stella_error(STELLA_USAGE, "key %s is over since %s: nothing to overlap; stella trust-anchors add-key "
			"--key FILE --issuer %s", old->id, show_time(cmd, old->expires), old->issuer);
	if (old->valid_from != STELLA_TIME_NONE && end < old->valid_from)
		return stella_error(STELLA_USAGE, "key %s counts only from %s: a longer --overlap", old->id,
			show_time(cmd, old->valid_from));
	if (old->expires == STELLA_TIME_NONE || end < old->expires)
		old->expires = end;
	return NULL;
}

static const struct stella_error *set_algorithm(struct cmd *cmd, struct stella_key *key, const struct stella_key *old)
{
	const char *name = opts_get(cmd, "algorithm");

	key->algorithm = stella_pubkey_allows(key->key, old->algorithm) ? old->algorithm : stella_pubkey_default_alg(key->key);
	if (name && !stella_sigalg_find(&key->algorithm, stella_span_str(name)))
		return stella_error(STELLA_USAGE, "--algorithm %s: not known", name);
	if (name && !stella_pubkey_allows(key->key, key->algorithm))
		return stella_error(STELLA_USAGE, "--algorithm %s: not what a key of type %s signs", name,
			stella_pubkey_type_name(key->key));
	return NULL;
}

static const struct stella_error *make_new(struct stella_key *key, struct cmd *cmd, struct stella_trust *trust,
	const struct stella_key *old)
{
	const char *path = opts_get(cmd, "new"), *expires = opts_get(cmd, "expires");
	struct stella_key *before = NULL;
	char hex[STELLA_SHA256_HEX];
	const struct stella_error *err;

	err = path ? key_read_public(&key->key, path) :
		stella_error(STELLA_USAGE, "which key takes over: stella keys rotate %s --new FILE", cmd->args[0]);
	if (err)
		return err;
	stella_sha256_hex(hex, stella_pubkey_id(key->key));
	key->id = stella_strdup(hex);
	key->issuer = stella_strdup(old->issuer);
	key->replaces = stella_strdup(old->id);
	key->status = STELLA_KEY_ACTIVE;
	key->valid_from = key->expires = key->revoked_since = STELLA_TIME_NONE;
	if (!strcmp(key->id, old->id))
		return stella_error(STELLA_USAGE, "%s: the old key again", path);
	err = key_find_before(&before, cmd, trust, key->id);
	if (!err && before)
		err = stella_error(STELLA_USAGE, "%s: key %s was here before, for issuer %s (%s): make a new one, or "
			"stella trust-anchors add-key", path, key->id, before->issuer, stella_key_status_name(before->status));
	stella_key_free(before);
	if (!err && expires)
		err = parse_expiry(&key->expires, expires, cmd->now);
	if (!err && expires && key->expires <= cmd->now)
		err = stella_error(STELLA_USAGE, "--expires %s: over already", expires);
	return err ? err : set_algorithm(cmd, key, old);
}

const struct stella_error *cmd_keys_rotate(struct cmd *cmd)
{
	struct stella_key *old = NULL, *key = stella_alloc(sizeof *key);
	struct stella_trust *trust;
	struct change change = { 0 };
	char subject[128];
	const struct stella_error *err = change_start(&trust, cmd);

	if (!err)
		err = read_old(&old, cmd, trust);
	if (!err)
		err = narrow(cmd, old);
	if (!err)
		err = make_new(key, cmd, trust, old);
	if (!err)
		err = session_reason(&key->reason, cmd, false);
	if (!err)
		err = key_put(&change, cmd, key);
	if (!err)
		err = key_put(&change, cmd, old);
	if (!err) {
		snprintf(subject, sizeof subject, "keys rotate %.12s to %.12s of %s", old->id, key->id, old->issuer);
		err = change_commit(cmd, &change, subject, key->reason);
	}
	if (err) /* then it is not what was just said */
		stella_buf_free(&cmd->out);
	else if (!cmd->json)
		say(cmd, "next      sign with the new key before %s; stella expiry shows what falls then\n",
			show_time(cmd, old->expires));
	change_free(&change);
	stella_key_free(key);
	stella_key_free(old);
	return err;
}

/* ---------------------------------------------------------------- revoke */

static const struct stella_error *set_since(struct cmd *cmd, struct stella_key *key, enum stella_key_status status)
{
	const char *since = opts_get(cmd, "since");
	int64_t time = status == STELLA_KEY_RETIRED ? cmd->now : STELLA_TIME_NONE;
	const struct stella_error *err = since ? parse_date(&time, "since", since) : NULL;

	if (err)
		return err;
	if (status == STELLA_KEY_REVOKED_STATUS && since && time > cmd->now)
		return stella_error(STELLA_USAGE, "--since %s: nobody knows yet; a key that goes out of use then is "
			"--kind retired", since);
	/* No revocation makes a key count for longer. */
	if (key->status != STELLA_KEY_ACTIVE && time != STELLA_TIME_NONE && (key->revoked_since == STELLA_TIME_NONE ||
	    (key->status == status ? time >= key->revoked_since : time > key->revoked_since)))
		return stella_error(STELLA_USAGE, "key %s is %s already, since %s: %s", key->id,
			stella_key_status_name(key->status), show_time(cmd, key->revoked_since), key->reason);
	key->status = status;
	key->revoked_since = time;
	return NULL;
}

static const struct stella_error *set_kind(struct cmd *cmd, struct stella_key *key)
{
	const char *kind = opts_get(cmd, "kind");
	bool retired = kind && !strcmp(kind, "retired");

	if (!kind || (!retired && strcmp(kind, "compromised") != 0))
		return stella_error(STELLA_USAGE, "%s%s--kind is compromised (in other hands: nothing of it counts from --since "
			"on) or retired (out of use as planned)", kind ? kind : "", kind ? ": " : "");
	if (retired && key->status == STELLA_KEY_REVOKED_STATUS)
		return stella_error(STELLA_KEY_REVOKED, "key %s is revoked: %s", key->id, key->reason);
	return set_since(cmd, key, retired ? STELLA_KEY_RETIRED : STELLA_KEY_REVOKED_STATUS);
}

const struct stella_error *cmd_keys_revoke(struct cmd *cmd)
{
	struct stella_key *key = NULL;
	struct stella_trust *trust;
	struct change change = { 0 };
	char *reason = NULL, subject[128];
	const struct stella_error *err;

	err = session_reason(&reason, cmd, true); /* first, so that it is never the last thing to be missing */
	if (!err)
		err = change_start(&trust, cmd);
	if (!err)
		err = read_old(&key, cmd, trust);
	if (!err)
		err = set_kind(cmd, key);
	if (err)
		goto done;
	free(key->reason);
	key->reason = stella_strdup(reason);
	err = key_put(&change, cmd, key);
	snprintf(subject, sizeof subject, "keys revoke %.12s of %s: %s", key->id, key->issuer, opts_get(cmd, "kind"));
	if (!err)
		err = change_commit(cmd, &change, subject, reason);
	if (err) /* then it is not what was just said */
		stella_buf_free(&cmd->out);
	else if (!cmd->json)
		say(cmd, "next      stella impact, before others approve it: what does not verify any more\n");
done:
	free(reason);
	change_free(&change);
	stella_key_free(key);
	return err;
}
