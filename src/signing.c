/* SPDX-License-Identifier: Apache-2.0 */
/* Signing attestations: which key, and a Sigstore bundle 0.3 of the shape that cosign writes. */
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "encode.h"
#include "records.h"
#include "signer.h"
#include "sys.h"

#define SECRET_FILE_MAX 65536
#define MEDIA_TYPE "application/vnd.dev.sigstore.bundle.v0.3+json"

/* ---------------------------------------------------------------- the key */

static const struct stella_error *key_path(const char **out, struct cmd *cmd)
{
	struct stella_repo *repo;
	struct stella_buf path = { 0 };
	const char *level, *home = getenv("HOME");
	char *value;
	const struct stella_error *err;

	*out = opts_get(cmd, "key");
	if (*out)
		return NULL;
	err = session_repo(&repo, cmd);
	if (!err)
		err = stella_repo_config(&value, &level, repo, "stella.attestKey");
	if (err)
		return err;
	if (!value)
		return stella_error(STELLA_USAGE, "which key: --key FILE, or git config stella.attestKey FILE");
	stella_buf_printf(&path, "%s%s", !strncmp(value, "~/", 2) && home ? home : "",
		value + (!strncmp(value, "~/", 2) && home));
	free(value);
	*out = keep(cmd, stella_buf_take_str(&path));
	return NULL;
}

static const struct stella_error *ask_passphrase(struct stella_buf *secret, void *context)
{
	struct cmd *cmd = context;
	const char *path = opts_get(cmd, "passphrase-file");
	const struct stella_error *err;

	if (!path)
		return stella_sys_ask_secret(secret, "Passphrase of the key");
	err = stella_sys_read(secret, path, 4096);
	while (!err && secret->size && strchr("\r\n", secret->data[secret->size - 1]) && secret->data[secret->size - 1])
		secret->data[--secret->size] = 0;
	return err;
}

static const struct stella_error *load_signer(struct stella_signer **out, struct cmd *cmd)
{
	struct stella_buf pem = { 0 };
	const char *path;
	const struct stella_error *err = key_path(&path, cmd);

	*out = NULL;
	if (err)
		return err;
	err = stella_sys_read(&pem, path, SECRET_FILE_MAX);
	if (!err) {
		err = stella_signer_parse(out, stella_buf_span(&pem), ask_passphrase, cmd);
		if (err)
			err = stella_error_prefix(err, "%s", path);
	}
	stella_buf_wipe(&pem);
	return err;
}

const struct stella_error *signing_load(struct signing *out, struct cmd *cmd)
{
	const struct stella_error *err = load_signer(&out->signer, cmd);

	if (err)
		return err;
	stella_sha256_hex(out->keyid, stella_pubkey_id(stella_signer_key(out->signer)));
	out->algorithm = stella_pubkey_default_alg(stella_signer_key(out->signer));
	err = session_trust(&out->trust, cmd);
	if (err) {
		warn("whether this key is trusted is NOT CHECKED: %s", err->message);
		return NULL;
	}
	err = stella_key_load(&out->key, out->trust, out->keyid);
	if (out->key)
		out->algorithm = out->key->algorithm;
	return stella_error_is(err, STELLA_NOT_FOUND) ? NULL : err;
}

void signing_free(struct signing *signing)
{
	stella_signer_free(signing->signer);
	stella_key_free(signing->key);
}

/* ---------------------------------------------------------------- the bundle */

/* Key order and shape as cosign 3 writes them, so that a difference means something. */
static void print_bundle(struct stella_buf *out, const struct stella_pubkey *key, const char *payload_type,
	struct stella_span payload, struct stella_span sig)
{
	struct stella_json *bundle = stella_json_new_object(), *part, *signature;
	struct stella_buf text = { 0 };

	stella_json_set_text(bundle, "mediaType", MEDIA_TYPE);
	part = stella_json_set(bundle, "verificationMaterial", stella_json_new_object());
	part = stella_json_set(part, "publicKey", stella_json_new_object());
	stella_base64_print(&text, stella_span(stella_pubkey_id(key)->bytes, STELLA_SHA256_SIZE));
	stella_json_set_text(part, "hint", (const char *)text.data);
	part = stella_json_set(bundle, "dsseEnvelope", stella_json_new_object());
	stella_buf_free(&text);
	stella_base64_print(&text, payload);
	stella_json_set_text(part, "payload", (const char *)text.data);
	stella_json_set_text(part, "payloadType", payload_type);
	signature = stella_json_add(stella_json_set(part, "signatures", stella_json_new_array()), stella_json_new_object());
	stella_buf_free(&text);
	stella_base64_print(&text, sig);
	stella_json_set_text(signature, "sig", (const char *)text.data);
	stella_buf_free(&text);
	stella_json_print(out, bundle, STELLA_JSON_LINE);
	stella_json_free(bundle);
}

const struct stella_error *signing_sign(struct stella_evidence **out, const struct signing *signing,
	const char *payload_type, struct stella_span payload)
{
	struct stella_buf pae = { 0 }, sig = { 0 }, bytes = { 0 };
	const struct stella_error *err;

	stella_dsse_pae(&pae, payload_type, payload);
	err = stella_signer_sign(&sig, signing->signer, signing->algorithm, stella_buf_span(&pae));
	if (!err) {
		print_bundle(&bytes, stella_signer_key(signing->signer), payload_type, payload, stella_buf_span(&sig));
		err = stella_evidence_parse(out, &bytes);
	}
	stella_buf_free(&pae);
	stella_buf_free(&sig);
	stella_buf_free(&bytes);
	return err;
}
