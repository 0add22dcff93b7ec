/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a verifier remembers of a root (trust-model, rule 11): the last state and the latest time,
 * in <state dir>/<root id>/memory.json, mode 0600 in a directory of mode 0700.  Damage is an error with
 * its remedy, never ignored.  Beside it what is derived and may be deleted at any time: the cache
 * (cache.h) and the snapshot (snapshot.h).  Not here: whether a state may follow another.
 */
#ifndef STELLA_MEMORY_H
#define STELLA_MEMORY_H

#include "digest.h"
#include "oid.h"

struct stella_memory {
	struct stella_sha256 state;
	uint64_t number;
	int64_t time;
};

/* *found false and no error where nothing is remembered.  MEMORY_DAMAGED: wrong owner or mode, truncated,
 * of a newer version, of another root.  SYSTEM. */
const struct stella_error *stella_memory_load(struct stella_memory *out, bool *found,
	const char *state_dir, const struct stella_oid *root) STELLA_MUST_USE;
/*
 * Remembers, under a lock: of what is remembered meanwhile and this the greater number with its state,
 * and the later time; nothing is written where that is no change.  contains: is this state on the chain
 * of the one to be remembered?  ROLLBACK where that is not so of one with a smaller number.  The caller
 * must have seen that everything else has succeeded.
 */
const struct stella_error *stella_memory_save(const struct stella_memory *memory, const char *state_dir,
	const struct stella_oid *root,
	bool (*contains)(const void *context, const struct stella_sha256 *state), const void *context)
	STELLA_MUST_USE;

/* <state dir>/<root id>, or a file in it (name not NULL); yours.  Made by save, not by load. */
char *stella_memory_path(const char *state_dir, const struct stella_oid *root, const char *name);

#endif
