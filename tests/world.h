/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A trust repository for the tests of verdicts: alice and bob may change records, each alone; records
 * are put by alice, one state each, and the state in force is opened at one fixed time.
 * Link tests/testrepo.c, $(NETTLE_LIBS) and $(GNUTLS_LIBS).
 */
#ifndef STELLA_TESTS_WORLD_H
#define STELLA_TESTS_WORLD_H

#include "shelf.h"
#include "signkit.h"
#include "testrepo.h"
#include "trust.h"

#define NOW INT64_C(1790000000) /* 2026-09-21T14:13:20Z */
#define DAY INT64_C(86400)

static struct testrepo world;
static struct stella_trust *world_trust;
static struct stella_shelf *world_records;

static inline void world_enter(void)
{
	char *policy = testrepo_policy("alice bob", 1, 1, "2027-01-01T00:00:00Z");

	testrepo_init(&world, policy, "README.md", "readme", NULL);
	free(policy);
}

static inline void world_close(void)
{
	stella_shelf_free(world_records);
	world_records = NULL;
	stella_trust_free(world_trust);
	world_trust = NULL;
}

static inline void world_leave(void)
{
	world_close();
	testrepo_free(&world);
}

/* text is freed; NULL removes. */
static inline void world_put(const char *path, char *text)
{
	world_close();
	testrepo_change(&world, "alice", path, text, NULL);
	free(text);
}

static inline struct stella_trust *world_open(void)
{
	struct stella_trust_options options = { .now = NOW, .no_memory = true };
	char root[STELLA_OID_HEX];

	stella_oid_hex(root, &world.root);
	options.root = root;
	if (!world_trust)
		assert_ok(stella_trust_load(&world_trust, world.repo, &options));
	return world_trust;
}

/* The records of that state. */
static inline struct stella_shelf *world_shelf(void)
{
	if (!world_records)
		world_records = stella_shelf_new(world_open());
	return world_records;
}

/* keys/<id>.json and .pem in one change. */
static inline void world_put_key(const struct kit_key *key, const char *issuer, void (*change)(struct stella_key *record))
{
	char record[128], pem[128], *text = kit_key_record(key, issuer, change);

	snprintf(record, sizeof record, "keys/%s.json", key->id);
	snprintf(pem, sizeof pem, "keys/%s.pem", key->id);
	world_close();
	testrepo_change(&world, "alice", record, text, pem, key->pem, NULL);
	free(text);
}

/* anchors/<name>.json and .pem; a window of NONE is none. */
static inline void world_put_anchor(const char *name, const struct kit_cert *cert, bool intermediate, int64_t from,
	int64_t until)
{
	char record[128], pem[128], *text = kit_anchor_record(cert, intermediate, from, until);

	snprintf(record, sizeof record, "anchors/%s.json", name);
	snprintf(pem, sizeof pem, "anchors/%s.pem", name);
	world_close();
	testrepo_change(&world, "alice", record, text, pem, cert->pem, NULL);
	free(text);
}

#endif
