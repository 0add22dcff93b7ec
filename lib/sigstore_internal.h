/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What sigstore.c (what was signed, by whom) and sigstore_times.c (which logs and authorities vouch for it, and when)
 * share.  Nobody else includes it.
 */
#ifndef STELLA_SIGSTORE_INTERNAL_H
#define STELLA_SIGSTORE_INTERNAL_H

#include "sigstore.h"

/* One run, and what was found so far. */
struct stella_sigstore_run {
	struct stella_sigstore_result *out;
	const struct stella_bundle *bundle;
	const struct stella_trustroot *root;
	const struct stella_pubkey *key;         /* of the certificate, or the bare key */
	const struct stella_sigstore_artifact *artifact; /* may be NULL */
	const struct stella_sigstore_signed *verified; /* may be NULL, and may be about something else */
	const struct stella_sigstore_thresholds *thresholds;
	struct stella_buf pae;                   /* of an envelope */
	struct stella_buf digests[STELLA_HASH_COUNT]; /* of what was signed; empty: not known */
	struct stella_span signature;
	const struct stella_log *logs[STELLA_LOG_ENTRIES_MAX]; /* independent */
	const struct stella_log *untimed[STELLA_LOG_ENTRIES_MAX]; /* of entries without a time of their own */
	size_t untimed_count;
};

/* All log entries and timestamps; fills in what they say, and holds it against the thresholds. */
const struct stella_error *stella_sigstore_run_times(struct stella_sigstore_run *run) STELLA_MUST_USE;

#endif
