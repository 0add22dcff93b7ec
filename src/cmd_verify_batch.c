/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify attestation of many: one trust state, each of its records read once.  A line for each attestation, in the order
 * of the arguments or the list; the same verdict as that of each alone.
 */
#include <stdlib.h>
#include <string.h>

#include "batch.h"
#include "shelf.h"
#include "sys.h"
#include "verify.h"

#define OUT_MAX 65536 /* bytes of answers that wait to be written */

struct many {
	struct batch batch;
	struct stella_verify_options options; /* what is asked of all of them */
	struct stella_trust *trust;  /* borrowed, as the store */
	struct stella_recorded *recorded;
	struct stella_store *store;  /* NULL: there is none, and no_store says why */
	struct stella_error no_store;
	const char *verified, *refused; /* these words, for eyes */
};

/* What an item says. */
struct named {
	const char *name;            /* NULL: it is the attestation itself */
	const char *artifact;        /* that it must be about; NULL: any */
	struct stella_json *line;    /* owns both; NULL: the item's text is the name */
};

/* What was found about one, as it will be told. */
struct answer {
	struct stella_buf line;      /* with newline */
	struct stella_buf unchecked; /* texts with NUL after each */
	char *name;                  /* NULL: none */
	bool has_id, has_subject;
	struct stella_sha256 id;
	struct stella_digest subject; /* that was asked for */
	char *issuer;                /* NULL: none */
	int64_t duration;
};

static void answer_free(struct answer *answer)
{
	stella_buf_free(&answer->line);
	stella_buf_free(&answer->unchecked);
	free(answer->name);
	stella_digest_free(&answer->subject);
	free(answer->issuer);
	free(answer);
}

/* By a list; else by arguments. */
static bool is_list(const struct many *many)
{
	return opts_get(many->batch.cmd, "batch") != NULL;
}

/* ---------------------------------------------------------------- one item */

/*
 * ID or file, or in a list {"bundle": ID|FILE, "artifact": FILE|DIGEST}, as of verify bundle, or the attestation itself,
 * whose bytes are then those of the line.
 */
static const struct stella_error *read_item(struct named *out, const struct batch_item *item, bool is_line)
{
	static const char *const names[] = { "artifact", "bundle", NULL };
	struct stella_span text = stella_buf_span(&item->text);
	const struct stella_error *err;

	*out = (struct named){ .name = text.size ? (const char *)text.data : "" };
	if (memchr(out->name, 0, text.size))
		return stella_error(STELLA_MALFORMED, "a name with a NUL in it");
	if (!is_line || *out->name != '{')
		return NULL;
	err = stella_json_parse(&out->line, text);
	if (err)
		return stella_error_prefix(err, "invalid attestation");
	out->name = NULL;
	if (!stella_json_find(out->line, "bundle"))
		return NULL;
	err = stella_json_closed(out->line, names);
	if (!err)
		err = stella_json_need_text(&out->name, out->line, "bundle");
	if (!err && stella_json_find(out->line, "artifact"))
		err = stella_json_need_text(&out->artifact, out->line, "artifact");
	return err;
}

static const struct stella_error *load(struct stella_evidence **out, const struct many *many, const char *name,
	struct stella_span text)
{
	struct stella_buf bytes = { 0 };
	const struct stella_error *err = NULL;

	*out = NULL;
	if (!name)
		stella_buf_put_span(&bytes, text);
	else if (strcmp(name, "-") == 0)
		err = stella_error(STELLA_USAGE, "standard input holds one attestation, to be verified alone");
	else if (!many->store && attestation_is_id(name))
		err = stella_error(many->no_store.code, "%s", many->no_store.message);
	else
		err = attestation_read(&bytes, many->store, name);
	if (err)
		return err;
	err = stella_evidence_parse(out, &bytes);
	return err && name ? stella_error_prefix(err, "%s", name) : err;
}

static void note_unchecked(struct answer *answer, const struct stella_report *report)
{
	for (size_t i = 0; i < report->step_count; i++) {
		const struct stella_step *step = &report->steps[i];

		if (step->result == STELLA_STEP_NOT_CHECKED) {
			stella_buf_printf(&answer->unchecked, "%s%s%s", step->object ? step->object : "", step->object ? ": " : "",
				step->text);
			stella_buf_put_u8(&answer->unchecked, 0);
		}
	}
}

static const struct stella_error *verify(struct stella_report **report, struct answer *answer, const struct many *many,
	const struct stella_evidence *evidence, const char *named)
{
	struct stella_verify_options options = many->options;
	struct artifact artifact = { 0 };
	const struct stella_error *err = named ? parse_artifact(&artifact, named) : NULL;

	*report = NULL;
	answer->has_id = true;
	answer->id = evidence->id;
	options.artifact = artifact.digests;
	options.artifact_count = artifact.count;
	if (!err)
		err = stella_verify(report, evidence, many->trust, &options);
	if (artifact.count) {
		answer->has_subject = true;
		answer->subject = (struct stella_digest){ stella_strdup(artifact.digests[0].algorithm),
			stella_strdup(artifact.digests[0].hex) };
	}
	if (*report) {
		note_unchecked(answer, *report);
		answer->issuer = stella_strdup(report_issuer(*report));
	}
	free_artifact(&artifact);
	return err;
}

/* ---------------------------------------------------------------- its line */

/* Is the name in what follows anyway? */
static bool is_said(const struct answer *answer, const char *id, const struct stella_error *err)
{
	return !answer->name || (err ? stella_span_starts(stella_span_str(err->message), answer->name) :
		strcmp(answer->name, id) == 0);
}

static void print_text(struct answer *answer, const struct many *many, uint64_t number, const struct stella_error *err)
{
	struct stella_buf *out = &answer->line;
	char id[STELLA_SHA256_HEX];

	stella_sha256_hex(id, &answer->id);
	stella_buf_printf(out, err ? "%s   " : "%s  ", err ? many->refused : many->verified);
	if (is_list(many))
		stella_buf_printf(out, "line %llu: ", (unsigned long long)number);
	if (!is_said(answer, id, err)) {
		stella_escape_print(out, stella_span_str(answer->name));
		stella_buf_put_str(out, ": ");
	}
	if (err) {
		stella_escape_print(out, stella_span_str(err->message));
		stella_buf_printf(out, " (%s)\n", stella_code_word(err->code));
	} else {
		stella_buf_printf(out, "%s, issuer %s\n", id, answer->issuer);
	}
}

static void print_json(struct answer *answer, const struct many *many, uint64_t number, const struct stella_report *report,
	const struct stella_error *err)
{
	struct stella_json *object = stella_json_new_object(), *part;

	stella_json_set_text(object, "schema", "stella.verify-item/1");
	stella_json_set_int(object, is_list(many) ? "line" : "argument", (int64_t)number);
	if (answer->name)
		stella_json_set(object, "name", json_text(answer->name));
	stella_json_set_bool(object, "verified", !err);
	if (err)
		stella_json_set(object, "error", json_error(err, NULL));
	if (answer->has_id) {
		part = stella_json_set(object, "attestation", stella_json_new_object());
		stella_json_set(part, "id", json_id(&answer->id));
		if (report) {
			stella_json_set(part, "time", json_time(report->time));
			stella_json_set_text(part, "timeSource", report->time_source);
		}
	}
	if (!err) {
		stella_json_set_text(object, "issuer", answer->issuer);
		stella_json_set(object, "predicateType", json_text(report->evidence->statement->predicate_type));
	}
	part = stella_json_set(object, "notChecked", stella_json_new_array());
	for (size_t at = 0; at < answer->unchecked.size; at += strlen((char *)answer->unchecked.data + at) + 1)
		stella_json_add(part, json_text((char *)answer->unchecked.data + at));
	stella_json_print(&answer->line, object, STELLA_JSON_LOG);
	stella_buf_put_u8(&answer->line, '\n');
	stella_json_free(object);
}

static void print_line(struct answer *answer, const struct many *many, uint64_t number, const struct stella_report *report,
	const struct stella_error *err)
{
	if (many->batch.cmd->json)
		print_json(answer, many, number, report, err);
	else if (!many->batch.cmd->quiet)
		print_text(answer, many, number, err);
}

static const struct stella_error *ask(void *context, struct batch_item *item)
{
	const struct many *many = context;
	struct answer *answer = item->answer = stella_alloc(sizeof *answer);
	struct stella_evidence *evidence = NULL;
	struct stella_report *report = NULL;
	int64_t begin = stella_sys_ticks();
	struct named named;
	const struct stella_error *err = read_item(&named, item, is_list(many));

	if (!err)
		err = load(&evidence, many, named.name, stella_buf_span(&item->text));
	if (!err)
		err = verify(&report, answer, many, evidence, named.artifact);
	answer->name = stella_strdup(named.name);
	answer->duration = stella_sys_ticks() - begin;
	name_time(many->batch.cmd, report);
	print_line(answer, many, item->number, report, err);
	stella_report_free(report);
	stella_evidence_free(evidence);
	stella_json_free(named.line);
	return err;
}

/* ---------------------------------------------------------------- all */

/* All about the first that is refused; one that stands in the list itself comes through standard input. */
static void set_hint(struct cmd *cmd, const char *name)
{
	struct stella_buf text = { 0 };

	stella_buf_printf(&text, "stella verify attestation %s", name ? name : "-");
	cmd->hint = keep(cmd, stella_buf_take_str(&text));
}

static const struct stella_error *tell(void *context, struct batch_item *item)
{
	struct many *many = context;
	struct cmd *cmd = many->batch.cmd;
	const struct stella_error *refusal = *item->error.message ? &item->error : NULL, *err = NULL;
	struct answer *answer = item->answer;

	if (!answer) { /* its line was too long */
		answer = stella_alloc(sizeof *answer);
		print_line(answer, many, item->number, NULL, refusal);
	}
	if (refusal && !cmd->hint)
		set_hint(cmd, answer->name);
	for (size_t at = 0; !refusal && !cmd->json && at < answer->unchecked.size;
	     at += strlen((char *)answer->unchecked.data + at) + 1)
		warn("number %llu, NOT CHECKED: %s", (unsigned long long)item->number, (char *)answer->unchecked.data + at);
	log_one(cmd, answer->has_id ? &answer->id : NULL, answer->issuer, answer->has_subject ? &answer->subject : NULL, refusal,
		answer->duration);
	stella_buf_put_span(&cmd->out, stella_buf_span(&answer->line));
	if (cmd->out.size > OUT_MAX) {
		progress_stop();
		err = say_now(cmd);
	}
	answer_free(answer);
	item->answer = NULL;
	return err;
}

static void tell_all(const struct batch *batch)
{
	struct cmd *cmd = batch->cmd;
	struct stella_json *object;

	if (!cmd->json) {
		batch_say(batch);
		if (cmd->hint)
			say(cmd, "next         %s\n", show(cmd, cmd->hint));
		return;
	}
	object = stella_json_new_object();
	stella_json_set_int(object, "verified", (int64_t)batch->verified);
	stella_json_set_int(object, "refused", (int64_t)batch->refused);
	say_json_line(cmd, "verify-batch", object);
}

static const struct stella_error *open_all(struct many *many, struct cmd *cmd)
{
	const struct stella_error *err = session_trust(&many->trust, cmd);

	if (err)
		return err;
	err = session_store(&many->store, cmd); /* needed for ids only */
	if (err) {
		many->no_store = *err;
		many->store = NULL;
	}
	many->options.now = cmd->now; /* with --at it is then */
	many->options.shelf = stella_shelf_new(many->trust);
	err = session_recorded(&many->recorded, cmd, many->trust, cmd->now);
	many->options.recorded = many->recorded;
	return err;
}

const struct stella_error *verify_batch(struct cmd *cmd, const struct stella_verify_options *asked)
{
	struct many many = {
		.batch = { .cmd = cmd, .what = "attestations", .ask = ask, .tell = tell, .context = &many },
		.options = *asked,
		.verified = paint(cmd, PAINT_GOOD, "VERIFIED"), .refused = paint(cmd, PAINT_BAD, "REFUSED"),
	};
	const struct stella_error *err = open_all(&many, cmd);

	if (!err)
		err = batch_run(&many.batch);
	if (!err) {
		tell_all(&many.batch);
		cmd->told = many.batch.refused > 0 && !cmd->quiet;
		err = batch_verdict(&many.batch);
	}
	stella_recorded_free(many.recorded);
	stella_shelf_free(many.options.shelf);
	return err;
}
