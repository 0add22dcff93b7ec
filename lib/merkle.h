/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Merkle trees of RFC 6962 / RFC 9162 with SHA-256: leaf hash, inclusion and consistency proofs.  Pure
 * arithmetic over hashes; who signed a root is for note.h.
 */
#ifndef STELLA_MERKLE_H
#define STELLA_MERKLE_H

#include "digest.h"

#define STELLA_PROOF_MAX 64 /* hashes in a proof: a tree of 2^64 leaves has no longer one */

struct stella_sha256 stella_merkle_leaf(struct stella_span data); /* RFC 9162 2.1.1: SHA-256(0x00 || data) */
/* RFC 9162 2.1.3.2.  MALFORMED: index >= size, a proof of the wrong length; LOG_ENTRY_MISMATCH: another root. */
const struct stella_error *stella_merkle_verify_inclusion(uint64_t index, uint64_t size, const struct stella_sha256 *leaf,
	const struct stella_sha256 *proof, size_t proof_count, const struct stella_sha256 *root) STELLA_MUST_USE;
/* RFC 9162 2.1.4.2.  MALFORMED also for an empty old tree, which every tree would be consistent with. */
const struct stella_error *stella_merkle_verify_consistency(uint64_t old_size, uint64_t new_size,
	const struct stella_sha256 *old_root, const struct stella_sha256 *new_root,
	const struct stella_sha256 *proof, size_t proof_count) STELLA_MUST_USE;

#endif
