/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose X.509 and OpenPGP signatures are (trust-model, section 7): unlike an SSH signature, one of these says who signed
 * only together with a policy, so that it is judged in the fold, under each policy that could count it.
 */
#include "history_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct stella_sha256 none;

/* One key never speaks for two: what stands in the policy speaks for whom it is bound to. */
int stella_history_holder(const struct stella_policy *policy, const struct stella_pending_item *item)
{
	struct stella_sha256 id;

	if (!stella_sha256_equal(&item->material, &none) && stella_policy_pins(policy, &item->material))
		return -1;
	memcpy(id.bytes, item->key + STELLA_SHA256_SIZE, sizeof id.bytes);
	return stella_policy_holder_id(policy, &id);
}

static const char *keep(struct stella_history *history, const char *text)
{
	size_t size = strlen(text) + 1;

	return memcpy(stella_pool_alloc(&history->pool, size), text, size);
}

static const struct stella_error *judge(struct stella_claim_signer *signers, size_t *count, char *why,
	struct stella_history *history, const struct stella_policy *policy, struct stella_signature_claim *claim)
{
	const struct stella_credential *credential;
	struct stella_claim_signer *out = &signers[*count];
	const struct stella_error *err;
	unsigned member;

	err = stella_policy_signer(&credential, &member, why, policy, claim);
	if (err || !credential)
		return err;
	for (size_t i = 0; i < *count; i++)
		if (stella_sha256_equal(&signers[i].id, &credential->id))
			return NULL;
	*out = (struct stella_claim_signer){ .id = credential->id, .member = keep(history, policy->members[member].name),
		.fingerprint = keep(history, stella_signature_claim_fingerprint(claim)) };
	if (credential->kind == STELLA_CREDENTIAL_IDENTITY)
		out->material = *stella_signature_claim_key(claim);
	(*count)++;
	return NULL;
}

static bool has_credentials(const struct stella_policy *policy)
{
	for (size_t i = 0; i < policy->member_count; i++)
		if (policy->members[i].credential_count)
			return true;
	return false;
}

static const struct stella_error *read_claim(struct stella_signature_claim **out, struct stella_history *history,
	const struct stella_commit *commit)
{
	struct stella_buf raw = { 0 };
	const struct stella_error *err = stella_repo_read(&raw, history->repo, &commit->id, STELLA_OBJECT_COMMIT,
		STELLA_COMMIT_MAX);

	if (!err)
		err = stella_signature_claim_parse(out, stella_buf_span(&raw));
	stella_buf_free(&raw);
	return err;
}

const struct stella_error *stella_history_signers(struct stella_claim_signer **out, size_t *count, char *why,
	struct stella_history *history, const struct stella_commit *commit, const struct stella_fold_view *begin,
	const struct stella_tree_verdict *tree)
{
	const struct stella_policy **policies = stella_alloc_array(begin->head_count + 1, sizeof *policies);
	struct stella_claim_signer *signers = NULL;
	struct stella_signature_claim *claim = NULL;
	const struct stella_error *err = NULL;
	size_t policy_count = 0;

	*out = NULL;
	*count = 0;
	for (size_t i = 0; i < begin->head_count && !err; i++) {
		err = stella_history_policy(&policies[policy_count], history, &begin->heads[i]->state);
		if (!err && has_credentials(policies[policy_count]))
			policy_count++;
	}
	if (!err && tree->policy && has_credentials(tree->policy))
		policies[policy_count++] = tree->policy;
	if (why)
		snprintf(why, STELLA_ERROR_MAX, "it is signed with X.509 or OpenPGP, and no member has such a key");
	if (err || !policy_count)
		goto done;
	err = read_claim(&claim, history, commit);
	if (err)
		goto done;
	signers = stella_alloc_array(policy_count, sizeof *signers);
	for (size_t i = 0; i < policy_count && !err; i++)
		err = judge(signers, count, why, history, policies[i], claim);
	if (err)
		goto done;
	*out = signers;
	signers = NULL;
done:
	stella_signature_claim_free(claim);
	free(signers);
	free(policies);
	return err;
}
