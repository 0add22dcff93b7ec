/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A log of lines that many processes append to: numbered pieces ("00000001.jsonl") in a directory of
 * this user alone, of which the last is written to.  Each append happens whole under a lock that ends
 * with the process; what a process that was killed left half written is cut off by the next one, who
 * says so in the log.  Nothing is synced: a log that loses its last lines in a power failure is cheaper than a
 * disk's answer for every line.  Not here: what a line says.
 */
#ifndef STELLA_LINELOG_H
#define STELLA_LINELOG_H

#include "buf.h"

#define STELLA_LINELOG_LINE_MAX 65536 /* bytes of one line */

struct stella_linelog {
	const char *dir;            /* made where it is not there */
	size_t piece_max;           /* bytes; a line that would go beyond begins a new piece */
	unsigned keep;              /* pieces; older ones are removed */
	/* The first line of the piece after this one (0: there is none before it), without newline. */
	void (*head)(const void *context, struct stella_buf *line, uint64_t before);
	/* The line that tells of so many bytes cut off. */
	void (*torn)(const void *context, struct stella_buf *line, size_t size);
	const void *context;
};

/* SYSTEM, OWNER; then nothing of the line is in the log. */
const struct stella_error *stella_linelog_append(const struct stella_linelog *log,
	struct stella_span line) STELLA_MUST_USE;

/* Could a line be appended to it now?  Changes nothing.  NOT_FOUND where there is no log yet; SYSTEM, OWNER. */
const struct stella_error *stella_linelog_check(const char *dir) STELLA_MUST_USE;

/* The numbers of the pieces, in order; yours.  None, and no error, where there is no log. */
const struct stella_error *stella_linelog_pieces(uint64_t **out, size_t *count,
	const char *dir) STELLA_MUST_USE;
/* The bytes of one, at most max (LIMIT).  The last line may be unfinished.  NOT_FOUND, OWNER. */
const struct stella_error *stella_linelog_read(struct stella_buf *out, const char *dir, uint64_t number,
	size_t max) STELLA_MUST_USE;

#endif
