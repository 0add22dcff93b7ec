/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OpenPGP signatures by a given certificate: the wall around librnp, which is optional (configure --with-rnp).  What goes
 * in has passed pgp.h.  Time is what the signature itself says, under the signature: it can only refuse (a key that had
 * expired by then, or did not exist), and no clock decides.  A revoked key has signed nothing, whatever the reason and
 * time.  Not here: keyrings, trust between keys, keys of others.
 */
#ifndef STELLA_OPENPGP_H
#define STELLA_OPENPGP_H

#include "pgp.h"

bool stella_openpgp_is_built(void);
const char *stella_openpgp_version(void);  /* of librnp; "" where it is not built in */

struct stella_openpgp; /* a certificate */
/* Binary.  As stella_pgp_cert_parse, and POLICY_UNSUPPORTED where it is not built in. */
const struct stella_error *stella_openpgp_parse(struct stella_openpgp **out, struct stella_span cert) STELLA_MUST_USE;
void stella_openpgp_free(struct stella_openpgp *cert);
const char *stella_openpgp_fingerprint(const struct stella_openpgp *cert); /* of the primary key, 40 upper-case hex digits */
const char *stella_openpgp_user_id(const struct stella_openpgp *cert);     /* the first; NULL: none */
const struct stella_pgp_cert *stella_openpgp_keys(const struct stella_openpgp *cert);
/*
 * NULL: a key of this certificate that may sign, was good when it says that it signed, and is not revoked, signed exactly
 * these bytes.  KEY_UNKNOWN: not by one of its keys; KEY_EXPIRED, KEY_REVOKED, SIGNATURE_MISMATCH.
 */
const struct stella_error *stella_openpgp_verify(const struct stella_openpgp *cert, struct stella_span signature,
	struct stella_span message) STELLA_MUST_USE;

#endif
