/* SPDX-License-Identifier: Apache-2.0 */
/* Finding in a policy: members, roles, who holds a key, and the role of a path. */
#include "policy.h"

#include <stdio.h>
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

static int find_key(const struct stella_policy_key *keys, size_t count, const struct stella_sha256 *id)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = memcmp(id->bytes, keys[middle].id.bytes, sizeof id->bytes);

		if (order == 0)
			return (int)keys[middle].member;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return -1;
}

int stella_policy_holder_id(const struct stella_policy *policy, const struct stella_sha256 *key_id)
{
	return find_key(policy->keys, policy->key_count, key_id);
}

bool stella_policy_pins(const struct stella_policy *policy, const struct stella_sha256 *material)
{
	return find_key(policy->material, policy->material_count, material) >= 0;
}

/* The first credential of these kinds, or not, that a signature is by. */
static const struct stella_error *find_credential(const struct stella_credential **out, unsigned *member, char *why,
	const struct stella_policy *policy, struct stella_signature_claim *claim, bool identities)
{
	const struct stella_error *err;
	bool is_near = false;

	for (size_t i = 0; i < policy->member_count; i++) {
		for (size_t k = 0; k < policy->members[i].credential_count; k++) {
			const struct stella_credential *one = &policy->members[i].credentials[k];

			if ((one->kind == STELLA_CREDENTIAL_IDENTITY) != identities)
				continue;
			err = stella_signature_verify(claim, one);
			if (!err) {
				*out = one;
				*member = (unsigned)i;
				return NULL;
			}
			if (stella_code_exit(err->code) == STELLA_EXIT_SYSTEM)
				return err;
			/* told is the one that came farther than "another's" */
			if (!is_near && err->code != STELLA_KEY_UNKNOWN && err->code != STELLA_IDENTITY_MISMATCH) {
				is_near = true;
				snprintf(why, STELLA_ERROR_MAX, "its signature does not count: %.960s", err->message);
			}
		}
	}
	return NULL;
}

const struct stella_error *stella_policy_signer(const struct stella_credential **out, unsigned *member, char *why,
	const struct stella_policy *policy, struct stella_signature_claim *claim)
{
	const struct stella_sha256 *key = stella_signature_claim_key(claim);
	const struct stella_error *err;
	char own[STELLA_ERROR_MAX];

	*out = NULL;
	if (!why)
		why = own;
	snprintf(why, STELLA_ERROR_MAX, "it is signed with %s, a key of no member", stella_signature_claim_fingerprint(claim));
	err = find_credential(out, member, why, policy, claim, false);
	if (err || *out || (key && stella_policy_pins(policy, key)))
		return err;
	return find_credential(out, member, why, policy, claim, true);
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
