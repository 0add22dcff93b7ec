/* SPDX-License-Identifier: Apache-2.0 */
/*
 * history*.c, beyond what tests/replay.sh covers: errors of rule 12 and limits at n and n + 1, questions
 * to a history, and why a commit is no approval.
 */
#include <stdio.h>

#include "commit.h"
#include "history_internal.h"
#include "sys.h"
#include "testrepo.h"

static struct testrepo t;

static void set_up(void)
{
	char *policy = testrepo_policy("alice bob dave", 2, 1, "2099-01-01T00:00:00Z");

	testrepo_init(&t, policy, "issuers/acme.json", "v0\n", NULL);
	free(policy);
}

static void tear_down(void)
{
	testrepo_free(&t);
}

static const struct stella_error *load(struct stella_oid tip)
{
	struct stella_history *history;
	const struct stella_error *err = stella_history_load(&history, t.repo, &t.root, &tip, NULL);

	if (!err)
		stella_history_free(history);
	return err;
}

static uint64_t number_at(struct stella_oid tip)
{
	struct stella_history *history;
	uint64_t number;

	assert_ok(stella_history_load(&history, t.repo, &t.root, &tip, NULL));
	ck_assert_uint_eq(stella_history_view(history)->head_count, 1);
	number = stella_history_view(history)->heads[0]->number;
	stella_history_free(history);
	return number;
}

static struct stella_oid write_raw(struct stella_buf *raw)
{
	struct stella_oid id;

	assert_ok(stella_refs_write(&id, t.repo, STELLA_OBJECT_COMMIT, stella_buf_span(raw)));
	stella_buf_free(raw);
	return id;
}

static void put_line(struct stella_buf *raw, const char *word, const struct stella_oid *id)
{
	char hex[STELLA_OID_HEX];

	stella_oid_hex(hex, id);
	stella_buf_printf(raw, "%s %s\n", word, hex);
}

#define WHO "author A <a@b> 1 +0000\ncommitter A <a@b> 1 +0000\n\ntext\n"

static struct stella_oid commit_with(const struct stella_oid *tree, const struct stella_oid *parents, size_t count)
{
	struct stella_buf raw = { 0 };

	put_line(&raw, "tree", tree);
	for (size_t i = 0; i < count; i++)
		put_line(&raw, "parent", &parents[i]);
	stella_buf_put_str(&raw, WHO);
	return write_raw(&raw);
}

/* ---------------------------------------------------------------- rule 12 */

START_TEST(the_root_alone_is_a_history)
{
	struct stella_history *history;

	assert_ok(stella_history_load(&history, t.repo, &t.root, &t.root, NULL));
	ck_assert_uint_eq(stella_history_view(history)->heads[0]->number, 0);
	ck_assert_uint_eq(stella_history_commits_read(history), 1);
	ck_assert_uint_eq(stella_history_view(history)->heads[0]->approval_count, 0);
	stella_history_free(history);
	stella_history_free(NULL);
}
END_TEST

START_TEST(what_does_not_lead_to_the_root_is_an_error)
{
	struct stella_oid tree = testrepo_tree_of(&t, &t.root), other = commit_with(&tree, NULL, 0);
	struct stella_oid on_it = testrepo_commit(&t, &other, 1, &tree, "alice", NULL);
	struct stella_oid both[2] = { on_it, t.root }, merge = testrepo_commit(&t, both, 2, &tree, NULL, NULL);

	assert_code(load(other), STELLA_NO_ROOT);
	assert_code(load(on_it), STELLA_NO_ROOT);
	ck_assert_uint_eq(number_at(merge), 0);
}
END_TEST

START_TEST(a_commit_that_is_missing_or_damaged_is_an_error_at_all_that_descend_from_it)
{
	struct stella_oid tree = testrepo_tree_of(&t, &t.root), missing = { { 1 } }, blob, bad, parents[2];
	struct stella_buf raw = { 0 };

	assert_code(load(missing), STELLA_INCOMPLETE);
	parents[0] = t.root;
	parents[1] = missing;
	bad = testrepo_commit(&t, parents, 2, &tree, NULL, NULL);
	assert_code(load(bad), STELLA_INCOMPLETE);
	assert_code(load(testrepo_commit(&t, &bad, 1, &tree, NULL, NULL)), STELLA_INCOMPLETE);
	/* no tree line; a tree line that is cut; something that is no commit */
	put_line(&raw, "parent", &t.root);
	stella_buf_put_str(&raw, WHO);
	parents[1] = write_raw(&raw);
	assert_code(load(parents[1]), STELLA_INCOMPLETE);
	assert_code(load(testrepo_commit(&t, parents, 2, &tree, NULL, NULL)), STELLA_INCOMPLETE);
	stella_buf_put_str(&raw, "tree 1234\n" WHO);
	assert_code(load(write_raw(&raw)), STELLA_INCOMPLETE);
	assert_ok(stella_refs_write(&blob, t.repo, STELLA_OBJECT_BLOB, stella_span_str("x")));
	parents[1] = blob;
	assert_code(load(testrepo_commit(&t, parents, 2, &tree, NULL, NULL)), STELLA_INCOMPLETE);
	assert_code(load(blob), STELLA_INCOMPLETE);
}
END_TEST

START_TEST(what_lies_before_the_root_plays_no_part)
{
	struct stella_oid tree = testrepo_tree_of(&t, &t.root), missing = { { 1 } }, root, child;
	struct stella_history *history;

	root = commit_with(&tree, &missing, 1);
	child = testrepo_commit(&t, &root, 1, &tree, NULL, NULL);
	assert_ok(stella_history_load(&history, t.repo, &root, &child, NULL));
	stella_history_free(history);
}
END_TEST

START_TEST(the_trees_of_approvals_are_needed_and_others_are_not)
{
	struct stella_oid missing = { { 1 } }, blob, tree = testrepo_tree_of(&t, &t.root), plain, claim, merge[2];
	struct stella_sha256 any = { { 2 } };

	plain = testrepo_commit(&t, &t.root, 1, &missing, NULL, NULL);
	ck_assert_uint_eq(number_at(plain), 0);
	plain = testrepo_commit(&t, &t.root, 1, &missing, "alice", NULL);
	ck_assert_uint_eq(number_at(plain), 0);
	/* whoever signed it, whatever it names */
	claim = testrepo_commit(&t, &t.root, 1, &missing, "x", &any);
	assert_code(load(claim), STELLA_INCOMPLETE);
	merge[0] = t.root;
	merge[1] = claim;
	assert_code(load(testrepo_commit(&t, merge, 2, &tree, NULL, NULL)), STELLA_INCOMPLETE);
	/* a tree that is no tree is not valid: no effect */
	assert_ok(stella_refs_write(&blob, t.repo, STELLA_OBJECT_BLOB, stella_span_str("x")));
	ck_assert_uint_eq(number_at(testrepo_commit(&t, &t.root, 1, &blob, "alice", &any)), 0);
}
END_TEST

START_TEST(a_tree_over_a_limit_is_an_error_where_it_could_be_approved)
{
	char *large = stella_alloc(STELLA_TREE_FILE_MAX + 2);
	struct stella_oid tree;
	struct stella_sha256 any = { { 2 } };

	memset(large, 'x', STELLA_TREE_FILE_MAX);
	tree = testrepo_tree(&t, &t.root, "issuers/large", large, NULL);
	ck_assert_uint_eq(number_at(testrepo_commit(&t, &t.root, 1, &tree, "alice", &any)), 0);
	large[STELLA_TREE_FILE_MAX] = 'x';
	tree = testrepo_tree(&t, &t.root, "issuers/large", large, NULL);
	assert_code(load(testrepo_commit(&t, &t.root, 1, &tree, "alice", &any)), STELLA_LIMIT);
	ck_assert_uint_eq(number_at(testrepo_commit(&t, &t.root, 1, &tree, "alice", NULL)), 0);
	free(large);
}
END_TEST

START_TEST(a_policy_over_a_limit_is_an_error_where_it_could_be_approved)
{
	char *policy = testrepo_policy("alice bob dave", 2, 1, "2098-01-01T00:00:00Z"), *large;
	struct stella_sha256 any = { { 2 } };
	struct stella_oid tree;

	large = stella_alloc(STELLA_POLICY_MAX + 2);
	memset(large, ' ', STELLA_POLICY_MAX);
	memcpy(large, policy, strlen(policy));
	tree = testrepo_tree(&t, &t.root, "policy.json", large, NULL);
	ck_assert_uint_eq(number_at(testrepo_commit(&t, &t.root, 1, &tree, "alice", &any)), 0);
	large[STELLA_POLICY_MAX] = ' ';
	tree = testrepo_tree(&t, &t.root, "policy.json", large, NULL);
	assert_code(load(testrepo_commit(&t, &t.root, 1, &tree, "alice", &any)), STELLA_LIMIT);
	free(large);
	free(policy);
}
END_TEST

START_TEST(a_root_whose_tree_is_not_valid_is_an_error)
{
	struct stella_oid tree = testrepo_tree(&t, &t.root, "policy.json", NULL, NULL), root = commit_with(&tree, NULL, 0);
	struct stella_oid missing = { { 1 } }, child;
	struct stella_history *history;
	const struct stella_error *err;

	child = commit_with(&tree, &root, 1);
	err = stella_history_load(&history, t.repo, &root, &child, NULL);
	assert_code(err, STELLA_BAD_ROOT);
	ck_assert_msg(strstr(err->message, "there is no file policy.json"), "%s", err->message);
	tree = testrepo_tree(&t, &t.root, "policy.json", "{\"version\": 2}", NULL);
	root = commit_with(&tree, NULL, 0);
	assert_code(stella_history_load(&history, t.repo, &root, &root, NULL), STELLA_POLICY_UNSUPPORTED);
	root = commit_with(&missing, NULL, 0);
	assert_code(stella_history_load(&history, t.repo, &root, &root, NULL), STELLA_INCOMPLETE);
	tree = testrepo_tree(&t, &t.root, "a b", "", NULL);
	root = commit_with(&tree, NULL, 0);
	assert_code(stella_history_load(&history, t.repo, &root, &root, NULL), STELLA_BAD_ROOT);
}
END_TEST

/* ---------------------------------------------------------------- limits: at n, and at n + 1 */

START_TEST(a_commit_has_at_most_64_parents)
{
	struct stella_oid tree = testrepo_tree_of(&t, &t.root), parents[65], merge;

	for (unsigned i = 0; i < 65; i++) {
		struct stella_sha256 any = { { (uint8_t)i } };

		parents[i] = testrepo_commit(&t, &t.root, 1, &tree, NULL, &any);
	}
	ck_assert_uint_eq(number_at(commit_with(&tree, parents, 64)), 0);
	merge = commit_with(&tree, parents, 65);
	assert_code(load(merge), STELLA_LIMIT);
	assert_code(load(commit_with(&tree, &merge, 1)), STELLA_LIMIT);
}
END_TEST

START_TEST(a_commit_has_at_most_a_mebibyte)
{
	struct stella_oid tree = testrepo_tree_of(&t, &t.root), id;

	for (unsigned extra = 0; extra < 2; extra++) {
		struct stella_buf raw = { 0 };

		put_line(&raw, "tree", &tree);
		put_line(&raw, "parent", &t.root);
		stella_buf_put_str(&raw, WHO);
		while (raw.size < STELLA_COMMIT_MAX + extra)
			stella_buf_put_str(&raw, "x");
		id = write_raw(&raw);
		if (extra)
			assert_code(load(id), STELLA_LIMIT);
		else
			ck_assert_uint_eq(number_at(id), 0);
	}
}
END_TEST

START_TEST(the_number_of_commits_is_limited)
{
	struct stella_oid tree = testrepo_tree_of(&t, &t.root), tip = t.root;

	for (unsigned i = 0; i < 9; i++)
		tip = commit_with(&tree, &tip, 1);
	stella_history_limits.commits = 10;
	ck_assert_uint_eq(number_at(tip), 0);
	assert_code(load(commit_with(&tree, &tip, 1)), STELLA_LIMIT);
	stella_history_limits.commits = STELLA_COMMITS_MAX;
}
END_TEST

/* alice approves many things that need two. */
static struct stella_oid propose(unsigned count, struct stella_oid at)
{
	static const char *const names[] = { "a", "b", "c", "d", "e", "f" };

	for (unsigned i = 0; i < count; i++) {
		struct stella_oid tree = testrepo_tree(&t, &t.root, names[i], "x\n", NULL);

		at = testrepo_approve(&t, &at, &tree, "alice");
	}
	return at;
}

START_TEST(the_number_of_pending_approvals_is_limited)
{
	struct stella_oid tree = testrepo_tree_of(&t, &t.root), at, one, other, both[2];
	const struct stella_error *err;

	stella_history_limits.pending = 4;
	at = propose(4, t.root);
	ck_assert_uint_eq(number_at(at), 0);
	ck_assert_uint_eq(number_at(commit_with(&tree, &at, 1)), 0);
	stella_history_limits.pending = 3;
	err = load(at);
	assert_code(err, STELLA_LIMIT);
	ck_assert_msg(strstr(err->message, "more than 3 approvals are pending"), "%s", err->message);
	assert_code(load(commit_with(&tree, &at, 1)), STELLA_LIMIT);
	/* what a merge brings together counts too, whatever its own tree */
	one = propose(2, t.root);
	other = testrepo_tree(&t, &t.root, "z", "z\n", NULL);
	other = testrepo_approve(&t, &t.root, &other, "bob");
	both[0] = one;
	both[1] = other;
	ck_assert_uint_eq(number_at(commit_with(&tree, both, 2)), 0);
	stella_history_limits.pending = 2;
	assert_code(load(commit_with(&tree, both, 2)), STELLA_LIMIT);
	stella_history_limits.pending = STELLA_PENDING_MAX;
}
END_TEST

/* ---------------------------------------------------------------- questions to a history */

START_TEST(states_are_named_by_their_ids_or_numbers)
{
	struct stella_history *history;
	const struct stella_state *state, **chain;
	char hex[STELLA_SHA256_HEX];
	struct stella_sha256 none = { { 9 } };
	size_t count;

	testrepo_change(&t, "alice", "issuers/acme.json", "v1\n", NULL);
	testrepo_change(&t, "bob", "issuers/acme.json", "v2\n", NULL);
	testrepo_change(&t, "alice bob", "x", "v2\n", NULL);
	assert_ok(stella_history_load(&history, t.repo, &t.root, &t.tip, NULL));
	chain = stella_history_chain(&count, stella_history_view(history)->heads[0]);
	ck_assert_uint_eq(count, 4);
	for (size_t i = 0; i < count; i++) {
		char name[24];

		ck_assert_uint_eq(chain[i]->number, i);
		ck_assert_ptr_eq(stella_history_find_state(history, &chain[i]->id), chain[i]);
		stella_sha256_hex(hex, &chain[i]->id);
		assert_ok(stella_history_name_state(&state, history, hex));
		ck_assert_ptr_eq(state, chain[i]);
		hex[7] = 0;
		assert_ok(stella_history_name_state(&state, history, hex));
		ck_assert_ptr_eq(state, chain[i]);
		hex[6] = 0;
		assert_code(stella_history_name_state(&state, history, hex), STELLA_USAGE);
		snprintf(name, sizeof name, "#%zu", i);
		assert_ok(stella_history_name_state(&state, history, name));
		ck_assert_ptr_eq(state, chain[i]);
	}
	ck_assert_ptr_null(stella_history_find_state(history, &none));
	assert_code(stella_history_name_state(&state, history, "#4"), STELLA_NOT_FOUND);
	assert_code(stella_history_name_state(&state, history, "#"), STELLA_NOT_FOUND);
	assert_code(stella_history_name_state(&state, history, "#01"), STELLA_NOT_FOUND);
	assert_code(stella_history_name_state(&state, history, "0900000"), STELLA_NOT_FOUND);
	assert_code(stella_history_name_state(&state, history, ""), STELLA_USAGE);
	ck_assert_str_eq(chain[3]->approvals[0]->member[0] == 'a' ? chain[3]->approvals[1]->member :
		chain[3]->approvals[0]->member, "bob");
	free(chain);
	stella_history_free(history);
}
END_TEST

START_TEST(a_view_is_there_at_every_commit_that_was_read)
{
	struct stella_oid first, tree = testrepo_tree(&t, &t.root, "x", "1\n", NULL), elsewhere;
	struct stella_history *history;
	const struct stella_view *view;

	first = testrepo_approve(&t, &t.root, &tree, "alice");
	elsewhere = testrepo_approve(&t, &t.root, &tree, "dave");
	testrepo_move(&t, &first);
	tree = testrepo_tree(&t, &first, "issuers/acme.json", "v1\n", "x", NULL, NULL);
	first = testrepo_approve(&t, &first, &tree, "bob");
	assert_ok(stella_history_load(&history, t.repo, &t.root, &first, NULL));
	assert_ok(stella_history_view_at(&view, history, &t.root));
	ck_assert_uint_eq(view->heads[0]->number, 0);
	ck_assert_uint_eq(view->pending_count, 0);
	assert_ok(stella_history_view_at(&view, history, &t.tip));
	ck_assert_uint_eq(view->heads[0]->number, 0);
	ck_assert_uint_eq(view->pending_count, 1);
	ck_assert_str_eq(view->pending[0]->member, "alice");
	ck_assert(stella_oid_equal(&view->pending[0]->commit, &t.tip));
	assert_ok(stella_history_view_at(&view, history, &first));
	ck_assert_ptr_eq(view, stella_history_view(history));
	ck_assert_uint_eq(view->heads[0]->number, 1);
	ck_assert_uint_eq(view->pending_count, 0);
	ck_assert_str_eq(view->heads[0]->approvals[0]->member, "bob");
	assert_code(stella_history_view_at(&view, history, &elsewhere), STELLA_NOT_FOUND);
	stella_history_free(history);
}
END_TEST

static void assert_why(struct stella_oid commit, const char *wanted)
{
	struct stella_history *history;
	char why[STELLA_ERROR_MAX];

	assert_ok(stella_history_load(&history, t.repo, &t.root, &commit, NULL));
	assert_ok(stella_history_why(why, history, &commit));
	ck_assert_msg(*wanted ? strstr(why, wanted) != NULL : !*why, "\"%s\", not \"%s\"", why, wanted);
	stella_history_free(history);
}

START_TEST(a_commit_that_does_not_count_says_why)
{
	struct stella_oid tree = testrepo_tree(&t, &t.root, "issuers/acme.json", "v1\n", NULL), other, id;
	struct stella_sha256 any = { { 2 } }, target = testrepo_successor(&t, &t.root, &tree);

	assert_why(testrepo_approve(&t, &t.root, &tree, "alice"), "");
	assert_why(testrepo_commit(&t, &t.root, 1, &tree, NULL, NULL), "");
	assert_why(testrepo_commit(&t, &t.root, 1, &tree, "alice", NULL), "");
	assert_why(testrepo_commit(&t, &t.root, 1, &tree, NULL, &target), "sign");
	assert_why(testrepo_commit(&t, &t.root, 1, &tree, "x", &target), "a key of no member");
	assert_why(testrepo_commit(&t, &t.root, 1, &tree, "alice", &any), "it approves state 0200000");
	other = testrepo_tree(&t, &t.root, "a b", "v1\n", NULL);
	assert_why(testrepo_commit(&t, &t.root, 1, &other, "alice", &target), "its tree is not valid: a b: a name may");
	id = commit_with(&tree, NULL, 0);
	id = testrepo_commit(&t, (struct stella_oid[]){ t.root, id }, 2, &tree, "alice", &target);
	assert_why(id, "");
}
END_TEST

START_TEST(the_policy_of_a_state_is_that_of_its_tree)
{
	char *policy = testrepo_policy("alice bob", 1, 1, "2088-01-01T00:00:00Z");
	const struct stella_policy *found;
	struct stella_history *history;
	const struct stella_state *state;

	testrepo_change(&t, "alice bob", "policy.json", policy, NULL);
	assert_ok(stella_history_load(&history, t.repo, &t.root, &t.tip, NULL));
	state = stella_history_view(history)->heads[0];
	ck_assert(state->changes_policy);
	assert_ok(stella_history_policy(&found, history, state));
	ck_assert_str_eq(found->expires_text, "2088-01-01T00:00:00Z");
	assert_ok(stella_history_policy(&found, history, stella_state_before(state, 0)));
	ck_assert_str_eq(found->expires_text, "2099-01-01T00:00:00Z");
	stella_history_free(history);
	free(policy);
}
END_TEST

/* ---------------------------------------------------------------- many */

START_TEST(many_approvals_give_the_same_in_every_run)
{
	char *first = NULL;

	for (unsigned i = 0; i < 40; i++) {
		char content[20];

		snprintf(content, sizeof content, "v%u\n", i + 1);
		testrepo_change(&t, i % 2 ? "alice" : "bob", "issuers/acme.json", content, NULL);
	}
	for (unsigned run = 0; run < 20; run++) {
		struct stella_buf text = { 0 };
		struct stella_history *history;
		const struct stella_state **chain;
		size_t count;

		assert_ok(stella_history_load(&history, t.repo, &t.root, &t.tip, NULL));
		chain = stella_history_chain(&count, stella_history_view(history)->heads[0]);
		ck_assert_uint_eq(count, 41);
		for (size_t i = 0; i < count; i++)
			stella_hex_print(&text, stella_span(chain[i]->id.bytes, sizeof chain[i]->id.bytes));
		free(chain);
		stella_history_free(history);
		if (first)
			ck_assert_str_eq(first, (char *)text.data);
		else
			first = stella_strdup((char *)text.data);
		stella_buf_free(&text);
	}
	free(first);
}
END_TEST

/* Thousands of approvals that stay pending, of one state and of many: not quadratic. */
START_TEST(a_long_list_of_pending_approvals_is_folded_in_time)
{
	struct stella_oid at = t.root, trees[2];
	struct stella_sha256 targets[2];
	struct stella_history *history;

	for (unsigned i = 0; i < 2; i++) {
		trees[i] = testrepo_tree(&t, &t.root, i ? "x" : "y", "1\n", NULL);
		targets[i] = testrepo_successor(&t, &t.root, &trees[i]);
	}
	assert_ok(stella_refs_batch_start(t.repo));
	for (unsigned i = 0; i < 2000; i++)
		at = testrepo_commit(&t, &at, 1, &trees[i % 2], "alice", &targets[i % 2]);
	assert_ok(stella_refs_batch_commit(t.repo));
	assert_ok(stella_history_load(&history, t.repo, &t.root, &at, NULL));
	ck_assert_uint_eq(stella_history_view(history)->pending_count, 2);
	ck_assert_uint_eq(stella_history_commits_read(history), 2001);
	stella_history_free(history);
}
END_TEST

static uint64_t told;
static void tell(const char *what, uint64_t done)
{
	ck_assert_str_eq(what, "reading commits");
	ck_assert_uint_gt(done, told);
	told = done;
}

START_TEST(long_reading_tells_how_far_it_is)
{
	struct stella_oid tree = testrepo_tree_of(&t, &t.root), tip = t.root;

	for (unsigned i = 0; i < 600; i++)
		tip = commit_with(&tree, &tip, 1);
	stella_progress = tell;
	assert_ok(load(tip));
	stella_progress = NULL;
	ck_assert_uint_eq(told, 512);
}
END_TEST

static void fill(TCase *c)
{
	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_test(c, the_root_alone_is_a_history);
	tcase_add_test(c, what_does_not_lead_to_the_root_is_an_error);
	tcase_add_test(c, a_commit_that_is_missing_or_damaged_is_an_error_at_all_that_descend_from_it);
	tcase_add_test(c, what_lies_before_the_root_plays_no_part);
	tcase_add_test(c, the_trees_of_approvals_are_needed_and_others_are_not);
	tcase_add_test(c, a_tree_over_a_limit_is_an_error_where_it_could_be_approved);
	tcase_add_test(c, a_policy_over_a_limit_is_an_error_where_it_could_be_approved);
	tcase_add_test(c, a_root_whose_tree_is_not_valid_is_an_error);
	tcase_add_test(c, a_commit_has_at_most_64_parents);
	tcase_add_test(c, a_commit_has_at_most_a_mebibyte);
	tcase_add_test(c, the_number_of_commits_is_limited);
	tcase_add_test(c, the_number_of_pending_approvals_is_limited);
	tcase_add_test(c, states_are_named_by_their_ids_or_numbers);
	tcase_add_test(c, a_view_is_there_at_every_commit_that_was_read);
	tcase_add_test(c, a_commit_that_does_not_count_says_why);
	tcase_add_test(c, the_policy_of_a_state_is_that_of_its_tree);
	tcase_add_test(c, many_approvals_give_the_same_in_every_run);
	tcase_add_test(c, long_reading_tells_how_far_it_is);
	tcase_add_test(c, a_long_list_of_pending_approvals_is_folded_in_time);
}

CHECK_MAIN("history", fill)
