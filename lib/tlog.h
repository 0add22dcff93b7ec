/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A transparency log entry of a Sigstore bundle (sigstore_rekor.proto; Rekor v1: signed entry timestamp, inclusion
 * proof, checkpoint; Rekor v2: proof and checkpoint), bound to what it should record.  Integrated time
 * counts only under a verified signed entry timestamp.
 */
#ifndef STELLA_TLOG_H
#define STELLA_TLOG_H

#include "merkle.h"
#include "note.h"
#include "trustroot.h"

#define STELLA_TLOG_BODY_MAX (16u << 20)

struct stella_tlog_entry {
	int64_t log_index, integrated_time;  /* integrated_time 0: none */
	struct stella_buf log_id;            /* logId.keyId */
	char *kind, *version;                /* "hashedrekord" "0.0.1" ... */
	struct stella_buf set;               /* inclusionPromise.signedEntryTimestamp; empty: none */
	bool has_proof;
	int64_t proof_index, proof_size;
	struct stella_sha256 proof_root, *proof_hashes; size_t proof_count;
	struct stella_buf checkpoint;        /* the note; empty: none */
	struct stella_buf body;              /* canonicalizedBody */
};
/* MALFORMED, LIMIT. */
const struct stella_error *stella_tlog_parse(struct stella_tlog_entry **out, const struct stella_json *entry) STELLA_MUST_USE;
void stella_tlog_free(struct stella_tlog_entry *entry);

/* What the entry must record; all that is there is compared, in every version and kind. */
struct stella_tlog_expected {
	unsigned minor;                      /* of the bundle: 0.1 must have a signed entry timestamp, later ones a proof */
	struct stella_span digests[STELLA_HASH_COUNT]; /* of what was signed (artifact, or DSSE's PAE); empty: not known */
	struct stella_span signature;        /* raw */
	struct stella_span cert;             /* DER; empty: a bare key */
	const struct stella_pubkey *key;     /* of the certificate, or the bare key */
	struct stella_span payload;          /* DSSE payload, decoded */
	const char *payload_type;            /* NULL: a message signature */
};
/* NULL: the body is of a kind that is known and records exactly this.  LOG_ENTRY_MISMATCH with what, expected and found. */
const struct stella_error *stella_tlog_verify_body(const struct stella_tlog_entry *entry,
	const struct stella_tlog_expected *expected) STELLA_MUST_USE;

/* The result of one entry: which log vouches, and a time only if the SET proves one. */
struct stella_tlog_result {
	const struct stella_log *log;        /* borrowed from the root */
	bool has_time;
	int64_t time;
	bool proven;                         /* inclusion proof to a checkpoint that the log signed */
};
/*
 * The body, and the log: known by its id, valid at the integrated time where there is one, its
 * promise and its proof, those that must be there and those that are.  LOG_ENTRY_MISMATCH.
 */
const struct stella_error *stella_tlog_verify(struct stella_tlog_result *out, const struct stella_tlog_entry *entry,
	const struct stella_trustroot *root, const struct stella_tlog_expected *expected) STELLA_MUST_USE;

#endif
