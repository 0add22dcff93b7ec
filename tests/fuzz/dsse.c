/* SPDX-License-Identifier: Apache-2.0 */
/* DSSE: what is parsed and written in one form is parsed again to the same bytes to be signed. */
#include "fuzz.h"

#include <string.h>

#include "dsse.h"
#include "encode.h"

static void set_base64(struct stella_json *object, const char *name, const struct stella_buf *bytes)
{
	struct stella_buf text = { 0 };

	stella_base64_print(&text, stella_buf_span(bytes));
	stella_json_set(object, name, stella_json_new_text_span(stella_buf_span(&text)));
	stella_buf_free(&text);
}

static struct stella_json *print(const struct stella_dsse *dsse)
{
	struct stella_json *out = stella_json_new_object(), *list, *one;
	struct stella_buf pem = { 0 };

	stella_json_set_text(out, "payloadType", dsse->payload_type);
	set_base64(out, "payload", &dsse->payload);
	list = stella_json_set(out, "signatures", stella_json_new_array());
	for (size_t i = 0; i < dsse->signature_count; i++) {
		const struct stella_signature *signature = &dsse->signatures[i];

		one = stella_json_add(list, stella_json_new_object());
		set_base64(one, "sig", &signature->sig);
		if (signature->keyid)
			stella_json_set_text(one, "keyid", signature->keyid);
		for (size_t k = 0; k < signature->cert_count; k++)
			stella_pem_print(&pem, "CERTIFICATE", stella_buf_span(&signature->certs[k]));
		if (signature->cert_count)
			stella_json_set(one, "cert", stella_json_new_text_span(stella_buf_span(&pem)));
		stella_buf_free(&pem);
	}
	return out;
}

static struct stella_buf pae_of(const struct stella_dsse *dsse)
{
	struct stella_buf pae = { 0 };

	stella_dsse_pae(&pae, dsse->payload_type, stella_buf_span(&dsse->payload));
	must(stella_span_starts(stella_buf_span(&pae), "DSSEv1 "));
	must(pae.size > dsse->payload.size + strlen(dsse->payload_type));
	return pae;
}

static void compare(const struct stella_dsse *a, const struct stella_dsse *b)
{
	struct stella_buf left = pae_of(a), right = pae_of(b);

	must(stella_span_equal(stella_buf_span(&left), stella_buf_span(&right)));
	must(a->signature_count == b->signature_count);
	for (size_t i = 0; i < a->signature_count; i++) {
		const struct stella_signature *x = &a->signatures[i], *y = &b->signatures[i];

		must(stella_span_equal(stella_buf_span(&x->sig), stella_buf_span(&y->sig)));
		must(!x->keyid == !y->keyid && (!x->keyid || strcmp(x->keyid, y->keyid) == 0));
		must(x->cert_count == y->cert_count && x->cert_count <= STELLA_CERTIFICATES_MAX);
		for (size_t k = 0; k < x->cert_count; k++)
			must(stella_span_equal(stella_buf_span(&x->certs[k]), stella_buf_span(&y->certs[k])));
	}
	stella_buf_free(&left);
	stella_buf_free(&right);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct stella_dsse *dsse, *again;
	struct stella_json *json, *written;
	const struct stella_error *err;

	if (stella_json_parse(&json, stella_span(data, size)))
		return 0;
	err = stella_dsse_parse(&dsse, json);
	stella_json_free(json);
	if (err) {
		must(!dsse && (err->code == STELLA_MALFORMED || err->code == STELLA_LIMIT));
		return 0;
	}
	must(dsse->signature_count > 0 && dsse->signature_count <= STELLA_SIGNATURES_MAX && *dsse->payload_type);
	written = print(dsse);
	must(!stella_dsse_parse(&again, written));
	compare(dsse, again);
	stella_dsse_free(again);
	stella_json_free(written);
	stella_dsse_free(dsse);
	return 0;
}
