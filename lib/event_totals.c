/* SPDX-License-Identifier: Apache-2.0 */
#include "event_totals.h"

#include <stdlib.h>
#include <string.h>

#include "fields.h"

const int64_t stella_totals_bounds[STELLA_TOTALS_BUCKETS] = {
	1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000, 500000, 1000000, 2500000, 10000000,
};

void stella_totals_free(struct stella_totals *totals)
{
	for (size_t i = 0; i < totals->count; i++) {
		free(totals->items[i].event);
		free(totals->items[i].command);
		free(totals->items[i].code);
	}
	free(totals->items);
	*totals = (struct stella_totals){ 0 };
}

/* Counters stop at their end instead of beginning anew. */
static void count_up(int64_t *counter, int64_t by)
{
	if (by > 0 && __builtin_add_overflow(*counter, by, counter))
		*counter = INT64_MAX;
}

static struct stella_total *find(struct stella_totals *totals, const char *event, const char *command,
	const char *code)
{
	for (size_t i = 0; i < totals->count; i++) {
		struct stella_total *t = &totals->items[i];

		if (!strcmp(t->code, code) && !strcmp(t->command, command) && !strcmp(t->event, event))
			return t;
	}
	return NULL;
}

static struct stella_total *need(struct stella_totals *totals, const char *event, const char *command,
	const char *code)
{
	struct stella_total *t = find(totals, event, command, code);

	if (t || totals->count >= STELLA_TOTALS_MAX) /* words of this program: it never has so many */
		return t;
	STELLA_GROW(totals->items, totals->count, totals->cap);
	t = &totals->items[totals->count++];
	*t = (struct stella_total){ stella_strdup(event), stella_strdup(command), stella_strdup(code), 0, INT64_MIN };
	return t;
}

void stella_totals_add(struct stella_totals *totals, const struct stella_event *event)
{
	struct stella_total *t = need(totals, event->event, event->command, event->code);
	size_t bucket = 0;

	if (t) {
		count_up(&t->count, 1);
		t->last = event->time > t->last ? event->time : t->last;
	}
	if (strcmp(event->event, "verification") != 0 || event->duration < 0)
		return;
	while (bucket < STELLA_TOTALS_BUCKETS && event->duration > stella_totals_bounds[bucket])
		bucket++;
	count_up(&totals->buckets[bucket], 1);
	count_up(&totals->microseconds, event->duration);
}

void stella_totals_print(struct stella_buf *out, const struct stella_totals *totals, int64_t now)
{
	struct stella_json *doc = stella_json_new_object(), *array;

	stella_json_set_int(doc, "version", STELLA_EVENT_VERSION);
	stella_fields_set_time(doc, "time", now);
	stella_json_set_text(doc, "event", STELLA_EVENT_TOTALS);
	array = stella_json_set(doc, "counts", stella_json_new_array());
	for (size_t i = 0; i < totals->count; i++) {
		const struct stella_total *t = &totals->items[i];
		struct stella_json *one = stella_json_add(array, stella_json_new_object());

		stella_json_set_text(one, "event", t->event);
		stella_json_set_text(one, "command", t->command);
		stella_json_set_text(one, "code", t->code);
		stella_json_set_int(one, "count", t->count);
		stella_fields_set_time(one, "last", t->last);
	}
	array = stella_json_set(doc, "buckets", stella_json_new_array());
	for (size_t i = 0; i <= STELLA_TOTALS_BUCKETS; i++)
		stella_json_add(array, stella_json_new_int(totals->buckets[i]));
	stella_json_set_int(doc, "durationUs", totals->microseconds);
	stella_json_print(out, doc, STELLA_JSON_LOG);
	stella_json_free(doc);
}

/* ---------------------------------------------------------------- parsing */

static const struct stella_error *need_int(int64_t *out, const struct stella_json *v, const char *name)
{
	const struct stella_json *number;
	const struct stella_error *err = stella_json_need(&number, v, name, STELLA_JSON_NUMBER);

	return err ? err : stella_json_int(out, number, 0, INT64_MAX);
}

static const struct stella_error *need_word(const char **out, const struct stella_json *v, const char *name)
{
	const struct stella_error *err = stella_json_need_text(out, v, name);

	return err || stella_event_word(*out) ? err : stella_error(STELLA_MALFORMED, "\"%s\": not a word", name);
}

static const struct stella_error *parse_count(struct stella_totals *out, const struct stella_json *v)
{
	static const char *const names[] = { "event", "command", "code", "count", "last", NULL };
	const char *event, *command, *code;
	struct stella_total *t;
	int64_t count, last = STELLA_TIME_NONE;
	const struct stella_error *err;

	if (stella_json_type(v) != STELLA_JSON_OBJECT)
		return stella_error(STELLA_MALFORMED, "\"counts\": not objects");
	err = stella_json_closed(v, names);
	if (!err)
		err = need_word(&event, v, "event");
	if (!err)
		err = need_word(&command, v, "command");
	if (!err)
		err = need_word(&code, v, "code");
	if (!err)
		err = need_int(&count, v, "count");
	if (!err)
		err = stella_fields_want_time(&last, v, "last");
	if (err)
		return err;
	if (find(out, event, command, code))
		return stella_error(STELLA_MALFORMED, "\"counts\": one of them twice");
	t = need(out, event, command, code);
	if (!t)
		return stella_error(STELLA_LIMIT, "\"counts\": more than %d", STELLA_TOTALS_MAX);
	t->count = count;
	t->last = last;
	return NULL;
}

static const struct stella_error *parse_totals(struct stella_totals *out, const struct stella_json *doc)
{
	const struct stella_json *array;
	const char *event;
	const struct stella_error *err = stella_json_need_text(&event, doc, "event");

	if (!err && strcmp(event, STELLA_EVENT_TOTALS) != 0)
		err = stella_error(STELLA_MALFORMED, "not a line of totals");
	if (!err)
		err = stella_json_need(&array, doc, "counts", STELLA_JSON_ARRAY);
	for (size_t i = 0; !err && i < stella_json_count(array); i++)
		err = parse_count(out, stella_json_at(array, i));
	if (!err)
		err = stella_json_need(&array, doc, "buckets", STELLA_JSON_ARRAY);
	if (!err && stella_json_count(array) != STELLA_TOTALS_BUCKETS + 1)
		err = stella_error(STELLA_MALFORMED, "\"buckets\": not %d of them", STELLA_TOTALS_BUCKETS + 1);
	for (size_t i = 0; !err && i <= STELLA_TOTALS_BUCKETS; i++) {
		const struct stella_json *v = stella_json_at(array, i);

		err = stella_json_type(v) == STELLA_JSON_NUMBER ? stella_json_int(&out->buckets[i], v, 0, INT64_MAX) :
			stella_error(STELLA_MALFORMED, "\"buckets\": not numbers");
	}
	return err ? err : need_int(&out->microseconds, doc, "durationUs");
}

const struct stella_error *stella_totals_parse(struct stella_totals *out, struct stella_span line)
{
	static const char *const names[] = { "version", "time", "event", "counts", "buckets", "durationUs", NULL };
	struct stella_json *doc;
	const struct stella_error *err = stella_fields_open(&doc, line, STELLA_EVENT_VERSION, names);

	if (!err)
		err = parse_totals(out, doc);
	stella_json_free(doc);
	if (err)
		stella_totals_free(out);
	return err;
}
