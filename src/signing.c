/* SPDX-License-Identifier: Apache-2.0 */
/* Signing attestations: which key, and a Sigstore bundle 0.3 of the shape that cosign writes. */
#include "cmd.h"
#include "encode.h"
#include "records.h"
#include "signer.h"

#define MEDIA_TYPE "application/vnd.dev.sigstore.bundle.v0.3+json"

/* ---------------------------------------------------------------- the key */

const struct stella_error *signing_load(struct signing *out, struct cmd *cmd)
{
	const struct stella_error *err = signing_key_load(&out->signer, cmd);

	if (!err)
		err = signing_cert_load(&out->cert, cmd, stella_signer_key(out->signer));
	if (err)
		return err;
	stella_sha256_hex(out->keyid, stella_pubkey_id(stella_signer_key(out->signer)));
	out->algorithm = stella_pubkey_default_alg(stella_signer_key(out->signer));
	err = session_trust(&out->trust, cmd);
	if (err) {
		warn("whether this key is trusted is NOT CHECKED: %s", err->message);
		return NULL;
	}
	if (out->cert)
		return NULL; /* its issuer is who its identities say */
	err = stella_key_load(&out->key, out->trust, out->keyid);
	if (out->key)
		out->algorithm = out->key->algorithm;
	return stella_error_is(err, STELLA_NOT_FOUND) ? NULL : err;
}

void signing_free(struct signing *signing)
{
	stella_signer_free(signing->signer);
	stella_cert_free(signing->cert);
	stella_key_free(signing->key);
}

/* ---------------------------------------------------------------- the bundle */

/* Key order and shape as cosign 3 writes them, so that a difference means something. */
static void print_bundle(struct stella_buf *out, const struct signing *signing, const char *payload_type,
	struct stella_span payload, struct stella_span sig)
{
	struct stella_json *bundle = stella_json_new_object(), *part, *signature;
	const struct stella_sha256 *id = stella_pubkey_id(stella_signer_key(signing->signer));
	struct stella_buf text = { 0 };

	stella_json_set_text(bundle, "mediaType", MEDIA_TYPE);
	part = stella_json_set(bundle, "verificationMaterial", stella_json_new_object());
	part = stella_json_set(part, signing->cert ? "certificate" : "publicKey", stella_json_new_object());
	stella_base64_print(&text, signing->cert ? stella_cert_der(signing->cert) : stella_span(id->bytes, STELLA_SHA256_SIZE));
	stella_json_set_text(part, signing->cert ? "rawBytes" : "hint", (const char *)text.data);
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
		print_bundle(&bytes, signing, payload_type, payload, stella_buf_span(&sig));
		err = stella_evidence_parse(out, &bytes);
	}
	stella_buf_free(&pae);
	stella_buf_free(&sig);
	stella_buf_free(&bytes);
	return err;
}
