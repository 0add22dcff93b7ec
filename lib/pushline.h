/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lines that git's pre-push and pre-receive hooks read from standard input (githooks(5)): which ref is to
 * go from where to where.  Not here: whether it may.
 */
#ifndef STELLA_PUSHLINE_H
#define STELLA_PUSHLINE_H

#include "oid.h"

enum stella_pushline_form {
	STELLA_PUSHLINE_RECEIVE,    /* "<old> <new> <ref>" */
	STELLA_PUSHLINE_PUSH,       /* "<local ref> <new> <remote ref> <old>" */
};
struct stella_pushline {
	struct stella_span ref;     /* as the side that receives calls it; borrowed, without NUL */
	struct stella_oid old, new_id; /* zero: not there before; deleted */
};
/* A line without its end.  MALFORMED for anything but just these words, with one space between. */
const struct stella_error *stella_pushline_parse(struct stella_pushline *out, struct stella_span line,
	enum stella_pushline_form form) STELLA_MUST_USE;

#endif
