/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The identities of the trust state in force (issuers/, anchors/): for which issuers may this
 * certificate speak?  A name counts only as the very text and type that an issuer's record has, and only
 * under the trust anchors that this record names for it.  Intermediate certificates come from the
 * attestation and from anchors/.  Not here: the signature, and whether the issuer is trusted.
 */
#ifndef STELLA_IDENTITIES_H
#define STELLA_IDENTITIES_H

#include "records.h"
#include "report.h"

struct stella_identities;
/* Both are borrowed; the report hears of records that cannot be used. */
struct stella_identities *stella_identities_new(struct stella_trust *trust, struct stella_report *report);
void stella_identities_free(struct stella_identities *identities);

/* An issuer's identity that the certificate has.  What it points to is owned by identities. */
struct stella_identity_match {
	const struct stella_issuer *issuer;
	const struct stella_identity *identity;
	bool good;                  /* the chain leads to one of its anchors */
	struct stella_chain chain;
	struct stella_error why;    /* !good: ANCHOR_MISSING, CHAIN_INVALID, CERT_EXPIRED, ... */
};

/*
 * Those of every issuer (or only of this one), in the order of their ids; at least one; the array is
 * yours.  others are the certificates that came with the leaf.  Where no issuer has such an identity:
 * IDENTITY_MISMATCH, or what else is wrong with the chain.  LIMIT, INCOMPLETE, SYSTEM.
 */
const struct stella_error *stella_identities_find(struct stella_identity_match **out, size_t *count,
	struct stella_identities *identities, const char *only_issuer, const struct stella_cert *leaf,
	const struct stella_cert *const *others, size_t other_count, int64_t at) STELLA_MUST_USE;

/* The name of the anchor record whose certificate this is (by identity of the pointer); NULL: none. */
const char *stella_identities_anchor(const struct stella_identities *identities,
	const struct stella_cert *cert);

/* "email:a@b, uri:..." of a certificate; "no name" where it has none of the three types. */
void stella_identities_print(struct stella_buf *out, const struct stella_cert *cert);

#endif
