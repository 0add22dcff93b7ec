/* SPDX-License-Identifier: Apache-2.0 */
/* crypto providers list: what verifies and signs here, and what is refused and why. */
#include <stdio.h>
#include <string.h>

#include "algorithms.h"
#include "cmd.h"
#include "rawkey.h"
#include "signer.h"

const struct opt crypto_opts[] = {
	{ "algorithms", 0, NULL, "each algorithm: who verifies it, who signs it, or why it is refused", NULL, false },
	{ 0 }
};

/* ---------------------------------------------------------------- tokens */

static const char *token_kind(const struct stella_token *token)
{
	if (token->certificates_only)
		return "certificates only";
	return token->hardware ? "hardware" : "software";
}

static struct stella_json *json_span(const struct stella_buf *text)
{
	return stella_json_new_text_span(stella_buf_span(text));
}

/* What cannot be listed is told in its place: the other providers are there all the same. */
static void add_tokens(struct cmd *cmd, struct stella_json *object)
{
	struct stella_tokens tokens;
	struct stella_json *array = object ? stella_json_set(object, "tokens", stella_json_new_array()) : NULL;
	const struct stella_error *err = stella_tokens_load(&tokens);

	if (err && object)
		stella_json_set(object, "tokensError", json_error(err, NULL));
	else if (err)
		say(cmd, "pkcs11      NOT LISTED: %s\n", show(cmd, err->message));
	else if (!tokens.count && !object)
		say(cmd, "pkcs11      no token\n");
	for (size_t i = 0; i < tokens.count; i++) {
		const struct stella_token *token = &tokens.items[i];

		if (array) {
			struct stella_json *one = stella_json_add(array, stella_json_new_object());

			stella_json_set(one, "uri", json_span(&token->uri));
			stella_json_set(one, "label", json_span(&token->label));
			stella_json_set(one, "model", json_span(&token->model));
			stella_json_set(one, "module", json_span(&token->module));
			stella_json_set_text(one, "kind", token_kind(token));
			stella_json_set_bool(one, "loginRequired", token->login);
			stella_json_set_bool(one, "locked", token->locked);
			continue;
		}
		say(cmd, "pkcs11      \"%s\", %s%s%s\n            %s\n            module %s\n",
			show_span(cmd, stella_buf_span(&token->label)), token_kind(token), token->login ? ", asks for a PIN" : "",
			token->locked ? ", PIN LOCKED" : "", show_span(cmd, stella_buf_span(&token->uri)),
			show_span(cmd, stella_buf_span(&token->module)));
	}
	stella_tokens_free(&tokens);
}

/* ---------------------------------------------------------------- ssh-agent */

static const char *agent_use(const struct stella_agent_key *one)
{
	if (!one->key)
		return "not usable";
	return stella_keytype_is_fido(stella_pubkey_type(one->key)) ? "commits" : "commits, attestations";
}

static void add_agent_key(struct cmd *cmd, struct stella_json *array, const struct stella_agent_key *key)
{
	struct stella_buf fingerprint = { 0 };
	struct stella_json *one;

	if (key->key)
		stella_pubkey_print_fingerprint(&fingerprint, key->key);
	if (array) {
		one = stella_json_add(array, stella_json_new_object());
		stella_json_set_text(one, "fingerprint", (const char *)fingerprint.data);
		stella_json_set_text(one, "type", key->key ? stella_pubkey_type_name(key->key) : NULL);
		stella_json_set(one, "comment", json_span(&key->comment));
		stella_json_set_text(one, "use", agent_use(key));
		if (!key->key)
			stella_json_set(one, "reason", json_text(key->why));
	} else if (key->key) {
		say(cmd, "ssh-agent   %s  %s, %s  %s\n", (const char *)fingerprint.data, stella_pubkey_type_name(key->key),
			agent_use(key), show_span(cmd, stella_buf_span(&key->comment)));
	} else {
		say(cmd, "ssh-agent   not usable: %s  %s\n", show(cmd, key->why), show_span(cmd, stella_buf_span(&key->comment)));
	}
	stella_buf_free(&fingerprint);
}

static void add_agent(struct cmd *cmd, struct stella_json *object)
{
	struct stella_agent_keys keys;
	struct stella_json *array = object ? stella_json_set(object, "agentKeys", stella_json_new_array()) : NULL;
	const struct stella_error *err = stella_agent_load(&keys);

	if (err && object)
		stella_json_set(object, "agentError", json_error(err, NULL));
	else if (err)
		say(cmd, "ssh-agent   NOT LISTED: %s\n", show(cmd, err->message));
	else if (!keys.count && !object)
		say(cmd, "ssh-agent   offers no key (a locked one shows none)\n");
	for (size_t i = 0; i < keys.count; i++)
		add_agent_key(cmd, array, &keys.items[i]);
	stella_agent_free(&keys);
}

/* ---------------------------------------------------------------- algorithms */

static void print_types(struct stella_buf *out, const struct stella_algorithm *row)
{
	for (unsigned type = 0; type < STELLA_KEYTYPES; type++)
		if (row->types[type])
			stella_buf_printf(out, "%s%s", out->size ? ", " : "", stella_keytype_name(type));
}

static bool signs(const struct stella_algorithm *row, unsigned kind)
{
	bool made = false;

	for (unsigned type = 0; type < STELLA_KEYTYPES && row->is_sigalg; type++)
		made |= stella_signer_makes(kind, type, row->alg);
	return made;
}

/* Commits are signed by ssh-keygen, as git's configuration says, with every key that is taken. */
static void print_signers(struct stella_buf *out, const struct stella_algorithm *row)
{
	if (row->use == STELLA_USE_COMMIT && row->verify)
		stella_buf_put_str(out, "gpg.ssh.program");
	for (unsigned kind = 0; kind < STELLA_SIGNER_KINDS; kind++)
		if (signs(row, kind))
			stella_buf_printf(out, "%s%s", out->size ? ", " : "", stella_signer_kind_name(kind));
}

static void add_row(struct cmd *cmd, struct stella_json *array, const struct stella_algorithm *row)
{
	struct stella_buf types = { 0 }, signers = { 0 };
	struct stella_json *one, *list;

	stella_buf_put_str(&types, "");
	stella_buf_put_str(&signers, "");
	print_types(&types, row);
	print_signers(&signers, row);
	if (array) {
		one = stella_json_add(array, stella_json_new_object());
		stella_json_set_text(one, "name", row->name);
		stella_json_set_text(one, "use", stella_algorithm_use_name(row->use));
		stella_json_set_bool(one, "verify", row->verify);
		stella_json_set_bool(one, "sign", signers.size > 0);
		list = stella_json_set(one, "keys", stella_json_new_array());
		for (unsigned type = 0; type < STELLA_KEYTYPES; type++)
			if (row->types[type])
				stella_json_add(list, stella_json_new_text(stella_keytype_name(type)));
		list = stella_json_set(one, "signers", stella_json_new_array());
		for (unsigned kind = 0; kind < STELLA_SIGNER_KINDS; kind++)
			if (signs(row, kind))
				stella_json_add(list, stella_json_new_text(stella_signer_kind_name(kind)));
		if (!row->verify)
			stella_json_set(one, "reason", json_text(row->why));
	} else if (row->verify) {
		say(cmd, "%-12s %-20s verify: %s\n%33s sign: %s\n", stella_algorithm_use_name(row->use), row->name,
			(const char *)types.data, "", signers.size ? (const char *)signers.data : "no, another tool does");
	} else {
		say(cmd, "%-12s %-20s REFUSED: %s\n", stella_algorithm_use_name(row->use), row->name, show(cmd, row->why));
	}
	stella_buf_free(&types);
	stella_buf_free(&signers);
}

static void add_algorithms(struct cmd *cmd, struct stella_json *object)
{
	struct stella_json *array = object ? stella_json_set(object, "algorithms", stella_json_new_array()) : NULL;
	struct stella_algorithm row;

	if (!object)
		say(cmd, "\n");
	for (size_t i = 0; stella_algorithm_at(&row, i); i++)
		add_row(cmd, array, &row);
}

/* ---------------------------------------------------------------- the command */

static void add_libraries(struct cmd *cmd, struct stella_json *object)
{
	static const char *const uses[] = { "verifies every signature; digests", "reads and uses private keys, PKCS#11" };
	static const char *const names[] = { "nettle", "GnuTLS" };
	struct stella_json *array = object ? stella_json_set(object, "libraries", stella_json_new_array()) : NULL;

	for (size_t i = 0; i < 2; i++) {
		struct stella_buf version = { 0 };

		if (i == 0)
			stella_rawkey_print_provider(&version);
		else
			stella_signer_print_provider(&version);
		if (array) {
			struct stella_json *one = stella_json_add(array, stella_json_new_object());

			stella_json_set_text(one, "name", names[i]);
			stella_json_set_text(one, "version", (const char *)version.data);
			stella_json_set_text(one, "use", uses[i]);
		} else {
			say(cmd, "%-11s %s  %s\n", names[i], (const char *)version.data, uses[i]);
		}
		stella_buf_free(&version);
	}
	if (object)
		stella_json_set_bool(object, "fips", stella_signer_fips());
	else
		say(cmd, "FIPS mode   %s\n", stella_signer_fips() ? "on (of GnuTLS; nettle has none)" : "off");
}

const struct stella_error *cmd_crypto_providers_list(struct cmd *cmd)
{
	struct stella_json *object = cmd->json ? stella_json_new_object() : NULL;

	add_libraries(cmd, object);
	add_tokens(cmd, object);
	add_agent(cmd, object);
	if (opts_flag(cmd, "algorithms"))
		add_algorithms(cmd, object);
	if (object)
		say_json(cmd, "crypto-providers", object);
	else if (!opts_flag(cmd, "algorithms"))
		say(cmd, "\nEach algorithm: stella crypto providers list --algorithms\n");
	return NULL;
}
