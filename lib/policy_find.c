/* SPDX-License-Identifier: Apache-2.0 */
/* Finding in a policy: members, roles, who holds a key, and the role of a path. */
#include "policy.h"

#include <string.h>

/* Items are sorted by the text that each begins with. */
static int find_named(const void *items, size_t count, size_t size, struct stella_span name)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = (low + high) / 2;
		const char *const *item = (const void *)((const char *)items + middle * size);
		int order = stella_span_compare(name, stella_span_str(*item));

		if (order == 0)
			return (int)middle;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return -1;
}

int stella_policy_member(const struct stella_policy *policy, const char *name)
{
	return find_named(policy->members, policy->member_count, sizeof *policy->members, stella_span_str(name));
}

int stella_policy_find_role(const struct stella_policy *policy, const char *name)
{
	return find_named(policy->roles, policy->role_count, sizeof *policy->roles, stella_span_str(name));
}

bool stella_role_has(const struct stella_role *role, unsigned member)
{
	size_t low = 0, high = role->member_count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (role->members[middle] == member)
			return true;
		if (member < role->members[middle])
			high = middle;
		else
			low = middle + 1;
	}
	return false;
}

int stella_policy_holder_id(const struct stella_policy *policy, const struct stella_sha256 *key_id)
{
	size_t low = 0, high = policy->key_count;

	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = memcmp(key_id->bytes, policy->keys[middle].id.bytes, sizeof key_id->bytes);

		if (order == 0)
			return (int)policy->keys[middle].member;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return -1;
}

int stella_policy_holder(const struct stella_policy *policy, const struct stella_pubkey *key)
{
	return stella_policy_holder_id(policy, stella_pubkey_id(key));
}

unsigned stella_policy_role_of(const struct stella_policy *policy, struct stella_span path)
{
	if (stella_span_is(path, STELLA_POLICY_PATH))
		return policy->root_role;
	while (path.size) {
		int found = find_named(policy->paths, policy->path_count, sizeof *policy->paths, path);

		if (found >= 0)
			return policy->paths[found].role;
		while (path.size && path.data[path.size - 1] != '/')
			path.size--;
		if (path.size)
			path.size--;
	}
	return policy->root_role;
}
