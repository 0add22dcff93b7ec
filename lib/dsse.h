/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DSSE envelopes (secure-systems-lab/dsse, envelope.md and protocol.md v1.0.2): parse, and the PAE
 * that is signed.  A key id is a hint that decides nothing.  Unknown fields are ignored, as the
 * specification asks.  Not here: who may sign, and what the payload means.
 */
#ifndef STELLA_DSSE_H
#define STELLA_DSSE_H

#include "json.h"

#define STELLA_SIGNATURES_MAX 32
#define STELLA_CERTIFICATES_MAX 16      /* in one chain */
#define STELLA_CERTIFICATE_MAX 65536    /* bytes */

struct stella_signature {
	char *keyid;                         /* the unauthenticated hint; NULL: none */
	struct stella_buf sig;               /* decoded */
	struct stella_buf *certs;
	size_t cert_count; /* DER, leaf first: `cert` beside it (PEM, one or several) or from a bundle */
};

struct stella_dsse {
	char *payload_type;
	struct stella_buf payload; /* decoded: the bytes that were signed, and the only ones parsed */
	struct stella_signature *signatures; size_t signature_count;
};

/* From the JSON object of an envelope.  MALFORMED, or LIMIT. */
const struct stella_error *stella_dsse_parse(
	struct stella_dsse **out, const struct stella_json *envelope) STELLA_MUST_USE;
void stella_dsse_free(struct stella_dsse *dsse);
/* protocol.md: "DSSEv1" SP LEN(type) SP type SP LEN(body) SP body */
void stella_dsse_pae(struct stella_buf *out, const char *payload_type, struct stella_span payload);

#endif
