/* SPDX-License-Identifier: Apache-2.0 */
/* Real certificates with a certificate timestamp, one of them with extensions, and each byte of them changed. */
#include "sct.h"

#include "check.h"
#include "sigstore_data.h"

struct setup {
	struct stella_trustroot *root;
	struct stella_bundle *bundle;
	struct stella_cert *cert;
	const struct stella_cert *issuer;
};

/* The issuer is the CA that lets the chain verify. */
static struct setup set_up(const char *bundle, const char *root)
{
	struct setup s = { .root = load_root(root) };
	struct stella_chain chain;

	assert_ok(stella_bundle_parse(&s.bundle, load_json(bundle)));
	assert_ok(stella_cert_parse(&s.cert, stella_buf_span(&s.bundle->certs[0])));
	for (size_t i = 0; i < s.root->ca_count; i++) {
		const struct stella_authority *ca = &s.root->cas[i];
		const struct stella_cert *const *certs = (const struct stella_cert *const *)ca->certs;

		if (!stella_chain_verify(&chain, s.cert, certs, ca->cert_count - 1, certs + ca->cert_count - 1, 1,
			stella_cert_not_before(s.cert)))
			s.issuer = chain.certs[1];
	}
	ck_assert_ptr_nonnull(s.issuer);
	return s;
}

static void tear_down(struct setup *s)
{
	stella_cert_free(s->cert);
	stella_bundle_free(s->bundle);
	stella_trustroot_free(s->root);
}

static const struct stella_error *verify(const struct setup *s, unsigned threshold)
{
	return stella_sct_verify(s->cert, s->issuer, s->root->ctlogs, s->root->ctlog_count, threshold, NULL);
}

START_TEST(a_certificate_of_a_known_log_verifies_once)
{
	struct setup s = set_up("v03.bundle.json", "public-good.root.json");
	size_t logs = 9;

	assert_ok(verify(&s, 1));
	assert_ok(stella_sct_verify(s.cert, s.issuer, s.root->ctlogs, s.root->ctlog_count, 0, &logs));
	ck_assert_uint_eq(logs, 1);
	assert_code(verify(&s, 2), STELLA_CHAIN_INVALID);
	tear_down(&s);
}
END_TEST

START_TEST(a_log_that_is_listed_twice_is_one_log)
{
	struct setup s = set_up("v03.bundle.json", "public-good.root.json");
	struct stella_log twice[2] = { s.root->ctlogs[1], s.root->ctlogs[1] };

	assert_ok(stella_sct_verify(s.cert, s.issuer, twice, 2, 1, NULL));
	assert_code(stella_sct_verify(s.cert, s.issuer, twice, 2, 2, NULL), STELLA_CHAIN_INVALID);
	tear_down(&s);
}
END_TEST

START_TEST(extensions_are_part_of_what_is_signed)
{
	struct setup s = set_up("sct-extensions.bundle.json", "sct-extensions.root.json");

	assert_ok(verify(&s, 1));
	tear_down(&s);
}
END_TEST

START_TEST(another_issuer_or_log_or_no_log_is_no_help)
{
	struct setup s = set_up("v03.bundle.json", "public-good.root.json");

	assert_code(stella_sct_verify(s.cert, s.root->cas[1].certs[1], s.root->ctlogs, s.root->ctlog_count, 1, NULL),
		STELLA_CHAIN_INVALID);
	assert_code(stella_sct_verify(s.cert, s.issuer, s.root->ctlogs, 1, 1, NULL), STELLA_CHAIN_INVALID);
	assert_code(stella_sct_verify(s.cert, s.issuer, NULL, 0, 1, NULL), STELLA_CHAIN_INVALID);
	assert_code(stella_sct_verify(s.issuer, s.issuer, s.root->ctlogs, s.root->ctlog_count, 1, NULL),
		STELLA_CHAIN_INVALID);
	tear_down(&s);
}
END_TEST

START_TEST(the_log_must_have_been_valid)
{
	struct setup s = set_up("v03.bundle.json", "public-good.root.json");
	int64_t at = stella_cert_not_before(s.cert);

	s.root->ctlogs[1].window = (struct stella_window){ at - 60, at + 60 };
	assert_ok(verify(&s, 1));
	s.root->ctlogs[1].window = (struct stella_window){ INT64_MIN, at - 60 };
	assert_code(verify(&s, 1), STELLA_CHAIN_INVALID);
	s.root->ctlogs[1].window = (struct stella_window){ at + 60, INT64_MAX };
	assert_code(verify(&s, 1), STELLA_CHAIN_INVALID);
	tear_down(&s);
}
END_TEST

START_TEST(each_byte_of_the_certificate_counts)
{
	struct setup s = set_up("sct-extensions.bundle.json", "sct-extensions.root.json");
	struct stella_buf der = { 0 };
	size_t read = 0, end;

	stella_buf_put_span(&der, stella_cert_der(s.cert));
	end = (size_t)(stella_cert_tbs(s.cert).data - stella_cert_der(s.cert).data) + stella_cert_tbs(s.cert).size;
	for (size_t i = 0; i < end; i++) {
		struct setup other = s;

		der.data[i] ^= 1;
		if (!stella_cert_parse(&other.cert, stella_buf_span(&der))) {
			ck_assert_msg(verify(&other, 1) != NULL, "byte %zu changed and accepted", i);
			read++;
			stella_cert_free(other.cert);
		}
		der.data[i] ^= 1;
	}
	ck_assert_uint_gt(read, 500);
	stella_buf_free(&der);
	tear_down(&s);
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_test(t, a_certificate_of_a_known_log_verifies_once);
	tcase_add_test(t, a_log_that_is_listed_twice_is_one_log);
	tcase_add_test(t, extensions_are_part_of_what_is_signed);
	tcase_add_test(t, another_issuer_or_log_or_no_log_is_no_help);
	tcase_add_test(t, the_log_must_have_been_valid);
	tcase_add_test(t, each_byte_of_the_certificate_counts);
}
CHECK_MAIN("sct", fill)
