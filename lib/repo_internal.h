/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Behind the wall: what repo.c (reads) and refs.c (the only writer) know of libgit2 together.  Nobody
 * else includes this.  Written for libgit2 1.5 and later.
 */
#ifndef STELLA_REPO_INTERNAL_H
#define STELLA_REPO_INTERNAL_H

#include <git2.h>
#include <pthread.h>

#include "repo.h"

struct stella_repo {
	git_repository *git;
	git_odb *odb;
	git_config *config;       /* a snapshot; read again after it was written */
	char *gitdir;             /* the common directory, without a final slash */
	char *worktree_gitdir;    /* where HEAD and index lie: the same but for linked worktrees */
	char *workdir;            /* NULL: bare */
	char **packs;             /* index files that odb reads */
	size_t pack_count, pack_cap;
	char **dirs;              /* object directories, our own first */
	size_t dir_count, dir_cap;
	char *bad_pack;           /* what is wrong with the first index that was refused */
	pthread_mutex_t odb_mutex; /* for the lists above once threads read */
	void (*seen)(void *context, const struct stella_oid *id, enum stella_object type); /* stella_repo_watch */
	void *seen_context;
	pthread_mutex_t seen_mutex;
	git_odb *batch;           /* objects in memory, while a batch is open */
	struct stella_oid *batch_ids;
	size_t batch_count, batch_cap;
};

static inline git_oid stella_repo_git_id(const struct stella_oid *id)
{
	git_oid out;

	git_oid_fromraw(&out, id->bytes);
	return out;
}

static inline struct stella_oid stella_repo_own_id(const git_oid *id)
{
	struct stella_oid out;

	for (unsigned i = 0; i < STELLA_OID_SIZE; i++)
		out.bytes[i] = id->id[i];
	return out;
}

/* What libgit2 said last, as one line. */
const char *stella_repo_git_text(void);
/* Takes over git, also on error. */
const struct stella_error *stella_repo_wrap(struct stella_repo **out, git_repository *git) STELLA_MUST_USE;
/* git_libgit2_init with our options; each success is paired with git_libgit2_shutdown. */
const struct stella_error *stella_repo_libgit2_start(void) STELLA_MUST_USE;
const struct stella_error *stella_repo_read_config(struct stella_repo *repo) STELLA_MUST_USE;
/* "refs/..." and a valid name. */
bool stella_repo_is_full_ref(const char *name);
/* refs_pack.c: one more object in the batch that is open. */
const struct stella_error *stella_refs_pack_write(struct stella_oid *out, struct stella_repo *repo,
	enum stella_object type, struct stella_span content) STELLA_MUST_USE;
/* refs_log.c: a line in the log of ref, and of HEAD where it stands for it; before the ref changes. */
const struct stella_error *stella_refs_log(struct stella_repo *repo, const char *ref,
	const struct stella_oid *old, const struct stella_oid *new_id, const char *message) STELLA_MUST_USE;
/* refs_worktree.c: files and index, under the lock of the ref that they belong to. */
struct stella_change;
struct stella_gitlock;
const struct stella_error *stella_refs_worktree_write(struct stella_repo *repo, struct stella_gitlock *lock,
	const struct stella_change *changes, size_t count) STELLA_MUST_USE;
/* repo_files.c: REPOSITORY where a file that libgit2 is going to read is a FIFO or a device. */
const struct stella_error *stella_repo_check_files(const char *start, bool upwards) STELLA_MUST_USE;
const struct stella_error *stella_repo_check_file(const char *dir, const char *name) STELLA_MUST_USE;
const struct stella_error *stella_repo_check_refs(const char *gitdir) STELLA_MUST_USE;
/* repo_odb.c: fills repo->odb, and looks for what came since. */
const struct stella_error *stella_repo_odb_open(struct stella_repo *repo) STELLA_MUST_USE;
const struct stella_error *stella_repo_odb_add(struct stella_repo *repo, const char *objects) STELLA_MUST_USE;
void stella_repo_odb_refresh(struct stella_repo *repo);
void stella_repo_odb_close(struct stella_repo *repo);
git_object_t stella_repo_git_type(enum stella_object type);

#endif
