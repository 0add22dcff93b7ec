/* SPDX-License-Identifier: Apache-2.0 */
/* Files of tests/data, for check_<file>.c: read whole, and split into lines and columns. */
#ifndef STELLA_TESTS_DATA_H
#define STELLA_TESTS_DATA_H

#include <stdio.h>

#include "check.h"

/* $srcdir/tests/data/<folder>/<name>; empty and false where there is none. */
static inline bool find_data(struct stella_buf *out, const char *folder, const char *name)
{
	const char *srcdir = getenv("srcdir");
	char path[4096], bytes[4096];
	size_t size;
	FILE *file;

	*out = (struct stella_buf){ 0 };
	snprintf(path, sizeof path, "%s/tests/data/%s/%s", srcdir ? srcdir : ".", folder, name);
	file = fopen(path, "rb");
	if (!file)
		return false;
	while ((size = fread(bytes, 1, sizeof bytes, file)) > 0)
		stella_buf_put(out, bytes, size);
	fclose(file);
	return true;
}

static inline struct stella_buf read_data(const char *folder, const char *name)
{
	struct stella_buf out;

	ck_assert_msg(find_data(&out, folder, name), "tests/data/%s/%s: absent", folder, name);
	return out;
}

/* The next column of a line that tabs divide; the text is cut in place. */
static inline char *next_column(char **line)
{
	char *column = strsep(line, "\t");

	ck_assert_ptr_nonnull(column);
	return column;
}

#endif
