/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the key that signs attestations is: a PKCS#8 file, a PKCS#11 token, or ssh-agent; and how what
 * protects it is asked for.  Secrets come from a file, the environment or the terminal, never from the command line.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "signer.h"
#include "sys.h"
#include "x509.h"

#define SECRET_FILE_MAX 65536
#define CERT_FILE_MAX 65536
#define PIN_TRIES 3
#define AGENT "ssh-agent:"

/* ---------------------------------------------------------------- secrets */

static const struct stella_error *read_secret_file(struct stella_buf *secret, const char *path)
{
	const struct stella_error *err = stella_sys_read(secret, path, 4096);

	while (!err && secret->size && memchr("\r\n", secret->data[secret->size - 1], 2))
		secret->data[--secret->size] = 0;
	return err;
}

static const struct stella_error *ask_passphrase(struct stella_buf *secret, void *context)
{
	struct cmd *cmd = context;
	const char *path = opts_get(cmd, "passphrase-file");

	return path ? read_secret_file(secret, path) : stella_sys_ask_secret(secret, "Passphrase of the key");
}

struct pin_source {
	const char *file;           /* --pin-file, else the URI's pin-source */
	const char *variable;       /* else its name */
	unsigned tries;
};

static struct pin_source find_pin_source(struct cmd *cmd, const struct stella_p11uri *uri)
{
	static const char *const variables[] = { "STELLA_PKCS11_PIN", "COSIGN_PKCS11_PIN" };
	struct pin_source source = { .file = opts_get(cmd, "pin-file") };

	if (!source.file)
		source.file = uri->pin_source;
	for (size_t i = 0; i < 2 && !source.file && !source.variable; i++)
		if (getenv(variables[i]))
			source.variable = variables[i];
	return source;
}

/* A PIN that was wrong once is not tried again: a token that counts would lock. */
static const struct stella_error *ask_pin(struct stella_buf *pin, const char *token, bool again, bool last, void *context)
{
	struct pin_source *source = context;
	const char *from = source->file ? source->file : source->variable;
	struct stella_buf prompt = { 0 };
	const struct stella_error *err;

	if (from && (again || last))
		return stella_error(STELLA_SYSTEM, again ? "token \"%s\": wrong PIN (from %s)" :
			"token \"%s\": one more wrong PIN LOCKS it, so the one from %s is not tried: sign at a terminal", token, from);
	if (again && source->tries >= PIN_TRIES)
		return stella_error(STELLA_SYSTEM, "token \"%s\": wrong PIN, %d times", token, PIN_TRIES);
	if (source->file)
		return read_secret_file(pin, source->file);
	if (source->variable) {
		stella_buf_put_str(pin, getenv(source->variable));
		return NULL;
	}
	source->tries++;
	stella_buf_printf(&prompt, "%s%sPIN of token %s", again ? "WRONG PIN; " : "", last ? "LAST TRY before it locks; " : "", token);
	err = stella_sys_ask_secret(pin, (const char *)prompt.data);
	stella_buf_free(&prompt);
	return err ? stella_error_prefix(err, "token \"%s\" (--pin-file FILE, or STELLA_PKCS11_PIN)", token) : NULL;
}

/* ---------------------------------------------------------------- which key */

/* A module is code: the repository may name a key, and not what is loaded to reach it. */
static const struct stella_error *check_module(const char *value, const char *level)
{
	struct stella_p11uri *uri;
	const struct stella_error *err = NULL;

	if (!level || (strcmp(level, "local") != 0 && strcmp(level, "worktree") != 0) || !stella_p11uri_is(value))
		return NULL;
	err = stella_p11uri_parse(&uri, stella_span_str(value));
	if (!err && uri->module)
		err = stella_error(STELLA_USAGE, "the repository's own configuration names a PKCS#11 module (%s): "
			"--key, or git config --global", uri->module);
	stella_p11uri_free(uri);
	return err ? stella_error_prefix(err, "stella.attestKey") : NULL;
}

const struct stella_error *signing_key_setting(const char **out, const char **level, struct cmd *cmd)
{
	struct stella_repo *repo;
	struct stella_buf path = { 0 };
	const char *home = getenv("HOME");
	char *value = NULL;
	const struct stella_error *err = session_project(&repo, cmd);

	*out = NULL;
	*level = NULL;
	if (!err)
		err = stella_repo_config(&value, level, repo, "stella.attestKey");
	if (!err && value)
		err = check_module(value, *level);
	if (!err && value) {
		stella_buf_printf(&path, "%s%s", !strncmp(value, "~/", 2) && home ? home : "",
			value + (!strncmp(value, "~/", 2) && home));
		*out = keep(cmd, stella_buf_take_str(&path));
	}
	free(value);
	return err;
}

static const struct stella_error *key_name(const char **out, struct cmd *cmd)
{
	const struct stella_error *err = NULL;
	const char *level;

	*out = opts_get(cmd, "key");
	if (!*out)
		err = signing_key_setting(out, &level, cmd);
	if (!err && !*out)
		err = stella_error(STELLA_USAGE, "which key: --key FILE (or pkcs11:..., ssh-agent:...), "
			"or git config stella.attestKey FILE");
	return err;
}

static const struct stella_error *open_token(struct stella_signer **out, struct cmd *cmd, const char *text)
{
	struct stella_p11uri *uri;
	const struct stella_error *err = stella_p11uri_parse(&uri, stella_span_str(text));

	if (!err) {
		struct pin_source source = find_pin_source(cmd, uri);
		struct stella_pin pin = { ask_pin, &source };

		err = stella_signer_open_token(out, uri, &pin);
	}
	stella_p11uri_free(uri);
	return err;
}

static struct stella_span trimmed(struct stella_span text)
{
	while (text.size && memchr(" \t\r\n", text.data[text.size - 1], 4))
		text.size--;
	return text;
}

/* A public key as OpenSSH writes it stands for its private half in the agent, as it does for git. */
static bool is_public(struct stella_span text)
{
	return stella_span_starts(text, "ssh-") || stella_span_starts(text, "ecdsa-sha2-") || stella_span_starts(text, "sk-");
}

static const struct stella_error *open_file(struct stella_signer **out, struct cmd *cmd, const char *path)
{
	struct stella_buf text = { 0 };
	struct stella_span span;
	const struct stella_error *err;

	stella_buf_reserve(&text, SECRET_FILE_MAX); /* growing leaves no copies behind */
	err = stella_sys_read(&text, path, SECRET_FILE_MAX);
	span = stella_buf_span(&text);
	if (!err) {
		err = is_public(span) ? stella_signer_open_agent_key(out, trimmed(span)) :
			stella_signer_parse(out, span, ask_passphrase, cmd);
		if (err)
			err = stella_error_prefix(err, "%s", path);
	}
	stella_buf_wipe(&text);
	return err ? stella_error_prefix(err, "the key to sign with (%s)", opts_get(cmd, "key") ? "--key" :
		"git config stella.attestKey") : NULL;
}

static const struct stella_error *ask_nobody(struct stella_buf *secret, void *context)
{
	*(enum key_file *)context = KEY_FILE_ENCRYPTED;
	return stella_error(STELLA_USAGE, "a passphrase");
}

const struct stella_error *signing_key_inspect(enum key_file *out, const char *path)
{
	struct stella_buf text = { 0 };
	struct stella_signer *signer = NULL;
	struct stella_pubkey *key = NULL;
	struct stella_span span;
	const struct stella_error *err;

	*out = KEY_FILE_PRIVATE;
	stella_buf_reserve(&text, SECRET_FILE_MAX);
	err = stella_sys_read(&text, path, SECRET_FILE_MAX);
	span = stella_buf_span(&text);
	if (!err) {
		if (is_public(span)) {
			*out = KEY_FILE_PUBLIC;
			err = stella_pubkey_parse_ssh_line(&key, trimmed(span));
		} else {
			err = stella_signer_parse(&signer, span, ask_nobody, out);
			if (*out == KEY_FILE_ENCRYPTED)
				err = NULL;
		}
		if (err)
			err = stella_error_prefix(err, "%s", path);
	}
	stella_signer_free(signer);
	stella_pubkey_free(key);
	stella_buf_wipe(&text);
	return err;
}

const struct stella_error *signing_key_load(struct stella_signer **out, struct cmd *cmd)
{
	const char *name;
	const struct stella_error *err = key_name(&name, cmd);

	*out = NULL;
	if (err)
		return err;
	if (stella_p11uri_is(name))
		return open_token(out, cmd, name);
	if (!strncmp(name, AGENT, strlen(AGENT)))
		return stella_signer_open_agent(out, name + strlen(AGENT));
	return open_file(out, cmd, name);
}

/* ---------------------------------------------------------------- a certificate, from a file or a token */

const struct stella_error *read_token_cert(struct stella_buf *der, const char *text)
{
	struct stella_p11uri *uri;
	const struct stella_error *err = stella_p11uri_parse(&uri, stella_span_str(text));

	if (!err)
		err = stella_token_read_cert(der, uri);
	stella_p11uri_free(uri);
	return err;
}

const struct stella_error *read_token_public(struct stella_pubkey **out, const char *text)
{
	struct stella_p11uri *uri;
	const struct stella_error *err = stella_p11uri_parse(&uri, stella_span_str(text));

	*out = NULL;
	if (!err)
		err = stella_token_read_public(out, uri);
	stella_p11uri_free(uri);
	return err;
}

static const struct stella_error *read_cert(struct stella_cert **out, const char *name)
{
	struct stella_buf bytes = { 0 };
	const struct stella_error *err;

	if (stella_p11uri_is(name)) {
		err = read_token_cert(&bytes, name);
		if (!err)
			err = stella_cert_parse(out, stella_buf_span(&bytes));
	} else {
		err = stella_sys_read(&bytes, name, CERT_FILE_MAX);
		if (!err && bytes.size && bytes.data[0] == 0x30)
			err = stella_cert_parse(out, stella_buf_span(&bytes));
		else if (!err)
			err = stella_cert_parse_pem(out, stella_buf_span(&bytes));
		if (err)
			err = stella_error_prefix(err, "%s", name);
	}
	stella_buf_free(&bytes);
	return err;
}

const struct stella_error *signing_cert_load(struct stella_cert **out, struct cmd *cmd, const struct stella_pubkey *key)
{
	const char *name = opts_get(cmd, "cert");
	const struct stella_error *err;

	*out = NULL;
	if (!name)
		return NULL;
	err = read_cert(out, name);
	if (err)
		return err;
	if (!stella_cert_key(*out) || !stella_pubkey_equal(stella_cert_key(*out), key))
		return stella_error(STELLA_USAGE, "--cert %s: %s is the certificate of another key", name, stella_cert_subject(*out));
	if (stella_cert_not_after(*out) < cmd->now)
		return stella_error(STELLA_CERT_EXPIRED, "certificate expired: --cert %s: %s was valid until %s", name,
			stella_cert_subject(*out), show_time(cmd, stella_cert_not_after(*out)));
	return NULL;
}
