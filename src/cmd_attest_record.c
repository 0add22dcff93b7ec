/* SPDX-License-Identifier: Apache-2.0 */
/* attest record: a recorder's word that attestations exist now, while this trust state is in force. */
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "recording.h"
#include "store.h"

struct listing {
	struct stella_sha256 *ids; size_t count, cap;
	const struct stella_recorded *recorded; /* whose are left out; NULL: none */
	const struct stella_error *err;
};

static bool add_id(void *context, const struct stella_sha256 *id)
{
	const struct stella_recorded_time *known = NULL;
	struct listing *l = context;

	if (l->recorded)
		l->err = stella_recorded_find(&known, l->recorded, id);
	if (l->err || known)
		return !l->err;
	STELLA_GROW(l->ids, l->count, l->cap);
	l->ids[l->count++] = *id;
	return true;
}

/* All that have no time yet. */
static const struct stella_error *list_all(struct listing *l, struct cmd *cmd, struct stella_store *store)
{
	struct stella_recorded *recorded = NULL;
	struct stella_trust *trust;
	const struct stella_error *err = session_trust(&trust, cmd);

	if (!err)
		err = session_recorded(&recorded, cmd, trust, cmd->now);
	l->recorded = recorded;
	if (!err)
		err = stella_store_each(store, add_id, l);
	if (!err)
		err = l->err;
	l->recorded = NULL;
	stella_recorded_free(recorded);
	return err;
}

static const struct stella_error *list_given(struct listing *l, struct cmd *cmd, struct stella_store *store)
{
	const struct stella_error *err = NULL;

	for (unsigned i = 0; i < cmd->arg_count && !err; i++) {
		struct stella_sha256 id;
		bool known = false;

		err = stella_store_find(&id, store, cmd->args[i]);
		for (size_t k = 0; k < l->count && !err; k++)
			known |= stella_sha256_equal(&l->ids[k], &id);
		if (!err && !known)
			add_id(l, &id);
	}
	return err;
}

static void tell(struct cmd *cmd, const struct recorded_as *as, size_t count, struct stella_json *array)
{
	struct stella_json *one;

	if (!array) {
		say(cmd, "recorded  %zu attestation%s at %s, state %s, commit %s\n", count, count == 1 ? "" : "s",
			show_time(cmd, as->time), show_state(cmd, as->state), show_oid(cmd, &as->commit));
		return;
	}
	one = stella_json_add(array, stella_json_new_object());
	stella_json_set_int(one, "attestations", (int64_t)count);
	stella_json_set(one, "time", json_time(as->time));
	stella_json_set(one, "state", json_id(&as->state->id));
	stella_json_set_int(one, "number", (int64_t)as->state->number);
	stella_json_set(one, "commit", json_oid(&as->commit));
}

const struct stella_error *cmd_attest_record(struct cmd *cmd)
{
	struct listing l = { 0 };
	struct stella_store *store;
	struct stella_json *array = NULL, *object;
	const struct stella_error *err = session_own_store(&store, cmd);

	if (!err)
		err = cmd->arg_count ? list_given(&l, cmd, store) : list_all(&l, cmd, store);
	if (!err && !stella_store_exists(store))
		err = stella_error(STELLA_NOT_FOUND, "nothing is stored: %s does not exist here", stella_store_ref(store));
	if (cmd->json)
		array = stella_json_new_array();
	for (size_t at = 0; !err && (at < l.count || !l.count); at += STELLA_RECORDING_MAX) {
		size_t count = l.count - at < STELLA_RECORDING_MAX ? l.count - at : STELLA_RECORDING_MAX;
		struct recorded_as as;

		err = record_stored(&as, cmd, NULL, 0, l.ids + at, count, "attest record");
		if (!err)
			tell(cmd, &as, count, array);
		if (!l.count) /* a time alone: nothing can be put before it any more */
			break;
	}
	if (!err && array) {
		object = stella_json_new_object();
		stella_json_set(object, "recorded", array);
		array = NULL;
		say_json(cmd, "attestations-recorded", object);
	}
	if (array)
		stella_json_free(array);
	free(l.ids);
	return err;
}
