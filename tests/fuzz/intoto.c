/* SPDX-License-Identifier: Apache-2.0 */
/* Statements: parsed, printed and parsed again they are the same, and a strong digest alone finds its subject. */
#include "fuzz.h"

#include <string.h>

#include "intoto.h"

static void check_subject(const struct stella_statement *statement, const struct stella_subject *subject)
{
	must(subject->digest_count > 0 && subject->digest_count <= STELLA_DIGESTS_MAX);
	for (size_t i = 0; i < subject->digest_count; i++) {
		const struct stella_digest *digest = &subject->digests[i];
		const struct stella_subject *found = stella_statement_find_subject(statement, digest, 1);
		struct stella_digest parsed;
		struct stella_buf text = { 0 };
		bool taken;

		must(*digest->algorithm && *digest->hex);
		must(stella_digest_whole(digest) || !stella_digest_strong(digest));
		must(!found == !stella_digest_strong(digest));
		must(found == NULL || found <= subject);
		stella_buf_printf(&text, "%s:%s", digest->algorithm, digest->hex);
		taken = !strchr(digest->algorithm, ':') && !stella_digest_parse(&parsed, (char *)text.data);
		must(!taken || stella_digest_strong(digest));
		if (taken)
			stella_digest_free(&parsed);
		stella_buf_free(&text);
	}
}

static void compare(const struct stella_statement *a, const struct stella_statement *b)
{
	must(strcmp(a->type, b->type) == 0 && strcmp(a->predicate_type, b->predicate_type) == 0);
	must(a->subject_count == b->subject_count && !a->predicate == !b->predicate);
	for (size_t i = 0; i < a->subject_count; i++) {
		const struct stella_subject *x = &a->subjects[i], *y = &b->subjects[i];

		must(!x->name == !y->name && (!x->name || strcmp(x->name, y->name) == 0));
		must(x->digest_count == y->digest_count);
		for (size_t k = 0; k < x->digest_count; k++)
			must(strcmp(x->digests[k].algorithm, y->digests[k].algorithm) == 0
				&& strcmp(x->digests[k].hex, y->digests[k].hex) == 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct stella_statement *statement, *again;
	struct stella_buf text = { 0 };
	const struct stella_error *err;

	err = stella_statement_parse(&statement, stella_span(data, size));
	if (err) {
		must(!statement && (err->code == STELLA_MALFORMED || err->code == STELLA_LIMIT));
		return 0;
	}
	must(!strcmp(statement->type, STELLA_STATEMENT_V1) || !strcmp(statement->type, STELLA_STATEMENT_V01));
	must(statement->subject_count > 0 && statement->subject_count <= STELLA_SUBJECTS_MAX);
	must(*statement->predicate_type);
	for (size_t i = 0; i < statement->subject_count; i++)
		check_subject(statement, &statement->subjects[i]);
	stella_json_print(&text, statement->document, STELLA_JSON_LINE);
	must(!stella_statement_parse(&again, stella_buf_span(&text)));
	compare(statement, again);
	stella_statement_free(again);
	stella_statement_free(statement);
	stella_buf_free(&text);
	return 0;
}
