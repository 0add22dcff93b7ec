/* SPDX-License-Identifier: Apache-2.0 */
#include "testrepo.h"

#include <stdarg.h>
#include <stdio.h>

#include "gitsig.h"
#include "sys.h"
#include "testkeys.h"

/* ---------------------------------------------------------------- members */

/* alice has a1, bob b1, ... */
static size_t key_of(const char *member)
{
	char name[] = { member[0], '1', 0 };

	return testkey_find(name);
}

struct stella_pubkey *testrepo_key(const char *member)
{
	struct stella_pubkey *key;

	assert_ok(stella_pubkey_parse_ssh_line(&key, stella_span_str(testkey_line(key_of(member)))));
	return key;
}

/* Calls once for each word of a list. */
static void each_word(const char *words, void (*each)(void *context, const char *word), void *context)
{
	char *copy = stella_strdup(words), *saved = NULL;

	for (char *word = strtok_r(copy, " ", &saved); word; word = strtok_r(NULL, " ", &saved))
		each(context, word);
	free(copy);
}

struct policy_lists {
	struct stella_buf members, names;
};

static void add_member(void *context, const char *name)
{
	struct policy_lists *lists = context;
	const char *comma = lists->names.size ? ", " : "";

	stella_buf_printf(&lists->members, "%s\"%s\": [\"%s\"]", comma, name, testkey_line(key_of(name)));
	stella_buf_printf(&lists->names, "%s\"%s\"", comma, name);
}

char *testrepo_policy(const char *members, unsigned root, unsigned records, const char *expires)
{
	struct policy_lists lists = { { 0 }, { 0 } };
	struct stella_buf out = { 0 };

	each_word(members, add_member, &lists);
	stella_buf_printf(&out,
		"{\"version\": 1, \"expires\": \"%s\", \"members\": {%s}, \"roles\": {"
		"\"root\": {\"members\": [%s], \"threshold\": %u}, "
		"\"records\": {\"members\": [%s], \"threshold\": %u}}, "
		"\"paths\": {\"anchors\": \"records\", \"issuers\": \"records\", \"keys\": \"records\"}}\n",
		expires, (char *)lists.members.data, (char *)lists.names.data, root, (char *)lists.names.data,
		records);
	stella_buf_free(&lists.members);
	stella_buf_free(&lists.names);
	return stella_buf_take_str(&out);
}

/* ---------------------------------------------------------------- repository */

static char *joined(const char *dir, const char *name)
{
	struct stella_buf path = { 0 };

	stella_buf_printf(&path, "%s/%s", dir, name);
	return stella_buf_take_str(&path);
}

static struct stella_oid write_changes(struct testrepo *t, const struct stella_oid *base, va_list args)
{
	struct stella_change changes[64];
	struct stella_oid tree;
	size_t count = 0;

	for (const char *path; (path = va_arg(args, const char *)); count++) {
		const char *content = va_arg(args, const char *);

		ck_assert_uint_lt(count, 64);
		changes[count].path = path;
		changes[count].content = content ? stella_span_str(content) : stella_span(NULL, 0);
	}
	assert_ok(stella_refs_write_tree(&tree, t->repo, base, changes, count));
	return tree;
}

void testrepo_init(struct testrepo *t, const char *policy, ...)
{
	struct stella_change change = { STELLA_POLICY_PATH, stella_span_str(policy) };
	struct stella_oid tree;
	char *path, *state;
	va_list args;

	t->time = 1700000000;
	assert_ok(stella_sys_tempdir(&t->dir));
	setenv("HOME", t->dir, 1);
	state = joined(t->dir, "state");
	setenv("XDG_STATE_HOME", state, 1);
	t->state_dir = joined(state, "stella");
	free(state);
	unsetenv("GIT_DIR");
	path = joined(t->dir, "repo.git");
	assert_ok(stella_refs_init(&t->repo, path, "main", true));
	free(path);
	assert_ok(stella_refs_write_tree(&tree, t->repo, NULL, &change, 1));
	va_start(args, policy);
	tree = write_changes(t, &tree, args);
	va_end(args);
	t->root = testrepo_commit(t, NULL, 0, &tree, NULL, NULL);
	t->tip = t->root;
	assert_ok(stella_refs_update(t->repo, "refs/heads/main", NULL, &t->root, "root"));
}

void testrepo_free(struct testrepo *t)
{
	stella_repo_free(t->repo);
	stella_sys_tempdir_remove(t->dir);
	free(t->dir);
	free(t->state_dir);
	*t = (struct testrepo){ 0 };
}

struct stella_oid testrepo_tree_of(struct testrepo *t, const struct stella_oid *commit)
{
	struct stella_commit_links links;
	struct stella_buf raw = { 0 };

	assert_ok(stella_repo_read(&raw, t->repo, commit, STELLA_OBJECT_COMMIT, STELLA_COMMIT_MAX));
	assert_ok(stella_commit_links_parse(&links, stella_buf_span(&raw)));
	stella_buf_free(&raw);
	return links.tree;
}

struct stella_oid testrepo_tree(struct testrepo *t, const struct stella_oid *commit, ...)
{
	struct stella_oid tree = testrepo_tree_of(t, commit);
	va_list args;

	va_start(args, commit);
	tree = write_changes(t, &tree, args);
	va_end(args);
	return tree;
}

struct stella_oid testrepo_commit(struct testrepo *t, const struct stella_oid *parents, unsigned parent_count,
	const struct stella_oid *tree, const char *signer, const struct stella_sha256 *target)
{
	char who[64];
	struct stella_buf payload = { 0 }, raw = { 0 };
	struct stella_commit_links links = { .tree = *tree, .parent_count = parent_count };
	struct stella_span content;
	struct stella_oid commit;

	for (unsigned i = 0; i < parent_count; i++)
		links.parents[i] = parents[i];
	snprintf(who, sizeof who, "Ann <ann@example.org> %lld +0000", (long long)t->time);
	stella_commit_print(&payload, &links, stella_span_str(who), stella_span_str("because of a test"),
		target ? target->bytes : NULL, NULL);
	content = stella_buf_span(&payload);
	if (signer) {
		testkey_sign_commit(&raw, key_of(signer), content);
		content = stella_buf_span(&raw);
	}
	assert_ok(stella_refs_write(&commit, t->repo, STELLA_OBJECT_COMMIT, content));
	stella_buf_free(&payload);
	stella_buf_free(&raw);
	return commit;
}

struct stella_sha256 testrepo_successor(struct testrepo *t, const struct stella_oid *commit,
	const struct stella_oid *tree)
{
	struct stella_history *history;
	const struct stella_view *view;
	const struct stella_dir *dir;
	struct stella_sha256 id;

	assert_ok(stella_history_load(&history, t->repo, &t->root, commit, NULL));
	view = stella_history_view(history);
	assert_ok(stella_trees_find(&dir, stella_history_trees(history), tree));
	id = stella_state_successor(view->heads, view->head_count, stella_dir_manifest(dir));
	stella_history_free(history);
	return id;
}

struct stella_oid testrepo_approve(struct testrepo *t, const struct stella_oid *parent,
	const struct stella_oid *tree, const char *signer)
{
	struct stella_sha256 target = testrepo_successor(t, parent, tree);

	return testrepo_commit(t, parent, 1, tree, signer, &target);
}

void testrepo_move(struct testrepo *t, const struct stella_oid *commit)
{
	struct stella_oid old;

	assert_ok(stella_repo_resolve(&old, t->repo, "refs/heads/main"));
	assert_ok(stella_refs_update(t->repo, "refs/heads/main", &old, commit, "move"));
	t->tip = *commit;
}

struct approving {
	struct testrepo *t;
	struct stella_oid at, tree;
	struct stella_sha256 target;
};

static void approve(void *context, const char *signer)
{
	struct approving *a = context;

	a->at = testrepo_commit(a->t, &a->at, 1, &a->tree, signer, &a->target);
}

void testrepo_change(struct testrepo *t, const char *signers, ...)
{
	struct approving a = { .t = t, .at = t->tip, .tree = testrepo_tree_of(t, &t->tip) };
	va_list args;

	va_start(args, signers);
	a.tree = write_changes(t, &a.tree, args);
	va_end(args);
	a.target = testrepo_successor(t, &a.at, &a.tree);
	each_word(signers, approve, &a);
	testrepo_move(t, &a.at);
}
