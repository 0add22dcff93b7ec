/* SPDX-License-Identifier: Apache-2.0 */
#include "eventlog.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fields.h"
#include "linelog.h"
#include "sys.h"

/* What this version writes, and a line that came beside it. */
#define READ_MAX (STELLA_EVENTLOG_PIECE_MAX + 2 * STELLA_LINELOG_LINE_MAX + 1024 * STELLA_TOTALS_MAX)

char *stella_eventlog_dir(const char *state_dir, const struct stella_oid *root)
{
	struct stella_buf path = { 0 };
	char hex[STELLA_OID_HEX] = "unpinned";

	if (root)
		stella_oid_hex(hex, root);
	stella_buf_printf(&path, "%s/%s/log", state_dir, hex);
	return stella_buf_take_str(&path);
}

/* ---------------------------------------------------------------- reading */

static bool is_totals(struct stella_span line)
{
	static const char mark[] = "\"event\":\"" STELLA_EVENT_TOTALS "\"";

	return stella_span_find(line, mark);
}

/* What the piece itself says of all before it; where that is lost, what was counted stands. */
static const struct stella_error *take_totals(struct stella_totals *totals, struct stella_span line)
{
	struct stella_totals said = { 0 };
	const struct stella_error *err = stella_totals_parse(&said, line);

	if (!err) {
		stella_totals_free(totals);
		*totals = said;
	}
	return err;
}

/* The lines of one piece from place->offset on.  totals may be NULL: lines of totals are passed over. */
static const struct stella_error *read_piece(const char *dir, struct stella_eventlog_place *place,
	const struct stella_eventlog_reader *reader, struct stella_totals *totals)
{
	struct stella_buf bytes = { 0 };
	struct stella_cursor in;
	struct stella_span line;
	const struct stella_error *err = stella_linelog_read(&bytes, dir, place->piece, READ_MAX);

	if (err)
		goto done;
	if (place->offset > bytes.size) /* a tail was cut off */
		place->offset = bytes.size;
	in = stella_cursor(stella_span(bytes.data + place->offset, bytes.size - place->offset));
	for (; stella_cursor_line(&in, &line); place->offset = bytes.size - in.left) {
		struct stella_event *event = NULL;
		const struct stella_error *why = NULL;

		if (is_totals(line)) {
			if (totals && place->offset == 0)
				why = take_totals(totals, line);
		} else {
			why = stella_event_parse(&event, line);
		}
		if (why)
			reader->damaged(reader->context, place, line.size, why);
		if (event)
			reader->event(reader->context, event);
		stella_event_free(event);
	}
	if (in.left)
		reader->damaged(reader->context, place, in.left, NULL);
done:
	stella_buf_free(&bytes);
	return err;
}

static const struct stella_error *read_from(const char *dir, struct stella_eventlog_place *place,
	const struct stella_eventlog_reader *reader, struct stella_totals *totals, uint64_t last)
{
	uint64_t *pieces;
	size_t count;
	const struct stella_error *err = stella_linelog_pieces(&pieces, &count, dir);

	for (size_t i = 0; i < count && !err; i++) {
		if (pieces[i] < place->piece || pieces[i] > last)
			continue;
		if (pieces[i] > place->piece)
			*place = (struct stella_eventlog_place){ pieces[i], 0 };
		err = read_piece(dir, place, reader, totals);
		if (stella_error_is(err, STELLA_NOT_FOUND)) /* old ones go while we read */
			err = NULL;
		if (stella_error_is(err, STELLA_LIMIT) || stella_error_is(err, STELLA_OWNER)) {
			reader->damaged(reader->context, place, 0, err);
			err = NULL;
		}
	}
	free(pieces);
	return err;
}

const struct stella_error *stella_eventlog_read(const char *dir, struct stella_eventlog_place *place,
	const struct stella_eventlog_reader *reader)
{
	struct stella_eventlog_place begin = { 0, 0 };

	return read_from(dir, place ? place : &begin, reader, NULL, UINT64_MAX);
}

/* ---------------------------------------------------------------- totals */

struct counting {
	struct stella_totals *totals;
	size_t damaged;
};

static void count_event(void *context, const struct stella_event *event)
{
	struct counting *c = context;

	stella_totals_add(c->totals, event);
}

static void count_damage(void *context, const struct stella_eventlog_place *place, size_t size,
	const struct stella_error *why)
{
	struct counting *c = context;

	c->damaged += why != NULL;
}

/* Is the first line of this piece one of totals that can be read? */
static bool has_head(const char *dir, uint64_t piece)
{
	struct stella_totals totals = { 0 };
	struct stella_buf bytes = { 0 };
	struct stella_span line;
	struct stella_cursor in;
	bool good = false;

	if (!stella_linelog_read(&bytes, dir, piece, READ_MAX)) {
		in = stella_cursor(stella_buf_span(&bytes));
		good = stella_cursor_line(&in, &line) && is_totals(line) && !stella_totals_parse(&totals, line);
	}
	stella_totals_free(&totals);
	stella_buf_free(&bytes);
	return good;
}

/* From the last piece that says what was before it: where its first line is lost, from the one before. */
static const struct stella_error *count_until(struct counting *c, const char *dir, uint64_t last)
{
	struct stella_eventlog_reader reader = { count_event, count_damage, c };
	struct stella_eventlog_place place = { 0, 0 };
	uint64_t *pieces;
	size_t count, i;
	const struct stella_error *err = stella_linelog_pieces(&pieces, &count, dir);

	if (err)
		return err;
	for (i = count; i > 0 && (pieces[i - 1] > last || !has_head(dir, pieces[i - 1]));)
		i--;
	place.piece = i ? pieces[i - 1] : 0;
	free(pieces);
	return read_from(dir, &place, &reader, c->totals, last);
}

const struct stella_error *stella_eventlog_totals(struct stella_totals *out, size_t *damaged, const char *dir)
{
	struct counting c = { out, 0 };
	const struct stella_error *err;

	*out = (struct stella_totals){ 0 };
	err = count_until(&c, dir, UINT64_MAX);
	*damaged = c.damaged;
	if (err)
		stella_totals_free(out);
	return err;
}

/* ---------------------------------------------------------------- writing */

struct writing {
	const char *dir;
	const struct stella_event *event;
};

/* What cannot be read of the piece before is lost to the counters; doctor tells of it. */
static void print_head(const void *context, struct stella_buf *line, uint64_t before)
{
	const struct writing *w = context;
	struct stella_totals totals = { 0 };
	struct counting c = { &totals, 0 };

	if (before && count_until(&c, w->dir, before))
		stella_totals_free(&totals);
	stella_totals_print(line, &totals, w->event->time);
	stella_totals_free(&totals);
}

static void print_torn(const void *context, struct stella_buf *line, size_t size)
{
	const struct writing *w = context;
	struct stella_event event = *w->event;
	char message[80];

	snprintf(message, sizeof message, "%zu bytes of a record that was never finished were removed", size);
	event.level = STELLA_LEVEL_WARNING;
	event.event = "repair";
	event.code = "ok";
	event.message = message;
	event.attestation = event.subject = event.issuer = event.commit = NULL;
	event.exit = event.duration = -1;
	stella_event_print(line, &event);
}

const struct stella_error *stella_eventlog_append(const char *dir, const struct stella_event *event)
{
	struct writing w = { dir, event };
	const struct stella_linelog log = {
		.dir = dir,
		.piece_max = STELLA_EVENTLOG_PIECE_MAX,
		.keep = STELLA_EVENTLOG_PIECES,
		.head = print_head,
		.torn = print_torn,
		.context = &w,
	};
	struct stella_buf line = { 0 };
	const struct stella_error *err;

	stella_event_print(&line, event);
	err = stella_linelog_append(&log, stella_buf_span(&line));
	stella_buf_free(&line);
	return err ? stella_error_prefix(err, "event log") : NULL;
}
