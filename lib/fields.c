/* SPDX-License-Identifier: Apache-2.0 */
#include "fields.h"

#include <stdlib.h>
#include <string.h>

const struct stella_error *stella_fields_open(struct stella_json **out, struct stella_span text,
	int64_t version, const char *const *names)
{
	const struct stella_error *err;
	const struct stella_json *v;
	struct stella_json *doc = NULL;
	int64_t number;

	*out = NULL;
	err = stella_json_parse(&doc, text);
	if (err)
		goto done;
	if (stella_json_type(doc) != STELLA_JSON_OBJECT) {
		err = stella_error(STELLA_MALFORMED, "not a JSON object");
		goto done;
	}
	err = stella_json_need(&v, doc, "version", STELLA_JSON_NUMBER);
	if (err)
		goto done;
	if (!stella_json_is_int(v, &number) || number < 1) {
		err = stella_error(STELLA_MALFORMED, "\"version\": not a version");
		goto done;
	}
	if (number < version) {
		err = stella_error(STELLA_MALFORMED, "version %lld is of an older stella, this one reads version %lld",
			(long long)number, (long long)version);
		goto done;
	}
	if (number > version) {
		err = stella_error(STELLA_POLICY_UNSUPPORTED,
			"version %lld needs a newer stella, this one knows version %lld",
			(long long)number, (long long)version);
		goto done;
	}
	err = stella_json_closed(doc, names);
	if (err)
		goto done;
	*out = doc;
	doc = NULL;
done:
	stella_json_free(doc);
	return err;
}

const struct stella_error *stella_fields_want_text(char **out, const struct stella_json *v,
	const char *name, size_t max)
{
	const struct stella_error *err;
	const char *text;

	err = stella_json_want_text(&text, v, name);
	if (err || !text)
		return err;
	if (!*text)
		return stella_error(STELLA_MALFORMED, "\"%s\": empty", name);
	if (strlen(text) > max)
		return stella_error(STELLA_LIMIT, "\"%s\": longer than %zu bytes", name, max);
	*out = stella_strdup(text);
	return NULL;
}

const struct stella_error *stella_fields_need_text(char **out, const struct stella_json *v,
	const char *name, size_t max)
{
	const struct stella_error *err = stella_fields_want_text(out, v, name, max);

	if (!err && !*out)
		return stella_error(STELLA_MALFORMED, "\"%s\": missing", name);
	return err;
}

const struct stella_error *stella_fields_need_word(unsigned *out, const struct stella_json *v,
	const char *name, const char *const *words, size_t count)
{
	const struct stella_error *err;
	const char *text;

	err = stella_json_need_text(&text, v, name);
	if (err)
		return err;
	for (size_t i = 0; i < count; i++)
		if (strcmp(text, words[i]) == 0) {
			*out = (unsigned)i;
			return NULL;
		}
	return stella_error(STELLA_MALFORMED, "\"%s\": \"%s\" is not known", name, text);
}

const struct stella_error *stella_fields_want_time(int64_t *out, const struct stella_json *v,
	const char *name)
{
	const struct stella_error *err;
	const char *text;

	*out = STELLA_TIME_NONE;
	err = stella_json_want_text(&text, v, name);
	if (err || !text)
		return err;
	err = stella_time_parse(out, stella_span_str(text));
	return err ? stella_error_prefix(err, "\"%s\"", name) : NULL;
}

const struct stella_error *stella_fields_want_window(int64_t *valid_from, int64_t *expires,
	const struct stella_json *v)
{
	const struct stella_error *err;

	err = stella_fields_want_time(valid_from, v, "valid_from");
	if (!err)
		err = stella_fields_want_time(expires, v, "expires");
	if (!err && *valid_from != STELLA_TIME_NONE && *expires != STELLA_TIME_NONE && *valid_from > *expires)
		err = stella_error(STELLA_MALFORMED, "\"expires\" is before \"valid_from\"");
	return err;
}

const struct stella_error *stella_fields_want_texts(char ***out, size_t *out_count,
	const struct stella_json *v, const char *name, bool (*valid)(struct stella_span))
{
	const struct stella_error *err;
	const struct stella_json *list, *item;
	const char *text;
	size_t count;

	err = stella_json_want(&list, v, name, STELLA_JSON_ARRAY);
	if (err || !list || !stella_json_count(list))
		return err;
	count = stella_json_count(list);
	if (count > STELLA_FIELDS_LIST_MAX)
		return stella_error(STELLA_LIMIT, "\"%s\": more than %d entries", name,
			STELLA_FIELDS_LIST_MAX);
	*out = stella_alloc_array(count, sizeof **out);
	for (size_t i = 0; i < count; i++) {
		item = stella_json_at(list, i);
		if (stella_json_type(item) != STELLA_JSON_STRING)
			return stella_error(STELLA_MALFORMED, "\"%s\": entry %zu is not a string", name, i);
		text = stella_json_text(item);
		if (!*text || strlen(text) > STELLA_FIELDS_TEXT_MAX ||
		    (valid && !valid(stella_span_str(text))))
			return stella_error(STELLA_MALFORMED, "\"%s\": entry %zu is not valid", name, i);
		for (size_t j = 0; j < i; j++)
			if (strcmp((*out)[j], text) == 0)
				return stella_error(STELLA_MALFORMED, "\"%s\": \"%s\" stands there twice",
					name, text);
		(*out)[i] = stella_strdup(text);
		*out_count = i + 1;
	}
	return NULL;
}

void stella_fields_free_texts(char **texts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(texts[i]);
	free(texts);
}

void stella_fields_set_text(struct stella_json *v, const char *name, const char *text)
{
	if (text)
		stella_json_set_text(v, name, text);
}

void stella_fields_set_time(struct stella_json *v, const char *name, int64_t time)
{
	char text[STELLA_TIME_TEXT];

	if (time == STELLA_TIME_NONE)
		return;
	stella_time_print(text, time);
	stella_json_set_text(v, name, text);
}

void stella_fields_set_texts(struct stella_json *v, const char *name, char *const *texts, size_t count)
{
	struct stella_json *list;

	if (!count)
		return;
	list = stella_json_set(v, name, stella_json_new_array());
	for (size_t i = 0; i < count; i++)
		stella_json_add(list, stella_json_new_text(texts[i]));
}
