/* SPDX-License-Identifier: Apache-2.0 */
#include "keyform.h"

#include <assert.h>

#include "der.h"

static const struct {
	const char *type, *curve;
	bool fido;
} forms[] = {
	[STELLA_KEY_ED25519] = { "ssh-ed25519", NULL, false },
	[STELLA_KEY_P256] = { "ecdsa-sha2-nistp256", "nistp256", false },
	[STELLA_KEY_P384] = { "ecdsa-sha2-nistp384", "nistp384", false },
	[STELLA_KEY_P521] = { "ecdsa-sha2-nistp521", "nistp521", false },
	[STELLA_KEY_RSA] = { "ssh-rsa", NULL, false },
	[STELLA_KEY_SK_ED25519] = { "sk-ssh-ed25519@openssh.com", NULL, true },
	[STELLA_KEY_SK_P256] = { "sk-ecdsa-sha2-nistp256@openssh.com", "nistp256", true },
};
#define FORMS (sizeof forms / sizeof *forms)

const char *stella_keytype_ssh(enum stella_keytype type)
{
	assert(type < FORMS);
	return forms[type].type;
}

bool stella_keytype_is_fido(enum stella_keytype type)
{
	assert(type < FORMS);
	return forms[type].fido;
}

/* The key, written again, is what was read: so no form has a second text for a key. */
static const struct stella_error *check_canonical(const struct stella_keyform *m, struct stella_span read,
	void (*print)(struct stella_buf *, const struct stella_keyform *))
{
	struct stella_buf written = { 0 };
	bool same;

	print(&written, m);
	same = stella_span_equal(stella_buf_span(&written), read);
	stella_buf_free(&written);
	return same ? NULL : stella_error(STELLA_MALFORMED, "public key: not in its canonical form");
}

/* ---------------------------------------------------------------- SubjectPublicKeyInfo */

struct oid {
	uint8_t size;
	uint8_t bytes[9];
};
static const struct oid oid_rsa = { 9, { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1 } }; /* RFC 8017 A.1 */
static const struct oid oid_ec = { 7, { 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1 } };           /* RFC 5480 2.1.1 */
static const struct oid oid_ed25519 = { 3, { 0x2b, 0x65, 0x70 } };                         /* RFC 8410 3 */
static const struct {
	enum stella_keytype type;
	struct oid oid;
} oid_curves[] = { /* RFC 5480 2.1.1.1 */
	{ STELLA_KEY_P256, { 8, { 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7 } } },
	{ STELLA_KEY_P384, { 5, { 0x2b, 0x81, 4, 0, 0x22 } } },
	{ STELLA_KEY_P521, { 5, { 0x2b, 0x81, 4, 0, 0x23 } } },
};

static struct stella_span oid_span(const struct oid *oid)
{
	return stella_span(oid->bytes, oid->size);
}

static void put_bit_string(struct stella_buf *out, struct stella_span content)
{
	struct stella_buf bits = { 0 };

	stella_buf_put_u8(&bits, 0);
	stella_buf_put_span(&bits, content);
	stella_der_put(out, STELLA_DER_BIT_STRING, stella_buf_span(&bits));
	stella_buf_free(&bits);
}

static void put_rsa_key(struct stella_buf *out, const struct stella_keyform *m)
{
	struct stella_buf numbers = { 0 }, key = { 0 };

	stella_der_put_uint(&numbers, m->modulus);
	stella_der_put_uint(&numbers, m->exponent);
	stella_der_put(&key, STELLA_DER_SEQUENCE, stella_buf_span(&numbers));
	put_bit_string(out, stella_buf_span(&key));
	stella_buf_free(&numbers);
	stella_buf_free(&key);
}

void stella_keyform_print_spki(struct stella_buf *out, const struct stella_keyform *m)
{
	struct stella_buf algorithm = { 0 }, content = { 0 };

	assert(!forms[m->type].fido);
	if (m->type == STELLA_KEY_RSA) {
		stella_der_put(&algorithm, STELLA_DER_OID, oid_span(&oid_rsa));
		stella_der_put(&algorithm, STELLA_DER_NULL, stella_span(NULL, 0));
	} else if (m->type == STELLA_KEY_ED25519) {
		stella_der_put(&algorithm, STELLA_DER_OID, oid_span(&oid_ed25519));
	} else {
		stella_der_put(&algorithm, STELLA_DER_OID, oid_span(&oid_ec));
		for (size_t i = 0; i < sizeof oid_curves / sizeof *oid_curves; i++)
			if (oid_curves[i].type == m->type)
				stella_der_put(&algorithm, STELLA_DER_OID, oid_span(&oid_curves[i].oid));
	}
	stella_der_put(&content, STELLA_DER_SEQUENCE, stella_buf_span(&algorithm));
	if (m->type == STELLA_KEY_RSA)
		put_rsa_key(&content, m);
	else
		put_bit_string(&content, m->point);
	stella_der_put(out, STELLA_DER_SEQUENCE, stella_buf_span(&content));
	stella_buf_free(&algorithm);
	stella_buf_free(&content);
}

static const struct stella_error *unsupported_oid(const char *what, struct stella_span oid)
{
	const struct stella_error *err;
	struct stella_buf text = { 0 };

	stella_der_print_oid(&text, oid);
	stella_buf_put_u8(&text, 0);
	err = stella_error(STELLA_ALGORITHM_UNSUPPORTED, "algorithm not supported: %s %s", what, text.data);
	stella_buf_free(&text);
	return err;
}

static const struct stella_error *not_spki(const char *why)
{
	return stella_error(STELLA_MALFORMED, "public key: not a SubjectPublicKeyInfo: %s", why);
}

/* The AlgorithmIdentifier; its parameters are exactly those of the algorithm. */
static const struct stella_error *parse_algorithm(struct stella_keyform *m, struct stella_cursor *c)
{
	struct stella_cursor in;
	struct stella_span oid, parameter;

	if (!stella_der_enter(c, STELLA_DER_SEQUENCE, &in) || !stella_der_take(&in, STELLA_DER_OID, &oid))
		return not_spki("no algorithm");
	if (stella_span_equal(oid, oid_span(&oid_rsa))) {
		m->type = STELLA_KEY_RSA;
		if (!stella_der_take(&in, STELLA_DER_NULL, &parameter) || in.left > 0)
			return not_spki("the parameters of an RSA key are not NULL");
		return NULL;
	}
	if (stella_span_equal(oid, oid_span(&oid_ed25519))) {
		m->type = STELLA_KEY_ED25519;
		return in.left > 0 ? not_spki("an Ed25519 key has no parameters") : NULL;
	}
	if (!stella_span_equal(oid, oid_span(&oid_ec)))
		return unsupported_oid("key of type", oid);
	if (!stella_der_take(&in, STELLA_DER_OID, &parameter) || in.left > 0)
		return not_spki("an EC key without a named curve");
	for (size_t i = 0; i < sizeof oid_curves / sizeof *oid_curves; i++) {
		if (stella_span_equal(parameter, oid_span(&oid_curves[i].oid))) {
			m->type = oid_curves[i].type;
			return NULL;
		}
	}
	return unsupported_oid("EC key on curve", parameter);
}

static const struct stella_error *read_spki(struct stella_keyform *m, struct stella_span der)
{
	struct stella_cursor outer = stella_cursor(der), c, key, numbers;
	const struct stella_error *err;
	struct stella_span bits;

	err = stella_der_check(der);
	if (err)
		return stella_error_prefix(err, "public key");
	if (!stella_der_enter(&outer, STELLA_DER_SEQUENCE, &c))
		return not_spki("no sequence");
	err = parse_algorithm(m, &c);
	if (err)
		return err;
	if (!stella_der_take(&c, STELLA_DER_BIT_STRING, &bits) || bits.size < 2 || bits.data[0] != 0 || c.left > 0)
		return not_spki("no key");
	m->point = stella_span(bits.data + 1, bits.size - 1);
	if (m->type != STELLA_KEY_RSA)
		return NULL;
	key = stella_cursor(m->point);
	if (!stella_der_enter(&key, STELLA_DER_SEQUENCE, &numbers) || key.left > 0 ||
	    !stella_der_take_uint(&numbers, &m->modulus) || !stella_der_take_uint(&numbers, &m->exponent) ||
	    numbers.left > 0)
		return not_spki("no RSA modulus and exponent");
	return NULL;
}

const struct stella_error *stella_keyform_parse_spki(struct stella_keyform *out, struct stella_span der)
{
	const struct stella_error *err;

	*out = (struct stella_keyform){ 0 };
	err = read_spki(out, der);
	return err ? err : check_canonical(out, der, stella_keyform_print_spki);
}

/* ---------------------------------------------------------------- OpenSSH */

/* RFC 4251 5, of a number that is not negative. */
static void put_mpint(struct stella_buf *out, struct stella_span number)
{
	struct stella_span magnitude = stella_der_magnitude(number);
	struct stella_buf content = { 0 };

	if (magnitude.size > 0 && magnitude.data[0] >= 0x80)
		stella_buf_put_u8(&content, 0);
	stella_buf_put_span(&content, magnitude);
	stella_buf_put_string(out, stella_buf_span(&content));
	stella_buf_free(&content);
}

/* RFC 4253 6.6, RFC 5656 3.1, RFC 8709 4, PROTOCOL.u2f */
void stella_keyform_print_ssh(struct stella_buf *out, const struct stella_keyform *m)
{
	stella_buf_put_string(out, stella_span_str(forms[m->type].type));
	if (forms[m->type].curve)
		stella_buf_put_string(out, stella_span_str(forms[m->type].curve));
	if (m->type == STELLA_KEY_RSA) {
		put_mpint(out, m->exponent);
		put_mpint(out, m->modulus);
	} else {
		stella_buf_put_string(out, m->point);
	}
	if (forms[m->type].fido)
		stella_buf_put_string(out, m->application);
}

static const struct stella_error *not_ssh(const char *why)
{
	return stella_error(STELLA_MALFORMED, "SSH key: %s", why);
}

static const struct stella_error *read_ssh(struct stella_keyform *m, struct stella_span blob)
{
	struct stella_cursor c = stella_cursor(blob);
	struct stella_span type, curve;
	unsigned i = 0;

	if (!stella_cursor_string(&c, &type))
		return not_ssh("no key type");
	while (i < FORMS && !stella_span_is(type, forms[i].type))
		i++;
	if (i == FORMS)
		return stella_error(STELLA_ALGORITHM_UNSUPPORTED, "algorithm not supported: SSH key of type \"%.*s\"",
			(int)(type.size < 64 ? type.size : 64), (const char *)type.data);
	m->type = (enum stella_keytype)i;
	if (forms[i].curve && (!stella_cursor_string(&c, &curve) || !stella_span_is(curve, forms[i].curve)))
		return not_ssh("the curve is not that of the key type");
	if (m->type == STELLA_KEY_RSA ?
	    !stella_cursor_string(&c, &m->exponent) || !stella_cursor_string(&c, &m->modulus) :
	    !stella_cursor_string(&c, &m->point))
		return not_ssh("cut off");
	if (forms[i].fido && (!stella_cursor_string(&c, &m->application) || stella_span_has_nul(m->application)))
		return not_ssh("no application");
	return c.left > 0 ? not_ssh("bytes after the key") : NULL;
}

const struct stella_error *stella_keyform_parse_ssh(struct stella_keyform *out, struct stella_span blob)
{
	const struct stella_error *err;

	*out = (struct stella_keyform){ 0 };
	err = read_ssh(out, blob);
	return err ? err : check_canonical(out, blob, stella_keyform_print_ssh);
}
