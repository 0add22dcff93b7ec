/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The keys of the trust state in force (keys/): which of them made this signature, and is it good at a
 * time?  What comes with a signature as key id only says which one to try first (DSSE: "MUST NOT be
 * used for security decisions").  The record fixes the algorithm.  Not here: whether its issuer is trusted.
 */
#ifndef STELLA_KEYRING_H
#define STELLA_KEYRING_H

#include "report.h"
#include "shelf.h"
#include "sigmemo.h"

#define STELLA_KEY_TRIES_MAX 4096 /* signatures checked under keys that nothing named, in one run */

struct stella_keyring;
/* Both are borrowed; the report hears of records that cannot be used. */
struct stella_keyring *stella_keyring_new(struct stella_shelf *shelf, struct stella_report *report);
void stella_keyring_free(struct stella_keyring *ring);
/* What this memo has seen is not computed again; borrowed, NULL for none. */
void stella_keyring_remember(struct stella_keyring *ring, struct stella_sigmemo *memo);

/*
 * The key id that a hint means: hex SHA-256 of the SubjectPublicKeyInfo, its base64 (cosign), or
 * "SHA256:" and its base64 (npm); false for anything else.
 */
bool stella_keyring_hint(char keyid[STELLA_SHA256_HEX], const char *hint);

/*
 * The key under which sig is a signature of message; borrowed.  KEY_UNKNOWN; where the hint (may be
 * NULL) names a key that is known, SIGNATURE_MISMATCH or ALGORITHM_UNSUPPORTED, and *named is that key.
 * LIMIT; INCOMPLETE and SYSTEM as trust.h.
 */
const struct stella_error *stella_keyring_find(const struct stella_key **out,
	const struct stella_key **named, struct stella_keyring *ring, const char *hint,
	struct stella_span message, struct stella_span sig) STELLA_MUST_USE;

/* May it speak at this time?  KEY_REVOKED, KEY_EXPIRED (retired, too).  Both ends of its window are inclusive. */
const struct stella_error *stella_key_verify_time(const struct stella_key *key, int64_t at) STELLA_MUST_USE;

#endif
