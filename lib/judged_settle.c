/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who stands by what was found.  Only times that are verified put two statements in order: an old "passed" that is dated
 * anew, or has no time, does not outdo a "failed".
 */
#include "judged.h"

#include <stdlib.h>
#include <string.h>

#include "summary.h"

/* What one issuer said in one attestation, of a predicate type that has a negative result here. */
struct said {
	struct stella_judged *item;
	const char *issuer;
	struct stella_sha256 statement;
	struct stella_summary *summary; /* NULL: it is none, or does not say of what */
	bool negative, timed;
	int64_t time;                   /* timed: the earliest of all copies of the statement that the issuer signed */
};
struct table {
	struct said *items; size_t count, cap;
};

bool stella_judged_time(int64_t *out, const struct stella_judged *item)
{
	static const char *const verified[] = { "rekor", "rfc3161", "recorded" };

	*out = item->report->time;
	for (size_t i = 0; i < sizeof verified / sizeof *verified; i++)
		if (!strcmp(item->report->time_source, verified[i]))
			return true;
	return false;
}

static const char *type_of(const struct stella_judged *item)
{
	return item->evidence->statement->predicate_type;
}

static bool has_negative(const struct stella_judged *const *negatives, size_t count, const struct stella_judged *item)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(type_of(negatives[i]), type_of(item)))
			return true;
	return false;
}

static void add(struct table *table, struct stella_judged *item)
{
	struct said said = { .item = item, .negative = item->negative };

	said.statement = stella_sha256(stella_buf_span(&item->evidence->dsse->payload));
	said.timed = stella_judged_time(&said.time, item);
	for (size_t i = 0; i < item->report->issuer_count; i++) {
		said.issuer = item->report->issuers[i];
		if (stella_summary_parse(&said.summary, item->evidence->statement))
			said.summary = NULL;
		STELLA_GROW(table->items, table->count, table->cap);
		table->items[table->count++] = said;
	}
}

static bool is_copy(const struct said *a, const struct said *b)
{
	return stella_sha256_equal(&a->statement, &b->statement) && !strcmp(a->issuer, b->issuer);
}

/* No copy is younger than another: which of them counts is not for whoever stores them to choose. */
static void share_times(struct table *table)
{
	for (size_t i = 0; i < table->count; i++) {
		struct said *a = &table->items[i];

		for (size_t k = 0; k < table->count; k++) {
			const struct said *b = &table->items[k];

			if (b->timed && is_copy(a, b) && (!a->timed || b->time < a->time)) {
				a->timed = true;
				a->time = b->time;
			}
		}
	}
}

static bool is_same_text(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

static bool is_about_same(const struct said *a, const struct said *b)
{
	if (strcmp(a->issuer, b->issuer) != 0 || strcmp(type_of(a->item), type_of(b->item)) != 0)
		return false;
	return !a->summary || !b->summary || (is_same_text(a->summary->policy, b->summary->policy) &&
		is_same_text(a->summary->resource, b->summary->resource));
}

/* By which other one it is taken back; NULL: by none. */
static const struct said *find_taker(const struct table *table, const struct said *said)
{
	for (size_t i = 0; i < table->count; i++) {
		const struct said *negative = &table->items[i];

		if (negative->negative && is_about_same(said, negative) &&
		    !(said->timed && negative->timed && said->time > negative->time))
			return negative;
	}
	return NULL;
}

static void take_back(const struct said *said, const struct said *taker)
{
	struct stella_judged *item = said->item;
	char id[STELLA_SHA256_HEX];

	stella_sha256_hex(id, &taker->item->id);
	item->taken_back = true;
	item->why = *stella_error(STELLA_REFUSED, "taken back by issuer %.200s, or not known to be later: attestation %s: %.200s",
		said->issuer, id, taker->item->why.message);
	for (size_t k = 0; k < item->issuer_count; k++)
		if (!strcmp(item->issuers[k], said->issuer))
			item->issuers[k] = item->issuers[--item->issuer_count];
	item->counts = item->issuer_count > 0;
}

/* Nothing was taken back. */
static void stand_by_all(struct stella_judged *item)
{
	if (item->taken_back)
		item->why = (struct stella_error){ 0 };
	item->counts |= item->taken_back;
	item->taken_back = false;
	free(item->issuers);
	item->issuers = NULL;
	item->issuer_count = 0;
	if (!item->counts)
		return;
	item->issuers = stella_alloc_array(item->report->issuer_count + 1, sizeof *item->issuers);
	for (size_t i = 0; i < item->report->issuer_count; i++)
		item->issuers[item->issuer_count++] = item->report->issuers[i];
}

void stella_judged_settle(struct stella_judged_list *list)
{
	const struct stella_judged **negatives = stella_alloc_array(list->count + 1, sizeof *negatives);
	struct table table = { 0 };
	size_t count = 0;

	for (size_t i = 0; i < list->count; i++) {
		stand_by_all(&list->items[i]);
		if (list->items[i].negative)
			negatives[count++] = &list->items[i];
	}
	for (size_t i = 0; i < list->count && count; i++)
		if ((list->items[i].counts || list->items[i].negative) && has_negative(negatives, count, &list->items[i]))
			add(&table, &list->items[i]);
	share_times(&table);
	for (size_t i = 0; i < table.count; i++) {
		const struct said *taker = table.items[i].negative ? NULL : find_taker(&table, &table.items[i]);

		if (taker)
			take_back(&table.items[i], taker);
	}
	for (size_t i = 0; i < table.count; i++)
		stella_summary_free(table.items[i].summary);
	free(table.items);
	free(negatives);
}
