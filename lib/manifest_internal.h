/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The memory behind manifest.h: directories and files by git id, each judged and hashed once in a
 * run, or known from a cache.  What a directory holds is kept while there is room, and read again
 * where there is none.  Private to manifest*.c and the fold.
 */
#ifndef STELLA_MANIFEST_INTERNAL_H
#define STELLA_MANIFEST_INTERNAL_H

#include <pthread.h>

#include "manifest.h"
#include "pool.h"

/* Rule 12; a test makes them smaller. */
struct stella_tree_limits {
	uint64_t files, bytes, file;
	unsigned depth, path, component;
};

/* Of everything below; of a directory that is not valid, up to the place that shows it. */
struct stella_tree_totals {
	uint64_t files, bytes;
	unsigned depth;              /* levels entered, itself included */
	unsigned path;               /* the longest path below */
	unsigned open;               /* entries of directories that are open at once */
};

struct stella_entry {                /* in git's order */
	const char *name;
	const struct stella_dir *dir;    /* NULL: a file */
	const struct stella_file *file;  /* NULL: a directory */
};

/* A file's content, hashed. */
struct stella_blob {
	struct stella_oid id;
	bool cached;                 /* a cache knows it already */
	struct stella_file file;
};

struct stella_dir {
	struct stella_oid id;
	bool good;
	bool cached;                 /* a cache knows it already */
	bool pinned;                 /* entries stay, here and below */
	struct stella_tree_totals totals;
	struct stella_sha256 manifest;
	const struct stella_file *policy;
	struct stella_entry *entries; /* NULL: not at hand; one block with the names */
	size_t entry_count, entries_size;
	bool anywhere;               /* not good: wherever it stands, or with all above it only */
	enum stella_code code;       /* MALFORMED or LIMIT, where, why */
	const char *path, *why;
};

/* What an earlier run knew; for several threads at once. */
struct stella_trees_source {
	bool (*dir)(void *context, const struct stella_oid *id, struct stella_dir *out);
	bool (*file)(void *context, const struct stella_oid *id, struct stella_file *out);
	void *context;
};

struct stella_trees {
	struct stella_repo *repo;
	struct stella_tree_limits limits;
	struct stella_trees_source source;
	pthread_mutex_t lock;        /* over all that follows */
	struct stella_pool pool;
	struct stella_idmap dirs, blobs;
	size_t kept, keep_max;       /* bytes of entries at hand that are not pinned */
};

/* NULL: not known.  For known_* the lock is held. */
struct stella_dir *stella_trees_known_dir(struct stella_trees *trees, const struct stella_oid *id);
const struct stella_file *stella_trees_known_file(struct stella_trees *trees, const struct stella_oid *id);
struct stella_dir *stella_trees_dir(struct stella_trees *trees, const struct stella_oid *id);
/* The one that is kept: this, or what another thread added first. */
const struct stella_file *stella_trees_add_blob(struct stella_trees *trees, const struct stella_file *file);
/* Takes a block of entries over, and drops it where there is no room unless it is needed now. */
struct stella_dir *stella_trees_add_dir(struct stella_trees *trees, const struct stella_dir *dir, bool needed);
void stella_trees_pin(struct stella_trees *trees, struct stella_dir *dir); /* whose entries are at hand */
const char *stella_trees_text(struct stella_trees *trees, const char *text); /* a copy that lives as long */

/*
 * From here on by one thread, none other at work: begins an operation.  Entries that it asks for
 * stay until the next one begins.
 */
void stella_trees_begin(struct stella_trees *trees);
/* dir is good.  INCOMPLETE where it is not what it was any more. */
const struct stella_error *stella_dir_load(struct stella_trees *trees, const struct stella_dir *dir) STELLA_MUST_USE;

/* manifest_entry.c.  NULL where the entry may stand in a tree, whatever stands beside it. */
const char *stella_entry_problem(const struct stella_tree_entry *entry);
/* Unique without regard to case, and not a file and a directory of one name.  names_size: with a NUL each. */
bool stella_entries_unique(const struct stella_tree_entry *entries, size_t count, size_t names_size);

const struct stella_entry *stella_dir_entry(const struct stella_dir *dir, struct stella_span name, bool want_dir);
/* *out NULL: no such file.  Borrowed. */
const struct stella_error *stella_trees_file(const struct stella_file **out, struct stella_trees *trees,
	const struct stella_dir *dir, struct stella_span path) STELLA_MUST_USE;
/* Every path whose file differs, from or to NULL where there is none; so may one of the directories be. */
const struct stella_error *stella_trees_diff(struct stella_trees *trees, const struct stella_dir *from,
	const struct stella_dir *to, bool (*each)(void *context, const char *path,
	const struct stella_file *from_file, const struct stella_file *to_file), void *context) STELLA_MUST_USE;

#endif
