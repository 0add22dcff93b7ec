/* SPDX-License-Identifier: Apache-2.0 */
/* Signatures as openssl and gpgsm make them, from tests/data/cmssig. */
#include "cmssig.h"
#include "data.h"

#include <string.h>

static const struct stella_error *verify_text(struct stella_span armored, const char *message)
{
	struct stella_cmssig *sig;
	const struct stella_error *err = stella_cmssig_parse(&sig, armored);

	if (!err) {
		err = stella_cmssig_verify(sig, stella_span_str(message));
		ck_assert(!err == (sig->signer != NULL));
	}
	stella_cmssig_free(sig);
	return err;
}

static const struct stella_error *verify(const char *name, const char *message)
{
	struct stella_buf armored = read_data("cmssig", name);
	const struct stella_error *err = verify_text(stella_buf_span(&armored), message);

	stella_buf_free(&armored);
	return err;
}

static const char *const good[] = {
	"good/rsa.sig", "good/rsa-sha512.sig", "good/p256.sig", "good/p384.sig", "good/key-identifier.sig",
	"good/cades.sig", "good/rsa-pss.sig", "good/other-certificates.sig", "good/gpgsm.sig",
};

START_TEST(what_openssl_and_gpgsm_sign_verifies)
{
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		const struct stella_error *err = verify(good[i], "what was signed\n");

		ck_assert_msg(!err, "%s: %s", good[i], err ? err->message : "");
	}
}
END_TEST

START_TEST(another_message_does_not)
{
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		assert_code(verify(good[i], "what was signed"), STELLA_SIGNATURE_MISMATCH);
	assert_code(verify("bad/other-message.sig", "what was signed\n"), STELLA_SIGNATURE_MISMATCH);
	assert_ok(verify("bad/other-message.sig", "another message\n"));
}
END_TEST

START_TEST(what_is_refused_and_why)
{
	static const struct {
		const char *name;
		enum stella_code code;
		const char *text;
	} rows[] = {
		{ "bad/no-certificate.sig", STELLA_KEY_UNKNOWN, "no certificate of the signer" },
		{ "bad/gpgsm-no-certificate.sig", STELLA_KEY_UNKNOWN, "no certificate of the signer" },
		{ "bad/sha1.sig", STELLA_ALGORITHM_UNSUPPORTED, "digest" },
		{ "bad/pss-salt.sig", STELLA_ALGORITHM_UNSUPPORTED, "signature 1.2.840.113549.1.1.10" },
		{ "bad/md5.sig", STELLA_ALGORITHM_UNSUPPORTED, "digest" },
		{ "bad/attached.sig", STELLA_MALFORMED, "content inside" },
		{ "bad/no-attributes.sig", STELLA_MALFORMED, "no signed attributes" },
		{ "bad/two-signers.sig", STELLA_MALFORMED, "more than one signer" },
		{ "bad/weak-key.sig", STELLA_ALGORITHM_UNSUPPORTED, "the key of the signer" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct stella_error *err = verify(rows[i].name, "what was signed\n");

		ck_assert_msg(err && err->code == rows[i].code && strstr(err->message, rows[i].text), "%s: %s", rows[i].name,
			err ? err->message : "taken");
	}
}
END_TEST

/* Wherever one byte is another, nobody has signed it, or it is another text of the same signature. */
START_TEST(a_changed_byte_is_refused)
{
	struct stella_buf armored = read_data("cmssig", "good/p256.sig");
	size_t taken = 0;

	for (size_t i = 0; i < armored.size; i++) {
		uint8_t byte = armored.data[i];

		armored.data[i] = byte == 'A' ? 'B' : 'A';
		if (armored.data[i] != byte)
			taken += !verify_text(stella_buf_span(&armored), "what was signed\n");
		armored.data[i] = byte;
	}
	/* The certificate's own signature, names and dates are not what verifies here. */
	ck_assert_uint_lt(taken, armored.size / 2);
	stella_buf_free(&armored);
}
END_TEST

START_TEST(the_armour_is_exact)
{
	struct stella_buf armored = read_data("cmssig", "good/p256.sig"), more = { 0 };
	struct stella_span text = stella_buf_span(&armored);

	assert_ok(verify_text(text, "what was signed\n"));
	assert_code(verify_text(stella_span(text.data, text.size / 2), "what was signed\n"), STELLA_MALFORMED);
	stella_buf_put_span(&more, text);
	stella_buf_put_span(&more, text);
	assert_code(verify_text(stella_buf_span(&more), "what was signed\n"), STELLA_MALFORMED);
	more.size = text.size;
	stella_buf_put_str(&more, "x\n");
	assert_code(verify_text(stella_buf_span(&more), "what was signed\n"), STELLA_MALFORMED);
	assert_code(verify_text(stella_span_str("-----BEGIN SIGNED MESSAGE-----\n-----END SIGNED MESSAGE-----\n"), ""),
		STELLA_MALFORMED);
	more.size = 0;
	stella_buf_reserve(&more, STELLA_CMSSIG_MAX + 1);
	memset(more.data, 'A', STELLA_CMSSIG_MAX + 1);
	more.size = STELLA_CMSSIG_MAX + 1;
	assert_code(verify_text(stella_buf_span(&more), ""), STELLA_LIMIT);
	stella_buf_free(&more);
	stella_buf_free(&armored);
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_test(t, what_openssl_and_gpgsm_sign_verifies);
	tcase_add_test(t, another_message_does_not);
	tcase_add_test(t, what_is_refused_and_why);
	tcase_add_test(t, a_changed_byte_is_refused);
	tcase_add_test(t, the_armour_is_exact);
}

CHECK_MAIN("cmssig", fill)
