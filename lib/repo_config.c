/* SPDX-License-Identifier: Apache-2.0 */
/* Settings, and where each comes from: what a repository says of itself is not what its user says. */
#include "repo_internal.h"

static const char *level_name(const git_config_entry *entry)
{
	if (entry->level > GIT_CONFIG_LEVEL_LOCAL)
		return "worktree";
	if (entry->level == GIT_CONFIG_LEVEL_LOCAL)
		return "local";
	return entry->level >= GIT_CONFIG_LEVEL_XDG ? "global" : "system";
}

static const struct stella_error *find(char **value, const char **level, git_config *config, const char *name)
{
	git_config_entry *entry = NULL;
	int code = git_config_get_entry(&entry, config, name);

	*value = NULL;
	if (level)
		*level = NULL;
	if (code == GIT_ENOTFOUND)
		return NULL;
	if (code != 0)
		return stella_error(STELLA_USAGE, "git config %s: %s", name, stella_repo_git_text());
	*value = stella_strdup(entry->value ? entry->value : "true"); /* a name alone is a true boolean */
	if (level)
		*level = level_name(entry);
	git_config_entry_free(entry);
	return NULL;
}

const struct stella_error *stella_repo_config(char **value, const char **level,
	struct stella_repo *repo, const char *name)
{
	return find(value, level, repo->config, name);
}

const struct stella_error *stella_repo_config_user(char **value, const char **level, const char *name)
{
	git_config *config = NULL;
	const struct stella_error *err;

	*value = NULL;
	err = stella_repo_libgit2_start();
	if (err)
		return err;
	if (git_config_open_default(&config) != 0)
		err = stella_error(STELLA_USAGE, "git config: %s", stella_repo_git_text());
	if (!err)
		err = find(value, level, config, name);
	git_config_free(config);
	git_libgit2_shutdown();
	return err;
}
