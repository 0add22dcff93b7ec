/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A commit of the attestations branch that records: these attestations exist, at this time, while this
 * trust state is in force (trust-model, section 8).  Its bytes less the signature are exactly those that
 * commit.h prints for what it says, so that there is one way to say it, and author and committer are one.
 * Not here: whether the signer may record, and whether the time is believed (recorded.h).
 */
#ifndef STELLA_RECORDING_H
#define STELLA_RECORDING_H

#include "gitsig.h"

#define STELLA_RECORDING_MAX 10000 /* attestations in one commit */

struct stella_recording {
	struct stella_sha256 state;
	int64_t time;
	struct stella_sha256 *ids; size_t id_count; /* in byte order, each once */
	struct stella_pubkey *key;  /* it verified under this one */
};

/* The last paragraph of its message; ids in byte order, each once, at most the limit. */
void stella_recording_print(struct stella_buf *out, const struct stella_recording *recording);

/*
 * NULL and *is_recording: well-formed, with an intact SSH signature.  NULL and !*is_recording: none; why
 * gets one line that says why not, "" for a commit without any Stella-Recorded line.  LIMIT.
 */
const struct stella_error *stella_recording_parse(struct stella_recording *out, bool *is_recording,
	char why[STELLA_ERROR_MAX], struct stella_span raw) STELLA_MUST_USE;
void stella_recording_free(struct stella_recording *recording); /* frees the content; leaves {0} */

#endif
