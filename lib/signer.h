/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signing: an attestation with a PKCS#8 key (RFC 5958; encrypted too), with a key on a PKCS#11 token or in
 * ssh-agent; and a commit as git's configuration says (gpg.format, user.signingkey, gpg.ssh.program;
 * ssh-keygen speaks to agents and FIDO keys).  What was signed is verified at once with the key that is expected.
 * Never called on the way of `verify`.
 */
#ifndef STELLA_SIGNER_H
#define STELLA_SIGNER_H

#include "gitsig.h"
#include "p11uri.h"
#include "repo.h"

struct stella_signer; /* a private key, or the way to one */
/* PEM "PRIVATE KEY" or "ENCRYPTED PRIVATE KEY"; ask is called for a passphrase only when needed. */
const struct stella_error *stella_signer_parse(struct stella_signer **out, struct stella_span pem,
	const struct stella_error *(*ask)(struct stella_buf *secret, void *context), void *context) STELLA_MUST_USE;

/* How a token's PIN is found: again after a wrong one, last where one more wrong one locks the token. */
struct stella_pin {
	const struct stella_error *(*ask)(struct stella_buf *pin, const char *token, bool again, bool last, void *context);
	void *context;
};
/* The one key that matches.  NOT_FOUND; USAGE where several do; SYSTEM for the PIN and the token; what ask says. */
const struct stella_error *stella_signer_open_token(struct stella_signer **out, const struct stella_p11uri *uri,
	const struct stella_pin *pin) STELLA_MUST_USE;
/* Appends the DER of the one certificate that matches. */
const struct stella_error *stella_token_read_cert(struct stella_buf *der, const struct stella_p11uri *uri) STELLA_MUST_USE;

/* The one public key that matches. */
const struct stella_error *stella_token_read_public(struct stella_pubkey **out, const struct stella_p11uri *uri) STELLA_MUST_USE;

/* A key in the agent at SSH_AUTH_SOCK, "SHA256:..." as ssh-add -l prints it, or the public key's line.
 * NOT_FOUND; ALGORITHM_UNSUPPORTED for FIDO keys; HELPER where the agent fails. */
const struct stella_error *stella_signer_open_agent(struct stella_signer **out, const char *fingerprint) STELLA_MUST_USE;
const struct stella_error *stella_signer_open_agent_key(struct stella_signer **out, struct stella_span line) STELLA_MUST_USE;

void stella_signer_free(struct stella_signer *signer);
const struct stella_pubkey *stella_signer_key(const struct stella_signer *signer);
const struct stella_error *stella_signer_sign(struct stella_buf *sig, const struct stella_signer *signer,
	enum stella_sigalg alg, struct stella_span message) STELLA_MUST_USE;

/* ---- what there is to sign with */
enum stella_signer_kinds { STELLA_SIGNER_FILE, STELLA_SIGNER_TOKEN, STELLA_SIGNER_AGENT, STELLA_SIGNER_KINDS };
const char *stella_signer_kind_name(enum stella_signer_kinds kind); /* "key file" "PKCS#11 token" "ssh-agent" */
bool stella_signer_makes(enum stella_signer_kinds kind, enum stella_keytype type, enum stella_sigalg alg);
void stella_signer_print_provider(struct stella_buf *out); /* GnuTLS' version */
bool stella_signer_fips(void);                             /* is GnuTLS in FIPS mode */

struct stella_token {           /* texts as the token gives them */
	struct stella_buf uri, label, model, module;
	bool hardware, login, locked, certificates_only;
};
struct stella_tokens {
	struct stella_token *items; size_t count, cap;
};
const struct stella_error *stella_tokens_load(struct stella_tokens *out) STELLA_MUST_USE; /* loads p11-kit's modules */
void stella_tokens_free(struct stella_tokens *tokens);

struct stella_agent_key {
	struct stella_pubkey *key;   /* NULL: why says why not */
	struct stella_buf comment;
	char why[STELLA_ERROR_MAX]; 
};
struct stella_agent_keys {
	struct stella_agent_key *items; size_t count, cap;
};
const struct stella_error *stella_agent_load(struct stella_agent_keys *out) STELLA_MUST_USE;
void stella_agent_free(struct stella_agent_keys *keys);

/* Who signs commits, by git's configuration. */
struct stella_commit_signer {
	enum stella_gitsig_kind format; /* gpg.format: SSH, X509 or OPENPGP */
	char *gpg_key;               /* X509, OPENPGP: user.signingkey, else "name <mail>" as git has it; those below are of SSH */
	char *program;               /* gpg.ssh.program, else "ssh-keygen"; gpg.x509.program, "gpgsm"; gpg.openpgp.program, "gpg" */
	char *key_file;              /* user.signingkey as a path; NULL: literal is set */
	char *literal;               /* "ssh-ed25519 AAAA...": a key in the agent */
	struct stella_pubkey *key;   /* its public half; NULL: which key it is, its signature says */
	char *name, *email;          /* user.name, user.email, or GIT_AUTHOR_NAME/EMAIL as git has them */
};
/* USAGE with the git config command that mends it, where gpg.format is not set, no key or no name is. */
const struct stella_error *stella_commit_signer_load(struct stella_commit_signer **out, struct stella_repo *repo) STELLA_MUST_USE;
void stella_commit_signer_free(struct stella_commit_signer *signer);
/*
 * The armoured signature over payload: SSHSIG in namespace "git", verified with the key; X.509 verified with the key of
 * the certificate inside; OpenPGP, and X.509 without one, of a form that can count: the caller asks by whom it is.
 * HELPER where the program fails.
 */
const struct stella_error *stella_commit_signer_sign(struct stella_buf *armored,
	const struct stella_commit_signer *signer, struct stella_span payload) STELLA_MUST_USE;
/* signer_gpg.c: the same for what is not SSH. */
const struct stella_error *stella_commit_signer_gpg(struct stella_buf *armored,
	const struct stella_commit_signer *signer, struct stella_span payload) STELLA_MUST_USE;

#endif
