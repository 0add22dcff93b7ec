/* SPDX-License-Identifier: Apache-2.0 */
/* What stands between a view and a tree (history.h): computed as the fold does, for people to see. */
#include "history_internal.h"

#include <stdlib.h>
#include <string.h>

void stella_proposal_free(struct stella_proposal *proposal)
{
	if (!proposal)
		return;
	for (size_t i = 0; i < proposal->needed_count; i++) {
		struct stella_needed *needed = &proposal->needed[i];

		for (size_t k = 0; k < needed->have_count; k++)
			free(needed->have[k]);
		for (size_t k = 0; k < needed->can_count; k++)
			free(needed->can[k]);
		free(needed->have);
		free(needed->can);
		free(needed->role);
	}
	free(proposal->needed);
	stella_tree_diff_free(proposal->diff);
	free(proposal);
}

static bool is_given(const struct stella_policy *policy, unsigned member, const struct stella_pending *given,
	const struct stella_sha256 *id)
{
	const struct stella_pending_item *item;
	uint8_t key[STELLA_PENDING_KEY];

	memcpy(key, given->item->key, STELLA_SHA256_SIZE);
	memcpy(key + STELLA_SHA256_SIZE, id->bytes, STELLA_SHA256_SIZE);
	item = stella_pending_find(given, key);
	return item && stella_history_holder(policy, item) == (int)member;
}

/* Did a member approve, with anything that this policy binds to him? */
static bool has_approved(const struct stella_policy *policy, unsigned index, const struct stella_pending *given)
{
	const struct stella_member *member = &policy->members[index];

	if (!given)
		return false;
	for (size_t i = 0; i < member->key_count; i++)
		if (is_given(policy, index, given, stella_pubkey_id(member->keys[i])))
			return true;
	for (size_t i = 0; i < member->credential_count; i++)
		if (is_given(policy, index, given, &member->credentials[i].id))
			return true;
	return false;
}

static void fill_needed(struct stella_needed *out, const struct stella_need *need, const struct stella_pending *given)
{
	const struct stella_policy *policy = need->policy;
	const struct stella_role *role = &policy->roles[need->role];

	out->role = stella_strdup(role->name);
	out->of_new_policy = need->of_new_policy;
	out->head = need->head;
	out->threshold = role->threshold;
	out->have = stella_alloc_array(role->member_count, sizeof *out->have);
	out->can = stella_alloc_array(role->member_count, sizeof *out->can);
	for (size_t i = 0; i < role->member_count; i++) {
		char *name = stella_strdup(policy->members[role->members[i]].name);

		if (has_approved(policy, role->members[i], given))
			out->have[out->have_count++] = name;
		else
			out->can[out->can_count++] = name;
	}
}

/* Views are told apart by what they say: others keep copies, also of another load of this history. */
static bool says_the_same(const struct stella_view *a, const struct stella_view *b)
{
	if (a->head_count != b->head_count || a->pending_count != b->pending_count)
		return false;
	for (size_t i = 0; i < a->head_count; i++) {
		if (!stella_sha256_equal(&a->heads[i]->id, &b->heads[i]->id))
			return false;
	}
	for (size_t i = 0; i < a->pending_count; i++) {
		if (!stella_oid_equal(&a->pending[i]->commit, &b->pending[i]->commit) ||
		    !stella_sha256_equal(&a->pending[i]->target, &b->pending[i]->target))
			return false;
	}
	return true;
}

static const struct stella_error *find_view(const struct stella_fold_view **out, struct stella_history *history,
	const struct stella_view *view)
{
	for (size_t i = history->view_count; i-- > 0;) {
		*out = history->views[i];
		if (*out && (*out)->head_count == view->head_count &&
		    stella_pending_count((*out)->pending) == view->pending_count &&
		    says_the_same(stella_history_show(history, *out), view))
			return NULL;
	}
	return stella_error(STELLA_INTERNAL, "a view of another history");
}

static const struct stella_error *find_difference(struct stella_proposal *proposal, struct stella_history *history,
	const struct stella_view *view, const struct stella_oid *tree)
{
	const struct stella_dir *from, *to;
	const struct stella_error *err = stella_trees_find(&from, history->trees, &view->heads[0]->tree);

	if (!err)
		err = stella_trees_find(&to, history->trees, tree);
	if (!err)
		proposal->diff = stella_tree_diff(from, to);
	return err;
}

const struct stella_error *stella_proposal_load(struct stella_proposal **out, struct stella_history *history,
	const struct stella_view *shown, const struct stella_oid *tree_id)
{
	struct stella_proposal *proposal = stella_alloc(sizeof *proposal);
	const struct stella_fold_view *view = NULL;
	const struct stella_pending *given;
	const struct stella_target *target;
	struct stella_tree_verdict tree;
	const struct stella_error *err;

	*out = NULL;
	err = find_view(&view, history, shown);
	if (!err)
		err = stella_history_judge_tree(&tree, history, tree_id);
	if (!err && !tree.dir)
		err = stella_error(STELLA_MALFORMED, "the tree is not valid: %s", tree.why);
	if (!err && !tree.policy)
		err = stella_error(STELLA_POLICY_UNSUPPORTED, "%s", tree.why);
	if (!err)
		err = find_difference(proposal, history, shown, tree_id);
	if (err)
		goto done;
	proposal->id = stella_history_successor(view, stella_dir_manifest(tree.dir));
	for (size_t i = 0; i < shown->head_count; i++) {
		if (shown->heads[i]->number >= proposal->number)
			proposal->number = shown->heads[i]->number + 1;
	}
	err = stella_history_target(&target, history, &proposal->id, view, &tree);
	if (err)
		goto done;
	given = stella_pending_of(view->pending, &proposal->id);
	proposal->empty = !target->possible;
	proposal->complete = stella_target_met(history, target, given);
	proposal->needed = stella_alloc_array(target->need_count, sizeof *proposal->needed);
	for (size_t i = 0; i < target->need_count; i++)
		fill_needed(&proposal->needed[proposal->needed_count++], &target->needs[i], given);
	*out = proposal;
	proposal = NULL;
done:
	stella_proposal_free(proposal);
	return err;
}
