/* SPDX-License-Identifier: Apache-2.0 */
/*
 * X.509 signatures of git objects, as gpgsm, smimesign and gitsign make them (git's gpg.format x509): PEM "SIGNED MESSAGE"
 * around detached CMS (RFC 5652) in DER, or in BER as far as ber.h takes it.  The signer's certificate must be inside.
 * What its unsigned attributes say is anybody's word.  Not here: whom the certificate stands for, and when.
 */
#ifndef STELLA_CMSSIG_H
#define STELLA_CMSSIG_H

#include "cms.h"

#define STELLA_CMSSIG_MAX (256u << 10) /* bytes, armoured */
#define STELLA_CMSSIG_LABEL "SIGNED MESSAGE"

struct stella_cmssig {
	struct stella_buf der;             /* what cms borrows from */
	struct stella_cms cms;
	const struct stella_cert *signer;  /* one of cms; NULL until it is verified */
};
/* The armour exactly.  MALFORMED, LIMIT. */
const struct stella_error *stella_cmssig_parse(struct stella_cmssig **out, struct stella_span armored) STELLA_MUST_USE;
void stella_cmssig_free(struct stella_cmssig *sig);
/* NULL: the key of the certificate inside signed exactly this message.  KEY_UNKNOWN, SIGNATURE_MISMATCH, ALGORITHM_UNSUPPORTED. */
const struct stella_error *stella_cmssig_verify(struct stella_cmssig *sig, struct stella_span message) STELLA_MUST_USE;

#endif
