/* SPDX-License-Identifier: Apache-2.0 */
/* What may stand in a directory (trust-rules, rule 2): one entry by itself, and all their names. */
#include "manifest_internal.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool is_name_char(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		(c && strchr("._-+@", c));
}

const char *stella_entry_problem(const struct stella_tree_entry *entry)
{
	struct stella_span name = entry->name;

	for (size_t i = 0; i < name.size; i++) {
		if (!is_name_char(name.data[i]))
			return "a name may hold only ASCII letters, digits and . _ - + @";
	}
	if (stella_span_is(name, ".") || stella_span_is(name, "..") ||
	    (name.size == 4 && strncasecmp((const char *)name.data, ".git", 4) == 0))
		return "a reserved name";
	if (entry->mode == 0120000)
		return "a symbolic link; only plain files and directories are allowed";
	if (entry->mode == 0160000)
		return "a submodule; only plain files and directories are allowed";
	if (!entry->mode_exact || (entry->mode != STELLA_MODE_FILE && entry->mode != STELLA_MODE_DIR))
		return "only files of mode 100644 and directories are allowed";
	return NULL;
}

static int compare_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

bool stella_entries_unique(const struct stella_tree_entry *entries, size_t count, size_t names_size)
{
	char **lower = stella_alloc_array(count, sizeof *lower);
	char *block = stella_alloc(names_size), *at = block;
	bool unique = true;

	for (size_t i = 0; i < count; i++) {
		lower[i] = at;
		for (size_t k = 0; k < entries[i].name.size; k++) {
			char ch = (char)entries[i].name.data[k];

			*at++ = ch >= 'A' && ch <= 'Z' ? (char)(ch + 'a' - 'A') : ch;
		}
		*at++ = 0;
	}
	qsort(lower, count, sizeof *lower, compare_text);
	for (size_t i = 1; i < count && unique; i++)
		unique = strcmp(lower[i - 1], lower[i]) != 0;
	free(lower);
	free(block);
	return unique;
}
