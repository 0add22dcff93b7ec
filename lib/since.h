/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Since when does each file of a state have its present content: the last state on its chain that
 * changed it.  Where a state resolved a fork, content that one of the heads had came through the first
 * such head.  Not here: keeping the answer (snapshot.h).
 */
#ifndef STELLA_SINCE_H
#define STELLA_SINCE_H

#include "history.h"

struct stella_since_row {
	char *path;
	struct stella_file file;
	const struct stella_state *state; /* owned by the history, or by what was known */
};
struct stella_since {
	struct stella_since_row *rows; size_t count; /* in byte order of their paths */
};

/* What was found out before of one state of the chain; find is false where it does not know. */
struct stella_since_known {
	struct stella_sha256 head;
	bool (*find)(void *context, const struct stella_state **out, const char *path,
		const struct stella_file *file);
	void *context;
};

/* Reads the trees of the chain, back to the known state (NULL: to the root).  Errors as stella_trees_find. */
const struct stella_error *stella_since_load(struct stella_since **out, const struct stella_state *head,
	struct stella_trees *trees, const struct stella_since_known *known) STELLA_MUST_USE;
void stella_since_free(struct stella_since *since);

#endif
