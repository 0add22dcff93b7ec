/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hook pre-push, pre-receive, update: may these refs move so?  Only the trust branch and the attestations
 * branch are looked at.  The pin stands in the command line; the configuration decides what may be pushed
 * (stella.hookAllowPending, stella.hookAllowForce), never what is believed.
 */
#include <stdlib.h>
#include <string.h>

#include "advance.h"
#include "cache.h"
#include "pin.h"
#include "pushline.h"
#include "repo_walk.h"
#include "session.h"
#include "store_push.h"
#include "sys.h"

#define INPUT_MAX (64u << 20)
/* Not the other way round: the first parent's chain stays (trust-model, rule 9). */
#define BEGIN_THERE "git fetch; begin a branch at what came, merge yours into it (git switch -c NEW REMOTE/BRANCH; git merge " \
	"YOURS), then stella status"

const struct opt hook_opts[] = { { 0 } };

struct hook {
	struct cmd *cmd;
	struct stella_repo *repo;
	struct stella_oid root;
	const char *trust_ref, *store_ref;
	bool allow_pending, allow_force;
	bool here;                  /* pre-push: what the other side has may not be here */
	struct stella_json *answers;
	struct stella_cache *cache; /* what was verified before; NULL: not asked for, or not to be had */
};

struct update {
	const char *ref;
	struct stella_oid old, new_id; /* zero: not there before, deleted */
};

/* ---------------------------------------------------------------- the trust branch */

static const struct stella_error *rewound(const struct hook *hook, const struct stella_advance *a)
{
	const struct stella_state *head = a->before->heads[0];

	hook->cmd->hint = BEGIN_THERE;
	return stella_error(STELLA_ROLLBACK, "rollback: state #%llu %s, which is in force on %s, would be lost",
		(unsigned long long)head->number, show_short(hook->cmd, &head->id), hook->trust_ref);
}

static const struct stella_error *forked(const struct hook *hook, const struct stella_advance *a)
{
	if (!a->same_fork) {
		hook->cmd->hint = BEGIN_THERE ", stella approve by the root role of every head";
		return stella_error(STELLA_FORK, "%s would become a fork of %zu heads: policies were changed on both sides",
			hook->trust_ref, a->after->head_count);
	}
	if (hook->allow_pending)
		return NULL;
	return stella_error(STELLA_APPROVAL_MISSING, "%s would still be a fork: %s", hook->trust_ref,
		a->proposal ? say_missing(hook->cmd, a->proposal) : a->why);
}

static const struct stella_error *judge_move(const struct hook *hook, const struct stella_advance *a)
{
	switch (a->move) {
	case STELLA_MOVE_REWIND:
		return rewound(hook, a);
	case STELLA_MOVE_FORK:
		return forked(hook, a);
	case STELLA_MOVE_DEAD:
		return stella_error(STELLA_MALFORMED, "the tree for %s can never take effect: %s", hook->trust_ref, a->why);
	case STELLA_MOVE_PENDING:
		if (hook->allow_pending)
			return NULL;
		hook->cmd->hint = "stella status, stella approve on your branch; or git config stella.hookAllowPending true where this hook runs";
		return stella_error(STELLA_APPROVAL_MISSING, "not in force: %s would hold %zu changed file%s that are not approved: %s",
			hook->trust_ref, a->proposal->diff->count, a->proposal->diff->count == 1 ? "" : "s",
			say_missing(hook->cmd, a->proposal));
	default:
		return NULL;
	}
}

static void warn_expired(const struct hook *hook, const struct stella_advance *a)
{
	const struct stella_policy *policy;

	if (a->after->head_count != 1 || stella_history_policy(&policy, a->history, a->after->heads[0]))
		return;
	if (policy->expires < hook->cmd->now)
		warn("the policy of %s expired at %s: verifiers refuse until it is renewed (stella policy renew)",
			hook->trust_ref, policy->expires_text);
}

static void tell_trust(const struct hook *hook, const struct stella_advance *a)
{
	static const char *const words[] = { "unchanged", "takes-effect", "pending", "dead", "fork", "rewind" };
	struct stella_json *answer;

	if (hook->cmd->json) {
		answer = stella_json_add(hook->answers, stella_json_new_object());
		stella_json_set_text(answer, "ref", hook->trust_ref);
		stella_json_set_text(answer, "move", words[a->move]);
		stella_json_set_bool(answer, "stateMoves", a->state_moves);
		stella_json_set(answer, "state", json_state(a->after->heads[0]));
		stella_json_set_int(answer, "commitsRead", (int64_t)stella_history_commits_read(a->history));
		return;
	}
	say(hook->cmd, "stella: %s: state %s %s%s\n", show(hook->cmd, hook->trust_ref),
		show_state(hook->cmd, a->after->heads[0]), a->state_moves ? "takes effect" : "stays in force",
		a->move == STELLA_MOVE_PENDING ? "; the rest is pending" : "");
}

static const struct stella_error *judge_trust(struct hook *hook, const struct stella_oid *old,
	const struct stella_oid *new_id)
{
	struct stella_advance *a = NULL;
	const struct stella_error *err;

	if (hook->here && old && !stella_repo_has(hook->repo, old)) {
		hook->cmd->hint = BEGIN_THERE;
		return stella_error(STELLA_CONFLICT, "the other side's %s holds commits that are not here", hook->trust_ref);
	}
	hook_remember(&hook->cache, hook->cmd, &hook->root, old);
	err = stella_advance_load(&a, hook->repo, &hook->root, old, new_id, hook->cache);
	if (!err)
		err = judge_move(hook, a);
	if (!err && !a->fast_forward && !hook->allow_force)
		err = stella_error(STELLA_REFUSED, "not a fast-forward: commits of %s would be lost; merge it first, or, to take away "
			"noise, git config stella.hookAllowForce true where this hook runs", hook->trust_ref);
	if (!err) {
		warn_expired(hook, a);
		tell_trust(hook, a);
	}
	stella_advance_free(a);
	return err;
}

/* ---------------------------------------------------------------- the attestations branch */

static const struct stella_error *judge_store(const struct hook *hook, const struct stella_oid *old,
	const struct stella_oid *new_id)
{
	struct stella_store_push push;
	struct stella_json *answer;
	const struct stella_error *err;

	if (hook->here && old && !stella_repo_has(hook->repo, old)) {
		hook->cmd->hint = "git fetch, merge the branch, and push again";
		return stella_error(STELLA_CONFLICT, "the other side's %s holds commits that are not here", hook->store_ref);
	}
	err = stella_store_push_verify(&push, hook->repo, old, new_id);
	if (err)
		return err;
	if (!hook->cmd->json) {
		say(hook->cmd, "stella: %s: %zu new attestation%s, well-formed\n", show(hook->cmd, hook->store_ref), push.attestations,
			push.attestations == 1 ? "" : "s");
		return NULL;
	}
	answer = stella_json_add(hook->answers, stella_json_new_object());
	stella_json_set_text(answer, "ref", hook->store_ref);
	stella_json_set_int(answer, "attestations", (int64_t)push.attestations);
	stella_json_set_int(answer, "indexEntries", (int64_t)push.entries);
	return NULL;
}

/* By its own name, or because git writes through a symbolic ref on either side. */
static const struct stella_error *is_same_ref(bool *out, const struct hook *hook, const char *pushed, const char *ours)
{
	char *from = NULL, *to = NULL;
	const struct stella_error *err = NULL;

	*out = strcmp(pushed, ours) == 0;
	if (*out || hook->here)
		return NULL;
	err = stella_repo_ref_end(&from, hook->repo, pushed);
	if (!err)
		err = stella_repo_ref_end(&to, hook->repo, ours);
	*out = !err && strcmp(from, to) == 0;
	free(from);
	free(to);
	return err;
}

/* Said of what is pushed, before it is looked for in a history, where it would be something that is missing. */
static const struct stella_error *check_commit(const struct hook *hook, const struct stella_oid *id)
{
	struct stella_oid tree;
	const struct stella_error *err = stella_repo_walk_tree(&tree, hook->repo, id);

	if (stella_error_is(err, STELLA_MALFORMED))
		hook->cmd->hint = "push the commit itself, not what is a tag, a tree or damaged: git push REMOTE NAME^{commit}:BRANCH";
	return err;
}

static const struct stella_error *judge(struct hook *hook, const struct update *update)
{
	const struct stella_oid *old = stella_oid_is_zero(&update->old) ? NULL : &update->old;
	bool trust, store = false;
	const struct stella_error *err = is_same_ref(&trust, hook, update->ref, hook->trust_ref);

	if (!err && !trust)
		err = is_same_ref(&store, hook, update->ref, hook->store_ref);
	if (err)
		return stella_error_prefix(err, "push refused: %s", update->ref);
	if (!trust && !store)
		return NULL; /* none of our business */
	if (stella_oid_is_zero(&update->new_id))
		err = stella_error(STELLA_REFUSED, "the branch would be deleted");
	else
		err = check_commit(hook, &update->new_id);
	if (!err)
		err = trust ? judge_trust(hook, old, &update->new_id) : judge_store(hook, old, &update->new_id);
	return err ? stella_error_prefix(err, "push refused: %s", update->ref) : NULL;
}

/* ---------------------------------------------------------------- what git asks */

static const struct stella_error *find_switch(bool *out, struct stella_repo *repo, const char *name)
{
	static const char *const yes[] = { "true", "yes", "on", "1" }, *const no[] = { "false", "no", "off", "0", "" };
	char *value;
	const struct stella_error *err = stella_repo_config(&value, NULL, repo, name);
	bool known = !value;

	*out = false;
	for (size_t i = 0; value && i < sizeof yes / sizeof *yes; i++)
		*out |= strcasecmp(value, yes[i]) == 0;
	for (size_t i = 0; value && i < sizeof no / sizeof *no; i++)
		known |= strcasecmp(value, no[i]) == 0;
	if (!err && !known && !*out)
		err = stella_error(STELLA_USAGE, "git config %s: \"%s\" is neither true nor false", name, value);
	free(value);
	return err;
}

static const struct stella_error *start(struct hook *hook, struct cmd *cmd, bool receives)
{
	const char *root = opts_get(cmd, "trust-root");
	const struct stella_error *err;

	*hook = (struct hook){ .cmd = cmd, .here = !receives };
	if (opts_get(cmd, "trust-repo"))
		return stella_error(STELLA_USAGE, "--trust-repo: a hook guards the repository that it is in");
	if (!root)
		return stella_error(STELLA_NO_PIN, "a hook names its pin outright, so that no configuration decides: --trust-root ID "
			"(stella hook install writes it)");
	if (!stella_oid_parse(&hook->root, stella_span_str(root)))
		return stella_error(STELLA_USAGE, "--trust-root: \"%s\" is not a full commit id (40 lower-case hex digits)", root);
	err = session_project(&hook->repo, cmd);
	if (!err && receives)
		err = stella_repo_use_quarantine(hook->repo);
	if (!err)
		err = hook_ref(&hook->trust_ref, cmd, hook->repo, "trust-ref", "stella.trustRef", STELLA_TRUST_REF);
	if (!err)
		err = hook_ref(&hook->store_ref, cmd, hook->repo, "attestations-ref", "stella.attestationsRef", STELLA_STORE_REF);
	if (!err)
		err = find_switch(&hook->allow_pending, hook->repo, "stella.hookAllowPending");
	if (!err)
		err = find_switch(&hook->allow_force, hook->repo, "stella.hookAllowForce");
	hook->answers = stella_json_new_array();
	return err;
}

static const struct stella_error *finish(struct hook *hook, const struct stella_error *err)
{
	struct stella_json *object;

	if (!err && hook->cmd->json) {
		object = stella_json_new_object();
		stella_json_set(object, "updates", hook->answers);
		hook->answers = NULL;
		say_json(hook->cmd, "hook", object);
	}
	if (hook->answers)
		stella_json_free(hook->answers);
	stella_cache_free(hook->cache);
	return err;
}

static const struct stella_error *judge_lines(struct hook *hook, enum stella_pushline_form form)
{
	struct stella_buf input = { 0 };
	const struct stella_error *err = stella_sys_read(&input, "-", INPUT_MAX);
	struct stella_cursor in = stella_cursor(stella_buf_span(&input));
	struct stella_span text;

	while (!err && stella_cursor_line(&in, &text)) {
		struct stella_pushline line;
		struct update update;

		err = stella_pushline_parse(&line, text, form);
		if (err) {
			err = stella_error_prefix(err, "standard input");
			break;
		}
		update = (struct update){ keep(hook->cmd, stella_span_strdup(line.ref)), line.old, line.new_id };
		err = judge(hook, &update);
	}
	if (!err && in.left)
		err = stella_error(STELLA_MALFORMED, "standard input: the last line has no end");
	stella_buf_free(&input);
	return err;
}

const struct stella_error *cmd_hook_pre_push(struct cmd *cmd)
{
	struct hook hook;
	const struct stella_error *err = start(&hook, cmd, false);

	if (!err)
		err = judge_lines(&hook, STELLA_PUSHLINE_PUSH);
	return finish(&hook, err);
}

const struct stella_error *cmd_hook_pre_receive(struct cmd *cmd)
{
	struct hook hook;
	const struct stella_error *err = start(&hook, cmd, true);

	if (!err)
		err = judge_lines(&hook, STELLA_PUSHLINE_RECEIVE);
	return finish(&hook, err);
}

const struct stella_error *cmd_hook_update(struct cmd *cmd)
{
	struct update update = { .ref = cmd->args[0] };
	struct hook hook;
	const struct stella_error *err = start(&hook, cmd, true);

	if (!err && (!stella_oid_parse(&update.old, stella_span_str(cmd->args[1])) ||
		     !stella_oid_parse(&update.new_id, stella_span_str(cmd->args[2]))))
		err = stella_error(STELLA_USAGE, "the old and the new commit are full ids (githooks(5))");
	if (!err)
		err = judge(&hook, &update);
	return finish(&hook, err);
}
