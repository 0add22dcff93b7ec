/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include <errno.h>

START_TEST(no_code_maps_to_success)
{
	for (enum stella_code code = 0; code < STELLA_CODE_COUNT; code++)
		ck_assert_int_ne(stella_code_exit(code), STELLA_EXIT_OK);
}
END_TEST

START_TEST(words_are_unique)
{
	for (enum stella_code a = 0; a < STELLA_CODE_COUNT; a++)
		for (enum stella_code b = 0; b < a; b++)
			ck_assert_str_ne(stella_code_word(a), stella_code_word(b));
}
END_TEST

START_TEST(prefixes_stack_up_and_keep_the_code)
{
	const struct stella_error *err = stella_error(STELLA_MALFORMED, "byte %d", 7);

	err = stella_error_prefix(err, "signature %d", 2);
	err = stella_error_prefix(err, "bundle.json");
	ck_assert_str_eq(err->message, "bundle.json: signature 2: byte 7");
	ck_assert(stella_error_is(err, STELLA_MALFORMED));
	ck_assert(!stella_error_is(NULL, STELLA_MALFORMED));
}
END_TEST

START_TEST(a_long_message_is_cut)
{
	char text[3 * STELLA_ERROR_MAX];
	const struct stella_error *err;

	memset(text, 'x', sizeof text - 1);
	text[sizeof text - 1] = 0;
	err = stella_error_prefix(stella_error(STELLA_LIMIT, "%s", text), "%s", text);
	ck_assert_uint_eq(strlen(err->message), STELLA_ERROR_MAX - 1);
}
END_TEST

START_TEST(errno_is_told)
{
	errno = ENOENT;
	ck_assert_str_eq(stella_error_errno("open %s", "x")->message, "open x: No such file or directory");
}
END_TEST

START_TEST(an_error_outlives_fifteen_more)
{
	const struct stella_error *first = stella_error(STELLA_USAGE, "first"), *err;

	for (int i = 0; i < 15; i++) {
		err = stella_error(STELLA_LIMIT, "%d", i);
		ck_assert_int_eq(err->code, STELLA_LIMIT);
	}
	ck_assert_str_eq(first->message, "first");
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_test(t, no_code_maps_to_success);
	tcase_add_test(t, words_are_unique);
	tcase_add_test(t, prefixes_stack_up_and_keep_the_code);
	tcase_add_test(t, a_long_message_is_cut);
	tcase_add_test(t, errno_is_told);
	tcase_add_test(t, an_error_outlives_fifteen_more);
}

CHECK_MAIN("err", fill)
