/* SPDX-License-Identifier: Apache-2.0 */
/* What the kinds of signers share: each says what it makes, and is asked to make only that. */
#ifndef STELLA_SIGNER_INTERNAL_H
#define STELLA_SIGNER_INTERNAL_H

#include "signer.h"

struct stella_signer_kind {
	const char *name; /* after "by" */
	bool (*makes)(enum stella_keytype type, enum stella_sigalg alg);
	const struct stella_error *(*sign)(struct stella_buf *sig, const struct stella_signer *signer,
		enum stella_sigalg alg, struct stella_span message);
	void (*close)(struct stella_signer *signer);
};
extern const struct stella_signer_kind stella_signer_of_file, stella_signer_of_token, stella_signer_of_agent;

struct stella_signer {
	const struct stella_signer_kind *kind;
	struct stella_pubkey *public;
	void *private; /* gnutls_privkey_t; NULL: nothing to close */
	void *extra;   /* what the kind keeps beside it */
};
struct stella_signer *stella_signer_new(const struct stella_signer_kind *kind);

/* For files and tokens; private is a gnutls_privkey_t. */
bool stella_signer_gnutls_makes(enum stella_keytype type, enum stella_sigalg alg);
const struct stella_error *stella_signer_gnutls_sign(struct stella_buf *sig, const struct stella_signer *signer,
	enum stella_sigalg alg, struct stella_span message) STELLA_MUST_USE;
void stella_signer_gnutls_close(struct stella_signer *signer);
const struct stella_error *stella_signer_gnutls_public(struct stella_pubkey **out, void *private) STELLA_MUST_USE;

#endif
