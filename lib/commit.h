/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Commit objects as raw bytes: their place in the graph, their parts for people, and the bytes of a new
 * one, as git writes them.  Not here: signatures and what a commit approves (gitsig.h).
 */
#ifndef STELLA_COMMIT_H
#define STELLA_COMMIT_H

#include "oid.h"

#define STELLA_COMMIT_MAX (1u << 20) /* bytes of a commit object */
#define STELLA_PARENTS_MAX 64
#define STELLA_REASON_MAX 8192       /* bytes of a reason */

/* What every commit says of the graph: the tree line and the literal parent lines directly after it. */
struct stella_commit_links {
	struct stella_oid tree;
	struct stella_oid parents[STELLA_PARENTS_MAX];
	unsigned parent_count;
};
/* INCOMPLETE "damaged" without a tree line first or with a broken parent line; LIMIT beyond 64 parents. */
const struct stella_error *stella_commit_links_parse(struct stella_commit_links *out, struct stella_span raw) STELLA_MUST_USE;

/* Parts of a commit for people: borrowed spans; empty where there is none. */
struct stella_commit_text {
	struct stella_span author, committer; /* "Name <mail>" */
	int64_t time;                         /* the committer's claim */
	struct stella_span message;           /* whole */
	struct stella_span reason;            /* the message less its last paragraph, if that holds a Stella- line */
};
void stella_commit_text_parse(struct stella_commit_text *out, struct stella_span raw);
/* Where the message starts: after the first empty line; raw.size where there is none. */
size_t stella_commit_message_at(struct stella_span raw);

/*
 * The raw bytes of a commit to be signed (payload), and the same with a signature added as its
 * gpgsig header.  who is "Name <mail> time +0000", for author and committer alike.  target NULL:
 * no Stella-Approve line; trailers (may be NULL) are whole lines for the last paragraph.  The reason
 * is tidied so that an approval can be made of it: no white space at the ends of lines, no empty lines
 * at its ends, no bytes that are not UTF-8, no line that begins "Stella-".
 */
void stella_commit_print(struct stella_buf *out, const struct stella_commit_links *links,
	struct stella_span who, struct stella_span reason, const uint8_t *target, const char *trailers);
void stella_commit_add_signature(struct stella_buf *out, struct stella_span payload, struct stella_span armored);

#endif
