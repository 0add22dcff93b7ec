/* SPDX-License-Identifier: Apache-2.0 */
/* doctor: what is wrong here, or soon will be, and the command that helps. */
#include "doctor.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WITHIN "30d"
#define PREFIX "check.attestor."

const struct opt doctor_opts[] = {
	{ "check", 0, "NAME", "only this check; may be repeated", NULL, true },
	{ "list", 0, NULL, "the names of all checks", NULL, false },
	{ "within", 0, "TIME", "tell of what ends within this time (default " WITHIN ")", NULL, false },
	{ 0 }
};

static const struct check {
	const char *name;           /* without the prefix */
	void (*run)(struct doctor *d);
	const char *what;
} checks[] = {
	{ "verification-health", check_verification_health, "does a trust state stand, and what was refused in the last 30 minutes" },
	{ "pin", check_pin, "is a root pinned, by whom, and is it here" },
	{ "trust-state", check_trust_state, "does the history lead to one state that may be believed now" },
	{ "expiry", check_expiry, "what has ended or ends soon: policy, anchors, keys, issuers, Sigstore roots" },
	{ "approvals", check_approvals, "does the tip hold what is not approved, and who can approve it" },
	{ "records", check_records_usable, "can every record in force be used by this program" },
	{ "memory", check_memory, "what was seen before: rollback, damage, a place to remember" },
	{ "clock", check_clock, "is the time plausible" },
	{ "repository", check_repository, "shallow, partial or damaged; locks that were left behind" },
	{ "signing", check_signing, "can this user approve: git's configuration, the key, membership" },
	{ "attest-key", check_attest_key, "the key that signs attestations, where one is configured" },
	{ "crypto", check_crypto, "a known signature, and the tokens that can sign" },
	{ "confinement", check_confinement, "does the kernel keep verification from running programs and opening connections" },
	{ "environment", check_environment, "variables that are ignored" },
	{ "log", check_log, "can the event log be read and written" },
};
#define CHECKS (sizeof checks / sizeof *checks)

static const char *const severities[] = { "ok", "note", "warning", "error" };

/* ---------------------------------------------------------------- findings */

static void add(struct doctor *d, enum severity severity, enum stella_code code, const char *remedy,
	const char *format, va_list args)
{
	struct finding *finding;
	struct stella_buf text = { 0 };

	stella_buf_vprintf(&text, format, args);
	STELLA_GROW(d->findings, d->count, d->cap);
	finding = &d->findings[d->count++];
	*finding = (struct finding){ d->check, severity, code, stella_buf_take_str(&text), stella_strdup(remedy) };
}

void find_ok(struct doctor *d, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add(d, SEVERITY_OK, 0, NULL, format, args);
	va_end(args);
}

void find_note(struct doctor *d, const char *remedy, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add(d, SEVERITY_NOTE, 0, remedy, format, args);
	va_end(args);
}

void find_warning(struct doctor *d, const char *remedy, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add(d, SEVERITY_WARNING, 0, remedy, format, args);
	va_end(args);
}

void find_error(struct doctor *d, enum stella_code code, const char *remedy, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add(d, SEVERITY_ERROR, code, remedy, format, args);
	va_end(args);
}

void find_failure(struct doctor *d, const struct stella_error *err, const char *remedy)
{
	struct stella_error copy = *err;

	find_error(d, copy.code, remedy ? remedy : expand_hint(d->cmd, hint_of(&copy), NULL), "%s", copy.message);
}

/* Without memory: nothing is written, and every signature is verified anew. */
static void load_trust(struct doctor *d)
{
	size_t count;
	char hex[STELLA_OID_HEX];
	struct stella_oid root;
	const char *source;
	struct stella_trust_options options = {
		.root = hex, .ref = opts_get(d->cmd, "trust-ref"),
		.now = d->cmd->now, .no_memory = true, .judge_only = true,
	};
	struct stella_repo *repo;
	const struct stella_error *err = session_root(&root, &source, d->cmd);

	if (!err)
		err = session_repo(&repo, d->cmd);
	if (!err)
		stella_oid_hex(hex, &root);
	options.at_least = opts_all(d->cmd, "at-least", &count);
	options.at_least_count = count;
	d->trust_tried = true;
	if (!err)
		err = stella_trust_load(&d->trust, repo, &options);
	if (err)
		d->trust_error = *err;
	else
		d->trust->root_source = source;
}

bool doctor_root(struct stella_oid *out, struct doctor *d)
{
	struct stella_repo *repo;
	const struct stella_error *err = session_repo(&repo, d->cmd); /* which log_root then asks */

	return !err && log_root(out, d->cmd);
}

struct stella_trust *doctor_try_trust(struct doctor *d)
{
	if (!d->trust_tried)
		load_trust(d);
	return d->trust;
}

struct stella_trust *doctor_trust(struct doctor *d)
{
	if (!doctor_try_trust(d))
		find_note(d, "stella doctor --check " PREFIX "trust-state", "NOT CHECKED: no trust state: %s", d->trust_error.message);
	return d->trust;
}

/* ---------------------------------------------------------------- the answer */

/* What hides the others first. */
static unsigned telling(enum stella_code code)
{
	static const enum stella_exit order[] = {
		STELLA_EXIT_SYSTEM, STELLA_EXIT_LIMIT, STELLA_EXIT_REFUSED, STELLA_EXIT_MALFORMED, STELLA_EXIT_USAGE,
		STELLA_EXIT_MISSING, STELLA_EXIT_TRUST,
	};
	unsigned rank = 0;

	while (rank < sizeof order / sizeof *order && order[rank] != stella_code_exit(code))
		rank++;
	return rank;
}

static const struct finding *most_telling(const struct doctor *d)
{
	const struct finding *worst = NULL;

	for (size_t i = 0; i < d->count; i++)
		if (d->findings[i].severity == SEVERITY_ERROR && (!worst || telling(d->findings[i].code) > telling(worst->code)))
			worst = &d->findings[i];
	return worst;
}

static void say_findings(struct doctor *d)
{
	struct cmd *cmd = d->cmd;

	for (size_t i = 0; i < d->count; i++) {
		const struct finding *f = &d->findings[i];

		say(cmd, "%-7s %s  %s\n", f->severity == SEVERITY_ERROR ? "ERROR" : severities[f->severity], f->check, show(cmd, f->text));
		if (f->remedy)
			say(cmd, "        do: %s\n", show(cmd, f->remedy));
	}
}

static void json_findings(struct doctor *d, const struct finding *worst)
{
	struct stella_json *object = stella_json_new_object(), *array;

	stella_json_set_bool(object, "healthy", !worst);
	array = stella_json_set(object, "findings", stella_json_new_array());
	for (size_t i = 0; i < d->count; i++) {
		const struct finding *f = &d->findings[i];
		struct stella_json *one = stella_json_add(array, stella_json_new_object());

		stella_json_set_text(one, "check", f->check);
		stella_json_set_text(one, "severity", severities[f->severity]);
		if (f->severity == SEVERITY_ERROR)
			stella_json_set_text(one, "code", stella_code_word(f->code));
		stella_json_set(one, "text", json_text(f->text));
		if (f->remedy)
			stella_json_set(one, "remedy", json_text(f->remedy));
	}
	say_json(d->cmd, "doctor", object);
}

static void list_checks(struct cmd *cmd)
{
	struct stella_json *object = stella_json_new_object(), *array = stella_json_set(object, "checks", stella_json_new_array());

	for (size_t i = 0; i < CHECKS; i++) {
		struct stella_json *one = stella_json_add(array, stella_json_new_object());
		struct stella_buf name = { 0 };

		stella_buf_printf(&name, PREFIX "%s", checks[i].name);
		stella_json_set_text(one, "name", (const char *)name.data);
		stella_json_set_text(one, "what", checks[i].what);
		if (!cmd->json)
			say(cmd, "%-36s %s\n", (const char *)name.data, checks[i].what);
		stella_buf_free(&name);
	}
	if (cmd->json)
		say_json(cmd, "doctor-checks", object);
	else
		stella_json_free(object);
}

/* ---------------------------------------------------------------- the command */

static bool is_named(const struct check *check, const char *name)
{
	return !strcmp(check->name, strncmp(name, PREFIX, strlen(PREFIX)) ? name : name + strlen(PREFIX));
}

static const struct stella_error *choose(bool chosen[CHECKS], struct cmd *cmd)
{
	size_t count;
	const char *const *names = opts_all(cmd, "check", &count);

	for (size_t c = 0; c < CHECKS; c++)
		chosen[c] = count == 0;
	for (size_t i = 0; i < count; i++) {
		size_t c = 0;

		while (c < CHECKS && !is_named(&checks[c], names[i]))
			c++;
		if (c == CHECKS)
			return stella_error(STELLA_USAGE, "--check %s: no such check: see 'stella doctor --list'", names[i]);
		chosen[c] = true;
	}
	return NULL;
}

static void doctor_free(struct doctor *d)
{
	for (size_t i = 0; i < d->count; i++) {
		free(d->findings[i].text);
		free(d->findings[i].remedy);
	}
	free(d->findings);
	endings_free(&d->endings);
	stella_trust_free(d->trust);
}

const struct stella_error *cmd_doctor(struct cmd *cmd)
{
	const char *within = opts_get(cmd, "within");
	struct doctor d = { .cmd = cmd };
	const struct finding *worst;
	bool chosen[CHECKS];
	const struct stella_error *err = parse_span(&d.within, "within", within ? within : WITHIN);

	if (!err)
		err = choose(chosen, cmd);
	if (err)
		return err;
	if (opts_flag(cmd, "list")) {
		list_checks(cmd);
		return NULL;
	}
	for (size_t c = 0; c < CHECKS; c++) {
		struct stella_buf name = { 0 };

		if (!chosen[c])
			continue;
		stella_buf_printf(&name, PREFIX "%s", checks[c].name);
		d.check = keep(cmd, stella_buf_take_str(&name));
		checks[c].run(&d);
	}
	worst = most_telling(&d);
	if (cmd->json)
		json_findings(&d, worst);
	else
		say_findings(&d);
	if (worst) {
		err = stella_error(worst->code, "%s: %s", worst->check, worst->text);
		cmd->hint = worst->remedy ? keep(cmd, stella_strdup(worst->remedy)) : NULL;
		cmd->told = !cmd->quiet;
	}
	doctor_free(&d);
	return err;
}
