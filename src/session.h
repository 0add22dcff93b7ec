/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of one run, for main.c, opts.c, session.c, print.c and change.c only. */
#ifndef STELLA_SESSION_H
#define STELLA_SESSION_H

#include "cmd.h"

struct opt_given {
	const struct opt *opt;
	const char *value;
};

struct cmd_private {
	struct opt_given *given;
	size_t given_count, given_cap;
	void **kept;                /* freed at the end of the run */
	size_t kept_count, kept_cap;
	struct stella_repo *repo;
	struct stella_trust *trust;     /* of the trust ref */
	struct stella_trust *branch;    /* of HEAD's branch, for changes */
	char *branch_ref;
	struct stella_oid branch_tip, branch_tree;
	struct stella_store *store;
};

#endif
