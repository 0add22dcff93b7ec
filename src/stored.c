/* SPDX-License-Identifier: Apache-2.0 */
/* A stored attestation that was judged under two views, for programs. */
#include "cmd.h"
#include "sweep.h"

struct stella_json *json_swept(const struct stella_swept *swept)
{
	struct stella_json *object = stella_json_new_object();

	stella_json_set(object, "attestation", json_id(&swept->id));
	stella_json_set(object, "predicateType", stella_json_new_text_span(stella_span_str(swept->type)));
	stella_json_set(object, "subject", stella_json_new_text_span(stella_span_str(swept->subject)));
	stella_json_set_text(object, "issuer", swept->issuer);
	for (unsigned v = 0; v < 2; v++) {
		if (swept->verdicts[v].trusted)
			continue;
		stella_json_set_text(object, "code", stella_code_word(swept->verdicts[v].code));
		stella_json_set(object, "message", stella_json_new_text_span(stella_span_str(swept->verdicts[v].message)));
	}
	return object;
}
