/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The branch as a graph, and the history by which it is judged, of recorded.c, recorded_judge.c and recorded_raise.c; what
 * comes of it, as the file that recorded_kept.c keeps in the state directory.
 */
#ifndef STELLA_RECORDED_INTERNAL_H
#define STELLA_RECORDED_INTERNAL_H

#include "pool.h"
#include "private.h"
#include "recorded.h"
#include "recording.h"

struct stella_recorded_node {
	struct stella_oid id;       /* first: found by it */
	struct stella_recorded_node **parents; /* NULL: not read yet */
	unsigned parent_count, visited;
	bool entered;               /* reached from the tip */
	uint32_t place_kept;        /* among the commits that are written */
	const struct stella_recording *recording; /* NULL: an ordinary commit */
	struct stella_recorded_key *key; /* that signed it */
	const char *why;            /* of a recording: why it does not count; of another: why it is none; NULL: it does, or claims nothing */
	const char *member;
	bool lost;                  /* its key is in other hands since lost_since */
	int64_t lost_since;
	uint64_t number;            /* of the state that it names */
	int64_t high_time;          /* of what counts among its ancestors and itself */
	uint64_t high_number;
	int64_t seal;               /* the earliest that counts among its descendants, by keys that are not lost */
	size_t weight;              /* recordings that count on the best way down to here */
	size_t place, join;         /* on the main line: its place; else: where the line takes it in, and the last before it */
	bool on_line;
	size_t base;                /* off the line: the last place of the line that is its ancestor, plus one */
	int64_t time;               /* that counts */
};

struct stella_recorded_key {
	struct stella_sha256 id;    /* first: found by it */
	struct stella_pubkey *key;
	uint32_t place;             /* among those that are written, plus one; 0: none yet */
};

/* The answer for one tip, one trust state and a stretch of time; so it is kept, in the byte order of this machine. */
struct stella_recorded_header {
	char magic[16];
	uint32_t version, order;
	struct stella_oid root, trust_tip, tip;
	uint32_t unused;
	struct stella_sha256 state; /* in force */
	int64_t from, until;        /* any now from here to before there gives the same answer */
	int64_t latest;
	uint64_t latest_number, good, voids;
	uint64_t row_count, commits_size;
	struct stella_sha256 commits; /* of the section of commits, which is not read to find a time */
	struct stella_sha256 check; /* of the header so far: against damage, not against anybody */
};
struct stella_recorded_row {        /* sorted */
	struct stella_recorded_time time;
	uint64_t check;             /* of this row in this place of this file */
};

struct stella_recorded {
	struct stella_trust *trust;
	struct stella_repo *repo;   /* of the attestations branch */
	struct stella_oid tip;
	int64_t now;
	struct stella_history *history;
	const struct stella_state **chain; size_t chain_count;
	int64_t *claims;            /* of the chain's commits; INT64_MIN: not read yet */
	struct stella_pool pool;
	struct stella_idmap nodes, keys;
	size_t entered;
	struct stella_recorded_node **order; size_t count, cap; /* parents first; NULL: not judged in this run */
	struct stella_recorded_void *voids; size_t void_count, void_cap;
	char *path;                 /* where an answer is kept; NULL: nowhere */
	bool own;                   /* this one */
	struct stella_map *map;     /* what an earlier run kept there; NULL: nothing that can be used */
	struct stella_buf built;    /* or what this one found */
	struct stella_recorded_header header; /* of the answer */
	const struct stella_recorded_row *rows; /* in map or in built */
};

/* Says of every recording whether it counts, parents first, then whether what is lost is sealed; narrows from and until. */
const struct stella_error *stella_recorded_judge(struct stella_recorded *recorded) STELLA_MUST_USE;

static inline bool stella_recorded_counts(const struct stella_recorded_node *node)
{
	return node->recording && !node->why;
}
/* Then which time each that counts proves. */
void stella_recorded_raise(struct stella_recorded *recorded);

struct stella_recorded_node *stella_recorded_node(struct stella_recorded *recorded, const struct stella_oid *id);
/* The key becomes recorded's; the same one each time. */
struct stella_recorded_key *stella_recorded_key(struct stella_recorded *recorded, struct stella_pubkey *key);

/* Does what was kept answer for this tip, state and time?  If not, it may still tell what commits say. */
bool stella_recorded_recall(struct stella_recorded *recorded);
/* The commits that were kept become nodes that are read. */
void stella_recorded_recall_commits(struct stella_recorded *recorded);
/* The header but for its checks is set: makes it an answer with these times (by id), and keeps it.  SYSTEM. */
const struct stella_error *stella_recorded_keep(struct stella_recorded *recorded,
	const struct stella_recorded_time *times, size_t count) STELLA_MUST_USE;

#endif
