/* SPDX-License-Identifier: Apache-2.0 */
#include "asof.h"

#include <stdlib.h>
#include <string.h>

#include "commit.h"
#include "text.h"

const char *stella_asof_kind_name(enum stella_asof_kind kind)
{
	static const char *const names[] = { "date", "state", "commit" };

	return names[kind];
}

static const struct stella_error *claimed_time(int64_t *out, struct stella_repo *repo, const struct stella_oid *commit)
{
	struct stella_commit_text text;
	struct stella_buf raw = { 0 };
	const struct stella_error *err = stella_repo_read(&raw, repo, commit, STELLA_OBJECT_COMMIT, STELLA_COMMIT_MAX);

	if (!err) {
		stella_commit_text_parse(&text, stella_buf_span(&raw));
		*out = text.time;
	}
	stella_buf_free(&raw);
	return err;
}

const struct stella_error *stella_asof_find_time(struct stella_asof *out, struct stella_trust *present, int64_t time)
{
	const struct stella_error *err;
	struct stella_history *history;
	const struct stella_state **chain;
	char asked[STELLA_TIME_TEXT], first[STELLA_TIME_TEXT];
	int64_t claimed = INT64_MAX;
	size_t count;

	*out = (struct stella_asof){ .kind = STELLA_ASOF_DATE, .time = time };
	err = stella_trust_history(&history, present);
	if (err)
		return err;
	if (!present->state)
		return stella_error(STELLA_FORK, "the history is a fork: no state of it is the last one at a date; name a state");
	chain = stella_history_chain(&count, present->state);
	while (count-- > 0 && !err && claimed > time) {
		err = claimed_time(&claimed, present->repo, &chain[count]->commit);
		out->commit = chain[count]->commit;
	}
	free(chain);
	if (err || claimed <= time)
		return err;
	stella_time_print(asked, time);
	stella_time_print(first, claimed);
	return stella_error(STELLA_NOT_FOUND, "no trust state claims to be from %s or before: the root claims %s", asked, first);
}

static const struct stella_error *find_commit(struct stella_asof *out, struct stella_trust *present,
	struct stella_history *history, const char *text)
{
	const struct stella_error *err;
	const struct stella_view *view;

	out->kind = STELLA_ASOF_COMMIT;
	err = stella_history_view_at(&view, history, &out->commit);
	if (stella_error_is(err, STELLA_NOT_FOUND))
		return stella_error(STELLA_NOT_ON_BRANCH, "commit %s is not on the way from the root to %s", text, present->ref);
	for (size_t i = 0; !err && i < view->head_count; i++)
		if (!stella_history_find_state(history, &view->heads[i]->id))
			err = stella_error(STELLA_NOT_ON_BRANCH, "commit %s lies on a side branch: state #%llu that was in force there "
				"never was on %s", text, (unsigned long long)view->heads[i]->number, present->ref);
	return err ? err : claimed_time(&out->time, present->repo, &out->commit);
}

static bool is_oid(struct stella_oid *out, const char *text)
{
	return stella_oid_parse(out, stella_span_str(text));
}

static bool is_hex(const char *text)
{
	return strspn(text, "0123456789abcdef") == strlen(text);
}

const struct stella_error *stella_asof_find(struct stella_asof *out, struct stella_trust *present, const char *text)
{
	const struct stella_error *err;
	const struct stella_state *state;
	struct stella_history *history;
	struct stella_buf whole = { 0 };
	int64_t time;

	*out = (struct stella_asof){ 0 };
	if (strchr(text, '-')) {
		stella_buf_printf(&whole, "%s%s", text, strlen(text) == 10 ? "T00:00:00Z" : "");
		err = stella_time_parse(&time, stella_buf_span(&whole));
		stella_buf_free(&whole);
		return err ? stella_error(STELLA_USAGE, "\"%.100s\": expected YYYY-MM-DD or YYYY-MM-DDTHH:MM:SSZ", text) :
			stella_asof_find_time(out, present, time);
	}
	if (*text != '#' && (strlen(text) < 7 || !is_hex(text)))
		return stella_error(STELLA_USAGE, "\"%.100s\": expected a date (YYYY-MM-DD), a state (#NUMBER or its id) or the "
			"full id of a commit", text);
	err = stella_trust_history(&history, present);
	if (err)
		return err;
	err = stella_history_name_state(&state, history, text);
	if (stella_error_is(err, STELLA_NOT_FOUND) && is_oid(&out->commit, text))
		return find_commit(out, present, history, text);
	if (err)
		return err;
	out->kind = STELLA_ASOF_STATE;
	out->commit = state->commit;
	return claimed_time(&out->time, present->repo, &out->commit);
}
