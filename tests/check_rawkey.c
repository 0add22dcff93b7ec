/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers that no honest tool writes; what honest tools write is in check_pubkey.c. */
#include "data.h"

#include <nettle/bignum.h>
#include <nettle/ecc-curve.h>
#include <nettle/ecdsa.h>
#include <nettle/eddsa.h>
#include <nettle/knuth-lfib.h>

#include "encode.h"
#include "rawkey.h"

static struct stella_buf hex(const char *text)
{
	struct stella_buf out = { 0 };

	assert_ok(stella_hex_parse(&out, stella_span_str(text)));
	return out;
}

/* ---------------------------------------------------------------- Ed25519 */

static const uint8_t seed[32] = "a seed that is only for tests ..";
static uint8_t ed25519_public[32], ed25519_sig[64];
static const struct stella_span message = { (const uint8_t *)"message", 7 };

static struct stella_rawkey *make_ed25519(void)
{
	struct stella_rawkey *key;

	ed25519_sha512_public_key(ed25519_public, seed);
	ed25519_sha512_sign(ed25519_public, seed, message.size, message.data, ed25519_sig);
	assert_ok(stella_rawkey_parse_ed25519(&key, stella_span(ed25519_public, 32)));
	return key;
}

START_TEST(an_ed25519_key_is_a_canonical_point_of_large_order)
{
	static const char *const bad[] = {
		/* order 1, 2, 4, 4, 8, 8, 8, 8 */
		"0100000000000000000000000000000000000000000000000000000000000000",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"0000000000000000000000000000000000000000000000000000000000000000",
		"0000000000000000000000000000000000000000000000000000000000000080",
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
		/* x = 0 with a sign */
		"0100000000000000000000000000000000000000000000000000000000000080",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
		/* y not below p: p, p + 1, p + 3, 2^255 - 1 */
		"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
		"ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		/* y = 2 and y = 7: no x */
		"0200000000000000000000000000000000000000000000000000000000000000",
		"0700000000000000000000000000000000000000000000000000000000000080",
		/* sizes */
		"", "03", "030000000000000000000000000000000000000000000000000000000000000000",
	};
	struct stella_rawkey *key;
	struct stella_buf point;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		point = hex(bad[i]);
		assert_code(stella_rawkey_parse_ed25519(&key, stella_buf_span(&point)), STELLA_MALFORMED);
		ck_assert_ptr_null(key);
		stella_buf_free(&point);
	}
	point = hex("0300000000000000000000000000000000000000000000000000000000000000"); /* y = 3 is on it */
	assert_ok(stella_rawkey_parse_ed25519(&key, stella_buf_span(&point)));
	ck_assert_int_eq(stella_rawkey_kind(key), STELLA_RAW_ED25519);
	stella_rawkey_free(key);
	stella_buf_free(&point);
	stella_rawkey_free(NULL);
}
END_TEST

/* RFC 8032 5.1.7, step 1: S below L; else one signature has several texts. */
START_TEST(an_ed25519_signature_has_one_s)
{
	struct stella_rawkey *key = make_ed25519();
	mpz_t s, order;
	uint8_t sig[64];

	assert_ok(stella_rawkey_verify_ed25519(key, message, stella_span(ed25519_sig, 64)));
	mpz_init(s);
	mpz_init_set_str(order, "1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3ed", 16);
	mpz_import(s, 32, -1, 1, 0, 0, ed25519_sig + 32);
	for (int i = 0; i < 8; i++) {
		mpz_add(s, s, order);
		memset(sig, 0, sizeof sig);
		memcpy(sig, ed25519_sig, 32);
		mpz_export(sig + 32, NULL, -1, 1, 0, 0, s);
		assert_code(stella_rawkey_verify_ed25519(key, message, stella_span(sig, 64)), STELLA_SIGNATURE_MISMATCH);
	}
	mpz_clears(s, order, NULL);
	stella_rawkey_free(key);
}
END_TEST

START_TEST(an_ed25519_signature_has_64_bytes)
{
	struct stella_rawkey *key = make_ed25519();
	uint8_t sig[65] = { 0 };

	memcpy(sig, ed25519_sig, 64);
	for (size_t size = 0; size <= 65; size++)
		if (size != 64)
			assert_code(stella_rawkey_verify_ed25519(key, message, stella_span(sig, size)),
				STELLA_SIGNATURE_MISMATCH);
	stella_rawkey_free(key);
}
END_TEST

/* ---------------------------------------------------------------- ECDSA */

struct curve {
	enum stella_rawkind kind;
	const struct ecc_curve *curve;
	const char *p, *n, *gx, *gy;
};

static struct curve curves[3];

static void load_curves(void)
{
	curves[0] = (struct curve){ STELLA_RAW_P256, nettle_get_secp_256r1(),
		"ffffffff00000001000000000000000000000000ffffffffffffffffffffffff",
		"ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
		"6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296",
		"4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5" };
	curves[1] = (struct curve){ STELLA_RAW_P384, nettle_get_secp_384r1(),
		"fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000ffffffff",
		"ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973",
		"aa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f25dbf55296c3a545e3872760ab7",
		"3617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c90ea0e5f" };
	curves[2] = (struct curve){ STELLA_RAW_P521, nettle_get_secp_521r1(),
		"01ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
		"ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
		"01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa"
		"51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409",
		"00c6858e06b70404e9cd9e3ecb662395b4429c648139053fb521f828af606b4d3dba"
		"a14b5e77efe75928fe1dc127a2ffa8de3348b3c1856a429bf97e7e31c2e5bd66",
		"011839296a789a3bc0045c8a5fb42c7d1bd998f54449579b446817afbd17273e662c"
		"97ee72995ef42640c550b9013fad0761353c7086a272c24088be94769fd16650" };
}

static struct stella_buf uncompressed(size_t size, const mpz_t x, const mpz_t y)
{
	struct stella_buf out = { 0 };

	stella_buf_put_u8(&out, 4);
	stella_buf_reserve(&out, 2 * size);
	nettle_mpz_get_str_256(size, out.data + 1, x);
	nettle_mpz_get_str_256(size, out.data + 1 + size, y);
	out.size = 1 + 2 * size;
	return out;
}

START_TEST(an_ec_key_is_a_point_of_its_curve)
{
	for (size_t i = 0; i < 3; i++) {
		size_t size = stella_rawkey_coordinate_size(curves[i].kind);
		struct stella_rawkey *key;
		struct stella_buf point;
		mpz_t x, y, p;

		mpz_init_set_str(x, curves[i].gx, 16);
		mpz_init_set_str(y, curves[i].gy, 16);
		mpz_init_set_str(p, curves[i].p, 16);
		point = uncompressed(size, x, y);
		assert_ok(stella_rawkey_parse_ec(&key, curves[i].kind, stella_buf_span(&point)));
		ck_assert_int_eq(stella_rawkey_kind(key), curves[i].kind);
		stella_rawkey_free(key);

		/* off the curve, infinity, other forms, sizes */
		for (size_t bit = 0; bit < 8 * point.size; bit++) {
			point.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
			assert_code(stella_rawkey_parse_ec(&key, curves[i].kind, stella_buf_span(&point)), STELLA_MALFORMED);
			ck_assert_ptr_null(key);
			point.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
		}
		for (size_t cut = 0; cut < point.size; cut++)
			assert_code(stella_rawkey_parse_ec(&key, curves[i].kind, stella_span(point.data, cut)), STELLA_MALFORMED);
		memset(point.data + 1, 0, 2 * size);
		assert_code(stella_rawkey_parse_ec(&key, curves[i].kind, stella_buf_span(&point)), STELLA_MALFORMED);
		assert_code(stella_rawkey_parse_ec(&key, curves[i].kind, stella_span("\0", 1)), STELLA_MALFORMED);
		stella_buf_free(&point);

		/* -G is a point too; the same with p added to x is not canonical, where it has room at all */
		mpz_sub(y, p, y);
		point = uncompressed(size, x, y);
		assert_ok(stella_rawkey_parse_ec(&key, curves[i].kind, stella_buf_span(&point)));
		stella_rawkey_free(key);
		stella_buf_free(&point);
		mpz_clears(x, y, p, NULL);
	}
}
END_TEST

/* P-256: x = 5 is on the curve, and x = 5 + p fits into 32 bytes. */
START_TEST(an_ec_coordinate_is_below_the_prime)
{
	struct stella_buf point = hex("04"
		"0000000000000000000000000000000000000000000000000000000000000005"
		"459243b9aa581806fe913bce99817ade11ca503c64d9a3c533415c083248fbcc");
	struct stella_rawkey *key;
	mpz_t p;

	assert_ok(stella_rawkey_parse_ec(&key, STELLA_RAW_P256, stella_buf_span(&point)));
	stella_rawkey_free(key);
	mpz_init_set_str(p, curves[0].p, 16);
	mpz_add_ui(p, p, 5);
	nettle_mpz_get_str_256(32, point.data + 1, p);
	assert_code(stella_rawkey_parse_ec(&key, STELLA_RAW_P256, stella_buf_span(&point)), STELLA_MALFORMED);
	mpz_clear(p);
	stella_buf_free(&point);
}
END_TEST

struct ecdsa_case {
	struct stella_rawkey *key;
	struct stella_sha256 digest;
	struct dsa_signature sig;
	mpz_t n;
};

static void make_ecdsa(struct ecdsa_case *c, const struct curve *curve)
{
	struct knuth_lfib_ctx random;
	struct ecc_scalar secret;
	struct ecc_point public;
	struct stella_buf point;
	mpz_t x, y;

	knuth_lfib_init(&random, 17);
	ecc_scalar_init(&secret, curve->curve);
	ecc_point_init(&public, curve->curve);
	ecdsa_generate_keypair(&public, &secret, &random, (nettle_random_func *)knuth_lfib_random);
	c->digest = stella_sha256(message);
	dsa_signature_init(&c->sig);
	ecdsa_sign(&secret, &random, (nettle_random_func *)knuth_lfib_random, sizeof c->digest.bytes,
		c->digest.bytes, &c->sig);
	mpz_inits(x, y, NULL);
	ecc_point_get(&public, x, y);
	point = uncompressed(stella_rawkey_coordinate_size(curve->kind), x, y);
	assert_ok(stella_rawkey_parse_ec(&c->key, curve->kind, stella_buf_span(&point)));
	mpz_init_set_str(c->n, curve->n, 16);
	mpz_clears(x, y, NULL);
	stella_buf_free(&point);
	ecc_scalar_clear(&secret);
	ecc_point_clear(&public);
}

static void free_ecdsa(struct ecdsa_case *c)
{
	stella_rawkey_free(c->key);
	dsa_signature_clear(&c->sig);
	mpz_clear(c->n);
}

static const struct stella_error *verify_numbers(const struct ecdsa_case *c, const mpz_t r, const mpz_t s)
{
	uint8_t r_bytes[80], s_bytes[80];
	size_t r_size = 0, s_size = 0;

	mpz_export(r_bytes, &r_size, 1, 1, 0, 0, r);
	mpz_export(s_bytes, &s_size, 1, 1, 0, 0, s);
	return stella_rawkey_verify_ecdsa(c->key, stella_span(c->digest.bytes, sizeof c->digest.bytes),
		stella_span(r_bytes, r_size), stella_span(s_bytes, s_size));
}

START_TEST(r_and_s_are_between_0_and_the_order)
{
	for (size_t i = 0; i < 3; i++) {
		struct ecdsa_case c;
		mpz_t zero, one, more;

		make_ecdsa(&c, &curves[i]);
		mpz_inits(zero, one, more, NULL);
		mpz_set_ui(one, 1);
		assert_ok(verify_numbers(&c, c.sig.r, c.sig.s));
		assert_code(verify_numbers(&c, zero, zero), STELLA_SIGNATURE_MISMATCH);
		assert_code(verify_numbers(&c, zero, c.sig.s), STELLA_SIGNATURE_MISMATCH);
		assert_code(verify_numbers(&c, c.sig.r, zero), STELLA_SIGNATURE_MISMATCH);
		assert_code(verify_numbers(&c, c.n, c.sig.s), STELLA_SIGNATURE_MISMATCH);
		assert_code(verify_numbers(&c, c.sig.r, c.n), STELLA_SIGNATURE_MISMATCH);
		assert_code(verify_numbers(&c, c.n, c.n), STELLA_SIGNATURE_MISMATCH);
		assert_code(verify_numbers(&c, one, one), STELLA_SIGNATURE_MISMATCH);
		mpz_add(more, c.sig.r, c.n);
		assert_code(verify_numbers(&c, more, c.sig.s), STELLA_SIGNATURE_MISMATCH);
		mpz_add(more, c.sig.s, c.n);
		assert_code(verify_numbers(&c, c.sig.r, more), STELLA_SIGNATURE_MISMATCH);
		mpz_sub_ui(more, c.n, 1);
		assert_code(verify_numbers(&c, more, c.sig.s), STELLA_SIGNATURE_MISMATCH);
		assert_code(verify_numbers(&c, c.sig.s, c.sig.r), STELLA_SIGNATURE_MISMATCH);
		mpz_clears(zero, one, more, NULL);
		free_ecdsa(&c);
	}
}
END_TEST

START_TEST(a_high_s_is_as_good_as_a_low_one)
{
	for (size_t i = 0; i < 3; i++) {
		struct ecdsa_case c;

		make_ecdsa(&c, &curves[i]);
		assert_ok(verify_numbers(&c, c.sig.r, c.sig.s));
		mpz_sub(c.sig.s, c.n, c.sig.s);
		assert_ok(verify_numbers(&c, c.sig.r, c.sig.s));
		free_ecdsa(&c);
	}
}
END_TEST

/* ---------------------------------------------------------------- RSA */

/* Only the size and the low bits count here: modulus 2^(bits - 1) + low. */
static const struct stella_error *parse_rsa(unsigned bits, unsigned low, const char *exponent)
{
	size_t size = (bits + 7) / 8;
	uint8_t *n = stella_alloc(size);
	struct stella_buf e = hex(exponent);
	const struct stella_error *err;
	struct stella_rawkey *key;

	n[0] = (uint8_t)(1u << (bits - 1) % 8);
	n[size - 1] |= (uint8_t)low;
	err = stella_rawkey_parse_rsa(&key, stella_span(n, size), stella_buf_span(&e));
	ck_assert(!err == (key != NULL));
	if (key) {
		ck_assert_uint_eq(stella_rawkey_bits(key), bits);
		ck_assert_uint_eq(stella_rawkey_pss_salt_max(key, STELLA_HASH_SHA512), (bits - 1 + 7) / 8 - 66);
	}
	stella_rawkey_free(key);
	stella_buf_free(&e);
	free(n);
	return err;
}

START_TEST(an_rsa_key_is_odd_and_neither_short_nor_endless)
{
	assert_ok(parse_rsa(2048, 1, "010001"));
	assert_ok(parse_rsa(2048, 1, "03"));
	assert_ok(parse_rsa(2048, 1, "ffffffffffffffff"));
	assert_ok(parse_rsa(16384, 1, "010001"));
	assert_code(parse_rsa(2047, 1, "010001"), STELLA_ALGORITHM_UNSUPPORTED);
	assert_code(parse_rsa(1024, 1, "010001"), STELLA_ALGORITHM_UNSUPPORTED);
	assert_code(parse_rsa(8, 1, "010001"), STELLA_ALGORITHM_UNSUPPORTED);
	assert_code(parse_rsa(16385, 1, "010001"), STELLA_ALGORITHM_UNSUPPORTED);
	assert_code(parse_rsa(1u << 24, 1, "010001"), STELLA_ALGORITHM_UNSUPPORTED);
	assert_code(parse_rsa(2048, 1, "010000000000000001"), STELLA_ALGORITHM_UNSUPPORTED);
	assert_code(parse_rsa(2048, 2, "010001"), STELLA_MALFORMED);
	assert_code(parse_rsa(2048, 1, ""), STELLA_MALFORMED);
	assert_code(parse_rsa(2048, 1, "00"), STELLA_MALFORMED);
	assert_code(parse_rsa(2048, 1, "01"), STELLA_MALFORMED);
	assert_code(parse_rsa(2048, 1, "02"), STELLA_MALFORMED);
	assert_code(parse_rsa(2048, 1, "010000"), STELLA_MALFORMED);
}
END_TEST

/* s and s + n are the same number modulo n; so is 0 less than any message. */
START_TEST(an_rsa_signature_is_below_the_modulus)
{
	uint8_t n[256], sig[256] = { 0 };
	struct stella_rawkey *key;
	size_t salt = 32;

	memset(n, 0xff, sizeof n);
	n[0] = 0x80;
	assert_ok(stella_rawkey_parse_rsa(&key, stella_span(n, sizeof n), stella_span("\3", 1)));
	for (int round = 0; round < 3; round++) {
		if (round == 1)
			memcpy(sig, n, sizeof n);
		if (round == 2)
			memset(sig, 0xff, sizeof sig);
		assert_code(stella_rawkey_verify_pkcs1(key, STELLA_HASH_SHA256, message, stella_span(sig, 256)),
			STELLA_SIGNATURE_MISMATCH);
		assert_code(stella_rawkey_verify_pss(key, STELLA_HASH_SHA256, &salt, 1, message, stella_span(sig, 256)),
			STELLA_SIGNATURE_MISMATCH);
	}
	assert_code(stella_rawkey_verify_pkcs1(key, STELLA_HASH_SHA256, message, stella_span(sig, 255)),
		STELLA_SIGNATURE_MISMATCH);
	assert_code(stella_rawkey_verify_pss(key, STELLA_HASH_SHA256, &salt, 1, message, stella_span(sig, 255)),
		STELLA_SIGNATURE_MISMATCH);
	stella_rawkey_free(key);
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_checked_fixture(t, load_curves, NULL);
	tcase_add_test(t, an_ed25519_key_is_a_canonical_point_of_large_order);
	tcase_add_test(t, an_ed25519_signature_has_one_s);
	tcase_add_test(t, an_ed25519_signature_has_64_bytes);
	tcase_add_test(t, an_ec_key_is_a_point_of_its_curve);
	tcase_add_test(t, an_ec_coordinate_is_below_the_prime);
	tcase_add_test(t, r_and_s_are_between_0_and_the_order);
	tcase_add_test(t, a_high_s_is_as_good_as_a_low_one);
	tcase_add_test(t, an_rsa_key_is_odd_and_neither_short_nor_endless);
	tcase_add_test(t, an_rsa_signature_is_below_the_modulus);
}

CHECK_MAIN("rawkey", fill)
