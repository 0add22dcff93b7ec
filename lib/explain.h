/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why a verdict is what it is, as a chain of objects: verdict, signature, the records that speak for its
 * key or certificate, the state that brought each record its present content with the commits, people
 * and reasons that approved it, the policy that let them, and the pinned root.  Reads the history; says
 * nothing that was not verified, but for what commits claim of their author and date.
 */
#ifndef STELLA_EXPLAIN_H
#define STELLA_EXPLAIN_H

#include "verify.h"

/* One person's approval of the state that a record came with. */
struct stella_explained_approval {
	struct stella_oid commit;
	char *member, *fingerprint;  /* whose key it is, by the policy; "SHA256:..." */
	char *author;                /* "Name <mail>", claimed */
	int64_t time;                /* claimed */
	char *reason;
};

struct stella_link {
	const char *what;            /* "verdict" "signature" "key" "issuer" "anchor" "sigstore" "policy" "root" */
	char *object;                /* attestation id, "signature 1", a path, a commit id */
	char *text;                  /* one line */
	bool has_state;              /* what follows is there: all but "verdict" and "signature"; of "root" only the commit */
	struct stella_sha256 state;
	uint64_t number;
	struct stella_oid commit;    /* where that state took effect */
	struct stella_explained_approval *approvals; size_t approval_count; /* none: the pinned root's */
};

struct stella_explanation {
	struct stella_link *links; size_t count, cap;
};

/* Of all signatures that count, or, where none does, of those whose key or certificate is known. */
const struct stella_error *stella_explain(struct stella_explanation **out, const struct stella_report *report,
	struct stella_trust *trust) STELLA_MUST_USE;
/* The link of one record of the state in force: why is it what it is? */
const struct stella_error *stella_explain_record(struct stella_explanation **out, const char *path,
	struct stella_trust *trust) STELLA_MUST_USE;
void stella_explanation_free(struct stella_explanation *explanation);

#endif
