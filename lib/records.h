/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The records of a trust tree (formats: stella-records(5)): anchors, issuers, keys, Sigstore roots.  Closed schemas,
 * version 1; a newer version is POLICY_UNSUPPORTED "needs a newer stella".  Loading reads through
 * trust.h, so that only what the state in force says is ever seen.  Not here: decisions.
 */
#ifndef STELLA_RECORDS_H
#define STELLA_RECORDS_H

#include "fields.h"
#include "fulcio.h"
#include "trust.h"
#include "trustroot.h"

struct stella_anchor {          /* anchors/<name>.json, .pem */
	char *name, *reason;
	bool intermediate;           /* "kind": "root" | "intermediate" */
	int64_t valid_from, expires; /* narrows the certificate's own window; NONE: not given */
	struct stella_cert *cert;    /* its SHA-256 is the record's */
};

#define STELLA_SIGSTORE_ENDING ".trusted_root"
#define STELLA_SIGSTORE_THRESHOLD_MAX 32
struct stella_sigstore_root {   /* sigstore/<name>.json, .trusted_root */
	char *name, *reason;
	unsigned logs, scts, times;  /* how many independent ones must vouch for a certificate's signature */
	struct stella_sha256 sha256; /* of the file */
	struct stella_trustroot *root;
};

enum stella_issuer_status {
	STELLA_ISSUER_PROPOSED, STELLA_ISSUER_TRUSTED, STELLA_ISSUER_SUSPENDED, STELLA_ISSUER_REVOKED,
};
struct stella_identity {        /* a certificate that speaks for the issuer */
	char **anchors; size_t anchor_count;     /* names of the roots that may assert it */
	char **sigstore; size_t sigstore_count;  /* and of the Sigstore roots; one of any kind */
	enum stella_san type;
	char *value, *pattern;       /* one of the two: exact, or '*' within a component of a URI */
	char *oidc_issuer;           /* exact; NULL: any (anchors only) */
	char *extensions[STELLA_FULCIO_ARCS]; /* exact; NULL: any */
};
struct stella_issuer {          /* issuers/<id>.json */
	char *id, *reason;
	char *name, *key_directory;  /* may be NULL */
	char *key_directory_pin;     /* SHA-256 of the server's SubjectPublicKeyInfo in hex, or NULL */
	enum stella_issuer_status status;
	int64_t since;               /* suspended or revoked: from then on, and trusted until then; NONE: altogether */
	struct stella_identity *identities; size_t identity_count;
	char **predicate_types; size_t predicate_type_count; /* none: every type */
	/* patterns over subject names, '*' within one component; none: every subject */
	char **subjects; size_t subject_count;
};

/* Retired: out of use, as planned.  Revoked: in other hands; it never comes back. */
enum stella_key_status { STELLA_KEY_ACTIVE, STELLA_KEY_RETIRED, STELLA_KEY_REVOKED_STATUS };
struct stella_key {             /* keys/<keyid>.json, .pem */
	char *id, *issuer, *reason, *replaces; /* replaces may be NULL */
	enum stella_sigalg algorithm;
	enum stella_key_status status;
	int64_t valid_from, expires;  /* NONE: not given */
	int64_t revoked_since;       /* retired or revoked: what was signed before stays; NONE: nothing does */
	struct stella_pubkey *key;
};

/*
 * recorders/<id>.json: a key of a member that recorded times and is in other hands since then.  The id is
 * that of the key material, as the policy has it.
 */
struct stella_lost_recorder {
	char *id, *member, *reason;
	int64_t since;
	struct stella_pubkey *key;   /* an OpenSSH line in the record */
};
const struct stella_error *stella_lost_recorder_load(struct stella_lost_recorder **out, struct stella_trust *trust,
	const char *id) STELLA_MUST_USE;
const struct stella_error *stella_lost_recorder_parse(struct stella_lost_recorder **out, const char *id,
	struct stella_span text) STELLA_MUST_USE;
void stella_lost_recorder_print(struct stella_buf *out, const struct stella_lost_recorder *lost);
void stella_lost_recorder_free(struct stella_lost_recorder *lost);

const struct stella_error *stella_anchor_load(struct stella_anchor **out, struct stella_trust *trust,
	const char *name) STELLA_MUST_USE;
const struct stella_error *stella_issuer_load(struct stella_issuer **out, struct stella_trust *trust,
	const char *id) STELLA_MUST_USE;
const struct stella_error *stella_key_load(struct stella_key **out, struct stella_trust *trust,
	const char *keyid) STELLA_MUST_USE;
const struct stella_error *stella_sigstore_root_load(struct stella_sigstore_root **out, struct stella_trust *trust,
	const char *name) STELLA_MUST_USE;
void stella_anchor_free(struct stella_anchor *anchor);
void stella_issuer_free(struct stella_issuer *issuer);
void stella_key_free(struct stella_key *key);
void stella_sigstore_root_free(struct stella_sigstore_root *root);

/* When an anchor may be used: its certificate's window, narrowed by its record. */
void stella_anchor_window(const struct stella_anchor *anchor, int64_t *from, int64_t *until);

/* The canonical record text of each, for commands that write; the PEM beside it is the caller's. */
void stella_anchor_print(struct stella_buf *out, const struct stella_anchor *anchor);
void stella_issuer_print(struct stella_buf *out, const struct stella_issuer *issuer);
void stella_key_print(struct stella_buf *out, const struct stella_key *key);
void stella_sigstore_root_print(struct stella_buf *out, const struct stella_sigstore_root *root);
/* From record text alone (for pull requests and checks of a tree): the same parsers, PEM given. */
const struct stella_error *stella_anchor_parse(struct stella_anchor **out, const char *name,
	struct stella_span text, struct stella_span pem) STELLA_MUST_USE;
const struct stella_error *stella_issuer_parse(struct stella_issuer **out, const char *id,
	struct stella_span text) STELLA_MUST_USE;
const struct stella_error *stella_key_parse(struct stella_key **out, const char *keyid,
	struct stella_span text, struct stella_span pem) STELLA_MUST_USE;
const struct stella_error *stella_sigstore_root_parse(struct stella_sigstore_root **out, const char *name,
	struct stella_span text, struct stella_span file) STELLA_MUST_USE;

/*
 * Is what loading one came to a fault of the record itself (damaged, or for a newer stella), so that others still count,
 * or one of reading the trust state?
 */
bool stella_record_is_at_fault(const struct stella_error *err);
/* "proposed" "trusted" "suspended" "revoked"; "active" "retired" "revoked" */
const char *stella_issuer_status_name(enum stella_issuer_status status);
const char *stella_key_status_name(enum stella_key_status status);
bool stella_issuer_may_attest_type(const struct stella_issuer *issuer, const char *predicate_type);
/* A subject without a name (NULL) only if there are no patterns. */
bool stella_issuer_may_attest_subject(const struct stella_issuer *issuer, const char *subject_name);

/* Is this name of a certificate that of the identity? */
bool stella_identity_has_name(const struct stella_identity *identity, enum stella_san type, const char *value);
bool stella_identity_has_claims(const struct stella_identity *identity); /* asks for more than the name */
/* NULL: the certificate says all that is asked for beside the name; IDENTITY_MISMATCH with what it says instead. */
const struct stella_error *stella_identity_verify_claims(const struct stella_identity *identity,
	const struct stella_fulcio *fulcio) STELLA_MUST_USE;
/* As in an issuer's subjects: '*' stands for any characters within one component between slashes. */
bool stella_pattern_matches(const char *pattern, const char *text);

#endif
