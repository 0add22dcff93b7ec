/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "memory.h"
#include "sys.h"

static char *dir, *path;
static const struct stella_oid root = { { 1, 2, 3 } };

static void enter(void)
{
	assert_ok(stella_sys_tempdir(&dir));
	path = stella_memory_path(dir, &root, "memory.json");
}

static void leave(void)
{
	stella_sys_tempdir_remove(dir);
	free(dir);
	free(path);
}

static struct stella_memory memory_of(uint64_t number, int64_t time)
{
	return (struct stella_memory){ .state = { { (uint8_t)number } }, .number = number, .time = time };
}

static bool contains_all(const void *context, const struct stella_sha256 *state)
{
	return true;
}

static bool contains_none(const void *context, const struct stella_sha256 *state)
{
	return false;
}

static void save(uint64_t number, int64_t time)
{
	struct stella_memory memory = memory_of(number, time);

	assert_ok(stella_memory_save(&memory, dir, &root, contains_all, NULL));
}

static const struct stella_error *load(struct stella_memory *out)
{
	const struct stella_error *err;
	bool found = false;

	err = stella_memory_load(out, &found, dir, &root);
	ck_assert(found == !err);
	return err;
}

static void put_file(const char *text, mode_t mode)
{
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	ck_assert_int_ge(fputs(text, file), 0);
	ck_assert_int_eq(fclose(file), 0);
	ck_assert_int_eq(chmod(path, mode), 0);
}

static void assert_remembered(uint64_t number, int64_t time)
{
	struct stella_memory memory, wanted = memory_of(number, time);

	assert_ok(load(&memory));
	ck_assert(stella_sha256_equal(&memory.state, &wanted.state));
	ck_assert_uint_eq(memory.number, number);
	ck_assert_int_eq(memory.time, time);
}

START_TEST(nothing_is_remembered_and_nothing_made_before_the_first_save)
{
	struct stella_memory memory;
	struct stat st;
	bool found = true;

	assert_ok(stella_memory_load(&memory, &found, dir, &root));
	ck_assert(!found);
	ck_assert_int_ne(stat(path, &st), 0);
}
END_TEST

START_TEST(what_was_saved_is_remembered_for_this_user_alone)
{
	char *own = stella_memory_path(dir, &root, NULL);
	struct stat st;

	save(5, 1000);
	assert_remembered(5, 1000);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	ck_assert_int_eq(stat(own, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0700);
	free(own);
}
END_TEST

START_TEST(roots_do_not_share_memory)
{
	struct stella_oid other = root;
	struct stella_memory memory;
	bool found;

	save(5, 1000);
	other.bytes[19] = 1;
	assert_ok(stella_memory_load(&memory, &found, dir, &other));
	ck_assert(!found);
}
END_TEST

START_TEST(neither_state_nor_time_goes_back)
{
	struct stella_memory other = memory_of(6, 1100);

	save(5, 1000);
	save(4, 900);
	assert_remembered(5, 1000);
	save(4, 1100);
	assert_remembered(5, 1100);
	save(6, 1000);
	assert_remembered(6, 1100);
	/* Of two states of one number the one that was seen first stays. */
	other.state.bytes[31] = 1;
	assert_ok(stella_memory_save(&other, dir, &root, contains_all, NULL));
	assert_remembered(6, 1100);
}
END_TEST

START_TEST(what_another_run_saw_meanwhile_must_be_contained)
{
	struct stella_memory memory = memory_of(6, 2000), older = memory_of(4, 2000);

	save(5, 1000);
	assert_code(stella_memory_save(&memory, dir, &root, contains_none, NULL), STELLA_ROLLBACK);
	assert_remembered(5, 1000);
	/* A greater number is not ours to judge: the next run must contain it. */
	assert_ok(stella_memory_save(&older, dir, &root, contains_none, NULL));
	assert_remembered(5, 2000);
}
END_TEST

START_TEST(the_same_again_writes_nothing)
{
	struct stat before, after;

	save(5, 1000);
	ck_assert_int_eq(stat(path, &before), 0);
	save(5, 1000);
	save(5, 999);
	ck_assert_int_eq(stat(path, &after), 0);
	ck_assert_uint_eq(before.st_ino, after.st_ino);
}
END_TEST

START_TEST(processes_that_save_at_once_keep_the_greatest)
{
	int status;

	for (unsigned p = 0; p < 8; p++)
		if (fork() == 0) {
			for (unsigned i = 0; i < 10; i++)
				save(1 + (p * 7 + i * 3) % 80, 1000 + (p * 5 + i * 11) % 100);
			_exit(0);
		}
	for (unsigned p = 0; p < 8; p++) {
		ck_assert_int_gt(wait(&status), 0);
		ck_assert_int_eq(status, 0);
	}
	/* The greatest of both, over all p and i. */
	assert_remembered(77, 1099);
}
END_TEST

static const char good[] = "{\n"
	"  \"number\": 5,\n"
	"  \"root\": \"0102030000000000000000000000000000000000\",\n"
	"  \"state\": \"0500000000000000000000000000000000000000000000000000000000000000\",\n"
	"  \"time\": \"1970-01-01T00:16:40Z\",\n"
	"  \"version\": 1\n"
	"}\n";

START_TEST(the_file_is_a_plain_record)
{
	struct stella_buf text = { 0 };

	save(5, 1000);
	assert_ok(stella_sys_read(&text, path, 4096));
	assert_span_is(stella_buf_span(&text), good);
	stella_buf_free(&text);
}
END_TEST

START_TEST(damage_is_an_error_with_its_remedy_and_nothing_is_written)
{
	struct stella_memory memory = memory_of(9, 9000);
	const struct stella_error *err;
	char *text;

	save(5, 1000);
	/* Every truncation. */
	for (size_t size = 0; size + 2 < sizeof good; size++) {
		text = strndup(good, size);
		put_file(text, 0600);
		err = load(&memory);
		assert_code(err, STELLA_MEMORY_DAMAGED);
		ck_assert_ptr_nonnull(strstr(err->message, path));
		ck_assert_ptr_nonnull(strstr(err->message, "--at-least"));
		free(text);
	}
	memory = memory_of(9, 9000);
	assert_code(stella_memory_save(&memory, dir, &root, contains_all, NULL), STELLA_MEMORY_DAMAGED);
	put_file(good, 0600);
	assert_remembered(5, 1000);
}
END_TEST

START_TEST(a_field_that_is_wrong_is_damage)
{
	static const struct {
		const char *old, *new;
	} cases[] = {
		{ "\"version\": 1", "\"version\": 2" },
		{ "\"version\": 1", "\"version\": 0" },
		{ "\"version\": 1", "\"version\": 1, \"more\": 1" },
		{ "\"root\": \"01", "\"root\": \"02" },
		{ "\"root\": \"01", "\"root\": \"" },
		{ "\"state\": \"05", "\"state\": \"05a" },
		{ "\"number\": 5", "\"number\": -5" },
		{ "\"number\": 5", "\"number\": 5.0" },
		{ "\"number\": 5", "\"number\": \"5\"" },
		{ "\"time\": \"1970", "\"time\": \"70" },
		{ "\"time\"", "\"tine\"" },
	};
	struct stella_memory memory;

	save(5, 1000);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct stella_buf text = { 0 };
		const char *at = strstr(good, cases[i].old);

		stella_buf_put(&text, good, (size_t)(at - good));
		stella_buf_put_str(&text, cases[i].new);
		stella_buf_put_str(&text, at + strlen(cases[i].old));
		put_file((const char *)text.data, 0600);
		assert_code(load(&memory), STELLA_MEMORY_DAMAGED);
		stella_buf_free(&text);
	}
}
END_TEST

START_TEST(a_file_or_directory_open_to_others_is_damage)
{
	char *own = stella_memory_path(dir, &root, NULL);
	struct stella_memory memory;
	static const mode_t modes[] = { 0644, 0640, 0620, 0602, 0666 };

	save(5, 1000);
	for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
		ck_assert_int_eq(chmod(path, modes[i]), 0);
		assert_code(load(&memory), STELLA_MEMORY_DAMAGED);
	}
	ck_assert_int_eq(chmod(path, 0600), 0);
	ck_assert_int_eq(chmod(own, 0770), 0);
	assert_code(load(&memory), STELLA_MEMORY_DAMAGED);
	ck_assert_int_eq(chmod(own, 0700), 0);
	assert_remembered(5, 1000);
	free(own);
}
END_TEST

START_TEST(a_file_of_another_owner_is_damage)
{
	struct stella_memory memory;

	save(5, 1000);
	if (geteuid() != 0)
		return; /* only root can give a file away */
	ck_assert_int_eq(chown(path, 12345, 12345), 0);
	assert_code(load(&memory), STELLA_MEMORY_DAMAGED);
}
END_TEST

START_TEST(a_link_or_a_directory_in_its_place_is_damage)
{
	struct stella_memory memory;
	char *elsewhere = stella_memory_path(dir, &root, "elsewhere");

	save(5, 1000);
	ck_assert_int_eq(rename(path, elsewhere), 0);
	ck_assert_int_eq(symlink("elsewhere", path), 0);
	assert_code(load(&memory), STELLA_MEMORY_DAMAGED);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	assert_code(load(&memory), STELLA_MEMORY_DAMAGED);
	free(elsewhere);
}
END_TEST

START_TEST(a_place_that_cannot_be_written_is_an_error)
{
	struct stella_memory memory = memory_of(5, 1000);
	char *file = stella_memory_path(dir, &root, NULL);

	assert_ok(stella_sys_replace(file, stella_span_str(""), 0600));
	assert_code(stella_memory_save(&memory, dir, &root, contains_all, NULL), STELLA_SYSTEM);
	free(file);
}
END_TEST

START_TEST(what_could_not_be_read_back_is_not_written)
{
	struct stella_memory memory = memory_of(5, INT64_C(253402300800)); /* the year 10000 */

	assert_code(stella_memory_save(&memory, dir, &root, contains_all, NULL), STELLA_SYSTEM);
	ck_assert_int_ne(access(path, F_OK), 0);
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_checked_fixture(t, enter, leave);
	tcase_add_test(t, nothing_is_remembered_and_nothing_made_before_the_first_save);
	tcase_add_test(t, what_was_saved_is_remembered_for_this_user_alone);
	tcase_add_test(t, roots_do_not_share_memory);
	tcase_add_test(t, neither_state_nor_time_goes_back);
	tcase_add_test(t, what_another_run_saw_meanwhile_must_be_contained);
	tcase_add_test(t, the_same_again_writes_nothing);
	tcase_add_test(t, processes_that_save_at_once_keep_the_greatest);
	tcase_add_test(t, the_file_is_a_plain_record);
	tcase_add_test(t, damage_is_an_error_with_its_remedy_and_nothing_is_written);
	tcase_add_test(t, a_field_that_is_wrong_is_damage);
	tcase_add_test(t, a_file_or_directory_open_to_others_is_damage);
	tcase_add_test(t, a_file_of_another_owner_is_damage);
	tcase_add_test(t, a_link_or_a_directory_in_its_place_is_damage);
	tcase_add_test(t, a_place_that_cannot_be_written_is_an_error);
	tcase_add_test(t, what_could_not_be_read_back_is_not_written);
}

CHECK_MAIN("memory", fill)
