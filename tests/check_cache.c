/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cache.c, cache_save.c, history_cache.c: that cold and warm answers agree is for tests/replay.sh; here is
 * what is read again, and what becomes of a file that is not ours, not whole or not right.
 */
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cache.h"
#include "cache_internal.h"
#include "sys.h"
#include "testrepo.h"

static struct testrepo t;
static char path[300];

static void set_up(void)
{
	char *policy = testrepo_policy("alice bob dave", 2, 1, "2099-01-01T00:00:00Z");
	struct stella_oid tree;

	testrepo_init(&t, policy, "issuers/acme.json", "v0\n", NULL);
	free(policy);
	snprintf(path, sizeof path, "%s/fold.cache", t.dir);
	for (unsigned i = 1; i < 6; i++) {
		char content[8];

		snprintf(content, sizeof content, "v%u\n", i);
		testrepo_change(&t, i % 2 ? "alice" : "bob", "issuers/acme.json", content, NULL);
	}
	tree = testrepo_tree(&t, &t.tip, "x", "1\n", NULL);
	tree = testrepo_approve(&t, &t.tip, &tree, "dave");
	testrepo_move(&t, &tree);
}

static void tear_down(void)
{
	testrepo_free(&t);
}

static void overwrite(const struct stella_buf *content)
{
	FILE *file = fopen(path, "w");

	ck_assert_uint_eq(fwrite(content->data, 1, content->size, file), content->size);
	fclose(file);
}

/* Folds a tip with the cache; how many commits were read.  *digest: of all that the answer says. */
static size_t fold(const struct stella_oid *tip, bool save, struct stella_sha256 *digest)
{
	struct stella_cache *cache = stella_cache_open(path, &t.root);
	struct stella_history *history;
	struct stella_sha256_ctx ctx;
	const struct stella_view *view;
	size_t read;

	assert_ok(stella_history_load(&history, t.repo, &t.root, tip, cache));
	read = stella_history_commits_read(history);
	view = stella_history_view(history);
	stella_sha256_start(&ctx);
	for (size_t i = 0; i < view->head_count; i++) {
		size_t count;
		const struct stella_state **chain = stella_history_chain(&count, view->heads[i]);

		for (size_t k = 0; k < count; k++) {
			stella_sha256_add(&ctx, stella_span(chain[k]->id.bytes, 32));
			for (size_t n = 0; n < chain[k]->approval_count; n++)
				stella_sha256_add(&ctx, stella_span_str(chain[k]->approvals[n]->member));
		}
		free(chain);
	}
	for (size_t i = 0; i < view->pending_count; i++)
		stella_sha256_add(&ctx, stella_span(view->pending[i]->target.bytes, 32));
	if (digest)
		*digest = stella_sha256_end(&ctx);
	if (save)
		assert_ok(stella_cache_save(path, history));
	stella_history_free(history);
	stella_cache_free(cache);
	return read;
}

START_TEST(only_what_is_new_is_read)
{
	struct stella_oid tip, side, both[2], tree;
	struct stella_sha256 cold, warm;

	ck_assert_uint_eq(fold(&t.tip, true, &cold), 7);
	ck_assert_uint_eq(fold(&t.tip, true, &warm), 0);
	ck_assert_mem_eq(&cold, &warm, sizeof cold);
	tree = testrepo_tree(&t, &t.tip, "issuers/acme.json", "v9\n", NULL);
	tip = testrepo_approve(&t, &t.tip, &tree, "bob");
	ck_assert_uint_eq(fold(&tip, true, NULL), 1);
	/* a branch that starts far back, merged */
	tree = testrepo_tree(&t, &t.root, "issuers/acme.json", "w\n", NULL);
	side = testrepo_approve(&t, &t.root, &tree, "dave");
	both[0] = tip;
	both[1] = side;
	tree = testrepo_tree_of(&t, &tip);
	tip = testrepo_commit(&t, both, 2, &tree, NULL, NULL);
	ck_assert_uint_eq(fold(&tip, true, &warm), 2);
	ck_assert_uint_eq(fold(&tip, false, NULL), 0);
	ck_assert_uint_eq(fold(&t.tip, false, NULL), 0);
	ck_assert_uint_eq(fold(&side, false, NULL), 0);
	unlink(path);
	ck_assert_uint_eq(fold(&tip, false, &cold), 10);
	ck_assert_mem_eq(&cold, &warm, sizeof cold);
}
END_TEST

START_TEST(old_objects_are_not_needed_any_more)
{
	char command[700];
	struct stella_oid tip, tree;

	fold(&t.tip, true, NULL);
	tree = testrepo_tree(&t, &t.tip, "issuers/acme.json", "v9\n", NULL);
	tip = testrepo_approve(&t, &t.tip, &tree, "bob");
	/* every commit object but the new one goes */
	snprintf(command, sizeof command, "cd '%s/repo.git' && for id in $(git rev-list refs/heads/main); do "
		"rm -f objects/$(echo $id | cut -c1-2)/$(echo $id | cut -c3-); done", t.dir);
	ck_assert_int_eq(system(command), 0);
	ck_assert_uint_eq(fold(&tip, false, NULL), 1);
	unlink(path);
	{
		struct stella_history *history;

		assert_code(stella_history_load(&history, t.repo, &t.root, &tip, NULL), STELLA_INCOMPLETE);
	}
}
END_TEST

START_TEST(errors_are_not_cached)
{
	struct stella_oid missing = { { 1 } }, tree = testrepo_tree_of(&t, &t.tip), tip;
	struct stella_sha256 any = { { 2 } };
	struct stella_cache *cache;
	struct stella_history *history;

	tip = testrepo_commit(&t, &t.tip, 1, &missing, "alice", &any);
	tip = testrepo_commit(&t, &tip, 1, &tree, NULL, NULL);
	fold(&t.tip, true, NULL);
	for (unsigned i = 0; i < 2; i++) {
		cache = stella_cache_open(path, &t.root);
		assert_code(stella_history_load(&history, t.repo, &t.root, &tip, cache), STELLA_INCOMPLETE);
		stella_cache_free(cache);
	}
}
END_TEST

START_TEST(what_does_not_lead_to_the_root_is_known_as_that)
{
	struct stella_oid tree = testrepo_tree_of(&t, &t.root), other, both[2], tip;
	struct stella_cache *cache;
	struct stella_history *history;

	other = testrepo_commit(&t, NULL, 0, &tree, "alice", NULL);
	both[0] = other;
	both[1] = t.tip;
	tip = testrepo_commit(&t, both, 2, &tree, NULL, NULL);
	ck_assert_uint_eq(fold(&tip, true, NULL), 9);
	cache = stella_cache_open(path, &t.root);
	assert_code(stella_history_load(&history, t.repo, &t.root, &other, cache), STELLA_NO_ROOT);
	stella_cache_free(cache);
	tip = testrepo_commit(&t, both, 2, &tree, NULL, NULL);
	ck_assert_uint_eq(fold(&tip, true, NULL), 0); /* the very same commit */
}
END_TEST

START_TEST(a_file_of_others_or_of_another_root_is_as_none)
{
	char copy[320];
	struct stella_oid other = { { 7 } };
	struct stella_cache *cache;

	fold(&t.tip, true, NULL);
	ck_assert_uint_eq(fold(&t.tip, false, NULL), 0);
	ck_assert_int_eq(chmod(path, 0640), 0);
	ck_assert_uint_eq(fold(&t.tip, false, NULL), 7);
	ck_assert_int_eq(chmod(path, 0602), 0);
	ck_assert_uint_eq(fold(&t.tip, false, NULL), 7);
	ck_assert_int_eq(chmod(path, 0600), 0);
	ck_assert_uint_eq(fold(&t.tip, false, NULL), 0);
	cache = stella_cache_open(path, &other);
	ck_assert_uint_eq(stella_cache_count(cache, STELLA_CACHE_COMMITS), 0);
	stella_cache_free(cache);
	snprintf(copy, sizeof copy, "%s.link", path);
	ck_assert_int_eq(rename(path, copy), 0);
	ck_assert_int_eq(symlink(copy, path), 0);
	ck_assert_uint_eq(fold(&t.tip, false, NULL), 7);
	unlink(path);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	ck_assert_uint_eq(fold(&t.tip, false, NULL), 7);
	rmdir(path);
	if (geteuid() == 0) {
		ck_assert_int_eq(rename(copy, path), 0);
		ck_assert_int_eq(chown(path, 1, 1), 0);
		ck_assert_uint_eq(fold(&t.tip, false, NULL), 7);
	}
}
END_TEST

START_TEST(the_file_is_private)
{
	struct stat st;

	fold(&t.tip, true, NULL);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
}
END_TEST

START_TEST(a_file_that_was_cut_or_has_another_header_is_as_none)
{
	struct stella_buf file = { 0 };

	fold(&t.tip, true, NULL);
	assert_ok(stella_sys_read(&file, path, 10 << 20));
	for (size_t size = 0; size < file.size; size += 1 + file.size / 100) {
		ck_assert_int_eq(truncate(path, (off_t)size), 0);
		ck_assert_uint_eq(fold(&t.tip, false, NULL), 7);
		overwrite(&file);
	}
	for (size_t i = 0; i < sizeof(struct stella_cache_header); i++) {
		file.data[i] ^= 1;
		overwrite(&file);
		ck_assert_uint_eq(fold(&t.tip, false, NULL), 7);
		file.data[i] ^= 1;
	}
	stella_buf_put_str(&file, "x");
	overwrite(&file);
	ck_assert_uint_eq(fold(&t.tip, false, NULL), 7);
	stella_buf_free(&file);
}
END_TEST

START_TEST(a_file_of_which_a_byte_has_changed_is_as_none)
{
	struct stella_buf file = { 0 };

	fold(&t.tip, true, NULL);
	assert_ok(stella_sys_read(&file, path, 10 << 20));
	for (size_t i = 0; i < file.size; i += 1 + file.size / 200) {
		file.data[i] ^= 0x10;
		overwrite(&file);
		ck_assert_uint_eq(fold(&t.tip, false, NULL), 7);
		file.data[i] ^= 0x10;
	}
	stella_buf_free(&file);
}
END_TEST

/* Even a file that was made wrong is never read beyond, and it never hangs. */
START_TEST(no_byte_of_a_file_leads_astray)
{
	struct stella_buf file = { 0 };
	struct stella_oid tip, tree;

	fold(&t.tip, true, NULL);
	tree = testrepo_tree(&t, &t.tip, "x", "2\n", NULL);
	tip = testrepo_commit(&t, (struct stella_oid[]){ t.tip, t.root }, 2, &tree, NULL, NULL);
	assert_ok(stella_sys_read(&file, path, 10 << 20));
	for (size_t i = sizeof(struct stella_cache_header); i < file.size; i++) {
		static const uint8_t changes[] = { 0x01, 0x80, 0xff };
		struct stella_cache_header *header = (void *)file.data;
		uint8_t was = file.data[i];
		struct stella_cache *cache;
		struct stella_history *history;

		file.data[i] ^= changes[i % 3];
		header->content = stella_sha256(stella_span(file.data + sizeof *header, file.size - sizeof *header));
		overwrite(&file);
		cache = stella_cache_open(path, &t.root);
		if (!stella_history_load(&history, t.repo, &t.root, i % 2 ? &tip : &t.tip, cache)) {
			const struct stella_view *view = stella_history_view(history);
			size_t count;

			free(stella_history_chain(&count, view->heads[0]));
			stella_history_free(history);
		}
		stella_cache_free(cache);
		file.data[i] = was;
	}
	stella_buf_free(&file);
}
END_TEST

static void fill(TCase *c)
{
	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_test(c, only_what_is_new_is_read);
	tcase_add_test(c, old_objects_are_not_needed_any_more);
	tcase_add_test(c, errors_are_not_cached);
	tcase_add_test(c, what_does_not_lead_to_the_root_is_known_as_that);
	tcase_add_test(c, a_file_of_others_or_of_another_root_is_as_none);
	tcase_add_test(c, the_file_is_private);
	tcase_add_test(c, a_file_that_was_cut_or_has_another_header_is_as_none);
	tcase_add_test(c, a_file_of_which_a_byte_has_changed_is_as_none);
	tcase_add_test(c, no_byte_of_a_file_leads_astray);
}

CHECK_MAIN("cache", fill)
