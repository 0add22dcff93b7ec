/* SPDX-License-Identifier: Apache-2.0 */
#include "testkeys.h"

#include <assert.h>
#include <gmp.h>
#include <nettle/ecc-curve.h>
#include <nettle/ecdsa.h>
#include <nettle/eddsa.h>
#include <nettle/rsa.h>
#include <nettle/sha2.h>
#include <stdlib.h>
#include <string.h>

#include "encode.h"

enum kind { ED25519, P256, P384, RSA };

static struct key {
	const char *name;
	enum kind kind;
	bool ready;
	uint8_t seed[32], point[32];      /* ED25519 */
	struct ecc_scalar scalar;
	struct rsa_private_key rsa;
	struct stella_buf blob;
	char *line;
} keys[TEST_KEY_COUNT] = {
	{ .name = "a1" }, { .name = "a2" }, { .name = "b1", .kind = P256 }, { .name = "b2", .kind = P384 },
	{ .name = "c1", .kind = RSA }, { .name = "c2" }, { .name = "d1" }, { .name = "m1" }, { .name = "m2" },
	{ .name = "x1" },
};

static const char *const rsa_p =
	"ba00d2666124cd8397b482056679dc448f224896240f8406c054402651aba8eb"
	"c07208e2e660f929317d47d9ffce0bd3ad76993235bcea5810891777706f96ae"
	"058e06b07e25b194bcd73280321ced8a6c6e11b5777712cd6af67783705d1340"
	"044950940d24210ebac7d1a0e9b10dd3501f1a51ca7ccb8542693ab32c858413";
static const char *const rsa_q =
	"b56cd5a0f195a3842b4e5bb716f60dc48cf25547ac2a7de63a18bb7d1698d85d"
	"568ed273295017f83ca4f9a65427ebac2e3b8204a7cfcf5361862201f3544e87"
	"6c48e93fc96b42c6906bd023bfb5bbb1e451e29ec1d21f09b0064881eaf3e628"
	"5b3a8ca6714da0bf83c74d00654b4cb0480a57495dabf81c5562d4da1be1adf5";

/* The same numbers on every run. */
static void pseudo_random(void *ctx, size_t length, uint8_t *out)
{
	static uint64_t state = 1;

	while (length--) {
		state = state * 6364136223846793005u + 1442695040888963407u;
		*out++ = (uint8_t)(state >> 56);
	}
}

static void put_text(struct stella_buf *out, const char *text)
{
	stella_buf_put_string(out, stella_span_str(text));
}

/* RFC 4251 5: mpint of a number that is not negative; size > 0 instead pads to that many bytes. */
static void put_mpz(struct stella_buf *out, const mpz_t n, size_t size, bool string)
{
	uint8_t bytes[1024] = { 0 };
	size_t count = (mpz_sizeinbase(n, 2) + 7) / 8, lead = size > count ? size - count : 0;

	if (!size)
		lead = mpz_sizeinbase(n, 2) % 8 == 0;
	assert(lead + count <= sizeof bytes);
	mpz_export(bytes + lead, NULL, 1, 1, 1, 0, n);
	if (string)
		stella_buf_put_string(out, stella_span(bytes, lead + count));
	else
		stella_buf_put(out, bytes, lead + count);
}

static const char *type_name(const struct key *key)
{
	static const char *const names[] = { "ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ssh-rsa" };

	return names[key->kind];
}

static void make_ed25519(struct key *key)
{
	struct sha256_ctx ctx;

	sha256_init(&ctx);
	sha256_update(&ctx, strlen(key->name), (const uint8_t *)key->name);
	sha256_digest(&ctx, sizeof key->seed, key->seed);
	ed25519_sha512_public_key(key->point, key->seed);
	stella_buf_put_string(&key->blob, stella_span(key->point, sizeof key->point));
}

static void make_ecdsa(struct key *key)
{
	const struct ecc_curve *curve = key->kind == P256 ? nettle_get_secp_256r1() : nettle_get_secp_384r1();
	size_t size = key->kind == P256 ? 32 : 48;
	struct stella_buf point = { 0 };
	struct ecc_point public;
	mpz_t x, y;

	mpz_inits(x, y, NULL);
	mpz_set_str(x, key->kind == P256 ? "1234567890123456789012345678901234567890123456789" :
		"9876543210987654321098765432109876543210987654321098765432109876543210", 10);
	ecc_scalar_init(&key->scalar, curve);
	assert(ecc_scalar_set(&key->scalar, x));
	ecc_point_init(&public, curve);
	ecc_point_mul_g(&public, &key->scalar);
	ecc_point_get(&public, x, y);
	put_text(&key->blob, key->kind == P256 ? "nistp256" : "nistp384");
	stella_buf_put_u8(&point, 4);
	put_mpz(&point, x, size, false);
	put_mpz(&point, y, size, false);
	stella_buf_put_string(&key->blob, stella_buf_span(&point));
	stella_buf_free(&point);
	ecc_point_clear(&public);
	mpz_clears(x, y, NULL);
}

static void make_rsa(struct key *key)
{
	struct rsa_private_key *rsa = &key->rsa;
	mpz_t e, n, p1, q1, phi;

	rsa_private_key_init(rsa);
	mpz_inits(e, n, p1, q1, phi, NULL);
	mpz_set_ui(e, 65537);
	mpz_set_str(rsa->p, rsa_p, 16);
	mpz_set_str(rsa->q, rsa_q, 16);
	mpz_sub_ui(p1, rsa->p, 1);
	mpz_sub_ui(q1, rsa->q, 1);
	mpz_mul(phi, p1, q1);
	assert(mpz_invert(rsa->d, e, phi));
	mpz_mod(rsa->a, rsa->d, p1);
	mpz_mod(rsa->b, rsa->d, q1);
	assert(mpz_invert(rsa->c, rsa->q, rsa->p));
	assert(rsa_private_key_prepare(rsa));
	mpz_mul(n, rsa->p, rsa->q);
	put_mpz(&key->blob, e, 0, true);
	put_mpz(&key->blob, n, 0, true);
	mpz_clears(e, n, p1, q1, phi, NULL);
}

static struct key *get(size_t i)
{
	struct key *key = &keys[i];
	struct stella_buf line = { 0 };

	assert(i < TEST_KEY_COUNT);
	if (key->ready)
		return key;
	put_text(&key->blob, type_name(key));
	if (key->kind == ED25519)
		make_ed25519(key);
	else if (key->kind == RSA)
		make_rsa(key);
	else
		make_ecdsa(key);
	stella_buf_put_str(&line, type_name(key));
	stella_buf_put_str(&line, " ");
	stella_base64_print(&line, stella_buf_span(&key->blob));
	key->line = stella_buf_take_str(&line);
	key->ready = true;
	return key;
}

const char *testkey_name(size_t i)
{
	return get(i)->name;
}

size_t testkey_find(const char *name)
{
	size_t i = 0;

	while (i < TEST_KEY_COUNT && strcmp(keys[i].name, name) != 0)
		i++;
	assert(i < TEST_KEY_COUNT);
	return i;
}

const char *testkey_line(size_t i)
{
	return get(i)->line;
}

size_t testkey_of_line(const char *line)
{
	size_t i = 0;

	while (i < TEST_KEY_COUNT && strcmp(get(i)->line, line) != 0)
		i++;
	return i;
}

/* ---------------------------------------------------------------- PROTOCOL.sshsig */

static void put_preamble(struct stella_buf *out, bool version, const struct key *key)
{
	stella_buf_put_str(out, "SSHSIG");
	if (version) {
		stella_buf_put_u32(out, 1);
		stella_buf_put_string(out, stella_buf_span(&key->blob));
	}
	put_text(out, "git");
	put_text(out, "");
	put_text(out, "sha512");
}

static void put_ecdsa(struct stella_buf *out, const struct key *key, struct stella_span data)
{
	struct stella_buf sig = { 0 };
	struct dsa_signature rs;
	uint8_t digest[SHA384_DIGEST_SIZE];
	struct sha256_ctx small;
	struct sha384_ctx large;

	dsa_signature_init(&rs);
	sha256_init(&small);
	sha256_update(&small, data.size, data.data);
	sha256_digest(&small, SHA256_DIGEST_SIZE, digest);
	if (key->kind == P384) {
		sha384_init(&large);
		sha384_update(&large, data.size, data.data);
		sha384_digest(&large, SHA384_DIGEST_SIZE, digest);
	}
	ecdsa_sign(&key->scalar, NULL, pseudo_random, key->kind == P384 ? SHA384_DIGEST_SIZE : SHA256_DIGEST_SIZE,
		digest, &rs);
	put_mpz(&sig, rs.r, 0, true);
	put_mpz(&sig, rs.s, 0, true);
	put_text(out, type_name(key));
	stella_buf_put_string(out, stella_buf_span(&sig));
	stella_buf_free(&sig);
	dsa_signature_clear(&rs);
}

static void put_rsa(struct stella_buf *out, struct key *key, struct stella_span data)
{
	struct stella_buf sig = { 0 };
	struct sha512_ctx ctx;
	mpz_t s;

	mpz_init(s);
	sha512_init(&ctx);
	sha512_update(&ctx, data.size, data.data);
	assert(rsa_sha512_sign(&key->rsa, &ctx, s));
	put_mpz(&sig, s, key->rsa.size, false);
	put_text(out, "rsa-sha2-512");
	stella_buf_put_string(out, stella_buf_span(&sig));
	stella_buf_free(&sig);
	mpz_clear(s);
}

static void put_ed25519(struct stella_buf *out, const struct key *key, struct stella_span data)
{
	uint8_t sig[ED25519_SIGNATURE_SIZE];

	ed25519_sha512_sign(key->point, key->seed, data.size, data.data, sig);
	put_text(out, "ssh-ed25519");
	stella_buf_put_string(out, stella_span(sig, sizeof sig));
}

static void put_armor(struct stella_buf *out, struct stella_span blob)
{
	struct stella_buf text = { 0 };

	stella_base64_print(&text, blob);
	stella_buf_put_str(out, "-----BEGIN SSH SIGNATURE-----\n");
	for (size_t at = 0; at < text.size; at += 70) {
		stella_buf_put(out, text.data + at, text.size - at < 70 ? text.size - at : 70);
		stella_buf_put_str(out, "\n");
	}
	stella_buf_put_str(out, "-----END SSH SIGNATURE-----\n");
	stella_buf_free(&text);
}

void testkey_sign(struct stella_buf *armored, size_t i, struct stella_span message)
{
	struct stella_buf data = { 0 }, sig = { 0 }, blob = { 0 };
	uint8_t digest[SHA512_DIGEST_SIZE];
	struct key *key = get(i);
	struct sha512_ctx ctx;

	sha512_init(&ctx);
	sha512_update(&ctx, message.size, message.data);
	sha512_digest(&ctx, sizeof digest, digest);
	put_preamble(&data, false, key);
	stella_buf_put_string(&data, stella_span(digest, sizeof digest));
	if (key->kind == ED25519)
		put_ed25519(&sig, key, stella_buf_span(&data));
	else if (key->kind == RSA)
		put_rsa(&sig, key, stella_buf_span(&data));
	else
		put_ecdsa(&sig, key, stella_buf_span(&data));
	put_preamble(&blob, true, key);
	stella_buf_put_string(&blob, stella_buf_span(&sig));
	put_armor(armored, stella_buf_span(&blob));
	stella_buf_free(&data);
	stella_buf_free(&sig);
	stella_buf_free(&blob);
}

/* The header goes behind the others, its further lines begin with a space. */
void testkey_put_signature(struct stella_buf *out, struct stella_span payload, struct stella_span armored)
{
	const uint8_t *end = stella_span_find(payload, "\n\n");
	size_t headers = (size_t)(end + 1 - payload.data);

	assert(end);
	stella_buf_put(out, payload.data, headers);
	stella_buf_put_str(out, "gpgsig ");
	for (size_t i = 0; i < armored.size; i++) {
		stella_buf_put_u8(out, armored.data[i]);
		if (armored.data[i] == '\n' && i + 1 < armored.size)
			stella_buf_put_str(out, " ");
	}
	stella_buf_put(out, payload.data + headers, payload.size - headers);
}

void testkey_sign_commit(struct stella_buf *out, size_t i, struct stella_span payload)
{
	struct stella_buf armored = { 0 };

	testkey_sign(&armored, i, payload);
	testkey_put_signature(out, payload, stella_buf_span(&armored));
	stella_buf_free(&armored);
}
