/* SPDX-License-Identifier: Apache-2.0 */
/* Who has to approve what: policies, trees, and the quorums of rules 7, 8 and 10. */
#include "history_internal.h"

#include <stdlib.h>
#include <string.h>

/* ---------------------------------------------------------------- policies and trees */

static const char *keep_text(struct stella_history *history, const char *text)
{
	size_t size = strlen(text) + 1;

	return memcpy(stella_pool_alloc(&history->pool, size), text, size);
}

static const struct stella_error *read_policy(struct stella_buf *out, struct stella_history *history,
	const struct stella_file *file)
{
	const struct stella_error *err;
	struct stella_sha256 sha256;

	err = stella_repo_read(out, history->repo, &file->blob, STELLA_OBJECT_BLOB, STELLA_TREE_FILE_MAX);
	if (err)
		return err;
	sha256 = stella_sha256(stella_buf_span(out));
	if (!stella_sha256_equal(&sha256, &file->sha256))
		return stella_error(STELLA_INCOMPLETE, STELLA_POLICY_PATH ": its bytes are not those of the manifest");
	return NULL;
}

/* What cannot be read is an error; what the bytes say is remembered, valid or not. */
const struct stella_error *stella_history_policy_of(const struct stella_policy_memo **out,
	struct stella_history *history, const struct stella_file *file)
{
	struct stella_policy_memo *memo = stella_idmap_find(&history->policies, &file->sha256);
	const struct stella_error *err;
	struct stella_buf text = { 0 };

	*out = memo;
	if (memo)
		return NULL;
	err = read_policy(&text, history, file);
	if (err)
		goto done;
	memo = stella_pool_alloc(&history->pool, sizeof *memo);
	memo->id = file->sha256;
	err = stella_policy_parse(&memo->policy, stella_buf_span(&text));
	if (err) {
		memo->code = err->code;
		memo->why = keep_text(history, stella_error_prefix(err, STELLA_POLICY_PATH)->message);
		err = NULL;
	}
	stella_idmap_add(&history->policies, memo);
	*out = memo;
done:
	stella_buf_free(&text);
	return err;
}

/* Errors are those of rule 12; a tree or policy that is not valid is a verdict. */
const struct stella_error *stella_history_judge_tree(struct stella_tree_verdict *out, struct stella_history *history,
	const struct stella_oid *tree)
{
	const struct stella_policy_memo *memo;
	const struct stella_error *err;
	const struct stella_dir *dir;

	*out = (struct stella_tree_verdict){ 0 };
	err = stella_trees_judge(&dir, history->trees, tree);
	if (stella_error_is(err, STELLA_MALFORMED)) {
		out->why = keep_text(history, err->message);
		return NULL;
	}
	if (err)
		return err;
	if (!stella_dir_policy(dir)) {
		out->why = "there is no file " STELLA_POLICY_PATH;
		return NULL;
	}
	err = stella_history_policy_of(&memo, history, stella_dir_policy(dir));
	if (err)
		return err;
	if (!memo->policy && memo->code == STELLA_LIMIT)
		return stella_error(STELLA_LIMIT, "%s", memo->why);
	out->why = memo->why;
	if (memo->policy || memo->code == STELLA_POLICY_UNSUPPORTED) {
		out->dir = dir;
		out->policy = memo->policy;
	}
	return NULL;
}

/* ---------------------------------------------------------------- what a state needs */

/* While the paths are looked at that the tree alters against all heads. */
struct needs {
	struct stella_history *history;
	const struct stella_dir **heads;         /* their trees */
	const struct stella_policy **policies;   /* and policies */
	size_t count;
	const struct stella_error *err;
	bool **roles;                            /* by head: which roles are concerned */
	bool altered, policy_altered;
};

/* The difference is that to the first head; in a fork the entry has to be that of no head. */
static bool each_path(void *context, const char *path, const struct stella_file *from, const struct stella_file *to)
{
	struct needs *needs = context;
	struct stella_span span = stella_span_str(path);

	for (size_t i = 1; i < needs->count; i++) {
		const struct stella_file *file;

		needs->err = stella_trees_file(&file, needs->history->trees, needs->heads[i], span);
		if (needs->err)
			return false;
		if (!file && !to)
			return true;
		if (file && to && file->size == to->size && stella_sha256_equal(&file->sha256, &to->sha256))
			return true;
	}
	needs->altered = true;
	needs->policy_altered |= stella_span_is(span, STELLA_POLICY_PATH);
	for (size_t i = 0; i < needs->count; i++)
		needs->roles[i][stella_policy_role_of(needs->policies[i], span)] = true;
	return true;
}

static const struct stella_error *open_heads(struct needs *needs, const struct stella_fold_view *view)
{
	for (size_t i = 0; i < view->head_count; i++) {
		const struct stella_state *head = &view->heads[i]->state;
		const struct stella_error *err;

		err = stella_history_policy(&needs->policies[i], needs->history, head);
		if (!err)
			err = stella_trees_judge(&needs->heads[i], needs->history->trees, &head->tree);
		if (!err && !stella_sha256_equal(stella_dir_manifest(needs->heads[i]), &head->manifest))
			err = stella_error(STELLA_INCOMPLETE, "the tree in force is not what it was any more");
		if (err)
			return stella_error_is(err, STELLA_MALFORMED) ? stella_error_recode(err, STELLA_INCOMPLETE) : err;
		needs->roles[i] = stella_alloc_array(needs->policies[i]->role_count, sizeof **needs->roles);
	}
	return NULL;
}

static void add_need(struct stella_target *target, const struct stella_policy *policy, unsigned role, unsigned head,
	bool of_new_policy)
{
	struct stella_need *need = &target->needs[target->need_count++];

	*need = (struct stella_need){ .policy = policy, .role = role, .head = head, .of_new_policy = of_new_policy };
	for (size_t i = 0; i < policy->member_count; i++) {
		if (stella_role_has(&policy->roles[role], (unsigned)i))
			need->keys += policy->members[i].key_count + policy->members[i].credential_count;
	}
}

static void list_needs(struct stella_target *target, const struct needs *needs, const struct stella_policy *new_policy)
{
	bool fork = needs->count > 1;
	size_t room = 1;

	for (size_t i = 0; i < needs->count; i++)
		room += needs->policies[i]->role_count;
	target->needs = stella_pool_alloc(&needs->history->pool, room * sizeof *target->needs);
	target->possible = needs->altered || fork;
	for (size_t i = 0; i < needs->count; i++) {
		const struct stella_policy *policy = needs->policies[i];

		for (unsigned role = 0; role < policy->role_count; role++) {
			if (needs->roles[i][role] || (fork && role == policy->root_role))
				add_need(target, policy, role, (unsigned)i, false);
		}
	}
	if (needs->policy_altered && new_policy)
		add_need(target, new_policy, new_policy->root_role, 0, true);
}

const struct stella_error *stella_history_target(const struct stella_target **out, struct stella_history *history,
	const struct stella_sha256 *id, const struct stella_fold_view *view, const struct stella_tree_verdict *tree)
{
	struct needs needs = { .history = history, .count = view->head_count };
	struct stella_target *target = stella_idmap_find(&history->targets, id);
	const struct stella_error *err;

	*out = target;
	if (target)
		return NULL;
	needs.heads = stella_alloc_array(needs.count, sizeof *needs.heads);
	needs.policies = stella_alloc_array(needs.count, sizeof *needs.policies);
	needs.roles = stella_alloc_array(needs.count, sizeof *needs.roles);
	err = open_heads(&needs, view);
	if (err)
		goto done;
	stella_trees_begin(history->trees);
	err = stella_trees_diff(history->trees, needs.heads[0], tree->dir, each_path, &needs);
	if (!err)
		err = needs.err;
	if (err)
		goto done;
	target = stella_pool_alloc(&history->pool, sizeof *target);
	target->id = *id;
	list_needs(target, &needs, tree->policy);
	stella_idmap_add(&history->targets, target);
	*out = target;
done:
	for (size_t i = 0; i < needs.count; i++)
		free(needs.roles[i]);
	free(needs.roles);
	free(needs.policies);
	free(needs.heads);
	return err;
}

/* ---------------------------------------------------------------- counting members */

/* Counts a member of the role once. */
static void count_member(struct stella_history *history, const struct stella_need *need, int member, size_t *count)
{
	if (member < 0 || !stella_role_has(&need->policy->roles[need->role], (unsigned)member) ||
	    history->seen[member] == history->seen_stamp)
		return;
	history->seen[member] = history->seen_stamp;
	(*count)++;
}

/* Goes over the fewer: the keys of the role, or the approvals. */
bool stella_need_met(struct stella_history *history, const struct stella_need *need, const struct stella_pending *given)
{
	const struct stella_policy *policy = need->policy;
	unsigned threshold = policy->roles[need->role].threshold;
	size_t count = 0, approvals = stella_pending_count(given);
	const struct stella_pending_item **items, *item;
	uint8_t key[STELLA_PENDING_KEY];

	if (approvals < threshold)
		return false;
	history->seen_stamp++;
	if (need->keys < approvals) {
		memcpy(key, given->item->key, STELLA_SHA256_SIZE);
		for (size_t i = 0; i < policy->key_count && count < threshold; i++) {
			if (!stella_role_has(&policy->roles[need->role], policy->keys[i].member))
				continue;
			memcpy(key + STELLA_SHA256_SIZE, policy->keys[i].id.bytes, STELLA_SHA256_SIZE);
			item = stella_pending_find(given, key);
			if (item)
				count_member(history, need, stella_history_holder(policy, item), &count);
		}
		return count >= threshold;
	}
	items = stella_alloc_array(approvals, sizeof *items);
	stella_pending_list(given, items);
	for (size_t i = 0; i < approvals && count < threshold; i++)
		count_member(history, need, stella_history_holder(policy, items[i]), &count);
	free(items);
	return count >= threshold;
}

bool stella_target_met(struct stella_history *history, const struct stella_target *target, const struct stella_pending *given)
{
	if (!target->possible)
		return false;
	for (size_t i = 0; i < target->need_count; i++) {
		if (!stella_need_met(history, &target->needs[i], given))
			return false;
	}
	return true;
}
