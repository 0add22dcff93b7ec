/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include <stdio.h>

#include "records.h"
#include "testrepo.h"

/* openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -days 10950 -subj "/O=Example/CN=Example
 * Root" */
static const char ca_pem[] =
	"-----BEGIN CERTIFICATE-----\n"
	"MIIBuTCCAV+gAwIBAgIUTYUS2TJ8Z+3D/WlHFZ1xiXOSD6EwCgYIKoZIzj0EAwIw\n"
	"KTEQMA4GA1UECgwHRXhhbXBsZTEVMBMGA1UEAwwMRXhhbXBsZSBSb290MCAXDTI2\n"
	"MTEyMzE5MDA1MVoYDzIwNTYxMTE1MTkwMDUxWjApMRAwDgYDVQQKDAdFeGFtcGxl\n"
	"MRUwEwYDVQQDDAxFeGFtcGxlIFJvb3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC\n"
	"AASg5iYjYUsviM7RbTJX2PsrwRWMCNcBeAIYmT2I2Og68R1ng2UGB0hprrpbGpte\n"
	"FNhbnPqfwfSvc2KwIbsMxbu5o2MwYTAdBgNVHQ4EFgQUTJQCnIO2YQHF7h78er9/\n"
	"2liwLUwwHwYDVR0jBBgwFoAUTJQCnIO2YQHF7h78er9/2liwLUwwDwYDVR0TAQH/\n"
	"BAUwAwEB/zAOBgNVHQ8BAf8EBAMCAQYwCgYIKoZIzj0EAwIDSAAwRQIhAJRO51+2\n"
	"ql9z2wyf6rHpTKuJUXKqjqaZUVsz8/JQj0GFAiA62oPLczFBX0COwB5BeB5J/60Y\n"
	"Lt4vABdE1/yl/HtLtQ==\n"
	"-----END CERTIFICATE-----\n";
#define CA_SHA256 "dbbaa284c204a22f315527620e84097d43211d630115424c4429bda743f21723"

/* A text with every OLD as NEW; yours. */
static char *with(const char *text, const char *old, const char *new)
{
	struct stella_buf out = { 0 };
	const char *at;
	bool found = false;

	while ((at = *old ? strstr(text, old) : NULL)) {
		stella_buf_put(&out, text, (size_t)(at - text));
		stella_buf_put_str(&out, new);
		text = at + strlen(old);
		found = true;
	}
	ck_assert_msg(found || !*old, "no %s", old);
	stella_buf_put_str(&out, text);
	return stella_buf_take_str(&out);
}

struct mutation {
	const char *old, *new;
	enum stella_code code;
};

/* ---------------------------------------------------------------- anchors */

static const char anchor_text[] = "{\n"
	"  \"expires\": \"2030-01-01T00:00:00Z\",\n"
	"  \"kind\": \"root\",\n"
	"  \"reason\": \"our own CA\",\n"
	"  \"sha256\": \"" CA_SHA256 "\",\n"
	"  \"subject\": \"CN=Example Root,O=Example\",\n"
	"  \"valid_from\": \"2026-01-01T00:00:00Z\",\n"
	"  \"version\": 1\n"
	"}\n";

static const struct stella_error *parse_anchor(struct stella_anchor **out, const char *name, const char *text,
	const char *pem)
{
	return stella_anchor_parse(out, name, stella_span_str(text), stella_span_str(pem));
}

START_TEST(an_anchor_is_read_and_written_alike)
{
	struct stella_anchor *anchor;
	struct stella_buf out = { 0 };

	assert_ok(parse_anchor(&anchor, "example", anchor_text, ca_pem));
	ck_assert_str_eq(anchor->name, "example");
	ck_assert(!anchor->intermediate);
	ck_assert_int_eq(anchor->valid_from, 1767225600);
	ck_assert_int_eq(anchor->expires, 1893456000);
	ck_assert_str_eq(anchor->reason, "our own CA");
	stella_anchor_print(&out, anchor);
	assert_span_is(stella_buf_span(&out), anchor_text);
	stella_buf_free(&out);
	stella_anchor_free(anchor);
}
END_TEST

START_TEST(an_anchor_without_a_window_has_the_certificates)
{
	char *text = with(anchor_text, "  \"expires\": \"2030-01-01T00:00:00Z\",\n", "");
	char *both = with(text, "  \"valid_from\": \"2026-01-01T00:00:00Z\",\n", "");
	struct stella_anchor *anchor;
	struct stella_buf out = { 0 };

	assert_ok(parse_anchor(&anchor, "example", both, ca_pem));
	ck_assert(anchor->valid_from == STELLA_TIME_NONE && anchor->expires == STELLA_TIME_NONE);
	stella_anchor_print(&out, anchor);
	assert_span_is(stella_buf_span(&out), both);
	stella_buf_free(&out);
	stella_anchor_free(anchor);
	free(text);
	free(both);
}
END_TEST

START_TEST(an_anchor_that_is_altered_is_refused)
{
	static const struct mutation cases[] = {
		{ "\"kind\": \"root\"", "\"kind\": \"leaf\"", STELLA_MALFORMED },
		{ "\"kind\": \"root\"", "\"kind\": \"Root\"", STELLA_MALFORMED },
		{ "  \"kind\": \"root\",\n", "", STELLA_MALFORMED },
		{ "\"our own CA\"", "\"\"", STELLA_MALFORMED },
		{ "  \"reason\": \"our own CA\",\n", "", STELLA_MALFORMED },
		{ "dbbaa284", "dbbaa285", STELLA_MALFORMED },
		{ "dbbaa284", "DBBAA284", STELLA_MALFORMED },
		{ "  \"sha256\": \"" CA_SHA256 "\",\n", "", STELLA_MALFORMED },
		{ "CN=Example Root", "CN=Example root", STELLA_MALFORMED },
		{ "2030-01-01", "2025-01-01", STELLA_MALFORMED },
		{ "2030-01-01T00:00:00Z", "2030-01-01", STELLA_MALFORMED },
		{ "\"version\": 1", "\"version\": 2", STELLA_POLICY_UNSUPPORTED },
		{ "\"version\": 1", "\"version\": 1, \"subjects\": []", STELLA_MALFORMED },
		{ "}\n", "}\n}", STELLA_MALFORMED },
	};
	struct stella_anchor *anchor;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *text = with(anchor_text, cases[i].old, cases[i].new);
		const struct stella_error *err = parse_anchor(&anchor, "example", text, ca_pem);

		assert_code(err, cases[i].code);
		ck_assert_ptr_nonnull(strstr(err->message, "anchors/example.json: "));
		ck_assert_ptr_null(anchor);
		free(text);
	}
}
END_TEST

START_TEST(the_pem_beside_an_anchor_is_exactly_its_certificate)
{
	struct stella_anchor *anchor;
	char *twice = with(ca_pem, "-----END CERTIFICATE-----\n", "-----END CERTIFICATE-----\n");
	struct stella_buf two = { 0 };

	stella_buf_printf(&two, "%s%s", ca_pem, ca_pem);
	assert_code(parse_anchor(&anchor, "example", anchor_text, (char *)two.data), STELLA_MALFORMED);
	assert_code(parse_anchor(&anchor, "example", anchor_text, ""), STELLA_MALFORMED);
	assert_code(parse_anchor(&anchor, "example", anchor_text, "junk"), STELLA_MALFORMED);
	assert_ok(parse_anchor(&anchor, "example", anchor_text, twice));
	stella_anchor_free(anchor);
	free(twice);
	stella_buf_free(&two);
}
END_TEST

START_TEST(names_are_ids)
{
	static const char *const bad[] = { "", "A", "../x", "a/b", ".a", "a b", "\xc3\xa4" };
	struct stella_anchor *anchor;
	struct stella_issuer *issuer;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		assert_code(parse_anchor(&anchor, bad[i], anchor_text, ca_pem), STELLA_MALFORMED);
		assert_code(stella_anchor_load(&anchor, NULL, bad[i]), STELLA_USAGE);
		assert_code(stella_issuer_load(&issuer, NULL, bad[i]), STELLA_USAGE);
	}
}
END_TEST

/* ---------------------------------------------------------------- issuers */

static const char issuer_text[] = "{\n"
	"  \"identities\": [\n"
	"    {\n"
	"      \"anchors\": [\n"
	"        \"example\",\n"
	"        \"another\"\n"
	"      ],\n"
	"      \"san\": {\n"
	"        \"type\": \"uri\",\n"
	"        \"value\": \"https://ci.example.org/build\"\n"
	"      }\n"
	"    }\n"
	"  ],\n"
	"  \"key_directory\": \"https://ci.example.org/keys\",\n"
	"  \"key_directory_pin\": \"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\",\n"
	"  \"name\": \"The build service\",\n"
	"  \"predicate_types\": [\n"
	"    \"https://slsa.dev/provenance/v1\"\n"
	"  ],\n"
	"  \"reason\": \"Runs our builds\\nsince 2020\",\n"
	"  \"status\": \"trusted\",\n"
	"  \"subjects\": [\n"
	"    \"ghcr.io/acme/*\",\n"
	"    \"program\"\n"
	"  ],\n"
	"  \"version\": 1\n"
	"}\n";

START_TEST(an_issuer_is_read_and_written_alike)
{
	static const char *const texts[] = { issuer_text,
		"{\n  \"reason\": \"asked\",\n  \"status\": \"proposed\",\n  \"version\": 1\n}\n",
		"{\n  \"reason\": \"sold\",\n  \"since\": \"2026-06-01T00:00:00Z\",\n  \"status\": \"revoked\",\n  \"version\": 1\n}\n" };
	struct stella_issuer *issuer;

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct stella_buf out = { 0 };

		assert_ok(stella_issuer_parse(&issuer, "ci", stella_span_str(texts[i])));
		stella_issuer_print(&out, issuer);
		assert_span_is(stella_buf_span(&out), texts[i]);
		stella_buf_free(&out);
		stella_issuer_free(issuer);
	}
	assert_ok(stella_issuer_parse(&issuer, "ci", stella_span_str(issuer_text)));
	ck_assert_int_eq(issuer->status, STELLA_ISSUER_TRUSTED);
	ck_assert_uint_eq(issuer->identity_count, 1);
	ck_assert_uint_eq(issuer->identities[0].anchor_count, 2);
	ck_assert_int_eq(issuer->identities[0].type, STELLA_SAN_URI);
	ck_assert_str_eq(issuer->identities[0].value, "https://ci.example.org/build");
	stella_issuer_free(issuer);
}
END_TEST

START_TEST(empty_lists_are_as_absent_ones)
{
	static const char text[] =
		"{\"version\": 1, \"status\": \"revoked\", \"reason\": \"r\", \"identities\": [], "
		"\"predicate_types\": [], \"subjects\": []}";
	struct stella_issuer *issuer;

	assert_ok(stella_issuer_parse(&issuer, "ci", stella_span_str(text)));
	ck_assert_uint_eq(issuer->identity_count + issuer->predicate_type_count + issuer->subject_count, 0);
	ck_assert(stella_issuer_may_attest_type(issuer, "anything"));
	ck_assert(stella_issuer_may_attest_subject(issuer, "anything"));
	ck_assert(stella_issuer_may_attest_subject(issuer, NULL));
	stella_issuer_free(issuer);
}
END_TEST

START_TEST(an_issuer_that_is_altered_is_refused)
{
	static const struct mutation cases[] = {
		{ "\"trusted\"", "\"trusted\", \"since\": \"2026-01-01T00:00:00Z\"", STELLA_MALFORMED },
		{ "\"trusted\"", "\"revoked\", \"since\": \"2026-01-01\"", STELLA_MALFORMED },
		{ "\"trusted\"", "\"Trusted\"", STELLA_MALFORMED },
		{ "  \"key_directory\": \"https://ci.example.org/keys\",\n", "", STELLA_MALFORMED }, /* a pin of nothing */
		{ "\"0123456789abcdef", "\"0123456789ABCDEF", STELLA_MALFORMED },
		{ "\"0123456789abcdef", "\"0123456789abcde", STELLA_MALFORMED },
		{ "\"0123456789abcdef", "\"00123456789abcdef", STELLA_MALFORMED },
		{ "\"trusted\"", "\"active\"", STELLA_MALFORMED },
		{ "\"trusted\"", "true", STELLA_MALFORMED },
		{ "  \"status\": \"trusted\",\n", "", STELLA_MALFORMED },
		{ "\"name\": \"The build service\"", "\"name\": null", STELLA_MALFORMED },
		{ "\"name\": \"The build service\"", "\"name\": \"\"", STELLA_MALFORMED },
		{ "\"example\",", "\"Example\",", STELLA_MALFORMED },
		{ "\"example\",", "\"another\",", STELLA_MALFORMED },
		{ "\"uri\"", "\"ip\"", STELLA_MALFORMED },
		{ "\"type\": \"uri\",", "", STELLA_MALFORMED },
		{ "\"type\": \"uri\"", "\"type\": \"uri\", \"kind\": 1", STELLA_MALFORMED },
		{ "\"san\": {", "\"sans\": {", STELLA_MALFORMED },
		{ "      \"san\"", "      \"optional\": true,\n      \"san\"", STELLA_MALFORMED },
		{ "\"https://ci.example.org/build\"", "\"\"", STELLA_MALFORMED },
		{ "\"program\"", "\"ghcr.io/acme/*\"", STELLA_MALFORMED },
		{ "\"program\"", "\"\"", STELLA_MALFORMED },
		{ "\"program\"", "[]", STELLA_MALFORMED },
		{ "\"predicate_types\"", "\"predicateTypes\"", STELLA_MALFORMED },
		{ "\"version\": 1", "\"version\": 1, \"keys\": []", STELLA_MALFORMED },
		{ "\"version\": 1", "\"version\": 3", STELLA_POLICY_UNSUPPORTED },
	};
	struct stella_issuer *issuer;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *text = with(issuer_text, cases[i].old, cases[i].new);
		const struct stella_error *err = stella_issuer_parse(&issuer, "ci", stella_span_str(text));

		assert_code(err, cases[i].code);
		ck_assert_ptr_nonnull(strstr(err->message, "issuers/ci.json: "));
		free(text);
	}
}
END_TEST

START_TEST(an_identity_names_who_may_assert_it)
{
	char *text = with(issuer_text, "        \"example\",\n        \"another\"\n", "");
	struct stella_issuer *issuer;

	assert_code(stella_issuer_parse(&issuer, "ci", stella_span_str(text)), STELLA_MALFORMED);
	free(text);
}
END_TEST

START_TEST(a_reason_has_a_limit)
{
	struct stella_buf text = { 0 };
	struct stella_issuer *issuer;

	for (size_t size = 8192; size <= 8193; size++) {
		stella_buf_put_str(&text, "{\"version\": 1, \"status\": \"trusted\", \"reason\": \"");
		for (size_t i = 0; i < size; i++)
			stella_buf_put_str(&text, "r");
		stella_buf_put_str(&text, "\"}");
		if (size == 8192)
			assert_ok(stella_issuer_parse(&issuer, "ci", stella_buf_span(&text)));
		else
			assert_code(stella_issuer_parse(&issuer, "ci", stella_buf_span(&text)), STELLA_LIMIT);
		stella_issuer_free(issuer);
		stella_buf_free(&text);
	}
}
END_TEST

START_TEST(predicate_types_are_exact)
{
	struct stella_issuer *issuer;

	assert_ok(stella_issuer_parse(&issuer, "ci", stella_span_str(issuer_text)));
	ck_assert(stella_issuer_may_attest_type(issuer, "https://slsa.dev/provenance/v1"));
	ck_assert(!stella_issuer_may_attest_type(issuer, "https://slsa.dev/provenance/v1/"));
	ck_assert(!stella_issuer_may_attest_type(issuer, "https://slsa.dev/provenance/V1"));
	ck_assert(!stella_issuer_may_attest_type(issuer, ""));
	stella_issuer_free(issuer);
}
END_TEST

START_TEST(a_star_stays_within_its_component)
{
	static const struct {
		const char *pattern, *name;
		bool matches;
	} cases[] = {
		{ "ghcr.io/acme/*", "ghcr.io/acme/app", true },
		{ "ghcr.io/acme/*", "ghcr.io/acme/", true },
		{ "ghcr.io/acme/*", "ghcr.io/acme/app/sub", false },
		{ "ghcr.io/acme/*", "ghcr.io/acme", false },
		{ "ghcr.io/acme/*", "ghcr.io/acme-evil/app", false },
		{ "ghcr.io/acme/*", "evil/ghcr.io/acme/app", false },
		{ "ghcr.io/*/app", "ghcr.io/acme/app", true },
		{ "ghcr.io/*/app", "ghcr.io/acme/x/app", false },
		{ "*", "app", true },
		{ "*", "acme/app", false },
		{ "**", "acme/app", false },
		{ "*/*", "acme/app", true },
		{ "a*b*c", "abbbc", true },
		{ "a*b*c", "aXbXbXc", true },
		{ "a*b*c", "aXbX/Xc", false },
		{ "*a/*b", "xa/xb", true },
		{ "*a/*b", "xaxa/xbxb", true },
		{ "*a/*b", "xa/xa/xb", false },
		{ "app", "app", true },
		{ "app", "App", false },
		{ "app", "app ", false },
		{ "app*", "app", true },
		{ "a?p", "app", false },
		{ "[a]pp", "app", false },
		{ "a.p", "aop", false },
	};
	char pattern[32], *patterns[] = { pattern };
	struct stella_issuer issuer = { .subjects = patterns, .subject_count = 1 };

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		strcpy(pattern, cases[i].pattern);
		ck_assert_msg(stella_issuer_may_attest_subject(&issuer, cases[i].name) == cases[i].matches,
			"%s %s", cases[i].pattern, cases[i].name);
	}
	ck_assert(!stella_issuer_may_attest_subject(&issuer, NULL));
}
END_TEST

START_TEST(a_pattern_of_many_stars_takes_no_time)
{
	char pattern[2049], *patterns[] = { pattern }, name[20001];
	struct stella_issuer issuer = { .subjects = patterns, .subject_count = 1 };

	for (size_t i = 0; i < 2048; i += 2) {
		pattern[i] = '*';
		pattern[i + 1] = 'a';
	}
	pattern[2047] = 'b';
	pattern[2048] = 0;
	memset(name, 'a', sizeof name - 1);
	name[sizeof name - 1] = 0;
	ck_assert(!stella_issuer_may_attest_subject(&issuer, name));
}
END_TEST

/* ---------------------------------------------------------------- keys */

static struct stella_pubkey *key_of_ci;
static char keyid[STELLA_SHA256_HEX], *key_pem;

static char *key_text(void)
{
	struct stella_buf out = { 0 };

	stella_buf_printf(&out, "{\n"
		"  \"algorithm\": \"ed25519\",\n"
		"  \"expires\": \"2027-01-01T00:00:00Z\",\n"
		"  \"issuer\": \"ci\",\n"
		"  \"reason\": \"rotation\",\n"
		"  \"replaces\": \"" CA_SHA256 "\",\n"
		"  \"revoked_since\": \"2026-06-01T00:00:00Z\",\n"
		"  \"sha256\": \"%s\",\n"
		"  \"status\": \"revoked\",\n"
		"  \"type\": \"Ed25519\",\n"
		"  \"valid_from\": \"2026-01-01T00:00:00Z\",\n"
		"  \"version\": 1\n"
		"}\n", keyid);
	return stella_buf_take_str(&out);
}

static const struct stella_error *parse_key(struct stella_key **out, const char *text, const char *pem)
{
	return stella_key_parse(out, keyid, stella_span_str(text), stella_span_str(pem));
}

START_TEST(a_key_is_read_and_written_alike)
{
	struct stella_buf out = { 0 };
	struct stella_key *key;
	char *text = key_text();

	assert_ok(parse_key(&key, text, key_pem));
	ck_assert_str_eq(key->id, keyid);
	ck_assert_str_eq(key->issuer, "ci");
	ck_assert_str_eq(key->replaces, CA_SHA256);
	ck_assert_int_eq(key->algorithm, STELLA_SIG_ED25519);
	ck_assert_int_eq(key->status, STELLA_KEY_REVOKED_STATUS);
	ck_assert_int_eq(key->revoked_since, 1780272000);
	stella_key_print(&out, key);
	assert_span_is(stella_buf_span(&out), text);
	stella_buf_free(&out);
	stella_key_free(key);
	free(text);
}
END_TEST

START_TEST(a_key_that_is_altered_is_refused)
{
	static const struct mutation cases[] = {
		{ "\"ed25519\"", "\"ecdsa-sha256\"", STELLA_MALFORMED },
		{ "\"ed25519\"", "\"Ed25519\"", STELLA_MALFORMED },
		{ "\"ed25519\"", "\"none\"", STELLA_MALFORMED },
		{ "\"Ed25519\"", "\"ECDSA P-256\"", STELLA_MALFORMED },
		{ "\"issuer\": \"ci\"", "\"issuer\": \"CI\"", STELLA_MALFORMED },
		{ "\"issuer\": \"ci\"", "\"issuer\": \"\"", STELLA_MALFORMED },
		{ "  \"issuer\": \"ci\",\n", "", STELLA_MALFORMED },
		{ "\"status\": \"revoked\"", "\"status\": \"active\"", STELLA_MALFORMED },
		{ "\"status\": \"revoked\"", "\"status\": \"suspended\"", STELLA_MALFORMED },
		{ "\"replaces\": \"dbba", "\"replaces\": \"DBBA", STELLA_MALFORMED },
		{ "\"replaces\": \"dbba", "\"replaces\": \"", STELLA_MALFORMED },
		{ "2027-01-01", "2025-01-01", STELLA_MALFORMED },
		{ "\"rotation\"", "\"\"", STELLA_MALFORMED },
		{ "\"version\": 1", "\"version\": 1, \"members\": 1", STELLA_MALFORMED },
		{ "\"version\": 1", "\"version\": 2", STELLA_POLICY_UNSUPPORTED },
	};
	char *good = key_text(), *text;
	struct stella_key *key;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		text = with(good, cases[i].old, cases[i].new);
		assert_code(parse_key(&key, text, key_pem), cases[i].code);
		free(text);
	}
	/* It cannot be the successor of itself. */
	text = with(good, CA_SHA256, keyid);
	assert_code(parse_key(&key, text, key_pem), STELLA_MALFORMED);
	free(text);
	free(good);
}
END_TEST

START_TEST(file_name_record_and_pem_are_of_one_key)
{
	struct stella_pubkey *other = testrepo_key("dave");
	char *good = key_text(), *text, other_id[STELLA_SHA256_HEX];
	struct stella_buf other_pem = { 0 };
	struct stella_key *key;

	stella_sha256_hex(other_id, stella_pubkey_id(other));
	stella_pem_print(&other_pem, "PUBLIC KEY", stella_pubkey_spki(other));
	assert_code(parse_key(&key, good, (char *)other_pem.data), STELLA_MALFORMED);
	text = with(good, keyid, other_id);
	assert_code(parse_key(&key, text, key_pem), STELLA_MALFORMED);
	/* Record and PEM agree, the file name does not. */
	assert_code(parse_key(&key, text, (char *)other_pem.data), STELLA_MALFORMED);
	assert_code(parse_key(&key, good, ca_pem), STELLA_MALFORMED);
	assert_code(stella_key_load(&key, NULL, "ci"), STELLA_USAGE);
	assert_code(stella_key_load(&key, NULL, "../../etc/passwd"), STELLA_USAGE);
	free(text);
	free(good);
	stella_buf_free(&other_pem);
	stella_pubkey_free(other);
}
END_TEST

/* ---------------------------------------------------------------- from a trust state */

START_TEST(records_are_loaded_from_the_state_in_force)
{
	char *policy = testrepo_policy("alice", 1, 1, "2030-01-01T00:00:00Z"), *key_record = key_text();
	struct stella_trust_options options = { .now = 1790000000 };
	char root[STELLA_OID_HEX], json[96], pem[96];
	struct stella_trust *trust;
	struct stella_anchor *anchor;
	struct stella_issuer *issuer;
	struct stella_key *key;
	struct testrepo t;

	snprintf(json, sizeof json, "keys/%s.json", keyid);
	snprintf(pem, sizeof pem, "keys/%s.pem", keyid);
	testrepo_init(&t, policy, "anchors/example.json", anchor_text, "anchors/example.pem", ca_pem,
		"anchors/half.json", anchor_text, "issuers/ci.json", issuer_text, json, key_record, pem,
		key_pem, NULL);
	stella_oid_hex(root, &t.root);
	options.root = root;
	assert_ok(stella_trust_load(&trust, t.repo, &options));

	assert_ok(stella_anchor_load(&anchor, trust, "example"));
	assert_ok(stella_issuer_load(&issuer, trust, "ci"));
	assert_ok(stella_key_load(&key, trust, keyid));
	ck_assert_str_eq(key->issuer, issuer->id);
	stella_anchor_free(anchor);
	stella_issuer_free(issuer);
	stella_key_free(key);

	assert_code(stella_anchor_load(&anchor, trust, "absent"), STELLA_NOT_FOUND);
	assert_code(stella_issuer_load(&issuer, trust, "example"), STELLA_NOT_FOUND);
	assert_code(stella_key_load(&key, trust, CA_SHA256), STELLA_NOT_FOUND);
	/* A record without its PEM is broken, not absent. */
	assert_code(stella_anchor_load(&anchor, trust, "half"), STELLA_MALFORMED);

	stella_trust_free(trust);
	testrepo_free(&t);
	free(policy);
	free(key_record);
}
END_TEST

static void enter(void)
{
	struct stella_buf pem = { 0 };

	key_of_ci = testrepo_key("alice");
	stella_sha256_hex(keyid, stella_pubkey_id(key_of_ci));
	stella_pem_print(&pem, "PUBLIC KEY", stella_pubkey_spki(key_of_ci));
	key_pem = stella_buf_take_str(&pem);
}

static void leave(void)
{
	stella_pubkey_free(key_of_ci);
	free(key_pem);
}

static void fill(TCase *t)
{
	tcase_add_checked_fixture(t, enter, leave);
	tcase_add_test(t, an_anchor_is_read_and_written_alike);
	tcase_add_test(t, an_anchor_without_a_window_has_the_certificates);
	tcase_add_test(t, an_anchor_that_is_altered_is_refused);
	tcase_add_test(t, the_pem_beside_an_anchor_is_exactly_its_certificate);
	tcase_add_test(t, names_are_ids);
	tcase_add_test(t, an_issuer_is_read_and_written_alike);
	tcase_add_test(t, empty_lists_are_as_absent_ones);
	tcase_add_test(t, an_issuer_that_is_altered_is_refused);
	tcase_add_test(t, an_identity_names_who_may_assert_it);
	tcase_add_test(t, a_reason_has_a_limit);
	tcase_add_test(t, predicate_types_are_exact);
	tcase_add_test(t, a_star_stays_within_its_component);
	tcase_add_test(t, a_pattern_of_many_stars_takes_no_time);
	tcase_add_test(t, a_key_is_read_and_written_alike);
	tcase_add_test(t, a_key_that_is_altered_is_refused);
	tcase_add_test(t, file_name_record_and_pem_are_of_one_key);
	tcase_add_test(t, records_are_loaded_from_the_state_in_force);
}

CHECK_MAIN("records", fill)
