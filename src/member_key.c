/* SPDX-License-Identifier: Apache-2.0 */
/* What a member signs with beside SSH keys, as entries of a policy of version 2 (docs/trust-model.md, section 7). */
#include <string.h>

#include "cmd.h"
#include "sys.h"

#define CERTIFICATE_LABEL "CERTIFICATE"

static const char *const extra[] = { "certificate", "certificate-identity", "openpgp" };

bool member_key_asked(const struct cmd *cmd)
{
	bool asked = false;

	for (size_t i = 0; i < sizeof extra / sizeof *extra; i++)
		asked |= opts_get(cmd, extra[i]) != NULL;
	return asked;
}

static bool same(const struct stella_json *a, const struct stella_json *b)
{
	struct stella_buf left = { 0 }, right = { 0 };
	bool equal;

	stella_json_print(&left, a, STELLA_JSON_RECORD);
	stella_json_print(&right, b, STELLA_JSON_RECORD);
	equal = stella_span_equal(stella_buf_span(&left), stella_buf_span(&right));
	stella_buf_free(&left);
	stella_buf_free(&right);
	return equal;
}

/* Takes entry over; one that stands there already is not added again. */
static void add_entry(struct stella_json *member, struct stella_json *entry)
{
	for (size_t i = 0; i < stella_json_count(member); i++)
		if (same(stella_json_at(member, i), entry)) {
			stella_json_free(entry);
			return;
		}
	stella_json_add(member, entry);
}

static void set_base64(struct stella_json *entry, const char *name, struct stella_span bytes)
{
	struct stella_buf text = { 0 };

	stella_base64_print(&text, bytes);
	stella_json_set_text(entry, name, (const char *)text.data);
	stella_buf_free(&text);
}

/* PEM or DER; what cannot sign now would lock its member out. */
static const struct stella_error *add_certificate(struct stella_json *member, const char *path, int64_t now)
{
	struct stella_buf file = { 0 };
	struct stella_cert *cert = NULL;
	struct stella_json *entry;
	char hex[STELLA_SHA256_HEX];
	const struct stella_error *err = stella_sys_read(&file, path, STELLA_CMSSIG_MAX);

	if (!err && stella_span_starts(stella_buf_span(&file), "-----BEGIN "))
		err = stella_cert_parse_pem(&cert, stella_buf_span(&file));
	else if (!err)
		err = stella_cert_parse(&cert, stella_buf_span(&file));
	if (!err)
		err = stella_cmssig_verify_use(cert);
	if (!err && (stella_cert_not_after(cert) < now || stella_cert_not_before(cert) > now))
		err = stella_error(STELLA_CERT_EXPIRED, "the certificate is not valid now: its owner could not sign with it");
	if (!err) {
		entry = stella_json_new_object();
		set_base64(entry, "certificate", stella_cert_der(cert));
		stella_sha256_hex(hex, stella_cert_fingerprint(cert));
		stella_json_set_text(entry, "sha256", hex);
		add_entry(member, entry);
	}
	stella_cert_free(cert);
	stella_buf_free(&file);
	return err ? stella_error_prefix(err, "%s", path) : NULL;
}

static const struct stella_error *add_openpgp(struct stella_json *member, const char *path)
{
	struct stella_buf file = { 0 }, packets = { 0 };
	struct stella_openpgp *cert = NULL;
	struct stella_json *entry;
	const struct stella_error *err = stella_sys_read(&file, path, 2 * STELLA_PGP_CERT_MAX);

	if (!err && stella_span_starts(stella_buf_span(&file), "-----BEGIN "))
		err = stella_pgp_dearmor(&packets, stella_buf_span(&file), STELLA_PGP_CERT_LABEL);
	else if (!err)
		stella_buf_put_span(&packets, stella_buf_span(&file));
	if (!err)
		err = stella_openpgp_parse(&cert, stella_buf_span(&packets));
	if (!err) {
		entry = stella_json_new_object();
		set_base64(entry, "openpgp", stella_buf_span(&packets));
		stella_json_set_text(entry, "fingerprint", stella_openpgp_fingerprint(cert));
		add_entry(member, entry);
	}
	stella_openpgp_free(cert);
	stella_buf_free(&file);
	stella_buf_free(&packets);
	return err ? stella_error_prefix(err, "%s", path) : NULL;
}

/* --root names it, --trusted-root brings it; where the policy has one only, that is meant. */
static const struct stella_error *find_root(const char **out, struct cmd *cmd, struct stella_json *document)
{
	const char *file = opts_get(cmd, "trusted-root"), *name = opts_get(cmd, "root");
	struct stella_json *roots = stella_json_edit(document, "roots"), *value = NULL;
	const struct stella_json *only;
	struct stella_buf text = { 0 };
	const struct stella_error *err = NULL;

	if (!file && !name && stella_json_count(roots) == 1)
		stella_json_member(roots, 0, &name, &only);
	*out = name ? name : "sigstore";
	if (!file && !stella_json_find(roots, *out))
		return stella_error(STELLA_USAGE, "the policy has no root \"%.64s\": --trusted-root FILE, a Sigstore trusted_root.json, "
			"brings the authorities that may vouch for an identity", *out);
	if (!file)
		return NULL;
	err = stella_sys_read(&text, file, STELLA_TRUSTROOT_MAX);
	if (!err)
		err = stella_json_parse(&value, stella_buf_span(&text));
	stella_buf_free(&text);
	if (err)
		return stella_error_prefix(err, "%s", file);
	if (!roots)
		roots = stella_json_set(document, "roots", stella_json_new_object());
	if (stella_json_find(roots, *out) && !same(stella_json_find(roots, *out), value))
		err = stella_error(STELLA_USAGE, "the policy has another root \"%.64s\": --root NAME gives this one a name of its own", *out);
	if (err)
		stella_json_free(value);
	else
		stella_json_set(roots, *out, value);
	return err;
}

static const char *guess_type(const char *identity)
{
	return strstr(identity, "://") ? "uri" : strchr(identity, '@') ? "email" : "dns";
}

static const struct stella_error *add_identities(struct stella_json *member, struct cmd *cmd, struct stella_json *document)
{
	size_t count;
	const char *const *identities = opts_all(cmd, "certificate-identity", &count), *root;
	const char *issuer = opts_get(cmd, "certificate-oidc-issuer"), *type = opts_get(cmd, "san-type");
	const struct stella_error *err = find_root(&root, cmd, document);

	for (size_t i = 0; i < count && !err; i++) {
		struct stella_json *entry = stella_json_new_object();

		stella_json_set_text(entry, "identity", identities[i]);
		stella_json_set_text(entry, "type", type ? type : guess_type(identities[i]));
		if (issuer)
			stella_json_set_text(entry, "oidc_issuer", issuer);
		stella_json_set_text(entry, "root", root);
		add_entry(member, entry);
	}
	return err;
}

const struct stella_error *member_key_add(struct cmd *cmd, struct stella_json *document, const char *name)
{
	struct stella_json *member = stella_json_edit(stella_json_edit(document, "members"), name);
	const struct stella_error *err = NULL;
	size_t count;
	const char *const *files = opts_all(cmd, "certificate", &count);

	if (!member_key_asked(cmd)) {
		if (opts_get(cmd, "trusted-root") || opts_get(cmd, "root") || opts_get(cmd, "certificate-oidc-issuer"))
			err = stella_error(STELLA_USAGE, "--trusted-root, --root and --certificate-oidc-issuer belong to --certificate-identity");
		return err;
	}
	stella_json_set_int(document, "version", STELLA_POLICY_VERSION);
	for (size_t i = 0; i < count && !err; i++)
		err = add_certificate(member, files[i], cmd->now);
	files = opts_all(cmd, "openpgp", &count);
	for (size_t i = 0; i < count && !err; i++)
		err = add_openpgp(member, files[i]);
	if (!err && opts_get(cmd, "certificate-identity"))
		err = add_identities(member, cmd, document);
	return err;
}

void say_credentials(struct cmd *cmd, const char *before, const struct stella_member *member, const struct stella_member *other)
{
	for (size_t i = 0; i < member->credential_count; i++) {
		struct stella_buf text = { 0 };
		bool holds = false;

		for (size_t k = 0; other && k < other->credential_count; k++)
			holds |= stella_sha256_equal(&other->credentials[k].id, &member->credentials[i].id);
		stella_credential_print(&text, &member->credentials[i]);
		if (!holds)
			say(cmd, "%s%s\n", before, show_span(cmd, stella_buf_span(&text)));
		stella_buf_free(&text);
	}
}

struct stella_json *json_credential(const struct stella_credential *credential)
{
	static const char *const kinds[] = { "x509-key", "x509-identity", "openpgp" };
	struct stella_json *object = stella_json_new_object();
	struct stella_buf text = { 0 };

	stella_json_set_text(object, "kind", kinds[credential->kind]);
	stella_credential_print(&text, credential);
	stella_json_set(object, "text", stella_json_new_text_span(stella_buf_span(&text)));
	stella_buf_free(&text);
	if (credential->kind == STELLA_CREDENTIAL_IDENTITY) {
		stella_json_set_text(object, "san", credential->name);
		stella_json_set_text(object, "oidcIssuer", credential->oidc_issuer);
		stella_json_set_text(object, "root", credential->root->name);
	} else if (credential->kind == STELLA_CREDENTIAL_OPENPGP) {
		stella_json_set_text(object, "fingerprint", stella_openpgp_fingerprint(credential->openpgp));
	} else {
		stella_json_set(object, "sha256", json_id(stella_cert_fingerprint(credential->cert)));
	}
	return object;
}
