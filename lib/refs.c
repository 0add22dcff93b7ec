/* SPDX-License-Identifier: Apache-2.0 */
#include "refs.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gitlock.h"
#include "repo_internal.h"
#include "sys.h"

static char *join(const char *directory, const char *name)
{
	struct stella_buf out = { 0 };

	stella_buf_printf(&out, "%s/%s", directory, name);
	return stella_buf_take_str(&out);
}

/* ---------------------------------------------------------------- objects */

static char *loose_path(struct stella_repo *repo, const struct stella_oid *id)
{
	char hex[STELLA_OID_HEX];
	struct stella_buf path = { 0 };

	stella_oid_hex(hex, id);
	stella_buf_printf(&path, "%s/objects/%.2s/%s", repo->gitdir, hex, hex + 2);
	return stella_buf_take_str(&path);
}

/*
 * libgit2 syncs a new file and its directory, but not the new directory into objects/; and git may have
 * written the same object before without syncing anything.
 */
static const struct stella_error *sync_object(const char *path, bool existed)
{
	const struct stella_error *err = NULL;
	char *dir = stella_strdup(path);
	int fd = -1;

	*strrchr(dir, '/') = 0;
	if (existed) {
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0 || fsync(fd) != 0)
			err = stella_error_errno("%s: sync", path);
		if (fd >= 0)
			close(fd);
		if (!err)
			err = stella_sys_sync_dir(dir);
	}
	*strrchr(dir, '/') = 0;
	if (!err)
		err = stella_sys_sync_dir(dir);
	free(dir);
	return err;
}

const struct stella_error *stella_refs_write(struct stella_oid *out, struct stella_repo *repo,
	enum stella_object type, struct stella_span content)
{
	const struct stella_error *err = NULL;
	git_object_t git_type = stella_repo_git_type(type);
	char *path = NULL;
	bool existed;
	git_oid id;

	if (repo->batch)
		return stella_refs_pack_write(out, repo, type, content);
	if (git_odb_hash(&id, content.size ? content.data : (const uint8_t *)"", content.size, git_type) != 0)
		return stella_error(STELLA_SYSTEM, "libgit2: %s", stella_repo_git_text());
	*out = stella_repo_own_id(&id);
	path = loose_path(repo, out);
	existed = stella_sys_exists(path);
	if (git_odb_write(&id, repo->odb, content.size ? content.data : (const uint8_t *)"", content.size, git_type) != 0)
		err = stella_error(STELLA_SYSTEM, "object cannot be written to %s: %s", repo->gitdir, stella_repo_git_text());
	else if (stella_sys_exists(path)) /* else it lies in a pack */
		err = sync_object(path, existed);
	free(path);
	return err;
}

/* ---------------------------------------------------------------- init and config */

static int sync_entry(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	int fd, failed = 0;

	(void)st;
	(void)ftw;
	if (kind != FTW_F && kind != FTW_DP)
		return 0;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return -1;
	failed = fsync(fd);
	close(fd);
	return failed;
}

static bool stop_at_first(void *context, const char *ref, const struct stella_oid *id)
{
	(void)ref;
	(void)id;
	*(bool *)context = true;
	return false;
}

/* What was there before must be without refs: `git init`, or an init of ours that was interrupted. */
static const struct stella_error *set_unborn(struct stella_repo *repo, const char *branch)
{
	const struct stella_error *err = NULL;
	struct stella_gitlock *lock = NULL;
	struct stella_buf text = { 0 };
	char *path = NULL;
	bool any = false;

	err = stella_repo_each_ref(repo, "refs/", stop_at_first, &any);
	if (!err && any)
		err = stella_error(STELLA_CONFLICT, "%s is a git repository that is in use already", repo->gitdir);
	if (err)
		return err;
	path = join(repo->worktree_gitdir, "HEAD");
	stella_buf_printf(&text, "ref: refs/heads/%s\n", branch);
	err = stella_gitlock_take(&lock, repo->gitdir, path);
	if (!err)
		err = stella_gitlock_write(lock, stella_buf_span(&text), 0666);
	if (!err)
		err = stella_gitlock_commit(lock, path);
	stella_gitlock_release(lock);
	stella_buf_free(&text);
	free(path);
	return err;
}

/* libgit2 does not say when it could not remove a lock file of its own. */
static const struct stella_error *remove_lock(const char *dir, const char *name)
{
	char *path = join(dir, name);
	const struct stella_error *err = NULL;

	if (unlink(path) != 0 && errno != ENOENT)
		err = stella_error_errno("%s", path);
	free(path);
	return err;
}

/*
 * Made beside and put in its place: libgit2 writes HEAD and config with locks that it would leave behind.
 * beside is where; made is what becomes target.
 */
static const struct stella_error *make_new(const char *beside, const char *made, const char *target, const char *branch,
	bool bare)
{
	git_repository_init_options options;
	const struct stella_error *err = NULL;
	git_repository *git = NULL;
	char *parent = stella_strdup(target);

	git_repository_init_options_init(&options, GIT_REPOSITORY_INIT_OPTIONS_VERSION);
	options.flags = GIT_REPOSITORY_INIT_MKDIR | (bare ? GIT_REPOSITORY_INIT_BARE : 0);
	options.initial_head = branch;
	stella_sys_tempdir_remove(beside); /* of one of us that was killed */
	if (git_repository_init_ext(&git, beside, &options) != 0)
		err = stella_error(STELLA_SYSTEM, "%s: %s", target, stella_repo_git_text());
	git_repository_free(git);
	if (!err)
		err = remove_lock(made, "HEAD.lock");
	if (!err)
		err = remove_lock(made, "config.lock");
	if (!err && nftw(made, sync_entry, 16, FTW_DEPTH | FTW_PHYS) != 0)
		err = stella_error_errno("%s: sync", made);
	if (!err && rename(made, target) != 0)
		err = stella_error_errno("%s", target);
	stella_sys_tempdir_remove(beside);
	*strrchr(parent, '/') = 0;
	if (!err)
		err = stella_sys_sync_dir(parent);
	free(parent);
	return err;
}

static const struct stella_error *make_at(const char *path, const char *branch, bool bare)
{
	struct stella_buf name = { 0 };
	char *real = realpath(path, NULL), *beside, *made, *target;
	const struct stella_error *err;

	if (!real)
		return stella_error_errno("%s", path);
	stella_buf_printf(&name, bare ? "%s.stella-init" : "%s/.git.stella-init", real);
	beside = stella_buf_take_str(&name);
	made = bare ? stella_strdup(beside) : join(beside, ".git");
	target = bare ? stella_strdup(real) : join(real, ".git");
	err = make_new(beside, made, target, branch, bare);
	free(real);
	free(beside);
	free(made);
	free(target);
	return err;
}

const struct stella_error *stella_refs_init(struct stella_repo **out, const char *path, const char *branch, bool bare)
{
	char *name = join("refs/heads", branch);
	bool valid = stella_repo_is_full_ref(name);
	const struct stella_error *err = NULL;
	struct stella_repo *repo = NULL;

	*out = NULL;
	free(name);
	if (!valid)
		return stella_error(STELLA_USAGE, "\"%s\" is no name for a branch", branch);
	err = stella_repo_libgit2_start();
	if (err)
		return err;
	err = stella_sys_mkdirs(path, 0777);
	if (!err)
		err = stella_repo_open(&repo, path);
	if (stella_error_is(err, STELLA_NOT_FOUND)) {
		err = make_at(path, branch, bare);
		if (!err)
			err = stella_repo_open(&repo, path);
	} else if (!err) {
		err = set_unborn(repo, branch);
	}
	if (!err) {
		*out = repo;
		repo = NULL;
	}
	stella_repo_free(repo);
	git_libgit2_shutdown();
	return err;
}

/* On a copy, so that the file changes whole; libgit2 keeps comments and order. */
static const struct stella_error *edit_config(struct stella_gitlock *lock, const char *path, const char *name,
	const char *value)
{
	const struct stella_error *err = NULL;
	struct stella_buf content = { 0 };
	git_config *config = NULL;
	struct stat st = { .st_mode = 0666 };
	const char *temp = stella_gitlock_temp(lock);

	if (stella_sys_exists(path))
		err = stella_sys_read(&content, path, 16u << 20);
	if (!err)
		err = stella_gitlock_write(lock, stella_buf_span(&content), 0666);
	if (!err && (git_config_open_ondisk(&config, temp) != 0 || git_config_set_string(config, name, value) != 0))
		err = stella_error(STELLA_SYSTEM, "git config %s: %s", name, stella_repo_git_text());
	git_config_free(config);
	if (!err && stat(path, &st) == 0 && chmod(temp, st.st_mode & 07777) != 0)
		err = stella_error_errno("%s", temp);
	if (!err)
		err = stella_gitlock_commit(lock, path);
	stella_buf_free(&content);
	return err;
}

const struct stella_error *stella_refs_config(struct stella_repo *repo, const char *name, const char *value)
{
	const struct stella_error *err = NULL;
	struct stella_gitlock *lock = NULL;
	char *path = join(repo->gitdir, "config"), *real = realpath(path, NULL); /* it may be a symbolic link */

	err = stella_gitlock_take(&lock, repo->gitdir, real ? real : path);
	if (!err)
		err = edit_config(lock, real ? real : path, name, value);
	stella_gitlock_release(lock);
	if (!err)
		err = stella_repo_read_config(repo);
	free(path);
	free(real);
	return err;
}

/* ---------------------------------------------------------------- refs */

static int remove_empty(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st;
	(void)ftw;
	if (kind == FTW_DP)
		rmdir(path); /* what is not empty stays */
	return 0;
}

/* A directory without files is in nobody's way (git removes it too). */
static void remove_empty_dirs(const char *path)
{
	nftw(path, remove_empty, 16, FTW_DEPTH | FTW_PHYS);
}

static bool same_dir_below(void *context, const char *ref, const struct stella_oid *id)
{
	char **found = context;

	(void)id;
	*found = stella_strdup(ref);
	return false;
}

/* "a" and "a/b" cannot both be refs, loose or packed. */
static const struct stella_error *check_available(struct stella_repo *repo, const char *ref)
{
	const struct stella_error *err = NULL;
	char *below = join(ref, ""), *parent = stella_strdup(ref), *found = NULL, *slash;
	struct stella_oid id;

	err = stella_repo_each_ref(repo, below, same_dir_below, &found);
	while (!err && !found && (slash = strrchr(parent, '/')) && slash - parent > 5) {
		*slash = 0;
		if (!stella_repo_resolve(&id, repo, parent))
			found = stella_strdup(parent);
	}
	if (!err && found)
		err = stella_error(STELLA_CONFLICT, "%s cannot be made beside %s", ref, found);
	free(below);
	free(parent);
	free(found);
	return err;
}

static const struct stella_error *check_old(struct stella_repo *repo, const char *ref, const struct stella_oid *old)
{
	const struct stella_error *err = NULL;
	char now[STELLA_OID_HEX], wanted[STELLA_OID_HEX];
	git_reference *reference = NULL;
	struct stella_oid id;
	int code = git_reference_lookup(&reference, repo->git, ref);

	if (code == GIT_ENOTFOUND && old) {
		err = stella_error(STELLA_CONFLICT, "%s is gone", ref);
	} else if (code == GIT_ENOTFOUND) {
		err = check_available(repo, ref);
	} else if (code != 0) {
		err = stella_error(STELLA_REPOSITORY, "%s: %s", ref, stella_repo_git_text());
	} else if (git_reference_type(reference) != GIT_REFERENCE_DIRECT) {
		err = stella_error(STELLA_CONFLICT, "%s is a symbolic ref to %s; name that", ref,
			git_reference_symbolic_target(reference));
	} else {
		id = stella_repo_own_id(git_reference_target(reference));
		stella_oid_hex(now, &id);
		if (!old) {
			err = stella_error(STELLA_CONFLICT, "%s exists already, at %s", ref, now);
		} else if (!stella_oid_equal(&id, old)) {
			stella_oid_hex(wanted, old);
			err = stella_error(STELLA_CONFLICT, "%s is at %s, no longer at %s", ref, now, wanted);
		}
	}
	git_reference_free(reference);
	return err;
}

/* Makes the directory that the file lies in; a ref in its place is a conflict. */
static const struct stella_error *make_parent(const char *path)
{
	const struct stella_error *err = NULL;
	char *dir = stella_strdup(path);
	struct stat st;

	*strrchr(dir, '/') = 0;
	err = stella_sys_mkdirs(dir, 0777);
	for (char *slash; err && (slash = strrchr(dir, '/')) && slash != dir; *slash = 0)
		if (stat(dir, &st) == 0 && !S_ISDIR(st.st_mode)) {
			err = stella_error(STELLA_CONFLICT, "%s cannot be made beside %s", path, dir);
			break;
		}
	free(dir);
	return err;
}

static const struct stella_error *take_ref(struct stella_gitlock **lock, struct stella_repo *repo, const char *path)
{
	const struct stella_error *err = NULL;

	for (unsigned tries = 0; tries < 10; tries++) { /* git removes directories that became empty */
		err = make_parent(path);
		if (!err)
			err = stella_gitlock_take(lock, repo->gitdir, path);
		if (!stella_error_is(err, STELLA_NOT_FOUND))
			break;
	}
	return err;
}

static const struct stella_error *check_commit(struct stella_repo *repo, const struct stella_oid *id)
{
	struct stella_oid same;
	char hex[STELLA_OID_HEX];

	stella_oid_hex(hex, id);
	return stella_repo_resolve_tip(&same, repo, hex);
}

static const struct stella_error *move_ref(struct stella_gitlock *lock, struct stella_repo *repo, const char *path,
	const struct stella_ref_change *change)
{
	const struct stella_error *err = NULL;
	char text[STELLA_OID_HEX];

	if (!change->old)
		remove_empty_dirs(path);
	err = stella_refs_log(repo, change->ref, change->old, change->new_id, change->message);
	if (err)
		return err;
	stella_oid_hex(text, change->new_id);
	text[STELLA_OID_HEX - 1] = '\n';
	err = stella_gitlock_write(lock, stella_span(text, STELLA_OID_HEX), 0666);
	return err ? err : stella_gitlock_commit(lock, path);
}

/*
 * The working tree goes first, while the ref is locked and known to be as expected: who is interrupted then
 * finds a change that is not committed yet, never one that seems to be undone.
 */
static const struct stella_error *change_ref(struct stella_repo *repo, const struct stella_ref_change *change,
	const struct stella_oid *base_tree, const struct stella_change *files, size_t count)
{
	const struct stella_error *err = NULL;
	struct stella_gitlock *lock = NULL;
	char *path = NULL;

	if (!stella_repo_is_full_ref(change->ref))
		return stella_error(STELLA_USAGE, "\"%s\" is not a full ref name such as refs/heads/main", change->ref);
	err = check_commit(repo, change->new_id);
	if (err)
		return err;
	path = join(repo->gitdir, change->ref);
	err = take_ref(&lock, repo, path);
	if (!err)
		err = check_old(repo, change->ref, change->old);
	if (!err && count) /* now: before, a change by somebody else would look like the user's own */
		err = stella_refs_worktree_check(repo, base_tree, files, count);
	if (!err && count)
		err = stella_refs_worktree_write(repo, lock, files, count);
	if (!err)
		err = move_ref(lock, repo, path, change);
	stella_gitlock_release(lock);
	free(path);
	return err;
}

const struct stella_error *stella_refs_update(struct stella_repo *repo, const char *ref,
	const struct stella_oid *old, const struct stella_oid *new_id, const char *message)
{
	struct stella_ref_change change = { ref, old, new_id, message };

	return change_ref(repo, &change, NULL, NULL, 0);
}

const struct stella_error *stella_refs_publish(struct stella_repo *repo, const struct stella_ref_change *change,
	const struct stella_oid *base_tree, const struct stella_change *files, size_t count)
{
	const struct stella_error *err = NULL;
	char *head = NULL;

	err = stella_repo_head(&head, repo);
	if (err)
		return err;
	if (!repo->workdir || !head || strcmp(head, change->ref) != 0)
		count = 0;
	free(head);
	return change_ref(repo, change, base_tree, files, count);
}
