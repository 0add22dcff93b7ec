/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "trustkit.h"

/* ---------------------------------------------------------------- pin and root */

START_TEST(without_a_pin_nothing_is_trusted_or_kept)
{
	options.root = NULL;
	assert_refused(STELLA_NO_PIN, "stella pin");
	ck_assert(nothing_kept());
}
END_TEST

START_TEST(every_answer_names_pin_and_branch)
{
	struct stella_trust *trust;

	options.root = NULL;
	assert_ok(stella_refs_config(t.repo, "stella.trustRoot", root_hex));
	assert_ok(load(&trust));
	ck_assert_str_eq(trust->root_source, "git config (local)");
	ck_assert_str_eq(trust->ref, "refs/heads/main");
	ck_assert(stella_oid_equal(&trust->tip, &t.tip));
	ck_assert(trust->remembers);
	stella_trust_free(trust);
}
END_TEST

START_TEST(another_root_leads_nowhere)
{
	struct stella_oid tree = testrepo_tree_of(&t, &t.root), other;
	char hex[STELLA_OID_HEX];

	other = testrepo_commit(&t, NULL, 0, &tree, "alice", NULL);
	stella_oid_hex(hex, &other);
	options.root = hex;
	assert_refused(STELLA_NO_ROOT, hex);
	ck_assert(nothing_kept());
}
END_TEST

START_TEST(a_root_without_a_valid_policy_is_none)
{
	struct stella_oid tree = testrepo_tree(&t, &t.root, "policy.json", "{}", NULL), other;
	char hex[STELLA_OID_HEX];

	other = testrepo_commit(&t, NULL, 0, &tree, NULL, NULL);
	stella_oid_hex(hex, &other);
	options.root = hex;
	testrepo_move(&t, &other);
	assert_refused(STELLA_BAD_ROOT, hex);
	ck_assert(nothing_kept());
}
END_TEST

START_TEST(a_missing_branch_is_not_found)
{
	options.ref = "refs/heads/none";
	assert_refused(STELLA_NOT_FOUND, "refs/heads/none");
}
END_TEST

static void remove_object(const struct stella_oid *id)
{
	struct stella_buf path = { 0 };
	char hex[STELLA_OID_HEX];

	stella_oid_hex(hex, id);
	stella_buf_printf(&path, "%s/objects/%.2s/%s", stella_repo_gitdir(t.repo), hex, hex + 2);
	ck_assert_int_eq(unlink((char *)path.data), 0);
	stella_buf_free(&path);
}

static void reopen(void)
{
	char *path = stella_strdup(stella_repo_gitdir(t.repo));

	stella_repo_free(t.repo);
	assert_ok(stella_repo_open(&t.repo, path));
	free(path);
}

START_TEST(a_shallow_clone_is_incomplete)
{
	struct stella_buf path = { 0 }, text = { 0 };
	struct stella_oid first;
	char hex[STELLA_OID_HEX];

	testrepo_change(&t, "alice", "issuers/ci.json", "ci 1", NULL);
	first = t.tip;
	testrepo_change(&t, "alice", "issuers/ci.json", "ci 2", NULL);
	stella_oid_hex(hex, &t.tip);
	stella_buf_printf(&path, "%s/shallow", stella_repo_gitdir(t.repo));
	stella_buf_printf(&text, "%s\n", hex);
	assert_ok(stella_sys_replace((char *)path.data, stella_buf_span(&text), 0644));
	remove_object(&first);
	reopen();
	assert_refused(STELLA_INCOMPLETE, "fetch-depth: 0");
	ck_assert(nothing_kept());
	stella_buf_free(&path);
	stella_buf_free(&text);
}
END_TEST

/* ---------------------------------------------------------------- memory */

START_TEST(a_rewind_is_refused_once_more_was_seen)
{
	struct stella_oid old = t.tip, new_tip;
	struct stella_sha256 seen;
	char hex[STELLA_SHA256_HEX];

	ck_assert(!load_warm());
	testrepo_change(&t, "alice", "issuers/ci.json", "ci 1", NULL);
	new_tip = t.tip;
	seen = state_id();
	ck_assert(!load_warm());
	testrepo_move(&t, &old);
	stella_sha256_hex(hex, &seen);
	assert_refused(STELLA_ROLLBACK, hex);
	seen = state_id();
	stella_sha256_hex(hex, &seen);
	assert_refused(STELLA_ROLLBACK, hex);
	/* Nothing was forgotten by that. */
	testrepo_move(&t, &new_tip);
	ck_assert(load_warm());
	/* Without memory it cannot be known. */
	testrepo_move(&t, &old);
	options.no_memory = true;
	ck_assert(!load_warm());
}
END_TEST

START_TEST(a_branch_that_left_out_what_was_seen_is_refused)
{
	struct stella_oid old = t.tip, tree;

	testrepo_change(&t, "alice", "issuers/ci.json", "ci 1", NULL);
	load_warm();
	tree = testrepo_tree(&t, &old, "issuers/ci.json", "ci other", NULL);
	old = testrepo_approve(&t, &old, &tree, "bob");
	tree = testrepo_tree(&t, &old, "issuers/ci.json", "ci more", NULL);
	old = testrepo_approve(&t, &old, &tree, "bob");
	testrepo_move(&t, &old);
	assert_refused(STELLA_ROLLBACK, "rollback");
}
END_TEST

START_TEST(what_is_not_the_trust_ref_neither_reads_nor_writes_memory)
{
	struct stella_oid old = t.tip;
	struct stella_trust *trust;
	char hex[STELLA_OID_HEX];

	stella_oid_hex(hex, &old);
	options.ref = hex;
	assert_ok(load(&trust));
	ck_assert(!trust->remembers);
	stella_trust_free(trust);
	assert_ok(stella_refs_update(t.repo, "refs/heads/request", NULL, &old, ""));
	options.ref = "refs/heads/request";
	load_warm();
	options.ref = NULL;
	options.no_memory = true;
	load_warm();
	ck_assert(nothing_kept());

	options.no_memory = false;
	testrepo_change(&t, "alice", "issuers/ci.json", "ci 1", NULL);
	load_warm();
	options.ref = hex;
	ck_assert(!load_warm());
	options.ref = "refs/heads/request";
	ck_assert(!load_warm());
	/* The trust ref by its name is the trust ref. */
	options.ref = "refs/heads/main";
	ck_assert(load_warm());
}
END_TEST

START_TEST(damaged_memory_is_never_ignored)
{
	static const char *const texts[] = { "", "{", "{\"version\": 2}", "{\"version\": 1}" };
	char *path = kept("memory.json");
	struct stella_buf before = { 0 }, after = { 0 };

	load_warm();
	assert_ok(stella_sys_read(&before, path, 4096));
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		assert_ok(stella_sys_replace(path, stella_span_str(texts[i]), 0600));
		assert_refused(STELLA_MEMORY_DAMAGED, "--at-least");
		assert_ok(stella_sys_read(&after, path, 4096));
		ck_assert(stella_span_is(stella_buf_span(&after), texts[i]));
		stella_buf_free(&after);
	}
	assert_ok(stella_sys_replace(path, stella_buf_span(&before), 0600));
	ck_assert_int_eq(chmod(path, 0644), 0);
	assert_refused(STELLA_MEMORY_DAMAGED, path);
	options.judge_only = true;
	assert_refused(STELLA_MEMORY_DAMAGED, path);
	options.no_memory = true;
	load_warm();
	options.no_memory = false;
	ck_assert_int_eq(chmod(path, 0600), 0);
	ck_assert(load_warm());
	stella_buf_free(&before);
	free(path);
}
END_TEST

START_TEST(the_memory_of_another_root_is_damage)
{
	struct stella_buf text = { 0 };
	char *path = kept("memory.json");

	load_warm();
	assert_ok(stella_sys_read(&text, path, 4096));
	memcpy(strstr((char *)text.data, root_hex), "0000", 4);
	assert_ok(stella_sys_replace(path, stella_buf_span(&text), 0600));
	assert_refused(STELLA_MEMORY_DAMAGED, "another root");
	stella_buf_free(&text);
	free(path);
}
END_TEST

START_TEST(a_state_directory_that_cannot_be_written_is_an_error_that_names_the_way_out)
{
	char *xdg = stella_strdup(getenv("XDG_STATE_HOME"));

	assert_ok(stella_sys_replace(xdg, stella_span_str(""), 0600)); /* a file in its place */
	assert_refused(STELLA_SYSTEM, "--no-memory");
	options.no_memory = true;
	load_warm();
	free(xdg);
}
END_TEST

START_TEST(a_read_only_state_directory_is_an_error_only_when_there_is_something_to_remember)
{
	bool is_root = geteuid() == 0;
	char *own;

	if (is_root) { /* to whom nothing is read-only */
		leave();
		ck_assert_int_eq(seteuid(65534), 0);
		enter();
	}
	own = kept(NULL);
	load_warm();
	ck_assert_int_eq(chmod(own, 0500), 0);
	ck_assert(load_warm());
	testrepo_change(&t, "alice", "issuers/ci.json", "ci 1", NULL);
	assert_refused(STELLA_SYSTEM, "--no-memory");
	ck_assert_int_eq(chmod(own, 0700), 0);
	ck_assert(!load_warm());
	free(own);
	if (is_root)
		ck_assert_int_eq(seteuid(0), 0);
}
END_TEST

/* ---------------------------------------------------------------- --at-least */

START_TEST(a_demanded_state_must_be_on_the_chain_warm_or_cold)
{
	struct stella_sha256 first = state_id(), second, other;
	char hex[3][STELLA_SHA256_HEX];
	const char *wanted[2] = { hex[0], hex[1] };
	struct stella_oid tree, elsewhere;

	tree = testrepo_tree(&t, &t.tip, "issuers/ci.json", "ci other", NULL);
	elsewhere = testrepo_approve(&t, &t.tip, &tree, "bob");
	other = testrepo_successor(&t, &t.root, &tree);
	testrepo_change(&t, "alice", "issuers/ci.json", "ci 1", NULL);
	second = state_id();
	stella_sha256_hex(hex[0], &first);
	stella_sha256_hex(hex[1], &second);
	stella_sha256_hex(hex[2], &other);
	options.at_least = wanted;
	options.at_least_count = 2;
	ck_assert(!load_warm());
	ck_assert(load_warm());
	wanted[1] = hex[2];
	assert_refused(STELLA_ROLLBACK, hex[2]);
	options.no_memory = true;
	assert_refused(STELLA_ROLLBACK, hex[1]);
	testrepo_move(&t, &elsewhere);
	ck_assert(!load_warm());
}
END_TEST

START_TEST(a_demanded_state_is_named_in_full)
{
	static const char *const bad[] = { "", "0", "#1", "0123456789abcdef" };
	const char *wanted[1];

	options.at_least = wanted;
	options.at_least_count = 1;
	for (size_t i = 0; i < 4; i++) {
		wanted[0] = bad[i];
		assert_refused(STELLA_USAGE, "--at-least");
	}
	ck_assert(nothing_kept());
}
END_TEST

/* ---------------------------------------------------------------- time */

START_TEST(a_policy_is_good_up_to_its_expiry)
{
	options.now = EXPIRES_AT;
	load_warm();
	options.now = EXPIRES_AT + 1;
	assert_refused(STELLA_POLICY_EXPIRED, EXPIRES);
	assert_refused(STELLA_POLICY_EXPIRED, "stella policy renew");
	ck_assert_int_eq(remembered_time(), EXPIRES_AT);
}
END_TEST

START_TEST(an_expired_policy_leaves_nothing_behind)
{
	options.now = EXPIRES_AT + 1;
	assert_refused(STELLA_POLICY_EXPIRED, EXPIRES);
	ck_assert(nothing_kept());
}
END_TEST

START_TEST(the_clock_may_go_back_but_remembered_time_does_not)
{
	char *policy = testrepo_policy("alice bob", 1, 1, "2026-10-01T00:00:00Z");

	options.now = NOW + 100 * 86400;
	load_warm();
	options.now = NOW;
	ck_assert(load_warm());
	ck_assert_int_eq(remembered_time(), NOW + 100 * 86400);
	/* By the clock this policy would be good. */
	testrepo_change(&t, "alice", "policy.json", policy, NULL);
	assert_refused(STELLA_POLICY_EXPIRED, "the latest time seen here");
	options.no_memory = true;
	load_warm();
	free(policy);
}
END_TEST

START_TEST(time_is_remembered_by_the_minute)
{
	load_warm();
	options.now = NOW + 59;
	load_warm();
	ck_assert_int_eq(remembered_time(), NOW);
	options.now = NOW + 60;
	load_warm();
	ck_assert_int_eq(remembered_time(), NOW + 60);
}
END_TEST

/* ---------------------------------------------------------------- fork */

/* Two policies that were both accepted, merged: the heads are left and right. */
static void make_fork(struct stella_oid heads[2])
{
	static const char *const signers[] = { "alice", "bob" };
	struct stella_oid base = t.tip, tree[2], merged;

	for (unsigned i = 0; i < 2; i++) {
		char *policy = testrepo_policy(i ? "alice bob carol" : "alice bob dave", 1, 1, LATER);

		tree[i] = testrepo_tree(&t, &base, "policy.json", policy, NULL);
		heads[i] = testrepo_approve(&t, &base, &tree[i], signers[i]);
		free(policy);
	}
	merged = testrepo_commit(&t, heads, 2, &tree[0], NULL, NULL);
	testrepo_move(&t, &merged);
}

START_TEST(a_fork_is_refused_with_both_heads_and_their_signers)
{
	struct stella_oid heads[2];
	char hex[STELLA_OID_HEX];

	make_fork(heads);
	for (unsigned i = 0; i < 2; i++) {
		stella_oid_hex(hex, &heads[i]);
		assert_refused(STELLA_FORK, hex);
	}
	assert_refused(STELLA_FORK, "alice");
	assert_refused(STELLA_FORK, "bob");
	assert_refused(STELLA_FORK, "stella status");
	ck_assert(nothing_kept());
}
END_TEST

static bool never(void *context, const char *path)
{
	ck_abort_msg("%s", path);
	return false;
}

START_TEST(in_a_fork_no_record_is_in_force)
{
	const struct stella_state *since;
	struct stella_buf content = { 0 };
	struct stella_oid heads[2];
	struct stella_trust *trust;

	make_fork(heads);
	options.judge_only = true;
	assert_ok(load(&trust));
	ck_assert(stella_error_is(trust->verdict, STELLA_FORK));
	ck_assert_uint_eq(trust->view.head_count, 2);
	ck_assert_ptr_null(trust->state);
	ck_assert_ptr_null(trust->policy);
	ck_assert(!stella_trust_has(trust, "policy.json"));
	assert_code(stella_trust_read(&content, trust, "policy.json"), STELLA_FORK);
	assert_code(stella_trust_since(&since, trust, "policy.json"), STELLA_FORK);
	assert_code(stella_trust_each(trust, "", never, NULL), STELLA_FORK);
	ck_assert(nothing_kept());
	stella_trust_free(trust);
}
END_TEST

START_TEST(a_commit_that_succeeds_all_heads_ends_a_fork)
{
	struct stella_oid heads[2], tree, end;
	struct stella_sha256 ids[2], target;
	struct stella_trust *trust;
	struct stella_history *history;
	const struct stella_state *since;

	load_warm();
	make_fork(heads);
	assert_refused(STELLA_FORK, "fork");
	tree = testrepo_tree(&t, &t.tip, "issuers/ci.json", "ci 1", NULL);
	target = testrepo_successor(&t, &t.tip, &tree);
	end = testrepo_commit(&t, &t.tip, 1, &tree, "alice", &target);
	testrepo_move(&t, &end);
	assert_warm_is_cold();

	assert_ok(load(&trust));
	ck_assert_uint_eq(trust->state->number, 2);
	assert_ok(stella_trust_since(&since, trust, "policy.json"));
	ck_assert(stella_oid_equal(&since->commit, &heads[0])); /* the head whose policy it is */
	assert_ok(stella_trust_since(&since, trust, "issuers/ci.json"));
	ck_assert_uint_eq(since->number, 2);
	assert_ok(stella_trust_since(&since, trust, "keys/a.json"));
	ck_assert_uint_eq(since->number, 0);
	/* Both heads are on its chain. */
	assert_ok(stella_trust_history(&history, trust));
	ck_assert_uint_eq(trust->state->before_count, 2);
	for (size_t i = 0; i < 2; i++) {
		ids[i] = stella_state_before(trust->state, i)->id;
		ck_assert(stella_trust_on_chain(trust, &ids[i]));
	}
	stella_trust_free(trust);
}
END_TEST

START_TEST(a_verdict_may_be_looked_at_without_being_believed)
{
	struct stella_oid old = t.tip;
	struct stella_trust *trust;
	struct stella_buf content = { 0 };

	options.judge_only = true;
	assert_ok(load(&trust));
	ck_assert_ptr_null(trust->verdict);
	stella_trust_free(trust);
	testrepo_change(&t, "alice", "issuers/ci.json", "ci 1", NULL);
	assert_ok(load(&trust));
	stella_trust_free(trust);
	testrepo_move(&t, &old);
	assert_ok(load(&trust));
	ck_assert(stella_error_is(trust->verdict, STELLA_ROLLBACK));
	assert_ok(stella_trust_read(&content, trust, "issuers/ci.json"));
	assert_span_is(stella_buf_span(&content), "ci 0");
	stella_buf_free(&content);
	stella_trust_free(trust);
	options.now = EXPIRES_AT + 1;
	options.no_memory = true;
	assert_ok(load(&trust));
	ck_assert(stella_error_is(trust->verdict, STELLA_POLICY_EXPIRED));
	stella_trust_free(trust);
}
END_TEST

static void fill(TCase *tc)
{
	tcase_add_checked_fixture(tc, enter, leave);
	tcase_add_test(tc, without_a_pin_nothing_is_trusted_or_kept);
	tcase_add_test(tc, every_answer_names_pin_and_branch);
	tcase_add_test(tc, another_root_leads_nowhere);
	tcase_add_test(tc, a_root_without_a_valid_policy_is_none);
	tcase_add_test(tc, a_missing_branch_is_not_found);
	tcase_add_test(tc, a_shallow_clone_is_incomplete);
	tcase_add_test(tc, a_rewind_is_refused_once_more_was_seen);
	tcase_add_test(tc, a_branch_that_left_out_what_was_seen_is_refused);
	tcase_add_test(tc, what_is_not_the_trust_ref_neither_reads_nor_writes_memory);
	tcase_add_test(tc, damaged_memory_is_never_ignored);
	tcase_add_test(tc, the_memory_of_another_root_is_damage);
	tcase_add_test(tc, a_state_directory_that_cannot_be_written_is_an_error_that_names_the_way_out);
	tcase_add_test(tc, a_read_only_state_directory_is_an_error_only_when_there_is_something_to_remember);
	tcase_add_test(tc, a_demanded_state_must_be_on_the_chain_warm_or_cold);
	tcase_add_test(tc, a_demanded_state_is_named_in_full);
	tcase_add_test(tc, a_policy_is_good_up_to_its_expiry);
	tcase_add_test(tc, an_expired_policy_leaves_nothing_behind);
	tcase_add_test(tc, the_clock_may_go_back_but_remembered_time_does_not);
	tcase_add_test(tc, time_is_remembered_by_the_minute);
	tcase_add_test(tc, a_fork_is_refused_with_both_heads_and_their_signers);
	tcase_add_test(tc, in_a_fork_no_record_is_in_force);
	tcase_add_test(tc, a_commit_that_succeeds_all_heads_ends_a_fork);
	tcase_add_test(tc, a_verdict_may_be_looked_at_without_being_believed);
}

CHECK_MAIN("trust", fill)
