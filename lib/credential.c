/* SPDX-License-Identifier: Apache-2.0 */
#include "credential.h"

#include <stdlib.h>
#include <string.h>

#include "encode.h"
#include "text.h"

#define X509_ID "stella-member-x509-v2"         /* each with its NUL */
#define IDENTITY_ID "stella-member-identity-v2"
#define OPENPGP_ID "stella-member-openpgp-v2"
#define NAME_MAX_BYTES 1024

/* ---------------------------------------------------------------- roots */

const struct stella_error *stella_policy_root_parse(struct stella_policy_root *out, const char *name,
	const struct stella_json *value)
{
	const struct stella_error *err;
	struct stella_buf text = { 0 };

	*out = (struct stella_policy_root){ .name = stella_strdup(name) };
	if (stella_json_type(value) != STELLA_JSON_OBJECT)
		return stella_error(STELLA_MALFORMED, "not a JSON object");
	stella_json_print(&text, value, STELLA_JSON_RECORD);
	out->sha256 = stella_sha256(stella_buf_span(&text));
	err = stella_trustroot_parse(&out->root, stella_buf_span(&text));
	if (!err && !out->root->ca_count)
		err = stella_error(STELLA_MALFORMED, "it has no certificate authority");
	if (!err && !out->root->tlog_count && !out->root->tsa_count)
		err = stella_error(STELLA_MALFORMED, "it has neither a log nor a timestamp authority, so that no time could be verified");
	stella_buf_free(&text);
	return err;
}

void stella_policy_root_free(struct stella_policy_root *root)
{
	free(root->name);
	stella_trustroot_free(root->root);
	*root = (struct stella_policy_root){ 0 };
}

static const struct stella_policy_root *find_root(const struct stella_policy_root *roots, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(roots[i].name, name) == 0)
			return &roots[i];
	return NULL;
}

/* ---------------------------------------------------------------- ids */

static struct stella_sha256 id_of(const char *prefix, size_t prefix_size, struct stella_span rest)
{
	struct stella_buf text = { 0 };
	struct stella_sha256 id;

	stella_buf_put(&text, prefix, prefix_size);
	stella_buf_put_span(&text, rest);
	id = stella_sha256(stella_buf_span(&text));
	stella_buf_free(&text);
	return id;
}

static void print_identity(struct stella_buf *out, const struct stella_credential *c)
{
	stella_buf_put_string(out, stella_span_str(stella_san_name(c->san)));
	stella_buf_put_string(out, stella_span_str(c->name));
	stella_buf_put_u8(out, c->oidc_issuer != NULL);
	stella_buf_put_string(out, stella_span_str(c->oidc_issuer ? c->oidc_issuer : ""));
}

/* ---------------------------------------------------------------- entries */

static const struct stella_error *read_base64(struct stella_buf *out, const struct stella_json *value, const char *name)
{
	const char *text;
	const struct stella_error *err = stella_json_need_text(&text, value, name);

	if (!err)
		err = stella_base64_parse(out, stella_span_str(text), STELLA_BASE64_STRICT);
	return err ? stella_error_prefix(err, "\"%s\"", name) : NULL;
}

/* What a reviewer reads must be of what is meant. */
static const struct stella_error *check_fingerprint(const struct stella_json *value, const char *name, const char *found)
{
	const char *said;
	const struct stella_error *err = stella_json_need_text(&said, value, name);

	if (!err && strcmp(said, found) != 0)
		err = stella_error(STELLA_MALFORMED, "\"%s\": %.64s, but it is %s", name, said, found);
	return err;
}

static const struct stella_error *parse_certificate(struct stella_credential *out, const struct stella_json *value)
{
	static const char *const names[] = { "certificate", "sha256", NULL };
	const struct stella_error *err = stella_json_closed(value, names);
	struct stella_buf der = { 0 };
	char hex[STELLA_SHA256_HEX];

	out->kind = STELLA_CREDENTIAL_CERTIFICATE;
	if (!err)
		err = read_base64(&der, value, "certificate");
	if (!err)
		err = stella_cert_parse(&out->cert, stella_buf_span(&der));
	if (err)
		goto done;
	stella_sha256_hex(hex, stella_cert_fingerprint(out->cert));
	err = check_fingerprint(value, "sha256", hex);
	if (!err)
		err = stella_cmssig_verify_use(out->cert);
	if (!err)
		out->id = id_of(X509_ID, sizeof X509_ID, stella_span(stella_pubkey_id(stella_cert_key(out->cert))->bytes,
			STELLA_SHA256_SIZE));
done:
	stella_buf_free(&der);
	return err;
}

static bool is_name(const char *text)
{
	struct stella_cursor c = stella_cursor(stella_span_str(text));
	uint32_t character;

	if (!c.left || c.left > NAME_MAX_BYTES)
		return false;
	while (c.left)
		if (!stella_utf8_next(&c, &character) || character <= ' ' || character == 0x7f)
			return false;
	return true;
}

static const struct stella_error *parse_identity(struct stella_credential *out, const struct stella_json *value,
	const struct stella_policy_root *roots, size_t root_count)
{
	static const char *const names[] = { "identity", "oidc_issuer", "root", "type", NULL };
	const char *name, *type, *issuer = NULL, *root;
	const struct stella_error *err = stella_json_closed(value, names);
	struct stella_buf text = { 0 };

	out->kind = STELLA_CREDENTIAL_IDENTITY;
	if (!err)
		err = stella_json_need_text(&name, value, "identity");
	if (!err)
		err = stella_json_need_text(&type, value, "type");
	if (!err)
		err = stella_json_want_text(&issuer, value, "oidc_issuer");
	if (!err)
		err = stella_json_need_text(&root, value, "root");
	if (err)
		return err;
	if (!stella_san_find(&out->san, type))
		return stella_error(STELLA_MALFORMED, "\"type\": \"%.64s\" is not a kind of name", type);
	if (!is_name(name))
		return stella_error(STELLA_MALFORMED, "\"identity\": not a name");
	if (issuer && !is_name(issuer))
		return stella_error(STELLA_MALFORMED, "\"oidc_issuer\": not the URL of an issuer");
	out->root = find_root(roots, root_count, root);
	if (!out->root)
		return stella_error(STELLA_MALFORMED, "\"root\": the policy has no root \"%.64s\"", root);
	out->name = stella_strdup(name);
	out->oidc_issuer = stella_strdup(issuer);
	stella_buf_put(&text, out->root->sha256.bytes, STELLA_SHA256_SIZE);
	print_identity(&text, out);
	out->id = id_of(IDENTITY_ID, sizeof IDENTITY_ID, stella_buf_span(&text));
	stella_buf_free(&text);
	return NULL;
}

static const struct stella_error *parse_openpgp(struct stella_credential *out, const struct stella_json *value)
{
	static const char *const names[] = { "fingerprint", "openpgp", NULL };
	const struct stella_error *err = stella_json_closed(value, names);
	struct stella_buf bytes = { 0 };
	struct stella_sha256 sha256;

	out->kind = STELLA_CREDENTIAL_OPENPGP;
	if (!err)
		err = read_base64(&bytes, value, "openpgp");
	if (!err)
		err = stella_openpgp_parse(&out->openpgp, stella_buf_span(&bytes));
	if (!err)
		err = check_fingerprint(value, "fingerprint", stella_openpgp_fingerprint(out->openpgp));
	if (!err) {
		sha256 = stella_sha256(stella_buf_span(&bytes));
		out->id = id_of(OPENPGP_ID, sizeof OPENPGP_ID, stella_span(sha256.bytes, STELLA_SHA256_SIZE));
	}
	stella_buf_free(&bytes);
	return err;
}

const struct stella_error *stella_credential_parse(struct stella_credential *out, const struct stella_json *value,
	const struct stella_policy_root *roots, size_t root_count)
{
	*out = (struct stella_credential){ 0 };
	if (stella_json_find(value, "certificate"))
		return parse_certificate(out, value);
	if (stella_json_find(value, "identity"))
		return parse_identity(out, value, roots, root_count);
	if (stella_json_find(value, "openpgp"))
		return parse_openpgp(out, value);
	return stella_error(STELLA_MALFORMED, "a key that is none of \"certificate\", \"identity\" and \"openpgp\"");
}

void stella_credential_free(struct stella_credential *credential)
{
	stella_cert_free(credential->cert);
	stella_openpgp_free(credential->openpgp);
	free(credential->name);
	free(credential->oidc_issuer);
	*credential = (struct stella_credential){ 0 };
}

void stella_credential_print(struct stella_buf *out, const struct stella_credential *credential)
{
	const struct stella_pubkey *key;

	switch (credential->kind) {
	case STELLA_CREDENTIAL_CERTIFICATE:
		key = stella_cert_key(credential->cert);
		stella_buf_printf(out, "X.509 %s ", stella_pubkey_type_name(key));
		stella_pubkey_print_fingerprint(out, key);
		stella_buf_printf(out, " of \"%s\"", stella_cert_subject(credential->cert));
		break;
	case STELLA_CREDENTIAL_IDENTITY:
		stella_buf_printf(out, "%s %s%s%s under root %s", stella_san_name(credential->san), credential->name,
			credential->oidc_issuer ? " by issuer " : ", no OIDC issuer,",
			credential->oidc_issuer ? credential->oidc_issuer : "", credential->root->name);
		break;
	default:
		stella_buf_printf(out, "OpenPGP %s", stella_openpgp_fingerprint(credential->openpgp));
		if (stella_openpgp_user_id(credential->openpgp))
			stella_buf_printf(out, " of \"%s\"", stella_openpgp_user_id(credential->openpgp));
	}
}

size_t stella_credential_key_count(const struct stella_credential *credential)
{
	switch (credential->kind) {
	case STELLA_CREDENTIAL_CERTIFICATE:
		return 1;
	case STELLA_CREDENTIAL_IDENTITY:
		return 0;
	default:
		return stella_openpgp_keys(credential->openpgp)->key_count;
	}
}

const struct stella_sha256 *stella_credential_key(const struct stella_credential *credential, size_t i)
{
	if (credential->kind == STELLA_CREDENTIAL_CERTIFICATE)
		return stella_pubkey_id(stella_cert_key(credential->cert));
	return stella_pubkey_id(stella_openpgp_keys(credential->openpgp)->keys[i]);
}

struct stella_sha256 stella_credential_identity(const struct stella_credential *credential)
{
	struct stella_buf text = { 0 };
	struct stella_sha256 id;

	print_identity(&text, credential);
	for (size_t i = 0; i < text.size; i++)
		if (text.data[i] >= 'A' && text.data[i] <= 'Z')
			text.data[i] = (uint8_t)(text.data[i] - 'A' + 'a');
	id = stella_sha256(stella_buf_span(&text));
	stella_buf_free(&text);
	return id;
}
