/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "repo.h"

static void check_diff(const char *from, const char *to, const char *expected)
{
	struct stella_buf out = { 0 };

	assert_ok(stella_repo_diff_print(&out, stella_span_str(from), stella_span_str(to)));
	assert_span_is(stella_buf_span(&out), expected);
	stella_buf_free(&out);
}

START_TEST(equal_texts_have_no_difference)
{
	check_diff("a\n", "a\n", "");
	check_diff("", "", "");
}
END_TEST

START_TEST(lines_are_marked)
{
	check_diff("a\nb\n", "a\nc\n", "@@ -1,2 +1,2 @@\n a\n-b\n+c\n");
	check_diff("", "new\n", "@@ -0,0 +1 @@\n+new\n");
	check_diff("old\n", "", "@@ -1 +0,0 @@\n-old\n");
}
END_TEST

START_TEST(a_text_without_a_last_newline_keeps_its_lines_apart)
{
	check_diff("a", "b", "@@ -1 +1 @@\n-a\n+b\n");
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_test(t, equal_texts_have_no_difference);
	tcase_add_test(t, lines_are_marked);
	tcase_add_test(t, a_text_without_a_last_newline_keeps_its_lines_apart);
}

CHECK_MAIN("repo_diff", fill)
