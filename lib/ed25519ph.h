/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ed25519ph (RFC 8032 5.1, with an empty context): Ed25519 over the SHA-512 of the message, which is what
 * cosign makes with an Ed25519 key.  nettle has the pure form only, and its hash cannot be given the
 * prefix, so the equation is computed here with GMP.  Public values only: nothing is kept secret from
 * the time that it takes.  Not here: making such signatures.
 */
#ifndef STELLA_ED25519PH_H
#define STELLA_ED25519PH_H

#include "digest.h"

/* key: a point that rawkey has found to be one.  SIGNATURE_MISMATCH unless [S]B = R + [k]A, R canonical. */
const struct stella_error *stella_ed25519ph_verify(const uint8_t key[32], struct stella_span message,
	const uint8_t sig[64]) STELLA_MUST_USE;
/* The same where the SHA-512 of the message is all that is known of it. */
const struct stella_error *stella_ed25519ph_verify_digest(const uint8_t key[32], const uint8_t digest[64],
	const uint8_t sig[64]) STELLA_MUST_USE;

#endif
