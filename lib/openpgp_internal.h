/* SPDX-License-Identifier: Apache-2.0 */
/* What openpgp.c and openpgp_known.c share. */
#ifndef STELLA_OPENPGP_INTERNAL_H
#define STELLA_OPENPGP_INTERNAL_H

#include "openpgp.h"

#define FINGERPRINT 20
#define FINGERPRINT_HEX (2 * FINGERPRINT)

struct stella_openpgp {
	struct stella_buf bytes;
	struct stella_sha256 id;            /* of the bytes */
	struct stella_pgp_cert keys;
	char fingerprint[FINGERPRINT_HEX + 1];
	struct stella_buf fingerprints;     /* of all its keys, 20 bytes each */
};

/* ---- openpgp_known.c; the caller holds a lock */
bool stella_openpgp_find_keys(struct stella_openpgp *cert); /* its fingerprints, where a certificate of these bytes was loaded before */
void stella_openpgp_keep_keys(const struct stella_openpgp *cert);
/* Of all that an answer follows from: has it been yes? */
struct stella_sha256 stella_openpgp_question(const struct stella_openpgp *cert, struct stella_span signature,
	struct stella_span message);
bool stella_openpgp_is_known(const struct stella_sha256 *question);
void stella_openpgp_keep(const struct stella_sha256 *question);

#endif
