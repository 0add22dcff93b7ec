/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A git repository, read only; with refs.c the wall around libgit2.  Objects come raw and
 * hash-checked from the object database; replace refs, grafts, shallow boundaries and attributes
 * have no influence; no program is run.  Not here: what anything means.
 */
#ifndef STELLA_REPO_H
#define STELLA_REPO_H

#include "tree.h"

struct stella_repo; /* use by one thread at a time, but for stella_repo_read */

/*
 * path NULL: $GIT_DIR (with $GIT_WORK_TREE), else from the working directory upwards; else exactly that
 * working tree, .git or bare repository.  No other GIT_ variable has influence.  NOT_FOUND; OWNER where
 * the repository belongs to another user and safe.directory does not name it (git-config(1));
 * REPOSITORY for an unknown format.
 */
const struct stella_error *stella_repo_open(struct stella_repo **out, const char *path) STELLA_MUST_USE;
void stella_repo_free(struct stella_repo *repo);
const char *stella_repo_gitdir(const struct stella_repo *repo);   /* absolute, common dir; borrowed */
const char *stella_repo_workdir(const struct stella_repo *repo);  /* NULL: bare */
bool stella_repo_is_shallow(const struct stella_repo *repo);

/*
 * Inside a receive hook, git keeps what was pushed in a quarantine and names it in the environment
 * (git-receive-pack(1), GIT_QUARANTINE_PATH).  Reads find these objects too after this; without
 * those variables it does nothing.  Nothing else looks at them.
 */
const struct stella_error *stella_repo_use_quarantine(struct stella_repo *repo) STELLA_MUST_USE;

/* A git config value (repository, worktree, user, system; *value is yours), and where it came from
 * ("local", "global", "system"; static).  *value NULL and no error where unset. */
const struct stella_error *stella_repo_config(char **value, const char **level,
	struct stella_repo *repo, const char *name) STELLA_MUST_USE;

/* The same, but of the user and the system alone: no repository has a say. */
const struct stella_error *stella_repo_config_user(char **value, const char **level, const char *name) STELLA_MUST_USE;

/* Full ref names ("refs/...") only; symbolic refs are followed.  NOT_FOUND. */
const struct stella_error *stella_repo_resolve(struct stella_oid *out, struct stella_repo *repo, const char *ref) STELLA_MUST_USE;
/* A full ref name or a full object id, naming a commit (a tag object is USAGE). */
const struct stella_error *stella_repo_resolve_tip(struct stella_oid *out, struct stella_repo *repo, const char *name) STELLA_MUST_USE;
/* Where a write to this ref ends: the last of a chain of symbolic refs, else the name itself; yours. */
const struct stella_error *stella_repo_ref_end(char **out, struct stella_repo *repo, const char *ref) STELLA_MUST_USE;
/* The full name of the branch checked out (also unborn), yours; NULL where HEAD is detached. */
const struct stella_error *stella_repo_head(char **out, struct stella_repo *repo) STELLA_MUST_USE;
/* Calls back for each ref under prefix ("refs/"), in order; a false stops. */
const struct stella_error *stella_repo_each_ref(struct stella_repo *repo, const char *prefix,
	bool (*each)(void *context, const char *ref, const struct stella_oid *id), void *context) STELLA_MUST_USE;

enum stella_object { STELLA_OBJECT_COMMIT, STELLA_OBJECT_TREE, STELLA_OBJECT_BLOB, STELLA_OBJECT_TAG };

/*
 * The raw content, without git's header; yours.  INCOMPLETE "missing" (with the remedy where the
 * clone is shallow or partial), INCOMPLETE "damaged" (bytes do not give the id, or it cannot be
 * unpacked), MALFORMED for another type, LIMIT over max bytes, before they are unpacked.
 * Several threads may read from one repository at once.
 */
const struct stella_error *stella_repo_read(struct stella_buf *out, struct stella_repo *repo,
	const struct stella_oid *id, enum stella_object type, size_t max) STELLA_MUST_USE;
/* From now on seen is told of each object that was read, by one thread at a time; NULL ends it. */
void stella_repo_watch(struct stella_repo *repo,
	void (*seen)(void *context, const struct stella_oid *id, enum stella_object type), void *context);
bool stella_repo_has(struct stella_repo *repo, const struct stella_oid *id);

#define STELLA_TREE_RAW_MAX (64u << 20) /* bytes of one tree object */
/* Looks a path up through tree objects; out->name is borrowed from path.  NOT_FOUND. */
const struct stella_error *stella_repo_find_path(struct stella_tree_entry *out, struct stella_repo *repo,
	const struct stella_oid *tree, const char *path) STELLA_MUST_USE;

/* The lines in which two texts differ, as a unified diff without file headers, for people. */
const struct stella_error *stella_repo_diff_print(struct stella_buf *out, struct stella_span from,
	struct stella_span to) STELLA_MUST_USE;

#endif
