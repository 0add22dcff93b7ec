/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signatures that were verified before in this run: the same key, algorithm, bytes and signature are not
 * computed twice, as when many attestations are judged under two trust states.  Only successes are kept,
 * in memory alone.  Not here: whose key it is.
 */
#ifndef STELLA_SIGMEMO_H
#define STELLA_SIGMEMO_H

#include "pubkey.h"

struct stella_sigmemo;
struct stella_sigmemo *stella_sigmemo_new(void);
void stella_sigmemo_free(struct stella_sigmemo *memo);
size_t stella_sigmemo_computed(const struct stella_sigmemo *memo); /* how often anything had to be computed */

/* As stella_pubkey_verify; memo may be NULL. */
const struct stella_error *stella_sigmemo_verify(struct stella_sigmemo *memo, const struct stella_pubkey *key,
	enum stella_sigalg alg, struct stella_span message, struct stella_span sig) STELLA_MUST_USE;

#endif
