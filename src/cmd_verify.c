/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify: the verdict on an attestation, and its certificates.  The exit status is that of the error that
 * the library gave, whatever was printed.
 */
#include <stdlib.h>
#include <string.h>

#include "packed.h"

const struct opt verify_opts[] = {
	{ "attestation", 'a', "ID|FILE|-", "the attestation: a stored one's id, a file, or standard input", NULL, false },
	{ "bundle", 'b', "FILE", NULL, "attestation", false },
	{ "type", 't', "NAME|URI", "refuse another predicate type", NULL, false },
	{ "predicate-type", 0, "NAME|URI", NULL, "type", false },
	{ "subject", 0, "DIGEST|FILE", "refuse it if it is not about this artifact; several digests of one artifact", NULL, true },
	{ "digest", 0, "DIGEST", NULL, "subject", true },
	{ "subject-digest", 0, "DIGEST", NULL, "subject", true },
	{ "issuer", 'i', "ID", "count only this issuer's signature", NULL, false },
	{ "evidence", 0, "DIR", "write the verdict with all that it rests on there, to be checked without the repository", NULL, false },
	{ "batch", 0, "FILE|-", "many attestations, one a line: ID, FILE, {\"bundle\": ID|FILE, \"artifact\": FILE|DIGEST}, or itself", NULL, false },
	{ "threads", 0, "N", "of several attestations; as many as there are cores", NULL, false },
	{ "explain", 0, NULL, "say it as git commands, too, that show each link of the chain", NULL, false },
	{ 0 }
};
const struct opt verify_cert_opts[] = {
	{ "attestation", 'a', "ID|FILE|-", "the attestation: a stored one's id, a file, or standard input", NULL, false },
	{ "bundle", 'b', "FILE", NULL, "attestation", false },
	{ "issuer", 'i', "ID", "count only this issuer's signature", NULL, false },
	{ "show-expiry", 0, NULL, "say which certificate or key ends first, and what becomes of the signature then", NULL, false },
	{ 0 }
};

/* One question and its answer. */
struct question {
	struct stella_verify_options options;
	struct artifact artifact;
	struct stella_evidence *evidence;
	struct stella_trust *trust; /* borrowed */
	struct stella_recorded *recorded;
	struct stella_report *report;
	struct stella_explanation *why;
	struct trusted_when *standing;  /* NULL: not asked for */
	struct stella_error slot;
	const struct stella_error *verdict; /* NULL: yes */
};

/* ---------------------------------------------------------------- the question */

static const struct stella_error *add_digests(struct question *q, struct cmd *cmd)
{
	size_t count;
	const char *const *given = opts_all(cmd, "subject", &count);
	const struct stella_error *err = NULL;

	for (size_t i = 0; i < count && !err; i++)
		err = parse_artifact(&q->artifact, given[i]);
	q->options.artifact = q->artifact.digests;
	q->options.artifact_count = q->artifact.count;
	return err;
}

static const struct stella_error *ask(struct question *q, struct cmd *cmd)
{
	const char *type = opts_get(cmd, "type");
	const struct stella_error *err = NULL;

	q->options.issuer = opts_get(cmd, "issuer");
	if (type)
		err = parse_type(&q->options.predicate_type, "type", type);
	if (err)
		return err;
	if (q->options.issuer && !stella_id_valid(stella_span_str(q->options.issuer)))
		return stella_error(STELLA_USAGE, "--issuer %s: not the id of an issuer", q->options.issuer);
	return add_digests(q, cmd);
}

static void question_free(struct question *q)
{
	free_artifact(&q->artifact);
	stella_explanation_free(q->why);
	standing_free(q->standing);
	stella_report_free(q->report);
	stella_evidence_free(q->evidence);
	stella_recorded_free(q->recorded);
}

/* ---------------------------------------------------------------- the answer */

/* It was looked at and the answer is no: that is a verdict, for standard output. */
static bool is_verdict(const struct stella_error *err)
{
	enum stella_exit status = stella_code_exit(err->code);

	return status == STELLA_EXIT_REFUSED || status == STELLA_EXIT_MALFORMED || status == STELLA_EXIT_LIMIT;
}

static void set_verdict(struct question *q, const struct stella_error *err)
{
	q->slot = *err;
	q->verdict = &q->slot;
}

/* An error: could not be decided.  Else q->verdict is the answer, and q->report its ground where there is one. */
static const struct stella_error *answer(struct question *q, struct cmd *cmd)
{
	const char *name;
	const struct stella_error *err = ask(q, cmd);

	if (!err)
		err = attestation_named(&name, cmd);
	if (!err) /* first, so that a trust state that does not stand is never hidden by a bad file */
		err = session_trust(&q->trust, cmd);
	if (err)
		return err;
	q->options.now = cmd->now; /* with --at it is then */
	err = session_attestation(&q->evidence, cmd, name);
	if (!err)
		err = session_recorded(&q->recorded, cmd, q->trust, cmd->now);
	q->options.recorded = q->recorded;
	if (!err)
		err = stella_verify(&q->report, q->evidence, q->trust, &q->options);
	if (err && !is_verdict(err))
		return err;
	if (err)
		set_verdict(q, err);
	if (q->report && (cmd->as_of || cmd->verbose)) {
		err = standing_load(&q->standing, cmd, q->report, &q->options, q->verdict);
		if (err)
			return err;
	}
	if (q->report)
		log_report(cmd, q->report);
	return q->report ? stella_explain(&q->why, q->report, q->trust) : NULL;
}

static const char *next_of(struct question *q, struct cmd *cmd)
{
	return q->verdict ? hint_after(cmd, q->verdict, q->report, q->trust, NULL) : NULL;
}

/* What is refused today may be what somebody has just proposed. */
static void say_pending(struct question *q, struct cmd *cmd)
{
	struct stella_oid tree;
	bool differs;

	if (q->report && !tip_tree(&tree, &differs, q->trust) && differs)
		say(cmd, "pending      %s holds changes that are not in force: stella status, stella approve\n",
			show(cmd, q->trust->ref));
}

static const struct stella_error *finish(struct question *q, struct cmd *cmd)
{
	const char *next = next_of(q, cmd);

	if (!q->verdict) {
		warn_unchecked(q->report);
		return NULL;
	}
	if (!cmd->json)
		say_pending(q, cmd);
	if (!cmd->json && next)
		say(cmd, "next         %s\n", show(cmd, next));
	cmd->hint = next;
	cmd->told = !cmd->quiet;
	return stella_error(q->verdict->code, "%s", q->verdict->message);
}

/* Evidence that cannot be read has neither report nor claims. */
static struct stella_json *json_answer(struct question *q, struct cmd *cmd)
{
	struct stella_json *object;

	if (q->report) {
		object = json_verdict(q->report, q->why, q->trust, q->verdict, next_of(q, cmd));
		if (q->standing)
			stella_json_set(object, "trusted", json_standing(q->standing));
		return object;
	}
	object = stella_json_new_object();
	stella_json_set_bool(object, "verified", false);
	stella_json_set(object, "error", json_error(q->verdict, next_of(q, cmd)));
	return object;
}

/* Of what could not even be read there is no evidence; the verdict says so. */
static const struct stella_error *keep_evidence(struct question *q, struct cmd *cmd)
{
	const struct stella_evidence *attestation = q->evidence;
	struct evidence_asked asked = { .options = &q->options, .attestations = &attestation, .count = 1, .trust = q->trust,
		.verdict = q->verdict };

	return q->report ? evidence_write(cmd, opts_get(cmd, "evidence"), &asked) : NULL;
}

static const struct stella_error *tell(struct cmd *cmd, const char *schema, bool explain)
{
	struct question q = { 0 };
	const struct stella_explanation *why;
	struct stella_json *object;
	const struct stella_error *err = answer(&q, cmd);

	if (err)
		goto done;
	why = q.why;
	if (opts_get(cmd, "evidence"))
		err = keep_evidence(&q, cmd);
	if (err)
		goto done;
	name_time(cmd, q.report); /* not in the pack, which has its own time */
	if (cmd->json) {
		object = json_answer(&q, cmd);
		if (q.report && explain)
			stella_json_set(object, "git", json_git(cmd, &why, 1, q.trust));
		say_json(cmd, schema, object);
	} else {
		say_answer(cmd, q.verdict);
		if (q.standing)
			say_standing(cmd, q.standing);
		if (q.report)
			say_verdict(cmd, q.report, q.why);
		if (q.report && opts_get(cmd, "evidence"))
			say(cmd, "evidence     %s: stella verify evidence %s --trust-root %s\n", show(cmd, opts_get(cmd, "evidence")),
				show(cmd, opts_get(cmd, "evidence")), show_oid(cmd, &q.trust->root));
		if (q.report && explain)
			say_git(cmd, &why, 1, q.trust);
	}
	err = finish(&q, cmd);
done:
	question_free(&q);
	return err;
}

/* What is about one of them is not asked of several. */
static const struct stella_error *verify_many(struct cmd *cmd)
{
	static const char *const alone[] = { "attestation", "subject", "evidence", "explain", "verbose" };
	struct question q = { 0 };
	const struct stella_error *err = NULL;

	if (opts_get(cmd, "batch") && cmd->arg_count)
		err = stella_error(STELLA_USAGE, "--batch and \"%s\": the attestations of a list, or those of the arguments", cmd->args[0]);
	for (size_t i = 0; i < sizeof alone / sizeof *alone && !err; i++)
		if (opts_get(cmd, alone[i]))
			err = stella_error(STELLA_USAGE, "--%s is about one attestation: verify it alone%s", alone[i],
				strcmp(alone[i], "subject") ? "" : ", or name the artifact beside it in the list of --batch");
	if (!err)
		err = ask(&q, cmd);
	if (!err)
		err = verify_batch(cmd, &q.options);
	question_free(&q);
	return err;
}

const struct stella_error *cmd_verify_attestation(struct cmd *cmd)
{
	if (opts_get(cmd, "batch") || cmd->arg_count > 1)
		return verify_many(cmd);
	if (opts_get(cmd, "threads"))
		return stella_error(STELLA_USAGE, "--threads is about several attestations");
	return tell(cmd, "verify", opts_flag(cmd, "explain"));
}

const struct stella_error *why_attestation(struct cmd *cmd)
{
	return tell(cmd, "why-attestation", true);
}

/* ---------------------------------------------------------------- certificates */

static const struct stella_error *tell_key_expiry(struct cmd *cmd, struct question *q,
	const struct stella_signature_report *s, struct stella_json *object)
{
	struct stella_key *key;
	const struct stella_error *err;

	if (!s->keyid) {
		if (!object)
			say(cmd, "  no certificate, and its key is not known\n");
		return NULL;
	}
	err = stella_key_load(&key, q->trust, s->keyid);
	if (!err && object)
		stella_json_set(object, "key", json_key(cmd, key));
	else if (!err)
		say(cmd, "  no certificate: signed with a key of issuer %s\n  key       %s\n            %s, %s\n", show(cmd, key->issuer),
			show(cmd, key->id), stella_key_status_name(key->status), show_window(cmd, key->valid_from, key->expires));
	if (!err && opts_flag(cmd, "show-expiry"))
		tell_end(cmd, q->report, key->id, key->expires, object);
	stella_key_free(key);
	return err;
}

static const struct stella_error *tell_certs(struct cmd *cmd, struct question *q, struct stella_json *array)
{
	const struct stella_error *err = NULL;

	for (size_t i = 0; q->report && i < q->report->signature_count && !err; i++) {
		const struct stella_signature_report *s = &q->report->signatures[i];
		struct stella_json *one = array ? stella_json_add(array, stella_json_new_object()) : NULL;

		if (one)
			stella_json_set_bool(one, "chainVerified", s->chain.count > 0);
		else
			say(cmd, "signature %zu%s\n", i + 1, s->trusted ? "" : ": refused");
		if (q->evidence->dsse->signatures[i].cert_count)
			err = tell_links(cmd, q->trust, q->report, i, one);
		else
			err = tell_key_expiry(cmd, q, s, one);
	}
	return err;
}

static const struct stella_error *verify_certs(struct cmd *cmd, bool with_why)
{
	struct question q = { 0 };
	struct stella_json *object;
	const struct stella_error *err = answer(&q, cmd);

	if (err)
		goto done;
	name_time(cmd, q.report);
	if (cmd->json) {
		object = json_answer(&q, cmd);
		err = tell_certs(cmd, &q, stella_json_set(object, "chains", stella_json_new_array()));
		say_json(cmd, "verify-certificates", object);
	} else {
		say_answer(cmd, q.verdict);
		err = tell_certs(cmd, &q, NULL);
		if (!err && q.report)
			say(cmd, "time         %s (%s)\n", show_time(cmd, q.report->time), q.report->time_source);
		if (!err && q.report && (with_why || cmd->verbose))
			say_why(cmd, q.why);
	}
	if (err) /* no answer, so none is printed */
		stella_buf_free(&cmd->out);
	else
		err = finish(&q, cmd);
done:
	question_free(&q);
	return err;
}

const struct stella_error *cmd_verify_cert(struct cmd *cmd)
{
	return verify_certs(cmd, false);
}

const struct stella_error *cmd_verify_cert_chain(struct cmd *cmd)
{
	return verify_certs(cmd, true);
}
