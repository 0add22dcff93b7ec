/* SPDX-License-Identifier: Apache-2.0 */
#include "note.h"

#include <stdlib.h>
#include <string.h>

#include "encode.h"

#define CHECKPOINT "checkpoint"
#define DASH "\xe2\x80\x94 " /* U+2014 and a space begin a signature line */

static const struct stella_error *malformed(unsigned line, const char *why)
{
	return stella_error(STELLA_MALFORMED, CHECKPOINT ": line %u: %s", line, why);
}

/* signed-note: UTF-8, no control character but newline. */
static const struct stella_error *check_characters(struct stella_span note)
{
	struct stella_cursor c = stella_cursor(note);
	unsigned line = 1;
	uint32_t character;

	while (c.left > 0) {
		if (!stella_utf8_next(&c, &character))
			return malformed(line, "not UTF-8");
		if ((character < 0x20 && character != '\n') || character == 0x7f)
			return malformed(line, "a control character");
		line += character == '\n';
	}
	return NULL;
}

/* A tree size: decimal, one text per value. */
static bool parse_size(uint64_t *out, struct stella_span text)
{
	uint64_t value = 0;

	if (text.size == 0 || (text.size > 1 && text.data[0] == '0'))
		return false;
	for (size_t i = 0; i < text.size; i++) {
		unsigned digit = (unsigned)text.data[i] - '0';

		if (digit > 9 || value > (UINT64_MAX - digit) / 10)
			return false;
		value = 10 * value + digit;
	}
	*out = value;
	return true;
}

static const struct stella_error *parse_root(struct stella_sha256 *out, struct stella_span text)
{
	struct stella_buf bytes = { 0 };
	const struct stella_error *err = stella_base64_parse(&bytes, text, STELLA_BASE64_STRICT);

	if (err)
		err = stella_error_prefix(err, CHECKPOINT ": line 3: root hash");
	else if (bytes.size != sizeof out->bytes)
		err = malformed(3, "a root hash that is not of 32 bytes");
	else
		memcpy(out->bytes, bytes.data, bytes.size);
	stella_buf_free(&bytes);
	return err;
}

/* tlog-checkpoint: origin, size, root hash, and lines of extensions; ends before the blank line. */
static const struct stella_error *parse_text(struct stella_checkpoint *out, struct stella_cursor *c, unsigned *line)
{
	const struct stella_error *err = NULL;
	struct stella_span text;

	for (*line = 1; !err; ++*line) {
		if (!stella_cursor_line(c, &text))
			return malformed(*line, "no blank line between the text and its signatures");
		if (text.size == 0 && *line > 3)
			break;
		if (text.size == 0)
			return malformed(*line, "empty, where origin, size and root hash should be");
		if (*line > STELLA_NOTE_LINES_MAX)
			return stella_error(STELLA_LIMIT, CHECKPOINT ": more than %d lines", STELLA_NOTE_LINES_MAX);
		if (*line == 1)
			out->origin = text;
		else if (*line == 2 && !parse_size(&out->size, text))
			return malformed(2, "a tree size that is no number");
		else if (*line == 3)
			err = parse_root(&out->root, text);
	}
	return err;
}

/* signed-note: DASH, name, space, base64 of key hash and signature. */
static const struct stella_error *parse_signature(struct stella_note_line *out, struct stella_span text, unsigned line)
{
	const struct stella_error *err;
	const uint8_t *space;
	struct stella_buf bytes = { 0 };

	if (!stella_span_starts(text, DASH))
		return malformed(line, "does not begin as a signature line");
	text = stella_span(text.data + strlen(DASH), text.size - strlen(DASH));
	space = stella_span_find(text, " ");
	if (!space || space == text.data || memchr(text.data, '+', (size_t)(space - text.data)))
		return malformed(line, "a signature line without a name");
	out->name = stella_span(text.data, (size_t)(space - text.data));
	text = stella_span(space + 1, text.size - out->name.size - 1);
	err = stella_base64_parse(&bytes, text, STELLA_BASE64_STRICT);
	if (err)
		err = stella_error_prefix(err, CHECKPOINT ": line %u: signature", line);
	else if (bytes.size <= sizeof out->hash)
		err = malformed(line, "a signature that is too short");
	if (!err) {
		memcpy(out->hash, bytes.data, sizeof out->hash);
		stella_buf_put(&out->signature, bytes.data + sizeof out->hash, bytes.size - sizeof out->hash);
	}
	stella_buf_free(&bytes);
	return err;
}

static const struct stella_error *parse_signatures(struct stella_checkpoint *out, struct stella_cursor *c, unsigned line)
{
	const struct stella_error *err = NULL;
	struct stella_span text;
	size_t cap = 0;

	while (!err && stella_cursor_line(c, &text)) {
		if (++line > STELLA_NOTE_LINES_MAX)
			return stella_error(STELLA_LIMIT, CHECKPOINT ": more than %d lines", STELLA_NOTE_LINES_MAX);
		STELLA_GROW(out->lines, out->line_count, cap);
		out->lines[out->line_count] = (struct stella_note_line){ 0 };
		err = parse_signature(&out->lines[out->line_count++], text, line);
	}
	if (err)
		return err;
	if (c->left > 0)
		return malformed(line + 1, "does not end with a newline");
	return out->line_count ? NULL : malformed(line, "no signature");
}

const struct stella_error *stella_checkpoint_parse(struct stella_checkpoint **out, struct stella_span note)
{
	struct stella_checkpoint *checkpoint;
	const struct stella_error *err;
	struct stella_cursor c;
	unsigned line;

	*out = NULL;
	if (note.size > STELLA_NOTE_MAX)
		return stella_error(STELLA_LIMIT, CHECKPOINT ": %zu bytes, at most %u are allowed", note.size,
			STELLA_NOTE_MAX);
	err = check_characters(note);
	if (err)
		return err;
	checkpoint = stella_alloc(sizeof *checkpoint);
	stella_buf_put_span(&checkpoint->note, note);
	c = stella_cursor(stella_buf_span(&checkpoint->note));
	err = parse_text(checkpoint, &c, &line);
	if (err)
		goto done;
	checkpoint->text = stella_span(checkpoint->note.data, checkpoint->note.size - c.left - 1);
	err = parse_signatures(checkpoint, &c, line);
	if (err)
		goto done;
	*out = checkpoint;
	checkpoint = NULL;
done:
	stella_checkpoint_free(checkpoint);
	return err;
}

void stella_checkpoint_free(struct stella_checkpoint *checkpoint)
{
	if (!checkpoint)
		return;
	for (size_t i = 0; i < checkpoint->line_count; i++)
		stella_buf_free(&checkpoint->lines[i].signature);
	free(checkpoint->lines);
	stella_buf_free(&checkpoint->note);
	free(checkpoint);
}

/* ---------------------------------------------------------------- verify */

/* The origin's own name: all of it, or what stands before Rekor v1's " - TREE". */
static bool is_own(const struct stella_checkpoint *checkpoint, struct stella_span name)
{
	const uint8_t *dash = stella_span_find(checkpoint->origin, " - ");

	return stella_span_equal(name, checkpoint->origin) ||
		(dash && stella_span_equal(name, stella_span(checkpoint->origin.data,
			(size_t)(dash - checkpoint->origin.data))));
}

/* Of the SubjectPublicKeyInfo (Rekor), or for Ed25519 of name and key (signed-note). */
static bool has_hash(const struct stella_note_line *line, const struct stella_pubkey *key)
{
	struct stella_span spki = stella_pubkey_spki(key);
	struct stella_buf bytes = { 0 };
	struct stella_sha256 id;

	if (memcmp(stella_pubkey_id(key)->bytes, line->hash, sizeof line->hash) == 0)
		return true;
	if (stella_pubkey_type(key) != STELLA_KEY_ED25519)
		return false;
	stella_buf_put_span(&bytes, line->name);
	stella_buf_put(&bytes, "\n\x01", 2);
	stella_buf_put(&bytes, spki.data + spki.size - 32, 32);
	id = stella_sha256(stella_buf_span(&bytes));
	stella_buf_free(&bytes);
	return memcmp(id.bytes, line->hash, sizeof line->hash) == 0;
}

const struct stella_error *stella_checkpoint_verify(const struct stella_checkpoint *checkpoint,
	const struct stella_pubkey *key)
{
	const char *found = "no signature line of its origin";

	for (size_t i = 0; i < checkpoint->line_count; i++) {
		const struct stella_note_line *line = &checkpoint->lines[i];

		if (!is_own(checkpoint, line->name))
			continue;
		found = "no signature line of its origin by the log's key";
		if (!has_hash(line, key))
			continue;
		found = "the signature of its origin does not hold";
		if (!stella_pubkey_verify(key, stella_pubkey_default_alg(key), checkpoint->text,
			stella_buf_span(&line->signature)))
			return NULL;
	}
	return stella_error(STELLA_LOG_ENTRY_MISMATCH, CHECKPOINT " of \"%.*s\": %s",
		(int)(checkpoint->origin.size < 200 ? checkpoint->origin.size : 200),
		(const char *)checkpoint->origin.data, found);
}
