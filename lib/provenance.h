/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SLSA provenance v0.2 and v1 (https://slsa.dev/spec/v0.2/provenance, v1.1/provenance): who says that it
 * built, and from which source.  The source is what whoever started the build chose, never a mere
 * dependency: configSource (v0.2), the parameters workflow or source (v1), and for the delegator of
 * slsa-github-generator, which has none, the first dependency.  Claims, as the statement makes them.
 */
#ifndef STELLA_PROVENANCE_H
#define STELLA_PROVENANCE_H

#include "intoto.h"

#define STELLA_PROVENANCE_V02 "https://slsa.dev/provenance/v0.2"
#define STELLA_PROVENANCE_V1 "https://slsa.dev/provenance/v1"

struct stella_provenance {
	char *builder;               /* URI */
	char *build_type;            /* URI */
	char *repository;            /* URI without "git+" and "@ref"; NULL: it names none that is known here */
	char *ref;                   /* "refs/heads/main"; NULL: none */
};

/*
 * REFUSED: no provenance of these versions.  MALFORMED: without builder or build type, or with a source
 * that is none of its dependencies though it lists some.
 */
const struct stella_error *stella_provenance_parse(struct stella_provenance **out,
	const struct stella_statement *statement) STELLA_MUST_USE;
void stella_provenance_free(struct stella_provenance *provenance);

#endif
