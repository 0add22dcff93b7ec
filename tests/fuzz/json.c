/* SPDX-License-Identifier: Apache-2.0 */
/* JSON: what is parsed and printed is parsed again to the same, and records have one text. */
#include "fuzz.h"

#include <string.h>

#include "json.h"

/* Every way to ask about a value, and that the answers agree. */
static void visit(const struct stella_json *v)
{
	int64_t value = 0, clamped = 0;
	char scratch[STELLA_JSON_INT_TEXT];
	bool integer = stella_json_is_int(v, &clamped);

	if (stella_json_type(v) == STELLA_JSON_NUMBER) {
		const char *digits = stella_json_digits(v, scratch);

		must(integer == !strpbrk(digits, ".eE"));
		must(!integer || clamped == strtoll(digits, NULL, 10));
		if (!stella_json_int(&value, v, INT64_MIN, INT64_MAX)) {
			char text[32];

			must(integer && value == clamped);
			snprintf(text, sizeof text, "%lld", (long long)value);
			must(strcmp(text, digits) == 0);
		}
	} else {
		must(!integer);
	}
	for (size_t i = 0; i < stella_json_count(v); i++) {
		const struct stella_json *member;
		const char *name;

		if (stella_json_type(v) == STELLA_JSON_ARRAY) {
			visit(stella_json_at(v, i));
			continue;
		}
		stella_json_member(v, i, &name, &member);
		must(stella_json_find(v, name) == member);
		visit(member);
	}
}

static struct stella_buf print(const struct stella_json *v, enum stella_json_style style)
{
	struct stella_buf out = { 0 };

	stella_json_print(&out, v, style);
	return out;
}

static void compare(const struct stella_json *a, const struct stella_json *b, enum stella_json_style style)
{
	struct stella_buf left = print(a, style), right = print(b, style);

	must(stella_span_equal(stella_buf_span(&left), stella_buf_span(&right)));
	stella_buf_free(&left);
	stella_buf_free(&right);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct stella_json *v, *again, *copy;
	const struct stella_error *err;

	err = stella_json_parse(&v, stella_span(data, size));
	if (err) {
		must(!v && (err->code == STELLA_MALFORMED || err->code == STELLA_LIMIT));
		must(strncmp(err->message, "byte ", 5) == 0);
		return 0;
	}
	visit(v);
	for (enum stella_json_style style = STELLA_JSON_RECORD; style <= STELLA_JSON_LOG; style++) {
		struct stella_buf text = print(v, style);

		must(!stella_json_parse(&again, stella_buf_span(&text)));
		compare(v, again, STELLA_JSON_RECORD);
		if (style != STELLA_JSON_RECORD)
			compare(v, again, STELLA_JSON_LINE);
		stella_json_free(again);
		stella_buf_free(&text);
	}
	copy = stella_json_copy(v);
	compare(v, copy, STELLA_JSON_LINE);
	stella_json_free(v);
	visit(copy);
	stella_json_free(copy);
	return 0;
}
