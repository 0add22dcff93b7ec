/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What kind of blob is this: a raw DSSE envelope or a Sigstore bundle, parsed into one claim.  Its id
 * is the SHA-256 of the bytes received.  A claim is not believed before verify.h said so.
 */
#ifndef STELLA_EVIDENCE_H
#define STELLA_EVIDENCE_H

#include "bundle.h"
#include "intoto.h"

struct stella_evidence {
	struct stella_sha256 id;
	struct stella_buf bytes;             /* as received */
	struct stella_bundle *bundle;        /* NULL: a raw envelope */
	struct stella_dsse *dsse;            /* bundle's or own; never NULL */
	struct stella_statement *statement;  /* of the payload */
};

/* Takes the bytes over, also on error.  MALFORMED ("invalid attestation: ..."), LIMIT. */
const struct stella_error *stella_evidence_parse(
	struct stella_evidence **out, struct stella_buf *bytes) STELLA_MUST_USE;
void stella_evidence_free(struct stella_evidence *evidence);

#endif
