/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the fold share: commits as they were read, views, and what every proposal needs. */
#ifndef STELLA_HISTORY_INTERNAL_H
#define STELLA_HISTORY_INTERNAL_H

#include "gitsig.h"
#include "history.h"
#include "manifest_internal.h"
#include "pending.h"
#include "state_internal.h"

/* Rule 12; a test makes them smaller. */
struct stella_history_limits {
	size_t commits, pending;
};
extern struct stella_history_limits stella_history_limits;

/* A key that signed something. */
struct stella_claim_key {
	struct stella_sha256 id;     /* stella_pubkey_id */
	char *fingerprint;
};

/* What a commit claims by its own bytes, its signature intact as far as they say (gitsig.h). */
struct stella_claim {
	struct stella_sha256 target;
	const struct stella_claim_key *key; /* NULL: not an SSH signature; read again in the fold */
};

/* What rules 1 to 10 make of the history up to a commit. */
struct stella_fold_view {
	struct stella_state_node **heads;
	size_t head_count;
	const struct stella_pending *pending;
	uint32_t index;              /* in its history */
	struct stella_view *shown;   /* the same for others, once asked for */
};

/* Why there is no view: rule 12.  At the commit where it arose, and at all that descend from it. */
struct stella_fold_error {
	enum stella_code code;       /* INCOMPLETE, LIMIT, BAD_ROOT, POLICY_UNSUPPORTED */
	const char *message;
};

/* A commit without a view and without an error does not lead to the root. */
struct stella_commit {
	struct stella_oid id, tree;
	bool cached;                 /* known from the cache: nothing of it was read */
	bool opened, ordered;        /* while they are put in order */
	unsigned parent_count;
	struct stella_commit **parents;
	const struct stella_claim *claim; /* NULL: not an approval by its own bytes */
	const struct stella_fold_view *view;
	const struct stella_fold_error *error;
};

/* A policy file, judged once. */
struct stella_policy_memo {
	struct stella_sha256 id;     /* of the file */
	struct stella_policy *policy; /* NULL: not valid, or of a newer version */
	enum stella_code code;
	const char *why;
};

/* A tree and its policy, judged (rules 2 and 3). */
struct stella_tree_verdict {
	const struct stella_dir *dir; /* NULL: not valid */
	const struct stella_policy *policy; /* NULL: of a newer version */
	const char *why;             /* of both */
};

/* What a state needs to take effect (rules 7, 8 and 10). */
struct stella_need {
	const struct stella_policy *policy;
	unsigned role, head;
	bool of_new_policy;
	size_t keys;                 /* that members of the role have */
};
struct stella_target {
	struct stella_sha256 id;
	bool possible;               /* there is something to approve */
	struct stella_need *needs;
	size_t need_count;
};

/* A tree that is approved somewhere. */
struct stella_proposed {
	struct stella_oid tree;
	struct stella_sha256 manifest;
};

struct stella_history {
	struct stella_repo *repo;
	struct stella_cache *cache;
	struct stella_oid root, tip;
	struct stella_trees *trees;
	struct stella_pool pool;
	struct stella_idmap commits, policies, targets, proposed;
	struct stella_states states;
	struct stella_pending_pool pendings;
	const struct stella_pending_item **items; /* every approval, by index */
	size_t item_count, item_cap;
	const struct stella_fold_view **views;    /* every view, by index */
	size_t view_count, view_cap;
	size_t commits_read;
	bool damaged;                /* the cache: begin again without */
	struct stella_commit **order; /* all that was read, parents first */
	size_t order_count, order_cap;
	unsigned *seen, seen_stamp;  /* members counted in this quorum */
	struct stella_sha256 root_commit; /* of its raw bytes */
	struct stella_idmap keys;    /* that signed something */
	pthread_mutex_t lock;        /* over all of it, while several threads read */
};

/* history_claim.c: is this commit an approval by its own bytes?  For several threads; SYSTEM and LIMIT only. */
const struct stella_error *stella_history_claim(struct stella_history *history, struct stella_commit *commit,
	struct stella_span raw) STELLA_MUST_USE;

/* history_read.c: reads all that can be reached from the tip and is not cached, in order. */
const struct stella_error *stella_history_read(struct stella_history *history) STELLA_MUST_USE;

/* history_cache.c: the tables of a cache, if there is one; a commit that it knows is given its view. */
void stella_history_use_cache(struct stella_history *history);
bool stella_history_find_cached(struct stella_history *history, struct stella_commit *commit);

/* history_quorum.c */
const struct stella_error *stella_history_policy_of(const struct stella_policy_memo **out,
	struct stella_history *history, const struct stella_file *file) STELLA_MUST_USE;
const struct stella_error *stella_history_judge_tree(struct stella_tree_verdict *out, struct stella_history *history,
	const struct stella_oid *tree) STELLA_MUST_USE;
/* The needs of the state that heads become by this tree; kept by id. */
const struct stella_error *stella_history_target(const struct stella_target **out, struct stella_history *history,
	const struct stella_sha256 *id, const struct stella_fold_view *view,
	const struct stella_tree_verdict *tree) STELLA_MUST_USE;
/* Do these approvals, all of one target, meet one need?  All of them? */
bool stella_need_met(struct stella_history *history, const struct stella_need *need, const struct stella_pending *given);
bool stella_target_met(struct stella_history *history, const struct stella_target *target, const struct stella_pending *given);

/* history_fold.c: rules 5 to 10 for one commit whose parents are folded.  Errors end everything. */
const struct stella_error *stella_history_fold(struct stella_history *history, struct stella_commit *commit) STELLA_MUST_USE;
/* What a commit starts from (rule 6): *begin or *error, neither where no parent leads to the root. */
void stella_history_begin(struct stella_history *history, const struct stella_commit *commit,
	const struct stella_fold_view **begin, const struct stella_fold_error **error);
/* The member who may approve with this key, by the policies of the heads or the tree's own; NULL: nobody. */
const struct stella_error *stella_history_member(const char **out, struct stella_history *history,
	const struct stella_fold_view *begin, const struct stella_tree_verdict *tree,
	const struct stella_sha256 *key) STELLA_MUST_USE;
/* history_signer.c: does an approval count under this policy, and for whom?  -1: for nobody. */
int stella_history_holder(const struct stella_policy *policy, const struct stella_pending_item *item);
/*
 * The credentials that an X.509 or OpenPGP signature is by, under the policies of the heads and the tree's own; at most
 * one of each, sorted by nothing.  Their fingerprints and material are of the history's pool.  SYSTEM only.  Where there
 * is none, why (may be NULL) says so.
 */
struct stella_claim_signer {
	struct stella_sha256 id, material; /* material: of an identity's key; else zero */
	const char *member, *fingerprint;
};
const struct stella_error *stella_history_signers(struct stella_claim_signer **out, size_t *count, char *why,
	struct stella_history *history, const struct stella_commit *commit, const struct stella_fold_view *begin,
	const struct stella_tree_verdict *tree) STELLA_MUST_USE;
/* Remembers the tree of an approval, for commits that bring approvals together. */
void stella_history_propose(struct stella_history *history, const struct stella_pending_item *item);
/* The id of the state that this view becomes by a tree. */
struct stella_sha256 stella_history_successor(const struct stella_fold_view *view, const struct stella_sha256 *manifest);
const struct stella_view *stella_history_show(struct stella_history *history, const struct stella_fold_view *view);
const struct stella_fold_view *stella_history_add_view(struct stella_history *history, struct stella_state_node *const *heads,
	size_t head_count, const struct stella_pending *pending);

#endif
