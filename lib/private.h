/* SPDX-License-Identifier: Apache-2.0 */
/*
 * State that is believed because nobody else can write it: a directory and files of this user alone,
 * mapped to memory so that a large one costs no more than the pages that are looked at.  Whoever writes
 * them replaces them whole (sys.h), so a mapping never changes.  Not here: what they say.
 */
#ifndef STELLA_PRIVATE_H
#define STELLA_PRIVATE_H

#include "buf.h"

/* A directory, no link, owned by this user, without group or other bits.  NOT_FOUND; OWNER where it is
 * another's or open to others; SYSTEM. */
const struct stella_error *stella_private_check_dir(const char *path) STELLA_MUST_USE;

/* The same of a regular file, whose content is mapped, at most max bytes (LIMIT). */
struct stella_map;
const struct stella_error *stella_private_map(struct stella_map **out, const char *path,
	size_t max) STELLA_MUST_USE;
struct stella_span stella_private_span(const struct stella_map *map);
void stella_private_unmap(struct stella_map *map); /* NULL is fine */

#endif
