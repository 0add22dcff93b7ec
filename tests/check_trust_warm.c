/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include <dirent.h>

#include "trustkit.h"

/* ---------------------------------------------------------------- warm and cold */

START_TEST(warm_and_cold_say_the_same_at_every_step)
{
	struct stella_oid tree, pending;
	char *policy;

	assert_warm_is_cold();
	testrepo_change(&t, "alice", "issuers/ci.json", "ci 1", "keys/b.json", "b 0", NULL);
	assert_warm_is_cold();
	/* A commit that changes nothing. */
	tree = testrepo_tree_of(&t, &t.tip);
	pending = testrepo_commit(&t, &t.tip, 1, &tree, NULL, NULL);
	testrepo_move(&t, &pending);
	assert_warm_is_cold();
	policy = testrepo_policy("alice bob carol", 2, 2, LATER);
	testrepo_change(&t, "bob carol", "policy.json", policy, NULL);
	free(policy);
	assert_warm_is_cold();
	/* One approval of two is pending. */
	testrepo_change(&t, "carol", "keys/a.json", NULL, "keys/c.json", "c 0", NULL);
	assert_warm_is_cold();
	testrepo_change(&t, "alice", "README.md", "readme", NULL);
	assert_warm_is_cold();
	testrepo_change(&t, "alice bob", "keys/a.json", "a 2", "issuers/ci.json", "ci 0", NULL);
	assert_warm_is_cold();
	testrepo_change(&t, "alice bob", "keys/a.json", "a 0", NULL);
	assert_warm_is_cold();
}
END_TEST

START_TEST(several_states_at_once_are_caught_up_with)
{
	assert_warm_is_cold();
	for (unsigned i = 0; i < 5; i++) {
		char text[16], path[32];

		snprintf(text, sizeof text, "ci %u", i + 1);
		snprintf(path, sizeof path, "keys/n%u.json", i);
		testrepo_change(&t, "alice", "issuers/ci.json", text, path, text, NULL);
	}
	assert_warm_is_cold();
}
END_TEST

START_TEST(since_names_the_state_and_its_people)
{
	const struct stella_state *since;
	struct stella_trust *trust;

	testrepo_change(&t, "bob", "issuers/ci.json", "ci 1", NULL);
	testrepo_change(&t, "alice", "keys/a.json", "a 1", NULL);
	for (unsigned round = 0; round < 2; round++) {
		assert_ok(load(&trust));
		ck_assert(trust->warm == (round == 1));
		assert_ok(stella_trust_since(&since, trust, "issuers/ci.json"));
		ck_assert_uint_eq(since->number, 1);
		ck_assert_uint_eq(since->approval_count, 1);
		ck_assert_str_eq(since->approvals[0]->member, "bob");
		assert_ok(stella_trust_since(&since, trust, "keys/a.json"));
		ck_assert_uint_eq(since->number, 2);
		ck_assert(stella_oid_equal(&since->commit, &t.tip));
		ck_assert_str_eq(since->approvals[0]->member, "alice");
		assert_ok(stella_trust_since(&since, trust, "README.md"));
		ck_assert_uint_eq(since->number, 0);
		ck_assert_uint_eq(since->approval_count, 0);
		assert_code(stella_trust_since(&since, trust, "absent"), STELLA_NOT_FOUND);
		stella_trust_free(trust);
	}
}
END_TEST

struct listing {
	struct stella_buf text;
	unsigned left;
};

static bool list(void *context, const char *path)
{
	struct listing *l = context;

	stella_buf_printf(&l->text, "%s ", path);
	return --l->left > 0;
}

START_TEST(paths_are_listed_by_prefix_in_byte_order)
{
	static const struct {
		const char *prefix, *paths;
		unsigned most;
	} cases[] = {
		{ "", "README.md issuers/ci.json keys-2/x keys/a.json keys/b.json keys0 policy.json ", 99 },
		{ "keys/", "keys/a.json keys/b.json ", 99 },
		{ "keys/", "keys/a.json ", 1 },
		{ "keys", "keys-2/x keys/a.json keys/b.json keys0 ", 99 },
		{ "keys/b.json", "keys/b.json ", 99 },
		{ "zzz", "", 99 },
		{ "k/", "", 99 },
	};
	struct stella_trust *trust;

	testrepo_change(&t, "alice", "keys/b.json", "b", "keys-2/x", "x", "keys0", "0", NULL);
	assert_ok(load(&trust));
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct listing l = { .left = cases[i].most };

		assert_ok(stella_trust_each(trust, cases[i].prefix, list, &l));
		stella_buf_put_str(&l.text, "");
		ck_assert_str_eq((char *)l.text.data, cases[i].paths);
		stella_buf_free(&l.text);
	}
	ck_assert(stella_trust_has(trust, "keys/a.json"));
	ck_assert(!stella_trust_has(trust, "keys/"));
	ck_assert(!stella_trust_has(trust, "keys"));
	ck_assert(!stella_trust_has(trust, ""));
	stella_trust_free(trust);
}
END_TEST

START_TEST(a_warm_run_can_still_be_asked_for_the_history)
{
	struct stella_history *history, *again;
	struct stella_trust *trust;
	const struct stella_state *state;
	char *before, *after;

	testrepo_change(&t, "alice", "keys/a.json", "a 1", NULL);
	load_warm();
	assert_ok(load(&trust));
	ck_assert(trust->warm);
	state = trust->state;
	before = say(trust);
	assert_ok(stella_trust_history(&history, trust));
	after = say(trust);
	ck_assert_str_eq(before, after);
	ck_assert_ptr_eq(stella_history_view(history)->heads[0], trust->state);
	ck_assert_uint_eq(trust->state->before_count, 1);
	ck_assert_uint_eq(state->number, 1); /* what was handed out before is still there */
	assert_ok(stella_trust_history(&again, trust));
	ck_assert_ptr_eq(history, again);
	stella_trust_free(trust);
	free(before);
	free(after);
}
END_TEST

START_TEST(after_a_change_only_what_is_new_is_read)
{
	struct stella_history *history;
	struct stella_trust *trust;
	char *path = kept("cache");

	for (unsigned i = 0; i < 3; i++) {
		testrepo_change(&t, "alice", "keys/a.json", i % 2 ? "a 1" : "a 2", NULL);
		assert_ok(load(&trust));
		ck_assert(!trust->warm);
		assert_ok(stella_trust_history(&history, trust));
		ck_assert_uint_eq(stella_history_commits_read(history), i ? 1 : 2);
		stella_trust_free(trust);
		ck_assert(stella_sys_exists(path));
	}
	/* Nothing is new to a warm run that asks for the history. */
	assert_ok(load(&trust));
	assert_ok(stella_trust_history(&history, trust));
	ck_assert_uint_eq(stella_history_commits_read(history), 0);
	ck_assert(!trust->warm);
	stella_trust_free(trust);
	free(path);
}
END_TEST

/* ---------------------------------------------------------------- tampering */

/* Replaces one run of bytes in the snapshot by another of the same size. */
static void patch_snapshot(const void *old, const void *new, size_t size)
{
	struct stella_buf bytes = { 0 };
	char *path = kept("snapshot");
	uint8_t *at;

	assert_ok(stella_sys_read(&bytes, path, 1 << 20));
	at = memmem(bytes.data, bytes.size, old, size);
	ck_assert_ptr_nonnull(at);
	memcpy(at, new, size);
	assert_ok(stella_sys_replace(path, stella_buf_span(&bytes), 0600));
	stella_buf_free(&bytes);
	free(path);
}

static struct stella_oid blob_of(const char *content)
{
	struct stella_oid blob;

	assert_ok(stella_refs_write(&blob, t.repo, STELLA_OBJECT_BLOB, stella_span_str(content)));
	return blob;
}

START_TEST(another_blob_than_the_manifests_is_refused)
{
	struct stella_oid own = blob_of("ci 0"), same_size = blob_of("ci X"), longer = blob_of("ci 00");
	struct stella_buf content = { 0 };
	struct stella_trust *trust;

	load_warm();
	patch_snapshot(own.bytes, same_size.bytes, sizeof own.bytes);
	assert_ok(load(&trust));
	ck_assert(trust->warm);
	assert_code(stella_trust_read(&content, trust, "issuers/ci.json"), STELLA_INCOMPLETE);
	ck_assert_ptr_null(content.data);
	assert_ok(stella_trust_read(&content, trust, "keys/a.json"));
	stella_buf_free(&content);
	stella_trust_free(trust);
	patch_snapshot(same_size.bytes, longer.bytes, sizeof own.bytes);
	assert_ok(load(&trust));
	assert_code(stella_trust_read(&content, trust, "issuers/ci.json"), STELLA_INCOMPLETE);
	stella_trust_free(trust);
	patch_snapshot(longer.bytes, t.tip.bytes, sizeof own.bytes); /* a commit */
	assert_ok(load(&trust));
	assert_code(stella_trust_read(&content, trust, "issuers/ci.json"), STELLA_MALFORMED);
	stella_trust_free(trust);
}
END_TEST

START_TEST(another_policy_than_the_manifests_is_refused)
{
	char *policy = testrepo_policy("alice bob", 1, 1, EXPIRES),
	     *evil = testrepo_policy("alice mallory", 1, 1, EXPIRES);
	struct stella_oid own = blob_of(policy), other = blob_of(evil);
	char *path = kept("snapshot");
	bool warm;

	load_warm();
	patch_snapshot(own.bytes, other.bytes, sizeof own.bytes); /* of the state */
	patch_snapshot(own.bytes, other.bytes, sizeof own.bytes); /* of the row */
	assert_refused(STELLA_INCOMPLETE, "policy.json");
	ck_assert_int_eq(unlink(path), 0);
	free(say_now(false, &warm));
	ck_assert(!warm);
	free(policy);
	free(evil);
	free(path);
}
END_TEST

START_TEST(a_snapshot_of_another_state_is_found_out_by_the_history)
{
	struct stella_sha256 id, other;
	struct stella_history *history;
	struct stella_trust *trust;

	load_warm();
	id = other = state_id();
	other.bytes[0] ^= 1;
	patch_snapshot(id.bytes, other.bytes, sizeof id.bytes); /* the head's; the chain has it still */
	assert_ok(load(&trust));
	ck_assert(trust->warm);
	assert_code(stella_trust_history(&history, trust), STELLA_INCOMPLETE);
	ck_assert_ptr_null(history);
	stella_trust_free(trust);
}
END_TEST

START_TEST(a_snapshot_that_does_not_fit_is_made_again)
{
	char *path = kept("snapshot"), *cold, *text;
	struct stella_buf good = { 0 }, bytes = { 0 };
	bool warm;

	testrepo_change(&t, "alice", "keys/a.json", "a 1", NULL);
	cold = say_now(false, &warm);
	assert_ok(stella_sys_read(&good, path, 1 << 20));
	for (size_t size = 0; size < good.size; size += size < 200 ? 1 : 37) {
		assert_ok(stella_sys_replace(path, stella_span(good.data, size), 0600));
		text = say_now(false, &warm);
		ck_assert(!warm);
		ck_assert_str_eq(text, cold);
		free(text);
	}
	for (size_t at = 0; at < 20; at++) { /* another kind of file, another version */
		stella_buf_put(&bytes, good.data, good.size);
		bytes.data[at] ^= 1;
		assert_ok(stella_sys_replace(path, stella_buf_span(&bytes), 0600));
		free(say_now(false, &warm));
		ck_assert(!warm);
		stella_buf_free(&bytes);
	}
	ck_assert_int_eq(chmod(path, 0644), 0);
	free(say_now(false, &warm));
	ck_assert(!warm);
	free(say_now(false, &warm));
	ck_assert(warm);
	stella_buf_free(&good);
	free(cold);
	free(path);
}
END_TEST

START_TEST(the_snapshot_of_another_root_is_none)
{
	struct stella_buf bytes = { 0 };
	struct stella_oid other = t.tip;
	char *path = kept("snapshot");
	bool warm;

	load_warm();
	other.bytes[0] ^= 1;
	assert_ok(stella_sys_read(&bytes, path, 1 << 20));
	memcpy(memmem(bytes.data, bytes.size, t.root.bytes, sizeof t.root.bytes), other.bytes,
		sizeof other.bytes);
	assert_ok(stella_sys_replace(path, stella_buf_span(&bytes), 0600));
	free(say_now(false, &warm));
	ck_assert(!warm);
	stella_buf_free(&bytes);
	free(path);
}
END_TEST

START_TEST(what_is_kept_is_of_this_user_alone)
{
	char *own = kept(NULL);
	struct dirent *entry;
	struct stat st;
	unsigned count = 0;
	DIR *dir;

	load_warm();
	ck_assert_int_eq(stat(own, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0700);
	dir = opendir(own);
	ck_assert_ptr_nonnull(dir);
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.' || strcmp(entry->d_name, "lock") == 0)
			continue; /* a lock says nothing */
		ck_assert_int_eq(fstatat(dirfd(dir), entry->d_name, &st, 0), 0);
		ck_assert_msg((st.st_mode & 07777) == 0600, "%s", entry->d_name);
		count++;
	}
	ck_assert_uint_ge(count, 2);
	closedir(dir);
	free(own);
}
END_TEST

static void fill(TCase *tc)
{
	tcase_add_checked_fixture(tc, enter, leave);
	tcase_add_test(tc, warm_and_cold_say_the_same_at_every_step);
	tcase_add_test(tc, several_states_at_once_are_caught_up_with);
	tcase_add_test(tc, since_names_the_state_and_its_people);
	tcase_add_test(tc, paths_are_listed_by_prefix_in_byte_order);
	tcase_add_test(tc, a_warm_run_can_still_be_asked_for_the_history);
	tcase_add_test(tc, after_a_change_only_what_is_new_is_read);
	tcase_add_test(tc, another_blob_than_the_manifests_is_refused);
	tcase_add_test(tc, another_policy_than_the_manifests_is_refused);
	tcase_add_test(tc, a_snapshot_of_another_state_is_found_out_by_the_history);
	tcase_add_test(tc, a_snapshot_that_does_not_fit_is_made_again);
	tcase_add_test(tc, the_snapshot_of_another_root_is_none);
	tcase_add_test(tc, what_is_kept_is_of_this_user_alone);
}

CHECK_MAIN("trust_warm", fill)
