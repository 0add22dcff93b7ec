/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The identities of the trust state in force (issuers/, anchors/, sigstore/): for which issuers may this
 * certificate speak?  A name counts only as an issuer's record has it, by type, with all that the record asks for
 * beside, and only under the trust anchors or Sigstore roots that this record names for it.  Intermediate
 * certificates come from the attestation and from anchors/.  Not here: whether the issuer is trusted, and, but for
 * Sigstore roots, the signature.
 */
#ifndef STELLA_IDENTITIES_H
#define STELLA_IDENTITIES_H

#include "roots.h"
#include "sigstore.h"

struct stella_identities;
/* All are borrowed; the report hears of records that cannot be used. */
struct stella_identities *stella_identities_new(struct stella_shelf *shelf, struct stella_roots *roots,
	struct stella_report *report);
void stella_identities_free(struct stella_identities *identities);

/* The certificate and what came with it. */
struct stella_identity_asked {
	const struct stella_cert *leaf;
	const struct stella_cert *const *others; size_t other_count;
	const struct stella_times *times; /* when a chain to an anchor must have been good; none: now */
	const struct stella_bundle *bundle; /* NULL: none, and no Sigstore root can assert anything */
	struct stella_span message, signature; /* that the leaf's key signed, as the caller has verified; data NULL: nothing */
	int64_t now;
};

/* An issuer's identity that the certificate has.  What it points to is owned by identities. */
struct stella_identity_match {
	const struct stella_issuer *issuer;
	const struct stella_identity *identity;
	const char *value;          /* the name, as the certificate has it; borrowed from that */
	bool good;                  /* the chain leads to one of its anchors, or a Sigstore root vouches for all of it */
	struct stella_chain chain;
	const struct stella_sigstore_root *root; /* which one; NULL: an anchor */
	const struct stella_sigstore_result *result; /* what it says, with the times; NULL: an anchor */
	/* !good: IDENTITY_MISMATCH (another OIDC issuer, ...), ANCHOR_MISSING, CHAIN_INVALID, CERT_EXPIRED,
	 * LOG_ENTRY_MISMATCH, TIMESTAMP_INVALID, ... */
	struct stella_error why;
};

/*
 * Those of every issuer (or only of this one), in the order of their ids; at least one; the array is
 * yours.  Where no issuer has such an identity: IDENTITY_MISMATCH, or what else is wrong with the certificate.
 * MALFORMED, LIMIT, INCOMPLETE, SYSTEM.
 */
const struct stella_error *stella_identities_find(struct stella_identity_match **out, size_t *count,
	struct stella_identities *identities, const char *only_issuer,
	const struct stella_identity_asked *asked) STELLA_MUST_USE;

/* Does any identity with a name of this certificate name anchors, so that the times are needed? */
const struct stella_error *stella_identities_need_times(bool *out, struct stella_identities *identities,
	const char *only_issuer, const struct stella_cert *leaf) STELLA_MUST_USE;

/* The name of the anchor record whose certificate this is (by identity of the pointer); NULL: none. */
const char *stella_identities_anchor(const struct stella_identities *identities,
	const struct stella_cert *cert);

/* "email:a@b, uri:..." of a certificate; "no name" where it has none that is listed. */
void stella_identities_print(struct stella_buf *out, const struct stella_cert *cert);

#endif
