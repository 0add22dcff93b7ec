/* SPDX-License-Identifier: Apache-2.0 */
#include "suppose.h"

#include <stdlib.h>
#include <string.h>

static bool add_row(void *context, const char *path, const struct stella_file *file)
{
	struct stella_supposed *s = context;

	STELLA_GROW(s->rows, s->count, s->cap);
	s->rows[s->count++] = (struct stella_supposed_row){ stella_strdup(path), *file };
	return true;
}

static int compare_rows(const void *a, const void *b)
{
	return strcmp(((const struct stella_supposed_row *)a)->path, ((const struct stella_supposed_row *)b)->path);
}

const struct stella_error *stella_supposed_load(struct stella_supposed **out, struct stella_trees *trees,
	const struct stella_state *head, const struct stella_oid *tree)
{
	struct stella_supposed *s;
	const struct stella_dir *dir;
	const struct stella_error *err = stella_trees_find(&dir, trees, tree);

	*out = NULL;
	if (err)
		return err;
	s = stella_alloc(sizeof *s);
	stella_dir_each(dir, add_row, s);
	if (s->count)
		qsort(s->rows, s->count, sizeof *s->rows, compare_rows);
	s->state.manifest = *stella_dir_manifest(dir);
	s->state.id = stella_state_successor(&head, 1, &s->state.manifest);
	s->state.number = head->number + 1;
	s->state.tree = *tree;
	if (stella_dir_policy(dir))
		s->state.policy = *stella_dir_policy(dir);
	*out = s;
	return NULL;
}

void stella_supposed_free(struct stella_supposed *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->count; i++)
		free(s->rows[i].path);
	free(s->rows);
	free(s);
}

size_t stella_supposed_find(const struct stella_supposed *s, bool *exact, const char *path)
{
	size_t low = 0, high = s->count;

	*exact = false;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(s->rows[middle].path, path);

		*exact |= order == 0;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}
