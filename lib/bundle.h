/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sigstore bundles 0.1 to 0.3 (sigstore/protobuf-specs, sigstore_bundle.proto, as JSON): names the
 * parts, judges none.
 */
#ifndef STELLA_BUNDLE_H
#define STELLA_BUNDLE_H

#include "digest.h"
#include "dsse.h"

#define STELLA_BUNDLE_MAX (16u << 20) /* bytes of an attestation, raw or in a bundle */
#define STELLA_LOG_ENTRIES_MAX 32
#define STELLA_TIMESTAMPS_MAX 32

struct stella_bundle {
	char *media_type;
	unsigned minor;              /* 1, 2 or 3: bundle 0.1, 0.2, 0.3 */
	struct stella_dsse *dsse;    /* NULL: a message signature */
	struct stella_buf message_digest; /* of a message signature, unauthenticated */
	enum stella_hash message_hash;
	struct stella_buf message_signature;
	char *key_hint;              /* publicKey.hint; NULL: none */
	struct stella_buf *certs; size_t cert_count; /* DER, leaf first */
	size_t log_entry_count;      /* not judged here; NOT CHECKED by verify */
	size_t timestamp_count;
	struct stella_json *document; /* the whole, for later readers */
};

/* Takes the parsed document over, also on error.  A DSSE envelope in it has exactly one signature
 * (sigstore-go#225). */
const struct stella_error *stella_bundle_parse(
	struct stella_bundle **out, struct stella_json *document) STELLA_MUST_USE;
void stella_bundle_free(struct stella_bundle *bundle);

#endif
