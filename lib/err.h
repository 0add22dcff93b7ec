/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The error value.  Every fallible function returns `const struct stella_error *`; NULL means
 * done and true.  An error carries a code (which fixes the exit status and the stable word of
 * the verdict) and one line of text: what, where, expected and found.  Text may hold hostile
 * bytes; only the printer in src/ escapes.  Not here: printing, exiting.
 *
 * Errors live in slots of the thread: one is valid until its thread has made 16 more.  Whoever
 * keeps one longer copies it.
 */
#ifndef STELLA_ERR_H
#define STELLA_ERR_H

#include <stdbool.h>
#include <stddef.h>

#define STELLA_MUST_USE __attribute__((warn_unused_result))
#define STELLA_PRINTF(f, a) __attribute__((format(printf, f, a)))

#define STELLA_ERROR_MAX 1024 /* bytes of a message with its NUL; longer ones are cut */

/* Exit status, by kind of failure.  No kind but full success maps to 0. */
enum stella_exit {
	STELLA_EXIT_OK = 0,
	STELLA_EXIT_REFUSED = 1,   /* fully checked, the answer is no */
	STELLA_EXIT_USAGE = 2,
	STELLA_EXIT_MALFORMED = 3, /* input that cannot be what it should be */
	STELLA_EXIT_TRUST = 4,     /* no pin, rollback, fork, expired policy, approval missing */
	STELLA_EXIT_MISSING = 5,   /* not found or incomplete */
	STELLA_EXIT_LIMIT = 6,
	STELLA_EXIT_SYSTEM = 7,    /* I/O, lock, memory, a helper died */
};

/* X(name, stable word, exit status).  The words are part of the interface. */
#define STELLA_CODES(X) \
	/* refused: the verdict on evidence */ \
	X(SIGNATURE_MISMATCH, "signature-mismatch", REFUSED) \
	X(ANCHOR_MISSING, "anchor-missing", REFUSED) \
	X(CHAIN_INVALID, "chain-invalid", REFUSED) \
	X(CERT_EXPIRED, "cert-expired", REFUSED) \
	X(KEY_EXPIRED, "key-expired", REFUSED) \
	X(KEY_UNKNOWN, "key-unknown", REFUSED) \
	X(KEY_REVOKED, "key-revoked", REFUSED) \
	X(ISSUER_UNTRUSTED, "issuer-untrusted", REFUSED) \
	X(ALGORITHM_UNSUPPORTED, "algorithm-unsupported", REFUSED) \
	X(PREDICATE_NOT_ALLOWED, "predicate-not-allowed", REFUSED) \
	X(SUBJECT_MISMATCH, "subject-mismatch", REFUSED) \
	X(GATE_UNMET, "gate-unmet", REFUSED) \
	X(LOG_ENTRY_MISMATCH, "log-entry-mismatch", REFUSED) \
	X(TIMESTAMP_INVALID, "timestamp-invalid", REFUSED) \
	X(IDENTITY_MISMATCH, "identity-mismatch", REFUSED) \
	X(NO_ATTESTATION, "no-attestation", REFUSED) \
	X(EXPIRING, "expiring", REFUSED) \
	X(REFUSED, "refused", REFUSED) \
	/* usage */ \
	X(USAGE, "usage", USAGE) \
	/* malformed */ \
	X(MALFORMED, "malformed", MALFORMED) \
	/* trust state */ \
	X(NO_PIN, "no-pin", TRUST) \
	X(BAD_ROOT, "bad-root", TRUST) \
	X(NO_ROOT, "no-root", TRUST) \
	X(ROLLBACK, "rollback", TRUST) \
	X(FORK, "fork", TRUST) \
	X(POLICY_EXPIRED, "policy-expired", TRUST) \
	X(POLICY_UNSUPPORTED, "policy-unsupported", TRUST) \
	X(APPROVAL_MISSING, "approval-missing", TRUST) \
	X(NOT_AUTHORIZED, "not-authorized", TRUST) \
	X(NOT_ON_BRANCH, "not-on-branch", TRUST) \
	X(MEMORY_DAMAGED, "memory-damaged", TRUST) \
	X(OWNER, "owner", TRUST) \
	/* not found or incomplete */ \
	X(NOT_FOUND, "not-found", MISSING) \
	X(INCOMPLETE, "incomplete", MISSING) \
	X(REPOSITORY, "repository", MISSING) \
	/* limit */ \
	X(LIMIT, "limit", LIMIT) \
	/* system */ \
	X(SYSTEM, "system", SYSTEM) \
	X(CONFLICT, "conflict", SYSTEM) /* somebody else changed it meanwhile; try again */ \
	X(HELPER, "helper", SYSTEM)     /* a program that we started failed */ \
	X(INTERNAL, "internal", SYSTEM)

enum stella_code {
#define X(name, word, status) STELLA_##name,
	STELLA_CODES(X)
#undef X
	STELLA_CODE_COUNT
};

struct stella_error {
	enum stella_code code;
	char message[STELLA_ERROR_MAX];
};

/* A new error in a slot of this thread. */
const struct stella_error *stella_error(enum stella_code code, const char *format, ...)
	STELLA_PRINTF(2, 3) STELLA_MUST_USE;

/* The same for a failed system call: appends ": " and the text of errno. */
const struct stella_error *stella_error_errno(const char *format, ...)
	STELLA_PRINTF(1, 2) STELLA_MUST_USE;

/* The same error with "<prefix>: " before its message: what a layer alone knows, said once. */
const struct stella_error *stella_error_prefix(const struct stella_error *err,
	const char *format, ...) STELLA_PRINTF(2, 3) STELLA_MUST_USE;

/* The same message under another code, for a layer that knows better what it means. */
const struct stella_error *stella_error_recode(const struct stella_error *err,
	enum stella_code code) STELLA_MUST_USE;

bool stella_error_is(const struct stella_error *err, enum stella_code code); /* NULL is none */
const char *stella_code_word(enum stella_code code);
enum stella_exit stella_code_exit(enum stella_code code);

#endif
