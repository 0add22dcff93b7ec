/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The records of a trust state, each read, checked against its manifest and parsed once, however many verdicts rest on
 * them and on how many threads.  What is borrowed from the shelf lives as long as it and never changes.  Not here:
 * decisions.
 */
#ifndef STELLA_SHELF_H
#define STELLA_SHELF_H

#include "records.h"

struct stella_shelf;
/* trust is borrowed; while threads ask the shelf, nobody else may read it. */
struct stella_shelf *stella_shelf_new(struct stella_trust *trust);
void stella_shelf_free(struct stella_shelf *shelf);
struct stella_trust *stella_shelf_trust(const struct stella_shelf *shelf);

enum stella_shelf_kind {
	STELLA_SHELF_ANCHOR, STELLA_SHELF_ISSUER, STELLA_SHELF_KEY, STELLA_SHELF_SIGSTORE, STELLA_SHELF_COUNT,
};
struct stella_shelved {
	struct stella_sha256 id;     /* of the path */
	enum stella_shelf_kind kind;
	char *path, *name;           /* "keys/ab.json", "ab" */
	union {
		const void *any;     /* NULL: cannot be used */
		const struct stella_anchor *anchor;
		const struct stella_issuer *issuer;
		const struct stella_key *key;
		const struct stella_sigstore_root *sigstore;
	} record;
	const struct stella_error *why; /* it cannot be used, by its own fault (stella_record_is_at_fault); else NULL */
};

/* The one of this name, without looking at the others.  *out NULL: there is none.  Errors are those of reading the state. */
const struct stella_error *stella_shelf_find(const struct stella_shelved **out, struct stella_shelf *shelf,
	enum stella_shelf_kind kind, const char *name) STELLA_MUST_USE;
/* All of a kind, in byte order of their names. */
const struct stella_error *stella_shelf_all(const struct stella_shelved *const **out, size_t *count,
	struct stella_shelf *shelf, enum stella_shelf_kind kind) STELLA_MUST_USE;

#endif
