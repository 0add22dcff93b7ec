/* SPDX-License-Identifier: Apache-2.0 */
#include "bundle.h"

#include <stdlib.h>
#include <string.h>

#include "encode.h"

/*
 * Protobuf's JSON mapping: a parser takes the field's own name as well as its JSON name, and null for
 * "not set".  One form from here on, so that no reader below has to know.
 */
static const char *const fields[][2] = {
	{ "media_type", "mediaType" },
	{ "verification_material", "verificationMaterial" },
	{ "dsse_envelope", "dsseEnvelope" },
	{ "message_signature", "messageSignature" },
	{ "message_digest", "messageDigest" },
	{ "payload_type", "payloadType" },
	{ "public_key", "publicKey" },
	{ "x509_certificate_chain", "x509CertificateChain" },
	{ "raw_bytes", "rawBytes" },
	{ "tlog_entries", "tlogEntries" },
	{ "timestamp_verification_data", "timestampVerificationData" },
	{ "rfc3161_timestamps", "rfc3161Timestamps" },
	{ "signed_timestamp", "signedTimestamp" },
	{ "log_index", "logIndex" },
	{ "log_id", "logId" },
	{ "key_id", "keyId" },
	{ "kind_version", "kindVersion" },
	{ "integrated_time", "integratedTime" },
	{ "inclusion_promise", "inclusionPromise" },
	{ "signed_entry_timestamp", "signedEntryTimestamp" },
	{ "inclusion_proof", "inclusionProof" },
	{ "root_hash", "rootHash" },
	{ "tree_size", "treeSize" },
	{ "canonicalized_body", "canonicalizedBody" },
};

static const char *json_name(const char *name)
{
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
		if (strcmp(fields[i][0], name) == 0)
			return fields[i][1];
	}
	return name;
}

/* Depth is bounded by the parser. */
static bool is_normal(const struct stella_json *v)
{
	const struct stella_json *value;
	const char *name;

	for (size_t i = 0; i < stella_json_count(v); i++) {
		if (stella_json_type(v) == STELLA_JSON_OBJECT)
			stella_json_member(v, i, &name, &value);
		else
			name = "", value = stella_json_at(v, i);
		if (stella_json_type(value) == STELLA_JSON_NULL || json_name(name) != name ||
			!is_normal(value))
			return false;
	}
	return true;
}

static const struct stella_error *normalize(struct stella_json **out, const struct stella_json *v)
{
	const struct stella_error *err = NULL;
	enum stella_json_type type = stella_json_type(v);
	struct stella_json *copy, *item = NULL;
	const struct stella_json *value;
	const char *name;

	if (type != STELLA_JSON_OBJECT && type != STELLA_JSON_ARRAY) {
		*out = stella_json_copy(v);
		return NULL;
	}
	copy = type == STELLA_JSON_OBJECT ? stella_json_new_object() : stella_json_new_array();
	for (size_t i = 0; !err && i < stella_json_count(v); i++) {
		if (type == STELLA_JSON_ARRAY) { /* null is no element: left for the reader to refuse */
			err = normalize(&item, stella_json_at(v, i));
			if (!err)
				stella_json_add(copy, item);
			continue;
		}
		stella_json_member(v, i, &name, &value);
		if (stella_json_type(value) == STELLA_JSON_NULL)
			continue;
		if (stella_json_find(copy, json_name(name))) {
			err = stella_error(STELLA_MALFORMED, "\"%s\" and \"%s\": the same field twice", name,
				json_name(name));
			break;
		}
		err = normalize(&item, value);
		if (!err)
			stella_json_set(copy, json_name(name), item);
	}
	if (err)
		stella_json_free(copy);
	else
		*out = copy;
	return err;
}

/* Replaces *document by its one form. */
static const struct stella_error *normalize_document(struct stella_json **document)
{
	const struct stella_error *err;
	struct stella_json *copy = NULL;

	if (is_normal(*document))
		return NULL;
	err = normalize(&copy, *document);
	if (err)
		return err;
	stella_json_free(*document);
	*document = copy;
	return NULL;
}

static const struct stella_error *within(const struct stella_error *err, const char *name)
{
	return err ? stella_error_prefix(err, "\"%s\"", name) : NULL;
}

static const struct stella_error *parse_media_type(struct stella_bundle *out)
{
	static const struct {
		const char *text;
		unsigned minor;
	} types[] = {
		{ "application/vnd.dev.sigstore.bundle+json;version=0.1", 1 },
		{ "application/vnd.dev.sigstore.bundle+json;version=0.2", 2 },
		{ "application/vnd.dev.sigstore.bundle+json;version=0.3", 3 },
		{ "application/vnd.dev.sigstore.bundle.v0.3+json", 3 },
	};
	const struct stella_error *err;
	const char *text;

	err = stella_json_need_text(&text, out->document, "mediaType");
	if (err)
		return err;
	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		if (strcmp(types[i].text, text) == 0)
			out->minor = types[i].minor;
	}
	if (!out->minor)
		return stella_error(STELLA_MALFORMED,
			"\"mediaType\": \"%.200s\" is not a Sigstore bundle 0.1, 0.2 or 0.3", text);
	out->media_type = stella_strdup(text);
	return NULL;
}

static const struct stella_error *parse_bytes(
	struct stella_buf *out, const struct stella_json *object, const char *name)
{
	const struct stella_error *err;
	const char *text;

	err = stella_json_need_text(&text, object, name);
	if (err)
		return err;
	err = stella_base64_parse(out, stella_span_str(text), STELLA_BASE64_ANY);
	if (err)
		return within(err, name);
	return out->size ? NULL : stella_error(STELLA_MALFORMED, "\"%s\": empty", name);
}

static const struct stella_error *parse_certificate(
	struct stella_bundle *out, const struct stella_json *object)
{
	static const char *const names[] = { "rawBytes", NULL };
	const struct stella_error *err;
	struct stella_buf *cert = &out->certs[out->cert_count];

	if (stella_json_type(object) != STELLA_JSON_OBJECT)
		return stella_error(STELLA_MALFORMED, "not a JSON object");
	err = stella_json_closed(object, names);
	if (err)
		return err;
	out->cert_count++;
	err = parse_bytes(cert, object, "rawBytes");
	if (err)
		return err;
	if (cert->size > STELLA_CERTIFICATE_MAX)
		return stella_error(STELLA_LIMIT, "%zu bytes, at most %d are allowed", cert->size,
			STELLA_CERTIFICATE_MAX);
	return NULL;
}

static const struct stella_error *parse_chain(struct stella_bundle *out, const struct stella_json *chain)
{
	static const char *const names[] = { "certificates", NULL };
	const struct stella_error *err;
	const struct stella_json *array;
	size_t count;

	err = stella_json_closed(chain, names);
	if (err)
		return err;
	err = stella_json_need(&array, chain, "certificates", STELLA_JSON_ARRAY);
	if (err)
		return err;
	count = stella_json_count(array);
	if (!count)
		return stella_error(STELLA_MALFORMED, "\"certificates\": empty");
	if (count > STELLA_CERTIFICATES_MAX)
		return stella_error(STELLA_LIMIT, "%zu certificates, at most %d are allowed", count,
			STELLA_CERTIFICATES_MAX);
	out->certs = stella_alloc_array(count, sizeof *out->certs);
	for (size_t i = 0; i < count; i++) {
		err = parse_certificate(out, stella_json_at(array, i));
		if (err)
			return stella_error_prefix(err, "certificate %zu", i + 1);
	}
	return NULL;
}

static const struct stella_error *parse_public_key(
	struct stella_bundle *out, const struct stella_json *object)
{
	static const char *const names[] = { "hint", NULL };
	const struct stella_error *err;
	const char *hint;

	err = stella_json_closed(object, names);
	if (err)
		return err;
	err = stella_json_want_text(&hint, object, "hint");
	if (!err && hint && *hint)
		out->key_hint = stella_strdup(hint);
	return err;
}

/* Exactly one of the three ways to say who signed: the chain until 0.2, the single certificate from 0.3. */
static const struct stella_error *parse_identity(
	struct stella_bundle *out, const struct stella_json *material)
{
	const struct stella_error *err;
	const struct stella_json *chain, *single, *key;

	err = stella_json_want(&chain, material, "x509CertificateChain", STELLA_JSON_OBJECT);
	if (err)
		return err;
	err = stella_json_want(&single, material, "certificate", STELLA_JSON_OBJECT);
	if (err)
		return err;
	err = stella_json_want(&key, material, "publicKey", STELLA_JSON_OBJECT);
	if (err)
		return err;
	if (!!chain + !!single + !!key != 1)
		return stella_error(STELLA_MALFORMED,
			"%s of \"certificate\", \"x509CertificateChain\" and \"publicKey\", "
			"expected exactly one",
			chain || single || key ? "more than one" : "none");
	if (key)
		return within(parse_public_key(out, key), "publicKey");
	if (chain && out->minor >= 3)
		return stella_error(STELLA_MALFORMED,
			"\"x509CertificateChain\": bundle 0.3 has a single \"certificate\"");
	if (single && out->minor < 3)
		return stella_error(STELLA_MALFORMED,
			"\"certificate\": bundle 0.%u has an \"x509CertificateChain\"", out->minor);
	if (chain)
		return within(parse_chain(out, chain), "x509CertificateChain");
	out->certs = stella_alloc_array(1, sizeof *out->certs);
	return within(parse_certificate(out, single), "certificate");
}

static const struct stella_error *count_entries(
	size_t *out, const struct stella_json *object, const char *name, size_t max)
{
	const struct stella_error *err;
	const struct stella_json *array;

	err = stella_json_want(&array, object, name, STELLA_JSON_ARRAY);
	if (err || !array)
		return err;
	*out = stella_json_count(array);
	for (size_t i = 0; i < *out; i++) {
		if (stella_json_type(stella_json_at(array, i)) != STELLA_JSON_OBJECT)
			return stella_error(
				STELLA_MALFORMED, "\"%s\": entry %zu is not a JSON object", name, i + 1);
	}
	if (*out > max)
		return stella_error(
			STELLA_LIMIT, "\"%s\": %zu entries, at most %zu are allowed", name, *out, max);
	return NULL;
}

static const struct stella_error *parse_material(struct stella_bundle *out)
{
	static const char *const names[] = {"certificate", "publicKey", "timestampVerificationData",
		"tlogEntries", "x509CertificateChain", NULL};
	static const char *const stamp_names[] = { "rfc3161Timestamps", NULL };
	const struct stella_error *err;
	const struct stella_json *material, *stamps;

	err = stella_json_need(&material, out->document, "verificationMaterial", STELLA_JSON_OBJECT);
	if (err)
		return err;
	err = stella_json_closed(material, names);
	if (err)
		return within(err, "verificationMaterial");
	err = count_entries(&out->log_entry_count, material, "tlogEntries", STELLA_LOG_ENTRIES_MAX);
	if (err)
		return err;
	err = stella_json_want(&stamps, material, "timestampVerificationData", STELLA_JSON_OBJECT);
	if (err)
		return err;
	if (stamps) {
		err = stella_json_closed(stamps, stamp_names);
		if (err)
			return within(err, "timestampVerificationData");
		err = count_entries(
			&out->timestamp_count, stamps, "rfc3161Timestamps", STELLA_TIMESTAMPS_MAX);
		if (err)
			return err;
	}
	return within(parse_identity(out, material), "verificationMaterial");
}

static const struct stella_error *parse_message_digest(
	struct stella_bundle *out, const struct stella_json *digest)
{
	static const char *const names[] = { "algorithm", "digest", NULL };
	static const char *const algorithms[] = { "SHA2_256", "SHA2_384", "SHA2_512" };
	const struct stella_error *err;
	const char *algorithm;
	size_t i = 0;

	err = stella_json_closed(digest, names);
	if (err)
		return err;
	err = stella_json_need_text(&algorithm, digest, "algorithm");
	if (err)
		return err;
	while (i < STELLA_HASH_COUNT && strcmp(algorithms[i], algorithm) != 0)
		i++;
	if (i == STELLA_HASH_COUNT)
		return stella_error(STELLA_MALFORMED, "\"algorithm\": \"%.64s\" is not known", algorithm);
	out->message_hash = (enum stella_hash)i;
	err = parse_bytes(&out->message_digest, digest, "digest");
	if (err)
		return err;
	if (out->message_digest.size != stella_hash_size(out->message_hash))
		return stella_error(STELLA_MALFORMED, "\"digest\": %zu bytes, expected %zu",
			out->message_digest.size, stella_hash_size(out->message_hash));
	return NULL;
}

static const struct stella_error *parse_message(
	struct stella_bundle *out, const struct stella_json *message)
{
	static const char *const names[] = { "messageDigest", "signature", NULL };
	const struct stella_error *err;
	const struct stella_json *digest;

	err = stella_json_closed(message, names);
	if (err)
		return err;
	err = parse_bytes(&out->message_signature, message, "signature");
	if (err)
		return err;
	err = stella_json_need(&digest, message, "messageDigest", STELLA_JSON_OBJECT);
	return err ? err : within(parse_message_digest(out, digest), "messageDigest");
}

/* As protobuf has it, nothing but its fields: DSSE would pass over others, `cert` beside a signature too. */
static const struct stella_error *check_envelope(const struct stella_json *envelope)
{
	static const char *const names[] = { "payload", "payloadType", "signatures", NULL };
	static const char *const signature_names[] = { "keyid", "sig", NULL };
	const struct stella_error *err;
	const struct stella_json *signatures;

	err = stella_json_closed(envelope, names);
	if (err)
		return err;
	err = stella_json_need(&signatures, envelope, "signatures", STELLA_JSON_ARRAY);
	if (err)
		return err;
	if (stella_json_count(signatures) != 1)
		return stella_error(STELLA_MALFORMED, "\"signatures\": %zu, a bundle has exactly one",
			stella_json_count(signatures));
	return stella_json_closed(stella_json_at(signatures, 0), signature_names);
}

static const struct stella_error *parse_envelope(
	struct stella_bundle *out, const struct stella_json *envelope)
{
	const struct stella_error *err;
	struct stella_signature *signature;

	err = check_envelope(envelope);
	if (err)
		return err;
	err = stella_dsse_parse(&out->dsse, envelope);
	if (err)
		return err;
	signature = &out->dsse->signatures[0];
	if (!out->cert_count)
		return NULL;
	signature->certs = stella_alloc_array(out->cert_count, sizeof *signature->certs);
	signature->cert_count = out->cert_count;
	for (size_t i = 0; i < out->cert_count; i++)
		stella_buf_put_span(&signature->certs[i], stella_buf_span(&out->certs[i]));
	return NULL;
}

static const struct stella_error *parse_content(struct stella_bundle *out)
{
	const struct stella_error *err;
	const struct stella_json *envelope, *message;

	err = stella_json_want(&envelope, out->document, "dsseEnvelope", STELLA_JSON_OBJECT);
	if (err)
		return err;
	err = stella_json_want(&message, out->document, "messageSignature", STELLA_JSON_OBJECT);
	if (err)
		return err;
	if (!envelope == !message)
		return stella_error(STELLA_MALFORMED,
			"%s of \"dsseEnvelope\" and \"messageSignature\", expected one",
			envelope ? "both" : "none");
	return envelope ? within(parse_envelope(out, envelope), "dsseEnvelope")
		: within(parse_message(out, message), "messageSignature");
}

const struct stella_error *stella_bundle_parse(struct stella_bundle **out, struct stella_json *document)
{
	static const char *const names[] = {
		"dsseEnvelope", "mediaType", "messageSignature", "verificationMaterial", NULL};
	struct stella_bundle *bundle = stella_alloc(sizeof *bundle);
	const struct stella_error *err;

	*out = NULL;
	bundle->document = document;
	if (stella_json_type(document) != STELLA_JSON_OBJECT) {
		err = stella_error(STELLA_MALFORMED, "the bundle is not a JSON object");
		goto done;
	}
	err = normalize_document(&bundle->document);
	if (err)
		goto done;
	err = parse_media_type(bundle); /* first: another version may have other fields */
	if (err)
		goto done;
	err = stella_json_closed(bundle->document, names);
	if (err)
		goto done;
	err = parse_material(bundle);
	if (err)
		goto done;
	err = parse_content(bundle);
	if (err)
		goto done;
	*out = bundle;
	bundle = NULL;
done:
	stella_bundle_free(bundle);
	return err;
}

void stella_bundle_free(struct stella_bundle *bundle)
{
	if (!bundle)
		return;
	for (size_t i = 0; i < bundle->cert_count; i++)
		stella_buf_free(&bundle->certs[i]);
	free(bundle->certs);
	free(bundle->media_type);
	free(bundle->key_hint);
	stella_dsse_free(bundle->dsse);
	stella_buf_free(&bundle->message_digest);
	stella_buf_free(&bundle->message_signature);
	stella_json_free(bundle->document);
	free(bundle);
}
