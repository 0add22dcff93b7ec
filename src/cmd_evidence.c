/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify evidence: a pack judged again, from its own objects alone: the fold, the signatures, the verdict
 * at the time that it claims, which must be the one that it holds, and the verdict now.
 */
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "explain.h"
#include "pack.h"
#include "sys.h"

#define PACK_FILE_MAX (1u << 20)
#define VERDICT_MAX (64u << 20)
#define SKEW 300

const struct opt verify_evidence_opts[] = {
	{ "trust-root", 0, "COMMIT", "the pinned root commit (default: that of the repository here)", NULL, false },
	{ "at-least", 0, "STATE", "refuse a pack that does not contain this state; may be repeated", NULL, true },
	{ "then", 0, NULL, "answer for the time that the pack claims, not for now", NULL, false },
	{ 0 }
};

/* The verdict at one time. */
struct judgement {
	struct stella_trust *trust;
	struct stella_report *report;
	struct stella_explanation *why;
	struct stella_error slot;
	const struct stella_error *verdict; /* NULL: yes */
};

struct checking {
	const char *dir;
	struct stella_pack *pack;
	struct stella_evidence *evidence;
	struct stella_json *held;    /* verdict.json */
	struct stella_repo *repo;
	char root[STELLA_OID_HEX];
	const char *root_source;
	struct judgement then, now;
};

/* ---------------------------------------------------------------- reading */

static const struct stella_error *read_file(struct stella_buf *out, const struct checking *c, const char *name, size_t max)
{
	struct stella_buf path = { 0 };
	const struct stella_error *err;

	stella_buf_printf(&path, "%s/%s", c->dir, name);
	err = stella_sys_read(out, (char *)path.data, max);
	stella_buf_free(&path);
	return err;
}

static const struct stella_error *open_repo(struct checking *c)
{
	struct stella_buf path = { 0 };
	struct stella_oid tip;
	const struct stella_error *err;

	stella_buf_printf(&path, "%s/trust.git", c->dir);
	err = stella_repo_open(&c->repo, (char *)path.data);
	if (!err)
		err = stella_repo_resolve(&tip, c->repo, STELLA_PACK_REF);
	if (!err && !stella_oid_equal(&tip, &c->pack->tip))
		err = stella_error(STELLA_MALFORMED, "not the tip that pack.json names");
	if (err)
		err = stella_error_prefix(err, "%s", (char *)path.data);
	stella_buf_free(&path);
	return err;
}

static const struct stella_error *read_pack(struct checking *c)
{
	struct stella_buf text = { 0 };
	const struct stella_error *err = read_file(&text, c, "pack.json", PACK_FILE_MAX);

	if (!err)
		err = stella_pack_parse(&c->pack, stella_buf_span(&text));
	stella_buf_free(&text);
	if (!err)
		err = read_file(&text, c, "verdict.json", VERDICT_MAX);
	if (!err)
		err = stella_json_parse(&c->held, stella_buf_span(&text));
	stella_buf_free(&text);
	if (!err)
		err = read_file(&text, c, "attestation.json", STELLA_BUNDLE_MAX);
	if (!err)
		err = stella_evidence_parse(&c->evidence, &text);
	stella_buf_free(&text);
	if (!err && !stella_sha256_equal(&c->evidence->id, &c->pack->attestation))
		err = stella_error(STELLA_MALFORMED, "attestation.json is not the one that pack.json names");
	return err ? stella_error_prefix(err, "%s", c->dir) : open_repo(c);
}

/* ---------------------------------------------------------------- whose root */

static const struct stella_error *no_pin(const struct checking *c)
{
	char claimed[STELLA_OID_HEX];

	stella_oid_hex(claimed, &c->pack->root);
	return stella_error(STELLA_NO_PIN, "no root is pinned, and a pack is not believed for its own: it claims %s; name the one "
		"that you trust with --trust-root", claimed);
}

/* What is pinned where we stand, or for the trust repository that is named; the pack's own settings are never asked. */
static const struct stella_error *pin_here(char **out, struct checking *c, struct cmd *cmd)
{
	struct stella_repo *here, *named;
	struct stella_buf text = { 0 };
	struct stella_oid root;
	const char *source;
	const struct stella_error *err = session_root(&root, &source, cmd);

	*out = NULL;
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
	c->root_source = keep(cmd, stella_buf_take_str(&text));
	return NULL;
}

static const struct stella_error *find_root(struct checking *c, struct cmd *cmd)
{
	const char *given = opts_get(cmd, "trust-root");
	struct stella_oid root;
	char claimed[STELLA_OID_HEX], *pinned = NULL;
	const struct stella_error *err = NULL;

	c->root_source = "--trust-root";
	if (!given)
		err = pin_here(&pinned, c, cmd);
	if (!err && !given && !pinned)
		err = no_pin(c);
	if (!err && !stella_oid_parse(&root, stella_span_str(given ? given : pinned)))
		err = stella_error(STELLA_USAGE, "%s %s: expected a full commit id", c->root_source, given ? given : pinned);
	if (!err) {
		stella_oid_hex(c->root, &root);
		stella_oid_hex(claimed, &c->pack->root);
		if (!stella_oid_equal(&root, &c->pack->root))
			err = stella_error(STELLA_NO_ROOT, "the pack rests on root %s, pinned is %s (%s)", claimed, c->root, c->root_source);
	}
	free(pinned);
	return err;
}

/* ---------------------------------------------------------------- judging */

static bool is_verdict(const struct stella_error *err)
{
	return stella_code_exit(err->code) == STELLA_EXIT_REFUSED || stella_error_is(err, STELLA_MALFORMED);
}

static const struct stella_error *judge(struct judgement *j, struct checking *c, struct cmd *cmd, int64_t time)
{
	struct stella_trust_options options = { .root = c->root, .ref = STELLA_PACK_REF, .now = time, .no_memory = true };
	struct stella_verify_options asked = { .now = time, .predicate_type = c->pack->predicate_type, .issuer = c->pack->issuer,
		.artifact = c->pack->artifact, .artifact_count = c->pack->artifact_count };
	const struct stella_error *err;

	options.at_least = opts_all(cmd, "at-least", &options.at_least_count);
	err = stella_trust_load(&j->trust, c->repo, &options);
	if (err)
		return err;
	j->trust->root_source = c->root_source;
	if (!stella_sha256_equal(&j->trust->state->id, &c->pack->state))
		return stella_error(STELLA_MALFORMED, "%s: not the state that pack.json names", c->dir);
	err = stella_verify(&j->report, c->evidence, j->trust, &asked);
	if (err && (!is_verdict(err) || !j->report))
		return err;
	if (err) {
		j->slot = *err;
		j->verdict = &j->slot;
	}
	return stella_explain(&j->why, j->report, j->trust);
}

static void judgement_free(struct judgement *j)
{
	stella_explanation_free(j->why);
	stella_report_free(j->report);
	stella_trust_free(j->trust);
}

/* ---------------------------------------------------------------- is it the verdict that the pack holds */

static void copy_member(struct stella_json *to, const char *name, const struct stella_json *from, const char *member)
{
	const struct stella_json *v = from ? stella_json_find(from, member) : NULL;

	if (v)
		stella_json_set(to, name, stella_json_copy(v));
}

/* What follows from the pack alone: not where its root was pinned, not what the branch was called. */
static void print_comparable(struct stella_buf *out, const struct stella_json *verdict)
{
	static const char *const whole[] = { "verified", "attestation", "signatures", "verificationResult" };
	const struct stella_json *trust = stella_json_find(verdict, "trust"), *error = stella_json_find(verdict, "error");
	const struct stella_json *why = trust ? stella_json_find(trust, "why") : NULL;
	struct stella_json *object = stella_json_new_object(), *list = stella_json_set(object, "why", stella_json_new_array());

	for (size_t i = 0; i < sizeof whole / sizeof *whole; i++)
		copy_member(object, whole[i], verdict, whole[i]);
	copy_member(object, "code", error, "code");
	copy_member(object, "message", error, "message");
	copy_member(object, "root", trust, "root");
	copy_member(object, "head", trust, "head");
	copy_member(object, "state", trust, "state");
	for (size_t i = 0; i < stella_json_count(why); i++) {
		struct stella_json *link = stella_json_add(list, stella_json_copy(stella_json_at(why, i)));
		const char *what = NULL;

		if (stella_json_type(link) == STELLA_JSON_OBJECT && !stella_json_want_text(&what, link, "what") && what &&
		    !strcmp(what, "root"))
			stella_json_unset(link, "text");
	}
	stella_json_print(out, object, STELLA_JSON_RECORD);
	stella_json_free(object);
}

static const struct stella_error *compare(struct checking *c)
{
	struct stella_json *again;
	struct stella_buf held = { 0 }, found = { 0 };
	const struct stella_error *err = NULL;

	if (stella_json_type(c->held) != STELLA_JSON_OBJECT)
		return stella_error(STELLA_MALFORMED, "%s/verdict.json: not a JSON object", c->dir);
	again = json_verdict(c->then.report, c->then.why, c->then.trust, c->then.verdict, NULL);
	print_comparable(&held, c->held);
	print_comparable(&found, again);
	if (!stella_span_equal(stella_buf_span(&held), stella_buf_span(&found)))
		err = stella_error(STELLA_MALFORMED, "%s/verdict.json is not the verdict that follows from the pack", c->dir);
	stella_json_free(again);
	stella_buf_free(&held);
	stella_buf_free(&found);
	return err;
}

static const struct stella_error *check(struct checking *c, struct cmd *cmd)
{
	const struct stella_error *err = read_pack(c);

	if (!err)
		err = find_root(c, cmd);
	if (!err && c->pack->time > cmd->now + SKEW)
		err = stella_error(STELLA_MALFORMED, "%s: its verdict lies in the future", c->dir);
	if (!err)
		err = judge(&c->then, c, cmd, c->pack->time);
	if (!err)
		err = compare(c);
	if (!err && !opts_flag(cmd, "then")) {
		err = judge(&c->now, c, cmd, cmd->now);
		if (stella_error_is(err, STELLA_POLICY_EXPIRED))
			cmd->hint = "--then, for the answer at the time that the pack claims";
	}
	return err;
}

/* ---------------------------------------------------------------- the answer */

static void say_judgement(struct cmd *cmd, const char *what, const struct judgement *j, int64_t time, const char *which)
{
	say(cmd, "%-12s %s at %s%s%s%s\n", what, j->verdict ? "REFUSED" : "VERIFIED", show_time(cmd, time), which,
		j->verdict ? ": " : "", j->verdict ? show(cmd, j->verdict->message) : "");
}

static void tell(struct cmd *cmd, const struct checking *c, const struct judgement *j)
{
	struct stella_json *object;

	if (cmd->json) {
		object = json_verdict(j->report, j->why, j->trust, j->verdict, NULL);
		stella_json_set(object, "claimedTime", json_time(c->pack->time));
		stella_json_set_bool(object, "verifiedThen", !c->then.verdict);
		if (j == &c->now)
			stella_json_set_bool(object, "verifiedNow", !c->now.verdict);
		say_json(cmd, "verify-evidence", object);
		return;
	}
	say_answer(cmd, j->verdict);
	say(cmd, "pack         %s: complete, root %s by %s\n", show(cmd, c->dir), c->root, show(cmd, c->root_source));
	say_judgement(cmd, "then", &c->then, c->pack->time, ", which the pack claims");
	if (j == &c->now)
		say_judgement(cmd, "now", &c->now, cmd->now, "");
	else
		say(cmd, "now          NOT CHECKED\n");
	say_verdict(cmd, j->report, j->why);
}

const struct stella_error *cmd_verify_evidence(struct cmd *cmd)
{
	struct checking c = { .dir = cmd->args[0] };
	const struct judgement *j = opts_flag(cmd, "then") ? &c.then : &c.now;
	const struct stella_error *err = check(&c, cmd);

	if (!err) {
		tell(cmd, &c, j);
		if (j->verdict) {
			cmd->told = !cmd->quiet;
			err = stella_error(j->verdict->code, "%s", j->verdict->message);
		} else {
			warn_unchecked(j->report);
		}
	}
	judgement_free(&c.then);
	judgement_free(&c.now);
	stella_json_free(c.held);
	stella_evidence_free(c.evidence);
	stella_pack_free(c.pack);
	stella_repo_free(c.repo);
	return err;
}
