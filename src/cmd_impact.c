/* SPDX-License-Identifier: Apache-2.0 */
/*
 * impact: what a trust change would make of what is stored, before anybody approves it: which attestations
 * and gates start or stop being true, and which approvals become void.  Every stored attestation is judged
 * under the state in force and under the proposed tree.  Believes nothing of what it previews.
 */
#include <stdlib.h>
#include <string.h>

#include "commit.h"
#include "impact.h"

#define SHOWN 20 /* attestations named each way, without -v */

const struct opt impact_opts[] = {
	{ "exit-code", 0, NULL, "exit status 1 if anything stops being true, 5 if there is nothing here to be asked", NULL, false },
	{ 0 }
};

/* ---------------------------------------------------------------- what is proposed */

/* A pending approval's target by the first digits of its id. */
static bool find_pending(struct stella_oid *out, const struct stella_trust *trust, const char *name)
{
	size_t size = strlen(name);
	char hex[STELLA_SHA256_HEX];

	for (size_t i = 0; i < trust->view.pending_count && size >= 7; i++) {
		stella_sha256_hex(hex, &trust->view.pending[i]->target);
		if (!strncmp(hex, name, size)) {
			*out = trust->view.pending[i]->commit;
			return true;
		}
	}
	return false;
}

static const struct stella_error *find_commit(struct impact *impact, struct cmd *cmd, struct stella_repo *repo)
{
	static const char *const prefixes[] = { "refs/heads/", "refs/remotes/" };
	const char *asked = cmd->arg_count ? cmd->args[0] : NULL;
	const struct stella_error *err = NULL;

	if (!asked) {
		err = stella_repo_head(&impact->name, repo);
		if (!err && !impact->name)
			err = stella_error(STELLA_USAGE, "HEAD is detached: say which branch or commit: stella impact REV");
		return err ? err : stella_repo_resolve_tip(&impact->commit, repo, impact->name);
	}
	impact->name = stella_strdup(asked);
	for (size_t i = 0; i < 2; i++)
		if (!stella_repo_resolve(&impact->commit, repo, record_path(cmd, prefixes[i], asked, "")))
			return NULL;
	if (find_pending(&impact->commit, impact->before, asked))
		return NULL;
	err = stella_repo_resolve_tip(&impact->commit, repo, asked);
	return err ? stella_error(STELLA_NOT_FOUND, "%s: neither a branch, nor the full id of a commit, nor a pending proposal "
		"(stella status)", asked) : NULL;
}

static const struct stella_error *find_proposal(struct impact *impact, struct cmd *cmd)
{
	struct stella_commit_links links;
	struct stella_history *history;
	struct stella_buf raw = { 0 };
	struct stella_repo *repo;
	const struct stella_error *err = session_repo(&repo, cmd);

	if (!err)
		err = find_commit(impact, cmd, repo);
	if (!err)
		err = stella_repo_read(&raw, repo, &impact->commit, STELLA_OBJECT_COMMIT, STELLA_COMMIT_MAX);
	if (!err)
		err = stella_commit_links_parse(&links, stella_buf_span(&raw));
	stella_buf_free(&raw);
	if (!err)
		err = stella_trust_history(&history, impact->before);
	if (err)
		return err;
	impact->tree = links.tree;
	err = stella_proposal_load(&impact->proposal, history, &impact->before->view, &impact->tree);
	if (!err)
		err = stella_trust_suppose(&impact->after, impact->before, &impact->tree);
	return err ? stella_error_prefix(err, "%s", impact->name) : NULL;
}

/* ---------------------------------------------------------------- the answer */

static size_t count_way(const struct impact *impact, bool stops)
{
	size_t count = 0;

	for (size_t i = 0; i < impact->sweep->count; i++)
		count += impact->sweep->items[i].verdicts[0].trusted == stops;
	return count;
}

static bool is_void(const struct impact *impact, const struct stella_approval *approval)
{
	return !stella_sha256_equal(&approval->target, &impact->proposal->id);
}

static void say_way(struct cmd *cmd, const struct impact *impact, bool stops, const char *item)
{
	size_t shown = 0, count = count_way(impact, stops);

	for (size_t i = 0; i < impact->sweep->count; i++) {
		const struct stella_swept *swept = &impact->sweep->items[i];
		const struct stella_swept_verdict *no = &swept->verdicts[stops];

		if (swept->verdicts[0].trusted != stops)
			continue;
		if (shown++ == SHOWN && !cmd->verbose) {
			say(cmd, "%sand %zu more (-v)\n", item, count - SHOWN);
			break;
		}
		say(cmd, "%s%s  %s, issuer %s: %s%s: %s\n", item, show_id(cmd, &swept->id), show(cmd, swept->subject),
			show(cmd, swept->issuer), stops ? "" : "until now ", stella_code_word(no->code), show(cmd, no->message));
	}
}

static void say_gates(struct cmd *cmd, const struct impact *impact, const char *item)
{
	for (size_t i = 0; i < impact->gate_count; i++)
		say(cmd, "%sgate %s: %s %s%s\n", item, show(cmd, impact->gates[i].gate), show(cmd, impact->gates[i].artifact),
			impact->gates[i].met[0] ? "passes no more" : "passes",
			impact->gates[i].gone ? ", for there is no such gate any more" : "");
}

static void say_voids(struct cmd *cmd, const struct impact *impact, const char *item)
{
	const struct stella_view *view = &impact->before->view;

	for (size_t i = 0; i < view->pending_count; i++)
		if (is_void(impact, view->pending[i]))
			say(cmd, "%s%s approved %s in commit %s: void once this is in force\n", item,
				show(cmd, view->pending[i]->member), show_short(cmd, &view->pending[i]->target),
				show_oid(cmd, &view->pending[i]->commit));
}

static const char *summary(struct cmd *cmd, const struct impact *impact)
{
	struct stella_buf text = { 0 };

	stella_buf_printf(&text, "%zu of %zu trusted attestations stop being trusted, %zu start; %zu gate answers change",
		count_way(impact, true), impact->sweep->trusted[0], count_way(impact, false), impact->gate_count);
	return keep(cmd, stella_buf_take_str(&text));
}

static const char *unasked(struct cmd *cmd, const struct impact *impact)
{
	const char *why = stored_missing(cmd, impact->store);
	struct stella_buf text = { 0 };

	if (!why)
		return NULL;
	stella_buf_printf(&text, "%s, so no attestation and no gate was asked", why);
	return keep(cmd, stella_buf_take_str(&text));
}

static void say_impact(struct cmd *cmd, const struct impact *impact)
{
	const char *why = unasked(cmd, impact);

	say(cmd, "%s\n", why ? show(cmd, why) : summary(cmd, impact));
	say(cmd, "from      state %s\n", show_state(cmd, impact->before->state));
	say(cmd, "to        %s at %s\n", show(cmd, impact->name), show_oid(cmd, &impact->commit));
	if (impact->proposal->empty)
		say(cmd, "          holds exactly what is in force\n");
	else
		say_proposal(cmd, impact->proposal);
	if (!impact->proposal->empty && !stella_oid_equal(&impact->commit, &impact->before->tip))
		say(cmd, "counted   the approvals on %s; those on its own branch: stella check --base %s --head %s\n",
			show(cmd, impact->before->ref), show(cmd, impact->before->ref), show_oid(cmd, &impact->commit));
	if (count_way(impact, true))
		say(cmd, "stops\n");
	say_way(cmd, impact, true, "  ");
	if (count_way(impact, false))
		say(cmd, "starts\n");
	say_way(cmd, impact, false, "  ");
	if (impact->gate_count)
		say(cmd, "gates\n");
	say_gates(cmd, impact, "  ");
	say_voids(cmd, impact, "approval  ");
	if (*impact->unusable.message)
		say(cmd, "unusable  %s\n", show(cmd, impact->unusable.message));
}

/* Texts are escaped by show(); what a forge would make of the rest stands in a code block. */
static void say_markdown(struct cmd *cmd, const struct impact *impact)
{
	const char *why = unasked(cmd, impact);

	say(cmd, "### Impact of this trust change\n\n%s.\n\n```\n", why ? show(cmd, why) : summary(cmd, impact));
	say_way(cmd, impact, true, "- stops:  ");
	say_way(cmd, impact, false, "+ starts: ");
	say_gates(cmd, impact, "! ");
	say_voids(cmd, impact, "! ");
	if (*impact->unusable.message)
		say(cmd, "! unusable: %s\n", show(cmd, impact->unusable.message));
	if (!why && !impact->sweep->count && !impact->gate_count && !*impact->unusable.message)
		say(cmd, "nothing that is stored changes its answer\n");
	say(cmd, "```\n");
	say(cmd, "\nFrom trust state #%llu to the tree of `%s`.\n", (unsigned long long)impact->before->state->number,
		show_oid(cmd, &impact->commit));
}

static void json_way(struct stella_json *object, const char *name, const struct impact *impact, bool stops)
{
	struct stella_json *array = stella_json_set(object, name, stella_json_new_array());

	for (size_t i = 0; i < impact->sweep->count; i++)
		if (impact->sweep->items[i].verdicts[0].trusted == stops)
			stella_json_add(array, json_swept(&impact->sweep->items[i]));
}

static void json_impact(struct cmd *cmd, const struct impact *impact)
{
	struct stella_json *object = stella_json_new_object(), *array, *one;
	const struct stella_view *view = &impact->before->view;

	stella_json_set(object, "from", json_state(impact->before->state));
	stella_json_set(object, "commit", json_oid(&impact->commit));
	stella_json_set(object, "proposal", json_proposal(impact->proposal));
	if (unasked(cmd, impact))
		stella_json_set(object, "notChecked", json_text(unasked(cmd, impact)));
	stella_json_set_int(object, "attestations", (int64_t)impact->sweep->total);
	stella_json_set_int(object, "trusted", (int64_t)impact->sweep->trusted[0]);
	stella_json_set_int(object, "trustedThen", (int64_t)impact->sweep->trusted[1]);
	json_way(object, "stops", impact, true);
	json_way(object, "starts", impact, false);
	array = stella_json_set(object, "gates", stella_json_new_array());
	for (size_t i = 0; i < impact->gate_count; i++) {
		one = stella_json_add(array, stella_json_new_object());
		stella_json_set_text(one, "gate", impact->gates[i].gate);
		stella_json_set(one, "artifact", json_text(impact->gates[i].artifact));
		stella_json_set_bool(one, "met", impact->gates[i].met[0]);
		stella_json_set_bool(one, "metThen", impact->gates[i].met[1]);
	}
	array = stella_json_set(object, "voidApprovals", stella_json_new_array());
	for (size_t i = 0; i < view->pending_count; i++) {
		if (!is_void(impact, view->pending[i]))
			continue;
		one = stella_json_add(array, stella_json_new_object());
		stella_json_set_text(one, "member", view->pending[i]->member);
		stella_json_set(one, "commit", json_oid(&view->pending[i]->commit));
	}
	if (*impact->unusable.message)
		stella_json_set(object, "unusable", json_text(impact->unusable.message));
	say_json(cmd, "impact", object);
}

/* ---------------------------------------------------------------- the run */

/* A record that nothing which is stored asks for changes no answer, and is one more thing not to be approved. */
static const struct stella_error *find_unusable(struct impact *impact, struct cmd *cmd)
{
	size_t count;
	const struct stella_error *err = check_records(cmd, impact->after, &count);

	if (!err || stella_code_exit(err->code) == STELLA_EXIT_MISSING || stella_code_exit(err->code) == STELLA_EXIT_SYSTEM)
		return err;
	impact->unusable = *err;
	return NULL;
}

static const struct stella_error *compare(struct impact *impact, struct cmd *cmd)
{
	struct stella_sweep_view views[2] = { { .trust = impact->before, .now = cmd->now },
		{ .trust = impact->after, .now = cmd->now } };
	const struct stella_error *err = session_store(&impact->store, cmd);

	for (unsigned side = 0; side < 2 && !err; side++) {
		err = session_recorded(&impact->recorded[side], cmd, views[side].trust, cmd->now);
		views[side].recorded = impact->recorded[side];
	}
	if (!err)
		err = stella_sweep_load(&impact->sweep, impact->store, views);
	return err ? err : impact_gates(impact, cmd);
}

static void impact_free(struct impact *impact)
{
	for (size_t i = 0; i < impact->gate_count; i++) {
		free(impact->gates[i].gate);
		free(impact->gates[i].artifact);
	}
	free(impact->gates);
	stella_sweep_free(impact->sweep);
	for (unsigned side = 0; side < 2; side++)
		stella_recorded_free(impact->recorded[side]);
	stella_trust_free(impact->after);
	stella_proposal_free(impact->proposal);
	free(impact->name);
}

const struct stella_error *cmd_impact(struct cmd *cmd)
{
	struct impact impact = { 0 };
	const struct stella_error *err = session_trust(&impact.before, cmd);

	if (!err)
		err = find_proposal(&impact, cmd);
	if (!err)
		err = find_unusable(&impact, cmd);
	if (!err)
		err = compare(&impact, cmd);
	if (err)
		goto done;
	if (cmd->json)
		json_impact(cmd, &impact);
	else if (cmd->markdown)
		say_markdown(cmd, &impact);
	else
		say_impact(cmd, &impact);
	if (impact.sweep->unread)
		err = stella_error(impact.sweep->trouble.code, "%zu attestations could not be read, so nothing is known of them: %s",
			impact.sweep->unread, impact.sweep->trouble.message);
	else if (opts_flag(cmd, "exit-code") && *impact.unusable.message) {
		cmd->hint = "mend the record, then stella approve";
		err = stella_error(impact.unusable.code, "%s", impact.unusable.message);
	} else if (opts_flag(cmd, "exit-code") && unasked(cmd, &impact)) {
		cmd->hint = stored_missing_hint;
		err = stella_error(STELLA_INCOMPLETE, "%s", unasked(cmd, &impact));
	} else if (opts_flag(cmd, "exit-code") && (count_way(&impact, true) || impact.gate_count)) {
		cmd->told = !cmd->quiet;
		err = stella_error(STELLA_REFUSED, "%s", summary(cmd, &impact));
	}
done:
	impact_free(&impact);
	return err;
}
