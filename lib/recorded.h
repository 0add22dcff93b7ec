/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which recordings on the attestations branch count, and the time that each attestation has by them
 * (trust-model, section 8).  A recording counts if a member of the role `recorder` signed it under the
 * policy of the state that it names, that state is on the chain, and its time fits what is before and
 * after it.  Existence once proven stays, so a later time may always stand for an earlier one: where
 * branches ran side by side, a time is raised to what the other side had, and nobody gains by forking
 * from long ago.  Uses the branch and the trust state alone.
 *
 * Where the trust state is remembered, so is the answer, in <state dir>/<root id>/recorded-<0 to f>: while neither
 * branch has moved, a time is found without reading any commit, and when one has, only new commits are read; nor are
 * they read again for another point of the trust history.  Derived data: it may be deleted at any time, and one that does not fit is as none.  Not here: other evidence of time.
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
	char member[STELLA_ID_MAX + 4];
};

/* Is there anybody whose word could count?  Else nothing needs to be read. */
bool stella_recorded_used(struct stella_trust *trust);

/*
 * tip is the attestations branch's, in repo.  What lies after now counts for nothing.  trust and repo are borrowed.
 * INCOMPLETE, LIMIT; errors of reading the trust state; SYSTEM where it is remembered and this cannot be written.
 */
const struct stella_error *stella_recorded_load(struct stella_recorded **out, struct stella_trust *trust,
	struct stella_repo *repo, const struct stella_oid *tip, int64_t now) STELLA_MUST_USE;
void stella_recorded_free(struct stella_recorded *recorded);

/*
 * The earliest time that counts; *out NULL: none.  Borrowed.  By several threads at once if need be.  INCOMPLETE where
 * what was kept turns out to be damaged.
 */
const struct stella_error *stella_recorded_find(const struct stella_recorded_time **out,
	const struct stella_recorded *recorded, const struct stella_sha256 *id) STELLA_MUST_USE;
/* The latest time and state number of any that counts: what a new one must not go back behind; NONE and 0. */
int64_t stella_recorded_latest(const struct stella_recorded *recorded, uint64_t *number);

/* Those that do not count, and why: as many as void_count says, borrowed.  Reads the branch where the answer was kept;
 * errors as load. */
struct stella_recorded_void {
	struct stella_oid commit;
	const char *why;
};
size_t stella_recorded_void_count(const struct stella_recorded *recorded);
const struct stella_error *stella_recorded_voids(const struct stella_recorded_void **out,
	struct stella_recorded *recorded) STELLA_MUST_USE;
size_t stella_recorded_count(const struct stella_recorded *recorded); /* that count */

#endif
