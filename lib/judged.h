/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was found about one artifact, each attestation judged on its own: the verdict of verify.h, and
 * whether what it says speaks for the artifact at all (summary.h: a result that is not PASSED never
 * does, and takes back what the same issuer said of the same before, or not known to be later).  Not here: where attestations are found (artifact.h), what an artifact needs (gate.h).
 */
#ifndef STELLA_JUDGED_H
#define STELLA_JUDGED_H

#include "verify.h"

#define STELLA_JUDGED_MAX 10000              /* attestations about one artifact */
#define STELLA_JUDGED_BYTES_MAX (256u << 20) /* of all of them */

struct stella_judged {
	struct stella_sha256 id;
	char *source;                        /* a file's name; NULL: stored */
	struct stella_evidence *evidence;    /* NULL: could not be read as an attestation */
	struct stella_report *report;        /* NULL: could not be judged */
	bool counts;                         /* trusted, about the artifact, no negative result, and not taken back by all */
	bool negative;                       /* trusted, and its result is not PASSED */
	bool taken_back;                     /* by one of its issuers at least: why says so */
	const char **issuers; size_t issuer_count; /* of its report, who stand by it (after settle); borrowed */
	struct stella_error why;             /* !counts, or taken_back; no message: counts for all its issuers */
};

struct stella_judged_list {
	struct stella_judged *items; size_t count, cap;
	size_t bytes;
};

/*
 * Judges one and adds it; takes the evidence over, also on error.  One that is there already is freed
 * and not judged twice.  LIMIT; else an error is that of reading the trust state.
 */
const struct stella_error *stella_judged_add(struct stella_judged_list *list, struct stella_evidence *evidence,
	const char *source, struct stella_trust *trust, const struct stella_verify_options *options) STELLA_MUST_USE;
/* Adds one that could not be read, so that it is named. */
void stella_judged_add_unread(struct stella_judged_list *list, const struct stella_sha256 *id, const char *source,
	const struct stella_error *why);
bool stella_judged_has(const struct stella_judged_list *list, const struct stella_sha256 *id);
void stella_judged_free(struct stella_judged_list *list);

/* The time that is verified: of several the earliest.  False where none is: a source that is not known is no evidence. */
bool stella_judged_time(int64_t *out, const struct stella_judged *item);
/*
 * Says of each who stands by it.  What an issuer said passes is taken back by a result of the same issuer and predicate
 * type (of a summary: for the same policy and resource) that is not PASSED, unless it is later by verified times of both.
 * A statement's time is the earliest of all its copies, so that none is made younger.  The two below do it first.
 */
void stella_judged_settle(struct stella_judged_list *list);

/*
 * NULL: at least one counts.  Else the most telling reason: INCOMPLETE where one could not be read,
 * NO_ATTESTATION where there is none; *which is the item that it is about, or the count.
 */
const struct stella_error *stella_judged_verify(struct stella_judged_list *list, size_t *which) STELLA_MUST_USE;

#endif
