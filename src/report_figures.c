/* SPDX-License-Identifier: Apache-2.0 */
/* The figures of the auditors' page, as inline SVG.  Coordinates are units of a drawing 960 wide. */
#include <string.h>

#include "report.h"

#define LEFT 120
#define RIGHT 940
#define ROW 22
#define DAY 86400
#define BARS_MAX 60
#define LABEL_MAX 20              /* bytes that fit left of LEFT */
#define YEAR_9999 253402300799     /* a commit may claim any time; what is drawn is reckoned with */

const char *const lane_names[LANE_COUNT] = { "policy", "issuers", "keys", "anchors", "other" };

/* A stretch of time on the drawing. */
struct scale {
	int64_t from, until;
};

static int at(const struct scale *scale, int64_t time)
{
	if (time <= scale->from)
		return LEFT;
	if (time >= scale->until)
		return RIGHT;
	return LEFT + (int)((double)(time - scale->from) / (double)(scale->until - scale->from) * (RIGHT - LEFT));
}

static void put_axis(struct report *report, const struct scale *scale, int bottom)
{
	const char *before = "";

	for (int i = 0; i <= 4; i++) {
		int x = LEFT + (RIGHT - LEFT) * i / 4;
		int64_t time = scale->from + (int64_t)((double)(scale->until - scale->from) * i / 4);

		const char *label = day(report, time);

		put(report, "<line class=\"rule\" x1=\"%d\" y1=\"8\" x2=\"%d\" y2=\"%d\"/><text x=\"%d\" y=\"%d\" text-anchor=\"%s\">%s</text>\n",
			x, x, bottom, x, bottom + 14, i == 0 ? "start" : i == 4 ? "end" : "middle",
			strcmp(label, before) ? label : "");
		before = label;
	}
}

/* ---------------------------------------------------------------- the states */

static void put_dots(struct report *report, const struct scale *scale, size_t i)
{
	const struct report_state *s = &report->states[i];

	for (unsigned lane = 0; lane < LANE_COUNT; lane++) {
		if (!(s->lanes & 1u << lane))
			continue;
		put(report, "<a href=\"#state-%llu\"><circle class=\"l%u\" cx=\"%d\" cy=\"%d\" r=\"5\"><title>state #%llu, %s</title></circle></a>\n",
			(unsigned long long)s->state->number, lane, at(scale, s->time), 20 + (int)lane * ROW,
			(unsigned long long)s->state->number, day(report, s->time));
	}
}

void put_timeline(struct report *report)
{
	struct scale scale = { INT64_MAX, INT64_MIN };
	int bottom = 12 + LANE_COUNT * ROW;

	for (size_t i = report->first; i < report->state_count; i++) {
		int64_t time = report->states[i].time < YEAR_9999 ? report->states[i].time : YEAR_9999;

		scale.from = time < scale.from ? time : scale.from;
		scale.until = time > scale.until ? time : scale.until;
	}
	if (scale.until - scale.from < DAY) /* all on one day: it stands in the middle */
		scale = (struct scale){ scale.from - DAY / 2, scale.until + DAY / 2 };
	put(report, "<figure><svg viewBox=\"0 0 960 %d\" role=\"img\" aria-label=\"Timeline of %zu states\">\n", bottom + 20,
		report->state_count - report->first);
	put_axis(report, &scale, bottom);
	for (unsigned lane = 0; lane < LANE_COUNT; lane++)
		put(report, "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>\n", LEFT - 14, 24 + (int)lane * ROW, lane_names[lane]);
	for (size_t i = report->first; i < report->state_count; i++)
		put_dots(report, &scale, i);
	put(report, "</svg></figure>\n");
}

/* ---------------------------------------------------------------- what ends */

/* Before what was long ago or is far ahead, a year on both sides is enough to see what matters. */
static struct scale scale_of(const struct endings *all)
{
	struct scale scale = { all->now - 30 * DAY, all->now + 30 * DAY };

	for (size_t i = 0; i < all->count; i++) {
		const struct ending *e = &all->items[i];

		if (!ending_is_news(e, all->now))
			continue;
		if (e->from != STELLA_TIME_NONE && e->from < scale.from)
			scale.from = e->from;
		if (e->until > scale.until)
			scale.until = e->until;
	}
	if (scale.from < all->now - 365 * DAY)
		scale.from = all->now - 365 * DAY;
	if (scale.until > all->now + 365 * DAY)
		scale.until = all->now + 365 * DAY;
	return scale;
}

static void put_bar(struct report *report, const struct scale *scale, const struct ending *e, int y)
{
	const char *title = ending_title(report->cmd, e);
	int64_t now = report->cmd->now;
	int from = e->from == STELLA_TIME_NONE ? LEFT : at(scale, e->from), until = at(scale, e->until);

	put(report, "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text><rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"12\" rx=\"3\">"
		"<title>%s until %s%s</title></rect>\n", LEFT - 6, y + 11, esc_span(report, stella_span(title, strnlen(title, LABEL_MAX))),
		e->until < now ? "over" : e->meant ? "meant" : e->until < now + 30 * DAY ? "soon" : "holds", from, y,
		until - from > 3 ? until - from : 3, esc(report, title), day(report, e->until), e->meant ? ", as planned" : "");
}

void put_endings(struct report *report, const struct endings *all)
{
	struct scale scale = scale_of(all);
	size_t count = 0, drawn = 0;
	int bottom, now = at(&scale, all->now);

	for (size_t i = 0; i < all->count; i++)
		count += ending_is_news(&all->items[i], all->now);
	bottom = 12 + (int)(count < BARS_MAX ? count : BARS_MAX) * ROW;
	put(report, "<figure><svg viewBox=\"0 0 960 %d\" role=\"img\" aria-label=\"How long everything holds\">\n", bottom + 20);
	put_axis(report, &scale, bottom);
	for (size_t i = 0; i < all->count && drawn < BARS_MAX; i++)
		if (ending_is_news(&all->items[i], all->now))
			put_bar(report, &scale, &all->items[i], 12 + (int)drawn++ * ROW);
	put(report, "<line class=\"now\" x1=\"%d\" y1=\"4\" x2=\"%d\" y2=\"%d\"/><text x=\"%d\" y=\"%d\">today</text>\n", now, now, bottom,
		now + 4, bottom - 2);
	put(report, "</svg></figure>\n");
	if (count > drawn)
		put(report, "<p class=\"soft\">The %zu that end first are drawn; %zu more end later.</p>\n", drawn, count - drawn);
}
