/* SPDX-License-Identifier: Apache-2.0 */
#include "explain.h"
#include "world.h"

#define TYPE "application/vnd.in-toto+json"
#define PAYLOAD "{\"_type\":\"https://in-toto.io/Statement/v1\",\"subject\":[{\"digest\":{\"sha256\":" \
	"\"c7c5c1d70c5dec4416ab6158afd0b223ef40c29b1dc1f97ed9428b94d4cadb1c\"}}],\"predicateType\":\"https://example.com/p\"}"

static struct kit_key acme, stranger;
static struct stella_evidence *evidence;
static struct stella_report *report;
static struct stella_explanation *explanation;

static void enter(void)
{
	world_enter();
	acme = KIT_ED25519;
	stranger = KIT_ED25519;
	world_put_key(&acme, "acme", NULL);                                  /* state 1 */
	world_put("issuers/acme.json", kit_issuer_record("proposed", NULL)); /* state 2 */
	world_put("README.md", stella_strdup("other"));                      /* state 3 */
	world_put("issuers/acme.json", kit_issuer_record("trusted", NULL));  /* state 4 */
	world_put("README.md", stella_strdup("again"));                      /* state 5 */
}

static void forget(void)
{
	stella_explanation_free(explanation);
	stella_report_free(report);
	stella_evidence_free(evidence);
	explanation = NULL;
	report = NULL;
	evidence = NULL;
}

static void leave(void)
{
	forget();
	kit_key_free(&acme);
	kit_key_free(&stranger);
	world_leave();
}

static void explain(char *text, bool trusted)
{
	struct stella_verify_options options = { .now = NOW };

	forget();
	evidence = kit_evidence(text);
	free(text);
	ck_assert(!stella_verify(&report, evidence, world_open(), &options) == trusted);
	assert_ok(stella_explain(&explanation, report, world_open()));
}

static void verify(const struct kit_key *first, const struct kit_key *second, bool trusted)
{
	struct kit_sigs sigs = { 0 };
	const struct kit_key *keys[] = { first, second };

	for (size_t i = 0; i < 2 && keys[i]; i++) {
		char *sig = kit_sign_pae(keys[i], GNUTLS_SIGN_EDDSA_ED25519, TYPE, PAYLOAD);

		kit_add(&sigs, sig, keys[i]->id, NULL);
		free(sig);
	}
	explain(kit_envelope(&sigs, TYPE, PAYLOAD), trusted);
}

static const struct stella_link *link_is(size_t i, const char *what, const char *object)
{
	ck_assert_uint_lt(i, explanation->count);
	ck_assert_str_eq(explanation->links[i].what, what);
	if (object)
		ck_assert_str_eq(explanation->links[i].object, object);
	ck_assert_ptr_nonnull(explanation->links[i].text);
	return &explanation->links[i];
}

START_TEST(a_verdict_goes_back_to_the_pinned_root_with_people_and_reasons)
{
	const struct stella_link *link;
	char path[128], root[STELLA_OID_HEX];

	verify(&stranger, &acme, true);
	snprintf(path, sizeof path, "keys/%s.json", acme.id);
	stella_oid_hex(root, &world.root);
	ck_assert_uint_eq(explanation->count, 6);
	ck_assert_ptr_nonnull(strstr(link_is(0, "verdict", NULL)->text, "trusted: signed by acme"));
	ck_assert(!link_is(1, "signature", "signature 2")->has_state);
	link = link_is(2, "key", path);
	ck_assert(link->has_state);
	ck_assert_uint_eq(link->number, 1);
	link = link_is(3, "issuer", "issuers/acme.json");
	ck_assert_uint_eq(link->number, 4);
	ck_assert_uint_eq(link->approval_count, 1);
	ck_assert_str_eq(link->approvals[0].member, "alice");
	ck_assert_str_eq(link->approvals[0].reason, "because of a test");
	ck_assert_ptr_nonnull(strchr(link->approvals[0].author, '@'));
	ck_assert(strncmp(link->approvals[0].fingerprint, "SHA256:", 7) == 0);
	ck_assert(stella_oid_equal(&link->approvals[0].commit, &link->commit));
	link = link_is(4, "policy", "policy.json");
	ck_assert_uint_eq(link->number, 0);
	link = link_is(5, "root", root);
	ck_assert_uint_eq(link->number, 0);
	ck_assert_uint_eq(link->approval_count, 0);
	ck_assert(stella_oid_equal(&link->commit, &world.root));
	ck_assert_ptr_nonnull(strstr(link->text, "--trust-root"));
}
END_TEST

START_TEST(every_person_that_approved_is_named)
{
	char *text = kit_issuer_record("trusted", ",\"name\":\"ACME Ltd\"");

	world_close();
	testrepo_free(&world);
	world_enter();
	world_put_key(&acme, "acme", NULL);
	testrepo_change(&world, "bob alice", "issuers/acme.json", text, NULL);
	free(text);
	verify(&acme, NULL, true);
	ck_assert_uint_ge(link_is(3, "issuer", "issuers/acme.json")->approval_count, 1);
	ck_assert_str_eq(explanation->links[3].approvals[0].member, "bob");
}
END_TEST

START_TEST(a_refusal_shows_the_records_that_made_it_one)
{
	world_put("issuers/acme.json", kit_issuer_record("suspended", NULL)); /* state 6 */
	verify(&acme, NULL, false);
	ck_assert_uint_eq(explanation->count, 6);
	ck_assert_ptr_nonnull(strstr(link_is(0, "verdict", NULL)->text, "refused: issuer not trusted"));
	ck_assert_uint_eq(link_is(3, "issuer", "issuers/acme.json")->number, 6);
	verify(&stranger, NULL, false); /* of a stranger there is nothing to say */
	ck_assert_uint_eq(explanation->count, 3);
	link_is(1, "policy", "policy.json");
}
END_TEST

START_TEST(one_record_can_be_asked_for)
{
	assert_ok(stella_explain_record(&explanation, "issuers/acme.json", world_open()));
	ck_assert_uint_eq(explanation->count, 3);
	ck_assert_uint_eq(link_is(0, "issuer", "issuers/acme.json")->number, 4);
	stella_explanation_free(explanation);
	assert_ok(stella_explain_record(&explanation, "README.md", world_open()));
	ck_assert_uint_eq(link_is(0, "record", "README.md")->number, 5);
	stella_explanation_free(explanation);
	assert_code(stella_explain_record(&explanation, "issuers/none.json", world_open()), STELLA_NOT_FOUND);
	ck_assert_ptr_null(explanation);
}
END_TEST

START_TEST(a_signature_that_does_not_hold_shows_the_key_that_was_named)
{
	struct kit_sigs sigs = { 0 };

	kit_add(&sigs, "AAAA", acme.id, NULL);
	kit_add(&sigs, "AAAB", acme.id, NULL);
	explain(kit_envelope(&sigs, TYPE, PAYLOAD), false);
	ck_assert_uint_eq(explanation->count, 6); /* the record that both name stands there once */
	ck_assert_ptr_nonnull(strstr(link_is(1, "signature", "signature 1")->text, "signature verification failed"));
	link_is(2, "key", NULL);
	link_is(3, "signature", "signature 2");
}
END_TEST

START_TEST(a_certificate_leads_to_its_issuer_and_its_anchor)
{
	struct kit_key root_key = KIT_P256, leaf_key = KIT_P256;
	struct kit_cert root = kit_cert("Root", &root_key, NULL, NULL, NULL, NOW - DAY, NOW + DAY);
	struct kit_cert leaf = kit_cert("Leaf", &leaf_key, "uri:https://ci.example/acme", &root, &root_key, NOW - DAY, NOW + DAY);
	char *sig = kit_sign_pae(&leaf_key, GNUTLS_SIGN_ECDSA_SHA256, TYPE, PAYLOAD);
	struct kit_sigs sigs = { 0 };

	world_put_anchor("root", &root, false, STELLA_TIME_NONE, STELLA_TIME_NONE); /* state 6 */
	world_put("issuers/acme.json", kit_issuer_record("trusted", ",\"identities\":[{\"anchors\":[\"root\"],"
		"\"san\":{\"type\":\"uri\",\"value\":\"https://ci.example/acme\"}}]")); /* state 7 */
	kit_add(&sigs, sig, NULL, leaf.pem);
	explain(kit_envelope(&sigs, TYPE, PAYLOAD), true);
	ck_assert_ptr_nonnull(strstr(link_is(1, "signature", "signature 1")->text, "uri:https://ci.example/acme"));
	ck_assert_uint_eq(link_is(2, "issuer", "issuers/acme.json")->number, 7);
	ck_assert_uint_eq(link_is(3, "anchor", "anchors/root.json")->number, 6);
	free(sig);
	kit_cert_free(&root);
	kit_cert_free(&leaf);
	kit_key_free(&root_key);
	kit_key_free(&leaf_key);
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_checked_fixture(t, enter, leave);
	tcase_add_test(t, a_verdict_goes_back_to_the_pinned_root_with_people_and_reasons);
	tcase_add_test(t, every_person_that_approved_is_named);
	tcase_add_test(t, a_refusal_shows_the_records_that_made_it_one);
	tcase_add_test(t, one_record_can_be_asked_for);
	tcase_add_test(t, a_signature_that_does_not_hold_shows_the_key_that_was_named);
	tcase_add_test(t, a_certificate_leads_to_its_issuer_and_its_anchor);
}

CHECK_MAIN("explain", fill)
