/* SPDX-License-Identifier: Apache-2.0 */
/* trust-anchors replace and remove: one certificate takes over from another, or goes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "records.h"

const struct opt anchor_replace_opts[] = {
	{ "cert", 0, "FILE", "the new certificate, PEM or DER", NULL, false },
	{ "new", 0, "FILE", NULL, "cert", false },
	{ "name", 'n', "NAME", "what to call it (default: from the subject's common name)", NULL, false },
	{ "overlap", 0, "DAYSd", "how long the old one goes on to count (default 30d)", NULL, false },
	{ "expires", 0, "DATE|DAYSd", "trust the new one no longer than this", NULL, false },
	{ 0 }
};
const struct opt anchor_remove_opts[] = {
	{ "since", 0, "DATE", "keep it for what is proven to be signed before this", NULL, false },
	{ 0 }
};

/* ---------------------------------------------------------------- what both do */

/* The record as it stands on the branch. */
static const struct stella_error *read_old(struct stella_anchor **out, struct cmd *cmd, const char *name)
{
	struct stella_buf text = { 0 }, pem = { 0 };
	const struct stella_error *err;

	*out = NULL;
	err = change_read(&text, cmd, record_path(cmd, "anchors/", name, ".json"));
	if (!err)
		err = change_read(&pem, cmd, record_path(cmd, "anchors/", name, ".pem"));
	if (stella_error_is(err, STELLA_NOT_FOUND))
		err = stella_error(STELLA_NOT_FOUND, "no trust anchor \"%s\": see stella trust-anchors list", name);
	if (!err)
		err = stella_anchor_parse(out, name, stella_buf_span(&text), stella_buf_span(&pem));
	stella_buf_free(&text);
	stella_buf_free(&pem);
	return err;
}

static const struct stella_error *start(struct stella_trust **trust, struct cmd *cmd)
{
	*trust = NULL;
	if (strncmp(cmd->args[0], "sigstore/", 9) != 0 && !stella_id_valid(stella_span_str(cmd->args[0])))
		return stella_error(STELLA_USAGE, "\"%s\" is not the name of a trust anchor", cmd->args[0]);
	return change_start(trust, cmd);
}

static bool names_anchor(const struct stella_identity *identity, const char *name)
{
	for (size_t a = 0; a < identity->anchor_count; a++)
		if (!strcmp(identity->anchors[a], name))
			return true;
	return false;
}

static bool uses(const struct stella_issuer *issuer, const char *name)
{
	bool found = false;

	for (size_t k = 0; k < issuer->identity_count; k++)
		found |= names_anchor(&issuer->identities[k], name);
	return found;
}

/* ---------------------------------------------------------------- replace */

static const struct stella_error *narrow(struct cmd *cmd, struct stella_anchor *old)
{
	int64_t from, until, end;
	const struct stella_error *err = parse_overlap(&end, cmd);

	if (err)
		return err;
	stella_anchor_window(old, &from, &until);
	if (until <= cmd->now)
		return stella_error(STELLA_USAGE, "%s is over since %s: nothing is left to overlap; stella trust-anchors add",
			old->name, show_time(cmd, until));
	if (end < until)
		old->expires = end < from ? from : end;
	return NULL;
}

static void add_name(struct stella_identity *identity, const char *name)
{
	char **anchors = stella_alloc_array(identity->anchor_count + 1, sizeof *anchors);

	memcpy(anchors, identity->anchors, identity->anchor_count * sizeof *anchors);
	anchors[identity->anchor_count++] = stella_strdup(name);
	free(identity->anchors);
	identity->anchors = anchors;
}

/* Who names the old one names the new one too, or its certificates would not verify. */
static const struct stella_error *extend_issuers(struct change *change, struct cmd *cmd, struct stella_trust *trust,
	const char *old, const char *name)
{
	struct names names = { 0 };
	const struct stella_error *err = record_names(&names, trust, "issuers/");

	for (size_t i = 0; i < names.count && !err; i++) {
		const char *path = record_path(cmd, "issuers/", names.items[i], ".json");
		struct stella_buf text = { 0 }, printed = { 0 };
		struct stella_issuer *issuer = NULL;

		err = change_read(&text, cmd, path);
		if (!err)
			err = stella_issuer_parse(&issuer, names.items[i], stella_buf_span(&text));
		if (!err && uses(issuer, old)) {
			for (size_t k = 0; k < issuer->identity_count; k++)
				if (names_anchor(&issuer->identities[k], old))
					add_name(&issuer->identities[k], name);
			stella_issuer_print(&printed, issuer);
			change_put(change, path, &printed);
			if (!cmd->json)
				say(cmd, "issuer    %s: its identities under %s count under %s, too\n", show(cmd, issuer->id),
					show(cmd, old), show(cmd, name));
		}
		stella_issuer_free(issuer);
		stella_buf_free(&text);
		stella_buf_free(&printed);
	}
	names_free(&names);
	return err;
}

static const struct stella_error *put_replacement(struct change *change, struct cmd *cmd, struct stella_trust *trust,
	struct stella_anchor *old, struct stella_anchor *anchor)
{
	const struct stella_error *err = anchor_check(cmd, trust, anchor);

	if (!err)
		err = narrow(cmd, old);
	if (!err)
		err = session_reason(&anchor->reason, cmd, false);
	if (!err)
		err = anchor_put(change, cmd, anchor);
	if (!err)
		err = anchor_put(change, cmd, old);
	if (!err && !anchor->intermediate)
		err = extend_issuers(change, cmd, trust, old->name, anchor->name);
	return err;
}

const struct stella_error *cmd_anchor_replace(struct cmd *cmd)
{
	struct stella_anchor *old = NULL, *anchor = NULL;
	struct stella_trust *trust;
	struct change change = { 0 };
	char subject[192];
	const struct stella_error *err = start(&trust, cmd);

	if (!err)
		err = read_old(&old, cmd, cmd->args[0]);
	if (!err)
		err = anchor_given(&anchor, cmd, old->intermediate);
	if (!err)
		err = put_replacement(&change, cmd, trust, old, anchor);
	if (!err) {
		snprintf(subject, sizeof subject, "trust-anchors replace %s by %s", old->name, anchor->name);
		err = change_commit(cmd, &change, subject, anchor->reason);
	}
	if (err) /* then it is not what was just said */
		stella_buf_free(&cmd->out);
	change_free(&change);
	stella_anchor_free(anchor);
	stella_anchor_free(old);
	return err;
}

/* ---------------------------------------------------------------- remove */

/* An identity that no anchor is left for matches nothing from then on. */
static void warn_users(struct stella_trust *trust, const char *name)
{
	struct names names = { 0 };

	if (record_names(&names, trust, "issuers/"))
		return; /* only a warning is lost */
	for (size_t i = 0; i < names.count; i++) {
		struct stella_issuer *issuer;

		if (stella_issuer_load(&issuer, trust, names.items[i]))
			continue;
		if (uses(issuer, name))
			warn("issuer %s names this anchor: its certificates under it will not verify any more", issuer->id);
		stella_issuer_free(issuer);
	}
	names_free(&names);
}

/* From a time on: its window ends just before. */
static const struct stella_error *end_before(struct cmd *cmd, struct stella_anchor *old, const char *since)
{
	int64_t from, until, end;
	const struct stella_error *err = parse_date(&end, "since", since);

	if (err)
		return err;
	stella_anchor_window(old, &from, &until);
	if (end <= from)
		return stella_error(STELLA_USAGE, "--since %s: nothing of its window is before that (from %s); "
			"remove it without --since", since, show_time(cmd, from));
	if (end > until)
		return stella_error(STELLA_USAGE, "--since %s: it ends before that (%s)", since, show_time(cmd, until));
	old->expires = end - 1;
	return NULL;
}

const struct stella_error *cmd_anchor_remove(struct cmd *cmd)
{
	const char *name = cmd->args[0], *since = opts_get(cmd, "since");
	struct stella_anchor *old = NULL;
	struct change change = { 0 };
	struct stella_trust *trust;
	char *reason = NULL, subject[128];
	const struct stella_error *err = start(&trust, cmd);

	if (!err && sigstore_name(cmd, trust, name))
		return sigstore_remove(cmd, trust, sigstore_name(cmd, trust, name));
	if (!err)
		err = read_old(&old, cmd, name);
	if (!err && since)
		err = end_before(cmd, old, since);
	if (!err)
		err = session_reason(&reason, cmd, false);
	if (err)
		goto done;
	warn_users(trust, name);
	if (since) {
		free(old->reason);
		old->reason = stella_strdup(reason);
		err = anchor_put(&change, cmd, old);
	} else {
		change_remove(&change, record_path(cmd, "anchors/", name, ".json"));
		change_remove(&change, record_path(cmd, "anchors/", name, ".pem"));
	}
	snprintf(subject, sizeof subject, "trust-anchors remove %s%s%.32s", name, since ? " since " : "", since ? since : "");
	if (!err)
		err = change_commit(cmd, &change, subject, reason);
done:
	free(reason);
	change_free(&change);
	stella_anchor_free(old);
	return err;
}
