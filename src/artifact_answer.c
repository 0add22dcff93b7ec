/* SPDX-License-Identifier: Apache-2.0 */
/* The answer of verify artifact: what was needed, what was there, and why each counts or not. */
#include <string.h>

#include "asking.h"
#include "explain.h"

/* ---------------------------------------------------------------- the answer as text */

static void say_issuers(struct cmd *cmd, const struct stella_judged *item)
{
	for (size_t i = 0; i < item->issuer_count; i++)
		say(cmd, "%s%s", i ? ", " : "", show(cmd, item->issuers[i]));
}

static const char *show_type(struct cmd *cmd, const char *uri)
{
	const char *name = stella_predicate_name(uri);

	return show(cmd, name ? name : uri);
}

static bool is_recorded(const struct stella_report *report)
{
	return !strcmp(report->time_source, "recorded");
}

/* Without a gate the answer itself says what comes next. */
static void say_item(struct cmd *cmd, const struct asking *a, const struct stella_judged *item)
{
	const char *next = a->gate && !item->counts ? next_of_item(cmd, a, item) : NULL;

	say(cmd, "attestation  %s%s%s\n", show_id(cmd, &item->id), item->source ? "  " : "",
		item->source ? show(cmd, item->source) : "");
	if (item->counts) {
		say(cmd, "  counts     %s, signed by ", show_type(cmd, item->evidence->statement->predicate_type));
		say_issuers(cmd, item);
		say(cmd, "; time %s (%s%s%s)\n", show_time(cmd, item->report->time), show(cmd, item->report->time_source),
			is_recorded(item->report) ? " by " : "", is_recorded(item->report) ? show(cmd, item->report->recorded.object) : "");
		return;
	}
	say(cmd, "  does not   %s: %s\n", stella_code_word(item->why.code), show(cmd, item->why.message));
	if (next)
		say(cmd, "  next       %s\n", show(cmd, next));
}

/* What was asked of whom, and who was there. */
static void say_count(struct cmd *cmd, const struct stella_gate_count *count)
{
	const struct stella_gate_signers *signers = count->signers;

	say(cmd, "    %zu of %u  ", count->issuer_count, count->wanted);
	if (signers && signers->team)
		say(cmd, "team %s: ", show(cmd, signers->team));
	for (size_t i = 0; signers && i < signers->issuers.count; i++)
		say(cmd, "%s%s", i ? ", " : "", show(cmd, signers->issuers.items[i]));
	if (!signers || !signers->issuers.count)
		say(cmd, "any trusted issuer");
	for (size_t i = 0; i < count->issuer_count; i++)
		say(cmd, "%s%s", i ? ", " : "; there: ", show(cmd, count->issuers[i]));
	say(cmd, "\n");
}

/* An unmet one names each attestation that might have met it. */
static void say_requirement_result(struct cmd *cmd, const struct asking *a, const struct stella_requirement_result *r)
{
	say(cmd, "%-11s  %s\n", r->met ? "met" : "NOT MET", show(cmd, r->requirement->name));
	for (size_t i = 0; i < r->count_count; i++)
		if (!r->met || cmd->verbose || r->requirement->signer_count)
			say_count(cmd, &r->counts[i]);
	for (size_t i = 0; i < a->found.count; i++) {
		const struct stella_error *why = &r->why[i];

		if (!*why->message)
			say(cmd, "    by       %s\n", show_id(cmd, &a->found.items[i].id));
		else if (a->found.items[i].counts && (!r->met || cmd->verbose))
			say(cmd, "    not by   %s: %s\n", show_id(cmd, &a->found.items[i].id), show(cmd, why->message));
	}
}

static void say_need(struct cmd *cmd, const struct asking *a)
{
	if (!a->gate) {
		say(cmd, "needs        at least one trusted attestation\n");
		return;
	}
	say(cmd, "gate         %s: %s\n", show(cmd, a->gate->name), show(cmd, a->gate->reason));
	for (size_t i = 0; i < a->result->requirement_count; i++)
		say_requirement_result(cmd, a, &a->result->requirements[i]);
}

void say_artifact(struct cmd *cmd, const struct asking *a)
{
	const struct stella_trust *trust = a->trust;

	for (size_t i = 0; i < a->artifact.count; i++)
		if (i == 0 || cmd->verbose)
			say(cmd, "artifact     %s:%s\n", show(cmd, a->artifact.digests[i].algorithm), show(cmd, a->artifact.digests[i].hex));
	say_need(cmd, a);
	for (size_t i = 0; i < a->found.count; i++)
		say_item(cmd, a, &a->found.items[i]);
	say(cmd, "state        %s of %s\nroot         %s, pinned by %s\n", show_state(cmd, trust->state), show(cmd, trust->ref),
		show_oid(cmd, &trust->root), show(cmd, trust->root_source));
	if (a->has_vsa)
		say(cmd, "vsa          %s: %s %s\n", show(cmd, opts_get(cmd, "vsa")), a->verdict ? "FAILED" : "PASSED",
			show_id(cmd, &a->vsa));
	for (size_t i = 0; i < a->why_count; i++) {
		say(cmd, "%s\n", show(cmd, a->why[i]->links[0].object));
		say_why(cmd, a->why[i]);
	}
}

void say_artifact_answer(struct cmd *cmd, const struct asking *a)
{
	say_answer(cmd, a->verdict);
	say_artifact(cmd, a);
	if (opts_get(cmd, "evidence"))
		say(cmd, "evidence     %s: stella verify evidence %s --trust-root %s\n", show(cmd, opts_get(cmd, "evidence")),
			show(cmd, opts_get(cmd, "evidence")), show_oid(cmd, &a->trust->root));
	if (a->why)
		say_git(cmd, (const struct stella_explanation *const *)a->why, a->why_count, a->trust);
	if (a->next)
		say(cmd, "next         %s\n", show(cmd, a->next));
}

/* ---------------------------------------------------------------- the answer as JSON */

static struct stella_json *json_item(struct cmd *cmd, const struct asking *a, const struct stella_judged *item)
{
	struct stella_json *one = stella_json_new_object(), *issuers;

	stella_json_set(one, "id", json_id(&item->id));
	stella_json_set(one, "file", json_text(item->source));
	stella_json_set_bool(one, "counts", item->counts);
	if (!item->counts) {
		stella_json_set_text(one, "code", stella_code_word(item->why.code));
		stella_json_set(one, "message", json_text(item->why.message));
		stella_json_set(one, "hint", json_text(next_of_item(cmd, a, item)));
		return one;
	}
	stella_json_set(one, "predicateType", json_text(item->evidence->statement->predicate_type));
	issuers = stella_json_set(one, "issuers", stella_json_new_array());
	for (size_t i = 0; i < item->issuer_count; i++)
		stella_json_add(issuers, json_text(item->issuers[i]));
	stella_json_set(one, "time", json_time(item->report->time));
	stella_json_set_text(one, "timeSource", item->report->time_source);
	if (is_recorded(item->report))
		stella_json_set_text(one, "timeBy", item->report->recorded.object);
	stella_json_set(one, "verificationResult", json_result(item->report));
	return one;
}

static struct stella_json *json_counts(const struct stella_requirement_result *r)
{
	struct stella_json *array = stella_json_new_array();

	for (size_t i = 0; i < r->count_count; i++) {
		const struct stella_gate_count *count = &r->counts[i];
		struct stella_json *one = stella_json_add(array, stella_json_new_object()), *list;

		stella_json_set(one, "team", json_text(count->signers ? count->signers->team : NULL));
		list = stella_json_set(one, "of", stella_json_new_array()); /* empty: any trusted issuer */
		for (size_t k = 0; count->signers && k < count->signers->issuers.count; k++)
			stella_json_add(list, json_text(count->signers->issuers.items[k]));
		stella_json_set_int(one, "wanted", count->wanted);
		list = stella_json_set(one, "there", stella_json_new_array());
		for (size_t k = 0; k < count->issuer_count; k++)
			stella_json_add(list, json_text(count->issuers[k]));
	}
	return array;
}

static struct stella_json *json_gate_result(const struct asking *a)
{
	struct stella_json *object = stella_json_new_object(), *array;

	stella_json_set_text(object, "name", a->gate->name);
	array = stella_json_set(object, "requirements", stella_json_new_array());
	for (size_t i = 0; i < a->result->requirement_count; i++) {
		const struct stella_requirement_result *r = &a->result->requirements[i];
		struct stella_json *one = stella_json_add(array, stella_json_new_object()), *by, *not_by;

		stella_json_set_text(one, "name", r->requirement->name);
		stella_json_set_bool(one, "met", r->met);
		stella_json_set(one, "signers", json_counts(r));
		by = stella_json_set(one, "by", stella_json_new_array());
		not_by = stella_json_set(one, "notBy", stella_json_new_array());
		for (size_t k = 0; k < a->found.count; k++) {
			struct stella_json *refusal;

			if (!*r->why[k].message) {
				stella_json_add(by, json_id(&a->found.items[k].id));
				continue;
			}
			refusal = stella_json_add(not_by, stella_json_new_object());
			stella_json_set(refusal, "id", json_id(&a->found.items[k].id));
			stella_json_set_text(refusal, "code", stella_code_word(r->why[k].code));
			stella_json_set(refusal, "message", json_text(r->why[k].message));
		}
	}
	return object;
}

struct stella_json *json_artifact(struct cmd *cmd, const struct asking *a)
{
	struct stella_json *object = stella_json_new_object(), *part;

	stella_json_set_bool(object, "verified", !a->verdict);
	if (a->verdict)
		stella_json_set(object, "error", json_error(a->verdict, a->next));
	part = stella_json_set(object, "artifact", stella_json_new_object());
	for (size_t i = 0; i < a->artifact.count; i++)
		stella_json_set_text(part, a->artifact.digests[i].algorithm, a->artifact.digests[i].hex);
	stella_json_set(object, "gate", a->gate ? json_gate_result(a) : stella_json_new_text(NULL));
	part = stella_json_set(object, "attestations", stella_json_new_array());
	for (size_t i = 0; i < a->found.count; i++)
		stella_json_add(part, json_item(cmd, a, &a->found.items[i]));
	stella_json_set(object, "vsa", a->has_vsa ? json_id(&a->vsa) : stella_json_new_text(NULL));
	stella_json_set(object, "trust", json_trust(a->trust, NULL));
	part = a->why ? stella_json_set(object, "why", stella_json_new_array()) : NULL;
	for (size_t i = 0; i < a->why_count; i++)
		stella_json_add(part, json_why(a->why[i]));
	return object;
}

void json_artifact_answer(struct cmd *cmd, const struct asking *a)
{
	struct stella_json *object = json_artifact(cmd, a);

	if (a->why)
		stella_json_set(object, "git", json_git(cmd, (const struct stella_explanation *const *)a->why, a->why_count, a->trust));
	say_json(cmd, "verify-artifact", object);
}
