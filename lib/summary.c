/* SPDX-License-Identifier: Apache-2.0 */
#include "summary.h"

#include <stdlib.h>
#include <string.h>

#define LEVELS_MAX 1000

/* Where each type that gives a result keeps it, and the levels, which can say that it failed as well. */
static const struct kind {
	const char *type, *result, *levels;
} kinds[] = {
	{ STELLA_SUMMARY_V1, "verificationResult", "verifiedLevels" },
	{ STELLA_SUMMARY_V02, "verification_result", "policy_level" },
	{ STELLA_SUMMARY_V01, "verification_result", "policy_level" },
	{ STELLA_TEST_RESULT, "result", NULL },
};
/* Any other version of these gives a result, too, and nobody knows where. */
static const char *const families[] = { "https://slsa.dev/verification_summary", "https://in-toto.io/attestation/test-result" };

static const struct kind *find_kind(const char *predicate_type)
{
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (!strcmp(kinds[i].type, predicate_type))
			return &kinds[i];
	return NULL;
}

static bool is_of_family(const char *predicate_type)
{
	for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
		size_t size = strlen(families[i]);

		if (!strncmp(predicate_type, families[i], size) && (!predicate_type[size] || predicate_type[size] == '/'))
			return true;
	}
	return false;
}

/* SlsaResult: a level, or "FAILED"; one, or a list of them. */
static bool says_failed(const struct stella_json *levels)
{
	if (stella_json_type(levels) == STELLA_JSON_STRING)
		return !strcmp(stella_json_text(levels), "FAILED");
	for (size_t i = 0; i < stella_json_count(levels); i++)
		if (stella_json_type(stella_json_at(levels, i)) == STELLA_JSON_STRING && says_failed(stella_json_at(levels, i)))
			return true;
	return false;
}

const struct stella_error *stella_summary_verify_positive(const struct stella_statement *statement)
{
	const struct kind *kind = find_kind(statement->predicate_type);
	const struct stella_json *levels;
	const char *result;
	const struct stella_error *err;

	if (!kind && is_of_family(statement->predicate_type))
		return stella_error(STELLA_REFUSED, "%.300s gives a result, and this version of it is not known here",
			statement->predicate_type);
	if (!kind)
		return NULL;
	if (!statement->predicate)
		return stella_error(STELLA_MALFORMED, "invalid attestation: %s without a predicate", statement->predicate_type);
	err = stella_json_need_text(&result, statement->predicate, kind->result);
	if (err)
		return stella_error_prefix(err, "invalid attestation: predicate");
	if (strcmp(result, "PASSED") != 0)
		return stella_error(STELLA_REFUSED, "its result is %.100s, and only PASSED speaks for an artifact", result);
	levels = kind->levels ? stella_json_find(statement->predicate, kind->levels) : NULL;
	if (levels && says_failed(levels))
		return stella_error(STELLA_REFUSED, "its result is PASSED, and its \"%s\" FAILED", kind->levels);
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

/* v0.1 and v0.2 have one, of one track, by another name. */
static const struct stella_error *parse_level(struct stella_summary *s, const struct stella_json *v)
{
	const char *level;
	const struct stella_error *err = stella_json_want_text(&level, v, "policy_level");

	s->levels = stella_alloc_array(1, sizeof *s->levels);
	if (!err && level)
		s->levels[s->level_count++] = stella_strdup(level);
	return err;
}

/* v0.1 names none. */
static const struct stella_error *parse_resource(struct stella_summary *s, const struct stella_json *v, const char *type)
{
	const char *resource;
	const struct stella_error *err;

	if (!strcmp(type, STELLA_SUMMARY_V01))
		return NULL;
	err = stella_json_need_text(&resource, v, !strcmp(type, STELLA_SUMMARY_V1) ? "resourceUri" : "resource_uri");
	if (!err)
		s->resource = stella_strdup(resource);
	return err;
}

static const struct stella_error *parse_summary(struct stella_summary *s, const struct stella_json *v, const char *type)
{
	const struct stella_error *err = need_part(&s->verifier, v, "verifier", "id");

	if (!err)
		err = parse_resource(s, v, type);
	if (!err)
		err = need_part(&s->policy, v, "policy", "uri");
	if (err)
		return err;
	return strcmp(type, STELLA_SUMMARY_V1) ? parse_level(s, v) : parse_levels(s, v);
}

const struct stella_error *stella_summary_parse(struct stella_summary **out, const struct stella_statement *statement)
{
	const struct kind *kind = find_kind(statement->predicate_type);
	struct stella_summary *summary;
	const struct stella_error *err;

	*out = NULL;
	if (!kind || !kind->levels)
		return stella_error(STELLA_REFUSED, "%.300s is no verification summary v0.1, v0.2 or v1", statement->predicate_type);
	if (!statement->predicate)
		return stella_error(STELLA_MALFORMED, "invalid attestation: summary: without a predicate");
	summary = stella_alloc(sizeof *summary);
	err = parse_summary(summary, statement->predicate, kind->type);
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
