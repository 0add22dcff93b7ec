/* SPDX-License-Identifier: Apache-2.0 */
#include "records_internal.h"

#include <stdlib.h>
#include <string.h>

#include "commit.h"

static const char *const anchor_kinds[] = { "root", "intermediate" };

static const struct stella_error *parse_anchor(struct stella_anchor *anchor, struct stella_span text,
	struct stella_span pem)
{
	static const char *const names[] = { "version", "kind", "sha256", "subject", "valid_from", "expires",
		"reason", NULL };
	const struct stella_error *err;
	struct stella_json *doc = NULL;
	unsigned kind;

	err = stella_fields_open(&doc, text, STELLA_RECORDS_VERSION, names);
	if (err)
		goto done;
	err = stella_fields_need_word(&kind, doc, "kind", anchor_kinds, STELLA_RECORDS_COUNT(anchor_kinds));
	if (err)
		goto done;
	anchor->intermediate = kind == 1;
	err = stella_fields_want_window(&anchor->valid_from, &anchor->expires, doc);
	if (err)
		goto done;
	err = stella_fields_need_text(&anchor->reason, doc, "reason", STELLA_REASON_MAX);
	if (err)
		goto done;
	err = stella_cert_parse_pem(&anchor->cert, pem);
	if (err) {
		err = stella_error_prefix(err, "the PEM beside it");
		goto done;
	}
	err = stella_records_check_sha256(doc, "the PEM", stella_cert_fingerprint(anchor->cert));
	if (!err)
		err = stella_records_check_text(doc, "subject", stella_cert_subject(anchor->cert));
done:
	stella_json_free(doc);
	return err;
}

const struct stella_error *stella_anchor_parse(struct stella_anchor **out, const char *name,
	struct stella_span text, struct stella_span pem)
{
	struct stella_anchor *anchor = stella_alloc(sizeof *anchor);
	const struct stella_error *err;

	*out = NULL;
	anchor->name = stella_strdup(name);
	if (stella_id_valid(stella_span_str(name)))
		err = parse_anchor(anchor, text, pem);
	else
		err = stella_error(STELLA_MALFORMED, "not a name");
	if (err) {
		err = stella_error_prefix(err, "anchors/%s.json", name);
		goto done;
	}
	*out = anchor;
	anchor = NULL;
done:
	stella_anchor_free(anchor);
	return err;
}

const struct stella_error *stella_anchor_load(struct stella_anchor **out, struct stella_trust *trust,
	const char *name)
{
	struct stella_buf text = { 0 }, pem = { 0 };
	const struct stella_error *err;

	*out = NULL;
	if (!stella_id_valid(stella_span_str(name)))
		return stella_error(STELLA_USAGE, "\"%s\" is not the name of a trust anchor", name);
	err = stella_records_read(&text, &pem, trust, "anchors", name, ".pem");
	if (!err)
		err = stella_anchor_parse(out, name, stella_buf_span(&text), stella_buf_span(&pem));
	stella_buf_free(&text);
	stella_buf_free(&pem);
	return err;
}

void stella_anchor_print(struct stella_buf *out, const struct stella_anchor *anchor)
{
	struct stella_json *doc = stella_records_new();

	stella_json_set_text(doc, "kind", anchor_kinds[anchor->intermediate]);
	stella_records_set_sha256(doc, stella_cert_fingerprint(anchor->cert));
	stella_json_set_text(doc, "subject", stella_cert_subject(anchor->cert));
	stella_fields_set_time(doc, "valid_from", anchor->valid_from);
	stella_fields_set_time(doc, "expires", anchor->expires);
	stella_json_set_text(doc, "reason", anchor->reason);
	stella_records_print(out, doc);
}

void stella_anchor_free(struct stella_anchor *anchor)
{
	if (!anchor)
		return;
	free(anchor->name);
	free(anchor->reason);
	stella_cert_free(anchor->cert);
	free(anchor);
}

void stella_anchor_window(const struct stella_anchor *anchor, int64_t *from, int64_t *until)
{
	*from = stella_cert_not_before(anchor->cert);
	*until = stella_cert_not_after(anchor->cert);
	if (anchor->valid_from != STELLA_TIME_NONE && anchor->valid_from > *from)
		*from = anchor->valid_from;
	if (anchor->expires != STELLA_TIME_NONE && anchor->expires < *until)
		*until = anchor->expires;
}
