/* SPDX-License-Identifier: Apache-2.0 */
/* The extensions of real certificates, and each of their bytes changed. */
#include "fulcio.h"

#include "check.h"
#include "sigstore_data.h"

#define MAIN "refs/heads/main"
#define ISSUER "https://token.actions.githubusercontent.com"

/* The leaf of a bundle, with its one ith OLD as NEW of the same length; yours. */
static struct stella_cert *leaf_with(const char *bundle_name, struct stella_span old, struct stella_span new, size_t which)
{
	struct stella_bundle *bundle;
	struct stella_cert *cert;
	struct stella_buf der = { 0 };
	size_t found = 0;

	assert_ok(stella_bundle_parse(&bundle, load_json(bundle_name)));
	stella_buf_put_span(&der, stella_buf_span(&bundle->certs[0]));
	ck_assert_uint_eq(old.size, new.size);
	for (size_t i = 0; old.size && i + old.size <= der.size; i++)
		if (!memcmp(der.data + i, old.data, old.size) && found++ == which)
			memcpy(der.data + i, new.data, new.size);
	ck_assert(!old.size || found > which);
	assert_ok(stella_cert_parse(&cert, stella_buf_span(&der)));
	stella_buf_free(&der);
	stella_bundle_free(bundle);
	return cert;
}

static struct stella_cert *leaf_of(const char *bundle)
{
	return leaf_with(bundle, stella_span(NULL, 0), stella_span(NULL, 0), 0);
}

/* v03's leaf with that change: NULL where it is refused with code. */
static struct stella_fulcio *parse_with(const char *old, const char *new, size_t size, size_t which, const char *message)
{
	struct stella_cert *cert = leaf_with("v03.bundle.json", stella_span(old, size), stella_span(new, size), which);
	struct stella_fulcio *fulcio;
	const struct stella_error *err = stella_fulcio_parse(&fulcio, cert);

	if (message) {
		assert_code(err, STELLA_MALFORMED);
		ck_assert_msg(strstr(err->message, message) != NULL, "%s", err->message);
		ck_assert_ptr_null(fulcio);
	} else {
		assert_ok(err);
	}
	stella_cert_free(cert);
	return fulcio;
}

START_TEST(a_certificate_of_a_workflow_says_what_was_built_where)
{
	struct stella_cert *cert = leaf_of("v03.bundle.json");
	struct stella_fulcio *f;

	assert_ok(stella_fulcio_parse(&f, cert));
	ck_assert_str_eq(stella_fulcio_oidc_issuer(f), ISSUER);
	ck_assert_str_eq(f->values[1], ISSUER);
	ck_assert_str_eq(f->values[2], "workflow_dispatch");
	ck_assert_str_eq(f->values[6], MAIN);
	ck_assert_ptr_null(f->values[7]);
	ck_assert_str_eq(f->values[11], "github-hosted");
	ck_assert_str_eq(f->values[12], "https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon");
	ck_assert_str_eq(f->values[14], MAIN);
	ck_assert_str_eq(f->values[20], "workflow_dispatch");
	ck_assert_str_eq(f->values[22], "public");
	ck_assert_ptr_null(f->values[23]);
	ck_assert_ptr_null(f->values[24]);
	stella_fulcio_free(f);
	stella_cert_free(cert);
}
END_TEST

START_TEST(a_certificate_without_any_says_nothing)
{
	struct stella_trustroot *root = load_root("public-good.root.json");
	struct stella_fulcio *f;

	assert_ok(stella_fulcio_parse(&f, root->cas[0].certs[0]));
	for (unsigned i = 0; i < STELLA_FULCIO_ARCS; i++)
		ck_assert_ptr_null(f->values[i]);
	ck_assert_ptr_null(stella_fulcio_oidc_issuer(f));
	stella_fulcio_free(f);
	stella_trustroot_free(root);
}
END_TEST

START_TEST(each_arc_has_its_names_and_is_found_by_them)
{
	unsigned arc;

	ck_assert_ptr_null(stella_fulcio_name(0));
	ck_assert_ptr_null(stella_fulcio_name(7));
	ck_assert_ptr_null(stella_fulcio_name(STELLA_FULCIO_ARCS));
	for (unsigned i = 1; i < STELLA_FULCIO_ARCS; i++) {
		if (i == 7)
			continue;
		ck_assert(stella_fulcio_find(&arc, stella_fulcio_name(i)) && arc == i);
		ck_assert(stella_fulcio_find_any(&arc, stella_fulcio_name(i)) && arc == i);
		ck_assert(stella_fulcio_find_any(&arc, stella_fulcio_json_name(i)) && arc == i);
	}
	ck_assert(stella_fulcio_find_any(&arc, "source-repository-ref") && arc == 14);
	ck_assert(stella_fulcio_find_any(&arc, "sourceRepositoryVisibilityAtSigning") && arc == 22);
	ck_assert(stella_fulcio_find_any(&arc, "1.3.6.1.4.1.57264.1.24") && arc == 24);
	ck_assert(!stella_fulcio_find(&arc, "source-repository-ref"));
	ck_assert(!stella_fulcio_find_any(&arc, "source repository ref"));
	ck_assert(!stella_fulcio_find_any(&arc, "Source_repository_ref"));
	ck_assert(!stella_fulcio_find_any(&arc, "1.3.6.1.4.1.57264.1.7"));
	ck_assert(!stella_fulcio_find_any(&arc, "1.3.6.1.4.1.57264.1.25"));
	ck_assert(!stella_fulcio_find_any(&arc, ""));
}
END_TEST

#define OID "\x2b\x06\x01\x04\x01\x83\xbf\x30\x01"

START_TEST(an_arc_means_what_its_number_says)
{
	struct stella_fulcio *f = parse_with(OID "\x16", OID "\x18", 10, 0, NULL);

	ck_assert_ptr_null(f->values[22]);
	ck_assert_str_eq(f->values[24], "public");
	stella_fulcio_free(f);
	f = parse_with(OID "\x16", OID "\x19", 10, 0, NULL); /* 25: not known */
	ck_assert_ptr_null(f->values[22]);
	stella_fulcio_free(f);
}
END_TEST

START_TEST(two_issuers_that_differ_are_refused_and_one_is_enough)
{
	struct stella_fulcio *f;

	parse_with("https://token.a", "https://token.b", 15, 0, "two OIDC issuers");
	parse_with("https://token.a", "https://token.b", 15, 1, "two OIDC issuers");
	f = parse_with(OID "\x08", OID "\x19", 10, 0, NULL);
	ck_assert_ptr_null(f->values[8]);
	ck_assert_str_eq(stella_fulcio_oidc_issuer(f), ISSUER);
	stella_fulcio_free(f);
	f = parse_with(OID "\x01", OID "\x19", 10, 0, NULL);
	ck_assert_ptr_null(f->values[1]);
	ck_assert_str_eq(stella_fulcio_oidc_issuer(f), ISSUER);
	stella_fulcio_free(f);
}
END_TEST

START_TEST(a_value_is_one_string_of_plain_text)
{
	parse_with("\x0c\x06public", "\x13\x06public", 8, 0, "UTF8String");
	parse_with("\x0c\x06public", "\x0c\x05public", 8, 0, "UTF8String");
	parse_with("\x0c\x06public", "\x0c\x07public", 8, 0, "UTF8String");
	parse_with("\x0c\x06public", "\x0c\x06pu\0lic", 8, 0, "plain");
	parse_with("\x0c\x06public", "\x0c\x06pu\nlic", 8, 0, "plain");
	parse_with("\x0c\x06public", "\x0c\x06pu\xffxyz", 8, 0, "plain");
	parse_with("\x0c\x06public", "\x0c\x06pu\xc2\x85yz", 8, 0, "plain");
	parse_with("workflow_dispatch", "workflow\0dispatch", 17, 0, "github_workflow_trigger");
	parse_with("workflow_dispatch", "workflow\rdispatch", 17, 1, "build_trigger");
	/* a raw value is not decoded: what looks like DER there is control characters */
	parse_with("workflow_dispatch", "\x0c\x0fkflow_dispatch", 17, 0, "github_workflow_trigger");
	stella_fulcio_free(parse_with("\x0c\x06public", "\x0c\x06pu\xc3\xa4yz", 8, 0, NULL));
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_test(t, a_certificate_of_a_workflow_says_what_was_built_where);
	tcase_add_test(t, a_certificate_without_any_says_nothing);
	tcase_add_test(t, each_arc_has_its_names_and_is_found_by_them);
	tcase_add_test(t, an_arc_means_what_its_number_says);
	tcase_add_test(t, two_issuers_that_differ_are_refused_and_one_is_enough);
	tcase_add_test(t, a_value_is_one_string_of_plain_text);
}
CHECK_MAIN("fulcio", fill)
