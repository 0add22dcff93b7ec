/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Public keys and signatures as numbers, checked by nettle: Ed25519 (RFC 8032; the prehashed form in
 * ed25519ph.h), ECDSA on P-256, P-384 and P-521 (FIPS 186-5), RSA (RFC 8017).  Weak and broken keys
 * are refused when they are parsed, so that verifying only computes.  Not here: how a file or a
 * protocol writes them (pubkey, sshsig).
 *
 * ECDSA: nettle refuses a signature where u1 G = u2 Q.  Whoever sees such a one can compute the
 * private key from it (it is u1 / u2), so refusing it is right.
 */
#ifndef STELLA_RAWKEY_H
#define STELLA_RAWKEY_H

#include "digest.h"

#define STELLA_RSA_BITS_MIN 2048
#define STELLA_RSA_BITS_MAX 16384
#define STELLA_RSA_EXPONENT_BITS_MAX 64 /* a longer one costs time, and nobody makes it */
#define STELLA_ED25519_KEY_SIZE 32
#define STELLA_ED25519_SIG_SIZE 64

enum stella_rawkind {
	STELLA_RAW_ED25519, STELLA_RAW_P256, STELLA_RAW_P384, STELLA_RAW_P521, STELLA_RAW_RSA,
};

struct stella_rawkey; /* immutable; for several threads at once */

/* MALFORMED for what is no key, ALGORITHM_UNSUPPORTED for a strength that is not on the list. */
const struct stella_error *stella_rawkey_parse_ed25519(struct stella_rawkey **out,
	struct stella_span point) STELLA_MUST_USE;
const struct stella_error *stella_rawkey_parse_ec(struct stella_rawkey **out, enum stella_rawkind curve,
	struct stella_span point) STELLA_MUST_USE; /* SEC 1 2.3.4, uncompressed only */
const struct stella_error *stella_rawkey_parse_rsa(struct stella_rawkey **out,
	struct stella_span modulus, struct stella_span exponent) STELLA_MUST_USE; /* big-endian */
void stella_rawkey_free(struct stella_rawkey *key);

enum stella_rawkind stella_rawkey_kind(const struct stella_rawkey *key);
unsigned stella_rawkey_bits(const struct stella_rawkey *key);
size_t stella_rawkey_coordinate_size(enum stella_rawkind curve); /* bytes of x, y, r and s */

/* Each asserts the kind of the key.  SIGNATURE_MISMATCH unless the signature holds. */
const struct stella_error *stella_rawkey_verify_ed25519(const struct stella_rawkey *key,
	struct stella_span message, struct stella_span sig) STELLA_MUST_USE;
const struct stella_error *stella_rawkey_verify_ed25519ph(const struct stella_rawkey *key,
	struct stella_span message, struct stella_span sig) STELLA_MUST_USE; /* RFC 8032 5.1, prehashed */
const struct stella_error *stella_rawkey_verify_ecdsa(const struct stella_rawkey *key,
	struct stella_span digest, struct stella_span r, struct stella_span s) STELLA_MUST_USE; /* magnitudes */
const struct stella_error *stella_rawkey_verify_pkcs1(const struct stella_rawkey *key,
	enum stella_hash hash, struct stella_span message, struct stella_span sig) STELLA_MUST_USE;
/* Where the digest is all that is known of the message; of the size that its hash has (SHA-512 for Ed25519ph). */
const struct stella_error *stella_rawkey_verify_ed25519ph_digest(const struct stella_rawkey *key,
	struct stella_span digest, struct stella_span sig) STELLA_MUST_USE;
const struct stella_error *stella_rawkey_verify_pkcs1_digest(const struct stella_rawkey *key,
	enum stella_hash hash, struct stella_span digest, struct stella_span sig) STELLA_MUST_USE;
/* RSASSA-PSS, MGF1 with the same hash, a salt of one of these sizes. */
const struct stella_error *stella_rawkey_verify_pss(const struct stella_rawkey *key, enum stella_hash hash,
	const size_t *salts, size_t salt_count, struct stella_span message, struct stella_span sig) STELLA_MUST_USE;
/* The longest salt that a signature of this key has room for (RFC 8017 9.1.1). */
size_t stella_rawkey_pss_salt_max(const struct stella_rawkey *key, enum stella_hash hash);

void stella_rawkey_print_provider(struct stella_buf *out); /* nettle's version */

#endif
