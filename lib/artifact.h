/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The stored attestations about one artifact, found by the subjects of the store (never by a scan) and
 * judged.  The index is a hint that anybody who can push may have written: what is listed is judged by
 * its statement alone, and what the index leaves out is not seen, so nothing rests on an absence.
 */
#ifndef STELLA_ARTIFACT_H
#define STELLA_ARTIFACT_H

#include "judged.h"
#include "store.h"

/*
 * Adds all that is stored about options->artifact.  What is listed and missing, damaged or no
 * attestation is added as unread.  LIMIT.
 */
const struct stella_error *stella_artifact_find(struct stella_judged_list *list, struct stella_store *store,
	struct stella_trust *trust, const struct stella_verify_options *options) STELLA_MUST_USE;

#endif
