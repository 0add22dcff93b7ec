/* SPDX-License-Identifier: Apache-2.0 */
/* What the records_*.c files share: the fields that every kind of record has, and what lies beside it. */
#ifndef STELLA_RECORDS_INTERNAL_H
#define STELLA_RECORDS_INTERNAL_H

#include "records.h"

#define STELLA_RECORDS_VERSION 1
#define STELLA_RECORDS_COUNT(names) (sizeof (names) / sizeof *(names))

/* "sha256", or a text for people, must be that of what lies beside the record (what: "the PEM"). */
const struct stella_error *stella_records_check_sha256(const struct stella_json *v, const char *what,
	const struct stella_sha256 *found) STELLA_MUST_USE;
const struct stella_error *stella_records_check_text(const struct stella_json *v, const char *name,
	const char *found) STELLA_MUST_USE;

/* The two files of a record: <dir>/<name>.json and, where beside is not NULL, <dir>/<name><ending>. */
const struct stella_error *stella_records_read(struct stella_buf *text, struct stella_buf *beside,
	struct stella_trust *trust, const char *dir, const char *name, const char *ending) STELLA_MUST_USE;

/* Does the text match, where '*' stands for any characters but those of ends? */
bool stella_records_match(const char *pattern, const char *text, const char *ends);

/* An entry of an issuer's "identities"; what it owns is freed also after an error. */
const struct stella_error *stella_identity_parse(struct stella_identity *identity,
	const struct stella_json *v) STELLA_MUST_USE;
void stella_identity_print(struct stella_json *item, const struct stella_identity *identity);
void stella_identity_free(struct stella_identity *identity);

/* Building: a document with its version; printing ends it. */
struct stella_json *stella_records_new(void);
void stella_records_set_sha256(struct stella_json *v, const struct stella_sha256 *digest);
void stella_records_print(struct stella_buf *out, struct stella_json *doc);

#endif
