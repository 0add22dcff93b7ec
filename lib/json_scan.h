/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lexical scan in front of json-c: is this text one JSON value by RFC 8259, in UTF-8, with
 * unique names and within limits?  No recursion, time n log n in the worst case.
 * Used by json.c alone.  Not here: values.
 */
#ifndef STELLA_JSON_SCAN_H
#define STELLA_JSON_SCAN_H

#include "buf.h"

#define STELLA_JSON_DEPTH 64       /* levels of nesting */
#define STELLA_JSON_VALUES 100000  /* values in one document */
#define STELLA_JSON_DIGITS 4300    /* bytes of one number, as Python */

struct stella_json_scan {
	/* Integers whose text json-c would lose ("-0" and those outside int64_t), in order. */
	struct stella_json_number {
		size_t value; /* which value of the document, counted from 0 in the order of the text */
		struct stella_span text;
	} *numbers;
	size_t number_count, number_cap;
};

/* MALFORMED "byte N: …" or LIMIT.  What is found is yours and borrows from the text. */
const struct stella_error *stella_json_scan(
	struct stella_json_scan *out, struct stella_span text) STELLA_MUST_USE;
void stella_json_scan_free(struct stella_json_scan *scan);

#endif
