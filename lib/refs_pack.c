/* SPDX-License-Identifier: Apache-2.0 */
/* Batches: objects are gathered in memory and become one pack, or loose objects where they are few. */
#include <errno.h>
#include <git2/sys/mempack.h>
#include <git2/sys/repository.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "refs.h"
#include "repo_internal.h"
#include "sys.h"

#define LOOSE_MAX 32 /* so many objects make no pack of their own: packs are searched one by one */

static const struct stella_error *failed(const char *what)
{
	return stella_error(STELLA_SYSTEM, "%s: %s", what, stella_repo_git_text());
}

const struct stella_error *stella_refs_batch_start(struct stella_repo *repo)
{
	git_odb_backend *memory = NULL;

	stella_refs_batch_abort(repo);
	if (git_odb_new(&repo->batch) != 0)
		return failed("batch");
	if (git_mempack_new(&memory) != 0 || git_odb_add_backend(repo->batch, memory, 1) != 0) {
		stella_refs_batch_abort(repo);
		return failed("batch");
	}
	return NULL;
}

void stella_refs_batch_abort(struct stella_repo *repo)
{
	git_odb_free(repo->batch);
	repo->batch = NULL;
	repo->batch_count = 0;
}

const struct stella_error *stella_refs_pack_write(struct stella_oid *out, struct stella_repo *repo,
	enum stella_object type, struct stella_span content)
{
	const void *data = content.size ? (const void *)content.data : "";
	git_oid id;

	if (git_odb_hash(&id, data, content.size, stella_repo_git_type(type)) != 0)
		return failed("batch");
	*out = stella_repo_own_id(&id);
	if (git_odb_exists(repo->batch, &id) || git_odb_exists(repo->odb, &id))
		return NULL;
	if (git_odb_write(&id, repo->batch, data, content.size, stella_repo_git_type(type)) != 0)
		return failed("batch");
	STELLA_GROW(repo->batch_ids, repo->batch_count, repo->batch_cap);
	repo->batch_ids[repo->batch_count++] = *out;
	return NULL;
}

static const struct stella_error *write_loose(struct stella_repo *repo, git_odb *memory)
{
	const struct stella_error *err = NULL;

	for (size_t i = 0; i < repo->batch_count && !err; i++) {
		git_oid git_id = stella_repo_git_id(&repo->batch_ids[i]);
		git_odb_object *object = NULL;
		enum stella_object type = STELLA_OBJECT_COMMIT;
		struct stella_oid id;

		if (git_odb_read(&object, memory, &git_id) != 0)
			return failed("batch");
		while (stella_repo_git_type(type) != git_odb_object_type(object))
			type++;
		err = stella_refs_write(&id, repo, type,
			stella_span(git_odb_object_data(object), git_odb_object_size(object)));
		git_odb_object_free(object);
	}
	return err;
}

/* libgit2 packs what a repository has: one that has nothing but the memory. */
static const struct stella_error *build_pack(char **name, struct stella_repo *repo, git_odb *memory, const char *dir)
{
	const struct stella_error *err = NULL;
	git_repository *wrapped = NULL;
	git_packbuilder *builder = NULL;
	git_config *config = NULL;
	git_oid id;

	if (git_repository_wrap_odb(&wrapped, memory) != 0 || git_config_new(&config) != 0 ||
	    git_repository_set_config(wrapped, config) != 0 || git_packbuilder_new(&builder, wrapped) != 0)
		err = failed("pack");
	for (size_t i = 0; i < repo->batch_count && !err; i++) {
		id = stella_repo_git_id(&repo->batch_ids[i]);
		if (git_packbuilder_insert(builder, &id, NULL) != 0)
			err = failed("pack");
	}
	if (!err && git_packbuilder_write(builder, dir, 0444, NULL, NULL) != 0)
		err = failed("pack");
	if (!err)
		*name = stella_strdup(git_packbuilder_name(builder));
	git_packbuilder_free(builder);
	git_config_free(config);
	git_repository_free(wrapped);
	return err;
}

static const struct stella_error *move(const char *from, const char *to, const char *name, const char *suffix)
{
	struct stella_buf old = { 0 }, new = { 0 };
	const struct stella_error *err = NULL;

	stella_buf_printf(&old, "%s/pack-%s.%s", from, name, suffix);
	stella_buf_printf(&new, "%s/pack-%s.%s", to, name, suffix);
	if (rename((char *)old.data, (char *)new.data) != 0)
		err = stella_error_errno("%s", (char *)new.data);
	stella_buf_free(&old);
	stella_buf_free(&new);
	return err;
}

/* Made in a directory of its own, that git gc removes should we die (git's tmp-objdir.c); the pack moves before its index. */
static const struct stella_error *write_pack(struct stella_repo *repo, git_odb *memory)
{
	const struct stella_error *err = NULL;
	struct stella_buf dir = { 0 }, packs = { 0 };
	char *name = NULL;

	stella_buf_printf(&packs, "%s/objects/pack", repo->gitdir);
	stella_buf_printf(&dir, "%s/objects/tmp_objdir-stella-XXXXXX", repo->gitdir);
	err = stella_sys_mkdirs((char *)packs.data, 0777);
	if (!err && !mkdtemp((char *)dir.data))
		err = stella_error_errno("%s", (char *)dir.data);
	if (err)
		goto done;
	err = build_pack(&name, repo, memory, (char *)dir.data);
	if (!err)
		err = move((char *)dir.data, (char *)packs.data, name, "pack");
	if (!err)
		err = move((char *)dir.data, (char *)packs.data, name, "idx");
	stella_sys_tempdir_remove((char *)dir.data);
	if (!err)
		err = stella_sys_sync_dir((char *)packs.data);
	stella_repo_odb_refresh(repo);
done:
	free(name);
	stella_buf_free(&dir);
	stella_buf_free(&packs);
	return err;
}

const struct stella_error *stella_refs_batch_commit(struct stella_repo *repo)
{
	const struct stella_error *err = NULL;
	git_odb *memory = repo->batch;

	if (!memory)
		return NULL;
	repo->batch = NULL; /* from here on writing means writing */
	if (repo->batch_count <= LOOSE_MAX)
		err = write_loose(repo, memory);
	else
		err = write_pack(repo, memory);
	repo->batch_count = 0;
	git_odb_free(memory);
	return err;
}
