/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include <unistd.h>

#include "pin.h"
#include "sys.h"
#include "testrepo.h"

#define ID "0123456789abcdef0123456789abcdef01234567"

static struct testrepo t;

static void enter(void)
{
	char *policy = testrepo_policy("alice", 1, 1, "2030-01-01T00:00:00Z");

	testrepo_init(&t, policy, NULL);
	free(policy);
}

static void leave(void)
{
	testrepo_free(&t);
}

START_TEST(without_a_pin_nothing_is_trusted)
{
	const struct stella_error *err;
	struct stella_oid root;
	const char *source;

	err = stella_pin_find_root(&root, &source, t.repo, NULL);
	assert_code(err, STELLA_NO_PIN);
	ck_assert_ptr_nonnull(strstr(err->message, "stella pin"));
	ck_assert_ptr_nonnull(strstr(err->message, "--trust-root"));
}
END_TEST

START_TEST(the_option_goes_before_the_configuration)
{
	char hex[STELLA_OID_HEX];
	struct stella_oid root;
	const char *source;

	stella_oid_hex(hex, &t.root);
	assert_ok(stella_refs_config(t.repo, "stella.trustRoot", hex));
	assert_ok(stella_pin_find_root(&root, &source, t.repo, NULL));
	ck_assert(stella_oid_equal(&root, &t.root));
	ck_assert_str_eq(source, "git config (local)");
	assert_ok(stella_pin_find_root(&root, &source, t.repo, ID));
	ck_assert(!stella_oid_equal(&root, &t.root));
	ck_assert_str_eq(source, "--trust-root");
}
END_TEST

/* What a repository says of itself is passed over, not only outweighed. */
START_TEST(outside_only_the_user_and_the_option_count)
{
	struct stella_oid root;
	const char *source;
	char hex[STELLA_OID_HEX];

	stella_oid_hex(hex, &t.root);
	assert_ok(stella_refs_config(t.repo, "stella.trustRoot", hex));
	assert_code(stella_pin_find_root_outside(&root, &source, NULL), STELLA_NO_PIN);
	assert_code(stella_pin_find_root_outside(&root, &source, "abc"), STELLA_USAGE);
	assert_ok(stella_pin_find_root_outside(&root, &source, hex));
	ck_assert_str_eq(source, "--trust-root");
	ck_assert_int_eq(system("git config --global stella.trustRoot " ID), 0);
	assert_ok(stella_pin_find_root_outside(&root, &source, NULL));
	ck_assert(!stella_oid_equal(&root, &t.root));
	ck_assert_str_eq(source, "git config (global)");
	ck_assert_int_eq(system("git config --global stella.trustRoot short"), 0);
	assert_code(stella_pin_find_root_outside(&root, &source, NULL), STELLA_NO_PIN);
}
END_TEST

START_TEST(a_pin_is_a_full_commit_id)
{
	static const char *const bad[] = {"", "0123456", "main", "refs/heads/main", "HEAD", ID "0", " " ID,
		ID "\n", "0123456789ABCDEF0123456789abcdef01234567"};
	const struct stella_error *err;
	struct stella_oid root;
	const char *source;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		err = stella_pin_find_root(&root, &source, t.repo, bad[i]);
		assert_code(err, STELLA_USAGE);
		ck_assert((strstr(err->message, "--trusted-root") != NULL) == (strchr(bad[i], '/') != NULL));
		if (!*bad[i] || bad[i][0] == ' ' || strchr(bad[i], '\n'))
			continue; /* git trims white space in values */
		assert_ok(stella_refs_config(t.repo, "stella.trustRoot", bad[i]));
		assert_code(stella_pin_find_root(&root, &source, t.repo, NULL), STELLA_NO_PIN);
	}
}
END_TEST

START_TEST(a_trusted_root_file_is_another_option)
{
	static const char *const files[] = { "trusted_root.json", "./root", "/etc/root.json", ".json" };
	const struct stella_error *err;
	struct stella_oid root;
	const char *source;

	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		err = stella_pin_find_root(&root, &source, t.repo, files[i]);
		assert_code(err, STELLA_USAGE);
		ck_assert_ptr_nonnull(strstr(err->message, "--trusted-root"));
	}
}
END_TEST

/* The message says where the name came from. */
static void assert_not_found(const char *option, const char *from)
{
	const struct stella_error *err;
	struct stella_oid tip;
	bool is_trust_ref;
	char *ref;

	err = stella_pin_find_tip(&tip, &ref, &is_trust_ref, t.repo, option);
	assert_code(err, STELLA_NOT_FOUND);
	ck_assert_msg(strstr(err->message, from) == err->message, "%s", err->message);
	free(ref);
}

START_TEST(a_branch_that_is_not_there_says_who_named_it)
{
	char *path = stella_strdup(stella_repo_gitdir(t.repo));
	struct stella_buf main_path = { 0 };

	assert_not_found("refs/heads/none", "--trust-ref: refs/heads/none");
	stella_buf_printf(&main_path, "%s/refs/heads/main", path);
	ck_assert_int_eq(unlink((char *)main_path.data), 0);
	assert_not_found(NULL, "the trust branch (git config stella.trustRef");
	stella_buf_free(&main_path);
	free(path);
}
END_TEST

START_TEST(the_trust_ref_is_main_unless_configured)
{
	struct stella_oid tip;
	bool is_trust_ref;
	char *ref;

	assert_ok(stella_pin_find_tip(&tip, &ref, &is_trust_ref, t.repo, NULL));
	ck_assert_str_eq(ref, "refs/heads/main");
	ck_assert(is_trust_ref);
	ck_assert(stella_oid_equal(&tip, &t.tip));
	free(ref);
	assert_ok(stella_refs_config(t.repo, "stella.trustRef", "refs/remotes/origin/trust"));
	assert_not_found(NULL, "git config (local) stella.trustRef");
	assert_ok(stella_refs_update(t.repo, "refs/remotes/origin/trust", NULL, &t.tip, ""));
	assert_ok(stella_pin_find_tip(&tip, &ref, &is_trust_ref, t.repo, NULL));
	ck_assert_str_eq(ref, "refs/remotes/origin/trust");
	ck_assert(is_trust_ref);
	free(ref);
}
END_TEST

START_TEST(memory_is_about_the_trust_ref_only)
{
	char hex[STELLA_OID_HEX];
	struct stella_oid tip;
	bool is_trust_ref;
	char *ref;

	assert_ok(stella_refs_update(t.repo, "refs/heads/other", NULL, &t.tip, ""));
	assert_ok(stella_pin_find_tip(&tip, &ref, &is_trust_ref, t.repo, "refs/heads/main"));
	ck_assert(is_trust_ref);
	free(ref);
	assert_ok(stella_pin_find_tip(&tip, &ref, &is_trust_ref, t.repo, "refs/heads/other"));
	ck_assert(!is_trust_ref);
	free(ref);
	stella_oid_hex(hex, &t.tip);
	assert_ok(stella_pin_find_tip(&tip, &ref, &is_trust_ref, t.repo, hex));
	ck_assert(!is_trust_ref);
	ck_assert(stella_oid_equal(&tip, &t.tip));
	free(ref);
	assert_ok(stella_refs_config(t.repo, "stella.trustRef", hex));
	assert_ok(stella_pin_find_tip(&tip, &ref, &is_trust_ref, t.repo, NULL));
	ck_assert(!is_trust_ref);
	free(ref);
}
END_TEST

START_TEST(only_full_names_name_a_tip)
{
	static const char *const bad[] = {"main", "heads/main", "HEAD", "HEAD^{/root}", "@{-1}", "-x",
		"0123456", "refs/heads/main~1", ""};
	const struct stella_error *err;
	struct stella_oid tip;
	bool is_trust_ref;
	char *ref;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		err = stella_pin_find_tip(&tip, &ref, &is_trust_ref, t.repo, bad[i]);
		assert_code(err, STELLA_USAGE);
		ck_assert_ptr_nonnull(strstr(err->message, "--trust-ref"));
		free(ref);
	}
	err = stella_pin_find_tip(&tip, &ref, &is_trust_ref, t.repo, ID);
	assert_code(err, STELLA_INCOMPLETE);
	free(ref);
}
END_TEST

START_TEST(a_tag_object_is_no_tip)
{
	struct stella_buf raw = { 0 }, path = { 0 }, line = { 0 };
	char hex[STELLA_OID_HEX];
	struct stella_oid tag;
	bool is_trust_ref;
	char *ref;

	stella_oid_hex(hex, &t.tip);
	stella_buf_printf(&raw,
		"object %s\ntype commit\ntag v1\ntagger Ann <ann@example.org> 1700000000 +0000\n\nx\n", hex);
	assert_ok(stella_refs_write(&tag, t.repo, STELLA_OBJECT_TAG, stella_buf_span(&raw)));
	stella_buf_printf(&path, "%s/refs/heads/tagged", stella_repo_gitdir(t.repo));
	stella_oid_hex(hex, &tag);
	stella_buf_printf(&line, "%s\n", hex);
	assert_ok(stella_sys_replace((char *)path.data, stella_buf_span(&line), 0644));
	assert_code(
		stella_pin_find_tip(&tag, &ref, &is_trust_ref, t.repo, "refs/heads/tagged"), STELLA_USAGE);
	free(ref);
	stella_buf_free(&raw);
	stella_buf_free(&path);
	stella_buf_free(&line);
}
END_TEST

static void fill(TCase *tc)
{
	tcase_add_checked_fixture(tc, enter, leave);
	tcase_add_test(tc, without_a_pin_nothing_is_trusted);
	tcase_add_test(tc, the_option_goes_before_the_configuration);
	tcase_add_test(tc, outside_only_the_user_and_the_option_count);
	tcase_add_test(tc, a_pin_is_a_full_commit_id);
	tcase_add_test(tc, a_trusted_root_file_is_another_option);
	tcase_add_test(tc, a_branch_that_is_not_there_says_who_named_it);
	tcase_add_test(tc, the_trust_ref_is_main_unless_configured);
	tcase_add_test(tc, memory_is_about_the_trust_ref_only);
	tcase_add_test(tc, only_full_names_name_a_tip);
	tcase_add_test(tc, a_tag_object_is_no_tip);
}

CHECK_MAIN("pin", fill)
