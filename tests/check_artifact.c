/* SPDX-License-Identifier: Apache-2.0 */
#include "artifact.h"
#include "sys.h"
#include "verdict.h"

static struct stella_judged_list list;
static struct stella_store *store;
static struct stella_digest wanted;

static void start(void)
{
	enter();
	assert_ok(stella_digest_parse(&wanted, A64));
	asked.artifact = &wanted;
	asked.artifact_count = 1;
	assert_ok(stella_store_open(&store, world_open()->repo, NULL));
}

static void stop(void)
{
	stella_judged_free(&list);
	stella_store_free(store);
	stella_digest_free(&wanted);
	leave();
}

static void put(char *text)
{
	static const struct stella_store_commit as = { "Ann <ann@example.org>", "Add", NOW };
	struct stella_evidence *one = kit_evidence(text);
	size_t added;

	assert_ok(stella_store_add(store, &one, 1, &as, &added));
	ck_assert_uint_eq(added, 1);
	stella_evidence_free(one);
	free(text);
}

static void find(void)
{
	stella_judged_free(&list);
	assert_ok(stella_artifact_find(&list, store, world_open(), &asked));
}

START_TEST(what_is_stored_about_the_artifact_is_found_and_nothing_else)
{
	size_t which;

	find();
	ck_assert_uint_eq(list.count, 0);
	put(good());
	put(envelope_of(&beta, NULL, STATEMENT(SLSA, SUBJECT("app/two", B64))));
	put(envelope_of(&stranger, NULL, PAYLOAD));
	find();
	ck_assert_uint_eq(list.count, 2);
	ck_assert(list.items[0].counts != list.items[1].counts);
	ck_assert_ptr_null(list.items[0].source);
	assert_ok(stella_judged_verify(&list, &which));
	find();
	ck_assert_uint_eq(list.count, 2);
}
END_TEST

static uint64_t last;

static void tell(const char *what, uint64_t done)
{
	ck_assert_str_eq(what, "judging attestations");
	last = done;
}

START_TEST(it_tells_how_far_it_is)
{
	put(good());
	put(envelope_of(&stranger, NULL, PAYLOAD));
	stella_progress = tell;
	find();
	stella_progress = NULL;
	ck_assert_uint_eq(last, 2);
}
END_TEST

START_TEST(several_digests_of_one_artifact_find_each_attestation_once)
{
	struct stella_digest both[2];

	put(envelope_of(&acme, NULL, STATEMENT(SLSA, "{\"name\":\"app/one\",\"digest\":{\"sha256\":\"" A64
		"\",\"sha3_256\":\"" B64 "\"}}")));
	assert_ok(stella_digest_parse(&both[0], A64));
	assert_ok(stella_digest_parse(&both[1], "sha3_256:" B64));
	asked.artifact = both;
	asked.artifact_count = 2;
	find();
	ck_assert_uint_eq(list.count, 1);
	ck_assert(list.items[0].counts);
	stella_digest_free(&both[0]);
	stella_digest_free(&both[1]);
}
END_TEST

/* An entry of the index, by somebody who can push. */
static void plant(const char *id)
{
	struct stella_buf command = { 0 };

	stella_buf_printf(&command, "cd %s/repo.git && export GIT_INDEX_FILE=$PWD/../index GIT_AUTHOR_NAME=x GIT_AUTHOR_EMAIL=x "
		"GIT_COMMITTER_NAME=x GIT_COMMITTER_EMAIL=x && git read-tree attestations && git update-index --add --cacheinfo "
		"100644,$(git hash-object -w --stdin < /dev/null),subjects/sha256/%.2s/%.2s/%s/%s && git update-ref "
		"refs/heads/attestations $(git commit-tree $(git write-tree) -p attestations -m x)", world.dir, A64, A64 + 2, A64 + 4, id);
	ck_assert_int_eq(system((char *)command.data), 0);
	stella_buf_free(&command);
	stella_store_free(store);
	assert_ok(stella_store_open(&store, world_open()->repo, NULL));
}

START_TEST(what_the_index_names_and_is_not_there_is_named)
{
	put(good());
	plant(B64);
	plant("no-id");
	find();
	ck_assert_uint_eq(list.count, 2);
	for (size_t i = 0; i < 2; i++)
		ck_assert(list.items[i].counts || (list.items[i].why.code == STELLA_NOT_FOUND && !list.items[i].evidence));
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_checked_fixture(t, start, stop);
	tcase_add_test(t, what_is_stored_about_the_artifact_is_found_and_nothing_else);
	tcase_add_test(t, it_tells_how_far_it_is);
	tcase_add_test(t, several_digests_of_one_artifact_find_each_attestation_once);
	tcase_add_test(t, what_the_index_names_and_is_not_there_is_named);
}

CHECK_MAIN("artifact", fill)
