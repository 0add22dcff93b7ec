/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fold DIR ROOT TIP [CACHE]: folds a history, and prints what came out and the milliseconds; with a file
 * for the cache, what that knows is not folded again, and it is written anew.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#include "cache.h"

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void must(const struct stella_error *err)
{
	if (!err)
		return;
	fprintf(stderr, "fold: %s\n", err->message);
	exit(1);
}

int main(int argc, char **argv)
{
	struct stella_history *history;
	struct stella_oid root, tip;
	struct stella_repo *repo;
	struct rusage usage;
	struct stella_cache *cache;
	double start, loaded, saved;

	if (argc < 4 || !stella_oid_parse(&root, stella_span_str(argv[2])) || !stella_oid_parse(&tip, stella_span_str(argv[3])))
		return 2;
	must(stella_repo_open(&repo, argv[1]));
	start = now();
	cache = argc > 4 ? stella_cache_open(argv[4], &root) : NULL;
	must(stella_history_load(&history, repo, &root, &tip, cache));
	loaded = now();
	if (cache)
		must(stella_cache_save(argv[4], history));
	saved = now();
	getrusage(RUSAGE_SELF, &usage);
	printf("state #%llu, %zu commits read, %.1f ms, cache written in %.1f ms, CPU %ld ms, %ld KiB\n",
		(unsigned long long)stella_history_view(history)->heads[0]->number, stella_history_commits_read(history),
		loaded - start, saved - loaded, (long)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000 +
		(long)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1000, usage.ru_maxrss);
	stella_history_free(history);
	stella_cache_free(cache);
	stella_repo_free(repo);
	return 0;
}
