/* SPDX-License-Identifier: Apache-2.0 */
/* A verdict for people and as JSON: the answer first, then what it rests on, down to people and the pinned root. */
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "encode.h"
#include "explain.h"
#include "fulcio.h"

/* ---------------------------------------------------------------- text */

static const char *const results[] = { "ok", "FAIL", "skipped", "NOT CHECKED" };

/* A commit's subject and body on one line. */
static const char *one_line(struct cmd *cmd, const char *reason)
{
	struct stella_buf text = { 0 };
	bool first = true;

	for (const char *at = reason ? reason : ""; *at;) {
		size_t size = strcspn(at, "\n");

		if (size) {
			if (text.size)
				stella_buf_put_str(&text, first ? ": " : " ");
			first = first && !text.size;
			stella_buf_put(&text, at, size);
		}
		at += size + (at[size] == '\n');
	}
	return show(cmd, keep(cmd, stella_buf_take_str(&text)));
}

static void say_link(struct cmd *cmd, const struct stella_link *link)
{
	say(cmd, "  %-9s %s  %s\n", link->what, show(cmd, link->object), show(cmd, link->text));
	for (size_t i = 0; i < link->approval_count; i++) {
		const struct stella_explained_approval *a = &link->approvals[i];

		say(cmd, "            approved by %s in commit %s: %s\n", show(cmd, a->member), show_oid(cmd, &a->commit),
			one_line(cmd, a->reason));
		if (cmd->verbose)
			say(cmd, "              signed with %s; claims %s, %s\n", show(cmd, a->fingerprint), show(cmd, a->author),
				show_time(cmd, a->time));
	}
}

/* The verdict and its signatures stand above it. */
void say_why(struct cmd *cmd, const struct stella_explanation *why)
{
	say(cmd, "why\n");
	for (size_t i = 0; why && i < why->count; i++)
		if (strcmp(why->links[i].what, "verdict") != 0 && strcmp(why->links[i].what, "signature") != 0)
			say_link(cmd, &why->links[i]);
}

static void say_steps(struct cmd *cmd, const struct stella_report *report)
{
	say(cmd, "steps\n");
	for (size_t i = 0; i < report->step_count; i++) {
		const struct stella_step *step = &report->steps[i];

		say(cmd, "  %-11s %-10s ", results[step->result], step->name);
		if (step->signature)
			say(cmd, "signature %zu: ", step->signature);
		if (step->object)
			say(cmd, "%s: ", show(cmd, step->object));
		if (step->result == STELLA_STEP_FAIL)
			say(cmd, "%s: ", stella_code_word(step->code));
		say(cmd, "%s\n", show(cmd, step->text));
	}
}

static void say_signatures(struct cmd *cmd, const struct stella_report *report)
{
	for (size_t i = 0; i < report->signature_count; i++) {
		const struct stella_signature_report *s = &report->signatures[i];

		say(cmd, "signature    %zu: ", s->index + 1);
		if (!s->trusted) {
			say(cmd, "refused, %s", stella_code_word(s->code));
			if (strcmp(s->message, report->verdict.message) != 0)
				say(cmd, ": %s", show(cmd, s->message));
			say(cmd, "\n");
			continue;
		}
		say(cmd, "trusted, issuer %s, %s %s, %s\n", show(cmd, s->issuer), s->keyid ? "key" : "certificate of",
			show(cmd, s->keyid ? s->keyid : s->identity), show(cmd, s->algorithm));
	}
}

void name_time(const struct cmd *cmd, struct stella_report *report)
{
	if (report && (cmd->as_of || opts_flag(cmd, "then")) && !report->times.count)
		report->time_source = "then";
}

/* Every verified time; without one, which was taken instead. */
static void say_times(struct cmd *cmd, const struct stella_report *report)
{
	for (size_t i = 0; i < report->times.count; i++) {
		const struct stella_report_time *one = &report->times.items[i];

		say(cmd, "%-12s %s (%s%s%s%s%s)\n", i ? "" : "time", show_time(cmd, one->time), show(cmd, one->source),
			one->object ? " by " : "", one->object ? show(cmd, one->object) : "", one->record ? ", " : "",
			one->record ? show(cmd, one->record) : "");
	}
	if (!report->times.count)
		say(cmd, "time         %s (%s)\n", show_time(cmd, report->time), show(cmd, report->time_source));
}

/* What nobody looked at is said wherever there is a yes, and in the way of no output. */
void warn_unchecked(const struct stella_report *report)
{
	for (size_t i = 0; i < report->step_count; i++)
		if (report->steps[i].result == STELLA_STEP_NOT_CHECKED)
			warn("NOT CHECKED: %s%s%s", report->steps[i].object ? report->steps[i].object : "",
				report->steps[i].object ? ": " : "", report->steps[i].text);
}

void say_answer(struct cmd *cmd, const struct stella_error *err)
{
	if (err)
		say(cmd, "%s %s: %s\n", paint(cmd, PAINT_BAD, "REFUSED"), stella_code_word(err->code), show(cmd, err->message));
	else
		say(cmd, "%s\n", paint(cmd, PAINT_GOOD, "VERIFIED"));
}

void say_verdict(struct cmd *cmd, const struct stella_report *report, const struct stella_explanation *why)
{
	const struct stella_statement *statement = report->evidence->statement;

	say(cmd, "attestation  %s\n", show_id(cmd, &report->evidence->id));
	if (!report->trusted)
		say(cmd, "CLAIMED      by the file, and not to be believed\n");
	say(cmd, "type         %s\n", show(cmd, statement->predicate_type));
	for (size_t i = 0; i < statement->subject_count; i++)
		say(cmd, "subject      %s %s:%s\n", show(cmd, statement->subjects[i].name),
			show(cmd, statement->subjects[i].digests[0].algorithm), show(cmd, statement->subjects[i].digests[0].hex));
	say_signatures(cmd, report);
	say_times(cmd, report);
	if (cmd->verbose)
		say_steps(cmd, report);
	say_why(cmd, why);
}

/* ---------------------------------------------------------------- JSON */

static struct stella_json *json_steps(const struct stella_report *report)
{
	static const char *const words[] = { "ok", "fail", "skipped", "notChecked" };
	struct stella_json *array = stella_json_new_array();

	for (size_t i = 0; i < report->step_count; i++) {
		const struct stella_step *step = &report->steps[i];
		struct stella_json *one = stella_json_add(array, stella_json_new_object());

		stella_json_set_text(one, "name", step->name);
		stella_json_set_text(one, "result", words[step->result]);
		if (step->result == STELLA_STEP_FAIL)
			stella_json_set_text(one, "code", stella_code_word(step->code));
		if (step->signature)
			stella_json_set_int(one, "signature", (int64_t)step->signature);
		stella_json_set(one, "object", json_text(step->object));
		stella_json_set(one, "text", json_text(step->text));
	}
	return array;
}

static struct stella_json *json_signature_reports(const struct stella_report *report)
{
	struct stella_json *array = stella_json_new_array();

	for (size_t i = 0; i < report->signature_count; i++) {
		const struct stella_signature_report *s = &report->signatures[i];
		struct stella_json *one = stella_json_add(array, stella_json_new_object());

		stella_json_set_bool(one, "trusted", s->trusted);
		stella_json_set_bool(one, "intact", s->intact);
		if (!s->trusted) {
			stella_json_set_text(one, "code", stella_code_word(s->code));
			stella_json_set(one, "message", json_text(s->message));
		}
		stella_json_set(one, "issuer", json_text(s->issuer));
		stella_json_set(one, "key", json_text(s->keyid));
		stella_json_set(one, "algorithm", json_text(s->algorithm));
		stella_json_set(one, "identity", json_text(s->identity));
	}
	return array;
}

struct stella_json *json_why(const struct stella_explanation *why)
{
	struct stella_json *array = stella_json_new_array();

	for (size_t i = 0; why && i < why->count; i++) {
		const struct stella_link *link = &why->links[i];
		struct stella_json *one = stella_json_add(array, stella_json_new_object()), *approvals;

		stella_json_set_text(one, "what", link->what);
		stella_json_set(one, "object", json_text(link->object));
		stella_json_set(one, "text", json_text(link->text));
		if (!link->has_state)
			continue;
		stella_json_set(one, "state", json_id(&link->state));
		stella_json_set_int(one, "number", (int64_t)link->number);
		stella_json_set(one, "commit", json_oid(&link->commit));
		approvals = stella_json_set(one, "approvals", stella_json_new_array());
		for (size_t k = 0; k < link->approval_count; k++) {
			const struct stella_explained_approval *a = &link->approvals[k];
			struct stella_json *approval = stella_json_add(approvals, stella_json_new_object());

			stella_json_set_text(approval, "member", a->member);
			stella_json_set_text(approval, "key", a->fingerprint);
			stella_json_set(approval, "commit", json_oid(&a->commit));
			stella_json_set(approval, "author", json_text(a->author));
			stella_json_set(approval, "claimedTime", json_time(a->time));
			stella_json_set(approval, "reason", json_text(a->reason));
		}
	}
	return array;
}

struct stella_json *json_trust(const struct stella_trust *trust, const struct stella_explanation *why)
{
	struct stella_json *object = stella_json_new_object();

	stella_json_set(object, "root", json_oid(&trust->root));
	stella_json_set_text(object, "rootSource", trust->root_source);
	stella_json_set_text(object, "ref", trust->ref);
	stella_json_set(object, "head", json_oid(&trust->tip));
	stella_json_set_bool(object, "remembers", trust->remembers);
	stella_json_set(object, "state", json_state(trust->state));
	stella_json_set_text(object, "policyExpires", trust->policy->expires_text);
	if (why)
		stella_json_set(object, "why", json_why(why));
	return object;
}

/* The extensions of a certificate under sigstore-go's names: all, or those that were asked for. */
static void json_extensions(struct stella_json *object, const struct stella_fulcio *fulcio, const bool *asked)
{
	for (unsigned arc = 2; fulcio && arc < STELLA_FULCIO_ARCS; arc++)
		if (arc != STELLA_FULCIO_ISSUER && fulcio->values[arc] && (!asked || asked[arc]))
			stella_json_set(object, stella_fulcio_json_name(arc), json_text(fulcio->values[arc]));
}

static void json_certificate(struct stella_json *result, struct stella_json *signature,
	const struct stella_signature_report *s)
{
	struct stella_json *part = stella_json_set(signature, "certificate", stella_json_new_object());
	const char *name = s->identity ? strchr(s->identity, ':') + 1 : NULL, *oidc;
	struct stella_fulcio *fulcio = NULL;

	if (stella_fulcio_parse(&fulcio, s->leaf)) /* then no identity that asks for it matched */
		fulcio = NULL;
	oidc = fulcio ? stella_fulcio_oidc_issuer(fulcio) : NULL;
	stella_json_set(part, "certificateIssuer", json_text(stella_cert_issuer(s->leaf)));
	stella_json_set(part, "subjectAlternativeName", json_text(name));
	if (oidc)
		stella_json_set(part, "issuer", json_text(oidc));
	json_extensions(part, fulcio, NULL);
	result = stella_json_set(result, "verifiedIdentity", stella_json_new_object());
	part = stella_json_set(result, "subjectAlternativeName", stella_json_new_object());
	stella_json_set(part, "subjectAlternativeName", json_text(name));
	if (s->asked[STELLA_FULCIO_ISSUER]) {
		part = stella_json_set(result, "issuer", stella_json_new_object());
		stella_json_set(part, "issuer", json_text(oidc));
	}
	json_extensions(result, fulcio, s->asked);
	stella_fulcio_free(fulcio);
}

static void json_signer(struct stella_json *result, const struct stella_signature_report *s)
{
	struct stella_json *signature = stella_json_set(result, "signature", stella_json_new_object());
	struct stella_buf id = { 0 };

	if (s->leaf) {
		json_certificate(result, signature, s);
	} else if (s->hint) {
		stella_base64_print(&id, stella_span_str(s->hint)); /* bytes, as sigstore-go has it */
		stella_json_set_text(signature, "publicKeyId", (const char *)id.data);
	}
	stella_buf_free(&id);
}

/* sigstore-go's words for who says so; a recorded time has none there. */
static void json_times(struct stella_json *array, const struct stella_report *report)
{
	for (size_t i = 0; i < report->times.count; i++) {
		const struct stella_report_time *time = &report->times.items[i];
		struct stella_json *one = stella_json_add(array, stella_json_new_object());

		stella_json_set_text(one, "type", !strcmp(time->source, "rekor") ? "Tlog" :
			!strcmp(time->source, "rfc3161") ? "TimestampAuthority" : time->source);
		stella_json_set(one, "uri", json_text(time->object));
		stella_json_set(one, "timestamp", json_time(time->time));
	}
}

/* As sigstore-go and gh write it; only what was verified, so only for a yes. */
struct stella_json *json_result(const struct stella_report *report)
{
	struct stella_json *result = stella_json_new_object();

	stella_json_set_text(result, "mediaType", "application/vnd.dev.sigstore.verificationresult+json;version=0.1");
	stella_json_set(result, "statement", stella_json_copy(report->evidence->statement->document));
	for (size_t i = 0; i < report->signature_count; i++) {
		if (!report->signatures[i].trusted)
			continue;
		json_signer(result, &report->signatures[i]);
		break;
	}
	json_times(stella_json_set(result, "verifiedTimestamps", stella_json_new_array()), report);
	return result;
}

struct stella_json *json_verdict(const struct stella_report *report, const struct stella_explanation *why,
	const struct stella_trust *trust, const struct stella_error *err, const char *hint)
{
	struct stella_json *object = stella_json_new_object(), *part;

	stella_json_set_bool(object, "verified", !err);
	if (err)
		stella_json_set(object, "error", json_error(err, hint));
	part = stella_json_set(object, "attestation", stella_json_new_object());
	stella_json_set(part, "id", json_id(&report->evidence->id));
	stella_json_set(part, "time", json_time(report->time));
	stella_json_set_text(part, "timeSource", report->time_source);
	if (!strcmp(report->time_source, "recorded"))
		stella_json_set_text(part, "timeBy", report->recorded.object);
	if (!err)
		stella_json_set(object, "verificationResult", json_result(report));
	stella_json_set(object, "signatures", json_signature_reports(report));
	stella_json_set(object, "checks", json_steps(report));
	stella_json_set(object, "trust", json_trust(trust, why));
	return object;
}
