/* SPDX-License-Identifier: Apache-2.0 */
#include "recorded_internal.h"

#include <stdlib.h>
#include <string.h>

#include "commit.h"

/* ---------------------------------------------------------------- the branch */

static struct stella_recorded_node *find_node(struct stella_recorded *r, const struct stella_oid *id)
{
	struct stella_recorded_node *node = stella_idmap_find(&r->nodes, id);

	if (!node) {
		node = stella_pool_alloc(&r->pool, sizeof *node);
		node->id = *id;
		stella_idmap_add(&r->nodes, node);
	}
	return node;
}

static void put_void(struct stella_recorded *r, const struct stella_oid *commit, const char *why)
{
	STELLA_GROW(r->voids, r->void_count, r->void_cap);
	r->voids[r->void_count++] = (struct stella_recorded_void){ *commit, stella_strdup(why) };
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
		node->parents[i] = find_node(r, &links.parents[i]);
	node->parent_count = links.parent_count;
	if (is_recording) {
		node->recording = stella_pool_alloc(&r->pool, sizeof recording);
		*node->recording = recording;
	} else if (*why) {
		put_void(r, &node->id, why);
	}
	return NULL;
}

/* Parents first, without recursion: the branch may be long. */
static const struct stella_error *read_branch(struct stella_recorded *r, const struct stella_oid *tip)
{
	struct stella_recorded_node **stack = NULL;
	size_t depth = 0, cap = 0;
	const struct stella_error *err = NULL;

	STELLA_GROW(stack, depth, cap);
	stack[depth++] = find_node(r, tip);
	while (depth && !err) {
		struct stella_recorded_node *node = stack[depth - 1];

		if (!node->parents) {
			if (r->nodes.count > STELLA_COMMITS_MAX)
				err = stella_error(STELLA_LIMIT, "the attestations branch has more than %d commits", STELLA_COMMITS_MAX);
			else
				err = read_node(r, node);
			continue;
		}
		while (node->visited < node->parent_count && node->parents[node->visited]->parents)
			node->visited++; /* read, so done or, which no hash allows, below itself */
		if (node->visited < node->parent_count) {
			STELLA_GROW(stack, depth, cap);
			stack[depth++] = node->parents[node->visited++];
			continue;
		}
		STELLA_GROW(r->order, r->count, r->cap);
		r->order[r->count++] = node;
		depth--;
	}
	free(stack);
	return err;
}

/* ---------------------------------------------------------------- side by side */

static bool counts(const struct stella_recorded_node *node)
{
	return node->recording && !node->why;
}

/* The main line: from the tip down along the parent with the most recordings that count. */
static size_t find_line(struct stella_recorded *r)
{
	struct stella_recorded_node *node;
	size_t length = 0, place;

	for (size_t i = 0; i < r->count; i++) {
		node = r->order[i];
		for (unsigned p = 0; p < node->parent_count; p++)
			if (node->parents[p]->weight > node->weight)
				node->weight = node->parents[p]->weight;
		node->weight += counts(node);
	}
	for (unsigned pass = 0; pass < 2; pass++) {
		place = length;
		for (node = r->order[r->count - 1]; node;) {
			struct stella_recorded_node *best = NULL;

			node->on_line = true;
			if (pass)
				node->place = --place;
			else
				length++;
			for (unsigned p = 0; p < node->parent_count; p++)
				if (!best || node->parents[p]->weight > best->weight)
					best = node->parents[p];
			node = best;
		}
	}
	return length;
}

/* Where the line takes in what is off it, and what of the line is below it. */
static void find_joins(struct stella_recorded *r, size_t length)
{
	for (size_t i = r->count; i-- > 0;) {
		struct stella_recorded_node *node = r->order[i];

		if (node->on_line)
			node->join = node->place;
		for (unsigned p = 0; p < node->parent_count; p++) {
			struct stella_recorded_node *parent = node->parents[p];

			if (!parent->on_line && (!parent->join || node->join < parent->join))
				parent->join = node->join;
		}
	}
	for (size_t i = 0; i < r->count; i++) {
		struct stella_recorded_node *node = r->order[i];

		if (node->on_line) {
			node->base = node->place + 1;
			continue;
		}
		for (unsigned p = 0; p < node->parent_count; p++)
			if (node->parents[p]->base > node->base)
				node->base = node->parents[p]->base;
	}
	(void)length;
}

/*
 * What is not known to come after a recording raises its time to its own: on the line all that is off it
 * and has it not below, off the line all of the line before it is taken in, and all else that is off it.
 */
static void raise_times(struct stella_recorded *r, size_t length)
{
	int64_t *on = stella_alloc_array(length + 1, sizeof *on), *off = stella_alloc_array(length + 1, sizeof *off);

	for (size_t i = 0; i <= length; i++)
		on[i] = off[i] = INT64_MIN;
	for (size_t i = 0; i < r->count; i++) {
		const struct stella_recorded_node *node = r->order[i];
		int64_t *slot = node->on_line ? &on[node->place + 1] : &off[node->base];

		if (counts(node) && node->recording->time > *slot)
			*slot = node->recording->time;
	}
	for (size_t i = 1; i <= length; i++) { /* on[i]: of the places before i; off[i]: of those with a base up to i */
		if (on[i - 1] > on[i])
			on[i] = on[i - 1];
		if (off[i - 1] > off[i])
			off[i] = off[i - 1];
	}
	for (size_t i = 0; i < r->count; i++) {
		struct stella_recorded_node *node = r->order[i];
		size_t before = node->join;

		if (!counts(node))
			continue;
		node->time = node->recording->time;
		if (on[before] > node->time)
			node->time = on[before];
		if (off[before] > node->time)
			node->time = off[before];
	}
	free(on);
	free(off);
}

/* ---------------------------------------------------------------- what comes of it */

static void note_time(struct stella_recorded *r, const struct stella_recorded_node *node, const struct stella_sha256 *id)
{
	struct stella_recorded_time *known = stella_idmap_find(&r->times, id), *time = known;

	if (known && known->time <= node->time)
		return;
	if (!known)
		time = stella_pool_alloc(&r->pool, sizeof *time);
	*time = (struct stella_recorded_time){ .id = *id, .time = node->time, .claimed = node->recording->time,
		.state = node->recording->state, .number = node->number, .commit = node->id, .member = node->member };
	if (!known)
		stella_idmap_add(&r->times, time);
}

static void collect(struct stella_recorded *r)
{
	r->latest = STELLA_TIME_NONE;
	for (size_t i = 0; i < r->count; i++) {
		struct stella_recorded_node *node = r->order[i];

		if (!node->recording)
			continue;
		if (node->why) {
			put_void(r, &node->id, node->why);
			continue;
		}
		r->good++;
		if (node->time > r->latest)
			r->latest = node->time;
		if (node->number > r->latest_number)
			r->latest_number = node->number;
		for (size_t k = 0; k < node->recording->id_count; k++)
			note_time(r, node, &node->recording->ids[k]);
	}
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

static const struct stella_error *load(struct stella_recorded *r, const struct stella_oid *tip)
{
	const struct stella_error *err = stella_trust_history(&r->history, r->trust);
	size_t length;

	if (err)
		return err;
	r->chain = stella_history_chain(&r->chain_count, r->trust->view.heads[0]);
	r->claims = stella_alloc_array(r->chain_count, sizeof *r->claims);
	for (size_t i = 0; i < r->chain_count; i++)
		r->claims[i] = INT64_MIN;
	err = read_branch(r, tip);
	if (!err)
		err = stella_recorded_judge(r);
	if (err)
		return err;
	length = find_line(r);
	find_joins(r, length);
	raise_times(r, length);
	collect(r);
	return NULL;
}

const struct stella_error *stella_recorded_load(struct stella_recorded **out, struct stella_trust *trust,
	struct stella_repo *repo, const struct stella_oid *tip, int64_t now)
{
	struct stella_recorded *r = stella_alloc(sizeof *r);
	const struct stella_error *err;

	*out = NULL;
	r->trust = trust;
	r->repo = repo;
	r->now = now;
	r->nodes.id_size = STELLA_OID_SIZE;
	r->times.id_size = STELLA_SHA256_SIZE;
	err = load(r, tip);
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
	for (size_t i = 0; i < r->nodes.cap; i++) {
		struct stella_recorded_node *node = r->nodes.slots[i];

		if (node && node->recording)
			stella_recording_free(node->recording);
	}
	for (size_t i = 0; i < r->void_count; i++)
		free(r->voids[i].why);
	free(r->voids);
	free(r->order);
	free(r->claims);
	free(r->chain);
	stella_idmap_free(&r->nodes);
	stella_idmap_free(&r->times);
	stella_pool_free(&r->pool);
	free(r);
}

const struct stella_recorded_time *stella_recorded_find(const struct stella_recorded *r, const struct stella_sha256 *id)
{
	return stella_idmap_find(&r->times, id);
}

int64_t stella_recorded_latest(const struct stella_recorded *r, uint64_t *number)
{
	*number = r->latest_number;
	return r->latest;
}

size_t stella_recorded_void_count(const struct stella_recorded *r)
{
	return r->void_count;
}

const struct stella_recorded_void *stella_recorded_void(const struct stella_recorded *r, size_t i)
{
	return &r->voids[i];
}

size_t stella_recorded_count(const struct stella_recorded *r)
{
	return r->good;
}
