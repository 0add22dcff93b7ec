/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a log entry records against what it should: digest, signature, certificate or key, payload.  The
 * hash of a whole envelope (dsse 0.0.1, intoto 0.0.2) is of a text that no bundle keeps; what went into
 * it is compared piece by piece, and so it is not.
 */
#include "tlog.h"

#include <string.h>

#include "encode.h"

#define ENTRY "log entry: "

static const struct stella_error *differs(const char *what)
{
	return stella_error(STELLA_LOG_ENTRY_MISMATCH, ENTRY "describes another %s than the bundle", what);
}

/* The object at name, with no other members than these. */
static const struct stella_error *open_object(const struct stella_json **out, const struct stella_json *v,
	const char *name, const char *const *names)
{
	const struct stella_error *err = stella_json_need(out, v, name, STELLA_JSON_OBJECT);

	if (err)
		return err;
	err = stella_json_closed(*out, names);
	return err ? stella_error_prefix(err, "\"%s\"", name) : NULL;
}

static const struct stella_error *read_base64(struct stella_buf *out, const struct stella_json *v, const char *name)
{
	const char *text;
	const struct stella_error *err = stella_json_need_text(&text, v, name);

	if (!err)
		err = stella_base64_parse(out, stella_span_str(text), STELLA_BASE64_STRICT);
	return err;
}

/* ---------------------------------------------------------------- compare */

static const struct stella_error *compare_digest(enum stella_hash hash, struct stella_span expected,
	struct stella_span found, const char *what)
{
	struct stella_buf hex = { 0 };
	const struct stella_error *err;

	if (expected.size == 0)
		return stella_error(STELLA_LOG_ENTRY_MISMATCH, ENTRY "records a %s digest, and none is known of the %s",
			stella_hash_name(hash), what);
	if (stella_span_equal(expected, found))
		return NULL;
	stella_hex_print(&hex, found);
	stella_buf_put_str(&hex, ", expected ");
	stella_hex_print(&hex, expected);
	err = stella_error(STELLA_LOG_ENTRY_MISMATCH, ENTRY "describes another %s: %s %s", what, stella_hash_name(hash),
		(const char *)hex.data);
	stella_buf_free(&hex);
	return err;
}

/* {"algorithm": "sha256", "value": hex} */
static const struct stella_error *read_hash_v1(enum stella_hash *hash, struct stella_buf *digest,
	const struct stella_json *v, const char *name)
{
	static const char *const names[] = { "algorithm", "value", NULL };
	const struct stella_json *object;
	const char *algorithm, *value;
	const struct stella_error *err = open_object(&object, v, name, names);

	if (!err)
		err = stella_json_need_text(&algorithm, object, "algorithm");
	if (!err)
		err = stella_json_need_text(&value, object, "value");
	if (!err && !stella_hash_find(hash, stella_span_str(algorithm)))
		err = stella_error(STELLA_LOG_ENTRY_MISMATCH, "\"algorithm\": \"%.64s\" is not supported", algorithm);
	return err ? err : stella_hex_parse(digest, stella_span_str(value));
}

/* {"algorithm": "SHA2_256", "digest": base64} */
static const struct stella_error *read_hash_v2(enum stella_hash *hash, struct stella_buf *digest,
	const struct stella_json *v, const char *name)
{
	static const char *const names[] = { "algorithm", "digest", NULL };
	static const char *const algorithms[STELLA_HASH_COUNT] = { "SHA2_256", "SHA2_384", "SHA2_512" };
	const struct stella_json *object;
	const char *algorithm;
	unsigned i = 0;
	const struct stella_error *err = open_object(&object, v, name, names);

	if (!err)
		err = stella_json_need_text(&algorithm, object, "algorithm");
	if (err)
		return err;
	while (i < STELLA_HASH_COUNT && strcmp(algorithms[i], algorithm) != 0)
		i++;
	if (i == STELLA_HASH_COUNT)
		return stella_error(STELLA_LOG_ENTRY_MISMATCH, "\"algorithm\": \"%.64s\" is not supported", algorithm);
	*hash = (enum stella_hash)i;
	return read_base64(digest, object, "digest");
}

static const struct stella_error *compare_artifact(const struct stella_tlog_expected *expected, enum stella_hash hash,
	const struct stella_buf *digest)
{
	return compare_digest(hash, expected->digests[hash], stella_buf_span(digest), "artifact");
}

static const struct stella_error *compare_payload(const struct stella_tlog_expected *expected, enum stella_hash hash,
	const struct stella_buf *digest)
{
	uint8_t own[STELLA_DIGEST_MAX];

	stella_hash(hash, expected->payload, own);
	return compare_digest(hash, stella_span(own, stella_hash_size(hash)), stella_buf_span(digest), "payload");
}

/* Rekor v1 takes signature and payload of intoto 0.0.2 as the text in the envelope, and so has base64 of base64. */
static const struct stella_error *compare_base64(const struct stella_json *v, const char *name, bool twice,
	struct stella_span expected, const char *what)
{
	struct stella_buf once = { 0 }, inner = { 0 };
	const struct stella_error *err = read_base64(&once, v, name);

	if (!err && !stella_span_equal(stella_buf_span(&once), expected) &&
	    !(twice && !stella_base64_parse(&inner, stella_buf_span(&once), STELLA_BASE64_ANY) &&
	    stella_span_equal(stella_buf_span(&inner), expected)))
		err = differs(what);
	stella_buf_free(&once);
	stella_buf_free(&inner);
	return err;
}

static bool is_verifier(const struct stella_tlog_expected *expected, bool is_cert, struct stella_span der)
{
	if (is_cert != (expected->cert.size > 0))
		return false;
	return stella_span_equal(der, is_cert ? expected->cert : stella_pubkey_spki(expected->key));
}

/*
 * PEM as the signer's tool wrote it: lines of any length, for the log keeps them.  Only its beginning, its end and
 * base64 may be there; what it says is compared.
 */
static const struct stella_error *parse_pem(struct stella_buf *out, struct stella_span pem, const char *label)
{
	struct stella_cursor c = stella_cursor(pem);
	struct stella_buf begin = { 0 }, end = { 0 }, text = { 0 };
	struct stella_span line;
	const struct stella_error *err = NULL;
	bool more;

	stella_buf_printf(&begin, "-----BEGIN %s-----", label);
	stella_buf_printf(&end, "-----END %s-----", label);
	more = stella_cursor_line(&c, &line) && stella_span_equal(line, stella_buf_span(&begin));
	while (more && (stella_cursor_line(&c, &line) || stella_cursor_take(&c, c.left, &line))) {
		if (stella_span_equal(line, stella_buf_span(&end)))
			break;
		more = line.size > 0;
		stella_buf_put_span(&text, line);
	}
	if (!more || c.left > 0)
		err = stella_error(STELLA_MALFORMED, "PEM: not one block of %s", label);
	if (!err)
		err = stella_base64_parse(out, stella_buf_span(&text), STELLA_BASE64_STRICT);
	stella_buf_free(&begin);
	stella_buf_free(&end);
	stella_buf_free(&text);
	return err;
}

/* Rekor v1: base64 of PEM, of a certificate or a key. */
static const struct stella_error *compare_pem(const struct stella_tlog_expected *expected, const struct stella_json *v,
	const char *name)
{
	struct stella_buf pem = { 0 }, der = { 0 };
	const struct stella_error *err = read_base64(&pem, v, name);
	bool is_cert = stella_span_starts(stella_buf_span(&pem), "-----BEGIN CERTIFICATE-----");

	if (!err)
		err = parse_pem(&der, stella_buf_span(&pem), is_cert ? "CERTIFICATE" : "PUBLIC KEY");
	if (!err && !is_verifier(expected, is_cert, stella_buf_span(&der)))
		err = differs("certificate or key");
	stella_buf_free(&pem);
	stella_buf_free(&der);
	return err;
}

/* Rekor v2: DER. */
static const struct stella_error *compare_verifier(const struct stella_tlog_expected *expected,
	const struct stella_json *v)
{
	static const char *const names[] = { "keyDetails", "publicKey", "x509Certificate", NULL };
	static const char *const raw_names[] = { "rawBytes", NULL };
	const struct stella_json *verifier, *object;
	struct stella_buf der = { 0 };
	bool is_cert;
	const struct stella_error *err = open_object(&verifier, v, "verifier", names);

	if (err)
		return err;
	is_cert = stella_json_find(verifier, "x509Certificate") != NULL;
	if (is_cert && stella_json_find(verifier, "publicKey"))
		return stella_error(STELLA_MALFORMED, "\"verifier\": both a certificate and a key");
	err = open_object(&object, verifier, is_cert ? "x509Certificate" : "publicKey", raw_names);
	if (!err)
		err = read_base64(&der, object, "rawBytes");
	if (!err && !is_verifier(expected, is_cert, stella_buf_span(&der)))
		err = differs("certificate or key");
	stella_buf_free(&der);
	return err;
}

/* The one element of an array; a bundle has one signature, and so has what records it. */
static const struct stella_error *open_single(const struct stella_json **out, const struct stella_json *v,
	const char *name, const char *const *names)
{
	const struct stella_json *list;
	const struct stella_error *err = stella_json_need(&list, v, name, STELLA_JSON_ARRAY);

	if (err)
		return err;
	if (stella_json_count(list) != 1)
		return stella_error(STELLA_LOG_ENTRY_MISMATCH, "\"%s\": %zu, the bundle has one", name, stella_json_count(list));
	*out = stella_json_at(list, 0);
	if (stella_json_type(*out) != STELLA_JSON_OBJECT)
		return stella_error(STELLA_MALFORMED, "\"%s\": not a JSON object", name);
	return stella_json_closed(*out, names);
}

/* ---------------------------------------------------------------- kinds */

static const struct stella_error *hashedrekord_v1(const struct stella_json *spec,
	const struct stella_tlog_expected *expected)
{
	static const char *const data_names[] = { "hash", NULL }, *const signature_names[] = { "content", "publicKey", NULL };
	static const char *const key_names[] = { "content", NULL }, *const names[] = { "data", "signature", NULL };
	const struct stella_json *data, *signature, *key;
	struct stella_buf digest = { 0 };
	enum stella_hash hash;
	const struct stella_error *err = stella_json_closed(spec, names);

	if (!err)
		err = open_object(&data, spec, "data", data_names);
	if (!err)
		err = read_hash_v1(&hash, &digest, data, "hash");
	if (!err)
		err = compare_artifact(expected, hash, &digest);
	if (!err)
		err = open_object(&signature, spec, "signature", signature_names);
	if (!err)
		err = compare_base64(signature, "content", false, expected->signature, "signature");
	if (!err)
		err = open_object(&key, signature, "publicKey", key_names);
	if (!err)
		err = compare_pem(expected, key, "content");
	stella_buf_free(&digest);
	return err;
}

static const struct stella_error *signature_v2(const struct stella_json *signature,
	const struct stella_tlog_expected *expected)
{
	const struct stella_error *err = compare_base64(signature, "content", false, expected->signature, "signature");

	return err ? err : compare_verifier(expected, signature);
}

static const char *const signature_v2_names[] = { "content", "verifier", NULL };

static const struct stella_error *hashedrekord_v2(const struct stella_json *spec,
	const struct stella_tlog_expected *expected)
{
	static const char *const spec_names[] = { "hashedRekordV002", NULL }, *const names[] = { "data", "signature", NULL };
	const struct stella_json *record, *signature;
	struct stella_buf digest = { 0 };
	enum stella_hash hash;
	const struct stella_error *err = stella_json_closed(spec, spec_names);

	if (!err)
		err = open_object(&record, spec, "hashedRekordV002", names);
	if (!err)
		err = read_hash_v2(&hash, &digest, record, "data");
	if (!err)
		err = compare_artifact(expected, hash, &digest);
	if (!err)
		err = open_object(&signature, record, "signature", signature_v2_names);
	if (!err)
		err = signature_v2(signature, expected);
	stella_buf_free(&digest);
	return err;
}

static const struct stella_error *dsse_v1(const struct stella_json *spec, const struct stella_tlog_expected *expected)
{
	static const char *const names[] = { "envelopeHash", "payloadHash", "signatures", NULL };
	static const char *const signature_names[] = { "signature", "verifier", NULL };
	const struct stella_json *signature;
	struct stella_buf digest = { 0 };
	enum stella_hash hash;
	const struct stella_error *err = stella_json_closed(spec, names);

	if (!err)
		err = read_hash_v1(&hash, &digest, spec, "payloadHash");
	if (!err)
		err = compare_payload(expected, hash, &digest);
	if (!err)
		err = open_single(&signature, spec, "signatures", signature_names);
	if (!err)
		err = compare_base64(signature, "signature", false, expected->signature, "signature");
	if (!err)
		err = compare_pem(expected, signature, "verifier");
	stella_buf_free(&digest);
	return err;
}

static const struct stella_error *dsse_v2(const struct stella_json *spec, const struct stella_tlog_expected *expected)
{
	static const char *const spec_names[] = { "dsseV002", NULL }, *const names[] = { "payloadHash", "signatures", NULL };
	const struct stella_json *record, *signature;
	struct stella_buf digest = { 0 };
	enum stella_hash hash;
	const struct stella_error *err = stella_json_closed(spec, spec_names);

	if (!err)
		err = open_object(&record, spec, "dsseV002", names);
	if (!err)
		err = read_hash_v2(&hash, &digest, record, "payloadHash");
	if (!err)
		err = compare_payload(expected, hash, &digest);
	if (!err)
		err = open_single(&signature, record, "signatures", signature_v2_names);
	if (!err)
		err = signature_v2(signature, expected);
	stella_buf_free(&digest);
	return err;
}

static const struct stella_error *intoto_envelope(const struct stella_json *content,
	const struct stella_tlog_expected *expected)
{
	static const char *const names[] = { "payload", "payloadType", "signatures", NULL };
	static const char *const signature_names[] = { "keyid", "publicKey", "sig", NULL };
	const struct stella_json *envelope, *signature;
	const char *type;
	const struct stella_error *err = open_object(&envelope, content, "envelope", names);

	if (!err)
		err = stella_json_need_text(&type, envelope, "payloadType");
	if (!err && strcmp(type, expected->payload_type) != 0)
		err = differs("payload type");
	if (!err && stella_json_find(envelope, "payload"))
		err = compare_base64(envelope, "payload", true, expected->payload, "payload");
	if (!err)
		err = open_single(&signature, envelope, "signatures", signature_names);
	if (!err)
		err = compare_base64(signature, "sig", true, expected->signature, "signature");
	return err ? err : compare_pem(expected, signature, "publicKey");
}

static const struct stella_error *intoto_v2(const struct stella_json *spec, const struct stella_tlog_expected *expected)
{
	static const char *const spec_names[] = { "content", NULL };
	static const char *const names[] = { "envelope", "hash", "payloadHash", NULL };
	const struct stella_json *content;
	struct stella_buf digest = { 0 };
	enum stella_hash hash;
	const struct stella_error *err = stella_json_closed(spec, spec_names);

	if (!err)
		err = open_object(&content, spec, "content", names);
	if (!err)
		err = read_hash_v1(&hash, &digest, content, "payloadHash");
	if (!err)
		err = compare_payload(expected, hash, &digest);
	if (!err)
		err = intoto_envelope(content, expected);
	stella_buf_free(&digest);
	return err;
}

static const struct {
	const char *kind, *version;
	bool dsse;                       /* for envelopes only */
	const struct stella_error *(*compare)(const struct stella_json *spec, const struct stella_tlog_expected *expected);
} kinds[] = {
	{ "hashedrekord", "0.0.1", false, hashedrekord_v1 },
	{ "hashedrekord", "0.0.2", false, hashedrekord_v2 },
	{ "dsse", "0.0.1", true, dsse_v1 },
	{ "dsse", "0.0.2", true, dsse_v2 },
	{ "intoto", "0.0.2", true, intoto_v2 },
};

static const struct stella_error *verify_document(const struct stella_tlog_entry *entry,
	const struct stella_json *body, const struct stella_tlog_expected *expected)
{
	static const char *const names[] = { "apiVersion", "kind", "spec", NULL };
	const char *kind, *version;
	const struct stella_json *spec;
	const struct stella_error *err;

	if (stella_json_type(body) != STELLA_JSON_OBJECT)
		return stella_error(STELLA_MALFORMED, "not a JSON object");
	err = stella_json_closed(body, names);
	if (!err)
		err = stella_json_need_text(&kind, body, "kind");
	if (!err)
		err = stella_json_need_text(&version, body, "apiVersion");
	if (!err)
		err = stella_json_need(&spec, body, "spec", STELLA_JSON_OBJECT);
	if (err)
		return err;
	if (strcmp(kind, entry->kind) != 0 || strcmp(version, entry->version) != 0)
		return stella_error(STELLA_LOG_ENTRY_MISMATCH, "is %.64s %.64s, the bundle says %.64s %.64s", kind, version,
			entry->kind, entry->version);
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (strcmp(kinds[i].kind, kind) == 0 && strcmp(kinds[i].version, version) == 0) {
			if (kinds[i].dsse && !expected->payload_type)
				return differs("kind of signature");
			return kinds[i].compare(spec, expected);
		}
	return stella_error(STELLA_LOG_ENTRY_MISMATCH, "of a kind that is not supported: %.64s %.64s", kind, version);
}

const struct stella_error *stella_tlog_verify_body(const struct stella_tlog_entry *entry,
	const struct stella_tlog_expected *expected)
{
	struct stella_json *body;
	const struct stella_error *err = stella_json_parse(&body, stella_buf_span(&entry->body));

	if (!err)
		err = verify_document(entry, body, expected);
	stella_json_free(body);
	if (err && strncmp(err->message, ENTRY, strlen(ENTRY)) != 0)
		err = stella_error_prefix(err, "log entry: body");
	return err;
}
