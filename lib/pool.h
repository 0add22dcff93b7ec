/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a long computation keeps until its end: small things that are freed together, and maps from
 * an id to the thing that begins with it.  Ids are hashes, so their first bytes place them.
 */
#ifndef STELLA_POOL_H
#define STELLA_POOL_H

#include "buf.h"

struct stella_pool {
	struct stella_pool_chunk *chunks;
	size_t used;
};
void *stella_pool_alloc(struct stella_pool *pool, size_t size); /* zeroed, aligned for anything */
void stella_pool_free(struct stella_pool *pool);                /* and all that came from it; leaves {0} */

/* {0, 0, NULL, id_size} is an empty one.  Items stay the caller's. */
struct stella_idmap {
	size_t count, cap;
	void **slots;
	size_t id_size;             /* bytes at the start of each item; at least 8 */
};
void *stella_idmap_find(const struct stella_idmap *map, const void *id); /* NULL: none */
void stella_idmap_add(struct stella_idmap *map, void *item);             /* whose id is not in it yet */
void stella_idmap_free(struct stella_idmap *map);

#endif
