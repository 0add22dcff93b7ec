/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an attestation says of its signer and its time, in detail.  Each line says UNVERIFIED, or by which record of the
 * state in force it is verified.
 */
#include <string.h>

#include "cmd.h"
#include "encode.h"
#include "sigstore.h"
#include "tsp.h"
#include "verify.h"

void tell_extensions(struct cmd *cmd, const struct stella_cert *leaf, bool trusted, struct stella_json *object)
{
	struct stella_fulcio *fulcio;
	struct stella_json *part;

	if (stella_fulcio_parse(&fulcio, leaf)) {
		if (!object)
			say(cmd, "            extensions that cannot be read\n");
		return;
	}
	part = object ? stella_json_set(object, "extensions", stella_json_new_object()) : NULL;
	for (unsigned arc = 0; arc < STELLA_FULCIO_ARCS; arc++) {
		if (!fulcio->values[arc])
			continue;
		if (part)
			stella_json_set(part, stella_fulcio_json_name(arc), json_text(fulcio->values[arc]));
		else
			say(cmd, "            %s %s%s\n", stella_fulcio_name(arc), show(cmd, fulcio->values[arc]),
				trusted ? "" : " (UNVERIFIED)");
	}
	stella_fulcio_free(fulcio);
}

/* The record that proves this time; NULL: none does. */
static const char *proof_of(const struct stella_report *report, const char *source, int64_t time)
{
	for (size_t i = 0; report && i < report->times.count; i++)
		if (report->times.items[i].time == time && !strcmp(report->times.items[i].source, source))
			return report->times.items[i].record;
	return NULL;
}

static void tell_time(struct cmd *cmd, struct stella_json *array, const char *source, const char *what, int64_t time,
	const struct stella_report *report)
{
	const char *proof = time == STELLA_TIME_NONE ? NULL : proof_of(report, source, time);
	struct stella_json *one;

	if (!array) {
		say(cmd, "%-11s %s %s (%s%s)\n", !strcmp(source, "rekor") ? "log" : "timestamp", show_time(cmd, time),
			show(cmd, what), proof ? "verified by " : "UNVERIFIED", proof ? show(cmd, proof) : "");
		return;
	}
	one = stella_json_add(array, stella_json_new_object());
	stella_json_set_text(one, "source", source);
	stella_json_set(one, "time", json_time(time));
	stella_json_set(one, "what", json_text(what));
	stella_json_set_bool(one, "verified", proof != NULL);
	if (proof)
		stella_json_set_text(one, "record", proof);
}

static void tell_entry(struct cmd *cmd, struct stella_json *array, const struct stella_json *json,
	const struct stella_report *report)
{
	struct stella_tlog_entry *entry;
	struct stella_buf text = { 0 };

	if (stella_tlog_parse(&entry, json)) {
		tell_time(cmd, array, "rekor", "an entry that cannot be read", STELLA_TIME_NONE, report);
		return;
	}
	stella_buf_printf(&text, "entry %lld, %s %s, of log ", (long long)entry->log_index, entry->kind, entry->version);
	stella_hex_print(&text, stella_buf_span(&entry->log_id));
	tell_time(cmd, array, "rekor", (const char *)text.data,
		entry->integrated_time ? entry->integrated_time : STELLA_TIME_NONE, report);
	stella_buf_free(&text);
	stella_tlog_free(entry);
}

static void tell_stamp(struct cmd *cmd, struct stella_json *array, const struct stella_json *json,
	const struct stella_report *report)
{
	struct stella_tsp *token = NULL;
	struct stella_buf der = { 0 };
	const char *text;
	const struct stella_error *err = stella_json_need_text(&text, json, "signedTimestamp");

	if (!err)
		err = stella_base64_parse(&der, stella_span_str(text), STELLA_BASE64_ANY);
	if (!err)
		err = stella_tsp_parse(&token, stella_buf_span(&der));
	tell_time(cmd, array, "rfc3161", err ? "a token that cannot be read" : "RFC 3161",
		err ? STELLA_TIME_NONE : stella_tsp_claimed_time(token), report);
	stella_tsp_free(token);
	stella_buf_free(&der);
}

void tell_times(struct cmd *cmd, const struct stella_evidence *evidence, const struct stella_report *report,
	struct stella_json *array)
{
	const struct stella_json *material = evidence->bundle ?
		stella_json_find(evidence->bundle->document, "verificationMaterial") : NULL;
	const struct stella_json *entries = stella_json_find(material, "tlogEntries");
	const struct stella_json *stamps = stella_json_find(stella_json_find(material, "timestampVerificationData"),
		"rfc3161Timestamps");

	for (size_t i = 0; i < stella_json_count(entries); i++)
		tell_entry(cmd, array, stella_json_at(entries, i), report);
	for (size_t i = 0; i < stella_json_count(stamps); i++)
		tell_stamp(cmd, array, stella_json_at(stamps, i), report);
}

void tell_verdict(struct cmd *cmd, const struct stella_report *report, struct stella_trust *trust, struct stella_json *object)
{
	const char *next;

	if (report->trusted)
		return;
	next = hint_after(cmd, &report->verdict, report, trust, NULL);
	if (object) {
		stella_json_set(object, "refused", json_error(&report->verdict, next));
		return;
	}
	say(cmd, "refused     %s: %s\n", stella_code_word(report->verdict.code), show(cmd, report->verdict.message));
	if (next)
		say(cmd, "next        %s\n", show(cmd, next));
}
