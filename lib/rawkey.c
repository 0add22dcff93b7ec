/* SPDX-License-Identifier: Apache-2.0 */
#include "rawkey.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <nettle/bignum.h>
#include <nettle/ecc-curve.h>
#include <nettle/ecc.h>
#include <nettle/ecdsa.h>
#include <nettle/eddsa.h>
#include <nettle/pss.h>
#include <nettle/rsa.h>
#include <nettle/version.h>

#include "der.h"
#include "ed25519ph.h"

struct stella_rawkey {
	enum stella_rawkind kind;
	unsigned bits;
	union {
		uint8_t ed25519[ED25519_KEY_SIZE];
		struct ecc_point ec;
		struct rsa_public_key rsa;
	};
};

static const struct {
	const char *name;
	unsigned bits;
	size_t size; /* bytes of a coordinate, and of a number below the order */
	const struct ecc_curve *(*curve)(void);
} curves[] = {
	[STELLA_RAW_P256] = { "P-256", 256, 32, nettle_get_secp_256r1 },
	[STELLA_RAW_P384] = { "P-384", 384, 48, nettle_get_secp_384r1 },
	[STELLA_RAW_P521] = { "P-521", 521, 66, nettle_get_secp_521r1 },
};

static const struct stella_error *mismatch(void)
{
	return stella_error(STELLA_SIGNATURE_MISMATCH,
		"signature verification failed: not a signature of these bytes by this key");
}

static const struct stella_error *wrong_size(const char *what, size_t expected, size_t found)
{
	return stella_error(STELLA_SIGNATURE_MISMATCH,
		"signature verification failed: a signature of an %s key has %zu bytes, found %zu",
		what, expected, found);
}

/* ---------------------------------------------------------------- Ed25519 */

/*
 * Does x² = (y² - 1) / (d y² + 1) have a solution, d = -121665/121666, modulo p = 2^255 - 19?  Times
 * the squares 121666² and (d y² + 1)², that is: is 121666 (y² - 1) (121666 - 121665 y²) a square?
 */
static bool on_edwards_curve(const mpz_t p, const mpz_t y)
{
	mpz_t square, left, right;
	bool found;

	mpz_inits(square, left, right, NULL);
	mpz_mul(square, y, y);
	mpz_sub_ui(left, square, 1);
	mpz_mul_ui(left, left, 121666);
	mpz_mul_ui(right, square, 121665);
	mpz_ui_sub(right, 121666, right);
	mpz_mul(left, left, right);
	mpz_mod(left, left, p);
	found = mpz_legendre(left, p) == 1;
	mpz_clears(square, left, right, NULL);
	return found;
}

/*
 * RFC 8032 5.1.3: y below p, a point of the curve.  And a point whose order is not 1, 2, 4 or 8: under
 * such a key one signature fits many messages.
 */
static const struct stella_error *check_ed25519(const uint8_t bytes[ED25519_KEY_SIZE])
{
	static const char *const small_order_y[] = { /* of the points of order 1, 2, 4, 8 and 8 */
		"1",
		"7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffec",
		"0",
		"7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7",
		"05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826",
	};
	const struct stella_error *err = NULL;
	uint8_t clean[ED25519_KEY_SIZE];
	mpz_t p, y, weak;

	memcpy(clean, bytes, sizeof clean);
	clean[31] &= 0x7f; /* the sign of x */
	mpz_inits(p, y, weak, NULL);
	mpz_import(y, sizeof clean, -1, 1, 0, 0, clean);
	mpz_ui_pow_ui(p, 2, 255);
	mpz_sub_ui(p, p, 19);
	if (mpz_cmp(y, p) >= 0) {
		err = stella_error(STELLA_MALFORMED, "Ed25519 key: the point is not in its canonical form");
		goto done;
	}
	for (size_t i = 0; i < sizeof small_order_y / sizeof *small_order_y; i++) {
		mpz_set_str(weak, small_order_y[i], 16);
		if (mpz_cmp(y, weak) == 0) {
			err = stella_error(STELLA_MALFORMED, "Ed25519 key: a point of small order, it fits any message");
			goto done;
		}
	}
	if (!on_edwards_curve(p, y))
		err = stella_error(STELLA_MALFORMED, "Ed25519 key: not a point of the curve");
done:
	mpz_clears(p, y, weak, NULL);
	return err;
}

const struct stella_error *stella_rawkey_parse_ed25519(struct stella_rawkey **out, struct stella_span point)
{
	const struct stella_error *err;

	*out = NULL;
	if (point.size != ED25519_KEY_SIZE)
		return stella_error(STELLA_MALFORMED, "Ed25519 key: has %zu bytes, expected %d", point.size,
			ED25519_KEY_SIZE);
	err = check_ed25519(point.data);
	if (err)
		return err;
	*out = stella_alloc(sizeof **out);
	(*out)->kind = STELLA_RAW_ED25519;
	(*out)->bits = 256;
	memcpy((*out)->ed25519, point.data, ED25519_KEY_SIZE);
	return NULL;
}

const struct stella_error *stella_rawkey_verify_ed25519(const struct stella_rawkey *key,
	struct stella_span message, struct stella_span sig)
{
	assert(key->kind == STELLA_RAW_ED25519);
	if (sig.size != ED25519_SIGNATURE_SIZE)
		return wrong_size("Ed25519", ED25519_SIGNATURE_SIZE, sig.size);
	if (!ed25519_sha512_verify(key->ed25519, message.size, message.data, sig.data))
		return mismatch();
	return NULL;
}

const struct stella_error *stella_rawkey_verify_ed25519ph(const struct stella_rawkey *key,
	struct stella_span message, struct stella_span sig)
{
	assert(key->kind == STELLA_RAW_ED25519);
	if (sig.size != ED25519_SIGNATURE_SIZE)
		return wrong_size("Ed25519", ED25519_SIGNATURE_SIZE, sig.size);
	return stella_ed25519ph_verify(key->ed25519, message, sig.data);
}

const struct stella_error *stella_rawkey_verify_ed25519ph_digest(const struct stella_rawkey *key,
	struct stella_span digest, struct stella_span sig)
{
	assert(key->kind == STELLA_RAW_ED25519 && digest.size == stella_hash_size(STELLA_HASH_SHA512));
	if (sig.size != ED25519_SIGNATURE_SIZE)
		return wrong_size("Ed25519", ED25519_SIGNATURE_SIZE, sig.size);
	return stella_ed25519ph_verify_digest(key->ed25519, digest.data, sig.data);
}

/* ---------------------------------------------------------------- ECDSA */

size_t stella_rawkey_coordinate_size(enum stella_rawkind curve)
{
	assert(curve >= STELLA_RAW_P256 && curve <= STELLA_RAW_P521);
	return curves[curve].size;
}

const struct stella_error *stella_rawkey_parse_ec(struct stella_rawkey **out, enum stella_rawkind curve,
	struct stella_span point)
{
	size_t size = stella_rawkey_coordinate_size(curve);
	struct stella_rawkey *key;
	bool good;
	mpz_t x, y;

	*out = NULL;
	if (point.size != 1 + 2 * size || point.data[0] != 4)
		return stella_error(STELLA_MALFORMED, "%s key: not an uncompressed point of %zu bytes",
			curves[curve].name, 1 + 2 * size);
	key = stella_alloc(sizeof *key);
	key->kind = curve;
	key->bits = curves[curve].bits;
	ecc_point_init(&key->ec, curves[curve].curve());
	nettle_mpz_init_set_str_256_u(x, size, point.data + 1);
	nettle_mpz_init_set_str_256_u(y, size, point.data + 1 + size);
	good = ecc_point_set(&key->ec, x, y) == 1;
	mpz_clears(x, y, NULL);
	if (!good) {
		stella_rawkey_free(key);
		return stella_error(STELLA_MALFORMED, "%s key: not a point of the curve", curves[curve].name);
	}
	*out = key;
	return NULL;
}

/* nettle checks 0 < r, s < n. */
const struct stella_error *stella_rawkey_verify_ecdsa(const struct stella_rawkey *key,
	struct stella_span digest, struct stella_span r, struct stella_span s)
{
	size_t size = stella_rawkey_coordinate_size(key->kind);
	struct dsa_signature sig;
	bool good;

	if (r.size > size || s.size > size || r.size == 0 || s.size == 0)
		return mismatch();
	dsa_signature_init(&sig);
	nettle_mpz_set_str_256_u(sig.r, r.size, r.data);
	nettle_mpz_set_str_256_u(sig.s, s.size, s.data);
	good = ecdsa_verify(&key->ec, digest.size, digest.data, &sig) == 1;
	dsa_signature_clear(&sig);
	return good ? NULL : mismatch();
}

/* ---------------------------------------------------------------- RSA */

static const struct stella_error *check_rsa(const struct rsa_public_key *rsa)
{
	size_t bits = mpz_sizeinbase(rsa->n, 2);

	if (bits < STELLA_RSA_BITS_MIN || bits > STELLA_RSA_BITS_MAX)
		return stella_error(STELLA_ALGORITHM_UNSUPPORTED,
			"algorithm not supported: RSA key of %zu bits, expected %d to %d", bits,
			STELLA_RSA_BITS_MIN, STELLA_RSA_BITS_MAX);
	if (mpz_sizeinbase(rsa->e, 2) > STELLA_RSA_EXPONENT_BITS_MAX)
		return stella_error(STELLA_ALGORITHM_UNSUPPORTED,
			"algorithm not supported: RSA key with an exponent of %zu bits, expected at most %d",
			mpz_sizeinbase(rsa->e, 2), STELLA_RSA_EXPONENT_BITS_MAX);
	if (mpz_even_p(rsa->n))
		return stella_error(STELLA_MALFORMED, "RSA key: the modulus is even");
	if (mpz_even_p(rsa->e) || mpz_cmp_ui(rsa->e, 3) < 0)
		return stella_error(STELLA_MALFORMED, "RSA key: the exponent is even or below 3");
	return NULL;
}

const struct stella_error *stella_rawkey_parse_rsa(struct stella_rawkey **out,
	struct stella_span modulus, struct stella_span exponent)
{
	struct stella_span n = stella_der_magnitude(modulus), e = stella_der_magnitude(exponent);
	const struct stella_error *err;
	struct stella_rawkey *key;

	*out = NULL;
	if (n.size > STELLA_RSA_BITS_MAX / 8 || e.size > STELLA_RSA_BITS_MAX / 8)
		return stella_error(STELLA_ALGORITHM_UNSUPPORTED,
			"algorithm not supported: RSA key longer than %d bits", STELLA_RSA_BITS_MAX);
	key = stella_alloc(sizeof *key);
	key->kind = STELLA_RAW_RSA;
	rsa_public_key_init(&key->rsa);
	nettle_mpz_set_str_256_u(key->rsa.n, n.size, n.data);
	nettle_mpz_set_str_256_u(key->rsa.e, e.size, e.data);
	key->bits = (unsigned)mpz_sizeinbase(key->rsa.n, 2);
	err = check_rsa(&key->rsa);
	if (err) {
		stella_rawkey_free(key);
		return err;
	}
	(void)rsa_public_key_prepare(&key->rsa); /* sets the size; refuses only what check_rsa did */
	*out = key;
	return NULL;
}

/* What comes before the digest in EMSA-PKCS1-v1_5 (RFC 8017 9.2, note 1). */
#define DIGEST_INFO 19
static const uint8_t digest_infos[STELLA_HASH_COUNT][DIGEST_INFO] = {
	[STELLA_HASH_SHA256] = { 0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
		0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20 },
	[STELLA_HASH_SHA384] = { 0x30, 0x41, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
		0x65, 0x03, 0x04, 0x02, 0x02, 0x05, 0x00, 0x04, 0x30 },
	[STELLA_HASH_SHA512] = { 0x30, 0x51, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
		0x65, 0x03, 0x04, 0x02, 0x03, 0x05, 0x00, 0x04, 0x40 },
};

/* RFC 8017 8.1.2 and 8.2.2, step 1: exactly as long as the modulus. */
static const struct stella_error *check_rsa_sig(const struct stella_rawkey *key, struct stella_span sig)
{
	assert(key->kind == STELLA_RAW_RSA);
	return sig.size == key->rsa.size ? NULL : wrong_size("RSA", key->rsa.size, sig.size);
}

/* nettle checks that the signature is below the modulus, and compares the whole encoded message. */
const struct stella_error *stella_rawkey_verify_pkcs1_digest(const struct stella_rawkey *key,
	enum stella_hash hash, struct stella_span digest, struct stella_span sig)
{
	const struct stella_error *err = check_rsa_sig(key, sig);
	uint8_t info[DIGEST_INFO + STELLA_DIGEST_MAX];
	bool good;
	mpz_t number;

	if (err)
		return err;
	memcpy(info, digest_infos[hash], DIGEST_INFO);
	assert(digest.size == stella_hash_size(hash));
	memcpy(info + DIGEST_INFO, digest.data, digest.size);
	nettle_mpz_init_set_str_256_u(number, sig.size, sig.data);
	good = rsa_pkcs1_verify(&key->rsa, DIGEST_INFO + stella_hash_size(hash), info, number) == 1;
	mpz_clear(number);
	return good ? NULL : mismatch();
}

const struct stella_error *stella_rawkey_verify_pkcs1(const struct stella_rawkey *key,
	enum stella_hash hash, struct stella_span message, struct stella_span sig)
{
	uint8_t digest[STELLA_DIGEST_MAX];

	stella_hash(hash, message, digest);
	return stella_rawkey_verify_pkcs1_digest(key, hash, stella_span(digest, stella_hash_size(hash)), sig);
}

size_t stella_rawkey_pss_salt_max(const struct stella_rawkey *key, enum stella_hash hash)
{
	return (key->bits - 1 + 7) / 8 - stella_hash_size(hash) - 2;
}

const struct stella_error *stella_rawkey_verify_pss(const struct stella_rawkey *key, enum stella_hash hash,
	const size_t *salts, size_t salt_count, struct stella_span message, struct stella_span sig)
{
	static const struct nettle_hash *const hashes[STELLA_HASH_COUNT] = {
		&nettle_sha256, &nettle_sha384, &nettle_sha512,
	};
	const struct stella_error *err = check_rsa_sig(key, sig);
	uint8_t digest[STELLA_DIGEST_MAX];
	bool good = false;
	mpz_t number;

	if (err)
		return err;
	stella_hash(hash, message, digest);
	nettle_mpz_init_set_str_256_u(number, sig.size, sig.data);
	if (mpz_cmp(number, key->rsa.n) < 0) { /* RFC 8017 5.2.2 */
		mpz_powm(number, number, key->rsa.e, key->rsa.n);
		for (size_t i = 0; i < salt_count && !good; i++)
			good = salts[i] <= stella_rawkey_pss_salt_max(key, hash) &&
				pss_verify_mgf1(number, key->bits - 1, hashes[hash], salts[i], digest) == 1;
	}
	mpz_clear(number);
	return good ? NULL : mismatch();
}

/* ---------------------------------------------------------------- all */

void stella_rawkey_free(struct stella_rawkey *key)
{
	if (!key)
		return;
	if (key->kind == STELLA_RAW_RSA)
		rsa_public_key_clear(&key->rsa);
	else if (key->kind != STELLA_RAW_ED25519)
		ecc_point_clear(&key->ec);
	free(key);
}

enum stella_rawkind stella_rawkey_kind(const struct stella_rawkey *key)
{
	return key->kind;
}

unsigned stella_rawkey_bits(const struct stella_rawkey *key)
{
	return key->bits;
}

void stella_rawkey_print_provider(struct stella_buf *out)
{
	stella_buf_printf(out, "%d.%d", nettle_version_major(), nettle_version_minor());
}
