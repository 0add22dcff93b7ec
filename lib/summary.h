/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Predicates that give a result: SLSA Verification Summary Attestations v0.1, v0.2 and v1
 * (https://slsa.dev/spec/v1.1/verification_summary, https://slsa.dev/verification_summary/v0.2, v0.1 the
 * same) and in-toto test results v0.1.  Says whether what was signed speaks for its subject at all, and
 * what a summary claims.  Not here: whether anybody is to be believed.
 */
#ifndef STELLA_SUMMARY_H
#define STELLA_SUMMARY_H

#include "intoto.h"

#define STELLA_SUMMARY_V1 "https://slsa.dev/verification_summary/v1"
#define STELLA_SUMMARY_V02 "https://slsa.dev/verification_summary/v0.2"
#define STELLA_SUMMARY_V01 "https://slsa.dev/verification_summary/v0.1"
#define STELLA_TEST_RESULT "https://in-toto.io/attestation/test-result/v0.1"

/*
 * NULL: a predicate type without a result, or its result is exactly PASSED and no level says FAILED.
 * REFUSED: another one, or a version of these types that is not known; MALFORMED: a type that has one,
 * without it.
 */
const struct stella_error *stella_summary_verify_positive(const struct stella_statement *statement) STELLA_MUST_USE;

/* A verification summary of any of the versions, as it claims to be. */
struct stella_summary {
	char *verifier;              /* URI */
	char *resource;              /* URI; NULL: v0.1, which has none */
	char *policy;                /* URI */
	char **levels; size_t level_count; /* "SLSA_BUILD_LEVEL_3" */
};
/* REFUSED: no summary; MALFORMED: without a verifier, resource, policy or levels. */
const struct stella_error *stella_summary_parse(struct stella_summary **out,
	const struct stella_statement *statement) STELLA_MUST_USE;
void stella_summary_free(struct stella_summary *summary);
/* Is this level, or a higher one of its track ("SLSA_<track>_LEVEL_<n>"), among them? */
bool stella_summary_has_level(const struct stella_summary *summary, const char *level);

#endif
