/* SPDX-License-Identifier: Apache-2.0 */
#include "explain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gitsig.h"
#include "text.h"

void stella_explanation_free(struct stella_explanation *explanation)
{
	if (!explanation)
		return;
	for (size_t i = 0; i < explanation->count; i++) {
		struct stella_link *link = &explanation->links[i];

		for (size_t k = 0; k < link->approval_count; k++) {
			free(link->approvals[k].member);
			free(link->approvals[k].fingerprint);
			free(link->approvals[k].author);
			free(link->approvals[k].reason);
		}
		free(link->approvals);
		free(link->object);
		free(link->text);
	}
	free(explanation->links);
	free(explanation);
}

static struct stella_link *add_link(struct stella_explanation *out, const char *what, const char *object)
{
	struct stella_link *link;

	STELLA_GROW(out->links, out->count, out->cap);
	link = &out->links[out->count++];
	*link = (struct stella_link){ .what = what };
	link->object = stella_strdup(object);
	return link;
}

/* A commit's own words may hold a NUL where it is no approval; those of an approval do not. */
static char *take_text(struct stella_span span)
{
	const uint8_t *nul = span.size ? memchr(span.data, 0, span.size) : NULL;

	return stella_span_strdup(nul ? stella_span(span.data, (size_t)(nul - span.data)) : span);
}

static const struct stella_error *add_approval(struct stella_link *link, struct stella_trust *trust,
	const struct stella_approval *approval)
{
	struct stella_explained_approval *out = &link->approvals[link->approval_count];
	struct stella_commit_text text;
	struct stella_buf raw = { 0 };
	const struct stella_error *err;

	err = stella_repo_read(&raw, trust->repo, &approval->commit, STELLA_OBJECT_COMMIT, STELLA_COMMIT_MAX);
	if (!err) {
		stella_commit_text_parse(&text, stella_buf_span(&raw));
		link->approval_count++;
		out->commit = approval->commit;
		out->member = stella_strdup(approval->member);
		out->fingerprint = stella_strdup(approval->fingerprint);
		out->author = take_text(text.author);
		out->time = text.time;
		out->reason = take_text(text.reason);
	}
	stella_buf_free(&raw);
	return err;
}

static const struct stella_error *set_state(struct stella_link *link, struct stella_trust *trust,
	const struct stella_state *state)
{
	const struct stella_error *err = NULL;

	link->has_state = true;
	link->state = state->id;
	link->number = state->number;
	link->commit = state->commit;
	link->approvals = stella_alloc_array(state->approval_count + 1, sizeof *link->approvals);
	for (size_t i = 0; !err && i < state->approval_count; i++)
		err = add_approval(link, trust, state->approvals[i]);
	return err;
}

static const char *kind_of(const char *path)
{
	static const char *const kinds[][2] = {
		{"keys/", "key"},
		{"issuers/", "issuer"},
		{"anchors/", "anchor"},
		{"sigstore/", "sigstore"},
		{"gates/", "gate"},
		{STELLA_POLICY_PATH, "policy"},
	};

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		if (strncmp(path, kinds[i][0], strlen(kinds[i][0])) == 0)
			return kinds[i][1];
	}
	return "record";
}

static const struct stella_error *add_record(struct stella_explanation *out, struct stella_trust *trust,
	const char *path)
{
	const struct stella_error *err;
	const struct stella_state *since;
	struct stella_link *link;
	struct stella_buf text = { 0 };

	for (size_t i = 0; i < out->count; i++) {
		if (strcmp(out->links[i].object, path) == 0)
			return NULL;
	}
	err = stella_trust_since(&since, trust, path);
	if (err)
		return err;
	link = add_link(out, kind_of(path), path);
	stella_buf_printf(&text, "as it is since state #%llu", (unsigned long long)since->number);
	link->text = stella_buf_take_str(&text);
	return set_state(link, trust, since);
}

static void add_verdict(struct stella_explanation *out, const struct stella_report *report)
{
	char id[STELLA_SHA256_HEX];
	struct stella_link *link;
	struct stella_buf text = { 0 };

	stella_sha256_hex(id, &report->evidence->id);
	link = add_link(out, "verdict", id);
	if (report->trusted) {
		stella_buf_put_str(&text, "trusted: signed by ");
		for (size_t i = 0; i < report->issuer_count; i++)
			stella_buf_printf(&text, "%s%s", i ? ", " : "", report->issuers[i]);
	} else {
		stella_buf_printf(&text, "refused: %s", report->verdict.message);
	}
	link->text = stella_buf_take_str(&text);
}

static const struct stella_error *add_signature(struct stella_explanation *out, struct stella_trust *trust,
	const struct stella_signature_report *signature)
{
	const struct stella_error *err = NULL;
	struct stella_link *link;
	struct stella_buf text = { 0 };
	char object[32];

	snprintf(object, sizeof object, "signature %zu", signature->index + 1);
	link = add_link(out, "signature", object);
	if (signature->intact && signature->keyid)
		stella_buf_printf(
			&text, "verifies with %s under key %s", signature->algorithm, signature->keyid);
	else if (signature->intact)
		stella_buf_printf(&text, "verifies with %s under the certificate of %s", signature->algorithm,
			signature->identity ? signature->identity : stella_cert_subject(signature->leaf));
	else
		stella_buf_put_str(&text, signature->message);
	link->text = stella_buf_take_str(&text);
	for (size_t i = 0; !err && i < signature->record_count; i++)
		err = add_record(out, trust, signature->records[i]);
	return err;
}

/* Without its state: to find that would take the whole history, which a warm run does not read. */
static void add_root(struct stella_explanation *out, const struct stella_trust *trust)
{
	struct stella_link *link;
	struct stella_buf text = { 0 };
	char root[STELLA_OID_HEX];

	stella_oid_hex(root, &trust->root);
	link = add_link(out, "root", root);
	link->commit = trust->root;
	stella_buf_printf(&text, "believed because it is pinned by %s", trust->root_source);
	link->text = stella_buf_take_str(&text);
}

/* What every record rests on. */
static const struct stella_error *add_ground(struct stella_explanation *out, struct stella_trust *trust)
{
	const struct stella_error *err = add_record(out, trust, STELLA_POLICY_PATH);

	if (!err)
		add_root(out, trust);
	return err;
}

static const struct stella_error *add_all(struct stella_explanation *out, const struct stella_report *report,
	struct stella_trust *trust)
{
	const struct stella_error *err = NULL;
	bool any = report->issuer_count > 0;

	add_verdict(out, report);
	for (size_t i = 0; !err && i < report->signature_count; i++) {
		const struct stella_signature_report *signature = &report->signatures[i];

		if (any ? signature->trusted : signature->record_count > 0)
			err = add_signature(out, trust, signature);
	}
	return err ? err : add_ground(out, trust);
}

const struct stella_error *stella_explain(struct stella_explanation **out, const struct stella_report *report,
	struct stella_trust *trust)
{
	struct stella_explanation *explanation = stella_alloc(sizeof *explanation);
	const struct stella_error *err = add_all(explanation, report, trust);

	*out = explanation;
	if (err) {
		stella_explanation_free(explanation);
		*out = NULL;
	}
	return err;
}

const struct stella_error *stella_explain_record(struct stella_explanation **out, const char *path,
	struct stella_trust *trust)
{
	struct stella_explanation *explanation = stella_alloc(sizeof *explanation);
	const struct stella_error *err = add_record(explanation, trust, path);

	if (!err)
		err = add_ground(explanation, trust);
	*out = explanation;
	if (err) {
		stella_explanation_free(explanation);
		*out = NULL;
	}
	return err;
}
