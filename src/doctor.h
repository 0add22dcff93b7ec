/* SPDX-License-Identifier: Apache-2.0 */
/*
 * doctor: named checks, each a function that leaves findings.  A check changes nothing and cannot stop the others;
 * what several of them need is loaded once.  To add one: a function, and a row in src/doctor.c.
 */
#ifndef STELLA_DOCTOR_H
#define STELLA_DOCTOR_H

#include "cmd.h"

enum severity { SEVERITY_OK, SEVERITY_NOTE, SEVERITY_WARNING, SEVERITY_ERROR };

struct finding {
	const char *check;          /* its name */
	enum severity severity;
	enum stella_code code;      /* of an error */
	char *text, *remedy;        /* remedy: the command that helps, or NULL */
};
struct doctor {
	struct cmd *cmd;
	int64_t within;             /* seconds: what ends sooner is told */
	const char *check;          /* the one that runs */
	struct finding *findings; size_t count, cap;
	/* The trust state as it follows from the root, without memory; trust_error where it cannot be had. */
	struct stella_trust *trust;
	bool trust_tried;
	struct stella_error trust_error; /* "" none */
	struct endings endings;     /* of that state */
	struct stella_error endings_error; /* "" none */
	bool endings_tried;
};

void find_ok(struct doctor *d, const char *format, ...) STELLA_PRINTF(2, 3);
void find_note(struct doctor *d, const char *remedy, const char *format, ...) STELLA_PRINTF(3, 4);
void find_warning(struct doctor *d, const char *remedy, const char *format, ...) STELLA_PRINTF(3, 4);
void find_error(struct doctor *d, enum stella_code code, const char *remedy, const char *format, ...) STELLA_PRINTF(4, 5);
void find_failure(struct doctor *d, const struct stella_error *err, const char *remedy); /* remedy NULL: hint_of */
/* The pinned root; false where none is, or no repository. */
bool doctor_root(struct stella_oid *out, struct doctor *d);
struct stella_trust *doctor_try_trust(struct doctor *d); /* NULL: d->trust_error says why */
/* NULL where it could not be loaded: then the check of the trust state says why, and this one notes that it did not run. */
struct stella_trust *doctor_trust(struct doctor *d);
const struct endings *doctor_endings(struct doctor *d); /* where doctor_trust gives one; NULL: a finding says why */

/* doctor_trust.c */
void check_pin(struct doctor *d);
void check_trust_state(struct doctor *d);
void check_expiry(struct doctor *d);
void check_approvals(struct doctor *d);
void check_records_usable(struct doctor *d);
void check_memory(struct doctor *d);
void check_clock(struct doctor *d);
/* doctor_host.c */
void check_verification_health(struct doctor *d);
void check_log(struct doctor *d);
void check_repository(struct doctor *d);
void check_confinement(struct doctor *d);
void check_environment(struct doctor *d);
/* doctor_keys.c */
void check_signing(struct doctor *d);
void check_attest_key(struct doctor *d);
void check_crypto(struct doctor *d);

#endif
