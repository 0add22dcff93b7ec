/* SPDX-License-Identifier: Apache-2.0 */
/* Every trusted root that an instance of Sigstore has published: all are read, and no log's key is lost. */
#include "corpora.h"
#include "trustroot.h"

#include <string.h>

static const struct {
	const char *file, *reason;
} broken[] = {
	{ "history/public-good-2023-01-06-36800755.json", "has no media type" },
	{ "history/public-good-2023-01-10-e60deec7.json", "has no media type" },
	{ "history/staging-2025-08-11-baca1a6a.json", "a time without hours, mended upstream later" },
	{ "history/staging-2025-08-12-91162be0.json", "a time without hours, mended upstream later" },
};

static const char *broken_reason(const char *file)
{
	for (size_t i = 0; i < sizeof broken / sizeof *broken; i++)
		if (strcmp(broken[i].file, file) == 0)
			return broken[i].reason;
	return NULL;
}

static const struct stella_error *check_keys(const struct stella_log *logs, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!logs[i].key)
			return stella_error(STELLA_ALGORITHM_UNSUPPORTED, "%s", logs[i].key_details);
	return NULL;
}

void corpus_trusted_roots(struct corpus *c)
{
	struct stella_json *index = corpus_json(c, "index.json");
	const struct stella_json *roots = corpus_array(c, index, "roots");

	for (size_t i = 0; i < stella_json_count(roots); i++) {
		const char *file = corpus_text(c, stella_json_at(roots, i), "file");
		struct stella_buf text = corpus_read(c, file);
		struct stella_trustroot *root;
		const struct stella_error *err = stella_trustroot_parse(&root, stella_buf_span(&text));

		if (!err)
			err = check_keys(root->tlogs, root->tlog_count);
		if (!err)
			err = check_keys(root->ctlogs, root->ctlog_count);
		if (err && broken_reason(file))
			corpus_deviation(c, file, broken_reason(file));
		else
			corpus_judge(c, file, true, err);
		stella_trustroot_free(root);
		stella_buf_free(&text);
	}
	stella_json_free(index);
}
