/* SPDX-License-Identifier: Apache-2.0 */
#include "intoto.h"

#include <stdlib.h>
#include <string.h>

/* digest_set.md: the algorithms that have one encoding (lower-case hex) and a length of their own. */
static const struct {
	const char *name;
	unsigned bytes, or_bytes;
	bool strong;                 /* one in common is enough to say that this is the artifact */
} algorithms[] = {
	{ "sha256", 32, 0, true },
	{ "sha512", 64, 0, true },
	{ "sha384", 48, 0, true },
	{ "sha224", 28, 0, true },
	{ "sha512_224", 28, 0, true },
	{ "sha512_256", 32, 0, true },
	{ "sha3_224", 28, 0, true },
	{ "sha3_256", 32, 0, true },
	{ "sha3_384", 48, 0, true },
	{ "sha3_512", 64, 0, true },
	{ "dirHash", 32, 0, true },
	{ "gitCommit", 20, 32, true }, /* what names the object everywhere else, too */
	{ "gitTree", 20, 32, true },
	{ "gitBlob", 20, 32, true },
	{ "gitTag", 20, 32, true },
	{ "sha1", 20, 0, false },
	{ "ripemd160", 20, 0, false },
	{ "md5", 16, 0, false },
};
#define ALGORITHM_COUNT (sizeof algorithms / sizeof *algorithms)

static size_t find_algorithm(const char *name)
{
	size_t i = 0;

	while (i < ALGORITHM_COUNT && strcmp(algorithms[i].name, name) != 0)
		i++;
	return i;
}

static bool has_length(size_t algorithm, const char *hex)
{
	size_t size = strlen(hex);

	return size == 2 * algorithms[algorithm].bytes
		|| (algorithms[algorithm].or_bytes && size == 2 * algorithms[algorithm].or_bytes);
}

/*
 * A shortened or invented value ("78ab6a8...", "abc123") stands in statements that are to be accepted, the
 * specification's own examples among them.  It matches nothing, as stella_digest_strong sees to it.
 */
static const struct stella_error *check_digest(const char *name, const char *value)
{
	size_t digits = strspn(value, "0123456789abcdef");

	if (!*value)
		return stella_error(STELLA_MALFORMED, "digest \"%s\": empty", name);
	if (find_algorithm(name) == ALGORITHM_COUNT)
		return NULL; /* "MAY use another identifier", in an encoding of its own */
	if (strcmp(value + strspn(value, "0123456789abcdefABCDEF"), "...") == 0)
		return NULL;
	if (value[digits])
		return stella_error(STELLA_MALFORMED,
			"digest \"%s\": byte %zu is no lower-case hex digit: %.160s", name, digits, value);
	if (digits % 2)
		return stella_error(
			STELLA_MALFORMED, "digest \"%s\": an odd number of hex digits: %.160s", name, value);
	return NULL;
}

static const struct stella_error *parse_digests(struct stella_subject *out, const struct stella_json *object)
{
	const struct stella_error *err;
	const struct stella_json *value;
	size_t count = stella_json_count(object);
	const char *name;

	if (!count)
		return stella_error(STELLA_MALFORMED, "\"digest\": empty");
	if (count > STELLA_DIGESTS_MAX)
		return stella_error(
			STELLA_LIMIT, "%zu digests, at most %d are allowed", count, STELLA_DIGESTS_MAX);
	out->digests = stella_alloc_array(count, sizeof *out->digests);
	for (size_t i = 0; i < count; i++) {
		stella_json_member(object, i, &name, &value);
		if (!*name)
			return stella_error(STELLA_MALFORMED, "\"digest\": empty algorithm name");
		if (stella_json_type(value) != STELLA_JSON_STRING)
			return stella_error(STELLA_MALFORMED, "digest \"%s\": not a text", name);
		err = check_digest(name, stella_json_text(value));
		if (err)
			return err;
		out->digests[i].algorithm = stella_strdup(name);
		out->digests[i].hex = stella_strdup(stella_json_text(value));
		out->digest_count++;
	}
	return NULL;
}

static const struct stella_error *parse_subject(struct stella_subject *out, const struct stella_json *object)
{
	const struct stella_error *err;
	const struct stella_json *digest;
	const char *name;

	if (stella_json_type(object) != STELLA_JSON_OBJECT)
		return stella_error(STELLA_MALFORMED, "not a JSON object");
	err = stella_json_want_text(&name, object, "name");
	if (err)
		return err;
	out->name = stella_strdup(name);
	err = stella_json_need(&digest, object, "digest", STELLA_JSON_OBJECT);
	return err ? err : parse_digests(out, digest);
}

static const struct stella_error *parse_subjects(
	struct stella_statement *out, const struct stella_json *array)
{
	const struct stella_error *err;
	size_t count = stella_json_count(array);

	if (!count)
		return stella_error(STELLA_MALFORMED, "\"subject\": empty: the statement is about nothing");
	if (count > STELLA_SUBJECTS_MAX)
		return stella_error(
			STELLA_LIMIT, "%zu subjects, at most %d are allowed", count, STELLA_SUBJECTS_MAX);
	out->subjects = stella_alloc_array(count, sizeof *out->subjects);
	out->subject_count = count;
	for (size_t i = 0; i < count; i++) {
		err = parse_subject(&out->subjects[i], stella_json_at(array, i));
		if (err)
			return stella_error_prefix(err, "subject %zu", i + 1);
	}
	return NULL;
}

static const struct stella_error *parse_type(struct stella_statement *out, bool may_be_empty)
{
	const struct stella_error *err;
	const char *type;

	if (stella_json_type(out->document) != STELLA_JSON_OBJECT)
		return stella_error(STELLA_MALFORMED, "not a JSON object");
	err = stella_json_need_text(&type, out->document, "_type");
	if (err)
		return err;
	if (strcmp(type, STELLA_STATEMENT_V01) != 0 && strcmp(type, STELLA_STATEMENT_V1) != 0)
		return stella_error(STELLA_MALFORMED, "\"_type\": \"%.200s\", expected \"%s\" or \"%s\"",
			type, STELLA_STATEMENT_V1, STELLA_STATEMENT_V01);
	out->type = stella_strdup(type);
	err = stella_json_need_text(&type, out->document, "predicateType");
	if (err)
		return err;
	if (!*type && !may_be_empty)
		return stella_error(STELLA_MALFORMED, "\"predicateType\": empty");
	out->predicate_type = stella_strdup(type);
	return stella_json_want(&out->predicate, out->document, "predicate", STELLA_JSON_OBJECT);
}

static const struct stella_error *parse(struct stella_statement **out, struct stella_span payload, bool may_be_empty)
{
	struct stella_statement *statement = stella_alloc(sizeof *statement);
	const struct stella_error *err;
	const struct stella_json *subjects;

	*out = NULL;
	err = stella_json_parse(&statement->document, payload);
	if (err)
		goto done;
	err = parse_type(statement, may_be_empty);
	if (err)
		goto done;
	err = stella_json_need(&subjects, statement->document, "subject", STELLA_JSON_ARRAY);
	if (err)
		goto done;
	err = parse_subjects(statement, subjects);
	if (err)
		goto done;
	*out = statement;
	statement = NULL;
done:
	stella_statement_free(statement);
	return err ? stella_error_prefix(err, "in-toto statement") : NULL;
}

const struct stella_error *stella_statement_parse(struct stella_statement **out, struct stella_span payload)
{
	return parse(out, payload, false);
}

const struct stella_error *stella_statement_parse_untyped(struct stella_statement **out, struct stella_span payload)
{
	return parse(out, payload, true);
}

void stella_statement_free(struct stella_statement *statement)
{
	if (!statement)
		return;
	for (size_t i = 0; i < statement->subject_count; i++) {
		struct stella_subject *subject = &statement->subjects[i];

		for (size_t k = 0; k < subject->digest_count; k++)
			stella_digest_free(&subject->digests[k]);
		free(subject->digests);
		free(subject->name);
	}
	free(statement->subjects);
	free(statement->type);
	free(statement->predicate_type);
	stella_json_free(statement->document);
	free(statement);
}

void stella_digest_free(struct stella_digest *digest)
{
	free(digest->algorithm);
	free(digest->hex);
	*digest = (struct stella_digest){ 0 };
}

bool stella_digest_whole(const struct stella_digest *digest)
{
	size_t algorithm = find_algorithm(digest->algorithm);

	if (algorithm == ALGORITHM_COUNT)
		return *digest->hex;
	return has_length(algorithm, digest->hex) && !digest->hex[strspn(digest->hex, "0123456789abcdef")];
}

bool stella_digest_strong(const struct stella_digest *digest)
{
	size_t algorithm = find_algorithm(digest->algorithm);

	return algorithm < ALGORITHM_COUNT && algorithms[algorithm].strong && stella_digest_whole(digest);
}

const struct stella_error *stella_digest_parse(struct stella_digest *out, const char *text)
{
	const char *colon = strchr(text, ':');
	struct stella_digest digest = { 0 };

	*out = digest;
	digest.algorithm = colon ? stella_span_strdup(stella_span(text, (size_t)(colon - text)))
		: stella_strdup("sha256");
	digest.hex = stella_strdup(colon ? colon + 1 : text);
	if (stella_digest_strong(&digest)) {
		*out = digest;
		return NULL;
	}
	stella_digest_free(&digest);
	return stella_error(STELLA_USAGE,
		"not a digest: %.200s: expected sha256:HEX, sha512:HEX, gitCommit:HEX "
		"(lower-case, whole), or 64 hex digits of a SHA-256",
		text);
}

/* Two digests of one algorithm that differ are of no artifact, whichever of them a subject has. */
static bool is_contradiction(const struct stella_digest *artifact, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		for (size_t k = i + 1; k < count; k++) {
			if (!strcmp(artifact[i].algorithm, artifact[k].algorithm) && strcmp(artifact[i].hex, artifact[k].hex) != 0)
				return true;
		}
	}
	return false;
}

/* digest_set.md lets any common digest decide; one that differs means that somebody lies, so it is a no here.
 */
bool stella_subject_matches(
	const struct stella_subject *subject, const struct stella_digest *artifact, size_t count)
{
	bool strong = false;

	if (is_contradiction(artifact, count))
		return false;
	for (size_t i = 0; i < subject->digest_count; i++) {
		for (size_t k = 0; k < count; k++) {
			if (strcmp(subject->digests[i].algorithm, artifact[k].algorithm) != 0)
				continue;
			if (strcmp(subject->digests[i].hex, artifact[k].hex) != 0)
				return false;
			if (stella_digest_strong(&artifact[k]))
				strong = true;
		}
	}
	return strong;
}

const struct stella_subject *stella_statement_find_subject(const struct stella_statement *statement,
	const struct stella_digest *artifact, size_t count)
{
	for (size_t i = 0; i < statement->subject_count; i++) {
		if (stella_subject_matches(&statement->subjects[i], artifact, count))
			return &statement->subjects[i];
	}
	return NULL;
}

bool stella_payload_type_is_intoto(const char *payload_type)
{
	static const char start[] = "application/vnd.in-toto.", end[] = "+json";
	size_t size = strlen(payload_type), name;

	if (strcmp(payload_type, STELLA_PAYLOAD_TYPE) == 0)
		return true;
	/* envelope.md: <predicate> is the name of a predicate's specification file */
	if (strncmp(payload_type, start, sizeof start - 1) != 0)
		return false;
	name = strspn(payload_type + sizeof start - 1, "abcdefghijklmnopqrstuvwxyz0123456789-_.");
	return name && size == sizeof start - 1 + name + sizeof end - 1
		&& strcmp(payload_type + sizeof start - 1 + name, end) == 0;
}

/* The first row of a URI is the one that is printed.  cosign's "slsaprovenance" means v0.2. */
static const struct {
	const char *name, *uri;
} predicates[] = {
	{ "slsaprovenance1", "https://slsa.dev/provenance/v1" },
	{ "slsaprovenance02", "https://slsa.dev/provenance/v0.2" },
	{ "slsaprovenance", "https://slsa.dev/provenance/v0.2" },
	{ "spdx", "https://spdx.dev/Document" },
	{ "spdxjson", "https://spdx.dev/Document" },
	{ "spdx23", "https://spdx.dev/Document/v2.3" },
	{ "spdx3", "https://spdx.dev/Document/v3" },
	{ "cyclonedx", "https://cyclonedx.org/bom" },
	{ "cyclonedx14", "https://cyclonedx.org/bom/v1.4" },
	{ "vuln", "https://cosign.sigstore.dev/attestation/vuln/v1" },
	{ "vulns", "https://in-toto.io/attestation/vulns/v0.2" },
	{ "vulns01", "https://in-toto.io/attestation/vulns/v0.1" },
	{ "openvex", "https://openvex.dev/ns" },
	{ "link", "https://in-toto.io/Link/v1" },
	{ "link03", "https://in-toto.io/attestation/link/v0.3" },
	{ "vsa", "https://slsa.dev/verification_summary/v1" },
	{ "testresult", "https://in-toto.io/attestation/test-result/v0.1" },
	{ "scai", "https://in-toto.io/attestation/scai/v0.3" },
	{ "release", "https://in-toto.io/attestation/release/v0.1" },
	{ "svr", "https://in-toto.io/attestation/svr/v0.2" },
	{ "reference", "https://in-toto.io/attestation/reference/v0.1" },
	{ "runtimetrace", "https://in-toto.io/attestation/runtime-trace/v0.1" },
	{ "cosignsign", "https://sigstore.dev/cosign/sign/v1" },
	{ "custom", "https://cosign.sigstore.dev/attestation/v1" },
};
#define PREDICATE_COUNT (sizeof predicates / sizeof *predicates)

/* RFC 3986 3: scheme ":" and something, of characters that a URI may have. */
static bool is_uri(const char *text)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
	size_t first = strspn(text, letters);
	const char *colon = strchr(text, ':');

	if (!first || !colon || !colon[1])
		return false;
	for (const char *at = text; at < colon; at++) {
		if (!strchr(letters, *at) && !strchr("0123456789+-.", *at))
			return false;
	}
	for (const char *at = colon; *at; at++) {
		if (*at <= ' ' || *at >= 0x7f || strchr("\"<>\\^`{|}", *at))
			return false;
	}
	return true;
}

const char *stella_predicate_find(const char *name_or_uri)
{
	for (size_t i = 0; i < PREDICATE_COUNT; i++) {
		if (strcmp(predicates[i].name, name_or_uri) == 0)
			return predicates[i].uri;
	}
	return is_uri(name_or_uri) ? name_or_uri : NULL;
}

const char *stella_predicate_name(const char *uri)
{
	for (size_t i = 0; i < PREDICATE_COUNT; i++) {
		if (strcmp(predicates[i].uri, uri) == 0)
			return predicates[i].name;
	}
	return NULL;
}

bool stella_predicate_at(size_t i, const char **name, const char **uri)
{
	if (i >= PREDICATE_COUNT)
		return false;
	*name = predicates[i].name;
	*uri = predicates[i].uri;
	return true;
}
