/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fields of a record: a JSON object of a closed schema with a "version" (stella-records(5)).  One
 * text per value: what is not given is absent, never null or empty.  Errors name the field; the caller
 * names the file.  Not here: what any record means.
 */
#ifndef STELLA_FIELDS_H
#define STELLA_FIELDS_H

#include "encode.h"
#include "json.h"

#define STELLA_TIME_NONE INT64_MIN   /* a time that is not given */
#define STELLA_FIELDS_LIST_MAX 1000  /* entries of one list */
#define STELLA_FIELDS_TEXT_MAX 2048  /* bytes of a text that is no reason */

/*
 * The document: an object of the one version that is known, with no key but those of the NULL-ended
 * list.  MALFORMED, LIMIT; POLICY_UNSUPPORTED for a newer version (nothing else in it is looked at).
 */
const struct stella_error *stella_fields_open(struct stella_json **out, struct stella_span text,
	int64_t version, const char *const *names) STELLA_MUST_USE;

/* A text of 1 to max bytes, yours; want leaves *out alone where absent. */
const struct stella_error *stella_fields_want_text(char **out, const struct stella_json *v,
	const char *name, size_t max) STELLA_MUST_USE;
const struct stella_error *stella_fields_need_text(char **out, const struct stella_json *v,
	const char *name, size_t max) STELLA_MUST_USE;
/* One of a closed list of words; *out is its place. */
const struct stella_error *stella_fields_need_word(unsigned *out, const struct stella_json *v,
	const char *name, const char *const *words, size_t count) STELLA_MUST_USE;
/* STELLA_TIME_NONE where absent. */
const struct stella_error *stella_fields_want_time(int64_t *out, const struct stella_json *v,
	const char *name) STELLA_MUST_USE;
/* "valid_from" and "expires"; the first may not be the later one. */
const struct stella_error *stella_fields_want_window(int64_t *valid_from, int64_t *expires,
	const struct stella_json *v) STELLA_MUST_USE;
/* A list of texts, none empty or twice, in the order of the record; each passes valid (NULL: any).
 * Absent and empty are the same.  Yours, also on error. */
const struct stella_error *stella_fields_want_texts(char ***out, size_t *count, const struct stella_json *v,
	const char *name, bool (*valid)(struct stella_span)) STELLA_MUST_USE;
void stella_fields_free_texts(char **texts, size_t count);

/* Building: what is NULL, NONE or empty is left out. */
void stella_fields_set_text(struct stella_json *v, const char *name, const char *text);
void stella_fields_set_time(struct stella_json *v, const char *name, int64_t time);
void stella_fields_set_texts(struct stella_json *v, const char *name, char *const *texts, size_t count);

#endif
