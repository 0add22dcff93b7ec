/* SPDX-License-Identifier: Apache-2.0 */
#include "pending.h"

#include <string.h>

#define BITS (8 * STELLA_PENDING_KEY)

static bool is_leaf(const struct stella_pending *set)
{
	return set->bit == BITS;
}

static unsigned bit_of(const uint8_t *key, unsigned bit)
{
	return key[bit / 8] >> (7 - bit % 8) & 1;
}

/* The first bit at which two keys differ, BITS where none does. */
static unsigned parting(const uint8_t *a, const uint8_t *b)
{
	unsigned i = 0, bit;

	while (i < STELLA_PENDING_KEY && a[i] == b[i])
		i++;
	if (i == STELLA_PENDING_KEY)
		return BITS;
	for (bit = 8 * i; bit_of(a, bit) == bit_of(b, bit); bit++)
		;
	return bit;
}

static struct stella_pending *new_node(struct stella_pending_pool *pool)
{
	struct stella_pending *node = stella_pool_alloc(pool->pool, sizeof *node);

	STELLA_GROW(pool->list, pool->count, pool->cap);
	node->index = (uint32_t)pool->count;
	pool->list[pool->count++] = node;
	return node;
}

const struct stella_pending *stella_pending_leaf(struct stella_pending_pool *pool, const struct stella_pending_item *item)
{
	struct stella_pending *leaf = new_node(pool);

	leaf->item = item;
	leaf->count = 1;
	leaf->bit = BITS;
	return leaf;
}

const struct stella_pending *stella_pending_branch(struct stella_pending_pool *pool, unsigned bit,
	const struct stella_pending *zero, const struct stella_pending *one)
{
	struct stella_pending *branch = new_node(pool);

	branch->item = zero->item;
	branch->child[0] = zero;
	branch->child[1] = one;
	branch->count = zero->count + one->count;
	branch->bit = bit;
	return branch;
}

/* The same branch with another child, or itself where it is the same child. */
static const struct stella_pending *with_child(struct stella_pending_pool *pool, const struct stella_pending *set,
	unsigned which, const struct stella_pending *child)
{
	if (child == set->child[which])
		return set;
	return stella_pending_branch(pool, set->bit, which ? set->child[0] : child, which ? child : set->child[1]);
}

size_t stella_pending_count(const struct stella_pending *set)
{
	return set ? set->count : 0;
}

const struct stella_pending_item *stella_pending_find(const struct stella_pending *set, const uint8_t *key)
{
	if (!set)
		return NULL;
	while (!is_leaf(set))
		set = set->child[bit_of(key, set->bit)];
	return memcmp(set->item->key, key, STELLA_PENDING_KEY) == 0 ? set->item : NULL;
}

const struct stella_pending *stella_pending_of(const struct stella_pending *set, const struct stella_sha256 *target)
{
	if (!set)
		return NULL;
	while (set->bit < 8 * STELLA_SHA256_SIZE)
		set = set->child[bit_of(target->bytes, set->bit)];
	return memcmp(set->item->key, target->bytes, STELLA_SHA256_SIZE) == 0 ? set : NULL;
}

/* Recursion goes down one bit of the key at least each time. */
static const struct stella_pending *unite(struct stella_pending_pool *pool, const struct stella_pending *a,
	const struct stella_pending *b)
{
	const uint8_t *key_a = a->item->key, *key_b = b->item->key;
	const struct stella_pending *zero, *one;
	unsigned bit, which;

	if (a == b)
		return a;
	bit = parting(key_a, key_b);
	if (bit < a->bit && bit < b->bit)
		return stella_pending_branch(pool, bit, bit_of(key_a, bit) ? b : a, bit_of(key_a, bit) ? a : b);
	if (is_leaf(a) && is_leaf(b))
		return a;
	if (a->bit < b->bit) {
		which = bit_of(key_b, a->bit);
		return with_child(pool, a, which, unite(pool, a->child[which], b));
	}
	if (b->bit < a->bit) {
		which = bit_of(key_a, b->bit);
		return with_child(pool, b, which, unite(pool, a, b->child[which]));
	}
	zero = unite(pool, a->child[0], b->child[0]);
	one = unite(pool, a->child[1], b->child[1]);
	if (zero == a->child[0] && one == a->child[1])
		return a;
	if (zero == b->child[0] && one == b->child[1])
		return b;
	return stella_pending_branch(pool, a->bit, zero, one);
}

const struct stella_pending *stella_pending_union(struct stella_pending_pool *pool, const struct stella_pending *a,
	const struct stella_pending *b)
{
	return !a ? b : !b ? a : unite(pool, a, b);
}

const struct stella_pending *stella_pending_add(struct stella_pending_pool *pool, const struct stella_pending *set,
	const struct stella_pending_item *item)
{
	if (stella_pending_find(set, item->key))
		return set;
	return stella_pending_union(pool, set, stella_pending_leaf(pool, item));
}

void stella_pending_list(const struct stella_pending *set, const struct stella_pending_item **items)
{
	const struct stella_pending *open[BITS + 1];
	size_t count = 0;

	if (set)
		open[count++] = set;
	while (count) {
		set = open[--count];
		if (is_leaf(set)) {
			*items++ = set->item;
			continue;
		}
		open[count++] = set->child[1];
		open[count++] = set->child[0];
	}
}
