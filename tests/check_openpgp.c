/* SPDX-License-Identifier: Apache-2.0 */
/* Whose signature is it: certificates and signatures of gpg, from tests/data/openpgp, through librnp. */
#include "openpgp.h"
#include "data.h"

#include <string.h>

static const struct stella_error *parse(struct stella_openpgp **out, const char *name)
{
	struct stella_buf text = read_data("openpgp", name), bytes = { 0 };
	const struct stella_error *err;

	assert_ok(stella_pgp_dearmor(&bytes, stella_buf_span(&text), STELLA_PGP_CERT_LABEL));
	err = stella_openpgp_parse(out, stella_buf_span(&bytes));
	stella_buf_free(&bytes);
	stella_buf_free(&text);
	return err;
}

static const struct stella_error *verify(const char *cert_name, const char *sig_name, const char *message)
{
	struct stella_buf sig = read_data("openpgp", sig_name);
	struct stella_openpgp *cert;
	const struct stella_error *err = parse(&cert, cert_name);

	if (!err)
		err = stella_openpgp_verify(cert, stella_buf_span(&sig), stella_span_str(message));
	stella_openpgp_free(cert);
	stella_buf_free(&sig);
	return err;
}

#define MESSAGE "what was signed\n"

START_TEST(a_certificate_is_named_by_its_primary_key)
{
	struct stella_openpgp *cert;

	assert_ok(parse(&cert, "subkeys.asc"));
	ck_assert_uint_eq(strlen(stella_openpgp_fingerprint(cert)), 40);
	ck_assert_uint_eq(strspn(stella_openpgp_fingerprint(cert), "0123456789ABCDEF"), 40);
	ck_assert_str_eq(stella_openpgp_user_id(cert), "subkeys <subkeys@example.org>");
	ck_assert_uint_eq(stella_openpgp_keys(cert)->key_count, 4);
	ck_assert(strlen(stella_openpgp_version()) > 0);
	stella_openpgp_free(cert);
}
END_TEST

START_TEST(what_gpg_signs_verifies)
{
	static const char *const rows[][2] = {
		{ "ed25519.asc", "ed25519.sig" }, { "rsa.asc", "rsa.sig" }, { "p256.asc", "p256.sig" }, { "rsa.asc", "sha512.sig" },
		{ "ed25519.asc", "notation.sig" }, { "subkeys.asc", "subkey.sig" }, { "subkeys.asc", "subkey-in-time.sig" },
		{ "short.asc", "short-in-time.sig" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct stella_error *err = verify(rows[i][0], rows[i][1], MESSAGE);

		ck_assert_msg(!err, "%s: %s", rows[i][1], err ? err->message : "");
		assert_code(verify(rows[i][0], rows[i][1], "what was signed"), STELLA_SIGNATURE_MISMATCH);
	}
}
END_TEST

START_TEST(what_does_not_count)
{
	static const struct {
		const char *cert, *sig;
		enum stella_code code;
	} rows[] = {
		{ "ed25519.asc", "rsa.sig", STELLA_KEY_UNKNOWN },
		{ "ed25519.asc", "other.sig", STELLA_KEY_UNKNOWN },
		{ "ed25519.asc", "subkey.sig", STELLA_KEY_UNKNOWN },
		{ "subkeys.asc", "subkey-revoked.sig", STELLA_KEY_REVOKED },
		{ "revoked.asc", "revoked.sig", STELLA_KEY_REVOKED },
		{ "late.asc", "late.sig", STELLA_KEY_EXPIRED },
		{ "rsa.asc", "sha1.sig", STELLA_ALGORITHM_UNSUPPORTED },
		{ "ed25519.asc", "text.sig", STELLA_ALGORITHM_UNSUPPORTED },
		{ "ed25519.asc", "two.sig", STELLA_MALFORMED },
		{ "ed25519.asc", "critical-notation.sig", STELLA_ALGORITHM_UNSUPPORTED },
		{ "weak.asc", "ed25519.sig", STELLA_ALGORITHM_UNSUPPORTED },
		{ "sha1cert.asc", "ed25519.sig", STELLA_ALGORITHM_UNSUPPORTED },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct stella_error *err = verify(rows[i].cert, rows[i].sig, MESSAGE);

		ck_assert_msg(err && err->code == rows[i].code, "%s by %s: %s", rows[i].sig, rows[i].cert, err ? err->message : "taken");
	}
}
END_TEST

/* A bit of what is hashed, or of the signature itself; the unhashed area names the key and may do without. */
START_TEST(a_changed_bit_is_refused)
{
	struct stella_buf sig = read_data("openpgp", "ed25519.sig");
	struct stella_openpgp *cert;

	assert_ok(parse(&cert, "ed25519.asc"));
	assert_ok(stella_openpgp_verify(cert, stella_buf_span(&sig), stella_span_str(MESSAGE)));
	for (size_t i = 2; i < sig.size; i++) {
		bool is_unhashed = i >= sig.size - 80 && i < sig.size - 66;

		sig.data[i] ^= 0x40;
		if (!is_unhashed)
			ck_assert_msg(stella_openpgp_verify(cert, stella_buf_span(&sig), stella_span_str(MESSAGE)) != NULL, "byte %zu", i);
		sig.data[i] ^= 0x40;
	}
	stella_openpgp_free(cert);
	stella_buf_free(&sig);
}
END_TEST

/* Where ed25519.sig has them (gpg --list-packets): the signed fingerprint, the size of the area that nobody signed, its key id. */
enum { AT_FINGERPRINT = 11, AT_UNHASHED = 0x3b, AT_KEY_ID = 0x3e };

START_TEST(a_wrong_hint_selects_nobody_else)
{
	struct stella_buf sig = read_data("openpgp", "ed25519.sig"), other = read_data("openpgp", "rsa.sig"), both = { 0 };
	struct stella_pgp_signature named;
	struct stella_openpgp *mine, *rsa;

	assert_ok(parse(&mine, "ed25519.asc"));
	assert_ok(parse(&rsa, "rsa.asc"));
	assert_ok(stella_pgp_signature_parse(&named, stella_buf_span(&other)));
	/* another fingerprint, where nobody signed it */
	stella_buf_put(&both, sig.data, AT_UNHASHED + 1);
	both.data[1] = (uint8_t)(both.data[1] + 23);
	both.data[AT_UNHASHED] = (uint8_t)(both.data[AT_UNHASHED] + 23);
	stella_buf_put(&both, "\x16\x21\x04", 3);
	stella_buf_put(&both, named.issuer, 20);
	stella_buf_put(&both, sig.data + AT_UNHASHED + 1, sig.size - AT_UNHASHED - 1);
	assert_ok(stella_openpgp_verify(mine, stella_buf_span(&both), stella_span_str(MESSAGE)));
	assert_code(stella_openpgp_verify(rsa, stella_buf_span(&both), stella_span_str(MESSAGE)), STELLA_KEY_UNKNOWN);
	/* another member's key id there: two are named, and it is neither's */
	memcpy(sig.data + AT_KEY_ID, named.issuer + 12, 8);
	assert_code(stella_openpgp_verify(mine, stella_buf_span(&sig), stella_span_str(MESSAGE)), STELLA_KEY_UNKNOWN);
	assert_code(stella_openpgp_verify(rsa, stella_buf_span(&sig), stella_span_str(MESSAGE)), STELLA_KEY_UNKNOWN);
	/* and the other's fingerprint, where it is signed: its key is looked at, and says no */
	memcpy(sig.data + AT_FINGERPRINT, named.issuer, 20);
	assert_code(stella_openpgp_verify(mine, stella_buf_span(&sig), stella_span_str(MESSAGE)), STELLA_KEY_UNKNOWN);
	assert_code(stella_openpgp_verify(rsa, stella_buf_span(&sig), stella_span_str(MESSAGE)), STELLA_SIGNATURE_MISMATCH);
	stella_buf_free(&sig);
	stella_buf_free(&other);
	stella_buf_free(&both);
	stella_openpgp_free(mine);
	stella_openpgp_free(rsa);
}
END_TEST

/* What verified once is not computed again; what differs in anything is. */
START_TEST(what_is_known_is_known_of_exactly_this)
{
	struct stella_buf sig = read_data("openpgp", "ed25519.sig");
	struct stella_openpgp *cert, *again, *other;

	assert_ok(parse(&cert, "ed25519.asc"));
	assert_ok(parse(&again, "ed25519.asc"));
	assert_ok(parse(&other, "other.asc"));
	ck_assert_str_eq(stella_openpgp_fingerprint(cert), stella_openpgp_fingerprint(again));
	for (unsigned i = 0; i < 3; i++) {
		assert_ok(stella_openpgp_verify(i ? again : cert, stella_buf_span(&sig), stella_span_str(MESSAGE)));
		assert_code(stella_openpgp_verify(again, stella_buf_span(&sig), stella_span_str("another\n")), STELLA_SIGNATURE_MISMATCH);
		assert_code(stella_openpgp_verify(other, stella_buf_span(&sig), stella_span_str(MESSAGE)), STELLA_KEY_UNKNOWN);
		sig.data[sig.size - 1] ^= 1;
		assert_code(stella_openpgp_verify(again, stella_buf_span(&sig), stella_span_str(MESSAGE)), STELLA_SIGNATURE_MISMATCH);
		sig.data[sig.size - 1] ^= 1;
	}
	stella_openpgp_free(cert);
	stella_openpgp_free(again);
	stella_openpgp_free(other);
	stella_buf_free(&sig);
}
END_TEST

START_TEST(without_librnp_it_says_so)
{
	struct stella_openpgp *cert;

	if (stella_openpgp_is_built())
		return;
	assert_code(parse(&cert, "ed25519.asc"), STELLA_POLICY_UNSUPPORTED);
	ck_assert_ptr_null(cert);
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_test(t, without_librnp_it_says_so);
	if (!stella_openpgp_is_built()) {
		puts("openpgp: NOT RUN but for the refusal: built without librnp");
		return;
	}
	tcase_add_test(t, a_certificate_is_named_by_its_primary_key);
	tcase_add_test(t, what_gpg_signs_verifies);
	tcase_add_test(t, what_does_not_count);
	tcase_add_test(t, a_changed_bit_is_refused);
	tcase_add_test(t, a_wrong_hint_selects_nobody_else);
	tcase_add_test(t, what_is_known_is_known_of_exactly_this);
}

CHECK_MAIN("openpgp", fill)
