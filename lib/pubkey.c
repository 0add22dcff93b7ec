/* SPDX-License-Identifier: Apache-2.0 */
#include "pubkey.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "der.h"
#include "encode.h"
#include "rawkey.h"

struct stella_pubkey {
	enum stella_keytype type;
	struct stella_rawkey *raw;
	char name[24];
	struct stella_buf spki, ssh;
	struct stella_span application; /* inside ssh */
	struct stella_sha256 id;
};

static const struct {
	const char *name;
	enum stella_rawkind raw;
	enum stella_sigalg default_alg;
} types[] = {
	[STELLA_KEY_ED25519] = { "Ed25519", STELLA_RAW_ED25519, STELLA_SIG_ED25519 },
	[STELLA_KEY_P256] = { "ECDSA P-256", STELLA_RAW_P256, STELLA_SIG_ECDSA_SHA256 },
	[STELLA_KEY_P384] = { "ECDSA P-384", STELLA_RAW_P384, STELLA_SIG_ECDSA_SHA384 },
	[STELLA_KEY_P521] = { "ECDSA P-521", STELLA_RAW_P521, STELLA_SIG_ECDSA_SHA512 },
	[STELLA_KEY_RSA] = { "RSA", STELLA_RAW_RSA, STELLA_SIG_RSA_SHA256 },
	[STELLA_KEY_SK_ED25519] = { "FIDO Ed25519", STELLA_RAW_ED25519, STELLA_SIG_ED25519 },
	[STELLA_KEY_SK_P256] = { "FIDO ECDSA P-256", STELLA_RAW_P256, STELLA_SIG_ECDSA_SHA256 },
};

/* ---------------------------------------------------------------- parsing */

static const struct stella_error *make_raw(struct stella_rawkey **out, const struct stella_keyform *m)
{
	switch (types[m->type].raw) {
	case STELLA_RAW_ED25519:
		return stella_rawkey_parse_ed25519(out, m->point);
	case STELLA_RAW_RSA:
		return stella_rawkey_parse_rsa(out, m->modulus, m->exponent);
	default:
		return stella_rawkey_parse_ec(out, types[m->type].raw, m->point);
	}
}

static const struct stella_error *make(struct stella_pubkey **out, const struct stella_keyform *m)
{
	const struct stella_error *err;
	struct stella_rawkey *raw;
	struct stella_pubkey *key;

	err = make_raw(&raw, m);
	if (err)
		return err;
	key = stella_alloc(sizeof *key);
	key->type = m->type;
	key->raw = raw;
	stella_keyform_print_ssh(&key->ssh, m);
	if (stella_keytype_is_fido(m->type)) {
		key->application = stella_span(key->ssh.data + key->ssh.size - m->application.size,
			m->application.size);
		key->id = stella_sha256(stella_buf_span(&key->ssh));
	} else {
		stella_keyform_print_spki(&key->spki, m);
		key->id = stella_sha256(stella_buf_span(&key->spki));
	}
	if (m->type == STELLA_KEY_RSA)
		snprintf(key->name, sizeof key->name, "RSA %u", stella_rawkey_bits(raw));
	else
		snprintf(key->name, sizeof key->name, "%s", types[m->type].name);
	*out = key;
	return NULL;
}

const struct stella_error *stella_pubkey_parse_spki(struct stella_pubkey **out, struct stella_span der)
{
	struct stella_keyform form;
	const struct stella_error *err;

	*out = NULL;
	err = stella_keyform_parse_spki(&form, der);
	return err ? err : make(out, &form);
}

const struct stella_error *stella_pubkey_parse_ssh(struct stella_pubkey **out, struct stella_span blob)
{
	struct stella_keyform form;
	const struct stella_error *err;

	*out = NULL;
	err = stella_keyform_parse_ssh(&form, blob);
	return err ? err : make(out, &form);
}

const struct stella_error *stella_pubkey_parse_pem(struct stella_pubkey **out, struct stella_span pem)
{
	const struct stella_error *err;
	struct stella_buf der = { 0 };

	*out = NULL;
	err = stella_pem_parse(&der, pem, "PUBLIC KEY");
	if (!err)
		err = stella_pubkey_parse_spki(out, stella_buf_span(&der));
	stella_buf_free(&der);
	return err;
}

static const struct stella_error *not_line(const char *why)
{
	return stella_error(STELLA_MALFORMED, "SSH key: %s", why);
}

/* From the front to the next space, which is taken too, or to the end. */
static struct stella_span take_word(struct stella_cursor *c, bool *space)
{
	struct stella_span word = { c->at, 0 };
	uint8_t byte;

	while ((*space = stella_cursor_u8(c, &byte)) && byte != ' ')
		word.size++;
	return word;
}

const struct stella_error *stella_pubkey_parse_ssh_line(struct stella_pubkey **out, struct stella_span line)
{
	struct stella_cursor c = stella_cursor(line);
	const struct stella_error *err = NULL;
	struct stella_span type, text;
	struct stella_pubkey *key = NULL;
	struct stella_buf blob = { 0 };
	bool space;

	*out = NULL;
	type = take_word(&c, &space);
	text = take_word(&c, &space);
	if (type.size == 0 || text.size == 0 || (space && (c.left == 0 || c.at[0] == ' '))) {
		err = not_line("not a line of type, base64 and perhaps a comment, with one space between");
		goto done;
	}
	for (size_t i = 0; i < c.left; i++) {
		if (c.at[i] < ' ' || c.at[i] == 0x7f) {
			err = not_line("a control character in the comment");
			goto done;
		}
	}
	err = stella_base64_parse(&blob, text, STELLA_BASE64_STRICT);
	if (err) {
		err = stella_error_prefix(err, "SSH key");
		goto done;
	}
	err = stella_pubkey_parse_ssh(&key, stella_buf_span(&blob));
	if (err)
		goto done;
	if (!stella_span_is(type, stella_keytype_ssh(key->type))) {
		err = not_line("the type before the key is not the type in the key");
		goto done;
	}
	*out = key;
	key = NULL;
done:
	stella_pubkey_free(key);
	stella_buf_free(&blob);
	return err;
}

void stella_pubkey_free(struct stella_pubkey *key)
{
	if (!key)
		return;
	stella_rawkey_free(key->raw);
	stella_buf_free(&key->spki);
	stella_buf_free(&key->ssh);
	free(key);
}

/* ---------------------------------------------------------------- asking */

enum stella_keytype stella_pubkey_type(const struct stella_pubkey *key)
{
	return key->type;
}

unsigned stella_pubkey_bits(const struct stella_pubkey *key)
{
	return stella_rawkey_bits(key->raw);
}

const char *stella_pubkey_type_name(const struct stella_pubkey *key)
{
	return key->name;
}

const struct stella_sha256 *stella_pubkey_id(const struct stella_pubkey *key)
{
	return &key->id;
}

struct stella_span stella_pubkey_spki(const struct stella_pubkey *key)
{
	return stella_buf_span(&key->spki);
}

struct stella_span stella_pubkey_ssh(const struct stella_pubkey *key)
{
	return stella_buf_span(&key->ssh);
}

bool stella_pubkey_equal(const struct stella_pubkey *a, const struct stella_pubkey *b)
{
	return stella_span_equal(stella_pubkey_ssh(a), stella_pubkey_ssh(b));
}

void stella_pubkey_print_ssh(struct stella_buf *out, const struct stella_pubkey *key)
{
	stella_buf_printf(out, "%s ", stella_keytype_ssh(key->type));
	stella_base64_print(out, stella_pubkey_ssh(key));
}

void stella_pubkey_print_fingerprint(struct stella_buf *out, const struct stella_pubkey *key)
{
	struct stella_sha256 digest = stella_sha256(stella_pubkey_ssh(key));
	struct stella_buf text = { 0 };

	stella_base64_print(&text, stella_span(digest.bytes, sizeof digest.bytes));
	stella_buf_put_str(out, "SHA256:");
	stella_buf_put(out, text.data, text.size - 1); /* ssh-keygen leaves the padding out */
	stella_buf_free(&text);
}

const struct stella_rawkey *stella_pubkey_raw(const struct stella_pubkey *key)
{
	return key->raw;
}

struct stella_span stella_pubkey_application(const struct stella_pubkey *key)
{
	return key->application;
}

/* ---------------------------------------------------------------- verifying */

enum family { FAMILY_ED25519, FAMILY_ED25519PH, FAMILY_ECDSA, FAMILY_RSA, FAMILY_PSS };

static const struct {
	const char *name;
	enum family family;
	enum stella_hash hash;
} algs[STELLA_SIG_COUNT] = {
	[STELLA_SIG_ED25519] = { "ed25519", FAMILY_ED25519, STELLA_HASH_SHA512 },
	[STELLA_SIG_ED25519PH] = { "ed25519ph", FAMILY_ED25519PH, STELLA_HASH_SHA512 },
	[STELLA_SIG_ECDSA_SHA256] = { "ecdsa-sha256", FAMILY_ECDSA, STELLA_HASH_SHA256 },
	[STELLA_SIG_ECDSA_SHA384] = { "ecdsa-sha384", FAMILY_ECDSA, STELLA_HASH_SHA384 },
	[STELLA_SIG_ECDSA_SHA512] = { "ecdsa-sha512", FAMILY_ECDSA, STELLA_HASH_SHA512 },
	[STELLA_SIG_RSA_SHA256] = { "rsa-sha256", FAMILY_RSA, STELLA_HASH_SHA256 },
	[STELLA_SIG_RSA_SHA384] = { "rsa-sha384", FAMILY_RSA, STELLA_HASH_SHA384 },
	[STELLA_SIG_RSA_SHA512] = { "rsa-sha512", FAMILY_RSA, STELLA_HASH_SHA512 },
	[STELLA_SIG_PSS_SHA256] = { "rsa-pss-sha256", FAMILY_PSS, STELLA_HASH_SHA256 },
	[STELLA_SIG_PSS_SHA384] = { "rsa-pss-sha384", FAMILY_PSS, STELLA_HASH_SHA384 },
	[STELLA_SIG_PSS_SHA512] = { "rsa-pss-sha512", FAMILY_PSS, STELLA_HASH_SHA512 },
};

const char *stella_sigalg_name(enum stella_sigalg alg)
{
	assert(alg < STELLA_SIG_COUNT);
	return algs[alg].name;
}

bool stella_sigalg_find(enum stella_sigalg *out, struct stella_span name)
{
	for (unsigned i = 0; i < STELLA_SIG_COUNT; i++) {
		if (stella_span_is(name, algs[i].name)) {
			*out = (enum stella_sigalg)i;
			return true;
		}
	}
	return false;
}

enum stella_sigalg stella_pubkey_default_alg(const struct stella_pubkey *key)
{
	return types[key->type].default_alg;
}

const char *stella_keytype_name(enum stella_keytype type)
{
	return types[type].name;
}

bool stella_keytype_allows(enum stella_keytype type, enum stella_sigalg alg)
{
	assert(alg < STELLA_SIG_COUNT);
	if (stella_keytype_is_fido(type))
		return false;
	switch (algs[alg].family) {
	case FAMILY_ED25519:
	case FAMILY_ED25519PH:
		return types[type].raw == STELLA_RAW_ED25519;
	case FAMILY_ECDSA:
		return types[type].raw != STELLA_RAW_ED25519 && types[type].raw != STELLA_RAW_RSA;
	default:
		return types[type].raw == STELLA_RAW_RSA;
	}
}

bool stella_pubkey_allows(const struct stella_pubkey *key, enum stella_sigalg alg)
{
	return stella_keytype_allows(key->type, alg);
}

static const struct stella_error *check_allowed(const struct stella_pubkey *key, enum stella_sigalg alg)
{
	if (stella_pubkey_allows(key, alg))
		return NULL;
	return stella_error(STELLA_ALGORITHM_UNSUPPORTED, "algorithm not supported: %s by an %s key",
		stella_sigalg_name(alg), key->name);
}

enum stella_hash stella_sigalg_hash(enum stella_sigalg alg)
{
	assert(alg < STELLA_SIG_COUNT);
	return algs[alg].hash;
}

/* Ecdsa-Sig-Value (RFC 3279 2.2.3) in DER. */
static const struct stella_error *verify_ecdsa(const struct stella_pubkey *key, struct stella_span digest,
	struct stella_span sig)
{
	struct stella_cursor outer = stella_cursor(sig), c;
	struct stella_span r, s;

	if (!stella_der_enter(&outer, STELLA_DER_SEQUENCE, &c) || outer.left > 0 ||
	    !stella_der_take_uint(&c, &r) || !stella_der_take_uint(&c, &s) || c.left > 0)
		return stella_error(STELLA_SIGNATURE_MISMATCH,
			"signature verification failed: an ECDSA signature that is not r and s in DER");
	return stella_rawkey_verify_ecdsa(key->raw, digest, r, s);
}

const struct stella_error *stella_pubkey_verify(const struct stella_pubkey *key,
	enum stella_sigalg alg, struct stella_span message, struct stella_span sig)
{
	const struct stella_error *err = check_allowed(key, alg);
	enum stella_hash hash = algs[alg].hash;
	uint8_t digest[STELLA_DIGEST_MAX];

	if (err)
		return err;
	switch (algs[alg].family) {
	case FAMILY_ED25519:
		return stella_rawkey_verify_ed25519(key->raw, message, sig);
	case FAMILY_ED25519PH:
		return stella_rawkey_verify_ed25519ph(key->raw, message, sig);
	case FAMILY_ECDSA:
		stella_hash(hash, message, digest);
		return verify_ecdsa(key, stella_span(digest, stella_hash_size(hash)), sig);
	case FAMILY_RSA:
		return stella_rawkey_verify_pkcs1(key->raw, hash, message, sig);
	case FAMILY_PSS:
		break;
	}
	return stella_rawkey_verify_pss(key->raw, hash, (const size_t []){ stella_hash_size(hash),
		stella_rawkey_pss_salt_max(key->raw, hash) }, 2, message, sig);
}

const struct stella_error *stella_pubkey_verify_digest(const struct stella_pubkey *key,
	enum stella_sigalg alg, struct stella_span digest, struct stella_span sig)
{
	const struct stella_error *err = check_allowed(key, alg);

	if (err)
		return err;
	if (digest.size != stella_hash_size(algs[alg].hash))
		return stella_error(STELLA_SIGNATURE_MISMATCH, "signature verification failed: a digest of %zu bytes for %s",
			digest.size, algs[alg].name);
	switch (algs[alg].family) {
	case FAMILY_ED25519PH:
		return stella_rawkey_verify_ed25519ph_digest(key->raw, digest, sig);
	case FAMILY_ECDSA:
		return verify_ecdsa(key, digest, sig);
	case FAMILY_RSA:
		return stella_rawkey_verify_pkcs1_digest(key->raw, algs[alg].hash, digest, sig);
	default:
		return stella_error(STELLA_ALGORITHM_UNSUPPORTED, "algorithm not supported: %s, of a digest alone",
			algs[alg].name);
	}
}

const struct stella_error *stella_pubkey_verify_pss_salt(const struct stella_pubkey *key,
	enum stella_hash hash, size_t salt, struct stella_span message, struct stella_span sig)
{
	static const enum stella_sigalg pss[STELLA_HASH_COUNT] = {
		STELLA_SIG_PSS_SHA256, STELLA_SIG_PSS_SHA384, STELLA_SIG_PSS_SHA512,
	};
	const struct stella_error *err = check_allowed(key, pss[hash]);

	return err ? err : stella_rawkey_verify_pss(key->raw, hash, &salt, 1, message, sig);
}
