/* SPDX-License-Identifier: Apache-2.0 */
/* Every command, in the order in which help shows them. */
#include "cmd.h"

#define CHANGES (OPTS_TRUST | OPTS_CHANGE)

const struct command commands[] = {
	/* ---- begin and look */
	{ "init", cmd_init, "[DIR]", 0, 1, OPTS_TRUST, init_opts,
		"make a trust repository, sign its first commit and pin it",
		"Everybody named with --member may approve.  Two approvals are needed for every change, or one\n"
		"where there is one member alone; the policy expires in 90 days.  Commits are signed as git is\n"
		"configured (gpg.format=ssh, user.signingkey), and that key must be a member's." },
	{ "pin", cmd_pin, "[<root-commit>]", 0, 1, OPTS_TRUST, pin_opts,
		"show the pinned root commit, or pin one",
		"A verifier believes one commit id that it was given, and what follows from it by approval.\n"
		"Take it from a source that you trust, not from the repository itself." },
	{ "status", cmd_status, "", 0, 0, OPTS_TRUST, NULL,
		"what is in force, what is pending, and who can still approve", NULL },
	{ "approve", cmd_approve, "", 0, 0, CHANGES, approve_opts,
		"approve exactly the tree of the branch checked out",
		"Shows the difference from the state in force, asks, and adds one signed commit." },
	{ "check", cmd_check, "", 0, 0, OPTS_TRUST, check_opts,
		"exit 0 only if everything on the branch is in force and well-formed", NULL },
	{ "history list", cmd_history_list, "", 0, 0, OPTS_TRUST, history_opts,
		"every state, who approved it and why", NULL },
	{ "history show", cmd_history_show, "<state>", 1, 1, OPTS_TRUST, NULL,
		"one state: approvals, reasons, difference",
		"<state> is a state id, a unique prefix of it, or #NUMBER." },
	{ "history why", cmd_history_why, "<path|id>", 1, 1, OPTS_TRUST, NULL,
		"who made a record what it is, why, and in which commits",
		"<path|id> is a path (issuers/acme.json), a record (issuers/acme), or an issuer's, anchor's or key's id." },
	{ "policy show", cmd_policy_show, "", 0, 0, OPTS_TRUST, NULL, "members, roles, thresholds, paths and expiry in force", NULL },
	{ "policy check", cmd_policy_check, "[FILE]", 0, 1, 0, NULL, "is this file a valid policy", NULL },
	{ "policy renew", cmd_policy_renew, "", 0, 0, CHANGES, policy_opts, "propose a new expiry",
		"A policy expires so that a verifier that is kept from news notices.  --threshold changes a threshold too." },
	{ "member list", cmd_member_list, "", 0, 0, OPTS_TRUST, NULL, "who may approve", NULL },
	{ "member add", cmd_member_add, "<name>", 1, 1, CHANGES, member_opts, "a new member, or a key or role for one", NULL },
	{ "member remove", cmd_member_remove, "<name>", 1, 1, CHANGES, member_opts, "take a member out of the policy", NULL },
	{ 0 }
};
