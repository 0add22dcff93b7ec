/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading the graph: every commit that can be reached from the tip without passing the root (rule 12).
 * As many threads as there are cores: each takes a commit, reads it, adds its parents to what is still
 * to be read, and then checks what the commit claims, while others go on with the parents.
 */
#include "cache_internal.h"
#include "history_internal.h"
#include "sys.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define THREADS_MAX 64

struct stella_history_limits stella_history_limits = { STELLA_COMMITS_MAX, STELLA_PENDING_MAX };

/* All of it under the lock of the history. */
struct reader {
	struct stella_history *history;
	struct stella_commit **unread;
	size_t unread_count, unread_cap;
	unsigned busy;               /* threads that read a commit, which may have parents */
	unsigned idle;               /* threads that wait for one */
	pthread_cond_t more;
	bool failed;                 /* all ends */
	struct stella_error error;
	pthread_t threads[THREADS_MAX];
	unsigned thread_count;
};

/* ---------------------------------------------------------------- one commit; the lock is held */

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

static void fail(struct reader *reader, const struct stella_error *err)
{
	if (!reader->failed)
		reader->error = *err;
	reader->failed = true;
	pthread_cond_broadcast(&reader->more);
}

/* Rule 12: an error at this commit and all that descend from it; but a failing machine ends all. */
static void set_error(struct reader *reader, struct stella_commit *commit, const struct stella_error *err)
{
	struct stella_pool *pool = &reader->history->pool;
	struct stella_fold_error *error;
	char hex[STELLA_OID_HEX], *message;
	size_t size;

	if (err->code == STELLA_SYSTEM) {
		fail(reader, err);
		return;
	}
	stella_oid_hex(hex, &commit->id);
	err = stella_error_prefix(err, "commit %s", hex);
	size = strlen(err->message) + 1;
	message = stella_pool_alloc(pool, size);
	memcpy(message, err->message, size);
	error = stella_pool_alloc(pool, sizeof *error);
	error->code = err->code == STELLA_MALFORMED ? STELLA_INCOMPLETE : err->code; /* an object that is no commit */
	error->message = message;
	commit->error = error;
}

static bool is_root(const struct reader *reader, const struct stella_commit *commit)
{
	return stella_oid_equal(&commit->id, &reader->history->root);
}

static void set_links(struct reader *reader, struct stella_commit *commit, const struct stella_commit_links *links)
{
	commit->tree = links->tree;
	if (is_root(reader, commit))
		return; /* rule 1: what the root names as its parents plays no part */
	commit->parent_count = links->parent_count;
	commit->parents = stella_pool_alloc(&reader->history->pool, links->parent_count * sizeof *commit->parents);
	for (unsigned i = links->parent_count; i-- > 0;)
		commit->parents[i] = find_commit(reader, &links->parents[i]);
}

/* Those of the cache may be others too; where that is too many, begin again without it. */
static const struct stella_error *check_count(struct stella_history *history)
{
	size_t cached = history->cache ? stella_cache_count(history->cache, STELLA_CACHE_COMMITS) : 0;

	if (cached && history->commits.count + cached > stella_history_limits.commits)
		history->damaged = true;
	if (history->commits.count <= stella_history_limits.commits)
		return NULL;
	return stella_error(STELLA_LIMIT, "more than %zu commits between the root and the tip",
		stella_history_limits.commits);
}

/* ---------------------------------------------------------------- threads */

/* The lock is held before and after, not while it reads. */
static void read_commit(struct reader *reader, struct stella_commit *commit)
{
	struct stella_history *history = reader->history;
	struct stella_commit_links links;
	struct stella_buf raw = { 0 };
	const struct stella_error *err;
	bool root = is_root(reader, commit);

	reader->busy++;
	history->commits_read++;
	if (stella_progress && history->commits_read % 256 == 0)
		stella_progress("reading commits", history->commits_read);
	pthread_mutex_unlock(&history->lock);
	err = stella_repo_read(&raw, history->repo, &commit->id, STELLA_OBJECT_COMMIT, STELLA_COMMIT_MAX);
	if (!err)
		err = stella_commit_links_parse(&links, stella_buf_span(&raw));
	if (!err && root)
		history->root_commit = stella_sha256(stella_buf_span(&raw));
	pthread_mutex_lock(&history->lock);
	reader->busy--;
	if (err) {
		set_error(reader, commit, err);
		goto done;
	}
	set_links(reader, commit, &links);
	err = check_count(history);
	if (err)
		fail(reader, err);
	if (err || root)
		goto done;
	/* Others go on only if this thread has something else to do, or cannot do it all. */
	if (reader->idle && reader->unread_count > !stella_span_find(stella_buf_span(&raw), "\ngpgsig"))
		pthread_cond_signal(&reader->more);
	pthread_mutex_unlock(&history->lock);
	err = stella_history_claim(history, commit, stella_buf_span(&raw));
	pthread_mutex_lock(&history->lock);
	if (err)
		fail(reader, err);
done:
	stella_buf_free(&raw);
}

static void *work(void *context)
{
	struct reader *reader = context;
	struct stella_history *history = reader->history;

	pthread_mutex_lock(&history->lock);
	while (!reader->failed && !history->damaged) {
		if (reader->unread_count) {
			read_commit(reader, reader->unread[--reader->unread_count]);
			continue;
		}
		if (!reader->busy)
			break;
		reader->idle++;
		pthread_cond_wait(&reader->more, &history->lock);
		reader->idle--;
	}
	pthread_cond_broadcast(&reader->more);
	pthread_mutex_unlock(&history->lock);
	return NULL;
}

static bool has_unread(struct reader *reader)
{
	bool has;

	pthread_mutex_lock(&reader->history->lock);
	has = reader->unread_count > 0;
	pthread_mutex_unlock(&reader->history->lock);
	return has;
}

/* One of them is this one; where no other can be had, it does all the work. */
static const struct stella_error *read_all(struct reader *reader)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	long wanted = cores < 1 ? 1 : cores > THREADS_MAX ? THREADS_MAX : cores;

	find_commit(reader, &reader->history->tip);
	while (reader->thread_count + 1 < wanted && has_unread(reader) &&
	       pthread_create(&reader->threads[reader->thread_count], NULL, work, reader) == 0)
		reader->thread_count++;
	work(reader);
	for (unsigned i = 0; i < reader->thread_count; i++)
		pthread_join(reader->threads[i], NULL);
	return reader->failed ? stella_error(reader->error.code, "%s", reader->error.message) : NULL;
}

/* ---------------------------------------------------------------- parents first */

/* Without recursion.  opened: its parents are on the stack above it. */
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
	struct reader reader = { .history = history };
	const struct stella_error *err;

	pthread_cond_init(&reader.more, NULL);
	err = read_all(&reader);
	if (!err && !history->damaged)
		put_in_order(history);
	pthread_cond_destroy(&reader.more);
	free(reader.unread);
	return err;
}
