/* SPDX-License-Identifier: Apache-2.0 */
/* gate: what an artifact needs to pass, as records that are approved like any other. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "gates.h"

/* ---------------------------------------------------------------- for people */

static const char *join(struct cmd *cmd, const struct stella_gate_list *list, const char *between)
{
	struct stella_buf text = { 0 };

	for (size_t i = 0; i < list->count; i++)
		stella_buf_printf(&text, "%s%s", i ? between : "", list->items[i]);
	return show(cmd, keep(cmd, stella_buf_take_str(&text)));
}

static void say_list(struct cmd *cmd, const char *what, const struct stella_gate_list *list)
{
	if (list->count)
		say(cmd, "    %-10s %s\n", what, join(cmd, list, " or "));
}

static void say_signers(struct cmd *cmd, const struct stella_requirement *r)
{
	if (!r->signer_count)
		say(cmd, "    signed by  any trusted issuer\n");
	for (size_t i = 0; i < r->signer_count; i++) {
		const struct stella_gate_signers *s = &r->signers[i];

		say(cmd, "    signed by  %u of %s%s%s%s\n", s->count, s->team ? "team " : "", s->team ? show(cmd, s->team) : "",
			s->team ? ": " : "", s->issuers.count ? join(cmd, &s->issuers, ", ") : "any trusted issuers");
	}
}

void say_gate_requirement(struct cmd *cmd, const struct stella_requirement *r)
{
	char age[STELLA_AGE_TEXT];

	say(cmd, "  %s\n", show(cmd, r->name));
	say_list(cmd, "type", &r->types);
	say_signers(cmd, r);
	say_list(cmd, "called", &r->subjects);
	stella_gate_age_print(age, r->max_age);
	if (r->max_age)
		say(cmd, "    at most    %s old, by a verified time\n", age);
	if (r->slsa)
		say(cmd, "    is         SLSA provenance\n");
	say_list(cmd, "builder", &r->builders);
	say_list(cmd, "source", &r->repositories);
	say_list(cmd, "ref", &r->refs);
	if (r->vsa)
		say(cmd, "    is         a verification summary\n");
	say_list(cmd, "verifier", &r->verifiers);
	say_list(cmd, "resource", &r->resources);
	say_list(cmd, "policy", &r->policies);
	if (r->levels.count)
		say(cmd, "    %-10s %s\n", "levels", join(cmd, &r->levels, " and "));
}

/* The record itself is the answer. */
static const struct stella_error *json_gate(struct stella_json **out, const struct stella_gate *gate)
{
	struct stella_buf text = { 0 };
	const struct stella_error *err;

	stella_gate_print(&text, gate);
	err = stella_json_parse(out, stella_buf_span(&text));
	stella_buf_free(&text);
	if (!err)
		stella_json_set_text(*out, "name", gate->name);
	return err;
}

/* ---------------------------------------------------------------- list, show */

const struct stella_error *cmd_gate_list(struct cmd *cmd)
{
	struct stella_json *array = NULL, *object;
	struct names names = { 0 };
	struct stella_trust *trust;
	const struct stella_error *err = session_trust(&trust, cmd);

	if (!err)
		err = record_names(&names, trust, "gates/");
	if (!err && cmd->json)
		array = stella_json_new_array();
	for (size_t i = 0; i < names.count && !err; i++) {
		struct stella_gate *gate;

		err = stella_gate_load(&gate, trust, names.items[i]);
		if (!err && array)
			err = json_gate(&object, gate);
		if (!err && array)
			stella_json_add(array, object);
		else if (!err)
			say(cmd, "%-16s %zu requirement%s  %s\n", show(cmd, gate->name), gate->requirement_count,
				gate->requirement_count == 1 ? "" : "s", show(cmd, gate->reason));
		stella_gate_free(gate);
	}
	if (!err && array) {
		object = stella_json_new_object();
		stella_json_set(object, "gates", array);
		array = NULL;
		say_json(cmd, "gates", object);
	} else if (!err && !names.count) {
		say(cmd, "no gates are in force: one trusted attestation is enough\n");
	}
	if (array)
		stella_json_free(array);
	names_free(&names);
	return err;
}

const struct stella_error *cmd_gate_show(struct cmd *cmd)
{
	struct stella_gate *gate = NULL;
	struct stella_json *object;
	struct stella_trust *trust;
	const char *path;
	const struct stella_error *err = session_trust(&trust, cmd);

	if (!err)
		err = stella_gate_load(&gate, trust, cmd->args[0]);
	if (stella_error_is(err, STELLA_NOT_FOUND)) {
		cmd->hint = "stella gate list";
		err = stella_error(STELLA_NOT_FOUND, "gate %s: not in the state in force", cmd->args[0]);
	}
	if (err)
		return err;
	path = record_path(cmd, "gates/", gate->name, ".json");
	if (cmd->json) {
		err = json_gate(&object, gate);
		if (!err)
			err = say_json_since(cmd, "gate", object, trust, path);
	} else {
		say(cmd, "gate %s\nneeds all of\n", show(cmd, gate->name));
		for (size_t i = 0; i < gate->requirement_count; i++)
			say_gate_requirement(cmd, &gate->requirements[i]);
		say(cmd, "reason\n");
		say_lines(cmd, 2, gate->reason);
		err = say_since(cmd, trust, path, 0);
	}
	stella_gate_free(gate);
	return err;
}

const struct stella_error *gate_check_name(const char *name)
{
	return stella_id_valid(stella_span_str(name)) ? NULL :
		stella_error(STELLA_USAGE, "\"%.200s\": the name of a gate is [a-z0-9][a-z0-9._-]*, at most %d", name, STELLA_ID_MAX);
}

/* ---------------------------------------------------------------- remove */

const struct stella_error *cmd_gate_remove(struct cmd *cmd)
{
	const char *name = cmd->args[0], *path;
	struct change change = { 0 };
	struct stella_buf text = { 0 };
	struct stella_trust *trust;
	char *reason = NULL, subject[128];
	const struct stella_error *err = gate_check_name(name);

	if (!err) /* the fewer gates, the more passes: that has its reason */
		err = session_reason(&reason, cmd, true);
	if (!err)
		err = change_start(&trust, cmd);
	if (err)
		goto done;
	path = record_path(cmd, "gates/", name, ".json");
	err = change_read(&text, cmd, path);
	if (stella_error_is(err, STELLA_NOT_FOUND)) {
		cmd->hint = "stella gate list";
		err = stella_error(STELLA_NOT_FOUND, "no gate \"%s\"", name);
	}
	if (err)
		goto done;
	change_remove(&change, path);
	snprintf(subject, sizeof subject, "gate remove %s", name);
	err = change_commit(cmd, &change, subject, reason);
done:
	change_free(&change);
	stella_buf_free(&text);
	free(reason);
	return err;
}
