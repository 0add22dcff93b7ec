/* SPDX-License-Identifier: Apache-2.0 */
#include "snapshot.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "private.h"
#include "since.h"
#include "sys.h"

/*
 * Header, rows, states, approvals, chain, texts.  Integers are big-endian, a text is its place in the
 * last section and its size there, a NUL follows it.  The first `pending` approvals are those pending.
 */
#define MAGIC "stella-snapshot" /* with its NUL */
#define VERSION 2
#define SNAPSHOT_MAX (1u << 30)
#define FILE_SIZE (8 + 32 + 20)
#define ROW_SIZE (8 + FILE_SIZE + 4)
#define STATE_SIZE (32 + 8 + 20 + 20 + 32 + FILE_SIZE + 4 + 4 + 4)
#define APPROVAL_SIZE (20 + 32 + 8 + 8)

struct stella_snapshot {
	struct stella_buf owned;    /* built */
	struct stella_map *map;     /* or loaded */
	struct stella_span all, rows, states, approvals, chain, texts;
	struct stella_oid root, tip;
	uint32_t row_count, state_count, approval_count, pending_count, chain_count;
	struct stella_state *head, **made; /* the first state, and those that were asked for */
	struct stella_view view;
};

static const struct stella_error *damaged(void)
{
	return stella_error(STELLA_INCOMPLETE, "the snapshot of the trust state is damaged");
}

/* ---------------------------------------------------------------- reading */

static bool take_oid(struct stella_cursor *c, struct stella_oid *out)
{
	return stella_cursor_copy(c, out->bytes, sizeof out->bytes);
}

static bool take_sha256(struct stella_cursor *c, struct stella_sha256 *out)
{
	return stella_cursor_copy(c, out->bytes, sizeof out->bytes);
}

static bool take_file(struct stella_cursor *c, struct stella_file *out)
{
	return stella_cursor_u64(c, &out->size) && take_sha256(c, &out->sha256) && take_oid(c, &out->blob);
}

static bool take_text(struct stella_cursor *c, const struct stella_snapshot *s, struct stella_span *out)
{
	uint32_t at, size;

	if (!stella_cursor_u32(c, &at) || !stella_cursor_u32(c, &size) ||
	    at >= s->texts.size || size >= s->texts.size - at)
		return false;
	*out = stella_span(s->texts.data + at, size);
	return out->data[size] == 0 && !stella_span_has_nul(*out);
}

static struct stella_cursor entry(struct stella_span section, size_t i, size_t size)
{
	return stella_cursor(stella_span(section.data + i * size, size));
}

static bool read_approval(struct stella_approval *out, const struct stella_snapshot *s, size_t i)
{
	struct stella_cursor c = entry(s->approvals, i, APPROVAL_SIZE);
	struct stella_span member, fingerprint;

	if (!take_oid(&c, &out->commit) || !take_sha256(&c, &out->target) ||
	    !take_text(&c, s, &member) || !take_text(&c, s, &fingerprint))
		return false;
	out->member = (const char *)member.data;
	out->fingerprint = (const char *)fingerprint.data;
	return true;
}

static void free_approvals(const struct stella_approval **list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free((void *)(uintptr_t)list[i]);
	free(list);
}

static bool read_approvals(const struct stella_approval ***out, size_t *out_count,
	const struct stella_snapshot *s, uint32_t first, uint32_t count)
{
	struct stella_approval *approval;

	if (first > s->approval_count || count > s->approval_count - first)
		return false;
	*out = stella_alloc_array(count, sizeof **out);
	for (*out_count = 0; *out_count < count; ++*out_count) {
		approval = stella_alloc(sizeof *approval);
		(*out)[*out_count] = approval;
		if (!read_approval(approval, s, first + *out_count)) {
			++*out_count;
			return false;
		}
	}
	return true;
}

static void free_state(struct stella_state *state)
{
	if (state)
		free_approvals(state->approvals, state->approval_count);
	free(state);
}

static struct stella_state *read_state(const struct stella_snapshot *s, size_t i)
{
	struct stella_cursor c = entry(s->states, i, STATE_SIZE);
	struct stella_state *state = stella_alloc(sizeof *state);
	uint32_t first, count, flags;

	if (!take_sha256(&c, &state->id) || !stella_cursor_u64(&c, &state->number) ||
	    !take_oid(&c, &state->commit) || !take_oid(&c, &state->tree) ||
	    !take_sha256(&c, &state->manifest) || !take_file(&c, &state->policy) ||
	    !stella_cursor_u32(&c, &first) ||
	    !stella_cursor_u32(&c, &count) || !stella_cursor_u32(&c, &flags) ||
	    !read_approvals(&state->approvals, &state->approval_count, s, first, count)) {
		free_state(state);
		return NULL;
	}
	state->changes_policy = flags & 1;
	return state;
}

static bool take_section(struct stella_cursor *c, struct stella_span *out, uint32_t count, size_t size)
{
	return stella_cursor_take(c, count * size, out);
}

/* Header and sections of s->all, and what every run asks for. */
static bool open_all(struct stella_snapshot *s)
{
	struct stella_cursor c = stella_cursor(s->all);
	struct stella_span magic;
	uint32_t version;
	uint64_t size;

	if (!stella_cursor_take(&c, sizeof MAGIC, &magic) || memcmp(magic.data, MAGIC, sizeof MAGIC) != 0 ||
	    !stella_cursor_u32(&c, &version) || version != VERSION ||
	    !stella_cursor_u64(&c, &size) || size != s->all.size ||
	    !take_oid(&c, &s->root) || !take_oid(&c, &s->tip) ||
	    !stella_cursor_u32(&c, &s->row_count) || !stella_cursor_u32(&c, &s->state_count) ||
	    !stella_cursor_u32(&c, &s->approval_count) || !stella_cursor_u32(&c, &s->pending_count) ||
	    !stella_cursor_u32(&c, &s->chain_count) ||
	    !take_section(&c, &s->rows, s->row_count, ROW_SIZE) ||
	    !take_section(&c, &s->states, s->state_count, STATE_SIZE) ||
	    !take_section(&c, &s->approvals, s->approval_count, APPROVAL_SIZE) ||
	    !take_section(&c, &s->chain, s->chain_count, STELLA_SHA256_SIZE) ||
	    !stella_cursor_take(&c, c.left, &s->texts) || !s->state_count)
		return false;
	s->head = read_state(s, 0);
	if (!s->head || !read_approvals(&s->view.pending, &s->view.pending_count, s, 0, s->pending_count))
		return false;
	s->view.heads = stella_alloc(sizeof *s->view.heads);
	s->view.heads[0] = s->head;
	s->view.head_count = 1;
	return true;
}

struct stella_snapshot *stella_snapshot_load(const char *state_dir, const struct stella_oid *root)
{
	struct stella_snapshot *s = stella_alloc(sizeof *s);
	char *path = stella_memory_path(state_dir, root, "snapshot");

	/* Whatever is wrong with it: it will be made again. */
	if (stella_private_map(&s->map, path, SNAPSHOT_MAX)) {
		stella_snapshot_free(s);
		s = NULL;
		goto done;
	}
	s->all = stella_private_span(s->map);
	if (!open_all(s) || !stella_oid_equal(&s->root, root)) {
		stella_snapshot_free(s);
		s = NULL;
	}
done:
	free(path);
	return s;
}

const struct stella_error *stella_snapshot_save(const struct stella_snapshot *snapshot, const char *state_dir)
{
	char *path = stella_memory_path(state_dir, &snapshot->root, "snapshot");
	const struct stella_error *err;

	err = stella_sys_replace(path, snapshot->all, 0600);
	free(path);
	return err;
}

void stella_snapshot_free(struct stella_snapshot *snapshot)
{
	if (!snapshot)
		return;
	for (size_t i = 0; snapshot->made && i < snapshot->state_count; i++)
		free_state(snapshot->made[i]);
	free(snapshot->made);
	free_state(snapshot->head);
	free_approvals(snapshot->view.pending, snapshot->view.pending_count);
	free(snapshot->view.heads);
	stella_private_unmap(snapshot->map);
	stella_buf_free(&snapshot->owned);
	free(snapshot);
}

const struct stella_oid *stella_snapshot_tip(const struct stella_snapshot *snapshot)
{
	return &snapshot->tip;
}

const struct stella_view *stella_snapshot_view(const struct stella_snapshot *snapshot)
{
	return &snapshot->view;
}

bool stella_snapshot_on_chain(const struct stella_snapshot *snapshot, const struct stella_sha256 *id)
{
	return bsearch(id->bytes, snapshot->chain.data, snapshot->chain_count, STELLA_SHA256_SIZE,
		stella_sha256_compare) != NULL;
}

size_t stella_snapshot_count(const struct stella_snapshot *snapshot)
{
	return snapshot->row_count;
}

const struct stella_error *stella_snapshot_row(struct stella_snapshot_row *out,
	const struct stella_snapshot *snapshot, size_t i)
{
	struct stella_cursor c = entry(snapshot->rows, i, ROW_SIZE);
	struct stella_span path;

	if (!take_text(&c, snapshot, &path) || !take_file(&c, &out->file) ||
	    !stella_cursor_u32(&c, &out->since) || out->since >= snapshot->state_count)
		return damaged();
	out->path = (const char *)path.data;
	return NULL;
}

const struct stella_error *stella_snapshot_find(size_t *i, bool *exact,
	const struct stella_snapshot *snapshot, struct stella_span path)
{
	size_t low = 0, high = snapshot->row_count, middle;
	struct stella_cursor c;
	struct stella_span found;
	int order;

	*exact = false;
	while (low < high) {
		middle = low + (high - low) / 2;
		c = entry(snapshot->rows, middle, ROW_SIZE);
		if (!take_text(&c, snapshot, &found))
			return damaged();
		order = stella_span_compare(found, path);
		*exact |= order == 0;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	*i = low;
	return NULL;
}

const struct stella_error *stella_snapshot_since(const struct stella_state **out,
	struct stella_snapshot *snapshot, const struct stella_snapshot_row *row)
{
	struct stella_state **place = &snapshot->head;

	*out = NULL;
	if (row->since > 0) {
		if (!snapshot->made)
			snapshot->made = stella_alloc_array(snapshot->state_count, sizeof *snapshot->made);
		place = &snapshot->made[row->since];
	}
	if (!*place)
		*place = read_state(snapshot, row->since);
	*out = *place;
	return *out ? NULL : damaged();
}

/* ---------------------------------------------------------------- building */

struct builder {
	struct stella_snapshot *older;
	const struct stella_state **chain; /* by number, then id */
	size_t chain_count;
	uint32_t *entries;          /* of each state on the chain, one more than its place in states */
	struct stella_buf rows, states, approvals, texts;
	uint32_t state_count, approval_count;
};

static int compare_states(const void *a, const void *b)
{
	const struct stella_state *left = *(const struct stella_state *const *)a;
	const struct stella_state *right = *(const struct stella_state *const *)b;

	if (left->number != right->number)
		return left->number < right->number ? -1 : 1;
	return memcmp(left->id.bytes, right->id.bytes, sizeof left->id.bytes);
}

static const struct stella_state **on_chain(const struct builder *b, const struct stella_state *state)
{
	return bsearch(&state, b->chain, b->chain_count, sizeof *b->chain, compare_states);
}

/* What the older table says of a row, as a state of this history: its way to the state is what counts. */
static bool find_known(void *context, const struct stella_state **out, const char *path,
	const struct stella_file *file)
{
	struct builder *b = context;
	const struct stella_state *state, **found;
	struct stella_snapshot_row row;
	bool exact;
	size_t i;

	if (stella_snapshot_find(&i, &exact, b->older, stella_span_str(path)) || !exact ||
	    stella_snapshot_row(&row, b->older, i) || row.file.size != file->size ||
	    !stella_sha256_equal(&row.file.sha256, &file->sha256) ||
	    stella_snapshot_since(&state, b->older, &row))
		return false;
	found = on_chain(b, state);
	if (found)
		*out = *found;
	return found != NULL;
}

static void put_text(struct builder *b, struct stella_buf *section, const char *text)
{
	stella_buf_put_u32(section, (uint32_t)b->texts.size);
	stella_buf_put_u32(section, (uint32_t)strlen(text));
	stella_buf_put(&b->texts, text, strlen(text) + 1);
}

static void put_file(struct stella_buf *section, const struct stella_file *file)
{
	stella_buf_put_u64(section, file->size);
	stella_buf_put(section, file->sha256.bytes, sizeof file->sha256.bytes);
	stella_buf_put(section, file->blob.bytes, sizeof file->blob.bytes);
}

static void put_approvals(struct builder *b, const struct stella_approval *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		stella_buf_put(&b->approvals, list[i]->commit.bytes, sizeof list[i]->commit.bytes);
		stella_buf_put(&b->approvals, list[i]->target.bytes, sizeof list[i]->target.bytes);
		put_text(b, &b->approvals, list[i]->member);
		put_text(b, &b->approvals, list[i]->fingerprint);
	}
	b->approval_count += (uint32_t)count;
}

static void put_state(struct builder *b, size_t place)
{
	const struct stella_state *state = b->chain[place];

	b->entries[place] = ++b->state_count;
	stella_buf_put(&b->states, state->id.bytes, sizeof state->id.bytes);
	stella_buf_put_u64(&b->states, state->number);
	stella_buf_put(&b->states, state->commit.bytes, sizeof state->commit.bytes);
	stella_buf_put(&b->states, state->tree.bytes, sizeof state->tree.bytes);
	stella_buf_put(&b->states, state->manifest.bytes, sizeof state->manifest.bytes);
	put_file(&b->states, &state->policy);
	stella_buf_put_u32(&b->states, b->approval_count);
	stella_buf_put_u32(&b->states, (uint32_t)state->approval_count);
	stella_buf_put_u32(&b->states, state->changes_policy);
	put_approvals(b, state->approvals, state->approval_count);
}

/* The head first, then those that a row needs, in the order of the chain. */
static void put_rows(struct builder *b, const struct stella_since *since, const struct stella_state *head)
{
	bool *needed = stella_alloc_array(b->chain_count, sizeof *needed);

	put_state(b, (size_t)(on_chain(b, head) - b->chain));
	for (size_t i = 0; i < since->count; i++)
		needed[on_chain(b, since->rows[i].state) - b->chain] = true;
	for (size_t i = 0; i < b->chain_count; i++)
		if (needed[i] && !b->entries[i])
			put_state(b, i);
	for (size_t i = 0; i < since->count; i++) {
		put_text(b, &b->rows, since->rows[i].path);
		put_file(&b->rows, &since->rows[i].file);
		stella_buf_put_u32(&b->rows, b->entries[on_chain(b, since->rows[i].state) - b->chain] - 1);
	}
	free(needed);
}

static void put_chain(const struct builder *b, struct stella_buf *out)
{
	uint8_t *ids;

	stella_buf_reserve(out, b->chain_count * STELLA_SHA256_SIZE);
	ids = out->data + out->size;
	for (size_t i = 0; i < b->chain_count; i++)
		stella_buf_put(out, b->chain[i]->id.bytes, STELLA_SHA256_SIZE);
	qsort(ids, b->chain_count, STELLA_SHA256_SIZE, stella_sha256_compare);
}

static void put_all(struct stella_buf *out, const struct builder *b, const struct stella_since *since,
	const struct stella_oid *root, const struct stella_oid *tip, size_t pending_count)
{
	size_t header = sizeof MAGIC + 4 + 8 + 2 * STELLA_OID_SIZE + 5 * 4;

	stella_buf_put(out, MAGIC, sizeof MAGIC);
	stella_buf_put_u32(out, VERSION);
	stella_buf_put_u64(out, header + b->rows.size + b->states.size + b->approvals.size +
		b->chain_count * STELLA_SHA256_SIZE + b->texts.size);
	stella_buf_put(out, root->bytes, sizeof root->bytes);
	stella_buf_put(out, tip->bytes, sizeof tip->bytes);
	stella_buf_put_u32(out, (uint32_t)since->count);
	stella_buf_put_u32(out, b->state_count);
	stella_buf_put_u32(out, b->approval_count);
	stella_buf_put_u32(out, (uint32_t)pending_count);
	stella_buf_put_u32(out, (uint32_t)b->chain_count);
	stella_buf_put_span(out, stella_buf_span(&b->rows));
	stella_buf_put_span(out, stella_buf_span(&b->states));
	stella_buf_put_span(out, stella_buf_span(&b->approvals));
	put_chain(b, out);
	stella_buf_put_span(out, stella_buf_span(&b->texts));
}

static void free_builder(struct builder *b)
{
	stella_buf_free(&b->rows);
	stella_buf_free(&b->states);
	stella_buf_free(&b->approvals);
	stella_buf_free(&b->texts);
	free(b->entries);
	free(b->chain);
}

const struct stella_error *stella_snapshot_build(struct stella_snapshot **out, struct stella_history *history,
	const struct stella_oid *root, const struct stella_oid *tip, struct stella_snapshot *older)
{
	const struct stella_view *view = stella_history_view(history);
	struct stella_since_known known = { .find = find_known };
	struct builder b = { .older = older };
	struct stella_snapshot *s = NULL;
	struct stella_since *since = NULL;
	const struct stella_error *err;

	*out = NULL;
	assert(view->head_count == 1);
	b.chain = stella_history_chain(&b.chain_count, view->heads[0]);
	b.entries = stella_alloc_array(b.chain_count, sizeof *b.entries);
	known.context = &b;
	if (older)
		known.head = older->head->id;
	err = stella_since_load(&since, view->heads[0], stella_history_trees(history), older ? &known : NULL);
	if (err)
		goto done;
	put_approvals(&b, view->pending, view->pending_count);
	put_rows(&b, since, view->heads[0]);
	s = stella_alloc(sizeof *s);
	put_all(&s->owned, &b, since, root, tip, view->pending_count);
	s->all = stella_buf_span(&s->owned);
	if (!open_all(s)) {
		err = stella_error(STELLA_INTERNAL, "the table of the trust state cannot be read back");
		goto done;
	}
	*out = s;
	s = NULL;
done:
	stella_snapshot_free(s);
	stella_since_free(since);
	free_builder(&b);
	return err;
}
