/* SPDX-License-Identifier: Apache-2.0 */
/* A pull request on a trust branch: what merging it would come to.  For pull.c and pull_print.c only. */
#ifndef STELLA_PULL_H
#define STELLA_PULL_H

#include "advance.h"
#include "cmd.h"

enum pull_outcome {
	PULL_CONTAINED,             /* the base holds the head already */
	PULL_NO_CHANGE,             /* merging changes nothing that is in force */
	PULL_TAKES_EFFECT,
	PULL_NOT_IN_FORCE,          /* approvals are missing */
	PULL_LOST,                  /* approved on its own branch, and not a successor of the base's state any more */
	PULL_FORK,
	PULL_INVALID,               /* can never take effect */
};

struct pull {
	struct cmd *cmd;
	struct stella_repo *repo;
	struct stella_oid root, base, head;
	const char *root_source, *base_name, *head_name;
	struct stella_oid base_tree, head_tree;
	struct stella_advance *alone;    /* from base to head: what a fast-forward would do */
	struct stella_advance *merge;    /* from base to a merge commit with head */
	struct stella_advance *squash;   /* from base to one commit of a forge with head's tree */
	struct stella_tree_diff *diff;   /* from the base's state to head's tree; NULL where that is not valid */
	struct stella_json *misses;      /* commits that look like approvals and are none */
	size_t records;
	enum pull_outcome outcome;
	bool combined;                   /* both sides changed the tree: the merge would make a third one */
	struct stella_error verdict_slot;
	const struct stella_error *verdict; /* why this must not be merged; NULL: it may be */
};

/* What one way of merging comes to, in words. */
const char *pull_method(const struct pull *pull, const struct stella_advance *way);
const char *pull_word(enum pull_outcome outcome); /* "takes-effect" */
const char *pull_summary(const struct pull *pull); /* one line, kept */
/* What to do next; NULL: merge it. */
const char *pull_remedy(const struct pull *pull);
const struct stella_error *say_pull(const struct pull *pull) STELLA_MUST_USE;
const struct stella_error *say_pull_markdown(const struct pull *pull) STELLA_MUST_USE;
void say_pull_json(const struct pull *pull);

#endif
