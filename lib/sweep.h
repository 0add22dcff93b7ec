/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every stored attestation judged under two views (two trust states, or one at two times), to find those
 * whose answer is another one.  Each is read and parsed once, and no signature is computed twice for the
 * same key.  Not here: what the answers are compared for (impact, expiry).
 */
#ifndef STELLA_SWEEP_H
#define STELLA_SWEEP_H

#include "store.h"
#include "verify.h"

struct stella_sweep_view {
	struct stella_trust *trust;
	int64_t now;
	const struct stella_recorded *recorded; /* may be NULL */
};

struct stella_swept_verdict {
	bool trusted;
	enum stella_code code;       /* !trusted */
	char *message;
};
/* One that is trusted in one view and not in the other. */
struct stella_swept {
	struct stella_sha256 id;
	char *type, *subject;        /* predicate type; name and digest of the first subject */
	char *issuer;                /* who signed it, where it is trusted */
	char **records; size_t record_count; /* that its trust rests on: "keys/ab.json" */
	int64_t cert_until;          /* where its own certificates end; NONE: signed with a key */
	struct stella_swept_verdict verdicts[2];
};
/* What attestations are about: each digest that tells it from all others, once. */
struct stella_swept_artifact {
	struct stella_digest digest;
	bool changes;                /* an attestation about it changes its answer, or what that rests on */
};
struct stella_sweep {
	struct stella_swept_artifact *artifacts; size_t artifact_count, artifact_cap;
	struct stella_swept *items; size_t count, cap;
	size_t total, trusted[2];
	size_t unread;               /* could not be read, so nothing is known of them */
	struct stella_error trouble; /* the first of those */
};

/* Tells stella_progress (sys.h) after each attestation.  Errors are those of reading the branch or a trust state. */
const struct stella_error *stella_sweep_load(struct stella_sweep **out, struct stella_store *store,
	const struct stella_sweep_view views[2]) STELLA_MUST_USE;
void stella_sweep_free(struct stella_sweep *sweep);

#endif
