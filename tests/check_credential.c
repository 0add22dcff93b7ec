/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What members of policy version 2 sign with, and whose a commit's signature is: gitsign's commit under the public good
 * root, certificates of openssl and OpenPGP of gpg, each yes with its noes.
 */
#include "policy.h"
#include "sigstore_data.h"

#include <string.h>

#define GOOGLE "\"oidc_issuer\": \"https://accounts.google.com\", "
#define BILLY "{\"identity\": \"billy@chainguard.dev\", \"type\": \"email\", " GOOGLE "\"root\": \"good\"}"

/* {"version": 2, ...} with these lists for alice and bob, and the roots "good" and "again", which are one text. */
static char *policy_text(const char *alice, const char *bob, const char *roots)
{
	struct stella_buf out = { 0 }, good = read_data("sigstore", "public-good.root.json"), other = read_data("sigstore", "key.root.json");

	if (!*alice) /* somebody */
		alice = "{\"identity\": \"nobody@example.org\", \"type\": \"email\", \"root\": \"good\"}";
	stella_buf_printf(&out, "{\"version\": 2, \"expires\": \"2027-01-01T00:00:00Z\", \"members\": {\"alice\": [%s], "
		"\"bob\": [%s]}, \"roles\": {\"root\": {\"members\": [\"alice\", \"bob\"], \"threshold\": 1}}, \"paths\": {}, \"roots\": ",
		alice, bob);
	if (roots)
		stella_buf_put_str(&out, roots);
	else
		stella_buf_printf(&out, "{\"good\": %s, \"again\": %s, \"other\": %s}", (char *)good.data, (char *)good.data,
			(char *)other.data);
	stella_buf_put_str(&out, "}");
	stella_buf_free(&good);
	stella_buf_free(&other);
	return stella_buf_take_str(&out);
}

static const struct stella_error *parse(struct stella_policy **out, const char *alice, const char *bob, const char *roots)
{
	char *text = policy_text(alice, bob, roots);
	const struct stella_error *err = stella_policy_parse(out, stella_span_str(text));

	free(text);
	return err;
}

static void assert_refused(const char *alice, const char *bob, const char *why)
{
	struct stella_policy *policy;
	const struct stella_error *err = parse(&policy, alice, bob, NULL);

	ck_assert_msg(err && err->code == STELLA_POLICY_UNSUPPORTED && strstr(err->message, why), "%s, expected %s",
		err ? err->message : "taken", why);
}

static char *base64_of(struct stella_span bytes)
{
	struct stella_buf text = { 0 };

	stella_base64_print(&text, bytes);
	return stella_buf_take_str(&text);
}

/* An entry with this certificate; yours. */
static char *certificate_entry(const struct stella_cert *cert)
{
	char hex[STELLA_SHA256_HEX], *base64 = base64_of(stella_cert_der(cert));
	struct stella_buf out = { 0 };

	stella_sha256_hex(hex, stella_cert_fingerprint(cert));
	stella_buf_printf(&out, "{\"certificate\": \"%s\", \"sha256\": \"%s\"}", base64, hex);
	free(base64);
	return stella_buf_take_str(&out);
}

static char *certificate_in(const char *commit)
{
	struct stella_buf raw = read_data("cmssig", commit), payload = { 0 }, armored = { 0 };
	enum stella_gitsig_kind kind;
	struct stella_cmssig *sig;
	char *entry;

	assert_ok(stella_gitsig_split(&payload, &armored, &kind, stella_buf_span(&raw), false));
	assert_ok(stella_cmssig_parse(&sig, stella_buf_span(&armored)));
	entry = certificate_entry(sig->cms.certs[0]);
	stella_cmssig_free(sig);
	stella_buf_free(&raw);
	stella_buf_free(&payload);
	stella_buf_free(&armored);
	return entry;
}

static char *read_certificate(const char *folder, const char *name)
{
	struct stella_buf pem = read_data(folder, name);
	struct stella_cert *cert;
	char *entry;

	assert_ok(stella_cert_parse_pem(&cert, stella_buf_span(&pem)));
	entry = certificate_entry(cert);
	stella_cert_free(cert);
	stella_buf_free(&pem);
	return entry;
}

/* Who signed it: a name, or NULL and why. */
static const char *signer(const struct stella_policy *policy, struct stella_span raw, char *why)
{
	const struct stella_credential *found;
	struct stella_signature_claim *claim;
	unsigned member = 0;

	assert_ok(stella_signature_claim_parse(&claim, raw));
	assert_ok(stella_policy_signer(&found, &member, why, policy, claim));
	stella_signature_claim_free(claim);
	return found ? policy->members[member].name : NULL;
}

static void assert_signer(const char *wanted, const char *alice, const char *bob, const char *commit, const char *text)
{
	struct stella_buf raw = read_data("cmssig", commit);
	char why[STELLA_ERROR_MAX];
	struct stella_policy *policy;
	const char *name;

	assert_ok(parse(&policy, alice, bob, NULL));
	name = signer(policy, stella_buf_span(&raw), why);
	ck_assert_msg(!wanted == !name && (!wanted || !strcmp(wanted, name)), "%s: %s", name ? name : "nobody", why);
	ck_assert_msg(!text || strstr(why, text), "%s", why);
	stella_policy_free(policy);
	stella_buf_free(&raw);
}

/* ---------------------------------------------------------------- identities */

START_TEST(an_identity_signs_by_certificate_and_log)
{
	assert_signer("bob", "", BILLY, "gitsign.commit", NULL);
	assert_signer("alice", BILLY, "{\"identity\": \"x@example.org\", \"type\": \"email\", " GOOGLE "\"root\": \"good\"}",
		"gitsign.commit", NULL);
	assert_signer(NULL, "", BILLY, "gitsign-nolog.commit", "a key of no member");
}
END_TEST

START_TEST(another_name_issuer_or_root_does_not)
{
	static const char *const entries[] = {
		"{\"identity\": \"Billy@chainguard.dev\", \"type\": \"email\", " GOOGLE "\"root\": \"good\"}",
		"{\"identity\": \"billy@chainguard.de\", \"type\": \"email\", " GOOGLE "\"root\": \"good\"}",
		"{\"identity\": \"billy@chainguard.dev\", \"type\": \"uri\", " GOOGLE "\"root\": \"good\"}",
		"{\"identity\": \"billy@chainguard.dev\", \"type\": \"dns\", " GOOGLE "\"root\": \"good\"}",
		"{\"identity\": \"billy@chainguard.dev\", \"type\": \"email\", \"oidc_issuer\": \"https://accounts.google.com/\", "
		"\"root\": \"good\"}",
		"{\"identity\": \"billy@chainguard.dev\", \"type\": \"email\", \"root\": \"good\"}",
		"{\"identity\": \"billy@chainguard.dev\", \"type\": \"email\", " GOOGLE "\"root\": \"other\"}",
	};

	for (size_t i = 0; i < sizeof entries / sizeof *entries; i++)
		assert_signer(NULL, "", entries[i], "gitsign.commit", NULL);
}
END_TEST

/* The same person, with the log's entry gone: cpanato's commit has none. */
START_TEST(without_a_verified_time_there_is_no_answer)
{
	assert_signer(NULL, "", "{\"identity\": \"ctadeu@gmail.com\", \"type\": \"email\", "
		"\"oidc_issuer\": \"https://github.com/login/oauth\", \"root\": \"good\"}", "gitsign-nolog.commit",
		"0 of 1 independent transparency logs");
}
END_TEST

START_TEST(a_key_that_stands_in_the_policy_speaks_for_no_identity)
{
	char *entry = certificate_in("gitsign.commit");
	struct stella_policy *policy;

	assert_signer("alice", entry, BILLY, "gitsign.commit", NULL);
	assert_ok(parse(&policy, entry, BILLY, NULL));
	ck_assert_uint_eq(policy->key_count, 2);
	ck_assert_uint_eq(policy->material_count, 1);
	ck_assert(stella_policy_pins(policy, &policy->material[0].id));
	stella_policy_free(policy);
	free(entry);
}
END_TEST

START_TEST(an_identity_is_of_one_member_whatever_its_root_and_case)
{
	assert_refused(BILLY, BILLY, "one identity is bound to two members, alice and bob");
	assert_refused(BILLY, "{\"identity\": \"BILLY@chainguard.dev\", \"type\": \"email\", " GOOGLE "\"root\": \"good\"}",
		"one identity is bound to two members");
	assert_refused(BILLY, "{\"identity\": \"billy@chainguard.dev\", \"type\": \"email\", " GOOGLE "\"root\": \"other\"}",
		"one identity is bound to two members");
	assert_refused("", BILLY ", " BILLY, "an identity stands twice");
}
END_TEST

START_TEST(an_identity_is_whole_and_closed)
{
	assert_refused("", "{\"identity\": \"a@b\", \"type\": \"email\", \"root\": \"none\"}", "no root");
	assert_refused("", "{\"identity\": \"a@b\", \"type\": \"email\"}", "\"root\": missing");
	assert_refused("", "{\"identity\": \"a@b\", \"root\": \"good\"}", "\"type\": missing");
	assert_refused("", "{\"identity\": \"a@b\", \"type\": \"regexp\", \"root\": \"good\"}", "not a kind of name");
	assert_refused("", "{\"identity\": \"\", \"type\": \"email\", \"root\": \"good\"}", "not a name");
	assert_refused("", "{\"identity\": \"a b\", \"type\": \"email\", \"root\": \"good\"}", "not a name");
	assert_refused("", "{\"identity\": \"a\\u001bb\", \"type\": \"email\", \"root\": \"good\"}", "not a name");
	assert_refused("", "{\"identity\": \"a@b\", \"type\": \"email\", \"root\": \"good\", \"x\": 1}", "unknown key");
	assert_refused("", "{\"identity\": \"a@b\", \"type\": \"email\", \"oidc_issuer\": \"\", \"root\": \"good\"}", "issuer");
	assert_refused("", "{}", "none of");
	assert_refused("", "7", "a key that is not text");
	assert_refused("", "", "at least one key");
}
END_TEST

START_TEST(a_root_can_vouch_for_a_time)
{
	struct stella_policy *policy;

	assert_code(parse(&policy, BILLY, BILLY, "{\"good\": {}}"), STELLA_POLICY_UNSUPPORTED);
	assert_code(parse(&policy, BILLY, BILLY, "{\"good\": 1}"), STELLA_POLICY_UNSUPPORTED);
	assert_code(parse(&policy, BILLY, BILLY, "[]"), STELLA_POLICY_UNSUPPORTED);
	assert_code(parse(&policy, BILLY, BILLY,
		"{\"good\": {\"mediaType\": \"application/vnd.dev.sigstore.trustedroot+json;version=0.1\"}}"), STELLA_POLICY_UNSUPPORTED);
}
END_TEST

/* ---------------------------------------------------------------- certificates */

START_TEST(a_certificate_signs_by_its_key)
{
	char *carol = read_certificate("cmssig", "rsa.pem"), *billy = certificate_in("gitsign.commit");

	assert_signer("bob", carol, billy, "gitsign.commit", NULL); /* no time is asked for: the policy is what binds it */
	assert_signer(NULL, "", carol, "gitsign.commit", "a key of no member");
	free(carol);
	free(billy);
}
END_TEST

START_TEST(a_certificate_is_what_it_is_said_to_be)
{
	char *carol = read_certificate("cmssig", "rsa.pem"), *ca = read_certificate("x509", "root.pem"), *at;

	assert_refused(carol, carol, "one key is bound to two members, alice and bob");
	assert_refused("", ca, "is a CA");
	at = strstr(carol, "sha256\": \"") + strlen("sha256\": \"");
	*at = *at == '0' ? '1' : '0';
	assert_refused("", carol, "but it is");
	assert_refused("", "{\"certificate\": \"AAAA\", \"sha256\": \"00\"}", "");
	assert_refused("", "{\"certificate\": \"AAA\", \"sha256\": \"00\"}", "base64");
	free(carol);
	free(ca);
}
END_TEST

/* ---------------------------------------------------------------- OpenPGP */

static char *openpgp_entry(const char *name, const char *fingerprint)
{
	struct stella_buf text = read_data("openpgp", name), bytes = { 0 }, out = { 0 };
	struct stella_openpgp *cert;
	char *base64;

	assert_ok(stella_pgp_dearmor(&bytes, stella_buf_span(&text), STELLA_PGP_CERT_LABEL));
	base64 = base64_of(stella_buf_span(&bytes));
	if (!fingerprint && !stella_openpgp_parse(&cert, stella_buf_span(&bytes))) {
		stella_buf_printf(&out, "{\"openpgp\": \"%s\", \"fingerprint\": \"%s\"}", base64, stella_openpgp_fingerprint(cert));
		stella_openpgp_free(cert);
	} else {
		stella_buf_printf(&out, "{\"openpgp\": \"%s\", \"fingerprint\": \"%s\"}", base64, fingerprint ? fingerprint : "");
	}
	free(base64);
	stella_buf_free(&text);
	stella_buf_free(&bytes);
	return stella_buf_take_str(&out);
}

START_TEST(openpgp_needs_a_build_with_it)
{
	char *entry = openpgp_entry("ed25519.asc", NULL);
	struct stella_policy *policy;

	if (stella_openpgp_is_built()) {
		assert_ok(parse(&policy, BILLY, entry, NULL));
		ck_assert_int_eq(policy->members[1].credentials[0].kind, STELLA_CREDENTIAL_OPENPGP);
		stella_policy_free(policy);
		assert_refused(entry, entry, "one key is bound to two members");
		free(entry);
		entry = openpgp_entry("ed25519.asc", "0000");
		assert_refused("", entry, "but it is");
	} else {
		assert_refused("", entry, "needs a stella built with OpenPGP");
	}
	free(entry);
}
END_TEST

START_TEST(what_is_shown_of_them)
{
	struct stella_policy *policy;
	struct stella_buf text = { 0 };
	char *carol = read_certificate("cmssig", "rsa.pem");

	assert_ok(parse(&policy, carol, BILLY, NULL));
	stella_credential_print(&text, &policy->members[0].credentials[0]);
	ck_assert(strncmp((char *)text.data, "X.509 RSA 2048 SHA256:", 22) == 0);
	ck_assert_ptr_nonnull(strstr((char *)text.data, "of \"CN=rsa\""));
	text.size = 0;
	stella_credential_print(&text, &policy->members[1].credentials[0]);
	ck_assert_str_eq((char *)text.data, "email billy@chainguard.dev by issuer https://accounts.google.com under root good");
	ck_assert_uint_eq(policy->version, 2);
	stella_policy_free(policy);
	stella_buf_free(&text);
	free(carol);
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_test(t, an_identity_signs_by_certificate_and_log);
	tcase_add_test(t, another_name_issuer_or_root_does_not);
	tcase_add_test(t, without_a_verified_time_there_is_no_answer);
	tcase_add_test(t, a_key_that_stands_in_the_policy_speaks_for_no_identity);
	tcase_add_test(t, an_identity_is_of_one_member_whatever_its_root_and_case);
	tcase_add_test(t, an_identity_is_whole_and_closed);
	tcase_add_test(t, a_root_can_vouch_for_a_time);
	tcase_add_test(t, a_certificate_signs_by_its_key);
	tcase_add_test(t, a_certificate_is_what_it_is_said_to_be);
	tcase_add_test(t, openpgp_needs_a_build_with_it);
	tcase_add_test(t, what_is_shown_of_them);
}

CHECK_MAIN("credential", fill)
