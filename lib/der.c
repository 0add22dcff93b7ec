/* SPDX-License-Identifier: Apache-2.0 */
#include "der.h"

#include <assert.h>

#define CONSTRUCTED 0x20
#define NUMBER 0x1f
#define CLASS 0xc0
#define ENUMERATED 0x0a
#define IA5_STRING 0x16

/* X.690 8.1.2, 8.1.3, 10.1: NULL, or what is wrong with this header. */
static const char *read_header(struct stella_cursor *in, uint8_t *tag, struct stella_span *content)
{
	uint8_t first, octet;
	size_t size;

	if (!stella_cursor_u8(in, tag) || !stella_cursor_u8(in, &first))
		return "cut off";
	if ((*tag & NUMBER) == NUMBER)
		return "tag number above 30";
	size = first;
	if (first == 0x80)
		return "indefinite length";
	if (first > 0x84)
		return "length of more than four bytes";
	if (first > 0x80) {
		size = 0;
		for (unsigned i = 0; i < (first & 0x7fu); i++) {
			if (!stella_cursor_u8(in, &octet))
				return "cut off";
			size = size << 8 | octet;
			if (!size)
				return "length is not minimal";
		}
		if (size < 0x80)
			return "length is not minimal";
	}
	return stella_cursor_take(in, size, content) ? NULL : "longer than what holds it";
}

static const char *check_bit_string(struct stella_span s)
{
	uint8_t unused = s.size ? s.data[0] : 0;

	if (!s.size || unused > 7 || (s.size == 1 && unused))
		return "bit string with an impossible number of unused bits";
	if (s.data[s.size - 1] & ((1u << unused) - 1))
		return "bit string whose unused bits are not zero";
	return NULL;
}

static const char *check_integer(struct stella_span s)
{
	if (!s.size)
		return "empty integer";
	if (s.size > 1 && ((s.data[0] == 0x00 && s.data[1] < 0x80) || (s.data[0] == 0xff && s.data[1] >= 0x80)))
		return "integer is not minimal";
	return NULL;
}

static const char *check_oid(struct stella_span s)
{
	uint64_t arc = 0;
	bool inside = false;

	for (size_t i = 0; i < s.size; i++) {
		if (!inside && s.data[i] == 0x80)
			return "object identifier is not minimal";
		arc = (inside ? arc << 7 : 0) | (s.data[i] & 0x7f);
		if (arc > UINT32_MAX)
			return "object identifier arc above 2^32";
		inside = s.data[i] & 0x80;
	}
	return !s.size || inside ? "object identifier is cut off" : NULL;
}

/* X.690 8 and 11 for the universal types that have a rule of their own. */
static const char *check_universal(uint8_t tag, struct stella_span s)
{
	bool constructed = tag & CONSTRUCTED;

	if (constructed != (tag == STELLA_DER_SEQUENCE || tag == STELLA_DER_SET) || (tag & NUMBER) == 0 ||
	    tag == (STELLA_DER_SEQUENCE & NUMBER) || tag == (STELLA_DER_SET & NUMBER))
		return "tag that DER does not have";
	switch (tag) {
	case STELLA_DER_BOOLEAN:
		return s.size == 1 && (s.data[0] == 0x00 || s.data[0] == 0xff) ? NULL : "boolean that is neither 0 nor 255";
	case STELLA_DER_INTEGER:
	case ENUMERATED:
		return check_integer(s);
	case STELLA_DER_BIT_STRING:
		return check_bit_string(s);
	case STELLA_DER_NULL:
		return s.size ? "null that is not empty" : NULL;
	case STELLA_DER_OID:
		return check_oid(s);
	case IA5_STRING:
		for (size_t i = 0; i < s.size; i++)
			if (s.data[i] >= 0x80)
				return "IA5 text that is not ASCII";
		return NULL;
	default:
		return NULL;
	}
}

const struct stella_error *stella_der_check(struct stella_span der)
{
	struct stella_cursor open[STELLA_DER_DEPTH + 1] = { stella_cursor(der) };
	unsigned depth = 0;
	const char *why = NULL;

	do {
		size_t at = der.size ? (size_t)(open[depth].at - der.data) : 0;
		struct stella_span content = { 0 };
		uint8_t tag = 0;

		why = read_header(&open[depth], &tag, &content);
		if (!why && !(tag & CLASS))
			why = check_universal(tag, content);
		if (!why && depth == 0 && open[0].left)
			why = "bytes after its end";
		if (!why && tag & CONSTRUCTED) {
			if (depth == STELLA_DER_DEPTH)
				why = "nested too deep";
			else
				open[++depth] = stella_cursor(content);
		}
		if (why)
			return stella_error(STELLA_MALFORMED, "not valid DER: %s at byte %zu", why, at);
		while (depth && !open[depth].left)
			depth--;
	} while (depth);
	return NULL;
}

bool stella_der_next(struct stella_cursor *in, uint8_t *tag, struct stella_span *content)
{
	struct stella_cursor try = *in;

	if (read_header(&try, tag, content))
		return false;
	*in = try;
	return true;
}

bool stella_der_take(struct stella_cursor *in, uint8_t tag, struct stella_span *content)
{
	struct stella_cursor try = *in;
	struct stella_span found;
	uint8_t got;

	if (!stella_der_next(&try, &got, &found) || got != tag)
		return false;
	*content = found;
	*in = try;
	return true;
}

bool stella_der_take_whole(struct stella_cursor *in, uint8_t tag, struct stella_span *whole)
{
	const uint8_t *start = in->at;
	struct stella_span content;

	if (!stella_der_take(in, tag, &content))
		return false;
	*whole = stella_span(start, (size_t)(in->at - start));
	return true;
}

bool stella_der_enter(struct stella_cursor *in, uint8_t tag, struct stella_cursor *inside)
{
	struct stella_span content;

	if (!stella_der_take(in, tag, &content))
		return false;
	*inside = stella_cursor(content);
	return true;
}

struct stella_span stella_der_magnitude(struct stella_span number)
{
	while (number.size && !number.data[0])
		number = stella_span(number.data + 1, number.size - 1);
	return number;
}

bool stella_der_take_uint(struct stella_cursor *in, struct stella_span *magnitude)
{
	struct stella_cursor try = *in;
	struct stella_span found;

	if (!stella_der_take(&try, STELLA_DER_INTEGER, &found) || check_integer(found) || found.data[0] >= 0x80)
		return false;
	*magnitude = stella_der_magnitude(found);
	*in = try;
	return true;
}

void stella_der_put(struct stella_buf *out, uint8_t tag, struct stella_span content)
{
	unsigned octets = 0;

	assert(content.size <= UINT32_MAX);
	stella_buf_put_u8(out, tag);
	if (content.size >= 0x80) {
		for (size_t size = content.size; size; size >>= 8)
			octets++;
		stella_buf_put_u8(out, (uint8_t)(0x80 | octets));
	} else {
		octets = 1;
	}
	while (octets--)
		stella_buf_put_u8(out, (uint8_t)(content.size >> 8 * octets));
	stella_buf_put_span(out, content);
}

void stella_der_put_uint(struct stella_buf *out, struct stella_span number)
{
	struct stella_span magnitude = stella_der_magnitude(number);
	struct stella_buf content = { 0 };

	if (!magnitude.size || magnitude.data[0] >= 0x80) /* zero has one octet; the first bit is a sign */
		stella_buf_put_u8(&content, 0);
	stella_buf_put_span(&content, magnitude);
	stella_der_put(out, STELLA_DER_INTEGER, stella_buf_span(&content));
	stella_buf_free(&content);
}

void stella_der_print_oid(struct stella_buf *out, struct stella_span content)
{
	uint64_t arc = 0;
	bool first = true;

	for (size_t i = 0; i < content.size; i++) {
		arc = arc << 7 | (content.data[i] & 0x7f);
		if (content.data[i] & 0x80)
			continue;
		if (first) { /* X.690 8.19.4: two arcs in one number */
			unsigned root = arc < 40 ? 0 : arc < 80 ? 1 : 2;

			stella_buf_printf(out, "%u.%llu", root, (unsigned long long)arc - 40 * root);
		} else {
			stella_buf_printf(out, ".%llu", (unsigned long long)arc);
		}
		first = false;
		arc = 0;
	}
}
