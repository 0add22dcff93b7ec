/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Trees (trust-model, rule 2): is a git tree valid, its manifest, its files, and the difference of
 * two.  A directory that was hashed once is never hashed again.  Not here: the policy's content.
 */
#ifndef STELLA_MANIFEST_H
#define STELLA_MANIFEST_H

#include "repo.h"
#include "digest.h"

#define STELLA_TREE_FILES_MAX 100000
#define STELLA_TREE_BYTES_MAX (256u << 20)
#define STELLA_TREE_FILE_MAX (4u << 20)
#define STELLA_TREE_DEPTH_MAX 32
#define STELLA_PATH_MAX 1024
#define STELLA_COMPONENT_MAX 255

struct stella_dir; /* a directory, shared by all trees that hold it; owned by the trees cache */

struct stella_file {
	struct stella_sha256 sha256;
	uint64_t size;
	struct stella_oid blob;     /* an address only */
};

struct stella_trees; /* all that was read in one run */
struct stella_trees *stella_trees_new(struct stella_repo *repo);
void stella_trees_free(struct stella_trees *trees);

/*
 * The tree of this id, borrowed from trees.  INCOMPLETE where an object is missing or damaged, LIMIT.
 * A tree that is not valid (all but the policy's content) is MALFORMED with the path and why; asking
 * again gives the same answer without reading.  judge is for manifest and policy alone; several
 * threads may judge at once, but only judge.  What find gives stays at hand for all that follows.
 */
const struct stella_error *stella_trees_judge(const struct stella_dir **out, struct stella_trees *trees,
	const struct stella_oid *tree) STELLA_MUST_USE;
const struct stella_error *stella_trees_find(const struct stella_dir **out, struct stella_trees *trees,
	const struct stella_oid *tree) STELLA_MUST_USE;
const struct stella_sha256 *stella_dir_manifest(const struct stella_dir *dir);
const struct stella_file *stella_dir_policy(const struct stella_dir *dir); /* policy.json at its top; NULL: none */
/* By path; false if there is no such file. */
bool stella_dir_file(struct stella_file *out, const struct stella_dir *dir, struct stella_span path);
/* All files below, in path order of bytes within each directory; a false from each stops. */
void stella_dir_each(const struct stella_dir *dir,
	bool (*each)(void *context, const char *path, const struct stella_file *file), void *context);

enum stella_diff_kind { STELLA_DIFF_ADDED, STELLA_DIFF_REMOVED, STELLA_DIFF_ALTERED };
struct stella_tree_diff {
	struct {
		char *path;
		enum stella_diff_kind kind;
	} *paths;
	size_t count;
};
struct stella_tree_diff *stella_tree_diff(const struct stella_dir *from, const struct stella_dir *to); /* yours */
void stella_tree_diff_free(struct stella_tree_diff *diff);

#endif
