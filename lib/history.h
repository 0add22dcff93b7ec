/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fold (trust-model, rules 1 to 10 and 12): from a pinned root commit and a tip to the state in
 * force, its chain, and the approvals still pending.  Uses nothing but bytes reachable from the tip.
 * Signatures are checked by several threads while the graph is read; what a cache knows is not
 * checked again.  Not here: memory and time (judge.h), records.
 */
#ifndef STELLA_HISTORY_H
#define STELLA_HISTORY_H

#include "policy.h"
#include "state.h"

#define STELLA_COMMITS_MAX 1000000
#define STELLA_PENDING_MAX 10000

struct stella_view {
	const struct stella_state **heads; /* one; several: a fork, in the order of rule 9 */
	size_t head_count;
	const struct stella_approval **pending; /* ordered by target id, then key */
	size_t pending_count;
};

struct stella_history; /* owns all states, approvals and views */
struct stella_cache;   /* cache.h */

/*
 * Folds everything from root to tip.  cache (may be NULL) supplies what an earlier run verified;
 * it must live as long as the history.  Errors are rule 12's: NO_ROOT, BAD_ROOT, INCOMPLETE,
 * POLICY_UNSUPPORTED, LIMIT, each naming the commit.  A fork is no error here.
 */
const struct stella_error *stella_history_load(struct stella_history **out, struct stella_repo *repo,
	const struct stella_oid *root, const struct stella_oid *tip, struct stella_cache *cache) STELLA_MUST_USE;
void stella_history_free(struct stella_history *history);
const struct stella_view *stella_history_view(const struct stella_history *history); /* at the tip */
size_t stella_history_commits_read(const struct stella_history *history); /* 0: the cache knew the tip */

/*
 * The verdict at any commit between root and tip.  On error as load would give with that commit as
 * tip; out is borrowed.  NOT_FOUND for a commit that was not read: use a history without a cache.
 */
const struct stella_error *stella_history_view_at(const struct stella_view **out,
	struct stella_history *history, const struct stella_oid *commit) STELLA_MUST_USE;

/* On a chain of the tip's heads; NULL: none. */
const struct stella_state *stella_history_find_state(const struct stella_history *history, const struct stella_sha256 *id);
/* The same by a unique hex prefix of 7 or more, or a decimal number "#12"; NOT_FOUND, or USAGE if ambiguous. */
const struct stella_error *stella_history_name_state(const struct stella_state **out,
	const struct stella_history *history, const char *name) STELLA_MUST_USE;
/* As stella_state_chain. */
const struct stella_state **stella_history_chain(size_t *count, const struct stella_state *head);

/* The policy of a state of this history, borrowed.  INCOMPLETE where its bytes cannot be read any more. */
const struct stella_error *stella_history_policy(const struct stella_policy **out,
	struct stella_history *history, const struct stella_state *state) STELLA_MUST_USE;
struct stella_trees *stella_history_trees(struct stella_history *history); /* borrowed */

/*
 * Why a commit is not, or was not taken as, an approval: one line in why, "" for a commit that has
 * no Stella-Approve line or did count.  NOT_FOUND as view_at.
 */
const struct stella_error *stella_history_why(char why[STELLA_ERROR_MAX], struct stella_history *history,
	const struct stella_oid *commit) STELLA_MUST_USE;

/* What stands between a view and a tree: the paths, their roles, who approved and who still could. */
struct stella_needed {
	char *role;
	bool of_new_policy;         /* rule 8: the root role of the tree's own policy */
	unsigned head;              /* in a fork: under which head's policy */
	unsigned threshold;
	char **have; size_t have_count; /* members that approved, by name */
	char **can; size_t can_count;   /* members that could and have not */
};
struct stella_proposal {
	struct stella_sha256 id;    /* of the successor */
	uint64_t number;
	struct stella_tree_diff *diff; /* against the first head */
	struct stella_needed *needed; size_t needed_count;
	bool empty;                 /* no difference to the head: nothing to approve */
	bool complete;              /* every quorum is met */
};
/*
 * tree as at a commit.  MALFORMED where the tree is not valid (says why), POLICY_UNSUPPORTED where
 * its policy needs a newer stella.  *out is yours.
 */
const struct stella_error *stella_proposal_load(struct stella_proposal **out, struct stella_history *history,
	const struct stella_view *view, const struct stella_oid *tree) STELLA_MUST_USE;
void stella_proposal_free(struct stella_proposal *proposal);

#endif
