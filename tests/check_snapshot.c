/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include <stdio.h>
#include <sys/stat.h>

#include "memory.h"
#include "snapshot.h"
#include "sys.h"
#include "testrepo.h"

static struct testrepo t;
static char *path;

static void enter(void)
{
	char *policy = testrepo_policy("alice bob", 1, 1, "2030-01-01T00:00:00Z");
	char *dir;

	testrepo_init(
		&t, policy, "issuers/ci.json", "ci 0", "keys/a.json", "a 0", "keys/ab.json", "ab 0", NULL);
	free(policy);
	dir = stella_memory_path(t.state_dir, &t.root, NULL);
	path = stella_memory_path(t.state_dir, &t.root, "snapshot");
	assert_ok(stella_sys_mkdirs(dir, 0700));
	free(dir);
}

static void leave(void)
{
	free(path);
	testrepo_free(&t);
}

static struct stella_snapshot *build(struct stella_snapshot *older)
{
	struct stella_snapshot *snapshot;
	struct stella_history *history;

	assert_ok(stella_history_load(&history, t.repo, &t.root, &t.tip, NULL));
	assert_ok(stella_snapshot_build(&snapshot, history, &t.root, &t.tip, older));
	stella_history_free(history); /* nothing of it is needed any more */
	return snapshot;
}

static struct stella_buf bytes_of(const struct stella_snapshot *snapshot)
{
	struct stella_buf bytes = { 0 };

	assert_ok(stella_snapshot_save(snapshot, t.state_dir));
	assert_ok(stella_sys_read(&bytes, path, 1 << 20));
	return bytes;
}

START_TEST(what_was_saved_is_loaded_for_its_root_alone)
{
	struct stella_snapshot *built = build(NULL), *loaded;
	struct stella_oid other = t.root;
	struct stat st;

	ck_assert_ptr_null(stella_snapshot_load(t.state_dir, &t.root));
	assert_ok(stella_snapshot_save(built, t.state_dir));
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	loaded = stella_snapshot_load(t.state_dir, &t.root);
	ck_assert_ptr_nonnull(loaded);
	ck_assert(stella_oid_equal(stella_snapshot_tip(loaded), &t.tip));
	ck_assert(stella_sha256_equal(&stella_snapshot_view(loaded)->heads[0]->id,
		&stella_snapshot_view(built)->heads[0]->id));
	ck_assert_uint_eq(stella_snapshot_count(loaded), 4);
	stella_snapshot_free(loaded);
	stella_snapshot_free(built);
	other.bytes[5]++;
	ck_assert_ptr_null(stella_snapshot_load(t.state_dir, &other));
}
END_TEST

START_TEST(a_path_is_found_exactly)
{
	static const struct {
		const char *path;
		size_t place;
		bool exact;
	} cases[] = {
		{"", 0, false},
		{"issuers/ci.json", 0, true},
		{"issuers/ci.json0", 1, false},
		{"keys/a.json", 1, true},
		{"keys/a", 1, false},
		{"keys/ab.json", 2, true},
		{"policy.json", 3, true},
		{"policy.jso", 3, false},
		{"z", 4, false},
		{"\xff", 4, false},
	};
	struct stella_snapshot *snapshot = build(NULL);
	struct stella_snapshot_row row;
	bool exact;
	size_t i;

	for (size_t n = 0; n < sizeof cases / sizeof *cases; n++) {
		assert_ok(stella_snapshot_find(&i, &exact, snapshot, stella_span_str(cases[n].path)));
		ck_assert_msg(i == cases[n].place && exact == cases[n].exact, "%s", cases[n].path);
		if (!exact)
			continue;
		assert_ok(stella_snapshot_row(&row, snapshot, i));
		ck_assert_str_eq(row.path, cases[n].path);
	}
	/* A NUL does not end a path. */
	assert_ok(stella_snapshot_find(&i, &exact, snapshot, stella_span("keys/a.json\0x", 13)));
	ck_assert(!exact);
	stella_snapshot_free(snapshot);
}
END_TEST

START_TEST(the_chain_is_the_states_up_to_the_head)
{
	struct stella_snapshot *snapshots[4];
	struct stella_sha256 unknown = { { 0 } };

	for (unsigned i = 0; i < 4; i++) {
		char text[16];

		snapshots[i] = build(NULL);
		snprintf(text, sizeof text, "ci %u", i + 1);
		testrepo_change(&t, "alice", "issuers/ci.json", text, NULL);
	}
	for (unsigned i = 0; i < 4; i++) {
		for (unsigned j = 0; j < 4; j++)
			ck_assert(stella_snapshot_on_chain(snapshots[i],
					  &stella_snapshot_view(snapshots[j])->heads[0]->id) == (j <= i));
		ck_assert(!stella_snapshot_on_chain(snapshots[i], &unknown));
	}
	for (unsigned i = 0; i < 4; i++)
		stella_snapshot_free(snapshots[i]);
}
END_TEST

/* Three members change things; bob's policy change makes a fork with alice's, which is ended. */
static void next_step(unsigned step)
{
	struct stella_oid base = t.tip, tips[2], tree;
	struct stella_sha256 target;
	char text[16], file[32];

	snprintf(text, sizeof text, "step %u", step);
	snprintf(file, sizeof file, "keys/n%u.json", step % 3);
	if (step != 3) {
		testrepo_change(&t, step % 2 ? "bob" : "alice", file, text, "issuers/ci.json", text, NULL);
		return;
	}
	for (unsigned i = 0; i < 2; i++) {
		char *policy = testrepo_policy(
			i ? "alice bob carol" : "alice bob dave", 1, 1, "2031-01-01T00:00:00Z");

		testrepo_move(&t, &base);
		testrepo_change(
			&t, i ? "bob" : "alice", "policy.json", policy, file, i ? "right" : "left", NULL);
		tips[i] = t.tip;
		free(policy);
	}
	tree = testrepo_tree_of(&t, &tips[1]);
	tips[0] = testrepo_commit(&t, tips, 2, &tree, NULL, NULL);
	target = testrepo_successor(&t, &tips[0], &tree);
	tips[0] = testrepo_commit(&t, tips, 1, &tree, "bob", &target);
	testrepo_move(&t, &tips[0]);
}

START_TEST(with_an_older_one_or_without_the_same_bytes_are_made)
{
	struct stella_snapshot *older = NULL, *step_by_step, *fresh, *first = build(NULL), *jumping;
	struct stella_buf one, two;

	for (unsigned step = 0; step < 7; step++) {
		next_step(step);
		step_by_step = build(older);
		fresh = build(NULL);
		jumping = build(first);
		one = bytes_of(fresh);
		two = bytes_of(step_by_step);
		ck_assert(stella_span_equal(stella_buf_span(&one), stella_buf_span(&two)));
		stella_buf_free(&two);
		two = bytes_of(jumping);
		ck_assert(stella_span_equal(stella_buf_span(&one), stella_buf_span(&two)));
		stella_buf_free(&one);
		stella_buf_free(&two);
		stella_snapshot_free(fresh);
		stella_snapshot_free(jumping);
		stella_snapshot_free(older);
		older = step_by_step;
	}
	stella_snapshot_free(older);
	stella_snapshot_free(first);
}
END_TEST

START_TEST(one_of_another_branch_does_no_harm)
{
	struct stella_oid base = t.tip;
	struct stella_snapshot *other, *with, *without;
	struct stella_buf one, two;

	testrepo_change(&t, "alice", "issuers/ci.json", "other", "keys/a.json", "same", NULL);
	other = build(NULL);
	testrepo_move(&t, &base);
	testrepo_change(&t, "bob", "keys/a.json", "same", NULL);
	with = build(other);
	without = build(NULL);
	one = bytes_of(with);
	two = bytes_of(without);
	ck_assert(stella_span_equal(stella_buf_span(&one), stella_buf_span(&two)));
	stella_buf_free(&one);
	stella_buf_free(&two);
	stella_snapshot_free(other);
	stella_snapshot_free(with);
	stella_snapshot_free(without);
}
END_TEST

/* Reads all that there is; errors are allowed, reading outside is not (run under sanitizers). */
static void read_all(struct stella_snapshot *snapshot)
{
	const struct stella_view *view = stella_snapshot_view(snapshot);
	const struct stella_state *since;
	struct stella_snapshot_row row;
	bool exact;
	size_t place, size = 0;

	for (size_t i = 0; i < stella_snapshot_count(snapshot); i++) {
		if (stella_snapshot_row(&row, snapshot, i))
			continue;
		size += strlen(row.path);
		if (stella_snapshot_find(&place, &exact, snapshot, stella_span_str(row.path)))
			continue;
		if (stella_snapshot_since(&since, snapshot, &row))
			continue;
		for (size_t j = 0; j < since->approval_count; j++)
			size += strlen(since->approvals[j]->member) +
				strlen(since->approvals[j]->fingerprint);
	}
	for (size_t i = 0; i < view->pending_count; i++)
		size += strlen(view->pending[i]->member);
	ck_assert(stella_snapshot_on_chain(snapshot, &view->heads[0]->id) || size < SIZE_MAX);
}

START_TEST(no_damage_leads_outside)
{
	struct stella_snapshot *snapshot;
	struct stella_buf good;
	char *policy = testrepo_policy("alice bob", 2, 2, "2030-01-01T00:00:00Z");

	testrepo_change(&t, "alice", "issuers/ci.json", "ci 1", NULL);
	testrepo_change(&t, "alice bob", "policy.json", policy, NULL);
	testrepo_change(&t, "bob", "keys/a.json", "pending", NULL);
	snapshot = build(NULL);
	ck_assert_uint_eq(stella_snapshot_view(snapshot)->pending_count, 1);
	good = bytes_of(snapshot);
	stella_snapshot_free(snapshot);
	for (size_t at = 0; at < good.size; at++)
		for (unsigned mask = 1; mask < 256; mask = 2 * mask + (mask == 1 ? 126 : 1)) {
			good.data[at] ^= (uint8_t)mask;
			/* Straight to the file: nobody else reads it here. */
			FILE *file = fopen(path, "r+");
			ck_assert_ptr_nonnull(file);
			ck_assert_uint_eq(fwrite(good.data, 1, good.size, file), good.size);
			ck_assert_int_eq(fclose(file), 0);
			snapshot = stella_snapshot_load(t.state_dir, &t.root);
			if (snapshot)
				read_all(snapshot);
			stella_snapshot_free(snapshot);
			good.data[at] ^= (uint8_t)mask;
		}
	stella_buf_free(&good);
	free(policy);
}
END_TEST

START_TEST(a_file_cut_short_or_made_longer_is_none)
{
	struct stella_snapshot *snapshot = build(NULL);
	struct stella_buf good = bytes_of(snapshot);

	stella_snapshot_free(snapshot);
	for (size_t size = 0; size < good.size; size += 13) {
		assert_ok(stella_sys_replace(path, stella_span(good.data, size), 0600));
		ck_assert_ptr_null(stella_snapshot_load(t.state_dir, &t.root));
	}
	stella_buf_put_u8(&good, 0);
	assert_ok(stella_sys_replace(path, stella_buf_span(&good), 0600));
	ck_assert_ptr_null(stella_snapshot_load(t.state_dir, &t.root));
	good.size--;
	assert_ok(stella_sys_replace(path, stella_buf_span(&good), 0600));
	snapshot = stella_snapshot_load(t.state_dir, &t.root);
	ck_assert_ptr_nonnull(snapshot);
	stella_snapshot_free(snapshot);
	stella_buf_free(&good);
}
END_TEST

START_TEST(one_that_others_can_write_is_none)
{
	struct stella_snapshot *snapshot = build(NULL);

	assert_ok(stella_snapshot_save(snapshot, t.state_dir));
	stella_snapshot_free(snapshot);
	ck_assert_int_eq(chmod(path, 0660), 0);
	ck_assert_ptr_null(stella_snapshot_load(t.state_dir, &t.root));
}
END_TEST

static void fill(TCase *tc)
{
	tcase_add_checked_fixture(tc, enter, leave);
	tcase_add_test(tc, what_was_saved_is_loaded_for_its_root_alone);
	tcase_add_test(tc, a_path_is_found_exactly);
	tcase_add_test(tc, the_chain_is_the_states_up_to_the_head);
	tcase_add_test(tc, with_an_older_one_or_without_the_same_bytes_are_made);
	tcase_add_test(tc, one_of_another_branch_does_no_harm);
	tcase_add_test(tc, no_damage_leads_outside);
	tcase_add_test(tc, a_file_cut_short_or_made_longer_is_none);
	tcase_add_test(tc, one_that_others_can_write_is_none);
}

CHECK_MAIN("snapshot", fill)
