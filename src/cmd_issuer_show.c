/* SPDX-License-Identifier: Apache-2.0 */
/* issuer list, show, trust-status: which issuers there are, and is one trusted, since when and by whom. */
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "records.h"

/* ---------------------------------------------------------------- what an issuer is */

static void set_texts(struct stella_json *object, const char *name, char *const *texts, size_t count)
{
	struct stella_json *array = stella_json_set(object, name, stella_json_new_array());

	for (size_t i = 0; i < count; i++)
		stella_json_add(array, json_text(texts[i]));
}

/* What the certificate must say beside its name. */
static void json_claims(struct stella_json *object, const struct stella_identity *identity)
{
	struct stella_json *extensions;

	if (!stella_identity_has_claims(identity))
		return;
	if (identity->oidc_issuer)
		stella_json_set(object, "oidcIssuer", json_text(identity->oidc_issuer));
	extensions = stella_json_set(object, "extensions", stella_json_new_object());
	for (unsigned arc = 0; arc < STELLA_FULCIO_ARCS; arc++)
		if (identity->extensions[arc])
			stella_json_set(extensions, stella_fulcio_name(arc),
				json_text(identity->extensions[arc]));
}

static void say_identity(struct cmd *cmd, const struct stella_identity *identity)
{
	say(cmd, "identity    %s%s:%s, asserted by", stella_san_name(identity->type), identity->pattern ? " like" : "",
		show(cmd, identity->pattern ? identity->pattern : identity->value));
	for (size_t a = 0; a < identity->anchor_count; a++)
		say(cmd, " %s", show(cmd, identity->anchors[a]));
	for (size_t a = 0; a < identity->sigstore_count; a++)
		say(cmd, " sigstore/%s", show(cmd, identity->sigstore[a]));
	say(cmd, "\n");
	if (identity->oidc_issuer)
		say(cmd, "            OIDC issuer %s\n", show(cmd, identity->oidc_issuer));
	for (unsigned arc = 0; arc < STELLA_FULCIO_ARCS; arc++)
		if (identity->extensions[arc])
			say(cmd, "            %s %s\n", stella_fulcio_name(arc), show(cmd, identity->extensions[arc]));
}

static struct stella_json *json_issuer(const struct stella_issuer *issuer)
{
	struct stella_json *object = stella_json_new_object(), *array;

	stella_json_set_text(object, "id", issuer->id);
	stella_json_set(object, "name", issuer->name ? json_text(issuer->name) :
		stella_json_new_text(NULL));
	stella_json_set_text(object, "status", stella_issuer_status_name(issuer->status));
	if (issuer->since != STELLA_TIME_NONE)
		stella_json_set(object, "statusSince", json_time(issuer->since));
	stella_json_set(object, "reason", json_text(issuer->reason));
	set_texts(object, "predicateTypes", issuer->predicate_types, issuer->predicate_type_count);
	set_texts(object, "subjects", issuer->subjects, issuer->subject_count);
	if (issuer->key_directory)
		stella_json_set(object, "keyDirectory", json_text(issuer->key_directory));
	if (issuer->key_directory_pin)
		stella_json_set_text(object, "keyDirectoryPin", issuer->key_directory_pin);
	array = stella_json_set(object, "identities", stella_json_new_array());
	for (size_t i = 0; i < issuer->identity_count; i++) {
		const struct stella_identity *identity = &issuer->identities[i];
		struct stella_json *one = stella_json_add(array, stella_json_new_object());

		stella_json_set_text(one, "type", stella_san_name(identity->type));
		stella_json_set(one, identity->pattern ? "pattern" : "value", stella_json_new_text_span(
			stella_span_str(identity->pattern ? identity->pattern : identity->value)));
		set_texts(one, "anchors", identity->anchors, identity->anchor_count);
		set_texts(one, "sigstore", identity->sigstore, identity->sigstore_count);
		json_claims(one, identity);
	}
	return object;
}

static void say_texts(struct cmd *cmd, const char *label, char *const *texts, size_t count, const char *none)
{
	if (!count)
		say(cmd, "%-11s %s\n", label, none);
	for (size_t i = 0; i < count; i++)
		say(cmd, "%-11s %s\n", i ? "" : label, show(cmd, texts[i]));
}

static void say_issuer(struct cmd *cmd, const struct stella_issuer *issuer)
{
	say(cmd, "issuer      %s%s%s\n", show(cmd, issuer->id), issuer->name ? "  " : "",
		issuer->name ? show(cmd, issuer->name) : "");
	say(cmd, "status      %s%s%s\n", stella_issuer_status_name(issuer->status),
		issuer->since != STELLA_TIME_NONE ? " since " : "",
		issuer->since != STELLA_TIME_NONE ? show_time(cmd, issuer->since) : "");
	say_texts(cmd, "may attest", issuer->predicate_types, issuer->predicate_type_count, "every type");
	say_texts(cmd, "about", issuer->subjects, issuer->subject_count, "every subject");
	for (size_t i = 0; i < issuer->identity_count; i++)
		say_identity(cmd, &issuer->identities[i]);
	if (issuer->key_directory)
		say(cmd, "keys at     %s\n", show(cmd, issuer->key_directory));
	if (issuer->key_directory_pin)
		say(cmd, "            pinned to the server's key %s\n", issuer->key_directory_pin);
	say(cmd, "reason\n");
	say_lines(cmd, 2, issuer->reason);
}

/* Its keys as lines, or into array. */
static const struct stella_error *tell_keys(struct cmd *cmd, struct stella_trust *trust, const char *issuer,
	struct stella_json *array)
{
	struct names names = { 0 };
	const struct stella_error *err = record_names(&names, trust, "keys/");

	for (size_t i = 0; i < names.count && !err; i++) {
		struct stella_key *key;

		err = stella_key_load(&key, trust, names.items[i]);
		if (!err && !strcmp(key->issuer, issuer)) {
			if (array)
				stella_json_add(array, json_key(cmd, key));
			else
				say_key_line(cmd, key);
		}
		stella_key_free(key);
	}
	names_free(&names);
	return err;
}

static const struct stella_error *load_issuer(struct stella_issuer **out, struct cmd *cmd, struct stella_trust *trust)
{
	const struct stella_error *err = stella_issuer_load(out, trust, cmd->args[0]);

	if (!stella_error_is(err, STELLA_NOT_FOUND))
		return err;
	cmd->hint = "stella issuer list, stella issuer add";
	return stella_error(STELLA_NOT_FOUND, "issuer %s: not in the state in force", cmd->args[0]);
}

/* ---------------------------------------------------------------- list and show */

const struct stella_error *cmd_issuer_list(struct cmd *cmd)
{
	struct stella_json *object = NULL, *array = NULL;
	struct names names = { 0 };
	struct stella_trust *trust;
	const struct stella_error *err = session_trust(&trust, cmd);

	if (!err)
		err = record_names(&names, trust, "issuers/");
	if (!err && cmd->json) {
		object = stella_json_new_object();
		array = stella_json_set(object, "issuers", stella_json_new_array());
	}
	for (size_t i = 0; i < names.count && !err; i++) {
		struct stella_issuer *issuer;

		err = stella_issuer_load(&issuer, trust, names.items[i]);
		if (!err && array)
			stella_json_add(array, json_issuer(issuer));
		else if (!err)
			say(cmd, "%-24s %-10s %s\n", show(cmd, issuer->id), stella_issuer_status_name(issuer->status),
				issuer->name ? show(cmd, issuer->name) : "");
		stella_issuer_free(issuer);
	}
	if (!err && !names.count && !cmd->json)
		say(cmd, "no issuers are in force: stella issuer add ID\n");
	names_free(&names);
	if (object && !err)
		say_json(cmd, "issuers", object);
	else if (object)
		stella_json_free(object);
	return err;
}

const struct stella_error *cmd_issuer_show(struct cmd *cmd)
{
	struct stella_issuer *issuer = NULL;
	struct stella_json *object;
	struct stella_trust *trust;
	const char *path = record_path(cmd, "issuers/", cmd->args[0], ".json");
	const struct stella_error *err = session_trust(&trust, cmd);

	if (!err)
		err = load_issuer(&issuer, cmd, trust);
	if (err)
		return err;
	if (cmd->json) {
		object = json_issuer(issuer);
		err = tell_keys(cmd, trust, issuer->id, stella_json_set(object, "keys", stella_json_new_array()));
		if (!err)
			err = say_json_since(cmd, "issuer", object, trust, path);
		else
			stella_json_free(object);
	} else {
		say_issuer(cmd, issuer);
		err = tell_keys(cmd, trust, issuer->id, NULL);
		if (!err)
			err = say_since(cmd, trust, path, 0);
	}
	stella_issuer_free(issuer);
	return err;
}

/* ---------------------------------------------------------------- what is pending */

/* Does this record, as the tip has it or as it was, concern the issuer? */
static bool concerns(struct cmd *cmd, struct stella_trust *trust, const struct stella_oid *tip_tree, const char *path,
	const char *issuer)
{
	struct stella_tree_entry entry;
	struct stella_buf text = { 0 };
	struct stella_json *record = NULL;
	const struct stella_json *owner;
	const struct stella_error *err;
	bool is;

	if (!strcmp(path, record_path(cmd, "issuers/", issuer, ".json")))
		return true;
	if (strncmp(path, "keys/", 5) != 0)
		return false;
	err = stella_repo_find_path(&entry, trust->repo, tip_tree, path);
	if (!err)
		err = stella_repo_read(&text, trust->repo, &entry.id, STELLA_OBJECT_BLOB, STELLA_TREE_FILE_MAX);
	if (err)
		err = stella_trust_read(&text, trust, path);
	if (!err)
		err = stella_json_parse(&record, stella_buf_span(&text));
	owner = err ? NULL : stella_json_find(record, "issuer");
	is = owner && stella_json_type(owner) == STELLA_JSON_STRING && !strcmp(stella_json_text(owner), issuer);
	stella_json_free(record);
	stella_buf_free(&text);
	return is;
}

/* NULL in *out: the trust branch holds nothing that would change this issuer. */
static const struct stella_error *find_pending(struct stella_proposal **out, struct cmd *cmd, struct stella_trust *trust,
	const char *issuer)
{
	struct stella_history *history;
	struct stella_oid tree;
	bool differs, any = false;
	const struct stella_error *err = tip_tree(&tree, &differs, trust);

	*out = NULL;
	if (!err && !differs)
		return NULL;
	if (!err)
		err = stella_trust_history(&history, trust);
	if (!err)
		err = stella_proposal_load(out, history, &trust->view, &tree);
	if (stella_error_is(err, STELLA_MALFORMED) || stella_error_is(err, STELLA_POLICY_UNSUPPORTED))
		return NULL; /* a tree that cannot take effect: stella status says why */
	for (size_t i = 0; !err && i < (*out)->diff->count; i++)
		any |= concerns(cmd, trust, &tree, (*out)->diff->paths[i].path, issuer);
	if (!any) {
		stella_proposal_free(*out);
		*out = NULL;
	}
	return err;
}

/* ---------------------------------------------------------------- trust-status */

static const struct stella_error *tell_status(struct cmd *cmd, struct stella_trust *trust,
	const struct stella_issuer *issuer, const struct stella_proposal *pending)
{
	const char *path = record_path(cmd, "issuers/", cmd->args[0], ".json");
	const struct stella_error *err = NULL;
	struct stella_json *object;

	if (cmd->json) {
		object = issuer ? json_issuer(issuer) : stella_json_new_object();
		stella_json_set_bool(object, "trusted", issuer && issuer->status == STELLA_ISSUER_TRUSTED);
		if (pending)
			stella_json_set(object, "pending", json_proposal(pending));
		stella_json_set(object, "root", json_oid(&trust->root));
		stella_json_set_text(object, "rootSource", trust->root_source);
		if (issuer)
			return say_json_since(cmd, "issuer-trust-status", object, trust, path);
		say_json(cmd, "issuer-trust-status", object);
		return NULL;
	}
	if (issuer) {
		say(cmd, "%s: %s\n", show(cmd, issuer->id), stella_issuer_status_name(issuer->status));
		say(cmd, "reason\n");
		say_lines(cmd, 2, issuer->reason);
		err = say_since(cmd, trust, path, 0);
	}
	if (pending) {
		say(cmd, "pending on %s, NOT IN FORCE\n", show(cmd, trust->ref));
		say_proposal(cmd, pending);
	}
	say(cmd, "pinned root %s (%s)\n", show_oid(cmd, &trust->root), trust->root_source);
	return err;
}

const struct stella_error *cmd_issuer_trust_status(struct cmd *cmd)
{
	struct stella_proposal *pending = NULL;
	struct stella_issuer *issuer = NULL;
	struct stella_trust *trust;
	struct stella_buf hint = { 0 };
	const struct stella_error *err = session_trust(&trust, cmd);

	if (!err)
		err = stella_issuer_load(&issuer, trust, cmd->args[0]);
	if (!err || stella_error_is(err, STELLA_NOT_FOUND))
		err = find_pending(&pending, cmd, trust, cmd->args[0]);
	if (!err && (issuer || pending))
		err = tell_status(cmd, trust, issuer, pending);
	if (err)
		goto done;
	if (pending)
		stella_buf_put_str(&hint, "stella status, stella approve");
	else if (issuer)
		stella_buf_printf(&hint, "stella issuer trust %s --reason \"...\"", issuer->id);
	else
		stella_buf_put_str(&hint, "stella issuer list, stella issuer add");
	cmd->hint = keep(cmd, stella_buf_take_str(&hint));
	if (!issuer)
		err = stella_error(STELLA_NOT_FOUND, "issuer %s: not in the state in force", cmd->args[0]);
	else if (issuer->status != STELLA_ISSUER_TRUSTED)
		err = stella_error(STELLA_ISSUER_UNTRUSTED, "issuer not trusted: %s is %s", issuer->id,
			stella_issuer_status_name(issuer->status));
done:
	stella_buf_free(&hint);
	stella_proposal_free(pending);
	stella_issuer_free(issuer);
	return err;
}
