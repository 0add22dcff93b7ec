/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The question of an evidence pack, judged from its attestations, the objects of a trust history and the
 * recordings that it names: the same for whoever writes a pack and whoever checks one.
 */
#include <stdlib.h>
#include <string.h>

#include "packed.h"

/* ---------------------------------------------------------------- judging */

static bool is_verdict(const struct stella_error *err)
{
	return stella_code_exit(err->code) == STELLA_EXIT_REFUSED || stella_error_is(err, STELLA_MALFORMED);
}

static const struct stella_error *judge_attestation(struct judgement *j, const struct stella_pack *pack,
	const struct pack_source *from, const struct stella_verify_options *asked)
{
	const struct stella_error *err = stella_pack_load(&j->evidence, from->dir, &pack->attestations[0]);

	if (err)
		return err;
	err = stella_verify(&j->report, j->evidence, j->trust, asked);
	if (err && (!is_verdict(err) || !j->report))
		return err;
	if (err) {
		j->slot = *err;
		j->verdict = &j->slot;
	}
	return stella_explain(&j->why, j->report, j->trust);
}

static const struct stella_error *judge_artifact(struct judgement *j, struct cmd *cmd, const struct stella_pack *pack,
	const struct pack_source *from, const struct stella_verify_options *asked)
{
	struct asking *a = &j->asking;
	const struct stella_error *err;
	size_t which;

	a->trust = j->trust;
	a->options = *asked;
	for (size_t i = 0; i < pack->artifact_count; i++) {
		STELLA_GROW(a->artifact.digests, a->artifact.count, a->artifact.cap);
		a->artifact.digests[a->artifact.count++] = (struct stella_digest){ stella_strdup(pack->artifact[i].algorithm),
			stella_strdup(pack->artifact[i].hex) };
	}
	err = asking_load_gate(a, cmd, pack->gate);
	for (size_t i = 0; i < pack->attestation_count && !err; i++) {
		struct stella_evidence *evidence;

		err = stella_pack_load(&evidence, from->dir, &pack->attestations[i]);
		if (!err)
			err = stella_judged_add(&a->found, evidence, NULL, j->trust, asked);
	}
	if (!err)
		err = asking_decide(a, &which);
	j->verdict = a->verdict;
	return err ? err : asking_explain(a);
}

const struct stella_error *pack_judge(struct judgement *j, struct cmd *cmd, const struct stella_pack *pack,
	const struct pack_source *from, const struct stella_trust_options *options)
{
	struct stella_verify_options asked = { .now = options->now, .predicate_type = pack->predicate_type,
		.issuer = pack->issuer, .artifact = pack->artifact, .artifact_count = pack->artifact_count };
	const struct stella_error *err = stella_trust_load(&j->trust, from->trust, options);

	if (err)
		return err;
	if (from->root_source)
		j->trust->root_source = from->root_source;
	if (!stella_sha256_equal(&j->trust->state->id, &pack->state))
		return stella_error(STELLA_MALFORMED, "not the state that pack.json names");
	if (pack->has_recordings)
		err = stella_recorded_load(&j->recorded, j->trust, from->recordings, &pack->recordings, options->now);
	if (err)
		return err;
	asked.recorded = j->recorded;
	return pack->about_artifact ? judge_artifact(j, cmd, pack, from, &asked) : judge_attestation(j, pack, from, &asked);
}

void judgement_free(struct judgement *j)
{
	asking_free(&j->asking);
	stella_explanation_free(j->why);
	stella_report_free(j->report);
	stella_evidence_free(j->evidence);
	stella_recorded_free(j->recorded);
	stella_trust_free(j->trust);
	*j = (struct judgement){ 0 };
}

/* ---------------------------------------------------------------- the verdict */

struct stella_json *json_judgement(struct cmd *cmd, const struct stella_pack *pack, const struct judgement *j)
{
	return pack->about_artifact ? json_artifact(cmd, &j->asking) : json_verdict(j->report, j->why, j->trust, j->verdict, NULL);
}

static void copy_member(struct stella_json *to, const struct stella_json *from, const char *name)
{
	const struct stella_json *v = from ? stella_json_find(from, name) : NULL;

	if (v)
		stella_json_set(to, name, stella_json_copy(v));
}

/* A chain of links, less the text that says where the root was pinned. */
static struct stella_json *copy_why(const struct stella_json *why)
{
	struct stella_json *list = stella_json_new_array();

	for (size_t i = 0; i < stella_json_count(why); i++) {
		const struct stella_json *item = stella_json_at(why, i);
		struct stella_json *link;
		const char *what;

		if (stella_json_type(item) == STELLA_JSON_ARRAY) { /* of an artifact: a chain each */
			stella_json_add(list, copy_why(item));
			continue;
		}
		link = stella_json_add(list, stella_json_copy(item));
		what = stella_json_text(stella_json_find(link, "what"));
		if (what && !strcmp(what, "root"))
			stella_json_unset(link, "text");
	}
	return list;
}

/* A result of a yes, less the statement: that stands in the attestation. */
static void copy_result(struct stella_json *to, const struct stella_json *from)
{
	copy_member(to, from, "verificationResult");
	if (stella_json_find(to, "verificationResult"))
		stella_json_unset(stella_json_edit(to, "verificationResult"), "statement");
}

/* Not what files were called, nor what to do next. */
static struct stella_json *copy_attestations(const struct stella_json *attestations)
{
	struct stella_json *list = stella_json_new_array();

	for (size_t i = 0; i < stella_json_count(attestations); i++) {
		const struct stella_json *item = stella_json_at(attestations, i);
		struct stella_json *one = stella_json_add(list, stella_json_copy(item));

		stella_json_unset(one, "file");
		stella_json_unset(one, "hint");
		copy_result(one, item);
	}
	return list;
}

void pack_verdict(struct stella_buf *out, struct cmd *cmd, const struct stella_pack *pack,
	const struct judgement *j)
{
	static const char *const whole[] = { "verified", "artifact", "gate", "attestation", "signatures" };
	struct stella_json *answer = json_judgement(cmd, pack, j), *object = stella_json_new_object(), *part;
	const struct stella_json *error = stella_json_find(answer, "error"), *trust = stella_json_find(answer, "trust");
	const struct stella_json *why = stella_json_find(pack->about_artifact ? answer : trust, "why");

	for (size_t i = 0; i < sizeof whole / sizeof *whole; i++)
		copy_member(object, answer, whole[i]);
	copy_result(object, answer);
	if (error) {
		part = stella_json_set(object, "error", stella_json_new_object());
		copy_member(part, error, "code");
		copy_member(part, error, "message");
	}
	if (pack->about_artifact)
		stella_json_set(object, "attestations", copy_attestations(stella_json_find(answer, "attestations")));
	part = stella_json_set(object, "trust", stella_json_new_object());
	copy_member(part, trust, "root");
	copy_member(part, trust, "head");
	copy_member(part, trust, "state");
	stella_json_set(object, "why", copy_why(why));
	stella_json_print(out, object, STELLA_JSON_RECORD);
	stella_json_free(object);
	stella_json_free(answer);
}
