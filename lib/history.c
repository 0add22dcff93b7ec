/* SPDX-License-Identifier: Apache-2.0 */
#include "cache_internal.h"
#include "history_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---------------------------------------------------------------- loading */

static struct stella_history *new_history(struct stella_repo *repo, const struct stella_oid *root,
	const struct stella_oid *tip, struct stella_cache *cache)
{
	struct stella_history *history = stella_alloc(sizeof *history);

	history->repo = repo;
	history->cache = cache;
	history->root = *root;
	history->tip = *tip;
	history->trees = stella_trees_new(repo);
	history->commits.id_size = history->proposed.id_size = STELLA_OID_SIZE;
	history->policies.id_size = history->targets.id_size = history->keys.id_size = STELLA_SHA256_SIZE;
	history->states.by_id.id_size = STELLA_SHA256_SIZE;
	history->states.pool = history->pendings.pool = &history->pool;
	history->seen = stella_alloc_array(STELLA_MEMBERS_MAX, sizeof *history->seen);
	pthread_mutex_init(&history->lock, NULL);
	return history;
}

void stella_history_free(struct stella_history *history)
{
	if (!history)
		return;
	for (size_t i = 0; i < history->policies.cap; i++) {
		struct stella_policy_memo *memo = history->policies.slots[i];

		if (memo)
			stella_policy_free(memo->policy);
	}
	stella_trees_free(history->trees);
	stella_idmap_free(&history->commits);
	stella_idmap_free(&history->policies);
	stella_idmap_free(&history->targets);
	stella_idmap_free(&history->proposed);
	stella_idmap_free(&history->keys);
	stella_states_free(&history->states);
	stella_pool_free(&history->pool);
	pthread_mutex_destroy(&history->lock);
	free(history->pendings.list);
	free(history->items);
	free(history->views);
	free(history->order);
	free(history->seen);
	free(history);
}

static const struct stella_error *verdict(const struct stella_fold_view **out, const struct stella_history *history,
	const struct stella_commit *commit)
{
	char hex[STELLA_OID_HEX], root[STELLA_OID_HEX];

	*out = commit->view;
	if (commit->view)
		return NULL;
	if (commit->error)
		return stella_error(commit->error->code, "%s", commit->error->message);
	stella_oid_hex(hex, &commit->id);
	stella_oid_hex(root, &history->root);
	return stella_error(STELLA_NO_ROOT, "commit %s does not lead to the root commit %s", hex, root);
}

/* *out NULL and no error: the cache is damaged. */
static const struct stella_error *load(struct stella_history **out, struct stella_repo *repo,
	const struct stella_oid *root, const struct stella_oid *tip, struct stella_cache *cache)
{
	struct stella_history *history = new_history(repo, root, tip, cache);
	const struct stella_fold_view *view;
	const struct stella_error *err;

	*out = NULL;
	stella_history_use_cache(history);
	err = stella_history_read(history);
	for (size_t i = 0; i < history->order_count && !err && !history->damaged; i++)
		err = stella_history_fold(history, history->order[i]);
	if (history->damaged) {
		err = NULL;
		goto done;
	}
	if (!err)
		err = verdict(&view, history, stella_idmap_find(&history->commits, tip));
	if (err)
		goto done;
	*out = history;
	history = NULL;
done:
	stella_history_free(history);
	return err;
}

const struct stella_error *stella_history_load(struct stella_history **out, struct stella_repo *repo,
	const struct stella_oid *root, const struct stella_oid *tip, struct stella_cache *cache)
{
	const struct stella_error *err = load(out, repo, root, tip, cache);

	if (err || *out)
		return err;
	stella_cache_forget(cache);
	return load(out, repo, root, tip, cache);
}

/* ---------------------------------------------------------------- views */

const struct stella_view *stella_history_view(const struct stella_history *history)
{
	const struct stella_commit *tip = stella_idmap_find(&history->commits, &history->tip);

	return stella_history_show((struct stella_history *)(uintptr_t)history, tip->view);
}

size_t stella_history_commits_read(const struct stella_history *history)
{
	return history->commits_read;
}

static const struct stella_error *find_commit(const struct stella_commit **out, const struct stella_history *history,
	const struct stella_oid *id)
{
	char hex[STELLA_OID_HEX];

	*out = stella_idmap_find(&history->commits, id);
	if (*out)
		return NULL;
	stella_oid_hex(hex, id);
	return stella_error(STELLA_NOT_FOUND, "commit %s was not read between the root and the tip", hex);
}

const struct stella_error *stella_history_view_at(const struct stella_view **out, struct stella_history *history,
	const struct stella_oid *id)
{
	const struct stella_fold_view *view;
	const struct stella_commit *commit;
	const struct stella_error *err = find_commit(&commit, history, id);

	*out = NULL;
	if (!err)
		err = verdict(&view, history, commit);
	if (!err)
		*out = stella_history_show(history, view);
	return err;
}

struct stella_trees *stella_history_trees(struct stella_history *history)
{
	return history->trees;
}

const struct stella_error *stella_history_policy(const struct stella_policy **out, struct stella_history *history,
	const struct stella_state *state)
{
	const struct stella_policy_memo *memo;
	const struct stella_error *err = stella_history_policy_of(&memo, history, &state->policy);

	*out = NULL;
	if (err)
		return err;
	*out = memo->policy;
	return memo->policy ? NULL : stella_error(STELLA_INCOMPLETE, "%s", memo->why);
}

/* ---------------------------------------------------------------- states */

const struct stella_state **stella_history_chain(size_t *count, const struct stella_state *head)
{
	return stella_state_chain(count, head);
}

const struct stella_state *stella_history_find_state(const struct stella_history *history, const struct stella_sha256 *id)
{
	const struct stella_view *view = stella_history_view(history);
	const struct stella_state *found = NULL;
	uint64_t number;

	if (!stella_states_number(&history->states, id, &number))
		return NULL;
	for (size_t i = 0; i < view->head_count && !found; i++)
		found = stella_state_find(view->heads[i], id, number);
	return found;
}

/* A name is "#12", or hex digits that the id begins with. */
static bool is_named(const struct stella_state *state, const char *name)
{
	char hex[STELLA_SHA256_HEX], number[24];

	if (*name == '#') {
		snprintf(number, sizeof number, "%llu", (unsigned long long)state->number);
		return strcmp(number, name + 1) == 0;
	}
	stella_sha256_hex(hex, &state->id);
	return strncmp(hex, name, strlen(name)) == 0;
}

const struct stella_error *stella_history_name_state(const struct stella_state **out,
	const struct stella_history *history, const char *name)
{
	const struct stella_view *view = stella_history_view(history);
	const struct stella_state *found = NULL;
	bool several = false;

	*out = NULL;
	if (*name != '#' && strlen(name) < 7)
		return stella_error(STELLA_USAGE, "\"%s\" names no state: give 7 or more hex digits of its id, or #NUMBER", name);
	for (size_t i = 0; i < view->head_count; i++) {
		size_t count;
		const struct stella_state **chain = stella_state_chain(&count, view->heads[i]);

		for (size_t k = 0; k < count; k++) {
			if (!is_named(chain[k], name))
				continue;
			several |= found && !stella_sha256_equal(&found->id, &chain[k]->id);
			found = found ? found : chain[k];
		}
		free(chain);
	}
	if (several)
		return stella_error(STELLA_USAGE, "\"%s\" names more than one state; give more of the id", name);
	if (!found)
		return stella_error(STELLA_NOT_FOUND, "no state %s on the chain in force", name);
	*out = found;
	return NULL;
}

/* ---------------------------------------------------------------- why not */

/* Why a claim did not become an approval, with what its commit started from. */
static const struct stella_error *why_not_taken(char why[STELLA_ERROR_MAX], struct stella_history *history,
	const struct stella_commit *commit, const struct stella_fold_view *begin)
{
	struct stella_tree_verdict tree;
	struct stella_sha256 target;
	const struct stella_error *err = stella_history_judge_tree(&tree, history, &commit->tree);
	char claimed[STELLA_SHA256_HEX], made[STELLA_SHA256_HEX];
	struct stella_claim_signer *signers = NULL;
	const char *member;
	size_t count;

	if (err)
		return err;
	if (!tree.dir) {
		snprintf(why, STELLA_ERROR_MAX, "its tree is not valid: %s", tree.why);
		return NULL;
	}
	target = stella_history_successor(begin, stella_dir_manifest(tree.dir));
	if (!stella_sha256_equal(&target, &commit->claim->target)) {
		stella_sha256_hex(claimed, &commit->claim->target);
		stella_sha256_hex(made, &target);
		snprintf(why, STELLA_ERROR_MAX, "it approves state %.12s, but here its tree would make state %.12s",
			claimed, made);
		return NULL;
	}
	if (!commit->claim->key) {
		err = stella_history_signers(&signers, &count, why, history, commit, begin, &tree);
		if (!err && count)
			*why = 0;
		free(signers);
		return err;
	}
	err = stella_history_member(&member, history, begin, &tree, &commit->claim->key->id);
	if (!err && !member)
		snprintf(why, STELLA_ERROR_MAX, "it is signed with %s, a key of no member", commit->claim->key->fingerprint);
	return err;
}

const struct stella_error *stella_history_why(char why[STELLA_ERROR_MAX], struct stella_history *history,
	const struct stella_oid *id)
{
	const struct stella_fold_view *begin;
	const struct stella_fold_error *error;
	struct stella_approval_claim claim = { 0 };
	const struct stella_commit *commit;
	struct stella_buf raw = { 0 };
	const struct stella_error *err;
	bool is_claim;

	*why = 0;
	err = find_commit(&commit, history, id);
	if (!err && commit->cached)
		err = stella_error(STELLA_NOT_FOUND, "why a commit counted or not is not in the cache");
	if (err)
		return err;
	if (commit->claim) {
		stella_history_begin(history, commit, &begin, &error);
		if (begin)
			return why_not_taken(why, history, commit, begin);
		snprintf(why, STELLA_ERROR_MAX, "%s", error ? error->message : "it does not lead to the root commit");
		return NULL;
	}
	err = stella_repo_read(&raw, history->repo, id, STELLA_OBJECT_COMMIT, STELLA_COMMIT_MAX);
	if (!err)
		err = stella_approval_parse(&claim, &is_claim, why, stella_buf_span(&raw));
	stella_approval_claim_free(&claim);
	stella_buf_free(&raw);
	return err;
}
