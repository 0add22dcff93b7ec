/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files of a directory that somebody else made, and may be changing just now.  Below it no symbolic link is
 * followed, nothing but regular files is read, and nothing is waited for.  dir itself is as the user gave
 * it.  Not here: what is in the files.
 */
#ifndef STELLA_BELOW_H
#define STELLA_BELOW_H

#include "buf.h"

/* name is relative, "a/b/c", without "..".  Appends at most max bytes.  NOT_FOUND; MALFORMED for what is no regular
 * file; LIMIT; SYSTEM. */
const struct stella_error *stella_below_read(struct stella_buf *out, const char *dir, const char *name,
	size_t max) STELLA_MUST_USE;
/* The same into a new file, not synced; takes its bytes off *room, LIMIT where that is too little. */
const struct stella_error *stella_below_copy(const char *dir, const char *name, const char *to,
	uint64_t *room) STELLA_MUST_USE;
/* The entries of a directory, in no order, yours; LIMIT over max.  MALFORMED for what is no directory. */
struct stella_below_names {
	char **items; size_t count, cap;
};
const struct stella_error *stella_below_list(struct stella_below_names *out, const char *dir, const char *name,
	size_t max) STELLA_MUST_USE;
void stella_below_names_free(struct stella_below_names *names); /* frees the content */

#endif
