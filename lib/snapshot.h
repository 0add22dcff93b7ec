/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a trust state says, as one table: every record's path with the SHA-256 and size that the
 * state's manifest gives it, and the state that brought this content.  Kept beside the memory as
 * <state dir>/<root id>/snapshot (format: stella-state(5)), so that a run whose tip has not moved reads
 * nothing of the history and does not depend on how many commits or records there are.  Derived data:
 * it may be deleted at any time, and one that does not fit is as good as none.  It decides nothing:
 * content is believed by SHA-256 only, the table as much as memory.json beside it.
 *
 * A fresh fold is read through the same table, in memory, so that warm and cold answers cannot differ.
 * Not here: pin, rules 10 to 12 (trust.h).
 */
#ifndef STELLA_SNAPSHOT_H
#define STELLA_SNAPSHOT_H

#include "history.h"

struct stella_snapshot;

/*
 * The table of a history with one head at its tip.  older (may be NULL) spares the states up to its
 * head where that is on the chain.  Errors as stella_trees_find.
 */
const struct stella_error *stella_snapshot_build(struct stella_snapshot **out, struct stella_history *history,
	const struct stella_oid *root, const struct stella_oid *tip,
	struct stella_snapshot *older) STELLA_MUST_USE;

/* The one kept for this root; NULL where there is none that fits. */
struct stella_snapshot *stella_snapshot_load(const char *state_dir, const struct stella_oid *root);
const struct stella_error *stella_snapshot_save(const struct stella_snapshot *snapshot,
	const char *state_dir) STELLA_MUST_USE;
void stella_snapshot_free(struct stella_snapshot *snapshot);

const struct stella_oid *stella_snapshot_tip(const struct stella_snapshot *snapshot);
/* One head, and what is pending.  Its states have no `before` (see on_chain) and are borrowed. */
const struct stella_view *stella_snapshot_view(const struct stella_snapshot *snapshot);
/* Is this state on the chain of the head (that is on its own)? */
bool stella_snapshot_on_chain(const struct stella_snapshot *snapshot, const struct stella_sha256 *id);

/* Rows stand in byte order of their paths.  INCOMPLETE where the table is damaged. */
struct stella_snapshot_row {
	const char *path;
	struct stella_file file;
	uint32_t since;             /* for stella_snapshot_since */
};
size_t stella_snapshot_count(const struct stella_snapshot *snapshot);
const struct stella_error *stella_snapshot_row(struct stella_snapshot_row *out,
	const struct stella_snapshot *snapshot, size_t i) STELLA_MUST_USE;
/* The first row that is not before path; *exact if it is path's own. */
const struct stella_error *stella_snapshot_find(size_t *i, bool *exact,
	const struct stella_snapshot *snapshot, struct stella_span path) STELLA_MUST_USE;
/* The last state on the chain that changed the row's content. */
const struct stella_error *stella_snapshot_since(const struct stella_state **out,
	struct stella_snapshot *snapshot, const struct stella_snapshot_row *row) STELLA_MUST_USE;

#endif
