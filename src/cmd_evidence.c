/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify evidence: a pack judged again, from its own objects alone: the fold, the recordings, the signatures,
 * the verdict at the time that it claims, which must be the one that it holds, and the verdict now.  What the
 * command line asks for (an artifact, a gate) is asked of the same evidence.
 */
#include <stdlib.h>
#include <string.h>

#include "below.h"
#include "packed.h"
#include "repo_walk.h"

#define SKEW 300

const struct opt verify_evidence_opts[] = {
	{ "trust-root", 0, "COMMIT", "the pinned root commit (default: that of the repository here)", NULL, false },
	{ "at-least", 0, "STATE", "refuse a pack that does not contain this state; may be repeated", NULL, true },
	{ "recorded-tip", 0, "COMMIT", "refuse recordings without this commit of the attestations branch", NULL, false },
	{ "subject", 0, "DIGEST|FILE", "is it about this artifact; several digests of one artifact", NULL, true },
	{ "digest", 0, "DIGEST", NULL, "subject", true },
	{ "gate", 'g', "NAME", "does it meet this gate, whatever gate the pack is about", NULL, false },
	{ "then", 0, NULL, "answer for the time that the pack claims, not for now", NULL, false },
	{ 0 }
};

struct checking {
	const char *dir;
	struct stella_pack *pack;
	struct stella_json *held;    /* verdict.json */
	struct stella_pack_copy copy;
	struct pack_source from;
	char root[STELLA_OID_HEX];
	struct artifact artifact;    /* of the command line */
	struct stella_error then;    /* the verdict at the time that the pack claims; no message: yes */
	struct judgement answer;
	int64_t time;                /* of the answer */
};

/* ---------------------------------------------------------------- reading */

static const struct stella_error *read_pack(struct checking *c)
{
	struct stella_buf text = { 0 };
	const struct stella_error *err = stella_below_read(&text, c->dir, "pack.json", PACK_FILE_MAX);

	if (!err) {
		err = stella_pack_parse(&c->pack, stella_buf_span(&text));
		if (err)
			err = stella_error_prefix(err, "%s/pack.json", c->dir);
	}
	stella_buf_free(&text);
	if (!err)
		err = stella_below_read(&text, c->dir, "verdict.json", PACK_VERDICT_MAX);
	if (!err) {
		err = stella_json_parse(&c->held, stella_buf_span(&text));
		if (err)
			err = stella_error_prefix(err, "%s/verdict.json", c->dir);
	}
	stella_buf_free(&text);
	return err;
}

/* ---------------------------------------------------------------- whose root */

static const struct stella_error *no_pin(const struct checking *c)
{
	char claimed[STELLA_OID_HEX];

	stella_oid_hex(claimed, &c->pack->root);
	return stella_error(STELLA_NO_PIN, "no root is pinned, and a pack is not believed for its own: it claims %s; name the one "
		"that you trust with --trust-root", claimed);
}

/* Whoever stands in a pack may stand in a repository of its maker's. */
static bool lies_in(const char *path, const char *dir)
{
	char *inner = path ? realpath(path, NULL) : NULL, *outer = realpath(dir, NULL);
	size_t size = outer ? strlen(outer) : 0;
	bool lies = inner && outer && !strncmp(inner, outer, size) && (!inner[size] || inner[size] == '/' || outer[size - 1] == '/');

	free(inner);
	free(outer);
	return lies;
}

/* What is pinned where we stand, or for the trust repository that is named; the pack's own settings are never asked. */
static const struct stella_error *pin_here(char **out, struct checking *c, struct cmd *cmd)
{
	struct stella_repo *here, *named;
	struct stella_buf text = { 0 };
	struct stella_oid root;
	const char *source;
	const struct stella_error *err;

	*out = NULL;
	if (!session_project(&here, cmd) &&
	    (lies_in(stella_repo_gitdir(here), c->dir) || lies_in(stella_repo_workdir(here), c->dir)))
		return NULL;
	err = session_root(&root, &source, cmd);
	if (stella_error_is(err, STELLA_NOT_FOUND) || stella_error_is(err, STELLA_NO_PIN))
		return NULL;
	if (!err)
		err = session_repo(&here, cmd);
	if (!err)
		err = session_named(&named, cmd);
	if (err)
		return err;
	*out = stella_alloc(STELLA_OID_HEX);
	stella_oid_hex(*out, &root);
	stella_buf_printf(&text, "%s%s%s", source, named ? "" : " of ", named ? "" : stella_repo_gitdir(here));
	c->from.root_source = keep(cmd, stella_buf_take_str(&text));
	return NULL;
}

static const struct stella_error *find_root(struct checking *c, struct cmd *cmd)
{
	const char *given = opts_get(cmd, "trust-root");
	struct stella_oid root;
	char claimed[STELLA_OID_HEX], *pinned = NULL;
	const struct stella_error *err = NULL;

	c->from.root_source = "--trust-root";
	if (!given)
		err = pin_here(&pinned, c, cmd);
	if (!err && !given && !pinned)
		err = no_pin(c);
	if (!err && !stella_oid_parse(&root, stella_span_str(given ? given : pinned)))
		err = stella_error(STELLA_USAGE, "%s %s: expected a full commit id", c->from.root_source, given ? given : pinned);
	if (!err) {
		stella_oid_hex(c->root, &root);
		stella_oid_hex(claimed, &c->pack->root);
		if (!stella_oid_equal(&root, &c->pack->root))
			err = stella_error(STELLA_NO_ROOT, "the pack rests on root %s, pinned is %s (%s)", claimed, c->root, c->from.root_source);
	}
	free(pinned);
	return err;
}

/* ---------------------------------------------------------------- judging */

static const struct stella_error *judge(struct checking *c, struct cmd *cmd, const struct stella_pack *question, int64_t time)
{
	char tip[STELLA_OID_HEX];
	struct stella_trust_options options = { .root = c->root, .ref = tip, .now = time, .no_memory = true };
	const struct stella_error *err;

	stella_oid_hex(tip, &c->pack->tip);
	options.at_least = opts_all(cmd, "at-least", &options.at_least_count);
	judgement_free(&c->answer);
	c->time = time;
	err = pack_judge(&c->answer, cmd, question, &c->from, &options);
	return stella_error_is(err, STELLA_MALFORMED) ? stella_error_prefix(err, "%s", c->dir) : err;
}

/* The verdict that the pack holds is the one that follows from it. */
static const struct stella_error *compare(struct checking *c, struct cmd *cmd)
{
	struct stella_buf held = { 0 }, found = { 0 };
	const struct stella_error *err = NULL;

	stella_json_print(&held, c->held, STELLA_JSON_RECORD);
	pack_verdict(&found, cmd, c->pack, &c->answer);
	if (!stella_span_equal(stella_buf_span(&held), stella_buf_span(&found)))
		err = stella_error(STELLA_MALFORMED, "%s/verdict.json is not the verdict that follows from the pack", c->dir);
	stella_buf_free(&held);
	stella_buf_free(&found);
	return err;
}

/* Whoever made the pack chose the tip of its recordings; whoever knows a later one says so. */
static const struct stella_error *check_recorded_tip(struct checking *c, struct cmd *cmd)
{
	const char *given = opts_get(cmd, "recorded-tip");
	struct stella_oid wanted;
	bool has;
	const struct stella_error *err;

	if (!given)
		return NULL;
	if (!stella_oid_parse(&wanted, stella_span_str(given)))
		return stella_error(STELLA_USAGE, "--recorded-tip %s: expected a full commit id", given);
	if (!c->pack->has_recordings)
		return NULL;
	err = stella_repo_walk_descends(&has, c->copy.repo, &c->pack->recordings, &wanted, STELLA_COMMITS_MAX);
	if (!err && !has)
		err = stella_error(STELLA_ROLLBACK, "%s: its recordings do not include commit %s", c->dir, given);
	return err;
}

/* The pack's question, with what the command line asks for in its place. */
static const struct stella_error *ask(struct stella_pack *out, bool *differs, struct checking *c, struct cmd *cmd)
{
	size_t count;
	const char *const *given = opts_all(cmd, "subject", &count), *gate = opts_get(cmd, "gate");
	const struct stella_error *err = NULL;

	*out = *c->pack;
	*differs = count || gate;
	if (gate && !c->pack->about_artifact)
		return stella_error(STELLA_USAGE, "--gate %s: this pack is about one attestation, not about an artifact", gate);
	for (size_t i = 0; i < count && !err; i++)
		err = parse_artifact(&c->artifact, given[i]);
	if (count) {
		out->artifact = c->artifact.digests;
		out->artifact_count = c->artifact.count;
	}
	if (gate)
		out->gate = (char *)(uintptr_t)gate;
	return err;
}

static const struct stella_error *check(struct checking *c, struct cmd *cmd)
{
	struct stella_pack question;
	bool then = opts_flag(cmd, "then"), differs = false;
	const struct stella_error *err = read_pack(c);

	if (!err)
		err = find_root(c, cmd);
	if (!err && c->pack->time > cmd->now + SKEW)
		err = stella_error(STELLA_MALFORMED, "%s: its verdict lies in the future", c->dir);
	if (!err)
		err = ask(&question, &differs, c, cmd);
	if (!err)
		err = stella_pack_copy_objects(&c->copy, c->dir);
	c->from.trust = c->from.recordings = c->copy.repo;
	if (!err)
		err = judge(c, cmd, c->pack, c->pack->time);
	if (!err)
		err = compare(c, cmd);
	if (!err)
		err = check_recorded_tip(c, cmd);
	if (!err && c->answer.verdict)
		c->then = *c->answer.verdict;
	if (!err && (!then || differs))
		err = judge(c, cmd, &question, then ? c->pack->time : cmd->now);
	if (!then && stella_error_is(err, STELLA_POLICY_EXPIRED))
		cmd->hint = "--then, for the answer at the time that the pack claims";
	return err;
}

/* ---------------------------------------------------------------- the answer */

static void say_judged(struct cmd *cmd, const char *what, bool yes, const char *why, int64_t time, const char *which)
{
	say(cmd, "%-12s %s at %s%s%s%s\n", what, yes ? "VERIFIED" : "REFUSED", show_time(cmd, time), which, yes ? "" : ": ",
		yes ? "" : show(cmd, why));
}

static void say_recordings(struct cmd *cmd, const struct checking *c)
{
	const struct stella_recorded *recorded = c->answer.recorded;

	if (recorded)
		say(cmd, "recordings   as the pack has them, up to commit %s of the attestations branch: %zu count, %zu do not\n",
			show_oid(cmd, &c->pack->recordings), stella_recorded_count(recorded), stella_recorded_void_count(recorded));
}

static void say_answer_of_pack(struct cmd *cmd, const struct checking *c)
{
	const struct judgement *j = &c->answer;
	bool then = opts_flag(cmd, "then");

	say_answer(cmd, j->verdict);
	say(cmd, "pack         %s: complete, root %s by %s\n", show(cmd, c->dir), c->root, show(cmd, c->from.root_source));
	say_recordings(cmd, c);
	say_judged(cmd, "then", !*c->then.message, c->then.message, c->pack->time, ", which the pack claims");
	if (then)
		say(cmd, "now          NOT CHECKED\n");
	else
		say_judged(cmd, "now", !j->verdict, j->verdict ? j->verdict->message : NULL, c->time, "");
	if (c->pack->about_artifact)
		say_artifact(cmd, &j->asking);
	else
		say_verdict(cmd, j->report, j->why);
}

static void json_answer_of_pack(struct cmd *cmd, const struct checking *c)
{
	const struct judgement *j = &c->answer;
	struct stella_json *object = json_judgement(cmd, c->pack, j), *part;

	stella_json_set(object, "claimedTime", json_time(c->pack->time));
	stella_json_set_bool(object, "verifiedThen", !*c->then.message);
	if (!opts_flag(cmd, "then"))
		stella_json_set_bool(object, "verifiedNow", !j->verdict);
	if (j->recorded) {
		part = stella_json_set(object, "recordings", stella_json_new_object());
		stella_json_set(part, "tip", json_oid(&c->pack->recordings));
		stella_json_set_int(part, "count", (int64_t)stella_recorded_count(j->recorded));
		stella_json_set_int(part, "void", (int64_t)stella_recorded_void_count(j->recorded));
	}
	say_json(cmd, "verify-evidence", object);
}

static const struct stella_error *tell(struct cmd *cmd, const struct checking *c)
{
	const struct judgement *j = &c->answer;

	name_time(cmd, j->report);
	for (size_t i = 0; i < j->asking.found.count; i++)
		name_time(cmd, j->asking.found.items[i].report);
	if (cmd->json)
		json_answer_of_pack(cmd, c);
	else
		say_answer_of_pack(cmd, c);
	if (j->verdict) {
		cmd->told = !cmd->quiet;
		return stella_error(j->verdict->code, "%s", j->verdict->message);
	}
	if (j->report)
		warn_unchecked(j->report);
	for (size_t i = 0; i < j->asking.found.count; i++)
		if (j->asking.found.items[i].counts)
			warn_unchecked(j->asking.found.items[i].report);
	return NULL;
}

const struct stella_error *cmd_verify_evidence(struct cmd *cmd)
{
	struct checking c = { .dir = cmd->args[0], .from.dir = cmd->args[0] };
	const struct stella_error *err = check(&c, cmd);

	if (!err)
		err = tell(cmd, &c);
	judgement_free(&c.answer);
	free_artifact(&c.artifact);
	stella_json_free(c.held);
	stella_pack_free(c.pack);
	stella_pack_copy_free(&c.copy);
	return err;
}
