/* SPDX-License-Identifier: Apache-2.0 */
/* Histories of the trust model (JSON lines, its README.md) as real repositories with real signatures. */
#ifndef STELLA_TESTS_REPLAY_H
#define STELLA_TESTS_REPLAY_H

#include <git2.h>

#include "json.h"
#include "oid.h"
#include "testkeys.h"

/* A bare repository under a directory of its own; several histories may share one. */
struct replay_repo {
	char *path;
	git_odb *odb;
};
void replay_repo_make(struct replay_repo *repo, const char *parent);
void replay_repo_remove(struct replay_repo *repo);

struct replay_file {
	char *path;
	const char *content; /* borrowed from the document */
};
struct replay_commit {
	const struct stella_json *doc;
	const char *symbol;
	struct replay_file *files;
	size_t file_count;
	size_t *parents, parent_count;
	struct stella_oid id, tree;
	bool absent;
	bool has_children;
};
struct replay_history {
	const struct stella_json *doc;
	const char *name;
	struct replay_commit *commits;
	size_t count;
};
/* Writes every object but those that are absent, and sets up the surroundings. */
void replay_build(struct replay_history *out, struct replay_repo *repo, const struct stella_json *doc);
void replay_free(struct replay_history *history);
struct replay_commit *replay_find(const struct replay_history *history, const char *symbol);
/* The id of a state by its symbol, or the hex digits themselves. */
const char *replay_state_id(const struct replay_history *history, const char *symbol);
/* Does this history take objects away, or change more than objects? */
bool replay_needs_own_repo(const struct stella_json *doc);

#endif
