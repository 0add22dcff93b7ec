/* SPDX-License-Identifier: Apache-2.0 */
/* The lines of git's hooks: what is taken is, written again, the line that it was. */
#include "fuzz.h"

#include "pushline.h"

static void run(struct stella_span line, enum stella_pushline_form form)
{
	char old[STELLA_OID_HEX], new_id[STELLA_OID_HEX];
	struct stella_buf again = { 0 };
	struct stella_pushline out;
	const struct stella_error *err = stella_pushline_parse(&out, line, form);

	if (err) {
		must(err->code == STELLA_MALFORMED);
		return;
	}
	stella_oid_hex(old, &out.old);
	stella_oid_hex(new_id, &out.new_id);
	must(out.ref.size && !stella_span_has_nul(line));
	if (form == STELLA_PUSHLINE_RECEIVE)
		stella_buf_printf(&again, "%s %s %.*s", old, new_id, (int)out.ref.size, (const char *)out.ref.data);
	else
		stella_buf_printf(&again, "%.*s %s %.*s %s", (int)((const uint8_t *)out.ref.data - line.data - STELLA_OID_HEX - 1),
			(const char *)line.data, new_id, (int)out.ref.size, (const char *)out.ref.data, old);
	must(stella_span_equal(stella_buf_span(&again), line));
	stella_buf_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	run(stella_span(data, size), STELLA_PUSHLINE_RECEIVE);
	run(stella_span(data, size), STELLA_PUSHLINE_PUSH);
	return 0;
}
