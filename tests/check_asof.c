/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "asof.h"
#include "trustkit.h"

#define CLAIMED INT64_C(1700000000) /* by every commit of testrepo.c: 2023-11-14T22:13:20Z */

static struct stella_trust *present;
static struct stella_oid first, second;

static void look(void)
{
	struct stella_trust_options own = options;

	own.no_memory = own.judge_only = true;
	stella_trust_free(present);
	assert_ok(stella_trust_load(&present, t.repo, &own));
}

/* Two states above the root. */
static void two(void)
{
	enter();
	testrepo_change(&t, "alice", "issuers/ci.json", "ci 1", NULL);
	first = t.tip;
	testrepo_change(&t, "bob", "issuers/ci.json", "ci 2", NULL);
	second = t.tip;
	look();
}

static void end(void)
{
	stella_trust_free(present);
	present = NULL;
	leave();
}

static void assert_point(const char *text, enum stella_asof_kind kind, const struct stella_oid *commit, int64_t time)
{
	struct stella_asof point;

	assert_ok(stella_asof_find(&point, present, text));
	ck_assert_int_eq(point.kind, kind);
	ck_assert(stella_oid_equal(&point.commit, commit));
	ck_assert_int_eq(point.time, time);
}

static void assert_none(const char *text, enum stella_code code)
{
	struct stella_asof point;

	assert_code(stella_asof_find(&point, present, text), code);
}

START_TEST(a_date_means_the_last_state_that_claims_no_later_one)
{
	struct stella_asof point;

	assert_point("2023-11-14T22:13:20Z", STELLA_ASOF_DATE, &second, CLAIMED);
	assert_point("2023-11-15", STELLA_ASOF_DATE, &second, CLAIMED - 80000 + 86400);
	assert_none("2023-11-14T22:13:19Z", STELLA_NOT_FOUND);
	assert_none("2023-11-14", STELLA_NOT_FOUND);
	assert_ok(stella_asof_find_time(&point, present, CLAIMED));
	ck_assert(stella_oid_equal(&point.commit, &second));
	assert_code(stella_asof_find_time(&point, present, CLAIMED - 1), STELLA_NOT_FOUND);
	assert_code(stella_asof_find_time(&point, present, INT64_MIN), STELLA_NOT_FOUND);
}
END_TEST

START_TEST(a_state_is_named_by_number_id_or_prefix)
{
	struct stella_sha256 id = state_id();
	char hex[STELLA_SHA256_HEX];

	assert_point("#0", STELLA_ASOF_STATE, &t.root, CLAIMED);
	assert_point("#1", STELLA_ASOF_STATE, &first, CLAIMED);
	assert_point("#2", STELLA_ASOF_STATE, &second, CLAIMED);
	assert_none("#3", STELLA_NOT_FOUND);
	stella_sha256_hex(hex, &id);
	assert_point(hex, STELLA_ASOF_STATE, &second, CLAIMED);
	hex[12] = 0;
	assert_point(hex, STELLA_ASOF_STATE, &second, CLAIMED);
	hex[6] = 0;
	assert_none(hex, STELLA_USAGE);
}
END_TEST

START_TEST(a_commit_lies_between_root_and_tip)
{
	struct stella_oid tree = testrepo_tree(&t, &first, "README.md", "elsewhere", NULL), beside;
	char hex[STELLA_OID_HEX];

	stella_oid_hex(hex, &first);
	assert_point(hex, STELLA_ASOF_COMMIT, &first, CLAIMED);
	stella_oid_hex(hex, &t.root);
	assert_point(hex, STELLA_ASOF_COMMIT, &t.root, CLAIMED);
	beside = testrepo_approve(&t, &first, &tree, "alice");
	stella_oid_hex(hex, &beside);
	assert_none(hex, STELLA_NOT_ON_BRANCH);
	assert_none("0123456789012345678901234567890123456789", STELLA_NOT_ON_BRANCH);
}
END_TEST

START_TEST(anything_else_is_no_point)
{
	static const char *const texts[] = { "", "1", "now", "2023-13-01", "2023-11-14T22:13:20", "20231114", "-1", "HEAD", "#",
		"#-1", "ABCDEF0", "refs/heads/main", "2023-11-14 22:13:20Z" };
	struct stella_asof point;

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		ck_assert_msg(stella_asof_find(&point, present, texts[i]) != NULL, "%s", texts[i]);
	assert_none("2023-13-01", STELLA_USAGE);
	assert_none("now", STELLA_USAGE);
	assert_none("", STELLA_USAGE);
}
END_TEST

START_TEST(in_a_fork_a_date_has_no_last_state)
{
	struct stella_oid heads[2], tree, merged;
	char hex[STELLA_OID_HEX];

	for (unsigned i = 0; i < 2; i++) {
		char *policy = testrepo_policy(i ? "alice bob carol" : "alice bob dave", 1, 1, LATER);

		tree = testrepo_tree(&t, &second, "policy.json", policy, NULL);
		heads[i] = testrepo_approve(&t, &second, &tree, i ? "bob" : "alice");
		free(policy);
	}
	merged = testrepo_commit(&t, heads, 2, &tree, NULL, NULL);
	testrepo_move(&t, &merged);
	look();
	ck_assert_uint_eq(present->view.head_count, 2);
	assert_none("2024-01-01", STELLA_FORK);
	assert_point("#2", STELLA_ASOF_STATE, &second, CLAIMED);
	stella_oid_hex(hex, &heads[1]);
	assert_point(hex, STELLA_ASOF_COMMIT, &heads[1], CLAIMED);
}
END_TEST

static void fill(TCase *tc)
{
	tcase_add_checked_fixture(tc, two, end);
	tcase_add_test(tc, a_date_means_the_last_state_that_claims_no_later_one);
	tcase_add_test(tc, a_state_is_named_by_number_id_or_prefix);
	tcase_add_test(tc, a_commit_lies_between_root_and_tip);
	tcase_add_test(tc, anything_else_is_no_point);
	tcase_add_test(tc, in_a_fork_a_date_has_no_last_state);
}

CHECK_MAIN("asof", fill)
