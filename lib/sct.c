/* SPDX-License-Identifier: Apache-2.0 */
#include "sct.h"

#include <string.h>

#include "der.h"
#include "text.h"

#define BYTES(s) { (const uint8_t *)(s), sizeof(s) - 1 }
#define INVALID "certificate transparency: "

static const struct stella_span list_oid = BYTES("\x2b\x06\x01\x04\x01\xd6\x79\x02\x04\x02");

struct sct {
	struct stella_span log_id, extensions, signature;
	uint64_t milliseconds;
	uint8_t version, hash, kind;     /* the last two: RFC 5246 7.4.1.4.1 */
};

static const struct stella_error *invalid(const char *why)
{
	return stella_error(STELLA_CHAIN_INVALID, INVALID "%s", why);
}

/* RFC 5246 4.3: a vector with a length of two bytes. */
static bool take_vector(struct stella_cursor *c, struct stella_span *out)
{
	uint8_t high, low;
	struct stella_cursor start = *c;

	if (stella_cursor_u8(c, &high) && stella_cursor_u8(c, &low) &&
	    stella_cursor_take(c, (size_t)high << 8 | low, out))
		return true;
	*c = start;
	return false;
}

/* RFC 6962 3.2, and digitally-signed of RFC 5246 4.7; all of it. */
static bool parse_sct(struct sct *out, struct stella_span bytes)
{
	struct stella_cursor c = stella_cursor(bytes);

	*out = (struct sct){ 0 };
	if (!stella_cursor_u8(&c, &out->version))
		return false;
	if (out->version != 0)
		return true; /* of a later version: not to be read, and passed over */
	return stella_cursor_take(&c, STELLA_SHA256_SIZE, &out->log_id) &&
		stella_cursor_u64(&c, &out->milliseconds) && take_vector(&c, &out->extensions) &&
		stella_cursor_u8(&c, &out->hash) && stella_cursor_u8(&c, &out->kind) &&
		take_vector(&c, &out->signature) && c.left == 0;
}

/* The list in the extension: an OCTET STRING with a vector of vectors (RFC 6962 3.3). */
static const struct stella_error *open_list(struct stella_cursor *out, const struct stella_cert *cert)
{
	struct stella_cursor c;
	struct stella_span value, list;

	if (!stella_cert_extension(cert, list_oid, &value))
		return invalid("the certificate has no signed certificate timestamp");
	c = stella_cursor(value);
	if (!stella_der_take(&c, STELLA_DER_OCTET_STRING, &list) || c.left > 0)
		return invalid("the list of timestamps is no OCTET STRING");
	c = stella_cursor(list);
	if (!take_vector(&c, &list) || c.left > 0 || list.size == 0)
		return invalid("the list of timestamps has another length than it says");
	*out = stella_cursor(list);
	return NULL;
}

/* ---------------------------------------------------------------- the precertificate */

static void put_extensions(struct stella_buf *out, struct stella_span extensions)
{
	struct stella_cursor c = stella_cursor(extensions), list, one;
	struct stella_buf kept = { 0 }, sequence = { 0 };
	struct stella_span whole, id;

	if (stella_der_enter(&c, STELLA_DER_SEQUENCE, &list))
		while (stella_der_take_whole(&list, STELLA_DER_SEQUENCE, &whole)) {
			struct stella_cursor item = stella_cursor(whole);

			if (stella_der_enter(&item, STELLA_DER_SEQUENCE, &one) &&
			    stella_der_take(&one, STELLA_DER_OID, &id) && stella_span_equal(id, list_oid))
				continue;
			stella_buf_put_span(&kept, whole);
		}
	if (kept.size > 0) { /* RFC 5280 4.1: no empty list of extensions */
		stella_der_put(&sequence, STELLA_DER_SEQUENCE, stella_buf_span(&kept));
		stella_der_put(out, STELLA_DER_CONSTRUCTED | 3, stella_buf_span(&sequence));
	}
	stella_buf_free(&kept);
	stella_buf_free(&sequence);
}

/* RFC 6962 3.2: the TBSCertificate without the list.  The DER was checked when the certificate was read. */
static void put_precertificate(struct stella_buf *out, const struct stella_cert *cert)
{
	struct stella_cursor outer = stella_cursor(stella_cert_tbs(cert)), c;
	struct stella_buf fields = { 0 };
	struct stella_span whole, content;
	uint8_t tag;

	if (stella_der_enter(&outer, STELLA_DER_SEQUENCE, &c))
		while (c.left > 0) {
			const uint8_t *start = c.at;

			if (!stella_der_next(&c, &tag, &content))
				break;
			whole = stella_span(start, (size_t)(c.at - start));
			if (tag == (STELLA_DER_CONSTRUCTED | 3))
				put_extensions(&fields, content);
			else
				stella_buf_put_span(&fields, whole);
		}
	stella_der_put(out, STELLA_DER_SEQUENCE, stella_buf_span(&fields));
	stella_buf_free(&fields);
}

/* RFC 6962 3.2: what is signed. */
static void put_signed(struct stella_buf *out, const struct sct *sct, const struct stella_sha256 *issuer,
	struct stella_span precertificate)
{
	stella_buf_put_u8(out, sct->version);
	stella_buf_put_u8(out, 0); /* certificate_timestamp */
	stella_buf_put_u64(out, sct->milliseconds);
	stella_buf_put(out, "\0\1", 2); /* precert_entry */
	stella_buf_put(out, issuer->bytes, sizeof issuer->bytes);
	stella_buf_put_u8(out, (uint8_t)(precertificate.size >> 16));
	stella_buf_put_u8(out, (uint8_t)(precertificate.size >> 8));
	stella_buf_put_u8(out, (uint8_t)precertificate.size);
	stella_buf_put_span(out, precertificate);
	stella_buf_put_u8(out, (uint8_t)(sct->extensions.size >> 8));
	stella_buf_put_u8(out, (uint8_t)sct->extensions.size);
	stella_buf_put_span(out, sct->extensions);
}

/* ---------------------------------------------------------------- verify */

static bool is_algorithm(const struct sct *sct, enum stella_sigalg alg)
{
	static const struct {
		enum stella_sigalg alg;
		uint8_t hash, kind;
	} algorithms[] = {
		{ STELLA_SIG_ECDSA_SHA256, 4, 3 }, { STELLA_SIG_ECDSA_SHA384, 5, 3 },
		{ STELLA_SIG_ECDSA_SHA512, 6, 3 }, { STELLA_SIG_RSA_SHA256, 4, 1 },
		{ STELLA_SIG_ED25519, 8, 7 }, /* RFC 8422 5.1.3 */
	};

	for (size_t i = 0; i < sizeof algorithms / sizeof *algorithms; i++)
		if (algorithms[i].alg == alg)
			return algorithms[i].hash == sct->hash && algorithms[i].kind == sct->kind;
	return false;
}

static const struct stella_error *verify_by(const struct sct *sct, const struct stella_log *log,
	const struct stella_sha256 *issuer, struct stella_span precertificate)
{
	int64_t time = (int64_t)(sct->milliseconds / 1000);
	const struct stella_error *err;
	struct stella_buf message = { 0 };
	char text[STELLA_TIME_TEXT];

	if (!stella_window_holds(&log->window, time)) {
		stella_time_print(text, time);
		return stella_error(STELLA_CHAIN_INVALID, INVALID "timestamp of %s, when its log was not valid", text);
	}
	if (!is_algorithm(sct, log->alg))
		return invalid("a timestamp with another algorithm than its log's key has");
	put_signed(&message, sct, issuer, precertificate);
	err = stella_pubkey_verify(log->key, log->alg, stella_buf_span(&message), sct->signature);
	stella_buf_free(&message);
	return err ? invalid("the signature of a timestamp does not hold") : NULL;
}

/* By log id; several entries may have one, with different windows. */
static const struct stella_error *verify_one(size_t *log, const struct sct *sct, const struct stella_log *ctlogs,
	size_t count, const struct stella_sha256 *issuer, struct stella_span precertificate)
{
	const struct stella_error *err = NULL;

	if (sct->version != 0)
		return invalid("a timestamp of an unknown version");
	for (size_t i = 0; i < count; i++) {
		if (!ctlogs[i].key || !stella_span_equal(sct->log_id,
			stella_span(stella_pubkey_id(ctlogs[i].key)->bytes, STELLA_SHA256_SIZE)))
			continue;
		err = verify_by(sct, &ctlogs[i], issuer, precertificate);
		if (err)
			continue;
		*log = i;
		return NULL;
	}
	return err ? err : invalid("a timestamp of a log that the trusted root does not have");
}

/* Different by key: a log that is listed twice is one. */
static bool is_new(const struct stella_log *ctlogs, const size_t *seen, size_t count, size_t log)
{
	for (size_t i = 0; i < count; i++)
		if (stella_pubkey_equal(ctlogs[seen[i]].key, ctlogs[log].key))
			return false;
	return true;
}

static const struct stella_error *verify_list(size_t *logs, struct stella_error *first,
	struct stella_cursor list, const struct stella_log *ctlogs, size_t count, const struct stella_sha256 *issuer,
	struct stella_span precertificate)
{
	size_t seen[STELLA_SCTS_MAX], log = 0;
	struct stella_span bytes;
	struct sct sct;

	*logs = 0;
	for (size_t n = 0; list.left > 0; n++) {
		const struct stella_error *err;

		if (n == STELLA_SCTS_MAX)
			return stella_error(STELLA_LIMIT, INVALID "more than %d timestamps", STELLA_SCTS_MAX);
		if (!take_vector(&list, &bytes) || !parse_sct(&sct, bytes))
			return invalid("a timestamp that cannot be read");
		err = verify_one(&log, &sct, ctlogs, count, issuer, precertificate);
		if (err && !first->message[0])
			*first = *err;
		if (!err && is_new(ctlogs, seen, *logs, log))
			seen[(*logs)++] = log;
	}
	return NULL;
}

const struct stella_error *stella_sct_verify(const struct stella_cert *cert, const struct stella_cert *issuer,
	const struct stella_log *ctlogs, size_t ctlog_count, unsigned threshold, size_t *logs)
{
	const struct stella_error *err;
	struct stella_buf precertificate = { 0 };
	struct stella_cursor list;
	struct stella_error first = { 0 };
	size_t found = 0;

	err = open_list(&list, cert);
	if (!err && !stella_cert_key(issuer))
		err = invalid("the issuer's key is of a kind that is not supported");
	if (!err) {
		put_precertificate(&precertificate, cert);
		err = verify_list(&found, &first, list, ctlogs, ctlog_count, stella_pubkey_id(stella_cert_key(issuer)),
			stella_buf_span(&precertificate));
	}
	stella_buf_free(&precertificate);
	if (logs)
		*logs = found;
	if (err || found >= threshold)
		return err;
	if (!first.message[0])
		return stella_error(STELLA_CHAIN_INVALID, INVALID "%zu of %u independent logs vouch for the certificate", found,
			threshold);
	return stella_error(STELLA_CHAIN_INVALID, "%s (%zu of %u independent logs vouch for the certificate)", first.message,
		found, threshold);
}
