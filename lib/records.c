/* SPDX-License-Identifier: Apache-2.0 */
#include "records_internal.h"

#include <stdio.h>
#include <string.h>

/* "sha256" must be that of what lies beside the record: a reviewer reads it, not base64. */
const struct stella_error *stella_records_check_sha256(const struct stella_json *v, const char *what,
	const struct stella_sha256 *found)
{
	const struct stella_error *err;
	char hex[STELLA_SHA256_HEX];
	const char *text;

	err = stella_json_need_text(&text, v, "sha256");
	if (err)
		return err;
	stella_sha256_hex(hex, found);
	if (strcmp(text, hex) != 0)
		return stella_error(STELLA_MALFORMED, "\"sha256\" is %s, %s beside it has %s", text, what, hex);
	return NULL;
}

const struct stella_error *stella_records_check_text(const struct stella_json *v, const char *name,
	const char *found)
{
	const struct stella_error *err;
	const char *text;

	err = stella_json_need_text(&text, v, name);
	if (!err && strcmp(text, found) != 0)
		err = stella_error(STELLA_MALFORMED, "\"%s\" is \"%s\", the PEM beside it has \"%s\"",
			name, text, found);
	return err;
}

struct stella_json *stella_records_new(void)
{
	struct stella_json *doc = stella_json_new_object();

	stella_json_set_int(doc, "version", STELLA_RECORDS_VERSION);
	return doc;
}

void stella_records_set_sha256(struct stella_json *v, const struct stella_sha256 *digest)
{
	char hex[STELLA_SHA256_HEX];

	stella_sha256_hex(hex, digest);
	stella_json_set_text(v, "sha256", hex);
}

void stella_records_print(struct stella_buf *out, struct stella_json *doc)
{
	stella_json_print(out, doc, STELLA_JSON_RECORD);
	stella_json_free(doc);
}

/* What lies beside a record is as much part of it as the text. */
const struct stella_error *stella_records_read(struct stella_buf *text, struct stella_buf *beside,
	struct stella_trust *trust, const char *dir, const char *name, const char *ending)
{
	char path[STELLA_PATH_MAX];
	const struct stella_error *err;

	snprintf(path, sizeof path, "%s/%s.json", dir, name);
	err = stella_trust_read(text, trust, path);
	if (err || !beside)
		return err;
	snprintf(path, sizeof path, "%s/%s%s", dir, name, ending);
	err = stella_trust_read(beside, trust, path);
	return stella_error_is(err, STELLA_NOT_FOUND) ? stella_error_recode(err, STELLA_MALFORMED) : err;
}

bool stella_record_is_at_fault(const struct stella_error *err)
{
	return err->code == STELLA_MALFORMED || err->code == STELLA_LIMIT || err->code == STELLA_ALGORITHM_UNSUPPORTED ||
		err->code == STELLA_POLICY_UNSUPPORTED;
}

/*
 * To go back to the last '*' alone is enough: within a component a later one can take whatever an
 * earlier one leaves, and what no '*' takes matches only itself.
 */
bool stella_records_match(const char *pattern, const char *text, const char *ends)
{
	const char *star = NULL, *mark = NULL;

	while (*text) {
		if (*pattern == '*') {
			star = ++pattern;
			mark = text;
		} else if (*pattern == *text) {
			pattern++;
			text++;
		} else if (star && !strchr(ends, *mark)) {
			pattern = star;
			text = ++mark;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return !*pattern;
}
