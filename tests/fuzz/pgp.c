/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OpenPGP before any library sees it: what is taken as a signature says when and by whom, what is taken as a certificate has
 * strong keys, a byte less is refused, and armour gives back what is in it.
 */
#include "fuzz.h"

#include "encode.h"
#include "pgp.h"

static bool is_plain(const struct stella_error *err)
{
	return err->code == STELLA_MALFORMED || err->code == STELLA_ALGORITHM_UNSUPPORTED || err->code == STELLA_LIMIT;
}

static void check_armor(struct stella_span input)
{
	struct stella_buf out = { 0 }, text = { 0 };

	if (stella_pgp_dearmor(&out, input, STELLA_PGP_SIGNATURE_LABEL))
		must(!out.size);
	out.size = 0;
	stella_buf_put_str(&text, "-----BEGIN PGP SIGNATURE-----\n\n");
	stella_base64_print(&text, input);
	stella_buf_put_str(&text, "\n-----END PGP SIGNATURE-----\n");
	if (input.size) {
		must(!stella_pgp_dearmor(&out, stella_buf_span(&text), STELLA_PGP_SIGNATURE_LABEL));
		must(stella_span_equal(stella_buf_span(&out), input));
	}
	stella_buf_free(&out);
	stella_buf_free(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct stella_span input = stella_span(data, size);
	struct stella_pgp_signature sig;
	struct stella_pgp_cert cert;
	const struct stella_error *err = stella_pgp_signature_parse(&sig, input);

	must(!err || is_plain(err));
	if (!err) {
		must(sig.created > 0 && sig.created <= UINT32_MAX && (sig.issuer_size == 8 || sig.issuer_size == 20));
		must(stella_pgp_signature_parse(&sig, stella_span(data, size - 1)));
	}
	err = stella_pgp_cert_parse(&cert, input);
	must(!err || is_plain(err));
	if (!err) {
		must(cert.key_count > 0 && cert.key_count <= STELLA_PGP_KEYS_MAX);
		for (size_t i = 0; i < cert.key_count; i++)
			must(stella_pubkey_type(cert.keys[i]) != STELLA_KEY_RSA || stella_pubkey_bits(cert.keys[i]) >= 2048);
		stella_pgp_cert_free(&cert);
	} else {
		must(!cert.key_count);
	}
	check_armor(input);
	return 0;
}
