/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What Fulcio writes into its certificates beside the name: extensions 1.3.6.1.4.1.57264.1.1 to .24 (sigstore/fulcio,
 * docs/oid-info.md), the OIDC issuer and what a CI system says of the build.  1 to 6 are the bare text, from 8 on a
 * DER UTF8String; 7 is the type of an otherName and no extension (x509.h lists that).  A claim of the CA that issued
 * the certificate: worth what its chain is worth.
 */
#ifndef STELLA_FULCIO_H
#define STELLA_FULCIO_H

#include "x509.h"

#define STELLA_FULCIO_ARCS 25      /* the last arc of the object identifier, 1 to 24 */
#define STELLA_FULCIO_VALUE_MAX 2048
enum { STELLA_FULCIO_ISSUER_V1 = 1, STELLA_FULCIO_ISSUER = 8 };

struct stella_fulcio {
	char *values[STELLA_FULCIO_ARCS]; /* UTF-8 without control characters; may be empty; NULL: not there */
};
/* MALFORMED: a value of another form, or two issuers (1 and 8) that differ; LIMIT. */
const struct stella_error *stella_fulcio_parse(struct stella_fulcio **out, const struct stella_cert *cert) STELLA_MUST_USE;
void stella_fulcio_free(struct stella_fulcio *fulcio);
/* By 8, else by 1; NULL: none is named, or an empty one. */
const char *stella_fulcio_oidc_issuer(const struct stella_fulcio *fulcio);

/* "source_repository_uri", as in records, and "sourceRepositoryURI", as sigstore-go and gh print it; NULL: no such arc. */
const char *stella_fulcio_name(unsigned arc);
const char *stella_fulcio_json_name(unsigned arc);
/* By the first of the two. */
bool stella_fulcio_find(unsigned *arc, const char *name);
/* By either, with - for _ too, or by the dotted object identifier: what people type. */
bool stella_fulcio_find_any(unsigned *arc, const char *name);

#endif
