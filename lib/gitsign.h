/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The X.509 signature of a git object as a Sigstore bundle 0.3 (gitsign): what was signed are the signed attributes in
 * DER; the log's entry stands in the unsigned attribute 1.3.6.1.4.1.57264.3.1, without the body, which is made again
 * (hashedrekord 0.0.1); timestamps (RFC 3161 appendix A) in id-aa-timeStampToken.  Not here: whether any of it is true;
 * stella_sigstore_verify binds all of it to the signature.
 */
#ifndef STELLA_GITSIGN_H
#define STELLA_GITSIGN_H

#include "bundle.h"
#include "cmssig.h"

/* sig is verified.  *message: the bytes that the bundle is about.  Both are yours.  MALFORMED, LIMIT. */
const struct stella_error *stella_gitsign_bundle(struct stella_bundle **out, struct stella_buf *message,
	const struct stella_cmssig *sig) STELLA_MUST_USE;

#endif
