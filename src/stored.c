/* SPDX-License-Identifier: Apache-2.0 */
/* Every stored attestation under two views, for people: progress while it lasts, and what one is called. */
#include "cmd.h"
#include "sweep.h"
#include "sys.h"

static void tell(void *context, size_t done)
{
	(void)context;
	if (stella_progress)
		stella_progress("judging attestations", done);
}

const struct stella_error *sweep_stored(struct stella_sweep **out, struct cmd *cmd, struct stella_store *store,
	const struct stella_sweep_view *views)
{
	static const struct stella_sweep_watch watch = { tell, NULL };

	(void)cmd;
	return stella_sweep_load(out, store, views, &watch);
}

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
