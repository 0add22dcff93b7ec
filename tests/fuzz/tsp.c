/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Timestamps: what is taken is whole DER with a time that can be printed, a byte more or less is refused, and
 * without roots nothing is trusted.
 */
#include "fuzz.h"

#include "text.h"
#include "tsp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct stella_tsp *token, *again;
	char text[STELLA_TIME_TEXT];
	const struct stella_error *err = stella_tsp_parse(&token, stella_span(data, size));
	struct stella_buf longer = { 0 };
	int64_t time, parsed;

	must(!err == (token != NULL));
	if (err) {
		must(err->code == STELLA_MALFORMED || err->code == STELLA_LIMIT || err->code == STELLA_TIMESTAMP_INVALID);
		return 0;
	}
	stella_time_print(text, stella_tsp_claimed_time(token));
	must(!stella_time_parse(&parsed, stella_span_str(text)) && parsed == stella_tsp_claimed_time(token));
	err = stella_tsp_verify(token, stella_span_str("what was stamped"), NULL, 0, NULL, 0, &time);
	must(err && time == 0 && (err->code == STELLA_TIMESTAMP_INVALID || err->code == STELLA_LIMIT));
	stella_buf_put(&longer, data, size);
	stella_buf_put_u8(&longer, 0);
	must(stella_tsp_parse(&again, stella_buf_span(&longer)) && !again);
	must(stella_tsp_parse(&again, stella_span(data, size - 1)) && !again);
	stella_buf_free(&longer);
	stella_tsp_free(token);
	return 0;
}
