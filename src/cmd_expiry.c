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

/* Something that ends. */
struct ending {
	const char *kind;           /* "policy" "anchor" "key" "issuer" "certificate" */
	char *name;                 /* as people name it */
	char *path;                 /* of its record; NULL: a certificate that came with an attestation */
	const char *next;           /* the command that goes on from there */
	int64_t at;
	size_t falls;
};
struct forecast {
	struct ending *items; size_t count, cap;
	size_t over;                /* ended before now */
	int64_t until;
	struct stella_sweep *sweep; /* NULL: not asked for */
};

/* ---------------------------------------------------------------- what ends */

static struct ending *add(struct forecast *f, struct cmd *cmd, const char *kind, const char *name, int64_t at)
{
	struct ending *item;

	if (at == STELLA_TIME_NONE || at > f->until)
		return NULL;
	if (at < cmd->now) {
		f->over++;
		return NULL;
	}
	STELLA_GROW(f->items, f->count, f->cap);
	item = &f->items[f->count++];
	*item = (struct ending){ .kind = kind, .name = stella_strdup(name), .at = at };
	return item;
}

static int64_t earlier(int64_t a, int64_t b)
{
	if (a == STELLA_TIME_NONE || (b != STELLA_TIME_NONE && b < a))
		return b;
	return a;
}

static const struct stella_error *add_key(struct forecast *f, struct cmd *cmd, struct stella_trust *trust, const char *name)
{
	struct stella_key *key;
	struct ending *item;
	const struct stella_error *err = stella_key_load(&key, trust, name);

	if (err)
		return err;
	/* A key that is stopped without a time, or was, ended then. */
	item = key->status != STELLA_KEY_ACTIVE && key->revoked_since == STELLA_TIME_NONE ? NULL :
		add(f, cmd, "key", name, earlier(key->expires, key->revoked_since));
	if (item) {
		item->path = stella_strdup(record_path(cmd, "keys/", name, ".json"));
		item->next = record_path(cmd, "stella keys rotate ", name, " --new FILE");
	}
	stella_key_free(key);
	return NULL;
}

static const struct stella_error *add_anchor(struct forecast *f, struct cmd *cmd, struct stella_trust *trust,
	const char *name)
{
	struct stella_anchor *anchor;
	struct ending *item;
	int64_t from, until;
	const struct stella_error *err = stella_anchor_load(&anchor, trust, name);

	if (err)
		return err;
	anchor_window(anchor, &from, &until);
	item = add(f, cmd, "anchor", name, until);
	if (item) {
		item->path = stella_strdup(record_path(cmd, "anchors/", name, ".json"));
		item->next = record_path(cmd, "stella trust-anchors replace ", name, " --cert FILE");
	}
	stella_anchor_free(anchor);
	return NULL;
}

static const struct stella_error *add_issuer(struct forecast *f, struct cmd *cmd, struct stella_trust *trust,
	const char *name)
{
	struct stella_issuer *issuer;
	struct ending *item;
	const struct stella_error *err = stella_issuer_load(&issuer, trust, name);

	if (err)
		return err;
	item = add(f, cmd, "issuer", name, issuer->since);
	if (item) {
		item->path = stella_strdup(record_path(cmd, "issuers/", name, ".json"));
		item->next = record_path(cmd, "stella issuer show ", name, "");
	}
	stella_issuer_free(issuer);
	return NULL;
}

/* A root keeps its old instances for old signatures: a window that is over is as it should be. */
static void add_window(struct forecast *f, struct cmd *cmd, const char *root, const char *what, const char *who,
	const struct stella_window *window)
{
	struct stella_buf name = { 0 };
	struct ending *item;

	if (window->end == INT64_MAX || window->end < cmd->now)
		return;
	stella_buf_printf(&name, "%s %s %s", root, what, who ? who : "-");
	item = add(f, cmd, "sigstore", (const char *)name.data, window->end);
	stella_buf_free(&name);
	if (!item)
		return;
	item->path = stella_strdup(record_path(cmd, "sigstore/", root, ".json"));
	item->next = record_path(cmd, "stella trust-anchors add --trusted-root FILE --update --name ", root, "");
}

static const struct stella_error *add_sigstore(struct forecast *f, struct cmd *cmd, struct stella_trust *trust,
	const char *name)
{
	struct stella_sigstore_root *record;
	const struct stella_trustroot *root;
	const struct stella_error *err = stella_sigstore_root_load(&record, trust, name);

	if (err)
		return err;
	root = record->root;
	for (size_t i = 0; i < root->ca_count; i++)
		add_window(f, cmd, name, "CA", root->cas[i].uri, &root->cas[i].window);
	for (size_t i = 0; i < root->tsa_count; i++)
		add_window(f, cmd, name, "TSA", root->tsas[i].uri, &root->tsas[i].window);
	for (size_t i = 0; i < root->tlog_count; i++)
		add_window(f, cmd, name, "log", root->tlogs[i].base_url, &root->tlogs[i].window);
	for (size_t i = 0; i < root->ctlog_count; i++)
		add_window(f, cmd, name, "CT log", root->ctlogs[i].base_url, &root->ctlogs[i].window);
	stella_sigstore_root_free(record);
	return NULL;
}

static int compare_endings(const void *a, const void *b)
{
	const struct ending *left = a, *right = b;

	if (left->at != right->at)
		return left->at < right->at ? -1 : 1;
	return strcmp(left->name, right->name);
}

static const struct stella_error *find_endings(struct forecast *f, struct cmd *cmd, struct stella_trust *trust)
{
	static const struct {
		const char *folder;
		const struct stella_error *(*add)(struct forecast *f, struct cmd *cmd, struct stella_trust *trust, const char *name);
	} kinds[] = {
		{ "anchors/", add_anchor }, { "issuers/", add_issuer }, { "keys/", add_key }, { "sigstore/", add_sigstore },
	};
	struct ending *item = add(f, cmd, "policy", STELLA_POLICY_PATH, trust->policy->expires);
	const struct stella_error *err = NULL;

	if (item)
		item->next = "stella policy renew";
	for (size_t k = 0; k < sizeof kinds / sizeof *kinds && !err; k++) {
		struct names names = { 0 };

		err = record_names(&names, trust, kinds[k].folder);
		for (size_t i = 0; i < names.count && !err; i++)
			err = kinds[k].add(f, cmd, trust, names.items[i]);
		names_free(&names);
	}
	return err;
}

/* ---------------------------------------------------------------- what falls with it */

static bool rests_on(const struct stella_swept *swept, const struct ending *item)
{
	for (size_t i = 0; item->path && i < swept->record_count; i++)
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
	return rests_on(swept, item) || (!strcmp(item->kind, "certificate") && !strcmp(item->name, id));
}

/* Its own certificate ends, and no record tells. */
static void add_certificates(struct forecast *f, struct cmd *cmd)
{
	for (size_t i = 0; i < f->sweep->count; i++) {
		const struct stella_swept *swept = &f->sweep->items[i];
		char id[STELLA_SHA256_HEX];
		struct ending *item;

		stella_sha256_hex(id, &swept->id);
		if (!swept->verdicts[0].trusted || swept->cert_until == STELLA_TIME_NONE)
			continue;
		item = add(f, cmd, "certificate", id, swept->cert_until);
		if (item)
			item->next = record_path(cmd, "stella attest resign ", id, "");
	}
}

static const struct stella_error *find_falling(struct forecast *f, struct cmd *cmd, struct stella_trust *trust)
{
	struct stella_recorded *recorded = NULL; /* what is proven now is proven then */
	struct stella_store *store;
	const struct stella_error *err = session_store(&store, cmd);

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
	for (size_t i = 0; i < f->count; i++)
		for (size_t k = 0; k < f->sweep->count; k++)
			f->items[i].falls += falls_with(&f->sweep->items[k], &f->items[i]);
	return NULL;
}

/* ---------------------------------------------------------------- the answer */

static void say_ending(struct cmd *cmd, const struct forecast *f, const struct ending *item)
{
	size_t shown = 0;

	say(cmd, "%-11s %s  %s\n", item->kind, show(cmd, item->name), show_window(cmd, STELLA_TIME_NONE, item->at));
	if (!strcmp(item->kind, "policy"))
		say(cmd, "            then nothing verifies\n");
	for (size_t k = 0; f->sweep && k < f->sweep->count; k++) {
		const struct stella_swept *swept = &f->sweep->items[k];

		if (!falls_with(swept, item))
			continue;
		if (shown++ == SHOWN && !cmd->verbose) {
			say(cmd, "            and %zu more (-v)\n", item->falls - SHOWN);
			break;
		}
		say(cmd, "            falls: %s  %s\n", show_id(cmd, &swept->id), show(cmd, swept->subject));
	}
	if (item->next)
		say(cmd, "            next: %s\n", show(cmd, item->next));
}

static void say_forecast(struct cmd *cmd, const struct forecast *f)
{
	size_t falling = 0;

	for (size_t k = 0; f->sweep && k < f->sweep->count; k++)
		falling += f->sweep->items[k].verdicts[0].trusted;
	for (size_t i = 0; i < f->count; i++)
		say_ending(cmd, f, &f->items[i]);
	if (!f->count)
		say(cmd, "nothing ends until %s\n", show_time(cmd, f->until));
	if (f->sweep)
		say(cmd, "%zu of %zu trusted attestations fall until %s\n", falling, f->sweep->trusted[0], show_time(cmd, f->until));
	else
		say(cmd, "attestations: NOT CHECKED\n");
	if (f->over)
		say(cmd, "%zu ended before now: stella trust-anchors list\n", f->over);
}

static void json_forecast(struct cmd *cmd, const struct forecast *f)
{
	struct stella_json *object = stella_json_new_object(), *array;

	stella_json_set(object, "until", json_time(f->until));
	stella_json_set_int(object, "over", (int64_t)f->over);
	array = stella_json_set(object, "endings", stella_json_new_array());
	for (size_t i = 0; i < f->count; i++) {
		struct stella_json *one = stella_json_add(array, stella_json_new_object()), *falls;

		stella_json_set_text(one, "kind", f->items[i].kind);
		stella_json_set_text(one, "name", f->items[i].name);
		stella_json_set(one, "ends", json_time(f->items[i].at));
		stella_json_set_int(one, "daysLeft", (f->items[i].at - cmd->now) / 86400);
		if (f->items[i].next)
			stella_json_set_text(one, "next", f->items[i].next);
		if (!f->sweep)
			continue;
		falls = stella_json_set(one, "falls", stella_json_new_array());
		for (size_t k = 0; k < f->sweep->count; k++)
			if (falls_with(&f->sweep->items[k], &f->items[i]))
				stella_json_add(falls, json_swept(&f->sweep->items[k]));
	}
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
	if (!f->count)
		return NULL;
	cmd->told = !cmd->quiet;
	return stella_error(STELLA_EXPIRING, "expiring: %zu end until %s, the first is the %s %s", f->count,
		show_time(cmd, f->until), f->items[0].kind, f->items[0].name);
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
	if (f.count)
		qsort(f.items, f.count, sizeof *f.items, compare_endings);
	if (cmd->json)
		json_forecast(cmd, &f);
	else
		say_forecast(cmd, &f);
	err = finish(cmd, &f);
done:
	for (size_t i = 0; i < f.count; i++) {
		free(f.items[i].name);
		free(f.items[i].path);
	}
	free(f.items);
	stella_sweep_free(f.sweep);
	return err;
}
