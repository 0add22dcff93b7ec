/* SPDX-License-Identifier: Apache-2.0 */
/* gate add: a record made of the options, or of a file. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "gates.h"
#include "sys.h"

#define GATE_FILE_MAX (1u << 20)

const struct opt gate_add_opts[] = {
	{ "file", 0, "FILE", "the whole gate as a record (stella-records(5)), instead of the options below", NULL, false },
	{ "require", 'r', "NAME", "name of the requirement (default: that of the gate)", NULL, false },
	{ "type", 't', "NAME|URI", "it counts only this predicate type; may be repeated", NULL, true },
	{ "predicate-type", 0, "NAME|URI", NULL, "type", true },
	{ "issuer", 'i', "ID", "signed by one of these; may be repeated", NULL, true },
	{ "signers", 0, "[TEAM=]K:ID,ID...", "signed by K of these issuers; may be repeated, then all are needed", NULL, true },
	{ "max-age", 0, "AGE", "at most so old by a verified time: 30d, 12h", NULL, false },
	{ "subject", 0, "PATTERN", "what the artifact must be called; may be repeated", NULL, true },
	{ "builder-id", 0, "PATTERN", "SLSA provenance by this builder; may be repeated", NULL, true },
	{ "source-uri", 0, "PATTERN", "SLSA provenance from this repository; may be repeated", NULL, true },
	{ "source-ref", 0, "PATTERN", "SLSA provenance from this branch or tag; may be repeated", NULL, true },
	{ "verifier-id", 0, "PATTERN", "a verification summary by this verifier; may be repeated", NULL, true },
	{ "verified-level", 0, "LEVEL", "a verification summary of this level or a higher one; may be repeated", NULL, true },
	{ "resource-uri", 0, "PATTERN", "a verification summary about this resource; may be repeated", NULL, true },
	{ 0 }
};

/* ---------------------------------------------------------------- a record of the options */

static void add_texts(struct stella_json *v, struct cmd *cmd, const char *name, const char *option)
{
	size_t count;
	const char *const *given = opts_all(cmd, option, &count);
	struct stella_json *list = count ? stella_json_set(v, name, stella_json_new_array()) : NULL;

	for (size_t i = 0; i < count; i++)
		stella_json_add(list, stella_json_new_text(given[i]));
}

static struct stella_json *add_signer(struct stella_json *r)
{
	struct stella_json *list = stella_json_edit(r, "signers");

	if (!list)
		list = stella_json_set(r, "signers", stella_json_new_array());
	return stella_json_add(list, stella_json_new_object());
}

/* "[TEAM=]K:ID,ID..." */
static const struct stella_error *add_signers(struct stella_json *r, const char *text)
{
	const char *equals = strchr(text, '='), *number = equals ? equals + 1 : text, *at;
	size_t digits = strspn(number, "0123456789");
	struct stella_json *one, *ids;
	char *word;

	if (!digits || digits > 4 || number[digits] != ':' || equals == text)
		return stella_error(STELLA_USAGE, "--signers %.200s: expected [TEAM=]K:ID,ID...", text);
	one = add_signer(r);
	stella_json_set_int(one, "count", strtol(number, NULL, 10));
	if (equals) {
		word = stella_span_strdup(stella_span(text, (size_t)(equals - text)));
		stella_json_set_text(one, "team", word);
		free(word);
	}
	ids = stella_json_set(one, "issuers", stella_json_new_array());
	for (at = number + digits + 1;; at++) {
		size_t size = strcspn(at, ",");

		word = stella_span_strdup(stella_span(at, size));
		stella_json_add(ids, stella_json_new_text(word));
		free(word);
		at += size;
		if (!*at)
			return NULL;
	}
}

static struct stella_json *part_of(struct stella_json *r, struct cmd *cmd, const char *name, const char *const (*options)[2])
{
	struct stella_json *part = stella_json_new_object();
	bool any = false;

	for (; (*options)[0]; options++) {
		any |= opts_get(cmd, (*options)[1]) != NULL;
		add_texts(part, cmd, (*options)[0], (*options)[1]);
	}
	if (any)
		return stella_json_set(r, name, part);
	stella_json_free(part);
	return NULL;
}

static const struct stella_error *requirement_given(struct stella_json *r, struct cmd *cmd)
{
	static const char *const slsa[][2] = { { "builders", "builder-id" }, { "repositories", "source-uri" }, { "refs", "source-ref" },
		{ NULL, NULL } };
	static const char *const vsa[][2] = { { "verifiers", "verifier-id" }, { "levels", "verified-level" },
		{ "resources", "resource-uri" }, { NULL, NULL } };
	size_t count;
	const char *const *signers = opts_all(cmd, "signers", &count), *name = opts_get(cmd, "require");
	const struct stella_error *err = NULL;

	stella_json_set_text(r, "name", name ? name : cmd->args[0]);
	add_texts(r, cmd, "predicate_types", "type");
	add_texts(r, cmd, "subjects", "subject");
	if (opts_get(cmd, "issuer")) {
		struct stella_json *one = add_signer(r);

		stella_json_set_int(one, "count", 1);
		add_texts(one, cmd, "issuers", "issuer");
	}
	for (size_t i = 0; i < count && !err; i++)
		err = add_signers(r, signers[i]);
	if (opts_get(cmd, "max-age"))
		stella_json_set_text(r, "max_age", opts_get(cmd, "max-age"));
	part_of(r, cmd, "slsa", slsa);
	part_of(r, cmd, "vsa", vsa);
	return err;
}

/* The gate as it stands on the branch, with this requirement instead of one of its name, or behind. */
static const struct stella_error *gate_of_options(struct stella_json **out, struct cmd *cmd, const struct stella_json *before)
{
	const struct stella_json *list = before ? stella_json_find(before, "requirements") : NULL;
	struct stella_json *doc = stella_json_new_object(), *requirements, *mine = stella_json_new_object();
	const struct stella_error *err = requirement_given(mine, cmd);
	bool placed = false;

	stella_json_set_int(doc, "version", 1);
	requirements = stella_json_set(doc, "requirements", stella_json_new_array());
	for (size_t i = 0; i < stella_json_count(list); i++) {
		const char *name = "", *own = stella_json_text(stella_json_find(mine, "name"));

		if (stella_json_want_text(&name, stella_json_at(list, i), "name") || !name)
			name = "";
		if (!strcmp(name, own))
			stella_json_add(requirements, stella_json_copy(mine));
		else
			stella_json_add(requirements, stella_json_copy(stella_json_at(list, i)));
		placed |= !strcmp(name, own);
	}
	if (placed)
		stella_json_free(mine);
	else
		stella_json_add(requirements, mine);
	*out = doc;
	return err;
}

static bool any_option(struct cmd *cmd)
{
	for (const struct opt *opt = gate_add_opts + 1; opt->name; opt++)
		if (!opt->alias_of && opts_get(cmd, opt->name))
			return true;
	return false;
}

static const struct stella_error *read_document(struct stella_json **out, struct stella_span text, const char *where)
{
	const struct stella_error *err = stella_json_parse(out, text);

	if (!err && stella_json_type(*out) != STELLA_JSON_OBJECT) {
		stella_json_free(*out);
		*out = NULL;
		err = stella_error(STELLA_MALFORMED, "not a JSON object");
	}
	return err ? stella_error_prefix(err, "%s", where) : NULL;
}

/* The document that the file or the options ask for. */
static const struct stella_error *gate_given(struct stella_json **out, struct cmd *cmd)
{
	const char *file = opts_get(cmd, "file"), *path = record_path(cmd, "gates/", cmd->args[0], ".json");
	struct stella_json *before = NULL;
	struct stella_buf text = { 0 };
	const struct stella_error *err;

	*out = NULL;
	if (file && any_option(cmd))
		return stella_error(STELLA_USAGE, "--file is the whole gate: no other option beside it");
	if (!file && !any_option(cmd))
		return stella_error(STELLA_USAGE, "what does it need: --type, --issuer, --signers, ... or --file FILE");
	err = file ? stella_sys_read(&text, file, GATE_FILE_MAX) : change_read(&text, cmd, path);
	if (file && !err)
		err = read_document(out, stella_buf_span(&text), file);
	else if (!file && !err)
		err = read_document(&before, stella_buf_span(&text), path);
	if (!file && stella_error_is(err, STELLA_NOT_FOUND))
		err = NULL;
	if (!file && !err)
		err = gate_of_options(out, cmd, before);
	stella_json_free(before);
	stella_buf_free(&text);
	return err;
}

/* Who is asked for and not there would keep every artifact out. */
static void warn_unknown(struct cmd *cmd, struct stella_trust *trust, const struct stella_gate *gate)
{
	for (size_t i = 0; i < gate->requirement_count; i++) {
		const struct stella_requirement *r = &gate->requirements[i];

		for (size_t s = 0; s < r->signer_count; s++)
			for (size_t k = 0; k < r->signers[s].issuers.count; k++)
				if (!stella_trust_has(trust, record_path(cmd, "issuers/", r->signers[s].issuers.items[k], ".json")))
					warn("requirement %s: no issuer %s is in force", r->name, r->signers[s].issuers.items[k]);
		if (r->max_age)
			warn("requirement %s: --max-age counts only attestations with a verified time", r->name);
	}
}

static const struct stella_error *commit_gate(struct cmd *cmd, struct stella_trust *trust, struct stella_json *doc,
	const char *reason)
{
	const char *name = cmd->args[0];
	struct stella_buf text = { 0 };
	struct stella_gate *gate;
	struct change change = { 0 };
	char subject[128];
	const struct stella_error *err;

	stella_json_set(doc, "reason", json_text(reason));
	stella_json_print(&text, doc, STELLA_JSON_RECORD);
	err = stella_gate_parse(&gate, name, stella_buf_span(&text));
	stella_buf_free(&text);
	if (err) /* of a file it is the file, of options the command line that is wrong */
		return opts_get(cmd, "file") ? err : stella_error_recode(err, STELLA_USAGE);
	warn_unknown(cmd, trust, gate);
	stella_gate_print(&text, gate);
	change_put(&change, record_path(cmd, "gates/", name, ".json"), &text);
	snprintf(subject, sizeof subject, "gate add %s", name);
	if (!cmd->json) {
		say(cmd, "gate      %s\n", show(cmd, name));
		for (size_t i = 0; i < gate->requirement_count; i++)
			say_gate_requirement(cmd, &gate->requirements[i]);
	}
	err = change_commit(cmd, &change, subject, reason);
	if (err) /* then it is not what was just said */
		stella_buf_free(&cmd->out);
	change_free(&change);
	stella_gate_free(gate);
	return err;
}

const struct stella_error *cmd_gate_add(struct cmd *cmd)
{
	struct stella_json *doc = NULL;
	struct stella_trust *trust;
	char *reason = NULL;
	const struct stella_error *err = gate_check_name(cmd->args[0]);

	if (!err)
		err = change_start(&trust, cmd);
	if (!err)
		err = gate_given(&doc, cmd);
	if (!err)
		err = session_reason(&reason, cmd, false);
	if (!err)
		err = commit_gate(cmd, trust, doc, reason);
	free(reason);
	stella_json_free(doc);
	return err;
}
