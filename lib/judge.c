/* SPDX-License-Identifier: Apache-2.0 */
#include "judge.h"

#include <stdio.h>

int64_t stella_judge_time(const struct stella_judge *judge)
{
	return judge->remembered_time > judge->now ? judge->remembered_time : judge->now;
}

/* "state #3 1a2b... (commit 3c4d..., approved by alice, bob)" */
static void print_head(struct stella_buf *out, const struct stella_state *state)
{
	char hex[STELLA_SHA256_HEX], commit[STELLA_OID_HEX];

	stella_sha256_hex(hex, &state->id);
	stella_oid_hex(commit, &state->commit);
	stella_buf_printf(out, "state #%llu %.16s (commit %s", (unsigned long long)state->number, hex,
		commit);
	for (size_t i = 0; i < state->approval_count && i < 8; i++)
		stella_buf_printf(out, "%s%s", i ? ", " : ", approved by ", state->approvals[i]->member);
	stella_buf_put_str(out, ")");
}

/* The way out first: a message is cut at its end. */
const struct stella_error *stella_judge_fork(const struct stella_view *view)
{
	struct stella_buf text = { 0 };
	const struct stella_error *err;

	for (size_t i = 0; i < view->head_count && i < 4; i++) {
		stella_buf_put_str(&text, i ? " and " : "");
		print_head(&text, view->heads[i]);
	}
	err = stella_error(STELLA_FORK, "the trust history is a fork with %zu heads (`stella status` shows "
		"them; one commit that succeeds them all, approved by the root role of each, ends it): %s",
		view->head_count, (char *)text.data);
	stella_buf_free(&text);
	return err;
}

static const struct stella_error *check_on_chain(const struct stella_judged *judged,
	const struct stella_sha256 *id, const char *what, const char *remedy)
{
	char wanted[STELLA_SHA256_HEX], hex[STELLA_SHA256_HEX];

	if (judged->on_chain(judged->context, id))
		return NULL;
	stella_sha256_hex(wanted, id);
	stella_sha256_hex(hex, &judged->head->id);
	return stella_error(STELLA_ROLLBACK, "rollback: the history of state #%llu %s does not contain state "
		"%s, %s: it was rewound or replaced, or is not up to date; %s",
		(unsigned long long)judged->head->number, hex, wanted, what, remedy);
}

const struct stella_error *stella_judge_head(const struct stella_judge *judge,
	const struct stella_judged *judged)
{
	const struct stella_error *err = NULL;
	int64_t time = stella_judge_time(judge);
	char text[STELLA_TIME_TEXT];

	if (judge->remembered)
		err = check_on_chain(judged, judge->remembered, "which was seen here before",
			"fetch the trust branch, and ask who rewrote it before you believe it");
	for (size_t i = 0; i < judge->at_least_count && !err; i++)
		err = check_on_chain(judged, &judge->at_least[i], "which --at-least demands",
			"fetch the trust branch, and compare it with another remote");
	if (err || time <= judged->policy->expires)
		return err;
	stella_time_print(text, time);
	return stella_error(STELLA_POLICY_EXPIRED, "the policy in force expired at %s, and it is %s%s: fetch "
		"the trust branch, or renew the policy with `stella policy renew`",
		judged->policy->expires_text, text,
		time > judge->now ? " (the latest time seen here; the clock went back)" : "");
}

static bool on_state_chain(const void *head, const struct stella_sha256 *id)
{
	return stella_state_on_chain(head, id);
}

const struct stella_error *stella_judge_verify(const struct stella_judge *judge,
	struct stella_history *history)
{
	const struct stella_view *view = stella_history_view(history);
	struct stella_judged judged = { view->heads[0], NULL, on_state_chain, view->heads[0] };
	const struct stella_error *err;

	if (view->head_count > 1)
		return stella_judge_fork(view);
	err = stella_history_policy(&judged.policy, history, judged.head);
	return err ? err : stella_judge_head(judge, &judged);
}
