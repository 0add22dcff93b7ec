/* SPDX-License-Identifier: Apache-2.0 */
/* Values as people give them on the command line: dates, keys, thresholds. */
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "sys.h"

#define KEY_LINE_MAX 16384

bool parse_whole(long *out, const char *text, long least, long most)
{
	char *end;

	*out = strtol(text, &end, 10);
	return *text >= '0' && *text <= '9' && !*end && *out >= least && *out <= most;
}

const struct stella_error *parse_expiry(int64_t *out, const char *text, int64_t now)
{
	struct stella_buf whole = { 0 };
	const struct stella_error *err;
	char *end;
	long days = strtol(text, &end, 10);

	if (end != text && !strcmp(end, "d") && days > 0 && days < 10000) {
		*out = now + days * (int64_t)86400;
		return NULL;
	}
	stella_buf_printf(&whole, "%s%s", text, strlen(text) == 10 ? "T00:00:00Z" : "");
	err = stella_time_parse(out, stella_buf_span(&whole));
	stella_buf_free(&whole);
	return err ? stella_error(STELLA_USAGE, "\"%s\": expected YYYY-MM-DD, YYYY-MM-DDTHH:MM:SSZ or a number of days like 90d",
		text) : NULL;
}

const struct stella_error *parse_date(int64_t *out, const char *option, const char *text)
{
	struct stella_buf whole = { 0 };
	const struct stella_error *err;

	stella_buf_printf(&whole, "%s%s", text, strlen(text) == 10 ? "T00:00:00Z" : "");
	err = stella_time_parse(out, stella_buf_span(&whole));
	stella_buf_free(&whole);
	return err ? stella_error(STELLA_USAGE, "--%s %s: expected YYYY-MM-DD or YYYY-MM-DDTHH:MM:SSZ", option, text) : NULL;
}

const struct stella_error *parse_overlap(int64_t *end, struct cmd *cmd)
{
	const char *text = opts_get(cmd, "overlap");
	char *rest;
	long days = strtol(text ? text : "30d", &rest, 10);

	if (text && (*text < '0' || *text > '9' || strcmp(rest, "d") != 0 || days > 3650))
		return stella_error(STELLA_USAGE, "--overlap %s: expected a number of days like 30d", text);
	*end = cmd->now + days * (int64_t)86400;
	return NULL;
}

const struct stella_error *parse_span(int64_t *out, const char *option, const char *text)
{
	static const struct {
		char letter;
		int64_t seconds;
	} units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 }, { 'w', 7 * 86400 } };
	const char *at = text;
	bool good = *text != 0;

	*out = 0;
	while (good && *at) {
		size_t digits = strspn(at, "0123456789"), unit = 0;
		int64_t count = digits && digits < 8 ? strtoll(at, NULL, 10) : -1;

		at += digits;
		while (unit < sizeof units / sizeof *units && units[unit].letter != *at)
			unit++;
		good = count >= 0 && unit < sizeof units / sizeof *units;
		if (good)
			*out += count * units[unit].seconds;
		at++;
	}
	return good ? NULL : stella_error(STELLA_USAGE, "--%s %s: expected a length of time like 30m, 1h30m or 7d", option, text);
}

const struct stella_error *parse_past(int64_t *out, const char *option, const char *text, int64_t now)
{
	const struct stella_error *err = parse_span(out, option, text);

	if (!err) {
		*out = now - *out;
		return NULL;
	}
	err = parse_date(out, option, text);
	return err ? stella_error(STELLA_USAGE, "--%s %s: expected YYYY-MM-DD, YYYY-MM-DDTHH:MM:SSZ, or how long ago, like 30m",
		option, text) : NULL;
}

/* The key line of a file or of the argument itself, without comment; checked. */
const struct stella_error *read_key_line(char **out, const char *source)
{
	struct stella_buf text = { 0 }, line = { 0 };
	struct stella_pubkey *key = NULL;
	struct stella_span span;
	const struct stella_error *err = NULL;

	*out = NULL;
	if (strchr(source, ' '))
		stella_buf_put_str(&text, source);
	else
		err = stella_sys_read(&text, source, KEY_LINE_MAX);
	span = stella_buf_span(&text);
	while (span.size && (span.data[span.size - 1] == '\n' || span.data[span.size - 1] == '\r'))
		span.size--;
	if (!err)
		err = stella_pubkey_parse_ssh_line(&key, span);
	if (!err) {
		stella_pubkey_print_ssh(&line, key);
		*out = stella_buf_take_str(&line);
	}
	stella_pubkey_free(key);
	stella_buf_free(&text);
	return err ? stella_error_prefix(err, "%s", strchr(source, ' ') ? "key" : source) : NULL;
}

const struct stella_error *set_thresholds(struct stella_json *policy, struct cmd *cmd)
{
	size_t count;
	const char *const *given = opts_all(cmd, "threshold", &count);

	for (size_t i = 0; i < count; i++) {
		const char *equals = strchr(given[i], '=');
		char *name = equals ? strndup(given[i], (size_t)(equals - given[i])) : NULL, *end;
		long value = equals ? strtol(equals + 1, &end, 10) : 0;
		struct stella_json *role = name ? stella_json_edit(stella_json_edit(policy, "roles"), name) : NULL;

		free(name);
		if (!equals || end == equals + 1 || *end || value < 1 || value > STELLA_MEMBERS_MAX)
			return stella_error(STELLA_USAGE, "--threshold %s: expected ROLE=N", given[i]);
		if (!role)
			return stella_error(STELLA_USAGE, "--threshold %s: the policy has no such role", given[i]);
		stella_json_set_int(role, "threshold", value);
	}
	return NULL;
}

char **copy_texts(const char *const *values, size_t count)
{
	char **copy = stella_alloc_array(count, sizeof *copy);

	for (size_t i = 0; i < count; i++)
		copy[i] = stella_strdup(values[i]);
	return copy;
}
