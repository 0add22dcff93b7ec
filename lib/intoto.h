/* SPDX-License-Identifier: Apache-2.0 */
/*
 * in-toto Statements v0.1 and v1 (in-toto/attestation, spec/v1/statement.md, resource_descriptor.md,
 * digest_set.md): subjects, predicate type, the predicate as JSON; does a subject match.
 */
#ifndef STELLA_INTOTO_H
#define STELLA_INTOTO_H

#include "digest.h"
#include "json.h"

#define STELLA_PAYLOAD_TYPE "application/vnd.in-toto+json"
#define STELLA_STATEMENT_V01 "https://in-toto.io/Statement/v0.1"
#define STELLA_STATEMENT_V1 "https://in-toto.io/Statement/v1"
#define STELLA_SUBJECTS_MAX 1024
#define STELLA_DIGESTS_MAX 32

struct stella_digest {
	char *algorithm;             /* "sha256", "gitCommit", ... */
	char *hex;                   /* lower case, where stella_digest_whole */
};
struct stella_subject {
	char *name;                  /* NULL: none */
	struct stella_digest *digests; size_t digest_count;
};
struct stella_statement {
	char *type;                  /* one of the two above */
	char *predicate_type;
	struct stella_subject *subjects; size_t subject_count;
	const struct stella_json *predicate; /* borrowed from document; NULL: none */
	struct stella_json *document;
};

const struct stella_error *stella_statement_parse(
	struct stella_statement **out, struct stella_span payload) STELLA_MUST_USE;
/* The same where nobody asks what is said: the predicate type, which there must be, may be empty. */
const struct stella_error *stella_statement_parse_untyped(
	struct stella_statement **out, struct stella_span payload) STELLA_MUST_USE;
void stella_statement_free(struct stella_statement *statement);

/* "sha256:HEX", "sha512:HEX", "gitCommit:HEX" or bare HEX of 64 (sha256); USAGE. *out's texts are yours. */
const struct stella_error *stella_digest_parse(struct stella_digest *out, const char *text) STELLA_MUST_USE;
void stella_digest_free(struct stella_digest *digest);
/* Lower-case hex of the length that the algorithm has; of an algorithm that is not known here any text is. */
bool stella_digest_whole(const struct stella_digest *digest);
/*
 * Known, collision-resistant, and a whole lower-case hex value: may decide what an artifact is, and may be
 * part of a path.  Not sha1 and md5, not an algorithm of somebody's own, not "78ab6a8..." of an example.
 */
bool stella_digest_strong(const struct stella_digest *digest);
/*
 * The first subject that the artifact with these digests is: at least one strong algorithm in common, and
 * none in common that differs; no artifact has two that contradict each other.  NULL: none;
 * SUBJECT_MISMATCH is for the caller to say.
 */
const struct stella_subject *stella_statement_find_subject(const struct stella_statement *statement,
	const struct stella_digest *artifact, size_t count);

/* The same of one subject. */
bool stella_subject_matches(const struct stella_subject *subject, const struct stella_digest *artifact, size_t count);

/* STELLA_PAYLOAD_TYPE, or its form that names the predicate (envelope.md); by exact bytes. */
bool stella_payload_type_is_intoto(const char *payload_type);

/* cosign's short names to predicate type URIs and back.  find: NULL for what is neither a name nor a URI. */
const char *stella_predicate_find(const char *name_or_uri);
const char *stella_predicate_name(const char *uri); /* NULL: none */
/* Row i of the table, for help and completion; false past the end. */
bool stella_predicate_at(size_t i, const char **name, const char **uri);

#endif
