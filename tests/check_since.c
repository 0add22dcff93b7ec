/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include <stdio.h>
#include <unistd.h>

#include "since.h"
#include "testrepo.h"

static struct testrepo t;

static void enter(void)
{
	char *policy = testrepo_policy("alice bob", 1, 1, "2030-01-01T00:00:00Z");

	testrepo_init(
		&t, policy, "issuers/ci.json", "ci 0", "keys/a.json", "a 0", "README.md", "readme", NULL);
	free(policy);
}

static void leave(void)
{
	testrepo_free(&t);
}

static struct stella_history *history_at(const struct stella_oid *tip)
{
	struct stella_history *history;

	assert_ok(stella_history_load(&history, t.repo, &t.root, tip, NULL));
	ck_assert_uint_eq(stella_history_view(history)->head_count, 1);
	return history;
}

static const struct stella_state *head_of(struct stella_history *history)
{
	return stella_history_view(history)->heads[0];
}

static bool same_file(struct stella_history *history, const struct stella_state *a,
	const struct stella_state *b, const char *path)
{
	const struct stella_dir *left, *right;
	struct stella_file one, two;
	bool has_one, has_two;

	assert_ok(stella_trees_find(&left, stella_history_trees(history), &a->tree));
	assert_ok(stella_trees_find(&right, stella_history_trees(history), &b->tree));
	has_one = stella_dir_file(&one, left, stella_span_str(path));
	has_two = stella_dir_file(&two, right, stella_span_str(path));
	return has_one && has_two && one.size == two.size && stella_sha256_equal(&one.sha256, &two.sha256);
}

/* The definition, path by path. */
static const struct stella_state *plainly(struct stella_history *history, const struct stella_state *at,
	const char *path)
{
	size_t i;

	for (;;) {
		for (i = 0; i < at->before_count; i++)
			if (same_file(history, at, stella_state_before(at, i), path))
				break;
		if (i == at->before_count)
			return at;
		at = stella_state_before(at, i);
	}
}

static void assert_as_defined(void)
{
	struct stella_history *history = history_at(&t.tip);
	struct stella_since *since;

	assert_ok(stella_since_load(&since, head_of(history), stella_history_trees(history), NULL));
	ck_assert_uint_ge(since->count, 1);
	for (size_t i = 0; i < since->count; i++) {
		ck_assert_ptr_eq(
			since->rows[i].state, plainly(history, head_of(history), since->rows[i].path));
		ck_assert(i == 0 || strcmp(since->rows[i - 1].path, since->rows[i].path) < 0);
	}
	stella_since_free(since);
	stella_history_free(history);
}

START_TEST(everything_is_there_since_the_root)
{
	assert_as_defined();
}
END_TEST

START_TEST(content_that_comes_back_is_new)
{
	struct stella_history *history;
	struct stella_since *since;

	testrepo_change(&t, "alice", "keys/a.json", "a 1", NULL);
	testrepo_change(&t, "alice", "keys/a.json", "a 0", NULL);
	testrepo_change(&t, "alice", "issuers/ci.json", "ci 1", NULL);
	history = history_at(&t.tip);
	assert_ok(stella_since_load(&since, head_of(history), stella_history_trees(history), NULL));
	for (size_t i = 0; i < since->count; i++)
		if (strcmp(since->rows[i].path, "keys/a.json") == 0)
			ck_assert_uint_eq(since->rows[i].state->number, 2);
	stella_since_free(since);
	stella_history_free(history);
	assert_as_defined();
}
END_TEST

START_TEST(files_come_go_and_change_places)
{
	testrepo_change(&t, "alice", "keys/b.json", "b 0", "keys/c.json", "c 0", NULL);
	testrepo_change(&t, "bob", "keys/b.json", NULL, "keys/d/e.json", "b 0", NULL);
	testrepo_change(&t, "bob", "keys/b.json", "b 0", NULL);
	testrepo_change(&t, "bob", "keys/d/e.json", NULL, NULL);
	testrepo_change(&t, "bob", "keys/d", "b 0", NULL);
	testrepo_change(&t, "alice", "README.md", "readme 2", NULL);
	assert_as_defined();
}
END_TEST

static unsigned next(unsigned *seed)
{
	*seed = *seed * 1103515245 + 12345;
	return *seed >> 16;
}

START_TEST(any_line_of_changes_gives_what_is_defined)
{
	unsigned seed = 7;

	for (unsigned step = 0; step < 12; step++) {
		char path[2][32], text[2][16];

		for (unsigned i = 0; i < 2; i++) {
			snprintf(path[i], sizeof path[i], "%s/%c.json", i ? "keys" : "issuers",
				'a' + next(&seed) % 5);
			snprintf(text[i], sizeof text[i], "%u", next(&seed) % 3);
		}
		testrepo_change(&t, "alice", path[0], text[0], path[1], text[1], "README.md",
			step % 2 ? "x" : "y", NULL);
	}
	assert_as_defined();
}
END_TEST

/* Left and right change the policy and some files each; end succeeds both. */
static void fork_and_end(void)
{
	struct stella_oid base, tips[2], tree, merged;
	struct stella_sha256 target;

	base = t.tip;
	for (unsigned i = 0; i < 2; i++) {
		char *policy = testrepo_policy(
			i ? "alice bob carol" : "alice bob dave", 1, 1, "2031-01-01T00:00:00Z");

		testrepo_move(&t, &base);
		testrepo_change(&t, "alice", i ? "keys/right.json" : "keys/left.json", "1", "keys/both.json",
			i ? "r" : "l", NULL);
		testrepo_change(&t, "bob", "policy.json", policy, NULL);
		testrepo_change(&t, "alice", "keys/a.json", i ? "a right" : "a left", NULL);
		tips[i] = t.tip;
		free(policy);
	}
	tree = testrepo_tree_of(&t, &tips[0]);
	merged = testrepo_commit(&t, tips, 2, &tree, NULL, NULL);
	tree = testrepo_tree(&t, &tips[0], "keys/right.json", "1", "keys/a.json", "a right",
		"issuers/ci.json", "ci new", NULL);
	target = testrepo_successor(&t, &merged, &tree);
	merged = testrepo_commit(&t, &merged, 1, &tree, "bob", &target);
	testrepo_move(&t, &merged);
}

START_TEST(after_a_fork_content_came_through_the_head_that_had_it)
{
	fork_and_end();
	assert_as_defined();
	testrepo_change(&t, "alice", "keys/later.json", "1", NULL);
	fork_and_end();
	assert_as_defined();
}
END_TEST

struct asked {
	struct stella_since *since;
	unsigned count;
	bool knows;
};

static bool find(
	void *context, const struct stella_state **out, const char *path, const struct stella_file *file)
{
	struct asked *asked = context;

	asked->count++;
	for (size_t i = 0; asked->knows && i < asked->since->count; i++)
		if (strcmp(asked->since->rows[i].path, path) == 0) {
			ck_assert(stella_sha256_equal(&asked->since->rows[i].file.sha256, &file->sha256));
			*out = asked->since->rows[i].state;
			return true;
		}
	return false;
}

START_TEST(what_is_known_of_an_older_state_is_not_looked_up_again)
{
	struct stella_history *old_history, *history;
	struct asked asked = { .knows = true };
	struct stella_since_known known = { .find = find, .context = &asked };
	struct stella_since *since;

	testrepo_change(&t, "alice", "keys/b.json", "b 0", NULL);
	old_history = history_at(&t.tip);
	assert_ok(stella_since_load(
		&asked.since, head_of(old_history), stella_history_trees(old_history), NULL));
	known.head = head_of(old_history)->id;
	testrepo_change(&t, "alice", "keys/a.json", "a 1", "keys/c.json", "c", NULL);
	fork_and_end();
	history = history_at(&t.tip);
	for (unsigned round = 0; round < 2; round++) {
		asked.knows = round == 0; /* what it does not know is looked up */
		asked.count = 0;
		assert_ok(stella_since_load(&since, head_of(history), stella_history_trees(history), &known));
		ck_assert_uint_ge(asked.count, 2);
		for (size_t i = 0; i < since->count; i++)
			ck_assert(stella_sha256_equal(&since->rows[i].state->id,
				&plainly(history, head_of(history), since->rows[i].path)->id));
		stella_since_free(since);
	}
	/* A state that is on no way back is never asked about. */
	known.head.bytes[0] ^= 1;
	asked.count = 0;
	assert_ok(stella_since_load(&since, head_of(history), stella_history_trees(history), &known));
	ck_assert_uint_eq(asked.count, 0);
	stella_since_free(since);
	stella_since_free(asked.since);
	stella_history_free(old_history);
	stella_history_free(history);
}
END_TEST

START_TEST(a_tree_that_is_gone_is_an_error)
{
	struct stella_history *history;
	struct stella_trees *trees;
	struct stella_since *since;
	struct stella_buf path = { 0 };
	char hex[STELLA_OID_HEX];

	testrepo_change(&t, "alice", "keys/b.json", "b 0", NULL);
	history = history_at(&t.tip);
	stella_oid_hex(hex, &stella_state_before(head_of(history), 0)->tree);
	stella_buf_printf(&path, "%s/objects/%.2s/%s", stella_repo_gitdir(t.repo), hex, hex + 2);
	ck_assert_int_eq(unlink((char *)path.data), 0);
	trees = stella_trees_new(t.repo); /* that has read nothing yet */
	assert_code(stella_since_load(&since, head_of(history), trees, NULL), STELLA_INCOMPLETE);
	ck_assert_ptr_null(since);
	stella_trees_free(trees);
	stella_history_free(history);
	stella_buf_free(&path);
}
END_TEST

static void fill(TCase *tc)
{
	tcase_add_checked_fixture(tc, enter, leave);
	tcase_add_test(tc, everything_is_there_since_the_root);
	tcase_add_test(tc, content_that_comes_back_is_new);
	tcase_add_test(tc, files_come_go_and_change_places);
	tcase_add_test(tc, any_line_of_changes_gives_what_is_defined);
	tcase_add_test(tc, after_a_fork_content_came_through_the_head_that_had_it);
	tcase_add_test(tc, a_tree_that_is_gone_is_an_error);
	tcase_add_test(tc, what_is_known_of_an_older_state_is_not_looked_up_again);
}

CHECK_MAIN("since", fill)
