/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of the event log: what is read is written again as one line that is read to the same. */
#include "fuzz.h"

#include "event_totals.h"

static void must_be_one_line(const struct stella_buf *line)
{
	for (size_t i = 0; i < line->size; i++)
		must(line->data[i] >= ' ' && line->data[i] != 127);
}

static void try_event(struct stella_span input)
{
	struct stella_buf line = { 0 }, second = { 0 };
	struct stella_event *event, *again;

	if (stella_event_parse(&event, input))
		return;
	must(stella_event_word(event->event) && stella_event_word(event->command) && stella_event_word(event->code));
	stella_event_print(&line, event);
	must_be_one_line(&line);
	must(!stella_event_parse(&again, stella_buf_span(&line)));
	stella_event_print(&second, again);
	must(stella_span_equal(stella_buf_span(&line), stella_buf_span(&second)));
	stella_event_free(event);
	stella_event_free(again);
	stella_buf_free(&line);
	stella_buf_free(&second);
}

static void try_totals(struct stella_span input)
{
	struct stella_totals totals = { 0 }, again = { 0 };
	struct stella_buf line = { 0 }, second = { 0 };

	if (stella_totals_parse(&totals, input)) {
		must(!totals.count && !totals.items);
		return;
	}
	stella_totals_print(&line, &totals, 0);
	must_be_one_line(&line);
	must(!stella_totals_parse(&again, stella_buf_span(&line)));
	stella_totals_print(&second, &again, 0);
	must(stella_span_equal(stella_buf_span(&line), stella_buf_span(&second)));
	stella_totals_free(&totals);
	stella_totals_free(&again);
	stella_buf_free(&line);
	stella_buf_free(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	try_event(stella_span(data, size));
	try_totals(stella_span(data, size));
	return 0;
}
