/* SPDX-License-Identifier: Apache-2.0 */
/* metrics: what the event log counts and what is in force, for Prometheus. */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "eventlog.h"
#include "fields.h"
#include "metrics.h"
#include "session.h"
#include "sys.h"

const struct opt metrics_opts[] = {
	{ "textfile", 0, "FILE.prom", "write it there, whole or not at all, for the node exporter's textfile collector", NULL, false },
	{ "out", 0, "FILE", NULL, "textfile", false },
	{ 0 }
};

/* ---------------------------------------------------------------- what the log counts */

/* "ok"; "refused": looked at, and the answer is no; "error": could not be decided. */
static const char *result_of(const char *word)
{
	if (!strcmp(word, "ok"))
		return "ok";
	for (unsigned code = 0; code < STELLA_CODE_COUNT; code++) {
		enum stella_exit status = stella_code_exit((enum stella_code)code);

		if (!strcmp(stella_code_word((enum stella_code)code), word))
			return status == STELLA_EXIT_REFUSED || status == STELLA_EXIT_MALFORMED ? "refused" : "error";
	}
	return "error"; /* of another version of this program */
}

static void add_counts(struct metrics *metrics, const struct stella_totals *totals, const char *event)
{
	for (size_t i = 0; i < totals->count; i++) {
		const struct stella_total *t = &totals->items[i];
		const char *const labels[] = { "command", t->command, "result", result_of(t->code), "code", t->code, NULL };

		if (!strcmp(t->event, event))
			metrics_add_int(metrics, "", labels, t->count);
	}
}

static void add_last(struct metrics *metrics, const struct stella_totals *totals, const char *event)
{
	static const char *const results[] = { "ok", "refused", "error" };

	for (size_t r = 0; r < 3; r++) {
		const char *const labels[] = { "result", results[r], NULL };
		int64_t last = INT64_MIN;

		for (size_t i = 0; i < totals->count; i++) {
			const struct stella_total *t = &totals->items[i];

			/* those that look at certificates alone are of people who look for a cause */
			if (!strcmp(t->event, event) && !strcmp(result_of(t->code), results[r]) &&
			    strncmp(t->command, "verify cert", 11) != 0 && t->last > last)
				last = t->last;
		}
		if (last != INT64_MIN)
			metrics_add_int(metrics, "", labels, last);
	}
}

static void add_durations(struct metrics *metrics, const struct stella_totals *totals)
{
	int64_t count = 0;

	for (size_t i = 0; i <= STELLA_TOTALS_BUCKETS; i++) {
		struct metrics bound = { 0 }; /* its printed value is the label */
		const char *labels[] = { "le", "+Inf", NULL };

		count += totals->buckets[i];
		metrics_family(&bound, "", "", "");
		if (i < STELLA_TOTALS_BUCKETS) {
			metrics_add_seconds(&bound, "", NULL, stella_totals_bounds[i]);
			labels[1] = bound.families[0].samples[0].value;
		}
		metrics_add_int(metrics, "_bucket", labels, count);
		metrics_free(&bound);
	}
	metrics_add_seconds(metrics, "_sum", NULL, totals->microseconds);
	metrics_add_int(metrics, "_count", NULL, count);
}

static void add_log(struct metrics *metrics, const struct stella_totals *totals, size_t damaged)
{
	metrics_family(metrics, "attestor_verifications_total", "counter",
		"Verifications by command, result (ok, refused, error) and verdict code.");
	add_counts(metrics, totals, "verification");
	metrics_family(metrics, "attestor_verification_last_timestamp_seconds", "gauge",
		"When an attestation, artifact or bundle was last verified with this result.");
	add_last(metrics, totals, "verification");
	metrics_family(metrics, "attestor_verification_duration_seconds", "histogram", "How long verifications took.");
	add_durations(metrics, totals);
	metrics_family(metrics, "attestor_checks_total", "counter", "Checks of the trust branch by command, result and code.");
	add_counts(metrics, totals, "check");
	metrics_family(metrics, "attestor_signings_total", "counter", "Attestations signed here, by command, result and code.");
	add_counts(metrics, totals, "signing");
	metrics_family(metrics, "attestor_signing_last_timestamp_seconds", "gauge", "When something was last signed here with this result.");
	add_last(metrics, totals, "signing");
	metrics_family(metrics, "attestor_trust_changes_total", "counter", "Changes of trust made here, by command, result and code.");
	add_counts(metrics, totals, "change");
	metrics_family(metrics, "attestor_failures_total", "counter", "Other commands that failed, by command, result and code.");
	add_counts(metrics, totals, "failure");
	metrics_family(metrics, "attestor_log_damaged_lines", "gauge", "Lines of the event log that cannot be read.");
	metrics_add_int(metrics, "", NULL, (int64_t)damaged);
}

static const struct stella_error *load_log(struct metrics *metrics, struct cmd *cmd)
{
	struct stella_totals totals = { 0 };
	char *state_dir, *dir = NULL;
	struct stella_oid root;
	size_t damaged;
	const struct stella_error *err = stella_sys_state_dir(&state_dir);

	if (err)
		return err;
	dir = stella_eventlog_dir(state_dir, log_root(&root, cmd) ? &root : NULL);
	err = stella_eventlog_totals(&totals, &damaged, dir);
	if (!err)
		add_log(metrics, &totals, damaged);
	stella_totals_free(&totals);
	free(dir);
	free(state_dir);
	return err;
}

/* ---------------------------------------------------------------- what is in force */

/* Of instances of a Sigstore root with one name the first to end counts: a series is there once. */
static bool is_told(const struct endings *all, size_t which)
{
	const struct ending *e = &all->items[which];

	for (size_t i = 0; i < which; i++) {
		const struct ending *before = &all->items[i];

		if (before->kind == e->kind && before->meant == e->meant && !strcmp(before->name, e->name) &&
		    ending_is_news(before, all->now))
			return true;
	}
	return false;
}

static void add_endings(struct metrics *metrics, const struct endings *all)
{
	int64_t unusable = 0;

	metrics_family(metrics, "attestor_expiry_timestamp_seconds", "gauge",
		"When the policy, an anchor, a key, an issuer or an instance of a Sigstore root ends; less time() it is what is left. "
		"planned: somebody decided it, or others of the root go on.");
	for (size_t i = 0; i < all->count; i++) {
		const struct ending *e = &all->items[i];
		const char *labels[9] = { "kind", ending_kind_name(e->kind), "name", e->name };
		size_t count = 4;

		unusable += e->trouble != NULL;
		if (!ending_is_news(e, all->now) || is_told(all, i))
			continue;
		if (e->owner) {
			labels[count++] = e->kind == ENDING_KEY ? "issuer" : "root";
			labels[count++] = e->owner;
		}
		if (e->meant) {
			labels[count++] = "planned";
			labels[count++] = "true";
		}
		metrics_add_int(metrics, "", labels, e->until);
	}
	metrics_family(metrics, "attestor_unusable_records", "gauge", "Records in force that this program cannot use.");
	metrics_add_int(metrics, "", NULL, unusable);
}

static const struct stella_error *add_trust(struct metrics *metrics, struct stella_trust *trust, int64_t now)
{
	struct endings all = { 0 };
	struct stella_oid tree;
	bool differs = false;
	const struct stella_error *err = NULL;

	metrics_family(metrics, "attestor_trust_heads", "gauge", "Heads of the history; more than one is a fork.");
	metrics_add_int(metrics, "", NULL, (int64_t)trust->view.head_count);
	metrics_family(metrics, "attestor_pending_approvals", "gauge", "Approvals of states that are not in force.");
	metrics_add_int(metrics, "", NULL, (int64_t)trust->view.pending_count);
	if (!trust->state)
		return NULL;
	metrics_family(metrics, "attestor_trust_state_number", "gauge", "The number of the state in force.");
	metrics_add_int(metrics, "", NULL, (int64_t)trust->state->number);
	err = tip_tree(&tree, &differs, trust);
	if (!err) {
		metrics_family(metrics, "attestor_tip_unapproved", "gauge",
			"1 where the tip of the trust branch holds what is not in force.");
		metrics_add_int(metrics, "", NULL, differs);
		err = endings_load(&all, trust, now);
	}
	if (!err)
		add_endings(metrics, &all);
	endings_free(&all);
	return err;
}

/* A state that does not stand is a metric as well; the error is handed back, to be told after it. */
static const struct stella_error *load_trust(struct metrics *metrics, struct stella_error *slot, struct cmd *cmd)
{
	struct stella_trust *trust = NULL;
	const struct stella_error *err = session_trust_at(&trust, cmd, NULL, true);
	const char *labels[] = { "code", NULL, NULL };

	if (!err)
		err = add_trust(metrics, trust, cmd->now);
	if (!err)
		err = trust->verdict;
	if (err)
		*slot = *err;
	stella_trust_free(trust);
	metrics_family(metrics, "attestor_trust_in_force", "gauge", "1 where a trust state is in force and may be believed now.");
	metrics_add_int(metrics, "", NULL, !err);
	metrics_family(metrics, "attestor_trust_error", "gauge", "Why not, by code.");
	labels[1] = err ? stella_code_word(slot->code) : NULL;
	if (err)
		metrics_add_int(metrics, "", labels, 1);
	return err ? slot : NULL;
}

/* ---------------------------------------------------------------- the command */

static const struct stella_error *put_file(struct cmd *cmd, const char *path, const struct metrics *metrics)
{
	struct stella_buf text = { 0 };
	const struct stella_error *err;

	metrics_print(&text, metrics);
	err = stella_sys_replace(path, stella_buf_span(&text), 0644);
	if (!err && cmd->verbose)
		say(cmd, "%s: %zu bytes\n", show(cmd, path), text.size);
	stella_buf_free(&text);
	return err;
}

const struct stella_error *cmd_metrics(struct cmd *cmd)
{
	const char *path = opts_get(cmd, "textfile");
	const char *const build[] = { "version", PACKAGE_VERSION, NULL };
	size_t size = path ? strlen(path) : 0;
	struct metrics metrics = { 0 };
	struct stella_error slot;
	const struct stella_error *err, *verdict;

	if (path && (size < 6 || strcmp(path + size - 5, ".prom")))
		return stella_error(STELLA_USAGE, "--textfile %s: the node exporter reads only files that end with .prom", path);
	metrics_family(&metrics, "attestor_build_info", "gauge", "1; the version of stella is a label.");
	metrics_add_int(&metrics, "", build, 1);
	verdict = load_trust(&metrics, &slot, cmd);
	err = load_log(&metrics, cmd);
	if (!err && path) {
		err = put_file(cmd, path, &metrics);
	} else if (!err && cmd->json) {
		struct stella_json *object = stella_json_new_object();

		stella_json_set(object, "families", metrics_json(&metrics));
		say_json(cmd, "metrics", object);
	} else if (!err) {
		metrics_print(&cmd->out, &metrics);
	}
	metrics_free(&metrics);
	return err ? err : verdict ? stella_error(verdict->code, "%s", verdict->message) : NULL;
}
