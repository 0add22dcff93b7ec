/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys and certificates made on the spot, and what they sign: records of a trust tree, envelopes and
 * bundles, for the tests of verdicts.  Link $(GNUTLS_LIBS).
 */
#ifndef STELLA_TESTS_SIGNKIT_H
#define STELLA_TESTS_SIGNKIT_H

#include <gnutls/abstract.h>
#include <gnutls/x509.h>
#include <stdio.h>

#include "check.h"
#include "encode.h"
#include "evidence.h"
#include "records.h"

#define kit_gnutls(call) ck_assert_int_ge((call), 0)

struct kit_key {
	gnutls_x509_privkey_t key;
	char id[STELLA_SHA256_HEX];
	char *pem;                  /* PUBLIC KEY */
	struct stella_pubkey *public_key;
};

static inline struct kit_key kit_key(gnutls_pk_algorithm_t type, unsigned bits)
{
	struct kit_key out;
	gnutls_privkey_t private_key;
	gnutls_pubkey_t public_key;
	gnutls_datum_t pem;

	kit_gnutls(gnutls_x509_privkey_init(&out.key));
	kit_gnutls(gnutls_x509_privkey_generate(out.key, type, bits, 0));
	kit_gnutls(gnutls_privkey_init(&private_key));
	kit_gnutls(gnutls_privkey_import_x509(private_key, out.key, 0));
	kit_gnutls(gnutls_pubkey_init(&public_key));
	kit_gnutls(gnutls_pubkey_import_privkey(public_key, private_key, 0, 0));
	kit_gnutls(gnutls_pubkey_export2(public_key, GNUTLS_X509_FMT_PEM, &pem));
	out.pem = stella_span_strdup(stella_span(pem.data, pem.size));
	gnutls_free(pem.data);
	gnutls_pubkey_deinit(public_key);
	gnutls_privkey_deinit(private_key);
	assert_ok(stella_pubkey_parse_pem(&out.public_key, stella_span_str(out.pem)));
	stella_sha256_hex(out.id, stella_pubkey_id(out.public_key));
	return out;
}

#define KIT_ED25519 kit_key(GNUTLS_PK_EDDSA_ED25519, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_ED25519))
#define KIT_P256 kit_key(GNUTLS_PK_EC, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1))
#define KIT_RSA kit_key(GNUTLS_PK_RSA, 2048)

static inline void kit_key_free(struct kit_key *key)
{
	gnutls_x509_privkey_deinit(key->key);
	stella_pubkey_free(key->public_key);
	free(key->pem);
}

/* The signature in base64, yours. */
static inline char *kit_sign(const struct kit_key *key, gnutls_sign_algorithm_t alg, struct stella_span message)
{
	gnutls_privkey_t private_key;
	gnutls_datum_t data = { (unsigned char *)(uintptr_t)message.data, (unsigned)message.size }, sig;
	struct stella_buf text = { 0 };

	kit_gnutls(gnutls_privkey_init(&private_key));
	kit_gnutls(gnutls_privkey_import_x509(private_key, key->key, 0));
	kit_gnutls(gnutls_privkey_sign_data2(private_key, alg, 0, &data, &sig));
	stella_base64_print(&text, stella_span(sig.data, sig.size));
	gnutls_free(sig.data);
	gnutls_privkey_deinit(private_key);
	return stella_buf_take_str(&text);
}

/* Over the PAE of a payload. */
static inline char *kit_sign_pae(const struct kit_key *key, gnutls_sign_algorithm_t alg, const char *type,
	const char *payload)
{
	struct stella_buf pae = { 0 };
	char *sig;

	stella_dsse_pae(&pae, type, stella_span_str(payload));
	sig = kit_sign(key, alg, stella_buf_span(&pae));
	stella_buf_free(&pae);
	return sig;
}

/* ---------------------------------------------------------------- certificates */

struct kit_cert {
	gnutls_x509_crt_t cert;
	char *pem;
};

/* san "email:a@b", "uri:..." or NULL: a certificate authority.  issuer NULL: self-signed. */
static inline struct kit_cert kit_cert(const char *name, const struct kit_key *key, const char *san,
	const struct kit_cert *issuer, const struct kit_key *issuer_key, int64_t from, int64_t until)
{
	static unsigned char serial;
	struct kit_cert out;
	gnutls_datum_t pem;
	char dn[100];

	serial++;
	snprintf(dn, sizeof dn, "CN=%s", name);
	kit_gnutls(gnutls_x509_crt_init(&out.cert));
	kit_gnutls(gnutls_x509_crt_set_version(out.cert, 3));
	kit_gnutls(gnutls_x509_crt_set_serial(out.cert, &serial, 1));
	kit_gnutls(gnutls_x509_crt_set_dn(out.cert, dn, NULL));
	kit_gnutls(gnutls_x509_crt_set_activation_time(out.cert, (time_t)from));
	kit_gnutls(gnutls_x509_crt_set_expiration_time(out.cert, (time_t)until));
	kit_gnutls(gnutls_x509_crt_set_key(out.cert, key->key));
	kit_gnutls(gnutls_x509_crt_set_basic_constraints(out.cert, san ? 0 : 1, -1));
	kit_gnutls(gnutls_x509_crt_set_key_usage(out.cert,
		san ? GNUTLS_KEY_DIGITAL_SIGNATURE : GNUTLS_KEY_KEY_CERT_SIGN));
	if (san) {
		kit_gnutls(gnutls_x509_crt_set_key_purpose_oid(out.cert, GNUTLS_KP_CODE_SIGNING, 0));
		kit_gnutls(gnutls_x509_crt_set_subject_alt_name(out.cert,
			strncmp(san, "email:", 6) == 0 ? GNUTLS_SAN_RFC822NAME : GNUTLS_SAN_URI, strchr(san, ':') + 1,
			(unsigned)strlen(strchr(san, ':') + 1), GNUTLS_FSAN_SET));
	}
	kit_gnutls(gnutls_x509_crt_sign2(out.cert, issuer ? issuer->cert : out.cert, issuer ? issuer_key->key : key->key,
		GNUTLS_DIG_SHA256, 0));
	kit_gnutls(gnutls_x509_crt_export2(out.cert, GNUTLS_X509_FMT_PEM, &pem));
	out.pem = stella_span_strdup(stella_span(pem.data, pem.size));
	gnutls_free(pem.data);
	return out;
}

static inline void kit_cert_free(struct kit_cert *cert)
{
	gnutls_x509_crt_deinit(cert->cert);
	free(cert->pem);
}

/* The DER of a PEM block in base64, as bundles have it; yours. */
static inline char *kit_raw(const char *pem)
{
	struct stella_buf der = { 0 }, text = { 0 };
	struct stella_cursor in = stella_cursor(stella_span_str(pem));
	char *label;

	assert_ok(stella_pem_next(&der, &label, &in));
	stella_base64_print(&text, stella_buf_span(&der));
	stella_buf_free(&der);
	free(label);
	return stella_buf_take_str(&text);
}

/* ---------------------------------------------------------------- records */

/* A record's text, yours; change may be NULL. */
static inline char *kit_key_record(const struct kit_key *key, const char *issuer,
	void (*change)(struct stella_key *record))
{
	struct stella_key record = { .status = STELLA_KEY_ACTIVE, .valid_from = STELLA_TIME_NONE,
		.expires = STELLA_TIME_NONE, .revoked_since = STELLA_TIME_NONE, .key = key->public_key };
	struct stella_buf text = { 0 };
	char id[STELLA_SHA256_HEX], reason[] = "key of the build", name[STELLA_ID_MAX + 1];

	snprintf(name, sizeof name, "%s", issuer);
	memcpy(id, key->id, sizeof id);
	record.id = id;
	record.issuer = name;
	record.reason = reason;
	record.algorithm = stella_pubkey_default_alg(key->public_key);
	if (change)
		change(&record);
	stella_key_print(&text, &record);
	return stella_buf_take_str(&text);
}

static inline char *kit_anchor_record(const struct kit_cert *cert, bool intermediate, int64_t from, int64_t until)
{
	struct stella_anchor record = { .intermediate = intermediate, .valid_from = from, .expires = until };
	struct stella_buf text = { 0 };
	char name[] = "anchor", reason[] = "our own authority";

	record.name = name;
	record.reason = reason;
	assert_ok(stella_cert_parse_pem(&record.cert, stella_span_str(cert->pem)));
	stella_anchor_print(&text, &record);
	stella_cert_free(record.cert);
	return stella_buf_take_str(&text);
}

/* more: further members of the record, each with its comma before. */
static inline char *kit_issuer_record(const char *status, const char *more)
{
	struct stella_buf text = { 0 };

	stella_buf_printf(&text, "{\"version\":1,\"status\":\"%s\",\"reason\":\"approved by the security team\"%s}", status,
		more ? more : "");
	return stella_buf_take_str(&text);
}

/* ---------------------------------------------------------------- envelopes */

/* Grows by "sig" objects; kit_envelope closes it. */
struct kit_sigs {
	struct stella_buf text;
};

/* keyid and cert (PEM) may be NULL. */
static inline void kit_add(struct kit_sigs *sigs, const char *sig, const char *keyid, const char *cert)
{
	struct stella_json *one = stella_json_new_object();

	if (sigs->text.size)
		stella_buf_put_u8(&sigs->text, ',');
	if (keyid)
		stella_json_set_text(one, "keyid", keyid);
	stella_json_set_text(one, "sig", sig);
	if (cert)
		stella_json_set_text(one, "cert", cert);
	stella_json_print(&sigs->text, one, STELLA_JSON_LINE);
	stella_json_free(one);
}

/* The text of an envelope, yours; sigs is emptied. */
static inline char *kit_envelope(struct kit_sigs *sigs, const char *type, const char *payload)
{
	struct stella_buf text = { 0 };

	stella_buf_printf(&text, "{\"payloadType\":\"%s\",\"payload\":\"", type);
	stella_base64_print(&text, stella_span_str(payload));
	stella_buf_put_str(&text, "\",\"signatures\":[");
	stella_buf_put_span(&text, stella_buf_span(&sigs->text));
	stella_buf_put_str(&text, "]}");
	stella_buf_free(&sigs->text);
	return stella_buf_take_str(&text);
}

static inline struct stella_evidence *kit_evidence(const char *text)
{
	struct stella_buf bytes = { 0 };
	struct stella_evidence *evidence;

	stella_buf_put_str(&bytes, text);
	assert_ok(stella_evidence_parse(&evidence, &bytes));
	return evidence;
}

#endif
