/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <unistd.h>

#include "advance.h"
#include "cache.h"
#include "testrepo.h"

static struct testrepo t;

static void set_up(void)
{
	char *policy = testrepo_policy("alice bob", 2, 2, "2099-01-01T00:00:00Z");

	testrepo_init(&t, policy, "issuers/acme.json", "v0\n", NULL);
	free(policy);
}

static void tear_down(void)
{
	testrepo_free(&t);
}

static struct stella_advance *move(const struct stella_oid *old, const struct stella_oid *new_tip)
{
	struct stella_advance *a;

	assert_ok(stella_advance_load(&a, t.repo, &t.root, old, new_tip, NULL));
	return a;
}

/* The same move by one who verified these before; how many commits of the new tip were read. */
static size_t assert_warm(const struct stella_oid *old, const struct stella_oid *new_tip, const struct stella_advance *cold,
	const struct stella_oid *known[], size_t known_count)
{
	struct stella_cache *cache;
	struct stella_history *history;
	struct stella_advance *a;
	char path[300];
	size_t read;

	snprintf(path, sizeof path, "%s/fold.cache", t.dir);
	unlink(path);
	for (size_t i = 0; i < known_count; i++) {
		cache = stella_cache_open(path, &t.root);
		assert_ok(stella_history_load(&history, t.repo, &t.root, known[i], cache));
		assert_ok(stella_cache_save(path, history));
		stella_history_free(history);
		stella_cache_free(cache);
	}
	cache = stella_cache_open(path, &t.root);
	assert_ok(stella_advance_load(&a, t.repo, &t.root, old, new_tip, cache));
	ck_assert_int_eq(a->move, cold->move);
	ck_assert_int_eq(a->fast_forward, cold->fast_forward);
	ck_assert_int_eq(a->state_moves, cold->state_moves);
	ck_assert_int_eq(a->same_fork, cold->same_fork);
	ck_assert_str_eq(a->why, cold->why);
	ck_assert_uint_eq(a->before ? a->before->head_count : 0, cold->before ? cold->before->head_count : 0);
	ck_assert(stella_sha256_equal(&a->after->heads[0]->id, &cold->after->heads[0]->id));
	ck_assert_uint_eq(a->after->pending_count, cold->after->pending_count);
	read = stella_history_commits_read(a->history);
	stella_advance_free(a);
	stella_cache_free(cache);
	return read;
}

static void assert_move(const struct stella_oid *old, const struct stella_oid *new_tip, enum stella_move wanted, bool fast_forward)
{
	struct stella_advance *a = move(old, new_tip);
	const struct stella_oid *both[2] = { new_tip, old };

	ck_assert_int_eq(a->move, wanted);
	ck_assert_int_eq(a->fast_forward, fast_forward);
	ck_assert_int_eq(a->why[0] != 0, wanted == STELLA_MOVE_DEAD);
	ck_assert_uint_ge(assert_warm(old, new_tip, a, NULL, 0), 1);
	if (old)
		assert_warm(old, new_tip, a, &old, 1);
	ck_assert_uint_eq(assert_warm(old, new_tip, a, both, old ? 2 : 1), 0);
	stella_advance_free(a);
}

/* alice and bob approve this tree on top of parent. */
static struct stella_oid both(const struct stella_oid *parent, const struct stella_oid *tree)
{
	struct stella_oid at = testrepo_approve(&t, parent, tree, "alice");

	return testrepo_approve(&t, &at, tree, "bob");
}

START_TEST(what_is_approved_takes_effect_and_less_is_pending)
{
	struct stella_oid tree = testrepo_tree(&t, &t.root, "issuers/acme.json", "v1\n", NULL);
	struct stella_oid one = testrepo_approve(&t, &t.root, &tree, "alice"), two = testrepo_approve(&t, &one, &tree, "bob");
	struct stella_advance *a;

	assert_move(NULL, &t.root, STELLA_MOVE_FORWARD, true);
	assert_move(&t.root, &t.root, STELLA_MOVE_NONE, true);
	assert_move(&t.root, &one, STELLA_MOVE_PENDING, true);
	assert_move(&t.root, &two, STELLA_MOVE_FORWARD, true);
	assert_move(&one, &two, STELLA_MOVE_FORWARD, true);
	a = move(&t.root, &one);
	ck_assert(!a->state_moves);
	ck_assert_uint_eq(a->proposal->needed[0].have_count, 1);
	stella_advance_free(a);
	a = move(NULL, &two);
	ck_assert_ptr_null(a->before);
	ck_assert(a->state_moves);
	stella_advance_free(a);
}
END_TEST

START_TEST(who_verified_what_the_branch_holds_reads_what_is_new)
{
	struct stella_oid tree = testrepo_tree(&t, &t.root, "issuers/acme.json", "v1\n", NULL), two = both(&t.root, &tree);
	struct stella_oid next = testrepo_tree(&t, &two, "issuers/acme.json", "v2\n", NULL), four = both(&two, &next);
	const struct stella_oid *known = &two;
	struct stella_advance *a = move(&two, &four);

	ck_assert_uint_eq(stella_history_commits_read(a->history), 5);
	ck_assert_uint_eq(assert_warm(&two, &four, a, &known, 1), 2);
	known = &t.root;
	ck_assert_uint_eq(assert_warm(&two, &four, a, &known, 1), 4);
	stella_advance_free(a);
}
END_TEST

START_TEST(a_state_that_is_lost_is_a_rewind_and_noise_is_not)
{
	struct stella_oid tree = testrepo_tree(&t, &t.root, "issuers/acme.json", "v1\n", NULL), two = both(&t.root, &tree);
	struct stella_oid other = testrepo_tree(&t, &t.root, "issuers/acme.json", "v2\n", NULL);
	struct stella_oid noise = testrepo_commit(&t, &two, 1, &other, NULL, NULL), rival = both(&t.root, &other);

	assert_move(&two, &t.root, STELLA_MOVE_REWIND, false);
	assert_move(&two, &rival, STELLA_MOVE_REWIND, false);
	assert_move(&two, &noise, STELLA_MOVE_PENDING, true);
	assert_move(&noise, &two, STELLA_MOVE_NONE, false); /* noise may go: the state stays */
}
END_TEST

START_TEST(the_loser_of_two_proposals_is_pending_after_a_merge)
{
	struct stella_oid left = testrepo_tree(&t, &t.root, "issuers/acme.json", "v1\n", NULL);
	struct stella_oid right = testrepo_tree(&t, &t.root, "issuers/acme.json", "v2\n", NULL);
	struct stella_oid parents[2] = { both(&t.root, &left), both(&t.root, &right) };
	struct stella_oid merge = testrepo_commit(&t, parents, 2, &right, NULL, NULL);
	struct stella_advance *a = move(&parents[0], &merge);

	ck_assert_int_eq(a->move, STELLA_MOVE_PENDING);
	ck_assert(!a->state_moves);
	stella_advance_free(a);
}
END_TEST

START_TEST(a_fork_is_named_and_its_resolution_moves_forward)
{
	char *later = testrepo_policy("alice bob", 2, 2, "2098-01-01T00:00:00Z");
	char *sooner = testrepo_policy("alice bob", 2, 2, "2097-01-01T00:00:00Z");
	struct stella_oid left = testrepo_tree(&t, &t.root, "policy.json", later, NULL);
	struct stella_oid right = testrepo_tree(&t, &t.root, "policy.json", sooner, NULL);
	struct stella_oid parents[2] = { both(&t.root, &left), both(&t.root, &right) };
	struct stella_oid fork = testrepo_commit(&t, parents, 2, &left, NULL, NULL);
	struct stella_oid one = testrepo_approve(&t, &fork, &left, "alice"), two = testrepo_approve(&t, &one, &left, "bob");
	struct stella_advance *a;

	assert_move(&parents[0], &fork, STELLA_MOVE_FORK, true);
	a = move(&parents[0], &fork);
	ck_assert(!a->same_fork);
	stella_advance_free(a);
	a = move(&fork, &one);
	ck_assert_int_eq(a->move, STELLA_MOVE_FORK);
	ck_assert(a->same_fork);
	stella_advance_free(a);
	assert_move(&fork, &two, STELLA_MOVE_FORWARD, true);
	assert_move(&two, &parents[0], STELLA_MOVE_REWIND, false);
	assert_move(&fork, &parents[0], STELLA_MOVE_REWIND, false);
	free(later);
	free(sooner);
}
END_TEST

START_TEST(a_tree_that_can_never_take_effect_is_dead)
{
	struct stella_oid bad = testrepo_tree(&t, &t.root, "policy.json", "{}", NULL);
	struct stella_oid folded = testrepo_tree(&t, &t.root, "issuers/ACME.json", "x", NULL);
	struct stella_oid at = testrepo_commit(&t, &t.root, 1, &bad, NULL, NULL);

	assert_move(&t.root, &at, STELLA_MOVE_DEAD, true);
	at = testrepo_commit(&t, &t.root, 1, &folded, NULL, NULL);
	assert_move(&t.root, &at, STELLA_MOVE_DEAD, true);
}
END_TEST

START_TEST(what_does_not_come_from_the_root_is_no_move)
{
	struct stella_oid tree = testrepo_tree(&t, &t.root, "x", "1", NULL), alone = testrepo_commit(&t, NULL, 0, &tree, NULL, NULL);
	struct stella_oid none = { { 1, 2, 3 } };
	struct stella_advance *a;
	const struct stella_error *err = stella_advance_load(&a, t.repo, &t.root, &t.root, &alone, NULL);

	assert_code(err, STELLA_NO_ROOT);
	ck_assert_ptr_null(a);
	err = stella_advance_load(&a, t.repo, &t.root, &alone, &t.root, NULL);
	assert_code(err, STELLA_NO_ROOT);
	ck_assert_ptr_nonnull(strstr(err->message, "what the branch holds now"));
	assert_code(stella_advance_load(&a, t.repo, &t.root, &t.root, &none, NULL), STELLA_INCOMPLETE);
	assert_code(stella_advance_load(&a, t.repo, &t.root, &none, &t.root, NULL), STELLA_INCOMPLETE);
}
END_TEST

static void fill(TCase *tc)
{
	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, what_is_approved_takes_effect_and_less_is_pending);
	tcase_add_test(tc, who_verified_what_the_branch_holds_reads_what_is_new);
	tcase_add_test(tc, a_state_that_is_lost_is_a_rewind_and_noise_is_not);
	tcase_add_test(tc, the_loser_of_two_proposals_is_pending_after_a_merge);
	tcase_add_test(tc, a_fork_is_named_and_its_resolution_moves_forward);
	tcase_add_test(tc, a_tree_that_can_never_take_effect_is_dead);
	tcase_add_test(tc, what_does_not_come_from_the_root_is_no_move);
}

CHECK_MAIN("advance", fill)
