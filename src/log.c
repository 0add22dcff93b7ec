/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The event log of this run: one record for each verification, check, signing and change, and for whatever fails.
 * What cannot be logged is told on standard error and changes no answer and no exit status.
 */
#include <config.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "eventlog.h"
#include "pin.h"
#include "session.h"
#include "sys.h"
#include "verify.h"

/* The first word (or two) of a command, and what its runs are in the log. */
static const struct kind {
	const char *prefix, *event;
} kinds[] = {
	{ "verify", "verification" }, { "check", "check" }, { "hook", "check" }, { "init", "change" },
	{ "attest create", "signing" }, { "attest resign", "signing" }, { "attest import", "store" },
	/* these look at the log and at what is wrong */
	{ "attest logs", NULL }, { "metrics", NULL }, { "doctor", NULL }, { "completion", NULL },
};

/* NULL: nothing to be logged. */
static const char *event_of(const struct cmd *cmd, int status)
{
	const char *name = cmd->command->name;

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		size_t size = strlen(kinds[i].prefix);

		if (!strncmp(name, kinds[i].prefix, size) && (!name[size] || name[size] == ' '))
			return kinds[i].event;
	}
	if (cmd->command->groups & OPTS_CHANGE || (!strcmp(name, "pin") && cmd->arg_count))
		return "change";
	return status == STELLA_EXIT_OK ? NULL : "failure";
}

/* A question about what is not there or not trusted is no fault of anything. */
static enum stella_level level_of(const char *event, int status)
{
	if (status == STELLA_EXIT_OK)
		return STELLA_LEVEL_INFO;
	if (strcmp(event, "failure") != 0)
		return STELLA_LEVEL_ERROR;
	return status == STELLA_EXIT_REFUSED || status == STELLA_EXIT_MISSING ? STELLA_LEVEL_WARNING : STELLA_LEVEL_ERROR;
}

void log_attestation(struct cmd *cmd, const struct stella_sha256 *id)
{
	stella_sha256_hex(cmd->private_->log.attestation, id);
}

void log_subject(struct cmd *cmd, const struct stella_digest *digest)
{
	struct stella_buf text = { 0 };

	stella_buf_printf(&text, "%s:%s", digest->algorithm, digest->hex);
	free(cmd->private_->log.subject);
	cmd->private_->log.subject = stella_buf_take_str(&text);
}

const char *report_issuer(const struct stella_report *report)
{
	const char *issuer = report->issuer_count ? report->issuers[0] : NULL;

	for (size_t i = 0; i < report->signature_count && !issuer; i++)
		issuer = report->signatures[i].issuer;
	return issuer;
}

void log_report(struct cmd *cmd, const struct stella_report *report)
{
	struct run_log *log = &cmd->private_->log;

	free(log->issuer);
	log->issuer = stella_strdup(report_issuer(report));
}

void log_change(struct cmd *cmd, const struct stella_oid *commit, const struct stella_state *state, bool in_force)
{
	struct run_log *log = &cmd->private_->log;

	stella_oid_hex(log->commit, commit);
	stella_sha256_hex(log->state, &state->id);
	log->number = state->number;
	log->outcome = in_force ? "in force" : "recorded, not in force";
}

static const struct stella_trust *trust_of(const struct cmd_private *p)
{
	return p->trust ? p->trust : p->branch;
}

bool log_root(struct stella_oid *out, struct cmd *cmd)
{
	const struct cmd_private *p = cmd->private_;
	const char *source, *given = opts_get(cmd, "trust-root");

	if (trust_of(p)) {
		*out = trust_of(p)->root;
		return true;
	}
	if (given)
		return stella_oid_parse(out, stella_span_str(given));
	if (p->has_root) { /* of the trust repository, whose own configuration need not be asked */
		*out = p->root;
		return true;
	}
	return p->repo && !stella_pin_find_root(out, &source, p->repo, NULL);
}

static void fill_state(struct stella_event *event, struct cmd_private *p)
{
	struct run_log *log = &p->log;
	const struct stella_trust *trust = trust_of(p);

	if (!*log->state && trust && trust->state) {
		stella_sha256_hex(log->state, &trust->state->id);
		log->number = trust->state->number;
	}
	event->state = log->state;
	event->number = *log->state ? (int64_t)log->number : -1;
}

/* What a success was: of a verdict nothing needs to be added. */
static char *success_text(struct cmd *cmd, const char *event)
{
	const char *outcome = cmd->private_->log.outcome;
	struct stella_buf text = { 0 };
	char *line;

	if (!strcmp(event, "verification") || !strcmp(event, "check"))
		return NULL;
	line = session_command_line(cmd);
	stella_buf_printf(&text, "%s%s%s", line, outcome ? ": " : "", outcome ? outcome : "");
	free(line);
	return stella_buf_take_str(&text);
}

static const struct stella_error *append(const struct stella_event *event, const struct stella_oid *root)
{
	char *state_dir = NULL, *dir = NULL;
	const struct stella_error *err = stella_sys_state_dir(&state_dir);

	if (!err) {
		dir = stella_eventlog_dir(state_dir, root);
		err = stella_eventlog_append(dir, event);
	}
	free(dir);
	free(state_dir);
	return err;
}

/* What held then is no news of now. */
static bool is_logged(const struct cmd *cmd)
{
	return !opts_flag(cmd, "help") && !opts_flag(cmd, "no-log") && !opts_flag(cmd, "no-memory") && !opts_get(cmd, "at");
}

static void log_event(struct cmd *cmd, const struct stella_error *err, int status, int64_t duration)
{
	struct stella_error verdict = err ? *err : (struct stella_error){ 0 };
	struct cmd_private *p = cmd->private_;
	const char *name = event_of(cmd, status);
	struct stella_event event = {
		.time = cmd->now, .event = name, .command = cmd->command->name,
		.code = !status ? "ok" : err ? stella_code_word(err->code) : stella_code_word(STELLA_SYSTEM),
		.exit = status, .duration = duration, .attestation = p->log.attestation, .subject = p->log.subject, .issuer = p->log.issuer,
		.commit = p->log.commit, .pid = getpid(), .tool = "stella " PACKAGE_VERSION,
	};
	char root_hex[STELLA_OID_HEX], *text = NULL;
	struct stella_oid root;
	bool pinned;

	if (!name || status == STELLA_EXIT_USAGE || !is_logged(cmd) || p->log.failed)
		return;
	event.level = level_of(name, status);
	pinned = log_root(&root, cmd);
	if (pinned) {
		stella_oid_hex(root_hex, &root);
		event.root = root_hex;
	}
	fill_state(&event, p);
	if (!status)
		text = success_text(cmd, name);
	event.message = err ? verdict.message : status ? "cannot write to standard output" : text;
	err = append(&event, pinned ? &root : NULL);
	if (err)
		warn("not logged: %s", err->message);
	p->log.failed = err;
	free(text);
}

void log_one(struct cmd *cmd, const struct stella_sha256 *id, const char *issuer, const struct stella_digest *subject,
	const struct stella_error *err, int64_t duration)
{
	struct run_log *log = &cmd->private_->log;

	log->each = true;
	if (id)
		log_attestation(cmd, id);
	if (subject)
		log_subject(cmd, subject);
	log->issuer = stella_strdup(issuer);
	log_event(cmd, err, err ? (int)stella_code_exit(err->code) : STELLA_EXIT_OK, duration);
	free(log->issuer);
	free(log->subject);
	log->issuer = log->subject = NULL;
	*log->attestation = 0;
}

void log_run(struct cmd *cmd, const struct stella_error *err, int status, int64_t duration)
{
	bool wrote = status == (err ? (int)stella_code_exit(err->code) : STELLA_EXIT_OK);

	if (!cmd->private_->log.each || !wrote)
		log_event(cmd, err, status, duration);
}
