/* SPDX-License-Identifier: Apache-2.0 */
#include "cms.h"
#include "der.h"
#include "tokens.h"

#define BYTES(text) stella_span((text), sizeof(text) - 1)
#define SHA2 "\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02"

START_TEST(sha2_is_found_with_null_and_without)
{
	enum stella_hash hash;

	assert_ok(stella_cms_find_hash(&hash, BYTES("\x30\x0d" SHA2 "\x01\x05\x00")));
	ck_assert_int_eq(hash, STELLA_HASH_SHA256);
	assert_ok(stella_cms_find_hash(&hash, BYTES("\x30\x0b" SHA2 "\x02")));
	ck_assert_int_eq(hash, STELLA_HASH_SHA384);
	assert_ok(stella_cms_find_hash(&hash, BYTES("\x30\x0b" SHA2 "\x03")));
	ck_assert_int_eq(hash, STELLA_HASH_SHA512);
}
END_TEST

START_TEST(other_digests_and_parameters_are_refused)
{
	enum stella_hash hash;

	assert_code(stella_cms_find_hash(&hash, BYTES("\x30\x0b" SHA2 "\x04")), STELLA_ALGORITHM_UNSUPPORTED);
	assert_code(stella_cms_find_hash(&hash, BYTES("\x30\x0e" SHA2 "\x01\x02\x01\x00")), STELLA_ALGORITHM_UNSUPPORTED);
	assert_code(stella_cms_find_hash(&hash, BYTES("\x30\x0f" SHA2 "\x01\x05\x00\x05\x00")), STELLA_ALGORITHM_UNSUPPORTED);
	assert_code(stella_cms_find_hash(&hash, BYTES("\x30\x00")), STELLA_ALGORITHM_UNSUPPORTED);
	assert_code(stella_cms_find_hash(&hash, BYTES("")), STELLA_ALGORITHM_UNSUPPORTED);
}
END_TEST

static const struct stella_error *verify(const char *name, const struct stella_cert *const *known, size_t count,
	struct stella_sha256 *signer)
{
	struct stella_buf der = find_token(name);
	const struct stella_cert *cert;
	const struct stella_error *err;
	struct stella_cms cms;

	assert_ok(stella_der_check(stella_buf_span(&der)));
	assert_ok(stella_cms_parse(&cms, stella_buf_span(&der)));
	err = stella_cms_verify(&cms, known, count, &cert);
	ck_assert(!err == (cert != NULL));
	if (cert)
		*signer = *stella_cert_fingerprint(cert);
	stella_cms_free(&cms);
	stella_buf_free(&der);
	return err;
}

START_TEST(the_signer_is_who_the_attributes_bind)
{
	static const char *const by_tsa[] = { "bare", "no-certs", "decoy-first", "decoy-last", "key-identifier" };
	struct token_kit kit = load_token_kit();
	const struct stella_cert *known[] = { kit.twin, kit.tsa };
	struct stella_sha256 signer;

	for (size_t i = 0; i < sizeof by_tsa / sizeof *by_tsa; i++) {
		assert_ok(verify(by_tsa[i], known, 2, &signer));
		ck_assert(stella_sha256_equal(&signer, stella_cert_fingerprint(kit.tsa)));
	}
	assert_ok(verify("twin-signs", known, 2, &signer));
	ck_assert(stella_sha256_equal(&signer, stella_cert_fingerprint(kit.twin)));
	free_token_kit(&kit);
}
END_TEST

START_TEST(a_signer_without_a_certificate_is_unknown)
{
	struct token_kit kit = load_token_kit();
	const struct stella_cert *known[] = { kit.inter, kit.twin };
	struct stella_sha256 signer;

	assert_code(verify("no-certs", NULL, 0, &signer), STELLA_KEY_UNKNOWN);
	assert_code(verify("no-certs", known, 1, &signer), STELLA_KEY_UNKNOWN);
	assert_code(verify("no-certs", known, 2, &signer), STELLA_SIGNATURE_MISMATCH); /* twin: its name and serial */
	free_token_kit(&kit);
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_test(t, sha2_is_found_with_null_and_without);
	tcase_add_test(t, other_digests_and_parameters_are_refused);
	tcase_add_test(t, the_signer_is_who_the_attributes_bind);
	tcase_add_test(t, a_signer_without_a_certificate_is_unknown);
}

CHECK_MAIN("cms", fill)
