/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The raw content of a git tree object, entry by entry, as git's tree-walk.c decodes it; and one
 * entry of a tree to be written.  Not here: which trees are valid (manifest.h).
 */
#ifndef STELLA_TREE_H
#define STELLA_TREE_H

#include "oid.h"

#define STELLA_MODE_FILE 0100644
#define STELLA_MODE_DIR 040000

struct stella_tree_entry {
	uint32_t mode;              /* 0100644, 040000, ...; as written, octal */
	bool mode_exact;            /* written exactly "100644" or "40000" */
	struct stella_span name;    /* borrowed, never empty */
	struct stella_oid id;
};

/* false at the end; *bad where the bytes are no entry. */
bool stella_tree_next(struct stella_tree_entry *out, struct stella_cursor *tree, bool *bad);
void stella_tree_put(struct stella_buf *out, const struct stella_tree_entry *entry);
/* Git's order: by bytes, the name of a directory as if it ended in "/". */
int stella_tree_compare(const struct stella_tree_entry *a, const struct stella_tree_entry *b);

#endif
