/* SPDX-License-Identifier: Apache-2.0 */
/* trust-model, section 8: which recordings count. */
#include "recorded_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commit.h"
#include "text.h"

static const struct stella_error *claim_of(int64_t *out, struct stella_recorded *r, size_t i)
{
	struct stella_commit_text text;
	struct stella_buf raw = { 0 };
	const struct stella_error *err = NULL;

	if (r->claims[i] == INT64_MIN) {
		err = stella_repo_read(&raw, r->trust->repo, &r->chain[i]->commit, STELLA_OBJECT_COMMIT, STELLA_COMMIT_MAX);
		if (!err) {
			stella_commit_text_parse(&text, stella_buf_span(&raw));
			r->claims[i] = text.time;
		}
		stella_buf_free(&raw);
	}
	*out = r->claims[i];
	return err;
}

/* The place of a state on the chain; false: it is not there. */
static bool find_place(size_t *out, const struct stella_recorded *r, const struct stella_sha256 *id)
{
	const struct stella_state *state = stella_history_find_state(r->history, id);

	for (size_t i = 0; state && i < r->chain_count; i++) {
		size_t at = state->number < r->chain_count ? (state->number + i) % r->chain_count : i; /* mostly its number */

		if (stella_sha256_equal(&r->chain[at]->id, id)) {
			*out = at;
			return true;
		}
	}
	return false;
}

/* The member whose key this is, if one of the role; NULL: none. */
static const struct stella_error *holder(const char **out, struct stella_recorded *r, size_t place,
	const struct stella_pubkey *key)
{
	const struct stella_policy *policy;
	const struct stella_error *err = stella_history_policy(&policy, r->history, r->chain[place]);
	int role, member;

	*out = NULL;
	if (err)
		return err;
	role = stella_policy_find_role(policy, STELLA_RECORDER_ROLE);
	member = stella_policy_holder(policy, key);
	if (role >= 0 && member >= 0 && stella_role_has(&policy->roles[role], (unsigned)member))
		*out = policy->members[member].name;
	return NULL;
}

static const struct stella_error *refuse(struct stella_recorded *r, struct stella_recorded_node *node, const char *format, ...)
	STELLA_PRINTF(3, 4) STELLA_MUST_USE;

static const struct stella_error *refuse(struct stella_recorded *r, struct stella_recorded_node *node, const char *format, ...)
{
	char text[STELLA_ERROR_MAX], *kept;
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	kept = stella_pool_alloc(&r->pool, strlen(text) + 1);
	memcpy(kept, text, strlen(text) + 1);
	node->why = kept;
	return NULL;
}

/*
 * From the first later state on whose policy does not have it as a recorder's key, the key says nothing more.  That
 * was not after any time that its commit claims or a later one's that changed the policy: one date far ahead is not
 * enough to let the key go on.  Other states have no say, as fewer could approve them.
 */
static const struct stella_error *check_end(struct stella_recorded *r, struct stella_recorded_node *node, size_t place)
{
	const struct stella_recording *recording = node->recording;
	const struct stella_error *err = NULL;
	const char *member = node->member;
	uint64_t left = 0;
	int64_t claim;

	for (size_t i = place + 1; i < r->chain_count && !err; i++) {
		if (!r->chain[i]->changes_policy)
			continue;
		if (member) {
			err = holder(&member, r, i, recording->key);
			left = r->chain[i]->number;
		}
		if (err || member)
			continue;
		err = claim_of(&claim, r, i);
		if (!err && recording->time >= claim)
			return refuse(r, node, "its key was no recorder's any more: %s left by state #%llu", node->member,
				(unsigned long long)left);
	}
	return err;
}

static const struct stella_error *find_lost(struct stella_recorded *r, struct stella_recorded_node *node)
{
	struct stella_lost_recorder *lost = NULL;
	char id[STELLA_SHA256_HEX];
	const struct stella_error *err;

	stella_sha256_hex(id, stella_pubkey_id(node->recording->key));
	err = stella_lost_recorder_load(&lost, r->trust, id);
	if (stella_error_is(err, STELLA_NOT_FOUND))
		return NULL;
	if (err)
		return err;
	node->lost = true;
	node->lost_since = lost->since;
	stella_lost_recorder_free(lost);
	if (node->recording->time >= node->lost_since)
		return refuse(r, node, "the key of %s is compromised since before its time", node->member);
	return NULL;
}

static const struct stella_error *check_time(struct stella_recorded *r, struct stella_recorded_node *node, size_t place)
{
	char time[STELLA_TIME_TEXT], other[STELLA_TIME_TEXT];
	int64_t claim;
	const struct stella_error *err = claim_of(&claim, r, place);

	if (err)
		return err;
	stella_time_print(time, node->recording->time);
	if (node->recording->time > r->now) {
		if (node->recording->time < r->header.until)
			r->header.until = node->recording->time;
		return refuse(r, node, "its time %s lies in the future", time);
	}
	if (node->recording->time > r->header.from)
		r->header.from = node->recording->time;
	stella_time_print(other, claim);
	if (node->recording->time < claim)
		return refuse(r, node, "its time %s is before the state that it names, which claims %s", time, other);
	stella_time_print(other, node->high_time);
	if (node->recording->time < node->high_time)
		return refuse(r, node, "its time %s is before %s, which was recorded before it", time, other);
	if (node->number < node->high_number)
		return refuse(r, node, "it names state #%llu, and #%llu was recorded before it",
			(unsigned long long)node->number, (unsigned long long)node->high_number);
	return NULL;
}

static const struct stella_error *judge_one(struct stella_recorded *r, struct stella_recorded_node *node)
{
	const struct stella_error *err;
	size_t place;

	if (!find_place(&place, r, &node->recording->state))
		return refuse(r, node, "the state that it names is not on the chain in force");
	node->number = r->chain[place]->number;
	err = holder(&node->member, r, place, node->recording->key);
	if (err)
		return err;
	if (!node->member)
		return refuse(r, node, "its key is no recorder's under the policy of state #%llu", (unsigned long long)node->number);
	err = check_time(r, node, place);
	if (!err && !node->why)
		err = check_end(r, node, place);
	if (!err && !node->why)
		err = find_lost(r, node);
	return err;
}

/* What a lost key said must have been seen by another recorder before the key was lost. */
static const struct stella_error *check_seal(struct stella_recorded *r, struct stella_recorded_node *node)
{
	if (stella_recorded_counts(node) && node->lost && (node->seal >= node->lost_since || node->seal < node->recording->time))
		return refuse(r, node, "the key of %s is compromised, and no other recorder's commit from before that has it "
			"among its ancestors", node->member);
	return NULL;
}

const struct stella_error *stella_recorded_judge(struct stella_recorded *r)
{
	const struct stella_error *err = NULL;

	for (size_t i = 0; i < r->count && !err; i++) {
		struct stella_recorded_node *node = r->order[i];

		node->high_time = node->seal = INT64_MIN;
		for (unsigned p = 0; p < node->parent_count; p++) {
			if (node->parents[p]->high_time > node->high_time)
				node->high_time = node->parents[p]->high_time;
			if (node->parents[p]->high_number > node->high_number)
				node->high_number = node->parents[p]->high_number;
		}
		if (!stella_recorded_counts(node))
			continue;
		err = judge_one(r, node);
		/* What is lost stands in nobody's way. */
		if (!err && stella_recorded_counts(node) && !node->lost) {
			node->high_time = node->recording->time;
			node->high_number = node->number;
		}
	}
	for (size_t i = 0; i < r->count; i++)
		r->order[i]->seal = INT64_MAX;
	for (size_t i = r->count; i-- > 0 && !err;) {
		struct stella_recorded_node *node = r->order[i];
		int64_t seal = node->seal;

		err = check_seal(r, node);
		if (stella_recorded_counts(node) && !node->lost && node->recording->time < seal)
			seal = node->recording->time;
		for (unsigned p = 0; p < node->parent_count; p++)
			if (seal < node->parents[p]->seal)
				node->parents[p]->seal = seal;
	}
	return err;
}
