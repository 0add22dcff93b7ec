/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an earlier run verified, taken from the cache piece by piece as it is needed.  Everything that
 * a file can get wrong and that a walk does not stumble over at once is checked here; then history->damaged
 * is set, and the fold begins again without the cache.
 */
#include "cache_internal.h"
#include "history_internal.h"

#include <stdlib.h>
#include <string.h>

static const void *row(struct stella_history *history, enum stella_cache_table table, size_t i)
{
	const void *found = stella_cache_at(history->cache, table, i);

	if (!found)
		history->damaged = true;
	return found;
}

static const char *take_text(struct stella_history *history, const char *text, size_t size)
{
	char *copy = stella_pool_alloc(&history->pool, size + 1);

	memcpy(copy, text, strnlen(text, size));
	return copy;
}

/* ---------------------------------------------------------------- approvals, pending or not */

static const struct stella_pending_item *load_item(struct stella_history *history, uint32_t index)
{
	const struct stella_cache_item *from = row(history, STELLA_CACHE_ITEMS, index);
	struct stella_pending_item *item;

	if (!from || history->items[index])
		return from ? history->items[index] : NULL;
	item = stella_pool_alloc(&history->pool, sizeof *item);
	memcpy(item->key, from->target.bytes, STELLA_SHA256_SIZE);
	memcpy(item->key + STELLA_SHA256_SIZE, from->key.bytes, STELLA_SHA256_SIZE);
	item->approval.commit = from->commit;
	item->approval.target = from->target;
	item->approval.member = take_text(history, from->member, sizeof from->member);
	item->approval.fingerprint = take_text(history, from->fingerprint, sizeof from->fingerprint);
	item->tree = from->tree;
	item->manifest = from->manifest;
	item->material = from->material;
	item->index = index;
	history->items[index] = item;
	stella_history_propose(history, item);
	return item;
}

/* Children come before their parents and part at a later bit, so that a set is as deep as it may be. */
static const struct stella_pending *load_node(struct stella_history *history, uint32_t index)
{
	const struct stella_cache_pending *from = stella_cache_at(history->cache, STELLA_CACHE_PENDING, index);
	struct stella_pending *node = stella_pool_alloc(&history->pool, sizeof *node);

	node->index = index;
	node->bit = from->bit;
	node->count = 1;
	if (from->bit == STELLA_CACHE_LEAF) {
		node->item = load_item(history, from->zero);
	} else {
		node->child[0] = history->pendings.list[from->zero];
		node->child[1] = history->pendings.list[from->one];
		history->damaged |= node->child[0]->bit <= from->bit || node->child[1]->bit <= from->bit;
		node->item = node->child[0]->item;
		node->count = node->child[0]->count + node->child[1]->count;
	}
	history->damaged |= !node->item || node->count > STELLA_PENDING_MAX;
	history->pendings.list[index] = node;
	return node;
}

/* Without recursion: a node waits on the stack until its children are loaded. */
static const struct stella_pending *load_pending(struct stella_history *history, uint32_t root)
{
	uint32_t *open = NULL;
	size_t count = 0, cap = 0;

	STELLA_GROW(open, count, cap);
	open[count++] = root;
	while (count && !history->damaged) {
		uint32_t index = open[count - 1];
		const struct stella_cache_pending *from = row(history, STELLA_CACHE_PENDING, index);
		size_t before = count;

		if (!from || history->pendings.list[index]) {
			count--;
			continue;
		}
		if (from->bit != STELLA_CACHE_LEAF && (from->bit > STELLA_CACHE_LEAF || from->zero >= index || from->one >= index)) {
			history->damaged = true;
			break;
		}
		for (unsigned i = 0; from->bit != STELLA_CACHE_LEAF && i < 2; i++) {
			uint32_t child = i ? from->zero : from->one;

			if (history->pendings.list[child])
				continue;
			STELLA_GROW(open, count, cap);
			open[count++] = child;
		}
		if (count == before) {
			load_node(history, index);
			count--;
		}
	}
	free(open);
	return history->damaged ? NULL : history->pendings.list[root];
}

/* ---------------------------------------------------------------- states */

/* stella_states.load: the indexes were checked when the cache was opened. */
static void load_state(void *context, struct stella_state_node *node)
{
	struct stella_history *history = context;
	const struct stella_cache_node *links = stella_cache_at(history->cache, STELLA_CACHE_NODES, node->index);
	const struct stella_cache_state *from = stella_cache_at(history->cache, STELLA_CACHE_STATES, node->index);
	const uint32_t *approvals = stella_cache_links(history->cache, links->approvals_at, links->approval_count);
	struct stella_state *state = &node->state;

	state->id = from->id;
	state->number = links->number;
	state->before_count = links->before_count;
	state->commit = from->commit;
	state->tree = from->tree;
	state->manifest = from->manifest;
	state->policy = (struct stella_file){ from->policy_sha256, from->policy_size, from->policy_blob };
	state->changes_policy = from->changes_policy != 0;
	node->before = stella_pool_alloc(&history->pool, links->before_count * sizeof *node->before);
	memcpy(node->before, stella_cache_links(history->cache, links->before_at, links->before_count),
		links->before_count * sizeof *node->before);
	node->jump = links->jump;
	node->mark = links->mark;
	state->approval_count = links->approval_count;
	state->approvals = stella_pool_alloc(&history->pool, links->approval_count * sizeof *state->approvals);
	for (uint32_t i = 0; i < links->approval_count; i++)
		state->approvals[i] = &load_item(history, approvals[i])->approval;
}

static bool find_number(void *context, const struct stella_sha256 *id, uint64_t *number)
{
	struct stella_history *history = context;

	return stella_cache_find_number(history->cache, id, number);
}

/* Rule 4 again: the id of a head binds its manifest and all before it. */
static bool is_itself(const struct stella_state_node *node)
{
	const struct stella_state **before;
	struct stella_sha256 id;

	if (!node->state.before_count)
		return true;
	before = stella_alloc_array(node->state.before_count, sizeof *before);
	for (size_t i = 0; i < node->state.before_count; i++)
		before[i] = stella_state_before(&node->state, i);
	id = stella_state_successor(before, node->state.before_count, &node->state.manifest);
	free(before);
	return stella_sha256_equal(&id, &node->state.id);
}

/* ---------------------------------------------------------------- views of commits */

static const struct stella_fold_view *load_view(struct stella_history *history, uint32_t index)
{
	const struct stella_cache_view *from = row(history, STELLA_CACHE_VIEWS, index);
	const uint32_t *heads = from ? stella_cache_links(history->cache, from->heads_at, from->head_count) : NULL;
	struct stella_fold_view *view;

	if (!heads || !from->head_count) {
		history->damaged = true;
		return NULL;
	}
	if (history->views[index])
		return history->views[index];
	view = stella_pool_alloc(&history->pool, sizeof *view);
	view->index = index;
	view->head_count = from->head_count;
	view->heads = stella_pool_alloc(&history->pool, view->head_count * sizeof *view->heads);
	for (size_t i = 0; i < view->head_count && !history->damaged; i++) {
		history->damaged |= heads[i] >= stella_cache_count(history->cache, STELLA_CACHE_STATES);
		if (!history->damaged)
			view->heads[i] = stella_states_at(&history->states, heads[i]);
		history->damaged |= !history->damaged && !is_itself(view->heads[i]);
	}
	if (from->pending != STELLA_CACHE_NONE)
		view->pending = load_pending(history, from->pending);
	history->views[index] = view;
	return history->damaged ? NULL : view;
}

bool stella_history_find_cached(struct stella_history *history, struct stella_commit *commit)
{
	const struct stella_cache_commit *found;

	if (!history->cache)
		return false;
	found = stella_cache_find(history->cache, STELLA_CACHE_COMMITS, &commit->id);
	if (!found)
		return false;
	commit->cached = true;
	if (found->view != STELLA_CACHE_NONE)
		commit->view = load_view(history, found->view);
	return true;
}

/* ---------------------------------------------------------------- trees */

static bool find_file(void *context, const struct stella_oid *id, struct stella_file *out)
{
	const struct stella_history *history = context;
	const struct stella_cache_file *found = stella_cache_find(history->cache, STELLA_CACHE_FILES, id);

	if (found)
		*out = (struct stella_file){ found->sha256, found->size, found->id };
	return found != NULL;
}

static bool find_dir(void *context, const struct stella_oid *id, struct stella_dir *out)
{
	const struct stella_history *history = context;
	const struct stella_cache_dir *found = stella_cache_find(history->cache, STELLA_CACHE_DIRS, id);

	if (!found)
		return false;
	*out = (struct stella_dir){ .id = found->id, .good = true, .manifest = found->manifest,
		.totals = { found->files, found->bytes, found->depth, found->path, found->open } };
	if (stella_oid_is_zero(&found->policy))
		return true;
	out->policy = stella_trees_known_file(history->trees, &found->policy);
	return out->policy != NULL;
}

/* ---------------------------------------------------------------- all together */

void stella_history_use_cache(struct stella_history *history)
{
	struct stella_cache *cache = history->cache;

	if (cache && stella_cache_count(cache, STELLA_CACHE_COMMITS) >= stella_history_limits.commits)
		stella_cache_forget(cache);
	if (!cache || !stella_cache_count(cache, STELLA_CACHE_COMMITS))
		return;
	history->states.load = load_state;
	history->states.number = find_number;
	history->states.context = history;
	history->states.count = history->states.cap = stella_cache_count(cache, STELLA_CACHE_STATES);
	history->states.nodes = stella_alloc_array(history->states.cap, sizeof *history->states.nodes);
	history->pendings.count = history->pendings.cap = stella_cache_count(cache, STELLA_CACHE_PENDING);
	history->pendings.list = stella_alloc_array(history->pendings.cap, sizeof *history->pendings.list);
	history->item_count = history->item_cap = stella_cache_count(cache, STELLA_CACHE_ITEMS);
	history->items = stella_alloc_array(history->item_cap, sizeof *history->items);
	history->view_count = history->view_cap = stella_cache_count(cache, STELLA_CACHE_VIEWS);
	history->views = stella_alloc_array(history->view_cap, sizeof *history->views);
	history->trees->source = (struct stella_trees_source){ find_dir, find_file, history };
}
