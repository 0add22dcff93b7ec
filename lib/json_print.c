/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "text.h"

struct member {
	const char *name;
	const struct stella_json *value;
};

static bool on_one_line(enum stella_json_style style)
{
	return style == STELLA_JSON_LINE || style == STELLA_JSON_LOG;
}

static void print_text(struct stella_buf *out, const char *text, enum stella_json_style style)
{
	bool show_hidden = style == STELLA_JSON_PRETTY || style == STELLA_JSON_LOG;
	static const char letters[] = "\"\\bfnrt", meant[] = "\"\\\b\f\n\r\t";
	struct stella_cursor c = stella_cursor(stella_span_str(text));
	const uint8_t *plain = c.at;

	stella_buf_put_u8(out, '"');
	for (;;) {
		const uint8_t *at;
		const char *letter;
		uint32_t u;
		bool more;

		while (c.left > 0 && *c.at >= ' ' && *c.at < 0x7f && *c.at != '"' && *c.at != '\\')
			c.at++, c.left--;
		at = c.at;
		more = stella_utf8_next(&c, &u);
		if (more && u >= 0x7f && (!show_hidden || !stella_utf8_hidden(u)))
			continue;
		stella_buf_put(out, plain, (size_t)(at - plain));
		plain = c.at;
		if (!more)
			break;
		letter = u < 0x80 ? strchr(meant, (int)u) : NULL;
		if (letter)
			stella_buf_printf(out, "\\%c", letters[letter - meant]);
		else if (u >= 0x10000)
			stella_buf_printf(out, "\\u%04x\\u%04x", (unsigned)(0xd800 + ((u - 0x10000) >> 10)),
				(unsigned)(0xdc00 + ((u - 0x10000) & 0x3ff)));
		else
			stella_buf_printf(out, "\\u%04x", (unsigned)u);
	}
	stella_buf_put_u8(out, '"');
}

static void print_indent(struct stella_buf *out, enum stella_json_style style, size_t depth)
{
	if (on_one_line(style))
		return;
	stella_buf_put_u8(out, '\n');
	while (depth-- > 0)
		stella_buf_put_str(out, "  ");
}

static int compare_members(const void *left, const void *right)
{
	const struct member *a = left, *b = right;

	return strcmp(a->name, b->name); /* unsigned bytes */
}

static void print_value(struct stella_buf *out, const struct stella_json *v, enum stella_json_style style,
	size_t depth);

static void print_object(struct stella_buf *out, const struct stella_json *v, enum stella_json_style style,
	size_t depth)
{
	size_t count = stella_json_count(v);
	struct member *members = stella_alloc_array(count, sizeof *members);

	for (size_t i = 0; i < count; i++)
		stella_json_member(v, i, &members[i].name, &members[i].value);
	if (style == STELLA_JSON_RECORD)
		qsort(members, count, sizeof *members, compare_members);
	stella_buf_put_u8(out, '{');
	for (size_t i = 0; i < count; i++) {
		if (i)
			stella_buf_put_u8(out, ',');
		print_indent(out, style, depth + 1);
		print_text(out, members[i].name, style);
		stella_buf_put_str(out, on_one_line(style) ? ":" : ": ");
		print_value(out, members[i].value, style, depth + 1);
	}
	if (count)
		print_indent(out, style, depth);
	stella_buf_put_u8(out, '}');
	free(members);
}

static void print_array(struct stella_buf *out, const struct stella_json *v, enum stella_json_style style,
	size_t depth)
{
	size_t count = stella_json_count(v);

	stella_buf_put_u8(out, '[');
	for (size_t i = 0; i < count; i++) {
		if (i)
			stella_buf_put_u8(out, ',');
		print_indent(out, style, depth + 1);
		print_value(out, stella_json_at(v, i), style, depth + 1);
	}
	if (count)
		print_indent(out, style, depth);
	stella_buf_put_u8(out, ']');
}

static void print_value(struct stella_buf *out, const struct stella_json *v, enum stella_json_style style,
	size_t depth)
{
	char scratch[STELLA_JSON_INT_TEXT];

	switch (stella_json_type(v)) {
	case STELLA_JSON_NULL:
		stella_buf_put_str(out, "null");
		break;
	case STELLA_JSON_BOOL:
		stella_buf_put_str(out, stella_json_bool(v) ? "true" : "false");
		break;
	case STELLA_JSON_NUMBER:
		stella_buf_put_str(out, stella_json_digits(v, scratch));
		break;
	case STELLA_JSON_STRING:
		print_text(out, stella_json_text(v), style);
		break;
	case STELLA_JSON_ARRAY:
		print_array(out, v, style, depth);
		break;
	case STELLA_JSON_OBJECT:
		print_object(out, v, style, depth);
		break;
	}
}

void stella_json_print(struct stella_buf *out, const struct stella_json *v, enum stella_json_style style)
{
	print_value(out, v, style, 0);
	if (!on_one_line(style))
		stella_buf_put_u8(out, '\n');
}
