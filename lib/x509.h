/* SPDX-License-Identifier: Apache-2.0 */
/*
 * X.509 certificates (RFC 5280): read one, and verify a chain to a given anchor at a given time, every
 * link at that time: signature, validity, basic constraints, path length, key usage, extended key
 * usage, unknown critical extensions, name constraints (those on kinds of names that are not handled
 * refuse the names).  Not here: revocation, certificate policies, whom a name may stand for.
 */
#ifndef STELLA_X509_H
#define STELLA_X509_H

#include "pubkey.h"

struct stella_cert;
const struct stella_error *stella_cert_parse(struct stella_cert **out, struct stella_span der) STELLA_MUST_USE;
/* Exactly one CERTIFICATE block. */
const struct stella_error *stella_cert_parse_pem(struct stella_cert **out, struct stella_span pem) STELLA_MUST_USE;
void stella_cert_free(struct stella_cert *cert);

struct stella_span stella_cert_der(const struct stella_cert *cert);
const struct stella_sha256 *stella_cert_fingerprint(const struct stella_cert *cert); /* of the DER */
const char *stella_cert_subject(const struct stella_cert *cert); /* RFC 4514 text */
const char *stella_cert_issuer(const struct stella_cert *cert);
int64_t stella_cert_not_before(const struct stella_cert *cert);
int64_t stella_cert_not_after(const struct stella_cert *cert);   /* inclusive */
bool stella_cert_is_ca(const struct stella_cert *cert);
bool stella_cert_is_self_issued(const struct stella_cert *cert); /* subject = issuer */
/* The key inside; borrowed; NULL where its kind is not supported. */
const struct stella_pubkey *stella_cert_key(const struct stella_cert *cert);
const char *stella_cert_key_problem(const struct stella_cert *cert); /* "algorithm not supported: ..."; NULL: none */

/* As they are encoded: the TBSCertificate, the issuer's Name; of the serial number the magnitude. */
struct stella_span stella_cert_tbs(const struct stella_cert *cert);
struct stella_span stella_cert_issuer_der(const struct stella_cert *cert);
struct stella_span stella_cert_serial(const struct stella_cert *cert);
/* By the whole AlgorithmIdentifier of a signature; false: not one of ours. */
bool stella_cert_sigalg_find(enum stella_sigalg *out, struct stella_span identifier);
/* What an extension's OCTET STRING holds, by the content of its DER object identifier; false: not there. */
bool stella_cert_extension(const struct stella_cert *cert, struct stella_span oid, struct stella_span *value);

/* Has issuer the name of the one who issued cert?  Did the key of issuer sign it?  Nothing else is judged. */
bool stella_cert_names_issuer(const struct stella_cert *cert, const struct stella_cert *issuer);
bool stella_cert_is_signed_by(const struct stella_cert *cert, const struct stella_cert *issuer);
/* Which of the issuer's keys did, as it says itself (RFC 5280 4.2.1.1, keyIdentifier); false: it does not. */
bool stella_cert_authority_key_id(const struct stella_cert *cert, struct stella_span *id);

enum stella_san { STELLA_SAN_EMAIL, STELLA_SAN_URI, STELLA_SAN_DNS, STELLA_SAN_OTHERNAME };
const char *stella_san_name(enum stella_san type); /* "email" "uri" "dns" "othername" */
bool stella_san_find(enum stella_san *out, const char *name);
/* Subject alternative names in order, printable ASCII; false past the end.  Listed are those three and of otherNames
 * Fulcio's (1.3.6.1.4.1.57264.1.7, UTF8String). */
bool stella_cert_san(const struct stella_cert *cert, size_t i, enum stella_san *type, const char **value);
/* All of them, whatever their kind: also those that are not listed (directoryName, iPAddress, another otherName). */
size_t stella_cert_san_count(const struct stella_cert *cert);

/* The links of a verified chain, leaf first, anchor last; borrowed certificates. */
struct stella_chain {
	const struct stella_cert *certs[16];
	size_t count;
};
/*
 * leaf to one of the anchors through any of the intermediates, each link good at `at`, the leaf fit
 * for code signing (EKU codeSigning, or no EKU and digitalSignature).  The anchor's own validity counts too.
 * ANCHOR_MISSING, CHAIN_INVALID (missing intermediate, bad link; says which), CERT_EXPIRED (which,
 * from, until, and at; nothing else is wrong), ALGORITHM_UNSUPPORTED, LIMIT (more than 16 certificates,
 * or more than 100 signatures to check).  An anchor among the intermediates is no help.
 */
const struct stella_error *stella_chain_verify(struct stella_chain *out, const struct stella_cert *leaf,
	const struct stella_cert *const *intermediates, size_t intermediate_count,
	const struct stella_cert *const *anchors, size_t anchor_count, int64_t at) STELLA_MUST_USE;

enum stella_purpose {
	STELLA_PURPOSE_CODE_SIGNING,
	STELLA_PURPOSE_TIME_STAMPING, /* RFC 3161 2.3: EKU timeStamping, critical and alone */
	STELLA_PURPOSE_ANY,           /* whatever it is for: does the chain hold, and nothing of what may be done with it */
};
/* The same for a leaf of this purpose. */
const struct stella_error *stella_chain_verify_purpose(struct stella_chain *out, enum stella_purpose purpose,
	const struct stella_cert *leaf, const struct stella_cert *const *intermediates, size_t intermediate_count,
	const struct stella_cert *const *anchors, size_t anchor_count, int64_t at) STELLA_MUST_USE;

#endif
