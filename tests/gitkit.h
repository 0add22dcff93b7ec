/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A place of its own for each test that needs real git: a new directory, entered, with names, times
 * and configuration pinned; commands run there through the shell.
 */
#ifndef STELLA_TESTS_GITKIT_H
#define STELLA_TESTS_GITKIT_H

#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "oid.h"

static char gitkit_dir[] = "/tmp/stella-test-XXXXXX";

static void gitkit_enter(void)
{
	char path[64];

	strcpy(gitkit_dir + sizeof gitkit_dir - 7, "XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(gitkit_dir));
	ck_assert_int_eq(chdir(gitkit_dir), 0);
	snprintf(path, sizeof path, "%s/home", gitkit_dir);
	ck_assert_int_eq(mkdir(path, 0755), 0);
	setenv("HOME", path, 1);
	setenv("GIT_CONFIG_NOSYSTEM", "1", 1);
	setenv("GIT_AUTHOR_NAME", "Ann", 1);
	setenv("GIT_AUTHOR_EMAIL", "ann@example.org", 1);
	setenv("GIT_COMMITTER_NAME", "Ann", 1);
	setenv("GIT_COMMITTER_EMAIL", "ann@example.org", 1);
	setenv("GIT_AUTHOR_DATE", "1700000000 +0000", 1);
	setenv("GIT_COMMITTER_DATE", "1700000000 +0000", 1);
	setenv("LC_ALL", "C", 1);
	unsetenv("GIT_DIR");
	unsetenv("GIT_WORK_TREE");
	unsetenv("GIT_INDEX_FILE");
	unsetenv("XDG_CONFIG_HOME");
	unsetenv("SUDO_UID");
}

static void gitkit_leave(void)
{
	char command[128];

	ck_assert_int_eq(chdir("/"), 0);
	snprintf(command, sizeof command, "chmod -R u+rwX %s; rm -rf %s", gitkit_dir, gitkit_dir);
	ck_assert_int_eq(system(command), 0);
}

/* The exit status of a shell command. */
static int __attribute__((unused, format(printf, 1, 2))) try_run(const char *format, ...)
{
	char command[4096];
	va_list args;
	int status;

	va_start(args, format);
	ck_assert_int_lt(vsnprintf(command, sizeof command, format, args), (int)sizeof command);
	va_end(args);
	status = system(command);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

#define run(...) ck_assert_int_eq(try_run(__VA_ARGS__), 0)

/* What a command prints, without the last newline; free() it. */
static char *__attribute__((unused, format(printf, 1, 2))) output_of(const char *format, ...)
{
	struct stella_buf out = { 0 };
	char command[4096], piece[4096];
	va_list args;
	FILE *pipe;
	size_t got;

	va_start(args, format);
	ck_assert_int_lt(vsnprintf(command, sizeof command, format, args), (int)sizeof command);
	va_end(args);
	pipe = popen(command, "r");
	ck_assert_ptr_nonnull(pipe);
	while ((got = fread(piece, 1, sizeof piece, pipe)) > 0)
		stella_buf_put(&out, piece, got);
	ck_assert_int_eq(pclose(pipe), 0);
	if (out.size && out.data[out.size - 1] == '\n')
		out.data[--out.size] = 0;
	return stella_buf_take_str(&out);
}

static struct stella_oid __attribute__((unused, format(printf, 1, 2))) id_of(const char *format, ...)
{
	struct stella_oid id;
	char rev[256], *hex;
	va_list args;

	va_start(args, format);
	vsnprintf(rev, sizeof rev, format, args);
	va_end(args);
	hex = output_of("git rev-parse --verify -q '%s'", rev);
	ck_assert_msg(stella_oid_parse(&id, stella_span_str(hex)), "%s: %s", rev, hex);
	free(hex);
	return id;
}

#endif
