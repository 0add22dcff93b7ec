/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Certificate chains: x509-codesigning, for code signing and time stamping, and x509-limbo, made for
 * TLS.  Of limbo we judge everything but the purpose of the leaf; out of scope are host names, revocation lists, a
 * caller's own limit of depth and the rules of the public web.
 */
#include "corpora.h"
#include "encode.h"
#include "text.h"
#include "x509.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST 128 /* certificates of a kind */

struct certs {
	struct stella_cert *of[MOST];
	size_t count;
};

/* Every certificate of a PEM text; one that is no certificate is as good as absent. */
static void add_certs(struct certs *out, struct stella_span pem)
{
	struct stella_cursor in = stella_cursor(pem);
	struct stella_buf der = { 0 };
	char *label = NULL;

	while (out->count < MOST && !stella_pem_next(&der, &label, &in)) {
		out->count += !stella_cert_parse(&out->of[out->count], stella_buf_span(&der));
		der.size = 0;
		free(label);
		label = NULL;
	}
	stella_buf_free(&der);
}

static const struct stella_error *verify(enum stella_purpose purpose, const struct certs *leaf,
	const struct certs *intermediates, const struct certs *roots, int64_t at)
{
	struct stella_chain chain;

	if (leaf->count != 1)
		return stella_error(STELLA_MALFORMED, "no leaf");
	return stella_chain_verify_purpose(&chain, purpose, leaf->of[0],
		(const struct stella_cert *const *)intermediates->of, intermediates->count,
		(const struct stella_cert *const *)roots->of, roots->count, at);
}

static void free_certs(struct certs *certs)
{
	for (size_t i = 0; i < certs->count; i++)
		stella_cert_free(certs->of[i]);
	*certs = (struct certs){ 0 };
}

/* What we refuse or take other than the case says, and why. */
static const struct {
	const char *id, *reason;
} deviations[] = {
	{ "bc-intermediate-not-critical", "RFC 5280 4.2.1.9: critical in a CA, and so it must be" },
	{ "self-signed-trusted", "a CA is an anchor, and signs no code itself" },
	{ "rfc5280::aki::cross-signed-root-missing-aki", "the key decides, not its identifier" },
	{ "rfc5280::aki::intermediate-missing-aki", "the key decides, not its identifier" },
	{ "rfc5280::ski::intermediate-missing-ski", "the key decides, not its identifier" },
	{ "rfc5280::eku::ee-wrong-eku", "what a leaf of TLS is for is not judged" },
	{ "rfc5280::nc::permitted-dns-match-noncritical", "constraints hold whether critical or not" },
	{ "rfc5280::nc::permitted-ipv4-match", "addresses under constraints are refused" },
	{ "rfc5280::pc::ica-noncritical-pc", "policies are not judged; critical ones are refused" },
	{ "rfc5280::san::underscore-dns", "an identity is compared as it is" },
};

static const char *find_deviation(const char *id)
{
	for (size_t i = 0; i < sizeof deviations / sizeof *deviations; i++)
		if (strcmp(deviations[i].id, id) == 0)
			return deviations[i].reason;
	return NULL;
}

/* ---------------------------------------------------------------- x509-codesigning */

static void read_certs(struct certs *out, struct corpus *c, const struct stella_json *v, const char *name)
{
	const char *file;
	struct stella_buf pem;

	if (stella_json_want_text(&file, v, name) || !file)
		return;
	pem = corpus_read(c, file);
	add_certs(out, stella_buf_span(&pem));
	stella_buf_free(&pem);
}

static void run_codesigning(struct corpus *c, const struct stella_json *v)
{
	struct certs leaf = { 0 }, intermediates = { 0 }, roots = { 0 };
	const char *id = corpus_text(c, v, "id");
	bool is_code = strcmp(corpus_text(c, v, "purpose"), "codeSigning") == 0, expected;
	const struct stella_error *err;
	int64_t at;

	if (!is_code && strcmp(corpus_text(c, v, "purpose"), "timeStamping") != 0) {
		corpus_out_of_scope(c, "another purpose");
		return;
	}
	if (stella_time_parse(&at, stella_span_str(corpus_text(c, v, "time")))) {
		corpus_fail(c, id, "a time", corpus_text(c, v, "time"));
		return;
	}
	read_certs(&leaf, c, v, "leaf");
	read_certs(&intermediates, c, v, "intermediates");
	read_certs(&roots, c, v, "roots");
	expected = strcmp(corpus_text(c, v, "expected"), "valid") == 0;
	err = verify(is_code ? STELLA_PURPOSE_CODE_SIGNING : STELLA_PURPOSE_TIME_STAMPING, &leaf, &intermediates, &roots, at);
	if (!err != expected && find_deviation(id))
		corpus_deviation(c, id, find_deviation(id));
	else
		corpus_judge(c, id, expected, err);
	free_certs(&leaf);
	free_certs(&intermediates);
	free_certs(&roots);
}

void corpus_x509_codesigning(struct corpus *c)
{
	struct stella_json *index = corpus_json(c, "index.json");
	const struct stella_json *cases = corpus_array(c, index, "cases");

	for (size_t i = 0; i < stella_json_count(cases); i++)
		run_codesigning(c, stella_json_at(cases, i));
	stella_json_free(index);
}

/* ---------------------------------------------------------------- x509-limbo */

static const char *find_scope(const struct stella_json *v, const char *id)
{
	const struct stella_json *features = stella_json_find(v, "features");

	if (stella_json_find(v, "needs_hostname"))
		return "host names";
	if (!strncmp(id, "webpki::", 8))
		return "the public web";
	for (size_t i = 0; features && i < stella_json_count(features); i++) {
		const char *feature = stella_json_text(stella_json_at(features, i));

		if (!strcmp(feature, "has-crl") || !strcmp(feature, "max-chain-depth"))
			return feature;
	}
	return NULL;
}

static void add_each(struct certs *out, const struct stella_json *list)
{
	for (size_t i = 0; i < stella_json_count(list); i++)
		add_certs(out, stella_span_str(stella_json_text(stella_json_at(list, i))));
}

/* "2024-01-01T00:00:00[.5]+00:00", or null for any */
static int64_t limbo_time(struct corpus *c, const struct stella_json *v, const char *id)
{
	const struct stella_json *time = stella_json_find(v, "validation_time");
	char text[32] = "2024-01-01T00:00:00Z";
	int64_t at = 0;

	if (time && stella_json_type(time) == STELLA_JSON_STRING)
		snprintf(text, sizeof text, "%.19sZ", stella_json_text(time));
	if (stella_time_parse(&at, stella_span_str(text)))
		corpus_fail(c, id, "a time", text);
	return at;
}

static void run_limbo(struct corpus *c, const struct stella_json *v, const char *id, bool expected)
{
	struct certs leaf = { 0 }, intermediates = { 0 }, roots = { 0 };
	const struct stella_error *err;

	add_certs(&leaf, stella_span_str(corpus_text(c, v, "peer_certificate")));
	add_each(&intermediates, corpus_array(c, v, "untrusted_intermediates"));
	add_each(&roots, corpus_array(c, v, "trusted_certs"));
	err = verify(STELLA_PURPOSE_ANY, &leaf, &intermediates, &roots, limbo_time(c, v, id));
	if (!err != expected && find_deviation(id))
		corpus_deviation(c, id, find_deviation(id));
	else
		corpus_judge(c, id, expected, err);
	free_certs(&leaf);
	free_certs(&intermediates);
	free_certs(&roots);
}

static const struct stella_json *find_case(struct corpus *c, const struct stella_json *cases, const char *id)
{
	for (size_t i = 0; i < stella_json_count(cases); i++)
		if (strcmp(corpus_text(c, stella_json_at(cases, i), "id"), id) == 0)
			return stella_json_at(cases, i);
	return NULL;
}

void corpus_x509_limbo(struct corpus *c)
{
	struct stella_json *index = corpus_json(c, "index.json"), *limbo = corpus_json(c, "limbo.json");
	const struct stella_json *cases = corpus_array(c, index, "cases");
	const struct stella_json *bodies = corpus_array(c, limbo, "testcases");

	for (size_t i = 0; i < stella_json_count(cases); i++) {
		const struct stella_json *v = stella_json_at(cases, i);
		const char *id = corpus_text(c, v, "id"), *scope = find_scope(v, id);
		const struct stella_json *body = find_case(c, bodies, id);

		if (scope)
			corpus_out_of_scope(c, scope);
		else if (!body)
			corpus_fail(c, id, "a case in limbo.json", "none");
		else
			run_limbo(c, body, id, strcmp(corpus_text(c, v, "expected"), "valid") == 0);
	}
	stella_json_free(index);
	stella_json_free(limbo);
}
