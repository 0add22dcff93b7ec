/* SPDX-License-Identifier: Apache-2.0 */
#include "keydir.h"

#include <stdlib.h>
#include <string.h>

#include "encode.h"
#include "jwk.h"
#include "x509.h"

const char *stella_keydir_form_name(enum stella_keydir_form form)
{
	static const char *const names[] = {
		[STELLA_KEYDIR_JWKS] = "JWK set", [STELLA_KEYDIR_PEM] = "PEM", [STELLA_KEYDIR_SSH] = "OpenSSH keys",
	};

	return names[form];
}

/* Takes the key over. */
static const struct stella_error *add(struct stella_keydir *out, struct stella_pubkey *key, enum stella_sigalg alg,
	int64_t expires, char *label)
{
	size_t others = out->count;

	STELLA_GROW(out->items, out->count, out->cap);
	out->items[out->count++] = (struct stella_keydir_key){ key, alg, expires, label };
	if (out->count > STELLA_KEYDIR_KEYS_MAX)
		return stella_error(STELLA_LIMIT, "more than %d keys", STELLA_KEYDIR_KEYS_MAX);
	for (size_t i = 0; i < others; i++)
		if (stella_pubkey_equal(out->items[i].key, key))
			return stella_error(STELLA_MALFORMED, "keys %zu and %zu are the same key", i, others);
	return NULL;
}

/* ---------------------------------------------------------------- JWK set */

static const struct stella_error *parse_jwks(struct stella_keydir *out, struct stella_span text)
{
	struct stella_jwks jwks;
	const struct stella_error *err = stella_jwks_parse(&jwks, text);

	for (size_t i = 0; i < jwks.count && !err; i++) {
		err = add(out, jwks.items[i].key, jwks.items[i].alg, INT64_MIN, jwks.items[i].kid);
		jwks.items[i].key = NULL;
		jwks.items[i].kid = NULL;
	}
	out->left_out = jwks.encryption_count;
	stella_jwks_free(&jwks);
	return err;
}

/* ---------------------------------------------------------------- PEM */

static const struct stella_error *add_cert(struct stella_keydir *out, struct stella_span der)
{
	struct stella_cert *cert = NULL;
	struct stella_pubkey *key = NULL;
	const struct stella_error *err = stella_cert_parse(&cert, der);

	if (!err && !stella_cert_key(cert))
		err = stella_error(STELLA_ALGORITHM_UNSUPPORTED, "algorithm not supported: the key of the certificate \"%.256s\"",
			stella_cert_subject(cert));
	if (!err) /* its own copy */
		err = stella_pubkey_parse_spki(&key, stella_pubkey_spki(stella_cert_key(cert)));
	if (!err)
		err = add(out, key, stella_pubkey_default_alg(key), stella_cert_not_after(cert),
			stella_strdup(stella_cert_subject(cert)));
	stella_cert_free(cert);
	return err;
}

static const struct stella_error *add_block(struct stella_keydir *out, const char *label, struct stella_span der)
{
	struct stella_pubkey *key;
	const struct stella_error *err;

	if (!strcmp(label, "CERTIFICATE"))
		return add_cert(out, der);
	if (strstr(label, "PRIVATE KEY"))
		return stella_error(STELLA_MALFORMED, "a PRIVATE key is published here: it is everybody's now, and must be revoked");
	if (strcmp(label, "PUBLIC KEY") != 0)
		return stella_error(STELLA_MALFORMED, "\"%.64s\", expected \"PUBLIC KEY\" or \"CERTIFICATE\"", label);
	err = stella_pubkey_parse_spki(&key, der);
	return err ? err : add(out, key, stella_pubkey_default_alg(key), INT64_MIN, NULL);
}

static const struct stella_error *parse_pem(struct stella_keydir *out, struct stella_span text)
{
	struct stella_cursor in = stella_cursor(text);
	const struct stella_error *err = NULL;
	bool end = false;

	for (size_t i = 0; !err; i++) {
		struct stella_buf block = { 0 };
		char *label = NULL;

		err = stella_pem_next(&block, &label, &in);
		if (!err)
			err = add_block(out, label, stella_buf_span(&block));
		else
			end = stella_error_is(err, STELLA_NOT_FOUND);
		if (err && !end)
			err = stella_error_prefix(err, "PEM block %zu", i);
		free(label);
		stella_buf_wipe(&block);
	}
	return end ? NULL : err;
}

/* ---------------------------------------------------------------- OpenSSH */

static const struct stella_error *add_line(struct stella_keydir *out, struct stella_span line)
{
	struct stella_pubkey *key;
	const struct stella_error *err;
	const uint8_t *space;
	char *label = NULL;

	err = stella_pubkey_parse_ssh_line(&key, line);
	if (err)
		return err;
	if (stella_keytype_is_fido(stella_pubkey_type(key))) { /* for commits; it signs no attestations */
		stella_pubkey_free(key);
		out->left_out++;
		return NULL;
	}
	space = memchr(line.data, ' ', line.size);
	space = memchr(space + 1, ' ', line.size - (size_t)(space + 1 - line.data));
	if (space)
		label = stella_span_strdup(stella_span(space + 1, line.size - (size_t)(space + 1 - line.data)));
	return add(out, key, stella_pubkey_default_alg(key), INT64_MIN, label);
}

static const struct stella_error *parse_ssh(struct stella_keydir *out, struct stella_span text)
{
	struct stella_cursor in = stella_cursor(text);
	const struct stella_error *err = NULL;
	struct stella_span line;

	for (size_t i = 1; in.left && !err; i++) {
		if (!stella_cursor_line(&in, &line)) { /* the last one, without its end */
			line = stella_span(in.at, in.left);
			in.left = 0;
		}
		if (line.size && line.data[line.size - 1] == '\r')
			line.size--;
		if (!line.size || line.data[0] == '#')
			continue;
		err = add_line(out, line);
		if (err)
			err = stella_error_prefix(err, "line %zu", i);
	}
	return err;
}

/* ---------------------------------------------------------------- which */

/* sshd(8) lists the types that may begin a line. */
static bool is_ssh(struct stella_span text)
{
	static const char *const starts[] = { "ssh-", "ecdsa-sha2-", "sk-ssh-", "sk-ecdsa-", "#" };

	for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
		if (stella_span_starts(text, starts[i]))
			return true;
	return false;
}

const struct stella_error *stella_keydir_parse(struct stella_keydir *out, struct stella_span text)
{
	const struct stella_error *err;
	struct stella_span start = text;

	*out = (struct stella_keydir){ 0 };
	if (text.size > STELLA_KEYDIR_MAX)
		return stella_error(STELLA_LIMIT, "a list of keys of more than %u bytes", STELLA_KEYDIR_MAX);
	while (start.size && memchr(" \t\r\n", start.data[0], 4))
		start = stella_span(start.data + 1, start.size - 1);
	if (stella_span_starts(start, "{")) {
		out->form = STELLA_KEYDIR_JWKS;
		err = parse_jwks(out, text);
	} else if (stella_span_starts(start, "-----BEGIN ")) {
		out->form = STELLA_KEYDIR_PEM;
		err = parse_pem(out, text);
	} else if (is_ssh(start)) {
		out->form = STELLA_KEYDIR_SSH;
		err = parse_ssh(out, text);
	} else {
		err = stella_error(STELLA_MALFORMED, "no list of keys (it begins with \"%.*s\"): expected a JWK set, "
			"PEM public keys or certificates, or OpenSSH public keys", (int)(start.size < 24 ? start.size : 24),
			(const char *)start.data);
	}
	if (err)
		stella_keydir_free(out);
	return err;
}

void stella_keydir_free(struct stella_keydir *dir)
{
	for (size_t i = 0; i < dir->count; i++) {
		stella_pubkey_free(dir->items[i].key);
		free(dir->items[i].label);
	}
	free(dir->items);
	*dir = (struct stella_keydir){ 0 };
}

const struct stella_keydir_key *stella_keydir_find(const struct stella_keydir *dir, const struct stella_sha256 *id)
{
	for (size_t i = 0; i < dir->count; i++)
		if (stella_sha256_equal(stella_pubkey_id(dir->items[i].key), id))
			return &dir->items[i];
	return NULL;
}
