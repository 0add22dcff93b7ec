/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check --base --head: what merging a pull request would come to.  Nothing is guessed: the merge commit, and
 * the one of a squash, are made in memory and folded like any other; nothing is written, and nothing
 * remembered.
 */
#include "pull.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commit.h"
#include "repo_walk.h"

/* ---------------------------------------------------------------- commits that exist only here */

static const struct stella_error *write_commit(struct stella_oid *out, struct stella_repo *repo, const struct stella_oid *tree,
	const struct stella_oid *parents, unsigned count)
{
	struct stella_commit_links links = { .tree = *tree, .parent_count = count };
	struct stella_buf raw = { 0 };
	const struct stella_error *err;

	for (unsigned i = 0; i < count; i++)
		links.parents[i] = parents[i];
	stella_commit_print(&raw, &links, stella_span_str("forge <forge@localhost> 0 +0000"), stella_span_str("a merge, to see"),
		NULL, NULL);
	err = stella_refs_write(out, repo, STELLA_OBJECT_COMMIT, stella_buf_span(&raw));
	stella_buf_free(&raw);
	return err;
}

static const struct stella_error *fold(struct pull *pull)
{
	struct stella_oid parents[2] = { pull->base, pull->head }, commit;
	const struct stella_error *err;

	err = stella_advance_load(&pull->alone, pull->repo, &pull->root, &pull->base, &pull->head, NULL);
	if (!err)
		err = write_commit(&commit, pull->repo, &pull->head_tree, parents, 2);
	if (!err)
		err = stella_advance_load(&pull->merge, pull->repo, &pull->root, &pull->base, &commit, NULL);
	if (!err)
		err = write_commit(&commit, pull->repo, &pull->head_tree, parents, 1);
	return err ? err : stella_advance_load(&pull->squash, pull->repo, &pull->root, &pull->base, &commit, NULL);
}

/* Is every commit of the head on the base already? */
static const struct stella_error *find_contained(bool *out, const struct pull *pull)
{
	struct stella_advance *back = NULL;
	const struct stella_error *err = stella_advance_load(&back, pull->repo, &pull->root, &pull->head, &pull->base, NULL);

	*out = !err && back->fast_forward;
	stella_advance_free(back);
	return err;
}

/* ---------------------------------------------------------------- what it comes to */

/* Does the base hold a tree that the head does not build on?  Then the merge makes a tree of its own. */
static bool is_combined(const struct pull *pull)
{
	const struct stella_state *state = pull->merge->before->heads[0];

	if (pull->alone->fast_forward || stella_oid_equal(&pull->base_tree, &pull->head_tree))
		return false;
	if (!stella_oid_equal(&pull->base_tree, &state->tree))
		return true;
	for (size_t i = 0; i < pull->alone->after->head_count; i++)
		if (stella_state_on_chain(pull->alone->after->heads[i], &state->id))
			return false;
	return true;
}

static enum pull_outcome judge(const struct pull *pull)
{
	bool in_force_alone = pull->alone->after->head_count == 1 && pull->alone->proposal && pull->alone->proposal->empty;

	switch (pull->merge->move) {
	case STELLA_MOVE_FORK:
		return PULL_FORK;
	case STELLA_MOVE_DEAD:
		return PULL_INVALID;
	case STELLA_MOVE_PENDING:
		return in_force_alone ? PULL_LOST : PULL_NOT_IN_FORCE;
	case STELLA_MOVE_REWIND: /* rule 9 has no merge that does; if one did, it must not pass */
		return PULL_INVALID;
	default:
		return pull->combined ? PULL_NOT_IN_FORCE : pull->merge->move == STELLA_MOVE_NONE ? PULL_NO_CHANGE : PULL_TAKES_EFFECT;
	}
}

static const struct stella_error *verdict_of(const struct pull *pull)
{
	const struct stella_proposal *p = pull->merge->proposal;

	switch (pull->outcome) {
	case PULL_NOT_IN_FORCE:
		return stella_error(STELLA_APPROVAL_MISSING, "not in force after a merge: %s", !p->empty ? say_missing(pull->cmd, p) :
			"the base holds changes that nobody approved");
	case PULL_LOST:
		return stella_error(STELLA_APPROVAL_MISSING, "not in force after a merge: what was approved on this branch is no "
			"successor of what is in force on the base any more");
	case PULL_FORK:
		return stella_error(STELLA_FORK, "a merge would be a fork: the policy was changed on both sides");
	case PULL_INVALID:
		return stella_error(STELLA_MALFORMED, "the tree can never take effect: %s", pull->merge->why);
	default:
		return NULL;
	}
}

static void keep_verdict(struct pull *pull, const struct stella_error *err)
{
	if (!err || pull->verdict)
		return;
	pull->verdict_slot = *err;
	pull->verdict = &pull->verdict_slot;
}

static const struct stella_error *find_difference(struct pull *pull)
{
	struct stella_trees *trees = stella_history_trees(pull->merge->history);
	const struct stella_dir *from, *to;
	const struct stella_error *err;

	if (pull->outcome == PULL_INVALID)
		return NULL;
	err = stella_trees_find(&from, trees, &pull->merge->before->heads[0]->tree);
	if (!err)
		err = stella_trees_find(&to, trees, &pull->head_tree);
	if (!err)
		pull->diff = stella_tree_diff(from, to);
	return err;
}

/* ---------------------------------------------------------------- records, memory's stand-ins, time */

static const struct stella_error *load_at(struct stella_trust **out, const struct pull *pull, const struct stella_oid *root,
	const struct stella_oid *tip, bool demand)
{
	char root_hex[STELLA_OID_HEX], tip_hex[STELLA_OID_HEX];
	struct stella_trust_options options = { .root = root_hex, .ref = tip_hex, .now = pull->cmd->now, .no_memory = true,
		.judge_only = true };

	stella_oid_hex(root_hex, root);
	stella_oid_hex(tip_hex, tip);
	if (demand)
		options.at_least = opts_all(pull->cmd, "at-least", &options.at_least_count);
	return stella_trust_load(out, pull->repo, &options);
}

/* The records of the tree are read as if it were in force: as the root of a history of its own. */
static const struct stella_error *check_tree(struct pull *pull)
{
	struct stella_trust *trust = NULL;
	struct stella_oid commit;
	const struct stella_error *err;

	if (pull->outcome == PULL_INVALID)
		return NULL;
	err = write_commit(&commit, pull->repo, &pull->head_tree, NULL, 0);
	if (!err)
		err = load_at(&trust, pull, &commit, &commit, false);
	if (err)
		return err;
	keep_verdict(pull, check_records(pull->cmd, trust, &pull->records));
	stella_trust_free(trust);
	return NULL;
}

/* --at-least and the policy's expiry hold for what would be in force. */
static const struct stella_error *check_time(struct pull *pull)
{
	struct stella_oid parents[2] = { pull->base, pull->head }, commit;
	struct stella_trust *trust = NULL;
	const struct stella_error *err = write_commit(&commit, pull->repo, &pull->head_tree, parents, 2);

	if (!err)
		err = load_at(&trust, pull, &pull->root, &commit, true);
	if (!err)
		keep_verdict(pull, trust->verdict);
	stella_trust_free(trust);
	return err;
}

static const struct stella_error *find_misses(struct pull *pull)
{
	struct stella_trust *trust = NULL;
	const struct stella_error *err = load_at(&trust, pull, &pull->root, &pull->head, false);

	if (!err)
		err = near_misses(pull->misses, trust);
	stella_trust_free(trust);
	return err;
}

/* ---------------------------------------------------------------- the command */

static const struct stella_error *find_tip(struct stella_oid *out, struct pull *pull, const char *which, const char *name)
{
	const struct stella_error *err = stella_repo_resolve_tip(out, pull->repo, name);

	if (stella_error_is(err, STELLA_NOT_FOUND))
		pull->cmd->hint = "git fetch it first, the whole history (CI: no shallow clone); git for-each-ref shows what is here";
	return err ? stella_error_prefix(err, "%s", which) : NULL;
}

static const struct stella_error *find_commits(struct pull *pull)
{
	struct cmd *cmd = pull->cmd;
	const char *head = opts_get(cmd, "head");
	char *branch = NULL;
	const struct stella_error *err = session_repo(&pull->repo, cmd);

	if (!err)
		err = session_root(&pull->root, &pull->root_source, cmd);
	if (!err && !head) {
		err = stella_repo_head(&branch, pull->repo);
		if (!err && !branch)
			err = stella_error(STELLA_USAGE, "HEAD is detached: --head names the commit of the pull request");
		head = branch ? keep(cmd, branch) : NULL;
	}
	pull->base_name = opts_get(cmd, "base");
	pull->head_name = head;
	if (!err)
		err = find_tip(&pull->base, pull, "--base", pull->base_name);
	if (!err)
		err = find_tip(&pull->head, pull, opts_get(cmd, "head") ? "--head" : "the branch checked out", head);
	if (!err)
		err = stella_repo_walk_tree(&pull->base_tree, pull->repo, &pull->base);
	return err ? err : stella_repo_walk_tree(&pull->head_tree, pull->repo, &pull->head);
}

static const struct stella_error *find_outcome(struct pull *pull)
{
	bool contained = false;
	const struct stella_error *err = fold(pull);

	if (!err)
		err = find_contained(&contained, pull);
	if (err)
		return err;
	pull->combined = is_combined(pull);
	pull->outcome = contained ? PULL_CONTAINED : judge(pull);
	err = find_difference(pull);
	if (!err && !contained)
		err = check_tree(pull); /* first: what is malformed nobody should approve */
	keep_verdict(pull, verdict_of(pull));
	if (!err)
		err = check_time(pull);
	return err ? err : find_misses(pull);
}

const struct stella_error *check_pull(struct cmd *cmd)
{
	struct pull pull = { .cmd = cmd, .misses = stella_json_new_array() };
	const struct stella_error *err = find_commits(&pull);
	bool writing = false;

	if (!err) {
		err = stella_refs_batch_start(pull.repo);
		writing = !err;
	}
	if (!err)
		err = find_outcome(&pull);
	if (!err && cmd->json)
		say_pull_json(&pull);
	else if (!err)
		err = cmd->markdown ? say_pull_markdown(&pull) : say_pull(&pull);
	if (!err && pull.verdict) {
		cmd->hint = pull_remedy(&pull);
		err = stella_error(pull.verdict->code, "%s", pull.verdict->message);
	}
	if (writing)
		stella_refs_batch_abort(pull.repo); /* nothing of it was ever in the repository */
	stella_json_free(pull.misses);
	stella_tree_diff_free(pull.diff);
	stella_advance_free(pull.alone);
	stella_advance_free(pull.merge);
	stella_advance_free(pull.squash);
	return err;
}
