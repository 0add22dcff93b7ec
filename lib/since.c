/* SPDX-License-Identifier: Apache-2.0 */
#include "since.h"

#include <stdlib.h>
#include <string.h>

/*
 * One walk back along the chain for all rows at once.  Rows of a group go the same way; where the chain
 * parts, the rows of a group are dealt out to new groups.
 */
struct branch {
	const struct stella_state *state;
	unsigned group;
	size_t left;                /* rows of the group that are not settled */
};

struct walk {
	struct stella_since *since;
	struct stella_trees *trees;
	const struct stella_since_known *known;
	unsigned *groups, last_group; /* group of each row */
	struct branch *todo; size_t todo_count, todo_cap;
};

static struct stella_since_row *find_row(const struct stella_since *since, const char *path)
{
	size_t low = 0, high = since->count, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (strcmp(since->rows[middle].path, path) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < since->count && strcmp(since->rows[low].path, path) == 0 ? &since->rows[low] : NULL;
}

static bool in_group(const struct walk *w, const struct stella_since_row *row, unsigned group)
{
	return !row->state && w->groups[row - w->since->rows] == group;
}

/* The tree of a state, as its manifest binds it: the fold may have taken it from a cache. */
static const struct stella_error *find_tree(const struct stella_dir **out, const struct walk *w,
	const struct stella_state *state)
{
	const struct stella_error *err;
	char hex[STELLA_OID_HEX];

	err = stella_trees_find(out, w->trees, &state->tree);
	if (!err && !stella_sha256_equal(stella_dir_manifest(*out), &state->manifest)) {
		stella_oid_hex(hex, &state->tree);
		err = stella_error(STELLA_INCOMPLETE, "tree %s is not that of state #%llu", hex,
			(unsigned long long)state->number);
	}
	return err;
}

static const struct stella_error *diff_states(struct stella_tree_diff **out, const struct walk *w,
	const struct stella_state *before, const struct stella_state *state)
{
	const struct stella_error *err;
	const struct stella_dir *from, *to;

	*out = NULL;
	err = find_tree(&from, w, before);
	if (!err)
		err = find_tree(&to, w, state);
	if (!err)
		*out = stella_tree_diff(from, to);
	return err;
}

static void ask_known(const struct walk *w, struct branch *b)
{
	struct stella_since_row *row;

	for (size_t i = 0; i < w->since->count; i++) {
		row = &w->since->rows[i];
		if (in_group(w, row, b->group) &&
		    w->known->find(w->known->context, &row->state, row->path, &row->file))
			b->left--;
	}
}

static void settle_all(const struct walk *w, struct branch *b)
{
	for (size_t i = 0; i < w->since->count; i++)
		if (in_group(w, &w->since->rows[i], b->group))
			w->since->rows[i].state = b->state;
	b->left = 0;
}

static const struct stella_error *step_back(const struct walk *w, struct branch *b)
{
	const struct stella_error *err;
	struct stella_tree_diff *diff;
	struct stella_since_row *row;

	err = diff_states(&diff, w, stella_state_before(b->state, 0), b->state);
	if (err)
		return err;
	for (size_t i = 0; i < diff->count; i++) {
		row = find_row(w->since, diff->paths[i].path);
		if (row && in_group(w, row, b->group)) {
			row->state = b->state;
			b->left--;
		}
	}
	stella_tree_diff_free(diff);
	b->state = stella_state_before(b->state, 0);
	return NULL;
}

/* Rows whose content one of the heads had go on there, the first such head first; the rest are settled. */
static const struct stella_error *part(struct walk *w, struct branch *b)
{
	const struct stella_error *err;
	struct stella_tree_diff *diff;
	struct stella_since_row *row;
	struct branch next;
	unsigned staying = b->group;

	for (size_t i = 0; i < b->state->before_count; i++) {
		err = diff_states(&diff, w, stella_state_before(b->state, i), b->state);
		if (err)
			return err;
		next = (struct branch){ stella_state_before(b->state, i), ++w->last_group, 0 };
		/* All move to the new group, then those that this head had otherwise move back. */
		for (size_t j = 0; j < w->since->count; j++)
			if (in_group(w, &w->since->rows[j], staying)) {
				w->groups[j] = next.group;
				next.left++;
			}
		for (size_t j = 0; j < diff->count; j++) {
			row = find_row(w->since, diff->paths[j].path);
			if (row && in_group(w, row, next.group)) {
				w->groups[row - w->since->rows] = staying;
				next.left--;
			}
		}
		stella_tree_diff_free(diff);
		if (next.left) {
			STELLA_GROW(w->todo, w->todo_count, w->todo_cap);
			w->todo[w->todo_count++] = next;
		}
	}
	settle_all(w, b);
	return NULL;
}

static const struct stella_error *walk_branch(struct walk *w, struct branch b)
{
	const struct stella_error *err = NULL;

	while (!err && b.left) {
		if (w->known && stella_sha256_equal(&b.state->id, &w->known->head))
			ask_known(w, &b);
		if (!b.left)
			break;
		if (b.state->before_count == 0)
			settle_all(w, &b);
		else if (b.state->before_count == 1)
			err = step_back(w, &b);
		else
			err = part(w, &b);
	}
	return err;
}

struct collect {
	struct stella_since *since;
	size_t cap;
};

static bool collect_row(void *context, const char *path, const struct stella_file *file)
{
	struct collect *c = context;
	struct stella_since *since = c->since;

	STELLA_GROW(since->rows, since->count, c->cap);
	since->rows[since->count++] = (struct stella_since_row){ stella_strdup(path), *file, NULL };
	return true;
}

static int compare_rows(const void *a, const void *b)
{
	return strcmp(((const struct stella_since_row *)a)->path, ((const struct stella_since_row *)b)->path);
}

const struct stella_error *stella_since_load(struct stella_since **out, const struct stella_state *head,
	struct stella_trees *trees, const struct stella_since_known *known)
{
	struct collect c = { .since = stella_alloc(sizeof *c.since) };
	struct walk w = { .since = c.since, .trees = trees, .known = known };
	const struct stella_error *err;
	const struct stella_dir *dir;

	*out = NULL;
	err = find_tree(&dir, &w, head);
	if (err)
		goto done;
	stella_dir_each(dir, collect_row, &c);
	if (c.since->count)
		qsort(c.since->rows, c.since->count, sizeof *c.since->rows, compare_rows);
	w.groups = stella_alloc_array(c.since->count, sizeof *w.groups);
	STELLA_GROW(w.todo, w.todo_count, w.todo_cap);
	w.todo[w.todo_count++] = (struct branch){ head, 0, c.since->count };
	while (!err && w.todo_count)
		err = walk_branch(&w, w.todo[--w.todo_count]);
	if (err)
		goto done;
	*out = c.since;
	c.since = NULL;
done:
	free(w.todo);
	free(w.groups);
	stella_since_free(c.since);
	return err;
}

void stella_since_free(struct stella_since *since)
{
	if (!since)
		return;
	for (size_t i = 0; i < since->count; i++)
		free(since->rows[i].path);
	free(since->rows);
	free(since);
}
