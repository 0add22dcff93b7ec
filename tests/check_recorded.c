/* SPDX-License-Identifier: Apache-2.0 */
#include "recordkit.h"
#include "sys.h"

static uint64_t told;

static void tell(const char *what, uint64_t done)
{
	if (!strcmp(what, "reading recordings"))
		told = done;
}

START_TEST(a_line_of_recordings_counts_and_the_earliest_time_holds)
{
	struct stella_oid at = plain(NULL, 0);
	uint64_t number;

	at = record("c1", 1, T(1), NULL, &at, 1);
	at = plain(&at, 1);
	at = record("d1", 2, T(2), NULL, &at, 1);
	at = record("c1", 1, T(3), NULL, &at, 1);
	at = record("c1", 3, T(3), NULL, &at, 1); /* the same time again is no step back */
	stella_progress = tell;
	load(&at);
	stella_progress = NULL;
	ck_assert_uint_eq(told, 6);
	assert_time(1, T(1));
	assert_time(2, T(2));
	assert_time(3, T(3));
	ck_assert_uint_eq(stella_recorded_count(recorded), 4);
	ck_assert_uint_eq(stella_recorded_void_count(recorded), 0);
	ck_assert_str_eq(find(1)->member, "carol");
	ck_assert_int_eq(stella_recorded_latest(recorded, &number), T(3));
	ck_assert(stella_recorded_used(trust));
	ck_assert_ptr_null(find(9));
}
END_TEST

START_TEST(who_is_no_recorder_or_speaks_of_no_state_says_nothing)
{
	struct stella_sha256 none = id_of(7);
	struct stella_oid at = record("a1", 1, T(1), NULL, NULL, 0);

	at = record("m1", 2, T(1), NULL, &at, 1);
	at = record("c1", 3, T(1), &none, &at, 1);
	at = record("c1", 4, CLAIMED - 1, NULL, &at, 1);
	at = record("c1", 5, NOW + 1, NULL, &at, 1);
	at = record("c1", 6, T(1), NULL, &at, 1); /* none of them stands in the way */
	load(&at);
	assert_void(1, "no recorder's");
	assert_void(2, "no recorder's");
	assert_void(3, "not on the chain");
	assert_void(4, "before the state");
	assert_void(5, "in the future");
	assert_time(6, T(1));
	ck_assert_uint_eq(stella_recorded_void_count(recorded), 5);
}
END_TEST

START_TEST(time_and_state_never_go_back_along_the_branch)
{
	struct stella_sha256 old = trust->state->id;
	struct stella_oid at = record("c1", 1, T(5), NULL, NULL, 0);

	at = record("d1", 2, T(4), NULL, &at, 1);
	at = plain(&at, 1);
	at = record("c1", 3, T(4), NULL, &at, 1);
	load(&at);
	assert_time(1, T(5));
	assert_void(2, "was recorded before it");
	assert_void(3, "was recorded before it");
	testrepo_change(&t, "alice", "issuers/ci.json", "ci", NULL);
	open_trust();
	at = record("c1", 4, T(6), NULL, &at, 1);
	at = record("d1", 5, T(7), &old, &at, 1);
	load(&at);
	assert_time(4, T(6));
	assert_void(5, "it names state #0, and #1");
}
END_TEST

START_TEST(a_side_branch_gains_no_time_that_the_other_side_had)
{
	struct stella_oid base = record("c1", 1, T(1), NULL, NULL, 0), tip = base, side, pair[2];

	for (unsigned i = 2; i <= 8; i++)
		tip = record("d1", i, T(i), NULL, &tip, 1);
	side = record("c1", 20, T(1), NULL, &base, 1); /* from long ago, with a time of then */
	for (unsigned turn = 0; turn < 2; turn++) {
		pair[turn] = tip;
		pair[!turn] = side;
		base = plain(pair, 2);
		load(&base);
		assert_time(20, T(8));
		for (unsigned i = 1; i <= 8; i++)
			assert_time(i, T(i));
	}
	/* After the merge it goes on. */
	base = record("c1", 30, T(9), NULL, &base, 1);
	load(&base);
	assert_time(30, T(9));
}
END_TEST

START_TEST(two_who_record_side_by_side_both_count)
{
	struct stella_oid base = record("c1", 1, T(1), NULL, NULL, 0), a, b, pair[2];

	a = record("c1", 2, T(2), NULL, &base, 1);
	a = record("c1", 3, T(4), NULL, &a, 1);
	b = record("d1", 4, T(3), NULL, &base, 1);
	pair[0] = a;
	pair[1] = b;
	a = plain(pair, 2);
	load(&a);
	ck_assert_uint_eq(stella_recorded_void_count(recorded), 0);
	assert_time(1, T(1));
	assert_time(2, T(3)); /* nobody can say whether it was before the other's */
	assert_time(3, T(4));
	assert_time(4, T(4));
}
END_TEST

START_TEST(a_lost_key_counts_as_far_as_another_recorder_saw_it_before)
{
	struct stella_sha256 old = trust->state->id;
	struct stella_oid at = record("c1", 1, T(1), &old, NULL, 0), early = at, forged;

	at = record("d1", 2, T(2), &old, &at, 1);
	at = record("c1", 3, T(3), &old, &at, 1);
	at = record("c1", 4, T(6), &old, &at, 1);
	at = record("d1", 5, T(7), &old, &at, 1);
	lose("c1", "carol", T(5));
	load(&at);
	assert_time(1, T(1));
	assert_time(2, T(2));
	assert_void(3, "no other recorder's commit from before");
	assert_void(4, "compromised since before");
	assert_time(5, T(7));
	forged = record("c1", 9, T(2), &old, &early, 1); /* a branch written anew, with a time from before */
	load(&forged);
	assert_void(9, "no other recorder's commit from before");
	/* What is lost stands in nobody's way, whatever time it claimed. */
	forged = record("c1", 10, T(4), &old, &early, 1);
	forged = record("d1", 11, T(3), &old, &forged, 1);
	load(&forged);
	assert_time(11, T(3));
	assert_void(10, "no other recorder's commit from before");
}
END_TEST

START_TEST(who_left_says_nothing_from_then_on)
{
	struct stella_sha256 old = trust->state->id;
	char *text = policy("alice bob carol dave", "dave");
	struct stella_oid at;

	testrepo_change(&t, "alice", "policy.json", text, NULL);
	free(text);
	open_trust();
	at = record("c1", 1, CLAIMED, &old, NULL, 0); /* the state without carol claims the same second */
	at = record("d1", 2, T(1), NULL, &at, 1);
	at = record("c1", 3, T(2), NULL, &at, 1);
	load(&at);
	assert_void(1, "was no recorder's any more");
	assert_time(2, T(1));
	assert_void(3, "no recorder's under the policy of state #1");
}
END_TEST

START_TEST(no_commit_dated_far_ahead_lets_who_left_go_on)
{
	struct stella_sha256 old = trust->state->id;
	struct stella_oid at = record("c1", 1, T(3), &old, NULL, 0);

	at = record("d1", 2, T(4), &old, &at, 1);
	at = record("c1", 3, T(5), &old, &at, 1);
	set_recorders("dave", NOW + 1000);
	load(&at);
	assert_time(3, T(5)); /* nobody says yet that it is otherwise */
	t.time = T(2);
	testrepo_change(&t, "alice", "issuers/ci.json", "ci", NULL);
	open_trust();
	load(&at);
	assert_time(3, T(5)); /* it takes the root quorum, as leaving does */
	set_recorders("dave alice", T(5));
	load(&at);
	assert_void(3, "carol left by state #1");
	assert_time(1, T(3));
	set_recorders("dave carol", T(6)); /* back again: what is between stays void */
	at = record("c1", 4, T(7), NULL, &at, 1);
	load(&at);
	assert_void(3, "carol left by state #1");
	assert_time(4, T(7));
	set_recorders("dave carol alice", T(2)); /* a date too early takes from those who ever left, and from nobody else */
	load(&at);
	assert_void(1, "carol left by state #1");
	assert_time(2, T(4));
	assert_time(4, T(7));
}
END_TEST

START_TEST(a_record_of_a_lost_key_is_read_and_written_alike)
{
	struct stella_lost_recorder *lost;
	struct stella_pubkey *key;
	struct stella_buf text = { 0 }, again = { 0 };
	char id[STELLA_SHA256_HEX];

	assert_ok(stella_pubkey_parse_ssh_line(&key, stella_span_str(testkey_line(testkey_find("c1")))));
	stella_sha256_hex(id, stella_pubkey_id(key));
	stella_buf_printf(&text, "{\n  \"compromised_since\": \"2026-01-17T12:00:00Z\",\n  \"key\": \"%s\",\n"
		"  \"member\": \"carol\",\n  \"reason\": \"lost\",\n  \"version\": 1\n}\n", testkey_line(testkey_find("c1")));
	assert_ok(stella_lost_recorder_parse(&lost, id, stella_buf_span(&text)));
	ck_assert_int_eq(lost->since, 1768651200);
	stella_lost_recorder_print(&again, lost);
	assert_span_is(stella_buf_span(&again), (char *)text.data);
	stella_lost_recorder_free(lost);
	id[0] = id[0] == 'a' ? 'b' : 'a';
	assert_code(stella_lost_recorder_parse(&lost, id, stella_buf_span(&text)), STELLA_MALFORMED);
	assert_code(stella_lost_recorder_parse(&lost, id, stella_span_str("{\"version\":1}")), STELLA_MALFORMED);
	assert_code(stella_lost_recorder_parse(&lost, id, stella_span_str("{\"version\":2}")), STELLA_POLICY_UNSUPPORTED);
	stella_buf_free(&text);
	stella_buf_free(&again);
	stella_pubkey_free(key);
}
END_TEST

START_TEST(a_missing_commit_is_an_error_and_no_time)
{
	struct stella_oid none = { { 7 } }, at = record("c1", 1, T(1), NULL, &none, 1);
	struct stella_recorded *out;

	assert_code(stella_recorded_load(&out, trust, project, &at, NOW), STELLA_INCOMPLETE);
	ck_assert_ptr_null(out);
}
END_TEST

static void fill(TCase *tc)
{
	tcase_add_checked_fixture(tc, enter, leave);
	tcase_add_test(tc, a_line_of_recordings_counts_and_the_earliest_time_holds);
	tcase_add_test(tc, who_is_no_recorder_or_speaks_of_no_state_says_nothing);
	tcase_add_test(tc, time_and_state_never_go_back_along_the_branch);
	tcase_add_test(tc, a_side_branch_gains_no_time_that_the_other_side_had);
	tcase_add_test(tc, two_who_record_side_by_side_both_count);
	tcase_add_test(tc, a_lost_key_counts_as_far_as_another_recorder_saw_it_before);
	tcase_add_test(tc, who_left_says_nothing_from_then_on);
	tcase_add_test(tc, no_commit_dated_far_ahead_lets_who_left_go_on);
	tcase_add_test(tc, a_record_of_a_lost_key_is_read_and_written_alike);
	tcase_add_test(tc, a_missing_commit_is_an_error_and_no_time);
}

CHECK_MAIN("recorded", fill)
