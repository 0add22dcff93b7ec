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
	struct stella_explanation **why; size_t why_count; /* --explain: of each that counts, then of the gate */
	bool has_vsa;
	struct stella_sha256 vsa;    /* id of the summary that was written */
};

/* ---- cmd_artifact.c: the next command for one that does not count; NULL: none */
const char *next_of_item(struct cmd *cmd, const struct asking *a, const struct stella_judged *item);
/* ---- artifact_answer.c */
void say_artifact_answer(struct cmd *cmd, const struct asking *a);
void json_artifact_answer(struct cmd *cmd, const struct asking *a);
/* ---- vsa.c: signs and writes --vsa, whole or not at all */
const struct stella_error *vsa_write(struct cmd *cmd, struct asking *a, const struct signing *signing) STELLA_MUST_USE;

#endif
