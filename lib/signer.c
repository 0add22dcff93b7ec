/* SPDX-License-Identifier: Apache-2.0 */
#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <limits.h>
#include <stdlib.h>

#include "signer_internal.h"

#define UNSUPPORTED "algorithm not supported: "

static const struct stella_signer_kind *const kinds[STELLA_SIGNER_KINDS] = {
	[STELLA_SIGNER_FILE] = &stella_signer_of_file,
	[STELLA_SIGNER_TOKEN] = &stella_signer_of_token,
	[STELLA_SIGNER_AGENT] = &stella_signer_of_agent,
};

const char *stella_signer_kind_name(enum stella_signer_kinds kind)
{
	return kinds[kind]->name;
}

bool stella_signer_makes(enum stella_signer_kinds kind, enum stella_keytype type, enum stella_sigalg alg)
{
	return stella_keytype_allows(type, alg) && kinds[kind]->makes(type, alg);
}

/* ---------------------------------------------------------------- what every signer has */

struct stella_signer *stella_signer_new(const struct stella_signer_kind *kind)
{
	struct stella_signer *signer = stella_alloc(sizeof *signer);

	signer->kind = kind;
	return signer;
}

void stella_signer_free(struct stella_signer *signer)
{
	if (!signer)
		return;
	if (signer->private)
		signer->kind->close(signer);
	stella_pubkey_free(signer->public);
	free(signer);
}

const struct stella_pubkey *stella_signer_key(const struct stella_signer *signer)
{
	return signer->public;
}

const struct stella_error *stella_signer_sign(struct stella_buf *sig, const struct stella_signer *signer,
	enum stella_sigalg alg, struct stella_span message)
{
	struct stella_buf made = { 0 };
	const struct stella_error *err;

	if (!stella_pubkey_allows(signer->public, alg) || !signer->kind->makes(stella_pubkey_type(signer->public), alg))
		return stella_error(STELLA_ALGORITHM_UNSUPPORTED, UNSUPPORTED "%s with a key of type %s by %s",
			stella_sigalg_name(alg), stella_pubkey_type_name(signer->public), signer->kind->name);
	if (message.size > INT_MAX)
		return stella_error(STELLA_LIMIT, "signing more than %d bytes", INT_MAX);
	err = signer->kind->sign(&made, signer, alg, message);
	if (err)
		goto done;
	err = stella_pubkey_verify(signer->public, alg, message, stella_buf_span(&made));
	if (err)
		err = stella_error(STELLA_INTERNAL,
			"the signature just made does not verify with its own key: %s", err->message);
	else
		stella_buf_put_span(sig, stella_buf_span(&made));
done:
	stella_buf_free(&made);
	return err;
}

/* ---------------------------------------------------------------- GnuTLS, for files and tokens */

static const gnutls_sign_algorithm_t algorithms[STELLA_SIG_COUNT] = {
	[STELLA_SIG_ED25519] = GNUTLS_SIGN_EDDSA_ED25519,
	[STELLA_SIG_ECDSA_SHA256] = GNUTLS_SIGN_ECDSA_SHA256,
	[STELLA_SIG_ECDSA_SHA384] = GNUTLS_SIGN_ECDSA_SHA384,
	[STELLA_SIG_ECDSA_SHA512] = GNUTLS_SIGN_ECDSA_SHA512,
	[STELLA_SIG_RSA_SHA256] = GNUTLS_SIGN_RSA_SHA256,
	[STELLA_SIG_RSA_SHA384] = GNUTLS_SIGN_RSA_SHA384,
	[STELLA_SIG_RSA_SHA512] = GNUTLS_SIGN_RSA_SHA512,
	[STELLA_SIG_PSS_SHA256] = GNUTLS_SIGN_RSA_PSS_SHA256,
	[STELLA_SIG_PSS_SHA384] = GNUTLS_SIGN_RSA_PSS_SHA384,
	[STELLA_SIG_PSS_SHA512] = GNUTLS_SIGN_RSA_PSS_SHA512,
};

bool stella_signer_gnutls_makes(enum stella_keytype type, enum stella_sigalg alg)
{
	return algorithms[alg] != GNUTLS_SIGN_UNKNOWN;
}

const struct stella_error *stella_signer_gnutls_sign(struct stella_buf *sig, const struct stella_signer *signer,
	enum stella_sigalg alg, struct stella_span message)
{
	const gnutls_datum_t data = { (unsigned char *)(uintptr_t)message.data, (unsigned)message.size };
	gnutls_datum_t made = { 0 };
	int code = gnutls_privkey_sign_data2(signer->private, algorithms[alg], 0, &data, &made);

	if (code < 0)
		return stella_error(STELLA_INTERNAL, "signing: %s", gnutls_strerror(code));
	stella_buf_put(sig, made.data, made.size);
	gnutls_free(made.data);
	return NULL;
}

void stella_signer_gnutls_close(struct stella_signer *signer)
{
	gnutls_privkey_deinit(signer->private);
}

const struct stella_error *stella_signer_gnutls_public(struct stella_pubkey **out, void *private)
{
	const struct stella_error *err = NULL;
	gnutls_datum_t der = { 0 };
	gnutls_pubkey_t public = NULL;
	int code = gnutls_pubkey_init(&public);

	if (code >= 0)
		code = gnutls_pubkey_import_privkey(public, private, 0, 0);
	if (code >= 0)
		code = gnutls_pubkey_export2(public, GNUTLS_X509_FMT_DER, &der);
	if (code < 0)
		err = stella_error(STELLA_ALGORITHM_UNSUPPORTED, UNSUPPORTED "private key: %s",
			gnutls_strerror(code));
	else
		err = stella_pubkey_parse_spki(out, stella_span(der.data, der.size));
	gnutls_free(der.data);
	gnutls_pubkey_deinit(public);
	return err;
}

void stella_signer_print_provider(struct stella_buf *out)
{
	stella_buf_put_str(out, gnutls_check_version(NULL));
}

bool stella_signer_fips(void)
{
	return gnutls_fips140_mode_enabled() != 0;
}
