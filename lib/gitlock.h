/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lock files of git ("<path>.lock" beside what is changed) that need no manual step after kill -9.
 * All our writing to a repository happens under one lock of our own, stella.lock in its common directory,
 * which ends with the process; and the lock that git sees is a hard link to that very file.  A lock
 * file that is this link belongs to us or to one of us that died; any other is git's, and is waited for.
 */
#ifndef STELLA_GITLOCK_H
#define STELLA_GITLOCK_H

#include "buf.h"

#define STELLA_GITLOCK_SECONDS 10

struct stella_gitlock;
/* Locks path (a ref, config, index; it need not exist, its directory must: NOT_FOUND).  SYSTEM after 10 seconds. */
const struct stella_error *stella_gitlock_take(struct stella_gitlock **out, const char *common_dir,
	const char *path) STELLA_MUST_USE;
/* A second path, under the same lock of our own. */
const struct stella_error *stella_gitlock_also(struct stella_gitlock *lock, const char *path) STELLA_MUST_USE;
void stella_gitlock_release(struct stella_gitlock *lock); /* NULL is fine */

/*
 * While it is held: a file beside, <common_dir>/stella.tmp, becomes a path that is locked.  Synced before and
 * after, with every directory from path up to common_dir.
 */
const char *stella_gitlock_temp(const struct stella_gitlock *lock);
const struct stella_error *stella_gitlock_write(struct stella_gitlock *lock, struct stella_span content,
	unsigned mode) STELLA_MUST_USE; /* into the file beside */
const struct stella_error *stella_gitlock_commit(struct stella_gitlock *lock, const char *path) STELLA_MUST_USE;

#endif
