/* SPDX-License-Identifier: Apache-2.0 */
#include "ed25519ph.h"

#include <gmp.h>
#include <string.h>

/* RFC 8032 5.1: p = 2^255 - 19, d, the order L of the base point, a square root of -1 (2^((p-1)/4)), B. */
static const char *const P = "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed";
static const char *const D = "52036cee2b6ffe738cc740797779e89800700a4d4141d8ab75eb4dca135978a3";
static const char *const L = "1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3ed";
static const char *const ROOT = "2b8324804fc1df0b2b4d00993dfbd7a72f431806ad2fe478c4ee1b274a0ea0b0";
static const char *const BX = "216936d3cd6e53fec0a4e231fdd6dc5c692cc7609525a7b2c9562d608f25d51a";
static const char *const BY = "6666666666666666666666666666666666666666666666666666666666666658";

/* 5.1.4: x = X/Z, y = Y/Z, x y = T/Z. */
struct point {
	mpz_t x, y, z, t;
};

struct field {
	mpz_t p, d, order, root;
	mpz_t a, b, c, e, f, g, h;  /* of one addition */
};

static void point_init(struct point *point)
{
	mpz_inits(point->x, point->y, point->z, point->t, NULL);
	mpz_set_ui(point->y, 1);
	mpz_set_ui(point->z, 1);
}

static void point_clear(struct point *point)
{
	mpz_clears(point->x, point->y, point->z, point->t, NULL);
}

static void field_init(struct field *k)
{
	mpz_init_set_str(k->p, P, 16);
	mpz_init_set_str(k->d, D, 16);
	mpz_init_set_str(k->order, L, 16);
	mpz_init_set_str(k->root, ROOT, 16);
	mpz_inits(k->a, k->b, k->c, k->e, k->f, k->g, k->h, NULL);
}

static void field_clear(struct field *k)
{
	mpz_clears(k->p, k->d, k->order, k->root, k->a, k->b, k->c, k->e, k->f, k->g, k->h, NULL);
}

static void multiply(mpz_t out, const mpz_t a, const mpz_t b, const struct field *k)
{
	mpz_mul(out, a, b);
	mpz_mod(out, out, k->p);
}

/* 5.1.4, the complete addition, which doubles too. */
static void add(struct point *out, const struct point *one, const struct point *two, struct field *k)
{
	mpz_sub(k->a, one->y, one->x);
	mpz_sub(k->b, two->y, two->x);
	multiply(k->a, k->a, k->b, k);
	mpz_add(k->b, one->y, one->x);
	mpz_add(k->c, two->y, two->x);
	multiply(k->b, k->b, k->c, k);
	multiply(k->c, one->t, two->t, k);
	mpz_mul_2exp(k->c, k->c, 1);
	multiply(k->c, k->c, k->d, k);
	multiply(k->e, one->z, two->z, k);
	mpz_mul_2exp(k->e, k->e, 1);
	mpz_sub(k->f, k->e, k->c);
	mpz_add(k->g, k->e, k->c);
	mpz_add(k->h, k->b, k->a);
	mpz_sub(k->e, k->b, k->a);
	multiply(out->x, k->e, k->f, k);
	multiply(out->y, k->g, k->h, k);
	multiply(out->t, k->e, k->h, k);
	multiply(out->z, k->f, k->g, k);
}

static void set_affine(struct point *out, const struct field *k)
{
	mpz_set_ui(out->z, 1);
	multiply(out->t, out->x, out->y, k);
}

/* 5.1.3, of the negative point: what is decoded is -A. */
static void decode_negative(struct point *out, const uint8_t key[32], struct field *k)
{
	mpz_import(out->y, 32, -1, 1, 0, 0, key);
	mpz_clrbit(out->y, 255);
	multiply(k->a, out->y, out->y, k);
	multiply(k->b, k->a, k->d, k);
	mpz_add_ui(k->b, k->b, 1);
	mpz_sub_ui(k->a, k->a, 1);
	mpz_invert(k->b, k->b, k->p);
	multiply(k->a, k->a, k->b, k); /* x squared */
	mpz_add_ui(k->b, k->p, 3);
	mpz_tdiv_q_2exp(k->b, k->b, 3);
	mpz_powm(out->x, k->a, k->b, k->p);
	multiply(k->b, out->x, out->x, k);
	mpz_sub(k->b, k->b, k->a);
	if (!mpz_divisible_p(k->b, k->p))
		multiply(out->x, out->x, k->root, k);
	if (mpz_tstbit(out->x, 0) == key[31] >> 7)
		mpz_sub(out->x, k->p, out->x);
	set_affine(out, k);
}

static void encode(uint8_t out[32], const struct point *point, struct field *k)
{
	mpz_invert(k->a, point->z, k->p);
	multiply(k->b, point->x, k->a, k);
	multiply(k->c, point->y, k->a, k);
	memset(out, 0, 32);
	mpz_export(out, NULL, -1, 1, 0, 0, k->c);
	out[31] |= (uint8_t)(mpz_tstbit(k->b, 0) << 7);
}

/* [s]B + [c]Q, both at once. */
static void combine(struct point *out, const mpz_t s, const mpz_t c, const struct point *q, struct field *k)
{
	struct point base, both;

	point_init(&base);
	point_init(&both);
	mpz_set_str(base.x, BX, 16);
	mpz_set_str(base.y, BY, 16);
	set_affine(&base, k);
	add(&both, &base, q, k);
	for (mp_bitcnt_t bit = 253; bit-- > 0;) {
		add(out, out, out, k);
		if (mpz_tstbit(s, bit) && mpz_tstbit(c, bit))
			add(out, out, &both, k);
		else if (mpz_tstbit(s, bit))
			add(out, out, &base, k);
		else if (mpz_tstbit(c, bit))
			add(out, out, q, k);
	}
	point_clear(&base);
	point_clear(&both);
}

/* 5.1.7: SHA-512(dom2(1, "") || R || A || SHA-512(M)) modulo L. */
static void challenge(mpz_t out, const uint8_t key[32], const uint8_t hashed_message[64], const uint8_t sig[64],
	const struct field *k)
{
	uint8_t hashed[32 + 2 + 32 + 32 + 64], digest[STELLA_DIGEST_MAX];

	memcpy(hashed, "SigEd25519 no Ed25519 collisions\x01", 34); /* the NUL is the empty context's length */
	memcpy(hashed + 34, sig, 32);
	memcpy(hashed + 66, key, 32);
	memcpy(hashed + 98, hashed_message, 64);
	stella_hash(STELLA_HASH_SHA512, stella_span(hashed, sizeof hashed), digest);
	mpz_import(out, 64, -1, 1, 0, 0, digest);
	mpz_mod(out, out, k->order);
}

const struct stella_error *stella_ed25519ph_verify_digest(const uint8_t key[32], const uint8_t digest[64],
	const uint8_t sig[64])
{
	struct point negative, sum;
	struct field k;
	uint8_t r[32];
	mpz_t s, c;
	bool holds;

	field_init(&k);
	point_init(&negative);
	point_init(&sum);
	mpz_inits(s, c, NULL);
	mpz_import(s, 32, -1, 1, 0, 0, sig + 32);
	holds = mpz_cmp(s, k.order) < 0;
	if (holds) {
		challenge(c, key, digest, sig, &k);
		decode_negative(&negative, key, &k);
		combine(&sum, s, c, &negative, &k);
		encode(r, &sum, &k);
		holds = memcmp(r, sig, sizeof r) == 0;
	}
	mpz_clears(s, c, NULL);
	point_clear(&negative);
	point_clear(&sum);
	field_clear(&k);
	if (holds)
		return NULL;
	return stella_error(STELLA_SIGNATURE_MISMATCH,
		"signature verification failed: not a signature of these bytes by this key");
}

const struct stella_error *stella_ed25519ph_verify(const uint8_t key[32], struct stella_span message,
	const uint8_t sig[64])
{
	uint8_t digest[STELLA_DIGEST_MAX];

	stella_hash(STELLA_HASH_SHA512, message, digest);
	return stella_ed25519ph_verify_digest(key, digest, sig);
}
