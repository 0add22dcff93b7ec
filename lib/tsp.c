/* SPDX-License-Identifier: Apache-2.0 */
#include "tsp.h"

#include <stdlib.h>

#include "cms.h"
#include "der.h"
#include "encode.h"
#include "text.h"

#define BYTES(text) { (const uint8_t *)(text), sizeof(text) - 1 }
#define FRACTION_MAX 18 /* digits */

/* id-ct-TSTInfo, RFC 3161 2.4.2 */
static const struct stella_span tst_info = BYTES("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x04");

struct stella_tsp {
	struct stella_buf der;
	struct stella_cms cms;          /* borrows from der, as do the spans */
	struct stella_span hash, imprint;
	int64_t time;
};

static const struct stella_error *bad(const char *what)
{
	return stella_error(STELLA_MALFORMED, "invalid timestamp: %s", what);
}

/* ---------------------------------------------------------------- TSTInfo */

/* RFC 3161 2.4.2: YYYYMMDDhhmmss[.s...]Z, no zero at the end of the fraction */
static const struct stella_error *take_time(int64_t *out, struct stella_cursor *in)
{
	const struct stella_error *err;
	struct stella_buf text = { 0 };
	struct stella_span s;
	size_t digits;

	if (!stella_der_take(in, STELLA_DER_GENERALIZED_TIME, &s) || s.size < 15 || s.data[s.size - 1] != 'Z')
		return bad("its time is not YYYYMMDDhhmmss[.s]Z");
	digits = s.size > 15 ? s.size - 16 : 0;
	if (s.size > 15 && (s.data[14] != '.' || !digits || digits > FRACTION_MAX || s.data[s.size - 2] == '0'))
		return bad("its time is not YYYYMMDDhhmmss[.s]Z");
	for (size_t i = 0; i < digits; i++)
		if (s.data[15 + i] < '0' || s.data[15 + i] > '9')
			return bad("its time is not YYYYMMDDhhmmss[.s]Z");
	if (stella_span_has_nul(s))
		return bad("its time is not YYYYMMDDhhmmss[.s]Z");
	stella_buf_printf(&text, "%.4s-%.2s-%.2sT%.2s:%.2s:%.2sZ", s.data, s.data + 4, s.data + 6, s.data + 8,
		s.data + 10, s.data + 12);
	err = stella_time_parse(out, stella_buf_span(&text));
	stella_buf_free(&text);
	return err ? stella_error_prefix(err, "invalid timestamp") : NULL;
}

/* INTEGER (1..999) with the tag [n]; a zero does no harm */
static bool take_thousandths(struct stella_cursor *in, unsigned n)
{
	struct stella_span s;

	if (!stella_der_take(in, (uint8_t)(STELLA_DER_CONTEXT | n), &s))
		return true;
	if (s.size == 2) /* two octets only where one is not enough */
		return (s.data[0] || s.data[1] >= 0x80) && (s.data[0] << 8 | s.data[1]) <= 999;
	return s.size == 1 && s.data[0] < 0x80;
}

static bool take_accuracy(struct stella_cursor *in)
{
	struct stella_span seconds;
	struct stella_cursor c;

	if (!stella_der_enter(in, STELLA_DER_SEQUENCE, &c))
		return true;
	(void)stella_der_take_uint(&c, &seconds);
	return take_thousandths(&c, 0) && take_thousandths(&c, 1) && !c.left;
}

/* GeneralName in its explicit tag: one value, which nobody reads. */
static bool take_authority(struct stella_cursor *in)
{
	struct stella_span name;
	struct stella_cursor c;
	uint8_t tag;

	return !stella_der_enter(in, STELLA_DER_CONSTRUCTED | 0, &c) || (stella_der_next(&c, &tag, &name) &&
		tag >= STELLA_DER_CONTEXT && !c.left);
}

static const struct stella_error *take_extensions(struct stella_cursor *in)
{
	struct stella_cursor list, one;
	struct stella_span oid, flag, value;

	if (!stella_der_enter(in, STELLA_DER_CONSTRUCTED | 1, &list))
		return NULL;
	if (!list.left)
		return bad("no extension in its extensions");
	while (list.left) {
		if (!stella_der_enter(&list, STELLA_DER_SEQUENCE, &one) || !stella_der_take(&one, STELLA_DER_OID, &oid))
			return bad("an extension is not what it should be");
		if (stella_der_take(&one, STELLA_DER_BOOLEAN, &flag))
			return bad("a critical extension, of which none is supported");
		if (!stella_der_take(&one, STELLA_DER_OCTET_STRING, &value) || one.left)
			return bad("an extension is not what it should be");
	}
	return NULL;
}

static const struct stella_error *take_imprint(struct stella_tsp *token, struct stella_cursor *in)
{
	struct stella_cursor c;

	if (!stella_der_enter(in, STELLA_DER_SEQUENCE, &c) || !stella_der_take_whole(&c, STELLA_DER_SEQUENCE, &token->hash) ||
	    !stella_der_take(&c, STELLA_DER_OCTET_STRING, &token->imprint) || c.left)
		return bad("its message imprint is not what it should be");
	return NULL;
}

static const struct stella_error *parse_info(struct stella_tsp *token)
{
	struct stella_cursor all = stella_cursor(token->cms.content), in;
	const struct stella_error *err = stella_der_check(token->cms.content);
	struct stella_span s;

	if (err)
		return stella_error_prefix(err, "invalid timestamp: TSTInfo");
	if (!stella_der_enter(&all, STELLA_DER_SEQUENCE, &in) || !stella_der_take_uint(&in, &s) || s.size != 1 ||
	    s.data[0] != 1)
		return bad("it is not TSTInfo of version 1");
	if (!stella_der_take(&in, STELLA_DER_OID, &s))
		return bad("no policy");
	err = take_imprint(token, &in);
	if (err)
		return err;
	if (!stella_der_take(&in, STELLA_DER_INTEGER, &s))
		return bad("no serial number");
	err = take_time(&token->time, &in);
	if (err)
		return err;
	if (!take_accuracy(&in))
		return bad("its accuracy is not what it should be");
	if (stella_der_take(&in, STELLA_DER_BOOLEAN, &s) && !s.data[0])
		return bad("not valid DER: ordering is false and stands there");
	(void)stella_der_take(&in, STELLA_DER_INTEGER, &s); /* nonce */
	if (!take_authority(&in))
		return bad("the name of its authority is not what it should be");
	err = take_extensions(&in);
	if (!err && in.left)
		err = bad("TSTInfo has something after its last field, or out of order");
	return err;
}

/* ---------------------------------------------------------------- the response */

/* RFC 3161 2.4.2 PKIStatusInfo */
static const struct stella_error *take_status(struct stella_cursor in)
{
	static const char *const names[] = {
		"granted", "grantedWithMods", "rejection", "waiting", "revocationWarning", "revocationNotification",
	};
	struct stella_span status, s;
	unsigned value;

	if (!stella_der_take_uint(&in, &status) || status.size > 1)
		return bad("its status is not what it should be");
	value = status.size ? status.data[0] : 0;
	(void)stella_der_take(&in, STELLA_DER_SEQUENCE, &s); /* free text */
	(void)stella_der_take(&in, STELLA_DER_BIT_STRING, &s); /* what failed */
	if (in.left)
		return bad("its status is not what it should be");
	if (value > 1)
		return stella_error(STELLA_TIMESTAMP_INVALID,
			"timestamp invalid: expected status 0 (granted) or 1 (grantedWithMods), found %u (%s)", value,
			value < sizeof names / sizeof *names ? names[value] : "unknown");
	return NULL;
}

/* The token in a TimeStampResp; a bare token, which begins with its type and no status, is itself. */
static const struct stella_error *find_token(struct stella_span *out, struct stella_span der)
{
	struct stella_cursor all = stella_cursor(der), in, status;
	const struct stella_error *err;

	*out = der;
	if (!stella_der_enter(&all, STELLA_DER_SEQUENCE, &in))
		return bad("it is neither a response nor a token");
	if (!stella_der_enter(&in, STELLA_DER_SEQUENCE, &status))
		return NULL;
	err = take_status(status);
	if (!err && (!stella_der_take_whole(&in, STELLA_DER_SEQUENCE, out) || in.left))
		err = bad("a response that is not status and token");
	return err;
}

const struct stella_error *stella_tsp_parse(struct stella_tsp **out, struct stella_span der)
{
	const struct stella_error *err;
	struct stella_tsp *token = NULL;
	struct stella_span signed_data;

	*out = NULL;
	if (der.size > STELLA_TSP_MAX)
		return stella_error(STELLA_LIMIT, "timestamp of %zu bytes, expected at most %d", der.size, STELLA_TSP_MAX);
	err = stella_der_check(der);
	if (err)
		return stella_error_prefix(err, "invalid timestamp");
	token = stella_alloc(sizeof *token);
	stella_buf_put_span(&token->der, der);
	err = find_token(&signed_data, stella_buf_span(&token->der));
	if (err)
		goto done;
	err = stella_cms_parse(&token->cms, signed_data);
	if (err) {
		err = stella_error_prefix(err, "invalid timestamp");
		goto done;
	}
	if (!stella_span_equal(token->cms.content_type, tst_info)) {
		err = bad("its content is not TSTInfo");
		goto done;
	}
	err = parse_info(token);
	if (err)
		goto done;
	*out = token;
	token = NULL;
done:
	stella_tsp_free(token);
	return err;
}

void stella_tsp_free(struct stella_tsp *token)
{
	if (!token)
		return;
	stella_cms_free(&token->cms);
	stella_buf_free(&token->der);
	free(token);
}

int64_t stella_tsp_claimed_time(const struct stella_tsp *token)
{
	return token->time;
}

/* ---------------------------------------------------------------- verifying */

static const struct stella_error *verify_imprint(const struct stella_tsp *token, struct stella_span message)
{
	struct stella_buf expected = { 0 }, found = { 0 };
	uint8_t digest[STELLA_DIGEST_MAX];
	const struct stella_error *err;
	struct stella_span want;
	enum stella_hash hash;

	err = stella_cms_find_hash(&hash, token->hash);
	if (err)
		return stella_error_prefix(err, "imprint");
	stella_hash(hash, message, digest);
	want = stella_span(digest, stella_hash_size(hash));
	if (stella_span_equal(token->imprint, want))
		return NULL;
	stella_hex_print(&expected, want);
	stella_hex_print(&found, token->imprint);
	err = stella_error(STELLA_TIMESTAMP_INVALID, "it is of other bytes: expected imprint %s:%s, found %.128s",
		stella_hash_name(hash), expected.data, found.data ? (const char *)found.data : "nothing");
	stella_buf_free(&expected);
	stella_buf_free(&found);
	return err;
}

static const struct stella_error *verify_authority(const struct stella_tsp *token, const struct stella_cert *only,
	const struct stella_cert *const *roots, size_t root_count, const struct stella_cert *const *known,
	size_t known_count)
{
	const struct stella_cms *cms = &token->cms;
	const struct stella_error *err;
	const struct stella_cert *signer, **others;
	struct stella_chain chain;
	size_t count = 0;

	err = stella_cms_verify(cms, known, known_count, &signer);
	if (err)
		return err;
	if (only && !stella_sha256_equal(stella_cert_fingerprint(signer), stella_cert_fingerprint(only)))
		return stella_error(STELLA_TIMESTAMP_INVALID, "signed by \"%.256s\", which is not the authority's certificate",
			stella_cert_subject(signer));
	others = stella_alloc_array(known_count + cms->cert_count + 1, sizeof *others);
	for (size_t i = 0; i < known_count; i++)
		others[count++] = known[i];
	for (size_t i = 0; i < cms->cert_count; i++)
		others[count++] = cms->certs[i];
	err = stella_chain_verify_purpose(&chain, STELLA_PURPOSE_TIME_STAMPING, signer, others, count, roots,
		root_count, token->time);
	if (!err)
		err = stella_cms_verify_chain(cms, &chain);
	free(others);
	return err;
}

bool stella_tsp_is_by(const struct stella_tsp *token, const struct stella_cert *cert)
{
	return stella_cms_is_signer(&token->cms, cert);
}

const struct stella_error *stella_tsp_verify(const struct stella_tsp *token, struct stella_span message,
	const struct stella_cert *const *roots, size_t root_count,
	const struct stella_cert *const *known, size_t known_count, int64_t *time)
{
	return stella_tsp_verify_signer(token, message, NULL, roots, root_count, known, known_count, time);
}

const struct stella_error *stella_tsp_verify_signer(const struct stella_tsp *token, struct stella_span message,
	const struct stella_cert *signer, const struct stella_cert *const *roots, size_t root_count,
	const struct stella_cert *const *known, size_t known_count, int64_t *time)
{
	const struct stella_error *err = verify_imprint(token, message);

	*time = 0;
	if (!err)
		err = verify_authority(token, signer, roots, root_count, known, known_count);
	if (!err) {
		*time = token->time;
		return NULL;
	}
	err = stella_error_prefix(err, "timestamp invalid");
	if (err->code == STELLA_LIMIT || err->code == STELLA_SYSTEM)
		return err;
	return stella_error_recode(err, STELLA_TIMESTAMP_INVALID);
}
