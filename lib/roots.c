/* SPDX-License-Identifier: Apache-2.0 */
#include "roots.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sigstore.h"

struct stella_roots {
	struct stella_shelf *shelf;
	struct stella_report *report;
	const struct stella_sigstore_root **items; size_t count; /* that can be used */
	bool loaded;
};

struct stella_roots *stella_roots_new(struct stella_shelf *shelf, struct stella_report *report)
{
	struct stella_roots *roots = stella_alloc(sizeof *roots);

	roots->shelf = shelf;
	roots->report = report;
	return roots;
}

void stella_roots_free(struct stella_roots *roots)
{
	if (!roots)
		return;
	free(roots->items);
	free(roots);
}

/* ---------------------------------------------------------------- records */

static const struct stella_error *load(struct stella_roots *roots)
{
	const struct stella_shelved *const *all;
	size_t count;
	const struct stella_error *err = stella_shelf_all(&all, &count, roots->shelf, STELLA_SHELF_SIGSTORE);

	if (err)
		return err;
	roots->items = stella_alloc_array(count, sizeof *roots->items);
	for (size_t i = 0; i < count; i++) {
		if (all[i]->why)
			stella_report_trouble(roots->report, all[i]->path, all[i]->why);
		else
			roots->items[roots->count++] = all[i]->record.sigstore;
	}
	roots->loaded = true;
	return NULL;
}

const struct stella_error *stella_roots_load(const struct stella_sigstore_root *const **out, size_t *count,
	struct stella_roots *roots)
{
	const struct stella_error *err = roots->loaded ? NULL : load(roots);

	*out = roots->items;
	*count = roots->count;
	return err;
}

const struct stella_error *stella_roots_find(const struct stella_sigstore_root **out, struct stella_roots *roots,
	const char *name)
{
	const struct stella_sigstore_root *const *items;
	size_t count;
	const struct stella_error *err = stella_roots_load(&items, &count, roots);

	*out = NULL;
	for (size_t i = 0; !err && i < count && !*out; i++)
		if (strcmp(items[i]->name, name) == 0)
			*out = items[i];
	return err;
}

/* ---------------------------------------------------------------- times */

static const struct stella_json *log_entries(const struct stella_bundle *bundle)
{
	return stella_json_find(stella_json_find(bundle->document, "verificationMaterial"), "tlogEntries");
}

static bool knows_log(const struct stella_trustroot *root, struct stella_span id)
{
	for (size_t i = 0; i < root->tlog_count; i++)
		if (stella_span_equal(stella_buf_span(&root->tlogs[i].id), id))
			return true;
	return false;
}

/* Is any of the entries of a log that this root knows?  One that cannot be read is for who verifies it. */
static bool knows_entry(const struct stella_trustroot *root, const struct stella_json *entries)
{
	bool knows = false;

	for (size_t i = 0; !knows && i < stella_json_count(entries); i++) {
		struct stella_tlog_entry *entry;

		if (stella_tlog_parse(&entry, stella_json_at(entries, i)))
			return true;
		knows = knows_log(root, stella_buf_span(&entry->log_id));
		stella_tlog_free(entry);
	}
	return knows;
}

/* The same bundle without its log entries, for roots that know none of them. */
static struct stella_json *without_entries(const struct stella_bundle *bundle)
{
	struct stella_json *document = stella_json_copy(bundle->document);
	struct stella_json *material = stella_json_edit(document, "verificationMaterial");

	if (material)
		stella_json_unset(material, "tlogEntries");
	return document;
}

struct tally {
	bool known;                 /* an entry's log is known to a root */
	size_t entries, stamps;     /* that were verified */
	struct stella_error why;    /* what a root that knows the log has against it; "" nothing */
	struct stella_error shy;    /* why a timestamp does not count; "" nothing */
};

void stella_roots_add_times(struct stella_times *out, const struct stella_sigstore_root *root,
	const struct stella_sigstore_result *result)
{
	char path[STELLA_PATH_MAX];

	snprintf(path, sizeof path, "sigstore/%s.json", root->name);
	for (size_t i = 0; i < result->time_count; i++)
		stella_times_add(out, result->times[i].time, result->times[i].source, result->times[i].authority, path);
}

static void take(struct stella_times *out, struct tally *tally, const struct stella_sigstore_root *root,
	const struct stella_sigstore_result *result)
{
	size_t stamps = 0;

	if (result->stamps_not_counted && !*tally->shy.message)
		tally->shy = result->stamp_failure;
	if (result->entry_count > tally->entries)
		tally->entries = result->entry_count;
	if (result->authority_count < root->times) {
		if (result->time_count)
			snprintf(tally->shy.message, sizeof tally->shy.message, "%zu of %u independent logs or authorities of "
				"sigstore/%s.json say when it was signed", result->authority_count, root->times, root->name);
		return;
	}
	for (size_t i = 0; i < result->time_count; i++)
		stamps += strcmp(result->times[i].source, "rfc3161") == 0;
	if (stamps > tally->stamps)
		tally->stamps = stamps;
	stella_roots_add_times(out, root, result);
}

static const struct stella_error *ask_root(struct stella_times *out, struct tally *tally,
	const struct stella_sigstore_root *root, const struct stella_bundle *bundle, const struct stella_pubkey *key,
	int64_t now)
{
	const struct stella_sigstore_thresholds thresholds = { .now = now };
	const struct stella_json *entries = log_entries(bundle);
	bool knows = knows_entry(root->root, entries);
	struct stella_bundle rest = *bundle;
	struct stella_sigstore_result result;
	const struct stella_error *err;

	if (!knows && !bundle->timestamp_count)
		return NULL;
	if (stella_json_count(entries) && !knows)
		rest.document = without_entries(bundle);
	err = stella_sigstore_verify_times(&result, &rest, root->root, key, NULL, &thresholds);
	if (!err)
		take(out, tally, root, &result);
	tally->known |= knows;
	if (err && (!*tally->why.message || knows)) /* who knows the log says more */
		tally->why = *err;
	if (err && stella_code_exit(err->code) == STELLA_EXIT_REFUSED)
		err = NULL;
	stella_sigstore_result_free(&result);
	if (rest.document != bundle->document)
		stella_json_free(rest.document);
	return err;
}

static void report_tally(struct stella_roots *roots, const struct stella_bundle *bundle, const struct tally *tally)
{
	struct stella_report *report = roots->report;

	if (tally->entries)
		stella_report_step(report, "log", STELLA_STEP_OK, 0, NULL, "%zu transparency log entr%s verified",
			tally->entries, tally->entries == 1 ? "y" : "ies");
	else if (bundle->log_entry_count)
		stella_report_step(report, "log", STELLA_STEP_NOT_CHECKED, 0, NULL,
			"transparency log entry: NOT CHECKED (%zu): no Sigstore root in force knows its log",
			bundle->log_entry_count);
	if (tally->stamps)
		stella_report_step(report, "timestamp", STELLA_STEP_OK, 0, NULL, "%zu of %zu timestamps verified",
			tally->stamps, bundle->timestamp_count);
	else if (bundle->timestamp_count)
		stella_report_step(report, "timestamp", STELLA_STEP_NOT_CHECKED, 0, NULL, "timestamp: NOT CHECKED (%zu): %s",
			bundle->timestamp_count, *tally->shy.message ? tally->shy.message : "no Sigstore root is in force");
}

const struct stella_error *stella_roots_verify_times(struct stella_times *out, struct stella_roots *roots,
	const struct stella_bundle *bundle, const struct stella_pubkey *key, int64_t now)
{
	const struct stella_sigstore_root *const *items;
	const struct stella_error *err;
	struct tally tally = { 0 };
	size_t count;

	*out = (struct stella_times){ 0 };
	if (!bundle || (!bundle->log_entry_count && !bundle->timestamp_count))
		return NULL;
	err = stella_roots_load(&items, &count, roots);
	for (size_t i = 0; !err && i < count; i++)
		err = ask_root(out, &tally, items[i], bundle, key, now);
	/* Some root has something against it, and none vouches for what that one knows. */
	if (!err && *tally.why.message && (tally.known ? !tally.entries : !tally.stamps))
		err = stella_error(tally.why.code, "%s", tally.why.message);
	if (err)
		stella_times_free(out);
	else
		report_tally(roots, bundle, &tally);
	return err;
}
