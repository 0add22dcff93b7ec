/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files of a tree that is not in force, to be read as if it were: for a preview, which believes
 * nothing.  Not here: reading them (trust.h, stella_trust_suppose).
 */
#ifndef STELLA_SUPPOSE_H
#define STELLA_SUPPOSE_H

#include "state.h"

struct stella_supposed_row {
	char *path;
	struct stella_file file;
};
struct stella_supposed {
	struct stella_supposed_row *rows; size_t count, cap; /* in byte order of their paths */
	struct stella_state state;   /* the successor that the tree would make; without commit and approvals */
};

/* Errors as stella_trees_find: MALFORMED for a tree that can never be in force. */
const struct stella_error *stella_supposed_load(struct stella_supposed **out, struct stella_trees *trees,
	const struct stella_state *head, const struct stella_oid *tree) STELLA_MUST_USE;
void stella_supposed_free(struct stella_supposed *supposed);
/* The first row that is not before path; *exact if it is path's own. */
size_t stella_supposed_find(const struct stella_supposed *supposed, bool *exact, const char *path);

#endif
