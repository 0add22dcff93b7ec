/* SPDX-License-Identifier: Apache-2.0 */
#include "sigstore_internal.h"

#include <stdio.h>
#include <string.h>

#include "encode.h"
#include "sct.h"

/* ---------------------------------------------------------------- what was signed */

/* What hashes the digests that were given or that the bytes have; one text per value. */
static const struct stella_error *read_artifact(struct stella_sigstore_run *r)
{
	for (size_t i = 0; r->artifact && i < r->artifact->count; i++) {
		const struct stella_digest *d = &r->artifact->digests[i];
		const struct stella_error *err;
		enum stella_hash hash;

		if (!stella_hash_find(&hash, stella_span_str(d->algorithm)))
			continue;
		r->digests[hash].size = 0;
		err = stella_hex_parse(&r->digests[hash], stella_span_str(d->hex));
		if (err)
			return err;
		if (r->digests[hash].size != stella_hash_size(hash))
			return stella_error(STELLA_USAGE, "a %s digest of %zu bytes", d->algorithm, r->digests[hash].size);
	}
	return NULL;
}

static void hash_all(struct stella_sigstore_run *r, struct stella_span bytes)
{
	for (unsigned i = 0; i < STELLA_HASH_COUNT; i++) {
		uint8_t digest[STELLA_DIGEST_MAX];

		stella_hash((enum stella_hash)i, bytes, digest);
		r->digests[i].size = 0;
		stella_buf_put(&r->digests[i], digest, stella_hash_size((enum stella_hash)i));
	}
}

/* The digest in a message signature is no proof of anything, and must be right all the same. */
static const struct stella_error *read_message(struct stella_sigstore_run *r)
{
	enum stella_hash hash = r->bundle->message_hash;
	const struct stella_error *err = read_artifact(r);

	if (err)
		return err;
	if (r->artifact && r->artifact->bytes.data)
		hash_all(r, r->artifact->bytes);
	r->signature = stella_buf_span(&r->bundle->message_signature);
	if (r->digests[hash].size == 0)
		return stella_error(STELLA_SUBJECT_MISMATCH, "the bundle is about a %s digest, and none is known of the artifact",
			stella_hash_name(hash));
	if (!stella_span_equal(stella_buf_span(&r->digests[hash]), stella_buf_span(&r->bundle->message_digest)))
		return stella_error(STELLA_SUBJECT_MISMATCH, "the bundle is about another artifact: its %s digest differs",
			stella_hash_name(hash));
	return NULL;
}

static const struct stella_error *read_envelope(struct stella_sigstore_run *r)
{
	const struct stella_dsse *dsse = r->bundle->dsse;
	struct stella_span payload = stella_buf_span(&dsse->payload);
	const struct stella_error *err;

	if (!stella_payload_type_is_intoto(dsse->payload_type))
		return stella_error(STELLA_SUBJECT_MISMATCH, "payload type \"%.200s\" is not of in-toto, and names no subject",
			dsse->payload_type);
	stella_dsse_pae(&r->pae, dsse->payload_type, payload);
	hash_all(r, stella_buf_span(&r->pae));
	r->signature = stella_buf_span(&dsse->signatures[0].sig);
	err = stella_statement_parse_untyped(&r->out->statement, payload);
	if (err)
		return err;
	if (r->artifact && !stella_statement_find_subject(r->out->statement, r->artifact->digests, r->artifact->count))
		return stella_error(STELLA_SUBJECT_MISMATCH, "no subject of the statement is the artifact");
	return NULL;
}

/* Is it the certificate under whose key the caller has verified something? */
static bool has_certificate(const struct stella_sigstore_run *r)
{
	return r->verified && stella_span_equal(stella_cert_der(r->verified->cert), stella_buf_span(&r->bundle->certs[0]));
}

static const struct stella_error *read_signer(struct stella_sigstore_run *r, const struct stella_pubkey *key)
{
	const struct stella_error *err;

	if (key) {
		r->key = key;
		return r->bundle->cert_count == 0 ? NULL : stella_error(STELLA_KEY_UNKNOWN,
			"the bundle is signed with a certificate, not with a bare key");
	}
	if (r->bundle->cert_count == 0)
		return stella_error(STELLA_KEY_UNKNOWN, "the bundle is signed with a bare key, and none was given");
	if (has_certificate(r)) {
		r->out->cert = r->verified->cert;
	} else {
		err = stella_cert_parse(&r->out->owned, stella_buf_span(&r->bundle->certs[0]));
		if (err)
			return err;
		r->out->cert = r->out->owned;
	}
	r->key = stella_cert_key(r->out->cert);
	return r->key ? NULL : stella_error(STELLA_ALGORITHM_UNSUPPORTED,
		"algorithm not supported: the key of the signer's certificate");
}

/* ---------------------------------------------------------------- certificate */

static const struct stella_error *verify_chain(struct stella_sigstore_run *r, int64_t at)
{
	const struct stella_error *err;
	struct stella_error best = { .code = STELLA_ANCHOR_MISSING };
	char text[STELLA_TIME_TEXT];

	stella_time_print(text, at);
	snprintf(best.message, sizeof best.message, "trust anchor not found: the trusted root has no authority valid at %s", text);
	for (size_t i = 0; i < r->root->ca_count; i++) {
		const struct stella_authority *ca = &r->root->cas[i];
		const struct stella_cert *const *certs = (const struct stella_cert *const *)ca->certs;

		if (!stella_window_holds(&ca->window, at))
			continue;
		err = stella_chain_verify(&r->out->chain, r->out->cert, certs, ca->cert_count - 1,
			certs + ca->cert_count - 1, 1, at);
		if (!err)
			return NULL;
		if (best.code == STELLA_ANCHOR_MISSING || err->code == STELLA_CERT_EXPIRED)
			best = *err;
	}
	return stella_error(best.code, "%s", best.message);
}

/* At every time, and by the issuer that the chain then had. */
static const struct stella_error *verify_certificate(struct stella_sigstore_run *r)
{
	const struct stella_cert *issuer = NULL;
	const struct stella_error *err = NULL;

	for (size_t i = 0; !err && i < r->out->time_count; i++) {
		err = verify_chain(r, r->out->times[i].time);
		if (err || (r->thresholds->scts == 0) || r->out->chain.certs[1] == issuer)
			continue;
		issuer = r->out->chain.certs[1];
		err = stella_sct_verify(r->out->cert, issuer, r->root->ctlogs, r->root->ctlog_count, r->thresholds->scts,
			&r->out->sct_count);
	}
	return err;
}

/* ---------------------------------------------------------------- signature */

/*
 * A key id in an envelope is no proof of anything.  One that names another key is refused all the same, as cosign and
 * sigstore-go do (the fingerprint of ssh-keygen, as go-securesystemslib has it); ours is the digest of the key in hex, that
 * of npm in base64.
 */
static bool names_key(const char *keyid, const struct stella_pubkey *key)
{
	const struct stella_sha256 *id = stella_pubkey_id(key);
	struct stella_buf ssh = { 0 }, npm = { 0 };
	char hex[STELLA_SHA256_HEX];
	bool is;

	stella_sha256_hex(hex, id);
	stella_pubkey_print_fingerprint(&ssh, key);
	stella_buf_put_str(&npm, "SHA256:");
	stella_base64_print(&npm, stella_span(id->bytes, sizeof id->bytes));
	npm.size -= npm.data[npm.size - 1] == '=';
	is = strcmp(keyid, "") == 0 || strcmp(keyid, hex) == 0 ||
		stella_span_equal(stella_span_str(keyid), stella_buf_span(&ssh)) ||
		stella_span_equal(stella_span_str(keyid), stella_buf_span(&npm));
	stella_buf_free(&ssh);
	stella_buf_free(&npm);
	return is;
}

/* By the key of this certificate, over these bytes, is this signature: all three, or it is another question. */
static bool is_verified(const struct stella_sigstore_run *r)
{
	return has_certificate(r) && stella_span_equal(r->verified->message, stella_buf_span(&r->pae)) &&
		stella_span_equal(r->verified->signature, r->signature);
}

/* Where one kind of key is used in two ways, both are tried. */
static const struct stella_error *compute_envelope(const struct stella_sigstore_run *r)
{
	enum stella_sigalg alg = stella_pubkey_default_alg(r->key);
	struct stella_span pae = stella_buf_span(&r->pae);
	const struct stella_error *err = stella_pubkey_verify(r->key, alg, pae, r->signature);

	if (err && alg == STELLA_SIG_ED25519)
		err = stella_pubkey_verify(r->key, STELLA_SIG_ED25519PH, pae, r->signature);
	else if (err && stella_pubkey_allows(r->key, STELLA_SIG_ECDSA_SHA256) && alg != STELLA_SIG_ECDSA_SHA256)
		err = stella_pubkey_verify(r->key, STELLA_SIG_ECDSA_SHA256, pae, r->signature);
	return err;
}

static const struct stella_error *verify_envelope(const struct stella_sigstore_run *r)
{
	const char *keyid = r->bundle->dsse->signatures[0].keyid;
	const struct stella_error *err = is_verified(r) ? NULL : compute_envelope(r);

	if (!err && keyid && !names_key(keyid, r->key))
		err = stella_error(STELLA_SIGNATURE_MISMATCH, "the envelope's key id \"%.128s\" names another key than the one that "
			"signed it", keyid);
	return err;
}

static const struct stella_error *verify_message(const struct stella_sigstore_run *r)
{
	static const enum stella_sigalg ecdsa[] = {
		STELLA_SIG_ECDSA_SHA256, STELLA_SIG_ECDSA_SHA384, STELLA_SIG_ECDSA_SHA512,
	};
	static const enum stella_sigalg rsa[] = { STELLA_SIG_RSA_SHA256, STELLA_SIG_RSA_SHA384, STELLA_SIG_RSA_SHA512 };
	enum stella_hash hash = r->bundle->message_hash;
	struct stella_span digest = stella_buf_span(&r->digests[hash]);
	struct stella_span sha512 = stella_buf_span(&r->digests[STELLA_HASH_SHA512]);
	const struct stella_error *err = NULL;

	if (stella_pubkey_allows(r->key, ecdsa[hash]))
		return stella_pubkey_verify_digest(r->key, ecdsa[hash], digest, r->signature);
	if (stella_pubkey_allows(r->key, rsa[hash]))
		return stella_pubkey_verify_digest(r->key, rsa[hash], digest, r->signature);
	if (sha512.size)
		err = stella_pubkey_verify_digest(r->key, STELLA_SIG_ED25519PH, sha512, r->signature);
	if ((err || !sha512.size) && r->artifact && r->artifact->bytes.data)
		return stella_pubkey_verify(r->key, STELLA_SIG_ED25519, r->artifact->bytes, r->signature);
	if (sha512.size)
		return err;
	return stella_error(STELLA_ALGORITHM_UNSUPPORTED,
		"an Ed25519 signature cannot be verified over a %s digest: the artifact itself is needed", stella_hash_name(hash));
}

/* ---------------------------------------------------------------- all */

/* Signature first: whatever follows is about it. */
static const struct stella_error *verify(struct stella_sigstore_run *r, const struct stella_pubkey *key, bool all)
{
	const struct stella_error *err = read_signer(r, key);

	if (!err)
		err = r->bundle->dsse ? read_envelope(r) : read_message(r);
	if (!err && all)
		err = r->bundle->dsse ? verify_envelope(r) : verify_message(r);
	if (!err)
		err = stella_sigstore_run_times(r);
	if (err || !all || !r->out->cert)
		return err;
	if (r->out->time_count == 0)
		return stella_error(STELLA_TIMESTAMP_INVALID, "no signed time: a certificate is judged at the time of the signature");
	return verify_certificate(r);
}

static const struct stella_error *start(struct stella_sigstore_run *r, const struct stella_pubkey *key, bool all)
{
	const struct stella_error *err;

	*r->out = (struct stella_sigstore_result){ 0 };
	err = verify(r, key, all);
	stella_buf_free(&r->pae);
	for (unsigned i = 0; i < STELLA_HASH_COUNT; i++)
		stella_buf_free(&r->digests[i]);
	return err;
}

const struct stella_error *stella_sigstore_verify(struct stella_sigstore_result *out, const struct stella_bundle *bundle,
	const struct stella_trustroot *root, const struct stella_pubkey *key,
	const struct stella_sigstore_artifact *artifact, const struct stella_sigstore_thresholds *thresholds)
{
	struct stella_sigstore_run r = {
		.out = out, .bundle = bundle, .root = root, .artifact = artifact, .thresholds = thresholds,
	};

	return start(&r, key, true);
}

const struct stella_error *stella_sigstore_verify_signed(struct stella_sigstore_result *out,
	const struct stella_bundle *bundle, const struct stella_trustroot *root,
	const struct stella_sigstore_signed *verified, const struct stella_sigstore_thresholds *thresholds)
{
	struct stella_sigstore_run r = {
		.out = out, .bundle = bundle, .root = root, .verified = verified, .thresholds = thresholds,
	};

	return start(&r, NULL, true);
}

const struct stella_error *stella_sigstore_verify_times(struct stella_sigstore_result *out,
	const struct stella_bundle *bundle, const struct stella_trustroot *root, const struct stella_pubkey *key,
	const struct stella_sigstore_artifact *artifact, const struct stella_sigstore_thresholds *thresholds)
{
	struct stella_sigstore_run r = {
		.out = out, .bundle = bundle, .root = root, .artifact = artifact, .thresholds = thresholds,
	};

	return start(&r, key, false);
}

void stella_sigstore_result_free(struct stella_sigstore_result *result)
{
	stella_cert_free(result->owned);
	stella_statement_free(result->statement);
	*result = (struct stella_sigstore_result){ 0 };
}
