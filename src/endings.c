/* SPDX-License-Identifier: Apache-2.0 */
/* Everything in force that ends, the first to end first: one list for doctor, expiry, metrics and the report. */
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "gates.h"
#include "records.h"

struct ending *endings_add(struct endings *all, enum ending_kind kind, const char *name, int64_t until)
{
	struct ending *one;

	STELLA_GROW(all->items, all->count, all->cap);
	one = &all->items[all->count++];
	*one = (struct ending){ .kind = kind, .name = stella_strdup(name), .from = STELLA_TIME_NONE, .until = until };
	return one;
}

/* One that has a record. */
static struct ending *add(struct endings *all, enum ending_kind kind, const char *folder, const char *name)
{
	struct ending *one = endings_add(all, kind, name, STELLA_TIME_NONE);
	struct stella_buf path = { 0 };

	stella_buf_printf(&path, "%s%s.json", folder, name);
	one->path = stella_buf_take_str(&path);
	return one;
}

static const struct stella_error *add_anchor(struct endings *all, struct stella_trust *trust, const char *name)
{
	struct stella_anchor *anchor;
	const struct stella_error *err = stella_anchor_load(&anchor, trust, name);
	struct ending *one;

	if (err)
		return err;
	one = add(all, anchor->intermediate ? ENDING_INTERMEDIATE : ENDING_ANCHOR, "anchors/", name);
	stella_anchor_window(anchor, &one->from, &one->until);
	stella_anchor_free(anchor);
	return NULL;
}

/* One that is retired or revoked ends as somebody meant it to, if at a time; without one it is none any more. */
static const struct stella_error *add_key(struct endings *all, struct stella_trust *trust, const char *name)
{
	struct stella_key *key;
	const struct stella_error *err = stella_key_load(&key, trust, name);
	struct ending *one;

	if (err)
		return err;
	if (key->status == STELLA_KEY_ACTIVE || key->revoked_since != STELLA_TIME_NONE) {
		one = add(all, ENDING_KEY, "keys/", name);
		one->owner = stella_strdup(key->issuer);
		one->from = key->valid_from;
		one->until = key->expires;
		one->meant = key->status != STELLA_KEY_ACTIVE;
		if (one->meant && (one->until == STELLA_TIME_NONE || key->revoked_since < one->until))
			one->until = key->revoked_since;
	}
	stella_key_free(key);
	return NULL;
}

static const struct stella_error *add_issuer(struct endings *all, struct stella_trust *trust, const char *name)
{
	struct stella_issuer *issuer;
	const struct stella_error *err = stella_issuer_load(&issuer, trust, name);
	struct ending *one;

	if (err)
		return err;
	if (issuer->since != STELLA_TIME_NONE) {
		one = add(all, ENDING_ISSUER, "issuers/", name);
		one->until = issuer->since;
		one->meant = true;
	}
	stella_issuer_free(issuer);
	return NULL;
}

/* These do not end; whether they can be used is told all the same. */
static const struct stella_error *add_gate(struct endings *all, struct stella_trust *trust, const char *name)
{
	struct stella_gate *gate = NULL;
	const struct stella_error *err = stella_gate_load(&gate, trust, name);

	stella_gate_free(gate);
	return err;
}

static const struct stella_error *add_recorder(struct endings *all, struct stella_trust *trust, const char *name)
{
	struct stella_lost_recorder *lost = NULL;
	const struct stella_error *err = stella_lost_recorder_load(&lost, trust, name);

	stella_lost_recorder_free(lost);
	return err;
}

/* ---------------------------------------------------------------- Sigstore roots */

/* The instances of one kind in a root: CAs, logs, CT logs or timestamp authorities that can be used. */
struct instances {
	const char *what;
	unsigned needed;            /* so many must vouch */
	struct { const char *who; struct stella_window window; } items[STELLA_TRUSTROOT_ENTRIES_MAX];
	size_t count;
};

/* An authority is as good as the certificates that it signs with. */
static void list_authorities(struct instances *out, const struct stella_authority *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct stella_window window = list[i].window;

		for (size_t k = 0; k < list[i].cert_count; k++) {
			int64_t from = stella_cert_not_before(list[i].certs[k]), until = stella_cert_not_after(list[i].certs[k]);

			window.start = from > window.start ? from : window.start;
			window.end = until < window.end ? until : window.end;
		}
		out->items[out->count].who = list[i].uri ? list[i].uri : list[i].common_name;
		out->items[out->count++].window = window;
	}
}

static void list_logs(struct instances *out, const struct stella_log *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (!list[i].key)
			continue;
		out->items[out->count].who = list[i].base_url;
		out->items[out->count++].window = list[i].window;
	}
}

/*
 * Roots keep their old instances for old signatures.  An end matters where then, or by now, not enough others
 * hold that hold longer: from it on nothing new verifies.  (Of those that end together the last matters.)
 */
static bool others_go_on(const struct instances *all, size_t which, int64_t now)
{
	int64_t end = all->items[which].window.end, after = end + 1 > now ? end + 1 : now;
	size_t others = 0;

	for (size_t i = 0; i < all->count; i++) {
		const struct stella_window *window = &all->items[i].window;

		others += window->start <= after && (window->end > end || (window->end == end && i > which));
	}
	return others >= (all->needed ? all->needed : 1);
}

static void add_instances(struct endings *all, const char *root, const struct instances *list, int64_t now)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct stella_window *window = &list->items[i].window;
		struct stella_buf name = { 0 };
		struct ending *one;

		if (window->end == INT64_MAX)
			continue;
		one = add(all, ENDING_SIGSTORE, "sigstore/", root);
		stella_buf_printf(&name, "%s %s %s", root, list->what, list->items[i].who ? list->items[i].who : "-");
		free(one->name);
		one->name = stella_buf_take_str(&name);
		one->owner = stella_strdup(root);
		one->from = window->start == INT64_MIN ? STELLA_TIME_NONE : window->start;
		one->until = window->end;
		one->meant = others_go_on(list, i, now);
	}
}

static const struct stella_error *add_sigstore(struct endings *all, struct stella_trust *trust, const char *name)
{
	struct stella_sigstore_root *record;
	const struct stella_error *err = stella_sigstore_root_load(&record, trust, name);
	struct instances *lists;
	const struct stella_trustroot *root;

	if (err)
		return err;
	root = record->root;
	lists = stella_alloc_array(4, sizeof *lists);
	lists[0].what = "CA";
	list_authorities(&lists[0], root->cas, root->ca_count);
	lists[1].what = "log";
	lists[1].needed = record->logs;
	list_logs(&lists[1], root->tlogs, root->tlog_count);
	lists[2].what = "CT log";
	lists[2].needed = record->scts;
	list_logs(&lists[2], root->ctlogs, root->ctlog_count);
	lists[3].what = "TSA";
	list_authorities(&lists[3], root->tsas, root->tsa_count);
	for (size_t i = 0; i < 4; i++)
		add_instances(all, name, &lists[i], all->now);
	free(lists);
	stella_sigstore_root_free(record);
	return NULL;
}

/* ---------------------------------------------------------------- all of it */

static const struct folder {
	const char *folder;
	const struct stella_error *(*add)(struct endings *all, struct stella_trust *trust, const char *name);
} folders[] = {
	{ "anchors/", add_anchor },
	{ "keys/", add_key },
	{ "issuers/", add_issuer },
	{ "gates/", add_gate },
	{ "recorders/", add_recorder },
	{ "sigstore/", add_sigstore },
};

static int compare(const void *left, const void *right)
{
	const struct ending *a = left, *b = right;
	int64_t ends_a = a->until == STELLA_TIME_NONE ? INT64_MAX : a->until;
	int64_t ends_b = b->until == STELLA_TIME_NONE ? INT64_MAX : b->until;

	if (ends_a != ends_b)
		return ends_a < ends_b ? -1 : 1;
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	return strcmp(a->name, b->name);
}

void endings_sort(struct endings *all)
{
	if (all->count)
		qsort(all->items, all->count, sizeof *all->items, compare);
}

/* A record that cannot be used does not hide the others. */
static const struct stella_error *add_folder(struct endings *all, struct stella_trust *trust, const struct folder *folder)
{
	struct names names = { 0 };
	const struct stella_error *err = record_names(&names, trust, folder->folder);

	for (size_t i = 0; i < names.count && !err; i++) {
		err = folder->add(all, trust, names.items[i]);
		if (err && err->code != STELLA_SYSTEM) {
			struct ending *one = add(all, ENDING_UNUSABLE, folder->folder, names.items[i]);

			one->trouble = stella_alloc(sizeof *one->trouble);
			*one->trouble = *err;
			err = NULL;
		}
	}
	names_free(&names);
	return err;
}

const struct stella_error *endings_load(struct endings *out, struct stella_trust *trust, int64_t now)
{
	const struct stella_error *err = NULL;

	*out = (struct endings){ .now = now };
	if (trust->policy)
		endings_add(out, ENDING_POLICY, "policy", trust->policy->expires)->path = stella_strdup(STELLA_POLICY_PATH);
	for (size_t f = 0; f < sizeof folders / sizeof *folders && !err && trust->state; f++)
		err = add_folder(out, trust, &folders[f]);
	endings_sort(out);
	if (err)
		endings_free(out);
	return err;
}

void ending_free(struct ending *one)
{
	free(one->name);
	free(one->path);
	free(one->owner);
	free(one->trouble);
}

void endings_free(struct endings *all)
{
	for (size_t i = 0; i < all->count; i++)
		ending_free(&all->items[i]);
	free(all->items);
	*all = (struct endings){ 0 };
}

/* ---------------------------------------------------------------- for people */

const char *ending_kind_name(enum ending_kind kind)
{
	static const char *const names[] = {
		[ENDING_POLICY] = "policy", [ENDING_ANCHOR] = "anchor", [ENDING_INTERMEDIATE] = "intermediate", [ENDING_KEY] = "key",
		[ENDING_ISSUER] = "issuer", [ENDING_SIGSTORE] = "sigstore", [ENDING_CERTIFICATE] = "certificate",
		[ENDING_UNUSABLE] = "unusable",
	};

	return names[kind];
}

bool ending_is_news(const struct ending *one, int64_t now)
{
	return one->until != STELLA_TIME_NONE && !(one->meant && one->until < now);
}

const char *ending_title(struct cmd *cmd, const struct ending *one)
{
	return one->kind == ENDING_POLICY ? "policy" : record_path(cmd, ending_kind_name(one->kind), " ", one->name);
}

const char *ending_remedy(struct cmd *cmd, const struct ending *one)
{
	switch (one->kind) {
	case ENDING_POLICY:
		return "stella policy renew, then stella approve by the others";
	case ENDING_KEY:
		if (one->until < cmd->now)
			return record_path(cmd, "stella trust-anchors add-key --key FILE --issuer ", one->owner, " --expires DATE");
		return record_path(cmd, "stella keys rotate ", one->name, " --new FILE");
	case ENDING_ANCHOR:
	case ENDING_INTERMEDIATE:
		return record_path(cmd, "stella trust-anchors replace ", one->name, " --cert FILE");
	case ENDING_ISSUER:
		return record_path(cmd, "stella issuer show ", one->name, "");
	case ENDING_SIGSTORE:
		return record_path(cmd, "stella trust-anchors add --trusted-root FILE --update --name ", one->owner, "");
	case ENDING_CERTIFICATE:
		return record_path(cmd, "stella attest resign ", one->name, "");
	case ENDING_UNUSABLE:
		return "stella check, and a newer stella where a version is named";
	}
	return NULL;
}
