/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a key directory serves: a JWK set, PEM blocks of public keys and certificates, or OpenSSH public
 * keys a line (authorized_keys without options).  Which of them it is says the content itself, by its first
 * characters; each form is then read strictly, to its end.  Not here: fetching, believing.
 */
#ifndef STELLA_KEYDIR_H
#define STELLA_KEYDIR_H

#include "pubkey.h"

#define STELLA_KEYDIR_MAX (1u << 20)  /* bytes */
#define STELLA_KEYDIR_KEYS_MAX 1000

enum stella_keydir_form { STELLA_KEYDIR_JWKS, STELLA_KEYDIR_PEM, STELLA_KEYDIR_SSH };
struct stella_keydir_key {
	struct stella_pubkey *key;
	enum stella_sigalg alg;
	int64_t expires;             /* of a certificate; INT64_MIN: not given */
	char *label;                 /* key id, subject or comment as published; NULL: none */
};
struct stella_keydir {
	enum stella_keydir_form form;
	struct stella_keydir_key *items; size_t count, cap;
	size_t left_out;             /* keys that are not for attestations: encryption, FIDO */
};

const char *stella_keydir_form_name(enum stella_keydir_form form); /* "JWK set" "PEM" "OpenSSH keys" */
/* MALFORMED, ALGORITHM_UNSUPPORTED, LIMIT: all of it or nothing. */
const struct stella_error *stella_keydir_parse(struct stella_keydir *out, struct stella_span text) STELLA_MUST_USE;
void stella_keydir_free(struct stella_keydir *dir);
/* NULL: not in it. */
const struct stella_keydir_key *stella_keydir_find(const struct stella_keydir *dir, const struct stella_sha256 *id);

#endif
