/* SPDX-License-Identifier: Apache-2.0 */
#include "records_internal.h"

#include <stdlib.h>
#include <string.h>

#include "commit.h"

#define KEY_LINE_MAX 16384

static const struct stella_error *parse_lost(struct stella_lost_recorder *lost, struct stella_span text)
{
	static const char *const names[] = { "version", "member", "key", "compromised_since", "reason", NULL };
	const struct stella_error *err;
	struct stella_json *doc = NULL;
	char *line = NULL, hex[STELLA_SHA256_HEX];

	err = stella_fields_open(&doc, text, STELLA_RECORDS_VERSION, names);
	if (err)
		goto done;
	err = stella_fields_need_text(&lost->member, doc, "member", STELLA_ID_MAX);
	if (!err && !stella_id_valid(stella_span_str(lost->member)))
		err = stella_error(STELLA_MALFORMED, "\"member\": not a name");
	if (!err)
		err = stella_fields_want_time(&lost->since, doc, "compromised_since");
	if (!err && lost->since == STELLA_TIME_NONE)
		err = stella_error(STELLA_MALFORMED, "no \"compromised_since\"");
	if (!err)
		err = stella_fields_need_text(&lost->reason, doc, "reason", STELLA_REASON_MAX);
	if (!err)
		err = stella_fields_need_text(&line, doc, "key", KEY_LINE_MAX);
	if (!err)
		err = stella_pubkey_parse_ssh_line(&lost->key, stella_span_str(line));
	if (err)
		goto done;
	stella_sha256_hex(hex, stella_pubkey_id(lost->key));
	if (strcmp(hex, lost->id) != 0)
		err = stella_error(STELLA_MALFORMED, "the file name is not the key's id %s", hex);
done:
	free(line);
	stella_json_free(doc);
	return err;
}

const struct stella_error *stella_lost_recorder_parse(struct stella_lost_recorder **out, const char *id,
	struct stella_span text)
{
	struct stella_lost_recorder *lost = stella_alloc(sizeof *lost);
	const struct stella_error *err;

	*out = NULL;
	lost->id = stella_strdup(id);
	err = parse_lost(lost, text);
	if (err) {
		err = stella_error_prefix(err, "recorders/%s.json", id);
		goto done;
	}
	*out = lost;
	lost = NULL;
done:
	stella_lost_recorder_free(lost);
	return err;
}

const struct stella_error *stella_lost_recorder_load(struct stella_lost_recorder **out, struct stella_trust *trust,
	const char *id)
{
	struct stella_buf text = { 0 };
	const struct stella_error *err;

	*out = NULL;
	err = stella_records_read(&text, NULL, trust, "recorders", id, NULL);
	if (!err)
		err = stella_lost_recorder_parse(out, id, stella_buf_span(&text));
	stella_buf_free(&text);
	return err;
}

void stella_lost_recorder_print(struct stella_buf *out, const struct stella_lost_recorder *lost)
{
	struct stella_json *doc = stella_records_new();
	struct stella_buf line = { 0 };

	stella_pubkey_print_ssh(&line, lost->key);
	stella_json_set_text(doc, "member", lost->member);
	stella_json_set_text(doc, "key", (const char *)line.data);
	stella_fields_set_time(doc, "compromised_since", lost->since);
	stella_json_set_text(doc, "reason", lost->reason);
	stella_records_print(out, doc);
	stella_buf_free(&line);
}

void stella_lost_recorder_free(struct stella_lost_recorder *lost)
{
	if (!lost)
		return;
	free(lost->id);
	free(lost->member);
	free(lost->reason);
	stella_pubkey_free(lost->key);
	free(lost);
}
