/* SPDX-License-Identifier: Apache-2.0 */
/* impact: what its parts share.  For cmd_impact.c and impact_gates.c only. */
#ifndef STELLA_SRC_IMPACT_H
#define STELLA_SRC_IMPACT_H

#include "cmd.h"
#include "sweep.h"

/* A gate that says something else of an artifact. */
struct gate_change {
	char *gate, *artifact;
	bool met[2], gone;           /* gone: there would be no such gate */
};
struct impact {
	struct stella_trust *before; /* borrowed */
	struct stella_trust *after;
	struct stella_recorded *recorded[2];
	struct stella_store *store;  /* borrowed */
	struct stella_oid commit, tree;
	char *name;                  /* what was asked about */
	struct stella_error unusable; /* the first record of the proposal that speaks for nobody; "" none */
	struct stella_proposal *proposal;
	struct stella_sweep *sweep;
	struct gate_change *gates; size_t gate_count, gate_cap;
};

/* ---- impact_gates.c: what gates say of each artifact, in force and proposed; those that differ */
const struct stella_error *impact_gates(struct impact *impact, struct cmd *cmd) STELLA_MUST_USE;

#endif
