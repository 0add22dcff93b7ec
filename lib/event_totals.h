/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the event log counts from its beginning: events by kind, command and code, and how long verifications
 * took.  Each piece of the log begins with a line of the totals before it, so that the counters never go back when
 * old pieces go.  Not here: files.
 */
#ifndef STELLA_EVENT_TOTALS_H
#define STELLA_EVENT_TOTALS_H

#include "event.h"

#define STELLA_TOTALS_MAX 4096 /* different counters */
#define STELLA_TOTALS_BUCKETS 12
extern const int64_t stella_totals_bounds[STELLA_TOTALS_BUCKETS]; /* microseconds, growing; above is one more */

struct stella_total {
	char *event, *command, *code;
	int64_t count;
	int64_t last;               /* time of the last one */
};
struct stella_totals {
	struct stella_total *items; size_t count, cap;
	int64_t buckets[STELLA_TOTALS_BUCKETS + 1]; /* verifications, each in the one that it falls in */
	int64_t microseconds;       /* of all of them */
};

void stella_totals_free(struct stella_totals *totals); /* leaves {0} */
void stella_totals_add(struct stella_totals *totals, const struct stella_event *event);
/* The line, without newline. */
void stella_totals_print(struct stella_buf *out, const struct stella_totals *totals, int64_t now);
/* Into an empty one.  MALFORMED, LIMIT, POLICY_UNSUPPORTED; it is empty then. */
const struct stella_error *stella_totals_parse(struct stella_totals *out, struct stella_span line) STELLA_MUST_USE;

#endif
