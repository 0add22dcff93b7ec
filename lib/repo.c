/* SPDX-License-Identifier: Apache-2.0 */
#include "repo_internal.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---------------------------------------------------------------- libgit2 */

const char *stella_repo_git_text(void)
{
	const git_error *last = git_error_last();

	return last && last->message ? last->message : "unknown error of libgit2";
}

/* A pack is mapped in pieces, so that one of many gigabytes fits under a ceiling of memory. */
#define WINDOW ((size_t)16 << 20)
#define WINDOWS_MAX ((size_t)96 << 20)

/* What git accepts, judged by check_format; libgit2 alone would refuse a partial clone. */
static const char *const extensions[] = {
	"noop", "noop-v1", "preciousobjects", "partialclone", "worktreeconfig", "objectformat", "refstorage",
};

const struct stella_error *stella_repo_libgit2_start(void)
{
	int count = git_libgit2_init();

	if (count < 0)
		return stella_error(STELLA_SYSTEM, "libgit2 does not start: %s", stella_repo_git_text());
	if (count > 1)
		return NULL;
	git_libgit2_init(); /* for good: to end and start again takes as long as a few signatures */
	git_libgit2_opts(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION, 1);
	git_libgit2_opts(GIT_OPT_ENABLE_CACHING, 0); /* whoever reads raw keeps what it needs */
	git_libgit2_opts(GIT_OPT_SET_MWINDOW_SIZE, WINDOW);
	git_libgit2_opts(GIT_OPT_SET_MWINDOW_MAPPED_LIMIT, WINDOWS_MAX);
	git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0); /* check_owner is git's rule, "*" too */
	git_libgit2_opts(GIT_OPT_SET_EXTENSIONS, extensions, sizeof extensions / sizeof extensions[0]);
	return NULL;
}

/* ---------------------------------------------------------------- open */

static char *path_without_slash(const char *path)
{
	char *out = stella_strdup(path);
	size_t size = out ? strlen(out) : 0;

	while (size > 1 && out[size - 1] == '/')
		out[--size] = 0;
	return out;
}

/* git's is_path_owned_by_current_uid: root may be acting for the user who called sudo. */
static bool owned(const char *path)
{
	const char *sudo = getenv("SUDO_UID");
	struct stat st;
	uid_t user = geteuid();
	char *end;
	unsigned long uid;

	if (lstat(path, &st) != 0)
		return false;
	if (user == 0 && st.st_uid != 0 && sudo && *sudo) {
		uid = strtoul(sudo, &end, 10);
		if (!*end && uid <= UINT_MAX)
			user = (uid_t)uid;
	}
	return st.st_uid == user;
}

/* One value of safe.directory: a path ("~/" is the home), "*", or "path/" and "*". */
static bool names_directory(const char *value, const char *path)
{
	const char *home = getenv("HOME");
	char real[PATH_MAX], expanded[PATH_MAX];
	size_t size = strlen(value);
	bool below = size > 2 && strcmp(value + size - 2, "/*") == 0;
	int written;

	if (strcmp(value, "*") == 0)
		return true;
	if (below)
		size -= 2;
	if (strncmp(value, "~/", 2) == 0)
		written = snprintf(expanded, sizeof expanded, "%s%.*s", home ? home : "", (int)size - 1, value + 1);
	else
		written = snprintf(expanded, sizeof expanded, "%.*s", (int)size, value);
	if (written < 0 || (size_t)written >= sizeof expanded || expanded[0] != '/' || !realpath(expanded, real))
		return false;
	size = strlen(real);
	if (strncmp(path, real, size) != 0)
		return false;
	return below ? path[size] == '/' : path[size] == 0;
}

/* Only the user's own and the system's configuration can say that a directory is safe. */
static bool is_safe_directory(const char *path)
{
	git_config *config = NULL;
	git_config_iterator *each = NULL;
	git_config_entry *entry;
	char real[PATH_MAX];
	bool safe = false;

	if (!realpath(path, real) || git_config_open_default(&config) != 0)
		goto done;
	if (git_config_multivar_iterator_new(&each, config, "safe.directory", NULL) != 0)
		goto done;
	while (git_config_next(&entry, each) == 0) {
		if (!entry->value || !*entry->value)
			safe = false;
		else if (names_directory(entry->value, real))
			safe = true;
	}
done:
	git_config_iterator_free(each);
	git_config_free(config);
	return safe;
}

/* git's ensure_valid_ownership: working tree, the .git file that leads here, and the .git directory. */
static const struct stella_error *check_owner(const struct stella_repo *repo)
{
	const char *path = repo->workdir ? repo->workdir : repo->worktree_gitdir;
	const char *foreign = NULL;
	char link[PATH_MAX];
	struct stat st;

	if (repo->workdir && !owned(repo->workdir))
		foreign = repo->workdir;
	else if (!owned(repo->worktree_gitdir))
		foreign = repo->worktree_gitdir;
	else if (!owned(repo->gitdir))
		foreign = repo->gitdir;
	else if (repo->workdir && snprintf(link, sizeof link, "%s/.git", repo->workdir) < (int)sizeof link &&
		 lstat(link, &st) == 0 && !owned(link))
		foreign = link;
	if (!foreign || is_safe_directory(path))
		return NULL;
	return stella_error(STELLA_OWNER, "%s belongs to another user; if you trust it, run: "
		"git config --global --add safe.directory %s", foreign, path);
}

/* An extension that is not known here may change what refs and objects mean. */
static const struct stella_error *check_format(const struct stella_repo *repo)
{
	const struct stella_error *err = NULL;
	git_config *all = NULL, *local = NULL;
	git_config_iterator *each = NULL;
	git_config_entry *entry;
	const char *name;
	int32_t version = 0;
	size_t i, known = sizeof extensions / sizeof extensions[0];

	if (git_repository_config(&all, repo->git) != 0 ||
	    git_config_open_level(&local, all, GIT_CONFIG_LEVEL_LOCAL) != 0)
		goto done; /* no config file: git calls that format 0 */
	if (git_config_get_int32(&version, local, "core.repositoryformatversion") == 0 &&
	    (version < 0 || version > 1))
		err = stella_error(STELLA_REPOSITORY, "%s: unsupported repository format version %d",
			repo->gitdir, version);
	else if (git_config_iterator_new(&each, local) != 0)
		err = stella_error(STELLA_REPOSITORY, "%s: %s", repo->gitdir, stella_repo_git_text());
	while (!err && git_config_next(&entry, each) == 0) {
		if (strncmp(entry->name, "extensions.", 11) != 0)
			continue;
		name = entry->name + 11;
		for (i = 0; i < known && strcmp(name, extensions[i]) != 0; i++)
			;
		if (i == known && version > 0)
			err = stella_error(STELLA_REPOSITORY, "%s: unknown repository extension \"%s\"", repo->gitdir, name);
		else if (strcmp(name, "objectformat") == 0 && strcmp(entry->value ? entry->value : "", "sha1") != 0)
			err = stella_error(STELLA_REPOSITORY, "%s: unsupported object format \"%s\", only sha1 is",
				repo->gitdir, entry->value ? entry->value : "");
		else if (strcmp(name, "refstorage") == 0 && strcmp(entry->value ? entry->value : "", "files") != 0)
			err = stella_error(STELLA_REPOSITORY, "%s: unsupported ref storage \"%s\", only files is",
				repo->gitdir, entry->value ? entry->value : "");
	}
done:
	git_config_iterator_free(each);
	git_config_free(local);
	git_config_free(all);
	return err;
}

/* With extensions.worktreeConfig a linked worktree has settings of its own (git-worktree(1)). */
static const struct stella_error *add_worktree_config(git_config *config, const struct stella_repo *repo)
{
#if LIBGIT2_VER_MAJOR > 1 || (LIBGIT2_VER_MAJOR == 1 && LIBGIT2_VER_MINOR >= 8)
	(void)config;
	(void)repo;
#else
	char path[PATH_MAX];
	int on = 0;

	if (git_config_get_bool(&on, config, "extensions.worktreeconfig") != 0 || !on)
		return NULL;
	snprintf(path, sizeof path, "%s/config.worktree", repo->worktree_gitdir);
	if (access(path, F_OK) == 0 &&
	    git_config_add_file_ondisk(config, path, GIT_CONFIG_LEVEL_APP, repo->git, 1) != 0)
		return stella_error(STELLA_REPOSITORY, "%s: %s", path, stella_repo_git_text());
#endif
	return NULL;
}

const struct stella_error *stella_repo_read_config(struct stella_repo *repo)
{
	const struct stella_error *err = NULL;
	git_config *config = NULL, *snapshot = NULL;

	if (git_repository_config(&config, repo->git) != 0)
		err = stella_error(STELLA_REPOSITORY, "%s: %s", repo->gitdir, stella_repo_git_text());
	if (!err)
		err = add_worktree_config(config, repo);
	if (!err && git_config_snapshot(&snapshot, config) != 0)
		err = stella_error(STELLA_REPOSITORY, "%s: %s", repo->gitdir, stella_repo_git_text());
	if (!err) {
		git_config_free(repo->config);
		repo->config = snapshot;
	}
	git_config_free(config);
	return err;
}

const struct stella_error *stella_repo_wrap(struct stella_repo **out, git_repository *git)
{
	const struct stella_error *err = NULL;
	struct stella_repo *repo = stella_alloc(sizeof *repo);

	*out = NULL;
	repo->git = git;
	pthread_mutex_init(&repo->odb_mutex, NULL);
	pthread_mutex_init(&repo->seen_mutex, NULL);
	repo->gitdir = path_without_slash(git_repository_commondir(git));
	repo->worktree_gitdir = path_without_slash(git_repository_path(git));
	repo->workdir = path_without_slash(git_repository_workdir(git));
	err = check_owner(repo);
	if (err)
		goto done;
	err = stella_repo_read_config(repo);
	if (err)
		goto done;
	err = check_format(repo);
	if (err)
		goto done;
	err = stella_repo_odb_open(repo);
	if (err)
		goto done;
	*out = repo;
	repo = NULL;
done:
	stella_repo_free(repo);
	return err;
}

/* As git: $GIT_DIR without $GIT_WORK_TREE or core.worktree means that we stand in the working tree. */
static const struct stella_error *set_workdir(git_repository *git, const char *gitdir, const char *worktree)
{
	git_config *config = NULL;
	git_config_entry *entry = NULL;
	char real[PATH_MAX];
	char *now = NULL;
	int set = -1;
	bool same;

	if (!worktree && (!gitdir || git_repository_is_bare(git)))
		return NULL;
	if (!worktree) {
		if (git_repository_config(&config, git) == 0)
			set = git_config_get_entry(&entry, config, "core.worktree");
		git_config_entry_free(entry);
		git_config_free(config);
		if (set == 0)
			return NULL;
		worktree = ".";
	}
	now = path_without_slash(git_repository_workdir(git));
	same = now && realpath(worktree, real) && strcmp(real, now) == 0; /* libgit2 1.5 would leak then */
	free(now);
	if (!same && git_repository_set_workdir(git, worktree, 0) != 0)
		return stella_error(STELLA_NOT_FOUND, "working tree %s: %s", worktree, stella_repo_git_text());
	return NULL;
}

static const struct stella_error *open_error(int code, const char *path)
{
	const git_error *last = git_error_last();

	if (code == GIT_ENOTFOUND)
		return stella_error(STELLA_NOT_FOUND, "no git repository at %s", path);
	if (last && (last->klass == GIT_ERROR_REPOSITORY || last->klass == GIT_ERROR_CONFIG))
		return stella_error(STELLA_REPOSITORY, "%s: %s", path, last->message);
	return stella_error(STELLA_SYSTEM, "%s: %s", path, stella_repo_git_text());
}

const struct stella_error *stella_repo_open(struct stella_repo **out, const char *path)
{
	const struct stella_error *err = NULL;
	const char *gitdir = NULL, *worktree = NULL;
	unsigned flags = GIT_REPOSITORY_OPEN_NO_SEARCH;
	git_repository *git = NULL;
	int code;

	*out = NULL;
	if (!path) {
		gitdir = getenv("GIT_DIR");
		worktree = getenv("GIT_WORK_TREE");
		gitdir = gitdir && *gitdir ? gitdir : NULL;
		worktree = worktree && *worktree ? worktree : NULL;
		flags = gitdir ? GIT_REPOSITORY_OPEN_NO_SEARCH | GIT_REPOSITORY_OPEN_NO_DOTGIT : 0;
		path = gitdir ? gitdir : ".";
	}
	err = stella_repo_check_files(path, !(flags & GIT_REPOSITORY_OPEN_NO_SEARCH));
	if (!err)
		err = stella_repo_libgit2_start();
	if (err)
		return err;
	code = git_repository_open_ext(&git, path, flags, NULL);
	if (code != 0)
		err = open_error(code, path);
	if (!err)
		err = set_workdir(git, gitdir, worktree);
	if (err) {
		git_repository_free(git);
		git_libgit2_shutdown();
		return err;
	}
	return stella_repo_wrap(out, git);
}

void stella_repo_free(struct stella_repo *repo)
{
	if (!repo)
		return;
	git_odb_free(repo->batch);
	stella_repo_odb_close(repo);
	git_config_free(repo->config);
	git_repository_free(repo->git);
	free(repo->batch_ids);
	free(repo->gitdir);
	free(repo->worktree_gitdir);
	free(repo->workdir);
	free(repo);
	git_libgit2_shutdown();
}

const char *stella_repo_gitdir(const struct stella_repo *repo)
{
	return repo->gitdir;
}

const char *stella_repo_workdir(const struct stella_repo *repo)
{
	return repo->workdir;
}

bool stella_repo_is_shallow(const struct stella_repo *repo)
{
	return git_repository_is_shallow(repo->git) == 1;
}

/* A list of directories, separated by colons. */
static const struct stella_error *add_objects(struct stella_repo *repo, const char *list)
{
	const struct stella_error *err = NULL;
	const char *end;
	char *path;

	for (; list && *list && !err; list = *end ? end + 1 : end) {
		end = strchrnul(list, ':');
		path = stella_span_strdup(stella_span(list, (size_t)(end - list)));
		if (access(path, F_OK) != 0)
			err = stella_error_errno("quarantine %s", path);
		else
			err = stella_repo_odb_add(repo, path);
		free(path);
	}
	return err;
}

/* git-receive-pack sets all three; the paths are absolute. */
const struct stella_error *stella_repo_use_quarantine(struct stella_repo *repo)
{
	const struct stella_error *err = NULL;

	if (!getenv("GIT_QUARANTINE_PATH"))
		return NULL;
	err = add_objects(repo, getenv("GIT_OBJECT_DIRECTORY"));
	if (!err)
		err = add_objects(repo, getenv("GIT_ALTERNATE_OBJECT_DIRECTORIES"));
	return err;
}
