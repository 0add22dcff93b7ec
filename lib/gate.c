/* SPDX-License-Identifier: Apache-2.0 */
#include "gate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "provenance.h"
#include "summary.h"

#define SKEW 300 /* seconds that an authority's clock may be ahead of ours */

void stella_gate_result_free(struct stella_gate_result *result)
{
	if (!result)
		return;
	for (size_t i = 0; i < result->requirement_count; i++) {
		struct stella_requirement_result *r = &result->requirements[i];

		for (size_t k = 0; k < r->count_count; k++)
			free(r->counts[k].issuers);
		free(r->counts);
		free(r->why);
	}
	free(result->requirements);
	free(result);
}

/* ---------------------------------------------------------------- is it what is asked for */

static const struct stella_error *unmet(const char *what, const char *found, const struct stella_gate_list *wanted)
{
	if (!found)
		return stella_error(STELLA_GATE_UNMET, "it names no %s, asked for is %.200s", what, wanted->items[0]);
	return stella_error(STELLA_GATE_UNMET, "its %s is %.300s, asked for is %.200s%s", what, found, wanted->items[0],
		wanted->count > 1 ? " or another" : "");
}

static const struct stella_error *check(const char *what, const char *found, const struct stella_gate_list *wanted)
{
	return stella_gate_list_matches(wanted, found) ? NULL : unmet(what, found, wanted);
}

static const struct stella_error *check_type(const struct stella_requirement *r, const char *type)
{
	for (size_t i = 0; i < r->types.count; i++)
		if (!strcmp(stella_predicate_find(r->types.items[i]), type))
			return NULL;
	return r->types.count ? unmet("type", type, &r->types) : NULL;
}

/* By any of the names under which the statement has this artifact. */
static const struct stella_error *check_subject(const struct stella_requirement *r, const struct stella_statement *statement,
	const struct stella_verify_options *options)
{
	const char *name = NULL;

	if (!r->subjects.count)
		return NULL;
	for (size_t i = 0; i < statement->subject_count; i++) {
		const struct stella_subject *subject = &statement->subjects[i];

		if (!stella_subject_matches(subject, options->artifact, options->artifact_count))
			continue;
		if (stella_gate_list_matches(&r->subjects, subject->name))
			return NULL;
		name = subject->name;
	}
	return unmet("subject", name, &r->subjects);
}

static const struct stella_error *check_slsa(const struct stella_requirement *r, const struct stella_statement *statement)
{
	struct stella_provenance *p;
	const struct stella_error *err = stella_provenance_parse(&p, statement);

	if (err)
		return err;
	err = check("builder", p->builder, &r->builders);
	if (!err)
		err = check("source repository", p->repository, &r->repositories);
	if (!err)
		err = check("source ref", p->ref, &r->refs);
	stella_provenance_free(p);
	return err;
}

static const struct stella_error *check_vsa(const struct stella_requirement *r, const struct stella_statement *statement)
{
	struct stella_summary *s;
	const struct stella_error *err = stella_summary_parse(&s, statement);

	if (err)
		return err;
	err = check("verifier", s->verifier, &r->verifiers);
	if (!err)
		err = check("resource", s->resource, &r->resources);
	if (!err)
		err = check("policy", s->policy, &r->policies);
	for (size_t i = 0; i < r->levels.count && !err; i++)
		if (!stella_summary_has_level(s, r->levels.items[i]))
			err = stella_error(STELLA_GATE_UNMET, "it verifies no %.200s", r->levels.items[i]);
	stella_summary_free(s);
	return err;
}

/* The earliest that was verified: whoever has an old attestation stamped anew does not make it younger. */
static const struct stella_error *check_age(const struct stella_requirement *r, const struct stella_judged *item, int64_t now)
{
	char asked[STELLA_AGE_TEXT], found[STELLA_AGE_TEXT];
	int64_t time, age;

	if (!r->max_age)
		return NULL;
	stella_gate_age_print(asked, r->max_age);
	if (!stella_judged_time(&time, item))
		return stella_error(STELLA_GATE_UNMET, "how old it is nobody knows: it has no verified time, asked for is at most %s",
			asked);
	age = now - time;
	if (age < -SKEW)
		return stella_error(STELLA_GATE_UNMET, "its verified time lies %lld seconds in the future", (long long)-age);
	if (age <= r->max_age)
		return NULL;
	stella_gate_age_print(found, age / 3600 * 3600);
	return stella_error(STELLA_GATE_UNMET, "it is %s old by its verified time, asked for is at most %s", found, asked);
}

static const struct stella_error *check_item(const struct stella_requirement *r, const struct stella_judged *item,
	const struct stella_verify_options *options)
{
	const struct stella_statement *statement;
	const struct stella_error *err;

	if (!item->counts)
		return stella_error(item->why.code, "%s", item->why.message);
	statement = item->evidence->statement;
	err = check_type(r, statement->predicate_type);
	if (!err)
		err = check_subject(r, statement, options);
	if (!err && r->slsa)
		err = check_slsa(r, statement);
	if (!err && r->vsa)
		err = check_vsa(r, statement);
	return err ? err : check_age(r, item, options->now);
}

/* ---------------------------------------------------------------- counting */

static bool is_of(const struct stella_gate_signers *signers, const char *issuer)
{
	for (size_t i = 0; signers && i < signers->issuers.count; i++)
		if (!strcmp(signers->issuers.items[i], issuer))
			return true;
	return !signers || !signers->issuers.count;
}

static void count_issuer(struct stella_gate_count *count, const char *issuer)
{
	if (!is_of(count->signers, issuer))
		return;
	for (size_t i = 0; i < count->issuer_count; i++)
		if (!strcmp(count->issuers[i], issuer))
			return;
	count->issuers = stella_realloc_array(count->issuers, count->issuer_count + 1, sizeof *count->issuers);
	count->issuers[count->issuer_count++] = issuer;
}

static void start_counts(struct stella_requirement_result *result)
{
	const struct stella_requirement *r = result->requirement;

	result->count_count = r->signer_count ? r->signer_count : 1;
	result->counts = stella_alloc_array(result->count_count, sizeof *result->counts);
	result->counts[0].wanted = 1;
	for (size_t i = 0; i < r->signer_count; i++) {
		result->counts[i].signers = &r->signers[i];
		result->counts[i].wanted = r->signers[i].count;
	}
}

/* A name that is asked for counts only from an issuer that may give it: whoever signs may write any other beside. */
static bool may_name(const struct stella_requirement *r, const struct stella_judged *item, const char *issuer,
	const struct stella_verify_options *options)
{
	const struct stella_statement *statement = item->evidence->statement;

	for (size_t i = 0; i < statement->subject_count && r->subjects.count; i++) {
		const struct stella_subject *subject = &statement->subjects[i];

		if (stella_subject_matches(subject, options->artifact, options->artifact_count)
			&& stella_gate_list_matches(&r->subjects, subject->name)
			&& stella_report_may_name(item->report, issuer, i))
			return true;
	}
	return !r->subjects.count;
}

/* What is of nobody in the groups is named as such. */
static const struct stella_error *count_item(struct stella_requirement_result *result, const struct stella_judged *item,
	const struct stella_verify_options *options)
{
	const char *issuer, *unnamed = NULL;
	bool any = false;

	for (size_t i = 0; i < item->issuer_count; i++) {
		issuer = item->issuers[i];
		if (!may_name(result->requirement, item, issuer, options)) {
			unnamed = issuer;
			continue;
		}
		for (size_t c = 0; c < result->count_count; c++) {
			count_issuer(&result->counts[c], issuer);
			any |= is_of(result->counts[c].signers, issuer);
		}
	}
	if (!any && unnamed)
		return stella_error(STELLA_GATE_UNMET, "issuer %.200s may not attest under the name that is asked for, %.200s%s",
			unnamed, result->requirement->subjects.items[0], result->requirement->subjects.count > 1 ? " or another" : "");
	if (!any && item->taken_back)
		return stella_error(STELLA_GATE_UNMET, "%s", item->why.message);
	return any ? NULL : stella_error(STELLA_GATE_UNMET, "it is signed by %.200s, who is not asked for", item->issuers[0]);
}

static void judge(struct stella_requirement_result *result, const struct stella_judged_list *list,
	const struct stella_verify_options *options)
{
	result->why = stella_alloc_array(list->count + 1, sizeof *result->why);
	start_counts(result);
	for (size_t i = 0; i < list->count; i++) {
		const struct stella_error *err = check_item(result->requirement, &list->items[i], options);

		if (!err)
			err = count_item(result, &list->items[i], options);
		if (err)
			result->why[i] = *err;
	}
	result->met = true;
	for (size_t c = 0; c < result->count_count; c++)
		result->met &= result->counts[c].issuer_count >= result->counts[c].wanted;
}

static const struct stella_error *answer(const struct stella_gate_result *result, const struct stella_judged_list *list)
{
	struct stella_buf names = { 0 };
	const struct stella_error *err = NULL;
	size_t unmet_count = 0;

	for (size_t i = 0; i < result->requirement_count; i++)
		if (!result->requirements[i].met)
			stella_buf_printf(&names, "%s%s", unmet_count++ ? ", " : "", result->requirements[i].requirement->name);
	for (size_t i = 0; i < list->count && unmet_count && !err; i++)
		if (!list->items[i].counts && stella_code_exit(list->items[i].why.code) == STELLA_EXIT_MISSING)
			err = stella_error(list->items[i].why.code, "%s", list->items[i].why.message);
	if (unmet_count && !err)
		err = stella_error(STELLA_GATE_UNMET, "gate %s: %zu of %zu requirements not met: %.600s", result->gate->name,
			unmet_count, result->requirement_count, (const char *)names.data);
	stella_buf_free(&names);
	return err;
}

const struct stella_error *stella_gate_verify(struct stella_gate_result **out, const struct stella_gate *gate,
	struct stella_judged_list *list, const struct stella_verify_options *options)
{
	struct stella_gate_result *result = stella_alloc(sizeof *result);

	stella_judged_settle(list);
	result->gate = gate;
	result->requirement_count = gate->requirement_count;
	result->requirements = stella_alloc_array(gate->requirement_count, sizeof *result->requirements);
	for (size_t i = 0; i < gate->requirement_count; i++) {
		result->requirements[i].requirement = &gate->requirements[i];
		judge(&result->requirements[i], list, options);
	}
	*out = result;
	return answer(result, list);
}
