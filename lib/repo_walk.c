/* SPDX-License-Identifier: Apache-2.0 */
#include "repo_walk.h"

#include <stdlib.h>

#include "commit.h"
#include "pool.h"
#include "sys.h"

#define PROGRESS_STEP 256

static const struct stella_error *read_links(struct stella_commit_links *out, struct stella_repo *repo, const struct stella_oid *id)
{
	struct stella_buf raw = { 0 };
	const struct stella_error *err = stella_repo_read(&raw, repo, id, STELLA_OBJECT_COMMIT, STELLA_COMMIT_MAX);
	char hex[STELLA_OID_HEX];

	if (err)
		return err;
	err = stella_commit_links_parse(out, stella_buf_span(&raw));
	stella_buf_free(&raw);
	if (!err)
		return NULL;
	stella_oid_hex(hex, id);
	return stella_error_prefix(err, "commit %s", hex);
}

const struct stella_error *stella_repo_walk_tree(struct stella_oid *out, struct stella_repo *repo,
	const struct stella_oid *commit)
{
	struct stella_commit_links links;
	const struct stella_error *err = read_links(&links, repo, commit);

	if (!err)
		*out = links.tree;
	return err;
}

struct walk {
	struct stella_pool pool;
	struct stella_idmap map;    /* what was met */
	struct stella_oid **queue;
	size_t count, cap;
};

static void meet(struct walk *walk, const struct stella_oid *id)
{
	struct stella_oid *own;

	if (stella_idmap_find(&walk->map, id))
		return;
	own = stella_pool_alloc(&walk->pool, sizeof *own);
	*own = *id;
	stella_idmap_add(&walk->map, own);
	STELLA_GROW(walk->queue, walk->count, walk->cap);
	walk->queue[walk->count++] = own;
}

/* Breadth first: what was added last is near the tip. */
const struct stella_error *stella_repo_walk_descends(bool *out, struct stella_repo *repo, const struct stella_oid *tip,
	const struct stella_oid *ancestor, size_t max)
{
	struct walk walk = { .map = { 0, 0, NULL, sizeof(struct stella_oid) } };
	const struct stella_error *err = NULL;

	*out = false;
	meet(&walk, tip);
	for (size_t i = 0; i < walk.count && !err && !*out; i++) {
		struct stella_commit_links links = { 0 };

		if (stella_progress && i % PROGRESS_STEP == PROGRESS_STEP - 1)
			stella_progress("reading commits", i + 1);
		*out = stella_oid_equal(walk.queue[i], ancestor);
		if (*out)
			break;
		err = i < max ? read_links(&links, repo, walk.queue[i]) : stella_error(STELLA_LIMIT, "more than %zu commits", max);
		for (unsigned p = 0; p < links.parent_count && !err; p++)
			meet(&walk, &links.parents[p]);
	}
	free(walk.queue);
	stella_idmap_free(&walk.map);
	stella_pool_free(&walk.pool);
	return err;
}
