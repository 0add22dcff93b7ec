/* SPDX-License-Identifier: Apache-2.0 */
/* The auditors' page: what its parts share.  For cmd_report.c and report_*.c only. */
#ifndef STELLA_SRC_REPORT_H
#define STELLA_SRC_REPORT_H

#include "cmd.h"
#include "fields.h"

/* What a state changed, a bit each; the lanes of the timeline. */
enum lane { LANE_POLICY, LANE_ISSUERS, LANE_KEYS, LANE_ANCHORS, LANE_OTHER, LANE_COUNT };
extern const char *const lane_names[LANE_COUNT];

struct report_state {
	const struct stella_state *state;
	int64_t time;               /* claimed by the commit where it took effect */
	unsigned lanes;             /* 1 << enum lane */
	struct stella_tree_diff *diff; /* against the state before; NULL: the root */
};
struct report {
	struct cmd *cmd;
	struct stella_trust *trust; /* borrowed */
	struct stella_buf page;
	struct report_state *states; size_t state_count, first; /* oldest first; those before first are left out of lists */
};

/* Text from outside for a page: first made harmless as for a terminal, then for HTML; kept.  NULL gives "-". */
const char *esc(struct report *report, const char *text);
const char *esc_span(struct report *report, struct stella_span text);
void put(struct report *report, const char *format, ...) STELLA_PRINTF(2, 3); /* HTML as it is */
const char *day(struct report *report, int64_t time); /* "2026-01-17", kept */

/* ---- report_style.c: the head of the page, up to and with <body> */
void put_head(struct report *report);
/* ---- report_figures.c: inline SVG */
void put_timeline(struct report *report); /* a dot for every state, by what it changed */
void put_endings(struct report *report, const struct endings *all); /* a bar for everything that ends */

#endif
