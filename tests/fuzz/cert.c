/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Certificates, one after the other as DER: a leaf, intermediates, an anchor.  What GnuTLS takes too it
 * reads alike (it refuses broken extensions that we never look at), names are plain text, PEM changes
 * nothing, and a chain that we accept it accepts.
 */
#include "fuzz.h"

#include <gnutls/x509.h>
#include <string.h>

#include "der.h"
#include "encode.h"
#include "x509.h"

#define MOST 8

static gnutls_x509_crt_t import(struct stella_span der)
{
	const gnutls_datum_t data = { (unsigned char *)(uintptr_t)der.data, (unsigned)der.size };
	gnutls_x509_crt_t crt;

	must(gnutls_x509_crt_init(&crt) >= 0);
	if (gnutls_x509_crt_import(crt, &data, GNUTLS_X509_FMT_DER) >= 0)
		return crt;
	gnutls_x509_crt_deinit(crt);
	return NULL;
}

/* GnuTLS takes what is before 1970 for 1970, and has no number for the end of 9999. */
static void compare_time(int64_t ours, int64_t theirs)
{
	static const int64_t end_of_9999 = 253402300799;

	must(ours == theirs || (ours < 0 && theirs == 0) || ours == end_of_9999);
}

static void check_names(const struct stella_cert *cert)
{
	enum stella_san type;
	const char *value;

	for (size_t i = 0; stella_cert_san(cert, i, &type, &value); i++) {
		must(*value && stella_san_name(type));
		for (const char *c = value; *c; c++)
			must(*c >= ' ' && *c <= '~');
	}
}

static void check_pem(const struct stella_cert *cert)
{
	struct stella_buf pem = { 0 };
	struct stella_cert *again;

	stella_pem_print(&pem, "CERTIFICATE", stella_cert_der(cert));
	must(!stella_cert_parse_pem(&again, stella_buf_span(&pem)));
	must(stella_sha256_equal(stella_cert_fingerprint(cert), stella_cert_fingerprint(again)));
	stella_cert_free(again);
	stella_buf_free(&pem);
}

static void check_cert(const struct stella_cert *cert)
{
	gnutls_x509_crt_t crt = import(stella_cert_der(cert));
	struct stella_chain chain;

	if (crt) {
		compare_time(stella_cert_not_before(cert), gnutls_x509_crt_get_activation_time(crt));
		compare_time(stella_cert_not_after(cert), gnutls_x509_crt_get_expiration_time(crt));
		must(stella_cert_is_ca(cert) == (gnutls_x509_crt_get_ca_status(crt, NULL) > 0));
		gnutls_x509_crt_deinit(crt);
	}
	must(stella_cert_not_before(cert) <= stella_cert_not_after(cert));
	must(*stella_cert_issuer(cert) && stella_cert_subject(cert));
	check_names(cert);
	check_pem(cert);
	/* a certificate is never a good leaf below itself */
	must(stella_chain_verify(&chain, cert, NULL, 0, &cert, 1, stella_cert_not_before(cert)) && !chain.count);
}

static void check_chain(const struct stella_cert *const *certs, size_t count)
{
	gnutls_x509_crt_t list[MOST];
	struct stella_chain chain;
	unsigned status = 0, known = 0;

	if (stella_chain_verify(&chain, certs[0], certs + 1, count - 2, certs + count - 1, 1,
		    stella_cert_not_before(certs[0])))
		return;
	must(chain.count >= 2 && chain.certs[0] == certs[0] && chain.certs[chain.count - 1] == certs[count - 1]);
	for (; known < chain.count; known++) {
		list[known] = import(stella_cert_der(chain.certs[known]));
		if (!list[known])
			break;
	}
	if (known == chain.count)
		must(gnutls_x509_crt_list_verify(list, (int)known - 1, &list[known - 1], 1, NULL, 0,
			GNUTLS_VERIFY_DISABLE_TIME_CHECKS, &status) >= 0);
	if (!(status & GNUTLS_CERT_SIGNER_NOT_FOUND)) /* it goes by key identifiers, we by keys */
		must(status == 0);
	while (known > 0)
		gnutls_x509_crt_deinit(list[--known]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct stella_cursor in = stella_cursor(stella_span(data, size));
	const struct stella_cert *certs[MOST];
	struct stella_span der;
	size_t count = 0;

	while (count < MOST && stella_der_take_whole(&in, STELLA_DER_SEQUENCE, &der)) {
		struct stella_cert *cert;
		const struct stella_error *err = stella_cert_parse(&cert, der);

		must(!err == (cert != NULL));
		if (err) {
			must(err->code == STELLA_MALFORMED || err->code == STELLA_LIMIT);
			continue;
		}
		certs[count++] = cert;
		check_cert(cert);
	}
	if (count > 1)
		check_chain(certs, count);
	while (count > 0)
		stella_cert_free((struct stella_cert *)(uintptr_t)certs[--count]);
	return 0;
}
