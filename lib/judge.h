/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory and time (trust-model, rules 10 and 11): may the state that a history leads to be believed
 * now?  Pure: what is remembered and what time it is are arguments.
 */
#ifndef STELLA_JUDGE_H
#define STELLA_JUDGE_H

#include "history.h"

struct stella_judge {
	const struct stella_sha256 *remembered; /* the state last remembered for this root; NULL: none */
	int64_t remembered_time;                /* INT64_MIN: none */
	const struct stella_sha256 *at_least;   /* states that the caller demands */
	size_t at_least_count;
	int64_t now;
};

/* The later of the clock and the remembered time: what counts, and what to remember. */
int64_t stella_judge_time(const struct stella_judge *judge);
/* NULL: yes.  The first that applies of FORK, ROLLBACK, POLICY_EXPIRED; or as stella_history_policy. */
const struct stella_error *stella_judge_verify(const struct stella_judge *judge,
	struct stella_history *history) STELLA_MUST_USE;

#endif
