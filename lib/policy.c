/* SPDX-License-Identifier: Apache-2.0 */
#include "encode.h"
#include "policy.h"

#include <stdlib.h>
#include <string.h>

static bool is_lower_alnum(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool stella_id_valid(struct stella_span id)
{
	if (id.size < 1 || id.size > STELLA_ID_MAX || !is_lower_alnum(id.data[0]))
		return false;
	for (size_t i = 1; i < id.size; i++) {
		uint8_t c = id.data[i];

		if (!is_lower_alnum(c) && c != '.' && c != '_' && c != '-')
			return false;
	}
	return true;
}

/* ---------------------------------------------------------------- parsing, rule 3 */

static const struct stella_error *invalid(const char *what, const char *name)
{
	return stella_error(STELLA_MALFORMED, "%s \"%s\"", what, name);
}

/* The version comes first: a newer one may mean anything by the rest. */
static const struct stella_error *check_version(unsigned *out, const struct stella_json *doc)
{
	const struct stella_json *version = stella_json_find(doc, "version");
	int64_t number;

	if (stella_json_type(doc) != STELLA_JSON_OBJECT)
		return stella_error(STELLA_MALFORMED, "not a JSON object");
	if (!version)
		return stella_error(STELLA_MALFORMED, "\"version\": missing");
	if (!stella_json_is_int(version, &number))
		return stella_error(STELLA_MALFORMED, "\"version\": not an integer");
	if (number > STELLA_POLICY_VERSION)
		return stella_error(STELLA_POLICY_UNSUPPORTED, "policy version %lld needs a newer stella; this one knows %d",
			(long long)number, STELLA_POLICY_VERSION);
	if (number < 1)
		return stella_error(STELLA_MALFORMED, "\"version\": %lld, expected 1 to %d", (long long)number, STELLA_POLICY_VERSION);
	*out = (unsigned)number;
	return NULL;
}

static bool is_one_line_of_ascii(const char *text)
{
	if (*text <= ' ' || *text > '~')
		return false;
	while (*text >= ' ' && *text <= '~')
		text++;
	return *text == 0;
}

static const struct stella_error *parse_key(struct stella_member *member, const struct stella_policy *policy,
	const struct stella_json *value)
{
	const struct stella_error *err;
	struct stella_pubkey *key = NULL;
	const char *line;

	if (policy->version >= 2 && stella_json_type(value) == STELLA_JSON_OBJECT)
		return stella_credential_parse(&member->credentials[member->credential_count++], value, policy->roots,
			policy->root_count);
	if (stella_json_type(value) != STELLA_JSON_STRING)
		return stella_error(STELLA_MALFORMED, "a key that is not text");
	line = stella_json_text(value);
	if (!is_one_line_of_ascii(line))
		return stella_error(STELLA_MALFORMED, "a key that is not one line of ASCII");
	err = stella_pubkey_parse_ssh_line(&key, stella_span_str(line));
	if (err)
		return stella_error_recode(err, STELLA_MALFORMED);
	member->keys[member->key_count] = key;
	member->key_lines[member->key_count++] = stella_strdup(line);
	return NULL;
}

static const struct stella_error *parse_member(struct stella_member *member, const struct stella_policy *policy,
	const char *name, const struct stella_json *keys)
{
	const struct stella_error *err = NULL;
	size_t count = stella_json_type(keys) == STELLA_JSON_ARRAY ? stella_json_count(keys) : 0;

	member->name = stella_strdup(name);
	if (!stella_id_valid(stella_span_str(name)))
		return invalid("not a name for a member:", name);
	if (!count)
		return stella_error(STELLA_MALFORMED, "member %s: not a list of at least one key", name);
	member->keys = stella_alloc_array(count, sizeof *member->keys);
	member->key_lines = stella_alloc_array(count, sizeof *member->key_lines);
	member->credentials = stella_alloc_array(count, sizeof *member->credentials);
	for (size_t i = 0; i < count && !err; i++)
		err = parse_key(member, policy, stella_json_at(keys, i));
	return err ? stella_error_prefix(err, "member %s", name) : NULL;
}

static int compare_members(const void *a, const void *b)
{
	return strcmp(((const struct stella_member *)a)->name, ((const struct stella_member *)b)->name);
}

static const struct stella_error *parse_members(struct stella_policy *policy, const struct stella_json *members)
{
	size_t count = stella_json_count(members);
	const struct stella_error *err = NULL;

	if (count > STELLA_MEMBERS_MAX)
		return stella_error(STELLA_LIMIT, "%zu members, more than %d", count, STELLA_MEMBERS_MAX);
	policy->members = stella_alloc_array(count, sizeof *policy->members);
	for (size_t i = 0; i < count && !err; i++) {
		const struct stella_json *keys;
		const char *name;

		stella_json_member(members, i, &name, &keys);
		err = parse_member(&policy->members[policy->member_count++], policy, name, keys);
	}
	qsort(policy->members, policy->member_count, sizeof *policy->members, compare_members);
	return err;
}

static int compare_keys(const void *a, const void *b)
{
	return memcmp(((const struct stella_policy_key *)a)->id.bytes, ((const struct stella_policy_key *)b)->id.bytes,
		STELLA_SHA256_SIZE);
}

static const struct stella_error *check_unique(const struct stella_policy *policy, struct stella_policy_key *keys,
	size_t count, const char *what)
{
	qsort(keys, count, sizeof *keys, compare_keys);
	for (size_t i = 1; i < count; i++) {
		const struct stella_policy_key *a = &keys[i - 1], *b = &keys[i];

		if (!stella_sha256_equal(&a->id, &b->id))
			continue;
		if (a->member == b->member)
			return stella_error(STELLA_MALFORMED, "member %s: %s stands twice", policy->members[a->member].name, what);
		return stella_error(STELLA_MALFORMED, "one %s is bound to two members, %s and %s", what + 2 + (what[1] == 'n'),
			policy->members[a->member < b->member ? a->member : b->member].name,
			policy->members[a->member < b->member ? b->member : a->member].name);
	}
	return NULL;
}

static void add_key(struct stella_policy_key *keys, size_t *count, struct stella_sha256 id, size_t member)
{
	keys[(*count)++] = (struct stella_policy_key){ id, (unsigned)member };
}

/* Each key is bound to one member, once, by its material; each identity by its names, whatever its root. */
static const struct stella_error *bind_keys(struct stella_policy *policy)
{
	struct stella_policy_key *identities;
	const struct stella_error *err;
	size_t count = 0, material = 0, identity_count = 0;

	for (size_t i = 0; i < policy->member_count; i++) {
		count += policy->members[i].key_count + policy->members[i].credential_count;
		material += policy->members[i].key_count;
		for (size_t k = 0; k < policy->members[i].credential_count; k++)
			material += stella_credential_key_count(&policy->members[i].credentials[k]);
	}
	policy->keys = stella_alloc_array(count, sizeof *policy->keys);
	policy->material = stella_alloc_array(material, sizeof *policy->material);
	identities = stella_alloc_array(count, sizeof *identities);
	for (size_t i = 0; i < policy->member_count; i++) {
		const struct stella_member *member = &policy->members[i];

		for (size_t k = 0; k < member->key_count; k++) {
			add_key(policy->keys, &policy->key_count, *stella_pubkey_id(member->keys[k]), i);
			add_key(policy->material, &policy->material_count, *stella_pubkey_id(member->keys[k]), i);
		}
		for (size_t k = 0; k < member->credential_count; k++) {
			const struct stella_credential *one = &member->credentials[k];

			add_key(policy->keys, &policy->key_count, one->id, i);
			for (size_t m = 0; m < stella_credential_key_count(one); m++)
				add_key(policy->material, &policy->material_count, *stella_credential_key(one, m), i);
			if (one->kind == STELLA_CREDENTIAL_IDENTITY)
				add_key(identities, &identity_count, stella_credential_identity(one), i);
		}
	}
	err = check_unique(policy, policy->material, policy->material_count, "a key");
	if (!err)
		err = check_unique(policy, identities, identity_count, "an identity");
	if (!err)
		err = check_unique(policy, policy->keys, policy->key_count, "a key");
	free(identities);
	return err;
}

static int compare_unsigned(const void *a, const void *b)
{
	unsigned x = *(const unsigned *)a, y = *(const unsigned *)b;

	return (x > y) - (x < y);
}

static const struct stella_error *parse_role_members(struct stella_role *role, const struct stella_policy *policy,
	const struct stella_json *names)
{
	size_t count = stella_json_count(names);

	role->members = stella_alloc_array(count, sizeof *role->members);
	for (size_t i = 0; i < count; i++) {
		const struct stella_json *name = stella_json_at(names, i);
		int member = stella_json_type(name) == STELLA_JSON_STRING ?
			stella_policy_member(policy, stella_json_text(name)) : -1;

		if (member < 0)
			return stella_error(STELLA_MALFORMED, "\"members\": entry %zu is not a member", i + 1);
		role->members[role->member_count++] = (unsigned)member;
	}
	qsort(role->members, role->member_count, sizeof *role->members, compare_unsigned);
	for (size_t i = 1; i < role->member_count; i++) {
		if (role->members[i] == role->members[i - 1])
			return invalid("a member is listed twice:", policy->members[role->members[i]].name);
	}
	return NULL;
}

static const struct stella_error *parse_role(struct stella_role *role, const struct stella_policy *policy,
	const char *name, const struct stella_json *rule)
{
	static const char *const fields[] = { "members", "threshold", NULL };
	const struct stella_json *members, *threshold;
	const struct stella_error *err;
	int64_t number;

	role->name = stella_strdup(name);
	if (!stella_id_valid(stella_span_str(name)))
		return invalid("not a name for a role:", name);
	if (stella_json_type(rule) != STELLA_JSON_OBJECT)
		return stella_error(STELLA_MALFORMED, "role %s: not an object", name);
	err = stella_json_closed(rule, fields);
	if (!err)
		err = stella_json_need(&members, rule, "members", STELLA_JSON_ARRAY);
	if (!err)
		err = parse_role_members(role, policy, members);
	if (!err)
		err = stella_json_need(&threshold, rule, "threshold", STELLA_JSON_NUMBER);
	if (!err && !role->member_count)
		err = stella_error(STELLA_MALFORMED, "no members");
	if (!err)
		err = stella_json_int(&number, threshold, 1, (int64_t)role->member_count);
	if (err)
		return stella_error_prefix(err, "role %s", name);
	role->threshold = (unsigned)number;
	return NULL;
}

static int compare_roles(const void *a, const void *b)
{
	return strcmp(((const struct stella_role *)a)->name, ((const struct stella_role *)b)->name);
}

static const struct stella_error *parse_roles(struct stella_policy *policy, const struct stella_json *roles)
{
	size_t count = stella_json_count(roles);
	const struct stella_error *err = NULL;
	int root;

	policy->roles = stella_alloc_array(count, sizeof *policy->roles);
	for (size_t i = 0; i < count && !err; i++) {
		const struct stella_json *rule;
		const char *name;

		stella_json_member(roles, i, &name, &rule);
		err = parse_role(&policy->roles[policy->role_count++], policy, name, rule);
	}
	if (err)
		return err;
	qsort(policy->roles, policy->role_count, sizeof *policy->roles, compare_roles);
	root = stella_policy_find_role(policy, "root");
	if (root < 0)
		return stella_error(STELLA_MALFORMED, "there is no role root");
	policy->root_role = (unsigned)root;
	return NULL;
}

static bool is_path(const char *path)
{
	bool empty = true;

	for (; *path; path++) {
		if (*path == '/' ? empty : !is_lower_alnum((uint8_t)*path) && !(*path >= 'A' && *path <= 'Z') &&
		    !strchr("._+@-", *path))
			return false;
		empty = *path == '/';
	}
	return !empty;
}

static int compare_paths(const void *a, const void *b)
{
	return strcmp(((const struct stella_policy_path *)a)->path, ((const struct stella_policy_path *)b)->path);
}

static const struct stella_error *parse_paths(struct stella_policy *policy, const struct stella_json *paths)
{
	size_t count = stella_json_count(paths);

	policy->paths = stella_alloc_array(count, sizeof *policy->paths);
	for (size_t i = 0; i < count; i++) {
		const struct stella_json *value;
		const char *path;
		int role;

		stella_json_member(paths, i, &path, &value);
		if (!is_path(path))
			return invalid("not a path:", path);
		role = stella_json_type(value) == STELLA_JSON_STRING ?
			stella_policy_find_role(policy, stella_json_text(value)) : -1;
		if (role < 0)
			return stella_error(STELLA_MALFORMED, "path \"%s\": not a role", path);
		if (strcmp(path, STELLA_POLICY_PATH) == 0 && (unsigned)role != policy->root_role)
			return stella_error(STELLA_MALFORMED, "path \"%s\": can only be root's", path);
		policy->paths[policy->path_count++] = (struct stella_policy_path){ stella_strdup(path), (unsigned)role };
	}
	qsort(policy->paths, policy->path_count, sizeof *policy->paths, compare_paths);
	return NULL;
}

static int compare_roots(const void *a, const void *b)
{
	return strcmp(((const struct stella_policy_root *)a)->name, ((const struct stella_policy_root *)b)->name);
}

/* The authorities of identities: here, and not in another file, so that nobody but root can say who a member is. */
static const struct stella_error *parse_policy_roots(struct stella_policy *policy, const struct stella_json *roots)
{
	size_t count = stella_json_count(roots);
	const struct stella_error *err = NULL;

	if (count > STELLA_ROOTS_MAX)
		return stella_error(STELLA_LIMIT, "%zu roots, more than %d", count, STELLA_ROOTS_MAX);
	policy->roots = stella_alloc_array(count, sizeof *policy->roots);
	for (size_t i = 0; i < count && !err; i++) {
		const struct stella_json *value;
		const char *name;

		stella_json_member(roots, i, &name, &value);
		err = stella_policy_root_parse(&policy->roots[policy->root_count++], name, value);
		if (!err && !stella_id_valid(stella_span_str(name)))
			err = invalid("not a name for a root:", name);
		if (err)
			err = stella_error_prefix(err, "root %s", name);
	}
	qsort(policy->roots, policy->root_count, sizeof *policy->roots, compare_roots);
	return err;
}

static const struct stella_error *parse_fields(struct stella_policy *policy, const struct stella_json *doc)
{
	static const char *const version_1[] = { "version", "expires", "members", "roles", "paths", NULL };
	static const char *const version_2[] = { "version", "expires", "members", "roles", "paths", "roots", NULL };
	const struct stella_json *members, *roles, *paths, *roots = NULL;
	const struct stella_error *err = stella_json_closed(doc, policy->version == 1 ? version_1 : version_2);
	const char *expires = NULL;

	if (!err)
		err = stella_json_need_text(&expires, doc, "expires");
	if (!err)
		err = stella_json_need(&members, doc, "members", STELLA_JSON_OBJECT);
	if (!err)
		err = stella_json_need(&roles, doc, "roles", STELLA_JSON_OBJECT);
	if (!err)
		err = stella_json_need(&paths, doc, "paths", STELLA_JSON_OBJECT);
	if (!err)
		err = stella_json_want(&roots, doc, "roots", STELLA_JSON_OBJECT);
	if (err)
		return err;
	policy->expires_text = stella_strdup(expires);
	err = stella_time_parse(&policy->expires, stella_span_str(expires));
	if (err)
		return stella_error_prefix(err, "\"expires\"");
	err = roots ? parse_policy_roots(policy, roots) : NULL;
	if (!err)
		err = parse_members(policy, members);
	if (!err)
		err = bind_keys(policy);
	if (!err)
		err = parse_roles(policy, roles);
	if (!err)
		err = parse_paths(policy, paths);
	return err;
}

const struct stella_error *stella_policy_parse(struct stella_policy **out, struct stella_span text)
{
	struct stella_policy *policy = stella_alloc(sizeof *policy);
	const struct stella_error *err;
	struct stella_json *doc = NULL;

	*out = NULL;
	if (text.size > STELLA_POLICY_MAX) {
		err = stella_error(STELLA_LIMIT, "%zu bytes, more than %u", text.size, STELLA_POLICY_MAX);
		goto done;
	}
	err = stella_json_parse(&doc, text);
	if (err)
		goto done;
	err = check_version(&policy->version, doc);
	if (!err)
		err = parse_fields(policy, doc);
	if (err && policy->version >= 2 && err->code != STELLA_LIMIT && err->code != STELLA_SYSTEM)
		err = stella_error_recode(stella_error_prefix(err, "policy version %u needs a newer stella, or is not valid",
			policy->version), STELLA_POLICY_UNSUPPORTED);
	if (err)
		goto done;
	*out = policy;
	policy = NULL;
done:
	stella_json_free(doc);
	stella_policy_free(policy);
	return err;
}

void stella_policy_free(struct stella_policy *policy)
{
	if (!policy)
		return;
	for (size_t i = 0; i < policy->member_count; i++) {
		struct stella_member *member = &policy->members[i];

		for (size_t k = 0; k < member->key_count; k++) {
			stella_pubkey_free(member->keys[k]);
			free(member->key_lines[k]);
		}
		for (size_t k = 0; k < member->credential_count; k++)
			stella_credential_free(&member->credentials[k]);
		free(member->credentials);
		free(member->keys);
		free(member->key_lines);
		free(member->name);
	}
	for (size_t i = 0; i < policy->role_count; i++) {
		free(policy->roles[i].name);
		free(policy->roles[i].members);
	}
	for (size_t i = 0; i < policy->path_count; i++)
		free(policy->paths[i].path);
	for (size_t i = 0; i < policy->root_count; i++)
		stella_policy_root_free(&policy->roots[i]);
	free(policy->roots);
	free(policy->material);
	free(policy->members);
	free(policy->roles);
	free(policy->paths);
	free(policy->keys);
	free(policy->expires_text);
	free(policy);
}
