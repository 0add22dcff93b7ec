/* SPDX-License-Identifier: Apache-2.0 */
#include "tree.h"

#include <string.h>

#define MODE_DIGITS_MAX 7 /* more do not occur, and could overflow */

/* "<octal mode> <name>\0<20 bytes>" (git's decode_tree_entry) */
bool stella_tree_next(struct stella_tree_entry *out, struct stella_cursor *tree, bool *bad)
{
	const uint8_t *at = tree->at, *nul;
	struct stella_span mode, name, id;

	*bad = false;
	if (tree->left == 0)
		return false;
	*bad = true;
	out->mode = 0;
	for (mode.size = 0; mode.size < tree->left && at[mode.size] != ' '; mode.size++) {
		if (at[mode.size] < '0' || at[mode.size] > '7' || mode.size == MODE_DIGITS_MAX)
			return false;
		out->mode = out->mode << 3 | (uint32_t)(at[mode.size] - '0');
	}
	if (mode.size == 0 || mode.size == tree->left)
		return false;
	stella_cursor_take(tree, mode.size, &mode);
	stella_cursor_take(tree, 1, &name);
	nul = memchr(tree->at, 0, tree->left);
	if (!nul || nul == tree->at)
		return false;
	stella_cursor_take(tree, (size_t)(nul - tree->at), &out->name);
	stella_cursor_take(tree, 1, &name);
	if (!stella_cursor_take(tree, STELLA_OID_SIZE, &id))
		return false;
	memcpy(out->id.bytes, id.data, STELLA_OID_SIZE);
	out->mode_exact = stella_span_is(mode, "100644") || stella_span_is(mode, "40000");
	*bad = false;
	return true;
}

void stella_tree_put(struct stella_buf *out, const struct stella_tree_entry *entry)
{
	stella_buf_printf(out, "%o ", (unsigned)entry->mode);
	stella_buf_put_span(out, entry->name);
	stella_buf_put_u8(out, 0);
	stella_buf_put(out, entry->id.bytes, STELLA_OID_SIZE);
}

int stella_tree_compare(const struct stella_tree_entry *a, const struct stella_tree_entry *b)
{
	size_t common = a->name.size < b->name.size ? a->name.size : b->name.size;
	int order = memcmp(a->name.data, b->name.data, common);
	uint8_t next_a, next_b;

	if (order)
		return order;
	next_a = a->name.size > common ? a->name.data[common] : a->mode == STELLA_MODE_DIR ? '/' : 0;
	next_b = b->name.size > common ? b->name.data[common] : b->mode == STELLA_MODE_DIR ? '/' : 0;
	return (next_a > next_b) - (next_a < next_b);
}
