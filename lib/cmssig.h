/* SPDX-License-Identifier: Apache-2.0 */
/*
 * X.509 signatures of git objects, as gpgsm, smimesign and gitsign make them (git's gpg.format x509): PEM "SIGNED MESSAGE"
 * around detached CMS (RFC 5652) in DER, or in BER as far as ber.h takes it.  What its unsigned attributes say is anybody's word.  Not here: whom the certificate stands for, and when.
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
/* The same where the signer's certificate is not inside (gpgsm leaves a self-signed one out): it must be this one. */
const struct stella_error *stella_cmssig_verify_by(const struct stella_cmssig *sig, struct stella_span message,
	const struct stella_cert *cert) STELLA_MUST_USE;
/*
 * NULL: a certificate whose key may sign commits where it is named itself: no CA, key usage digitalSignature or
 * nonRepudiation and extended key usage codeSigning or emailProtection where it has them, no critical extension that is not
 * known, a key that is supported.  CHAIN_INVALID, ALGORITHM_UNSUPPORTED.  Dates and issuer are not looked at.
 */
const struct stella_error *stella_cmssig_verify_use(const struct stella_cert *cert) STELLA_MUST_USE;

#endif
