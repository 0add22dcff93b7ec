/* SPDX-License-Identifier: Apache-2.0 */
#include "ber.h"

#include "der.h"

#define CONSTRUCTED 0x20
#define NUMBER 0x1f
#define INDEFINITE 0x80

static const struct stella_error *bad(struct stella_span ber, const struct stella_cursor *in, const char *what)
{
	return stella_error(STELLA_MALFORMED, "not valid BER: %s, at byte %zu", what, ber.size - in->left);
}

/* X.690 8.1.3 and 10.1: *size in the fewest octets, or that there is none. */
static bool take_length(struct stella_cursor *in, size_t *size, bool *indefinite)
{
	uint8_t first, octet;

	if (!stella_cursor_u8(in, &first))
		return false;
	*indefinite = first == INDEFINITE;
	*size = first & 0x7f;
	if (first <= INDEFINITE)
		return true;
	if (first > 0x84)
		return false;
	*size = 0;
	for (unsigned i = 0; i < (first & 0x7fu); i++) {
		if (!stella_cursor_u8(in, &octet))
			return false;
		*size = *size << 8 | octet;
		if (!*size)
			return false;
	}
	return *size >= 0x80;
}

static bool at_end(struct stella_cursor *in)
{
	if (in->left < 2 || in->at[0] || in->at[1])
		return false;
	in->at += 2;
	in->left -= 2;
	return true;
}

/* One value; depth is bounded by STELLA_DER_DEPTH, and so is this recursion. */
static const struct stella_error *convert(struct stella_buf *out, struct stella_span ber, struct stella_cursor *in,
	unsigned depth)
{
	const struct stella_error *err = NULL;
	struct stella_cursor own, *from = in;
	struct stella_buf content = { 0 };
	struct stella_span body;
	bool indefinite;
	uint8_t tag;
	size_t size;

	if (depth > STELLA_DER_DEPTH)
		return stella_error(STELLA_LIMIT, "BER nested deeper than %d", STELLA_DER_DEPTH);
	if (!stella_cursor_u8(in, &tag) || (tag & NUMBER) == NUMBER || !take_length(in, &size, &indefinite) ||
	    (indefinite && !(tag & CONSTRUCTED)) || (!indefinite && size > in->left))
		return bad(ber, in, "no tag and length");
	if (!indefinite) {
		(void)stella_cursor_take(in, size, &body);
		if (!(tag & CONSTRUCTED)) {
			stella_der_put(out, tag, body);
			return NULL;
		}
		own = stella_cursor(body);
		from = &own;
	}
	while (!err && (indefinite ? !at_end(from) : from->left > 0))
		err = from->left ? convert(&content, ber, from, depth + 1) : bad(ber, in, "no end of contents");
	if (!err)
		stella_der_put(out, tag, stella_buf_span(&content));
	stella_buf_free(&content);
	return err;
}

const struct stella_error *stella_ber_to_der(struct stella_buf *out, struct stella_span ber)
{
	struct stella_cursor in = stella_cursor(ber);
	struct stella_buf der = { 0 };
	const struct stella_error *err = convert(&der, ber, &in, 0);

	if (!err && in.left)
		err = bad(ber, &in, "more after it");
	if (!err)
		stella_buf_put_span(out, stella_buf_span(&der));
	stella_buf_free(&der);
	return err;
}
