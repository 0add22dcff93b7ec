/* SPDX-License-Identifier: Apache-2.0 */
/* A log entry that is read keeps within its limits, and its body is compared with what is not it. */
#include "fuzz.h"

#include "tlog.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct stella_trustroot none;
	const struct stella_tlog_expected expected = { .minor = 3, .signature = { data, size }, .cert = { data, size } };
	struct stella_tlog_result result;
	struct stella_tlog_entry *entry;
	struct stella_json *json;
	const struct stella_error *err;

	if (stella_json_parse(&json, stella_span(data, size)))
		return 0;
	err = stella_tlog_parse(&entry, json);
	stella_json_free(json);
	if (err) {
		must(!entry && (err->code == STELLA_MALFORMED || err->code == STELLA_LIMIT));
		return 0;
	}
	must(entry->log_index >= 0 && entry->integrated_time >= 0 && entry->body.size > 0 && entry->log_id.size > 0);
	must(entry->proof_count <= STELLA_PROOF_MAX && entry->proof_size >= 0 && entry->proof_index >= 0);
	must(stella_tlog_verify_body(entry, &expected));
	must(stella_tlog_verify(&result, entry, &none, &expected) && !result.log);
	stella_tlog_free(entry);
	return 0;
}
