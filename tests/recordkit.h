/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of recorded.h share: a trust repository with recorders, and a branch that records. */
#ifndef STELLA_TESTS_RECORDKIT_H
#define STELLA_TESTS_RECORDKIT_H

#include <stdio.h>
#include <string.h>

#include "recorded.h"
#include "recording.h"
#include "testkeys.h"
#include "testrepo.h"
#include "trust.h"

/* Every commit of the trust branch claims 1700000000. */
#define CLAIMED INT64_C(1700000000)
#define NOW INT64_C(1790000000)
#define T(n) (CLAIMED + 1000 * (n))

static struct testrepo t;
static struct stella_trust *trust;
static struct stella_recorded *recorded;
static struct stella_oid tree;
static struct stella_repo *project; /* where the branch is: the same repository at first */
static bool with_memory;
static int64_t now = NOW;

/* alice and bob decide; those of the second list record. */
static inline char *policy(const char *members, const char *recorders)
{
	char *text = testrepo_policy(members, 1, 1, "2027-01-01T00:00:00Z"), *list = strdup(recorders), *save = NULL;
	struct stella_json *document, *role;

	assert_ok(stella_json_parse(&document, stella_span_str(text)));
	free(text);
	role = stella_json_set(stella_json_edit(document, "roles"), "recorder", stella_json_new_object());
	stella_json_set_int(role, "threshold", 1);
	role = stella_json_set(role, "members", stella_json_new_array());
	for (char *name = strtok_r(list, " ", &save); name; name = strtok_r(NULL, " ", &save))
		stella_json_add(role, stella_json_new_text(name));
	free(list);
	{
		struct stella_buf out = { 0 };

		stella_json_print(&out, document, STELLA_JSON_RECORD);
		stella_json_free(document);
		return stella_buf_take_str(&out);
	}
}

static inline void open_trust(void)
{
	struct stella_trust_options options = { .now = NOW, .no_memory = !with_memory };
	char root[STELLA_OID_HEX];

	stella_oid_hex(root, &t.root);
	options.root = root;
	stella_trust_free(trust);
	assert_ok(stella_trust_load(&trust, t.repo, &options));
}

static inline void enter(void)
{
	char *text = policy("alice bob carol dave", "carol dave");

	testrepo_init(&t, text, "README.md", "readme", NULL);
	free(text);
	tree = testrepo_tree_of(&t, &t.root);
	project = t.repo;
	open_trust();
}

static inline void leave(void)
{
	stella_recorded_free(recorded);
	recorded = NULL;
	stella_trust_free(trust);
	trust = NULL;
	testrepo_free(&t);
}

static inline struct stella_sha256 id_of(unsigned n)
{
	struct stella_sha256 id;

	memset(&id, (int)n, sizeof id);
	return id;
}

/* key "c1" or "d1" (carol, dave) ...; n: the attestation; parents may be NULL. */
static inline struct stella_oid record(const char *key, unsigned n, int64_t time, const struct stella_sha256 *state,
	const struct stella_oid *parents, unsigned count)
{
	struct stella_sha256 id = id_of(n);
	struct stella_recording recording = { .state = state ? *state : trust->state->id, .time = time, .ids = &id, .id_count = 1 };
	struct stella_commit_links links = { .tree = tree, .parent_count = count };
	struct stella_buf payload = { 0 }, raw = { 0 }, trailers = { 0 };
	struct stella_oid commit;

	for (unsigned i = 0; i < count; i++)
		links.parents[i] = parents[i];
	stella_recording_print(&trailers, &recording);
	stella_commit_print(&payload, &links, stella_span_str("Ann <ann@example.org> 1700000000 +0000"),
		stella_span_str("attest record"), NULL, (char *)trailers.data);
	testkey_sign_commit(&raw, testkey_find(key), stella_buf_span(&payload));
	assert_ok(stella_refs_write(&commit, project, STELLA_OBJECT_COMMIT, stella_buf_span(&raw)));
	stella_buf_free(&payload);
	stella_buf_free(&raw);
	stella_buf_free(&trailers);
	return commit;
}

static inline struct stella_oid plain(const struct stella_oid *parents, unsigned count)
{
	struct stella_commit_links links = { .tree = tree, .parent_count = count };
	struct stella_buf raw = { 0 };
	struct stella_oid commit;

	for (unsigned i = 0; i < count; i++)
		links.parents[i] = parents[i];
	stella_commit_print(&raw, &links, stella_span_str("Ann <ann@example.org> 1700000000 +0000"), stella_span_str("attest"),
		NULL, NULL);
	assert_ok(stella_refs_write(&commit, project, STELLA_OBJECT_COMMIT, stella_buf_span(&raw)));
	stella_buf_free(&raw);
	return commit;
}

static inline void load(const struct stella_oid *tip)
{
	stella_recorded_free(recorded);
	assert_ok(stella_recorded_load(&recorded, trust, project, tip, now));
}

static inline const struct stella_recorded_time *find(unsigned n)
{
	const struct stella_recorded_time *found;
	struct stella_sha256 id = id_of(n);

	assert_ok(stella_recorded_find(&found, recorded, &id));
	return found;
}

static inline void assert_time(unsigned n, int64_t time)
{
	const struct stella_recorded_time *found = find(n);

	ck_assert_msg(found != NULL, "attestation %u has no time", n);
	ck_assert_msg(found->time == time, "attestation %u: %lld, not %lld", n, (long long)found->time, (long long)time);
}

static inline void assert_void(unsigned n, const char *text)
{
	const struct stella_recorded_void *voids;

	ck_assert_msg(!find(n), "attestation %u has a time", n);
	assert_ok(stella_recorded_voids(&voids, recorded));
	for (size_t i = 0; i < stella_recorded_void_count(recorded); i++)
		if (strstr(voids[i].why, text))
			return;
	ck_abort_msg("nothing is void because \"%s\"", text);
}

static inline void lose(const char *key, const char *member, int64_t since)
{
	struct stella_lost_recorder lost = { .member = (char *)(uintptr_t)member, .since = since, .reason = (char *)(uintptr_t)"lost" };
	struct stella_buf text = { 0 };
	char path[128], id[STELLA_SHA256_HEX];

	assert_ok(stella_pubkey_parse_ssh_line(&lost.key, stella_span_str(testkey_line(testkey_find(key)))));
	stella_sha256_hex(id, stella_pubkey_id(lost.key));
	snprintf(path, sizeof path, "recorders/%s.json", id);
	stella_lost_recorder_print(&text, &lost);
	testrepo_change(&t, "alice", path, (char *)text.data, NULL);
	stella_buf_free(&text);
	stella_pubkey_free(lost.key);
	open_trust();
}

static inline void set_recorders(const char *names, int64_t claim)
{
	char *text = policy("alice bob carol dave", names);

	t.time = claim;
	testrepo_change(&t, "alice", "policy.json", text, NULL);
	free(text);
	open_trust();
}

#endif
