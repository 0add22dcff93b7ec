/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "gitkit.h"
#include "repo_walk.h"

static struct stella_repo *repo;

static void make_repo(void)
{
	gitkit_enter();
	run("git init -q -b main r && cd r && for i in 1 2 3; do git commit -q --allow-empty -m $i; done && git branch side HEAD~1 && "
		"git checkout -q side && echo x > x && git add x && git commit -qm side && git checkout -q main && "
		"git merge -q --no-ff -m merge side && git branch alone $(git commit-tree -m alone HEAD^{tree})");
	ck_assert_int_eq(chdir("r"), 0);
	assert_ok(stella_repo_open(&repo, NULL));
}

static void leave_repo(void)
{
	stella_repo_free(repo);
	gitkit_leave();
}

static bool descends(const char *tip, const char *ancestor)
{
	struct stella_oid from = id_of("%s", tip), to = id_of("%s", ancestor);
	bool out;

	assert_ok(stella_repo_walk_descends(&out, repo, &from, &to, 100));
	return out;
}

START_TEST(a_commit_descends_from_all_that_it_leads_to)
{
	ck_assert(descends("main", "main"));
	ck_assert(descends("main", "main~3"));
	ck_assert(descends("main", "side"));
	ck_assert(descends("main", "main^2"));
	ck_assert(!descends("main~1", "main"));
	ck_assert(!descends("main~1", "side"));
	ck_assert(!descends("main", "alone"));
	ck_assert(!descends("alone", "main"));
}
END_TEST

START_TEST(a_walk_ends_at_its_limit_and_at_what_is_missing)
{
	struct stella_oid tip = id_of("main"), none = { { 1 } }, first = id_of("main~3"), tree;
	bool out;

	assert_ok(stella_repo_walk_descends(&out, repo, &tip, &none, 5)); /* five commits, and no more */
	ck_assert(!out);
	assert_code(stella_repo_walk_descends(&out, repo, &tip, &none, 4), STELLA_LIMIT);
	assert_code(stella_repo_walk_descends(&out, repo, &none, &tip, 4), STELLA_INCOMPLETE);
	ck_assert(!out);
	assert_code(stella_repo_walk_tree(&tree, repo, &none), STELLA_INCOMPLETE);
	run("git replace $(git rev-parse main) $(git rev-parse alone)");
	assert_ok(stella_repo_walk_descends(&out, repo, &tip, &first, 100));
	ck_assert(out); /* a replace ref has no influence */
}
END_TEST

START_TEST(the_tree_of_a_commit_is_found)
{
	struct stella_oid commit = id_of("main"), wanted = id_of("main^{tree}"), blob = id_of("main:x"), tree;

	assert_ok(stella_repo_walk_tree(&tree, repo, &commit));
	ck_assert(stella_oid_equal(&tree, &wanted));
	assert_code(stella_repo_walk_tree(&tree, repo, &blob), STELLA_MALFORMED);
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_checked_fixture(t, make_repo, leave_repo);
	tcase_add_test(t, a_commit_descends_from_all_that_it_leads_to);
	tcase_add_test(t, a_walk_ends_at_its_limit_and_at_what_is_missing);
	tcase_add_test(t, the_tree_of_a_commit_is_found);
}

CHECK_MAIN("repo_walk", fill)
