/* SPDX-License-Identifier: Apache-2.0 */
/* What identities.c (records, anchors) and identities_find.c (whose name, who asserts it) share. */
#ifndef STELLA_IDENTITIES_INTERNAL_H
#define STELLA_IDENTITIES_INTERNAL_H

#include "identities.h"

struct stella_identities {
	struct stella_shelf *shelf;
	struct stella_report *report;
	const struct stella_anchor **anchors; size_t anchor_count; /* that can be used, as the issuers */
	const struct stella_issuer **issuers; size_t issuer_count;
	bool has_anchors, has_issuers;
	struct stella_roots *roots;
	struct stella_sigstore_result **results; size_t result_count, result_cap;
};

/* Of every issuer, or only of this one. */
const struct stella_error *stella_identities_load(struct stella_identities *ids, const char *only) STELLA_MUST_USE;
/* The chain to an anchor that the identity names, good at every moment. */
const struct stella_error *stella_identities_by_anchors(struct stella_identity_match *out,
	struct stella_identities *ids, const struct stella_identity_asked *asked) STELLA_MUST_USE;
/* NULL: some root of anchors/ has a chain to it, be it over. */
const struct stella_error *stella_identities_by_any_anchor(struct stella_identities *ids,
	const struct stella_identity_asked *asked) STELLA_MUST_USE;

#endif
