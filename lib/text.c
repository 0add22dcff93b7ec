/* SPDX-License-Identifier: Apache-2.0 */
#include "text.h"

#include <stdio.h>

/* ---------------------------------------------------------------- UTF-8 */

bool stella_utf8_next(struct stella_cursor *c, uint32_t *character)
{
	static const struct {
		uint8_t mask, lead;
		uint32_t least;
	} forms[] = {
		{ 0x80, 0x00, 0 }, { 0xe0, 0xc0, 0x80 }, { 0xf0, 0xe0, 0x800 }, { 0xf8, 0xf0, 0x10000 },
	};
	uint32_t value;
	size_t more = 0;

	if (c->left == 0)
		return false;
	while (more < 4 && (c->at[0] & forms[more].mask) != forms[more].lead)
		more++;
	if (more == 4 || c->left < more + 1)
		return false;
	value = c->at[0] & (uint8_t)~forms[more].mask;
	for (size_t i = 1; i <= more; i++) {
		if ((c->at[i] & 0xc0) != 0x80)
			return false;
		value = value << 6 | (c->at[i] & 0x3f);
	}
	if (value < forms[more].least || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
		return false;
	*character = value;
	c->at += more + 1;
	c->left -= more + 1;
	return true;
}

void stella_utf8_put(struct stella_buf *out, uint32_t u)
{
	if (u < 0x80) {
		stella_buf_put_u8(out, (uint8_t)u);
		return;
	}
	if (u < 0x800) {
		stella_buf_put_u8(out, (uint8_t)(0xc0 | u >> 6));
	} else {
		if (u < 0x10000) {
			stella_buf_put_u8(out, (uint8_t)(0xe0 | u >> 12));
		} else {
			stella_buf_put_u8(out, (uint8_t)(0xf0 | u >> 18));
			stella_buf_put_u8(out, (uint8_t)(0x80 | (u >> 12 & 0x3f)));
		}
		stella_buf_put_u8(out, (uint8_t)(0x80 | (u >> 6 & 0x3f)));
	}
	stella_buf_put_u8(out, (uint8_t)(0x80 | (u & 0x3f)));
}

/* ---------------------------------------------------------------- text for people */

/*
 * What a terminal obeys, hides or shows as nothing: controls (Cc), format characters (Cf), line and
 * paragraph separators, Default_Ignorable_Code_Point, private use and noncharacters (Unicode 15).
 */
bool stella_utf8_hidden(uint32_t u)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {
		{ 0x00, 0x1f }, { 0x7f, 0x9f }, { 0xad, 0xad }, { 0x34f, 0x34f }, { 0x600, 0x605 },
		{ 0x61c, 0x61c }, { 0x6dd, 0x6dd }, { 0x70f, 0x70f }, { 0x890, 0x891 }, { 0x8e2, 0x8e2 },
		{ 0x115f, 0x1160 }, { 0x17b4, 0x17b5 }, { 0x180b, 0x180f }, { 0x200b, 0x200f },
		{ 0x2028, 0x202e }, { 0x2060, 0x206f }, { 0x2800, 0x2800 }, { 0x3164, 0x3164 },
		{ 0xe000, 0xf8ff }, { 0xfdd0, 0xfdef }, { 0xfe00, 0xfe0f }, { 0xfeff, 0xfeff },
		{ 0xffa0, 0xffa0 }, { 0xfff0, 0xfffb }, { 0xfffe, 0xffff }, { 0x110bd, 0x110bd },
		{ 0x110cd, 0x110cd }, { 0x13430, 0x1343f }, { 0x1bca0, 0x1bca3 }, { 0x1d173, 0x1d17a },
		{ 0xe0000, 0x10ffff },
	};

	for (size_t i = 0; i < sizeof ranges / sizeof *ranges && u >= ranges[i].first; i++)
		if (u <= ranges[i].last)
			return true;
	return u >= 0x10000 && (u & 0xfffe) == 0xfffe;
}

void stella_escape_print(struct stella_buf *out, struct stella_span text)
{
	struct stella_cursor c = stella_cursor(text);
	struct stella_span raw;
	uint32_t u;

	while (c.left > 0) {
		raw.data = c.at;
		if (!stella_utf8_next(&c, &u)) {
			if (stella_cursor_take(&c, 1, &raw))
				stella_buf_printf(out, "\\x%02X", raw.data[0]);
			continue;
		}
		raw.size = (size_t)(c.at - raw.data);
		if (u == '\n')
			stella_buf_put_str(out, "\\n");
		else if (u == '\t')
			stella_buf_put_str(out, "\\t");
		else if (u == '\\')
			stella_buf_put_str(out, "\\\\");
		else if (!stella_utf8_hidden(u))
			stella_buf_put_span(out, raw);
		else
			stella_buf_printf(out, u < 0x80 ? "\\x%02X" : "\\u{%X}", (unsigned)u);
	}
}

/* ---------------------------------------------------------------- times */

#define DAY 86400
#define DAYS_OF_400_YEARS 146097
#define DAYS_TO_1970 719468 /* from 0000-03-01, where the count begins so that a leap day ends a year */

static int64_t days_of(int64_t year, int month, int day)
{
	int64_t y = year - (month <= 2), era = (y >= 0 ? y : y - 399) / 400, of_era = y - era * 400;
	int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * DAYS_OF_400_YEARS + of_era * 365 + of_era / 4 - of_era / 100 + of_year - DAYS_TO_1970;
}

static void date_of(int64_t days, int64_t *year, int *month, int *day)
{
	int64_t shifted = days + DAYS_TO_1970;
	int64_t era = (shifted >= 0 ? shifted : shifted - (DAYS_OF_400_YEARS - 1)) / DAYS_OF_400_YEARS;
	int64_t of_era = shifted - era * DAYS_OF_400_YEARS;
	int64_t y = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int of_year = (int)(of_era - (365 * y + y / 4 - y / 100)), m = (5 * of_year + 2) / 153;

	*day = of_year - (153 * m + 2) / 5 + 1;
	*month = m < 10 ? m + 3 : m - 9;
	*year = y + era * 400 + (*month <= 2);
}

void stella_time_print(char out[STELLA_TIME_TEXT], int64_t time)
{
	int64_t days = time / DAY, rest = time % DAY, year;
	int month, day;

	if (rest < 0) {
		rest += DAY;
		days--;
	}
	date_of(days, &year, &month, &day);
	snprintf(out, STELLA_TIME_TEXT, "%04lld-%02d-%02dT%02d:%02d:%02dZ", (long long)year, month, day,
		(int)(rest / 3600), (int)(rest / 60 % 60), (int)(rest % 60));
}

const struct stella_error *stella_time_parse(int64_t *out, struct stella_span text)
{
	static const char shape[] = "dddd-dd-ddTdd:dd:ddZ";
	static const int lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	int field[6] = { 0 }, n = 0, length;
	bool leap, good = text.size == sizeof shape - 1;

	for (size_t i = 0; good && i < text.size; i++) {
		if (shape[i] == 'd') {
			good = text.data[i] >= '0' && text.data[i] <= '9';
			field[n] = field[n] * 10 + text.data[i] - '0';
		} else {
			good = text.data[i] == (uint8_t)shape[i];
			n++;
		}
	}
	if (!good)
		return stella_error(STELLA_MALFORMED, "time: not of the form 2026-01-17T12:00:00Z");
	leap = (field[0] % 4 == 0 && field[0] % 100 != 0) || field[0] % 400 == 0;
	good = field[0] >= 1 && field[1] >= 1 && field[1] <= 12;
	length = good ? lengths[field[1] - 1] + (leap && field[1] == 2) : 0;
	if (!good || field[2] < 1 || field[2] > length || field[3] > 23 || field[4] > 59 || field[5] > 59)
		return stella_error(STELLA_MALFORMED, "time: \"%.*s\" does not exist", (int)text.size,
			(const char *)text.data);
	*out = days_of(field[0], field[1], field[2]) * DAY + field[3] * 3600 + field[4] * 60 + field[5];
	return NULL;
}
