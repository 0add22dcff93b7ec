/* SPDX-License-Identifier: Apache-2.0 */
/* A checkpoint's parts lie in its bytes, and the text and its signature lines make up all of it. */
#include "fuzz.h"

#include "note.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct stella_checkpoint *checkpoint;
	const struct stella_error *err = stella_checkpoint_parse(&checkpoint, stella_span(data, size));
	size_t total;

	if (err) {
		must(!checkpoint && (err->code == STELLA_MALFORMED || err->code == STELLA_LIMIT));
		return 0;
	}
	must(stella_span_equal(stella_buf_span(&checkpoint->note), stella_span(data, size)));
	must(checkpoint->origin.size > 0 && checkpoint->line_count > 0);
	must(checkpoint->text.data[checkpoint->text.size - 1] == '\n' && data[checkpoint->text.size] == '\n');
	total = checkpoint->text.size + 1;
	for (size_t i = 0; i < checkpoint->line_count; i++) {
		const struct stella_note_line *line = &checkpoint->lines[i];

		must(line->name.size > 0 && line->signature.size > 0);
		total += 4 + line->name.size + 1 + (sizeof line->hash + line->signature.size + 2) / 3 * 4 + 1;
	}
	must(total == size);
	stella_checkpoint_free(checkpoint);
	return 0;
}
