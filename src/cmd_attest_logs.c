/* SPDX-License-Identifier: Apache-2.0 */
/* attest logs: the event log of the root that is pinned here, filtered. */
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "eventlog.h"
#include "fields.h"
#include "session.h"
#include "sys.h"

#define WAIT_MS 250
#define DAMAGE_TOLD 5 /* lines that are named; the rest is counted */

const struct opt attest_logs_opts[] = {
	{ "filter", 0, "TEXT", "only events that hold this text; may be repeated, then each of them", NULL, true },
	{ "grep", 0, "TEXT", NULL, "filter", true },
	{ "level", 0, "LEVEL", "info, warning or error: only events of this level and above", NULL, false },
	{ "last", 0, "TIME", "only those of the last 30m, 2h, 7d", NULL, false },
	{ "since", 0, "TIME", "only those from this date, time, or as long ago (30m)", NULL, false },
	{ "until", 0, "TIME", "only those before this date, time, or as long ago", NULL, false },
	{ "follow", 'f', NULL, "wait for more and print it as it comes; JSON is one event a line then", NULL, false },
	{ "trust-root", 0, "COMMIT", "the log of this root (else git config stella.trustRoot)", NULL, false },
	{ 0 }
};

struct logs {
	struct cmd *cmd;
	const char *const *filters; size_t filter_count;
	enum stella_level level;
	int64_t since, until;       /* TIME_NONE: no bound */
	bool follow;
	size_t looked_at, shown, damaged;
	struct stella_json *events, *damage; /* of -o json */
};

/* ---------------------------------------------------------------- the question */

static const struct stella_error *parse_logs(struct logs *logs, struct cmd *cmd)
{
	const char *level = opts_get(cmd, "level"), *last = opts_get(cmd, "last");
	const char *since = opts_get(cmd, "since"), *until = opts_get(cmd, "until");
	const struct stella_error *err = NULL;

	logs->filters = opts_all(cmd, "filter", &logs->filter_count);
	logs->since = logs->until = STELLA_TIME_NONE;
	logs->follow = opts_flag(cmd, "follow");
	if (level && !stella_level_parse(&logs->level, level))
		return stella_error(STELLA_USAGE, "--level %s: expected info, warning or error", level);
	if (last && since)
		return stella_error(STELLA_USAGE, "--last and --since: give one of them");
	if (until && logs->follow)
		return stella_error(STELLA_USAGE, "--follow waits for what is to come: it has no --until");
	if (last) {
		err = parse_span(&logs->since, "last", last);
		logs->since = cmd->now - logs->since;
	}
	if (!err && since)
		err = parse_past(&logs->since, "since", since, cmd->now);
	if (!err && until)
		err = parse_past(&logs->until, "until", until, cmd->now);
	return err;
}

static bool wanted(const struct logs *logs, const struct stella_event *event)
{
	if (event->level < logs->level || (logs->since != STELLA_TIME_NONE && event->time < logs->since) ||
	    (logs->until != STELLA_TIME_NONE && event->time >= logs->until))
		return false;
	for (size_t i = 0; i < logs->filter_count; i++)
		if (!stella_event_holds(event, logs->filters[i]))
			return false;
	return true;
}

/* ---------------------------------------------------------------- the answer */

static void say_event(struct cmd *cmd, const struct stella_event *event)
{
	say(cmd, "%s %-7s %-12s %-20s", show_time(cmd, event->time), stella_level_name(event->level), event->event, event->code);
	if (event->exit >= 0)
		say(cmd, " exit %lld", (long long)event->exit);
	if (event->duration >= 0)
		say(cmd, " %lld.%03lld ms", (long long)event->duration / 1000, (long long)event->duration % 1000);
	if (event->number >= 0)
		say(cmd, " state #%lld", (long long)event->number);
	say(cmd, " %s", event->command);
	if (event->attestation)
		say(cmd, " %s", show(cmd, event->attestation));
	if (event->subject)
		say(cmd, " %s", show(cmd, event->subject));
	if (event->issuer)
		say(cmd, " issuer %s", show(cmd, event->issuer));
	if (event->commit)
		say(cmd, " commit %s", show(cmd, event->commit));
	if (event->message)
		say(cmd, ": %s", show(cmd, event->message));
	say(cmd, "\n");
}

static void take_event(void *context, const struct stella_event *event)
{
	struct logs *logs = context;

	logs->looked_at++;
	if (!wanted(logs, event))
		return;
	logs->shown++;
	if (logs->events) {
		stella_json_add(logs->events, stella_json_copy(event->document));
	} else if (logs->cmd->json) {
		stella_json_print(&logs->cmd->out, event->document, STELLA_JSON_LOG);
		stella_buf_put_str(&logs->cmd->out, "\n");
	} else {
		say_event(logs->cmd, event);
	}
}

static void take_damage(void *context, const struct stella_eventlog_place *place, size_t size,
	const struct stella_error *why)
{
	struct logs *logs = context;
	const char *text = why ? why->message : "a record without an end: being written, or left by a run that died; "
		"the next run mends it";

	if (!why && logs->follow)
		return; /* it may get its end yet */
	if (logs->damage) {
		struct stella_json *one = stella_json_add(logs->damage, stella_json_new_object());

		stella_json_set_int(one, "piece", (int64_t)place->piece);
		stella_json_set_int(one, "offset", (int64_t)place->offset);
		stella_json_set_int(one, "size", (int64_t)size);
		stella_json_set(one, "why", json_text(text));
	}
	if (logs->damaged++ < DAMAGE_TOLD)
		warn("event log: piece %llu, byte %zu: %s", (unsigned long long)place->piece, place->offset, text);
}

static void say_end(struct logs *logs, const char *dir)
{
	struct cmd *cmd = logs->cmd;
	struct stella_json *object;

	if (logs->damaged > DAMAGE_TOLD)
		warn("event log: %zu more lines cannot be read", logs->damaged - DAMAGE_TOLD);
	if (!cmd->json) {
		if (!logs->shown)
			say(cmd, "no such event%s%s (%zu looked at in %s)\n", logs->since != STELLA_TIME_NONE ? " since " : "",
				logs->since != STELLA_TIME_NONE ? show_time(cmd, logs->since) : "", logs->looked_at, show(cmd, dir));
		return;
	}
	object = stella_json_new_object();
	stella_json_set(object, "log", json_text(dir));
	stella_json_set(object, "since", json_time(logs->since));
	stella_json_set(object, "until", json_time(logs->until));
	stella_json_set_int(object, "lookedAt", (int64_t)logs->looked_at);
	stella_json_set(object, "events", logs->events);
	stella_json_set(object, "damaged", logs->damage);
	say_json(cmd, "logs", object);
}

/* Until the reader of standard output is gone, or a signal ends us. */
static const struct stella_error *follow(struct logs *logs, const char *dir, struct stella_eventlog_place *place,
	const struct stella_eventlog_reader *reader)
{
	const struct stella_error *err = NULL;

	while (!err) {
		struct pollfd output = { STDOUT_FILENO, 0, 0 };

		err = say_now(logs->cmd);
		if (!err && poll(&output, 1, WAIT_MS) > 0)
			return NULL;
		if (!err)
			err = stella_eventlog_read(dir, place, reader);
	}
	return err;
}

const struct stella_error *cmd_attest_logs(struct cmd *cmd)
{
	struct logs logs = { .cmd = cmd };
	const struct stella_eventlog_reader reader = { take_event, take_damage, &logs };
	struct stella_eventlog_place place = { 0, 0 };
	char *state_dir = NULL, *dir = NULL;
	struct stella_repo *repo;
	struct stella_oid root;
	bool pinned;
	const struct stella_error *err = parse_logs(&logs, cmd);

	if (!err)
		err = session_repo(&repo, cmd);
	if (stella_error_is(err, STELLA_NOT_FOUND) && !opts_get(cmd, "directory"))
		err = NULL; /* outside of any repository: what was run there, or by --trust-root */
	if (!err)
		err = stella_sys_state_dir(&state_dir);
	if (err)
		goto done;
	pinned = log_root(&root, cmd);
	if (!pinned && opts_get(cmd, "trust-root")) {
		err = stella_error(STELLA_USAGE, "--trust-root %s: not a full commit id", opts_get(cmd, "trust-root"));
		goto done;
	}
	if (!pinned)
		warn("no root is pinned here: this is the log of what was run without one");
	dir = stella_eventlog_dir(state_dir, pinned ? &root : NULL);
	if (cmd->json && !logs.follow) {
		logs.events = stella_json_new_array();
		logs.damage = stella_json_new_array();
	}
	err = stella_eventlog_read(dir, &place, &reader);
	if (!err && logs.follow)
		err = follow(&logs, dir, &place, &reader);
	else if (!err)
		say_end(&logs, dir);
done:
	free(dir);
	free(state_dir);
	return err;
}
