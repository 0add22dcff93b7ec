/* SPDX-License-Identifier: Apache-2.0 */
#include "explain.h"
#include "pack.h"
#include "verdict.h"

#define Z40 "0000000000000000000000000000000000000000"
#define ONE40 "1111111111111111111111111111111111111111"

static const char text[] = "{\n"
	"  \"artifact\": [\n"
	"    \"sha256:" A64 "\",\n"
	"    \"gitCommit:" Z40 "\"\n"
	"  ],\n"
	"  \"attestation\": \"" A64 "\",\n"
	"  \"issuer\": \"ci\",\n"
	"  \"predicate_type\": \"" SLSA "\",\n"
	"  \"root\": \"" Z40 "\",\n"
	"  \"state\": \"" B64 "\",\n"
	"  \"time\": \"2026-01-01T00:00:00Z\",\n"
	"  \"tip\": \"" ONE40 "\",\n"
	"  \"version\": 1\n"
	"}\n";

START_TEST(pack_json_is_read_and_written_alike)
{
	struct stella_pack *pack;
	struct stella_buf out = { 0 };

	assert_ok(stella_pack_parse(&pack, stella_span_str(text)));
	ck_assert_str_eq(pack->issuer, "ci");
	ck_assert_uint_eq(pack->artifact_count, 2);
	ck_assert_int_eq(pack->time, 1767225600);
	stella_pack_print(&out, pack);
	assert_span_is(stella_buf_span(&out), text);
	stella_buf_free(&out);
	stella_pack_free(pack);
}
END_TEST

START_TEST(what_is_not_exactly_a_pack_is_refused)
{
	static const struct { const char *old, *new; enum stella_code code; } bad[] = {
		{ "\"version\": 1", "\"version\": 2", STELLA_POLICY_UNSUPPORTED },
		{ "\"version\": 1", "\"more\": 1, \"version\": 1", STELLA_MALFORMED },
		{ "\"attestation\": \"" A64 "\",", "", STELLA_MALFORMED },
		{ "\"attestation\": \"c7", "\"attestation\": \"C7", STELLA_MALFORMED },
		{ "\"state\": \"" B64, "\"state\": \"" Z40, STELLA_MALFORMED },
		{ "\"root\": \"" Z40, "\"root\": \"", STELLA_MALFORMED },
		{ "\"tip\": \"" ONE40 "\",", "", STELLA_MALFORMED },
		{ "\"time\": \"2026-01-01T00:00:00Z\",", "", STELLA_MALFORMED },
		{ "2026-01-01T00:00:00Z", "2026-01-01", STELLA_MALFORMED },
		{ "\"issuer\": \"ci\"", "\"issuer\": \"../ci\"", STELLA_MALFORMED },
		{ "gitCommit:", "sha1:", STELLA_MALFORMED },
		{ "gitCommit:", "", STELLA_MALFORMED },
		{ "\"gitCommit:" Z40 "\"", "5", STELLA_MALFORMED },
	};
	struct stella_pack *pack;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		const char *at = strstr(text, bad[i].old);
		struct stella_buf changed = { 0 };

		ck_assert_msg(at != NULL, "no %s", bad[i].old);
		stella_buf_put(&changed, text, (size_t)(at - text));
		stella_buf_printf(&changed, "%s%s", bad[i].new, at + strlen(bad[i].old));
		assert_code(stella_pack_parse(&pack, stella_buf_span(&changed)), bad[i].code);
		ck_assert_ptr_null(pack);
		stella_buf_free(&changed);
	}
}
END_TEST

/* What a verdict read is enough for the same verdict, and nothing else is there. */
START_TEST(what_was_read_is_enough_for_the_same_verdict)
{
	struct stella_pack_objects *objects;
	struct stella_repo *copy;
	struct stella_trust *trust;
	struct stella_oid tip, stray;
	struct stella_buf path = { 0 };
	struct stella_trust_options options = { .now = NOW, .no_memory = true, .ref = STELLA_PACK_REF };
	char root[STELLA_OID_HEX];
	size_t count;

	assert_ok(stella_refs_write(&stray, world.repo, STELLA_OBJECT_BLOB, stella_span_str("nobody reads this")));
	objects = stella_pack_watch(world.repo);
	assert_ok(verify(good()));
	tip = world_open()->tip;
	stella_pack_unwatch(objects);
	count = stella_pack_count(objects);
	ck_assert_uint_gt(count, 10);
	ck_assert(stella_repo_has(world.repo, &stray));
	stella_pack_unwatch(objects);
	ck_assert_uint_eq(stella_pack_count(objects), count);
	stella_buf_printf(&path, "%s/pack.git", world.dir);
	assert_ok(stella_pack_write((char *)path.data, objects, &tip));
	stella_pack_objects_free(objects);
	assert_ok(stella_repo_open(&copy, (char *)path.data));
	ck_assert(!stella_repo_has(copy, &stray));
	stella_oid_hex(root, &world.root);
	options.root = root;
	assert_ok(stella_trust_load(&trust, copy, &options));
	ck_assert(stella_sha256_equal(&trust->state->id, &world_open()->state->id));
	stella_report_free(report);
	assert_ok(stella_verify(&report, evidence, trust, &asked));
	stella_trust_free(trust);
	stella_repo_free(copy);
	stella_buf_free(&path);
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_checked_fixture(t, enter, leave);
	tcase_add_test(t, pack_json_is_read_and_written_alike);
	tcase_add_test(t, what_is_not_exactly_a_pack_is_refused);
	tcase_add_test(t, what_was_read_is_enough_for_the_same_verdict);
}

CHECK_MAIN("pack", fill)
