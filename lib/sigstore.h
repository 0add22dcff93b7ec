/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A Sigstore bundle against one trusted root: log entries, timestamps, certificate chain, SCTs, and the signature itself,
 * each bound to the others; thresholds count independent logs and authorities.  Says who signed and when; whether
 * that person is trusted is for verify.h.
 */
#ifndef STELLA_SIGSTORE_H
#define STELLA_SIGSTORE_H

#include "bundle.h"
#include "intoto.h"
#include "tlog.h"

struct stella_sigstore_thresholds {
	unsigned logs, scts, times;          /* independent ones of each: 1, 1, 1; scts is for certificates only */
	int64_t now;                         /* no time may be later */
};
struct stella_sigstore_artifact {            /* what the bundle must be about */
	const struct stella_digest *digests; size_t count;
	struct stella_span bytes;            /* the content where it is at hand (Ed25519 signs no digest); data NULL: not */
};
struct stella_sigstore_time {
	int64_t time;
	const char *source;                  /* "rekor" "rfc3161" */
	const char *authority;               /* URI of the log or authority; borrowed from the root; may be NULL */
	struct stella_sha256 who;            /* key of the log, or of the authority's root: equal where not independent */
};
#define STELLA_SIGSTORE_TIMES_MAX (STELLA_LOG_ENTRIES_MAX + STELLA_TIMESTAMPS_MAX)
/* A signature that the caller has verified: of the key of this certificate, over these bytes. */
struct stella_sigstore_signed {
	const struct stella_cert *cert;
	struct stella_span message, signature;
};
struct stella_sigstore_result {
	const struct stella_cert *cert;      /* NULL: a bare key */
	struct stella_cert *owned;           /* where cert is not the caller's */
	struct stella_chain chain;           /* borrowed from cert and the root */
	struct stella_sigstore_time times[STELLA_SIGSTORE_TIMES_MAX];
	size_t time_count;                   /* verified; the certificate was good at each */
	size_t log_count, sct_count, authority_count; /* independent logs, CT logs, sources of time that vouch */
	size_t entry_count;                  /* log entries: all that the bundle has, each verified */
	size_t stamps_not_counted;           /* timestamps that do not verify, and why the first does not */
	struct stella_error stamp_failure;
	struct stella_statement *statement;  /* of a DSSE payload; NULL: a message signature */
};
/*
 * key NULL: by certificate.  The first reason why not, each binding with its own words.  Every log entry
 * must hold; a timestamp that does not verify counts for nothing.  artifact NULL: an envelope, whose subjects the
 * caller compares.  *out is yours, also on error.
 */
const struct stella_error *stella_sigstore_verify(struct stella_sigstore_result *out, const struct stella_bundle *bundle,
	const struct stella_trustroot *root, const struct stella_pubkey *key,
	const struct stella_sigstore_artifact *artifact, const struct stella_sigstore_thresholds *thresholds) STELLA_MUST_USE;
/*
 * The same of an envelope by certificate, for a caller who has verified a signature.  Only where it is that of the bundle,
 * of the same certificate over the same bytes, each byte by byte, is it not computed again; cert must then outlive *out.
 */
const struct stella_error *stella_sigstore_verify_signed(struct stella_sigstore_result *out,
	const struct stella_bundle *bundle, const struct stella_trustroot *root,
	const struct stella_sigstore_signed *verified, const struct stella_sigstore_thresholds *thresholds) STELLA_MUST_USE;
/*
 * Only what logs and authorities say of the signature in the bundle, bound to it, to its key and to what was signed,
 * held against the thresholds logs, times and now.  Does the signature hold, and was its key or certificate good at each
 * of the times: that is left to the caller.
 */
const struct stella_error *stella_sigstore_verify_times(struct stella_sigstore_result *out,
	const struct stella_bundle *bundle, const struct stella_trustroot *root, const struct stella_pubkey *key,
	const struct stella_sigstore_artifact *artifact, const struct stella_sigstore_thresholds *thresholds) STELLA_MUST_USE;
void stella_sigstore_result_free(struct stella_sigstore_result *result); /* frees the content */

/* One RFC 3161 token over message, by a timestamp authority of root in its window.  TIMESTAMP_INVALID, MALFORMED, LIMIT. */
const struct stella_error *stella_sigstore_verify_stamp(struct stella_sigstore_time *out,
	const struct stella_trustroot *root, struct stella_span message, struct stella_span der) STELLA_MUST_USE;

#endif
