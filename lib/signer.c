/* SPDX-License-Identifier: Apache-2.0 */
#include "signer.h"

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "der.h"
#include "encode.h"

#define KEY_FILE_MAX (64u << 10)
#define UNSUPPORTED "algorithm not supported: "
#define PLAIN "PRIVATE KEY"
#define ENCRYPTED "ENCRYPTED PRIVATE KEY"

struct stella_signer {
	gnutls_privkey_t private;
	struct stella_pubkey *public;
};

/* ---------------------------------------------------------------- which form is it */

#define PKCS8 "openssl pkcs8 -topk8 -in OLD -out NEW"
static const struct {
	const char *label, *remedy;
} other_forms[] = {
	{ "EC PRIVATE KEY", PKCS8 },
	{ "EC PARAMETERS", PKCS8 },
	{ "RSA PRIVATE KEY", PKCS8 },
	{ "OPENSSH PRIVATE KEY", "cp OLD NEW && ssh-keygen -p -m PKCS8 -f NEW (ECDSA and RSA), or make one: "
		"openssl genpkey -algorithm ed25519 -out NEW" },
	{ "ENCRYPTED SIGSTORE PRIVATE KEY", "openssl genpkey -algorithm ed25519 -out NEW" },
	{ "ENCRYPTED COSIGN PRIVATE KEY", "openssl genpkey -algorithm ed25519 -out NEW" },
};

static bool begins_with_label(struct stella_span pem, const char *label)
{
	struct stella_buf line = { 0 };
	bool found;

	stella_buf_printf(&line, "-----BEGIN %s-----", label);
	found = stella_span_starts(pem, (char *)line.data);
	stella_buf_free(&line);
	return found;
}

static const struct stella_error *decode(struct stella_buf *der, bool *encrypted, struct stella_span pem)
{
	*encrypted = begins_with_label(pem, ENCRYPTED);
	if (*encrypted || begins_with_label(pem, PLAIN))
		return stella_pem_parse(der, pem, *encrypted ? ENCRYPTED : PLAIN);
	for (size_t i = 0; i < sizeof other_forms / sizeof *other_forms; i++)
		if (begins_with_label(pem, other_forms[i].label))
			return stella_error(STELLA_ALGORITHM_UNSUPPORTED,
				UNSUPPORTED "private key as \"%s\", expected \"%s\"; to have one: %s",
				other_forms[i].label, PLAIN, other_forms[i].remedy);
	if (begins_with_label(pem, "PUBLIC KEY") || begins_with_label(pem, "CERTIFICATE"))
		return stella_error(STELLA_USAGE, "private key: this is the public half");
	return stella_error(STELLA_MALFORMED, "private key: no PEM block \"" PLAIN "\" or \"" ENCRYPTED "\" first");
}

/* RFC 5958 3, RFC 8018 6.2: PBES2 with PBKDF2.  GnuTLS would take the broken old schemes too, and no scrypt. */
static const struct stella_error *check_encryption(struct stella_span der)
{
	struct stella_cursor all = stella_cursor(der), in, algorithm, parameters, kdf;
	struct stella_span oid, kdf_oid;

	if (!stella_der_enter(&all, STELLA_DER_SEQUENCE, &in) ||
	    !stella_der_enter(&in, STELLA_DER_SEQUENCE, &algorithm) ||
	    !stella_der_take(&algorithm, STELLA_DER_OID, &oid))
		return stella_error(STELLA_MALFORMED, "private key: not what PKCS#8 says");
	if (stella_span_is(oid, "\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0d") &&
	    stella_der_enter(&algorithm, STELLA_DER_SEQUENCE, &parameters) &&
	    stella_der_enter(&parameters, STELLA_DER_SEQUENCE, &kdf) &&
	    stella_der_take(&kdf, STELLA_DER_OID, &kdf_oid)) {
		if (stella_span_is(kdf_oid, "\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0c"))
			return NULL;
		if (stella_span_is(kdf_oid, "\x2b\x06\x01\x04\x01\xda\x47\x04\x0b"))
			return stella_error(STELLA_ALGORITHM_UNSUPPORTED,
				UNSUPPORTED "private key encrypted with scrypt, expected PBKDF2: " PKCS8);
	}
	return stella_error(STELLA_ALGORITHM_UNSUPPORTED,
		UNSUPPORTED "private key encrypted with an old scheme, expected PBES2 with PBKDF2: " PKCS8);
}

/* ---------------------------------------------------------------- parse */

static const struct stella_error *import(gnutls_x509_privkey_t key, struct stella_span der, bool encrypted,
	const struct stella_error *(*ask)(struct stella_buf *secret, void *context), void *context)
{
	const gnutls_datum_t data = { (unsigned char *)(uintptr_t)der.data, (unsigned)der.size };
	struct stella_buf secret = { 0 };
	const struct stella_error *err;
	int code;

	if (!encrypted) {
		code = gnutls_x509_privkey_import_pkcs8(key, &data, GNUTLS_X509_FMT_DER, NULL,
			GNUTLS_PKCS_PLAIN);
		if (code < 0)
			return stella_error(STELLA_MALFORMED, "private key: not Ed25519, ECDSA on P-256, P-384 or P-521, "
				"or RSA in PKCS#8 of version 1 (%s)", gnutls_strerror(code));
		return NULL;
	}
	err = check_encryption(der);
	if (err)
		return err;
	err = ask(&secret, context);
	if (err)
		goto done;
	stella_buf_put_str(&secret, ""); /* even an empty one has its NUL */
	code = stella_span_has_nul(stella_buf_span(&secret)) ? GNUTLS_E_DECRYPTION_FAILED :
		gnutls_x509_privkey_import_pkcs8(key, &data, GNUTLS_X509_FMT_DER, (char *)secret.data, 0);
	if (code < 0)
		err = stella_error(STELLA_USAGE, "private key: wrong passphrase, or the file is damaged (%s)",
			gnutls_strerror(code));
done:
	stella_buf_wipe(&secret);
	return err;
}

static const struct stella_error *find_public(struct stella_pubkey **out, gnutls_privkey_t private)
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

const struct stella_error *stella_signer_parse(struct stella_signer **out, struct stella_span pem,
	const struct stella_error *(*ask)(struct stella_buf *secret, void *context), void *context)
{
	struct stella_signer *signer = stella_alloc(sizeof *signer);
	const struct stella_error *err;
	gnutls_x509_privkey_t key = NULL;
	struct stella_buf der = { 0 };
	bool encrypted = false;

	*out = NULL;
	if (pem.size > KEY_FILE_MAX) {
		err = stella_error(STELLA_LIMIT, "private key of more than %u bytes", KEY_FILE_MAX);
		goto done;
	}
	stella_buf_reserve(&der, pem.size); /* growing leaves no copies behind */
	err = decode(&der, &encrypted, pem);
	if (!err)
		err = stella_der_check(stella_buf_span(&der));
	if (err)
		goto done;
	if (gnutls_x509_privkey_init(&key) < 0 || gnutls_privkey_init(&signer->private) < 0) {
		err = stella_error(STELLA_INTERNAL, "GnuTLS cannot make a key");
		goto done;
	}
	err = import(key, stella_buf_span(&der), encrypted, ask, context);
	if (err)
		goto done;
	if (gnutls_privkey_import_x509(signer->private, key, GNUTLS_PRIVKEY_IMPORT_COPY) < 0) {
		err = stella_error(STELLA_INTERNAL, "GnuTLS cannot take its own key");
		goto done;
	}
	err = find_public(&signer->public, signer->private);
	if (err)
		goto done;
	*out = signer;
	signer = NULL;
done:
	if (key)
		gnutls_x509_privkey_deinit(key);
	stella_buf_wipe(&der);
	stella_signer_free(signer);
	return err;
}

void stella_signer_free(struct stella_signer *signer)
{
	if (!signer)
		return;
	if (signer->private)
		gnutls_privkey_deinit(signer->private);
	stella_pubkey_free(signer->public);
	free(signer);
}

const struct stella_pubkey *stella_signer_key(const struct stella_signer *signer)
{
	return signer->public;
}

/* ---------------------------------------------------------------- sign */

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

const struct stella_error *stella_signer_sign(struct stella_buf *sig, const struct stella_signer *signer,
	enum stella_sigalg alg, struct stella_span message)
{
	const gnutls_datum_t data = { (unsigned char *)(uintptr_t)message.data, (unsigned)message.size };
	const struct stella_error *err = NULL;
	gnutls_datum_t made = { 0 };
	int code;

	if (!stella_pubkey_allows(signer->public, alg) || algorithms[alg] == GNUTLS_SIGN_UNKNOWN)
		return stella_error(STELLA_ALGORITHM_UNSUPPORTED, UNSUPPORTED "%s with a key of type %s",
			stella_sigalg_name(alg), stella_pubkey_type_name(signer->public));
	if (message.size > INT_MAX)
		return stella_error(STELLA_LIMIT, "signing more than %d bytes", INT_MAX);
	code = gnutls_privkey_sign_data2(signer->private, algorithms[alg], 0, &data, &made);
	if (code < 0)
		return stella_error(STELLA_INTERNAL, "signing: %s", gnutls_strerror(code));
	err = stella_pubkey_verify(signer->public, alg, message, stella_span(made.data, made.size));
	if (err)
		err = stella_error(STELLA_INTERNAL,
			"the signature just made does not verify with its own key: %s", err->message);
	else
		stella_buf_put(sig, made.data, made.size);
	gnutls_free(made.data);
	return err;
}
