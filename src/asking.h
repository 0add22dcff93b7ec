/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of verify artifact, for cmd_artifact.c and artifact_answer.c only. */
#ifndef STELLA_ASKING_H
#define STELLA_ASKING_H

#include "cmd.h"
#include "gate.h"

/* One question and its answer. */
struct asking {
	struct artifact artifact;
	struct stella_verify_options options;
	struct stella_trust *trust;  /* borrowed */
	struct stella_shelf *shelf;  /* its records, which the reports borrow from */
	struct stella_store *store;  /* borrowed */
	struct stella_recorded *recorded;
	struct stella_judged_list found;
	struct stella_gate *gate;    /* NULL: one trusted attestation is enough */
	struct stella_gate_result *result; /* of the gate */
	struct stella_error slot;
	const struct stella_error *verdict; /* NULL: yes */
	const char *next;            /* the hint */
	struct stella_explanation **why; size_t why_count; /* of each that counts, then of the gate, where explained */
	bool has_vsa;
	struct stella_sha256 vsa;    /* id of the summary that was written */
};

/* ---- cmd_artifact.c: the next command for one that does not count; NULL: none */
const char *next_of_item(struct cmd *cmd, const struct asking *a, const struct stella_judged *item);
/* ---- cmd_artifact.c, for whoever asks the same of another set of attestations */
/* The gate of that name; NULL: the default one, if there is one. */
const struct stella_error *asking_load_gate(struct asking *a, struct cmd *cmd, const char *name) STELLA_MUST_USE;
/* What was found to the verdict.  An error: could not be decided.  *which: the item that a no is about, or the count. */
const struct stella_error *asking_decide(struct asking *a, size_t *which) STELLA_MUST_USE;
/* Of a no, of all that could be judged: one of them is to be mended. */
const struct stella_error *asking_explain(struct asking *a) STELLA_MUST_USE;
void asking_free(struct asking *a); /* frees the content */

/* ---- artifact_answer.c */
void say_artifact_answer(struct cmd *cmd, const struct asking *a);
void json_artifact_answer(struct cmd *cmd, const struct asking *a);
void say_artifact(struct cmd *cmd, const struct asking *a);           /* the same, less its first line and next step */
struct stella_json *json_artifact(struct cmd *cmd, const struct asking *a);            /* less the git commands */
/* ---- vsa.c: what the answer rests on: of a no all that there was */
bool asking_rests_on(const struct asking *a, size_t i);
/* Signs and writes --vsa, whole or not at all */
const struct stella_error *vsa_write(struct cmd *cmd, struct asking *a, const struct signing *signing) STELLA_MUST_USE;

#endif
