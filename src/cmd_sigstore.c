/* SPDX-License-Identifier: Apache-2.0 */
/* trust-anchors add --trusted-root, and remove for what it added: Sigstore roots as reviewed records. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "records.h"
#include "sys.h"

/* ---------------------------------------------------------------- what must vouch */

static const struct stella_error *set_threshold(struct stella_sigstore_root *root, const char *text)
{
	static const char *const names[] = { "logs=", "scts=", "times=" };
	unsigned *const places[] = { &root->logs, &root->scts, &root->times };

	for (size_t i = 0; i < 3; i++) {
		const char *number = text + strlen(names[i]);
		long value;

		if (strncmp(text, names[i], strlen(names[i])) != 0)
			continue;
		if (!parse_whole(&value, number, i == 2, STELLA_SIGSTORE_THRESHOLD_MAX))
			break;
		*places[i] = (unsigned)value;
		return NULL;
	}
	return stella_error(STELLA_USAGE, "--threshold %s: expected logs=N, scts=N (0 asks for none) or times=N (at least 1), "
		"up to %d", text, STELLA_SIGSTORE_THRESHOLD_MAX);
}

/* Logs whose keys differ and can be used. */
static unsigned count_logs(const struct stella_log *logs, size_t count)
{
	unsigned found = 0;

	for (size_t i = 0; i < count; i++) {
		bool is_new = logs[i].key != NULL;

		for (size_t k = 0; k < i && is_new; k++)
			is_new = !logs[k].key || !stella_pubkey_equal(logs[k].key, logs[i].key);
		found += is_new;
	}
	return found;
}

static const struct stella_error *check_one(const char *name, const char *what, unsigned asked, unsigned found)
{
	if (asked <= found)
		return NULL;
	return stella_error(STELLA_USAGE, "%u %s must vouch, and this trusted root holds %u: nothing would ever verify under it; "
		"--threshold %s=%u asks for fewer", asked, what, found, name, found);
}

/* What can never be met would only be found out by what does not verify. */
static const struct stella_error *check_thresholds(const struct stella_sigstore_root *root)
{
	const struct stella_trustroot *r = root->root;
	unsigned logs = count_logs(r->tlogs, r->tlog_count);
	const struct stella_error *err = check_one("logs", "transparency logs", root->logs, logs);

	if (!err && r->ca_count)
		err = check_one("scts", "CT logs", root->scts, count_logs(r->ctlogs, r->ctlog_count));
	return err ? err : check_one("times", "logs or timestamp authorities", root->times, logs + (unsigned)r->tsa_count);
}

/* ---------------------------------------------------------------- add */

/* The host of its CA, or of its log. */
static char *name_of(const struct stella_trustroot *root)
{
	const char *uri = root->ca_count ? root->cas[0].uri : NULL, *host;

	if (!uri && root->tlog_count)
		uri = root->tlogs[0].base_url;
	host = uri ? strstr(uri, "://") : NULL;
	return host ? stella_span_strdup(stella_span(host + 3, strcspn(host + 3, "/:?#"))) : NULL;
}

static const struct stella_error *read_given(struct stella_sigstore_root *root, struct stella_buf *file, struct cmd *cmd)
{
	const char *path = opts_get(cmd, "trusted-root"), *name = opts_get(cmd, "name");
	const struct stella_error *err = stella_sys_read(file, path, STELLA_TRUSTROOT_MAX);
	size_t count;
	const char *const *thresholds = opts_all(cmd, "threshold", &count);

	if (!err)
		err = stella_trustroot_parse(&root->root, stella_buf_span(file));
	if (err)
		return stella_error_prefix(stella_error_is(err, STELLA_POLICY_UNSUPPORTED) ?
			stella_error_recode(err, STELLA_MALFORMED) : err, "%s", path);
	root->sha256 = stella_sha256(stella_buf_span(file));
	root->name = name ? stella_strdup(name) : name_of(root->root);
	if (!root->name || !stella_id_valid(stella_span_str(root->name)))
		return stella_error(STELLA_USAGE, "--name %s: a name is [a-z0-9][a-z0-9._-]*, at most %d",
			root->name ? root->name : "is missing", STELLA_ID_MAX);
	root->logs = root->scts = root->times = 1;
	for (size_t i = 0; i < count && !err; i++)
		err = set_threshold(root, thresholds[i]);
	return err ? err : check_thresholds(root);
}

/* The same file under any name; another one under this name only as an update of it. */
static const struct stella_error *check_new(struct cmd *cmd, struct stella_trust *trust,
	const struct stella_sigstore_root *root)
{
	struct names names = { 0 };
	struct stella_buf text = { 0 };
	const struct stella_error *err = record_names(&names, trust, "sigstore/");
	bool update = opts_flag(cmd, "update");

	for (size_t i = 0; i < names.count && !err; i++) {
		struct stella_sigstore_root *other;

		if (update && !strcmp(names.items[i], root->name))
			continue;
		err = stella_sigstore_root_load(&other, trust, names.items[i]);
		if (!err && stella_sha256_equal(&other->sha256, &root->sha256))
			err = stella_error(STELLA_USAGE, "already there: this trusted root is \"%s\"", names.items[i]);
		stella_sigstore_root_free(other);
	}
	names_free(&names);
	if (err)
		return err;
	err = change_read(&text, cmd, record_path(cmd, "anchors/", root->name, ".json"));
	if (!err)
		err = stella_error(STELLA_USAGE, "already there: a certificate is called \"%s\"; choose another --name", root->name);
	if (stella_error_is(err, STELLA_NOT_FOUND))
		err = change_read(&text, cmd, record_path(cmd, "sigstore/", root->name, ".json"));
	if (!err && !update)
		err = stella_error(STELLA_USAGE, "already there: another trusted root is \"%s\": --update puts this one in its place",
			root->name);
	else if (stella_error_is(err, STELLA_NOT_FOUND))
		err = update ? stella_error(STELLA_NOT_FOUND, "--update: no Sigstore root \"%s\": see stella trust-anchors list",
			root->name) : NULL;
	stella_buf_free(&text);
	return err;
}

static bool any_holds(const struct stella_trustroot *root, int64_t now)
{
	for (size_t i = 0; i < root->ca_count; i++)
		if (stella_window_holds(&root->cas[i].window, now))
			return true;
	return false;
}

static const struct stella_error *commit_root(struct cmd *cmd, const struct stella_sigstore_root *root,
	struct stella_buf *file)
{
	struct stella_sigstore_root *parsed = NULL;
	struct stella_buf text = { 0 };
	struct change change = { 0 };
	char subject[128];
	const struct stella_error *err;

	stella_sigstore_root_print(&text, root);
	err = stella_sigstore_root_parse(&parsed, root->name, stella_buf_span(&text), stella_buf_span(file));
	if (err)
		goto done;
	if (root->root->ca_count && !any_holds(root->root, cmd->now))
		warn("%s: the windows of all its certificate authorities are over: it serves old signatures only", root->name);
	if (!cmd->json)
		say_sigstore_root(cmd, parsed);
	change_put(&change, record_path(cmd, "sigstore/", root->name, ".json"), &text);
	change_put(&change, record_path(cmd, "sigstore/", root->name, STELLA_SIGSTORE_ENDING), file);
	snprintf(subject, sizeof subject, "%s sigstore/%s", cmd->command->name, root->name);
	err = change_commit(cmd, &change, subject, root->reason);
done:
	if (err) /* then it is not what was just said */
		stella_buf_free(&cmd->out);
	stella_sigstore_root_free(parsed);
	change_free(&change);
	stella_buf_free(&text);
	return err;
}

const struct stella_error *sigstore_add(struct cmd *cmd)
{
	struct stella_sigstore_root *root = stella_alloc(sizeof *root);
	struct stella_buf file = { 0 };
	struct stella_trust *trust;
	const struct stella_error *err = NULL;

	if (opts_get(cmd, "cert") || opts_get(cmd, "expires"))
		err = stella_error(STELLA_USAGE, "--trusted-root stands alone: --cert and --expires are for certificates");
	if (!err)
		err = read_given(root, &file, cmd);
	if (!err)
		err = change_start(&trust, cmd);
	if (!err)
		err = check_new(cmd, trust, root);
	if (!err)
		err = session_reason(&root->reason, cmd, false);
	if (!err)
		err = commit_root(cmd, root, &file);
	stella_buf_free(&file);
	stella_sigstore_root_free(root);
	return err;
}

/* ---------------------------------------------------------------- show and remove */

const char *sigstore_name(struct cmd *cmd, struct stella_trust *trust, const char *name)
{
	bool whole = !strncmp(name, "sigstore/", 9);

	name += whole ? 9 : 0;
	if (!stella_id_valid(stella_span_str(name)))
		return NULL;
	if (whole)
		return name;
	return !stella_trust_has(trust, record_path(cmd, "anchors/", name, ".json")) &&
		stella_trust_has(trust, record_path(cmd, "sigstore/", name, ".json")) ? name : NULL;
}

static void warn_users(struct stella_trust *trust, const char *name)
{
	struct names names = { 0 };

	if (record_names(&names, trust, "issuers/"))
		return; /* only a warning is lost */
	for (size_t i = 0; i < names.count; i++) {
		struct stella_issuer *issuer;
		bool uses = false;

		if (stella_issuer_load(&issuer, trust, names.items[i]))
			continue;
		for (size_t k = 0; k < issuer->identity_count; k++)
			for (size_t a = 0; a < issuer->identities[k].sigstore_count; a++)
				uses |= !strcmp(issuer->identities[k].sigstore[a], name);
		if (uses)
			warn("issuer %s names this Sigstore root: its certificates under it will not verify any more", issuer->id);
		stella_issuer_free(issuer);
	}
	names_free(&names);
}

const struct stella_error *sigstore_remove(struct cmd *cmd, struct stella_trust *trust, const char *name)
{
	struct change change = { 0 };
	struct stella_buf text = { 0 };
	char *reason = NULL, subject[128];
	const char *path = record_path(cmd, "sigstore/", name, ".json");
	const struct stella_error *err = NULL;

	if (opts_get(cmd, "since"))
		err = stella_error(STELLA_USAGE, "--since: a Sigstore root says by itself until when each of its parts holds; "
			"stella trust-anchors add --trusted-root FILE --name %s --update", name);
	if (!err)
		err = change_read(&text, cmd, path);
	if (stella_error_is(err, STELLA_NOT_FOUND))
		err = stella_error(STELLA_NOT_FOUND, "no Sigstore root \"%s\": see stella trust-anchors list", name);
	if (!err)
		err = session_reason(&reason, cmd, false);
	if (!err) {
		warn_users(trust, name);
		change_remove(&change, path);
		change_remove(&change, record_path(cmd, "sigstore/", name, STELLA_SIGSTORE_ENDING));
		snprintf(subject, sizeof subject, "trust-anchors remove sigstore/%s", name);
		err = change_commit(cmd, &change, subject, reason);
	}
	free(reason);
	change_free(&change);
	stella_buf_free(&text);
	return err;
}
