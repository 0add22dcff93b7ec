/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "digest.h"
#include "encode.h"

static void assert_hash(enum stella_hash hash, struct stella_span data, const char *hex)
{
	uint8_t digest[STELLA_DIGEST_MAX];
	char text[2 * STELLA_DIGEST_MAX + 1];

	stella_hash(hash, data, digest);
	stella_hex_text(text, stella_span(digest, stella_hash_size(hash)));
	ck_assert_str_eq(text, hex);
}

START_TEST(the_vectors_of_fips_180_come_out)
{
	struct stella_span abc = stella_span_str("abc"), none = stella_span(NULL, 0);

	assert_hash(STELLA_HASH_SHA256, none,
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	assert_hash(STELLA_HASH_SHA256, abc,
		"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	assert_hash(STELLA_HASH_SHA384, abc,
		"cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
		"8086072ba1e7cc2358baeca134c825a7");
	assert_hash(STELLA_HASH_SHA512, abc,
		"ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
		"2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f");
}
END_TEST

START_TEST(pieces_give_the_digest_of_the_whole)
{
	uint8_t bytes[1000];
	struct stella_sha256 whole, other;

	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (uint8_t)(i * 7);
	whole = stella_sha256(stella_span(bytes, sizeof bytes));
	for (size_t step = 1; step < 200; step += 13) {
		struct stella_sha256_ctx ctx;
		struct stella_sha256 pieces;

		stella_sha256_start(&ctx);
		for (size_t at = 0; at < sizeof bytes; at += step)
			stella_sha256_add(&ctx, stella_span(bytes + at,
				sizeof bytes - at < step ? sizeof bytes - at : step));
		stella_sha256_add(&ctx, stella_span(NULL, 0));
		pieces = stella_sha256_end(&ctx);
		ck_assert(stella_sha256_equal(&whole, &pieces));
	}
	bytes[999] ^= 1;
	other = stella_sha256(stella_span(bytes, sizeof bytes));
	ck_assert(!stella_sha256_equal(&whole, &other));
	ck_assert_int_eq(stella_sha256_compare(&whole, &whole), 0);
	ck_assert((stella_sha256_compare(&whole, &other) < 0) != (stella_sha256_compare(&other, &whole) < 0));
}
END_TEST

START_TEST(pieces_give_the_digest_of_the_whole_for_every_hash)
{
	uint8_t bytes[1000], whole[STELLA_DIGEST_MAX], pieces[STELLA_DIGEST_MAX];

	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (uint8_t)(i * 7);
	for (unsigned h = 0; h < STELLA_HASH_COUNT; h++) {
		struct stella_hash_ctx ctx;

		stella_hash(h, stella_span(bytes, sizeof bytes), whole);
		stella_hash_start(&ctx, h);
		for (size_t at = 0; at < sizeof bytes; at += 8)
			stella_hash_add(&ctx, stella_span(bytes + at, 8));
		stella_hash_add(&ctx, stella_span(NULL, 0));
		stella_hash_end(&ctx, pieces);
		ck_assert_mem_eq(whole, pieces, stella_hash_size(h));
	}
}
END_TEST

START_TEST(names_are_exact)
{
	enum stella_hash hash;

	for (unsigned i = 0; i < STELLA_HASH_COUNT; i++) {
		const char *name = stella_hash_name((enum stella_hash)i);

		ck_assert(stella_hash_find(&hash, stella_span_str(name)) && hash == i);
		ck_assert(!stella_hash_find(&hash, stella_span(name, 5)));
		ck_assert(!stella_hash_find(&hash, stella_span(name, 7))); /* with its NUL */
	}
	ck_assert_uint_eq(stella_hash_size(STELLA_HASH_SHA256), 32);
	ck_assert_uint_eq(stella_hash_size(STELLA_HASH_SHA384), 48);
	ck_assert_uint_eq(stella_hash_size(STELLA_HASH_SHA512), 64);
	ck_assert(!stella_hash_find(&hash, stella_span_str("SHA256")));
	ck_assert(!stella_hash_find(&hash, stella_span_str("sha-256")));
	ck_assert(!stella_hash_find(&hash, stella_span_str("sha1")));
	ck_assert(!stella_hash_find(&hash, stella_span(NULL, 0)));
}
END_TEST

START_TEST(hex_of_a_digest_has_one_form)
{
	struct stella_sha256 digest = stella_sha256(stella_span_str("abc")), again;
	char hex[STELLA_SHA256_HEX];

	stella_sha256_hex(hex, &digest);
	ck_assert_uint_eq(strlen(hex), 64);
	ck_assert(stella_sha256_parse(&again, stella_span_str(hex)));
	ck_assert(stella_sha256_equal(&digest, &again));
	ck_assert(!stella_sha256_parse(&again, stella_span(hex, 63)));
	ck_assert(!stella_sha256_parse(&again, stella_span(hex, 65)));
	for (size_t i = 0; i < 64; i++) {
		char saved = hex[i];

		hex[i] = saved >= 'a' ? (char)(saved - 'a' + 'A') : 'g';
		ck_assert(!stella_sha256_parse(&again, stella_span_str(hex)));
		hex[i] = saved;
	}
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_test(t, the_vectors_of_fips_180_come_out);
	tcase_add_test(t, pieces_give_the_digest_of_the_whole);
	tcase_add_test(t, pieces_give_the_digest_of_the_whole_for_every_hash);
	tcase_add_test(t, names_are_exact);
	tcase_add_test(t, hex_of_a_digest_has_one_form);
}

CHECK_MAIN("digest", fill)
