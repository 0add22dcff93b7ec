/* SPDX-License-Identifier: Apache-2.0 */
#include "cmssig.h"

#include <stdlib.h>

#include "ber.h"
#include "der.h"
#include "encode.h"
#include "x509_internal.h"

const struct stella_error *stella_cmssig_parse(struct stella_cmssig **out, struct stella_span armored)
{
	struct stella_cmssig *sig = NULL;
	const struct stella_error *err;
	struct stella_buf ber = { 0 };

	*out = NULL;
	if (armored.size > STELLA_CMSSIG_MAX)
		return stella_error(STELLA_LIMIT, "X.509 signature of %zu bytes, more than %u", armored.size, STELLA_CMSSIG_MAX);
	err = stella_pem_parse(&ber, armored, STELLA_CMSSIG_LABEL);
	if (err)
		goto done;
	sig = stella_alloc(sizeof *sig);
	err = stella_ber_to_der(&sig->der, stella_buf_span(&ber));
	if (!err)
		err = stella_der_check(stella_buf_span(&sig->der));
	if (!err)
		err = stella_cms_parse_detached(&sig->cms, stella_buf_span(&sig->der));
	if (err)
		goto done;
	*out = sig;
	sig = NULL;
done:
	stella_cmssig_free(sig);
	stella_buf_free(&ber);
	return err ? stella_error_prefix(err, "X.509 signature") : NULL;
}

void stella_cmssig_free(struct stella_cmssig *sig)
{
	if (!sig)
		return;
	stella_cms_free(&sig->cms);
	stella_buf_free(&sig->der);
	free(sig);
}

const struct stella_error *stella_cmssig_verify(struct stella_cmssig *sig, struct stella_span message)
{
	const struct stella_error *err = stella_cms_verify_detached(&sig->cms, message, NULL, 0, &sig->signer);

	return err ? stella_error_prefix(err, "X.509 signature") : NULL;
}

const struct stella_error *stella_cmssig_verify_by(const struct stella_cmssig *sig, struct stella_span message,
	const struct stella_cert *cert)
{
	const struct stella_cert *signer;
	const struct stella_error *err = stella_cms_verify_detached(&sig->cms, message, &cert, 1, &signer);

	if (!err && signer != cert)
		err = stella_error(STELLA_KEY_UNKNOWN, "another certificate is inside");
	return err ? stella_error_prefix(err, "X.509 signature") : NULL;
}

const struct stella_error *stella_cmssig_verify_use(const struct stella_cert *cert)
{
	const char *why = NULL;

	if (!cert->key)
		return stella_error(STELLA_ALGORITHM_UNSUPPORTED, "%s, in the certificate of \"%.256s\"", cert->key_problem,
			stella_cert_show(cert));
	if (cert->is_ca)
		why = "is a CA, not a signer's certificate";
	else if (cert->unknown_critical)
		why = "has a critical extension that is not supported";
	else if (cert->has_key_usage && !(cert->key_usage & (STELLA_KU_DIGITAL_SIGNATURE | STELLA_KU_NON_REPUDIATION)))
		why = "has neither digitalSignature nor nonRepudiation in its key usage";
	else if (cert->has_eku && !cert->eku_code_signing && !cert->eku_email && !cert->eku_any)
		why = "has neither codeSigning nor emailProtection in its extended key usage";
	return why ? stella_error(STELLA_CHAIN_INVALID, "certificate invalid: \"%.256s\" %s", stella_cert_show(cert), why) : NULL;
}
