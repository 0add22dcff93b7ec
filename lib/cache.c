/* SPDX-License-Identifier: Apache-2.0 */
#include "cache.h"

#include <stdlib.h>
#include <string.h>

#include "cache_internal.h"

#define MAGIC "stella-fold\n\r\n\0\0"  /* 16 bytes */
#define VERSION 3
#define ORDER 0x01020304u
#define ALIGN 16

const size_t stella_cache_row[STELLA_CACHE_TABLES] = {
	sizeof(struct stella_cache_commit), sizeof(struct stella_cache_view), sizeof(struct stella_cache_pending),
	sizeof(struct stella_cache_item), sizeof(struct stella_cache_node), sizeof(struct stella_cache_state),
	sizeof(uint32_t), sizeof(uint32_t), sizeof(struct stella_cache_dir), sizeof(struct stella_cache_file),
};

void stella_cache_layout(struct stella_cache_header *out, const struct stella_oid *root, const size_t *counts)
{
	uint64_t at = (sizeof *out + ALIGN - 1) / ALIGN * ALIGN;

	*out = (struct stella_cache_header){ .version = VERSION, .order = ORDER, .root = *root };
	memcpy(out->magic, MAGIC, sizeof out->magic);
	for (unsigned i = 0; i < STELLA_CACHE_TABLES; i++) {
		out->tables[i].at = at;
		out->tables[i].count = counts[i];
		at += (counts[i] * stella_cache_row[i] + ALIGN - 1) / ALIGN * ALIGN;
	}
	out->size = at;
}

/* A header is right if it is the very one that its counts give. */
static bool take_header(struct stella_cache *cache, struct stella_span file)
{
	struct stella_cache_header header, wanted;
	struct stella_sha256 content;
	size_t counts[STELLA_CACHE_TABLES];

	if (file.size < sizeof header)
		return false;
	memcpy(&header, file.data, sizeof header);
	for (unsigned i = 0; i < STELLA_CACHE_TABLES; i++) {
		if (header.tables[i].count >= UINT32_MAX || header.tables[i].count > file.size / stella_cache_row[i])
			return false;
		counts[i] = header.tables[i].count;
	}
	stella_cache_layout(&wanted, &cache->root, counts);
	wanted.content = header.content;
	if (memcmp(&header, &wanted, sizeof header) != 0 || header.size != file.size)
		return false;
	content = stella_sha256(stella_span(file.data + sizeof header, file.size - sizeof header));
	if (!stella_sha256_equal(&content, &header.content))
		return false;
	for (unsigned i = 0; i < STELLA_CACHE_TABLES; i++) {
		cache->tables[i] = file.data + header.tables[i].at;
		cache->counts[i] = counts[i];
	}
	return true;
}

/* So that no walk over states leaves the table or comes back. */
static bool check_nodes(const struct stella_cache *cache)
{
	const struct stella_cache_node *nodes = cache->tables[STELLA_CACHE_NODES];
	size_t count = cache->counts[STELLA_CACHE_NODES];

	if (cache->counts[STELLA_CACHE_STATES] != count || cache->counts[STELLA_CACHE_BY_ID] != count)
		return false;
	for (size_t i = 0; i < count; i++) {
		const uint32_t *before = stella_cache_links(cache, nodes[i].before_at, nodes[i].before_count);
		const uint32_t *approvals = stella_cache_links(cache, nodes[i].approvals_at, nodes[i].approval_count);

		if (!before || !approvals || nodes[i].jump > i || nodes[i].mark > i ||
		    (nodes[i].before_count == 1 && nodes[i].jump == i))
			return false;
		for (size_t k = 0; k < nodes[i].before_count; k++) {
			if (before[k] >= i || nodes[before[k]].number >= nodes[i].number)
				return false;
		}
		for (size_t k = 0; k < nodes[i].approval_count; k++) {
			if (approvals[k] >= cache->counts[STELLA_CACHE_ITEMS])
				return false;
		}
	}
	return true;
}

struct stella_cache *stella_cache_open(const char *path, const struct stella_oid *root)
{
	struct stella_cache *cache = stella_alloc(sizeof *cache);

	cache->root = *root;
	if (stella_private_map(&cache->map, path, STELLA_CACHE_MAX) ||
	    !take_header(cache, stella_private_span(cache->map)) || !check_nodes(cache))
		stella_cache_forget(cache);
	return cache;
}

void stella_cache_forget(struct stella_cache *cache)
{
	stella_private_unmap(cache->map);
	*cache = (struct stella_cache){ .root = cache->root };
}

void stella_cache_free(struct stella_cache *cache)
{
	if (cache)
		stella_private_unmap(cache->map);
	free(cache);
}

/* ---------------------------------------------------------------- reading rows */

size_t stella_cache_count(const struct stella_cache *cache, enum stella_cache_table table)
{
	return cache->counts[table];
}

const void *stella_cache_at(const struct stella_cache *cache, enum stella_cache_table table, size_t i)
{
	return i < cache->counts[table] ? (const char *)cache->tables[table] + i * stella_cache_row[table] : NULL;
}

const uint32_t *stella_cache_links(const struct stella_cache *cache, size_t at, size_t count)
{
	size_t all = cache->counts[STELLA_CACHE_LINKS];

	if (at > all || count > all - at)
		return NULL;
	return (const uint32_t *)cache->tables[STELLA_CACHE_LINKS] + at;
}

const void *stella_cache_find(const struct stella_cache *cache, enum stella_cache_table table, const struct stella_oid *id)
{
	size_t low = 0, high = cache->counts[table];

	while (low < high) {
		size_t middle = (low + high) / 2;
		const void *row = stella_cache_at(cache, table, middle);
		int order = memcmp(id->bytes, row, sizeof id->bytes); /* each row begins with its id */

		if (order == 0)
			return row;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

bool stella_cache_find_number(const struct stella_cache *cache, const struct stella_sha256 *id, uint64_t *number)
{
	const uint32_t *by_id = cache->tables[STELLA_CACHE_BY_ID];
	size_t low = 0, high = cache->counts[STELLA_CACHE_BY_ID];

	while (low < high) {
		size_t middle = (low + high) / 2;
		const struct stella_cache_state *state = stella_cache_at(cache, STELLA_CACHE_STATES, by_id[middle]);
		const struct stella_cache_node *node = stella_cache_at(cache, STELLA_CACHE_NODES, by_id[middle]);
		int order = state ? memcmp(id->bytes, state->id.bytes, sizeof id->bytes) : -1;

		if (order == 0) {
			*number = node->number;
			return true;
		}
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return false;
}
