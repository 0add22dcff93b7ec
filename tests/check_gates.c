/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "gates.h"

static const char text[] = "{\n"
	"  \"reason\": \"what we ship\",\n"
	"  \"requirements\": [\n"
	"    {\n"
	"      \"max_age\": \"30d\",\n"
	"      \"name\": \"provenance\",\n"
	"      \"predicate_types\": [\n"
	"        \"slsaprovenance1\"\n"
	"      ],\n"
	"      \"signers\": [\n"
	"        {\n"
	"          \"count\": 2,\n"
	"          \"issuers\": [\n"
	"            \"ann\",\n"
	"            \"ben\"\n"
	"          ],\n"
	"          \"team\": \"build\"\n"
	"        },\n"
	"        {\n"
	"          \"count\": 1,\n"
	"          \"issuers\": [\n"
	"            \"eve\"\n"
	"          ]\n"
	"        }\n"
	"      ],\n"
	"      \"slsa\": {\n"
	"        \"builders\": [\n"
	"          \"https://b.example/*\"\n"
	"        ],\n"
	"        \"refs\": [\n"
	"          \"refs/heads/main\"\n"
	"        ],\n"
	"        \"repositories\": [\n"
	"          \"https://s.example/r\"\n"
	"        ]\n"
	"      },\n"
	"      \"subjects\": [\n"
	"        \"app/*\"\n"
	"      ]\n"
	"    },\n"
	"    {\n"
	"      \"name\": \"summary\",\n"
	"      \"vsa\": {\n"
	"        \"levels\": [\n"
	"          \"SLSA_BUILD_LEVEL_2\"\n"
	"        ],\n"
	"        \"policies\": [\n"
	"          \"https://p.example\"\n"
	"        ],\n"
	"        \"resources\": [\n"
	"          \"pkg:oci/*\"\n"
	"        ],\n"
	"        \"verifiers\": [\n"
	"          \"https://v.example\"\n"
	"        ]\n"
	"      }\n"
	"    }\n"
	"  ],\n"
	"  \"version\": 1\n"
	"}\n";

/* The text with the first OLD as NEW; yours. */
static char *with(const char *old, const char *new)
{
	const char *at = strstr(text, old);
	struct stella_buf out = { 0 };

	ck_assert_msg(at != NULL, "no %s", old);
	stella_buf_put(&out, text, (size_t)(at - text));
	stella_buf_put_str(&out, new);
	stella_buf_put_str(&out, at + strlen(old));
	return stella_buf_take_str(&out);
}

START_TEST(a_gate_is_read_and_written_alike)
{
	const struct stella_requirement *r;
	struct stella_gate *gate;
	struct stella_buf out = { 0 };

	assert_ok(stella_gate_parse(&gate, "release", stella_span_str(text)));
	ck_assert_str_eq(gate->name, "release");
	ck_assert_uint_eq(gate->requirement_count, 2);
	r = &gate->requirements[0];
	ck_assert_str_eq(r->name, "provenance");
	ck_assert_int_eq(r->max_age, 30 * 86400);
	ck_assert_uint_eq(r->signer_count, 2);
	ck_assert_uint_eq(r->signers[0].count, 2);
	ck_assert_str_eq(r->signers[0].team, "build");
	ck_assert_ptr_null(r->signers[1].team);
	ck_assert(r->slsa && !r->vsa);
	ck_assert_str_eq(r->repositories.items[0], "https://s.example/r");
	r = &gate->requirements[1];
	ck_assert(r->vsa && !r->slsa && !r->max_age && !r->signer_count);
	ck_assert_str_eq(r->levels.items[0], "SLSA_BUILD_LEVEL_2");
	stella_gate_print(&out, gate);
	assert_span_is(stella_buf_span(&out), text);
	stella_buf_free(&out);
	stella_gate_free(gate);
}
END_TEST

START_TEST(what_is_not_exactly_a_gate_is_refused)
{
	static const struct { const char *old, *new; enum stella_code code; } bad[] = {
		{ "\"version\": 1", "\"version\": 2", STELLA_POLICY_UNSUPPORTED },
		{ "\"version\": 1", "\"version\": 0", STELLA_MALFORMED },
		{ "\"version\": 1", "\"more\": 1", STELLA_MALFORMED },
		{ "\"version\": 1", "\"more\": 1, \"version\": 1", STELLA_MALFORMED },
		{ "\"reason\": \"what we ship\",", "", STELLA_MALFORMED },
		{ "what we ship", "", STELLA_MALFORMED },
		{ "\"requirements\"", "\"requirement\"", STELLA_MALFORMED },
		{ "\"name\": \"provenance\",", "", STELLA_MALFORMED },
		{ "\"name\": \"provenance\"", "\"name\": \"Provenance\"", STELLA_MALFORMED },
		{ "\"name\": \"summary\"", "\"name\": \"provenance\"", STELLA_MALFORMED },
		{ "\"name\": \"summary\"", "\"name\": \"summary\", \"issuers\": [\"ann\"]", STELLA_MALFORMED },
		{ "slsaprovenance1", "nonsense", STELLA_MALFORMED },
		{ "\"count\": 2", "\"count\": 3", STELLA_MALFORMED },
		{ "\"count\": 2", "\"count\": 0", STELLA_MALFORMED },
		{ "\"count\": 2", "\"count\": -1", STELLA_MALFORMED },
		{ "\"count\": 2", "\"count\": 1.5", STELLA_MALFORMED },
		{ "\"count\": 2", "\"count\": \"2\"", STELLA_MALFORMED },
		{ "\"count\": 2,", "", STELLA_MALFORMED },
		{ "\"ben\"", "\"ann\"", STELLA_MALFORMED },
		{ "\"ben\"", "\"eve\"", STELLA_MALFORMED },
		{ "\"ben\"", "\"Ben\"", STELLA_MALFORMED },
		{ "\"eve\"", "", STELLA_MALFORMED }, /* any issuer, beside a group */
		{ "30d", "30", STELLA_MALFORMED },
		{ "30d", "030d", STELLA_MALFORMED },
		{ "30d", "0d", STELLA_MALFORMED },
		{ "30d", "48h", STELLA_MALFORMED },
		{ "30d", "999999d", STELLA_MALFORMED },
		{ "\"refs\"", "\"ref\"", STELLA_MALFORMED },
		{ "\"levels\"", "\"level\"", STELLA_MALFORMED },
		{ "\"name\": \"summary\"", "\"name\": \"summary\", \"slsa\": {}", STELLA_MALFORMED },
		{ "\"slsa\": {", "\"slsa\": [], \"x\": {", STELLA_MALFORMED },
		{ "app/*", "", STELLA_MALFORMED },
	};
	struct stella_gate *gate;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		char *changed = with(bad[i].old, bad[i].new);

		assert_code(stella_gate_parse(&gate, "release", stella_span_str(changed)), bad[i].code);
		ck_assert_ptr_null(gate);
		free(changed);
	}
	assert_code(stella_gate_parse(&gate, "../release", stella_span_str(text)), STELLA_MALFORMED);
	assert_code(stella_gate_parse(&gate, "x", stella_span_str("[]")), STELLA_MALFORMED);
	assert_code(stella_gate_parse(&gate, "x", stella_span_str("{\"version\":1,\"reason\":\"x\",\"requirements\":[]}")),
		STELLA_MALFORMED);
}
END_TEST

START_TEST(there_are_limits)
{
	struct stella_buf many = { 0 };
	struct stella_gate *gate;

	stella_buf_put_str(&many, "{\"version\":1,\"reason\":\"x\",\"requirements\":[");
	for (int i = 0; i <= STELLA_REQUIREMENTS_MAX; i++)
		stella_buf_printf(&many, "%s{\"name\":\"r%d\"}", i ? "," : "", i);
	stella_buf_put_str(&many, "]}");
	assert_code(stella_gate_parse(&gate, "x", stella_buf_span(&many)), STELLA_LIMIT);
	stella_buf_free(&many);
}
END_TEST

START_TEST(an_age_has_one_text)
{
	static const char *const good[] = { "1h", "23h", "25h", "1d", "30d", "36500d" };
	static const char *const bad[] = { "", "d", "1", "0h", "01d", "24h", "36501d", "1 d", "1d ", "-1d", "1D", "9999999d" };
	char out[STELLA_AGE_TEXT];
	int64_t age;

	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		assert_ok(stella_gate_age_parse(&age, good[i]));
		stella_gate_age_print(out, age);
		ck_assert_str_eq(out, good[i]);
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_code(stella_gate_age_parse(&age, bad[i]), STELLA_MALFORMED);
}
END_TEST

START_TEST(no_pattern_is_any_text_and_no_text_is_no_pattern)
{
	char *items[] = { (char *)(uintptr_t)"a/*", (char *)(uintptr_t)"b" };
	struct stella_gate_list none = { 0 }, two = { items, 2 };

	ck_assert(stella_gate_list_matches(&none, "x") && stella_gate_list_matches(&none, NULL));
	ck_assert(stella_gate_list_matches(&two, "a/x") && stella_gate_list_matches(&two, "b"));
	ck_assert(!stella_gate_list_matches(&two, "a/x/y") && !stella_gate_list_matches(&two, "bb"));
	ck_assert(!stella_gate_list_matches(&two, NULL));
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_test(t, a_gate_is_read_and_written_alike);
	tcase_add_test(t, what_is_not_exactly_a_gate_is_refused);
	tcase_add_test(t, there_are_limits);
	tcase_add_test(t, an_age_has_one_text);
	tcase_add_test(t, no_pattern_is_any_text_and_no_text_is_no_pattern);
}

CHECK_MAIN("gates", fill)
