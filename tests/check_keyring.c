/* SPDX-License-Identifier: Apache-2.0 */
#include "keyring.h"
#include "world.h"

#define TYPE "application/vnd.in-toto+json"
#define MESSAGE "what was signed"

static struct kit_key ed, other, ec, rsa;
static struct stella_evidence evidence;
static struct stella_dsse dsse;
static struct stella_report *report;
static struct stella_keyring *ring;

static void enter(void)
{
	world_enter();
	ed = KIT_ED25519;
	other = KIT_ED25519;
	ec = KIT_P256;
	rsa = KIT_RSA;
	evidence.dsse = &dsse;
	report = stella_report_new(&evidence, NOW);
}

static void leave(void)
{
	stella_keyring_free(ring);
	ring = NULL;
	stella_report_free(report);
	kit_key_free(&ed);
	kit_key_free(&other);
	kit_key_free(&ec);
	kit_key_free(&rsa);
	world_leave();
}

static struct stella_buf sign(const struct kit_key *key, gnutls_sign_algorithm_t alg)
{
	struct stella_buf sig = { 0 };
	char *text = kit_sign(key, alg, stella_span_str(MESSAGE));

	assert_ok(stella_base64_parse(&sig, stella_span_str(text), STELLA_BASE64_STRICT));
	free(text);
	return sig;
}

static const struct stella_error *find(const struct stella_key **out, const struct stella_key **named,
	const char *hint, const struct stella_buf *sig)
{
	stella_keyring_free(ring);
	ring = stella_keyring_new(world_shelf(), report);
	return stella_keyring_find(out, named, ring, hint, stella_span_str(MESSAGE), stella_buf_span(sig));
}

START_TEST(a_hint_is_hex_or_base64_of_the_key_id)
{
	struct stella_buf text = { 0 };
	char keyid[STELLA_SHA256_HEX], *base64;
	static const char *const bad[] = { "", "x", "SHA256:", "sha256:AAAA", "cosign.key",
		"0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF" };

	ck_assert(stella_keyring_hint(keyid, ed.id));
	ck_assert_str_eq(keyid, ed.id);
	stella_base64_print(&text, stella_span(stella_pubkey_id(ed.public_key)->bytes, 32));
	base64 = stella_buf_take_str(&text);
	ck_assert(stella_keyring_hint(keyid, base64));
	ck_assert_str_eq(keyid, ed.id);
	base64[strlen(base64) - 1] = '\0'; /* without padding */
	stella_buf_printf(&text, "SHA256:%s", base64);
	ck_assert(stella_keyring_hint(keyid, (char *)text.data));
	ck_assert_str_eq(keyid, ed.id);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		ck_assert_msg(!stella_keyring_hint(keyid, bad[i]), "%s", bad[i]);
	stella_buf_free(&text);
	free(base64);
}
END_TEST

START_TEST(a_key_is_found_with_any_hint_or_none)
{
	struct stella_buf sig = sign(&ed, GNUTLS_SIGN_EDDSA_ED25519);
	const char *hints[] = { NULL, "", ed.id, other.id, ec.id, "builder-1",
		"0000000000000000000000000000000000000000000000000000000000000000" };
	const struct stella_key *key, *named;

	world_put_key(&ed, "acme", NULL);
	world_put_key(&other, "acme", NULL);
	world_put_key(&ec, "acme", NULL);
	world_put_key(&rsa, "acme", NULL);
	for (size_t i = 0; i < sizeof hints / sizeof *hints; i++) {
		assert_ok(find(&key, &named, hints[i], &sig));
		ck_assert_str_eq(key->id, ed.id);
		ck_assert_str_eq(key->issuer, "acme");
	}
	stella_buf_free(&sig);
}
END_TEST

START_TEST(every_kind_of_key_is_tried_with_the_algorithm_of_its_record)
{
	const struct {
		const struct kit_key *key;
		gnutls_sign_algorithm_t alg;
	} rows[] = { { &ed, GNUTLS_SIGN_EDDSA_ED25519 }, { &ec, GNUTLS_SIGN_ECDSA_SHA256 }, { &rsa, GNUTLS_SIGN_RSA_SHA256 } };
	const struct stella_key *key, *named;
	struct stella_buf sig;

	world_put_key(&ed, "acme", NULL);
	world_put_key(&ec, "acme", NULL);
	world_put_key(&rsa, "acme", NULL);
	for (size_t i = 0; i < 3; i++) {
		sig = sign(rows[i].key, rows[i].alg);
		assert_ok(find(&key, &named, NULL, &sig));
		ck_assert_str_eq(key->id, rows[i].key->id);
		ck_assert_ptr_null(named);
		sig.data[sig.size - 1] ^= 1;
		assert_code(find(&key, &named, NULL, &sig), STELLA_KEY_UNKNOWN);
		assert_code(find(&key, &named, rows[i].key->id, &sig), STELLA_SIGNATURE_MISMATCH);
		ck_assert_str_eq(named->id, rows[i].key->id);
		ck_assert_ptr_null(key);
		stella_buf_free(&sig);
	}
}
END_TEST

static void say_pss(struct stella_key *record)
{
	record->algorithm = STELLA_SIG_PSS_SHA256;
}

START_TEST(another_padding_or_hash_than_the_record_has_is_not_taken)
{
	struct stella_buf pss = sign(&rsa, GNUTLS_SIGN_RSA_PSS_SHA256), pkcs1 = sign(&rsa, GNUTLS_SIGN_RSA_SHA256),
		sha384 = sign(&ec, GNUTLS_SIGN_ECDSA_SHA384);
	const struct stella_key *key, *named;

	world_put_key(&rsa, "acme", NULL);
	world_put_key(&ec, "acme", NULL);
	assert_ok(find(&key, &named, rsa.id, &pkcs1));
	assert_code(find(&key, &named, rsa.id, &pss), STELLA_ALGORITHM_UNSUPPORTED);
	assert_code(find(&key, &named, NULL, &pss), STELLA_KEY_UNKNOWN);
	assert_code(find(&key, &named, ec.id, &sha384), STELLA_ALGORITHM_UNSUPPORTED);
	world_put_key(&rsa, "acme", say_pss);
	assert_ok(find(&key, &named, rsa.id, &pss));
	assert_code(find(&key, &named, rsa.id, &pkcs1), STELLA_ALGORITHM_UNSUPPORTED);
	stella_buf_free(&pss);
	stella_buf_free(&pkcs1);
	stella_buf_free(&sha384);
}
END_TEST

START_TEST(a_key_that_is_not_there_is_unknown_and_a_record_that_cannot_be_used_is_named)
{
	struct stella_buf sig = sign(&ed, GNUTLS_SIGN_EDDSA_ED25519);
	const struct stella_key *key, *named;
	char path[128];

	assert_code(find(&key, &named, NULL, &sig), STELLA_KEY_UNKNOWN);
	assert_code(find(&key, &named, ed.id, &sig), STELLA_KEY_UNKNOWN);
	snprintf(path, sizeof path, "keys/%s.json", ed.id);
	world_put_key(&ed, "acme", NULL);
	world_put(path, stella_strdup("{\"version\":2}"));
	assert_code(find(&key, &named, ed.id, &sig), STELLA_KEY_UNKNOWN);
	ck_assert_int_eq(report->trouble.code, STELLA_POLICY_UNSUPPORTED);
	ck_assert_uint_eq(report->step_count, 1);
	ck_assert_str_eq(report->steps[0].object, path);
	world_put_key(&other, "acme", NULL);
	assert_code(find(&key, &named, NULL, &sig), STELLA_KEY_UNKNOWN);
	stella_buf_free(&sig);
}
END_TEST

/* A record at a time: its fields, and the answer. */
START_TEST(a_key_speaks_within_its_window_and_before_it_was_revoked)
{
	const struct {
		enum stella_key_status status;
		int64_t from, expires, revoked;
		enum stella_code code;
		bool good;
	} rows[] = {
		{ STELLA_KEY_ACTIVE, STELLA_TIME_NONE, STELLA_TIME_NONE, STELLA_TIME_NONE, 0, true },
		{ STELLA_KEY_ACTIVE, NOW, NOW, STELLA_TIME_NONE, 0, true },
		{ STELLA_KEY_ACTIVE, NOW + 1, NOW + 9, STELLA_TIME_NONE, STELLA_KEY_EXPIRED, false },
		{ STELLA_KEY_ACTIVE, STELLA_TIME_NONE, NOW - 1, STELLA_TIME_NONE, STELLA_KEY_EXPIRED, false },
		{ STELLA_KEY_RETIRED, STELLA_TIME_NONE, NOW + 1, NOW + 1, 0, true },
		{ STELLA_KEY_RETIRED, STELLA_TIME_NONE, NOW + 1, NOW, STELLA_KEY_EXPIRED, false },
		{ STELLA_KEY_RETIRED, STELLA_TIME_NONE, NOW + 1, STELLA_TIME_NONE, STELLA_KEY_EXPIRED, false },
		{ STELLA_KEY_RETIRED, STELLA_TIME_NONE, NOW - 1, NOW + 1, STELLA_KEY_EXPIRED, false },
		{ STELLA_KEY_REVOKED_STATUS, STELLA_TIME_NONE, STELLA_TIME_NONE, STELLA_TIME_NONE, STELLA_KEY_REVOKED, false },
		{ STELLA_KEY_REVOKED_STATUS, STELLA_TIME_NONE, STELLA_TIME_NONE, NOW, STELLA_KEY_REVOKED, false },
		{ STELLA_KEY_REVOKED_STATUS, STELLA_TIME_NONE, STELLA_TIME_NONE, NOW - 1, STELLA_KEY_REVOKED, false },
		{ STELLA_KEY_REVOKED_STATUS, STELLA_TIME_NONE, NOW - 1, NOW - 2, STELLA_KEY_REVOKED, false },
		{ STELLA_KEY_REVOKED_STATUS, STELLA_TIME_NONE, STELLA_TIME_NONE, NOW + 1, 0, true },
		{ STELLA_KEY_REVOKED_STATUS, STELLA_TIME_NONE, NOW - 1, NOW + 1, STELLA_KEY_EXPIRED, false },
	};
	char id[] = "k", reason[] = "stolen laptop";

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct stella_key key = { .id = id, .reason = reason, .status = rows[i].status, .valid_from = rows[i].from,
			.expires = rows[i].expires, .revoked_since = rows[i].revoked };

		if (rows[i].good)
			assert_ok(stella_key_verify_time(&key, NOW));
		else
			assert_code(stella_key_verify_time(&key, NOW), rows[i].code);
	}
}
END_TEST

START_TEST(keys_are_not_tried_without_end_and_named_ones_are_not_counted)
{
	const struct stella_key *key, *named;
	struct stella_buf sig = sign(&other, GNUTLS_SIGN_EDDSA_ED25519);

	world_put_key(&ed, "acme", NULL);
	assert_code(find(&key, &named, NULL, &sig), STELLA_KEY_UNKNOWN);
	for (unsigned i = 1; i < STELLA_KEY_TRIES_MAX; i++)
		assert_code(stella_keyring_find(&key, &named, ring, NULL, stella_span_str(MESSAGE), stella_buf_span(&sig)),
			STELLA_KEY_UNKNOWN);
	assert_code(stella_keyring_find(&key, &named, ring, NULL, stella_span_str(MESSAGE), stella_buf_span(&sig)),
		STELLA_LIMIT);
	assert_code(stella_keyring_find(&key, &named, ring, ed.id, stella_span_str(MESSAGE), stella_buf_span(&sig)),
		STELLA_SIGNATURE_MISMATCH);
	stella_buf_free(&sig);
}
END_TEST

START_TEST(a_record_that_cannot_be_read_is_no_answer)
{
	struct stella_buf sig = sign(&ed, GNUTLS_SIGN_EDDSA_ED25519);
	const struct stella_key *key, *named;
	struct stella_buf objects = { 0 };

	world_put_key(&ed, "acme", NULL);
	world_open();
	stella_buf_printf(&objects, "rm -rf %s/repo.git/objects/??", world.dir);
	ck_assert_int_eq(system((char *)objects.data), 0);
	assert_code(find(&key, &named, ed.id, &sig), STELLA_INCOMPLETE);
	assert_code(find(&key, &named, NULL, &sig), STELLA_INCOMPLETE);
	ck_assert_ptr_null(key);
	stella_buf_free(&objects);
	stella_buf_free(&sig);
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_checked_fixture(t, enter, leave);
	tcase_add_test(t, a_hint_is_hex_or_base64_of_the_key_id);
	tcase_add_test(t, a_key_is_found_with_any_hint_or_none);
	tcase_add_test(t, every_kind_of_key_is_tried_with_the_algorithm_of_its_record);
	tcase_add_test(t, another_padding_or_hash_than_the_record_has_is_not_taken);
	tcase_add_test(t, a_key_that_is_not_there_is_unknown_and_a_record_that_cannot_be_used_is_named);
	tcase_add_test(t, a_key_speaks_within_its_window_and_before_it_was_revoked);
	tcase_add_test(t, keys_are_not_tried_without_end_and_named_ones_are_not_counted);
	tcase_add_test(t, a_record_that_cannot_be_read_is_no_answer);
}

CHECK_MAIN("keyring", fill)
