/* SPDX-License-Identifier: Apache-2.0 */
/* Working tree and index follow a commit.  No filters and no attributes: trust trees are read raw. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gitlock.h"
#include "refs.h"
#include "repo_internal.h"
#include "sys.h"

#define INDEX_MAX (256u << 20) /* bytes of the index file */

static char *join(const char *directory, const char *name)
{
	struct stella_buf out = { 0 };

	stella_buf_printf(&out, "%s/%s", directory, name);
	return stella_buf_take_str(&out);
}

static const struct stella_error *altered(const char *path, const char *how)
{
	return stella_error(STELLA_CONFLICT, "%s %s; commit, stash or undo that first (git status)", path, how);
}

/* A symbolic link or a file on the way would lead out of the working tree. */
static const struct stella_error *check_way(struct stella_repo *repo, const char *path)
{
	const struct stella_error *err = NULL;
	char *full = join(repo->workdir, path), *at = full + strlen(repo->workdir) + 1;
	struct stat st;

	while (!err && (at = strchr(at, '/'))) {
		*at = 0;
		if (lstat(full, &st) == 0 && !S_ISDIR(st.st_mode))
			err = altered(full + strlen(repo->workdir) + 1, "is not a directory in the working tree");
		*at++ = '/';
	}
	free(full);
	return err;
}

/* ---------------------------------------------------------------- check */

struct blob {
	bool exists;
	git_oid id;
};

static bool same(const struct blob *a, const struct blob *b)
{
	return a->exists == b->exists && (!a->exists || git_oid_equal(&a->id, &b->id));
}

static const struct stella_error *find_base(struct blob *out, struct stella_repo *repo, const struct stella_oid *base,
	const char *path)
{
	const struct stella_error *err = NULL;
	struct stella_tree_entry entry;

	out->exists = false;
	if (!base)
		return NULL;
	err = stella_repo_find_path(&entry, repo, base, path);
	if (stella_error_is(err, STELLA_NOT_FOUND))
		return NULL;
	out->exists = !err;
	out->id = stella_repo_git_id(&entry.id);
	return err;
}

static const struct stella_error *find_file(struct blob *out, struct stella_repo *repo, const char *path)
{
	const struct stella_error *err = NULL;
	char *full = join(repo->workdir, path);
	struct stat st;

	out->exists = lstat(full, &st) == 0;
	if (!out->exists && errno != ENOENT && errno != ENOTDIR)
		err = stella_error_errno("%s", full);
	else if (out->exists && !S_ISREG(st.st_mode))
		err = altered(path, "is not a regular file in the working tree");
	else if (out->exists && git_odb_hashfile(&out->id, full, GIT_OBJECT_BLOB) != 0)
		err = stella_error(STELLA_SYSTEM, "%s: %s", full, stella_repo_git_text());
	free(full);
	return err;
}

static const struct stella_error *content_blob(struct blob *out, const struct stella_change *change)
{
	out->exists = change->content.data != NULL;
	if (out->exists && git_odb_hash(&out->id, change->content.data, change->content.size, GIT_OBJECT_BLOB) != 0)
		return stella_error(STELLA_SYSTEM, "libgit2: %s", stella_repo_git_text());
	return NULL;
}

static const struct stella_error *check_change(struct stella_repo *repo, git_index *index,
	const struct stella_oid *base_tree, const struct stella_change *change)
{
	const git_index_entry *entry = git_index_get_bypath(index, change->path, 0);
	struct blob base, new, file, staged = { .exists = entry != NULL };
	const struct stella_error *err = check_way(repo, change->path);

	if (!err)
		err = find_base(&base, repo, base_tree, change->path);
	if (!err)
		err = content_blob(&new, change);
	if (!err)
		err = find_file(&file, repo, change->path);
	if (err)
		return err;
	if (entry)
		staged.id = entry->id;
	if (!same(&file, &base) && !same(&file, &new))
		return altered(change->path, file.exists ? "was altered in the working tree" : "was deleted in the working tree");
	if (!same(&staged, &base) && !same(&staged, &new))
		return altered(change->path, "was altered in the index");
	return NULL;
}

const struct stella_error *stella_refs_worktree_check(struct stella_repo *repo, const struct stella_oid *base_tree,
	const struct stella_change *changes, size_t count)
{
	const struct stella_error *err = NULL;
	git_index *index = NULL;
	char *path;

	if (!repo->workdir)
		return NULL;
	path = join(repo->worktree_gitdir, "index");
	if (git_index_open(&index, path) != 0 || git_index_read(index, 1) != 0)
		err = stella_error(STELLA_REPOSITORY, "%s: %s", path, stella_repo_git_text());
	for (size_t i = 0; i < count && !err; i++)
		err = check_change(repo, index, base_tree, &changes[i]);
	git_index_free(index);
	free(path);
	return err;
}

/* ---------------------------------------------------------------- apply */

static const struct stella_error *write_file(struct stella_repo *repo, git_index *index, const struct stella_change *change)
{
	const struct stella_error *err = NULL;
	char *full = join(repo->workdir, change->path), *slash = strrchr(full, '/');
	git_index_entry entry = { .mode = GIT_FILEMODE_BLOB, .path = change->path };
	struct blob blob;
	struct stat st;

	*slash = 0;
	err = stella_sys_mkdirs(full, 0777);
	*slash = '/';
	if (!err)
		err = stella_sys_replace(full, change->content, 0666);
	if (!err)
		err = content_blob(&blob, change);
	if (!err && lstat(full, &st) != 0)
		err = stella_error_errno("%s", full);
	if (err)
		goto done;
	entry.id = blob.id;
	entry.ctime = (git_index_time){ (int32_t)st.st_ctim.tv_sec, (uint32_t)st.st_ctim.tv_nsec };
	entry.mtime = (git_index_time){ (int32_t)st.st_mtim.tv_sec, (uint32_t)st.st_mtim.tv_nsec };
	entry.dev = (uint32_t)st.st_dev;
	entry.ino = (uint32_t)st.st_ino;
	entry.uid = st.st_uid;
	entry.gid = st.st_gid;
	entry.file_size = (uint32_t)st.st_size;
	if (git_index_add(index, &entry) != 0)
		err = stella_error(STELLA_SYSTEM, "index: %s: %s", change->path, stella_repo_git_text());
done:
	free(full);
	return err;
}

static const struct stella_error *remove_file(struct stella_repo *repo, git_index *index, const char *path)
{
	const struct stella_error *err = NULL;
	char *full = join(repo->workdir, path), *slash;
	size_t root = strlen(repo->workdir);

	if (unlink(full) != 0 && errno != ENOENT && errno != ENOTDIR)
		err = stella_error_errno("%s", full);
	while (!err && (slash = strrchr(full, '/')) && slash > full + root) {
		*slash = 0;
		if (rmdir(full) != 0)
			break; /* not empty */
	}
	if (!err && git_index_remove(index, path, 0) != 0 && git_index_get_bypath(index, path, 0))
		err = stella_error(STELLA_SYSTEM, "index: %s: %s", path, stella_repo_git_text());
	free(full);
	return err;
}

/* Removals first: a file may become a directory. */
static const struct stella_error *write_changes(struct stella_repo *repo, git_index *index,
	const struct stella_change *changes, size_t count)
{
	const struct stella_error *err = NULL;

	for (size_t i = 0; i < count && !err; i++)
		if (!changes[i].content.data)
			err = remove_file(repo, index, changes[i].path);
	for (size_t i = 0; i < count && !err; i++) {
		if (!changes[i].content.data)
			continue;
		err = check_way(repo, changes[i].path);
		if (!err)
			err = write_file(repo, index, &changes[i]);
	}
	return err;
}

/* A copy of the index is changed and put in its place, as with every file of git that we write. */
static const struct stella_error *open_copy(git_index **out, struct stella_gitlock *lock, const char *path)
{
	const struct stella_error *err = NULL;
	struct stella_buf content = { 0 };

	if (stella_sys_exists(path)) {
		err = stella_sys_read(&content, path, INDEX_MAX);
		if (!err)
			err = stella_gitlock_write(lock, stella_buf_span(&content), 0666);
	}
	if (!err && git_index_open(out, stella_gitlock_temp(lock)) != 0)
		err = stella_error(STELLA_REPOSITORY, "%s: %s", path, stella_repo_git_text());
	stella_buf_free(&content);
	return err;
}

const struct stella_error *stella_refs_worktree_write(struct stella_repo *repo, struct stella_gitlock *lock,
	const struct stella_change *changes, size_t count)
{
	const struct stella_error *err = NULL;
	git_index *index = NULL;
	char *path = join(repo->worktree_gitdir, "index");

	err = stella_gitlock_also(lock, path);
	if (!err)
		err = open_copy(&index, lock, path);
	if (!err)
		err = write_changes(repo, index, changes, count);
	if (!err && git_index_write(index) != 0)
		err = stella_error(STELLA_SYSTEM, "%s: %s", path, stella_repo_git_text());
	git_index_free(index);
	if (!err)
		err = stella_gitlock_commit(lock, path);
	free(path);
	return err;
}
