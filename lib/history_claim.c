/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a commit claims by its own bytes: the costly part of the fold, done by many threads at once.  What
 * they find does not depend on their order.
 */
#include "history_internal.h"

#include <string.h>

static const struct stella_claim_key *find_key(struct stella_history *history, const struct stella_pubkey *key)
{
	struct stella_claim_key *known = stella_idmap_find(&history->keys, stella_pubkey_id(key));
	struct stella_buf text = { 0 };

	if (known)
		return known;
	stella_pubkey_print_fingerprint(&text, key);
	known = stella_pool_alloc(&history->pool, sizeof *known);
	known->id = *stella_pubkey_id(key);
	known->fingerprint = stella_pool_alloc(&history->pool, text.size + 1);
	memcpy(known->fingerprint, text.data, text.size);
	stella_buf_free(&text);
	stella_idmap_add(&history->keys, known);
	return known;
}

/*
 * Checks the signature, and reads and hashes the tree that is approved, since the fold will need it
 * (rule 12).  What is wrong with the tree the fold finds again, and says then.
 */
const struct stella_error *stella_history_claim(struct stella_history *history, struct stella_commit *commit,
	struct stella_span raw)
{
	struct stella_approval_claim parsed = { 0 };
	const struct stella_error *err;
	const struct stella_dir *dir;
	struct stella_claim *claim;
	bool is_claim;

	if (!stella_span_find(raw, "\nStella-Approve:"))
		return NULL;
	err = stella_approval_parse(&parsed, &is_claim, NULL, raw);
	if (err || !is_claim)
		return err;
	pthread_mutex_lock(&history->lock);
	claim = stella_pool_alloc(&history->pool, sizeof *claim);
	memcpy(claim->target.bytes, parsed.target, sizeof claim->target.bytes);
	if (parsed.key)
		claim->key = find_key(history, parsed.key);
	pthread_mutex_unlock(&history->lock);
	stella_approval_claim_free(&parsed);
	commit->claim = claim;
	err = stella_trees_judge(&dir, history->trees, &commit->tree);
	return stella_error_is(err, STELLA_SYSTEM) ? err : NULL;
}
