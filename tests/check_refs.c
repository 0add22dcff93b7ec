/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <sys/wait.h>

#include "check.h"
#include "commit.h"
#include "gitkit.h"
#include "refs.h"
#include "sys.h"

#define WHO "Ann <ann@example.org> 1700000000 +0000"

static struct stella_repo *repo;

static struct stella_span span(const char *text)
{
	return stella_span_str(text);
}

/* A repository with a first commit of ours on main, entered. */
static void make_repo(void)
{
	gitkit_enter();
	run("git config --global user.name Ann && git config --global user.email ann@example.org");
	assert_ok(stella_refs_init(&repo, "r", "main", false));
	ck_assert_int_eq(chdir("r"), 0);
}

static void leave_repo(void)
{
	stella_repo_free(repo);
	gitkit_leave();
}

static void assert_fsck(void)
{
	run("git fsck --strict --no-dangling --no-progress 2>&1 | grep -v '^notice' > ../fsck; cat ../fsck; test ! -s ../fsck");
}

static struct stella_oid commit_of(const struct stella_oid *tree, const struct stella_oid *parent, const char *reason)
{
	struct stella_commit_links links = { .tree = *tree };
	struct stella_buf raw = { 0 };
	struct stella_oid id;

	if (parent)
		links.parents[links.parent_count++] = *parent;
	stella_commit_print(&raw, &links, span(WHO), span(reason), NULL, NULL);
	assert_ok(stella_refs_write(&id, repo, STELLA_OBJECT_COMMIT, stella_buf_span(&raw)));
	stella_buf_free(&raw);
	return id;
}

static struct stella_oid tree_of(const struct stella_oid *base, const struct stella_change *changes, size_t count)
{
	struct stella_oid tree;

	assert_ok(stella_refs_write_tree(&tree, repo, base, changes, count));
	return tree;
}

static void publish(struct stella_repo *where, const char *ref, const struct stella_oid *old, const struct stella_oid *new_id,
	const struct stella_oid *base, const struct stella_change *changes, size_t count)
{
	struct stella_ref_change change = { ref, old, new_id, "stella: publish" };

	assert_ok(stella_refs_publish(where, &change, base, changes, count));
}

static struct stella_oid first_commit(void)
{
	struct stella_change changes[] = { { "a", span("one\n") }, { "d/e/f", span("two\n") } };
	struct stella_oid tree = tree_of(NULL, changes, 2), commit = commit_of(&tree, NULL, "First");

	publish(repo, "refs/heads/main", NULL, &commit, NULL, changes, 2);
	return commit;
}

#define assert_clean() run("test -z \"$(git status --porcelain)\" || { git status; false; }")

/* ---------------------------------------------------------------- init, config, objects */

START_TEST(what_we_make_is_a_repository_for_git)
{
	struct stella_repo *bare;
	char *head;

	run("test \"$(git symbolic-ref HEAD)\" = refs/heads/main && test \"$(git rev-parse --is-bare-repository)\" = false");
	first_commit();
	assert_fsck();
	assert_clean();
	assert_ok(stella_refs_init(&bare, "../deep/er/b.git", "trunk", true));
	ck_assert_ptr_null(stella_repo_workdir(bare));
	assert_ok(stella_repo_head(&head, bare));
	ck_assert_str_eq(head, "refs/heads/trunk");
	free(head);
	stella_repo_free(bare);
	run("cd ../deep/er/b.git && test \"$(git rev-parse --is-bare-repository)\" = true && git fsck");
}
END_TEST

START_TEST(an_empty_repository_is_taken_and_one_in_use_is_not)
{
	struct stella_repo *other;
	char *head;

	run("git init -q -b old ../e");
	assert_ok(stella_refs_init(&other, "../e", "new", false));
	assert_ok(stella_repo_head(&head, other));
	ck_assert_str_eq(head, "refs/heads/new");
	free(head);
	stella_repo_free(other);
	first_commit();
	assert_code(stella_refs_init(&other, ".", "new", false), STELLA_CONFLICT);
	ck_assert_ptr_null(other);
	assert_code(stella_refs_init(&other, "../x", "no good", false), STELLA_USAGE);
	assert_code(stella_refs_init(&other, "/proc/x", "main", false), STELLA_SYSTEM);
}
END_TEST

START_TEST(a_setting_is_written_beside_the_others)
{
	char *value;

	run("printf '# kept\\n[user]\\n\\tname = Local\\n' >> .git/config && chmod 600 .git/config");
	assert_ok(stella_refs_config(repo, "stella.trustRoot", "abc def"));
	assert_ok(stella_refs_config(repo, "stella.trustRoot", "abc\"#;"));
	assert_ok(stella_repo_config(&value, NULL, repo, "stella.trustroot"));
	ck_assert_str_eq(value, "abc\"#;");
	free(value);
	run("test \"$(git config stella.trustRoot)\" = 'abc\"#;' && test \"$(git config user.name)\" = Local && grep -q kept .git/config");
	run("test $(stat -c %%a .git/config) = 600 && test ! -e .git/config.lock && test ! -e .git/stella.tmp");
	assert_code(stella_refs_config(repo, "nodot", "x"), STELLA_SYSTEM);
	run("test ! -e .git/config.lock");
}
END_TEST

START_TEST(objects_are_those_of_git)
{
	struct stella_oid id, want;
	struct stella_buf raw = { 0 };

	assert_ok(stella_refs_write(&id, repo, STELLA_OBJECT_BLOB, span("hello\n")));
	run("test \"$(echo hello | git hash-object --stdin)\" = \"$(git rev-parse ce013625030ba8dba906f756967f9e9ca394464a)\"");
	want = id_of("ce013625030ba8dba906f756967f9e9ca394464a");
	ck_assert(stella_oid_equal(&id, &want));
	assert_ok(stella_refs_write(&id, repo, STELLA_OBJECT_BLOB, span("hello\n")));
	assert_ok(stella_refs_write(&id, repo, STELLA_OBJECT_BLOB, stella_span(NULL, 0)));
	assert_ok(stella_repo_read(&raw, repo, &id, STELLA_OBJECT_BLOB, 10));
	ck_assert_uint_eq(raw.size, 0);
	stella_buf_free(&raw);
	assert_fsck();
}
END_TEST

/* ---------------------------------------------------------------- trees */

START_TEST(trees_are_as_git_would_write_them)
{
	struct stella_change changes[] = {
		{ "b", span("b") }, { "a.c", span("ac") }, { "a/z", span("az") }, { "a0", span("a0") }, { "a/b/c", span("abc") },
		{ "a-b", span("a-b") }, { "a/b0", span("ab0") },
	};
	struct stella_oid tree, want;

	tree = tree_of(NULL, changes, sizeof changes / sizeof changes[0]);
	run("mkdir -p ../w/a/b && cd ../w && git init -q && printf b > b && printf ac > a.c && printf az > a/z && printf a0 > a0 && "
		"printf abc > a/b/c && printf a-b > a-b && printf ab0 > a/b0 && git add . && git write-tree > ../tree");
	char *hex = output_of("cat ../tree");
	ck_assert(stella_oid_parse(&want, span(hex)));
	ck_assert(stella_oid_equal(&tree, &want));
	free(hex);
}
END_TEST

START_TEST(only_what_is_named_changes)
{
	struct stella_change changes[] = { { "a", span("1") }, { "d/x", span("2") }, { "d/e/f", span("3") }, { "k/l/m", span("4") } };
	struct stella_change removal[] = { { "d/e/f", { NULL, 0 } }, { "none/at/all", { NULL, 0 } }, { "a/below", { NULL, 0 } } };
	struct stella_change all[] = { { "a", { NULL, 0 } }, { "d/x", { NULL, 0 } }, { "d/e/f", { NULL, 0 } }, { "k/l/m", { NULL, 0 } } };
	struct stella_change nothing[] = { { "d/e/f", span("3") } };
	struct stella_change swap[] = { { "a/inner", span("5") }, { "d", span("6") } };
	struct stella_oid base = tree_of(NULL, changes, 4), tree;
	struct stella_tree_entry entry;

	tree = tree_of(&base, removal, 3);
	assert_ok(stella_repo_find_path(&entry, repo, &tree, "d/x"));
	assert_ok(stella_repo_find_path(&entry, repo, &tree, "k/l/m"));
	assert_ok(stella_repo_find_path(&entry, repo, &tree, "a"));
	assert_code(stella_repo_find_path(&entry, repo, &tree, "d/e"), STELLA_NOT_FOUND); /* it became empty */
	tree = tree_of(&base, nothing, 1);
	ck_assert(stella_oid_equal(&tree, &base));
	tree = tree_of(&base, NULL, 0);
	ck_assert(stella_oid_equal(&tree, &base));
	tree = tree_of(&base, swap, 2);
	assert_ok(stella_repo_find_path(&entry, repo, &tree, "a/inner"));
	assert_ok(stella_repo_find_path(&entry, repo, &tree, "d"));
	ck_assert_uint_eq(entry.mode, STELLA_MODE_FILE);
	tree = tree_of(&base, all, 4);
	run("test -z \"$(git ls-tree $(git hash-object -t tree /dev/null))\"");
	assert_code(stella_repo_find_path(&entry, repo, &tree, "k"), STELLA_NOT_FOUND);
}
END_TEST

START_TEST(paths_that_no_tree_may_hold_are_refused)
{
	static const char *const bad[] = { "", "/a", "a/", "a//b", ".", "..", "a/../b", "a/.", ".git", ".GIT/config", "a/.git" };
	struct stella_change same[] = { { "a", span("1") }, { "a", span("2") } };
	struct stella_change nested[] = { { "a/b", span("1") }, { "a", span("2") } };
	struct stella_oid tree;

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct stella_change change = { bad[i], span("x") };

		assert_code(stella_refs_write_tree(&tree, repo, NULL, &change, 1), STELLA_USAGE);
	}
	assert_code(stella_refs_write_tree(&tree, repo, NULL, same, 2), STELLA_USAGE);
	assert_code(stella_refs_write_tree(&tree, repo, NULL, nested, 2), STELLA_USAGE);
}
END_TEST

START_TEST(a_batch_is_one_pack_and_readable_meanwhile)
{
	struct stella_change changes[100];
	struct stella_buf raw = { 0 };
	struct stella_oid tree, commit;
	struct stella_tree_entry entry;
	char paths[100][32];

	for (int i = 0; i < 100; i++) {
		snprintf(paths[i], sizeof paths[i], "d%d/file%d", i % 7, i);
		changes[i] = (struct stella_change){ paths[i], span(paths[i]) };
	}
	assert_ok(stella_refs_batch_start(repo));
	tree = tree_of(NULL, changes, 100);
	commit = commit_of(&tree, NULL, "Many");
	assert_ok(stella_repo_find_path(&entry, repo, &tree, "d3/file3"));
	assert_ok(stella_repo_read(&raw, repo, &entry.id, STELLA_OBJECT_BLOB, 99));
	assert_span_is(stella_buf_span(&raw), "d3/file3");
	stella_buf_free(&raw);
	run("test -z \"$(find .git/objects -type f)\"");
	assert_ok(stella_refs_batch_commit(repo));
	run("test $(find .git/objects -name '*.pack' | wc -l) = 1 && test $(find .git/objects -type f | wc -l) = 2");
	run("test -z \"$(find .git/objects -name 'tmp*')\"");
	assert_ok(stella_refs_update(repo, "refs/heads/main", NULL, &commit, "many"));
	assert_fsck();
	assert_ok(stella_refs_batch_start(repo));
	tree = tree_of(&tree, changes, 5); /* nothing new */
	assert_ok(stella_refs_batch_commit(repo));
	assert_ok(stella_refs_batch_start(repo));
	commit = commit_of(&tree, &commit, "one");
	assert_ok(stella_refs_batch_commit(repo));
	run("test $(find .git/objects -name '*.pack' | wc -l) = 1 && test $(find .git/objects -type f | wc -l) = 3");
	assert_ok(stella_refs_batch_start(repo));
	commit = commit_of(&tree, &commit, "never");
	stella_refs_batch_abort(repo);
	ck_assert(!stella_repo_has(repo, &commit));
	assert_ok(stella_refs_batch_commit(repo));
	assert_fsck();
}
END_TEST

/* ---------------------------------------------------------------- update */

START_TEST(a_ref_changes_only_from_what_it_was)
{
	struct stella_oid first = first_commit(), second, third, now;
	struct stella_oid tree = id_of("HEAD^{tree}");

	second = commit_of(&tree, &first, "Second");
	third = commit_of(&tree, &first, "Third");
	assert_code(stella_refs_update(repo, "refs/heads/main", NULL, &second, "x"), STELLA_CONFLICT);
	assert_code(stella_refs_update(repo, "refs/heads/main", &third, &second, "x"), STELLA_CONFLICT);
	assert_code(stella_refs_update(repo, "refs/heads/none", &first, &second, "x"), STELLA_CONFLICT);
	assert_ok(stella_repo_resolve(&now, repo, "refs/heads/main"));
	ck_assert(stella_oid_equal(&now, &first));
	assert_ok(stella_refs_update(repo, "refs/heads/main", &first, &second, "to second"));
	assert_ok(stella_repo_resolve(&now, repo, "refs/heads/main"));
	ck_assert(stella_oid_equal(&now, &second));
	assert_code(stella_refs_update(repo, "refs/heads/main", &first, &third, "x"), STELLA_CONFLICT);
	assert_ok(stella_refs_update(repo, "refs/heads/deep/er/one", NULL, &first, "x"));
	run("git pack-refs --all");
	assert_code(stella_refs_update(repo, "refs/heads/main", &first, &third, "x"), STELLA_CONFLICT);
	assert_ok(stella_refs_update(repo, "refs/heads/main", &second, &third, "to third"));
	assert_ok(stella_refs_update(repo, "refs/heads/deep/er/one", &first, &third, "x"));
	assert_fsck();
	run("test -z \"$(find .git -name '*.lock' ! -name stella.lock)\"");
}
END_TEST

START_TEST(names_of_refs_do_not_get_into_each_others_way)
{
	struct stella_oid first = first_commit();

	assert_ok(stella_refs_update(repo, "refs/heads/a/b", NULL, &first, "x"));
	assert_code(stella_refs_update(repo, "refs/heads/a", NULL, &first, "x"), STELLA_CONFLICT);
	assert_code(stella_refs_update(repo, "refs/heads/a/b/c", NULL, &first, "x"), STELLA_CONFLICT);
	run("git pack-refs --all");
	assert_code(stella_refs_update(repo, "refs/heads/a", NULL, &first, "x"), STELLA_CONFLICT);
	assert_code(stella_refs_update(repo, "refs/heads/a/b/c", NULL, &first, "x"), STELLA_CONFLICT);
	run("git update-ref -d refs/heads/a/b && mkdir -p .git/refs/heads/a/empty/one");
	assert_ok(stella_refs_update(repo, "refs/heads/a", NULL, &first, "x")); /* empty directories give way */
	assert_fsck();
	assert_code(stella_refs_update(repo, "main", NULL, &first, "x"), STELLA_USAGE);
	assert_code(stella_refs_update(repo, "refs/heads/../../config", NULL, &first, "x"), STELLA_USAGE);
	run("git symbolic-ref refs/heads/alias refs/heads/main");
	assert_code(stella_refs_update(repo, "refs/heads/alias", &first, &first, "x"), STELLA_CONFLICT);
}
END_TEST

START_TEST(a_ref_names_a_commit_that_is_there)
{
	struct stella_oid first = first_commit(), tree = id_of("HEAD^{tree}"), none = { { 1 } };

	assert_code(stella_refs_update(repo, "refs/heads/x", NULL, &none, "x"), STELLA_INCOMPLETE);
	assert_code(stella_refs_update(repo, "refs/heads/x", NULL, &tree, "x"), STELLA_USAGE);
	assert_ok(stella_refs_update(repo, "refs/heads/x", NULL, &first, "x"));
	run("echo garbage > .git/refs/heads/y");
	assert_code(stella_refs_update(repo, "refs/heads/y", NULL, &first, "x"), STELLA_REPOSITORY);
}
END_TEST

START_TEST(a_change_stands_in_the_log)
{
	struct stella_oid first = first_commit(), tree = id_of("HEAD^{tree}"), second = commit_of(&tree, &first, "Second");

	assert_ok(stella_refs_update(repo, "refs/heads/main", &first, &second, "trust\nacme"));
	run("test \"$(git reflog -1 --format='%%gs %%gn %%ge' main)\" = 'trust acme Ann ann@example.org'");
	run("test \"$(git reflog -1 --format='%%gs' HEAD)\" = 'trust acme' && test $(git reflog main | wc -l) = 2");
	assert_ok(stella_refs_update(repo, "refs/stella/x", NULL, &second, "x"));
	run("test ! -e .git/logs/refs/stella");
	run("git config --global user.name '<Ann\n>' && git config core.logAllRefUpdates false");
	stella_repo_free(repo);
	assert_ok(stella_repo_open(&repo, "."));
	assert_ok(stella_refs_update(repo, "refs/heads/new", NULL, &second, "x"));
	run("test ! -e .git/logs/refs/heads/new");
	assert_ok(stella_refs_update(repo, "refs/heads/main", &second, &first, NULL));
	run("test \"$(git reflog -1 --format=%%gn main)\" = Ann");
	assert_fsck();
}
END_TEST

START_TEST(hooks_do_not_run)
{
	struct stella_oid first;
	static const char *const hooks[] = { "reference-transaction", "post-index-change", "pre-commit", "post-commit", "post-checkout" };

	for (size_t i = 0; i < sizeof hooks / sizeof hooks[0]; i++)
		run("mkdir -p .git/hooks; printf '#!/bin/sh\\ntouch %s/marker\\n' > .git/hooks/%s; chmod +x .git/hooks/%s",
			gitkit_dir, hooks[i], hooks[i]);
	run("git config core.fsmonitor 'touch %s/marker' && git config filter.x.clean 'touch %s/marker' && "
		"git config filter.x.smudge 'touch %s/marker' && echo '* filter=x' > .git/info/attributes", gitkit_dir, gitkit_dir, gitkit_dir);
	first = first_commit();
	ck_assert(!stella_oid_is_zero(&first));
	run("test ! -e ../marker");
}
END_TEST

/* ---------------------------------------------------------------- working tree */

START_TEST(the_working_tree_follows_and_status_is_clean)
{
	struct stella_change changes[] = { { "a", span("changed\n") }, { "d/e/f", { NULL, 0 } }, { "n/e/w", span("new\n") } };
	struct stella_change swap = { "d", span("a file in the place of a directory\n") };
	struct stella_oid first = first_commit(), base = id_of("HEAD^{tree}"), tree, second;

	assert_clean();
	run("echo mine > untracked && echo other > .git/info/exclude && echo o > other");
	assert_ok(stella_refs_worktree_check(repo, &base, changes, 3));
	assert_code(stella_refs_worktree_check(repo, &base, &swap, 1), STELLA_CONFLICT);
	tree = tree_of(&base, changes, 3);
	second = commit_of(&tree, &first, "Second");
	publish(repo, "refs/heads/main", &first, &second, &base, changes, 3);
	run("test \"$(git status --porcelain)\" = '?? untracked' || { git status; false; }");
	run("test \"$(cat a n/e/w)\" = \"$(printf 'changed\\nnew\\n')\" && test ! -e d && test \"$(cat untracked)\" = mine");
	run("git diff-files --quiet && git diff-index --quiet --cached HEAD && test ! -e .git/index.lock && test ! -e .git/stella.tmp");
}
END_TEST

START_TEST(what_the_user_altered_is_not_overwritten)
{
	struct stella_change change = { "d/e/f", span("ours\n") }, removal = { "d/e/f", { NULL, 0 } };
	struct stella_change fresh = { "fresh", span("ours\n") }, inside = { "a/b", span("x") };
	struct stella_oid tree;
	const struct stella_error *err;

	first_commit();
	tree = id_of("HEAD^{tree}");
	assert_ok(stella_refs_worktree_check(repo, &tree, &change, 1));
	run("echo theirs > d/e/f");
	err = stella_refs_worktree_check(repo, &tree, &change, 1);
	assert_code(err, STELLA_CONFLICT);
	ck_assert_ptr_nonnull(strstr(err->message, "d/e/f"));
	assert_code(stella_refs_worktree_check(repo, &tree, &removal, 1), STELLA_CONFLICT);
	run("echo ours > d/e/f"); /* already as it will be */
	assert_ok(stella_refs_worktree_check(repo, &tree, &change, 1));
	run("rm d/e/f");
	assert_code(stella_refs_worktree_check(repo, &tree, &change, 1), STELLA_CONFLICT);
	assert_ok(stella_refs_worktree_check(repo, &tree, &removal, 1));
	run("git checkout -q . && echo theirs > d/e/f && git add . && echo two > d/e/f"); /* only in the index */
	assert_code(stella_refs_worktree_check(repo, &tree, &change, 1), STELLA_CONFLICT);
	run("git reset -q --hard && chmod -x a && echo untracked > fresh");
	assert_code(stella_refs_worktree_check(repo, &tree, &fresh, 1), STELLA_CONFLICT);
	run("rm fresh && ln -s /etc/passwd fresh");
	assert_code(stella_refs_worktree_check(repo, &tree, &fresh, 1), STELLA_CONFLICT);
	run("rm fresh && mkdir fresh");
	assert_code(stella_refs_worktree_check(repo, &tree, &fresh, 1), STELLA_CONFLICT);
	assert_code(stella_refs_worktree_check(repo, &tree, &inside, 1), STELLA_CONFLICT);
}
END_TEST

START_TEST(links_do_not_lead_out_of_the_working_tree)
{
	struct stella_change change = { "out/file", span("ours\n") };
	struct stella_oid first = first_commit(), tree = id_of("HEAD^{tree}");
	struct stella_ref_change move = { "refs/heads/main", &first, &first, "x" };

	run("mkdir ../elsewhere && ln -s ../elsewhere out");
	assert_code(stella_refs_worktree_check(repo, &tree, &change, 1), STELLA_CONFLICT);
	assert_code(stella_refs_publish(repo, &move, &tree, &change, 1), STELLA_CONFLICT);
	run("test ! -e ../elsewhere/file");
}
END_TEST

START_TEST(linked_worktrees_have_their_own_head_and_index)
{
	struct stella_change change = { "a", span("linked\n") };
	struct stella_oid first = first_commit(), base = id_of("HEAD^{tree}"), tree, second;
	struct stella_repo *linked;

	run("git worktree add -q -b side ../linked");
	assert_ok(stella_repo_open(&linked, "../linked"));
	assert_ok(stella_refs_write_tree(&tree, linked, &base, &change, 1));
	second = commit_of(&tree, &first, "Side");
	publish(linked, "refs/heads/side", &first, &second, &base, &change, 1);
	stella_repo_free(linked);
	assert_clean();
	run("cd ../linked && test -z \"$(git status --porcelain)\" && test \"$(git reflog -1 --format=%%gs HEAD)\" = 'stella: publish'");
	assert_fsck();
}
END_TEST

START_TEST(a_branch_that_is_not_checked_out_leaves_the_working_tree_alone)
{
	struct stella_change change = { "a", span("x\n") };
	struct stella_oid first = first_commit(), base = id_of("HEAD^{tree}"), tree = tree_of(&base, &change, 1), second;
	struct stella_repo *bare;

	second = commit_of(&tree, &first, "Second");
	publish(repo, "refs/heads/other", NULL, &second, &base, &change, 1);
	assert_clean();
	run("test $(cat a) = one && git clone -q --bare . ../b.git");
	assert_ok(stella_repo_open(&bare, "../b.git"));
	assert_ok(stella_refs_worktree_check(bare, NULL, &change, 1));
	publish(bare, "refs/heads/main", &first, &second, &base, &change, 1);
	stella_repo_free(bare);
}
END_TEST

START_TEST(a_ref_that_moved_leaves_the_working_tree_alone)
{
	struct stella_change change = { "a", span("x\n") };
	struct stella_oid first = first_commit(), base = id_of("HEAD^{tree}"), tree = tree_of(&base, &change, 1);
	struct stella_oid second = commit_of(&tree, &first, "Second"), third = commit_of(&base, &first, "Third");
	struct stella_ref_change move = { "refs/heads/main", &first, &second, "x" };

	assert_ok(stella_refs_update(repo, "refs/heads/main", &first, &third, "x"));
	assert_code(stella_refs_publish(repo, &move, &base, &change, 1), STELLA_CONFLICT);
	assert_clean();
	run("test $(cat a) = one");
}
END_TEST

START_TEST(what_was_interrupted_may_be_done_again)
{
	struct stella_change changes[] = { { "a", span("x\n") }, { "d/e/f", { NULL, 0 } } };
	struct stella_oid first = first_commit(), base = id_of("HEAD^{tree}"), tree = tree_of(&base, changes, 2);
	struct stella_oid second = commit_of(&tree, &first, "Second");

	run("echo x > a && git add a && rm d/e/f"); /* files and half of the index, but not the ref */
	publish(repo, "refs/heads/main", &first, &second, &base, changes, 2);
	assert_clean();
}
END_TEST

/* Of many who change one ref, each by compare-and-swap, none is lost. */
START_TEST(racing_writers_lose_nothing)
{
	enum { PROCESSES = 6, TIMES = 10 };
	struct stella_oid first = first_commit(), tree = id_of("HEAD^{tree}");
	pid_t children[PROCESSES];

	ck_assert(!stella_oid_is_zero(&first));
	for (int i = 0; i < PROCESSES; i++) {
		children[i] = fork();
		for (int k = 0; children[i] == 0 && k < TIMES; k++) {
			const struct stella_error *err;
			struct stella_oid old, next;
			char reason[32];

			snprintf(reason, sizeof reason, "%d/%d", i, k);
			do {
				if (stella_repo_resolve(&old, repo, "refs/heads/main"))
					_exit(2);
				next = commit_of(&tree, &old, reason);
				err = stella_refs_update(repo, "refs/heads/main", &old, &next, reason);
			} while (stella_error_is(err, STELLA_CONFLICT));
			if (err)
				_exit(3);
		}
		if (children[i] == 0)
			_exit(0);
	}
	for (int i = 0; i < PROCESSES; i++) {
		int status;

		ck_assert_int_eq(waitpid(children[i], &status, 0), children[i]);
		ck_assert_int_eq(status, 0);
	}
	run("test $(git rev-list --count main) = %d && test $(git reflog main | wc -l) = %d", 1 + PROCESSES * TIMES, 1 + PROCESSES * TIMES);
	assert_fsck();
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_checked_fixture(t, make_repo, leave_repo);
	tcase_add_test(t, what_we_make_is_a_repository_for_git);
	tcase_add_test(t, an_empty_repository_is_taken_and_one_in_use_is_not);
	tcase_add_test(t, a_setting_is_written_beside_the_others);
	tcase_add_test(t, objects_are_those_of_git);
	tcase_add_test(t, trees_are_as_git_would_write_them);
	tcase_add_test(t, only_what_is_named_changes);
	tcase_add_test(t, paths_that_no_tree_may_hold_are_refused);
	tcase_add_test(t, a_batch_is_one_pack_and_readable_meanwhile);
	tcase_add_test(t, a_ref_changes_only_from_what_it_was);
	tcase_add_test(t, names_of_refs_do_not_get_into_each_others_way);
	tcase_add_test(t, a_ref_names_a_commit_that_is_there);
	tcase_add_test(t, a_change_stands_in_the_log);
	tcase_add_test(t, hooks_do_not_run);
	tcase_add_test(t, the_working_tree_follows_and_status_is_clean);
	tcase_add_test(t, what_the_user_altered_is_not_overwritten);
	tcase_add_test(t, links_do_not_lead_out_of_the_working_tree);
	tcase_add_test(t, linked_worktrees_have_their_own_head_and_index);
	tcase_add_test(t, a_branch_that_is_not_checked_out_leaves_the_working_tree_alone);
	tcase_add_test(t, a_ref_that_moved_leaves_the_working_tree_alone);
	tcase_add_test(t, what_was_interrupted_may_be_done_again);
	tcase_add_test(t, racing_writers_lose_nothing);
}

CHECK_MAIN("refs", fill)
