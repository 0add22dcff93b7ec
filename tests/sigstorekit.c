/* SPDX-License-Identifier: Apache-2.0 */
/* Written apart from lib/ on purpose, but for the DER and JSON writers and the hash of a leaf. */
#include "sigstorekit.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "der.h"
#include "merkle.h"

#define P256 kit_key(GNUTLS_PK_EC, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1))
#define P384 kit_key(GNUTLS_PK_EC, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP384R1))

const struct sk_shape sk_shapes[] = {
	{ "0.1 message certificate", 1, SK_REKOR1, false, false, false },
	{ "0.1 message key", 1, SK_REKOR1, false, false, true },
	{ "0.1 dsse certificate", 1, SK_REKOR1, true, false, false },
	{ "0.2 message certificate", 2, SK_REKOR1, false, false, false },
	{ "0.2 intoto certificate", 2, SK_REKOR1, true, true, false },
	{ "0.2 dsse key", 2, SK_REKOR1, true, false, true },
	{ "0.3 message certificate", 3, SK_REKOR1, false, false, false },
	{ "0.3 message key", 3, SK_REKOR1, false, false, true },
	{ "0.3 dsse certificate", 3, SK_REKOR1, true, false, false },
	{ "0.3 intoto key", 3, SK_REKOR1, true, true, true },
	{ "Rekor v2 message certificate", 3, SK_REKOR2, false, false, false },
	{ "Rekor v2 message key", 3, SK_REKOR2_P256, false, false, true },
	{ "Rekor v2 dsse certificate", 3, SK_REKOR2_P256, true, false, false },
	{ "Rekor v2 dsse key", 3, SK_REKOR2, true, false, true },
};
const size_t sk_shape_count = sizeof sk_shapes / sizeof *sk_shapes;

/* ---------------------------------------------------------------- DER */

/* What inner holds, in one value; inner is emptied. */
static void wrap(struct stella_buf *out, uint8_t tag, struct stella_buf *inner)
{
	stella_der_put(out, tag, stella_buf_span(inner));
	stella_buf_free(inner);
}

static void put_oid(struct stella_buf *out, const char *content)
{
	stella_der_put(out, STELLA_DER_OID, stella_span_str(content));
}

static void put_number(struct stella_buf *out, uint64_t value)
{
	struct stella_buf bytes = { 0 };

	stella_buf_put_u64(&bytes, value);
	stella_der_put_uint(out, stella_buf_span(&bytes));
	stella_buf_free(&bytes);
}

static void put_bits(struct stella_buf *out, struct stella_span bits, uint8_t unused)
{
	struct stella_buf bytes = { 0 };

	stella_buf_put_u8(&bytes, unused);
	stella_buf_put_span(&bytes, bits);
	wrap(out, STELLA_DER_BIT_STRING, &bytes);
}

#define OID_SHA256 "\x60\x86\x48\x01\x65\x03\x04\x02\x01"
#define OID_CN "\x55\x04\x03"

static bool is_ed25519(const struct kit_key *key)
{
	return stella_pubkey_type(key->public_key) == STELLA_KEY_ED25519;
}

static bool is_p384(const struct kit_key *key)
{
	return stella_pubkey_bits(key->public_key) == 384;
}

static void put_sigalg(struct stella_buf *out, const struct kit_key *key)
{
	struct stella_buf alg = { 0 };

	put_oid(&alg, is_ed25519(key) ? "\x2b\x65\x70" : is_p384(key) ? "\x2a\x86\x48\xce\x3d\x04\x03\x03" :
		"\x2a\x86\x48\xce\x3d\x04\x03\x02");
	wrap(out, STELLA_DER_SEQUENCE, &alg);
}

static void sign(struct stella_buf *out, const struct kit_key *key, struct stella_span message)
{
	char *text = kit_sign(key, is_ed25519(key) ? GNUTLS_SIGN_EDDSA_ED25519 :
		is_p384(key) ? GNUTLS_SIGN_ECDSA_SHA384 : GNUTLS_SIGN_ECDSA_SHA256, message);

	assert_ok(stella_base64_parse(out, stella_span_str(text), STELLA_BASE64_STRICT));
	free(text);
}

static void put_name(struct stella_buf *out, const char *cn)
{
	struct stella_buf pair = { 0 }, sequence = { 0 }, set = { 0 };

	put_oid(&pair, OID_CN);
	stella_der_put(&pair, 0x0c, stella_span_str(cn));
	wrap(&sequence, STELLA_DER_SEQUENCE, &pair);
	wrap(&set, STELLA_DER_SET, &sequence);
	wrap(out, STELLA_DER_SEQUENCE, &set);
}

static void put_time(struct stella_buf *out, int64_t at, bool general)
{
	time_t t = (time_t)at;
	struct tm tm;
	char text[32];

	gmtime_r(&t, &tm);
	strftime(text, sizeof text, "%Y%m%d%H%M%SZ", &tm);
	stella_der_put(out, general ? STELLA_DER_GENERALIZED_TIME : STELLA_DER_UTC_TIME,
		stella_span_str(general ? text : text + 2));
}

/* ---------------------------------------------------------------- certificates */

static void put_extension(struct stella_buf *out, const char *oid, bool critical, struct stella_buf *value)
{
	struct stella_buf one = { 0 };

	put_oid(&one, oid);
	if (critical)
		stella_der_put(&one, STELLA_DER_BOOLEAN, stella_span("\xff", 1));
	wrap(&one, STELLA_DER_OCTET_STRING, value);
	wrap(out, STELLA_DER_SEQUENCE, &one);
}

enum use { CA, CODE, STAMP };

static void put_usage(struct stella_buf *out, enum use use)
{
	struct stella_buf value = { 0 }, inner = { 0 };

	if (use == CA)
		stella_der_put(&inner, STELLA_DER_BOOLEAN, stella_span("\xff", 1));
	wrap(&value, STELLA_DER_SEQUENCE, &inner);
	put_extension(out, "\x55\x1d\x13", true, &value);
	put_bits(&value, stella_span(use == CA ? "\x06" : "\x80", 1), use == CA ? 1 : 7);
	put_extension(out, "\x55\x1d\x0f", true, &value);
	if (use == CA)
		return;
	put_oid(&inner, use == CODE ? "\x2b\x06\x01\x05\x05\x07\x03\x03" : "\x2b\x06\x01\x05\x05\x07\x03\x08");
	wrap(&value, STELLA_DER_SEQUENCE, &inner);
	put_extension(out, "\x55\x1d\x25", use == STAMP, &value);
}

static void put_identity(struct stella_buf *out, bool as_email)
{
	struct stella_buf value = { 0 }, inner = { 0 };

	stella_der_put(&inner, STELLA_DER_CONTEXT | (as_email ? 1 : 6), stella_span_str(SK_IDENTITY));
	wrap(&value, STELLA_DER_SEQUENCE, &inner);
	put_extension(out, "\x55\x1d\x11", true, &value);
	stella_der_put(&value, 0x0c, stella_span_str(SK_ISSUER));
	put_extension(out, "\x2b\x06\x01\x04\x01\x83\xbf\x30\x01\x08", false, &value);
}

struct subject {
	const char *name, *issuer;
	const struct kit_key *key, *issuer_key;
	uint64_t serial;
	int64_t from, until;
	enum use use;
	bool as_email;
};

static void put_tbs(struct stella_buf *out, const struct subject *s, const struct stella_buf *sct)
{
	struct stella_buf tbs = { 0 }, part = { 0 }, list = { 0 };

	put_number(&part, 2);
	wrap(&tbs, STELLA_DER_CONSTRUCTED | 0, &part);
	put_number(&tbs, s->serial);
	put_sigalg(&tbs, s->issuer_key);
	put_name(&tbs, s->issuer);
	put_time(&part, s->from, false);
	put_time(&part, s->until, false);
	wrap(&tbs, STELLA_DER_SEQUENCE, &part);
	put_name(&tbs, s->name);
	stella_buf_put_span(&tbs, stella_pubkey_spki(s->key->public_key));
	put_usage(&list, s->use);
	if (s->use == CODE)
		put_identity(&list, s->as_email);
	if (sct) {
		stella_der_put(&part, STELLA_DER_OCTET_STRING, stella_buf_span(sct));
		put_extension(&list, "\x2b\x06\x01\x04\x01\xd6\x79\x02\x04\x02", false, &part);
	}
	wrap(&part, STELLA_DER_SEQUENCE, &list);
	wrap(&tbs, STELLA_DER_CONSTRUCTED | 3, &part);
	wrap(out, STELLA_DER_SEQUENCE, &tbs);
}

static void put_cert(struct stella_buf *out, const struct subject *s, const struct stella_buf *sct)
{
	struct stella_buf all = { 0 }, signature = { 0 };

	put_tbs(&all, s, sct);
	sign(&signature, s->issuer_key, stella_buf_span(&all));
	put_sigalg(&all, s->issuer_key);
	put_bits(&all, stella_buf_span(&signature), 0);
	wrap(out, STELLA_DER_SEQUENCE, &all);
	stella_buf_free(&signature);
}

static void put_u16(struct stella_buf *out, size_t value)
{
	stella_buf_put_u8(out, (uint8_t)(value >> 8));
	stella_buf_put_u8(out, (uint8_t)value);
}

/* RFC 6962 3.2: one timestamp, in its list. */
static void put_sct(struct stella_buf *out, const struct kit_key *ct, const struct kit_key *issuer,
	struct stella_span tbs, int64_t at)
{
	struct stella_buf message = { 0 }, signature = { 0 }, one = { 0 };

	stella_buf_put(&message, "\0\0", 2);
	stella_buf_put_u64(&message, (uint64_t)at * 1000 + 123);
	stella_buf_put(&message, "\0\1", 2);
	stella_buf_put(&message, stella_pubkey_id(issuer->public_key)->bytes, 32);
	stella_buf_put_u8(&message, 0);
	put_u16(&message, tbs.size);
	stella_buf_put_span(&message, tbs);
	put_u16(&message, 0);
	sign(&signature, ct, stella_buf_span(&message));
	stella_buf_put_u8(&one, 0);
	stella_buf_put(&one, stella_pubkey_id(ct->public_key)->bytes, 32);
	stella_buf_put_u64(&one, (uint64_t)at * 1000 + 123);
	put_u16(&one, 0);
	stella_buf_put(&one, "\4\3", 2);
	put_u16(&one, signature.size);
	stella_buf_put_span(&one, stella_buf_span(&signature));
	put_u16(out, one.size + 2);
	put_u16(out, one.size);
	stella_buf_put_span(out, stella_buf_span(&one));
	stella_buf_free(&message);
	stella_buf_free(&signature);
	stella_buf_free(&one);
}

void sk_leaf(struct stella_buf *der, struct sk *sk, const struct kit_key *key, const struct sk_cert *what)
{
	static const struct sk_cert usual;
	const struct sk_cert *w = what ? what : &usual;
	struct subject s = { "signer", "intermediate", key, &sk->ca, ++sk->serial, w->from ? w->from : SK_TIME - 60,
		w->until ? w->until : SK_TIME + 540, CODE, w->as_email };
	struct stella_buf tbs = { 0 }, sct = { 0 };

	put_tbs(&tbs, &s, NULL);
	put_sct(&sct, w->ct ? w->ct : &sk->ct, &sk->ca, stella_buf_span(w->other_tbs ? w->other_tbs : &tbs), s.from);
	put_cert(der, &s, w->no_sct ? NULL : &sct);
	stella_buf_free(&tbs);
	stella_buf_free(&sct);
}

/* ---------------------------------------------------------------- timestamps */

#define OID_TST_INFO "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x04"

static void put_sha256_alg(struct stella_buf *out)
{
	struct stella_buf alg = { 0 };

	put_oid(&alg, OID_SHA256);
	wrap(out, STELLA_DER_SEQUENCE, &alg);
}

static void put_info(struct stella_buf *out, struct stella_span message, int64_t at)
{
	struct stella_sha256 digest = stella_sha256(message);
	struct stella_buf info = { 0 }, imprint = { 0 };

	put_number(&info, 1);
	put_oid(&info, "\x2a\x03\x04");
	put_sha256_alg(&imprint);
	stella_der_put(&imprint, STELLA_DER_OCTET_STRING, stella_span(digest.bytes, 32));
	wrap(&info, STELLA_DER_SEQUENCE, &imprint);
	put_number(&info, 77);
	put_time(&info, at, true);
	wrap(out, STELLA_DER_SEQUENCE, &info);
}

static void put_attribute(struct stella_buf *out, const char *oid, struct stella_buf *value)
{
	struct stella_buf one = { 0 };

	put_oid(&one, oid);
	wrap(&one, STELLA_DER_SET, value);
	wrap(out, STELLA_DER_SEQUENCE, &one);
}

static void put_attributes(struct stella_buf *out, struct stella_span info, const struct stella_buf *cert)
{
	struct stella_sha256 digest = stella_sha256(info), id = stella_sha256(stella_buf_span(cert));
	struct stella_buf value = { 0 }, a = { 0 }, b = { 0 };

	put_oid(&value, OID_TST_INFO);
	put_attribute(out, "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x03", &value);
	stella_der_put(&value, STELLA_DER_OCTET_STRING, stella_span(digest.bytes, 32));
	put_attribute(out, "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x04", &value);
	stella_der_put(&value, STELLA_DER_OCTET_STRING, stella_span(id.bytes, 32));
	wrap(&a, STELLA_DER_SEQUENCE, &value);
	wrap(&b, STELLA_DER_SEQUENCE, &a);
	wrap(&value, STELLA_DER_SEQUENCE, &b);
	put_attribute(out, "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x02\x2f", &value);
}

static void put_signer(struct stella_buf *out, const struct kit_key *key, struct stella_span attributes, unsigned tsa)
{
	struct stella_buf signer = { 0 }, part = { 0 }, set = { 0 }, signature = { 0 };

	put_number(&signer, 1);
	put_name(&part, tsa ? "other tsa root" : "tsa root");
	put_number(&part, 1000 + tsa);
	wrap(&signer, STELLA_DER_SEQUENCE, &part);
	put_sha256_alg(&signer);
	stella_der_put(&signer, STELLA_DER_CONSTRUCTED | 0, attributes);
	put_sigalg(&signer, key);
	stella_der_put(&set, STELLA_DER_SET, attributes);
	sign(&signature, key, stella_buf_span(&set));
	stella_der_put(&signer, STELLA_DER_OCTET_STRING, stella_buf_span(&signature));
	wrap(&part, STELLA_DER_SEQUENCE, &signer);
	wrap(out, STELLA_DER_SET, &part);
	stella_buf_free(&set);
	stella_buf_free(&signature);
}

void sk_stamp(struct stella_buf *der, const struct sk *sk, unsigned tsa, struct stella_span message, int64_t at, bool embed)
{
	struct stella_buf info = { 0 }, data = { 0 }, part = { 0 }, inner = { 0 }, attributes = { 0 }, response = { 0 };

	put_info(&info, message, at);
	put_attributes(&attributes, stella_buf_span(&info), &sk->tsa_cert[tsa]);
	put_number(&data, 3);
	put_sha256_alg(&part);
	wrap(&data, STELLA_DER_SET, &part);
	put_oid(&part, OID_TST_INFO);
	wrap(&inner, STELLA_DER_OCTET_STRING, &info);
	wrap(&part, STELLA_DER_CONSTRUCTED | 0, &inner);
	wrap(&data, STELLA_DER_SEQUENCE, &part);
	if (embed)
		stella_der_put(&data, STELLA_DER_CONSTRUCTED | 0, stella_buf_span(&sk->tsa_cert[tsa]));
	put_signer(&data, &sk->tsa[tsa], stella_buf_span(&attributes), tsa);
	wrap(&inner, STELLA_DER_SEQUENCE, &data);
	put_oid(&part, "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02");
	wrap(&part, STELLA_DER_CONSTRUCTED | 0, &inner);
	put_number(&inner, 0);
	wrap(&response, STELLA_DER_SEQUENCE, &inner);
	wrap(&response, STELLA_DER_SEQUENCE, &part);
	wrap(der, STELLA_DER_SEQUENCE, &response);
	stella_buf_free(&attributes);
}

/* ---------------------------------------------------------------- the instance */

static void make_authority(struct stella_buf *root_cert, struct stella_buf *cert, const struct kit_key *root,
	const struct kit_key *key, const char *root_name, const char *name, uint64_t serial, enum use use)
{
	struct subject top = { root_name, root_name, root, root, serial + 10, SK_TIME - 1000000, SK_TIME + 1000000, CA,
		false };
	struct subject sub = { name, root_name, key, root, serial, SK_TIME - 100000, SK_TIME + 100000, use, false };

	put_cert(root_cert, &top, NULL);
	put_cert(cert, &sub, NULL);
}

void sk_open(struct sk *sk)
{
	*sk = (struct sk){ .ca_root = P384, .ca = P384, .ct = P256, .witness = KIT_ED25519, .serial = 5000 };
	sk->logs[SK_REKOR1] = P256;
	sk->logs[SK_REKOR2] = KIT_ED25519;
	sk->logs[SK_REKOR2_P256] = P256;
	make_authority(&sk->ca_root_cert, &sk->ca_cert, &sk->ca_root, &sk->ca, "root", "intermediate", 100, CA);
	for (unsigned i = 0; i < SK_TSAS; i++) {
		sk->tsa_root[i] = P256;
		sk->tsa[i] = P256;
		make_authority(&sk->tsa_root_cert[i], &sk->tsa_cert[i], &sk->tsa_root[i], &sk->tsa[i],
			i ? "other tsa root" : "tsa root", "tsa", 1000 + i, STAMP);
	}
}

void sk_close(struct sk *sk)
{
	struct kit_key *keys[] = { &sk->ca_root, &sk->ca, &sk->ct, &sk->witness };

	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		kit_key_free(keys[i]);
	for (unsigned i = 0; i < SK_LOGS; i++)
		kit_key_free(&sk->logs[i]);
	for (unsigned i = 0; i < SK_TSAS; i++) {
		kit_key_free(&sk->tsa_root[i]);
		kit_key_free(&sk->tsa[i]);
		stella_buf_free(&sk->tsa_root_cert[i]);
		stella_buf_free(&sk->tsa_cert[i]);
	}
	stella_buf_free(&sk->ca_root_cert);
	stella_buf_free(&sk->ca_cert);
}

static void set_bytes(struct stella_json *object, const char *name, struct stella_span bytes)
{
	struct stella_buf text = { 0 };

	stella_base64_print(&text, bytes);
	stella_json_set(object, name, stella_json_new_text_span(stella_buf_span(&text)));
	stella_buf_free(&text);
}

static struct stella_json *set_object(struct stella_json *object, const char *name)
{
	return stella_json_set(object, name, stella_json_new_object());
}

static void add_authority(struct stella_json *list, const struct stella_buf *cert, const struct stella_buf *root,
	const char *uri)
{
	const struct stella_buf *certs[] = { cert, root };
	struct stella_json *one = stella_json_add(list, stella_json_new_object()), *chain;

	stella_json_set_text(one, "uri", uri);
	chain = stella_json_set(set_object(one, "certChain"), "certificates", stella_json_new_array());
	for (size_t i = 0; i < 2; i++)
		set_bytes(stella_json_add(chain, stella_json_new_object()), "rawBytes", stella_buf_span(certs[i]));
	stella_json_set_text(set_object(one, "validFor"), "start", "2025-10-01T00:00:00Z");
}

static struct stella_sha256 log_id(const struct sk *sk, unsigned log);

static void add_log(struct stella_json *list, const struct kit_key *key, struct stella_sha256 id, const char *url)
{
	struct stella_json *one = stella_json_add(list, stella_json_new_object()), *public_key;

	stella_json_set_text(one, "baseUrl", url);
	stella_json_set_text(one, "hashAlgorithm", "SHA2_256");
	public_key = set_object(one, "publicKey");
	set_bytes(public_key, "rawBytes", stella_pubkey_spki(key->public_key));
	stella_json_set_text(public_key, "keyDetails", is_ed25519(key) ? "PKIX_ED25519" : "PKIX_ECDSA_P256_SHA_256");
	stella_json_set_text(set_object(public_key, "validFor"), "start", "2025-10-01T00:00:00Z");
	set_bytes(set_object(one, "logId"), "keyId", stella_span(id.bytes, 32));
}

struct stella_json *sk_root(const struct sk *sk)
{
	static const char *const urls[SK_LOGS] = { "https://rekor.example", "https://log2025.example", "https://log2026.example" };
	struct stella_json *root = stella_json_new_object(), *list;

	stella_json_set_text(root, "mediaType", "application/vnd.dev.sigstore.trustedroot+json;version=0.1");
	list = stella_json_set(root, "tlogs", stella_json_new_array());
	for (unsigned i = 0; i < SK_LOGS; i++)
		add_log(list, &sk->logs[i], log_id(sk, i), urls[i]);
	list = stella_json_set(root, "ctlogs", stella_json_new_array());
	add_log(list, &sk->ct, *stella_pubkey_id(sk->ct.public_key), "https://ct.example");
	list = stella_json_set(root, "certificateAuthorities", stella_json_new_array());
	add_authority(list, &sk->ca_cert, &sk->ca_root_cert, "https://fulcio.example");
	list = stella_json_set(root, "timestampAuthorities", stella_json_new_array());
	add_authority(list, &sk->tsa_cert[0], &sk->tsa_root_cert[0], "https://tsa.example");
	add_authority(list, &sk->tsa_cert[1], &sk->tsa_root_cert[1], "https://other-tsa.example");
	return root;
}

struct stella_trustroot *sk_parse_root(const struct stella_json *json)
{
	struct stella_buf text = { 0 };
	struct stella_trustroot *root;

	stella_json_print(&text, json, STELLA_JSON_LINE);
	assert_ok(stella_trustroot_parse(&root, stella_buf_span(&text)));
	stella_buf_free(&text);
	return root;
}

/* ---------------------------------------------------------------- logs */

static const char *const origins[SK_LOGS] = { "rekor.example - 1193050959916656506", "log2025.example", "log2026.example" };
static const char *const names[SK_LOGS] = { "rekor.example", "log2025.example", "log2026.example" };

/* Of Rekor v1 and of an ECDSA key that of the key; of an Ed25519 key that of a signed note. */
static struct stella_sha256 log_id(const struct sk *sk, unsigned log)
{
	struct stella_span spki = stella_pubkey_spki(sk->logs[log].public_key);
	struct stella_buf bytes = { 0 };
	struct stella_sha256 id;

	if (!is_ed25519(&sk->logs[log]))
		return *stella_pubkey_id(sk->logs[log].public_key);
	stella_buf_printf(&bytes, "%s\n\x01", names[log]);
	stella_buf_put(&bytes, spki.data + spki.size - 32, 32);
	id = stella_sha256(stella_buf_span(&bytes));
	stella_buf_free(&bytes);
	return id;
}

static void put_line(struct stella_buf *out, const struct kit_key *key, const char *name, struct stella_sha256 id,
	struct stella_span text)
{
	struct stella_buf bytes = { 0 };

	stella_buf_put(&bytes, id.bytes, 4);
	sign(&bytes, key, text);
	stella_buf_printf(out, "\xe2\x80\x94 %s ", name);
	stella_base64_print(out, stella_buf_span(&bytes));
	stella_buf_put_u8(out, '\n');
	stella_buf_free(&bytes);
}

static struct stella_sha256 node(struct stella_sha256 left, struct stella_sha256 right)
{
	struct stella_buf bytes = { 0 };
	struct stella_sha256 hash;

	stella_buf_put_u8(&bytes, 1);
	stella_buf_put(&bytes, left.bytes, 32);
	stella_buf_put(&bytes, right.bytes, 32);
	hash = stella_sha256(stella_buf_span(&bytes));
	stella_buf_free(&bytes);
	return hash;
}

/* A tree of three, with the entry in the middle; a witness signs beside the log. */
static struct stella_json *make_proof(const struct sk *sk, unsigned log, struct stella_span body)
{
	struct stella_sha256 others[2] = { stella_merkle_leaf(stella_span_str("a")), stella_merkle_leaf(stella_span_str("c")) };
	struct stella_sha256 root = node(node(others[0], stella_merkle_leaf(body)), others[1]);
	struct stella_json *proof = stella_json_new_object(), *hashes;
	struct stella_buf note = { 0 }, lines = { 0 };

	stella_json_set_text(proof, "logIndex", "1");
	stella_json_set_text(proof, "treeSize", "3");
	set_bytes(proof, "rootHash", stella_span(root.bytes, 32));
	hashes = stella_json_set(proof, "hashes", stella_json_new_array());
	for (size_t i = 0; i < 2; i++) {
		struct stella_buf text = { 0 };

		stella_base64_print(&text, stella_span(others[i].bytes, 32));
		stella_json_add(hashes, stella_json_new_text_span(stella_buf_span(&text)));
		stella_buf_free(&text);
	}
	stella_buf_printf(&note, "%s\n3\n", origins[log]);
	stella_base64_print(&note, stella_span(root.bytes, 32));
	stella_buf_put_u8(&note, '\n');
	put_line(&lines, &sk->witness, "witness.example", *stella_pubkey_id(sk->witness.public_key), stella_buf_span(&note));
	put_line(&lines, &sk->logs[log], names[log], log_id(sk, log), stella_buf_span(&note));
	stella_buf_put_u8(&note, '\n');
	stella_buf_put_span(&note, stella_buf_span(&lines));
	stella_json_set(set_object(proof, "checkpoint"), "envelope", stella_json_new_text_span(stella_buf_span(&note)));
	stella_buf_free(&note);
	stella_buf_free(&lines);
	return proof;
}

static void set_promise(struct stella_json *entry, const struct sk *sk, struct stella_span body, int64_t at)
{
	struct stella_buf text = { 0 }, set = { 0 };
	struct stella_sha256 id = log_id(sk, SK_REKOR1);

	stella_buf_put_str(&text, "{\"body\":\"");
	stella_base64_print(&text, body);
	stella_buf_printf(&text, "\",\"integratedTime\":%" PRId64 ",\"logID\":\"", at);
	stella_hex_print(&text, stella_span(id.bytes, 32));
	stella_buf_put_str(&text, "\",\"logIndex\":4711}");
	sign(&set, &sk->logs[SK_REKOR1], stella_buf_span(&text));
	set_bytes(set_object(entry, "inclusionPromise"), "signedEntryTimestamp", stella_buf_span(&set));
	stella_buf_free(&text);
	stella_buf_free(&set);
}

struct stella_json *sk_log_body(const struct sk *sk, const struct sk_shape *shape, const char *kind, const char *version,
	struct stella_span body, int64_t at)
{
	struct stella_json *entry = stella_json_new_object(), *kinds;
	struct stella_sha256 id = log_id(sk, shape->log);
	char text[24];

	stella_json_set_text(entry, "logIndex", shape->log == SK_REKOR1 ? "4711" : "1");
	set_bytes(set_object(entry, "logId"), "keyId", stella_span(id.bytes, 32));
	kinds = set_object(entry, "kindVersion");
	stella_json_set_text(kinds, "kind", kind);
	stella_json_set_text(kinds, "version", version);
	if (shape->log == SK_REKOR1) {
		snprintf(text, sizeof text, "%" PRId64, at);
		stella_json_set_text(entry, "integratedTime", text);
		set_promise(entry, sk, body, at);
	}
	stella_json_set(entry, "inclusionProof", make_proof(sk, shape->log, body));
	set_bytes(entry, "canonicalizedBody", body);
	return entry;
}

/* ---------------------------------------------------------------- what an entry records */

#define STATEMENT "{\"_type\":\"https://in-toto.io/Statement/v1\",\"subject\":[{\"name\":\"a\",\"digest\":{\"sha256\":\"%s\"}}]," \
	"\"predicateType\":\"https://example.org/p\",\"predicate\":{}}"
#define PAYLOAD_TYPE "application/vnd.in-toto+json"

static void put_pem(struct stella_buf *out, const struct sk_parts *p)
{
	const char *label = p->cert ? "CERTIFICATE" : "PUBLIC KEY";
	struct stella_buf text = { 0 };

	stella_base64_print(&text, stella_buf_span(&p->verifier));
	stella_buf_printf(out, "-----BEGIN %s-----\n", label);
	for (size_t i = 0; i < text.size; i += 64)
		stella_buf_printf(out, "%.64s\n", text.data + i);
	stella_buf_printf(out, "-----END %s-----\n", label);
	stella_buf_free(&text);
}

static void set_verifier(struct stella_json *object, const char *name, const struct sk_parts *p)
{
	struct stella_buf pem = { 0 };

	put_pem(&pem, p);
	set_bytes(object, name, stella_buf_span(&pem));
	stella_buf_free(&pem);
}

static void set_hash(struct stella_json *object, const char *name, struct stella_span digest)
{
	struct stella_json *hash = set_object(object, name);
	struct stella_buf hex = { 0 };

	stella_hex_print(&hex, digest);
	stella_json_set_text(hash, "algorithm", "sha256");
	stella_json_set(hash, "value", stella_json_new_text_span(stella_buf_span(&hex)));
	stella_buf_free(&hex);
}

static struct stella_json *set_hash_v2(struct stella_json *object, const char *name, struct stella_span digest)
{
	struct stella_json *hash = set_object(object, name);

	stella_json_set_text(hash, "algorithm", "SHA2_256");
	set_bytes(hash, "digest", digest);
	return hash;
}

static void set_signature_v2(struct stella_json *signature, const struct sk_parts *p)
{
	struct stella_json *verifier;

	set_bytes(signature, "content", stella_buf_span(&p->signature));
	verifier = set_object(signature, "verifier");
	stella_json_set_text(verifier, "keyDetails", "PKIX_ECDSA_P256_SHA_256");
	set_bytes(set_object(verifier, p->cert ? "x509Certificate" : "publicKey"), "rawBytes", stella_buf_span(&p->verifier));
}

static void set_intoto(struct stella_json *spec, const struct sk_parts *p)
{
	struct stella_json *content = set_object(spec, "content"), *envelope = set_object(content, "envelope"), *one;
	struct stella_sha256 digest = stella_sha256(stella_buf_span(&p->payload));
	struct stella_buf text = { 0 };

	stella_json_set_text(envelope, "payloadType", PAYLOAD_TYPE);
	one = stella_json_add(stella_json_set(envelope, "signatures", stella_json_new_array()), stella_json_new_object());
	set_verifier(one, "publicKey", p);
	stella_base64_print(&text, stella_buf_span(&p->signature)); /* base64 of base64, as Rekor does */
	set_bytes(one, "sig", stella_buf_span(&text));
	set_hash(content, "hash", stella_buf_span(&p->envelope_hash));
	set_hash(content, "payloadHash", stella_span(digest.bytes, 32));
	stella_buf_free(&text);
}

static void set_dsse(struct stella_json *spec, const struct sk_parts *p)
{
	struct stella_sha256 digest = stella_sha256(stella_buf_span(&p->payload));
	struct stella_json *one;

	set_hash(spec, "envelopeHash", stella_buf_span(&p->envelope_hash));
	set_hash(spec, "payloadHash", stella_span(digest.bytes, 32));
	one = stella_json_add(stella_json_set(spec, "signatures", stella_json_new_array()), stella_json_new_object());
	set_bytes(one, "signature", stella_buf_span(&p->signature));
	set_verifier(one, "verifier", p);
}

static void set_hashedrekord(struct stella_json *spec, const struct sk_parts *p)
{
	struct stella_json *signature;

	set_hash(set_object(spec, "data"), "hash", stella_buf_span(&p->digest));
	signature = set_object(spec, "signature");
	set_bytes(signature, "content", stella_buf_span(&p->signature));
	set_verifier(set_object(signature, "publicKey"), "content", p);
}

static void set_v2(struct stella_json *spec, const struct sk_shape *shape, const struct sk_parts *p)
{
	struct stella_sha256 digest = stella_sha256(stella_buf_span(&p->payload));
	struct stella_json *record = set_object(spec, shape->dsse ? "dsseV002" : "hashedRekordV002");

	if (shape->dsse) {
		set_hash_v2(record, "payloadHash", stella_span(digest.bytes, 32));
		set_signature_v2(stella_json_add(stella_json_set(record, "signatures", stella_json_new_array()),
			stella_json_new_object()), p);
	} else {
		set_hash_v2(record, "data", stella_buf_span(&p->digest));
		set_signature_v2(set_object(record, "signature"), p);
	}
}

struct stella_json *sk_log(const struct sk *sk, const struct sk_shape *shape, const struct sk_parts *recorded, int64_t at)
{
	bool v2 = shape->log != SK_REKOR1;
	const char *kind = shape->intoto ? "intoto" : shape->dsse ? "dsse" : "hashedrekord";
	const char *version = v2 || shape->intoto ? "0.0.2" : "0.0.1";
	struct stella_json *body = stella_json_new_object(), *spec, *entry;
	struct stella_buf text = { 0 };

	stella_json_set_text(body, "apiVersion", version);
	stella_json_set_text(body, "kind", kind);
	spec = set_object(body, "spec");
	if (v2)
		set_v2(spec, shape, recorded);
	else if (shape->intoto)
		set_intoto(spec, recorded);
	else if (shape->dsse)
		set_dsse(spec, recorded);
	else
		set_hashedrekord(spec, recorded);
	stella_json_print(&text, body, STELLA_JSON_LINE);
	entry = sk_log_body(sk, shape, kind, version, stella_buf_span(&text), at);
	stella_buf_free(&text);
	stella_json_free(body);
	return entry;
}

/* ---------------------------------------------------------------- bundles */

void sk_sign(struct sk_parts *out, struct sk *sk, const struct sk_shape *shape, const struct kit_key *key, const char *name)
{
	struct stella_buf signed_bytes = { 0 };
	struct stella_sha256 digest;
	char hex[STELLA_SHA256_HEX];

	*out = (struct sk_parts){ 0 };
	stella_buf_printf(&out->artifact, "artifact %s\n", name);
	digest = stella_sha256(stella_buf_span(&out->artifact));
	stella_sha256_hex(hex, &digest);
	if (shape->dsse) {
		stella_buf_printf(&out->payload, STATEMENT, hex);
		stella_dsse_pae(&signed_bytes, PAYLOAD_TYPE, stella_buf_span(&out->payload));
	} else {
		stella_buf_put_span(&signed_bytes, stella_buf_span(&out->artifact));
	}
	digest = stella_sha256(stella_buf_span(&signed_bytes));
	stella_buf_put(&out->digest, digest.bytes, 32);
	sign(&out->signature, key, stella_buf_span(&signed_bytes));
	digest = stella_sha256(stella_buf_span(&out->signature));
	stella_buf_put(&out->envelope_hash, digest.bytes, 32); /* of a text that nobody keeps */
	if (shape->key) {
		stella_buf_put_span(&out->verifier, stella_pubkey_spki(key->public_key));
	} else {
		sk_leaf(&out->verifier, sk, key, &sk->leaf);
		out->cert = stella_strdup("certificate");
	}
	stella_buf_free(&signed_bytes);
}

void sk_parts_free(struct sk_parts *parts)
{
	stella_buf_free(&parts->artifact);
	stella_buf_free(&parts->payload);
	stella_buf_free(&parts->digest);
	stella_buf_free(&parts->signature);
	stella_buf_free(&parts->verifier);
	stella_buf_free(&parts->envelope_hash);
	free(parts->cert);
	*parts = (struct sk_parts){ 0 };
}

static void set_material(struct stella_json *material, const struct sk_shape *shape, const struct sk_parts *p)
{
	struct stella_json *list;

	if (!p->cert)
		stella_json_set_text(set_object(material, "publicKey"), "hint", "key");
	else if (shape->minor >= 3)
		set_bytes(set_object(material, "certificate"), "rawBytes", stella_buf_span(&p->verifier));
	else {
		list = stella_json_set(set_object(material, "x509CertificateChain"), "certificates", stella_json_new_array());
		set_bytes(stella_json_add(list, stella_json_new_object()), "rawBytes", stella_buf_span(&p->verifier));
	}
}

struct stella_json *sk_bundle(const struct sk_shape *shape, const struct sk_parts *p, struct stella_json *entry,
	const struct stella_buf *stamp)
{
	static const char *const types[] = { "application/vnd.dev.sigstore.bundle+json;version=0.1",
		"application/vnd.dev.sigstore.bundle+json;version=0.2", "application/vnd.dev.sigstore.bundle.v0.3+json" };
	struct stella_json *bundle = stella_json_new_object(), *material, *content;

	stella_json_set_text(bundle, "mediaType", types[shape->minor - 1]);
	material = set_object(bundle, "verificationMaterial");
	set_material(material, shape, p);
	stella_json_add(stella_json_set(material, "tlogEntries", stella_json_new_array()), entry);
	if (stamp)
		set_bytes(stella_json_add(stella_json_set(set_object(material, "timestampVerificationData"), "rfc3161Timestamps",
			stella_json_new_array()), stella_json_new_object()), "signedTimestamp", stella_buf_span(stamp));
	if (!shape->dsse) {
		content = set_object(bundle, "messageSignature");
		set_hash_v2(content, "messageDigest", stella_buf_span(&p->digest));
		set_bytes(content, "signature", stella_buf_span(&p->signature));
		return bundle;
	}
	content = set_object(bundle, "dsseEnvelope");
	set_bytes(content, "payload", stella_buf_span(&p->payload));
	stella_json_set_text(content, "payloadType", PAYLOAD_TYPE);
	set_bytes(stella_json_add(stella_json_set(content, "signatures", stella_json_new_array()), stella_json_new_object()),
		"sig", stella_buf_span(&p->signature));
	return bundle;
}

struct stella_json *sk_make(struct sk *sk, const struct sk_shape *shape, const struct kit_key *key, const char *name,
	struct sk_parts *parts)
{
	struct sk_parts own;
	struct stella_buf stamp = { 0 };
	struct stella_json *bundle;

	sk_sign(&own, sk, shape, key, name);
	if (shape->log != SK_REKOR1)
		sk_stamp(&stamp, sk, SK_TSA, stella_buf_span(&own.signature), SK_TIME + 5, true);
	bundle = sk_bundle(shape, &own, sk_log(sk, shape, &own, SK_TIME), stamp.size ? &stamp : NULL);
	stella_buf_free(&stamp);
	if (parts)
		*parts = own;
	else
		sk_parts_free(&own);
	return bundle;
}
