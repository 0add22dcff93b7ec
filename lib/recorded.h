/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which recordings on the attestations branch count, and the time that each attestation has by them
 * (trust-model, section 8).  A recording counts if a member of the role `recorder` signed it under the
 * policy of the state that it names, that state is on the chain, and its time fits what is before and
 * after it.  Existence once proven stays, so a later time may always stand for an earlier one: where
 * branches ran side by side, a time is raised to what the other side had, and nobody gains by forking
 * from long ago.  Uses the branch and the trust state alone.  Not here: other evidence of time.
 */
#ifndef STELLA_RECORDED_H
#define STELLA_RECORDED_H

#include "records.h"

#define STELLA_RECORDER_ROLE "recorder"

struct stella_recorded;

struct stella_recorded_time {
	struct stella_sha256 id;    /* of the attestation */
	int64_t time;               /* that counts */
	int64_t claimed;            /* as the commit says it: the same or earlier */
	struct stella_sha256 state; /* that was in force, by the recorder's word */
	uint64_t number;
	struct stella_oid commit;
	const char *member;
};

/* Is there anybody whose word could count?  Else nothing needs to be read. */
bool stella_recorded_used(struct stella_trust *trust);

/*
 * tip is the attestations branch's, in repo.  What lies after now counts for nothing.  INCOMPLETE, LIMIT; errors of
 * reading the trust state.
 */
const struct stella_error *stella_recorded_load(struct stella_recorded **out, struct stella_trust *trust,
	struct stella_repo *repo, const struct stella_oid *tip, int64_t now) STELLA_MUST_USE;
void stella_recorded_free(struct stella_recorded *recorded);

/* The earliest time that counts; NULL: none.  Borrowed. */
const struct stella_recorded_time *stella_recorded_find(const struct stella_recorded *recorded,
	const struct stella_sha256 *id);
/* The latest time and state number of any that counts: what a new one must not go back behind; NONE and 0. */
int64_t stella_recorded_latest(const struct stella_recorded *recorded, uint64_t *number);

/* Those that do not count, and why; i < count. */
struct stella_recorded_void {
	struct stella_oid commit;
	char *why;
};
size_t stella_recorded_void_count(const struct stella_recorded *recorded);
const struct stella_recorded_void *stella_recorded_void(const struct stella_recorded *recorded, size_t i);
size_t stella_recorded_count(const struct stella_recorded *recorded); /* that count */

#endif
