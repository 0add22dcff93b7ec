/* SPDX-License-Identifier: Apache-2.0 */
/* Sigstore roots as records, and identities that name them. */
#include "records.h"

#include "check.h"
#include "sigstore_data.h"

/* A text with its OLD as NEW; yours. */
static char *with(const char *text, const char *old, const char *new)
{
	const char *at = strstr(text, old);
	struct stella_buf out = { 0 };

	ck_assert_msg(at != NULL, "no %s", old);
	stella_buf_put(&out, text, (size_t)(at - text));
	stella_buf_put_str(&out, new);
	stella_buf_put_str(&out, at + strlen(old));
	return stella_buf_take_str(&out);
}

/* ---------------------------------------------------------------- sigstore/<name>.json */

static struct stella_buf file;
static char *root_text;

static void enter(void)
{
	struct stella_buf text = { 0 };
	struct stella_sha256 digest;
	char hex[STELLA_SHA256_HEX];

	file = read_data("sigstore", "public-good.root.json");
	digest = stella_sha256(stella_buf_span(&file));
	stella_sha256_hex(hex, &digest);
	stella_buf_printf(&text, "{\n  \"reason\": \"the public instance\",\n  \"sha256\": \"%s\",\n  \"thresholds\": {\n"
		"    \"logs\": 1,\n    \"scts\": 1,\n    \"times\": 1\n  },\n  \"version\": 1\n}\n", hex);
	root_text = stella_buf_take_str(&text);
}

static void leave(void)
{
	stella_buf_free(&file);
	free(root_text);
}

static const struct stella_error *parse(struct stella_sigstore_root **out, const char *text)
{
	const struct stella_error *err = stella_sigstore_root_parse(out, "public-good", stella_span_str(text),
		stella_buf_span(&file));

	ck_assert(!err == !!*out);
	return err;
}

START_TEST(a_root_is_read_and_written_alike)
{
	struct stella_sigstore_root *root;
	struct stella_buf out = { 0 };

	assert_ok(parse(&root, root_text));
	ck_assert_str_eq(root->name, "public-good");
	ck_assert_str_eq(root->reason, "the public instance");
	ck_assert_uint_eq(root->logs, 1);
	ck_assert_uint_eq(root->root->ca_count, 2);
	stella_sigstore_root_print(&out, root);
	ck_assert(stella_span_is(stella_buf_span(&out), root_text));
	stella_buf_free(&out);
	stella_sigstore_root_free(root);
}
END_TEST

START_TEST(a_root_that_is_altered_is_refused)
{
	static const struct {
		const char *old, *new;
		enum stella_code code;
	} cases[] = {
		{ "\"logs\": 1", "\"logs\": -1", STELLA_MALFORMED },
		{ "\"logs\": 1", "\"logs\": \"1\"", STELLA_MALFORMED },
		{ "\"logs\": 1", "\"logs\": 1.5", STELLA_MALFORMED },
		{ "\"logs\": 1", "\"logs\": 33", STELLA_MALFORMED },
		{ "\"logs\": 1,", "", STELLA_MALFORMED },
		{ "\"times\": 1", "\"times\": 0", STELLA_MALFORMED },
		{ "\"times\": 1", "\"times\": 1, \"witnesses\": 1", STELLA_MALFORMED },
		{ "\"scts\": 1", "\"SCTs\": 1", STELLA_MALFORMED },
		{ "\"thresholds\": {", "\"threshold\": {", STELLA_MALFORMED },
		{ "\"reason\": \"the public instance\"", "\"reason\": \"\"", STELLA_MALFORMED },
		{ "\"reason\": \"the public instance\",", "", STELLA_MALFORMED },
		{ "\"sha256\": \"", "\"sha256\": \"0", STELLA_MALFORMED },
		{ "\"version\": 1", "\"version\": 2", STELLA_POLICY_UNSUPPORTED },
		{ "\"version\": 1", "\"version\": 1, \"status\": \"trusted\"", STELLA_MALFORMED },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *text = with(root_text, cases[i].old, cases[i].new);
		struct stella_sigstore_root *root;
		const struct stella_error *err = parse(&root, text);

		assert_code(err, cases[i].code);
		ck_assert_ptr_nonnull(strstr(err->message, "sigstore/public-good.json: "));
		free(text);
	}
}
END_TEST

START_TEST(thresholds_of_none_are_said)
{
	char *text = with(root_text, "\"logs\": 1", "\"logs\": 0"), *both = with(text, "\"scts\": 1", "\"scts\": 0");
	struct stella_sigstore_root *root;

	assert_ok(parse(&root, both));
	ck_assert(!root->logs && !root->scts && root->times == 1);
	stella_sigstore_root_free(root);
	free(text);
	free(both);
}
END_TEST

START_TEST(the_file_beside_it_is_exactly_that_one)
{
	struct stella_sigstore_root *root;

	stella_buf_put_str(&file, " ");
	assert_code(parse(&root, root_text), STELLA_MALFORMED);
	file.size--;
	assert_ok(parse(&root, root_text));
	stella_sigstore_root_free(root);
	file.data[file.size / 2] ^= 1;
	assert_code(parse(&root, root_text), STELLA_MALFORMED);
}
END_TEST

START_TEST(a_file_that_is_no_trusted_root_is_refused_though_the_record_names_it)
{
	struct stella_sigstore_root *root;
	struct stella_sha256 digest;
	struct stella_buf text = { 0 };
	char hex[STELLA_SHA256_HEX];

	stella_buf_free(&file);
	stella_buf_put_str(&file, "{\"mediaType\": \"application/json\"}");
	digest = stella_sha256(stella_buf_span(&file));
	stella_sha256_hex(hex, &digest);
	stella_buf_printf(&text, "{\"reason\": \"r\", \"sha256\": \"%s\", \"thresholds\": {\"logs\": 1, \"scts\": 1, "
		"\"times\": 1}, \"version\": 1}", hex);
	assert_code(parse(&root, (const char *)text.data), STELLA_POLICY_UNSUPPORTED);
	stella_buf_free(&text);
}
END_TEST

/* ---------------------------------------------------------------- identities */

static const char issuer_text[] = "{\n"
	"  \"identities\": [\n"
	"    {\n"
	"      \"anchors\": [\n"
	"        \"own\"\n"
	"      ],\n"
	"      \"extensions\": {\n"
	"        \"runner_environment\": \"github-hosted\",\n"
	"        \"source_repository_ref\": \"refs/heads/main\"\n"
	"      },\n"
	"      \"oidc_issuer\": \"https://token.example.org\",\n"
	"      \"san\": {\n"
	"        \"pattern\": \"https://example.org/a/b/.ci/*.yml@refs/tags/*\",\n"
	"        \"type\": \"uri\"\n"
	"      },\n"
	"      \"sigstore\": [\n"
	"        \"public-good\",\n"
	"        \"private\"\n"
	"      ]\n"
	"    }\n"
	"  ],\n"
	"  \"reason\": \"r\",\n"
	"  \"status\": \"trusted\",\n"
	"  \"version\": 1\n"
	"}\n";

#define PATTERN "\"pattern\": \"https://example.org/a/b/.ci/*.yml@refs/tags/*\""
#define SIGSTORE "\"sigstore\": [\n        \"public-good\",\n        \"private\"\n      ]"
#define ISSUER "      \"oidc_issuer\": \"https://token.example.org\",\n"

static struct stella_issuer *parse_issuer(const char *text)
{
	struct stella_issuer *issuer;

	assert_ok(stella_issuer_parse(&issuer, "ci", stella_span_str(text)));
	return issuer;
}

START_TEST(an_identity_is_read_and_written_alike)
{
	struct stella_issuer *issuer = parse_issuer(issuer_text);
	const struct stella_identity *identity = &issuer->identities[0];
	struct stella_buf out = { 0 };

	stella_issuer_print(&out, issuer);
	ck_assert(stella_span_is(stella_buf_span(&out), issuer_text));
	stella_buf_free(&out);
	ck_assert_uint_eq(identity->sigstore_count, 2);
	ck_assert_str_eq(identity->sigstore[1], "private");
	ck_assert_ptr_null(identity->value);
	ck_assert_str_eq(identity->extensions[14], "refs/heads/main");
	ck_assert(stella_identity_has_claims(identity));
	stella_issuer_free(issuer);
}
END_TEST

START_TEST(an_identity_that_is_altered_is_refused)
{
	static const struct {
		const char *old, *new;
	} cases[] = {
		{ ISSUER, "" },
		{ "\"https://token.example.org\"", "\"\"" },
		{ "\"https://token.example.org\"", "null" },
		{ "\"public-good\"", "\"Public Good\"" },
		{ "\"public-good\"", "\"private\"" },
		{ "\"runner_environment\"", "\"runnerEnvironment\"" },
		{ "\"runner_environment\"", "\"issuer\"" },
		{ "\"runner_environment\"", "\"issuer_v1\"" },
		{ "\"github-hosted\"", "\"\"" },
		{ "\"github-hosted\"", "[\"github-hosted\"]" },
		{ "\"github-hosted\"", "true" },
		{ PATTERN, PATTERN ", \"value\": \"https://example.org/a\"" },
		{ PATTERN, "\"pattern\": \"https://example.org/a\"" }, /* says no more than a value */
		{ PATTERN, "\"pattern\": \"https://*/a\"" },
		{ PATTERN, "\"pattern\": \"https://example.org*/a\"" },
		{ PATTERN, "\"pattern\": \"https:///*\"" },
		{ PATTERN, "\"pattern\": \"*://example.org/*\"" },
		{ PATTERN, "\"pattern\": \"example.org/*\"" },
		{ PATTERN, "\"pattern\": \"\"" },
		{ PATTERN, "\"value\": \"\"" },
		{ "\"type\": \"uri\"", "\"type\": \"email\"" },
		{ "\"type\": \"uri\"", "\"type\": \"othername\"" },
		{ SIGSTORE, "\"sigstores\": []" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *text = with(issuer_text, cases[i].old, cases[i].new);
		struct stella_issuer *issuer;

		assert_code(stella_issuer_parse(&issuer, "ci", stella_span_str(text)), STELLA_MALFORMED);
		free(text);
	}
}
END_TEST

START_TEST(anchors_or_sigstore_roots_are_enough)
{
	char *sigstore = with(issuer_text, "        \"own\"\n", ""), *anchors = with(issuer_text, SIGSTORE, "\"sigstore\": []");
	char *plain = with(anchors, ISSUER, ""), *nobody = with(sigstore, SIGSTORE, "\"sigstore\": []");
	struct stella_issuer *issuer;

	stella_issuer_free(parse_issuer(sigstore));
	stella_issuer_free(parse_issuer(anchors));
	stella_issuer_free(parse_issuer(plain)); /* an own CA need not say who an OIDC issuer is */
	assert_code(stella_issuer_parse(&issuer, "ci", stella_span_str(nobody)), STELLA_MALFORMED);
	free(sigstore);
	free(anchors);
	free(plain);
	free(nobody);
}
END_TEST

START_TEST(a_pattern_stays_within_a_component_and_a_ref)
{
	static const struct {
		const char *name;
		bool matches;
	} cases[] = {
		{ "https://example.org/a/b/.ci/release.yml@refs/tags/v1.2.3", true },
		{ "https://example.org/a/b/.ci/.yml@refs/tags/", true },
		{ "https://example.org/a/b/.ci/release.yml@refs/heads/main", false },
		{ "https://example.org/a/b/.ci/release.yml@refs/tags/v1/x", false },
		{ "https://example.org/a/b/.ci/release.yml@refs/tags/v1@x", false },
		{ "https://example.org/a/b/.ci/x@evil.yml@refs/tags/v1", false },
		{ "https://example.org/a/b/.ci/x/y.yml@refs/tags/v1", false },
		{ "https://example.org/a/b-evil/.ci/release.yml@refs/tags/v1", false },
		{ "https://example.org.evil/a/b/.ci/release.yml@refs/tags/v1", false },
		{ "x https://example.org/a/b/.ci/release.yml@refs/tags/v1", false },
		{ "", false },
	};
	struct stella_issuer *issuer = parse_issuer(issuer_text);

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		ck_assert_msg(stella_identity_has_name(issuer->identities, STELLA_SAN_URI, cases[i].name) == cases[i].matches,
			"%s", cases[i].name);
		ck_assert(!stella_identity_has_name(issuer->identities, STELLA_SAN_OTHERNAME, cases[i].name));
	}
	stella_issuer_free(issuer);
}
END_TEST

START_TEST(a_value_is_matched_by_type_and_all_of_it)
{
	char *text = with(issuer_text, PATTERN, "\"value\": \"https://example.org/*\"");
	struct stella_issuer *issuer = parse_issuer(text);
	const struct stella_identity *identity = issuer->identities;

	ck_assert(stella_identity_has_name(identity, STELLA_SAN_URI, "https://example.org/*"));
	ck_assert(!stella_identity_has_name(identity, STELLA_SAN_URI, "https://example.org/a"));
	ck_assert(!stella_identity_has_name(identity, STELLA_SAN_URI, "https://example.org/*-evil"));
	ck_assert(!stella_identity_has_name(identity, STELLA_SAN_URI, "https://Example.org/*"));
	ck_assert(!stella_identity_has_name(identity, STELLA_SAN_EMAIL, "https://example.org/*"));
	ck_assert(!stella_identity_has_name(identity, STELLA_SAN_DNS, "https://example.org/*"));
	stella_issuer_free(issuer);
	free(text);
}
END_TEST

START_TEST(claims_are_all_there_and_exact)
{
	char issuer[] = "https://token.example.org", runner[] = "github-hosted", ref[] = "refs/heads/main", other[] = "x";
	struct stella_issuer *record = parse_issuer(issuer_text);
	const struct stella_identity *identity = record->identities;
	struct stella_fulcio f = { .values = { [8] = issuer, [11] = runner, [14] = ref, [20] = other } };
	const struct stella_error *err;

	assert_ok(stella_identity_verify_claims(identity, &f));
	f.values[1] = issuer;
	f.values[8] = NULL; /* an old certificate */
	assert_ok(stella_identity_verify_claims(identity, &f));
	f.values[1] = other;
	err = stella_identity_verify_claims(identity, &f);
	assert_code(err, STELLA_IDENTITY_MISMATCH);
	ck_assert_str_eq(err->message, "oidc_issuer is \"x\", expected \"https://token.example.org\"");
	f.values[1] = NULL;
	assert_code(stella_identity_verify_claims(identity, &f), STELLA_IDENTITY_MISMATCH);
	f.values[8] = issuer;
	for (unsigned i = 11; i <= 14; i += 3) {
		char *good = f.values[i];

		f.values[i] = NULL;
		err = stella_identity_verify_claims(identity, &f);
		assert_code(err, STELLA_IDENTITY_MISMATCH);
		ck_assert_ptr_nonnull(strstr(err->message, stella_fulcio_name(i)));
		f.values[i] = other;
		assert_code(stella_identity_verify_claims(identity, &f), STELLA_IDENTITY_MISMATCH);
		f.values[i] = good;
	}
	assert_ok(stella_identity_verify_claims(identity, &f));
	stella_issuer_free(record);
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_checked_fixture(t, enter, leave);
	tcase_add_test(t, a_root_is_read_and_written_alike);
	tcase_add_test(t, a_root_that_is_altered_is_refused);
	tcase_add_test(t, thresholds_of_none_are_said);
	tcase_add_test(t, the_file_beside_it_is_exactly_that_one);
	tcase_add_test(t, a_file_that_is_no_trusted_root_is_refused_though_the_record_names_it);
	tcase_add_test(t, an_identity_is_read_and_written_alike);
	tcase_add_test(t, an_identity_that_is_altered_is_refused);
	tcase_add_test(t, anchors_or_sigstore_roots_are_enough);
	tcase_add_test(t, a_pattern_stays_within_a_component_and_a_ref);
	tcase_add_test(t, a_value_is_matched_by_type_and_all_of_it);
	tcase_add_test(t, claims_are_all_there_and_exact);
}
CHECK_MAIN("records_sigstore", fill)
