/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "check.h"
#include "commit.h"

#define TREE "tree 1111111111111111111111111111111111111111\n"
#define PARENT "parent 2222222222222222222222222222222222222222\n"
#define WHO "Ann Other <ann@example.org> 1700000000 +0200"

static struct stella_span span(const char *text)
{
	return stella_span_str(text);
}

START_TEST(of_nothing_every_part_is_nothing)
{
	struct stella_commit_text text;

	stella_commit_text_parse(&text, stella_span(NULL, 0));
	ck_assert_uint_eq(text.author.size + text.committer.size + text.message.size + text.reason.size, 0);
	ck_assert_ptr_nonnull(text.message.data);
	ck_assert_ptr_nonnull(text.reason.data);
	ck_assert_int_eq(text.time, 0);
}
END_TEST

START_TEST(links_are_the_tree_and_the_parents_directly_after_it)
{
	struct stella_commit_links links;

	assert_ok(stella_commit_links_parse(&links, span(TREE PARENT PARENT "author x\n" PARENT "\n")));
	ck_assert_uint_eq(links.parent_count, 2);
	ck_assert_uint_eq(links.tree.bytes[0], 0x11);
	ck_assert_uint_eq(links.parents[1].bytes[19], 0x22);
	assert_ok(stella_commit_links_parse(&links, span(TREE)));
	ck_assert_uint_eq(links.parent_count, 0);
	assert_ok(stella_commit_links_parse(&links, span(TREE TREE PARENT)));
	ck_assert_uint_eq(links.parent_count, 0);
}
END_TEST

START_TEST(a_commit_without_tree_or_with_a_broken_parent_is_damaged)
{
	static const char *const damaged[] = {
		"", "\n", PARENT TREE, "author x\n" TREE, "tree 11111\n", "tree 1111111111111111111111111111111111111111",
		"tree  111111111111111111111111111111111111111\n", "tree 1111111111111111111111111111111111111111 \n",
		"tree AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n", "Tree 1111111111111111111111111111111111111111\n",
		TREE "parent \n", TREE "parent 22\n" PARENT, TREE PARENT "parent x\n",
		TREE "parent 2222222222222222222222222222222222222222",
		TREE "parent BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB\n",
	};
	struct stella_commit_links links;

	for (size_t i = 0; i < sizeof damaged / sizeof damaged[0]; i++)
		assert_code(stella_commit_links_parse(&links, span(damaged[i])), STELLA_INCOMPLETE);
}
END_TEST

START_TEST(sixty_four_parents_and_no_more)
{
	struct stella_commit_links links;
	struct stella_buf raw = { 0 };

	stella_buf_put_str(&raw, TREE);
	for (unsigned i = 0; i < STELLA_PARENTS_MAX; i++)
		stella_buf_put_str(&raw, PARENT);
	assert_ok(stella_commit_links_parse(&links, stella_buf_span(&raw)));
	ck_assert_uint_eq(links.parent_count, STELLA_PARENTS_MAX);
	stella_buf_put_str(&raw, PARENT);
	assert_code(stella_commit_links_parse(&links, stella_buf_span(&raw)), STELLA_LIMIT);
	stella_buf_free(&raw);
}
END_TEST

START_TEST(a_text_has_author_committer_time_and_reason)
{
	struct stella_commit_text text;

	stella_commit_text_parse(&text, span(TREE "author Bob <b@x> 5 +0000\ncommitter " WHO "\ngpgsig a\n b\n\n"
		"Subject\n\nBody\nmore\n\nStella-Approve: 00\n"));
	assert_span_is(text.author, "Bob <b@x>");
	assert_span_is(text.committer, "Ann Other <ann@example.org>");
	ck_assert_int_eq(text.time, 1700000000);
	assert_span_is(text.reason, "Subject\n\nBody\nmore");
	ck_assert(stella_span_starts(text.message, "Subject\n"));
}
END_TEST

START_TEST(only_a_last_paragraph_of_ours_is_no_reason)
{
	static const struct {
		const char *message, *reason;
	} cases[] = {
		{ "", "" },
		{ "\n\n", "" },
		{ "S", "S" },
		{ "S\n\nb\n", "S\n\nb" },
		{ "S\n\nSigned-off-by: x\n", "S\n\nSigned-off-by: x" },
		{ "S\n\nSigned-off-by: x\nStella-Recorded: y", "S" },
		{ "Stella-Approve: x\n", "Stella-Approve: x" },
		{ "S\nStella-Approve: x\n", "S\nStella-Approve: x" },
		{ "S\n\nStella-Approve: x\n\nb\n", "S\n\nStella-Approve: x\n\nb" },
		{ "S\n\n\n\nStella-Approve: x\n\n\n", "S" },
	};
	struct stella_commit_text text;
	char raw[256];

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		snprintf(raw, sizeof raw, "%s\n%s", TREE, cases[i].message);
		stella_commit_text_parse(&text, span(raw));
		assert_span_is(text.message, cases[i].message);
		assert_span_is(text.reason, cases[i].reason);
	}
}
END_TEST

START_TEST(odd_commits_have_what_text_they_have)
{
	struct stella_commit_text text;

	stella_commit_text_parse(&text, span(""));
	ck_assert_uint_eq(text.author.size + text.message.size + text.reason.size, 0);
	stella_commit_text_parse(&text, span("author\ncommitter <>\n\n"));
	assert_span_is(text.author, "");
	assert_span_is(text.committer, "<>");
	ck_assert_int_eq(text.time, 0);
	stella_commit_text_parse(&text, span("committer A <a> 99999999999999999999999 +0000\n\nx"));
	ck_assert_int_eq(text.time, INT64_MAX);
	stella_commit_text_parse(&text, span("committer A <a> -5 +0000\n\nx"));
	ck_assert_int_eq(text.time, 0);
	stella_commit_text_parse(&text, span("committer A > b> 7 +0000\n\nx"));
	assert_span_is(text.committer, "A > b>");
	ck_assert_int_eq(text.time, 7);
}
END_TEST

static void print(struct stella_buf *out, const char *reason, const uint8_t *target, const char *trailers)
{
	struct stella_commit_links links = { .parent_count = 1 };

	memset(&links.tree, 0x11, sizeof links.tree);
	memset(&links.parents[0], 0x22, sizeof links.parents[0]);
	stella_buf_free(out);
	stella_commit_print(out, &links, span(WHO), span(reason), target, trailers);
}

#define HEADERS TREE PARENT "author " WHO "\ncommitter " WHO "\n\n"
#define APPROVE "Stella-Approve: 0707070707070707070707070707070707070707070707070707070707070707\n"

START_TEST(a_commit_is_printed_as_git_prints_it)
{
	struct stella_buf out = { 0 };
	uint8_t target[32];

	memset(target, 7, sizeof target);
	print(&out, "Why", NULL, NULL);
	assert_span_is(stella_buf_span(&out), HEADERS "Why\n");
	print(&out, "Why\n\nBecause.\n", target, NULL);
	assert_span_is(stella_buf_span(&out), HEADERS "Why\n\nBecause.\n\n" APPROVE);
	print(&out, "Why", target, "Reviewed-by: x\n");
	assert_span_is(stella_buf_span(&out), HEADERS "Why\n\n" APPROVE "Reviewed-by: x\n");
	print(&out, "Why", NULL, "Stella-Recorded: x\n");
	assert_span_is(stella_buf_span(&out), HEADERS "Why\n\nStella-Recorded: x\n");
	stella_buf_free(&out);
}
END_TEST

START_TEST(a_reason_is_tidied)
{
	struct stella_buf out = { 0 };

	print(&out, "\n \n Why \t\r\n \t \nthen\n\n\n", NULL, NULL);
	assert_span_is(stella_buf_span(&out), HEADERS "Why\n\nthen\n");
	print(&out, " \n ", NULL, NULL);
	assert_span_is(stella_buf_span(&out), HEADERS "No reason given.\n");
	print(&out, "Why\n\nStella-Approve: x\nStella-Recorded", NULL, NULL);
	assert_span_is(stella_buf_span(&out), HEADERS "Why\n\n Stella-Approve: x\n Stella-Recorded\n");
	print(&out, "a\xff" "b\xc3\xa9", NULL, NULL);
	assert_span_is(stella_buf_span(&out), HEADERS "a\xef\xbf\xbd" "b\xc3\xa9\n");
	stella_buf_free(&out);
}
END_TEST

START_TEST(a_signature_stands_in_the_last_header)
{
	struct stella_buf out = { 0 };

	stella_commit_add_signature(&out, span(HEADERS "Why\n\nx\n"), span("-----BEGIN\nabc\n\n-----END\n"));
	assert_span_is(stella_buf_span(&out), TREE PARENT "author " WHO "\ncommitter " WHO "\ngpgsig -----BEGIN\n abc\n \n"
		" -----END\n\nWhy\n\nx\n");
	stella_buf_free(&out);
	stella_commit_add_signature(&out, span("tree\n\nm"), span("a\nb"));
	assert_span_is(stella_buf_span(&out), "tree\ngpgsig a\n b\n\nm");
	stella_buf_free(&out);
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_test(t, of_nothing_every_part_is_nothing);
	tcase_add_test(t, links_are_the_tree_and_the_parents_directly_after_it);
	tcase_add_test(t, a_commit_without_tree_or_with_a_broken_parent_is_damaged);
	tcase_add_test(t, sixty_four_parents_and_no_more);
	tcase_add_test(t, a_text_has_author_committer_time_and_reason);
	tcase_add_test(t, only_a_last_paragraph_of_ours_is_no_reason);
	tcase_add_test(t, odd_commits_have_what_text_they_have);
	tcase_add_test(t, a_commit_is_printed_as_git_prints_it);
	tcase_add_test(t, a_reason_is_tidied);
	tcase_add_test(t, a_signature_stands_in_the_last_header);
}

CHECK_MAIN("commit", fill)
