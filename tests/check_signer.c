/* SPDX-License-Identifier: Apache-2.0 */
#include "data.h"
#include "signer.h"

#define PASSPHRASE "correct horse"

struct asked {
	const char *answer; /* NULL: refuses */
	unsigned times;
};

static const struct stella_error *answer(struct stella_buf *secret, void *context)
{
	struct asked *asked = context;

	asked->times++;
	if (!asked->answer)
		return stella_error(STELLA_USAGE, "no terminal");
	stella_buf_put_str(secret, asked->answer);
	return NULL;
}

static const struct stella_error *parse(struct stella_signer **out, const char *name, struct asked *asked)
{
	struct stella_buf pem;
	char file[64];
	const struct stella_error *err;

	snprintf(file, sizeof file, "%s.pem", name);
	pem = read_data("signer", file);
	err = stella_signer_parse(out, stella_buf_span(&pem), answer, asked);
	ck_assert(!err == (*out != NULL));
	stella_buf_free(&pem);
	return err;
}

START_TEST(every_kind_of_key_signs_what_it_can_and_nothing_else)
{
	static const struct { const char *name; enum stella_keytype type; unsigned first, last; } keys[] = {
		{ "ed25519", STELLA_KEY_ED25519, STELLA_SIG_ED25519, STELLA_SIG_ED25519 },
		{ "p256", STELLA_KEY_P256, STELLA_SIG_ECDSA_SHA256, STELLA_SIG_ECDSA_SHA512 },
		{ "p384", STELLA_KEY_P384, STELLA_SIG_ECDSA_SHA256, STELLA_SIG_ECDSA_SHA512 },
		{ "p521", STELLA_KEY_P521, STELLA_SIG_ECDSA_SHA256, STELLA_SIG_ECDSA_SHA512 },
		{ "rsa2048", STELLA_KEY_RSA, STELLA_SIG_RSA_SHA256, STELLA_SIG_PSS_SHA512 },
		{ "rsa3072", STELLA_KEY_RSA, STELLA_SIG_RSA_SHA256, STELLA_SIG_PSS_SHA512 },
	};
	struct stella_span message = stella_span_str("a message"), other = stella_span_str("another");

	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		struct asked asked = { 0 };
		struct stella_signer *signer;

		assert_ok(parse(&signer, keys[i].name, &asked));
		ck_assert_uint_eq(asked.times, 0);
		ck_assert_int_eq(stella_pubkey_type(stella_signer_key(signer)), keys[i].type);
		for (unsigned alg = 0; alg < STELLA_SIG_COUNT; alg++) {
			struct stella_buf sig = { 0 };
			const struct stella_error *err = stella_signer_sign(&sig, signer, alg, message);

			if (alg < keys[i].first || alg > keys[i].last) {
				ck_assert(stella_error_is(err, STELLA_ALGORITHM_UNSUPPORTED));
				ck_assert_uint_eq(sig.size, 0);
				continue;
			}
			ck_assert_msg(!err, "%s: %s", keys[i].name, err ? err->message : "");
			assert_ok(stella_pubkey_verify(stella_signer_key(signer), alg, message, stella_buf_span(&sig)));
			assert_code(stella_pubkey_verify(stella_signer_key(signer), alg, other, stella_buf_span(&sig)),
				STELLA_SIGNATURE_MISMATCH);
			stella_buf_free(&sig);
		}
		stella_signer_free(signer);
	}
}
END_TEST

START_TEST(an_empty_message_is_signed_too)
{
	struct stella_signer *signer;
	struct stella_buf sig = { 0 };

	assert_ok(parse(&signer, "ed25519", NULL));
	assert_ok(stella_signer_sign(&sig, signer, STELLA_SIG_ED25519, stella_span(NULL, 0)));
	ck_assert_uint_eq(sig.size, 64);
	stella_buf_free(&sig);
	stella_signer_free(signer);
}
END_TEST

START_TEST(an_encrypted_key_is_the_same_key)
{
	static const char *const pairs[][2] = {
		{ "encrypted-p256", "p256" }, { "encrypted-ed25519", "ed25519" }, { "encrypted-rsa2048", "rsa2048" },
	};

	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
		struct asked asked = { .answer = PASSPHRASE };
		struct stella_signer *encrypted, *plain;

		assert_ok(parse(&encrypted, pairs[i][0], &asked));
		ck_assert_uint_eq(asked.times, 1);
		assert_ok(parse(&plain, pairs[i][1], &asked));
		ck_assert_uint_eq(asked.times, 1);
		ck_assert(stella_pubkey_equal(stella_signer_key(encrypted), stella_signer_key(plain)));
		stella_signer_free(encrypted);
		stella_signer_free(plain);
	}
}
END_TEST

START_TEST(an_empty_passphrase_is_one)
{
	struct asked asked = { .answer = "" };
	struct stella_signer *signer;

	assert_ok(parse(&signer, "encrypted-empty", &asked));
	stella_signer_free(signer);
}
END_TEST

START_TEST(a_wrong_passphrase_is_refused)
{
	static const char *const wrong[] = { "correct horse ", "Correct horse", "" };
	struct stella_signer *signer;
	struct asked asked = { 0 };

	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		asked.answer = wrong[i];
		assert_code(parse(&signer, "encrypted-p256", &asked), STELLA_USAGE);
	}
	asked.answer = NULL;
	assert_code(parse(&signer, "encrypted-p256", &asked), STELLA_USAGE);
}
END_TEST

START_TEST(what_cannot_be_taken_says_how_to_convert_it)
{
	static const struct { const char *name; enum stella_code code; const char *says; } bad[] = {
		{ "scrypt", STELLA_ALGORITHM_UNSUPPORTED, "scrypt, expected PBKDF2: openssl pkcs8 -topk8 -in OLD -out NEW" },
		{ "pbe", STELLA_ALGORITHM_UNSUPPORTED, "an old scheme, expected PBES2 with PBKDF2: openssl pkcs8 -topk8" },
		{ "ec", STELLA_ALGORITHM_UNSUPPORTED, "\"EC PRIVATE KEY\", expected \"PRIVATE KEY\"; to have one: openssl pkcs8" },
		{ "ec-parameters", STELLA_ALGORITHM_UNSUPPORTED, "\"EC PARAMETERS\", expected" },
		{ "rsa", STELLA_ALGORITHM_UNSUPPORTED, "\"RSA PRIVATE KEY\", expected \"PRIVATE KEY\"; to have one: openssl pkcs8" },
		{ "openssh", STELLA_ALGORITHM_UNSUPPORTED, "\"OPENSSH PRIVATE KEY\", expected" },
		{ "rsa1024", STELLA_ALGORITHM_UNSUPPORTED, "1024" },
		{ "secp256k1", STELLA_MALFORMED, "not Ed25519, ECDSA on P-256" },
		{ "ed448", STELLA_ALGORITHM_UNSUPPORTED, "algorithm not supported" },
		{ "public", STELLA_USAGE, "public half" },
	};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct asked asked = { .answer = PASSPHRASE };
		struct stella_signer *signer;
		const struct stella_error *err = parse(&signer, bad[i].name, &asked);

		ck_assert_msg(err && err->code == bad[i].code && strstr(err->message, bad[i].says), "%s: %s (%s)",
			bad[i].name, err ? stella_code_word(err->code) : "accepted", err ? err->message : "");
	}
}
END_TEST

START_TEST(what_is_no_key_is_refused)
{
	static const char *const bad[] = {
		"", "-----BEGIN PRIVATE KEY-----\n", "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n",
		"-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n",
		"-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAA=\n-----END ENCRYPTED PRIVATE KEY-----\n",
		"-----BEGIN PRIVATE KEY-----\nMAIA\n-----END PRIVATE KEY-----\n",
		"text\n-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n",
	};
	struct asked asked = { .answer = PASSPHRASE };
	struct stella_signer *signer;
	struct stella_buf large = { 0 };

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_code(stella_signer_parse(&signer, stella_span_str(bad[i]), answer, &asked), STELLA_MALFORMED);
	stella_buf_reserve(&large, 1 << 20);
	memset(large.data, 'A', 1 << 20);
	assert_code(stella_signer_parse(&signer, stella_span(large.data, 1 << 20), answer, &asked), STELLA_LIMIT);
	stella_buf_free(&large);
}
END_TEST

START_TEST(a_key_with_bytes_cut_or_changed_is_refused_or_signs_well)
{
	struct stella_buf pem = read_data("signer", "p256.pem");
	struct stella_span message = stella_span_str("a message");
	struct stella_signer *good;

	assert_ok(parse(&good, "p256", NULL));

	for (size_t i = 0; i < pem.size; i++) {
		struct stella_signer *signer;
		struct stella_buf sig = { 0 };
		uint8_t old = pem.data[i];

		assert_code(stella_signer_parse(&signer, stella_span(pem.data, i < 28 ? i : i - 28), answer, NULL),
			STELLA_MALFORMED);
		pem.data[i] = old == 'A' ? 'B' : 'A';
		if (!stella_signer_parse(&signer, stella_buf_span(&pem), answer, NULL)) {
			const struct stella_error *err = stella_signer_sign(&sig, signer, STELLA_SIG_ECDSA_SHA256, message);

			/* where the scalar or the point inside was changed, they do not fit each other */
			if (err)
				ck_assert_msg(stella_error_is(err, STELLA_INTERNAL), "byte %zu: %s", i, err->message);
			else
				ck_assert(stella_pubkey_equal(stella_signer_key(signer), stella_signer_key(good)));
			ck_assert(!err == (sig.size > 0));
			stella_buf_free(&sig);
			stella_signer_free(signer);
		}
		pem.data[i] = old;
	}
	stella_signer_free(good);
	stella_buf_free(&pem);
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_test(t, every_kind_of_key_signs_what_it_can_and_nothing_else);
	tcase_add_test(t, an_empty_message_is_signed_too);
	tcase_add_test(t, an_encrypted_key_is_the_same_key);
	tcase_add_test(t, an_empty_passphrase_is_one);
	tcase_add_test(t, a_wrong_passphrase_is_refused);
	tcase_add_test(t, what_cannot_be_taken_says_how_to_convert_it);
	tcase_add_test(t, what_is_no_key_is_refused);
	tcase_add_test(t, a_key_with_bytes_cut_or_changed_is_refused_or_signs_well);
}

CHECK_MAIN("signer", fill)
