/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The threads that check the signatures of approvals, and read and hash the trees that these approve,
 * while the graph is still being read.  What they find does not depend on their order.
 */
#include "history_internal.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define THREADS_MAX 64
#define JOBS_MAX 1024                /* that wait */
#define JOBS_BYTES_MAX (16u << 20)
#define JOBS_AT_ONCE 16              /* that a thread takes */

struct job {
	struct stella_commit *commit;
	struct stella_buf raw;
};

struct stella_claims {
	struct stella_history *history;
	pthread_t threads[THREADS_MAX];
	unsigned thread_count;
	pthread_mutex_t lock;
	pthread_cond_t filled, emptied;
	struct job jobs[JOBS_MAX];   /* a ring */
	size_t first, count, bytes;
	unsigned idle;               /* threads that wait for jobs */
	bool full;                   /* somebody waits for room */
	bool ended, failed;
	struct stella_error error;
};

static const struct stella_claim_key *find_key(struct stella_history *history, const struct stella_pubkey *key)
{
	struct stella_claim_key *known = stella_idmap_find(&history->keys, stella_pubkey_id(key));
	struct stella_buf text = { 0 };

	if (known)
		return known;
	stella_pubkey_print_fingerprint(&text, key);
	known = stella_pool_alloc(&history->claim_pool, sizeof *known);
	known->id = *stella_pubkey_id(key);
	known->fingerprint = stella_pool_alloc(&history->claim_pool, text.size + 1);
	memcpy(known->fingerprint, text.data, text.size);
	stella_buf_free(&text);
	stella_idmap_add(&history->keys, known);
	return known;
}

static const struct stella_error *check(struct stella_history *history, const struct job *job)
{
	struct stella_approval_claim parsed = { 0 };
	const struct stella_error *err;
	const struct stella_dir *dir;
	struct stella_claim *claim;
	bool is_claim;

	err = stella_approval_parse(&parsed, &is_claim, NULL, stella_buf_span(&job->raw));
	if (err || !is_claim)
		return err;
	pthread_mutex_lock(&history->lock);
	claim = stella_pool_alloc(&history->claim_pool, sizeof *claim);
	memcpy(claim->target.bytes, parsed.target, sizeof claim->target.bytes);
	claim->key = find_key(history, parsed.key);
	pthread_mutex_unlock(&history->lock);
	stella_approval_claim_free(&parsed);
	job->commit->claim = claim;
	/* The fold asks for this tree again, and says then what is wrong with it. */
	err = stella_trees_judge(&dir, history->trees, &job->commit->tree);
	return stella_error_is(err, STELLA_SYSTEM) ? err : NULL;
}

/* A few jobs at once, with the lock held.  0: there will be no more. */
static size_t take_jobs(struct stella_claims *claims, struct job *jobs)
{
	size_t taken = 0, share;

	while (!claims->count && !claims->ended) {
		claims->idle++;
		pthread_cond_wait(&claims->filled, &claims->lock);
		claims->idle--;
	}
	share = claims->count / (claims->thread_count + 1) + 1;
	while (taken < JOBS_AT_ONCE && taken < share && claims->count) {
		jobs[taken++] = claims->jobs[claims->first];
		claims->bytes -= claims->jobs[claims->first].raw.size;
		claims->first = (claims->first + 1) % JOBS_MAX;
		claims->count--;
	}
	if (claims->full && claims->count < JOBS_MAX / 2 && claims->bytes < JOBS_BYTES_MAX / 2)
		pthread_cond_signal(&claims->emptied);
	return taken;
}

static void *work(void *context)
{
	struct stella_claims *claims = context;
	struct job jobs[JOBS_AT_ONCE];
	size_t count;

	pthread_mutex_lock(&claims->lock);
	while ((count = take_jobs(claims, jobs)) > 0) {
		pthread_mutex_unlock(&claims->lock);
		for (size_t i = 0; i < count; i++) {
			const struct stella_error *err = check(claims->history, &jobs[i]);

			stella_buf_free(&jobs[i].raw);
			if (!err)
				continue;
			pthread_mutex_lock(&claims->lock);
			if (!claims->failed)
				claims->error = *err;
			claims->failed = true;
			pthread_mutex_unlock(&claims->lock);
		}
		pthread_mutex_lock(&claims->lock);
	}
	pthread_mutex_unlock(&claims->lock);
	return NULL;
}

struct stella_claims *stella_claims_new(struct stella_history *history)
{
	struct stella_claims *claims = stella_alloc(sizeof *claims);

	claims->history = history;
	pthread_mutex_init(&claims->lock, NULL);
	pthread_cond_init(&claims->filled, NULL);
	pthread_cond_init(&claims->emptied, NULL);
	return claims;
}

/* Where no thread can be had, the work is done here. */
static void start_threads(struct stella_claims *claims)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	unsigned wanted = cores < 1 ? 1 : cores > THREADS_MAX ? THREADS_MAX : (unsigned)cores;

	while (claims->thread_count < wanted &&
	       pthread_create(&claims->threads[claims->thread_count], NULL, work, claims) == 0)
		claims->thread_count++;
}

void stella_claims_push(struct stella_claims *claims, struct stella_commit *commit, struct stella_buf *raw)
{
	size_t last;

	if (!claims->thread_count)
		start_threads(claims);
	pthread_mutex_lock(&claims->lock);
	while (claims->thread_count &&
	       (claims->count == JOBS_MAX || (claims->count && claims->bytes + raw->size > JOBS_BYTES_MAX))) {
		claims->full = true;
		pthread_cond_wait(&claims->emptied, &claims->lock);
	}
	claims->full = false;
	last = (claims->first + claims->count++) % JOBS_MAX;
	claims->jobs[last] = (struct job){ commit, *raw };
	claims->bytes += raw->size;
	*raw = (struct stella_buf){ 0 };
	if (claims->idle)
		pthread_cond_signal(&claims->filled);
	pthread_mutex_unlock(&claims->lock);
	if (claims->thread_count)
		return;
	claims->ended = true;
	work(claims);
	claims->ended = false;
}

const struct stella_error *stella_claims_finish(struct stella_claims *claims)
{
	const struct stella_error *err = NULL;

	pthread_mutex_lock(&claims->lock);
	claims->ended = true;
	pthread_cond_broadcast(&claims->filled);
	pthread_mutex_unlock(&claims->lock);
	for (unsigned i = 0; i < claims->thread_count; i++)
		pthread_join(claims->threads[i], NULL);
	if (claims->failed)
		err = stella_error(claims->error.code, "%s", claims->error.message);
	pthread_mutex_destroy(&claims->lock);
	pthread_cond_destroy(&claims->filled);
	pthread_cond_destroy(&claims->emptied);
	free(claims);
	return err;
}
