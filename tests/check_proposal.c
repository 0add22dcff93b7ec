/* SPDX-License-Identifier: Apache-2.0 */
#include "testrepo.h"

static struct testrepo t;

static void set_up(void)
{
	char *policy = testrepo_policy("alice bob dave", 2, 1, "2099-01-01T00:00:00Z");

	testrepo_init(&t, policy, "issuers/acme.json", "v0\n", "README.md", "v0\n", NULL);
	free(policy);
}

static void tear_down(void)
{
	testrepo_free(&t);
}

static void put_names(struct stella_buf *out, const char *word, char **names, size_t count)
{
	stella_buf_printf(out, " %s", word);
	for (size_t i = 0; i < count; i++)
		stella_buf_printf(out, "%s%s", i ? "," : " ", names[i]);
}

/* What a proposal says, as one text. */
static char *text_of(const struct stella_proposal *p)
{
	static const char kinds[] = "+-~";
	struct stella_buf out = { 0 };

	stella_buf_printf(&out, "#%llu%s%s:", (unsigned long long)p->number, p->empty ? " empty" : "",
		p->complete ? " complete" : "");
	for (size_t i = 0; i < p->diff->count; i++)
		stella_buf_printf(&out, " %c%s", kinds[p->diff->paths[i].kind], p->diff->paths[i].path);
	for (size_t i = 0; i < p->needed_count; i++) {
		const struct stella_needed *n = &p->needed[i];

		stella_buf_printf(&out, "; %s%s of %u needs %u", n->of_new_policy ? "new " : "", n->role, n->head, n->threshold);
		put_names(&out, "have", n->have, n->have_count);
		put_names(&out, "can", n->can, n->can_count);
	}
	return stella_buf_take_str(&out);
}

static void assert_proposal(struct stella_oid commit, struct stella_oid tree, const char *wanted)
{
	struct stella_history *history;
	struct stella_proposal *proposal;
	struct stella_view view;
	char *text;

	assert_ok(stella_history_load(&history, t.repo, &t.root, &commit, NULL));
	view = *stella_history_view(history); /* a copy is as good */
	assert_ok(stella_proposal_load(&proposal, history, &view, &tree));
	text = text_of(proposal);
	ck_assert_str_eq(text, wanted);
	ck_assert_int_eq(proposal->complete, strstr(wanted, "complete") != NULL);
	free(text);
	stella_proposal_free(proposal);
	stella_history_free(history);
}

START_TEST(it_lists_what_is_needed_and_who_can)
{
	struct stella_oid tree = testrepo_tree(&t, &t.root, "issuers/acme.json", "v1\n", "x", "1\n", NULL), at = t.root;

	assert_proposal(at, tree, "#1: ~issuers/acme.json +x; records of 0 needs 1 have can alice,bob,dave; "
		"root of 0 needs 2 have can alice,bob,dave");
	at = testrepo_approve(&t, &at, &tree, "bob");
	assert_proposal(at, tree, "#1: ~issuers/acme.json +x; records of 0 needs 1 have bob can alice,dave; "
		"root of 0 needs 2 have bob can alice,dave");
	/* another tree is another proposal */
	assert_proposal(at, testrepo_tree(&t, &t.root, "x", "2\n", NULL), "#1: +x; root of 0 needs 2 have can alice,bob,dave");
	at = testrepo_approve(&t, &at, &tree, "dave");
	assert_proposal(at, tree, "#2 empty:");
}
END_TEST

START_TEST(no_difference_is_nothing_to_approve)
{
	assert_proposal(t.root, testrepo_tree_of(&t, &t.root), "#1 empty:");
}
END_TEST

START_TEST(a_new_policy_needs_its_own_root_too)
{
	char *policy = testrepo_policy("alice carol", 2, 1, "2099-01-01T00:00:00Z");
	struct stella_oid tree = testrepo_tree(&t, &t.root, "policy.json", policy, NULL), at;

	at = testrepo_approve(&t, &t.root, &tree, "carol");
	at = testrepo_approve(&t, &at, &tree, "bob");
	assert_proposal(at, tree, "#1: ~policy.json; root of 0 needs 2 have bob can alice,dave; "
		"new root of 0 needs 2 have carol can alice");
	free(policy);
}
END_TEST

START_TEST(approvals_that_meet_elsewhere_make_it_complete)
{
	struct stella_oid tree = testrepo_tree(&t, &t.root, "x", "1\n", NULL), both[2], merge;
	struct stella_oid other = testrepo_tree_of(&t, &t.root);

	both[0] = testrepo_approve(&t, &t.root, &tree, "alice");
	both[1] = testrepo_approve(&t, &t.root, &tree, "bob");
	merge = testrepo_commit(&t, both, 2, &other, NULL, NULL); /* its own tree is another */
	assert_proposal(merge, tree, "#1 complete: +x; root of 0 needs 2 have alice,bob can dave");
}
END_TEST

START_TEST(in_a_fork_every_head_counts)
{
	char *policy = testrepo_policy("alice bob", 2, 1, "2098-01-01T00:00:00Z");
	struct stella_oid tree, a, b, both[2], fork;

	tree = testrepo_tree(&t, &t.root, "issuers/acme.json", "v1\n", NULL);
	a = testrepo_approve(&t, &t.root, &tree, "dave");
	tree = testrepo_tree(&t, &t.root, "policy.json", policy, NULL);
	b = testrepo_approve(&t, &t.root, &tree, "alice");
	b = testrepo_approve(&t, &b, &tree, "bob");
	both[0] = a;
	both[1] = b;
	tree = testrepo_tree_of(&t, &a);
	fork = testrepo_commit(&t, both, 2, &tree, NULL, NULL);
	/* the tree of a head */
	assert_proposal(fork, tree, "#2:; root of 0 needs 2 have can alice,bob,dave; root of 1 needs 2 have can alice,bob");
	fork = testrepo_approve(&t, &fork, &tree, "dave");
	assert_proposal(fork, tree, "#2:; root of 0 needs 2 have dave can alice,bob; root of 1 needs 2 have can alice,bob");
	/* what is in neither needs the path's role too */
	tree = testrepo_tree(&t, &a, "issuers/acme.json", "v2\n", "policy.json", policy, NULL);
	assert_proposal(fork, tree, "#2: ~issuers/acme.json ~policy.json; records of 0 needs 1 have can alice,bob,dave; "
		"root of 0 needs 2 have can alice,bob,dave; records of 1 needs 1 have can alice,bob; "
		"root of 1 needs 2 have can alice,bob");
	free(policy);
}
END_TEST

START_TEST(a_tree_that_cannot_be_approved_is_refused)
{
	struct stella_history *history;
	struct stella_proposal *proposal;
	struct stella_oid tree, missing = { { 1 } };
	const struct stella_view *view;

	assert_ok(stella_history_load(&history, t.repo, &t.root, &t.root, NULL));
	view = stella_history_view(history);
	tree = testrepo_tree(&t, &t.root, "a b", "1\n", NULL);
	assert_code(stella_proposal_load(&proposal, history, view, &tree), STELLA_MALFORMED);
	tree = testrepo_tree(&t, &t.root, "policy.json", "{}", NULL);
	assert_code(stella_proposal_load(&proposal, history, view, &tree), STELLA_MALFORMED);
	tree = testrepo_tree(&t, &t.root, "policy.json", NULL, NULL);
	assert_code(stella_proposal_load(&proposal, history, view, &tree), STELLA_MALFORMED);
	tree = testrepo_tree(&t, &t.root, "policy.json", "{\"version\": 2}", NULL);
	assert_code(stella_proposal_load(&proposal, history, view, &tree), STELLA_POLICY_UNSUPPORTED);
	assert_code(stella_proposal_load(&proposal, history, view, &missing), STELLA_INCOMPLETE);
	ck_assert_ptr_null(proposal);
	stella_proposal_free(NULL);
	stella_history_free(history);
}
END_TEST

static void fill(TCase *c)
{
	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_test(c, it_lists_what_is_needed_and_who_can);
	tcase_add_test(c, no_difference_is_nothing_to_approve);
	tcase_add_test(c, a_new_policy_needs_its_own_root_too);
	tcase_add_test(c, approvals_that_meet_elsewhere_make_it_complete);
	tcase_add_test(c, in_a_fork_every_head_counts);
	tcase_add_test(c, a_tree_that_cannot_be_approved_is_refused);
}

CHECK_MAIN("proposal", fill)
