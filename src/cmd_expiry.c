/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expiry: what ends within a time, and which stored attestations fall with it.  Whatever is trusted now
 * and would not be at the end of that time, with the state as it is, falls.
 */
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "records.h"
#include "sweep.h"

#define SHOWN 10 /* attestations named below each, without -v */

const struct opt expiry_opts[] = {
	{ "within", 'w', "DAYSd|DATE", "how far to look ahead (default 30d)", NULL, false },
	{ "no-attestations", 0, NULL, "do not look which stored attestations fall", NULL, false },
	{ 0 }
};

struct forecast {
	struct endings all;         /* those from now until then, after them the records that cannot be used */
	size_t over, unusable;      /* ended before now, which are not listed; cannot be used, which are */
	int64_t until;
	struct stella_sweep *sweep; /* NULL: not asked for, or missing says why not */
	const char *missing;        /* NULL: the attestations are here */
};

/* ---------------------------------------------------------------- what ends */

static const struct stella_error *find_endings(struct forecast *f, struct cmd *cmd, struct stella_trust *trust)
{
	const struct stella_error *err = endings_load(&f->all, trust, cmd->now);
	size_t kept = 0;

	for (size_t i = 0; i < f->all.count; i++) {
		struct ending *one = &f->all.items[i];
		bool over = one->until != STELLA_TIME_NONE && one->until < cmd->now;

		f->over += over && ending_is_news(one, cmd->now);
		f->unusable += one->trouble != NULL;
		if (one->trouble || (one->until != STELLA_TIME_NONE && !over && one->until <= f->until))
			f->all.items[kept++] = *one;
		else
			ending_free(one);
	}
	f->all.count = kept;
	return err;
}

/* ---------------------------------------------------------------- what falls with it */

static bool rests_on(const struct stella_swept *swept, const struct ending *item)
{
	/* With the policy everything falls; what a Sigstore instance vouched for in its window stays. */
	if (!item->path || item->kind == ENDING_POLICY || item->kind == ENDING_SIGSTORE)
		return false;
	for (size_t i = 0; i < swept->record_count; i++)
		if (!strcmp(swept->records[i], item->path))
			return true;
	return false;
}

static bool falls_with(const struct stella_swept *swept, const struct ending *item)
{
	char id[STELLA_SHA256_HEX];

	if (!swept->verdicts[0].trusted)
		return false;
	stella_sha256_hex(id, &swept->id);
	return rests_on(swept, item) || (item->kind == ENDING_CERTIFICATE && !strcmp(item->name, id));
}

/* Its own certificate ends, and no record tells. */
static void add_certificates(struct forecast *f, struct cmd *cmd)
{
	for (size_t i = 0; i < f->sweep->count; i++) {
		const struct stella_swept *swept = &f->sweep->items[i];
		char id[STELLA_SHA256_HEX];

		stella_sha256_hex(id, &swept->id);
		if (!swept->verdicts[0].trusted || swept->cert_until == STELLA_TIME_NONE)
			continue;
		if (swept->cert_until < cmd->now)
			f->over++;
		else if (swept->cert_until <= f->until)
			endings_add(&f->all, ENDING_CERTIFICATE, id, swept->cert_until);
	}
}

static const struct stella_error *find_falling(struct forecast *f, struct cmd *cmd, struct stella_trust *trust)
{
	struct stella_recorded *recorded = NULL; /* what is proven now is proven then */
	struct stella_store *store;
	const struct stella_error *err = session_store(&store, cmd);

	f->missing = err ? NULL : stored_missing(cmd, store);
	if (f->missing)
		return NULL;
	if (!err)
		err = session_recorded(&recorded, cmd, trust, cmd->now);
	if (!err) {
		struct stella_sweep_view views[2] = { { trust, cmd->now, recorded }, { trust, f->until, recorded } };

		err = stella_sweep_load(&f->sweep, store, views);
	}
	stella_recorded_free(recorded);
	if (err)
		return err;
	add_certificates(f, cmd);
	endings_sort(&f->all);
	return NULL;
}

/* ---------------------------------------------------------------- the answer */

static const char *name_of(const struct ending *item)
{
	return item->kind == ENDING_POLICY ? item->path : item->name;
}

static void say_falling(struct cmd *cmd, const struct forecast *f, const struct ending *item)
{
	size_t falls = 0;

	for (size_t k = 0; f->sweep && k < f->sweep->count; k++) {
		const struct stella_swept *swept = &f->sweep->items[k];

		if (!falls_with(swept, item))
			continue;
		if (falls++ < SHOWN || cmd->verbose)
			say(cmd, "            falls: %s  %s\n", show_id(cmd, &swept->id), show(cmd, swept->subject));
	}
	if (falls > SHOWN && !cmd->verbose)
		say(cmd, "            and %zu more (-v)\n", falls - SHOWN);
}

static void say_ending(struct cmd *cmd, const struct forecast *f, const struct ending *item)
{
	say(cmd, "%-11s %s  %s%s\n", ending_kind_name(item->kind), show(cmd, item->trouble ? item->path : name_of(item)),
		item->trouble ? show(cmd, item->trouble->message) : show_window(cmd, STELLA_TIME_NONE, item->until),
		item->meant ? ", as planned" : "");
	if (item->kind == ENDING_POLICY)
		say(cmd, "            then nothing verifies\n");
	if (item->kind == ENDING_SIGSTORE)
		say(cmd, item->meant ? "            others of the root go on\n" : "            then nothing new of its kind verifies\n");
	say_falling(cmd, f, item);
	say(cmd, "            next: %s\n", show(cmd, ending_remedy(cmd, item)));
}

static void say_forecast(struct cmd *cmd, const struct forecast *f)
{
	size_t falling = 0;
	bool policy = false;

	for (size_t k = 0; f->sweep && k < f->sweep->count; k++)
		falling += f->sweep->items[k].verdicts[0].trusted;
	for (size_t i = 0; i < f->all.count; i++) {
		say_ending(cmd, f, &f->all.items[i]);
		policy |= f->all.items[i].kind == ENDING_POLICY;
	}
	if (f->all.count == f->unusable)
		say(cmd, "nothing ends until %s\n", show_time(cmd, f->until));
	if (f->sweep)
		say(cmd, "%zu of %zu trusted attestations fall until %s%s\n", falling, f->sweep->trusted[0], show_time(cmd, f->until),
			policy ? ", even if the policy is renewed" : "");
	else
		say(cmd, "attestations: %s%s%s\n", f->missing ? show(cmd, f->missing) : "NOT CHECKED", f->missing ? ": " : "",
			f->missing ? stored_missing_hint : "");
	if (f->over)
		say(cmd, "%zu ended before now: stella trust-anchors list\n", f->over);
}

static void json_forecast(struct cmd *cmd, const struct forecast *f)
{
	struct stella_json *object = stella_json_new_object(), *array;

	stella_json_set(object, "until", json_time(f->until));
	stella_json_set_int(object, "over", (int64_t)f->over);
	array = stella_json_set(object, "endings", stella_json_new_array());
	for (size_t i = 0; i < f->all.count - f->unusable; i++) {
		const struct ending *item = &f->all.items[i];
		struct stella_json *one = stella_json_add(array, stella_json_new_object()), *falls;

		stella_json_set_text(one, "kind", ending_kind_name(item->kind));
		stella_json_set(one, "name", json_text(name_of(item)));
		stella_json_set(one, "ends", json_time(item->until));
		stella_json_set_int(one, "daysLeft", (item->until - cmd->now) / 86400);
		stella_json_set_bool(one, "planned", item->meant);
		stella_json_set_text(one, "next", ending_remedy(cmd, item));
		if (!f->sweep)
			continue;
		falls = stella_json_set(one, "falls", stella_json_new_array());
		for (size_t k = 0; k < f->sweep->count; k++)
			if (falls_with(&f->sweep->items[k], item))
				stella_json_add(falls, json_swept(&f->sweep->items[k]));
	}
	array = stella_json_set(object, "unusable", stella_json_new_array());
	for (size_t i = f->all.count - f->unusable; i < f->all.count; i++)
		stella_json_add(array, stella_json_new_text(f->all.items[i].path));
	if (f->missing)
		stella_json_set(object, "notChecked", json_text(f->missing));
	if (f->sweep) {
		stella_json_set_int(object, "attestations", (int64_t)f->sweep->total);
		stella_json_set_int(object, "trusted", (int64_t)f->sweep->trusted[0]);
		stella_json_set_int(object, "trustedThen", (int64_t)f->sweep->trusted[1]);
	}
	say_json(cmd, "expiry", object);
}

static const struct stella_error *finish(struct cmd *cmd, const struct forecast *f)
{
	if (f->sweep && f->sweep->unread)
		return stella_error(f->sweep->trouble.code, "%zu attestations could not be read, so nothing is known of them: %s",
			f->sweep->unread, f->sweep->trouble.message);
	if (f->unusable) {
		const struct ending *first = &f->all.items[f->all.count - f->unusable];

		return stella_error(first->trouble->code, "%zu records cannot be used, so nothing is known of them: %s: %s", f->unusable,
			first->path, first->trouble->message);
	}
	if (!f->all.count)
		return NULL;
	cmd->told = !cmd->quiet;
	return stella_error(STELLA_EXPIRING, "expiring: %zu end until %s, the first is the %s %s", f->all.count,
		show_time(cmd, f->until), ending_kind_name(f->all.items[0].kind), name_of(&f->all.items[0]));
}

const struct stella_error *cmd_expiry(struct cmd *cmd)
{
	const char *within = opts_get(cmd, "within");
	struct forecast f = { 0 };
	struct stella_trust *trust;
	const struct stella_error *err = session_trust(&trust, cmd);

	if (!err)
		err = parse_expiry(&f.until, within ? within : "30d", cmd->now);
	if (!err && f.until < cmd->now)
		err = stella_error(STELLA_USAGE, "--within %s: before now", within);
	if (!err)
		err = find_endings(&f, cmd, trust);
	if (!err && !opts_flag(cmd, "no-attestations"))
		err = find_falling(&f, cmd, trust);
	if (err)
		goto done;
	if (cmd->json)
		json_forecast(cmd, &f);
	else
		say_forecast(cmd, &f);
	err = finish(cmd, &f);
done:
	endings_free(&f.all);
	stella_sweep_free(f.sweep);
	return err;
}
