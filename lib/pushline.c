/* SPDX-License-Identifier: Apache-2.0 */
#include "pushline.h"

#include <string.h>

#define WORDS_MAX 4

static const struct {
	const char *hook;
	unsigned words, old, new_id, ref;
} forms[] = {
	[STELLA_PUSHLINE_RECEIVE] = { "pre-receive", 3, 0, 1, 2 },
	[STELLA_PUSHLINE_PUSH] = { "pre-push", 4, 3, 1, 2 },
};

/* The words between single spaces; more than WORDS_MAX are counted only. */
static unsigned split(struct stella_span out[WORDS_MAX], struct stella_span line)
{
	unsigned count = 0;

	for (;;) {
		const uint8_t *space = line.size ? memchr(line.data, ' ', line.size) : NULL;
		size_t size = space ? (size_t)(space - line.data) : line.size;

		if (count < WORDS_MAX)
			out[count] = stella_span(line.data, size);
		count++;
		if (!space || count > WORDS_MAX)
			return count;
		line = stella_span(space + 1, line.size - size - 1);
	}
}

const struct stella_error *stella_pushline_parse(struct stella_pushline *out, struct stella_span line,
	enum stella_pushline_form form)
{
	struct stella_span word[WORDS_MAX] = { { 0 } };
	unsigned count = split(word, line);

	*out = (struct stella_pushline){ 0 };
	out->ref = word[forms[form].ref];
	if (count == forms[form].words && word[0].size && out->ref.size && !stella_span_has_nul(line) &&
	    stella_oid_parse(&out->old, word[forms[form].old]) && stella_oid_parse(&out->new_id, word[forms[form].new_id]))
		return NULL;
	return stella_error(STELLA_MALFORMED, "not a line of git's %s hook: %u words and two full commit ids are expected "
		"(githooks(5))", forms[form].hook, forms[form].words);
}
