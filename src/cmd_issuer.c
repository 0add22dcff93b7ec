/* SPDX-License-Identifier: Apache-2.0 */
/* issuer: who may attest; added as a proposal, then trusted, suspended or revoked for a reason. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "records.h"
#include "url.h"

const struct opt issuer_add_opts[] = {
	{ "name", 'n', "TEXT", "what people call it", NULL, false },
	{ "identity", 0, "TYPE:VALUE", "a certificate's identity that is this issuer: email:a@b, uri:..., dns:..., "
		"othername:...; may be repeated", NULL, true },
	{ "certificate-identity", 0, "TEXT", "the same for an email or URI, which are told apart", NULL, true },
	{ "cert-identity", 0, "TEXT", NULL, "certificate-identity", true },
	{ "certificate-identity-pattern", 0, "URI", "URIs, '*' behind the host for anything but / and @; may be repeated", NULL, true },
	{ "certificate-identity-regexp", 0, "REGEXP", NULL, NULL, true },
	{ "cert-identity-regex", 0, "REGEXP", NULL, "certificate-identity-regexp", true },
	{ "certificate-oidc-issuer", 0, "URL", "who says that the identities are the signer's, exactly", NULL, false },
	{ "cert-oidc-issuer", 0, "URL", NULL, "certificate-oidc-issuer", false },
	{ "extension", 0, "NAME=VALUE", "what Fulcio must have written beside: source_repository_uri=..., "
		"runner_environment=...; may be repeated", NULL, true },
	{ "identity-anchor", 0, "NAME", "a trust anchor that may assert the identities; may be repeated", NULL, true },
	{ "sigstore", 0, "NAME", "a Sigstore root that may assert the identities; may be repeated", NULL, true },
	{ "predicate-type", 0, "NAME|URI", "what it may attest (default: everything); may be repeated", NULL, true },
	{ "type", 0, "NAME|URI", NULL, "predicate-type", true },
	{ "subject", 0, "PATTERN", "what it may attest about, '*' within one component; may be repeated", NULL, true },
	{ "key-directory", 0, "URL", "where it publishes its keys: https://... or file:///...", NULL, false },
	{ "key-directory-pin", 0, "KEYID", "the key of that server: SHA-256 of its SubjectPublicKeyInfo", NULL, false },
	{ 0 }
};
const struct opt issuer_stop_opts[] = {
	{ "since", 0, "DATE", "what is proven to be signed before this stays (default: nothing does)", NULL, false },
	{ 0 }
};

/* ---------------------------------------------------------------- the record, read and written */

static const struct stella_error *check_id(const char *id)
{
	return stella_id_valid(stella_span_str(id)) ? NULL :
		stella_error(STELLA_USAGE, "\"%s\": the id of an issuer is [a-z0-9][a-z0-9._-]*, at most %d", id, STELLA_ID_MAX);
}

static const struct stella_error *read_issuer(struct stella_issuer **out, struct cmd *cmd, const char *id)
{
	struct stella_buf text = { 0 };
	const struct stella_error *err;

	*out = NULL;
	err = change_read(&text, cmd, record_path(cmd, "issuers/", id, ".json"));
	if (!err)
		err = stella_issuer_parse(out, id, stella_buf_span(&text));
	stella_buf_free(&text);
	return err;
}

/* What is written must be what a verifier will read. */
static const struct stella_error *commit_issuer(struct cmd *cmd, const struct stella_issuer *issuer)
{
	struct stella_buf text = { 0 };
	struct stella_issuer *parsed = NULL;
	struct change change = { 0 };
	char subject[128];
	const struct stella_error *err;

	stella_issuer_print(&text, issuer);
	err = stella_issuer_parse(&parsed, issuer->id, stella_buf_span(&text));
	if (err) {
		err = stella_error_recode(stella_error_prefix(err, "the record would not be valid"), STELLA_USAGE);
		goto done;
	}
	change_put(&change, record_path(cmd, "issuers/", issuer->id, ".json"), &text);
	snprintf(subject, sizeof subject, "%s %s", cmd->command->name, issuer->id);
	if (!cmd->json)
		say(cmd, "issuer    %s: %s\n", show(cmd, issuer->id), stella_issuer_status_name(issuer->status));
	err = change_commit(cmd, &change, subject, issuer->reason);
	if (err) /* then it is not what was just said */
		stella_buf_free(&cmd->out);
done:
	stella_issuer_free(parsed);
	change_free(&change);
	stella_buf_free(&text);
	return err;
}

/* ---------------------------------------------------------------- add */

static const struct stella_error *set_limits(struct cmd *cmd, struct stella_issuer *issuer)
{
	size_t count;
	const char *const *types = opts_all(cmd, "predicate-type", &count), *const *subjects;
	const char *directory = opts_get(cmd, "key-directory"), *name = opts_get(cmd, "name"), *uri;
	const struct stella_error *err;
	struct stella_url url;

	issuer->predicate_types = stella_alloc_array(count, sizeof *issuer->predicate_types);
	for (size_t i = 0; i < count; i++) {
		err = parse_type(&uri, "predicate-type", types[i]);
		if (err)
			return err;
		issuer->predicate_types[issuer->predicate_type_count++] = stella_strdup(uri);
	}
	subjects = opts_all(cmd, "subject", &issuer->subject_count);
	issuer->subjects = copy_texts(subjects, issuer->subject_count);
	err = directory ? stella_url_parse(&url, directory) : NULL;
	if (err)
		return stella_error_recode(stella_error_prefix(err, "--key-directory"), STELLA_USAGE);
	issuer->key_directory = stella_strdup(directory);
	issuer->key_directory_pin = stella_strdup(opts_get(cmd, "key-directory-pin"));
	issuer->name = stella_strdup(name);
	return NULL;
}

const struct stella_error *cmd_issuer_add(struct cmd *cmd)
{
	struct stella_issuer *issuer = NULL;
	struct stella_trust *trust;
	const struct stella_error *err = check_id(cmd->args[0]);

	if (!err)
		err = change_start(&trust, cmd);
	if (err)
		return err;
	err = read_issuer(&issuer, cmd, cmd->args[0]);
	if (!err)
		err = stella_error(STELLA_USAGE, "already there: issuer %s is %s: see stella issuer show %s", issuer->id,
			stella_issuer_status_name(issuer->status), issuer->id);
	else if (stella_error_is(err, STELLA_NOT_FOUND))
		err = NULL;
	stella_issuer_free(issuer);
	if (err)
		return err;
	issuer = stella_alloc(sizeof *issuer);
	issuer->id = stella_strdup(cmd->args[0]);
	issuer->status = STELLA_ISSUER_PROPOSED;
	err = issuer_identities(issuer, cmd);
	if (!err)
		err = set_limits(cmd, issuer);
	if (!err)
		err = session_reason(&issuer->reason, cmd, false);
	if (!err)
		err = commit_issuer(cmd, issuer);
	if (!err && !cmd->json)
		say(cmd, "next      stella trust-anchors add-key --key FILE --issuer %s, then stella issuer trust %s "
			"--reason \"...\"\n", issuer->id, issuer->id);
	stella_issuer_free(issuer);
	return err;
}

/* ---------------------------------------------------------------- trust, suspend, revoke */

static bool has_key(struct stella_trust *trust, const char *issuer)
{
	struct names names = { 0 };
	bool found = false;

	if (record_names(&names, trust, "keys/"))
		return true; /* only the warning below is lost */
	for (size_t i = 0; i < names.count && !found; i++) {
		struct stella_key *key;

		if (!stella_key_load(&key, trust, names.items[i]))
			found = !strcmp(key->issuer, issuer) && key->status == STELLA_KEY_ACTIVE;
		stella_key_free(key);
	}
	names_free(&names);
	return found;
}

static void warn_empty(struct stella_trust *trust, const struct stella_issuer *issuer)
{
	if (issuer->status == STELLA_ISSUER_REVOKED)
		warn("issuer %s was revoked: %s", issuer->id, issuer->reason);
	if (!issuer->identity_count && !has_key(trust, issuer->id))
		warn("issuer %s has neither a key in force nor an identity: stella trust-anchors add-key --key FILE --issuer %s",
			issuer->id, issuer->id);
}

/* Until when it was trusted; one that never was has no such time. */
static const struct stella_error *set_since(struct cmd *cmd, struct stella_issuer *issuer, enum stella_issuer_status status)
{
	const char *since = status == STELLA_ISSUER_TRUSTED ? NULL : opts_get(cmd, "since");
	int64_t time = STELLA_TIME_NONE;
	const struct stella_error *err = since ? parse_date(&time, "since", since) : NULL;
	bool was_trusted = issuer->status == STELLA_ISSUER_TRUSTED || issuer->since != STELLA_TIME_NONE;

	if (err)
		return err;
	if (issuer->status == status && (time == STELLA_TIME_NONE || issuer->since == STELLA_TIME_NONE || time >= issuer->since))
		return stella_error(STELLA_USAGE, "issuer %s is %s already: %s", issuer->id, stella_issuer_status_name(status),
			issuer->reason);
	if (since && !was_trusted)
		return stella_error(STELLA_USAGE, "--since: issuer %s is %s, so nothing of it stays", issuer->id,
			stella_issuer_status_name(issuer->status));
	if (since && issuer->status != STELLA_ISSUER_TRUSTED && time > issuer->since)
		return stella_error(STELLA_USAGE, "--since %s: issuer %s is %s since %s, before that", since, issuer->id,
			stella_issuer_status_name(issuer->status), show_time(cmd, issuer->since));
	issuer->since = time;
	return NULL;
}

static const struct stella_error *set_status(struct cmd *cmd, enum stella_issuer_status status)
{
	const char *id = cmd->args[0];
	struct stella_issuer *issuer = NULL;
	struct stella_trust *trust;
	char *reason = NULL;
	const struct stella_error *err = check_id(id);

	if (!err) /* asked for before anything else, so that it is never the last thing to be missing */
		err = session_reason(&reason, cmd, true);
	if (!err)
		err = change_start(&trust, cmd);
	if (err)
		goto done;
	err = read_issuer(&issuer, cmd, id);
	if (stella_error_is(err, STELLA_NOT_FOUND)) {
		cmd->hint = "stella issuer list, stella issuer add";
		err = stella_error(STELLA_NOT_FOUND, "no issuer \"%s\": stella issuer add %s comes first", id, id);
	}
	if (!err)
		err = set_since(cmd, issuer, status);
	if (err)
		goto done;
	if (status == STELLA_ISSUER_TRUSTED)
		warn_empty(trust, issuer);
	issuer->status = status;
	free(issuer->reason);
	issuer->reason = reason;
	reason = NULL;
	err = commit_issuer(cmd, issuer);
done:
	free(reason);
	stella_issuer_free(issuer);
	return err;
}

const struct stella_error *cmd_issuer_trust(struct cmd *cmd)
{
	return set_status(cmd, STELLA_ISSUER_TRUSTED);
}

const struct stella_error *cmd_issuer_suspend(struct cmd *cmd)
{
	return set_status(cmd, STELLA_ISSUER_SUSPENDED);
}

const struct stella_error *cmd_issuer_revoke(struct cmd *cmd)
{
	return set_status(cmd, STELLA_ISSUER_REVOKED);
}
