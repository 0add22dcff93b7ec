/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text encodings, exact: hex, base64 (RFC 4648), PEM (RFC 7468).  In trust records there is one
 * text per value (the strict forms); attestations come from many tools, and DSSE asks for both
 * base64 alphabets.  Not here: characters and times (text.h).
 *
 * print and parse append to out; a parse that fails leaves it as it was.
 */
#ifndef STELLA_ENCODE_H
#define STELLA_ENCODE_H

#include "text.h"

/* Lower-case hex only; an odd length, upper case or anything else is MALFORMED. */
void stella_hex_print(struct stella_buf *out, struct stella_span in);
void stella_hex_text(char *out, struct stella_span in); /* the same into 2 * size + 1 chars, with a NUL */
const struct stella_error *stella_hex_parse(struct stella_buf *out, struct stella_span in) STELLA_MUST_USE;
/* Exactly size bytes; false for anything but 2*size lower-case digits. */
bool stella_hex_fixed(uint8_t *out, size_t size, struct stella_span in);

enum stella_base64 {
	STELLA_BASE64_STRICT, /* standard alphabet, padded, zero pad bits: one text per value */
	STELLA_BASE64_ANY, /* standard or URL alphabet (not both in one text), padding complete or absent */
};
void stella_base64_print(struct stella_buf *out, struct stella_span in); /* standard, padded, one line */
/* No white space, non-zero pad bits or trailing bytes in either form. */
const struct stella_error *stella_base64_parse(struct stella_buf *out, struct stella_span in,
	enum stella_base64 form) STELLA_MUST_USE;

/*
 * RFC 7468 3 (strict): one block of this label, lines of 64 characters but the last (of 64, 70 or
 * 76 under the labels of OpenSSH), LF or CRLF throughout, nothing before, nothing after;
 * MALFORMED says which line.
 */
const struct stella_error *stella_pem_parse(struct stella_buf *out, struct stella_span in,
	const char *label) STELLA_MUST_USE;
/*
 * The next block of a file of several; *label is yours.  Lines of text before it are skipped
 * (RFC 7468 2 and 5.2: what openssl and people write around blocks) unless they begin with a dash.
 * NOT_FOUND where no block is left.  Lines are counted from where the cursor stood.
 */
const struct stella_error *stella_pem_next(struct stella_buf *out, char **label,
	struct stella_cursor *in) STELLA_MUST_USE;
void stella_pem_print(struct stella_buf *out, const char *label, struct stella_span der); /* 64 a line */

#endif
