/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sets of pending approvals, by target and key (trust-model, rule 6), that never change: adding one
 * or uniting two gives a new set that shares what it can, so that thousands of commits may each
 * have their own.  A binary trie over the bits of target and key (Okasaki and Gill, Fast Mergeable
 * Integer Maps), 512 levels at most.
 */
#ifndef STELLA_PENDING_H
#define STELLA_PENDING_H

#include "pool.h"
#include "state.h"

#define STELLA_PENDING_KEY 64 /* target, then key id */

struct stella_pending_item {
	uint8_t key[STELLA_PENDING_KEY]; /* first: what places it */
	struct stella_approval approval;
	struct stella_oid tree;      /* that was approved: an address, and what binds it */
	struct stella_sha256 manifest;
	struct stella_sha256 material; /* of the key that spoke for an identity; else zero */
	uint32_t index;              /* in its history */
};

struct stella_pending;               /* NULL: the empty set */
struct stella_pending {
	const struct stella_pending_item *item; /* of a leaf; else of any leaf below */
	const struct stella_pending *child[2];  /* of a leaf: none */
	uint32_t count;              /* leaves */
	uint32_t bit;                /* at which the children part */
	uint32_t index;              /* in its history */
};

/* Where new nodes come from; list (may be NULL) gets each of them. */
struct stella_pending_pool {
	struct stella_pool *pool;
	const struct stella_pending **list;
	size_t count, cap;
};

size_t stella_pending_count(const struct stella_pending *set);
const struct stella_pending_item *stella_pending_find(const struct stella_pending *set, const uint8_t *key);
/* The part of a set that approves this target. */
const struct stella_pending *stella_pending_of(const struct stella_pending *set, const struct stella_sha256 *target);
/* The set itself if it has one of this key. */
const struct stella_pending *stella_pending_add(struct stella_pending_pool *pool, const struct stella_pending *set,
	const struct stella_pending_item *item);
/* Of two with one key, a's. */
const struct stella_pending *stella_pending_union(struct stella_pending_pool *pool, const struct stella_pending *a,
	const struct stella_pending *b);
/* All, ordered by key; items has room for stella_pending_count. */
void stella_pending_list(const struct stella_pending *set, const struct stella_pending_item **items);

/* As a cache rebuilds them. */
const struct stella_pending *stella_pending_leaf(struct stella_pending_pool *pool, const struct stella_pending_item *item);
const struct stella_pending *stella_pending_branch(struct stella_pending_pool *pool, unsigned bit,
	const struct stella_pending *zero, const struct stella_pending *one);

#endif
