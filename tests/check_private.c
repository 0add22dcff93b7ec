/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "private.h"

static char dir[64], path[96];

static void enter(void)
{
	strcpy(dir, "/tmp/stella-test-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/file", dir);
}

static void leave(void)
{
	unlink(path);
	rmdir(path);
	ck_assert_int_eq(rmdir(dir), 0);
}

static void put(const char *text, mode_t mode)
{
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	ck_assert_int_ge(fputs(text, file), 0);
	ck_assert_int_eq(fclose(file), 0);
	ck_assert_int_eq(chmod(path, mode), 0);
}

START_TEST(a_file_of_this_user_alone_is_mapped)
{
	struct stella_map *map;

	put("content", 0600);
	assert_ok(stella_private_map(&map, path, 7));
	/* A file that is replaced meanwhile does not change what is mapped. */
	ck_assert_int_eq(unlink(path), 0);
	put("another", 0600);
	assert_span_is(stella_private_span(map), "content");
	stella_private_unmap(map);
	assert_code(stella_private_map(&map, path, 6), STELLA_LIMIT);
	ck_assert_ptr_null(map);
	stella_private_unmap(map);
}
END_TEST

START_TEST(an_empty_file_is_empty)
{
	struct stella_map *map;

	put("", 0600);
	assert_ok(stella_private_map(&map, path, 10));
	ck_assert_uint_eq(stella_private_span(map).size, 0);
	stella_private_unmap(map);
}
END_TEST

START_TEST(what_others_can_reach_is_refused)
{
	static const mode_t modes[] = { 0644, 0640, 0604, 0620, 0602, 0610, 0601 };
	struct stella_map *map;

	put("content", 0600);
	for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
		ck_assert_int_eq(chmod(path, modes[i]), 0);
		assert_code(stella_private_map(&map, path, 7), STELLA_OWNER);
		ck_assert_int_eq(chmod(dir, modes[i] | 0100), 0);
		assert_code(stella_private_check_dir(dir), STELLA_OWNER);
		ck_assert_int_eq(chmod(dir, 0700), 0);
	}
	assert_ok(stella_private_check_dir(dir));
	if (geteuid() != 0)
		return; /* only root can give a file away */
	ck_assert_int_eq(chmod(path, 0600), 0);
	ck_assert_int_eq(chown(path, 12345, 0), 0);
	assert_code(stella_private_map(&map, path, 7), STELLA_OWNER);
	ck_assert_int_eq(chown(dir, 12345, 0), 0);
	assert_code(stella_private_check_dir(dir), STELLA_OWNER);
	ck_assert_int_eq(chown(dir, 0, 0), 0);
}
END_TEST

START_TEST(what_is_not_there_is_not_found)
{
	struct stella_map *map;

	assert_code(stella_private_map(&map, path, 7), STELLA_NOT_FOUND);
	assert_code(stella_private_check_dir(path), STELLA_NOT_FOUND);
}
END_TEST

START_TEST(links_pipes_and_directories_are_no_files)
{
	struct stella_map *map;

	ck_assert_int_eq(symlink("/etc/passwd", path), 0);
	assert_code(stella_private_map(&map, path, 1 << 20), STELLA_OWNER);
	assert_code(stella_private_check_dir(path), STELLA_OWNER);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	assert_code(stella_private_map(&map, path, 1 << 20), STELLA_OWNER);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	assert_code(stella_private_map(&map, path, 1 << 20), STELLA_OWNER);
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_checked_fixture(t, enter, leave);
	tcase_add_test(t, a_file_of_this_user_alone_is_mapped);
	tcase_add_test(t, an_empty_file_is_empty);
	tcase_add_test(t, what_others_can_reach_is_refused);
	tcase_add_test(t, what_is_not_there_is_not_found);
	tcase_add_test(t, links_pipes_and_directories_are_no_files);
}

CHECK_MAIN("private", fill)
