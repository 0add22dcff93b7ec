/* SPDX-License-Identifier: Apache-2.0 */
/* attest import and export: attestations as other tools write and read them.  Nothing is trusted for being stored. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "sys.h"

#define IMPORT_FILE_MAX (256u << 20)

const struct opt attest_export_opts[] = {
	{ "out", 0, "FILE", "write it there instead of printing it", NULL, false },
	{ "attestation", 0, "ID", "the attestation, if not given as argument", NULL, false },
	{ 0 }
};

/* ---------------------------------------------------------------- shared */

const struct stella_error *attestation_named(const char **out, struct cmd *cmd)
{
	const char *option = opts_get(cmd, "attestation"), *argument = cmd->arg_count ? cmd->args[0] : NULL;

	*out = option ? option : argument;
	if (option && argument)
		return stella_error(STELLA_USAGE, "two attestations: --attestation %s and %s", option, argument);
	return *out ? NULL : stella_error(STELLA_USAGE, "which attestation: stella %s <attestation-id>", cmd->command->name);
}

static void put_clean(struct stella_buf *out, const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text >= ' ' && *text != '<' && *text != '>' && *text != 127)
			stella_buf_put_u8(out, (uint8_t)*text);
}

/* git's user; a build machine often has none, and this commit proves nothing. */
static const struct stella_error *find_author(const char **out, struct cmd *cmd, struct stella_repo *repo)
{
	char *name = NULL, *mail = NULL;
	struct stella_buf who = { 0 };
	const char *level;
	const struct stella_error *err = stella_repo_config(&name, &level, repo, "user.name");

	if (!err)
		err = stella_repo_config(&mail, &level, repo, "user.email");
	put_clean(&who, name && *name ? name : "stella");
	stella_buf_put_str(&who, " <");
	put_clean(&who, mail && *mail ? mail : "stella@localhost");
	stella_buf_put_str(&who, ">");
	*out = keep(cmd, stella_buf_take_str(&who));
	free(name);
	free(mail);
	return err;
}

const struct stella_error *store_add(size_t *added, struct cmd *cmd, struct stella_evidence *const *items, size_t count,
	const char *message)
{
	struct stella_store_commit commit = { .message = message, .time = cmd->now };
	struct stella_store *store;
	struct stella_repo *repo;
	const struct stella_error *err = session_project(&repo, cmd);

	*added = 0;
	if (!err)
		err = session_own_store(&store, cmd);
	if (!err)
		err = find_author(&commit.who, cmd, repo);
	return err ? err : stella_store_add(store, items, count, &commit, added);
}

/* ---------------------------------------------------------------- import */

struct import {
	struct stella_evidence **items; size_t count, cap;
	size_t bad;
	struct stella_error first;  /* the first that is none */
};

static void import_one(struct import *import, struct stella_span text, const char *path, size_t line)
{
	struct stella_evidence *evidence;
	struct stella_buf bytes = { 0 };
	const struct stella_error *err;

	stella_buf_put_span(&bytes, text);
	err = stella_evidence_parse(&evidence, &bytes);
	if (!err) {
		STELLA_GROW(import->items, import->count, import->cap);
		import->items[import->count++] = evidence;
		return;
	}
	err = line ? stella_error_prefix(err, "%s line %zu", path, line) : stella_error_prefix(err, "%s", path);
	if (import->bad++ == 0)
		import->first = *err;
	else
		warn("%s", err->message);
}

static struct stella_span without_end(struct stella_span line)
{
	while (line.size && strchr(" \t\r\n", line.data[line.size - 1]) && line.data[line.size - 1])
		line.size--;
	return line;
}

/*
 * One attestation a line (in-toto/attestation, spec/v1/bundle.md; gh attestation download): by the
 * file's name, or since its first line is a whole document and another follows.
 */
static bool is_lines(const char *path, struct stella_span text)
{
	struct stella_cursor in = stella_cursor(text);
	struct stella_json *first = NULL;
	size_t size = strlen(path);
	struct stella_span line;
	bool more = false;

	if (size > 6 && !strcmp(path + size - 6, ".jsonl"))
		return true;
	do {
		if (!stella_cursor_line(&in, &line))
			return false;
	} while (!without_end(line).size);
	if (stella_json_parse(&first, without_end(line)))
		return false;
	stella_json_free(first);
	for (size_t i = 0; i < in.left; i++)
		more |= !strchr(" \t\r\n", in.at[i]) || !in.at[i];
	return more;
}

static void import_lines(struct import *import, struct stella_span text, const char *path)
{
	struct stella_cursor in = stella_cursor(text);
	struct stella_span line;
	size_t number = 0;

	while (in.left) {
		if (!stella_cursor_line(&in, &line)) {
			line = stella_span(in.at, in.left); /* the last one, without an end */
			in.left = 0;
		}
		number++;
		line = without_end(line);
		if (line.size)
			import_one(import, line, path, number);
	}
}

static const struct stella_error *import_file(struct import *import, const char *path)
{
	struct stella_buf text = { 0 };
	const struct stella_error *err = stella_sys_read(&text, path, IMPORT_FILE_MAX);

	if (err)
		return err;
	if (is_lines(path, stella_buf_span(&text)))
		import_lines(import, stella_buf_span(&text), path);
	else
		import_one(import, stella_buf_span(&text), path, 0);
	stella_buf_free(&text);
	return NULL;
}

static void tell_import(struct cmd *cmd, const struct import *import, size_t added)
{
	struct stella_json *object, *ids;

	if (!cmd->json) {
		for (size_t i = 0; i < import->count; i++)
			say(cmd, "%s\n", show_id(cmd, &import->items[i]->id));
		say(cmd, "%zu imported, %zu were there already\n", added, import->count - added);
		return;
	}
	object = stella_json_new_object();
	stella_json_set_int(object, "imported", (int64_t)added);
	stella_json_set_int(object, "alreadyThere", (int64_t)(import->count - added));
	ids = stella_json_set(object, "ids", stella_json_new_array());
	for (size_t i = 0; i < import->count; i++)
		stella_json_add(ids, json_id(&import->items[i]->id));
	say_json(cmd, "attestations-imported", object);
}

/* All or none: what is no attestation is named, never passed over. */
const struct stella_error *cmd_attest_import(struct cmd *cmd)
{
	struct import import = { 0 };
	size_t added;
	char message[64];
	const struct stella_error *err = NULL;

	for (unsigned i = 0; i < cmd->arg_count && !err; i++)
		err = import_file(&import, cmd->args[i]);
	if (!err && import.bad)
		err = import.bad == 1 ? stella_error(import.first.code, "nothing was imported: %s", import.first.message) :
			stella_error(import.first.code, "nothing was imported: %s; and %zu more", import.first.message, import.bad - 1);
	if (!err && !import.count)
		err = stella_error(STELLA_MALFORMED, "nothing was imported: the files hold no attestation");
	snprintf(message, sizeof message, "attest import: %zu attestation%s", import.count, import.count == 1 ? "" : "s");
	if (!err)
		err = store_add(&added, cmd, import.items, import.count, message);
	if (!err)
		tell_import(cmd, &import, added);
	for (size_t i = 0; i < import.count; i++)
		stella_evidence_free(import.items[i]);
	free(import.items);
	return err;
}

/* ---------------------------------------------------------------- export */

const struct stella_error *cmd_attest_export(struct cmd *cmd)
{
	const char *name, *path = opts_get(cmd, "out");
	struct stella_evidence *evidence = NULL;
	struct stella_json *object, *document;
	const struct stella_error *err = attestation_named(&name, cmd);

	if (!err)
		err = session_attestation(&evidence, cmd, name);
	if (!err && path)
		err = stella_sys_replace(path, stella_buf_span(&evidence->bytes), 0644);
	if (!err && cmd->json) {
		err = stella_json_parse(&document, stella_buf_span(&evidence->bytes));
		if (err)
			goto done;
		object = stella_json_new_object();
		stella_json_set(object, "id", json_id(&evidence->id));
		stella_json_set(object, "attestation", document);
		say_json(cmd, "attestation", object);
	} else if (!err && path) {
		say(cmd, "wrote %s to %s\n", show_id(cmd, &evidence->id), show(cmd, path));
	} else if (!err) {
		stella_buf_put_span(&cmd->out, stella_buf_span(&evidence->bytes)); /* exactly, so that the id stays */
	}
done:
	stella_evidence_free(evidence);
	return err;
}
