/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "x509_internal.h"

#define DIRECTORY_ACME "\x30\x0f\x31\x0d\x30\x0b\x06\x03\x55\x04\x0a\x0c\x04" "Acme"
#define DIRECTORY_ACME_BOB "\x30\x1d\x31\x0d\x30\x0b\x06\x03\x55\x04\x0a\x0c\x04" "Acme" \
	"\x31\x0c\x30\x0a\x06\x03\x55\x04\x03\x0c\x03" "Bob"
#define DIRECTORY_ACME_LOWER "\x30\x0f\x31\x0d\x30\x0b\x06\x03\x55\x04\x0a\x0c\x04" "acme"

enum { PERMITTED, EXCLUDED };

static const struct stella_error *judge(bool excluded, uint8_t kind, struct stella_span base,
	struct stella_span name)
{
	struct stella_cert_subtree tree = { excluded, kind, base };
	struct stella_cert_name one = { .kind = kind, .value = name };
	struct stella_cert ca = { .subtrees = &tree, .subtree_count = 1 };
	struct stella_cert cert = { .names = &one, .name_count = 1 };
	char empty[] = "", ca_name[] = "CN=CA", text[] = "the name";

	ca.subject_text = ca_name;
	cert.subject_text = empty;
	one.text = text;
	return stella_cert_verify_names(&ca, &cert);
}

static const struct { uint8_t kind; const char *base, *name; char permitted, excluded; } cases[] = {
	/* + it may have the name, - it may not, ? not to be judged, so it may not */
#define EMAIL STELLA_NAME_EMAIL
	{ EMAIL, "example.org", "a@example.org", '+', '-' },
	{ EMAIL, "example.org", "a@EXAMPLE.Org", '+', '-' },
	{ EMAIL, "Example.Org", "a@example.org", '+', '-' },
	{ EMAIL, "example.org", "a@sub.example.org", '-', '+' },
	{ EMAIL, "example.org", "a@badexample.org", '-', '+' },
	{ EMAIL, "example.org", "a@example.org.evil", '-', '+' },
	{ EMAIL, "example.org", "evil@example.org@example.com", '-', '+' },
	{ EMAIL, "example.org", "a@example.com@example.org", '+', '-' },
	{ EMAIL, ".example.org", "a@sub.example.org", '+', '-' },
	{ EMAIL, ".example.org", "a@b.sub.Example.org", '+', '-' },
	{ EMAIL, ".example.org", "a@example.org", '-', '+' },
	{ EMAIL, ".example.org", "a@badexample.org", '-', '+' },
	{ EMAIL, "a@example.org", "a@example.org", '+', '-' },
	{ EMAIL, "a@example.org", "a@Example.ORG", '+', '-' },
	{ EMAIL, "a@example.org", "A@example.org", '-', '-' },
	{ EMAIL, "a@example.org", "b@example.org", '-', '+' },
	{ EMAIL, "*@example.org", "b@example.org", '-', '+' },
	{ EMAIL, "a@example.org", "a@sub.example.org", '-', '+' },
	{ EMAIL, "a@.example.org", "a@sub.example.org", '?', '?' },
	{ EMAIL, "@example.org", "a@example.org", '?', '?' },
	{ EMAIL, "", "a@example.org", '?', '?' },
	{ EMAIL, "example.org", "example.org", '?', '?' },
	{ EMAIL, "example.org", "@example.org", '?', '?' },
	{ EMAIL, "example.org", "a@", '?', '?' },
	{ EMAIL, "example.org", "a@[127.0.0.1]", '?', '?' },
	{ EMAIL, "a@", "a@example.org", '?', '?' },
	{ EMAIL, "example-1_.AZaz09.org", "a@example-1_.azAZ09.org", '+', '-' },
	{ EMAIL, "example..org", "a@example..org", '?', '?' },
#define DNS STELLA_NAME_DNS
	{ DNS, "example.org", "example.org", '+', '-' },
	{ DNS, "example.org", "a.b.EXAMPLE.org", '+', '-' },
	{ DNS, "example.org", "badexample.org", '-', '+' },
	{ DNS, "example.org", "example.org.evil", '-', '+' },
	{ DNS, "example.org", "org", '-', '+' },
	{ DNS, "", "example.org", '+', '-' },
	{ DNS, ".example.org", "a.example.org", '?', '?' },
	{ DNS, "*.example.org", "a.example.org", '?', '?' },
	{ DNS, "example.org", "*.example.org", '+', '-' },
	{ DNS, "a.example.org", "*.example.org", '?', '?' },
	{ DNS, "a.example.org", "*.example.com", '-', '+' },
	{ DNS, "example.org", "a.*.example.org", '?', '?' },
	{ DNS, "example.org", "example.org.", '?', '?' },
	{ DNS, "example.org", ".example.org", '?', '?' },
	{ DNS, "example.org", "ex ample.org", '?', '?' },
#define URI STELLA_NAME_URI
	{ URI, "example.org", "https://example.org", '+', '-' },
	{ URI, "example.org", "https://EXAMPLE.org/a?b#c", '+', '-' },
	{ URI, "example.org", "https://example.org:8443/a", '+', '-' },
	{ URI, "example.org", "https://user:secret@example.org:8443/a", '+', '-' },
	{ URI, "example.org", "https://example.org/@example.com", '+', '-' },
	{ URI, "example.org", "https://example.org@example.com/", '-', '+' },
	{ URI, "example.org", "https://example.com/example.org", '-', '+' },
	{ URI, "example.org", "https://example.com?@example.org", '-', '+' },
	{ URI, "example.org", "https://example.com#@example.org", '-', '+' },
	{ URI, "example.org", "https://a.example.org/", '-', '+' },
	{ URI, "example.org", "https://badexample.org/", '-', '+' },
	{ URI, ".example.org", "https://a.example.org/", '+', '-' },
	{ URI, ".example.org", "spiffe://a.b.example.org/x", '+', '-' },
	{ URI, ".example.org", "https://example.org/", '-', '+' },
	{ URI, ".example.org", "https://badexample.org/", '-', '+' },
	{ URI, "", "https://example.org/", '?', '?' },
	{ URI, "example.org", "urn:example.org", '?', '?' },
	{ URI, "example.org", "example.org", '?', '?' },
	{ URI, "example.org", "https:/example.org", '?', '?' },
	{ URI, "example.org", "", '?', '?' },
	{ URI, "example.org", "mailto:a@b?c://example.org", '?', '?' },
	{ URI, "example.org", "https:///example.org", '?', '?' },
	{ URI, "example.org", "https://[::1]/", '?', '?' },
	{ URI, "example.org", "https://example.com\\@example.org.evil\\/", '?', '?' },
	{ URI, "example.org", "https://ex%61mple.org/", '?', '?' },
	{ URI, "https://example.org", "https://example.org/", '?', '?' },
#define DIRECTORY STELLA_NAME_DIRECTORY
	{ DIRECTORY, DIRECTORY_ACME, DIRECTORY_ACME, '+', '?' },
	{ DIRECTORY, DIRECTORY_ACME, DIRECTORY_ACME_BOB, '+', '?' },
	{ DIRECTORY, DIRECTORY_ACME_BOB, DIRECTORY_ACME, '-', '?' },
	{ DIRECTORY, DIRECTORY_ACME_LOWER, DIRECTORY_ACME, '-', '?' },
	{ DIRECTORY, "x", DIRECTORY_ACME, '?', '?' },
	{ DIRECTORY, DIRECTORY_ACME, "x", '?', '?' },
	{ 0, "other", "other", '?', '?' },      /* otherName */
	{ 7, "\x7f\x01\x01\x01\xff\xff\xff\xff", "\x7f\x01\x01\x01", '?', '?' }, /* address */
	{ 8, "\x2a\x03", "\x2a\x03", '?', '?' }, /* registered id */
};

static void assert_answer(size_t i, bool excluded, char wanted)
{
	const struct stella_error *err = judge(excluded, cases[i].kind, stella_span_str(cases[i].base),
		stella_span_str(cases[i].name));
	char answer = !err ? '+' : strstr(err->message, "cannot be judged") ? '?' : '-';

	ck_assert_msg(answer == wanted, "%s %s, %s: %c, not %c", excluded ? "excluded" : "permitted",
		cases[i].base, cases[i].name, answer, wanted);
	ck_assert(!err || err->code == STELLA_CHAIN_INVALID);
}

START_TEST(a_name_is_judged_by_the_constraint_of_its_kind)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_answer(i, false, cases[i].permitted);
		assert_answer(i, true, cases[i].excluded);
	}
}
END_TEST

START_TEST(a_constraint_says_nothing_of_other_kinds)
{
	struct stella_cert_subtree trees[] = {
		{ PERMITTED, EMAIL, stella_span_str("example.org") }, { EXCLUDED, 7, stella_span_str("\x7f") },
	};
	struct stella_cert_name names[] = { { .kind = URI, .value = stella_span_str("https://example.com/") } };
	char empty[] = "";
	struct stella_cert ca = { .subtrees = trees, .subtree_count = 2, .subject_text = empty };
	struct stella_cert cert = { .names = names, .name_count = 1, .subject_text = empty };

	assert_ok(stella_cert_verify_names(&ca, &cert));
}
END_TEST

START_TEST(one_permitted_is_enough_one_excluded_is_too_much)
{
	struct stella_cert_subtree trees[] = {
		{ PERMITTED, DNS, stella_span_str("example.org") },
		{ PERMITTED, DNS, stella_span_str("example.net") },
		{ EXCLUDED, DNS, stella_span_str("evil.example.net") },
	};
	static const struct { const char *name; bool good; } dns[] = {
		{ "a.example.org", true }, { "a.example.net", true },
		{ "a.evil.example.net", false }, { "example.com", false },
	};
	char empty[] = "";
	struct stella_cert ca = { .subtrees = trees, .subtree_count = 3, .subject_text = empty };

	for (size_t i = 0; i < sizeof dns / sizeof *dns; i++) {
		struct stella_cert_name name = { .kind = DNS, .value = stella_span_str(dns[i].name) };
		struct stella_cert cert = { .names = &name, .name_count = 1, .subject_text = empty };
		const struct stella_error *err = stella_cert_verify_names(&ca, &cert);

		ck_assert_msg(!err == dns[i].good, "%s", dns[i].name);
	}
}
END_TEST

START_TEST(the_subject_is_a_directory_name)
{
	struct stella_cert_subtree tree = { PERMITTED, DIRECTORY, stella_span_str(DIRECTORY_ACME) };
	char acme[] = "O=Acme", empty[] = "";
	struct stella_cert ca = { .subtrees = &tree, .subtree_count = 1, .subject_text = empty };
	struct stella_cert cert = { .subject_text = acme, .subject = stella_span_str(DIRECTORY_ACME) };
	const struct stella_error *err;

	assert_ok(stella_cert_verify_names(&ca, &cert));
	cert.subject = stella_span_str(DIRECTORY_ACME_LOWER);
	err = stella_cert_verify_names(&ca, &cert);
	ck_assert(stella_error_is(err, STELLA_CHAIN_INVALID) && strstr(err->message, "do not permit it: \"O=Acme\""));
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_test(t, a_name_is_judged_by_the_constraint_of_its_kind);
	tcase_add_test(t, a_constraint_says_nothing_of_other_kinds);
	tcase_add_test(t, one_permitted_is_enough_one_excluded_is_too_much);
	tcase_add_test(t, the_subject_is_a_directory_name);
}

CHECK_MAIN("x509_names", fill)
