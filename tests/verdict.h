/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the tests of verdicts share: acme (two keys) and beta (one) are trusted issuers, and a verdict
 * is asked of a text.
 */
#ifndef STELLA_TESTS_VERDICT_H
#define STELLA_TESTS_VERDICT_H

#include "verify.h"
#include "world.h"

#define TYPE "application/vnd.in-toto+json"
#define SLSA "https://slsa.dev/provenance/v1"
#define A64 "c7c5c1d70c5dec4416ab6158afd0b223ef40c29b1dc1f97ed9428b94d4cadb1c"
#define B64 "d9298a10d1b0735837dc4bd85dac641b0f3cef27a47e5d53a54f2f3f5b2fcffa"
#define STATEMENT(type, subjects) "{\"_type\":\"https://in-toto.io/Statement/v1\",\"subject\":[" subjects "]," \
	"\"predicateType\":\"" type "\",\"predicate\":{}}"
#define SUBJECT(name, hex) "{\"name\":\"" name "\",\"digest\":{\"sha256\":\"" hex "\"}}"
#define PAYLOAD STATEMENT(SLSA, SUBJECT("app/one", A64))
#define NAMES(key, value) ",\"" key "\":[\"" value "\"]"
#define IDENTITY ",\"identities\":[{\"anchors\":[\"root\"],\"san\":{\"type\":\"email\",\"value\":\"ci@acme.example\"}}]"

static struct kit_key acme, acme_too, beta, stranger;
static struct stella_verify_options asked;
static struct stella_report *report;
static struct stella_evidence *evidence;

static inline void enter(void)
{
	world_enter();
	acme = KIT_ED25519;
	acme_too = KIT_P256;
	beta = KIT_P256;
	stranger = KIT_P256;
	asked = (struct stella_verify_options){ .now = NOW };
	world_put_key(&acme, "acme", NULL);
	world_put_key(&acme_too, "acme", NULL);
	world_put_key(&beta, "beta", NULL);
	world_put("issuers/acme.json", kit_issuer_record("trusted", NULL));
	world_put("issuers/beta.json", kit_issuer_record("trusted", NULL));
}

static inline void forget(void)
{
	stella_report_free(report);
	stella_evidence_free(evidence);
	report = NULL;
	evidence = NULL;
}

static inline void leave(void)
{
	forget();
	kit_key_free(&acme);
	kit_key_free(&acme_too);
	kit_key_free(&beta);
	kit_key_free(&stranger);
	world_leave();
}

/* The verdict on an attestation's text (freed), and that report and return value agree. */
static inline const struct stella_error *verify(char *text)
{
	const struct stella_error *err;

	forget();
	evidence = kit_evidence(text);
	free(text);
	err = stella_verify(&report, evidence, world_open(), &asked);
	ck_assert_ptr_nonnull(report);
	ck_assert(report->trusted == !err);
	ck_assert(!err || (report->verdict.code == err->code && strcmp(report->verdict.message, err->message) == 0));
	return err;
}

static inline gnutls_sign_algorithm_t alg_of(const struct kit_key *key)
{
	return key == &acme ? GNUTLS_SIGN_EDDSA_ED25519 : GNUTLS_SIGN_ECDSA_SHA256;
}

static inline void sign_type(struct kit_sigs *sigs, const struct kit_key *key, const char *keyid, const char *type,
	const char *payload)
{
	char *sig = kit_sign_pae(key, alg_of(key), type, payload);

	kit_add(sigs, sig, keyid, NULL);
	free(sig);
}

static inline char *envelope_of(const struct kit_key *key, const char *keyid, const char *payload)
{
	struct kit_sigs sigs = { 0 };

	sign_type(&sigs, key, keyid, TYPE, payload);
	return kit_envelope(&sigs, TYPE, payload);
}

static inline char *good(void)
{
	return envelope_of(&acme, acme.id, PAYLOAD);
}

static inline const struct stella_step *find_step(const char *name, size_t nth)
{
	for (size_t i = 0; i < report->step_count; i++) {
		if (strcmp(report->steps[i].name, name) == 0 && !nth--)
			return &report->steps[i];
	}
	return NULL;
}

static inline void expire(struct stella_key *key)
{
	key->expires = NOW - 1;
}

struct authority {
	struct kit_key root_key, inter_key, leaf_key;
	struct kit_cert root, inter, leaf;
};

static inline void authority_init(struct authority *a)
{
	a->root_key = KIT_P256;
	a->inter_key = KIT_P256;
	a->leaf_key = KIT_P256;
	a->root = kit_cert("Root", &a->root_key, NULL, NULL, NULL, NOW - 9 * DAY, NOW + 9 * DAY);
	a->inter = kit_cert("Inter", &a->inter_key, NULL, &a->root, &a->root_key, NOW - 9 * DAY, NOW + 9 * DAY);
	a->leaf = kit_cert("Leaf", &a->leaf_key, "email:ci@acme.example", &a->inter, &a->inter_key, NOW - DAY, NOW + DAY);
	world_put_anchor("root", &a->root, false, STELLA_TIME_NONE, STELLA_TIME_NONE);
	world_put("issuers/acme.json", kit_issuer_record("trusted", IDENTITY));
}

static inline void authority_free(struct authority *a)
{
	kit_key_free(&a->root_key);
	kit_key_free(&a->inter_key);
	kit_key_free(&a->leaf_key);
	kit_cert_free(&a->root);
	kit_cert_free(&a->inter);
	kit_cert_free(&a->leaf);
}

/* With the leaf and, if there is one, another certificate beside the signature. */
static inline char *by_certificate(const struct kit_key *key, const struct kit_cert *leaf, const struct kit_cert *other,
	const char *payload)
{
	char *sig = kit_sign_pae(key, GNUTLS_SIGN_ECDSA_SHA256, TYPE, PAYLOAD);
	struct kit_sigs sigs = { 0 };
	struct stella_buf pem = { 0 };

	stella_buf_printf(&pem, "%s%s", leaf->pem, other ? other->pem : "");
	kit_add(&sigs, sig, NULL, (char *)pem.data);
	stella_buf_free(&pem);
	free(sig);
	return kit_envelope(&sigs, TYPE, payload);
}

#endif
