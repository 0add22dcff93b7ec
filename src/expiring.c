/* SPDX-License-Identifier: Apache-2.0 */
/* Everything in force that ends, the first to end first: the policy, certificates, keys. */
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "gates.h"
#include "records.h"

static struct expiring *add(struct expiries *all, const char *kind, const char *name, const char *folder)
{
	struct expiring *one;
	struct stella_buf path = { 0 };

	STELLA_GROW(all->items, all->count, all->cap);
	one = &all->items[all->count++];
	stella_buf_printf(&path, "%s%s.json", folder, name);
	*one = (struct expiring){ .kind = kind, .name = stella_strdup(name), .path = stella_buf_take_str(&path),
		.from = STELLA_TIME_NONE, .until = STELLA_TIME_NONE };
	return one;
}

static const struct stella_error *add_anchor(struct expiries *all, struct stella_trust *trust, const char *name)
{
	struct stella_anchor *anchor;
	const struct stella_error *err = stella_anchor_load(&anchor, trust, name);
	struct expiring *one;

	if (err)
		return err;
	one = add(all, anchor->intermediate ? "intermediate" : "anchor", name, "anchors/");
	anchor_window(anchor, &one->from, &one->until);
	stella_anchor_free(anchor);
	return NULL;
}

/* One that is retired or revoked has ended already, as somebody meant it to. */
static const struct stella_error *add_key(struct expiries *all, struct stella_trust *trust, const char *name)
{
	struct stella_key *key;
	const struct stella_error *err = stella_key_load(&key, trust, name);
	struct expiring *one;

	if (err)
		return err;
	if (key->status == STELLA_KEY_ACTIVE) {
		one = add(all, "key", name, "keys/");
		one->issuer = stella_strdup(key->issuer);
		one->from = key->valid_from;
		one->until = key->expires;
	}
	stella_key_free(key);
	return NULL;
}

/* These do not end; whether they can be used is told all the same. */
static const struct stella_error *add_issuer(struct expiries *all, struct stella_trust *trust, const char *name)
{
	struct stella_issuer *issuer = NULL;
	const struct stella_error *err = stella_issuer_load(&issuer, trust, name);

	stella_issuer_free(issuer);
	return err;
}

static const struct stella_error *add_gate(struct expiries *all, struct stella_trust *trust, const char *name)
{
	struct stella_gate *gate = NULL;
	const struct stella_error *err = stella_gate_load(&gate, trust, name);

	stella_gate_free(gate);
	return err;
}

static const struct folder {
	const char *folder;
	const struct stella_error *(*add)(struct expiries *all, struct stella_trust *trust, const char *name);
} folders[] = {
	{ "anchors/", add_anchor },
	{ "keys/", add_key },
	{ "issuers/", add_issuer },
	{ "gates/", add_gate },
};

static int compare(const void *left, const void *right)
{
	const struct expiring *a = left, *b = right;
	int64_t ends_a = a->until == STELLA_TIME_NONE ? INT64_MAX : a->until;
	int64_t ends_b = b->until == STELLA_TIME_NONE ? INT64_MAX : b->until;

	if (ends_a != ends_b)
		return ends_a < ends_b ? -1 : 1;
	return strcmp(a->path, b->path);
}

/* A record that cannot be used does not hide the others. */
static void add_trouble(struct expiries *all, const char *folder, const char *name, const struct stella_error *err)
{
	struct expiring *one = add(all, "unusable", name, folder);

	one->trouble = stella_strdup(err->message);
}

const struct stella_error *expiries_load(struct expiries *out, struct stella_trust *trust)
{
	const struct stella_error *err = NULL;
	struct expiring *policy;

	*out = (struct expiries){ 0 };
	if (trust->policy) {
		policy = add(out, "policy", "policy", "");
		policy->until = trust->policy->expires;
	}
	for (size_t f = 0; f < sizeof folders / sizeof *folders && !err && trust->state; f++) {
		struct names names = { 0 };

		err = record_names(&names, trust, folders[f].folder);
		for (size_t i = 0; i < names.count && !err; i++) {
			err = folders[f].add(out, trust, names.items[i]);
			if (err && err->code != STELLA_SYSTEM) {
				add_trouble(out, folders[f].folder, names.items[i], err);
				err = NULL;
			}
		}
		names_free(&names);
	}
	if (out->count)
		qsort(out->items, out->count, sizeof *out->items, compare);
	if (err)
		expiries_free(out);
	return err;
}

void expiries_free(struct expiries *all)
{
	for (size_t i = 0; i < all->count; i++) {
		free(all->items[i].name);
		free(all->items[i].path);
		free(all->items[i].issuer);
		free(all->items[i].trouble);
	}
	free(all->items);
	*all = (struct expiries){ 0 };
}
