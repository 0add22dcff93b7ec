/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a verifier remembers of a root (trust-model, rule 11): the last state and the latest time,
 * in <state dir>/<root id>/memory.json, mode 0600.  Damage is an error with its remedy, never
 * ignored.  Beside it the cache (cache.h), that may be deleted at any time.
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

/* *found false and no error where nothing is remembered.  MEMORY_DAMAGED; SYSTEM. */
const struct stella_error *stella_memory_load(struct stella_memory *out, bool *found,
	const char *state_dir, const struct stella_oid *root) STELLA_MUST_USE;
const struct stella_error *stella_memory_save(const struct stella_memory *memory,
	const char *state_dir, const struct stella_oid *root) STELLA_MUST_USE;

#endif
