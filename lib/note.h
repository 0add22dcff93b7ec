/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checkpoints as signed notes (C2SP signed-note and tlog-checkpoint; Rekor v1 and v2): the text, its
 * signature lines, and whether the log of this key signs it.  Name and key hash of a line only say which lines to
 * try; the key decides.  Lines of others (witnesses) are not looked at.
 */
#ifndef STELLA_NOTE_H
#define STELLA_NOTE_H

#include "pubkey.h"

#define STELLA_NOTE_LINES_MAX 100
#define STELLA_NOTE_MAX (1u << 20)

struct stella_note_line {
	struct stella_span name;
	uint8_t hash[4];
	struct stella_buf signature;
};
struct stella_checkpoint {
	struct stella_buf note;       /* all of it; the spans below are borrowed from here */
	struct stella_span text;      /* what is signed, with its last newline */
	struct stella_span origin;
	uint64_t size;
	struct stella_sha256 root;
	struct stella_note_line *lines; size_t line_count;
};
/* MALFORMED with the line, or LIMIT. */
const struct stella_error *stella_checkpoint_parse(struct stella_checkpoint **out, struct stella_span note) STELLA_MUST_USE;
void stella_checkpoint_free(struct stella_checkpoint *checkpoint);
/*
 * NULL: a line with the name of the origin (for Rekor v1, whose origin is "NAME - TREE", with that name)
 * and the hash of this key is a signature by it over the text.  LOG_ENTRY_MISMATCH.
 */
const struct stella_error *stella_checkpoint_verify(const struct stella_checkpoint *checkpoint,
	const struct stella_pubkey *key) STELLA_MUST_USE;

#endif
