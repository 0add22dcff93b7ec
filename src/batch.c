/* SPDX-License-Identifier: Apache-2.0 */
#include "batch.h"

#include <stdlib.h>
#include <string.h>

#include "bundle.h"
#include "parallel.h"
#include "sys.h"

#define WINDOW 256
#define LIST_MAX (UINT64_C(1) << 40)

struct window {
	struct batch *batch;
	unsigned threads;
	struct batch_item items[WINDOW];
	size_t count;
	struct stella_buf line;      /* what was read of the next one */
	bool too_long;
	uint64_t lines;
	struct stella_error trouble; /* of telling, which ends the run; "" none */
};

static void ask(void *context, size_t i)
{
	struct window *w = context;
	struct batch_item *item = &w->items[i];
	const struct stella_error *err;

	if (item->error.message[0]) /* a line that is too long */
		return;
	err = w->batch->ask(w->batch->context, item);
	if (err)
		item->error = *err;
}

static void tell(struct window *w, struct batch_item *item)
{
	struct batch *batch = w->batch;
	const struct stella_error *err;

	if (!item->error.message[0]) {
		batch->verified++;
	} else if (batch->refused++ == 0) {
		batch->first = item->error;
		batch->first_number = item->number;
	}
	err = batch->tell(batch->context, item);
	if (err && !w->trouble.message[0])
		w->trouble = *err;
	stella_buf_free(&item->text);
	*item = (struct batch_item){ 0 };
}

static void ask_window(struct window *w)
{
	struct batch *batch = w->batch;

	stella_parallel_each(w->trouble.message[0] ? 0 : w->count, w->threads, ask, w);
	for (size_t i = 0; i < w->count; i++)
		tell(w, &w->items[i]);
	w->count = 0;
	if (stella_progress)
		stella_progress(batch->what, batch->verified + batch->refused);
}

/* ---------------------------------------------------------------- reading */

static void add_item(struct window *w)
{
	struct batch_item *item = &w->items[w->count];

	item->number = w->lines;
	item->text = w->line;
	w->line = (struct stella_buf){ 0 };
	if (w->too_long)
		item->error = *stella_error(STELLA_LIMIT, "a line of more than %u bytes", STELLA_BUNDLE_MAX);
	w->too_long = false;
	if (++w->count == WINDOW)
		ask_window(w);
}

static void end_line(struct window *w)
{
	w->lines++;
	if (w->line.size || w->too_long) /* an empty one is none */
		add_item(w);
}

static void take_piece(void *context, struct stella_span piece)
{
	struct window *w = context;

	while (piece.size > 0) {
		const uint8_t *end = memchr(piece.data, '\n', piece.size);
		size_t size = end ? (size_t)(end - piece.data) : piece.size;

		if (w->line.size + size > STELLA_BUNDLE_MAX)
			w->too_long = true;
		else
			stella_buf_put(&w->line, piece.data, size);
		if (!end)
			return;
		end_line(w);
		piece = stella_span(end + 1, piece.size - size - 1);
	}
}

static const struct stella_error *read_threads(unsigned *out, const char *text)
{
	long value = 0;

	if (text && !parse_whole(&value, text, 1, 64))
		return stella_error(STELLA_USAGE, "--threads: a number from 1 to 64, not \"%.64s\"", text);
	*out = (unsigned)value;
	return NULL;
}

static const struct stella_error *read_all(struct window *w)
{
	struct cmd *cmd = w->batch->cmd;
	const char *list = opts_get(cmd, "batch");
	const struct stella_error *err = read_threads(&w->threads, opts_get(cmd, "threads"));

	if (!err && list)
		err = stella_sys_feed(list, LIST_MAX, take_piece, w);
	for (unsigned i = 0; i < cmd->arg_count && !err && !list; i++) {
		w->lines++;
		stella_buf_put_str(&w->line, cmd->args[i]);
		add_item(w);
	}
	if (err)
		return err;
	end_line(w); /* the last one, without newline */
	ask_window(w);
	if (w->trouble.message[0])
		return stella_error(w->trouble.code, "%s", w->trouble.message);
	if (w->batch->verified + w->batch->refused == 0)
		return stella_error(STELLA_NO_ATTESTATION, "%s: no %s in it", list, w->batch->what);
	return NULL;
}

const struct stella_error *batch_run(struct batch *batch)
{
	struct window *w = stella_alloc(sizeof *w);
	const struct stella_error *err;

	w->batch = batch;
	err = read_all(w);
	for (size_t i = 0; i < WINDOW; i++)
		stella_buf_free(&w->items[i].text);
	stella_buf_free(&w->line);
	free(w);
	return err;
}

/* ---------------------------------------------------------------- all */

const struct stella_error *batch_verdict(const struct batch *batch)
{
	if (!batch->refused)
		return NULL;
	return stella_error(batch->first.code, "%llu of %llu %s refused; the first %s %llu: %.800s",
		(unsigned long long)batch->refused, (unsigned long long)(batch->verified + batch->refused), batch->what,
		opts_get(batch->cmd, "batch") ? "in line" : "is number", (unsigned long long)batch->first_number,
		batch->first.message);
}

void batch_say(const struct batch *batch)
{
	struct cmd *cmd = batch->cmd;

	say(cmd, "%s  %llu of %llu %s\n", batch->refused ? paint(cmd, PAINT_BAD, "REFUSED") : paint(cmd, PAINT_GOOD, "VERIFIED"),
		(unsigned long long)(batch->refused ? batch->refused : batch->verified),
		(unsigned long long)(batch->verified + batch->refused), batch->what);
}
