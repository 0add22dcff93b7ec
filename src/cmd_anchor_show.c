/* SPDX-License-Identifier: Apache-2.0 */
/* trust-anchors list and show: certificates, Sigstore roots and keys that are in force, and how long they hold. */
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "encode.h"
#include "records.h"

static struct stella_json *json_anchor(struct cmd *cmd, const struct stella_anchor *anchor)
{
	struct stella_json *object = stella_json_new_object();
	int64_t from, until;

	stella_anchor_window(anchor, &from, &until);
	stella_json_set_text(object, "name", anchor->name);
	stella_json_set_text(object, "kind", anchor->intermediate ? "intermediate" : "root");
	stella_json_set(object, "sha256", json_id(stella_cert_fingerprint(anchor->cert)));
	stella_json_set(object, "subject", json_text(stella_cert_subject(anchor->cert)));
	stella_json_set(object, "issuer", json_text(stella_cert_issuer(anchor->cert)));
	json_window(cmd, object, from, until);
	stella_json_set(object, "reason", json_text(anchor->reason));
	return object;
}

void say_anchor(struct cmd *cmd, const struct stella_anchor *anchor)
{
	int64_t from, until;

	stella_anchor_window(anchor, &from, &until);
	say(cmd, "anchor  %s  %s, %s\n        sha256 %s  %s\n", show(cmd, anchor->name),
		anchor->intermediate ? "intermediate" : "root", show_window(cmd, from, until),
		show_id(cmd, stella_cert_fingerprint(anchor->cert)), show(cmd, stella_cert_subject(anchor->cert)));
}

/* A record that cannot be read hides no other one, and is the answer's exit status. */
static void list_unreadable(struct cmd *cmd, const char *kind, const char *name, const struct stella_error *err,
	struct stella_json *array)
{
	struct stella_json *object;

	if (!array) {
		say(cmd, "%-7s %s  UNREADABLE: %s\n", kind, show(cmd, name), show(cmd, err->message));
		return;
	}
	object = stella_json_add(array, stella_json_new_object());
	stella_json_set_text(object, !strcmp(kind, "key") ? "id" : "name", name);
	stella_json_set(object, "error", json_error(err, NULL));
}

static const struct stella_error *list_anchors(struct cmd *cmd, struct stella_trust *trust, struct stella_json *array,
	size_t *count, struct stella_error *bad)
{
	struct names names = { 0 };
	const struct stella_error *err = record_names(&names, trust, "anchors/");

	for (size_t i = 0; i < names.count && !err; i++) {
		struct stella_anchor *anchor;
		const struct stella_error *one = stella_anchor_load(&anchor, trust, names.items[i]);

		if (one) {
			*bad = *one;
			list_unreadable(cmd, "anchor", names.items[i], one, array);
		} else if (array) {
			stella_json_add(array, json_anchor(cmd, anchor));
		} else {
			say_anchor(cmd, anchor);
		}
		stella_anchor_free(anchor);
	}
	*count += names.count;
	names_free(&names);
	return err;
}

static const struct stella_error *list_roots(struct cmd *cmd, struct stella_trust *trust, struct stella_json *array,
	size_t *count, struct stella_error *bad)
{
	struct names names = { 0 };
	const struct stella_error *err = record_names(&names, trust, "sigstore/");

	for (size_t i = 0; i < names.count && !err; i++) {
		struct stella_sigstore_root *root;
		const struct stella_error *one = stella_sigstore_root_load(&root, trust, names.items[i]);

		if (one) {
			*bad = *one;
			list_unreadable(cmd, "sigstore", names.items[i], one, array);
		} else if (array) {
			stella_json_add(array, json_sigstore_root(cmd, root));
		} else {
			say_sigstore_root(cmd, root);
		}
		stella_sigstore_root_free(root);
	}
	*count += names.count;
	names_free(&names);
	return err;
}

static const struct stella_error *list_keys(struct cmd *cmd, struct stella_trust *trust, struct stella_json *array,
	size_t *count, struct stella_error *bad)
{
	struct names names = { 0 };
	const struct stella_error *err = record_names(&names, trust, "keys/");

	for (size_t i = 0; i < names.count && !err; i++) {
		struct stella_key *key;
		const struct stella_error *one = stella_key_load(&key, trust, names.items[i]);

		if (one) {
			*bad = *one;
			list_unreadable(cmd, "key", names.items[i], one, array);
		} else if (array) {
			stella_json_add(array, json_key(cmd, key));
		} else {
			say_key_line(cmd, key);
		}
		stella_key_free(key);
	}
	*count += names.count;
	names_free(&names);
	return err;
}

const struct stella_error *cmd_anchor_list(struct cmd *cmd)
{
	struct stella_json *object = NULL, *anchors = NULL, *roots = NULL, *keys = NULL;
	struct stella_error bad = { 0 };
	struct stella_trust *trust;
	size_t count = 0;
	const struct stella_error *err = session_trust(&trust, cmd);

	if (err)
		return err;
	if (cmd->json) {
		object = stella_json_new_object();
		stella_json_set(object, "state", json_state(trust->state));
		anchors = stella_json_set(object, "anchors", stella_json_new_array());
		roots = stella_json_set(object, "sigstore", stella_json_new_array());
		keys = stella_json_set(object, "keys", stella_json_new_array());
	}
	err = list_anchors(cmd, trust, anchors, &count, &bad);
	if (!err)
		err = list_roots(cmd, trust, roots, &count, &bad);
	if (!err)
		err = list_keys(cmd, trust, keys, &count, &bad);
	if (err) {
		stella_json_free(object);
		return err;
	}
	if (object)
		say_json(cmd, "trust-anchors", object);
	else if (!count)
		say(cmd, "no trust anchors and no keys are in force: stella trust-anchors add --cert FILE, "
			"or add-key --key FILE --issuer ID\n");
	return *bad.message ? stella_error(bad.code, "%s", bad.message) : NULL;
}

static const struct stella_error *show_root(struct cmd *cmd, struct stella_trust *trust, const char *name)
{
	const char *path = record_path(cmd, "sigstore/", name, ".json");
	struct stella_sigstore_root *root;
	const struct stella_error *err = stella_sigstore_root_load(&root, trust, name);

	if (!err && cmd->json) {
		err = say_json_since(cmd, "sigstore-root", json_sigstore_root(cmd, root), trust, path);
	} else if (!err) {
		say_sigstore_root(cmd, root);
		say(cmd, "reason\n");
		say_lines(cmd, 2, root->reason);
		err = say_since(cmd, trust, path, 0);
	}
	stella_sigstore_root_free(root);
	return err;
}

const struct stella_error *cmd_anchor_show(struct cmd *cmd)
{
	struct stella_anchor *anchor = NULL;
	struct stella_buf pem = { 0 };
	struct stella_json *object;
	struct stella_trust *trust;
	const char *path = record_path(cmd, "anchors/", cmd->args[0], ".json");
	const struct stella_error *err = session_trust(&trust, cmd);

	if (!err && sigstore_name(cmd, trust, cmd->args[0]))
		return show_root(cmd, trust, sigstore_name(cmd, trust, cmd->args[0]));
	if (!err)
		err = stella_anchor_load(&anchor, trust, cmd->args[0]);
	if (err)
		goto done;
	stella_pem_print(&pem, "CERTIFICATE", stella_cert_der(anchor->cert));
	if (cmd->json) {
		object = json_anchor(cmd, anchor);
		stella_json_set(object, "pem", stella_json_new_text_span(stella_buf_span(&pem)));
		err = say_json_since(cmd, "trust-anchor", object, trust, path);
		goto done;
	}
	say_anchor(cmd, anchor);
	say(cmd, "issued by  %s\nreason\n", show(cmd, stella_cert_issuer(anchor->cert)));
	say_lines(cmd, 2, anchor->reason);
	err = say_since(cmd, trust, path, 0);
	if (!err && cmd->verbose)
		stella_buf_put_span(&cmd->out, stella_buf_span(&pem));
done:
	stella_buf_free(&pem);
	stella_anchor_free(anchor);
	return err;
}
