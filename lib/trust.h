/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The trust state in force, the one door for everybody above: pin, tip, fold, fork, memory,
 * --at-least, expiry (trust-model, rules 10 to 12), and records read from that state alone, each
 * checked against its manifest.  Where the tip has not moved since the last run, all of it comes from
 * what that run kept (snapshot.h), and nothing of the history is read.
 */
#ifndef STELLA_TRUST_H
#define STELLA_TRUST_H

#include "history.h"

struct stella_trust_options {
	const char *root;           /* --trust-root: full commit id; NULL: git config stella.trustRoot */
	/* --trust-ref: full ref or commit id; NULL: the trust ref, which is git config stella.trustRef, else
	 * refs/heads/main.  Another one than that is judged without memory, as with no_memory. */
	const char *ref;
	const char *const *at_least; size_t at_least_count; /* state ids in hex, whole */
	int64_t now;
	bool no_memory;             /* --no-memory; neither read nor written: pull requests, --at */
	bool derived;               /* with no_memory, or of another ref: what does not depend on a state may be read (stella_trust_kept) */
	bool judge_only;            /* for status and doctor: load even where verdict is not NULL */
};

struct stella_trust {
	struct stella_repo *repo;   /* borrowed */
	struct stella_oid root;
	const char *root_source;    /* "--trust-root", "git config (local)", ... */
	char *ref;
	struct stella_oid tip;
	/* Where warm, these states know none before them until stella_trust_history was called (it turns
	 * view and state into those of the history): ask stella_trust_on_chain. */
	struct stella_view view;
	const struct stella_state *state;   /* the one head; NULL in a fork */
	const struct stella_policy *policy; /* its policy; NULL in a fork */
	bool warm;                  /* nothing had to be read from the history */
	bool remembers;             /* memory was read and will be, or was, written */
	bool supposed;              /* by stella_trust_suppose: nobody approved it */
	struct stella_error verdict_slot;
	/* judge_only: why not (FORK, ROLLBACK, POLICY_EXPIRED); else NULL */
	const struct stella_error *verdict;
	struct stella_trust_private *private_;
};

/*
 * NO_PIN, FORK (with the heads and their signers), ROLLBACK, POLICY_EXPIRED, MEMORY_DAMAGED, and what
 * history.h gives.  Remembers only when everything has succeeded: SYSTEM where it cannot.
 */
const struct stella_error *stella_trust_load(struct stella_trust **out, struct stella_repo *repo,
	const struct stella_trust_options *options) STELLA_MUST_USE;
void stella_trust_free(struct stella_trust *trust);

/*
 * For a preview: a tree as if it were what follows the state in force, of which it borrows the history.
 * view is that of present.  MALFORMED, POLICY_UNSUPPORTED, INCOMPLETE; FORK.
 */
const struct stella_error *stella_trust_suppose(struct stella_trust **out, struct stella_trust *present,
	const struct stella_oid *tree) STELLA_MUST_USE;

/* Is this state on the chain of the state in force (that is on its own)?  false in a fork. */
bool stella_trust_on_chain(const struct stella_trust *trust, const struct stella_sha256 *id);

/*
 * Where a file that is derived from this state may be kept, beside what is remembered of it; yours.  NULL: nowhere.
 * *own false: what is there is of another state, and only to be read for what does not depend on one.
 */
char *stella_trust_kept(bool *own, const struct stella_trust *trust, const char *name);

/* A record of the state in force.  NOT_FOUND where there is none; INCOMPLETE where its bytes are not
 * those of the manifest.  O(log n) in the number of records. */
const struct stella_error *stella_trust_read(struct stella_buf *out, struct stella_trust *trust,
	const char *path) STELLA_MUST_USE;
bool stella_trust_has(struct stella_trust *trust, const char *path);
/* For many readings: from now on what was read and checked stays in memory, up to a limit. */
void stella_trust_keep(struct stella_trust *trust);
/* Paths with this prefix ("keys/"), in byte order; a false stops. */
const struct stella_error *stella_trust_each(struct stella_trust *trust, const char *prefix,
	bool (*each)(void *context, const char *path), void *context) STELLA_MUST_USE;
/* The state that brought this path its present content: who approved it, and where.  NOT_FOUND. */
const struct stella_error *stella_trust_since(const struct stella_state **out, struct stella_trust *trust,
	const char *path) STELLA_MUST_USE;
/* The whole history behind it (loads it where the run was warm).  Borrowed. */
const struct stella_error *stella_trust_history(struct stella_history **out,
	struct stella_trust *trust) STELLA_MUST_USE;

#endif
