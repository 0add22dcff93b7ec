/* SPDX-License-Identifier: Apache-2.0 */
/* One run of verify.c and verify_signature.c. */
#ifndef STELLA_VERIFY_INTERNAL_H
#define STELLA_VERIFY_INTERNAL_H

#include "identities.h"
#include "keyring.h"
#include "verify.h"

/* What is asked, of which state, and what was read on the way. */
struct stella_verify_run {
	const struct stella_evidence *evidence;
	struct stella_trust *trust;
	struct stella_shelf *shelf; /* its records */
	const struct stella_verify_options *options;
	struct stella_report *report;
	struct stella_keyring *keyring;
	struct stella_roots *roots;
	struct stella_identities *identities;
	struct stella_buf pae;      /* the bytes that every signature must be over */
};

/* Adds the step, failed or with this text, and hands the error back. */
const struct stella_error *stella_verify_step(struct stella_verify_run *run, const char *name,
	size_t signature, const char *object, const struct stella_error *err, const char *ok) STELLA_MUST_USE;

/* Judges one signature and fills its report: refusals are noted there; what is handed back ends the run. */
const struct stella_error *stella_verify_signature(
	struct stella_verify_run *run, size_t index) STELLA_MUST_USE;

#endif
