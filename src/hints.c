/* SPDX-License-Identifier: Apache-2.0 */
/* The next command to run for each kind of failure, in the words of the runbook. */
#include <string.h>

#include "cmd.h"
#include "verify.h"

const char *hint_of(const struct stella_error *err)
{
	const char *hint;

	switch (err->code) {
	case STELLA_NO_PIN:
		return "stella pin <root-commit>, or --trust-root <root-commit>";
	case STELLA_ROLLBACK:
		return "fetch the newest trust branch and compare it with a second source; then stella status";
	case STELLA_FORK:
		return "stella status";
	case STELLA_POLICY_EXPIRED:
		return "stella policy renew, then stella approve by the others";
	case STELLA_POLICY_UNSUPPORTED:
		return "upgrade stella";
	case STELLA_APPROVAL_MISSING:
		return "stella status, stella approve";
	case STELLA_NOT_AUTHORIZED:
		return "stella member list";
	case STELLA_INCOMPLETE:
		return "git fetch --unshallow (in CI: fetch-depth: 0), then git fsck";
	case STELLA_MALFORMED: /* of an attestation verify knows more; of another file there is nothing to say */
		return NULL;
	default:
		hint = stella_code_hint(err->code);
		return hint && *hint ? hint : NULL;
	}
}

/* The signature that the refusal is about. */
static const struct stella_signature_report *refused_signature(const struct stella_report *report)
{
	for (size_t i = 0; i < report->signature_count; i++)
		if (!report->signatures[i].trusted && report->signatures[i].code == report->verdict.code)
			return &report->signatures[i];
	return report->signature_count ? &report->signatures[0] : NULL;
}

/* As the user named it; what came through standard input has its id alone. */
static const char *name_of(struct cmd *cmd, const struct stella_report *report)
{
	const char *name;

	if (!attestation_named(&name, cmd) && strcmp(name, "-") != 0)
		return name;
	return report ? show_id(cmd, &report->evidence->id) : "<attestation-id>";
}

const char *expand_hint(struct cmd *cmd, const char *hint, const struct stella_report *report)
{
	return expand_hint_of(cmd, hint, report, name_of(cmd, report));
}

const char *expand_hint_of(struct cmd *cmd, const char *hint, const struct stella_report *report, const char *attestation)
{
	const struct stella_signature_report *s = report ? refused_signature(report) : NULL;
	struct stella_buf text = { 0 };

	for (; hint && *hint; hint++) {
		const char *value = NULL;

		if (hint[0] == '%' && hint[1] == 'a')
			value = attestation;
		else if (hint[0] == '%' && hint[1] == 'i')
			value = s && s->issuer ? s->issuer : "<issuer-id>";
		else if (hint[0] == '%' && hint[1] == 'k')
			value = s && s->keyid ? s->keyid : "<key-id>";
		if (value)
			stella_buf_put_str(&text, value);
		else
			stella_buf_put_u8(&text, (uint8_t)*hint);
		hint += value != NULL;
	}
	return text.size ? keep(cmd, stella_buf_take_str(&text)) : NULL;
}

/* No Sigstore root is in force; false also where that cannot be found out. */
static bool has_no_sigstore(struct stella_trust *trust)
{
	struct names names = { 0 };
	bool none = !record_names(&names, trust, "sigstore/") && !names.count;

	names_free(&names);
	return none;
}

/* Where --trusted-root alone is believed, no record of a trust repository changes the answer. */
static const char *hint_of_bundle(enum stella_code code)
{
	switch (code) {
	case STELLA_ANCHOR_MISSING:
	case STELLA_CHAIN_INVALID:
	case STELLA_LOG_ENTRY_MISMATCH:
	case STELLA_TIMESTAMP_INVALID:
		return "--trusted-root with the root that has its authorities and logs, or, to be judged by what is trusted here, "
			"stella trust-anchors add --trusted-root <trusted_root.json>, then stella verify attestation --attestation %a";
	case STELLA_ALGORITHM_UNSUPPORTED:
		return stella_code_hint(code);
	default:
		return "compare the artifact, the identity and --trusted-root with what the publisher says";
	}
}

const char *hint_after(struct cmd *cmd, const struct stella_error *refusal, const struct stella_report *report,
	struct stella_trust *trust, const char *attestation)
{
	const char *hint = hint_of(refusal);

	if (!trust)
		hint = hint_of_bundle(refusal->code);
	else if (stella_error_is(refusal, STELLA_MALFORMED))
		hint = stella_code_hint(STELLA_MALFORMED);
	else if (stella_error_is(refusal, STELLA_CHAIN_INVALID) && has_no_sigstore(trust))
		hint = "stella verify cert-chain --attestation %a, then stella trust-anchors add-intermediate "
			"--cert <intermediate.pem>, or for Fulcio's stella trust-anchors add --trusted-root <trusted_root.json>";
	return expand_hint_of(cmd, hint, report, attestation ? attestation : name_of(cmd, report));
}
