/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sigstore trusted_root.json (sigstore/protobuf-specs, sigstore_trustroot.proto): certificate authorities, logs
 * and timestamp authorities with their windows, ends included.  What it says is believed only because
 * somebody chose the file.  A key of a kind that is not supported makes its log unusable, not the whole; a field
 * that is not known refuses it.
 */
#ifndef STELLA_TRUSTROOT_H
#define STELLA_TRUSTROOT_H

#include "json.h"
#include "x509.h"

#define STELLA_TRUSTROOT_MAX (4u << 20)
#define STELLA_TRUSTROOT_ENTRIES_MAX 256 /* of each of the four lists */

struct stella_window {
	int64_t start, end;            /* INT64_MIN, INT64_MAX: open */
};
bool stella_window_holds(const struct stella_window *window, int64_t at);

struct stella_authority {              /* a CA or a timestamp authority */
	char *uri, *organization, *common_name; /* may be NULL */
	struct stella_cert **certs; size_t cert_count; /* leaf-most first, root last; a TSA's first may be its signer */
	struct stella_window window;
};
struct stella_log {                    /* a transparency or CT log */
	char *base_url;                /* may be NULL */
	char *key_details;             /* as written */
	struct stella_buf id;          /* logId.keyId: SHA-256 of the SPKI (v1), or the checkpoint key id (v2) */
	struct stella_pubkey *key;     /* NULL: of a kind that is not supported; never matches */
	enum stella_sigalg alg;        /* of the key, by its details */
	struct stella_window window;
};
struct stella_trustroot {
	char *media_type;
	struct stella_authority *cas; size_t ca_count;
	struct stella_authority *tsas; size_t tsa_count;
	struct stella_log *tlogs; size_t tlog_count;
	struct stella_log *ctlogs; size_t ctlog_count;
};
/* MALFORMED, LIMIT; POLICY_UNSUPPORTED for a media type that is not known. */
const struct stella_error *stella_trustroot_parse(struct stella_trustroot **out, struct stella_span text) STELLA_MUST_USE;
void stella_trustroot_free(struct stella_trustroot *root);

#endif
