/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One move of the attestations branch, judged before it is made: it only grows, and what it gains is
 * well-formed (stella-attestations(5)).  Each new file is an attestation whose bytes give its name, each of
 * its subjects is in the index, and the index names nothing else.  Not here: whether anybody trusts one.
 */
#ifndef STELLA_STORE_PUSH_H
#define STELLA_STORE_PUSH_H

#include "store.h"

struct stella_store_push {
	size_t attestations;        /* new ones */
	size_t entries;             /* new entries of the index */
};

/*
 * old NULL: the branch is new.  REFUSED where something is lost, altered or out of place; MALFORMED for an
 * attestation that is none; LIMIT; INCOMPLETE.  Each names the path.
 */
const struct stella_error *stella_store_push_verify(struct stella_store_push *out, struct stella_repo *repo,
	const struct stella_oid *old, const struct stella_oid *new_tip) STELLA_MUST_USE;

#endif
