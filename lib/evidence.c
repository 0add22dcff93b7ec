/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence.h"

#include <stdlib.h>
#include <string.h>

static bool starts_blank(struct stella_span text)
{
	return text.size && text.data[0] && strchr(" \t\r\n", text.data[0]);
}

/* Several JSON documents, one a line: the first one is whole, and more follows. */
static bool is_lines(struct stella_span text)
{
	struct stella_cursor in = stella_cursor(text);
	struct stella_json *first = NULL;
	struct stella_span line;
	bool whole;

	do {
		if (!stella_cursor_line(&in, &line))
			return false;
	} while (!line.size || starts_blank(line));
	whole = !stella_json_parse(&first, line);
	stella_json_free(first);
	return whole;
}

/* What people hand in instead, and what to do: NULL where it looks like broken JSON. */
static const char *guess_text(struct stella_span text)
{
	while (starts_blank(text)) {
		text.data++;
		text.size--;
	}
	if (!text.size)
		return "the file is empty";
	if (stella_span_starts(text, "-----BEGIN"))
		return "this is a PEM file (a key or a certificate), not an attestation";
	if (text.data[0] == '<')
		return "this is HTML or XML, not an attestation: was an error page saved?";
	if (stella_span_starts(text, "\x1f\x8b"))
		return "this is compressed (gzip): unpack it first";
	if (text.data[0] == '{' && is_lines(text))
		return "several JSON documents, one a line: put each line into a file of its own";
	if (text.data[0] != '{' && text.data[0] != '[')
		return "this is not JSON";
	return NULL;
}

static const char *guess_object(const struct stella_json *document)
{
	static const struct {
		const char *member, *says;
	} shapes[] = {
		{ "_type", "a bare statement, not signed: sign it with stella attest create" },
		{ "signed", "signed metadata of TUF or of in-toto before DSSE, not a DSSE envelope" },
		{ "base64Signature", "a bundle of an old cosign: convert it with cosign bundle create" },
		{ "verificationMaterial", "a Sigstore bundle without \"mediaType\"" },
		{ "dsseEnvelope", "a Sigstore bundle without \"mediaType\"" },
		{ "attestations", "a list of attestations: put each bundle into a file of its own" },
	};

	if (stella_json_type(document) == STELLA_JSON_ARRAY)
		return "a JSON array: put each attestation into a file of its own";
	if (stella_json_type(document) != STELLA_JSON_OBJECT)
		return "not a JSON object";
	for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
		if (stella_json_find(document, shapes[i].member))
			return shapes[i].says;
	}
	return "neither a DSSE envelope (no \"payload\") nor a Sigstore bundle (no \"mediaType\")";
}

static const struct stella_error *parse_document(struct stella_evidence *out, struct stella_json *document)
{
	const struct stella_error *err;

	/* A bundle in protobuf's own names starts with media_type. */
	if (stella_json_find(document, "mediaType") || stella_json_find(document, "media_type")) {
		err = stella_bundle_parse(&out->bundle, document);
		if (err)
			return stella_error_prefix(err, "Sigstore bundle");
		if (!out->bundle->dsse)
			return stella_error(STELLA_MALFORMED,
				"no attestation inside: a message signature over an artifact");
		out->dsse = out->bundle->dsse;
		return NULL;
	}
	if (stella_json_find(document, "payload")) {
		err = stella_dsse_parse(&out->dsse, document);
		err = err ? stella_error_prefix(err, "DSSE envelope") : NULL;
	} else {
		err = stella_error(STELLA_MALFORMED, "%s", guess_object(document));
	}
	stella_json_free(document);
	return err;
}

static const struct stella_error *parse_payload(struct stella_evidence *out)
{
	/* Signed perhaps, but as something else: a no, not a broken file. */
	if (!stella_payload_type_is_intoto(out->dsse->payload_type))
		return stella_error(STELLA_NO_ATTESTATION, "payload type \"%.200s\", expected \"%s\"",
			out->dsse->payload_type, STELLA_PAYLOAD_TYPE);
	return stella_statement_parse(&out->statement, stella_buf_span(&out->dsse->payload));
}

static const struct stella_error *parse(struct stella_evidence *out)
{
	const struct stella_error *err;
	struct stella_json *document;
	const char *guess;

	if (out->bytes.size > STELLA_BUNDLE_MAX)
		return stella_error(STELLA_LIMIT, "%zu bytes, at most %u are allowed", out->bytes.size,
			STELLA_BUNDLE_MAX);
	err = stella_json_parse(&document, stella_buf_span(&out->bytes));
	if (err) {
		guess = stella_error_is(err, STELLA_MALFORMED) ? guess_text(stella_buf_span(&out->bytes))
							       : NULL;
		return guess ? stella_error(STELLA_MALFORMED, "%s", guess) : err;
	}
	err = parse_document(out, document);
	return err ? err : parse_payload(out);
}

const struct stella_error *stella_evidence_parse(struct stella_evidence **out, struct stella_buf *bytes)
{
	struct stella_evidence *evidence = stella_alloc(sizeof *evidence);
	const struct stella_error *err;

	*out = NULL;
	evidence->bytes = *bytes;
	*bytes = (struct stella_buf){ 0 };
	err = parse(evidence);
	if (err) {
		stella_evidence_free(evidence);
		return stella_error_prefix(err, "invalid attestation");
	}
	evidence->id = stella_sha256(stella_buf_span(&evidence->bytes));
	*out = evidence;
	return NULL;
}

void stella_evidence_free(struct stella_evidence *evidence)
{
	if (!evidence)
		return;
	if (evidence->bundle)
		stella_bundle_free(evidence->bundle); /* with the envelope */
	else
		stella_dsse_free(evidence->dsse);
	stella_statement_free(evidence->statement);
	stella_buf_free(&evidence->bytes);
	free(evidence);
}
