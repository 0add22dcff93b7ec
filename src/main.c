/* SPDX-License-Identifier: Apache-2.0 */
/* The table of commands, help, one printer for errors, and the exit status. */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "confine.h"
#include "session.h"
#include "sys.h"

/* A closed standard stream would let the next file opened take its number and our output. */
static void fill_standard_streams(void)
{
	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF && open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY) != fd)
			_exit(STELLA_EXIT_SYSTEM);
}

/* ---------------------------------------------------------------- help */

static void print_group(struct stella_buf *out, const char *group)
{
	size_t size = group ? strlen(group) : 0;

	for (const struct command *c = commands; c->name; c++) {
		if (size && (strncmp(c->name, group, size) || c->name[size] != ' '))
			continue;
		stella_buf_printf(out, "  %-31s %s\n", c->name, c->summary);
	}
}

/* A noun with its verbs on one line. */
static void print_noun(struct stella_buf *out, const char *noun, size_t size)
{
	size_t column = 0;

	for (const struct command *c = commands; c->name; c++) {
		const char *verb = c->name + size + 1;

		if (strncmp(c->name, noun, size) || c->name[size] != ' ')
			continue;
		if (!column)
			column = (size_t)snprintf(NULL, 0, "  %-15.*s", (int)size, noun);
		else if (column + strlen(verb) + 2 > 78)
			column = 17;
		else
			column += 2;
		if (column == 17)
			stella_buf_printf(out, c->name == noun ? "  %-15.*s" : ",\n  %-15.*s", c->name == noun ? (int)size : 0, noun);
		else
			stella_buf_put_str(out, ", ");
		stella_buf_put_str(out, verb);
		column += strlen(verb);
	}
	stella_buf_put_str(out, "\n");
}

/* The first command of a noun in the table stands for all. */
static bool is_first(const struct command *command, size_t size)
{
	for (const struct command *c = commands; c < command; c++)
		if (!strncmp(c->name, command->name, size) && (c->name[size] == ' ' || !c->name[size]))
			return false;
	return true;
}

/* It fits a screen: a noun a line. */
static void print_overview(struct stella_buf *out, bool all)
{
	stella_buf_put_str(out, "stella verifies attestations against a trust store that is a git repository.\n\n"
		"usage: stella <command> [options] [arguments]\n\n");
	if (all)
		print_group(out, NULL);
	for (const struct command *c = commands; c->name && !all; c++) {
		size_t size = strcspn(c->name, " ");

		if (!c->name[size])
			stella_buf_printf(out, "  %-14s %s\n", c->name, c->summary);
		else if (is_first(c, size))
			print_noun(out, c->name, size);
	}
	stella_buf_put_str(out, "\n'stella <command> --help' tells more, 'stella help --all' has a line for every command.\n"
		"Exit status: 0 true, 1 refused, 2 usage, 3 malformed input, 4 trust state, 5 not found\n"
		"or incomplete, 6 limit, 7 system.\n");
}

static void print_help(struct stella_buf *out, const struct command *command)
{
	const struct opt *opt;

	stella_buf_printf(out, "stella %s: %s\n\nusage: stella %s%s%s [options]\n", command->name, command->summary,
		command->name, *command->args ? " " : "", command->args);
	if (command->help)
		stella_buf_printf(out, "\n%s\n", command->help);
	stella_buf_put_str(out, "\noptions:\n");
	for (size_t i = 0; (opt = opts_at(command, i)); i++) {
		char left[64];

		if (!opt->help)
			continue;
		if (opt->letter)
			snprintf(left, sizeof left, "-%c, --%s%s%s", opt->letter, opt->name, opt->arg ? " " : "",
				opt->arg ? opt->arg : "");
		else
			snprintf(left, sizeof left, "    --%s%s%s", opt->name, opt->arg ? " " : "", opt->arg ? opt->arg : "");
		stella_buf_printf(out, "  %-30s %s\n", left, opt->help);
	}
}

/* ---------------------------------------------------------------- dispatch */

const struct command *command_find(const char *const *words, size_t count, size_t *used)
{
	const struct command *best = NULL;

	*used = 0;
	for (const struct command *c = commands; c->name; c++) {
		const char *at = c->name;
		size_t n = 0;

		while (*at && n < count) {
			size_t size = strcspn(at, " ");

			if (strlen(words[n]) != size || strncmp(words[n], at, size))
				break;
			at += size + (at[size] == ' ');
			n++;
		}
		if (!*at && n > *used) {
			best = c;
			*used = n;
		}
	}
	return best;
}

static const struct command *find_command(int argc, char **argv, int *used)
{
	size_t words;
	const struct command *command = command_find((const char *const *)argv, (size_t)argc, &words);

	*used = (int)words;
	return command;
}

static bool is_group(const char *word)
{
	size_t size = strlen(word);

	for (const struct command *c = commands; c->name; c++)
		if (!strncmp(c->name, word, size) && c->name[size] == ' ')
			return true;
	return false;
}

static int finish(struct stella_buf *out, int status)
{
	if (!write_out(out)) {
		fprintf(stderr, "stella: cannot write to standard output: %s\n", strerror(errno));
		return STELLA_EXIT_SYSTEM;
	}
	return status;
}

static int no_command(int argc, char **argv)
{
	struct stella_buf out = { 0 };
	int status = STELLA_EXIT_OK;

	if (argc > 0 && !strcmp(argv[0], "--version")) {
		stella_buf_printf(&out, "stella %s\n", PACKAGE_VERSION);
	} else if (argc == 0 || !strcmp(argv[0], "--help") || !strcmp(argv[0], "-h") || !strcmp(argv[0], "help")) {
		print_overview(&out, argc > 1 && !strcmp(argv[1], "--all"));
		status = argc == 0 ? STELLA_EXIT_USAGE : STELLA_EXIT_OK;
	} else if (is_group(argv[0])) {
		bool help = argc > 1 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"));

		if (argc > 1 && !help)
			warn("stella %s: unknown command \"%s\"", argv[0], argv[1]);
		stella_buf_printf(&out, "usage: stella %s <command> [options]\n\n", argv[0]);
		print_group(&out, argv[0]);
		status = help ? STELLA_EXIT_OK : STELLA_EXIT_USAGE;
	} else {
		stella_escape_print(&out, stella_span_str(argv[0]));
		fprintf(stderr, "stella: unknown command \"%s\": see 'stella --help'\n", out.size ? (const char *)out.data : "");
		stella_buf_free(&out);
		return STELLA_EXIT_USAGE;
	}
	status = finish(&out, status);
	stella_buf_free(&out);
	return status;
}

/* ---------------------------------------------------------------- one run */

static void tell_error(struct cmd *cmd, const struct stella_error *err)
{
	const char *hint = cmd->hint ? cmd->hint : expand_hint(cmd, hint_of(err), NULL);

	if (cmd->json && !cmd->out.size) {
		struct stella_json *object = stella_json_new_object();

		stella_json_set(object, "error", json_error(err, hint));
		say_json(cmd, "error", object);
	}
	if (cmd->told)
		return;
	fprintf(stderr, "stella: %s\n", show(cmd, err->message));
	if (hint && err->code != STELLA_USAGE)
		fprintf(stderr, "  next: %s\n", show(cmd, hint));
}

/* What only reads and judges gives up what it needs not.  A VSA is signed, which may take a token or an agent. */
static const struct stella_error *restrain(struct cmd *cmd)
{
	if (!(cmd->command->groups & CONFINED))
		return NULL;
	if (!opts_flag(cmd, "vsa") && stella_confine() && cmd->verbose)
		warn("not confined: this kernel has no filter of system calls (stella doctor)");
	return watch_start(cmd);
}

static int run(const struct command *command, int argc, char **argv)
{
	struct cmd cmd = { .command = command, .now = stella_sys_now() };
	const struct stella_error *err;
	int64_t begin = stella_sys_ticks();
	int status = STELLA_EXIT_OK;

	cmd.private_ = stella_alloc(sizeof *cmd.private_);
	err = opts_parse(&cmd, argc, argv);
	if (!err && opts_flag(&cmd, "help"))
		print_help(&cmd.out, command);
	else if (!err) {
		progress_start(&cmd);
		err = restrain(&cmd);
		if (!err)
			err = command->run(&cmd);
		progress_stop();
	}
	if (err) {
		status = stella_code_exit(err->code);
		tell_error(&cmd, err);
	}
	if (cmd.quiet && !cmd.json)
		stella_buf_free(&cmd.out);
	status = finish(&cmd.out, status);
	log_run(&cmd, err, status, stella_sys_ticks() - begin);
	session_free(&cmd);
	return status;
}

int main(int argc, char **argv)
{
	const struct command *command;
	int used;

	fill_standard_streams();
	stella_out_of_memory = out_of_memory;
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* a write fails then, and says so */
	argc--;
	argv++;
	if (argc > 1 && !strcmp(argv[0], "help")) { /* stella help <command> */
		command = find_command(argc - 1, argv + 1, &used);
		if (command) {
			char *help[] = { (char *)(uintptr_t)"--help" };

			return run(command, 1, help);
		}
		if (is_group(argv[1])) {
			char *help[] = { argv[1], (char *)(uintptr_t)"--help" };

			return no_command(2, help);
		}
		return strcmp(argv[1], "--all") ? no_command(argc - 1, argv + 1) : no_command(argc, argv);
	}
	if (argc > 2 && !strcmp(argv[0], "-C")) { /* before the command, as git has it */
		char *option = argv[0], *dir = argv[1];

		command = find_command(argc - 2, argv + 2, &used);
		if (command) {
			argv[used] = option;
			argv[used + 1] = dir;
			return run(command, argc - used, argv + used);
		}
	}
	command = find_command(argc, argv, &used);
	return command ? run(command, argc - used, argv + used) : no_command(argc, argv);
}
