/* SPDX-License-Identifier: Apache-2.0 */
/* The keys and signatures of tests/data/pubkey, made by openssl; see regen.sh there. */
#include "data.h"

#include <pthread.h>

#include "encode.h"
#include "pubkey.h"
#include "rawkey.h"

#define FOLDER "pubkey"

struct sample {
	char name[16], id[STELLA_SHA256_HEX], fingerprint[64], line[2048];
	struct stella_pubkey *key;
};

static struct sample samples[16];
static size_t sample_count;

static struct stella_pubkey *parse_file(const char *name)
{
	struct stella_pubkey *key;
	struct stella_buf pem;
	char file[32];

	snprintf(file, sizeof file, "%s.pem", name);
	pem = read_data(FOLDER, file);
	assert_ok(stella_pubkey_parse_pem(&key, stella_buf_span(&pem)));
	stella_buf_free(&pem);
	return key;
}

static void load_samples(void)
{
	struct stella_buf list = read_data(FOLDER, "good");
	struct stella_cursor c = stella_cursor(stella_buf_span(&list));
	struct stella_span line;

	while (stella_cursor_line(&c, &line)) {
		char *text = stella_span_strdup(line), *rest = text;
		struct sample *s = &samples[sample_count++];

		snprintf(s->name, sizeof s->name, "%s", next_column(&rest));
		snprintf(s->id, sizeof s->id, "%s", next_column(&rest));
		snprintf(s->fingerprint, sizeof s->fingerprint, "%s", next_column(&rest));
		snprintf(s->line, sizeof s->line, "%s", next_column(&rest));
		s->key = parse_file(s->name);
		free(text);
	}
	ck_assert_uint_ge(sample_count, 9);
	stella_buf_free(&list);
}

static void free_samples(void)
{
	while (sample_count > 0)
		stella_pubkey_free(samples[--sample_count].key);
}

static bool find_sig(struct stella_buf *out, const char *key, const char *alg)
{
	char file[80];

	snprintf(file, sizeof file, "%.15s.%.40s.sig", key, alg);
	return find_data(out, FOLDER, file);
}

START_TEST(ids_fingerprints_and_lines_are_those_of_openssl_and_ssh_keygen)
{
	for (size_t i = 0; i < sample_count; i++) {
		struct sample *s = &samples[i];
		struct stella_pubkey *from_line;
		struct stella_buf text = { 0 };
		char id[STELLA_SHA256_HEX];

		stella_sha256_hex(id, stella_pubkey_id(s->key));
		ck_assert_str_eq(id, s->id);
		stella_pubkey_print_fingerprint(&text, s->key);
		ck_assert_str_eq((char *)text.data, s->fingerprint);
		text.size = 0;
		stella_pubkey_print_ssh(&text, s->key);
		ck_assert_str_eq((char *)text.data, s->line);
		stella_buf_free(&text);

		assert_ok(stella_pubkey_parse_ssh_line(&from_line, stella_span_str(s->line)));
		ck_assert(stella_pubkey_equal(s->key, from_line));
		ck_assert(stella_span_equal(stella_pubkey_spki(s->key), stella_pubkey_spki(from_line)));
		ck_assert(stella_sha256_equal(stella_pubkey_id(s->key), stella_pubkey_id(from_line)));
		stella_pubkey_free(from_line);
	}
}
END_TEST

START_TEST(no_two_of_the_keys_are_equal)
{
	for (size_t i = 0; i < sample_count; i++)
		for (size_t j = 0; j < sample_count; j++)
			ck_assert(stella_pubkey_equal(samples[i].key, samples[j].key) == (i == j));
}
END_TEST

START_TEST(kinds_are_named_for_people)
{
	struct stella_pubkey *key = parse_file("rsa3072");

	ck_assert_str_eq(stella_pubkey_type_name(key), "RSA 3072");
	ck_assert_uint_eq(stella_pubkey_bits(key), 3072);
	ck_assert_int_eq(stella_pubkey_type(key), STELLA_KEY_RSA);
	ck_assert_int_eq(stella_pubkey_default_alg(key), STELLA_SIG_RSA_SHA256);
	stella_pubkey_free(key);
	key = parse_file("ed25519");
	ck_assert_str_eq(stella_pubkey_type_name(key), "Ed25519");
	ck_assert_uint_eq(stella_pubkey_bits(key), 256);
	ck_assert_int_eq(stella_pubkey_default_alg(key), STELLA_SIG_ED25519);
	stella_pubkey_free(key);
	key = parse_file("p384");
	ck_assert_str_eq(stella_pubkey_type_name(key), "ECDSA P-384");
	ck_assert_uint_eq(stella_pubkey_bits(key), 384);
	ck_assert_int_eq(stella_pubkey_default_alg(key), STELLA_SIG_ECDSA_SHA384);
	stella_pubkey_free(key);
	stella_pubkey_free(NULL);
}
END_TEST

START_TEST(unsupported_and_weak_keys_are_refused_by_name)
{
	struct stella_buf list = read_data(FOLDER, "unsupported");
	struct stella_cursor c = stella_cursor(stella_buf_span(&list));
	struct stella_span line;
	unsigned count = 0;

	while (stella_cursor_line(&c, &line)) {
		char *text = stella_span_strdup(line), *rest = text, file[32];
		const struct stella_error *err;
		struct stella_pubkey *key;
		struct stella_buf pem;

		snprintf(file, sizeof file, "%s.pem", next_column(&rest));
		pem = read_data(FOLDER, file);
		err = stella_pubkey_parse_pem(&key, stella_buf_span(&pem));
		ck_assert_msg(err && !key, "%s: accepted", file);
		ck_assert_msg(strstr(err->message, next_column(&rest)) != NULL, "%s: %s", file, err->message);
		stella_buf_free(&pem);
		free(text);
		count++;
	}
	ck_assert_uint_ge(count, 10);
	stella_buf_free(&list);
}
END_TEST

START_TEST(what_openssl_signed_verifies_and_under_no_other_algorithm)
{
	struct stella_buf message = read_data(FOLDER, "message");
	unsigned verified = 0;

	for (size_t i = 0; i < sample_count; i++) {
		for (unsigned made = 0; made < STELLA_SIG_COUNT; made++) {
			struct stella_buf sig;

			if (!find_sig(&sig, samples[i].name, stella_sigalg_name((enum stella_sigalg)made)))
				continue;
			for (unsigned alg = 0; alg < STELLA_SIG_COUNT; alg++) {
				const struct stella_error *err = stella_pubkey_verify(samples[i].key, (enum stella_sigalg)alg,
					stella_buf_span(&message), stella_buf_span(&sig));

				ck_assert_msg(!err == (alg == made), "%s: %s as %s: %s", samples[i].name,
					stella_sigalg_name((enum stella_sigalg)made), stella_sigalg_name((enum stella_sigalg)alg),
					err ? err->message : "accepted");
				ck_assert(!err || err->code == (stella_pubkey_allows(samples[i].key, (enum stella_sigalg)alg) ?
					STELLA_SIGNATURE_MISMATCH : STELLA_ALGORITHM_UNSUPPORTED));
			}
			verified++;
			stella_buf_free(&sig);
		}
	}
	ck_assert_uint_eq(verified, 1 + 3 * 3 + 4 * 6);
	stella_buf_free(&message);
}
END_TEST

START_TEST(a_digest_is_enough_where_the_digest_is_what_is_signed)
{
	struct stella_buf message = read_data(FOLDER, "message");
	unsigned verified = 0;

	for (size_t i = 0; i < sample_count; i++) {
		for (unsigned alg = 0; alg < STELLA_SIG_COUNT; alg++) {
			enum stella_hash hash = stella_sigalg_hash((enum stella_sigalg)alg);
			uint8_t bytes[STELLA_DIGEST_MAX];
			struct stella_span digest = { bytes, stella_hash_size(hash) };
			const struct stella_error *err;
			struct stella_buf sig;

			if (!find_sig(&sig, samples[i].name, stella_sigalg_name((enum stella_sigalg)alg)))
				continue;
			stella_hash(hash, stella_buf_span(&message), bytes);
			err = stella_pubkey_verify_digest(samples[i].key, (enum stella_sigalg)alg, digest, stella_buf_span(&sig));
			if (alg == STELLA_SIG_ED25519 || alg >= STELLA_SIG_PSS_SHA256) {
				assert_code(err, STELLA_ALGORITHM_UNSUPPORTED);
			} else {
				assert_ok(err);
				verified++;
				bytes[0] ^= 1;
				assert_code(stella_pubkey_verify_digest(samples[i].key, (enum stella_sigalg)alg, digest,
					stella_buf_span(&sig)), STELLA_SIGNATURE_MISMATCH);
				digest.size--;
				assert_code(stella_pubkey_verify_digest(samples[i].key, (enum stella_sigalg)alg, digest,
					stella_buf_span(&sig)), STELLA_SIGNATURE_MISMATCH);
			}
			stella_buf_free(&sig);
		}
		assert_code(stella_pubkey_verify_digest(samples[i].key, stella_pubkey_allows(samples[i].key,
			STELLA_SIG_RSA_SHA256) ? STELLA_SIG_ECDSA_SHA256 : STELLA_SIG_RSA_SHA256, stella_buf_span(&message),
			stella_buf_span(&message)), STELLA_ALGORITHM_UNSUPPORTED);
	}
	ck_assert_uint_eq(verified, 3 * 3 + 4 * 3);
	stella_buf_free(&message);
}
END_TEST

START_TEST(each_key_allows_the_algorithms_of_its_kind)
{
	for (size_t i = 0; i < sample_count; i++) {
		enum stella_keytype type = stella_pubkey_type(samples[i].key);

		for (unsigned alg = 0; alg < STELLA_SIG_COUNT; alg++)
			ck_assert(stella_pubkey_allows(samples[i].key, (enum stella_sigalg)alg) ==
				(type == STELLA_KEY_ED25519 ? alg <= STELLA_SIG_ED25519PH :
				type == STELLA_KEY_RSA ? alg >= STELLA_SIG_RSA_SHA256 :
				alg >= STELLA_SIG_ECDSA_SHA256 && alg <= STELLA_SIG_ECDSA_SHA512));
		ck_assert(stella_pubkey_allows(samples[i].key, stella_pubkey_default_alg(samples[i].key)));
		assert_code(stella_pubkey_verify_pss_salt(samples[0].key, STELLA_HASH_SHA256, 32, stella_span_str("x"),
			stella_span_str("x")), STELLA_ALGORITHM_UNSUPPORTED);
	}
}
END_TEST

START_TEST(no_key_takes_the_signature_of_another)
{
	struct stella_buf message = read_data(FOLDER, "message");

	for (size_t i = 0; i < sample_count; i++) {
		for (size_t j = 0; j < sample_count; j++) {
			enum stella_sigalg alg = stella_pubkey_default_alg(samples[i].key);
			struct stella_buf sig;

			if (!find_sig(&sig, samples[i].name, stella_sigalg_name(alg)))
				continue;
			ck_assert(!stella_pubkey_verify(samples[j].key, stella_pubkey_default_alg(samples[j].key),
				stella_buf_span(&message), stella_buf_span(&sig)) == (i == j));
			stella_buf_free(&sig);
		}
	}
	stella_buf_free(&message);
}
END_TEST

START_TEST(a_changed_message_or_signature_is_refused_at_every_bit)
{
	struct stella_buf message = read_data(FOLDER, "message");

	for (size_t i = 0; i < sample_count; i++) {
		enum stella_sigalg alg = stella_pubkey_default_alg(samples[i].key);
		struct stella_buf sig;

		if (!find_sig(&sig, samples[i].name, stella_sigalg_name(alg)))
			continue;
		for (size_t bit = 0; bit < 8 * sig.size; bit++) {
			sig.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
			assert_code(stella_pubkey_verify(samples[i].key, alg, stella_buf_span(&message),
				stella_buf_span(&sig)), STELLA_SIGNATURE_MISMATCH);
			sig.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
		}
		for (size_t bit = 0; bit < 8 * message.size; bit++) {
			message.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
			assert_code(stella_pubkey_verify(samples[i].key, alg, stella_buf_span(&message),
				stella_buf_span(&sig)), STELLA_SIGNATURE_MISMATCH);
			message.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
		}
		for (size_t size = 0; size < sig.size; size++)
			assert_code(stella_pubkey_verify(samples[i].key, alg, stella_buf_span(&message),
				stella_span(sig.data, size)), STELLA_SIGNATURE_MISMATCH);
		assert_ok(stella_pubkey_verify(samples[i].key, alg, stella_buf_span(&message), stella_buf_span(&sig)));
		stella_buf_put_u8(&sig, 0);
		assert_code(stella_pubkey_verify(samples[i].key, alg, stella_buf_span(&message), stella_buf_span(&sig)),
			STELLA_SIGNATURE_MISMATCH);
		stella_buf_free(&sig);
	}
	stella_buf_free(&message);
}
END_TEST

START_TEST(a_pss_salt_has_the_size_of_the_hash_or_all_the_room)
{
	static const char *const names[] = { "rsa2048", "rsa2049", "rsa3072", "rsa2048e3" };
	static const size_t max[] = { 222, 222, 350, 222 };
	struct stella_buf message = read_data(FOLDER, "message");

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct stella_span m = stella_buf_span(&message);
		struct stella_pubkey *key = parse_file(names[i]);
		struct stella_buf sig;

		ck_assert(find_sig(&sig, names[i], "rsa-pss-sha256-max"));
		assert_ok(stella_pubkey_verify(key, STELLA_SIG_PSS_SHA256, m, stella_buf_span(&sig)));
		assert_ok(stella_pubkey_verify_pss_salt(key, STELLA_HASH_SHA256, max[i], m, stella_buf_span(&sig)));
		assert_code(stella_pubkey_verify_pss_salt(key, STELLA_HASH_SHA256, 32, m, stella_buf_span(&sig)),
			STELLA_SIGNATURE_MISMATCH);
		stella_buf_free(&sig);
		ck_assert(find_sig(&sig, names[i], "rsa-pss-sha256-20"));
		assert_code(stella_pubkey_verify(key, STELLA_SIG_PSS_SHA256, m, stella_buf_span(&sig)),
			STELLA_SIGNATURE_MISMATCH);
		assert_ok(stella_pubkey_verify_pss_salt(key, STELLA_HASH_SHA256, 20, m, stella_buf_span(&sig)));
		assert_code(stella_pubkey_verify_pss_salt(key, STELLA_HASH_SHA256, SIZE_MAX, m, stella_buf_span(&sig)),
			STELLA_SIGNATURE_MISMATCH);
		stella_buf_free(&sig);
		ck_assert(find_sig(&sig, names[i], "rsa-pss-sha256-mgf1sha512"));
		assert_code(stella_pubkey_verify(key, STELLA_SIG_PSS_SHA256, m, stella_buf_span(&sig)),
			STELLA_SIGNATURE_MISMATCH);
		stella_buf_free(&sig);
		ck_assert(find_sig(&sig, names[i], "rsa-sha1"));
		for (unsigned alg = STELLA_SIG_RSA_SHA256; alg < STELLA_SIG_COUNT; alg++)
			assert_code(stella_pubkey_verify(key, (enum stella_sigalg)alg, m, stella_buf_span(&sig)),
				STELLA_SIGNATURE_MISMATCH);
		stella_buf_free(&sig);
		stella_pubkey_free(key);
	}
	stella_buf_free(&message);
}
END_TEST

START_TEST(an_ecdsa_signature_has_one_text)
{
	static const char *const bad[] = { /* around r = 1, s = 1 */
		"", "30", "3000", "300602010102", "30060201010201", "3003020101", "3009020101020101020101",
		"30810602010102" "0101", "3080020101020101" "0000", "300702020001020101", "3007020101" "02020001",
		"31060201010201" "01", "30060201010201" "0100", "3006020181020101", "300502000201" "01",
		"300602010002" "0101", "3006020101020100", "3006020201020101", "300602010102050101",
		"0000000000000000000000000000000000000000000000000000000000000001"
		"0000000000000000000000000000000000000000000000000000000000000001",
	};
	struct stella_pubkey *key = parse_file("p256");

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct stella_buf sig = { 0 };

		assert_ok(stella_hex_parse(&sig, stella_span_str(bad[i])));
		assert_code(stella_pubkey_verify(key, STELLA_SIG_ECDSA_SHA256, stella_span_str("x"), stella_buf_span(&sig)),
			STELLA_SIGNATURE_MISMATCH);
		stella_buf_free(&sig);
	}
	stella_pubkey_free(key);
}
END_TEST

static void assert_bad_line(struct stella_span line)
{
	struct stella_pubkey *key;

	assert_code(stella_pubkey_parse_ssh_line(&key, line), STELLA_MALFORMED);
	ck_assert_ptr_null(key);
}

START_TEST(a_key_line_is_exact)
{
	struct stella_pubkey *key;
	struct stella_buf line = { 0 };
	const char *good = samples[0].line, *base64 = strchr(good, ' ') + 1;
	const char *const bad[] = {
		"%s ", " %s", "%s\n", "%s\r", "%s  comment", "%s a\tb", "%s a\nb", "%s a\x7f", "%s=", "%s\tcomment",
	};

	ck_assert_str_eq(samples[0].name, "ed25519");
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		const char *at = strstr(bad[i], "%s");

		stella_buf_put(&line, bad[i], (size_t)(at - bad[i]));
		stella_buf_put_str(&line, good);
		stella_buf_put_str(&line, at + 2);
		assert_bad_line(stella_buf_span(&line));
		line.size = 0;
	}
	stella_buf_printf(&line, "%s dev@example.com  (work)", good);
	assert_ok(stella_pubkey_parse_ssh_line(&key, stella_buf_span(&line)));
	stella_pubkey_free(key);
	line.size = 0;
	stella_buf_printf(&line, "ssh-rsa %s", base64);
	assert_bad_line(stella_buf_span(&line));
	line.size = 0;
	stella_buf_printf(&line, "ssh-ed25519  %s", base64);
	assert_bad_line(stella_buf_span(&line));
	stella_buf_free(&line);
	assert_bad_line(stella_span_str(base64));
	assert_bad_line(stella_span_str("ssh-ed25519"));
	assert_bad_line(stella_span_str("ssh-ed25519 "));
	assert_bad_line(stella_span_str("ssh-ed25519 AAA?"));
	assert_bad_line(stella_span_str("ssh-ed25519 AAAA"));
	assert_bad_line(stella_span_str(""));
	assert_bad_line(stella_span(NULL, 0));
}
END_TEST

START_TEST(a_fido_key_is_its_own_kind_and_signs_only_in_sshsig)
{
	struct stella_buf blob = { 0 }, other = { 0 }, message, sig;
	struct stella_pubkey *key, *again;
	struct stella_sha256 digest;

	ck_assert_str_eq(samples[0].name, "ed25519");
	stella_buf_put_string(&blob, stella_span_str("sk-ssh-ed25519@openssh.com"));
	stella_buf_put_string(&blob, stella_span(stella_pubkey_ssh(samples[0].key).data + 19, 32));
	stella_buf_put_span(&other, stella_buf_span(&blob));
	stella_buf_put_string(&blob, stella_span_str("ssh:"));
	stella_buf_put_string(&other, stella_span_str("ssh:x"));
	assert_ok(stella_pubkey_parse_ssh(&key, stella_buf_span(&blob)));
	assert_ok(stella_pubkey_parse_ssh(&again, stella_buf_span(&other)));
	ck_assert_str_eq(stella_pubkey_type_name(key), "FIDO Ed25519");
	assert_span_is(stella_pubkey_application(key), "ssh:");
	ck_assert_uint_eq(stella_pubkey_spki(key).size, 0);
	digest = stella_sha256(stella_buf_span(&blob));
	ck_assert(stella_sha256_equal(&digest, stella_pubkey_id(key)));
	ck_assert(!stella_pubkey_equal(key, again));
	ck_assert(!stella_pubkey_equal(key, samples[0].key));

	message = read_data(FOLDER, "message");
	ck_assert(find_sig(&sig, "ed25519", "ed25519"));
	for (unsigned alg = 0; alg < STELLA_SIG_COUNT; alg++) {
		ck_assert(!stella_pubkey_allows(key, (enum stella_sigalg)alg));
		assert_code(stella_pubkey_verify(key, (enum stella_sigalg)alg, stella_buf_span(&message),
			stella_buf_span(&sig)), STELLA_ALGORITHM_UNSUPPORTED);
	}
	stella_pubkey_free(key);
	stella_pubkey_free(again);
	stella_buf_free(&blob);
	stella_buf_free(&other);
	stella_buf_free(&message);
	stella_buf_free(&sig);
}
END_TEST

START_TEST(names_of_algorithms_are_exact)
{
	enum stella_sigalg alg;

	for (unsigned i = 0; i < STELLA_SIG_COUNT; i++) {
		ck_assert(stella_sigalg_find(&alg, stella_span_str(stella_sigalg_name((enum stella_sigalg)i))));
		ck_assert_uint_eq(alg, i);
	}
	ck_assert(!stella_sigalg_find(&alg, stella_span_str("rsa-sha1")));
	ck_assert(!stella_sigalg_find(&alg, stella_span_str("Ed25519")));
	ck_assert(!stella_sigalg_find(&alg, stella_span_str("")));
}
END_TEST

START_TEST(pem_is_of_one_public_key)
{
	struct stella_buf pem = read_data(FOLDER, "p256.pem"), text = { 0 };
	struct stella_pubkey *key;

	stella_buf_put_str(&text, "x\n");
	stella_buf_put_span(&text, stella_buf_span(&pem));
	assert_code(stella_pubkey_parse_pem(&key, stella_buf_span(&text)), STELLA_MALFORMED);
	text.size = 0;
	stella_buf_put_span(&text, stella_buf_span(&pem));
	stella_buf_put_span(&text, stella_buf_span(&pem));
	assert_code(stella_pubkey_parse_pem(&key, stella_buf_span(&text)), STELLA_MALFORMED);
	assert_code(stella_pubkey_parse_pem(&key, stella_span(NULL, 0)), STELLA_MALFORMED);
	stella_buf_free(&pem);
	stella_buf_free(&text);
}
END_TEST

/* ---------------------------------------------------------------- threads */

static void *verify_often(void *data)
{
	const struct stella_buf *message = data;
	size_t failed = 0;

	for (int round = 0; round < 20; round++) {
		for (size_t i = 0; i < sample_count; i++) {
			enum stella_sigalg alg = stella_pubkey_default_alg(samples[i].key);
			struct stella_buf sig;

			if (!find_sig(&sig, samples[i].name, stella_sigalg_name(alg)))
				continue;
			if (stella_pubkey_verify(samples[i].key, alg, stella_buf_span(message), stella_buf_span(&sig)))
				failed++;
			stella_buf_free(&sig);
		}
	}
	return failed ? data : NULL;
}

START_TEST(one_key_serves_several_threads)
{
	struct stella_buf message = read_data(FOLDER, "message");
	pthread_t threads[4];
	void *failed;

	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, verify_often, &message), 0);
	for (int i = 0; i < 4; i++) {
		ck_assert_int_eq(pthread_join(threads[i], &failed), 0);
		ck_assert_ptr_null(failed);
	}
	stella_buf_free(&message);
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_checked_fixture(t, load_samples, free_samples);
	tcase_add_test(t, ids_fingerprints_and_lines_are_those_of_openssl_and_ssh_keygen);
	tcase_add_test(t, no_two_of_the_keys_are_equal);
	tcase_add_test(t, kinds_are_named_for_people);
	tcase_add_test(t, unsupported_and_weak_keys_are_refused_by_name);
	tcase_add_test(t, what_openssl_signed_verifies_and_under_no_other_algorithm);
	tcase_add_test(t, a_digest_is_enough_where_the_digest_is_what_is_signed);
	tcase_add_test(t, each_key_allows_the_algorithms_of_its_kind);
	tcase_add_test(t, no_key_takes_the_signature_of_another);
	tcase_add_test(t, a_changed_message_or_signature_is_refused_at_every_bit);
	tcase_add_test(t, a_pss_salt_has_the_size_of_the_hash_or_all_the_room);
	tcase_add_test(t, an_ecdsa_signature_has_one_text);
	tcase_add_test(t, a_key_line_is_exact);
	tcase_add_test(t, a_fido_key_is_its_own_kind_and_signs_only_in_sshsig);
	tcase_add_test(t, names_of_algorithms_are_exact);
	tcase_add_test(t, pem_is_of_one_public_key);
	tcase_add_test(t, one_key_serves_several_threads);
}

CHECK_MAIN("pubkey", fill)
