/* SPDX-License-Identifier: Apache-2.0 */
#include "summary.h"

#include <stdlib.h>
#include <string.h>

#define LEVELS_MAX 1000

/* Where each type that gives a result keeps it. */
static const char *const results[][2] = {
	{ STELLA_SUMMARY_V1, "verificationResult" },
	{ STELLA_SUMMARY_V02, "verification_result" },
	{ STELLA_TEST_RESULT, "result" },
};

static const char *find_result_name(const char *predicate_type)
{
	for (size_t i = 0; i < sizeof results / sizeof *results; i++)
		if (!strcmp(results[i][0], predicate_type))
			return results[i][1];
	return NULL;
}

const struct stella_error *stella_summary_verify_positive(const struct stella_statement *statement)
{
	const char *name = find_result_name(statement->predicate_type), *result;
	const struct stella_error *err;

	if (!name)
		return NULL;
	if (!statement->predicate)
		return stella_error(STELLA_MALFORMED, "invalid attestation: %s without a predicate", statement->predicate_type);
	err = stella_json_need_text(&result, statement->predicate, name);
	if (err)
		return stella_error_prefix(err, "invalid attestation: predicate");
	if (strcmp(result, "PASSED") != 0)
		return stella_error(STELLA_REFUSED, "its result is %.100s, and only PASSED speaks for an artifact", result);
	return NULL;
}

/* ---------------------------------------------------------------- verification summaries */

void stella_summary_free(struct stella_summary *summary)
{
	if (!summary)
		return;
	for (size_t i = 0; i < summary->level_count; i++)
		free(summary->levels[i]);
	free(summary->levels);
	free(summary->verifier);
	free(summary->resource);
	free(summary->policy);
	free(summary);
}

static const struct stella_error *need_part(char **out, const struct stella_json *v, const char *part, const char *name)
{
	const struct stella_json *object;
	const char *text;
	const struct stella_error *err = stella_json_need(&object, v, part, STELLA_JSON_OBJECT);

	if (!err)
		err = stella_json_need_text(&text, object, name);
	if (!err && !*text)
		err = stella_error(STELLA_MALFORMED, "\"%s\": empty", name);
	if (err)
		return stella_error_prefix(err, "\"%s\"", part);
	*out = stella_strdup(text);
	return NULL;
}

static const struct stella_error *parse_levels(struct stella_summary *s, const struct stella_json *v)
{
	const struct stella_json *list;
	const struct stella_error *err = stella_json_need(&list, v, "verifiedLevels", STELLA_JSON_ARRAY);

	if (err)
		return err;
	if (stella_json_count(list) > LEVELS_MAX)
		return stella_error(STELLA_LIMIT, "\"verifiedLevels\": more than %d", LEVELS_MAX);
	s->levels = stella_alloc_array(stella_json_count(list) + 1, sizeof *s->levels);
	for (size_t i = 0; i < stella_json_count(list); i++) {
		if (stella_json_type(stella_json_at(list, i)) != STELLA_JSON_STRING)
			return stella_error(STELLA_MALFORMED, "\"verifiedLevels\": entry %zu is no text", i);
		s->levels[s->level_count++] = stella_strdup(stella_json_text(stella_json_at(list, i)));
	}
	return NULL;
}

/* v0.2 has one, of one track, by another name. */
static const struct stella_error *parse_level(struct stella_summary *s, const struct stella_json *v)
{
	const char *level;
	const struct stella_error *err = stella_json_want_text(&level, v, "policy_level");

	s->levels = stella_alloc_array(1, sizeof *s->levels);
	if (!err && level)
		s->levels[s->level_count++] = stella_strdup(level);
	return err;
}

static const struct stella_error *parse_summary(struct stella_summary *s, const struct stella_json *v, bool v1)
{
	const char *resource;
	const struct stella_error *err = need_part(&s->verifier, v, "verifier", "id");

	if (!err)
		err = stella_json_need_text(&resource, v, v1 ? "resourceUri" : "resource_uri");
	if (!err)
		s->resource = stella_strdup(resource);
	if (!err)
		err = need_part(&s->policy, v, "policy", "uri");
	if (err)
		return err;
	return v1 ? parse_levels(s, v) : parse_level(s, v);
}

const struct stella_error *stella_summary_parse(struct stella_summary **out, const struct stella_statement *statement)
{
	bool v1 = !strcmp(statement->predicate_type, STELLA_SUMMARY_V1);
	struct stella_summary *summary;
	const struct stella_error *err;

	*out = NULL;
	if (!v1 && strcmp(statement->predicate_type, STELLA_SUMMARY_V02) != 0)
		return stella_error(STELLA_REFUSED, "%.300s is no verification summary v0.2 or v1", statement->predicate_type);
	if (!statement->predicate)
		return stella_error(STELLA_MALFORMED, "invalid attestation: summary: without a predicate");
	summary = stella_alloc(sizeof *summary);
	err = parse_summary(summary, statement->predicate, v1);
	if (err) {
		stella_summary_free(summary);
		return stella_error_prefix(err, "invalid attestation: summary");
	}
	*out = summary;
	return NULL;
}

/* "SLSA_BUILD_LEVEL_3": 3, and how much of it is the track; 0: no level of a track. */
static unsigned level_of(size_t *track, const char *level)
{
	const char *at = strstr(level, "_LEVEL_");

	if (!at || strncmp(level, "SLSA_", 5) != 0 || at[7] < '0' || at[7] > '9' || at[8])
		return 0;
	*track = (size_t)(at - level);
	return (unsigned)(at[7] - '0');
}

bool stella_summary_has_level(const struct stella_summary *summary, const char *level)
{
	size_t track, other;
	unsigned wanted = level_of(&track, level), found;

	for (size_t i = 0; i < summary->level_count; i++) {
		if (!strcmp(summary->levels[i], level))
			return true;
		found = wanted ? level_of(&other, summary->levels[i]) : 0;
		if (found >= wanted && found && other == track && !strncmp(summary->levels[i], level, track))
			return true;
	}
	return false;
}
