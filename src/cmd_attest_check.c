/* SPDX-License-Identifier: Apache-2.0 */
/* attest integrity-check: is it what somebody known here signed, whoever may be trusted? */
#include <stdlib.h>

#include "cmd.h"
#include "verify.h"

const struct opt attest_check_opts[] = {
	{ "attestation", 0, "ID|FILE|-", "the attestation, if not given as argument", NULL, false },
	{ 0 }
};

/* An answer about the attestation, or could it not be judged? */
static bool is_answer(const struct stella_error *err)
{
	enum stella_exit status = stella_code_exit(err->code);

	return status == STELLA_EXIT_REFUSED || status == STELLA_EXIT_MALFORMED || err->code == STELLA_POLICY_UNSUPPORTED;
}

/* An expired certificate is asked about the last moment at which it could speak; NULL: none is. */
static const struct stella_cert *expired_leaf(const struct stella_report *report)
{
	for (size_t i = 0; i < report->signature_count; i++)
		if (report->signatures[i].leaf && report->signatures[i].code == STELLA_CERT_EXPIRED && !report->signatures[i].trusted)
			return report->signatures[i].leaf;
	return NULL;
}

const struct stella_error *integrity_load(struct stella_report **out, struct cmd *cmd, struct stella_trust *trust,
	const struct stella_evidence *evidence)
{
	struct stella_verify_options options = { .now = cmd->now };
	const struct stella_error *err = stella_verify(out, evidence, trust, &options);
	const struct stella_cert *expired = *out ? expired_leaf(*out) : NULL;

	if (expired) {
		options.now = stella_cert_not_after(expired);
		stella_report_free(*out);
		err = stella_verify(out, evidence, trust, &options);
	}
	return err && (!*out || !is_answer(err)) ? err : NULL;
}

/* A certificate that came along proves nothing unless its chain is one that the state in force knows. */
bool integrity_sure(const struct stella_signature_report *s)
{
	if (!s->intact || s->trusted || !s->leaf)
		return s->intact;
	return s->code == STELLA_ISSUER_UNTRUSTED || s->code == STELLA_PREDICATE_NOT_ALLOWED ||
		s->code == STELLA_SUBJECT_MISMATCH;
}

static bool is_altered(const struct stella_signature_report *s)
{
	return !s->intact && s->code == STELLA_SIGNATURE_MISMATCH;
}

const struct stella_error *integrity_verify(const struct stella_report *report)
{
	bool sure = false;

	for (size_t i = 0; i < report->signature_count; i++) {
		const struct stella_signature_report *s = &report->signatures[i];

		if (is_altered(s))
			return stella_error(STELLA_SIGNATURE_MISMATCH, "%s", s->message);
		sure |= integrity_sure(s);
	}
	return sure ? NULL : stella_error(report->verdict.code, "NOT CHECKED: %s", report->verdict.message);
}

static const char *result_of(const struct stella_signature_report *s)
{
	return integrity_sure(s) ? "intact" : is_altered(s) ? "ALTERED" : "NOT CHECKED";
}

static void say_signatures(struct cmd *cmd, const struct stella_report *report)
{
	for (size_t i = 0; i < report->signature_count; i++) {
		const struct stella_signature_report *s = &report->signatures[i];

		say(cmd, "signature   %zu: %s", s->index + 1, result_of(s));
		if (integrity_sure(s) && s->keyid)
			say(cmd, ", key %s of issuer %s", show(cmd, s->keyid), show(cmd, s->issuer));
		else if (integrity_sure(s))
			say(cmd, ", certificate of %s", show(cmd, s->identity));
		else if (s->message)
			say(cmd, ": %s", show(cmd, s->message));
		say(cmd, "\n");
	}
}

static struct stella_json *json_signatures(const struct stella_report *report)
{
	struct stella_json *array = stella_json_new_array();

	for (size_t i = 0; i < report->signature_count; i++) {
		const struct stella_signature_report *s = &report->signatures[i];
		struct stella_json *one = stella_json_add(array, stella_json_new_object());

		stella_json_set_text(one, "result", integrity_sure(s) ? "intact" : is_altered(s) ? "altered" : "notChecked");
		if (s->keyid)
			stella_json_set_text(one, "key", s->keyid);
		if (s->issuer)
			stella_json_set_text(one, "issuer", s->issuer);
		if (s->algorithm)
			stella_json_set_text(one, "algorithm", s->algorithm);
		if (!integrity_sure(s) && s->message)
			stella_json_set(one, "message", json_text(s->message));
	}
	return array;
}

const struct stella_error *cmd_attest_integrity_check(struct cmd *cmd)
{
	struct stella_evidence *evidence = NULL;
	struct stella_report *report = NULL;
	struct stella_json *object;
	struct stella_trust *trust;
	const char *name;
	struct stella_error slot;
	const struct stella_error *err = attestation_named(&name, cmd), *verdict;

	if (!err)
		err = session_attestation(&evidence, cmd, name);
	if (!err)
		err = session_trust(&trust, cmd);
	if (!err)
		err = integrity_load(&report, cmd, trust, evidence);
	if (err)
		goto done;
	verdict = integrity_verify(report);
	if (verdict) { /* looking for its hint may need the slot of an error */
		slot = *verdict;
		verdict = &slot;
	}
	if (stella_error_is(verdict, STELLA_SIGNATURE_MISMATCH))
		cmd->hint = "stella attest create --subject <digest> --type <type> --force";
	else if (verdict)
		cmd->hint = hint_after(cmd, verdict, report, trust, NULL);
	if (cmd->json) {
		object = stella_json_new_object();
		stella_json_set(object, "id", json_id(&evidence->id));
		stella_json_set_bool(object, "intact", !verdict);
		stella_json_set(object, "signatures", json_signatures(report));
		if (verdict)
			stella_json_set(object, "error", json_error(verdict, cmd->hint));
		say_json(cmd, "integrity", object);
	} else {
		say(cmd, "%s\n", verdict ? "NOT INTACT" : "INTACT");
		say(cmd, "id          %s, the SHA-256 of its %zu bytes\n", show_id(cmd, &evidence->id), evidence->bytes.size);
		say(cmd, "envelope    well-formed\n");
		say_signatures(cmd, report);
		say(cmd, "            whether its signer is trusted is for stella verify attestation\n");
	}
	err = verdict ? stella_error(verdict->code, "%s", verdict->message) : NULL;
done:
	stella_report_free(report);
	stella_evidence_free(evidence);
	return err;
}
