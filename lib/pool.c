/* SPDX-License-Identifier: Apache-2.0 */
#include "pool.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_SIZE 65536

struct stella_pool_chunk {
	struct stella_pool_chunk *next;
	size_t size;
	_Alignas(16) uint8_t data[];
};

void *stella_pool_alloc(struct stella_pool *pool, size_t size)
{
	struct stella_pool_chunk *chunk = pool->chunks;
	void *at;

	size = (size + 15) & ~(size_t)15;
	if (!chunk || chunk->size - pool->used < size) {
		size_t room = size > CHUNK_SIZE ? size : CHUNK_SIZE;

		chunk = stella_alloc(sizeof *chunk + room);
		chunk->size = room;
		chunk->next = pool->chunks;
		pool->chunks = chunk;
		pool->used = 0;
	}
	at = chunk->data + pool->used;
	pool->used += size;
	return at;
}

void stella_pool_free(struct stella_pool *pool)
{
	while (pool->chunks) {
		struct stella_pool_chunk *next = pool->chunks->next;

		free(pool->chunks);
		pool->chunks = next;
	}
	pool->used = 0;
}

/* ---------------------------------------------------------------- idmap */

static size_t place(const struct stella_idmap *map, const void *id)
{
	uint64_t first;

	memcpy(&first, id, sizeof first);
	return (first * 0x9e3779b97f4a7c15ULL >> 20) & (map->cap - 1);
}

void *stella_idmap_find(const struct stella_idmap *map, const void *id)
{
	if (!map->count)
		return NULL;
	for (size_t i = place(map, id); map->slots[i]; i = (i + 1) & (map->cap - 1)) {
		if (memcmp(map->slots[i], id, map->id_size) == 0)
			return map->slots[i];
	}
	return NULL;
}

static void put(struct stella_idmap *map, void *item)
{
	size_t i = place(map, item);

	while (map->slots[i])
		i = (i + 1) & (map->cap - 1);
	map->slots[i] = item;
}

void stella_idmap_add(struct stella_idmap *map, void *item)
{
	assert(map->id_size >= sizeof(uint64_t));
	if (map->count >= map->cap / 2) {
		struct stella_idmap old = *map;

		map->cap = old.cap ? 2 * old.cap : 64;
		map->slots = stella_alloc_array(map->cap, sizeof *map->slots);
		for (size_t i = 0; i < old.cap; i++) {
			if (old.slots[i])
				put(map, old.slots[i]);
		}
		free(old.slots);
	}
	put(map, item);
	map->count++;
}

void stella_idmap_free(struct stella_idmap *map)
{
	free(map->slots);
	map->slots = NULL;
	map->count = map->cap = 0;
}
