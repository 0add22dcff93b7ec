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
/* One head: of a fold, or as an earlier run kept it (snapshot.h). */
struct stella_judged {
	const struct stella_state *head;
	const struct stella_policy *policy;
	bool (*on_chain)(const void *context, const struct stella_sha256 *id); /* of the head */
	const void *context;
};
/* NULL: yes.  The first that applies of ROLLBACK, POLICY_EXPIRED. */
const struct stella_error *stella_judge_head(const struct stella_judge *judge,
	const struct stella_judged *judged) STELLA_MUST_USE;
/* Several heads: always FORK, naming them, their signers and the way out. */
const struct stella_error *stella_judge_fork(const struct stella_view *view) STELLA_MUST_USE;
/* Both, for a fold.  NULL: yes.  The first that applies of FORK, ROLLBACK, POLICY_EXPIRED; or as
 * stella_history_policy. */
const struct stella_error *stella_judge_verify(const struct stella_judge *judge,
	struct stella_history *history) STELLA_MUST_USE;

#endif
