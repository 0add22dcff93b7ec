/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whatever is handed in as an attestation: a bundle's one form is a bundle again with the same parts, and
 * a refusal says what it is about.
 */
#include "fuzz.h"

#include <string.h>

#include "evidence.h"

static void compare(const struct stella_bundle *a, const struct stella_bundle *b)
{
	must(strcmp(a->media_type, b->media_type) == 0 && a->minor == b->minor);
	must(!a->dsse == !b->dsse && a->cert_count == b->cert_count);
	must(!a->key_hint == !b->key_hint && (!a->key_hint || strcmp(a->key_hint, b->key_hint) == 0));
	must(a->log_entry_count == b->log_entry_count && a->timestamp_count == b->timestamp_count);
	for (size_t i = 0; i < a->cert_count; i++)
		must(stella_span_equal(stella_buf_span(&a->certs[i]), stella_buf_span(&b->certs[i])));
	must(stella_span_equal(stella_buf_span(&a->message_signature), stella_buf_span(&b->message_signature)));
}

static void check_bundle(const struct stella_bundle *bundle)
{
	struct stella_buf text = { 0 };
	struct stella_bundle *again;
	struct stella_json *json;

	must(bundle->minor >= 1 && bundle->minor <= 3);
	must(!bundle->dsse == (bundle->message_signature.size > 0));
	must(!bundle->dsse || bundle->dsse->signature_count == 1);
	must(!bundle->dsse || bundle->dsse->signatures[0].cert_count == bundle->cert_count);
	must(bundle->minor < 3 || bundle->cert_count <= 1);
	stella_json_print(&text, bundle->document, STELLA_JSON_LINE);
	must(!stella_json_parse(&json, stella_buf_span(&text)));
	must(!stella_bundle_parse(&again, json));
	compare(bundle, again);
	stella_bundle_free(again);
	stella_buf_free(&text);
}

static void check_evidence(const uint8_t *data, size_t size)
{
	struct stella_evidence *evidence;
	struct stella_buf bytes = { 0 };
	struct stella_sha256 id = stella_sha256(stella_span(data, size));
	const struct stella_error *err;

	stella_buf_put(&bytes, data, size);
	err = stella_evidence_parse(&evidence, &bytes);
	must(!bytes.data);
	if (err) {
		must(!evidence && strncmp(err->message, "invalid attestation: ", 21) == 0);
		must(err->code == STELLA_MALFORMED || err->code == STELLA_LIMIT || err->code == STELLA_NO_ATTESTATION);
		return;
	}
	must(stella_sha256_equal(&evidence->id, &id) && evidence->dsse && evidence->statement);
	must(!evidence->bundle || evidence->bundle->dsse == evidence->dsse);
	stella_evidence_free(evidence);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct stella_bundle *bundle;
	struct stella_json *json;
	const struct stella_error *err;

	check_evidence(data, size);
	if (stella_json_parse(&json, stella_span(data, size)))
		return 0;
	err = stella_bundle_parse(&bundle, json);
	if (err) {
		must(!bundle && (err->code == STELLA_MALFORMED || err->code == STELLA_LIMIT));
		return 0;
	}
	check_bundle(bundle);
	stella_bundle_free(bundle);
	return 0;
}
