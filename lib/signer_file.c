/* SPDX-License-Identifier: Apache-2.0 */
/* Keys in files: which PKCS#8 is taken, and what to do with what is not. */
#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <string.h>

#include "der.h"
#include "encode.h"
#include "signer_internal.h"

#define KEY_FILE_MAX (64u << 10)
#define UNSUPPORTED "algorithm not supported: "
#define PLAIN "PRIVATE KEY"
#define ENCRYPTED "ENCRYPTED PRIVATE KEY"

const struct stella_signer_kind stella_signer_of_file = {
	"key file", stella_signer_gnutls_makes, stella_signer_gnutls_sign, stella_signer_gnutls_close,
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

const struct stella_error *stella_signer_parse(struct stella_signer **out, struct stella_span pem,
	const struct stella_error *(*ask)(struct stella_buf *secret, void *context), void *context)
{
	struct stella_signer *signer = stella_signer_new(&stella_signer_of_file);
	const struct stella_error *err;
	gnutls_x509_privkey_t key = NULL;
	gnutls_privkey_t private = NULL;
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
	if (gnutls_x509_privkey_init(&key) < 0 || gnutls_privkey_init(&private) < 0) {
		err = stella_error(STELLA_INTERNAL, "GnuTLS cannot make a key");
		goto done;
	}
	signer->private = private;
	err = import(key, stella_buf_span(&der), encrypted, ask, context);
	if (err)
		goto done;
	if (gnutls_privkey_import_x509(private, key, GNUTLS_PRIVKEY_IMPORT_COPY) < 0) {
		err = stella_error(STELLA_INTERNAL, "GnuTLS cannot take its own key");
		goto done;
	}
	err = stella_signer_gnutls_public(&signer->public, private);
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
