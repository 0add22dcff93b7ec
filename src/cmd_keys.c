/* SPDX-License-Identifier: Apache-2.0 */
/* keys: the public keys of issuers that are in force. */
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "encode.h"
#include "records.h"

const struct opt keys_list_opts[] = {
	{ "issuer", 'i', "ID", "only this issuer's keys", NULL, false },
	{ 0 }
};
const struct opt keys_show_opts[] = {
	{ "public", 0, NULL, "print the public key (PEM) and nothing else", NULL, false },
	{ 0 }
};

struct stella_json *json_key(struct cmd *cmd, const struct stella_key *key)
{
	struct stella_json *object = stella_json_new_object();

	stella_json_set_text(object, "id", key->id);
	stella_json_set_text(object, "issuer", key->issuer);
	stella_json_set_text(object, "status", stella_key_status_name(key->status));
	stella_json_set_text(object, "type", stella_pubkey_type_name(key->key));
	stella_json_set_text(object, "algorithm", stella_sigalg_name(key->algorithm));
	json_window(cmd, object, key->valid_from, key->expires);
	if (key->status != STELLA_KEY_ACTIVE)
		stella_json_set_text(object, "revocation", key->status == STELLA_KEY_RETIRED ? "retired" : "compromised");
	if (key->revoked_since != STELLA_TIME_NONE)
		stella_json_set(object, "revokedSince", json_time(key->revoked_since));
	if (key->replaces)
		stella_json_set_text(object, "replaces", key->replaces);
	stella_json_set(object, "reason", json_text(key->reason));
	return object;
}

/* "revoked (compromised since ...)" */
static const char *show_key_status(struct cmd *cmd, const struct stella_key *key)
{
	struct stella_buf text = { 0 };

	stella_buf_put_str(&text, stella_key_status_name(key->status));
	if (key->status == STELLA_KEY_REVOKED_STATUS)
		stella_buf_put_str(&text, " (compromised)");
	if (key->revoked_since != STELLA_TIME_NONE)
		stella_buf_printf(&text, " since %s", show_time(cmd, key->revoked_since));
	else if (key->status != STELLA_KEY_ACTIVE)
		stella_buf_put_str(&text, " from the beginning");
	return keep(cmd, stella_buf_take_str(&text));
}

void say_key_line(struct cmd *cmd, const struct stella_key *key)
{
	say(cmd, "key     %s  %s, %s\n        issuer %s  %s, %s\n", show(cmd, key->id), show_key_status(cmd, key),
		show_window(cmd, key->valid_from, key->expires), show(cmd, key->issuer),
		stella_pubkey_type_name(key->key), stella_sigalg_name(key->algorithm));
	if (key->replaces)
		say(cmd, "        replaces %s\n", show(cmd, key->replaces));
	if (key->status != STELLA_KEY_ACTIVE)
		say_lines(cmd, 8, key->reason);
}

const struct stella_error *cmd_keys_list(struct cmd *cmd)
{
	const char *issuer = opts_get(cmd, "issuer");
	struct stella_json *array = NULL, *object;
	struct names names = { 0 };
	struct stella_trust *trust;
	size_t shown = 0;
	const struct stella_error *err = session_trust(&trust, cmd);

	if (!err)
		err = record_names(&names, trust, "keys/");
	if (cmd->json)
		array = stella_json_new_array();
	for (size_t i = 0; i < names.count && !err; i++) {
		struct stella_key *key;

		err = stella_key_load(&key, trust, names.items[i]);
		if (!err && (!issuer || !strcmp(key->issuer, issuer))) {
			shown++;
			if (array)
				stella_json_add(array, json_key(cmd, key));
			else
				say_key_line(cmd, key);
		}
		stella_key_free(key);
	}
	names_free(&names);
	if (!err && cmd->json) {
		object = stella_json_new_object();
		stella_json_set(object, "keys", array);
		array = NULL;
		say_json(cmd, "keys", object);
	} else if (!err && !shown) {
		say(cmd, "no keys%s%s are in force\n", issuer ? " of " : "", issuer ? show(cmd, issuer) : "");
	}
	if (array)
		stella_json_free(array);
	return err;
}

/* A key is worth what its issuer is worth. */
static void say_issuer_of(struct cmd *cmd, struct stella_trust *trust, const char *id)
{
	struct stella_issuer *issuer;

	if (stella_issuer_load(&issuer, trust, id))
		say(cmd, "issuer      %s: NO SUCH ISSUER is in force\n", show(cmd, id));
	else
		say(cmd, "issuer      %s (%s)\n", show(cmd, id), stella_issuer_status_name(issuer->status));
	stella_issuer_free(issuer);
}

static const struct stella_error *say_key(struct cmd *cmd, struct stella_trust *trust, const struct stella_key *key,
	const char *path)
{
	struct stella_buf hint = { 0 };

	stella_base64_print(&hint, stella_span(stella_pubkey_id(key->key)->bytes, STELLA_SHA256_SIZE));
	say(cmd, "key         %s\n", show(cmd, key->id));
	say(cmd, "hint        %s (as Sigstore bundles name it)\n", show_span(cmd, stella_buf_span(&hint)));
	stella_buf_free(&hint);
	say_issuer_of(cmd, trust, key->issuer);
	say(cmd, "type        %s\nalgorithm   %s\n", stella_pubkey_type_name(key->key), stella_sigalg_name(key->algorithm));
	say(cmd, "status      %s\n", show_key_status(cmd, key));
	say(cmd, "valid       %s\n", show_window(cmd, key->valid_from, key->expires));
	if (key->replaces)
		say(cmd, "replaces    %s\n", show(cmd, key->replaces));
	say(cmd, "reason\n");
	say_lines(cmd, 2, key->reason);
	return say_since(cmd, trust, path, 0);
}

const struct stella_error *cmd_keys_show(struct cmd *cmd)
{
	struct stella_key *key = NULL;
	struct stella_buf pem = { 0 };
	struct stella_json *object;
	struct stella_trust *trust;
	char id[STELLA_SHA256_HEX];
	const char *path;
	const struct stella_error *err = session_trust(&trust, cmd);

	if (!err)
		err = find_key_id(id, trust, cmd->args[0]);
	if (!err)
		err = stella_key_load(&key, trust, id);
	if (stella_error_is(err, STELLA_NOT_FOUND)) {
		cmd->hint = "stella trust-anchors add-key --key FILE --issuer ID, or stella keys list";
		err = stella_error(STELLA_NOT_FOUND, "key %s: not in the state in force", cmd->args[0]);
	}
	if (err)
		goto done;
	path = record_path(cmd, "keys/", id, ".json");
	stella_pem_print(&pem, "PUBLIC KEY", stella_pubkey_spki(key->key));
	if (cmd->json) {
		object = json_key(cmd, key);
		stella_json_set(object, "pem", stella_json_new_text_span(stella_buf_span(&pem)));
		err = say_json_since(cmd, "key", object, trust, path);
	} else if (opts_flag(cmd, "public")) {
		stella_buf_put_span(&cmd->out, stella_buf_span(&pem));
	} else {
		err = say_key(cmd, trust, key, path);
	}
done:
	stella_buf_free(&pem);
	stella_key_free(key);
	return err;
}
