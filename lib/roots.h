/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Sigstore roots of the trust state in force (sigstore/), and what they say of the time of a
 * signature whose key or certificate is known from elsewhere.  Not here: certificates that a root asserts (identities.h).
 */
#ifndef STELLA_ROOTS_H
#define STELLA_ROOTS_H

#include "report.h"
#include "shelf.h"

struct stella_roots;
/* Both are borrowed; the report hears of records that cannot be used. */
struct stella_roots *stella_roots_new(struct stella_shelf *shelf, struct stella_report *report);
void stella_roots_free(struct stella_roots *roots);

/* The one of this name, borrowed; *out NULL where there is none that can be used. */
const struct stella_error *stella_roots_find(const struct stella_sigstore_root **out, struct stella_roots *roots,
	const char *name) STELLA_MUST_USE;
/* All of them, in the order of their names. */
const struct stella_error *stella_roots_load(const struct stella_sigstore_root *const **out, size_t *count,
	struct stella_roots *roots) STELLA_MUST_USE;

/*
 * The times that logs and authorities of any root prove for the signature in this bundle; *out is yours, also on error.
 * key NULL: signed with the bundle's certificate.  Log entries of which no root knows the log, and timestamps of nobody
 * known, prove nothing and are NOT CHECKED; an entry whose log is known must hold: LOG_ENTRY_MISMATCH,
 * TIMESTAMP_INVALID, MALFORMED.  The report hears which.
 */
const struct stella_error *stella_roots_verify_times(struct stella_times *out, struct stella_roots *roots,
	const struct stella_bundle *bundle, const struct stella_pubkey *key, int64_t now) STELLA_MUST_USE;
/* The times that one root proved, for a report. */
struct stella_sigstore_result;
void stella_roots_add_times(struct stella_times *out, const struct stella_sigstore_root *root,
	const struct stella_sigstore_result *result);

#endif
