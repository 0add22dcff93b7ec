/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A public key: from SubjectPublicKeyInfo (RFC 5280 4.1.2.7), PEM, or an OpenSSH key (RFC 4253 6.6,
 * PROTOCOL.u2f); its id; and does it verify these bytes.  The key decides the algorithm, from a
 * closed list; ECDSA signatures are r and s in strict DER, with a high s or a low one.  Weak keys
 * (RSA under 2048 or over 16384 bits, exponent 1 or even, points off the curve, small-order or
 * non-canonical Ed25519 keys) are refused when parsed.
 */
#ifndef STELLA_PUBKEY_H
#define STELLA_PUBKEY_H

#include "digest.h"
#include "keyform.h"

enum stella_sigalg {
	STELLA_SIG_ED25519,                                   /* RFC 8032, pure */
	STELLA_SIG_ED25519PH,                                 /* of the message's SHA-512, as cosign makes them */
	STELLA_SIG_ECDSA_SHA256, STELLA_SIG_ECDSA_SHA384, STELLA_SIG_ECDSA_SHA512,
	STELLA_SIG_RSA_SHA256, STELLA_SIG_RSA_SHA384, STELLA_SIG_RSA_SHA512, /* PKCS#1 v1.5 */
	STELLA_SIG_PSS_SHA256, STELLA_SIG_PSS_SHA384, STELLA_SIG_PSS_SHA512, /* salt: hash size or the maximum */
	STELLA_SIG_COUNT
};
const char *stella_sigalg_name(enum stella_sigalg alg); /* "ed25519" "ecdsa-sha256" "rsa-sha256" "rsa-pss-sha256" */
bool stella_sigalg_find(enum stella_sigalg *out, struct stella_span name);

struct stella_pubkey; /* immutable once parsed; may be used by several threads at once */

/* MALFORMED, or ALGORITHM_UNSUPPORTED for a kind or strength that is not on the list. */
const struct stella_error *stella_pubkey_parse_spki(struct stella_pubkey **out, struct stella_span der) STELLA_MUST_USE;
const struct stella_error *stella_pubkey_parse_pem(struct stella_pubkey **out, struct stella_span pem) STELLA_MUST_USE; /* PUBLIC KEY */
const struct stella_error *stella_pubkey_parse_ssh(struct stella_pubkey **out, struct stella_span blob) STELLA_MUST_USE; /* wire form */
/* One line "type base64[ comment]", without newline; exact single spaces, type = type inside. */
const struct stella_error *stella_pubkey_parse_ssh_line(struct stella_pubkey **out, struct stella_span line) STELLA_MUST_USE;
void stella_pubkey_free(struct stella_pubkey *key);

enum stella_keytype stella_pubkey_type(const struct stella_pubkey *key);
unsigned stella_pubkey_bits(const struct stella_pubkey *key);
const char *stella_pubkey_type_name(const struct stella_pubkey *key); /* "Ed25519" "ECDSA P-256" "RSA 3072" ... static or owned by key */
/* SHA-256 of the DER SubjectPublicKeyInfo; for FIDO keys, that have none, of the wire form. */
const struct stella_sha256 *stella_pubkey_id(const struct stella_pubkey *key);
struct stella_span stella_pubkey_spki(const struct stella_pubkey *key); /* DER; empty for FIDO keys */
struct stella_span stella_pubkey_ssh(const struct stella_pubkey *key);  /* wire form; for an SPKI key made anew */
/* Key material: equal for the same key whatever form it came in (for FIDO: with application). */
bool stella_pubkey_equal(const struct stella_pubkey *a, const struct stella_pubkey *b);
void stella_pubkey_print_ssh(struct stella_buf *out, const struct stella_pubkey *key); /* "type base64" */
void stella_pubkey_print_fingerprint(struct stella_buf *out, const struct stella_pubkey *key); /* "SHA256:..." as ssh-keygen -l */

/* The algorithm a bare key of this type uses unless its record says otherwise: Ed25519; the curve's hash; RSA PKCS#1 SHA-256. */
enum stella_sigalg stella_pubkey_default_alg(const struct stella_pubkey *key);
bool stella_keytype_allows(enum stella_keytype type, enum stella_sigalg alg);
const char *stella_keytype_name(enum stella_keytype type); /* "Ed25519" "ECDSA P-256" "RSA" ... */
bool stella_pubkey_allows(const struct stella_pubkey *key, enum stella_sigalg alg); /* ECDSA with any of the hashes; FIDO: none, they sign in SSHSIG only */

/* NULL only if sig is a signature of exactly these bytes.  SIGNATURE_MISMATCH or ALGORITHM_UNSUPPORTED. */
const struct stella_error *stella_pubkey_verify(const struct stella_pubkey *key,
	enum stella_sigalg alg, struct stella_span message, struct stella_span sig) STELLA_MUST_USE;
/*
 * The same where the message's digest by the hash of alg is all that is known of it.  ALGORITHM_UNSUPPORTED for
 * Ed25519, which signs the bytes themselves, and for RSASSA-PSS; SIGNATURE_MISMATCH for a digest of another size.
 */
const struct stella_error *stella_pubkey_verify_digest(const struct stella_pubkey *key,
	enum stella_sigalg alg, struct stella_span digest, struct stella_span sig) STELLA_MUST_USE;
enum stella_hash stella_sigalg_hash(enum stella_sigalg alg);
/* RSASSA-PSS whose salt has exactly this size. */
const struct stella_error *stella_pubkey_verify_pss_salt(const struct stella_pubkey *key,
	enum stella_hash hash, size_t salt, struct stella_span message, struct stella_span sig) STELLA_MUST_USE;

/* For sshsig, which has its own forms of a signature. */
struct stella_rawkey;
const struct stella_rawkey *stella_pubkey_raw(const struct stella_pubkey *key);
struct stella_span stella_pubkey_application(const struct stella_pubkey *key); /* of a FIDO key; else empty */

#endif
