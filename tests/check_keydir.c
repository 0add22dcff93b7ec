/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "keydir.h"

#define ED "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
#define PEM "-----BEGIN PUBLIC KEY-----\n" ED "\n-----END PUBLIC KEY-----\n"
#define JWKS "{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\",\"kid\":\"k1\"}]}"
#define SSH "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINdamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea"
#define FIDO "sk-ssh-ed25519@openssh.com AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAAINdamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1EaAAAABHNzaDo="

static const struct stella_error *parse(struct stella_keydir *out, const char *text)
{
	return stella_keydir_parse(out, stella_span_str(text));
}

static void refuses(const char *text, enum stella_code code, const char *why)
{
	struct stella_keydir dir;
	const struct stella_error *err = parse(&dir, text);

	ck_assert_msg(err != NULL, "%s: taken", text);
	ck_assert_msg(err->code == code, "%s: %s", text, err->message);
	ck_assert_msg(strstr(err->message, why) != NULL, "%s: %s", text, err->message);
	ck_assert(!dir.items);
}

START_TEST(the_same_key_in_each_form_is_the_same_key)
{
	static const struct { const char *text; enum stella_keydir_form form; const char *label; } forms[] = {
		{ JWKS, STELLA_KEYDIR_JWKS, "k1" },
		{ "\n  " JWKS "\n", STELLA_KEYDIR_JWKS, "k1" },
		{ PEM, STELLA_KEYDIR_PEM, NULL },
		{ SSH, STELLA_KEYDIR_SSH, NULL },
		{ SSH " ci at example\n", STELLA_KEYDIR_SSH, "ci at example" },
		{ "# ours\r\n\r\n" SSH " ci\r\n", STELLA_KEYDIR_SSH, "ci" },
	};
	struct stella_sha256 first = { { 0 } };

	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
		struct stella_keydir dir;

		assert_ok(parse(&dir, forms[i].text));
		ck_assert_int_eq(dir.form, forms[i].form);
		ck_assert_uint_eq(dir.count, 1);
		ck_assert_int_eq(dir.items[0].alg, STELLA_SIG_ED25519);
		ck_assert(dir.items[0].expires == INT64_MIN);
		if (forms[i].label)
			ck_assert_str_eq(dir.items[0].label, forms[i].label);
		else
			ck_assert_ptr_null(dir.items[0].label);
		if (i == 0)
			first = *stella_pubkey_id(dir.items[0].key);
		ck_assert_ptr_eq(stella_keydir_find(&dir, &first), &dir.items[0]);
		first.bytes[0] ^= 1;
		ck_assert_ptr_null(stella_keydir_find(&dir, &first));
		first.bytes[0] ^= 1;
		stella_keydir_free(&dir);
	}
	ck_assert_str_eq(stella_keydir_form_name(STELLA_KEYDIR_JWKS), "JWK set");
	ck_assert_str_eq(stella_keydir_form_name(STELLA_KEYDIR_PEM), "PEM");
	ck_assert_str_eq(stella_keydir_form_name(STELLA_KEYDIR_SSH), "OpenSSH keys");
}
END_TEST

START_TEST(a_fido_key_is_left_out)
{
	struct stella_keydir dir;

	assert_ok(parse(&dir, FIDO "\n" SSH "\n"));
	ck_assert_uint_eq(dir.count, 1);
	ck_assert_uint_eq(dir.left_out, 1);
	stella_keydir_free(&dir);
}
END_TEST

START_TEST(what_is_no_list_of_keys_is_refused)
{
	refuses("", STELLA_MALFORMED, "no list of keys");
	refuses("<!DOCTYPE html><html>", STELLA_MALFORMED, "it begins with \"<!DOCTYPE html><html>\"");
	refuses("not found", STELLA_MALFORMED, "no list of keys");
	refuses("[" JWKS "]", STELLA_MALFORMED, "no list of keys");
	refuses("\xef\xbb\xbf" JWKS, STELLA_MALFORMED, "no list of keys");
	refuses("\x1f\x8b\x08", STELLA_MALFORMED, "no list of keys");
	refuses("text first\n" PEM, STELLA_MALFORMED, "no list of keys");
}
END_TEST

START_TEST(all_of_it_is_read_strictly)
{
	refuses(JWKS PEM, STELLA_MALFORMED, "JWK set");
	refuses(PEM PEM, STELLA_MALFORMED, "keys 0 and 1 are the same key");
	refuses(PEM "-----BEGIN PUBLIC KEY-----\n", STELLA_MALFORMED, "PEM block 1");
	refuses("-----BEGIN PRIVATE KEY-----\n" ED "\n-----END PRIVATE KEY-----\n", STELLA_MALFORMED, "a PRIVATE key is published here");
	refuses("-----BEGIN OPENSSH PRIVATE KEY-----\n" ED "\n-----END OPENSSH PRIVATE KEY-----\n", STELLA_MALFORMED, "PRIVATE key");
	refuses("-----BEGIN X509 CRL-----\n" ED "\n-----END X509 CRL-----\n", STELLA_MALFORMED, "\"X509 CRL\", expected");
	refuses("-----BEGIN CERTIFICATE-----\n" ED "\n-----END CERTIFICATE-----\n", STELLA_MALFORMED, "PEM block 0");
	refuses(SSH "\n" SSH "\n", STELLA_MALFORMED, "are the same key");
	refuses("# x\ncommand=\"/bin/sh\" " SSH "\n", STELLA_MALFORMED, "line 2");
	refuses(SSH "\nssh-dss AAAAB3NzaC1kc3M=\n", STELLA_ALGORITHM_UNSUPPORTED, "line 2");
	refuses("ssh-ed25519  AAAA\n", STELLA_MALFORMED, "line 1");
}
END_TEST

START_TEST(there_is_an_end_to_its_size)
{
	struct stella_buf text = { 0 };
	struct stella_keydir dir;

	while (text.size <= STELLA_KEYDIR_MAX)
		stella_buf_put_str(&text, "# comment after comment after comment after comment\n");
	assert_code(stella_keydir_parse(&dir, stella_buf_span(&text)), STELLA_LIMIT);
	text.size = 520;
	assert_ok(stella_keydir_parse(&dir, stella_buf_span(&text)));
	ck_assert_uint_eq(dir.count, 0);
	stella_keydir_free(&dir);
	stella_buf_free(&text);
}
END_TEST

static void fill(TCase *tcase)
{
	tcase_add_test(tcase, the_same_key_in_each_form_is_the_same_key);
	tcase_add_test(tcase, a_fido_key_is_left_out);
	tcase_add_test(tcase, what_is_no_list_of_keys_is_refused);
	tcase_add_test(tcase, all_of_it_is_read_strictly);
	tcase_add_test(tcase, there_is_an_end_to_its_size);
}

CHECK_MAIN("keydir", fill)
