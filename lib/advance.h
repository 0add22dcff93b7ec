/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One move of a trust branch, judged before it is made: from what it holds to what it would hold
 * (trust-model, rules 6 to 10 and 12).  Knows neither memory nor clock: the branch itself says what was
 * in force.  Not here: which moves a server or a pull request may make.
 */
#ifndef STELLA_ADVANCE_H
#define STELLA_ADVANCE_H

#include "history.h"

enum stella_move {
	STELLA_MOVE_NONE,           /* the state in force stays, and the tip holds exactly it */
	STELLA_MOVE_FORWARD,        /* another state takes effect, and the tip holds exactly it */
	STELLA_MOVE_PENDING,        /* the tip's tree could take effect by further approvals */
	STELLA_MOVE_DEAD,           /* the tip's tree can never take effect: why says so */
	STELLA_MOVE_FORK,           /* the tip is a fork */
	STELLA_MOVE_REWIND,         /* a state in force before is not on the chain any more */
};

struct stella_advance {
	enum stella_move move;
	bool state_moves;           /* the head after is not the head before, whatever the tip holds */
	bool fast_forward;          /* the new tip descends from the old one */
	bool same_fork;             /* FORK: with just the heads that were there before */
	struct stella_history *history;  /* of the new tip */
	const struct stella_view *before, *after; /* before NULL: the branch is new */
	struct stella_oid tree;     /* of the new tip */
	struct stella_proposal *proposal; /* from after to that tree; NULL where DEAD */
	char why[STELLA_ERROR_MAX]; /* DEAD: why; else "" */
	struct stella_history *old_history; /* where the old tip is no ancestor; owns before then */
};

/*
 * old NULL: the branch is new.  cache as for stella_history_load, may be NULL.  Errors as there, said of the tip that
 * they are about.  *out is yours.
 */
const struct stella_error *stella_advance_load(struct stella_advance **out, struct stella_repo *repo,
	const struct stella_oid *root, const struct stella_oid *old, const struct stella_oid *new_tip,
	struct stella_cache *cache) STELLA_MUST_USE;
void stella_advance_free(struct stella_advance *advance);

#endif
