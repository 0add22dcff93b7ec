/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What could come next on a command line, read from the table of commands and the state in force.  Asked
 * by the shells' scripts at every key: bounded, and silent where it knows nothing.
 */
#include "complete.h"

#include <stdlib.h>
#include <string.h>

#define CANDIDATES_MAX 500

/* The words before the one at the cursor, and what was found. */
struct line {
	struct cmd *cmd;
	const char *const *words; size_t count; /* of the command line, without "stella" */
	const char *prefix;          /* of the word at the cursor */
	const char *before;          /* what stands before prefix in that word: "--output=" */
	size_t found;
	bool files;                  /* files, too */
};

static void offer(struct line *line, const char *text, const char *help)
{
	if (strncmp(text, line->prefix, strlen(line->prefix)) || line->found >= CANDIDATES_MAX)
		return;
	line->found++;
	say(line->cmd, "%s%s\t%s\n", line->before, show(line->cmd, text), help ? show(line->cmd, help) : "");
}

/* ---------------------------------------------------------------- what the repository holds */

static void offer_records(struct line *line, const char *folder)
{
	struct names names = { 0 };
	struct stella_trust *trust;
	const struct stella_error *err = session_trust(&trust, line->cmd);

	if (!err)
		err = record_names(&names, trust, folder);
	for (size_t i = 0; !err && i < names.count; i++)
		offer(line, names.items[i], NULL);
	names_free(&names);
}

static void offer_members(struct line *line)
{
	struct stella_trust *trust;

	if (session_trust(&trust, line->cmd))
		return;
	for (size_t i = 0; i < trust->policy->member_count; i++)
		offer(line, trust->policy->members[i].name, NULL);
}

static void offer_roles(struct line *line)
{
	struct stella_trust *trust;

	if (session_trust(&trust, line->cmd))
		return;
	for (size_t i = 0; i < trust->policy->role_count; i++)
		offer(line, trust->policy->roles[i].name, NULL);
}

static void offer_states(struct line *line)
{
	struct stella_trust *trust;
	struct stella_history *history;
	const struct stella_state **chain;
	size_t count;

	if (session_trust(&trust, line->cmd) || stella_trust_history(&history, trust))
		return;
	chain = stella_history_chain(&count, trust->state);
	for (size_t i = count; i > 0; i--)
		offer(line, show_id(line->cmd, &chain[i - 1]->id), show_state(line->cmd, chain[i - 1]));
	free(chain);
}

static bool offer_attestation(void *context, const struct stella_sha256 *id)
{
	struct line *line = context;

	offer(line, show_id(line->cmd, id), NULL);
	return line->found < CANDIDATES_MAX;
}

static void offer_attestations(struct line *line)
{
	struct stella_store *store;

	line->files = true;
	if (!session_store(&store, line->cmd) && stella_store_each(store, offer_attestation, line))
		return;
}

static void offer_types(struct line *line)
{
	const char *name, *uri;

	for (size_t i = 0; stella_predicate_at(i, &name, &uri); i++)
		offer(line, name, uri);
}

static void offer_list(struct line *line, const char *words)
{
	while (*words) {
		size_t size = strcspn(words, " ");
		char *word = stella_span_strdup(stella_span(words, size));

		offer(line, word, NULL);
		free(word);
		words += size + (words[size] == ' ');
	}
}

/* ---------------------------------------------------------------- by what the table calls it */

static bool begins(const char *text, const char *start)
{
	return !strncmp(text, start, strlen(start));
}

/* "<name>" is what the command's noun says. */
static void offer_named(struct line *line, const char *command)
{
	if (begins(command, "member "))
		offer_members(line);
	else if (begins(command, "gate "))
		offer_records(line, "gates/");
	else if (begins(command, "trust-anchors ")) {
		offer_records(line, "anchors/");
		offer_records(line, "sigstore/");
	}
}

/* what: "<issuer-id>", "[<attestation-id>]", "ID|FILE|-". */
static void offer_value(struct line *line, const char *command, const char *what)
{
	if (strstr(what, "issuer-id"))
		offer_records(line, "issuers/");
	else if (strstr(what, "key-id"))
		offer_records(line, "keys/");
	else if (strstr(what, "attestation-id"))
		offer_attestations(line);
	else if (strstr(what, "<state>") || strstr(what, "STATE"))
		offer_states(line);
	else if (strstr(what, "<name>"))
		offer_named(line, command);
	else if (strstr(what, "shell"))
		offer_list(line, "bash fish zsh");
	else if (strstr(what, "FILE") || strstr(what, "file") || strstr(what, "DIR"))
		line->files = true;
}

static void offer_option_value(struct line *line, const struct command *command, const struct opt *opt)
{
	static const struct { const char *name, *what; } known[] = {
		{ "attestation", "attestation-id" }, { "issuer", "issuer-id" }, { "replaces", "key-id" },
	};

	if (opt->alias_of)
		opt = opts_named(command, opt->alias_of);
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (!strcmp(opt->name, known[i].name)) {
			offer_value(line, command->name, known[i].what);
			return;
		}
	if (!strcmp(opt->name, "output"))
		offer_list(line, "json text");
	else if (!strcmp(opt->name, "type"))
		offer_types(line);
	else if (!strcmp(opt->name, "gate"))
		offer_records(line, "gates/");
	else if (!strcmp(opt->name, "sigstore"))
		offer_records(line, "sigstore/");
	else if (!strcmp(opt->name, "identity-anchor"))
		offer_records(line, "anchors/");
	else if (!strcmp(opt->name, "kind"))
		offer_list(line, "compromised retired");
	else if (!strcmp(opt->name, "san-type"))
		offer_list(line, "dns email uri");
	else if (!strcmp(opt->name, "role"))
		offer_roles(line);
	else
		offer_value(line, command->name, opt->arg);
}

/* ---------------------------------------------------------------- commands and options */

/* The next word of every command that begins with all these words; each once. */
static void offer_commands(struct line *line, const char *const *words, size_t count)
{
	struct names seen = { 0 };

	for (const struct command *c = commands; c->name; c++) {
		const char *at = c->name;
		char *next;
		bool same = true;

		for (size_t i = 0; i < count && same; i++) {
			size_t size = strcspn(at, " ");

			same = size && strlen(words[i]) == size && !strncmp(at, words[i], size);
			at += size + (at[size] == ' ');
		}
		if (!same || !*at)
			continue;
		next = stella_span_strdup(stella_span(at, strcspn(at, " ")));
		for (size_t i = 0; i < seen.count && same; i++)
			same = strcmp(seen.items[i], next) != 0;
		if (same)
			offer(line, next, at[strlen(next)] ? NULL : c->summary);
		STELLA_GROW(seen.items, seen.count, seen.cap);
		seen.items[seen.count++] = next;
	}
	names_free(&seen);
}

static void offer_options(struct line *line, const struct command *command)
{
	const struct opt *opt;
	const char *typed = line->prefix;

	line->before = "--";
	line->prefix = typed[1] ? typed + 2 : "";
	for (size_t i = 0; (opt = opts_at(command, i)); i++)
		if (opt->help)
			offer(line, opt->name, opt->help);
}

/* The option that this word is, and its value if that is in the word. */
static const struct opt *option_of(const struct command *command, const char *word, const char **value)
{
	char name[64];
	size_t size;

	*value = NULL;
	if (word[0] != '-' || !word[1])
		return NULL;
	if (word[1] != '-')
		return opts_lettered(command, word[1]);
	size = strcspn(word + 2, "=");
	if (size >= sizeof name)
		return NULL;
	memcpy(name, word + 2, size);
	name[size] = 0;
	if (word[2 + size])
		*value = word + 2 + size + 1;
	return opts_named(command, name);
}

/* The k-th placeholder of "[<a>] <b>..."; the last one serves for all that follow it. */
static const char *placeholder(const char *args, size_t k, size_t *size)
{
	*size = strcspn(args, " ");
	while (k-- && args[*size]) {
		args += *size + 1;
		*size = strcspn(args, " ");
	}
	return args;
}

static void complete_arguments(struct line *line, const struct command *command, const char *const *words, size_t count)
{
	const struct opt *opt, *open = NULL;
	size_t position = 0, size;
	const char *value;
	bool ended = false;
	char *what;

	for (size_t i = 0; i < count; i++) {
		if (open && !strcmp(words[i], "=")) /* bash gives --option = value as three words */
			continue;
		if (open) {
			open = NULL;
			continue;
		}
		ended |= !strcmp(words[i], "--");
		opt = ended ? NULL : option_of(command, words[i], &value);
		if (opt && opt->arg && !value)
			open = opt;
		else if (!opt && !(ended && !strcmp(words[i], "--")))
			position++;
	}
	if (!open && !ended && line->prefix[0] == '-') {
		open = option_of(command, line->prefix, &value);
		if (!open || !value) {
			offer_options(line, command);
			return;
		}
		line->before = stella_span_strdup(stella_span(line->prefix, (size_t)(value - line->prefix)));
		line->before = keep(line->cmd, (char *)(uintptr_t)line->before);
		line->prefix = value;
	}
	if (open) {
		if (!strcmp(line->prefix, "="))
			line->prefix = "";
		offer_option_value(line, command, open);
		return;
	}
	if (position >= command->max_args)
		return;
	what = (char *)(uintptr_t)placeholder(command->args, position, &size);
	what = stella_span_strdup(stella_span(what, size));
	offer_value(line, command->name, what);
	free(what);
}

const struct stella_error *complete(struct cmd *cmd)
{
	struct line line = { .cmd = cmd, .words = cmd->args, .count = cmd->arg_count, .before = "" };
	const struct command *command;
	size_t used;

	while (line.count > 2 && !strcmp(line.words[0], "-C")) {
		line.words += 2;
		line.count -= 2;
	}
	if (!line.count)
		return NULL;
	line.prefix = line.words[--line.count];
	command = command_find(line.words, line.count, &used);
	offer_commands(&line, line.words, line.count);
	if (command)
		complete_arguments(&line, command, line.words + used, line.count - used);
	if (line.files)
		say(cmd, ":files\n");
	return NULL;
}
