/* SPDX-License-Identifier: Apache-2.0 */
#include <sys/wait.h>

#include "check.h"
#include "encode.h"
#include "gitkit.h"
#include "store.h"

static struct stella_repo *repo;
static const struct stella_store_commit as = { "Ann <ann@example.org>", "Add attestations", 1700000000 };

static void make_repo(void)
{
	gitkit_enter();
	run("git config --global user.name Ann && git config --global user.email ann@example.org");
	assert_ok(stella_refs_init(&repo, "r", "main", false));
	ck_assert_int_eq(chdir("r"), 0);
}

static void leave_repo(void)
{
	stella_repo_free(repo);
	gitkit_leave();
}

static void assert_fsck(void)
{
	run("git fsck --strict --no-dangling --no-progress 2>&1 | grep -v '^notice' > ../fsck; cat ../fsck; test ! -s ../fsck");
}

/* An attestation of this number, about these digests (the inside of a JSON object). */
static struct stella_evidence *attestation(int number, const char *digests)
{
	struct stella_buf statement = { 0 }, bytes = { 0 };
	struct stella_evidence *evidence;

	stella_buf_printf(&statement, "{\"_type\":\"https://in-toto.io/Statement/v1\",\"subject\":[{\"name\":\"n%d\",\"digest\":{%s}}],"
		"\"predicateType\":\"https://example.org/p\",\"predicate\":{\"n\":%d}}", number, digests, number);
	stella_buf_put_str(&bytes, "{\"payloadType\":\"application/vnd.in-toto+json\",\"payload\":\"");
	stella_base64_print(&bytes, stella_buf_span(&statement));
	stella_buf_put_str(&bytes, "\",\"signatures\":[{\"sig\":\"c2ln\"}]}\n");
	assert_ok(stella_evidence_parse(&evidence, &bytes));
	stella_buf_free(&statement);
	return evidence;
}

#define DIGEST "aabbccddaabbccddaabbccddaabbccddaabbccddaabbccddaabbccddaabbcc"

static struct stella_evidence *about(int number, unsigned last)
{
	char digests[128];

	snprintf(digests, sizeof digests, "\"sha256\":\"" DIGEST "%02x\"", last);
	return attestation(number, digests);
}

static struct stella_store *opened(void)
{
	struct stella_store *store;

	assert_ok(stella_store_open(&store, repo, NULL));
	return store;
}

static void add(struct stella_store *store, struct stella_evidence *item, size_t expected)
{
	size_t added = 99;

	assert_ok(stella_store_add(store, &item, 1, &as, &added));
	ck_assert_uint_eq(added, expected);
}

static bool count(void *context, const struct stella_sha256 *id)
{
	(void)id;
	return ++*(int *)context < 1000000;
}

static bool count_two(void *context, const struct stella_sha256 *id)
{
	(void)id;
	return ++*(int *)context < 2;
}

static int count_of(struct stella_store *store, char *algorithm, char *hex)
{
	struct stella_digest subject = { algorithm, hex };
	int n = 0;

	assert_ok(stella_store_each_of(store, &subject, count, &n));
	return n;
}

START_TEST(a_branch_that_does_not_exist_is_empty)
{
	struct stella_store *store = opened();
	struct stella_sha256 id = { { 1 } };
	struct stella_buf bytes;
	int n = 0;

	assert_ok(stella_store_each(store, count, &n));
	ck_assert_int_eq(n, 0);
	ck_assert_int_eq(count_of(store, (char[]){ "sha256" }, (char[]){ DIGEST "01" }), 0);
	assert_code(stella_store_load(&bytes, store, &id), STELLA_NOT_FOUND);
	assert_code(stella_store_find(&id, store, "0123456"), STELLA_NOT_FOUND);
	assert_code(stella_store_find(&id, store, DIGEST "01"), STELLA_NOT_FOUND);
	stella_store_free(store);
	stella_store_free(NULL);
}
END_TEST

START_TEST(what_is_added_is_found_by_id_prefix_and_subject)
{
	struct stella_store *store = opened();
	struct stella_evidence *a = about(1, 1), *b = about(2, 1), *c = about(3, 2);
	struct stella_sha256 id;
	struct stella_buf bytes;
	char hex[STELLA_SHA256_HEX], prefix[16];
	int n = 0;

	add(store, a, 1);
	add(store, b, 1);
	add(store, c, 1);
	stella_sha256_hex(hex, &b->id);
	assert_ok(stella_store_find(&id, store, hex));
	ck_assert(stella_sha256_equal(&id, &b->id));
	for (int size = 7; size < 15; size++) {
		snprintf(prefix, sizeof prefix, "%.*s", size, hex);
		assert_ok(stella_store_find(&id, store, prefix));
		ck_assert(stella_sha256_equal(&id, &b->id));
	}
	assert_ok(stella_store_load(&bytes, store, &b->id));
	ck_assert(stella_span_equal(stella_buf_span(&bytes), stella_buf_span(&b->bytes)));
	stella_buf_free(&bytes);
	ck_assert_int_eq(count_of(store, (char[]){ "sha256" }, (char[]){ DIGEST "01" }), 2);
	ck_assert_int_eq(count_of(store, (char[]){ "sha256" }, (char[]){ DIGEST "02" }), 1);
	ck_assert_int_eq(count_of(store, (char[]){ "sha256" }, (char[]){ DIGEST "03" }), 0);
	ck_assert_int_eq(count_of(store, (char[]){ "sha512" }, (char[]){ DIGEST "01" }), 0);
	assert_ok(stella_store_each(store, count, &n));
	ck_assert_int_eq(n, 3);
	n = 0;
	assert_ok(stella_store_each(store, count_two, &n));
	ck_assert_int_eq(n, 2);
	run("test $(git rev-list --count attestations) = 3 && test \"$(git log -1 --format=%%an%%n%%cn%%n%%B attestations)\" = "
		"\"$(printf 'Ann\\nAnn\\nAdd attestations')\"");
	run("git show attestations:attestations/%.2s/%.2s/%s.json > ../b && test $(sha256sum < ../b | cut -c1-64) = %s",
		hex, hex + 2, hex + 4, hex);
	run("git cat-file -e attestations:subjects/sha256/aa/bb/%s/%s", &(DIGEST "01")[4], hex);
	assert_fsck();
	stella_evidence_free(a);
	stella_evidence_free(b);
	stella_evidence_free(c);
	stella_store_free(store);
}
END_TEST

START_TEST(only_what_can_be_an_id_is_looked_for)
{
	static const char *const names[] = {
		"", "abcdef", "ABCDEF0", "abcdefg", "../../x", "abcdef0/", "file.json", "-", DIGEST "012", "abcdef0 ",
	};
	struct stella_store *store = opened();
	struct stella_evidence *a = about(1, 1);
	struct stella_sha256 id;

	add(store, a, 1);
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		assert_code(stella_store_find(&id, store, names[i]), STELLA_NOT_FOUND);
	stella_evidence_free(a);
	stella_store_free(store);
}
END_TEST

START_TEST(an_ambiguous_prefix_names_what_it_could_mean)
{
	struct stella_store *store;
	const struct stella_error *err;
	struct stella_sha256 id;

	run("git switch -q --orphan attestations && mkdir -p attestations/aa/bb && cd attestations/aa/bb && "
		"for i in 0 1 2 3 4 5; do echo x > ccddaabbccddaabbccddaabbccddaabbccddaabbccddaabbccddaabb00$i$i.json; done && "
		"echo x > ccddaabbccddaabbccddaabbccddaabbccddaabbccddaabbccddaabb0000.txt && git add . && git commit -qm x");
	store = opened();
	err = stella_store_find(&id, store, "aabbccd");
	assert_code(err, STELLA_USAGE);
	ck_assert_ptr_nonnull(strstr(err->message, "6 begin so: aabbccddaabbccdd, "));
	assert_ok(stella_store_find(&id, store, "aabbccddaabbccddaabbccddaabbccddaabbccddaabbccddaabbccddaabb0055"));
	assert_ok(stella_store_find(&id, store, "aabbccddaabbccddaabbccddaabbccddaabbccddaabbccddaabbccddaabb005"));
	ck_assert_uint_eq(id.bytes[31], 0x55);
	stella_store_free(store);
}
END_TEST

START_TEST(adding_again_changes_nothing)
{
	struct stella_store *store = opened();
	struct stella_evidence *a = about(1, 1), *b = about(2, 1), *twice[] = { a, b, a };
	size_t added;

	assert_ok(stella_store_add(store, twice, 3, &as, &added));
	ck_assert_uint_eq(added, 2);
	add(store, a, 0);
	assert_ok(stella_store_add(store, twice, 3, &as, &added));
	ck_assert_uint_eq(added, 0);
	assert_ok(stella_store_add(store, NULL, 0, &as, &added));
	ck_assert_uint_eq(added, 0);
	run("test $(git rev-list --count attestations) = 1");
	stella_evidence_free(a);
	stella_evidence_free(b);
	stella_store_free(store);
}
END_TEST

START_TEST(content_that_is_not_its_id_is_refused_and_mended)
{
	struct stella_store *store = opened();
	struct stella_evidence *a = about(1, 1);
	char hex[STELLA_SHA256_HEX];
	struct stella_buf bytes;

	add(store, a, 1);
	stella_sha256_hex(hex, &a->id);
	run("git checkout -q attestations && echo evil > attestations/%.2s/%.2s/%s.json && git commit -qam evil && git checkout -q --detach",
		hex, hex + 2, hex + 4);
	stella_store_free(store);
	store = opened();
	assert_code(stella_store_load(&bytes, store, &a->id), STELLA_INCOMPLETE);
	ck_assert_ptr_null(bytes.data);
	add(store, a, 1);
	assert_ok(stella_store_load(&bytes, store, &a->id));
	stella_buf_free(&bytes);
	stella_evidence_free(a);
	stella_store_free(store);
}
END_TEST

START_TEST(digests_that_are_no_names_of_files_get_no_index)
{
	struct stella_store *store = opened();
	struct stella_evidence *a = attestation(1, "\"../../x\":\"" DIGEST "01\",\"a/b\":\"" DIGEST "01\",\".git\":\"" DIGEST "01\","
		"\"gitCommit\":\"0123456789012345678901234567890123456789\",\"sha256\":\"" DIGEST "01\"");

	add(store, a, 1);
	run("test \"$(git ls-tree --name-only attestations subjects/ | tr '\\n' ' ')\" = 'subjects/gitCommit subjects/sha256 '");
	ck_assert_int_eq(count_of(store, (char[]){ "gitCommit" }, (char[]){ "0123456789012345678901234567890123456789" }), 1);
	ck_assert_int_eq(count_of(store, (char[]){ "../../x" }, (char[]){ DIGEST "01" }), 0);
	assert_fsck();
	stella_evidence_free(a);
	stella_store_free(store);
}
END_TEST

START_TEST(many_at_once_make_one_commit_and_one_pack)
{
	struct stella_store *store = opened();
	struct stella_evidence *items[300];
	size_t added;
	int n = 0;

	for (int i = 0; i < 300; i++)
		items[i] = about(i, (unsigned)i % 256);
	assert_ok(stella_store_add(store, items, 300, &as, &added));
	ck_assert_uint_eq(added, 300);
	assert_ok(stella_store_each(store, count, &n));
	ck_assert_int_eq(n, 300);
	ck_assert_int_eq(count_of(store, (char[]){ "sha256" }, (char[]){ DIGEST "05" }), 2);
	run("test $(find .git/objects -name '*.pack' | wc -l) = 1 && test $(git rev-list --count attestations) = 1");
	assert_fsck();
	for (int i = 0; i < 300; i++)
		stella_evidence_free(items[i]);
	stella_store_free(store);
}
END_TEST

START_TEST(a_branch_that_is_checked_out_follows)
{
	struct stella_store *store = opened();
	struct stella_evidence *a = about(1, 1), *b = about(2, 1);

	add(store, a, 1);
	run("git checkout -q attestations");
	add(store, b, 1);
	run("test -z \"$(git status --porcelain)\" && test $(find attestations -type f | wc -l) = 2");
	stella_evidence_free(a);
	stella_evidence_free(b);
	stella_store_free(store);
}
END_TEST

START_TEST(the_branch_is_named_by_argument_or_configuration)
{
	struct stella_evidence *a = about(1, 1);
	struct stella_store *store;

	assert_ok(stella_refs_config(repo, "stella.attestationsRef", "refs/heads/else"));
	store = opened();
	add(store, a, 1);
	stella_store_free(store);
	run("git rev-parse -q --verify refs/heads/else > ../out");
	assert_ok(stella_store_open(&store, repo, "refs/heads/third"));
	add(store, a, 1);
	stella_store_free(store);
	run("git rev-parse -q --verify refs/heads/third > ../out");
	assert_code(stella_store_open(&store, repo, "third"), STELLA_USAGE);
	ck_assert_ptr_null(store);
	stella_evidence_free(a);
}
END_TEST

START_TEST(of_racing_writers_none_is_lost)
{
	enum { PROCESSES = 8, TIMES = 25 };
	pid_t children[PROCESSES];
	struct stella_store *store;
	int n = 0;

	for (int i = 0; i < PROCESSES; i++) {
		children[i] = fork();
		if (children[i] == 0) {
			struct stella_evidence *item;
			struct stella_repo *own;
			size_t added;

			if (stella_repo_open(&own, ".") || stella_store_open(&store, own, NULL))
				_exit(1);
			for (int k = 0; k < TIMES; k++) {
				item = about(i * 1000 + k, (unsigned)k);
				if (stella_store_add(store, &item, 1, &as, &added) || added != 1)
					_exit(2);
				stella_evidence_free(item);
			}
			_exit(0);
		}
	}
	for (int i = 0; i < PROCESSES; i++) {
		int status;

		ck_assert_int_eq(waitpid(children[i], &status, 0), children[i]);
		ck_assert_int_eq(status, 0);
	}
	store = opened();
	assert_ok(stella_store_each(store, count, &n));
	ck_assert_int_eq(n, PROCESSES * TIMES);
	ck_assert_int_eq(count_of(store, (char[]){ "sha256" }, (char[]){ DIGEST "07" }), PROCESSES);
	run("test $(git rev-list --count attestations) = %d", PROCESSES * TIMES);
	assert_fsck();
	stella_store_free(store);
}
END_TEST

/* git commits to the same branch meanwhile, without taking turns with us. */
START_TEST(git_beside_us_loses_nothing_either)
{
	struct stella_store *store = opened();
	struct stella_evidence *item;
	pid_t child;
	int n = 0, status;

	item = about(0, 0);
	add(store, item, 1);
	stella_evidence_free(item);
	child = fork();
	if (child == 0) {
		if (system("for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do while :; do old=$(git rev-parse attestations); "
			"new=$(git commit-tree -p $old -m git$i $old^{tree}); "
			"git update-ref refs/heads/attestations $new $old 2> ../err && break; done; done"))
			_exit(1);
		_exit(0);
	}
	for (int i = 1; i <= 25; i++) {
		item = about(i, (unsigned)i);
		add(store, item, 1);
		stella_evidence_free(item);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	stella_store_free(store);
	store = opened();
	assert_ok(stella_store_each(store, count, &n));
	ck_assert_int_eq(n, 26);
	run("test $(git rev-list --count attestations) = 41");
	assert_fsck();
	stella_store_free(store);
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_checked_fixture(t, make_repo, leave_repo);
	tcase_add_test(t, a_branch_that_does_not_exist_is_empty);
	tcase_add_test(t, what_is_added_is_found_by_id_prefix_and_subject);
	tcase_add_test(t, only_what_can_be_an_id_is_looked_for);
	tcase_add_test(t, an_ambiguous_prefix_names_what_it_could_mean);
	tcase_add_test(t, adding_again_changes_nothing);
	tcase_add_test(t, content_that_is_not_its_id_is_refused_and_mended);
	tcase_add_test(t, digests_that_are_no_names_of_files_get_no_index);
	tcase_add_test(t, many_at_once_make_one_commit_and_one_pack);
	tcase_add_test(t, a_branch_that_is_checked_out_follows);
	tcase_add_test(t, the_branch_is_named_by_argument_or_configuration);
	tcase_add_test(t, of_racing_writers_none_is_lost);
	tcase_add_test(t, git_beside_us_loses_nothing_either);
}

CHECK_MAIN("store", fill)
