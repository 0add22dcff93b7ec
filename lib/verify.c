/* SPDX-License-Identifier: Apache-2.0 */
#include "verify_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

const struct stella_error *stella_verify_step(struct stella_verify_run *run, const char *name,
	size_t signature, const char *object, const struct stella_error *err, const char *ok)
{
	if (err)
		stella_report_failure(run->report, name, signature, object, err);
	else
		stella_report_step(run->report, name, STELLA_STEP_OK, signature, object, "%s", ok);
	return err;
}

/* No signature counts: the most telling reason, with its place where there are several. */
static const struct stella_error *why_none(const struct stella_report *report)
{
	const struct stella_signature_report *best = &report->signatures[0];

	for (size_t i = 1; i < report->signature_count; i++) {
		if (stella_report_rank(report->signatures[i].code) > stella_report_rank(best->code))
			best = &report->signatures[i];
	}
	/* Nobody is known who speaks with this, but a record that might say so cannot be used. */
	if (*report->trouble.message && (best->code == STELLA_KEY_UNKNOWN
		|| best->code == STELLA_IDENTITY_MISMATCH || best->code == STELLA_ANCHOR_MISSING))
		return stella_error(report->trouble.code, "%s", report->trouble.message);
	if (report->signature_count == 1)
		return stella_error(best->code, "%s", best->message);
	return stella_error(best->code, "%s (signature %zu of %zu; none counts)", best->message,
		best->index + 1, report->signature_count);
}

static const struct stella_error *verify_signatures(struct stella_verify_run *run)
{
	const struct stella_error *err;
	bool trusted = false;

	stella_dsse_pae(
		&run->pae, run->evidence->dsse->payload_type, stella_buf_span(&run->evidence->dsse->payload));
	for (size_t i = 0; i < run->report->signature_count; i++) {
		err = stella_verify_signature(run, i);
		if (err)
			return err;
		trusted |= run->report->signatures[i].trusted;
	}
	return trusted ? NULL : why_none(run->report);
}

static const struct stella_error *verify_asked_type(struct stella_verify_run *run)
{
	const char *found = run->evidence->statement->predicate_type, *asked = run->options->predicate_type;
	const struct stella_error *err = NULL;

	if (!asked)
		return NULL;
	if (strcmp(found, asked) != 0)
		err = stella_error(STELLA_NO_ATTESTATION,
			"no attestation of type %.300s: this one is of type %.300s", asked, found);
	return stella_verify_step(run, "asked", 0, asked, err, "it is of the type asked for");
}

static const struct stella_error *verify_asked_artifact(struct stella_verify_run *run)
{
	const struct stella_verify_options *options = run->options;
	const struct stella_statement *statement = run->evidence->statement;
	const struct stella_digest *first = &statement->subjects[0].digests[0];
	const struct stella_error *err = NULL;
	char object[200];

	if (!options->artifact_count)
		return NULL;
	snprintf(object, sizeof object, "%s:%s", options->artifact[0].algorithm, options->artifact[0].hex);
	if (!stella_statement_find_subject(statement, options->artifact, options->artifact_count))
		err = stella_error(STELLA_SUBJECT_MISMATCH,
			"subject mismatch: asked for %s; none of %zu subjects is it (the first is "
			"%.40s:%.140s)",
			object, statement->subject_count, first->algorithm, first->hex);
	return stella_verify_step(run, "asked", 0, object, err, "a subject is the artifact asked for");
}

static void report_policy(struct stella_verify_run *run)
{
	const struct stella_trust *trust = run->trust;
	char state[STELLA_SHA256_HEX], root[STELLA_OID_HEX];

	stella_sha256_hex(state, &trust->state->id);
	stella_oid_hex(root, &trust->root);
	stella_report_step(run->report, "policy", STELLA_STEP_OK, 0, state,
		"state #%llu of %s is in force; root %s is pinned by %s",
		(unsigned long long)trust->state->number, trust->ref, root, trust->root_source);
}

static void report_evidence(struct stella_verify_run *run)
{
	const struct stella_evidence *evidence = run->evidence;
	char id[STELLA_SHA256_HEX];

	stella_sha256_hex(id, &evidence->id);
	if (evidence->bundle)
		stella_report_step(run->report, "envelope", STELLA_STEP_OK, 0, id, "Sigstore bundle 0.%u, %s",
			evidence->bundle->minor, evidence->statement->type);
	else
		stella_report_step(run->report, "envelope", STELLA_STEP_OK, 0, id, "DSSE, %zu signatures, %s",
			evidence->dsse->signature_count, evidence->statement->type);
}

/* Nobody looked at it: no signature came so far. */
static void report_unchecked(struct stella_verify_run *run, const char *name, const char *what, size_t count)
{
	bool said = false;

	for (size_t i = 0; i < run->report->step_count; i++)
		said |= strcmp(run->report->steps[i].name, name) == 0;
	if (count && !said)
		stella_report_step(run->report, name, STELLA_STEP_NOT_CHECKED, 0, NULL, "%s: NOT CHECKED (%zu)", what, count);
}

static void report_time(struct stella_verify_run *run)
{
	const struct stella_bundle *bundle = run->evidence->bundle;
	const struct stella_report *report = run->report;
	char time[STELLA_TIME_TEXT];

	if (bundle) {
		report_unchecked(run, "log", "transparency log entry", bundle->log_entry_count);
		report_unchecked(run, "timestamp", "timestamp", bundle->timestamp_count);
	}
	for (size_t i = 0; i < report->times.count; i++) {
		const struct stella_report_time *one = &report->times.items[i];

		stella_time_print(time, one->time);
		stella_report_step(run->report, "time", STELLA_STEP_OK, 0, time, "%s%s%s%s%s", one->source,
			one->object ? " by " : "", one->object ? one->object : "", one->record ? ", " : "",
			one->record ? one->record : "");
	}
	stella_time_print(time, report->time);
	if (!report->times.count)
		stella_report_step(run->report, "time", STELLA_STEP_OK, 0, time,
			"judged at the present time: no verified timestamp");
}

/* Where nothing else proves a time, what was recorded does. */
static const struct stella_error *set_recorded(struct stella_verify_run *run)
{
	const struct stella_recorded_time *recorded = NULL;
	const struct stella_error *err = NULL;
	struct stella_buf by = { 0 };
	char commit[STELLA_OID_HEX];

	if (run->options->recorded)
		err = stella_recorded_find(&recorded, run->options->recorded, &run->evidence->id);
	if (!recorded)
		return err;
	stella_oid_hex(commit, &recorded->commit);
	stella_buf_printf(&by, "%s in commit %s, state #%llu", recorded->member, commit,
		(unsigned long long)recorded->number);
	stella_report_set_recorded(run->report, recorded->time, (const char *)by.data);
	stella_buf_free(&by);
	return NULL;
}

static const struct stella_error *verify_all(struct stella_verify_run *run)
{
	const struct stella_error *err;

	report_policy(run);
	report_evidence(run);
	err = verify_signatures(run);
	if (err) {
		stella_report_step(run->report, "asked", STELLA_STEP_SKIPPED, 0, NULL,
			"no signature counts, so nothing that it says does");
	} else {
		err = verify_asked_type(run);
		if (!err)
			err = verify_asked_artifact(run);
	}
	report_time(run);
	return err;
}

const struct stella_error *stella_verify(struct stella_report **report,
	const struct stella_evidence *evidence, struct stella_trust *trust,
	const struct stella_verify_options *options)
{
	struct stella_verify_run run = { .evidence = evidence, .trust = trust, .options = options };
	struct stella_shelf *own = NULL;
	const struct stella_error *err;

	*report = NULL;
	if (trust->verdict) /* loaded to be looked at only */
		return stella_error(trust->verdict->code, "%s", trust->verdict->message);
	if (options->issuer && !stella_id_valid(stella_span_str(options->issuer)))
		return stella_error(STELLA_USAGE, "\"%.100s\" is not the id of an issuer", options->issuer);
	run.report = stella_report_new(evidence, options->now);
	err = set_recorded(&run);
	if (err) {
		stella_report_free(run.report);
		return err;
	}
	run.shelf = options->shelf ? options->shelf : (own = stella_shelf_new(trust));
	run.keyring = stella_keyring_new(run.shelf, run.report);
	stella_keyring_remember(run.keyring, options->memo);
	run.roots = stella_roots_new(run.shelf, run.report);
	run.identities = stella_identities_new(run.shelf, run.roots, run.report);
	err = verify_all(&run);
	run.report->trusted = !err;
	if (err)
		run.report->verdict = *err;
	*report = run.report;
	stella_keyring_free(run.keyring);
	stella_identities_free(run.identities);
	stella_roots_free(run.roots);
	stella_shelf_free(own);
	stella_buf_free(&run.pae);
	return err;
}
