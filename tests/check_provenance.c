/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <stdio.h>

#include "check.h"
#include "evidence.h"
#include "provenance.h"
#include "sys.h"

#define SHA "\"c7c5c1d70c5dec4416ab6158afd0b223ef40c29b1dc1f97ed9428b94d4cadb1c\""
#define WORKFLOW "{\"workflow\":{\"repository\":\"https://s.example/r\",\"ref\":\"refs/heads/main\"}}"
#define V1(type, parameters, dependencies) "{\"buildDefinition\":{\"buildType\":\"" type "\",\"externalParameters\":" parameters \
	dependencies "},\"runDetails\":{\"builder\":{\"id\":\"https://b.example\"}}}"
#define V02(rest) "{\"builder\":{\"id\":\"https://b.example\"},\"buildType\":\"t\"" rest "}"
#define DELEGATOR "https://github.com/slsa-framework/slsa-github-generator/delegator-generic@v0"
#define DEPENDS(uri) ",\"resolvedDependencies\":[{\"uri\":\"" uri "\"},{\"uri\":\"git+https://other.example/x@refs/tags/v1\"}]"

static const struct stella_error *parse(struct stella_provenance **out, const char *type, const char *predicate)
{
	struct stella_statement *statement;
	struct stella_buf text = { 0 };
	const struct stella_error *err;

	stella_buf_printf(&text, "{\"_type\":\"https://in-toto.io/Statement/v1\",\"subject\":[{\"digest\":{\"sha256\":" SHA
		"}}],\"predicateType\":\"%s\",\"predicate\":%s}", type, predicate);
	assert_ok(stella_statement_parse(&statement, stella_buf_span(&text)));
	err = stella_provenance_parse(out, statement);
	stella_statement_free(statement);
	stella_buf_free(&text);
	return err;
}

static const struct { const char *type, *predicate, *repository, *ref; } good[] = {
	{ STELLA_PROVENANCE_V1, V1("t", WORKFLOW, ""), "https://s.example/r", "refs/heads/main" },
	{ STELLA_PROVENANCE_V1, V1("t", WORKFLOW, DEPENDS("git+https://s.example/r@refs/heads/main")), "https://s.example/r", "refs/heads/main" },
	{ STELLA_PROVENANCE_V1, V1("t", "{\"source\":\"git+https://s.example/r@refs/tags/v1\"}", ""), "https://s.example/r", "refs/tags/v1" },
	{ STELLA_PROVENANCE_V1, V1("t", "{\"source\":{\"uri\":\"git+ssh://git@s.example/r\"}}", ""), "ssh://git@s.example/r", NULL },
	{ STELLA_PROVENANCE_V1, V1("t", "{\"source\":{\"uri\":\"git+ssh://git@s.example/r@refs/heads/a@b\"}}", ""), "ssh://git@s.example/r", "refs/heads/a@b" },
	{ STELLA_PROVENANCE_V1, V1("t", "{\"source\":\"https://s.example/r@v1\"}", ""), "https://s.example/r", "v1" },
	{ STELLA_PROVENANCE_V1, V1("t", "{}", DEPENDS("git+https://s.example/r@refs/heads/main")), NULL, NULL },
	{ STELLA_PROVENANCE_V1, V1(DELEGATOR, "{}", DEPENDS("git+https://s.example/r@refs/heads/main")), "https://s.example/r", "refs/heads/main" },
	{ STELLA_PROVENANCE_V02, V02(""), NULL, NULL },
	{ STELLA_PROVENANCE_V02, V02(",\"invocation\":{\"configSource\":{\"uri\":\"git+https://s.example/r@refs/heads/main\"}}"), "https://s.example/r", "refs/heads/main" },
	{ STELLA_PROVENANCE_V02, V02(",\"invocation\":{\"configSource\":{\"uri\":\"git+https://s.example/r@refs/heads/main\"}},"
		"\"materials\":[{\"digest\":{}},{\"uri\":\"git+https://s.example/r\"}]"), "https://s.example/r", "refs/heads/main" },
	{ STELLA_PROVENANCE_V02, V02(",\"materials\":[{\"uri\":\"git+https://s.example/r\"}]"), NULL, NULL },
};

START_TEST(the_source_is_what_the_build_was_asked_for)
{
	struct stella_provenance *p;

	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		assert_ok(parse(&p, good[i].type, good[i].predicate));
		ck_assert_str_eq(p->builder, "https://b.example");
		ck_assert_pstr_eq(p->repository, good[i].repository);
		ck_assert_pstr_eq(p->ref, good[i].ref);
		stella_provenance_free(p);
	}
}
END_TEST

START_TEST(what_contradicts_itself_or_lacks_a_builder_is_refused)
{
	static const struct { const char *type, *predicate; enum stella_code code; } bad[] = {
		{ "https://slsa.dev/provenance/v0.1", V02(""), STELLA_REFUSED },
		{ "https://slsa.dev/provenance/v1.0?draft", V1("t", WORKFLOW, ""), STELLA_REFUSED },
		{ STELLA_PROVENANCE_V1, "{}", STELLA_MALFORMED },
		{ STELLA_PROVENANCE_V1, V02(""), STELLA_MALFORMED },
		{ STELLA_PROVENANCE_V02, V1("t", WORKFLOW, ""), STELLA_MALFORMED },
		{ STELLA_PROVENANCE_V02, "{\"builder\":{\"id\":5},\"buildType\":\"t\"}", STELLA_MALFORMED },
		{ STELLA_PROVENANCE_V02, "{\"builder\":{\"id\":\"b\"}}", STELLA_MALFORMED },
		{ STELLA_PROVENANCE_V02, V02(",\"invocation\":[]"), STELLA_MALFORMED },
		{ STELLA_PROVENANCE_V02, V02(",\"invocation\":{\"configSource\":{\"uri\":\"\"}}"), STELLA_MALFORMED },
		{ STELLA_PROVENANCE_V02, V02(",\"invocation\":{\"configSource\":{\"uri\":\"git+https://s.example/r\"}},\"materials\":[{\"uri\":\"git+https://o.example/r\"}]"), STELLA_MALFORMED },
		{ STELLA_PROVENANCE_V02, V02(",\"invocation\":{\"configSource\":{\"uri\":\"git+https://s.example/r\"}},\"materials\":[5]"), STELLA_MALFORMED },
		{ STELLA_PROVENANCE_V1, V1("t", WORKFLOW, DEPENDS("git+https://s.example/else@refs/heads/main")), STELLA_MALFORMED },
		{ STELLA_PROVENANCE_V1, V1("t", "{\"workflow\":{}}", ""), STELLA_MALFORMED },
		{ STELLA_PROVENANCE_V1, V1("t", "{\"workflow\":{\"repository\":\"r\"},\"source\":\"s\"}", ""), STELLA_MALFORMED },
		{ STELLA_PROVENANCE_V1, V1("t", "[]", ""), STELLA_MALFORMED },
	};
	struct stella_provenance *p;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		assert_code(parse(&p, bad[i].type, bad[i].predicate), bad[i].code);
		ck_assert_ptr_null(p);
	}
}
END_TEST

/* What builders really write: each provenance of these versions names its builder and its source. */
START_TEST(real_provenance_is_read)
{
	const char *shared = getenv("STELLA_SHARED");
	struct stella_buf dir = { 0 };
	struct dirent *entry;
	size_t count = 0;
	DIR *folder;

	stella_buf_printf(&dir, "%s/corpora/slsa-verifier/cases", shared ? shared : "");
	folder = opendir((char *)dir.data);
	while (folder && (entry = readdir(folder))) {
		struct stella_buf path = { 0 }, bytes = { 0 };
		struct stella_evidence *evidence = NULL;
		struct stella_provenance *p = NULL;

		stella_buf_printf(&path, "%s/%s", (char *)dir.data, entry->d_name);
		if (entry->d_name[0] != '.' && !stella_sys_read(&bytes, (char *)path.data, STELLA_BUNDLE_MAX) &&
		    !stella_evidence_parse(&evidence, &bytes) && strstr(evidence->statement->predicate_type, "slsa.dev/provenance/v") &&
		    !strstr(evidence->statement->predicate_type, "draft")) {
			assert_ok(stella_provenance_parse(&p, evidence->statement));
			ck_assert_msg(p->repository && !strncmp(p->repository, "https://github.com/", 19), "%s", entry->d_name);
			ck_assert_msg(p->ref && !strncmp(p->ref, "refs/", 5), "%s", entry->d_name);
			ck_assert(!strncmp(p->builder, "https://github.com/", 19));
			count++;
		}
		stella_provenance_free(p);
		stella_evidence_free(evidence);
		stella_buf_free(&path);
		stella_buf_free(&bytes);
	}
	if (folder) {
		closedir(folder);
		ck_assert_uint_gt(count, 20);
	} else {
		printf("# NOT RUN: %s is not there\n", (char *)dir.data);
	}
	stella_buf_free(&dir);
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_test(t, the_source_is_what_the_build_was_asked_for);
	tcase_add_test(t, what_contradicts_itself_or_lacks_a_builder_is_refused);
	tcase_add_test(t, real_provenance_is_read);
}

CHECK_MAIN("provenance", fill)
