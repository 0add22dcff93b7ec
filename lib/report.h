/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a verdict has to say to people: every step with the object that it looked at, every signature
 * with its key or certificate and the records that speak for it.  A value that verify.h fills; it
 * decides nothing.  Texts may hold hostile bytes; only the printer escapes.
 */
#ifndef STELLA_REPORT_H
#define STELLA_REPORT_H

#include "evidence.h"
#include "fulcio.h"

enum stella_step_result { STELLA_STEP_OK, STELLA_STEP_FAIL, STELLA_STEP_SKIPPED, STELLA_STEP_NOT_CHECKED };
struct stella_step {
	/* "policy" "envelope" "signature" "key" "chain" "identity" "issuer" "predicate" "subject" "asked"
	 * "record" "log" "timestamp" "time" */
	const char *name;
	enum stella_step_result result;
	enum stella_code code;       /* of a failure */
	size_t signature;            /* 1-based; 0: of the whole attestation */
	char *object; /* what it looked at: "signature 1", "keys/ab...json", a commit; may be NULL */
	char *text;                  /* one line; expected and found */
};

/* One signature of the envelope, judged. */
struct stella_signature_report {
	size_t index;                /* 0-based */
	bool trusted;
	bool intact;                 /* it verifies under a key or certificate that is known here */
	enum stella_code code;       /* why not trusted */
	char *message;
	char *hint;                  /* the key id or hint that came with it, unauthenticated; NULL: none */
	char *algorithm;             /* as verified or as the key says; NULL unknown */
	char *keyid;                 /* key that verified it, hex; NULL: none or a certificate */
	char *issuer;                /* id; NULL: none */
	struct stella_chain chain;   /* of a certificate signature; count 0 else */
	const struct stella_cert *leaf; /* its certificate, also where no chain was found; NULL: none */
	char *identity;              /* "email:a@b"; NULL for a key */
	struct stella_fulcio *fulcio; /* what its certificate says beside, where an identity asked for it; NULL: nothing */
	bool asked[STELLA_FULCIO_ARCS]; /* of that, what the identity asks for */
	bool *names;                 /* of each subject: may the issuer give it this name?  NULL: not judged */
	char **records; size_t record_count; /* paths of the records that its verdict rests on */
};

/* A time at which the signature is proven to have been there. */
struct stella_report_time {
	int64_t time;
	char *source;                /* "rekor" "rfc3161" "recorded" */
	char *object;                /* who says so: URI of a log or authority, a commit; NULL: no name */
	char *record;                /* by which record that counts: "sigstore/public-good.json"; may be NULL */
};

struct stella_times {
	struct stella_report_time *items; size_t count;
};
/* Each once; object and record may be NULL. */
void stella_times_add(struct stella_times *times, int64_t time, const char *source, const char *object,
	const char *record);
void stella_times_free(struct stella_times *times); /* frees the content */

struct stella_report {
	const struct stella_evidence *evidence; /* borrowed */
	struct stella_step *steps; size_t step_count, step_cap;
	struct stella_signature_report *signatures; size_t signature_count;
	char **issuers; size_t issuer_count;    /* distinct trusted issuers that signed */
	int64_t now;
	struct stella_times times;              /* verified */
	struct stella_report_time recorded;     /* counts where nothing else proves a time; source NULL: none */
	int64_t time;                           /* the time that counted: the earliest of them, else now */
	const char *time_source;                /* "now" (a printer may have another word), or the source of that one */
	struct stella_cert **certs; size_t cert_count, cert_cap; /* owns what chains point to */
	struct stella_error trouble;            /* the first record that could not be used; "" none */
	bool trusted;                           /* the same answer as the return value of verify */
	struct stella_error verdict;            /* !trusted: code and message */
};

struct stella_report *stella_report_new(const struct stella_evidence *evidence, int64_t now);
void stella_report_free(struct stella_report *report);

/* object may be NULL.  signature 1-based, 0 for the whole. */
void stella_report_step(struct stella_report *report, const char *name, enum stella_step_result result,
	size_t signature, const char *object, const char *format, ...) STELLA_PRINTF(6, 7);
/* The same for a failed one. */
void stella_report_failure(struct stella_report *report, const char *name, size_t signature,
	const char *object, const struct stella_error *err);
/* Why a signature does not count; the latest word stays. */
void stella_report_refuse(struct stella_signature_report *signature, const struct stella_error *err);
void stella_report_record(struct stella_signature_report *signature, const char *path); /* each once */
void stella_report_forget(struct stella_signature_report *signature); /* issuer, identity, claims, chain, records */
/* These times are what is verified, and no others; copied.  The time that counts follows. */
void stella_report_set_times(struct stella_report *report, const struct stella_times *times);
/* A recorder's word (object: whose), once: it counts as long as no other time is verified. */
/* What was recorded, where nothing else proves a time. */
void stella_report_add_recorded(struct stella_times *times, const struct stella_report *report);
void stella_report_set_recorded(struct stella_report *report, int64_t time, const char *object);
/* When all must have been good: at every verified time; where there is none, at the one that counts instead. */
size_t stella_report_moment_count(const struct stella_report *report);
int64_t stella_report_moment(const struct stella_report *report, size_t i);
void stella_report_issuer(struct stella_report *report, const char *id);                /* each once */
/* Did this issuer (NULL: any) sign, and may it give the subject its name? */
bool stella_report_may_name(const struct stella_report *report, const char *issuer, size_t subject);
/* A record that cannot be used by its own fault (damaged, or for a newer stella) speaks for nobody, and is named. */
void stella_report_trouble(struct stella_report *report, const char *path, const struct stella_error *why);
const struct stella_cert *stella_report_own(struct stella_report *report, struct stella_cert *cert);

/*
 * Of several refusals the most telling: the one that came furthest on the way to a yes.  A greater
 * number beats a smaller one; equal ones stay as they stand.
 */
unsigned stella_report_rank(enum stella_code code);

/* The next command to run for a failure; "" where there is none.  Placeholders: %a attestation id, %i issuer,
 * %k key id. */
const char *stella_code_hint(enum stella_code code);

#endif
