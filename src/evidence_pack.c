/* SPDX-License-Identifier: Apache-2.0 */
/* verify attestation --evidence: the verdict once more, cold, and all that was read for it in one directory. */
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "explain.h"
#include "pack.h"
#include "sys.h"

/* The same question to the same commit: what this reads, whoever checks the pack will read. */
static const struct stella_error *ask_cold(struct cmd *cmd, const struct stella_evidence *evidence,
	const struct stella_trust *trust, const struct stella_verify_options *asked)
{
	struct stella_trust_options options = { .now = cmd->now, .no_memory = true };
	char root[STELLA_OID_HEX], tip[STELLA_OID_HEX];
	struct stella_explanation *why = NULL;
	struct stella_report *report = NULL;
	struct stella_trust *cold = NULL;
	const struct stella_error *err;

	stella_oid_hex(root, &trust->root);
	stella_oid_hex(tip, &trust->tip);
	options.root = root;
	options.ref = tip;
	err = stella_trust_load(&cold, trust->repo, &options);
	if (!err && !stella_sha256_equal(&cold->state->id, &trust->state->id))
		err = stella_error(STELLA_INTERNAL, "the state differs without what is remembered: stella status --no-memory");
	if (!err)
		err = stella_verify(&report, evidence, cold, asked);
	if (report) /* a no is as good as a yes here */
		err = stella_explain(&why, report, cold);
	stella_explanation_free(why);
	stella_report_free(report);
	stella_trust_free(cold);
	return err;
}

static const struct stella_error *put_file(const char *dir, const char *name, struct stella_span content)
{
	struct stella_buf path = { 0 };
	const struct stella_error *err;

	stella_buf_printf(&path, "%s/%s", dir, name);
	err = stella_sys_replace((char *)path.data, content, 0644);
	stella_buf_free(&path);
	return err;
}

static void print_readme(struct stella_buf *out, const struct stella_trust *trust)
{
	char root[STELLA_OID_HEX];

	stella_oid_hex(root, &trust->root);
	stella_buf_printf(out,
		"Evidence of a verdict by stella, to be checked without the repository that it came from:\n\n"
		"\tstella verify evidence . --trust-root ROOT\n\n"
		"ROOT is the commit that you trust.  This pack claims %s: compare that with what you were\n"
		"given by somebody else; this file proves nothing.\n\n"
		"attestation.json  what was signed, byte by byte\n"
		"verdict.json      the verdict, with the people and reasons that it rests on\n"
		"pack.json         what was asked, of which state\n"
		"trust.git         the commits, trees and files that the verdict was computed from, and no other;\n"
		"                  git log --show-signature works in it, git fsck misses what nobody needs\n", root);
}

static const struct stella_error *put_files(struct cmd *cmd, const char *dir, const struct stella_evidence *evidence,
	const struct stella_trust *trust, const struct stella_verify_options *asked, struct stella_json *verdict)
{
	struct stella_pack pack = { .attestation = evidence->id, .state = trust->state->id, .root = trust->root, .tip = trust->tip,
		.time = cmd->now };
	struct stella_buf text = { 0 };
	const struct stella_error *err;

	pack.predicate_type = (char *)(uintptr_t)asked->predicate_type;
	pack.issuer = (char *)(uintptr_t)asked->issuer;
	pack.artifact = (struct stella_digest *)(uintptr_t)asked->artifact;
	pack.artifact_count = asked->artifact_count;
	stella_pack_print(&text, &pack);
	err = put_file(dir, "pack.json", stella_buf_span(&text));
	stella_buf_free(&text);
	if (!err)
		err = put_file(dir, "attestation.json", stella_buf_span(&evidence->bytes));
	stella_json_print(&text, verdict, STELLA_JSON_RECORD);
	if (!err)
		err = put_file(dir, "verdict.json", stella_buf_span(&text));
	stella_buf_free(&text);
	print_readme(&text, trust);
	if (!err)
		err = put_file(dir, "README", stella_buf_span(&text));
	stella_buf_free(&text);
	return err;
}

const struct stella_error *evidence_write(struct cmd *cmd, const char *path, const struct stella_evidence *evidence,
	const struct stella_trust *trust, const struct stella_verify_options *asked, struct stella_json *verdict)
{
	struct stella_pack_objects *objects = NULL;
	struct stella_buf git = { 0 };
	char *dir = NULL;
	const struct stella_error *err;

	if (stella_sys_exists(path))
		return stella_error(STELLA_USAGE, "--evidence %s: is there already", path);
	objects = stella_pack_watch(trust->repo);
	err = ask_cold(cmd, evidence, trust, asked);
	stella_pack_unwatch(objects);
	if (!err)
		err = stella_sys_beside(&dir, path);
	if (err)
		goto done;
	stella_buf_printf(&git, "%s/trust.git", dir);
	err = stella_pack_write((char *)git.data, objects, &trust->tip);
	if (!err)
		err = put_files(cmd, dir, evidence, trust, asked, verdict);
	if (!err)
		err = stella_sys_rename_new(dir, path);
	if (err)
		stella_sys_tempdir_remove(dir);
done:
	free(dir);
	stella_buf_free(&git);
	stella_pack_objects_free(objects);
	return err;
}
