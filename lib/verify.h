/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verdict: evidence and trust state to true, or the most telling reason why not.  NULL means that
 * everything asked for is true; the report is for people and names every step, object and record.
 * One signature by a trusted issuer is enough; the others are judged and named all the same.  Keys, certificates
 * and issuers must have been good at every time that a log or timestamp authority of a Sigstore root in force
 * proves for the signature; where there is none, now.  Log entries and timestamps of nobody known prove
 * nothing, and the report lists them as NOT CHECKED.  Opens no network connection and starts no program.
 */
#ifndef STELLA_VERIFY_H
#define STELLA_VERIFY_H

#include "recorded.h"
#include "report.h"
#include "shelf.h"
#include "sigmemo.h"

struct stella_verify_options {
	int64_t now;
	const char *predicate_type;  /* URI that is asked for; NULL: any */
	const struct stella_digest *artifact;
	size_t artifact_count;	     /* that a subject must match; 0: not asked */
	const struct stella_recorded *recorded; /* counts where nothing else proves the time; NULL: not looked for */
	/* The records of this trust state, for many verdicts on any threads; the report borrows certificates from it.
	 * NULL: read for this one. */
	struct stella_shelf *shelf;
	struct stella_sigmemo *memo; /* of one thread: what it has seen is not computed again; NULL: none */
	const char *issuer;          /* only this issuer's signature counts; NULL: any trusted one */
};

/*
 * *report is yours, also where the answer is no (NULL only if the evidence could not be judged at all).
 * The codes of a no are those of exit status 1, MALFORMED for a certificate that is none, or those of a
 * trust record that cannot be used where one that can might have said yes.
 */
const struct stella_error *stella_verify(struct stella_report **report,
	const struct stella_evidence *evidence, struct stella_trust *trust,
	const struct stella_verify_options *options) STELLA_MUST_USE;

#endif
