/* SPDX-License-Identifier: Apache-2.0 */
/* Envelopes by bare keys with a threshold, and by a certificate beside the signature. */
#include "corpora.h"
#include "dsse.h"
#include "encode.h"
#include "text.h"
#include "x509.h"

#include <stdio.h>
#include <string.h>

/* ---------------------------------------------------------------- by keys */

/* Keys are counted, not signatures: how many of them signed? */
static const struct stella_error *judge_keys(struct corpus *c, const struct stella_json *v,
	const struct stella_dsse *dsse, struct stella_span pae)
{
	const struct stella_json *keys = corpus_array(c, v, "keys");
	const struct stella_error *err;
	int64_t threshold = 0, signers = 0;
	struct stella_pubkey *key;

	err = stella_json_int(&threshold, stella_json_find(v, "threshold"), 1, 100);
	for (size_t i = 0; !err && i < stella_json_count(keys); i++) {
		struct stella_buf pem = corpus_read(c, stella_json_text(stella_json_at(keys, i)));
		bool signs = false;

		err = stella_pubkey_parse_pem(&key, stella_buf_span(&pem));
		stella_buf_free(&pem);
		if (err)
			break;
		for (size_t k = 0; k < dsse->signature_count && !signs; k++)
			signs = !stella_pubkey_verify(key, stella_pubkey_default_alg(key), pae,
				stella_buf_span(&dsse->signatures[k].sig));
		stella_pubkey_free(key);
		signers += signs;
	}
	if (!err && signers < threshold)
		err = stella_error(STELLA_SIGNATURE_MISMATCH, "%d of %d keys signed", (int)signers, (int)threshold);
	return err;
}

/* ---------------------------------------------------------------- by certificate */

struct roots {
	struct stella_cert *anchors[64], *others[64];
	size_t anchor_count, other_count;
};

/* The last one of a chain is its anchor. */
static const struct stella_error *read_chain(struct roots *out, struct corpus *c, const struct stella_json *list)
{
	const struct stella_error *err = NULL;
	struct stella_buf der = { 0 };
	struct stella_cert *cert;

	for (size_t i = 0; !err && i < stella_json_count(list); i++) {
		err = stella_base64_parse(&der, stella_span_str(corpus_text(c, stella_json_at(list, i), "rawBytes")),
			STELLA_BASE64_STRICT);
		if (!err)
			err = stella_cert_parse(&cert, stella_buf_span(&der));
		stella_buf_free(&der);
		if (err || out->anchor_count == 64 || out->other_count == 64)
			break;
		if (i + 1 == stella_json_count(list))
			out->anchors[out->anchor_count++] = cert;
		else
			out->others[out->other_count++] = cert;
	}
	return err;
}

static const struct stella_error *read_roots(struct roots *out, struct corpus *c, const char *file)
{
	struct stella_json *json = corpus_json(c, file);
	const struct stella_json *list = corpus_array(c, json, "certificateAuthorities");
	const struct stella_error *err = NULL;

	for (size_t i = 0; !err && i < stella_json_count(list); i++)
		err = read_chain(out, c, corpus_array(c, stella_json_find(stella_json_at(list, i), "certChain"),
			"certificates"));
	stella_json_free(json);
	return err;
}

static void free_roots(struct roots *roots)
{
	for (size_t i = 0; i < roots->anchor_count; i++)
		stella_cert_free(roots->anchors[i]);
	for (size_t i = 0; i < roots->other_count; i++)
		stella_cert_free(roots->others[i]);
}

/* 1.3.6.1.4.1.57264.1.1, Fulcio's issuer: its bytes as they are. */
static bool has_issuer(const struct stella_cert *leaf, const char *issuer)
{
	static const uint8_t oid[] = { 0x06, 0x0a, 0x2b, 6, 1, 4, 1, 0x83, 0xbf, 0x30, 1, 1, 0x04 };
	struct stella_span der = stella_cert_der(leaf);
	const uint8_t *at = memmem(der.data, der.size, oid, sizeof oid);
	size_t size = strlen(issuer);

	return at && (size_t)(der.data + der.size - at) > sizeof oid + 1 + size && at[sizeof oid] == size
		&& memcmp(at + sizeof oid + 1, issuer, size) == 0;
}

static const struct stella_error *judge_identity(struct corpus *c, const struct stella_json *v,
	const struct stella_cert *leaf)
{
	enum stella_san type;
	const char *value;

	for (size_t i = 0; stella_cert_san(leaf, i, &type, &value); i++) {
		if (type == STELLA_SAN_URI && strcmp(value, corpus_text(c, v, "identity")) == 0
			&& has_issuer(leaf, corpus_text(c, v, "issuer")))
			return NULL;
	}
	return stella_error(STELLA_IDENTITY_MISMATCH, "another identity");
}

static const struct stella_error *judge_leaf(struct corpus *c, const struct stella_json *v,
	const struct stella_cert *leaf, struct stella_span pae, struct stella_span sig)
{
	const struct stella_pubkey *key = stella_cert_key(leaf);
	struct roots roots = { 0 };
	struct stella_chain chain;
	const struct stella_error *err;
	int64_t at;

	err = stella_time_parse(&at, stella_span_str(corpus_text(c, v, "time")));
	if (!err)
		err = stella_pubkey_verify(key, stella_pubkey_default_alg(key), pae, sig);
	if (!err)
		err = read_roots(&roots, c, corpus_text(c, v, "trusted_root"));
	if (!err)
		err = stella_chain_verify(&chain, leaf, (const struct stella_cert *const *)roots.others,
			roots.other_count, (const struct stella_cert *const *)roots.anchors, roots.anchor_count, at);
	free_roots(&roots);
	return err ? err : judge_identity(c, v, leaf);
}

static const struct stella_error *judge_certificate(struct corpus *c, const struct stella_json *v,
	const struct stella_dsse *dsse, struct stella_span pae)
{
	const struct stella_signature *signature = &dsse->signatures[0];
	struct stella_cert *leaf;
	const struct stella_error *err;

	if (!signature->cert_count)
		return stella_error(STELLA_MALFORMED, "no certificate");
	err = stella_cert_parse(&leaf, stella_buf_span(&signature->certs[0]));
	if (err)
		return err;
	err = judge_leaf(c, v, leaf, pae, stella_buf_span(&signature->sig));
	stella_cert_free(leaf);
	return err;
}

/* ---------------------------------------------------------------- the cases */

static const struct stella_error *judge(struct corpus *c, const struct stella_json *v, const struct stella_dsse *dsse)
{
	const struct stella_error *err;
	struct stella_buf pae = { 0 };

	if (strcmp(dsse->payload_type, corpus_text(c, v, "payload_type")) != 0)
		return stella_error(STELLA_NO_ATTESTATION, "another payload type");
	stella_dsse_pae(&pae, dsse->payload_type, stella_buf_span(&dsse->payload));
	err = strcmp(corpus_text(c, v, "kind"), "dsse-x509") == 0
		? judge_certificate(c, v, dsse, stella_buf_span(&pae)) : judge_keys(c, v, dsse, stella_buf_span(&pae));
	stella_buf_free(&pae);
	return err;
}

static void run_case(struct corpus *c, const struct stella_json *v)
{
	struct stella_buf text = corpus_read(c, corpus_text(c, v, "envelope"));
	struct stella_dsse *dsse = NULL;
	struct stella_json *json;
	const struct stella_error *err;

	err = stella_json_parse(&json, stella_buf_span(&text));
	if (!err)
		err = stella_dsse_parse(&dsse, json);
	if (!err)
		err = judge(c, v, dsse);
	if (stella_json_find(v, "disputed"))
		corpus_out_of_scope(c, "disputed");
	else
		corpus_judge(c, corpus_text(c, v, "id"), strcmp(corpus_text(c, v, "expected"), "valid") == 0, err);
	stella_dsse_free(dsse);
	stella_json_free(json);
	stella_buf_free(&text);
}

void corpus_dsse(struct corpus *c)
{
	struct stella_json *index = corpus_json(c, "index.json");
	const struct stella_json *cases = corpus_array(c, index, "cases");

	for (size_t i = 0; i < stella_json_count(cases); i++)
		run_case(c, stella_json_at(cases, i));
	stella_json_free(index);
}
