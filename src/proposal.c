/* SPDX-License-Identifier: Apache-2.0 */
/* Proposals and differences for people: what would change, and who must approve it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "records.h"

const char *show_state(struct cmd *cmd, const struct stella_state *state)
{
	char text[64];

	snprintf(text, sizeof text, "#%llu %s", (unsigned long long)state->number, show_short(cmd, &state->id));
	return keep(cmd, stella_strdup(text));
}

const struct stella_approval *approval_at(const struct stella_state *state, size_t i)
{
	size_t last = 0;

	while (last < state->approval_count && !stella_oid_equal(&state->approvals[last]->commit, &state->commit))
		last++;
	if (last == state->approval_count)
		return state->approvals[i];
	return state->approvals[i + 1 == state->approval_count ? last : i < last ? i : i + 1];
}

static struct stella_json *json_names(char *const *names, size_t count)
{
	struct stella_json *array = stella_json_new_array();

	for (size_t i = 0; i < count; i++)
		stella_json_add(array, stella_json_new_text(names[i]));
	return array;
}

struct stella_json *json_state(const struct stella_state *state)
{
	struct stella_json *object = stella_json_new_object(), *approvals = stella_json_new_array();

	stella_json_set(object, "id", json_id(&state->id));
	stella_json_set_int(object, "number", (int64_t)state->number);
	stella_json_set(object, "commit", json_oid(&state->commit));
	stella_json_set(object, "manifest", json_id(&state->manifest));
	for (size_t i = 0; i < state->approval_count; i++) {
		struct stella_json *a = stella_json_add(approvals, stella_json_new_object());

		stella_json_set_text(a, "member", approval_at(state, i)->member);
		stella_json_set_text(a, "key", approval_at(state, i)->fingerprint);
		stella_json_set(a, "commit", json_oid(&approval_at(state, i)->commit));
	}
	stella_json_set(object, "approvals", approvals);
	return object;
}

static const char *const kinds[] = { "added", "removed", "altered" };

struct stella_json *json_proposal(const struct stella_proposal *proposal)
{
	struct stella_json *object = stella_json_new_object(), *array = stella_json_new_array();

	stella_json_set(object, "id", json_id(&proposal->id));
	stella_json_set_int(object, "number", (int64_t)proposal->number);
	stella_json_set_bool(object, "complete", proposal->complete);
	for (size_t i = 0; i < proposal->diff->count; i++) {
		struct stella_json *path = stella_json_add(array, stella_json_new_object());

		stella_json_set_text(path, "path", proposal->diff->paths[i].path);
		stella_json_set_text(path, "change", kinds[proposal->diff->paths[i].kind]);
	}
	stella_json_set(object, "paths", array);
	array = stella_json_new_array();
	for (size_t i = 0; i < proposal->needed_count; i++) {
		const struct stella_needed *n = &proposal->needed[i];
		struct stella_json *needed = stella_json_add(array, stella_json_new_object());

		stella_json_set_text(needed, "role", n->role);
		stella_json_set_bool(needed, "ofNewPolicy", n->of_new_policy);
		stella_json_set_int(needed, "threshold", n->threshold);
		stella_json_set(needed, "approved", json_names(n->have, n->have_count));
		stella_json_set(needed, "canApprove", json_names(n->can, n->can_count));
	}
	stella_json_set(object, "needed", array);
	return object;
}

static void say_names(struct cmd *cmd, const char *label, char *const *names, size_t count)
{
	if (!count)
		return;
	say(cmd, "%s", label);
	for (size_t i = 0; i < count; i++)
		say(cmd, "%s%s", i ? ", " : "", show(cmd, names[i]));
}

void say_proposal(struct cmd *cmd, const struct stella_proposal *proposal)
{
	say(cmd, "proposal  state #%llu %s\n", (unsigned long long)proposal->number, show_short(cmd, &proposal->id));
	for (size_t i = 0; i < proposal->diff->count; i++)
		say(cmd, "  %-8s%s\n", kinds[proposal->diff->paths[i].kind], show(cmd, proposal->diff->paths[i].path));
	for (size_t i = 0; i < proposal->needed_count; i++) {
		const struct stella_needed *n = &proposal->needed[i];

		say(cmd, "needs     role %s%s: %zu of %u approval%s", show(cmd, n->role),
			n->of_new_policy ? " of the new policy" : "", n->have_count, n->threshold,
			n->threshold == 1 ? "" : "s");
		say_names(cmd, " (", n->have, n->have_count);
		say(cmd, "%s", n->have_count ? ")" : "");
		if (n->have_count < n->threshold)
			say_names(cmd, "; can approve: ", n->can, n->can_count);
		say(cmd, "\n");
	}
	if (!proposal->complete && !proposal->empty)
		say(cmd, "how       check out this branch and run: stella approve\n");
}

static const char *names(struct cmd *cmd, char *const *list, size_t count)
{
	struct stella_buf text = { 0 };

	for (size_t i = 0; i < count; i++)
		stella_buf_printf(&text, "%s%s", i ? ", " : "", list[i]);
	return keep(cmd, stella_buf_take_str(&text));
}

const char *say_missing(struct cmd *cmd, const struct stella_proposal *proposal)
{
	struct stella_buf text = { 0 };

	for (size_t i = 0; i < proposal->needed_count; i++) {
		const struct stella_needed *n = &proposal->needed[i];

		if (n->have_count >= n->threshold)
			continue;
		stella_buf_printf(&text, "%srole %s%s: %zu of %u approvals (can approve: %s)", text.size ? "; " : "", n->role,
			n->of_new_policy ? " of the new policy" : "", n->have_count, n->threshold,
			names(cmd, n->can, n->can_count));
	}
	return text.size ? keep(cmd, stella_buf_take_str(&text)) : "approve again";
}

/* ---------------------------------------------------------------- difference */

static const struct stella_error *read_at(struct stella_buf *out, struct stella_repo *repo,
	const struct stella_oid *tree, const char *path, bool wanted)
{
	struct stella_tree_entry entry;
	const struct stella_error *err;

	if (!wanted)
		return NULL;
	err = stella_repo_find_path(&entry, repo, tree, path);
	return err ? err : stella_repo_read(out, repo, &entry.id, STELLA_OBJECT_BLOB, STELLA_TREE_FILE_MAX);
}

static const char *members_of(struct cmd *cmd, const struct stella_policy *policy, const struct stella_role *role)
{
	struct stella_buf text = { 0 };

	for (size_t i = 0; i < role->member_count; i++)
		stella_buf_printf(&text, "%s%s", i ? ", " : "", policy->members[role->members[i]].name);
	return keep(cmd, stella_buf_take_str(&text));
}

static bool holds_line(const struct stella_member *member, const char *line)
{
	for (size_t i = 0; i < member->key_count; i++)
		if (!strcmp(member->key_lines[i], line))
			return true;
	return false;
}

static void say_members(struct cmd *cmd, const struct stella_policy *from, const struct stella_policy *to, char sign)
{
	for (size_t i = 0; from && i < from->member_count; i++) {
		const struct stella_member *member = &from->members[i];
		int other = to ? stella_policy_member(to, member->name) : -1;
		struct stella_buf before = { 0 };

		for (size_t k = 0; k < member->key_count; k++) {
			struct stella_buf fingerprint = { 0 };

			if (other >= 0 && holds_line(&to->members[other], member->key_lines[k]))
				continue;
			stella_pubkey_print_fingerprint(&fingerprint, member->keys[k]);
			say(cmd, "    %c member %s: key %s %s\n", sign, show(cmd, member->name),
				stella_pubkey_type_name(member->keys[k]), show_span(cmd, stella_buf_span(&fingerprint)));
			stella_buf_free(&fingerprint);
		}
		stella_buf_printf(&before, "    %c member %s: ", sign, member->name);
		say_credentials(cmd, show_span(cmd, stella_buf_span(&before)), member, other >= 0 ? &to->members[other] : NULL);
		stella_buf_free(&before);
	}
}

/* A root that speaks for identities: whoever approves it lets its authorities say who a member is. */
static void say_policy_roots(struct cmd *cmd, const struct stella_policy *from, const struct stella_policy *to, char sign)
{
	for (size_t i = 0; from && i < from->root_count; i++) {
		const struct stella_policy_root *root = &from->roots[i];
		bool same = false;

		for (size_t k = 0; to && k < to->root_count; k++)
			same |= !strcmp(to->roots[k].name, root->name) && stella_sha256_equal(&to->roots[k].sha256, &root->sha256);
		if (same)
			continue;
		say(cmd, "    %c root %s: sha256 %s\n", sign, show(cmd, root->name), show_id(cmd, &root->sha256));
		for (size_t k = 0; k < root->root->ca_count; k++) {
			const struct stella_authority *ca = &root->root->cas[k];

			say(cmd, "    %c   authority %s\n", sign, show(cmd, stella_cert_subject(ca->certs[ca->cert_count - 1])));
		}
		for (size_t k = 0; k < root->root->tlog_count; k++)
			say(cmd, "    %c   log %s\n", sign, show(cmd, root->root->tlogs[k].base_url));
		for (size_t k = 0; k < root->root->tsa_count; k++)
			say(cmd, "    %c   timestamp authority %s\n", sign, show(cmd, root->root->tsas[k].uri));
	}
	if (from && to && from->version != to->version)
		say(cmd, "    %c policy version %u\n", sign, from->version);
}

static void say_roles(struct cmd *cmd, const struct stella_policy *from, const struct stella_policy *to, char sign)
{
	for (size_t i = 0; from && i < from->role_count; i++) {
		const struct stella_role *role = &from->roles[i];
		int other = to ? stella_policy_find_role(to, role->name) : -1;

		if (other >= 0 && to->roles[other].threshold == role->threshold &&
		    !strcmp(members_of(cmd, from, role), members_of(cmd, to, &to->roles[other])))
			continue;
		say(cmd, "    %c role %s: %u of %zu: %s\n", sign, show(cmd, role->name), role->threshold,
			role->member_count, show(cmd, members_of(cmd, from, role)));
	}
	for (size_t i = 0; from && i < from->path_count; i++) {
		const struct stella_policy_path *path = &from->paths[i];
		bool same = false;

		for (size_t k = 0; to && k < to->path_count; k++)
			same |= !strcmp(to->paths[k].path, path->path) &&
				!strcmp(to->roles[to->paths[k].role].name, from->roles[path->role].name);
		if (!same)
			say(cmd, "    %c path %s: role %s\n", sign, show(cmd, path->path),
				show(cmd, from->roles[path->role].name));
	}
	if (from && (!to || strcmp(from->expires_text, to->expires_text)))
		say(cmd, "    %c expires %s\n", sign, show(cmd, from->expires_text));
}

/* A policy that cannot be read falls back to its lines. */
static bool say_policies(struct cmd *cmd, struct stella_span old, struct stella_span new_text)
{
	struct stella_policy *from = NULL, *to = NULL;
	bool read = (!old.size || !stella_policy_parse(&from, old)) &&
		(!new_text.size || !stella_policy_parse(&to, new_text));

	if (read) {
		say_members(cmd, from, to, '-');
		say_members(cmd, to, from, '+');
		say_policy_roots(cmd, from, to, '-');
		say_roles(cmd, from, to, '-');
		say_policy_roots(cmd, to, from, '+');
		say_roles(cmd, to, from, '+');
	}
	stella_policy_free(from);
	stella_policy_free(to);
	return read;
}

/* What has a plainer form than its lines: false where that is not known, or cannot be told. */
static bool say_plain(struct cmd *cmd, const char *path, struct stella_span old, struct stella_span new_text)
{
	size_t size = strlen(path), ending = strlen(STELLA_SIGSTORE_ENDING);

	if (!strcmp(path, STELLA_POLICY_PATH))
		return say_policies(cmd, old, new_text);
	if (!strncmp(path, "sigstore/", 9) && size > ending && !strcmp(path + size - ending, STELLA_SIGSTORE_ENDING))
		return say_root_change(cmd, old, new_text);
	return false;
}

const struct stella_error *say_difference(struct cmd *cmd, struct stella_repo *repo,
	const struct stella_oid *from_tree, const struct stella_oid *to_tree, const struct stella_tree_diff *diff)
{
	const struct stella_error *err = NULL;

	for (size_t i = 0; i < diff->count && !err; i++) {
		const char *path = diff->paths[i].path;
		struct stella_buf old = { 0 }, new_text = { 0 }, lines = { 0 };

		say(cmd, "  %-8s%s\n", kinds[diff->paths[i].kind], show(cmd, path));
		err = read_at(&old, repo, from_tree, path, diff->paths[i].kind != STELLA_DIFF_ADDED);
		if (!err)
			err = read_at(&new_text, repo, to_tree, path, diff->paths[i].kind != STELLA_DIFF_REMOVED);
		if (!err && !say_plain(cmd, path, stella_buf_span(&old), stella_buf_span(&new_text))) {
			err = stella_repo_diff_print(&lines, stella_buf_span(&old), stella_buf_span(&new_text));
			say_span_lines(cmd, 4, stella_buf_span(&lines));
		}
		stella_buf_free(&old);
		stella_buf_free(&new_text);
		stella_buf_free(&lines);
	}
	return err;
}
