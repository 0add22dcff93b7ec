/* SPDX-License-Identifier: Apache-2.0 */
#include "gates.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gitsig.h"
#include "intoto.h"

#define VERSION 1
#define HOUR 3600
#define DAY 86400
#define AGE_DAYS_MAX 36500

/* ---------------------------------------------------------------- small parts */

const struct stella_error *stella_gate_age_parse(int64_t *out, const char *text)
{
	size_t digits = strspn(text, "0123456789");
	int64_t number;

	if (!digits || digits > 6 || text[0] == '0' || (strcmp(text + digits, "d") != 0 && strcmp(text + digits, "h") != 0))
		return stella_error(STELLA_MALFORMED, "\"%.40s\" is no age: expected days or hours, \"30d\" or \"12h\"", text);
	number = strtol(text, NULL, 10);
	if (text[digits] == 'h' && number % 24 == 0)
		return stella_error(STELLA_MALFORMED, "\"%s\": whole days are written \"%lldd\"", text, (long long)number / 24);
	*out = number * (text[digits] == 'd' ? DAY : HOUR);
	if (*out > (int64_t)AGE_DAYS_MAX * DAY)
		return stella_error(STELLA_MALFORMED, "\"%s\": more than %d days", text, AGE_DAYS_MAX);
	return NULL;
}

void stella_gate_age_print(char out[STELLA_AGE_TEXT], int64_t age)
{
	if (age % DAY == 0)
		snprintf(out, STELLA_AGE_TEXT, "%lldd", (long long)(age / DAY));
	else
		snprintf(out, STELLA_AGE_TEXT, "%lldh", (long long)(age / HOUR));
}

bool stella_gate_list_matches(const struct stella_gate_list *patterns, const char *text)
{
	for (size_t i = 0; text && i < patterns->count; i++)
		if (stella_pattern_matches(patterns->items[i], text))
			return true;
	return patterns->count == 0;
}

static bool is_type(struct stella_span span)
{
	char *text = stella_span_has_nul(span) ? NULL : stella_span_strdup(span);
	bool is = text && stella_predicate_find(text);

	free(text);
	return is;
}

static const struct stella_error *want_list(struct stella_gate_list *out, const struct stella_json *v, const char *name,
	bool (*valid)(struct stella_span))
{
	return stella_fields_want_texts(&out->items, &out->count, v, name, valid);
}

/* ---------------------------------------------------------------- signers */

static const struct stella_error *parse_signers(struct stella_gate_signers *out, const struct stella_json *v)
{
	static const char *const names[] = { "team", "issuers", "count", NULL };
	const struct stella_json *number;
	const struct stella_error *err;
	int64_t count;

	if (stella_json_type(v) != STELLA_JSON_OBJECT)
		return stella_error(STELLA_MALFORMED, "not an object");
	err = stella_json_closed(v, names);
	if (!err)
		err = stella_fields_want_text(&out->team, v, "team", STELLA_FIELDS_TEXT_MAX);
	if (!err)
		err = want_list(&out->issuers, v, "issuers", stella_id_valid);
	if (!err)
		err = stella_json_need(&number, v, "count", STELLA_JSON_NUMBER);
	if (!err)
		err = stella_json_int(&count, number, 1, STELLA_FIELDS_LIST_MAX);
	if (err)
		return err;
	out->count = (unsigned)count;
	if (out->issuers.count && out->count > out->issuers.count)
		return stella_error(STELLA_MALFORMED, "\"count\": %u of %zu issuers can never be", out->count, out->issuers.count);
	return NULL;
}

static bool holds(const struct stella_gate_list *list, const char *text)
{
	for (size_t i = 0; i < list->count; i++)
		if (!strcmp(list->items[i], text))
			return true;
	return false;
}

/* Who stands in two groups would be counted twice; "k of A and m of B" means different people. */
static const struct stella_error *check_apart(const struct stella_requirement *r)
{
	for (size_t a = 0; a < r->signer_count; a++) {
		if (r->signer_count > 1 && !r->signers[a].issuers.count)
			return stella_error(STELLA_MALFORMED, "\"signers\": entry %zu is any issuer, beside other entries", a);
		for (size_t b = a + 1; b < r->signer_count; b++)
			for (size_t i = 0; i < r->signers[b].issuers.count; i++)
				if (holds(&r->signers[a].issuers, r->signers[b].issuers.items[i]))
					return stella_error(STELLA_MALFORMED, "\"signers\": %s stands in entry %zu and entry %zu, and would "
						"count twice", r->signers[b].issuers.items[i], a, b);
	}
	return NULL;
}

static const struct stella_error *parse_all_signers(struct stella_requirement *r, const struct stella_json *v)
{
	const struct stella_json *list;
	const struct stella_error *err = stella_json_want(&list, v, "signers", STELLA_JSON_ARRAY);
	size_t count;

	if (err || !list)
		return err;
	count = stella_json_count(list);
	if (!count || count > STELLA_SIGNERS_MAX)
		return stella_error(count ? STELLA_LIMIT : STELLA_MALFORMED, "\"signers\": %zu entries, expected 1 to %d", count,
			STELLA_SIGNERS_MAX);
	r->signers = stella_alloc_array(count, sizeof *r->signers);
	for (size_t i = 0; i < count; i++) {
		r->signer_count++;
		err = parse_signers(&r->signers[i], stella_json_at(list, i));
		if (err)
			return stella_error_prefix(err, "\"signers\": entry %zu", i);
	}
	return check_apart(r);
}

/* ---------------------------------------------------------------- what an attestation must say */

static const struct stella_error *parse_slsa(struct stella_requirement *r, const struct stella_json *v)
{
	static const char *const names[] = { "builders", "repositories", "refs", NULL };
	const struct stella_json *part;
	const struct stella_error *err = stella_json_want(&part, v, "slsa", STELLA_JSON_OBJECT);

	if (err || !part)
		return err;
	r->slsa = true;
	err = stella_json_closed(part, names);
	if (!err)
		err = want_list(&r->builders, part, "builders", NULL);
	if (!err)
		err = want_list(&r->repositories, part, "repositories", NULL);
	if (!err)
		err = want_list(&r->refs, part, "refs", NULL);
	return err ? stella_error_prefix(err, "\"slsa\"") : NULL;
}

static const struct stella_error *parse_vsa(struct stella_requirement *r, const struct stella_json *v)
{
	static const char *const names[] = { "verifiers", "resources", "policies", "levels", NULL };
	const struct stella_json *part;
	const struct stella_error *err = stella_json_want(&part, v, "vsa", STELLA_JSON_OBJECT);

	if (err || !part)
		return err;
	r->vsa = true;
	err = stella_json_closed(part, names);
	if (!err)
		err = want_list(&r->verifiers, part, "verifiers", NULL);
	if (!err)
		err = want_list(&r->resources, part, "resources", NULL);
	if (!err)
		err = want_list(&r->policies, part, "policies", NULL);
	if (!err)
		err = want_list(&r->levels, part, "levels", NULL);
	if (!err && r->slsa)
		err = stella_error(STELLA_MALFORMED, "beside \"slsa\": nothing is both");
	return err ? stella_error_prefix(err, "\"vsa\"") : NULL;
}

static const struct stella_error *parse_requirement(struct stella_requirement *r, const struct stella_json *v)
{
	static const char *const names[] = { "name", "predicate_types", "subjects", "signers", "max_age", "slsa", "vsa", NULL };
	const struct stella_error *err;
	const char *age = NULL;

	if (stella_json_type(v) != STELLA_JSON_OBJECT)
		return stella_error(STELLA_MALFORMED, "not an object");
	err = stella_json_closed(v, names);
	if (!err)
		err = stella_fields_need_text(&r->name, v, "name", STELLA_ID_MAX);
	if (!err && !stella_id_valid(stella_span_str(r->name)))
		err = stella_error(STELLA_MALFORMED, "\"name\": not an id");
	if (!err)
		err = want_list(&r->types, v, "predicate_types", is_type);
	if (!err)
		err = want_list(&r->subjects, v, "subjects", NULL);
	if (!err)
		err = parse_all_signers(r, v);
	if (!err)
		err = stella_json_want_text(&age, v, "max_age");
	if (!err && age) {
		err = stella_gate_age_parse(&r->max_age, age);
		if (err)
			err = stella_error_prefix(err, "\"max_age\"");
	}
	if (!err)
		err = parse_slsa(r, v);
	return err ? err : parse_vsa(r, v);
}

/* ---------------------------------------------------------------- the record */

static const struct stella_error *parse_requirements(struct stella_gate *gate, const struct stella_json *doc)
{
	const struct stella_json *list;
	const struct stella_error *err = stella_json_need(&list, doc, "requirements", STELLA_JSON_ARRAY);
	size_t count;

	if (err)
		return err;
	count = stella_json_count(list);
	if (!count)
		return stella_error(STELLA_MALFORMED, "\"requirements\": none, and every artifact would pass");
	if (count > STELLA_REQUIREMENTS_MAX)
		return stella_error(STELLA_LIMIT, "\"requirements\": more than %d", STELLA_REQUIREMENTS_MAX);
	gate->requirements = stella_alloc_array(count, sizeof *gate->requirements);
	for (size_t i = 0; i < count; i++) {
		gate->requirement_count++;
		err = parse_requirement(&gate->requirements[i], stella_json_at(list, i));
		for (size_t k = 0; k < i && !err; k++)
			if (!strcmp(gate->requirements[k].name, gate->requirements[i].name))
				err = stella_error(STELLA_MALFORMED, "\"name\": \"%s\" stands there twice", gate->requirements[i].name);
		if (err)
			return stella_error_prefix(err, "\"requirements\": entry %zu", i);
	}
	return NULL;
}

static const struct stella_error *parse_gate(struct stella_gate *gate, struct stella_span text)
{
	static const char *const names[] = { "version", "reason", "requirements", NULL };
	struct stella_json *doc = NULL;
	const struct stella_error *err = stella_fields_open(&doc, text, VERSION, names);

	if (!err)
		err = stella_fields_need_text(&gate->reason, doc, "reason", STELLA_REASON_MAX);
	if (!err)
		err = parse_requirements(gate, doc);
	stella_json_free(doc);
	return err;
}

const struct stella_error *stella_gate_parse(struct stella_gate **out, const char *name, struct stella_span text)
{
	struct stella_gate *gate = stella_alloc(sizeof *gate);
	const struct stella_error *err;

	*out = NULL;
	gate->name = stella_strdup(name);
	if (stella_id_valid(stella_span_str(name)))
		err = parse_gate(gate, text);
	else
		err = stella_error(STELLA_MALFORMED, "not a name");
	if (err) {
		err = stella_error_prefix(err, "gates/%s.json", name);
		goto done;
	}
	*out = gate;
	gate = NULL;
done:
	stella_gate_free(gate);
	return err;
}

const struct stella_error *stella_gate_load(struct stella_gate **out, struct stella_trust *trust, const char *name)
{
	struct stella_buf text = { 0 };
	char path[STELLA_PATH_MAX];
	const struct stella_error *err;

	*out = NULL;
	if (!stella_id_valid(stella_span_str(name)))
		return stella_error(STELLA_USAGE, "\"%s\" is not the name of a gate", name);
	snprintf(path, sizeof path, "gates/%s.json", name);
	err = stella_trust_read(&text, trust, path);
	if (!err)
		err = stella_gate_parse(out, name, stella_buf_span(&text));
	stella_buf_free(&text);
	return err;
}

static void free_list(struct stella_gate_list *list)
{
	stella_fields_free_texts(list->items, list->count);
}

static void free_requirement(struct stella_requirement *r)
{
	struct stella_gate_list *lists[] = { &r->types, &r->subjects, &r->builders, &r->repositories, &r->refs, &r->verifiers,
		&r->resources, &r->policies, &r->levels };

	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
		free_list(lists[i]);
	for (size_t i = 0; i < r->signer_count; i++) {
		free(r->signers[i].team);
		free_list(&r->signers[i].issuers);
	}
	free(r->signers);
	free(r->name);
}

void stella_gate_free(struct stella_gate *gate)
{
	if (!gate)
		return;
	for (size_t i = 0; i < gate->requirement_count; i++)
		free_requirement(&gate->requirements[i]);
	free(gate->requirements);
	free(gate->name);
	free(gate->reason);
	free(gate);
}

/* ---------------------------------------------------------------- printing */

static void set_list(struct stella_json *v, const char *name, const struct stella_gate_list *list)
{
	stella_fields_set_texts(v, name, list->items, list->count);
}

static void print_requirement(struct stella_json *v, const struct stella_requirement *r)
{
	struct stella_json *part;
	char age[STELLA_AGE_TEXT];

	stella_json_set_text(v, "name", r->name);
	set_list(v, "predicate_types", &r->types);
	set_list(v, "subjects", &r->subjects);
	part = r->signer_count ? stella_json_set(v, "signers", stella_json_new_array()) : NULL;
	for (size_t i = 0; i < r->signer_count; i++) {
		struct stella_json *one = stella_json_add(part, stella_json_new_object());

		stella_fields_set_text(one, "team", r->signers[i].team);
		set_list(one, "issuers", &r->signers[i].issuers);
		stella_json_set_int(one, "count", r->signers[i].count);
	}
	stella_gate_age_print(age, r->max_age);
	if (r->max_age)
		stella_json_set_text(v, "max_age", age);
	if (r->slsa) {
		part = stella_json_set(v, "slsa", stella_json_new_object());
		set_list(part, "builders", &r->builders);
		set_list(part, "repositories", &r->repositories);
		set_list(part, "refs", &r->refs);
	}
	if (r->vsa) {
		part = stella_json_set(v, "vsa", stella_json_new_object());
		set_list(part, "verifiers", &r->verifiers);
		set_list(part, "resources", &r->resources);
		set_list(part, "policies", &r->policies);
		set_list(part, "levels", &r->levels);
	}
}

void stella_gate_print(struct stella_buf *out, const struct stella_gate *gate)
{
	struct stella_json *doc = stella_json_new_object(), *list;

	stella_json_set_int(doc, "version", VERSION);
	stella_json_set_text(doc, "reason", gate->reason);
	list = stella_json_set(doc, "requirements", stella_json_new_array());
	for (size_t i = 0; i < gate->requirement_count; i++)
		print_requirement(stella_json_add(list, stella_json_new_object()), &gate->requirements[i]);
	stella_json_print(out, doc, STELLA_JSON_RECORD);
	stella_json_free(doc);
}
