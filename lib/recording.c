/* SPDX-License-Identifier: Apache-2.0 */
#include "recording.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

#define RECORDED "Stella-Recorded: "
#define ATTESTATION "Stella-Attestation: "
#define HEX 64

void stella_recording_free(struct stella_recording *recording)
{
	if (!recording)
		return;
	free(recording->ids);
	stella_pubkey_free(recording->key);
	*recording = (struct stella_recording){ 0 };
}

void stella_recording_print(struct stella_buf *out, const struct stella_recording *recording)
{
	char hex[STELLA_SHA256_HEX], time[STELLA_TIME_TEXT];

	for (size_t i = 0; i < recording->id_count; i++) {
		stella_sha256_hex(hex, &recording->ids[i]);
		stella_buf_printf(out, ATTESTATION "%s\n", hex);
	}
	stella_sha256_hex(hex, &recording->state);
	stella_time_print(time, recording->time);
	stella_buf_printf(out, RECORDED "%s %s\n", hex, time);
}

static bool no(char *why, const char *text)
{
	snprintf(why, STELLA_ERROR_MAX, "%s", text);
	return false;
}

/* "<state> <time>" */
static bool parse_value(struct stella_recording *out, struct stella_span value)
{
	const struct stella_error *err;

	if (value.size < HEX + 2 || value.data[HEX] != ' ' || !stella_sha256_parse(&out->state, stella_span(value.data, HEX)))
		return false;
	err = stella_time_parse(&out->time, stella_span(value.data + HEX + 1, value.size - HEX - 1));
	return !err;
}

static bool parse_id(struct stella_recording *out, size_t *cap, struct stella_span value)
{
	STELLA_GROW(out->ids, out->id_count, *cap);
	if (!stella_sha256_parse(&out->ids[out->id_count], value))
		return false;
	out->id_count++;
	return out->id_count == 1 || memcmp(out->ids[out->id_count - 2].bytes, out->ids[out->id_count - 1].bytes,
		STELLA_SHA256_SIZE) < 0;
}

/* The lines from where the last paragraph begins: attestations, then the one line that ends it. */
static bool parse_lines(struct stella_recording *out, char *why, struct stella_span lines)
{
	struct stella_cursor c = stella_cursor(lines);
	struct stella_span line;
	size_t cap = 0;

	while (stella_cursor_line(&c, &line)) {
		if (stella_span_starts(line, ATTESTATION)) {
			if (out->id_count == STELLA_RECORDING_MAX)
				return no(why, "it records too many attestations");
			if (!parse_id(out, &cap, stella_span(line.data + strlen(ATTESTATION), line.size - strlen(ATTESTATION))))
				return no(why, "a Stella-Attestation line is not 64 hex digits, or they are not in order");
		} else if (stella_span_starts(line, RECORDED)) {
			if (!parse_value(out, stella_span(line.data + strlen(RECORDED), line.size - strlen(RECORDED))))
				return no(why, "its Stella-Recorded line is not a state and a time");
			return c.left == 0 || no(why, "something follows its Stella-Recorded line");
		} else {
			return no(why, "its last paragraph holds another line");
		}
	}
	return no(why, "its Stella-Recorded line does not end its last paragraph");
}

/* What this says, printed anew: the very bytes that were signed, or it says more than we read. */
static bool same_bytes(const struct stella_recording *recording, const struct stella_commit_text *text,
	struct stella_span payload)
{
	struct stella_commit_links links;
	struct stella_buf again = { 0 }, trailers = { 0 };
	const uint8_t *author, *end;
	bool same = false;

	if (!text->author.size || stella_commit_links_parse(&links, payload))
		return false; /* without an author's line the span lies outside of the payload */
	stella_recording_print(&trailers, recording);
	author = text->author.data; /* with the time, to the end of the line */
	end = memchr(author, '\n', (size_t)(payload.data + payload.size - author));
	if (end) {
		stella_commit_print(&again, &links, stella_span(author, (size_t)(end - author)), text->reason, NULL,
			(const char *)trailers.data);
		same = stella_span_equal(stella_buf_span(&again), payload);
	}
	stella_buf_free(&again);
	stella_buf_free(&trailers);
	return same;
}

static bool parse_message(struct stella_recording *out, char *why, struct stella_span payload)
{
	struct stella_commit_text text;
	struct stella_span lines;

	stella_commit_text_parse(&text, payload);
	if (text.reason.size >= text.message.size)
		return no(why, "its Stella-Recorded line does not stand in the last paragraph");
	lines = stella_span(text.reason.data + text.reason.size, text.message.size - text.reason.size);
	while (lines.size && lines.data[0] == '\n')
		lines = stella_span(lines.data + 1, lines.size - 1);
	if (!parse_lines(out, why, lines))
		return false;
	return same_bytes(out, &text, payload) || no(why, "it is not of the one form that a recording has");
}

static bool verify_signature(struct stella_recording *out, char *why, enum stella_gitsig_kind kind,
	struct stella_span payload, struct stella_span armored)
{
	struct stella_sshsig *sig = NULL;
	const struct stella_error *err;

	if (kind != STELLA_GITSIG_SSH)
		return no(why, kind == STELLA_GITSIG_NONE ? "it is not signed" : "it is not signed with SSH");
	err = stella_sshsig_parse(&sig, armored);
	if (!err)
		err = stella_sshsig_verify(sig, "git", payload);
	if (!err)
		out->key = stella_sshsig_take_key(sig);
	stella_sshsig_free(sig);
	if (err)
		snprintf(why, STELLA_ERROR_MAX, "its signature does not count: %.900s", err->message);
	return !err;
}

const struct stella_error *stella_recording_parse(struct stella_recording *out, bool *is_recording,
	char why[STELLA_ERROR_MAX], struct stella_span raw)
{
	struct stella_buf payload = { 0 }, armored = { 0 };
	enum stella_gitsig_kind kind;
	const struct stella_error *err;

	*out = (struct stella_recording){ 0 };
	*is_recording = false;
	*why = 0;
	if (raw.size > STELLA_COMMIT_MAX)
		return stella_error(STELLA_LIMIT, "commit has %zu bytes, more than %u", raw.size, STELLA_COMMIT_MAX);
	if (!stella_span_find(raw, "Stella-Recorded:"))
		return NULL;
	err = stella_gitsig_split(&payload, &armored, &kind, raw, false);
	if (err)
		snprintf(why, STELLA_ERROR_MAX, "%s", err->message);
	else
		*is_recording = parse_message(out, why, stella_buf_span(&payload)) &&
			verify_signature(out, why, kind, stella_buf_span(&payload), stella_buf_span(&armored));
	if (!*is_recording)
		stella_recording_free(out);
	stella_buf_free(&payload);
	stella_buf_free(&armored);
	return NULL;
}
