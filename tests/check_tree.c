/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "tree.h"

#define ID "12345678901234567890"

static bool reads(const char *bytes, size_t size, unsigned want, bool *bad)
{
	struct stella_cursor c = stella_cursor(stella_span(bytes, size));
	struct stella_tree_entry entry;
	unsigned count = 0;

	while (stella_tree_next(&entry, &c, bad))
		count++;
	return count == want;
}

START_TEST(entries_are_read_in_the_order_of_the_bytes)
{
	static const char raw[] = "100644 a\0" ID "40000 dir\0" ID "120000 l\0" ID "040000 z\0" ID;
	struct stella_cursor c = stella_cursor(stella_span(raw, sizeof raw - 1));
	struct stella_tree_entry entry;
	bool bad;

	ck_assert(stella_tree_next(&entry, &c, &bad));
	ck_assert_uint_eq(entry.mode, 0100644);
	ck_assert(entry.mode_exact);
	assert_span_is(entry.name, "a");
	ck_assert_mem_eq(entry.id.bytes, ID, 20);
	ck_assert(stella_tree_next(&entry, &c, &bad));
	ck_assert_uint_eq(entry.mode, 040000);
	ck_assert(entry.mode_exact);
	ck_assert(stella_tree_next(&entry, &c, &bad));
	ck_assert_uint_eq(entry.mode, 0120000);
	ck_assert(!entry.mode_exact);
	ck_assert(stella_tree_next(&entry, &c, &bad));
	ck_assert_uint_eq(entry.mode, 040000);
	ck_assert(!entry.mode_exact);
	ck_assert(!stella_tree_next(&entry, &c, &bad));
	ck_assert(!bad);
}
END_TEST

START_TEST(what_is_no_entry_is_bad)
{
	static const struct {
		const char *bytes;
		size_t size;
	} cases[] = {
#define CASE(text) { text, sizeof text - 1 }
		CASE("1"),
		CASE("100644"),
		CASE("100644 "),
		CASE("100644 a"),
		CASE("100644 a\0"),
		CASE("100644 a\0" "1234567890123456789"),
		CASE(" a\0" ID),
		CASE("100684 a\0" ID),
		CASE("-00644 a\0" ID),
		CASE("100644 \0" ID),
		CASE("10000000 a\0" ID),
		CASE("777777777777777777 a\0" ID),
		CASE("100644\ta\0" ID),
		CASE("\0" ID),
#undef CASE
	};
	bool bad;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		ck_assert_msg(reads(cases[i].bytes, cases[i].size, 0, &bad), "case %zu", i);
		ck_assert_msg(bad, "case %zu", i);
	}
	ck_assert(reads("", 0, 0, &bad));
	ck_assert(!bad);
}
END_TEST

START_TEST(every_cut_of_a_tree_is_bad_or_shorter)
{
	static const char raw[] = "100644 a\0" ID "40000 dir\0" ID;
	size_t first = 9 + 20;
	bool bad;

	for (size_t size = 0; size < sizeof raw - 1; size++) {
		ck_assert(reads(raw, size, size >= first, &bad));
		ck_assert(bad == (size != 0 && size != first));
	}
	ck_assert(reads(raw, sizeof raw - 1, 2, &bad));
	ck_assert(!bad);
}
END_TEST

START_TEST(what_is_put_is_read_again)
{
	struct stella_tree_entry in = { .mode = STELLA_MODE_DIR, .name = stella_span_str("issuers") }, out;
	struct stella_buf raw = { 0 };
	struct stella_cursor c;
	bool bad;

	memset(in.id.bytes, 7, sizeof in.id.bytes);
	stella_tree_put(&raw, &in);
	c = stella_cursor(stella_buf_span(&raw));
	ck_assert(stella_tree_next(&out, &c, &bad));
	ck_assert(out.mode_exact && out.mode == in.mode && stella_oid_equal(&out.id, &in.id));
	assert_span_is(out.name, "issuers");
	stella_buf_free(&raw);
}
END_TEST

START_TEST(a_directory_is_ordered_as_if_its_name_ended_in_a_slash)
{
	struct stella_tree_entry dir = { .mode = STELLA_MODE_DIR, .name = stella_span_str("a") };
	struct stella_tree_entry file = { .mode = STELLA_MODE_FILE, .name = stella_span_str("a") };
	struct stella_tree_entry dash = { .mode = STELLA_MODE_FILE, .name = stella_span_str("a-b") };
	struct stella_tree_entry zero = { .mode = STELLA_MODE_FILE, .name = stella_span_str("a0") };

	ck_assert_int_lt(stella_tree_compare(&file, &dash), 0);
	ck_assert_int_gt(stella_tree_compare(&dir, &dash), 0);
	ck_assert_int_lt(stella_tree_compare(&dir, &zero), 0);
	ck_assert_int_lt(stella_tree_compare(&file, &dir), 0);
	ck_assert_int_eq(stella_tree_compare(&dir, &dir), 0);
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_test(t, entries_are_read_in_the_order_of_the_bytes);
	tcase_add_test(t, what_is_no_entry_is_bad);
	tcase_add_test(t, every_cut_of_a_tree_is_bad_or_shorter);
	tcase_add_test(t, what_is_put_is_read_again);
	tcase_add_test(t, a_directory_is_ordered_as_if_its_name_ended_in_a_slash);
}

CHECK_MAIN("tree", fill)
