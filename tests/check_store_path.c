/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "store_path.h"

#define REST "cddeeff00112233445566778899aabbccddeeff00112233445566778899"

START_TEST(an_attestation_has_one_path_and_back)
{
	struct stella_sha256 id, again;
	struct stella_buf path = { 0 };

	ck_assert(stella_sha256_parse(&id, stella_span_str("0a1b" REST "0")));
	stella_store_path_put(&path, &id);
	assert_span_is(stella_buf_span(&path), "attestations/0a/1b/" REST "0.json");
	ck_assert(stella_store_path_id(&again, "0a1b", stella_span_str(REST "0.json")));
	ck_assert(stella_sha256_equal(&id, &again));
	stella_buf_free(&path);
}
END_TEST

START_TEST(what_is_no_name_of_an_attestation_is_none)
{
	static const char *const bad[] = {
		"", ".json", REST "0", REST "0.jsoN", REST ".json", REST "00.json", REST "A.json", REST "g.json", REST "0.json ",
	};
	struct stella_sha256 id;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		ck_assert_msg(!stella_store_path_id(&id, "0a1b", stella_span_str(bad[i])), "%s", bad[i]);
	ck_assert(!stella_store_path_id(&id, "0A1b", stella_span_str(REST "0.json")));
}
END_TEST

static bool subject(const char *algorithm, const char *hex, struct stella_buf *path)
{
	struct stella_digest digest = { (char *)(uintptr_t)algorithm, (char *)(uintptr_t)hex };

	stella_buf_free(path);
	return stella_store_path_put_subject(path, &digest);
}

START_TEST(a_subject_has_a_directory_unless_its_names_are_none)
{
	struct stella_buf path = { 0 };

	ck_assert(subject("sha256", "12345678", &path));
	assert_span_is(stella_buf_span(&path), "subjects/sha256/12/34/5678");
	ck_assert(!subject("", "12345678", &path));
	ck_assert(!subject("..", "12345678", &path));
	ck_assert(!subject("a/b", "12345678", &path));
	ck_assert(!subject("sha256", "1234", &path));
	ck_assert(!subject("sha256", "1234/../..", &path));
	ck_assert(!subject("sha256", "123456AB", &path));
	ck_assert_uint_eq(path.size, 0);
	stella_buf_free(&path);
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_test(t, an_attestation_has_one_path_and_back);
	tcase_add_test(t, what_is_no_name_of_an_attestation_is_none);
	tcase_add_test(t, a_subject_has_a_directory_unless_its_names_are_none);
}

CHECK_MAIN("store_path", fill)
