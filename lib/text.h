/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text for people: UTF-8, the one way to show hostile text, and RFC 3339 times, without locale or
 * time zone.  Not here: encodings of bytes (encode.h), the clock (sys.h).
 */
#ifndef STELLA_TEXT_H
#define STELLA_TEXT_H

#include "buf.h"

/*
 * One character of UTF-8 (RFC 3629: shortest form, no surrogates, up to U+10FFFF) from the front;
 * false, and nothing taken, where there is none.
 */
bool stella_utf8_next(struct stella_cursor *c, uint32_t *character);
void stella_utf8_put(struct stella_buf *out, uint32_t character);
/* Is it a character that a terminal obeys, hides, or shows as nothing? */
bool stella_utf8_hidden(uint32_t character);

/*
 * Hostile text for a terminal, a pipe or a log: printable text stays, everything else (C0, C1, DEL,
 * bidi and zero-width characters, invalid UTF-8, backslash) becomes \n, \t, \\, \xHH or \u{HEX}.
 */
void stella_escape_print(struct stella_buf *out, struct stella_span text);

/* Times are seconds since 1970-01-01T00:00:00Z, without leap seconds. */
#define STELLA_TIME_TEXT 48 /* room for a printed time */
void stella_time_print(char out[STELLA_TIME_TEXT], int64_t time); /* 2026-01-17T12:00:00Z */
/* Exactly YYYY-MM-DDTHH:MM:SSZ, a date that exists, years 0001 to 9999. */
const struct stella_error *stella_time_parse(int64_t *out, struct stella_span text) STELLA_MUST_USE;

#endif
