/* SPDX-License-Identifier: Apache-2.0 */
/* Hex, base64, PEM and times: what the strict form takes is printed as the same text. */
#include "fuzz.h"

#include <string.h>

#include "encode.h"

static void check_hex(struct stella_span text)
{
	struct stella_buf bytes = { 0 }, back = { 0 };
	uint8_t fixed[16];

	if (!stella_hex_parse(&bytes, text)) {
		stella_hex_print(&back, stella_buf_span(&bytes));
		must(stella_span_equal(stella_buf_span(&back), text));
		must(stella_hex_fixed(fixed, sizeof fixed, text) == (text.size == 2 * sizeof fixed));
	} else {
		must(bytes.size == 0 && !stella_hex_fixed(fixed, sizeof fixed, text));
	}
	stella_buf_free(&bytes);
	stella_buf_free(&back);
}

/* The text in the form of the strict parser. */
static void to_strict(struct stella_buf *out, struct stella_span text)
{
	for (size_t i = 0; i < text.size; i++)
		stella_buf_put_u8(out, text.data[i] == '-' ? '+' : text.data[i] == '_' ? '/' : text.data[i]);
	while (out->size % 4)
		stella_buf_put_u8(out, '=');
}

static void check_base64(struct stella_span text)
{
	struct stella_buf strict = { 0 }, any = { 0 }, back = { 0 }, form = { 0 };
	bool is_strict = !stella_base64_parse(&strict, text, STELLA_BASE64_STRICT);
	bool is_any = !stella_base64_parse(&any, text, STELLA_BASE64_ANY);

	must(is_any || !is_strict);
	stella_base64_print(&back, stella_buf_span(&any));
	if (is_strict) {
		must(stella_span_equal(stella_buf_span(&strict), stella_buf_span(&any)));
		must(stella_span_equal(stella_buf_span(&back), text));
	}
	if (is_any) {
		to_strict(&form, text);
		must(stella_span_equal(stella_buf_span(&back), stella_buf_span(&form)));
	}
	stella_buf_free(&strict);
	stella_buf_free(&any);
	stella_buf_free(&back);
	stella_buf_free(&form);
}

static void check_pem(struct stella_span text)
{
	struct stella_cursor c = stella_cursor(text);
	struct stella_buf der = { 0 }, whole = { 0 }, again = { 0 }, printed = { 0 };
	char *label, *first = NULL;
	size_t blocks = 0;

	while (!stella_pem_next(&der, &label, &c)) {
		must(der.size > 0);
		printed.size = again.size = 0;
		stella_pem_print(&printed, label, stella_buf_span(&der));
		must(!stella_pem_parse(&again, stella_buf_span(&printed), label));
		must(stella_span_equal(stella_buf_span(&again), stella_buf_span(&der)));
		if (blocks++ == 0)
			first = stella_strdup(label);
		der.size = 0;
		free(label);
	}
	must(!label);
	if (first && !stella_pem_parse(&whole, text, first)) {
		must(blocks == 1);
		must(stella_span_equal(stella_buf_span(&whole), stella_buf_span(&again)));
	}
	must(first || stella_pem_parse(&whole, text, "X"));
	free(first);
	stella_buf_free(&der);
	stella_buf_free(&whole);
	stella_buf_free(&again);
	stella_buf_free(&printed);
}

static void check_time(struct stella_span text)
{
	char printed[STELLA_TIME_TEXT];
	int64_t time;

	if (stella_time_parse(&time, text) == NULL) {
		stella_time_print(printed, time);
		must(stella_span_is(text, printed));
	}
	if (text.size >= sizeof time) {
		memcpy(&time, text.data, sizeof time);
		stella_time_print(printed, time);
		must(strlen(printed) >= 20 && strlen(printed) < sizeof printed);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct stella_span text = stella_span(data, size);

	check_hex(text);
	check_base64(text);
	check_pem(text);
	check_time(text);
	return 0;
}
