/* SPDX-License-Identifier: Apache-2.0 */
#include "event.h"

#include <stdlib.h>
#include <string.h>

#include "fields.h"

static const char *const levels[] = { "info", "warning", "error" };

static const struct text_field {
	const char *name;
	size_t offset;
} texts[] = {
#define FIELD(name) { #name, offsetof(struct stella_event, name) }
	FIELD(event), FIELD(command), FIELD(code), FIELD(attestation), FIELD(subject), FIELD(issuer), FIELD(root), FIELD(state),
	FIELD(commit), FIELD(message), FIELD(tool),
#undef FIELD
};
#define TEXTS (sizeof texts / sizeof *texts)

static const struct number_field {
	const char *name;
	size_t offset;
	int64_t max;
} numbers[] = {
	{ "exit", offsetof(struct stella_event, exit), 255 },
	{ "durationUs", offsetof(struct stella_event, duration), INT64_MAX / 2 },
	{ "number", offsetof(struct stella_event, number), INT64_MAX },
	{ "pid", offsetof(struct stella_event, pid), INT64_MAX },
};
#define NUMBERS (sizeof numbers / sizeof *numbers)

static const char **text_of(struct stella_event *event, size_t i)
{
	return (const char **)((char *)event + texts[i].offset);
}

static int64_t *number_of(struct stella_event *event, size_t i)
{
	return (int64_t *)((char *)event + numbers[i].offset);
}

const char *stella_level_name(enum stella_level level)
{
	return levels[level];
}

bool stella_level_parse(enum stella_level *out, const char *name)
{
	for (unsigned i = 0; i < STELLA_LEVEL_COUNT; i++) {
		if (strcmp(levels[i], name) == 0) {
			*out = (enum stella_level)i;
			return true;
		}
	}
	return false;
}

bool stella_event_word(const char *text)
{
	size_t size = strlen(text);

	return size > 0 && size <= 64 && strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789- ") == size &&
		text[0] != ' ' && text[size - 1] != ' ' && !strstr(text, "  ");
}

/* ---------------------------------------------------------------- printing */

/* Cut where it is too long, at the front of a character. */
static struct stella_json *cut_text(const char *text)
{
	size_t size = strlen(text);

	if (size > STELLA_EVENT_TEXT_MAX)
		for (size = STELLA_EVENT_TEXT_MAX; size && ((uint8_t)text[size] & 0xc0) == 0x80;)
			size--;
	return stella_json_new_text_span(stella_span(text, size));
}

void stella_event_print(struct stella_buf *out, const struct stella_event *given)
{
	struct stella_json *doc = stella_json_new_object();
	struct stella_event event = *given;

	stella_json_set_int(doc, "version", STELLA_EVENT_VERSION);
	stella_fields_set_time(doc, "time", event.time);
	stella_json_set_text(doc, "level", levels[event.level]);
	for (size_t i = 0; i < TEXTS; i++)
		if (*text_of(&event, i) && **text_of(&event, i))
			stella_json_set(doc, texts[i].name, cut_text(*text_of(&event, i)));
	for (size_t i = 0; i < NUMBERS; i++)
		if (*number_of(&event, i) >= 0)
			stella_json_set_int(doc, numbers[i].name, *number_of(&event, i));
	stella_json_print(out, doc, STELLA_JSON_LOG);
	stella_json_free(doc);
}

/* ---------------------------------------------------------------- parsing */

static const struct stella_error *parse_fields(struct stella_event *event)
{
	const struct stella_json *doc = event->document, *number;
	const struct stella_error *err = stella_fields_want_time(&event->time, doc, "time");
	const char *level = NULL;

	if (!err && event->time == STELLA_TIME_NONE)
		err = stella_error(STELLA_MALFORMED, "\"time\": missing");
	if (!err)
		err = stella_json_need_text(&level, doc, "level");
	if (!err && !stella_level_parse(&event->level, level))
		err = stella_error(STELLA_MALFORMED, "\"level\": not info, warning or error");
	for (size_t i = 0; i < TEXTS && !err; i++) {
		bool needed = texts[i].offset <= offsetof(struct stella_event, code); /* event, command, code */

		err = needed ? stella_json_need_text(text_of(event, i), doc, texts[i].name) :
			stella_json_want_text(text_of(event, i), doc, texts[i].name);
		if (!err && needed && !stella_event_word(*text_of(event, i)))
			err = stella_error(STELLA_MALFORMED, "\"%s\": not a word", texts[i].name);
	}
	for (size_t i = 0; i < NUMBERS && !err; i++) {
		*number_of(event, i) = -1;
		err = stella_json_want(&number, doc, numbers[i].name, STELLA_JSON_NUMBER);
		if (!err && number)
			err = stella_json_int(number_of(event, i), number, 0, numbers[i].max);
		if (err && number)
			err = stella_error_prefix(err, "\"%s\"", numbers[i].name);
	}
	return err;
}

const struct stella_error *stella_event_parse(struct stella_event **out, struct stella_span line)
{
	const char *names[TEXTS + NUMBERS + 4];
	struct stella_event *event = stella_alloc(sizeof *event);
	const struct stella_error *err;
	size_t count = 0;

	*out = NULL;
	names[count++] = "version";
	names[count++] = "time";
	names[count++] = "level";
	for (size_t i = 0; i < TEXTS; i++)
		names[count++] = texts[i].name;
	for (size_t i = 0; i < NUMBERS; i++)
		names[count++] = numbers[i].name;
	names[count] = NULL;
	err = stella_fields_open(&event->document, line, STELLA_EVENT_VERSION, names);
	if (!err)
		err = parse_fields(event);
	if (err) {
		stella_event_free(event);
		return err;
	}
	*out = event;
	return NULL;
}

void stella_event_free(struct stella_event *event)
{
	if (event)
		stella_json_free(event->document);
	free(event);
}

bool stella_event_holds(const struct stella_event *given, const char *text)
{
	struct stella_event event = *given;

	for (size_t i = 0; i < TEXTS; i++)
		if (*text_of(&event, i) && strcasestr(*text_of(&event, i), text))
			return true;
	return false;
}
