/* SPDX-License-Identifier: Apache-2.0 */
/* Statements, resource descriptors, and which artifact a statement is about. */
#include "corpora.h"
#include "intoto.h"

#include <string.h>

static const struct stella_error *judge_statement(struct stella_span text)
{
	struct stella_statement *statement;
	const struct stella_error *err = stella_statement_parse(&statement, text);

	stella_statement_free(statement);
	return err;
}

static bool has_text(const struct stella_json *object, const char *name)
{
	const struct stella_json *v = stella_json_find(object, name);

	return v && stella_json_type(v) == STELLA_JSON_STRING && *stella_json_text(v);
}

/* resource_descriptor.md: name, uri or digest; what is known of a digest must be whole. */
static const struct stella_error *check_descriptor(struct corpus *c, const struct stella_json *json)
{
	const struct stella_json *digests = stella_json_find(json, "digest"), *value;
	struct stella_digest digest;
	const char *name;
	bool whole;

	if (!has_text(json, "name") && !has_text(json, "uri") && !(digests && stella_json_count(digests)))
		return stella_error(STELLA_MALFORMED, "neither name, uri nor digest");
	for (size_t i = 0; digests && i < stella_json_count(digests); i++) {
		stella_json_member(digests, i, &name, &value);
		digest.algorithm = stella_strdup(name);
		digest.hex = stella_strdup(corpus_text(c, digests, name));
		whole = stella_digest_whole(&digest);
		stella_digest_free(&digest);
		if (!whole)
			return stella_error(STELLA_MALFORMED, "digest \"%s\" is not whole", name);
	}
	return NULL;
}

static const struct stella_error *judge_descriptor(struct corpus *c, struct stella_span text)
{
	struct stella_json *json;
	const struct stella_error *err = stella_json_parse(&json, text);

	if (!err)
		err = check_descriptor(c, json);
	stella_json_free(json);
	return err;
}

static const struct stella_error *judge_match(struct corpus *c, struct stella_span text, const struct stella_json *wanted)
{
	struct stella_digest artifact[STELLA_DIGESTS_MAX];
	struct stella_statement *statement;
	const struct stella_json *value;
	size_t count = stella_json_count(wanted);
	const struct stella_error *err;
	const char *name;

	for (size_t i = 0; i < count; i++) {
		stella_json_member(wanted, i, &name, &value);
		artifact[i].algorithm = stella_strdup(name);
		artifact[i].hex = stella_strdup(corpus_text(c, wanted, name));
	}
	err = stella_statement_parse(&statement, text);
	if (!err && !stella_statement_find_subject(statement, artifact, count))
		err = stella_error(STELLA_SUBJECT_MISMATCH, "no subject matches");
	stella_statement_free(statement);
	while (count)
		stella_digest_free(&artifact[--count]);
	return err;
}

static void run_case(struct corpus *c, const struct stella_json *v)
{
	const char *kind = corpus_text(c, v, "kind");
	const struct stella_error *err;
	struct stella_buf text;

	if (strcmp(kind, "predicate") == 0 || strcmp(kind, "example") == 0) {
		corpus_out_of_scope(c, "a predicate by itself, which nothing here judges");
		return;
	}
	text = corpus_read(c, corpus_text(c, v, "file"));
	if (strcmp(kind, "statement") == 0)
		err = judge_statement(stella_buf_span(&text));
	else if (strcmp(kind, "subject-match") == 0)
		err = judge_match(c, stella_buf_span(&text), stella_json_find(v, "digests"));
	else
		err = judge_descriptor(c, stella_buf_span(&text));
	if (stella_json_find(v, "disputed"))
		corpus_out_of_scope(c, "disputed");
	else
		corpus_judge(c, corpus_text(c, v, "id"), strcmp(corpus_text(c, v, "expected"), "valid") == 0, err);
	stella_buf_free(&text);
}

void corpus_in_toto(struct corpus *c)
{
	struct stella_json *index = corpus_json(c, "index.json");
	const struct stella_json *cases = corpus_array(c, index, "cases");

	for (size_t i = 0; i < stella_json_count(cases); i++)
		run_case(c, stella_json_at(cases, i));
	stella_json_free(index);
}
