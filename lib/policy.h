/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The policy file to members, keys, roles, thresholds and paths (trust-model, rule 3).  Parsing
 * judges validity; nothing here evaluates a history.
 */
#ifndef STELLA_POLICY_H
#define STELLA_POLICY_H

#include "json.h"
#include "pubkey.h"

#define STELLA_POLICY_PATH "policy.json"
#define STELLA_POLICY_VERSION 1
#define STELLA_POLICY_MAX (1u << 20)   /* bytes */
#define STELLA_MEMBERS_MAX 1000
#define STELLA_ID_MAX 64               /* bytes of an id, a member's or role's name */

bool stella_id_valid(struct stella_span id); /* [a-z0-9][a-z0-9._-]{0,63} */

struct stella_member {
	char *name;
	struct stella_pubkey **keys;
	char **key_lines;           /* as written */
	size_t key_count;
};
struct stella_role {
	char *name;
	unsigned *members;          /* indexes into members, ascending */
	size_t member_count;
	unsigned threshold;
};
struct stella_policy_path {
	char *path;
	unsigned role;
};
struct stella_policy_key {
	struct stella_sha256 id;    /* of the key material: stella_pubkey_id */
	unsigned member;
};
struct stella_policy {
	char *expires_text;
	int64_t expires;
	struct stella_member *members; size_t member_count;  /* sorted by name */
	struct stella_role *roles; size_t role_count;        /* sorted by name */
	struct stella_policy_path *paths; size_t path_count; /* sorted by path */
	struct stella_policy_key *keys; size_t key_count;    /* sorted by id */
	unsigned root_role;
};

/* MALFORMED: not valid, with the member, key or path at fault.  POLICY_UNSUPPORTED: a newer version
 * (an object whose version is an integer above the known one; nothing else in it is looked at).
 * LIMIT: more than 1 MiB, 1,000 members, or what json.h reads. */
const struct stella_error *stella_policy_parse(struct stella_policy **out, struct stella_span text) STELLA_MUST_USE;
void stella_policy_free(struct stella_policy *policy);
/* Canonical text of a policy record that was edited as JSON is printed by json.h; the fields are closed. */

unsigned stella_policy_role_of(const struct stella_policy *policy, struct stella_span path); /* longest whole-component prefix */
/* The member that holds this key, or -1. O(log n). */
int stella_policy_holder(const struct stella_policy *policy, const struct stella_pubkey *key);
int stella_policy_holder_id(const struct stella_policy *policy, const struct stella_sha256 *key_id);
int stella_policy_member(const struct stella_policy *policy, const char *name); /* -1: none */
int stella_policy_find_role(const struct stella_policy *policy, const char *name); /* -1: none */
bool stella_role_has(const struct stella_role *role, unsigned member);

#endif
