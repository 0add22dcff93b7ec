/* SPDX-License-Identifier: Apache-2.0 */
/* Commits of the gitsign project, with a log entry inside and without. */
#include "gitsign.h"
#include "der.h"
#include "gitsig.h"
#include "sigstore.h"
#include "sigstore_data.h"

#include <string.h>

static struct stella_trustroot *root;

static void enter(void)
{
	root = load_root("public-good.root.json");
}

static void leave(void)
{
	stella_trustroot_free(root);
}

static struct stella_cmssig *load_signature(struct stella_span commit)
{
	struct stella_buf payload = { 0 }, armored = { 0 };
	enum stella_gitsig_kind kind;
	struct stella_cmssig *sig;

	assert_ok(stella_gitsig_split(&payload, &armored, &kind, commit, false));
	ck_assert_int_eq(kind, STELLA_GITSIG_X509);
	assert_ok(stella_cmssig_parse(&sig, stella_buf_span(&armored)));
	assert_ok(stella_cmssig_verify(sig, stella_buf_span(&payload)));
	stella_buf_free(&payload);
	stella_buf_free(&armored);
	return sig;
}

static const struct stella_error *verify(struct stella_cmssig *sig, int64_t *time)
{
	static const struct stella_sigstore_thresholds thresholds = { 1, 1, 1, INT64_MAX };
	struct stella_sigstore_artifact artifact = { 0 };
	struct stella_sigstore_result result;
	struct stella_buf message;
	struct stella_bundle *bundle;
	const struct stella_error *err = stella_gitsign_bundle(&bundle, &message, sig);

	if (err)
		return err;
	artifact.bytes = stella_buf_span(&message);
	err = stella_sigstore_verify(&result, bundle, root, NULL, &artifact, &thresholds);
	*time = result.time_count ? result.times[0].time : 0;
	stella_sigstore_result_free(&result);
	stella_bundle_free(bundle);
	stella_buf_free(&message);
	return err;
}

START_TEST(the_log_vouches_for_a_commit)
{
	struct stella_buf commit = read_data("cmssig", "gitsign.commit");
	struct stella_cmssig *sig = load_signature(stella_buf_span(&commit));
	int64_t time;

	assert_ok(verify(sig, &time));
	ck_assert_int_eq(time, 1785347784);
	stella_cmssig_free(sig);
	stella_buf_free(&commit);
}
END_TEST

START_TEST(without_an_entry_nothing_does)
{
	struct stella_buf commit = read_data("cmssig", "gitsign-nolog.commit");
	struct stella_cmssig *sig = load_signature(stella_buf_span(&commit));
	int64_t time;

	assert_code(verify(sig, &time), STELLA_LOG_ENTRY_MISMATCH);
	stella_cmssig_free(sig);
	stella_buf_free(&commit);
}
END_TEST

/* Unsigned attributes can be anybody's: whatever byte of the entry is another, it vouches for nothing. */
START_TEST(an_altered_entry_vouches_for_nothing)
{
	struct stella_buf commit = read_data("cmssig", "gitsign.commit");
	struct stella_cmssig *sig = load_signature(stella_buf_span(&commit));
	uint8_t *at = (uint8_t *)(uintptr_t)sig->cms.unsigned_attributes.data;
	int64_t time;

	for (size_t i = 8; i < sig->cms.unsigned_attributes.size; i++) {
		at[i] ^= 1;
		if (!stella_der_check(stella_buf_span(&sig->der)))
			ck_assert_msg(verify(sig, &time) != NULL, "byte %zu", i);
		at[i] ^= 1;
	}
	assert_ok(verify(sig, &time));
	stella_cmssig_free(sig);
	stella_buf_free(&commit);
}
END_TEST

/* The entry of one signature in another: its bytes, certificate and digest are others. */
START_TEST(the_entry_of_another_commit_vouches_for_nothing)
{
	struct stella_buf commit = read_data("cmssig", "gitsign.commit"), other = read_data("cmssig", "gitsign-nolog.commit");
	struct stella_cmssig *sig = load_signature(stella_buf_span(&commit)), *moved = load_signature(stella_buf_span(&other));
	int64_t time;

	moved->cms.unsigned_attributes = sig->cms.unsigned_attributes;
	assert_code(verify(moved, &time), STELLA_LOG_ENTRY_MISMATCH);
	stella_cmssig_free(moved);
	stella_cmssig_free(sig);
	stella_buf_free(&commit);
	stella_buf_free(&other);
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_checked_fixture(t, enter, leave);
	tcase_add_test(t, the_log_vouches_for_a_commit);
	tcase_add_test(t, without_an_entry_nothing_does);
	tcase_add_test(t, an_altered_entry_vouches_for_nothing);
	tcase_add_test(t, the_entry_of_another_commit_vouches_for_nothing);
}

CHECK_MAIN("gitsign", fill)
