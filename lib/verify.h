/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verdict: evidence and trust state to true, or the first reason why not.  NULL means that
 * everything asked for is true; the report is for people and names every step, object, commit and
 * person.  Opens no network connection and starts no program.
 */
#ifndef STELLA_VERIFY_H
#define STELLA_VERIFY_H

#include "evidence.h"
#include "records.h"

enum stella_step_result { STELLA_STEP_OK, STELLA_STEP_FAIL, STELLA_STEP_SKIPPED, STELLA_STEP_NOT_CHECKED };
struct stella_step {
	const char *name;            /* "envelope" "signature" "key" "issuer" "predicate" "subject" "time" "policy" ... */
	enum stella_step_result result;
	enum stella_code code;       /* of a failure */
	char *object;                /* what it looked at: "signature 1", "keys/ab...json", a commit; may be NULL */
	char *text;                  /* one line; expected and found */
};

/* One signature of the envelope, judged. */
struct stella_signature_report {
	size_t index;                /* 0-based */
	bool trusted;
	enum stella_code code;       /* why not */
	char *message;
	char *algorithm;             /* as verified or as the key says; NULL unknown */
	char *keyid;                 /* key that verified it, hex; NULL: none or a certificate */
	char *issuer;                /* id; NULL: none */
	struct stella_chain chain;   /* of a certificate signature; count 0 else */
	char *identity;              /* "email:a@b"; NULL for a key */
};

struct stella_report {
	const struct stella_evidence *evidence; /* borrowed */
	struct stella_step *steps; size_t step_count;
	struct stella_signature_report *signatures; size_t signature_count;
	char **issuers; size_t issuer_count;    /* distinct trusted issuers that signed */
	int64_t time;                           /* the time that counted */
	const char *time_source;                /* "now", ... */
	struct stella_cert **certs; size_t cert_count; /* owns what chains point to */
	bool trusted;                           /* the same answer as the return value */
	struct stella_error verdict;            /* !trusted: code and message */
};

struct stella_verify_options {
	int64_t now;
	const char *predicate_type;  /* URI that is asked for; NULL: any */
	const struct stella_digest *artifact; size_t artifact_count; /* that a subject must match; 0: not asked */
	const char *issuer;          /* only this issuer's signature counts; NULL: any trusted one */
};

/* *report is yours, also where the answer is no (NULL only if the evidence could not be judged at all). */
const struct stella_error *stella_verify(struct stella_report **report, const struct stella_evidence *evidence,
	struct stella_trust *trust, const struct stella_verify_options *options) STELLA_MUST_USE;
void stella_report_free(struct stella_report *report);

/* The next command to run for a failure; "" where there is none.  Placeholders: %a attestation id, %i issuer, %k key id. */
const char *stella_code_hint(enum stella_code code);

#endif
