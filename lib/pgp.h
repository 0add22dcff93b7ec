/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OpenPGP (RFC 4880) as far as a trust store may take it, read before any library sees it: a detached signature of version
 * 4 over a binary document by SHA-2, alone; and a certificate of version 4 keys whose every signature is by SHA-2.  What
 * differs between libraries and their versions is refused here, so that none of it decides.  Not here: whether any
 * signature verifies (openpgp.h), fingerprints of keys.
 */
#ifndef STELLA_PGP_H
#define STELLA_PGP_H

#include "pubkey.h"

#define STELLA_PGP_SIGNATURE_MAX (64u << 10)
#define STELLA_PGP_CERT_MAX (128u << 10)
#define STELLA_PGP_KEYS_MAX 16
#define STELLA_PGP_SIGNATURE_LABEL "PGP SIGNATURE"
#define STELLA_PGP_CERT_LABEL "PGP PUBLIC KEY BLOCK"

/*
 * RFC 4880 6.2, exactly one block: BEGIN line, header lines, an empty line, base64, perhaps the checksum, END line.
 * LF or CRLF.  MALFORMED.
 */
const struct stella_error *stella_pgp_dearmor(struct stella_buf *out, struct stella_span text, const char *label) STELLA_MUST_USE;

struct stella_pgp_signature {
	int64_t created;                     /* as its signer says, under the signature */
	/* By which key, as it says; nobody has signed that: the first fingerprint, else the first key id; that key id, too. */
	uint8_t issuer[20], issuer_size;
	uint8_t key_id[8];
	bool has_key_id;
	enum stella_hash hash;
};
/* One signature packet and no more.  MALFORMED; ALGORITHM_UNSUPPORTED: another type, hash or kind of key; LIMIT. */
const struct stella_error *stella_pgp_signature_parse(struct stella_pgp_signature *out, struct stella_span packets) STELLA_MUST_USE;

struct stella_pgp_cert {
	struct stella_pubkey *keys[STELLA_PGP_KEYS_MAX]; /* that could sign, the primary key first */
	size_t key_count;
	char *user_id;                       /* the first; UTF-8 not checked; NULL: none */
};
/* A transferable public key (11.1).  MALFORMED; ALGORITHM_UNSUPPORTED: weak keys and hashes; LIMIT. */
const struct stella_error *stella_pgp_cert_parse(struct stella_pgp_cert *out, struct stella_span packets) STELLA_MUST_USE;
void stella_pgp_cert_free(struct stella_pgp_cert *cert); /* frees the content */

#endif
