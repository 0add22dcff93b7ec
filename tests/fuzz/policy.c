/* SPDX-License-Identifier: Apache-2.0 */
/* Policies: what is accepted has every property of rule 3, by plainer means, and its record text says the same. */
#include "fuzz.h"

#include <string.h>

#include "policy.h"

static bool starts_with(const char *path, const char *prefix)
{
	size_t size = strlen(prefix);

	return strncmp(path, prefix, size) == 0 && (path[size] == 0 || path[size] == '/');
}

/* The longest prefix of whole components, by looking at all. */
static unsigned plain_role(const struct stella_policy *policy, const char *path)
{
	const struct stella_policy_path *best = NULL;

	if (strcmp(path, STELLA_POLICY_PATH) == 0)
		return policy->root_role;
	for (size_t i = 0; i < policy->path_count; i++) {
		if (starts_with(path, policy->paths[i].path) && (!best || strlen(policy->paths[i].path) > strlen(best->path)))
			best = &policy->paths[i];
	}
	return best ? best->role : policy->root_role;
}

static void check_paths(const struct stella_policy *policy)
{
	static const char *const ends[] = { "", "/x", "x", "/x/y", "/", "-" };
	struct stella_buf path = { 0 };

	for (size_t i = 0; i < policy->path_count && i < 50; i++) {
		for (size_t k = 0; k < sizeof ends / sizeof *ends; k++) {
			path.size = 0;
			stella_buf_put_str(&path, policy->paths[i].path);
			stella_buf_put_str(&path, ends[k]);
			must(stella_policy_role_of(policy, stella_buf_span(&path)) == plain_role(policy, (char *)path.data) ||
			     strcmp(ends[k], "/") == 0);
		}
	}
	stella_buf_free(&path);
}

static void check_policy(const struct stella_policy *policy)
{
	size_t keys = 0;

	must(strcmp(policy->roles[policy->root_role].name, "root") == 0);
	for (size_t i = 0; i < policy->role_count; i++) {
		const struct stella_role *role = &policy->roles[i];

		must(role->threshold >= 1 && role->threshold <= role->member_count);
		must(stella_policy_find_role(policy, role->name) == (int)i);
		for (size_t k = 0; k < role->member_count; k++) {
			must(role->members[k] < policy->member_count && (k == 0 || role->members[k] > role->members[k - 1]));
			must(stella_role_has(role, role->members[k]));
		}
	}
	for (size_t i = 0; i < policy->member_count; i++) {
		const struct stella_member *member = &policy->members[i];

		must(member->key_count + member->credential_count >= 1 && stella_policy_member(policy, member->name) == (int)i);
		for (size_t k = 0; k < member->key_count; k++)
			must(stella_policy_holder(policy, member->keys[k]) == (int)i);
		keys += member->key_count + member->credential_count;
	}
	must(keys == policy->key_count);
	must(stella_policy_role_of(policy, stella_span_str(STELLA_POLICY_PATH)) == policy->root_role);
	check_paths(policy);
}

static void check_same(const struct stella_policy *a, const struct stella_policy *b)
{
	must(a->expires == b->expires && a->member_count == b->member_count && a->role_count == b->role_count &&
	     a->path_count == b->path_count && a->key_count == b->key_count);
	for (size_t i = 0; i < a->key_count; i++)
		must(memcmp(&a->keys[i].id, &b->keys[i].id, sizeof a->keys[i].id) == 0 && a->keys[i].member == b->keys[i].member);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct stella_policy *policy, *again;
	struct stella_json *doc;
	struct stella_buf text = { 0 };

	if (stella_policy_parse(&policy, stella_span(data, size))) {
		must(!policy);
		return 0;
	}
	check_policy(policy);
	must(!stella_json_parse(&doc, stella_span(data, size)));
	stella_json_print(&text, doc, STELLA_JSON_RECORD);
	must(!stella_policy_parse(&again, stella_buf_span(&text)));
	check_same(policy, again);
	stella_policy_free(again);
	stella_policy_free(policy);
	stella_json_free(doc);
	stella_buf_free(&text);
	return 0;
}
