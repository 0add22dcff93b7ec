/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The only writer of git repositories: objects, one commit, and a ref that changes by
 * compare-and-swap.  Object, directory, ref and its directory are synced in this order, so that an
 * interruption at any point leaves the old or the new state.  Never runs git, hooks or filters.
 */
#ifndef STELLA_REFS_H
#define STELLA_REFS_H

#include "repo.h"

/*
 * An ordinary new repository (or bare) whose HEAD is the unborn branch refs/heads/<branch>.  One that is
 * there already and has no refs is taken; else CONFLICT.
 */
const struct stella_error *stella_refs_init(struct stella_repo **out, const char *path, const char *branch, bool bare) STELLA_MUST_USE;
const struct stella_error *stella_refs_config(struct stella_repo *repo, const char *name, const char *value) STELLA_MUST_USE; /* local config */

const struct stella_error *stella_refs_write(struct stella_oid *out, struct stella_repo *repo,
	enum stella_object type, struct stella_span content) STELLA_MUST_USE;

struct stella_change {
	const char *path;           /* "issuers/acme.json" */
	struct stella_span content; /* data NULL: the path is removed */
};
/* base (NULL: the empty tree) with the changes; directories that become empty vanish. */
const struct stella_error *stella_refs_write_tree(struct stella_oid *out, struct stella_repo *repo,
	const struct stella_oid *base, const struct stella_change *changes, size_t count) STELLA_MUST_USE;

/*
 * While one is open, what is written goes to memory (and is read from there); commit puts it all into
 * one pack, or loose where it is little, synced.
 */
const struct stella_error *stella_refs_batch_start(struct stella_repo *repo) STELLA_MUST_USE;
const struct stella_error *stella_refs_batch_commit(struct stella_repo *repo) STELLA_MUST_USE;
void stella_refs_batch_abort(struct stella_repo *repo);

/*
 * ref goes from old (NULL: it must not exist) to new, or CONFLICT.  Writes a reflog line where the
 * ref has a log.  A lock file left by one of us that was killed is taken over; git's is waited for (SYSTEM).
 */
const struct stella_error *stella_refs_update(struct stella_repo *repo, const char *ref,
	const struct stella_oid *old, const struct stella_oid *new_id, const char *message) STELLA_MUST_USE;

/*
 * The same with the working tree and index, where ref is the branch checked out: writes or removes these
 * files and their index entries, nothing else, and then changes the ref; an interruption between leaves a
 * change that is not committed yet, and the same call may be made again.  Includes worktree_check.
 */
struct stella_ref_change {
	const char *ref;
	const struct stella_oid *old; /* NULL: it must not exist */
	const struct stella_oid *new_id;
	const char *message;          /* for the reflog */
};
const struct stella_error *stella_refs_publish(struct stella_repo *repo, const struct stella_ref_change *change,
	const struct stella_oid *base_tree, const struct stella_change *files, size_t count) STELLA_MUST_USE;

/*
 * CONFLICT naming the first path whose file or index entry was altered by the user: neither as in base
 * (NULL: the empty tree) nor as in the changes.  Nothing to check in a bare repository.
 */
const struct stella_error *stella_refs_worktree_check(struct stella_repo *repo, const struct stella_oid *base_tree,
	const struct stella_change *changes, size_t count) STELLA_MUST_USE;

#endif
