/* SPDX-License-Identifier: Apache-2.0 */
/* init: a trust repository from the template, its first signed commit, and the pin.  pin: show or set it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gitsig.h"
#include "session.h"
#include "signer.h"
#include "sys.h"
#include "template.h"

const struct opt init_opts[] = {
	{ "member", 0, "NAME=KEY", "a member and an OpenSSH public key, a file or the line itself; may be repeated", NULL, true },
	{ "threshold", 0, "ROLE=N", "how many members of a role must approve (default: 2, or 1 with one member)", NULL, true },
	{ "expires", 0, "DATE|DAYSd", "when the policy expires (default 90d)", NULL, false },
	{ "branch", 'b', "NAME", "the trust branch (default main)", NULL, false },
	{ "reason", 'm', "TEXT", "why; recorded in the first commit", NULL, false },
	{ 0 }
};
const struct opt pin_opts[] = { { 0 } };

/* The roles of a new repository: everybody in each, two approvals where there are two. */
static const char *const role_names[] = { "root", "issuers" };
static const char *const issuer_paths[] = { "anchors", "issuers", "keys", "sigstore", "gates" };

/* ---------------------------------------------------------------- the policy */

static const struct stella_error *add_members(struct stella_json *members, struct cmd *cmd)
{
	size_t count;
	const char *const *given = opts_all(cmd, "member", &count);

	if (!count)
		return stella_error(STELLA_USAGE, "no member: --member NAME=KEY.pub for each person who may approve");
	for (size_t i = 0; i < count; i++) {
		const char *equals = strchr(given[i], '=');
		const struct stella_error *err;
		char *name, *line;

		if (!equals)
			return stella_error(STELLA_USAGE, "--member %s: expected NAME=KEY", given[i]);
		err = read_key_line(&line, equals + 1);
		if (err)
			return err;
		name = strndup(given[i], (size_t)(equals - given[i]));
		if (!stella_id_valid(stella_span_str(name)))
			err = stella_error(STELLA_USAGE, "--member %s: a name is [a-z0-9][a-z0-9._-]*, at most 64", given[i]);
		else if (!stella_json_find(members, name))
			stella_json_set(members, name, stella_json_new_array());
		if (!err)
			stella_json_add(stella_json_edit(members, name), stella_json_new_text(line));
		free(name);
		free(line);
		if (err)
			return err;
	}
	return NULL;
}

static const struct stella_error *make_policy(struct stella_buf *out, struct cmd *cmd)
{
	struct stella_json *policy = stella_json_new_object(), *members, *roles, *paths;
	struct stella_policy *parsed = NULL;
	const char *expires = opts_get(cmd, "expires");
	const struct stella_error *err;
	int64_t end;

	stella_json_set_int(policy, "version", STELLA_POLICY_VERSION_SSH);
	err = parse_expiry(&end, expires ? expires : "90d", cmd->now);
	if (err)
		goto done;
	stella_json_set(policy, "expires", json_time(end));
	members = stella_json_set(policy, "members", stella_json_new_object());
	err = add_members(members, cmd);
	if (err)
		goto done;
	roles = stella_json_set(policy, "roles", stella_json_new_object());
	for (size_t r = 0; r < sizeof role_names / sizeof *role_names; r++) {
		struct stella_json *role = stella_json_set(roles, role_names[r], stella_json_new_object());
		struct stella_json *list = stella_json_set(role, "members", stella_json_new_array());

		for (size_t i = 0; i < stella_json_count(members); i++) {
			const char *name;
			const struct stella_json *value;

			stella_json_member(members, i, &name, &value);
			stella_json_add(list, stella_json_new_text(name));
		}
		stella_json_set_int(role, "threshold", stella_json_count(members) < 2 ? 1 : 2);
	}
	paths = stella_json_set(policy, "paths", stella_json_new_object());
	for (size_t i = 0; i < sizeof issuer_paths / sizeof *issuer_paths; i++)
		stella_json_set_text(paths, issuer_paths[i], "issuers");
	err = set_thresholds(policy, cmd);
	if (err)
		goto done;
	stella_json_print(out, policy, STELLA_JSON_RECORD);
	err = stella_policy_parse(&parsed, stella_buf_span(out));
	if (!err && parsed->member_count == 1)
		warn("one member alone decides everything: add a second one with 'stella member add'");
done:
	stella_policy_free(parsed);
	stella_json_free(policy);
	return err;
}

/* ---------------------------------------------------------------- init */

static const struct stella_error *open_or_make(struct stella_repo **out, const char *dir, const char *branch)
{
	struct stella_buf git = { 0 };
	const struct stella_error *err;
	bool exists;

	stella_buf_printf(&git, "%s/.git", dir);
	exists = stella_sys_exists((const char *)git.data);
	stella_buf_free(&git);
	if (!exists)
		return stella_refs_init(out, dir, branch, false);
	err = stella_repo_open(out, dir);
	return err;
}

/* The signer must be able to approve later; the root commit itself needs no approval (rule 1). */
static const struct stella_error *check_signer(struct stella_span text, const struct stella_commit_signer *signer)
{
	struct stella_policy *policy;
	const struct stella_error *err = stella_policy_parse(&policy, text);

	if (!err && !signer->key)
		err = stella_error(STELLA_USAGE, "a trust repository begins with SSH keys: git config gpg.format ssh; then stella "
			"member add NAME --certificate, --certificate-identity or --openpgp");
	if (!err && stella_policy_holder(policy, signer->key) < 0)
		err = stella_error(STELLA_NOT_AUTHORIZED, "the key that git would sign with (git config user.signingkey) is "
			"no member's: name it with --member");
	stella_policy_free(policy);
	return err;
}

static const struct stella_error *root_commit(struct stella_oid *out, struct cmd *cmd, struct stella_repo *repo,
	const struct change *files, const struct stella_commit_signer *signer, const char *reason)
{
	struct stella_commit_links links = { 0 };
	struct stella_buf who = { 0 }, text = { 0 }, payload = { 0 }, armored = { 0 }, raw = { 0 };
	const struct stella_error *err;

	err = stella_refs_write_tree(&links.tree, repo, NULL, files->items, files->count);
	if (err)
		goto done;
	stella_buf_printf(&who, "%s <%s> %lld +0000", signer->name, signer->email, (long long)cmd->now);
	stella_buf_printf(&text, "Begin the trust repository\n\n%s", reason);
	stella_commit_print(&payload, &links, stella_buf_span(&who), stella_buf_span(&text), NULL, NULL);
	err = stella_commit_signer_sign(&armored, signer, stella_buf_span(&payload));
	if (err)
		goto done;
	stella_commit_add_signature(&raw, stella_buf_span(&payload), stella_buf_span(&armored));
	err = stella_refs_write(out, repo, STELLA_OBJECT_COMMIT, stella_buf_span(&raw));
done:
	stella_buf_free(&who);
	stella_buf_free(&text);
	stella_buf_free(&payload);
	stella_buf_free(&armored);
	stella_buf_free(&raw);
	return err;
}

static const struct stella_error *set_pin(struct stella_repo *repo, const struct stella_oid *root, const char *ref)
{
	char hex[STELLA_OID_HEX];
	const struct stella_error *err;

	stella_oid_hex(hex, root);
	err = stella_refs_config(repo, "stella.trustRoot", hex);
	return err || !ref ? err : stella_refs_config(repo, "stella.trustRef", ref);
}

static const struct stella_error *tell_pin(struct cmd *cmd, const struct stella_trust *trust)
{
	struct stella_json *object;

	if (cmd->json) {
		object = stella_json_new_object();
		stella_json_set(object, "root", json_oid(&trust->root));
		stella_json_set_text(object, "source", trust->root_source);
		stella_json_set_text(object, "ref", trust->ref);
		stella_json_set(object, "state", json_state(trust->state));
		say_json(cmd, "pin", object);
		return NULL;
	}
	say(cmd, "pinned    %s (%s)\n", show_oid(cmd, &trust->root), trust->root_source);
	say(cmd, "branch    %s\n", show(cmd, trust->ref));
	say(cmd, "state     #%llu %s\n", (unsigned long long)trust->state->number, show_id(cmd, &trust->state->id));
	return NULL;
}

const struct stella_error *cmd_init(struct cmd *cmd)
{
	struct cmd_private *p = cmd->private_;
	const char *dir = cmd->arg_count ? cmd->args[0] : opts_get(cmd, "directory"), *reason = opts_get(cmd, "reason");
	const char *branch = opts_get(cmd, "branch");
	struct stella_commit_signer *signer = NULL;
	struct stella_buf policy = { 0 }, ref = { 0 };
	struct change files = { 0 };
	struct stella_trust *trust;
	struct stella_oid root, old;
	struct stella_ref_change move = { .new_id = &root, .message = "stella init" };
	const struct stella_error *err = make_policy(&policy, cmd);

	if (!err && opts_get(cmd, "trust-repo"))
		err = stella_error(STELLA_USAGE, "--trust-repo: the directory of a new one is an argument: stella init DIR");
	stella_buf_printf(&ref, "refs/heads/%s", branch ? branch : "main");
	move.ref = (const char *)ref.data;
	if (!err)
		err = open_or_make(&p->repo, dir ? dir : ".", branch ? branch : "main");
	if (err)
		goto done;
	if (!stella_repo_resolve(&old, p->repo, (const char *)ref.data)) {
		err = stella_error(STELLA_USAGE, "%s exists already: a trust repository begins with its own first commit; "
			"--branch names another", (const char *)ref.data);
		goto done;
	}
	err = stella_commit_signer_load(&signer, p->repo);
	if (!err)
		err = check_signer(stella_buf_span(&policy), signer);
	if (err)
		goto done;
	change_put(&files, STELLA_POLICY_PATH, &policy);
	for (const struct template_file *t = template_files; t->path; t++) {
		struct stella_buf content = { 0 };

		stella_buf_put(&content, t->data, t->size);
		change_put(&files, t->path, &content);
	}
	err = root_commit(&root, cmd, p->repo, &files, signer, reason ? reason : "Members, roles and thresholds as in policy.json.");
	if (!err)
		err = stella_refs_publish(p->repo, &move, NULL, files.items, files.count);
	if (!err)
		err = set_pin(p->repo, &root, (const char *)ref.data);
	if (!err)
		err = session_trust(&trust, cmd);
	if (!err)
		err = tell_pin(cmd, trust);
	if (!err && !cmd->json)
		say(cmd, "give the commit id to everybody who verifies: stella pin %s\n", show_oid(cmd, &root));
done:
	stella_commit_signer_free(signer);
	change_free(&files);
	stella_buf_free(&policy);
	stella_buf_free(&ref);
	return err;
}

/* ---------------------------------------------------------------- pin */

const struct stella_error *cmd_pin(struct cmd *cmd)
{
	struct stella_repo *repo;
	struct stella_trust *trust = NULL;
	struct stella_oid root;
	const struct stella_error *err;
	struct stella_trust_options options = { .now = cmd->now, .no_memory = true };

	if (cmd->arg_count) {
		if (!stella_oid_parse(&root, stella_span_str(cmd->args[0])))
			return stella_error(STELLA_USAGE, "\"%s\": a pin is a full commit id, 40 lower-case hex digits", cmd->args[0]);
		err = session_pin_repo(&repo, cmd);
		if (err)
			return err;
		options.root = cmd->args[0];
		options.ref = opts_get(cmd, "trust-ref");
		err = stella_trust_load(&trust, repo, &options); /* nothing is pinned that does not lead to a state */
		stella_trust_free(trust);
		if (!err)
			err = set_pin(repo, &root, options.ref);
		if (err)
			return err;
	}
	err = session_trust(&trust, cmd);
	return err ? err : tell_pin(cmd, trust);
}
