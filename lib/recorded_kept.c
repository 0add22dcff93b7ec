/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Recorded times as one file: a header that says for which tip, state and time they hold, the times by id, and what
 * the commits say, so that none is read or verified twice.  To find a time takes the header and a few rows, each with
 * a check of its own; the commits are looked at when the answer has to be made again.
 */
#include "recorded_internal.h"

#include <stdlib.h>
#include <string.h>

#include "commit.h"
#include "sys.h"

#define MAGIC "stella-recorded" /* with its NUL */
#define VERSION 1
#define ORDER 0x01020304u
#define KEPT_MAX ((size_t)1 << 30)

enum { PLAIN, RECORDING, NONE_OF_THE_FORM }; /* what a commit is */

_Static_assert(sizeof MAGIC == sizeof ((struct stella_recorded_header *)0)->magic, "");
_Static_assert(sizeof(struct stella_recorded_header) == 248 && sizeof(struct stella_recorded_row) == 184, "no holes");

static struct stella_sha256 check_header(const struct stella_recorded_header *header)
{
	return stella_sha256(stella_span(header, offsetof(struct stella_recorded_header, check)));
}

static uint64_t check_row(const struct stella_recorded_header *header, const struct stella_recorded_row *row, uint64_t i)
{
	struct stella_sha256_ctx ctx;
	struct stella_sha256 sum;
	uint64_t check;

	stella_sha256_start(&ctx);
	stella_sha256_add(&ctx, stella_span(header->check.bytes, sizeof header->check.bytes));
	stella_sha256_add(&ctx, stella_span(&i, sizeof i));
	stella_sha256_add(&ctx, stella_span(&row->time, sizeof row->time));
	sum = stella_sha256_end(&ctx);
	memcpy(&check, sum.bytes, sizeof check);
	return check;
}

/* ---------------------------------------------------------------- finding */

static bool is_whole(const struct stella_recorded *r, size_t i)
{
	return r->rows[i].check == check_row(&r->header, &r->rows[i], i);
}

const struct stella_error *stella_recorded_find(const struct stella_recorded_time **out, const struct stella_recorded *r,
	const struct stella_sha256 *id)
{
	size_t low = 0, high = r->header.row_count;

	*out = NULL;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (memcmp(&r->rows[middle].time.id, id, sizeof *id) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	/* Also that it is not there is only as good as the two rows between which it would stand. */
	if ((low > 0 && !is_whole(r, low - 1)) || (low < r->header.row_count && !is_whole(r, low)))
		return stella_error(STELLA_INCOMPLETE, "%s is damaged, and can be removed", r->path);
	if (low < r->header.row_count && stella_sha256_equal(&r->rows[low].time.id, id))
		*out = &r->rows[low].time;
	return NULL;
}

/* ---------------------------------------------------------------- what was kept */

static bool take_header(struct stella_recorded *r, struct stella_span file)
{
	struct stella_recorded_header *h = &r->header;
	struct stella_sha256 check;

	if (file.size < sizeof *h)
		return false;
	memcpy(h, file.data, sizeof *h);
	check = check_header(h);
	return memcmp(h->magic, MAGIC, sizeof h->magic) == 0 && h->version == VERSION && h->order == ORDER &&
		stella_oid_equal(&h->root, &r->trust->root) && stella_sha256_equal(&h->check, &check) &&
		h->row_count <= file.size / sizeof *r->rows &&
		h->commits_size == file.size - sizeof *h - h->row_count * sizeof *r->rows;
}

bool stella_recorded_recall(struct stella_recorded *r)
{
	const struct stella_recorded_header *h = &r->header;

	/* Whatever is wrong with it: it will be made again. */
	if (!r->path || stella_private_map(&r->map, r->path, KEPT_MAX))
		return false;
	if (!take_header(r, stella_private_span(r->map))) {
		stella_private_unmap(r->map);
		r->map = NULL;
		return false;
	}
	r->rows = (const void *)(stella_private_span(r->map).data + sizeof *h);
	return r->own && stella_oid_equal(&h->tip, &r->tip) && stella_oid_equal(&h->trust_tip, &r->trust->tip) &&
		stella_sha256_equal(&h->state, &r->trust->state->id) && h->from <= r->now && r->now < h->until;
}

static bool take_recording(struct stella_recorded *r, struct stella_recorded_node *node, struct stella_cursor *c,
	struct stella_recorded_key *const *keys, uint32_t key_count)
{
	struct stella_recording *recording = stella_pool_alloc(&r->pool, sizeof *recording);
	struct stella_span ids;
	uint32_t key, id_count;
	uint64_t time;

	if (!stella_cursor_u32(c, &key) || key >= key_count ||
	    !stella_cursor_copy(c, recording->state.bytes, sizeof recording->state.bytes) ||
	    !stella_cursor_u64(c, &time) || !stella_cursor_u32(c, &id_count) || id_count > STELLA_RECORDING_MAX ||
	    !stella_cursor_take(c, id_count * sizeof *recording->ids, &ids))
		return false;
	recording->time = (int64_t)time;
	recording->ids = (void *)(uintptr_t)ids.data; /* in the map */
	recording->id_count = id_count;
	recording->key = keys[key]->key;
	node->key = keys[key];
	node->recording = recording;
	return true;
}

static bool take_commit(struct stella_recorded *r, struct stella_cursor *c, struct stella_recorded_node **list, uint32_t place,
	struct stella_recorded_key *const *keys, uint32_t key_count)
{
	struct stella_recorded_node *node;
	struct stella_span why;
	struct stella_oid id;
	uint8_t parents, kind;
	uint32_t parent;
	char *text;

	if (!stella_cursor_copy(c, id.bytes, sizeof id.bytes) || !stella_cursor_u8(c, &parents) || parents > STELLA_PARENTS_MAX)
		return false;
	list[place] = node = stella_recorded_node(r, &id);
	if (node->parents)
		return false;
	node->parents = stella_pool_alloc(&r->pool, (parents + 1u) * sizeof *node->parents);
	for (; node->parent_count < parents; node->parent_count++) {
		if (!stella_cursor_u32(c, &parent) || parent >= place)
			return false;
		node->parents[node->parent_count] = list[parent];
	}
	if (!stella_cursor_u8(c, &kind))
		return false;
	if (kind == RECORDING)
		return take_recording(r, node, c, keys, key_count);
	if (kind == PLAIN)
		return true;
	if (kind != NONE_OF_THE_FORM || !stella_cursor_string(c, &why))
		return false;
	text = stella_pool_alloc(&r->pool, why.size + 1);
	memcpy(text, why.data, why.size);
	node->why = text;
	return true;
}

static bool take_commits(struct stella_recorded *r, struct stella_span section)
{
	struct stella_cursor c = stella_cursor(section);
	struct stella_recorded_key **keys = NULL;
	struct stella_recorded_node **list = NULL;
	uint32_t key_count = 0, count = 0;
	bool good = stella_cursor_u32(&c, &key_count) && key_count <= c.left / 4;

	if (good)
		keys = stella_alloc_array(key_count, sizeof *keys);
	for (uint32_t i = 0; i < key_count && good; i++) {
		struct stella_pubkey *key = NULL;
		struct stella_span blob;

		good = stella_cursor_string(&c, &blob) && !stella_pubkey_parse_ssh(&key, blob);
		if (good)
			keys[i] = stella_recorded_key(r, key);
	}
	good = good && stella_cursor_u32(&c, &count) && count <= c.left / STELLA_OID_SIZE;
	if (good)
		list = stella_alloc_array(count, sizeof *list);
	for (uint32_t i = 0; i < count && good; i++)
		good = take_commit(r, &c, list, i, keys, key_count);
	free(list);
	free(keys);
	return good && c.left == 0;
}

void stella_recorded_recall_commits(struct stella_recorded *r)
{
	struct stella_span section;
	struct stella_sha256 found;

	if (!r->map)
		return;
	section = stella_private_span(r->map);
	section = stella_span(section.data + section.size - r->header.commits_size, r->header.commits_size);
	found = stella_sha256(section);
	if (stella_sha256_equal(&found, &r->header.commits) && take_commits(r, section))
		return;
	stella_idmap_free(&r->nodes);
}

/* ---------------------------------------------------------------- keeping */

static void put_keys(struct stella_buf *out, struct stella_recorded *r)
{
	struct stella_buf keys = { 0 };
	uint32_t count = 0;

	for (size_t i = 0; i < r->count; i++) {
		struct stella_recorded_key *key = r->order[i]->key;

		if (!key || key->place)
			continue;
		key->place = ++count;
		stella_buf_put_string(&keys, stella_pubkey_ssh(key->key));
	}
	stella_buf_put_u32(out, count);
	stella_buf_put_span(out, stella_buf_span(&keys));
	stella_buf_free(&keys);
}

static void put_commit(struct stella_buf *out, const struct stella_recorded_node *node)
{
	const struct stella_recording *recording = node->recording;

	stella_buf_put(out, node->id.bytes, sizeof node->id.bytes);
	stella_buf_put_u8(out, (uint8_t)node->parent_count);
	for (unsigned i = 0; i < node->parent_count; i++)
		stella_buf_put_u32(out, node->parents[i]->place_kept);
	if (!recording) {
		stella_buf_put_u8(out, node->why ? NONE_OF_THE_FORM : PLAIN);
		if (node->why)
			stella_buf_put_string(out, stella_span_str(node->why));
		return;
	}
	stella_buf_put_u8(out, RECORDING);
	stella_buf_put_u32(out, node->key->place - 1);
	stella_buf_put(out, recording->state.bytes, sizeof recording->state.bytes);
	stella_buf_put_u64(out, (uint64_t)recording->time);
	stella_buf_put_u32(out, (uint32_t)recording->id_count);
	for (size_t i = 0; i < recording->id_count; i++)
		stella_buf_put(out, recording->ids[i].bytes, sizeof recording->ids[i].bytes);
}

/* What bytes say that never change; not what is made of it. */
static void put_commits(struct stella_buf *out, struct stella_recorded *r)
{
	put_keys(out, r);
	stella_buf_put_u32(out, (uint32_t)r->count);
	for (size_t i = 0; i < r->count; i++) {
		r->order[i]->place_kept = (uint32_t)i;
		put_commit(out, r->order[i]);
	}
}

static void put_rows(struct stella_buf *out, const struct stella_recorded_header *header,
	const struct stella_recorded_time *times, size_t count)
{
	stella_buf_reserve(out, count * sizeof(struct stella_recorded_row));
	for (size_t i = 0; i < count; i++) {
		struct stella_recorded_row row = { .time = times[i] };

		row.check = check_row(header, &row, i);
		stella_buf_put(out, &row, sizeof row);
	}
}

const struct stella_error *stella_recorded_keep(struct stella_recorded *r, const struct stella_recorded_time *times,
	size_t count)
{
	struct stella_recorded_header *h = &r->header;
	const struct stella_error *err = NULL;
	struct stella_buf commits = { 0 };

	if (r->own)
		put_commits(&commits, r);
	memcpy(h->magic, MAGIC, sizeof h->magic);
	h->version = VERSION;
	h->order = ORDER;
	h->root = r->trust->root;
	h->trust_tip = r->trust->tip;
	h->tip = r->tip;
	if (r->trust->state)
		h->state = r->trust->state->id;
	h->row_count = count;
	h->commits_size = commits.size;
	h->commits = stella_sha256(stella_buf_span(&commits));
	h->check = check_header(h);
	stella_buf_put(&r->built, h, sizeof *h);
	put_rows(&r->built, h, times, count);
	stella_buf_put_span(&r->built, stella_buf_span(&commits));
	stella_buf_free(&commits);
	r->rows = (const void *)(r->built.data + sizeof *h);
	if (r->own && r->built.size <= KEPT_MAX)
		err = stella_sys_replace(r->path, stella_buf_span(&r->built), 0600);
	return err ? stella_error_prefix(err, "they cannot be kept (to do without, say --no-memory)") : NULL;
}
