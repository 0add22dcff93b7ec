/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The policy file to members, keys, roles, thresholds and paths (trust-model, rule 3; version 2: section 7).
 * Parsing judges validity; nothing here evaluates a history.
 */
#ifndef STELLA_POLICY_H
#define STELLA_POLICY_H

#include "credential.h"

#define STELLA_POLICY_PATH "policy.json"
#define STELLA_POLICY_VERSION 2        /* the newest that is known */
#define STELLA_POLICY_VERSION_SSH 1    /* enough where all members sign with SSH; every stella knows it */
#define STELLA_ROOTS_MAX 16
#define STELLA_POLICY_MAX (1u << 20)   /* bytes */
#define STELLA_MEMBERS_MAX 1000
#define STELLA_ID_MAX 64               /* bytes of an id, a member's or role's name */

bool stella_id_valid(struct stella_span id); /* [a-z0-9][a-z0-9._-]{0,63} */

struct stella_member {
	char *name;
	struct stella_pubkey **keys;
	char **key_lines;           /* as written */
	size_t key_count;
	struct stella_credential *credentials; /* what else it signs with, from version 2 on */
	size_t credential_count;
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
	struct stella_sha256 id;    /* of the key material: stella_pubkey_id; or of a credential */
	unsigned member;
};
struct stella_policy {
	unsigned version;
	char *expires_text;
	int64_t expires;
	struct stella_member *members; size_t member_count;  /* sorted by name */
	struct stella_role *roles; size_t role_count;        /* sorted by name */
	struct stella_policy_path *paths; size_t path_count; /* sorted by path */
	struct stella_policy_key *keys; size_t key_count;    /* what approvals are kept under, sorted by id */
	struct stella_policy_key *material; size_t material_count; /* of all keys that stand in it, of whatever kind; sorted */
	struct stella_policy_root *roots; size_t root_count; /* sorted by name */
	unsigned root_role;
};

/* MALFORMED: not valid, with the member, key or path at fault.  POLICY_UNSUPPORTED: a newer version
 * (an object whose version is an integer above the known one; nothing else in it is looked at), or one
 * of version 2 that is not valid here: a stella that is newer, or built with OpenPGP, may know better.
 * LIMIT: more than 1 MiB, 1,000 members, or what json.h reads. */
const struct stella_error *stella_policy_parse(struct stella_policy **out, struct stella_span text) STELLA_MUST_USE;
void stella_policy_free(struct stella_policy *policy);
/* Canonical text of a policy record that was edited as JSON is printed by json.h; the fields are closed. */

unsigned stella_policy_role_of(const struct stella_policy *policy, struct stella_span path); /* longest whole-component prefix */
/* The member that holds this key, or -1. O(log n). */
int stella_policy_holder(const struct stella_policy *policy, const struct stella_pubkey *key);
int stella_policy_holder_id(const struct stella_policy *policy, const struct stella_sha256 *key_id);
/* Does a key of this material stand in the policy, of whatever kind? */
bool stella_policy_pins(const struct stella_policy *policy, const struct stella_sha256 *material);
/*
 * The credential that an X.509 or OpenPGP signature is by, and its member; *out NULL: none, why (may be NULL;
 * STELLA_ERROR_MAX bytes) gets the nearest reason.  A key that stands in the policy speaks for who it is bound to and
 * for no identity.  Errors: SYSTEM and LIMIT only.
 */
const struct stella_error *stella_policy_signer(const struct stella_credential **out, unsigned *member, char *why,
	const struct stella_policy *policy, struct stella_signature_claim *claim) STELLA_MUST_USE;
int stella_policy_member(const struct stella_policy *policy, const char *name); /* -1: none */
int stella_policy_find_role(const struct stella_policy *policy, const char *name); /* -1: none */
bool stella_role_has(const struct stella_role *role, unsigned member);

#endif
