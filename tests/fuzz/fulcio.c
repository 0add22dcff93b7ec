/* SPDX-License-Identifier: Apache-2.0 */
/* The extensions of one certificate (DER): what is read is plain text, bounded, and of one OIDC issuer. */
#include "fuzz.h"

#include <string.h>

#include "fulcio.h"

static void check_values(const struct stella_fulcio *fulcio)
{
	const char *issuer = stella_fulcio_oidc_issuer(fulcio);

	for (unsigned i = 0; i < STELLA_FULCIO_ARCS; i++) {
		const char *value = fulcio->values[i];

		must(!value || (stella_fulcio_name(i) && strlen(value) <= STELLA_FULCIO_VALUE_MAX));
		for (; value && *value; value++)
			must((unsigned char)*value >= 0x20 && *value != 0x7f);
	}
	must(!issuer || *issuer);
	for (unsigned i = STELLA_FULCIO_ISSUER_V1; i <= STELLA_FULCIO_ISSUER; i += STELLA_FULCIO_ISSUER - STELLA_FULCIO_ISSUER_V1)
		must(!issuer || !fulcio->values[i] || !strcmp(fulcio->values[i], issuer));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct stella_error *err;
	struct stella_fulcio *fulcio;
	struct stella_cert *cert;

	if (stella_cert_parse(&cert, stella_span(data, size)))
		return 0;
	err = stella_fulcio_parse(&fulcio, cert);
	must(!err == (fulcio != NULL));
	must(!err || err->code == STELLA_MALFORMED || err->code == STELLA_LIMIT);
	if (!err)
		check_values(fulcio);
	stella_fulcio_free(fulcio);
	stella_cert_free(cert);
	return 0;
}
