/* SPDX-License-Identifier: Apache-2.0 */
#include "pin.h"

#include <stdlib.h>
#include <string.h>

static const char *config_source(const char *level)
{
	static const char *const names[][2] = {
		{ "worktree", "git config (worktree)" }, { "local", "git config (local)" },
		{ "global", "git config (global)" }, { "system", "git config (system)" },
	};

	for (size_t i = 0; level && i < sizeof names / sizeof *names; i++)
		if (strcmp(level, names[i][0]) == 0)
			return names[i][1];
	return "git config";
}

static bool looks_like_file(const char *text)
{
	size_t size = strlen(text);

	return strchr(text, '/') || (size >= 5 && strcmp(text + size - 5, ".json") == 0);
}

static const struct stella_error *parse_option(struct stella_oid *out, const char *option)
{
	if (stella_oid_parse(out, stella_span_str(option)))
		return NULL;
	if (looks_like_file(option))
		return stella_error(STELLA_USAGE, "--trust-root takes the id of the root commit, not \"%s\"; "
			"a Sigstore trusted root file is given with --trusted-root", option);
	return stella_error(STELLA_USAGE, "--trust-root: \"%s\" is not a full commit id (40 lower-case hex "
		"digits)", option);
}

/* Takes value over. */
static const struct stella_error *parse_setting(struct stella_oid *out, const char **source, char *value, const char *level)
{
	const struct stella_error *err = NULL;

	*source = config_source(level);
	if (!value)
		err = stella_error(STELLA_NO_PIN, "no trust root is pinned, and none is trusted on first "
			"use: get the id of the root commit from somebody you trust, then run `stella pin ID`, "
			"or give it with --trust-root ID");
	else if (!stella_oid_parse(out, stella_span_str(value)))
		err = stella_error(STELLA_NO_PIN, "%s stella.trustRoot: \"%s\" is not a full commit id (40 "
			"lower-case hex digits): run `stella pin ID`", *source, value);
	free(value);
	return err;
}

const struct stella_error *stella_pin_find_root(struct stella_oid *out, const char **source,
	struct stella_repo *repo, const char *option)
{
	const struct stella_error *err;
	const char *level;
	char *value;

	*source = "--trust-root";
	if (option)
		return parse_option(out, option);
	err = stella_repo_config(&value, &level, repo, "stella.trustRoot");
	return err ? err : parse_setting(out, source, value, level);
}

const struct stella_error *stella_pin_find_root_outside(struct stella_oid *out, const char **source, const char *option)
{
	const struct stella_error *err;
	const char *level = NULL;
	char *value;

	*source = "--trust-root";
	if (option)
		return parse_option(out, option);
	err = stella_repo_config_user(&value, &level, "stella.trustRoot");
	if (err || value)
		return err ? err : parse_setting(out, source, value, level);
	return stella_error(STELLA_NO_PIN, "no trust root is pinned by you: a project that names the trust repository may not "
		"bring the pin, too; git config --global stella.trustRoot ID, or --trust-root ID");
}

const struct stella_error *stella_pin_find_tip(struct stella_oid *out, char **ref, bool *is_trust_ref,
	struct stella_repo *repo, const char *option)
{
	const struct stella_error *err;
	const char *level;
	char *trust_ref;

	*ref = NULL;
	*is_trust_ref = false;
	err = stella_repo_config(&trust_ref, &level, repo, "stella.trustRef");
	if (err)
		return err;
	if (!trust_ref)
		trust_ref = stella_strdup(STELLA_TRUST_REF);
	*ref = stella_strdup(option ? option : trust_ref);
	*is_trust_ref = strcmp(*ref, trust_ref) == 0 && strncmp(trust_ref, "refs/", 5) == 0;
	free(trust_ref);
	err = stella_repo_resolve_tip(out, repo, *ref);
	if (!err)
		return NULL;
	if (option)
		return stella_error_prefix(err, "--trust-ref");
	if (level)
		return stella_error_prefix(err, "%s stella.trustRef", config_source(level));
	return stella_error_prefix(err, "the trust branch (git config stella.trustRef or --trust-ref names "
		"another)");
}
