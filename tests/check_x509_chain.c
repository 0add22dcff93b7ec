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
		{ "leaf-of-root-bare", "", "root-bare", NOW, 2 },
		{ "leaf-unknown", "inter", "root", NOW, 3 },
		{ "leaf-2074", "inter", "root", NOW, 3 },
		{ "leaf-expired", "inter", "root", "2020-06-01T00:00:00Z", 3 },
		{ "leaf-of-expired-inter", "inter-expired", "root", "2020-06-01T00:00:00Z", 3 },
		{ "leaf-of-inter-eku-any", "inter-eku-any", "root", NOW, 3 },
		{ "leaf-of-inter-new", "inter-new inter", "root", NOW, 4 }, /* self-issued below path length 0 */
		{ "leaf-of-path-1-a", "path-1-a path-1", "root", NOW, 4 },
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
		const struct refusal *b = &bad[i];
		const struct stella_error *err = verify_at(b->leaf, b->intermediates, b->anchors, b->at, NULL);

		ck_assert_msg(err != NULL, "%s < %s < %s was accepted", b->leaf, b->intermediates, b->anchors);
		ck_assert_msg(err->code == b->code && !strncmp(err->message, b->message, strlen(b->message)),
			"%s < %s < %s: %s \"%s\", not \"%s\"", b->leaf, b->intermediates, b->anchors,
			stella_code_word(err->code), err->message, b->message);
	}
}
#define REFUSALS(list) assert_refusals(list, sizeof(list) / sizeof *(list))

#define CHAIN NOW, STELLA_CHAIN_INVALID, "certificate chain invalid: "
#define ANCHOR NOW, STELLA_ANCHOR_MISSING, "trust anchor not found: "
#define EXPIRED NOW, STELLA_CERT_EXPIRED, "certificate expired"
#define UNSUPPORTED NOW, STELLA_ALGORITHM_UNSUPPORTED, "algorithm not supported: "

START_TEST(what_is_missing_is_named)
{
	static const struct refusal bad[] = {
		{ "leaf", "", "root",
			CHAIN "intermediate missing: no certificate for issuer \"CN=Test Intermediate\"" },
		{ "leaf", "ed-inter", "root",
			CHAIN "intermediate missing: no certificate for issuer \"CN=Test Intermediate\"" },
		{ "leaf", "leaf", "root", CHAIN "intermediate missing" },
		{ "leaf", "", "",
			ANCHOR "no certificate for issuer \"CN=Test Intermediate\" of \"CN=Test Signer\"" },
		{ "leaf", "inter", "",
			ANCHOR "no certificate for issuer \"CN=Test Root\" of \"CN=Test Intermediate\"" },
		{ "leaf", "inter", "ed-root", ANCHOR "no certificate for issuer \"CN=Test Root\"" },
		{ "leaf", "inter root", "ed-root",
			ANCHOR "\"CN=Test Root\" issued itself and is not among the anchors" },
		{ "self-signed", "", "root", ANCHOR "\"CN=Self-signed\" issued itself" },
		{ "self-signed", "self-signed", "root", ANCHOR "\"CN=Self-signed\" issued itself" },
	};

	REFUSALS(bad);
}
END_TEST

START_TEST(the_key_decides_between_cas_of_one_name)
{
	static const struct refusal bad[] = {
		{ "leaf", "inter-twin", "root root-twin",
			CHAIN "\"CN=Test Signer\" (ecdsa-sha256) is not signed by the key (ECDSA P-256) of its issuer \"CN=Test Inter" },
		{ "leaf", "inter", "root-twin",
			CHAIN "\"CN=Test Intermediate\" (ecdsa-sha256) is not signed by the key" },
		{ "leaf-of-twin", "inter inter-twin", "root", CHAIN "\"CN=Test Intermediate\"" },
		{ "leaf-of-twin", "inter", "root", CHAIN "\"CN=Signer of the twin\"" },
	};

	REFUSALS(bad);
}
END_TEST

START_TEST(who_issued_it_is_told_by_name_and_by_key)
{
	struct stella_cert *leaf = load_cert("leaf"), *inter = load_cert("inter"), *twin = load_cert("inter-twin");
	struct stella_cert *root = load_cert("root"), *bare = load_cert("root-bare");
	struct stella_span id;

	ck_assert(stella_cert_names_issuer(leaf, inter) && stella_cert_is_signed_by(leaf, inter));
	ck_assert(stella_cert_names_issuer(leaf, twin) && !stella_cert_is_signed_by(leaf, twin));
	ck_assert(!stella_cert_names_issuer(leaf, root) && !stella_cert_is_signed_by(leaf, root));
	ck_assert(!stella_cert_names_issuer(inter, leaf) && !stella_cert_is_signed_by(inter, leaf));
	ck_assert(stella_cert_authority_key_id(leaf, &id));
	ck_assert_uint_eq(id.size, 20);
	ck_assert(!memcmp(id.data, "\xfe\xda\xf6\x90", 4));
	ck_assert(!stella_cert_authority_key_id(bare, &id));
	stella_cert_free(leaf);
	stella_cert_free(inter);
	stella_cert_free(twin);
	stella_cert_free(root);
	stella_cert_free(bare);
}
END_TEST

/* What was found of a certificate before is remembered with it, by key. */
START_TEST(what_is_remembered_is_of_one_key)
{
	struct stella_cert *leaf = load_cert("leaf"), *inter = load_cert("inter"), *root = load_cert("root");
	struct stella_cert *twins[] = { load_cert("inter-twin"), load_cert("root-twin") };
	const struct stella_cert *middle = inter, *top = root, *twin = twins[0], *twin_root = twins[1];
	int64_t now = time_of(NOW);
	struct stella_chain chain;

	for (unsigned i = 0; i < 2; i++) {
		assert_code(stella_chain_verify(&chain, leaf, &twin, 1, &top, 1, now), STELLA_CHAIN_INVALID);
		assert_code(stella_chain_verify(&chain, leaf, &middle, 1, &twin_root, 1, now), STELLA_CHAIN_INVALID);
		assert_ok(stella_chain_verify(&chain, leaf, &middle, 1, &top, 1, now));
		assert_code(stella_chain_verify(&chain, leaf, &middle, 1, &top, 1, time_of("2099-01-01T00:00:00Z")),
			STELLA_CERT_EXPIRED);
	}
	stella_cert_free(leaf);
	stella_cert_free(inter);
	stella_cert_free(root);
	stella_cert_free(twins[0]);
	stella_cert_free(twins[1]);
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
		{ "leaf-expired", "inter", "root", EXPIRED ": \"CN=Expired leaf\"" },
		{ "leaf-future", "inter", "root", EXPIRED " or not yet valid: \"CN=Future leaf\"" },
		{ "leaf-of-expired-inter", "inter-expired", "root", EXPIRED ": \"CN=Expired Intermediate\"" },
		{ "leaf-of-expired-root", "", "root-expired", EXPIRED ": \"CN=Expired Root\"" },
		{ "leaf", "inter-crossed", "root-expired root", EXPIRED ": \"CN=Expired Root\"" },
	};

	REFUSALS(bad);
}
END_TEST

START_TEST(the_way_that_came_farthest_is_told)
{
	static const struct refusal bad[] = {
		{ "leaf", "inter inter-crossed", "root-expired", EXPIRED ": \"CN=Expired Root\"" },
		{ "leaf", "inter-crossed inter", "root-expired", EXPIRED ": \"CN=Expired Root\"" },
		{ "leaf", "inter inter-twin", "ed-root", ANCHOR "no certificate for issuer \"CN=Test Root\"" },
		{ "leaf", "inter-twin inter", "root-twin",
			CHAIN "\"CN=Test Intermediate\" (ecdsa-sha256) is not signed by the key" },
	};

	REFUSALS(bad);
}
END_TEST

START_TEST(the_leaf_must_be_for_code_signing)
{
	static const struct refusal bad[] = {
		{ "leaf-wrong-eku", "inter", "root", CHAIN "\"CN=Wrong EKU\" has no codeSigning" },
		{ "leaf-any-eku", "inter", "root", CHAIN "\"CN=Any EKU\" has no codeSigning" },
		{ "leaf-no-eku-no-ku", "inter", "root", CHAIN "\"CN=No usage at all\" has neither" },
		{ "leaf-wrong-ku", "inter", "root", CHAIN "\"CN=Wrong KU\" has no digitalSignature" },
		{ "leaf-cert-sign", "inter", "root", CHAIN "\"CN=Signs certificates\" has keyCertSign" },
		{ "leaf-ca", "", "root", CHAIN "\"CN=Leaf that is a CA\" is a CA" },
		{ "leaf-constraints", "inter", "root",
			CHAIN "\"CN=Constraints in a leaf\" has name constraints" },
		{ "leaf-v1", "inter", "root", CHAIN "\"CN=Version 1\" has neither" },
		{ "leaf-critical", "inter", "root",
			CHAIN "\"CN=Unknown critical\" has a critical extension that is not supported: 1.2.3.4" },
	};

	REFUSALS(bad);
}
END_TEST

static const struct stella_error *verify_any(const char *name)
{
	struct stella_cert *leaf = load_cert(name), *inter = load_cert("inter"), *root = load_cert("root");
	const struct stella_cert *middle = inter, *top = root;
	struct stella_chain chain;
	const struct stella_error *err = stella_chain_verify_purpose(&chain, STELLA_PURPOSE_ANY, leaf, &middle, 1, &top, 1,
		time_of(NOW));

	stella_cert_free(leaf);
	stella_cert_free(inter);
	stella_cert_free(root);
	return err;
}

START_TEST(whatever_it_is_for_the_rest_must_hold)
{
	assert_ok(verify_any("leaf"));
	assert_ok(verify_any("leaf-wrong-eku"));
	assert_ok(verify_any("leaf-no-eku-no-ku"));
	assert_code(verify_any("leaf-cert-sign"), STELLA_CHAIN_INVALID);
	assert_code(verify_any("leaf-critical"), STELLA_CHAIN_INVALID);
	assert_code(verify_any("leaf-of-twin"), STELLA_CHAIN_INVALID);
}
END_TEST

START_TEST(issuers_must_be_cas)
{
	static const struct refusal bad[] = {
		{ "leaf-of-inter-not-ca", "inter-not-ca", "root",
			CHAIN "\"CN=Intermediate not-ca\" issued a certificate, but is no CA" },
		{ "leaf-of-inter-no-basic", "inter-no-basic", "root",
			CHAIN "\"CN=Intermediate no-basic\" issued a certificate, but is no CA" },
		{ "leaf-of-inter-basic-not-critical", "inter-basic-not-critical", "root",
			CHAIN "\"CN=Intermediate basic-not-critical\" is a CA whose basic constraints are not critical" },
		{ "leaf-of-inter-no-key-cert-sign", "inter-no-key-cert-sign", "root",
			CHAIN "\"CN=Intermediate no-key-cert-sign\" issued a certificate, but its key usage has no keyCertSign" },
		{ "leaf-of-inter-eku", "inter-eku", "root",
			CHAIN "\"CN=Intermediate eku\" is a CA whose extended key usage has no codeSigning" },
		{ "leaf-of-inter-critical", "inter-critical", "root",
			CHAIN "\"CN=Intermediate critical\" has a critical extension that is not supported: 1.2.3.4" },
		{ "leaf-of-root-critical", "", "root-critical",
			CHAIN "\"CN=Critical Root\" has a critical extension that is not supported: 1.2.3.4" },
		{ "leaf-of-root-no-key-cert-sign", "", "root-no-key-cert-sign",
			CHAIN "\"CN=Root without keyCertSign\" issued a certificate, but its key usage has no" },
		{ "leaf-two-critical", "inter", "root",
			CHAIN "\"CN=Two critical\" has a critical extension that is not supported: 1.2.3.4" },
		{ "leaf-of-root-v1", "", "root-v1",
			CHAIN "\"CN=Version 1 Root\" issued a certificate, but is no CA" },
		{ "self-signed", "", "self-signed",
			CHAIN "\"CN=Self-signed\" issued a certificate, but is no CA" },
		{ "leaf-of-inter-sub", "inter-sub inter", "root",
			CHAIN "\"CN=Test Intermediate\" allows 0 CAs below it, found 1" },
		{ "leaf-of-path-1-b", "path-1-b path-1-a path-1", "root",
			CHAIN "\"CN=Path length 1\" allows 1 CAs below it, found 2" },
		{ "leaf-of-inter-sub", "inter-sub", "inter",
			CHAIN "\"CN=Test Intermediate\" allows 0 CAs below it, found 1" },
	};

	REFUSALS(bad);
}
END_TEST

START_TEST(weak_and_unknown_algorithms_are_named)
{
	static const struct refusal bad[] = {
		{ "leaf-sha1", "inter", "root",
			UNSUPPORTED "\"CN=SHA-1\" is signed with 1.2.840.10045.4.1 (ECDSA-SHA1)" },
		{ "leaf-rsa1024", "inter", "root",
			UNSUPPORTED "RSA key of 1024 bits, expected 2048 to 16384, in the certificate of \"CN=Short key\"" },
		{ "leaf-of-inter-rsa1024", "inter-rsa1024", "root",
			UNSUPPORTED "RSA key of 1024 bits, expected 2048 to 16384, in the certificate of \"CN=Inter" },
		{ "pss-odd-leaf", "rsa-inter", "rsa-root",
			UNSUPPORTED "\"CN=PSS with an odd salt\" is signed with 1.2.840.113549.1.1.10" },
	};

	REFUSALS(bad);
}
END_TEST

START_TEST(name_constraints_hold_for_all_that_is_below)
{
	static const struct refusal bad[] = {
		{ "leaf-outside-nc-permit", "nc-permit", "root",
			CHAIN "the name constraints of \"CN=Permits\" do not permit it: \"https://ci.example.com/\"" },
		{ "leaf-of-nc-permit-subject", "nc-permit", "root",
			CHAIN "the name constraints of \"CN=Permits\" do not permit it" },
		{ "leaf-self-issued-nc-permit", "nc-permit", "root",
			CHAIN "the name constraints of \"CN=Permits\" do not permit it: \"builder@example.com\"" },
		{ "leaf-of-nc-below", "nc-below nc-permit", "root",
			CHAIN "the name constraints of \"CN=Permits\" do not permit it: \"builder@example.com\"" },
		{ "leaf-outside-nc-exclude", "nc-exclude", "root",
			CHAIN "the name constraints of \"CN=Excludes\" exclude it: \"EVIL@Example.org\"" },
		{ "leaf-of-nc-permit", "", "nc-exclude", CHAIN "intermediate missing" },
	};

	REFUSALS(bad);
}
END_TEST

START_TEST(the_search_has_limits)
{
	static const struct refusal bad[] = {
		{ "deep-leaf", "deep-cas", "root", NOW, STELLA_LIMIT,
			"certificate chain of more than 16 certificates" },
		{ "leaf-of-loop", "loop", "root", NOW, STELLA_LIMIT,
			"certificate chain: more than 100 signatures to check" },
	};

	REFUSALS(bad);
}
END_TEST

/* Every bit of what is signed, and of the signature, counts. */
START_TEST(a_flipped_bit_is_never_accepted)
{
	static const char *const leaves[][3] = {
		{ "leaf", "inter", "root" }, { "ed-leaf", "ed-inter", "ed-root" },
		{ "rsa-leaf", "rsa-inter", "rsa-root" },
	};

	for (size_t k = 0; k < 3; k++) {
		struct stella_cert *leaf = load_cert(leaves[k][0]), *flipped;
		const struct stella_cert *inter = load_cert(leaves[k][1]), *root = load_cert(leaves[k][2]);
		struct stella_buf der = { 0 };
		struct stella_chain chain;

		stella_buf_put_span(&der, stella_cert_der(leaf));
		for (size_t i = 0; i < der.size * 8; i += k ? 5 : 1) {
			der.data[i / 8] ^= (uint8_t)(1 << i % 8);
			if (!stella_cert_parse(&flipped, stella_buf_span(&der))) {
				const struct stella_error *err = stella_chain_verify(&chain, flipped, &inter, 1, &root, 1,
					time_of(NOW));

				ck_assert_msg(err != NULL, "%s: bit %zu", leaves[k][0], i);
				stella_cert_free(flipped);
			}
			der.data[i / 8] ^= (uint8_t)(1 << i % 8);
		}
		stella_buf_free(&der);
		stella_cert_free(leaf);
		stella_cert_free((struct stella_cert *)(uintptr_t)inter);
		stella_cert_free((struct stella_cert *)(uintptr_t)root);
	}
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_test(t, good_chains_are_accepted);
	tcase_add_test(t, what_is_missing_is_named);
	tcase_add_test(t, the_key_decides_between_cas_of_one_name);
	tcase_add_test(t, who_issued_it_is_told_by_name_and_by_key);
	tcase_add_test(t, what_is_remembered_is_of_one_key);
	tcase_add_test(t, every_link_must_be_valid_at_that_time);
	tcase_add_test(t, the_way_that_came_farthest_is_told);
	tcase_add_test(t, the_leaf_must_be_for_code_signing);
	tcase_add_test(t, whatever_it_is_for_the_rest_must_hold);
	tcase_add_test(t, issuers_must_be_cas);
	tcase_add_test(t, weak_and_unknown_algorithms_are_named);
	tcase_add_test(t, name_constraints_hold_for_all_that_is_below);
	tcase_add_test(t, the_search_has_limits);
	tcase_add_test(t, a_flipped_bit_is_never_accepted);
}

CHECK_MAIN("x509_chain", fill)
