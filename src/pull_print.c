/* SPDX-License-Identifier: Apache-2.0 */
/* A pull request for people, for a comment below it, and as JSON. */
#include <stdlib.h>
#include <string.h>

#include "pull.h"

#define DIFF_MAX 40000 /* bytes of the difference in a comment; a forge takes 65,536 of all */

static const struct {
	const char *word, *text;
} outcomes[] = {
	[PULL_CONTAINED] = { "contained", "nothing to merge: the base holds it already" },
	[PULL_NO_CHANGE] = { "no-change", "may be merged, and changes nothing that is in force" },
	[PULL_TAKES_EFFECT] = { "takes-effect", "may be merged, and takes effect then" },
	[PULL_NOT_IN_FORCE] = { "not-in-force", "must not be merged yet: approvals are missing" },
	[PULL_LOST] = { "lost", "must not be merged: its approvals are about a state that the base has left" },
	[PULL_FORK] = { "fork", "must not be merged: the trust history would be a fork" },
	[PULL_INVALID] = { "invalid", "must not be merged: the tree can never take effect" },
};

const char *pull_word(enum pull_outcome outcome)
{
	return outcomes[outcome].word;
}

const char *pull_summary(const struct pull *pull)
{
	if (pull->verdict && pull->outcome <= PULL_TAKES_EFFECT)
		return "must not be merged";
	return outcomes[pull->outcome].text;
}

const char *pull_method(const struct pull *pull, const struct stella_advance *way)
{
	if (way == pull->alone && !way->fast_forward)
		return "not possible: the base has moved on";
	if (way == pull->merge && pull->combined)
		return "makes a tree that nobody approved";
	switch (way->move) {
	case STELLA_MOVE_NONE:
		return "changes nothing";
	case STELLA_MOVE_FORWARD:
		return "takes effect";
	case STELLA_MOVE_PENDING:
		return way == pull->squash && pull->outcome == PULL_TAKES_EFFECT ? "no effect: loses the approvals" : "no effect";
	case STELLA_MOVE_DEAD:
		return "can never take effect";
	case STELLA_MOVE_FORK:
		return "a fork";
	default:
		return "loses a state that is in force";
	}
}

const char *pull_remedy(const struct pull *pull)
{
	if (pull->verdict && pull->verdict->code == STELLA_MALFORMED && pull->outcome != PULL_INVALID)
		return "mend the record, then stella approve";
	switch (pull->outcome) {
	case PULL_NOT_IN_FORCE:
		return pull->combined ? "begin a branch at the base, merge this one into it, then stella approve" :
			"check out the branch and run stella approve; where a squash or rebase lost approvals, that is on top";
	case PULL_LOST:
	case PULL_FORK:
		/* the other way round the branch's own chain would be the first parent's, and stay (rule 9) */
		return "begin a branch at the base, merge this one into it (git switch -c NEW BASE; git merge HEAD), then stella "
			"approve by everybody who is needed";
	case PULL_INVALID:
		return "mend the tree, then stella approve";
	default:
		return pull->verdict ? "stella status" : NULL;
	}
}

/* ---------------------------------------------------------------- the states that it brings */

/* States on the way from what is in force at the base to what would be; the i-th, oldest first, or NULL. */
static const struct stella_state *new_state(const struct pull *pull, size_t i)
{
	const struct stella_view *before = pull->merge->before, *after = pull->merge->after;
	const struct stella_state **chain, *found = NULL;
	size_t count;

	if (after->head_count != 1 || !pull->merge->state_moves)
		return NULL;
	chain = stella_history_chain(&count, after->heads[0]);
	for (size_t k = 0; k < count && !found; k++) {
		bool old = false;

		for (size_t h = 0; h < before->head_count; h++)
			old |= stella_state_on_chain(before->heads[h], &chain[k]->id);
		if (!old && i-- == 0)
			found = chain[k];
	}
	free(chain);
	return found;
}

static const char *members(struct cmd *cmd, const struct stella_state *state)
{
	struct stella_buf text = { 0 };

	for (size_t i = 0; i < state->approval_count; i++)
		stella_buf_printf(&text, "%s%s", i ? ", " : "", approval_at(state, i)->member);
	return keep(cmd, stella_buf_take_str(&text));
}

/* ---------------------------------------------------------------- text */

static void say_methods(const struct pull *pull)
{
	struct cmd *cmd = pull->cmd;

	say(cmd, "  merge commit   %s\n", pull_method(pull, pull->merge));
	say(cmd, "  fast-forward   %s\n", pull_method(pull, pull->alone));
	say(cmd, "  squash, rebase %s\n", pull_method(pull, pull->squash));
}

static const struct stella_error *say_changes(const struct pull *pull)
{
	if (!pull->diff || !pull->diff->count)
		return NULL;
	return say_difference(pull->cmd, pull->repo, &pull->merge->before->heads[0]->tree, &pull->head_tree, pull->diff);
}

const struct stella_error *say_pull(const struct pull *pull)
{
	struct cmd *cmd = pull->cmd;
	const struct stella_state *state;
	const struct stella_error *err = NULL;
	const char *remedy = pull_remedy(pull);

	say(cmd, "%s\n", pull_summary(pull));
	if (pull->verdict)
		say(cmd, "because   %s\n", show(cmd, pull->verdict->message));
	say(cmd, "pin       %s (%s)\n", show_oid(cmd, &pull->root), pull->root_source);
	say(cmd, "base      %s at %s\n", show(cmd, pull->base_name), show_oid(cmd, &pull->base));
	say(cmd, "head      %s at %s\n", show(cmd, pull->head_name), show_oid(cmd, &pull->head));
	say(cmd, "in force  state %s at the base\n", show_state(cmd, pull->merge->before->heads[0]));
	if (pull->outcome == PULL_CONTAINED)
		return NULL;
	for (size_t i = 0; (state = new_state(pull, i)); i++)
		say(cmd, "brings    state %s, approved by %s\n", show_state(cmd, state), show(cmd, members(cmd, state)));
	if (pull->merge->proposal && !pull->merge->proposal->empty)
		say_proposal(cmd, pull->merge->proposal);
	for (size_t i = 0; i < stella_json_count(pull->misses); i++) {
		const struct stella_json *miss = stella_json_at(pull->misses, i);

		say(cmd, "no effect commit %s: %s\n", stella_json_text(stella_json_find(miss, "commit")),
			show(cmd, stella_json_text(stella_json_find(miss, "why"))));
	}
	say(cmd, "merging\n");
	say_methods(pull);
	if (pull->diff)
		say(cmd, "changes   %zu file%s\n", pull->diff->count, pull->diff->count == 1 ? "" : "s");
	err = say_changes(pull);
	if (!err && pull->records)
		say(cmd, "records   %zu read as if they were in force\n", pull->records);
	if (!err && remedy)
		say(cmd, "next      %s\n", remedy);
	return err;
}

/* ---------------------------------------------------------------- a comment */

static size_t longest_run(const char *text)
{
	size_t longest = 0, run = 0;

	for (; *text; text++) {
		run = *text == '`' ? run + 1 : 0;
		longest = run > longest ? run : longest;
	}
	return longest;
}

/* A code span: nothing in it is a link, a mention or markup, whatever it holds. */
static const char *code(struct cmd *cmd, const char *text)
{
	const char *shown = show(cmd, text);
	struct stella_buf out = { 0 };
	size_t fence = longest_run(shown) + 1;

	for (size_t i = 0; i < fence; i++)
		stella_buf_put_u8(&out, '`');
	stella_buf_put_str(&out, fence > 1 ? " " : "");
	for (; *shown; shown++) {
		if (*shown == '|') /* in a table it would end the cell */
			stella_buf_put_u8(&out, '\\');
		stella_buf_put_u8(&out, (uint8_t)*shown);
	}
	stella_buf_put_str(&out, fence > 1 ? " " : "");
	for (size_t i = 0; i < fence; i++)
		stella_buf_put_u8(&out, '`');
	return keep(cmd, stella_buf_take_str(&out));
}

static const char *codes(struct cmd *cmd, char *const *names, size_t count)
{
	struct stella_buf out = { 0 };

	for (size_t i = 0; i < count; i++)
		stella_buf_printf(&out, "%s%s", i ? ", " : "", code(cmd, names[i]));
	return out.size ? keep(cmd, stella_buf_take_str(&out)) : "nobody";
}

/* What was said since `from`, taken out again. */
static char *take_said(struct cmd *cmd, size_t from)
{
	char *text = stella_strdup((const char *)cmd->out.data + from);

	cmd->out.size = from;
	cmd->out.data[from] = 0;
	return text;
}

static const struct stella_error *say_folded(const struct pull *pull)
{
	struct cmd *cmd = pull->cmd;
	size_t from = cmd->out.size, size;
	const struct stella_error *err = say_changes(pull);
	char *text;

	if (err || cmd->out.size == from)
		return err;
	text = take_said(cmd, from);
	size = strlen(text);
	say(cmd, "\n<details><summary>What changes: %zu file%s</summary>\n\n", pull->diff->count, pull->diff->count == 1 ? "" : "s");
	for (size_t i = longest_run(text) < 3 ? 3 : longest_run(text) + 1, k = 0; k < 2; k++) {
		for (size_t n = 0; n < i; n++)
			stella_buf_put_u8(&cmd->out, '`');
		stella_buf_put_str(&cmd->out, "\n");
		if (k == 0)
			stella_buf_put(&cmd->out, text, size > DIFF_MAX ? DIFF_MAX : size);
		if (k == 0 && size > DIFF_MAX)
			say(cmd, "\n... cut here: stella check --base --head shows all\n");
	}
	say(cmd, "\n</details>\n");
	free(text);
	return NULL;
}

static void say_needed(const struct pull *pull)
{
	struct cmd *cmd = pull->cmd;
	const struct stella_proposal *p = pull->merge->proposal;

	if (!p || p->empty)
		return;
	say(cmd, "\n| role | approvals | approved | can still approve |\n| --- | --- | --- | --- |\n");
	for (size_t i = 0; i < p->needed_count; i++) {
		const struct stella_needed *n = &p->needed[i];

		say(cmd, "| %s%s | %zu of %u | %s | %s |\n", code(cmd, n->role), n->of_new_policy ? " of the new policy" : "", n->have_count,
			n->threshold, codes(cmd, n->have, n->have_count),
			n->have_count < n->threshold ? codes(cmd, n->can, n->can_count) : "not needed");
	}
}

const struct stella_error *say_pull_markdown(const struct pull *pull)
{
	struct cmd *cmd = pull->cmd;
	const struct stella_state *state;
	const struct stella_error *err = NULL;
	const char *remedy = pull_remedy(pull);

	say(cmd, "### Trust: %s\n\n", pull_summary(pull));
	if (pull->verdict)
		say(cmd, "%s\n\n", code(cmd, pull->verdict->message));
	say(cmd, "In force at the base: state %s. Pinned root: %s (%s).\n", code(cmd, show_state(cmd, pull->merge->before->heads[0])),
		code(cmd, show_oid(cmd, &pull->root)), pull->root_source);
	for (size_t i = 0; (state = new_state(pull, i)); i++)
		say(cmd, "Brings state %s, approved by %s.\n", code(cmd, show_state(cmd, state)), code(cmd, members(cmd, state)));
	say_needed(pull);
	if (pull->outcome != PULL_CONTAINED)
		say(cmd, "\n| merged by | |\n| --- | --- |\n| merge commit | %s |\n| fast-forward | %s |\n| squash or rebase | %s |\n",
			pull_method(pull, pull->merge), pull_method(pull, pull->alone), pull_method(pull, pull->squash));
	if (stella_json_count(pull->misses))
		say(cmd, "\nCommits without effect, though they look like approvals:\n\n");
	for (size_t i = 0; i < stella_json_count(pull->misses); i++) {
		const struct stella_json *miss = stella_json_at(pull->misses, i);

		say(cmd, "- %s: %s\n", code(cmd, stella_json_text(stella_json_find(miss, "commit"))),
			code(cmd, stella_json_text(stella_json_find(miss, "why"))));
	}
	if (pull->outcome != PULL_CONTAINED)
		err = say_folded(pull);
	if (!err && remedy)
		say(cmd, "\nNext: %s.\n", remedy);
	return err;
}

/* ---------------------------------------------------------------- JSON */

static struct stella_json *json_paths(const struct pull *pull)
{
	static const char *const kinds[] = { "added", "removed", "altered" };
	struct stella_json *array = stella_json_new_array();

	for (size_t i = 0; pull->diff && i < pull->diff->count; i++) {
		struct stella_json *path = stella_json_add(array, stella_json_new_object());

		stella_json_set_text(path, "path", pull->diff->paths[i].path);
		stella_json_set_text(path, "change", kinds[pull->diff->paths[i].kind]);
	}
	return array;
}

void say_pull_json(const struct pull *pull)
{
	struct stella_json *object = stella_json_new_object(), *array, *methods;
	const struct stella_state *state;

	stella_json_set_text(object, "outcome", pull_word(pull->outcome));
	stella_json_set_bool(object, "mayBeMerged", !pull->verdict);
	if (pull->verdict)
		stella_json_set(object, "error", json_error(pull->verdict, pull_remedy(pull)));
	stella_json_set(object, "root", json_oid(&pull->root));
	stella_json_set_text(object, "rootSource", pull->root_source);
	stella_json_set(object, "base", json_oid(&pull->base));
	stella_json_set(object, "baseName", json_text(pull->base_name));
	stella_json_set(object, "head", json_oid(&pull->head));
	stella_json_set(object, "headName", json_text(pull->head_name));
	stella_json_set_bool(object, "upToDate", pull->alone->fast_forward);
	stella_json_set(object, "inForce", json_state(pull->merge->before->heads[0]));
	array = stella_json_set(object, "brings", stella_json_new_array());
	for (size_t i = 0; (state = new_state(pull, i)); i++)
		stella_json_add(array, json_state(state));
	if (pull->merge->proposal && !pull->merge->proposal->empty)
		stella_json_set(object, "proposal", json_proposal(pull->merge->proposal));
	stella_json_set(object, "changes", json_paths(pull));
	stella_json_set(object, "noEffect", stella_json_copy(pull->misses));
	methods = stella_json_set(object, "methods", stella_json_new_object());
	stella_json_set_text(methods, "mergeCommit", pull_method(pull, pull->merge));
	stella_json_set_text(methods, "fastForward", pull_method(pull, pull->alone));
	stella_json_set_text(methods, "squash", pull_method(pull, pull->squash));
	stella_json_set_text(methods, "rebase", pull_method(pull, pull->squash));
	say_json(pull->cmd, "pull-request", object);
}
