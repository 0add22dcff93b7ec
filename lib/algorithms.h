/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which algorithms are taken, and why others are not, for people to read.  It holds no list of what is
 * taken: it asks the code that decides (pubkey, keyform, rawkey, sshsig, x509) about each name, and about
 * a key or signature of each kind that people meet; what that code answers is what stands here.
 */
#ifndef STELLA_ALGORITHMS_H
#define STELLA_ALGORITHMS_H

#include "pubkey.h"

enum stella_algorithm_use {
	STELLA_USE_ATTESTATION,  /* signatures of attestations */
	STELLA_USE_COMMIT,       /* SSH signatures of commits and approvals */
	STELLA_USE_CERTIFICATE,  /* signatures of certificates */
	STELLA_USE_KEY,          /* the kind or strength of a key itself */
};
const char *stella_algorithm_use_name(enum stella_algorithm_use use); /* "attestation" ... */

struct stella_algorithm {
	enum stella_algorithm_use use;
	const char *name;             /* "ecdsa-sha256" "ssh-rsa" "Ed448" */
	bool verify;                  /* by at least one type of key */
	bool types[STELLA_KEYTYPES];  /* by which */
	bool is_sigalg;               /* for attestations: this one */
	enum stella_sigalg alg;
	char why[STELLA_ERROR_MAX]; /* what the code said where it refused, else "" */
};

/* Row i; false where there are no more. */
bool stella_algorithm_at(struct stella_algorithm *out, size_t i);

#endif
