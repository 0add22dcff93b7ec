/* SPDX-License-Identifier: Apache-2.0 */
#include "recorded_internal.h"

#include <stdlib.h>
#include <string.h>

#include "commit.h"
#include "sys.h"

/* ---------------------------------------------------------------- the branch */

struct stella_recorded_node *stella_recorded_node(struct stella_recorded *r, const struct stella_oid *id)
{
	struct stella_recorded_node *node = stella_idmap_find(&r->nodes, id);

	if (!node) {
		node = stella_pool_alloc(&r->pool, sizeof *node);
		node->id = *id;
		stella_idmap_add(&r->nodes, node);
	}
	return node;
}

struct stella_recorded_key *stella_recorded_key(struct stella_recorded *r, struct stella_pubkey *key)
{
	struct stella_recorded_key *known = stella_idmap_find(&r->keys, stella_pubkey_id(key));

	if (known) {
		stella_pubkey_free(key);
		return known;
	}
	known = stella_pool_alloc(&r->pool, sizeof *known);
	known->id = *stella_pubkey_id(key);
	known->key = key;
	stella_idmap_add(&r->keys, known);
	return known;
}

static const char *keep_text(struct stella_recorded *r, const char *text)
{
	size_t size = strlen(text) + 1;

	return memcpy(stella_pool_alloc(&r->pool, size), text, size);
}

/* What was parsed, with its ids in the pool and its key shared. */
static void set_recording(struct stella_recorded *r, struct stella_recorded_node *node, struct stella_recording *parsed)
{
	struct stella_recording *kept = stella_pool_alloc(&r->pool, sizeof *kept);

	*kept = *parsed;
	node->key = stella_recorded_key(r, parsed->key);
	kept->key = node->key->key;
	kept->ids = stella_pool_alloc(&r->pool, parsed->id_count * sizeof *kept->ids);
	if (parsed->id_count)
		memcpy(kept->ids, parsed->ids, parsed->id_count * sizeof *kept->ids);
	free(parsed->ids);
	node->recording = kept;
}

static const struct stella_error *read_node(struct stella_recorded *r, struct stella_recorded_node *node)
{
	struct stella_commit_links links;
	struct stella_recording recording;
	struct stella_buf raw = { 0 };
	char why[STELLA_ERROR_MAX];
	bool is_recording = false;
	const struct stella_error *err = stella_repo_read(&raw, r->repo, &node->id, STELLA_OBJECT_COMMIT, STELLA_COMMIT_MAX);

	if (!err)
		err = stella_commit_links_parse(&links, stella_buf_span(&raw));
	if (!err)
		err = stella_recording_parse(&recording, &is_recording, why, stella_buf_span(&raw));
	stella_buf_free(&raw);
	if (err)
		return err;
	node->parents = stella_pool_alloc(&r->pool, (links.parent_count + 1) * sizeof *node->parents);
	for (unsigned i = 0; i < links.parent_count; i++)
		node->parents[i] = stella_recorded_node(r, &links.parents[i]);
	node->parent_count = links.parent_count;
	if (is_recording)
		set_recording(r, node, &recording);
	else if (*why)
		node->why = keep_text(r, why);
	return NULL;
}

static const struct stella_error *enter(struct stella_recorded *r, struct stella_recorded_node *node)
{
	if (r->entered == STELLA_COMMITS_MAX)
		return stella_error(STELLA_LIMIT, "the attestations branch has more than %d commits", STELLA_COMMITS_MAX);
	r->entered++;
	node->entered = true;
	if (stella_progress)
		stella_progress("reading recordings", r->entered);
	return node->parents ? NULL : read_node(r, node);
}

/* Parents first, without recursion: the branch may be long. */
static const struct stella_error *read_branch(struct stella_recorded *r)
{
	struct stella_recorded_node **stack = NULL, *node = stella_recorded_node(r, &r->tip);
	size_t depth = 0, cap = 0;
	const struct stella_error *err = enter(r, node);

	STELLA_GROW(stack, depth, cap);
	stack[depth++] = node;
	while (depth && !err) {
		node = stack[depth - 1];
		while (node->visited < node->parent_count && node->parents[node->visited]->entered)
			node->visited++; /* done or, which no hash allows, below itself */
		if (node->visited < node->parent_count) {
			STELLA_GROW(stack, depth, cap);
			stack[depth] = node->parents[node->visited++];
			err = enter(r, stack[depth++]);
			continue;
		}
		STELLA_GROW(r->order, r->count, r->cap);
		r->order[r->count++] = node;
		depth--;
	}
	free(stack);
	return err;
}

/* ---------------------------------------------------------------- what comes of it */

static void put_void(struct stella_recorded *r, const struct stella_recorded_node *node)
{
	STELLA_GROW(r->voids, r->void_count, r->void_cap);
	r->voids[r->void_count++] = (struct stella_recorded_void){ node->id, node->why };
}

struct times {
	struct stella_recorded_time *items;
	size_t count, cap;
};

static void put_times(struct times *times, const struct stella_recorded_node *node)
{
	struct stella_recorded_time time = { .time = node->time, .claimed = node->recording->time,
		.state = node->recording->state, .number = node->number, .commit = node->id };

	memcpy(time.member, node->member, strlen(node->member)); /* an id: shorter than this */
	for (size_t i = 0; i < node->recording->id_count; i++) {
		time.id = node->recording->ids[i];
		STELLA_GROW(times->items, times->count, times->cap);
		times->items[times->count++] = time;
	}
}

/* By id, the earliest first; of one time that of the least commit, so that the answer is one. */
static int compare_times(const void *a, const void *b)
{
	const struct stella_recorded_time *left = a, *right = b;
	int order = memcmp(&left->id, &right->id, sizeof left->id);

	if (order == 0 && left->time != right->time)
		return left->time < right->time ? -1 : 1;
	return order ? order : memcmp(&left->commit, &right->commit, sizeof left->commit);
}

static void sort_times(struct times *times)
{
	size_t count = 0;

	if (times->count)
		qsort(times->items, times->count, sizeof *times->items, compare_times);
	for (size_t i = 0; i < times->count; i++)
		if (!count || !stella_sha256_equal(&times->items[i].id, &times->items[count - 1].id))
			times->items[count++] = times->items[i];
	times->count = count;
}

static void collect(struct stella_recorded *r, struct times *times)
{
	r->header.latest = STELLA_TIME_NONE;
	for (size_t i = 0; i < r->count; i++) {
		const struct stella_recorded_node *node = r->order[i];

		if (node->why)
			put_void(r, node);
		if (!stella_recorded_counts(node))
			continue;
		r->header.good++;
		if (node->time > r->header.latest)
			r->header.latest = node->time;
		if (node->number > r->header.latest_number)
			r->header.latest_number = node->number;
		put_times(times, node);
	}
	r->header.voids = r->void_count;
	sort_times(times);
}

static bool stop(void *context, const char *path)
{
	(void)path;
	*(bool *)context = true;
	return false;
}

bool stella_recorded_used(struct stella_trust *trust)
{
	bool any = trust->policy && stella_policy_find_role(trust->policy, STELLA_RECORDER_ROLE) >= 0;

	if (!any && trust->state && stella_trust_each(trust, "recorders/", stop, &any))
		return true; /* a damaged table says no: reading tells */
	return any;
}

/* Whatever was kept of the answer: judged anew, from the commits that were kept and those that were not. */
static const struct stella_error *judge(struct stella_recorded *r)
{
	struct times times = { 0 };
	const struct stella_error *err = stella_trust_history(&r->history, r->trust);

	if (err)
		return err;
	r->chain = stella_history_chain(&r->chain_count, r->trust->view.heads[0]);
	r->claims = stella_alloc_array(r->chain_count, sizeof *r->claims);
	for (size_t i = 0; i < r->chain_count; i++)
		r->claims[i] = INT64_MIN;
	stella_recorded_recall_commits(r);
	err = read_branch(r);
	r->header = (struct stella_recorded_header){ .from = INT64_MIN, .until = INT64_MAX };
	if (!err)
		err = stella_recorded_judge(r);
	if (err)
		return err;
	stella_recorded_raise(r);
	collect(r, &times);
	err = stella_recorded_keep(r, times.items, times.count);
	free(times.items);
	return err;
}

/* By the attestations branch's repository: one of a few files, so that there are never more. */
static char *place_of(bool *own, const struct stella_trust *trust, const struct stella_repo *repo)
{
	struct stella_sha256 of = stella_sha256(stella_span_str(stella_repo_gitdir(repo)));
	char name[] = "recorded-x";

	name[sizeof name - 2] = "0123456789abcdef"[of.bytes[0] & 15];
	return stella_trust_kept(own, trust, name);
}

const struct stella_error *stella_recorded_load(struct stella_recorded **out, struct stella_trust *trust,
	struct stella_repo *repo, const struct stella_oid *tip, int64_t now)
{
	struct stella_recorded *r = stella_alloc(sizeof *r);
	const struct stella_error *err = NULL;

	*out = NULL;
	r->trust = trust;
	r->repo = repo;
	r->tip = *tip;
	r->now = now;
	r->nodes.id_size = STELLA_OID_SIZE;
	r->keys.id_size = STELLA_SHA256_SIZE;
	r->path = place_of(&r->own, trust, repo);
	if (!stella_recorded_recall(r))
		err = judge(r);
	if (err) {
		stella_recorded_free(r);
		return stella_error_prefix(err, "recorded times");
	}
	*out = r;
	return NULL;
}

void stella_recorded_free(struct stella_recorded *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < r->keys.cap; i++) {
		struct stella_recorded_key *key = r->keys.slots[i];

		if (key)
			stella_pubkey_free(key->key);
	}
	free(r->voids);
	free(r->order);
	free(r->claims);
	free(r->chain);
	free(r->path);
	stella_private_unmap(r->map);
	stella_buf_free(&r->built);
	stella_idmap_free(&r->nodes);
	stella_idmap_free(&r->keys);
	stella_pool_free(&r->pool);
	free(r);
}

int64_t stella_recorded_latest(const struct stella_recorded *r, uint64_t *number)
{
	*number = r->header.latest_number;
	return r->header.latest;
}

size_t stella_recorded_void_count(const struct stella_recorded *r)
{
	return r->header.voids;
}

const struct stella_error *stella_recorded_voids(const struct stella_recorded_void **out, struct stella_recorded *r)
{
	const struct stella_error *err = r->order ? NULL : judge(r);

	*out = r->voids;
	return err ? stella_error_prefix(err, "recorded times") : NULL;
}

size_t stella_recorded_count(const struct stella_recorded *r)
{
	return r->header.good;
}
