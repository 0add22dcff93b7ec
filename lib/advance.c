/* SPDX-License-Identifier: Apache-2.0 */
#include "advance.h"

#include <stdio.h>
#include <stdlib.h>

#include "repo_walk.h"

static const struct stella_error *load(struct stella_history **out, struct stella_repo *repo, const struct stella_oid *root,
	const struct stella_oid *tip, struct stella_cache *cache, const char *what)
{
	const struct stella_error *err = stella_history_load(out, repo, root, tip, cache);
	char hex[STELLA_OID_HEX];

	if (!err)
		return NULL;
	stella_oid_hex(hex, tip);
	return stella_error_prefix(err, "%s %s", what, hex);
}

static const struct stella_error *find_before(struct stella_advance *a, struct stella_repo *repo, const struct stella_oid *root,
	const struct stella_oid *old, const struct stella_oid *new_tip, struct stella_cache *cache)
{
	const struct stella_error *err = stella_history_view_at(&a->before, a->history, old);

	a->fast_forward = !err;
	if (!stella_error_is(err, STELLA_NOT_FOUND))
		return err;
	err = load(&a->old_history, repo, root, old, cache, "what the branch holds now, commit");
	if (err)
		return err;
	a->before = stella_history_view(a->old_history);
	/* Without a cache an ancestor would have been read. */
	return cache ? stella_repo_walk_descends(&a->fast_forward, repo, new_tip, old, STELLA_COMMITS_MAX) : NULL;
}

static bool on_chain(const struct stella_view *view, const struct stella_state *state)
{
	for (size_t i = 0; i < view->head_count; i++)
		if (stella_state_on_chain(view->heads[i], &state->id))
			return true;
	return false;
}

static bool keeps_all(const struct stella_view *before, const struct stella_view *after)
{
	for (size_t i = 0; before && i < before->head_count; i++)
		if (!on_chain(after, before->heads[i]))
			return false;
	return true;
}

static bool same_heads(const struct stella_view *a, const struct stella_view *b)
{
	if (!a || a->head_count != b->head_count)
		return false;
	for (size_t i = 0; i < a->head_count; i++) {
		bool found = false;

		for (size_t k = 0; k < b->head_count; k++)
			found |= stella_sha256_equal(&a->heads[i]->id, &b->heads[k]->id);
		if (!found)
			return false;
	}
	return true;
}

static enum stella_move judge(const struct stella_advance *a)
{
	if (!keeps_all(a->before, a->after))
		return STELLA_MOVE_REWIND;
	if (a->after->head_count > 1)
		return STELLA_MOVE_FORK;
	if (!a->proposal)
		return STELLA_MOVE_DEAD;
	if (!a->proposal->empty)
		return STELLA_MOVE_PENDING;
	return a->state_moves ? STELLA_MOVE_FORWARD : STELLA_MOVE_NONE;
}

const struct stella_error *stella_advance_load(struct stella_advance **out, struct stella_repo *repo,
	const struct stella_oid *root, const struct stella_oid *old, const struct stella_oid *new_tip,
	struct stella_cache *cache)
{
	struct stella_advance *a = stella_alloc(sizeof *a);
	const struct stella_error *err;

	*out = NULL;
	err = load(&a->history, repo, root, new_tip, cache, "commit");
	if (err)
		goto done;
	a->after = stella_history_view(a->history);
	a->fast_forward = !old;
	if (old)
		err = find_before(a, repo, root, old, new_tip, cache);
	if (!err)
		err = stella_repo_walk_tree(&a->tree, repo, new_tip);
	if (!err)
		err = stella_proposal_load(&a->proposal, a->history, a->after, &a->tree);
	if (stella_error_is(err, STELLA_MALFORMED) || stella_error_is(err, STELLA_POLICY_UNSUPPORTED)) {
		snprintf(a->why, sizeof a->why, "%s", err->message);
		err = NULL;
	}
	if (err)
		goto done;
	a->same_fork = a->after->head_count > 1 && same_heads(a->before, a->after);
	a->state_moves = !same_heads(a->before, a->after);
	a->move = judge(a);
	*out = a;
	a = NULL;
done:
	stella_advance_free(a);
	return err;
}

void stella_advance_free(struct stella_advance *advance)
{
	if (!advance)
		return;
	stella_proposal_free(advance->proposal);
	stella_history_free(advance->history);
	stella_history_free(advance->old_history);
	free(advance);
}
