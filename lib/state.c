/* SPDX-License-Identifier: Apache-2.0 */
#include "state_internal.h"

#include <stdlib.h>
#include <string.h>

static struct stella_state_node *node_of(const struct stella_state *state)
{
	return (struct stella_state_node *)(uintptr_t)state;
}

struct stella_state_node *stella_states_at(struct stella_states *states, uint32_t index)
{
	struct stella_state_node *node = states->nodes[index];

	if (node)
		return node;
	node = stella_pool_alloc(states->pool, sizeof *node);
	states->nodes[index] = node;
	node->states = states;
	node->index = index;
	states->load(states->context, node);
	return node;
}

struct stella_state_node *stella_states_add(struct stella_states *states, const struct stella_state_node *const *before,
	size_t before_count)
{
	struct stella_state_node *node = stella_pool_alloc(states->pool, sizeof *node);

	STELLA_GROW(states->nodes, states->count, states->cap);
	node->states = states;
	node->index = (uint32_t)states->count;
	node->state.before_count = before_count;
	node->before = stella_pool_alloc(states->pool, before_count * sizeof *node->before);
	for (size_t i = 0; i < before_count; i++)
		node->before[i] = before[i]->index;
	states->nodes[states->count++] = node;
	return node;
}

static struct stella_state_node *before(const struct stella_state_node *node, size_t i)
{
	return stella_states_at(node->states, node->before[i]);
}

static struct stella_state_node *jump(const struct stella_state_node *node)
{
	return stella_states_at(node->states, node->jump);
}

static struct stella_state_node *mark(const struct stella_state_node *node)
{
	return stella_states_at(node->states, node->mark);
}

/* Jumps as in a skew binary number: any state is reached in O(log n) steps. */
static uint32_t jump_over(const struct stella_state_node *last)
{
	const struct stella_state_node *first = jump(last), *second = jump(first);

	if (last->state.number - first->state.number == first->state.number - second->state.number)
		return second->index;
	return last->index;
}

void stella_states_link(struct stella_state_node *node)
{
	struct stella_state *state = &node->state;

	for (size_t i = 0; i < state->before_count; i++) {
		const struct stella_state *last = &before(node, i)->state;

		if (last->number + 1 > state->number)
			state->number = last->number + 1;
		if (!stella_sha256_equal(&last->policy.sha256, &state->policy.sha256))
			state->changes_policy = true;
	}
	if (!stella_idmap_find(&node->states->by_id, &state->id))
		stella_idmap_add(&node->states->by_id, node);
	node->jump = node->mark = node->index;
	if (state->before_count != 1)
		return;
	node->jump = jump_over(before(node, 0));
	if (!state->changes_policy)
		node->mark = before(node, 0)->mark;
}

bool stella_states_number(const struct stella_states *states, const struct stella_sha256 *id, uint64_t *out)
{
	const struct stella_state_node *node = stella_idmap_find(&states->by_id, id);

	if (node)
		*out = node->state.number;
	return node || (states->number && states->number(states->context, id, out));
}

void stella_states_free(struct stella_states *states)
{
	free(states->nodes);
	stella_idmap_free(&states->by_id);
	states->nodes = NULL;
	states->count = states->cap = 0;
}

/* ---------------------------------------------------------------- walking back */

/* A walk from one state back; where a fork was resolved it parts, and sees each such state once. */
struct walk {
	struct stella_state_node **open;
	size_t count, cap;
	struct stella_idmap seen;
};

static void walk_add(struct walk *walk, struct stella_state_node *node)
{
	STELLA_GROW(walk->open, walk->count, walk->cap);
	walk->open[walk->count++] = node;
}

static void walk_start(struct walk *walk, struct stella_state_node *from)
{
	*walk = (struct walk){ .seen.id_size = STELLA_SHA256_SIZE };
	walk_add(walk, from);
}

static struct stella_state_node *walk_next(struct walk *walk)
{
	return walk->count ? walk->open[--walk->count] : NULL;
}

/* Goes on to what was before this state, once; false where it was here already. */
static bool walk_part(struct walk *walk, struct stella_state_node *node)
{
	if (stella_idmap_find(&walk->seen, &node->state.id))
		return false;
	stella_idmap_add(&walk->seen, node);
	for (size_t i = node->state.before_count; i-- > 0;)
		walk_add(walk, before(node, i));
	return true;
}

static void walk_end(struct walk *walk)
{
	free(walk->open);
	stella_idmap_free(&walk->seen);
}

/* Back from a state to the one with this number, or to where its stretch began. */
static struct stella_state_node *walk_back(struct stella_state_node *node, uint64_t number)
{
	while (node->state.number > number && node->state.before_count == 1)
		node = jump(node)->state.number >= number ? jump(node) : before(node, 0);
	return node;
}

const struct stella_state *stella_state_find(const struct stella_state *from, const struct stella_sha256 *id,
	uint64_t number)
{
	struct stella_state_node *node;
	const struct stella_state *found = NULL;
	struct walk walk;

	walk_start(&walk, node_of(from));
	while (!found && (node = walk_next(&walk))) {
		node = walk_back(node, number);
		if (node->state.number > number)
			(void)walk_part(&walk, node);
		else if (node->state.number == number && stella_sha256_equal(&node->state.id, id))
			found = &node->state;
	}
	walk_end(&walk);
	return found;
}

bool stella_state_on_chain(const struct stella_state *state, const struct stella_sha256 *ancestor)
{
	uint64_t number;

	return stella_states_number(node_of(state)->states, ancestor, &number) &&
		stella_state_find(state, ancestor, number);
}

bool stella_states_on_chain(struct stella_state_node *from, const struct stella_state_node *ancestor)
{
	return from == ancestor || stella_state_find(&from->state, &ancestor->state.id, ancestor->state.number);
}

const struct stella_state *stella_state_before(const struct stella_state *state, size_t i)
{
	return &before(node_of(state), i)->state;
}

static int compare_states(const void *a, const void *b)
{
	const struct stella_state *x = *(const struct stella_state *const *)a, *y = *(const struct stella_state *const *)b;

	if (x->number != y->number)
		return x->number < y->number ? -1 : 1;
	return memcmp(x->id.bytes, y->id.bytes, sizeof x->id.bytes);
}

const struct stella_state **stella_state_chain(size_t *count, const struct stella_state *state)
{
	const struct stella_state **all = NULL;
	struct stella_state_node *node;
	size_t cap = 0;
	struct walk walk;

	*count = 0;
	walk_start(&walk, node_of(state));
	while ((node = walk_next(&walk))) {
		if (!walk_part(&walk, node))
			continue;
		STELLA_GROW(all, *count, cap);
		all[(*count)++] = &node->state;
	}
	walk_end(&walk);
	qsort(all, *count, sizeof *all, compare_states);
	return all;
}

/* ---------------------------------------------------------------- ids, rules 1 and 4 */

struct stella_sha256 stella_state_successor(const struct stella_state *const *heads, size_t count,
	const struct stella_sha256 *manifest)
{
	static const char label[] = "stella-state-v1"; /* with its NUL */
	struct stella_sha256 *ids = stella_alloc_array(count + 1, sizeof *ids);
	struct stella_sha256_ctx ctx;

	for (size_t i = 0; i < count; i++)
		ids[i] = heads[i]->id;
	qsort(ids, count, sizeof *ids, stella_sha256_compare);
	ids[count] = *manifest;
	stella_sha256_start(&ctx);
	stella_sha256_add(&ctx, stella_span(label, sizeof label));
	stella_sha256_add(&ctx, stella_span(ids, (count + 1) * sizeof *ids));
	free(ids);
	return stella_sha256_end(&ctx);
}

struct stella_sha256 stella_state_root_id(const struct stella_sha256 *commit, const struct stella_sha256 *manifest)
{
	static const char label[] = "stella-root-v1"; /* with its NUL */
	struct stella_sha256_ctx ctx;

	stella_sha256_start(&ctx);
	stella_sha256_add(&ctx, stella_span(label, sizeof label));
	stella_sha256_add(&ctx, stella_span(commit->bytes, sizeof commit->bytes));
	stella_sha256_add(&ctx, stella_span(manifest->bytes, sizeof manifest->bytes));
	return stella_sha256_end(&ctx);
}

/* ---------------------------------------------------------------- merging heads, rule 9 */

static bool on_any_chain(struct stella_state_node *const *heads, size_t count, const struct stella_state_node *node)
{
	for (size_t i = 0; i < count; i++) {
		if (stella_states_on_chain(heads[i], node))
			return true;
	}
	return false;
}

/*
 * Does the chain of a new head change the policy where it is on no chain kept so far?  What lies
 * before a state that is on a kept chain is on that chain too.
 */
static bool brings_policy(struct stella_state_node *head, struct stella_state_node *const *kept, size_t count)
{
	struct stella_state_node *node;
	struct walk walk;
	bool brings = false;

	walk_start(&walk, head);
	while (!brings && (node = walk_next(&walk))) {
		node = mark(node);
		if (on_any_chain(kept, count, node))
			continue;
		brings = node->state.changes_policy;
		(void)walk_part(&walk, node);
	}
	walk_end(&walk);
	return brings;
}

void stella_states_merge(struct stella_state_node **kept, size_t *kept_count,
	struct stella_state_node *const *heads, size_t head_count)
{
	for (size_t i = 0; i < head_count; i++) {
		size_t count = 0, passed = 0;

		if (on_any_chain(kept, *kept_count, heads[i]))
			continue;
		for (size_t k = 0; k < *kept_count; k++) { /* the first that it passes gives it its place */
			if (!stella_states_on_chain(heads[i], kept[k]))
				kept[count++] = kept[k];
			else if (!passed++)
				kept[count++] = heads[i];
		}
		if (!passed && brings_policy(heads[i], kept, *kept_count))
			kept[count++] = heads[i];
		*kept_count = count;
	}
}
