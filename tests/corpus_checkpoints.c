/* SPDX-License-Identifier: Apache-2.0 */
/* Checkpoints of real logs with the log's key, and some that only parse or do not. */
#include "corpora.h"
#include "note.h"

#include <string.h>

static const struct stella_error *judge(struct corpus *c, const struct stella_json *v)
{
	struct stella_buf note = corpus_read(c, corpus_text(c, v, "file")), pem = { 0 };
	struct stella_checkpoint *checkpoint = NULL;
	struct stella_pubkey *key = NULL;
	const struct stella_error *err = stella_checkpoint_parse(&checkpoint, stella_buf_span(&note));

	if (!err && strcmp(corpus_text(c, v, "kind"), "checkpoint") == 0) {
		pem = corpus_read(c, corpus_text(c, v, "key"));
		err = stella_pubkey_parse_pem(&key, stella_buf_span(&pem));
		if (!err)
			err = stella_checkpoint_verify(checkpoint, key);
	}
	stella_pubkey_free(key);
	stella_checkpoint_free(checkpoint);
	stella_buf_free(&pem);
	stella_buf_free(&note);
	return err;
}

void corpus_checkpoints(struct corpus *c)
{
	struct stella_json *index = corpus_json(c, "index.json");
	const struct stella_json *cases = corpus_array(c, index, "cases");

	for (size_t i = 0; i < stella_json_count(cases); i++) {
		const struct stella_json *v = stella_json_at(cases, i);

		corpus_judge(c, corpus_text(c, v, "id"), strcmp(corpus_text(c, v, "expected"), "valid") == 0,
			judge(c, v));
	}
	stella_json_free(index);
}
