/* SPDX-License-Identifier: Apache-2.0 */
/* Project Wycheproof: signatures that broke one library or another, with the verdict for each. */
#include "corpora.h"
#include "encode.h"
#include "pubkey.h"

#include <stdio.h>
#include <string.h>

struct group {
	const struct stella_json *json;
	const char *file;
	struct stella_pubkey *key;
	enum stella_sigalg alg;
	enum stella_hash hash;
	bool pss;
	size_t salt;
};

static bool has_flag(struct corpus *c, const struct stella_json *test, const char *flag)
{
	const struct stella_json *flags = corpus_array(c, test, "flags");

	for (size_t i = 0; i < stella_json_count(flags); i++)
		if (strcmp(stella_json_text(stella_json_at(flags, i)), flag) == 0)
			return true;
	return false;
}

/* "SHA-256" */
static bool find_hash(enum stella_hash *out, const char *name)
{
	static const char *const names[] = { "SHA-256", "SHA-384", "SHA-512" };

	for (unsigned i = 0; i < STELLA_HASH_COUNT; i++) {
		if (strcmp(name, names[i]) == 0) {
			*out = (enum stella_hash)i;
			return true;
		}
	}
	return false;
}

/* Fills alg, hash and salt; false, with why in kind, for what stella does not do. */
static bool find_algorithm(struct corpus *c, struct group *g, char kind[128])
{
	const char *type = corpus_text(c, g->json, "type");
	const struct stella_json *salt;
	const char *sha;
	int64_t size;

	g->alg = STELLA_SIG_ED25519;
	if (strcmp(type, "EddsaVerify") == 0) {
		snprintf(kind, 128, "Ed448");
		return strncmp(g->file, "ed448", 5) != 0;
	}
	sha = corpus_text(c, g->json, "sha");
	snprintf(kind, 128, "%s with %s", type, sha);
	if (!find_hash(&g->hash, sha))
		return false;
	if (strcmp(type, "EcdsaVerify") == 0)
		g->alg = (enum stella_sigalg)(STELLA_SIG_ECDSA_SHA256 + g->hash);
	else if (strcmp(type, "RsassaPkcs1Verify") == 0)
		g->alg = (enum stella_sigalg)(STELLA_SIG_RSA_SHA256 + g->hash);
	else if (strncmp(type, "RsassaPss", 9) == 0)
		g->pss = true;
	else
		return false;
	if (!g->pss)
		return true;
	if (strcmp(corpus_text(c, g->json, "mgfSha"), sha) != 0) {
		snprintf(kind, 128, "%s with MGF1 of another hash", type);
		return false;
	}
	if (strcmp(type, "RsassaPssVerify") != 0) {
		snprintf(kind, 128, "keys of type id-RSASSA-PSS");
		return false;
	}
	salt = stella_json_find(g->json, "sLen");
	if (!salt || stella_json_int(&size, salt, 0, 1024)) {
		snprintf(kind, 128, "%s without a salt length", type);
		return false;
	}
	g->salt = (size_t)size;
	return true;
}

static const struct stella_error *verify(struct corpus *c, const struct group *g, const struct stella_json *test)
{
	struct stella_buf message = { 0 }, sig = { 0 };
	const struct stella_error *err;

	err = stella_hex_parse(&message, stella_span_str(corpus_text(c, test, "msg")));
	if (!err)
		err = stella_hex_parse(&sig, stella_span_str(corpus_text(c, test, "sig")));
	if (!err && g->pss)
		err = stella_pubkey_verify_pss_salt(g->key, g->hash, g->salt, stella_buf_span(&message),
			stella_buf_span(&sig));
	else if (!err)
		err = stella_pubkey_verify(g->key, g->alg, stella_buf_span(&message), stella_buf_span(&sig));
	stella_buf_free(&message);
	stella_buf_free(&sig);
	return err;
}

static void run_test(struct corpus *c, const struct group *g, const struct stella_json *test)
{
	const char *result = corpus_text(c, test, "result");
	const struct stella_error *err;
	char id[128];
	int64_t number = 0;

	if (stella_json_int(&number, stella_json_find(test, "tcId"), 0, INT32_MAX))
		number = -1;
	snprintf(id, sizeof id, "%s:%d", g->file, (int)number);
	err = verify(c, g, test);
	if (strcmp(result, "acceptable") == 0) {
		corpus_note(c, err ? "acceptable, refused" : "acceptable, taken");
		corpus_pass(c);
	} else if (strcmp(result, "valid") == 0 && stella_error_is(err, STELLA_SIGNATURE_MISMATCH) &&
		   has_flag(c, test, "PointDuplication")) {
		corpus_deviation(c, id, "u1 G = u2 Q gives the private key away; nettle refuses it (lib/rawkey.h)");
	} else {
		corpus_judge(c, id, strcmp(result, "valid") == 0, err);
	}
}

static void run_group(struct corpus *c, const char *file, const struct stella_json *json)
{
	const struct stella_json *tests = corpus_array(c, json, "tests");
	struct group g = { .json = json, .file = file };
	const struct stella_error *err = NULL;
	bool in_scope;
	char kind[128];

	in_scope = find_algorithm(c, &g, kind);
	if (in_scope)
		err = stella_pubkey_parse_pem(&g.key, stella_span_str(corpus_text(c, json, "publicKeyPem")));
	for (size_t i = 0; i < stella_json_count(tests); i++) {
		const struct stella_json *test = stella_json_at(tests, i);

		if (!in_scope)
			corpus_out_of_scope(c, kind);
		else if (err) /* a key that is refused verifies nothing */
			corpus_judge(c, file, strcmp(corpus_text(c, test, "result"), "valid") == 0, err);
		else
			run_test(c, &g, test);
	}
	stella_pubkey_free(g.key);
}

void corpus_wycheproof(struct corpus *c)
{
	struct stella_json *index = corpus_json(c, "index.json");
	const struct stella_json *cases = corpus_array(c, index, "cases");

	for (size_t i = 0; i < stella_json_count(cases); i++) {
		const char *file = corpus_text(c, stella_json_at(cases, i), "file");
		struct stella_json *root = corpus_json(c, file);
		const struct stella_json *groups = corpus_array(c, root, "testGroups");

		for (size_t k = 0; k < stella_json_count(groups); k++)
			run_group(c, file, stella_json_at(groups, k));
		stella_json_free(root);
	}
	stella_json_free(index);
}
