/* SPDX-License-Identifier: Apache-2.0 */
#include "cmssig.h"

#include <stdlib.h>

#include "ber.h"
#include "der.h"
#include "encode.h"

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
	const struct stella_error *err = stella_cms_verify_detached(&sig->cms, message, &sig->signer);

	return err ? stella_error_prefix(err, "X.509 signature") : NULL;
}
