/* SPDX-License-Identifier: Apache-2.0 */
#include "algorithms.h"
#include "check.h"

static const struct stella_algorithm *find(enum stella_algorithm_use use, const char *name)
{
	static struct stella_algorithm row;

	for (size_t i = 0; stella_algorithm_at(&row, i); i++)
		if (row.use == use && !strcmp(row.name, name))
			return &row;
	ck_abort_msg("no row %s", name);
	return NULL;
}

START_TEST(every_algorithm_of_the_closed_list_stands_in_it_once)
{
	struct stella_algorithm row;
	unsigned seen[STELLA_SIG_COUNT] = { 0 };

	for (size_t i = 0; stella_algorithm_at(&row, i); i++) {
		if (row.use != STELLA_USE_ATTESTATION)
			continue;
		ck_assert(row.is_sigalg && row.verify && !*row.why);
		seen[row.alg]++;
		for (unsigned type = 0; type < STELLA_KEYTYPES; type++)
			ck_assert(row.types[type] == stella_keytype_allows(type, row.alg));
	}
	for (unsigned alg = 0; alg < STELLA_SIG_COUNT; alg++)
		ck_assert_uint_eq(seen[alg], 1);
}
END_TEST

START_TEST(every_type_of_key_signs_commits_under_some_name)
{
	bool seen[STELLA_KEYTYPES] = { false };
	struct stella_algorithm row;

	for (size_t i = 0; stella_algorithm_at(&row, i); i++)
		for (unsigned type = 0; type < STELLA_KEYTYPES && row.use == STELLA_USE_COMMIT; type++)
			seen[type] |= row.types[type];
	for (unsigned type = 0; type < STELLA_KEYTYPES; type++)
		ck_assert_msg(seen[type], "%s", stella_keytype_name(type));
	ck_assert(find(STELLA_USE_COMMIT, "rsa-sha2-256")->types[STELLA_KEY_RSA]);
	ck_assert(!find(STELLA_USE_COMMIT, "rsa-sha2-256")->types[STELLA_KEY_P256]);
}
END_TEST

START_TEST(what_is_refused_says_why_in_the_words_of_who_refuses)
{
	struct stella_algorithm row;
	size_t refused = 0;

	for (size_t i = 0; stella_algorithm_at(&row, i); i++) {
		if (row.use != STELLA_USE_CERTIFICATE && row.use != STELLA_USE_KEY && strcmp(row.name, "ssh-rsa") != 0)
			continue;
		ck_assert_msg(!row.verify, "%s is taken: it is no example of what is refused", row.name);
		ck_assert_msg(*row.why != 0, "%s", row.name);
		refused++;
		if (strcmp(row.name, "RSA, exponent 1") != 0) /* that is no key at all */
			ck_assert_msg(stella_span_starts(stella_span_str(row.why), "algorithm not supported: "), "%s: %s",
				row.name, row.why);
	}
	ck_assert_uint_ge(refused, 20);
	ck_assert_ptr_nonnull(strstr(find(STELLA_USE_COMMIT, "ssh-rsa")->why, "\"ssh-rsa\""));
	ck_assert_ptr_nonnull(strstr(find(STELLA_USE_KEY, "RSA 1024")->why, "1024 bits, expected 2048"));
	ck_assert_ptr_nonnull(strstr(find(STELLA_USE_KEY, "Ed448")->why, "1.3.101.113"));
	ck_assert_ptr_nonnull(strstr(find(STELLA_USE_KEY, "DSA")->why, "1.2.840.10040.4.1"));
	ck_assert_ptr_nonnull(strstr(find(STELLA_USE_KEY, "secp256k1")->why, "1.3.132.0.10"));
	ck_assert_ptr_nonnull(strstr(find(STELLA_USE_KEY, "ssh-dss")->why, "ssh-dss"));
}
END_TEST

START_TEST(the_names_of_uses_differ)
{
	ck_assert_str_eq(stella_algorithm_use_name(STELLA_USE_ATTESTATION), "attestation");
	ck_assert_str_eq(stella_algorithm_use_name(STELLA_USE_COMMIT), "commit");
	ck_assert_str_eq(stella_algorithm_use_name(STELLA_USE_CERTIFICATE), "certificate");
	ck_assert_str_eq(stella_algorithm_use_name(STELLA_USE_KEY), "key");
}
END_TEST

static void fill(TCase *tcase)
{
	tcase_add_test(tcase, every_algorithm_of_the_closed_list_stands_in_it_once);
	tcase_add_test(tcase, every_type_of_key_signs_commits_under_some_name);
	tcase_add_test(tcase, what_is_refused_says_why_in_the_words_of_who_refuses);
	tcase_add_test(tcase, the_names_of_uses_differ);
}

CHECK_MAIN("algorithms", fill)
