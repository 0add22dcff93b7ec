/* SPDX-License-Identifier: Apache-2.0 */
#include "commit.h"

#include <assert.h>
#include <string.h>

#include "text.h"

/* ---------------------------------------------------------------- reading */

static bool take_id(struct stella_oid *out, struct stella_cursor *c, const char *keyword)
{
	struct stella_cursor saved = *c;
	struct stella_span line;
	size_t size = strlen(keyword);

	if (stella_cursor_line(c, &line) && stella_span_starts(line, keyword) &&
	    stella_oid_parse(out, stella_span(line.data + size, line.size - size)))
		return true;
	*c = saved;
	return false;
}

const struct stella_error *stella_commit_links_parse(struct stella_commit_links *out, struct stella_span raw)
{
	struct stella_cursor c = stella_cursor(raw);
	struct stella_oid parent;

	out->parent_count = 0;
	if (!take_id(&out->tree, &c, "tree "))
		return stella_error(STELLA_INCOMPLETE, "commit is damaged: no tree line first");
	while (take_id(&parent, &c, "parent ")) {
		if (out->parent_count == STELLA_PARENTS_MAX)
			return stella_error(STELLA_LIMIT, "commit has more than %d parents", STELLA_PARENTS_MAX);
		out->parents[out->parent_count++] = parent;
	}
	if (stella_span_starts(stella_span(c.at, c.left), "parent "))
		return stella_error(STELLA_INCOMPLETE, "commit is damaged: parent line %u names no object",
			out->parent_count + 1);
	return NULL;
}

size_t stella_commit_message_at(struct stella_span raw)
{
	const uint8_t *at = stella_span_find(raw, "\n\n");

	return at ? (size_t)(at + 2 - raw.data) : raw.size;
}

/* The value of the first header of this name. */
static struct stella_span find_header(struct stella_span headers, const char *keyword)
{
	struct stella_cursor c = stella_cursor(headers);
	struct stella_span line;
	size_t size = strlen(keyword);

	while (stella_cursor_line(&c, &line))
		if (stella_span_starts(line, keyword))
			return stella_span(line.data + size, line.size - size);
	return stella_span("", 0);
}

/* "Name <mail>" of "Name <mail> time zone"; the time saturates. */
static struct stella_span split_who(struct stella_span value, int64_t *time)
{
	const uint8_t *end = value.size ? memrchr(value.data, '>', value.size) : NULL;
	size_t size = end ? (size_t)(end + 1 - value.data) : value.size, i;
	int64_t seconds = 0;

	for (i = size + 1; i < value.size && value.data[i] >= '0' && value.data[i] <= '9'; i++)
		if (__builtin_mul_overflow(seconds, 10, &seconds) ||
		    __builtin_add_overflow(seconds, value.data[i] - '0', &seconds))
			seconds = INT64_MAX;
	*time = seconds;
	return stella_span(value.data, size);
}

/* Where the last paragraph starts, if it is not the first and a line of it begins "Stella-"; else the end. */
static size_t trailers_at(struct stella_span message)
{
	struct stella_cursor c = stella_cursor(message);
	struct stella_span line;
	size_t start = message.size;
	bool before_was_empty = false, any = false, ours = false;

	while (c.left) {
		size_t at = message.size - c.left;

		if (!stella_cursor_line(&c, &line)) {
			line = stella_span(c.at, c.left);
			c.left = 0;
		}
		if (line.size && before_was_empty && any) {
			start = at;
			ours = false;
		}
		any = any || line.size;
		ours = ours || stella_span_starts(line, "Stella-");
		before_was_empty = line.size == 0;
	}
	return ours ? start : message.size;
}

void stella_commit_text_parse(struct stella_commit_text *out, struct stella_span raw)
{
	struct stella_span headers;
	int64_t ignored;
	size_t at;

	if (!raw.size) /* nothing is left of a commit that was all signature */
		raw = stella_span("", 0);
	at = stella_commit_message_at(raw);
	headers = stella_span(raw.data, at);
	out->author = split_who(find_header(headers, "author "), &ignored);
	out->committer = split_who(find_header(headers, "committer "), &out->time);
	out->message = stella_span(raw.data + at, raw.size - at);
	out->reason = stella_span(out->message.data, trailers_at(out->message));
	while (out->reason.size && out->reason.data[out->reason.size - 1] == '\n')
		out->reason.size--;
}

/* ---------------------------------------------------------------- writing */

static bool is_space(uint8_t c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static void print_line(struct stella_buf *out, struct stella_span line)
{
	struct stella_cursor c;
	uint32_t character;
	uint8_t byte;

	while (line.size && is_space(line.data[line.size - 1]))
		line.size--;
	if (stella_span_starts(line, "Stella-"))
		stella_buf_put_u8(out, ' ');
	c = stella_cursor(line);
	while (c.left) {
		if (!stella_utf8_next(&c, &character)) {
			stella_cursor_u8(&c, &byte);
			character = 0xfffd;
		}
		stella_utf8_put(out, character ? character : 0xfffd);
	}
	stella_buf_put_u8(out, '\n');
}

static void print_reason(struct stella_buf *out, struct stella_span reason)
{
	struct stella_cursor c;
	struct stella_span line;

	while (reason.size && is_space(reason.data[reason.size - 1]))
		reason.size--;
	while (reason.size && is_space(reason.data[0]))
		reason = stella_span(reason.data + 1, reason.size - 1);
	if (!reason.size)
		reason = stella_span_str("No reason given.");
	c = stella_cursor(reason);
	while (stella_cursor_line(&c, &line))
		print_line(out, line);
	print_line(out, stella_span(c.at, c.left));
}

void stella_commit_print(struct stella_buf *out, const struct stella_commit_links *links,
	struct stella_span who, struct stella_span reason, const uint8_t *target, const char *trailers)
{
	char hex[STELLA_OID_HEX];

	stella_oid_hex(hex, &links->tree);
	stella_buf_printf(out, "tree %s\n", hex);
	for (unsigned i = 0; i < links->parent_count; i++) {
		stella_oid_hex(hex, &links->parents[i]);
		stella_buf_printf(out, "parent %s\n", hex);
	}
	stella_buf_put_str(out, "author ");
	stella_buf_put_span(out, who);
	stella_buf_put_str(out, "\ncommitter ");
	stella_buf_put_span(out, who);
	stella_buf_put_str(out, "\n\n");
	print_reason(out, reason);
	if (target || trailers)
		stella_buf_put_u8(out, '\n');
	if (target) {
		stella_buf_put_str(out, "Stella-Approve: ");
		stella_hex_print(out, stella_span(target, 32));
		stella_buf_put_u8(out, '\n');
	}
	if (trailers)
		stella_buf_put_str(out, trailers);
}

/* git's commit.c, add_header_signature: each line of it after a space, before the empty line. */
void stella_commit_add_signature(struct stella_buf *out, struct stella_span payload, struct stella_span armored)
{
	size_t at = stella_commit_message_at(payload) - 1; /* the empty line goes with the message */
	struct stella_cursor c = stella_cursor(armored);
	struct stella_span line;

	assert(at < payload.size && payload.data[at] == '\n');
	stella_buf_put(out, payload.data, at);
	stella_buf_put_str(out, "gpgsig");
	while (c.left) {
		if (!stella_cursor_line(&c, &line)) {
			line = stella_span(c.at, c.left);
			c.left = 0;
		}
		stella_buf_put_u8(out, ' ');
		stella_buf_put_span(out, line);
		stella_buf_put_u8(out, '\n');
	}
	stella_buf_put(out, payload.data + at, payload.size - at);
}
