/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does what was found about an artifact meet a gate: every requirement, by attestations that count
 * (judged.h) and are what it asks for.  Issuers are counted, not signatures and not attestations.
 * Freshness counts times that were verified and no other; where there is none it is unmet.  The report is
 * for people; NULL alone means that the gate is met.
 */
#ifndef STELLA_GATE_H
#define STELLA_GATE_H

#include "gates.h"
#include "judged.h"

/* So many issuers of a group, and who of them spoke. */
struct stella_gate_count {
	const struct stella_gate_signers *signers; /* borrowed; NULL: any one trusted issuer */
	unsigned wanted;
	const char **issuers; size_t issuer_count; /* distinct; borrowed from the reports */
};

struct stella_requirement_result {
	const struct stella_requirement *requirement; /* borrowed */
	bool met;
	struct stella_gate_count *counts; size_t count_count;
	struct stella_error *why;            /* for each judged item: why it does not count here; no message: it does */
};

struct stella_gate_result {
	const struct stella_gate *gate;      /* borrowed */
	struct stella_requirement_result *requirements; size_t requirement_count;
};

/*
 * *out is yours, also where the answer is no, and borrows from gate and list.  GATE_UNMET names every
 * requirement that is not met; what could not be read makes a no INCOMPLETE or NOT_FOUND.
 */
const struct stella_error *stella_gate_verify(struct stella_gate_result **out, const struct stella_gate *gate,
	struct stella_judged_list *list, const struct stella_verify_options *options) STELLA_MUST_USE;
void stella_gate_result_free(struct stella_gate_result *result);

#endif
