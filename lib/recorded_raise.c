/* SPDX-License-Identifier: Apache-2.0 */
/* trust-model, section 8: the time that a recording proves, where branches ran side by side. */
#include "recorded_internal.h"

#include <stdlib.h>

/* The main line: from the tip down along the parent with the most recordings that count. */
static size_t find_line(struct stella_recorded *r)
{
	struct stella_recorded_node *node;
	size_t length = 0, place;

	for (size_t i = 0; i < r->count; i++) {
		node = r->order[i];
		for (unsigned p = 0; p < node->parent_count; p++)
			if (node->parents[p]->weight > node->weight)
				node->weight = node->parents[p]->weight;
		node->weight += stella_recorded_counts(node);
	}
	for (unsigned pass = 0; pass < 2; pass++) {
		place = length;
		for (node = r->order[r->count - 1]; node;) {
			struct stella_recorded_node *best = NULL;

			node->on_line = true;
			if (pass)
				node->place = --place;
			else
				length++;
			for (unsigned p = 0; p < node->parent_count; p++)
				if (!best || node->parents[p]->weight > best->weight)
					best = node->parents[p];
			node = best;
		}
	}
	return length;
}

/* Where the line takes in what is off it, and what of the line is below it. */
static void find_joins(struct stella_recorded *r)
{
	for (size_t i = r->count; i-- > 0;) {
		struct stella_recorded_node *node = r->order[i];

		if (node->on_line)
			node->join = node->place;
		for (unsigned p = 0; p < node->parent_count; p++) {
			struct stella_recorded_node *parent = node->parents[p];

			if (!parent->on_line && (!parent->join || node->join < parent->join))
				parent->join = node->join;
		}
	}
	for (size_t i = 0; i < r->count; i++) {
		struct stella_recorded_node *node = r->order[i];

		if (node->on_line) {
			node->base = node->place + 1;
			continue;
		}
		for (unsigned p = 0; p < node->parent_count; p++)
			if (node->parents[p]->base > node->base)
				node->base = node->parents[p]->base;
	}
}

/*
 * What is not known to come after a recording raises its time to its own: on the line all that is off it
 * and has it not below, off the line all of the line before it is taken in, and all else that is off it.
 */
static void raise_times(struct stella_recorded *r, size_t length)
{
	int64_t *on = stella_alloc_array(length + 1, sizeof *on), *off = stella_alloc_array(length + 1, sizeof *off);

	for (size_t i = 0; i <= length; i++)
		on[i] = off[i] = INT64_MIN;
	for (size_t i = 0; i < r->count; i++) {
		const struct stella_recorded_node *node = r->order[i];
		int64_t *slot = node->on_line ? &on[node->place + 1] : &off[node->base];

		if (stella_recorded_counts(node) && node->recording->time > *slot)
			*slot = node->recording->time;
	}
	for (size_t i = 1; i <= length; i++) { /* on[i]: of the places before i; off[i]: of those with a base up to i */
		if (on[i - 1] > on[i])
			on[i] = on[i - 1];
		if (off[i - 1] > off[i])
			off[i] = off[i - 1];
	}
	for (size_t i = 0; i < r->count; i++) {
		struct stella_recorded_node *node = r->order[i];
		size_t before = node->join;

		if (!stella_recorded_counts(node))
			continue;
		node->time = node->recording->time;
		if (on[before] > node->time)
			node->time = on[before];
		if (off[before] > node->time)
			node->time = off[before];
	}
	free(on);
	free(off);
}

void stella_recorded_raise(struct stella_recorded *r)
{
	size_t length = find_line(r);

	find_joins(r);
	raise_times(r, length);
}
