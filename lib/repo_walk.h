/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What commits say of the graph, read from a repository: the tree of one, and whether one comes from another.
 * By the literal parent lines of hash-checked objects; grafts, replace refs and dates have no influence.  Not
 * here: what a history means (history.h).
 */
#ifndef STELLA_REPO_WALK_H
#define STELLA_REPO_WALK_H

#include "repo.h"

/* The tree of a commit.  As stella_repo_read; INCOMPLETE where the commit is damaged. */
const struct stella_error *stella_repo_walk_tree(struct stella_oid *out, struct stella_repo *repo,
	const struct stella_oid *commit) STELLA_MUST_USE;
/* Is ancestor met on the way down from tip (a commit is its own)?  LIMIT after max commits. */
const struct stella_error *stella_repo_walk_descends(bool *out, struct stella_repo *repo, const struct stella_oid *tip,
	const struct stella_oid *ancestor, size_t max) STELLA_MUST_USE;

#endif
