/* SPDX-License-Identifier: Apache-2.0 */
/* Escaped text holds nothing that hides or is obeyed, and no two texts look the same. */
#include "fuzz.h"

#include <string.h>

#include "text.h"

/* What the escaped text stands for. */
static void unescape(struct stella_buf *out, char *at)
{
	while (*at) {
		if (*at != '\\') {
			stella_buf_put_u8(out, (uint8_t)*at++);
			continue;
		}
		switch (at[1]) {
		case 'n':
			stella_buf_put_u8(out, '\n');
			at += 2;
			break;
		case 't':
			stella_buf_put_u8(out, '\t');
			at += 2;
			break;
		case '\\':
			stella_buf_put_u8(out, '\\');
			at += 2;
			break;
		case 'x':
			must(strspn(at + 2, "0123456789ABCDEF") >= 2);
			stella_buf_put_u8(out, (uint8_t)strtoul((char[]){ at[2], at[3], 0 }, NULL, 16));
			at += 4;
			break;
		default:
			must(at[1] == 'u' && at[2] == '{');
			stella_utf8_put(out, (uint32_t)strtoul(at + 3, &at, 16));
			must(*at++ == '}');
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct stella_buf out = { 0 }, back = { 0 };
	struct stella_cursor c;
	uint32_t u;

	stella_escape_print(&out, stella_span(data, size));
	c = stella_cursor(stella_buf_span(&out));
	while (c.left > 0)
		must(stella_utf8_next(&c, &u) && !stella_utf8_hidden(u));
	if (out.data)
		unescape(&back, (char *)out.data);
	must(stella_span_equal(stella_buf_span(&back), stella_span(data, size)));
	stella_buf_free(&out);
	stella_buf_free(&back);
	return 0;
}
