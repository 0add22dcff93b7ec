/* SPDX-License-Identifier: Apache-2.0 */
#include "session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gitsig.h"
#include "sys.h"

/* Who names another branch than the configured one is not protected by memory, and may not know it. */
static void warn_unremembered(struct cmd *cmd, const struct stella_trust *trust)
{
	if (trust->remembers || opts_flag(cmd, "no-memory") || !opts_get(cmd, "trust-ref"))
		return;
	warn("%s is not the branch of git config stella.trustRef: nothing is remembered of it, and a rollback would "
		"go unnoticed; --at-least STATE makes up for that", trust->ref);
}

/* By the pin of the trust repository that is named, where there is one. */
static const struct stella_error *load_trust(struct stella_trust **out, struct cmd *cmd,
	struct stella_trust_options *options)
{
	struct cmd_private *p = cmd->private_;
	struct stella_repo *repo;
	char root[STELLA_OID_HEX];
	const struct stella_error *err = session_repo(&repo, cmd);

	*out = NULL;
	options->root = opts_get(cmd, "trust-root");
	if (!err && p->has_root) {
		stella_oid_hex(root, &p->root);
		options->root = root;
	}
	if (!err)
		err = stella_trust_load(out, repo, options);
	if (!err && p->has_root)
		(*out)->root_source = p->root_source;
	return err;
}

/* ---------------------------------------------------------------- --at */

/* What is now is not remembered either: it only says where the point lies. */
const struct stella_error *session_present(struct stella_trust **out, struct cmd *cmd)
{
	struct cmd_private *p = cmd->private_;
	struct stella_trust_options options = {
		.ref = opts_get(cmd, "trust-ref"),
		.now = p->as_of.asked ? p->as_of.real_now : cmd->now,
		.no_memory = true,
		.derived = !opts_flag(cmd, "no-memory"),
		.judge_only = true,
	};
	const struct stella_error *err = NULL;

	*out = NULL;
	options.at_least = opts_all(cmd, "at-least", &options.at_least_count);
	if (!p->present)
		err = load_trust(&p->present, cmd, &options);
	if (!err && stella_error_is(p->present->verdict, STELLA_ROLLBACK)) /* what --at-least demands is not there */
		return p->present->verdict;
	if (!err)
		*out = p->present;
	return err;
}

const struct stella_error *session_trust_then(struct stella_trust **out, struct cmd *cmd, const struct stella_asof *point,
	bool judge_only)
{
	struct stella_trust_options options = {
		.now = point->time,
		.no_memory = true,
		.derived = !opts_flag(cmd, "no-memory"),
		.judge_only = judge_only,
	};
	char commit[STELLA_OID_HEX];

	stella_oid_hex(commit, &point->commit);
	options.ref = commit;
	return load_trust(out, cmd, &options);
}

static const struct stella_error *load_as_of(struct stella_trust **out, struct cmd *cmd, bool judge_only)
{
	struct cmd_private *p = cmd->private_;
	struct stella_trust *present;
	const char *asked = opts_get(cmd, "at");
	const struct stella_error *err;

	*out = NULL;
	p->as_of.real_now = cmd->now;
	p->as_of.asked = asked;
	err = session_present(&present, cmd);
	if (!err) {
		err = stella_asof_find(&p->as_of.point, present, asked);
		if (err)
			err = stella_error_prefix(err, "--at");
	}
	if (!err)
		err = session_trust_then(out, cmd, &p->as_of.point, judge_only);
	if (err)
		return err;
	cmd->now = p->as_of.point.time;
	cmd->as_of = &p->as_of;
	p->as_of.state = (*out)->state;
	if (!cmd->json && !cmd->quiet)
		note_as_of(cmd);
	return NULL;
}

const struct stella_error *session_trust_at(struct stella_trust **out, struct cmd *cmd, const char *ref,
	bool judge_only)
{
	struct stella_trust_options options = {
		.ref = ref ? ref : opts_get(cmd, "trust-ref"),
		.now = cmd->now,
		.no_memory = opts_flag(cmd, "no-memory"),
		.derived = !opts_flag(cmd, "no-memory"),
		.judge_only = judge_only,
	};
	const struct stella_error *err;

	*out = NULL;
	if (!ref && opts_get(cmd, "at"))
		return load_as_of(out, cmd, judge_only);
	options.at_least = opts_all(cmd, "at-least", &options.at_least_count);
	err = load_trust(out, cmd, &options);
	if (!err && !ref)
		warn_unremembered(cmd, *out);
	return err;
}

const struct stella_error *session_recorded(struct stella_recorded **out, struct cmd *cmd, struct stella_trust *trust,
	int64_t now)
{
	struct stella_store *store;
	const struct stella_oid *tip;
	const struct stella_error *err = NULL;

	*out = NULL;
	if (!stella_recorded_used(trust))
		return NULL;
	err = session_store(&store, cmd);
	tip = err ? NULL : stella_store_tip(store);
	if (tip)
		err = stella_recorded_load(out, trust, stella_store_repo(store), tip, now);
	return err;
}

const struct stella_error *session_trust(struct stella_trust **out, struct cmd *cmd)
{
	struct cmd_private *p = cmd->private_;
	const struct stella_error *err = NULL;

	*out = NULL;
	if (!p->trust)
		err = session_trust_at(&p->trust, cmd, NULL, false);
	if (!err)
		*out = p->trust;
	return err;
}

const struct stella_error *session_own_store(struct stella_store **out, struct cmd *cmd)
{
	struct cmd_private *p = cmd->private_;
	const struct stella_error *err = NULL;
	struct stella_repo *repo;

	*out = NULL;
	if (!p->own_store) {
		err = session_project(&repo, cmd);
		if (!err)
			err = stella_store_open(&p->own_store, repo, opts_get(cmd, "attestations-ref"));
	}
	if (!err)
		*out = p->own_store;
	return err;
}

/* An attestation is believed for its signatures, wherever it was found. */
const struct stella_error *session_store(struct stella_store **out, struct cmd *cmd)
{
	struct cmd_private *p = cmd->private_;
	struct stella_repo *named;
	const struct stella_error *err = session_own_store(out, cmd);

	if (!err && stella_store_exists(*out))
		return NULL;
	if (err && !stella_error_is(err, STELLA_NOT_FOUND))
		return err;
	if (!p->store) {
		struct stella_error first = err ? *err : (struct stella_error){ 0 };

		if (session_named(&named, cmd) || !named)
			return err ? stella_error(first.code, "%s", first.message) : NULL;
		err = stella_store_open(&p->store, named, opts_get(cmd, "attestations-ref"));
		if (err)
			return err;
	}
	if (stella_store_exists(p->store) || !*out)
		*out = p->store;
	return NULL;
}

/* Ids are hex; a file of such a name is meant where it exists and is given with a slash. */
bool attestation_is_id(const char *name)
{
	size_t size = strlen(name);

	return size >= 7 && size <= 64 && strspn(name, "0123456789abcdef") == size;
}

const struct stella_error *attestation_read(struct stella_buf *out, struct stella_store *store, const char *name)
{
	const struct stella_error *err;
	struct stella_sha256 id;

	*out = (struct stella_buf){ 0 };
	if (attestation_is_id(name)) {
		err = stella_store_find(&id, store, name);
		if (!err)
			err = stella_store_load(out, store, &id);
	} else {
		err = stella_sys_read(out, name, STELLA_BUNDLE_MAX);
	}
	return stella_error_is(err, STELLA_NOT_FOUND) && !strchr(name, '/') && strcmp(name, "-") ?
		stella_error_prefix(err, "neither a stored attestation nor a file") : err;
}

const struct stella_error *session_attestation(struct stella_evidence **out, struct cmd *cmd, const char *name)
{
	const struct stella_error *err = NULL;
	struct stella_buf bytes = { 0 };
	struct stella_store *store = NULL;
	struct stella_sha256 id;

	*out = NULL;
	if (attestation_is_id(name))
		err = session_store(&store, cmd);
	if (!err)
		err = attestation_read(&bytes, store, name);
	if (err)
		return err;
	id = stella_sha256(stella_buf_span(&bytes));
	log_attestation(cmd, &id);
	err = stella_evidence_parse(out, &bytes);
	return err ? stella_error_prefix(err, "%s", name) : NULL;
}

char *session_command_line(const struct cmd *cmd)
{
	const struct cmd_private *p = cmd->private_;
	struct stella_buf line = { 0 };

	stella_buf_printf(&line, "stella %s", cmd->command->name);
	for (unsigned i = 0; i < cmd->arg_count; i++)
		stella_buf_printf(&line, " %s", cmd->args[i]);
	for (size_t i = 0; i < p->given_count; i++)
		for (const struct opt *opt = cmd->command->opts; opt && opt->name; opt++)
			if (p->given[i].opt == opt)
				stella_buf_printf(&line, " --%s%s%s", opt->name, opt->arg ? " " : "", p->given[i].value);
	return stella_buf_take_str(&line);
}

const struct stella_error *session_reason(char **out, struct cmd *cmd, bool required)
{
	const char *given = opts_get(cmd, "reason");
	char *text = NULL;
	size_t cap = 0;

	*out = NULL;
	if (given) {
		text = stella_strdup(given);
	} else if (isatty(STDIN_FILENO) && isatty(STDERR_FILENO)) {
		fprintf(stderr, "Reason for 'stella %s': ", cmd->command->name);
		if (getline(&text, &cap, stdin) < 0) {
			free(text);
			text = stella_strdup("");
		}
		text[strcspn(text, "\n")] = 0;
	} else if (required) {
		return stella_error(STELLA_USAGE, "a reason is needed: stella %s --reason \"...\"", cmd->command->name);
	} else {
		text = session_command_line(cmd);
	}
	if (!text[strspn(text, " \t\r\n")] || strlen(text) > STELLA_REASON_MAX) {
		bool empty = strlen(text) <= STELLA_REASON_MAX;

		free(text);
		return empty ? stella_error(STELLA_USAGE, "the reason is empty") :
			stella_error(STELLA_LIMIT, "the reason is longer than %d bytes", STELLA_REASON_MAX);
	}
	*out = text;
	return NULL;
}

void session_free(struct cmd *cmd)
{
	struct cmd_private *p = cmd->private_;

	stella_trust_free(p->trust);
	stella_trust_free(p->present);
	stella_trust_free(p->branch);
	free(p->branch_ref);
	stella_store_free(p->store);
	free(p->log.issuer);
	free(p->log.subject);
	stella_store_free(p->own_store);
	if (p->repo != p->project && p->repo != p->named)
		stella_repo_free(p->repo);
	stella_repo_free(p->project);
	stella_repo_free(p->named);
	for (size_t i = 0; i < p->kept_count; i++)
		free(p->kept[i]);
	free(p->kept);
	free(p->given);
	free(cmd->args);
	stella_buf_free(&cmd->out);
	free(p);
}
