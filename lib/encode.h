/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text encodings, exact: hex, base64 (RFC 4648), PEM (RFC 7468).  In trust records there is one
 * text per value (the strict forms); attestations come from many tools, and DSSE asks for both
 * base64 alphabets.  Also the one way to show hostile text to people, and RFC 3339 times.
 */
#ifndef STELLA_ENCODE_H
#define STELLA_ENCODE_H

#include "buf.h"

/* Lower-case hex only; an odd length, upper case or anything else is MALFORMED. */
void stella_hex_print(struct stella_buf *out, struct stella_span in);
const struct stella_error *stella_hex_parse(struct stella_buf *out, struct stella_span in) STELLA_MUST_USE;
/* Exactly size bytes; false for anything but 2*size lower-case digits. */
bool stella_hex_fixed(uint8_t *out, size_t size, struct stella_span in);

enum stella_base64 {
	STELLA_BASE64_STRICT, /* standard alphabet, padded, zero pad bits: one text per value */
	STELLA_BASE64_ANY,    /* standard or URL alphabet (not both in one text), padding complete or absent */
};
void stella_base64_print(struct stella_buf *out, struct stella_span in); /* standard, padded, one line */
/* No white space, non-zero pad bits or trailing bytes in either form. */
const struct stella_error *stella_base64_parse(struct stella_buf *out, struct stella_span in,
	enum stella_base64 form) STELLA_MUST_USE;

/*
 * RFC 7468 3 (strict): one block of this label, lines of 64 (70 for OpenSSH labels) characters
 * but the last, LF or CRLF, nothing before, nothing after; MALFORMED says which line.
 */
const struct stella_error *stella_pem_parse(struct stella_buf *out, struct stella_span in,
	const char *label) STELLA_MUST_USE;
/* The next block of a file of several; *label is yours.  NOT_FOUND where only white space is left. */
const struct stella_error *stella_pem_next(struct stella_buf *out, char **label,
	struct stella_cursor *in) STELLA_MUST_USE;
void stella_pem_print(struct stella_buf *out, const char *label, struct stella_span der); /* 64 a line */

/*
 * Hostile text for a terminal, a pipe or a log: printable text stays, everything else (C0, C1, DEL,
 * bidi and zero-width characters, invalid UTF-8, backslash) becomes \n, \t, \\, \xHH or \u{HEX}.
 */
void stella_escape_print(struct stella_buf *out, struct stella_span text);

/* Times are seconds since 1970-01-01T00:00:00Z, without leap seconds. */
#define STELLA_TIME_TEXT 32 /* room for a printed time */
void stella_time_print(char out[STELLA_TIME_TEXT], int64_t time); /* 2026-01-17T12:00:00Z */
/* Exactly YYYY-MM-DDTHH:MM:SSZ, a date that exists, years 0001 to 9999. */
const struct stella_error *stella_time_parse(int64_t *out, struct stella_span text) STELLA_MUST_USE;

#endif
