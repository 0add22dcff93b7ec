/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How public keys are written: SubjectPublicKeyInfo (RFC 5280 4.1.2.7; RFC 8410, RFC 5480, RFC 8017)
 * and OpenSSH's wire form (RFC 4253 6.6, RFC 5656, RFC 8709, PROTOCOL.u2f), to their numbers and back.
 * One text for each key: what is read is written again and compared.  Not here: whether the
 * numbers are a key (rawkey), PEM and key lines (pubkey).
 */
#ifndef STELLA_KEYFORM_H
#define STELLA_KEYFORM_H

#include "buf.h"

enum stella_keytype {
	STELLA_KEY_ED25519, STELLA_KEY_P256, STELLA_KEY_P384, STELLA_KEY_P521, STELLA_KEY_RSA,
	/* FIDO keys, by OpenSSH's key line only (PROTOCOL.u2f) */
	STELLA_KEY_SK_ED25519, STELLA_KEY_SK_P256,
	STELLA_KEYTYPES
};
const char *stella_keytype_ssh(enum stella_keytype type); /* "ssh-ed25519" */
bool stella_keytype_is_fido(enum stella_keytype type);

/* Borrowed from what was parsed. */
struct stella_keyform {
	enum stella_keytype type;
	struct stella_span point;             /* Ed25519, EC */
	struct stella_span modulus, exponent; /* RSA: big-endian; leading zeros do not matter */
	struct stella_span application;       /* FIDO */
};

/* MALFORMED, or ALGORITHM_UNSUPPORTED for a kind that is not on the list. */
const struct stella_error *stella_keyform_parse_spki(struct stella_keyform *out, struct stella_span der) STELLA_MUST_USE;
const struct stella_error *stella_keyform_parse_ssh(struct stella_keyform *out, struct stella_span blob) STELLA_MUST_USE;
void stella_keyform_print_spki(struct stella_buf *out, const struct stella_keyform *key); /* none for FIDO */
void stella_keyform_print_ssh(struct stella_buf *out, const struct stella_keyform *key);

#endif
