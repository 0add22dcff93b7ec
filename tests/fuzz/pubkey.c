/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Public keys in each form.  What is parsed has that one text, and is the same key in every other form;
 * nothing that was not signed verifies under it.
 */
#include "fuzz.h"

#include "encode.h"
#include "pubkey.h"

static void check_same(const struct stella_pubkey *key, const struct stella_error *err, struct stella_pubkey *again)
{
	must(!err && stella_pubkey_equal(key, again));
	must(stella_sha256_equal(stella_pubkey_id(key), stella_pubkey_id(again)));
	must(stella_pubkey_bits(key) == stella_pubkey_bits(again));
	stella_pubkey_free(again);
}

static void check_forms(const struct stella_pubkey *key)
{
	struct stella_span spki = stella_pubkey_spki(key);
	struct stella_buf text = { 0 };
	const struct stella_error *err;
	struct stella_pubkey *again;

	err = stella_pubkey_parse_ssh(&again, stella_pubkey_ssh(key));
	check_same(key, err, again);
	stella_pubkey_print_ssh(&text, key);
	err = stella_pubkey_parse_ssh_line(&again, stella_buf_span(&text));
	check_same(key, err, again);
	stella_buf_free(&text);
	must((spki.size == 0) == stella_keytype_is_fido(stella_pubkey_type(key)));
	if (spki.size == 0)
		return;
	err = stella_pubkey_parse_spki(&again, spki);
	check_same(key, err, again);
	stella_pem_print(&text, "PUBLIC KEY", spki);
	err = stella_pubkey_parse_pem(&again, stella_buf_span(&text));
	check_same(key, err, again);
	stella_buf_free(&text);
}

static void check_verify(const struct stella_pubkey *key, struct stella_span data)
{
	for (unsigned i = 0; i < STELLA_SIG_COUNT; i++) {
		enum stella_sigalg alg = (enum stella_sigalg)i;
		const struct stella_error *err = stella_pubkey_verify(key, alg, stella_span_str("nothing"), data);

		must(err && err->code == (stella_pubkey_allows(key, alg) ?
			STELLA_SIGNATURE_MISMATCH : STELLA_ALGORITHM_UNSUPPORTED));
	}
}

static void run(const struct stella_error *err, struct stella_pubkey *key, struct stella_span data,
	struct stella_span text)
{
	if (err) {
		must(!key && (err->code == STELLA_MALFORMED || err->code == STELLA_ALGORITHM_UNSUPPORTED));
		return;
	}
	must(text.size == 0 || stella_span_equal(text, data));
	check_forms(key);
	check_verify(key, data);
	stella_pubkey_free(key);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct stella_span in = stella_span(data, size), none = { 0 };
	const struct stella_error *err;
	struct stella_pubkey *key;

	err = stella_pubkey_parse_spki(&key, in);
	run(err, key, in, err ? none : stella_pubkey_spki(key));
	err = stella_pubkey_parse_ssh(&key, in);
	run(err, key, in, err ? none : stella_pubkey_ssh(key));
	err = stella_pubkey_parse_ssh_line(&key, in);
	run(err, key, in, none);
	err = stella_pubkey_parse_pem(&key, in);
	run(err, key, in, none);
	return 0;
}
