/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a hook may remember of a branch.  Kept is only what the branch holds already, read without the quarantine: a
 * push that is refused, by this hook or by another, leaves nothing behind, and what came with it counts for nothing here.
 */
#include <stdlib.h>

#include "cache.h"
#include "cmd.h"
#include "memory.h"
#include "private.h"
#include "sys.h"

static const struct stella_error *keep_history(const struct stella_history *history, const struct stella_oid *root,
	const char *state_dir, const char *path)
{
	char *dir = stella_memory_path(state_dir, root, NULL);
	const struct stella_error *err = stella_sys_mkdirs(dir, 0700);

	if (!err)
		err = stella_private_check_dir(dir);
	if (!err)
		err = stella_cache_save(path, history);
	free(dir);
	return err;
}

static const struct stella_error *learn(struct stella_cache **cache, struct stella_repo *repo, const struct stella_oid *root,
	const struct stella_oid *held, const char *state_dir)
{
	char *path = stella_memory_path(state_dir, root, "cache");
	struct stella_history *history = NULL;
	const struct stella_error *err = NULL;

	*cache = stella_cache_open(path, root);
	if (stella_history_load(&history, repo, root, held, *cache))
		goto done; /* of what is wrong with the branch its judgement tells */
	if (stella_history_commits_read(history)) {
		err = keep_history(history, root, state_dir, path);
		stella_history_free(history);
		history = NULL;
		stella_cache_free(*cache);
		*cache = stella_cache_open(path, root);
	}
done:
	stella_history_free(history);
	free(path);
	return err;
}

/* That nothing can be kept costs time, and is no reason against a push. */
void hook_remember(struct stella_cache **cache, struct cmd *cmd, const struct stella_oid *root, const struct stella_oid *held)
{
	struct stella_repo *repo = NULL; /* its own, which never saw the quarantine */
	char *state_dir = NULL;
	const struct stella_error *err;

	stella_cache_free(*cache);
	*cache = NULL;
	if (!held || opts_flag(cmd, "no-memory"))
		return;
	err = stella_sys_state_dir(&state_dir);
	if (!err)
		err = stella_repo_open(&repo, opts_get(cmd, "directory"));
	if (!err)
		err = learn(cache, repo, root, held, state_dir);
	if (err)
		warn("what is verified cannot be kept, so that each push verifies all of it again (--no-memory says that this is meant): %s",
			err->message);
	stella_repo_free(repo);
	free(state_dir);
}
