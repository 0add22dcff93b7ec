/* SPDX-License-Identifier: Apache-2.0 */
#include "sigstore.h"

#include <stdio.h>

#include "encode.h"
#include "sct.h"


/* One run, and what was found so far. */
struct run {
	struct stella_sigstore_result *out;
	const struct stella_bundle *bundle;
	const struct stella_trustroot *root;
	const struct stella_pubkey *key;         /* of the certificate, or the bare key */
	const struct stella_sigstore_artifact *artifact;
	const struct stella_sigstore_thresholds *thresholds;
	struct stella_buf pae;                   /* of an envelope */
	struct stella_buf digests[STELLA_HASH_COUNT]; /* of what was signed; empty: not known */
	struct stella_span signature;
	const struct stella_log *logs[STELLA_LOG_ENTRIES_MAX];
	const struct stella_log *untimed[STELLA_LOG_ENTRIES_MAX]; /* of entries without a time of their own */
	size_t untimed_count;
	struct stella_sha256 sources[STELLA_SIGSTORE_TIMES_MAX]; /* of the times: the log's key, the authority's root */
};

/* ---------------------------------------------------------------- what was signed */

/* What hashes the digests that were given or that the bytes have; one text per value. */
static const struct stella_error *read_artifact(struct run *r)
{
	for (size_t i = 0; i < r->artifact->count; i++) {
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

static void hash_all(struct run *r, struct stella_span bytes)
{
	for (unsigned i = 0; i < STELLA_HASH_COUNT; i++) {
		uint8_t digest[STELLA_DIGEST_MAX];

		stella_hash((enum stella_hash)i, bytes, digest);
		r->digests[i].size = 0;
		stella_buf_put(&r->digests[i], digest, stella_hash_size((enum stella_hash)i));
	}
}

/* The digest in a message signature is no proof of anything, and must be right all the same. */
static const struct stella_error *read_message(struct run *r)
{
	enum stella_hash hash = r->bundle->message_hash;
	const struct stella_error *err = read_artifact(r);

	if (err)
		return err;
	if (r->artifact->bytes.data)
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

static const struct stella_error *read_envelope(struct run *r)
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
	if (!stella_statement_find_subject(r->out->statement, r->artifact->digests, r->artifact->count))
		return stella_error(STELLA_SUBJECT_MISMATCH, "no subject of the statement is the artifact");
	return NULL;
}

static const struct stella_error *read_signer(struct run *r, const struct stella_pubkey *key)
{
	const struct stella_error *err;

	if (key) {
		r->key = key;
		return r->bundle->cert_count == 0 ? NULL : stella_error(STELLA_KEY_UNKNOWN,
			"the bundle is signed with a certificate, not with a bare key");
	}
	if (r->bundle->cert_count == 0)
		return stella_error(STELLA_KEY_UNKNOWN, "the bundle is signed with a bare key, and none was given");
	err = stella_cert_parse(&r->out->cert, stella_buf_span(&r->bundle->certs[0]));
	if (err)
		return err;
	r->key = stella_cert_key(r->out->cert);
	return r->key ? NULL : stella_error(STELLA_ALGORITHM_UNSUPPORTED,
		"algorithm not supported: the key of the signer's certificate");
}

/* ---------------------------------------------------------------- log entries and timestamps */

static void add_time(struct run *r, int64_t time, const char *source, const char *authority,
	const struct stella_sha256 *who)
{
	struct stella_sigstore_result *out = r->out;
	bool is_new = true;

	for (size_t i = 0; i < out->time_count; i++)
		is_new = is_new && !stella_sha256_equal(&r->sources[i], who);
	out->authority_count += is_new;
	r->sources[out->time_count] = *who;
	out->times[out->time_count++] = (struct stella_sigstore_time){ time, source, authority };
}

/* Independent are logs with different keys; one that is listed twice is one. */
static bool is_counted(const struct run *r, const struct stella_log *log)
{
	for (size_t i = 0; i < r->out->log_count; i++)
		if (stella_pubkey_equal(r->logs[i]->key, log->key))
			return true;
	return false;
}

static const struct stella_error *verify_entry(struct run *r, const struct stella_json *json,
	const struct stella_tlog_expected *expected)
{
	struct stella_tlog_entry *entry = NULL;
	struct stella_tlog_result result;
	const struct stella_error *err = stella_tlog_parse(&entry, json);

	if (!err)
		err = stella_tlog_verify(&result, entry, r->root, expected);
	stella_tlog_free(entry);
	if (err)
		return err;
	if (!is_counted(r, result.log))
		r->logs[r->out->log_count++] = result.log;
	if (result.has_time)
		add_time(r, result.time, "rekor", result.log->base_url, stella_pubkey_id(result.log->key));
	else
		r->untimed[r->untimed_count++] = result.log;
	return NULL;
}

static const struct stella_error *verify_entries(struct run *r)
{
	const struct stella_json *material = stella_json_find(r->bundle->document, "verificationMaterial");
	const struct stella_json *entries = stella_json_find(material, "tlogEntries");
	const struct stella_dsse *dsse = r->bundle->dsse;
	struct stella_tlog_expected expected = { .minor = r->bundle->minor, .signature = r->signature, .key = r->key };
	const struct stella_error *err = NULL;

	if (r->out->cert)
		expected.cert = stella_cert_der(r->out->cert);
	if (dsse) {
		expected.payload = stella_buf_span(&dsse->payload);
		expected.payload_type = dsse->payload_type;
	}
	for (unsigned i = 0; i < STELLA_HASH_COUNT; i++)
		expected.digests[i] = stella_buf_span(&r->digests[i]);
	for (size_t i = 0; !err && i < stella_json_count(entries); i++)
		err = verify_entry(r, stella_json_at(entries, i), &expected);
	if (!err && r->out->log_count < r->thresholds->logs)
		err = stella_error(STELLA_LOG_ENTRY_MISMATCH, "%zu of %u independent transparency logs vouch for the bundle",
			r->out->log_count, r->thresholds->logs);
	return err;
}

/*
 * The one place for RFC 3161.  This version verifies none, and a bundle that holds one is refused: the
 * certificate must be good at every verified time, so that none may be passed over.
 */
static const struct stella_error *verify_stamp(const struct run *r, struct stella_span der)
{
	(void)r;
	if (der.size == 0)
		return stella_error(STELLA_MALFORMED, "\"signedTimestamp\": empty");
	return stella_error(STELLA_TIMESTAMP_INVALID, "timestamp invalid: the bundle holds an RFC 3161 timestamp, which this "
		"version does not verify");
}

static const struct stella_error *verify_stamps(struct run *r)
{
	const struct stella_json *material = stella_json_find(r->bundle->document, "verificationMaterial");
	const struct stella_json *data = stella_json_find(material, "timestampVerificationData");
	const struct stella_json *stamps = stella_json_find(data, "rfc3161Timestamps");
	const struct stella_error *err = NULL;

	for (size_t i = 0; !err && i < stella_json_count(stamps); i++) {
		static const char *const names[] = { "signedTimestamp", NULL };
		struct stella_buf der = { 0 };
		const char *text;

		err = stella_json_closed(stella_json_at(stamps, i), names);
		if (!err)
			err = stella_json_need_text(&text, stella_json_at(stamps, i), "signedTimestamp");
		if (!err)
			err = stella_base64_parse(&der, stella_span_str(text), STELLA_BASE64_ANY);
		if (!err)
			err = verify_stamp(r, stella_buf_span(&der));
		stella_buf_free(&der);
	}
	return err;
}

/* Rekor v2 says no time: its log must have been valid at the times that others say. */
static const struct stella_error *verify_windows(const struct run *r)
{
	for (size_t i = 0; i < r->untimed_count; i++)
		for (size_t k = 0; k < r->out->time_count; k++)
			if (!stella_window_holds(&r->untimed[i]->window, r->out->times[k].time))
				return stella_error(STELLA_LOG_ENTRY_MISMATCH, "log entry: of a log that was not valid at the time");
	return NULL;
}

/* ---------------------------------------------------------------- certificate */

static const struct stella_error *verify_chain(struct run *r, int64_t at)
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
static const struct stella_error *verify_certificate(struct run *r)
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

static const struct stella_error *verify_times(struct run *r)
{
	if (r->out->authority_count >= r->thresholds->times && r->out->time_count > 0)
		return NULL;
	return stella_error(STELLA_TIMESTAMP_INVALID, "no signed time: %zu of %u independent logs or authorities say when it was signed",
		r->out->authority_count, r->thresholds->times ? r->thresholds->times : 1);
}

/* ---------------------------------------------------------------- signature */

/* Where one kind of key is used in two ways, both are tried. */
static const struct stella_error *verify_envelope(const struct run *r)
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

static const struct stella_error *verify_message(const struct run *r)
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
	if ((err || !sha512.size) && r->artifact->bytes.data)
		return stella_pubkey_verify(r->key, STELLA_SIG_ED25519, r->artifact->bytes, r->signature);
	if (sha512.size)
		return err;
	return stella_error(STELLA_ALGORITHM_UNSUPPORTED,
		"an Ed25519 signature cannot be verified over a %s digest: the artifact itself is needed", stella_hash_name(hash));
}

/* ---------------------------------------------------------------- all */

/* Signature first: whatever follows is about it. */
static const struct stella_error *verify(struct run *r, const struct stella_pubkey *key)
{
	const struct stella_error *err = read_signer(r, key);

	if (!err)
		err = r->bundle->dsse ? read_envelope(r) : read_message(r);
	if (!err)
		err = r->bundle->dsse ? verify_envelope(r) : verify_message(r);
	if (!err)
		err = verify_entries(r);
	if (!err)
		err = verify_stamps(r);
	if (!err)
		err = verify_windows(r);
	if (err || !r->out->cert)
		return err;
	err = verify_times(r);
	return err ? err : verify_certificate(r);
}

const struct stella_error *stella_sigstore_verify(struct stella_sigstore_result *out, const struct stella_bundle *bundle,
	const struct stella_trustroot *root, const struct stella_pubkey *key,
	const struct stella_sigstore_artifact *artifact, const struct stella_sigstore_thresholds *thresholds)
{
	struct run r = { .out = out, .bundle = bundle, .root = root, .artifact = artifact, .thresholds = thresholds };
	const struct stella_error *err;

	*out = (struct stella_sigstore_result){ 0 };
	err = verify(&r, key);
	stella_buf_free(&r.pae);
	for (unsigned i = 0; i < STELLA_HASH_COUNT; i++)
		stella_buf_free(&r.digests[i]);
	return err;
}

void stella_sigstore_result_free(struct stella_sigstore_result *result)
{
	stella_cert_free(result->cert);
	stella_statement_free(result->statement);
	*result = (struct stella_sigstore_result){ 0 };
}
