/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "explain.h"
#include "pack.h"
#include "sys.h"
#include "verdict.h"

#define Z40 "0000000000000000000000000000000000000000"
#define ONE40 "1111111111111111111111111111111111111111"

#define OF(question, attestations) "{\n" \
	"  \"artifact\": [\n" \
	"    \"sha256:" A64 "\",\n" \
	"    \"gitCommit:" Z40 "\"\n" \
	"  ],\n" \
	"  \"attestations\": [\n" attestations "  ],\n" \
	"%s" \
	"  \"issuer\": \"ci\",\n" \
	"  \"predicate_type\": \"" SLSA "\",\n" \
	"  \"question\": \"" question "\",\n" \
	"  \"recordings\": \"" ONE40 "\",\n" \
	"  \"root\": \"" Z40 "\",\n" \
	"  \"state\": \"" B64 "\",\n" \
	"  \"time\": \"2026-01-01T00:00:00Z\",\n" \
	"  \"tip\": \"" ONE40 "\",\n" \
	"  \"version\": 2\n" \
	"}\n"

static char *pack_text(bool of_artifact)
{
	struct stella_buf out = { 0 };

	if (of_artifact)
		stella_buf_printf(&out, OF("artifact", "    \"" A64 "\",\n    \"" B64 "\"\n"), "  \"gate\": \"release\",\n");
	else
		stella_buf_printf(&out, OF("attestation", "    \"" A64 "\"\n"), "");
	return stella_buf_take_str(&out);
}

START_TEST(pack_json_is_read_and_written_alike)
{
	for (unsigned of_artifact = 0; of_artifact < 2; of_artifact++) {
		char *text = pack_text(of_artifact);
		struct stella_pack *pack;
		struct stella_buf out = { 0 };

		assert_ok(stella_pack_parse(&pack, stella_span_str(text)));
		ck_assert_int_eq(pack->about_artifact, of_artifact);
		ck_assert_uint_eq(pack->attestation_count, 1 + of_artifact);
		ck_assert_str_eq(pack->issuer, "ci");
		ck_assert_uint_eq(pack->artifact_count, 2);
		ck_assert(pack->has_recordings);
		ck_assert_int_eq(pack->time, 1767225600);
		stella_pack_print(&out, pack);
		assert_span_is(stella_buf_span(&out), text);
		stella_buf_free(&out);
		stella_pack_free(pack);
		free(text);
	}
}
END_TEST

/* The first of old in a text, replaced. */
static struct stella_buf altered(const char *text, const char *old, const char *new)
{
	const char *at = strstr(text, old);
	struct stella_buf changed = { 0 };

	ck_assert_msg(at != NULL, "no %s", old);
	stella_buf_put(&changed, text, (size_t)(at - text));
	stella_buf_printf(&changed, "%s%s", new, at + strlen(old));
	return changed;
}

START_TEST(what_is_not_exactly_a_pack_is_refused)
{
	static const struct { bool of_artifact; const char *old, *new; enum stella_code code; } bad[] = {
		{ false, "\"version\": 2", "\"version\": 3", STELLA_POLICY_UNSUPPORTED },
		{ false, "\"version\": 2", "\"version\": 1", STELLA_MALFORMED },
		{ false, "\"version\": 2", "\"more\": 1, \"version\": 2", STELLA_MALFORMED },
		{ false, "\"question\": \"attestation\"", "\"question\": \"artifact\", \"gate\": \"\"", STELLA_MALFORMED },
		{ false, "\"question\": \"attestation\"", "\"question\": \"else\"", STELLA_MALFORMED },
		{ false, "\"question\": \"attestation\",", "", STELLA_MALFORMED },
		{ false, "\"question\"", "\"gate\": \"release\", \"question\"", STELLA_MALFORMED },
		{ false, "\"" A64 "\"\n  ],\n  \"issuer", "],\"issuer", STELLA_MALFORMED },
		{ false, "\"" A64 "\"\n  ],\n  \"issuer", "\"" A64 "\",\"" B64 "\"],\"issuer", STELLA_MALFORMED },
		{ false, "\"" A64 "\"\n  ],\n  \"issuer", "5],\"issuer", STELLA_MALFORMED },
		{ false, "\"attestations\": [\n    \"c7", "\"attestations\": [\"C7", STELLA_MALFORMED },
		{ false, "\"attestations\": [\n    \"" A64, "\"attestations\": [\"../../../etc/passwd", STELLA_MALFORMED },
		{ false, "\"state\": \"" B64, "\"state\": \"" Z40, STELLA_MALFORMED },
		{ false, "\"root\": \"" Z40, "\"root\": \"", STELLA_MALFORMED },
		{ false, "\"recordings\": \"" ONE40, "\"recordings\": \"HEAD", STELLA_MALFORMED },
		{ false, "\"tip\": \"" ONE40 "\",", "", STELLA_MALFORMED },
		{ false, "\"time\": \"2026-01-01T00:00:00Z\",", "", STELLA_MALFORMED },
		{ false, "2026-01-01T00:00:00Z", "2026-01-01", STELLA_MALFORMED },
		{ false, "\"issuer\": \"ci\"", "\"issuer\": \"../ci\"", STELLA_MALFORMED },
		{ false, "gitCommit:", "sha1:", STELLA_MALFORMED },
		{ false, "gitCommit:", "", STELLA_MALFORMED },
		{ false, "\"gitCommit:" Z40 "\"", "5", STELLA_MALFORMED },
		{ true, "\"gate\": \"release\"", "\"gate\": \"../release\"", STELLA_MALFORMED },
		{ true, "\"question\": \"artifact\"", "\"question\": \"attestation\"", STELLA_MALFORMED },
		{ true, B64, A64, STELLA_MALFORMED }, /* twice */
		{ true, "\"artifact\": [", "\"attestation\": [", STELLA_MALFORMED },
		{ true, "    \"" A64 "\",\n    \"" B64, "    \"" B64 "\",\n    \"" A64, STELLA_MALFORMED }, /* out of order */
	};
	struct stella_pack *pack;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		char *text = pack_text(bad[i].of_artifact);
		struct stella_buf changed = altered(text, bad[i].old, bad[i].new);

		assert_code(stella_pack_parse(&pack, stella_buf_span(&changed)), bad[i].code);
		ck_assert_ptr_null(pack);
		stella_buf_free(&changed);
		free(text);
	}
}
END_TEST

START_TEST(an_artifact_pack_may_be_without_gate_and_attestations)
{
	char *text = pack_text(true);
	struct stella_buf changed = altered(text, "\"gate\": \"release\",", ""), none;
	struct stella_pack *pack;

	none = altered((char *)changed.data, "    \"" A64 "\",\n    \"" B64 "\"\n", "");
	assert_ok(stella_pack_parse(&pack, stella_buf_span(&none)));
	ck_assert_ptr_null(pack->gate);
	ck_assert_uint_eq(pack->attestation_count, 0);
	stella_pack_free(pack);
	stella_buf_free(&changed);
	stella_buf_free(&none);
	free(text);
}
END_TEST

/* A pack of what was read for a yes, at <scratch>/pack; its path. */
static char *write_pack(struct stella_oid *stray, size_t *count)
{
	struct stella_pack_objects *objects = stella_pack_objects_new();
	struct stella_buf path = { 0 };
	struct stella_pack pack = { 0 };
	char *dir;

	assert_ok(stella_refs_write(stray, world.repo, STELLA_OBJECT_BLOB, stella_span_str("nobody reads this")));
	stella_pack_watch(objects, world.repo);
	stella_pack_watch(objects, world.repo);
	assert_ok(verify(good()));
	pack.tip = world_open()->tip;
	stella_pack_unwatch(objects);
	*count = stella_pack_count(objects);
	stella_pack_unwatch(objects);
	ck_assert_uint_eq(stella_pack_count(objects), *count);
	stella_buf_printf(&path, "%s/pack", world.dir);
	dir = stella_buf_take_str(&path);
	assert_ok(stella_sys_mkdirs(dir, 0755));
	stella_buf_printf(&path, "%s/trust.git", dir);
	assert_ok(stella_pack_write((char *)path.data, objects, &pack));
	stella_buf_free(&path);
	stella_pack_objects_free(objects);
	return dir;
}

/* What a verdict read is enough for the same verdict, and nothing else is there. */
START_TEST(what_was_read_is_enough_for_the_same_verdict)
{
	struct stella_pack_copy copy = { 0 };
	struct stella_trust *trust;
	struct stella_oid stray;
	struct stella_trust_options options = { .now = NOW, .no_memory = true };
	char root[STELLA_OID_HEX], tip[STELLA_OID_HEX], *dir, *temp;
	size_t count;

	dir = write_pack(&stray, &count);
	ck_assert_uint_gt(count, 10);
	ck_assert(stella_repo_has(world.repo, &stray));
	assert_ok(stella_pack_copy_objects(&copy, dir));
	ck_assert(!stella_repo_has(copy.repo, &stray));
	stella_oid_hex(root, &world.root);
	stella_oid_hex(tip, &world_open()->tip);
	options.root = root;
	options.ref = tip;
	assert_ok(stella_trust_load(&trust, copy.repo, &options));
	ck_assert(stella_sha256_equal(&trust->state->id, &world_open()->state->id));
	stella_report_free(report);
	assert_ok(stella_verify(&report, evidence, trust, &asked));
	stella_trust_free(trust);
	temp = stella_strdup(copy.dir);
	stella_pack_copy_free(&copy);
	ck_assert(!stella_sys_exists(temp));
	free(temp);
	free(dir);
}
END_TEST

/* Does a copy of the pack have an object of the repository that it came from? */
static void assert_without(const char *dir, const struct stella_oid *id)
{
	struct stella_pack_copy copy = { 0 };

	assert_ok(stella_pack_copy_objects(&copy, dir));
	ck_assert(!stella_repo_has(copy.repo, id));
	stella_pack_copy_free(&copy);
}

static void assert_leads_to(const char *dir, const struct stella_oid *id)
{
	struct stella_buf path = { 0 };
	struct stella_repo *repo;

	stella_buf_printf(&path, "%s/trust.git", dir);
	assert_ok(stella_repo_open(&repo, (char *)path.data));
	ck_assert(stella_repo_has(repo, id));
	stella_repo_free(repo);
	stella_buf_free(&path);
}

/* What git would follow to other places, or would run, is not even looked at. */
START_TEST(of_its_git_directory_nothing_but_the_objects_is_read)
{
	static const struct { const char *name, *content; } files[] = {
		{ "objects/info/alternates", "%s/objects\n" },
		{ "commondir", "%s\n" },
		{ "config", "[include]\n\tpath = %s/fifo\n[core]\n\tfsmonitor = false\n" },
		{ "config.worktree", "[include]\n\tpath = %s/fifo\n" },
		{ "HEAD", "no head, %s\n" },
		{ "packed-refs", "no refs, %s\n" },
	};
	struct stella_buf path = { 0 }, content = { 0 };
	struct stella_oid stray;
	size_t count;
	char *dir = write_pack(&stray, &count);

	alarm(20); /* a FIFO is waited for without end */
	stella_buf_printf(&path, "%s/fifo", stella_repo_gitdir(world.repo));
	ck_assert_int_eq(mkfifo((char *)path.data, 0600), 0);
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		stella_buf_free(&path);
		stella_buf_free(&content);
		stella_buf_printf(&path, "%s/trust.git/objects/info", dir);
		assert_ok(stella_sys_mkdirs((char *)path.data, 0755));
		stella_buf_free(&path);
		stella_buf_printf(&path, "%s/trust.git/%s", dir, files[i].name);
		for (const char *at = files[i].content; *at; at++) {
			if (*at == '%') {
				stella_buf_put_str(&content, stella_repo_gitdir(world.repo));
				at++;
			} else {
				stella_buf_put_u8(&content, (uint8_t)*at);
			}
		}
		assert_ok(stella_sys_replace((char *)path.data, stella_buf_span(&content), 0644));
		if (i == 0)
			assert_leads_to(dir, &stray); /* the trap is one */
		assert_without(dir, &stray);
	}
	stella_buf_free(&path);
	stella_buf_free(&content);
	free(dir);
}
END_TEST

START_TEST(an_object_that_is_no_regular_file_is_refused)
{
	struct stella_pack_copy copy = { 0 };
	struct stella_buf path = { 0 };
	struct stella_oid stray;
	size_t count;
	char *dir = write_pack(&stray, &count);

	alarm(20);
	stella_buf_printf(&path, "%s/trust.git/objects/pack/x.idx", dir);
	ck_assert_int_eq(mkfifo((char *)path.data, 0600), 0);
	assert_code(stella_pack_copy_objects(&copy, dir), STELLA_MALFORMED);
	ck_assert_ptr_null(copy.dir);
	unlink((char *)path.data);
	ck_assert_int_eq(symlink("/dev/zero", (char *)path.data), 0);
	assert_code(stella_pack_copy_objects(&copy, dir), STELLA_MALFORMED);
	unlink((char *)path.data);
	assert_ok(stella_sys_replace((char *)path.data, stella_span_str(""), 0644));
	ck_assert_int_eq(truncate((char *)path.data, (off_t)1 << 40), 0);
	assert_code(stella_pack_copy_objects(&copy, dir), STELLA_LIMIT);
	unlink((char *)path.data);
	for (unsigned i = 0; i <= STELLA_PACK_PACKS_MAX; i++) {
		stella_buf_free(&path);
		stella_buf_printf(&path, "%s/trust.git/objects/pack/%u", dir, i);
		close(open((char *)path.data, O_CREAT | O_WRONLY, 0600));
	}
	assert_code(stella_pack_copy_objects(&copy, dir), STELLA_LIMIT);
	assert_code(stella_pack_copy_objects(&copy, world.dir), STELLA_NOT_FOUND);
	stella_buf_free(&path);
	free(dir);
}
END_TEST

START_TEST(an_attestation_is_the_one_that_its_file_is_called)
{
	struct stella_evidence *loaded;
	struct stella_buf path = { 0 };
	char name[STELLA_PACK_NAME];
	struct stella_sha256 other = { { 1 } };

	assert_ok(verify(good()));
	stella_buf_printf(&path, "%s/attestations", world.dir);
	assert_ok(stella_sys_mkdirs((char *)path.data, 0755));
	for (unsigned i = 0; i < 2; i++) {
		stella_pack_name(name, i ? &other : &evidence->id);
		stella_buf_free(&path);
		stella_buf_printf(&path, "%s/%s", world.dir, name);
		assert_ok(stella_sys_replace((char *)path.data, stella_buf_span(&evidence->bytes), 0644));
	}
	assert_ok(stella_pack_load(&loaded, world.dir, &evidence->id));
	stella_evidence_free(loaded);
	assert_code(stella_pack_load(&loaded, world.dir, &other), STELLA_MALFORMED);
	ck_assert_ptr_null(loaded);
	unlink((char *)path.data);
	assert_code(stella_pack_load(&loaded, world.dir, &other), STELLA_NOT_FOUND);
	stella_buf_free(&path);
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_checked_fixture(t, enter, leave);
	tcase_add_test(t, pack_json_is_read_and_written_alike);
	tcase_add_test(t, what_is_not_exactly_a_pack_is_refused);
	tcase_add_test(t, an_artifact_pack_may_be_without_gate_and_attestations);
	tcase_add_test(t, what_was_read_is_enough_for_the_same_verdict);
	tcase_add_test(t, of_its_git_directory_nothing_but_the_objects_is_read);
	tcase_add_test(t, an_object_that_is_no_regular_file_is_refused);
	tcase_add_test(t, an_attestation_is_the_one_that_its_file_is_called);
}

CHECK_MAIN("pack", fill)
