/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify artifact --vsa: the answer as a SLSA Verification Summary Attestation v1, signed like any other
 * attestation (https://slsa.dev/spec/v1.1/verification_summary).  What it says is what was verified: the
 * gate by its digest, the attestations by theirs, and no level that nobody vouched for.
 */
#include <stdlib.h>
#include <string.h>

#include "asking.h"
#include "config.h"
#include "summary.h"
#include "sys.h"

#define SLSA_VERSION "1.1"

/* ---------------------------------------------------------------- the parts */

static void set_digest(struct stella_json *object, const struct stella_sha256 *digest)
{
	stella_json_set(stella_json_set(object, "digest", stella_json_new_object()), "sha256", json_id(digest));
}

/* Who verifies: as named, else the key that vouches for it. */
static const struct stella_error *set_verifier(struct stella_json *predicate, struct cmd *cmd, const struct signing *signing)
{
	struct stella_json *verifier = stella_json_set(predicate, "verifier", stella_json_new_object());
	const char *given = opts_get(cmd, "verifier-id");
	struct stella_buf id = { 0 };
	char *configured = NULL;
	const struct stella_error *err = NULL;
	struct stella_repo *repo;

	if (!given) {
		err = session_project(&repo, cmd);
		if (!err)
			err = stella_repo_config(&configured, NULL, repo, "stella.verifierId");
	}
	if (err)
		return err;
	if (given || configured)
		stella_buf_put_str(&id, given ? given : configured);
	else
		stella_buf_printf(&id, "stella:key:%s", signing->keyid);
	stella_json_set(verifier, "id", stella_json_new_text_span(stella_buf_span(&id)));
	stella_json_set_text(stella_json_set(verifier, "version", stella_json_new_object()), "stella", PACKAGE_VERSION);
	stella_buf_free(&id);
	free(configured);
	return NULL;
}

/* A name that an attestation gives the artifact, by an issuer that may give it. */
static const char *name_of(const struct asking *a, const struct stella_judged *item)
{
	const struct stella_statement *statement = item->evidence->statement;

	for (size_t i = 0; i < statement->subject_count; i++) {
		const struct stella_subject *subject = &statement->subjects[i];

		if (stella_subject_matches(subject, a->artifact.digests, a->artifact.count) && subject->name &&
		    strcmp(subject->name, "_") != 0 && stella_report_may_name(item->report, NULL, i))
			return subject->name;
	}
	return NULL;
}

/* The name under which an attestation that counts has the artifact, else its digest. */
static const char *resource_of(struct cmd *cmd, const struct asking *a)
{
	const char *given = opts_get(cmd, "resource-uri");
	struct stella_buf text = { 0 };

	if (given)
		return given;
	for (size_t i = 0; i < a->found.count; i++) {
		const char *name = a->found.items[i].counts ? name_of(a, &a->found.items[i]) : NULL;

		if (name)
			return name;
	}
	stella_buf_printf(&text, "%s:%s", a->artifact.digests[0].algorithm, a->artifact.digests[0].hex);
	return keep(cmd, stella_buf_take_str(&text));
}

/* The record in force, by its bytes; without one, the rule that stands where no gate is. */
static const struct stella_error *set_policy(struct stella_json *predicate, const struct asking *a)
{
	struct stella_json *policy = stella_json_set(predicate, "policy", stella_json_new_object()), *notes;
	struct stella_buf uri = { 0 }, path = { 0 }, text = { 0 };
	struct stella_sha256 digest;
	char root[STELLA_OID_HEX];
	const struct stella_error *err = NULL;

	stella_oid_hex(root, &a->trust->root);
	stella_buf_printf(&path, "gates/%s.json", a->gate ? a->gate->name : "");
	stella_buf_printf(&uri, "stella:%s/%s", root, a->gate ? (char *)path.data : "one-trusted-attestation");
	stella_json_set_text(policy, "uri", (char *)uri.data);
	if (a->gate)
		err = stella_trust_read(&text, a->trust, (char *)path.data);
	if (a->gate && !err) {
		digest = stella_sha256(stella_buf_span(&text));
		set_digest(policy, &digest);
	}
	notes = stella_json_set(policy, "annotations", stella_json_new_object());
	stella_json_set(notes, "trustRoot", json_oid(&a->trust->root));
	stella_json_set(notes, "trustState", json_id(&a->trust->state->id));
	stella_buf_free(&uri);
	stella_buf_free(&path);
	stella_buf_free(&text);
	return err;
}

bool asking_rests_on(const struct asking *a, size_t i)
{
	if (!a->found.items[i].evidence || a->verdict)
		return a->found.items[i].evidence != NULL;
	for (size_t r = 0; a->result && r < a->result->requirement_count; r++)
		if (!*a->result->requirements[r].why[i].message)
			return true;
	return !a->result && a->found.items[i].counts;
}

static void set_inputs(struct stella_json *predicate, const struct asking *a)
{
	struct stella_json *list = stella_json_set(predicate, "inputAttestations", stella_json_new_array());

	for (size_t i = 0; i < a->found.count; i++)
		if (asking_rests_on(a, i))
			set_digest(stella_json_add(list, stella_json_new_object()), &a->found.items[i].id);
}

static void add_level(struct stella_json *list, const char *level)
{
	for (size_t i = 0; i < stella_json_count(list); i++)
		if (!strcmp(stella_json_text(stella_json_at(list, i)), level))
			return;
	stella_json_add(list, stella_json_new_text(level));
}

/* What the gate asked of summaries that it believes; provenance that somebody trusted signed is level 1. */
static void set_levels(struct stella_json *predicate, const struct asking *a)
{
	struct stella_json *list = stella_json_set(predicate, "verifiedLevels", stella_json_new_array());

	if (a->verdict)
		add_level(list, "FAILED");
	for (size_t i = 0; !a->verdict && a->gate && i < a->gate->requirement_count; i++) {
		const struct stella_requirement *r = &a->gate->requirements[i];

		for (size_t k = 0; k < r->levels.count; k++)
			add_level(list, r->levels.items[k]);
		if (r->slsa)
			add_level(list, "SLSA_BUILD_LEVEL_1");
	}
}

/* ---------------------------------------------------------------- the whole */

static const struct stella_error *print_statement(struct stella_buf *out, struct cmd *cmd, const struct asking *a,
	const struct signing *signing)
{
	struct stella_json *statement = stella_json_new_object(), *part, *predicate;
	const char *resource = resource_of(cmd, a);
	const struct stella_error *err;

	stella_json_set_text(statement, "_type", STELLA_STATEMENT_V1);
	part = stella_json_add(stella_json_set(statement, "subject", stella_json_new_array()), stella_json_new_object());
	stella_json_set(part, "name", json_text(resource));
	part = stella_json_set(part, "digest", stella_json_new_object());
	for (size_t i = 0; i < a->artifact.count; i++)
		stella_json_set_text(part, a->artifact.digests[i].algorithm, a->artifact.digests[i].hex);
	stella_json_set_text(statement, "predicateType", STELLA_SUMMARY_V1);
	predicate = stella_json_set(statement, "predicate", stella_json_new_object());
	err = set_verifier(predicate, cmd, signing);
	if (!err) {
		stella_json_set(predicate, "timeVerified", json_time(cmd->now));
		stella_json_set(predicate, "resourceUri", json_text(resource));
		err = set_policy(predicate, a);
	}
	if (!err) {
		set_inputs(predicate, a);
		stella_json_set_text(predicate, "verificationResult", a->verdict ? "FAILED" : "PASSED");
		set_levels(predicate, a);
		stella_json_set_text(predicate, "slsaVersion", SLSA_VERSION);
		stella_json_print(out, statement, STELLA_JSON_LINE);
	}
	stella_json_free(statement);
	return err;
}

const struct stella_error *vsa_write(struct cmd *cmd, struct asking *a, const struct signing *signing)
{
	struct stella_evidence *evidence = NULL;
	struct stella_buf payload = { 0 };
	const struct stella_error *err = print_statement(&payload, cmd, a, signing);

	if (!err)
		err = signing_sign(&evidence, signing, STELLA_PAYLOAD_TYPE, stella_buf_span(&payload));
	if (!err)
		err = stella_sys_replace(opts_get(cmd, "vsa"), stella_buf_span(&evidence->bytes), 0644);
	if (!err) {
		a->vsa = evidence->id;
		a->has_vsa = true;
	}
	stella_evidence_free(evidence);
	stella_buf_free(&payload);
	return err;
}
