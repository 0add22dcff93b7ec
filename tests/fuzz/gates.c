/* SPDX-License-Identifier: Apache-2.0 */
/* Gates: what is accepted is printed as one text, and that is read back to the same text. */
#include "fuzz.h"

#include "gates.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct stella_buf once = { 0 }, twice = { 0 };
	struct stella_gate *gate, *again;
	const struct stella_error *err = stella_gate_parse(&gate, "g", stella_span(data, size));

	if (err) {
		must(!gate && (err->code == STELLA_MALFORMED || err->code == STELLA_LIMIT || err->code == STELLA_POLICY_UNSUPPORTED));
		return 0;
	}
	must(gate->requirement_count > 0);
	for (size_t i = 0; i < gate->requirement_count; i++)
		for (size_t k = 0; k < gate->requirements[i].signer_count; k++)
			must(gate->requirements[i].signers[k].count > 0);
	stella_gate_print(&once, gate);
	must(!stella_gate_parse(&again, "g", stella_buf_span(&once)));
	stella_gate_print(&twice, again);
	must(stella_span_equal(stella_buf_span(&once), stella_buf_span(&twice)));
	stella_gate_free(gate);
	stella_gate_free(again);
	stella_buf_free(&once);
	stella_buf_free(&twice);
	return 0;
}
