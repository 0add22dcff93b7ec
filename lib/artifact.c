/* SPDX-License-Identifier: Apache-2.0 */
#include "artifact.h"

#include <stdlib.h>

#include "sys.h"

struct ids {
	struct stella_sha256 *items; size_t count, cap;
};

static bool add_id(void *context, const struct stella_sha256 *id)
{
	struct ids *ids = context;

	STELLA_GROW(ids->items, ids->count, ids->cap);
	ids->items[ids->count++] = *id;
	return ids->count <= STELLA_JUDGED_MAX;
}

static const struct stella_error *judge_one(struct stella_judged_list *list, struct stella_store *store,
	const struct stella_sha256 *id, struct stella_trust *trust, const struct stella_verify_options *options)
{
	struct stella_evidence *evidence = NULL;
	struct stella_buf bytes = { 0 };
	const struct stella_error *err;

	if (stella_judged_has(list, id))
		return NULL;
	err = stella_store_load(&bytes, store, id);
	if (!err)
		err = stella_evidence_parse(&evidence, &bytes);
	stella_buf_free(&bytes);
	if (!err)
		return stella_judged_add(list, evidence, NULL, trust, options);
	switch (stella_code_exit(err->code)) {
	case STELLA_EXIT_REFUSED:
	case STELLA_EXIT_MALFORMED:
	case STELLA_EXIT_LIMIT:
	case STELLA_EXIT_MISSING:
		stella_judged_add_unread(list, id, NULL, err);
		return NULL;
	default:
		return err;
	}
}

const struct stella_error *stella_artifact_find(struct stella_judged_list *list, struct stella_store *store,
	struct stella_trust *trust, const struct stella_verify_options *options)
{
	const struct stella_error *err = NULL;
	struct ids ids = { 0 };

	for (size_t i = 0; i < options->artifact_count && !err; i++)
		err = stella_store_each_of(store, &options->artifact[i], add_id, &ids);
	if (!err && ids.count > STELLA_JUDGED_MAX)
		err = stella_error(STELLA_LIMIT, "more than %d attestations are stored about this artifact", STELLA_JUDGED_MAX);
	for (size_t i = 0; i < ids.count && !err; i++) {
		err = judge_one(list, store, &ids.items[i], trust, options);
		if (stella_progress)
			stella_progress("judging attestations", i + 1);
	}
	free(ids.items);
	return err;
}
