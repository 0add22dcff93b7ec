/* SPDX-License-Identifier: Apache-2.0 */
#include "judged.h"

#include <stdlib.h>
#include <string.h>

#include "summary.h"

void stella_judged_free(struct stella_judged_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		stella_report_free(list->items[i].report);
		stella_evidence_free(list->items[i].evidence);
		free(list->items[i].source);
		free(list->items[i].issuers);
	}
	free(list->items);
	*list = (struct stella_judged_list){ 0 };
}

bool stella_judged_has(const struct stella_judged_list *list, const struct stella_sha256 *id)
{
	for (size_t i = 0; i < list->count; i++)
		if (stella_sha256_equal(&list->items[i].id, id))
			return true;
	return false;
}

static struct stella_judged *add_item(struct stella_judged_list *list, const struct stella_sha256 *id, const char *source)
{
	struct stella_judged *item;

	STELLA_GROW(list->items, list->count, list->cap);
	item = &list->items[list->count++];
	*item = (struct stella_judged){ .id = *id };
	item->source = stella_strdup(source);
	return item;
}

void stella_judged_add_unread(struct stella_judged_list *list, const struct stella_sha256 *id, const char *source,
	const struct stella_error *why)
{
	add_item(list, id, source)->why = *why;
}

static const struct stella_error *check_room(const struct stella_judged_list *list, const struct stella_evidence *evidence)
{
	if (list->count >= STELLA_JUDGED_MAX)
		return stella_error(STELLA_LIMIT, "more than %d attestations about one artifact", STELLA_JUDGED_MAX);
	if (evidence->bytes.size > STELLA_JUDGED_BYTES_MAX - list->bytes)
		return stella_error(STELLA_LIMIT, "more than %u bytes of attestations about one artifact", STELLA_JUDGED_BYTES_MAX);
	return NULL;
}

/* Is it an answer about this attestation, or could nothing be judged? */
static bool is_answer(const struct stella_error *err)
{
	enum stella_exit status = stella_code_exit(err->code);

	return status == STELLA_EXIT_REFUSED || status == STELLA_EXIT_MALFORMED || status == STELLA_EXIT_LIMIT ||
		stella_error_is(err, STELLA_POLICY_UNSUPPORTED);
}

const struct stella_error *stella_judged_add(struct stella_judged_list *list, struct stella_evidence *evidence,
	const char *source, struct stella_trust *trust, const struct stella_verify_options *options)
{
	struct stella_report *report = NULL;
	struct stella_judged *item;
	const struct stella_error *err;

	if (stella_judged_has(list, &evidence->id)) {
		stella_evidence_free(evidence);
		return NULL;
	}
	err = check_room(list, evidence);
	if (!err) {
		bool trusted, negative;

		err = stella_verify(&report, evidence, trust, options);
		trusted = !err;
		if (!err)
			err = stella_summary_verify_positive(evidence->statement);
		negative = trusted && stella_error_is(err, STELLA_REFUSED);
		if (!err || is_answer(err)) {
			item = add_item(list, &evidence->id, source);
			list->bytes += evidence->bytes.size;
			item->evidence = evidence;
			item->report = report;
			item->counts = !err;
			item->negative = negative;
			if (err)
				item->why = *err;
			return NULL;
		}
	}
	stella_report_free(report);
	stella_evidence_free(evidence);
	return err;
}

const struct stella_error *stella_judged_verify(struct stella_judged_list *list, size_t *which)
{
	const struct stella_judged *best = NULL, *missing = NULL;
	char id[STELLA_SHA256_HEX];

	stella_judged_settle(list);
	*which = list->count;
	for (size_t i = 0; i < list->count; i++) {
		const struct stella_judged *item = &list->items[i];

		if (item->counts)
			return NULL;
		if (!missing && stella_code_exit(item->why.code) == STELLA_EXIT_MISSING)
			missing = item;
		if (!best || stella_report_rank(item->why.code) > stella_report_rank(best->why.code))
			best = item;
	}
	if (!best)
		return stella_error(STELLA_NO_ATTESTATION, "no attestation about this artifact is stored");
	if (missing)
		best = missing;
	*which = (size_t)(best - list->items);
	stella_sha256_hex(id, &best->id);
	if (missing)
		return stella_error(missing->why.code, "%s", missing->why.message); /* who loaded it named it */
	if (list->count == 1)
		return stella_error(best->why.code, "%s (attestation %s)", best->why.message, id);
	return stella_error(best->why.code, "%s (attestation %s, the nearest of %zu; none counts)", best->why.message, id,
		list->count);
}
