/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signing: an attestation with a PKCS#8 key (RFC 5958; encrypted too), and a commit with SSH as git's
 * configuration says (user.signingkey, gpg.ssh.program; ssh-keygen speaks to agents and FIDO keys).
 * What was signed is verified at once with the key that is expected.  Never called on the way of `verify`.
 */
#ifndef STELLA_SIGNER_H
#define STELLA_SIGNER_H

#include "repo.h"
#include "sshsig.h"

struct stella_signer; /* a private key */
/* PEM "PRIVATE KEY" or "ENCRYPTED PRIVATE KEY"; ask is called for a passphrase only when needed. */
const struct stella_error *stella_signer_parse(struct stella_signer **out, struct stella_span pem,
	const struct stella_error *(*ask)(struct stella_buf *secret, void *context), void *context) STELLA_MUST_USE;
void stella_signer_free(struct stella_signer *signer);
const struct stella_pubkey *stella_signer_key(const struct stella_signer *signer);
const struct stella_error *stella_signer_sign(struct stella_buf *sig, const struct stella_signer *signer,
	enum stella_sigalg alg, struct stella_span message) STELLA_MUST_USE;

/* Who signs commits, by git's configuration. */
struct stella_commit_signer {
	char *program;               /* gpg.ssh.program, else "ssh-keygen" */
	char *key_file;              /* user.signingkey as a path; NULL: literal is set */
	char *literal;               /* "ssh-ed25519 AAAA...": a key in the agent */
	struct stella_pubkey *key;   /* its public half */
	char *name, *email;          /* user.name, user.email, or GIT_AUTHOR_NAME/EMAIL as git has them */
};
/* USAGE with the git config command that mends it, where gpg.format is not ssh, no key or no name is set. */
const struct stella_error *stella_commit_signer_load(struct stella_commit_signer **out, struct stella_repo *repo) STELLA_MUST_USE;
void stella_commit_signer_free(struct stella_commit_signer *signer);
/* The armoured SSHSIG over payload in namespace "git", verified. HELPER where the program fails. */
const struct stella_error *stella_commit_signer_sign(struct stella_buf *armored,
	const struct stella_commit_signer *signer, struct stella_span payload) STELLA_MUST_USE;

#endif
