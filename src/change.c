/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changing trust: files, then one signed commit on the branch checked out, which is the author's own
 * approval of exactly the tree that it makes (trust-model, rule 5; what an approver is owed, section 2).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gitsig.h"
#include "session.h"
#include "signer.h"

#define EXPIRY_MAX_DAYS 400

void change_put(struct change *change, const char *path, struct stella_buf *content)
{
	struct stella_span span = { (const uint8_t *)stella_buf_take_str(&(struct stella_buf){ 0 }), 0 };

	if (content->size) {
		free((void *)(uintptr_t)span.data);
		span = stella_buf_span(content);
		*content = (struct stella_buf){ 0 };
	}
	STELLA_GROW(change->items, change->count, change->cap);
	change->items[change->count++] = (struct stella_change){ stella_strdup(path), span };
}

void change_remove(struct change *change, const char *path)
{
	STELLA_GROW(change->items, change->count, change->cap);
	change->items[change->count++] = (struct stella_change){ stella_strdup(path), { NULL, 0 } };
}

void change_free(struct change *change)
{
	for (size_t i = 0; i < change->count; i++) {
		free((void *)(uintptr_t)change->items[i].path);
		free((void *)(uintptr_t)change->items[i].content.data);
	}
	stella_json_free(change->json);
	free(change->items);
	*change = (struct change){ 0 };
}

/* ---------------------------------------------------------------- where it starts from */

static const struct stella_error *load_branch(struct cmd *cmd)
{
	struct cmd_private *p = cmd->private_;
	struct stella_commit_links links;
	struct stella_buf raw = { 0 };
	const struct stella_error *err;

	err = stella_repo_head(&p->branch_ref, p->repo);
	if (err)
		return err;
	if (!p->branch_ref)
		return stella_error(STELLA_USAGE, "HEAD is detached: check out the branch that is to be changed");
	err = session_trust_at(&p->branch, cmd, p->branch_ref, true);
	if (err)
		return err;
	if (stella_error_is(p->branch->verdict, STELLA_ROLLBACK))
		return p->branch->verdict;
	p->branch_tip = p->branch->tip;
	err = stella_repo_read(&raw, p->repo, &p->branch_tip, STELLA_OBJECT_COMMIT, STELLA_COMMIT_MAX);
	if (!err)
		err = stella_commit_links_parse(&links, stella_buf_span(&raw));
	if (!err)
		p->branch_tree = links.tree;
	stella_buf_free(&raw);
	return err;
}

static const struct stella_error *load_proposal(struct stella_proposal **out, struct cmd *cmd,
	const struct stella_oid *tree)
{
	struct cmd_private *p = cmd->private_;
	struct stella_history *history;
	const struct stella_error *err = stella_trust_history(&history, p->branch);

	*out = NULL;
	return err ? err : stella_proposal_load(out, history, &p->branch->view, tree);
}

/* What the branch holds beyond the state in force would be approved along with anything new. */
static const struct stella_error *refuse_unapproved(struct cmd *cmd)
{
	struct cmd_private *p = cmd->private_;
	struct stella_proposal *proposal = NULL;
	const struct stella_error *err = NULL;

	if (opts_flag(cmd, "include-unapproved"))
		return NULL;
	if (p->branch->view.head_count == 1)
		err = load_proposal(&proposal, cmd, &p->branch_tree);
	if (!err && proposal && !proposal->empty)
		err = stella_error(STELLA_APPROVAL_MISSING, "not in force: %s already holds %zu changed file%s that are not "
			"approved; finish or revert that first (stella status), or --include-unapproved",
			p->branch_ref, proposal->diff->count, proposal->diff->count == 1 ? "" : "s");
	stella_proposal_free(proposal);
	return err;
}

const struct stella_error *change_start(struct stella_trust **out, struct cmd *cmd)
{
	struct cmd_private *p = cmd->private_;
	struct stella_repo *repo;
	const struct stella_error *err = session_repo(&repo, cmd);

	*out = NULL;
	if (!err && !p->branch)
		err = load_branch(cmd);
	if (!err && p->branch->view.head_count > 1)
		err = p->branch->verdict ? p->branch->verdict : stella_error(STELLA_FORK, "%s is a fork", p->branch_ref);
	if (!err)
		err = refuse_unapproved(cmd);
	if (!err)
		*out = p->branch;
	return err;
}

const struct stella_error *change_read(struct stella_buf *out, struct cmd *cmd, const char *path)
{
	struct cmd_private *p = cmd->private_;
	struct stella_tree_entry entry;
	const struct stella_error *err = stella_repo_find_path(&entry, p->repo, &p->branch_tree, path);

	return err ? err : stella_repo_read(out, p->repo, &entry.id, STELLA_OBJECT_BLOB, STELLA_TREE_FILE_MAX);
}

/* ---------------------------------------------------------------- may this key approve this */

static const struct stella_error *policy_of_tree(struct stella_policy **out, struct cmd *cmd,
	const struct stella_oid *tree)
{
	struct cmd_private *p = cmd->private_;
	struct stella_tree_entry entry;
	struct stella_buf text = { 0 };
	const struct stella_error *err;

	*out = NULL;
	err = stella_repo_find_path(&entry, p->repo, tree, STELLA_POLICY_PATH);
	if (!err)
		err = stella_repo_read(&text, p->repo, &entry.id, STELLA_OBJECT_BLOB, STELLA_POLICY_MAX);
	if (!err)
		err = stella_policy_parse(out, stella_buf_span(&text));
	stella_buf_free(&text);
	return err ? stella_error_prefix(err, STELLA_POLICY_PATH) : NULL;
}

static bool listed(char *const *names, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(names[i], name))
			return true;
	return false;
}

static const struct stella_error *check_member(const struct stella_proposal *proposal, const char *member)
{
	struct stella_buf roles = { 0 };
	const struct stella_error *err;

	for (size_t i = 0; i < proposal->needed_count; i++) {
		const struct stella_needed *needed = &proposal->needed[i];

		if (listed(needed->can, needed->can_count, member) || listed(needed->have, needed->have_count, member)) {
			stella_buf_free(&roles);
			return NULL;
		}
		stella_buf_printf(&roles, "%s%s", roles.size ? ", " : "", needed->role);
	}
	if (!proposal->needed_count)
		return NULL;
	err = stella_error(STELLA_NOT_AUTHORIZED, "%s is not in a role that this change needs (%s); "
		"--propose records it without approving", member, (const char *)roles.data);
	stella_buf_free(&roles);
	return err;
}

static const struct stella_error *check_again(struct cmd *cmd, const struct stella_proposal *proposal,
	const char *fingerprint)
{
	const struct stella_view *view = &cmd->private_->branch->view;
	const struct stella_error *err = NULL;

	for (size_t i = 0; i < view->pending_count && !err; i++) {
		const struct stella_approval *a = view->pending[i];
		char hex[STELLA_OID_HEX];

		if (strcmp(a->fingerprint, fingerprint) ||
		    stella_sha256_equal(&a->target, &proposal->id) || opts_flag(cmd, "again"))
			continue;
		stella_oid_hex(hex, &a->commit);
		err = stella_error(STELLA_CONFLICT, "this key already approved another successor of the same state "
			"in commit %s; --again approves this one too", hex);
	}
	return err;
}

/* With what a commit is signed: an SSH key, or a signature that has to be asked. */
struct approver {
	const struct stella_pubkey *key;
	struct stella_signature_claim *claim;
	char why[STELLA_ERROR_MAX];  /* of a claim: why it is nobody's */
};

static const struct stella_error *find_holder(char **out, const struct stella_policy *policy, struct approver *by)
{
	const struct stella_credential *credential = NULL;
	const struct stella_error *err = NULL;
	unsigned member = 0;
	int holder = -1;

	if (by->key) {
		holder = stella_policy_holder(policy, by->key);
	} else {
		err = stella_policy_signer(&credential, &member, by->why, policy, by->claim);
		holder = credential ? (int)member : -1;
	}
	if (!err && holder >= 0)
		*out = stella_strdup(policy->members[holder].name);
	return err;
}

/* The member that the policies of the heads, else the tree's own (rule 8), bind the key to; yours. */
static const struct stella_error *find_member(char **out, struct cmd *cmd, const struct stella_policy *next,
	struct approver *by)
{
	const struct stella_view *view = &cmd->private_->branch->view;
	const struct stella_error *err = NULL;

	*out = NULL;
	for (size_t i = 0; i < view->head_count && !err && !*out; i++) {
		struct stella_policy *policy;

		err = policy_of_tree(&policy, cmd, &view->heads[i]->tree);
		if (!err)
			err = find_holder(out, policy, by);
		stella_policy_free(policy);
	}
	return err || *out ? err : find_holder(out, next, by);
}

static const struct stella_error *check_approver(struct cmd *cmd, const struct stella_proposal *proposal,
	const struct stella_oid *tree, struct approver *by)
{
	struct stella_policy *next = NULL;
	struct stella_buf text = { 0 };
	const char *fingerprint;
	char *member = NULL;
	const struct stella_error *err = policy_of_tree(&next, cmd, tree);

	if (err)
		goto done;
	if (next->expires > cmd->now + EXPIRY_MAX_DAYS * (int64_t)86400) {
		err = stella_error(STELLA_LIMIT, "the policy would expire on %s, more than %d days from now",
			next->expires_text, EXPIRY_MAX_DAYS);
		goto done;
	}
	if (by->key)
		stella_pubkey_print_fingerprint(&text, by->key);
	fingerprint = by->key ? (const char *)text.data : stella_signature_claim_fingerprint(by->claim);
	err = find_member(&member, cmd, next, by);
	if (!err && !member && by->key)
		err = stella_error(STELLA_NOT_AUTHORIZED, "the policy knows no member with the key %s that git would sign with "
			"(git config user.signingkey)", fingerprint);
	else if (!err && !member)
		err = stella_error(STELLA_NOT_AUTHORIZED, "the policy knows no member by the signature that git's configuration "
			"makes (git config gpg.format, user.signingkey): %.900s", by->why);
	if (!err)
		err = check_member(proposal, member);
	if (!err)
		err = check_again(cmd, proposal, fingerprint);
done:
	free(member);
	stella_policy_free(next);
	stella_buf_free(&text);
	return err;
}

/* ---------------------------------------------------------------- the commit */

static const struct stella_error *check_text(const char *text)
{
	if (strchr(text, '\r'))
		return stella_error(STELLA_USAGE, "the reason holds a carriage return");
	for (const char *at = text; at; at = strchr(at, '\n')) {
		at += *at == '\n';
		if (!strncasecmp(at, "Stella-", 7))
			return stella_error(STELLA_USAGE, "no line of a reason may begin with \"Stella-\"");
	}
	return NULL;
}

static const struct stella_error *sign(struct stella_buf *raw, struct cmd *cmd,
	const struct stella_commit_signer *signer, const struct stella_oid *tree, const char *text,
	const struct stella_sha256 *target)
{
	struct cmd_private *p = cmd->private_;
	struct stella_commit_links links = { .tree = *tree, .parents = { p->branch_tip }, .parent_count = 1 };
	struct stella_buf who = { 0 }, payload = { 0 }, armored = { 0 };
	struct stella_approval_claim claim = { 0 };
	const struct stella_error *err;
	bool is_claim = false;
	char why[STELLA_ERROR_MAX];

	stella_buf_printf(&who, "%s <%s> %lld +0000", signer->name, signer->email, (long long)cmd->now);
	stella_commit_print(&payload, &links, stella_buf_span(&who), stella_span_str(text),
		target ? target->bytes : NULL, NULL);
	err = stella_commit_signer_sign(&armored, signer, stella_buf_span(&payload));
	if (err)
		goto done;
	stella_commit_add_signature(raw, stella_buf_span(&payload), stella_buf_span(&armored));
	if (!target)
		goto done;
	err = stella_approval_parse(&claim, &is_claim, why, stella_buf_span(raw));
	if (!err && !is_claim) /* nothing is written that would not count */
		err = stella_error(STELLA_USAGE, "the commit would not be an approval: %s", why);
done:
	stella_approval_claim_free(&claim);
	stella_buf_free(&who);
	stella_buf_free(&payload);
	stella_buf_free(&armored);
	return err;
}

/* Did the branch move since it was read? */
static bool has_moved(struct cmd *cmd)
{
	struct cmd_private *p = cmd->private_;
	struct stella_oid now;

	return !stella_repo_resolve(&now, p->repo, p->branch_ref) && !stella_oid_equal(&now, &p->branch_tip);
}

static const struct stella_error *write_commit(struct stella_oid *out, struct cmd *cmd,
	const struct change *change, struct stella_span raw, const char *subject)
{
	struct cmd_private *p = cmd->private_;
	struct stella_ref_change move = { p->branch_ref, &p->branch_tip, out, subject };
	const struct stella_error *err;

	err = stella_refs_worktree_check(p->repo, &p->branch_tree, change->items, change->count);
	if (stella_error_is(err, STELLA_CONFLICT) && has_moved(cmd))
		err = NULL; /* the files are of a commit that came meanwhile: publish says so */
	if (!err)
		err = stella_refs_write(out, p->repo, STELLA_OBJECT_COMMIT, raw);
	if (!err)
		err = stella_refs_publish(p->repo, &move, &p->branch_tree, change->items, change->count);
	if (stella_error_is(err, STELLA_CONFLICT) && has_moved(cmd))
		err = stella_error_prefix(err, "somebody else was faster, and nothing was changed; look at what came "
			"(stella status), then run the command again");
	return err;
}

/* ---------------------------------------------------------------- what it came to */

static const struct stella_error *tell_outcome(struct cmd *cmd, const struct change *change,
	const struct stella_oid *commit, const struct stella_oid *tree)
{
	struct cmd_private *p = cmd->private_;
	struct stella_trust *after = NULL;
	struct stella_history *history;
	struct stella_proposal *proposal = NULL;
	struct stella_json *object;
	const struct stella_error *err = session_trust_at(&after, cmd, p->branch_ref, true);
	bool in_force;

	if (!err)
		err = stella_trust_history(&history, after);
	if (!err)
		err = stella_proposal_load(&proposal, history, &after->view, tree);
	if (err)
		goto done;
	in_force = after->view.head_count == 1 && proposal->empty;
	log_change(cmd, commit, after->view.heads[0], in_force);
	if (cmd->json) {
		object = change->json ? stella_json_copy(change->json) : stella_json_new_object();
		stella_json_set(object, "commit", json_oid(commit));
		stella_json_set_bool(object, "inForce", in_force);
		stella_json_set(object, "state", json_state(after->view.heads[0]));
		if (!in_force)
			stella_json_set(object, "proposal", json_proposal(proposal));
		say_json(cmd, change->json_name ? change->json_name : "change", object);
		goto done;
	}
	say(cmd, "commit    %s on %s\n", show_oid(cmd, commit), show(cmd, p->branch_ref));
	if (in_force) {
		say(cmd, "in force  state %s\n", show_state(cmd, after->view.heads[0]));
	} else {
		say(cmd, "recorded, not in force\n");
		say_proposal(cmd, proposal);
	}
done:
	stella_proposal_free(proposal);
	stella_trust_free(after);
	return err;
}

static const struct stella_error *commit_tree(struct cmd *cmd, const struct change *change,
	const struct stella_oid *tree, const struct stella_proposal *proposal, const char *subject, const char *reason)
{
	struct stella_commit_signer *signer = NULL;
	struct stella_buf raw = { 0 }, text = { 0 };
	struct approver by = { 0 };
	struct stella_oid commit;
	bool approve = !opts_flag(cmd, "propose") && !change->propose;
	const struct stella_error *err = check_text(reason);

	if (!err)
		err = stella_commit_signer_load(&signer, cmd->private_->repo);
	if (!err)
		by.key = signer->key;
	if (!err && approve && by.key)
		err = check_approver(cmd, proposal, tree, &by);
	if (err)
		goto done;
	stella_buf_printf(&text, "%s\n\n%s", subject, reason);
	err = sign(&raw, cmd, signer, tree, (const char *)text.data, approve ? &proposal->id : NULL);
	if (!err && approve && !by.key) { /* who that was, only the signature says */
		err = stella_signature_claim_parse(&by.claim, stella_buf_span(&raw));
		if (!err)
			err = check_approver(cmd, proposal, tree, &by);
	}
	if (!err)
		err = write_commit(&commit, cmd, change, stella_buf_span(&raw), subject);
	if (!err)
		err = tell_outcome(cmd, change, &commit, tree);
done:
	stella_signature_claim_free(by.claim);
	stella_commit_signer_free(signer);
	stella_buf_free(&raw);
	stella_buf_free(&text);
	return err;
}

const struct stella_error *change_commit(struct cmd *cmd, struct change *change, const char *subject,
	const char *reason)
{
	struct cmd_private *p = cmd->private_;
	struct stella_proposal *proposal = NULL;
	struct stella_oid tree;
	const struct stella_error *err;

	err = stella_refs_write_tree(&tree, p->repo, &p->branch_tree, change->items, change->count);
	if (!err && stella_oid_equal(&tree, &p->branch_tree))
		err = stella_error(STELLA_USAGE, "nothing to change: %s holds exactly this already", p->branch_ref);
	if (!err)
		err = load_proposal(&proposal, cmd, &tree);
	if (!err)
		err = commit_tree(cmd, change, &tree, proposal, subject, reason);
	stella_proposal_free(proposal);
	return err;
}

/* Section 2: the parent's tree must be the one in force or the one being approved; here it is the latter. */
const struct stella_error *change_approve(struct cmd *cmd, const char *reason)
{
	struct cmd_private *p = cmd->private_;
	struct stella_proposal *proposal = NULL;
	struct change nothing = { 0 };
	const struct stella_error *err = load_proposal(&proposal, cmd, &p->branch_tree);
	char subject[64];

	if (!err) {
		snprintf(subject, sizeof subject, "approve state %llu", (unsigned long long)proposal->number);
		err = commit_tree(cmd, &nothing, &p->branch_tree, proposal, subject, reason);
	}
	stella_proposal_free(proposal);
	return err;
}
