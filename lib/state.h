/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Trust states and their chains (trust-model, rules 4 and 9): what lies before a state, is a state on
 * a chain, and what becomes of heads that are merged.  Chains are walked back by number with jumps
 * over long stretches, never copied.  Not here: how a state comes to be.
 */
#ifndef STELLA_STATE_H
#define STELLA_STATE_H

#include "manifest.h"

struct stella_approval {
	struct stella_oid commit;
	struct stella_sha256 target;      /* the state that it approves */
	const char *member;               /* by the policies that could bind the key */
	const char *fingerprint;          /* "SHA256:..." of the key */
};

/* A state, as it took effect on the way to a head: commit and approvals are those of that way. */
struct stella_state {
	struct stella_sha256 id;
	uint64_t number;
	size_t before_count;              /* 0: the root state; several: it resolved a fork */
	struct stella_oid commit;         /* where it took effect; of several parents' the first one's */
	struct stella_oid tree;           /* git id of its tree: an address only */
	struct stella_sha256 manifest;    /* what binds its tree */
	struct stella_file policy;        /* its policy file */
	const struct stella_approval **approvals; /* those that made it; none for the root state */
	size_t approval_count;
	bool changes_policy;
};

/* The states just before it, i < before_count. */
const struct stella_state *stella_state_before(const struct stella_state *state, size_t i);
/* Is ancestor on the chain of state (a state is on its own)? */
bool stella_state_on_chain(const struct stella_state *state, const struct stella_sha256 *ancestor);
/* The state with this id and number on the chain of from (a state is on its own), or NULL. */
const struct stella_state *stella_state_find(const struct stella_state *from, const struct stella_sha256 *id,
	uint64_t number);
/* The chain of a state, from the root state up: by number, then by id.  The array is yours. */
const struct stella_state **stella_state_chain(size_t *count, const struct stella_state *state);

/* Rule 4: the id of the successor of these heads by a tree with this manifest. */
struct stella_sha256 stella_state_successor(const struct stella_state *const *heads, size_t count,
	const struct stella_sha256 *manifest);
/* Rule 1, from the SHA-256 of the raw root commit. */
struct stella_sha256 stella_state_root_id(const struct stella_sha256 *commit, const struct stella_sha256 *manifest);

#endif
