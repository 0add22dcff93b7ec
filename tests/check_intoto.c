/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "check.h"
#include "intoto.h"

#define A64 "c7c5c1d70c5dec4416ab6158afd0b223ef40c29b1dc1f97ed9428b94d4cadb1c"
#define B64 "d9298a10d1b0735837dc4bd85dac641b0f3cef27a47e5d53a54f2f3f5b2fcffa"
#define C40 "d20ace7968ba43c0219f62d71334c1095bab1602"
#define D40 "0000000000000000000000000000000000000000"

#define STATEMENT(subjects) "{\"_type\":\"https://in-toto.io/Statement/v1\",\"subject\":" subjects "," \
	"\"predicateType\":\"https://example.com/p/v1\",\"predicate\":{\"ok\":true}}"
#define SUBJECT(digests) STATEMENT("[{\"name\":\"a\",\"digest\":{" digests "}}]")

static const struct stella_error *parse(struct stella_statement **out, const char *text)
{
	return stella_statement_parse(out, stella_span_str(text));
}

static void accepted(const char *text)
{
	struct stella_statement *statement;

	assert_ok(parse(&statement, text));
	stella_statement_free(statement);
}

static void refused(const char *text, enum stella_code code)
{
	struct stella_statement *statement;

	assert_code(parse(&statement, text), code);
	ck_assert_ptr_null(statement);
}

START_TEST(a_statement_gives_its_parts)
{
	struct stella_statement *statement;

	assert_ok(parse(&statement, STATEMENT("[{\"name\":\"a\",\"digest\":{\"sha256\":\"" A64 "\",\"sha1\":\"" C40 "\"}},"
		"{\"digest\":{\"gitCommit\":\"" C40 "\"},\"uri\":\"x:y\"}]")));
	ck_assert_str_eq(statement->type, STELLA_STATEMENT_V1);
	ck_assert_str_eq(statement->predicate_type, "https://example.com/p/v1");
	ck_assert_uint_eq(statement->subject_count, 2);
	ck_assert_str_eq(statement->subjects[0].name, "a");
	ck_assert_uint_eq(statement->subjects[0].digest_count, 2);
	ck_assert_str_eq(statement->subjects[0].digests[0].algorithm, "sha256");
	ck_assert_str_eq(statement->subjects[0].digests[0].hex, A64);
	ck_assert_ptr_null(statement->subjects[1].name);
	ck_assert(stella_json_bool(stella_json_find(statement->predicate, "ok")));
	stella_statement_free(statement);
	stella_statement_free(NULL);
}
END_TEST

START_TEST(both_versions_are_read_and_the_predicate_may_be_absent)
{
	struct stella_statement *statement;

	assert_ok(parse(&statement, "{\"_type\":\"https://in-toto.io/Statement/v0.1\",\"subject\":[{\"name\":\"\",\"digest\":"
		"{\"sha512\":\"" A64 B64 "\"}}],\"predicateType\":\"p\"}"));
	ck_assert_str_eq(statement->type, STELLA_STATEMENT_V01);
	ck_assert_ptr_null(statement->predicate);
	stella_statement_free(statement);
}
END_TEST

START_TEST(each_field_that_is_absent_or_wrong_is_refused)
{
	static const char *const types[] = { "null", "\"\"", "1", "{}", "\"https://in-toto.io/Statement/v0\"",
		"\"https://in-toto.io/Statement/v0.2\"", "\"http://in-toto.io/Statement/v1\"",
		"\"https://in-toto.io/Statement/V1\"", "\"https://in-toto.io/Statement/v1 \"" };
	static const char *const bad[] = {
		"", "{", "[]", "1", "{}",
		"[" SUBJECT("\"sha256\":\"" A64 "\"") "]",
		SUBJECT("\"sha256\":\"" A64 "\"") "x",
		STATEMENT("null"), STATEMENT("[]"), STATEMENT("{}"), STATEMENT("\"\""), STATEMENT("[1]"), STATEMENT("[null]"),
		STATEMENT("[{}]"), STATEMENT("[{\"name\":\"a\"}]"), STATEMENT("[{\"name\":\"a\",\"digest\":null}]"),
		STATEMENT("[{\"name\":\"a\",\"digest\":[]}]"), STATEMENT("[{\"name\":\"a\",\"digest\":{}}]"),
		STATEMENT("[{\"name\":7,\"digest\":{\"sha256\":\"" A64 "\"}}]"),
		STATEMENT("[{\"digest\":{\"sha256\":\"" A64 "\"}},{}]"),
		"{\"_type\":\"https://in-toto.io/Statement/v1\",\"subject\":[{\"digest\":{\"sha256\":\"" A64 "\"}}]}",
		"{\"_type\":\"https://in-toto.io/Statement/v1\",\"subject\":[{\"digest\":{\"sha256\":\"" A64 "\"}}],"
			"\"predicateType\":\"\"}",
		"{\"_type\":\"https://in-toto.io/Statement/v1\",\"subject\":[{\"digest\":{\"sha256\":\"" A64 "\"}}],"
			"\"predicateType\":5}",
		"{\"_type\":\"https://in-toto.io/Statement/v1\",\"subject\":[{\"digest\":{\"sha256\":\"" A64 "\"}}],"
			"\"predicateType\":\"p\",\"predicate\":[]}",
		"{\"_type\":\"https://in-toto.io/Statement/v1\",\"subject\":[{\"digest\":{\"sha256\":\"" A64 "\"}}],"
			"\"predicateType\":\"p\",\"predicateType\":\"q\"}",
		"{\"subject\":[{\"digest\":{\"sha256\":\"" A64 "\"}}],\"predicateType\":\"p\"}",
	};
	char text[400];

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		refused(bad[i], STELLA_MALFORMED);
	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		snprintf(text, sizeof text, "{\"_type\":%s,\"subject\":[{\"digest\":{\"sha256\":\"" A64 "\"}}],"
			"\"predicateType\":\"p\"}", types[i]);
		refused(text, STELLA_MALFORMED);
	}
}
END_TEST

START_TEST(a_digest_of_a_known_algorithm_is_lower_case_hex)
{
	accepted(SUBJECT("\"sha256\":\"" A64 "\""));
	accepted(SUBJECT("\"gitCommit\":\"" C40 "\",\"gitTree\":\"" A64 "\""));
	accepted(SUBJECT("\"custom\":\"XYZ\",\"SHA256\":\"abc\""));
	refused(SUBJECT("\"sha256\":5"), STELLA_MALFORMED);
	refused(SUBJECT("\"sha256\":null"), STELLA_MALFORMED);
	refused(SUBJECT("\"sha256\":\"\""), STELLA_MALFORMED);
	refused(SUBJECT("\"custom\":\"\""), STELLA_MALFORMED);
	refused(SUBJECT("\"\":\"ab\""), STELLA_MALFORMED);
	refused(SUBJECT("\"sha256\":\"abc\""), STELLA_MALFORMED);
	refused(SUBJECT("\"sha256\":\"" A64 "a\""), STELLA_MALFORMED);
	refused(SUBJECT("\"sha256\":\"sha256:" A64 "\""), STELLA_MALFORMED);
	refused(SUBJECT("\"sha256\":\"C7C5C1D70C5DEC4416AB6158AFD0B223EF40C29B1DC1F97ED9428B94D4CADB1C\""), STELLA_MALFORMED);
	refused(SUBJECT("\"sha256\":\"" A64 "\",\"sha256\":\"" B64 "\""), STELLA_MALFORMED);
	refused(SUBJECT("\"sha256\":\"" A64 "\",\"sh\\u0061256\":\"" B64 "\""), STELLA_MALFORMED);
}
END_TEST

START_TEST(a_digest_that_is_not_whole_is_read_and_matches_nothing)
{
	static const char *const values[] = { "78ab6a8...", "3A244fd...", "...", "abc123", A64 "00", C40 };
	struct stella_digest artifact;
	struct stella_statement *statement;
	char text[400];

	for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
		snprintf(text, sizeof text, "{\"_type\":\"https://in-toto.io/Statement/v1\",\"subject\":[{\"digest\":"
			"{\"sha256\":\"%s\"}}],\"predicateType\":\"p\"}", values[i]);
		assert_ok(parse(&statement, text));
		artifact = statement->subjects[0].digests[0];
		ck_assert(!stella_digest_whole(&artifact) && !stella_digest_strong(&artifact));
		ck_assert_ptr_null(stella_statement_find_subject(statement, &artifact, 1));
		assert_code(stella_digest_parse(&artifact, values[i]), STELLA_USAGE);
		stella_statement_free(statement);
	}
	refused(SUBJECT("\"sha256\":\"xyz...\""), STELLA_MALFORMED);
	refused(SUBJECT("\"sha256\":\"ab..\""), STELLA_MALFORMED);
	refused(SUBJECT("\"sha256\":\"ab....\""), STELLA_MALFORMED);
}
END_TEST

START_TEST(more_subjects_or_digests_than_allowed_are_a_limit)
{
	struct stella_buf text = { 0 };

	for (int count = STELLA_SUBJECTS_MAX; count <= STELLA_SUBJECTS_MAX + 1; count++) {
		stella_buf_put_str(&text, "{\"_type\":\"https://in-toto.io/Statement/v1\",\"predicateType\":\"p\",\"subject\":[");
		for (int i = 0; i < count; i++)
			stella_buf_printf(&text, "%s{\"digest\":{\"sha256\":\"" A64 "\"}}", i ? "," : "");
		stella_buf_put_str(&text, "]}");
		if (count <= STELLA_SUBJECTS_MAX)
			accepted((char *)text.data);
		else
			refused((char *)text.data, STELLA_LIMIT);
		stella_buf_free(&text);
	}
	for (int count = STELLA_DIGESTS_MAX; count <= STELLA_DIGESTS_MAX + 1; count++) {
		stella_buf_put_str(&text, "{\"_type\":\"https://in-toto.io/Statement/v1\",\"predicateType\":\"p\",\"subject\":["
			"{\"digest\":{");
		for (int i = 0; i < count; i++)
			stella_buf_printf(&text, "%s\"alg%d\":\"ab\"", i ? "," : "", i);
		stella_buf_put_str(&text, "}}]}");
		if (count <= STELLA_DIGESTS_MAX)
			accepted((char *)text.data);
		else
			refused((char *)text.data, STELLA_LIMIT);
		stella_buf_free(&text);
	}
}
END_TEST

/* Digests of the subject, digests of the artifact (algorithm and value in turn), and whether it is the same. */
static const struct {
	const char *digests, *artifact[4];
	bool same;
} matches[] = {
	{ "\"sha256\":\"" A64 "\"", { "sha256", A64 }, true },
	{ "\"sha256\":\"" A64 "\"", { "sha256", B64 }, false },
	{ "\"sha256\":\"" A64 "\"", { "sha512", A64 B64 }, false },
	{ "\"sha256\":\"" A64 "\"", { "sha256", A64, "sha512", A64 B64 }, true },
	{ "\"sha512\":\"" A64 B64 "\"", { "sha256", A64, "sha512", A64 B64 }, true },
	{ "\"sha256\":\"" A64 "\",\"sha512\":\"" B64 B64 "\"", { "sha256", A64, "sha512", A64 B64 }, false },
	{ "\"sha256\":\"" A64 "\",\"sha1\":\"" C40 "\"", { "sha256", A64, "sha1", D40 }, false },
	{ "\"sha256\":\"" A64 "\",\"sha1\":\"" C40 "\"", { "sha256", A64, "sha1", C40 }, true },
	{ "\"sha1\":\"" C40 "\"", { "sha256", A64, "sha1", C40 }, false },
	{ "\"sha256\":\"" A64 "\"", { "sha256", A64, "sha256", A64 }, true },
	{ "\"gitCommit\":\"" C40 "\"", { "gitCommit", C40, "gitCommit", "0000000000000000000000000000000000000000" }, false },
	{ "\"md5\":\"00000000000000000000000000000000\"", { "md5", "00000000000000000000000000000000" }, false },
	{ "\"custom\":\"" A64 "\"", { "custom", A64 }, false },
	{ "\"custom\":\"" A64 "\"", { "sha256", A64 }, false },
	{ "\"gitCommit\":\"" C40 "\"", { "gitCommit", C40 }, true },
	{ "\"gitTree\":\"" C40 "\"", { "gitCommit", C40 }, false },
	{ "\"gitcommit\":\"" C40 "\"", { "gitCommit", C40 }, false },
};

START_TEST(a_subject_matches_by_a_strong_digest_and_none_that_differs)
{
	struct stella_digest artifact[2];
	struct stella_buf text = { 0 };
	struct stella_statement *statement;
	size_t count;

	for (size_t i = 0; i < sizeof matches / sizeof *matches; i++) {
		stella_buf_printf(&text, "{\"_type\":\"https://in-toto.io/Statement/v1\",\"predicateType\":\"p\",\"subject\":["
			"{\"name\":\"other\",\"digest\":{\"sha384\":\"" C40 "%056d\"}},"
			"{\"name\":\"this\",\"digest\":{%s}}]}", 0, matches[i].digests);
		assert_ok(stella_statement_parse(&statement, stella_buf_span(&text)));
		for (count = 0; count < 2 && matches[i].artifact[2 * count]; count++) {
			artifact[count].algorithm = stella_strdup(matches[i].artifact[2 * count]);
			artifact[count].hex = stella_strdup(matches[i].artifact[2 * count + 1]);
		}
		ck_assert_msg(stella_statement_find_subject(statement, artifact, count)
			== (matches[i].same ? &statement->subjects[1] : NULL), "row %zu", i);
		ck_assert_ptr_null(stella_statement_find_subject(statement, artifact, 0));
		while (count)
			stella_digest_free(&artifact[--count]);
		stella_statement_free(statement);
		stella_buf_free(&text);
	}
}
END_TEST

START_TEST(a_digest_is_read_as_people_write_it)
{
	static const char *const bad[] = { "", ":", "sha256:", "sha256", A64 "0", "SHA256:" A64, "sha256:" C40, "md5:" C40,
		"sha1:" C40, "custom:" A64, "sha256:C7C5C1D70C5DEC4416AB6158AFD0B223EF40C29B1DC1F97ED9428B94D4CADB1C",
		"gitCommit:abcdef0", "sha256:" A64 " ", " sha256:" A64, "sha256 :" A64, "../x:" A64 };
	struct stella_digest digest;

	digest.algorithm = stella_strdup("custom"); /* of an algorithm that is not known any text is whole, none strong */
	digest.hex = stella_strdup("XYZ");
	ck_assert(stella_digest_whole(&digest) && !stella_digest_strong(&digest));
	digest.hex[0] = '\0';
	ck_assert(!stella_digest_whole(&digest));
	stella_digest_free(&digest);
	assert_ok(stella_digest_parse(&digest, A64));
	ck_assert_str_eq(digest.algorithm, "sha256");
	ck_assert_str_eq(digest.hex, A64);
	stella_digest_free(&digest);
	assert_ok(stella_digest_parse(&digest, "gitCommit:" C40));
	ck_assert_str_eq(digest.algorithm, "gitCommit");
	ck_assert_str_eq(digest.hex, C40);
	stella_digest_free(&digest);
	assert_ok(stella_digest_parse(&digest, "sha512:" A64 B64));
	stella_digest_free(&digest);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		assert_code(stella_digest_parse(&digest, bad[i]), STELLA_USAGE);
		ck_assert_ptr_null(digest.hex);
	}
}
END_TEST

START_TEST(the_payload_type_is_exact)
{
	static const char *const bad[] = { "", "text/plain", "application/vnd.in-toto+JSON", "application/vnd.In-Toto+json",
		"application/vnd.in-toto+json; charset=utf-8", "application/vnd.in-toto+json ", "application/vnd.in-toto",
		"application/vnd.in-toto.+json", "application/vnd.in-toto.a+json+json", "application/vnd.in-toto.A+json",
		"application/vnd.in-toto.a/b+json", "application/vnd.in-toto.spdx+dsse", "application/vnd.in-totox+json",
		"application/vnd.in-toto.provenance+jsonx" };

	ck_assert(stella_payload_type_is_intoto("application/vnd.in-toto+json"));
	ck_assert(stella_payload_type_is_intoto("application/vnd.in-toto.provenance+json"));
	ck_assert(stella_payload_type_is_intoto("application/vnd.in-toto.test-result+json"));
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		ck_assert_msg(!stella_payload_type_is_intoto(bad[i]), "%s", bad[i]);
}
END_TEST

START_TEST(predicate_types_have_short_names)
{
	const char *name, *uri;
	size_t rows = 0;

	ck_assert_str_eq(stella_predicate_find("slsaprovenance"), "https://slsa.dev/provenance/v0.2");
	ck_assert_str_eq(stella_predicate_find("slsaprovenance1"), "https://slsa.dev/provenance/v1");
	ck_assert_str_eq(stella_predicate_find("https://example.com/x"), "https://example.com/x");
	ck_assert_str_eq(stella_predicate_find("urn:x"), "urn:x");
	ck_assert_ptr_null(stella_predicate_find("slsa"));
	ck_assert_ptr_null(stella_predicate_find(""));
	ck_assert_ptr_null(stella_predicate_find("https:"));
	ck_assert_ptr_null(stella_predicate_find(":x"));
	ck_assert_ptr_null(stella_predicate_find("https://a b"));
	ck_assert_ptr_null(stella_predicate_find("x\x1b:y"));
	ck_assert_ptr_null(stella_predicate_find("https://\xc3\xa4"));
	ck_assert_str_eq(stella_predicate_name("https://slsa.dev/provenance/v1"), "slsaprovenance1");
	ck_assert_ptr_null(stella_predicate_name("https://example.com/x"));
	for (; stella_predicate_at(rows, &name, &uri); rows++) {
		ck_assert_str_eq(stella_predicate_find(name), uri);
		ck_assert_str_eq(stella_predicate_find(stella_predicate_name(uri)), uri);
	}
	ck_assert_uint_gt(rows, 10);
}
END_TEST

START_TEST(an_empty_predicate_type_is_for_those_who_do_not_ask)
{
	static const char text[] = "{\"_type\":\"" STELLA_STATEMENT_V01 "\",\"subject\":[{\"name\":\"a\",\"digest\":{"
		"\"sha256\":\"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\"}}],\"predicateType\":\"\"}";
	static const char none[] = "{\"_type\":\"" STELLA_STATEMENT_V01 "\",\"subject\":[{\"name\":\"a\",\"digest\":{"
		"\"sha256\":\"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\"}}]}";
	struct stella_statement *statement;

	assert_code(stella_statement_parse(&statement, stella_span_str(text)), STELLA_MALFORMED);
	assert_ok(stella_statement_parse_untyped(&statement, stella_span_str(text)));
	ck_assert_str_eq(statement->predicate_type, "");
	stella_statement_free(statement);
	assert_code(stella_statement_parse_untyped(&statement, stella_span_str(none)), STELLA_MALFORMED);
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_test(t, an_empty_predicate_type_is_for_those_who_do_not_ask);
	tcase_add_test(t, a_statement_gives_its_parts);
	tcase_add_test(t, both_versions_are_read_and_the_predicate_may_be_absent);
	tcase_add_test(t, each_field_that_is_absent_or_wrong_is_refused);
	tcase_add_test(t, a_digest_of_a_known_algorithm_is_lower_case_hex);
	tcase_add_test(t, a_digest_that_is_not_whole_is_read_and_matches_nothing);
	tcase_add_test(t, more_subjects_or_digests_than_allowed_are_a_limit);
	tcase_add_test(t, a_subject_matches_by_a_strong_digest_and_none_that_differs);
	tcase_add_test(t, a_digest_is_read_as_people_write_it);
	tcase_add_test(t, the_payload_type_is_exact);
	tcase_add_test(t, predicate_types_have_short_names);
}

CHECK_MAIN("intoto", fill)
