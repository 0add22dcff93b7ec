/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which repository trust comes from, where many projects share one (git config stella.trustRepo).  The user's
 * and the system's word counts before a project's; and a project that names a trust repository does not get to
 * bring the pin, too, so that nothing in a hostile .git/config can widen what is believed.
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pin.h"
#include "session.h"

const struct stella_error *session_project(struct stella_repo **out, struct cmd *cmd)
{
	struct cmd_private *p = cmd->private_;
	const struct stella_error *err = NULL;

	*out = NULL;
	if (!p->project)
		err = stella_repo_open(&p->project, opts_get(cmd, "directory"));
	if (!err)
		*out = p->project;
	return err;
}

/* ---------------------------------------------------------------- the one that is named */

/* A project's relative path begins at its top; the user's own has to say where it begins. */
static const struct stella_error *resolve_path(const char **out, struct cmd *cmd, const char *value, bool of_project)
{
	struct cmd_private *p = cmd->private_;
	const char *home = getenv("HOME"), *top;
	struct stella_buf path = { 0 };

	if (strncmp(value, "~/", 2) == 0 && home) {
		stella_buf_printf(&path, "%s%s", home, value + 1);
	} else if (*value == '/') {
		stella_buf_put_str(&path, value);
	} else if (of_project && *value) {
		top = stella_repo_workdir(p->project) ? stella_repo_workdir(p->project) : stella_repo_gitdir(p->project);
		stella_buf_printf(&path, "%s/%s", top, value);
	} else {
		return stella_error(STELLA_USAGE, "git config stella.trustRepo: \"%s\" is not an absolute path", value);
	}
	*out = keep(cmd, stella_buf_take_str(&path));
	return NULL;
}

/* The user's or system's setting, else the project's.  *path NULL: none. */
static const struct stella_error *find_setting(const char **path, struct cmd *cmd)
{
	struct cmd_private *p = cmd->private_;
	const char *level = NULL;
	struct stella_repo *project;
	char *value;
	const struct stella_error *err = stella_repo_config_user(&value, &level, "stella.trustRepo");
	bool of_project = false;

	*path = NULL;
	if (!err && !value) {
		err = session_project(&project, cmd);
		if (!err)
			err = stella_repo_config(&value, &level, project, "stella.trustRepo");
		of_project = true;
	}
	if (!err && value)
		err = resolve_path(path, cmd, value, of_project);
	if (!err && value) {
		p->named_source = of_project ? "git config (local) stella.trustRepo" : strcmp(level, "system") ?
			"git config (global) stella.trustRepo" : "git config (system) stella.trustRepo";
		p->named_by_project = of_project;
	}
	free(value);
	return err;
}

const struct stella_error *session_named(struct stella_repo **out, struct cmd *cmd)
{
	struct cmd_private *p = cmd->private_;
	const char *path = opts_get(cmd, "trust-repo");
	const struct stella_error *err = NULL;

	*out = NULL;
	if (!p->named && !p->named_none) {
		if (path)
			p->named_source = "--trust-repo";
		else
			err = find_setting(&path, cmd);
		p->named_none = !err && !path;
		if (!err && path)
			err = stella_repo_open(&p->named, path);
		if (err && p->named_source)
			err = stella_error_prefix(err, "trust repository (%s)", p->named_source);
	}
	if (!err)
		*out = p->named;
	return err;
}

/* ---------------------------------------------------------------- the pin of it, and which one is worked on */

static const struct stella_error *find_pin(struct cmd *cmd, const char **source)
{
	struct cmd_private *p = cmd->private_;
	const char *option = opts_get(cmd, "trust-root");

	return p->named_by_project ? stella_pin_find_root_outside(&p->root, source, option) :
		stella_pin_find_root(&p->root, source, p->named, option);
}

/*
 * What is about trust itself is done where the user stands, if that is a clone of the trust repository; what
 * judges attestations takes the one that is named, and so does everybody with --trust-repo.
 */
static bool stands_in_a_clone(struct cmd *cmd)
{
	struct cmd_private *p = cmd->private_;
	struct stella_repo *project;

	if (cmd->command->groups & OPTS_STORE || opts_get(cmd, "trust-repo") || session_project(&project, cmd))
		return false;
	return stella_repo_has(project, &p->root);
}

static const struct stella_error *settle(struct cmd *cmd)
{
	struct cmd_private *p = cmd->private_;
	const char *source, *path;
	struct stella_buf text = { 0 };
	const struct stella_error *err = find_pin(cmd, &source);

	if (err)
		return err;
	p->has_root = true;
	p->repo = stands_in_a_clone(cmd) ? p->project : p->named;
	path = stella_repo_workdir(p->repo) ? stella_repo_workdir(p->repo) : stella_repo_gitdir(p->repo);
	stella_buf_printf(&text, "%s; trust repository %s by %s", source, show(cmd, path),
		p->repo == p->named ? p->named_source : "standing in it");
	p->root_source = keep(cmd, stella_buf_take_str(&text));
	return NULL;
}

const struct stella_error *session_repo(struct stella_repo **out, struct cmd *cmd)
{
	struct cmd_private *p = cmd->private_;
	struct stella_repo *named;
	const struct stella_error *err = NULL;

	*out = NULL;
	if (!p->repo) {
		err = session_named(&named, cmd);
		if (!err && named)
			err = settle(cmd);
		else if (!err)
			err = session_project(&p->repo, cmd);
	}
	if (!err)
		*out = p->repo;
	return err;
}

const struct stella_error *session_root(struct stella_oid *out, const char **source, struct cmd *cmd)
{
	struct cmd_private *p = cmd->private_;
	struct stella_repo *repo;
	const struct stella_error *err = session_repo(&repo, cmd);

	if (err)
		return err;
	if (!p->has_root)
		return stella_pin_find_root(out, source, repo, opts_get(cmd, "trust-root"));
	*out = p->root;
	*source = p->root_source;
	return NULL;
}

/* Not of the trust repository: a pin belongs to whoever verifies. */
const struct stella_error *session_pin_repo(struct stella_repo **out, struct cmd *cmd)
{
	struct cmd_private *p = cmd->private_;
	const struct stella_error *err = session_named(out, cmd);

	if (err)
		return err;
	if (*out && p->named_by_project)
		return stella_error(STELLA_USAGE, "this project names the trust repository, and may not bring the pin, too: "
			"git config --global stella.trustRoot ID");
	return *out ? NULL : session_project(out, cmd);
}
