/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a member of policy version 2 signs with beside SSH keys (trust-model, section 7): the key of a certificate, an
 * identity under a root that stands in the policy itself, or an OpenPGP certificate.  Parsing judges what can be judged
 * without a signature; stella_signature_verify says whether a commit's signature is by one.  Not here: SSH keys, and
 * which member a credential belongs to.
 */
#ifndef STELLA_CREDENTIAL_H
#define STELLA_CREDENTIAL_H

#include "gitsig.h"
#include "json.h"
#include "openpgp.h"
#include "trustroot.h"

enum stella_credential_kind { STELLA_CREDENTIAL_CERTIFICATE, STELLA_CREDENTIAL_IDENTITY, STELLA_CREDENTIAL_OPENPGP };

/* A Sigstore trusted root in the policy: the only authorities that its identities are believed from. */
struct stella_policy_root {
	char *name;
	struct stella_sha256 sha256;       /* of its canonical text */
	struct stella_trustroot *root;
};
/* MALFORMED, LIMIT.  Content is yours, also on error. */
const struct stella_error *stella_policy_root_parse(struct stella_policy_root *out, const char *name,
	const struct stella_json *value) STELLA_MUST_USE;
void stella_policy_root_free(struct stella_policy_root *root); /* frees the content */

struct stella_credential {
	enum stella_credential_kind kind;
	struct stella_sha256 id;           /* what an approval by it is kept under; no two kinds share one */
	struct stella_cert *cert;          /* CERTIFICATE */
	enum stella_san san;               /* IDENTITY: these, exactly */
	char *name, *oidc_issuer;          /* oidc_issuer NULL: the certificate names none */
	const struct stella_policy_root *root; /* borrowed */
	struct stella_openpgp *openpgp;    /* OPENPGP */
};
/*
 * One entry of a member's list that is an object.  roots are sorted by name.  MALFORMED, LIMIT; POLICY_UNSUPPORTED:
 * OpenPGP, and this stella was built without.  Content is yours, also on error.
 */
const struct stella_error *stella_credential_parse(struct stella_credential *out, const struct stella_json *value,
	const struct stella_policy_root *roots, size_t root_count) STELLA_MUST_USE;
void stella_credential_free(struct stella_credential *credential); /* frees the content */
/* One line for people; with an ESC or worse where the policy has one. */
void stella_credential_print(struct stella_buf *out, const struct stella_credential *credential);
/* Rule 3: the material of the keys in it, by stella_pubkey_id, i < count; an identity has none. */
size_t stella_credential_key_count(const struct stella_credential *credential);
const struct stella_sha256 *stella_credential_key(const struct stella_credential *credential, size_t i);
/* Rule 3: one for each identity, whatever its root, and whatever its case. */
struct stella_sha256 stella_credential_identity(const struct stella_credential *credential);

/* ---- whose is a signature */

/* A commit's X.509 or OpenPGP signature, with what was signed. */
struct stella_signature_claim;
/* raw is an approval by everything but its signature.  *out NULL and no error: an SSH signature. */
const struct stella_error *stella_signature_claim_parse(struct stella_signature_claim **out, struct stella_span raw) STELLA_MUST_USE;
void stella_signature_claim_free(struct stella_signature_claim *claim);
/* What names the key that it is said to be by: "SHA256:..." of a certificate's, the OpenPGP fingerprint; never empty. */
const char *stella_signature_claim_fingerprint(const struct stella_signature_claim *claim);
/* The material of an X.509 signature's key once it is verified; NULL before, and for OpenPGP. */
const struct stella_sha256 *stella_signature_claim_key(const struct stella_signature_claim *claim);
/*
 * NULL: it is by this credential, over exactly these bytes, and for an identity at every time that the root's logs and
 * authorities vouch for; at least one does.  The errors of cmssig, gitsign, sigstore and openpgp; IDENTITY_MISMATCH,
 * KEY_UNKNOWN: by another.
 */
const struct stella_error *stella_signature_verify(struct stella_signature_claim *claim,
	const struct stella_credential *credential) STELLA_MUST_USE;

#endif
