/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the graph: every commit that can be reached from the tip without passing the root (rule 12). */
#include "cache_internal.h"
#include "history_internal.h"

#include <stdlib.h>
#include <string.h>

struct stella_history_limits stella_history_limits = { STELLA_COMMITS_MAX, STELLA_PENDING_MAX };

struct reader {
	struct stella_history *history;
	struct stella_claims *claims;
	struct stella_commit **unread;
	size_t unread_count, unread_cap;
};

static struct stella_commit *find_commit(struct reader *reader, const struct stella_oid *id)
{
	struct stella_history *history = reader->history;
	struct stella_commit *commit = stella_idmap_find(&history->commits, id);

	if (commit)
		return commit;
	commit = stella_pool_alloc(&history->pool, sizeof *commit);
	commit->id = *id;
	stella_idmap_add(&history->commits, commit);
	if (stella_history_find_cached(history, commit))
		return commit;
	STELLA_GROW(reader->unread, reader->unread_count, reader->unread_cap);
	reader->unread[reader->unread_count++] = commit;
	return commit;
}

/* Rule 12: an error at this commit and all that descend from it; but a failing machine ends all. */
static const struct stella_error *set_error(struct stella_history *history, struct stella_commit *commit,
	const struct stella_error *err)
{
	struct stella_fold_error *error;
	char hex[STELLA_OID_HEX], *message;
	size_t size;

	if (err->code == STELLA_SYSTEM)
		return err;
	stella_oid_hex(hex, &commit->id);
	err = stella_error_prefix(err, "commit %s", hex);
	size = strlen(err->message) + 1;
	message = stella_pool_alloc(&history->pool, size);
	memcpy(message, err->message, size);
	error = stella_pool_alloc(&history->pool, sizeof *error);
	error->code = err->code == STELLA_MALFORMED ? STELLA_INCOMPLETE : err->code; /* an object that is no commit */
	error->message = message;
	commit->error = error;
	return NULL;
}

static void set_links(struct reader *reader, struct stella_commit *commit, const struct stella_commit_links *links)
{
	commit->tree = links->tree;
	if (stella_oid_equal(&commit->id, &reader->history->root))
		return; /* rule 1: what the root names as its parents plays no part */
	commit->parent_count = links->parent_count;
	commit->parents = stella_pool_alloc(&reader->history->pool, links->parent_count * sizeof *commit->parents);
	for (unsigned i = links->parent_count; i-- > 0;)
		commit->parents[i] = find_commit(reader, &links->parents[i]);
}

static const struct stella_error *read_commit(struct reader *reader, struct stella_commit *commit)
{
	struct stella_history *history = reader->history;
	struct stella_commit_links links;
	struct stella_buf raw = { 0 };
	const struct stella_error *err;

	history->commits_read++;
	err = stella_repo_read(&raw, history->repo, &commit->id, STELLA_OBJECT_COMMIT, STELLA_COMMIT_MAX);
	if (!err)
		err = stella_commit_links_parse(&links, stella_buf_span(&raw));
	if (err) {
		err = set_error(history, commit, err);
		goto done;
	}
	set_links(reader, commit, &links);
	if (stella_oid_equal(&commit->id, &history->root))
		history->root_commit = stella_sha256(stella_buf_span(&raw));
	else if (stella_span_find(stella_buf_span(&raw), "\nStella-Approve:"))
		stella_claims_push(reader->claims, commit, &raw);
done:
	stella_buf_free(&raw);
	return err;
}

/* Those of the cache may be others too; where that is too many, begin again without it. */
static size_t count_commits(struct stella_history *history)
{
	size_t cached = history->cache ? stella_cache_count(history->cache, STELLA_CACHE_COMMITS) : 0;

	if (cached && history->commits.count + cached > stella_history_limits.commits)
		history->damaged = true;
	return history->commits.count;
}

static const struct stella_error *read_all(struct reader *reader)
{
	const struct stella_error *err = NULL;

	find_commit(reader, &reader->history->tip);
	while (!err && reader->unread_count && !reader->history->damaged) {
		if (count_commits(reader->history) > stella_history_limits.commits)
			return stella_error(STELLA_LIMIT, "more than %zu commits between the root and the tip",
				stella_history_limits.commits);
		err = read_commit(reader, reader->unread[--reader->unread_count]);
	}
	return err;
}

/* Parents first, without recursion.  opened: its parents are on the stack above it. */
static void put_in_order(struct stella_history *history)
{
	struct stella_commit **stack = NULL;
	size_t count = 0, cap = 0;

	STELLA_GROW(stack, count, cap);
	stack[0] = stella_idmap_find(&history->commits, &history->tip);
	count = !stack[0]->cached;
	while (count) {
		struct stella_commit *commit = stack[count - 1];

		if (commit->opened) {
			count--;
			if (commit->ordered)
				continue;
			commit->ordered = true;
			STELLA_GROW(history->order, history->order_count, history->order_cap);
			history->order[history->order_count++] = commit;
			continue;
		}
		commit->opened = true;
		for (unsigned i = commit->parent_count; i-- > 0;) {
			if (commit->parents[i]->opened || commit->parents[i]->cached)
				continue;
			STELLA_GROW(stack, count, cap);
			stack[count++] = commit->parents[i];
		}
	}
	free(stack);
}

const struct stella_error *stella_history_read(struct stella_history *history)
{
	struct reader reader = { .history = history, .claims = stella_claims_new(history) };
	const struct stella_error *err = read_all(&reader), *claims_err;
	struct stella_error kept;

	if (err)
		kept = *err;
	claims_err = stella_claims_finish(reader.claims);
	free(reader.unread);
	if (err)
		return stella_error(kept.code, "%s", kept.message);
	if (!claims_err)
		put_in_order(history);
	return claims_err;
}
