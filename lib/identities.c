/* SPDX-License-Identifier: Apache-2.0 */
#include "identities_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

struct stella_identities *stella_identities_new(struct stella_shelf *shelf, struct stella_roots *roots,
	struct stella_report *report)
{
	struct stella_identities *identities = stella_alloc(sizeof *identities);

	identities->shelf = shelf;
	identities->report = report;
	identities->roots = roots;
	return identities;
}

void stella_identities_free(struct stella_identities *identities)
{
	if (!identities)
		return;
	free(identities->anchors);
	free(identities->issuers);
	for (size_t i = 0; i < identities->result_count; i++) {
		stella_sigstore_result_free(identities->results[i]);
		free(identities->results[i]);
	}
	free(identities->results);
	free(identities);
}

/* ---------------------------------------------------------------- records */

/* Can it be used?  If not, the report names it. */
static bool is_usable(struct stella_identities *ids, const struct stella_shelved *entry)
{
	if (entry->why)
		stella_report_trouble(ids->report, entry->path, entry->why);
	return !entry->why;
}

static const struct stella_error *load_anchors(struct stella_identities *ids)
{
	const struct stella_shelved *const *all;
	size_t count;
	const struct stella_error *err;

	if (ids->has_anchors)
		return NULL;
	err = stella_shelf_all(&all, &count, ids->shelf, STELLA_SHELF_ANCHOR);
	if (err)
		return err;
	ids->has_anchors = true;
	ids->anchors = stella_alloc_array(count, sizeof *ids->anchors);
	for (size_t i = 0; i < count; i++)
		if (is_usable(ids, all[i]))
			ids->anchors[ids->anchor_count++] = all[i]->record.anchor;
	return NULL;
}

static const struct stella_error *load_issuers(struct stella_identities *ids, const char *only)
{
	const struct stella_shelved *const *all, *one = NULL;
	size_t count;
	const struct stella_error *err;

	if (ids->has_issuers)
		return NULL;
	if (only) { /* without a scan */
		err = stella_shelf_find(&one, ids->shelf, STELLA_SHELF_ISSUER, only);
		all = &one;
		count = one != NULL;
	} else {
		err = stella_shelf_all(&all, &count, ids->shelf, STELLA_SHELF_ISSUER);
	}
	if (err)
		return err;
	ids->has_issuers = true;
	ids->issuers = stella_alloc_array(count, sizeof *ids->issuers);
	for (size_t i = 0; i < count; i++)
		if (is_usable(ids, all[i]))
			ids->issuers[ids->issuer_count++] = all[i]->record.issuer;
	return NULL;
}

const struct stella_error *stella_identities_load(struct stella_identities *ids, const char *only)
{
	const struct stella_error *err = load_anchors(ids);

	return err ? err : load_issuers(ids, only);
}

/* ---------------------------------------------------------------- chains */

/* What chain_verify is given: intermediates from both sides, and the anchors that count. */
struct search {
	const struct stella_cert **intermediates; size_t intermediate_count;
	const struct stella_cert **anchors; size_t anchor_count;
	struct stella_error why;    /* why an anchor that was named does not count; "" none */
};

static bool in_window(const struct stella_anchor *anchor, int64_t at)
{
	return (anchor->valid_from == STELLA_TIME_NONE || at >= anchor->valid_from)
		&& (anchor->expires == STELLA_TIME_NONE || at <= anchor->expires);
}

static void note(struct search *search, const struct stella_error *err)
{
	if (!*search->why.message)
		search->why = *err;
}

static void start_search(struct search *search, struct stella_identities *ids,
	const struct stella_cert *const *others, size_t other_count, int64_t at)
{
	*search = (struct search){ 0 };
	search->intermediates =
		stella_alloc_array(other_count + ids->anchor_count + 1, sizeof *search->intermediates);
	search->anchors = stella_alloc_array(ids->anchor_count + 1, sizeof *search->anchors);
	for (size_t i = 0; i < other_count; i++)
		search->intermediates[search->intermediate_count++] = others[i];
	for (size_t i = 0; i < ids->anchor_count; i++) {
		if (ids->anchors[i]->intermediate && in_window(ids->anchors[i], at))
			search->intermediates[search->intermediate_count++] = ids->anchors[i]->cert;
	}
}

static void end_search(struct search *search)
{
	free(search->intermediates);
	free(search->anchors);
}

static void add_anchor(struct search *search, const struct stella_anchor *anchor, int64_t at)
{
	char from[STELLA_TIME_TEXT] = "ever", until[STELLA_TIME_TEXT] = "ever", then[STELLA_TIME_TEXT];

	if (in_window(anchor, at)) {
		search->anchors[search->anchor_count++] = anchor->cert;
		return;
	}
	if (anchor->valid_from != STELLA_TIME_NONE)
		stella_time_print(from, anchor->valid_from);
	if (anchor->expires != STELLA_TIME_NONE)
		stella_time_print(until, anchor->expires);
	stella_time_print(then, at);
	note(search, stella_error(STELLA_CERT_EXPIRED,
		"certificate expired: trust anchor anchors/%s.json is valid from %s until %s, not at %s",
		anchor->name, from, until, then));
}

/* The anchors that an identity names, as far as there are any. */
static void name_anchors(struct search *search, const struct stella_identities *ids,
	const struct stella_issuer *issuer, const struct stella_identity *identity, int64_t at)
{
	for (size_t i = 0; i < identity->anchor_count; i++) {
		const struct stella_anchor *found = NULL;

		for (size_t k = 0; k < ids->anchor_count && !found; k++) {
			if (strcmp(ids->anchors[k]->name, identity->anchors[i]) == 0)
				found = ids->anchors[k];
		}
		if (!found || found->intermediate)
			note(search, stella_error(STELLA_ANCHOR_MISSING,
				"trust anchor not found: anchors/%s.json, which issuers/%s.json names%s",
				identity->anchors[i], issuer->id, found ? ", is an intermediate" : ""));
		else
			add_anchor(search, found, at);
	}
}

static const struct stella_error *run_search(struct stella_chain *out, const struct search *search,
	const struct stella_cert *leaf, int64_t at)
{
	const struct stella_error *err;

	if (!search->anchor_count)
		return stella_error(search->why.code, "%s", search->why.message);
	err = stella_chain_verify(out, leaf, search->intermediates, search->intermediate_count,
		search->anchors, search->anchor_count, at);
	/* An anchor that was named and is not there says more than that the others do not fit. */
	if (stella_error_is(err, STELLA_ANCHOR_MISSING) && *search->why.message)
		return stella_error(search->why.code, "%s", search->why.message);
	return err;
}

const struct stella_error *stella_identities_by_anchors(struct stella_identity_match *out,
	struct stella_identities *ids, const struct stella_identity_asked *asked)
{
	const struct stella_error *err = NULL;
	struct search search;

	for (size_t i = 0; !err && (i < asked->times->count || !i); i++) {
		int64_t at = asked->times->count ? asked->times->items[i].time : asked->now;

		start_search(&search, ids, asked->others, asked->other_count, at);
		name_anchors(&search, ids, out->issuer, out->identity, at);
		err = run_search(&out->chain, &search, asked->leaf, at);
		end_search(&search);
	}
	return err;
}

const struct stella_error *stella_identities_by_any_anchor(struct stella_identities *ids,
	const struct stella_identity_asked *asked)
{
	int64_t at = asked->times->count ? asked->times->items[0].time : asked->now;
	const struct stella_error *err;
	struct stella_chain chain;
	struct search search;

	start_search(&search, ids, asked->others, asked->other_count, at);
	for (size_t i = 0; i < ids->anchor_count; i++) {
		if (!ids->anchors[i]->intermediate)
			add_anchor(&search, ids->anchors[i], at);
	}
	note(&search, stella_error(STELLA_ANCHOR_MISSING, "trust anchor not found: anchors/ has no root; the "
		"certificate was issued by \"%.300s\"", stella_cert_issuer(asked->leaf)));
	err = run_search(&chain, &search, asked->leaf, at);
	end_search(&search);
	return err && err->code != STELLA_CERT_EXPIRED ? err : NULL;
}

const char *stella_identities_anchor(const struct stella_identities *ids, const struct stella_cert *cert)
{
	for (size_t i = 0; i < ids->anchor_count; i++) {
		if (ids->anchors[i]->cert == cert)
			return ids->anchors[i]->name;
	}
	return NULL;
}
