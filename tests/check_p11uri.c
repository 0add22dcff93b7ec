/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "p11uri.h"

static const struct stella_error *parse(struct stella_p11uri **out, const char *text)
{
	const struct stella_error *err = stella_p11uri_parse(out, stella_span_str(text));

	ck_assert(!err == (*out != NULL));
	return err;
}

static void refuses(const char *text, const char *why)
{
	struct stella_p11uri *uri;
	const struct stella_error *err = parse(&uri, text);

	ck_assert_msg(err != NULL, "%s: taken", text);
	ck_assert_msg(err->code == STELLA_USAGE, "%s: %s", text, err->message);
	ck_assert_msg(strstr(err->message, why) != NULL, "%s: %s", text, err->message);
}

START_TEST(the_examples_of_the_rfc_that_name_an_object_are_taken)
{
	static const char *const texts[] = { /* RFC 7512 3 */
		"pkcs11:object=my-pubkey;type=public",
		"pkcs11:object=my-key;type=private?pin-source=file:/etc/token",
		"pkcs11:token=The%20Software%20PKCS%2311%20Softtoken;manufacturer=Snake%20Oil,%20Inc.;model=1.0;"
			"object=my-certificate;type=cert;id=%69%95%3E%5C%F4%BD%EC%91;serial=?pin-source=file:/etc/token_pin",
		"pkcs11:token=Software%20PKCS%2311%20softtoken;manufacturer=Snake%20Oil,%20Inc.",
		"pkcs11:object=my-sign-key;type=private?module-path=/usr/lib/libmypkcs11.so.1",
		"pkcs11:slot-description=Sun%20Metaslot",
	};

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct stella_p11uri *uri;
		const struct stella_error *err = parse(&uri, texts[i]);

		if (strstr(texts[i], "serial=?")) { /* the RFC allows an empty value; it says nothing */
			ck_assert(stella_error_is(err, STELLA_USAGE));
			continue;
		}
		ck_assert_msg(!err, "%s: %s", texts[i], err ? err->message : "");
		ck_assert_int_eq(uri->one_object, strstr(texts[i], "object=") != NULL);
		stella_p11uri_free(uri);
	}
}
END_TEST

START_TEST(the_parts_are_those_that_were_written)
{
	struct stella_p11uri *uri;

	assert_ok(parse(&uri, "pkcs11:token=a%20b;id=%00%01;type=private?pin-source=/run/pin&module-path=/lib/m.so"));
	ck_assert_str_eq(uri->path, "pkcs11:token=a%20b;id=%00%01;type=private");
	ck_assert_str_eq(uri->type, "private");
	ck_assert_str_eq(uri->pin_source, "/run/pin");
	ck_assert_str_eq(uri->module, "/lib/m.so");
	ck_assert(uri->one_object);
	stella_p11uri_free(uri);
	assert_ok(parse(&uri, "pkcs11:token=t?pin-source=file:///run/a%20b"));
	ck_assert_str_eq(uri->pin_source, "/run/a b");
	ck_assert_ptr_null(uri->type);
	ck_assert_ptr_null(uri->module);
	ck_assert(!uri->one_object);
	stella_p11uri_free(uri);
	ck_assert(stella_p11uri_is("pkcs11:"));
	ck_assert(!stella_p11uri_is("pkcs11"));
	ck_assert(!stella_p11uri_is("/home/pkcs11:x"));
}
END_TEST

START_TEST(a_pin_in_the_uri_is_refused_wherever_it_stands)
{
	refuses("pkcs11:token=t?pin-value=1234", "seen by everybody");
	refuses("pkcs11:token=t;pin-value=1234", "seen by everybody");
	refuses("pkcs11:pin-value=1234", "seen by everybody");
	refuses("pkcs11:token=t?module-path=/m.so&pin-value=", "seen by everybody");
}
END_TEST

START_TEST(nothing_runs_a_program_or_depends_on_where_one_stands)
{
	refuses("pkcs11:token=t?pin-source=|/usr/bin/pin", "a character that must be written with %");
	refuses("pkcs11:token=t?pin-source=%7C/usr/bin/pin", "expected the absolute path");
	refuses("pkcs11:token=t?pin-source=pin", "expected the absolute path");
	refuses("pkcs11:token=t?pin-source=file:pin", "expected the absolute path");
	refuses("pkcs11:token=t?pin-source=https://host/pin", "expected the absolute path");
	refuses("pkcs11:token=t?pin-source=file://host/pin", "expected the absolute path");
	refuses("pkcs11:token=t?module-path=m.so", "not an absolute path");
	refuses("pkcs11:token=t?module-name=softhsm", "not known here: \"module-name\"");
}
END_TEST

START_TEST(what_is_not_understood_is_refused)
{
	refuses("pkcs11:", "expected pkcs11:token=");
	refuses("pkcs11:?", "names nothing: \"pkcs11:?\"");
	refuses("pkcs11:?module-path=/m.so", "names nothing");
	refuses("PKCS11:token=t", "expected pkcs11:token=");
	refuses("pkcs11:token", "not known here: \"token\"");
	refuses("pkcs11:tokens=t", "not known here");
	refuses("pkcs11:token=", "no value for \"token\"");
	refuses("pkcs11:token=a;token=b", "given twice: \"token\"");
	refuses("pkcs11:x-vendor=a", "not known here");
	refuses("pkcs11:token=a;", "missing at its end");
	refuses("pkcs11:token=a;;object=b", "not known here");
	refuses("pkcs11:token=a b", "must be written with %");
	refuses("pkcs11:token=a%2", "not two hex digits");
	refuses("pkcs11:token=a%zz", "not two hex digits");
	refuses("pkcs11:token=a#b", "must be written with %");
	refuses("pkcs11:type=key", "type=key, expected private or cert");
	refuses("pkcs11:type=%00", "no text for \"type\"");
	refuses("pkcs11:token=a?pin-source=", "no text for \"pin-source\"");
	refuses("pkcs11:token=a?pin-source=/a&pin-source=/b", "given twice");
	refuses("pkcs11:token=a?pin-source=/a&", "missing at its end");
	refuses("pkcs11:token=a?token=b", "not known here");
}
END_TEST

START_TEST(a_nul_and_what_is_too_long_are_refused)
{
	struct stella_p11uri *uri;
	struct stella_buf text = { 0 };

	assert_code(stella_p11uri_parse(&uri, stella_span("pkcs11:token=a\0b", 16)), STELLA_USAGE);
	stella_buf_put_str(&text, "pkcs11:token=");
	while (text.size < STELLA_P11URI_MAX)
		stella_buf_put_str(&text, "a");
	assert_ok(stella_p11uri_parse(&uri, stella_buf_span(&text)));
	stella_p11uri_free(uri);
	stella_buf_put_str(&text, "a");
	assert_code(stella_p11uri_parse(&uri, stella_buf_span(&text)), STELLA_LIMIT);
	stella_buf_free(&text);
}
END_TEST

static void fill(TCase *tcase)
{
	tcase_add_test(tcase, the_examples_of_the_rfc_that_name_an_object_are_taken);
	tcase_add_test(tcase, the_parts_are_those_that_were_written);
	tcase_add_test(tcase, a_pin_in_the_uri_is_refused_wherever_it_stands);
	tcase_add_test(tcase, nothing_runs_a_program_or_depends_on_where_one_stands);
	tcase_add_test(tcase, what_is_not_understood_is_refused);
	tcase_add_test(tcase, a_nul_and_what_is_too_long_are_refused);
}

CHECK_MAIN("p11uri", fill)
