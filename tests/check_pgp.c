/* SPDX-License-Identifier: Apache-2.0 */
/* Signatures and certificates as gpg makes them, from tests/data/openpgp. */
#include "pgp.h"
#include "data.h"

#include <string.h>

static const struct stella_error *parse_signature(struct stella_pgp_signature *out, const char *name)
{
	struct stella_buf bytes = read_data("openpgp", name);
	const struct stella_error *err = stella_pgp_signature_parse(out, stella_buf_span(&bytes));

	stella_buf_free(&bytes);
	return err;
}

static const struct stella_error *parse_cert(struct stella_pgp_cert *out, const char *name)
{
	struct stella_buf text = read_data("openpgp", name), bytes = { 0 };
	const struct stella_error *err;

	assert_ok(stella_pgp_dearmor(&bytes, stella_buf_span(&text), STELLA_PGP_CERT_LABEL));
	err = stella_pgp_cert_parse(out, stella_buf_span(&bytes));
	stella_buf_free(&bytes);
	stella_buf_free(&text);
	return err;
}

static void assert_said(const struct stella_error *err, enum stella_code code, const char *text)
{
	ck_assert_msg(err && err->code == code && strstr(err->message, text), "%s, expected %s", err ? err->message : "taken", text);
}

START_TEST(a_signature_says_when_and_by_whom)
{
	static const char *const names[] = {
		"ed25519.sig", "rsa.sig", "p256.sig", "sha512.sig", "notation.sig", "subkey.sig",
	};
	struct stella_pgp_signature sig;

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		assert_ok(parse_signature(&sig, names[i]));
		ck_assert_int_eq(sig.created, 1788220800);
		ck_assert_uint_eq(sig.issuer_size, 20);
	}
	assert_ok(parse_signature(&sig, "sha512.sig"));
	ck_assert_int_eq(sig.hash, STELLA_HASH_SHA512);
}
END_TEST

START_TEST(what_must_not_count_is_refused)
{
	static const struct {
		const char *name;
		enum stella_code code;
		const char *text;
	} rows[] = {
		{ "sha1.sig", STELLA_ALGORITHM_UNSUPPORTED, "hash 2" },
		{ "ripemd160.sig", STELLA_ALGORITHM_UNSUPPORTED, "hash 3" },
		{ "dsa.sig", STELLA_ALGORITHM_UNSUPPORTED, "public key algorithm 17" },
		{ "text.sig", STELLA_ALGORITHM_UNSUPPORTED, "signature of type 1" },
		{ "expires.sig", STELLA_MALFORMED, "a signature that expires" },
		{ "critical-notation.sig", STELLA_ALGORITHM_UNSUPPORTED, "critical subpacket 20" },
		{ "two.sig", STELLA_MALFORMED, "more than one signature packet" },
		{ "message", STELLA_MALFORMED, "not a signature packet" },
		{ "subkeys.gpg", STELLA_MALFORMED, "not a signature packet" },
	};
	struct stella_pgp_signature sig;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		assert_said(parse_signature(&sig, rows[i].name), rows[i].code, rows[i].text);
}
END_TEST

/* Version, type, algorithm and hash stand at fixed places behind the header of two octets. */
START_TEST(other_types_versions_and_hashes_are_refused)
{
	static const struct {
		size_t at;
		uint8_t value;
	} rows[] = {
		{ 2, 3 }, { 2, 5 }, { 2, 6 }, { 3, 0x01 }, { 3, 0x02 }, { 3, 0x10 }, { 3, 0x18 }, { 3, 0x50 }, { 4, 2 }, { 4, 16 },
		{ 4, 17 }, { 4, 27 }, { 5, 1 }, { 5, 2 }, { 5, 3 }, { 5, 11 }, { 5, 12 }, { 5, 0 },
	};
	struct stella_buf bytes = read_data("openpgp", "ed25519.sig");
	struct stella_pgp_signature sig;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		uint8_t old = bytes.data[rows[i].at];

		bytes.data[rows[i].at] = rows[i].value;
		ck_assert_msg(stella_pgp_signature_parse(&sig, stella_buf_span(&bytes)) != NULL, "byte %zu: %u", rows[i].at,
			rows[i].value);
		bytes.data[rows[i].at] = old;
	}
	for (size_t size = 0; size < bytes.size - 40; size++)
		ck_assert(stella_pgp_signature_parse(&sig, stella_span(bytes.data, size)) != NULL);
	assert_ok(stella_pgp_signature_parse(&sig, stella_buf_span(&bytes)));
	stella_buf_free(&bytes);
}
END_TEST

START_TEST(a_certificate_has_the_keys_that_could_sign)
{
	static const struct {
		const char *name;
		size_t keys;
	} rows[] = { { "ed25519.asc", 1 }, { "rsa.asc", 1 }, { "p256.asc", 1 }, { "subkeys.asc", 4 }, { "revoked.asc", 1 } };
	struct stella_pgp_cert cert;
	char user[64];

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		assert_ok(parse_cert(&cert, rows[i].name));
		ck_assert_uint_eq(cert.key_count, rows[i].keys);
		snprintf(user, sizeof user, "%.*s <", (int)(strlen(rows[i].name) - 4), rows[i].name);
		ck_assert(strncmp(cert.user_id, user, strlen(user)) == 0);
		stella_pgp_cert_free(&cert);
	}
	assert_ok(parse_cert(&cert, "rsa.asc"));
	ck_assert_int_eq(stella_pubkey_type(cert.keys[0]), STELLA_KEY_RSA);
	ck_assert_uint_eq(stella_pubkey_bits(cert.keys[0]), 2048);
	stella_pgp_cert_free(&cert);
}
END_TEST

START_TEST(weak_certificates_are_refused)
{
	struct stella_pgp_cert cert;

	assert_said(parse_cert(&cert, "weak.asc"), STELLA_ALGORITHM_UNSUPPORTED, "1024");
	assert_said(parse_cert(&cert, "dsa.asc"), STELLA_ALGORITHM_UNSUPPORTED, "public key algorithm 17");
	assert_said(parse_cert(&cert, "sha1cert.asc"), STELLA_ALGORITHM_UNSUPPORTED, "hash 2");
}
END_TEST

START_TEST(a_certificate_is_one_and_whole)
{
	struct stella_buf one = read_data("openpgp", "subkeys.gpg"), two = { 0 }, sig = read_data("openpgp", "ed25519.sig");
	struct stella_pgp_cert cert;

	assert_ok(stella_pgp_cert_parse(&cert, stella_buf_span(&one)));
	stella_pgp_cert_free(&cert);
	stella_buf_put_span(&two, stella_buf_span(&one));
	stella_buf_put_span(&two, stella_buf_span(&one));
	assert_said(stella_pgp_cert_parse(&cert, stella_buf_span(&two)), STELLA_MALFORMED, "more than one certificate");
	assert_said(stella_pgp_cert_parse(&cert, stella_buf_span(&sig)), STELLA_MALFORMED, "does not begin with a public key");
	assert_said(stella_pgp_cert_parse(&cert, stella_span("", 0)), STELLA_MALFORMED, "nothing in it");
	assert_said(stella_pgp_cert_parse(&cert, stella_span(one.data, one.size - 1)), STELLA_MALFORMED, "cut off");
	stella_buf_free(&one);
	stella_buf_free(&two);
	stella_buf_free(&sig);
}
END_TEST

static const struct stella_error *dearmor(const char *text)
{
	struct stella_buf out = { 0 };
	const struct stella_error *err = stella_pgp_dearmor(&out, stella_span_str(text), STELLA_PGP_SIGNATURE_LABEL);

	ck_assert(!err || !out.size);
	stella_buf_free(&out);
	return err;
}

#define BEGIN "-----BEGIN PGP SIGNATURE-----\n"
#define END "-----END PGP SIGNATURE-----\n"

START_TEST(the_armour_is_exact)
{
	struct stella_buf text = read_data("openpgp", "ed25519.armored"), wanted = read_data("openpgp", "ed25519.sig"), out = { 0 };

	assert_ok(stella_pgp_dearmor(&out, stella_buf_span(&text), STELLA_PGP_SIGNATURE_LABEL));
	ck_assert_uint_eq(out.size, wanted.size);
	assert_ok(dearmor(BEGIN "\nYQ==\n" END));
	assert_ok(dearmor("-----BEGIN PGP SIGNATURE-----\r\n\r\nYQ==\r\n-----END PGP SIGNATURE-----\r\n"));
	assert_code(dearmor(BEGIN "\nYQ==\n=AAAA\n" END), STELLA_MALFORMED);       /* checksum */
	assert_code(dearmor(BEGIN "YQ==\n" END), STELLA_MALFORMED);                /* no empty line */
	assert_code(dearmor(BEGIN "\nYQ=\n" END), STELLA_MALFORMED);
	assert_code(dearmor(BEGIN "\nY Q==\n" END), STELLA_MALFORMED);
	assert_code(dearmor(BEGIN "\nYQ==\n\n" END), STELLA_MALFORMED);
	assert_code(dearmor(BEGIN "\nYQ==\n" END "x"), STELLA_MALFORMED);
	assert_code(dearmor(BEGIN "\nYQ==\n" END BEGIN "\nYQ==\n" END), STELLA_MALFORMED);
	assert_code(dearmor("x\n" BEGIN "\nYQ==\n" END), STELLA_MALFORMED);
	assert_code(dearmor(BEGIN "\nYQ==\n"), STELLA_MALFORMED);
	assert_code(dearmor("-----BEGIN PGP MESSAGE-----\n\nYQ==\n-----END PGP MESSAGE-----\n"), STELLA_MALFORMED);
	assert_code(dearmor(""), STELLA_MALFORMED);
	stella_buf_free(&text);
	stella_buf_free(&wanted);
	stella_buf_free(&out);
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_test(t, a_signature_says_when_and_by_whom);
	tcase_add_test(t, what_must_not_count_is_refused);
	tcase_add_test(t, other_types_versions_and_hashes_are_refused);
	tcase_add_test(t, a_certificate_has_the_keys_that_could_sign);
	tcase_add_test(t, weak_certificates_are_refused);
	tcase_add_test(t, a_certificate_is_one_and_whole);
	tcase_add_test(t, the_armour_is_exact);
}

CHECK_MAIN("pgp", fill)
