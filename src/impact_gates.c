/* SPDX-License-Identifier: Apache-2.0 */
/* impact: gates that would say something else of an artifact, as verify artifact asks them. */
#include <stdlib.h>
#include <string.h>

#include "artifact.h"
#include "gate.h"
#include "impact.h"

/* As verify artifact answers: a gate that is not there is not met, but where "default" is not, any trusted word is enough. */
static const struct stella_error *judge_gate(bool *met, const struct impact *impact, unsigned side, const char *name,
	struct stella_digest *artifact, int64_t now)
{
	struct stella_trust *trust = side ? impact->after : impact->before;
	struct stella_verify_options options = { .now = now, .artifact = artifact, .artifact_count = 1,
		.recorded = impact->recorded[side] };
	struct stella_judged_list list = { 0 };
	struct stella_gate_result *result = NULL;
	struct stella_gate *gate = NULL;
	const struct stella_error *err = stella_gate_load(&gate, trust, name);
	size_t which;

	*met = false;
	if (stella_error_is(err, STELLA_NOT_FOUND)) {
		if (strcmp(name, STELLA_GATE_DEFAULT) != 0)
			return NULL;
		err = NULL;
	}
	if (!err)
		err = stella_artifact_find(&list, impact->store, trust, &options);
	if (!err) {
		err = gate ? stella_gate_verify(&result, gate, &list, &options) : stella_judged_verify(&list, &which);
		*met = !err;
		if (err && stella_code_exit(err->code) != STELLA_EXIT_MISSING)
			err = NULL; /* as verify artifact has it: it is the answer */
	}
	stella_gate_result_free(result);
	stella_judged_free(&list);
	stella_gate_free(gate);
	return err;
}

static void add_names(struct names *all, const struct names *some)
{
	for (size_t i = 0; i < some->count; i++) {
		bool known = false;

		for (size_t k = 0; k < all->count && !known; k++)
			known = !strcmp(all->items[k], some->items[i]);
		if (known)
			continue;
		STELLA_GROW(all->items, all->count, all->cap);
		all->items[all->count++] = stella_strdup(some->items[i]);
	}
}

/* The gates of both states, once for each artifact that an attestation which changes is about. */
static const struct stella_error *judge_gates(struct impact *impact, struct cmd *cmd, const struct names *gates,
	struct stella_digest *artifact)
{
	const struct stella_error *err = NULL;

	for (size_t g = 0; g < gates->count && !err; g++) {
		struct gate_change change = { .gate = gates->items[g] };

		for (unsigned side = 0; side < 2 && !err; side++)
			err = judge_gate(&change.met[side], impact, side, change.gate, artifact, cmd->now);
		if (err || change.met[0] == change.met[1])
			continue;
		change.gone = !stella_trust_has(impact->after, record_path(cmd, "gates/", change.gate, ".json"));
		change.gate = stella_strdup(change.gate);
		change.artifact = stella_strdup(record_path(cmd, artifact->algorithm, ":", artifact->hex));
		STELLA_GROW(impact->gates, impact->gate_count, impact->gate_cap);
		impact->gates[impact->gate_count++] = change;
	}
	return err;
}

static bool touches_gates(const struct stella_tree_diff *diff)
{
	for (size_t i = 0; i < diff->count; i++)
		if (!strncmp(diff->paths[i].path, "gates/", 6))
			return true;
	return false;
}

const struct stella_error *impact_gates(struct impact *impact, struct cmd *cmd)
{
	struct names before = { 0 }, after = { 0 }, all = { 0 };
	bool everything = touches_gates(impact->proposal->diff);
	const struct stella_error *err = record_names(&before, impact->before, "gates/");

	if (!err)
		err = record_names(&after, impact->after, "gates/");
	add_names(&all, &before);
	add_names(&all, &after);
	for (size_t i = 0; i < impact->sweep->artifact_count && all.count && !err; i++)
		if (everything || impact->sweep->artifacts[i].changes)
			err = judge_gates(impact, cmd, &all, &impact->sweep->artifacts[i].digest);
	names_free(&before);
	names_free(&after);
	names_free(&all);
	return err;
}
