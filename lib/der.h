/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DER (ITU-T X.690 clauses 8 to 11): is this exactly one well-formed value, all the way down, a
 * reader for what was found so, and a writer.  Stricter than the rule where nobody needs more: tags above 30, lengths
 * over four bytes, object identifier arcs of 2^32 and more, and depth beyond 32 are refused.  Not
 * checked: the order inside SET OF and the characters of text.  Not here: what a value means.
 */
#ifndef STELLA_DER_H
#define STELLA_DER_H

#include "buf.h"

#define STELLA_DER_DEPTH 32

enum stella_der_tag {
	STELLA_DER_BOOLEAN = 0x01,
	STELLA_DER_INTEGER = 0x02,
	STELLA_DER_BIT_STRING = 0x03,
	STELLA_DER_OCTET_STRING = 0x04,
	STELLA_DER_NULL = 0x05,
	STELLA_DER_OID = 0x06,
	STELLA_DER_UTC_TIME = 0x17,
	STELLA_DER_GENERALIZED_TIME = 0x18,
	STELLA_DER_SEQUENCE = 0x30,
	STELLA_DER_SET = 0x31,
	STELLA_DER_CONTEXT = 0x80,     /* [0], primitive: | number */
	STELLA_DER_CONSTRUCTED = 0xa0, /* [0], constructed: | number */
};

/* MALFORMED, with the position, unless der is one value and nothing after it. */
const struct stella_error *stella_der_check(struct stella_span der) STELLA_MUST_USE;

/* The next value; false at the end and for a broken tag or length (of which checked DER has none). */
bool stella_der_next(struct stella_cursor *in, uint8_t *tag, struct stella_span *content);
/* The same if it has this tag, else false and nothing is taken. */
bool stella_der_take(struct stella_cursor *in, uint8_t tag, struct stella_span *content);
/* The same with tag and length: the bytes that are hashed, compared or handed on. */
bool stella_der_take_whole(struct stella_cursor *in, uint8_t tag, struct stella_span *whole);
/* Into a constructed value. */
bool stella_der_enter(struct stella_cursor *in, uint8_t tag, struct stella_cursor *inside);
/* An INTEGER that is not negative and in its shortest form: its bytes without leading zeros, none for 0. */
bool stella_der_take_uint(struct stella_cursor *in, struct stella_span *magnitude);
/* A big-endian number without its leading zeros. */
struct stella_span stella_der_magnitude(struct stella_span number);

/* Writing: one value with this tag; an INTEGER that is not negative. */
void stella_der_put(struct stella_buf *out, uint8_t tag, struct stella_span content);
void stella_der_put_uint(struct stella_buf *out, struct stella_span number);

void stella_der_print_oid(struct stella_buf *out, struct stella_span content); /* "1.2.840.10045.4.3.2" */

#endif
