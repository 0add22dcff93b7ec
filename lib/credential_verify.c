/* SPDX-License-Identifier: Apache-2.0 */
/* Whose is a commit's signature: credential.h. */
#include "credential.h"

#include <stdlib.h>
#include <string.h>

#include "fulcio.h"
#include "gitsign.h"
#include "sigstore.h"

#define KEY_ID_HEX 40

struct stella_signature_claim {
	struct stella_buf payload;
	struct stella_cmssig *cms;         /* X.509 */
	struct stella_buf openpgp;         /* the packet */
	struct stella_bundle *bundle;      /* of an X.509 signature, once an identity was asked for */
	struct stella_buf message;
	char *fingerprint;
};

void stella_signature_claim_free(struct stella_signature_claim *claim)
{
	if (!claim)
		return;
	stella_cmssig_free(claim->cms);
	stella_bundle_free(claim->bundle);
	stella_buf_free(&claim->payload);
	stella_buf_free(&claim->openpgp);
	stella_buf_free(&claim->message);
	free(claim->fingerprint);
	free(claim);
}

static const struct stella_error *parse_x509(struct stella_signature_claim *claim, struct stella_span armored)
{
	const struct stella_error *err = stella_cmssig_parse(&claim->cms, armored);
	struct stella_buf text = { 0 };

	if (err)
		return err;
	err = stella_cmssig_verify(claim->cms, stella_buf_span(&claim->payload));
	if (err && err->code != STELLA_KEY_UNKNOWN) /* a certificate of the policy may be the signer's */
		return err;
	if (claim->cms->signer)
		stella_pubkey_print_fingerprint(&text, stella_cert_key(claim->cms->signer));
	else
		stella_buf_put_str(&text, "X.509 without certificate");
	claim->fingerprint = stella_buf_take_str(&text);
	return NULL;
}

static const struct stella_error *parse_openpgp(struct stella_signature_claim *claim, struct stella_span armored)
{
	struct stella_pgp_signature sig;
	const struct stella_error *err = stella_pgp_dearmor(&claim->openpgp, armored, STELLA_PGP_SIGNATURE_LABEL);
	char hex[KEY_ID_HEX + 1];

	if (!err)
		err = stella_pgp_signature_parse(&sig, stella_buf_span(&claim->openpgp));
	if (err)
		return err;
	stella_hex_text(hex, stella_span(sig.issuer, sig.issuer_size));
	for (char *at = hex; *at; at++)
		if (*at >= 'a')
			*at = (char)(*at - 'a' + 'A');
	claim->fingerprint = stella_strdup(hex);
	return NULL;
}

const struct stella_error *stella_signature_claim_parse(struct stella_signature_claim **out, struct stella_span raw)
{
	struct stella_signature_claim *claim = stella_alloc(sizeof *claim);
	struct stella_buf armored = { 0 };
	enum stella_gitsig_kind kind;
	const struct stella_error *err = stella_gitsig_split(&claim->payload, &armored, &kind, raw, false);

	*out = NULL;
	if (!err && kind == STELLA_GITSIG_X509)
		err = parse_x509(claim, stella_buf_span(&armored));
	else if (!err && kind == STELLA_GITSIG_OPENPGP)
		err = parse_openpgp(claim, stella_buf_span(&armored));
	if (!err && kind != STELLA_GITSIG_SSH) {
		*out = claim;
		claim = NULL;
	}
	stella_signature_claim_free(claim);
	stella_buf_free(&armored);
	return err;
}

const char *stella_signature_claim_fingerprint(const struct stella_signature_claim *claim)
{
	return claim->fingerprint;
}

const struct stella_sha256 *stella_signature_claim_key(const struct stella_signature_claim *claim)
{
	return claim->cms && claim->cms->signer ? stella_pubkey_id(stella_cert_key(claim->cms->signer)) : NULL;
}

/* ---------------------------------------------------------------- by a certificate */

/* By its key: the certificate inside may be an older or newer one of it. */
static const struct stella_error *verify_certificate(struct stella_signature_claim *claim, const struct stella_cert *cert)
{
	if (!claim->cms)
		return stella_error(STELLA_KEY_UNKNOWN, "it is not an X.509 signature");
	if (!claim->cms->signer)
		return stella_cmssig_verify_by(claim->cms, stella_buf_span(&claim->payload), cert);
	if (stella_pubkey_equal(stella_cert_key(claim->cms->signer), stella_cert_key(cert)))
		return NULL;
	return stella_error(STELLA_KEY_UNKNOWN, "it is signed with another key");
}

/* ---------------------------------------------------------------- by an identity */

/* Exactly this name and no other of any kind, and this OIDC issuer or none. */
static const struct stella_error *check_name(const struct stella_cert *cert, const struct stella_credential *credential)
{
	struct stella_fulcio *fulcio = NULL;
	const struct stella_error *err;
	const char *name, *issuer;
	enum stella_san type;

	if (!stella_cert_san(cert, 0, &type, &name))
		return stella_error(STELLA_IDENTITY_MISMATCH, "its certificate names nobody");
	if (stella_cert_san_count(cert) > 1)
		return stella_error(STELLA_IDENTITY_MISMATCH, "its certificate has more than one name");
	if (type != credential->san || strcmp(name, credential->name) != 0)
		return stella_error(STELLA_IDENTITY_MISMATCH, "its certificate is of %s %.256s", stella_san_name(type), name);
	err = stella_fulcio_parse(&fulcio, cert);
	if (err)
		return err;
	issuer = stella_fulcio_oidc_issuer(fulcio);
	if (!issuer != !credential->oidc_issuer || (issuer && strcmp(issuer, credential->oidc_issuer) != 0))
		err = stella_error(STELLA_IDENTITY_MISMATCH, "its certificate is by OIDC issuer %.256s", issuer ? issuer : "(none)");
	stella_fulcio_free(fulcio);
	return err;
}

/* Certificate, log entry, timestamps and signature, each bound to the others, at the times that the root vouches for. */
static const struct stella_error *verify_identity(struct stella_signature_claim *claim,
	const struct stella_credential *credential)
{
	const struct stella_trustroot *root = credential->root->root;
	const struct stella_sigstore_thresholds thresholds = { root->tlog_count > 0, root->ctlog_count > 0, 1, INT64_MAX };
	struct stella_sigstore_artifact artifact = { 0 };
	struct stella_sigstore_result result;
	const struct stella_error *err = NULL;

	if (!claim->cms)
		return stella_error(STELLA_KEY_UNKNOWN, "it is not an X.509 signature");
	if (!claim->cms->signer)
		return stella_error(STELLA_KEY_UNKNOWN, "its certificate is not inside");
	err = check_name(claim->cms->signer, credential);
	if (!err && !claim->bundle)
		err = stella_gitsign_bundle(&claim->bundle, &claim->message, claim->cms);
	if (err)
		return err;
	artifact.bytes = stella_buf_span(&claim->message);
	err = stella_sigstore_verify(&result, claim->bundle, root, NULL, &artifact, &thresholds);
	stella_sigstore_result_free(&result);
	return err;
}

const struct stella_error *stella_signature_verify(struct stella_signature_claim *claim,
	const struct stella_credential *credential)
{
	switch (credential->kind) {
	case STELLA_CREDENTIAL_CERTIFICATE:
		return verify_certificate(claim, credential->cert);
	case STELLA_CREDENTIAL_IDENTITY:
		return verify_identity(claim, credential);
	default:
		if (claim->cms)
			return stella_error(STELLA_KEY_UNKNOWN, "it is not an OpenPGP signature");
		return stella_openpgp_verify(credential->openpgp, stella_buf_span(&claim->openpgp),
			stella_buf_span(&claim->payload));
	}
}
