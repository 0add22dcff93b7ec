/* SPDX-License-Identifier: Apache-2.0 */
/* The branch as a graph, and the history by which it is judged: of recorded.c and recorded_judge.c. */
#ifndef STELLA_RECORDED_INTERNAL_H
#define STELLA_RECORDED_INTERNAL_H

#include "pool.h"
#include "recorded.h"
#include "recording.h"

struct stella_recorded_node {
	struct stella_oid id;       /* first: found by it */
	struct stella_recorded_node **parents;
	unsigned parent_count, visited;
	struct stella_recording *recording; /* NULL: an ordinary commit */
	const char *why;            /* of a recording: why it does not count; NULL: it does */
	const char *member;
	bool lost;                  /* its key is in other hands since lost_since */
	int64_t lost_since;
	uint64_t number;            /* of the state that it names */
	int64_t high_time;          /* of what counts among its ancestors and itself */
	uint64_t high_number;
	int64_t seal;               /* the earliest that counts among its descendants, by keys that are not lost */
	size_t weight;              /* recordings that count on the best way down to here */
	size_t place, join;         /* on the main line: its place; else: where the line takes it in, and the last before it */
	bool on_line;
	size_t base;                /* off the line: the last place of the line that is its ancestor, plus one */
	int64_t time;               /* that counts */
};

struct stella_recorded {
	struct stella_trust *trust;
	struct stella_repo *repo;   /* of the attestations branch */
	struct stella_history *history;
	const struct stella_state **chain; size_t chain_count;
	int64_t *claims;            /* of the chain's commits; INT64_MIN: not read yet */
	int64_t now;
	struct stella_pool pool;
	struct stella_idmap nodes, times;
	struct stella_recorded_node **order; size_t count, cap; /* parents first */
	struct stella_recorded_void *voids; size_t void_count, void_cap;
	size_t good;
	int64_t latest;
	uint64_t latest_number;
};

/* Says of every recording whether it counts, parents first, then whether what is lost is sealed. */
const struct stella_error *stella_recorded_judge(struct stella_recorded *recorded) STELLA_MUST_USE;

#endif
