/* SPDX-License-Identifier: Apache-2.0 */
/* verify artifact: what is stored about it, why each counts or not, and whether that is enough. */
#include <stdlib.h>
#include <string.h>

#include "artifact.h"
#include "cmd.h"

const struct opt verify_artifact_opts[] = {
	{ "digest", 'd', "DIGEST", "the artifact, if not given as argument; several digests of one artifact", NULL, true },
	{ "subject", 0, "DIGEST|FILE", NULL, "digest", true },
	{ "subject-digest", 0, "DIGEST", NULL, "digest", true },
	{ "attestation", 'a', "ID|FILE|-", "judge this one, too; may be repeated", NULL, true },
	{ "bundle", 'b', "FILE", NULL, "attestation", true },
	{ "type", 't', "NAME|URI", "count only this predicate type", NULL, false },
	{ "predicate-type", 0, "NAME|URI", NULL, "type", false },
	{ "issuer", 'i', "ID", "count only this issuer's signatures", NULL, false },
	{ 0 }
};

/* One question and its answer. */
struct asking {
	struct artifact artifact;
	struct stella_verify_options options;
	struct stella_trust *trust;  /* borrowed */
	struct stella_store *store;  /* borrowed */
	struct stella_judged_list found;
	struct stella_error slot;
	const struct stella_error *verdict; /* NULL: yes */
	const char *next;            /* the hint */
};

/* ---------------------------------------------------------------- the question */

static const struct stella_error *ask(struct asking *a, struct cmd *cmd)
{
	size_t count;
	const char *const *given = opts_all(cmd, "digest", &count), *type = opts_get(cmd, "type");
	const struct stella_error *err = NULL;

	if (!count && !cmd->arg_count)
		return stella_error(STELLA_USAGE, "which artifact: stella verify artifact FILE, or --digest sha256:HEX");
	a->options.now = cmd->now;
	a->options.issuer = opts_get(cmd, "issuer");
	if (a->options.issuer && !stella_id_valid(stella_span_str(a->options.issuer)))
		return stella_error(STELLA_USAGE, "--issuer %s: not the id of an issuer", a->options.issuer);
	if (type)
		err = parse_type(&a->options.predicate_type, "type", type);
	if (!err && cmd->arg_count)
		err = parse_artifact(&a->artifact, cmd->args[0]);
	for (size_t i = 0; i < count && !err; i++)
		err = parse_artifact(&a->artifact, given[i]);
	a->options.artifact = a->artifact.digests;
	a->options.artifact_count = a->artifact.count;
	return err;
}

/* What the command line names is judged like what is stored; one that is no attestation is a mistake of whoever named it. */
static const struct stella_error *judge_given(struct asking *a, struct cmd *cmd)
{
	size_t count;
	const char *const *given = opts_all(cmd, "attestation", &count);
	const struct stella_error *err = NULL;

	for (size_t i = 0; i < count && !err; i++) {
		struct stella_evidence *evidence;

		err = session_attestation(&evidence, cmd, given[i]);
		if (!err)
			err = stella_judged_add(&a->found, evidence, given[i], a->trust, &a->options);
	}
	return err;
}

static void set_verdict(struct asking *a, struct cmd *cmd, const struct stella_error *err, size_t which)
{
	const struct stella_judged *item = which < a->found.count ? &a->found.items[which] : NULL;
	const char *hint = hint_of(err);

	a->slot = *err;
	a->verdict = &a->slot;
	if (stella_error_is(err, STELLA_NO_ATTESTATION) && !item && !stella_store_exists(a->store)) {
		a->slot = *stella_error(STELLA_NO_ATTESTATION, "%s: %s does not exist here", err->message, stella_store_ref(a->store));
		hint = "git fetch origin attestations:attestations, or stella attest import";
	} else if (stella_error_is(err, STELLA_MALFORMED)) {
		hint = stella_code_hint(STELLA_MALFORMED);
	}
	a->next = expand_hint_of(cmd, hint, item ? item->report : NULL,
		item ? item->source ? item->source : show_id(cmd, &item->id) : "<attestation-id>");
}

/* An error: could not be decided.  Else a->verdict is the answer. */
static const struct stella_error *answer(struct asking *a, struct cmd *cmd)
{
	size_t which;
	const struct stella_error *err = ask(a, cmd);

	if (!err)
		err = session_trust(&a->trust, cmd);
	if (!err)
		err = session_store(&a->store, cmd);
	if (!err)
		err = judge_given(a, cmd);
	if (!err)
		err = stella_artifact_find(&a->found, a->store, a->trust, &a->options);
	if (err)
		return err;
	err = stella_judged_verify(&a->found, &which);
	if (err && stella_code_exit(err->code) == STELLA_EXIT_MISSING)
		return err;
	if (err)
		set_verdict(a, cmd, err, which);
	return NULL;
}

static void asking_free(struct asking *a)
{
	stella_judged_free(&a->found);
	free_artifact(&a->artifact);
}

/* ---------------------------------------------------------------- the answer as text */

static void say_issuers(struct cmd *cmd, const struct stella_report *report)
{
	for (size_t i = 0; i < report->issuer_count; i++)
		say(cmd, "%s%s", i ? ", " : "", show(cmd, report->issuers[i]));
}

static const char *show_type(struct cmd *cmd, const char *uri)
{
	const char *name = stella_predicate_name(uri);

	return show(cmd, name ? name : uri);
}

static void say_item(struct cmd *cmd, const struct stella_judged *item)
{
	say(cmd, "attestation  %s%s%s\n", show_id(cmd, &item->id), item->source ? "  " : "",
		item->source ? show(cmd, item->source) : "");
	if (item->counts) {
		say(cmd, "  counts     %s, signed by ", show_type(cmd, item->evidence->statement->predicate_type));
		say_issuers(cmd, item->report);
		say(cmd, "; time %s (%s)\n", show_time(cmd, item->report->time), show(cmd, item->report->time_source));
		return;
	}
	say(cmd, "  does not   %s: %s\n", stella_code_word(item->why.code), show(cmd, item->why.message));
}

static void say_artifact_answer(struct cmd *cmd, const struct asking *a)
{
	const struct stella_trust *trust = a->trust;

	say_answer(cmd, a->verdict);
	for (size_t i = 0; i < a->artifact.count; i++)
		if (i == 0 || cmd->verbose)
			say(cmd, "artifact     %s:%s\n", show(cmd, a->artifact.digests[i].algorithm), show(cmd, a->artifact.digests[i].hex));
	say(cmd, "needs        at least one trusted attestation\n");
	for (size_t i = 0; i < a->found.count; i++)
		say_item(cmd, &a->found.items[i]);
	say(cmd, "state        %s of %s\nroot         %s, pinned by %s\n", show_state(cmd, trust->state), show(cmd, trust->ref),
		show_oid(cmd, &trust->root), show(cmd, trust->root_source));
	if (a->next)
		say(cmd, "next         %s\n", show(cmd, a->next));
}

/* ---------------------------------------------------------------- the answer as JSON */

static struct stella_json *text_or_null(const char *text)
{
	return text ? stella_json_new_text_span(stella_span_str(text)) : stella_json_new_text(NULL);
}

static struct stella_json *json_item(const struct stella_judged *item)
{
	struct stella_json *one = stella_json_new_object(), *issuers;

	stella_json_set(one, "id", json_id(&item->id));
	stella_json_set(one, "file", text_or_null(item->source));
	stella_json_set_bool(one, "counts", item->counts);
	if (!item->counts) {
		stella_json_set_text(one, "code", stella_code_word(item->why.code));
		stella_json_set(one, "message", text_or_null(item->why.message));
		return one;
	}
	stella_json_set(one, "predicateType", text_or_null(item->evidence->statement->predicate_type));
	issuers = stella_json_set(one, "issuers", stella_json_new_array());
	for (size_t i = 0; i < item->report->issuer_count; i++)
		stella_json_add(issuers, text_or_null(item->report->issuers[i]));
	stella_json_set(one, "time", json_time(item->report->time));
	stella_json_set_text(one, "timeSource", item->report->time_source);
	stella_json_set(one, "verificationResult", json_result(item->report));
	return one;
}

static void json_artifact_answer(struct cmd *cmd, const struct asking *a)
{
	struct stella_json *object = stella_json_new_object(), *part;

	stella_json_set_bool(object, "verified", !a->verdict);
	if (a->verdict)
		stella_json_set(object, "error", json_error(a->verdict, a->next));
	part = stella_json_set(object, "artifact", stella_json_new_object());
	for (size_t i = 0; i < a->artifact.count; i++)
		stella_json_set_text(part, a->artifact.digests[i].algorithm, a->artifact.digests[i].hex);
	part = stella_json_set(object, "attestations", stella_json_new_array());
	for (size_t i = 0; i < a->found.count; i++)
		stella_json_add(part, json_item(&a->found.items[i]));
	stella_json_set(object, "trust", json_trust(a->trust, NULL));
	say_json(cmd, "verify-artifact", object);
}

/* ---------------------------------------------------------------- the command */

static const struct stella_error *finish(struct asking *a, struct cmd *cmd)
{
	if (a->verdict) {
		cmd->hint = a->next;
		cmd->told = !cmd->quiet;
		return stella_error(a->verdict->code, "%s", a->verdict->message);
	}
	for (size_t i = 0; i < a->found.count; i++)
		if (a->found.items[i].counts)
			warn_unchecked(a->found.items[i].report);
	return NULL;
}

const struct stella_error *cmd_verify_artifact(struct cmd *cmd)
{
	struct asking a = { 0 };
	const struct stella_error *err = answer(&a, cmd);

	if (!err) {
		if (cmd->json)
			json_artifact_answer(cmd, &a);
		else
			say_artifact_answer(cmd, &a);
		err = finish(&a, cmd);
	}
	asking_free(&a);
	return err;
}
