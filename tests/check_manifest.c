/* SPDX-License-Identifier: Apache-2.0 */
/* manifest.c, manifest_memo.c and manifest_dir.c: trees in real repositories. */
#include <stdio.h>

#include "check.h"
#include "manifest_internal.h"
#include "refs.h"
#include "sys.h"

static char *dir;
static struct stella_repo *repo;
static struct stella_trees *trees;

static void set_up(void)
{
	char path[300];

	assert_ok(stella_sys_tempdir(&dir));
	setenv("HOME", dir, 1);
	snprintf(path, sizeof path, "%s/repo", dir);
	assert_ok(stella_refs_init(&repo, path, "main", true));
	trees = stella_trees_new(repo);
}

static void tear_down(void)
{
	stella_trees_free(trees);
	stella_repo_free(repo);
	stella_sys_tempdir_remove(dir);
	free(dir);
}

static struct stella_oid blob(const char *content)
{
	struct stella_oid id;

	assert_ok(stella_refs_write(&id, repo, STELLA_OBJECT_BLOB, stella_span_str(content)));
	return id;
}

struct raw {
	const char *mode, *name;
	struct stella_oid id;
};

/* The entries as they stand, up to one without a mode. */
static struct stella_oid raw_tree(const struct raw *entries)
{
	struct stella_buf raw = { 0 };
	struct stella_oid id;

	for (; entries->mode; entries++) {
		stella_buf_printf(&raw, "%s %s", entries->mode, entries->name);
		stella_buf_put_u8(&raw, 0);
		stella_buf_put(&raw, entries->id.bytes, sizeof entries->id.bytes);
	}
	assert_ok(stella_refs_write(&id, repo, STELLA_OBJECT_TREE, stella_span(raw.size ? (char *)raw.data : "", raw.size)));
	stella_buf_free(&raw);
	return id;
}
#define tree_of(...) raw_tree((const struct raw[]){ __VA_ARGS__, { NULL, NULL, { { 0 } } } })
#define FILE_ENTRY(name, content) { "100644", name, blob(content) }
#define DIR_ENTRY(name, ...) { "40000", name, tree_of(__VA_ARGS__) }

static const struct stella_error *judge(struct stella_oid id)
{
	const struct stella_dir *found;

	return stella_trees_judge(&found, trees, &id);
}

/* Refused with this path and reason, twice alike. */
static void refused(struct stella_oid id, const char *text)
{
	for (unsigned i = 0; i < 2; i++) {
		const struct stella_error *err = judge(id);

		ck_assert_msg(err && err->code == STELLA_MALFORMED, "accepted, or %s", err ? err->message : "");
		ck_assert_msg(strstr(err->message, text) == err->message, "%s, not %s", err->message, text);
	}
}

static void assert_manifest(struct stella_oid id, const char *hex)
{
	const struct stella_dir *found;
	char text[STELLA_SHA256_HEX];

	assert_ok(stella_trees_judge(&found, trees, &id));
	stella_sha256_hex(text, stella_dir_manifest(found));
	ck_assert_str_eq(text, hex);
}

/* scenarios.py, VECTOR.  Tree A has the order a-b, a.b, a/, a0. */
START_TEST(manifests_are_those_of_the_test_vector)
{
	assert_manifest(tree_of(FILE_ENTRY("a-b", "2\n"), FILE_ENTRY("a.b", "3\n"),
		DIR_ENTRY("a", FILE_ENTRY("x", "1\n"), DIR_ENTRY("y", FILE_ENTRY("z", "4\n"))), FILE_ENTRY("a0", "")),
		"09e61706692226cfb0ea4531286ca16d1809a832aa45ebe850f31cea021a421c");
	assert_manifest(tree_of(FILE_ENTRY("a", "5\n")),
		"1b3cf23c19811e3bab21c9c7f4676707246f010f9bd4bd81b02160799295d88b");
}
END_TEST

START_TEST(only_plain_files_and_directories_stand_in_a_tree)
{
	struct stella_oid any = { { 1 } };

	refused(tree_of({ "120000", "link", blob("x") }), "link: a symbolic link");
	refused(tree_of({ "160000", "sub", any }), "sub: a submodule");
	refused(tree_of({ "100755", "run", blob("x") }), "run: only files of mode 100644");
	refused(tree_of({ "100664", "file", blob("x") }), "file: only files of mode 100644");
	refused(tree_of({ "100600", "file", blob("x") }), "file: only files of mode 100644");
	refused(tree_of({ "0100644", "file", blob("x") }), "file: only files of mode 100644");
	refused(tree_of({ "040000", "dir", tree_of(FILE_ENTRY("x", "x")) }), "dir: only files of mode 100644");
	refused(tree_of({ "40000", "dir", tree_of({ "100755", "x", blob("x") }) }), "dir/x: only files of mode 100644");
	refused(tree_of({ "644", "file", blob("x") }), "file: only files of mode 100644");
	ck_assert_ptr_null(judge(tree_of(FILE_ENTRY("file", "x"))));
}
END_TEST

START_TEST(names_are_plain_ascii_and_not_reserved)
{
	static const char *const bad[] = {
		".", "..", ".git", ".GIT", ".Git", "a b", "a/b", "a\\b", "a:b", "a*", "caf\xc3\xa9", "cafe\xcc\x81", "\xff", "a\n",
		"\xe2\x84\xaa", "a~1", "git~1!", "a\x01", "a,b", "(a)",
	};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		refused(tree_of({ "100644", bad[i], blob("x") }), bad[i]);
		refused(tree_of(DIR_ENTRY("d", { "100644", bad[i], blob("x") })), "d/");
		refused(tree_of({ "40000", bad[i], tree_of(FILE_ENTRY("x", "x")) }), bad[i]);
	}
	refused(tree_of({ "100644", "", blob("x") }), "not the bytes of a tree");
	ck_assert_ptr_null(judge(tree_of(FILE_ENTRY("+", ""), FILE_ENTRY("-", ""), FILE_ENTRY("...", ""),
		FILE_ENTRY(".gitignore", ""), FILE_ENTRY("@", ""), FILE_ENTRY("A_z.0-9+@", ""), FILE_ENTRY("_", ""))));
}
END_TEST

START_TEST(names_stand_once_in_gits_order_without_regard_to_case)
{
	refused(tree_of(FILE_ENTRY("a", "1"), FILE_ENTRY("a", "2")), "a: not in git's order, or twice");
	refused(tree_of(FILE_ENTRY("b", "1"), FILE_ENTRY("a", "2")), "a: not in git's order, or twice");
	/* a directory sorts as if its name ended in "/": after a-b and a.b */
	refused(tree_of(DIR_ENTRY("a", FILE_ENTRY("x", "")), FILE_ENTRY("a-b", "")), "a-b: not in git's order");
	ck_assert_ptr_null(judge(tree_of(FILE_ENTRY("a-b", ""), DIR_ENTRY("a", FILE_ENTRY("x", "")), FILE_ENTRY("a0", ""))));
	/* a file and a directory of one name are not neighbours */
	refused(tree_of(FILE_ENTRY("a", ""), FILE_ENTRY("a-b", ""), DIR_ENTRY("a", FILE_ENTRY("x", ""))), "two names");
	refused(tree_of(FILE_ENTRY("Policy", ""), FILE_ENTRY("policy", "")), "two names are the same but for case");
	refused(tree_of(DIR_ENTRY("Keys", FILE_ENTRY("x", "")), FILE_ENTRY("keys", "")), "two names");
	refused(tree_of(FILE_ENTRY("x", ""), DIR_ENTRY("y", FILE_ENTRY("A", ""), FILE_ENTRY("a", ""))), "y: two names");
	ck_assert_ptr_null(judge(tree_of(FILE_ENTRY("A", ""), DIR_ENTRY("b", FILE_ENTRY("a", "")))));
}
END_TEST

START_TEST(directories_are_not_empty_and_objects_are_what_entries_say)
{
	struct stella_oid empty;

	assert_ok(stella_refs_write(&empty, repo, STELLA_OBJECT_TREE, stella_span("", 0)));
	refused(empty, "an empty directory");
	refused(tree_of({ "40000", "d", empty }), "d: an empty directory");
	refused(tree_of({ "40000", "d", tree_of(FILE_ENTRY("a", "")) }, { "40000", "e", empty }), "e: an empty directory");
	refused(tree_of({ "100644", "f", tree_of(FILE_ENTRY("a", "")) }), "f: its object is of another type");
	refused(tree_of({ "40000", "d", blob("x") }), "d: its object is of another type");
}
END_TEST

START_TEST(bytes_that_are_no_tree_are_refused)
{
	struct stella_buf raw = { 0 };
	struct stella_oid id = tree_of(FILE_ENTRY("a", "1"), FILE_ENTRY("b", "2"));

	assert_ok(stella_repo_read(&raw, repo, &id, STELLA_OBJECT_TREE, 1000));
	for (size_t cut = 1; cut < raw.size; cut++) {
		if (cut == raw.size / 2)
			continue;
		assert_ok(stella_refs_write(&id, repo, STELLA_OBJECT_TREE, stella_span(raw.data, cut)));
		assert_code(judge(id), STELLA_MALFORMED);
	}
	stella_buf_free(&raw);
}
END_TEST

START_TEST(a_missing_object_is_an_error_wherever_it_lies)
{
	struct stella_oid missing = { { 0x11, 0x22 } }, id;
	const struct stella_error *err;

	assert_code(judge(missing), STELLA_INCOMPLETE);
	assert_code(judge(tree_of({ "100644", "a", missing })), STELLA_INCOMPLETE);
	err = judge(tree_of(DIR_ENTRY("d", { "40000", "e", missing })));
	assert_code(err, STELLA_INCOMPLETE);
	ck_assert_msg(strstr(err->message, "d/e: "), "%s", err->message);
	/* it may come later */
	id = tree_of(FILE_ENTRY("a", "late"), { "100644", "b", missing });
	assert_code(judge(id), STELLA_INCOMPLETE);
	assert_code(judge(id), STELLA_INCOMPLETE);
}
END_TEST

/* ---------------------------------------------------------------- limits: at n, and at n + 1 */

START_TEST(the_number_of_files_is_limited)
{
	struct stella_oid five = tree_of(FILE_ENTRY("a", ""), FILE_ENTRY("b", ""), FILE_ENTRY("c", ""), FILE_ENTRY("d", ""),
		FILE_ENTRY("e", ""));

	trees->limits.files = 10;
	ck_assert_ptr_null(judge(tree_of({ "40000", "x", five }, { "40000", "y", five })));
	assert_code(judge(tree_of({ "40000", "x", five }, { "40000", "y", five }, FILE_ENTRY("z", ""))), STELLA_LIMIT);
	ck_assert_ptr_null(judge(five));
}
END_TEST

START_TEST(the_bytes_of_all_files_and_of_one_are_limited)
{
	trees->limits.bytes = 10;
	trees->limits.file = 6;
	ck_assert_ptr_null(judge(tree_of(FILE_ENTRY("a", "123456"), FILE_ENTRY("b", "1234"))));
	assert_code(judge(tree_of(FILE_ENTRY("a", "123456"), FILE_ENTRY("b", "12345"))), STELLA_LIMIT);
	assert_code(judge(tree_of(FILE_ENTRY("a", "1234567"))), STELLA_LIMIT);
}
END_TEST

static struct stella_oid nested(unsigned levels, const char *name)
{
	struct stella_oid id = tree_of(FILE_ENTRY("f", ""));

	while (--levels)
		id = tree_of({ "40000", name, id });
	return id;
}

START_TEST(depth_is_limited_to_32_components)
{
	const struct stella_error *err;

	ck_assert_ptr_null(judge(nested(32, "d")));
	err = judge(nested(33, "d"));
	assert_code(err, STELLA_LIMIT);
	ck_assert_msg(strstr(err->message, "more than 32 levels") == err->message, "%s", err->message);
	assert_code(judge(tree_of({ "40000", "known", nested(32, "d") })), STELLA_LIMIT); /* known, one deeper */
	assert_code(judge(nested(2000, "e")), STELLA_LIMIT);
}
END_TEST

START_TEST(paths_and_their_components_are_limited)
{
	char name[257], last[257];
	struct stella_oid below;

	memset(name, 'n', 255);
	name[255] = 0;
	ck_assert_ptr_null(judge(tree_of(FILE_ENTRY(name, ""))));
	strcpy(name + 255, "n");
	assert_code(judge(tree_of(FILE_ENTRY(name, ""))), STELLA_LIMIT);
	assert_code(judge(tree_of(DIR_ENTRY(name, FILE_ENTRY("f", "")))), STELLA_LIMIT);
	name[255] = 0;
	for (unsigned size = 253; size <= 254; size++) { /* 3 * 256 + 2 + 254 is 1,024 */
		memset(last, 'l', sizeof last);
		last[size == 253 ? 254 : 255] = 0;
		below = tree_of(DIR_ENTRY("d", FILE_ENTRY(last, "")));
		for (unsigned i = 0; i < 3; i++)
			below = tree_of({ "40000", name, below });
		if (size == 253)
			ck_assert_ptr_null(judge(below));
		else
			assert_code(judge(below), STELLA_LIMIT);
	}
}
END_TEST

START_TEST(a_bomb_of_shared_directories_is_counted_not_walked)
{
	struct stella_oid id = tree_of(FILE_ENTRY("a", ""), FILE_ENTRY("b", ""));

	for (unsigned i = 0; i < 30; i++)
		id = tree_of({ "40000", "x", id }, { "40000", "y", id });
	assert_code(judge(id), STELLA_LIMIT);
}
END_TEST

/* What a tree is judged to be does not depend on what was judged before. */
START_TEST(the_answer_is_the_same_whatever_is_known)
{
	struct stella_oid ids[6];

	ids[0] = nested(30, "d");
	ids[1] = tree_of(DIR_ENTRY("bad", { "100755", "x", blob("") }), { "40000", "deep", ids[0] });
	ids[2] = tree_of({ "40000", "more", tree_of({ "40000", "again", tree_of({ "40000", "deep", ids[0] }) }) });
	ids[3] = tree_of({ "40000", "a", ids[2] }, { "40000", "z", ids[1] });
	ids[4] = tree_of({ "40000", "a", ids[1] }, { "40000", "z", ids[2] });
	ids[5] = tree_of({ "40000", "b", ids[4] });
	for (unsigned order = 0; order < 36; order++) {
		char first[6][STELLA_ERROR_MAX] = { "" };

		for (unsigned i = 0; i < 6; i++) { /* each alone */
			struct stella_trees *alone = stella_trees_new(repo);
			const struct stella_dir *found;
			const struct stella_error *err = stella_trees_judge(&found, alone, &ids[i]);

			strcpy(first[i], err ? err->message : "good");
			stella_trees_free(alone);
		}
		stella_trees_free(trees);
		trees = stella_trees_new(repo);
		for (unsigned i = 0; i < 6; i++) {
			unsigned n = (order % 6 + i * (order / 6 % 2 ? 5 : 1)) % 6;
			const struct stella_error *err = judge(ids[n]);

			ck_assert_str_eq(err ? err->message : "good", first[n]);
		}
	}
}
END_TEST

/* ---------------------------------------------------------------- files, and differences */

static struct stella_oid sample(const char *x, const char *z)
{
	return tree_of(FILE_ENTRY("a-b", "2\n"), DIR_ENTRY("a", FILE_ENTRY("x", x), DIR_ENTRY("y", FILE_ENTRY("z", z))),
		FILE_ENTRY("a0", ""), FILE_ENTRY("policy.json", "{}"));
}

START_TEST(files_are_found_by_their_whole_path)
{
	static const char *const missing[] = { "a", "a/", "a/y", "a/y/z/", "a/y/zz", "a/y/", "/a0", "a0/", "", "a//x", "A0", "b" };
	struct stella_oid id = sample("1\n", "4\n");
	const struct stella_dir *top;
	struct stella_sha256 wanted = stella_sha256(stella_span_str("4\n"));
	struct stella_file file;

	assert_ok(stella_trees_find(&top, trees, &id));
	ck_assert(stella_dir_file(&file, top, stella_span_str("a/y/z")));
	ck_assert(stella_sha256_equal(&file.sha256, &wanted));
	ck_assert_uint_eq(file.size, 2);
	ck_assert(stella_dir_file(&file, top, stella_span_str("a0")));
	ck_assert(stella_dir_file(&file, top, stella_span_str("a-b")));
	for (size_t i = 0; i < sizeof missing / sizeof *missing; i++)
		ck_assert_msg(!stella_dir_file(&file, top, stella_span_str(missing[i])), "%s", missing[i]);
	ck_assert(stella_dir_file(&file, top, stella_span_str("policy.json")));
	ck_assert_mem_eq(&file, stella_dir_policy(top), sizeof file);
}
END_TEST

static bool put_path(void *context, const char *path, const struct stella_file *file)
{
	stella_buf_printf(context, "%s:%d ", path, (int)file->size);
	return strcmp(path, "a/y/z") != 0;
}

START_TEST(the_policy_is_that_of_the_tree_also_where_it_was_a_directory_first)
{
	struct stella_oid id = sample("1\n", "4\n");
	const struct stella_dir *top;

	assert_ok(judge(tree_of({ "40000", "below", id })));
	assert_ok(stella_trees_judge(&top, trees, &id));
	ck_assert_ptr_nonnull(stella_dir_policy(top));
	id = tree_of({ "40000", "below", id });
	assert_ok(stella_trees_judge(&top, trees, &id));
	ck_assert_ptr_null(stella_dir_policy(top));
}
END_TEST

START_TEST(all_files_come_in_order_until_one_stops)
{
	struct stella_oid id = sample("1\n", "444\n");
	const struct stella_dir *top;
	struct stella_buf text = { 0 };

	assert_ok(stella_trees_find(&top, trees, &id));
	stella_dir_each(top, put_path, &text);
	ck_assert_str_eq((char *)text.data, "a-b:2 a/x:2 a/y/z:4 ");
	stella_buf_free(&text);
}
END_TEST

static char *diff_text(struct stella_oid a, struct stella_oid b)
{
	static const char kinds[] = "+-~";
	const struct stella_dir *from, *to;
	struct stella_buf text = { 0 };
	struct stella_tree_diff *diff;

	assert_ok(stella_trees_find(&from, trees, &a));
	assert_ok(stella_trees_find(&to, trees, &b));
	diff = stella_tree_diff(from, to);
	for (size_t i = 0; i < diff->count; i++)
		stella_buf_printf(&text, "%c%s ", kinds[diff->paths[i].kind], diff->paths[i].path);
	stella_tree_diff_free(diff);
	return stella_buf_take_str(&text);
}

static void assert_diff(struct stella_oid a, struct stella_oid b, const char *wanted)
{
	char *text = diff_text(a, b);

	ck_assert_str_eq(text, wanted);
	free(text);
}

START_TEST(a_difference_is_by_content_and_path)
{
	struct stella_oid a = sample("1\n", "4\n");

	assert_diff(a, a, "");
	assert_diff(a, sample("2\n", "4\n"), "~a/x ");
	assert_diff(sample("2\n", "4\n"), sample("1\n", "5\n"), "~a/x ~a/y/z ");
	assert_diff(a, tree_of(FILE_ENTRY("a0", ""), FILE_ENTRY("policy.json", "{}")), "-a-b -a/x -a/y/z ");
	assert_diff(tree_of(FILE_ENTRY("a0", "")), a, "+a-b +a/x +a/y/z +policy.json ");
	/* a file becomes a directory: a removal and additions, and back */
	assert_diff(tree_of(FILE_ENTRY("a", "1")), tree_of(DIR_ENTRY("a", FILE_ENTRY("b", "1"))), "-a +a/b ");
	assert_diff(tree_of(DIR_ENTRY("a", FILE_ENTRY("b", "1"))), tree_of(FILE_ENTRY("a", "1")), "+a -a/b ");
	/* a rename is no rename */
	assert_diff(tree_of(FILE_ENTRY("a", "1")), tree_of(FILE_ENTRY("b", "1")), "-a +b ");
	assert_diff(tree_of(FILE_ENTRY("a", "1")), tree_of(FILE_ENTRY("a", "1 ")), "~a ");
}
END_TEST

static bool count_path(void *context, const char *path, const struct stella_file *from, const struct stella_file *to)
{
	(*(unsigned *)context)++;
	return true;
}

START_TEST(entries_that_had_to_go_are_read_again)
{
	struct stella_oid a = sample("1\n", "4\n"), b = sample("1\n", "5\n"), c = sample("6\n", "5\n");
	const struct stella_dir *from, *to;
	const struct stella_file *file;

	trees->keep_max = 0;
	for (unsigned i = 0; i < 3; i++) {
		unsigned count = 0;

		assert_ok(stella_trees_judge(&from, trees, &a));
		assert_ok(stella_trees_judge(&to, trees, i ? &b : &c));
		stella_trees_begin(trees);
		ck_assert_uint_eq(trees->kept, 0);
		assert_ok(stella_trees_diff(trees, from, to, count_path, &count));
		ck_assert_uint_eq(count, i ? 1 : 2);
		assert_ok(stella_trees_file(&file, trees, from, stella_span_str("a/y/z")));
		ck_assert_ptr_nonnull(file);
		ck_assert_uint_gt(trees->kept, 0);
	}
	assert_ok(stella_trees_find(&from, trees, &a));         /* pinned: stays */
	stella_trees_begin(trees);
	ck_assert_ptr_nonnull(from->entries);
	ck_assert_uint_eq(trees->kept, 0);
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, manifests_are_those_of_the_test_vector);
	tcase_add_test(t, only_plain_files_and_directories_stand_in_a_tree);
	tcase_add_test(t, names_are_plain_ascii_and_not_reserved);
	tcase_add_test(t, names_stand_once_in_gits_order_without_regard_to_case);
	tcase_add_test(t, directories_are_not_empty_and_objects_are_what_entries_say);
	tcase_add_test(t, bytes_that_are_no_tree_are_refused);
	tcase_add_test(t, a_missing_object_is_an_error_wherever_it_lies);
	tcase_add_test(t, the_number_of_files_is_limited);
	tcase_add_test(t, the_bytes_of_all_files_and_of_one_are_limited);
	tcase_add_test(t, depth_is_limited_to_32_components);
	tcase_add_test(t, paths_and_their_components_are_limited);
	tcase_add_test(t, a_bomb_of_shared_directories_is_counted_not_walked);
	tcase_add_test(t, the_answer_is_the_same_whatever_is_known);
	tcase_add_test(t, files_are_found_by_their_whole_path);
	tcase_add_test(t, the_policy_is_that_of_the_tree_also_where_it_was_a_directory_first);
	tcase_add_test(t, all_files_come_in_order_until_one_stops);
	tcase_add_test(t, a_difference_is_by_content_and_path);
	tcase_add_test(t, entries_that_had_to_go_are_read_again);
}

CHECK_MAIN("manifest", fill)
