/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON (RFC 8259) strictly in, canonically out; the wall around json-c.  A lexical scan of our own
 * refuses what json-c takes: duplicate names, single quotes, NaN, lone surrogates, invalid UTF-8,
 * NUL in a name or text, a byte order mark, anything after the value.  Numbers never pass
 * through a double.  Not here: any schema.  One document must not be used by two threads at once.
 */
#ifndef STELLA_JSON_H
#define STELLA_JSON_H

#include "json_scan.h" /* the limits */

struct stella_json; /* a value; the root of a parsed or built document owns all below it */

/* MALFORMED with the byte (from 0) where it fails, or LIMIT.  *out is yours. */
const struct stella_error *stella_json_parse(struct stella_json **out,
	struct stella_span text) STELLA_MUST_USE;
void stella_json_free(struct stella_json *root);

enum stella_json_type {
	STELLA_JSON_NULL, STELLA_JSON_BOOL, STELLA_JSON_NUMBER, STELLA_JSON_STRING,
	STELLA_JSON_ARRAY, STELLA_JSON_OBJECT,
};
enum stella_json_type stella_json_type(const struct stella_json *v);

/* Borrowed; NULL where there is no such member (or v is no object). */
const struct stella_json *stella_json_find(const struct stella_json *v, const char *name);
/* The same, MALFORMED `"name": missing` or `"name": not a <type>` where it is not of that type. */
const struct stella_error *stella_json_need(const struct stella_json **out,
	const struct stella_json *v, const char *name, enum stella_json_type type) STELLA_MUST_USE;
/* As need, but absent gives NULL in *out and no error. */
const struct stella_error *stella_json_want(const struct stella_json **out,
	const struct stella_json *v, const char *name, enum stella_json_type type) STELLA_MUST_USE;
/* Shorthand: the text of a member that is a string; want leaves *out = NULL where absent. */
const struct stella_error *stella_json_need_text(const char **out, const struct stella_json *v,
	const char *name) STELLA_MUST_USE;
const struct stella_error *stella_json_want_text(const char **out, const struct stella_json *v,
	const char *name) STELLA_MUST_USE;
/* MALFORMED `unknown key "x"` if the object has a member that is not in the NULL-ended list. */
const struct stella_error *stella_json_closed(const struct stella_json *v,
	const char *const *names) STELLA_MUST_USE;

/* It is an error of the program to ask for the text of what is no string, and so on. */
const char *stella_json_text(const struct stella_json *string);   /* no NUL inside */
bool stella_json_bool(const struct stella_json *boolean);
/* Only plain integers (no fraction, no exponent, no -0) within min and max; MALFORMED else. */
const struct stella_error *stella_json_int(int64_t *out, const struct stella_json *number,
	int64_t min, int64_t max) STELLA_MUST_USE;
/* Is it a plain integer?  *clamped (may be NULL) saturates at the ends of int64_t. */
bool stella_json_is_int(const struct stella_json *v, int64_t *clamped);
/* The number as it was written, if need be in scratch. */
#define STELLA_JSON_INT_TEXT 24
const char *stella_json_digits(const struct stella_json *number, char scratch[STELLA_JSON_INT_TEXT]);
size_t stella_json_count(const struct stella_json *v);            /* of an array or object, else 0 */
const struct stella_json *stella_json_at(const struct stella_json *array, size_t i); /* i < count */
/* Members in the order of the text.  i < count. */
void stella_json_member(const struct stella_json *object, size_t i, const char **name,
	const struct stella_json **value);

/*
 * Building.  set and add take ownership of the value and return it, borrowed.  In names and texts
 * invalid UTF-8 and NUL become U+FFFD.
 */
struct stella_json *stella_json_new_object(void);
struct stella_json *stella_json_new_array(void);
struct stella_json *stella_json_new_text(const char *text);       /* NULL gives JSON null */
struct stella_json *stella_json_new_text_span(struct stella_span text);
struct stella_json *stella_json_new_int(int64_t value);
struct stella_json *stella_json_new_bool(bool value);
struct stella_json *stella_json_copy(const struct stella_json *v);
struct stella_json *stella_json_set(struct stella_json *object, const char *name,
	struct stella_json *value);
struct stella_json *stella_json_set_text(struct stella_json *object, const char *name, const char *text);
struct stella_json *stella_json_set_int(struct stella_json *object, const char *name, int64_t value);
struct stella_json *stella_json_set_bool(struct stella_json *object, const char *name, bool value);
void stella_json_unset(struct stella_json *object, const char *name);
struct stella_json *stella_json_add(struct stella_json *array, struct stella_json *value);
struct stella_json *stella_json_edit(struct stella_json *object, const char *name); /* find, to be changed */

enum stella_json_style {
	STELLA_JSON_RECORD, /* sorted keys, two-space indent, final newline: files in the trust tree */
	STELLA_JSON_PRETTY, /* as built, two-space indent, final newline, what could deceive is \u: -o json */
	STELLA_JSON_LINE,   /* as built, one line, no newline: payloads, bundles */
	STELLA_JSON_LOG,    /* the same, what could deceive is \u: one line to whatever splits lines */
};
/* Escapes only what JSON demands, but in PRETTY and LOG also what stella_utf8_hidden names. */
void stella_json_print(struct stella_buf *out, const struct stella_json *v,
	enum stella_json_style style);

#endif
