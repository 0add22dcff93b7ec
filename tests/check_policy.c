/* SPDX-License-Identifier: Apache-2.0 */
/* policy.c and policy_find.c.  Every refusal is one change to a policy that is accepted. */
#include <stdio.h>

#include "check.h"
#include "encode.h"
#include "policy.h"
#include "testkeys.h"

static char *base; /* alice a1 and a2, bob b1, carol c1, mallory m1 */

/* $a1 in a template becomes the key line of a1. */
static char *expand(const char *template)
{
	struct stella_buf out = { 0 };

	for (; *template; template++) {
		char name[3] = "";

		if (*template != '$') {
			stella_buf_put_u8(&out, (uint8_t)*template);
			continue;
		}
		memcpy(name, template + 1, 2);
		stella_buf_put_str(&out, testkey_line(testkey_find(name)));
		template += 2;
	}
	return stella_buf_take_str(&out);
}

static void set_up(void)
{
	base = expand("{\"version\": 1, \"expires\": \"2027-01-01T00:00:00Z\", "
		"\"members\": {\"alice\": [\"$a1\", \"$a2\"], \"bob\": [\"$b1\"], \"carol\": [\"$c1\"], \"mallory\": [\"$m1\"]}, "
		"\"roles\": {\"root\": {\"members\": [\"alice\", \"bob\", \"carol\"], \"threshold\": 2}, "
		"\"docs\": {\"members\": [\"mallory\", \"bob\"], \"threshold\": 1}}, "
		"\"paths\": {\"issuers\": \"docs\", \"issuers/beta\": \"root\", \"README.md\": \"docs\"}}\n");
}

static void tear_down(void)
{
	free(base);
}

/* The base with the first (or each) place of one text replaced by another. */
static char *changed(const char *from, const char *to)
{
	char *find = expand(from), *put = expand(to), *at = strstr(base, find);
	struct stella_buf out = { 0 };

	ck_assert_msg(at != NULL, "%s is not in the base", find);
	stella_buf_put(&out, base, (size_t)(at - base));
	stella_buf_put_str(&out, put);
	stella_buf_put_str(&out, at + strlen(find));
	free(find);
	free(put);
	return stella_buf_take_str(&out);
}

static struct stella_policy *parsed(const char *text)
{
	struct stella_policy *policy;

	assert_ok(stella_policy_parse(&policy, stella_span_str(text)));
	return policy;
}

static void accepted(const char *from, const char *to)
{
	char *text = changed(from, to);

	stella_policy_free(parsed(text));
	free(text);
}

static void refused_as(enum stella_code code, const char *from, const char *to, const char *why)
{
	char *text = changed(from, to);
	struct stella_policy *policy;
	const struct stella_error *err = stella_policy_parse(&policy, stella_span_str(text));

	ck_assert_msg(err != NULL, "%s: accepted", to);
	ck_assert_msg(err->code == code, "%s: %s", to, err->message);
	ck_assert_msg(!why || strstr(err->message, why), "%s: %s", to, err->message);
	ck_assert_ptr_null(policy);
	free(text);
}

static void refused(const char *from, const char *to)
{
	refused_as(STELLA_MALFORMED, from, to, NULL);
}

START_TEST(a_policy_is_read_into_its_parts)
{
	struct stella_policy *policy = parsed(base);
	struct stella_pubkey *key;

	ck_assert_str_eq(policy->expires_text, "2027-01-01T00:00:00Z");
	ck_assert_int_eq(policy->expires, 1798761600);
	ck_assert_uint_eq(policy->member_count, 4);
	ck_assert_str_eq(policy->members[0].name, "alice");
	ck_assert_uint_eq(policy->members[0].key_count, 2);
	ck_assert_str_eq(policy->members[0].key_lines[1], testkey_line(testkey_find("a2")));
	ck_assert_uint_eq(policy->role_count, 2);
	ck_assert_str_eq(policy->roles[policy->root_role].name, "root");
	ck_assert_uint_eq(policy->roles[policy->root_role].threshold, 2);
	ck_assert_int_eq(stella_policy_member(policy, "carol"), 2);
	ck_assert_int_eq(stella_policy_member(policy, "dave"), -1);
	ck_assert_int_eq(stella_policy_find_role(policy, "docs"), 0);
	ck_assert_int_eq(stella_policy_find_role(policy, "doc"), -1);
	ck_assert(stella_role_has(&policy->roles[0], 1));
	ck_assert(!stella_role_has(&policy->roles[0], 0));
	for (size_t i = 0; i < TEST_KEY_COUNT; i++) {
		static const int holders[] = { 0, 0, 1, -1, 2, -1, -1, 3, -1, -1 };

		assert_ok(stella_pubkey_parse_ssh_line(&key, stella_span_str(testkey_line(i))));
		ck_assert_int_eq(stella_policy_holder(policy, key), holders[i]);
		stella_pubkey_free(key);
	}
	stella_policy_free(policy);
	stella_policy_free(NULL);
}
END_TEST

START_TEST(what_may_vary_is_accepted)
{
	accepted("\"threshold\": 2", "\"threshold\": 3");
	accepted("$a1", "$a1 alice@laptop (old)");
	accepted("$m1", "$b2");                                    /* ECDSA P-384 */
	accepted("\"paths\": {", "\"paths\": {\"policy.json\": \"root\", ");
	accepted("\"issuers/beta\"", "\"a+b/@c/d_e-f.g\"");
	accepted(", \"mallory\": [\"$m1\"]", ", \"mallory\": [\"$m1\"], \"zed.0_-\": [\"$x1\"]"); /* in no role */
	accepted("{\"version\"", " \t\r\n{\"version\"");
}
END_TEST

/* E1, E2: thresholds that cannot be, or that nobody has to meet. */
START_TEST(a_threshold_is_a_number_of_members)
{
	static const char *const bad[] = {
		"0", "-1", "4", "1.5", "\"2\"", "true", "null", "2.0", "2e0", "[2]", "4294967296", "4294967298",
		"18446744073709551618", "-0", "99999999999999999999", "{}",
	};
	char text[60];

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		snprintf(text, sizeof text, "\"threshold\": %s", bad[i]);
		refused("\"threshold\": 2", text);
	}
	refused(", \"threshold\": 2", "");
	refused("\"threshold\": 2", "\"threshold\": 2, \"threshold\": 1");
}
END_TEST

START_TEST(a_role_lists_members_once)
{
	refused_as(STELLA_MALFORMED, "[\"alice\", \"bob\", \"carol\"]", "[\"alice\", \"bob\", \"bob\"]", "twice");
	refused("[\"alice\", \"bob\", \"carol\"]", "[\"alice\", \"bob\", \"nobody\"]");
	refused("[\"alice\", \"bob\", \"carol\"]", "[\"alice\", \"bob\", 1]");
	refused("[\"alice\", \"bob\", \"carol\"]", "[]");
	refused("[\"alice\", \"bob\", \"carol\"]", "{\"alice\": 1, \"bob\": 2}");
	refused("{\"members\": [\"alice\", \"bob\", \"carol\"], \"threshold\": 2}", "[]");
	refused("\"root\": {\"members\"", "\"chiefs\": {\"members\"");
	refused("\"threshold\": 1}", "\"threshold\": 1, \"extra\": 1}");
	refused("\"docs\": {", "\"Docs\": {");
}
END_TEST

/* E7, E1: by key material, whatever the comment. */
START_TEST(a_key_belongs_to_one_member_once)
{
	refused_as(STELLA_MALFORMED, "$b1", "$a2", "alice and bob");
	refused_as(STELLA_MALFORMED, "$b1", "$a2 bob@desk", "alice and bob");
	refused_as(STELLA_MALFORMED, "$a2", "$a1 second", "alice: a key stands twice");
	refused("\"$b1\"", "\"$b1\", \"$m1\"");
}
END_TEST

/* E5, E4: keys that are weak or of a kind that is not allowed. */
START_TEST(keys_are_strong_and_of_an_allowed_kind)
{
	static const char *const bad[] = {
		"weak-rsa-1024", "", " $b1", "$b1\\n", "$b1\\u0000", "$b1\\u00e4", "$b1 caf\xc3\xa9", "$b1\\t",
		/* small order, and not reduced */
		"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIO7/////////////////////////////////////////",
		"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAEA", "ssh-ed25519", "ssh-dss AAAAB3NzaC1kc3MAAAAA",
		"ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIDPEEP4eF1EDRWmmcDUoFEq3f2wOgNujeI68fmWW9w4L",
		"ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQC1lq6pXlLGz8rkHhRj0Vd2v0yVq9pF8Hj8m8m0yqfQw7k2n0yXgq0Jt4Yl5mF3",
	};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		refused("$b1", bad[i]);
	refused("[\"$b1\"]", "[]");
	refused("[\"$b1\"]", "\"$b1\"");
	refused("[\"$b1\"]", "[1]");
	refused("[\"$b1\"]", "{}");
	refused("\"bob\": [", "\"Bob\": [");
	refused("\"bob\": [", "\"\": [");
	refused("\"bob\": [", "\"-bob\": [");
	refused("\"bob\": [", "\"b ob\": [");
}
END_TEST

/* H14: any field that is missing, of another type, or not known. */
START_TEST(the_schema_is_closed)
{
	refused("\"version\": 1, ", "");
	refused("\"expires\": \"2027-01-01T00:00:00Z\", ", "");
	refused("\"paths\": {", "\"paths\": [], \"pathz\": {");
	refused("\"roles\": {", "\"rolez\": {");
	refused("\"members\": {\"alice\"", "\"memberz\": {\"alice\"");
	refused("\"version\": 1", "\"version\": 1, \"extra\": {}");
	refused("\"version\": 1", "\"version\": 1, \"version\": 1");
	refused("\"version\": 1", "\"version\": 0");
	refused("\"version\": 1", "\"version\": -1");
	refused("\"version\": 1", "\"version\": true");
	refused("\"version\": 1", "\"version\": \"1\"");
	refused("\"version\": 1", "\"version\": 1.0");
	refused("\"version\": 1", "\"version\": null");
	refused("\"version\": 1", "\"Version\": 1");
	refused("{\"version\"", "[{\"version\"");
	refused("}}\n", "}\n");
	refused("}}\n", "}} x");
	refused("{\"version\"", "\xef\xbb\xbf{\"version\"");
	refused("\"2027-01-01T00:00:00Z\"", "1798761600");
}
END_TEST

START_TEST(the_expiry_is_one_text_of_a_day_that_exists)
{
	static const char *const bad[] = {
		"", "never", "2027-01-01", "2027-01-01T00:00:00", "2027-01-01T00:00:00+00:00", "2027-01-01t00:00:00z",
		"2027-02-29T00:00:00Z", "2027-13-01T00:00:00Z", "2027-01-01T24:00:00Z", "2027-01-01T00:60:00Z",
		"2027-01-01T00:00:60Z", "0000-01-01T00:00:00Z", "2027-1-1T0:0:0Z", "2027-01-01T00:00:00Z ", "2027-01-01 00:00:00Z",
	};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		refused("2027-01-01T00:00:00Z", bad[i]);
	accepted("2027-01-01T00:00:00Z", "2028-02-29T23:59:59Z");
	accepted("2027-01-01T00:00:00Z", "9999-12-31T23:59:59Z");
}
END_TEST

START_TEST(paths_are_whole_components_of_known_roles)
{
	static const char *const bad[] = { "", "/", "/issuers", "issuers/", "issuers//x", "a b", "issuers/*", "a\\\\b", "\\u00e4" };
	char text[40];

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		snprintf(text, sizeof text, "\"%s\": \"docs\"", bad[i]);
		refused("\"issuers\": \"docs\"", text);
	}
	refused("\"issuers\": \"docs\"", "\"issuers\": \"nobody\"");
	refused("\"issuers\": \"docs\"", "\"issuers\": 1");
	refused("\"issuers\": \"docs\"", "\"issuers\": [\"docs\"]");
	refused_as(STELLA_MALFORMED, "\"issuers\": \"docs\"", "\"policy.json\": \"docs\"", "can only be root's");
	refused("\"issuers\": \"docs\"", "\"issuers\": \"docs\", \"issuers\": \"root\"");
}
END_TEST

/* H13: a newer version may mean anything by the rest. */
START_TEST(a_newer_version_is_unknown_and_not_invalid)
{
	static const char *const newer[] = {
		"{\"version\": 2}", "{\"version\": 2, \"anything\": [1, {}]}", "{\"x\": 1.5, \"version\": 99999999999999999999}",
		"{\"version\": 2, \"members\": {}, \"expires\": false}\n",
	};
	static const char *const malformed[] = {
		"{\"version\": 2", "{\"version\": 2} {}", "{\"version\": 2, \"version\": 2}", "[{\"version\": 2}]",
		"{\"version\": 2, \"a\": {\"b\": 1, \"b\": 2}}", "{\"version\": 2.0}", "{\"version\": 2e0}", "{\"version\": \"2\"}",
		"{\"version\": 2, \"a\": \"\\ud800\"}", "{\"version\": 2, \"a\": NaN}", "{'version': 2}", "", "2", "{}",
	};
	struct stella_policy *policy;

	for (size_t i = 0; i < sizeof newer / sizeof *newer; i++)
		assert_code(stella_policy_parse(&policy, stella_span_str(newer[i])), STELLA_POLICY_UNSUPPORTED);
	for (size_t i = 0; i < sizeof malformed / sizeof *malformed; i++)
		assert_code(stella_policy_parse(&policy, stella_span_str(malformed[i])), STELLA_MALFORMED);
	refused_as(STELLA_POLICY_UNSUPPORTED, "\"version\": 1", "\"version\": 3", "needs a newer stella; this one knows 2");
}
END_TEST

/* A newer stella, or one built with OpenPGP, may know better: what is not valid in version 2 is unknown. */
START_TEST(version_2_is_version_1_and_more)
{
	accepted("\"version\": 1", "\"version\": 2");
	accepted("\"version\": 1", "\"version\": 2, \"roots\": {}");
	refused("\"version\": 1", "\"version\": 1, \"roots\": {}");
	refused("\"$b1\"", "{\"certificate\": \"\"}");
	refused_as(STELLA_POLICY_UNSUPPORTED, "\"version\": 1", "\"version\": 2, \"extra\": 1",
		"needs a newer stella, or is not valid: unknown key");
	refused_as(STELLA_POLICY_UNSUPPORTED, "\"version\": 1", "\"version\": 2, \"roots\": {\"a\": {}}", "root a:");
}
END_TEST

/* H6, H7. */
START_TEST(the_longest_prefix_of_whole_components_decides)
{
	static const struct { const char *path, *role; } cases[] = {
		{ "issuers/acme.json", "docs" }, { "issuers", "docs" }, { "issuers/beta", "root" }, { "issuers/beta/x/y", "root" },
		{ "issuers/beta2", "docs" }, { "issuers/be", "docs" }, { "issuers2/x", "root" }, { "issuer", "root" },
		{ "issuers.json", "root" }, { "README.md", "docs" }, { "README.md/x", "docs" }, { "README.mdx", "root" },
		{ "policy.json", "root" }, { "x", "root" }, { "docs/issuers/acme.json", "root" },
	};
	static const char *const order[] = {
		"\"issuers\": \"docs\", \"issuers/beta\": \"root\", \"README.md\": \"docs\"",
		"\"README.md\": \"docs\", \"issuers/beta\": \"root\", \"issuers\": \"docs\"",
		"\"issuers/beta\": \"root\", \"issuers\": \"docs\", \"README.md\": \"docs\"",
	};

	for (size_t n = 0; n < 3; n++) {
		char *text = changed(order[0], order[n]);
		struct stella_policy *policy = parsed(text);

		for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
			ck_assert_str_eq(policy->roles[stella_policy_role_of(policy, stella_span_str(cases[i].path))].name,
				cases[i].role);
		stella_policy_free(policy);
		free(text);
	}
}
END_TEST

START_TEST(the_policy_file_is_roots_even_under_a_prefix_of_its_name)
{
	char *text = changed("\"issuers\": \"docs\"", "\"policy.json/x\": \"docs\"");
	struct stella_policy *policy = parsed(text);

	ck_assert_uint_eq(stella_policy_role_of(policy, stella_span_str("policy.json")), policy->root_role);
	ck_assert_uint_ne(stella_policy_role_of(policy, stella_span_str("policy.json/x")), policy->root_role);
	stella_policy_free(policy);
	free(text);
}
END_TEST

/* Any one byte changed or taken away: refused, or still a policy with every property; never a crash. */
START_TEST(no_single_byte_makes_a_policy_without_a_quorum)
{
	size_t size = strlen(base), bad = 0;

	for (size_t i = 0; i < size; i++) {
		char *text = stella_strdup(base);
		struct stella_policy *policy;

		text[i] = text[i] == '0' ? '1' : '0';
		if (stella_policy_parse(&policy, stella_span_str(text))) {
			bad++;
		} else {
			for (size_t k = 0; k < policy->role_count; k++)
				ck_assert(policy->roles[k].threshold >= 1 && policy->roles[k].threshold <= policy->roles[k].member_count);
			stella_policy_free(policy);
		}
		memmove(text + i, text + i + 1, size - i);
		if (!stella_policy_parse(&policy, stella_span_str(text)))
			stella_policy_free(policy);
		free(text);
	}
	ck_assert_uint_gt(bad, size / 3);
}
END_TEST

/* ---------------------------------------------------------------- limits: at n, and at n + 1 */

START_TEST(a_policy_has_at_most_a_mebibyte)
{
	struct stella_buf text = { 0 };
	struct stella_policy *policy;

	stella_buf_put_str(&text, base);
	while (text.size < STELLA_POLICY_MAX)
		stella_buf_put_str(&text, " ");
	assert_ok(stella_policy_parse(&policy, stella_buf_span(&text)));
	stella_policy_free(policy);
	stella_buf_put_str(&text, " ");
	assert_code(stella_policy_parse(&policy, stella_buf_span(&text)), STELLA_LIMIT);
	stella_buf_free(&text);
}
END_TEST

/* Keys by counting: the x coordinate of a P-256 point cannot be counted, an RSA modulus can. */
static void put_members(struct stella_buf *out, unsigned count)
{
	struct stella_pubkey *key;

	assert_ok(stella_pubkey_parse_ssh_line(&key, stella_span_str(testkey_line(testkey_find("c1")))));
	for (unsigned i = 0; i < count; i++) {
		struct stella_buf blob = { 0 };

		stella_buf_put_span(&blob, stella_pubkey_ssh(key));
		blob.data[100] = (uint8_t)i;
		blob.data[101] = (uint8_t)(i >> 8);
		stella_buf_printf(out, ", \"m%u\": [\"ssh-rsa ", i);
		stella_base64_print(out, stella_buf_span(&blob));
		stella_buf_put_str(out, "\"]");
		stella_buf_free(&blob);
	}
	stella_pubkey_free(key);
}

START_TEST(a_policy_has_at_most_a_thousand_members)
{
	for (unsigned extra = 996; extra <= 997; extra++) {
		struct stella_buf text = { 0 };
		struct stella_policy *policy;
		const char *at = strstr(base, "}, \"roles\"");

		stella_buf_put(&text, base, (size_t)(at - base));
		put_members(&text, extra);
		stella_buf_put_str(&text, at);
		if (extra == 996) {
			assert_ok(stella_policy_parse(&policy, stella_buf_span(&text)));
			ck_assert_uint_eq(policy->member_count, 1000);
			stella_policy_free(policy);
		} else {
			assert_code(stella_policy_parse(&policy, stella_buf_span(&text)), STELLA_LIMIT);
		}
		stella_buf_free(&text);
	}
}
END_TEST

START_TEST(ids_are_short_lower_case_words)
{
	static const char *const good[] = { "a", "0", "alice", "a.b_c-d", "a0" };
	static const char *const bad[] = { "", "A", ".a", "-a", "_a", "a b", "a/b", "\xc3\xa9", "a\n" };
	char name[66];

	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		ck_assert(stella_id_valid(stella_span_str(good[i])));
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		ck_assert(!stella_id_valid(stella_span_str(bad[i])));
	memset(name, 'a', sizeof name);
	ck_assert(stella_id_valid(stella_span(name, 64)));
	ck_assert(!stella_id_valid(stella_span(name, 65)));
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, a_policy_is_read_into_its_parts);
	tcase_add_test(t, what_may_vary_is_accepted);
	tcase_add_test(t, a_threshold_is_a_number_of_members);
	tcase_add_test(t, a_role_lists_members_once);
	tcase_add_test(t, a_key_belongs_to_one_member_once);
	tcase_add_test(t, keys_are_strong_and_of_an_allowed_kind);
	tcase_add_test(t, the_schema_is_closed);
	tcase_add_test(t, the_expiry_is_one_text_of_a_day_that_exists);
	tcase_add_test(t, paths_are_whole_components_of_known_roles);
	tcase_add_test(t, a_newer_version_is_unknown_and_not_invalid);
	tcase_add_test(t, version_2_is_version_1_and_more);
	tcase_add_test(t, the_longest_prefix_of_whole_components_decides);
	tcase_add_test(t, the_policy_file_is_roots_even_under_a_prefix_of_its_name);
	tcase_add_test(t, no_single_byte_makes_a_policy_without_a_quorum);
	tcase_add_test(t, a_policy_has_at_most_a_mebibyte);
	tcase_add_test(t, a_policy_has_at_most_a_thousand_members);
	tcase_add_test(t, ids_are_short_lower_case_words);
}

CHECK_MAIN("policy", fill)
