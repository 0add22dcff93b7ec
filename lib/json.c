/* SPDX-License-Identifier: Apache-2.0 */
#include "json.h"

#include <assert.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json_scan.h"
#include "text.h"

/* json-c has no value for null, so a member that is null would look like one that is absent. */
struct stella_json {
	char unused;
};
static struct stella_json null_value;

static struct stella_json *wrap(struct json_object *o)
{
	return o ? (struct stella_json *)o : &null_value;
}

/* json-c takes no const, though it does not change what it only reads. */
static struct json_object *unwrap(const struct stella_json *v)
{
	return v == &null_value ? NULL : (struct json_object *)(uintptr_t)v;
}

static void must(bool done)
{
	if (!done)
		stella_out_of_memory();
}

static struct stella_json *made(struct json_object *o)
{
	must(o != NULL);
	return wrap(o);
}

/* ---------------------------------------------------------------- parse */

/* Numbers that are no int64_t are kept as text, the way json-c keeps those with a fraction. */
static struct json_object *text_number(struct stella_span text)
{
	char *copy = stella_span_strdup(text);
	struct json_object *number = json_object_new_double_s(0, copy);

	must(number != NULL);
	free(copy);
	return number;
}

/* Puts back the numbers that json-c lost.  At most STELLA_JSON_DEPTH deep. */
static struct json_object *mend(struct json_object *o, const struct stella_json_scan *scan, size_t *value,
	size_t *number)
{
	size_t self = (*value)++;
	struct lh_entry *entry;

	if (json_object_is_type(o, json_type_object)) {
		lh_foreach(json_object_get_object(o), entry) {
			struct json_object *old = lh_entry_v(entry);
			struct json_object *new = mend(old, scan, value, number);

			if (new != old)
				must(json_object_object_add(o, lh_entry_k(entry), new) == 0);
		}
	} else if (json_object_is_type(o, json_type_array)) {
		for (size_t i = 0; i < json_object_array_length(o); i++) {
			struct json_object *old = json_object_array_get_idx(o, i);
			struct json_object *new = mend(old, scan, value, number);

			if (new != old)
				must(json_object_array_put_idx(o, i, new) == 0);
		}
	} else if (*number < scan->number_count && scan->numbers[*number].value == self) {
		return text_number(scan->numbers[(*number)++].text);
	}
	return o;
}

const struct stella_error *stella_json_parse(struct stella_json **out, struct stella_span text)
{
	const struct stella_error *err;
	struct stella_json_scan scan;
	struct json_tokener *tokener = NULL;
	struct json_object *root = NULL, *mended;
	size_t value = 0, number = 0;
	enum json_tokener_error status;

	*out = NULL;
	if (text.size > INT_MAX)
		return stella_error(STELLA_LIMIT, "JSON of %zu bytes", text.size);
	err = stella_json_scan(&scan, text);
	if (err)
		return err;
	tokener = json_tokener_new_ex(STELLA_JSON_DEPTH + 1);
	must(tokener != NULL);
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	root = json_tokener_parse_ex(tokener, (const char *)text.data, (int)text.size);
	status = json_tokener_get_error(tokener);
	if (status == json_tokener_continue) { /* a number at the top ends only with its text */
		root = json_tokener_parse_ex(tokener, "", 1);
		status = json_tokener_get_error(tokener);
	}
	if (status != json_tokener_success) {
		err = stella_error(STELLA_MALFORMED, "json-c: %s", json_tokener_error_desc(status));
		goto done;
	}
	mended = scan.number_count ? mend(root, &scan, &value, &number) : root;
	if (mended != root)
		json_object_put(root);
	*out = wrap(mended);
done:
	json_tokener_free(tokener);
	stella_json_scan_free(&scan);
	return err;
}

void stella_json_free(struct stella_json *root)
{
	if (root)
		json_object_put(unwrap(root));
}

/* ---------------------------------------------------------------- read */

enum stella_json_type stella_json_type(const struct stella_json *v)
{
	switch (json_object_get_type(unwrap(v))) {
	case json_type_boolean:
		return STELLA_JSON_BOOL;
	case json_type_double:
	case json_type_int:
		return STELLA_JSON_NUMBER;
	case json_type_string:
		return STELLA_JSON_STRING;
	case json_type_array:
		return STELLA_JSON_ARRAY;
	case json_type_object:
		return STELLA_JSON_OBJECT;
	case json_type_null:
		break;
	}
	return STELLA_JSON_NULL;
}

static bool is(const struct stella_json *v, enum stella_json_type type)
{
	return stella_json_type(v) == type;
}

const struct stella_json *stella_json_find(const struct stella_json *v, const char *name)
{
	struct json_object *found;

	return is(v, STELLA_JSON_OBJECT) && json_object_object_get_ex(unwrap(v), name, &found) ? wrap(found)
											       : NULL;
}

const struct stella_error *stella_json_want(const struct stella_json **out, const struct stella_json *v,
	const char *name, enum stella_json_type type)
{
	static const char *const types[] = {
		"null", "a boolean", "a number", "a string", "an array", "an object"};
	const struct stella_json *found = stella_json_find(v, name);

	*out = NULL;
	if (found && !is(found, type))
		return stella_error(STELLA_MALFORMED, "\"%s\": not %s", name, types[type]);
	*out = found;
	return NULL;
}

const struct stella_error *stella_json_need(const struct stella_json **out, const struct stella_json *v,
	const char *name, enum stella_json_type type)
{
	const struct stella_error *err = stella_json_want(out, v, name, type);

	if (!err && !*out)
		err = stella_error(STELLA_MALFORMED, "\"%s\": missing", name);
	return err;
}

const struct stella_error *stella_json_need_text(
	const char **out, const struct stella_json *v, const char *name)
{
	const struct stella_json *found;
	const struct stella_error *err = stella_json_need(&found, v, name, STELLA_JSON_STRING);

	*out = err ? NULL : stella_json_text(found);
	return err;
}

const struct stella_error *stella_json_want_text(
	const char **out, const struct stella_json *v, const char *name)
{
	const struct stella_json *found;
	const struct stella_error *err = stella_json_want(&found, v, name, STELLA_JSON_STRING);

	*out = found ? stella_json_text(found) : NULL;
	return err;
}

const struct stella_error *stella_json_closed(const struct stella_json *v, const char *const *names)
{
	struct lh_entry *entry;

	if (!is(v, STELLA_JSON_OBJECT))
		return NULL;
	lh_foreach(json_object_get_object(unwrap(v)), entry) {
		const char *const *name = names;

		while (*name && strcmp(*name, lh_entry_k(entry)) != 0)
			name++;
		if (!*name)
			return stella_error(
				STELLA_MALFORMED, "unknown key \"%.100s\"", (const char *)lh_entry_k(entry));
	}
	return NULL;
}

const char *stella_json_text(const struct stella_json *string)
{
	assert(is(string, STELLA_JSON_STRING));
	return json_object_get_string(unwrap(string));
}

bool stella_json_bool(const struct stella_json *boolean)
{
	assert(is(boolean, STELLA_JSON_BOOL));
	return json_object_get_boolean(unwrap(boolean));
}

/* The text of a number that is no int64_t; NULL for one that is. */
static const char *number_text(const struct stella_json *number)
{
	struct json_object *o = unwrap(number);

	return json_object_is_type(o, json_type_double) ? json_object_get_userdata(o) : NULL;
}

const char *stella_json_digits(const struct stella_json *number, char scratch[STELLA_JSON_INT_TEXT])
{
	assert(is(number, STELLA_JSON_NUMBER));
	if (number_text(number))
		return number_text(number);
	snprintf(scratch, STELLA_JSON_INT_TEXT, "%" PRId64, json_object_get_int64(unwrap(number)));
	return scratch;
}

bool stella_json_is_int(const struct stella_json *v, int64_t *clamped)
{
	const char *text;

	if (!is(v, STELLA_JSON_NUMBER))
		return false;
	text = number_text(v);
	if (text && strpbrk(text, ".eE"))
		return false;
	if (clamped && !text)
		*clamped = json_object_get_int64(unwrap(v));
	else if (clamped)
		*clamped = strtoll(text, NULL, 10); /* "-0" is 0, the others saturate */
	return true;
}

const struct stella_error *stella_json_int(
	int64_t *out, const struct stella_json *number, int64_t min, int64_t max)
{
	char scratch[STELLA_JSON_INT_TEXT];
	const char *digits = stella_json_digits(number, scratch);
	int64_t value = number_text(number) ? 0 : json_object_get_int64(unwrap(number));

	if (number_text(number) || value < min || value > max)
		return stella_error(STELLA_MALFORMED, "%.40s is not an integer from %" PRId64 " to %" PRId64,
			digits, min, max);
	*out = value;
	return NULL;
}

size_t stella_json_count(const struct stella_json *v)
{
	if (is(v, STELLA_JSON_ARRAY))
		return json_object_array_length(unwrap(v));
	return is(v, STELLA_JSON_OBJECT) ? (size_t)json_object_object_length(unwrap(v)) : 0;
}

const struct stella_json *stella_json_at(const struct stella_json *array, size_t i)
{
	assert(is(array, STELLA_JSON_ARRAY) && i < stella_json_count(array));
	return wrap(json_object_array_get_idx(unwrap(array), i));
}

static void free_index(struct json_object *object, void *index)
{
	free(index);
}

/* The members of an object by number, made when first asked for; json-c only has a list. */
static struct lh_entry **member_index(struct json_object *object)
{
	struct lh_entry **index = json_object_get_userdata(object), *entry;
	size_t i = 0;

	if (index)
		return index;
	index = stella_alloc_array((size_t)json_object_object_length(object), sizeof *index);
	lh_foreach(json_object_get_object(object), entry)
		index[i++] = entry;
	json_object_set_userdata(object, index, free_index);
	return index;
}

void stella_json_member(const struct stella_json *object, size_t i, const char **name,
	const struct stella_json **value)
{
	struct lh_entry *entry;

	assert(is(object, STELLA_JSON_OBJECT) && i < stella_json_count(object));
	entry = member_index(unwrap(object))[i];
	*name = lh_entry_k(entry);
	*value = wrap(lh_entry_v(entry));
}

/* ---------------------------------------------------------------- build */

/* Valid UTF-8 without NUL, whatever came. */
static void put_clean(struct stella_buf *out, struct stella_span text)
{
	struct stella_cursor c = stella_cursor(text);
	struct stella_span raw;
	uint32_t character;

	stella_buf_reserve(out, text.size);
	while (c.left > 0) {
		if (!stella_utf8_next(&c, &character)) {
			character = 0;
			(void)stella_cursor_take(&c, 1, &raw);
		}
		stella_utf8_put(out, character ? character : 0xfffd);
	}
}

struct stella_json *stella_json_new_object(void)
{
	return made(json_object_new_object());
}

struct stella_json *stella_json_new_array(void)
{
	return made(json_object_new_array());
}

struct stella_json *stella_json_new_text(const char *text)
{
	return text ? stella_json_new_text_span(stella_span_str(text)) : &null_value;
}

struct stella_json *stella_json_new_text_span(struct stella_span text)
{
	struct stella_buf clean = { 0 };
	struct stella_json *v;

	put_clean(&clean, text);
	assert(clean.size <= INT_MAX);
	v = made(json_object_new_string_len((const char *)clean.data, (int)clean.size));
	stella_buf_free(&clean);
	return v;
}

struct stella_json *stella_json_new_int(int64_t value)
{
	return made(json_object_new_int64(value));
}

struct stella_json *stella_json_new_bool(bool value)
{
	return made(json_object_new_boolean(value));
}

struct stella_json *stella_json_copy(const struct stella_json *v)
{
	const struct stella_json *value;
	struct stella_json *copy;
	const char *name;

	switch (stella_json_type(v)) {
	case STELLA_JSON_NULL:
		return &null_value;
	case STELLA_JSON_BOOL:
		return stella_json_new_bool(stella_json_bool(v));
	case STELLA_JSON_NUMBER:
		if (number_text(v))
			return wrap(text_number(stella_span_str(number_text(v))));
		return stella_json_new_int(json_object_get_int64(unwrap(v)));
	case STELLA_JSON_STRING:
		return stella_json_new_text(stella_json_text(v));
	case STELLA_JSON_ARRAY:
		copy = stella_json_new_array();
		for (size_t i = 0; i < stella_json_count(v); i++)
			stella_json_add(copy, stella_json_copy(stella_json_at(v, i)));
		return copy;
	case STELLA_JSON_OBJECT:
		break;
	}
	copy = stella_json_new_object();
	for (size_t i = 0; i < stella_json_count(v); i++) {
		stella_json_member(v, i, &name, &value);
		stella_json_set(copy, name, stella_json_copy(value));
	}
	return copy;
}

struct stella_json *stella_json_set(struct stella_json *object, const char *name, struct stella_json *value)
{
	struct stella_buf clean = { 0 };
	char *key;

	assert(is(object, STELLA_JSON_OBJECT));
	put_clean(&clean, stella_span_str(name));
	key = stella_buf_take_str(&clean);
	json_object_set_userdata(unwrap(object), NULL, NULL);
	must(json_object_object_add(unwrap(object), key, unwrap(value)) == 0);
	free(key);
	return value;
}

struct stella_json *stella_json_set_text(struct stella_json *object, const char *name, const char *text)
{
	return stella_json_set(object, name, stella_json_new_text(text));
}

struct stella_json *stella_json_set_int(struct stella_json *object, const char *name, int64_t value)
{
	return stella_json_set(object, name, stella_json_new_int(value));
}

struct stella_json *stella_json_set_bool(struct stella_json *object, const char *name, bool value)
{
	return stella_json_set(object, name, stella_json_new_bool(value));
}

void stella_json_unset(struct stella_json *object, const char *name)
{
	assert(is(object, STELLA_JSON_OBJECT));
	json_object_set_userdata(unwrap(object), NULL, NULL);
	json_object_object_del(unwrap(object), name);
}

struct stella_json *stella_json_add(struct stella_json *array, struct stella_json *value)
{
	assert(is(array, STELLA_JSON_ARRAY));
	must(json_object_array_add(unwrap(array), unwrap(value)) == 0);
	return value;
}

struct stella_json *stella_json_edit(struct stella_json *object, const char *name)
{
	return (struct stella_json *)(uintptr_t)stella_json_find(object, name);
}
