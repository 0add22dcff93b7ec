/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A trust repository made in process: members, trees, and signed commits that approve.  No git, no
 * ssh-keygen.  Link with tests/testkeys.c.
 */
#ifndef STELLA_TESTS_TESTREPO_H
#define STELLA_TESTS_TESTREPO_H

#include "check.h"
#include "history.h"
#include "refs.h"

/* The public key of a member: alice has a1 of testkeys.h, bob b1, carol c1, dave d1, mallory m1; yours. */
struct stella_pubkey *testrepo_key(const char *member);
/* A policy text, yours: members by name ("alice bob"), each with one key; all are in the roles
 * root and records (anchors, issuers, keys) with these thresholds. */
char *testrepo_policy(const char *members, unsigned root, unsigned records, const char *expires);

struct testrepo {
	char *dir;                  /* temporary; also $HOME */
	char *state_dir;            /* where stella keeps its state: $XDG_STATE_HOME/stella */
	struct stella_repo *repo;   /* bare */
	struct stella_oid root, tip; /* tip: where refs/heads/main is */
	int64_t time;               /* that new commits claim; 1700000000 at first */
};
/* A root commit with this policy and these files (path, content, ..., NULL), on refs/heads/main. */
void testrepo_init(struct testrepo *t, const char *policy, ...) __attribute__((sentinel));
void testrepo_free(struct testrepo *t);

/* The tree of a commit with changes: path, content (NULL: removed), ..., NULL. */
struct stella_oid testrepo_tree(struct testrepo *t, const struct stella_oid *commit, ...)
	__attribute__((sentinel));
struct stella_oid testrepo_tree_of(struct testrepo *t, const struct stella_oid *commit);
/* A commit; signer NULL: not signed; target NULL: approves nothing. */
struct stella_oid testrepo_commit(struct testrepo *t, const struct stella_oid *parents, unsigned parent_count,
	const struct stella_oid *tree, const char *signer, const struct stella_sha256 *target);
/* The id of the state that a tree would make after this commit. */
struct stella_sha256 testrepo_successor(struct testrepo *t, const struct stella_oid *commit,
	const struct stella_oid *tree);
/* A commit on parent that approves just that. */
struct stella_oid testrepo_approve(struct testrepo *t, const struct stella_oid *parent,
	const struct stella_oid *tree, const char *signer);
/* Moves refs/heads/main, whatever it was. */
void testrepo_move(struct testrepo *t, const struct stella_oid *commit);
/* Changes on main, approved by each of these members in turn. */
void testrepo_change(struct testrepo *t, const char *signers, ...) __attribute__((sentinel));

#endif
