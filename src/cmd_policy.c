/* SPDX-License-Identifier: Apache-2.0 */
/* policy: show, check and renew it.  member: who may approve.  All edits keep the record canonical. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "session.h"
#include "sys.h"

const struct opt policy_opts[] = {
	{ "expires", 0, "DATE|DAYSd", "the new expiry (default 90d)", NULL, false },
	{ "threshold", 0, "ROLE=N", "also set a threshold; may be repeated", NULL, true },
	{ 0 }
};
const struct opt member_opts[] = {
	{ "key", 'k', "KEY", "an OpenSSH public key, a file or the line itself; may be repeated", NULL, true },
	{ "certificate", 0, "FILE", "an X.509 certificate: its key is the member's; may be repeated", NULL, true },
	{ "cert", 0, "FILE", NULL, "certificate", true },
	{ "certificate-identity", 0, "NAME", "who a certificate under --trusted-root must be of, exactly (gitsign)", NULL, true },
	{ "cert-identity", 0, "NAME", NULL, "certificate-identity", true },
	{ "certificate-oidc-issuer", 0, "URL", "and who must say so; without it the certificate must name no issuer", NULL, false },
	{ "cert-oidc-issuer", 0, "URL", NULL, "certificate-oidc-issuer", false },
	{ "san-type", 0, "TYPE", "email, uri or dns (default: by its look)", NULL, false },
	{ "trusted-root", 0, "FILE", "a Sigstore trusted_root.json, which becomes part of the policy", NULL, false },
	{ "root", 0, "NAME", "what it is called there (default sigstore)", NULL, false },
	{ "openpgp", 0, "FILE", "an OpenPGP certificate, as gpg --export writes it; may be repeated", NULL, true },
	{ "role", 'r', "ROLE", "a role that the member joins; may be repeated", NULL, true },
	{ "threshold", 0, "ROLE=N", "also set a threshold; may be repeated", NULL, true },
	{ 0 }
};
const struct opt member_remove_opts[] = {
	{ "compromised-since", 0, "DATE", "its keys are in other hands since then: what they recorded from then on is void", NULL, false },
	{ "threshold", 0, "ROLE=N", "set a threshold, too", NULL, true },
	{ 0 }
};

/* ---------------------------------------------------------------- show */

static void say_policy(struct cmd *cmd, const struct stella_policy *policy)
{
	for (size_t i = 0; i < policy->member_count; i++)
		for (size_t k = 0; k < policy->members[i].key_count; k++) {
			struct stella_buf fingerprint = { 0 };

			stella_pubkey_print_fingerprint(&fingerprint, policy->members[i].keys[k]);
			say(cmd, "member    %s  %s %s\n", show(cmd, policy->members[i].name),
				stella_pubkey_type_name(policy->members[i].keys[k]),
				show_span(cmd, stella_buf_span(&fingerprint)));
			stella_buf_free(&fingerprint);
		}
	for (size_t i = 0; i < policy->member_count; i++) {
		struct stella_buf before = { 0 };

		stella_buf_printf(&before, "member    %s  ", policy->members[i].name);
		say_credentials(cmd, show_span(cmd, stella_buf_span(&before)), &policy->members[i], NULL);
		stella_buf_free(&before);
	}
	for (size_t i = 0; i < policy->root_count; i++)
		say(cmd, "root      %s  sha256 %s, %zu authorities, %zu logs, %zu timestamp authorities\n",
			show(cmd, policy->roots[i].name), show_short(cmd, &policy->roots[i].sha256), policy->roots[i].root->ca_count,
			policy->roots[i].root->tlog_count, policy->roots[i].root->tsa_count);
	for (size_t i = 0; i < policy->role_count; i++) {
		const struct stella_role *role = &policy->roles[i];

		say(cmd, "role      %s: %u of %zu:", show(cmd, role->name), role->threshold, role->member_count);
		for (size_t m = 0; m < role->member_count; m++)
			say(cmd, " %s", show(cmd, policy->members[role->members[m]].name));
		say(cmd, "\n");
	}
	for (size_t i = 0; i < policy->path_count; i++)
		say(cmd, "path      %s: role %s\n", show(cmd, policy->paths[i].path),
			show(cmd, policy->roles[policy->paths[i].role].name));
	say(cmd, "path      (everything else): role root\n");
	say(cmd, "expires   %s\n", show(cmd, policy->expires_text));
}

static const struct stella_error *tell_policy(struct cmd *cmd, struct stella_span text,
	const struct stella_policy *policy, const struct stella_trust *trust)
{
	struct stella_json *object, *document;
	const struct stella_error *err;

	if (!cmd->json) {
		if (trust)
			say(cmd, "state     %s\n", show_state(cmd, trust->state));
		say_policy(cmd, policy);
		return NULL;
	}
	err = stella_json_parse(&document, text);
	if (err)
		return err;
	object = stella_json_new_object();
	if (trust)
		stella_json_set(object, "state", json_state(trust->state));
	stella_json_set(object, "policy", document);
	say_json(cmd, "policy", object);
	return NULL;
}

const struct stella_error *cmd_policy_show(struct cmd *cmd)
{
	struct stella_trust *trust;
	struct stella_buf text = { 0 };
	const struct stella_error *err = session_trust(&trust, cmd);

	if (!err)
		err = stella_trust_read(&text, trust, STELLA_POLICY_PATH);
	if (!err)
		err = tell_policy(cmd, stella_buf_span(&text), trust->policy, trust);
	stella_buf_free(&text);
	return err;
}

const struct stella_error *cmd_policy_check(struct cmd *cmd)
{
	const char *path = cmd->arg_count ? cmd->args[0] : STELLA_POLICY_PATH;
	struct stella_policy *policy = NULL;
	struct stella_buf text = { 0 };
	const struct stella_error *err = stella_sys_read(&text, path, STELLA_POLICY_MAX);

	if (!err)
		err = stella_policy_parse(&policy, stella_buf_span(&text));
	if (!err)
		err = tell_policy(cmd, stella_buf_span(&text), policy, NULL);
	if (!err && policy->expires < cmd->now)
		err = stella_error(STELLA_POLICY_EXPIRED, "valid, but expired on %s", policy->expires_text);
	stella_policy_free(policy);
	stella_buf_free(&text);
	return err ? stella_error_prefix(err, "%s", path) : NULL;
}

/* ---------------------------------------------------------------- edits */

static const struct stella_error *edit_start(struct stella_json **out, struct cmd *cmd)
{
	struct stella_trust *trust;
	struct stella_policy *policy = NULL;
	struct stella_buf text = { 0 };
	const struct stella_error *err = change_start(&trust, cmd);

	*out = NULL;
	if (!err)
		err = change_read(&text, cmd, STELLA_POLICY_PATH);
	if (!err) /* what is edited below has the shape that a policy has */
		err = stella_policy_parse(&policy, stella_buf_span(&text));
	if (!err)
		err = stella_json_parse(out, stella_buf_span(&text));
	stella_policy_free(policy);
	stella_buf_free(&text);
	return err;
}

/* The edited policy must be valid before anybody is asked to sign it. */
static const struct stella_error *edit_commit_lost(struct cmd *cmd, struct stella_json *document, const char *subject,
	const struct lost_member *lost)
{
	struct stella_buf text = { 0 };
	struct stella_policy *policy = NULL;
	struct change change = { 0 };
	char *reason = NULL;
	const struct stella_error *err = set_thresholds(document, cmd);

	if (err)
		goto done;
	stella_json_print(&text, document, STELLA_JSON_RECORD);
	err = stella_policy_parse(&policy, stella_buf_span(&text));
	if (err) {
		err = stella_error_recode(stella_error_prefix(err, "the policy would not be valid"), STELLA_USAGE);
		goto done;
	}
	err = session_reason(&reason, cmd, false);
	if (err)
		goto done;
	change_put(&change, STELLA_POLICY_PATH, &text);
	err = lost ? lost_put(&change, cmd, lost, reason) : NULL;
	if (!err)
		err = change_commit(cmd, &change, subject, reason);
done:
	free(reason);
	change_free(&change);
	stella_policy_free(policy);
	stella_buf_free(&text);
	return err;
}

static const struct stella_error *edit_commit(struct cmd *cmd, struct stella_json *document, const char *subject)
{
	return edit_commit_lost(cmd, document, subject, NULL);
}

const struct stella_error *cmd_policy_renew(struct cmd *cmd)
{
	const char *expires = opts_get(cmd, "expires");
	struct stella_json *document = NULL;
	int64_t end;
	char subject[128], date[STELLA_TIME_TEXT];
	const struct stella_error *err = parse_expiry(&end, expires ? expires : "90d", cmd->now);

	if (!err && end <= cmd->now)
		err = stella_error(STELLA_USAGE, "--expires %s lies in the past", expires);
	if (!err)
		err = edit_start(&document, cmd);
	if (err)
		return err;
	stella_json_set(document, "expires", json_time(end));
	stella_time_print(date, end);
	snprintf(subject, sizeof subject, "policy renew: until %s", date);
	err = edit_commit(cmd, document, subject);
	stella_json_free(document);
	return err;
}

/* ---------------------------------------------------------------- members */

static bool array_has(const struct stella_json *array, const char *text)
{
	for (size_t i = 0; i < stella_json_count(array); i++)
		if (stella_json_type(stella_json_at(array, i)) == STELLA_JSON_STRING &&
		    !strcmp(stella_json_text(stella_json_at(array, i)), text))
			return true;
	return false;
}

static const struct stella_error *join_roles(struct stella_json *document, struct cmd *cmd, const char *name)
{
	size_t count;
	const char *const *roles = opts_all(cmd, "role", &count);

	for (size_t i = 0; i < count; i++) {
		struct stella_json *role = stella_json_edit(stella_json_edit(document, "roles"), roles[i]);

		if (!role && !strcmp(roles[i], STELLA_RECORDER_ROLE)) { /* approves nothing, so nobody waits for it */
			role = stella_json_set(stella_json_edit(document, "roles"), roles[i], stella_json_new_object());
			stella_json_set(role, "members", stella_json_new_array());
			stella_json_set_int(role, "threshold", 1);
		}
		if (!role)
			return stella_error(STELLA_USAGE, "--role %s: the policy has no such role", roles[i]);
		if (!array_has(stella_json_find(role, "members"), name))
			stella_json_add(stella_json_edit(role, "members"), stella_json_new_text(name));
	}
	return NULL;
}

const struct stella_error *cmd_member_add(struct cmd *cmd)
{
	const char *name = cmd->args[0];
	size_t key_count, role_count;
	const char *const *keys = opts_all(cmd, "key", &key_count);
	struct stella_json *document = NULL, *members;
	char subject[128];
	const struct stella_error *err;
	bool key_given;

	opts_all(cmd, "role", &role_count);
	if (!stella_id_valid(stella_span_str(name)))
		return stella_error(STELLA_USAGE, "\"%s\": a name is [a-z0-9][a-z0-9._-]*, at most %d", name, STELLA_ID_MAX);
	key_given = key_count || member_key_asked(cmd);
	if (!key_given && !role_count)
		return stella_error(STELLA_USAGE, "nothing to add: --key KEY.pub (or --certificate, --certificate-identity, --openpgp), "
			"--role ROLE, or both");
	err = edit_start(&document, cmd);
	if (err)
		return err;
	members = stella_json_edit(document, "members");
	if (!stella_json_find(members, name)) {
		if (!key_given || !role_count)
			err = stella_error(STELLA_USAGE, "%s is new: a member needs --key and --role", name);
		else
			stella_json_set(members, name, stella_json_new_array());
	}
	for (size_t i = 0; i < key_count && !err; i++) {
		char *line;

		err = read_key_line(&line, keys[i]);
		if (!err && !array_has(stella_json_find(members, name), line))
			stella_json_add(stella_json_edit(members, name), stella_json_new_text(line));
		if (!err)
			free(line);
	}
	if (!err)
		err = member_key_add(cmd, document, name);
	if (!err)
		err = join_roles(document, cmd, name);
	snprintf(subject, sizeof subject, "member add %s", name);
	if (!err)
		err = edit_commit(cmd, document, subject);
	stella_json_free(document);
	return err;
}

static struct stella_json *array_without(const struct stella_json *array, const char *text)
{
	struct stella_json *rest = stella_json_new_array();

	for (size_t i = 0; i < stella_json_count(array); i++)
		if (strcmp(stella_json_text(stella_json_at(array, i)), text))
			stella_json_add(rest, stella_json_copy(stella_json_at(array, i)));
	return rest;
}

/* A role that approves nothing may end with its last member. */
static void leave_roles(struct stella_json *roles, const char *name)
{
	const struct stella_json *recorders;

	for (size_t i = 0; i < stella_json_count(roles); i++) {
		const char *role;
		const struct stella_json *value;

		stella_json_member(roles, i, &role, &value);
		stella_json_set(stella_json_edit(roles, role), "members",
			array_without(stella_json_find(value, "members"), name));
	}
	recorders = stella_json_find(roles, STELLA_RECORDER_ROLE);
	if (recorders && !stella_json_count(stella_json_find(recorders, "members")))
		stella_json_unset(roles, STELLA_RECORDER_ROLE);
}

const struct stella_error *cmd_member_remove(struct cmd *cmd)
{
	const char *name = cmd->args[0], *since = opts_get(cmd, "compromised-since");
	struct stella_json *document, *members;
	struct lost_member lost = { .name = name };
	char subject[128];
	const struct stella_error *err = since ? parse_date(&lost.since, "compromised-since", since) : NULL;

	if (!err && since && lost.since > cmd->now)
		err = stella_error(STELLA_USAGE, "--compromised-since %s: nobody knows yet", since);
	if (err)
		return err;
	err = edit_start(&document, cmd);

	if (err)
		return err;
	members = stella_json_edit(document, "members");
	if (!stella_json_find(members, name)) {
		err = stella_error(STELLA_NOT_FOUND, "the policy has no member \"%s\"", name);
		goto done;
	}
	lost.keys = stella_json_copy(stella_json_find(members, name));
	stella_json_unset(members, name);
	leave_roles(stella_json_edit(document, "roles"), name);
	snprintf(subject, sizeof subject, "member remove %s%s", name, since ? ": compromised" : "");
	err = edit_commit_lost(cmd, document, subject, since ? &lost : NULL);
done:
	if (lost.keys)
		stella_json_free(lost.keys);
	stella_json_free(document);
	return err;
}

static void say_roles_of(struct cmd *cmd, const struct stella_policy *policy, unsigned member, struct stella_json *array)
{
	for (size_t r = 0; r < policy->role_count; r++) {
		if (!stella_role_has(&policy->roles[r], member))
			continue;
		if (array)
			stella_json_add(array, stella_json_new_text(policy->roles[r].name));
		else
			say(cmd, " %s", show(cmd, policy->roles[r].name));
	}
}

const struct stella_error *cmd_member_list(struct cmd *cmd)
{
	struct stella_trust *trust;
	struct stella_json *object, *array;
	const struct stella_error *err = session_trust(&trust, cmd);

	if (err)
		return err;
	array = stella_json_new_array();
	for (size_t i = 0; i < trust->policy->member_count; i++) {
		const struct stella_member *member = &trust->policy->members[i];
		struct stella_json *one, *keys;
		size_t count;

		if (!cmd->json) {
			count = member->key_count + member->credential_count;
			say(cmd, "%-20s %zu key%s, roles:", show(cmd, member->name), count, count == 1 ? " " : "s");
			say_roles_of(cmd, trust->policy, (unsigned)i, NULL);
			say(cmd, "\n");
			continue;
		}
		one = stella_json_add(array, stella_json_new_object());
		stella_json_set_text(one, "name", member->name);
		keys = stella_json_set(one, "keys", stella_json_new_array());
		for (size_t k = 0; k < member->key_count; k++)
			stella_json_add(keys, stella_json_new_text(member->key_lines[k]));
		if (member->credential_count)
			keys = stella_json_set(one, "credentials", stella_json_new_array());
		for (size_t k = 0; k < member->credential_count; k++)
			stella_json_add(keys, json_credential(&member->credentials[k]));
		say_roles_of(cmd, trust->policy, (unsigned)i, stella_json_set(one, "roles", stella_json_new_array()));
	}
	if (!cmd->json) {
		stella_json_free(array);
		return NULL;
	}
	object = stella_json_new_object();
	stella_json_set(object, "members", array);
	say_json(cmd, "members", object);
	return NULL;
}
