/* SPDX-License-Identifier: Apache-2.0 */
/* Every stored attestation under two views, for people: progress while it lasts, and what one is called. */
#include <stdio.h>
#include <unistd.h>

#include "cmd.h"
#include "sweep.h"
#include "sys.h"

/* Somebody who waits is told how far it is, once a second. */
struct watching {
	int64_t last;
	bool shown;
};

static void tell(void *context, size_t done)
{
	struct watching *w = context;
	int64_t now = stella_sys_now();

	if (now - w->last < 1)
		return;
	w->last = now;
	w->shown = true;
	fprintf(stderr, "\r%zu attestations judged", done);
}

const struct stella_error *sweep_stored(struct stella_sweep **out, struct cmd *cmd, struct stella_store *store,
	const struct stella_sweep_view *views)
{
	struct watching w = { .last = stella_sys_now() };
	struct stella_sweep_watch watch = { tell, &w };
	bool terminal = isatty(STDERR_FILENO) && !cmd->quiet;
	const struct stella_error *err = stella_sweep_load(out, store, views, terminal ? &watch : NULL);

	if (w.shown)
		fprintf(stderr, "\r\033[K");
	return err;
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
