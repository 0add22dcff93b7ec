/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The event log: every verification, trust change and failure of this user, a log for each pinned root, in
 * <state dir>/<root id>/log.  Written by whoever runs anything, bounded, and read back whatever became of it: a
 * line that cannot be read is counted and named, never fatal.  Nothing here decides anything about trust.
 */
#ifndef STELLA_EVENTLOG_H
#define STELLA_EVENTLOG_H

#include "event_totals.h"
#include "oid.h"

#define STELLA_EVENTLOG_PIECE_MAX (1 << 20) /* bytes of one file */
#define STELLA_EVENTLOG_PIECES 16           /* files that are kept */

/* Yours.  root NULL: what was run where no root is pinned. */
char *stella_eventlog_dir(const char *state_dir, const struct stella_oid *root);

/* SYSTEM, OWNER: then it is not in the log.  Not synced. */
const struct stella_error *stella_eventlog_append(const char *dir, const struct stella_event *event) STELLA_MUST_USE;

/* Where a reader stands; {0} is the beginning of what there is. */
struct stella_eventlog_place {
	uint64_t piece;
	size_t offset;              /* in it */
};
struct stella_eventlog_reader {
	void (*event)(void *context, const struct stella_event *event);
	/* A line that cannot be read, or (why NULL) size bytes of one that has no end yet. */
	void (*damaged)(void *context, const struct stella_eventlog_place *place, size_t size,
		const struct stella_error *why);
	void *context;
};
/* From *place (moved on; NULL: everything) to the last whole line. */
const struct stella_error *stella_eventlog_read(const char *dir, struct stella_eventlog_place *place,
	const struct stella_eventlog_reader *reader) STELLA_MUST_USE;

/* The totals from the beginning of the log to its end; *damaged gets how many lines were not counted. */
const struct stella_error *stella_eventlog_totals(struct stella_totals *out, size_t *damaged,
	const char *dir) STELLA_MUST_USE;

#endif
