/* SPDX-License-Identifier: Apache-2.0 */
#include "repo_internal.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define READ_TRIES 3

/* ---------------------------------------------------------------- refs */

bool stella_repo_is_full_ref(const char *name)
{
	int valid = 0;

	return strncmp(name, "refs/", 5) == 0 && git_reference_name_is_valid(&valid, name) == 0 && valid;
}

const struct stella_error *stella_repo_resolve(struct stella_oid *out, struct stella_repo *repo, const char *ref)
{
	const struct stella_error *err = NULL;
	git_oid id;
	int code;

	if (!stella_repo_is_full_ref(ref))
		return stella_error(STELLA_USAGE, "\"%s\" is not a full ref name such as refs/heads/main", ref);
	err = stella_repo_check_file(repo->gitdir, ref);
	if (err)
		return err;
	code = git_reference_name_to_id(&id, repo->git, ref);
	if (code == GIT_ENOTFOUND)
		return stella_error(STELLA_NOT_FOUND, "%s does not exist", ref);
	if (code != 0)
		return stella_error(STELLA_REPOSITORY, "%s: %s", ref, stella_repo_git_text());
	*out = stella_repo_own_id(&id);
	return NULL;
}

#define SYMREFS_MAX 5 /* as git has it */

const struct stella_error *stella_repo_ref_end(char **out, struct stella_repo *repo, const char *ref)
{
	char *name = stella_strdup(ref);
	const struct stella_error *err = NULL;

	for (unsigned i = 0; !err; i++) {
		git_reference *found = NULL;
		const char *target;
		int code;

		err = stella_repo_check_file(repo->gitdir, name);
		if (err)
			break;
		code = git_reference_lookup(&found, repo->git, name);
		target = code == 0 ? git_reference_symbolic_target(found) : NULL;
		if (code != 0 && code != GIT_ENOTFOUND && code != GIT_EINVALIDSPEC)
			err = stella_error(STELLA_REPOSITORY, "%s: %s", name, stella_repo_git_text());
		else if (target && i == SYMREFS_MAX)
			err = stella_error(STELLA_REPOSITORY, "%s: more than %d symbolic refs in a row", ref, SYMREFS_MAX);
		else if (target) {
			free(name);
			name = stella_strdup(target);
		}
		git_reference_free(found);
		if (!target)
			break;
	}
	*out = err ? NULL : name;
	if (err)
		free(name);
	return err;
}

const struct stella_error *stella_repo_head(char **out, struct stella_repo *repo)
{
	git_reference *head = NULL;
	const char *target;

	*out = NULL;
	if (git_reference_lookup(&head, repo->git, "HEAD") != 0)
		return stella_error(STELLA_REPOSITORY, "HEAD: %s", stella_repo_git_text());
	target = git_reference_symbolic_target(head);
	*out = stella_strdup(target);
	git_reference_free(head);
	return NULL;
}

struct named_id {
	char *name;
	struct stella_oid id;
};

static int compare_names(const void *a, const void *b)
{
	return strcmp(((const struct named_id *)a)->name, ((const struct named_id *)b)->name);
}

const struct stella_error *stella_repo_each_ref(struct stella_repo *repo, const char *prefix,
	bool (*each)(void *context, const char *ref, const struct stella_oid *id), void *context)
{
	const struct stella_error *err = NULL;
	git_reference_iterator *iterator = NULL;
	struct named_id *refs = NULL;
	size_t count = 0, cap = 0, i;
	const char *name;
	git_oid id;
	int code;

	assert(strncmp(prefix, "refs/", 5) == 0);
	err = stella_repo_check_refs(repo->gitdir);
	if (err)
		return err;
	if (git_reference_iterator_new(&iterator, repo->git) != 0)
		return stella_error(STELLA_REPOSITORY, "%s: %s", repo->gitdir, stella_repo_git_text());
	while ((code = git_reference_next_name(&name, iterator)) == 0) {
		if (strncmp(name, prefix, strlen(prefix)) != 0)
			continue;
		if (git_reference_name_to_id(&id, repo->git, name) != 0)
			continue; /* a symbolic ref to nothing, or just deleted */
		STELLA_GROW(refs, count, cap);
		refs[count].name = stella_strdup(name);
		refs[count++].id = stella_repo_own_id(&id);
	}
	if (code != GIT_ITEROVER)
		err = stella_error(STELLA_REPOSITORY, "%s: %s", repo->gitdir, stella_repo_git_text());
	if (count)
		qsort(refs, count, sizeof *refs, compare_names);
	for (i = 0; !err && i < count && each(context, refs[i].name, &refs[i].id); i++)
		;
	for (i = 0; i < count; i++)
		free(refs[i].name);
	free(refs);
	git_reference_iterator_free(iterator);
	return err;
}

/* ---------------------------------------------------------------- objects */

git_object_t stella_repo_git_type(enum stella_object type)
{
	static const git_object_t types[] = { GIT_OBJECT_COMMIT, GIT_OBJECT_TREE, GIT_OBJECT_BLOB, GIT_OBJECT_TAG };

	return types[type];
}

static bool is_partial(struct stella_repo *repo)
{
	git_config_iterator *each = NULL;
	git_config_entry *entry;
	bool partial = false;
	size_t size;

	if (git_config_iterator_new(&each, repo->config) != 0)
		return false;
	while (!partial && git_config_next(&entry, each) == 0) {
		size = strlen(entry->name);
		partial = strcmp(entry->name, "extensions.partialclone") == 0 ||
			  (strncmp(entry->name, "remote.", 7) == 0 && size > 9 &&
			   strcmp(entry->name + size - 9, ".promisor") == 0);
	}
	git_config_iterator_free(each);
	return partial;
}

static const struct stella_error *read_error(int code, struct stella_repo *repo, const struct stella_oid *id)
{
	const git_error *last = git_error_last();
	char hex[STELLA_OID_HEX];

	stella_oid_hex(hex, id);
	if (code == GIT_ENOTFOUND && repo->bad_pack)
		return stella_error(STELLA_INCOMPLETE, "object %s is missing, and %s", hex, repo->bad_pack);
	if (code == GIT_ENOTFOUND && stella_repo_is_shallow(repo))
		return stella_error(STELLA_INCOMPLETE, "object %s is missing: this clone is shallow; run: "
			"git fetch --unshallow (in CI: fetch-depth: 0)", hex);
	if (code == GIT_ENOTFOUND && is_partial(repo))
		return stella_error(STELLA_INCOMPLETE, "object %s is missing: this clone is partial; run: "
			"git fetch --refetch --no-filter", hex);
	if (code == GIT_ENOTFOUND)
		return stella_error(STELLA_INCOMPLETE, "object %s is missing", hex);
	if (last && (last->klass == GIT_ERROR_OS || last->klass == GIT_ERROR_NOMEMORY))
		return stella_error(STELLA_SYSTEM, "object %s: %s", hex, last->message);
	return stella_error(STELLA_INCOMPLETE, "object %s is damaged: %s", hex, stella_repo_git_text());
}

static int read_header(size_t *size, git_object_t *type, struct stella_repo *repo, const git_oid *id, git_odb **where)
{
	int code;

	*where = repo->batch;
	if (repo->batch && git_odb_read_header(size, type, repo->batch, id) == 0)
		return 0;
	*where = repo->odb;
	code = git_odb_read_header(size, type, repo->odb, id);
	if (code != GIT_ENOTFOUND)
		return code;
	stella_repo_odb_refresh(repo);
	return git_odb_read_header(size, type, repo->odb, id);
}

static const struct stella_error *check_header(const struct stella_oid *id, git_object_t type, size_t size,
	enum stella_object wanted, size_t max)
{
	char hex[STELLA_OID_HEX];

	stella_oid_hex(hex, id);
	if (type != stella_repo_git_type(wanted))
		return stella_error(STELLA_MALFORMED, "object %s is a %s, not a %s", hex,
			git_object_type2string(type), git_object_type2string(stella_repo_git_type(wanted)));
	if (size > max)
		return stella_error(STELLA_LIMIT, "object %s has %zu bytes, more than %zu", hex, size, max);
	return NULL;
}

/*
 * The header first: a size is refused, and a wrong type too, before anything is unpacked.  Again from the
 * start where git gc has just moved the object.
 */
const struct stella_error *stella_repo_read(struct stella_buf *out, struct stella_repo *repo,
	const struct stella_oid *id, enum stella_object wanted, size_t max)
{
	const struct stella_error *err = NULL;
	git_odb_object *object = NULL;
	git_oid git_id = stella_repo_git_id(id);
	git_odb *where;
	git_object_t type;
	size_t size;
	int code;

	*out = (struct stella_buf){ 0 };
	for (unsigned tries = 0; tries < READ_TRIES; tries++) {
		code = read_header(&size, &type, repo, &git_id, &where);
		if (code == 0)
			err = check_header(id, type, size, wanted, max);
		if (err)
			return err;
		if (code == 0)
			code = git_odb_read(&object, where, &git_id);
		if (code != GIT_ENOTFOUND)
			break;
	}
	if (code != 0)
		return read_error(code, repo, id);
	err = check_header(id, git_odb_object_type(object), git_odb_object_size(object), wanted, size);
	if (!err)
		stella_buf_put(out, git_odb_object_data(object), git_odb_object_size(object));
	git_odb_object_free(object);
	if (!err && repo->seen) {
		pthread_mutex_lock(&repo->seen_mutex);
		repo->seen(repo->seen_context, id, wanted);
		pthread_mutex_unlock(&repo->seen_mutex);
	}
	return err;
}

void stella_repo_watch(struct stella_repo *repo,
	void (*seen)(void *context, const struct stella_oid *id, enum stella_object type), void *context)
{
	repo->seen = seen;
	repo->seen_context = context;
}

bool stella_repo_has(struct stella_repo *repo, const struct stella_oid *id)
{
	git_oid git_id = stella_repo_git_id(id);

	if ((repo->batch && git_odb_exists(repo->batch, &git_id)) || git_odb_exists(repo->odb, &git_id))
		return true;
	stella_repo_odb_refresh(repo);
	return git_odb_exists(repo->odb, &git_id);
}

const struct stella_error *stella_repo_resolve_tip(struct stella_oid *out, struct stella_repo *repo, const char *name)
{
	const struct stella_error *err = NULL;
	git_object_t type;
	git_odb *where;
	git_oid git_id;
	size_t size;
	int code;

	if (!stella_oid_parse(out, stella_span_str(name))) {
		if (!stella_repo_is_full_ref(name))
			return stella_error(STELLA_USAGE, "\"%s\" is neither a full ref name such as refs/heads/main "
				"nor a full commit id", name);
		err = stella_repo_resolve(out, repo, name);
		if (err)
			return err;
	}
	git_id = stella_repo_git_id(out);
	code = read_header(&size, &type, repo, &git_id, &where);
	if (code != 0)
		return stella_error_prefix(read_error(code, repo, out), "%s", name);
	if (type != GIT_OBJECT_COMMIT)
		return stella_error(STELLA_USAGE, "%s is a %s object, not a commit", name, git_object_type2string(type));
	return NULL;
}

static const struct stella_error *find_entry(struct stella_tree_entry *out, struct stella_repo *repo,
	const struct stella_oid *tree, struct stella_span name, bool *found)
{
	const struct stella_error *err = NULL;
	struct stella_buf raw = { 0 };
	struct stella_cursor c;
	char hex[STELLA_OID_HEX];
	bool bad = false;

	*found = false;
	err = stella_repo_read(&raw, repo, tree, STELLA_OBJECT_TREE, STELLA_TREE_RAW_MAX);
	if (err)
		return err;
	c = stella_cursor(stella_buf_span(&raw));
	while (!*found && stella_tree_next(out, &c, &bad))
		*found = stella_span_equal(out->name, name);
	out->name = name;
	if (bad) {
		stella_oid_hex(hex, tree);
		err = stella_error(STELLA_MALFORMED, "tree %s: not an entry at byte %zu", hex, raw.size - c.left);
	}
	stella_buf_free(&raw);
	return err;
}

const struct stella_error *stella_repo_find_path(struct stella_tree_entry *out, struct stella_repo *repo,
	const struct stella_oid *tree, const char *path)
{
	const struct stella_error *err = NULL;
	const char *at = path, *slash;
	bool found;

	*out = (struct stella_tree_entry){ .mode = STELLA_MODE_DIR, .mode_exact = true, .id = *tree };
	for (;;) {
		struct stella_oid dir = out->id;

		slash = strchrnul(at, '/');
		if (out->mode != STELLA_MODE_DIR)
			return stella_error(STELLA_NOT_FOUND, "%s: not found", path);
		err = find_entry(out, repo, &dir, stella_span(at, (size_t)(slash - at)), &found);
		if (err)
			return err;
		if (!found)
			return stella_error(STELLA_NOT_FOUND, "%s: not found", path);
		if (!*slash)
			return NULL;
		at = slash + 1;
	}
}
