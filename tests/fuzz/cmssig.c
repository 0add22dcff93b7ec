/* SPDX-License-Identifier: Apache-2.0 */
/*
 * X.509 signatures of commits: BER becomes DER that is DER, nobody has signed these bytes, and what a signature says of a
 * log becomes a bundle or a plain error.
 */
#include "fuzz.h"

#include "ber.h"
#include "der.h"
#include "encode.h"
#include "gitsign.h"
#include "tlog_proto.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct stella_span input = stella_span(data, size);
	struct stella_buf armored = { 0 }, der = { 0 }, again = { 0 }, message = { 0 };
	struct stella_bundle *bundle;
	struct stella_cmssig *sig;
	struct stella_json *entry;

	if (!stella_ber_to_der(&der, input)) {
		must(!stella_ber_to_der(&again, stella_buf_span(&der)));
		must(stella_span_equal(stella_buf_span(&der), stella_buf_span(&again)));
	}
	if (!stella_tlog_proto_parse(&entry, input, stella_span_str("body")))
		stella_json_free(entry);
	stella_pem_print(&armored, STELLA_CMSSIG_LABEL, input);
	if (!stella_cmssig_parse(&sig, stella_buf_span(&armored))) {
		must(!stella_der_check(stella_buf_span(&sig->der)));
		must(stella_cmssig_verify(sig, stella_span_str("bytes that nobody has signed")) && !sig->signer);
		sig->signer = sig->cms.cert_count ? sig->cms.certs[0] : NULL; /* as if it had */
		if (sig->signer && !stella_gitsign_bundle(&bundle, &message, sig)) {
			must(bundle->cert_count == 1);
			stella_bundle_free(bundle);
			stella_buf_free(&message);
		}
		stella_cmssig_free(sig);
	}
	stella_buf_free(&armored);
	stella_buf_free(&der);
	stella_buf_free(&again);
	return 0;
}
