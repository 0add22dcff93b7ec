/* SPDX-License-Identifier: Apache-2.0 */
/* verify bundle: what is asked for, read once, and one bundle held against it. */
#ifndef STELLA_BUNDLE_JOB_H
#define STELLA_BUNDLE_JOB_H

#include "cmd.h"
#include "sigstore.h"

struct bundle_asked {                  /* only read once it is there: threads share it */
	struct stella_trustroot *root;
	struct stella_pubkey *key;     /* NULL: by identity */
	const char *identity, *identity_pattern, *issuer, *issuer_pattern; /* one of each two */
	struct stella_sigstore_thresholds thresholds;
};
/* By the options; free it either way. */
const struct stella_error *bundle_asked_read(struct bundle_asked *out, struct cmd *cmd) STELLA_MUST_USE;
void bundle_asked_free(struct bundle_asked *asked);

struct bundle_job {
	struct stella_bundle *bundle;
	struct stella_digest digests[STELLA_HASH_COUNT]; /* of the artifact */
	size_t digest_count;
	struct stella_buf bytes;       /* its content, where that is signed */
	struct stella_sigstore_result result;
	const char *identity;          /* of the certificate, borrowed from the result */
	char *issuer;
};
const struct stella_error *bundle_read(struct bundle_job *job, const char *path) STELLA_MUST_USE;
/* artifact: a file, or "sha256:HEX", "sha384:HEX", "sha512:HEX". */
const struct stella_error *bundle_verify(struct bundle_job *job, const struct bundle_asked *asked,
	const char *artifact) STELLA_MUST_USE;
void bundle_free(struct bundle_job *job); /* frees the content */

/* cmd_bundle_batch.c: --batch */
const struct stella_error *bundle_batch(struct cmd *cmd, const struct bundle_asked *asked) STELLA_MUST_USE;

#endif
