/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file behind cache.h: tables of fixed rows, found by binary search or by index, with the byte
 * order of this machine.  Rows refer to rows of smaller index only, new rows are appended.  Every
 * index that is read is checked against its table; what walks depend on is checked when it is opened.
 */
#ifndef STELLA_CACHE_INTERNAL_H
#define STELLA_CACHE_INTERNAL_H

#include "digest.h"
#include "oid.h"
#include "private.h"

#define STELLA_CACHE_MAX ((size_t)1 << 30) /* bytes */
#define STELLA_CACHE_NONE UINT32_MAX       /* no view: does not lead to the root; no pending approvals */
#define STELLA_CACHE_LEAF 512              /* bit of a leaf, as in pending.h */

struct stella_cache_commit {                /* sorted */
	struct stella_oid id;
	uint32_t view;
};
struct stella_cache_view {
	uint32_t heads_at, head_count;      /* in links */
	uint32_t pending;
};
struct stella_cache_pending {
	uint32_t bit, zero, one;            /* of a leaf: zero is its item */
};
struct stella_cache_item {
	struct stella_oid commit, tree;
	struct stella_sha256 manifest, target, key, material;
	char fingerprint[52], member[68];
};
struct stella_cache_node {                  /* of a state: what walks need */
	uint64_t number;
	uint32_t before_at, before_count;   /* in links */
	uint32_t approvals_at, approval_count;
	uint32_t jump, mark;
};
struct stella_cache_state {
	struct stella_sha256 id, manifest, policy_sha256;
	uint64_t policy_size;
	struct stella_oid policy_blob, tree, commit;
	uint32_t changes_policy;
};
struct stella_cache_dir {                   /* sorted; valid ones only */
	struct stella_oid id, policy;       /* policy: zero where it has none at its top */
	struct stella_sha256 manifest;
	uint32_t files, bytes, depth, path, open, unused;
};
struct stella_cache_file {                  /* sorted */
	struct stella_oid id;
	uint32_t size;
	struct stella_sha256 sha256;
};

enum stella_cache_table {
	STELLA_CACHE_COMMITS, STELLA_CACHE_VIEWS, STELLA_CACHE_PENDING, STELLA_CACHE_ITEMS, STELLA_CACHE_NODES,
	STELLA_CACHE_STATES, STELLA_CACHE_BY_ID, STELLA_CACHE_LINKS, STELLA_CACHE_DIRS, STELLA_CACHE_FILES,
	STELLA_CACHE_TABLES
};
extern const size_t stella_cache_row[STELLA_CACHE_TABLES]; /* bytes */

struct stella_cache_header {
	char magic[16];
	uint32_t version, order;
	struct stella_oid root;
	uint32_t unused;
	struct stella_sha256 content; /* of all that follows the header: against damage, not against anybody */
	uint64_t size;              /* of the file */
	struct { uint64_t at, count; } tables[STELLA_CACHE_TABLES];
};

struct stella_cache {
	struct stella_oid root;
	struct stella_map *map;     /* NULL: as none */
	const void *tables[STELLA_CACHE_TABLES];
	size_t counts[STELLA_CACHE_TABLES];
};

void stella_cache_forget(struct stella_cache *cache);    /* from now on as none */
size_t stella_cache_count(const struct stella_cache *cache, enum stella_cache_table table);
const void *stella_cache_at(const struct stella_cache *cache, enum stella_cache_table table, size_t i); /* NULL: no such row */
/* count links from at, or NULL. */
const uint32_t *stella_cache_links(const struct stella_cache *cache, size_t at, size_t count);
/* Rows of a sorted table; NULL: none. */
const void *stella_cache_find(const struct stella_cache *cache, enum stella_cache_table table, const struct stella_oid *id);
bool stella_cache_find_number(const struct stella_cache *cache, const struct stella_sha256 *state, uint64_t *number);
/* The header of a file with these counts, tables laid out one behind the other. */
void stella_cache_layout(struct stella_cache_header *out, const struct stella_oid *root, const size_t *counts);

#endif
