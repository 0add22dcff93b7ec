/* SPDX-License-Identifier: Apache-2.0 */
/* pack.json: what is accepted is printed as one text, and that is read back to the same text. */
#include "fuzz.h"

#include "pack.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct stella_buf once = { 0 }, twice = { 0 };
	struct stella_pack *pack, *again;
	const struct stella_error *err = stella_pack_parse(&pack, stella_span(data, size));

	if (err) {
		must(!pack && (err->code == STELLA_MALFORMED || err->code == STELLA_LIMIT || err->code == STELLA_POLICY_UNSUPPORTED));
		return 0;
	}
	stella_pack_print(&once, pack);
	must(!stella_pack_parse(&again, stella_buf_span(&once)));
	stella_pack_print(&twice, again);
	must(stella_span_equal(stella_buf_span(&once), stella_buf_span(&twice)));
	stella_pack_free(pack);
	stella_pack_free(again);
	stella_buf_free(&once);
	stella_buf_free(&twice);
	return 0;
}
