/* SPDX-License-Identifier: Apache-2.0 */
/* Trees: entries that were written exactly are printed as they were, and have one order. */
#include "fuzz.h"

#include <string.h>

#include "tree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct stella_cursor c = stella_cursor(stella_span(data, size));
	struct stella_tree_entry entry, before = { 0 };
	struct stella_buf out = { 0 };
	bool bad, exact = true;
	size_t left = size;

	while (stella_tree_next(&entry, &c, &bad)) {
		must(!bad && c.left < left && entry.name.size > 0 && !stella_span_has_nul(entry.name));
		left = c.left;
		exact = exact && entry.mode_exact;
		must(!entry.mode_exact || entry.mode == STELLA_MODE_FILE || entry.mode == STELLA_MODE_DIR);
		stella_tree_put(&out, &entry);
		must(stella_tree_compare(&entry, &entry) == 0);
		if (before.name.size) {
			int one = stella_tree_compare(&entry, &before), other = stella_tree_compare(&before, &entry);

			must((one > 0) == (other < 0) && (one < 0) == (other > 0));
		}
		before = entry;
	}
	must(bad || c.left == 0);
	if (exact)
		must(out.size <= size && (out.size == 0 || memcmp(out.data, data, out.size) == 0));
	stella_buf_free(&out);
	return 0;
}
