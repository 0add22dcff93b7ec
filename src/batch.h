/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many questions in one run: the lines of a list, or the arguments.  Read by the window, so that memory does not grow
 * with the list; answered on all cores; told in the order of the list.
 */
#ifndef STELLA_CMD_BATCH_H
#define STELLA_CMD_BATCH_H

#include "cmd.h"

struct batch_item {
	struct stella_buf text;         /* the line without newline, or the argument */
	uint64_t number;                /* of the line or argument, from 1 */
	struct stella_error error;      /* message empty: verified */
	void *answer;                   /* of ask to tell, which frees it; NULL where text is longer than a line may be */
};

struct batch {
	struct cmd *cmd;
	const char *what;               /* "bundles" */
	/* On any thread.  NULL: verified. */
	const struct stella_error *(*ask)(void *context, struct batch_item *item);
	/* One after the other, in order.  An error ends the run. */
	const struct stella_error *(*tell)(void *context, struct batch_item *item);
	void *context;
	uint64_t verified, refused;
	struct stella_error first;      /* refusal, of the item first_number */
	uint64_t first_number;
};
/*
 * By --batch, else the arguments; on so many threads as --threads says.  An error: it could not be done, or
 * NO_ATTESTATION where there is nothing to ask.
 */
const struct stella_error *batch_run(struct batch *batch) STELLA_MUST_USE;
/* NULL: all are verified.  The code is that of the first refusal. */
const struct stella_error *batch_verdict(const struct batch *batch) STELLA_MUST_USE;
/* "VERIFIED  7 of 7 bundles" */
void batch_say(const struct batch *batch);

#endif
