/* SPDX-License-Identifier: Apache-2.0 */
/* The fold itself: what one commit makes of what its parents say (trust-model, rules 5 to 10 and 12). */
#include "history_internal.h"

#include <stdlib.h>
#include <string.h>

/* ---------------------------------------------------------------- views */

const struct stella_fold_view *stella_history_add_view(struct stella_history *history, struct stella_state_node *const *heads,
	size_t head_count, const struct stella_pending *pending)
{
	struct stella_fold_view *view = stella_pool_alloc(&history->pool, sizeof *view);

	view->heads = stella_pool_alloc(&history->pool, head_count * sizeof *view->heads);
	memcpy(view->heads, heads, head_count * sizeof *view->heads);
	view->head_count = head_count;
	view->pending = pending;
	STELLA_GROW(history->views, history->view_count, history->view_cap);
	view->index = (uint32_t)history->view_count;
	history->views[history->view_count++] = view;
	return view;
}

const struct stella_view *stella_history_show(struct stella_history *history, const struct stella_fold_view *view)
{
	struct stella_fold_view *own = (struct stella_fold_view *)(uintptr_t)view;
	const struct stella_pending_item **items;
	struct stella_view *shown = own->shown;

	if (shown)
		return shown;
	shown = stella_pool_alloc(&history->pool, sizeof *shown);
	shown->head_count = view->head_count;
	shown->heads = stella_pool_alloc(&history->pool, view->head_count * sizeof *shown->heads);
	for (size_t i = 0; i < view->head_count; i++)
		shown->heads[i] = &view->heads[i]->state;
	shown->pending_count = stella_pending_count(view->pending);
	shown->pending = stella_pool_alloc(&history->pool, shown->pending_count * sizeof *shown->pending);
	items = stella_alloc_array(shown->pending_count, sizeof *items);
	stella_pending_list(view->pending, items);
	for (size_t i = 0; i < shown->pending_count; i++)
		shown->pending[i] = &items[i]->approval;
	free(items);
	own->shown = shown;
	return shown;
}

static bool same_heads(const struct stella_fold_view *view, struct stella_state_node *const *heads, size_t count)
{
	if (view->head_count != count)
		return false;
	for (size_t i = 0; i < count; i++) {
		size_t k = 0;

		while (k < count && !stella_sha256_equal(&view->heads[k]->state.id, &heads[i]->state.id))
			k++;
		if (k == count)
			return false;
	}
	return true;
}

static bool identical(const struct stella_fold_view *view, struct stella_state_node *const *heads, size_t count,
	const struct stella_pending *pending)
{
	return view->pending == pending && view->head_count == count &&
		memcmp(view->heads, heads, count * sizeof *heads) == 0;
}

struct stella_sha256 stella_history_successor(const struct stella_fold_view *view, const struct stella_sha256 *manifest)
{
	const struct stella_state **heads = stella_alloc_array(view->head_count, sizeof *heads);
	struct stella_sha256 id;

	for (size_t i = 0; i < view->head_count; i++)
		heads[i] = &view->heads[i]->state;
	id = stella_state_successor(heads, view->head_count, manifest);
	free(heads);
	return id;
}

/* ---------------------------------------------------------------- what a commit starts from: rules 6 and 9 */

/* Of the errors of several parents the first of these counts. */
static unsigned rank(const struct stella_fold_error *error)
{
	switch (error->code) {
	case STELLA_INCOMPLETE:
		return 0;
	case STELLA_LIMIT:
		return 1;
	case STELLA_BAD_ROOT:
		return 2;
	default:
		return 3;
	}
}

static const struct stella_fold_view *merge(struct stella_history *history, const struct stella_fold_view *const *views,
	size_t count)
{
	const struct stella_fold_view *merged = NULL;
	const struct stella_pending *pending = NULL;
	struct stella_state_node **heads;
	size_t room = 0, head_count;

	for (size_t i = 0; i < count; i++)
		room += views[i]->head_count;
	heads = stella_alloc_array(room, sizeof *heads);
	head_count = views[0]->head_count;
	memcpy(heads, views[0]->heads, head_count * sizeof *heads);
	for (size_t i = 1; i < count; i++)
		stella_states_merge(heads, &head_count, views[i]->heads, views[i]->head_count);
	for (size_t i = 0; i < count; i++) {
		if (same_heads(views[i], heads, head_count))
			pending = stella_pending_union(&history->pendings, pending, views[i]->pending);
	}
	for (size_t i = 0; i < count && !merged; i++) {
		if (identical(views[i], heads, head_count, pending))
			merged = views[i];
	}
	if (!merged)
		merged = stella_history_add_view(history, heads, head_count, pending);
	free(heads);
	return merged;
}

void stella_history_begin(struct stella_history *history, const struct stella_commit *commit,
	const struct stella_fold_view **begin, const struct stella_fold_error **error)
{
	const struct stella_fold_view *views[STELLA_PARENTS_MAX];
	size_t count = 0;

	*begin = NULL;
	*error = NULL;
	for (unsigned i = 0; i < commit->parent_count; i++) {
		const struct stella_commit *parent = commit->parents[i];

		if (parent->error && (!*error || rank(parent->error) < rank(*error)))
			*error = parent->error;
		if (parent->view && (count == 0 || views[count - 1] != parent->view))
			views[count++] = parent->view;
	}
	if (*error || !count)
		return;
	*begin = count == 1 ? views[0] : merge(history, views, count);
}

/* ---------------------------------------------------------------- one commit: rules 5, 7, 8 and 10 */

const struct stella_error *stella_history_member(const char **out, struct stella_history *history,
	const struct stella_fold_view *begin, const struct stella_tree_verdict *tree, const struct stella_sha256 *key)
{
	const struct stella_policy *policy = tree->policy;
	const struct stella_error *err = NULL;
	int member = -1;

	*out = NULL;
	for (size_t i = 0; i < begin->head_count && !err; i++) {
		const struct stella_policy *of_head;

		err = stella_history_policy(&of_head, history, &begin->heads[i]->state);
		member = err ? -1 : stella_policy_holder_id(of_head, key);
		if (member >= 0) {
			*out = of_head->members[member].name;
			return NULL;
		}
	}
	if (!err && policy) {
		member = stella_policy_holder_id(policy, key);
		if (member >= 0)
			*out = policy->members[member].name;
	}
	return err;
}

void stella_history_propose(struct stella_history *history, const struct stella_pending_item *item)
{
	struct stella_proposed *proposed;

	if (stella_idmap_find(&history->proposed, &item->tree))
		return;
	proposed = stella_pool_alloc(&history->pool, sizeof *proposed);
	proposed->tree = item->tree;
	proposed->manifest = item->manifest;
	stella_idmap_add(&history->proposed, proposed);
}

/* Rule 5: adds an approval of target under one key or credential. */
static void add_item(const struct stella_pending **pending, struct stella_history *history,
	const struct stella_commit *commit, const struct stella_tree_verdict *tree, const struct stella_sha256 *target,
	const struct stella_claim_signer *signer)
{
	struct stella_pending_item *item;
	uint8_t key[STELLA_PENDING_KEY];

	memcpy(key, target->bytes, STELLA_SHA256_SIZE);
	memcpy(key + STELLA_SHA256_SIZE, signer->id.bytes, STELLA_SHA256_SIZE);
	if (stella_pending_find(*pending, key))
		return;
	item = stella_pool_alloc(&history->pool, sizeof *item);
	memcpy(item->key, key, sizeof key);
	item->approval = (struct stella_approval){ .commit = commit->id, .target = *target,
		.member = signer->member, .fingerprint = signer->fingerprint };
	item->tree = commit->tree;
	item->manifest = *stella_dir_manifest(tree->dir);
	item->material = signer->material;
	STELLA_GROW(history->items, history->item_count, history->item_cap);
	item->index = (uint32_t)history->item_count;
	history->items[history->item_count++] = item;
	*pending = stella_pending_add(&history->pendings, *pending, item);
	stella_history_propose(history, item);
}

/* The commit's own approval of target, if it is one. */
static const struct stella_error *add_approval(const struct stella_pending **pending, struct stella_history *history,
	const struct stella_commit *commit, const struct stella_fold_view *begin,
	const struct stella_tree_verdict *tree, const struct stella_sha256 *target)
{
	const struct stella_claim *claim = commit->claim;
	struct stella_claim_signer one = { 0 }, *signers = NULL;
	const struct stella_error *err;
	size_t count;

	if (!stella_sha256_equal(&claim->target, target))
		return NULL;
	if (!claim->key) {
		err = stella_history_signers(&signers, &count, NULL, history, commit, begin, tree);
		for (size_t i = 0; !err && i < count; i++)
			add_item(pending, history, commit, tree, target, &signers[i]);
		free(signers);
		return err;
	}
	err = stella_history_member(&one.member, history, begin, tree, &claim->key->id);
	if (err || !one.member)
		return err;
	one.id = claim->key->id;
	one.fingerprint = claim->key->fingerprint;
	add_item(pending, history, commit, tree, target, &one);
	return NULL;
}

static struct stella_state_node *new_state(struct stella_history *history, const struct stella_commit *commit,
	const struct stella_fold_view *begin, const struct stella_dir *dir)
{
	const void *before = begin->heads;
	struct stella_state_node *node = stella_states_add(&history->states, before, begin->head_count);

	node->state.commit = commit->id;
	node->state.tree = commit->tree;
	node->state.manifest = *stella_dir_manifest(dir);
	node->state.policy = *stella_dir_policy(dir);
	return node;
}

static void succeed(struct stella_history *history, struct stella_commit *commit, const struct stella_fold_view *begin,
	const struct stella_tree_verdict *tree, const struct stella_sha256 *target, const struct stella_pending *given)
{
	struct stella_state_node *node = new_state(history, commit, begin, tree->dir);
	size_t count = stella_pending_count(given);
	const struct stella_pending_item **items = stella_alloc_array(count, sizeof *items);

	node->state.id = *target;
	node->state.approvals = stella_pool_alloc(&history->pool, count * sizeof *node->state.approvals);
	node->state.approval_count = count;
	stella_pending_list(given, items);
	for (size_t i = 0; i < count; i++)
		node->state.approvals[i] = &items[i]->approval;
	free(items);
	stella_states_link(node);
	commit->view = stella_history_add_view(history, &node, 1, NULL);
}

static void fail(struct stella_history *history, struct stella_commit *commit, enum stella_code code, const char *text)
{
	struct stella_fold_error *error = stella_pool_alloc(&history->pool, sizeof *error);
	struct stella_buf message = { 0 };
	char hex[STELLA_OID_HEX];

	stella_oid_hex(hex, &commit->id);
	stella_buf_printf(&message, "commit %s: %s", hex, text);
	error->code = code;
	error->message = stella_pool_alloc(&history->pool, message.size + 1);
	memcpy((char *)(uintptr_t)error->message, message.data, message.size);
	stella_buf_free(&message);
	commit->error = error;
	commit->view = NULL;
}

/* Does what is approved, with what this commit adds, make its tree succeed the heads? */
static const struct stella_error *advance(struct stella_history *history, struct stella_commit *commit,
	const struct stella_fold_view *begin, const struct stella_pending *pending,
	const struct stella_tree_verdict *tree, const struct stella_sha256 *target)
{
	const struct stella_pending *given = stella_pending_of(pending, target);
	const struct stella_target *needs;
	const struct stella_error *err;

	if (given) {
		err = stella_history_target(&needs, history, target, begin, tree);
		if (err)
			return err;
		if (stella_target_met(history, needs, given)) {
			if (tree->policy)
				succeed(history, commit, begin, tree, target, given);
			else
				fail(history, commit, STELLA_POLICY_UNSUPPORTED, tree->why);
			return NULL;
		}
	}
	commit->view = begin->pending == pending ? begin :
		stella_history_add_view(history, begin->heads, begin->head_count, pending);
	return NULL;
}

/* A commit that is an approval by its own bytes: its tree is needed (rule 12). */
static const struct stella_error *step_claim(struct stella_history *history, struct stella_commit *commit,
	const struct stella_fold_view *begin)
{
	const struct stella_pending *pending = begin->pending;
	struct stella_tree_verdict tree;
	struct stella_sha256 target;
	const struct stella_error *err;

	err = stella_history_judge_tree(&tree, history, &commit->tree);
	if (err)
		return stella_error_prefix(err, "tree");
	if (!tree.dir) {
		commit->view = begin;
		return NULL;
	}
	target = stella_history_successor(begin, stella_dir_manifest(tree.dir));
	err = add_approval(&pending, history, commit, begin, &tree, &target);
	if (err)
		return err;
	return advance(history, commit, begin, pending, &tree, &target);
}

/*
 * Any other commit: it can only bring together what was approved, and then its tree is one that
 * was approved, under the same id.
 */
static const struct stella_error *step_other(struct stella_history *history, struct stella_commit *commit,
	const struct stella_fold_view *begin)
{
	const struct stella_proposed *proposed = begin->pending ? stella_idmap_find(&history->proposed, &commit->tree) : NULL;
	struct stella_tree_verdict tree;
	struct stella_sha256 target;
	const struct stella_error *err;

	commit->view = begin;
	if (!proposed)
		return NULL;
	target = stella_history_successor(begin, &proposed->manifest);
	if (!stella_pending_of(begin->pending, &target))
		return NULL;
	err = stella_history_judge_tree(&tree, history, &commit->tree);
	if (!err && !tree.dir)
		err = stella_error(STELLA_INCOMPLETE, "a tree that was approved is not what it was any more");
	return err ? err : advance(history, commit, begin, begin->pending, &tree, &target);
}

static const struct stella_error *fold_root(struct stella_history *history, struct stella_commit *commit)
{
	struct stella_tree_verdict tree;
	struct stella_state_node *node;
	static const struct stella_fold_view none;
	const struct stella_error *err = stella_history_judge_tree(&tree, history, &commit->tree);

	if (err)
		return stella_error_prefix(err, "tree");
	if (!tree.dir)
		return stella_error(STELLA_BAD_ROOT, "the root's tree is not valid: %s", tree.why);
	if (!tree.policy)
		return stella_error(STELLA_POLICY_UNSUPPORTED, "%s", tree.why);
	node = new_state(history, commit, &none, tree.dir);
	node->state.id = stella_state_root_id(&history->root_commit, stella_dir_manifest(tree.dir));
	stella_states_link(node);
	commit->view = stella_history_add_view(history, &node, 1, NULL);
	return NULL;
}

const struct stella_error *stella_history_fold(struct stella_history *history, struct stella_commit *commit)
{
	const struct stella_fold_view *begin;
	const struct stella_error *err;

	if (commit->error)
		return NULL;
	if (stella_oid_equal(&commit->id, &history->root)) {
		err = fold_root(history, commit);
	} else {
		stella_history_begin(history, commit, &begin, &commit->error);
		if (!begin)
			return NULL;
		err = commit->claim ? step_claim(history, commit, begin) : step_other(history, commit, begin);
	}
	if (!err && commit->view && stella_pending_count(commit->view->pending) > stella_history_limits.pending)
		err = stella_error(STELLA_LIMIT, "more than %zu approvals are pending", stella_history_limits.pending);
	if (!err || err->code == STELLA_SYSTEM)
		return err;
	fail(history, commit, err->code, err->message);
	return NULL;
}
