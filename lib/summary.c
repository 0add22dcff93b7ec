/* SPDX-License-Identifier: Apache-2.0 */
#include "summary.h"

#include <string.h>

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
