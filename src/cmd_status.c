/* SPDX-License-Identifier: Apache-2.0 */
/* status: what is in force and what is pending.  approve: add one's own approval.  check: the gate. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gitsig.h"
#include "gates.h"
#include "records.h"
#include "session.h"

#define LOOK_BACK 100 /* commits of the first-parent line that status reads for near misses */

const struct opt approve_opts[] = {
	{ "yes", 'y', NULL, "do not ask", NULL, false },
	{ 0 }
};
const struct opt check_opts[] = {
	{ "head", 0, "REV", "the commit or full ref to check (default HEAD's branch)", NULL, false },
	{ "base", 0, "REV", "a pull request: what would merging --head into this commit or full ref come to", NULL, false },
	{ 0 }
};

/* ---------------------------------------------------------------- what the tip's tree would change */

static const struct stella_error *tip_links(struct stella_commit_links *out, struct stella_repo *repo,
	const struct stella_oid *commit, struct stella_buf *raw)
{
	const struct stella_error *err;

	stella_buf_free(raw);
	err = stella_repo_read(raw, repo, commit, STELLA_OBJECT_COMMIT, STELLA_COMMIT_MAX);
	return err ? err : stella_commit_links_parse(out, stella_buf_span(raw));
}

/* NULL in *out where the tip's tree is not valid; *why (kept) then says why not. */
static const struct stella_error *tip_proposal(struct stella_proposal **out, struct stella_oid *tree,
	const char **why, struct cmd *cmd, struct stella_trust *trust)
{
	struct stella_commit_links links;
	struct stella_history *history;
	struct stella_buf raw = { 0 };
	const struct stella_error *err = tip_links(&links, trust->repo, &trust->tip, &raw);

	*out = NULL;
	*why = NULL;
	stella_buf_free(&raw);
	if (!err)
		err = stella_trust_history(&history, trust);
	if (err)
		return err;
	*tree = links.tree;
	err = stella_proposal_load(out, history, &trust->view, tree);
	if (stella_error_is(err, STELLA_MALFORMED) || stella_error_is(err, STELLA_POLICY_UNSUPPORTED)) {
		*why = keep(cmd, stella_strdup(err->message));
		return NULL;
	}
	return err;
}

/* Why a commit with an approval line did not count; "" where it did, or has none. */
static const struct stella_error *why_not(char why[STELLA_ERROR_MAX], struct stella_trust *trust, const struct stella_oid *commit)
{
	struct stella_history *history;
	const struct stella_error *err = stella_trust_history(&history, trust);

	if (!err)
		err = stella_history_why(why, history, commit);
	if (!stella_error_is(err, STELLA_NOT_FOUND))
		return err;
	*why = 0; /* a cache knew the commit: it did no harm, and how it came about is not known any more */
	return NULL;
}

const struct stella_error *near_misses(struct stella_json *array, struct stella_trust *trust)
{
	struct stella_oid at = trust->tip;
	struct stella_buf raw = { 0 };
	const struct stella_error *err = NULL;

	for (unsigned i = 0; i < LOOK_BACK && !stella_oid_equal(&at, &trust->root); i++) {
		struct stella_approval_claim claim = { 0 };
		struct stella_commit_links links;
		char why[STELLA_ERROR_MAX] = "";
		bool is_claim;

		if (trust->state && stella_oid_equal(&at, &trust->state->commit))
			break;
		err = tip_links(&links, trust->repo, &at, &raw);
		if (!err)
			err = stella_approval_parse(&claim, &is_claim, why, stella_buf_span(&raw));
		if (err)
			break;
		stella_approval_claim_free(&claim);
		if (is_claim)
			err = why_not(why, trust, &at);
		if (!err && *why) {
			struct stella_json *miss = stella_json_add(array, stella_json_new_object());

			stella_json_set(miss, "commit", json_oid(&at));
			stella_json_set(miss, "why", json_text(why));
		}
		if (!links.parent_count)
			break;
		at = links.parents[0];
	}
	stella_buf_free(&raw);
	return err;
}

/* ---------------------------------------------------------------- status */

static void say_heads(struct cmd *cmd, const struct stella_trust *trust)
{
	const struct stella_view *view = &trust->view;

	for (size_t i = 0; i < view->head_count; i++) {
		const struct stella_state *head = view->heads[i];

		say(cmd, "%s #%llu %s\n", view->head_count > 1 ? "head     " : "state    ",
			(unsigned long long)head->number, show_id(cmd, &head->id));
		say(cmd, "          since commit %s", show_oid(cmd, &head->commit));
		for (size_t a = 0; a < head->approval_count; a++)
			say(cmd, "%s%s", a ? ", " : ", approved by ", show(cmd, approval_at(head, a)->member));
		say(cmd, "\n");
	}
	if (view->head_count > 1)
		say(cmd, "fork      nothing is in force until a commit succeeds all heads: merge, then stella approve\n");
}

static void say_policy_line(struct cmd *cmd, const struct stella_trust *trust)
{
	long long days;

	if (!trust->policy)
		return;
	days = (trust->policy->expires - cmd->now) / 86400;
	say(cmd, "policy    expires %s (%s%lld days)\n", show(cmd, trust->policy->expires_text),
		trust->policy->expires < cmd->now ? "EXPIRED, " : "in ", days);
}

static void say_pending(struct cmd *cmd, const struct stella_trust *trust)
{
	for (size_t i = 0; i < trust->view.pending_count; i++) {
		const struct stella_approval *a = trust->view.pending[i];

		say(cmd, "pending   %s approved %s in commit %s\n", show(cmd, a->member), show_short(cmd, &a->target),
			show_oid(cmd, &a->commit));
	}
}

static bool nobody_approved(const struct stella_proposal *proposal)
{
	for (size_t i = 0; i < proposal->needed_count; i++)
		if (proposal->needed[i].have_count)
			return false;
	return !proposal->empty;
}

static void say_status(struct cmd *cmd, const struct stella_trust *trust, const struct stella_proposal *proposal,
	const char *why, const struct stella_json *misses)
{
	say(cmd, "pin       %s (%s)\n", show_oid(cmd, &trust->root), trust->root_source);
	say(cmd, "branch    %s at %s\n", show(cmd, trust->ref), show_oid(cmd, &trust->tip));
	if (!trust->remembers)
		say(cmd, "memory    not used: a rollback of this branch would go unnoticed\n");
	say_heads(cmd, trust);
	say_policy_line(cmd, trust);
	say_pending(cmd, trust);
	if (why)
		say(cmd, "tip       the tree cannot take effect: %s\n", show(cmd, why));
	else if (proposal->empty)
		say(cmd, "tip       holds exactly what is in force\n");
	else
		say_proposal(cmd, proposal);
	if (proposal && nobody_approved(proposal))
		say(cmd, "note      a squash or rebase merge loses the approvals of its branch: approve once more, on top\n");
	for (size_t i = 0; i < stella_json_count(misses); i++) {
		const struct stella_json *miss = stella_json_at(misses, i);

		say(cmd, "no effect commit %s: %s\n", stella_json_text(stella_json_find(miss, "commit")),
			show(cmd, stella_json_text(stella_json_find(miss, "why"))));
	}
	if (trust->verdict)
		say(cmd, "refused   %s\n", show(cmd, trust->verdict->message));
}

static void json_status(struct cmd *cmd, const struct stella_trust *trust, const struct stella_proposal *proposal,
	const char *why, struct stella_json *misses)
{
	struct stella_json *object = stella_json_new_object(), *array = stella_json_new_array();

	stella_json_set(object, "root", json_oid(&trust->root));
	stella_json_set_text(object, "rootSource", trust->root_source);
	stella_json_set_text(object, "ref", trust->ref);
	stella_json_set(object, "tip", json_oid(&trust->tip));
	stella_json_set_bool(object, "remembers", trust->remembers);
	for (size_t i = 0; i < trust->view.head_count; i++)
		stella_json_add(array, json_state(trust->view.heads[i]));
	stella_json_set(object, "heads", array);
	if (trust->policy)
		stella_json_set_text(object, "expires", trust->policy->expires_text);
	array = stella_json_new_array();
	for (size_t i = 0; i < trust->view.pending_count; i++) {
		const struct stella_approval *a = trust->view.pending[i];
		struct stella_json *pending = stella_json_add(array, stella_json_new_object());

		stella_json_set(pending, "target", json_id(&a->target));
		stella_json_set_text(pending, "member", a->member);
		stella_json_set_text(pending, "key", a->fingerprint);
		stella_json_set(pending, "commit", json_oid(&a->commit));
	}
	stella_json_set(object, "pending", array);
	stella_json_set_bool(object, "tipInForce", proposal && proposal->empty && trust->view.head_count == 1);
	if (why)
		stella_json_set(object, "tipInvalid", json_text(why));
	if (proposal && !proposal->empty)
		stella_json_set(object, "proposal", json_proposal(proposal));
	stella_json_set(object, "noEffect", misses);
	if (trust->verdict)
		stella_json_set(object, "error", json_error(trust->verdict, hint_of(trust->verdict)));
	say_json(cmd, "status", object);
}

/* Status and check look at the same things; check makes a verdict of them. */
static const struct stella_error *look(struct cmd *cmd, struct stella_trust *trust, bool *in_force)
{
	struct stella_json *misses = stella_json_new_array();
	struct stella_proposal *proposal = NULL;
	const char *why;
	struct stella_oid tree;
	const struct stella_error *err = tip_proposal(&proposal, &tree, &why, cmd, trust);

	if (!err)
		err = near_misses(misses, trust);
	if (!err && cmd->json) {
		json_status(cmd, trust, proposal, why, misses);
		misses = NULL;
	} else if (!err) {
		say_status(cmd, trust, proposal, why, misses);
		if (cmd->verbose && proposal && !proposal->empty && trust->view.head_count)
			err = say_difference(cmd, trust->repo, &trust->view.heads[0]->tree, &tree, proposal->diff);
	}
	*in_force = proposal && proposal->empty && trust->view.head_count == 1;
	if (misses)
		stella_json_free(misses);
	stella_proposal_free(proposal);
	return err;
}

const struct stella_error *cmd_status(struct cmd *cmd)
{
	struct stella_trust *trust = NULL;
	bool in_force;
	const struct stella_error *err = session_trust_at(&trust, cmd, NULL, true);
	struct stella_error verdict;

	if (!err)
		err = look(cmd, trust, &in_force);
	if (!err && trust->verdict) {
		verdict = *trust->verdict;
		cmd->told = true;
		err = stella_error(verdict.code, "%s", verdict.message);
	}
	stella_trust_free(trust);
	return err;
}

/* ---------------------------------------------------------------- check */

struct checking {
	struct cmd *cmd;
	struct stella_trust *trust;
	size_t count;
	const struct stella_error *err;
};

static char *base_name(const char *path)
{
	const char *slash = strchr(path, '/');

	return slash ? strndup(slash + 1, strlen(slash + 1) - strlen(".json")) : NULL;
}

static bool check_record(void *context, const char *path)
{
	struct checking *c = context;
	size_t size = strlen(path);
	char *name;

	if (size < 5 || strcmp(path + size - 5, ".json"))
		return true;
	name = base_name(path);
	if (!strncmp(path, "anchors/", 8)) {
		struct stella_anchor *anchor = NULL;

		c->err = stella_anchor_load(&anchor, c->trust, name);
		stella_anchor_free(anchor);
	} else if (!strncmp(path, "issuers/", 8)) {
		struct stella_issuer *issuer = NULL;

		c->err = stella_issuer_load(&issuer, c->trust, name);
		stella_issuer_free(issuer);
	} else if (!strncmp(path, "sigstore/", 9)) {
		struct stella_sigstore_root *root = NULL;

		c->err = stella_sigstore_root_load(&root, c->trust, name);
		stella_sigstore_root_free(root);
	} else if (!strncmp(path, "gates/", 6)) {
		struct stella_gate *gate = NULL;

		c->err = stella_gate_load(&gate, c->trust, name);
		stella_gate_free(gate);
	} else if (!strncmp(path, "recorders/", 10)) {
		struct stella_lost_recorder *lost = NULL;

		c->err = stella_lost_recorder_load(&lost, c->trust, name);
		stella_lost_recorder_free(lost);
	} else {
		struct stella_key *key = NULL;

		c->err = stella_key_load(&key, c->trust, name);
		stella_key_free(key);
	}
	free(name);
	c->count++;
	return !c->err;
}

/* Records are judged by the state in force alone, so that this is what every verifier will see. */
const struct stella_error *check_records(struct cmd *cmd, struct stella_trust *trust, size_t *count)
{
	static const char *const folders[] = { "anchors/", "gates/", "issuers/", "keys/", "recorders/", "sigstore/" };
	struct checking c = { cmd, trust, 0, NULL };
	const struct stella_error *err = NULL;

	for (size_t i = 0; i < sizeof folders / sizeof *folders && !err && !c.err; i++)
		err = stella_trust_each(trust, folders[i], check_record, &c);
	*count = c.count;
	return err ? err : c.err;
}

const struct stella_error *cmd_check(struct cmd *cmd)
{
	struct stella_trust *trust = NULL;
	struct stella_repo *repo;
	const char *head = opts_get(cmd, "head"), *at = opts_get(cmd, "at");
	char *branch = NULL;
	size_t records = 0;
	bool in_force;
	const struct stella_error *err;

	if (at && (head || opts_get(cmd, "base")))
		return stella_error(STELLA_USAGE, "--at names the commit to check: not with --head or --base");
	if (opts_get(cmd, "base"))
		return check_pull(cmd);
	if (cmd->markdown)
		return stella_error(STELLA_USAGE, "a comment is about a pull request: --base and --head");
	err = session_repo(&repo, cmd);
	if (!err && !head && !at)
		err = stella_repo_head(&branch, repo);
	if (!err)
		err = session_trust_at(&trust, cmd, head ? head : branch, true);
	if (!err)
		err = look(cmd, trust, &in_force);
	if (!err && trust->verdict)
		err = stella_error(trust->verdict->code, "%s", trust->verdict->message);
	if (!err)
		err = check_records(cmd, trust, &records);
	if (!err && !cmd->json)
		say(cmd, "records   %zu in force, all well-formed\n", records);
	if (!err && !in_force)
		err = stella_error(STELLA_APPROVAL_MISSING, "not in force: the tip of %s holds changes that are not approved",
			trust->ref);
	free(branch);
	stella_trust_free(trust);
	return err;
}

/* ---------------------------------------------------------------- approve */

/* A fork is what approve can resolve, so it loads the branch for itself where change_start refuses. */
const struct stella_error *cmd_approve(struct cmd *cmd)
{
	struct cmd_private *p = cmd->private_;
	struct stella_trust *trust;
	struct stella_proposal *proposal = NULL;
	const char *why;
	char *reason = NULL;
	struct stella_oid tree;
	const struct stella_error *err;

	if (opts_flag(cmd, "propose"))
		return stella_error(STELLA_USAGE, "--propose records a change without approving it: it is not for 'stella approve'");
	err = change_start(&trust, cmd);
	if (stella_error_is(err, STELLA_APPROVAL_MISSING) || (stella_error_is(err, STELLA_FORK) && p->branch))
		err = NULL; /* exactly these can be approved */
	if (!err)
		err = tip_proposal(&proposal, &tree, &why, cmd, p->branch);
	if (!err && why)
		err = stella_error(STELLA_MALFORMED, "this tree can never take effect: %s", why);
	if (!err && proposal->empty)
		err = stella_error(STELLA_USAGE, "nothing to approve: the branch holds exactly what is in force");
	if (err)
		goto done;
	if (!cmd->json) {
		say(cmd, "from      state %s\n", show_state(cmd, p->branch->view.heads[0]));
		err = say_difference(cmd, p->repo, &p->branch->view.heads[0]->tree, &tree, proposal->diff);
		if (err)
			goto done;
	}
	if (!opts_flag(cmd, "yes") && !confirm(cmd, "Approve exactly this?")) {
		err = stella_error(STELLA_USAGE, "not approved: confirm at a terminal, or --yes in scripts");
		goto done;
	}
	err = session_reason(&reason, cmd, false);
	if (!err)
		err = change_approve(cmd, reason);
done:
	free(reason);
	stella_proposal_free(proposal);
	return err;
}
