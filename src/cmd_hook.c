/* SPDX-License-Identifier: Apache-2.0 */
/* hook install: git's hooks, with the pin written into them.  hook_judge.c is what they run. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pin.h"
#include "session.h"
#include "sys.h"

#define HOOK_MAX (1u << 20)
#define MARK "# stella hook: "

const struct opt hook_install_opts[] = {
	{ "server", 0, NULL, "for a repository that is pushed to: pre-receive (default: pre-push, for a clone)", NULL, false },
	{ "repo", 0, "DIR", "the repository (as -C)", "directory", false },
	{ "force", 'f', NULL, "replace a hook that is not ours", NULL, false },
	{ 0 }
};

/* A verifier may follow refs/remotes/origin/main; what is pushed there is refs/heads/main. */
static const char *hook_branch(struct cmd *cmd, const char *ref)
{
	const char *slash;
	struct stella_buf out = { 0 };

	if (strncmp(ref, "refs/remotes/", 13) != 0 || !(slash = strchr(ref + 13, '/')))
		return ref;
	stella_buf_printf(&out, "refs/heads%s", slash);
	return keep(cmd, stella_buf_take_str(&out));
}

const struct stella_error *hook_ref(const char **out, struct cmd *cmd, struct stella_repo *repo, const char *option,
	const char *setting, const char *otherwise)
{
	const char *given = opts_get(cmd, option);
	const struct stella_error *err = NULL;
	char *value = NULL;

	if (!given)
		err = stella_repo_config(&value, NULL, repo, setting);
	if (value)
		keep(cmd, value);
	*out = hook_branch(cmd, given ? given : value ? value : otherwise);
	if (!err && strncmp(*out, "refs/", 5) != 0)
		err = stella_error(STELLA_USAGE, "--%s %s: a full ref name is needed, such as %s", option, *out, otherwise);
	return err;
}

/* ---------------------------------------------------------------- install */

struct install {
	const char *name;           /* "pre-push" */
	struct stella_oid root;
	const char *source;         /* of the pin */
	const char *trust_ref, *store_ref;
	const char *path;
};

static void put_quoted(struct stella_buf *out, const char *word)
{
	stella_buf_put_u8(out, '\'');
	for (; *word; word++) {
		if (*word == '\'')
			stella_buf_put_str(out, "'\\''");
		else
			stella_buf_put_u8(out, (uint8_t)*word);
	}
	stella_buf_put_u8(out, '\'');
}

static const struct stella_error *put_command(struct stella_buf *out, const struct install *in)
{
	char self[4096], root[STELLA_OID_HEX];
	ssize_t size = readlink("/proc/self/exe", self, sizeof self - 1);

	if (size <= 0)
		return stella_error_errno("/proc/self/exe");
	self[size] = 0;
	stella_oid_hex(root, &in->root);
	put_quoted(out, self);
	stella_buf_printf(out, " hook %s --trust-root %s --trust-ref ", in->name, root);
	put_quoted(out, in->trust_ref);
	stella_buf_put_str(out, " --attestations-ref ");
	put_quoted(out, in->store_ref);
	stella_buf_put_str(out, " -- \"$@\"");
	return NULL;
}

/* A pin that leads nowhere would stop every push; before the first one there is nothing to ask. */
static const struct stella_error *check_pin(struct cmd *cmd, struct stella_repo *repo, const struct install *in)
{
	char root[STELLA_OID_HEX];
	struct stella_trust_options options = { .root = root, .ref = in->trust_ref, .now = cmd->now, .no_memory = true,
		.judge_only = true };
	struct stella_trust *trust = NULL;
	struct stella_oid tip;
	const struct stella_error *err = stella_repo_resolve(&tip, repo, in->trust_ref);

	if (stella_error_is(err, STELLA_NOT_FOUND)) {
		if (!cmd->json)
			say(cmd, "note      %s is not here yet: its first push must lead to the pinned root\n", in->trust_ref);
		return NULL;
	}
	stella_oid_hex(root, &in->root);
	if (!err)
		err = stella_trust_load(&trust, repo, &options);
	stella_trust_free(trust);
	return err;
}

static bool is_ours(struct stella_span text)
{
	return stella_span_find(text, "\n" MARK) != NULL;
}

static const struct stella_error *check_place(struct cmd *cmd, struct stella_repo *repo, const struct install *in,
	struct stella_span command)
{
	struct stella_buf old = { 0 };
	const struct stella_error *err;
	char *hooks;
	const char *level;

	err = stella_repo_config(&hooks, &level, repo, "core.hooksPath");
	if (hooks)
		keep(cmd, hooks);
	if (err)
		return err;
	if (hooks)
		return stella_error(STELLA_USAGE, "git config (%s) core.hooksPath leads to %s, where hooks may serve other repositories "
			"too; put this line into its %s: %s", level, hooks, in->name, (const char *)command.data);
	if (!stella_sys_exists(in->path) || opts_flag(cmd, "force"))
		return NULL;
	err = stella_sys_read(&old, in->path, HOOK_MAX);
	if (!err && !is_ours(stella_buf_span(&old)))
		err = stella_error(STELLA_CONFLICT, "%s is there already and is not ours; put this line into it, or --force: %s",
			in->path, (const char *)command.data);
	stella_buf_free(&old);
	return err;
}

static const struct stella_error *write_hook(struct cmd *cmd, struct stella_repo *repo, const struct install *in)
{
	struct stella_buf text = { 0 }, command = { 0 }, dir = { 0 };
	const struct stella_error *err = put_command(&command, in);

	if (!err)
		err = check_place(cmd, repo, in, stella_buf_span(&command));
	if (err)
		goto done;
	stella_buf_printf(&text, "#!/bin/sh\n" MARK "written by 'stella hook install'; run that again to change it.\n"
		"# The pinned root commit is named here, so that no configuration decides what is believed.\n"
		"exec %s\n", (const char *)command.data);
	stella_buf_printf(&dir, "%s/hooks", stella_repo_gitdir(repo));
	err = stella_sys_mkdirs((const char *)dir.data, 0777);
	if (!err)
		err = stella_sys_replace(in->path, stella_buf_span(&text), 0777);
done:
	stella_buf_free(&text);
	stella_buf_free(&command);
	stella_buf_free(&dir);
	return err;
}

/* What git itself can refuse it should refuse: trees and commits that are malformed. */
static const struct stella_error *set_fsck(bool *set, struct stella_repo *repo)
{
	char *now = NULL;
	const struct stella_error *err = stella_repo_config(&now, NULL, repo, "receive.fsckObjects");

	*set = !err && !now;
	free(now);
	return *set ? stella_refs_config(repo, "receive.fsckObjects", "true") : err;
}

static void tell(struct cmd *cmd, const struct install *in, bool fsck)
{
	struct stella_json *object;

	if (cmd->json) {
		object = stella_json_new_object();
		stella_json_set_text(object, "hook", in->name);
		stella_json_set(object, "path", json_text(in->path));
		stella_json_set(object, "trustRoot", json_oid(&in->root));
		stella_json_set_text(object, "rootSource", in->source);
		stella_json_set_text(object, "trustRef", in->trust_ref);
		stella_json_set_text(object, "attestationsRef", in->store_ref);
		say_json(cmd, "hook-install", object);
		return;
	}
	say(cmd, "hook      %s\n", show(cmd, in->path));
	say(cmd, "pinned    %s (%s), written into the hook\n", show_oid(cmd, &in->root), in->source);
	say(cmd, "guards    %s and %s\n", show(cmd, in->trust_ref), show(cmd, in->store_ref));
	if (fsck)
		say(cmd, "set       git config receive.fsckObjects true\n");
}

const struct stella_error *cmd_hook_install(struct cmd *cmd)
{
	struct install in = { .name = opts_flag(cmd, "server") ? "pre-receive" : "pre-push" };
	struct stella_buf path = { 0 };
	struct stella_repo *repo;
	const struct stella_error *err = session_project(&repo, cmd);
	bool fsck = false;

	if (!err && opts_get(cmd, "trust-repo"))
		err = stella_error(STELLA_USAGE, "--trust-repo: a hook guards the repository that it is in");
	if (!err)
		err = stella_pin_find_root(&in.root, &in.source, repo, opts_get(cmd, "trust-root"));
	if (!err)
		err = hook_ref(&in.trust_ref, cmd, repo, "trust-ref", "stella.trustRef", STELLA_TRUST_REF);
	if (!err)
		err = hook_ref(&in.store_ref, cmd, repo, "attestations-ref", "stella.attestationsRef", STELLA_STORE_REF);
	if (err)
		return err;
	stella_buf_printf(&path, "%s/hooks/%s", stella_repo_gitdir(repo), in.name);
	in.path = keep(cmd, stella_buf_take_str(&path));
	err = check_pin(cmd, repo, &in);
	if (!err)
		err = write_hook(cmd, repo, &in);
	if (!err && opts_flag(cmd, "server"))
		err = set_fsck(&fsck, repo);
	if (!err)
		tell(cmd, &in, fsck);
	return err;
}
