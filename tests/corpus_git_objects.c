/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Real commits and tags.  SSH: is the signature intact, as ssh-keygen -Y check-novalidate says, and
 * is it by a key that allowed_signers gives to the committer, as -Y verify says.  OpenPGP must be named as
 * such, no signature as none.
 */
#include "corpora.h"
#include "gitsig.h"

#include <stdio.h>
#include <string.h>

/* A line "principal type base64 [comment]", the only form in these files. */
static bool line_allows(struct stella_span line, const char *principal, const struct stella_pubkey *key)
{
	struct stella_pubkey *listed = NULL;
	size_t size = strlen(principal);
	bool same;

	if (!stella_span_starts(line, principal) || line.size <= size || line.data[size] != ' ')
		return false;
	if (stella_pubkey_parse_ssh_line(&listed, stella_span(line.data + size + 1, line.size - size - 1)))
		return false;
	same = stella_pubkey_equal(listed, key);
	stella_pubkey_free(listed);
	return same;
}

static bool is_allowed(struct stella_span signers, const char *principal, const struct stella_pubkey *key)
{
	struct stella_cursor c = stella_cursor(signers);
	struct stella_span line;

	while (stella_cursor_line(&c, &line))
		if (line_allows(line, principal, key))
			return true;
	return false;
}

static void run_ssh(struct corpus *c, const struct stella_json *v, struct stella_span raw, bool is_tag)
{
	bool intact = strcmp(corpus_text(c, v, "expected_check_novalidate"), "valid") == 0;
	bool valid = strcmp(corpus_text(c, v, "expected"), "valid") == 0;
	struct stella_buf signers = corpus_read(c, corpus_text(c, v, "allowed_signers"));
	struct stella_buf payload = { 0 }, armored = { 0 };
	const char *id = corpus_text(c, v, "id");
	struct stella_sshsig *sig = NULL;
	enum stella_gitsig_kind kind = STELLA_GITSIG_NONE;
	const struct stella_error *err;
	bool allowed = false;
	char text[256];

	err = stella_gitsig_split(&payload, &armored, &kind, raw, is_tag);
	if (!err && kind != STELLA_GITSIG_SSH)
		err = stella_error(STELLA_MALFORMED, "not an SSH signature");
	if (!err)
		err = stella_sshsig_parse(&sig, stella_buf_span(&armored));
	if (!err)
		err = stella_sshsig_verify(sig, corpus_text(c, v, "namespace"), stella_buf_span(&payload));
	if (intact && err && strstr(err->message, "security key")) {
		corpus_deviation(c, id, err->message); /* ssh-keygen asks for no touch and for no meaning of flags */
		goto done;
	}
	corpus_judge(c, id, intact, err);
	if (!err)
		allowed = is_allowed(stella_buf_span(&signers), corpus_text(c, v, "principal"), stella_sshsig_key(sig));
	snprintf(text, sizeof text, "%s (signer)", id);
	if (allowed == valid)
		corpus_pass(c);
	else
		corpus_fail(c, text, valid ? "the committer's key" : "not the committer's key", allowed ? "it is" : "it is not");
done:
	stella_sshsig_free(sig);
	stella_buf_free(&payload);
	stella_buf_free(&armored);
	stella_buf_free(&signers);
}

static void run_kind(struct corpus *c, const struct stella_json *v, struct stella_span raw, bool is_tag,
	enum stella_gitsig_kind wanted)
{
	static const char *const names[] = { "none", "SSH", "OpenPGP", "X.509", "unknown" };
	struct stella_buf payload = { 0 }, armored = { 0 };
	enum stella_gitsig_kind kind;
	const struct stella_error *err = stella_gitsig_split(&payload, &armored, &kind, raw, is_tag);

	if (!err && kind == wanted)
		corpus_pass(c);
	else
		corpus_fail(c, corpus_text(c, v, "id"), names[wanted], err ? err->message : names[kind]);
	stella_buf_free(&payload);
	stella_buf_free(&armored);
}

static void run_case(struct corpus *c, const struct stella_json *v)
{
	struct stella_buf raw = corpus_read(c, corpus_text(c, v, "file"));
	bool is_tag = strcmp(corpus_text(c, v, "object_type"), "tag") == 0;
	const char *type = corpus_text(c, v, "signature_type");

	if (strcmp(type, "ssh") == 0)
		run_ssh(c, v, stella_buf_span(&raw), is_tag);
	else if (strcmp(type, "pgp") == 0)
		run_kind(c, v, stella_buf_span(&raw), is_tag, STELLA_GITSIG_OPENPGP);
	else if (strcmp(type, "none") == 0)
		run_kind(c, v, stella_buf_span(&raw), is_tag, STELLA_GITSIG_NONE);
	else
		corpus_out_of_scope(c, "signed with an X.509 certificate");
	stella_buf_free(&raw);
}

void corpus_git_objects(struct corpus *c)
{
	struct stella_json *index = corpus_json(c, "index.json");
	const struct stella_json *cases = corpus_array(c, index, "cases");

	for (size_t i = 0; i < stella_json_count(cases); i++)
		run_case(c, stella_json_at(cases, i));
	stella_json_free(index);
}
