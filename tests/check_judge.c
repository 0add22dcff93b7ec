/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "judge.h"
#include "testrepo.h"

#define EXPIRES "2027-01-01T00:00:00Z"
#define EXPIRES_AT INT64_C(1798761600)

static struct testrepo t;

static void enter(void)
{
	char *policy = testrepo_policy("alice bob", 1, 1, EXPIRES);

	testrepo_init(&t, policy, NULL);
	free(policy);
}

static void leave(void)
{
	testrepo_free(&t);
}

static const struct stella_error *judge(const struct stella_judge *judge, struct stella_sha256 *head)
{
	struct stella_history *history;
	const struct stella_error *err;

	assert_ok(stella_history_load(&history, t.repo, &t.root, &t.tip, NULL));
	err = stella_judge_verify(judge, history);
	if (head)
		*head = stella_history_view(history)->heads[0]->id;
	stella_history_free(history);
	return err;
}

static void assert_says(const struct stella_error *err, const char *text)
{
	ck_assert_msg(strstr(err->message, text) != NULL, "\"%s\" is not in \"%s\"", text, err->message);
}

START_TEST(the_later_time_counts)
{
	struct stella_judge at = { .now = 5, .remembered_time = INT64_MIN };

	ck_assert_int_eq(stella_judge_time(&at), 5);
	at.remembered_time = 6;
	ck_assert_int_eq(stella_judge_time(&at), 6);
	at.now = 7;
	ck_assert_int_eq(stella_judge_time(&at), 7);
}
END_TEST

START_TEST(a_policy_is_good_up_to_its_expiry_and_the_message_says_what_to_do)
{
	struct stella_judge at = { .now = EXPIRES_AT, .remembered_time = EXPIRES_AT };
	const struct stella_error *err;

	assert_ok(judge(&at, NULL));
	at.now++;
	err = judge(&at, NULL);
	assert_code(err, STELLA_POLICY_EXPIRED);
	ck_assert_str_eq(err->message, "the policy in force expired at " EXPIRES
		", and it is 2027-01-01T00:00:01Z: fetch the trust branch, or renew the policy with `stella policy renew`");
	at.now = at.remembered_time = EXPIRES_AT + 2;
	err = judge(&at, NULL);
	assert_says(err, "it is 2027-01-01T00:00:02Z: ");
	at.now = EXPIRES_AT - 100;
	err = judge(&at, NULL);
	assert_code(err, STELLA_POLICY_EXPIRED);
	assert_says(err, "it is 2027-01-01T00:00:02Z (the latest time seen here; the clock went back): ");
}
END_TEST

START_TEST(what_was_seen_and_what_is_demanded_must_be_contained)
{
	struct stella_sha256 ids[2], unknown = { { 1 } };
	char hex[STELLA_SHA256_HEX], unknown_hex[STELLA_SHA256_HEX];
	struct stella_judge at = { .at_least = ids };
	const struct stella_error *err;

	assert_ok(judge(&at, &ids[0]));
	testrepo_change(&t, "alice", "issuers/ci.json", "1", NULL);
	assert_ok(judge(&at, &ids[1]));
	at.at_least_count = 2;
	at.remembered = &ids[0];
	assert_ok(judge(&at, NULL));
	at.remembered = &ids[1];
	assert_ok(judge(&at, NULL));

	stella_sha256_hex(hex, &ids[1]);
	stella_sha256_hex(unknown_hex, &unknown);
	at.remembered = &unknown;
	err = judge(&at, NULL);
	assert_code(err, STELLA_ROLLBACK);
	assert_says(err, hex);
	assert_says(err, unknown_hex);
	assert_says(err, "which was seen here before");
	at.remembered = NULL;
	ids[1] = unknown;
	err = judge(&at, NULL);
	assert_code(err, STELLA_ROLLBACK);
	assert_says(err, hex);
	assert_says(err, unknown_hex);
	assert_says(err, "which --at-least demands");
	at.at_least_count = 1;
	assert_ok(judge(&at, NULL));
}
END_TEST

START_TEST(a_rollback_is_told_before_an_expired_policy)
{
	struct stella_sha256 unknown = { { 1 } };
	struct stella_judge at = { .now = EXPIRES_AT + 1, .remembered = &unknown };

	assert_code(judge(&at, NULL), STELLA_ROLLBACK);
}
END_TEST

START_TEST(a_fork_is_told_first_with_heads_commits_signers_and_the_way_out)
{
	static const char *const members[] = { "alice bob dave", "alice bob carol" };
	struct stella_oid base = t.tip, tips[2], tree;
	struct stella_sha256 ids[2], unknown = { { 1 } };
	struct stella_judge at = { .now = EXPIRES_AT + 1, .remembered = &unknown };
	struct stella_buf wanted = { 0 };
	const struct stella_error *err;
	char id[STELLA_SHA256_HEX], commit[STELLA_OID_HEX];

	stella_buf_put_str(&wanted, "the trust history is a fork with 2 heads (`stella status` shows them; one "
		"commit that succeeds them all, approved by the root role of each, ends it): ");
	for (unsigned i = 0; i < 2; i++) {
		char *policy = testrepo_policy(members[i], 1, 1, EXPIRES);

		testrepo_move(&t, &base);
		testrepo_change(&t, i ? "bob" : "alice", "policy.json", policy, NULL);
		tips[i] = t.tip;
		free(policy);
		assert_ok(judge(&(struct stella_judge){ .now = 0 }, &ids[i]));
		stella_sha256_hex(id, &ids[i]);
		stella_oid_hex(commit, &tips[i]);
		stella_buf_printf(&wanted, "%sstate #1 %.16s (commit %s, approved by %s)",
			i ? " and " : "", id, commit, i ? "bob" : "alice");
	}
	tree = testrepo_tree_of(&t, &tips[0]);
	tips[0] = testrepo_commit(&t, tips, 2, &tree, NULL, NULL);
	testrepo_move(&t, &tips[0]);
	err = judge(&at, NULL);
	assert_code(err, STELLA_FORK);
	ck_assert_str_eq(err->message, (char *)wanted.data);
	stella_buf_free(&wanted);
}
END_TEST

static void fill(TCase *tc)
{
	tcase_add_checked_fixture(tc, enter, leave);
	tcase_add_test(tc, the_later_time_counts);
	tcase_add_test(tc, a_policy_is_good_up_to_its_expiry_and_the_message_says_what_to_do);
	tcase_add_test(tc, what_was_seen_and_what_is_demanded_must_be_contained);
	tcase_add_test(tc, a_rollback_is_told_before_an_expired_policy);
	tcase_add_test(tc, a_fork_is_told_first_with_heads_commits_signers_and_the_way_out);
}

CHECK_MAIN("judge", fill)
