/* SPDX-License-Identifier: Apache-2.0 */
/* verify artifact: what is stored about it, why each counts or not, and whether that is enough. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "artifact.h"
#include "packed.h"

const struct opt verify_artifact_opts[] = {
	{ "digest", 'd', "DIGEST", "the artifact, if not given as argument; several digests of one artifact", NULL, true },
	{ "subject", 0, "DIGEST|FILE", NULL, "digest", true },
	{ "subject-digest", 0, "DIGEST", NULL, "digest", true },
	{ "gate", 'g', "NAME", "what it needs to pass (default: the gate \"default\", if there is one)", NULL, false },
	{ "attestation", 'a', "ID|FILE|-", "judge this one, too; may be repeated", NULL, true },
	{ "bundle", 'b', "FILE", NULL, "attestation", true },
	{ "type", 't', "NAME|URI", "count only this predicate type", NULL, false },
	{ "predicate-type", 0, "NAME|URI", NULL, "type", false },
	{ "issuer", 'i', "ID", "count only this issuer's signatures", NULL, false },
	{ "evidence", 0, "DIR", "write the answer with all that it rests on there, to be checked without the repository", NULL, false },
	{ "explain", 0, NULL, "say who made it so and why, down to the pinned root, and as git commands", NULL, false },
	{ "vsa", 0, "FILE", "write a signed verification summary of the answer there, PASSED or FAILED", NULL, false },
	{ "key", 'k', "FILE", "sign it with this private key (else git config stella.attestKey)", NULL, false },
	{ "passphrase-file", 0, "FILE", "the key's passphrase (else asked for)", NULL, false },
	{ "verifier-id", 0, "URI", "who verifies, for --vsa (else git config stella.verifierId)", NULL, false },
	{ "resource-uri", 0, "URI", "what the artifact is, for --vsa", NULL, false },
	{ 0 }
};

/* ---------------------------------------------------------------- the question */

static const struct stella_error *ask(struct asking *a, struct cmd *cmd)
{
	size_t count;
	const char *const *given = opts_all(cmd, "digest", &count), *type = opts_get(cmd, "type");
	const struct stella_error *err = NULL;

	if (!count && !cmd->arg_count)
		return stella_error(STELLA_USAGE, "which artifact: stella verify artifact FILE, or --digest sha256:HEX");
	a->options.issuer = opts_get(cmd, "issuer");
	if (a->options.issuer && !stella_id_valid(stella_span_str(a->options.issuer)))
		return stella_error(STELLA_USAGE, "--issuer %s: not the id of an issuer", a->options.issuer);
	if (type)
		err = parse_type(&a->options.predicate_type, "type", type);
	if (!err && cmd->arg_count)
		err = parse_artifact(&a->artifact, cmd->args[0]);
	for (size_t i = 0; i < count && !err; i++)
		err = parse_artifact(&a->artifact, given[i]);
	if (!err)
		log_subject(cmd, &a->artifact.digests[0]);
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

const struct stella_error *asking_load_gate(struct asking *a, struct cmd *cmd, const char *name)
{
	const struct stella_error *err;

	if (!name && !stella_trust_has(a->trust, "gates/" STELLA_GATE_DEFAULT ".json"))
		return NULL;
	err = stella_gate_load(&a->gate, a->trust, name ? name : STELLA_GATE_DEFAULT);
	if (stella_error_is(err, STELLA_NOT_FOUND)) {
		cmd->hint = "stella gate list";
		err = stella_error(STELLA_NOT_FOUND, "gate %s: not in the state in force", name);
	}
	return err;
}

const char *next_of_item(struct cmd *cmd, const struct asking *a, const struct stella_judged *item)
{
	return hint_after(cmd, &item->why, item->report, a->trust, item->source ? item->source : show_id(cmd, &item->id));
}

/* Of the item that the refusal is about, or of the gate: then each item that does not count has its own. */
static const char *find_next(const struct asking *a, struct cmd *cmd, const struct stella_judged *item)
{
	struct stella_buf text = { 0 };

	if (!a->found.count && !stella_store_exists(a->store))
		return stored_missing_hint;
	if (!a->gate)
		return item ? next_of_item(cmd, a, item) : hint_after(cmd, a->verdict, NULL, a->trust, "<attestation-id>");
	stella_buf_printf(&text, "stella gate show %s, stella attest list --subject %s:%s", a->gate->name,
		a->artifact.digests[0].algorithm, a->artifact.digests[0].hex);
	return keep(cmd, stella_buf_take_str(&text));
}

const struct stella_error *asking_decide(struct asking *a, size_t *which)
{
	const struct stella_error *err;

	*which = a->found.count;
	err = a->gate ? stella_gate_verify(&a->result, a->gate, &a->found, &a->options) : stella_judged_verify(&a->found, which);
	if (!err || stella_code_exit(err->code) == STELLA_EXIT_MISSING)
		return err;
	a->slot = *err;
	a->verdict = &a->slot;
	return NULL;
}

/* What is not there is not there for a reason. */
static void complete_verdict(struct asking *a, struct cmd *cmd, size_t which)
{
	const struct stella_error *err = a->verdict;

	if (!a->found.count && !stella_store_exists(a->store))
		err = stella_error(err->code, "%s: %s does not exist here", err->message, stella_store_ref(a->store));
	else if (!a->found.count && a->gate)
		err = stella_error(err->code, "%s: no attestation about this artifact is stored", err->message);
	a->slot = *err;
	a->next = find_next(a, cmd, which < a->found.count ? &a->found.items[which] : NULL);
}

/* An error: could not be decided.  Else a->verdict is the answer. */
static const struct stella_error *answer(struct asking *a, struct cmd *cmd)
{
	size_t which;
	const struct stella_error *err = ask(a, cmd);

	if (!err)
		err = session_trust(&a->trust, cmd);
	if (!err)
		a->options.shelf = a->shelf = stella_shelf_new(a->trust);
	a->options.now = cmd->now; /* with --at it is then */
	if (!err)
		err = session_store(&a->store, cmd);
	if (!err)
		err = asking_load_gate(a, cmd, opts_get(cmd, "gate"));
	if (!err)
		err = session_recorded(&a->recorded, cmd, a->trust, cmd->now);
	a->options.recorded = a->recorded;
	if (!err)
		err = judge_given(a, cmd);
	if (!err)
		err = stella_artifact_find(&a->found, a->store, a->trust, &a->options);
	if (!err)
		err = asking_decide(a, &which);
	if (!err && a->verdict)
		complete_verdict(a, cmd, which);
	return err;
}

const struct stella_error *asking_explain(struct asking *a)
{
	char path[STELLA_PATH_MAX];
	const struct stella_error *err = NULL;

	a->why = stella_alloc_array(a->found.count + 1, sizeof *a->why);
	for (size_t i = 0; i < a->found.count && !err; i++)
		if (a->found.items[i].counts || (a->verdict && a->found.items[i].report))
			err = stella_explain(&a->why[a->why_count++], a->found.items[i].report, a->trust);
	if (!err && a->gate) {
		snprintf(path, sizeof path, "gates/%s.json", a->gate->name);
		err = stella_explain_record(&a->why[a->why_count++], path, a->trust);
	}
	return err;
}

void asking_free(struct asking *a)
{
	for (size_t i = 0; i < a->why_count; i++)
		stella_explanation_free(a->why[i]);
	free(a->why);
	stella_gate_result_free(a->result);
	stella_gate_free(a->gate);
	stella_judged_free(&a->found);
	stella_shelf_free(a->shelf);
	stella_recorded_free(a->recorded);
	free_artifact(&a->artifact);
}

/* ---------------------------------------------------------------- the command */

/* What the answer rests on, and of a type that somebody took back all that is trusted: that it still stands rests on it. */
static bool is_evidence(const struct asking *a, size_t i)
{
	const struct stella_judged *item = &a->found.items[i];

	if (asking_rests_on(a, i))
		return true;
	for (size_t k = 0; k < a->found.count && (item->counts || item->negative || item->taken_back); k++)
		if (a->found.items[k].negative && !strcmp(a->found.items[k].evidence->statement->predicate_type,
				item->evidence->statement->predicate_type))
			return true;
	return false;
}

static const struct stella_error *keep_evidence(const struct asking *a, struct cmd *cmd)
{
	struct evidence_asked asked = { .options = &a->options, .about_artifact = true, .gate = a->gate ? a->gate->name : NULL,
		.trust = a->trust, .verdict = a->verdict };
	const struct stella_error *err;

	asked.attestations = stella_alloc_array(a->found.count + 1, sizeof *asked.attestations);
	for (size_t i = 0; i < a->found.count; i++)
		if (is_evidence(a, i))
			asked.attestations[asked.count++] = a->found.items[i].evidence;
	err = evidence_write(cmd, opts_get(cmd, "evidence"), &asked);
	free(asked.attestations);
	return err;
}

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

static const struct stella_error *check_options(struct cmd *cmd)
{
	static const char *const of_vsa[] = { "key", "passphrase-file", "verifier-id", "resource-uri" };

	for (size_t i = 0; i < sizeof of_vsa / sizeof *of_vsa && !opts_get(cmd, "vsa"); i++)
		if (opts_get(cmd, of_vsa[i]))
			return stella_error(STELLA_USAGE, "--%s is for --vsa", of_vsa[i]);
	if (opts_get(cmd, "vsa") && opts_get(cmd, "at")) /* whoever reads it is told when it was verified */
		return stella_error(STELLA_USAGE, "--vsa signs what holds now: not with --at");
	return NULL;
}

const struct stella_error *cmd_verify_artifact(struct cmd *cmd)
{
	struct asking a = { 0 };
	struct signing signing = { 0 };
	const struct stella_error *err = check_options(cmd);

	if (!err && opts_get(cmd, "vsa")) /* first, so that a key that is missing is no afterthought */
		err = signing_load(&signing, cmd);
	if (!err)
		err = answer(&a, cmd);
	if (!err && opts_flag(cmd, "explain"))
		err = asking_explain(&a);
	if (!err && opts_get(cmd, "evidence"))
		err = keep_evidence(&a, cmd);
	if (!err && opts_get(cmd, "vsa"))
		err = vsa_write(cmd, &a, &signing);
	for (size_t i = 0; !err && i < a.found.count; i++)
		name_time(cmd, a.found.items[i].report);
	if (!err) {
		if (cmd->json)
			json_artifact_answer(cmd, &a);
		else
			say_artifact_answer(cmd, &a);
		err = finish(&a, cmd);
	}
	signing_free(&signing);
	asking_free(&a);
	return err;
}
