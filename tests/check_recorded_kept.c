/* SPDX-License-Identifier: Apache-2.0 */
/*
 * recorded_kept.c: what an earlier run found is found again without reading the branch, it is what a run without
 * memory finds, and a file that is not ours, not whole or not right gives no other time.
 */
#include "recordkit.h"

#include <stddef.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "memory.h"
#include "recorded_internal.h"
#include "sys.h"

#define IDS 24 /* attestations that the tests speak of */

static char *path;
static unsigned reads;

static void seen(void *context, const struct stella_oid *id, enum stella_object type)
{
	(void)context;
	(void)id;
	reads += type == STELLA_OBJECT_COMMIT;
}

/* The branch is in a repository of its own, so that every object that is read there is one of it. */
static void enter_kept(void)
{
	struct stella_sha256 of;
	char own[300], name[] = "recorded-x";

	with_memory = true;
	enter();
	snprintf(own, sizeof own, "%s/project.git", t.dir);
	assert_ok(stella_refs_init(&project, own, "main", true));
	stella_repo_watch(project, seen, NULL);
	of = stella_sha256(stella_span_str(stella_repo_gitdir(project)));
	name[9] = "0123456789abcdef"[of.bytes[0] % 16];
	path = stella_memory_path(t.state_dir, &t.root, name);
}

static void leave_kept(void)
{
	struct stella_repo *own = project;

	leave();
	stella_repo_free(own);
	free(path);
	with_memory = false;
	now = NOW;
}

/* How many commits of the branch a load reads. */
static unsigned load_reads(const struct stella_oid *tip)
{
	reads = 0;
	load(tip);
	return reads;
}

/* Eight commits, on two branches that were merged: among the recordings one by a stranger and one in the future. */
static struct stella_oid fill_branch(void)
{
	struct stella_oid at = plain(NULL, 0), side, both[2];

	at = record("c1", 1, T(1), NULL, &at, 1);
	side = record("d1", 2, T(2), NULL, &at, 1);
	at = record("c1", 3, T(3), NULL, &at, 1);
	both[0] = at;
	both[1] = side;
	at = plain(both, 2);
	at = record("m1", 4, T(4), NULL, &at, 1);
	at = record("d1", 5, NOW + 100, NULL, &at, 1);
	return record("c1", 6, T(6), NULL, &at, 1);
}

/* All that an answer says, as text. */
static char *say(void)
{
	struct stella_buf out = { 0 };
	const struct stella_recorded_void *voids;
	char hex[STELLA_OID_HEX];
	uint64_t number;
	int64_t latest = stella_recorded_latest(recorded, &number);

	for (unsigned n = 0; n < IDS; n++) {
		const struct stella_recorded_time *found = find(n);

		if (!found)
			continue;
		stella_oid_hex(hex, &found->commit);
		stella_buf_printf(&out, "%u %lld %lld %llu %s %s\n", n, (long long)found->time, (long long)found->claimed,
			(unsigned long long)found->number, hex, found->member);
	}
	stella_buf_printf(&out, "%zu %lld %llu\n", stella_recorded_count(recorded), (long long)latest, (unsigned long long)number);
	assert_ok(stella_recorded_voids(&voids, recorded));
	for (size_t i = 0; i < stella_recorded_void_count(recorded); i++) {
		stella_oid_hex(hex, &voids[i].commit);
		stella_buf_printf(&out, "%s %s\n", hex, voids[i].why);
	}
	return stella_buf_take_str(&out);
}

/* What is said without memory, of the same branch and trust. */
static char *say_cold(const struct stella_oid *tip)
{
	char *text;

	with_memory = false;
	open_trust();
	load(tip);
	text = say();
	with_memory = true;
	open_trust();
	return text;
}

static void assert_as_cold(const struct stella_oid *tip)
{
	char *cold = say_cold(tip), *warm;

	load(tip);
	warm = say();
	ck_assert_msg(strcmp(warm, cold) == 0, "%.1000s\nis not\n%.1000s", warm, cold);
	free(warm);
	free(cold);
}

static void overwrite(const struct stella_buf *content)
{
	FILE *file = fopen(path, "w"); /* not synced: there are many */

	ck_assert_uint_eq(fwrite(content->data, 1, content->size, file), content->size);
	fclose(file);
}

static struct stella_buf kept(void)
{
	struct stella_buf bytes = { 0 };

	assert_ok(stella_sys_read(&bytes, path, 1 << 20));
	return bytes;
}

/* Every object of the branch goes. */
static void lose_objects(void)
{
	char command[400];

	snprintf(command, sizeof command, "rm -rf '%s'/project.git/objects/??", t.dir);
	ck_assert_int_eq(system(command), 0);
}

START_TEST(a_time_is_found_without_reading_the_branch)
{
	struct stella_oid tip = fill_branch(), other;
	char *first, *again;

	ck_assert_uint_eq(load_reads(&tip), 8);
	first = say();
	lose_objects();
	open_trust();
	ck_assert(trust->warm);
	ck_assert_uint_eq(load_reads(&tip), 0);
	assert_time(1, T(1));
	assert_time(3, T(3));
	ck_assert_ptr_null(find(4));
	ck_assert(trust->warm); /* nor the history of trust */
	again = say();
	ck_assert_str_eq(first, again);
	ck_assert_uint_eq(reads, 0);
	other = record("c1", 7, T(7), NULL, &tip, 1); /* of all only this one is there */
	ck_assert_uint_eq(load_reads(&other), 1);
	assert_time(7, T(7));
	assert_time(1, T(1));
	ck_assert_uint_eq(load_reads(&other), 0);
	unlink(path);
	assert_code(stella_recorded_load(&(struct stella_recorded *){ NULL }, trust, project, &tip, now), STELLA_INCOMPLETE);
	ck_assert(!stella_sys_exists(path)); /* errors are not kept */
	free(first);
	free(again);
}
END_TEST

START_TEST(another_trust_state_judges_anew_what_was_read)
{
	struct stella_oid tip = fill_branch();

	load(&tip);
	assert_time(1, T(1));
	assert_time(6, T(6));
	lose("c1", "carol", T(2));
	ck_assert_uint_eq(load_reads(&tip), 0);
	assert_void(6, "compromised since before");
	assert_void(1, "no other recorder's commit"); /* dave's side has it only with his time of T(2) */
	assert_as_cold(&tip);
	t.time = T(50);
	testrepo_change(&t, "alice", "README.md", "another", NULL);
	open_trust();
	ck_assert_uint_eq(load_reads(&tip), 0);
	assert_as_cold(&tip);
}
END_TEST

START_TEST(a_time_in_the_future_comes_and_goes_with_the_clock)
{
	struct stella_oid tip = fill_branch();
	static const int64_t clocks[] = { NOW, NOW + 99, NOW + 100, NOW + 1000, NOW + 99, T(6), T(6) - 1, T(3), T(1) - 1, NOW };

	for (size_t i = 0; i < sizeof clocks / sizeof *clocks; i++) {
		now = clocks[i];
		ck_assert_uint_eq(load_reads(&tip), i ? 0 : 8);
		if (now >= NOW + 100)
			assert_time(5, NOW + 100);
		else
			ck_assert_ptr_null(find(5));
		ck_assert(!find(6) == (now < T(6) || now >= NOW + 100)); /* after 5, which is later */
		assert_as_cold(&tip);
	}
}
END_TEST

START_TEST(within_its_bounds_an_answer_is_not_made_again)
{
	struct stella_oid tip = fill_branch();
	struct stat first, then;

	load(&tip);
	ck_assert_int_eq(stat(path, &first), 0);
	for (unsigned i = 0; i < 4; i++) {
		now = (int64_t[]){ T(6), NOW, NOW + 99, T(7) }[i];
		load(&tip);
		ck_assert(recorded->map && !recorded->order);
		ck_assert_int_eq(stat(path, &then), 0);
		ck_assert_uint_eq(first.st_ino, then.st_ino);
	}
	for (unsigned i = 0; i < 2; i++) {
		now = (int64_t[]){ T(6) - 1, NOW + 100 }[i];
		load(&tip);
		ck_assert(recorded->order != NULL);
	}
}
END_TEST

START_TEST(without_memory_nothing_is_read_or_written)
{
	struct stella_oid tip = fill_branch();
	struct stella_trust_options options = { .now = NOW };
	char root[STELLA_OID_HEX], commit[STELLA_OID_HEX];

	with_memory = false;
	open_trust();
	ck_assert_uint_eq(load_reads(&tip), 8);
	ck_assert(!stella_sys_exists(path));
	with_memory = true;
	open_trust();
	load(&tip);
	ck_assert(stella_sys_exists(path));
	with_memory = false;
	open_trust();
	ck_assert_uint_eq(load_reads(&tip), 8);
	/* Neither is it of another ref than the trust branch. */
	stella_oid_hex(root, &t.root);
	stella_oid_hex(commit, &t.tip);
	options.root = root;
	options.ref = commit;
	stella_trust_free(trust);
	assert_ok(stella_trust_load(&trust, t.repo, &options));
	ck_assert_uint_eq(load_reads(&tip), 8);
}
END_TEST

START_TEST(for_another_point_of_the_trust_history_commits_are_not_read_again)
{
	struct stella_oid tip = fill_branch(), then = t.tip;
	struct stella_trust_options options = { .now = NOW, .derived = true };
	char root[STELLA_OID_HEX], commit[STELLA_OID_HEX];
	struct stella_buf before, after;

	lose("c1", "carol", T(2));
	load(&tip);
	ck_assert_ptr_null(find(6));
	before = kept();
	stella_oid_hex(root, &t.root);
	stella_oid_hex(commit, &then);
	options.root = root;
	options.ref = commit;
	for (unsigned i = 0; i < 3; i++) {
		stella_trust_free(trust);
		options.no_memory = i == 1;
		options.derived = i < 2;
		assert_ok(stella_trust_load(&trust, t.repo, &options));
		ck_assert(!trust->remembers);
		ck_assert_uint_eq(load_reads(&tip), i < 2 ? 0 : 8);
		assert_time(6, T(6)); /* nobody knew of it */
		assert_time(1, T(1));
	}
	after = kept();
	ck_assert(stella_span_equal(stella_buf_span(&before), stella_buf_span(&after)));
	/* Of the very same state, too, the answer is not taken from there. */
	open_trust();
	stella_trust_free(trust);
	stella_oid_hex(commit, &t.tip);
	options.derived = true;
	assert_ok(stella_trust_load(&trust, t.repo, &options));
	load(&tip);
	ck_assert(recorded->order != NULL);
	ck_assert_ptr_null(find(6));
	stella_buf_free(&before);
	stella_buf_free(&after);
}
END_TEST

START_TEST(the_file_is_of_this_user_alone_and_of_this_root)
{
	struct stella_oid tip = fill_branch();
	struct stella_buf bytes;
	struct stella_recorded_header *header;
	char copy[320];
	struct stat st;

	load(&tip);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	bytes = kept();
	for (unsigned i = 0; i < 2; i++) {
		ck_assert_int_eq(chmod(path, i ? 0602 : 0640), 0);
		ck_assert_uint_eq(load_reads(&tip), 8);
		ck_assert_uint_eq(load_reads(&tip), 0); /* made again */
	}
	snprintf(copy, sizeof copy, "%s.link", path);
	ck_assert_int_eq(rename(path, copy), 0);
	ck_assert_int_eq(symlink(copy, path), 0);
	ck_assert_uint_eq(load_reads(&tip), 8);
	if (geteuid() == 0) {
		ck_assert_int_eq(chown(path, 1, 1), 0);
		ck_assert_uint_eq(load_reads(&tip), 8);
	}
	header = (void *)bytes.data;
	header->root.bytes[0] ^= 1;
	header->check = stella_sha256(stella_span(header, offsetof(struct stella_recorded_header, check)));
	overwrite(&bytes);
	ck_assert_uint_eq(load_reads(&tip), 8);
	stella_buf_free(&bytes);
}
END_TEST

START_TEST(a_file_that_was_cut_or_has_another_header_is_as_none)
{
	struct stella_oid tip = fill_branch();
	struct stella_buf bytes;

	load(&tip);
	bytes = kept();
	for (size_t size = 0; size < bytes.size; size += 31) {
		overwrite(&bytes);
		ck_assert_int_eq(truncate(path, (off_t)size), 0);
		ck_assert_uint_eq(load_reads(&tip), 8);
		assert_time(3, T(3));
	}
	for (size_t i = 0; i < sizeof(struct stella_recorded_header); i++) {
		bytes.data[i] ^= 1;
		overwrite(&bytes);
		ck_assert_uint_eq(load_reads(&tip), 8);
		assert_time(3, T(3));
		bytes.data[i] ^= 1;
	}
	stella_buf_put_str(&bytes, "x");
	overwrite(&bytes);
	ck_assert_uint_eq(load_reads(&tip), 8);
	stella_buf_free(&bytes);
}
END_TEST

/* Of each attestation: an error, or what is so. */
static unsigned assert_no_other_time(void)
{
	static const struct {
		unsigned n;
		int64_t time;
	} all[] = { { 0, 0 }, { 1, T(1) }, { 2, T(3) }, { 3, T(3) }, { 4, 0 }, { 5, 0 }, { 6, T(6) }, { 255, 0 } };
	unsigned errors = 0;

	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		const struct stella_recorded_time *found;
		struct stella_sha256 id = id_of(all[i].n);
		const struct stella_error *err = stella_recorded_find(&found, recorded, &id);

		if (err) {
			assert_code(err, STELLA_INCOMPLETE);
			ck_assert_ptr_nonnull(strstr(err->message, "can be removed"));
			ck_assert_ptr_null(found);
			errors++;
			continue;
		}
		ck_assert_msg(!found == !all[i].time && (!found || (found->time == all[i].time && found->claimed <= found->time)),
			"attestation %u", all[i].n);
	}
	return errors;
}

START_TEST(no_byte_of_a_row_gives_another_time)
{
	struct stella_oid tip = fill_branch();
	struct stella_buf bytes;
	size_t from = sizeof(struct stella_recorded_header), to;
	struct stella_recorded_row *rows, row;

	load(&tip);
	ck_assert_uint_eq(assert_no_other_time(), 0);
	to = from + recorded->header.row_count * sizeof *rows;
	ck_assert_uint_eq(recorded->header.row_count, 4);
	bytes = kept();
	for (size_t i = from; i < to; i++) {
		bytes.data[i] ^= 1 + i % 255;
		overwrite(&bytes);
		ck_assert_uint_eq(load_reads(&tip), 0);
		ck_assert_uint_gt(assert_no_other_time(), 0);
		bytes.data[i] ^= 1 + i % 255;
	}
	/* Whole rows in another place, or for another's id. */
	rows = (void *)(bytes.data + from);
	row = rows[0];
	rows[0] = rows[1];
	rows[1] = row;
	overwrite(&bytes);
	load(&tip);
	ck_assert_uint_gt(assert_no_other_time(), 0);
	rows[0] = rows[1];
	overwrite(&bytes);
	load(&tip);
	ck_assert_uint_gt(assert_no_other_time(), 0);
	stella_buf_free(&bytes);
}
END_TEST

START_TEST(commits_of_which_a_byte_has_changed_are_read_again)
{
	struct stella_oid tip = fill_branch(), next = record("d1", 7, T(7), NULL, &tip, 1);
	struct stella_buf bytes;

	load(&tip);
	bytes = kept();
	for (size_t i = bytes.size - recorded->header.commits_size; i < bytes.size; i += 5) {
		bytes.data[i] ^= 0x10;
		overwrite(&bytes);
		ck_assert_uint_eq(load_reads(&tip), 0); /* the times are whole */
		ck_assert_uint_eq(assert_no_other_time(), 0);
		ck_assert_uint_eq(load_reads(&next), 9);
		ck_assert_uint_eq(assert_no_other_time(), 0);
		assert_time(7, T(7));
		bytes.data[i] ^= 0x10;
	}
	stella_buf_free(&bytes);
}
END_TEST

/* A file that was made wrong by whoever may write there is never read beyond, and never hangs. */
START_TEST(no_byte_of_a_file_leads_astray)
{
	struct stella_oid tip = fill_branch(), next = record("d1", 7, T(7), NULL, &tip, 1);
	static const uint8_t changes[] = { 0x01, 0x80, 0xff };
	struct stella_recorded_header *header;
	struct stella_buf bytes;
	size_t commits;

	load(&tip);
	bytes = kept();
	header = (void *)bytes.data;
	commits = bytes.size - header->commits_size;
	for (size_t i = 0; i < bytes.size; i = i + 1 == sizeof *header ? commits : i + 1) { /* rows have a test of their own */
		const struct stella_recorded_time *found;
		struct stella_sha256 id = id_of(3);
		struct stella_recorded *out;
		uint8_t was = bytes.data[i];

		bytes.data[i] ^= changes[i % 3];
		header->commits = stella_sha256(stella_span(bytes.data + commits, bytes.size - commits));
		header->check = stella_sha256(stella_span(header, offsetof(struct stella_recorded_header, check)));
		overwrite(&bytes);
		if (!stella_recorded_load(&out, trust, project, i < commits ? &tip : &next, now)) { /* else a parent that is nowhere */
			if (!stella_recorded_find(&found, out, &id) && found)
				ck_assert_uint_le(strnlen(found->member, sizeof found->member), STELLA_ID_MAX);
			stella_recorded_free(out);
		}
		bytes.data[i] = was;
	}
	stella_buf_free(&bytes);
}
END_TEST

START_TEST(branches_take_turns_in_one_file)
{
	struct stella_oid tips[3] = { fill_branch() };
	struct stella_buf bytes;

	tips[1] = record("d1", 1, T(9), NULL, NULL, 0);
	tips[2] = record("c1", 8, T(8), NULL, &tips[0], 1);
	for (unsigned i = 0; i < 12; i++)
		assert_as_cold(&tips[i * 5 % 3]);
	load(&tips[0]);
	ck_assert_uint_eq(load_reads(&tips[1]), 1);
	bytes = kept();
	ck_assert_uint_eq(bytes.size, sizeof(struct stella_recorded_header) + sizeof(struct stella_recorded_row) +
		recorded->header.commits_size); /* what is not below the tip is forgotten */
	stella_buf_free(&bytes);
}
END_TEST

START_TEST(several_at_once_find_what_is_so)
{
	struct stella_oid tips[2] = { fill_branch() };
	int status;

	tips[1] = record("d1", 1, T(9), NULL, NULL, 0);
	for (unsigned i = 0; i < 4; i++) {
		if (fork())
			continue;
		for (unsigned k = 0; k < 60; k++) {
			struct stella_recorded *out;
			const struct stella_recorded_time *found;
			struct stella_sha256 id = id_of(1);

			if (stella_recorded_load(&out, trust, project, &tips[(i + k) % 2], now) ||
			    stella_recorded_find(&found, out, &id) || !found || found->time != ((i + k) % 2 ? T(9) : T(1)))
				_exit(1);
			stella_recorded_free(out);
		}
		_exit(0);
	}
	for (unsigned i = 0; i < 4; i++) {
		ck_assert_int_gt(wait(&status), 0);
		ck_assert_int_eq(status, 0);
	}
}
END_TEST

/* A branch that grows by chance, with a trust history that does: after each step as without memory. */
START_TEST(at_every_step_it_is_as_without_memory)
{
	static const char *const keys[] = { "c1", "d1", "m1", "a1" };
	struct stella_oid heads[3] = { plain(NULL, 0) }, both[2];
	struct stella_sha256 states[64] = { trust->state->id };
	unsigned state_count = 1, seed = 1 + (unsigned)_i, head = 0;
	bool lost = false;

	heads[1] = heads[2] = heads[0];
	for (unsigned step = 0; step < 50; step++) {
		unsigned turn = rand_r(&seed) % 16;
		char text[16];

		snprintf(text, sizeof text, "%u", step);
		if (turn > 2) /* else the same branch under another state */
			head = rand_r(&seed) % 3;
		if (turn == 0) {
			t.time = T(step + rand_r(&seed) % 3);
			testrepo_change(&t, "alice", "README.md", text, NULL);
			open_trust();
		} else if (turn == 1) {
			set_recorders(rand_r(&seed) % 2 ? "carol dave" : "dave", T(step));
		} else if (turn == 2 && step > 20 && !lost) {
			lose("c1", "carol", T(12));
			lost = true;
		} else if (turn < 5) {
			both[0] = heads[head];
			both[1] = heads[(head + 1) % 3];
			heads[head] = plain(both, 1 + (turn == 3));
		} else {
			int64_t time = T(step) - rand_r(&seed) % 1500 + (turn == 5 ? NOW - T(0) : 0);

			heads[head] = record(keys[rand_r(&seed) % 16 < 14 ? rand_r(&seed) % 2 : rand_r(&seed) % 4],
				rand_r(&seed) % IDS, time, &states[rand_r(&seed) % 4 ? state_count - 1 : rand_r(&seed) % state_count],
				&heads[head], 1);
		}
		if (!stella_sha256_equal(&states[state_count - 1], &trust->state->id))
			states[state_count++] = trust->state->id;
		now = rand_r(&seed) % 4 ? NOW : T(rand_r(&seed) % 60);
		assert_as_cold(&heads[head]);
	}
}
END_TEST

static void fill(TCase *tc)
{
	tcase_add_checked_fixture(tc, enter_kept, leave_kept);
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, a_time_is_found_without_reading_the_branch);
	tcase_add_test(tc, another_trust_state_judges_anew_what_was_read);
	tcase_add_test(tc, a_time_in_the_future_comes_and_goes_with_the_clock);
	tcase_add_test(tc, within_its_bounds_an_answer_is_not_made_again);
	tcase_add_test(tc, without_memory_nothing_is_read_or_written);
	tcase_add_test(tc, for_another_point_of_the_trust_history_commits_are_not_read_again);
	tcase_add_test(tc, the_file_is_of_this_user_alone_and_of_this_root);
	tcase_add_test(tc, a_file_that_was_cut_or_has_another_header_is_as_none);
	tcase_add_test(tc, no_byte_of_a_row_gives_another_time);
	tcase_add_test(tc, commits_of_which_a_byte_has_changed_are_read_again);
	tcase_add_test(tc, no_byte_of_a_file_leads_astray);
	tcase_add_test(tc, branches_take_turns_in_one_file);
	tcase_add_test(tc, several_at_once_find_what_is_so);
	tcase_add_loop_test(tc, at_every_step_it_is_as_without_memory, 0, 6);
}

CHECK_MAIN("recorded_kept", fill)
