/* SPDX-License-Identifier: Apache-2.0 */
#include "identities.h"
#include "sigstore_data.h"
#include "world.h"

#define MAIL "email:ci@acme.example"
#define IDENTITY(anchors, type, value) ",\"identities\":[{\"anchors\":[" anchors "],\"san\":{\"type\":\"" type \
	"\",\"value\":\"" value "\"}}]"
#define ACME IDENTITY("\"root\"", "email", "ci@acme.example")

static struct kit_key root_key, inter_key, leaf_key;
static struct kit_cert root, inter, leaf;
static struct stella_cert *leaf_cert, *inter_cert;
static struct stella_evidence evidence;
static struct stella_dsse dsse;
static struct stella_report *report;
static struct stella_identities *identities;
static struct stella_roots *roots;
static struct stella_bundle *bundle;
static struct stella_identity_match *matches;
static size_t count;

static void enter(void)
{
	world_enter();
	root_key = KIT_P256;
	inter_key = KIT_P256;
	leaf_key = KIT_P256;
	root = kit_cert("Root", &root_key, NULL, NULL, NULL, NOW - 100 * DAY, NOW + 100 * DAY);
	inter = kit_cert("Inter", &inter_key, NULL, &root, &root_key, NOW - 50 * DAY, NOW + 50 * DAY);
	leaf = kit_cert("Leaf", &leaf_key, MAIL, &inter, &inter_key, NOW - DAY, NOW + DAY);
	assert_ok(stella_cert_parse_pem(&leaf_cert, stella_span_str(leaf.pem)));
	assert_ok(stella_cert_parse_pem(&inter_cert, stella_span_str(inter.pem)));
	evidence.dsse = &dsse;
	report = stella_report_new(&evidence, NOW);
	world_put_anchor("root", &root, false, STELLA_TIME_NONE, STELLA_TIME_NONE);
	world_put("issuers/acme.json", kit_issuer_record("trusted", ACME));
}

static void forget(void)
{
	free(matches);
	stella_identities_free(identities);
	stella_roots_free(roots);
	matches = NULL;
	identities = NULL;
	roots = NULL;
}

static void leave(void)
{
	forget();
	stella_report_free(report);
	stella_cert_free(leaf_cert);
	stella_cert_free(inter_cert);
	kit_cert_free(&root);
	kit_cert_free(&inter);
	kit_cert_free(&leaf);
	kit_key_free(&root_key);
	kit_key_free(&inter_key);
	kit_key_free(&leaf_key);
	world_leave();
}

static const struct stella_error *find(const char *only, bool with_inter, int64_t at)
{
	const struct stella_cert *others[] = { inter_cert };
	const struct stella_times none = { 0 };
	const struct stella_identity_asked asked = {
		.leaf = leaf_cert, .others = others, .other_count = with_inter, .times = &none, .bundle = bundle, .now = at,
	};

	forget();
	roots = stella_roots_new(world_shelf(), report);
	identities = stella_identities_new(world_shelf(), roots, report);
	return stella_identities_find(&matches, &count, identities, only, &asked);
}

/* The only match is not good, for this reason. */
static void assert_why(enum stella_code code)
{
	ck_assert_uint_eq(count, 1);
	ck_assert(!matches[0].good);
	ck_assert_msg(matches[0].why.code == code, "%s: %s", stella_code_word(matches[0].why.code), matches[0].why.message);
	ck_assert_uint_eq(matches[0].chain.count, 0);
}

START_TEST(a_certificate_speaks_for_the_issuer_that_has_its_name)
{
	assert_ok(find(NULL, true, NOW));
	ck_assert_uint_eq(count, 1);
	ck_assert_msg(matches[0].good, "%s", matches[0].why.message);
	ck_assert_str_eq(matches[0].issuer->id, "acme");
	ck_assert_uint_eq(matches[0].chain.count, 3);
	ck_assert_ptr_eq(matches[0].chain.certs[0], leaf_cert);
	ck_assert_str_eq(stella_identities_anchor(identities, matches[0].chain.certs[2]), "root");
	ck_assert_ptr_null(stella_identities_anchor(identities, leaf_cert));
	assert_ok(find("acme", true, NOW));
	ck_assert(matches[0].good);
	assert_code(find("beta", true, NOW), STELLA_IDENTITY_MISMATCH);
	assert_code(find("../acme", true, NOW), STELLA_IDENTITY_MISMATCH);
}
END_TEST

START_TEST(the_intermediate_may_come_from_the_trust_tree)
{
	assert_ok(find(NULL, false, NOW));
	assert_why(STELLA_CHAIN_INVALID);
	world_put_anchor("inter", &inter, true, STELLA_TIME_NONE, STELLA_TIME_NONE);
	assert_ok(find(NULL, false, NOW));
	ck_assert_msg(matches[0].good, "%s", matches[0].why.message);
	ck_assert_str_eq(stella_identities_anchor(identities, matches[0].chain.certs[1]), "inter");
	world_put_anchor("inter", &inter, true, STELLA_TIME_NONE, NOW - 1);
	assert_ok(find(NULL, false, NOW));
	assert_why(STELLA_CHAIN_INVALID);
}
END_TEST

START_TEST(a_name_is_exact_in_text_and_type)
{
	static const char *const others[] = {
		IDENTITY("\"root\"", "email", "CI@acme.example"), IDENTITY("\"root\"", "email", "ci@acme.exampl"),
		IDENTITY("\"root\"", "email", "ci@acme.example "), IDENTITY("\"root\"", "email", "*@acme.example"),
		IDENTITY("\"root\"", "uri", "ci@acme.example"), IDENTITY("\"root\"", "dns", "ci@acme.example"),
		IDENTITY("\"root\"", "email", "Leaf"), "",
	};

	for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
		world_put("issuers/acme.json", kit_issuer_record("trusted", others[i]));
		assert_code(find(NULL, true, NOW), STELLA_IDENTITY_MISMATCH);
		ck_assert_ptr_null(matches);
	}
}
END_TEST

START_TEST(only_the_anchors_that_an_identity_names_may_assert_it)
{
	struct kit_key key = KIT_P256;
	struct kit_cert other = kit_cert("Other", &key, NULL, NULL, NULL, NOW - DAY, NOW + DAY);

	world_put_anchor("other", &other, false, STELLA_TIME_NONE, STELLA_TIME_NONE);
	world_put("issuers/acme.json", kit_issuer_record("trusted", IDENTITY("\"other\"", "email", "ci@acme.example")));
	assert_ok(find(NULL, true, NOW));
	assert_why(STELLA_ANCHOR_MISSING);
	world_put("issuers/acme.json", kit_issuer_record("trusted", IDENTITY("\"absent\"", "email", "ci@acme.example")));
	assert_ok(find(NULL, true, NOW));
	assert_why(STELLA_ANCHOR_MISSING);
	ck_assert_ptr_nonnull(strstr(matches[0].why.message, "anchors/absent.json"));
	world_put("issuers/acme.json",
		kit_issuer_record("trusted", IDENTITY("\"absent\",\"other\",\"root\"", "email", "ci@acme.example")));
	assert_ok(find(NULL, true, NOW));
	ck_assert(matches[0].good);
	world_put_anchor("root", &root, true, STELLA_TIME_NONE, STELLA_TIME_NONE); /* an intermediate is no root */
	assert_ok(find(NULL, true, NOW));
	assert_why(STELLA_ANCHOR_MISSING);
	kit_cert_free(&other);
	kit_key_free(&key);
}
END_TEST

START_TEST(every_link_and_the_anchors_record_must_be_good_at_the_time)
{
	static const int64_t outside[] = { NOW - DAY - 1, NOW + DAY + 1, NOW - 200 * DAY, NOW + 200 * DAY };

	for (size_t i = 0; i < sizeof outside / sizeof *outside; i++) {
		assert_ok(find(NULL, true, outside[i]));
		assert_why(STELLA_CERT_EXPIRED);
	}
	world_put_anchor("root", &root, false, NOW - 10, NOW - 1);
	assert_ok(find(NULL, true, NOW));
	assert_why(STELLA_CERT_EXPIRED);
	ck_assert_ptr_nonnull(strstr(matches[0].why.message, "anchors/root.json"));
	world_put_anchor("root", &root, false, NOW, NOW);
	assert_ok(find(NULL, true, NOW));
	ck_assert(matches[0].good);
}
END_TEST

START_TEST(several_issuers_may_have_the_same_identity)
{
	world_put("issuers/beta.json", kit_issuer_record("suspended", ACME));
	world_put("issuers/aaa.json", kit_issuer_record("trusted", IDENTITY("\"absent\"", "email", "ci@acme.example")));
	assert_ok(find(NULL, true, NOW));
	ck_assert_uint_eq(count, 3);
	ck_assert_str_eq(matches[0].issuer->id, "aaa");
	ck_assert(!matches[0].good);
	ck_assert_str_eq(matches[1].issuer->id, "acme");
	ck_assert(matches[1].good);
	ck_assert_str_eq(matches[2].issuer->id, "beta");
	ck_assert(matches[2].good);
}
END_TEST

START_TEST(for_a_stranger_it_is_said_whether_the_chain_would_be_good)
{
	world_put("issuers/acme.json", kit_issuer_record("trusted", NULL));
	assert_code(find(NULL, true, NOW), STELLA_IDENTITY_MISMATCH);
	assert_code(find(NULL, false, NOW), STELLA_CHAIN_INVALID);
	world_put("anchors/root.json", NULL);
	assert_code(find(NULL, true, NOW), STELLA_ANCHOR_MISSING);
}
END_TEST

START_TEST(a_record_that_cannot_be_used_speaks_for_nobody_and_is_named)
{
	world_put("issuers/beta.json", stella_strdup("{\"version\":9}"));
	world_put("anchors/future.json", stella_strdup("{"));
	assert_ok(find(NULL, true, NOW));
	ck_assert_uint_eq(count, 1);
	ck_assert(matches[0].good);
	ck_assert_uint_eq(report->step_count, 2);
	ck_assert_str_eq(report->steps[0].object, "anchors/future.json");
	ck_assert_str_eq(report->steps[1].object, "issuers/beta.json");
}
END_TEST

START_TEST(names_are_printed_with_their_types)
{
	struct stella_buf text = { 0 };

	stella_identities_print(&text, leaf_cert);
	assert_span_is(stella_buf_span(&text), MAIL);
	stella_buf_free(&text);
	stella_identities_print(&text, inter_cert);
	assert_span_is(stella_buf_span(&text), "no name");
	stella_buf_free(&text);
}
END_TEST

/* ---------------------------------------------------------------- under a Sigstore root */

#define URI "https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/.github/workflows/" \
	"extremely-dangerous-oidc-beacon.yml@refs/heads/main"
#define OIDC "https://token.actions.githubusercontent.com"
#define KEYLESS(root, oidc, more) ",\"identities\":[{\"sigstore\":[\"" root "\"],\"oidc_issuer\":\"" oidc \
	"\",\"san\":{\"type\":\"uri\",\"value\":\"" URI "\"}" more "}]"

static void keyless(const char *file, const char *identity)
{
	struct stella_buf content = read_data("sigstore", file), text = { 0 };
	struct stella_sha256 digest = stella_sha256(stella_buf_span(&content));
	char hex[STELLA_SHA256_HEX];

	stella_sha256_hex(hex, &digest);
	stella_buf_printf(&text, "{\"reason\": \"r\", \"sha256\": \"%s\", \"thresholds\": {\"logs\": 1, \"scts\": 1, "
		"\"times\": 1}, \"version\": 1}", hex);
	world_close();
	testrepo_change(&world, "alice", "sigstore/public-good.json", (const char *)text.data,
		"sigstore/public-good.trusted_root", (const char *)content.data, NULL);
	stella_buf_free(&text);
	stella_buf_free(&content);
	world_put("issuers/acme.json", kit_issuer_record("trusted", identity));
	assert_ok(stella_bundle_parse(&bundle, load_json("dsse.bundle.json")));
	stella_cert_free(leaf_cert);
	assert_ok(stella_cert_parse(&leaf_cert, stella_buf_span(&bundle->certs[0])));
}

START_TEST(a_sigstore_root_that_is_named_vouches_for_a_certificate_that_is_over)
{
	keyless("public-good.root.json", KEYLESS("public-good", OIDC, ""));
	assert_ok(find(NULL, false, NOW));
	ck_assert_uint_eq(count, 1);
	ck_assert_msg(matches[0].good, "%s", matches[0].why.message);
	ck_assert_str_eq(matches[0].root->name, "public-good");
	ck_assert_str_eq(matches[0].value, URI);
	ck_assert_uint_eq(matches[0].chain.count, 3);
	ck_assert_uint_eq(matches[0].result->time_count, 1);
	stella_bundle_free(bundle);
}
END_TEST

START_TEST(what_the_identity_asks_for_beside_must_be_said)
{
	static const struct {
		const char *identity;
		bool good;
	} cases[] = {
		{ KEYLESS("public-good", OIDC, ",\"extensions\":{\"runner_environment\":\"github-hosted\"}"), true },
		{ KEYLESS("public-good", OIDC, ",\"extensions\":{\"runner_environment\":\"self-hosted\"}"), false },
		{ KEYLESS("public-good", OIDC, ",\"extensions\":{\"deployment_environment\":\"production\"}"), false },
		{ KEYLESS("public-good", OIDC "/", ""), false },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		if (i)
			world_put("issuers/acme.json", kit_issuer_record("trusted", cases[i].identity));
		else
			keyless("public-good.root.json", cases[i].identity);
		assert_ok(find(NULL, false, NOW));
		if (cases[i].good)
			ck_assert(matches[0].good);
		else
			assert_why(STELLA_IDENTITY_MISMATCH);
	}
	stella_bundle_free(bundle);
}
END_TEST

/* Both are of the same workflow, each has its own root's word, and the name is looked up in the one that did not sign. */
START_TEST(a_root_vouches_for_no_other_certificate_than_the_one_whose_name_counts)
{
	struct stella_bundle *other;

	keyless("public-good.root.json", KEYLESS("public-good", OIDC, ""));
	assert_ok(stella_bundle_parse(&other, load_json("v03.bundle.json")));
	stella_cert_free(leaf_cert);
	assert_ok(stella_cert_parse(&leaf_cert, stella_buf_span(&other->certs[0])));
	assert_ok(find(NULL, false, NOW));
	assert_why(STELLA_CHAIN_INVALID);
	stella_bundle_free(other);
	stella_bundle_free(bundle);
}
END_TEST

START_TEST(another_root_no_root_and_no_bundle_vouch_for_nothing)
{
	struct stella_bundle *kept;

	keyless("public-good.root.json", KEYLESS("private", OIDC, ""));
	assert_ok(find(NULL, false, NOW));
	assert_why(STELLA_ANCHOR_MISSING);
	world_put("issuers/acme.json", kit_issuer_record("trusted", KEYLESS("public-good", OIDC, "")));
	kept = bundle;
	bundle = NULL;
	assert_ok(find(NULL, false, NOW));
	assert_why(STELLA_TIMESTAMP_INVALID);
	world_put("issuers/acme.json", kit_issuer_record("trusted", ACME));
	bundle = kept;
	assert_code(find(NULL, false, NOW), STELLA_IDENTITY_MISMATCH);
	world_put("sigstore/public-good.json", NULL);
	assert_code(find(NULL, false, NOW), STELLA_CHAIN_INVALID); /* as anchors/ has it */
	stella_bundle_free(bundle);
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_checked_fixture(t, enter, leave);
	tcase_add_test(t, a_sigstore_root_that_is_named_vouches_for_a_certificate_that_is_over);
	tcase_add_test(t, what_the_identity_asks_for_beside_must_be_said);
	tcase_add_test(t, a_root_vouches_for_no_other_certificate_than_the_one_whose_name_counts);
	tcase_add_test(t, another_root_no_root_and_no_bundle_vouch_for_nothing);
	tcase_add_test(t, a_certificate_speaks_for_the_issuer_that_has_its_name);
	tcase_add_test(t, the_intermediate_may_come_from_the_trust_tree);
	tcase_add_test(t, a_name_is_exact_in_text_and_type);
	tcase_add_test(t, only_the_anchors_that_an_identity_names_may_assert_it);
	tcase_add_test(t, every_link_and_the_anchors_record_must_be_good_at_the_time);
	tcase_add_test(t, several_issuers_may_have_the_same_identity);
	tcase_add_test(t, for_a_stranger_it_is_said_whether_the_chain_would_be_good);
	tcase_add_test(t, a_record_that_cannot_be_used_speaks_for_nobody_and_is_named);
	tcase_add_test(t, names_are_printed_with_their_types);
}

CHECK_MAIN("identities", fill)
