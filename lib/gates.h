/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gates/<name>.json: what an artifact needs to pass (format: stella-records(5)).  A list of requirements,
 * all of which must be met; each says what an attestation must be to count, and whose.  Closed schema,
 * version 1.  Not here: whether anything meets it (gate.h).
 */
#ifndef STELLA_GATES_H
#define STELLA_GATES_H

#include "records.h"

#define STELLA_REQUIREMENTS_MAX 100  /* of a gate */
#define STELLA_SIGNERS_MAX 100       /* groups of one requirement */
#define STELLA_GATE_DEFAULT "default"

struct stella_gate_list {
	char **items; size_t count;
};
struct stella_gate_signers {        /* so many issuers of these */
	char *team;                  /* what people call them; may be NULL */
	struct stella_gate_list issuers; /* none: any trusted issuer */
	unsigned count;
};
struct stella_requirement {
	char *name;
	struct stella_gate_list types;   /* names or URIs, any of which; none: any */
	struct stella_gate_list subjects; /* patterns, one of which the artifact must be called; none: any name */
	struct stella_gate_signers *signers; size_t signer_count; /* all of them; none: any one trusted issuer */
	int64_t max_age;             /* seconds; 0: any */
	bool slsa;                   /* only SLSA provenance counts; patterns, none: any */
	struct stella_gate_list builders, repositories, refs;
	bool vsa;                    /* only a verification summary counts; patterns, none: any */
	struct stella_gate_list verifiers, resources, policies;
	struct stella_gate_list levels;  /* all of these, each reached or surpassed */
};
struct stella_gate {
	char *name, *reason;
	struct stella_requirement *requirements; size_t requirement_count; /* at least one */
};

/* NOT_FOUND, and as parse. */
const struct stella_error *stella_gate_load(struct stella_gate **out, struct stella_trust *trust, const char *name) STELLA_MUST_USE;
/* MALFORMED, LIMIT; POLICY_UNSUPPORTED for a newer version. */
const struct stella_error *stella_gate_parse(struct stella_gate **out, const char *name, struct stella_span text) STELLA_MUST_USE;
void stella_gate_free(struct stella_gate *gate);
/* The canonical record text. */
void stella_gate_print(struct stella_buf *out, const struct stella_gate *gate);

/* "30d" or "12h" and back; what are whole days is written in days.  MALFORMED. */
#define STELLA_AGE_TEXT 24
const struct stella_error *stella_gate_age_parse(int64_t *out, const char *text) STELLA_MUST_USE;
void stella_gate_age_print(char out[STELLA_AGE_TEXT], int64_t age);

/* Is there none, or does one of these patterns match?  NULL matches no pattern. */
bool stella_gate_list_matches(const struct stella_gate_list *patterns, const char *text);

#endif
