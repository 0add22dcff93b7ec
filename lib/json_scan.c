/* SPDX-License-Identifier: Apache-2.0 */
#include "json_scan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

/* A name of an object, for the search of duplicates. */
struct name {
	size_t object; /* which value of the document the object is */
	struct stella_span text; /* unescaped */
	size_t at;     /* byte of its opening quote */
};

struct level {
	bool object;
	size_t value;
};

struct scan {
	struct stella_span text;
	size_t at;
	size_t values;
	struct level stack[STELLA_JSON_DEPTH];
	size_t depth;
	struct name *names;
	size_t name_count, name_cap;
	struct stella_buf unescaped; /* as large as the text from its first use, so that it never moves */
	struct stella_json_scan *out;
};

static const struct stella_error *wrong(size_t at, const char *what)
{
	return stella_error(STELLA_MALFORMED, "byte %zu: %s", at, what);
}

/* The byte at the cursor; -1 at the end. */
static int peek(const struct scan *s)
{
	return s->at < s->text.size ? s->text.data[s->at] : -1;
}

static void skip_space(struct scan *s)
{
	while (peek(s) == ' ' || peek(s) == '\n' || peek(s) == '\t' || peek(s) == '\r')
		s->at++;
}

/* ---------------------------------------------------------------- strings */

/* Four hex digits of either case. */
static bool code_unit(const struct scan *s, size_t at, uint32_t *unit)
{
	*unit = 0;
	if (s->text.size - at < 4)
		return false;
	for (size_t i = at; i < at + 4; i++) {
		uint8_t c = s->text.data[i], lower = c | 0x20;

		if (c >= '0' && c <= '9')
			*unit = *unit << 4 | (uint32_t)(c - '0');
		else if (lower >= 'a' && lower <= 'f')
			*unit = *unit << 4 | (uint32_t)(lower - 'a' + 10);
		else
			return false;
	}
	return true;
}

/* The cursor stands behind the backslash. */
static const struct stella_error *scan_escape(struct scan *s, uint32_t *character)
{
	static const char letters[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
	size_t start = s->at - 1;
	int c = peek(s);
	const char *letter = c > 0 ? strchr(letters, c) : NULL;
	uint32_t low;

	if (letter) {
		*character = (uint8_t)meant[letter - letters];
		s->at++;
		return NULL;
	}
	if (c != 'u' || !code_unit(s, s->at + 1, character))
		return wrong(start, "no escape of JSON");
	s->at += 5;
	if (*character == 0)
		return wrong(start, "NUL in a string");
	if (*character < 0xd800 || *character > 0xdfff)
		return NULL;
	if (*character > 0xdbff || s->text.size - s->at < 6 || memcmp(s->text.data + s->at, "\\u", 2) != 0 ||
	    !code_unit(s, s->at + 2, &low) || low < 0xdc00 || low > 0xdfff)
		return wrong(start, "lone surrogate");
	s->at += 6;
	*character = 0x10000 + ((*character - 0xd800) << 10) + (low - 0xdc00);
	return NULL;
}

/* One character of a string that is none of the plain ones. */
static const struct stella_error *scan_character(struct scan *s, uint32_t *character)
{
	int c = peek(s);
	struct stella_cursor cursor;

	if (c < 0)
		return wrong(s->at, "the text ends inside a string");
	if (c < ' ')
		return wrong(s->at, c ? "control character in a string" : "NUL in a string");
	if (c == '\\') {
		s->at++;
		return scan_escape(s, character);
	}
	cursor = stella_cursor(stella_span(s->text.data + s->at, s->text.size - s->at));
	if (!stella_utf8_next(&cursor, character))
		return wrong(s->at, "invalid UTF-8");
	s->at = s->text.size - cursor.left;
	return NULL;
}

/* The cursor stands at the opening quote.  unescaped (NULL: not wanted) gets the text. */
static const struct stella_error *scan_string(struct scan *s, struct stella_span *unescaped)
{
	const struct stella_error *err;
	size_t start = ++s->at, before = s->unescaped.size;
	bool escaped = false;

	for (;;) {
		size_t plain = s->at;
		uint32_t character;
		int c;

		while ((c = peek(s)) >= ' ' && c < 0x7f && c != '"' && c != '\\')
			s->at++;
		if (unescaped && escaped)
			stella_buf_put(&s->unescaped, s->text.data + plain, s->at - plain);
		if (c == '"')
			break;
		if (unescaped && c == '\\' && !escaped) {
			escaped = true;
			if (!s->unescaped.data)
				stella_buf_reserve(&s->unescaped, s->text.size);
			stella_buf_put(&s->unescaped, s->text.data + start, s->at - start);
		}
		err = scan_character(s, &character);
		if (err)
			return err;
		if (unescaped && escaped)
			stella_utf8_put(&s->unescaped, character);
	}
	if (unescaped && escaped)
		*unescaped = stella_span(s->unescaped.data + before, s->unescaped.size - before);
	else if (unescaped)
		*unescaped = stella_span(s->text.data + start, s->at - start);
	s->at++;
	return NULL;
}

/* ---------------------------------------------------------------- numbers and words */

static size_t skip_digits(struct scan *s)
{
	size_t start = s->at;

	while (peek(s) >= '0' && peek(s) <= '9')
		s->at++;
	return s->at - start;
}

static bool json_c_keeps(struct stella_span integer)
{
	char text[32];

	if (integer.size >= sizeof text || stella_span_is(integer, "-0"))
		return false;
	memcpy(text, integer.data, integer.size);
	text[integer.size] = 0;
	errno = 0;
	(void)strtoll(text, NULL, 10);
	return errno == 0;
}

static const struct stella_error *scan_number(struct scan *s)
{
	size_t start = s->at;
	bool plain = true;
	struct stella_span text;

	s->at += peek(s) == '-';
	if (peek(s) == '0')
		s->at++;
	else if (skip_digits(s) == 0)
		return wrong(start, "a value was expected");
	if (peek(s) == '.') {
		plain = false;
		s->at++;
		if (skip_digits(s) == 0)
			return wrong(s->at, "a digit was expected");
	}
	if (peek(s) == 'e' || peek(s) == 'E') {
		plain = false;
		s->at++;
		s->at += peek(s) == '+' || peek(s) == '-';
		if (skip_digits(s) == 0)
			return wrong(s->at, "a digit was expected");
	}
	text = stella_span(s->text.data + start, s->at - start);
	if (text.size > STELLA_JSON_DIGITS)
		return stella_error(
			STELLA_LIMIT, "byte %zu: a number of more than %d bytes", start, STELLA_JSON_DIGITS);
	if (plain && !json_c_keeps(text)) {
		STELLA_GROW(s->out->numbers, s->out->number_count, s->out->number_cap);
		s->out->numbers[s->out->number_count++] = (struct stella_json_number){ s->values - 1, text };
	}
	return NULL;
}

static const struct stella_error *scan_word(struct scan *s)
{
	static const char *const words[] = { "true", "false", "null" };
	struct stella_span rest = stella_span(s->text.data + s->at, s->text.size - s->at);

	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		if (stella_span_starts(rest, words[i])) {
			s->at += strlen(words[i]);
			return NULL;
		}
	}
	return wrong(s->at, rest.size ? "a value was expected" : "the text ends where a value was expected");
}

/* ---------------------------------------------------------------- structure */

enum state {
	VALUE,         /* a value must follow */
	FIRST_ELEMENT, /* a value or ] */
	NAME,          /* a name must follow */
	FIRST_NAME,    /* a name or } */
	AFTER,         /* the end, or a comma or the closing bracket of what is open */
};

static const struct stella_error *scan_value(struct scan *s, enum state *state)
{
	int c = peek(s);

	if (s->values == STELLA_JSON_VALUES)
		return stella_error(STELLA_LIMIT, "byte %zu: more than %d values", s->at, STELLA_JSON_VALUES);
	s->values++;
	*state = AFTER;
	if (c == '"')
		return scan_string(s, NULL);
	if (c == '-' || (c >= '0' && c <= '9'))
		return scan_number(s);
	if (c != '{' && c != '[')
		return scan_word(s);
	if (s->depth == STELLA_JSON_DEPTH)
		return stella_error(
			STELLA_LIMIT, "byte %zu: more than %d levels deep", s->at, STELLA_JSON_DEPTH);
	s->stack[s->depth++] = (struct level){ c == '{', s->values - 1 };
	*state = c == '{' ? FIRST_NAME : FIRST_ELEMENT;
	s->at++;
	return NULL;
}

static const struct stella_error *scan_name(struct scan *s, enum state *state)
{
	const struct stella_error *err;
	struct name name = { .object = s->stack[s->depth - 1].value, .at = s->at };

	if (peek(s) != '"')
		return wrong(s->at, "a name in double quotes was expected");
	err = scan_string(s, &name.text);
	if (err)
		return err;
	STELLA_GROW(s->names, s->name_count, s->name_cap);
	s->names[s->name_count++] = name;
	skip_space(s);
	if (peek(s) != ':')
		return wrong(s->at, "a colon was expected");
	s->at++;
	*state = VALUE;
	return NULL;
}

static const struct stella_error *scan_after(struct scan *s, enum state *state)
{
	bool object = s->stack[s->depth - 1].object;

	if (peek(s) == ',')
		*state = object ? NAME : VALUE;
	else if (peek(s) == (object ? '}' : ']'))
		s->depth--;
	else
		return wrong(s->at, object ? "a comma or } was expected" : "a comma or ] was expected");
	s->at++;
	return NULL;
}

static const struct stella_error *scan_document(struct scan *s)
{
	const struct stella_error *err;
	enum state state = VALUE;

	for (;;) {
		skip_space(s);
		if (state == AFTER && s->depth == 0)
			return s->at == s->text.size ? NULL : wrong(s->at, "text after the value");
		if ((state == FIRST_NAME && peek(s) == '}') || (state == FIRST_ELEMENT && peek(s) == ']'))
			state = AFTER;
		if (state == AFTER)
			err = scan_after(s, &state);
		else if (state == NAME || state == FIRST_NAME)
			err = scan_name(s, &state);
		else
			err = scan_value(s, &state);
		if (err)
			return err;
	}
}

/* ---------------------------------------------------------------- duplicates */

static int compare_names(const void *left, const void *right)
{
	const struct name *a = left, *b = right;
	int order;

	if (a->object != b->object)
		return a->object < b->object ? -1 : 1;
	if (a->text.size != b->text.size)
		return a->text.size < b->text.size ? -1 : 1;
	order = stella_span_compare(a->text, b->text);
	return order ? order : (a->at > b->at) - (a->at < b->at);
}

/* Sorted, not hashed: nobody can choose names that make it slow. */
static const struct stella_error *check_duplicates(struct scan *s)
{
	const struct name *found = NULL;

	if (s->name_count < 2)
		return NULL;
	qsort(s->names, s->name_count, sizeof *s->names, compare_names);
	for (size_t i = 1; i < s->name_count; i++) {
		const struct name *a = &s->names[i - 1], *b = &s->names[i];

		if (a->object == b->object && stella_span_equal(a->text, b->text) &&
			(!found || b->at < found->at))
			found = b;
	}
	if (!found)
		return NULL;
	return stella_error(STELLA_MALFORMED, "byte %zu: duplicate name \"%.*s\"", found->at,
		(int)(found->text.size < 100 ? found->text.size : 100), (const char *)found->text.data);
}

const struct stella_error *stella_json_scan(struct stella_json_scan *out, struct stella_span text)
{
	struct scan *s = stella_alloc(sizeof *s);
	const struct stella_error *err;

	*out = (struct stella_json_scan){ 0 };
	s->text = text;
	s->out = out;
	err = scan_document(s);
	if (!err)
		err = check_duplicates(s);
	if (err)
		stella_json_scan_free(out);
	stella_buf_free(&s->unescaped);
	free(s->names);
	free(s);
	return err;
}

void stella_json_scan_free(struct stella_json_scan *scan)
{
	if (scan) {
		free(scan->numbers);
		*scan = (struct stella_json_scan){ 0 };
	}
}
