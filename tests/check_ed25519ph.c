/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "ed25519ph.h"
#include "encode.h"
#include "rawkey.h"

/* RFC 8032 7.3, and signatures of other messages and keys by another implementation. */
static const struct {
	const char *key, *message, *sig;
} vectors[] = {
	{ "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf", "abc",
		"98a70222f0b8121aa9d30f813d683f809e462b469c7ff87639499bb94e6dae41"
		"31f85042463c2a355a2003d062adf5aaa10b8c61e636062aaad11c2a26083406" },
	{ "85d6f145f3830d510e519db2ca79b32531bceecaf8ce121d36c0a702d9dc3800", "",
		"108bac855a34e69803a45ec9fd9c790b518c129d6d6ea9295048520ee3ca97e8"
		"9952ccd791d73cc1f88b04570b3bbef23e0f0e0b07df8392be51fd4551ed640f" },
	{ "33a5d1e79530e490cb7f482b3ffa9f56fe77804d5d706e4dc3447906bb8b0f9f", "a",
		"34da0a1f2f1ff06d1c67a0d9646bed3b35ee2026fa212474ba3ddae2948573df"
		"f9090511b7da760736c419d6916f99da8518140589d182b2a77d0e6a150ae403" },
	{ "eb87e688ef398dd313d1f899e9f0e0d34ccceb41c902b99887e0d5b691129ac8", "hello world",
		"4fbbac1beb5036d6144b8c3724a25c3e963eefcd5a66a90b2535c487c0ea535b"
		"7d87d6570b9eb7f1da42e15931f69781acfe7c026b776266eda580f112d9a305" },
	{ "a00e089b4a59f9a3590d0af01c9adbbdbd00f966407db4a46adcf10198f35765", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
		"aa6b7a18c029f5f74a290b1a71bd7d3c4fff06f70e239b5eb9646d5da88f0137"
		"f284f375a40ae05450be37e7dfd80896a0f5ab13d541c8d0b6ab9b10cb204208" },
	{ "b184e5ed200675a9ed05f5f1acdd86ed1850bb4e1637f2f4577b842256bb315f", "DSSEv1 1 a 0 ",
		"84ec207358451922152e63287cb937cbde68dcf5873152132fc3967e98bdfae4"
		"872508c695bcc50271700a22d9d8e1b5150f022b1b56dc909df609da2261260c" },
	{ "63b0f20a6f61a0a6211c6a0379788fb110e6f481fda0201e21b6f3082303a8fc", "1",
		"44557ae78097dee2579acb3802af21b0a19be2c2ef4f741c2e0f22f49938ffa9"
		"d1c3955f2dad3e66185cfd6e0e705f474045511740fb0118bd7fa888b6554300" },
	{ "a8e1892a56c5a4f207be0f71641afe2dffd78298c154f0a216b66da0eab1bfdf", "2",
		"70b2a9c1d87044cc9cf150e4a96a7d18fd98485a196f85f2e5171cbc0c51c688"
		"db0872212105c400ca718b69d198561dabf146d90e1b083ca9c69cc0340cad02" },
	{ "ed44bd587d10e2b88291386cebc47ffa92f2b2d77ff5a4910db32589c1890017", "3",
		"b1c3788985cdbc94d73d0eeab7a7a0c21c63c23aab5a73f32b67036cc9ae5cc4"
		"2742b0bf84db128a0e0863e68f8433cb2d62c936736a20a664e259623c60b001" },
};
#define VECTORS (sizeof vectors / sizeof *vectors)

static void read_vector(size_t i, uint8_t key[32], uint8_t sig[64])
{
	ck_assert(stella_hex_fixed(key, 32, stella_span_str(vectors[i].key)));
	ck_assert(stella_hex_fixed(sig, 64, stella_span_str(vectors[i].sig)));
}

START_TEST(signatures_of_the_specification_and_of_others_hold)
{
	uint8_t key[32], sig[64], digest[STELLA_DIGEST_MAX];

	for (size_t i = 0; i < VECTORS; i++) {
		read_vector(i, key, sig);
		stella_hash(STELLA_HASH_SHA512, stella_span_str(vectors[i].message), digest);
		assert_ok(stella_ed25519ph_verify_digest(key, digest, sig));
		digest[63] ^= 1;
		assert_code(stella_ed25519ph_verify_digest(key, digest, sig), STELLA_SIGNATURE_MISMATCH);
		assert_ok(stella_ed25519ph_verify(key, stella_span_str(vectors[i].message), sig));
	}
}
END_TEST

START_TEST(any_other_bit_message_or_key_does_not)
{
	uint8_t key[32], other[32], sig[64];
	struct stella_span message = stella_span_str(vectors[0].message);
	struct stella_rawkey *raw;

	read_vector(1, other, sig);
	read_vector(0, key, sig);
	assert_code(stella_ed25519ph_verify(other, message, sig), STELLA_SIGNATURE_MISMATCH);
	assert_code(stella_ed25519ph_verify(key, stella_span_str("abd"), sig), STELLA_SIGNATURE_MISMATCH);
	assert_code(stella_ed25519ph_verify(key, stella_span_str(""), sig), STELLA_SIGNATURE_MISMATCH);
	for (unsigned bit = 0; bit < 512; bit++) {
		sig[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_code(stella_ed25519ph_verify(key, message, sig), STELLA_SIGNATURE_MISMATCH);
		sig[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	for (unsigned bit = 0; bit < 256; bit++) {
		key[bit / 8] ^= (uint8_t)(1 << bit % 8);
		if (!stella_rawkey_parse_ed25519(&raw, stella_span(key, 32))) {
			assert_code(stella_rawkey_verify_ed25519ph(raw, message, stella_span(sig, 64)),
				STELLA_SIGNATURE_MISMATCH);
			stella_rawkey_free(raw);
		}
		key[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
}
END_TEST

/* L, the order of the base point, little-endian. */
static const uint8_t order[32] = { 0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9,
	0xde, 0x14, [31] = 0x10 };

START_TEST(s_is_below_the_order)
{
	uint8_t key[32], sig[64];
	unsigned carry = 0;

	read_vector(0, key, sig);
	for (unsigned i = 0; i < 32; i++) {
		carry += sig[32 + i] + order[i];
		sig[32 + i] = (uint8_t)carry;
		carry >>= 8;
	}
	assert_code(stella_ed25519ph_verify(key, stella_span_str(vectors[0].message), sig), STELLA_SIGNATURE_MISMATCH);
	memcpy(sig + 32, order, 32);
	assert_code(stella_ed25519ph_verify(key, stella_span_str(vectors[0].message), sig), STELLA_SIGNATURE_MISMATCH);
}
END_TEST

START_TEST(it_is_not_the_pure_form_and_sizes_are_exact)
{
	uint8_t key[32], sig[65] = { 0 };
	struct stella_span message = stella_span_str(vectors[0].message);
	struct stella_rawkey *raw;

	read_vector(0, key, sig);
	assert_ok(stella_rawkey_parse_ed25519(&raw, stella_span(key, 32)));
	assert_ok(stella_rawkey_verify_ed25519ph(raw, message, stella_span(sig, 64)));
	assert_code(stella_rawkey_verify_ed25519(raw, message, stella_span(sig, 64)), STELLA_SIGNATURE_MISMATCH);
	assert_code(stella_rawkey_verify_ed25519ph(raw, message, stella_span(sig, 63)), STELLA_SIGNATURE_MISMATCH);
	assert_code(stella_rawkey_verify_ed25519ph(raw, message, stella_span(sig, 65)), STELLA_SIGNATURE_MISMATCH);
	stella_rawkey_free(raw);
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_test(t, signatures_of_the_specification_and_of_others_hold);
	tcase_add_test(t, any_other_bit_message_or_key_does_not);
	tcase_add_test(t, s_is_below_the_order);
	tcase_add_test(t, it_is_not_the_pure_form_and_sizes_are_exact);
}

CHECK_MAIN("ed25519ph", fill)
