/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One attestation, three answers: was it trusted when it was signed, at the point that --at asks about,
 * and is it now?  When it was signed is known by evidence alone; without it the answer is unknown, never yes.
 */
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "verify.h"

struct answer {
	const char *word;           /* "yes" "no" "unknown" */
	int64_t time;
	const char *source;         /* of the time */
	bool has_state;
	struct stella_sha256 state;
	uint64_t number;
	struct stella_error why;    /* of a no or an unknown */
};
struct trusted_when {
	struct answer signed_, point, now;
};

static void set_state(struct answer *answer, const struct stella_trust *trust)
{
	if (!trust->state)
		return;
	answer->has_state = true;
	answer->state = trust->state->id;
	answer->number = trust->state->number;
}

static void set_unknown(struct answer *answer, const struct stella_error *err)
{
	answer->word = "unknown";
	answer->why = *err;
}

/* A no is a verdict; that nothing could be judged is none. */
static void set_answer(struct answer *answer, const struct stella_error *err)
{
	enum stella_exit status = err ? stella_code_exit(err->code) : STELLA_EXIT_OK;

	if (err && status != STELLA_EXIT_REFUSED && status != STELLA_EXIT_MALFORMED) {
		set_unknown(answer, err);
		return;
	}
	answer->word = err ? "no" : "yes";
	if (err)
		answer->why = *err;
}

static void judge(struct answer *answer, struct cmd *cmd, struct stella_trust *trust, const struct stella_evidence *evidence,
	const struct stella_verify_options *options, int64_t time)
{
	struct stella_verify_options then = *options;
	struct stella_report *report = NULL;
	struct stella_recorded *recorded = NULL;
	const struct stella_error *err = trust->verdict ? NULL : session_recorded(&recorded, cmd, trust, time);

	then.now = time;
	then.recorded = recorded;
	answer->time = time;
	set_state(answer, trust);
	if (!err)
		err = stella_verify(&report, evidence, trust, &then);
	set_answer(answer, err);
	stella_report_free(report);
	stella_recorded_free(recorded);
}

/* The state of the time that its evidence proves. */
static const struct stella_error *judge_signed(struct answer *answer, struct cmd *cmd, const struct stella_report *report,
	const struct stella_verify_options *options)
{
	struct stella_trust *present, *trust = NULL;
	struct stella_asof point;
	const struct stella_error *err;

	answer->time = report->time;
	answer->source = report->time_source;
	if (!strcmp(report->time_source, "now")) {
		answer->time = STELLA_TIME_NONE;
		set_unknown(answer, stella_error(STELLA_NOT_FOUND, "no evidence of the time"));
		return NULL;
	}
	err = session_present(&present, cmd);
	if (!err)
		err = stella_asof_find_time(&point, present, report->time);
	if (!err)
		err = session_trust_then(&trust, cmd, &point, false);
	if (!err)
		judge(answer, cmd, trust, report->evidence, options, report->time);
	else if (stella_code_exit(err->code) == STELLA_EXIT_TRUST || stella_error_is(err, STELLA_NOT_FOUND)) {
		set_unknown(answer, err); /* no state of that time, or none that stood */
		err = NULL;
	}
	stella_trust_free(trust);
	return err;
}

static const struct stella_error *judge_now(struct trusted_when *s, struct cmd *cmd, const struct stella_report *report,
	const struct stella_verify_options *options)
{
	struct stella_trust *present;
	const struct stella_error *err;

	if (!cmd->as_of) {
		s->now = s->point;
		return NULL;
	}
	err = session_present(&present, cmd);
	if (!err)
		judge(&s->now, cmd, present, report->evidence, options, cmd->as_of->real_now);
	return err;
}

const struct stella_error *standing_load(struct trusted_when **out, struct cmd *cmd, const struct stella_report *report,
	const struct stella_verify_options *options, const struct stella_error *verdict)
{
	struct trusted_when *s = stella_alloc(sizeof *s);
	struct stella_trust *trust;
	struct stella_error slot = { 0 };
	const struct stella_error *err;

	*out = NULL;
	if (verdict)
		slot = *verdict;
	s->point.time = cmd->now;
	set_answer(&s->point, verdict ? &slot : NULL);
	err = session_trust(&trust, cmd);
	if (!err) {
		set_state(&s->point, trust);
		err = judge_signed(&s->signed_, cmd, report, options);
	}
	if (!err)
		err = judge_now(s, cmd, report, options);
	if (err) {
		free(s);
		return err;
	}
	*out = s;
	return NULL;
}

void standing_free(struct trusted_when *s)
{
	free(s);
}

static void say_one(struct cmd *cmd, const char *when, const struct answer *answer)
{
	say(cmd, "  %-11s %s", when, answer->word);
	if (answer->time != STELLA_TIME_NONE)
		say(cmd, ", %s", show_time(cmd, answer->time));
	if (answer->source && strcmp(answer->source, "now") != 0)
		say(cmd, " (%s)", show(cmd, answer->source));
	if (answer->has_state)
		say(cmd, ", state #%llu %s", (unsigned long long)answer->number, show_short(cmd, &answer->state));
	if (*answer->why.message)
		say(cmd, ": %s: %s", stella_code_word(answer->why.code), show(cmd, answer->why.message));
	say(cmd, "\n");
}

void say_standing(struct cmd *cmd, const struct trusted_when *s)
{
	say(cmd, "trusted\n");
	say_one(cmd, "when signed", &s->signed_);
	if (cmd->as_of)
		say_one(cmd, "then", &s->point);
	say_one(cmd, "now", &s->now);
}

static void json_one(struct stella_json *object, const char *name, const struct answer *answer)
{
	struct stella_json *one = stella_json_set(object, name, stella_json_new_object());

	stella_json_set_text(one, "trusted", answer->word);
	stella_json_set(one, "time", json_time(answer->time));
	if (answer->source && strcmp(answer->source, "now") != 0)
		stella_json_set_text(one, "timeSource", answer->source);
	if (answer->has_state) {
		stella_json_set(one, "state", json_id(&answer->state));
		stella_json_set_int(one, "number", (int64_t)answer->number);
	}
	if (*answer->why.message)
		stella_json_set(one, "error", json_error(&answer->why, NULL));
}

struct stella_json *json_standing(const struct trusted_when *s)
{
	struct stella_json *object = stella_json_new_object();

	json_one(object, "whenSigned", &s->signed_);
	json_one(object, "atPoint", &s->point);
	json_one(object, "now", &s->now);
	return object;
}
