/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One record of the event log (stella-log(5)): what was run, when, for how long, and what came of it.  One JSON
 * object of a closed schema on one line, whatever is in a field.  Not here: files, and who may believe it:
 * a log is for people who look for a cause, never evidence.
 */
#ifndef STELLA_EVENT_H
#define STELLA_EVENT_H

#include "json.h"

#define STELLA_EVENT_VERSION 1
#define STELLA_EVENT_TEXT_MAX 2048 /* bytes of a text; longer ones are cut */
#define STELLA_EVENT_TOTALS "totals" /* the event of a line that is none: event_totals.h */

enum stella_level { STELLA_LEVEL_INFO, STELLA_LEVEL_WARNING, STELLA_LEVEL_ERROR, STELLA_LEVEL_COUNT };

/* Texts are borrowed: by a parsed event from its document.  NULL, -1 or TIME_NONE: not known. */
struct stella_event {
	int64_t time;
	enum stella_level level;
	const char *event;          /* "verification" "check" "signing" "change" "store" "repair" "failure" */
	const char *command;        /* "verify attestation" */
	const char *code;           /* "ok", or the word of a code */
	int64_t exit;               /* the exit status */
	int64_t duration;           /* microseconds */
	const char *attestation;    /* id */
	const char *subject;        /* digest of the artifact that was asked about */
	const char *issuer;         /* trusted, or claimed where refused */
	const char *root, *state;   /* the pinned root, the state in force, in hex */
	int64_t number;             /* of that state */
	const char *commit;         /* that a change made */
	const char *message;
	int64_t pid;
	const char *tool;           /* "stella 1.0" */
	struct stella_json *document; /* of a parsed one; else NULL */
};

/* Without newline. */
void stella_event_print(struct stella_buf *out, const struct stella_event *event);
/* MALFORMED, LIMIT; POLICY_UNSUPPORTED for a newer version.  *out is yours. */
const struct stella_error *stella_event_parse(struct stella_event **out, struct stella_span line) STELLA_MUST_USE;
void stella_event_free(struct stella_event *event); /* NULL is fine */

/* Does any text of it hold this one, whatever the case of ASCII letters? */
bool stella_event_holds(const struct stella_event *event, const char *text);
const char *stella_level_name(enum stella_level level);
bool stella_level_parse(enum stella_level *out, const char *name);
/* Lower case letters, digits, '-' and single spaces, 1 to 64 bytes: what may be a label. */
bool stella_event_word(const char *text);

#endif
