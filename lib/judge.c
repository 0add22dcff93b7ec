/* SPDX-License-Identifier: Apache-2.0 */
#include "judge.h"

#include <stdio.h>

int64_t stella_judge_time(const struct stella_judge *judge)
{
	return judge->remembered_time > judge->now ? judge->remembered_time : judge->now;
}

/* "state 1a2b... (#3, approved by alice, bob)" */
static void print_head(struct stella_buf *out, const struct stella_state *state)
{
	char hex[STELLA_SHA256_HEX];

	stella_sha256_hex(hex, &state->id);
	stella_buf_printf(out, "state %.12s (#%llu", hex, (unsigned long long)state->number);
	for (size_t i = 0; i < state->approval_count && i < 8; i++)
		stella_buf_printf(out, "%s%s", i ? ", " : ", approved by ", state->approvals[i]->member);
	stella_buf_put_str(out, ")");
}

static const struct stella_error *fork_error(const struct stella_view *view)
{
	struct stella_buf text = { 0 };
	const struct stella_error *err;

	for (size_t i = 0; i < view->head_count && i < 4; i++) {
		stella_buf_put_str(&text, i ? " and " : "");
		print_head(&text, view->heads[i]);
	}
	err = stella_error(STELLA_FORK, "%zu trust states are in force at once: %s; the root roles of all have to "
		"approve one successor", view->head_count, (char *)text.data);
	stella_buf_free(&text);
	return err;
}

static const struct stella_error *check_on_chain(const struct stella_state *head, const struct stella_sha256 *id,
	const char *what)
{
	char wanted[STELLA_SHA256_HEX], hex[STELLA_SHA256_HEX];

	if (stella_state_on_chain(head, id))
		return NULL;
	stella_sha256_hex(wanted, id);
	stella_sha256_hex(hex, &head->id);
	return stella_error(STELLA_ROLLBACK, "state %.12s, %s, is not on the chain of state %.12s (#%llu): "
		"this history was rewound or replaced", wanted, what, hex, (unsigned long long)head->number);
}

const struct stella_error *stella_judge_verify(const struct stella_judge *judge, struct stella_history *history)
{
	const struct stella_view *view = stella_history_view(history);
	const struct stella_error *err = NULL;
	const struct stella_policy *policy;
	char now[STELLA_TIME_TEXT];

	if (view->head_count > 1)
		return fork_error(view);
	if (judge->remembered)
		err = check_on_chain(view->heads[0], judge->remembered, "seen here before");
	for (size_t i = 0; i < judge->at_least_count && !err; i++)
		err = check_on_chain(view->heads[0], &judge->at_least[i], "which is demanded");
	if (!err)
		err = stella_history_policy(&policy, history, view->heads[0]);
	if (err || stella_judge_time(judge) <= policy->expires)
		return err;
	stella_time_print(now, stella_judge_time(judge));
	return stella_error(STELLA_POLICY_EXPIRED, "the policy in force expired at %s, and it is %s",
		policy->expires_text, now);
}
