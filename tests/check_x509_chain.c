/* SPDX-License-Identifier: Apache-2.0 */
#include "certs.h"

#define NOW "2030-01-01T00:00:00Z"
#define MOST 20

/* Certificates by the names of their files, separated by spaces; a file may hold several. */
struct certs {
	struct stella_cert *of[MOST];
	size_t count;
};

static void load_certs(struct certs *out, const char *names)
{
	char copy[256], *save = NULL;

	*out = (struct certs){ 0 };
	snprintf(copy, sizeof copy, "%s", names);
	for (char *name = strtok_r(copy, " ", &save); name; name = strtok_r(NULL, " ", &save)) {
		struct stella_buf pem = read_cert(name), der = { 0 };
		struct stella_cursor in = stella_cursor(stella_buf_span(&pem));
		char *label = NULL;

		while (!stella_pem_next(&der, &label, &in)) {
			ck_assert_uint_lt(out->count, MOST);
			assert_ok(stella_cert_parse(&out->of[out->count++], stella_buf_span(&der)));
			free(label);
			label = NULL;
			stella_buf_free(&der);
		}
		stella_buf_free(&pem);
		stella_buf_free(&der);
	}
}

static void free_certs(struct certs *certs)
{
	for (size_t i = 0; i < certs->count; i++)
		stella_cert_free(certs->of[i]);
}

static const struct stella_error *verify_at(const char *leaf, const char *intermediates, const char *anchors,
	const char *at, size_t *length)
{
	struct stella_cert *cert = load_cert(leaf);
	const struct stella_error *err;
	struct stella_chain chain;
	struct certs middle, top;

	load_certs(&middle, intermediates);
	load_certs(&top, anchors);
	err = stella_chain_verify(&chain, cert, (const struct stella_cert *const *)middle.of, middle.count,
		(const struct stella_cert *const *)top.of, top.count, time_of(at));
	if (err)
		ck_assert_uint_eq(chain.count, 0);
	else
		ck_assert_ptr_eq(chain.certs[0], cert);
	if (length)
		*length = chain.count;
	free_certs(&middle);
	free_certs(&top);
	stella_cert_free(cert);
	return err;
}

START_TEST(good_chains_are_accepted)
{
	static const struct { const char *leaf, *intermediates, *anchors, *at; size_t length; } good[] = {
		{ "leaf", "inter", "root", NOW, 3 },
		{ "leaf", "", "inter", NOW, 2 },                       /* an intermediate as anchor */
		{ "leaf", "inter root", "root", NOW, 3 },              /* the root is sent too */
		{ "leaf", "ed-inter inter-sub inter", "ed-root root rsa-root", NOW, 3 },
		{ "leaf", "inter", "root", "2020-01-01T00:00:00Z", 3 },
		{ "leaf", "inter", "root", "2049-12-31T00:00:00Z", 3 },
		{ "leaf-keyless", "inter", "root", NOW, 3 },
		{ "leaf-no-eku", "inter", "root", NOW, 3 },
		{ "leaf-unknown", "inter", "root", NOW, 3 },
		{ "leaf-2074", "inter", "root", NOW, 3 },
		{ "leaf-expired", "inter", "root", "2020-06-01T00:00:00Z", 3 },
		{ "leaf-of-expired-inter", "inter-expired", "root", "2020-06-01T00:00:00Z", 3 },
		{ "leaf-of-inter-eku-any", "inter-eku-any", "root", NOW, 3 },
		{ "leaf-of-inter-new", "inter-new inter", "root", NOW, 4 }, /* self-issued, below path length 0 */
		{ "ed-leaf", "ed-inter", "ed-root", NOW, 3 },
		{ "rsa-leaf", "rsa-inter", "rsa-root", NOW, 3 },
		{ "pss-leaf", "rsa-inter", "rsa-root", NOW, 3 },
		{ "pss384-leaf", "rsa-inter", "rsa-root", NOW, 3 },
		{ "pss512-leaf", "rsa-inter", "rsa-root", NOW, 3 },
		{ "p521-leaf", "p521-inter", "root", NOW, 3 },
		/* two CAs of one name, in both orders: the key decides */
		{ "leaf", "inter inter-twin", "root root-twin", NOW, 3 },
		{ "leaf", "inter-twin inter", "root-twin root", NOW, 3 },
		{ "leaf-of-twin", "inter inter-twin", "root root-twin", NOW, 3 },
		{ "leaf-of-twin", "inter-twin inter", "root-twin root", NOW, 3 },
		/* the same key under an expired root too, in both orders */
		{ "leaf", "inter-crossed inter", "root-expired root", NOW, 3 },
		{ "leaf", "inter inter-crossed", "root root-expired", NOW, 3 },
		{ "leaf-of-nc-permit", "nc-permit", "root", NOW, 3 },
		{ "leaf-of-nc-exclude", "nc-exclude", "root", NOW, 3 },
		{ "deep-leaf-2", "deep-cas", "root", NOW, 16 },
		{ "leaf", "loop inter", "root", NOW, 3 },
	};

	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		size_t length;
		const struct stella_error *err = verify_at(good[i].leaf, good[i].intermediates, good[i].anchors,
			good[i].at, &length);

		ck_assert_msg(!err, "%s < %s < %s: %s", good[i].leaf, good[i].intermediates, good[i].anchors,
			err ? err->message : "");
		ck_assert_msg(length == good[i].length, "%s: %zu certificates", good[i].leaf, length);
	}
}
END_TEST

struct refusal {
	const char *leaf, *intermediates, *anchors, *at;
	enum stella_code code;
	const char *message; /* what it begins with */
};

static void assert_refusals(const struct refusal *bad, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct stella_error *err = verify_at(bad[i].leaf, bad[i].intermediates, bad[i].anchors, bad[i].at, NULL);

		ck_assert_msg(err != NULL, "%s < %s < %s was accepted", bad[i].leaf, bad[i].intermediates, bad[i].anchors);
		ck_assert_msg(err->code == bad[i].code && !strncmp(err->message, bad[i].message, strlen(bad[i].message)),
			"%s < %s < %s: %s \"%s\", not \"%s\"", bad[i].leaf, bad[i].intermediates, bad[i].anchors,
			stella_code_word(err->code), err->message, bad[i].message);
	}
}
#define REFUSALS(list) assert_refusals(list, sizeof(list) / sizeof *(list))

#define INVALID "certificate chain invalid: "
#define ANCHOR "trust anchor not found: "

START_TEST(what_is_missing_is_named)
{
	static const struct refusal bad[] = {
		{ "leaf", "", "root", NOW, STELLA_CHAIN_INVALID,
			INVALID "intermediate missing: no certificate for issuer \"CN=Test Intermediate\"" },
		{ "leaf", "ed-inter", "root", NOW, STELLA_CHAIN_INVALID,
			INVALID "intermediate missing: no certificate for issuer \"CN=Test Intermediate\"" },
		{ "leaf", "leaf", "root", NOW, STELLA_CHAIN_INVALID, INVALID "intermediate missing" },
		{ "leaf", "", "", NOW, STELLA_ANCHOR_MISSING,
			ANCHOR "no certificate for issuer \"CN=Test Intermediate\" of \"CN=Test Signer\"" },
		{ "leaf", "inter", "", NOW, STELLA_ANCHOR_MISSING,
			ANCHOR "no certificate for issuer \"CN=Test Root\" of \"CN=Test Intermediate\"" },
		{ "leaf", "inter", "ed-root", NOW, STELLA_ANCHOR_MISSING, ANCHOR "no certificate for issuer \"CN=Test Root\"" },
		{ "leaf", "inter root", "ed-root", NOW, STELLA_ANCHOR_MISSING,
			ANCHOR "\"CN=Test Root\" issued itself and is not among the anchors" },
		{ "self-signed", "", "root", NOW, STELLA_ANCHOR_MISSING, ANCHOR "\"CN=Self-signed\" issued itself" },
		{ "self-signed", "self-signed", "root", NOW, STELLA_ANCHOR_MISSING, ANCHOR "\"CN=Self-signed\" issued itself" },
	};

	REFUSALS(bad);
}
END_TEST

START_TEST(the_key_decides_between_cas_of_one_name)
{
	static const struct refusal bad[] = {
		{ "leaf", "inter-twin", "root root-twin", NOW, STELLA_CHAIN_INVALID,
			INVALID "\"CN=Test Signer\" (ecdsa-sha256) is not signed by the key (ECDSA P-256) of its issuer \"CN=Test Inter" },
		{ "leaf", "inter", "root-twin", NOW, STELLA_CHAIN_INVALID,
			INVALID "\"CN=Test Intermediate\" (ecdsa-sha256) is not signed by the key" },
		{ "leaf-of-twin", "inter inter-twin", "root", NOW, STELLA_CHAIN_INVALID, INVALID "\"CN=Test Intermediate\"" },
		{ "leaf-of-twin", "inter", "root", NOW, STELLA_CHAIN_INVALID, INVALID "\"CN=Signer of the twin\"" },
	};

	REFUSALS(bad);
}
END_TEST

START_TEST(every_link_must_be_valid_at_that_time)
{
	static const struct refusal bad[] = {
		{ "leaf", "inter", "root", "2019-12-31T23:59:59Z", STELLA_CERT_EXPIRED,
			"certificate expired or not yet valid: \"CN=Test Signer\" is valid from 2020-01-01T00:00:00Z until "
			"2049-12-31T00:00:00Z, not at 2019-12-31T23:59:59Z" },
		{ "leaf", "inter", "root", "2049-12-31T00:00:01Z", STELLA_CERT_EXPIRED,
			"certificate expired: \"CN=Test Signer\" is valid from 2020-01-01T00:00:00Z until" },
		{ "leaf-expired", "inter", "root", NOW, STELLA_CERT_EXPIRED, "certificate expired: \"CN=Expired leaf\"" },
		{ "leaf-future", "inter", "root", NOW, STELLA_CERT_EXPIRED,
			"certificate expired or not yet valid: \"CN=Future leaf\"" },
		{ "leaf-of-expired-inter", "inter-expired", "root", NOW, STELLA_CERT_EXPIRED,
			"certificate expired: \"CN=Expired Intermediate\"" },
		{ "leaf-of-expired-root", "", "root-expired", NOW, STELLA_CERT_EXPIRED,
			"certificate expired: \"CN=Expired Root\"" },
		{ "leaf", "inter-crossed", "root-expired root", NOW, STELLA_CERT_EXPIRED,
			"certificate expired: \"CN=Expired Root\"" },
	};

	REFUSALS(bad);
}
END_TEST

START_TEST(the_leaf_must_be_for_code_signing)
{
	static const struct refusal bad[] = {
		{ "leaf-wrong-eku", "inter", "root", NOW, STELLA_CHAIN_INVALID, INVALID "\"CN=Wrong EKU\" has no codeSigning" },
		{ "leaf-any-eku", "inter", "root", NOW, STELLA_CHAIN_INVALID, INVALID "\"CN=Any EKU\" has no codeSigning" },
		{ "leaf-no-eku-no-ku", "inter", "root", NOW, STELLA_CHAIN_INVALID, INVALID "\"CN=No usage at all\" has neither" },
		{ "leaf-wrong-ku", "inter", "root", NOW, STELLA_CHAIN_INVALID, INVALID "\"CN=Wrong KU\" has no digitalSignature" },
		{ "leaf-cert-sign", "inter", "root", NOW, STELLA_CHAIN_INVALID, INVALID "\"CN=Signs certificates\" has keyCertSign" },
		{ "leaf-ca", "", "root", NOW, STELLA_CHAIN_INVALID, INVALID "\"CN=Leaf that is a CA\" is a CA" },
		{ "leaf-constraints", "inter", "root", NOW, STELLA_CHAIN_INVALID,
			INVALID "\"CN=Constraints in a leaf\" has name constraints" },
		{ "leaf-v1", "inter", "root", NOW, STELLA_CHAIN_INVALID, INVALID "\"CN=Version 1\" has neither" },
		{ "leaf-critical", "inter", "root", NOW, STELLA_CHAIN_INVALID,
			INVALID "\"CN=Unknown critical\" has a critical extension that is not supported: 1.2.3.4" },
	};

	REFUSALS(bad);
}
END_TEST

START_TEST(issuers_must_be_cas)
{
	static const struct refusal bad[] = {
		{ "leaf-of-inter-not-ca", "inter-not-ca", "root", NOW, STELLA_CHAIN_INVALID,
			INVALID "\"CN=Intermediate not-ca\" issued a certificate, but is no CA" },
		{ "leaf-of-inter-no-basic", "inter-no-basic", "root", NOW, STELLA_CHAIN_INVALID,
			INVALID "\"CN=Intermediate no-basic\" issued a certificate, but is no CA" },
		{ "leaf-of-inter-basic-not-critical", "inter-basic-not-critical", "root", NOW, STELLA_CHAIN_INVALID,
			INVALID "\"CN=Intermediate basic-not-critical\" is a CA whose basic constraints are not critical" },
		{ "leaf-of-inter-no-key-cert-sign", "inter-no-key-cert-sign", "root", NOW, STELLA_CHAIN_INVALID,
			INVALID "\"CN=Intermediate no-key-cert-sign\" issued a certificate, but its key usage has no keyCertSign" },
		{ "leaf-of-inter-eku", "inter-eku", "root", NOW, STELLA_CHAIN_INVALID,
			INVALID "\"CN=Intermediate eku\" is a CA whose extended key usage has no codeSigning" },
		{ "leaf-of-inter-critical", "inter-critical", "root", NOW, STELLA_CHAIN_INVALID,
			INVALID "\"CN=Intermediate critical\" has a critical extension that is not supported: 1.2.3.4" },
		{ "leaf-of-root-critical", "", "root-critical", NOW, STELLA_CHAIN_INVALID,
			INVALID "\"CN=Critical Root\" has a critical extension that is not supported: 1.2.3.4" },
		{ "leaf-of-root-v1", "", "root-v1", NOW, STELLA_CHAIN_INVALID,
			INVALID "\"CN=Version 1 Root\" issued a certificate, but is no CA" },
		{ "self-signed", "", "self-signed", NOW, STELLA_CHAIN_INVALID,
			INVALID "\"CN=Self-signed\" issued a certificate, but is no CA" },
		{ "leaf-of-inter-sub", "inter-sub inter", "root", NOW, STELLA_CHAIN_INVALID,
			INVALID "\"CN=Test Intermediate\" allows 0 CAs below it, found 1" },
		{ "leaf-of-inter-sub", "inter-sub", "inter", NOW, STELLA_CHAIN_INVALID,
			INVALID "\"CN=Test Intermediate\" allows 0 CAs below it, found 1" },
	};

	REFUSALS(bad);
}
END_TEST

START_TEST(weak_and_unknown_algorithms_are_named)
{
	static const struct refusal bad[] = {
		{ "leaf-sha1", "inter", "root", NOW, STELLA_ALGORITHM_UNSUPPORTED,
			"algorithm not supported: \"CN=SHA-1\" is signed with 1.2.840.10045.4.1 (ECDSA-SHA1)" },
		{ "leaf-rsa1024", "inter", "root", NOW, STELLA_ALGORITHM_UNSUPPORTED,
			"algorithm not supported: key of \"CN=Short key\": " },
		{ "leaf-of-inter-rsa1024", "inter-rsa1024", "root", NOW, STELLA_ALGORITHM_UNSUPPORTED,
			"algorithm not supported: key of \"CN=Intermediate with a short key\": " },
		{ "pss-odd-leaf", "rsa-inter", "rsa-root", NOW, STELLA_ALGORITHM_UNSUPPORTED,
			"algorithm not supported: \"CN=PSS with an odd salt\" is signed with 1.2.840.113549.1.1.10" },
	};

	REFUSALS(bad);
}
END_TEST

START_TEST(name_constraints_hold_for_all_that_is_below)
{
	static const struct refusal bad[] = {
		{ "leaf-outside-nc-permit", "nc-permit", "root", NOW, STELLA_CHAIN_INVALID,
			INVALID "the name constraints of \"CN=Permits\" do not permit it: name \"https://ci.example.com/\"" },
		{ "leaf-of-nc-permit-subject", "nc-permit", "root", NOW, STELLA_CHAIN_INVALID,
			INVALID "the name constraints of \"CN=Permits\" do not permit it" },
		{ "leaf-of-nc-below", "nc-below nc-permit", "root", NOW, STELLA_CHAIN_INVALID,
			INVALID "the name constraints of \"CN=Permits\" do not permit it: name \"builder@example.com\"" },
		{ "leaf-outside-nc-exclude", "nc-exclude", "root", NOW, STELLA_CHAIN_INVALID,
			INVALID "the name constraints of \"CN=Excludes\" exclude it: name \"EVIL@Example.org\"" },
		{ "leaf-of-nc-permit", "", "nc-exclude", NOW, STELLA_CHAIN_INVALID, INVALID "intermediate missing" },
	};

	REFUSALS(bad);
}
END_TEST

START_TEST(the_search_has_limits)
{
	static const struct refusal bad[] = {
		{ "deep-leaf", "deep-cas", "root", NOW, STELLA_LIMIT, "certificate chain of more than 16 certificates" },
		{ "leaf-of-loop", "loop", "root", NOW, STELLA_LIMIT, "certificate chain: more than 100 signatures to check" },
	};

	REFUSALS(bad);
}
END_TEST

/* Every bit of what is signed, and of the signature, counts. */
START_TEST(a_flipped_bit_is_never_accepted)
{
	static const char *const leaves[][3] = {
		{ "leaf", "inter", "root" }, { "ed-leaf", "ed-inter", "ed-root" }, { "rsa-leaf", "rsa-inter", "rsa-root" },
	};

	for (size_t k = 0; k < 3; k++) {
		struct stella_cert *leaf = load_cert(leaves[k][0]), *inter = load_cert(leaves[k][1]), *root = load_cert(leaves[k][2]);
		const struct stella_cert *cert, *const *middle = (const struct stella_cert *const *)&inter;
		struct stella_buf der = { 0 };
		struct stella_chain chain;

		stella_buf_put_span(&der, stella_cert_der(leaf));
		for (size_t i = 0; i < der.size * 8; i += k ? 5 : 1) {
			struct stella_cert *flipped;

			der.data[i / 8] ^= (uint8_t)(1 << i % 8);
			if (!stella_cert_parse(&flipped, stella_buf_span(&der))) {
				cert = flipped;
				ck_assert_msg(stella_chain_verify(&chain, cert, middle, 1, (const struct stella_cert *const *)&root, 1,
					time_of(NOW)) != NULL, "%s: bit %zu", leaves[k][0], i);
				stella_cert_free(flipped);
			}
			der.data[i / 8] ^= (uint8_t)(1 << i % 8);
		}
		stella_buf_free(&der);
		stella_cert_free(leaf);
		stella_cert_free(inter);
		stella_cert_free(root);
	}
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_test(t, good_chains_are_accepted);
	tcase_add_test(t, what_is_missing_is_named);
	tcase_add_test(t, the_key_decides_between_cas_of_one_name);
	tcase_add_test(t, every_link_must_be_valid_at_that_time);
	tcase_add_test(t, the_leaf_must_be_for_code_signing);
	tcase_add_test(t, issuers_must_be_cas);
	tcase_add_test(t, weak_and_unknown_algorithms_are_named);
	tcase_add_test(t, name_constraints_hold_for_all_that_is_below);
	tcase_add_test(t, the_search_has_limits);
	tcase_add_test(t, a_flipped_bit_is_never_accepted);
}

CHECK_MAIN("x509_chain", fill)
