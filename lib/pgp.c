/* SPDX-License-Identifier: Apache-2.0 */
#include "pgp.h"

#include <stdlib.h>
#include <string.h>

#include "encode.h"

enum { TAG_SIGNATURE = 2, TAG_PUBLIC_KEY = 6, TAG_USER_ID = 13, TAG_PUBLIC_SUBKEY = 14 };
enum { RSA = 1, RSA_SIGN = 3, ELGAMAL = 16, DSA = 17, ECDH = 18, ECDSA = 19, EDDSA = 22 }; /* 9.1, RFC 6637, draft-koch-eddsa */
enum { SUB_CREATED = 2, SUB_EXPIRES = 3, SUB_ISSUER = 16, SUB_ISSUER_FINGERPRINT = 33 };
enum { BINARY = 0x00, VERSION = 4 };

static const struct stella_error *bad(const char *what)
{
	return stella_error(STELLA_MALFORMED, "invalid OpenPGP: %s", what);
}

static const struct stella_error *unsupported(const char *what, unsigned number)
{
	return stella_error(STELLA_ALGORITHM_UNSUPPORTED, "algorithm not supported: OpenPGP %s %u", what, number);
}

/* ---------------------------------------------------------------- armour */

#define CRC_INIT 0xb704ceu
#define CRC_POLY 0x1864cfbu

/* 6.1 */
static uint32_t crc24(struct stella_span data)
{
	uint32_t crc = CRC_INIT;

	for (size_t i = 0; i < data.size; i++) {
		crc ^= (uint32_t)data.data[i] << 16;
		for (unsigned k = 0; k < 8; k++)
			crc = crc & 0x800000 ? crc << 1 ^ CRC_POLY : crc << 1;
	}
	return crc & 0xffffff;
}

static bool take_line(struct stella_cursor *in, struct stella_span *line)
{
	if (!in->left)
		return false;
	if (!stella_cursor_line(in, line))
		return stella_cursor_take(in, in->left, line);
	if (line->size && line->data[line->size - 1] == '\r')
		line->size--;
	return true;
}

static bool is_boundary(struct stella_span line, const char *word, const char *label)
{
	struct stella_buf wanted = { 0 };
	bool same;

	stella_buf_printf(&wanted, "-----%s %s-----", word, label);
	same = stella_span_equal(line, stella_buf_span(&wanted));
	stella_buf_free(&wanted);
	return same;
}

static bool check_crc(struct stella_span line, struct stella_span data)
{
	struct stella_buf crc = { 0 };
	bool good = !stella_base64_parse(&crc, stella_span(line.data + 1, line.size - 1), STELLA_BASE64_STRICT) && crc.size == 3 &&
		((uint32_t)crc.data[0] << 16 | (uint32_t)crc.data[1] << 8 | crc.data[2]) == crc24(data);

	stella_buf_free(&crc);
	return good;
}

const struct stella_error *stella_pgp_dearmor(struct stella_buf *out, struct stella_span text, const char *label)
{
	struct stella_cursor in = stella_cursor(text);
	struct stella_buf base64 = { 0 }, data = { 0 };
	struct stella_span line = { 0 }, crc = { 0 };
	const struct stella_error *err = NULL;

	if (!take_line(&in, &line) || !is_boundary(line, "BEGIN", label))
		return bad("its armour does not begin as it should");
	while (take_line(&in, &line) && line.size) /* "Version: ...", which says nothing */
		if (!stella_span_find(line, ": "))
			return bad("no empty line before its base64");
	while (take_line(&in, &line) && line.size && line.data[0] != '=' && line.data[0] != '-')
		stella_buf_put_span(&base64, line);
	if (line.size == 5 && line.data[0] == '=') {
		crc = line;
		(void)take_line(&in, &line);
	}
	if (!is_boundary(line, "END", label) || in.left)
		err = bad("its armour does not end as it should");
	if (!err)
		err = stella_base64_parse(&data, stella_buf_span(&base64), STELLA_BASE64_STRICT);
	if (!err && crc.size && !check_crc(crc, stella_buf_span(&data)))
		err = bad("the checksum of its armour");
	if (!err)
		stella_buf_put_span(out, stella_buf_span(&data));
	stella_buf_free(&base64);
	stella_buf_free(&data);
	return err;
}

/* ---------------------------------------------------------------- packets */

static bool take_u16(struct stella_cursor *in, unsigned *out)
{
	struct stella_span two;

	if (!stella_cursor_take(in, 2, &two))
		return false;
	*out = (unsigned)two.data[0] << 8 | two.data[1];
	return true;
}

/* 4.2.2 and 5.2.3.1: one, two or five octets; a packet of partial length is none of ours. */
static bool take_new_length(struct stella_cursor *in, bool is_packet, uint32_t *out)
{
	uint8_t first, second;

	if (!stella_cursor_u8(in, &first))
		return false;
	*out = first;
	if (first < 192)
		return true;
	if (first == 255)
		return stella_cursor_u32(in, out);
	if ((is_packet && first >= 224) || !stella_cursor_u8(in, &second))
		return false;
	*out = (uint32_t)(first - 192) * 256 + second + 192;
	return true;
}

/* 4.2 */
static bool take_packet(struct stella_cursor *in, unsigned *tag, struct stella_span *body)
{
	uint8_t header, octet;
	uint32_t size = 0;

	if (!stella_cursor_u8(in, &header) || !(header & 0x80))
		return false;
	if (header & 0x40) {
		*tag = header & 0x3f;
		return take_new_length(in, true, &size) && stella_cursor_take(in, size, body);
	}
	*tag = header >> 2 & 0xf;
	if ((header & 3) == 3)
		return false;
	for (unsigned i = 0; i < 1u << (header & 3); i++) {
		if (!stella_cursor_u8(in, &octet))
			return false;
		size = size << 8 | octet;
	}
	return stella_cursor_take(in, size, body);
}

/* 3.2: a number of so many bits, none of them missing. */
static bool take_mpi(struct stella_cursor *in, struct stella_span *out)
{
	unsigned bits, top = 0;

	if (!take_u16(in, &bits) || !stella_cursor_take(in, (bits + 7) / 8, out))
		return false;
	for (unsigned first = out->size ? out->data[0] : 0; first; first >>= 1)
		top++;
	return bits == 0 || bits == (out->size - 1) * 8 + top;
}

/* ---------------------------------------------------------------- signatures */

struct signature {
	uint8_t type, alg, hash;
	struct stella_span hashed, unhashed;
};

static bool find_hash(enum stella_hash *out, uint8_t number)
{
	switch (number) { /* 9.4 */
	case 8:
		*out = STELLA_HASH_SHA256;
		return true;
	case 9:
		*out = STELLA_HASH_SHA384;
		return true;
	case 10:
		*out = STELLA_HASH_SHA512;
		return true;
	default:
		return false;
	}
}

/* 5.2.3 */
static const struct stella_error *read_signature(struct signature *out, struct stella_span body)
{
	struct stella_cursor in = stella_cursor(body);
	uint8_t version;
	unsigned size;

	if (!stella_cursor_u8(&in, &version))
		return bad("an empty signature");
	if (version != VERSION)
		return unsupported("signature of version", version);
	if (!stella_cursor_u8(&in, &out->type) || !stella_cursor_u8(&in, &out->alg) || !stella_cursor_u8(&in, &out->hash) ||
	    !take_u16(&in, &size) || !stella_cursor_take(&in, size, &out->hashed) || !take_u16(&in, &size) ||
	    !stella_cursor_take(&in, size, &out->unhashed))
		return bad("a signature that is cut off");
	return NULL;
}

/* 5.2.3.1: critical ones are refused unless they are what is read here, or do no more than restrict. */
static const struct stella_error *read_subpackets(struct stella_pgp_signature *out, struct stella_span area, bool is_hashed)
{
	struct stella_cursor in = stella_cursor(area), c;
	struct stella_span body, value;
	uint32_t size, created;
	uint8_t type;

	while (in.left) {
		if (!take_new_length(&in, false, &size) || !size || !stella_cursor_take(&in, size, &body))
			return bad("a subpacket that is cut off");
		c = stella_cursor(body);
		(void)stella_cursor_u8(&c, &type);
		if (type & 0x80 && (type & 0x7f) != SUB_CREATED && (type & 0x7f) != SUB_EXPIRES &&
		    (type & 0x7f) != SUB_ISSUER && (type & 0x7f) != SUB_ISSUER_FINGERPRINT)
			return unsupported("critical subpacket", type & 0x7f);
		switch (type & 0x7f) {
		case SUB_CREATED:
			if (!is_hashed || out->created >= 0 || !stella_cursor_u32(&c, &created) || c.left)
				return bad("the time of a signature stands there twice, or nobody signed it");
			out->created = created;
			break;
		case SUB_EXPIRES: /* when it would be looked at is nobody's to say (rule 11) */
			return bad("a signature that expires");
		case SUB_ISSUER_FINGERPRINT: /* a version octet, then the fingerprint; better than a key id */
			if (c.left != 21 || c.at[0] != VERSION)
				return bad("an issuer's fingerprint that is not one");
			if (out->issuer_size == 20)
				break; /* the first counts: what is hashed comes before what is not */
			(void)stella_cursor_take(&c, 1, &value);
			(void)stella_cursor_take(&c, 20, &value);
			memcpy(out->issuer, value.data, 20);
			out->issuer_size = 20;
			break;
		case SUB_ISSUER:
			if (!stella_cursor_take(&c, 8, &value) || c.left)
				return bad("an issuer's key id that is not one");
			if (out->has_key_id)
				break;
			memcpy(out->key_id, value.data, 8);
			out->has_key_id = true;
			if (out->issuer_size)
				break;
			memcpy(out->issuer, value.data, 8);
			out->issuer_size = 8;
			break;
		default:
			break;
		}
	}
	return NULL;
}

const struct stella_error *stella_pgp_signature_parse(struct stella_pgp_signature *out, struct stella_span packets)
{
	struct stella_cursor in = stella_cursor(packets);
	const struct stella_error *err;
	struct signature sig = { 0 };
	struct stella_span body;
	unsigned tag;

	*out = (struct stella_pgp_signature){ .created = -1 };
	if (packets.size > STELLA_PGP_SIGNATURE_MAX)
		return stella_error(STELLA_LIMIT, "OpenPGP signature of %zu bytes, more than %u", packets.size, STELLA_PGP_SIGNATURE_MAX);
	if (!take_packet(&in, &tag, &body) || tag != TAG_SIGNATURE)
		return bad("not a signature packet");
	if (in.left)
		return bad("more than one signature packet");
	err = read_signature(&sig, body);
	if (err)
		return err;
	if (sig.type != BINARY)
		return unsupported("signature of type", sig.type);
	if (!find_hash(&out->hash, sig.hash))
		return unsupported("hash", sig.hash);
	if (sig.alg != RSA && sig.alg != RSA_SIGN && sig.alg != ECDSA && sig.alg != EDDSA)
		return unsupported("public key algorithm", sig.alg);
	err = read_subpackets(out, sig.hashed, true);
	if (!err)
		err = read_subpackets(out, sig.unhashed, false);
	if (!err && out->created <= 0)
		err = bad("a signature that does not say when it was made");
	if (!err && !out->issuer_size)
		err = bad("a signature that does not say by which key it was made");
	return err;
}

/* ---------------------------------------------------------------- keys */

#define OID(text) { (const uint8_t *)(text), sizeof(text) - 1 }
static const struct {
	struct stella_span oid;
	uint8_t alg;
	const char *type, *curve;      /* as OpenSSH calls them */
	size_t point;                  /* bytes, with what comes before */
} curves[] = {
	{ OID("\x2b\x06\x01\x04\x01\xda\x47\x0f\x01"), EDDSA, "ssh-ed25519", NULL, 33 },
	{ OID("\x2a\x86\x48\xce\x3d\x03\x01\x07"), ECDSA, "ecdsa-sha2-nistp256", "nistp256", 65 },
	{ OID("\x2b\x81\x04\x00\x22"), ECDSA, "ecdsa-sha2-nistp384", "nistp384", 97 },
	{ OID("\x2b\x81\x04\x00\x23"), ECDSA, "ecdsa-sha2-nistp521", "nistp521", 133 },
};

/* RFC 6637 9, 11: the curve, then the point. */
static const struct stella_error *take_curve_key(struct stella_buf *ssh, struct stella_cursor *in, uint8_t alg)
{
	struct stella_span oid, point;
	uint8_t size;

	if (!stella_cursor_u8(in, &size) || !stella_cursor_take(in, size, &oid) || !take_mpi(in, &point) || in->left)
		return bad("a key that is cut off");
	for (size_t i = 0; i < sizeof curves / sizeof *curves; i++) {
		if (curves[i].alg != alg || !stella_span_equal(curves[i].oid, oid))
			continue;
		if (point.size != curves[i].point || point.data[0] != (curves[i].curve ? 0x04 : 0x40))
			return bad("a key whose point is not one");
		stella_buf_put_string(ssh, stella_span_str(curves[i].type));
		if (curves[i].curve)
			stella_buf_put_string(ssh, stella_span_str(curves[i].curve));
		else
			point = stella_span(point.data + 1, point.size - 1);
		stella_buf_put_string(ssh, point);
		return NULL;
	}
	return unsupported("curve of a key of algorithm", alg);
}

/* RFC 4251 5: an mpint has a zero octet before a first bit that is set. */
static void put_mpint(struct stella_buf *out, struct stella_span number)
{
	bool pad = number.size && number.data[0] & 0x80;

	stella_buf_put_u32(out, (uint32_t)(number.size + pad));
	if (pad)
		stella_buf_put_u8(out, 0);
	stella_buf_put_span(out, number);
}

static const struct stella_error *take_key_material(struct stella_buf *ssh, struct stella_cursor *in, uint8_t alg)
{
	struct stella_span n, e;

	if (alg == ECDSA || alg == EDDSA)
		return take_curve_key(ssh, in, alg);
	if (!take_mpi(in, &n) || !take_mpi(in, &e) || in->left)
		return bad("a key that is cut off");
	stella_buf_put_string(ssh, stella_span_str("ssh-rsa"));
	put_mpint(ssh, e);
	put_mpint(ssh, n);
	return NULL;
}

/* 5.5.2; those that only encrypt say nothing here. */
static const struct stella_error *add_key(struct stella_pgp_cert *out, struct stella_span body, bool is_primary)
{
	struct stella_cursor in = stella_cursor(body);
	struct stella_buf ssh = { 0 };
	const struct stella_error *err;
	uint8_t version, alg;
	uint32_t created;

	if (!stella_cursor_u8(&in, &version))
		return bad("an empty key");
	if (version != VERSION)
		return unsupported("key of version", version);
	if (!stella_cursor_u32(&in, &created) || !stella_cursor_u8(&in, &alg))
		return bad("a key that is cut off");
	if (!is_primary && (alg == ECDH || alg == ELGAMAL))
		return NULL;
	if (alg != RSA && alg != RSA_SIGN && alg != ECDSA && alg != EDDSA)
		return unsupported("public key algorithm", alg);
	if (out->key_count == STELLA_PGP_KEYS_MAX)
		return stella_error(STELLA_LIMIT, "OpenPGP certificate of more than %d keys", STELLA_PGP_KEYS_MAX);
	err = take_key_material(&ssh, &in, alg);
	if (!err)
		err = stella_pubkey_parse_ssh(&out->keys[out->key_count], stella_buf_span(&ssh));
	if (!err)
		out->key_count++;
	stella_buf_free(&ssh);
	return err;
}

static const struct stella_error *check_certification(struct stella_span body)
{
	struct signature sig = { 0 };
	enum stella_hash hash;
	const struct stella_error *err = read_signature(&sig, body);

	if (!err && !find_hash(&hash, sig.hash))
		err = stella_error_prefix(unsupported("hash", sig.hash), "a signature in the certificate");
	return err;
}

static void keep_user_id(struct stella_pgp_cert *out, struct stella_span body)
{
	if (!out->user_id && !stella_span_has_nul(body))
		out->user_id = stella_span_strdup(body);
}

const struct stella_error *stella_pgp_cert_parse(struct stella_pgp_cert *out, struct stella_span packets)
{
	struct stella_cursor in = stella_cursor(packets);
	const struct stella_error *err = NULL;
	bool first = true;

	*out = (struct stella_pgp_cert){ 0 };
	if (packets.size > STELLA_PGP_CERT_MAX)
		return stella_error(STELLA_LIMIT, "OpenPGP certificate of %zu bytes, more than %u", packets.size, STELLA_PGP_CERT_MAX);
	while (!err && in.left) {
		struct stella_span body;
		unsigned tag;

		if (!take_packet(&in, &tag, &body))
			err = bad("a packet that is cut off");
		else if (first != (tag == TAG_PUBLIC_KEY))
			err = bad(first ? "it does not begin with a public key" : "more than one certificate");
		else if (tag == TAG_PUBLIC_KEY || tag == TAG_PUBLIC_SUBKEY)
			err = add_key(out, body, first);
		else if (tag == TAG_SIGNATURE)
			err = check_certification(body);
		else if (tag == TAG_USER_ID)
			keep_user_id(out, body);
		else
			err = bad("a packet that does not belong in a certificate");
		first = false;
	}
	if (!err && first)
		err = bad("nothing in it");
	if (err)
		stella_pgp_cert_free(out);
	return err;
}

void stella_pgp_cert_free(struct stella_pgp_cert *cert)
{
	for (size_t i = 0; i < cert->key_count; i++)
		stella_pubkey_free(cert->keys[i]);
	free(cert->user_id);
	*cert = (struct stella_pgp_cert){ 0 };
}
