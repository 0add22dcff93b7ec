/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of trust.h share: a repository, a load with options, and all that it says as text. */
#ifndef STELLA_TESTS_TRUSTKIT_H
#define STELLA_TESTS_TRUSTKIT_H

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "memory.h"
#include "sys.h"
#include "testrepo.h"
#include "trust.h"

#define NOW INT64_C(1790000000)     /* 2026-09-21 */
#define EXPIRES "2027-01-01T00:00:00Z"
#define EXPIRES_AT INT64_C(1798761600)
#define LATER "2028-01-01T00:00:00Z"

static struct testrepo t;
static struct stella_trust_options options;
static char root_hex[STELLA_OID_HEX];

static inline void enter(void)
{
	char *policy = testrepo_policy("alice bob", 1, 1, EXPIRES);

	testrepo_init(
		&t, policy, "issuers/ci.json", "ci 0", "keys/a.json", "a 0", "README.md", "readme", NULL);
	free(policy);
	stella_oid_hex(root_hex, &t.root);
	options = (struct stella_trust_options){ .root = root_hex, .now = NOW };
}

static inline void leave(void)
{
	testrepo_free(&t);
}

static inline const struct stella_error *load(struct stella_trust **out)
{
	return stella_trust_load(out, t.repo, &options);
}

/* Loads and lets go: is it warm? */
static inline bool load_warm(void)
{
	struct stella_trust *trust;
	bool warm;

	assert_ok(load(&trust));
	warm = trust->warm;
	stella_trust_free(trust);
	return warm;
}

static inline void assert_refused(enum stella_code code, const char *text)
{
	struct stella_trust *trust;
	const struct stella_error *err = load(&trust);

	assert_code(err, code);
	ck_assert_msg(strstr(err->message, text) != NULL, "%s: no %s", err->message, text);
	ck_assert_ptr_null(trust);
}

static inline bool nothing_kept(void)
{
	return !stella_sys_exists(t.state_dir);
}

static inline char *kept(const char *name)
{
	return stella_memory_path(t.state_dir, &t.root, name);
}

static inline struct stella_sha256 state_id(void)
{
	struct stella_trust_options own = { .root = root_hex, .now = 0, .no_memory = true };
	struct stella_trust *trust;
	struct stella_sha256 id;

	assert_ok(stella_trust_load(&trust, t.repo, &own));
	id = trust->state->id;
	stella_trust_free(trust);
	return id;
}

static inline int64_t remembered_time(void)
{
	struct stella_memory memory;
	bool found;

	assert_ok(stella_memory_load(&memory, &found, t.state_dir, &t.root));
	ck_assert(found);
	return memory.time;
}

/* ---------------------------------------------------------------- everything that it says, as text */

static inline void say_state(struct stella_buf *out, const struct stella_state *state)
{
	char id[STELLA_SHA256_HEX], manifest[STELLA_SHA256_HEX], commit[STELLA_OID_HEX], tree[STELLA_OID_HEX];

	stella_sha256_hex(id, &state->id);
	stella_sha256_hex(manifest, &state->manifest);
	stella_oid_hex(commit, &state->commit);
	stella_oid_hex(tree, &state->tree);
	stella_buf_printf(out, "state %llu %s %s %s %s policy=%d size=%llu\n",
		(unsigned long long)state->number, id, commit, tree, manifest, state->changes_policy,
		(unsigned long long)state->policy.size);
	for (size_t i = 0; i < state->approval_count; i++) {
		stella_oid_hex(commit, &state->approvals[i]->commit);
		stella_sha256_hex(id, &state->approvals[i]->target);
		stella_buf_printf(out, "  %s %s %s %s\n", state->approvals[i]->member,
			state->approvals[i]->fingerprint, commit, id);
	}
}

struct saying {
	struct stella_buf *out;
	struct stella_trust *trust;
};

static inline bool say_path(void *context, const char *path)
{
	struct saying *s = context;
	const struct stella_state *since;
	struct stella_buf content = { 0 };

	ck_assert(stella_trust_has(s->trust, path));
	assert_ok(stella_trust_read(&content, s->trust, path));
	assert_ok(stella_trust_since(&since, s->trust, path));
	stella_buf_printf(s->out, "%s: %zu %s\n", path, content.size, (char *)content.data);
	say_state(s->out, since);
	stella_buf_free(&content);
	return true;
}

static inline char *say(struct stella_trust *trust)
{
	struct stella_buf out = { 0 };
	struct saying s = { &out, trust };
	char tip[STELLA_OID_HEX];

	stella_oid_hex(tip, &trust->tip);
	stella_buf_printf(&out, "%s %s %s %lld\n", trust->ref, tip, trust->root_source,
		(long long)trust->policy->expires);
	ck_assert_uint_eq(trust->view.head_count, 1);
	ck_assert_ptr_eq(trust->view.heads[0], trust->state);
	say_state(&out, trust->state);
	for (size_t i = 0; i < trust->view.pending_count; i++)
		stella_buf_printf(&out, "pending %s %s\n", trust->view.pending[i]->member,
			trust->view.pending[i]->fingerprint);
	assert_ok(stella_trust_each(trust, "", say_path, &s));
	return stella_buf_take_str(&out);
}

static inline char *say_now(bool no_memory, bool *warm)
{
	struct stella_trust_options own = options;
	struct stella_trust *trust;
	char *text;

	own.no_memory = no_memory;
	assert_ok(stella_trust_load(&trust, t.repo, &own));
	text = say(trust);
	*warm = trust->warm;
	stella_trust_free(trust);
	return text;
}

/* Without memory, with what the last run kept, and once more: the same. */
static inline void assert_warm_is_cold(void)
{
	bool warm;
	char *cold = say_now(true, &warm), *first, *second;

	ck_assert(!warm);
	first = say_now(false, &warm);
	ck_assert_str_eq(first, cold);
	second = say_now(false, &warm);
	ck_assert(warm);
	ck_assert_str_eq(second, cold);
	free(cold);
	free(first);
	free(second);
}

#endif
