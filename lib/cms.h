/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cryptographic Message Syntax (RFC 5652), as much as a timestamp or a commit needs: SignedData of exactly one signer,
 * who signed attributes: content type, message digest, and an ESSCertIDv2 (RFC 5035) that binds its certificate.  A
 * timestamp has its content inside; a commit's is elsewhere (detached), and its ESSCertIDv2 may be missing.  Strict
 * DER, attributes in the order of a SET OF.  Revocation lists and unsigned attributes are read over, not judged.  Not
 * here: what the content means, and whether the signer is trusted.
 */
#ifndef STELLA_CMS_H
#define STELLA_CMS_H

#include "x509.h"

#define STELLA_CMS_CERTS_MAX 16

struct stella_cms {                     /* all spans are borrowed from what was parsed */
	bool detached;
	struct stella_span content_type, content; /* of the OBJECT IDENTIFIER, of the OCTET STRING (detached: none) */
	struct stella_cert *certs[STELLA_CMS_CERTS_MAX];
	size_t cert_count;
	/* the signer */
	struct stella_span issuer, serial; /* either these: Name, magnitude */
	struct stella_span key_id;         /* or this */
	struct stella_span hash, alg;      /* AlgorithmIdentifiers */
	struct stella_span attributes, signature; /* what the SET OF holds; the octets */
	struct stella_span signed_type, signed_digest, signed_certs; /* the last: SEQUENCE OF ESSCertIDv2, what it holds */
	struct stella_span unsigned_attributes; /* what the SET OF holds; anybody can have put them there */
};

/* A ContentInfo in checked DER (stella_der_check).  MALFORMED, LIMIT; stella_cms_free it either way. */
const struct stella_error *stella_cms_parse(struct stella_cms *out, struct stella_span der) STELLA_MUST_USE;
/* The same with the content elsewhere, plain data (id-data). */
const struct stella_error *stella_cms_parse_detached(struct stella_cms *out, struct stella_span der) STELLA_MUST_USE;
void stella_cms_free(struct stella_cms *cms);

/* Is cert what the signer's identifier names? */
bool stella_cms_is_signer(const struct stella_cms *cms, const struct stella_cert *cert);
/*
 * NULL: the attributes are of this content, and signed by *signer, borrowed from cms or known, which is the
 * certificate that both the signer's identifier and the ESSCertIDv2 name.  KEY_UNKNOWN (no such certificate),
 * SIGNATURE_MISMATCH, ALGORITHM_UNSUPPORTED.
 */
const struct stella_error *stella_cms_verify(const struct stella_cms *cms, const struct stella_cert *const *known,
	size_t known_count, const struct stella_cert **signer) STELLA_MUST_USE;
/*
 * The same for content that is elsewhere.  Where no ESSCertIDv2 says which certificate is the signer's, exactly one
 * must have the signer's identifier: of those inside, or where none does, of known.
 */
const struct stella_error *stella_cms_verify_detached(const struct stella_cms *cms, struct stella_span content,
	const struct stella_cert *const *known, size_t known_count, const struct stella_cert **signer) STELLA_MUST_USE;
/* 5.4: the DER of the signed attributes, whose digest is what was signed. */
void stella_cms_print_signed(struct stella_buf *out, const struct stella_cms *cms);
/* The signer's digest and signature algorithm. */
const struct stella_error *stella_cms_find_alg(enum stella_sigalg *out, const struct stella_cms *cms) STELLA_MUST_USE;
/* The values of an unsigned attribute, by the content of its DER object identifier; false: not there.  MALFORMED: twice. */
const struct stella_error *stella_cms_find_unsigned(bool *is_there, struct stella_cursor *values,
	const struct stella_cms *cms, struct stella_span oid) STELLA_MUST_USE;
/* RFC 5035 5.4: where more certificates than the signer's are named, a chain has no others but its anchor. */
const struct stella_error *stella_cms_verify_chain(const struct stella_cms *cms,
	const struct stella_chain *chain) STELLA_MUST_USE;

/* A digest's AlgorithmIdentifier (RFC 5754 2): SHA-2, with NULL or without.  ALGORITHM_UNSUPPORTED. */
const struct stella_error *stella_cms_find_hash(enum stella_hash *out, struct stella_span identifier) STELLA_MUST_USE;

#endif
