/* SPDX-License-Identifier: Apache-2.0 */
#include "jwk.h"

#include <stdlib.h>
#include <string.h>

#include "encode.h"
#include "json.h"
#include "rawkey.h"

#define COUNT(rows) (sizeof (rows) / sizeof *(rows))
#define TEXT_MAX 1024

static const struct stella_error *bad(const char *why)
{
	return stella_error(STELLA_MALFORMED, "%s", why);
}

/* ---------------------------------------------------------------- numbers */

/* RFC 7515 2: base64url without padding; RFC 4648 3.5: zero pad bits. */
static const struct stella_error *take_bytes(struct stella_buf *out, const struct stella_json *jwk, const char *name)
{
	const struct stella_error *err;
	const char *text;

	err = stella_json_need_text(&text, jwk, name);
	if (err)
		return err;
	if (!*text || strpbrk(text, "+/="))
		return stella_error(STELLA_MALFORMED, "\"%s\": not base64url without padding", name);
	err = stella_base64_parse(out, stella_span_str(text), STELLA_BASE64_ANY);
	return err ? stella_error_prefix(err, "\"%s\"", name) : NULL;
}

/* RFC 7518 2: Base64urlUInt has no leading zeros. */
static const struct stella_error *take_uint(struct stella_buf *out, const struct stella_json *jwk, const char *name)
{
	const struct stella_error *err = take_bytes(out, jwk, name);

	return !err && out->data[0] == 0 ? stella_error(STELLA_MALFORMED, "\"%s\": a number with zeros in front", name) : err;
}

/* ---------------------------------------------------------------- kinds of keys */

static const struct {
	const char *crv;
	enum stella_keytype type;
	enum stella_rawkind raw;
} curves[] = { /* RFC 7518 6.2.1.1 */
	{ "P-256", STELLA_KEY_P256, STELLA_RAW_P256 },
	{ "P-384", STELLA_KEY_P384, STELLA_RAW_P384 },
	{ "P-521", STELLA_KEY_P521, STELLA_RAW_P521 },
};

static const struct stella_error *unsupported(const char *name, const char *value)
{
	return stella_error(STELLA_ALGORITHM_UNSUPPORTED, "algorithm not supported: \"%s\": \"%.64s\"", name, value);
}

static const struct stella_error *make(struct stella_pubkey **out, const struct stella_keyform *form)
{
	struct stella_buf spki = { 0 };
	const struct stella_error *err;

	stella_keyform_print_spki(&spki, form);
	err = stella_pubkey_parse_spki(out, stella_buf_span(&spki));
	stella_buf_free(&spki);
	return err;
}

static const struct stella_error *parse_ec(struct stella_pubkey **out, const struct stella_json *jwk)
{
	static const char *const names[] = { "x", "y" };
	struct stella_buf point = { 0 };
	const struct stella_error *err;
	const char *crv;
	size_t i = 0;

	err = stella_json_need_text(&crv, jwk, "crv");
	if (err)
		return err;
	while (i < COUNT(curves) && strcmp(crv, curves[i].crv) != 0)
		i++;
	if (i == COUNT(curves))
		return unsupported("crv", crv);
	stella_buf_put_u8(&point, 4); /* SEC 1 2.3.3 */
	for (size_t n = 0; n < 2 && !err; n++) {
		struct stella_buf number = { 0 };

		err = take_bytes(&number, jwk, names[n]);
		if (!err && number.size != stella_rawkey_coordinate_size(curves[i].raw))
			err = stella_error(STELLA_MALFORMED, "\"%s\": %zu bytes, expected %zu", names[n], number.size,
				stella_rawkey_coordinate_size(curves[i].raw));
		stella_buf_put_span(&point, stella_buf_span(&number));
		stella_buf_free(&number);
	}
	if (!err)
		err = make(out, &(struct stella_keyform){ .type = curves[i].type, .point = stella_buf_span(&point) });
	stella_buf_free(&point);
	return err;
}

static const struct stella_error *parse_okp(struct stella_pubkey **out, const struct stella_json *jwk)
{
	struct stella_buf point = { 0 };
	const struct stella_error *err;
	const char *crv;

	err = stella_json_need_text(&crv, jwk, "crv");
	if (!err && strcmp(crv, "Ed25519") != 0)
		err = unsupported("crv", crv);
	if (!err)
		err = take_bytes(&point, jwk, "x");
	if (!err && point.size != STELLA_ED25519_KEY_SIZE)
		err = stella_error(STELLA_MALFORMED, "\"x\": %zu bytes, expected %d", point.size, STELLA_ED25519_KEY_SIZE);
	if (!err)
		err = make(out, &(struct stella_keyform){ .type = STELLA_KEY_ED25519, .point = stella_buf_span(&point) });
	stella_buf_free(&point);
	return err;
}

static const struct stella_error *parse_rsa(struct stella_pubkey **out, const struct stella_json *jwk)
{
	struct stella_buf modulus = { 0 }, exponent = { 0 };
	const struct stella_error *err = take_uint(&modulus, jwk, "n");

	if (!err)
		err = take_uint(&exponent, jwk, "e");
	if (!err)
		err = make(out, &(struct stella_keyform){ .type = STELLA_KEY_RSA, .modulus = stella_buf_span(&modulus),
			.exponent = stella_buf_span(&exponent) });
	stella_buf_free(&modulus);
	stella_buf_free(&exponent);
	return err;
}

static const struct stella_error *parse_key(struct stella_pubkey **out, const struct stella_json *jwk)
{
	const char *kty;
	const struct stella_error *err = stella_json_need_text(&kty, jwk, "kty");

	if (err)
		return err;
	if (!strcmp(kty, "EC"))
		return parse_ec(out, jwk);
	if (!strcmp(kty, "OKP"))
		return parse_okp(out, jwk);
	return !strcmp(kty, "RSA") ? parse_rsa(out, jwk) : unsupported("kty", kty);
}

/* ---------------------------------------------------------------- what a key is for */

/* RFC 7518 6.2.2, 6.3.2, 6.4.1; RFC 8037 2. */
static const struct stella_error *refuse_private(const struct stella_json *jwk)
{
	static const char *const names[] = { "d", "p", "q", "dp", "dq", "qi", "oth", "k" };

	for (size_t i = 0; i < COUNT(names); i++)
		if (stella_json_find(jwk, names[i]))
			return stella_error(STELLA_MALFORMED, "a PRIVATE key is published here (\"%s\"): it is everybody's now, "
				"and must be revoked", names[i]);
	return NULL;
}

/* RFC 7517 4.2, 4.3: for signatures, unless it says otherwise. */
static const struct stella_error *find_use(bool *signing, const struct stella_json *jwk)
{
	const struct stella_json *list;
	const char *use;
	const struct stella_error *err;

	*signing = true;
	err = stella_json_want_text(&use, jwk, "use");
	if (!err && use)
		*signing = !strcmp(use, "sig");
	if (!err && use && !*signing && strcmp(use, "enc") != 0)
		err = stella_error(STELLA_MALFORMED, "\"use\": \"%.64s\", expected \"sig\" or \"enc\"", use);
	if (!err)
		err = stella_json_want(&list, jwk, "key_ops", STELLA_JSON_ARRAY);
	if (err || !list)
		return err;
	for (size_t i = 0; i < stella_json_count(list); i++) {
		const struct stella_json *op = stella_json_at(list, i);

		if (stella_json_type(op) != STELLA_JSON_STRING)
			return bad("\"key_ops\": not a list of texts");
		if (!strcmp(stella_json_text(op), "verify"))
			return NULL;
	}
	*signing = false;
	return NULL;
}

/* RFC 7518 3.1, RFC 8037 3.1, RFC 9864. */
static const struct stella_error *find_alg(enum stella_sigalg *out, const struct stella_json *jwk,
	const struct stella_pubkey *key)
{
	static const struct { const char *name; enum stella_sigalg alg; } algs[] = {
		{ "EdDSA", STELLA_SIG_ED25519 }, { "Ed25519", STELLA_SIG_ED25519 },
		{ "ES256", STELLA_SIG_ECDSA_SHA256 }, { "ES384", STELLA_SIG_ECDSA_SHA384 }, { "ES512", STELLA_SIG_ECDSA_SHA512 },
		{ "RS256", STELLA_SIG_RSA_SHA256 }, { "RS384", STELLA_SIG_RSA_SHA384 }, { "RS512", STELLA_SIG_RSA_SHA512 },
		{ "PS256", STELLA_SIG_PSS_SHA256 }, { "PS384", STELLA_SIG_PSS_SHA384 }, { "PS512", STELLA_SIG_PSS_SHA512 },
	};
	const struct stella_error *err;
	const char *name;

	*out = stella_pubkey_default_alg(key);
	err = stella_json_want_text(&name, jwk, "alg");
	if (err || !name)
		return err;
	for (size_t i = 0; i < COUNT(algs); i++) {
		if (strcmp(name, algs[i].name) != 0)
			continue;
		*out = algs[i].alg;
		/* RFC 7518 3.4 binds the hash of ECDSA to the curve; key default is just that. */
		if (!stella_pubkey_allows(key, *out) || (name[0] == 'E' && *out != stella_pubkey_default_alg(key)))
			return stella_error(STELLA_MALFORMED, "\"alg\": \"%s\" of a key of type %s", name, stella_pubkey_type_name(key));
		return NULL;
	}
	return unsupported("alg", name);
}

/* ---------------------------------------------------------------- a set */

static const struct stella_error *parse_jwk(struct stella_jwks *out, const struct stella_json *jwk)
{
	struct stella_jwk *one = &out->items[out->count];
	const struct stella_error *err;
	const char *kid;
	bool signing;

	if (stella_json_type(jwk) != STELLA_JSON_OBJECT)
		return bad("not an object");
	err = refuse_private(jwk);
	if (!err)
		err = find_use(&signing, jwk);
	if (!err && !signing) {
		out->encryption_count++;
		return NULL;
	}
	if (!err)
		err = stella_json_want_text(&kid, jwk, "kid");
	if (err)
		return err;
	if (kid && strlen(kid) > TEXT_MAX)
		return stella_error(STELLA_LIMIT, "\"kid\": more than %d bytes", TEXT_MAX);
	one->kid = stella_strdup(kid);
	out->count++; /* from here on free knows of it */
	err = parse_key(&one->key, jwk);
	return err ? err : find_alg(&one->alg, jwk, one->key);
}

static const struct stella_error *check_twice(const struct stella_jwks *jwks)
{
	for (size_t i = 0; i < jwks->count; i++)
		for (size_t n = 0; n < i; n++)
			if (stella_pubkey_equal(jwks->items[i].key, jwks->items[n].key))
				return stella_error(STELLA_MALFORMED, "JWK set: keys %zu and %zu are the same key", n, i);
	return NULL;
}

const struct stella_error *stella_jwks_parse(struct stella_jwks *out, struct stella_span text)
{
	const struct stella_json *keys;
	struct stella_json *doc = NULL;
	const struct stella_error *err;

	*out = (struct stella_jwks){ 0 };
	err = stella_json_parse(&doc, text);
	if (!err)
		err = stella_json_need(&keys, doc, "keys", STELLA_JSON_ARRAY);
	if (err) {
		err = stella_error_prefix(err, "JWK set");
		goto done;
	}
	if (stella_json_count(keys) > STELLA_JWKS_MAX) {
		err = stella_error(STELLA_LIMIT, "JWK set: %zu keys, at most %d are taken", stella_json_count(keys), STELLA_JWKS_MAX);
		goto done;
	}
	out->items = stella_alloc_array(stella_json_count(keys) + 1, sizeof *out->items);
	for (size_t i = 0; i < stella_json_count(keys) && !err; i++) {
		err = parse_jwk(out, stella_json_at(keys, i));
		if (err)
			err = stella_error_prefix(err, "JWK set: key %zu", i);
	}
	if (!err)
		err = check_twice(out);
done:
	if (err)
		stella_jwks_free(out);
	stella_json_free(doc);
	return err;
}

void stella_jwks_free(struct stella_jwks *jwks)
{
	for (size_t i = 0; i < jwks->count; i++) {
		stella_pubkey_free(jwks->items[i].key);
		free(jwks->items[i].kid);
	}
	free(jwks->items);
	*jwks = (struct stella_jwks){ 0 };
}
