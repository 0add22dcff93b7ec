/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "sigmemo.h"
#include "signkit.h"

#define MESSAGE stella_span_str("a message")

static struct kit_key key, other;
static struct stella_sigmemo *memo;
static struct stella_buf sig;

static void enter(void)
{
	char *text;

	key = KIT_P256;
	other = KIT_P256;
	memo = stella_sigmemo_new();
	text = kit_sign(&key, GNUTLS_SIGN_ECDSA_SHA256, MESSAGE);
	assert_ok(stella_base64_parse(&sig, stella_span_str(text), STELLA_BASE64_ANY));
	free(text);
}

static void leave(void)
{
	stella_buf_free(&sig);
	stella_sigmemo_free(memo);
	kit_key_free(&key);
	kit_key_free(&other);
}

static const struct stella_error *verify(const struct kit_key *by, struct stella_span message)
{
	return stella_sigmemo_verify(memo, by->public_key, STELLA_SIG_ECDSA_SHA256, message, stella_buf_span(&sig));
}

START_TEST(what_was_verified_is_not_computed_again)
{
	assert_ok(verify(&key, MESSAGE));
	ck_assert_uint_eq(stella_sigmemo_computed(memo), 1);
	for (unsigned i = 0; i < 10; i++)
		assert_ok(verify(&key, MESSAGE));
	ck_assert_uint_eq(stella_sigmemo_computed(memo), 1);
	assert_ok(stella_sigmemo_verify(NULL, key.public_key, STELLA_SIG_ECDSA_SHA256, MESSAGE, stella_buf_span(&sig)));
}
END_TEST

START_TEST(a_yes_is_for_this_key_algorithm_message_and_signature_alone)
{
	assert_ok(verify(&key, MESSAGE));
	assert_code(verify(&other, MESSAGE), STELLA_SIGNATURE_MISMATCH);
	assert_code(verify(&key, stella_span_str("a messagf")), STELLA_SIGNATURE_MISMATCH);
	assert_code(verify(&key, stella_span_str("")), STELLA_SIGNATURE_MISMATCH);
	ck_assert_ptr_nonnull(stella_sigmemo_verify(memo, key.public_key, STELLA_SIG_ECDSA_SHA384, MESSAGE,
		stella_buf_span(&sig)));
	sig.data[sig.size - 1] ^= 1;
	ck_assert_ptr_nonnull(verify(&key, MESSAGE));
	sig.data[sig.size - 1] ^= 1;
	assert_ok(verify(&key, MESSAGE));
}
END_TEST

START_TEST(a_no_is_not_kept)
{
	assert_code(verify(&other, MESSAGE), STELLA_SIGNATURE_MISMATCH);
	assert_code(verify(&other, MESSAGE), STELLA_SIGNATURE_MISMATCH);
	ck_assert_uint_eq(stella_sigmemo_computed(memo), 2);
}
END_TEST

static void fill(TCase *tc)
{
	tcase_add_checked_fixture(tc, enter, leave);
	tcase_add_test(tc, what_was_verified_is_not_computed_again);
	tcase_add_test(tc, a_yes_is_for_this_key_algorithm_message_and_signature_alone);
	tcase_add_test(tc, a_no_is_not_kept);
}

CHECK_MAIN("sigmemo", fill)
