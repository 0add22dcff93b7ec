/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "encode.h"
#include "gitkit.h"
#include "store_push.h"
#include "sys.h"

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

#define DIGEST "aabbccddaabbccddaabbccddaabbccddaabbccddaabbccddaabbccddaabbcc"

static struct stella_evidence *about(unsigned number)
{
	struct stella_buf statement = { 0 }, bytes = { 0 };
	struct stella_evidence *evidence;

	stella_buf_printf(&statement, "{\"_type\":\"https://in-toto.io/Statement/v1\",\"subject\":[{\"name\":\"n\",\"digest\":{"
		"\"sha256\":\"" DIGEST "%02x\"}}],\"predicateType\":\"https://example.org/p\",\"predicate\":{}}", number);
	stella_buf_put_str(&bytes, "{\"payloadType\":\"application/vnd.in-toto+json\",\"payload\":\"");
	stella_base64_print(&bytes, stella_buf_span(&statement));
	stella_buf_put_str(&bytes, "\",\"signatures\":[{\"sig\":\"c2ln\"}]}\n");
	assert_ok(stella_evidence_parse(&evidence, &bytes));
	stella_buf_free(&statement);
	return evidence;
}

/* Adds as many attestations, about the digests from first on. */
static struct stella_oid add(unsigned first, unsigned count)
{
	struct stella_evidence *items[256];
	struct stella_store *store;
	size_t added;

	for (unsigned i = 0; i < count; i++)
		items[i] = about(first + i);
	assert_ok(stella_store_open(&store, repo, NULL));
	assert_ok(stella_store_add(store, items, count, &as, &added));
	stella_store_free(store);
	for (unsigned i = 0; i < count; i++)
		stella_evidence_free(items[i]);
	return id_of("attestations");
}

/* What a shell script makes of the tree of a commit, as a commit on top of it. */
static struct stella_oid alter(const struct stella_oid *on, const char *script)
{
	char hex[STELLA_OID_HEX];

	stella_oid_hex(hex, on);
	run("rm -rf ../w && mkdir ../w && git --work-tree=../w read-tree %s && git --work-tree=../w checkout-index -a && "
		"cd ../w && export GIT_DIR=../r/.git GIT_WORK_TREE=. && %s && git add -A . && "
		"git branch -f altered $(git commit-tree -p %s -m x $(git write-tree))", hex, script, hex);
	return id_of("altered");
}

static void assert_refused(const struct stella_oid *old, const struct stella_oid *new_tip, enum stella_code code, const char *text)
{
	struct stella_store_push push;
	const struct stella_error *err = stella_store_push_verify(&push, repo, old, new_tip);

	assert_code(err, code);
	ck_assert_msg(strstr(err->message, text) != NULL, "%s: no %s", err->message, text);
}

static uint64_t last;

static void tell(const char *what, uint64_t done)
{
	ck_assert_str_eq(what, "reading attestations");
	ck_assert_uint_eq(done, ++last);
}

START_TEST(a_large_push_tells_how_far_it_is)
{
	struct stella_store_push push;
	struct stella_oid many = add(1, 100);

	last = 0;
	stella_progress = tell;
	assert_ok(stella_store_push_verify(&push, repo, NULL, &many));
	stella_progress = NULL;
	ck_assert_uint_eq(last, 200); /* the attestations, and what their entries stand for */
}
END_TEST

START_TEST(what_stella_adds_is_accepted)
{
	struct stella_store_push push;
	struct stella_oid one = add(1, 1), many = add(2, 100);

	assert_ok(stella_store_push_verify(&push, repo, NULL, &one));
	ck_assert_uint_eq(push.attestations, 1);
	ck_assert_uint_eq(push.entries, 1);
	assert_ok(stella_store_push_verify(&push, repo, &one, &many));
	ck_assert_uint_eq(push.attestations, 100);
	assert_ok(stella_store_push_verify(&push, repo, NULL, &many));
	ck_assert_uint_eq(push.attestations, 101);
	assert_ok(stella_store_push_verify(&push, repo, &many, &many));
	ck_assert_uint_eq(push.attestations, 0);
}
END_TEST

START_TEST(two_branches_merge_and_neither_replaces_the_other)
{
	struct stella_store_push push;
	struct stella_oid base = add(1, 1), left = add(2, 3), right, merged;

	run("git branch left attestations && git update-ref refs/heads/attestations attestations~1");
	right = add(7, 2);
	assert_refused(&left, &right, STELLA_REFUSED, "not a fast-forward");
	assert_refused(&left, &base, STELLA_REFUSED, "not a fast-forward");
	run("git checkout -q attestations && git merge -q --no-edit left");
	merged = id_of("attestations");
	assert_ok(stella_store_push_verify(&push, repo, &left, &merged));
	ck_assert_uint_eq(push.attestations, 2);
	assert_ok(stella_store_push_verify(&push, repo, &right, &merged));
	ck_assert_uint_eq(push.attestations, 3);
}
END_TEST

START_TEST(nothing_is_lost_or_altered)
{
	struct stella_oid base = add(1, 2), at;

	at = alter(&base, "rm -r attestations");
	assert_refused(&base, &at, STELLA_REFUSED, "only grows");
	at = alter(&base, "rm $(find attestations -type f | head -n 1)");
	assert_refused(&base, &at, STELLA_REFUSED, "only grows");
	at = alter(&base, "rm $(find subjects -type f | head -n 1)");
	assert_refused(&base, &at, STELLA_REFUSED, "only grows");
	at = alter(&base, "echo x >> $(find attestations -type f | head -n 1)");
	assert_refused(&base, &at, STELLA_REFUSED, "is altered");
	at = alter(&base, "echo x >> $(find subjects -type f | head -n 1)");
	assert_refused(&base, &at, STELLA_REFUSED, "is altered");
	at = alter(&base, "chmod +x $(find attestations -type f | head -n 1)");
	assert_refused(&base, &at, STELLA_REFUSED, "no place");
}
END_TEST

START_TEST(what_is_new_is_well_formed_and_in_its_place)
{
	struct stella_oid base = add(1, 2), at;

	at = alter(&base, "echo x > README.md");
	assert_refused(&base, &at, STELLA_REFUSED, "README.md has no place");
	at = alter(&base, "mkdir -p attestations/zz/zz && echo x > attestations/zz/zz/x.json");
	assert_refused(&base, &at, STELLA_REFUSED, "no place");
	at = alter(&base, "f=$(find attestations -type f | head -n 1) && cp $f $(dirname $f)/$(printf '%060d' 7).json");
	assert_refused(&base, &at, STELLA_REFUSED, "other bytes than its name");
	at = alter(&base, "printf '{}' > x && h=$(sha256sum x | cut -c1-64) && a=$(echo $h | cut -c1-2) b=$(echo $h | cut -c3-4) && "
		"mkdir -p attestations/$a/$b && mv x attestations/$a/$b/$(echo $h | cut -c5-).json");
	assert_refused(&base, &at, STELLA_MALFORMED, "invalid attestation");
	at = alter(&base, "mkdir -p attestations/a/b/c/d/e/f && echo x > attestations/a/b/c/d/e/f/g");
	assert_refused(&base, &at, STELLA_REFUSED, "no place");
	at = alter(&base, "ln -s x attestations/link");
	assert_refused(&base, &at, STELLA_REFUSED, "no place");
}
END_TEST

START_TEST(the_index_says_what_the_attestations_say)
{
	struct stella_oid base = add(1, 1), next = add(2, 1), at;

	at = alter(&next, "rm -r subjects && git checkout attestations~1 -- subjects");
	assert_refused(&base, &at, STELLA_REFUSED, "is missing");
	at = alter(&base, "f=$(find subjects -type f) && mkdir -p subjects/sha256/00/00/00 && cp $f subjects/sha256/00/00/00/");
	assert_refused(&base, &at, STELLA_REFUSED, "not about this subject");
	at = alter(&base, "f=$(find subjects -type f) && : > $(dirname $f)/$(printf '%064d' 7)");
	assert_refused(&base, &at, STELLA_REFUSED, "no such attestation");
	at = alter(&base, "f=$(find subjects -type f) && : > $(dirname $f)/other");
	assert_refused(&base, &at, STELLA_REFUSED, "no place");
	at = alter(&base, "rm -r subjects");
	assert_refused(NULL, &at, STELLA_REFUSED, "is missing");
	at = alter(&next, "for f in $(find subjects -type f); do echo x > $f; done");
	assert_refused(NULL, &at, STELLA_REFUSED, "is not empty");
}
END_TEST

/* What an older writer left without its index, or with other bytes, may be mended. */
START_TEST(what_was_wrong_before_may_be_mended)
{
	struct stella_store_push push;
	struct stella_oid good = add(1, 1), bare = alter(&good, "rm -r subjects"), broken, mended;

	mended = alter(&bare, "git checkout attestations -- subjects");
	assert_ok(stella_store_push_verify(&push, repo, &bare, &mended));
	ck_assert_uint_eq(push.entries, 1);
	broken = alter(&good, "echo x > $(find attestations -type f)");
	mended = alter(&broken, "git checkout attestations -- attestations");
	assert_ok(stella_store_push_verify(&push, repo, &broken, &mended));
	assert_refused(NULL, &broken, STELLA_REFUSED, "other bytes than its name");
}
END_TEST

START_TEST(a_tree_that_git_would_not_write_is_refused)
{
	struct stella_oid base = add(1, 1), at;

	run("t=$(git rev-parse attestations:attestations) && s=$(git rev-parse attestations:subjects) && "
		"python3 -c \"import sys; a=bytes.fromhex('$t'); s=bytes.fromhex('$s'); "
		"sys.stdout.buffer.write(b'40000 attestations\\0'+a+b'40000 attestations\\0'+a+b'40000 subjects\\0'+s)\" > ../raw && "
		"git branch -f twice $(git commit-tree -p attestations -m x $(git hash-object --literally -t tree -w ../raw))");
	at = id_of("twice");
	assert_refused(&base, &at, STELLA_REFUSED, "out of order");
	run("python3 -c \"import sys; s=bytes.fromhex('$(git rev-parse attestations:subjects)'); "
		"sys.stdout.buffer.write(b'040000 subjects\\0'+s)\" > ../raw && "
		"git branch -f twice $(git commit-tree -m x $(git hash-object --literally -t tree -w ../raw))");
	at = id_of("twice");
	assert_refused(NULL, &at, STELLA_REFUSED, "no place");
}
END_TEST

START_TEST(missing_objects_are_said_to_be_missing)
{
	struct stella_oid base = add(1, 1), none = { { 1 } };

	assert_refused(&base, &none, STELLA_INCOMPLETE, "missing");
	assert_refused(&none, &base, STELLA_REFUSED, "not a fast-forward");
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_checked_fixture(t, make_repo, leave_repo);
	tcase_add_test(t, a_large_push_tells_how_far_it_is);
	tcase_add_test(t, what_stella_adds_is_accepted);
	tcase_add_test(t, two_branches_merge_and_neither_replaces_the_other);
	tcase_add_test(t, nothing_is_lost_or_altered);
	tcase_add_test(t, what_is_new_is_well_formed_and_in_its_place);
	tcase_add_test(t, the_index_says_what_the_attestations_say);
	tcase_add_test(t, what_was_wrong_before_may_be_mended);
	tcase_add_test(t, a_tree_that_git_would_not_write_is_refused);
	tcase_add_test(t, missing_objects_are_said_to_be_missing);
}

CHECK_MAIN("store_push", fill)
