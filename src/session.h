/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of one run, for main.c, opts.c, session.c, trust_repo.c, print.c and change.c only. */
#ifndef STELLA_SESSION_H
#define STELLA_SESSION_H

#include "cmd.h"

struct opt_given {
	const struct opt *opt;
	const char *value;
};

/* What the event log will say of this run beside its outcome; "" not known. */
struct run_log {
	char attestation[STELLA_SHA256_HEX], state[STELLA_SHA256_HEX], commit[STELLA_OID_HEX];
	uint64_t number;            /* of that state */
	char *issuer, *subject;
	const char *outcome;        /* static */
	bool each;                  /* each of what it was about has its record */
	bool failed;                /* to write one of those: said once */
};

struct cmd_private {
	struct opt_given *given;
	size_t given_count, given_cap;
	void **kept;                /* freed at the end of the run */
	size_t kept_count, kept_cap;
	struct stella_repo *project;    /* where the user stands */
	struct stella_repo *named;      /* the trust repository that an option or a setting names */
	const char *named_source;
	bool named_none, named_by_project;
	struct stella_repo *repo;       /* where trust is: one of the two, or (init) one of its own */
	bool has_root;                  /* root and root_source are of the trust repository */
	struct stella_oid root;
	const char *root_source;
	struct stella_trust *trust;     /* of the trust ref, with --at as it was then */
	struct stella_trust *present;   /* with --at: as it is now, to be looked at only */
	struct as_of as_of;
	struct stella_trust *branch;    /* of HEAD's branch, for changes */
	char *branch_ref;
	struct stella_oid branch_tip, branch_tree;
	struct run_log log;
	struct stella_store *store;     /* of the project, or to read from the trust repository */
	struct stella_store *own_store; /* of the project, where that is another one */
};

bool write_out(struct stella_buf *buf); /* to standard output; frees it.  false: errno */
/* The command with its arguments and its own options, as it was given; yours. */
char *session_command_line(const struct cmd *cmd);

#endif
