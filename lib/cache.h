/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fold's cache: one file with every state, approval and view that was verified, in a directory
 * of this user alone.  Derived data: it may be deleted at any time; a file that is damaged, foreign
 * or of another version is as none.  What it says is believed only because nobody else can write
 * there, as with memory.  Errors are never cached.
 */
#ifndef STELLA_CACHE_H
#define STELLA_CACHE_H

#include "history.h"

/* Never NULL: a file that cannot be used is as none. */
struct stella_cache *stella_cache_open(const char *path, const struct stella_oid *root);
void stella_cache_free(struct stella_cache *cache);
/*
 * What this history learned, added to the cache that it was loaded with (none: a new one), replaces the
 * file; nothing is written where nothing was read.  SYSTEM where it cannot be written.
 */
const struct stella_error *stella_cache_save(const char *path, const struct stella_history *history) STELLA_MUST_USE;

#endif
