/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sets of public keys in JSON (RFC 7517): EC and RSA (RFC 7518 6), OKP with Ed25519 (RFC 8037).  Strict: a
 * set with a private or symmetric key in it, a number that is not in its one base64url form, or a key that
 * is not on our list is refused whole, and the error names the key.  Keys that are for encryption are left out.
 * Not here: fetching, other forms of key lists (keydir).
 */
#ifndef STELLA_JWK_H
#define STELLA_JWK_H

#include "pubkey.h"

#define STELLA_JWKS_MAX 1000 /* keys in one set */

struct stella_jwk {
	struct stella_pubkey *key;
	enum stella_sigalg alg;      /* that of "alg", else the key's default */
	char *kid;                   /* NULL: none */
};
struct stella_jwks {
	struct stella_jwk *items; size_t count;
	size_t encryption_count;     /* keys that were left out: "use" is "enc" */
};

/* MALFORMED, ALGORITHM_UNSUPPORTED, LIMIT.  *out is to be freed only after success. */
const struct stella_error *stella_jwks_parse(struct stella_jwks *out, struct stella_span text) STELLA_MUST_USE;
void stella_jwks_free(struct stella_jwks *jwks);

#endif
