/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A commit on the attestations branch that records a time: signed as git is configured, by a key that the
 * policy in force has as a recorder's, or it is not made.  Made anew whenever somebody else was faster.
 */
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "recording.h"
#include "signer.h"
#include "store.h"

#define AHEAD_MAX 600 /* seconds by which the branch or the trust state may be ahead of this clock */

struct making {
	struct cmd *cmd;
	struct stella_trust *trust;
	struct stella_repo *repo;   /* the project's: where attestations are stored */
	struct stella_commit_signer *signer;
	const char *message;
	struct recorded_as *as;
	struct stella_sha256 *ids; size_t count;
};

/* ---------------------------------------------------------------- may this key record */

static const struct stella_error *check_recorder(struct stella_trust *trust, const struct stella_pubkey *key)
{
	const struct stella_policy *policy = trust->policy;
	int role = stella_policy_find_role(policy, STELLA_RECORDER_ROLE), member;
	struct stella_lost_recorder *lost = NULL;
	char id[STELLA_SHA256_HEX];
	const struct stella_error *err;

	if (!key)
		return stella_error(STELLA_USAGE, "a recorder signs with SSH: git config gpg.format ssh");
	member = stella_policy_holder(policy, key);
	if (role < 0)
		return stella_error(STELLA_NOT_AUTHORIZED, "nobody records times here: the policy has no role " STELLA_RECORDER_ROLE
			" (stella member add NAME --key KEY.pub --role " STELLA_RECORDER_ROLE ")");
	if (member < 0 || !stella_role_has(&policy->roles[role], (unsigned)member))
		return stella_error(STELLA_NOT_AUTHORIZED, "the key that git would sign with (git config user.signingkey) is no "
			"recorder's: %s is not in the role " STELLA_RECORDER_ROLE,
			member < 0 ? "its holder" : policy->members[member].name);
	stella_sha256_hex(id, stella_pubkey_id(key));
	err = stella_lost_recorder_load(&lost, trust, id);
	if (stella_error_is(err, STELLA_NOT_FOUND))
		return NULL;
	if (!err)
		err = stella_error(STELLA_KEY_REVOKED, "this key is compromised (%s): what it records does not count", lost->reason);
	stella_lost_recorder_free(lost);
	return err;
}

/* ---------------------------------------------------------------- the time */

static const struct stella_error *claim_of_state(int64_t *out, struct stella_trust *trust)
{
	struct stella_commit_text text;
	struct stella_buf raw = { 0 };
	const struct stella_error *err = read_commit(&text, &raw, trust->repo, &trust->state->commit);

	if (!err)
		*out = text.time;
	stella_buf_free(&raw);
	return err;
}

/* Not before what was recorded before, nor before the state: a clock that is somewhat behind waits for nobody. */
static const struct stella_error *choose_time(int64_t *out, struct making *m, const struct stella_oid *tip)
{
	struct stella_recorded *recorded = NULL;
	int64_t latest = INT64_MIN, claim;
	uint64_t number = 0;
	const struct stella_error *err = claim_of_state(&claim, m->trust);

	if (!err && tip)
		err = stella_recorded_load(&recorded, m->trust, m->repo, tip, m->cmd->now + AHEAD_MAX);
	if (err)
		return err;
	if (recorded)
		latest = stella_recorded_latest(recorded, &number);
	*out = m->cmd->now;
	if (latest > *out)
		*out = latest;
	if (claim > *out)
		*out = claim;
	if (*out > m->cmd->now + AHEAD_MAX)
		err = stella_error(STELLA_USAGE, "this clock is behind: the trust state claims %s; set it right first",
			show_time(m->cmd, *out));
	else if (number > m->trust->state->number)
		err = stella_error(STELLA_ROLLBACK, "state #%llu was recorded already, and #%llu is in force here: fetch the trust "
			"branch first", (unsigned long long)number, (unsigned long long)m->trust->state->number);
	stella_recorded_free(recorded);
	return err;
}

/* ---------------------------------------------------------------- the commit */

static const struct stella_error *sign(struct stella_buf *raw, struct making *m, const struct stella_commit_links *links,
	struct stella_recording *recording)
{
	struct stella_buf who = { 0 }, payload = { 0 }, armored = { 0 }, trailers = { 0 };
	struct stella_recording parsed;
	char why[STELLA_ERROR_MAX];
	bool is_recording;
	const struct stella_error *err;

	stella_buf_printf(&who, "%s <%s> %lld +0000", m->signer->name, m->signer->email, (long long)m->cmd->now);
	stella_recording_print(&trailers, recording);
	stella_commit_print(&payload, links, stella_buf_span(&who), stella_span_str(m->message), NULL,
		(const char *)trailers.data);
	err = stella_commit_signer_sign(&armored, m->signer, stella_buf_span(&payload));
	if (!err) {
		stella_commit_add_signature(raw, stella_buf_span(&payload), stella_buf_span(&armored));
		err = stella_recording_parse(&parsed, &is_recording, why, stella_buf_span(raw));
	}
	if (!err && !is_recording) /* nothing is written that would not count */
		err = stella_error(STELLA_USAGE, "the commit would not count: %s", why);
	if (!err)
		stella_recording_free(&parsed);
	stella_buf_free(&who);
	stella_buf_free(&payload);
	stella_buf_free(&armored);
	stella_buf_free(&trailers);
	return err;
}

static const struct stella_error *make(void *context, struct stella_buf *raw, const struct stella_commit_links *links)
{
	struct making *m = context;
	struct stella_recording recording = { .state = m->trust->state->id, .ids = m->ids, .id_count = m->count };
	const struct stella_error *err = choose_time(&recording.time, m, links->parent_count ? &links->parents[0] : NULL);

	m->as->time = recording.time;
	return err ? err : sign(raw, m, links, &recording);
}

const struct stella_error *record_stored(struct recorded_as *as, struct cmd *cmd, struct stella_evidence *const *items,
	size_t item_count, struct stella_sha256 *ids, size_t count, const char *message)
{
	struct making m = { .cmd = cmd, .message = message, .as = as, .ids = ids, .count = count };
	struct stella_store_maker maker = { make, &m, message };
	struct stella_store *store;
	size_t added;
	const struct stella_error *err = session_project(&m.repo, cmd);

	*as = (struct recorded_as){ 0 };
	if (count) /* else there may be no array */
		qsort(ids, count, sizeof *ids, stella_sha256_compare);
	if (!err)
		err = session_trust(&m.trust, cmd);
	if (!err)
		err = session_own_store(&store, cmd);
	if (!err)
		err = stella_commit_signer_load(&m.signer, m.repo);
	if (!err)
		err = check_recorder(m.trust, m.signer->key);
	if (!err)
		err = stella_store_add_made(store, items, item_count, &maker, &added);
	if (!err) {
		as->added = added;
		as->commit = *stella_store_tip(store);
		as->state = m.trust->state;
	}
	stella_commit_signer_free(m.signer);
	return err;
}

/* ---------------------------------------------------------------- keys that are lost */

const struct stella_error *lost_put(struct change *change, struct cmd *cmd, const struct lost_member *lost,
	const char *reason)
{
	const struct stella_error *err = NULL;

	for (size_t i = 0; i < stella_json_count(lost->keys) && !err; i++) {
		struct stella_lost_recorder record = { .since = lost->since, .member = (char *)(uintptr_t)lost->name,
			.reason = (char *)(uintptr_t)reason };
		struct stella_buf text = { 0 };
		const char *line = stella_json_text(stella_json_at(lost->keys, i));
		char id[STELLA_SHA256_HEX];

		if (!line) /* no SSH key: what it signs is no recording */
			continue;
		err = stella_pubkey_parse_ssh_line(&record.key, stella_span_str(line));
		if (!err) {
			stella_sha256_hex(id, stella_pubkey_id(record.key));
			stella_lost_recorder_print(&text, &record);
			change_put(change, record_path(cmd, "recorders/", id, ".json"), &text);
		}
		stella_buf_free(&text);
		stella_pubkey_free(record.key);
	}
	return err;
}
