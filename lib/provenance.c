/* SPDX-License-Identifier: Apache-2.0 */
#include "provenance.h"

#include <stdlib.h>
#include <string.h>

#define DELEGATOR "https://github.com/slsa-framework/slsa-github-generator/delegator-generic@v0"

void stella_provenance_free(struct stella_provenance *provenance)
{
	if (!provenance)
		return;
	free(provenance->builder);
	free(provenance->build_type);
	free(provenance->repository);
	free(provenance->ref);
	free(provenance);
}

/* "git+https://host/path@ref" apart; what stands before a ref may hold a user's '@', too. */
static void split_uri(char **repository, char **ref, const char *uri)
{
	const char *start = strncmp(uri, "git+", 4) == 0 ? uri + 4 : uri, *at = NULL, *slash;

	for (const char *next = start; (next = strstr(next, "@refs/")); next++)
		at = next;
	slash = strrchr(start, '/');
	if (!at && slash)
		at = strrchr(slash, '@');
	*repository = at ? stella_span_strdup(stella_span(start, (size_t)(at - start))) : stella_strdup(start);
	*ref = at && at[1] ? stella_strdup(at + 1) : NULL;
}

static const struct stella_error *set_source(struct stella_provenance *p, const char *uri)
{
	if (!*uri || strlen(uri) > 4096)
		return stella_error(STELLA_MALFORMED, "a source of %zu bytes", strlen(uri));
	split_uri(&p->repository, &p->ref, uri);
	return NULL;
}

/* Where it lists what it was made of, the source is among it. */
static const struct stella_error *check_materials(const struct stella_provenance *p, const struct stella_json *list)
{
	const struct stella_error *err;
	size_t count = list ? stella_json_count(list) : 0;

	for (size_t i = 0; i < count && p->repository; i++) {
		char *repository, *ref;
		const char *uri;
		bool same;

		if (stella_json_type(stella_json_at(list, i)) != STELLA_JSON_OBJECT)
			return stella_error(STELLA_MALFORMED, "dependency %zu: not an object", i);
		err = stella_json_want_text(&uri, stella_json_at(list, i), "uri");
		if (err)
			return err;
		if (!uri)
			continue;
		split_uri(&repository, &ref, uri);
		same = !strcmp(repository, p->repository);
		free(repository);
		free(ref);
		if (same)
			return NULL;
	}
	return !count || !p->repository ? NULL :
		stella_error(STELLA_MALFORMED, "the source %.300s is none of the %zu dependencies", p->repository, count);
}

static const struct stella_error *need_builder(struct stella_provenance *p, const struct stella_json *in,
	const struct stella_json *types)
{
	const struct stella_json *builder;
	const char *id, *type;
	const struct stella_error *err = stella_json_need(&builder, in, "builder", STELLA_JSON_OBJECT);

	if (!err)
		err = stella_json_need_text(&id, builder, "id");
	if (!err)
		err = stella_json_need_text(&type, types, "buildType");
	if (err)
		return err;
	p->builder = stella_strdup(id);
	p->build_type = stella_strdup(type);
	return NULL;
}

static const struct stella_error *parse_v02(struct stella_provenance *p, const struct stella_json *predicate)
{
	const struct stella_json *invocation, *config = NULL, *materials = NULL;
	const char *uri = NULL;
	const struct stella_error *err = need_builder(p, predicate, predicate);

	if (!err)
		err = stella_json_want(&invocation, predicate, "invocation", STELLA_JSON_OBJECT);
	if (!err && invocation)
		err = stella_json_want(&config, invocation, "configSource", STELLA_JSON_OBJECT);
	if (!err && config)
		err = stella_json_want_text(&uri, config, "uri");
	if (!err && uri)
		err = set_source(p, uri);
	if (!err)
		err = stella_json_want(&materials, predicate, "materials", STELLA_JSON_ARRAY);
	return err ? err : check_materials(p, materials);
}

/* externalParameters.workflow of GitHub Actions: {"repository": ..., "ref": ...}. */
static const struct stella_error *parse_workflow(struct stella_provenance *p, const struct stella_json *workflow)
{
	const char *repository, *ref;
	const struct stella_error *err = stella_json_need_text(&repository, workflow, "repository");

	if (!err)
		err = stella_json_want_text(&ref, workflow, "ref");
	if (err)
		return err;
	p->repository = stella_strdup(strncmp(repository, "git+", 4) == 0 ? repository + 4 : repository);
	p->ref = stella_strdup(ref);
	return NULL;
}

/* A text, or {"uri": ...}. */
static const struct stella_error *parse_source(struct stella_provenance *p, const struct stella_json *source)
{
	const char *uri = NULL;
	const struct stella_error *err = NULL;

	if (stella_json_type(source) == STELLA_JSON_STRING)
		uri = stella_json_text(source);
	else if (stella_json_type(source) == STELLA_JSON_OBJECT)
		err = stella_json_want_text(&uri, source, "uri");
	return err || !uri ? err : set_source(p, uri);
}

static const struct stella_error *parse_first(struct stella_provenance *p, const struct stella_json *list)
{
	const char *uri;
	const struct stella_error *err;

	if (!list || !stella_json_count(list) || stella_json_type(stella_json_at(list, 0)) != STELLA_JSON_OBJECT)
		return NULL;
	err = stella_json_want_text(&uri, stella_json_at(list, 0), "uri");
	return err || !uri ? err : set_source(p, uri);
}

static const struct stella_error *parse_v1(struct stella_provenance *p, const struct stella_json *predicate)
{
	const struct stella_json *definition, *details, *parameters = NULL, *list = NULL, *workflow, *source;
	const struct stella_error *err = stella_json_need(&definition, predicate, "buildDefinition", STELLA_JSON_OBJECT);

	if (!err)
		err = stella_json_need(&details, predicate, "runDetails", STELLA_JSON_OBJECT);
	if (!err)
		err = need_builder(p, details, definition);
	if (!err)
		err = stella_json_want(&parameters, definition, "externalParameters", STELLA_JSON_OBJECT);
	if (!err)
		err = stella_json_want(&list, definition, "resolvedDependencies", STELLA_JSON_ARRAY);
	if (err)
		return err;
	workflow = parameters ? stella_json_find(parameters, "workflow") : NULL;
	source = parameters ? stella_json_find(parameters, "source") : NULL;
	if (workflow && stella_json_type(workflow) == STELLA_JSON_OBJECT && source)
		err = stella_error(STELLA_MALFORMED, "both a workflow and a source");
	else if (workflow && stella_json_type(workflow) == STELLA_JSON_OBJECT)
		err = parse_workflow(p, workflow);
	else if (source)
		err = parse_source(p, source);
	else if (!strcmp(p->build_type, DELEGATOR))
		err = parse_first(p, list);
	return err ? err : check_materials(p, list);
}

const struct stella_error *stella_provenance_parse(struct stella_provenance **out, const struct stella_statement *statement)
{
	struct stella_provenance *p = stella_alloc(sizeof *p);
	const struct stella_json *predicate = statement->predicate;
	const struct stella_error *err;

	*out = NULL;
	if (strcmp(statement->predicate_type, STELLA_PROVENANCE_V02) != 0 && strcmp(statement->predicate_type, STELLA_PROVENANCE_V1) != 0)
		err = stella_error(STELLA_REFUSED, "%.300s is no SLSA provenance v0.2 or v1", statement->predicate_type);
	else if (!predicate || stella_json_type(predicate) != STELLA_JSON_OBJECT)
		err = stella_error(STELLA_MALFORMED, "without a predicate");
	else if (!strcmp(statement->predicate_type, STELLA_PROVENANCE_V02))
		err = parse_v02(p, predicate);
	else
		err = parse_v1(p, predicate);
	if (stella_error_is(err, STELLA_MALFORMED))
		err = stella_error_prefix(err, "invalid attestation: provenance");
	if (!err) {
		*out = p;
		p = NULL;
	}
	stella_provenance_free(p);
	return err;
}
