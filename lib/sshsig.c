/* SPDX-License-Identifier: Apache-2.0 */
#include "sshsig.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "encode.h"
#include "rawkey.h"

#define MAGIC "SSHSIG"
#define VERSION 1

/* Of the authenticator (WebAuthn 6.1).  The others announce data that SSH's message has no place for. */
#define FLAG_USER_PRESENT 0x01
#define FLAG_USER_VERIFIED 0x04
#define FLAG_BACKUP 0x18 /* eligible, state */
#define FLAGS_KNOWN (FLAG_USER_PRESENT | FLAG_USER_VERIFIED | FLAG_BACKUP)

struct stella_sshsig {
	struct stella_buf blob;
	struct stella_pubkey *key;
	/* inside blob */
	struct stella_span name_space;
	enum stella_hash hash;       /* of the message */
	enum stella_hash sig_hash;   /* of what is signed; not for Ed25519 */
	struct stella_span raw;      /* Ed25519, RSA */
	struct stella_span r, s;     /* ECDSA: magnitudes */
	struct stella_span presence; /* FIDO: flags and counter, 5 bytes */
};

static const struct stella_error *malformed(const char *why)
{
	return stella_error(STELLA_MALFORMED, "SSH signature: %s", why);
}

static const struct stella_error *unsupported(const char *what, struct stella_span name, const char *by)
{
	return stella_error(STELLA_ALGORITHM_UNSUPPORTED, "algorithm not supported: SSH signature %s \"%.*s\"%s%s",
		what, (int)(name.size < 64 ? name.size : 64), (const char *)name.data, by ? " by a key of type " : "",
		by ? by : "");
}

/* ---------------------------------------------------------------- parsing */

/* RFC 4251 5: a positive mpint in its one form, to its magnitude. */
static bool take_mpint(struct stella_cursor *c, struct stella_span *magnitude)
{
	struct stella_span content;

	if (!stella_cursor_string(c, &content) || content.size == 0 || content.data[0] >= 0x80 ||
	    (content.data[0] == 0 && (content.size == 1 || content.data[1] < 0x80)))
		return false;
	if (content.data[0] == 0)
		content = stella_span(content.data + 1, content.size - 1);
	*magnitude = content;
	return true;
}

/* The hash that goes with the name of the algorithm; false if a key of this type does not sign so. */
static bool find_algorithm(enum stella_hash *hash, struct stella_span name, enum stella_keytype type)
{
	if (type == STELLA_KEY_RSA) { /* RFC 8332 3; never ssh-rsa, which is SHA-1 */
		*hash = stella_span_is(name, "rsa-sha2-256") ? STELLA_HASH_SHA256 : STELLA_HASH_SHA512;
		return stella_span_is(name, "rsa-sha2-256") || stella_span_is(name, "rsa-sha2-512");
	}
	*hash = type == STELLA_KEY_P384 ? STELLA_HASH_SHA384 : /* RFC 5656 6.2.1 */
		type == STELLA_KEY_P521 ? STELLA_HASH_SHA512 : STELLA_HASH_SHA256;
	return stella_span_is(name, stella_keytype_ssh(type));
}

bool stella_sshsig_allows(enum stella_keytype type, struct stella_span name)
{
	enum stella_hash hash;

	return find_algorithm(&hash, name, type);
}

/* RFC 4253 6.6, RFC 5656 3.1.2, RFC 8709 6; FIDO: PROTOCOL.u2f, "SSH U2F signatures". */
static const struct stella_error *parse_signature(struct stella_sshsig *sig, struct stella_span blob)
{
	struct stella_cursor c = stella_cursor(blob), numbers;
	enum stella_keytype type = stella_pubkey_type(sig->key);
	enum stella_rawkind kind = stella_rawkey_kind(stella_pubkey_raw(sig->key));
	struct stella_span name;

	if (!stella_cursor_string(&c, &name))
		return malformed("no algorithm");
	if (!find_algorithm(&sig->sig_hash, name, type))
		return unsupported("algorithm", name, stella_keytype_ssh(type));
	if (!stella_cursor_string(&c, &sig->raw))
		return malformed("cut off");
	if (kind != STELLA_RAW_ED25519 && kind != STELLA_RAW_RSA) {
		numbers = stella_cursor(sig->raw);
		if (!take_mpint(&numbers, &sig->r) || !take_mpint(&numbers, &sig->s) || numbers.left > 0)
			return malformed("not r and s of ECDSA");
	}
	if (stella_keytype_is_fido(type) && !stella_cursor_take(&c, 5, &sig->presence))
		return malformed("no flags and counter of the security key");
	return c.left > 0 ? malformed("bytes after the signature") : NULL;
}

/* PROTOCOL.sshsig 2 */
static const struct stella_error *parse_blob(struct stella_sshsig *sig)
{
	struct stella_cursor c = stella_cursor(stella_buf_span(&sig->blob));
	struct stella_span magic, key, reserved, hash, signature;
	const struct stella_error *err;
	uint32_t version;

	if (!stella_cursor_take(&c, strlen(MAGIC), &magic) || !stella_span_is(magic, MAGIC))
		return malformed("does not begin with " MAGIC);
	if (!stella_cursor_u32(&c, &version))
		return malformed("cut off");
	if (version != VERSION)
		return stella_error(STELLA_MALFORMED, "SSH signature: version %u, expected %d", version, VERSION);
	if (!stella_cursor_string(&c, &key) || !stella_cursor_string(&c, &sig->name_space) ||
	    !stella_cursor_string(&c, &reserved) || !stella_cursor_string(&c, &hash) ||
	    !stella_cursor_string(&c, &signature))
		return malformed("cut off");
	if (c.left > 0)
		return malformed("bytes after its end");
	if (reserved.size > 0)
		return malformed("the reserved field is not empty");
	if (!stella_hash_find(&sig->hash, hash) || sig->hash == STELLA_HASH_SHA384)
		return unsupported("hash", hash, NULL);
	err = stella_pubkey_parse_ssh(&sig->key, key);
	return err ? err : parse_signature(sig, signature);
}

const struct stella_error *stella_sshsig_parse(struct stella_sshsig **out, struct stella_span armored)
{
	struct stella_sshsig *sig = stella_alloc(sizeof *sig);
	const struct stella_error *err;

	*out = NULL;
	err = stella_pem_parse(&sig->blob, armored, "SSH SIGNATURE");
	if (err) {
		err = stella_error_prefix(err, "SSH signature");
		goto done;
	}
	err = parse_blob(sig);
	if (err)
		goto done;
	*out = sig;
	sig = NULL;
done:
	stella_sshsig_free(sig);
	return err;
}

void stella_sshsig_free(struct stella_sshsig *sig)
{
	if (!sig)
		return;
	stella_pubkey_free(sig->key);
	stella_buf_free(&sig->blob);
	free(sig);
}

const struct stella_pubkey *stella_sshsig_key(const struct stella_sshsig *sig)
{
	return sig->key;
}

struct stella_pubkey *stella_sshsig_take_key(struct stella_sshsig *sig)
{
	struct stella_pubkey *key = sig->key;

	sig->key = NULL;
	return key;
}

/* ---------------------------------------------------------------- verifying */

/* PROTOCOL.sshsig 3 */
static void put_signed(struct stella_buf *out, const struct stella_sshsig *sig, const char *name_space,
	struct stella_span message)
{
	uint8_t digest[STELLA_DIGEST_MAX];

	stella_hash(sig->hash, message, digest);
	stella_buf_put_str(out, MAGIC);
	stella_buf_put_string(out, stella_span_str(name_space));
	stella_buf_put_string(out, stella_span(NULL, 0));
	stella_buf_put_string(out, stella_span_str(stella_hash_name(sig->hash)));
	stella_buf_put_string(out, stella_span(digest, stella_hash_size(sig->hash)));
}

/* PROTOCOL.u2f: what the security key signs in place of the message. */
static void wrap_fido(struct stella_buf *message, const struct stella_sshsig *sig)
{
	struct stella_sha256 application = stella_sha256(stella_pubkey_application(sig->key));
	struct stella_sha256 inner = stella_sha256(stella_buf_span(message));

	message->size = 0;
	stella_buf_put(message, application.bytes, sizeof application.bytes);
	stella_buf_put_span(message, sig->presence);
	stella_buf_put(message, inner.bytes, sizeof inner.bytes);
}

static const struct stella_error *check_presence(const struct stella_sshsig *sig)
{
	uint8_t flags = sig->presence.data[0];

	if (!(flags & FLAG_USER_PRESENT))
		return stella_error(STELLA_SIGNATURE_MISMATCH,
			"signature verification failed: the security key was not touched (flags 0x%02x)", flags);
	if (flags & ~FLAGS_KNOWN)
		return stella_error(STELLA_SIGNATURE_MISMATCH,
			"signature verification failed: unknown flags 0x%02x of the security key", flags);
	return NULL;
}

/* RFC 4253 let the zeros in front go, and some agents leave them out (OpenSSH takes both). */
static const struct stella_error *verify_rsa(const struct stella_sshsig *sig, struct stella_span message)
{
	const struct stella_rawkey *key = stella_pubkey_raw(sig->key);
	size_t size = (stella_rawkey_bits(key) + 7) / 8;
	const struct stella_error *err;
	struct stella_buf whole = { 0 };

	if (sig->raw.size >= size)
		return stella_rawkey_verify_pkcs1(key, sig->sig_hash, message, sig->raw);
	while (whole.size < size - sig->raw.size)
		stella_buf_put_u8(&whole, 0);
	stella_buf_put_span(&whole, sig->raw);
	err = stella_rawkey_verify_pkcs1(key, sig->sig_hash, message, stella_buf_span(&whole));
	stella_buf_free(&whole);
	return err;
}

static const struct stella_error *verify_numbers(const struct stella_sshsig *sig, struct stella_span message)
{
	const struct stella_rawkey *key = stella_pubkey_raw(sig->key);
	uint8_t digest[STELLA_DIGEST_MAX];

	switch (stella_rawkey_kind(key)) {
	case STELLA_RAW_ED25519:
		return stella_rawkey_verify_ed25519(key, message, sig->raw);
	case STELLA_RAW_RSA:
		return verify_rsa(sig, message);
	default:
		stella_hash(sig->sig_hash, message, digest);
		return stella_rawkey_verify_ecdsa(key, stella_span(digest, stella_hash_size(sig->sig_hash)),
			sig->r, sig->s);
	}
}

const struct stella_error *stella_sshsig_verify(const struct stella_sshsig *sig,
	const char *name_space, struct stella_span message)
{
	const struct stella_error *err = NULL;
	struct stella_buf signed_bytes = { 0 };

	assert(sig->key && *name_space);
	if (!stella_span_is(sig->name_space, name_space))
		return stella_error(STELLA_SIGNATURE_MISMATCH,
			"signature verification failed: made for the namespace \"%.*s\", expected \"%s\"",
			(int)(sig->name_space.size < 64 ? sig->name_space.size : 64),
			(const char *)sig->name_space.data, name_space);
	put_signed(&signed_bytes, sig, name_space, message);
	if (sig->presence.size > 0) {
		err = check_presence(sig);
		wrap_fido(&signed_bytes, sig);
	}
	if (!err)
		err = verify_numbers(sig, stella_buf_span(&signed_bytes));
	stella_buf_free(&signed_bytes);
	return err;
}
