/* SPDX-License-Identifier: Apache-2.0 */
/* What a history learned, as the next file: the rows of the last one, and the new ones behind or among them. */
#include "cache.h"

#include <stdlib.h>
#include <string.h>

#include "cache_internal.h"
#include "history_internal.h"
#include "sys.h"

struct save {
	const struct stella_cache *cache;
	const struct stella_history *history;
	struct stella_buf tables[STELLA_CACHE_TABLES];
};

static void put_row(struct save *save, enum stella_cache_table table, const void *row)
{
	stella_buf_put(&save->tables[table], row, stella_cache_row[table]);
}

static void put_old(struct save *save, enum stella_cache_table table)
{
	size_t count = stella_cache_count(save->cache, table);

	if (count)
		stella_buf_put(&save->tables[table], stella_cache_at(save->cache, table, 0), count * stella_cache_row[table]);
}

static uint32_t links_count(const struct save *save)
{
	return (uint32_t)(save->tables[STELLA_CACHE_LINKS].size / sizeof(uint32_t));
}

static void put_link(struct save *save, uint32_t index)
{
	put_row(save, STELLA_CACHE_LINKS, &index);
}

/* ---------------------------------------------------------------- rows by index */

static void put_text(char *out, size_t size, const char *text)
{
	size_t length = strlen(text);

	memcpy(out, text, length < size ? length : size);
}

static void put_items(struct save *save)
{
	const struct stella_history *history = save->history;

	put_old(save, STELLA_CACHE_ITEMS);
	for (size_t i = stella_cache_count(save->cache, STELLA_CACHE_ITEMS); i < history->item_count; i++) {
		const struct stella_pending_item *item = history->items[i];
		struct stella_cache_item row = { .commit = item->approval.commit, .tree = item->tree,
			.manifest = item->manifest, .target = item->approval.target, .material = item->material };

		memcpy(row.key.bytes, item->key + STELLA_SHA256_SIZE, sizeof row.key.bytes);
		put_text(row.fingerprint, sizeof row.fingerprint, item->approval.fingerprint);
		put_text(row.member, sizeof row.member, item->approval.member);
		put_row(save, STELLA_CACHE_ITEMS, &row);
	}
}

static void put_pending(struct save *save)
{
	const struct stella_pending_pool *pendings = &save->history->pendings;

	put_old(save, STELLA_CACHE_PENDING);
	for (size_t i = stella_cache_count(save->cache, STELLA_CACHE_PENDING); i < pendings->count; i++) {
		const struct stella_pending *node = pendings->list[i];
		struct stella_cache_pending row = { .bit = node->bit };

		row.zero = node->child[0] ? node->child[0]->index : node->item->index;
		row.one = node->child[1] ? node->child[1]->index : 0;
		put_row(save, STELLA_CACHE_PENDING, &row);
	}
}

static const struct stella_pending_item *item_of(const struct stella_approval *approval)
{
	return (const void *)((const char *)approval - offsetof(struct stella_pending_item, approval));
}

static void put_state(struct save *save, const struct stella_state_node *node)
{
	const struct stella_state *state = &node->state;
	struct stella_cache_state row = { .id = state->id, .manifest = state->manifest,
		.policy_sha256 = state->policy.sha256, .policy_size = state->policy.size,
		.policy_blob = state->policy.blob, .tree = state->tree, .commit = state->commit,
		.changes_policy = state->changes_policy };
	struct stella_cache_node links = { .number = state->number, .before_at = links_count(save),
		.before_count = (uint32_t)state->before_count, .approval_count = (uint32_t)state->approval_count,
		.jump = node->jump, .mark = node->mark };

	for (size_t i = 0; i < state->before_count; i++)
		put_link(save, node->before[i]);
	links.approvals_at = links_count(save);
	for (size_t i = 0; i < state->approval_count; i++)
		put_link(save, item_of(state->approvals[i])->index);
	put_row(save, STELLA_CACHE_STATES, &row);
	put_row(save, STELLA_CACHE_NODES, &links);
}

static void put_states(struct save *save)
{
	put_old(save, STELLA_CACHE_STATES);
	put_old(save, STELLA_CACHE_NODES);
	for (size_t i = stella_cache_count(save->cache, STELLA_CACHE_STATES); i < save->history->states.count; i++)
		put_state(save, save->history->states.nodes[i]);
}

static void put_views(struct save *save)
{
	const struct stella_history *history = save->history;

	put_old(save, STELLA_CACHE_VIEWS);
	for (size_t i = stella_cache_count(save->cache, STELLA_CACHE_VIEWS); i < history->view_count; i++) {
		const struct stella_fold_view *view = history->views[i];
		struct stella_cache_view row = { links_count(save), (uint32_t)view->head_count,
			view->pending ? view->pending->index : STELLA_CACHE_NONE };

		for (size_t k = 0; k < view->head_count; k++)
			put_link(save, view->heads[k]->index);
		put_row(save, STELLA_CACHE_VIEWS, &row);
	}
}

/* ---------------------------------------------------------------- sorted rows */

/* Every sorted row begins with its id. */
static int compare_rows(const void *a, const void *b)
{
	return memcmp(a, b, STELLA_OID_SIZE);
}

/* The old rows and the new ones, that are none of them. */
static void put_merged(struct save *save, enum stella_cache_table table, struct stella_buf *new_rows)
{
	size_t size = stella_cache_row[table], count = new_rows->size / size, old = 0, old_count;

	if (count)
		qsort(new_rows->data, count, size, compare_rows);
	old_count = stella_cache_count(save->cache, table);
	for (size_t i = 0; i < count || old < old_count;) {
		const void *from = stella_cache_at(save->cache, table, old);
		const void *add = i < count ? new_rows->data + i * size : NULL;
		bool take_old = from && (!add || compare_rows(from, add) < 0);

		put_row(save, table, take_old ? from : add);
		old += take_old;
		i += !take_old;
	}
	stella_buf_free(new_rows);
}

static void put_commits(struct save *save)
{
	struct stella_buf rows = { 0 };

	for (size_t i = 0; i < save->history->order_count; i++) {
		const struct stella_commit *commit = save->history->order[i];
		struct stella_cache_commit row = { commit->id, commit->view ? commit->view->index : STELLA_CACHE_NONE };

		if (!commit->error)
			stella_buf_put(&rows, &row, sizeof row);
	}
	put_merged(save, STELLA_CACHE_COMMITS, &rows);
}

static void put_dirs(struct save *save)
{
	const struct stella_idmap *dirs = &save->history->trees->dirs;
	struct stella_buf rows = { 0 };

	for (size_t i = 0; i < dirs->cap; i++) {
		const struct stella_dir *dir = dirs->slots[i];
		struct stella_cache_dir row;

		if (!dir || !dir->good || dir->cached)
			continue;
		row = (struct stella_cache_dir){ .id = dir->id, .manifest = dir->manifest,
			.files = (uint32_t)dir->totals.files, .bytes = (uint32_t)dir->totals.bytes,
			.depth = dir->totals.depth, .path = dir->totals.path, .open = dir->totals.open };
		if (dir->policy)
			row.policy = dir->policy->blob;
		stella_buf_put(&rows, &row, sizeof row);
	}
	put_merged(save, STELLA_CACHE_DIRS, &rows);
}

static void put_files(struct save *save)
{
	const struct stella_idmap *blobs = &save->history->trees->blobs;
	struct stella_buf rows = { 0 };

	for (size_t i = 0; i < blobs->cap; i++) {
		const struct stella_blob *blob = blobs->slots[i];
		struct stella_cache_file row;

		if (!blob || blob->cached)
			continue;
		row = (struct stella_cache_file){ blob->id, (uint32_t)blob->file.size, blob->file.sha256 };
		stella_buf_put(&rows, &row, sizeof row);
	}
	put_merged(save, STELLA_CACHE_FILES, &rows);
}

/* ---------------------------------------------------------------- states by id */

static int compare_states(const void *a, const void *b, void *context)
{
	const struct stella_cache_state *states = context;

	return memcmp(states[*(const uint32_t *)a].id.bytes, states[*(const uint32_t *)b].id.bytes, STELLA_SHA256_SIZE);
}

static void put_by_id(struct save *save)
{
	struct stella_buf *table = &save->tables[STELLA_CACHE_BY_ID];
	uint32_t count = (uint32_t)save->history->states.count;

	for (uint32_t i = 0; i < count; i++)
		put_row(save, STELLA_CACHE_BY_ID, &i);
	qsort_r(table->data, count, sizeof(uint32_t), compare_states, save->tables[STELLA_CACHE_STATES].data);
}

/* ---------------------------------------------------------------- the file */

static void put_file(struct stella_buf *out, const struct save *save)
{
	struct stella_cache_header header;
	size_t counts[STELLA_CACHE_TABLES];
	static const uint8_t zeros[64];

	for (unsigned i = 0; i < STELLA_CACHE_TABLES; i++)
		counts[i] = save->tables[i].size / stella_cache_row[i];
	stella_cache_layout(&header, &save->history->root, counts);
	stella_buf_reserve(out, header.size);
	stella_buf_put(out, &header, sizeof header);
	for (unsigned i = 0; i < STELLA_CACHE_TABLES; i++) {
		stella_buf_put(out, zeros, header.tables[i].at - out->size);
		stella_buf_put_span(out, stella_buf_span(&save->tables[i]));
	}
	stella_buf_put(out, zeros, header.size - out->size);
	header.content = stella_sha256(stella_span(out->data + sizeof header, out->size - sizeof header));
	memcpy(out->data, &header, sizeof header);
}

const struct stella_error *stella_cache_save(const char *path, const struct stella_history *history)
{
	static const struct stella_cache none;
	struct save save = { .cache = history->cache ? history->cache : &none, .history = history };
	const struct stella_error *err = NULL;
	struct stella_buf file = { 0 };

	if (!history->order_count)
		return NULL;
	put_old(&save, STELLA_CACHE_LINKS);
	put_items(&save);
	put_pending(&save);
	put_states(&save);
	put_views(&save);
	put_commits(&save);
	put_dirs(&save);
	put_files(&save);
	put_by_id(&save);
	put_file(&file, &save);
	if (file.size <= STELLA_CACHE_MAX)
		err = stella_sys_replace(path, stella_buf_span(&file), 0600);
	for (unsigned i = 0; i < STELLA_CACHE_TABLES; i++)
		stella_buf_free(&save.tables[i]);
	stella_buf_free(&file);
	return err;
}
