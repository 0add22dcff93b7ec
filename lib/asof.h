/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A point in a trust history: a date, a state, or a commit.  Of a date counts the last state whose
 * transition commit claims no later one; what commits claim is believed by nobody else (trust-model,
 * rule 11), so a point is for looking back, and is shown as claimed.  Not here: judging the state at
 * that point (trust.h, with its commit as the tip and without memory).
 */
#ifndef STELLA_ASOF_H
#define STELLA_ASOF_H

#include "trust.h"

enum stella_asof_kind { STELLA_ASOF_DATE, STELLA_ASOF_STATE, STELLA_ASOF_COMMIT };
struct stella_asof {
	enum stella_asof_kind kind;
	struct stella_oid commit;   /* the history up to it has that state at its head */
	int64_t time;               /* the date that was asked for, else what the commit claims */
};

/*
 * text is a date or a time, a state ("#3", an id, or a prefix of it), or a commit's full id.  present was
 * loaded without memory, perhaps to be looked at only.  USAGE; NOT_FOUND before the first state and for a
 * state that is not on the chain; NOT_ON_BRANCH for a commit that does not lie between root and tip, or at
 * which a state was in force that is not on the chain; FORK for a date in a fork, which has no last state.
 */
const struct stella_error *stella_asof_find(struct stella_asof *out, struct stella_trust *present,
	const char *text) STELLA_MUST_USE;
/* The same for a time alone. */
const struct stella_error *stella_asof_find_time(struct stella_asof *out, struct stella_trust *present,
	int64_t time) STELLA_MUST_USE;

/* "date" "state" "commit" */
const char *stella_asof_kind_name(enum stella_asof_kind kind);

#endif
