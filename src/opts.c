/* SPDX-License-Identifier: Apache-2.0 */
/* The command line: long and short options by table, "--" ends them, repeating one is an error. */
#include "cmd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "session.h"

static const struct opt global_opts[] = {
	{ "directory", 'C', "DIR", "work on the repository in DIR", NULL, false },
	{ "output", 'o', "FORMAT", "text or json", NULL, false },
	{ "format", 0, "FORMAT", NULL, "output", false },
	{ "output-format", 0, "FORMAT", NULL, "output", false },
	{ "verbose", 'v', NULL, "print every step and object", NULL, false },
	{ "quiet", 'q', NULL, "print nothing but errors", NULL, false },
	{ "no-log", 0, NULL, "leave this run out of the event log", NULL, false },
	{ "help", 'h', NULL, "print this help", NULL, false },
	{ 0 }
};
static const struct opt trust_opts[] = {
	{ "trust-root", 0, "COMMIT", "the pinned root commit (else git config stella.trustRoot)", NULL, false },
	{ "trust-repo", 0, "DIR", "the repository that trust comes from (else git config stella.trustRepo, else this one)", NULL, false },
	{ "trust-ref", 0, "REF", "the trust branch, a full ref or commit id (else git config stella.trustRef)", NULL, false },
	{ "at-least", 0, "STATE", "refuse a history without this state; may be repeated", NULL, true },
	{ "no-memory", 0, NULL, "neither read nor write the remembered state, nor the event log", NULL, false },
	{ 0 }
};
static const struct opt at_opts[] = {
	{ "at", 0, "DATE|STATE|COMMIT", "as trust was then: on that day or at that time (as commits claim it), in a state (#3 or "
		"its id), at a commit of the trust branch", NULL, false },
	{ 0 }
};
static const struct opt confined_opts[] = {
	{ "timeout", 0, "SECONDS", "end with status 7 where nothing moves for so long (default 60; 0: wait)", NULL, false },
	{ 0 }
};
static const struct opt change_opts[] = {
	{ "reason", 'm', "TEXT", "why; recorded in the signed commit", NULL, false },
	{ "include-unapproved", 0, NULL, "build on changes of the branch that are not in force", NULL, false },
	{ "propose", 0, NULL, "record the change without approving it", NULL, false },
	{ "again", 0, NULL, "sign though this key approved another successor of the same state", NULL, false },
	{ 0 }
};
static const struct opt store_opts[] = {
	{ "attestations-ref", 0, "REF", "the branch with attestations (else git config stella.attestationsRef)", NULL, false },
	{ 0 }
};
static const struct opt markdown_opts[] = {
	{ "markdown", 0, NULL, "print a comment for a pull request (as -o markdown)", NULL, false },
	{ 0 }
};
static const struct {
	unsigned group;
	const struct opt *opts;
} groups[] = {
	{ OPTS_AT, at_opts }, { OPTS_TRUST, trust_opts }, { OPTS_CHANGE, change_opts }, { OPTS_STORE, store_opts },
	{ OPTS_MARKDOWN, markdown_opts }, { CONFINED, confined_opts }, { 0, global_opts },
};

const struct opt *opts_at(const struct command *command, size_t i)
{
	const struct opt *opt = command->opts;

	for (; opt && opt->name; opt++)
		if (i-- == 0)
			return opt;
	for (size_t g = 0; g < sizeof groups / sizeof *groups; g++) {
		if (groups[g].group && !(command->groups & groups[g].group))
			continue;
		for (opt = groups[g].opts; opt->name; opt++)
			if (i-- == 0)
				return opt;
	}
	return NULL;
}

static const struct opt *find(const struct command *command, const char *name, size_t size, char letter)
{
	const struct opt *opt;

	for (size_t i = 0; (opt = opts_at(command, i)); i++) {
		bool same = letter ? opt->letter == letter :
			strlen(opt->name) == size && !strncmp(opt->name, name, size);
		if (!same)
			continue;
		return opt->alias_of ? find(command, opt->alias_of, strlen(opt->alias_of), 0) : opt;
	}
	return NULL;
}

const struct opt *opts_named(const struct command *command, const char *name)
{
	return find(command, name, strlen(name), 0);
}

const struct opt *opts_lettered(const struct command *command, char letter)
{
	return find(command, NULL, 0, letter);
}

static const struct stella_error *add(struct cmd *cmd, const struct opt *opt, const char *value)
{
	struct cmd_private *p = cmd->private_;

	for (size_t i = 0; i < p->given_count && !opt->many; i++)
		if (p->given[i].opt == opt)
			return stella_error(STELLA_USAGE, "--%s is given twice", opt->name);
	STELLA_GROW(p->given, p->given_count, p->given_cap);
	p->given[p->given_count++] = (struct opt_given){ opt, value ? value : "" };
	return NULL;
}

/* One argument that begins with '-'; *i moves on where its value is the next one. */
static const struct stella_error *parse_long(struct cmd *cmd, int argc, char **argv, int *i)
{
	const char *name = argv[*i] + 2, *equals = strchr(name, '=');
	size_t size = equals ? (size_t)(equals - name) : strlen(name);
	const struct opt *opt = find(cmd->command, name, size, 0);

	if (!opt)
		return stella_error(STELLA_USAGE, "unknown option --%.*s: see 'stella %s --help'",
			(int)size, name, cmd->command->name);
	if (!opt->arg)
		return equals ? stella_error(STELLA_USAGE, "--%s takes no value", opt->name) : add(cmd, opt, NULL);
	if (equals)
		return add(cmd, opt, equals + 1);
	if (*i + 1 >= argc)
		return stella_error(STELLA_USAGE, "--%s wants a value: --%s %s", opt->name, opt->name, opt->arg);
	return add(cmd, opt, argv[++*i]);
}

static const struct stella_error *parse_short(struct cmd *cmd, int argc, char **argv, int *i)
{
	const struct stella_error *err;

	for (const char *at = argv[*i] + 1; *at; at++) {
		const struct opt *opt = find(cmd->command, NULL, 0, *at);

		if (!opt)
			return stella_error(STELLA_USAGE, "unknown option -%c: see 'stella %s --help'",
				*at, cmd->command->name);
		if (!opt->arg) {
			err = add(cmd, opt, NULL);
			if (err)
				return err;
			continue;
		}
		if (at[1])
			return add(cmd, opt, at + 1);
		if (*i + 1 >= argc)
			return stella_error(STELLA_USAGE, "-%c wants a value: -%c %s", *at, *at, opt->arg);
		return add(cmd, opt, argv[++*i]);
	}
	return NULL;
}

static const struct stella_error *check(struct cmd *cmd)
{
	const struct command *command = cmd->command;
	const char *output = opts_get(cmd, "output");

	bool can_markdown = (command->groups & OPTS_MARKDOWN) != 0;

	cmd->markdown = can_markdown && (opts_flag(cmd, "markdown") || (output && !strcmp(output, "markdown")));
	if (output && strcmp(output, "text") && strcmp(output, "json") && !(cmd->markdown && !strcmp(output, "markdown")))
		return stella_error(STELLA_USAGE, "-o %s: expected text%s", output, can_markdown ? ", json or markdown" : " or json");
	cmd->json = output && !strcmp(output, "json");
	if (cmd->markdown && cmd->json)
		return stella_error(STELLA_USAGE, "-o json and --markdown are two answers");
	cmd->verbose = opts_flag(cmd, "verbose");
	cmd->quiet = opts_flag(cmd, "quiet");
	if (opts_flag(cmd, "help"))
		return NULL;
	if (cmd->arg_count < command->min_args)
		return stella_error(STELLA_USAGE, "missing argument: stella %s %s", command->name, command->args);
	if (cmd->arg_count > command->max_args)
		return stella_error(STELLA_USAGE, "unexpected argument \"%s\": stella %s %s",
			cmd->args[command->max_args], command->name, command->args);
	return NULL;
}

/* What is wrong with the rest is told in the form that was asked for. */
static bool wants_json(int argc, char **argv)
{
	static const char *const forms[] = { "-o", "--output", "--format", "--output-format" };

	for (int i = 0; i < argc && strcmp(argv[i], "--"); i++) {
		for (size_t f = 0; f < sizeof forms / sizeof *forms; f++) {
			size_t size = strlen(forms[f]);
			const char *rest = argv[i] + size;

			if (strncmp(argv[i], forms[f], size))
				continue;
			if (!*rest ? i + 1 < argc && !strcmp(argv[i + 1], "json") : !strcmp(rest + (f && *rest == '='), "json"))
				return true;
		}
	}
	return false;
}

const struct stella_error *opts_parse(struct cmd *cmd, int argc, char **argv)
{
	const struct stella_error *err = NULL;
	bool ended = false;

	cmd->args = stella_alloc_array((size_t)argc + 1, sizeof *cmd->args);
	for (int i = 0; i < argc && !err; i++) {
		if (ended || argv[i][0] != '-' || !argv[i][1])
			cmd->args[cmd->arg_count++] = argv[i];
		else if (!strcmp(argv[i], "--"))
			ended = true;
		else if (argv[i][1] == '-')
			err = parse_long(cmd, argc, argv, &i);
		else
			err = parse_short(cmd, argc, argv, &i);
	}
	if (err)
		cmd->json = wants_json(argc, argv);
	return err ? err : check(cmd);
}

const char *const *opts_all(const struct cmd *cmd, const char *name, size_t *count)
{
	struct cmd_private *p = cmd->private_;
	const char **values = stella_alloc_array(p->given_count + 1, sizeof *values);

	*count = 0;
	for (size_t i = 0; i < p->given_count; i++)
		if (!strcmp(p->given[i].opt->name, name))
			values[(*count)++] = p->given[i].value;
	STELLA_GROW(p->kept, p->kept_count, p->kept_cap);
	p->kept[p->kept_count++] = values;
	return values;
}

const char *opts_get(const struct cmd *cmd, const char *name)
{
	struct cmd_private *p = cmd->private_;

	for (size_t i = 0; i < p->given_count; i++)
		if (!strcmp(p->given[i].opt->name, name))
			return p->given[i].value;
	return NULL;
}

bool opts_flag(const struct cmd *cmd, const char *name)
{
	return opts_get(cmd, name) != NULL;
}
