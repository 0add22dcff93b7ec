/* SPDX-License-Identifier: Apache-2.0 */
#include "gitsign.h"

#include "der.h"
#include "encode.h"
#include "tlog_proto.h"

#define BYTES(text) { (const uint8_t *)(text), sizeof(text) - 1 }

static const struct stella_span attr_log_entry = BYTES("\x2b\x06\x01\x04\x01\x83\xbf\x30\x03\x01");
static const struct stella_span attr_timestamp = BYTES("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x02\x0e");

static void put_base64(struct stella_json *object, const char *name, struct stella_span bytes)
{
	struct stella_buf text = { 0 };

	stella_base64_print(&text, bytes);
	stella_json_set_text(object, name, (const char *)text.data);
	stella_buf_free(&text);
}

/* hashedrekord 0.0.1 as Rekor keeps it: RFC 8785, names in order and no white space. */
static void print_body(struct stella_buf *out, const struct stella_cmssig *sig, enum stella_hash hash,
	struct stella_span digest)
{
	struct stella_buf pem = { 0 };
	char hex[2 * STELLA_DIGEST_MAX + 1];

	stella_hex_text(hex, digest);
	stella_buf_printf(out, "{\"apiVersion\":\"0.0.1\",\"kind\":\"hashedrekord\",\"spec\":{\"data\":{\"hash\":"
		"{\"algorithm\":\"%s\",\"value\":\"%s\"}},\"signature\":{\"content\":\"", stella_hash_name(hash), hex);
	stella_base64_print(out, sig->cms.signature);
	stella_buf_put_str(out, "\",\"publicKey\":{\"content\":\"");
	stella_pem_print(&pem, "CERTIFICATE", stella_cert_der(sig->signer));
	stella_base64_print(out, stella_buf_span(&pem));
	stella_buf_put_str(out, "\"}}}}");
	stella_buf_free(&pem);
}

static const struct stella_error *add_entry(struct stella_json *material, const struct stella_cmssig *sig,
	struct stella_span body)
{
	struct stella_json *entries = stella_json_set(material, "tlogEntries", stella_json_new_array()), *entry;
	struct stella_cursor values;
	struct stella_span value;
	bool is_there;
	const struct stella_error *err = stella_cms_find_unsigned(&is_there, &values, &sig->cms, attr_log_entry);

	if (err || !is_there)
		return err;
	if (!stella_der_take(&values, STELLA_DER_OCTET_STRING, &value) || values.left)
		return stella_error(STELLA_MALFORMED, "log entry: its unsigned attribute is not what it should be");
	err = stella_tlog_proto_parse(&entry, value, body);
	if (!err)
		stella_json_add(entries, entry);
	return err;
}

static const struct stella_error *add_timestamps(struct stella_json *material, const struct stella_cmssig *sig)
{
	struct stella_json *data, *stamps;
	struct stella_cursor values;
	struct stella_span value;
	bool is_there;
	const struct stella_error *err = stella_cms_find_unsigned(&is_there, &values, &sig->cms, attr_timestamp);

	if (err || !is_there)
		return err;
	data = stella_json_set(material, "timestampVerificationData", stella_json_new_object());
	stamps = stella_json_set(data, "rfc3161Timestamps", stella_json_new_array());
	while (stella_der_take_whole(&values, STELLA_DER_SEQUENCE, &value))
		put_base64(stella_json_add(stamps, stella_json_new_object()), "signedTimestamp", value);
	return values.left ? stella_error(STELLA_MALFORMED, "timestamp: its unsigned attribute is not what it should be") : NULL;
}

static void put_signature(struct stella_json *document, const struct stella_cmssig *sig, enum stella_hash hash,
	struct stella_span digest)
{
	static const char *const names[STELLA_HASH_COUNT] = {
		[STELLA_HASH_SHA256] = "SHA2_256", [STELLA_HASH_SHA384] = "SHA2_384", [STELLA_HASH_SHA512] = "SHA2_512",
	};
	struct stella_json *message = stella_json_set(document, "messageSignature", stella_json_new_object());
	struct stella_json *object = stella_json_set(message, "messageDigest", stella_json_new_object());

	stella_json_set_text(object, "algorithm", names[hash]);
	put_base64(object, "digest", digest);
	put_base64(message, "signature", sig->cms.signature);
}

const struct stella_error *stella_gitsign_bundle(struct stella_bundle **out, struct stella_buf *message,
	const struct stella_cmssig *sig)
{
	struct stella_json *document = stella_json_new_object(), *material;
	uint8_t digest[STELLA_DIGEST_MAX];
	struct stella_buf body = { 0 };
	const struct stella_error *err;
	struct stella_span hashed;
	enum stella_sigalg alg;
	enum stella_hash hash;

	*out = NULL;
	*message = (struct stella_buf){ 0 };
	err = stella_cms_find_alg(&alg, &sig->cms);
	if (err)
		goto done;
	hash = stella_sigalg_hash(alg);
	stella_cms_print_signed(message, &sig->cms);
	stella_hash(hash, stella_buf_span(message), digest);
	hashed = stella_span(digest, stella_hash_size(hash));
	stella_json_set_text(document, "mediaType", "application/vnd.dev.sigstore.bundle.v0.3+json");
	put_signature(document, sig, hash, hashed);
	material = stella_json_set(document, "verificationMaterial", stella_json_new_object());
	put_base64(stella_json_set(material, "certificate", stella_json_new_object()), "rawBytes",
		stella_cert_der(sig->signer));
	print_body(&body, sig, hash, hashed);
	err = add_entry(material, sig, stella_buf_span(&body));
	if (!err)
		err = add_timestamps(material, sig);
	if (err)
		goto done;
	err = stella_bundle_parse(out, document);
	document = NULL;
done:
	stella_json_free(document);
	stella_buf_free(&body);
	if (err)
		stella_buf_free(message);
	return err;
}
