/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sys_ops OPERATION: one operation of lib/sys.h in the working directory, for sys_faults.sh to let
 * its system calls fail.  0: done; 7: an error, told; 9: it said done and was not.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "linelog.h"
#include "sys.h"

#define SIZE 200000

static void head(const void *context, struct stella_buf *line, uint64_t before)
{
	stella_buf_put_str(line, "head");
}

static void torn(const void *context, struct stella_buf *line, size_t size)
{
	stella_buf_put_str(line, "torn");
}

static const struct stella_error *append_line(void)
{
	struct stella_linelog log = { "log", 400, 3, head, torn, NULL };

	return stella_linelog_append(&log, stella_span_str("a line of the log that is written whole or not at all"));
}

static const struct stella_error *operate(
	const char *operation, struct stella_span content, struct stella_buf *out)
{
	static const char *const cat[] = { "cat", NULL };
	const struct stella_error *err;
	struct stella_lock *lock;

	if (strcmp(operation, "replace") == 0)
		return stella_sys_replace("file", content, 0600);
	if (strcmp(operation, "mkdirs") == 0)
		return stella_sys_mkdirs("a/b", 0700);
	if (strcmp(operation, "read") == 0)
		return stella_sys_read(out, "input", SIZE);
	if (strcmp(operation, "run") == 0)
		return stella_sys_run(out, cat, content, SIZE);
	if (strcmp(operation, "append") == 0)
		return append_line();
	err = stella_sys_lock(&lock, "lock", 1);
	if (!err)
		stella_sys_unlock(lock);
	return err;
}

int main(int argc, char **argv)
{
	struct stella_buf content = { 0 }, out = { 0 };
	const char *operation = argc > 1 ? argv[1] : "";
	const struct stella_error *err;
	bool lied;

	for (int i = 0; i < SIZE; i++)
		stella_buf_put_u8(&content, 'n');
	(void)access("stella-begins-here", F_OK); /* a mark in the trace; the allocator is awake by now */
	err = operate(operation, stella_buf_span(&content), &out);
	lied = !err && (strcmp(operation, "read") == 0 || strcmp(operation, "run") == 0) &&
	       !stella_span_equal(stella_buf_span(&content), stella_buf_span(&out));
	if (err)
		fprintf(stderr, "%s: %s\n", stella_code_word(err->code), err->message);
	stella_buf_free(&content);
	stella_buf_free(&out);
	return err ? 7 : lied ? 9 : 0;
}
