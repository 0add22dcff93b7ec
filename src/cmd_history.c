/* SPDX-License-Identifier: Apache-2.0 */
/* history: the states on the chain of the one in force, and why a record is what it is. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "explain.h"
#include "gitsig.h"
#include "session.h"

const struct opt history_opts[] = {
	{ "limit", 'n', "N", "show at most the newest N states", NULL, false },
	{ 0 }
};

/* ---------------------------------------------------------------- what commits say */

static struct stella_span first_line(struct stella_span text)
{
	const uint8_t *end = text.size ? memchr(text.data, '\n', text.size) : NULL;

	return end ? stella_span(text.data, (size_t)(end - text.data)) : text;
}

static const struct stella_error *say_state(struct cmd *cmd, struct stella_repo *repo, const struct stella_state *state)
{
	say(cmd, "state #%llu %s\n", (unsigned long long)state->number, show_id(cmd, &state->id));
	say(cmd, "  in force since commit %s\n", show_oid(cmd, &state->commit));
	if (state->before_count > 1)
		say(cmd, "  succeeds a fork of %zu heads\n", state->before_count);
	return say_approvals(cmd, repo, state, 2);
}

/* ---------------------------------------------------------------- the difference that a state made */

const struct stella_error *state_difference(struct stella_tree_diff **out, struct stella_trees *trees,
	const struct stella_state *state)
{
	const struct stella_dir *from, *to;
	const struct stella_error *err;

	*out = NULL;
	if (!state->before_count)
		return NULL;
	err = stella_trees_find(&from, trees, &stella_state_before(state, 0)->tree);
	if (!err)
		err = stella_trees_find(&to, trees, &state->tree);
	if (!err)
		*out = stella_tree_diff(from, to);
	return err;
}

/* ---------------------------------------------------------------- list */

const struct stella_error *parse_limit(size_t *out, struct cmd *cmd, size_t most, size_t all)
{
	const char *text = opts_get(cmd, "limit");
	long value;

	*out = most < all ? most : all;
	if (!text)
		return NULL;
	if (!parse_whole(&value, text, 1, LONG_MAX))
		return stella_error(STELLA_USAGE, "--limit %s: expected a number", text);
	*out = (size_t)value < all ? (size_t)value : all;
	return NULL;
}

static const struct stella_error *list_one(struct cmd *cmd, struct stella_repo *repo, const struct stella_state *state,
	struct stella_json *array)
{
	struct stella_commit_text text;
	struct stella_buf raw = { 0 };
	const struct stella_oid *commit = state->approval_count ? &approval_at(state, 0)->commit : &state->commit;
	const struct stella_error *err;

	if (array) {
		struct stella_json *one = stella_json_add(array, stella_json_new_object());

		stella_json_set(one, "id", json_id(&state->id));
		stella_json_set_int(one, "number", (int64_t)state->number);
		stella_json_set(one, "commit", json_oid(&state->commit));
		stella_json_set_bool(one, "changesPolicy", state->changes_policy);
		return json_approvals(one, repo, state);
	}
	err = read_commit(&text, &raw, repo, commit);
	if (!err) {
		say(cmd, "#%-5llu %s  %s ", (unsigned long long)state->number, show_short(cmd, &state->id),
			show_time(cmd, text.time));
		for (size_t i = 0; i < state->approval_count; i++)
			say(cmd, "%s%s", i ? "," : " ", show(cmd, approval_at(state, i)->member));
		say(cmd, "  %s\n", show_span(cmd, first_line(text.message)));
	}
	stella_buf_free(&raw);
	return err;
}

const struct stella_error *cmd_history_list(struct cmd *cmd)
{
	struct stella_trust *trust;
	struct stella_history *history;
	const struct stella_state **chain = NULL;
	struct stella_json *object, *array = NULL;
	size_t count = 0, limit;
	const struct stella_error *err = session_trust(&trust, cmd);

	if (!err)
		err = stella_trust_history(&history, trust);
	if (err)
		return err;
	chain = stella_history_chain(&count, trust->state);
	err = parse_limit(&limit, cmd, count, count);
	if (cmd->json)
		array = stella_json_new_array();
	for (size_t i = count; i > count - limit && !err; i--) /* newest first, as git log */
		err = list_one(cmd, trust->repo, chain[i - 1], array);
	if (!err && cmd->json) {
		object = stella_json_new_object();
		stella_json_set(object, "states", array);
		array = NULL;
		say_json(cmd, "history", object);
	}
	if (array)
		stella_json_free(array);
	free(chain);
	return err;
}

/* ---------------------------------------------------------------- show */

static const struct stella_error *show_one(struct cmd *cmd, struct stella_repo *repo, const struct stella_state *state)
{
	struct stella_trees *trees = stella_trees_new(repo);
	struct stella_tree_diff *diff = NULL;
	const struct stella_error *err = state_difference(&diff, trees, state);
	struct stella_json *object, *paths;

	if (err)
		goto done;
	if (cmd->json) {
		object = json_state(state);
		err = json_approvals(object, repo, state);
		paths = stella_json_set(object, "paths", stella_json_new_array());
		for (size_t i = 0; diff && i < diff->count; i++)
			stella_json_add(paths, stella_json_new_text(diff->paths[i].path));
		say_json(cmd, "state", object);
		goto done;
	}
	err = say_state(cmd, repo, state);
	if (!err && diff)
		err = say_difference(cmd, repo, &stella_state_before(state, 0)->tree, &state->tree, diff);
done:
	stella_tree_diff_free(diff);
	stella_trees_free(trees);
	return err;
}

const struct stella_error *cmd_history_show(struct cmd *cmd)
{
	struct stella_trust *trust;
	struct stella_history *history;
	const struct stella_state *state;
	const struct stella_error *err = session_trust(&trust, cmd);

	if (!err)
		err = stella_trust_history(&history, trust);
	if (!err)
		err = stella_history_name_state(&state, history, cmd->args[0]);
	return err ? err : show_one(cmd, trust->repo, state);
}

/* ---------------------------------------------------------------- why */

/* What people call a record: its path, its path without ".json", its id alone, or the begin of a key's; yours. */
static char *find_record(struct stella_trust *trust, const char *name)
{
	static const char *const folders[] = { "", "issuers/", "anchors/", "keys/", "gates/" };
	static const char *const endings[] = { "", ".json" };
	char id[STELLA_SHA256_HEX];

	for (size_t f = 0; f < sizeof folders / sizeof *folders; f++)
		for (size_t e = 0; e < 2; e++) {
			struct stella_buf path = { 0 };

			stella_buf_printf(&path, "%s%s%s", folders[f], name, endings[e]);
			if (stella_trust_has(trust, (const char *)path.data))
				return stella_buf_take_str(&path);
			stella_buf_free(&path);
		}
	if (!find_key_id(id, trust, name)) {
		struct stella_buf path = { 0 };

		stella_buf_printf(&path, "keys/%s.json", id);
		if (stella_trust_has(trust, (const char *)path.data))
			return stella_buf_take_str(&path);
		stella_buf_free(&path);
	}
	return NULL;
}

static bool touches(const struct stella_tree_diff *diff, const char *path)
{
	for (size_t i = 0; diff && i < diff->count; i++)
		if (!strcmp(diff->paths[i].path, path))
			return true;
	return false;
}

/* Every state that changed the path, newest first: the first is the one that counts today. */
static const struct stella_error *why_states(struct cmd *cmd, struct stella_trust *trust, const char *path,
	struct stella_json *array)
{
	struct stella_trees *trees = stella_trees_new(trust->repo);
	size_t count;
	const struct stella_state **chain = stella_history_chain(&count, trust->state);
	const struct stella_error *err = NULL;
	const struct stella_dir *dir;
	struct stella_file file;

	for (size_t i = count; i-- > 0 && !err;) {
		struct stella_tree_diff *diff = NULL;
		bool here;

		err = state_difference(&diff, trees, chain[i]);
		here = touches(diff, path);
		if (!err && !chain[i]->before_count) {
			err = stella_trees_find(&dir, trees, &chain[i]->tree);
			here = !err && stella_dir_file(&file, dir, stella_span_str(path));
		}
		stella_tree_diff_free(diff);
		if (err || !here)
			continue;
		if (array) {
			struct stella_json *one = stella_json_add(array, json_state(chain[i]));

			err = json_approvals(one, trust->repo, chain[i]);
		} else {
			err = say_state(cmd, trust->repo, chain[i]);
		}
	}
	free(chain);
	stella_trees_free(trees);
	return err;
}

/* One record: every state that changed it, and the same by git. */
static const struct stella_error *why_record(struct cmd *cmd, struct stella_trust *trust, const char *path)
{
	struct stella_explanation *explanation = NULL;
	const struct stella_explanation *why;
	struct stella_json *object = NULL, *array = NULL;
	const struct stella_error *err = stella_explain_record(&explanation, path, trust);

	if (err)
		return err;
	why = explanation;
	if (cmd->json) {
		object = stella_json_new_object();
		stella_json_set_text(object, "path", path);
		stella_json_set(object, "root", json_oid(&trust->root));
		stella_json_set_text(object, "rootSource", trust->root_source);
		array = stella_json_set(object, "states", stella_json_new_array());
	} else {
		say(cmd, "%s\n", show(cmd, path));
	}
	err = why_states(cmd, trust, path, array);
	if (!err && object) {
		stella_json_set(object, "git", json_git(cmd, &why, 1, trust));
		say_json(cmd, "why", object);
	} else if (!err) {
		say(cmd, "pinned root %s (%s)\n", show_oid(cmd, &trust->root), trust->root_source);
		say_git(cmd, &why, 1, trust);
	} else if (object) {
		stella_json_free(object);
	}
	stella_explanation_free(explanation);
	return err;
}

const struct stella_error *cmd_history_why(struct cmd *cmd)
{
	struct stella_trust *trust;
	struct stella_history *history;
	char *path;
	const struct stella_error *err = session_trust(&trust, cmd);

	if (!err)
		err = stella_trust_history(&history, trust);
	if (err)
		return err;
	path = find_record(trust, cmd->args[0]);
	if (path) {
		err = why_record(cmd, trust, path);
	} else {
		err = why_attestation(cmd);
		if (stella_error_is(err, STELLA_NOT_FOUND) && !cmd->told)
			err = stella_error(STELLA_NOT_FOUND, "the state in force holds no record \"%s\", and it is no attestation: %s",
				cmd->args[0], err->message);
	}
	free(path);
	return err;
}
