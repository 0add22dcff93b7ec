/* SPDX-License-Identifier: Apache-2.0 */
/* verify --evidence: the answer once more, cold, and all that was read for it in one directory. */
#include <stdlib.h>
#include <string.h>

#include "packed.h"
#include "sys.h"

struct writing {
	const char *dir;
	struct stella_pack pack;     /* borrows the question, owns the ids */
	struct pack_source from;
	struct stella_pack_objects *objects;
	struct judgement judged;
};

/* ---------------------------------------------------------------- what goes in */

static void set_question(struct stella_pack *pack, const struct evidence_asked *asked, int64_t now)
{
	const struct stella_verify_options *options = asked->options;

	pack->about_artifact = asked->about_artifact;
	pack->attestations = stella_alloc_array(asked->count + 1, sizeof *pack->attestations);
	for (size_t i = 0; i < asked->count; i++)
		pack->attestations[i] = asked->attestations[i]->id;
	pack->attestation_count = asked->count;
	if (asked->count)
		qsort(pack->attestations, asked->count, sizeof *pack->attestations, stella_sha256_compare);
	pack->state = asked->trust->state->id;
	pack->root = asked->trust->root;
	pack->tip = asked->trust->tip;
	pack->time = now;
	pack->predicate_type = (char *)(uintptr_t)options->predicate_type;
	pack->issuer = (char *)(uintptr_t)options->issuer;
	pack->gate = (char *)(uintptr_t)asked->gate;
	pack->artifact = (struct stella_digest *)(uintptr_t)options->artifact;
	pack->artifact_count = options->artifact_count;
}

/* The branch as it was judged, if it says when any of these was there; else it is in no answer. */
static const struct stella_error *set_recordings(struct writing *w, struct cmd *cmd, const struct stella_recorded *recorded)
{
	const struct stella_recorded_time *any = NULL;
	struct stella_store *store;
	const struct stella_error *err = NULL;

	for (size_t i = 0; recorded && i < w->pack.attestation_count && !any && !err; i++)
		err = stella_recorded_find(&any, recorded, &w->pack.attestations[i]);
	if (!err && !any)
		return NULL;
	if (!err)
		err = session_store(&store, cmd);
	if (err)
		return err;
	w->pack.has_recordings = true;
	w->pack.recordings = *stella_store_tip(store);
	w->from.recordings = stella_store_repo(store);
	return NULL;
}

/* ---------------------------------------------------------------- writing */

static const struct stella_error *put_file(const struct writing *w, const char *name, struct stella_span content)
{
	struct stella_buf path = { 0 };
	const struct stella_error *err;

	stella_buf_printf(&path, "%s/%s", w->dir, name);
	err = stella_sys_replace((char *)path.data, content, 0644);
	stella_buf_free(&path);
	return err;
}

static const struct stella_error *put_attestations(const struct writing *w, const struct evidence_asked *asked)
{
	struct stella_buf path = { 0 };
	const struct stella_error *err;

	stella_buf_printf(&path, "%s/attestations", w->dir);
	err = stella_sys_mkdirs((char *)path.data, 0755);
	stella_buf_free(&path);
	for (size_t i = 0; i < asked->count && !err; i++) {
		char name[STELLA_PACK_NAME];

		stella_pack_name(name, &asked->attestations[i]->id);
		err = put_file(w, name, stella_buf_span(&asked->attestations[i]->bytes));
	}
	return err;
}

/* The same question to the same commits: what this reads, whoever checks the pack will read. */
static const struct stella_error *ask_cold(struct writing *w, struct cmd *cmd, const struct evidence_asked *asked)
{
	struct stella_trust_options options = { .now = w->pack.time, .no_memory = true };
	char root[STELLA_OID_HEX], tip[STELLA_OID_HEX];
	const struct stella_error *err;

	stella_oid_hex(root, &w->pack.root);
	stella_oid_hex(tip, &w->pack.tip);
	options.root = root;
	options.ref = tip;
	stella_pack_watch(w->objects, w->from.trust);
	if (w->from.recordings)
		stella_pack_watch(w->objects, w->from.recordings);
	err = pack_judge(&w->judged, cmd, &w->pack, &w->from, &options);
	stella_pack_unwatch(w->objects);
	if (!err && !w->judged.verdict != !asked->verdict)
		err = stella_error(STELLA_INTERNAL, "the answer differs without what is remembered: stella status --no-memory");
	return err;
}

static void print_readme(struct stella_buf *out, const struct stella_pack *pack)
{
	char root[STELLA_OID_HEX];

	stella_oid_hex(root, &pack->root);
	stella_buf_printf(out,
		"Evidence of a verdict by stella, to be checked without the repository that it came from:\n\n"
		"\tstella verify evidence . --trust-root ROOT\n\n"
		"ROOT is the commit that you trust.  This pack claims %s: compare that with what you were\n"
		"given by somebody else; this file proves nothing.\n\n"
		"attestations/     what was signed, byte by byte\n"
		"verdict.json      the verdict, with the people and reasons that it rests on\n"
		"pack.json         what was asked, of which state\n"
		"trust.git         the commits, trees and files that the verdict was computed from, and no other;\n"
		"                  git log --show-signature works in it, git fsck misses what nobody needs\n", root);
}

/* What is written can be read. */
static const struct stella_error *check_verdict(const struct stella_buf *verdict)
{
	struct stella_json *doc = NULL;
	const struct stella_error *err = NULL;

	if (verdict->size > PACK_VERDICT_MAX)
		err = stella_error(STELLA_LIMIT, "more than %u bytes", PACK_VERDICT_MAX);
	if (!err)
		err = stella_json_parse(&doc, stella_buf_span(verdict));
	stella_json_free(doc);
	return err ? stella_error_prefix(err, "--evidence: the answer is too large for a pack: verdict.json") : NULL;
}

static const struct stella_error *put_files(const struct writing *w, struct cmd *cmd)
{
	struct stella_buf pack = { 0 }, verdict = { 0 }, readme = { 0 };
	const struct stella_error *err;

	stella_pack_print(&pack, &w->pack);
	pack_verdict(&verdict, cmd, &w->pack, &w->judged);
	print_readme(&readme, &w->pack);
	err = check_verdict(&verdict);
	if (!err)
		err = put_file(w, "pack.json", stella_buf_span(&pack));
	if (!err)
		err = put_file(w, "verdict.json", stella_buf_span(&verdict));
	if (!err)
		err = put_file(w, "README", stella_buf_span(&readme));
	stella_buf_free(&pack);
	stella_buf_free(&verdict);
	stella_buf_free(&readme);
	return err;
}

static const struct stella_error *write_pack(struct writing *w, struct cmd *cmd, const struct evidence_asked *asked)
{
	struct stella_buf git = { 0 };
	const struct stella_error *err = put_attestations(w, asked);

	if (!err)
		err = ask_cold(w, cmd, asked);
	stella_buf_printf(&git, "%s/trust.git", w->dir);
	if (!err)
		err = stella_pack_write((char *)git.data, w->objects, &w->pack);
	if (!err)
		err = put_files(w, cmd);
	stella_buf_free(&git);
	return err;
}

const struct stella_error *evidence_write(struct cmd *cmd, const char *path, const struct evidence_asked *asked)
{
	struct writing w = { .from.trust = asked->trust->repo };
	char *dir = NULL;
	const struct stella_error *err = NULL;

	if (!*path)
		return stella_error(STELLA_USAGE, "--evidence: the name of a directory is needed");
	if (stella_sys_exists(path))
		return stella_error(STELLA_USAGE, "--evidence %s: is there already", path);
	set_question(&w.pack, asked, cmd->now);
	w.objects = stella_pack_objects_new();
	err = set_recordings(&w, cmd, asked->options->recorded);
	if (!err)
		err = stella_sys_beside(&dir, path);
	if (!err) {
		w.dir = w.from.dir = dir;
		err = write_pack(&w, cmd, asked);
	}
	if (!err)
		err = stella_sys_rename_new(dir, path);
	if (err && dir)
		stella_sys_tempdir_remove(dir);
	judgement_free(&w.judged); /* before what it reads from */
	stella_pack_objects_free(w.objects);
	free(w.pack.attestations);
	free(dir);
	return err;
}
