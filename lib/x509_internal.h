/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What x509.c (one certificate), x509_names.c (its names and what it lets others be named) and
 * x509_chain.c share.  Nobody else includes it.
 */
#ifndef STELLA_X509_INTERNAL_H
#define STELLA_X509_INTERNAL_H

#include <stdatomic.h>

#include "x509.h"

enum { /* RFC 5280 4.2.1.3, bit 0 first */
	STELLA_KU_DIGITAL_SIGNATURE = 1 << 0,
	STELLA_KU_NON_REPUDIATION = 1 << 1,
	STELLA_KU_CERT_SIGN = 1 << 5,
};

enum { /* RFC 5280 4.2.1.6, the number of the GeneralName */
	STELLA_NAME_OTHER = 0, STELLA_NAME_EMAIL = 1, STELLA_NAME_DNS = 2, STELLA_NAME_DIRECTORY = 4,
	STELLA_NAME_URI = 6, STELLA_NAME_ADDRESS = 7, STELLA_NAME_REGISTERED = 8,
};

struct stella_cert_name {
	uint8_t kind;
	struct stella_span value;
	char *text;                     /* of those that are listed; else NULL */
};

struct stella_cert_subtree {            /* RFC 5280 4.2.1.10 */
	bool excluded;
	uint8_t kind;
	struct stella_span base;
};

/*
 * By whose key a certificate was found to be signed: set once, and then true for ever.  So a chain of a trusted root is
 * checked once however many certificates end in it.
 */
struct stella_cert_memo {
	_Atomic(struct stella_sha256 *) signer; /* id of the key; NULL: not known */
};

struct stella_cert {
	struct stella_buf der;          /* what all spans below are borrowed from */
	struct stella_sha256 fingerprint;
	struct stella_cert_memo *memo;
	struct stella_span tbs, signature, issuer, subject; /* tbs and names as they are encoded */
	struct stella_span serial;      /* magnitude */
	struct stella_span extensions;  /* what the SEQUENCE of them holds */
	bool alg_known;
	enum stella_sigalg alg;         /* of the signature on this certificate */
	char *alg_name;
	char *subject_text, *issuer_text;
	int64_t not_before, not_after;
	struct stella_pubkey *key;
	char *key_problem;              /* why key is NULL */
	unsigned version;

	bool has_constraints_basic, basic_critical, is_ca;
	int path_len;                   /* -1: any */
	bool has_key_usage;
	unsigned key_usage;
	bool has_eku, eku_critical, eku_code_signing, eku_email, eku_time_stamping, eku_any;
	size_t eku_count;
	bool has_san, san_critical;
	struct stella_cert_name *names;
	size_t name_count, name_cap;
	bool has_subtrees;
	struct stella_cert_subtree *subtrees;
	size_t subtree_count, subtree_cap;
	char *unknown_critical;         /* the first critical extension that is not judged here */
};

/* How it is called in messages: the subject, or where there is none the first name; not NULL. */
const char *stella_cert_show(const struct stella_cert *cert);

/* x509_names.c */
const struct stella_error *stella_cert_parse_names(struct stella_cert *cert,
	struct stella_span der) STELLA_MUST_USE;
const struct stella_error *stella_cert_parse_constraints(struct stella_cert *cert,
	struct stella_span der) STELLA_MUST_USE;
void stella_cert_free_names(struct stella_cert *cert);
/* NULL: every name of cert is one that ca lets certificates below it have. */
const struct stella_error *stella_cert_verify_names(const struct stella_cert *ca,
	const struct stella_cert *cert) STELLA_MUST_USE;

#endif
