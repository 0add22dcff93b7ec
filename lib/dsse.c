/* SPDX-License-Identifier: Apache-2.0 */
#include "dsse.h"

#include <stdlib.h>
#include <string.h>

#include "encode.h"

static void free_certs(struct stella_buf *certs, size_t count)
{
	for (size_t i = 0; i < count; i++)
		stella_buf_free(&certs[i]);
	free(certs);
}

void stella_dsse_free(struct stella_dsse *dsse)
{
	if (!dsse)
		return;
	for (size_t i = 0; i < dsse->signature_count; i++) {
		free(dsse->signatures[i].keyid);
		stella_buf_free(&dsse->signatures[i].sig);
		free_certs(dsse->signatures[i].certs, dsse->signatures[i].cert_count);
	}
	free(dsse->signatures);
	free(dsse->payload_type);
	stella_buf_free(&dsse->payload);
	free(dsse);
}

/* protocol.md: "Either standard or URL-safe encoding is allowed"; payload may be empty, sig may not. */
static const struct stella_error *parse_base64(struct stella_buf *out, const struct stella_json *object,
	const char *name)
{
	const struct stella_error *err;
	const char *text;

	err = stella_json_need_text(&text, object, name);
	if (err)
		return err;
	err = stella_base64_parse(out, stella_span_str(text), STELLA_BASE64_ANY);
	return err ? stella_error_prefix(err, "\"%s\"", name) : NULL;
}

/* `cert`: the one addition of slsa-github-generator, PEM, leaf first. */
static const struct stella_error *parse_cert(struct stella_signature *out, const char *pem)
{
	struct stella_cursor in = stella_cursor(stella_span_str(pem));
	const struct stella_error *err = NULL;
	struct stella_buf der = { 0 };
	char *label = NULL;
	size_t cap = 0;

	for (;;) {
		err = stella_pem_next(&der, &label, &in);
		if (stella_error_is(err, STELLA_NOT_FOUND)) {
			err = out->cert_count ? NULL : stella_error(STELLA_MALFORMED, "no certificate");
			goto done;
		}
		if (err)
			goto done;
		if (strcmp(label, "CERTIFICATE") != 0) {
			err = stella_error(
				STELLA_MALFORMED, "PEM label \"%s\", expected \"CERTIFICATE\"", label);
			goto done;
		}
		if (out->cert_count == STELLA_CERTIFICATES_MAX || der.size > STELLA_CERTIFICATE_MAX) {
			err = stella_error(STELLA_LIMIT,
				"more than %d certificates, or one of more than %d bytes",
				STELLA_CERTIFICATES_MAX, STELLA_CERTIFICATE_MAX);
			goto done;
		}
		STELLA_GROW(out->certs, out->cert_count, cap);
		out->certs[out->cert_count++] = der;
		der = (struct stella_buf){ 0 };
		free(label);
		label = NULL;
	}
done:
	stella_buf_free(&der);
	free(label);
	return err;
}

static const struct stella_error *parse_signature(
	struct stella_signature *out, const struct stella_json *object)
{
	const struct stella_error *err;
	const struct stella_json *keyid = stella_json_find(object, "keyid");
	const char *text;

	if (stella_json_type(object) != STELLA_JSON_OBJECT)
		return stella_error(STELLA_MALFORMED, "not a JSON object");
	err = parse_base64(&out->sig, object, "sig");
	if (err)
		return err;
	if (!out->sig.size)
		return stella_error(STELLA_MALFORMED, "\"sig\": empty");
	if (keyid && stella_json_type(keyid) != STELLA_JSON_NULL) { /* null and "" are how tools say none */
		err = stella_json_need_text(&text, object, "keyid");
		if (err)
			return err;
		if (*text)
			out->keyid = stella_strdup(text);
	}
	err = stella_json_want_text(&text, object, "cert");
	if (err)
		return err;
	err = text ? parse_cert(out, text) : NULL;
	return err ? stella_error_prefix(err, "\"cert\"") : NULL;
}

static const struct stella_error *parse_signatures(struct stella_dsse *out, const struct stella_json *array)
{
	const struct stella_error *err;
	size_t count = stella_json_count(array);

	if (!count)
		return stella_error(STELLA_MALFORMED, "\"signatures\": empty: not signed");
	if (count > STELLA_SIGNATURES_MAX)
		return stella_error(STELLA_LIMIT, "%zu signatures, at most %d are allowed", count,
			STELLA_SIGNATURES_MAX);
	out->signatures = stella_alloc_array(count, sizeof *out->signatures);
	out->signature_count = count;
	for (size_t i = 0; i < count; i++) {
		err = parse_signature(&out->signatures[i], stella_json_at(array, i));
		if (err)
			return stella_error_prefix(err, "signature %zu", i + 1);
	}
	return NULL;
}

const struct stella_error *stella_dsse_parse(struct stella_dsse **out, const struct stella_json *envelope)
{
	struct stella_dsse *dsse = stella_alloc(sizeof *dsse);
	const struct stella_error *err;
	const struct stella_json *signatures;
	const char *type;

	*out = NULL;
	if (stella_json_type(envelope) != STELLA_JSON_OBJECT) {
		err = stella_error(STELLA_MALFORMED, "the envelope is not a JSON object");
		goto done;
	}
	err = stella_json_need(&signatures, envelope, "signatures", STELLA_JSON_ARRAY);
	if (err)
		goto done;
	err = parse_signatures(dsse, signatures); /* its limit before the payload is decoded */
	if (err)
		goto done;
	err = stella_json_need_text(&type, envelope, "payloadType");
	if (err)
		goto done;
	if (!*type) {
		err = stella_error(STELLA_MALFORMED, "\"payloadType\": empty");
		goto done;
	}
	dsse->payload_type = stella_strdup(type);
	err = parse_base64(&dsse->payload, envelope, "payload");
	if (err)
		goto done;
	*out = dsse;
	dsse = NULL;
done:
	stella_dsse_free(dsse);
	return err;
}

void stella_dsse_pae(struct stella_buf *out, const char *payload_type, struct stella_span payload)
{
	stella_buf_printf(out, "DSSEv1 %zu %s %zu ", strlen(payload_type), payload_type, payload.size);
	stella_buf_put_span(out, payload);
}
