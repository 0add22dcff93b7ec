/* SPDX-License-Identifier: Apache-2.0 */
/* Sigstore roots of a trust state, and what they say of the time of a real bundle that a key signed. */
#include "roots.h"
#include "sigstore_data.h"
#include "world.h"

#define LATE INT64_C(1790000000)

static struct stella_evidence evidence;
static struct stella_dsse dsse;
static struct stella_report *report;
static struct stella_roots *roots;
static struct stella_bundle *bundle;
static struct stella_pubkey *key;
static struct stella_times times;

static void put_root(const char *name, const char *file, unsigned threshold)
{
	struct stella_buf content = read_data("sigstore", file), text = { 0 };
	struct stella_sha256 digest = stella_sha256(stella_buf_span(&content));
	char hex[STELLA_SHA256_HEX], path[2][128];

	stella_sha256_hex(hex, &digest);
	stella_buf_printf(&text, "{\n  \"reason\": \"r\",\n  \"sha256\": \"%s\",\n  \"thresholds\": {\"logs\": 1, \"scts\": 1, "
		"\"times\": %u},\n  \"version\": 1\n}\n", hex, threshold);
	snprintf(path[0], sizeof path[0], "sigstore/%s.json", name);
	snprintf(path[1], sizeof path[1], "sigstore/%s.trusted_root", name);
	world_close();
	testrepo_change(&world, "alice", path[0], (const char *)text.data, path[1], (const char *)content.data, NULL);
	stella_buf_free(&text);
	stella_buf_free(&content);
}

static void open_bundle(const char *name, const char *key_name)
{
	struct stella_buf pem = { 0 };

	assert_ok(stella_bundle_parse(&bundle, load_json(name)));
	if (!key_name)
		return;
	pem = read_data("sigstore", key_name);
	assert_ok(stella_pubkey_parse_pem(&key, stella_buf_span(&pem)));
	stella_buf_free(&pem);
}

static void forget(void)
{
	stella_times_free(&times);
	stella_roots_free(roots);
	stella_report_free(report);
	roots = NULL;
	report = NULL;
}

static void enter(void)
{
	world_enter();
	evidence.dsse = &dsse;
}

static void leave(void)
{
	forget();
	stella_bundle_free(bundle);
	stella_pubkey_free(key);
	world_leave();
}

static const struct stella_error *ask(int64_t now)
{
	forget();
	report = stella_report_new(&evidence, now);
	roots = stella_roots_new(world_shelf(), report);
	return stella_roots_verify_times(&times, roots, bundle, key, now);
}

static bool has_step(const char *name, enum stella_step_result result, const char *text)
{
	for (size_t i = 0; i < report->step_count; i++)
		if (!strcmp(report->steps[i].name, name) && report->steps[i].result == result &&
		    strstr(report->steps[i].text, text))
			return true;
	return false;
}

START_TEST(roots_are_found_by_name_and_the_broken_one_is_named)
{
	const struct stella_sigstore_root *const *all, *one;
	size_t count;

	put_root("b", "public-good.root.json", 1);
	put_root("a", "intoto.root.json", 1);
	world_put("sigstore/broken.json", strdup("{}"));
	forget();
	report = stella_report_new(&evidence, NOW);
	roots = stella_roots_new(world_shelf(), report);
	assert_ok(stella_roots_load(&all, &count, roots));
	ck_assert_uint_eq(count, 2);
	ck_assert_str_eq(all[0]->name, "a");
	assert_ok(stella_roots_find(&one, roots, "b"));
	ck_assert_ptr_eq(one, all[1]);
	assert_ok(stella_roots_find(&one, roots, "broken"));
	ck_assert_ptr_null(one);
	assert_ok(stella_roots_find(&one, roots, "absent"));
	ck_assert_ptr_null(one);
	ck_assert_uint_eq(report->step_count, 1);
	ck_assert_str_eq(report->steps[0].object, "sigstore/broken.json");
	ck_assert_int_eq(report->steps[0].result, STELLA_STEP_NOT_CHECKED);
}
END_TEST

START_TEST(without_roots_or_without_a_bundle_nothing_is_proven)
{
	assert_ok(ask(LATE));
	ck_assert_uint_eq(times.count, 0);
	ck_assert_uint_eq(report->step_count, 0);
	open_bundle("dsse.bundle.json", NULL);
	assert_ok(ask(LATE));
	ck_assert_uint_eq(times.count, 0);
	ck_assert(has_step("log", STELLA_STEP_NOT_CHECKED, "NOT CHECKED"));
}
END_TEST

START_TEST(a_log_that_is_known_proves_its_time)
{
	put_root("public-good", "public-good.root.json", 1);
	open_bundle("dsse.bundle.json", NULL);
	assert_ok(ask(LATE));
	ck_assert_uint_eq(times.count, 1);
	ck_assert_str_eq(times.items[0].source, "rekor");
	ck_assert_str_eq(times.items[0].object, "https://rekor.sigstore.dev");
	ck_assert_str_eq(times.items[0].record, "sigstore/public-good.json");
	ck_assert(has_step("log", STELLA_STEP_OK, "1 transparency log entry verified"));
	/* the same root twice proves one time */
	put_root("again", "public-good.root.json", 1);
	assert_ok(ask(LATE));
	ck_assert_uint_eq(times.count, 1);
	/* not yet: the log speaks of tomorrow */
	assert_code(ask(INT64_C(1700000000)), STELLA_TIMESTAMP_INVALID);
	ck_assert_uint_eq(times.count, 0);
}
END_TEST

START_TEST(one_authority_is_not_enough_where_two_are_asked_for)
{
	put_root("public-good", "public-good.root.json", 2);
	open_bundle("dsse.bundle.json", NULL);
	assert_ok(ask(LATE));
	ck_assert_uint_eq(times.count, 0);
}
END_TEST

START_TEST(a_log_that_nobody_knows_proves_nothing)
{
	put_root("other", "key.root.json", 1);
	open_bundle("dsse.bundle.json", NULL);
	assert_ok(ask(LATE));
	ck_assert_uint_eq(times.count, 0);
	ck_assert(has_step("log", STELLA_STEP_NOT_CHECKED, "NOT CHECKED (1)"));
}
END_TEST

START_TEST(timestamps_count_also_where_the_log_is_not_known)
{
	struct stella_json *document;

	put_root("private", "intoto.root.json", 1);
	open_bundle("intoto.bundle.json", NULL);
	assert_ok(ask(LATE));
	ck_assert_uint_ge(times.count, 1);
	ck_assert(has_step("timestamp", STELLA_STEP_OK, "verified"));
	/* the entry of a log that no root knows is left aside, the timestamp stays */
	document = stella_json_edit(stella_json_edit(bundle->document, "verificationMaterial"), "tlogEntries");
	document = (struct stella_json *)(uintptr_t)stella_json_at(document, 0);
	stella_json_set_text(stella_json_edit(document, "logId"), "keyId", "AAAA");
	assert_ok(ask(LATE));
	ck_assert_uint_eq(times.count, 1);
	ck_assert_str_eq(times.items[0].source, "rfc3161");
	ck_assert(has_step("log", STELLA_STEP_NOT_CHECKED, "NOT CHECKED (1)"));
}
END_TEST

START_TEST(a_known_logs_entry_that_does_not_hold_refuses)
{
	struct stella_json *entry;

	put_root("public-good", "public-good.root.json", 1);
	put_root("other", "key.root.json", 1);
	open_bundle("dsse.bundle.json", NULL);
	entry = stella_json_edit(stella_json_edit(bundle->document, "verificationMaterial"), "tlogEntries");
	entry = (struct stella_json *)(uintptr_t)stella_json_at(entry, 0);
	stella_json_set_text(entry, "integratedTime", "1734374577");
	assert_code(ask(LATE), STELLA_LOG_ENTRY_MISMATCH);
	ck_assert_uint_eq(times.count, 0);
	stella_json_set_text(entry, "logId", "AAAA");
	assert_code(ask(LATE), STELLA_MALFORMED);
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_checked_fixture(t, enter, leave);
	tcase_add_test(t, roots_are_found_by_name_and_the_broken_one_is_named);
	tcase_add_test(t, without_roots_or_without_a_bundle_nothing_is_proven);
	tcase_add_test(t, a_log_that_is_known_proves_its_time);
	tcase_add_test(t, one_authority_is_not_enough_where_two_are_asked_for);
	tcase_add_test(t, a_log_that_nobody_knows_proves_nothing);
	tcase_add_test(t, timestamps_count_also_where_the_log_is_not_known);
	tcase_add_test(t, a_known_logs_entry_that_does_not_hold_refuses);
}
CHECK_MAIN("roots", fill)
