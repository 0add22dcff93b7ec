/* SPDX-License-Identifier: Apache-2.0 */
/* Records for people: which there are, how long they hold, and who approved what they say. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "gitsig.h"
#include "keyring.h"

#define DAY 86400

/* ---------------------------------------------------------------- which there are */

struct listing {
	struct names *names;
	size_t skip;
};

static bool add_name(void *context, const char *path)
{
	struct listing *listing = context;
	struct names *names = listing->names;
	size_t size = strlen(path);

	if (size > listing->skip + 5 && !strcmp(path + size - 5, ".json") && !strchr(path + listing->skip, '/')) {
		STELLA_GROW(names->items, names->count, names->cap);
		names->items[names->count++] = stella_span_strdup(stella_span(path + listing->skip, size - listing->skip - 5));
	}
	return true;
}

const struct stella_error *record_names(struct names *out, struct stella_trust *trust, const char *folder)
{
	struct listing listing = { out, strlen(folder) };

	return stella_trust_each(trust, folder, add_name, &listing);
}

void names_free(struct names *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->items[i]);
	free(names->items);
	*names = (struct names){ 0 };
}

const char *record_path(struct cmd *cmd, const char *folder, const char *name, const char *ending)
{
	struct stella_buf path = { 0 };

	stella_buf_printf(&path, "%s%s%s", folder, name, ending);
	return keep(cmd, stella_buf_take_str(&path));
}

/* ---------------------------------------------------------------- key ids */

const struct stella_error *find_key_id(char out[STELLA_SHA256_HEX], struct stella_trust *trust, const char *name)
{
	size_t size = strlen(name), found = 0;
	struct names names = { 0 };
	const struct stella_error *err;

	if (stella_keyring_hint(out, name))
		return NULL;
	if (size < 7 || size > 64 || strspn(name, "0123456789abcdef") != size)
		return stella_error(STELLA_USAGE, "\"%s\": a key id is 64 lower-case hex digits, or 7 and more of its first ones", name);
	err = record_names(&names, trust, "keys/");
	for (size_t i = 0; i < names.count && !err; i++) {
		if (strncmp(names.items[i], name, size) != 0 || strlen(names.items[i]) >= STELLA_SHA256_HEX)
			continue;
		memcpy(out, names.items[i], strlen(names.items[i]) + 1);
		found++;
	}
	names_free(&names);
	if (!err && found != 1)
		err = found ? stella_error(STELLA_USAGE, "the key id %s is ambiguous: %zu keys begin with it", name, found) :
			stella_error(STELLA_NOT_FOUND, "no key whose id begins with %s is in the state in force", name);
	return err;
}

/* ---------------------------------------------------------------- how long they hold */

static bool is_over(struct cmd *cmd, int64_t until)
{
	return until != STELLA_TIME_NONE && until < cmd->now;
}

const char *show_window(struct cmd *cmd, int64_t from, int64_t until)
{
	struct stella_buf text = { 0 };

	if (from != STELLA_TIME_NONE)
		stella_buf_printf(&text, "from %s ", show_time(cmd, from));
	if (until == STELLA_TIME_NONE)
		stella_buf_put_str(&text, "without end");
	else
		stella_buf_printf(&text, "until %s", show_time(cmd, until));
	if (from != STELLA_TIME_NONE && from > cmd->now)
		stella_buf_printf(&text, " (NOT YET VALID, in %lld days)", (long long)((from - cmd->now) / DAY));
	else if (is_over(cmd, until))
		stella_buf_printf(&text, " (EXPIRED %lld days ago)", (long long)((cmd->now - until) / DAY));
	else if (until != STELLA_TIME_NONE)
		stella_buf_printf(&text, " (%lld days left)", (long long)((until - cmd->now) / DAY));
	return keep(cmd, stella_buf_take_str(&text));
}

void json_window(struct cmd *cmd, struct stella_json *object, int64_t from, int64_t until)
{
	stella_json_set(object, "validFrom", json_time(from));
	stella_json_set(object, "expires", json_time(until));
	stella_json_set_bool(object, "expired", is_over(cmd, until));
	if (until != STELLA_TIME_NONE)
		stella_json_set_int(object, "daysLeft", is_over(cmd, until) ? 0 : (until - cmd->now) / DAY);
}

/* ---------------------------------------------------------------- as of then */

void note_as_of(struct cmd *cmd)
{
	const struct as_of *as_of = cmd->as_of;

	note("as of %s: trust state %s, commit %s; time %s%s", as_of->asked,
		as_of->state ? show_state(cmd, as_of->state) : "(a fork)", show_oid(cmd, &as_of->point.commit),
		show_time(cmd, as_of->point.time),
		as_of->point.kind == STELLA_ASOF_DATE ? ", states by the dates that commits claim" : " (claimed)");
}

struct stella_json *json_as_of(const struct as_of *as_of)
{
	struct stella_json *object = stella_json_new_object();

	stella_json_set(object, "asked", json_text(as_of->asked));
	stella_json_set_text(object, "kind", stella_asof_kind_name(as_of->point.kind));
	stella_json_set(object, "time", json_time(as_of->point.time));
	stella_json_set_bool(object, "timeClaimed", as_of->point.kind != STELLA_ASOF_DATE);
	stella_json_set(object, "commit", json_oid(&as_of->point.commit));
	if (as_of->state)
		stella_json_set(object, "state", json_state(as_of->state));
	return object;
}

/* ---------------------------------------------------------------- who approved them */

const struct stella_error *read_commit(struct stella_commit_text *text, struct stella_buf *raw,
	struct stella_repo *repo, const struct stella_oid *commit)
{
	const struct stella_error *err = stella_repo_read(raw, repo, commit, STELLA_OBJECT_COMMIT, STELLA_COMMIT_MAX);

	if (!err)
		stella_commit_text_parse(text, stella_buf_span(raw));
	return err;
}

const struct stella_error *tip_tree(struct stella_oid *out, bool *differs, struct stella_trust *trust)
{
	struct stella_commit_links links;
	struct stella_buf raw = { 0 };
	const struct stella_error *err;

	*differs = false;
	err = stella_repo_read(&raw, trust->repo, &trust->tip, STELLA_OBJECT_COMMIT, STELLA_COMMIT_MAX);
	if (!err)
		err = stella_commit_links_parse(&links, stella_buf_span(&raw));
	stella_buf_free(&raw);
	if (err)
		return err;
	*out = links.tree;
	*differs = !stella_oid_equal(out, &trust->state->tree);
	return NULL;
}

const struct stella_error *say_approvals(struct cmd *cmd, struct stella_repo *repo, const struct stella_state *state,
	unsigned indent)
{
	const struct stella_error *err = NULL;

	if (!state->number)
		say(cmd, "%*sthe pinned root: believed because it is pinned\n", (int)indent, "");
	for (size_t i = 0; i < state->approval_count && !err; i++) {
		const struct stella_approval *a = approval_at(state, i);
		struct stella_commit_text text;
		struct stella_buf raw = { 0 }, reason = { 0 };

		err = read_commit(&text, &raw, repo, &a->commit);
		if (!err) {
			say(cmd, "%*s%s  commit %s  %s (claimed)\n", (int)indent, "", show(cmd, a->member),
				show_oid(cmd, &a->commit), show_time(cmd, text.time));
			if (cmd->verbose)
				say(cmd, "%*sby %s with key %s\n", (int)indent + 2, "", show_span(cmd, text.author),
					show(cmd, a->fingerprint));
			stella_buf_put_span(&reason, text.reason);
			stella_buf_put_u8(&reason, 0);
			say_lines(cmd, indent + 2, (const char *)reason.data);
		}
		stella_buf_free(&reason);
		stella_buf_free(&raw);
	}
	return err;
}

const struct stella_error *json_approvals(struct stella_json *object, struct stella_repo *repo,
	const struct stella_state *state)
{
	struct stella_json *array = stella_json_set(object, "approvals", stella_json_new_array());
	const struct stella_error *err = NULL;

	for (size_t i = 0; i < state->approval_count && !err; i++) {
		const struct stella_approval *a = approval_at(state, i);
		struct stella_commit_text text;
		struct stella_buf raw = { 0 };
		struct stella_json *one;

		err = read_commit(&text, &raw, repo, &a->commit);
		if (!err) {
			one = stella_json_add(array, stella_json_new_object());
			stella_json_set_text(one, "member", a->member);
			stella_json_set_text(one, "key", a->fingerprint);
			stella_json_set(one, "commit", json_oid(&a->commit));
			stella_json_set(one, "author", stella_json_new_text_span(text.author));
			stella_json_set(one, "claimedTime", json_time(text.time));
			stella_json_set(one, "reason", stella_json_new_text_span(text.reason));
		}
		stella_buf_free(&raw);
	}
	return err;
}

const struct stella_error *say_since(struct cmd *cmd, struct stella_trust *trust, const char *path, unsigned indent)
{
	const struct stella_state *state;
	const struct stella_error *err = stella_trust_since(&state, trust, path);

	if (err)
		return err;
	say(cmd, "%*ssince state %s, in force since commit %s%s\n", (int)indent, "", show_state(cmd, state),
		show_oid(cmd, &state->commit), state->number ? ", approved by" : "");
	return say_approvals(cmd, trust->repo, state, indent + 2);
}

const struct stella_error *say_json_since(struct cmd *cmd, const char *name, struct stella_json *object,
	struct stella_trust *trust, const char *path)
{
	const struct stella_state *state;
	struct stella_json *since;
	const struct stella_error *err = stella_trust_since(&state, trust, path);

	if (!err) {
		since = stella_json_set(object, "since", json_state(state));
		stella_json_set_text(since, "path", path);
		err = json_approvals(since, trust->repo, state);
	}
	if (err)
		stella_json_free(object);
	else
		say_json(cmd, name, object);
	return err;
}
