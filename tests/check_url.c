/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "url.h"

START_TEST(what_may_be_fetched_from_is_taken_apart)
{
	static const struct { const char *text, *host, *path; unsigned port; bool file; } urls[] = {
		{ "https://ci.example.org/keys", "ci.example.org", "/keys", 443, false },
		{ "https://ci.example.org", "ci.example.org", "", 443, false },
		{ "https://ci.example.org:8443/a/b?c=d", "ci.example.org", "/a/b?c=d", 8443, false },
		{ "https://ci.example.org?x", "ci.example.org", "?x", 443, false },
		{ "https://127.0.0.1:1/", "127.0.0.1", "/", 1, false },
		{ "https://0.10.200.255/", "0.10.200.255", "/", 443, false },
		{ "https://127.0.0.1.example:1/", "127.0.0.1.example", "/", 1, false },
		{ "https://1a.2b/", "1a.2b", "/", 443, false },
		{ "https://a.0xg/", "a.0xg", "/", 443, false },
		{ "https://[::1]:65535/jwks.json", "::1", "/jwks.json", 65535, false },
		{ "https://[2001:db8::1]", "2001:db8::1", "", 443, false },
		{ "https://a/%20%41", "a", "/%20%41", 443, false },
		{ "file:///srv/keys.json", "", "/srv/keys.json", 0, true },
	};

	for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
		struct stella_url url;

		assert_ok(stella_url_parse(&url, urls[i].text));
		assert_span_is(url.host, urls[i].host);
		assert_span_is(url.path, urls[i].path);
		ck_assert_uint_eq(url.port, urls[i].port);
		ck_assert(url.file == urls[i].file);
	}
}
END_TEST

START_TEST(everything_else_is_refused)
{
	static const char *const texts[] = {
		"", "https:", "https:/a", "https://", "https:///keys", "http://ci.example.org/keys", "HTTPS://a/", "ftp://a/",
		"file:", "file://", "file:///", "file://host/keys", "file:keys", "file:///a%2f..", "file:///a?b", "data:,x",
		"scp://a/", "a/b", "https://user@a/", "https://user:pass@a/", "https://@a/", "https://a@b:443/", "https://A.example/",
		"https://a_b/", "https://-a/", "https://a-/", "https://.a/", "https://a./", "https://a:/", "https://a:0/",
		"https://a:00443/", "https://a:65536/", "https://a:123456/", "https://a:4 43/", "https://a:443x/", "https://[::1/",
		"https://[]/", "https://[::1]x/", "https://[::G]/", "https://::1/", "https://a/#b", "https://a/b c", "https://a/\tb",
		"https://a/\nb", "https://a\\b/", "https://a/\\b", "https://a/<b>", "https://a/\"b", "https://a/{b}", "https://a/|b",
		"https://a/^b", "https://a/`b", "https://\xc3\xa9/", "https://a/\xc3\xa9", "https://a/\x7f", " https://a/",
		"https://a%2e/", "https://a,b/", "https://a;b/",
		/* hosts that some would take for 127.0.0.1 */
		"https://127.1/", "https://0177.0.0.1/", "https://2130706433/", "https://0x7f.0.0.1/", "https://0x7f000001/",
		"https://127.0.0.01/", "https://127.0.0.256/", "https://1.127.0.0.1/", "https://127.0.1/", "https://127.0.0.0x1/",
		"https://a.1/", "https://a.0x/", "https://a..b/", "https://127..0.1/",
	};

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct stella_url url;
		const struct stella_error *err = stella_url_parse(&url, texts[i]);

		ck_assert_msg(err != NULL, "%s: taken", texts[i]);
		ck_assert_int_eq(err->code, STELLA_MALFORMED);
	}
}
END_TEST

START_TEST(a_long_one_is_refused)
{
	char text[STELLA_URL_MAX + 2] = "https://a/";
	struct stella_url url;

	memset(text + 10, 'x', STELLA_URL_MAX - 10);
	assert_ok(stella_url_parse(&url, text));
	text[STELLA_URL_MAX] = 'x';
	assert_code(stella_url_parse(&url, text), STELLA_MALFORMED);
}
END_TEST

START_TEST(an_origin_is_scheme_host_and_port)
{
	static const struct { const char *a, *b; bool same; } pairs[] = {
		{ "https://a/x", "https://a/y", true },
		{ "https://a/x", "https://a:443/y", true },
		{ "https://[::1]:8/x", "https://[::1]:8/", true },
		{ "https://a/x", "https://a:444/x", false },
		{ "https://a/x", "https://b/x", false },
		{ "https://a/x", "https://a.b/x", false },
		{ "https://a/x", "file:///x", false },
		{ "file:///x", "file:///x", false },
	};

	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
		struct stella_url a, b;

		assert_ok(stella_url_parse(&a, pairs[i].a));
		assert_ok(stella_url_parse(&b, pairs[i].b));
		ck_assert_msg(stella_url_same_origin(&a, &b) == pairs[i].same, "%s %s", pairs[i].a, pairs[i].b);
		ck_assert(stella_url_same_origin(&b, &a) == pairs[i].same);
	}
}
END_TEST

static void fill(TCase *tcase)
{
	tcase_add_test(tcase, what_may_be_fetched_from_is_taken_apart);
	tcase_add_test(tcase, everything_else_is_refused);
	tcase_add_test(tcase, a_long_one_is_refused);
	tcase_add_test(tcase, an_origin_is_scheme_host_and_port);
}

CHECK_MAIN("url", fill)
