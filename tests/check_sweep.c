/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include <unistd.h>

#include "sweep.h"
#include "sys.h"
#include "verdict.h"

static struct stella_store *store;
static struct stella_sweep *sweep;
static const struct stella_store_commit commit = { "Ann <ann@example.org>", "add", 1700000000 };

static void set_up(void)
{
	enter();
	assert_ok(stella_store_open(&store, world.repo, NULL));
}

static void tear_down(void)
{
	stella_sweep_free(sweep);
	sweep = NULL;
	stella_store_free(store);
	leave();
}

/* An attestation by this key, stored. */
static struct stella_sha256 put(const struct kit_key *key, const char *name)
{
	struct kit_sigs sigs = { 0 };
	struct stella_evidence *item;
	struct stella_sha256 id;
	char payload[512], *sig, *text;
	size_t added;

	snprintf(payload, sizeof payload, STATEMENT(SLSA, SUBJECT("%s", A64)), name);
	sig = kit_sign_pae(key, alg_of(key), TYPE, payload);
	kit_add(&sigs, sig, key->id, NULL);
	text = kit_envelope(&sigs, TYPE, payload);
	item = kit_evidence(text);
	id = item->id;
	assert_ok(stella_store_add(store, &item, 1, &commit, &added));
	stella_evidence_free(item);
	free(text);
	free(sig);
	return id;
}

static void end_soon(struct stella_key *key)
{
	key->expires = NOW + DAY;
}

static uint64_t seen;

static void tell(const char *what, uint64_t done)
{
	ck_assert_str_eq(what, "judging attestations");
	ck_assert_uint_eq(done, seen + 1);
	seen = done;
}

START_TEST(what_ends_between_two_times_is_found_with_its_records)
{
	struct stella_sweep_view views[2];
	struct stella_sha256 falls;
	char path[128];

	falls = put(&acme, "app/falls");
	put(&beta, "app/stays");
	put(&stranger, "app/unknown");
	world_put_key(&acme, "acme", end_soon);
	views[0] = (struct stella_sweep_view){ .trust = world_open(), .now = NOW };
	views[1] = (struct stella_sweep_view){ .trust = world_open(), .now = NOW + 2 * DAY };
	stella_progress = tell;
	assert_ok(stella_sweep_load(&sweep, store, views));
	stella_progress = NULL;
	ck_assert_uint_eq(seen, 3);
	ck_assert_uint_eq(sweep->total, 3);
	ck_assert_uint_eq(sweep->trusted[0], 2);
	ck_assert_uint_eq(sweep->trusted[1], 1);
	ck_assert_uint_eq(sweep->count, 1);
	ck_assert(stella_sha256_equal(&sweep->items[0].id, &falls));
	ck_assert_str_eq(sweep->items[0].issuer, "acme");
	ck_assert_str_eq(sweep->items[0].subject, "app/falls sha256:" A64);
	snprintf(path, sizeof path, "keys/%s.json", acme.id);
	ck_assert_str_eq(sweep->items[0].records[0], path);
	ck_assert(sweep->items[0].verdicts[0].trusted);
	ck_assert_int_eq(sweep->items[0].verdicts[1].code, STELLA_KEY_EXPIRED);
	ck_assert_int_eq(sweep->items[0].cert_until, STELLA_TIME_NONE);
}
END_TEST

START_TEST(under_two_states_both_ways_are_found)
{
	struct stella_sweep_view views[2];
	struct stella_trust *before;
	struct stella_sha256 starts, stops;

	world_put("issuers/beta.json", kit_issuer_record("suspended", NULL));
	stops = put(&acme, "app/stops");
	starts = put(&beta, "app/starts");
	before = world_open();
	world_trust = NULL; /* kept */
	world_put("issuers/acme.json", kit_issuer_record("revoked", NULL));
	world_put("issuers/beta.json", kit_issuer_record("trusted", NULL));
	views[0] = (struct stella_sweep_view){ .trust = before, .now = NOW };
	views[1] = (struct stella_sweep_view){ .trust = world_open(), .now = NOW };
	assert_ok(stella_sweep_load(&sweep, store, views));
	ck_assert_uint_eq(sweep->count, 2);
	for (size_t i = 0; i < 2; i++) {
		bool stopped = stella_sha256_equal(&sweep->items[i].id, &stops);

		ck_assert(stopped || stella_sha256_equal(&sweep->items[i].id, &starts));
		ck_assert(sweep->items[i].verdicts[0].trusted == stopped);
		ck_assert_int_eq(sweep->items[i].verdicts[stopped].code, STELLA_ISSUER_UNTRUSTED);
		ck_assert_str_eq(sweep->items[i].issuer, stopped ? "acme" : "beta");
	}
	stella_trust_free(before);
}
END_TEST

START_TEST(nothing_stored_is_nothing_found)
{
	struct stella_sweep_view views[2] = { { .trust = world_open(), .now = NOW }, { .trust = world_open(), .now = NOW } };

	assert_ok(stella_sweep_load(&sweep, store, views));
	ck_assert_uint_eq(sweep->total, 0);
	ck_assert_uint_eq(sweep->count, 0);
}
END_TEST

START_TEST(what_is_missing_is_counted_and_named)
{
	struct stella_sweep_view views[2] = { { .trust = world_open(), .now = NOW }, { .trust = world_open(), .now = NOW } };
	struct stella_sha256 id = put(&acme, "app/one");
	struct stella_buf bytes = { 0 }, path = { 0 };
	struct stella_oid blob;
	char hex[STELLA_OID_HEX];

	put(&beta, "app/two");
	assert_ok(stella_store_load(&bytes, store, &id));
	assert_ok(stella_refs_write(&blob, world.repo, STELLA_OBJECT_BLOB, stella_buf_span(&bytes)));
	stella_oid_hex(hex, &blob);
	stella_buf_printf(&path, "%s/objects/%.2s/%s", stella_repo_gitdir(world.repo), hex, hex + 2);
	ck_assert_int_eq(unlink((char *)path.data), 0);
	assert_ok(stella_sweep_load(&sweep, store, views));
	ck_assert_uint_eq(sweep->total, 2);
	ck_assert_uint_eq(sweep->unread, 1);
	ck_assert_int_eq(sweep->trouble.code, STELLA_INCOMPLETE);
	ck_assert_uint_eq(sweep->trusted[0], 1);
	stella_buf_free(&bytes);
	stella_buf_free(&path);
}
END_TEST

static void fill(TCase *tc)
{
	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, what_ends_between_two_times_is_found_with_its_records);
	tcase_add_test(tc, under_two_states_both_ways_are_found);
	tcase_add_test(tc, nothing_stored_is_nothing_found);
	tcase_add_test(tc, what_is_missing_is_counted_and_named);
}

CHECK_MAIN("sweep", fill)
