/* SPDX-License-Identifier: Apache-2.0 */
#include "report.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---------------------------------------------------------------- times */

static bool same_text(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

void stella_times_add(struct stella_times *times, int64_t time, const char *source, const char *object,
	const char *record)
{
	struct stella_report_time *out;

	for (size_t i = 0; i < times->count; i++) {
		const struct stella_report_time *one = &times->items[i];

		if (one->time == time && same_text(one->source, source) && same_text(one->object, object))
			return;
	}
	times->items = stella_realloc_array(times->items, times->count + 1, sizeof *times->items);
	out = &times->items[times->count++];
	*out = (struct stella_report_time){ .time = time };
	out->source = stella_strdup(source);
	out->object = stella_strdup(object);
	out->record = stella_strdup(record);
}

void stella_times_free(struct stella_times *times)
{
	for (size_t i = 0; i < times->count; i++) {
		free(times->items[i].source);
		free(times->items[i].object);
		free(times->items[i].record);
	}
	free(times->items);
	*times = (struct stella_times){ 0 };
}

void stella_report_add_recorded(struct stella_times *times, const struct stella_report *report)
{
	const struct stella_report_time *recorded = &report->recorded;

	if (!times->count && recorded->source)
		stella_times_add(times, recorded->time, recorded->source, recorded->object, NULL);
}

void stella_report_set_times(struct stella_report *report, const struct stella_times *times)
{
	stella_times_free(&report->times);
	report->time = report->now;
	report->time_source = "now";
	for (size_t i = 0; i < times->count; i++)
		stella_times_add(&report->times, times->items[i].time, times->items[i].source, times->items[i].object,
			times->items[i].record);
	stella_report_add_recorded(&report->times, report);
	for (size_t i = 0; i < report->times.count; i++) {
		if (i && report->times.items[i].time >= report->time)
			continue;
		report->time = report->times.items[i].time;
		report->time_source = report->times.items[i].source;
	}
}

void stella_report_set_recorded(struct stella_report *report, int64_t time, const char *object)
{
	struct stella_times none = { 0 };

	report->recorded = (struct stella_report_time){ .time = time, .source = stella_strdup("recorded"),
		.object = stella_strdup(object) };
	stella_report_set_times(report, &none);
}

size_t stella_report_moment_count(const struct stella_report *report)
{
	return report->times.count ? report->times.count : 1;
}

int64_t stella_report_moment(const struct stella_report *report, size_t i)
{
	return report->times.count ? report->times.items[i].time : report->time;
}

/* ---------------------------------------------------------------- report */

struct stella_report *stella_report_new(const struct stella_evidence *evidence, int64_t now)
{
	struct stella_report *report = stella_alloc(sizeof *report);

	report->now = report->time = now;
	report->time_source = "now";
	report->evidence = evidence;
	report->signature_count = evidence->dsse->signature_count;
	report->signatures = stella_alloc_array(report->signature_count, sizeof *report->signatures);
	for (size_t i = 0; i < report->signature_count; i++)
		report->signatures[i].index = i;
	return report;
}

static void free_texts(char **texts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(texts[i]);
	free(texts);
}

void stella_report_forget(struct stella_signature_report *signature)
{
	free(signature->issuer);
	free(signature->identity);
	free(signature->names);
	signature->issuer = signature->identity = NULL;
	signature->names = NULL;
	stella_fulcio_free(signature->fulcio);
	signature->fulcio = NULL;
	memset(signature->asked, 0, sizeof signature->asked);
	free_texts(signature->records, signature->record_count);
	signature->records = NULL;
	signature->record_count = 0;
	signature->chain.count = 0;
}

static void free_signature(struct stella_signature_report *signature)
{
	stella_report_forget(signature);
	free(signature->message);
	free(signature->hint);
	free(signature->algorithm);
	free(signature->keyid);
}

void stella_report_free(struct stella_report *report)
{
	if (!report)
		return;
	for (size_t i = 0; i < report->step_count; i++) {
		free(report->steps[i].object);
		free(report->steps[i].text);
	}
	free(report->steps);
	for (size_t i = 0; i < report->signature_count; i++)
		free_signature(&report->signatures[i]);
	free(report->signatures);
	stella_times_free(&report->times);
	free_texts(report->issuers, report->issuer_count);
	for (size_t i = 0; i < report->cert_count; i++)
		stella_cert_free(report->certs[i]);
	free(report->certs);
	free(report->recorded.object);
	free(report->recorded.source);
	free(report);
}

static struct stella_step *add_step(struct stella_report *report, const char *name,
	enum stella_step_result result, size_t signature, const char *object)
{
	struct stella_step *step;

	STELLA_GROW(report->steps, report->step_count, report->step_cap);
	step = &report->steps[report->step_count++];
	*step = (struct stella_step){ .name = name, .result = result, .signature = signature };
	step->object = stella_strdup(object);
	return step;
}

void stella_report_step(struct stella_report *report, const char *name, enum stella_step_result result,
	size_t signature, const char *object, const char *format, ...)
{
	char text[STELLA_ERROR_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	add_step(report, name, result, signature, object)->text = stella_strdup(text);
}

void stella_report_failure(struct stella_report *report, const char *name, size_t signature,
	const char *object, const struct stella_error *err)
{
	struct stella_step *step = add_step(report, name, STELLA_STEP_FAIL, signature, object);

	step->code = err->code;
	step->text = stella_strdup(err->message);
}

void stella_report_refuse(struct stella_signature_report *signature, const struct stella_error *err)
{
	signature->trusted = false;
	signature->code = err->code;
	free(signature->message);
	signature->message = stella_strdup(err->message);
}

static void add_once(char ***texts, size_t *count, const char *text)
{
	for (size_t i = 0; i < *count; i++) {
		if (strcmp((*texts)[i], text) == 0)
			return;
	}
	*texts = stella_realloc_array(*texts, *count + 1, sizeof **texts);
	(*texts)[(*count)++] = stella_strdup(text);
}

void stella_report_record(struct stella_signature_report *signature, const char *path)
{
	add_once(&signature->records, &signature->record_count, path);
}

void stella_report_issuer(struct stella_report *report, const char *id)
{
	add_once(&report->issuers, &report->issuer_count, id);
}

bool stella_report_may_name(const struct stella_report *report, const char *issuer, size_t subject)
{
	for (size_t i = 0; i < report->signature_count; i++) {
		const struct stella_signature_report *one = &report->signatures[i];

		if (one->trusted && one->names && one->names[subject] && (!issuer || strcmp(one->issuer, issuer) == 0))
			return true;
	}
	return false;
}

void stella_report_trouble(struct stella_report *report, const char *path, const struct stella_error *why)
{
	if (!*report->trouble.message)
		report->trouble = *why;
	stella_report_step(report, "record", STELLA_STEP_NOT_CHECKED, 0, path, "NOT CHECKED: %s", why->message);
}

const struct stella_cert *stella_report_own(struct stella_report *report, struct stella_cert *cert)
{
	STELLA_GROW(report->certs, report->cert_count, report->cert_cap);
	report->certs[report->cert_count++] = cert;
	return cert;
}

/* From the least telling to the most. */
unsigned stella_report_rank(enum stella_code code)
{
	static const enum stella_code order[] = {
		STELLA_MALFORMED,
		STELLA_KEY_UNKNOWN,
		STELLA_ALGORITHM_UNSUPPORTED,
		STELLA_SIGNATURE_MISMATCH,
		STELLA_IDENTITY_MISMATCH,
		STELLA_LOG_ENTRY_MISMATCH,
		STELLA_TIMESTAMP_INVALID,
		STELLA_ANCHOR_MISSING,
		STELLA_CHAIN_INVALID,
		STELLA_CERT_EXPIRED,
		STELLA_KEY_EXPIRED,
		STELLA_KEY_REVOKED,
		STELLA_POLICY_UNSUPPORTED,
		STELLA_ISSUER_UNTRUSTED,
		STELLA_PREDICATE_NOT_ALLOWED,
		STELLA_SUBJECT_MISMATCH,
	};

	for (unsigned i = 0; i < sizeof order / sizeof *order; i++) {
		if (order[i] == code)
			return i + 1;
	}
	return 0;
}

const char *stella_code_hint(enum stella_code code)
{
	switch (code) {
	case STELLA_SIGNATURE_MISMATCH:
		return "stella attest integrity-check %a";
	case STELLA_MALFORMED:
		return "stella attest show %a --details, "
			"then stella attest create --subject <digest> --type <type> --force";
	case STELLA_ANCHOR_MISSING:
		return "stella trust-anchors add --cert <root.pem>, or --trusted-root <trusted_root.json>";
	case STELLA_CHAIN_INVALID:
		return "stella verify cert-chain --attestation %a, "
			"then stella trust-anchors add-intermediate --cert <intermediate.pem>";
	case STELLA_CERT_EXPIRED:
		return "stella verify cert --attestation %a --show-expiry, then stella attest resign %a";
	case STELLA_KEY_EXPIRED:
		return "stella trust-anchors add-key --key <key.pem> --expires <date>, "
			"or stella attest resign %a";
	case STELLA_KEY_UNKNOWN:
		return "stella trust-anchors add-key --key <key.pem> --expires <date>, "
			"or stella issuer keys fetch <issuer-id>";
	case STELLA_KEY_REVOKED:
		return "stella keys show %k, then stella attest create --subject <digest> --type <type> --force";
	case STELLA_ISSUER_UNTRUSTED:
		return "stella issuer show %i, then stella issuer trust %i --reason <why>";
	case STELLA_IDENTITY_MISMATCH:
		return "stella verify cert --attestation %a, then stella issuer list";
	case STELLA_ALGORITHM_UNSUPPORTED:
		return "stella crypto providers list --algorithms";
	case STELLA_PREDICATE_NOT_ALLOWED:
	case STELLA_SUBJECT_MISMATCH:
		return "stella attest show %a --details, stella issuer show %i";
	case STELLA_NO_ATTESTATION:
		return "stella attest list, then stella attest create --subject <digest> --type <type>";
	case STELLA_EXPIRING:
		return "stella keys rotate, stella trust-anchors replace or stella policy renew";
	case STELLA_GATE_UNMET:
		return "stella attest list --subject <digest>";
	case STELLA_LOG_ENTRY_MISMATCH:
	case STELLA_TIMESTAMP_INVALID:
		return "stella attest show %a --details";
	case STELLA_NO_PIN:
		return "stella pin <root-commit>";
	case STELLA_APPROVAL_MISSING:
		return "stella status, then stella approve";
	default:
		return "";
	}
}
